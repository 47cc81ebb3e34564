//! The token was expired at the time of the call.

use crate::diagnose::gates::token;
use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Tri;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let facts = token::facts(case)?;
    (gates.outcome(Gate::Token) == Outcome::Fail && facts.expired == Tri::Yes).then(|| {
        case.finding("token-expired", Gate::Token, Confidence::Certain).resting_on(gates.evidence(Gate::Token))
    })
}
