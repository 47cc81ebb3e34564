//! The role was granted after the token was issued: a token keeps its roles until it expires.

use jiff::Timestamp;

use crate::diagnose::facts::permission::Why;
use crate::diagnose::gates::time::{change_evidence, is_grant};
use crate::diagnose::gates::token::claims;
use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Tri;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    if case.delegated
        || gates.outcome(Gate::Permission) != Outcome::Fail && gates.outcome(Gate::Permission) != Outcome::Unknown
        || case.permission.why != Why::NotInToken
        || case.permission.granted == Tri::No
    {
        return None;
    }
    let issued = case.token()?.issued_at.and_then(|at| Timestamp::from_second(at).ok());
    let grant = case.view.snapshot().history.iter().rev().find(|change| {
        matches!(change.part.as_str(), "apps" | "roles") && change.change != "removed" && is_grant(case, change)
    });
    // A change that does not say which role it was may be of another one.
    let after = match (issued, grant) {
        (Some(issued), Some(grant)) if grant.value.is_some() && grant.not_before.is_some_and(|from| from >= issued) => {
            Confidence::Certain
        }
        (Some(issued), Some(grant)) if grant.not_after.is_some_and(|to| to < issued) => Confidence::Possible,
        _ => Confidence::Likely,
    };
    let confidence = if case.permission.granted == Tri::Yes { after } else { Confidence::Possible };
    let ceiling =
        if gates.outcome(Gate::Permission) == Outcome::Fail { Confidence::Certain } else { Confidence::Likely };
    Some(
        case.finding("token-older-than-grant", Gate::Token, confidence.min(ceiling))
            .saying("the tenant granted the role, and the token does not carry it")
            .resting_on(gates.evidence(Gate::Permission))
            .resting_on(claims(case.token()?))
            .resting_on(grant.map(change_evidence)),
    )
}
