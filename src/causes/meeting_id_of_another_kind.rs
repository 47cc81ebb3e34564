//! The id in the path has the form of something else.

use super::call::Call;
use crate::diagnose::Finding;
use crate::input::MeetingIdForm;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let meeting = call.facts.meeting.as_ref()?;
    let kind = match meeting.value.form {
        MeetingIdForm::TeamsSdk => "the id that the Teams JavaScript SDK gives",
        MeetingIdForm::Thread => "the id of a chat thread",
        MeetingIdForm::OutlookEvent => "the id of an Outlook event",
        MeetingIdForm::Artifact => "the id of a transcript or recording",
        MeetingIdForm::JoinMeetingId => "the number that people type to join",
        MeetingIdForm::Graph | MeetingIdForm::JoinUrl | MeetingIdForm::Other => return None,
    };
    // The lookup by number is a filter, and then no path segment.
    let (_, query) = call.path()?;
    if meeting.value.form == MeetingIdForm::JoinMeetingId && query.contains("joinmeetingid") {
        return None;
    }
    call.finding(
        "meeting-id-of-another-kind",
        Confidence::Likely,
        format!("the meeting id in the path looks like {kind}"),
        meeting.span.map(|span| (span, "another kind of id")),
    )
}
