//! A change of the policy that a text tells of, made minutes before the failure, where no state was given: `granted it to
//! the user 5 minutes ago. Still:`. It is on its way before anything else is wrong.

use super::Finding;
use super::first::OF_POLICY;
use super::told_above::is_of_minutes;
use super::told_words::sentences;
use crate::input::{Facts, Span};
use crate::knowledge::Confidence;
use crate::source::slice;

/// So much is read on either side of a failure.
const NEAR: usize = 1_024;

/// Makes the wait likely, and the first of what is.
pub(super) fn prefer(findings: &mut [Finding], text: &str, failure: Span, facts: &Facts) {
    let before = slice(text, failure.start.saturating_sub(NEAR)..failure.start);
    // A person may tell it below what was pasted, too; another failure is not looked at.
    let behind = slice(text, failure.end..failure.end.saturating_add(NEAR));
    let behind = behind.split("\"error\"").next().unwrap_or_default();
    let user = facts.user_asked().0.map(|id| id.to_string());
    let Some(wait) = findings.iter_mut().find(|it| it.cause == OF_POLICY && it.confidence < Confidence::Certain) else {
        return;
    };
    // The last that is told of it counts.
    let told = sentences(before).chain(sentences(behind));
    let told = told.filter_map(|sentence| is_of_minutes(sentence, facts.moment, user.as_deref())).last();
    if told != Some(true) {
        return;
    }
    wait.confidence = wait.confidence.max(Confidence::Likely);
    wait.explanation = "the text tells of a change minutes before, and a change takes up to 30 minutes".into();
    crate::order::sort_by_key(findings, |it| (std::cmp::Reverse(it.confidence), it.cause != OF_POLICY));
}
