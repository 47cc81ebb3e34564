//! The policy lists the object id of the app's registration or service principal instead of its client id.

use super::policy;
use crate::diagnose::{Case, Finding, Gates};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Tri;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let ceiling = policy::ceiling(case, gates)?;
    let Some(found) = policy::object_id(case) else {
        let open = case.policy.anywhere == Tri::No || policy::may_list_own_object(case);
        let (id, name) = policy::unread_id(case).filter(|_| open)?;
        let words = format!("nobody read whose id `{id}` in `{name}` is; the app's object ids would tell");
        return Some(case.finding("object-id-in-app-ids", Gate::Policy, Confidence::Possible).saying(words));
    };
    // As of another registration: an entry in a policy of others explains nothing where the app itself is listed.
    let confidence = ceiling.min(policy::by_entry(case, found.policy, found.reaches));
    Some(
        case.finding("object-id-in-app-ids", Gate::Policy, confidence)
            .saying(format!(
                "`{}` lists `{}`, which is the object id of the app's {}; policies list client ids",
                found.policy.name, found.id, found.of
            ))
            .resting_on([policy::listing(case, found.policy)]),
    )
}
