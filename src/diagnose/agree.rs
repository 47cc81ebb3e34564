//! A gate and its findings are told from the same evidence.

use super::other_time::{OF_STATE, OF_THEN};
use super::{Evidence, Finding, GateResult, Outcome};
use crate::knowledge::{Confidence, Gate, Text};
use crate::tenant::Snapshot;

/// What a gate says that the state fails, and of which nothing in the failure speaks.
const SILENT: &str = "the state speaks against it, and nothing in this failure does";

/// A gate that a state fails has a cause that is likely at least. Where the failure is explained by something else, what the
/// state shows stands in the way too; where nothing explains it, a service that answers with another matter may have got past
/// the gate, and the state is not the one that the call met.
pub(super) fn settle(gates: &mut [GateResult], findings: &mut [Finding], snapshot: Option<&Snapshot>) {
    if snapshot.is_none() {
        return;
    }
    let failed = |gate: &&mut GateResult| gate.outcome == Outcome::Fail && OF_STATE.contains(&gate.gate);
    for gate in gates.iter_mut().filter(failed) {
        // What a token does not carry may have been granted since: that is a cause of the token.
        let own = |it: &Finding| it.gate == gate.gate || gate.gate == Gate::Permission && it.gate == Gate::Token;
        let likely = |it: &Finding| own(it) && it.confidence > Confidence::Possible;
        if findings.iter().any(likely) {
            continue;
        }
        let explained = findings.iter().any(|it| it.confidence == Confidence::Certain);
        let shown =
            |it: &&mut Finding| it.gate == gate.gate && it.evidence.iter().any(Evidence::is_of_state) && explained;
        match findings.iter_mut().find(shown) {
            Some(finding) => finding.confidence = Confidence::Likely,
            None => {
                gate.outcome = Outcome::Unknown;
                gate.needs = Some(Text::Borrowed(OF_THEN));
                gate.note = if gate.note.is_empty() { SILENT.to_owned() } else { format!("{}; {SILENT}", gate.note) };
            }
        }
    }
    crate::order::sort_by_key(findings, |it| std::cmp::Reverse(it.confidence));
}
