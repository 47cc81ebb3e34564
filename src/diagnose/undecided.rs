//! What stays open, and the read that would decide it.

use super::{Evidence, Finding, GateResult, Outcome, Undecided};
use crate::knowledge::{Catalogue, Confidence, Gate};

/// Findings that one read would decide: what the gates leave open, else the read of the cause's own file.
pub(super) fn settle_undecided(undecided: &mut Vec<Undecided>, findings: &[Finding], catalogue: &Catalogue) {
    let open = |finding: &&Finding| finding.confidence != Confidence::Certain;
    undecided.retain(|one| findings.iter().filter(open).any(|finding| finding.cause == one.cause));
    for finding in findings.iter().filter(|finding| finding.confidence != Confidence::Certain) {
        let read = catalogue.cause(&finding.cause).and_then(|cause| cause.decided_by.clone());
        if let Some(needs) = read.filter(|_| !undecided.iter().any(|known| known.cause == finding.cause)) {
            undecided.push(Undecided { cause: finding.cause.clone(), needs });
        }
    }
}

/// Where the failure is explained, the state that was read shows what else stands in the way: to read it again tells
/// nothing.
pub(super) fn drop_read(undecided: &mut Vec<Undecided>, findings: &[Finding], gates: &[GateResult]) {
    let of_state = |gate: &GateResult| match gate.gate {
        // What is told of the user is read with the user, whether or not a document says that Graph refuses for it.
        Gate::User => true,
        Gate::Permission | Gate::Policy => gate.outcome == Outcome::Fail,
        _ => false,
    };
    let is_read = |finding: &Finding| {
        finding.evidence.iter().any(Evidence::is_of_state)
            && gates.iter().any(|gate| gate.gate == finding.gate && of_state(gate))
    };
    if findings.first().is_some_and(|first| first.confidence == Confidence::Certain) {
        undecided.retain(|one| !findings.iter().any(|finding| finding.cause == one.cause && is_read(finding)));
    }
}
