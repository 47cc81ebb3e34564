//! What a text tells of changes around a failure: the snapshot may be of another state than the one that the call met.

use super::Finding;
use super::other_time::OF_STATE;
use crate::input::{Facts, Span};
use crate::knowledge::{Confidence, Gate};
use crate::source::slice;
use crate::tenant::Snapshot;

/// Of a session, so much is looked at before a failure.
const ABOVE: usize = 8 << 10;
/// Of what is told behind it, so much.
const BELOW: usize = 1_024;
const COMMANDS: [&str; 5] = [
    "grant-csapplicationaccesspolicy -",
    "new-csapplicationaccesspolicy -",
    "set-csapplicationaccesspolicy -",
    "remove-csapplicationaccesspolicy -",
    "new-csgrouppolicyassignment -",
];

/// Words by which the call is no longer refused, or was refused before something else.
const WORKS: [&str; 29] = [
    "works fine now",
    "is working since",
    "all good now",
    "ok now",
    "retry 200",
    "retry - 200",
    "before the migration",
    "before the change",
    "before the switch",
    "works again",
    "works now",
    "now works",
    "working again",
    "working now",
    "now working",
    "it works since",
    "retry succeeded",
    "it succeeded",
    "it succeeds",
    "now succeeds",
    "now returns 200",
    "call returns 200",
    "problem solved",
    "issue solved",
    "geht es wieder",
    "geht es jetzt",
    "geht wieder",
    "funktioniert jetzt",
    "funktioniert wieder",
];
/// A ticket's end, as its first word, and words that may follow it.
const DONE: [&str; 5] = ["fixed", "resolved", "solved", "behoben", "gelöst"];
const DONE_BY: [&str; 14] = [
    "closing",
    "by",
    "now",
    "yesterday",
    "today",
    "after",
    "with",
    "on",
    "this",
    "it",
    "in",
    "thanks",
    "itself",
    "and",
];
/// Before it.
const IS_DONE: [&str; 11] =
    ["is", "was", "been", "got", "now", "status", "state", "problem", "issue", "edit", "update"];

/// What is done to a policy or an assignment, as it begins.
const CHANGES: [&str; 23] = [
    "zugewies",
    "grant",
    "regrant",
    "add",
    "re-add",
    "remov",
    "mov",
    "recreat",
    "re-creat",
    "creat",
    "chang",
    "edit",
    "updat",
    "assign",
    "reassign",
    "delet",
    "migrat",
    "replac",
    "switch",
    "geänder",
    "entfern",
    "hinzugefüg",
    "umstell",
];
/// What is changed, as it begins.
const OBJECTS: [&str; 7] = ["grant", "polic", "assign", "richtlini", "global", "role", "permission"];
/// That it was after the failure, or just now.
const AFTER: [&str; 18] = [
    "since",
    "afterward",
    "after",
    "later",
    "meanwhile",
    "meantime",
    "just",
    "now",
    "then",
    "ago",
    "before",
    "seit",
    "danach",
    "inzwischen",
    "seitdem",
    "nachher",
    "später",
    "today",
];
/// The change was before: the call is refused all the same.
const STILL: [&str; 10] = ["still", "immer", "weiterhin", "keep", "keeps", "but", "not", "didn't", "doesn't", "no"];

/// Beside a command that changes policies, the snapshot may be older than what the failure met. Gives whether the text tells
/// of a change behind the failure, or may be of another tenant (`elsewhere`): then the snapshot rules nothing out.
pub(super) fn doubt(
    proved: &mut [Finding],
    text: &str,
    failure: Span,
    facts: &Facts,
    snapshot: Option<&Snapshot>,
    elsewhere: bool,
) -> bool {
    let Some(snapshot) = snapshot else { return false };
    let after = !is_of_before(snapshot, facts) && tells_change(behind(text, failure));
    let certain =
        |finding: &&mut Finding| finding.confidence == Confidence::Certain && OF_STATE.contains(&finding.gate);
    let of_policy = |finding: &&mut Finding| finding.gate == Gate::Policy;
    if after || elsewhere {
        let words = if after {
            "the text tells of a change after the failure, and the snapshot may be of the state after it"
        } else {
            "the text speaks of a tenant that may be another one than the snapshot's"
        };
        proved.iter_mut().filter(certain).for_each(|finding| finding.lower(Confidence::Likely, words));
        return true;
    }
    let mut certain = proved.iter_mut().filter(certain).filter(of_policy).peekable();
    if certain.peek().is_none() {
        return false;
    }
    let above = slice(text, failure.start.saturating_sub(ABOVE)..failure.start).to_ascii_lowercase();
    if COMMANDS.iter().any(|command| above.contains(command)) {
        let words = "a command above changes policies, and the snapshot may not have what it did";
        certain.for_each(|finding| finding.lower(Confidence::Likely, words));
    }
    false
}

/// A state that was read before a call failed has nothing that came after it.
fn is_of_before(snapshot: &Snapshot, facts: &Facts) -> bool {
    let parts =
        [&snapshot.policies.read_at, &snapshot.direct.read_at, &snapshot.groups.read_at, &snapshot.apps.read_at];
    let mut reads = parts.into_iter().chain([&snapshot.users.read_at, &snapshot.taken_at]).flatten();
    facts.moment.is_some_and(|at| snapshot.taken_at.is_some() && reads.all(|read| read.as_second() <= at.earliest))
}

fn behind(text: &str, failure: Span) -> &str {
    slice(text, failure.end..failure.end.saturating_add(BELOW))
}

/// Whether a sentence says that the call works since, or that something was changed after it failed.
fn tells_change(behind: &str) -> bool {
    let lower = behind.to_lowercase();
    let is_run = |line: &str| {
        let line = line.trim_start();
        let line = line.rsplit_once("> ").map_or(line, |(_, command)| command);
        COMMANDS.iter().any(|command| line.starts_with(command))
    };
    lower.lines().any(is_run) || lower.split_inclusive(['\n', '.', '!', ';', '?']).any(is_of_change)
}

fn is_of_change(sentence: &str) -> bool {
    // A question or a condition tells nothing.
    let words: Vec<&str> = sentence
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '\''))
        .filter(|word| !word.is_empty())
        .take(40)
        .collect();
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    const OF_OTHERS: [&str; 7] = ["nobody", "will", "next", "action", "others", "todo", "planned"];
    let is_id = |word: &&&str| word.len() == 36 && word.matches('-').count() == 4;
    if words.is_empty()
        || sentence.contains('?')
        || has(&OF_OTHERS)
        || words.first() == Some(&"other")
        || words.iter().any(|word| is_id(&word)) && !has(&["granted", "assigned"])
        || has(&["if", "how", "until", "can", "should", "must", "please", "when", "once", "falls", "wenn"])
            && !has(&["then"])
    {
        return false;
    }
    let joined = words.join(" ");
    let denied = has(&STILL);
    if !denied && WORKS.iter().any(|works| joined.contains(works)) || joined.contains("geht es") && has(&["seit"]) {
        return true;
    }
    let done = words.iter().enumerate().any(|(index, word)| {
        let last = index.checked_sub(1).and_then(|index| words.get(index));
        let next = words.get(index + 1);
        let begins = last.is_none() && next.is_none_or(|next| DONE_BY.contains(next));
        let ends = last.is_some_and(|last| IS_DONE.contains(last)) && next.is_none_or(|next| DONE_BY.contains(next));
        DONE.contains(word) && (begins || ends)
    });
    let begins = |stems: &[&str]| words.iter().any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    let ran = || has(&["ran", "executed"]) && COMMANDS.iter().any(|command| sentence.contains(command));
    !denied && (done || ran() || begins(&CHANGES) && begins(&OBJECTS) && has_after(&words))
}

fn has_after(words: &[&str]) -> bool {
    words.iter().any(|word| AFTER.iter().any(|after| word.trim_end_matches('s') == after.trim_end_matches('s')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_behind_a_failure_may_have_changed_the_state() {
        for text in [
            "Since the call failed we moved Anna to policy M.",
            "The policy was recreated afterwards.",
            "Admin removed the direct assignment after this error.",
            "I have just added the app id to Global.",
            "We granted the policy five minutes ago.",
            "This was before we granted the policy.",
            "The user was moved to another policy since.",
            "Fixed, closing.",
            "Status: Resolved",
            "Resolved yesterday by IT.",
            "Works again now.",
            "Retry succeeded 200 OK.",
            "After the fix the same call returns 200.",
            "We added the app to the policy an hour ago, and now it works.",
            "Seit der Umstellung der Richtlinie geht es.",
            "I have since granted P to the user.",
            "Update: after that I ran Grant-CsApplicationAccessPolicy -PolicyName N -Identity x",
            "PS C:\\> Grant-CsApplicationAccessPolicy -Identity x -PolicyName N",
            "EDIT: solved",
        ] {
            assert!(tells_change(text), "{text}");
        }
        for text in [
            "We have granted the policy to the user.",
            "We already granted the policy last week, and it still fails.",
            "The app works for other users.",
            "How can this be fixed?",
            "It is not resolved.",
            "resolved user 4b1634c5 from the cache",
            "200 OK",
            "GET /users/x succeeded",
            "An administrator has to grant the policy and add the app id.",
            "\"date\": \"2026-11-20T12:00:00\", \"request-id\": \"df5a710e\"",
            "Please add the app to the policy now.",
            "Was the policy changed just now?",
            "Nobody changed the policy since last week.",
            "We will add the app to the policy later today.",
            "Other users: it works now",
            "worker removing job 55 of app queue then sleeping",
            "This happens since we moved to the new app server.",
        ] {
            assert!(!tells_change(text), "{text}");
        }
    }
}
