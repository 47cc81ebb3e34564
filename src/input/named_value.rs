//! Headers that an archive lists as objects: `{"name": "request-id", "value": "…"}`; Postman says `key` for `name`.

use memchr::memmem;

use super::Span;
use super::fields::{Budget, Field, Form, Key, quote_at, quoted_end, spaces};
use crate::source::slice;

/// The headers that matter.
const HEADERS: [(&str, Key); 5] = [
    ("request-id", Key::RequestId),
    ("x-ms-request-id", Key::RequestId),
    ("client-request-id", Key::ClientRequestId),
    ("date", Key::Date),
    ("retry-after", Key::RetryAfter),
];
/// What the name of a header stands under, and its value.
const NAMES: [&str; 2] = ["name", "key"];
const VALUE: &str = "value";
/// Headers beyond are not read; no paste has as many.
const MANY: usize = 1 << 20;
/// Values are not longer.
const LONG: usize = 256;

/// The listed headers of a text, in its order.
pub(super) fn find(text: &str) -> Vec<Field> {
    let mut budget = Budget::of(text.len());
    let values = memmem::find_iter(text.as_bytes(), VALUE).take(MANY);
    values.filter_map(|at| header(text, at, &mut budget)).collect()
}

/// Whether a pair is a listed header.
pub(super) fn is_listed(text: &str, field: Field) -> bool {
    field.quoted_key && slice(text, field.start..field.value.start).contains(VALUE)
}

/// The list of headers around a value of one, else the value: the headers of an answer are several objects, and of one call.
pub(super) fn list_of(text: &str, value: Span) -> Span {
    const REACH: usize = 4_096;
    let before = slice(text, value.start.saturating_sub(REACH)..value.start);
    let key = before.trim_end_matches(is_of_string).strip_suffix(':').map(|head| head.trim_end_matches(is_of_string));
    if !key.is_some_and(|key| key.ends_with(VALUE)) {
        return value;
    }
    let behind = slice(text, value.end..value.end.saturating_add(REACH));
    // No header holds a bracket that matters here.
    let list = before.rfind('[').zip(behind.find(']'));
    list.map_or(value, |(from, to)| Span::new(value.start - before.len() + from, value.end + to))
}

/// The header whose `value` stands here.
fn header(text: &str, at: usize, budget: &mut Budget) -> Option<Field> {
    // Most are no key: a quote, a colon and a quote follow one.
    let start = string_behind(text, at + VALUE.len())?;
    // `"name": "date", "` stands before it.
    let lead = slice(text, at.saturating_sub(120)..at);
    let lead = lead.trim_end_matches(is_of_string).strip_suffix(',')?.trim_end_matches(is_of_string);
    let (name, key) = HEADERS.iter().find(|(name, _)| {
        let head = lead.len().checked_sub(name.len()).and_then(|from| lead.get(from..));
        head.is_some_and(|head| head.eq_ignore_ascii_case(name))
            && lead.get(..lead.len() - name.len()).is_some_and(|lead| lead.ends_with(['"', '\'']))
    })?;
    let before = slice(lead, 0..lead.len() - name.len()).trim_end_matches(is_of_string);
    let before = before.strip_suffix(':')?.trim_end_matches(is_of_string);
    let object = NAMES.iter().find_map(|name| before.strip_suffix(name))?;
    object.trim_end_matches(is_of_string).ends_with('{').then_some(())?;
    let (quote, from) = quote_at(text, start)?;
    let (end, closed) = quoted_end(text, from, quote, LONG, budget);
    let name_start = at - (slice(text, at.saturating_sub(120)..at).len() - lead.len()) - name.len();
    Some(Field {
        key: *key,
        start: name_start,
        value: Span::new(from, end),
        form: Form::Quoted,
        closed,
        quoted_key: true,
    })
}

/// Where a string begins that is the value of a quoted key which ends here.
fn string_behind(text: &str, end: usize) -> Option<usize> {
    let (_, behind) = quote_at(text, end)?;
    let colon = spaces(text.as_bytes(), behind, true);
    (text.as_bytes().get(colon) == Some(&b':')).then(|| spaces(text.as_bytes(), colon + 1, true))
}

/// What may stand around a string, but for the marks of its object.
const fn is_of_string(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\' | ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_archives() {
        for (text, expected) in [
            (r#"[{"name":"Request-Id","value":"a1b2"}]"#, Some((Key::RequestId, "a1b2"))),
            ("{\n  \"name\": \"date\",\n  \"value\": \"Sat, 28 Nov 2026\"\n}", Some((Key::Date, "Sat, 28 Nov 2026"))),
            (r#"{\"name\":\"client-request-id\",\"value\":\"x\"}"#, Some((Key::ClientRequestId, "x"))),
            (r#"{"key":"retry-after","value":"17"}"#, Some((Key::RetryAfter, "17"))),
            (r#"{"name":"accept","value":"date"}"#, None),
            (r#"{"name":"up-date","value":"x"}"#, None),
            (r#"{"nickname":"date","value":"x"}"#, None),
            (r#"{"x":{},"name":"date","value":"x"}"#, None),
            ("name date, value: x", None),
            ("\"value\": \"x\"", None),
        ] {
            let found = find(text);
            let found = found.first().map(|field| (field.key, slice(text, field.value.start..field.value.end)));
            assert_eq!(found, expected, "{text}");
        }
    }
}
