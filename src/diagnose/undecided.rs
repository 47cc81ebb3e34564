//! What stays open, and the read that would decide it.

use super::other_time::OF_THEN;
use super::{Evidence, Finding, GateResult, Outcome, Undecided};
use crate::input::{Conflict, ConflictOf, Facts};
use crate::knowledge::{Catalogue, Confidence, Gate, Text};
use crate::tenant::import::UNSAID;
use crate::tenant::{Part, Snapshot, Status};

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

/// What the state holds is not asked for again: a part that is complete tells as much as it can, and of a paste only
/// whoever read it knows whether it was all.
pub(super) fn ask_nothing_again(undecided: &mut Vec<Undecided>, snapshot: &Snapshot, of_then: bool) {
    // Some group's rank was not read.
    let unranked = snapshot.groups.known().iter().any(|group| group.rank == 0);
    undecided.retain_mut(|one| {
        let asked = match one.needs.as_ref() {
            "policies" => again(&snapshot.policies, "policies-said"),
            "group-assignments" if unranked => None,
            "group-assignments" => again(&snapshot.groups, "groups-said"),
            "direct" => again(&snapshot.direct, "direct-said"),
            _ => None,
        };
        if let Some(asked) = asked {
            one.needs = Text::Borrowed(asked);
        }
        // One of that time is at hand, and another would show the same.
        !(of_then && asked == Some(OF_THEN))
    });
}

fn again<T>(part: &Part<T>, said: &'static str) -> Option<&'static str> {
    let unsaid = part.reason.as_ref().is_some_and(|reason| reason.detail.as_deref() == Some(UNSAID));
    match part.status {
        Status::Complete => Some(OF_THEN),
        Status::Partial if unsaid && !part.items.is_empty() => Some(said),
        Status::Partial | Status::Missing => None,
    }
}

/// What the state refutes for the pair that the options name, no further state decides: who made the call does.
pub(super) fn ask_who_called(undecided: &mut Vec<Undecided>, refuted: &[Text], findings: &[Finding], facts: &Facts) {
    undecided.retain(|one| !refuted.contains(&one.cause));
    let of_app = |conflict: &Conflict| matches!(conflict.of, ConflictOf::App | ConflictOf::Token);
    if !facts.conflicts().iter().any(of_app) {
        return;
    }
    let open = findings.iter().filter(|finding| refuted.contains(&finding.cause));
    let asked = open.map(|finding| Undecided { cause: finding.cause.clone(), needs: Text::Borrowed("caller") });
    undecided.splice(0..0, asked);
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
