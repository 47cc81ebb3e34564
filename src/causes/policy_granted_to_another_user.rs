//! The policy reaches the organizer and not the user in the path.

use super::policy;
use crate::diagnose::gates::meeting;
use crate::diagnose::{Case, Evidence, Finding, Gates};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::{Tri, effective};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let ceiling = policy::ceiling(case, gates)?;
    let (app, organizer) = (case.app_id?, meeting::organizer(case)?);
    if case.user_id == Some(organizer) {
        return None;
    }
    let theirs = effective(case.view, Some(organizer));
    if theirs.lists(case.view, app) != Tri::Yes {
        return None;
    }
    let how = theirs.known().map_or_else(|| "the policy".to_owned(), |known| format!("`{}`", known.policy));
    Some(
        case.finding("policy-granted-to-another-user", Gate::Policy, ceiling.min(Confidence::Likely))
            .saying(format!("{how} lists the app for the organizer `{organizer}`, and not for the user in the path"))
            .resting_on([Evidence::read(
                &case.view.snapshot().policies,
                format!("user `{organizer}`"),
                "effective policy",
                how,
            )]),
    )
}
