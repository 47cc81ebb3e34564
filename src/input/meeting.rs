//! Meeting identifiers: what kind one is, and the organizer and tenant inside. Both forms are
//! undocumented (seen in the samples of the API pages), so what they give is a hint.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem;
use uuid::Uuid;

use super::broken::breaks_word;
use super::{MeetingIdForm, MeetingRef, Span};
use crate::source::{percent_decoded, slice};

/// Join links beyond are not read; no paste has as many.
const MAX_LINKS: usize = 64 << 10;
/// A link is not longer, encoded thrice.
const MAX_LINK: usize = 4096;

pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Undoes percent-encoding until nothing is left to undo, at most five times.
pub(crate) fn percent_decode(text: &str) -> String {
    let mut decoded = text.to_owned();
    for _ in 0..5 {
        let next = percent_decoded(&decoded);
        // Bytes that are no text are left as they were written.
        let torn = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
        if next == decoded || torn(&next) && !torn(&decoded) {
            break;
        }
        decoded = next;
    }
    decoded
}

/// A UUID at the start of `bytes`.
pub(crate) fn uuid_at(bytes: &[u8]) -> Option<Uuid> {
    let id = bytes.get(..36)?;
    if bytes.get(36).is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'-') {
        return None;
    }
    let shape = id.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    // The nil id is what people type for a redaction.
    shape.then(|| Uuid::try_parse_ascii(id).ok()).flatten().filter(|id| !id.is_nil())
}

/// A UUID that starts at `start`, also when a console broke the line inside it; with its end.
pub(crate) fn uuid_in(text: &str, start: usize) -> Option<(Uuid, usize)> {
    let bytes = text.as_bytes();
    let mut id = [0; 37];
    let mut len = 0;
    let mut at = start;
    while len < 36 {
        match bytes.get(at)? {
            byte if byte.is_ascii_hexdigit() || *byte == b'-' => {
                *id.get_mut(len)? = *byte;
                len += 1;
                at += 1;
            }
            b'\r' | b'\n' if len > 0 => {
                let skip = bytes
                    .get(at..)?
                    .iter()
                    .take(200)
                    .position(|byte| !(byte.is_ascii_whitespace() || matches!(byte, b'|' | b'>')))?;
                at += skip;
            }
            _ => return None,
        }
    }
    if let Some(next) = bytes.get(at) {
        *id.get_mut(len)? = *next;
        len += 1;
    }
    uuid_at(id.get(..len)?).map(|id| (id, at))
}

/// Whether an id is the beginning of a UUID, which a cut has left.
pub(super) fn is_torn_uuid(id: &str) -> bool {
    let fits = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    (9..36).contains(&id.len()) && id.bytes().enumerate().all(fits)
}

/// Whether a path segment or argument is a stand-in that somebody has to fill.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.is_empty()
        || text.contains(['{', '}', '<', '>', '$', '*', '…'])
        || text.starts_with([':', '['])
        || text.starts_with("__") && text.ends_with("__")
        || text.len() > 2 && text.starts_with('%') && text.ends_with('%')
        || lower.contains("redacted")
        || lower.contains("xxx")
        || lower.starts_with("your")
        || lower.len() >= 8 && lower.bytes().all(|byte| matches!(byte, b'0' | b'-'))
        || matches!(
            lower.as_str(),
            "id" | "userid"
                | "user-id"
                | "user_id"
                | "upn"
                | "meetingid"
                | "meeting-id"
                | "meeting_id"
                | "oid"
                | "objectid"
                | "object-id"
                | "object_id"
                | "organizerid"
                | "organizer-id"
                | "organizer_id"
                | "onlinemeetingid"
                | "online-meeting-id"
                | "online_meeting_id"
                | "userprincipalname"
                | "..."
        )
}

/// What a meeting id or join link is, by its form alone.
pub(crate) fn recognise(text: &str) -> Option<MeetingRef> {
    let decoded = percent_decode(text);
    let decoded = decoded.trim_matches(['\'', '"', ' ']);
    let is_link = decoded.contains("://");
    if !is_link && is_placeholder(decoded) {
        return None;
    }
    let mut organizer = None;
    let mut tenant = None;
    let form = if is_link {
        if !decoded.contains("/l/meetup-join/") && !decoded.contains("/meet/") {
            return None;
        }
        organizer = named_id(decoded, "oid");
        tenant = named_id(decoded, "tid");
        MeetingIdForm::JoinUrl
    } else if decoded.starts_with("19:") {
        MeetingIdForm::Thread
    } else if decoded.starts_with("AAMk") || decoded.starts_with("AQMk") {
        MeetingIdForm::OutlookEvent
    } else if decoded.len() >= 9 && decoded.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ') {
        MeetingIdForm::JoinMeetingId
    } else {
        match unpack(decoded) {
            Some(inner) if inner.starts_with("1*") => {
                organizer = inner.get(2..).and_then(|rest| uuid_at(rest.as_bytes()));
                let behind = inner.get(2 + 36..).unwrap_or_default();
                if organizer.is_none() || "*0**19:".starts_with(behind) {
                    // As far as it goes, it may be the beginning of any of them.
                    MeetingIdForm::Other
                } else if inner.contains("**19:") {
                    MeetingIdForm::Graph
                } else {
                    MeetingIdForm::Artifact
                }
            }
            Some(inner) if inner.starts_with("0#19:") => MeetingIdForm::TeamsSdk,
            Some(inner) if inner.contains("##") || inner.contains("**") => MeetingIdForm::Artifact,
            _ => MeetingIdForm::Other,
        }
    };
    Some(MeetingRef { text: slice(decoded, 0..200).to_owned(), form, organizer, tenant })
}

/// A virtual event by its id, which tells nothing of whose it is.
pub(crate) fn event(text: &str) -> Option<MeetingRef> {
    let decoded = percent_decode(text);
    let id = decoded.trim_matches(['\'', '"', ' ']);
    (!is_placeholder(id) && !id.contains("...")).then(|| MeetingRef {
        text: slice(id, 0..200).to_owned(),
        form: MeetingIdForm::Other,
        organizer: None,
        tenant: None,
    })
}

/// What a meeting id holds.
pub(crate) fn decoded(text: &str) -> Option<String> {
    unpack(percent_decode(text).trim_matches(['\'', '"', ' ']))
}

fn unpack(text: &str) -> Option<String> {
    let text = text.trim_end_matches('=');
    // A cut id has a broken last group; what comes before still tells.
    let whole = text.len() / 4 * 4;
    let bytes = BASE64
        .decode(text)
        .or_else(|_| crate::source::BASE64_URL.decode(text))
        .or_else(|_| BASE64.decode(text.get(..whole).unwrap_or_default()))
        .ok()?;
    let inner = String::from_utf8(bytes).ok()?;
    (inner.len() >= 8 && inner.bytes().all(|byte| byte.is_ascii_graphic())).then_some(inner)
}

/// `"Oid":"<id>"` after percent-decoding.
fn named_id(text: &str, name: &str) -> Option<Uuid> {
    let lower = text.to_ascii_lowercase();
    memmem::find_iter(lower.as_bytes(), name.as_bytes()).find_map(|at| {
        let rest = lower.as_bytes().get(at + name.len()..)?;
        let skip = rest.iter().take(8).position(|byte| byte.is_ascii_hexdigit())?;
        uuid_at(rest.get(skip..)?)
    })
}

/// Join links anywhere, encoded to any depth.
pub(crate) fn links(text: &str) -> Vec<(Span, MeetingRef)> {
    let mut done = 0;
    memmem::find_iter(text.as_bytes(), b"meetup-join")
        .filter_map(|at| {
            if at < done {
                return None;
            }
            let head = slice(text, at.saturating_sub(96).max(done)..at);
            let start = at - head.len() + head.rfind("http")?;
            let rest = slice(text, start..start + MAX_LINK);
            // A console may have broken the link.
            let stop = |(offset, c): (usize, char)| match c {
                '\r' | '\n' => !breaks_word(text, start + offset),
                _ => c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | '|' | '”' | '’'),
            };
            let end = rest.char_indices().find(|one| stop(*one)).map_or(rest.len(), |(offset, _)| offset);
            // What is no link is not read again.
            done = start + end;
            let link = rest.get(..end)?.trim_end_matches(['\\', ',', '.', ';']);
            let meeting = recognise(&link.replace(['\\', '\r', '\n'], ""))?;
            Some((Span::new(start, start + link.len()), meeting))
        })
        .take(MAX_LINKS)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    const ORGANIZER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";

    #[test]
    fn forms() {
        let graph = BASE64.encode(format!("1*{ORGANIZER}*0**19:meeting_abc@thread.v2"));
        let found = recognise(&graph).unwrap();
        assert_eq!((found.form, found.organizer), (MeetingIdForm::Graph, Uuid::try_parse(ORGANIZER).ok()));
        for (text, form) in [
            (BASE64.encode("0#19:meeting_abc@thread.v2#0"), MeetingIdForm::TeamsSdk),
            ("19:meeting_abc@thread.v2".into(), MeetingIdForm::Thread),
            ("AAMkAGI1AAAoZCfHAAA=".into(), MeetingIdForm::OutlookEvent),
            ("248 356 789 012".into(), MeetingIdForm::JoinMeetingId),
            ("something".into(), MeetingIdForm::Other),
        ] {
            assert_eq!(recognise(&text).unwrap().form, form, "{text}");
        }
        assert!(recognise("{meetingId}").is_none() && recognise("<redacted>").is_none());
    }

    #[test]
    fn join_links_at_any_depth() {
        let mut link = format!(
            "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context={{\"Tid\":\"7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10\",\"Oid\":\"{ORGANIZER}\"}}"
        )
        .replace('{', "%7b")
        .replace('}', "%7d")
        .replace('"', "%22");
        for _ in 0..3 {
            let found = recognise(&link).unwrap();
            assert_eq!(found.organizer, Uuid::try_parse(ORGANIZER).ok(), "{link}");
            assert!(found.tenant.is_some());
            link = link.replace('%', "%25");
        }
    }
}
