//! JSON Web Tokens: found in torn text, and decoded for their claims. No signature is checked.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use uuid::Uuid;

use super::Span;
use super::secrets::{Runs, run, starts_word};

/// How the token of the call was got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Client credentials: application permissions (`roles`).
    App,
    /// A signed-in user: delegated permissions (`scp`).
    Delegated,
}

impl TokenKind {
    /// The name used in JSON and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Delegated => "delegated",
        }
    }
}

/// Claims of an access token, decoded for diagnosis only; the signature is not checked. Never
/// holds the token itself. Claims: learn.microsoft.com/entra/identity-platform/access-token-claims-reference
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// `aud`.
    pub audience: Option<String>,
    /// `tid`.
    pub tenant: Option<Uuid>,
    /// `appid` (v1) or `azp` (v2): the client id.
    pub app_id: Option<Uuid>,
    /// `oid`: the user's object id, or the service principal's in an app-only token.
    pub object_id: Option<Uuid>,
    /// `roles`; `None` = the claim is absent.
    pub roles: Option<Vec<String>>,
    /// `scp`, split; `None` = the claim is absent.
    pub scopes: Option<Vec<String>>,
    /// `idtyp`.
    pub id_type: Option<String>,
    /// `iat`, Unix seconds.
    pub issued_at: Option<i64>,
    /// `exp`, Unix seconds.
    pub expires_at: Option<i64>,
}

impl Token {
    /// `idtyp=app` is app-only; else `scp` is delegated; else `roles` is app-only.
    #[must_use]
    pub fn kind(&self) -> Option<TokenKind> {
        if self.id_type.as_deref() == Some("app") {
            Some(TokenKind::App)
        } else if self.scopes.is_some() {
            Some(TokenKind::Delegated)
        } else if self.roles.is_some() {
            Some(TokenKind::App)
        } else {
            None
        }
    }
}

/// Tolerates missing padding and spare bits: what is pasted is often cut.
pub(crate) const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

const fn is_jwt_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// A JSON Web Token, also when a console wrapped it or an encoding broke it.
pub(super) fn jwt(
    bytes: &[u8],
    start: usize,
    runs: &mut Runs,
    tokens: &mut Vec<(Span, Token)>,
) -> Option<Range<usize>> {
    if bytes.get(start..start + 3) != Some(b"eyJ") || !starts_word(bytes, start) {
        return None;
    }
    if runs.undotted.contains(&start) && begins_error_body(bytes.get(start..runs.undotted.end)?) {
        return None;
    }
    let mut end = run(bytes, start, is_jwt_byte);
    let mut joined = bytes.get(start..end)?.to_vec();
    let mut dots = joined.iter().filter(|&&byte| byte == b'.').count();
    let mut piece = end - start;
    loop {
        let (next, dot, line) = glue(bytes, end);
        let stop = run(bytes, next, is_jwt_byte);
        let found = stop - next;
        let words = bytes.get(next..stop).unwrap_or_default();
        let word = words.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'.');
        // `HTTP/1.1 403`, `Date: ...`: the next line is its own.
        let own_line = line && !dot && matches!(bytes.get(stop), Some(b'/' | b':' | b'(')) && found < 32;
        let goes_on = next > end
            && found > 0
            && !own_line
            && (dot
                || line && piece >= 20 && (found >= 16 || !word && (dots < 2 || found >= 4))
                || dots < 2 && found >= 32);
        if !goes_on {
            break;
        }
        if dot {
            joined.push(b'.');
        }
        joined.extend(words);
        dots += usize::from(dot) + words.iter().filter(|&&byte| byte == b'.').count();
        (piece, end) = (found, stop);
    }
    if joined.len() < 20 {
        return None;
    }
    if dots == 0 && begins_error_body(&joined) {
        runs.undotted = start..run(bytes, start, is_jwt_byte);
        return None;
    }
    if let Some(token) = std::str::from_utf8(&joined).ok().and_then(decode_token) {
        tokens.push((Span::new(start, end), token));
    }
    Some(start..end)
}

/// What may stand between two pieces of one token: line ends (also escaped ones) with indents and quote marks, or an
/// encoded dot. Gives where the next piece starts, whether there was a dot, and whether there was a line end.
fn glue(bytes: &[u8], start: usize) -> (usize, bool, bool) {
    let (mut at, mut dot, mut line) = (start, false, false);
    while at < start + 24 {
        let rest = bytes.get(at..).unwrap_or_default();
        at += match rest {
            [b'\r' | b'\n', ..] => {
                line = true;
                1
            }
            [b' ' | b'\t' | b'>' | b'|', ..] => 1,
            // Mail ends its lines like this.
            [b'=', b'\r' | b'\n', ..] => 1,
            [b'%', b'2', b'E' | b'e', ..] => {
                dot = true;
                3
            }
            [b'\\', ..] => {
                let slashes = rest.iter().take_while(|&&byte| byte == b'\\').count().min(8);
                match rest.get(slashes..) {
                    Some([b'n' | b'r', ..]) => {
                        line = true;
                        slashes + 1
                    }
                    Some([b'u', b'0', b'0', b'2', b'e' | b'E', ..]) => {
                        dot = true;
                        slashes + 5
                    }
                    _ => break,
                }
            }
            _ => break,
        };
    }
    (at, dot, line)
}

/// `{"error": ...` as base64, the body of an answer in an archive: no token, though it begins like one.
fn begins_error_body(encoded: &[u8]) -> bool {
    let head = encoded.get(..encoded.len().min(12)).unwrap_or_default();
    BASE64_URL.decode(head).is_ok_and(|text| text.starts_with(b"{\"error\""))
}

/// Decodes the claims of a JSON Web Token; the signature is not checked. `None`: not a JWT, or cut
/// before the claims end.
#[must_use]
pub fn decode_token(text: &str) -> Option<Token> {
    let mut parts = text.split('.');
    let (_, payload) = (parts.next()?, parts.next()?);
    claims(&serde_json::from_slice(&BASE64_URL.decode(payload).ok()?).ok()?)
}

/// Reads claims from JSON; `None` where there is neither an audience nor an app.
#[must_use]
pub(crate) fn claims(value: &Value) -> Option<Token> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let id = |key: &str| text(key).and_then(|id| Uuid::try_parse(id).ok());
    let token = Token {
        audience: text("aud").map(Into::into),
        tenant: id("tid"),
        app_id: id("appid").or_else(|| id("azp")),
        object_id: id("oid"),
        roles: value
            .get("roles")
            .and_then(Value::as_array)
            .map(|roles| roles.iter().filter_map(Value::as_str).map(Into::into).collect()),
        scopes: text("scp").map(|scopes| scopes.split_whitespace().map(Into::into).collect()),
        id_type: text("idtyp").map(Into::into),
        issued_at: value.get("iat").and_then(Value::as_i64),
        expires_at: value.get("exp").and_then(Value::as_i64),
    };
    (token.audience.is_some() || token.app_id.is_some()).then_some(token)
}
