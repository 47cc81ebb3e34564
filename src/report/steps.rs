//! Which command of a script brings what: the scripts are run up to each of their changes.

use super::what_if::Place;
use crate::fix::access::{self, Group, users_of};
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
    /// After the first of them, the first two, and so on.
    effects: Vec<Effects>,
    assumes: Vec<Vec<String>>,
}

impl Steps {
    /// Runs the scripts up to each change; of very many nothing is known.
    #[must_use]
    pub fn of(scripts: &[Script], snapshot: &Snapshot, reading: GlobalGrant) -> Self {
        let mut steps = Self::default();
        for (source, script) in scripts.iter().enumerate() {
            let commands = script.changes.iter().filter_map(|change| script.commands.get(change.at));
            steps.places.extend(commands.map(|command| Place { source, span: command.span }));
        }
        let count = steps.places.len();
        if count > STEPS || count.saturating_mul(users_of(snapshot).len()) > SIZE {
            return steps;
        }
        for changes in 1..=count {
            let mut simulator = Simulator::new(snapshot, None);
            simulator.read_global_grants_as(reading);
            simulator.keep_grants_apart();
            let ends = run(&first(scripts, changes), simulator, WAYS).ends;
            steps.effects.push(access::in_any_way(&ends.iter().collect::<Vec<_>>(), &[]));
            steps.assumes.push(ends.iter().flat_map(Simulator::assumes).cloned().collect());
        }
        steps
    }

    /// The command after which this group of pairs is what it stays.
    #[must_use]
    pub fn of_group(&self, loses: bool, group: &Group) -> Option<Place> {
        self.last(self.effects.iter().map(|effects| {
            let groups = if loses { &effects.loss_groups } else { &effects.gain_groups };
            groups.contains(group)
        }))
    }

    /// The command after which users who come later gain or lose this.
    #[must_use]
    pub fn of_later(&self, later: &Later) -> Option<Place> {
        self.last(self.effects.iter().map(|effects| effects.later.contains(later)))
    }

    /// The command that rests on this.
    #[must_use]
    pub fn of_assumed(&self, assumed: &str) -> Option<Place> {
        let first = self.assumes.iter().position(|all| all.iter().any(|it| it == assumed));
        self.places.get(first?).copied()
    }

    /// The change from which on something holds to the end; `None` = it does not hold at the end.
    fn last(&self, holds: impl DoubleEndedIterator<Item = bool> + ExactSizeIterator) -> Option<Place> {
        let count = holds.len();
        let to_the_end = holds.rev().take_while(|holds| *holds).count();
        (to_the_end > 0).then(|| self.places.get(count - to_the_end).copied()).flatten()
    }
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
