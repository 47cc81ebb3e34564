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
const WORKS: [&str; 32] = [
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
    "call returned 200",
    "retry returned 200",
    "now returned 200",
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
const IS_DONE: [&str; 13] =
    ["ticket", "case", "is", "was", "been", "got", "now", "status", "state", "problem", "issue", "edit", "update"];

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
/// Who is changed: an assignment goes with them.
const PERSONS: [&str; 5] = ["him", "her", "them", "ihn", "ihm"];
/// What ends with an error is not repaired: `resolved with error`.
const NO_END: [&str; 6] = ["error", "errors", "failure", "failures", "exception", "warnings"];
/// What only answers that are no refusal have behind their number.
const ANSWERED: [(&str, &str); 4] = [("200", "ok"), ("201", "created"), ("202", "accepted"), ("204", "no")];
/// That an answer came after the refusal.
const LATER: [&str; 10] =
    ["later", "after", "afterward", "now", "again", "retry", "retried", "since", "danach", "später"];
/// So long before now, nothing is after a failure that somebody asks about.
const LONG_AGO: [&str; 2] = ["year", "month"];

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
    let after = !is_of_before(snapshot, facts) && tells_change(behind(text, failure), &|| policies(snapshot));
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

/// The names of the policies, as they may stand in a sentence in lower case.
fn policies(snapshot: &Snapshot) -> Vec<String> {
    const MANY: usize = 1_000;
    let names = snapshot.policies.known().iter().take(MANY).map(|policy| policy.name.to_lowercase());
    names.filter(|name| !name.trim().is_empty()).collect()
}

/// Whether a sentence says that the call works since, or that something was changed after it failed.
fn tells_change(behind: &str, policies: &dyn Fn() -> Vec<String>) -> bool {
    let lower = behind.to_lowercase();
    let is_run = |line: &str| {
        let line = line.trim_start();
        let line = line.rsplit_once("> ").map_or(line, |(_, command)| command);
        COMMANDS.iter().any(|command| line.starts_with(command))
    };
    lower.lines().any(is_run) || sentences(&lower).any(|sentence| is_of_change(sentence, policies))
}

/// The sentences of a text; a full stop within a word, as in `HTTP/1.1`, ends none.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let ends = |&(at, c): &(usize, char)| {
            matches!(c, '\n' | '!' | ';' | '?')
                || c == '.' && !rest.get(at + 1..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
        };
        let end = rest.char_indices().find(ends).map_or(rest.len(), |(at, c)| at + c.len_utf8());
        let (sentence, next) = rest.split_at_checked(end)?;
        rest = next;
        (!sentence.is_empty()).then_some(sentence)
    })
}

fn is_of_change(sentence: &str, policies: &dyn Fn() -> Vec<String>) -> bool {
    // A question or a condition tells nothing.
    let words: Vec<&str> = sentence
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '\''))
        .filter(|word| !word.is_empty())
        .take(40)
        .collect();
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    const OF_OTHERS: [&str; 7] = ["nobody", "will", "next", "action", "others", "todo", "planned"];
    let ran = || has(&["ran", "executed"]) && COMMANDS.iter().any(|command| sentence.contains(command));
    let is_id = |word: &&&str| word.len() == 36 && word.matches('-').count() == 4;
    if words.is_empty()
        || sentence.contains('?')
        || has(&OF_OTHERS)
        || words.first() == Some(&"other")
        || words.iter().any(|word| is_id(&word)) && !has(&["granted", "assigned"]) && !ran()
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
        DONE.contains(word) && (begins || ends) && !words.iter().skip(index + 2).take(2).any(|it| NO_END.contains(it))
    });
    let begins = |stems: &[&str]| words.iter().any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    let answered = || {
        let of_success = |pair: &[&str]| matches!(pair, [one, two] if ANSWERED.contains(&(*one, *two)));
        words.windows(2).any(of_success) && has_one_of(&words, &LATER) && !has(&["other", "another"])
    };
    let object = || {
        let is_object =
            |word: &&str| OBJECTS.iter().any(|stem| word.starts_with(stem)) && !word.starts_with("assignee");
        words.iter().any(is_object) || has(&PERSONS) || policies().iter().any(|name| leads_to(sentence, name))
    };
    !denied
        && (done && !has(&["other", "another"])
            || answered()
            || ran()
            || begins(&CHANGES) && has_after(&words) && object())
}

fn has_one_of(words: &[&str], any: &[&str]) -> bool {
    words.iter().any(|word| any.iter().any(|one| word.trim_end_matches('s') == one.trim_end_matches('s')))
}

fn has_after(words: &[&str]) -> bool {
    let long = |pair: &[&str]| matches!(pair, [unit, "ago"] if LONG_AGO.contains(&unit.trim_end_matches('s')));
    has_one_of(words, &AFTER) && !words.windows(2).any(long)
}

/// Whether a sentence has the name of a policy where somebody or something is put: `to N`, `from "N"`.
fn leads_to(sentence: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    memchr::memmem::find_iter(sentence.as_bytes(), name).any(|at| {
        let (before, behind) = (slice(sentence, 0..at), slice(sentence, at + name.len()..sentence.len()));
        let before = before.trim_end_matches(['"', '\'', '`', '“', '„', '\u{2018}']);
        let word = before.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        before.ends_with(' ') && ["to", "from", "auf", "zu", "von"].contains(&word) && !behind.starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_behind_a_failure_may_have_changed_the_state() {
        let policies = || vec!["n".to_owned(), "meeting policy".to_owned()];
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
            "Update: after that I ran Grant-CsApplicationAccessPolicy -PolicyName N -Identity 4b1634c5-5a0b-4f6d-8f53-0d6a3c1b7e20",
            "PS C:\\> Grant-CsApplicationAccessPolicy -Identity x -PolicyName N",
            "EDIT: solved",
            "The admin has meanwhile switched him to N.",
            "The user was then moved from \"Meeting Policy\".",
            "10 minutes later: HTTP/1.1 200 OK",
            "After a while POST /onlineMeetings -> 201 Created",
        ] {
            assert!(tells_change(text, &policies), "{text}");
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
            "Bug status: fixed in app 2.1 (other bug)",
            "worker removing job 55 of app queue then sleeping",
            "This happens since we moved to the new app server.",
            "resolved with error",
            "Assignee: Bob (group Teams Ops)  Updated 2 days ago",
            "FYI the role assignment was created 2 years ago.",
            "The app was moved to Newark since.",
            "10 minutes later another user: HTTP/1.1 200 OK",
            "HTTP/1.1 200 OK",
        ] {
            assert!(!tells_change(text, &policies), "{text}");
        }
    }
}
