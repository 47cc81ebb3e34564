//! The tenant has no such user.

use super::call::Call;
use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    (gates.outcome(Gate::User) == Outcome::Fail)
        .then(|| case.finding("user-unknown", Gate::User, Confidence::Certain).resting_on(gates.evidence(Gate::User)))
}

/// Whether the directory's words name the user of the call as what is not there.
pub(crate) fn is_named_missing(call: &Call<'_>) -> bool {
    let facts = call.facts;
    let is_not_found = facts.status.as_ref().is_none_or(|status| status.value == 404)
        && facts.code.as_ref().is_some_and(|code| code.value.eq_ignore_ascii_case("Request_ResourceNotFound"));
    let of_user = facts.user_id.as_ref().map(|user| user.value.to_string()).into_iter();
    let named = of_user.chain(facts.user.as_ref().map(|user| user.value.to_ascii_lowercase()));
    let words = facts.message.as_ref().map(|message| message.value.to_ascii_lowercase()).unwrap_or_default();
    is_not_found && named.into_iter().any(|user| words.contains(&format!("'{user}'")))
}

/// 404 for the meetings of a user, in words of the directory about that user.
pub(super) fn of_call(call: &Call<'_>) -> Option<Finding> {
    let facts = call.facts;
    let is_not_found = facts.status.as_ref().is_none_or(|status| status.value == 404)
        && facts.code.as_ref().is_some_and(|code| code.value.eq_ignore_ascii_case("Request_ResourceNotFound"));
    let (route, _) = call.path()?;
    let (user, below) = route.strip_prefix("/users/")?.split_once('/')?;
    let message = facts.message.as_ref()?;
    let is_named = message.value.to_ascii_lowercase().contains(&format!("'{user}'"));
    if !is_not_found || !is_named || below.trim_end_matches('/') != "onlinemeetings" || !call.is_silent() {
        return None;
    }
    let label = message.span.map(|span| (span, "the user of the path is not found"));
    call.finding(
        "user-unknown",
        Confidence::Possible,
        "the answer names the user of the path as a resource that is not there; 404 for the meetings of a user is \
         documented nowhere, and has been read as \"no such organizer\""
            .to_owned(),
        label,
    )
}
