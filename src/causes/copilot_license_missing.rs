//! Meeting insights are refused: each user needs a Copilot licence.

use super::call::Call;
use crate::diagnose::Finding;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let (route, _) = call.path()?;
    let refused = call.facts.status.as_ref().is_some_and(|status| status.value == 403)
        || call.facts.code.as_ref().is_some_and(|code| code.value.eq_ignore_ascii_case("Forbidden"));
    if !route.contains("/aiinsights") || !refused || call.says_policy() {
        return None;
    }
    call.finding(
        "copilot-license-missing",
        Confidence::Possible,
        "each user whose insights are read needs a Microsoft 365 Copilot licence; no published message says that it is missing",
        call.at_path("meeting insights"),
    )
}
