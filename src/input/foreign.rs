//! Records of other products beside a failure of Graph: an app, a status, a code and a request id that such a record tells
//! are those of a call of its own. They are hidden from what looks for facts.

use super::fields::Field;
use super::pattern::Hit;
use super::{Span, beside, service, spoken};
use crate::source::{Words, slice};

/// Records further from a failure lend it nothing.
const REACH: usize = 16 << 10;
/// A record has no more lines below its first one.
const LINES: usize = 32;
/// No longer record is looked at.
const LONG: usize = 8 << 10;

/// What tells that a record is of another product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// What only records of refused calls to other products say (Azure Key Vault:
    /// learn.microsoft.com/azure/key-vault/general/rest-error-codes), and the exception of Azure's clients, which Graph's
    /// do not throw.
    Said,
    /// A host of another product. A record of a call to one of them has a status.
    Host,
    /// A name that a record of another product begins with.
    Name,
}

static MARKS: Words<Mark, 34> = Words::new([
    ("permission on key vault", Mark::Said),
    ("caller: appid=", Mark::Said),
    ("secretnotfound", Mark::Said),
    ("forbiddenbyrbac", Mark::Said),
    ("forbiddenbypolicy", Mark::Said),
    ("forbiddenbyfirewall", Mark::Said),
    ("azure.requestfailedexception", Mark::Said),
    ("invalid_api_key", Mark::Said),
    ("management.azure.com", Mark::Host),
    (".vault.azure.net", Mark::Host),
    (".core.windows.net", Mark::Host),
    (".servicebus.windows.net", Mark::Host),
    (".documents.azure.com", Mark::Host),
    (".googleapis.com", Mark::Host),
    (".amazonaws.com", Mark::Host),
    ("api.openai.com", Mark::Host),
    ("api.github.com", Mark::Host),
    ("key vault", Mark::Name),
    ("keyvault", Mark::Name),
    ("kv", Mark::Name),
    ("servicebus", Mark::Name),
    ("service bus", Mark::Name),
    ("cosmosdb", Mark::Name),
    ("openai", Mark::Name),
    ("google", Mark::Name),
    ("s3", Mark::Name),
    ("dynamodb", Mark::Name),
    ("zoom", Mark::Name),
    ("webex", Mark::Name),
    ("slack", Mark::Name),
    ("salesforce", Mark::Name),
    ("stripe", Mark::Name),
    ("twilio", Mark::Name),
    ("github", Mark::Name),
]);
/// How it tells that a call failed, beside a status.
const FAILED: [&str; 7] = ["denied", "forbidden", "unauthorized", "not authorized", "not found", "failed", "error"];
/// What names Graph, or the sign-in of the app that calls it.
const OWN: [&str; 6] = ["graph", "onlinemeeting", "aadsts", "login.microsoftonline", "login.windows", "innererror"];
/// Pairs that clients print below their message.
const BELOW: [&str; 9] =
    ["status", "statuscode", "errorcode", "code", "vault", "content", "headers", "requestid", "date"];

/// The text without what records of other products tell, as far as they stand near words of Graph's; their pairs are
/// dropped. Places stay the same.
pub(super) fn hide(text: &str, fields: &mut Vec<Field>, hits: &[Hit<'_>]) -> Option<String> {
    let records = records(text, hits);
    if records.is_empty() {
        return None;
    }
    let is_hidden = |at: usize| {
        let next = records.partition_point(|record| record.end <= at);
        records.get(next).is_some_and(|record| record.start <= at)
    };
    fields.retain(|field| !is_hidden(field.start));
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for record in &records {
        shown.push_str(slice(text, at..record.start));
        // What parts columns and words stays: the record is still there.
        let is_kept = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|');
        for c in slice(text, record.start..record.end).chars() {
            if is_kept(c) {
                shown.push(c);
            } else {
                shown.extend(std::iter::repeat_n('x', c.len_utf8()));
            }
        }
        at = record.end;
    }
    shown.push_str(slice(text, at..text.len()));
    Some(shown)
}

/// The records of other products, in their order, without the heads of their first lines.
fn records(text: &str, hits: &[Hit<'_>]) -> Vec<Span> {
    // What any service may say is judged by what stands around it.
    let is_own = |hit: &&Hit<'_>| {
        !hit.symptom.wrapper && !hit.symptom.weak && !hit.symptom.common && hit.span.len() >= service::DISTINCT
    };
    let mut own: Vec<Span> = hits.iter().filter(is_own).map(|hit| hit.span).collect();
    let mut all: Vec<Span> = hits.iter().map(|hit| hit.span).collect();
    crate::order::sort_by_key(&mut own, |span| *span);
    crate::order::sort_by_key(&mut all, |span| *span);
    let mut found: Vec<Span> = Vec::new();
    let (mut read, mut looked) = (0, 0);
    for hit in own {
        let from = hit.start.saturating_sub(REACH).max(read);
        let to = hit.end.saturating_add(REACH).min(text.len());
        let part = slice(text, from..to);
        let from = to - part.len();
        read = read.max(to);
        for (start, ..) in MARKS.find(part.as_bytes()) {
            let at = from + start;
            if at < looked {
                continue;
            }
            let record = record(text, at).filter(|record| record.start >= looked);
            looked = record.map_or_else(|| beside::line_of(text, at).end, |record| record.end).max(looked);
            found.extend(record.filter(|record| is_foreign(text, *record, &all)));
        }
    }
    found
}

/// The record around a place: its line, the pairs and what is indented below, and the line above them.
fn record(text: &str, at: usize) -> Option<Span> {
    let mut first = beside::line_of(text, at);
    for _ in 0..LINES {
        if first.start == 0 {
            break;
        }
        let (line, above) = (slice(text, first.start..first.end), beside::line_of(text, first.start - 1));
        let over = slice(text, above.start..above.end);
        if !goes_on(line) || over.trim().is_empty() || are_lines_of_json(over, line) {
            break;
        }
        first = above;
    }
    let line = slice(text, first.start..first.end);
    let start = first.end - spoken::behind_heads(line).len();
    let (mut end, mut last) = (first.end, line);
    for _ in 0..LINES {
        let rest = slice(text, end..end + 2);
        let next = end + rest.len() - rest.trim_start_matches("\r\n").trim_start_matches('\n').len();
        let below = beside::line_of(text, next);
        if next == end || below.start < next {
            break;
        }
        // Azure's clients print the body and the headers behind an empty line each.
        let line = slice(text, below.start..below.end).trim_end();
        let parted = || {
            let rest = slice(text, below.end..below.end + 16).trim_start();
            ["Content:", "Headers:"].iter().any(|part| rest.starts_with(part))
        };
        let own = goes_on(line) && !are_lines_of_json(last, line);
        if !(own || line.is_empty() && parted()) {
            break;
        }
        last = line;
        end = below.end;
    }
    (start < end && end - start <= LONG && first.start <= at && at < end).then(|| Span::new(start, end))
}

/// Whether two lines are a record each, as a log of JSON has them.
fn are_lines_of_json(above: &str, below: &str) -> bool {
    above.starts_with('{') && above.trim_end().ends_with('}') && below.starts_with('{')
}

/// Whether a line goes on with the record above it: it is indented, a part of an object, or a pair that clients print.
fn goes_on(line: &str) -> bool {
    let name = slice(line, 0..48).split(':').next().unwrap_or_default();
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_pair = || line.contains(':') && BELOW.iter().any(|below| letters.eq_ignore_ascii_case(below));
    let is_header = || ["x-ms-", "content-"].iter().any(|name| slice(line, 0..name.len()).eq_ignore_ascii_case(name));
    let is_inner = || line.starts_with([' ', '\t', '{', '}', '[', ']', '"', '<']);
    !line.trim().is_empty() && (is_inner() || is_pair() || is_header())
}

/// Whether a record tells that a call to another product failed, and nothing of Graph.
fn is_foreign(text: &str, record: Span, hits: &[Span]) -> bool {
    let next = hits.partition_point(|hit| hit.end <= record.start);
    // Words right below may be those of its answer.
    let below = beside::line_of(text, (record.end + 1).min(text.len()));
    let holds_words = hits.get(next).is_some_and(|hit| hit.start < record.end);
    let leads_on = hits.get(next).is_some_and(|hit| hit.start < below.end && hit.start == below.start);
    let told = slice(text, record.start..record.end).to_ascii_lowercase();
    if holds_words || told.trim_end().ends_with(':') || OWN.iter().any(|own| told.contains(own)) {
        return false;
    }
    let status = || {
        let mut words = told.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| word.len() == 3 && word.parse().is_ok_and(|status: u16| (400..600).contains(&status)))
    };
    let failed = || status() || FAILED.iter().any(|word| told.contains(word));
    let own = told.trim_start();
    let begins = |at: usize, len: usize| {
        at == told.len() - own.len() && !slice(&told, at + len..told.len()).starts_with(char::is_alphanumeric)
    };
    // `2026-05-05T10:00:00Z ERROR kv: …`: the name is that of the logger.
    let head = slice(text, beside::line_of(text, record.start).start..record.start);
    let logged = head.split_whitespace().last().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let is_logger = || {
        logged.is_some_and(|logger| {
            let mut marks = MARKS.find(logger.as_bytes());
            marks.any(|(_, len, mark)| mark == Mark::Name && len == logger.len())
        })
    };
    let has =
        |is: &dyn Fn(usize, usize, Mark) -> bool| MARKS.find(told.as_bytes()).any(|(at, len, it)| is(at, len, it));
    let named = || has(&|at, len, mark| mark == Mark::Name && begins(at, len)) || is_logger();
    has(&|_, _, mark| mark == Mark::Said)
        || named() && failed() && !leads_on
        || has(&|_, _, mark| mark == Mark::Host) && status() && !leads_on
}
