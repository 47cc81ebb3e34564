//! What a text tells of changes around a failure: the snapshot may be of another state than the one that the call met.

use std::borrow::Cow;

use super::Finding;
use super::other_time::OF_STATE;
use super::told_lists::CMDLETS;
use super::told_sentences::sentences;
use super::told_words::{self, Moved};
use super::{told_above, told_time};
use crate::input::{Facts, Span};
use crate::knowledge::{Confidence, Gate};
use crate::source::slice;
use crate::tenant::Snapshot;

/// Of a session, so much is looked at before a failure.
const ABOVE: usize = 8 << 10;
/// Of what is told behind it, so much.
const BELOW: usize = 1_024;

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
    let told = told(&undated(behind(text, failure), facts, snapshot), &|| policies(snapshot));
    // What came after a failure touches no state that was read before it.
    let after = told.is_some_and(|told| told == Moved::Open || !is_of_before(snapshot, facts));
    // What is told above came before the failure, and a state that was read before may not have it.
    let above = || {
        let above = slice(text, failure.start.saturating_sub(BELOW)..failure.start).to_lowercase();
        above.lines().filter(|line| !has_date(line)).collect::<Vec<_>>().join("\n")
    };
    let told = told.filter(|_| after).or_else(|| {
        let before = is_of_before(snapshot, facts).then(|| told_words::told(&above(), &|| policies(snapshot)));
        before.flatten().map(|_| Moved::Open)
    });
    let after = after || told.is_some();
    let certain =
        |finding: &&mut Finding| finding.confidence == Confidence::Certain && OF_STATE.contains(&finding.gate);
    let of_policy = |finding: &&mut Finding| finding.gate == Gate::Policy;
    if after || elsewhere {
        let words = if after && told == Some(Moved::Open) {
            "the text tells of a change, or that the call works since: the snapshot may be of another state than the failure"
        } else if after {
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
    let has = |cmdlet: &str| above.match_indices(cmdlet).any(|(at, _)| is_command(slice(&above, at..above.len())));
    if CMDLETS.iter().any(|cmdlet| has(cmdlet)) {
        let words = "a command above changes policies, and the snapshot may not have what it did";
        certain.for_each(|finding| finding.lower(Confidence::Likely, words));
    }
    false
}

/// What is told, without what the reads have by the time that is told with it: a change whose time was over when the call
/// failed, or one after the failure beside a state of before it.
fn undated<'t>(text: &'t str, facts: &Facts, snapshot: &Snapshot) -> Cow<'t, str> {
    let Some(failed) = facts.moment else { return text.into() };
    let known = |sentence: &&str| {
        let told = told_time::newest(sentence);
        told.is_some_and(|at| {
            let later = at.earliest > failed.latest && is_of_before(snapshot, facts);
            later || told_above::is_over(at, failed, snapshot)
        })
    };
    if !sentences(text).any(|sentence| known(&sentence)) {
        return text.into();
    }
    sentences(text).filter(|sentence| !known(sentence)).collect::<String>().into()
}

/// What is told with its day is held against the reads elsewhere.
fn has_date(line: &str) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit();
    line.as_bytes()
        .windows(5)
        .any(|part| part.starts_with(b"20") && part.ends_with(b"-") && part.iter().take(4).all(digit))
}

/// A state that was read before a call failed has nothing that came after it.
pub(super) fn is_of_before(snapshot: &Snapshot, facts: &Facts) -> bool {
    let parts =
        [&snapshot.policies.read_at, &snapshot.direct.read_at, &snapshot.groups.read_at, &snapshot.apps.read_at];
    let mut reads = parts.into_iter().chain([&snapshot.users.read_at, &snapshot.taken_at]).flatten();
    facts.moment.is_some_and(|at| snapshot.taken_at.is_some() && reads.all(|read| read.as_second() <= at.earliest))
}

/// Whether words around a failure speak of policies and of what these list.
pub(super) fn speaks_of_lists(text: &str, failure: Span, snapshot: &Snapshot) -> bool {
    const LISTS: [&str; 7] = ["polic", "list", "appid", "app id", "client id", "global", "richtlini"];
    let above = slice(text, failure.start.saturating_sub(BELOW)..failure.start).to_lowercase();
    let below = behind(text, failure).to_lowercase();
    let names = policies(snapshot);
    let speaks = |text: &str| {
        LISTS.iter().any(|word| text.contains(word)) || names.iter().any(|name| text.contains(name.as_str()))
    };
    speaks(&above) || speaks(&below)
}

pub(super) fn behind(text: &str, failure: Span) -> &str {
    slice(text, failure.end..failure.end.saturating_add(BELOW))
}

/// The names of the policies, as they may stand in a sentence in lower case.
pub(super) fn policies(snapshot: &Snapshot) -> Vec<String> {
    const MANY: usize = 1_000;
    let names = snapshot.policies.known().iter().take(MANY).map(|policy| policy.name.to_lowercase());
    names.filter(|name| !name.trim().is_empty()).collect()
}

/// A command that changes policies, with a parameter.
fn is_command(line: &str) -> bool {
    CMDLETS.iter().any(|cmdlet| line.strip_prefix(cmdlet).is_some_and(|rest| rest.starts_with(" -")))
}

/// Whether a text says that the call works since, or that something was changed after it failed, or about then.
fn told(behind: &str, policies: &dyn Fn() -> Vec<String>) -> Option<Moved> {
    let lower = behind.to_lowercase();
    // Behind a prompt or a time.
    let is_run = |line: &str| {
        let command = line.rsplit_once("> ").map_or(line, |(_, command)| command);
        let bare = command.trim_start_matches(|c: char| !c.is_alphabetic() || matches!(c, 't' | 'z'));
        // The number of a step in instructions is no time.
        let is_timed = slice(command, 0..command.len() - bare.len()).contains(':');
        is_command(if is_timed { bare } else { command.trim_start() })
    };
    // `after that I ran Grant-…`
    let ran = |line: &str| {
        ["ran ", "executed ", "reran "].iter().any(|ran| {
            let command = line.split_once(ran).unwrap_or_default().1.trim_start_matches(['`', '\'', '"']);
            CMDLETS.iter().any(|cmdlet| command.starts_with(cmdlet))
        })
    };
    let run = lower.lines().any(|line| is_run(line) || ran(line)).then_some(Moved::After);
    run.max(told_words::told(&lower, policies))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_behind_a_failure_may_have_changed_the_state() {
        for text in [
            "Update: after that I ran Grant-CsApplicationAccessPolicy -PolicyName N -Identity 4b1634c5-5a0b-4f6d-8f53-0d6a3c1b7e20",
            "PS C:\\> Grant-CsApplicationAccessPolicy -Identity x -PolicyName N",
            "2026-11-20T09:40:00Z Set-CsApplicationAccessPolicy -Identity N -AppIds @{Remove='a'}",
            "I ran Grant-CsApplicationAccessPolicy for her after this.",
        ] {
            assert_eq!(told(text, &Vec::new), Some(Moved::After), "{text}");
        }
        assert_eq!(told("1. Grant-CsApplicationAccessPolicy -PolicyName N -Identity x", &Vec::new), None);
        assert_eq!(told("run Grant-CsApplicationAccessPolicy -PolicyName N", &Vec::new), None);
    }
}
