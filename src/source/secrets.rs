//! Masking at the door: tokens are decoded for their claims, then every secret becomes asterisks of
//! the same byte length, so that spans hold.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use uuid::Uuid;

use crate::input::{Span, Token};

pub(super) struct Masked {
    pub(super) text: String,
    pub(super) tokens: Vec<(Span, Token)>,
    pub(super) masked: usize,
}

/// What announces a secret. `eyJ` is the start of every JSON Web Token.
const ANNOUNCERS: [&str; 13] = [
    "eyj",
    "bearer ",
    "basic ",
    "secret",
    "password",
    "passwd",
    "pwd",
    "access_token",
    "refresh_token",
    "id_token",
    "client_assertion",
    "cookie:",
    "sig=",
];

/// Tolerates missing padding and spare bits: what is pasted is often cut.
pub(crate) const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn mask(text: String) -> Masked {
    let mut tokens = Vec::new();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let bytes = text.as_bytes();
    // A table that cannot be built masks nothing; the patterns are constants, and the tests use every one.
    // For a short text the automaton that is quickly built.
    let kind = (text.len() < 64 << 10).then_some(AhoCorasickKind::NoncontiguousNFA);
    if let Ok(search) = AhoCorasick::builder().ascii_case_insensitive(true).kind(kind).build(ANNOUNCERS) {
        let mut done = 0;
        for hit in search.find_overlapping_iter(bytes) {
            if hit.start() < done {
                continue;
            }
            let announcer = ANNOUNCERS.get(hit.pattern().as_usize()).copied().unwrap_or_default();
            let found = match announcer {
                "eyj" => jwt(bytes, hit.start(), &mut tokens),
                "bearer " | "basic " => credential(bytes, hit.end()),
                "cookie:" => Some(trimmed_line(bytes, hit.end())),
                _ => assigned(bytes, hit.end(), announcer.ends_with('=')),
            };
            if let Some(range) = found.filter(|range| !range.is_empty()) {
                done = range.end;
                ranges.push(range);
            }
        }
    }
    if ranges.is_empty() {
        return Masked { text, tokens, masked: 0 };
    }
    let masked = ranges.len();
    let mut bytes = text.into_bytes();
    for range in ranges {
        for byte in bytes.get_mut(range).unwrap_or_default() {
            if !matches!(*byte, b'\n' | b'\r') {
                *byte = b'*';
            }
        }
    }
    // Ranges end at ASCII bytes or the end of the text, so whole characters were replaced.
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Masked { text, tokens, masked }
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'+' | b'/' | b'=')
}

fn run(bytes: &[u8], start: usize, accept: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    start + rest.iter().position(|&byte| !accept(byte)).unwrap_or(rest.len())
}

/// A JSON Web Token, also when a console wrapped it.
fn jwt(bytes: &[u8], start: usize, tokens: &mut Vec<(Span, Token)>) -> Option<Range<usize>> {
    if start > 0 && bytes.get(start - 1).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    if bytes.get(start..start + 3) != Some(b"eyJ") {
        return None;
    }
    let is_jwt_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let mut end = run(bytes, start, is_jwt_byte);
    let mut joined = bytes.get(start..end)?.to_vec();
    loop {
        let next = run(bytes, end, |byte| matches!(byte, b'\r' | b'\n'));
        let line_end = run(bytes, next, is_jwt_byte);
        if next == end || line_end - next < 16 || end - start < 60 {
            break;
        }
        joined.extend(bytes.get(next..line_end)?);
        end = line_end;
    }
    if joined.len() < 20 || is_error_body(&joined) {
        return None;
    }
    if let Some(token) = std::str::from_utf8(&joined).ok().and_then(decode_token) {
        tokens.push((Span::new(start, end), token));
    }
    Some(start..end)
}

/// `{"error": ...` as base64, the body of an answer in an archive: no token, though it begins like one.
fn is_error_body(encoded: &[u8]) -> bool {
    let head = encoded.get(..encoded.len().min(12)).unwrap_or_default();
    !encoded.contains(&b'.') && BASE64_URL.decode(head).is_ok_and(|text| text.starts_with(b"{\"error\""))
}

/// `Bearer <credential>`; a placeholder is none.
fn credential(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    if bytes.get(start..).is_some_and(|rest| rest.starts_with(b"eyJ")) {
        return None;
    }
    let end = run(bytes, start, is_token_byte);
    let value = bytes.get(start..end)?;
    // Prose has no digits ("bearer authentication"), credentials of this length do.
    (value.len() >= 16 && value.iter().any(u8::is_ascii_digit)).then_some(start..end)
}

/// `key = value`, `"key": "value"`, `key=value&`.
fn assigned(bytes: &[u8], start: usize, has_separator: bool) -> Option<Range<usize>> {
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let mut at = start;
    if !has_separator {
        // The rest of a longer key: `client_secret_value`.
        let near = bytes.get(..at.saturating_add(14).min(bytes.len())).unwrap_or_default();
        at = run(near, at, is_key);
        if at - start > 12 {
            return None;
        }
        at = run(bytes, at, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' '));
        if !matches!(bytes.get(at), Some(b':' | b'=')) {
            return None;
        }
        at = run(bytes, at, |byte| matches!(byte, b':' | b'=' | b'>'));
    }
    at = run(bytes, at, |byte| matches!(byte, b' ' | b'"' | b'\'' | b'\\'));
    let first = bytes.get(at..at.saturating_add(3).min(bytes.len()))?;
    if matches!(first.first(), Some(b'$' | b'{' | b'*' | b'%' | b'(')) || first == b"eyJ" {
        return None;
    }
    let end = run(bytes, at, |byte| {
        !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'&' | b',' | b';' | b'<' | b'>' | b'}' | b'\\')
    });
    let value = bytes.get(at..end)?;
    (value.len() >= 6).then_some(at..end)
}

fn trimmed_line(bytes: &[u8], start: usize) -> Range<usize> {
    let start = run(bytes, start, |byte| byte == b' ');
    start..run(bytes, start, |byte| !matches!(byte, b'\r' | b'\n' | b'"' | b'\'' | b'\\'))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

    use super::*;

    fn made_up() -> String {
        let encode = |text: &str| BASE64_URL.encode(text);
        format!(
            "{}.{}.{}",
            encode(r#"{"alg":"none","typ":"JWT"}"#),
            encode(
                r#"{"aud":"https://graph.microsoft.com","appid":"9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20","roles":["OnlineMeetings.Read.All"],"exp":1700000000}"#
            ),
            encode("signature-signature")
        )
    }

    #[test]
    fn tokens_are_decoded_and_masked_in_place() {
        let jwt = made_up();
        let text = format!("Authorization: Bearer {jwt}\nnext");
        let masked = mask(text.clone());
        assert_eq!(masked.text.len(), text.len());
        assert!(!masked.text.contains("eyJ"), "{}", masked.text);
        assert_eq!(masked.tokens[0].1.roles.as_deref().unwrap(), ["OnlineMeetings.Read.All"]);
        assert!(masked.text.ends_with("\nnext"));
    }

    #[test]
    fn wrapped_tokens_are_masked_whole() {
        let jwt = made_up();
        let (first, second) = jwt.split_at(120);
        let masked = mask(format!("token\n{first}\r\n{second}\nend"));
        assert_eq!(masked.tokens.len(), 1);
        assert!(!masked.text.contains(&second[..20]));
    }

    #[test]
    fn every_announcer_masks() {
        for text in [
            "client_secret=Abc~8Q1234567890",
            "\"clientSecret\": \"Abc~8Q1234567890\"",
            "{\\\"password\\\":\\\"hunter2hunter2\\\"}",
            "passwd=hunter2hunter2",
            "pwd: hunter2hunter2",
            "access_token=opaque-token-0123456789",
            "refresh_token: 0.AXEA-opaque",
            "id_token=opaque-token-0123456789",
            "client_assertion=opaque-token-0123456789",
            "Cookie: session=hunter2",
            "https://x/y?sv=1&sig=abcdef%2Fghijkl",
            "Authorization: Bearer 0123456789abcdef0123",
            "Authorization: Basic dXNlcjpodW50ZXIyaHVudGVyMg==",
        ] {
            let masked = mask(text.into());
            assert_eq!((masked.masked, masked.text.len()), (1, text.len()), "{text} -> {}", masked.text);
            assert!(!masked.text.contains("hunter2") && !masked.text.contains("0123456789"), "{}", masked.text);
        }
    }

    #[test]
    fn placeholders_and_prose_stay() {
        for text in
            ["Authorization: Bearer {token}", "Bearer ", "a client secret is needed", "`Bearer ${t.access_token}`"]
        {
            assert_eq!(mask(text.into()).text, text);
        }
    }
}
