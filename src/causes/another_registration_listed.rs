//! The policy lists another registration of the same display name.

use super::policy;
use crate::diagnose::{Case, Finding, Gates};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Tri;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let ceiling = policy::ceiling(case, gates)?;
    if policy::object_id(case).is_some_and(|it| it.explains(case)) {
        return None;
    }
    let found = policy::other_registration(case)?;
    // One name, several registrations, each in a policy of its own, is common: only where this user's policy lists the
    // other one, or nothing lists this one, does it explain anything.
    let confidence = match (found.reaches, case.policy.anywhere) {
        (_, Tri::No) | (true, _) => ceiling,
        (false, Tri::Unknown) => ceiling.min(Confidence::Likely),
        (false, Tri::Yes) => Confidence::Possible,
    };
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
