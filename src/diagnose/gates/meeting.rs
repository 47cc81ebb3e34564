//! The meeting that the request names: the user has a right to it.

use uuid::Uuid;

use crate::diagnose::case::Case;
use crate::diagnose::{Evidence, GateResult, Outcome};
use crate::knowledge::Gate;
use crate::tenant::VirtualEvent;

/// The virtual event that is named, if the snapshot lists it.
#[must_use]
pub fn event<'a>(case: &Case<'a>) -> Option<&'a VirtualEvent> {
    let meeting = case.question.meeting.as_ref()?;
    case.view.snapshot().event(&meeting.text)
}

/// Who organizes the named meeting: read, or decoded from its identifier.
#[must_use]
pub fn organizer(case: &Case<'_>) -> Option<Uuid> {
    event(case)
        .and_then(|event| event.created_by)
        .or_else(|| case.question.meeting.as_ref().and_then(|meeting| meeting.organizer))
}

/// The gate.
#[must_use]
pub fn judge(case: &Case<'_>) -> GateResult {
    let gate = |outcome| GateResult::new(Gate::Meeting, outcome);
    let Some(meeting) = &case.question.meeting else { return gate(Outcome::Skipped) };
    let Some(organizer) = organizer(case) else {
        return gate(Outcome::Unknown).needing("meeting").noting("who organizes the meeting is not known");
    };
    let result = match case.user_id {
        None => gate(Outcome::Unknown)
            .needing(case.needs_user())
            .noting(case.other_creator().unwrap_or_else(|| "the user's object id is not known".to_owned())),
        Some(user) if user == organizer => gate(Outcome::Pass),
        Some(user) if event(case).is_some_and(|event| event.co_organizers.contains(&user)) => {
            gate(Outcome::Pass).noting("the user is a co-organizer")
        }
        Some(_) => gate(Outcome::Unknown).needing("meeting").noting("the user in the path is not the organizer"),
    };
    let source = if event(case).is_some() { "snapshot" } else { "decoded from the identifier, an undocumented form" };
    result.with(Evidence::of(format!("meeting `{}`", meeting.text), "organizer", organizer.to_string(), source, None))
}
