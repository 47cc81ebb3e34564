//! What the service's words and the request say of the gates.

use super::request_gate::request_gate;
use super::{Evidence, Finding, GateResult, Outcome};
use crate::input::Facts;
use crate::knowledge::Gate;

/// What decides whether the service had failed.
const AGAIN: &str = "the same request, sent again after a pause";

/// What the service's words and the request say of the gates.
pub(super) fn settle_gates(
    gates: &mut [GateResult],
    facts: &Facts,
    stated: &[Finding],
    findings: &[Finding],
    outage: bool,
) {
    for gate in gates.iter_mut() {
        let stated = stated
            .iter()
            .find(|stated| stated.gate == gate.gate && findings.iter().any(|finding| finding.cause == stated.cause));
        if outage && gate.gate != Gate::Service {
            *gate = GateResult::new(gate.gate, Outcome::Skipped).noting("the service did not get that far");
            continue;
        }
        let is_error = |finding: &&Finding| finding.severity != crate::knowledge::Severity::Info;
        match gate.gate {
            Gate::Request
            | Gate::Service
            | Gate::Meeting
            | Gate::Tenant
            | Gate::User
            | Gate::Token
            | Gate::Permission
                if stated.filter(is_error).is_some() && gate.outcome != Outcome::Fail =>
            {
                let finding = stated.map(|finding| finding.cause.to_string()).unwrap_or_default();
                let message = facts.message.as_ref().map(|message| message.value.clone()).unwrap_or_default();
                gate.outcome = Outcome::Fail;
                gate.needs = None;
                gate.note = format!("the service says so (`{finding}`)");
                gate.evidence.push(Evidence {
                    object: "the service".into(),
                    field: "message".into(),
                    value: message,
                    source: "pasted".into(),
                    read_at: None,
                });
            }
            Gate::Request => *gate = request_gate(facts, findings),
            // No token is at hand, and the answer makes one doubtful: the gate is open, not unasked.
            Gate::Token if gate.outcome == Outcome::Skipped => {
                let doubt = findings.iter().filter(is_error).find(|finding| finding.gate == Gate::Token);
                if let Some(finding) = doubt {
                    let said = format!("`{}` is {}", finding.cause, finding.confidence.name());
                    *gate = GateResult::new(Gate::Token, Outcome::Unknown).needing("token").noting(said);
                }
            }
            // Its organizer fits, and there may be no such meeting.
            Gate::Meeting if gate.outcome == Outcome::Pass => {
                if let Some(finding) = findings.iter().filter(is_error).find(|it| it.gate == Gate::Meeting) {
                    gate.outcome = Outcome::Unknown;
                    gate.needs = Some("meeting".into());
                    gate.note = format!("`{}` is {}", finding.cause, finding.confidence.name());
                }
            }
            Gate::Service => {
                let doubt = findings.iter().filter(is_error).find(|finding| finding.gate == Gate::Service);
                let said = doubt.map(|it| format!("`{}` is {}", it.cause, it.confidence.name()));
                *gate = match said {
                    Some(said) => GateResult::new(Gate::Service, Outcome::Unknown).needing(AGAIN).noting(said),
                    None => GateResult::new(Gate::Service, Outcome::Pass).noting("the service answered"),
                };
            }
            _ => {}
        }
    }
}
