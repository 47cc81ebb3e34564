//! Causes that gates rule out: what passes, or is not asked of a call, is no reason for its failure.

use super::other_time::Then;
use super::{Finding, GateResult, Outcome, RuledOut};
use crate::causes;
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Snapshot;

/// Of a snapshot without any time.
const UNDATED: &str =
    "the state does not say when it was read, and no change is known: one shortly before the failure is not excluded";

/// Of a role that the service misses and the tenant granted.
const GRANTED: &str = "the snapshot shows the role granted, and the service says that the call had none: its token may be older \
                       than the grant, or of another app";

/// Of a sign-in that did not find an app which the snapshot has.
const ELSEWHERE: &str = "the sign-in says so, and the snapshot lists the app: the sign-in went to another tenant than the \
                         snapshot's, or was before the app came there";
/// Of words that refuse the audience of a token, beside one for Graph.
const OTHER_TOKEN: &str =
    "the service says so, and the token that is shown is for Microsoft Graph: the call may have carried another one";
/// Of changes of a policy that is not known.
const UNREAD: &str = "which policy is effective was not read, and so not when that was changed";

/// Only gate outcomes and the request rule out, never the message: a cause of a gate that passes or is not asked is
/// no reason, unless the service's own words state it.
pub(super) fn rule_out_by_gates(
    findings: &mut Vec<Finding>,
    gates: &[GateResult],
    ruled_out: &mut Vec<RuledOut>,
    call: &causes::Call<'_>,
    then: &mut Then,
) {
    let undated = call.context.snapshot.is_some_and(Snapshot::is_undated);
    let is = |gate: Gate, outcome: Outcome| gates.iter().any(|it| it.gate == gate && it.outcome == outcome);
    let policy_open = call.context.snapshot.is_some() && is(Gate::Policy, Outcome::Unknown);
    // The text says that the role is missing, and the snapshot that it is there.
    let disagree = call.states_missing_role()
        && call.context.snapshot.is_some()
        && call.facts.token.is_none()
        && is(Gate::Permission, Outcome::Pass)
        && !then.granted_later;
    findings.retain_mut(|finding| {
        if disagree && finding.cause == "permission-not-granted" {
            let out = ruled_out.iter().position(|out| out.cause == finding.cause);
            if let Some(out) = out.map(|at| ruled_out.remove(at)) {
                finding.confidence = Confidence::Possible;
                finding.explanation =
                    format!("the service says so, and the snapshot speaks against it: {}", out.reason);
                return true;
            }
        }
        if disagree && finding.cause == "token-older-than-grant" {
            ruled_out.retain(|out| out.cause != finding.cause);
            finding.confidence = finding.confidence.max(Confidence::Likely);
            finding.explanation = GRANTED.into();
            return true;
        }
        let excluded = ruled_out.iter().any(|out| out.cause == finding.cause);
        // "The token has no role" states what the token carries; what the tenant granted, the snapshot knows better.
        let of_grants = finding.gate == Gate::Permission && finding.cause != "app-unknown-in-tenant";
        if finding.confidence == Confidence::Certain {
            return !(excluded && of_grants);
        }
        if excluded && call.speaks_of_missing_roles(&finding.cause) {
            ruled_out.retain(|out| out.cause != finding.cause);
            return true;
        }
        if excluded && finding.cause == "app-unknown-in-tenant" && call.says_app_unknown() {
            ruled_out.retain(|out| out.cause != finding.cause);
            finding.explanation = ELSEWHERE.into();
            return true;
        }
        if excluded && finding.cause == "token-for-another-audience" && call.says_wrong_audience() {
            ruled_out.retain(|out| out.cause != finding.cause);
            finding.explanation = OTHER_TOKEN.into();
            return true;
        }
        if excluded {
            return false;
        }
        if let Some(reason) = causes::refuted(&finding.cause, call) {
            ruled_out.push(RuledOut { cause: finding.cause.clone(), reason, by: None });
            return false;
        }
        // A policy that is not asked for is on its way to nothing.
        let of_policy = ["policy-still-propagating", "group-assignment-still-propagating"];
        let unasked = is(Gate::Policy, Outcome::Skipped) && of_policy.contains(&finding.cause.as_ref());
        let judged = if unasked { Gate::Policy } else { finding.gate };
        let Some(gate) = gates.iter().find(|gate| gate.gate == judged) else { return true };
        let decided = matches!(finding.gate, Gate::Permission | Gate::User | Gate::Policy | Gate::Time | Gate::Tenant);
        let why = match gate.outcome {
            Outcome::Pass if decided => "passes",
            Outcome::Skipped if matches!(judged, Gate::User | Gate::Policy | Gate::Time) => {
                "is not asked for this call"
            }
            _ => return true,
        };
        if policy_open && gate.gate == Gate::Time && gate.outcome == Outcome::Pass {
            finding.confidence = finding.confidence.min(Confidence::Possible);
            finding.explanation = UNREAD.into();
            return true;
        }
        // No change is known, and how far that reaches the state does not say.
        if undated && gate.gate == Gate::Time && gate.outcome == Outcome::Pass {
            finding.confidence = Confidence::Possible;
            finding.explanation = UNDATED.into();
            return true;
        }
        if let Some(words) = then.reopens(gate, &finding.cause) {
            then.reopen(finding, &words);
            return true;
        }
        ruled_out.push(RuledOut { cause: finding.cause.clone(), reason: then.reason(gate, why), by: None });
        false
    });
    ruled_out.retain(|out| call.context.catalogue.cause(&out.cause).is_some());
    crate::order::sort_by(ruled_out, |a, b| a.cause.cmp(&b.cause));
}
