//! A token without the role beside a policy that does not let the app act: neither repair helps without the other, and each
//! of their fixes says so.

use super::{Finding, GateResult, Outcome};
use crate::fix::Fix;
use crate::knowledge::{Confidence, Gate};

/// What a newer token mends, of an app that has the role by now.
const OLDER: &str = "token-older-than-grant";

/// Tells it in the notes of the fixes that repair one of both only.
pub(super) fn tell(fixes: &mut [Fix], findings: &[Finding], gates: &[GateResult]) {
    let failed = |of: Gate| gates.iter().find(|gate| gate.gate == of && gate.outcome == Outcome::Fail);
    let by_token = failed(Gate::Permission).is_some_and(|gate| gate.evidence.iter().any(|one| one.object == "token"));
    if !by_token || failed(Gate::Policy).is_none() {
        return;
    }
    // What is only possible may be none of it.
    let sure = || findings.iter().filter(|finding| finding.confidence >= Confidence::Likely);
    let of_token =
        |finding: &&Finding| matches!(finding.gate, Gate::Permission | Gate::Token) || finding.cause == OLDER;
    let of_policy = |finding: &&Finding| finding.gate == Gate::Policy;
    let (Some(token), Some(policy)) = (sure().find(of_token), sure().find(of_policy)) else { return };
    let (token, policy) = (token.cause.as_ref(), policy.cause.as_ref());
    for fix in fixes {
        let repairs = |gate: Gate| fix.steps.iter().any(|step| step.gate == gate);
        let cause = fix.cause.as_ref();
        let of_token = (cause == token || repairs(Gate::Permission)) && !repairs(Gate::Policy);
        let of_policy = repairs(Gate::Policy) && !repairs(Gate::Permission) && cause != token;
        let words = match () {
            () if of_policy && token == OLDER => format!(
                "both are needed: the token of the call has no role that the operation accepts, so that after this change \
                 a new one is to be got too ({token})"
            ),
            () if of_policy => {
                format!("both are needed: first what the token of the call lacks ({token}), then this change")
            }
            () if of_token && token == OLDER => {
                format!("both are needed: first the change of the policy ({policy}), then a new token")
            }
            () if of_token => format!("both are needed: first this, then the change of the policy ({policy})"),
            () => continue,
        };
        fix.note = if fix.note.is_empty() { words } else { format!("{words}; {}", fix.note) };
    }
}
