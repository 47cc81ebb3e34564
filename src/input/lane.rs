//! Interleaved logs: threads, workers and correlation ids tell which lines belong together. What stands nearest
//! may be of another one; then it is left out rather than taken.

use super::Span;
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
const KEYS: [&str; 16] = [
    "thread",
    "threadid",
    "threadname",
    "tid",
    "traceid",
    "trace",
    "correlationid",
    "clientrequestid",
    "requestid",
    "reqid",
    "req",
    "worker",
    "workerid",
    "operationid",
    "taskid",
    "jobid",
];
/// A bracket with one of these words counts something else.
const COUNTED: [&str; 9] = ["attempt", "retry", "try", "page", "step", "line", "part", "chunk", "http"];

/// What may stand between a name and its value.
const QUOTES: [char; 6] = ['"', '\'', '“', '”', ' ', '\\'];

/// The tags of a line, each with its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lane {
    tags: Vec<(String, String)>,
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

    fn of_line(text: &str, at: usize) -> Self {
        let start = line_start(text, at);
        let head = slice(text, start..start + HEAD);
        let line = head.split(['\n', '\r']).next().unwrap_or_default();
        let mut lane = Self { tags: brackets(line) };
        pairs(line, &mut lane.tags);
        lane
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
        let of_other = nearest.is_none_or(|request| self.relation(text, request.span.start) == Relation::Other);
        if !self.is_known() || !of_other {
            return nearest;
        }
        let end = requests.partition_point(|request| request.span.start < failure);
        let before = requests.get(..end).unwrap_or_default().iter().rev().take(MANY);
        before
            .take_while(|request| request.span.start + REACH > failure)
            .find(|request| self.relation(text, request.span.start) == Relation::Same)
    }

    /// Whether what stands here may be of this lane.
    pub(crate) fn may_hold(&self, text: &str, span: Span) -> bool {
        !self.is_known() || self.relation(text, span.start) != Relation::Other
    }
}

fn line_start(text: &str, at: usize) -> usize {
    let window = slice(text, at.saturating_sub(4096)..at);
    window.rfind(['\n', '\r']).map_or(at - window.len(), |end| at - window.len() + end + 1)
}

/// `[worker-3]`, `[nio-8080-exec-4]`, `(Thread-7)`, `[main]`: by their order in the line.
fn brackets(line: &str) -> Vec<(String, String)> {
    let mut tags = Vec::new();
    for piece in line.split(['[', '(']).skip(1) {
        let Some(end) = piece.find([']', ')']).filter(|end| *end <= 48) else { continue };
        let content = piece.get(..end).unwrap_or_default().trim();
        let lower = content.to_ascii_lowercase();
        let name = lower.chars().take_while(char::is_ascii_alphabetic).collect::<String>();
        let numbered = content.ends_with(|c: char| c.is_ascii_digit())
            && !name.is_empty()
            && content.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '#' | ' ' | '/'));
        let counted = COUNTED.iter().any(|word| name == *word) || content.contains(' ') && !name.starts_with('t');
        if lower == "main" || numbered && !counted {
            tags.push((format!("[{}", tags.len()), lower));
        }
    }
    tags
}

/// `tid:47`, `"traceId":"…"`, `client-request-id=…`.
fn pairs(line: &str, tags: &mut Vec<(String, String)>) {
    for (at, separator) in line.match_indices([':', '=']) {
        let before = line.get(..at).unwrap_or_default().trim_end_matches(QUOTES);
        let name = before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).next().unwrap_or("");
        let kind: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        if !KEYS.contains(&kind.as_str()) || tags.iter().any(|(known, _)| *known == kind) {
            continue;
        }
        let behind = line.get(at + separator.len()..).unwrap_or_default().trim_start_matches(QUOTES);
        let value: String = behind
            .chars()
            .take(64)
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '#'))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        if !value.is_empty() {
            tags.push((kind, value));
        }
    }
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
