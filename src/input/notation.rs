//! Pairs in notations that have no `key: value`: errors in XML (OData's Atom format, SOAP), also with their brackets
//! escaped; the message of a line in logfmt; numbers of the sign-in authority.

use memchr::memmem;
use uuid::Uuid;

use super::Span;
use super::fields::{Budget, Field, Form, Key, quote_at, quoted_end, spaces, word_end};
use super::meeting::uuid_in;
use crate::source::slice;

/// An error is not longer.
const MAX_ERROR: usize = 32 << 10;
/// Errors beyond are not read; no paste has as many.
const MANY: usize = 64 << 10;

/// How the brackets of a tag are written.
const BRACKETS: [(&str, &str); 2] = [("<", ">"), ("&lt;", "&gt;")];

/// The elements of an error that matter.
const ELEMENTS: [(&str, Key); 6] = [
    ("code", Key::Code),
    ("message", Key::Message),
    ("innererror", Key::InnerError),
    ("request-id", Key::RequestId),
    ("client-request-id", Key::ClientRequestId),
    ("date", Key::Date),
];

/// One element: its name, its start and what it holds; the end of the whole.
struct Element<'t> {
    name: &'t str,
    start: usize,
    content: Span,
    end: usize,
    closed: bool,
}

/// Whether another pair begins behind a space, as in `code='Forbidden' message="…"`: a name, its sign and a value.
pub(super) fn begins_pair(bytes: &[u8], at: usize) -> bool {
    /// No name is longer.
    const NAME: usize = 64;
    let rest = bytes.get(at..at.saturating_add(NAME).min(bytes.len())).unwrap_or_default();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let len = rest.iter().take_while(|byte| is_name(byte)).count();
    rest.first().is_some_and(u8::is_ascii_alphabetic)
        && rest.get(len) == Some(&b'=')
        && rest.get(len + 1).is_some_and(|value| !value.is_ascii_whitespace() && !matches!(value, b'=' | b'>'))
}

/// Where the value begins that Rust prints as `Some("…")`.
pub(super) fn in_option(text: &str, at: usize) -> usize {
    const SOME: &str = "Some(";
    let inner = at.saturating_add(SOME.len());
    let is_some = slice(text, at..inner.min(text.len())) == SOME && quote_at(text, inner).is_some();
    if is_some { inner } else { at }
}

/// `<error><code>...</code><message>...</message></error>`, with any prefix.
pub(super) fn xml(text: &str) -> Vec<Field> {
    let mut found = Vec::new();
    let mut done = 0;
    for at in memmem::find_iter(text.as_bytes(), b"error").take(MANY) {
        if at < done {
            continue;
        }
        let Some((open, close)) = BRACKETS.into_iter().find(|(open, _)| opens(text, at, open)) else { continue };
        let error = element(text, at, (open, close), text.len()).filter(|error| {
            error.name == "error" && slice(text, error.content.start..error.content.end).trim_start().starts_with(open)
        });
        let Some(error) = error else { continue };
        let inside = elements(text, error.content, (open, close));
        if !inside.iter().any(|field| matches!(field.key, Key::Code | Key::Message)) {
            continue;
        }
        done = error.end;
        found.push(field(Key::Error, &error, Form::Nested));
        found.extend(inside);
    }
    found
}

/// Whether a tag opens right before this name, with or without a prefix.
fn opens(text: &str, name: usize, open: &str) -> bool {
    let head = slice(text, name.saturating_sub(24)..name);
    let prefix = head.strip_suffix(':').map_or(head, |head| head.trim_end_matches(|c: char| c.is_ascii_alphanumeric()));
    prefix.ends_with(open)
}

fn elements(text: &str, part: Span, brackets: (&str, &str)) -> Vec<Field> {
    let mut found = Vec::new();
    let mut at = part.start;
    while let Some(next) = memmem::find(text.as_bytes().get(at..part.end).unwrap_or_default(), brackets.0.as_bytes()) {
        at += next + brackets.0.len();
        let rest = slice(text, at..part.end);
        let word = |rest: &str| {
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(rest.len())
        };
        let prefix = rest.get(word(rest)..).filter(|behind| behind.starts_with(':')).map_or(0, |_| word(rest) + 1);
        let Some(element) = element(text, at + prefix, brackets, part.end) else { continue };
        let known = ELEMENTS.iter().find(|(name, _)| name.eq_ignore_ascii_case(element.name));
        if let Some((_, key)) = known {
            let nested = *key == Key::InnerError;
            found.push(field(*key, &element, if nested { Form::Nested } else { Form::Quoted }));
            if !nested {
                at = element.end;
            }
        }
    }
    found
}

fn field(key: Key, element: &Element<'_>, form: Form) -> Field {
    Field { key, start: element.start, value: element.content, form, closed: element.closed, quoted_key: true }
}

/// The element whose name stands at `start`.
fn element<'t>(text: &'t str, start: usize, (open, close): (&str, &str), limit: usize) -> Option<Element<'t>> {
    let limit = limit.min(start + MAX_ERROR);
    let rest = slice(text, start..limit);
    let len = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(rest.len());
    let name = rest.get(..len).filter(|name| !name.is_empty())?;
    let tag = memmem::find(rest.as_bytes().get(..1024.min(rest.len()))?, close.as_bytes())?;
    let attributes = rest.get(len..tag)?;
    if !(attributes.is_empty() || attributes.starts_with([' ', '\n', '\r', '\t', '/'])) || attributes.contains(open) {
        return None;
    }
    let content = start + tag + close.len();
    if attributes.ends_with('/') {
        return Some(Element { name, start, content: Span::new(content, content), end: content, closed: true });
    }
    let behind = slice(text, content..limit);
    let ending = memmem::find_iter(behind.as_bytes(), name.as_bytes()).take(64).find_map(|at| {
        let head = behind.get(..at)?;
        let prefix =
            head.strip_suffix(':').map_or(head, |head| head.trim_end_matches(|c: char| c.is_ascii_alphanumeric()));
        let end = prefix.strip_suffix('/')?.strip_suffix(open)?.len();
        behind.get(at + name.len()..)?.starts_with(close).then_some((end, at + name.len() + close.len()))
    });
    let (end, after) = ending.unwrap_or((behind.len(), behind.len()));
    Some(Element {
        name,
        start,
        content: Span::new(content, content + end),
        end: content + after,
        closed: ending.is_some(),
    })
}

/// `code=Forbidden msg="..."`: the message of a line whose code is written the same way.
pub(super) fn logfmt(text: &str, fields: &[Field]) -> Vec<Field> {
    let bytes = text.as_bytes();
    let mut budget = Budget::of(text.len());
    let codes = fields.iter().filter(|field| field.key == Key::Code && !field.quoted_key);
    codes
        .filter_map(|code| {
            if !slice(text, code.start..code.value.start).trim_end_matches('"').ends_with('=') {
                return None;
            }
            let rest = slice(text, code.value.end..code.value.end + 400).as_bytes();
            let line = memchr::memchr2(b'\n', b'\r', rest).and_then(|end| rest.get(..end)).unwrap_or(rest);
            let at = code.value.end + memmem::find(line, b" msg=")? + 1;
            let start = at + "msg=".len();
            let (value, form) = match quote_at(text, start) {
                Some((quote, inner)) => {
                    let (end, closed) = quoted_end(text, inner, quote, 4096, &mut budget);
                    (Span::new(inner, end), if closed { Form::Quoted } else { return None })
                }
                None => (Span::new(start, word_end(bytes, start)), Form::Bare),
            };
            Some(Field { key: Key::Message, start: at, value, form, closed: true, quoted_key: false })
        })
        .collect()
}

/// `AADSTS7000215: Invalid client secret provided. ...`: the number and the sentences behind it.
pub(super) fn sign_in(text: &str) -> Vec<(Field, Field)> {
    let bytes = text.as_bytes();
    memmem::find_iter(bytes, b"AADSTS")
        .take(MANY)
        .filter_map(|at| {
            let number = bytes.get(at + 6..)?.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
            let end = at + 6 + number;
            // In prose the number stands without a sentence of its own.
            if number < 5 || bytes.get(end) != Some(&b':') {
                return None;
            }
            let start = spaces(bytes, end + 1, false);
            let rest = slice(text, start..start + 600);
            let stop = [" Trace ID", "\"", "\\r", "\\n", "\r", "\n", " (Code"];
            let len = stop.iter().filter_map(|stop| rest.find(stop)).min().unwrap_or(rest.len());
            let words = rest.get(..len)?.trim_end();
            let field = |key: Key, start: usize, value: Span| Field {
                key,
                start,
                value,
                form: Form::Quoted,
                closed: true,
                quoted_key: false,
            };
            (!words.is_empty()).then(|| {
                let code = field(Key::Code, at, Span::new(at, end));
                (code, field(Key::Message, start, Span::new(start, start + words.len())))
            })
        })
        .collect()
}

/// The request id that words on these lines name without a pair: `request id is ...`, `[request-id, ...]`, `request-id =
/// {...}`.
pub(super) fn request_id(text: &str, lines: Span) -> Option<(Uuid, Span)> {
    /// Marks and a word between a name and its id.
    const LEAD: usize = 8;
    /// Longer lines are records with pairs.
    const LINE: usize = 400;
    if lines.len() > LINE {
        return None;
    }
    let line = slice(text, lines.start..lines.end);
    let name = memmem::find(line.as_bytes(), b"RequestId").map(|at| Span::new(lines.start + at, lines.start + at + 9));
    if name.is_some_and(|name| is_of_host(text, name)) {
        return None;
    }
    memmem::find_iter(line.as_bytes(), "equest").find_map(|at| {
        let name_end = at + "equest".len();
        let client = slice(line, 0..at.checked_sub(1)?).trim_end_matches(['-', '_', ' ']).to_ascii_lowercase();
        let behind = slice(line, name_end..line.len()).trim_start_matches(['-', '_', ' ']);
        let named = behind.get(..2).is_some_and(|id| id.eq_ignore_ascii_case("id"));
        if !named || client.ends_with("client") {
            return None;
        }
        let rest = slice(behind, 2..behind.len());
        let lead = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let lead = lead.strip_prefix("is ").unwrap_or(lead).trim_start_matches(|c: char| !c.is_alphanumeric());
        let start = lines.end.min(lines.start + line.len()) - lead.len();
        let (id, end) = uuid_in(text, start).filter(|_| rest.len() - lead.len() <= LEAD)?;
        Some((id, Span::new(start, end)))
    })
}

/// Whether `RequestId` is the id that the program's own host gives to what called the program: in the lines that AWS Lambda
/// puts around a run, and in the scopes that ASP.NET logs.
pub(super) fn is_of_host(text: &str, name: Span) -> bool {
    const LINE: usize = 400;
    if slice(text, name.start..name.end) != "RequestId" {
        return false;
    }
    let head = slice(text, name.start.saturating_sub(LINE)..name.start).rsplit(['\n', '\r']).next().unwrap_or_default();
    let tail = slice(text, name.end..name.end.saturating_add(LINE)).split(['\n', '\r']).next().unwrap_or_default();
    let last = head.split_whitespace().next_back().unwrap_or_default();
    // The lines may stand in a string, with their breaks escaped.
    let last = last.rsplit("\\n").next().unwrap_or_default().rsplit(['"', '\'']).next().unwrap_or_default();
    let of_scope = |part: &str| ["RequestPath", "ConnectionId", "ActionName"].iter().any(|name| part.contains(name));
    matches!(last, "START" | "END" | "REPORT") || of_scope(head) || of_scope(tail)
}

/// Where the first line of a block begins whose mark stands here.
pub(super) fn block_below(bytes: &[u8], mark: usize) -> Option<usize> {
    let rest = bytes.get(mark..)?;
    let mut len = usize::from(matches!(rest.first(), Some(b'>' | b'|')));
    len += usize::from(matches!(rest.get(1), Some(b'-' | b'+')));
    let line_end = spaces(bytes, mark + len, false);
    (rest.first().is_some_and(|byte| matches!(byte, b'>' | b'|')) && matches!(bytes.get(line_end), Some(b'\n' | b'\r')))
        .then(|| spaces(bytes, line_end, true))
}

/// `error: [graph] Code: …`: a level before the name of a writer, and no pair.
pub(super) fn is_level(text: &str, field: &Field) -> bool {
    if field.key != Key::Error || field.form != Form::Nested || field.quoted_key || !field.closed {
        return false;
    }
    let value = slice(text, field.value.start..field.value.end);
    let name = value.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or_default();
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:#".contains(&byte));
    let behind = slice(text, field.value.end..field.value.end + 2);
    !name.is_empty() && plain && behind.starts_with(' ') && !behind.ends_with(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::super::fields::{self, clean};
    use super::*;

    fn pairs(text: &str) -> Vec<(Key, String)> {
        let found = fields::find(text).into_iter().filter(|field| field.form != Form::Nested);
        found.map(|field| (field.key, clean(text, field.value))).collect()
    }

    #[test]
    fn errors_in_xml() {
        let expected = [(Key::Code, "Forbidden".to_owned()), (Key::Message, "No way".to_owned())];
        for text in [
            "<error><code>Forbidden</code><message>No way</message></error>",
            "<m:error xmlns:m=\"x\">\n <m:code>Forbidden</m:code>\n <m:message xml:lang=\"en\">No way</m:message>\n</m:error>",
            "&lt;error&gt;&lt;code&gt;Forbidden&lt;/code&gt;&lt;message&gt;No way&lt;/message&gt;&lt;/error&gt;",
            "<a><error><code>Forbidden</code><message>No way",
        ] {
            assert_eq!(pairs(text), expected, "{text}");
        }
        for text in ["<error/>", "<errors><code>x</code></errors>", "an <error> of <code>x</code", "a < error > b"] {
            assert!(pairs(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn messages_of_logfmt() {
        let expected = [(Key::Code, "X".to_owned()), (Key::Message, "no way".to_owned())];
        for text in ["code=X msg=\"no way\" a=b", "code=X msg=\\\"no way\\\"", "a=b code=X user=u msg=“no way”"] {
            assert_eq!(pairs(text), expected, "{text}");
        }
        assert!(pairs("level=error msg=\"x\"").is_empty());
    }

    #[test]
    fn numbers_of_the_authority() {
        let texts = |text: &str| -> Vec<(String, String)> {
            sign_in(text).iter().map(|(code, message)| (clean(text, code.value), clean(text, message.value))).collect()
        };
        assert_eq!(
            texts("\"AADSTS7000215: Invalid client secret provided. Trace ID: x\""),
            [("AADSTS7000215".to_owned(), "Invalid client secret provided.".to_owned())]
        );
        assert!(texts("AADSTS50058 is shown. AADSTS1: x").is_empty());
    }
}
