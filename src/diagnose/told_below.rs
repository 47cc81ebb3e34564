//! Changes that are told below a failure, and were made before it: `I granted the policy again before this call`.

use super::told_lists::{AUXILIARY, CHANGE_NOUNS, CHANGED, CMDLETS, FOLLOWING, LATER, OBJECTS};
use super::told_time;
use super::told_words::{is_part_of_day, label_of, sentences, words_of};
use crate::input::Moment;

/// The call, as it is spoken of below.
const CALL: [&str; 20] = [
    "this", "that", "call", "calls", "request", "error", "failure", "incident", "test", "testing", "run", "ran",
    "running", "calling", "called", "sending", "sent", "trying", "tried", "attempt",
];
/// How somebody tells that a command was run, and not that it is to be.
const RUN: [&str; 13] = [
    "ran",
    "reran",
    "re-ran",
    "executed",
    "issued",
    "entered",
    "performed",
    "did",
    "running",
    "executing",
    "rerunning",
    "used",
    "ausgeführt",
];

/// Sentences below a failure which do not put what they tell behind it.
pub(super) fn before_it(behind: &str, failed: Option<Moment>) -> Vec<&str> {
    let (mut labelled, mut begun) = (false, false);
    let mut found = Vec::new();
    for sentence in sentences(behind) {
        if sentence.trim().is_empty() {
            labelled &= !begun;
            continue;
        }
        let lower = sentence.to_lowercase();
        let (label, rest) = label_of(&lower);
        if label {
            (labelled, begun) = (true, false);
        }
        begun |= !rest.trim().is_empty();
        if !is_dated_later(sentence, failed) && is_before(&words_of(rest), labelled) {
            found.push(sentence);
        }
    }
    found
}

fn is_dated_later(sentence: &str, failed: Option<Moment>) -> bool {
    let told = told_time::newest(sentence).zip(failed);
    told.is_some_and(|(told, failed)| told.earliest > failed.latest)
}

/// Whether a sentence, in lower case, is a note that was added once all was over, without a day of its own: `Resolution: …`.
pub(super) fn is_closing(sentence: &str, title: &str) -> bool {
    let (own, _) = note_of(sentence);
    let (above, rest) = note_of(title);
    own || above && !rest.contains(char::is_alphanumeric)
}

/// Whether a sentence begins with the label of such a note, and what stands behind that.
fn note_of(text: &str) -> (bool, &str) {
    const NOTES: [&str; 14] = [
        "update",
        "edit",
        "resolution",
        "resolved",
        "solution",
        "outcome",
        "closing",
        "closure",
        "addendum",
        "followup",
        "follow-up",
        "nachtrag",
        "postscript",
        "lösung",
    ];
    let (label, rest) = label_of(text);
    let head = text.get(..text.len().saturating_sub(rest.len())).unwrap_or(text);
    let first = words_of(head).first().copied().unwrap_or_default();
    (label && NOTES.contains(&first) && !head.bytes().any(|byte| byte.is_ascii_digit()), rest)
}

/// Whether a sentence puts what it tells before the failure.
pub(super) fn is_ahead(sentence: &str) -> bool {
    side(&words_of(&sentence.to_lowercase())) == Some(Side::Before)
}

/// Whether a sentence puts what it tells behind the failure.
pub(super) fn is_behind(sentence: &str, failed: Option<Moment>) -> bool {
    is_dated_later(sentence, failed) || side(&words_of(&sentence.to_lowercase())) == Some(Side::After)
}

/// Whether a sentence speaks of what was done before the failure, or leaves that open.
fn is_before(words: &[&str], labelled: bool) -> bool {
    let side = side(words);
    if side == Some(Side::Before) {
        return true;
    }
    let is_command = words.iter().any(|word| CMDLETS.contains(word));
    // A command without a word of it was typed behind the failure.
    let is_run = || {
        words.iter().any(|word| RUN.contains(word) || FOLLOWING.contains(word))
            || words.iter().any(|word| AUXILIARY.contains(word)) && words.contains(&"run")
    };
    side.is_none() && !labelled && (!is_command || is_run())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// On which side of the failure a sentence puts a change, as far as it tells.
fn side(words: &[&str]) -> Option<Side> {
    if words.iter().any(|word| ["beforehand", "vorher", "zuvor"].contains(word)) {
        return Some(Side::Before);
    }
    let behind = |at: usize| words.get(at + 1..).unwrap_or_default();
    if let Some(at) = words.iter().position(|word| *word == "before") {
        let near = || behind(at).iter().take(4);
        let of_call = near().position(|word| CALL.contains(word));
        let of_change = near().position(|word| {
            CHANGED.contains(word) || CHANGE_NOUNS.contains(word) || OBJECTS.iter().any(|stem| word.starts_with(stem))
        });
        return match (of_call, of_change) {
            // `before we made the change`
            (Some(0), Some(1)) | (None, Some(_)) => Some(Side::After),
            (Some(call), Some(change)) if change < call + 2 => Some(Side::After),
            (Some(_), _) => Some(Side::Before),
            (None, None) if behind(at).is_empty() => Some(Side::Before),
            (None, None) => None,
        };
    }
    let of_failure = words.iter().enumerate().any(|(at, word)| {
        let [next, third, ..] = *[behind(at), &["", ""]].concat() else { return false };
        // `since this morning's change`
        let part = third.trim_end_matches("'s").trim_end_matches("\u{2019}s");
        let this = ["this", "that"].contains(&next) && !is_part_of_day(&[next, part]);
        let named = ["the", "this", "that"].contains(&next) && CALL.get(2..).is_some_and(|call| call.contains(&third));
        ["after", "since", "nach", "seit", "following"].contains(word) && (this || named)
    });
    let have_since = words.windows(2).any(|pair| matches!(pair, ["has" | "have" | "was" | "were" | "been", "since"]));
    // `I granted the policy, then I called and got this`
    let changed = words.iter().position(|word| CHANGED.contains(word));
    let later = words.iter().enumerate().any(|(at, word)| {
        let next = *word == "then" && changed.is_some_and(|changed| changed < at) && !behind(at).is_empty();
        LATER.contains(word) && !next
    });
    (of_failure || have_since || later).then_some(Side::After)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        !before_it(text, None).is_empty()
    }

    #[test]
    fn what_was_done_before_the_failure() {
        for text in [
            "I granted the policy again before this call.",
            "Before this call I granted the policy.",
            "We had updated the policy before running this.",
            "We updated the policy before we ran the test.",
            "This is after updating the policy this morning.",
            "I ran Grant-CsApplicationAccessPolicy before this.",
            "I ran Grant-CsApplicationAccessPolicy 10 minutes earlier.",
            "This is what I get after running Grant-CsApplicationAccessPolicy.",
            "I ran Grant-CsApplicationAccessPolicy again, still the same.",
            "Grant-CsApplicationAccessPolicy was run before this.",
            "Update: I granted the policy before this call.",
            "We did update the policy beforehand.",
            "I granted the policy, then I called it and got this.",
            "Still failing after the grant this morning.",
            "It fails since this morning's grant.",
        ] {
            assert!(found(text), "{text}");
        }
    }

    #[test]
    fn what_came_after_it() {
        for text in [
            "We changed the policy afterwards.",
            "Then we granted the policy.",
            "After this we granted the policy.",
            "We granted the policy after the call.",
            "We have since granted the policy.",
            "Later I ran Grant-CsApplicationAccessPolicy.",
            "This was before we granted the policy.",
            "This was before the policy was granted.",
            "This was before we made the change.",
            "Update: granted the policy.",
            "PS C:\\> Grant-CsApplicationAccessPolicy -Identity x -PolicyName N",
            "To mend it, run Grant-CsApplicationAccessPolicy -Identity x -PolicyName N",
        ] {
            assert!(!found(text), "{text}");
        }
        let failed = Moment { earliest: 1_795_000_000, latest: 1_795_000_000 };
        assert!(before_it("On 2026-12-20T10:30:00Z we granted the policy.", Some(failed)).is_empty());
    }
}
