//! What was wrong when a call failed, and was changed since: nothing is left to change, and the reader is told so.

use super::gates::time::{minute, subject};
use super::{Finding, Question};
use crate::knowledge::{Gate, window};
use crate::tenant::{Change, name};
use jiff::{SignedDuration, Timestamp};

/// Adds to findings of the policy, which passes today, since when it does and from when on the call may be sent again.
pub(super) fn tell<'c>(
    findings: &mut [Finding],
    changes: impl Iterator<Item = &'c Change> + Clone,
    question: &Question,
) {
    let Some(words) = words(changes, question) else { return };
    for finding in findings.iter_mut().filter(|finding| finding.gate == Gate::Policy) {
        // It was so, and is no more.
        for (is, was) in
            [(" is not assigned to ", " was not assigned to "), (" are not assigned to ", " were not assigned to ")]
        {
            finding.explanation = finding.explanation.replacen(is, was, 1);
        }
        let lead = if finding.explanation.is_empty() { "" } else { "; " };
        finding.explanation.push_str(lead);
        finding.explanation.push_str(&words);
    }
}

fn words<'c>(changes: impl Iterator<Item = &'c Change> + Clone, question: &Question) -> Option<String> {
    let last = changes.clone().max_by_key(|change| change.not_after)?;
    let since = last.not_after.map_or_else(String::new, |time| format!(" since {} at the latest", told(time)));
    let is_app = |change: &Change| {
        let app = question.app_id.map(|id| id.to_string());
        let added = change.part == "policies" && change.change == "added";
        added && change.value.as_deref().zip(app.as_deref()).is_some_and(|(one, app)| one.eq_ignore_ascii_case(app))
    };
    let what = if changes.clone().count() == 1 && is_app(last) {
        format!("`{}` lists the app{since}", name::bare(&last.key))
    } else {
        let what = subject(last);
        let verb = if what.ends_with('s') { "were" } else { "was" };
        format!("{what} {verb} changed, and the snapshot allows the call{since}")
    };
    let of_group = changes.clone().any(|change| matches!(change.part.as_str(), "groups" | "members"));
    let delay = window("policy-change").filter(|window| window.bound && !of_group).and_then(|window| window.seconds);
    let from = last
        .not_after
        .zip(delay)
        .and_then(|(last, delay)| last.checked_add(SignedDuration::from_secs(i64::from(delay))).ok());
    let again = match from {
        Some(from) => format!("send the request again, from {} on", told(from)),
        None => "send the request again once that change has reached Graph".to_owned(),
    };
    Some(format!("{what}: nothing is left to change in the policy; {again}"))
}

/// A moment that is said to be the latest one, to the minute.
fn told(time: Timestamp) -> String {
    minute(time, true).strftime("%Y-%m-%d %H:%M UTC").to_string()
}
