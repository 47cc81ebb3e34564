//! Whether the app or the call of a failure stands where it is told, or where it may be another one's. What is shown is the
//! same; but what a state proves of such an app or user is no certain cause.

use super::assemble::Around;
use super::fields::{Form, Key};
use super::group::Group;
use super::lane::{Lane, Relation};
use super::meeting::uuid_in;
use super::pattern::Capture;
use super::records::holding;
use super::request::{self, Request};
use super::territory::Territory;
use super::{Facts, Span, beside};
use crate::source::{has_blank_line, slice};
use uuid::Uuid;

/// What a failure is told with is not further from it.
const BLOCK: usize = 8 << 10;
/// An element of a list is not looked for further off.
const ELEMENT: usize = 64 << 10;
/// No more ids and calls than this are looked at for one failure.
const MANY: usize = 64;

/// Whether an app that is named at a place may be that of another call than the one that words are said of.
pub(super) fn is_app_of_another(text: &str, around: &Around, alone: bool, failure: Span, app: Span) -> bool {
    let lines = beside::lines_of(text, failure);
    if leaves_element(text, app, failure) {
        return true;
    }
    let lane = Lane::of_line(text, failure.start);
    if lane.is_known() && lane.relation(text, app.start) == Relation::Other {
        return true;
    }
    if lines.start <= app.start && app.end <= lines.end {
        return false;
    }
    let gap = gap(app, failure);
    let between = slice(text, gap.start..gap.end);
    let parted = beside::is_parted(text, gap.start, gap.end);
    // A record that begins below a failure is not what led to it.
    if parted && failure.end <= app.start {
        return true;
    }
    let first = around.requests.partition_point(|request| request.span.start < gap.start);
    let calls = around.requests.get(first..).unwrap_or_default();
    let called = calls.first().is_some_and(|request| request.span.start < gap.end);
    let near = between.len() <= BLOCK && !has_blank_line(between);
    let told_together = near && !called && !parted;
    let only_one = alone && names_one_app(text, around) && is_about_one_call(text, around);
    !(told_together || only_one)
}

/// Whether the call of a failure may be another one, since others without an answer stand above the failure as well, or
/// since it is in another element of a list.
pub(super) fn is_call_of_another(text: &str, around: &Around, territory: Territory, call: &Request) -> bool {
    let failure = Span::new(territory.start, territory.end);
    if holding(&around.records, failure.start).is_some() {
        return false;
    }
    let line = beside::line_of(text, failure.start);
    let path = |request: &Request| slice(text, request.path.start..request.path.end);
    // What a log says above of the same call tells only its method.
    let first = around.requests.partition_point(|request| request.span.start < line.start);
    let here = around.requests.get(first..).unwrap_or_default().iter().take(MANY);
    let mut here = here.take_while(|request| request.span.end <= line.end);
    let told_here = here.find(|request| path(request) == path(call)).map(|request| request.span);
    let place = told_here.unwrap_or(call.span);
    if leaves_element(text, place, failure) {
        return true;
    }
    if told_here.is_some() {
        return false;
    }
    let user = |request: &Request| {
        let named = request::named(slice(text, request.path.start..request.path.end), None);
        named.user_id.map(|id| id.value.to_string()).or_else(|| named.user.map(|user| user.value))
    };
    let own = user(call);
    let above = territory.part(&around.requests, |request| request.span.start).iter().rev();
    let above = above.filter(|request| request.span.start < territory.start).take(MANY);
    let mut others = above.filter(|request| user(request).is_some_and(|other| own.as_ref() != Some(&other)));
    others.any(|request| {
        let end = beside::line_of(text, request.span.end).end.min(failure.start);
        let refused = beside::answers_badly(slice(text, request.span.end..end));
        !refused && !beside::succeeded(text, around, request, failure)
    })
}

/// Takes certainty from what was taken for one failure where lines of several writers stand in it: of other lanes, with two
/// request ids, or with other apps and users in their sentences. Which of these is the failure's own nothing tells.
pub(super) fn doubt_mixed(text: &str, around: &Around, group: &Group<'_>, facts: &mut Facts) {
    let Some(span) = group.span else { return };
    let written = slice(text, span.start..span.end.min(span.start.saturating_add(BLOCK)));
    let lane = Lane::of_line(text, span.start);
    let mut breaks = memchr::memchr_iter(b'\n', written.as_bytes()).take(MANY);
    let crossed = lane.is_known() && breaks.any(|at| lane.relation(text, span.start + at + 1) == Relation::Other);
    let from = around.fields.partition_point(|field| field.start < span.start);
    let own =
        around.fields.get(from..).unwrap_or_default().iter().take_while(|field| field.start < span.end).take(MANY);
    let ids = own.filter(|field| field.key == Key::RequestId && field.form != Form::Nested);
    let calls = differ(ids.filter_map(|field| uuid_in(text, field.value.start)).map(|(id, _)| id));
    let named = |slot: &str| {
        let own = group.hits.iter().take(MANY).flat_map(|hit| &hit.captures).filter(|capture| capture.slot == slot);
        differ(own.filter_map(|capture| captured_id(text, capture)))
    };
    let (apps, users) = (named("app-id"), named("user-id"));
    if !(crossed || calls || apps || users) {
        return;
    }
    (facts.app_beside, facts.user_beside) = (true, true);
    facts.app_id.take_if(|_| apps);
    facts.user_id.take_if(|_| users);
    facts.request_id.take_if(|_| calls && (apps || users));
}

fn differ(mut ids: impl Iterator<Item = Uuid>) -> bool {
    ids.next().is_some_and(|first| ids.any(|id| id != first))
}

fn captured_id(text: &str, capture: &Capture) -> Option<Uuid> {
    let skip = slice(text, capture.span.start..capture.span.end).find(|c: char| c.is_ascii_alphanumeric())?;
    uuid_in(text, capture.span.start + skip).map(|(id, _)| id)
}

pub(super) fn gap(one: Span, other: Span) -> Span {
    if one.end <= other.start {
        Span::new(one.end, other.start)
    } else {
        Span::new(other.end.min(one.start), one.start)
    }
}

/// Whether one element of a list ends between two places, and another one begins: `}, {`, or an object ends above another.
pub(super) fn leaves_element(text: &str, one: Span, other: Span) -> bool {
    leaves(text, one, other, false)
}

/// The same between commas alone: what is printed object below object may be one answer, headers and body.
pub(super) fn is_in_other_item(text: &str, one: Span, other: Span) -> bool {
    leaves(text, one, other, true)
}

fn leaves(text: &str, one: Span, other: Span, listed: bool) -> bool {
    let gap = gap(one, other);
    if gap.len() > ELEMENT {
        return false;
    }
    let (mut depth, mut left, mut parted) = (0_usize, false, !listed);
    slice(text, gap.start..gap.end).bytes().any(|byte| {
        let again = byte == b'{' && left && parted;
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => (left, parted) = (true, !listed),
            b'}' => depth -= 1,
            b',' => parted = true,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => left = false,
        }
        again
    })
}

/// Whether an app stands in an object that tells of another call than the failure's: `"succeeded": {"appId": …, "url": …}`
/// beside `"failed": {"url": …, "error": …}`, or in an answer's `"value": [{"appId": …}]`.
pub(super) fn is_in_call_of_its_own(text: &str, around: &Around, failure: Span, app: Span) -> bool {
    let Some(own) = object_around(text, app).filter(|own| own.end <= failure.start || failure.end <= own.start) else {
        return false;
    };
    let before = slice(text, own.start.saturating_sub(ELEMENT)..own.start).trim_end();
    if before.strip_suffix('[').is_some_and(|list| list.trim_end().trim_end_matches([':', ' ']).ends_with("\"value\""))
    {
        return true;
    }
    let first = around.requests.partition_point(|request| request.span.start < own.start);
    let called = around.requests.get(first).is_some_and(|request| request.span.start < own.end);
    called && !is_about_one_call(text, around)
}

/// The innermost braces around a place.
fn object_around(text: &str, place: Span) -> Option<Span> {
    let before = slice(text, place.start.saturating_sub(ELEMENT)..place.start);
    let behind = slice(text, place.end..place.end.saturating_add(ELEMENT));
    let open = unmatched(before.bytes().rev(), b'{', b'}')?;
    let close = unmatched(behind.bytes(), b'}', b'{')?;
    Some(Span::new(place.start - open - 1, place.end + close + 1))
}

/// How many bytes stand before the first bracket that no other one belongs to.
fn unmatched(mut bytes: impl Iterator<Item = u8>, bracket: u8, other: u8) -> Option<usize> {
    let mut depth = 0_usize;
    bytes.position(|byte| {
        if byte == bracket && depth == 0 {
            return true;
        }
        depth = depth + usize::from(byte == other) - usize::from(byte == bracket);
        false
    })
}

fn names_one_app(text: &str, around: &Around) -> bool {
    let ids = around.fields.iter().filter(|field| field.key == Key::AppId).take(MANY);
    let mut ids = ids.filter_map(|field| uuid_in(text, field.value.start)).map(|(id, _)| id);
    ids.next().is_none_or(|first| ids.all(|id| id == first))
}

fn is_about_one_call(text: &str, around: &Around) -> bool {
    let path = |request: &Request| slice(text, request.path.start..request.path.end).split('?').next();
    let mut calls = around.requests.iter().take(MANY);
    calls.next().is_none_or(|first| calls.all(|other| path(first) == path(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_a_list_are_left() {
        for (text, left) in [
            (r#"[{"a": 1}, {"b": 2}]"#, true),
            ("{\"a\": 1}\n{\"b\": 2}", true),
            (r#"{"x": {"a": 1}, "y": {"b": 2}}"#, false),
            (r#"{"a": 1, "y": {"b": 2}}"#, false),
            (r#"{"y": {"z": {"a": 1}}, "b": 2}"#, false),
        ] {
            let at = |word: &str| text.find(word).map_or(Span::new(0, 0), |at| Span::new(at, at + 1));
            assert_eq!(leaves_element(text, at("a\""), at("b\"")), left, "{text}");
            assert_eq!(leaves_element(text, at("b\""), at("a\"")), left, "{text}");
        }
    }
}
