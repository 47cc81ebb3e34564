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
    let told = || below.starts_with('{') && is_told_status(above);
    is_status(above) || told() || in_text && (above.is_empty() && below.starts_with('{') || is_pair(above, true))
}

/// Whether the text of a line goes on with what a client prints of an answer, both without their heads: `Code: …` and `Message:
/// …` of .NET's, `Error code: …` and what follows of Java's, a cmdlet's error and its status. `printed`: so did the line above.
pub(super) fn is_printed(above: &str, below: &str, printed: bool) -> bool {
    let (above, below) = (above.trim(), below.trim());
    if printed {
        if is_last_status(above) {
            return below == "[...]" || below.starts_with("[Some information was truncated");
        }
        let is_call = |method: &str| below.strip_prefix(method).is_some_and(|rest| rest.starts_with(" http"));
        let called = above.is_empty() && method::METHODS.iter().any(|method| is_call(method));
        let pair = is_padded_pair(below) && !is_status(below);
        let own = below.is_empty() || below.starts_with('{') || pair || is_last_status(below);
        return (own || called) && !spoken::begins_record(below) && code_of(below).is_none();
    }
    if spoken::is_cmdlet_error(above) {
        return below.strip_prefix("Status: ").is_some_and(|rest| rest.ends_with(')') && is_status(below));
    }
    match code_of(above) {
        Some(label) => below.strip_prefix(label).is_some_and(|rest| {
            rest.eq_ignore_ascii_case("message:")
                || rest.len() > 8 && slice(rest, 0..9).eq_ignore_ascii_case("message: ")
        }),
        None => false,
    }
}

/// What stands before the word `code` of a line that ends with one: nothing, or `Error `; the class of an exception may
/// stand before both.
fn code_of(line: &str) -> Option<&'static str> {
    let (lead, code) = line.rsplit_once(": ")?;
    let is_word = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    let label = lead.rsplit_once(": ").map_or(lead, |(_, label)| label);
    let known = [("Code", ""), ("Error code", "Error ")];
    known.iter().find(|(name, _)| is_word && *name == label).map(|(_, before)| *before)
}

/// `403 : Forbidden`, the last line that Java's client prints of an answer.
fn is_last_status(line: &str) -> bool {
    let number = slice(line, 0..3).parse().ok().and_then(status::reason_of);
    let phrase = slice(line, 3..line.len()).strip_prefix(" : ");
    number.is_some() && phrase.is_some_and(|phrase| phrase.len() < SHORT)
}

/// `request-id    : …`, `SdkVersion : …`, as PowerShell and Java pad their names.
fn is_padded_pair(line: &str) -> bool {
    let Some((name, value)) = line.split_once(':') else { return false };
    let name = name.trim_end();
    let part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_. ".contains(&byte);
    let words = name.split(' ').count();
    (1..=SHORT).contains(&name.len())
        && words <= 2
        && name.bytes().all(part)
        && (value.is_empty() || value.starts_with([' ', '\t']))
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

/// Whether a line tells how a call failed, and ends with its status: `Graph API Error 403`, `lookup failed: 403 Forbidden`.
fn is_told_status(line: &str) -> bool {
    const WORDS: [&str; 9] =
        ["error", "failed", "failure", "rejected", "refused", "returned", "responded", "answered", "status"];
    let is_told = |at: usize| {
        let words = slice(line, 0..at).trim_end().trim_end_matches([':', '(', '=']).trim_end();
        let last = words.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_lowercase();
        let rest = slice(line, at + 3..line.len()).trim_end_matches([':', '.', ')']);
        let value = slice(line, at..at + 3).parse().ok();
        let phrase: String = rest.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
        let phrased = value
            .and_then(status::reason_of)
            .is_some_and(|reason| rest.is_empty() || rest.starts_with(' ') && phrase == reason);
        (WORDS.contains(&last.as_str()) || words.ends_with("failed with") || words.ends_with("HTTP")) && phrased
    };
    let digits = line.char_indices().filter(|(at, c)| *c == ' ' && slice(line, at + 1..at + 2).starts_with(['4', '5']));
    line.len() <= SHORT * 2 && digits.take(4).any(|(at, _)| is_told(at + 1))
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
    fn what_clients_print_of_an_answer() {
        for (above, below) in [
            ("Code: Forbidden", "Message: An error has occurred."),
            ("Microsoft.Graph.ServiceException: Code: Forbidden", "Message: An error has occurred."),
            ("Error code: Forbidden", "Error message: No application access policy found for this app."),
            ("Get-MgUser_Get : Not here", "Status: 404 (NotFound)"),
        ] {
            assert!(is_printed(above, below, false), "{above} {below}");
        }
        for (above, below) in [
            ("Code: Forbidden", "Error message: x"),
            ("Code: Forbidden", "Messages: 3"),
            ("Code of the room: Forbidden", "Message: x"),
            ("Exit code: 1", "Message: x"),
            ("rooms synced: 3", "Status: 403 (Forbidden)"),
        ] {
            assert!(!is_printed(above, below, false), "{above} {below}");
        }
        for (above, below) in [
            ("Error message: x", ""),
            ("", "GET https://graph.microsoft.com/v1.0/me"),
            ("GET https://graph.microsoft.com/v1.0/me", "SdkVersion : graph-java/v5.80.0"),
            ("", "403 : Forbidden"),
            ("403 : Forbidden", "[...]"),
            ("Vary                          : Accept-Encoding", "request-id                    : 1"),
        ] {
            assert!(is_printed(above, below, true), "{above} {below}");
        }
        for (above, below) in [
            ("Message: x", "GET https://graph.microsoft.com/v1.0/me"),
            ("403 : Forbidden", "request-id: 1"),
            ("Message: x", "Code: Forbidden"),
            ("Message: x", "rooms synced"),
            ("Message: x", "status: 404"),
        ] {
            assert!(!is_printed(above, below, true), "{above} {below}");
        }
    }

    #[test]
    fn statuses_that_a_line_tells_of() {
        for line in [
            "Graph API Error 403",
            "lookup failed: 403 Forbidden",
            "call failed with 404",
            "read returned 404 Not Found",
        ] {
            assert!(is_told_status(line), "{line}");
        }
        for line in [
            "read room 403",
            "Graph API Error 403 rooms",
            "failed: 200",
            "error in room 4 of 512",
            "took 403 ms, failed",
        ] {
            assert!(!is_told_status(line), "{line}");
        }
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
