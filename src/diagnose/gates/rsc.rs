//! Resource-specific consent: granted in one chat, an alternative to the role and to the policy
//! (learn.microsoft.com/microsoftteams/platform/graph-api/rsc/resource-specific-consent).

use uuid::Uuid;

use crate::diagnose::chat::thread_of;
use crate::diagnose::{GateResult, Outcome, Question};
use crate::knowledge::Operation;
use crate::tenant::View;

/// What a gate says that passes by such a consent alone.
const REPLACED: &str = "the consent that was granted in the meeting's chat replaces it";

/// Whether a gate passes by a consent alone, and not by a role or a policy.
#[must_use]
pub fn passes_by_consent(gate: &GateResult) -> bool {
    gate.outcome == Outcome::Pass && gate.note.starts_with(REPLACED)
}

/// Whether a consent in the meeting's chat replaces role and policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rsc {
    /// The operation has no such alternative, or the call is delegated.
    NotOffered,
    /// No meeting is named, so that it may hold for some.
    NoMeeting,
    /// A meeting is named, and the consents in its chat were not read.
    Unread,
    /// It is granted.
    Granted,
    /// It is not granted.
    NotGranted,
}

/// What the snapshot says of the consent that `operation` takes.
#[must_use]
pub fn facts(
    question: &Question,
    view: &View<'_>,
    operation: Option<&Operation>,
    app_id: Option<Uuid>,
    delegated: bool,
) -> Rsc {
    let Some(operation) = operation.filter(|operation| !operation.rsc.is_empty() && !delegated) else {
        return Rsc::NotOffered;
    };
    let Some(meeting) = &question.meeting else { return Rsc::NoMeeting };
    let (Some(grants), Some(app)) = (&view.snapshot().rsc, app_id) else { return Rsc::Unread };
    let mut own = grants.iter().filter(|grant| {
        grant.app_id == app && operation.rsc.iter().any(|name| name.eq_ignore_ascii_case(&grant.permission))
    });
    let Some(chat) = thread_of(meeting) else {
        // Which chat it is does not matter where the app has no consent in any.
        return if own.next().is_none() && grants.is_empty() { Rsc::NotGranted } else { Rsc::Unread };
    };
    let of_chat = |id: &str| id.eq_ignore_ascii_case(&chat);
    if own.any(|grant| of_chat(&grant.chat_id)) {
        Rsc::Granted
    } else if grants.is_empty() || grants.iter().any(|grant| of_chat(&grant.chat_id)) {
        Rsc::NotGranted
    } else {
        // Consents are read chat by chat: a list of other chats does not show that this one was read.
        Rsc::Unread
    }
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
