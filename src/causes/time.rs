//! What the propagation causes share.

use crate::diagnose::gates::time::{Age, age, change_evidence, is_ahead, rests, words};
use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};

/// The youngest change of this kind that a passing gate rests on. Being inside a window never proves that the change
/// has not arrived, so that it is likely at most.
pub(super) fn find(cause: &'static str, case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    if gates.outcome(Gate::Time) != Outcome::Unknown {
        return None;
    }
    let within: Vec<_> = rests(case, gates)
        .into_iter()
        .filter(|rests| rests.cause == cause && !is_ahead(case, rests.change))
        .filter_map(|rests| match age(case, &rests) {
            Age::Within { surely, until } => Some((surely, until, rests)),
            Age::Outside | Age::NoClock => None,
        })
        .collect();
    let (surely, _, rests) = within.iter().max_by_key(|(_, until, _)| (until.is_none(), *until))?;
    let confidence = if *surely { Confidence::Likely } else { Confidence::Possible };
    Some(
        case.finding(cause, Gate::Time, confidence)
            .saying(words(case, rests))
            .resting_on(within.iter().map(|(_, _, rests)| change_evidence(rests.change))),
    )
}
