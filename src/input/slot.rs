//! What the words of a message take in for a `{slot}`: an id is known by its shape, and what stands on another line
//! belongs to the sentence only where the sentence was broken.

use std::borrow::Cow;

use super::Span;
use super::dense::Dense;
use super::meeting::uuid_in;
use super::pattern::Capture;
use crate::knowledge::Text;
use crate::source::slice;

/// No console is narrower: a line is broken only where the next word would have made it longer.
const CONSOLE: usize = 80;

/// Whether a slot stands for an id.
pub(super) fn is_id(slot: &str) -> bool {
    slot.ends_with("-id")
}

/// The text between two pieces, without the punctuation around it.
pub(super) fn between(dense: &Dense, text: &str, from: usize, to: usize, slot: &str) -> Option<Capture> {
    let span = dense.span(from, to)?;
    // A redaction between angle brackets keeps them, so that it is never taken for a value.
    let redacted = span.start.checked_sub(1).and_then(|at| text.as_bytes().get(at)) == Some(&b'<');
    let span = if redacted { Span::new(span.start - 1, span.end) } else { span };
    Some(Capture { slot: Text::Owned(slot.to_owned()), span })
}

/// Whether what stands between two pieces of one sentence may be an id: on the line of the first piece anything,
/// since names and redactions stand there too; over the end of a line only what has the shape of one.
pub(super) fn may_join(dense: &Dense, text: &str, from: usize, to: usize) -> bool {
    let Some(last) = from.checked_sub(1).and_then(|last| dense.offset(last)) else { return true };
    let Some(span) = dense.span(from, to) else { return true };
    let Some(next) = dense.offset(to) else { return true };
    if !slice(text, last..next).contains('\n') {
        return true;
    }
    let redacted = span.start.checked_sub(1).and_then(|at| text.as_bytes().get(at)) == Some(&b'<');
    redacted || id_end(text, span.start).is_some() || address_end(text, span.start).is_some()
}

/// A quoted list that follows: `'A, B'`, also when the quotes are escaped, or empty.
pub(super) fn list_after(text: &str, last: usize, slot: &str) -> Option<Capture> {
    let bytes = text.as_bytes();
    let rest = bytes.get(last + 1..(last + 2_000).min(bytes.len()))?;
    let space = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'|' | b':' | b'\\');
    let skip = rest.iter().position(|byte| !space(byte))?;
    let quotes: [&[u8]; 4] = [b"'", b"\"", b"u0027", "\u{2019}".as_bytes()];
    let (start, quote) =
        quotes.iter().find_map(|quote| rest.get(skip..)?.starts_with(quote).then_some((skip + quote.len(), *quote)))?;
    let len = memchr::memmem::find(rest.get(start..)?, quote)?;
    // A sentence in it tells that the quote of a torn list is another's.
    let is_sentence = |three: &[u8]| matches!(three, [b'.', b' ', letter] if letter.is_ascii_uppercase());
    if rest.get(start..start + len)?.windows(3).any(is_sentence) {
        return None;
    }
    let end = start + len - usize::from(rest.get(start..start + len)?.ends_with(b"\\"));
    Some(Capture { slot: Text::Owned(slot.to_owned()), span: Span::new(last + 1 + start, last + 1 + end) })
}

/// The id or the address that ends a sentence whose last letter stands at dense index `from - 1`.
pub(super) fn word_after(dense: &Dense, text: &str, from: usize, slot: &str) -> Option<Capture> {
    let last = dense.offset(from.checked_sub(1)?)?;
    if matches!(slot, "roles" | "required") {
        return list_after(text, last, slot);
    }
    let first = dense.offset(from)?;
    let mut gap = Cow::Borrowed(text.get(last + 1..first)?);
    if gap.contains('&') {
        for entity in ["&quot;", "&#34;", "&#39;", "&apos;"] {
            gap = Cow::Owned(gap.replace(entity, "\""));
        }
    }
    if gap.len() > 200 || ends_sentence(&gap) {
        return None;
    }
    let capture = |span: Span| Some(Capture { slot: Text::Owned(slot.to_owned()), span });
    if gap.ends_with('<') {
        // A redaction: `<user-id>`.
        let rest = slice(text, first..first + 64);
        let len = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(rest.len());
        return (len > 0 && !gap.contains('\n')).then(|| Span::new(first - 1, first + len)).and_then(capture);
    }
    let end = if is_id(slot) {
        id_end(text, first).or_else(|| address_end(text, first).filter(|_| slot == "user-id"))
    } else {
        word_end(text, first)
    }?;
    let continued = || {
        // The line was broken between two words: there was no room for the id, and the sentence ends
        // behind it or names the user next.
        let line = slice(text, last.saturating_sub(1024)..last + 1);
        let line = line.rsplit('\n').next().unwrap_or_default();
        let behind = slice(text, end..end + 16);
        // No sentence ends with `on the user`: an id that has the next line to itself goes on with it.
        let alone =
            || ends_line(behind) && line.trim_end().to_ascii_lowercase().ends_with(" user") && !is_row(text, end);
        let closes =
            behind.starts_with(['.', '\'', '"', '\\', '`', ')', '’', '”']) || behind.starts_with(" on the") || alone();
        let word = slice(text, first..first + 256).split_whitespace().next().map_or(0, str::len);
        closes && line.chars().count() + 1 + word > CONSOLE
    };
    if gap.contains('\n') && !continued() {
        return None;
    }
    capture(Span::new(first, end))
}

/// Whether nothing more stands on a line.
fn ends_line(behind: &str) -> bool {
    behind.trim_start_matches([' ', '\t', '\r']).chars().next().is_none_or(|c| c == '\n')
}

/// Whether another id follows below: it is a list of them.
fn is_row(text: &str, end: usize) -> bool {
    let below = slice(text, end..end.saturating_add(80));
    let next = below.trim_start_matches(|c: char| c.is_whitespace() || c == '>');
    let start = end + below.len() - next.len();
    !next.is_empty() && id_end(text, start).is_some()
}

/// Whether the next word is another matter: past the end of the sentence, of a cell or of a value.
fn ends_sentence(gap: &str) -> bool {
    // A quote right behind the last word closes a text; one further on opens the id's.
    let closed = gap.trim_start_matches('\\').starts_with(['"', '\'', '`', '”', '’', '“', '‘']);
    let (line, rest) = gap.split_once('\n').unwrap_or((gap, ""));
    let goes_on = |c: char| {
        matches!(
            c,
            ' ' | '\r'
                | ':'
                | '"'
                | '\''
                | '`'
                | '“'
                | '”'
                | '‘'
                | '’'
                | '„'
                | '«'
                | '('
                | '='
                | '<'
                | '{'
                | '\\'
                | '*'
        ) || c == '%'
            || c.is_ascii_alphanumeric()
    };
    // Below, the gutter of an error view may stand before the rest.
    let below = |c: char| goes_on(c) || matches!(c, '\n' | '|' | '>' | '\t');
    closed || !line.chars().all(goes_on) || !rest.chars().all(below)
}

/// Where an id ends: a UUID, also broken by a console, without dashes, or with some of it blacked out.
pub(super) fn id_end(text: &str, start: usize) -> Option<usize> {
    if let Some((_, end)) = uuid_in(text, start) {
        return Some(end);
    }
    let rest = text.as_bytes().get(start..)?;
    let word = rest.iter().take(37).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    let id = rest.get(..word)?;
    let dashed = word == 36
        && id.iter().enumerate().all(|(index, byte)| matches!(index, 8 | 13 | 18 | 23) == (*byte == b'-'))
        && id.iter().any(u8::is_ascii_digit);
    let plain = word == 32 && id.iter().all(u8::is_ascii_hexdigit);
    // The text may be cut inside the id.
    let cut = word == rest.trim_ascii_end().len()
        && id.contains(&b'-')
        && id.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
    (dashed || plain || cut).then_some(start + word)
}

/// Where an address ends.
fn address_end(text: &str, start: usize) -> Option<usize> {
    let end = word_end(text, start)?;
    let (name, domain) = slice(text, start..end).split_once('@')?;
    (!name.is_empty() && domain.contains('.')).then_some(end)
}

/// Where a word of an id, a name or an address ends, without the punctuation behind it.
fn word_end(text: &str, start: usize) -> Option<usize> {
    let rest = slice(text, start..start + 256);
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '%' | '#' | '\'');
    let len = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    let word = rest.get(..len)?.trim_end_matches(['.', '\'', '-']);
    (!word.is_empty()).then_some(start + word.len())
}
