//! Where a text breaks off inside a value: at the width of a console, and where a client cut what it printed.

use memchr::memmem;

use super::spoken::{self, begins_record};
use super::{frame, status};
use crate::source::slice;

/// Whether a console broke the line inside a word: no space on either side, and the line is as long as
/// the console is wide (or as the next one is).
pub(super) fn breaks_word(text: &str, line_end: usize) -> bool {
    let bytes = text.as_bytes();
    let next = match bytes.get(line_end..line_end + 2) {
        Some(b"\r\n") => line_end + 2,
        _ => line_end + 1,
    };
    let is_space = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'|' | b'>'))
    };
    if is_space(line_end.checked_sub(1)) || is_space(Some(next)) {
        return false;
    }
    let line = slice(text, line_end.saturating_sub(1024)..line_end);
    let line = line.rsplit('\n').next().unwrap_or_default();
    if is_object(line) {
        return false;
    }
    // Records of a log begin alike, and may be as wide as a console.
    let following = bytes.get(next..).unwrap_or_default();
    if begin_alike(line.as_bytes(), following) || begins_answer(slice(text, next..next + 64)) {
        return false;
    }
    let width = line.chars().count();
    let following = slice(text, next..next + 1024).split(['\r', '\n']).next().unwrap_or_default();
    if frame::are_rows(line, following) {
        return false;
    }
    // A record of a log may be as long as what stands above it.
    let begins = begins_record(following) && following.split_whitespace().take(3).any(spoken::is_level);
    let following = following.chars().count();
    matches!(width, 79 | 80 | 119 | 120) || width >= 40 && width == following && !begins
}

/// A status, a reason phrase or a document at the beginning of a line: no word goes on like this.
fn begins_answer(line: &str) -> bool {
    line.starts_with(['{', '[', '<']) || line.starts_with("HTTP/") || begins_status(line)
}

/// A status or a reason phrase at the beginning of a line.
pub(super) fn begins_status(line: &str) -> bool {
    let word = line.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let status = word.len() == 3 && word.starts_with(['2', '4', '5']) && word.bytes().all(|byte| byte.is_ascii_digit());
    let alone = line.get(word.len()..).is_none_or(|rest| rest.is_empty() || rest.starts_with([' ', ':', '\r', '\n']));
    alone && (status || status::is_reason(word))
}

/// Whether two lines begin with the same kinds of characters, and not only with letters.
fn begin_alike(one: &[u8], other: &[u8]) -> bool {
    let kind = |byte: &u8| match byte {
        b'0'..=b'9' => b'0',
        b'a'..=b'z' | b'A'..=b'Z' => b'a',
        other => *other,
    };
    let head = one.get(..6).unwrap_or_default();
    head.len() == 6
        && head.iter().map(kind).eq(other.iter().take(6).map(kind))
        && head.iter().any(u8::is_ascii_digit)
        && !head.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether a line is an object from its first character to its last one.
pub(super) fn is_object(line: &str) -> bool {
    line.starts_with('{') && line.ends_with('}') && line.matches('{').count() == line.matches('}').count()
}

/// Words at the end of a line where a client cut what it printed: `(truncated...)`, `... (312 bytes)]`.
const CUTS: [&str; 4] = ["truncated", "bytes", "characters", "chars"];
/// What leads to them is not longer.
const LEAD: usize = 24;

/// Where the mark of a cut begins in a value that goes on over its line: what follows is of another text.
pub(super) fn cut_mark(text: &str, start: usize, end: usize) -> Option<usize> {
    let value = slice(text, start..end);
    memchr::memchr(b'\n', value.as_bytes())?;
    let first = |word: &&str| memmem::find_iter(value.as_bytes(), *word).find_map(|at| begins_cut(value, at, word));
    CUTS.iter().filter_map(first).min().map(|at| start + at)
}

/// Where a mark begins whose word stands here, if it ends its line and no quote closes behind it.
fn begins_cut(value: &str, at: usize, word: &str) -> Option<usize> {
    let rest = slice(value, at + word.len()..value.len());
    let line_end = slice(rest, 0..LEAD + 1).find('\n')?;
    let (tail, below) = (slice(rest, 0..line_end), slice(rest, line_end + 1..rest.len()));
    let ends = tail.bytes().all(|byte| b")]>. \r'`".contains(&byte));
    let closes = below.trim_start().trim_start_matches('\\').starts_with('"');
    let lead = slice(value, at.saturating_sub(LEAD)..at);
    let numbered = lead.trim_end().ends_with(|c: char| c.is_ascii_digit());
    let open = ["...", "\u{2026}", "(", "[", "<"].iter().filter_map(|mark| lead.find(mark)).min()?;
    (ends && !closes && (numbered || word == "truncated")).then_some(at - lead.len() + open)
}

/// Where an object without its closing bracket ends: above a line that only parts, above a record of a log, and above a
/// paragraph of words if its own keys stand in quotes.
pub(super) fn end_of_cut(object: &str) -> usize {
    let mut at = 0;
    let mut blank = false;
    let quoted = object.trim_start_matches(['{', '[', '\\']).trim_start().starts_with(['"', '“']);
    for line in object.split_inclusive('\n') {
        let bare = line.trim();
        let is_rule = bare.len() >= 3
            && bare
                .bytes()
                .next()
                .is_some_and(|mark| b"-=*_#~".contains(&mark) && bare.bytes().all(|byte| byte == mark));
        let is_words = blank && quoted && line.starts_with(|c: char| c.is_alphanumeric());
        if at > 0 && (is_rule || is_words || begins_record(line)) {
            return at;
        }
        blank = bare.is_empty();
        at += line.len();
    }
    object.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_object_ends_where_something_else_begins() {
        let object = "{\n  \"date\": \"2026-11-20T09:15:00\",\n  \"request-id\": \"5e8d\"\n";
        for rest in ["---\nx", "\nWhat now?", "2026-11-20T09:15:00Z ERROR x", "=====\nx"] {
            assert_eq!(
                end_of_cut(&format!("{object}{rest}")),
                object.len() + usize::from(rest.starts_with('\n')),
                "{rest}"
            );
        }
        for rest in ["", "\n  \"x\": 1\n", "d7c\"\n", "\n\"x\": {\n"] {
            assert_eq!(end_of_cut(&format!("{object}{rest}")), object.len() + rest.len(), "{rest}");
        }
    }
}
