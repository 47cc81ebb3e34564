//! The tenant has no such user.

use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    (gates.outcome(Gate::User) == Outcome::Fail)
        .then(|| case.finding("user-unknown", Gate::User, Confidence::Certain).resting_on(gates.evidence(Gate::User)))
}
