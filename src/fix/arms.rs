//! Which arms of a branch may be taken, by what the script has read.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::run::{NONE, Seen};
use crate::script::{Arm, Branch, Condition, PolicyRead};
use crate::tenant::Tri;

/// The arms that lead to a place behind `arm`.
pub(super) fn wanted(branch: &Branch, arm: Arm) -> BTreeSet<u32> {
    match arm.arm {
        Arm::REST => (0..branch.arms).filter(|it| !branch.leaves.contains(it)).chain([NONE]).collect(),
        arm => BTreeSet::from([arm]),
    }
}

/// The arms that may be taken, by what was read.
pub(super) fn possible(
    branch: &Branch,
    number: u32,
    seen: &BTreeMap<usize, Seen>,
    changed: &BTreeSet<(u32, u32)>,
) -> BTreeSet<u32> {
    if branch.is_try {
        // Anything may fail: what a `catch` changes is perhaps changed.
        let catches = (1..branch.arms).filter(|arm| changed.contains(&(number, *arm)));
        return std::iter::once(0).chain(catches).collect();
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
            Some(Seen::Is { .. }) => Tri::Yes,
            Some(Seen::Absent) => Tri::No,
            Some(Seen::Unread) | None => Tri::Unknown,
        },
        Condition::Lists(policy, app) => match (read(policy), Uuid::try_parse(app.trim())) {
            (Some(Seen::Is { least, .. }), Ok(app)) if least.contains(&app) => Tri::Yes,
            (Some(Seen::Is { most, .. }), Ok(app)) => {
                if most.contains(&app) {
                    Tri::Unknown
                } else {
                    Tri::No
                }
            }
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
