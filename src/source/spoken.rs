//! Secrets as people write them: `the password is …`, `pw: …`, and tokens that nothing but their form tells.

use std::ops::Range;

use super::secrets::{is_stand_in, is_token_byte, run, starts_word};

/// Between the name of a secret and the secret, in a sentence.
const VERBS: [&[u8]; 6] = [b"is ", b"was ", b"ist ", b"war ", b"lautet ", b"est "];
/// A secret behind a verb is not shorter.
const SHORT: usize = 8;
/// Nor is one right behind its name.
const LONG: usize = 20;

/// `password is Summer2026!`, `api key 0123…`: letters and digits; an id is no secret.
pub(super) fn told(bytes: &[u8], end: usize) -> Option<Range<usize>> {
    let near = bytes.get(..bytes.len().min(end.saturating_add(4_096)))?;
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t');
    let name = run(near, end, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'*'));
    let at = run(near, name, is_blank);
    let rest = near.get(at..)?;
    let verb = VERBS.iter().find(|verb| rest.get(..verb.len()).is_some_and(|word| word.eq_ignore_ascii_case(verb)));
    let least = if verb.is_some() { SHORT } else { LONG };
    let start = run(near, at + verb.map_or(0, |verb| verb.len()), |byte| is_blank(byte) || b"\"'`*".contains(&byte));
    let stop = run(near, start, |byte| byte.is_ascii_graphic() && !b"\"'`<>,;(){}[]\\".contains(&byte));
    let value = near.get(start..stop)?;
    let id = std::str::from_utf8(value.get(..36).unwrap_or_default());
    let is_id = id.is_ok_and(|id| uuid::Uuid::try_parse(id).is_ok());
    let mixed = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
    let address = value.starts_with(b"http") || memchr::memchr(b'@', value).is_some() && verb.is_none();
    (at > end && value.len() >= least && mixed && !is_id && !address && !is_stand_in(value)).then_some(start..stop)
}

/// `pass=…`, `pw: …`, `mot de passe : …`: names that begin or end other words.
pub(super) fn short(bytes: &[u8], word: usize, end: usize) -> Option<Range<usize>> {
    let near = bytes.get(..bytes.len().min(end.saturating_add(4_096)))?;
    let french = near.get(end) == Some(&b'e') && near.get(word..end)?.len() == 4;
    let end = end + usize::from(french);
    let quote = |byte: u8| matches!(byte, b'"' | b'\'' | b'\\');
    let sign = run(near, run(near, end, quote), |byte| byte == b' ');
    if !starts_word(bytes, word) || !matches!(near.get(sign), Some(b'=' | b':')) {
        return None;
    }
    let start = run(near, sign + 1, |byte| quote(byte) || matches!(byte, b' ' | b'\t'));
    let stop = run(near, start, |byte| byte.is_ascii_graphic() && !b"\"'`<>,;&{}\\".contains(&byte));
    let value = near.get(start..stop)?;
    let mixed = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
    (value.len() >= 6 && mixed && !is_stand_in(value)).then_some(start..stop)
}

/// `?token=…` of an address.
pub(super) fn in_query(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let end = run(bytes, start, |byte| is_token_byte(byte) || byte == b'%');
    let value = bytes.get(start..end)?;
    (value.len() >= SHORT && !value.starts_with(b"eyJ") && !is_stand_in(value)).then_some(start..end)
}

/// `0.AXkA….AgABAwEAAAD…`: a refresh token of Entra, which its second part tells.
pub(super) fn refresh_token(bytes: &[u8], part: usize) -> Option<Range<usize>> {
    /// The first part holds ids.
    const FIRST: usize = 512;
    let head = bytes.get(part.saturating_sub(FIRST)..part)?;
    let len = head.iter().rev().take_while(|byte| is_token_byte(**byte) && !b"=/+".contains(byte)).count();
    let start = part - len;
    let known = matches!(bytes.get(start..part)?, [b'0' | b'1', b'.', b'A', _, ..]);
    let end = run(bytes, part, is_token_byte);
    (known && end - part >= LONG).then_some(start..end)
}

/// `1.AXkA…`: what Entra hands out for others to keep, by its beginning and its length.
pub(super) fn opaque(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    const LEAST: usize = 80;
    let end = if starts_word(bytes, start) { run(bytes, start, is_token_byte) } else { start };
    let value = bytes.get(start..end)?;
    let mixed = value.iter().any(u8::is_ascii_lowercase) && value.iter().skip(2).any(u8::is_ascii_digit);
    (matches!(value, [_, b'.', b'A', ..]) && value.len() >= LEAST && mixed).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::super::masked;

    #[test]
    fn secrets_in_sentences() {
        for (text, secret) in [
            ("the password is Summer2026! now", "Summer2026!"),
            (
                "rt=1.AXkAPtYgjmUhBe2mQk1x8Jx0pL9aVbGcDdEeFfGgHhIiJjK7PtYgjmUhBe2mQk1x8Jx0pL9aVbGcDdEeFfGg next",
                "1.AXkAPtYgjmUhBe2mQk1x8Jx0pL9aVbGcDdEeFfGgHhIiJjK7PtYgjmUhBe2mQk1x8Jx0pL9aVbGcDdEeFfGg",
            ),
            ("Das Passwort lautet `Sommer2026!`.", "Sommer2026!"),
            ("api key lCxvnNGdcm0yHc7E4nSm", "lCxvnNGdcm0yHc7E4nSm"),
            ("pw: Summer2026!", "Summer2026!"),
            ("pass=Summer2026!&x", "Summer2026!"),
            ("mot de passe : Ete2026!x", "Ete2026!x"),
            ("ESTSAUTH=1.AXkAPtYgjmUhBe2m; x", "1.AXkAPtYgjmUhBe2m"),
            ("/x?token=hijkhijkhijk 403", "hijkhijkhijk"),
            ("got 0.AXkAPtYgjm-x_1.AgABAwEAAADW6jl31mB3T7 here", "0.AXkAPtYgjm-x_1.AgABAwEAAADW6jl31mB3T7"),
        ] {
            assert_eq!(masked(text), text.replace(secret, &"*".repeat(secret.len())), "{text}");
        }
        for text in [
            "the password is expired",
            "the client secret is 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20",
            "the refresh token is not valid",
            "tests: pass: 12 fail: 0",
            "passed: a1b2c3d4",
            "compass: n0rth123",
            "the api key of the app",
            "?$skiptoken=abcdefghij",
            "version 0.AgAB",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
