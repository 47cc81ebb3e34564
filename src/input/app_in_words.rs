//! The app that a sentence near a failure names, where nothing of the failure does: `the app is 9c4f…`, `Scheduler is the app,
//! id 9c4f…`, and `App: 9c4f…` on a line of its own. Only of one failure, and only where all such sentences name the same.

use uuid::Uuid;

use super::facts::OF_POLICY;
use super::meeting::uuid_in;
use super::spoken::is_one_of;
use super::{Fact, Incident, Span, sign_in};
use crate::source::slice;

/// So much is read on either side of a failure.
const NEAR: usize = 2 << 10;
/// What may stand between the word for the app and its id, on the way back from the id.
const JOINS: &str =
    "is|ist|id|ids|its|it|s|client|application|app|appid|clientid|with|the|our|my|this|of|die|unsere|der|named|mit";
const APPS: &str = "app|application|appid|clientid";
/// An app of which the text has no other.
const OURS: &str = "the|our|my|this|die|unsere";
/// What makes the app of a sentence another one, or one of several.
const OTHERS: &str = "other|another|different|unlike|works|worked|working|fine|except|instead|not|no|both|while|whereas|but|second|also|tried|too|if|whether|either|or|and|object|manifest|instance|role|tenant|andere|nicht|auch|example|policy|was|old|former";

/// Adds it to the one failure that has no app.
pub(super) fn add(text: &str, incidents: &mut [Incident]) {
    let [incident] = incidents else { return };
    let facts = &mut incident.facts;
    if facts.app_id.is_some() || facts.token.is_some() || facts.path.is_none() && facts.code.is_none() {
        return;
    }
    let failure = incident.span;
    let above = failure.start.saturating_sub(NEAR);
    let mut found: Option<Fact<Uuid>> = None;
    // Beyond the address of another call the words are of that one.
    let own = facts.path.as_ref().and_then(|path| path.span).is_some_and(|span| span.start < failure.start);
    let head = slice(text, above..failure.start);
    let cut = head.rmatch_indices("://").nth(usize::from(own)).map_or(0, |(at, _)| at);
    let cut = slice(head, cut..head.len()).find('\n').filter(|_| cut > 0).map_or(cut, |end| cut + end);
    let below = slice(text, failure.end..failure.end.saturating_add(NEAR));
    let below = slice(below, 0..below.find("://").unwrap_or(below.len()));
    let parts = [(failure.start - head.len() + cut, slice(head, cut..head.len())), (failure.end, below)];
    for (start, part) in parts {
        let mut at = start;
        for sentence in part.split_inclusive(['\n', '\r', ';', '?', '!']) {
            let own = named(text, at, sentence);
            at += sentence.len();
            let Some(own) = own else { continue };
            if found.as_ref().is_some_and(|found| found.value != own.value) {
                return;
            }
            found.get_or_insert(own);
        }
    }
    let known = [facts.user_id.as_ref(), facts.tenant_id.as_ref(), facts.organizer_id.as_ref()];
    let is_known = |id: Uuid| known.iter().flatten().any(|fact| fact.value == id);
    let of_policy = incident.symptoms.iter().any(|hit| OF_POLICY.contains(&hit.symptom.as_ref()));
    let of_user =
        |found: &Fact<Uuid>| of_policy && found.span.is_some_and(|span| sign_in::is_delegated(text, span.start));
    if let Some(found) = found.filter(|found| !is_known(found.value) && !of_user(found)) {
        facts.app_id = Some(found);
        facts.app_beside = true;
    }
}

/// The app of one sentence.
fn named(text: &str, start: usize, sentence: &str) -> Option<Fact<Uuid>> {
    let lower = sentence.to_lowercase();
    if lower.ends_with('?') || lower.contains(['{', '"']) || words(&lower).any(|word| is_one_of(OTHERS, word)) {
        return None;
    }
    let mut found = None;
    let mut at = 0;
    while at < sentence.len() {
        let begins = sentence.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit)
            && !at.checked_sub(1).and_then(|at| sentence.as_bytes().get(at)).is_some_and(u8::is_ascii_alphanumeric);
        let id = if begins { uuid_in(text, start + at) } else { None };
        let Some((id, end)) = id.filter(|(_, end)| *end <= start + sentence.len()) else {
            at += 1;
            continue;
        };
        let rest = slice(text, end..start + sentence.len());
        if is_of_app(slice(sentence, 0..at), rest) {
            if found.is_some() {
                return None;
            }
            found = Some(Fact::text(id, Span::new(start + at, end)));
        }
        at = end - start;
    }
    found
}

/// Whether the words before an id name the app, and nothing else; `rest`: what follows on its line.
fn is_of_app(before: &str, rest: &str) -> bool {
    let clause = before.rsplit(". ").next().unwrap_or_default().to_lowercase();
    let words: Vec<&str> = words(&clause).collect();
    let joined = words.iter().rev().take_while(|word| is_one_of(JOINS, word)).count();
    let (lead, own) = words.split_at(words.len() - joined);
    let Some(app) = own.iter().rposition(|word| is_one_of(APPS, word)) else {
        return own.windows(2).any(|pair| pair == ["client", "id"]) && lead.is_empty();
    };
    let ours = own.get(..app).unwrap_or_default().iter().any(|word| is_one_of(OURS, word));
    // `App: <id>` is a line of its own.
    let alone = lead.is_empty() && !rest.contains(char::is_alphanumeric);
    ours || alone
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_sentences_name_the_app() {
        const A: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
        const B: &str = "a7c31e90-6d2b-4f18-b0c5-9e8d7f6a5b41";
        let of = |form: &str| {
            let text = form.replace('§', A).replace('%', B);
            named(&text, 0, &text).map(|fact| fact.value.to_string())
        };
        for form in [
            "the app is §",
            "Scheduler is the app, id §.",
            "App: §",
            "Our app's client id is §.",
            "The app (§) is called Scheduler.",
            "Our app § calls this.",
            "The client id is §, the user is %.",
            "Die App ist §.",
        ] {
            assert_eq!(of(form).as_deref(), Some(A), "{form}");
        }
        for form in [
            "The other app is §",
            "App: § works",
            "The app is not §.",
            "Is the app §?",
            "User: §",
            "The app is in the tenant §",
            "the app role is §",
            "Policy for app: §",
            "Unlike the app § ours fails.",
            "We also tried the app §.",
            "the app § calls the app %",
            "the object id of the app is §",
        ] {
            assert_eq!(of(form), None, "{form}");
        }
    }
}
