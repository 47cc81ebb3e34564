//! Whether two failures that stand near each other are of two calls: what is told twice is told of one request, one user,
//! one status and one request id.

use uuid::Uuid;

use super::assemble::Around;
use super::date::moment_of_http_date;
use super::fields::{Field, Form, Key, clean};
use super::group::{Group, is_null, names_others, says_same};
use super::meeting::uuid_in;
use super::pattern::Hit;
use super::request::{self, Request};
use super::status::{self, Status};
use super::{Span, beside, called, facts, frame, spoken, whose};
use crate::source::{has_blank_line, slice};

/// The call of a failure is not further above it.
const REACH: usize = 2_500;
/// A message is not further behind its code.
const LEAD: usize = 600;
/// No more places than this are looked at for one failure.
const FEW: usize = 16;

/// Whether two failures, one below the other, name another request, user, status or request id.
pub(super) fn are(text: &str, around: &Around, one: &Group<'_>, other: &Group<'_>) -> bool {
    let (Some(first), Some(second)) = (one.span, other.span) else { return false };
    let user = told_user(text, one);
    let (own, theirs) = calls(text, around, first, second, user);
    let named = |told: Option<Uuid>, request: Option<&Request>| told.or_else(|| user_of(text, request?));
    let users = named(user, own).zip(named(told_user(text, other), theirs));
    users.is_some_and(|(own, theirs)| own != theirs)
        || differ(text, around, one, other, (own, theirs))
        || frame::is_thrown_elsewhere(text, first.start, second.start)
        || name_other_slots(one, other) && frame::are_thrown_alike(text, first.start, second.start)
        || whose::differ(text, one, other)
        || have_two_dates(text, around, first, second, own)
}

/// Whether one failure names what the other leaves out: an app, a user.
fn name_other_slots(one: &Group<'_>, other: &Group<'_>) -> bool {
    let names =
        |group: &Group<'_>, slot: &str| group.hits.iter().flat_map(|hit| &hit.captures).any(|it| it.slot == slot);
    ["app-id", "user-id"].iter().any(|slot| names(one, slot) != names(other, slot))
}

/// Whether two failures name another request, status or request id.
fn differ(
    text: &str,
    around: &Around,
    one: &Group<'_>,
    other: &Group<'_>,
    (own, theirs): (Option<&Request>, Option<&Request>),
) -> bool {
    if own.zip(theirs).is_some_and(|(own, theirs)| is_another(text, own, theirs)) {
        return true;
    }
    let statuses = own_status(text, around, one).zip(own_status(text, around, other));
    if statuses.is_some_and(|(own, theirs)| own != theirs) {
        return true;
    }
    // The headers of the first one follow it.
    let between = Span::new(one.end().min(other.start()), other.start());
    let headers = || own_ids(&around.fields, between);
    let id = |field: Option<Field>| {
        let id = field.map(|field| clean(text, field.value).to_ascii_lowercase());
        id.filter(|id| id.len() == 36)
    };
    let own = id(one.request_id.or_else(|| headers().next()));
    let theirs = id(other.request_id.or_else(|| headers().last().filter(|_| one.request_id.is_some())));
    own.zip(theirs).is_some_and(|(own, theirs)| own != theirs)
}

/// The user that the words of a failure name.
fn told_user(text: &str, group: &Group<'_>) -> Option<Uuid> {
    group.hits.iter().flat_map(|hit| &hit.captures).find_map(|capture| facts::captured_user(text, capture))
}

/// Whether two failures are answers of two times, as the HTTP `Date` of each tells.
fn have_two_dates(text: &str, around: &Around, one: Span, other: Span, call: Option<&Request>) -> bool {
    let from = call.map_or(one.start.saturating_sub(REACH), |call| call.span.end);
    let own = http_date(text, &around.fields, Span::new(from.min(one.start), one.start));
    let below = Span::new(one.end.min(other.start), other.start);
    own.zip(http_date(text, &around.fields, below)).is_some_and(|(own, theirs)| own != theirs)
}

/// The last HTTP `Date` in a part of the text.
fn http_date(text: &str, fields: &[Field], part: Span) -> Option<i64> {
    let from = fields.partition_point(|field| field.start < part.start);
    let to = fields.partition_point(|field| field.start < part.end).max(from);
    let last = fields.get(from..to)?.iter().rev().take(FEW).find(|field| field.key == Key::Date)?;
    moment_of_http_date(&clean(text, last.value)).map(|moment| moment.earliest)
}

/// The request ids between two failures.
fn own_ids(fields: &[Field], between: Span) -> impl Iterator<Item = Field> {
    let from = fields.partition_point(|field| field.start < between.start);
    let to = fields.partition_point(|field| field.start < between.end).max(from);
    let found = fields.get(from..to).unwrap_or_default().iter().take(FEW);
    found.filter(|field| field.key == Key::RequestId).copied()
}

/// The status that stands on the lines of a failure, where these name one and no other.
fn own_status(text: &str, around: &Around, group: &Group<'_>) -> Option<u16> {
    let span = group.span?;
    let lines = beside::lines_of(text, span);
    let from = around.statuses.partition_point(|status| status.span.start < lines.start);
    let here = around.statuses.get(from..).unwrap_or_default().iter().take(FEW);
    let mut here = here.take_while(|status| status.span.start < lines.end).filter(|it| it.named && it.value >= 400);
    if let Some(field) = group.status {
        return here.find(|status| status.span == field.value).map(|status| status.value);
    }
    let first = here.next()?.value;
    here.all(|status| status.value == first).then_some(first)
}

/// The calls that two failures name, each as far as it has one.
fn calls<'a>(
    text: &str,
    around: &'a Around,
    one: Span,
    other: Span,
    user: Option<Uuid>,
) -> (Option<&'a Request>, Option<&'a Request>) {
    let place = |request: &Request| request.span.start;
    let part = |from: usize, to: usize| {
        let first = around.requests.partition_point(|request| place(request) < from);
        let last = around.requests.partition_point(|request| place(request) < to).max(first);
        around.requests.get(first..last).unwrap_or_default()
    };
    let lines = beside::lines_of(text, one);
    let own_lines = beside::lines_of(text, other);
    // A failure that is told many times may be as long as the text.
    let leads = part(lines.start, one.start.min(other.start)).last();
    let own = leads.or_else(|| part(one.start, lines.end.min(other.start)).first());
    let above = || {
        let before = part(one.start.saturating_sub(REACH), lines.start);
        before.last().filter(|request| beside::in_block(text, request, one))
    };
    let below = part(lines.end.max(one.end).min(other.start), other.start);
    let fits = |request: &&Request| user.is_none_or(|user| user_of(text, request).is_none_or(|named| named == user));
    let announced = || below.first().filter(|request| fits(request) && called::is_announced(text, request, one));
    let own = own.or_else(above).or_else(announced);
    let from = own_lines.start.max(one.end);
    let apart = own_lines.start > one.end;
    let theirs = part(from, other.start).last();
    let theirs = theirs.or_else(|| part(from, own_lines.end.max(own_lines.start)).first().filter(|_| apart));
    let theirs = theirs.or_else(|| below.last());
    (own, theirs.filter(|theirs| own.is_none_or(|own| own.span != theirs.span)))
}

fn user_of(text: &str, request: &Request) -> Option<Uuid> {
    request::named(slice(text, request.path.start..request.path.end), None).user_id.map(|id| id.value)
}

/// Whether two calls are not one that is named twice.
fn is_another(text: &str, one: &Request, other: &Request) -> bool {
    let path = |request: &Request| slice(text, request.path.start..request.path.end).replace(['\r', '\n'], "");
    let (own, theirs) = (path(one), path(other));
    let user = |request: &Request, path: &str| {
        let named = request::named(path, None);
        let name = named.user.map(|user| user.value.to_ascii_lowercase());
        user_of(text, request).map(|id| id.to_string()).or(name)
    };
    let users = user(one, &own).zip(user(other, &theirs));
    users.is_some_and(|(own, theirs)| own != theirs) || !request::is_same_route(&own, &theirs)
}

/// Whether a status is said of another failure than the next one below: its client's words, its headers and its call say
/// that it is a whole one.
pub(super) fn is_status_of_another(text: &str, around: &Around, status: &Status, group: &Group<'_>) -> bool {
    let Some(span) = group.span else { return false };
    let of_status = Group { span: Some(status.span), ..Group::default() };
    let (own, theirs) = calls(text, around, status.span, span, None);
    // A call above that has another answer is none of this one.
    let is_answered = |request: &&Request| {
        let from = around.statuses.partition_point(|other| other.span.start < request.span.end);
        let between = around.statuses.get(from..).unwrap_or_default().iter().take(FEW);
        let mut between = between.take_while(|other| other.span.start < status.span.start);
        between.any(|other| other.line && other.value != status.value)
    };
    differ(text, around, &of_status, group, (own.filter(|own| !is_answered(own)), theirs))
}

/// Whether what a failure says is a refusal, which no service gives under a status that is its own trouble.
pub(super) fn is_refusal_by_words(group: &Group<'_>) -> bool {
    !group.hits.is_empty() && group.hits.iter().all(|hit| !hit.symptom.wrapper && hit.symptom.status.is_empty())
}

/// Whether a pair begins to tell another failure than the one above it: a code with a message of its own, or a message,
/// whose words are others.
pub(super) fn begins_another(
    text: &str,
    group: &Group<'_>,
    field: Field,
    rest: &[Field],
    next: Option<&Hit<'_>>,
) -> bool {
    if group.object.is_some() || group.message.is_some_and(|message| message.value.end > field.start) {
        return false;
    }
    // Behind an empty line, what has words of its own is a record of its own; what has none goes on.
    let above = slice(text, group.end().min(field.start)..field.start);
    let parted = has_blank_line(above);
    if parted && !group.hits.is_empty() && !group.only_wrapper() && spoken::cmdlet_error(above).is_some() {
        return true;
    }
    let says = |other: &Field| other.key == Key::Message && !is_null(text, *other);
    let near = |other: &&Field| goes_on(text, field.value.end, other.start);
    let has_words = || says(&field) || rest.iter().take(FEW).take_while(near).any(says);
    let tells = matches!(field.key, Key::Code | Key::Message | Key::Status);
    if tells && parted && group.bare() && !group.only_wrapper() && has_words() {
        return true;
    }
    let (span, told) = match field.key {
        // It is the one of the code.
        Key::Message if group.code.is_some() => return false,
        Key::Message => (field.value, true),
        Key::Code => {
            let Some(lead) = own_message(text, field, rest, next) else { return false };
            lead
        }
        _ => return false,
    };
    // What a log says in words of its own, above the code and the message of the answer.
    if field.key == Key::Code && told && group.message.is_some() && group.code.is_none() && field.quoted_key {
        let of_group = group.hits.iter().any(|hit| !hit.symptom.wrapper);
        return !of_group || next.is_some_and(|hit| is_other(text, group, hit));
    }
    next.filter(|hit| span.start <= hit.span.start && hit.span.start <= span.end)
        .is_some_and(|hit| is_other(text, group, hit))
}

fn is_other(text: &str, group: &Group<'_>, hit: &Hit<'_>) -> bool {
    let own = || group.hits.iter().filter(|own| !own.symptom.wrapper);
    !hit.symptom.wrapper
        && own().next().is_some()
        && (own().all(|own| !says_same(own, hit)) || names_others(text, &group.hits, hit))
}

/// Where the message of a code stands, if one follows it in the same object or on the next lines; and whether that is a
/// pair.
fn own_message(text: &str, code: Field, rest: &[Field], next: Option<&Hit<'_>>) -> Option<(Span, bool)> {
    let leads = |to: usize| goes_on(text, code.value.end, to);
    let pair = rest.iter().take(4).find(|field| field.key == Key::Message && !is_null(text, **field));
    if let Some(message) = pair.filter(|message| message.form != Form::Nested && leads(message.start)) {
        return Some((message.value, true));
    }
    let hit = next.filter(|hit| leads(hit.span.start))?;
    let lead = slice(text, code.value.end..hit.span.start);
    lead.contains("body").then_some((hit.span, false))
}

/// Whether one object, or one paragraph, goes on from a place to another one.
fn goes_on(text: &str, from: usize, to: usize) -> bool {
    if to.saturating_sub(from) > LEAD {
        return false;
    }
    let between = slice(text, from..to.max(from));
    let blank = has_blank_line(between);
    let mut depth = 0_i32;
    let open = between.bytes().all(|byte| {
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        depth >= 0
    });
    open && !blank
}

/// Whether the words of a client belong to what stands below them rather than to what stands above: only there no empty
/// line and no beginning of a record comes between.
pub(super) fn leads_on(text: &str, above: &Group<'_>, words: &Group<'_>, below: Option<&Group<'_>>) -> bool {
    let line = beside::line_of(text, words.start());
    let names_call = slice(text, line.start..line.end).contains("://");
    below.is_some_and(|below| !is_parted(text, words, below) && (names_call || is_parted(text, above, words)))
}

fn is_parted(text: &str, one: &Group<'_>, other: &Group<'_>) -> bool {
    let between = slice(text, one.end().min(other.start())..other.start());
    between.len() > LEAD * 2
        || has_blank_line(between)
        || frame::rule(between).is_some()
        || one.span.is_some_and(|span| !beside::is_of_entry(text, span, other.start()))
}

/// Whether the status in the words of a client is not the one that the code of an answer names.
pub(super) fn contradicts(text: &str, around: &Around, words: &Group<'_>, answer: &Group<'_>) -> bool {
    let code = answer.code.and_then(|code| status::of_reason(&clean(text, code.value)));
    let told = own_status(text, around, words);
    // `response: { status: 403, data: { error: { code: 'Unauthorized'`: the answer says itself that it has this status.
    let says_too = || {
        let to = around.statuses.partition_point(|status| status.span.start < answer.start());
        let last = to.checked_sub(1).and_then(|last| around.statuses.get(last));
        last.is_some_and(|last| {
            let between = slice(text, last.span.end..answer.start());
            last.line
                && words.end() <= last.span.start
                && Some(last.value) == told
                && between.len() <= LEAD / 4
                && !between.contains('}')
                && between.trim_start_matches(['"', '\'', ' ', '\r', '\n']).starts_with(',')
        })
    };
    code.zip(told).is_some_and(|(code, status)| code != status) && !says_too()
}

/// The user that the lines of a command name, `-UserId "..."`: no call of somebody else is its own.
pub(super) fn user_of_command(text: &str, failure: Span) -> Option<String> {
    let lines = slice(text, failure.start..failure.end.saturating_add(1_000));
    let lines = lines.find("\n\n").map_or(lines, |end| slice(lines, 0..end));
    let at = lines.find("-UserId ")? + "-UserId ".len();
    let value = slice(lines, at..at + 120).split([' ', '\n', '\r']).next()?.trim_matches(['"', '\'']);
    let whole = value.contains('@') || uuid_in(value, 0).is_some();
    whole.then(|| value.to_ascii_lowercase())
}
