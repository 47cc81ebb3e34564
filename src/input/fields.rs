//! `key: value` pairs in any notation: JSON at every depth of escaping, JavaScript, Python, PHP and
//! .NET texts, header lines. Found one by one, so that a cut or torn object still gives what is left.

use memchr::memmem;

use super::broken::{breaks_word, cut_mark, end_of_cut};
use super::dense::Dense;
use super::{Span, named_value, notation};
use crate::source::{Words, slice};

/// The keys that matter, by their letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Error,
    Code,
    Message,
    InnerError,
    Details,
    RequestId,
    ClientRequestId,
    Date,
    Status,
    RetryAfter,
    Method,
    Url,
    AppId,
    /// The organizer of a meeting: an object with a user inside, or an id.
    Organizer,
    /// `application` of an identity set.
    Application,
    /// `id`: of a batch item, of an identity.
    Id,
    /// `responses` of a batch, `entries` of an archive: answers, one an element.
    Answers,
    /// `requests` of a batch.
    Requests,
}

/// The letters of each key, and the key.
static KEYS: Words<Key, 39> = Words::new([
    ("error", Key::Error),
    ("odataerror", Key::Error),
    ("code", Key::Code),
    ("errorcode", Key::Code),
    ("message", Key::Message),
    ("errormessage", Key::Message),
    ("innererror", Key::InnerError),
    ("innererrorinfo", Key::InnerError),
    ("details", Key::Details),
    ("requestid", Key::RequestId),
    ("xmsrequestid", Key::RequestId),
    ("clientrequestid", Key::ClientRequestId),
    ("date", Key::Date),
    ("status", Key::Status),
    ("statuscode", Key::Status),
    ("httpstatus", Key::Status),
    ("httpstatuscode", Key::Status),
    ("responsestatuscode", Key::Status),
    ("retryafter", Key::RetryAfter),
    ("method", Key::Method),
    ("url", Key::Url),
    ("uri", Key::Url),
    ("requesturl", Key::Url),
    ("requesturi", Key::Url),
    ("appid", Key::AppId),
    ("azp", Key::AppId),
    ("clientid", Key::AppId),
    ("applicationid", Key::AppId),
    ("subcode", Key::Details),
    ("odatacontext", Key::Details),
    ("organizer", Key::Organizer),
    ("organizerid", Key::Organizer),
    ("organizeroid", Key::Organizer),
    ("organizeruserid", Key::Organizer),
    ("application", Key::Application),
    ("id", Key::Id),
    ("responses", Key::Answers),
    ("entries", Key::Answers),
    ("requests", Key::Requests),
]);

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// In quotes.
    Quoted,
    /// A word, a number, or the rest of a line.
    Bare,
    /// An object, a list or a call; the span ends with its bracket, or where the text is cut.
    Nested,
}

/// One pair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) key: Key,
    /// From the first letter of the key.
    pub(crate) start: usize,
    /// The value, without its quotes.
    pub(crate) value: Span,
    pub(crate) form: Form,
    /// The value's end was seen: not cut off.
    pub(crate) closed: bool,
    /// The key stands in quotes, so that this is some kind of JSON.
    pub(crate) quoted_key: bool,
}

/// Longer values are cut here.
const MAX_VALUE: usize = 16 << 10;
/// Objects are followed this far for their closing bracket.
const MAX_OBJECT: usize = 64 << 10;
/// What belongs to an object without its closing bracket.
const MAX_CUT: usize = 4_000;
/// Keys beyond are not read; no paste has as many.
const MAX_FIELDS: usize = 1 << 20;

/// What may still be scanned for the ends of values. Torn brackets and quotes could make each key scan
/// far ahead; what is beyond this is taken as cut off.
#[derive(Debug)]
pub(crate) struct Budget(usize);

impl Budget {
    /// What a text of so many bytes may cost: each of its objects is in a few others; a large one is a log, or torn.
    pub(crate) const fn of(len: usize) -> Self {
        let (deep, flat) = (len.saturating_mul(4).saturating_add(1 << 20), len.saturating_add(32 << 20));
        Self(if deep < flat { deep } else { flat })
    }

    pub(crate) const fn spend(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes);
    }

    /// How far a scan from `start` may go.
    pub(crate) fn limit(&self, text: &str, start: usize, most: usize) -> usize {
        start.saturating_add(most.min(self.0)).min(text.len())
    }
}

/// Finds all pairs with a known key, in the order of the text.
#[derive(Debug)]
pub(crate) struct Search<'t> {
    text: &'t str,
    fields: Vec<Field>,
    budget: Budget,
}

impl<'t> Search<'t> {
    /// `len`: how long the part of the text is whose pairs are looked for.
    pub(crate) const fn of(text: &'t str, len: usize) -> Self {
        Self { text, fields: Vec::new(), budget: Budget::of(len) }
    }

    /// The pairs that begin in a block.
    pub(crate) fn read(&mut self, dense: &Dense, block_end: usize) {
        if self.fields.len() > MAX_FIELDS {
            return;
        }
        for (start, len, key) in KEYS.find(&dense.bytes) {
            let end = start + len;
            let Some(span) = dense.span(start, end) else { continue };
            if span.start >= block_end {
                break;
            }
            if dense.touches_next(start.checked_sub(1)) || dense.touches_next(end.checked_sub(1)) {
                continue;
            }
            self.fields.extend(field(self.text, key, span, len, &mut self.budget));
        }
    }

    /// Those of the part of the text behind this one.
    pub(crate) fn append(&mut self, behind: Self) {
        self.fields.extend(behind.fields);
    }

    pub(crate) fn finish(self) -> Vec<Field> {
        let Self { text, mut fields, .. } = self;
        fields.retain(|field| !notation::is_level(text, field));
        fields.extend(notation::logfmt(text, &fields));
        fields.extend(notation::xml(text));
        fields.extend(named_value::find(text));
        // `status code` holds `code`: the longer key is the one that is written.
        fields.sort_by_key(|field| (field.value.start, field.start));
        fields.dedup_by_key(|field| field.value.start);
        fields.sort_by_key(|field| field.start);
        end_before_next(text, &mut fields);
        fields
    }
}

#[cfg(test)]
pub(crate) fn find(text: &str) -> Vec<Field> {
    let mut search = Search::of(text, text.len());
    super::dense::blocks(text.as_bytes(), 0..text.len(), |dense, end| search.read(dense, end));
    search.finish()
}

fn begins_line(bytes: &[u8], at: usize) -> bool {
    let head = bytes.get(at.saturating_sub(200)..at).unwrap_or_default();
    head.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t')).is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
}

/// `Message: Not found. InnerError: ... request-id: ...` on one line: the rest of a line ends before the next key.
fn end_before_next(text: &str, fields: &mut [Field]) {
    let mut line: Option<usize> = None;
    for index in 0..fields.len() {
        let Some(field) = fields.get(index).copied() else { break };
        let ends_others = matches!(field.key, Key::InnerError | Key::RequestId | Key::ClientRequestId | Key::Date)
            && !field.quoted_key;
        if let Some(open) = line.and_then(|at| fields.get_mut(at))
            && ends_others
            && open.value.start <= field.start
            && field.start < open.value.end
        {
            open.closed = true;
            let words = slice(text, open.value.start..field.start);
            open.value.end = open.value.start + words.trim_end_matches([' ', '\t', ',', ';', '{', '(']).len();
        }
        if field.form == Form::Bare && matches!(field.key, Key::Message | Key::Date) {
            line = Some(index);
        }
    }
}

fn field(text: &str, key: Key, span: Span, letters: usize, budget: &mut Budget) -> Option<Field> {
    let bytes = text.as_bytes();
    let at = |index: usize| bytes.get(index).copied();
    // Without a quote behind the key, its separator follows: most words in a text are no keys.
    let closing = quote_at(text, span.end);
    if closing.is_none() {
        let end = span.end + usize::from(at(span.end) == Some(b']'));
        let behind = spaces(bytes, end, false);
        if !matches!(at(behind), Some(b':' | b'=')) {
            return id_behind(text, key, span, behind);
        }
    }
    // `re quest-id` is no key; a key that a console broke is.
    let written = bytes.get(span.start..span.end)?;
    let torn = span.len() > letters + 2;
    if torn && !written.contains(&b'\n')
        || written.iter().any(|byte| matches!(byte, b'"' | b'\'' | b':' | b'=' | b'{' | b','))
    {
        return None;
    }
    if span.start.checked_sub(1).and_then(at).is_some_and(|before| matches!(before, b'_' | b'-' | b'$' | b'/')) {
        return None;
    }
    // "... with result: X and code: Y" is a sentence.
    if key == Key::Code && slice(text, span.start.saturating_sub(8)..span.start).ends_with(" and ") {
        return None;
    }
    // A console may break the line between a quote and the key.
    let broken = || {
        let unbroken = slice(text, 0..span.start);
        let unbroken = unbroken.strip_suffix('\n').map_or(unbroken, |line| line.strip_suffix('\r').unwrap_or(line));
        quote_before(text, unbroken.len())
    };
    // Without one behind it, a quote before opens a whole text, not the key: `"Code: x ...`.
    let mut opener = None;
    let mut end = span.end;
    if let Some((quote, opening)) = closing {
        // The first quote of a fragment may be what was cut off.
        opener = quote_before(text, span.start)
            .or_else(broken)
            .or_else(|| Some(quote).filter(|_| begins_line(bytes, span.start)));
        opener?;
        end = opening;
    }
    if at(end) == Some(b']') {
        end += 1;
    }
    end = spaces(bytes, end, opener.is_some());
    let separator = end;
    match at(end) {
        Some(b':') => end += 1,
        Some(b'=') => end += if at(end + 1) == Some(b'>') { 2 } else { 1 },
        _ => return None,
    }
    if at(separator + 1) == Some(b'=') {
        return None;
    }
    // `https://login.microsoftonline.com/error?code=700016` is a page about it.
    let of_page = span.start.checked_sub(1).and_then(at).is_some_and(|before| matches!(before, b'?' | b'&'));
    if key == Key::Code && of_page && at(end).is_some_and(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if key == Key::RequestId && opener.is_none() && notation::is_of_host(text, span) {
        return None;
    }
    let field = |value: Span, form: Form, closed: bool| Field {
        key,
        start: span.start,
        value,
        form,
        closed,
        quoted_key: opener.is_some(),
    };
    let same_line = spaces(bytes, end, false);
    let value = notation::in_option(text, spaces(bytes, end, opener.is_some()));
    if let Some((quote, start)) = quote_at(text, value) {
        let (close, closed) = quoted_end(text, start, quote, MAX_VALUE, budget);
        return Some(field(Span::new(start, close), Form::Quoted, closed));
    }
    if let Some(bracket @ (b'{' | b'[' | b'(')) = at(value) {
        let (close, closed) = nested_end(text, value, bracket, budget);
        return Some(field(Span::new(value, close), Form::Nested, closed));
    }
    let below = matches!(at(same_line), Some(b'\n' | b'\r')) && matches!(key, Key::RequestId | Key::ClientRequestId);
    let start = if opener.is_some() {
        value
    } else if below {
        spaces(bytes, end, true)
    } else {
        same_line
    };
    // A block of YAML: `message: >-` with the words in the next line.
    if let Some(below) = notation::block_below(bytes, start).filter(|_| key == Key::Message && opener.is_none()) {
        let (stop, closed) = bare_end(text, key, below, false, budget);
        return Some(field(Span::new(below, stop), Form::Bare, closed));
    }
    // A constructor: `inner_error=InnerError(...)`.
    if matches!(key, Key::InnerError | Key::Error | Key::Date) {
        let name = word_end(bytes, start);
        if at(name) == Some(b'(') {
            let (close, closed) = nested_end(text, name, b'(', budget);
            return Some(field(Span::new(start, close), Form::Nested, closed));
        }
    }
    // `map[code:UnknownError message:]`, also where a console broke the line before the bracket.
    let closes = |start: usize| matches!(at(start), Some(b']' | b'}'));
    if key == Key::Message && opener.is_none() && (closes(start) || closes(broken_below(bytes, start))) {
        return Some(field(Span::new(start, start), Form::Bare, true));
    }
    let (stop, closed) = bare_end(text, key, start, opener.is_some(), budget);
    Some(field(Span::new(start, stop), Form::Bare, closed))
}

/// An id without a separator: `(request-id 5d1c0a6e-...)`. In two words it is prose, of whichever call.
fn id_behind(text: &str, key: Key, span: Span, start: usize) -> Option<Field> {
    const LEN: usize = 36;
    // A console may break the line before the id.
    let start = spaces(text.as_bytes(), start, true);
    let id = text.get(start..start + LEN).filter(|_| start > span.end)?;
    let written = slice(text, span.start..span.end);
    let is_name = !written.contains(' ') || written.contains('\n');
    let of_request =
        matches!(key, Key::RequestId | Key::ClientRequestId) && is_name && uuid::Uuid::try_parse(id).is_ok();
    let value = Span::new(start, start + LEN);
    of_request.then_some(Field { key, start: span.start, value, form: Form::Bare, closed: true, quoted_key: false })
}

/// A quote with its class and the backslashes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    class: u8,
    slashes: usize,
}

fn quote_class(text: &str, at: usize) -> Option<(u8, usize)> {
    let rest = text.as_bytes().get(at..)?;
    Some(match rest {
        [b'"', ..] => (b'"', 1),
        [b'\'', ..] => (b'\'', 1),
        [b'`', ..] => (b'`', 1),
        [0xE2, 0x80, 0x9C..=0x9E, ..] => (b'"', 3),
        [0xE2, 0x80, 0x98..=0x9A, ..] => (b'\'', 3),
        [b'&', b'q', b'u', b'o', b't', b';', ..] => (b'&', 6),
        [b'%', b'2', b'2', ..] => (b'%', 3),
        _ => return None,
    })
}

/// How many backslashes start at `at`. What looks for quotes passes over them at once: from each of them on, there is
/// no quote if there is none from the first.
pub(crate) fn slashes_at(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..).unwrap_or_default().iter().take_while(|&&byte| byte == b'\\').count()
}

/// A quote that starts at `at`, with the offset behind it.
pub(crate) fn quote_at(text: &str, at: usize) -> Option<(Quote, usize)> {
    let rest = text.as_bytes().get(at..)?;
    if let [class @ (b'"' | b'\'' | b'`'), ..] = *rest {
        return Some((Quote { class, slashes: 0 }, at + 1));
    }
    let slashes = slashes_at(rest, 0);
    if let Some(escaped) = rest.get(slashes..).filter(|_| slashes > 0).and_then(|rest| rest.strip_prefix(b"u00")) {
        let class = match escaped {
            [b'2', b'2', ..] => b'"',
            [b'2', b'7', ..] => b'\'',
            _ => return None,
        };
        return Some((Quote { class, slashes: slashes + 1000 }, at + slashes + 5));
    }
    let (class, width) = quote_class(text, at + slashes)?;
    Some((Quote { class, slashes }, at + slashes + width))
}

/// A quote that ends at `end`.
fn quote_before(text: &str, end: usize) -> Option<Quote> {
    for width in [1, 3, 6] {
        let Some(start) = end.checked_sub(width) else { continue };
        if let Some((class, found)) = quote_class(text, start).filter(|(_, found)| *found == width) {
            let slashes = slashes_before(text.as_bytes(), start);
            debug_assert_eq!(found, width);
            return Some(Quote { class, slashes });
        }
    }
    let escaped = text.as_bytes().get(end.checked_sub(5)?..end)?;
    let class = match escaped {
        [b'u', b'0', b'0', b'2', b'2'] => b'"',
        [b'u', b'0', b'0', b'2', b'7'] => b'\'',
        _ => return None,
    };
    Some(Quote { class, slashes: slashes_before(text.as_bytes(), end - 5) + 1000 })
}

fn slashes_before(bytes: &[u8], at: usize) -> usize {
    bytes.get(..at).unwrap_or_default().iter().rev().take(64).take_while(|&&byte| byte == b'\\').count()
}

/// Where a quoted value ends: at the same quote with as many backslashes, or where an outer string ends.
pub(crate) fn quoted_end(text: &str, start: usize, quote: Quote, most: usize, budget: &mut Budget) -> (usize, bool) {
    let (end, closed) = end_of_quoted(text, start, quote, budget.limit(text, start, most));
    budget.spend(end - start);
    if let Some(mark) = cut_mark(text, start, end).filter(|mark| !slice(text, start..*mark).contains('{')) {
        return (mark, false);
    }
    if closed {
        return (end, true);
    }
    // What was cut goes on until the paste does: not beyond a blank line.
    let written = slice(text, start..end).as_bytes();
    // Most have no line end at all.
    let from = memchr::memchr2(b'\n', b'\r', written).unwrap_or(written.len());
    let lines = written.get(from..).unwrap_or_default();
    let blank = memmem::find(lines, b"\n\n").or_else(|| memmem::find(lines, b"\r\n\r\n"));
    (blank.map_or(end, |at| start + from + at), false)
}

/// Whether a quote may begin with a byte.
static BEGINS_QUOTE: [bool; 256] = {
    let mut table = [false; 256];
    let mut bytes: &[u8] = b"\"'`\\&%\xE2";
    while let [byte, rest @ ..] = bytes {
        #[allow(clippy::indexing_slicing, reason = "evaluated when the table is made: a byte is always in range")]
        {
            table[*byte as usize] = true;
        }
        bytes = rest;
    }
    table
};

fn end_of_quoted(text: &str, start: usize, quote: Quote, limit: usize) -> (usize, bool) {
    let bytes = text.as_bytes();
    let mut at = start;
    let begins_quote = |byte: &u8| BEGINS_QUOTE.get(usize::from(*byte)) == Some(&true);
    while let Some(next) = bytes.get(at..limit).and_then(|rest| rest.iter().position(begins_quote)) {
        at += next;
        let Some((found, after)) = quote_at(text, at) else {
            at += slashes_at(bytes, at).max(1);
            continue;
        };
        if found.class == quote.class {
            if found.slashes == quote.slashes && (quote.class == b'"' || ends_value(bytes, after)) {
                return (at, true);
            }
            if found.slashes < quote.slashes && quote.class == b'"' {
                return (at, false);
            }
        }
        at = after;
    }
    (slice(text, start..limit).len() + start, false)
}

/// After a single quote: an apostrophe inside a sentence is followed by a letter or a space.
fn ends_value(bytes: &[u8], at: usize) -> bool {
    let next = spaces(bytes, at, false);
    matches!(bytes.get(next), None | Some(b',' | b'}' | b']' | b')' | b';' | b'\n' | b'\r' | b'\\' | b'"'))
        || next > at && notation::begins_pair(bytes, next)
}

/// Where a bracket closes. Brackets inside quotes do not count; what is cut ends with the text.
fn nested_end(text: &str, start: usize, open: u8, budget: &mut Budget) -> (usize, bool) {
    let limit = budget.limit(text, start, MAX_OBJECT);
    let (end, closed) = end_of_nested(text, start, open, limit, budget);
    budget.spend(end - start);
    if let Some(mark) = cut_mark(text, start, end) {
        return (mark, false);
    }
    if closed {
        return (end, true);
    }
    let cut = slice(text, start..end.min(start + MAX_CUT));
    (start + end_of_cut(cut), false)
}

fn end_of_nested(text: &str, start: usize, open: u8, limit: usize, budget: &mut Budget) -> (usize, bool) {
    let close = match open {
        b'{' => b'}',
        b'[' => b']',
        _ => b')',
    };
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    // How the first string inside is quoted; a quote with fewer backslashes ends a string around the object.
    let mut level = None;
    let mut at = start;
    while at < limit {
        let Some(&byte) = bytes.get(at) else { break };
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return (at + 1, true);
            }
        } else if matches!(byte, b'"' | b'\\') {
            // A string of one line is skipped; a quote without its partner is only a character.
            if let Some((quote, after)) = quote_at(text, at).filter(|(quote, _)| quote.class == b'"') {
                if quote.slashes < *level.get_or_insert(quote.slashes) {
                    return (at, false);
                }
                let (end, closed) = quoted_end(text, after, quote, MAX_VALUE, budget);
                let closing = quote_at(text, end).map(|(_, behind)| behind);
                let behind = closing.map_or(end, |behind| spaces(bytes, behind, true));
                let whole = matches!(bytes.get(behind), None | Some(b',' | b':' | b'}' | b']' | b')'));
                let opaque = closed && (whole || !bytes.get(after..end).unwrap_or_default().contains(&b'\n'));
                at = if opaque { closing.unwrap_or(end + 1) } else { after };
                continue;
            }
            at += slashes_at(bytes, at).max(1);
            continue;
        }
        at += 1;
    }
    (slice(text, start..limit).len() + start, false)
}

/// Where an unquoted value ends. Codes, numbers and the like are words; messages run to the end of the
/// line, real or escaped.
fn bare_end(text: &str, key: Key, start: usize, in_json: bool, budget: &mut Budget) -> (usize, bool) {
    let bytes = text.as_bytes();
    if in_json || !matches!(key, Key::Message | Key::Date | Key::Error) {
        let end = word_end(bytes, start);
        return (end, end < text.len());
    }
    let limit = budget.limit(text, start, MAX_VALUE);
    let rest = bytes.get(start..limit).unwrap_or_default();
    let end = rest.iter().enumerate().position(|(index, byte)| match byte {
        b'\n' | b'\r' => true,
        b'\\' => matches!(rest.get(index + 1), Some(b'n' | b'r')),
        // The string around the line ends.
        b'"' => matches!(rest.get(index + 1), Some(b',' | b'}' | b']')),
        _ => false,
    });
    let found = end.map_or((slice(text, start..limit).len() + start, false), |end| (start + end, true));
    budget.spend(found.0 - start);
    found
}

/// What stands at the beginning of the next line, if this one ends here.
fn broken_below(bytes: &[u8], end: usize) -> usize {
    if matches!(bytes.get(end), Some(b'\n' | b'\r')) { spaces(bytes, end, true) } else { end }
}

pub(crate) fn word_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    start
        + rest
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'/' | b'@')))
            .unwrap_or(rest.len())
}

pub(crate) fn spaces(bytes: &[u8], start: usize, lines: bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    start
        + rest
            .iter()
            .take(4096)
            .position(|&byte| !(matches!(byte, b' ' | b'\t') || lines && matches!(byte, b'\n' | b'\r' | b'|')))
            .unwrap_or(rest.len().min(4096))
}

/// Undoes escaping of any depth and console wrapping: the words of a value, on one line.
pub(crate) fn clean(text: &str, span: Span) -> String {
    let value = slice(text, span.start..span.end);
    if memchr::memchr3(b'\\', b'\n', b'\r', value.as_bytes()).is_none() {
        return value.trim().to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value.char_indices().peekable();
    while let Some((offset, character)) = rest.next() {
        match character {
            '\\' => {
                while rest.next_if(|(_, next)| *next == '\\').is_some() {}
                match rest.peek().map(|(_, next)| *next) {
                    Some('n' | 'r' | 't') => {
                        rest.next();
                        push_space(&mut out);
                    }
                    Some('u') => {
                        let mut ahead = rest.clone();
                        ahead.next();
                        let digits: String = ahead.by_ref().take(4).map(|(_, digit)| digit).collect();
                        match u32::from_str_radix(&digits, 16)
                            .ok()
                            .and_then(char::from_u32)
                            .filter(|_| digits.len() == 4)
                        {
                            Some(decoded) => {
                                out.push(decoded);
                                rest = ahead;
                            }
                            None => out.push('\\'),
                        }
                    }
                    Some('"' | '\'' | '/' | '`') => {}
                    _ => out.push('\\'),
                }
            }
            '\n' | '\r' => {
                let broken = breaks_word(text, span.start + offset);
                while rest.next_if(|(_, next)| next.is_whitespace() || matches!(next, '|' | '>')).is_some() {}
                if !broken {
                    out.truncate(out.trim_end_matches(' ').len());
                    push_space(&mut out);
                }
            }
            _ => out.push(character),
        }
    }
    out.trim().to_owned()
}

fn push_space(out: &mut String) {
    if !out.ends_with(' ') && !out.is_empty() {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(Key, String, bool)> {
        find(text)
            .into_iter()
            .filter(|field| field.form != Form::Nested)
            .map(|field| (field.key, clean(text, field.value), field.closed))
            .collect()
    }

    #[test]
    fn one_error_in_many_notations() {
        for text in [
            r#"{"error": {"code": "Forbidden", "message": "No \"x\" found"}}"#,
            r#"{\"error\":{\"code\":\"Forbidden\",\"message\":\"No \\\"x\\\" found\"}}"#,
            r#"{\\\"error\\\":{\\\"code\\\":\\\"Forbidden\\\",\\\"message\\\":\\\"No \\\\\\\"x\\\\\\\" found\\\"}}"#,
            "{'error': {'code': 'Forbidden', 'message': 'No \"x\" found'}}",
            "{ code: 'Forbidden', message: 'No \"x\" found' }",
            "Code: Forbidden\r\nMessage: No \"x\" found\r\nScenario: y",
            "{\"Code: Forbidden\\r\\nMessage: No \"x\" found\\r\\nScenario: y\"}",
            "[code] => Forbidden\n[message] => No \"x\" found\n",
            "“code”: “Forbidden”, “message”: 'No \"x\" found'}",
            "\\u0022code\\u0022:\\u0022Forbidden\\u0022,\\u0022message\\u0022:\\u0022No \\\\u0022x\\\\u0022 found\\u0022}",
            "APIError(code='Forbidden', message='No \"x\" found', target=None)",
        ] {
            assert_eq!(
                pairs(text),
                [(Key::Code, "Forbidden".to_owned(), true), (Key::Message, "No \"x\" found".to_owned(), true)],
                "{text}"
            );
        }
    }

    #[test]
    fn cut_values_are_not_closed() {
        assert_eq!(pairs(r#""message": "No app"#), [(Key::Message, "No app".to_owned(), false)]);
        assert_eq!(pairs(r#"{\"message\":\"No app""#), [(Key::Message, "No app".to_owned(), false)]);
        assert_eq!(pairs(r#""message": """#), [(Key::Message, String::new(), true)]);
    }

    #[test]
    fn prose_is_no_pair() {
        for text in ["the code is 7504", "error_code", "a message", "\"code\" x", "x == code", "zip-code: 12"] {
            assert!(pairs(text).is_empty(), "{text}");
        }
    }
}
