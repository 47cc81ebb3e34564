//! An answer that a log writes line for line, each under the same head: the line of its status, its headers, its body. Below
//! the status these heads begin no records of their own.

use super::{method, spoken, status};
use crate::source::slice;

/// A line of a status is not longer, nor is the name of a pair.
const SHORT: usize = 64;
/// Names of a status, by their letters.
const LABELS: [&str; 8] = [
    "status",
    "statuscode",
    "httpstatus",
    "httpstatuscode",
    "httpcode",
    "httpstatuscodevalue",
    "responsecode",
    "responsestatus",
];
/// Levels that Python's logger prints before the name of the writer: `ERROR:rooms.graph:`.
const LEVELS: [&str; 5] = ["ERROR:", "WARNING:", "CRITICAL:", "INFO:", "DEBUG:"];

/// Whether the text of a line goes on with the answer of the one above, both without their heads. `in_text`: so did that
/// one.
pub(super) fn goes_on(above: &str, below: &str, in_text: bool) -> bool {
    let (above, below) = (unquoted(above), unquoted(below));
    if !begins_rest(below, in_text) || is_status(below) {
        return false;
    }
    is_status(above) || in_text && (above.is_empty() && below.starts_with('{') || is_pair(above, true))
}

fn unquoted(line: &str) -> &str {
    line.trim_start_matches(['>', ' ']).trim_end()
}

/// Whether a line may be of an answer below its status: an object, a header, a message with its code. Another call and
/// another record are not.
fn begins_rest(line: &str, in_text: bool) -> bool {
    (line.starts_with('{') || is_pair(line, in_text))
        && !method::METHODS.iter().any(|method| line.starts_with(method))
        && !spoken::begins_record(line)
}

/// `request-id: …`, `3003: User does not …`, `Some.Exception: Code: …`; in a text `Inner error:` too.
fn is_pair(line: &str, in_text: bool) -> bool {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte) || in_text && *byte == b' ';
    let name = line.bytes().take_while(part).count();
    let words = slice(line, 0..name).split(' ').count();
    (1..=SHORT * 2).contains(&name) && words <= 2 && slice(line, name..name + 2).trim_end() == ":"
}

/// Whether a line is the status of a refusal and nothing else: `HTTP/1.1 504 Gateway Timeout`, `403 Forbidden`, `status: 403`,
/// `Error: Forbidden (403)`.
pub(super) fn is_status(line: &str) -> bool {
    if line.len() > SHORT {
        return false;
    }
    let number = |text: &str| {
        let value = slice(text, 0..3).parse::<u16>().is_ok_and(|value| (400..600).contains(&value));
        let rest = slice(text, 3.min(text.len())..text.len());
        value && (rest.is_empty() || rest.starts_with([' ', ',', ')']) && rest.len() < SHORT / 2)
    };
    let protocol = line.strip_prefix("HTTP").and_then(|rest| rest.split_once(' '));
    if let Some((version, rest)) = protocol {
        return (version.is_empty() || version.starts_with('/')) && number(rest.trim_start());
    }
    if line.len() == 3 && number(line) || status::begins_answer(line) {
        return true;
    }
    if let Some((label, value)) = line.split_once([':', '=']) {
        let letters: String = label.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
        let value = value.trim().trim_matches(['"', '\'']);
        if LABELS.contains(&letters.as_str()) && (number(value) || status::is_reason(value)) {
            return true;
        }
    }
    let Some((phrase, rest)) = line.trim_end_matches('.').rsplit_once(" (") else { return false };
    let value = rest.strip_suffix(')').and_then(|value| value.parse().ok());
    value.and_then(status::reason_of).is_some_and(|reason| {
        let letters: String =
            phrase.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
        letters.ends_with(reason)
    })
}

/// Where the name of the writer ends a head that stands before a status, right before it: `Worker: HTTP 403`. A status behind
/// the name of a pair is a value.
pub(super) fn writer(head: &str) -> Option<usize> {
    let start = head.trim_end().rfind([' ', '\t']).map_or(0, |at| at + 1);
    let name = slice(head, start..head.len()).trim_end().strip_suffix(':')?;
    (!name.ends_with(']')).then_some(start)
}

/// The length of a head that stands right before the text of two lines, without a blank: `ERROR:rooms.graph:`,
/// `2026-11-20 10:05:21.1234|ERROR|Rooms.Worker|`; and whether both are of one time.
pub(super) fn glued(one: &str, other: &str) -> Option<(usize, bool)> {
    if let Some(level) = LEVELS.iter().find(|level| one.starts_with(**level) && other.starts_with(**level)) {
        let name = slice(one, level.len()..one.len()).split_once(':')?.0;
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        let len = level.len() + name.len() + 1;
        let same = slice(one, 0..len) == slice(other, 0..len);
        return (plain && !name.is_empty() && name.len() <= SHORT && same).then_some((len, true));
    }
    let starts_with_time = |line: &str| line.starts_with(|c: char| c.is_ascii_digit());
    if !starts_with_time(one) || !starts_with_time(other) {
        return None;
    }
    let mut fields = slice(one, 0..SHORT * 2).split('|');
    let (time, level, name) = (fields.next()?, fields.next()?, fields.next()?);
    fields.next()?;
    let len = time.len() + level.len() + name.len() + 3;
    let second = slice(time, 0..time.find(['.', ',']).unwrap_or(time.len()));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let same = slice(other, 0..second.len()) == second && slice(other, time.len()..len) == slice(one, time.len()..len);
    (second.contains(':') && spoken::is_level(level) && plain(name) && same).then_some((len, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_status() {
        for line in [
            "HTTP/1.1 504 Gateway Timeout",
            "HTTP/2 403",
            "HTTP 403",
            "403 Forbidden",
            "403",
            "status: 403",
            "Status Code: Forbidden",
            "httpCode: 403",
            "statusCode=404",
            "Error: Forbidden (403)",
        ] {
            assert!(is_status(line), "{line}");
        }
        for line in [
            "HTTP/1.1 200 OK",
            "HTTP client ready",
            "status: ok",
            "403 rooms synced",
            "GET /users 403",
            "code: 7504",
            "room: 403",
            "Error: Forbidden (404)",
        ] {
            assert!(!is_status(line), "{line}");
        }
    }

    #[test]
    fn what_an_answer_goes_on_with() {
        for (above, below) in [
            ("HTTP/1.1 504 Gateway Timeout", "request-id: 1"),
            ("HTTP 403", "{"),
            ("> Error: Forbidden (403)", "> 3003: User does not have access"),
            ("Status Code: Forbidden", "Microsoft.Graph.ServiceException: Code: 7504"),
        ] {
            assert!(goes_on(above, below, false), "{above} {below}");
        }
        for (above, below) in [
            ("HTTP 403", "HTTP 404"),
            ("HTTP 403", "GET https://graph.microsoft.com/v1.0/me"),
            ("HTTP 403", "retry in 5 s"),
            ("HTTP/1.1 200 OK", "{"),
            ("request-id: 1", "date: 2"),
            ("read 403 rooms", "{"),
        ] {
            assert!(!goes_on(above, below, false), "{above} {below}");
        }
        assert!(goes_on("request-id: 1", "date: 2", true));
        assert!(!goes_on("request-id: 1", "403 Forbidden", true));
    }

    #[test]
    fn heads_without_a_blank() {
        let head =
            |head: &str| glued(&format!("{head}HTTP 403"), &format!("{head}{{")).map(|(len, _)| len == head.len());
        for own in ["ERROR:rooms.graph:", "2026-11-20 10:05:21.1234|ERROR|Rooms.Worker|"] {
            assert_eq!(head(own), Some(true), "{own}");
        }
        for own in ["ERROR: ", "Error:x:", "10|20|30|", "a|b|c|"] {
            assert_eq!(head(own), None, "{own}");
        }
    }
}
