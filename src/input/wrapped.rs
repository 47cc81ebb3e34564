//! JSON that a table or an address wraps: quotes doubled in a cell of CSV, percent-encoding in a query. The view
//! shows it as it was; every place keeps its place.

use memchr::{memchr, memmem};

use super::Span;
use super::view::Edit;

/// A cell or a parameter is followed this far.
const MAX: usize = 64 << 10;

/// `""error"":` in a cell of CSV: of two quotes one goes, up to the quote that ends the cell.
pub(super) fn doubled_quotes(text: &str) -> Vec<Edit> {
    let bytes = text.as_bytes();
    let mut edits = Vec::new();
    let mut done = 0;
    // JSON itself never has a colon behind an empty string.
    for colon in memmem::find_iter(bytes, b"\"\":") {
        if colon < done {
            continue;
        }
        let name = bytes.get(..colon).unwrap_or_default().iter().rev().take(64);
        let letters =
            name.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@')).count();
        let key = colon - letters;
        if letters == 0 || !bytes.get(..key).is_some_and(|head| head.ends_with(b"\"\"")) {
            continue;
        }
        let mut at = key - 2;
        let limit = (at + MAX).min(bytes.len());
        while let Some(next) = bytes.get(at..limit).and_then(|rest| memchr(b'"', rest)) {
            let start = at + next;
            let run = bytes.get(start..limit).unwrap_or_default().iter().take_while(|&&byte| byte == b'"').count();
            edits.extend((0..run / 2).map(|pair| {
                let quote = start + 2 * pair;
                Edit { span: Span::new(quote, quote + 1), with: None }
            }));
            at = start + run;
            if run % 2 == 1 {
                break;
            }
        }
        done = at;
    }
    edits
}

/// Rows of a mail in quoted-printable: `=` at the end of a row is no character, `=3D` is one (RFC 2045, 6.7).
pub(super) fn quoted_printable(text: &str) -> Vec<Edit> {
    let bytes = text.as_bytes();
    let breaks: Vec<usize> = memmem::find_iter(bytes, b"=\n")
        .chain(memmem::find_iter(bytes, b"=\r\n"))
        .filter(|at| bytes.get(at.wrapping_sub(1)).is_some_and(|before| *before != b'='))
        .collect();
    // Without its head, a mail is known by an equals sign that is written out.
    let marks: [&[u8]; 3] = [b"=3D", b"quoted-printable", b"Quoted-Printable"];
    if breaks.is_empty() || !marks.iter().any(|mark| memmem::find(bytes, mark).is_some()) {
        return Vec::new();
    }
    let mut edits: Vec<Edit> = breaks
        .into_iter()
        .map(|at| {
            let width = if bytes.get(at + 1) == Some(&b'\r') { 3 } else { 2 };
            Edit { span: Span::new(at, at + width), with: None }
        })
        .collect();
    edits.extend(memchr::memchr_iter(b'=', bytes).filter_map(|at| {
        let with = bytes.get(at + 1..at + 3).filter(|digits| digits.iter().all(|d| !d.is_ascii_lowercase()));
        with.and_then(character).map(|with| Edit { span: Span::new(at, at + 3), with: Some(with) })
    }));
    edits
}

/// More are no page that somebody pasted.
const MAX_ENTITIES: usize = 1 << 16;

/// `&#34;error&#34;:`, as templates and logs in XML write JSON.
pub(super) fn entities(text: &str) -> impl Iterator<Item = Edit> + '_ {
    let bytes = text.as_bytes();
    let starts = memmem::find_iter(bytes, b"&#").take(MAX_ENTITIES);
    starts.filter_map(move |at| {
        let body = bytes.get(at + 2..(at + 8).min(bytes.len()))?;
        let end = memchr(b';', body)?;
        let number = std::str::from_utf8(body.get(..end)?).ok()?;
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        let with =
            char::from_u32(code).filter(|c| matches!(c, '"' | '\'' | '\n' | '\r' | '\t') || c.is_ascii_graphic())?;
        Some(Edit { span: Span::new(at, at + 3 + end), with: Some(with) })
    })
}

/// The first keys of an error that somebody put into an address.
const KEYS: [&[u8]; 5] = [b"error", b"code", b"message", b"status", b"body"];

/// `%7B%22error%22%3A...`, up to the end of the parameter; the breaks of a console do not end it.
pub(super) fn encoded(text: &str, breaks: &[Span]) -> Vec<Edit> {
    let bytes = text.as_bytes();
    let mut edits = Vec::new();
    let mut done = 0;
    for brace in memmem::find_iter(bytes, b"%22") {
        let opens = brace.checked_sub(3).and_then(|start| bytes.get(start..brace));
        let opens = opens.is_some_and(|open| open.eq_ignore_ascii_case(b"%7b"));
        let key = bytes.get(brace + 3..).unwrap_or_default();
        let is_error =
            KEYS.iter().any(|name| key.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name)));
        if brace < done || !opens || !is_error {
            continue;
        }
        let start = brace - 3;
        let region = bytes.get(start..(start + MAX).min(bytes.len())).unwrap_or_default();
        let broken = |at: usize| {
            let next = breaks.partition_point(|span| span.end <= at);
            breaks.get(next).is_some_and(|span| span.start <= at)
        };
        let ends = |(offset, byte): (usize, &u8)| match byte {
            b'&' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'|' => true,
            byte => byte.is_ascii_whitespace() && !broken(start + offset),
        };
        let end = start + region.iter().enumerate().position(ends).unwrap_or(region.len());
        let mut at = start;
        while at < end {
            let (width, with) = match bytes.get(at) {
                Some(b'+') => (1, Some(' ')),
                Some(b'%') => (3, bytes.get(at + 1..at + 3).and_then(character)),
                _ => (1, None),
            };
            if let Some(with) = with.filter(|_| at + width <= end) {
                edits.push(Edit { span: Span::new(at, at + width), with: Some(with) });
                at += width;
            } else {
                at += 1;
            }
        }
        done = end;
    }
    edits
}

/// What two hexadecimal digits stand for, if that is a character of one byte.
fn character(digits: &[u8]) -> Option<char> {
    let code = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (matches!(code, b'\n' | b'\r' | b'\t') || code.is_ascii_graphic() || code == b' ').then_some(char::from(code))
}

#[cfg(test)]
mod tests {
    use super::super::view::View;

    #[test]
    fn cells_and_queries_are_read() {
        for (text, expected) in [
            (r#"1,"{""error"":{""code"":""X"",""message"":""""}}",2"#, r#"1,"{"error":{"code":"X","message":""}}",2"#),
            ("?e=%7B%22error%22%3A+%7B%22code%22%3A%22X%22%7D%7D&b=%22", "?e={\"error\": {\"code\":\"X\"}}&b=%22"),
            (r#"{"a":""}"#, r#"{"a":""}"#),
            ("a=3Db c=\r\nd=40e=\nf=zz\n", "a=b cd@ef=zz\n"),
            ("key=\nother=40\n", "key=\nother=40\n"),
            ("context=%7b%22Tid%22%3a%22x%22%7d", "context=%7b%22Tid%22%3a%22x%22%7d"),
            ("%7B%22error%2", "{\"error%2"),
        ] {
            assert_eq!(View::of(text).text, expected, "{text}");
        }
    }
}
