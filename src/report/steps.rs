//! Which command of a script brings what: the scripts are run up to each of their changes.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::what_if::Place;
use crate::fix::access::{self, users_of};
use crate::fix::effects::{Group, Shift};
use crate::fix::run::{Script, WAYS, run};
use crate::fix::simulate::{GlobalGrant, Simulator};
use crate::fix::{Effects, Later};
use crate::tenant::Snapshot;

/// Scripts with more changes than this are not told apart by command.
const STEPS: usize = 50;
/// Nor those of which the changes times the users are more.
const SIZE: usize = 3_000_000;

/// What scripts come to after each of their changes.
#[derive(Debug, Default)]
pub struct Steps {
    places: Vec<Place>,
    /// After the first of them, the first two, and so on; the pairs that are told of in the end are watched.
    effects: Vec<Effects>,
    assumes: Vec<Vec<String>>,
}

impl Steps {
    /// Runs the scripts up to each change, and looks after each at what the `end` tells of; of very many nothing is known.
    #[must_use]
    pub fn of(scripts: &[Script], snapshot: &Snapshot, reading: GlobalGrant, end: &Effects) -> Self {
        let mut steps = Self::default();
        for (source, script) in scripts.iter().enumerate() {
            let commands = script.changes.iter().filter_map(|change| script.commands.get(change.at));
            steps.places.extend(commands.map(|command| Place { source, span: command.span }));
        }
        let count = steps.places.len();
        if count > STEPS || count.saturating_mul(users_of(snapshot).len()) > SIZE {
            return steps;
        }
        let groups = end.gain_groups.iter().chain(&end.loss_groups);
        let watched: BTreeSet<(Uuid, Uuid)> =
            groups.flat_map(|group| group.first.iter().map(|user| (group.app_id, *user))).collect();
        for changes in 1..=count {
            let mut simulator = Simulator::new(snapshot, None);
            simulator.read_global_grants_as(reading);
            simulator.keep_grants_apart();
            let ends = run(&first(scripts, changes), simulator, WAYS).ends;
            steps.effects.push(access::in_any_way_watching(&ends.iter().collect::<Vec<_>>(), &[], &watched));
            steps.assumes.push(ends.iter().flat_map(Simulator::assumes).cloned().collect());
        }
        steps
    }

    /// The commands that give this group of pairs what they gain, or take what they lose: of each pair the last one before
    /// which it was not so yet. In the order of the scripts.
    #[must_use]
    pub fn of_group(&self, loses: bool, group: &Group) -> Vec<Place> {
        let from = |user: &Uuid| {
            let is_so = |effects: &Effects| {
                let own = |(lost, shift): &&(bool, Shift)| {
                    *lost == loses && shift.app_id == group.app_id && shift.user_id == *user
                };
                effects.watched.iter().find(own).is_some_and(|(_, shift)| reaches(shift, group))
            };
            Self::last(self.effects.iter().map(is_so))
        };
        let found: BTreeSet<usize> = group.first.iter().filter_map(from).collect();
        found.into_iter().filter_map(|index| self.places.get(index).copied()).collect()
    }

    /// The command after which users who come later gain or lose this.
    #[must_use]
    pub fn of_later(&self, later: &Later) -> Option<Place> {
        let index = Self::last(self.effects.iter().map(|effects| effects.later.contains(later)))?;
        self.places.get(index).copied()
    }

    /// The command that rests on this.
    #[must_use]
    pub fn of_assumed(&self, assumed: &str) -> Option<Place> {
        let first = self.assumes.iter().position(|all| all.iter().any(|it| it == assumed));
        self.places.get(first?).copied()
    }

    /// The change from which on something holds to the end; `None` = it does not hold at the end.
    fn last(holds: impl DoubleEndedIterator<Item = bool> + ExactSizeIterator) -> Option<usize> {
        let count = holds.len();
        let to_the_end = holds.rev().take_while(|holds| *holds).count();
        (to_the_end > 0).then_some(count - to_the_end)
    }
}

/// Whether a pair has gained or lost all that its group does in the end, in whatever way.
fn reaches(shift: &Shift, group: &Group) -> bool {
    let sure = group.operations.iter().all(|name| shift.operations.contains(name));
    sure && group.possible.iter().all(|name| shift.possible.contains(name) || shift.operations.contains(name))
}

/// The scripts with their first changes only.
fn first(scripts: &[Script], changes: usize) -> Vec<Script> {
    let mut left = changes;
    let mut shortened = scripts.to_vec();
    for script in &mut shortened {
        script.changes.truncate(left);
        left -= script.changes.len();
    }
    shortened
}
