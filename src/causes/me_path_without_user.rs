//! `/me` with an app-only token.

use super::call::Call;
use crate::diagnose::Finding;
use crate::input::TokenKind;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let (route, _) = call.path()?;
    let app_only = call.facts.token.as_ref().is_some_and(|token| token.value.kind() == Some(TokenKind::App));
    if !app_only || !(route == "/me" || route.starts_with("/me/")) {
        return None;
    }
    call.finding(
        "me-path-without-user",
        Confidence::Likely,
        "the token is app-only, and `/me` is the signed-in user of a delegated one",
        call.at_path("no signed-in user"),
    )
}
