//! The text that belongs to one incident, and what stands nearest in it.

use super::records::{Record, holding};
use super::{Span, beside, frame, spoken};
use crate::source::{has_blank_line, slice};

/// The text that belongs to one incident: its own span, what leads to it, and what follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Territory {
    pub(crate) before: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) after: usize,
    /// Where the next incident begins.
    pub(crate) next: Option<usize>,
    /// There is no other incident in the text.
    pub(crate) alone: bool,
    /// The call of each failure of the text stands below it.
    pub(crate) trailed: bool,
}

/// What the names of pairs end with that are headers, or are printed below a message like them.
const HEADERS: [&str; 6] = ["date", "requestid", "status", "statuscode", "responsecode", "retryafter"];
/// The name of a header is shorter.
const NAME: usize = 64;
/// What a cmdlet prints between two errors is not longer.
const BLOCK: usize = 8 << 10;
/// What a client prints below a message is not longer.
const TRAILER: usize = 2_500;

/// Where the call ends that Java's client prints below its message, with the headers that were sent and the status.
fn end_of_trailer(text: &str, line_end: usize, limit: usize) -> usize {
    let below = slice(text, line_end..limit.min(line_end + TRAILER));
    let from = memchr::memmem::find_iter(below.as_bytes(), super::frame::SDK_VERSION)
        .find(|at| slice(below, 0..*at).ends_with('\n'));
    let from = from.map(|at| at - 1).filter(|at| {
        let above = slice(below, 0..*at).trim();
        above.contains("://") && !has_blank_line(above)
    });
    let end_of_line = |at: usize| slice(below, at..below.len()).find('\n').map_or(below.len(), |end| at + end);
    let end = from.map_or(0, |at| end_of_line(at + 1));
    let rest = slice(below, end..below.len());
    let status = rest.trim_start();
    // `404 : Not Found`
    let is_status = slice(status, 0..3).parse().is_ok_and(|value: u16| value >= 400) && slice(status, 3..6) == " : ";
    let at = end + rest.len() - status.len();
    line_end + if is_status { end_of_line(at) } else { end }
}

/// Where the pairs end that stand right below a line as headers do, if an empty line parts them from what follows; or
/// the frames of the stack.
fn end_of_block(text: &str, line_end: usize, limit: usize) -> usize {
    let mut at = line_end + 1;
    let mut end = line_end;
    for line in slice(text, at..limit).split_inclusive('\n').take(64) {
        let is_frame =
            ["at ", "+ ", "File \"", "#0", "#1", "#2"].iter().any(|mark| line.trim_start().starts_with(mark));
        // A client indents what it prints of the answer: `  statusCode: 403`.
        let name = slice(line, 0..NAME).split(':').next().unwrap_or_default().trim();
        let name = if name.starts_with("response ") { name.replace(' ', "") } else { name.to_owned() };
        let letters = name.replace('-', "").to_ascii_lowercase();
        // `(GET /communications/callRecords/...)`: what a report says in brackets is of what stands above.
        let is_aside = line.trim_start().starts_with('(') && line.trim_end().ends_with(')');
        let is_header = name.len() < NAME
            && line.contains(':')
            && letters.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && (name.contains('-') || HEADERS.iter().any(|header| letters.ends_with(header)));
        if line.trim().is_empty() {
            return at.min(limit);
        }
        let is_closing = line.trim().bytes().all(|byte| matches!(byte, b'}' | b']' | b')' | b','));
        if !is_frame && !is_header && !is_aside && !is_closing {
            break;
        }
        at += line.len();
        if is_frame {
            end = at - 1;
        }
    }
    end.min(limit)
}

/// Where an entry of a log ends whose lines stand further in than its head: above the head of the next entry.
fn end_of_entry(text: &str, line_end: usize, limit: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let (mut at, mut least) = (line_end + 1, usize::MAX);
    for line in slice(text, at..limit).split_inclusive('\n').take(64) {
        if beside::begins_entry(line) {
            return if least > indent(line) && least < usize::MAX { at - 1 } else { line_end };
        }
        least = least.min(indent(line));
        at += line.len();
    }
    line_end
}

/// Where a line between two failures that only parts them begins and ends: `---`.
fn rule(text: &str, from: usize, to: usize) -> Option<(usize, usize)> {
    let gap = slice(text, from..to.min(from.saturating_add(BLOCK)));
    frame::rule(gap).map(|(start, end)| (from + start, from + end))
}

impl Territory {
    /// The territory of the incident of this index; never beyond the record of a list that holds it.
    pub(crate) fn of(text: &str, spans: &[Span], index: usize, records: &[Record]) -> Option<Self> {
        let span = *spans.get(index)?;
        // What stands between two incidents leads to the second one, but for the rest of the first one's line.
        let rest_of_line = |end: usize, limit: usize| {
            let line = slice(text, end..limit).find('\n').map_or(limit, |at| end + at);
            if line == limit {
                return end;
            }
            {
                let end = end_of_trailer(text, line, limit).max(end_of_block(text, line, limit));
                end.max(end_of_entry(text, line, limit))
            }
        };
        let mut before = index
            .checked_sub(1)
            .and_then(|previous| spans.get(previous))
            .map_or(0, |previous| rest_of_line(previous.end, span.start));
        let mut after = spans.get(index + 1).map_or(text.len(), |next| rest_of_line(span.end, next.start));
        // What a cmdlet prints below its error ends where the next error begins.
        let gap = |from: usize, to: usize| slice(text, from..to.min(from.saturating_add(BLOCK)));
        if index > 0 {
            let from = before.max(span.start.saturating_sub(BLOCK));
            before = spoken::cmdlet_error(gap(from, span.start)).map_or(before, |at| from + at);
        }
        if let Some(next) = spans.get(index + 1) {
            let begins = spoken::cmdlet_error(gap(span.end, next.start.max(span.end)));
            after = begins.map_or(after, |at| after.max(span.end + at));
        }
        // A line that parts two texts is the end of the one and the beginning of the other.
        if let Some((_, below)) = spans.get(index.wrapping_sub(1)).and_then(|it| rule(text, it.end, span.start)) {
            before = before.max(below);
        }
        if let Some((above, _)) = spans.get(index + 1).and_then(|next| rule(text, span.end, next.start)) {
            after = above;
        }
        if let Some(record) = holding(records, span.start) {
            // Its keys stand in any order: the rest of it is of the only failure that it holds.
            let is_first =
                index.checked_sub(1).and_then(|it| spans.get(it)).is_none_or(|it| it.end <= record.span.start);
            let is_last = spans.get(index + 1).is_none_or(|it| record.span.end <= it.start);
            before = if is_first { record.span.start } else { before.max(record.span.start) };
            after = if is_last { record.span.end } else { after.min(record.span.end) }.max(span.end);
        }
        // The status line of the next answer ends what belongs to this one.
        let tail = slice(text, span.end..after.min(span.end + (64 << 10)));
        if let Some(next) = memchr::memmem::find(tail.as_bytes(), b"HTTP/") {
            after = after.min(span.end + next);
        }
        let (before, after) = (before.min(span.start), after.max(span.end));
        Some(Self {
            before,
            start: span.start,
            end: span.end,
            after,
            next: spans.get(index + 1).map(|next| next.start),
            alone: spans.len() == 1,
            trailed: false,
        })
    }

    /// The same where what is told of each call stands below its failure, and ends at these places.
    pub(crate) fn trailed(self, ends: &[usize], index: usize) -> Self {
        let above = index.checked_sub(1).and_then(|above| ends.get(above)).copied().unwrap_or_default();
        let after = ends.get(index).map_or(self.after, |end| self.after.max(*end));
        Self { before: self.before.max(above).min(self.start), after, trailed: true, ..self }
    }

    /// The items of the territory; `items` are sorted by their places.
    pub(crate) fn part<T>(self, items: &[T], place: impl Fn(&T) -> usize) -> &[T] {
        let from = items.partition_point(|item| place(item) < self.before);
        let to = items.partition_point(|item| place(item) < self.after);
        items.get(from..to).unwrap_or_default()
    }

    /// The item that is nearest: inside, else the last before, else the first after.
    pub(crate) fn nearest<T>(self, items: impl Iterator<Item = (usize, T)>) -> Option<T> {
        items
            .filter(|(at, _)| self.before <= *at && *at < self.after)
            .min_by_key(|(at, _)| self.distance(*at))
            .map(|(_, item)| item)
    }

    /// The items, the nearest first.
    pub(crate) fn by_distance<T>(self, mut items: Vec<(usize, T)>) -> Vec<T> {
        items.retain(|(at, _)| self.before <= *at && *at < self.after);
        crate::order::sort_by_key(&mut items, |(at, _)| self.distance(*at));
        items.into_iter().map(|(_, item)| item).collect()
    }

    const fn distance(self, at: usize) -> (u8, usize) {
        match at {
            at if at < self.start => (1, self.start - at),
            at if at < self.end => (0, at),
            at => (2, at),
        }
    }
}
