//! What the lines around a call say of it: that it is the one that failed, that it is the next one, that another one may
//! be meant as well.

use super::assemble::Around;
use super::lane::{Lane, Relation};
use super::records::holding;
use super::request::{self, Request};
use super::territory::Territory;
use super::{Span, beside};
use crate::source::{has_blank_line, slice};

/// A call below a failure is not further from it.
const REACH: usize = 8 << 10;
/// No more calls than this are looked at above one.
const FEW: usize = 8;
/// What leads to a call does not stand further before it on its line.
const LEAD: usize = 240;

/// Words that lead to a call that is told with its failure: `Request URL: ...`, `I am calling GET ...`.
const LEADS: [&str; 38] = [
    "address",
    "against",
    "api",
    "call",
    "called",
    "calling",
    "calls",
    "config",
    "endpoint",
    "for",
    "from",
    "href",
    "invoke",
    "invoking",
    "link",
    "method",
    "my",
    "on",
    "operation",
    "path",
    "query",
    "requesting",
    "request",
    "requested",
    "requests",
    "send",
    "sending",
    "sent",
    "target",
    "to",
    "tried",
    "try",
    "trying",
    "uri",
    "url",
    "use",
    "using",
    "when",
];

/// Words that lead to a call that is still to be made.
const PLANS: [&str; 3] = ["fix", "next", "workaround"];

/// Whether a call below a failure is told with it: something names it as the request, and it is not the next command.
pub(super) fn is_announced(text: &str, request: &Request, failure: Span) -> bool {
    if request.span.start > failure.end.saturating_add(REACH) {
        return false;
    }
    let line = beside::line_of(text, request.span.start);
    let from = beside::line_of(text, failure.end).end.min(line.start);
    let below = slice(text, from..line.end);
    if below.split(['\n', '\r']).any(is_prompt) {
        return false;
    }
    let start = line.start.max(request.span.start.saturating_sub(LEAD));
    let lead = slice(text, start..request.span.start);
    if lead
        .split(|c: char| !c.is_ascii_alphabetic())
        .any(|word| PLANS.iter().any(|plan| word.eq_ignore_ascii_case(plan)))
    {
        return false;
    }
    let in_brackets = lead.trim() == "(" && slice(text, request.span.end..line.end).trim() == ")";
    if lead.trim_end().ends_with(['=', ':', '+', '[']) || leads(lead) || in_brackets {
        return true;
    }
    let rest = slice(text, line.end..line.end.saturating_add(REACH));
    let gutter = [' ', '\t', '|'];
    let mut next = rest.split(['\n', '\r']).map(|line| line.trim_matches(gutter)).filter(|line| !line.is_empty());
    let is_bare = lead.trim_matches([' ', '\t', '|', '(', '[', '"', '`']).is_empty();
    let is_last = next.clone().next().is_none();
    // Java's client prints the call below its message, with the headers that were sent. A console may break its line.
    if is_bare && next.by_ref().take(2).any(|next| next.starts_with(super::frame::SDK_VERSION)) {
        return true;
    }
    // The last line of all, right below.
    let between = slice(text, failure.end.min(line.start)..line.start);
    if is_bare && is_last && !has_blank_line(between) {
        return true;
    }
    // `Here is my request:`, and the call in the next line.
    let above = slice(text, from..line.start).trim_end();
    let above = above.rsplit('\n').next().unwrap_or_default();
    lead.trim().is_empty() && above.ends_with(':') || beside::answers_badly(slice(text, request.span.end..line.end))
}

/// Whether a call stands by itself in a paragraph, a fence or an item below a failure: nothing says whose it is.
pub(super) fn stands_below(text: &str, request: &Request, failure: Span) -> bool {
    let line = beside::line_of(text, request.span.start);
    let head = slice(text, line.start..request.span.start).trim_matches([' ', '\t', '|', '`', '>', '*', '-']);
    let is_item = head.strip_suffix(['.', ')']).is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let tail = slice(text, request.span.end..line.end).trim_matches([' ', '\t', '|', '`', '\r', '.']);
    let from = beside::line_of(text, failure.end).end.min(line.start);
    let between = slice(text, from..line.start);
    (head.is_empty() || is_item)
        && (tail.is_empty() || tail.starts_with("HTTP/"))
        && failure.end <= line.start
        && request.span.start <= failure.end.saturating_add(REACH)
        && !between.split(['\n', '\r']).any(|line| is_prompt(line) || beside::begins_entry(line))
}

/// Whether nothing but its place ties a call to the failure above it: it is the next line, and may be the next call.
pub(super) fn may_be_next(text: &str, request: &Request, failure: Span) -> bool {
    let line = beside::line_of(text, request.span.start);
    let head = slice(text, line.start..request.span.start);
    let tail = slice(text, request.span.end..line.end);
    let between = slice(text, failure.end.min(line.start)..line.start);
    let is_bare = [head, tail].iter().all(|part| part.trim_matches([' ', '\t', '|', '"', '`', '\r']).is_empty());
    // What is told with a failure leads to its call: a status, headers, a word.
    let is_next = between.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '\n').trim().is_empty();
    failure.end <= request.span.start && is_bare && is_next
}

fn leads(lead: &str) -> bool {
    let name = |c: char| !c.is_ascii_alphabetic();
    lead.split(name).any(|word| {
        let lower = word.to_ascii_lowercase();
        LEADS.contains(&lower.as_str()) || lower.ends_with("url") || lower.ends_with("uri")
    })
}

/// Whether a line is a command behind the prompt of a shell.
fn is_prompt(line: &str) -> bool {
    let line = line.trim_start();
    let first = line.split(' ').next().unwrap_or_default();
    let behind = slice(line, first.len()..line.len());
    let of_shell =
        first.ends_with('$') || first.ends_with('#') && first.contains('@') || matches!(first, "%" | "❯" | "➜");
    let of_drive = || line.get(1..3) == Some(":\\") && line.contains('>');
    let of_powershell = || {
        line.strip_prefix("PS")
            .is_some_and(|rest| rest.starts_with('>') || rest.starts_with(' ') && rest.contains("> "))
    };
    of_shell && !behind.is_empty()
        || of_powershell()
        || of_drive()
        || line.starts_with(">>> ")
        || line.starts_with("In [")
        || line.starts_with('[') && line.contains("]$ ")
}

/// Whether what stands at a place is of a message before the call of a failure: of the head of an answer, or of a call
/// that has its answer.
pub(super) fn is_of_earlier_message(text: &str, around: &Around, call: &Request, at: usize) -> bool {
    if at >= call.span.start {
        return false;
    }
    let head = around.heads.partition_point(|head| head.span.start <= at);
    let before = head.checked_sub(1).and_then(|index| around.heads.get(index));
    if before.is_some_and(|head| at < head.span.end) {
        return true;
    }
    let path = |request: &Request| slice(text, request.path.start..request.path.end);
    let index = around.requests.partition_point(|request| request.span.start <= at);
    let Some(sent) = index.checked_sub(1).and_then(|index| around.requests.get(index)) else { return false };
    let is_answered = around.heads.get(head).is_some_and(|answer| answer.span.start < call.span.start);
    // The headers of a call follow it without an empty line.
    let headers = slice(text, sent.span.end..at);
    let is_header = || !has_blank_line(headers);
    is_answered && path(sent) != path(call) && headers.len() <= REACH && is_header()
}

/// Whether what stands at a place above a failure is in the head of an answer that succeeded, and that has a text of its
/// own below its head. What a gateway passes on with its own status is below the head at once.
pub(super) fn is_of_success_above(text: &str, around: &Around, failure: Span, at: usize) -> bool {
    let next = around.heads.partition_point(|head| head.span.start <= at);
    let head = next.checked_sub(1).and_then(|index| around.heads.get(index)).filter(|head| at < head.span.end);
    let Some(head) = head.filter(|_| at < failure.start && holding(&around.records, failure.start).is_none()) else {
        return false;
    };
    let next = around.statuses.partition_point(|status| status.span.end < head.span.start);
    let succeeded = around
        .statuses
        .get(next)
        .is_some_and(|status| status.span.end == head.span.start && matches!(status.value, 200..=299));
    let behind = slice(text, head.span.end..failure.start).trim_start();
    succeeded && (has_blank_line(behind))
}

/// Whether another call stands between a failure and a place below it.
pub(super) fn is_of_later_call(around: &Around, call: Option<&Request>, failure: Span, at: usize) -> bool {
    let first = around.requests.partition_point(|request| request.span.start < failure.end);
    let between = around.requests.get(first..).unwrap_or_default().iter();
    let mut between = between.take(FEW).take_while(|request| request.span.start < at);
    between.any(|request| call.is_none_or(|call| call.span != request.span))
}

/// Whether a call above this one may have failed as well as it: the same operation about somebody else, without an answer,
/// as calls stand in a log that run at the same time. It stands right above, or one more failure follows before the next
/// call.
pub(super) fn has_rival(text: &str, around: &Around, request: &Request, territory: Territory, lane: &Lane) -> bool {
    let failure = Span::new(territory.start, territory.end);
    let first = |at: usize| around.requests.partition_point(|other| other.span.start < at);
    let own = first(request.span.start);
    let above = around.requests.get(first(territory.before)..own).unwrap_or_default().iter().rev();
    let several_failed = territory.next.is_some_and(|next| first(territory.end) == first(next));
    let mut above = above.take(if several_failed { FEW } else { 1 }).enumerate();
    above.any(|(index, above)| {
        let between = slice(text, above.span.end..request.span.start);
        let adjacent = index == 0 && between.len() <= 400 && between.matches('\n').count() == 1;
        let near = failure.start.saturating_sub(above.span.start) <= REACH;
        (adjacent || several_failed && near) && is_rival(text, around, request, above, failure, lane)
    })
}

fn is_rival(text: &str, around: &Around, request: &Request, above: &Request, failure: Span, lane: &Lane) -> bool {
    let path = |request: &Request| slice(text, request.path.start..request.path.end);
    // A console breaks each address elsewhere.
    let route = |request: &Request| -> String {
        path(request).split('?').next().unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect()
    };
    let relation = |request: &Request| lane.relation(text, request.span.start);
    let kind = |request: &Request| request::operation(request.method.map(|(method, _)| method), path(request));
    let same_kind =
        || kind(above).zip(kind(request)).is_some_and(|(one, other)| std::ptr::eq(one, other) && one == other);
    let has_values = |request: &Request| !path(request).contains(['{', '<', '[']);
    let is_answered = || {
        let line = beside::line_of(text, above.span.end);
        beside::answers_badly(slice(text, above.span.end..line.end.min(failure.start)))
            || beside::succeeded(text, around, above, failure)
    };
    relation(request) != Relation::Same
        && relation(above) != Relation::Other
        && route(above) != route(request)
        && has_values(above)
        && has_values(request)
        && same_kind()
        && !is_answered()
}
