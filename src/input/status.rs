//! HTTP status values in the text.

use super::Span;
use super::fields::{Field, Key, clean};
use crate::source::slice;

/// A status with its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Status {
    pub(crate) value: u16,
    pub(crate) span: Span,
    /// A status line, a `status` field or a line of its own: it may tell of a failure by itself.
    pub(crate) line: bool,
}

const REASONS: [(u16, &str); 17] = [
    (400, "badrequest"),
    (401, "unauthorized"),
    (402, "paymentrequired"),
    (403, "forbidden"),
    (404, "notfound"),
    (405, "methodnotallowed"),
    (409, "conflict"),
    (410, "gone"),
    (412, "preconditionfailed"),
    (415, "unsupportedmediatype"),
    (423, "locked"),
    (429, "toomanyrequests"),
    (500, "internalservererror"),
    (501, "notimplemented"),
    (502, "badgateway"),
    (503, "serviceunavailable"),
    (504, "gatewaytimeout"),
];

fn of_reason(text: &str) -> Option<u16> {
    let letters: String = text.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    REASONS.iter().find(|(_, reason)| *reason == letters).map(|(value, _)| *value)
}

/// Whether a code is only the reason phrase of a status.
pub(crate) fn is_reason(code: &str) -> bool {
    of_reason(code).is_some()
}

/// All status values, in the order of the text.
pub(crate) fn find(text: &str, fields: &[Field]) -> Vec<Status> {
    let mut found: Vec<Status> =
        fields.iter().filter(|field| field.key == Key::Status).filter_map(|field| of_field(text, field)).collect();
    found.extend(numbers(text));
    found.sort_by_key(|status| (status.span.start, status.span.end));
    found.dedup_by_key(|status| status.span);
    found
}

fn of_field(text: &str, field: &Field) -> Option<Status> {
    let value = clean(slice(text, field.value.start..field.value.end));
    let number = value.get(..3).and_then(|digits| digits.parse().ok()).filter(|value| (100..600).contains(value));
    let span = field.value;
    Some(Status { value: number.or_else(|| of_reason(&value))?, span, line: true })
}

fn numbers(text: &str) -> impl Iterator<Item = Status> + '_ {
    let bytes = text.as_bytes();
    let is_word = move |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    memchr::memchr3_iter(b'4', b'5', b'2', bytes).filter_map(move |at| {
        let value: u16 = std::str::from_utf8(bytes.get(at..at + 3)?).ok()?.parse().ok()?;
        if !(value == 200 || (400..600).contains(&value)) || is_word(at.checked_sub(1)) || is_word(Some(at + 3)) {
            return None;
        }
        if matches!(bytes.get(at + 3), Some(b'.' | b',')) && bytes.get(at + 4).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let line = slice(text, at.saturating_sub(40)..at);
        let line = line.rsplit(['\n', '\r']).next().unwrap_or_default();
        let before = line.trim_end_matches(['(', '[', '`', '*', '"', '\'', ' ', ':', '=', '#', '|', '-', '>']);
        let after = slice(text, at + 3..at + 40);
        let after = after.split(['\n', '\r']).next().unwrap_or_default();
        let lower = before.to_ascii_lowercase();
        let protocol = lower.rsplit(' ').next().is_some_and(|word| word == "http" || word.starts_with("http/"));
        let alone = before.is_empty() && after.trim_matches(|c: char| !c.is_alphanumeric()).is_empty();
        let named = ["status", "code", "error", "returned", "returns", "graph", "failed", "response", "got", "with"]
            .iter()
            .any(|word| lower.ends_with(word));
        let phrase: String = after.trim_start_matches([')', ' ', '-', ':', '`']).chars().take(24).collect();
        let reason = REASONS.iter().any(|(known, reason)| {
            let letters: String =
                phrase.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
            *known == value && letters.starts_with(reason)
        });
        (protocol || alone || named || reason || before.is_empty()).then_some(Status {
            value,
            span: Span::new(at, at + 3),
            line: protocol || alone || reason && before.is_empty(),
        })
    })
}
