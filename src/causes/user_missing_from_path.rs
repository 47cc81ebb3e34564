//! The path goes to `/onlineMeetings` without a user.

use super::call::Call;
use crate::diagnose::Finding;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let (route, _) = call.path()?;
    if !route.starts_with("/onlinemeetings") {
        return None;
    }
    call.finding("user-missing-from-path", Confidence::Likely, "the path names no user", call.at_path("below no user"))
}
