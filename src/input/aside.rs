//! What a sentence says of another time or of somebody else: `Yesterday it was 401`, `My colleague gets 404`.

use super::{Span, beside};
use crate::source::slice;

/// Words of a clause that is about another time, or about others.
const ELSEWHERE: [&str; 24] = [
    "ago",
    "before",
    "colleague",
    "colleagues",
    "coworker",
    "different",
    "earlier",
    "expect",
    "expected",
    "formerly",
    "initially",
    "instead",
    "last",
    "occasionally",
    "once",
    "originally",
    "others",
    "previously",
    "sometimes",
    "until",
    "used",
    "usually",
    "would",
    "yesterday",
];
/// A clause begins behind one of these.
const BEGINS: [&str; 7] = [". ", "; ", ", now", " but ", " now ", "! ", "? "];
/// A line with fewer words is no sentence.
const FEW: usize = 4;
/// What is said of a status does not stand further from it.
const WIDE: usize = 400;

/// Whether a status stands in a sentence that is about another failure. What stands beyond the failure itself is not said
/// of a status before or behind it.
pub(super) fn is_of_another_time(text: &str, status: Span, failure: Option<Span>) -> bool {
    if !is_in_sentence(text, status) {
        return false;
    }
    let mut line = beside::line_of(text, status.start);
    if let Some(failure) = failure {
        if status.end <= failure.start {
            line.end = line.end.min(failure.start);
        } else if failure.end <= status.start {
            line.start = line.start.max(failure.end);
        }
    }
    let (head, tail) = around(text, status, line);
    let start = BEGINS.iter().filter_map(|mark| Some(head.rfind(mark)? + mark.len())).max().unwrap_or(0);
    let end = BEGINS.iter().filter_map(|mark| tail.find(mark)).min().unwrap_or(tail.len());
    let (before, behind) = (slice(head, start..head.len()), slice(tail, 0..end));
    let is_word = |word: &str| {
        let word = word.to_ascii_lowercase();
        ELSEWHERE.contains(&word.as_str())
    };
    let after = words(before).next().is_some_and(|first| first.eq_ignore_ascii_case("after"));
    after && words(before).count() <= 3 || words(before).chain(words(behind)).any(is_word)
}

/// Whether a status in a sentence can not be the one of a failure whose code is the reason phrase of another one.
pub(super) fn is_of_another_code(text: &str, status: Span, value: u16, code: Option<u16>) -> bool {
    code.is_some_and(|code| code != value) && is_in_sentence(text, status)
}

/// Whether the line of a status is a sentence of a person, not a record or a line of a client.
fn is_in_sentence(text: &str, status: Span) -> bool {
    let line = beside::line_of(text, status.start);
    let written = slice(text, line.start..line.end);
    let own = |word: &&str| word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'\'');
    let (head, tail) = around(text, status, line);
    memchr::memchr3(b'{', b'}', b'=', written.as_bytes()).is_none()
        && memchr::memmem::find(written.as_bytes(), b"://").is_none()
        && words(head).chain(words(tail)).filter(own).take(FEW).count() == FEW
        && !beside::begins_entry(written)
}

/// What stands on a line before a status, and behind it, as far as it is looked at.
fn around(text: &str, status: Span, line: Span) -> (&str, &str) {
    let head = slice(text, line.start.max(status.start.saturating_sub(WIDE))..status.start);
    (head, slice(text, status.end..line.end.min(status.end.saturating_add(WIDE))))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '_' | '-'))).filter(|word| !word.is_empty())
}
