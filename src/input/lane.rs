//! Interleaved logs: threads, workers and correlation ids tell which lines belong together. What stands nearest
//! may be of another one; then it is left out rather than taken.

use super::Span;
use super::frame::line_start;
use super::request::Request;
use crate::source::slice;

/// Tags stand at the beginning of a line.
const HEAD: usize = 400;
/// A failure of several lines has its tags on the first of them.
const LINES: usize = 6;
/// A request of the same lane is looked for this far before its failure.
const REACH: usize = 16 << 10;
/// No more requests than this are looked at for one failure.
const MANY: usize = 32;

/// Names of pairs that tell lines apart, by their letters.
const KEYS: [&str; 29] = [
    "goroutine",
    "invocationid",
    "transactionid",
    "transaction",
    "span",
    "rid",
    "thread",
    "threadid",
    "threadname",
    "tid",
    "traceid",
    "trace",
    "correlationid",
    "correlation",
    "corr",
    "clientrequestid",
    "requestid",
    "reqid",
    "req",
    "worker",
    "workerid",
    "operationid",
    "taskid",
    "jobid",
    "pid",
    "processid",
    "session",
    "sessionid",
    "spanid",
];
/// The kinds of tags that writers have.
const WRITERS: [&str; 8] = ["service", "process", "worker", "goroutine", "thread", "threadid", "threadname", "tid"];
/// A bracket with one of these words counts something else.
const COUNTED: [&str; 9] = ["attempt", "retry", "try", "page", "step", "line", "part", "chunk", "http"];
/// What runs beside others of its kind, by the word before its number: `worker 3`, `req-2:`, `[job a1]`.
const RUNS: [&str; 10] = ["goroutine", "thread", "worker", "req", "request", "task", "job", "run", "conn", "fiber"];

/// What may stand between a name and its value.
const QUOTES: [char; 6] = ['"', '\'', '“', '”', ' ', '\\'];

/// The tags of a line, each with its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lane {
    tags: Vec<(String, String)>,
    /// The step within a trace.
    span: Option<String>,
}

/// How two lines stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Of one lane.
    Same,
    /// Nothing tells.
    Unknown,
    /// Of different lanes.
    Other,
}

impl Lane {
    /// The lane of a failure that begins here, with the correlation id that its body names.
    pub(crate) fn of_failure(text: &str, at: usize, correlation: Option<&str>) -> Self {
        let mut lane = Self::default();
        let mut at = at;
        for _ in 0..LINES {
            let start = line_start(text, at);
            lane = Self::of_line(text, at);
            let line = slice(text, start..start + HEAD).split('\n').next().unwrap_or_default();
            if !lane.tags.is_empty() || start == 0 || line.trim().is_empty() {
                break;
            }
            at = start - 1;
        }
        if let Some(id) = correlation.filter(|_| !lane.tags.is_empty()) {
            let kind = "clientrequestid".to_owned();
            if !lane.tags.iter().any(|(known, _)| *known == kind) {
                lane.tags.push((kind, id.to_ascii_lowercase()));
            }
        }
        lane
    }

    /// The lane that a line itself tells.
    pub(crate) fn of_line(text: &str, at: usize) -> Self {
        let start = line_start(text, at);
        let head = slice(text, start..start + HEAD);
        let line = head.split(['\n', '\r']).next().unwrap_or_default();
        let mut lane = Self { tags: brackets(line), span: None };
        pairs(line, &mut lane.tags);
        if lane.tags.iter().any(|(kind, _)| kind == "traceid") {
            // The spans of one trace belong together.
            let span = lane.tags.iter().find(|(kind, _)| matches!(kind.as_str(), "spanid" | "span"));
            lane.span = span.map(|(_, value)| value.clone());
            lane.tags.retain(|(kind, _)| !matches!(kind.as_str(), "spanid" | "span" | "transactionid" | "transaction"));
        }
        lane.tags.extend(process(line).or_else(|| worker(line)));
        lane.tags.extend(service(line));
        lane
    }

    /// Only who writes: what a call is known by may differ between the lines that tell of it.
    pub(crate) fn of_writer(text: &str, at: usize) -> Self {
        let mut lane = Self::of_failure(text, at, None);
        lane.tags.retain(|(kind, _)| kind.starts_with('[') || WRITERS.contains(&kind.as_str()));
        lane
    }

    /// Whether a line is of another one.
    pub(crate) fn is_other(&self, text: &str, at: usize) -> bool {
        self.is_known() && self.relation(text, at) == Relation::Other
    }

    /// Whether the line tells its lane at all.
    pub(crate) fn is_known(&self) -> bool {
        !self.tags.is_empty()
    }

    /// How what stands at a place stands to this lane.
    pub(crate) fn relation(&self, text: &str, at: usize) -> Relation {
        let other = Self::of_line(text, at);
        let mut relation = Relation::Unknown;
        for (kind, value) in &self.tags {
            match other.tags.iter().find(|(known, _)| known == kind) {
                Some((_, known)) if known == value => relation = Relation::Same,
                Some(_) => return Relation::Other,
                None => {}
            }
        }
        relation
    }

    /// The request of this lane: the nearest one unless it is of another lane, else the last one before the failure.
    pub(crate) fn request<'r>(
        &self,
        text: &str,
        requests: &'r [Request],
        failure: usize,
        nearest: Option<&'r Request>,
    ) -> Option<&'r Request> {
        let end = requests.partition_point(|request| request.span.start < failure);
        let before = requests.get(..end).unwrap_or_default().iter().rev().take(MANY);
        let mut before = before.take_while(|request| request.span.start + REACH > failure);
        let of_span = |request: &&Request| Self::of_line(text, request.span.start).span == self.span;
        if let Some(own) = before.clone().find(of_span).filter(|_| self.span.is_some()) {
            return Some(own);
        }
        let of_other = nearest.is_none_or(|request| self.relation(text, request.span.start) == Relation::Other);
        if !self.is_known() || !of_other {
            return nearest;
        }
        before.find(|request| self.relation(text, request.span.start) == Relation::Same)
    }

    /// Whether what stands here may be of this lane.
    pub(crate) fn may_hold(&self, text: &str, span: Span) -> bool {
        !self.is_known() || self.relation(text, span.start) != Relation::Other
    }
}

/// `[worker-3]`, `[nio-8080-exec-4]`, `(Thread-7)`, `[main]`: by their order in the line.
fn brackets(line: &str) -> Vec<(String, String)> {
    let mut tags = Vec::new();
    for piece in line.split(['[', '(']).skip(1) {
        let Some(end) = piece.find([']', ')']).filter(|end| *end <= 120) else { continue };
        let content = piece.get(..end).unwrap_or_default().trim();
        // `[meetings,65f1a2b3c4d5e6f7,a1b2c3d4e5f6a7b8]`: a service, a trace and a span.
        let is_trace = |part: &&str| part.len() >= 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(trace) = content.split(',').map(str::trim).skip(1).find(is_trace) {
            tags.push(("traceid".to_owned(), trace.to_ascii_lowercase()));
            continue;
        }
        if is_tag(content) {
            tags.push((format!("[{}", tags.len()), content.to_ascii_lowercase()));
        }
    }
    tags
}

/// Whether what stands in brackets tells lines apart.
pub(super) fn is_tag(content: &str) -> bool {
    if content.len() > 48 {
        return false;
    }
    let name = slice(content, 0..content.bytes().take_while(u8::is_ascii_alphabetic).count());
    let is = |word: &str| name.eq_ignore_ascii_case(word);
    let numbered = content.ends_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && content.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '#' | ' ' | '/'));
    // `[http-nio-8080-exec-1]` is a thread, `[http 403]` is none.
    let of_pool = is("http") && content.contains('-');
    let counted =
        COUNTED.iter().any(|word| is(word)) && !of_pool || content.contains(' ') && !name.starts_with(['t', 'T']);
    let hex = content.len() >= 6
        && content.contains(|c: char| c.is_ascii_digit())
        && content.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        && !is_date(content);
    content.eq_ignore_ascii_case("main") || numbered && !counted || hex
}

/// Digits and dashes alone: a date, or a number.
fn is_date(content: &str) -> bool {
    content.len() <= 19 && content.chars().all(|c| c.is_ascii_digit() || c == '-')
}

/// The process that a line of a system log names: `meetings[812]:`, `<11>1 ... meetings 812 - -`, `E1121 11:00:01.0 812
/// read.go:41]`, `11:00:01 [812] ...`.
fn process(line: &str) -> Option<(String, String)> {
    let digits = |word: &str| (1..=10).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    let tag = |word: &str| Some(("process".to_owned(), word.to_owned()));
    let words: Vec<&str> = line.split_whitespace().take(6).collect();
    if line.starts_with('<') && words.first().is_some_and(|first| first.ends_with(">1")) {
        return words.get(4).filter(|word| digits(word)).and_then(|word| tag(word));
    }
    let level = words.first().and_then(|first| first.strip_prefix(['I', 'W', 'E', 'F', 'D']));
    if level.is_some_and(|date| date.len() == 4 && digits(date)) {
        return words.get(2).filter(|word| digits(word)).and_then(|word| tag(word));
    }
    words.iter().find_map(|word| {
        let (name, rest) = word.split_once('[')?;
        let (number, behind) = rest.split_once(']')?;
        let named = !name.is_empty() && behind.starts_with(':');
        (digits(number) && (named || name.is_empty() && number.len() >= 2)).then(|| tag(number))?
    })
}

/// The container that a line is of: `billing-1  | ...` of compose, `[pod/sync-6f7c9/sync] ...` of kubectl.
fn service(line: &str) -> Option<(String, String)> {
    let name = match line.strip_prefix("[pod/") {
        Some(rest) => rest.split_once(']')?.0,
        None => {
            let (name, _) = line.split_once('|')?;
            let name = name.trim_end();
            let (_, number) = name.rsplit_once(['-', '_'])?;
            let numbered = !number.is_empty() && number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit());
            if !numbered || !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
                return None;
            }
            name
        }
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    (name.len() <= 100 && name.chars().all(plain)).then(|| ("service".to_owned(), name.to_ascii_lowercase()))
}

/// `goroutine 17: ...`, `worker 3 ...`, `req-2: ...`, `[job a1] ...`, `#1 --> ...` at the beginning of a line.
fn worker(line: &str) -> Option<(String, String)> {
    const NAMES: [&str; 3] = ["goroutine", "thread", "worker"];
    const MARKS: [char; 8] = ['[', ']', '(', ')', ':', '>', '|', ','];
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_id = |word: &str| {
        word.len() <= 12
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let tag = |value: &str| Some(("worker".to_owned(), value.to_ascii_lowercase()));
    let is_arrow = |word: &&str| word.len() >= 2 && word.bytes().all(|byte| matches!(byte, b'-' | b'=' | b'<' | b'>'));
    let mut words = line.split_whitespace().take(8).peekable();
    while let Some(word) = words.next() {
        let bare = word.trim_matches(MARKS);
        let ended = |word: &str| word.ends_with([':', '>', '|', ']', ')']);
        let numbered = bare.strip_prefix('#').filter(|number| is_number(number));
        if let Some(number) = numbered.filter(|_| ended(word) || words.peek().is_some_and(is_arrow)) {
            return tag(number);
        }
        let lower = bare.to_ascii_lowercase();
        let (name, joined) = lower.split_once(['-', '#', ':']).unwrap_or((&lower, ""));
        if !RUNS.contains(&name) {
            continue;
        }
        // What stands in brackets by itself is a tag already.
        let is_tag = word.starts_with(['[', '(']) && word.contains([']', ')']);
        if !is_tag && (is_number(joined) || is_id(joined) && ended(word)) {
            return tag(joined);
        }
        let Some(next) = words.peek().filter(|_| joined.is_empty()) else { continue };
        let number = next.trim_matches(MARKS).trim_start_matches('#');
        // `Request 403:` tells how a call ended.
        let is_status = number.len() == 3 && number.starts_with(['2', '4', '5']);
        if NAMES.contains(&name) && is_number(number) || is_id(number) && ended(next) && !is_status {
            return tag(number);
        }
    }
    None
}

/// `tid:47`, `"traceId":"…"`, `client-request-id=…`.
fn pairs(line: &str, tags: &mut Vec<(String, String)>) {
    for (at, separator) in line.match_indices([':', '=']) {
        let before = line.get(..at).unwrap_or_default().trim_end_matches(QUOTES);
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name = before.rsplit(|c: char| !part(c)).next().unwrap_or_default();
        // `trace.id`, `ctx.traceId`
        let last = name.rsplit_once('.').map_or(name, |(_, last)| last);
        let Some(kind) = key_of(name).or_else(|| key_of(last)) else { continue };
        let behind = line.get(at + separator.len()..).unwrap_or_default().trim_start_matches(QUOTES);
        // `"trace": {"id": "..."}`
        let object = behind.strip_prefix('{').map(|rest| rest.trim_start_matches(QUOTES));
        let of_object = object.and_then(|rest| rest.strip_prefix("id"));
        let behind =
            of_object.map_or(behind, |rest| rest.trim_start_matches(QUOTES).trim_start_matches([':', ' ', '"']));
        let kind = if of_object.is_some() && !kind.ends_with("id") { format!("{kind}id") } else { kind.to_owned() };
        if tags.iter().any(|(known, _)| *known == kind) {
            continue;
        }
        let value: String = behind
            .chars()
            .take(64)
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '#'))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        // `c.c.Worker: the call failed`: the name of a logger, and what it says.
        let rest = line.get(at..).unwrap_or_default();
        let of_logger = rest.starts_with(": ") && !line.get(..at).is_some_and(|head| head.ends_with(QUOTES));
        let says = of_logger && value != "main" && !value.bytes().any(|byte| byte.is_ascii_digit());
        if !value.is_empty() && !says {
            tags.push((kind, value));
        }
    }
}

/// The name of a pair that tells lines apart, whatever its marks and capitals.
fn key_of(name: &str) -> Option<&'static str> {
    let letters = || name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    KEYS.into_iter().find(|key| letters().eq(key.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(line: &str) -> Vec<String> {
        Lane::of_line(line, line.len()).tags.into_iter().map(|(kind, value)| format!("{kind}={value}")).collect()
    }

    #[test]
    fn what_tells_lines_apart() {
        for (line, expected) in [
            ("09:15:22 [worker-3] INFO x", vec!["[0=worker-3"]),
            ("2026-03-04 ERROR 7 --- [nio-8080-exec-4] c.c.Reader : x", vec!["[0=nio-8080-exec-4"]),
            ("[main] ERROR x", vec!["[0=main"]),
            (r#"{"traceId":"ab12","level":"error"}"#, vec!["traceid=ab12"]),
            ("lvl=error tid=47 client-request-id=a-1 x", vec!["tid=47", "clientrequestid=a-1"]),
            ("[2026-03-04 09:15:22] [ERROR] [attempt 2] x [1]", vec![]),
            ("Nov 21 11:00:01 web1 meetings[812]: x", vec!["process=812"]),
            ("<11>1 2026-11-21T11:00:01Z web1 meetings 812 - - x", vec!["process=812"]),
            ("E1121 11:00:01.000001   812 read.go:41] x", vec!["process=812"]),
            ("11:00:01 [812] x", vec!["process=812"]),
            ("goroutine 17: x", vec!["worker=17"]),
            ("thread-2 failed: x", vec!["worker=2"]),
            ("09:15:22 corr=aaa x", vec!["corr=aaa"]),
            ("09:15:22 ERROR c.c.Worker: POST /users", vec![]),
            ("09:15:22 ERROR thread: main x", vec!["thread=main"]),
            ("09:15:22 [req a1] x", vec!["worker=a1"]),
            ("req-2: x", vec!["worker=2"]),
            ("task 2> x", vec!["worker=2"]),
            ("#1 --> GET /x", vec!["worker=1"]),
            ("10:00:01 ERROR Request 403: Forbidden", vec![]),
            ("10:00:01 ERROR request-id: 1c0a4f6e", vec!["requestid=1c0a4f6e"]),
            ("INFO [meetings,65f1a2b3c4d5e6f7,a1b2c3d4e5f6a7b8] x", vec!["traceid=65f1a2b3c4d5e6f7"]),
            (r#"{"trace.id":"ab12","transaction.id":"c3","span.id":"d4"}"#, vec!["traceid=ab12"]),
            (r#"{"trace":{"id":"ab12"},"span":{"id":"d4"}}"#, vec!["traceid=ab12"]),
            ("x goroutine=17 invocationId=a-1", vec!["goroutine=17", "invocationid=a-1"]),
            ("09:15:22 [http-nio-8080-exec-4] x [http 403]", vec!["[0=http-nio-8080-exec-4"]),
            ("billing-1  | x", vec!["service=billing-1"]),
            ("[pod/sync-6f7c9-x2b/sync] x", vec!["service=sync-6f7c9-x2b/sync"]),
            ("| app-1 | x |", vec![]),
            ("GET /x | 403", vec![]),
            ("[2026-03-04] x", vec![]),
            ("GET https://graph.microsoft.com/v1.0/me HTTP/1.1", vec![]),
        ] {
            assert_eq!(tags(line), expected, "{line}");
        }
    }

    #[test]
    fn relations() {
        let text = "[worker-1] a\n[worker-2] b\nplain\n[worker-1] c\n{\n  \"x\": 1\n}\n";
        let lane = Lane::of_failure(text, text.find("\"x\"").unwrap_or(0), None);
        let at = |word: &str| lane.relation(text, text.find(word).unwrap_or(0));
        assert_eq!(
            [at("a\n"), at("b\n"), at("plain"), at("c\n")],
            [Relation::Same, Relation::Other, Relation::Unknown, Relation::Same]
        );
    }
}
