//! A delegated token, and somebody else in the path.

use super::call::Call;
use crate::diagnose::Finding;
use crate::input::TokenKind;
use crate::knowledge::Confidence;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    let token = &call.facts.token.as_ref()?.value;
    let user = call.facts.user_id.as_ref()?;
    let (route, _) = call.path()?;
    let signed_in = token.object_id.filter(|_| token.kind() == Some(TokenKind::Delegated))?;
    if signed_in == user.value || !route.contains("/onlinemeetings") {
        return None;
    }
    call.finding(
        "delegated-token-for-another-user",
        Confidence::Likely,
        format!("the token is of user {signed_in}, the path names {}", user.value),
        user.span.map(|span| (span, "not the token's user")),
    )
}
