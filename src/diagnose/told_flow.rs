//! How a token was got, as requests, libraries and commands name it: `grant_type=client_credentials`, `acquireTokenPopup`,
//! `Connect-MgGraph -Scopes`, the claim `scp`.

use super::told_kind::Said;
use crate::input::{GRANTS, TokenKind, grants};
use uuid::Uuid;

/// Any of them stands in a text that names how a token was got.
pub(super) const MARKS: [&str; 11] = [
    "grant_type",
    "granttype",
    "grant-type",
    "acquiretoken",
    "acquire_token",
    "authtype",
    "loginpopup",
    "loginredirect",
    "ssosilent",
    "connect-mggraph",
    "scp",
];

/// What a sentence, in lower case, names; `app`: the client id of the failed call, where it is known.
pub(super) fn of(sentence: &str, words: &[&str], app: Option<Uuid>) -> Option<Said> {
    if is_of_another_app(sentence, app) || is_advice(words) {
        return None;
    }
    let found =
        [of_grant(sentence), of_library(sentence, words), of_command(sentence, words), of_claim(sentence, words)];
    let mut found = found.into_iter().flatten();
    let first = found.next()?;
    Some(if found.all(|other| other == first) { first } else { Said::Either })
}

/// Whether a sentence names the grant of a token request: then no other words of it tell one.
pub(super) fn names_grant(sentence: &str) -> bool {
    GRANTS.iter().any(|label| sentence.contains(label))
}

/// A client id in the sentence that is not the one of the failed call.
fn is_of_another_app(sentence: &str, app: Option<Uuid>) -> bool {
    let Some(app) = app else { return false };
    ["clientid", "client_id", "client-id"].iter().any(|label| {
        let behind = sentence.split_once(label).unwrap_or_default().1;
        let value = behind.trim_start_matches(|c: char| !c.is_alphanumeric());
        value.get(..36).and_then(|id| Uuid::try_parse(id).ok()).is_some_and(|id| id != app)
    })
}

/// What somebody is to do, and what did not come to a token.
fn is_advice(words: &[&str]) -> bool {
    const FIRST: [&str; 9] = ["run", "use", "try", "execute", "please", "check", "see", "make", "add"];
    const ANY: [&str; 7] = ["you", "your", "unsupported", "invalid", "failed", "rejected", "example"];
    words.first().is_some_and(|word| FIRST.contains(word))
        || words.iter().any(|word| ANY.contains(word) || word.starts_with("aadsts"))
}

/// The grant of a token request.
fn of_grant(sentence: &str) -> Option<Said> {
    // `scope=https%3A%2F%2Fvault.azure.net%2F.default`: a token for somebody else.
    let others = ["scope=", "resource=", "scope\": \"", "scope: "].iter().any(|label| {
        let value = sentence.split_once(label).unwrap_or_default().1;
        let value = value.split(['&', ' ', '"', '\'', ',']).next().unwrap_or_default();
        value.starts_with("http") && !value.contains("graph.microsoft")
            || value.starts_with("api:")
            || value.starts_with("api%3a")
    });
    if others {
        return None;
    }
    let kind = |kind| if kind == TokenKind::App { Said::App } else { Said::Delegated };
    let mut found = grants(sentence).map(kind);
    let first = found.next()?;
    Some(if found.all(|other| other == first) { first } else { Said::Either })
}

/// The functions of MSAL, <https://learn.microsoft.com/entra/msal/javascript/browser/acquire-token>; in Python their words
/// are joined by `_`.
fn of_library(sentence: &str, words: &[&str]) -> Option<Said> {
    const SIGNING_IN: [&str; 3] = ["loginpopup", "loginredirect", "ssosilent"];
    const OF_USER: [&str; 13] = [
        "popup",
        "redirect",
        "interactive",
        "onbehalfof",
        "bycode",
        "byauthcodeflow",
        "byauthorizationcode",
        "bydeviceflow",
        "bydevicecode",
        "withdevicecode",
        "byusernamepassword",
        "byrefreshtoken",
        "byintegratedwindowsauth",
    ];
    const OF_APP: [&str; 2] = ["forclient", "byclientcredential"];
    if words.iter().any(|word| SIGNING_IN.contains(word)) {
        return Some(Said::Delegated);
    }
    let joined = sentence.replace('_', "");
    let mut found = joined.split("acquiretoken").skip(1).filter_map(|behind| match () {
        () if OF_USER.iter().any(|way| behind.starts_with(way)) => Some(Said::Delegated),
        () if OF_APP.iter().any(|way| behind.starts_with(way)) => Some(Said::App),
        // It takes what the cache has.
        () if behind.starts_with("silent") => Some(Said::Either),
        () => None,
    });
    let first = found.next()?;
    Some(if found.all(|other| other == first) { first } else { Said::Either })
}

/// The parameter sets of `Connect-MgGraph`, <https://learn.microsoft.com/powershell/microsoftgraph/authentication-commands>.
fn of_command(sentence: &str, words: &[&str]) -> Option<Said> {
    const OF_APP: [&str; 7] = [
        " -certificatethumbprint",
        " -certificatename",
        " -certificatesubjectname",
        " -certificate ",
        " -clientsecretcredential",
        " -identity",
        " -sendcertificatechain",
    ];
    if !words.contains(&"connect-mggraph") {
        return None;
    }
    let has = |parameter: &str| sentence.contains(parameter);
    let by_app = OF_APP.iter().any(|parameter| has(parameter));
    let scopes = sentence.split_once(" -scopes").or_else(|| sentence.split_once(" -scope ")).map(|(_, scopes)| scopes);
    match (scopes, by_app) {
        (Some(_), true) => Some(Said::Either),
        (None, true) => Some(Said::App),
        // Whoever looks into a tenant signs in too: `-Scopes Application.Read.All` is of another call.
        (Some(scopes), false) if scopes.contains("onlinemeeting") => Some(Said::Delegated),
        (Some(scopes), false) if scopes.contains('$') => Some(Said::Either),
        _ => None,
    }
}

/// `The token has an scp claim`: only delegated tokens have one,
/// <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>.
fn of_claim(sentence: &str, words: &[&str]) -> Option<Said> {
    const LACKS: [&str; 8] = ["empty", "missing", "lacks", "lack", "lacking", "absent", "null", "instead"];
    const HAS: [&str; 9] = ["has", "have", "contains", "carries", "includes", "shows", "with", "holds", "hat"];
    if words.iter().any(|word| LACKS.contains(word)) {
        return None;
    }
    let at = words.iter().position(|word| *word == "scp")?;
    let ahead = words.get(at.saturating_sub(4)..at).unwrap_or_default();
    let behind = words.get(at + 1..).unwrap_or_default();
    let has = ahead.iter().any(|word| HAS.contains(word)) && words.contains(&"token");
    // `scp claim is OnlineMeetings.Read`, `scp=OnlineMeetings.Read`
    let value = sentence.split_once("scp").unwrap_or_default().1;
    let scoped = behind.iter().take(4).any(|word| word.starts_with("onlinemeeting"))
        && value.split(char::is_whitespace).any(|word| word.contains("onlinemeeting") && word.contains('.'));
    let roles = words.iter().any(|word| ["roles", "role"].contains(word));
    (has || scoped).then_some(if roles { Said::Either } else { Said::Delegated })
}
