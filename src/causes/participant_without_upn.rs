//! A meeting is created, and the service fails inside.

use super::call::Call;
use crate::diagnose::Finding;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let creates = call.facts.operation.and_then(|operation| operation.name) == Some("create-meeting");
    if !creates || !call.says(&["server-error"]) {
        return None;
    }
    call.finding(
        "participant-without-upn",
        Confidence::Possible,
        "creating a meeting whose participants lack `upn` was seen to fail like this",
        None,
    )
}
