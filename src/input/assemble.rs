//! Groups become incidents: each gets its symptoms and the facts that stand around it.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;

use super::answered::is_name_in_success;
use super::app_in_words;
use super::as_written;
use super::compared;
use super::facts;
use super::fields::{self, Field, Form, Key, clean};
use super::get_error;
use super::group::{self, Group, is_null};
use super::guard;
use super::header_row::Table;
use super::listed;
use super::mapped;
use super::meeting;
use super::pattern::{Hit, Patterns};
use super::present;
use super::program;
use super::records::{self, Record, holding};
use super::repeats;
use super::request::{self, Request};
use super::resource;
use super::service;
use super::silent;
use super::spoken;
use super::status::{self, Head, Status};
use super::territory::Territory;
use super::view::{self, View};
use super::{
    Fact, Incident, MeetingRef, Span, SymptomHit, Token, TokenKind, apart, beside, bodied, builder, dense, elsewhere,
    embedded, empty, expected, foreign, frame, members, outer, thrown, told_path, trailed, wordless, writers, written,
};
use crate::both::{both, is_long};
use crate::knowledge::{Catalogue, Symptom};
use crate::source::{Source, claims, slice};

/// No source gives more incidents than this.
pub const MAX_INCIDENTS: usize = 2_000;
/// Of a large text the beginning is read first: where it holds so many failures, nothing behind it is explained.
const HEAD: usize = 256 << 10;
const CROWD: usize = MAX_INCIDENTS + 100;
/// Words that may be of failures and are looked at; where a text has more, it is read up to there.
const MAX_HITS: usize = 1 << 16;
/// No client tells one failure more often; what is told again more often happened again.
const AGAIN: usize = 8;

/// What a source holds.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The failures, in the order of the text, but the present one before those that are told as over, and the writer's own
    /// before those of others; at most [`MAX_INCIDENTS`].
    pub incidents: Vec<Incident>,
    /// How many more there are, at least.
    pub left_out: usize,
    /// Where reading ended, in bytes: before the end of a long text that had told enough failures by then.
    pub read: usize,
    /// How many failures were told, those that say the same included.
    told: usize,
}

/// Finds the failures of a source.
#[must_use]
pub fn incidents(source: &Source, catalogue: &Catalogue) -> Vec<Incident> {
    find(source, catalogue).incidents
}

/// Finds the failures of a source, and tells how many were too many.
#[must_use]
pub fn find(source: &Source, catalogue: &Catalogue) -> Found {
    let text = source.text();
    // Who wrote a long text is read beside its beginning.
    let (parts, head) = both(text.len(), || writers::parts(text), || head(text, source, catalogue));
    if let Some(found) = head {
        return found;
    }
    let mut found = find_in(text, parts, source, catalogue);
    present::first(text, &mut found.incidents);
    present::own_first(text, &mut found.incidents);
    app_in_words::add(text, &mut found.incidents);
    found
}

/// What the beginning of a long text holds, where it is full of failures.
fn head(text: &str, source: &Source, catalogue: &Catalogue) -> Option<Found> {
    let mut part = HEAD;
    // A log that is full of failures is not read to its end.
    while part < text.len() / 2 {
        let cut = text.as_bytes().get(..part).unwrap_or_default();
        // Where all is one line, the end of an object tears the least.
        let end = memchr::memrchr(b'\n', cut).or_else(|| memchr::memrchr(b'}', cut)).map_or(part, |at| at + 1);
        let beginning = slice(text, 0..end);
        let found = find_in(beginning, writers::parts(beginning), source, catalogue);
        let count = found.told.max(found.incidents.len() + found.left_out);
        if count >= CROWD {
            return Some(found);
        }
        // The next part is as long as it has to be if the rest is like this one.
        let needed = end.saturating_mul(CROWD + CROWD / 4).checked_div(count).unwrap_or(usize::MAX);
        part = needed.max(part * 2);
    }
    None
}

/// Finds the failures of the beginning of a source: those of each writer by themselves, where several take turns.
fn find_in(text: &str, parts: Option<Vec<writers::Part>>, source: &Source, catalogue: &Catalogue) -> Found {
    let tokens = source.tokens().iter().take_while(|(span, _)| span.end <= text.len());
    let Some(parts) = parts else {
        return find_in_lines(text, &tokens.cloned().collect::<Vec<_>>(), catalogue);
    };
    let mut all = Found { read: text.len(), ..Found::default() };
    for part in &parts {
        let tokens = tokens.clone().filter_map(|(span, token)| Some((part.place(*span)?, token.clone())));
        let mut found = find_in_lines(&part.text, &tokens.collect::<Vec<_>>(), catalogue);
        for incident in &mut found.incidents {
            view::move_places(incident, |span| part.in_source(span));
        }
        all.incidents.append(&mut found.incidents);
        if found.read < part.text.len() {
            all.read = all.read.min(part.in_source(Span::new(found.read, found.read)).start);
        }
        all.left_out += found.left_out;
        all.told += found.told;
    }
    crate::order::sort_by_key(&mut all.incidents, |incident| incident.span);
    all.left_out += all.incidents.len().saturating_sub(MAX_INCIDENTS);
    all.incidents.truncate(MAX_INCIDENTS);
    all
}

/// Finds the failures of lines of one writer, or of lines that nothing tells apart.
fn find_in_lines(text: &str, tokens: &[(Span, Token)], catalogue: &Catalogue) -> Found {
    let view = View::of(text);
    let tokens: Vec<(Span, Token)> = tokens
        .iter()
        .map(|(span, token)| (Span::new(view.place(span.start), view.place(span.end)), token.clone()))
        .collect();
    let (bodies, found) =
        both(view.text.len(), || embedded::bodies(&view.text), || plain(&view.text, &tokens, catalogue));
    let Found { mut incidents, mut left_out, read, told } = found;
    embedded::unpack(bodies, catalogue, &mut incidents);
    left_out += incidents.len().saturating_sub(MAX_INCIDENTS);
    incidents.truncate(MAX_INCIDENTS);
    let table = if incidents.is_empty() { None } else { Table::of(text) };
    for incident in &mut incidents {
        view.to_source(incident);
        if let Some(table) = &table {
            table.complete(incident);
        }
    }
    let read = if read < view.text.len() { view.in_source(read) } else { text.len() };
    Found { incidents, left_out, read, told }
}

/// Codes of Graph's directory and token checks, which no symptom may know.
pub(super) fn is_graph_code(code: &str) -> bool {
    code.eq_ignore_ascii_case("InvalidAuthenticationToken")
        || ["Request_", "Authorization_", "Authentication_", "Directory_"].iter().any(|family| {
            code.get(..family.len()).is_some_and(|head| head.eq_ignore_ascii_case(family)) && code.len() > family.len()
        })
}

/// `Authorization_RequestDenied: Insufficient privileges ...`: the code right before a message.
fn code_before(text: &str, message: usize) -> Option<Fact<String>> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let head = slice(text, message.saturating_sub(80)..message).trim_end_matches([' ', '"', '\'', '\r', '\n', '\t']);
    let head = head.strip_suffix(':')?;
    let code = head.rsplit(|c: char| !is_word(c)).next().filter(|code| is_graph_code(code))?;
    let lead = slice(text, message.saturating_sub(80)..message);
    let start = message - lead.len() + head.len() - code.len();
    Some(Fact::text(code.to_owned(), Span::new(start, start + code.len())))
}

/// The failures that stand in a text as it is.
pub(crate) fn plain(text: &str, tokens: &[(Span, Token)], catalogue: &Catalogue) -> Found {
    let (mut fields, mut hits) = read(text, catalogue);
    let end = hits.get(MAX_HITS).map_or(text.len(), |hit| hit.span.start);
    let text = slice(text, 0..end);
    hits.truncate(MAX_HITS);
    fields.truncate(fields.partition_point(|field| field.start < end));
    let hidden = foreign::hide(text, &mut fields, &hits);
    let text = hidden.as_deref().unwrap_or(text);
    let around = Around::of(text, fields, tokens);
    get_error::add(text, catalogue, &mut hits);
    repeats::drop_tails(text, &mut hits);
    repeats::drop_summaries(text, &mut hits);
    let (hits, head_hits) = silent::split_hits(text, &around, hits);
    let keep = |group: &Group<'_>| is_failure(text, group, catalogue, &around);
    let table = OnceCell::new();
    let in_rows = |one: usize, other: usize| {
        let table: &Option<Table<'_>> = table.get_or_init(|| Table::of(text));
        table.as_ref().is_some_and(|table| table.are_apart(one, other))
    };
    let apart = |one: &Group<'_>, other: &Group<'_>| {
        let words = one.only_wrapper() || other.only_wrapper();
        !words && !around.in_one_record(one.start(), other.start())
            || apart::are(text, &around, one, other)
            || in_rows(one.start(), other.start())
    };
    let wrapped = |words: &Group<'_>, answer: &Group<'_>| !apart::contradicts(text, &around, words, answer);
    let mut groups = group::groups(text, &around.fields, hits, keep, group::Told { apart: &apart, wrapped: &wrapped });
    wordless::add(text, &mut groups, catalogue);
    groups.retain(keep);
    groups = repeats::join_repeats(text, groups, |one, other| {
        around.in_one_record(one.start(), other.start()) && !apart(one, other)
    });
    silent::add_head_hits(text, &mut groups, &around, head_hits);
    groups.retain(keep);
    silent::drop_envelopes(text, &mut groups, &around);
    silent::add_lines(text, &mut groups, &around, catalogue);
    bodied::add(text, &mut groups, &around);
    groups.retain(|group| !service::is_of_another(text, group, &around.signs));
    silent::add_sign_in(text, &mut groups);
    thrown::add(text, &mut groups, &around);
    let groups = members::join(text, groups);
    let mut groups = silent::join_phrases(text, groups, &around);
    drop_wordless(text, &mut groups);
    empty::add(text, &mut groups, &around, catalogue);
    let times = |group: &Group<'_>| (1 + group.repeats).max(group.hits.len());
    let told = groups.iter().map(times).map(|times| if times > AGAIN { times } else { 1 }).sum();
    let left_out = groups.len().saturating_sub(MAX_INCIDENTS);
    groups.truncate(MAX_INCIDENTS);
    let spans: Vec<Span> = groups.iter().filter_map(|group| group.span).collect();
    let trailed = trailed::ends(text, &spans, &around);
    let built = groups.iter().enumerate().filter_map(|(index, group)| {
        let territory = Territory::of(text, &spans, index, &around.records)?;
        let territory = trailed.as_deref().map_or(territory, |ends| territory.trailed(ends, index));
        build(text, group, territory, &around, catalogue)
    });
    let mut incidents: Vec<Incident> = built.collect();
    drop_ids_of_others(text, &mut incidents);
    Found { incidents, left_out, read: end, told }
}

/// A request has one answer: the id that stands on the lines of one failure is not that of another one, beside which it is
/// named again.
fn drop_ids_of_others(text: &str, incidents: &mut [Incident]) {
    if incidents.len() < 2 {
        return;
    }
    let within = |incident: &Incident| {
        let id = incident.facts.request_id.as_ref()?;
        let (span, lines) = (id.span?, beside::lines_of(text, incident.span));
        // Rows that a console broke are one line: a sentence before this one is of something else all the same.
        let between = slice(text, span.end..incident.span.start.max(span.end));
        let on_lines = lines.start <= span.start && span.end <= lines.end;
        Some((id.value.clone(), on_lines && ![". ", ")."].iter().any(|end| between.contains(end))))
    };
    let said: HashSet<String> = incidents.iter().filter_map(within).filter(|(_, own)| *own).map(|(id, _)| id).collect();
    for incident in incidents {
        if within(incident).is_some_and(|(id, own)| !own && said.contains(&id)) {
            incident.facts.request_id = None;
        }
    }
}

/// An exception of a client that hides the service's words is a failure only where none stands beside it that tells them.
/// What another exception in a line of the same form tells are its own words.
fn drop_wordless(text: &str, groups: &mut Vec<Group<'_>>) {
    const NEAR: usize = 4_000;
    const FEW: usize = 16;
    let hides = |group: &Group<'_>| {
        group.hits.iter().any(|hit| hit.symptom.name == builder::WITHOUT_WORDS)
            && group.hits.iter().all(|hit| hit.symptom.wrapper)
    };
    let told: Vec<usize> = groups.iter().filter(|group| !hides(group)).map(Group::start).collect();
    let mut last = None;
    groups.retain(|group| {
        if !hides(group) {
            return true;
        }
        let at = group.start();
        let first = told.partition_point(|start| start + NEAR < at);
        let near = told.get(first..).unwrap_or_default().iter().take(FEW).take_while(|start| **start < at + NEAR);
        let mut of_it = near.filter(|start| !frame::are_thrown_alike(text, **start, at));
        let beside = of_it.next().is_some();
        let repeated = last.is_some_and(|last| at < last + NEAR);
        last = Some(at);
        !beside && !repeated
    });
}

/// Pairs and messages, of one dense view.
fn read<'c>(text: &str, catalogue: &'c Catalogue) -> (Vec<Field>, Vec<Hit<'c>>) {
    let patterns = Patterns::of(catalogue, text.len());
    let search = |range: Range<usize>| {
        let (mut pairs, mut messages) = (fields::Search::of(text, range.len()), patterns.search(text));
        dense::blocks(text.as_bytes(), range, |dense, end| {
            pairs.read(dense, end);
            messages.read(dense, end);
        });
        (pairs, messages)
    };
    let half = if is_long(text.len()) { dense::middle(text.len()) } else { 0 };
    let (mut first, (pairs, messages)) =
        both(text.len(), || (half > 0).then(|| search(0..half)), || search(half..text.len()));
    let (pairs, messages) = match first.take() {
        Some((mut above, mut words)) => {
            above.append(pairs);
            words.append(messages);
            (above, words)
        }
        None => (pairs, messages),
    };
    let mut pairs = pairs.finish();
    drop_fillers(text, &mut pairs);
    (pairs, messages.finish())
}

/// What Go's client prints where it has no words of its own, above the pair that has the service's.
fn drop_fillers(text: &str, pairs: &mut Vec<Field>) {
    const FILLER: &str = "error status code received from the API";
    const NEAR: usize = 200;
    let is_message = |field: &&Field| field.key == Key::Message && field.form != Form::Nested;
    let messages: Vec<Field> = pairs.iter().filter(is_message).copied().collect();
    let is_filler = |field: Field| field.value.len() == FILLER.len() && clean(text, field.value) == FILLER;
    let fillers: Vec<usize> = messages
        .iter()
        .zip(messages.iter().skip(1))
        .filter(|(one, next)| is_filler(**one) && next.start <= one.value.end + NEAR && !is_filler(**next))
        .map(|(one, _)| one.start)
        .collect();
    if !fillers.is_empty() {
        pairs.retain(|field| field.key != Key::Message || fillers.binary_search(&field.start).is_err());
    }
}

/// What stands in the text beside the groups; every list is sorted by place.
#[derive(Debug)]
pub(crate) struct Around {
    pub(crate) fields: Vec<Field>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) heads: Vec<Head>,
    pub(crate) requests: Vec<Request>,
    pub(crate) records: Vec<Record>,
    pub(crate) links: Vec<(Span, MeetingRef)>,
    pub(crate) tokens: Vec<(Span, Token)>,
    pub(crate) signs: service::Signs,
}

impl Around {
    fn of(text: &str, fields: Vec<Field>, tokens: &[(Span, Token)]) -> Self {
        let called = || {
            let mut requests = request::find(text);
            told_path::drop(text, &fields, &mut requests);
            requests
        };
        let answered = || {
            let statuses = status::find(text, &fields);
            (status::heads(text, &statuses), statuses)
        };
        let (requests, (heads, statuses)) = both(text.len(), called, answered);
        let more = || (printed_claims(text), meeting::links(text));
        let (records, (claims, links)) = both(text.len(), || records::find(text, &fields), more);
        let mut tokens = [tokens, claims.as_slice()].concat();
        crate::order::sort_by_key(&mut tokens, |(span, _)| *span);
        let signs = service::Signs::default();
        Self { fields, statuses, heads, requests, records, links, tokens, signs }
    }

    /// Whether no record of a list holds one of two places without the other.
    pub(crate) fn in_one_record(&self, one: usize, other: usize) -> bool {
        let record = |at: usize| holding(&self.records, at).map(|record| record.span);
        record(one) == record(other)
    }

    /// Whether a place is in an item of a batch's answer.
    pub(crate) fn is_answer(&self, at: usize) -> bool {
        self.part(at).is_some()
    }

    /// The item of a batch's answer that holds a place.
    pub(crate) fn part(&self, at: usize) -> Option<&Record> {
        holding(&self.records, at).filter(|record| record.is_part())
    }
}

/// Known shapes only: a Graph error object, a pair of code and message with something else of Graph's,
/// or words that the catalogue knows.
fn is_failure(text: &str, group: &Group<'_>, catalogue: &Catalogue, around: &Around) -> bool {
    let marked = is_marked(group);
    let present = |field: Option<Field>| {
        field.is_some_and(|field| {
            field.form != Form::Nested
                && (field.form == Form::Quoted || !field.value.is_empty() && !is_null(text, field))
        })
    };
    let code = present(group.code);
    let message = present(group.message)
        || group.code.zip(group.message).is_some_and(|(code, message)| {
            // `Error code: UnknownError` with nothing behind `Error message:` in the next line.
            let below = code.value.end <= message.start
                && slice(text, code.value.end..message.start).matches('\n').count() == 1;
            message.value.is_empty() && message.closed && !message.quoted_key && below
        });
    let words = |hit: &Hit<'_>| !hit.symptom.wrapper || hit.symptom.name == builder::WITHOUT_WORDS;
    let told = code || message || marked || group.status.is_some();
    if !told && !group.hits.is_empty() && group.hits.iter().all(|hit| is_text_of_program(text, hit.span)) {
        return false;
    }
    if !told && !group.hits.is_empty() && group.hits.iter().all(|hit| is_name_in_success(text, hit.span)) {
        return false;
    }
    // `message: "…"` is a pair of a program's too; an error with its code is told as one.
    let quoted_only = !code && !marked && group.object.is_none() && !group.hits.is_empty();
    if quoted_only && group.hits.iter().all(|hit| program::is_of_program(text, hit.span)) {
        return false;
    }
    if !marked && is_of_stand_in(text, group) {
        return false;
    }
    if !marked && group.object.is_none() && !group.hits.is_empty() {
        let is_ruled_out = |hit: &Hit<'_>| guard::is_ruled_out(text, hit.span);
        if group.hits.iter().all(is_ruled_out) {
            return false;
        }
    }
    if !marked && elsewhere::is_answer(text, group) {
        return false;
    }
    // Other services have the same words and codes.
    let called_elsewhere = || !marked && group.span.is_some_and(|span| service::other_host(text, span).is_some());
    // `UnknownError` and a status are an answer, whether the text goes on with a message or not.
    let is_silent = |code: Field| silent::is_silent_code(catalogue, &clean(text, code.value));
    if code
        && group.status.is_some()
        && group.message.is_none_or(|it| it.value.is_empty())
        && group.code.is_some_and(is_silent)
    {
        return !called_elsewhere() && !service::is_of_another(text, group, &around.signs);
    }
    // A client that prints no words: `GraphError { statusCode: 403, code: 'Authorization_RequestDenied' }`.
    let is_refusal = |code: Field| {
        let code = clean(text, code.value);
        is_graph_code(&code) && code.contains('_')
    };
    if code && group.status.is_some() && group.message.is_none() && group.code.is_some_and(is_refusal) {
        return !called_elsewhere() && !service::is_of_another(text, group, &around.signs);
    }
    let strong = group.hits.iter().any(|hit| words(hit) && group::counts(text, group, hit));
    let shaped = code && (message || marked) || group.object.is_some() && message && marked;
    if !strong && !shaped || service::is_of_another(text, group, &around.signs) {
        return false;
    }
    if strong {
        return true;
    }
    let worded = group.message.is_some_and(|it| !it.value.is_empty());
    let known_code = group.code.is_some_and(|field| {
        let code = clean(text, field.value);
        status::is_reason(&code)
            || is_graph_code(&code) && !called_elsewhere()
            || catalogue
                .symptoms()
                .iter()
                // A number means something else elsewhere.
                .filter(|symptom| {
                    !(symptom.message_empty && (worded || called_elsewhere()) && code.parse::<u32>().is_ok())
                })
                .any(|symptom| symptom.code.iter().any(|known| known.eq_ignore_ascii_case(&code)))
    });
    let graph_near = group.span.is_some_and(|span| {
        let next = around.requests.partition_point(|request| request.span.start + 4_000 <= span.start);
        around.requests.get(next).is_some_and(|request| request.span.start < span.end + 2_000)
    });
    match group.object {
        Some(_) => code && (message || marked) && (known_code || marked || graph_near) || message && marked,
        None => {
            code && message && (known_code || marked)
                || code && marked && known_code && (group.inner.is_some() || group.status.is_some())
        }
    }
}

/// Whether all that a group has is what a test lets a stand-in answer.
fn is_of_stand_in(text: &str, group: &Group<'_>) -> bool {
    let fields = [group.code, group.message].into_iter().flatten().map(|field| field.value.start);
    let mut places = group.hits.iter().map(|hit| hit.span.start).chain(fields).peekable();
    places.peek().is_some() && places.all(|at| compared::is_mocked(text, at))
}

/// Whether words are what a program may say: of its files of texts, of its source. Below a line that tells of a failure a
/// value is the failure's, and two values that a runner compares are a test's.
fn is_text_of_program(text: &str, hit: Span) -> bool {
    let is_printed = || {
        let place = guard::Place::of(text, hit);
        outer::is_below_failure(&place) || expected::is_of_runner(&place)
    };
    (resource::is_entry(text, hit) || written::is_source(text, hit)) && !is_printed()
}

fn build(
    text: &str,
    group: &Group<'_>,
    territory: Territory,
    around: &Around,
    catalogue: &Catalogue,
) -> Option<Incident> {
    let span = group.span?;
    let mut facts = facts::facts(text, group, territory, around);
    if facts.code.is_none() {
        facts.code = group.hits.iter().find_map(|hit| code_before(text, hit.span.start));
    }
    let mut symptoms: Vec<(&Symptom, Span)> =
        group.hits.iter().filter(|hit| group::counts(text, group, hit)).map(|hit| (hit.symptom, hit.span)).collect();
    symptoms.extend(group::code_symptoms(text, group, catalogue));
    let status = facts.status.as_ref().map(|status| status.value);
    if status.is_some_and(is_no_refusal) {
        symptoms.retain(|(symptom, _)| !says_nothing(&symptom.name));
    }
    let said = symptoms.iter().any(|(symptom, _)| !symptom.wrapper);
    let unsaid = facts.message.as_ref().is_none_or(|message| message.value.is_empty());
    let by_status = |status: u16| !said && (unsaid || is_service_status(status) || status >= 500);
    // A body that says otherwise than its status is told beside it.
    let disagrees = |status: u16| {
        let of_service = |name: &str| matches!(name, "throttled" | "service-unavailable");
        is_service_status(status)
            && symptoms.iter().all(|(symptom, _)| symptom.wrapper || of_service(&symptom.name))
            && !symptoms.iter().any(|(symptom, _)| symptom.status.contains(&status))
    };
    let tells = |status: u16| by_status(status) || disagrees(status);
    if let Some(status) = facts.status.as_ref().filter(|status| tells(status.value)) {
        let of_status = catalogue.symptoms().iter().filter(|symptom| symptom.status.contains(&status.value));
        symptoms.extend(of_status.filter_map(|symptom| Some((symptom, status.span?))));
    }
    if symptoms.iter().any(|(symptom, _)| !symptom.wrapper) {
        symptoms.retain(|(symptom, _)| !symptom.wrapper);
    }
    if group.inner.is_none() && group.date.is_none() && group.client_request_id.is_none() {
        let host = service::other_host(text, span);
        facts.other_host = host.map(|host| Fact::text(slice(text, host.start..host.end).to_owned(), host));
    }
    let coded = group.code.is_some_and(|code| is_graph_code(&clean(text, code.value)));
    let mut seen: Vec<SymptomHit> = Vec::new();
    let mut places = symptoms.clone();
    places.retain(|(_, place)| !is_spoken(text, group, *place) || status::is_logged(text, *place));
    let mut whole = places.clone();
    whole.retain(|(_, place)| !says_more(text, group, *place) || status::is_logged(text, *place));
    for (symptom, place) in symptoms {
        // The service's words go before what the path suggests; a decoded token goes before both.
        let from_token = facts.token_kind.as_ref().is_some_and(|kind| kind.origin == super::Origin::Token);
        if let Some(kind) = symptom.token_kind.as_deref().filter(|_| !from_token) {
            let kind = if kind == "app" { TokenKind::App } else { TokenKind::Delegated };
            facts.token_kind = Some(Fact::text(kind, place));
        }
        if !seen.iter().any(|hit| hit.symptom == symptom.name) {
            // A status line of its own is structure enough for what a status says.
            let structured = thrown::is_structured(text, group, place);
            let by_status = facts.status.as_ref().and_then(|status| status.span).is_some_and(|span| {
                let beside = span.end <= place.start && place.start <= span.end + 4;
                span == place || beside && !symptom.status.is_empty()
            });
            let torn = group.hits.iter().filter(|hit| hit.symptom.name == symptom.name).all(|hit| hit.torn)
                && group.hits.iter().any(|hit| hit.torn && hit.span == place);
            let foreign = || !is_marked(group) && !coded && service::is_of_product(text, place, &around.signs);
            let loose = symptom.weak && !structured && !by_status || torn || foreign();
            let is_in = |list: &[(&Symptom, Span)]| list.iter().any(|(stated, _)| stated.name == symptom.name);
            let (spoken, more) = (!is_in(&places), !is_in(&whole));
            seen.push(SymptomHit { symptom: symptom.name.clone(), span: place, loose, spoken, more, over: false });
        }
    }
    Some(Incident { span, symptoms: seen, facts })
}

/// Whether a status says by itself that the service, or what stands before it, did not judge the call.
const fn is_service_status(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504 | 509)
}

/// Words that say nothing are a refusal only under the status of one.
pub(crate) const fn is_no_refusal(status: u16) -> bool {
    status == 401 || is_service_status(status) || status >= 500
}

/// Symptoms of an answer without any words.
pub(crate) fn says_nothing(symptom: &str) -> bool {
    matches!(symptom, "unknown-error" | "empty-forbidden")
}

/// Whether there is more than words of Graph's.
fn is_marked(group: &Group<'_>) -> bool {
    let ids = group.request_id.is_some() || group.client_request_id.is_some();
    ids || group.inner.is_some() || group.date.is_some()
}

/// Whether there is what only an answer has; a sentence may name an inner code too.
fn is_recorded(group: &Group<'_>) -> bool {
    let ids = group.request_id.is_some() || group.client_request_id.is_some();
    ids || group.date.is_some() || group.inner.is_some() && group.object.is_some()
}

/// Whether words of a group are only spoken about.
fn is_spoken(text: &str, group: &Group<'_>, place: Span) -> bool {
    let object = group.object.map(|object| object.start);
    let structured = object.is_some() || is_marked(group) || group.code.is_some() && group.message.is_some();
    let from = |start: usize| Span::new(start, place.end);
    if guard::is_introduced(text, from(group.start().min(place.start)))
        || written::is_held(text, object.unwrap_or(place.start))
        || object.is_none() && (written::is_stated(text, place) || written::is_raised(text, place))
        || !is_recorded(group) && guard::is_general(text, from(object.unwrap_or(place.start)))
    {
        return true;
    }
    let is = |place: Span| {
        spoken::is_spoken(text, place) || listed::is_listed(text, place) || mapped::is_mapped(text, place)
    };
    let literal = || written::literal(text, place);
    if !structured {
        let is_whole = |whole: Span| is(whole) || group.status.is_none() && is_text_of_program(text, whole);
        return is(place) && !thrown::is_of_message(text, place)
            || literal().is_some_and(is_whole)
            || is_doubtful_as_written(text, place);
    }
    // A literal that holds the code as well is the words of a message, and no answer.
    let of_words = |whole: &Span| group.code.is_some_and(|code| whole.start <= code.start && code.start < whole.end);
    if object.is_none() && !is_marked(group) && literal().filter(of_words).is_some_and(is) {
        return true;
    }
    let start = object.unwrap_or(place.start);
    spoken::is_made_up(text, start)
        || mapped::is_example(text, start)
        || object.is_none() && mapped::is_example(text, group.start())
        || !is_answer(group) && says_more(text, group, place)
        || !is_marked(group) && listed::has_hint(text, place)
        || !is_recorded(group) && is_example_as_written(text, from(start))
}

/// Whether the message of a group has these words beside more: in words of its own, or as a second sentence.
fn says_more(text: &str, group: &Group<'_>, place: Span) -> bool {
    let holds = |field: &Field| field.value.start <= place.start && place.end <= field.value.end;
    let message = group.nested_message.filter(holds).or_else(|| group.message.filter(holds));
    let thrown = || group.bare() && spoken::is_spoken(text, place) && thrown::is_of_message(text, place);
    message.is_some_and(|message| spoken::is_quoted_in(text, message.value, place) || is_second(group, message, place))
        || thrown()
}

/// Whether a group is what the service answered, so that its message is the service's: an error object with its code.
fn is_answer(group: &Group<'_>) -> bool {
    group.code.is_some() && group.object.is_some() || is_recorded(group)
}

/// Whether an object is an example in what was written before its quotes became others: `{&quot;example&quot;: {…`.
fn is_example_as_written(text: &str, object: Span) -> bool {
    const NEAR: usize = 24;
    let opens = slice(text, object.start..object.end.min(object.start + NEAR));
    ["&quot;", "\\\"", "“", "„"].iter().any(|quote| opens.contains(quote))
        && as_written::around(text, object).is_some_and(|(text, object)| {
            guard::is_introduced(&text, object)
                || guard::is_general(&text, object)
                || spoken::is_made_up(&text, object.start)
                || mapped::is_example(&text, object.start)
        })
}

/// Whether words are only spoken about in the sentence that JSON, a page or a mail holds.
fn is_doubtful_as_written(text: &str, place: Span) -> bool {
    as_written::around(text, place).is_some_and(|(text, place)| {
        guard::is_introduced(&text, place)
            || guard::is_general(&text, place)
            || guard::is_ruled_out(&text, place)
            || spoken::is_spoken(&text, place)
            || listed::is_listed(&text, place)
            || mapped::is_mapped(&text, place)
            || program::is_of_program(&text, place)
            || written::is_stated(&text, place)
            || written::is_raised(&text, place)
            || is_text_of_program(&text, place)
    })
}

/// Whether the message begins with words that say something else: what it goes on with is about another failure.
fn is_second(group: &Group<'_>, message: Field, place: Span) -> bool {
    let at = |span: Span| group.hits.iter().filter(move |hit| hit.span == span).map(|hit| &hit.symptom.name);
    let begins = |hit: &&Hit<'_>| {
        message.value.start <= hit.span.start
            && hit.span.start <= message.value.start + 2
            && hit.span.end <= place.start
            && !hit.symptom.wrapper
    };
    let Some(first) = group.hits.iter().find(begins) else { return false };
    at(place).next().is_some() && !at(place).any(|name| *name == first.symptom.name)
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
