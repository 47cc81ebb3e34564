//! Runs scripts in every way that they may go: branches that the state decides go one way, the others all.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::arms::{possible, wanted};
use super::command::{AppIds, Command};
use super::simulate::{Refused, Simulator};
use super::unsure::{Bound, parts};
use super::watch::{Reading, Watch, Way};
use crate::script::{self, Arm, Context, Flow};
use crate::tenant::{Snapshot, Tri, name};

/// A script with its changes.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// All its commands.
    pub commands: Vec<script::Command>,
    /// Which of them are run.
    pub flow: Flow,
    /// Its changes, in order.
    pub changes: Vec<Planned>,
}

/// A change of a script.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The place of its command.
    pub at: usize,
    /// The change.
    pub change: Command,
    /// It writes back a list that was read, so that an id which is listed already is no error.
    pub merges: bool,
}

/// How often a change is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// In every way.
    Always,
    /// In some ways.
    Perhaps,
    /// In none.
    Never,
}

/// What came of all ways.
pub struct Outcome<'a> {
    /// The states that they end in, equal ones once.
    pub ends: Vec<Simulator<'a>>,
    /// Of each change, scripts one after the other.
    pub ran: Vec<Ran>,
    /// Changes that would fail or change nothing, by their place among all changes.
    pub refused: Vec<Refused>,
    /// A change fails in some ways and not in others.
    pub may_fail: bool,
    /// There are more ways than are followed one by one: what some conditions lead to is taken as perhaps.
    pub too_many: bool,
}

/// Most ways that are followed one by one.
pub const WAYS: usize = 32;
/// Most users and assignments in all of their states together.
const SIZE: usize = 2_000_000;

/// No arm of a branch.
pub(super) const NONE: u32 = Arm::REST - 1;

/// One way, or several that came to the same, as far as it has gone.
#[derive(Clone)]
struct World<'a> {
    state: Simulator<'a>,
    /// Where it is not known whether changes were made that give or take: the state in which all is open that may be, and
    /// `state` is that in which all is closed that may be.
    most: Option<Box<Simulator<'a>>>,
    /// Arms of branches that this way may take.
    arms: BTreeMap<u32, BTreeSet<u32>>,
    /// What reads of policies gave, by the place of their command.
    seen: BTreeMap<usize, Seen>,
    /// The script is over.
    ended: bool,
    /// It may be.
    may_have_ended: bool,
    /// Changes that were run, and those that perhaps were.
    ran: BTreeSet<usize>,
    may_have_run: BTreeSet<usize>,
    /// Changes that come after its end.
    over: BTreeSet<usize>,
    refused: Vec<Refusal>,
}

/// A change that fails or changes nothing.
#[derive(Clone)]
struct Refusal {
    refused: Refused,
    /// Whenever it is run; else it may do something.
    always: bool,
}

/// What a policy listed: for certain, and at most.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Seen {
    Unread,
    Absent,
    Is { least: Vec<Uuid>, most: Vec<Uuid> },
}

impl<'a> World<'a> {
    fn states(&self) -> impl Iterator<Item = &Simulator<'a>> {
        std::iter::once(&self.state).chain(self.most.as_deref())
    }

    /// Whether nothing tells both apart for what is still to come.
    fn meets(&self, other: &Self) -> bool {
        self.ended == other.ended
            && self.may_have_ended == other.may_have_ended
            && self.arms == other.arms
            && self.seen == other.seen
            && self.most.is_some() == other.most.is_some()
            && self.states().zip(other.states()).all(|(own, other)| own.same(other))
    }

    /// Two ways that came to the same are one.
    fn join(&mut self, other: Self) {
        let ran_perhaps = |world: &Self, index| world.may_have_run.contains(&index);
        for own in &mut self.refused {
            let index = own.refused.index;
            let there = other.refused.iter().find(|it| it.refused.index == index);
            own.always &= there.map_or(!ran_perhaps(&other, index), |it| it.always && it.refused == own.refused);
        }
        let known: BTreeSet<usize> = self.refused.iter().map(|it| it.refused.index).collect();
        for mut one in other.refused {
            if !known.contains(&one.refused.index) {
                one.always &= !self.may_have_run.contains(&one.refused.index);
                self.refused.push(one);
            }
        }
        self.ran.retain(|index| other.ran.contains(index));
        self.may_have_run.extend(other.may_have_run);
        self.over.extend(other.over);
    }
}

/// Runs scripts one after the other, from this state on; at most so many ways are followed one by one.
#[must_use]
pub fn run<'a>(scripts: &[Script], start: Simulator<'a>, ways: usize) -> Outcome<'a> {
    let mut run = Run::new(start, ways, None);
    for script in scripts {
        run.script(Reading { commands: &script.commands, flow: &script.flow, changes: &script.changes });
    }
    run.finish()
}

/// Runs a script while somebody looks on; gives the states that its ways end in, equal ones once.
pub fn watched<'a>(script: Reading<'_>, start: Simulator<'a>, watch: &mut dyn Watch) -> Vec<Simulator<'a>> {
    let mut run = Run::new(start, WAYS, Some(watch));
    run.script(script);
    run.ends()
}

fn first(start: Simulator<'_>) -> World<'_> {
    World {
        state: start,
        most: None,
        arms: BTreeMap::new(),
        seen: BTreeMap::new(),
        ended: false,
        may_have_ended: false,
        ran: BTreeSet::new(),
        may_have_run: BTreeSet::new(),
        over: BTreeSet::new(),
        refused: Vec::new(),
    }
}

fn size(snapshot: &Snapshot) -> usize {
    snapshot.users.known().len() + snapshot.direct.known().len() + snapshot.effective.known().len()
}

struct Run<'a, 'w> {
    worlds: Vec<World<'a>>,
    limit: usize,
    too_many: bool,
    /// The place of the next change.
    next: usize,
    /// Arms of the script that is run, in which something changes.
    changed: BTreeSet<(u32, u32)>,
    watch: Option<&'w mut dyn Watch>,
    /// Who looks on has seen enough.
    stopped: bool,
}

impl<'a, 'w> Run<'a, 'w> {
    fn new(start: Simulator<'a>, ways: usize, watch: Option<&'w mut dyn Watch>) -> Self {
        let size = size(start.snapshot());
        Self {
            worlds: vec![first(start)],
            limit: (SIZE / size.max(1)).min(ways).max(2),
            too_many: false,
            next: 0,
            changed: BTreeSet::new(),
            watch,
            stopped: false,
        }
    }

    fn script(&mut self, script: Reading<'_>) {
        let commands = script.changes.iter().filter_map(|planned| script.commands.get(planned.at));
        self.changed = commands.flat_map(|it| &it.context.arms).map(|arm| (arm.branch, arm.arm)).collect();
        let mut over = last_uses(&script);
        let mut changes = script.changes.iter().peekable();
        let mut throws = script.flow.throws.iter().peekable();
        for (at, command) in script.commands.iter().enumerate() {
            while let Some(throw) = throws.next_if(|throw| throw.after <= at) {
                self.throw(&throw.context, script.flow);
            }
            if command.is("Get-CsApplicationAccessPolicy") {
                self.read(at, command, script.flow);
            }
            while let Some(planned) = changes.next_if(|planned| planned.at <= at) {
                self.change(command, planned, script.flow);
                if self.stopped {
                    return;
                }
            }
            if let Some(branches) = over.remove(&at) {
                self.leave(&branches);
            }
        }
        for world in &mut self.worlds {
            world.ended = false;
            world.may_have_ended = false;
            world.arms.clear();
            world.seen.clear();
        }
        self.merge();
    }

    /// Nothing that is still to come depends on these branches.
    fn leave(&mut self, branches: &[u32]) {
        let mut changed = false;
        for world in &mut self.worlds {
            if world.ended {
                world.arms.clear();
                world.seen.clear();
            }
            for branch in branches {
                changed |= world.arms.remove(branch).is_some();
            }
        }
        if changed {
            self.merge();
        }
    }

    /// Ways that came to the same state are one.
    fn merge(&mut self) {
        let mut kept: Vec<World<'a>> = Vec::new();
        for world in std::mem::take(&mut self.worlds) {
            match kept.iter_mut().find(|it| it.meets(&world)) {
                Some(same) => same.join(world),
                None => kept.push(world),
            }
        }
        self.worlds = kept;
    }

    /// Whether something at this place is run, way by way; ways that a condition parts are parted as long as there are few.
    fn reach(&mut self, context: &Context, flow: &Flow) -> Vec<Tri> {
        let changed = &self.changed;
        let mut reached = Vec::new();
        let mut pending = std::mem::take(&mut self.worlds);
        pending.reverse();
        let mut done = Vec::new();
        while let Some(mut world) = pending.pop() {
            let mut runs = match (world.ended, world.may_have_ended) {
                (true, _) if context.finally => Tri::Unknown,
                (true, _) => Tri::No,
                (false, true) => Tri::Unknown,
                (false, false) => Tri::Yes,
            };
            for arm in context.arms.iter().filter(|_| !context.uncalled) {
                let Some(branch) = flow.branches.get(&arm.branch) else { continue };
                if runs == Tri::No {
                    break;
                }
                let wanted = wanted(branch, *arm);
                let seen = &world.seen;
                let may = world.arms.entry(arm.branch).or_insert_with(|| possible(branch, arm.branch, seen, changed));
                let (inside, outside): (BTreeSet<u32>, BTreeSet<u32>) =
                    may.iter().partition(|arm| wanted.contains(arm));
                match (inside.is_empty(), outside.is_empty()) {
                    (true, _) => runs = Tri::No,
                    (false, true) => {}
                    (false, false) if runs == Tri::Yes && done.len() + pending.len() + 2 <= self.limit => {
                        let mut other = world.clone();
                        other.arms.insert(arm.branch, outside);
                        pending.push(other);
                        world.arms.insert(arm.branch, inside);
                    }
                    (false, false) => {
                        runs = Tri::Unknown;
                        self.too_many = true;
                    }
                }
            }
            // What leads to it is not known.
            if context.torn && runs == Tri::Yes {
                runs = Tri::Unknown;
            }
            reached.push(runs);
            done.push(world);
        }
        self.worlds = done;
        reached
    }

    fn read(&mut self, at: usize, command: &script::Command, flow: &Flow) {
        let Some(policy) = command.value("Identity").and_then(script::Value::text) else { return };
        for world in &mut self.worlds {
            let seen = seen(world, &policy.text);
            world.seen.insert(at, seen);
        }
        let stops = match command.value("ErrorAction") {
            None => command.context.stop,
            Some(action) => action.text().is_some_and(|it| it.text.eq_ignore_ascii_case("stop")),
        };
        // What it does when there is no such policy is not documented: it may fail, or give nothing.
        let absent = |world: &World<'_>| matches!(world.seen.get(&at), Some(Seen::Absent | Seen::Unread));
        if !stops || !self.worlds.iter().any(absent) {
            return;
        }
        let reached = self.reach(&command.context, flow);
        let mut failed = Vec::new();
        let count = self.worlds.len();
        for (world, runs) in self.worlds.iter_mut().zip(reached) {
            if runs == Tri::No || !absent(world) {
                continue;
            }
            if runs == Tri::Yes && count + failed.len() < self.limit {
                let mut world = world.clone();
                // It failed because there is none.
                world.seen.insert(at, Seen::Absent);
                throws(&mut world, &command.context, flow);
                failed.push(world);
            } else {
                may_throw(world, &command.context, flow);
                self.too_many = true;
            }
        }
        self.worlds.extend(failed);
    }

    fn throw(&mut self, context: &Context, flow: &Flow) {
        let reached = self.reach(context, flow);
        for (world, runs) in self.worlds.iter_mut().zip(reached) {
            match runs {
                Tri::Yes => {
                    throws(world, context, flow);
                }
                Tri::Unknown => may_throw(world, context, flow),
                Tri::No => {}
            }
        }
    }

    fn change(&mut self, command: &script::Command, planned: &Planned, flow: &Flow) {
        let index = self.next;
        self.next += 1;
        let reached = self.reach(&command.context, flow);
        if let Some(watch) = &mut self.watch {
            self.stopped = !watch.before(index, &ways(&self.worlds, &reached));
            if self.stopped {
                return;
            }
        }
        for (world, &runs) in self.worlds.iter_mut().zip(&reached) {
            if world.ended {
                world.over.insert(index);
            }
            if runs == Tri::No {
                continue;
            }
            let (change, surely) = match &planned.change {
                Command::Perhaps(change) => (&**change, false),
                change => (change, true),
            };
            let runs = if runs == Tri::Yes && !surely { Tri::Unknown } else { runs };
            let refused = world.apply(change, runs == Tri::Yes);
            world.may_have_run.insert(index);
            if runs == Tri::Yes {
                world.ran.insert(index);
            }
            let Some((mut refused, both)) = refused else { continue };
            // Who looks on has seen whether it did something.
            let told = self.watch.is_none();
            let listed = matches!(change, Command::SetPolicy { app_ids: AppIds::Add(_), .. });
            let fails = refused.fails || listed && !planned.merges;
            let unbound = matches!(change, Command::Refused { .. });
            let ends = if unbound {
                command.context.stop || in_try(&command.context, flow)
            } else {
                stops(command, listed && !refused.fails)
            };
            if fails && ends {
                if runs == Tri::Yes && both {
                    match throws(world, &command.context, flow) {
                        After::Caught => {
                            refused.fails = false;
                            refused.why.push_str("; its `catch` is run");
                        }
                        After::Ends => refused.why.push_str("; under `Stop` the script ends here"),
                        After::GoesOn => {}
                    }
                } else {
                    may_throw(world, &command.context, flow);
                }
            }
            if told {
                world.refused.push(Refusal { refused: Refused { index, ..refused }, always: both });
            }
        }
        if let Some(watch) = &mut self.watch {
            watch.after(index, &ways(&self.worlds, &reached));
        }
    }

    fn finish(self) -> Outcome<'a> {
        let count = self.worlds.len();
        let (mut refused, mut may_fail) = (Vec::new(), false);
        let mut ran = Vec::new();
        for index in 0..self.next {
            let certain = self.worlds.iter().filter(|world| world.ran.contains(&index)).count();
            let times = self.worlds.iter().filter(|world| world.may_have_run.contains(&index)).count();
            ran.push(match (times, certain) {
                (0, _) => Ran::Never,
                (_, certain) if certain == count => Ran::Always,
                _ => Ran::Perhaps,
            });
            let of = |world: &World<'a>| world.refused.iter().filter(|it| it.refused.index == index).cloned().collect();
            let all: Vec<(bool, Refusal)> = self
                .worlds
                .iter()
                .flat_map(|world| {
                    let found: Vec<Refusal> = of(world);
                    found.into_iter().map(|it| (world.ran.contains(&index), it))
                })
                .collect();
            if times == 0 && self.worlds.iter().any(|world| world.over.contains(&index)) {
                let why = "not run: the script has ended before it".to_owned();
                refused.push(Refused { index, why, fails: false });
            }
            let fails = |it: &&(bool, Refusal)| it.1.refused.fails;
            let surely = all.iter().filter(|it| fails(it) && it.0 && it.1.always).count();
            let Some((_, one)) = all.iter().find(fails).or(all.first()) else { continue };
            let one = one.refused.clone();
            if one.fails && surely < count {
                may_fail = true;
                refused.push(Refused { index, why: format!("perhaps: {}", one.why), fails: false });
            } else if one.fails || all.len() == times && all.iter().all(|(_, it)| it.always) {
                refused.push(one);
            }
        }
        let too_many = self.too_many;
        Outcome { ends: self.ends(), ran, refused, may_fail, too_many }
    }

    fn ends(self) -> Vec<Simulator<'a>> {
        let mut ends: Vec<Simulator<'a>> = Vec::new();
        for world in self.worlds {
            for state in std::iter::once(world.state).chain(world.most.map(|most| *most)) {
                if !ends.iter().any(|end| end.same(&state)) {
                    ends.push(state);
                }
            }
        }
        ends
    }
}

impl World<'_> {
    /// Makes a change, or perhaps makes it; gives its refusal, and whether it is refused however the state is.
    fn apply(&mut self, change: &Command, certain: bool) -> Option<(Refused, bool)> {
        if !certain && parts(change) && self.most.is_none() {
            self.most = Some(Box::new(self.state.clone()));
        }
        let run = |state: &mut Simulator<'_>, bound| {
            let before = state.refused().len();
            if certain {
                state.apply(change);
            } else {
                state.apply_perhaps(change, bound);
            }
            state.refused().get(before).cloned()
        };
        let least = run(&mut self.state, Bound::Least);
        let most = self.most.as_deref_mut().map(|most| run(most, Bound::Most));
        if self.most.as_ref().is_some_and(|most| most.same(&self.state)) {
            self.most = None;
        }
        match (least, most) {
            (least, None) => least.map(|refused| (refused, true)),
            (Some(least), Some(Some(most))) => Some((if most.fails { most } else { least }, true)),
            (least, Some(most)) => least.or(most).map(|refused| (refused, false)),
        }
    }
}

fn ways<'w, 'a>(worlds: &'w [World<'a>], reached: &[Tri]) -> Vec<Way<'w, 'a>> {
    let way = |(world, runs): (&'w World<'a>, &Tri)| Way {
        runs: *runs,
        least: &world.state,
        most: world.most.as_deref().unwrap_or(&world.state),
    };
    worlds.iter().zip(reached).map(way).collect()
}

/// The branches of which a place in the script is the last that depends on them.
fn last_uses(script: &Reading<'_>) -> BTreeMap<usize, Vec<u32>> {
    let mut last: BTreeMap<u32, usize> = BTreeMap::new();
    let commands = script.commands.iter().enumerate().map(|(at, command)| (at, &command.context));
    let throws = script.flow.throws.iter().map(|throw| (throw.after, &throw.context));
    for (at, context) in commands.chain(throws) {
        for arm in &context.arms {
            let place = last.entry(arm.branch).or_default();
            *place = at.max(*place);
        }
    }
    let mut at: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for (branch, place) in last {
        at.entry(place).or_default().push(branch);
    }
    at
}

/// What an error of a command comes to.
enum After {
    Caught,
    Ends,
    GoesOn,
}

/// Whether an error of a statement leaves for a `catch`, whatever is to become of errors.
fn in_try(context: &Context, flow: &Flow) -> bool {
    context.arms.iter().any(|arm| arm.arm == 0 && flow.branches.get(&arm.branch).is_some_and(|branch| branch.is_try))
}

/// An error leaves for the `catch` around it, or ends the script.
fn throws(world: &mut World<'_>, context: &Context, flow: &Flow) -> After {
    if context.caught == Some(u32::MAX) {
        return After::GoesOn;
    }
    let body = |arm: &&Arm| arm.arm == 0 && flow.branches.get(&arm.branch).is_some_and(|branch| branch.is_try);
    let Some(around) = context.arms.iter().rev().find(body) else {
        world.ended = true;
        return After::Ends;
    };
    let arms = flow.branches.get(&around.branch).map_or(1, |branch| branch.arms);
    world.arms.insert(around.branch, (1..arms).collect());
    After::Caught
}

/// The same where nobody knows whether there is an error.
fn may_throw(world: &mut World<'_>, context: &Context, flow: &Flow) {
    if context.caught == Some(u32::MAX) {
        return;
    }
    let body = |arm: &&Arm| arm.arm == 0 && flow.branches.get(&arm.branch).is_some_and(|branch| branch.is_try);
    match context.arms.iter().rev().find(body) {
        Some(around) => {
            let arms = flow.branches.get(&around.branch).map_or(1, |branch| branch.arms);
            world.arms.entry(around.branch).or_default().extend(0..arms);
        }
        None => world.may_have_ended = true,
    }
}

/// Whether an error of the command ends the script. `SilentlyContinue` was seen not to keep that of an id which is listed
/// already from it; of others nothing is known.
fn stops(command: &script::Command, listed: bool) -> bool {
    let action = command.argument("ErrorAction").map(|it| it.value.as_ref().and_then(script::Value::text));
    let is = |name: &str| matches!(action, Some(Some(text)) if text.text.eq_ignore_ascii_case(name));
    is("stop") || command.context.stop && (action.is_none() || listed && is("silentlycontinue"))
}

fn seen(world: &World<'_>, wanted: &str) -> Seen {
    let of = |snapshot: &Snapshot| match snapshot.policies.known().iter().find(|it| name::same(&it.name, wanted)) {
        Some(policy) => Seen::Is { least: policy.app_ids.clone(), most: policy.app_ids.clone() },
        None if snapshot.policies.is_complete() && !name::is_global(wanted) => Seen::Absent,
        None => Seen::Unread,
    };
    let least = of(world.state.snapshot());
    match (least, world.most.as_ref().map(|most| of(most.snapshot()))) {
        (least, None) => least,
        (Seen::Is { least, .. }, Some(Seen::Is { most, .. })) => Seen::Is { least, most },
        (least, Some(most)) if least == most => least,
        _ => Seen::Unread,
    }
}
