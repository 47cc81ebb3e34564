//! The app of a request for a token, or of a session, of a signed-in user: where a call has no policy that lets its app in, the
//! call was the app's own, and such an id is of another one.

use super::{Facts, Span, TokenKind, beside};
use crate::source::slice;

/// The name of the grant in a request for a token, in lower case.
pub(crate) const GRANTS: [&str; 3] = ["grant_type", "granttype", "grant-type"];
/// `AuthType : Delegated`: what `Get-MgContext` prints,
/// <https://learn.microsoft.com/powershell/microsoftgraph/authentication-commands>.
const SESSIONS: [&str; 1] = ["authtype"];
/// A request or a session that is told on several lines has no more of them on either side of its app.
const LINES: usize = 12;
const REACH: usize = 2 << 10;

/// Leaves out the app that such a request names.
pub(super) fn forget(text: &str, said: Span, facts: &mut Facts) {
    let span = facts.app_id.as_ref().and_then(|app| app.span);
    let own = |span: Span| said.start <= span.start && span.end <= said.end;
    if span.is_some_and(|span| !own(span) && is_delegated(text, span.start)) {
        facts.app_id = None;
        facts.app_beside = false;
    }
}

/// Whether a place is in a request for a token of a signed-in user, or in what tells of such a session.
pub(super) fn is_delegated(text: &str, at: usize) -> bool {
    let line = beside::line_of(text, at);
    let own = kinds(slice(text, line.start..line.end));
    if own != (false, false) {
        return own == (true, false);
    }
    let is_apart = |line: &str| line.trim().is_empty() || beside::begins_entry(line);
    let above = slice(text, line.start.saturating_sub(REACH)..line.start);
    let below = slice(text, line.end..line.end.saturating_add(REACH));
    let above = above.rsplit('\n').skip(1).take(LINES).take_while(|line| !is_apart(line));
    let below = below.trim_start_matches('\r').split('\n').skip(1).take(LINES).take_while(|line| !is_apart(line));
    let mut found = (false, false);
    for line in above.chain(below) {
        let own = kinds(line);
        found = (found.0 || own.0, found.1 || own.1);
    }
    found == (true, false)
}

/// Whether a text names a grant of a signed-in user, and one of the app itself.
fn kinds(text: &str) -> (bool, bool) {
    let lower = text.to_ascii_lowercase();
    let of_session = |behind: &str| {
        let value = behind.trim_start_matches([' ', '=', ':', '"', '\'', '\t']);
        match () {
            () if value.len() == behind.len() => None,
            () if value.starts_with("delegated") => Some(TokenKind::Delegated),
            () if value.starts_with("apponly") => Some(TokenKind::App),
            () => None,
        }
    };
    let sessions = SESSIONS.iter().flat_map(|label| lower.split(label).skip(1)).filter_map(of_session);
    let mut found = (false, false);
    for kind in grants(&lower).chain(sessions) {
        match kind {
            TokenKind::Delegated => found.0 = true,
            TokenKind::App => found.1 = true,
        }
    }
    found
}

/// The grants of token requests that a text in lower case names, each as the kind of token that it gives,
/// <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow> and its neighbours.
pub(crate) fn grants(lower: &str) -> impl Iterator<Item = TokenKind> {
    GRANTS.iter().flat_map(move |label| lower.split(label).skip(1)).filter_map(of_value)
}

/// The value behind `grant_type`.
fn of_value(behind: &str) -> Option<TokenKind> {
    let value = behind.trim_start_matches([' ', '=', ':', '"', '\'', '`']);
    let value = value.split(['&', ' ', '\n', '\r', '"', '\'', '`', ',']).next().unwrap_or_default();
    let leads = behind.starts_with([' ', '=', ':', '"', '\'', '`']);
    let is = |grants: &[&str]| grants.iter().any(|grant| value.starts_with(grant));
    let urn =
        ["grant-type:jwt-bearer", "grant-type%3ajwt-bearer", "device_code"].iter().any(|end| value.ends_with(end));
    match () {
        () if !leads => None,
        () if is(&["client_credentials", "clientcredentials"]) => Some(TokenKind::App),
        () if value.starts_with("urn") && urn => Some(TokenKind::Delegated),
        () if is(&["authorization_code", "password", "refresh_token", "device_code"]) => Some(TokenKind::Delegated),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_of_user(text: &str) -> bool {
        is_delegated(text, text.find("9c4f").unwrap_or_default())
    }

    #[test]
    fn apps_of_a_signed_in_user() {
        for text in [
            "grant_type=password&client_id=9c4f",
            "client_id=9c4f&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer",
            "-d grant_type=refresh_token \\\n-d client_id=9c4f",
            "ClientId : 9c4f\nTenantId : x\nAuthType : Delegated",
            "grant_type=client_credentials&client_id=1f7b\ngrant_type=authorization_code&client_id=9c4f",
        ] {
            assert!(is_of_user(text), "{text}");
        }
    }

    #[test]
    fn apps_of_their_own() {
        for text in [
            "grant_type=client_credentials&client_id=9c4f",
            "grant_type=client_credentials&client_id=9c4f\ngrant_type=authorization_code&client_id=1f7b",
            "ClientId : 9c4f\nAuthType : AppOnly",
            "grant_type=password&client_id=1f7b\n\nclient_id=9c4f",
            "2026-11-27 10:00:00 INFO grant_type=password\n2026-11-27 10:00:01 INFO client_id=9c4f",
            "client_id=9c4f grant_type is missing",
        ] {
            assert!(!is_of_user(text), "{text}");
        }
    }
}
