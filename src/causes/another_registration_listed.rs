//! The policy lists another registration of the same display name.

use super::policy;
use crate::diagnose::{Case, Finding, Gates};
use crate::knowledge::Gate;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let ceiling = policy::ceiling(case, gates)?;
    if policy::object_id(case).is_some_and(|it| it.explains(case)) {
        return None;
    }
    let found = policy::other_registration(case)?;
    // One name, several registrations, each in a policy of its own, is common: only where this user's policy lists the
    // other one, or nothing lists this one, does it explain anything.
    let confidence = ceiling.min(policy::by_entry(case, found.policy, found.reaches));
    Some(
        case.finding("another-registration-listed", Gate::Policy, confidence)
            .saying(format!(
                "`{}` lists `{}`, another registration of the name `{}`",
                found.policy.name,
                found.app.app_id,
                found.app.name.as_deref().unwrap_or_default()
            ))
            .resting_on([policy::listing(case, found.policy)]),
    )
}
