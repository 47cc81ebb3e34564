//! What is to be allowed, and what is said of it now.

use jiff::Timestamp;
use uuid::Uuid;

use crate::diagnose::{Judgement, Outcome, Question};
use crate::input::Moment;
use crate::knowledge::{Catalogue, Gate, Operation};
use crate::tenant::Snapshot;

/// For whom the app is to act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The operation concerns no user.
    Nobody,
    /// These users.
    Users(Vec<Uuid>),
    /// The direct members of a group.
    Group(Uuid),
}

/// What is to be allowed.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Client id.
    pub app_id: Uuid,
    /// For whom.
    pub who: Who,
    /// What.
    pub operation: &'static Operation,
    /// When it is asked; without it the time gate is left open.
    pub at: Option<Timestamp>,
    /// The name of a policy that has to be created, instead of one made up.
    pub policy_name: Option<&'a str>,
    /// The tenant.
    pub snapshot: &'a Snapshot,
    /// Severities and titles.
    pub catalogue: &'a Catalogue,
}

/// What is said now of one user.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Object id; `None` where the operation concerns no user.
    pub user_id: Option<Uuid>,
    /// The gates as they are.
    pub judgement: Judgement,
}

impl Answer {
    pub(super) fn outcome(&self, gate: Gate) -> Outcome {
        outcome(&self.judgement, gate)
    }
}

/// The question that an ask is for one user.
#[must_use]
pub fn question(ask: &Ask<'_>, user_id: Option<Uuid>, at: Option<Timestamp>) -> Question {
    Question {
        app_id: Some(ask.app_id),
        user_id,
        operation: Some(ask.operation),
        at: at.map(|at| Moment { earliest: at.as_second(), latest: at.as_second() }),
        ..Question::default()
    }
}

pub(super) fn outcome(judgement: &Judgement, gate: Gate) -> Outcome {
    judgement.gates.iter().find(|it| it.gate == gate).map_or(Outcome::Skipped, |it| it.outcome)
}
