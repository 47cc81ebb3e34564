//! The facts around a group: request, ids, status, date, token, meeting.

use uuid::Uuid;

use super::assemble::Around;
use super::fields::{Field, Form, Key, clean};
use super::group::{Group, is_null};
use super::lane::{Lane, Relation};
use super::meeting::{self, percent_decode, uuid_in};
use super::pattern::{Capture, Hit};
use super::records::{self, holding};
use super::request::{self, Request};
use super::territory::Territory;
use super::{
    Fact, Facts, Origin, Span, Token, TokenKind, apart, beside, builder, called, caller, cmdlet, command, date, empty,
    frame, keyed, named_app, named_value, neighbour, notation, own_pair, own_status, role_list, service, sign_in,
    status, whose,
};
use crate::knowledge::is_graph_audience;
use crate::source::slice;

/// Symptoms whose words only an app without a user is told.
const APP_ONLY: [&str; 2] = ["no-policy-for-app", "user-id-not-guid"];
/// Symptoms whose sentence may name the app.
pub(super) const OF_POLICY: [&str; 2] = ["no-policy-for-app", "no-policy-paraphrased"];

pub(super) fn text_fact(text: &str, field: Field) -> Option<Fact<String>> {
    let mut value = clean(text, field.value);
    // A query string carries words percent-encoded.
    if value.contains("%20") && !value.contains(' ') {
        value = percent_decode(&value);
    }
    (field.form != Form::Nested && !is_null(text, field)).then(|| Fact::text(value, field.value))
}

fn known(fact: Fact<String>) -> Option<Fact<String>> {
    (!fact.value.is_empty() && !meeting::is_placeholder(&fact.value)).then_some(fact)
}

/// An id as it stands; a console may have broken it in two, and Python writes it as `UUID('...')`.
fn id_fact(text: &str, field: Field) -> Option<Fact<String>> {
    /// Other ids of requests are shorter; what a cut leaves is none.
    const LEAST: usize = 8;
    let start = match slice(text, field.value.start..field.value.start + 20).strip_prefix("UUID(") {
        Some(rest) => field.value.start + 5 + rest.len() - rest.trim_start_matches(['\\', '\'', '"', '“', '‘']).len(),
        None => field.value.start,
    };
    let whole = uuid_in(text, start).filter(|(_, end)| *end <= field.value.end + 80);
    // A sentence may end behind it.
    let is_point = |end: usize| matches!(slice(text, end..field.value.end.max(end)), "." | ",");
    let broken = whole.filter(|(_, end)| start > field.value.start || end - start > 36 || is_point(*end));
    match broken {
        Some((id, end)) => Some(Fact::text(id.to_string(), Span::new(start, end))),
        // Where the text ends inside it, nobody knows what it was.
        None if whole.is_none() && field.form == Form::Quoted && !field.closed => None,
        None => known(text_fact(text, field)?).filter(|id| {
            id.value.len() >= LEAST
                && !id.value.contains(char::is_whitespace)
                && id.value.bytes().any(|byte| byte.is_ascii_digit())
                && !meeting::is_torn_uuid(&id.value)
        }),
    }
}

pub(crate) fn facts(text: &str, group: &Group<'_>, territory: Territory, around: &Around) -> Facts {
    let fields = territory.part(&around.fields, |field| field.start);
    let field =
        |key: Key| territory.nearest(fields.iter().filter(|field| field.key == key).map(|field| (field.start, *field)));
    let own =
        |field: Option<Field>| field.and_then(|field| text_fact(text, field)).filter(|fact| !fact.value.is_empty());
    // The ids of another call, which succeeded, are none of a refusal's.
    let failure = Span::new(territory.start, territory.end);
    let failed = is_refusal(group);
    // Records of one lane may tell of one call in turn.
    let records = Lane::of_line(text, territory.start);
    let writer = Lane::of_writer(text, territory.start);
    let is_foreign = |at: usize| {
        beside::is_of_other_object(text, failure, at) && records.relation(text, at) != Relation::Same
            || writer.is_other(text, at)
    };
    let of_failure = |key: Key| {
        let own = fields.iter().filter(|field| field.key == key && !is_foreign(field.start));
        let own = own.filter(|field| !failed || !beside::is_of_success(text, failure, field.start));
        territory.nearest(own.map(|field| (field.start, *field)))
    };
    let id = |own: Option<Field>, key: Key| own.or_else(|| of_failure(key)).and_then(|found| id_fact(text, found));
    let code = |field: Option<Field>| {
        own(field).map(|mut code| {
            code.value = status::unbroken(code.value);
            // A name without quotes that a console broke: its words have it whole.
            let of_words =
                |hit: &&Hit<'_>| code.span.is_some_and(|own| hit.span.start == own.start && own.end < hit.span.end);
            if let Some(hit) = group.hits.iter().find(of_words) {
                let whole: String = clean(text, hit.span).split_whitespace().collect();
                let is_name = whole.bytes().all(|byte| byte.is_ascii_alphanumeric()) && whole.starts_with(&code.value);
                if is_name
                    && !clean(text, hit.span).contains(". ")
                    && slice(text, code.span.map_or(0, |own| own.end)..hit.span.end).starts_with(['\n', '\r'])
                {
                    code = Fact::text(whole, hit.span);
                }
            }
            code
        })
    };
    let mut facts = Facts {
        code: code(group.code),
        inner_code: code(group.inner_code),
        message: group
            .nested_message
            .or(group.message)
            .and_then(|message| text_fact(text, message))
            .or_else(|| bare_message(text, group)),
        request_id: id(group.request_id, Key::RequestId),
        client_request_id: id(group.client_request_id, Key::ClientRequestId),
        retry_after: field(Key::RetryAfter).and_then(|value| text_fact(text, date::whole(text, value))).and_then(known),
        status: own_status::of(text, group, territory, around),
        part: around.part(territory.start).and_then(|part| part.id.clone()).and_then(known),
        ..Facts::default()
    };
    let correlation = facts.client_request_id.as_ref().map(|id| id.value.as_str());
    let lane = Lane::of_failure(text, territory.start, correlation);
    let user = group.hits.iter().flat_map(|hit| &hit.captures).find_map(|capture| captured_user(text, capture));
    let of_app = group.hits.iter().any(|hit| APP_ONLY.contains(&hit.symptom.name.as_ref()));
    let asked = Asked { user, failed, of_app };
    let status = facts.status.as_ref().and_then(|status| status.span);
    let call = add_request(&Search { text, territory, around, lane: &lane, asked, status }, &mut facts);
    let is_of_success = |at: usize| beside::is_of_success(text, failure, at);
    let is_earlier = |at: usize| {
        is_foreign(at)
            || failed && (is_of_success(at) || called::is_of_success_above(text, around, failure, at))
            || called::is_of_later_call(around, call, failure, at)
            || call.is_some_and(|call| called::is_of_earlier_message(text, around, call, at))
    };
    drop_earlier(&mut facts, is_earlier);
    let told = || notation::request_id(text, beside::lines_of(text, failure));
    facts.request_id = facts.request_id.take().or_else(|| told().map(|(id, at)| Fact::text(id.to_string(), at)));
    date::add(text, group, territory, fields, is_earlier, &mut facts);
    let said = group.hits.first().map_or(failure, |hit| hit.span);
    let is_listed = |id: &Fact<String>| {
        id.span.is_some_and(|id| neighbour::is_in_other_item(text, named_value::list_of(text, id), said))
    };
    facts.request_id = facts.request_id.take().filter(|id| !is_listed(id));
    facts.client_request_id = facts.client_request_id.take().filter(|id| !is_listed(id));
    if facts.path.is_none() {
        builder::add(text, territory.start, territory.after, &mut facts);
        cmdlet::add(text, territory, &mut facts);
        if facts.path.is_none() && facts.method.is_none() {
            facts.method = command::shown(text, failure).map(|(method, at)| Fact::text(method.to_owned(), at));
        }
        add_organizer(&mut facts);
    }
    for capture in group.hits.iter().flat_map(|hit| &hit.captures) {
        add_capture(text, capture, &mut facts);
    }
    let refused = is_refused_token(group, &facts);
    // A token for another resource was sent elsewhere, unless the service refuses the token.
    let may_be_sent =
        |token: &Token| refused || token.audience.as_deref().is_none_or(|audience| is_graph_audience(audience, None));
    let tokens = territory.part(&around.tokens, |(span, _)| span.start);
    let tokens = tokens.iter().filter(|(span, token)| may_be_sent(token) && !is_earlier(span.start));
    let token = territory.nearest(tokens.map(|(span, token)| (span.start, (*span, token))));
    // The items of a batch share the token of the batch.
    let of_batch = || {
        let before = around.tokens.partition_point(|(span, _)| span.start < territory.start).checked_sub(1)?;
        around.tokens.get(before).map(|(span, token)| (*span, token)).filter(|(_, token)| may_be_sent(token))
    };
    let token = token.or_else(|| of_batch().filter(|_| around.is_answer(territory.start)));
    if let Some((span, token)) = token {
        apply_token(&mut facts, token.clone(), Some(span));
    }
    add_organizer_field(text, territory, fields, &mut facts);
    let of_policy = || group.hits.iter().filter(|hit| OF_POLICY.contains(&hit.symptom.name.as_ref()));
    // Policies are asked for calls of apps alone.
    let of_app = of_policy().next().is_some();
    if facts.app_id.is_none() {
        let lines = beside::lines_of(text, failure);
        let is_own = |app: &Fact<Uuid>| app.span.is_some_and(|span| lines.start <= span.start && span.end <= lines.end);
        let caller = caller::Search { text, territory, around, lane: &lane, said };
        let of_others = |at| beside::is_of_other_list(text, failure, at) || of_app && sign_in::is_delegated(text, at);
        let of_field = caller.app(&facts, |at| failed && is_of_success(at) || of_others(at));
        let is_left =
            |app: &Fact<Uuid>| app.span.is_some_and(|app| own_pair::is_in_other_object(text, said, app.start));
        let is_beside = |app: &Fact<Uuid>| {
            is_left(app)
                || app.span.is_some_and(|app| neighbour::is_app_of_another(text, around, territory.alone, said, app))
        };
        let is_of_other =
            |app: &Fact<Uuid>| app.span.is_some_and(|app| neighbour::is_in_call_of_its_own(text, around, said, app));
        let of_field = of_field.filter(|app| !is_of_other(app));
        let of_sentence = || {
            of_policy()
                .find_map(|hit| named_app::of_sentence(text, hit.span))
                .filter(|app| !is_of_other(app) && !is_left(app))
        };
        // What the failure's own line says goes before a pair in another one.
        facts.app_id = match of_field {
            Some(own) if is_own(&own) && !is_beside(&own) => Some(own),
            other => of_sentence().or(other.inspect(|app| facts.app_beside = is_beside(app))),
        };
    }
    neighbour::doubt_mixed(text, around, group, &mut facts);
    if facts.path.is_none() && facts.user_id.is_none() && facts.user.is_none() {
        let of_line = group.hits.first().and_then(|hit| frame::subject(text, hit.span.start));
        let of_user = of_line.filter(|(_, span)| slice(text, 0..span.start).ends_with("user "));
        facts.user_id = of_user.map(|(id, span)| Fact::text(id, span));
    }
    own_pair::add(text, territory, &mut facts);
    keyed::add(text, said, &mut facts);
    if of_app {
        sign_in::forget(text, said, &mut facts);
    }
    whose::doubt(text, said, &mut facts);
    facts
}

/// Whether the service refuses the token of the call itself, so that one for another resource may be that token.
fn is_refused_token(group: &Group<'_>, facts: &Facts) -> bool {
    let names =
        |fact: &Option<Fact<String>>| fact.as_ref().is_some_and(|code| code.value == "InvalidAuthenticationToken");
    facts.status.as_ref().is_some_and(|status| status.value == 401)
        || names(&facts.code)
        || names(&facts.inner_code)
        || group.hits.iter().any(|hit| hit.symptom.name.starts_with("invalid-audience"))
}

pub(super) fn uuid_of(text: &str, field: &Field) -> Option<Uuid> {
    uuid_in(text, field.value.start).filter(|(_, end)| *end <= field.value.end + 80).map(|(id, _)| id)
}

/// The ids inside objects of this key: `"application": { "id": ... }`, `"organizer": { "user": { "id": ... } }`.
pub(super) fn inner_ids<'t>(
    text: &'t str,
    fields: &'t [Field],
    key: Key,
) -> impl Iterator<Item = (usize, (Span, Uuid))> + 't {
    fields.iter().enumerate().filter(move |(_, field)| field.key == key).filter_map(move |(index, field)| {
        if field.form != Form::Nested {
            return Some((field.start, (field.value, uuid_of(text, field)?)));
        }
        let inside = fields.get(index + 1..)?.iter().take(32).take_while(|inner| inner.start < field.value.end);
        let id =
            inside.filter(|inner| inner.key == Key::Id).find_map(|inner| Some((inner.value, uuid_of(text, inner)?)))?;
        Some((field.start, id))
    })
}

fn add_organizer_field(text: &str, territory: Territory, fields: &[Field], facts: &mut Facts) {
    if facts.organizer_id.is_none() {
        let organizer = territory.nearest(inner_ids(text, fields, Key::Organizer));
        facts.organizer_id = organizer.map(|(span, id)| Fact::text(id, span));
    }
}

/// A message without a pair around it is what its patterns matched, to the end of the line or value.
fn bare_message(text: &str, group: &Group<'_>) -> Option<Fact<String>> {
    let hit = group.hits.iter().max_by_key(|hit| (!hit.symptom.wrapper, clean(text, hit.span).len()))?;
    // What an error view of PowerShell shows of its command is no part of the message: it stands above the tildes.
    let shown = slice(text, hit.span.start..hit.span.end);
    let marked = shown.rfind("~~~").and_then(|at| shown.get(at..)).map(|rest| rest.trim_start_matches('~'));
    let own = marked.map(|rest| rest.split_once("| ").map_or(rest, |(_, own)| own).trim_start());
    if let Some(own) = own.filter(|own| own.contains(char::is_alphanumeric)) {
        let span = Span::new(hit.span.end - own.len(), hit.span.end);
        return Some(Fact::text(clean(text, span), span));
    }
    // `/me request is only valid …`: what is matched are letters.
    let lead = slice(text, hit.span.start.saturating_sub(8)..hit.span.start);
    let of_path = slice(text, hit.span.start..hit.span.end).starts_with(|c: char| c.is_lowercase())
        && lead.strip_suffix('/').is_some_and(|lead| {
            lead.is_empty()
                || lead.ends_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ':' | '“'))
        });
    let span = Span::new(hit.span.start - usize::from(of_path), hit.span.end);
    let words = clean(text, span);
    let words = if words.contains("%20") && !words.contains(' ') { percent_decode(&words) } else { words };
    Some(Fact::text(words, span))
}

/// Whether a failure is the refusal of a call, not an answer without items.
pub(super) fn is_refusal(group: &Group<'_>) -> bool {
    !group.hits.iter().any(|hit| hit.symptom.name == empty::EMPTY)
}

/// What a header of an earlier message says is not of this failure.
fn drop_earlier(facts: &mut Facts, is_earlier: impl Fn(usize) -> bool) {
    for fact in [&mut facts.request_id, &mut facts.client_request_id, &mut facts.retry_after] {
        fact.take_if(|fact| fact.span.is_some_and(|span| is_earlier(span.start)));
    }
}

/// What is known of the request of an incident.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// The user that the message names.
    user: Option<Uuid>,
    /// It was refused: no answer of 200 belongs to it.
    failed: bool,
    /// Its words are those that only an app without a user is told.
    of_app: bool,
}

/// No more requests than this are looked at for one failure.
const MANY: usize = 64;
/// Nor are more of them asked how they stand to it.
const NEAREST: usize = 24;
/// A request of a log is not more lines above its failure than this.
const LINES: usize = 24;
/// Nor further.
const REACH: usize = 8 << 10;

/// Whether a request may be the one that failed: nothing says that it succeeded, and it is about the user that the
/// message names.
fn may_have_failed(text: &str, request: &Request, around: &Around, failure: Span, asked: Asked) -> bool {
    let path = || slice(text, request.path.start..request.path.end);
    let of_user = asked.user.is_none_or(|user| request::named(path(), None).user_id.is_none_or(|id| id.value == user));
    of_user && !(asked.failed && !text_of_batch(text, request) && beside::succeeded(text, around, request, failure))
}

fn text_of_batch(text: &str, request: &Request) -> bool {
    slice(text, request.path.start..request.path.end).starts_with("/$batch")
}

/// How a request stands to a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bond {
    /// On its lines, in its record, or between it and the head of its answer.
    Own,
    /// In its block, or the only call of a text with one failure.
    Likely,
    /// In a record above it in the log: perhaps another call.
    Loose,
}

/// What is known of a failure when its request is looked for.
struct Search<'a> {
    text: &'a str,
    territory: Territory,
    around: &'a Around,
    lane: &'a Lane,
    asked: Asked,
    /// The status of the failure.
    status: Option<Span>,
}

impl<'a> Search<'a> {
    fn failure(&self) -> Span {
        Span::new(self.territory.start, self.territory.end)
    }

    fn path(&self, request: &Request) -> &str {
        slice(self.text, request.path.start..request.path.end)
    }

    fn may_have_failed(&self, request: &Request) -> bool {
        may_have_failed(self.text, request, self.around, self.failure(), self.asked)
    }

    fn is_operation(&self, request: &Request) -> bool {
        request::operation(request.method.map(|(method, _)| method), self.path(request)).is_some()
    }

    /// What ties a request to the failure; nothing where it is of another record too far off.
    fn bond(&self, request: &Request) -> Option<Bond> {
        let (text, failure, at) = (self.text, self.failure(), request.span.start);
        let lines = beside::lines_of(text, failure);
        let on_lines = lines.start <= at && at < lines.end && beside::is_of_record(text, failure, at);
        if on_lines || holding(&self.around.records, failure.start).is_some() {
            return Some(Bond::Own);
        }
        if self.is_of_another_user(request) {
            return None;
        }
        if at >= failure.end && !called::is_announced(text, request, failure) {
            // The only call of the text is that of its only failure, though nothing says so.
            let is_its =
                request.method.is_some() && self.is_only(request) && called::stands_below(text, request, failure);
            return is_its.then_some(Bond::Loose);
        }
        if at >= failure.end && self.territory.trailed {
            return Some(Bond::Likely);
        }
        // Java's client prints the call below its message.
        if at >= failure.end
            && slice(text, request.span.end..request.span.end + 40).trim_start().starts_with(super::frame::SDK_VERSION)
        {
            return Some(Bond::Own);
        }
        let heads = &self.around.heads;
        let last = heads.partition_point(|head| head.span.start < failure.start).checked_sub(1);
        let head = last.and_then(|last| heads.get(last));
        let has_head = head.is_some_and(|head| request.span.end <= head.span.start);
        let in_block = beside::in_block(text, request, failure);
        let answered = self.status.is_some_and(|status| {
            let line = beside::line_of(text, at);
            line.start <= status.start && status.end <= line.end
        });
        let dumped = || has_head || beside::is_alone(text, request);
        if answered || in_block && !beside::is_logged(text, request) && dumped() {
            return Some(Bond::Own);
        }
        let named = request::named(self.path(request), None);
        // Words that only an app is told are not about a call of a user.
        if named.me && (self.asked.of_app && !in_block || !self.is_operation(request)) {
            return None;
        }
        if in_block || self.is_only(request) && self.lane.may_hold(text, request.span) {
            return Some(Bond::Likely);
        }
        let near = at < failure.start && failure.start - at <= REACH;
        let near = near && slice(text, at..failure.start).matches('\n').count() <= LINES;
        let same = self.lane.relation(text, at) == Relation::Same;
        (same || near && self.is_operation(request)).then_some(if same { Bond::Likely } else { Bond::Loose })
    }

    /// Whether the command that failed names another user.
    fn is_of_another_user(&self, request: &Request) -> bool {
        let named = request::named(self.path(request), None);
        let user = named.user_id.map(|id| id.value.to_string()).or_else(|| named.user.map(|user| user.value));
        let own = user.as_ref().and_then(|_| apart::user_of_command(self.text, self.failure()));
        user.zip(own).is_some_and(|(user, own)| !user.eq_ignore_ascii_case(&own))
    }

    /// Whether all that is called in a text with one failure is this.
    fn is_only(&self, request: &Request) -> bool {
        let path = self.path(request);
        let is_another = |other: &Request| {
            !request::is_same_route(path, self.path(other)) && self.is_operation(other) && self.may_have_failed(other)
        };
        self.territory.alone && !self.around.requests.iter().take(MANY).any(is_another)
    }

    /// The request of a failure: in a batch the one of the same id, else the nearest of its lane.
    fn request(&self) -> Option<(&'a Request, Bond)> {
        let (text, around, territory) = (self.text, self.around, self.territory);
        let place = |request: &Request| request.span.start;
        if let Some(answer) = around.part(territory.start) {
            let asked = records::request_of(&around.records, answer)?.span;
            let first = around.requests.partition_point(|request| request.span.start < asked.start);
            let request = around.requests.get(first).filter(|request| request.span.start < asked.end)?;
            return Some((request, Bond::Own));
        }
        let fits = |request: &&Request| self.may_have_failed(request);
        let bond = |request: &Request| if self.asked.failed { self.bond(request) } else { Some(Bond::Own) };
        let bound = |request: &&Request| fits(request) && bond(request).is_some();
        let all = territory.part(&around.requests, place);
        let lines = beside::lines_of(text, self.failure());
        let here =
            all.iter().filter(|request| lines.start <= place(request) && place(request) < lines.end).filter(fits);
        let here = here.filter(|request| bond(request) == Some(Bond::Own));
        let own = territory.nearest(here.map(|request| (place(request), request)));
        let before = all.partition_point(|request| place(request) < territory.start);
        let (above, below) = (all.get(..before).unwrap_or_default(), all.get(before..).unwrap_or_default());
        // One failure below several calls is the one of the last of them.
        let may_be_other = self.asked.failed && (!territory.alone || self.lane.is_known());
        let no_rival =
            |request: &&Request| !may_be_other || !called::has_rival(text, around, request, territory, self.lane);
        let above = || above.iter().rev().take(NEAREST).find(bound).filter(no_rival);
        let below = || below.iter().take(NEAREST).find(bound);
        let nearest = own.or_else(above).or_else(below);
        let request = self.lane.request(text, &around.requests, territory.start, nearest).filter(fits)?;
        // A lane goes on above other failures, but not above a line that parts two texts.
        if request.span.end < territory.before && frame::rule(slice(text, request.span.end..territory.start)).is_some()
        {
            return None;
        }
        Some((with_method(text, request, all), bond(request)?))
    }
}

/// The same call with its method, where a log repeats its address beside the answer.
fn with_method<'a>(text: &str, request: &'a Request, all: &'a [Request]) -> &'a Request {
    let path = |request: &Request| slice(text, request.path.start..request.path.end);
    let before = all.partition_point(|other| other.span.start < request.span.start);
    let mut before = all.get(..before).unwrap_or_default().iter().rev().take(8);
    let same = before.find(|other| path(other) == path(request)).filter(|other| other.method.is_some());
    same.filter(|_| request.method.is_none()).unwrap_or(request)
}

/// Adds the call of a failure, and gives it.
fn add_request<'a>(search: &Search<'a>, facts: &mut Facts) -> Option<&'a Request> {
    let Search { text, territory, around, lane, .. } = *search;
    let found = search.request();
    if let Some((request, bond)) = found {
        facts.user_beside = search.asked.failed
            && search.asked.user.is_none()
            && (neighbour::is_call_of_another(text, around, territory, request)
                || called::may_be_next(text, request, search.failure())
                || request.span.start >= territory.end && bond == Bond::Loose);
        let request = Named::of(text, request);
        let mut named = request::named(&request.path.value, request.path.span.map(|span| span.start));
        // What may be another call does not tell the token of this one.
        named.me &= bond != Bond::Loose;
        apply_request(facts, request, named);
    }
    if facts.meeting.is_none() {
        // A join link or meeting id may stand anywhere in what leads to the failure.
        // Below a failure whose call is known stand other calls.
        let known = facts.path.is_some();
        let requests = territory.part(&around.requests, |request| request.span.start).iter().rev();
        let requests = requests.filter(|request| !known || request.span.start < territory.end).take(MANY);
        let requests = requests.filter(|request| search.may_have_failed(request));
        let of_path = requests.filter_map(|request| {
            let path = slice(text, request.path.start..request.path.end);
            Some((request.span.start, request::named(path, Some(request.path.start)).meeting?))
        });
        let links = territory.part(&around.links, |(span, _)| span.start);
        let links = links.iter().map(|(span, meeting)| (span.start, Fact::text(meeting.clone(), *span)));
        let nearest = territory.nearest(of_path).or_else(|| territory.nearest(links));
        facts.meeting = nearest.filter(|meeting| meeting.span.is_none_or(|span| lane.may_hold(text, span)));
        add_organizer(facts);
    }
    found.map(|(request, _)| request)
}

fn add_organizer(facts: &mut Facts) {
    let Some(meeting) = &facts.meeting else { return };
    let span = meeting.span;
    let decoded = |value: Uuid| Fact { value, span, origin: Origin::Decoded };
    if facts.organizer_id.is_none() {
        facts.organizer_id = meeting.value.organizer.map(decoded);
    }
}

/// A request with its words.
struct Named {
    method: Option<Fact<String>>,
    host: Option<Fact<String>>,
    version: Option<Fact<String>>,
    path: Fact<String>,
}

impl Named {
    fn of(text: &str, request: &Request) -> Self {
        let fact = |span: Span| Fact::text(slice(text, span.start..span.end).replace(['\r', '\n'], ""), span);
        Self {
            method: request.method.map(|(method, span)| Fact::text(method.to_owned(), span)),
            host: request.host.map(fact),
            version: request.version.map(fact),
            path: fact(request.path),
        }
    }
}

fn apply_request(facts: &mut Facts, request: Named, named: request::Named) {
    facts.operation =
        request::operation(request.method.as_ref().map(|method| method.value.as_str()), &request.path.value);
    facts.method = request.method;
    facts.host = request.host;
    facts.version = request.version;
    facts.user_id = named.user_id;
    facts.user = named.user;
    facts.meeting = named.meeting;
    if named.me && facts.token_kind.is_none() {
        // Only delegated tokens have a `/me`.
        facts.token_kind = request.path.span.map(|span| Fact::text(TokenKind::Delegated, span));
    }
    facts.path = Some(request.path);
    add_organizer(facts);
}

/// Reads a request line given as an option: `GET https://graph.microsoft.com/v1.0/users/...`, or a path alone.
/// `None` where it names no Graph path.
#[must_use]
pub fn request_line(line: &str, facts: &mut Facts) -> Option<()> {
    let line = line.trim();
    let line = line.rsplit_once(" HTTP/").map_or(line, |(request, _)| request.trim_end());
    // A placeholder in the path may have blanks.
    let named = line.split_once(' ').filter(|(method, _)| !method.contains('/'));
    let (method, address) = named.map_or((None, line), |(method, rest)| (Some(method), rest.trim()));
    // A link may stand in the query too.
    let absolute =
        address.split_once("://").filter(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let below = match absolute {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..))?,
        None => address,
    };
    let host = absolute.and_then(|(_, rest)| rest.split('/').next());
    let (version, path) = ["/v1.0", "/beta"]
        .into_iter()
        .find_map(|version| {
            below.strip_prefix(version).filter(|rest| rest.starts_with('/')).map(|rest| (Some(version), rest))
        })
        .unwrap_or((None, below));
    let is_elsewhere = version.is_none() && host.is_some_and(service::is_other);
    if !path.starts_with('/') || is_elsewhere {
        return None;
    }
    let request = Named {
        method: method.map(|method| Fact::option(method.to_ascii_uppercase())),
        host: host.map(|host| Fact::option(host.to_owned())),
        version: version.map(|version| Fact::option(version.trim_start_matches('/').to_owned())),
        path: Fact::option(path.to_owned()),
    };
    let mut named = request::named(path, None);
    let me = std::mem::take(&mut named.me);
    apply_request(facts, request, named);
    if me {
        facts.token_kind = Some(Fact::option(TokenKind::Delegated));
    }
    Some(())
}

/// The id of the user that a message names.
pub(super) fn captured_user(text: &str, capture: &Capture) -> Option<Uuid> {
    let written = slice(text, capture.span.start..capture.span.end);
    let skip = written.find(|c: char| c.is_ascii_alphanumeric())?;
    uuid_in(text, capture.span.start + skip).map(|(id, _)| id).filter(|_| capture.slot == "user-id")
}

fn add_capture(text: &str, capture: &Capture, facts: &mut Facts) {
    let written = slice(text, capture.span.start..capture.span.end);
    let id = || {
        let skip = written.find(|c: char| c.is_ascii_alphanumeric())?;
        let at = capture.span.start + skip;
        // A console may have broken the id where the capture ends.
        let broken = || uuid_in(text, at).map(|(id, end)| (id, capture.span.end.max(end)));
        let plain = || {
            let digits = slice(text, at..capture.span.end);
            let id = Uuid::try_parse(digits).ok().filter(|id| digits.len() == 32 && !id.is_nil())?;
            Some((id, capture.span.end))
        };
        let (id, end) = broken().or_else(plain)?;
        Some(Fact::text(id, Span::new(capture.span.start, end)))
    };
    let list = || {
        let required = facts.required.as_ref().map(|it| it.value.as_slice());
        Fact::text(role_list::names(written, required.unwrap_or_default()), capture.span)
    };
    match capture.slot.as_ref() {
        "app-id" => facts.app_id = id().or(facts.app_id.take()),
        "user-id" => {
            // The path says the same, or is of another call.
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
            let value = clean(text, capture.span).trim_matches(['\'', '"', ' ']).to_owned();
            if !value.is_empty() && !meeting::is_placeholder(&value) {
                facts.named.push((slot.to_owned().into(), Fact::text(value, capture.span)));
            }
        }
    }
}

/// Adds a token's claims to the facts that the text has not given.
pub fn apply_token(facts: &mut Facts, token: Token, span: Option<Span>) {
    let fact = |id: Uuid| Fact { value: id, span, origin: Origin::Token };
    facts.app_id = facts.app_id.take().or_else(|| token.app_id.map(fact));
    facts.tenant_id = facts.tenant_id.take().or_else(|| token.tenant.map(fact));
    if let Some(kind) = token.kind() {
        facts.token_kind = Some(Fact { value: kind, span, origin: Origin::Token });
    }
    facts.token = Some(Fact { value: token, span, origin: Origin::Token });
}
