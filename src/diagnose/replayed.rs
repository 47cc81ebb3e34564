//! Changes after a failure that no two reads of the tenant tell: the state before them is no proof, and where it refuses
//! the call it is what the failure most likely met.

use super::explain::earlier;
use super::gates::time::subject;
use super::{Context, Finding, Outcome, Question, RuledOut, judge};
use crate::input::Facts;
use crate::knowledge::{Confidence, Gate};
use crate::tenant::{Change, Told, name};

/// Puts what the policy of then lacks in the place of what that of today lacks; gives the changes that were undone.
pub(super) fn find(
    question: &Question,
    context: Context<'_>,
    facts: &Facts,
    proved: &mut Vec<Finding>,
    ruled_out: &mut Vec<RuledOut>,
) -> Vec<Change> {
    let Some((snapshot, changes)) = earlier(context.snapshot, facts, Told::ByAny) else { return Vec::new() };
    let then = judge(question, Some(&snapshot), context.catalogue);
    let of_policy = |finding: &Finding| finding.gate == Gate::Policy;
    if then.outcome(Gate::Policy) != Outcome::Fail || !then.findings.iter().any(of_policy) {
        return Vec::new();
    }
    let what = match changes.first() {
        Some(change) if change.part == "policies" => format!("policy `{}`", name::bare(&change.key)),
        Some(change) => subject(change),
        None => return Vec::new(),
    };
    let words =
        format!("it was so before {what} was changed after the failure, as far as the history of the snapshot tells");
    proved.retain(|finding| !of_policy(finding));
    for mut finding in then.findings.into_iter().filter(of_policy) {
        finding.lower(Confidence::Likely, &words);
        ruled_out.retain(|out| out.cause != finding.cause);
        proved.push(finding);
    }
    changes
}
