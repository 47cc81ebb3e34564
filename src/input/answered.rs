//! Names and texts that an answer of success holds: the subject of a mail, the title of an event. What they say is no answer of
//! the service's.

use super::guard::Place;
use super::{Span, beside};
use crate::source::slice;

/// A body with its head is not looked at further above.
const ANSWER: usize = 8 << 10;
const NAMES: [&str; 6] = ["subject", "topic", "title", "displayname", "bodypreview", "summary"];
/// The text of a mail or of a message of a chat.
const CONTENT: &str = "content";

/// Whether words stand in what somebody named a thing that an answer of success shows: `"subject": "…"` below `201 Created`,
/// in an item of a list of Graph's.
pub(super) fn is_name_in_success(text: &str, hit: Span) -> bool {
    let Some(key) = key_of(text, hit) else { return false };
    // The answer is far, and most words have no such name.
    if key != CONTENT && !NAMES.contains(&key.as_str()) {
        return false;
    }
    let head = slice(text, hit.start.saturating_sub(ANSWER)..hit.start);
    is_below_success(head) && key != CONTENT || is_item_of_list(head, "\"@odata.context\"")
}

/// Whether words are of an item of a list whose beginning is not there: it may be Graph's.
pub(super) fn is_in_list(place: &Place<'_>, _: &str) -> bool {
    let own = || key_of(place.text, place.hit).is_some_and(|key| key == CONTENT || NAMES.contains(&key.as_str()));
    place.before.contains('"') && own() && {
        let head = slice(place.text, place.hit.start.saturating_sub(ANSWER)..place.hit.start);
        is_item_of_list(head, "\"@odata.context\"") || is_item_of_list(head, "\"value\"")
    }
}

/// The key of the value that holds words, in lower case.
fn key_of(text: &str, hit: Span) -> Option<String> {
    let line = beside::line_of(text, hit.start);
    let lead = slice(text, line.start..hit.start);
    let at = lead.rfind('"')?;
    let key = slice(lead, 0..at).trim_end().trim_end_matches(':').trim_end_matches(['"', ' ']);
    key.rsplit(|c: char| !c.is_alphanumeric()).next().map(str::to_lowercase)
}

fn is_below_success(head: &str) -> bool {
    let answer = memchr::memmem::rfind(head.as_bytes(), b"HTTP/").map(|at| slice(head, at..at + 16));
    let status =
        answer.and_then(|answer| answer.split_once(' ')).and_then(|(_, rest)| rest.split([' ', '\r', '\n']).next());
    status.is_some_and(|status| status.len() == 3 && status.starts_with('2'))
}

/// Whether a list that begins with a key is open: no error has begun behind it, and an object of its items has.
fn is_item_of_list(head: &str, begins: &str) -> bool {
    let Some(at) = memchr::memmem::rfind(head.as_bytes(), begins.as_bytes()) else { return false };
    let behind = slice(head, at..head.len());
    let list = behind.split_once("\"value\"").map(|(_, rest)| rest.trim_start().trim_start_matches(':').trim_start());
    list.is_some_and(|list| list.starts_with('[') && list.contains('{')) && !behind.contains("\"error\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "Meeting Id is corrupted.";

    fn check(is: impl Fn(&str, Span) -> bool, form: &str) -> bool {
        let text = form.replace('§', WORDS);
        let at = text.find(WORDS).unwrap_or_default();
        is(&text, Span::new(at, at + WORDS.len()))
    }

    #[test]
    fn names_in_answers_of_success() {
        for form in [
            "HTTP/1.1 201 Created\n\n{\"subject\":\"§\"}",
            "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#users('x')/messages\",\"value\":[{\"subject\":\"RE: §\"}]}",
            "{\n  \"@odata.context\": \"x\",\n  \"value\": [\n    {\"body\": {\"content\": \"<p>we got § yesterday</p>\"}}",
        ] {
            assert!(check(is_name_in_success, form), "{form}");
        }
        for form in [
            "HTTP/1.1 400 Bad Request\n\n{\"title\":\"§\"}",
            "{\"@odata.context\":\"x\",\"value\":[{\"id\":\"1\"}]}\n{\"error\":{\"title\":\"§\"}}",
            "{\"@odata.context\":\"x\",\"value\":[{\"error\":{\"message\":\"§\"}}]}",
            "{\"value\":[{\"subject\":\"§\"}]}",
        ] {
            assert!(!check(is_name_in_success, form), "{form}");
        }
        let in_list = |form: &str| check(|text, hit| is_in_list(&Place::of(text, hit), ""), form);
        assert!(in_list("{\"value\":[{\"body\":{\"contentType\":\"html\",\"content\":\"<p>§</p>\"}}]}"));
        assert!(!in_list("{\"value\":[],\"error\":{\"title\":\"§\"}}"));
        assert!(!in_list("{\"title\":\"§\"}"));
    }
}
