//! The ways that a change may go, each with the state that it ends in.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::access::{Class, Side, is_reassigned, relisted};
use super::simulate::Simulator;
use super::somebody::Perhaps;
use super::unread::{Edits, NONE, SOME_APP};
use crate::tenant::{Effective, Part, Snapshot, Status, Via, effective};

/// One way.
pub(super) struct Way<'w> {
    pub(super) after: &'w Snapshot,
    /// The state for everybody but some users, where it is another one.
    others: Option<(Snapshot, BTreeSet<Uuid>)>,
    perhaps: &'w [Perhaps],
    /// The state without any direct assignment, where somebody may have lost theirs.
    undirected: Option<Snapshot>,
    /// What commands did to policies that nobody has read.
    pub(super) edits: &'w Edits,
}

impl<'w> Way<'w> {
    /// To this state, for everybody.
    pub(super) const fn to(after: &'w Snapshot) -> Self {
        Self { after, others: None, perhaps: &[], undirected: None, edits: &NONE }
    }

    /// Users whom grants may be for.
    pub(super) fn granted(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.perhaps.iter().flat_map(|it| it.only.iter().flatten().copied())
    }

    /// What commands come to.
    pub(super) fn of(simulator: &'w Simulator<'_>) -> Self {
        let (after, perhaps) = (simulator.snapshot(), simulator.perhaps());
        let undirected = perhaps.iter().any(|it| it.policy.is_none()).then(|| undirected(after));
        Self { after, others: simulator.for_others(), perhaps, undirected, edits: &simulator.edits }
    }
}

fn undirected(snapshot: &Snapshot) -> Snapshot {
    let mut state = snapshot.clone();
    state.direct = Part { status: Status::Complete, ..Part::default() };
    state.effective.items.retain(|read| matches!(read.via, Some(Via::Group | Via::Global)));
    state
}

/// Where a way ends, with what does not depend on the user.
pub(super) struct End<'w> {
    pub(super) after: Side<'w>,
    others: Option<(Side<'w>, &'w BTreeSet<Uuid>)>,
    undirected: Option<Side<'w>>,
    perhaps: &'w [Perhaps],
    /// The transcript switch changed.
    pub(super) general: bool,
    /// Apps of which the roles changed.
    pub(super) touched: BTreeSet<Uuid>,
    relisted: BTreeSet<Uuid>,
    reassigned: bool,
}

impl<'w> End<'w> {
    pub(super) fn new(before: &Side<'_>, way: &'w Way<'w>, apps: &BTreeSet<Uuid>, classes: &[Class]) -> Self {
        let side = |snapshot| Side { edits: way.edits, ..Side::new(snapshot, apps, classes) };
        let after = side(way.after);
        let touched = apps.iter().copied().filter(|app| before.roles.get(app) != after.roles.get(app)).collect();
        Self {
            others: way.others.as_ref().map(|(snapshot, holders)| (side(snapshot), holders)),
            undirected: way.undirected.as_ref().map(side),
            perhaps: way.perhaps,
            general: before.transcripts != after.transcripts,
            touched,
            relisted: relisted(before, &after, apps.iter().copied().chain([SOME_APP])),
            reassigned: !way.perhaps.is_empty() || is_reassigned(before.view.snapshot(), way.after),
            after,
        }
    }

    /// Whether a grant may be for somebody whom nobody has read.
    pub(super) fn is_for_anybody(&self) -> bool {
        self.perhaps.iter().any(|it| it.only.is_none())
    }

    /// Whether policies may list an app, or not, as they did not before.
    pub(super) fn relists(&self, app: Uuid) -> bool {
        self.relisted.contains(&app) || self.after.edits.rewrites()
    }

    /// Whether somebody may have other policies, or policies that nobody has read list something else.
    pub(super) fn gives_others(&self) -> bool {
        self.reassigned || self.after.edits.rewrites() || self.relisted.contains(&SOME_APP)
    }

    /// Whether anything of an app may be another than before.
    pub(super) fn concerns(&self, app: Uuid) -> bool {
        self.reassigned || self.general || self.touched.contains(&app) || self.relists(app)
    }

    /// What may become of a user: what is known, and what each grant to somebody would make of it.
    pub(super) fn outcomes(&self, user: Uuid) -> Vec<Outcome<'_, 'w>> {
        let own = self.others.as_ref().filter(|(_, holders)| !holders.contains(&user)).map(|(side, _)| side);
        let after = own.unwrap_or(&self.after);
        let mut all = vec![Outcome { end: self, after, is: effective(&after.view, Some(user)) }];
        for perhaps in self.perhaps.iter().filter(|it| it.is_for(user)) {
            match (&perhaps.policy, &self.undirected) {
                (Some(policy), _) => {
                    let is = Effective::direct(&self.after.view, policy);
                    all.push(Outcome { end: self, after: &self.after, is });
                }
                (None, Some(side)) => {
                    all.push(Outcome { end: self, after: side, is: effective(&side.view, Some(user)) });
                }
                (None, None) => {}
            }
        }
        all
    }
}

/// What may become of one user.
pub(super) struct Outcome<'e, 'w> {
    pub(super) end: &'e End<'w>,
    pub(super) after: &'e Side<'w>,
    pub(super) is: Effective<'w>,
}
