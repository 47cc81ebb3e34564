//! A lower level of this user's assignments names a policy that lists the app; the effective one hides it.

use uuid::Uuid;

use super::policy;
use crate::diagnose::gates::policy::assignment_evidence;
use crate::diagnose::{Case, Finding, Gates};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Tri;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let app = case.app_id?;
    let Some(ceiling) = policy::ceiling(case, gates) else { return of_refusal(case, app) };
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
    let ceiling = if policy::is_told_first(case) { ceiling.min(Confidence::Likely) } else { ceiling };
    Some(
        case.finding("policy-shadowed", Gate::Policy, ceiling)
            .saying(explanation)
            .resting_on(gates.evidence(Gate::Policy))
            .resting_on(assignment_evidence(case, hidden)),
    )
}

/// The service refused for want of a policy, and it is not known which one is effective: where an assignment that certainly
/// reaches the user lists the app, the effective one hides it.
fn of_refusal(case: &Case<'_>, app: Uuid) -> Option<Finding> {
    let lower = policy::refused_all_the_same(case, app)?;
    Some(
        case.finding("policy-shadowed", Gate::Policy, Confidence::Likely)
            .saying(format!(
                "`{}` ({}) lists the app: where the call is refused, an assignment above it hides it",
                lower.policy,
                policy::level(case, lower)
            ))
            .resting_on(assignment_evidence(case, lower)),
    )
}
