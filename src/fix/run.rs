//! Runs scripts in every way that they may go: branches that the state decides go one way, the others all.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::command::{AppIds, Command, Reach, Target};
use super::simulate::{Refused, Simulator};
use crate::script::{self, Arm, Branch, Condition, Context, Flow, PolicyRead};
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
    /// There are more ways than are followed.
    pub too_many: bool,
}

/// Most ways that are followed, and most users and assignments in all of their states together.
const WAYS: usize = 32;
const SIZE: usize = 2_000_000;

/// No arm of a branch.
const NONE: u32 = Arm::REST - 1;

/// One way, as far as it has gone.
#[derive(Clone)]
struct World<'a> {
    state: Simulator<'a>,
    /// Arms of branches that this way may take.
    arms: BTreeMap<u32, BTreeSet<u32>>,
    /// What reads of policies gave, by the place of their command.
    seen: BTreeMap<usize, Seen>,
    /// The script is over.
    ended: bool,
    ran: BTreeSet<usize>,
    /// Changes that come after its end.
    over: BTreeSet<usize>,
    refused: Vec<Refused>,
}

#[derive(Clone)]
enum Seen {
    Unread,
    Absent,
    Is(Vec<Uuid>),
}

/// Runs scripts one after the other, from this state on.
#[must_use]
pub fn run<'a>(scripts: &[Script], start: Simulator<'a>) -> Outcome<'a> {
    let size = size(start.snapshot());
    let first = World {
        state: start,
        arms: BTreeMap::new(),
        seen: BTreeMap::new(),
        ended: false,
        ran: BTreeSet::new(),
        over: BTreeSet::new(),
        refused: Vec::new(),
    };
    let mut run = Run {
        worlds: vec![first],
        limit: (SIZE / size.max(1)).clamp(2, WAYS),
        too_many: false,
        next: 0,
        changed: BTreeSet::new(),
    };
    scripts.iter().for_each(|script| run.script(script));
    run.finish()
}

fn size(snapshot: &Snapshot) -> usize {
    snapshot.users.known().len() + snapshot.direct.known().len() + snapshot.effective.known().len()
}

struct Run<'a> {
    worlds: Vec<World<'a>>,
    limit: usize,
    too_many: bool,
    /// The place of the next change.
    next: usize,
    /// Arms of the script that is run, in which something changes.
    changed: BTreeSet<(u32, u32)>,
}

impl<'a> Run<'a> {
    fn script(&mut self, script: &Script) {
        let commands = script.changes.iter().filter_map(|planned| script.commands.get(planned.at));
        self.changed = commands.flat_map(|it| &it.context.arms).map(|arm| (arm.branch, arm.arm)).collect();
        let mut changes = script.changes.iter().peekable();
        let mut throws = script.flow.throws.iter().peekable();
        for (at, command) in script.commands.iter().enumerate() {
            while let Some(throw) = throws.next_if(|throw| throw.after <= at) {
                self.throw(&throw.context, &script.flow);
            }
            if command.is("Get-CsApplicationAccessPolicy") {
                self.read(at, command, &script.flow);
            }
            while let Some(planned) = changes.next_if(|planned| planned.at <= at) {
                self.change(command, planned, &script.flow);
            }
        }
        for world in &mut self.worlds {
            world.ended = false;
            world.arms.clear();
            world.seen.clear();
        }
        self.merge();
    }

    /// Ways that came to the same state are one.
    fn merge(&mut self) {
        let mut kept: Vec<World<'a>> = Vec::new();
        for world in std::mem::take(&mut self.worlds) {
            match kept.iter_mut().find(|it| it.state.same(&world.state) && it.ran == world.ran) {
                Some(_) => {}
                None => kept.push(world),
            }
        }
        self.worlds = kept;
    }

    /// The ways in which something at this place is run; `None` = not all that there are can be followed.
    fn reach(&mut self, context: &Context, flow: &Flow) -> Option<Vec<bool>> {
        let changed = &self.changed;
        let mut reached = Vec::new();
        let mut pending = std::mem::take(&mut self.worlds);
        pending.reverse();
        let mut done = Vec::new();
        let mut whole = true;
        while let Some(mut world) = pending.pop() {
            let mut runs = !world.ended;
            for arm in context.arms.iter().filter(|_| !context.uncalled) {
                let Some(branch) = flow.branches.get(&arm.branch) else { continue };
                if !runs {
                    break;
                }
                let wanted = wanted(branch, *arm);
                let seen = &world.seen;
                let may = world.arms.entry(arm.branch).or_insert_with(|| possible(branch, arm.branch, seen, changed));
                let (inside, outside): (BTreeSet<u32>, BTreeSet<u32>) =
                    may.iter().partition(|arm| wanted.contains(arm));
                match (inside.is_empty(), outside.is_empty()) {
                    (true, _) => runs = false,
                    (false, true) => {}
                    (false, false) if done.len() + pending.len() + 2 <= self.limit => {
                        let mut other = world.clone();
                        other.arms.insert(arm.branch, outside);
                        pending.push(other);
                        world.arms.insert(arm.branch, inside);
                    }
                    (false, false) => whole = false,
                }
            }
            reached.push(runs);
            done.push(world);
        }
        self.worlds = done;
        self.too_many |= !whole;
        whole.then_some(reached)
    }

    fn read(&mut self, at: usize, command: &script::Command, flow: &Flow) {
        let Some(policy) = command.value("Identity").and_then(script::Value::text) else { return };
        for world in &mut self.worlds {
            let seen = seen(world.state.snapshot(), &policy.text);
            world.seen.insert(at, seen);
        }
        let stops = match command.value("ErrorAction") {
            None => command.context.stop,
            Some(action) => action.text().is_some_and(|it| it.text.eq_ignore_ascii_case("stop")),
        };
        // What it does when there is no such policy is documented nowhere: it may fail, or give nothing.
        let absent = |world: &World<'_>| matches!(world.seen.get(&at), Some(Seen::Absent | Seen::Unread));
        if !stops || !self.worlds.iter().any(absent) {
            return;
        }
        let Some(reached) = self.reach(&command.context, flow) else { return };
        let mut failed = Vec::new();
        for (world, runs) in self.worlds.iter().zip(reached) {
            if runs && absent(world) && self.worlds.len() + failed.len() < self.limit {
                let mut world = world.clone();
                // It failed because there is none.
                world.seen.insert(at, Seen::Absent);
                throws(&mut world, &command.context, flow);
                failed.push(world);
            }
        }
        self.worlds.extend(failed);
    }

    fn throw(&mut self, context: &Context, flow: &Flow) {
        let Some(reached) = self.reach(context, flow) else { return };
        for (world, _) in self.worlds.iter_mut().zip(reached).filter(|(_, runs)| *runs) {
            throws(world, context, flow);
        }
    }

    fn change(&mut self, command: &script::Command, planned: &Planned, flow: &Flow) {
        let index = self.next;
        self.next += 1;
        let reached = self.reach(&command.context, flow);
        for (place, world) in self.worlds.iter_mut().enumerate() {
            if world.ended {
                world.over.insert(index);
            }
            match &reached {
                None if world.ended => {}
                // Whether it is run is not followed: what it would change is not known after it.
                None => {
                    world.state.apply(&loosened(&planned.change));
                    world.ran.insert(index);
                }
                Some(reached) if reached.get(place) != Some(&true) => {}
                Some(_) => {
                    world.ran.insert(index);
                    let before = world.state.refused().len();
                    world.state.apply(&planned.change);
                    let Some(mut refused) = world.state.refused().get(before).cloned() else { continue };
                    let listed = matches!(&planned.change, Command::SetPolicy { app_ids: AppIds::Add(_), .. });
                    let fails = refused.fails || listed && !planned.merges;
                    if fails && stops(command, listed && !refused.fails) {
                        match throws(world, &command.context, flow) {
                            After::Caught => {
                                refused.fails = false;
                                refused.why.push_str("; its `catch` is run");
                            }
                            After::Ends => refused.why.push_str("; under `Stop` the script ends here"),
                            After::GoesOn => {}
                        }
                    }
                    world.refused.push(Refused { index, ..refused });
                }
            }
        }
    }

    fn finish(mut self) -> Outcome<'a> {
        let count = self.worlds.len();
        let ran: Vec<usize> =
            (0..self.next).map(|index| self.worlds.iter().filter(|world| world.ran.contains(&index)).count()).collect();
        let (mut refused, mut may_fail) = (Vec::new(), false);
        for (index, times) in ran.iter().copied().enumerate() {
            let all: Vec<&Refused> =
                self.worlds.iter().flat_map(|world| world.refused.iter().filter(|it| it.index == index)).collect();
            let fails = all.iter().filter(|it| it.fails).count();
            if times == 0 && self.worlds.iter().any(|world| world.over.contains(&index)) {
                let why = "not run: the script has ended before it".to_owned();
                refused.push(Refused { index, why, fails: false });
            }
            let Some(one) = all.iter().find(|it| it.fails).or(all.first()) else { continue };
            if fails > 0 && fails < count {
                may_fail = true;
                refused.push(Refused { index, why: format!("perhaps: {}", one.why), fails: false });
            } else if all.len() == times {
                refused.push((*one).clone());
            }
        }
        let ran = ran.into_iter().map(|times| match times {
            0 => Ran::Never,
            times if times == count && !self.too_many => Ran::Always,
            _ => Ran::Perhaps,
        });
        let ran = ran.collect();
        let mut ends: Vec<Simulator<'a>> = Vec::new();
        for world in self.worlds.drain(..) {
            if !ends.iter().any(|end| end.same(&world.state)) {
                ends.push(world.state);
            }
        }
        Outcome { ends, ran, refused, may_fail, too_many: self.too_many }
    }
}

/// What an error of a command comes to.
enum After {
    Caught,
    Ends,
    GoesOn,
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

/// Whether an error of the command ends the script. `SilentlyContinue` was seen not to keep that of an id which is listed
/// already from it; of others nothing is known.
fn stops(command: &script::Command, listed: bool) -> bool {
    let action = command.argument("ErrorAction").map(|it| it.value.as_ref().and_then(script::Value::text));
    let is = |name: &str| matches!(action, Some(Some(text)) if text.text.eq_ignore_ascii_case(name));
    is("stop") || command.context.stop && (action.is_none() || listed && is("silentlycontinue"))
}

/// The arms that lead to a place behind `arm`.
fn wanted(branch: &Branch, arm: Arm) -> BTreeSet<u32> {
    match arm.arm {
        Arm::REST => (0..branch.arms).filter(|it| !branch.leaves.contains(it)).chain([NONE]).collect(),
        arm => BTreeSet::from([arm]),
    }
}

/// The arms that may be taken, by what was read.
fn possible(
    branch: &Branch,
    number: u32,
    seen: &BTreeMap<usize, Seen>,
    changed: &BTreeSet<(u32, u32)>,
) -> BTreeSet<u32> {
    if branch.is_try {
        return BTreeSet::from([0]);
    }
    let same = Condition::Not(Box::new(Condition::Same));
    let mut arms = BTreeSet::new();
    for arm in 0..branch.arms {
        let condition = usize::try_from(arm).ok().and_then(|arm| branch.conditions.get(arm));
        match condition.map_or(Tri::Unknown, |condition| holds(condition, seen)) {
            Tri::Yes => {
                arms.insert(arm);
                return arms;
            }
            Tri::No => {}
            // What a script would do is asked for when its own checks let it: those that stop it and change nothing are no
            // ways, nor is a switch that nobody gave and that does no more.
            Tri::Unknown if !changed.contains(&(number, arm)) && branch.throws.contains(&arm) => {}
            Tri::Unknown
                if !changed.contains(&(number, arm))
                    && branch.leaves.contains(&arm)
                    && condition.is_some_and(needs_switch) => {}
            // Where the state is as it is to be, what would make it so is left out: it comes to the same.
            Tri::Unknown if !branch.exhaustive && branch.arms == 1 && condition == Some(&same) => {
                arms.insert(arm);
                return arms;
            }
            Tri::Unknown => {
                arms.insert(arm);
            }
        }
    }
    if !branch.exhaustive {
        arms.insert(NONE);
    }
    arms
}

/// Whether it holds only where a switch is given.
fn needs_switch(condition: &Condition) -> bool {
    match condition {
        Condition::Switch => true,
        Condition::Both(a, b) => needs_switch(a) || needs_switch(b),
        Condition::Either(a, b) => needs_switch(a) && needs_switch(b),
        _ => false,
    }
}

fn holds(condition: &Condition, seen: &BTreeMap<usize, Seen>) -> Tri {
    let of = |yes: bool| if yes { Tri::Yes } else { Tri::No };
    let read = |read: &PolicyRead| seen.get(&read.at);
    match condition {
        Condition::Unknown | Condition::Switch | Condition::Same => Tri::Unknown,
        Condition::Is(yes) => of(*yes),
        Condition::Exists(policy) => match read(policy) {
            Some(Seen::Is(_)) => Tri::Yes,
            Some(Seen::Absent) => Tri::No,
            Some(Seen::Unread) | None => Tri::Unknown,
        },
        Condition::Lists(policy, app) => match (read(policy), Uuid::try_parse(app.trim())) {
            (Some(Seen::Is(apps)), Ok(app)) => of(apps.contains(&app)),
            (Some(Seen::Absent), _) => Tri::No,
            _ => Tri::Unknown,
        },
        Condition::Not(inner) => match holds(inner, seen) {
            Tri::Yes => Tri::No,
            Tri::No => Tri::Yes,
            Tri::Unknown => Tri::Unknown,
        },
        Condition::Both(a, b) => match (holds(a, seen), holds(b, seen)) {
            (Tri::No, _) | (_, Tri::No) => Tri::No,
            (Tri::Yes, Tri::Yes) => Tri::Yes,
            _ => Tri::Unknown,
        },
        Condition::Either(a, b) => match (holds(a, seen), holds(b, seen)) {
            (Tri::Yes, _) | (_, Tri::Yes) => Tri::Yes,
            (Tri::No, Tri::No) => Tri::No,
            _ => Tri::Unknown,
        },
    }
}

fn seen(snapshot: &Snapshot, wanted: &str) -> Seen {
    match snapshot.policies.known().iter().find(|policy| name::same(&policy.name, wanted)) {
        Some(policy) => Seen::Is(policy.app_ids.clone()),
        None if snapshot.policies.is_complete() && !name::is_global(wanted) => Seen::Absent,
        None => Seen::Unread,
    }
}

/// A change of which nobody knows whether it is made.
fn loosened(change: &Command) -> Command {
    let opaque = |reach, key: Option<String>| Command::Opaque { reach, key, policy: None };
    match change {
        Command::NewPolicy { .. } => opaque(Reach::Created, None),
        Command::SetPolicy { name, .. } | Command::RemovePolicy { name } => opaque(Reach::Policies, Some(name.clone())),
        Command::Grant { to: Target::User(user), .. } => opaque(Reach::Direct, Some(user.to_string())),
        Command::Grant { to: Target::Group { .. }, .. } | Command::RemoveGroupAssignment { .. } => {
            opaque(Reach::Groups, None)
        }
        Command::Grant { to: Target::Global, .. } => opaque(Reach::Global, None),
        Command::TranscriptAccess(_) => opaque(Reach::Settings, Some("graph_transcript_access".to_owned())),
        Command::AttributedTranscripts(_) => opaque(Reach::Settings, Some("attributed_transcripts".to_owned())),
        other => other.clone(),
    }
}
