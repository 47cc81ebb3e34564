//! Sign-in of the app's service principal is switched off.

use crate::diagnose::{Case, Evidence, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    if gates.outcome(Gate::Permission) == Outcome::Skipped || case.app?.enabled != Some(false) {
        return None;
    }
    // A token that was issued before may still be in use; no source says what Graph does then.
    let confidence = if case.token().is_some() { Confidence::Possible } else { Confidence::Likely };
    Some(case.finding("service-principal-disabled", Gate::Permission, confidence).resting_on([Evidence::read_of(
        &case.view.snapshot().apps,
        case.app?,
        "enabled",
        "false",
    )]))
}
