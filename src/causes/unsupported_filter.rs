//! A join link is looked up where only VTC ids are.

use super::call::Call;
use crate::diagnose::Finding;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let (route, query) = call.path()?;
    if route != "/communications/onlinemeetings" || !query.contains("joinweburl") {
        return None;
    }
    call.finding(
        "unsupported-filter",
        Confidence::Likely,
        "`/communications/onlineMeetings` looks up by `VideoTeleconferenceId` only; a join link is looked up below the organizer",
        call.at_path("another lookup"),
    )
}
