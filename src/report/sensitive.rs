//! Finding what tells who somebody is: ids, addresses, meeting ids and links, in any text and any encoding.

use std::collections::BTreeMap;
use std::ops::Range;

use base64::Engine as _;
use uuid::Uuid;

use super::pseudonym::Kind;
use crate::source::BASE64_URL;
use crate::source::percent_decoded;

/// One value.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
    /// The id, where it is one.
    pub(super) id: Option<Uuid>,
}

/// Hits by where they begin; none overlaps another.
type Hits = BTreeMap<usize, Hit>;

/// Every value, none inside another, in the order of the text.
pub(super) fn find(text: &str) -> Vec<Hit> {
    let bytes = text.as_bytes();
    let mut hits = Hits::new();
    // What comes first wins: a link holds a thread, a thread looks like an address, an address may hold an id.
    links(text, &mut hits);
    threads(text, &mut hits);
    addresses(text, &mut hits);
    ids(bytes, &mut hits);
    broken_ids(bytes, &mut hits);
    encoded_ids(text, &mut hits);
    segments(text, &mut hits);
    hosts(text, &mut hits);
    numbers(bytes, &mut hits);
    hits.into_values().collect()
}

fn add(hits: &mut Hits, range: Range<usize>, kind: Kind, id: Option<Uuid>) {
    let before = hits.range(..range.end).next_back();
    if !range.is_empty() && before.is_none_or(|(_, hit)| hit.range.end <= range.start) {
        hits.insert(range.start, Hit { range, kind, id });
    }
}

/// One spelling of a value, whatever its encoding; a link without its parameters.
pub(super) fn normal(text: &str) -> String {
    let mut plain = text.to_owned();
    // More than three layers have not been seen.
    for _ in 0..4 {
        let decoded = percent_decoded(&plain);
        if decoded == plain {
            break;
        }
        plain = decoded;
    }
    let plain = plain.split('?').next().unwrap_or_default();
    plain.trim_matches(['=', '/']).to_lowercase()
}

/// The new id as the old one was written: with or without hyphens, lower or upper case.
pub(super) fn like(original: &str, new: Uuid) -> String {
    let text = if original.contains('-') { new.hyphenated().to_string() } else { new.simple().to_string() };
    let upper = original.bytes().any(|byte| byte.is_ascii_uppercase());
    if upper { text.to_uppercase() } else { text }
}

/// Positions of `needle` in any case.
fn all<'t>(text: &'t str, needle: &'t str) -> impl Iterator<Item = usize> + 't {
    let first = needle.as_bytes().first().copied().unwrap_or_default();
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text.as_bytes()).filter(move |&at| {
        text.as_bytes().get(at..at + needle.len()).is_some_and(|word| word.eq_ignore_ascii_case(needle.as_bytes()))
    })
}

/// The end of a run that `stops` ends.
fn run(text: &str, from: usize, stops: impl Fn(char) -> bool) -> usize {
    text.get(from..).and_then(|rest| rest.find(stops)).map_or(text.len(), |length| from + length)
}

fn ends_link(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | ']' | '\\' | ',')
}

/// What follows `/meetup-join/` or `/meet/`, encoded or not.
fn links(text: &str, hits: &mut Hits) {
    for word in ["meetup-join", "/meet/", "%2fmeet%2f", "%252fmeet%252f"] {
        let mut done = 0;
        for at in all(text, word) {
            if at >= done {
                let start = at + word.len();
                done = run(text, start, ends_link);
                add(hits, start..done, Kind::Meeting, None);
            }
        }
    }
}

/// `19:meeting_…@thread.v2`, with its marks encoded at any depth.
fn threads(text: &str, hits: &mut Hits) {
    for mark in ["19:", "19%3a", "19%253a", "19%25253a"] {
        for at in all(text, mark) {
            let start = at + mark.len();
            let end = run(text, start, |c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
            let named = text.get(start..end).is_some_and(|word| word.len() >= 6);
            let rest = text.get(end..).unwrap_or_default();
            if named && ["@thread", "%40thread", "%2540thread", "@unq", "%40unq"].iter().any(|it| rest.starts_with(it))
            {
                add(hits, start..end, Kind::Meeting, None);
            }
        }
    }
}

/// `name@host.tld`, the mark encoded or not.
fn addresses(text: &str, hits: &mut Hits) {
    for mark in ["@", "%40", "%2540"] {
        for at in all(text, mark) {
            let is_local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '#');
            let local = text
                .get(..at)
                .map_or(0, |head| head.chars().rev().take_while(|&c| is_local(c)).map(char::len_utf8).sum::<usize>());
            let end = run(text, at + mark.len(), |c| !(c.is_alphanumeric() || matches!(c, '.' | '-')));
            let host = text.get(at + mark.len()..end).unwrap_or_default().trim_end_matches(['.', '-']);
            let top = host.rsplit_once('.').map(|(_, top)| top);
            let is_host = top.is_some_and(|top| top.len() >= 2 && top.chars().all(char::is_alphabetic));
            if local > 0 && is_host && !host.starts_with("thread") && !host.starts_with("odata") {
                add(hits, at - local..at + mark.len() + host.len(), Kind::User, None);
            }
        }
    }
}

/// Ids with hyphens, wherever they begin, and runs of exactly 32 hexadecimal digits.
fn ids(bytes: &[u8], hits: &mut Hits) {
    const LENGTH: usize = 36;
    let id_at = |start: usize| -> Option<Uuid> {
        let piece = bytes.get(start..start + LENGTH)?;
        let hyphens = [8, 13, 18, 23].iter().all(|&at| piece.get(at) == Some(&b'-'));
        hyphens.then(|| std::str::from_utf8(piece).ok().and_then(|text| Uuid::try_parse(text).ok())).flatten()
    };
    for hyphen in memchr::memchr_iter(b'-', bytes) {
        if let Some(start) = hyphen.checked_sub(8)
            && let Some(id) = id_at(start)
        {
            add(hits, start..start + LENGTH, Kind::Other, Some(id));
        }
    }
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate().map(|(at, byte)| (at, Some(byte))).chain([(bytes.len(), None)]) {
        if byte.is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        if at - start == 32
            && let Some(id) =
                bytes.get(start..at).and_then(|it| std::str::from_utf8(it).ok()).and_then(|it| Uuid::try_parse(it).ok())
        {
            add(hits, start..at, Kind::Other, Some(id));
        }
        start = at + 1;
    }
}

/// Ids that a mail or a console broke at the end of a line: both pieces.
fn broken_ids(bytes: &[u8], hits: &mut Hits) {
    const LENGTH: usize = 36;
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    for end in memchr::memchr_iter(b'\n', bytes) {
        let above = bytes.get(end.saturating_sub(LENGTH * 2)..end).unwrap_or_default();
        let above = above.strip_suffix(b"\r").unwrap_or(above);
        let above = above.strip_suffix(b"=").unwrap_or(above).trim_ascii_end();
        let left = above.iter().rev().take_while(|byte| is_part(byte)).count();
        let below = bytes.get(end + 1..bytes.len().min(end + 1 + LENGTH * 2)).unwrap_or_default();
        let skip = below.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'>' | b'|')).count();
        let right = below.iter().skip(skip).take_while(|byte| is_part(byte)).count();
        if left == 0 || left >= LENGTH || left + right < LENGTH {
            continue;
        }
        let right = LENGTH - left;
        let from = above.len() - left;
        let begin = end.saturating_sub(LENGTH * 2) + from;
        let start = end + 1 + skip;
        let joined = [bytes.get(begin..begin + left), bytes.get(start..start + right)].map(Option::unwrap_or_default);
        if std::str::from_utf8(&joined.concat()).is_ok_and(|id| Uuid::try_parse(id).is_ok()) {
            add(hits, begin..begin + left, Kind::Other, None);
            add(hits, start..start + right, Kind::Other, None);
        }
    }
}

/// Base64 that holds an organizer or a thread: meeting, transcript and recording ids, also torn ones.
fn encoded_ids(text: &str, hits: &mut Hits) {
    let mut from = 0;
    while from < text.len() {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-');
        let Some(start) = text.get(from..).and_then(|rest| rest.find(is_letter)).map(|at| from + at) else { return };
        let end = run(text, start, |c| !is_letter(c));
        from = end + 1;
        // A path before the id is no part of it.
        let run = text.get(start..end).unwrap_or_default();
        let mut piece_start = start;
        for piece in run.split('/') {
            if piece.len() >= 16 && is_meeting_id(piece) {
                let mut last = piece_start + piece.len();
                for padding in ["==", "=", "%3D%3D", "%3d%3d", "%3D", "%3d"] {
                    if text.get(last..).is_some_and(|rest| rest.starts_with(padding)) {
                        last += padding.len();
                        break;
                    }
                }
                add(hits, piece_start..last, Kind::Meeting, None);
            }
            piece_start += piece.len() + 1;
        }
    }
}

fn is_meeting_id(piece: &str) -> bool {
    // Whatever the end is cut to, the beginning decodes by itself.
    let whole = piece.get(..piece.len() - piece.len() % 4).unwrap_or_default();
    let standard: String = whole.chars().map(|c| if c == '+' { '-' } else { c }).collect();
    let Ok(decoded) = BASE64_URL.decode(standard) else { return false };
    let head = decoded.get(..decoded.len().min(12)).unwrap_or_default();
    let marked = matches!(head, [b'0'..=b'9', b'*' | b'#', ..]);
    marked || memchr::memmem::find(&decoded, b"19:").is_some() || memchr::memmem::find(&decoded, b"@thread").is_some()
}

/// Ids in a path, by the collection before them.
fn segments(text: &str, hits: &mut Hits) {
    const COLLECTIONS: [(&str, Kind); 14] = [
        ("onlinemeetings/", Kind::Meeting),
        ("transcripts/", Kind::Meeting),
        ("recordings/", Kind::Meeting),
        ("attendancereports/", Kind::Meeting),
        ("aiinsights/", Kind::Meeting),
        ("registrants/", Kind::User),
        ("sessions/", Kind::Meeting),
        ("webinars/", Kind::Meeting),
        ("townhalls/", Kind::Meeting),
        ("events/", Kind::Meeting),
        ("chats/", Kind::Meeting),
        ("calls/", Kind::Meeting),
        ("callrecords/", Kind::Meeting),
        ("users/", Kind::User),
    ];
    for (collection, kind) in COLLECTIONS {
        for at in all(text, collection) {
            let start = at + collection.len();
            let end = run(text, start, |c| ends_link(c) || matches!(c, '/' | '?' | '&' | '(' | '{' | '}' | '|' | ';'));
            let id = text.get(start..end).unwrap_or_default();
            let looks_like =
                id.len() >= 8 && id.bytes().any(|byte| byte.is_ascii_digit()) && !id.starts_with(['$', '*']);
            if looks_like {
                add(hits, start..end, kind, None);
            }
        }
    }
}

/// The tenant's part of a host name.
fn hosts(text: &str, hits: &mut Hits) {
    for suffix in [".onmicrosoft.com", ".onmicrosoft.us", ".sharepoint.com", ".sharepoint.us", ".b2clogin.com"] {
        for at in all(text, suffix) {
            let length = text
                .get(..at)
                .map_or(0, |head| head.chars().rev().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').count());
            add(hits, at - length..at, Kind::Tenant, None);
        }
    }
}

/// IPv4 addresses.
fn numbers(bytes: &[u8], hits: &mut Hits) {
    let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let mut at = 0;
    while at < bytes.len() {
        if !bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
            continue;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        let piece = rest.get(..length).unwrap_or_default();
        let piece = std::str::from_utf8(piece).unwrap_or_default().trim_end_matches('.');
        let alone =
            at.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if alone && piece.parse::<std::net::Ipv4Addr>().is_ok() {
            add(hits, at..at + piece.len(), Kind::Address, None);
        }
        at += length.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|hit| text.get(hit.range).unwrap_or("?")).collect()
    }

    #[test]
    fn values_in_any_encoding() {
        let id = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
        assert_eq!(found(&format!("Oid%22%3a%22{id}%22")), [id]);
        assert_eq!(found(&format!("a{id}b")), [id]);
        assert_eq!(found("x 748d2cbb3b5540ed8c342eae5932b22a y"), ["748d2cbb3b5540ed8c342eae5932b22a"]);
        assert_eq!(found("to adele@contoso.com, and"), ["adele@contoso.com"]);
        assert_eq!(found("/users/adele%40contoso.com/x"), ["adele%40contoso.com"]);
        assert_eq!(found("19:meeting_AbCdEf@thread.v2"), ["meeting_AbCdEf"]);
        assert_eq!(found("19%3ameeting_AbCdEf%40thread.v2"), ["meeting_AbCdEf"]);
        assert_eq!(
            found("https://teams.microsoft.com/l/meetup-join/19%3ax%40thread.v2/0 z"),
            ["/19%3ax%40thread.v2/0"]
        );
        let meeting = "MSo3NDhkMmNiYi0zYjU1LTQwZWQtOGMzNC0yZWFlNTkzMmIyMmEqMCoqMTk6bWVldGluZ19h";
        assert_eq!(found(&format!("/onlineMeetings/{meeting}")), [meeting]);
        assert_eq!(found(&format!("id {meeting}== torn")), [format!("{meeting}==")]);
        assert_eq!(found("/me/events/AAMkAGI2NG…/x"), ["AAMkAGI2NG…"]);
        assert_eq!(found("contoso-my.sharepoint.com 10.0.0.14"), ["contoso-my", "10.0.0.14"]);
    }

    #[test]
    fn words_are_none() {
        for text in [
            "Authorization_RequestDenied",
            "GraphAccessToTranscriptsDisabled is off",
            "Set-CsApplicationAccessPolicy -Identity Global -AppIds @{Add=1}",
            "/users/{id}/onlineMeetings/getAllTranscripts",
            "@odata.context and version 1.0",
            "OnlineMeetingArtifact.Read.All",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn one_value_in_two_spellings() {
        assert_eq!(normal("/19%253aX%2540thread.v2/0%3Fcontext"), normal("/19:x@thread.v2/0?context={"));
        assert_eq!(normal("Adele%40contoso.com"), normal("adele@contoso.com"));
    }
}
