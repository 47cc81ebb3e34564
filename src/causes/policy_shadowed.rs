//! A lower level of this user's assignments names a policy that lists the app; the effective one hides it.

use super::policy;
use crate::diagnose::gates::policy::assignment_evidence;
use crate::diagnose::{Case, Finding, Gates};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Tri;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let ceiling = policy::ceiling(case, gates)?;
    let app = case.app_id?;
    let effective = &case.policy.effective;
    let Some(hidden) = effective.hidden.iter().find(|it| policy::lists(case, it, app) == Tri::Yes) else {
        return policy::may_be_shadowed(case).then(|| {
            case.finding("policy-shadowed", Gate::Policy, Confidence::Possible)
                .saying("not every lower level of the user's assignments was read")
        });
    };
    let lower = policy::level(case, hidden);
    let explanation = match effective.known() {
        Some(known) => format!(
            "`{}` ({}) is effective and does not list the app; it hides `{}` ({lower}), which does",
            known.policy,
            policy::level(case, &known),
            hidden.policy
        ),
        None => format!("`{}` ({lower}) lists the app, and an assignment above it hides it", hidden.policy),
    };
    Some(
        case.finding("policy-shadowed", Gate::Policy, ceiling)
            .saying(explanation)
            .resting_on(gates.evidence(Gate::Policy))
            .resting_on(assignment_evidence(case, hidden)),
    )
}
