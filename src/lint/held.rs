//! Whom apps may act for before a change, and for whom no longer after it, by the policies alone.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::fix::access::users_of;
use crate::fix::command as change;
use crate::tenant::{Effective, Snapshot, Tri, View, effective, name};

/// Whom a change is for.
#[derive(Default)]
pub(super) struct Whom {
    pub(super) users: BTreeSet<Uuid>,
    /// It is for whoever there is, and who comes later.
    pub(super) everybody: bool,
}

impl Whom {
    pub(super) fn of(state: &Snapshot, change: &change::Command) -> Self {
        let users = match change {
            change::Command::Grant { to: change::Target::User(user), .. } => BTreeSet::from([*user]),
            change::Command::Grant { to: change::Target::Group { id, .. }, .. } => {
                let group = state.groups.known().iter().find(|group| group.group_id == *id);
                group.iter().flat_map(|group| group.members.known().iter().copied()).collect()
            }
            _ => return Self { users: users_of(state), everybody: true },
        };
        Self { users, everybody: false }
    }
}

/// Which apps may act for whom.
pub(super) struct Held {
    users: Vec<(Uuid, Vec<Uuid>)>,
    /// What `Global` lists, where the change is for everybody.
    global: Vec<Uuid>,
}

/// What is taken from whom.
#[derive(Default)]
pub(super) struct Taken {
    /// User and app; no user = those who come later.
    pub(super) pairs: BTreeSet<(Option<Uuid>, Uuid)>,
}

impl Held {
    pub(super) fn by(state: &Snapshot, change: &change::Command) -> Self {
        let whom = Whom::of(state, change);
        let view = view_for(state, whom.users.len());
        let users = whom.users.into_iter().map(|user| {
            let had = effective(&view, Some(user));
            (user, listed(&had, &view).into_iter().filter(|app| had.lists(&view, *app) == Tri::Yes).collect())
        });
        let users = users.filter(|(_, apps): &(Uuid, Vec<Uuid>)| !apps.is_empty()).collect();
        let global = view.policy(name::GLOBAL).filter(|_| whom.everybody).map(|it| it.app_ids.clone());
        Self { users, global: global.unwrap_or_default() }
    }

    /// What of it is gone in another state.
    pub(super) fn lost(&self, state: &Snapshot) -> Taken {
        let view = view_for(state, self.users.len());
        let mut taken = Taken::default();
        for (user, apps) in &self.users {
            let has = effective(&view, Some(*user));
            let gone = apps.iter().filter(|app| has.lists(&view, **app) == Tri::No);
            taken.pairs.extend(gone.map(|app| (Some(*user), *app)));
        }
        if let Some(has) = view.policy(name::GLOBAL) {
            let gone = self.global.iter().filter(|app| !has.app_ids.contains(app));
            taken.pairs.extend(gone.map(|app| (None, *app)));
        }
        taken
    }
}

/// Whether a policy lets an app act for a user, or for those who come later.
pub(super) fn lists(view: &View<'_>, user: Option<Uuid>, app: Uuid) -> Tri {
    match (user, view.policy(name::GLOBAL)) {
        (Some(user), _) => effective(view, Some(user)).lists(view, app),
        (None, Some(policy)) if policy.app_ids.contains(&app) => Tri::Yes,
        (None, Some(_)) => Tri::No,
        (None, None) => Tri::Unknown,
    }
}

/// Whether it is known to.
pub(super) fn has(view: &View<'_>, user: Option<Uuid>, app: Uuid) -> bool {
    lists(view, user, app) == Tri::Yes
}

/// A view for so many questions.
pub(super) fn view_for(state: &Snapshot, users: usize) -> View<'_> {
    if users > 16 { View::indexed(state) } else { View::new(state) }
}

/// The apps that any candidate of an effective policy lists.
fn listed(effective: &Effective<'_>, view: &View<'_>) -> BTreeSet<Uuid> {
    effective
        .candidates
        .iter()
        .filter_map(|candidate| view.policy(candidate.policy))
        .flat_map(|policy| policy.app_ids.iter().copied())
        .collect()
}
