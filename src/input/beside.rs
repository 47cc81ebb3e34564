//! What stands beside a failure and is not of it: the records above and below it in a log, the status of another
//! service, a call that succeeded.
//!
//! Nothing says where a record of a log begins but its first words. So a line is of another record where it begins with a
//! time, a level or a tag of its own, or is an object by itself; what no such mark parts from a failure is of its block.

use memchr::memmem;

use super::assemble::Around;
use super::lane::{Lane, Relation};
use super::request::{self, Request};
use super::status::{self, Status};
use super::{Span, frame, service, spoken};
use crate::knowledge::cloud_of_host;
use crate::source::{has_blank_line, slice};

/// A line is looked at this far on either side of a place.
const LINE: usize = 4_096;
/// Who is meant by a status stands no further from it on its line.
const NEAR: usize = 512;
/// A head with its headers, or an exception with its stack, is not longer.
const BLOCK: usize = 8 << 10;
/// The time and the level of an entry do not stand further behind its beginning.
const LEAD: usize = 120;
/// The answer of a call is not further behind it on its line.
const ANSWER: usize = 240;
/// With more words, a line that begins no record is prose or the text of an exception.
const FEW: usize = 6;

/// The line of a place, without its end; of a very long one what is around the place.
pub(super) fn line_of(text: &str, at: usize) -> Span {
    lines_of(text, Span::new(at, at))
}

/// The lines of a span, without the end of the last one.
pub(super) fn lines_of(text: &str, span: Span) -> Span {
    let ends = |text: &str, last: bool| {
        let bytes = text.as_bytes();
        if last { memchr::memrchr2(b'\n', b'\r', bytes) } else { memchr::memchr2(b'\n', b'\r', bytes) }
    };
    let head = slice(text, span.start.saturating_sub(LINE)..span.start);
    let tail = slice(text, span.end..span.end.saturating_add(LINE));
    let start = span.start - head.len() + ends(head, true).map_or(0, |end| end + 1);
    Span::new(start, span.end + ends(tail, false).unwrap_or(tail.len()))
}

/// Whether another record begins between two places, the first of them in a line above.
pub(super) fn is_parted(text: &str, one: usize, other: usize) -> bool {
    if other.saturating_sub(one) > BLOCK {
        return true;
    }
    let (above, below) = (line_of(text, one), line_of(text, other));
    if below.start <= above.start {
        return false;
    }
    let written = |line: Span| slice(text, line.start..line.end);
    let between = slice(text, above.end..below.end);
    let tags = tag(written(above)).zip(tag(written(below)));
    tags.is_some_and(|(one, other)| one != other) || between.split(['\n', '\r']).any(begins_entry)
}

/// Whether the line of a place is a record that ends above another place.
pub(super) fn is_record_above(text: &str, one: usize, other: usize) -> bool {
    let line = line_of(text, one);
    line.end <= other && (is_object(slice(text, line.start..line.end)) || is_parted(text, one, other))
}

/// Whether a line begins with a time or a level.
pub(super) fn begins_entry(line: &str) -> bool {
    spoken::begins_record(line) || told_level(line).is_some() || is_of_system(line) || is_of_dotnet(line)
}

/// `fail: Contoso.Rooms[0]`: the console of .NET.
fn is_of_dotnet(line: &str) -> bool {
    const LEVELS: [&str; 6] = ["trce", "dbug", "info", "warn", "fail", "crit"];
    let event = || line.trim_end().strip_suffix(']').and_then(|head| head.rsplit('[').next());
    line.split_once(": ").is_some_and(|(level, _)| LEVELS.contains(&level))
        && event().is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `Nov 27 10:00:01 web1 ...`, `10.0.0.4 - - [05/May/2026:05:00:00 +0000] ...`: the time is not the first word.
pub(super) fn is_of_system(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().take(4).collect();
    let is_time = |word: &str| {
        word.len() == 8 && word.matches(':').count() == 2 && word.starts_with(|c: char| c.is_ascii_digit())
    };
    match words.as_slice() {
        [month, day, time, ..] if is_time(time) => {
            month.len() == 3 && day.len() <= 2 && day.bytes().all(|byte| byte.is_ascii_digit())
        }
        [.., time] => words.len() == 4 && time.starts_with('[') && time.matches(['/', ':']).count() == 5,
        _ => false,
    }
}

/// What an entry says behind its time and its level, without what stands in brackets.
fn behind_head(line: &str) -> String {
    let heads =
        |word: &str| word.starts_with(|c: char| c.is_ascii_digit() || "[<(|-".contains(c)) || spoken::is_level(word);
    // `Nov 27 10:00:01 web1 meetings[812]:`, where the process tells lines apart.
    let process = if is_of_system(line) { line.find("]: ").filter(|end| *end < 80) } else { None };
    let mut rest = slice(line, process.map_or(0, |end| end + 3)..line.len()).trim_start();
    while let Some(word) = rest.split_whitespace().next().filter(|word| heads(word)) {
        rest = slice(rest, word.len()..rest.len()).trim_start();
    }
    let mut depth = 0_usize;
    rest.chars()
        .filter(|c| {
            depth += usize::from(*c == '[');
            let inside = depth > 0;
            depth -= usize::from(*c == ']' && inside);
            !inside
        })
        .collect()
}

/// What stands behind `INFO` and the like at the beginning of a line.
fn told_level(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let word = line.split([' ', ':', '\t']).next().unwrap_or_default();
    let level = matches!(word, "INFO" | "DEBUG" | "TRACE" | "VERBOSE" | "NOTICE" | "INF" | "DBG");
    level.then(|| slice(line, word.len()..line.len()))
}

/// `[gateway] ...`: what a line is from.
fn tag(line: &str) -> Option<&str> {
    let (tag, _) = line.trim_start().strip_prefix('[')?.split_once(']')?;
    (!tag.is_empty() && tag.len() <= 32 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        .then_some(tag)
}

/// Whether a line is an object by itself, as in a log of such lines.
fn is_object(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('{') && line.trim_end_matches(',').ends_with('}')
}

/// Whether the status of a line above or below a failure may be the one of its answer.
pub(super) fn may_answer(text: &str, around: &Around, status: &Status, failure: Span, code: Option<u16>) -> bool {
    let above = status.span.start < failure.start;
    let line = line_of(text, status.span.start);
    let written = slice(text, line.start..line.end);
    let own = lines_of(text, failure);
    let own_text = slice(text, own.start..own.end);
    let parted = if above {
        is_object(written)
            || is_parted(text, status.span.start, failure.start)
                && !(is_head(written, status, line) && in_one_second(text, line, own))
    } else {
        is_object(written) && is_object(own_text) || is_parted(text, failure.end, status.span.start)
    };
    let whole = || names_own_call(around, own, failure) && !goes_on(slice(text, own.start..failure.start));
    if whole() || tells_several(around, line) {
        return false;
    }
    !parted && !is_foreign(text, around, status)
        || above && parted && code.is_none_or(|code| code == status.value) && is_next(text, around, status, failure)
}

/// Whether records follow each other as those of one call do: a request, its status, and the failure. Of another call or
/// of another service nothing stands between them.
fn is_next(text: &str, around: &Around, status: &Status, failure: Span) -> bool {
    let line = line_of(text, status.span.start);
    let before = around.requests.partition_point(|request| request.span.start < failure.start);
    let mut above = around.requests.get(..before).unwrap_or_default().iter().rev().take(8);
    let Some(request) = above.next().filter(|request| request.span.start < line.end) else { return false };
    let path = |request: &Request| slice(text, request.path.start..request.path.end);
    let is_operation = request::operation(request.method.map(|(method, _)| method), path(request)).is_some();
    let from = request.span.start.min(line.start);
    if !is_operation || failure.start - from > BLOCK || succeeded(text, around, request, failure) {
        return false;
    }
    let between = |from: usize, to: usize| {
        let first = around.statuses.partition_point(|status| status.span.start < from);
        let rest = around.statuses.get(first..).unwrap_or_default().iter();
        rest.take_while(move |status| status.span.start < to).filter(|status| status.named)
    };
    if between(from, failure.start).any(|other| other.value != status.value) {
        return false;
    }
    // The call before it has its answer, or the status may be of that call.
    let is_open = |other: &Request| {
        from.saturating_sub(other.span.end) <= BLOCK
            && between(other.span.end, from).next().is_none()
            && !succeeded(text, around, other, failure)
    };
    if above.find(|other| path(other) != path(request)).is_some_and(is_open) {
        return false;
    }
    let written = |line: Span| slice(text, line.start..line.end);
    let (of_call, own) = (line_of(text, from.max(request.span.start)), line_of(text, failure.start));
    let lane = Lane::of_failure(text, failure.start, None);
    let of_others = |line: Span| {
        let tags = tag(written(line)).zip(tag(written(own)));
        lane.relation(text, line.start) == Relation::Other
            || tags.is_some_and(|(one, other)| one != other && !spoken::is_level(one) && !spoken::is_level(other))
    };
    if of_others(line) || of_others(of_call) || calls_elsewhere(written(line)) {
        return false;
    }
    // What also leads to the call, or to the failure, is the name of the program or of its logger.
    let lead = [slice(text, of_call.start..request.span.start), slice(text, own.start..failure.start)];
    let is_graph = |word: &str| word.eq_ignore_ascii_case("graph") || word.eq_ignore_ascii_case("microsoft");
    let names = |word: &str| is_plain(word) && !is_neutral(word, status.value) && !is_graph(word);
    let is_known = |word: &str| lead.iter().any(|lead| words(lead).any(|known| known == word));
    let head = written(line);
    line.start == of_call.start || !words(&behind_head(head)).any(|word| names(word) && !is_known(word))
}

/// Whether a line shows the head of an answer as clients log it, line by line.
fn is_head(written: &str, status: &Status, line: Span) -> bool {
    let before = slice(written, 0..status.span.start - line.start);
    status.protocol && behind_head(before).starts_with("HTTP/")
        || before.ends_with("<-- ")
        || before.contains("HttpResponse[")
}

/// Whether what stands behind the beginning of a failure, on its lines, is of its record.
pub(super) fn is_of_record(text: &str, failure: Span, at: usize) -> bool {
    let at_once = || in_one_second(text, line_of(text, failure.start), line_of(text, at));
    at < failure.start || !is_parted(text, failure.start, at) || at_once()
}

/// Whether no entry with a time or a level of its own begins between a failure and a place below it; those of one second
/// may be lines of one text.
pub(super) fn is_of_entry(text: &str, failure: Span, at: usize) -> bool {
    let end = failure.end.min(at);
    // Most stand on one line.
    if memchr::memchr2(b'\n', b'\r', slice(text, end..at).as_bytes()).is_none() {
        return true;
    }
    let below = line_of(text, at);
    let mut lines = slice(text, end..below.end).split(['\n', '\r']).skip(1);
    // A time has digits, and a level capitals.
    let may = |line: &str| line.bytes().take(LEAD).any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    !lines.any(|line| may(line) && begins_entry(line)) || in_one_second(text, line_of(text, failure.start), below)
}

/// Whether a place is in another record than a failure, where each is an object of JSON on a line of its own.
pub(super) fn is_of_other_object(text: &str, failure: Span, at: usize) -> bool {
    let (own, other) = (line_of(text, failure.start), line_of(text, at));
    // Records of one log begin with the same name; the headers of an answer are no record.
    let name = |line: Span| {
        let line = slice(text, line.start..line.end);
        line.trim_start().split(':').next().filter(|_| is_object(line))
    };
    own != other && failure.end <= own.end && name(own).is_some() && name(own) == name(other)
}

/// Whether all entries from one line to another begin with the same time, but for the fraction of its second.
fn in_one_second(text: &str, one: Span, other: Span) -> bool {
    const TIME: usize = 24;
    let time = |line: &str| {
        // What a runtime put before each line is blank by now.
        let head = slice(line.trim_start(), 0..TIME);
        let end = head.rfind(':').map_or(0, |colon| colon + 3);
        slice(head, 0..end).to_owned()
    };
    let known = time(slice(text, one.start..one.end));
    let mut lines = slice(text, one.start..other.end).split(['\n', '\r']).filter(|line| begins_entry(line));
    known.bytes().filter(u8::is_ascii_digit).count() >= 6 && lines.all(|line| time(line) == known)
}

/// Whether a line goes on with what stands above it: `Detail: {...`, `body: {...`.
fn goes_on(lead: &str) -> bool {
    let lead = lead.trim_end_matches(['{', '"', '\'', '\\', ' ', '“', '”', '„', '‘', '’']);
    let label = lead.strip_suffix(':').unwrap_or_default();
    words(label).count() <= 2 && words(label).any(frame::is_label) && !words(label).any(|word| word == "ERROR")
}

/// Whether the lines of a failure name its call beside it: then they are a whole record.
fn names_own_call(around: &Around, own: Span, failure: Span) -> bool {
    requests_in(around, own)
        .iter()
        .any(|request| request.span.end <= failure.start || failure.end <= request.span.start)
}

/// Whether a line tells of several failed calls.
fn tells_several(around: &Around, line: Span) -> bool {
    let from = around.statuses.partition_point(|status| status.span.start < line.start);
    let here = around.statuses.get(from..).unwrap_or_default().iter().take_while(|status| status.span.start < line.end);
    let mut values = here.filter(|status| status.named && status.value >= 400).map(|status| status.value);
    let first = values.next();
    values.any(|value| Some(value) != first)
}

/// The requests that begin in a line.
fn requests_in(around: &Around, line: Span) -> &[Request] {
    let from = around.requests.partition_point(|request| request.span.start < line.start);
    let to = around.requests.partition_point(|request| request.span.start < line.end);
    around.requests.get(from..to).unwrap_or_default()
}

/// Words of clients and logs around a status that name nobody, in their order.
#[rustfmt::skip]
const NEUTRAL: [&str; 156] = [
    "a", "after", "again", "always", "an", "and", "answer", "answered", "answers", "api", "app", "at", "attempt",
    "axios", "been", "before", "body", "but", "by", "call", "called", "calling", "caught", "caused", "client", "code",
    "critical", "curl", "denied", "does", "duration", "during", "elapsed", "end", "error", "errors", "every",
    "exception", "f", "fail", "failed", "fails", "failure", "fatal", "fetch", "for", "found", "from", "get", "gets",
    "getting", "got", "has", "headers", "http", "https", "i", "in", "indicate", "info", "inner", "is", "it", "keep",
    "keeps", "latency", "level", "lookup", "lvl", "main", "message", "method", "ms", "msg", "my", "not", "now", "of", "on",
    "or", "our", "path", "processing", "production", "promise", "reason", "receive", "received", "receives",
    "refused", "rejected", "rejection", "remote", "reply", "request", "requested", "requests", "respond", "responded",
    "response", "result", "retries", "retry", "retrying", "return", "returned", "returns", "root", "s", "same",
    "seconds", "see", "seeing", "sending", "sent", "server", "service", "sometimes", "source", "start", "starting",
    "status", "statuscode", "stderr", "stdout", "step", "still", "success", "that", "the", "then", "there", "this",
    "time", "timestamp", "to", "took", "try", "ts", "type", "uncaught", "unexpected", "unhandled", "unsuccessful",
    "uri", "url", "user", "users", "warn", "warning", "was", "we", "wget", "when", "while", "with",
];

/// Words of Graph's operations.
const OF_GRAPH: [&str; 7] = ["graph", "Graph", "eeting", "ranscript", "ecording", "irtualEvent", "allRecord"];

/// Whether the line of a status names somebody else: another call, or another service.
pub(super) fn is_foreign(text: &str, around: &Around, status: &Status) -> bool {
    let line = line_of(text, status.span.start);
    if !requests_in(around, line).is_empty() {
        return false;
    }
    names_others(text, status.span, status.value)
}

/// Whether the line of a status without a call of Graph names somebody else.
pub(super) fn names_others(text: &str, status: Span, value: u16) -> bool {
    let line = line_of(text, status.start);
    // One line may be a whole file.
    let near = Span::new(line.start.max(status.start.saturating_sub(NEAR)), line.end.min(status.end + NEAR));
    let written = slice(text, near.start..near.end);
    if calls_elsewhere(written) {
        return true;
    }
    if OF_GRAPH.iter().any(|word| written.contains(word)) || written.trim_end().ends_with(':') {
        return false;
    }
    let names = |word: &str| !is_neutral(word, value);
    if begins_entry(written) || is_object(written) {
        return words(&behind_head(written)).filter(|word| is_plain(word)).any(names);
    }
    // `redis 429`, `crm status=503`; longer lines are sentences of people and of clients, in any language.
    let is_name = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let mut own = words(written).filter(|word| names(word) && !is_number(word)).peekable();
    of_service(value) && words(written).count() <= FEW && own.peek().is_some() && own.all(is_name)
}

/// Whether a status is the service's own, so that it would explain a failure that says nothing.
pub(super) const fn of_service(status: u16) -> bool {
    status == 429 || status >= 500
}

/// Whether a status can not be the one of an answer with this reason phrase as its code: the service is down, or it refuses.
pub(super) fn contradicts(code: Option<u16>, status: u16) -> bool {
    code.is_some_and(|code| of_service(code) != of_service(status))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-')))
        .map(|word| word.trim_matches(['.', '-']))
        .filter(|word| !word.is_empty())
}

/// A word of a sentence: no number, no name of a class, no logger.
fn is_plain(word: &str) -> bool {
    word.chars().all(|c| c.is_alphabetic() || c == '-') && !word.chars().skip(1).any(char::is_uppercase)
}

fn is_neutral(word: &str, status: u16) -> bool {
    let lower = word.to_ascii_lowercase();
    NEUTRAL.binary_search(&lower.as_str()).is_ok()
        || status::reason_of(status).is_some_and(|reason| reason.contains(&lower))
}

/// Whether a line shows a call that is none of Graph's: `GET /health`, an address of another host.
fn calls_elsewhere(line: &str) -> bool {
    const METHODS: [&str; 7] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "for"];
    if memmem::find(line.as_bytes(), b" /").is_none() && !line.contains("\t/") && !line.contains("://") {
        return false;
    }
    let mut words = line.split([' ', '\t', '"', '\'']).filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let path = |next: &&str| next.starts_with('/') && next.len() > 1;
        if METHODS.contains(&word) && words.peek().is_some_and(path) {
            return true;
        }
    }
    memmem::find_iter(line.as_bytes(), b"://").any(|at| {
        let host = slice(line, at + 3..line.len());
        if request::is_own_service(host.split([' ', '\t', '"', '\'']).next().unwrap_or_default()) {
            return true;
        }
        let len = host.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(host.len());
        let host = slice(host, 0..len);
        cloud_of_host(host).is_none() && service::is_other(host)
    })
}

/// Whether the text says that a call succeeded: a status of 2xx behind it, or that it works. Only what stands before the
/// failure and before the next call is said of it.
pub(super) fn succeeded(text: &str, around: &Around, request: &Request, failure: Span) -> bool {
    let next = around.requests.partition_point(|other| other.span.start <= request.span.start);
    let next = around.requests.get(next).map_or(text.len(), |next| next.span.start);
    let before = request.span.end <= failure.start;
    let end = if before { next.min(failure.start) } else { next };
    let line = line_of(text, request.span.start);
    let head = slice(text, line.start..request.span.start);
    let rest = slice(text, request.span.end..end.min(line.end.max(request.span.end)));
    // What is on the line of the failure is its record: a gateway may answer 200 and hold it.
    let holds = before && failure.start <= line.end && end == failure.start;
    let well = || answers_well(rest) || !answers_badly(rest) && (works(rest) || works(clause(head)) || is_passed(head));
    // What stands between two calls of a line is the answer of the first one.
    let is_first = || requests_in(around, line).first().is_none_or(|first| first.span.start >= request.span.start);
    if ends_well(head) && is_first() || !holds && well() {
        return true;
    }
    if !holds && (is_answered_below(text, line, head, end) || is_told_to_work(text, line, head)) {
        return true;
    }
    if is_in_object_of_success(text, around, request, end) {
        return true;
    }
    let behind = slice(text, request.span.end..end.min(request.span.end.saturating_add(BLOCK)));
    !holds && first_answer(behind).is_some_and(is_success)
}

/// `Works:` on the line above a call that has its line to itself.
fn is_told_to_work(text: &str, line: Span, head: &str) -> bool {
    const WORDS: usize = 3;
    let above = slice(text, line.start.saturating_sub(ANSWER)..line.start).trim_end();
    let above = above.rsplit(['\n', '\r']).next().unwrap_or_default();
    let label = above.trim_end_matches(['*', ' ']).strip_suffix(':');
    is_neutral_lead(head) && label.is_some_and(|label| words(label).count() <= WORDS && works(label))
}

/// Whether nothing but a method leads to a call.
fn is_neutral_lead(head: &str) -> bool {
    words(head).all(|word| is_neutral(word, 0))
}

/// `"url": "https://...", "method": "GET", "status_code": 200 }`: the object that names a call says that it succeeded.
fn is_in_object_of_success(text: &str, around: &Around, request: &Request, end: usize) -> bool {
    let quoted = slice(text, 0..request.span.start).ends_with(['"', '\'', ' ']);
    let rest = slice(text, request.span.end..end.min(request.span.end.saturating_add(BLOCK)));
    let Some(close) = rest.find(['{', '}']).filter(|at| quoted && slice(rest, *at..at + 1) == "}") else {
        return false;
    };
    let to = request.span.end + close;
    let from = around.statuses.partition_point(|status| status.span.start < request.span.end);
    let mut inside = around.statuses.get(from..).unwrap_or_default().iter().take_while(|it| it.span.start < to);
    inside.next().is_some_and(|status| status.named && is_success(status.value))
}

const fn is_success(status: u16) -> bool {
    matches!(status, 200..=299)
}

/// The status of the first answer in a dump.
fn first_answer(text: &str) -> Option<u16> {
    memmem::find_iter(text.as_bytes(), b"HTTP/").find_map(|at| {
        let rest = slice(text, at + 5..at + 16).trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let digits = slice(rest.strip_prefix(' ')?, 0..3);
        (digits.len() == 3).then(|| digits.parse().ok())?
    })
}

/// The statuses that stand in a text as words of their own.
fn numbers(text: &str) -> impl Iterator<Item = (usize, u16)> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.match_indices(['2', '4', '5']).filter_map(move |(at, _)| {
        let digits = slice(text, at..at + 3);
        let value: u16 = digits.parse().ok().filter(|_| digits.len() == 3)?;
        let behind = slice(text, at + 3..at + 12);
        let alone =
            !slice(text, 0..at).ends_with(part) && !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let measured = ["ms", "bytes", "B ", "s "].iter().any(|unit| behind.trim_start().starts_with(unit));
        (alone && !measured && !status::is_fraction(text, at)).then_some((at, value))
    })
}

fn answers_well(rest: &str) -> bool {
    let ok = rest.trim_start_matches([' ', '-', '>', '=', ':', '`', '"', '→']).split([' ', ',', '.']).next();
    ok.is_some_and(|word| word.eq_ignore_ascii_case("ok"))
        || numbers(slice(rest, 0..ANSWER)).next().is_some_and(|(_, value)| is_success(value))
}

pub(super) fn answers_badly(rest: &str) -> bool {
    numbers(slice(rest, 0..ANSWER)).next().is_some_and(|(_, value)| value >= 400)
}

/// `<-- 200 OK https://...`
fn ends_well(head: &str) -> bool {
    let last = numbers(head).last();
    last.is_some_and(|(at, value)| is_success(value) && words(slice(head, at + 3..head.len())).count() <= 2)
}

/// Whether the line below a call is its answer: `200 OK`, or what was read.
fn is_answered_below(text: &str, line: Span, head: &str, end: usize) -> bool {
    let rest = slice(text, line.end..end.min(line.end.saturating_add(LINE)));
    let mut lines = rest.split(['\n', '\r']).filter(|line| !line.trim().is_empty());
    let below = lines.next().and_then(|below| if is_category(below) { lines.next() } else { Some(below) });
    let Some(below) = below else { return false };
    // What the failure stands in, or the next call, is no answer of this one.
    let from = below.as_ptr().addr() - rest.as_ptr().addr();
    if line.end + from + below.len() >= end && end < text.len() {
        return false;
    }
    let value = behind_head(slice(below, 0..ANSWER));
    let value = value.trim_start_matches([' ', '<', '-', '>', '|']);
    const ANSWERS: [&str; 5] = ["{\"value\":", "{ \"value\":", "{\"@odata.context\":", "{\"id\":", "{ \"id\":"];
    if ANSWERS.iter().any(|start| value.starts_with(start)) {
        return true;
    }
    if below.len() > ANSWER {
        return false;
    }
    // `End processing HTTP request after 212ms - 201`
    let timed = below.contains("HTTP request after ") || below.contains("response headers after ");
    let timed = below.trim_end().rsplit_once(" - ").filter(|_| timed);
    if timed.is_some_and(|(_, status)| status.parse().is_ok_and(is_success)) {
        return true;
    }
    // A time, a level and what leads to the call may stand before the status.
    let head = slice(head, 0..ANSWER);
    let is_status = |word: &str| word.len() == 3 && word.parse().is_ok_and(is_success);
    let leads = |word: &str| {
        word.bytes().any(|byte| byte.is_ascii_digit())
            || spoken::is_level(word)
            || ["answer", "response", "result", "status"].iter().any(|label| word.eq_ignore_ascii_case(label))
            || words(head).any(|known| known == word)
    };
    let mut told = words(below).skip_while(|word| !is_status(word) && leads(word));
    if !told.next().is_some_and(is_status) {
        return false;
    }
    // `200 OK (312 ms) request-id=...`
    let goes_on = |word: &str| {
        matches!(word, "OK" | "Ok" | "Created" | "Accepted" | "No" | "Content" | "in" | "request-id")
            || word.starts_with(|c: char| c.is_ascii_digit())
    };
    told.next().is_none_or(goes_on) && !numbers(below).any(|(_, value)| value >= 400)
}

/// `info: System.Net.Http.HttpClient.graph.LogicalHandler[101]`: what .NET puts on a line above each entry.
fn is_category(line: &str) -> bool {
    let level = line.trim_start().split(':').next().unwrap_or_default();
    matches!(level, "info" | "dbug" | "trce" | "warn") && line.trim_end().ends_with(']')
}

/// Whether what stands at a place, in a line above a failure or below it, is of an answer that this line calls a success.
pub(super) fn is_of_success(text: &str, failure: Span, at: usize) -> bool {
    if failure.start <= at && at < failure.end {
        return false;
    }
    let line = line_of(text, at);
    let above = line.end < failure.start;
    if !above && line.start <= failure.end {
        return false;
    }
    let written = slice(text, line.start..line.end.min(line.start + ANSWER));
    let parted = || {
        is_object(written)
            || is_of_pairs(written)
            || is_parted(text, at, failure.start)
            || is_of_other_row(text, failure, at)
    };
    match numbers(written).next() {
        Some((_, status)) if is_success(status) => !above || parted(),
        Some((_, status)) if (400..600).contains(&status) => false,
        _ => works(clause(written)) || is_object(slice(text, line.start..line.end)) && says_ok(written),
    }
}

/// `{"status": "ok", ...}`, `{"success": true, ...}`: a record of a call that succeeded.
fn says_ok(record: &str) -> bool {
    const PAIRS: [&str; 8] = [
        "\"status\":\"ok\"",
        "\"status\":\"success\"",
        "\"result\":\"ok\"",
        "\"result\":\"success\"",
        "\"outcome\":\"success\"",
        "\"outcome\":\"ok\"",
        "\"success\":true",
        "\"ok\":true",
    ];
    let packed: String = record.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    PAIRS.iter().any(|pair| packed.contains(pair))
}

/// Whether a place is in another row of the table that a failure is a row of: `"2026-11-28T09:36:10Z",403,GET,"..."`.
pub(super) fn is_of_other_row(text: &str, failure: Span, at: usize) -> bool {
    const CELLS: usize = 3;
    let (own, other) = (line_of(text, failure.start), line_of(text, at));
    let cells = |line: Span| {
        let line = slice(text, line.start..line.end);
        let mut quoted = false;
        let mark = |c: char| {
            quoted ^= c == '"';
            !quoted && matches!(c, ',' | ';' | '\t')
        };
        let quotes = ["\",", ",\"", "\";", ";\"", "\t"].iter().any(|mark| line.contains(mark))
            && !line.ends_with([',', '{', '[']);
        (quotes && !is_object(line)).then(|| line.split(mark).count())
    };
    own != other
        && failure.end <= own.end
        && cells(own).is_some_and(|count| count >= CELLS && cells(other) == Some(count))
}

/// Whether a place below a failure is in another record of a list of pairs, one a line: behind an empty line they begin with
/// the same key, `Error   : …`.
pub(super) fn is_of_other_list(text: &str, failure: Span, at: usize) -> bool {
    const KEY: usize = 40;
    let between = slice(text, failure.end..at.clamp(failure.end, failure.end.saturating_add(BLOCK)));
    let blank = |text: &str| memmem::rfind(text.as_bytes(), b"\n\n").map(|end| end + 2);
    let Some(begin) = blank(between).filter(|_| between.len() < BLOCK) else { return false };
    let own = slice(text, failure.start.saturating_sub(BLOCK)..failure.end);
    let key = |block: &str| {
        let line = block.trim_start_matches(['\r', '\n']).split('\n').next().unwrap_or_default();
        let (key, _) = line.split_once(':')?;
        let name = key.trim_end().to_owned();
        (!name.is_empty() && name.len() <= KEY && !name.contains(['{', '"', '[', '/'])).then_some(name)
    };
    let first = key(slice(own, blank(own).unwrap_or(0)..own.len()));
    let other = key(slice(text, failure.end + begin..failure.end + begin + KEY * 2));
    first.is_some() && first == other
}

/// Whether a line is a record of pairs alone: `status=200 request-id=… client_id=…`.
fn is_of_pairs(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.clone().nth(1).is_some() && words.all(|word| word.contains('='))
}

/// Whether a mark before a call says that it passed: `✓ GET ...`, `[PASS] GET ...`.
fn is_passed(head: &str) -> bool {
    let head = head.trim_matches([' ', '\t', '-', '*', '`', '"']);
    let word = head.trim_matches(['[', ']', '(', ')', ':', ' ']);
    head.starts_with(['✓', '✔', '√', '✅'])
        || matches!(word, "PASS" | "PASSED" | "pass" | "passed" | "OK" | "ok" | "Ok")
}

/// The last clause of what leads to a call.
fn clause(head: &str) -> &str {
    let head = head.rsplit(". ").next().unwrap_or_default();
    let head = head.rsplit("; ").next().unwrap_or_default();
    head.rsplit(" but ").next().unwrap_or_default()
}

/// Whether a sentence says of a call that it works.
fn works(rest: &str) -> bool {
    const SAID: [&str; 8] = ["works", "worked", "succeeds", "succeeded", "success", "successfully", "passes", "passed"];
    const SENTENCES: [&str; 3] = [" is fine", " no problem", " without problems"];
    const DENIED: [&str; 9] = ["not", "never", "nothing", "longer", "only", "once", "previously", "before", "false"];
    let sentence = rest.split(". ").next().unwrap_or_default();
    let sentence = sentence.split(" but ").next().unwrap_or_default();
    let said = |word: &str| SAID.iter().any(|known| word.eq_ignore_ascii_case(known));
    (words(sentence).any(said) || SENTENCES.iter().any(|words| sentence.contains(words)))
        && !words(sentence).any(|word| DENIED.contains(&word))
        && !sentence.contains("n't")
}

/// Whether the line of a call begins with a time or a level.
pub(super) fn is_logged(text: &str, request: &Request) -> bool {
    let line = line_of(text, request.span.start);
    begins_entry(slice(text, line.start..line.end))
}

/// Whether a line holds nothing but a call: `GET https://... HTTP/1.1`, `Request URL: https://...`.
pub(super) fn is_alone(text: &str, request: &Request) -> bool {
    let line = line_of(text, request.span.start);
    let around = [slice(text, line.start..request.span.start), slice(text, request.span.end..line.end)];
    let has_own =
        |part: &&str| words(part).any(|word| !is_neutral(word, 0) && !word.bytes().any(|b| b.is_ascii_digit()));
    !around.iter().any(has_own)
}

/// Whether a call is of the block of a failure: no other record begins between them.
pub(super) fn in_block(text: &str, request: &Request, failure: Span) -> bool {
    let line = line_of(text, request.span.start);
    if is_object(slice(text, line.start..line.end)) {
        return false;
    }
    if request.span.start < failure.start {
        return !is_parted(text, request.span.start, failure.start);
    }
    let between = slice(text, failure.end..request.span.start);
    !has_blank_line(between) && !is_parted(text, failure.end, request.span.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutral_words_are_in_order() {
        assert!(NEUTRAL.is_sorted());
    }
}
