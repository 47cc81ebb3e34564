//! What the lines around a call say of it: that it is the one that failed, that it is the next one, that another one may
//! be meant as well.

use super::assemble::Around;
use super::lane::{Lane, Relation};
use super::request::{self, Request};
use super::{Span, beside};
use crate::source::slice;

/// A call below a failure is not further from it.
const REACH: usize = 8 << 10;
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
    if lead.trim_end().ends_with(['=', ':', '+', '[']) || leads(lead) {
        return true;
    }
    let rest = slice(text, line.end..line.end.saturating_add(REACH));
    let gutter = [' ', '\t', '|'];
    let mut next = rest.split(['\n', '\r']).map(|line| line.trim_matches(gutter)).filter(|line| !line.is_empty());
    let is_bare = lead.trim_matches([' ', '\t', '|', '(', '[', '"', '`']).is_empty();
    let is_last = next.clone().next().is_none();
    // Java's client prints the call below its message, with the headers that were sent. A console may break its line.
    if is_bare && next.by_ref().take(2).any(|next| next.starts_with("SdkVersion")) {
        return true;
    }
    // The last line of all, right below.
    let between = slice(text, failure.end.min(line.start)..line.start);
    if is_bare && is_last && !between.contains("\n\n") && !between.contains("\r\n\r\n") {
        return true;
    }
    // `Here is my request:`, and the call in the next line.
    let above = slice(text, from..line.start).trim_end();
    let above = above.rsplit('\n').next().unwrap_or_default();
    lead.trim().is_empty() && above.ends_with(':') || beside::answers_badly(slice(text, request.span.end..line.end))
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
    let is_header = || !headers.contains("\n\n") && !headers.contains("\r\n\r\n");
    is_answered && path(sent) != path(call) && headers.len() <= REACH && is_header()
}

/// Whether a call right above this one may have failed as well as it: the same operation about somebody else, without an
/// answer, as calls stand in a log that run at the same time.
pub(super) fn has_rival(text: &str, around: &Around, request: &Request, failure: Span, lane: &Lane) -> bool {
    let path = |request: &Request| slice(text, request.path.start..request.path.end);
    // A console breaks each address elsewhere.
    let route = |request: &Request| -> String {
        path(request).split('?').next().unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect()
    };
    let relation = |request: &Request| lane.relation(text, request.span.start);
    let index = around.requests.partition_point(|other| other.span.start < request.span.start);
    let Some(above) = index.checked_sub(1).and_then(|index| around.requests.get(index)) else { return false };
    let between = slice(text, above.span.end..request.span.start);
    let adjacent = between.len() <= 400 && between.matches('\n').count() == 1;
    let kind = |request: &Request| request::operation(request.method.map(|(method, _)| method), path(request));
    let same_kind =
        || kind(above).zip(kind(request)).is_some_and(|(one, other)| std::ptr::eq(one, other) && one == other);
    let has_values = |request: &Request| !path(request).contains(['{', '<', '[']);
    let is_answered = || {
        beside::answers_badly(between.split('\n').next().unwrap_or_default())
            || beside::succeeded(text, around, above, failure)
    };
    adjacent
        && !is_answered()
        && relation(request) != Relation::Same
        && relation(above) != Relation::Other
        && route(above) != route(request)
        && has_values(above)
        && has_values(request)
        && same_kind()
}
