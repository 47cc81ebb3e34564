//! A call joins a meeting whose organizer is the app itself.

use super::call::Call;
use crate::diagnose::Finding;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    if !call.says(&["calls-tenant-permissions"]) {
        return None;
    }
    let organizer = call.facts.organizer_id.as_ref()?;
    let app = call.facts.app_id.as_ref()?;
    if organizer.value != app.value {
        return None;
    }
    call.finding(
        "join-url-of-app-organizer",
        Confidence::Likely,
        "the organizer in the join link is the id of the app, which is no user",
        organizer.span.map(|span| (span, "the app's id")),
    )
}
