//! Sentences that give the day of something else than the failure: `The meeting was created yesterday`, `Nothing has been
//! changed in the last days`, `Last week I read the documentation`.

use super::told_sentences::{sentences, words_of};

/// What is no failure, and came to be before it.
const THINGS: [&str; 16] = [
    "meeting",
    "user",
    "app",
    "application",
    "tenant",
    "account",
    "docs",
    "documentation",
    "article",
    "page",
    "sdk",
    "secret",
    "certificate",
    "mailbox",
    "project",
    "registration",
];
/// How it came to be.
const MADE: [&str; 11] = [
    "created",
    "registered",
    "updated",
    "renewed",
    "published",
    "released",
    "read",
    "installed",
    "built",
    "hired",
    "scheduled",
];
/// What may be of the failure after all.
const OF_FAILURE: [&str; 24] = [
    "error", "errors", "fail", "fails", "failed", "failing", "failure", "403", "404", "401", "call", "called", "calls",
    "request", "got", "get", "returned", "happened", "happens", "occurred", "refused", "policy", "since", "when",
];

/// A line without such sentences, where it has any.
pub(super) fn without(line: &str) -> Option<String> {
    let mut found = false;
    let kept: String = sentences(line)
        .filter(|sentence| {
            let aside = is_aside(sentence);
            found |= aside;
            !aside
        })
        .collect();
    found.then_some(kept)
}

fn is_aside(sentence: &str) -> bool {
    if sentence.contains(['{', '"', '=', '?']) {
        return false;
    }
    let lower = sentence.to_lowercase();
    let words = words_of(&lower);
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    let first = words.first().copied().unwrap_or_default();
    let changed = || has(&["changed", "change", "changes", "touched", "modified"]);
    let failure = || has(&OF_FAILURE);
    let made = || {
        words.iter().enumerate().any(|(at, word)| {
            let before = words.get(..at).unwrap_or_default();
            MADE.contains(word) && before.iter().any(|it| ["was", "were", "been", "i", "we"].contains(it))
        })
    };
    let of_thing = || has(&THINGS) && made() && !failure();
    let of_none = || ["nothing", "nobody", "no"].contains(&first) && changed() && !has(&OF_FAILURE[..21]);
    let of_work = || words.windows(2).any(|pair| pair == ["working", "on"]) && !has(&OF_FAILURE[..21]);
    of_thing() || of_none() || of_work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_something_else() {
        for text in [
            "The meeting was created yesterday.",
            "The user was created last year.",
            "The app was registered in 2024.",
            "The docs were updated on 2024-11-07.",
            "The client secret was renewed last month.",
            "Last week I read the documentation.",
            "Nothing has been changed in the last days.",
            "Nothing changed on our side since last week.",
            "I am working on this since Monday.",
        ] {
            assert_eq!(without(text).as_deref(), Some(""), "{text}");
        }
        for text in [
            "It failed yesterday.",
            "Yesterday the user got this.",
            "The call for the meeting that was created failed yesterday.",
            "The ticket was created yesterday.",
            "This happens since Monday.",
            "The policy was created yesterday.",
            "yesterday",
        ] {
            assert_eq!(without(text), None, "{text}");
        }
    }
}
