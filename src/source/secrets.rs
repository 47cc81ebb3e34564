//! Masking at the door: tokens are decoded for their claims, then every secret becomes asterisks of
//! the same byte length, so that spans hold.

use super::private_key::private_key;
use std::ops::Range;

use super::calls::{
    curl_user, entra_secret, environment, login_password, of_length, other_scheme, sign_in_code, user_info,
};
use super::quoted::{self, Opening};
use super::shell::{here_string, listed, network_credential, secure_string, variable};
use super::spoken;
use super::token::jwt;
use super::{Span, Token, Words};

pub(super) struct Masked {
    pub(super) text: String,
    pub(super) tokens: Vec<(Span, Token)>,
    pub(super) masked: usize,
}

/// What a word announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    /// A JSON Web Token: each starts like this.
    Token,
    /// `Bearer <credential>`.
    Credential,
    /// `sig=` of an address; also the beginning of other words.
    Signature,
    Cookie,
    SecureString,
    /// A whole variable of PowerShell that is given a quoted text.
    Variable,
    /// `NetworkCredential` with a name and a password.
    NetworkCredential,
    /// The first line of a key in PEM.
    Pem,
    /// Any other `key = value`.
    Value,
    /// `://user:password@host`.
    UserInfo,
    /// `Authorization: <scheme> ...` of a scheme that no other word announces.
    Scheme,
    /// A token that is known by its beginning.
    Prefixed,
    /// `?code=0.A...`: what sign-in hands to an app.
    Code,
    /// `curl -u user:password`.
    User,
    /// `az login -p password`.
    LoginPassword,
    /// `GRAPH_TOKEN=...`, a variable of the environment.
    Environment,
    /// The secret of an app registration, by its shape: `abc8Q~...`.
    EntraSecret,
    /// `pw: ...`, `pass=...`
    Short,
    /// `?token=...`
    Query,
    /// A refresh token of Entra, by its second part.
    RefreshToken,
    /// The same, by its beginning.
    Opaque,
}

/// What announces a secret.
static ANNOUNCERS: Words<Announced, 63> = Words::new([
    ("eyj", Announced::Token),
    ("bearer", Announced::Credential),
    ("basic ", Announced::Credential),
    ("cookie", Announced::Cookie),
    ("secret", Announced::Value),
    ("securestring", Announced::SecureString),
    ("networkcredential", Announced::NetworkCredential),
    ("$pass", Announced::Variable),
    ("$pw", Announced::Variable),
    ("$token", Announced::Variable),
    ("password", Announced::Value),
    ("passwd", Announced::Value),
    ("passphrase", Announced::Value),
    ("pwd", Announced::Value),
    ("access_token", Announced::Value),
    ("accesstoken", Announced::Value),
    ("refresh_token", Announced::Value),
    ("refreshtoken", Announced::Value),
    ("id_token", Announced::Value),
    ("idtoken", Announced::Value),
    ("client_assertion", Announced::Value),
    ("clientassertion", Announced::Value),
    ("sig", Announced::Signature),
    ("api_key", Announced::Value),
    ("apikey", Announced::Value),
    ("api-key", Announced::Value),
    ("subscription-key", Announced::Value),
    ("accountkey", Announced::Value),
    ("accesskey", Announced::Value),
    ("private_key", Announced::Value),
    ("functions-key", Announced::Value),
    ("-----begin", Announced::Pem),
    ("access-token", Announced::Value),
    ("refresh-token", Announced::Value),
    ("id-token", Announced::Value),
    ("://", Announced::UserInfo),
    ("authorization", Announced::Scheme),
    ("ghp_", Announced::Prefixed),
    ("gho_", Announced::Prefixed),
    ("ghs_", Announced::Prefixed),
    ("ghu_", Announced::Prefixed),
    ("github_pat_", Announced::Prefixed),
    ("code=", Announced::Code),
    (" -u ", Announced::User),
    (" --user ", Announced::User),
    (" -p", Announced::LoginPassword),
    ("_token", Announced::Environment),
    ("client_credential", Announced::Value),
    ("clientcredential", Announced::Value),
    ("clientstate", Announced::Value),
    ("kennwort", Announced::Value),
    ("passwort", Announced::Value),
    ("q~", Announced::EntraSecret),
    ("pass", Announced::Short),
    ("pw", Announced::Short),
    ("?token=", Announced::Query),
    ("&token=", Announced::Query),
    (".agab", Announced::RefreshToken),
    ("0.a", Announced::Opaque),
    ("1.a", Announced::Opaque),
    ("estsauth", Announced::Value),
    ("refresh token", Announced::Value),
    ("api key", Announced::Value),
]);

pub(super) fn mask(text: String) -> Masked {
    let Found { ranges, tokens, masked } = find(text.as_bytes());
    if ranges.is_empty() {
        return Masked { text, tokens, masked: 0 };
    }
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

/// The secrets of a text, in their order.
struct Found {
    ranges: Vec<Range<usize>>,
    tokens: Vec<(Span, Token)>,
    masked: usize,
}

fn find(bytes: &[u8]) -> Found {
    let mut tokens = Vec::new();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut runs = Runs::default();
    let (mut done, mut pem_done) = (0, 0);
    // A key has a range for each line, and is one secret.
    let mut more_lines = 0;
    for (start, len, announced) in ANNOUNCERS.find_in_parts(bytes) {
        let end = start + len;
        if announced == Announced::Pem && start >= pem_done {
            let lines = private_key(bytes, end);
            pem_done = lines.last().map_or(pem_done, |last| last.end);
            more_lines += lines.len().saturating_sub(1);
            ranges.extend(lines);
        }
        if start < done {
            continue;
        }
        if announced == Announced::Value {
            let items = listed(bytes, start, end);
            if let Some(last) = items.last() {
                done = last.end;
                more_lines += items.len() - 1;
                ranges.extend(items);
                continue;
            }
        }
        let found = match announced {
            Announced::Token => jwt(bytes, start, &mut runs, &mut tokens),
            Announced::Credential => credential(bytes, start, end, &mut runs),
            Announced::Signature if !starts_word(bytes, start) || is_other_word(bytes, end) => None,
            Announced::Pem => None,
            Announced::SecureString => secure_string(bytes, start, end),
            Announced::UserInfo => user_info(bytes, end),
            Announced::Scheme => other_scheme(bytes, end),
            Announced::Prefixed if !starts_word(bytes, start) => None,
            Announced::Prefixed => of_length(bytes, start, 20),
            Announced::Code => sign_in_code(bytes, start, end),
            Announced::User => curl_user(bytes, start, end),
            Announced::LoginPassword => login_password(bytes, start, end),
            Announced::Environment => environment(bytes, start, end),
            Announced::EntraSecret => entra_secret(bytes, start, end),
            Announced::Variable => variable(bytes, start, end),
            Announced::Short => spoken::short(bytes, start, end),
            Announced::Query => spoken::in_query(bytes, end),
            Announced::RefreshToken => spoken::refresh_token(bytes, start),
            Announced::Opaque => spoken::opaque(bytes, start),
            Announced::NetworkCredential => network_credential(bytes, end),
            _ if is_code(bytes, start, end) => None,
            Announced::Value => assigned(bytes, start, end, announced).or_else(|| spoken::told(bytes, end)),
            _ => assigned(bytes, start, end, announced),
        };
        if let Some(range) = found.filter(|range| !range.is_empty()) {
            done = range.end;
            ranges.push(range);
        }
    }
    let masked = ranges.len() - more_lines;
    Found { ranges, tokens, masked }
}

/// What was read and is no secret, so that it is not read again for each announcer inside.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// To its end, bytes of a credential without a digit.
    plain: Range<usize>,
    /// To its end, base64 without a dot.
    pub(super) undotted: Range<usize>,
}

pub(super) const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'+' | b'/' | b'=')
}

pub(super) fn run(bytes: &[u8], start: usize, accept: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    start + rest.iter().position(|&byte| !accept(byte)).unwrap_or(rest.len())
}

/// Where a token ends that may have marks escaped: `\u002B`, `\/`.
fn token_end(bytes: &[u8], start: usize) -> usize {
    let mut at = run(bytes, start, is_token_byte);
    while let Some(skip) = match bytes.get(at..) {
        Some([b'\\', b'u', b'0', b'0', b'2' | b'3', b'b' | b'B' | b'f' | b'F' | b'd' | b'D', ..]) => Some(6),
        Some([b'\\', b'/', ..]) => Some(2),
        _ => None,
    } {
        at = run(bytes, at + skip, is_token_byte);
    }
    at
}

/// Whether what stands before is no part of the same word: nothing, punctuation, an escape (`\n`, `%3D`, `\u0022`), or a
/// colour of a terminal.
pub(super) fn starts_word(bytes: &[u8], start: usize) -> bool {
    let before = |back: usize| start.checked_sub(back).and_then(|at| bytes.get(at)).copied();
    !before(1).is_some_and(|byte| byte.is_ascii_alphanumeric())
        || before(2) == Some(b'\\')
        || before(3) == Some(b'%')
        || before(5) == Some(b'u') && before(6) == Some(b'\\')
        || before(1) == Some(b'm') && ends_colour(bytes, start - 1)
}

/// `ESC [ 1 ; 31`, before the `m`.
fn ends_colour(bytes: &[u8], end: usize) -> bool {
    let head = bytes.get(end.saturating_sub(24)..end).unwrap_or_default();
    let numbers = head.iter().rev().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':')).count();
    head.get(..head.len() - numbers).is_some_and(|head| head.ends_with(b"\x1b["))
}

/// Whether letters or a hyphen follow `sig` that do not make a `signature` of it: `--sign-in token`.
fn is_other_word(bytes: &[u8], end: usize) -> bool {
    let rest = bytes.get(end..).unwrap_or_default();
    let signature = rest.get(..6).is_some_and(|rest| rest.eq_ignore_ascii_case(b"nature"));
    !signature && rest.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'-')
}

/// `$secret = Get-Secret ...`: what stands behind a variable without quotes is code.
fn is_code(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    let head = bytes.get(start.saturating_sub(40)..start).unwrap_or_default();
    let name = head.iter().rev().take_while(|byte| is_name(byte)).count();
    // One word may be as long as the text.
    if head.iter().rev().nth(name) != Some(&b'$') {
        return false;
    }
    let blank = |byte: u8| matches!(byte, b' ' | b'\t');
    let sign = run(bytes, run(bytes, end, |byte| is_name(&byte)), blank);
    let value = run(bytes, sign + 1, blank);
    let verb = run(bytes, value, |byte| byte.is_ascii_alphabetic());
    bytes.get(sign) == Some(&b'=')
        && match bytes.get(value) {
            Some(b'{' | b'(' | b'&' | b'$') => true,
            // A verb and a noun.
            Some(_) => {
                let noun = bytes.get(verb + 1..).unwrap_or_default();
                let noun = noun.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
                let behind = bytes.get(verb + 1 + noun).copied().unwrap_or(b'\n');
                verb > value
                    && bytes.get(verb) == Some(&b'-')
                    && noun > 2
                    && (behind.is_ascii_whitespace() || matches!(behind, b'|' | b';' | b')' | b'`'))
            }
            None => false,
        }
}

/// `Bearer <credential>`; a placeholder is none.
fn credential(bytes: &[u8], word: usize, start: usize, runs: &mut Runs) -> Option<Range<usize>> {
    let mut start = start;
    while let Some(skip) = match bytes.get(start..) {
        Some([b' ' | b'+', ..]) => Some(1),
        Some([b'%', b'2', b'0', ..]) => Some(3),
        _ => None,
    } {
        start += skip;
    }
    if bytes.get(start..).is_some_and(|rest| rest.starts_with(b"eyJ")) {
        return None;
    }
    let parted =
        start.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(|byte| matches!(byte, b' ' | b'+' | b'0'));
    if is_header(bytes, word) && parted {
        let end = token_end(bytes, start);
        let value = bytes.get(start..end)?;
        let said =
            [&b"token"[..], b"authentication", b"authorization", b"scheme", b"auth", b"jwt", b"access", b"realm"];
        let words = said.iter().any(|said| value.eq_ignore_ascii_case(said)) || begins_parameter(value);
        let placeholder = is_stand_in(value) || value.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
        if value.len() >= 4 && !words && !placeholder {
            return Some(start..end);
        }
    }
    if runs.plain.contains(&start) {
        return None;
    }
    let end = token_end(bytes, start);
    let value = bytes.get(start..end)?;
    // Prose has no digits ("bearer authentication"), credentials do.
    if !value.iter().any(u8::is_ascii_digit) {
        runs.plain = start..end;
        return None;
    }
    (value.len() >= 8).then_some(start..end)
}

/// `realm=`, before a quote.
fn begins_parameter(value: &[u8]) -> bool {
    value.strip_suffix(b"=").is_some_and(|name| name.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_'))
}

/// Whether a scheme stands where the value of a header does: `Authorization: Bearer`, `Authorization = "Bearer`.
fn is_header(bytes: &[u8], word: usize) -> bool {
    let before = bytes.get(word.saturating_sub(32)..word).unwrap_or_default();
    let name = before.trim_ascii_end();
    let name = name.strip_suffix(b"\"").or_else(|| name.strip_suffix(b"'")).unwrap_or(name).trim_ascii_end();
    let Some(name) = name.strip_suffix(b"=").or_else(|| name.strip_suffix(b":")) else { return false };
    let name = name.trim_ascii_end();
    let name = name.strip_suffix(b"\"").or_else(|| name.strip_suffix(b"'")).unwrap_or(name);
    name.len() >= 13 && name.get(name.len() - 13..).is_some_and(|name| name.eq_ignore_ascii_case(b"authorization"))
}

/// `key = value`, `"key": "value"`, `key=value&`, `-Key value`, encoded or not.
pub(super) fn assigned(bytes: &[u8], key: usize, start: usize, announced: Announced) -> Option<Range<usize>> {
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    // The rest of a longer key: `client_secret_value`.
    let near = bytes.get(..start.saturating_add(14).min(bytes.len())).unwrap_or_default();
    let mut at = run(near, start, is_key);
    if at - start > 12 {
        return None;
    }
    if announced == Announced::Cookie {
        // An archive has `{"name": "Cookie", "value": "..."}`.
        let ahead = bytes.get(at..at.saturating_add(24).min(bytes.len())).unwrap_or_default();
        if let Some(found) = memchr::memmem::find(ahead, b"value") {
            at += found + b"value".len();
        }
    }
    // `<add key="ClientSecret" value="..."/>`
    let attribute = bytes.get(at..at.saturating_add(9).min(bytes.len())).unwrap_or_default();
    let attribute = match attribute {
        [b'"' | b'\'', b' ', name @ ..] => name.get(..6).is_some_and(|name| name.eq_ignore_ascii_case(b"value=")),
        _ => false,
    };
    at += if attribute { 8 } else { 0 };
    let mut separated = announced == Announced::SecureString || attribute;
    let mut opening = Opening::default();
    for _ in 0..24 {
        let rest = bytes.get(at..).unwrap_or_default();
        at += match rest {
            [b':' | b'=' | b'>', ..] if opening.mark.is_none() || !separated => {
                (separated, opening) = (true, Opening::default());
                1
            }
            [b'%', b'3', b'D' | b'd' | b'A' | b'a', ..] => {
                (separated, opening) = (true, Opening::default());
                3
            }
            [b'%', b'2', b'2' | b'7' | b'0', ..] => 3,
            [b'&', b'q', b'u', b'o', b't', b';', ..] => 6,
            [b'u', b'0', b'0', b'2', b'2' | b'7', ..] if at > 0 && bytes.get(at - 1) == Some(&b'\\') => 5,
            [mark @ (b'"' | b'\''), ..] => {
                let head = bytes.get(..at).unwrap_or_default();
                opening = Opening {
                    mark: Some(*mark),
                    slashes: head.iter().rev().take(24).take_while(|byte| **byte == b'\\').count(),
                    doubled: opening.mark == Some(*mark) && head.last() == Some(mark),
                    ticked: head.last() == Some(&b'`'),
                    plain: false,
                };
                1
            }
            [b'`', b'"' | b'\'', ..] | [b'\\' | b' ' | b'\t', ..] => 1,
            _ => break,
        };
    }
    // A parameter's value follows it after a space.
    let parameter = bytes.get(..key).is_some_and(|head| {
        let name = head.iter().rev().take(24).take_while(|&&byte| is_key(byte)).count();
        head.iter().rev().nth(name.saturating_sub(1)) == Some(&b'-') && name > 0
    });
    let spaced = at > start && bytes.get(at - 1).is_some_and(|byte| matches!(byte, b' ' | b'"' | b'\''));
    let assigns = separated || parameter && spaced;
    if !assigns {
        return None;
    }
    let rest = bytes.get(at..)?;
    // What PowerShell calls by such a name is a secret however short it is.
    let shell = announced == Announced::SecureString || parameter || is_variable(bytes, key);
    if let Some(inside) = here_string(rest).filter(|_| shell) {
        return Some(at + inside.start..at + inside.end);
    }
    if rest.starts_with(b"eyJ") || rest.starts_with(b"ConvertTo-SecureString") {
        return None;
    }
    let cookie = announced == Announced::Cookie;
    // `-H 'Cookie: a=b'`: the whole header stands in quotes.
    if cookie && opening.mark.is_none() {
        let name = bytes.get(..key).unwrap_or_default();
        let name = name.strip_suffix(b"Set-").or_else(|| name.strip_suffix(b"set-")).unwrap_or(name);
        let behind = bytes.get(start);
        opening.mark = name.last().copied().filter(|byte| matches!(byte, b'"' | b'\'') && behind == Some(&b':'));
    }
    let whole_line = cookie && opening.mark.is_none();
    // `"cookies": []` of an archive: what stands behind the list is none of it.
    let of_json = || bytes.get(start..at).is_some_and(|sign| memchr::memmem::find(sign, b"\":").is_some());
    let list = if whole_line && of_json() { quoted::json_list(rest) } else { None };
    let len = if whole_line {
        run(rest.get(..16 << 10).unwrap_or(rest), 0, |byte| !matches!(byte, b'\r' | b'\n' | b'\\'))
    } else {
        quoted::len(rest, Opening { plain: shell, ..opening })
    };
    // On the line of a log, the answer follows: no cookie holds a status line.
    let status = if whole_line { memchr::memmem::find(rest.get(..len)?, b" HTTP/1.1 ") } else { None };
    let status = status.filter(|at| {
        rest.get(at + 10..at + 13).is_some_and(|code| code.iter().all(u8::is_ascii_digit))
            && rest.get(at + 13) != Some(&b';')
    });
    let len = list.or(status).unwrap_or(len);
    let value = rest.get(..len)?;
    let least = if shell && opening.mark.is_some() { 1 } else { 4 };
    (value.len() >= least && !is_stand_in(value)).then_some(at..at + len)
}

/// Whether the word at `key` ends the name of a variable: `$clientSecret`, `$env:SECRET`.
fn is_variable(bytes: &[u8], key: usize) -> bool {
    let head = bytes.get(key.saturating_sub(32)..key).unwrap_or_default();
    if bytes.get(key) == Some(&b'$') {
        return true;
    }
    let name = head.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':')).count();
    head.iter().rev().nth(name) == Some(&b'$')
}

/// A variable, a template's hole, or a mask that somebody put there already.
pub(super) fn is_stand_in(value: &[u8]) -> bool {
    let body = |value: &[u8]| value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-(){}[]$ ".contains(byte));
    match value {
        [b'$', rest @ ..] => {
            body(rest) && rest.first().is_some_and(|byte| byte.is_ascii_alphabetic() || b"{(_".contains(byte))
        }
        [b'{', .., b'}'] | [b'<', .., b'>'] | [b'%', .., b'%'] => true,
        [b'@', b'(', rest @ ..] => rest.is_empty() || is_stand_in(rest),
        [b'(', ..] => value.iter().any(|byte| matches!(byte, b'$' | b'-')),
        _ => {
            value.iter().all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X'))
                || matches!(value, b"null" | b"None" | b"true" | b"false")
                // What a job may do with a token, as `id-token: write` says it.
                || matches!(value.strip_suffix(b"`").unwrap_or(value), b"write" | b"read" | b"none")
        }
    }
}

/// A text with its secrets masked, for what does not come from a source.
#[must_use]
pub fn masked(text: &str) -> String {
    mask(text.to_owned()).text
}

/// JSON with the secrets in its strings masked, each string for itself: it stays JSON.
#[must_use]
pub fn masked_json(json: String) -> String {
    if find(json.as_bytes()).ranges.is_empty() {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json.as_str();
    while let Some(open) = memchr::memchr(b'"', rest.as_bytes()) {
        let (head, string) = rest.split_at_checked(open + 1).unwrap_or((rest, ""));
        out.push_str(head);
        let bytes = string.as_bytes();
        let mut end = 0;
        while let Some(next) = bytes.get(end..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
            end += next;
            if bytes.get(end) == Some(&b'"') {
                break;
            }
            end = (end + 2).min(bytes.len());
        }
        let (string, tail) = string.split_at_checked(end).unwrap_or((string, ""));
        out.push_str(&self::masked(string));
        rest = tail;
        if let Some(tail) = rest.strip_prefix('"') {
            out.push('"');
            rest = tail;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests fail by panicking")]

    use base64::Engine as _;

    use super::super::token::BASE64_URL;
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
            "{\"name\":\"Cookie\",\"value\":\"session=hunter2\"}",
            "-ClientSecret hunter2hunter2",
            "--password 'hunter2, & more'",
            "client_secret%3Dhunter2hunter2",
            "\"refreshToken\": \"0.hunter2\"",
            "ConvertTo-SecureString 'hunter2hunter2' -AsPlainText",
            "ConvertTo-SecureString -String 'hunter2hunter2' -AsPlainText",
            "ConvertTo-SecureString -AsPlainText -Force \"hunter2hunter2\"",
            "'hunter2''hunter2' | ConvertTo-SecureString -AsPlainText -Force",
            "(\"hunter2hunter2\") |\n  convertto-securestring -AsPlainText",
            "\"password\":\"$hunter2!\"",
            "https://x/y?sv=1&sig=abcdef%2Fghijkl",
            "Authorization: Bearer 0123456789abcdef0123",
            "Authorization: Basic dXNlcjpodW50ZXIyaHVudGVyMg==",
            "Authorization: Bearer hunter2",
            "@{ Authorization = \"Bearer hunter2\" }",
            "{\"Authorization\": \"Bearer hunter2\"}",
            "-AccessTokens @(\"hunter2-a\", \"hunter2-b\")",
            "-AccessTokens:@('hunter2-a',\n  'hunter2-b')",
            "-AccessTokens 'hunter2-a', 'hunter2-b' -Verbose",
            "$accessTokens = @($one, 'hunter2-b')",
            "-Password ('hunter2')",
        ] {
            let masked = mask(text.into());
            assert_eq!((masked.masked, masked.text.len()), (1, text.len()), "{text} -> {}", masked.text);
            assert!(!masked.text.contains("hunter2") && !masked.text.contains("0123456789"), "{}", masked.text);
        }
    }

    #[test]
    fn private_keys_are_masked_to_their_end() {
        let key = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
        for (text, stays) in [
            (
                format!("-----BEGIN PRIVATE KEY-----\n{key}\n{key}\nk3y==\n-----END PRIVATE KEY-----\nnext line"),
                "next line",
            ),
            (
                format!("-----BEGIN RSA PRIVATE KEY-----\r\n{key}\r\nk3y== -----END RSA PRIVATE KEY----- and more"),
                "and more",
            ),
            (format!("-----BEGIN PRIVATE KEY-----\n{key}\n{key}"), "BEGIN"),
            (format!("-----BEGIN PRIVATE KEY-----\n{key}\nk3y==\nGrant-CsApplicationAccessPolicy -Global"), "Grant-Cs"),
            (
                format!(
                    "{{\"private_key\": \"-----BEGIN PRIVATE KEY-----\\n{key}\\nk3y=\\n-----END PRIVATE KEY-----\\n\", \"id\": 1}}"
                ),
                "\"id\": 1",
            ),
            (
                format!("$key = \"-----BEGIN PRIVATE KEY-----`n\" +\n  \"{key}`n\" +\n  \"k3y=`n\"\n$next = 1"),
                "`n\" +\n",
            ),
        ] {
            let masked = mask(text.clone());
            assert_eq!(masked.text.len(), text.len());
            assert!(!masked.text.contains("MII") && !masked.text.contains("k3y"), "{}", masked.text);
            assert!(!masked.text.contains(&key[30..]) && masked.text.contains(stays), "{}", masked.text);
        }
    }

    #[test]
    fn a_cookie_ends_with_its_quotes_or_the_status_line() {
        let answer = "-> 403 No application access policy found for this app";
        for (text, kept) in [
            (format!("curl -H 'Cookie: a=hunter2; b=\"hunter2\"' {answer}"), answer),
            (format!("curl -H \"Cookie: a=hunter2; b='hunter2'\" {answer}"), answer),
            ("Cookie: a=hunter2; b=hunter2 HTTP/1.1 403 Forbidden".to_owned(), " HTTP/1.1 403 Forbidden"),
            ("Set-Cookie: a=hunter2; path=/; HttpOnly; b=\"hunter2\"".to_owned(), ""),
            ("Cookie: prefs={\"k\":\"hunter2\"}; b=hunter2".to_owned(), ""),
            (
                "{\"cookies\": [{\"name\": \"a\", \"value\": \"]hunter2\"}], \"status\": 403}".to_owned(),
                ", \"status\": 403}",
            ),
        ] {
            let masked = mask(text.clone());
            assert!(!masked.text.contains("hunter2") && masked.text.ends_with(kept), "{text} -> {}", masked.text);
        }
    }

    #[test]
    fn placeholders_and_prose_stay() {
        for text in [
            "'$secret' | ConvertTo-SecureString -AsPlainText -Force",
            "$secret | ConvertTo-SecureString -AsPlainText -Force",
            "(ConvertTo-SecureString $secret -AsPlainText -Force).MakeReadOnly()",
            "($secret | ConvertTo-SecureString -AsPlainText -Force).MakeReadOnly()",
            "a file with -----BEGIN PRIVATE KEY----- in it, or -----BEGIN CERTIFICATE-----",
            "Authorization: Bearer {token}",
            "Bearer ",
            "a client secret is needed",
            "`Bearer ${t.access_token}`",
            "WWW-Authenticate: Bearer realm=\"contoso\", error=\"invalid_token\"",
            "Authorization: Bearer YOUR_TOKEN",
            "Authorization: Bearer token",
            "-AccessTokens @($graphToken, $teamsToken)",
            "-AccessTokens @(\"$graph\", \"$(Get-It)\")",
            "$tokens = @()",
            "`--sign-in token` is set, but GRAPHWHY_GRAPH_TOKEN is not",
        ] {
            assert_eq!(mask(text.into()).text, text);
        }
    }
}
