//! How a gate stands for a pair in one state of the tenant: known, left open by the documents, or not read.

use uuid::Uuid;

use crate::diagnose::Question;
use crate::diagnose::facts::permission::{self, Why};
use crate::knowledge::{Gate, Operation};
use crate::tenant::{Content, Effective, Snapshot, Teams, Tri, View};

/// Whether the policy is asked for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asks {
    Yes,
    Unsure,
    /// What it does not cover is left out of a list.
    Filters,
    No,
}

/// The outcome of a gate. Both open ones are unknown: what differs is whether a read would tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    No,
    /// What it rests on was read, and no document says what follows from it.
    Open,
    /// Nobody has read what it rests on.
    Unread,
    Yes,
}

impl Stand {
    /// No before unknown before yes.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::No => 0,
            Self::Open | Self::Unread => 1,
            Self::Yes => 2,
        }
    }

    pub(super) const fn is_unknown(self) -> bool {
        matches!(self, Self::Open | Self::Unread)
    }

    const fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Of several gates together: one that fails decides, then one that nobody read.
pub(super) fn least(items: impl IntoIterator<Item = Stand>) -> Stand {
    let order = |it: &Stand| match it {
        Stand::No => 0,
        Stand::Unread => 1,
        Stand::Open => 2,
        Stand::Yes => 3,
    };
    items.into_iter().min_by_key(order).unwrap_or(Stand::Yes)
}

/// The user gate.
pub(super) fn by_user(view: &View<'_>, user: Uuid) -> Stand {
    match view.user(user).map(|user| user.teams) {
        Some(Some(Teams::Enabled)) => Stand::Yes,
        Some(Some(Teams::Disabled | Teams::Absent)) => Stand::Open,
        Some(None) => Stand::Unread,
        None if view.snapshot().users.is_complete() => Stand::No,
        None => Stand::Unread,
    }
}

/// The tenant gate of operations that read transcripts.
pub(super) fn by_switch(snapshot: &Snapshot) -> Stand {
    snapshot.settings.graph_transcript_access.map_or(Stand::Unread, Stand::of)
}

/// Whether what is effective lists the app.
pub(super) fn listed(effective: &Effective<'_>, view: &View<'_>, app: Uuid) -> Stand {
    match effective.lists(view, app) {
        Tri::Yes => Stand::Yes,
        Tri::No => Stand::No,
        Tri::Unknown => {
            let gaps = effective.gaps;
            let unread = gaps.direct || gaps.groups || gaps.members || gaps.reads || gaps.user;
            let content = |it: &crate::tenant::Assignment<'_>| it.content == Content::Unread;
            if unread || effective.candidates.iter().any(content) { Stand::Unread } else { Stand::Open }
        }
    }
}

/// Whether a policy lists the app.
pub(super) fn in_policy(content: Content<'_>, app: Uuid) -> Stand {
    match content {
        Content::Listed(policy) => Stand::of(policy.app_ids.contains(&app)),
        Content::Dangling => Stand::Open,
        Content::Unread => Stand::Unread,
    }
}

/// What the policy gate makes of a listing.
pub(super) const fn by_policy(asks: Asks, lists: Stand) -> Stand {
    match (asks, lists) {
        (Asks::No | Asks::Filters, _) | (_, Stand::Yes) => Stand::Yes,
        (Asks::Unsure, Stand::No) => Stand::Open,
        (_, lists) => lists,
    }
}

/// The permission gate.
pub(super) fn by_role(view: &View<'_>, app: Uuid, operation: &'static Operation) -> Stand {
    let question = Question {
        app_id: Some(app),
        operation: Some(operation),
        gates: Some(vec![Gate::Permission]),
        ..Question::default()
    };
    match permission::facts(&question, view, Some(operation), Some(app), view.app(app), false).why {
        Why::Held => Stand::Yes,
        Why::Unsupported | Why::NotInToken | Why::UnknownInTenant | Why::NotGranted => Stand::No,
        Why::NoOperation | Why::Undocumented => Stand::Open,
        Why::NoClaims | Why::NoApp | Why::Unread | Why::ChangedLater => Stand::Unread,
    }
}
