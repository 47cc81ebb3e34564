//! The chat of a meeting, as far as an identifier carries it (an undocumented form: a hint).

use crate::input::{MeetingIdForm, MeetingRef};

/// The thread id (`19:…@thread.v2`) inside a meeting id or join link.
pub(super) fn thread_of(meeting: &MeetingRef) -> Option<String> {
    let text = match meeting.form {
        MeetingIdForm::Graph | MeetingIdForm::TeamsSdk => decode_base64(&meeting.text)?,
        _ => decode_percent(&meeting.text)?,
    };
    let start = text.find("19:")?;
    let rest = text.get(start..)?;
    let end = rest.find(['/', '?', '#', '"', '\'', '&', ' ']).unwrap_or(rest.len());
    let thread = rest.get(..end)?;
    thread.contains("@thread").then(|| thread.to_owned())
}

fn decode_percent(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Either alphabet, with or without padding.
fn decode_base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meeting(text: &str, form: MeetingIdForm) -> MeetingRef {
        MeetingRef { text: text.to_owned(), form, organizer: None, tenant: None }
    }

    #[test]
    fn the_thread_is_found_in_every_form_that_has_one() {
        let thread = Some("19:meeting_abc@thread.v2".to_owned());
        let id = "MSo1YjFlMmMzZC0xMTExLTQyMjItODMzMy05NDQ0NTU1NTY2NjYqMCoqMTk6bWVldGluZ19hYmNAdGhyZWFkLnYy";
        assert_eq!(thread_of(&meeting(id, MeetingIdForm::Graph)), thread);
        assert_eq!(thread_of(&meeting("MCMxOTptZWV0aW5nX2FiY0B0aHJlYWQudjIjMA==", MeetingIdForm::TeamsSdk)), thread);
        assert_eq!(thread_of(&meeting("19:meeting_abc@thread.v2", MeetingIdForm::Thread)), thread);
        let url = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=%7b%7d";
        assert_eq!(thread_of(&meeting(url, MeetingIdForm::JoinUrl)), thread);
        assert_eq!(thread_of(&meeting("123 456 789", MeetingIdForm::JoinMeetingId)), None);
        assert_eq!(thread_of(&meeting("19%3", MeetingIdForm::JoinUrl)), None);
        assert_eq!(thread_of(&meeting("MSo!", MeetingIdForm::Graph)), None);
    }
}
