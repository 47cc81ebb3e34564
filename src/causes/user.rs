//! What the user causes share.

use crate::diagnose::{Case, Evidence, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};

/// A property of the listed user that no source calls a reason to refuse. That it has it is read; what follows from
/// that is not known, and `words` say so.
pub(super) fn find(
    cause: &'static str,
    field: &str,
    value: &str,
    words: &str,
    applies: bool,
    case: &Case<'_>,
    gates: &Gates,
) -> Option<Finding> {
    if !applies || gates.outcome(Gate::User) == Outcome::Skipped {
        return None;
    }
    let users = &case.view.snapshot().users;
    let mut finding = case.finding(cause, Gate::User, Confidence::Possible).resting_on([Evidence::read(
        users,
        format!("user `{}`", case.user?.id),
        field,
        value,
    )]);
    finding.explanation = words.to_owned();
    Some(finding)
}
