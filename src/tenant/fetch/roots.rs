//! Where requests go: the roots of a cloud. Tokens are sent to nothing else.

use std::net::IpAddr;

use reqwest::Url;
use serde::Deserialize;

use super::FetchError;
use crate::knowledge;
use crate::tenant::text::{CUSTOM, is_cloud};

/// The version that every path stands below.
const VERSION: &str = "/v1.0";

/// The roots of one cloud: `https`, or `http` on loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// Name for the snapshot: of a known cloud, or `custom`.
    pub name: String,
    graph: Url,
    login: Option<Url>,
    teams: Option<Url>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRoots {
    name: Option<String>,
    graph: String,
    login: Option<String>,
    teams: Option<String>,
}

impl Roots {
    /// The roots of a cloud of `rules/clouds.toml`; `None` = no cloud has this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let cloud = knowledge::cloud(name)?;
        let url = |host: &str| Url::parse(&format!("https://{host}")).ok();
        Some(Self {
            name: cloud.name.to_owned(),
            graph: url(cloud.graph)?,
            login: url(cloud.login),
            teams: cloud.teams.and_then(url),
        })
    }

    /// The roots of a TOML file with `graph` and, where they are needed, `login` and `teams`; `name` is optional.
    ///
    /// # Errors
    ///
    /// [`FetchError::Cloud`] when it is no such file, or a root is no `https` address (or `http` on loopback).
    pub fn from_toml(text: &str, file: &str) -> Result<Self, FetchError> {
        let wrong = |message: String| FetchError::Cloud { file: file.to_owned(), message };
        let raw: RawRoots = toml::from_str(text).map_err(|error| wrong(error.message().to_owned()))?;
        let root = |key: &str, text: &str| {
            root(text).map_err(|message| wrong(format!("`{key}` is `{}`, {message}", text.escape_debug())))
        };
        Ok(Self {
            // A snapshot says which cloud it is of by a name that everybody knows.
            name: raw.name.filter(|name| is_cloud(name)).unwrap_or_else(|| CUSTOM.to_owned()),
            graph: root("graph", &raw.graph)?,
            login: raw.login.map(|text| root("login", &text)).transpose()?,
            teams: raw.teams.map(|text| root("teams", &text)).transpose()?,
        })
    }

    /// The root of the sign-in authority.
    #[must_use]
    pub fn login(&self) -> Option<&Url> {
        self.login.as_ref()
    }

    /// The host that the MicrosoftTeams module talks to (undocumented).
    #[must_use]
    pub fn teams(&self) -> Option<&Url> {
        self.teams.as_ref()
    }

    /// The root of Microsoft Graph, without the version.
    #[must_use]
    pub fn graph(&self) -> &Url {
        &self.graph
    }

    /// The base of every Graph path, `https://graph.microsoft.com/v1.0`.
    #[must_use]
    pub(super) fn graph_base(&self) -> Base {
        let text = self.graph.as_str().trim_end_matches('/');
        Base { text: format!("{}{VERSION}", text.strip_suffix(VERSION).unwrap_or(text)), origin: self.graph.clone() }
    }

    /// The base of the paths of the Teams admin API.
    pub(super) fn teams_base(&self) -> Option<Base> {
        let origin = self.teams.clone()?;
        Some(Base { text: origin.as_str().trim_end_matches('/').to_owned(), origin })
    }
}

/// The base that paths are appended to, and the only origin that may be asked.
#[derive(Clone, Debug)]
pub(super) struct Base {
    text: String,
    origin: Url,
}

impl Base {
    /// Whether the base is on this machine.
    pub(super) fn is_plain(&self) -> bool {
        self.origin.scheme() == "http"
    }

    /// The host.
    pub(super) fn host(&self) -> &str {
        self.origin.host_str().unwrap_or_default()
    }

    /// The address of a path (`/users`), or of an absolute address of the same origin.
    pub(super) fn url(&self, target: &str) -> Result<Url, String> {
        let text = if target.starts_with('/') { format!("{}{target}", self.text) } else { target.to_owned() };
        let url = Url::parse(&text).map_err(|error| format!("`{}` is no address: {error}", text.escape_debug()))?;
        self.check(&url)?;
        Ok(url)
    }

    /// Whether this is the origin that the token is for.
    pub(super) fn check(&self, url: &Url) -> Result<(), String> {
        let same = url.scheme() == self.origin.scheme()
            && url.host() == self.origin.host()
            && url.port_or_known_default() == self.origin.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none();
        if same {
            return Ok(());
        }
        let host = url.host_str().unwrap_or("no host");
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        Err(format!(
            "it points to `{}://{host}{port}`, not to `{}`",
            url.scheme(),
            self.origin.as_str().trim_end_matches('/')
        ))
    }

    /// A next link as the target of the next request, verbatim.
    pub(super) fn next(&self, link: &str) -> Result<String, String> {
        let url = Url::parse(link).map_err(|error| format!("`{}` is no address: {error}", link.escape_debug()))?;
        self.check(&url)?;
        match link.strip_prefix(&self.text) {
            Some(rest) if rest.starts_with('/') => Ok(rest.to_owned()),
            _ => Ok(link.to_owned()),
        }
    }
}

/// A root: a host or an address, with `https`, or `http` on loopback.
fn root(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&with_scheme).map_err(|error| format!("which is no address: {error}"))?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err("which names no host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("and a root has no user, password, query or fragment".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err("and `http` is for loopback only: tokens travel encrypted".to_owned()),
        _ => Err("which is neither `https` nor, on loopback, `http`".to_owned()),
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn known_clouds_and_files() {
        for cloud in knowledge::clouds() {
            let roots = Roots::named(cloud.name).unwrap();
            assert_eq!(roots.graph_base().text, format!("https://{}/v1.0", cloud.graph));
        }
        assert_eq!(Roots::named("mars"), None);
        let roots = Roots::from_toml("graph = \"http://127.0.0.1:9/x/\"\nteams = \"[::1]\"", "c").unwrap();
        assert_eq!(roots.graph_base().text, "http://127.0.0.1:9/x/v1.0");
        assert_eq!(roots.graph_base().url("/users?$top=1").unwrap().as_str(), "http://127.0.0.1:9/x/v1.0/users?$top=1");
        let versioned = Roots::from_toml("graph = \"http://localhost:9/v1.0\"", "c").unwrap();
        assert_eq!(versioned.graph_base().text, "http://localhost:9/v1.0");
        for bad in [
            "graph = \"http://graph.contoso.com\"",
            "graph = \"http://127.0.0.1.contoso.com\"",
            "graph = \"ftp://127.0.0.1\"",
            "graph = \"https://user:pw@contoso.com\"",
            "graph = \"https://contoso.com/?a=b\"",
            "graph = \"\"",
            "login = \"https://contoso.com\"",
            "graph = \"https://contoso.com\"\nverify = false",
            "graph = 5",
        ] {
            assert!(Roots::from_toml(bad, "c").is_err(), "{bad}");
        }
    }

    #[test]
    fn next_links_stay_at_home() {
        let base = Roots::named("global").unwrap().graph_base();
        let next = |link: &str| base.next(link);
        assert_eq!(next("https://graph.microsoft.com/v1.0/users?$skiptoken=a%20b").unwrap(), "/users?$skiptoken=a%20b");
        let other_version = "https://graph.microsoft.com:443/beta/users?$skiptoken=X";
        assert_eq!(next(other_version).unwrap(), other_version);
        // Another spelling of the same host.
        let shouted = "HTTPS://GRAPH.Microsoft.com/v1.0/users?$skiptoken=X";
        assert_eq!(base.url(&next(shouted).unwrap()).unwrap().host_str(), Some("graph.microsoft.com"));
        for bad in [
            "https://graph.microsoft.com.contoso.com/v1.0/users",
            "https://graph.microsoft.com@contoso.com/v1.0/users",
            "https://graph.microsoft.com:443@contoso.com/v1.0/users",
            "https://graph.microsoft.com%40contoso.com/v1.0/users",
            "https://graph.microsoft.com%2econtoso.com/v1.0/users",
            "https://contoso.com\\@graph.microsoft.com/v1.0/users",
            "https://contoso.com#@graph.microsoft.com/v1.0/users",
            "https://contoso.com?@graph.microsoft.com/v1.0/users",
            // The same name to a resolver, another to a certificate.
            "https://graph.microsoft.com./v1.0/users",
            "https://graph.microsoft.com:80/v1.0/users",
            "https://:pw@graph.microsoft.com/v1.0/users",
            "https://gr\u{430}ph.microsoft.com/v1.0/users",
            "HTTP://GRAPH.MICROSOFT.COM/v1.0/users",
            "ftp://graph.microsoft.com/v1.0/users",
            "file:///etc/passwd",
            "https://user@graph.microsoft.com/v1.0/users",
            "http://graph.microsoft.com/v1.0/users",
            "https://graph.microsoft.com:8443/v1.0/users",
            "https://graph.microsoft.us/v1.0/users",
            "//contoso.com/v1.0/users",
            "/users?$skiptoken=a",
            "javascript:alert(1)",
        ] {
            assert!(next(bad).is_err(), "{bad}");
        }
    }
}
