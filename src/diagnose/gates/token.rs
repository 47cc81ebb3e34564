//! The access token: for Graph, of this tenant, not expired.

use crate::diagnose::case::Case;
use crate::diagnose::facts::is_decoded;
use crate::diagnose::{Evidence, GateResult, Outcome};
use crate::input::Token;
use crate::knowledge::{Gate, is_graph_audience};
use crate::tenant::Tri;

/// What the claims say, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    /// The audience is not Microsoft Graph.
    pub wrong_audience: bool,
    /// The tenant is not the snapshot's.
    pub wrong_tenant: bool,
    /// It was expired at the question's time.
    pub expired: Tri,
}

/// Reads the claims; `None` without a token that could be decoded.
#[must_use]
pub fn facts(case: &Case<'_>) -> Option<TokenFacts> {
    let token = case.token()?;
    let snapshot = case.view.snapshot();
    let wrong_tenant = matches!((token.tenant, snapshot.tenant_id), (Some(a), Some(b)) if a != b);
    let expired = match (token.expires_at, case.question.at) {
        (None, _) => Tri::No,
        (Some(_), None) => Tri::Unknown,
        // `exp` is the first moment at which the token is not accepted.
        (Some(end), Some(at)) if end <= at.earliest => Tri::Yes,
        (Some(end), Some(at)) if end > at.latest => Tri::No,
        _ => Tri::Unknown,
    };
    Some(TokenFacts { wrong_audience: !is_for_graph(token, snapshot.cloud.as_deref()), wrong_tenant, expired })
}

/// Graph's root in the tenant's cloud (in any, where the cloud is not known), with or without a slash at
/// its end, or Graph's app id.
pub(crate) fn is_for_graph(token: &Token, of_cloud: Option<&str>) -> bool {
    token.audience.as_deref().is_none_or(|audience| is_graph_audience(audience, of_cloud))
}

/// The gate.
#[must_use]
pub fn judge(case: &Case<'_>) -> GateResult {
    let gate = |outcome| GateResult::new(Gate::Token, outcome);
    let Some(token) = &case.question.token else { return gate(Outcome::Skipped) };
    if !is_decoded(token) {
        return gate(Outcome::Unknown).needing("token").noting("the token is not a JSON Web Token that can be decoded");
    }
    let Some(facts) = facts(case) else { return gate(Outcome::Skipped) };
    let mut result = if facts.wrong_audience || facts.wrong_tenant || facts.expired == Tri::Yes {
        gate(Outcome::Fail)
    } else if facts.expired == Tri::Unknown {
        gate(Outcome::Unknown).needing("the time of the call").noting("whether it had expired depends on the time")
    } else {
        gate(Outcome::Pass)
    };
    result.evidence = claims(token);
    if case.delegated && result.outcome == Outcome::Pass {
        result = result.noting("the call is delegated");
    }
    result
}

/// The claims as evidence.
#[must_use]
pub fn claims(token: &Token) -> Vec<Evidence> {
    let time = |seconds: i64| match jiff::Timestamp::from_second(seconds) {
        Ok(time) => time.to_string(),
        Err(_) => seconds.to_string(),
    };
    [
        ("aud", token.audience.clone()),
        ("tid", token.tenant.map(|id| id.to_string())),
        ("iat", token.issued_at.map(time)),
        ("exp", token.expires_at.map(time)),
    ]
    .into_iter()
    .filter_map(|(claim, value)| Some(Evidence::of("token", claim, value?, "token", None)))
    .collect()
}
