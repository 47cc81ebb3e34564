//! `getAllTranscripts` or `getAllRecordings` without its organizer.

use super::call::Call;
use crate::diagnose::Finding;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let (route, query) = call.path()?;
    let is_export = route.contains("/getalltranscripts") || route.contains("/getallrecordings");
    let named = route.contains("meetingorganizeruserid") || query.contains("meetingorganizer");
    if !is_export || named || route.contains("/adhoccalls/") || !route.contains("onlinemeetings") {
        return None;
    }
    call.finding(
        "organizer-parameter-missing",
        Confidence::Likely,
        "the function is called without `meetingOrganizerUserId`",
        call.at_path("no organizer"),
    )
}
