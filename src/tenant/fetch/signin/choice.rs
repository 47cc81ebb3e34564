//! Which sign-in do these variables and options mean? Values in, a value out.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use reqwest::Url;
use uuid::Uuid;

use super::super::roots::{Roots, is_loopback};
use super::super::secret::Secret;
use super::SignInError;

/// A way to sign in, as it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// A ready token, else what the variables make complete, else the Azure CLI.
    #[default]
    Auto,
    /// A ready token and nothing else.
    Token,
    /// An app with a client secret.
    Secret,
    /// An app with a certificate.
    Certificate,
    /// A person who enters a code in a browser.
    DeviceCode,
    /// Who is signed in to the Azure CLI.
    Az,
    /// An app that trusts the token in a file, as Kubernetes gives it.
    WorkloadIdentity,
    /// An app that trusts the token of a pipeline: GitHub Actions or Azure Pipelines.
    Pipeline,
    /// The identity of the machine or service in Azure.
    ManagedIdentity,
}

/// The variables that decide.
pub const VARIABLES: [&str; 14] = [
    TENANT,
    CLIENT,
    SECRET,
    CERTIFICATE,
    SEND_CHAIN,
    FEDERATED,
    AUTHORITY,
    GITHUB_URL,
    GITHUB_TOKEN,
    AZDO_URI,
    AZDO_TOKEN,
    AZDO_CONNECTION,
    AZDO_CLIENT,
    AZDO_TENANT,
];

const TENANT: &str = "AZURE_TENANT_ID";
const CLIENT: &str = "AZURE_CLIENT_ID";
const SECRET: &str = "AZURE_CLIENT_SECRET";
const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
const SEND_CHAIN: &str = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN";
const FEDERATED: &str = "AZURE_FEDERATED_TOKEN_FILE";
const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";
const GITHUB_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const GITHUB_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
const AZDO_URI: &str = "SYSTEM_OIDCREQUESTURI";
const AZDO_TOKEN: &str = "SYSTEM_ACCESSTOKEN";
const AZDO_CONNECTION: &str = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID";
const AZDO_CLIENT: &str = "AZURESUBSCRIPTION_CLIENT_ID";
const AZDO_TENANT: &str = "AZURESUBSCRIPTION_TENANT_ID";

/// Values of variables; blank ones are none.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be secrets.
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self(pairs.filter(|(_, value)| !value.trim().is_empty()).collect())
    }
}

impl Variables {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim())
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).map(Secret::new)
    }
}

/// A sign-in with all that it takes.
#[derive(Clone, Debug)]
pub(super) enum Credential {
    Secret { app: App, secret: Secret },
    Certificate { app: App, path: PathBuf, send_chain: bool },
    DeviceCode { app: App },
    Az { tenant: Option<String> },
    WorkloadIdentity { app: App, file: PathBuf },
    GitHub { app: App, url: Url, token: Secret },
    AzurePipelines { app: App, url: Url, token: Secret, connection: String },
    ManagedIdentity { client: Option<String> },
}

/// An app in a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct App {
    pub(super) tenant: String,
    pub(super) client: Uuid,
}

impl Credential {
    /// How it is told to people.
    pub(super) fn title(&self) -> String {
        let app = |app: &App| format!("app `{}` in tenant `{}`", app.client, app.tenant);
        match self {
            Self::Secret { app: id, .. } => format!("{} with {SECRET}", app(id)),
            Self::Certificate { app: id, path, .. } => format!("{} with the certificate `{}`", app(id), path.display()),
            Self::DeviceCode { app: id } => format!("a person through {}", app(id)),
            Self::Az { tenant: None } => "who is signed in to the Azure CLI".to_owned(),
            Self::Az { tenant: Some(tenant) } => format!("who is signed in to the Azure CLI, tenant `{tenant}`"),
            Self::WorkloadIdentity { app: id, file } => {
                format!("{} with the federated token `{}`", app(id), file.display())
            }
            Self::GitHub { app: id, .. } => format!("{} with the token of GitHub Actions", app(id)),
            Self::AzurePipelines { app: id, .. } => format!("{} with the token of Azure Pipelines", app(id)),
            Self::ManagedIdentity { client: None } => "the managed identity of this machine".to_owned(),
            Self::ManagedIdentity { client: Some(client) } => format!("the managed identity `{client}`"),
        }
    }

    /// The tenant whose authority is asked, where it is named by its id.
    pub(super) fn tenant(&self) -> Option<Uuid> {
        let named = match self {
            Self::Secret { app, .. }
            | Self::Certificate { app, .. }
            | Self::DeviceCode { app }
            | Self::WorkloadIdentity { app, .. }
            | Self::GitHub { app, .. }
            | Self::AzurePipelines { app, .. } => Some(&app.tenant),
            Self::Az { tenant } => tenant.as_ref(),
            Self::ManagedIdentity { .. } => None,
        };
        named.and_then(|tenant| Uuid::try_parse(tenant).ok())
    }

    /// No person signs in.
    pub(super) const fn is_app(&self) -> bool {
        !matches!(self, Self::DeviceCode { .. } | Self::Az { .. })
    }

    /// What to look at where the authority's own words have to do.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Secret { .. } => "check AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and `--cloud`",
            Self::Certificate { .. } => {
                "check AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH and `--cloud`"
            }
            Self::DeviceCode { .. } => "check AZURE_CLIENT_ID, the tenant and `--cloud`, and run the command again",
            Self::Az { .. } => {
                "run `az login`, for another tenant `az login --tenant ID`, or choose another `--sign-in`"
            }
            Self::WorkloadIdentity { .. } | Self::GitHub { .. } | Self::AzurePipelines { .. } => {
                "compare issuer, subject and audience of the token with the federated credentials of the app in AZURE_CLIENT_ID"
            }
            Self::ManagedIdentity { .. } => {
                "run it in Azure where an identity is assigned, set AZURE_CLIENT_ID for a user-assigned one, or choose another `--sign-in`"
            }
        }
    }
}

const CREDENTIALS: &str = "AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE";

/// The sign-in that is meant; `None`: the ready token, and no other.
pub(super) fn choose(
    method: Method,
    ready: bool,
    tenant: Option<Uuid>,
    variables: &Variables,
    roots: &Roots,
) -> Result<Option<Credential>, SignInError> {
    let choice = Choice { tenant, variables };
    let credential = match method {
        Method::Token if ready => return Ok(None),
        Method::Token => return Err(no_token()),
        Method::Auto if ready => return Ok(None),
        Method::Auto => choice.complete()?,
        Method::Secret => choice.secret()?,
        Method::Certificate => choice.certificate()?,
        Method::DeviceCode => choice.device_code()?,
        Method::Az => Credential::Az { tenant: choice.tenant()? },
        Method::WorkloadIdentity => choice.workload_identity()?,
        Method::Pipeline => choice.pipeline()?,
        Method::ManagedIdentity => {
            let client = variables.get(CLIENT).map(client).transpose()?;
            Credential::ManagedIdentity { client: client.map(|id| id.to_string()) }
        }
    };
    if !matches!(credential, Credential::Az { .. } | Credential::ManagedIdentity { .. }) {
        authority(variables, roots)?;
    }
    Ok(Some(credential))
}

fn no_token() -> SignInError {
    SignInError::Incomplete {
        set: vec!["`--sign-in token`"],
        missing: vec!["GRAPHWHY_GRAPH_TOKEN"],
        help: "set GRAPHWHY_GRAPH_TOKEN or give `--graph-token-file`, or choose another `--sign-in`".to_owned(),
    }
}

struct Choice<'a> {
    tenant: Option<Uuid>,
    variables: &'a Variables,
}

impl Choice<'_> {
    /// What is complete, in the order of the Azure Identity libraries; half of something is no reason to take another.
    fn complete(&self) -> Result<Credential, SignInError> {
        let has = |name| self.variables.has(name);
        if has(SECRET) {
            return self.secret();
        }
        if has(CERTIFICATE) {
            return self.certificate();
        }
        if has(FEDERATED) {
            return self.workload_identity();
        }
        let github = has(GITHUB_URL) && has(GITHUB_TOKEN) && has(CLIENT) && (has(TENANT) || self.tenant.is_some());
        let azure = has(AZDO_URI) && has(AZDO_TOKEN) && has(AZDO_CONNECTION);
        if github || azure {
            return self.pipeline();
        }
        if has(TENANT) || has(CLIENT) {
            let (set, mut missing): (Vec<_>, Vec<_>) = [TENANT, CLIENT].into_iter().partition(|name| has(name));
            missing.retain(|name| *name != TENANT || self.tenant.is_none());
            missing.push(CREDENTIALS);
            let help = "set what is missing, or unset the others, or say what is meant: `--sign-in az`, `managed-identity`, \
                 `device-code`, in a pipeline `pipeline`";
            return Err(SignInError::Incomplete { set, missing, help: help.to_owned() });
        }
        Ok(Credential::Az { tenant: self.tenant()? })
    }

    /// The tenant to sign in to.
    fn tenant(&self) -> Result<Option<String>, SignInError> {
        self.tenant_of(TENANT)
    }

    fn tenant_of(&self, variable: &'static str) -> Result<Option<String>, SignInError> {
        let named = self.variables.get(variable);
        if let (Some(wanted), Some(named)) = (self.tenant, named)
            && Uuid::try_parse(named).is_ok_and(|named| named != wanted)
        {
            return Err(SignInError::Contradiction {
                message: format!("{variable} is `{named}`, `--tenant` is `{wanted}`"),
                help: format!("set {variable} to the tenant that you mean, or leave `--tenant` out"),
            });
        }
        if let Some(wanted) = self.tenant {
            return Ok(Some(wanted.to_string()));
        }
        let Some(named) = named else { return Ok(None) };
        // It becomes part of an address.
        if !named.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
            || named.starts_with(['.', '-'])
        {
            return Err(SignInError::Setting {
                what: variable.to_owned(),
                message: format!("`{}` is neither the id nor a domain of a tenant", named.escape_debug()),
                help: "set it to the id of the tenant (a GUID) or one of its domains".to_owned(),
            });
        }
        Ok(Some(named.to_owned()))
    }

    /// The app, where the tenant, the client and `rest` are set.
    fn app(&self, rest: &[&'static str]) -> Result<App, SignInError> {
        let tenant = self.tenant()?;
        let names = [TENANT, CLIENT].into_iter().chain(rest.iter().copied());
        let (set, missing): (Vec<_>, Vec<_>) =
            names.partition(|name| self.variables.has(name) || (*name == TENANT && tenant.is_some()));
        let set: Vec<_> = set.into_iter().filter(|name| self.variables.has(name)).collect();
        match (tenant, self.variables.get(CLIENT)) {
            (Some(tenant), Some(id)) if missing.is_empty() => Ok(App { tenant, client: client(id)? }),
            _ => {
                let help =
                    "set what is missing, or unset the others, or choose another `--sign-in` (`az`, `device-code`)";
                let set = if set.is_empty() { vec!["`--sign-in`"] } else { set };
                Err(SignInError::Incomplete { set, missing, help: help.to_owned() })
            }
        }
    }

    fn secret(&self) -> Result<Credential, SignInError> {
        let app = self.app(&[SECRET])?;
        Ok(Credential::Secret { app, secret: self.variables.secret(SECRET).unwrap_or_else(|| Secret::new("")) })
    }

    fn certificate(&self) -> Result<Credential, SignInError> {
        let app = self.app(&[CERTIFICATE])?;
        let chain = self.variables.get(SEND_CHAIN).is_some_and(|it| it == "1" || it.eq_ignore_ascii_case("true"));
        let path = self.variables.get(CERTIFICATE).unwrap_or_default().into();
        Ok(Credential::Certificate { app, path, send_chain: chain })
    }

    fn device_code(&self) -> Result<Credential, SignInError> {
        let Some(id) = self.variables.get(CLIENT) else {
            return Err(SignInError::Incomplete {
                set: vec!["`--sign-in device-code`"],
                missing: vec![CLIENT],
                help: "set it to an app of your own that allows public client flows".to_owned(),
            });
        };
        let tenant = self.tenant()?.unwrap_or_else(|| "organizations".to_owned());
        Ok(Credential::DeviceCode { app: App { tenant, client: client(id)? } })
    }

    fn workload_identity(&self) -> Result<Credential, SignInError> {
        let app = self.app(&[FEDERATED])?;
        Ok(Credential::WorkloadIdentity { app, file: self.variables.get(FEDERATED).unwrap_or_default().into() })
    }

    fn pipeline(&self) -> Result<Credential, SignInError> {
        let variables = self.variables;
        if variables.has(GITHUB_URL) || variables.has(GITHUB_TOKEN) {
            let app = self.app(&[GITHUB_URL, GITHUB_TOKEN])?;
            let url = request_address(GITHUB_URL, variables.get(GITHUB_URL).unwrap_or_default())?;
            let token = variables.secret(GITHUB_TOKEN).unwrap_or_else(|| Secret::new(""));
            return Ok(Credential::GitHub { app, url, token });
        }
        let (set, missing): (Vec<_>, Vec<_>) =
            [AZDO_URI, AZDO_TOKEN, AZDO_CONNECTION].into_iter().partition(|name| variables.has(name));
        if !missing.is_empty() {
            return Err(SignInError::Incomplete {
                set: if set.is_empty() { vec!["`--sign-in pipeline`"] } else { set },
                missing,
                help: "in GitHub Actions give the job `permissions: id-token: write`; in Azure Pipelines map \
                       SYSTEM_ACCESSTOKEN to $(System.AccessToken) in a step of a task with a service connection"
                    .to_owned(),
            });
        }
        // A pipeline's own names stand in for the general ones.
        let id = variables.get(CLIENT).or_else(|| variables.get(AZDO_CLIENT));
        let tenant = match self.tenant()? {
            Some(tenant) => Some(tenant),
            None => self.tenant_of(AZDO_TENANT)?,
        };
        let (Some(tenant), Some(id)) = (tenant, id) else { return self.azure_pipelines(self.app(&[])?) };
        self.azure_pipelines(App { tenant, client: client(id)? })
    }

    fn azure_pipelines(&self, app: App) -> Result<Credential, SignInError> {
        let variables = self.variables;
        Ok(Credential::AzurePipelines {
            app,
            url: request_address(AZDO_URI, variables.get(AZDO_URI).unwrap_or_default())?,
            token: variables.secret(AZDO_TOKEN).unwrap_or_else(|| Secret::new("")),
            connection: variables.get(AZDO_CONNECTION).unwrap_or_default().to_owned(),
        })
    }
}

fn client(text: &str) -> Result<Uuid, SignInError> {
    Uuid::try_parse(text).map_err(|_| SignInError::Setting {
        what: CLIENT.to_owned(),
        message: format!("`{}` is no client id", text.escape_debug()),
        help: "set it to the application (client) id of the app, a GUID".to_owned(),
    })
}

/// Where a pipeline gives its token: `https`, or `http` on loopback.
fn request_address(variable: &str, text: &str) -> Result<Url, SignInError> {
    let wrong = |message: &str| SignInError::Setting {
        what: variable.to_owned(),
        message: message.to_owned(),
        help: "leave it as the pipeline sets it".to_owned(),
    };
    let url = Url::parse(text).map_err(|_| wrong("it is no address"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(wrong("it is no `https` address, and the pipeline's token travels encrypted")),
    }
}

/// Whether there is an authority, and the variable means the same.
fn authority(variables: &Variables, roots: &Roots) -> Result<(), SignInError> {
    let Some(login) = roots.login() else {
        return Err(SignInError::Contradiction {
            message: format!("cloud `{}` names no sign-in authority", roots.name),
            help: "add `login = \"https://…\"` to the cloud file, or give a ready token (GRAPHWHY_GRAPH_TOKEN)"
                .to_owned(),
        });
    };
    let Some(named) = variables.get(AUTHORITY) else { return Ok(()) };
    let with_scheme = if named.contains("://") { named.to_owned() } else { format!("https://{named}") };
    let same = Url::parse(&with_scheme).is_ok_and(|url| {
        url.scheme() == login.scheme()
            && url.host_str().map(|host| host.trim_end_matches('.')) == login.host_str()
            && url.port_or_known_default() == login.port_or_known_default()
            && url.username().is_empty()
    });
    if same {
        return Ok(());
    }
    let host = login.host_str().unwrap_or_default();
    Err(SignInError::Contradiction {
        message: format!("{AUTHORITY} is `{}`, but cloud `{}` signs in at `{host}`", named.escape_debug(), roots.name),
        help: "choose the tenant's cloud with `--cloud`, or unset AZURE_AUTHORITY_HOST".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use super::*;

    const A: &str = "d0000000-0000-4000-8000-000000000001";
    const B: &str = "30000000-0000-4000-8000-00000000000a";

    fn chosen(method: Method, ready: bool, set: &[(&str, &str)]) -> Result<Option<Credential>, SignInError> {
        let variables = set.iter().copied().collect();
        choose(method, ready, None, &variables, &Roots::named("global").unwrap())
    }

    fn kind(set: &[(&str, &str)]) -> &'static str {
        match chosen(Method::Auto, false, set) {
            Ok(Some(Credential::Secret { .. })) => "secret",
            Ok(Some(Credential::Certificate { .. })) => "certificate",
            Ok(Some(Credential::DeviceCode { .. })) => "device code",
            Ok(Some(Credential::Az { .. })) => "az",
            Ok(Some(Credential::WorkloadIdentity { .. })) => "workload identity",
            Ok(Some(Credential::GitHub { .. })) => "github",
            Ok(Some(Credential::AzurePipelines { .. })) => "azure pipelines",
            Ok(Some(Credential::ManagedIdentity { .. })) => "managed identity",
            Ok(None) => "ready",
            Err(SignInError::Incomplete { .. }) => "incomplete",
            Err(_) => "wrong",
        }
    }

    /// What every subset of the variables means: either it is complete, or it is said to be incomplete; the Azure CLI is
    /// for those who set nothing.
    #[test]
    fn nothing_half_set_falls_through() {
        let names = [(TENANT, A), (CLIENT, B), (SECRET, "s"), (CERTIFICATE, "c"), (FEDERATED, "f")];
        for bits in 0_u32..32 {
            let set: Vec<_> =
                names.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, it)| *it).collect();
            let has = |name| set.iter().any(|(it, _)| *it == name);
            let app = has(TENANT) && has(CLIENT);
            let expected = match (app, has(SECRET), has(CERTIFICATE), has(FEDERATED)) {
                _ if set.is_empty() => "az",
                (true, true, _, _) => "secret",
                (true, false, true, _) => "certificate",
                (true, false, false, true) => "workload identity",
                _ => "incomplete",
            };
            assert_eq!(kind(&set), expected, "{set:?}");
        }
    }

    #[test]
    fn pipelines_are_found_where_they_are_complete() {
        let github = [(GITHUB_URL, "https://contoso.com/?a=b"), (GITHUB_TOKEN, "t")];
        let with = |more: &[(&'static str, &'static str)]| [github.as_slice(), more].concat();
        assert_eq!(kind(&with(&[(TENANT, A), (CLIENT, B)])), "github");
        assert_eq!(kind(&with(&[(TENANT, A), (CLIENT, B), (SECRET, "s")])), "secret");
        // A job that may have tokens need not mean this one.
        assert_eq!(kind(&github), "az");
        assert_eq!(kind(&with(&[(TENANT, A)])), "incomplete");
        let azure = [(AZDO_URI, "https://contoso.com/"), (AZDO_TOKEN, "t"), (AZDO_CONNECTION, "c")];
        let own = [(AZDO_CLIENT, B), (AZDO_TENANT, A)];
        assert_eq!(kind(&[azure.as_slice(), &own].concat()), "azure pipelines");
        assert_eq!(kind(&azure), "incomplete");
        assert_eq!(kind(&azure[..2]), "az");
        assert!(matches!(
            chosen(
                Method::Pipeline,
                false,
                &[(GITHUB_URL, "http://contoso.com"), (GITHUB_TOKEN, "t"), (TENANT, A), (CLIENT, B)]
            ),
            Err(SignInError::Setting { .. })
        ));
    }

    #[test]
    fn the_authority_is_that_of_the_cloud() {
        let with = |host: &'static str| kind(&[(TENANT, A), (CLIENT, B), (SECRET, "s"), (AUTHORITY, host)]);
        for same in
            ["https://login.microsoftonline.com/", "login.microsoftonline.com", "HTTPS://Login.MicrosoftOnline.com:443"]
        {
            assert_eq!(with(same), "secret", "{same}");
        }
        for other in [
            "https://login.microsoftonline.us",
            "http://login.microsoftonline.com",
            "https://login.microsoftonline.com@contoso.com",
            "x y",
        ] {
            assert_eq!(with(other), "wrong", "{other}");
        }
    }

    #[test]
    fn a_ready_token_needs_nothing_else_and_what_is_printed_holds_no_secret() {
        assert!(chosen(Method::Auto, true, &[(SECRET, "s")]).unwrap().is_none());
        assert!(matches!(chosen(Method::Token, false, &[]), Err(SignInError::Incomplete { .. })));
        let set = [(TENANT, A), (CLIENT, B), (SECRET, "made-up-secret")];
        let credential = chosen(Method::Secret, true, &set).unwrap().unwrap();
        let variables: Variables = set.into_iter().collect();
        let shown = format!("{credential:?} {variables:?} {}", credential.title());
        assert!(!shown.contains("made-up-secret") && shown.contains(SECRET), "{shown}");
    }
}
