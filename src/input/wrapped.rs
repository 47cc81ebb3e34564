//! JSON that a table or an address wraps: quotes doubled in a cell of CSV, percent-encoding in a query. The view
//! shows it as it was; every place keeps its place.

use memchr::{memchr, memmem};

use super::Span;
use super::view::Edit;
use crate::source::slice;

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
        // A string in a string has a slash before each quote: `\""error\"":`.
        let head = bytes.get(..colon).unwrap_or_default();
        let name_end = colon - head.iter().rev().take(8).take_while(|byte| **byte == b'\\').count();
        let name = bytes.get(..name_end).unwrap_or_default().iter().rev().take(64);
        let letters =
            name.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@')).count();
        let key = name_end - letters;
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

/// Rows of a mail in quoted-printable: `=` at the end of a row is no character, `=3D` is one (RFC 2045, 6.7). `source` is
/// the text before the marks of a quotation became blanks.
pub(super) fn quoted_printable(source: &str, text: &str) -> Vec<Edit> {
    let bytes = text.as_bytes();
    let mut breaks: Vec<usize> = memmem::find_iter(bytes, b"=\n")
        .chain(memmem::find_iter(bytes, b"=\r\n"))
        .filter(|at| bytes.get(at.wrapping_sub(1)).is_some_and(|before| *before != b'='))
        .collect();
    if breaks.is_empty() {
        return Vec::new();
    }
    // Without its head, a mail is known by an equals sign that is written out, or by the rows that it breaks in words.
    let marks: [&[u8]; 3] = [b"=3D", b"quoted-printable", b"Quoted-Printable"];
    let mut parts = vec![Span::new(0, bytes.len())];
    if !marks.iter().any(|mark| memmem::find(bytes, mark).is_some()) {
        let soft: Vec<Soft> = breaks.iter().filter_map(|at| Soft::of(bytes, *at, skipped(source, text, *at))).collect();
        if soft.len() < 2 && !soft.iter().any(|soft| soft.sure) {
            return Vec::new();
        }
        breaks = soft.iter().map(|soft| soft.at).collect();
        parts = soft.iter().map(|soft| soft.rows).collect();
    }
    let mut edits: Vec<Edit> =
        breaks.into_iter().map(|at| Edit { span: Span::new(at, skipped(source, text, at)), with: None }).collect();
    let mut done = 0;
    for part in parts {
        let from = part.start.max(done);
        let rows = bytes.get(from..part.end).unwrap_or_default();
        edits.extend(memchr::memchr_iter(b'=', rows).filter_map(|at| escaped(bytes, from + at)));
        done = part.end.max(done);
    }
    edits
}

/// Where the text goes on behind a soft break: behind the marks of a quotation that its row has too.
fn skipped(source: &str, text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let next = at + if bytes.get(at + 1) == Some(&b'\r') { 3 } else { 2 };
    let marks = |from: usize| {
        let row = source.as_bytes().get(from..).unwrap_or_default();
        let marks = row.iter().take(MARKS).take_while(|byte| matches!(byte, b'>' | b' ')).count();
        let last = memchr::memrchr(b'>', row.get(..marks).unwrap_or_default())?;
        let end = last + 1 + usize::from(row.get(last + 1) == Some(&b' '));
        let blanked = bytes.get(from..from + end).is_some_and(|part| part.iter().all(|byte| *byte == b' '));
        blanked.then_some(end)
    };
    let quoted = row_start(bytes, at).and_then(marks).is_some();
    next + marks(next).filter(|_| quoted).unwrap_or(0)
}

/// No quotation is quoted deeper.
const MARKS: usize = 16;
/// Rows of a mail are not longer.
const ROW: usize = 100;

fn row_start(bytes: &[u8], at: usize) -> Option<usize> {
    let from = at.saturating_sub(ROW);
    let start = memchr::memrchr(b'\n', bytes.get(from..at)?).map(|line| from + line + 1);
    start.or((from == 0).then_some(0))
}

/// A break inside a word of a mail, known by its rows: as wide as those of mails, of words or of JSON, and without an
/// equals sign that means itself.
struct Soft {
    at: usize,
    /// Its row and the next one.
    rows: Span,
    /// It is enough alone.
    sure: bool,
}

impl Soft {
    fn of(bytes: &[u8], at: usize, next: usize) -> Option<Self> {
        let start = row_start(bytes, at)?;
        let row = bytes.get(start..at)?.trim_ascii_start();
        let rest = bytes.get(next..(next + ROW).min(bytes.len()))?;
        let below = rest.split(|byte| *byte == b'\n').next()?;
        let below = below.strip_suffix(b"\r").unwrap_or(below);
        let is_mail = |row: &[u8]| {
            let signs = memchr::memchr_iter(b'=', row);
            let mut rest = signs.map(|at| row.get(at + 1..(at + 3).min(row.len())).unwrap_or_default());
            rest.all(|digits| digits.is_empty() || matches!(digits, [a, b] if is_upper_hex(*a) && is_upper_hex(*b)))
        };
        let words = row.contains(&b' ') || row.contains(&b'"');
        let begins = below.first().is_some_and(|byte| !byte.is_ascii_whitespace());
        if !(60..=80).contains(&row.len()) || !words || !begins || !is_mail(row) || !is_mail(below) {
            return None;
        }
        // A lone one may be the end of a value in Base64, or of a pair without a value.
        let last = row.rsplit(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
        let first = below.split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
        let short = |word: &[u8]| (1..=24).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase);
        let is_key = matches!(below.get(first.len()), Some(b':' | b'='));
        let sure = (72..=75).contains(&row.len()) && short(last) && short(first) && !is_key;
        Some(Self { at, rows: Span::new(start, next + below.len()), sure })
    }
}

const fn is_upper_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'A'..=b'F')
}

/// The character that `=3D` stands for, or `=E2=80=99`.
fn escaped(bytes: &[u8], at: usize) -> Option<Edit> {
    let byte = |index: usize| {
        let digits = bytes.get(at + 3 * index + 1..at + 3 * index + 3)?;
        let is_escape = bytes.get(at + 3 * index) == Some(&b'=') && digits.iter().all(|digit| is_upper_hex(*digit));
        u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|_| is_escape)
    };
    let width = match byte(0)? {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    };
    let with = if width == 1 {
        character(bytes.get(at + 1..at + 3)?)
    } else {
        let letter: Vec<u8> = (0..width).map_while(byte).collect();
        std::str::from_utf8(&letter).ok().and_then(|letter| letter.chars().next())
    };
    let with = with.map(|with| if with == '\u{a0}' { ' ' } else { with })?;
    Some(Edit { span: Span::new(at, at + 3 * width), with: Some(with) })
}

/// Addresses of Graph that go on in the next row: `…/v1.0/commu`, `> nications/onlineMeetings`. The rest is known by what of
/// meetings follows in it, behind the same marks of a quotation. `source` is the text before those became blanks.
pub(super) fn addresses(source: &str, text: &str) -> Vec<Edit> {
    const MANY: usize = 1 << 14;
    const NARROW: usize = 70;
    const ADDRESS: usize = 1_024;
    const PARTS: [&str; 6] =
        ["/onlineMeetings", "/onlinemeetings", "/transcripts", "/recordings", "/attendanceReports", "/calls"];
    let mut edits = Vec::new();
    let whole = memmem::find_iter(text.as_bytes(), b"://graph.").take(MANY).map(|at| (at, false));
    // What a client prints of a request has no host; only in the gutter of a console is the rest of it known.
    let paths = memmem::find_iter(text.as_bytes(), b"/users/").take(MANY).map(|at| (at, true));
    for (at, only_framed) in whole.chain(paths) {
        let rest = slice(text, at..at + ADDRESS);
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ')' | '>' | '<' | '|');
        let Some(end) = rest.find(ends).map(|end| at + end) else { continue };
        // The link in a filter stands between quotes.
        let is_filter = slice(text, end..end + 1) == "'" && slice(text, at..end).contains("?$filter=");
        let end = if is_filter { rest.find(char::is_whitespace).map_or(end, |space| at + space) } else { end };
        let breaks = slice(text, end..end + 2);
        let next = end + if breaks.starts_with("\r\n") { 2 } else { 1 };
        let head = slice(text, end.saturating_sub(ADDRESS)..end);
        let row = end - head.rsplit('\n').next().unwrap_or_default().len();
        let indent = |from: usize| {
            slice(text, from..from + MARKS).len() - slice(text, from..from + MARKS).trim_start_matches(' ').len()
        };
        let (marks, other) = (indent(row), indent(next));
        let quoted = |from: usize| slice(source, from..from + marks);
        // A console that breaks rows between words has no width to be seen; its gutter tells of it.
        let framed = quoted(row).trim() == "|";
        if !breaks.starts_with(['\n', '\r'])
            || end - row < NARROW && !framed
            || only_framed && !framed
            || marks != other
            || quoted(row) != quoted(next)
            || !slice(text, row..end).ends_with(char::is_alphanumeric)
        {
            continue;
        }
        let word = |from: usize| slice(text, from..from + ADDRESS).split(ends).next().unwrap_or_default();
        let first = word(next + marks);
        let begins = first.starts_with(|c: char| c.is_ascii_alphanumeric()) && !first.contains("://");
        let goes_on = begins && PARTS.iter().any(|part| first.contains(part));
        if goes_on || begins_segment(first) {
            edits.push(Edit { span: Span::new(end, next + marks), with: None });
            if framed {
                rest_of_path(text, next + marks, first, marks, &mut edits);
            }
        } else if framed {
            rest_of_path(text, at, slice(text, at..end), marks, &mut edits);
        }
    }
    edits
}

/// What an address of meetings goes on with.
const SEGMENTS: [&str; 11] = [
    "onlineMeetings",
    "onlinemeetings",
    "createOrGet",
    "transcripts",
    "recordings",
    "attendanceReports",
    "attendanceRecords",
    "content",
    "metadataContent",
    "getAllTranscripts",
    "getAllRecordings",
];

/// `/onlineMeetings/MSo…`, `/createOrGet`: a row that begins with a whole segment.
fn begins_segment(word: &str) -> bool {
    let segment = word.strip_prefix('/').and_then(|rest| rest.split(['/', '?', '(']).next());
    segment.is_some_and(|segment| SEGMENTS.contains(&segment))
}

/// The breaks behind a part of a path, of which each row in a console's gutter has one more: in the id of a meeting, in an
/// encoded link, before a segment.
fn rest_of_path(text: &str, start: usize, first: &str, marks: usize, edits: &mut Vec<Edit>) {
    const ROWS: usize = 16;
    const WORD: usize = 512;
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | '%' | '+');
    let mut path = first.to_owned();
    let mut end = start + first.len();
    for _ in 0..ROWS {
        let breaks = slice(text, end..end + 2);
        let next = end + if breaks.starts_with("\r\n") { 2 } else { 1 };
        let row = slice(text, next..next + WORD);
        let indent = row.len() - row.trim_start_matches(' ').len();
        let rest = row.get(marks..).unwrap_or_default();
        let word = slice(rest, 0..rest.find([' ', '\r', '\n', '"']).unwrap_or(rest.len()));
        let last = path.rsplit('/').next().unwrap_or_default();
        // Meeting ids begin with `1*` or `0#` in Base64, those of mails with the version of their form.
        let is_open =
            ["MS", "MC", "AAMk"].iter().any(|head| last.starts_with(head)) && !super::request::is_whole_id(last);
        let part = word.split(['/', '?']).next().unwrap_or_default();
        let of_id = is_open && part.len() >= 4 && part.chars().all(is_part) && !word.starts_with("HTTP/");
        // A link in a filter has no blank, and goes on with what is encoded.
        let of_link = path.contains("?$filter=")
            && path.matches('\'').count() % 2 == 1
            && word.contains('%')
            && !word.contains([':', '{']);
        let of_segment = !part.is_empty() && SEGMENTS.contains(&format!("{last}{part}").as_str());
        let goes_on = of_id || of_link || of_segment || begins_segment(word);
        if !breaks.starts_with(['\n', '\r']) || indent != marks || !goes_on {
            return;
        }
        edits.push(Edit { span: Span::new(end, next + marks), with: None });
        path.push_str(word);
        end = next + marks + word.len();
    }
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
        let with = char::from_u32(code)
            .filter(|c| matches!(c, '"' | '\'' | '\n' | '\r' | '\t' | '…' | '—') || c.is_ascii_graphic())?;
        Some(Edit { span: Span::new(at, at + 3 + end), with: Some(with) })
    })
}

/// `te\u2026`, `403 \u2014 …`: marks that JSON writes as escapes, at any depth of it.
pub(super) fn escaped_marks(text: &str) -> impl Iterator<Item = Edit> + '_ {
    const MARKS: [(&str, char); 3] = [("13", '–'), ("14", '—'), ("26", '…')];
    let bytes = text.as_bytes();
    memmem::find_iter(bytes, b"\\u20").take(MAX_ENTITIES).filter_map(move |at| {
        let hex = text.get(at + 4..at + 6)?;
        let (_, with) = MARKS.iter().find(|(known, _)| *known == hex)?;
        let deeper = bytes.get(..at)?.iter().rev().take(8).take_while(|byte| **byte == b'\\').count();
        Some(Edit { span: Span::new(at - deeper, at + 6), with: Some(*with) })
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
            (r#"1,"b=""{\""error\"":{\""code\"":\""X\""}}""",2"#, r#"1,"b=""{\"error\":{\"code\":\"X\"}}"",2"#),
            ("a=3Db c=\r\nd=40e=\nf=zz\n", "a=b cd@ef=zz\n"),
            ("key=\nother=40\n", "key=\nother=40\n"),
            ("a=3Db user can=E2=80=99t=C2=A0be=\n x", "a=b user can’t be x"),
            ("context=%7b%22Tid%22%3a%22x%22%7d", "context=%7b%22Tid%22%3a%22x%22%7d"),
            ("%7B%22error%2", "{\"error%2"),
        ] {
            assert_eq!(View::of(text).text, expected, "{text}");
        }
    }

    #[test]
    fn addresses_go_on_in_the_next_row() {
        const ROW: &str = "Request finished POST https://graph.microsoft.com/v1.0/users/anna.lind@conto";
        const REST: &str = "so.com/onlineMeetings - 404 UnknownError";
        let view = |text: &str| View::of(text).text.into_owned();
        assert_eq!(view(&format!("> {ROW}\n> {REST}\n")), format!("  {ROW}{REST}\n"));
        assert_eq!(view(&format!("{ROW}\r\n{REST}\n")), format!("{ROW}{REST}\n"));
        for rest in ["src/main.rs:10", "failed with 404", "/users/x/onlineMeetings", "> so.com/onlineMeetings"] {
            let text = format!("{ROW}\n{rest}\n");
            assert_eq!(view(&text), text);
        }
    }

    #[test]
    fn rows_of_a_mail_without_its_head() {
        const MAIL: &str = "Request to Graph failed with 403: {\"error\":{\"code\":\"Forbidden\",\"mess=\n\
            age\":\"No application access policy found for this app 9c4f2c1e-5a0b-4f=\n\
            6d-8f53-0d6a3c1b7e20 on the user 748d2cbb-3b55-40ed-8c34-2eae5932b22a.\",\"inner=\nError\":{}}}\n";
        let joined = MAIL.replace("=\n", "");
        let quoted = |text: &str| text.lines().map(|line| format!("> {line}\n")).collect::<String>();
        let view = |text: &str| View::of(text).text.into_owned();
        assert_eq!(view(MAIL), joined);
        assert_eq!(view(&quoted(MAIL)).replace("\n  ", "\n"), format!("  {joined}"));
        let once = "On Monday it answered: No application access policy found for this app on t=\nhe user\n";
        assert_eq!(view(once), once.replace("=\n", ""));
        for other in [
            "time=2026-11-20T10:05:21Z level=error msg=\"the call of the worker failed\" path=\n".repeat(3),
            format!("secret: {}=\nstatus: 403\n", "QUJD".repeat(16)),
            format!("{}=\nthe rest\n", "QUJD".repeat(18)),
            "the settings of the worker that runs every night and its name, which is x=\nstatus: 403\n".to_owned(),
        ] {
            assert_eq!(view(&other), other);
        }
    }
}
