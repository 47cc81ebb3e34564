//! Groups become incidents: each gets its symptoms and the facts that stand around it.

use uuid::Uuid;

use super::date::{moment_of_http_date, moment_of_inner_date};
use super::fields::{self, Field, Form, Key, clean};
use super::group::{self, Group};
use super::meeting::{self, uuid_at};
use super::pattern::{self, Capture};
use super::request::{self, Request};
use super::status::{self, Status};
use super::{Fact, Facts, Incident, Span, SymptomHit, Token, TokenKind};
use crate::knowledge::{Catalogue, Symptom};
use crate::source::{Source, claims, slice};

/// No source gives more incidents than this; a log with more is for `triage`.
const MAX_INCIDENTS: usize = 2_000;

/// Finds every failure in a source, in the order of the text.
#[must_use]
pub fn incidents(source: &Source, catalogue: &Catalogue) -> Vec<Incident> {
    let text = source.text();
    let fields = fields::find(text);
    let hits = pattern::find(text, catalogue);
    let around = Around {
        statuses: status::find(text, &fields),
        requests: request::find(text),
        tokens: source.tokens().iter().cloned().chain(printed_claims(text)).collect(),
        fields,
    };
    let mut groups = group::groups(text, &around.fields, hits);
    groups.retain(|group| is_failure(text, group, catalogue, &around));
    add_silent_lines(text, &mut groups, &around, catalogue);
    groups.sort_by_key(|group| group.span);
    groups.truncate(MAX_INCIDENTS);
    let spans: Vec<Span> = groups.iter().filter_map(|group| group.span).collect();
    groups
        .iter()
        .enumerate()
        .filter_map(|(index, group)| build(text, group, Territory::of(text, &spans, index)?, &around, catalogue))
        .collect()
}

/// What stands in the text beside the groups.
struct Around {
    fields: Vec<Field>,
    statuses: Vec<Status>,
    requests: Vec<Request>,
    tokens: Vec<(Span, Token)>,
}

/// The text that belongs to one incident: its own span, what leads to it, and what follows.
#[derive(Clone, Copy)]
struct Territory {
    before: usize,
    start: usize,
    end: usize,
    after: usize,
}

impl Territory {
    fn of(text: &str, spans: &[Span], index: usize) -> Option<Self> {
        let span = *spans.get(index)?;
        // What stands between two incidents leads to the second one, but for the rest of the first one's line.
        let rest_of_line = |end: usize, limit: usize| {
            let line = slice(text, end..limit).find('\n').map_or(limit, |at| end + at);
            if line == limit { end } else { line }
        };
        let before = index
            .checked_sub(1)
            .and_then(|previous| spans.get(previous))
            .map_or(0, |previous| rest_of_line(previous.end, span.start));
        let after = spans.get(index + 1).map_or(text.len(), |next| rest_of_line(span.end, next.start));
        Some(Self { before, start: span.start, end: span.end, after })
    }

    const fn holds(self, at: usize) -> bool {
        self.before <= at && at < self.after
    }

    /// The item of the territory that is nearest: inside, else the last before, else the first after.
    fn nearest<T>(self, items: impl Iterator<Item = (usize, T)>) -> Option<T> {
        items
            .filter(|(at, _)| self.holds(*at))
            .min_by_key(|(at, _)| match *at {
                at if at < self.start => (1, self.start - at),
                at if at < self.end => (0, at),
                at => (2, at),
            })
            .map(|(_, item)| item)
    }
}

/// Known shapes only: a Graph error object, a pair of code and message with something else of Graph's,
/// or words that the catalogue knows.
fn is_failure(text: &str, group: &Group<'_>, catalogue: &Catalogue, around: &Around) -> bool {
    let strong = group
        .hits
        .iter()
        .any(|hit| !hit.symptom.wrapper && (!hit.symptom.weak || group::in_failure(text, group, hit.span)));
    if strong {
        return true;
    }
    let present = |field: Option<Field>| {
        field.is_some_and(|field| {
            field.form != Form::Nested
                && (field.form == Form::Quoted || !field.value.is_empty() && !is_null(text, field))
        })
    };
    let code = present(group.code);
    let message = present(group.message);
    let known_code = group.code.is_some_and(|field| {
        let code = clean(slice(text, field.value.start..field.value.end));
        status::is_reason(&code)
            || catalogue
                .symptoms()
                .iter()
                .any(|symptom| symptom.code.iter().any(|known| known.eq_ignore_ascii_case(&code)))
    });
    let marked = group.inner.is_some()
        || group.request_id.is_some()
        || group.client_request_id.is_some()
        || group.date.is_some();
    let graph_near = group.span.is_some_and(|span| {
        around
            .requests
            .iter()
            .any(|request| request.span.start + 4_000 > span.start && request.span.start < span.end + 2_000)
    });
    match group.object {
        Some(_) => code && (message || marked) && (known_code || marked || graph_near) || message && marked,
        None => code && message && (known_code || marked) || code && marked && known_code && group.inner.is_some(),
    }
}

fn is_null(text: &str, field: Field) -> bool {
    matches!(slice(text, field.value.start..field.value.end), "null" | "None" | "undefined" | "$null" | "nil" | "NULL")
}

/// Failures that say nothing but their status: an HTTP response without a body, a lone `404` below a
/// request; and a lone error code.
fn add_silent_lines<'c>(text: &str, groups: &mut Vec<Group<'c>>, around: &Around, catalogue: &'c Catalogue) {
    let taken: Vec<Span> = groups.iter().filter_map(|group| group.span).collect();
    for (index, status) in around.statuses.iter().enumerate() {
        let next =
            around.statuses.iter().skip(index + 1).find(|next| next.line).map_or(text.len(), |next| next.span.start);
        let answered = taken.iter().any(|span| span.end > status.span.start && span.start < next);
        let previous = taken.iter().rev().find(|span| span.end <= status.span.start).map_or(0, |span| span.end);
        let has_request =
            around.requests.iter().any(|request| previous <= request.span.start && request.span.start < next);
        let has_header = around.fields.iter().any(|field| {
            matches!(field.key, Key::RequestId | Key::ClientRequestId)
                && status.span.start < field.start
                && field.start < next
        });
        let same_line = taken.iter().any(|span| {
            !slice(text, span.end.min(status.span.start)..status.span.start).contains('\n')
                && span.end <= status.span.start
        });
        if status.line && status.value >= 400 && !answered && !same_line && (has_request || has_header) {
            let mut group = Group { span: Some(status.span), ..Group::default() };
            group.status = around.fields.iter().find(|field| field.value == status.span).copied();
            groups.push(group);
        }
    }
    for (start, line) in lines(text) {
        let word = line.trim_matches(|c: char| !c.is_ascii_alphabetic());
        let word = word.strip_prefix("Error").map_or(word, |rest| rest.trim_start_matches([':', ' ']));
        let silent = catalogue.symptoms().iter().any(|symptom| {
            symptom.message_empty
                && symptom.code.iter().any(|code| code.eq_ignore_ascii_case(word) && !status::is_reason(code))
        });
        if silent {
            let at = start + line.find(word).unwrap_or(0);
            let span = Span::new(at, at + word.len());
            if !taken.iter().any(|other| other.start <= at && at < other.end) {
                let value =
                    Field { key: Key::Code, start: at, value: span, form: Form::Bare, closed: true, quoted_key: false };
                let empty = Field { key: Key::Message, value: Span::new(span.end, span.end), ..value };
                groups.push(Group { span: Some(span), code: Some(value), message: Some(empty), ..Group::default() });
            }
        }
    }
}

/// Short lines with their starts; long ones are no lone words.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n')
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line))
        })
        .filter(|(_, line)| line.len() <= 48)
}

fn build(
    text: &str,
    group: &Group<'_>,
    territory: Territory,
    around: &Around,
    catalogue: &Catalogue,
) -> Option<Incident> {
    let span = group.span?;
    let mut facts = facts(text, group, territory, around);
    let mut symptoms: Vec<(&Symptom, Span)> = group
        .hits
        .iter()
        .filter(|hit| !hit.symptom.weak || group::in_failure(text, group, hit.span))
        .map(|hit| (hit.symptom, hit.span))
        .collect();
    symptoms.extend(group::code_symptoms(text, group, catalogue));
    let said = symptoms.iter().any(|(symptom, _)| !symptom.wrapper);
    let unsaid = facts.message.as_ref().is_none_or(|message| message.value.is_empty());
    if let Some(status) = facts.status.as_ref().filter(|_| !said && unsaid) {
        let of_status = catalogue.symptoms().iter().filter(|symptom| symptom.status.contains(&status.value));
        symptoms.extend(of_status.filter_map(|symptom| Some((symptom, status.span?))));
    }
    if symptoms.iter().any(|(symptom, _)| !symptom.wrapper) {
        symptoms.retain(|(symptom, _)| !symptom.wrapper);
    }
    let mut seen: Vec<SymptomHit> = Vec::new();
    for (symptom, place) in symptoms {
        if let Some(kind) = symptom.token_kind.as_deref().filter(|_| facts.token_kind.is_none()) {
            let kind = if kind == "app" { TokenKind::App } else { TokenKind::Delegated };
            facts.token_kind = Some(Fact::text(kind, place));
        }
        if !seen.iter().any(|hit| hit.symptom == symptom.name) {
            seen.push(SymptomHit { symptom: symptom.name.clone(), span: place });
        }
    }
    Some(Incident { span, symptoms: seen, facts })
}

fn text_fact(text: &str, field: Field) -> Option<Fact<String>> {
    let value = clean(slice(text, field.value.start..field.value.end));
    (field.form != Form::Nested && !is_null(text, field)).then(|| Fact::text(value, field.value))
}

fn known(fact: Fact<String>) -> Option<Fact<String>> {
    (!fact.value.is_empty() && !meeting::is_placeholder(&fact.value)).then_some(fact)
}

fn facts(text: &str, group: &Group<'_>, territory: Territory, around: &Around) -> Facts {
    let field = |key: Key| {
        territory.nearest(around.fields.iter().filter(|field| field.key == key).map(|field| (field.start, *field)))
    };
    let mut facts = Facts {
        code: group.code.and_then(|code| text_fact(text, code)).filter(|code| !code.value.is_empty()),
        inner_code: group.inner_code.and_then(|code| text_fact(text, code)).filter(|code| !code.value.is_empty()),
        message: group
            .nested_message
            .or(group.message)
            .and_then(|message| text_fact(text, message))
            .or_else(|| bare_message(text, group)),
        request_id: group
            .request_id
            .or_else(|| field(Key::RequestId))
            .and_then(|id| text_fact(text, id))
            .and_then(known),
        client_request_id: group
            .client_request_id
            .or_else(|| field(Key::ClientRequestId))
            .and_then(|id| text_fact(text, id))
            .and_then(known),
        retry_after: field(Key::RetryAfter).and_then(|value| text_fact(text, value)).and_then(known),
        status: status_of(text, group, territory, around),
        ..Facts::default()
    };
    date(text, group, territory, around, &mut facts);
    add_request(territory, around, &mut facts);
    for capture in group.hits.iter().flat_map(|hit| &hit.captures) {
        add_capture(text, capture, &mut facts);
    }
    let token = territory.nearest(around.tokens.iter().map(|(span, token)| (span.start, (*span, token))));
    if let Some((span, token)) = token {
        apply_token(&mut facts, token.clone(), Some(span));
    }
    if facts.app_id.is_none() {
        let id = |field: &Field| uuid_at(slice(text, field.value.start..field.value.end).as_bytes());
        let ids = around
            .fields
            .iter()
            .filter(|field| field.key == Key::AppId)
            .filter_map(|field| Some((field.start, (field.value, id(field)?))));
        facts.app_id = territory.nearest(ids).map(|(span, id)| Fact::text(id, span));
    }
    facts
}

/// A message without a pair around it is what its patterns matched, to the end of the line or value.
fn bare_message(text: &str, group: &Group<'_>) -> Option<Fact<String>> {
    let hit = group.hits.iter().max_by_key(|hit| (!hit.symptom.wrapper, hit.span.len()))?;
    Some(Fact::text(clean(slice(text, hit.span.start..hit.span.end)), hit.span))
}

fn status_of(text: &str, group: &Group<'_>, territory: Territory, around: &Around) -> Option<Fact<u16>> {
    let own = |status: &&Status| group.status.is_some_and(|field| field.value == status.span);
    let near = |status: &&Status| {
        let at = status.span.start;
        if at >= territory.start {
            return at <= territory.end + 200;
        }
        // In prose a number far off is something else; in a dump the status line is where it is.
        status.line || !slice(text, at..territory.start).contains('\n') && territory.start - at < 200
    };
    around
        .statuses
        .iter()
        .find(own)
        .copied()
        .or_else(|| territory.nearest(around.statuses.iter().filter(near).map(|status| (status.span.start, *status))))
        .map(|status| Fact::text(status.value, status.span))
}

fn date(text: &str, group: &Group<'_>, territory: Territory, around: &Around, facts: &mut Facts) {
    let own = group.date;
    let dates = around.fields.iter().filter(|field| field.key == Key::Date && territory.holds(field.start));
    let header = dates.filter_map(|field| {
        let line = slice(text, field.value.start..field.value.start + 40);
        let value = line.split(['\r', '\n', '"', '\\']).next().unwrap_or_default().trim();
        Some((
            field.start,
            (Span::new(field.value.start, field.value.start + value.len()), value, moment_of_http_date(value)?),
        ))
    });
    if let Some((span, value, moment)) = territory.nearest(header) {
        facts.date = Some(Fact::text(value.to_owned(), span));
        facts.moment = Some(moment);
    } else if let Some(own) = own.and_then(|field| text_fact(text, field)).filter(|date| !date.value.is_empty()) {
        facts.moment = moment_of_inner_date(&own.value);
        if facts.moment.is_some() {
            facts.date = Some(own);
        }
    }
}

fn add_request(territory: Territory, around: &Around, facts: &mut Facts) {
    let request = territory.nearest(around.requests.iter().map(|request| (request.span.start, request)));
    if let Some(request) = request {
        let named = request::named(&request.path.value, request.path.span.map(|span| span.start));
        apply_request(facts, request, named);
    }
    if facts.meeting.is_none() {
        // A join link or meeting id may stand anywhere in what leads to the failure.
        let others = around.requests.iter().filter(|request| territory.holds(request.span.start));
        facts.meeting = others
            .filter_map(|request| request::named(&request.path.value, request.path.span.map(|span| span.start)).meeting)
            .next();
        add_organizer(facts);
    }
}

fn add_organizer(facts: &mut Facts) {
    let Some(meeting) = &facts.meeting else { return };
    let span = meeting.span;
    let decoded = |value: Uuid| Fact { value, span, origin: super::Origin::Decoded };
    if facts.organizer_id.is_none() {
        facts.organizer_id = meeting.value.organizer.map(decoded);
    }
}

fn apply_request(facts: &mut Facts, request: &Request, named: request::Named) {
    facts.method = request.method.clone();
    facts.host = request.host.clone();
    facts.version = request.version.clone();
    facts.operation =
        request::operation(request.method.as_ref().map(|method| method.value.as_str()), &request.path.value);
    facts.user_id = named.user_id;
    facts.user = named.user;
    facts.meeting = named.meeting;
    if named.me && facts.token_kind.is_none() {
        // Only delegated tokens have a `/me`.
        facts.token_kind = request.path.span.map(|span| Fact::text(TokenKind::Delegated, span));
    }
    facts.path = Some(request.path.clone());
    add_organizer(facts);
}

/// Reads a request line given as an option: `GET https://graph.microsoft.com/v1.0/users/...`, or a path alone.
/// `None` where it names no Graph path.
#[must_use]
pub fn request_line(line: &str, facts: &mut Facts) -> Option<()> {
    let (method, address) =
        line.trim().split_once(' ').map_or((None, line.trim()), |(method, rest)| (Some(method), rest.trim()));
    let below = match address.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..))?,
        None => address,
    };
    let host = address.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    let (version, path) = ["/v1.0", "/beta"]
        .into_iter()
        .find_map(|version| {
            below.strip_prefix(version).filter(|rest| rest.starts_with('/')).map(|rest| (Some(version), rest))
        })
        .unwrap_or((None, below));
    if !path.starts_with('/') {
        return None;
    }
    let request = Request {
        method: method.map(|method| Fact::option(method.to_ascii_uppercase())),
        host: host.map(|host| Fact::option(host.to_owned())),
        version: version.map(|version| Fact::option(version.trim_start_matches('/').to_owned())),
        path: Fact::option(path.to_owned()),
        span: Span::new(0, 0),
    };
    let mut named = request::named(path, None);
    let me = std::mem::take(&mut named.me);
    apply_request(facts, &request, named);
    if me {
        facts.token_kind = Some(Fact::option(TokenKind::Delegated));
    }
    Some(())
}

fn add_capture(text: &str, capture: &Capture, facts: &mut Facts) {
    let written = slice(text, capture.span.start..capture.span.end);
    let id = || {
        uuid_at(written.trim_matches(|c: char| !c.is_ascii_alphanumeric()).as_bytes())
            .map(|id| Fact::text(id, capture.span))
    };
    let list = || {
        let words = clean(written).replace(['\'', '"'], "");
        Fact::text(words.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect(), capture.span)
    };
    match capture.slot.as_ref() {
        "app-id" => facts.app_id = id().or(facts.app_id.take()),
        "user-id" => {
            facts.user_id = facts.user_id.take().or_else(id);
            if facts.user.is_none()
                && facts.user_id.is_none()
                && written.contains('@')
                && !meeting::is_placeholder(written)
            {
                facts.user = Some(Fact::text(written.to_owned(), capture.span));
            }
        }
        "organizer-id" => facts.organizer_id = id().or(facts.organizer_id.take()),
        "tenant-id" => facts.tenant_id = id().or(facts.tenant_id.take()),
        "roles" => facts.roles = Some(list()),
        "required" => facts.required = Some(list()),
        slot => {
            let value = clean(written).trim_matches(['\'', '"', ' ']).to_owned();
            if !value.is_empty() && !meeting::is_placeholder(&value) {
                facts.named.push((slot.to_owned().into(), Fact::text(value, capture.span)));
            }
        }
    }
}

/// Adds a token's claims to the facts that the text has not given.
pub fn apply_token(facts: &mut Facts, token: Token, span: Option<Span>) {
    let fact = |id: Uuid| Fact { value: id, span, origin: super::Origin::Token };
    facts.app_id = facts.app_id.take().or_else(|| token.app_id.map(fact));
    facts.tenant_id = facts.tenant_id.take().or_else(|| token.tenant.map(fact));
    if let Some(kind) = token.kind() {
        facts.token_kind = Some(Fact { value: kind, span, origin: super::Origin::Token });
    }
    facts.token = Some(Fact { value: token, span, origin: super::Origin::Token });
}

/// Claims that somebody decoded and pasted as JSON.
fn printed_claims(text: &str) -> Vec<(Span, Token)> {
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), b"\"aud\"").take(16) {
        let Some(start) = slice(text, at.saturating_sub(4096)..at).rfind('{') else { continue };
        let start = at.saturating_sub(4096).max(at - slice(text, at.saturating_sub(4096)..at).len()) + start;
        let mut values =
            serde_json::Deserializer::from_str(slice(text, start..start + 16_384)).into_iter::<serde_json::Value>();
        if let Some(token) = values.next().and_then(Result::ok).as_ref().and_then(claims) {
            found.push((Span::new(start, start + values.byte_offset()), token));
        }
    }
    found
}
