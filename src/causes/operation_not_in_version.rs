//! The documents have the path in another version only.

use super::call::Call;
use crate::diagnose::Finding;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let operation = call.facts.operation?;
    let version = call.facts.version.as_ref()?;
    if operation.versions.is_empty() || operation.versions.contains(&version.value.as_str()) {
        return None;
    }
    call.finding(
        "operation-not-in-version",
        Confidence::Likely,
        format!("the path is in {} only, the request goes to {}", operation.versions.join(" and "), version.value),
        version.span.map(|span| (span, "another version")),
    )
}
