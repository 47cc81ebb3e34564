//! The user's Teams service plan is off, absent, or was not read.

use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Teams;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    if gates.outcome(Gate::User) != Outcome::Unknown {
        return None;
    }
    let (confidence, explanation) = match case.user?.teams {
        Some(Teams::Enabled) => return None,
        Some(Teams::Disabled) => (Confidence::Likely, "the user's Teams service plan is disabled"),
        Some(Teams::Absent) => (Confidence::Likely, "the user has no Teams service plan"),
        None => (Confidence::Possible, "whether the user has Teams was not read"),
    };
    Some(
        case.finding("user-without-teams", Gate::User, confidence)
            .saying(explanation)
            .resting_on(gates.evidence(Gate::User)),
    )
}
