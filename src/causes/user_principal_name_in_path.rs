//! A user principal name stands where the documents ask for an object id.

use super::call::Call;
use crate::diagnose::Finding;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let user = call.facts.user.as_ref()?;
    // Elsewhere in Graph an address in the path is normal.
    let of_meetings = call.path().is_some_and(|(route, _)| route.contains("/onlinemeetings"));
    if call.is_delegated() || !of_meetings || !call.is_silent() {
        return None;
    }
    let confidence = if call.says(&["unknown-error"]) { Confidence::Likely } else { Confidence::Possible };
    let label = user.span.map(|span| (span, "no object id"));
    call.finding(
        "user-principal-name-in-path",
        confidence,
        format!("the path names the user as `{}`; app-only calls are documented with the object id, and reports conflict on whether an address works", user.value),
        label,
    )
}
