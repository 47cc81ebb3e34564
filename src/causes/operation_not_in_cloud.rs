//! The documents do not offer the operation in this cloud.

use super::call::Call;
use crate::diagnose::Finding;
use crate::knowledge::{Confidence, cloud_of_host};

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let operation = call.facts.operation?;
    let host = call.facts.host.as_ref()?;
    let cloud = cloud_of_host(&host.value)?;
    if operation.clouds.is_empty() || operation.clouds.contains(&cloud.name) {
        return None;
    }
    call.finding(
        "operation-not-in-cloud",
        Confidence::Likely,
        format!(
            "the documents offer the operation in {} only, the request goes to {}",
            operation.clouds.join(", "),
            cloud.name
        ),
        host.span.map(|span| (span, "another cloud")),
    )
}
