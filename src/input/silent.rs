//! Failures that say nothing but their status or a lone code, and what the head of an answer says.

use super::assemble::Around;
use super::fields::{Field, Form, Key, clean};
use super::frame::{self, Mention};
use super::group::Group;
use super::pattern::Hit;
use super::request::Request;
use super::status::{self, Head, Status};
use super::{Span, apart, aside, beside, named_code, named_value, notation, repeats};
use crate::knowledge::Catalogue;
use crate::source::{has_blank_line, slice};

/// A body begins at most this far behind the head of its answer.
const BODY: usize = 200;
/// A status and its request are not further apart.
const CALL: usize = 4_000;
/// Further away than this, a status is not of a failure that a client printed before it.
const TRAILER: usize = 2_500;

/// Hits that only name the status (`500 Internal Server Error`), and hits in the headers of an answer
/// (`WWW-Authenticate`): both are of the answer's body where it has one.
#[derive(Debug, Default)]
pub(crate) struct HeadHits<'c> {
    reasons: Vec<(Hit<'c>, Status)>,
    headers: Vec<(Hit<'c>, Head)>,
}

/// Takes the hits out that stand in heads.
pub(crate) fn split_hits<'c>(text: &str, around: &Around, hits: Vec<Hit<'c>>) -> (Vec<Hit<'c>>, HeadHits<'c>) {
    let mut own = HeadHits::default();
    let mut rest = Vec::with_capacity(hits.len());
    for hit in hits {
        let at = hit.span.start;
        let status = around.statuses.partition_point(|status| status.span.start <= at).checked_sub(1);
        let status = status.and_then(|index| around.statuses.get(index)).copied().filter(|status| {
            let here = at <= status.span.end + 4 && hit.span.start >= status.span.start;
            here && !hit.symptom.status.is_empty() && status.named
        });
        // `Internal Server Error - 500 - 312 ms`
        let behind = around.statuses.partition_point(|status| status.span.start < hit.span.end);
        let behind = around.statuses.get(behind).copied().filter(|status| {
            let near = status.line && status.span.start <= hit.span.end + 3;
            near && status::of_reason(slice(text, at..hit.span.end)) == Some(status.value)
        });
        let status = status.or(behind);
        let head = around.heads.partition_point(|head| head.span.start <= at).checked_sub(1);
        let head = head
            .and_then(|index| around.heads.get(index))
            .copied()
            .filter(|head| head.line_end <= at && at < head.span.end);
        match (status, head) {
            (Some(status), _) => own.reasons.push((hit, status)),
            (None, Some(head)) => own.headers.push((hit, head)),
            (None, None) => rest.push(hit),
        }
    }
    (rest, own)
}

/// `Too Many Requests` without its number, above an answer that says nothing more, is of that answer.
pub(crate) fn join_phrases<'c>(text: &str, groups: Vec<Group<'c>>, around: &Around) -> Vec<Group<'c>> {
    let is_phrase = |hit: &Hit<'_>| {
        let words = slice(text, hit.span.start..hit.span.end);
        !hit.symptom.status.is_empty() && words.contains(' ') && status::is_reason(words)
    };
    let only_phrase = |group: &Group<'_>| {
        let bare = group.code.is_none() && group.message.is_none() && group.object.is_none();
        bare && group.hits.iter().any(is_phrase) && group.hits.iter().all(|hit| hit.symptom.wrapper || is_phrase(hit))
    };
    let mut joined: Vec<Group<'c>> = Vec::with_capacity(groups.len());
    for mut group in groups {
        let empty = group.message.is_some_and(|message| clean(text, message.value).is_empty());
        let code = group.code.and_then(|code| status::of_reason(&clean(text, code.value)));
        let above = joined.pop_if(|above| {
            let said = above.hits.iter().filter_map(|hit| status::of_reason(slice(text, hit.span.start..hit.span.end)));
            let fits = !said.into_iter().any(|status| beside::contradicts(code, status));
            let near = group.start() <= above.end() + BODY && around.in_one_record(above.start(), group.start());
            let parted = beside::is_parted(text, above.start(), group.start());
            empty && near && fits && only_phrase(above) && !parted && !apart::are(text, around, above, &group)
        });
        group.hits.extend(above.into_iter().flat_map(|above| above.hits));
        joined.push(group);
    }
    joined
}

/// Gives the hits of heads to the failures whose answers they head, and makes failures of the others.
pub(crate) fn add_head_hits<'c>(text: &str, groups: &mut Vec<Group<'c>>, around: &Around, own: HeadHits<'c>) {
    let mut more: Vec<Group<'c>> = Vec::new();
    for (hit, head) in own.headers {
        let next = groups.partition_point(|group| group.start() < head.span.end);
        let empty = slice(text, head.line_end..head.span.end).lines().any(|line| {
            let pair = line.split_once(':');
            pair.is_some_and(|(name, value)| name.trim().eq_ignore_ascii_case("content-length") && value.trim() == "0")
        });
        let body = groups.get_mut(next).filter(|group| !empty && group.start() <= head.span.end + BODY);
        match body.or_else(|| more.last_mut().filter(|group| head.line_end <= group.start())) {
            Some(group) if group.hits.iter().any(|known| known.symptom.name == hit.symptom.name) => {}
            Some(group) => group.hits.push(hit),
            None => more.push(Group::of_hit(hit)),
        }
    }
    for (hit, status) in own.reasons {
        // Another service's trouble is none of Graph's.
        if beside::is_foreign(text, around, &status) {
            continue;
        }
        // Among failures, what is said of another time is no more of them.
        if !groups.is_empty() && aside::is_of_another_time(text, status.span, None) {
            continue;
        }
        let known = answers(text, groups, around, &status) || said_before(text, groups, around, &status);
        let same = more.last().is_some_and(|group| {
            group.hits.iter().filter(|known| known.symptom.name == hit.symptom.name).any(|known| {
                let between = slice(text, known.span.end..hit.span.start.min(known.span.end + TRAILER));
                // A page of markup repeats the status in its title and heading.
                between.matches('\n').count() <= 1
                    || hit.span.start <= known.span.end + TRAILER
                        && between.contains("<h")
                        && !between.contains("HTTP/")
            })
        });
        if !known && !same {
            more.push(Group::of_hit(hit));
        }
    }
    groups.extend(more);
    crate::order::sort_by_key(groups, |group| group.span);
}

/// Where the next answer begins.
fn next_line(around: &Around, status: &Status) -> usize {
    let index = around.statuses.partition_point(|other| other.span.start <= status.span.start);
    let rest = around.statuses.get(index..).unwrap_or_default();
    rest.iter().take(256).find(|next| next.line).map_or(usize::MAX, |next| next.span.start)
}

/// Whether a failure holds the status or follows it, before the next answer begins.
fn answers(text: &str, groups: &[Group<'_>], around: &Around, status: &Status) -> bool {
    let index = groups.partition_point(|group| group.end() <= status.span.start);
    let repeated = || {
        let next = around.statuses.partition_point(|other| other.span.start <= status.span.start);
        let next = around.statuses.get(next..).unwrap_or_default().iter().take(256).find(|next| next.line);
        next.filter(|next| is_repetition(text, around, status, next) || is_same(text, status, next))
    };
    // `... responded with status 403 for POST https://...`, and `{"status":403,"body":...` right below.
    let next = repeated().map_or_else(|| next_line(around, status), |again| next_line(around, again));
    groups.get(index).is_some_and(|group| {
        group.start() < next
            && around.in_one_record(status.span.start, group.start())
            && group.start() < status.span.end + 4_000
            && !is_of_later_call(text, around, status, group.start())
            && !(beside::of_service(status.value) && (apart::is_refusal_by_words(group) || refuses(text, group)))
            && !apart::is_status_of_another(text, around, status, group)
            && !(has_own_code(text, around, status) && beside::is_of_other_object(text, status.span, group.start()))
    })
}

/// Whether the code of an answer without words is that of a refusal.
fn refuses(text: &str, group: &Group<'_>) -> bool {
    let code = group.code.and_then(|code| status::of_reason(&clean(text, code.value)));
    group.hits.is_empty() && code.is_some_and(|code| !beside::of_service(code))
}

/// Whether a line names a code beside its status: then it tells of a failure by itself.
fn has_own_code(text: &str, around: &Around, status: &Status) -> bool {
    let line = beside::line_of(text, status.span.start);
    let mut own = in_range(&around.fields, |field| field.start, line.start, line.end).iter();
    own.any(|field| {
        let code = field.key == Key::Code && field.form != Form::Nested && field.value != status.span;
        code && !status::is_reason(&clean(text, field.value))
    })
}

/// Whether a status in the next line is the same one again: that line begins with what was answered, and names no call.
fn is_repetition(text: &str, around: &Around, status: &Status, again: &Status) -> bool {
    let own = beside::line_of(text, status.span.start);
    let line = beside::line_of(text, again.span.start);
    let between = slice(text, own.end..line.start);
    let calls = in_range(&around.requests, |request| request.span.start, line.start, line.end);
    let body = slice(text, line.start..again.span.start).trim_start();
    again.value == status.value && between == "\n" && calls.is_empty() && body.starts_with('{')
}

/// Whether a status stands once more in the object that has told it: `"... status code 403", ..., "status": 403`.
fn is_same(text: &str, status: &Status, again: &Status) -> bool {
    const WIDE: usize = 1_000;
    let between = slice(text, status.span.end..again.span.start);
    // `DefaultApiError: 429 TooManyRequests`, and the status among the members of what was thrown.
    let member = || {
        let own = between.rsplit('\n').next().unwrap_or_default().trim_end();
        let name = own.strip_suffix(':').and_then(|own| own.rsplit(|c: char| !c.is_ascii_alphanumeric()).next());
        let name = name.unwrap_or_default().to_ascii_lowercase();
        name.ends_with("status") || name.ends_with("statuscode")
    };
    let thrown = || {
        let line = slice(text, frame::line_start(text, status.span.start)..status.span.start);
        line.contains("Error: ") && between.contains('\n') && !between.contains("Error: ") && member()
    };
    // `... status 403 for GET https://... {:status=>403, ...`: the members of what was thrown, on its own line.
    let inspected = || {
        let key = between.trim_end_matches([' ', '=', '>', ':', '\'']);
        let name = key.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        key.len() < between.len()
            && between.contains('{')
            && !between.contains('\n')
            && name.to_ascii_lowercase().starts_with("status")
    };
    let within = between.contains('"') || thrown() || inspected();
    // `403 Operation: Create; Exception: [Status Code: Forbidden; …`, also in the line below: the words name it once more.
    let named = || {
        let key = between.trim_end_matches(|c: char| c.is_ascii_alphabetic() || matches!(c, ' ' | ':'));
        let on_next_line = between.matches('\n').count() <= 1;
        key.ends_with(['[', '('])
            && key.contains(": ")
            && on_next_line
            && !between.contains('|')
            && !between.contains("://")
    };
    let within = within || named();
    if again.value != status.value || between.len() > WIDE || !within || has_blank_line(between) {
        return false;
    }
    let mut depth = 0_i32;
    between.bytes().all(|byte| {
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        depth >= 0
    })
}

/// Whether what stands at `at` is of another call: this status and a later one each have a request on their line.
fn is_of_later_call(text: &str, around: &Around, status: &Status, at: usize) -> bool {
    let line = |at: usize| {
        let start = slice(text, at.saturating_sub(CALL)..at)
            .rfind('\n')
            .map_or(at.saturating_sub(CALL), |end| at.saturating_sub(CALL) + end + 1);
        let rest = slice(text, at..at.saturating_add(CALL).min(text.len()));
        (start, at + rest.find('\n').unwrap_or(rest.len()))
    };
    let has_call =
        |(start, end): (usize, usize)| !in_range(&around.requests, |request| request.span.start, start, end).is_empty();
    let own = line(status.span.start);
    let after = around.statuses.partition_point(|other| other.span.start <= own.1);
    let later = around.statuses.get(after..).unwrap_or_default().iter().take(64);
    let mut later = later.take_while(|other| other.span.start < at).filter(|other| other.named);
    has_call(own) && later.any(|other| other.value != status.value && has_call(line(other.span.start)))
}

/// A failure that stands before its status: on the same line, or printed by a client that puts it last.
fn said_before(text: &str, groups: &[Group<'_>], around: &Around, status: &Status) -> bool {
    let index = groups.partition_point(|group| group.start() < status.span.start);
    let Some(group) = index.checked_sub(1).and_then(|index| groups.get(index)) else { return false };
    let (end, at) = (group.end().min(status.span.start), status.span.start);
    if at - end > TRAILER || !around.in_one_record(group.start(), at) {
        return false;
    }
    let between = slice(text, end..at);
    if !between.contains('\n') {
        return true;
    }
    let from = group.start().saturating_sub(TRAILER);
    let from_status = around.statuses.partition_point(|other| other.span.start < from);
    let to = around.statuses.partition_point(|other| other.span.start < at);
    // What Java's client prints last is the status of the whole.
    let printed_last = between.contains(frame::SDK_VERSION);
    // The one below the failure above says what that one's code names.
    let code_of = |group: &Group<'_>| group.code.and_then(|code| status::of_reason(&clean(text, code.value)));
    let above = index.checked_sub(2).and_then(|index| groups.get(index));
    let is_of_above = |other: &Status| {
        let of_above = |above: &Group<'_>| above.end() <= other.span.start && code_of(above) == Some(other.value);
        other.value != status.value && other.span.end <= group.start() && above.is_some_and(of_above)
    };
    let is_other = |other: &Status| {
        let again = printed_last && other.value == status.value;
        other.named && other.value >= 400 && !again && !is_of_above(other)
    };
    let has_own = around.statuses.get(from_status..to).unwrap_or_default().iter().rev().take(64).any(is_other);
    let code = code_of(group);
    let request = in_range(&around.requests, |request| request.span.start, from, group.start());
    // The trail of an event (`breadcrumbs`) behind its message, where it has no request or status before.
    let in_event = request.is_empty() && group.status.is_none() && is_in_object(text, group.start(), at);
    let trails = || request.is_empty() && group.status.is_none() && trails(text, around, group, status.span);
    !has_own && (in_event || printed_last || code == Some(status.value) || trails())
}

/// Whether a status trails a failure that names neither a call nor a status: it stands on the next lines, with the only call
/// of them, `GET /users/... 404 182ms`, or `Status: 404` above `URL: ...`.
fn trails(text: &str, around: &Around, group: &Group<'_>, status: Span) -> bool {
    const LINES: usize = 3;
    let (end, at) = (group.end(), status.start);
    let between = slice(text, end..at.max(end));
    let own = beside::lines_of(text, group.span.unwrap_or(status));
    let block = slice(text, at..at + BODY * 4);
    let block = block.find("\n\n").map_or(block, |end| slice(block, 0..end));
    let calls = in_range(&around.requests, |request| request.span.start, own.start, at + block.len());
    let statuses = in_range(&around.statuses, |other| other.span.start, at, at + block.len());
    let Some((value, rest)) = statuses.split_first().map(|(own, rest)| (own.value, rest)) else { return false };
    let code = group.code.and_then(|code| status::of_reason(&clean(text, code.value)));
    !beside::of_service(value)
        && code.is_none_or(|code| code == value)
        && between.matches('\n').count() <= LINES
        && !has_blank_line(between)
        && !beside::is_parted(text, end, at)
        && calls.len() == 1
        && calls.iter().all(|call| call.span.start >= end)
        && !rest.iter().any(|next| next.named)
}

/// Whether two places stand in one JSON object that is printed over several lines.
fn is_in_object(text: &str, one: usize, other: usize) -> bool {
    let head = slice(text, one.saturating_sub(TRAILER)..one);
    let opens = head.starts_with('{') || head.contains("\n{") || head.contains("\n[") || head.starts_with('[');
    let line = slice(text, frame::line_start(text, one)..one);
    // At the first column an object ends, and another begins.
    opens
        && line.starts_with([' ', '\t'])
        && !slice(text, one..other).split('\n').skip(1).any(|line| !line.starts_with([' ', '\t']))
}

/// More are not explained anyway.
pub(super) const MANY: usize = 8_192;

/// Adds an HTTP response without a body, a lone `404` below a request; and lone error codes.
pub(crate) fn add_lines<'c>(text: &str, groups: &mut Vec<Group<'c>>, around: &Around, catalogue: &'c Catalogue) {
    let mut more: Vec<Group<'c>> = Vec::new();
    let mut last_end = 0;
    let mut last: Option<&Status> = None;
    for status in around.statuses.iter().filter(|status| status.line && status.value >= 400) {
        let at = status.span.start;
        let index = groups.partition_point(|group| group.end() <= at);
        let previous = index.checked_sub(1).and_then(|index| groups.get(index)).map_or(0, Group::end).max(last_end);
        // A part of a batch is one answer, and tells its status once.
        let part = around.part(at).filter(|part| part.status.is_some());
        let is_told = match part {
            Some(part) => part.status != Some(status.span) || is_in(groups, part.span),
            None => answers(text, groups, around, status) || said_before(text, groups, around, status),
        };
        if is_told || groups.get(index).is_some_and(|group| is_envelope(text, around, status, group)) {
            continue;
        }
        if let Some(known) = more.last_mut().filter(|_| last.is_some_and(|last| is_same(text, last, status))) {
            known.reach(status.span.end);
            last_end = status.span.end;
            continue;
        }
        let next = next_line(around, status).min(text.len());
        let (from, to) = (previous.max(at.saturating_sub(CALL)), next.min(at + CALL));
        let requests = in_range(&around.requests, |request| request.span.start, from, to);
        let fields = in_range(&around.fields, |field| field.start, at, next.min(at + 8_192));
        let has_header = fields.iter().any(|field| match field.key {
            // An archive names the call of every answer.
            Key::RequestId | Key::ClientRequestId => !named_value::is_listed(text, *field),
            // Beside failures of Graph, an answer without a body is one more.
            Key::RetryAfter => status.protocol && !groups.is_empty(),
            _ => false,
        });
        let called = || requests.iter().any(|request| is_call(text, request));
        let told = || has_header || called() || is_of_cmdlet(text, status.span);
        let of_graph = || told() && !beside::is_foreign(text, around, status);
        if around.is_answer(at) || of_graph() {
            let own = in_range(&around.fields, |field| field.start, at.saturating_sub(256), at + 1);
            let status_field = own.iter().rev().find(|field| field.value == status.span).copied();
            more.push(Group { span: Some(status.span), status: status_field, ..Group::default() });
            last_end = status.span.end;
            last = Some(status);
            if more.len() >= MANY {
                break;
            }
        }
    }
    let of_statuses = more.len();
    let codes = silent_codes(catalogue);
    let many = more.len() + MANY;
    for (start, line) in lines(text) {
        if more.len() >= many {
            break;
        }
        if !ends_with_any(line, &codes) {
            continue;
        }
        let word = behind_head(line.trim_end()).trim_matches(|c: char| !c.is_ascii_alphabetic());
        let word = CLIENTS
            .iter()
            .find_map(|name| word.strip_prefix(name))
            .map_or(word, |rest| rest.trim_start_matches([':', ' ']));
        // `GET /users/... -> 404 UnknownError`
        let word = behind_status(word).unwrap_or(word);
        if !codes.iter().any(|code| code.eq_ignore_ascii_case(word)) {
            continue;
        }
        let at = start + line.rfind(word).unwrap_or(0);
        let span = Span::new(at, at + word.len());
        let index = groups.partition_point(|group| group.end() <= at);
        if groups.get(index).is_none_or(|group| group.start() > at) {
            let value =
                Field { key: Key::Code, start: at, value: span, form: Form::Bare, closed: true, quoted_key: false };
            let empty = Field { key: Key::Message, value: Span::new(span.end, span.end), ..value };
            let of_code = Group { span: Some(span), code: Some(value), message: Some(empty), ..Group::default() };
            // The status before it on its line is of the same answer.
            let statuses = more.get_mut(..of_statuses).unwrap_or_default();
            let first = statuses.partition_point(|group| group.start() < start);
            match statuses.get_mut(first) {
                Some(of_status) if of_status.start() < at => *of_status = of_code,
                Some(below)
                    if below.code.is_none()
                        && trails(text, around, &of_code, Span::new(below.start(), below.end())) =>
                {
                    *below = Group { status: below.status, ..of_code };
                }
                _ => match first.checked_sub(1).and_then(|above| statuses.get_mut(above)) {
                    Some(above) if leads_to_code(text, around, above, &of_code) => {
                        *above = Group { status: above.status, ..of_code };
                    }
                    _ => more.push(of_code),
                },
            }
        }
    }
    named_code::add(text, groups, &codes, (catalogue, around), &mut more);
    groups.extend(more);
    crate::order::sort_by_key(groups, |group| group.span);
}

/// Whether a status is the one that a program answers with itself, and passes on below what Graph told it: `500 Internal
/// Server Error - {"error": ...}`. Graph gives no refusal with it.
fn is_envelope(text: &str, around: &Around, status: &Status, group: &Group<'_>) -> bool {
    status.value >= 500 && wraps_refusal(text, around, status.span.end, group)
}

/// The same of the reason phrase of such a status.
pub(crate) fn drop_envelopes(text: &str, groups: &mut Vec<Group<'_>>, around: &Around) {
    let of_server = |group: &Group<'_>| group.hits.iter().all(|hit| hit.symptom.status.iter().any(|it| *it >= 500));
    let says_it = |group: &Group<'_>| !group.hits.is_empty() && of_server(group) && group.code.is_none();
    let end = |group: &Group<'_>| group.hits.last().map_or(group.end(), |hit| hit.span.end);
    let mut next = groups.iter().skip(1);
    let dropped: Vec<bool> = groups
        .iter()
        .map(|group| next.next().is_some_and(|next| says_it(group) && wraps_refusal(text, around, end(group), next)))
        .collect();
    let mut dropped = dropped.into_iter();
    groups.retain(|_| !dropped.next().unwrap_or_default());
}

/// Whether a refusal with a pair or an object of its own follows on the line, or stands in what is answered.
fn wraps_refusal(text: &str, around: &Around, end: usize, group: &Group<'_>) -> bool {
    const NEAR: usize = 300;
    const ANSWER: usize = 2_500;
    let start = group.start().max(end);
    let between = slice(text, end..start);
    if !apart::is_refusal_by_words(group) || start - end > ANSWER {
        return false;
    }
    let on_line = !between.contains(['\n', '\r', ';']) && between.len() <= NEAR;
    if on_line && !group.bare() && !between.contains("://") {
        return true;
    }
    let head = around
        .heads
        .get(around.heads.partition_point(|head| head.line_end < end))
        .filter(|head| head.span.start <= end && head.span.end <= start);
    match head {
        Some(head) => {
            let body = slice(text, head.span.end..start);
            body.trim().is_empty() && group.object.is_some() || is_within(body)
        }
        None => {
            let refused = |status: &Status| (400..500).contains(&status.value);
            let own = in_range(&around.statuses, |status| status.span.start, end, group.end()).iter().any(refused);
            // An object of the same answer: it begins on the line, or holds the status too.
            let lead = between.split('{').next().unwrap_or_default();
            let same = !lead.contains(['\n', '\r']) || lead.trim_start().starts_with(',');
            own && (same && is_within(between) || on_line && between.contains("upstream"))
        }
    }
}

/// Whether an object begins in a part of a text that is open at its end.
fn is_within(part: &str) -> bool {
    let mut depth = 0_i32;
    let kept = part.bytes().all(|byte| {
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        depth >= 0
    });
    kept && depth > 0
}

/// Whether a status stands right above a lone code, and is of the same answer: `{ "status": 404 }`, `Error: UnknownError`.
fn leads_to_code(text: &str, around: &Around, status: &Group<'_>, code: &Group<'_>) -> bool {
    let between = slice(text, status.end()..code.start().max(status.end()));
    status.code.is_none()
        && between.len() <= BODY
        && !has_blank_line(between)
        && !beside::is_parted(text, status.end(), code.start())
        && in_range(&around.requests, |request| request.span.start, status.end(), code.start()).is_empty()
}

/// Adds refusals of the sign-in authority that no message of the catalogue has named; what repeats one is left out.
pub(crate) fn add_sign_in(text: &str, groups: &mut Vec<Group<'_>>) {
    let mut more: Vec<Group<'_>> = Vec::new();
    for (code, message) in notation::sign_in(text) {
        let span = Span::new(code.start, message.value.end);
        let index = groups.partition_point(|group| group.end() <= span.start);
        let known = groups.get(index).is_some_and(|group| group.start() < span.end);
        let said = more.last().and_then(|last| last.code).is_some_and(|last| {
            let mention = |field: Field| Mention { start: field.start, end: field.value.end, structured: false };
            code.start < last.start + 4_000
                && clean(text, last.value) == clean(text, code.value)
                && !frame::separate(text, mention(last), mention(code))
        });
        let again = || {
            let below = groups.get(index..).unwrap_or_default().iter().take(4);
            let told = clean(text, code.value);
            repeats::is_of_summary(text, code.start)
                && below.flat_map(|group| &group.hits).any(|hit| clean(text, hit.span).starts_with(&told))
        };
        if !known && !said && !again() {
            more.push(Group { span: Some(span), code: Some(code), message: Some(message), ..Group::default() });
        }
    }
    groups.extend(more);
    crate::order::sort_by_key(groups, |group| group.span);
}

/// A request with its values, not the template of one.
fn is_call(text: &str, request: &Request) -> bool {
    !slice(text, request.path.start..request.path.end).contains(['{', '<']) || request.host.is_some()
}

/// Whether a failure stands in a part of the text.
fn is_in(groups: &[Group<'_>], part: Span) -> bool {
    let index = groups.partition_point(|group| group.start() < part.start);
    groups.get(index).is_some_and(|group| group.start() < part.end)
}

pub(super) fn in_range<T>(items: &[T], place: impl Fn(&T) -> usize, from: usize, to: usize) -> &[T] {
    let from = items.partition_point(|item| place(item) < from);
    let to = items.partition_point(|item| place(item) < to).max(from);
    items.get(from..to).unwrap_or_default()
}

/// Whether an error that JavaScript prints has no words: `GraphError: ` above `{ statusCode: 404, code: 'UnknownError', body: ''`.
fn has_empty_body(text: &str, code: Field) -> bool {
    const NEAR: usize = 80;
    let behind = slice(text, code.value.end..code.value.end.saturating_add(NEAR));
    let behind = behind.trim_start_matches(|c: char| matches!(c, '"' | '\'' | ',') || c.is_whitespace());
    let body = behind.strip_prefix("body:").unwrap_or_default().trim_start();
    ["''", "\"\""].iter().any(|empty| body.starts_with(empty))
}

/// Whether a code stands beside its status without words: `Status: 404, Code: UnknownError` at the end of a line.
pub(crate) fn ends_line(text: &str, group: &Group<'_>) -> bool {
    let is_last = |code: Field| {
        let behind = slice(text, code.value.end..code.value.end.saturating_add(1));
        code.form == Form::Bare && !code.quoted_key && (behind.is_empty() || behind.starts_with(['\n', '\r']))
    };
    let is_refusal = |code: Field| status::is_reason(&clean(text, code.value));
    group.message.is_none()
        && group.object.is_none()
        && group.status.is_some()
        && group.code.is_some_and(|code| (is_last(code) || has_empty_body(text, code)) && !is_refusal(code))
}

/// Codes that are an answer by themselves.
fn silent_codes(catalogue: &Catalogue) -> Vec<&str> {
    let symptoms = catalogue.symptoms().iter().filter(|symptom| symptom.message_empty);
    let codes = symptoms.flat_map(|symptom| symptom.code.iter().map(|code| code.as_ref()));
    codes.filter(|code| !status::is_reason(code) && !code.starts_with(|c: char| c.is_ascii_digit())).collect()
}

/// Whether a code is an answer by itself.
pub(crate) fn is_silent_code(catalogue: &Catalogue, code: &str) -> bool {
    silent_codes(catalogue).iter().any(|known| known.eq_ignore_ascii_case(code))
}

/// What clients of Graph print before a code.
const CLIENTS: [&str; 5] = ["Error", "ODataError", "GraphError", "ServiceException", "GraphServiceException"];

/// Whether a cmdlet of Graph's module for meetings printed a status, without the words of the answer:
/// `Get-MgUserOnlineMeeting : The server responded with a Request Error, Status: NotFound`.
fn is_of_cmdlet(text: &str, status: Span) -> bool {
    const NOUNS: [&str; 3] = ["OnlineMeeting", "VirtualEvent", "Communication"];
    let line = beside::line_of(text, status.start);
    let head = slice(text, line.start..status.start);
    let Some(mark) = head.find("-Mg") else { return false };
    let verb = slice(head, 0..mark).bytes().rev().take_while(u8::is_ascii_alphabetic).count();
    let rest = slice(head, mark..head.len());
    let name =
        slice(rest, 0..rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(rest.len()));
    let prints = slice(rest, name.len()..rest.len()).contains(':') && head.contains("Status");
    verb > 0 && prints && NOUNS.iter().any(|noun| name.contains(noun))
}

/// What a client printed at the end of a line behind the head that a log put before it: `[api] Error: UnknownError`. Words of
/// people are no head.
fn behind_head(line: &str) -> &str {
    let Some(colon) = line.rfind(": ") else { return line };
    let said = slice(line, 0..colon);
    let Some(name) = CLIENTS.iter().filter(|name| said.ends_with(**name)).max_by_key(|name| name.len()) else {
        return line;
    };
    let head = slice(said, 0..said.len() - name.len());
    let bare = head.trim_end();
    let last = bare.rsplit([' ', '\t']).next().unwrap_or_default();
    let ends = bare.ends_with([']', ':', '|', '│', '>', '#', ')']) || last.ends_with(|c: char| c.is_ascii_digit());
    let is_time = last.ends_with('Z') && last.contains(':');
    let of_level = || head.split(':').next().is_some_and(super::spoken::is_level) && head.ends_with(':');
    let glued = head.ends_with('|') || of_level();
    let is_head = glued || bare.len() < head.len() && (ends || is_time || super::spoken::is_level(last));
    if is_head { slice(line, head.len()..line.len()) } else { line }
}

/// The last word of a line that has a status before it.
fn behind_status(line: &str) -> Option<&str> {
    let (rest, word) = line.rsplit_once([' ', ':'])?;
    // `Request failed with status code 404. Error: UnknownError`
    let rest = rest.trim_end_matches([' ', ':']);
    let rest = rest.strip_suffix(". Error").unwrap_or(rest);
    let status = rest.trim_end_matches([' ', ':', '-']).rsplit([' ', ',', '(', '=']).next()?;
    named_code::is_refusal(status).then_some(word)
}

/// Whether the last letters of a line are a code.
fn ends_with_any(line: &str, codes: &[&str]) -> bool {
    let bytes = line.as_bytes();
    let end = bytes.iter().rposition(u8::is_ascii_alphabetic).map_or(0, |last| last + 1);
    codes.iter().any(|code| {
        let from = end.checked_sub(code.len());
        from.and_then(|from| bytes.get(from..end)).is_some_and(|word| word.eq_ignore_ascii_case(code.as_bytes()))
    })
}

/// Short lines with their starts; long ones are no lone words.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            // Whole files may be made of line ends.
            at += bytes.get(at..)?.iter().position(|byte| !matches!(byte, b'\n' | b'\r'))?;
            let start = at;
            let rest = bytes.get(start..)?;
            at = memchr::memchr2(b'\n', b'\r', rest).map_or(bytes.len(), |end| start + end + 1);
            let line = text.get(start..at).filter(|line| line.len() <= 400 && line.trim().len() >= 8);
            if let Some(line) = line {
                return Some((start, line));
            }
        }
    })
}
