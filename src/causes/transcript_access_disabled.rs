//! The tenant does not let Graph read transcripts.

use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    (gates.outcome(Gate::Tenant) == Outcome::Fail).then(|| {
        case.finding("transcript-access-disabled", Gate::Tenant, Confidence::Certain)
            .resting_on(gates.evidence(Gate::Tenant))
    })
}
