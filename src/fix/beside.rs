//! What else than the policy stands between an app and the meetings of a user.

use uuid::Uuid;

use super::stand::{self, Stand};
use crate::knowledge::{PolicyRule, operations};
use crate::tenant::View;

/// How another gate than that of the policy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// It passes.
    Passes,
    /// It fails.
    Fails,
    /// What it rests on was read, and no document says what follows from it.
    Open,
    /// Nobody has read what it rests on.
    Unread,
}

impl From<Stand> for Beside {
    fn from(stand: Stand) -> Self {
        match stand {
            Stand::Yes => Self::Passes,
            Stand::No => Self::Fails,
            Stand::Open => Self::Open,
            Stand::Unread => Self::Unread,
        }
    }
}

/// The permission gate of an app, for the operation on which the policy is asked that it stands best for.
#[must_use]
pub fn permission(view: &View<'_>, app: Uuid) -> Beside {
    let asked = operations().iter().filter(|operation| {
        let applications = operation.application.is_some() && operation.application_supported != Some(false);
        applications && matches!(operation.policy, PolicyRule::Required | PolicyRule::RequiredByPermission)
    });
    let stands = asked.map(|operation| stand::by_role(view, app, operation));
    stands.max_by_key(|stand| stand.rank()).unwrap_or(Stand::Unread).into()
}

/// The user gate.
#[must_use]
pub fn user(view: &View<'_>, user: Uuid) -> Beside {
    stand::by_user(view, user).into()
}
