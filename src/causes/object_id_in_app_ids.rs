//! The policy lists the object id of the app's registration or service principal instead of its client id.

use super::policy;
use crate::diagnose::{Case, Finding, Gates};
use crate::knowledge::Gate;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let confidence = policy::ceiling(case, gates)?;
    let found = policy::object_id(case)?;
    Some(
        case.finding("object-id-in-app-ids", Gate::Policy, confidence)
            .saying(format!(
                "`{}` lists `{}`, which is the object id of the app's {}; policies list client ids",
                found.policy.name, found.id, found.of
            ))
            .resting_on([policy::listing(case, found.policy)]),
    )
}
