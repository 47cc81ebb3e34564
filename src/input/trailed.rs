//! Texts in which the call of each failure stands below it, under a label of its own: `{"error": …}`, `Request: GET https://…`,
//! and the next failure. There what stands between two failures is not what leads to the second one.

use super::assemble::Around;
use super::request::Request;
use super::{Span, beside, frame};
use crate::source::{has_blank_line, slice};

/// Longer lists are logs.
const MANY: usize = 256;
/// A label is shorter.
const LABEL: usize = 40;
/// So many lines are told of a call.
const LINES: usize = 16;

/// Where what is told of the call of each failure ends, if each has its own below it, and none has one above.
pub(super) fn ends(text: &str, failures: &[Span], around: &Around) -> Option<Vec<usize>> {
    let calls = &around.requests;
    let few = 2..=MANY;
    if !few.contains(&failures.len()) || calls.len() != failures.len() || !around.records.is_empty() {
        return None;
    }
    let below = failures.iter().zip(calls).enumerate().all(|(index, (failure, call))| {
        let is_last = index + 1 == failures.len();
        let next = failures.get(index + 1).map_or(text.len(), |next| next.start);
        let (above, behind) = (failure.end..call.span.start, call.span.end..next);
        above.start <= above.end
            && behind.start <= behind.end
            && is_labelled(text, call)
            && (is_last || distance(slice(text, above)) <= distance(slice(text, behind)))
            && !beside::begins_entry(line(text, call))
    });
    let end = |(index, call): (usize, &Request)| {
        end_of_pairs(text, call.span.end, failures.get(index + 1).map_or(text.len(), |next| next.start))
    };
    below.then(|| calls.iter().enumerate().map(end).collect())
}

fn line<'t>(text: &'t str, call: &Request) -> &'t str {
    let line = beside::line_of(text, call.span.start);
    slice(text, line.start..line.end)
}

/// `Request: GET https://...`: the line begins with a label, which names no answer.
fn is_labelled(text: &str, call: &Request) -> bool {
    let line = beside::line_of(text, call.span.start);
    label(slice(text, line.start..call.span.start.max(line.start))).is_some_and(|rest| rest.trim().is_empty())
}

/// What stands behind the label that a line begins with.
fn label(line: &str) -> Option<&str> {
    let (label, rest) = line.split_once([':', '='])?;
    let label = label.trim_matches([' ', '\t', '-', '*', '"', '\'', '|', '>']);
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    (!label.is_empty() && label.len() <= LABEL && label.chars().all(is_word)).then_some(rest)
}

/// How far two parts of a text stand from each other: on the next line, in another paragraph, behind a rule.
fn distance(between: &str) -> u8 {
    match () {
        () if frame::rule(between).is_some() => 2,
        () if has_blank_line(between) => 1,
        () => 0,
    }
}

/// Where the labelled lines end that begin with the one of a place.
fn end_of_pairs(text: &str, at: usize, limit: usize) -> usize {
    let rest = slice(text, at..limit);
    let first = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
    let mut end = at + first;
    for line in slice(text, end + 1..limit).split_inclusive('\n').take(LINES) {
        let is_pair = label(line).is_some_and(|rest| !rest.trim_start().starts_with(['{', '[']));
        if !is_pair || !line.ends_with('\n') {
            break;
        }
        end += line.len();
    }
    end.min(limit)
}
