//! The token was issued for a signed-in user: the access policy is not asked, its scopes are.

use crate::diagnose::gates::permission::Why;
use crate::diagnose::{Case, Evidence, Finding, Gates, Outcome};
use crate::input::TokenKind;
use crate::knowledge::{Confidence, Gate, Severity};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let token = case.token()?;
    if gates.outcome(Gate::Token) == Outcome::Skipped || token.kind() != Some(TokenKind::Delegated) {
        return None;
    }
    let mut finding = match case.permission.why {
        Why::Unsupported => case
            .finding("delegated-token", Gate::Token, Confidence::Certain)
            .saying("the operation takes application permissions only, and the token is delegated"),
        _ => case
            .finding("delegated-token", Gate::Token, Confidence::Possible)
            .saying("the token is delegated: the access policy is not asked"),
    };
    // A call that may be meant to be delegated, and that has what it takes, is not wrong.
    if gates.outcome(Gate::Permission) == Outcome::Pass {
        finding.severity = Severity::Info;
    }
    let scopes = token.scopes.as_ref().map(|scopes| scopes.join(" ")).unwrap_or_default();
    Some(finding.resting_on([Evidence::of("token", "scp", scopes, "token", None)]))
}
