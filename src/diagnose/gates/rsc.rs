//! A consent in the meeting's chat, where it replaces the role or the policy.

use crate::diagnose::facts::rsc::Rsc;
use crate::diagnose::{GateResult, Outcome};

/// What a gate says that passes by such a consent alone.
const REPLACED: &str = "the consent that was granted in the meeting's chat replaces it";

/// Whether a gate passes by a consent alone, and not by a role or a policy.
#[must_use]
pub fn passes_by_consent(gate: &GateResult) -> bool {
    gate.outcome == Outcome::Pass && gate.note.starts_with(REPLACED)
}

/// The outcome of the permission gate or the policy gate, with the alternative taken into account.
#[must_use]
pub fn weigh(rsc: Rsc, gate: GateResult) -> GateResult {
    match (rsc, gate.outcome) {
        (Rsc::Granted, Outcome::Fail | Outcome::Unknown) => {
            let mut gate = gate;
            gate.outcome = Outcome::Pass;
            gate.needs = None;
            gate.noting(REPLACED)
        }
        (Rsc::Unread, Outcome::Fail) => {
            let mut gate = gate;
            gate.outcome = Outcome::Unknown;
            gate.needing("rsc").noting("a consent that was granted in the meeting's chat would replace it")
        }
        _ => gate,
    }
}
