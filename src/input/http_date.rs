//! Whether a `Date` is a header of HTTP: mails have one too, and people write one above what they report.
//!
//! It is one where a status line or other headers of HTTP stand in its block, and no header of a mail does.

use super::fields::Field;
use super::{beside, named_value};
use crate::source::slice;

/// Headers of requests and answers, which no mail has.
const OF_HTTP: [&str; 23] = [
    "accept-ranges",
    "access-control-allow-origin",
    "cache-control",
    "client-request-id",
    "connection",
    "content-length",
    "etag",
    "location",
    "odata-version",
    "pragma",
    "ratelimit-limit",
    "request-id",
    "retry-after",
    "scenario-context",
    "server",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-ms-ags-diagnostic",
    "x-ms-request-id",
    "x-ms-resource-unit",
];
/// Headers of mails, which no answer has.
const OF_MAIL: [&str; 11] = [
    "bcc",
    "cc",
    "delivered-to",
    "from",
    "in-reply-to",
    "message-id",
    "received",
    "return-path",
    "sent",
    "subject",
    "to",
];
/// Headers stand no further from each other, in lines and in bytes.
const LINES: usize = 24;
const NEAR: usize = 4_096;

/// What a line, or a pair, says of the block that it stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Status,
    Http,
    Mail,
    Nothing,
}

/// Whether a date stands among the headers of a call or of its answer.
pub(super) fn is_of_head(text: &str, date: Field, value: &str) -> bool {
    if named_value::is_listed(text, date) {
        return value.ends_with("GMT");
    }
    let mut signs = if date.quoted_key { of_object(text, date) } else { of_lines(text, date) };
    signs.retain(|sign| *sign != Sign::Nothing);
    // HTTP knows one zone; another one is of a clock elsewhere, unless the status line stands with it.
    let zone = value.ends_with("GMT");
    !signs.contains(&Sign::Mail) && (signs.contains(&Sign::Status) || zone && signs.contains(&Sign::Http))
}

/// What the other lines of its paragraph say, as far as they are headers, and the rest of its own.
fn of_lines(text: &str, date: Field) -> Vec<Sign> {
    let own = beside::line_of(text, date.start);
    let head = slice(text, own.start..date.start);
    let mut signs = vec![within(head), within(slice(text, date.value.start..own.end))];
    let above = slice(text, own.start.saturating_sub(NEAR)..own.start);
    let below = slice(text, own.end..own.end.saturating_add(NEAR));
    let below = below.strip_prefix('\r').unwrap_or(below);
    let below = below.strip_prefix('\n').unwrap_or(below);
    let above = above.strip_suffix('\n').unwrap_or(above);
    for line in above.rsplit('\n').take(LINES) {
        let Some(sign) = of_line(line) else { break };
        signs.push(sign);
        if sign == Sign::Status {
            return signs;
        }
    }
    signs.extend(below.split('\n').take(LINES).map_while(of_line));
    signs
}

/// What a line says; `None` = the headers end before it.
fn of_line(line: &str) -> Option<Sign> {
    let line = without_mark(line);
    if line.is_empty() || line.starts_with(['{', '[', '"', '}', ']']) {
        return None;
    }
    Some(within(line))
}

/// A line without what a client, or the quote of a mail, begins it with: `< date: ...`, `> Date: ...`, `| Date: ...`.
fn without_mark(line: &str) -> &str {
    line.trim().trim_start_matches(['<', '>', '|', '*', ' ', '\t'])
}

/// What the headers in a stretch of one line say. Of a mail only one at its beginning is: `to:` stands in sentences.
fn within(line: &str) -> Sign {
    let line = without_mark(line);
    if line.starts_with("HTTP/") {
        return Sign::Status;
    }
    let first = line.split([':', '=']).next().unwrap_or_default().trim_matches(is_of_quote);
    let is = |names: &[&str], name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    if is(&OF_MAIL, first) && first.len() < line.len() {
        return Sign::Mail;
    }
    let value = || slice(line, first.len()..line.len());
    if first.eq_ignore_ascii_case("content-type") && value().contains("application/json") {
        return Sign::Http;
    }
    let separator = |rest: &str| {
        let rest = rest.trim_start_matches(is_of_quote);
        rest.strip_prefix("&quot;").unwrap_or(rest).trim_start_matches(is_of_quote).starts_with([':', '='])
    };
    let lower = line.to_ascii_lowercase();
    let names = |name: &str| {
        lower.match_indices(name).any(|(at, _)| {
            let before = slice(&lower, 0..at);
            let begins = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            begins && separator(slice(&lower, at + name.len()..lower.len()))
        })
    };
    let version = || ["http/1", "http/2", "http/3"].iter().any(|version| lower.contains(version));
    if OF_HTTP.iter().any(|name| names(name)) || version() { Sign::Http } else { Sign::Nothing }
}

/// What the other pairs of its object say, without the objects inside, and the key of the object.
fn of_object(text: &str, date: Field) -> Vec<Sign> {
    let before = slice(text, date.start.saturating_sub(NEAR)..date.start);
    let after = slice(text, date.value.end..date.value.end.saturating_add(NEAR));
    let (mut depth, mut from) = (0_usize, 0);
    let mut own: Vec<(usize, usize)> = Vec::new();
    let mut end = before.len();
    for (at, c) in before.char_indices().rev() {
        match c {
            '}' | ']' => {
                if depth == 0 {
                    own.push((at, end));
                }
                depth += 1;
            }
            '{' | '[' if depth == 0 => {
                from = at;
                break;
            }
            '{' | '[' => {
                depth -= 1;
                if depth == 0 {
                    end = at;
                }
            }
            _ => {}
        }
    }
    if depth == 0 {
        own.push((from, end));
    }
    let mut parts: Vec<&str> = own.iter().map(|(from, to)| slice(before, *from..*to)).collect();
    let mut start = 0;
    let mut depth = 0_usize;
    for (at, c) in after.char_indices() {
        match c {
            '{' | '[' => {
                if depth == 0 {
                    parts.push(slice(after, start..at));
                }
                depth += 1;
            }
            '}' | ']' if depth == 0 => {
                parts.push(slice(after, start..at));
                break;
            }
            '}' | ']' => {
                depth -= 1;
                start = at;
            }
            _ => {}
        }
    }
    let is_between = |c: char| is_of_quote(c) || matches!(c, ':' | '=' | '>' | '\n' | '\r');
    let lead =
        slice(before, 0..from).trim_end_matches(is_between).trim_end_matches("&quot;").trim_end_matches(is_between);
    let of_headers =
        lead.len() >= 7 && lead.get(lead.len() - 7..).is_some_and(|key| key.eq_ignore_ascii_case("headers"));
    let mut signs: Vec<Sign> = parts.iter().flat_map(|part| part.split([',', '\n'])).map(pair).collect();
    signs.extend(of_headers.then_some(Sign::Http));
    signs
}

fn pair(written: &str) -> Sign {
    let is_before = |c: char| is_of_quote(c) || matches!(c, '{' | '}' | '[' | ']' | '\n' | '\r');
    let written = written.trim_start_matches(is_before);
    within(written.strip_prefix("&quot;").unwrap_or(written))
}

/// A quote of any kind, and what stands with it.
const fn is_of_quote(c: char) -> bool {
    matches!(c, '\'' | '"' | '\\' | ' ' | '\t' | '\u{2018}'..='\u{201E}')
}
