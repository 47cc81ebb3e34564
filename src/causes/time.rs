//! What the propagation causes share.

use crate::diagnose::gates::time::{Age, age, change_evidence, rests};
use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Change;

/// The youngest change of this kind that a passing gate rests on. Being inside a window never proves that the change
/// has not arrived, so that it is likely at most.
pub(super) fn find(cause: &'static str, case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    if gates.outcome(Gate::Time) != Outcome::Unknown {
        return None;
    }
    let within: Vec<_> = rests(case, gates)
        .into_iter()
        .filter(|rests| rests.cause == cause)
        .filter_map(|rests| match age(case, &rests) {
            Age::Within { surely, until } => Some((surely, until, rests)),
            Age::Outside | Age::NoClock => None,
        })
        .collect();
    let (surely, until, rests) = within.iter().max_by_key(|(_, until, _)| (until.is_none(), *until))?;
    let change = rests.change;
    let confidence = if *surely { Confidence::Likely } else { Confidence::Possible };
    let until = until.map_or_else(String::new, |until| format!("; the documented time is over at {until}"));
    Some(
        case.finding(cause, Gate::Time, confidence)
            .saying(format!("{}; {}{until}", when(change), rests.window.text))
            .resting_on(within.iter().map(|(_, _, rests)| change_evidence(rests.change))),
    )
}

/// What changed, and between which moments.
fn when(change: &Change) -> String {
    let key = &change.key;
    let what = match change.part.as_str() {
        "policies" => format!("policy `{key}`"),
        "direct" => "the user's direct assignment".to_owned(),
        "groups" => format!("the assignment of group `{key}`"),
        "members" => format!("the membership of group `{key}`"),
        "effective" => "the user's effective policy".to_owned(),
        "users" => "the user's licence".to_owned(),
        "apps" | "roles" => "the app's permissions".to_owned(),
        other => format!("{other} `{key}`"),
    };
    match (change.not_before, change.not_after) {
        (Some(first), Some(last)) if first == last => format!("{what} changed at {first}"),
        (Some(first), Some(last)) => format!("{what} changed between {first} and {last}"),
        (Some(first), None) => format!("{what} changed after {first}"),
        (None, _) => format!("{what} changed"),
    }
}
