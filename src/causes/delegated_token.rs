//! The token was issued for a signed-in user: the access policy is not asked, its scopes are.

use super::call::Call;
use crate::diagnose::facts::permission::Why;
use crate::diagnose::{Case, Evidence, Finding, Gates, Outcome};
use crate::input::{Token, TokenKind};
use crate::knowledge::{Confidence, Gate, Severity};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    // The call may be known as delegated by its path or by the words of the service.
    if case.delegated && case.permission.why == Why::Unsupported && gates.outcome(Gate::Permission) == Outcome::Fail {
        return Some(
            case.finding("delegated-token", Gate::Token, Confidence::Certain)
                .saying("the operation takes application permissions only, and the call is delegated")
                .resting_on(case.token().map(scopes)),
        );
    }
    let token = case.token().filter(|token| token.kind() == Some(TokenKind::Delegated))?;
    if gates.outcome(Gate::Token) == Outcome::Skipped {
        return None;
    }
    let mut finding = case
        .finding("delegated-token", Gate::Token, Confidence::Possible)
        .saying("the token is delegated: the access policy is not asked")
        .resting_on([scopes(token)]);
    // A call that may be meant to be delegated, and that has what it takes, is not wrong.
    if gates.outcome(Gate::Permission) == Outcome::Pass {
        finding.severity = Severity::Info;
    }
    Some(finding)
}

fn scopes(token: &Token) -> Evidence {
    let scopes = token.scopes.as_ref().map_or_else(|| "(absent)".to_owned(), |scopes| scopes.join(" "));
    Evidence::of("token", "scp", scopes, "token", None)
}

/// The policy message of a call that looks delegated: one of the two is about another call.
pub(super) fn of_call(call: &Call<'_>) -> Option<Finding> {
    if !call.says_policy() || !call.is_delegated() {
        return None;
    }
    let kind = call.facts.token_kind.as_ref()?;
    // A token tells more of the call than its path, which people shorten.
    let by_path = call.facts.token.is_none() && call.facts.is_delegated_by_path();
    call.finding(
        "delegated-token",
        if by_path { Confidence::Possible } else { Confidence::Likely },
        "the message is about a call with application permissions, and this call looks delegated: one of the two belongs to another call",
        kind.span.map(|span| (span, "a delegated call")),
    )
}
