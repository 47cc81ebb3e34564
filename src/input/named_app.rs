//! The app that the sentence of a failure names: `our app 9c4f… gets "No application access policy found for this app"`,
//! `the app 9c4f… has no application access policy`. What a sentence says of another app is of no call.

use uuid::Uuid;

use super::meeting::uuid_in;
use super::spoken::is_one_of;
use super::{Fact, Span};
use crate::source::slice;

/// A sentence is not longer on either side of the words.
const SENTENCE: usize = 240;
/// So many words may stand between the name of an app and its id: `app (client) id is`.
const BETWEEN: usize = 3;

const APPS: &str = "app|application|appid|apps|clientid|client|registration";
const NO_APPS: &str = "user|users|userid|policy|object|tenant|organizer|meeting|principal|request|correlation|trace";
/// What a sentence says of an app that is none of the call, or of several.
const OTHERS: &str = "other|another|different|unlike|works|worked|except|instead|not|both|while|whereas|but|second";

/// The one app that the sentence around the words names.
pub(super) fn of_sentence(text: &str, hit: Span) -> Option<Fact<Uuid>> {
    let head = slice(text, hit.start.saturating_sub(SENTENCE)..hit.start);
    let head = head.rsplit(['\n', '\r', ';', '?', '!']).next().unwrap_or_default();
    // What stands behind a string or an object is none of its sentence.
    let ends = [". ", ".\"", "}", "\", \"", "\",\""];
    let head = ends.iter().fold(head, |head, end| head.rsplit(end).next().unwrap_or_default());
    let tail = slice(text, hit.end..hit.end.saturating_add(SENTENCE));
    let tail = tail.split(['\n', '\r', ';', '?', '!']).next().unwrap_or_default();
    let ends = [". ", "}", "\", \"", "\",\""];
    let tail = ends.iter().fold(tail, |tail, end| tail.split(end).next().unwrap_or_default());
    let is_other = |part: &str| words(part).any(|word| is_one_of(OTHERS, &word.to_lowercase()));
    if is_other(head) || is_other(tail) {
        return None;
    }
    let ids = |part: &str, start: usize| ids(text, start, start + part.len());
    let named: Vec<(Span, Uuid)> = ids(head, hit.start - head.len()).chain(ids(tail, hit.end)).collect();
    let (span, id) = *named.first()?;
    named.iter().all(|(_, other)| *other == id).then(|| Fact::text(id, span))
}

/// Ids in a part of a text that an app is named before.
fn ids(text: &str, from: usize, to: usize) -> impl Iterator<Item = (Span, Uuid)> {
    let mut at = from;
    std::iter::from_fn(move || {
        while at < to {
            let begins = text.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit)
                && !at.checked_sub(1).and_then(|at| text.as_bytes().get(at)).is_some_and(u8::is_ascii_alphanumeric);
            let found = if begins { uuid_in(text, at) } else { None };
            let start = at;
            at += 1;
            if let Some((id, end)) = found.filter(|(_, end)| *end <= to) {
                at = end;
                if is_of_app(slice(text, from..start)) {
                    return Some((Span::new(start, end), id));
                }
            }
        }
        None
    })
}

/// Whether the last words before an id name an app, and nothing else.
fn is_of_app(before: &str) -> bool {
    let mut last: Vec<String> = words(before).map(str::to_lowercase).collect();
    let from = last.len().saturating_sub(BETWEEN);
    let near = last.split_off(from);
    let app = near.iter().rposition(|word| is_one_of(APPS, word));
    app.is_some_and(|app| {
        near.iter().skip(app + 1).all(|word| is_one_of("id|is|with|client|appid|the|called", word))
            && !near.iter().any(|word| is_one_of(NO_APPS, word))
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sentence_names() {
        const A: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
        const B: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
        for (form, found) in [
            ("the app A has §", Some(A)),
            ("Our application (A) gets: \"§ found for this app\"", Some(A)),
            ("app id A: §", Some(A)),
            ("§ found for the app `A` and the user B", Some(A)),
            ("Client ID: A - §", Some(A)),
            ("§ found. The app A works.", None),
            ("the app A has one, but for app B there is §", None),
            ("the other app A has §", None),
            ("app A and app B: §", None),
            ("user A: §", None),
            ("app on user A: §", None),
            ("request A: §", None),
            ("app A works\n§", None),
            ("§ found for this app.\"}}, \"A\": {\"error\": \"§\"}", None),
            ("\"x found for this app.\", \"A\": \"§\"", None),
        ] {
            let text = form.replace('A', A).replace('B', B).replace('§', "no application access policy");
            let at = text.find("no application").unwrap_or_default();
            let app = of_sentence(&text, Span::new(at, at + 28));
            assert_eq!(app.map(|app| app.value.to_string()).as_deref(), found, "{text}");
        }
    }
}
