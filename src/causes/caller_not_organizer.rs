//! The user in the path is not the organizer; invited attendees and co-organizers may read some of it.

use crate::diagnose::gates::meeting;
use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let organizer = meeting::organizer(case)?;
    let user = case.user_id?;
    if gates.outcome(Gate::Meeting) != Outcome::Unknown || organizer == user {
        return None;
    }
    Some(
        case.finding("caller-not-organizer", Gate::Meeting, Confidence::Likely)
            .saying(format!("the meeting was organized by `{organizer}`, and the path names `{user}`"))
            .resting_on(gates.evidence(Gate::Meeting)),
    )
}
