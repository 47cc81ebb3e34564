//! A list of virtual events leaves out what the policy does not cover.

use crate::diagnose::facts::policy::Asked;
use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Tri;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    if case.policy.asked != Asked::Filters || gates.outcome(Gate::Policy) == Outcome::Skipped {
        return None;
    }
    let (confidence, explanation) = match case.policy.lists {
        Tri::Yes => return None,
        Tri::No => (
            Confidence::Certain,
            "the list leaves out the events of users whose effective policy does not list the app",
        ),
        Tri::Unknown => (
            Confidence::Possible,
            "the list leaves out the events of users whose effective policy does not list the app; which these are was not read",
        ),
    };
    Some(
        case.finding("events-hidden-by-policy", Gate::Policy, confidence)
            .saying(explanation)
            .resting_on(gates.evidence(Gate::Policy)),
    )
}
