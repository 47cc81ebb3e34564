//! Policies list the app, and none of them is assigned to this user at any level.

use super::policy;
use crate::diagnose::{Case, Finding, Gates};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Tri;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let ceiling = policy::ceiling(case, gates)?;
    let app = case.app_id?;
    if case.policy.effective.hidden.iter().any(|it| policy::lists(case, it, app) == Tri::Yes) {
        return None;
    }
    let finding = |confidence| case.finding("policy-not-granted", Gate::Policy, confidence);
    match case.policy.anywhere {
        Tri::No => None,
        Tri::Unknown if policy::explained_by_a_listing(case) => None,
        Tri::Unknown => Some(finding(Confidence::Possible).saying("not every policy was read")),
        Tri::Yes => {
            let listing: Vec<_> =
                case.view.snapshot().policies.known().iter().filter(|it| it.app_ids.contains(&app)).collect();
            let names: Vec<String> = listing.iter().map(|it| format!("`{}`", it.name)).collect();
            let unsure = policy::may_be_shadowed(case) || policy::reads_disagree(case);
            let confidence =
                if unsure || policy::is_told_first(case) { ceiling.min(Confidence::Likely) } else { ceiling };
            let (lists, reach) = match (listing.len(), unsure) {
                (1, true) => ("lists", "is not effective for"),
                (1, false) => ("lists", "is not assigned to"),
                (_, true) => ("list", "are not effective for"),
                (_, false) => ("list", "are not assigned to"),
            };
            Some(
                finding(confidence)
                    .saying(format!("{} {lists} the app and {reach} this user", names.join(", ")))
                    .resting_on(listing.iter().flat_map(|it| policy::holders(case, it)))
                    .resting_on(gates.evidence(Gate::Policy)),
            )
        }
    }
}
