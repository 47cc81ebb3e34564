//! An assignment of this user names a policy that the tenant does not have.

use super::policy::level;
use crate::diagnose::facts::policy::Asked;
use crate::diagnose::gates::policy::assignment_evidence;
use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::{Content, Tri};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    if case.user_id.is_none()
        || !matches!(case.policy.asked, Asked::Yes | Asked::Unsure)
        || case.policy.lists == Tri::Yes
        || !matches!(gates.outcome(Gate::Policy), Outcome::Fail | Outcome::Unknown)
    {
        return None;
    }
    let dangling = case.policy.effective.candidates.iter().find(|it| it.content == Content::Dangling)?;
    let confidence = match gates.outcome(Gate::Policy) {
        Outcome::Fail if dangling.certain => Confidence::Certain,
        _ if dangling.certain => Confidence::Likely,
        _ => Confidence::Possible,
    };
    Some(
        case.finding("granted-policy-does-not-exist", Gate::Policy, confidence)
            .saying(format!(
                "`{}` is assigned ({}), and the complete list of policies does not have it",
                dangling.policy,
                level(case, dangling)
            ))
            .resting_on(assignment_evidence(case, dangling)),
    )
}
