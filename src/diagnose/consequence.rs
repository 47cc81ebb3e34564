//! Errors that only follow from the one above them are no failures of their own.

use crate::input::Incident;

/// A remote session that did not open, and what the steps behind it say for want of it.
const FIRST: [&str; 2] = ["skype-session", "teams-remote-session"];
const FOLLOWS: &str = "remote-session";
/// Bytes between the end of an error and what follows from it.
const NEAR: usize = 2_000;

/// Leaves out what only follows from the failure before it.
#[must_use]
pub fn without_consequences(incidents: Vec<Incident>) -> Vec<Incident> {
    let mut kept: Vec<Incident> = Vec::with_capacity(incidents.len());
    // Where the failure ends of which the last one is, or is a consequence.
    let mut first: Option<usize> = None;
    for incident in incidents {
        let says = |names: &[&str]| incident.symptoms.iter().any(|hit| names.contains(&hit.symptom.as_ref()));
        let follows = says(&[FOLLOWS]) && !says(&FIRST);
        let near = first.is_some_and(|end| incident.span.start.saturating_sub(end) < NEAR);
        if follows && near {
            first = Some(incident.span.end);
            continue;
        }
        first = says(&FIRST).then_some(incident.span.end);
        kept.push(incident);
    }
    kept
}
