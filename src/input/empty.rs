//! Answers without items: 200 and an empty list, where the text shows both the request and the answer.

use memchr::memmem;

use super::Span;
use super::assemble::Around;
use super::fields::{Field, Form, Key, quote_at, spaces};
use super::group::Group;
use super::pattern::Hit;
use super::records::{self, holding};
use super::request::{self, Request};
use super::status::Status;
use crate::knowledge::Catalogue;
use crate::source::slice;

/// The symptom of such an answer.
pub(super) const EMPTY: &str = "empty-result";
/// An answer is not further from its request.
const FAR: usize = 16 << 10;

/// Adds an answer for each empty list of meetings, transcripts or events that stands before the first failure.
pub(super) fn add<'c>(text: &str, groups: &mut Vec<Group<'c>>, around: &Around, catalogue: &'c Catalogue) {
    let Some(symptom) = catalogue.symptoms().iter().find(|symptom| symptom.name == EMPTY) else { return };
    let mut more: Vec<Group<'c>> = Vec::new();
    for list in memmem::find_iter(text.as_bytes(), b"value").filter_map(|at| list_at(text, at)) {
        let Some(request) = asked(text, around, list.span.start) else { continue };
        let status = answered(around, request, list.span.start);
        if !(status.is_some_and(|status| status.value == 200) || list.printed && status.is_none()) {
            continue;
        }
        // Behind a failure, what else was answered is no matter.
        if groups.first().is_some_and(|failure| failure.start() < list.span.end) {
            break;
        }
        let field = |key: Key, span: Span| Field {
            key,
            start: span.start,
            value: span,
            form: Form::Bare,
            closed: true,
            quoted_key: false,
        };
        more.push(Group {
            span: Some(list.span),
            status: status.map(|status| field(Key::Status, status.span)),
            // What a shell prints of an object has no status.
            object: status.is_none().then(|| field(Key::Answers, list.span)),
            hits: vec![Hit { symptom, span: list.span, captures: Vec::new(), torn: false }],
            ..Group::default()
        });
    }
    groups.extend(more);
    crate::order::sort_by_key(groups, |group| group.span);
}

/// An empty list.
struct List {
    span: Span,
    /// A shell printed it: `value : {}`.
    printed: bool,
}

/// `"value": []` as the last pair of an object that has nothing else but annotations; `value : {}` on a line.
fn list_at(text: &str, at: usize) -> Option<List> {
    let bytes = text.as_bytes();
    let end = at + "value".len();
    if let Some((_, behind)) = quote_at(text, end) {
        let mut open = spaces(bytes, behind, true);
        (bytes.get(open) == Some(&b':')).then_some(())?;
        open = spaces(bytes, open + 1, true);
        (bytes.get(open) == Some(&b'[')).then_some(())?;
        let close = spaces(bytes, open + 1, true);
        (bytes.get(close) == Some(&b']')).then_some(())?;
        let closing = spaces(bytes, close + 1, true);
        (bytes.get(closing) == Some(&b'}')).then_some(())?;
        let head = slice(text, at.saturating_sub(1024)..at);
        let head = head.get(head.rfind('{')? + 1..)?;
        // Only `@odata.context`, `@odata.count` and the like stand before it.
        let pairs = head.split(',').map(|pair| pair.trim_matches(|c: char| c.is_whitespace() || is_quote(c)));
        pairs.filter(|pair| !pair.is_empty()).all(|pair| pair.starts_with('@')).then_some(())?;
        let start = head.trim_end_matches(is_quote).len() + at - head.len();
        return Some(List { span: Span::new(start, close + 1), printed: false });
    }
    let before = slice(text, at.saturating_sub(1)..at);
    let colon = spaces(bytes, end, false);
    let open = spaces(bytes, colon + 1, false);
    let printed = (at == 0 || before == "\n") && bytes.get(colon) == Some(&b':') && slice(text, open..open + 2) == "{}";
    printed.then(|| List { span: Span::new(at, open + 2), printed: true })
}

const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\' | '“' | '”' | '„')
}

/// The request that an answer belongs to, if it asked Graph for a list of the meeting operations.
fn asked<'a>(text: &str, around: &'a Around, at: usize) -> Option<&'a Request> {
    let answer = holding(&around.records, at).filter(|record| record.answer && record.id.is_some());
    let request = match answer {
        Some(answer) => {
            let asked = records::request_of(&around.records, answer)?.span;
            let first = around.requests.partition_point(|request| request.span.start < asked.start);
            around.requests.get(first).filter(|request| request.span.start < asked.end)?
        }
        None => {
            let index = around.requests.partition_point(|request| request.span.start < at).checked_sub(1)?;
            let request = around.requests.get(index)?;
            (at - request.span.start <= FAR && around.in_one_record(request.span.start, at)).then_some(request)?
        }
    };
    let path = slice(text, request.path.start..request.path.end);
    let method = request.method.map_or("GET", |(method, _)| method);
    let of_meetings = ["onlineMeetings", "virtualEvents", "aiInsights"].iter().any(|part| path.contains(part));
    (method == "GET" && of_meetings && request::operation(Some(method), path).is_some()).then_some(request)
}

/// The status between a request and its answer; in a batch the one of the item.
fn answered<'a>(around: &'a Around, request: &Request, at: usize) -> Option<&'a Status> {
    let index = around.statuses.partition_point(|status| status.span.start < at);
    let from = match holding(&around.records, at) {
        Some(record) => record.span.start,
        None => request.span.end,
    };
    let before = around.statuses.get(..index).unwrap_or_default().iter().rev();
    before.take(64).take_while(|status| status.span.start >= from).find(|status| status.line || status.named)
}
