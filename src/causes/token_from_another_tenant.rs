//! The token was issued by another tenant.

use crate::diagnose::gates::token;
use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let facts = token::facts(case)?;
    (gates.outcome(Gate::Token) == Outcome::Fail && facts.wrong_tenant).then(|| {
        case.finding("token-from-another-tenant", Gate::Token, Confidence::Certain)
            .resting_on(gates.evidence(Gate::Token))
    })
}
