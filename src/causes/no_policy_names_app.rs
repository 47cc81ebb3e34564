//! No policy of the tenant lists the app.

use super::policy;
use crate::diagnose::{Case, Evidence, Finding, Gates};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Tri;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let ceiling = policy::ceiling(case, gates)?;
    if policy::explained_by_a_listing(case) {
        return None;
    }
    let policies = &case.view.snapshot().policies;
    let finding = |confidence| case.finding("no-policy-names-app", Gate::Policy, confidence);
    match case.policy.anywhere {
        Tri::Yes => None,
        Tri::No => {
            let evidence = Evidence::read(
                policies,
                "policies",
                "app_ids",
                format!("none of {} lists the app", policies.items.len()),
            );
            Some(match policy::unread_id(case) {
                Some((id, name)) => finding(ceiling.min(Confidence::Likely))
                    .saying(format!(
                        "no policy lists the app's client id; nobody read whose id `{id}` in `{name}` is: it may be the \
                         app's own object id, or another registration of it"
                    ))
                    .resting_on([evidence]),
                None => finding(ceiling).resting_on([evidence]),
            })
        }
        Tri::Unknown => Some(finding(Confidence::Possible).saying("no policy that was read lists the app")),
    }
}
