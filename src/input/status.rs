//! HTTP status values in the text.

use super::fields::{Field, Form, Key, clean};
use super::{Span, beside, request, spoken};
use crate::source::slice;

/// A status with its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Status {
    pub(crate) value: u16,
    pub(crate) span: Span,
    /// A status line, a `status` field or a line of its own: it may tell of a failure by itself.
    pub(crate) line: bool,
    /// Behind `HTTP/1.1`: headers follow.
    pub(crate) protocol: bool,
    /// A word or a reason phrase beside it says that it is a status; else it is only a number.
    pub(crate) named: bool,
}

/// Statuses beyond are not read; no paste has as many.
const MAX_STATUSES: usize = 1 << 20;
/// Nor as many answers with a head.
const MAX_HEADS: usize = 64 << 10;

const REASONS: [(u16, &str); 18] = [
    (400, "badrequest"),
    (401, "unauthorized"),
    (402, "paymentrequired"),
    (403, "forbidden"),
    (404, "notfound"),
    (405, "methodnotallowed"),
    (409, "conflict"),
    (410, "gone"),
    (412, "preconditionfailed"),
    (415, "unsupportedmediatype"),
    (423, "locked"),
    (429, "toomanyrequests"),
    (500, "internalservererror"),
    (501, "notimplemented"),
    (502, "badgateway"),
    (503, "serviceunavailable"),
    (504, "gatewaytimeout"),
    (509, "bandwidthlimitexceeded"),
];

pub(crate) fn of_reason(text: &str) -> Option<u16> {
    let letters: String = text.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    REASONS.iter().find(|(_, reason)| *reason == letters).map(|(value, _)| *value)
}

/// A code without the blank that a console left where it broke it: none has one, unless it is a reason phrase.
pub(super) fn unbroken(code: String) -> String {
    let word = |part: &str| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (one, other) = code.split_once(' ').unwrap_or_default();
    let joined = format!("{one}{other}");
    let capitals = joined.bytes().filter(u8::is_ascii_uppercase).count();
    let begins = one.starts_with(|c: char| c.is_ascii_uppercase());
    let goes_on = other.starts_with(|c: char| c.is_ascii_lowercase());
    let is_code = begins && goes_on && word(one) && word(other) && (capitals >= 2 || is_reason(&joined));
    if is_code { joined } else { code }
}

/// The letters of the reason phrase of a status.
pub(super) fn reason_of(status: u16) -> Option<&'static str> {
    REASONS.iter().find(|(value, _)| *value == status).map(|(_, reason)| *reason)
}

/// Whether a code is only the reason phrase of a status.
pub(crate) fn is_reason(code: &str) -> bool {
    of_reason(code).is_some()
}

/// `503 Service Unavailable`, at the beginning of a line.
pub(super) fn begins_answer(line: &str) -> bool {
    let (digits, rest) = (slice(line, 0..3), slice(line, 3..line.len()));
    digits.parse().is_ok_and(|value| rest.starts_with(' ') && follows(rest, value))
}

/// All status values, in the order of the text.
pub(crate) fn find(text: &str, fields: &[Field]) -> Vec<Status> {
    let of_fields = fields.iter().filter_map(|field| of_field(text, field)).take(MAX_STATUSES);
    let mut found: Vec<Status> = of_fields.collect();
    found.extend(numbers(text).take(MAX_STATUSES));
    found.extend(constants(text).take(MAX_STATUSES));
    found.extend(below_label(text).take(MAX_STATUSES));
    crate::order::sort_by_key(&mut found, |status| (status.span.start, status.span.end));
    found.dedup_by(|later, kept| {
        let same = later.span == kept.span;
        kept.line |= same && later.line;
        same
    });
    found
}

fn of_field(text: &str, field: &Field) -> Option<Status> {
    if !matches!(field.key, Key::Status | Key::Code) || field.form == Form::Nested {
        return None;
    }
    let value = clean(text, field.value);
    let digits =
        value.get(..3).filter(|_| !value.as_bytes().get(3).copied().is_some_and(|byte| byte.is_ascii_alphanumeric()));
    let number = digits.and_then(|digits| digits.parse().ok()).filter(|value| (100..600).contains(value));
    let span = field.value;
    let status = |value, line| Status { value, span, line, protocol: false, named: true };
    match field.key {
        Key::Status => Some(status(number.or_else(|| of_reason(&value))?, true)),
        // `Code: 403`; the service's own codes are no statuses.
        _ => number
            .filter(|value| *value >= 400 && digits == Some(value.to_string().as_str()))
            .map(|value| status(value, false)),
    }
}

/// `HttpStatusCode.GatewayTimeout` in a source.
fn constants(text: &str) -> impl Iterator<Item = Status> + '_ {
    const TYPE: &str = "StatusCode.";
    memchr::memmem::find_iter(text.as_bytes(), TYPE).filter_map(move |at| {
        let start = at + TYPE.len();
        let rest = slice(text, start..start + 32);
        let name = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let span = Span::new(start, start + name.len());
        Some(Status { value: of_reason(name)?, span, line: false, protocol: false, named: true })
    })
}

/// Clients' words before a number that is the status of a failed call.
const ANNOUNCED: [&str; 10] = [
    "the requested url returned error",
    "responded with status code",
    "responded with a status of",
    "the remote server returned an error",
    "request failed with status code",
    "does not indicate success",
    "unexpected status code",
    "error status code received from the api",
    "http error",
    "failed with status",
];

/// Words of a line that tells of a failed call.
const REFUSED: [&str; 6] = ["error", "fail", "rejected", "refused", "denied", "not found"];

fn numbers(text: &str) -> impl Iterator<Item = Status> + '_ {
    let bytes = text.as_bytes();
    let is_word = move |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    memchr::memchr3_iter(b'4', b'5', b'2', bytes).filter_map(move |at| {
        let digit = |offset: usize| {
            bytes.get(at + offset).filter(|byte| byte.is_ascii_digit()).map(|byte| u16::from(*byte - b'0'))
        };
        let value = digit(0)? * 100 + digit(1)? * 10 + digit(2)?;
        if !(value == 200 || (400..600).contains(&value)) || is_word(at.checked_sub(1)) || is_word(Some(at + 3)) {
            return None;
        }
        if matches!(bytes.get(at + 3), Some(b'.' | b',')) && bytes.get(at + 4).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        if is_fraction(text, at) {
            return None;
        }
        let line = slice(text, at.saturating_sub(80)..at);
        let line = memchr::memrchr2(b'\n', b'\r', line.as_bytes()).map_or(line, |end| slice(line, end + 1..line.len()));
        // As it was before it became markup.
        let line = as_written(line);
        let line = line.as_ref();
        let before =
            line.trim_end_matches(['(', '[', '`', '*', '"', '\'', ' ', '\t', ':', '=', '#', '|', '-', '>', '<']);
        let after = slice(text, at + 3..at + 40);
        let after = memchr::memchr2(b'\n', b'\r', after.as_bytes()).map_or(after, |end| slice(after, 0..end));
        let after = as_written(after);
        let after = after.as_ref();
        let last_letter = before.bytes().last().map(|byte| byte.to_ascii_lowercase());
        let ends = |word: &str| {
            word.bytes().last() == last_letter
                && before
                    .len()
                    .checked_sub(word.len())
                    .and_then(|from| before.get(from..))
                    .is_some_and(|end| end.eq_ignore_ascii_case(word))
        };
        let parts = |byte: &u8| matches!(byte, b' ' | b'\t' | b'>' | b'<' | b'|' | b'"' | b'\'' | b'`' | b'[' | b'(');
        let last =
            before.bytes().rposition(|byte| parts(&byte)).map_or(before, |end| slice(before, end + 1..before.len()));
        let protocol = last.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("http"))
            && (last.len() == 4 || last.get(4..5) == Some("/"));
        let alone = before.is_empty()
            && (after.trim_matches(|c: char| !c.is_alphanumeric()).is_empty() || after.starts_with(['"', '\\']));
        let announced = ANNOUNCED.iter().any(|words| ends(words));
        let named = announced
            || [
                "status",
                "code",
                "error",
                "returned",
                "returns",
                "graph",
                "failed",
                "response",
                "responded",
                "got",
                "with",
                "message",
                "msg",
                "返回",
                "状态码",
                "错误码",
                "错误",
                "ステータス",
                "コード",
                "エラー",
            ]
            .iter()
            .any(|word| ends(word));
        // `400 InvalidArgument: ...`
        let code = after.trim_start().split(':').next().unwrap_or_default();
        let code = after.contains(':')
            && code.len() >= 6
            && code.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
            && code.bytes().filter(u8::is_ascii_uppercase).count() >= 2;
        // `Forbidden - 403 - 312 ms`
        let behind = line.ends_with(" - ")
            && REASONS.iter().any(|(known, reason)| *known == value && ends_with_letters(before, reason));
        // `failed: forbidden (403).`
        let phrased = line.ends_with('(')
            && after.starts_with(')')
            && REASONS.iter().any(|(known, reason)| *known == value && ends_with_letters(before, reason));
        let reason = follows(after, value) || code || behind;
        // `Source request was rejected (403)`
        let bracketed = before.len() < line.len()
            && line.ends_with('(')
            && matches!(after.trim_end(), ")" | ").")
            && REFUSED.iter().any(|word| before.to_ascii_lowercase().contains(word));
        // `SpeakerAttributionNotAllowed (403)`: a code and its status.
        let capitals = |word: &str| word.bytes().filter(u8::is_ascii_uppercase).count();
        let is_code =
            |word: &str| word.len() >= 6 && word.bytes().all(|b| b.is_ascii_alphabetic()) && capitals(word) >= 2;
        let bracketed = bracketed || value >= 400 && line.ends_with(" (") && after.trim_end() == ")" && is_code(last);
        // `…,400,InvalidArgument,"…`: a cell before the one of the code.
        let cell = value >= 400
            && line.ends_with(',')
            && after
                .strip_prefix(',')
                .is_some_and(|rest| rest.split(',').next().is_some_and(is_code) && rest.contains(','));
        // `... for this app. [403]`, at the end of a line.
        let marked = value >= 400 && line.ends_with(" [") && after.trim_end() == "]";
        // `Status code 403`, on a line of its own.
        let labelled = value >= 400
            && after.trim().is_empty()
            && ["status code", "status", "statuscode"].iter().any(|label| before.trim().eq_ignore_ascii_case(label));
        let client = after.get(..14).is_some_and(|words| matches!(words, " Client Error:" | " Server Error:"));
        let called = value >= 400 && ends_a_call(text, at);
        // `returned an error: (403) Forbidden`, in any language.
        let told = value >= 400 && line.ends_with(": (") && after.starts_with(')');
        let reason = reason || told;
        let leads = value >= 400 && (reason || named || announced) && leads_to_call(text, at + 3);
        let named = protocol
            || alone
            || named
            || reason
            || client
            || bracketed
            || cell
            || marked
            || phrased
            || called
            || line.ends_with("<-- ")
            || is_answered_in(line, after)
            || before.is_empty();
        // `I get a 403:`, `we see 403 with ...`
        let seen = value >= 400 && is_seen(before, after);
        // `403 for app …`, `403 innerError.code=…`
        let told_for = value >= 400 && (after.starts_with(" for app ") || after.starts_with(" for user "));
        let key = after.trim_start().split('=').next().unwrap_or_default();
        let keyed = value >= 400
            && key.len() + 1 < after.len()
            && ["code", "error"].iter().any(|name| key.to_ascii_lowercase().ends_with(name))
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
        // `… ERROR com.contoso.Sync - 403 3003: …`
        let logged = || line.ends_with(" - ") && line.split_whitespace().any(spoken::is_level);
        let coded =
            value >= 400 && begins_numbered(after) && (before.is_empty() || heads_line(line.trim_end()) || logged());
        let named = named || seen || told_for || keyed || coded;
        // `DEBUG < 403`: the line of an answer, as a log prints it.
        let arrived = line.ends_with(" < ") && after.trim().is_empty() && heads_line(before);
        let named = named || arrived;
        // `<-- 403 Forbidden https://...`
        let arrow = value >= 400 && line.ends_with("<-- ");
        // `Received HTTP response headers after 312.4ms - 503`
        let timed = before.ends_with("ms") && line.contains("response headers");
        let line =
            protocol || alone || client || announced || called || arrow || timed || behind || told || leads || phrased;
        let line = line || arrived || labelled;
        let line = line || reason && !code && before.is_empty();
        let named = named || timed;
        if counts_units(text, at + 3) && !protocol || !named && !line && is_of_something(text, at) {
            return None;
        }
        Some(Status { value, span: Span::new(at, at + 3), line, protocol, named })
    })
}

/// ` 3003: User does not …`: behind a status, what Graph says under a number of its own.
fn begins_numbered(after: &str) -> bool {
    let rest = after.strip_prefix(' ').unwrap_or_default();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits == 4 && slice(rest, digits..rest.len()).starts_with(": ")
}

/// Arrows and quotes that stand as entities.
fn as_written(part: &str) -> std::borrow::Cow<'_, str> {
    if memchr::memchr(b'&', part.as_bytes()).is_none() {
        return part.into();
    }
    part.replace("&gt;", ">").replace("&lt;", "<").replace("&quot;", "\"").into()
}

/// `… -> 404 in 412ms`: a status, and how long the answer took.
fn is_answered_in(line: &str, after: &str) -> bool {
    let arrow = ["-> ", "=> ", "→ "].iter().any(|arrow| line.ends_with(arrow));
    let took = after.strip_prefix(" in ").or_else(|| after.strip_prefix(" ("));
    let unit = took.map(|took| took.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' ')));
    arrow
        && took.is_some_and(|took| took.starts_with(|c: char| c.is_ascii_digit()))
        && unit.is_some_and(|unit| unit.starts_with("ms") || unit.starts_with('s'))
}

/// Whether a number counts something: `503 ms`, `412 KB`.
fn counts_units(text: &str, end: usize) -> bool {
    const UNITS: [&str; 12] = ["ms", "msec", "s", "sec", "secs", "seconds", "us", "b", "kb", "kib", "mb", "bytes"];
    let behind = slice(text, end..end + 12).trim_start_matches(' ');
    let unit = behind.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    // `403 b'{"error": …`: a text of Python.
    let is_text = slice(behind, unit.len()..behind.len()).starts_with(['"', '\'']);
    !is_text && UNITS.iter().any(|known| known.eq_ignore_ascii_case(unit))
}

/// Whether a number that no word calls a status names something else: `worker[503]`, `main.py:429`, `line 500`.
fn is_of_something(text: &str, at: usize) -> bool {
    const NAMES: [&str; 20] = [
        "line",
        "row",
        "took",
        "pid",
        "port",
        "id",
        "issue",
        "ticket",
        "after",
        "in",
        "elapsed",
        "waited",
        "room",
        "floor",
        "building",
        "desk",
        "hall",
        "bug",
        "case",
        "extension",
    ];
    let before = slice(text, at.saturating_sub(24)..at);
    let glued = before.ends_with([':', '=', '#', '[']) && {
        let head = slice(before, 0..before.len() - 1);
        head.ends_with(|c: char| c.is_ascii_alphanumeric()) || before.ends_with('#')
    };
    let word = before.trim_end().rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    glued || before.ends_with(' ') && NAMES.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether the three digits at a place are the fraction of a time: `08:22:31.429`, `08:22:31,503 INFO`. A cell of a table
/// has the same mark behind it.
pub(super) fn is_fraction(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let Some(&[b':', m, n, b':', s, t, mark]) = at.checked_sub(7).and_then(|from| bytes.get(from..at)) else {
        return false;
    };
    let of_time = [m, n, s, t].iter().all(u8::is_ascii_digit);
    let is_cell = mark == b',' && matches!(bytes.get(at + 3), Some(b',' | b';' | b'|' | b'\t'));
    of_time && matches!(mark, b'.' | b',' | b':') && !is_cell
}

/// Whether somebody tells that this number was the answer: `I get a 403:`, `we see 403 when ...`; what is counted goes on
/// with its name.
fn is_seen(before: &str, after: &str) -> bool {
    const SEEN: [&str; 8] = ["get", "gets", "getting", "see", "seeing", "saw", "receive", "received"];
    const BEHIND: [&str; 9] = ["with", "when", "for", "from", "on", "and", "but", "if", "error"];
    let mut words = before.rsplit(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is = |list: &[&str], word: &str| list.iter().any(|known| known.eq_ignore_ascii_case(word));
    let last = words.next().unwrap_or_default();
    let last = if is(&["a", "an", "the"], last) { words.next().unwrap_or_default() } else { last };
    let next = after.trim_start_matches(['`', '*', '"', ' ']);
    let word = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let mark = after.trim_start_matches(['`', '*', '"']);
    is(&SEEN, last) && (mark.is_empty() || mark.starts_with([':', '.', ',', '!', '\n', '\r']) || BEHIND.contains(&word))
}

/// Whether what stands before a mark heads a record: a time, a level, a name in brackets.
fn heads_line(before: &str) -> bool {
    before.ends_with([']', ':', ')']) || before.rsplit(' ').next().is_some_and(spoken::is_level) || {
        let last = before.rsplit(' ').next().unwrap_or_default();
        last.bytes().filter(u8::is_ascii_digit).count() >= 4 && last.contains(':')
    }
}

/// `Status Code:` alone on its line, as PowerShell prints an answer, with the status or its reason phrase below.
fn below_label(text: &str) -> impl Iterator<Item = Status> + '_ {
    const LABEL: &str = "Status Code:";
    memchr::memmem::find_iter(text.as_bytes(), LABEL).filter_map(move |at| {
        let start = at + LABEL.len();
        let rest = slice(text, start..start + 48);
        let value = rest.trim_start();
        let from = start + rest.len() - value.len();
        let value = value.split(['\n', '\r']).next().unwrap_or_default().trim_end();
        let below = slice(text, start..from).matches('\n').count() == 1;
        let number = value.parse().ok().filter(|value| (100..600).contains(value));
        let span = Span::new(from, from + value.len());
        let status = number.or_else(|| of_reason(value)).filter(|_| below && !value.is_empty())?;
        Some(Status { value: status, span, line: true, protocol: false, named: true })
    })
}

/// Whether the number at a place is the status that a client logs of an answer: `<-- 429 https://...`, `Received HTTP
/// response headers after 187.2ms - 503`.
pub(super) fn is_logged(text: &str, place: Span) -> bool {
    let head = slice(text, place.start.saturating_sub(80)..place.start);
    let head = head.rsplit(['\n', '\r']).next().unwrap_or_default();
    let number = slice(text, place.start..place.end).bytes().all(|byte| byte.is_ascii_digit());
    number && (head.ends_with("<-- ") || head.ends_with("ms - ") && head.contains("response headers"))
}

/// Methods that a client prints before the address of a call.
const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];

/// Whether a call of Graph, its method and its address, stands right before: `GET https://... 403 (Forbidden)`.
fn ends_a_call(text: &str, end: usize) -> bool {
    // Addresses with a filter are long, and one word may be a whole file.
    let head = slice(text, end.saturating_sub(2_048)..end);
    let is_mark = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | '-' | '>' | ':' | '=' | '"' | '(');
    let head = head.trim_end_matches(is_mark);
    // `-&gt; 403`
    let head = head.strip_suffix("&gt;").map_or(head, |head| head.trim_end_matches(is_mark));
    // `HTTP POST https://... responded 503 in 120.4 ms`
    let words = [" responded", " responded with", " returned"];
    let head = words.iter().find_map(|words| head.strip_suffix(words)).unwrap_or(head);
    let Some(space) = memchr::memrchr2(b' ', b'\t', head.as_bytes()) else { return false };
    // Firefox writes `XHRGET`.
    let Some(method) = METHODS.iter().find(|method| slice(head, 0..space).ends_with(*method)) else { return false };
    // A console breaks an address where its row ends.
    let call = slice(head, space - method.len()..head.len()).replace(['\r', '\n'], "");
    !request::find(&call).is_empty()
}

/// Whether the address of a call of Graph follows on the line, with little between: `503 Service Unavailable from GET
/// https://...`, `code=503, message=, url=https://...`.
fn leads_to_call(text: &str, end: usize) -> bool {
    let rest = slice(text, end..end.saturating_add(512));
    let rest = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).map_or(rest, |end| slice(rest, 0..end));
    let Some(at) = memchr::memmem::find(rest.as_bytes(), b"https://").filter(|at| *at <= 64) else { return false };
    !slice(rest, 0..at).contains(['{', '}']) && !request::find(slice(rest, at..rest.len())).is_empty()
}

/// Whether a line ends with the letters of a reason phrase.
fn ends_with_letters(line: &str, reason: &str) -> bool {
    let mut letters = line.bytes().rev().filter(|byte| *byte != b' ').map(|byte| byte.to_ascii_lowercase());
    reason.bytes().rev().all(|byte| letters.next() == Some(byte))
        && !letters.next().is_some_and(|b| b.is_ascii_alphabetic())
}

/// Whether the reason phrase of a status stands here.
fn follows(text: &str, value: u16) -> bool {
    let Some((_, reason)) = REASONS.iter().find(|(known, _)| *known == value) else { return false };
    let mut letters = text
        .trim_start_matches([')', ' ', '-', ':', '`', '('])
        .bytes()
        .take(24)
        .filter(u8::is_ascii_alphabetic)
        .map(|byte| byte.to_ascii_lowercase());
    reason.bytes().all(|byte| letters.next() == Some(byte))
}

/// The head of an answer: its status line and its headers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) span: Span,
    /// End of the status line.
    pub(crate) line_end: usize,
}

/// The heads of all answers, in the order of the text.
pub(crate) fn heads(text: &str, statuses: &[Status]) -> Vec<Head> {
    let mut heads: Vec<Head> = Vec::new();
    // `"GET /health HTTP/1.1" 503 19` in a server's log heads nothing.
    let heads_answer = |status: &&Status| !beside::names_others(text, status.span, status.value);
    for status in statuses.iter().filter(|status| status.protocol).take(MAX_HEADS).filter(heads_answer) {
        if heads.last().is_none_or(|last| last.span.end <= status.span.start) {
            heads.push(head(text, status.span.end));
        }
    }
    heads
}

fn head(text: &str, start: usize) -> Head {
    let rest = slice(text, start..start + 16_384);
    let mut lines = rest.split_inclusive('\n');
    let mut at = start + lines.next().map_or(0, str::len);
    let line_end = at;
    let mut end = at;
    // Rows of a long header that a console broke.
    let mut rows = 0;
    for line in lines {
        at += line.len();
        let header = line.trim_start_matches(['<', ' ', '\t', '|']);
        if begins_body(header) || begins_failure(header) {
            break;
        }
        if is_header(header) {
            end = at;
            // The text of a head in an object ends with its quote.
            if let Some(quote) = ["\"}", "\", \""].iter().filter_map(|mark| line.find(mark)).min() {
                end = at - line.len() + quote;
                break;
            }
            rows = 0;
        } else if header.trim().is_empty() || header.starts_with(['{', '[', '"']) || rows == 4 {
            break;
        } else {
            rows += 1;
        }
    }
    Head { span: Span::new(start, end), line_end }
}

/// `body: {"error": ...`, `16:09:17 {`: a client or a log names the body; other objects stand in headers.
fn begins_body(line: &str) -> bool {
    let Some(open) = memchr::memchr(b'{', line.as_bytes()) else { return false };
    let object = slice(line, open..line.len());
    let key = |at: usize| {
        let beside = |at: Option<usize>| {
            at.and_then(|at| object.as_bytes().get(at)).is_some_and(|byte| b"\"'\\ ".contains(byte))
        };
        beside(at.checked_sub(1)) && beside(Some(at + 5))
    };
    object.trim_end() == "{" || memchr::memmem::find_iter(object.as_bytes(), b"error").any(key)
}

/// `ERROR:app:lookup failed`, `Traceback (most recent call last):` below the line that a client logs of an answer.
fn begins_failure(line: &str) -> bool {
    ["ERROR:", "CRITICAL:", "FATAL:", "Traceback ("].iter().any(|mark| line.starts_with(mark))
}

fn is_header(line: &str) -> bool {
    let name = line.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
    name > 0 && line.get(name..).is_some_and(|rest| rest.trim_start_matches(' ').starts_with(':'))
}
