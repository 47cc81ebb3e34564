//! The laws, first of the naive evaluator itself.

use std::collections::BTreeMap;

use graphwhy::diagnose::Outcome;
use graphwhy::tenant::{Snapshot, parse};

use crate::naive::{Answers, Ask, expected, policy_answers};
use crate::operations;
use crate::view::{NOW, View};
use crate::world::{ALL, APPS, Random, USERS, World};

/// Tenants per law; a failing seed is printed and can be run alone.
pub(crate) const TENANTS: u64 = 5000;

/// The time that a seed's questions ask about.
pub(crate) fn at(seed: u64) -> Option<(i64, i64)> {
    match Random::new(!seed).below(10) {
        0 => None,
        1 => Some((NOW - 600, NOW + 600)),
        _ => Some((NOW, NOW)),
    }
}

pub(crate) fn pairs() -> impl Iterator<Item = (u8, u8)> {
    (0..APPS).flat_map(|app| (0..USERS).map(move |user| (app, user)))
}

pub(crate) fn snapshot(view: &View) -> Snapshot {
    let text = view.json();
    parse(&text, "tenant.json").unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The level at which a seed's tenant is seen.
pub(crate) fn level(seed: u64) -> u8 {
    u8::try_from(Random::new(seed ^ 0x5eed).below(u64::from(ALL) + 1)).unwrap()
}

#[test]
fn naive_keeps_every_outcome_when_facts_are_added() {
    for seed in 0..TENANTS {
        let world = World::generate(seed);
        let low = level(seed);
        let high = (low + u8::try_from(Random::new(seed).below(60)).unwrap()).min(ALL);
        let (before, after) = (world.view(low), world.view(high));
        for (app, user) in pairs() {
            let (had, _) = policy_answers(&before, app, user, false);
            let (has, _) = policy_answers(&after, app, user, false);
            let both = Answers { yes: true, no: true };
            // An assignment that turns out to name a missing policy is the one fact that unsettles:
            // until it is read, an unread assignment is taken to name a policy that exists.
            let unsettled = world.dangling && has == both;
            assert!(
                had == both || had == has || unsettled,
                "seed {seed}, app {app}, user {user}: {had:?} then {has:?}"
            );
        }
    }
}

#[test]
fn naive_sees_every_outcome() {
    let mut seen: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for seed in 0..500 {
        let view = World::generate(seed).view(level(seed));
        for (app, user) in pairs() {
            let (answers, _) = policy_answers(&view, app, user, false);
            for operation in operations::all() {
                let e = expected(&view, &Ask { app, user, operation, at: at(seed), policy_asked: false }, answers);
                for (gate, outcomes) in [
                    ("permission", e.permission),
                    ("user", vec![e.user]),
                    ("policy", e.policy),
                    ("time", e.time),
                    ("tenant", vec![e.tenant]),
                ] {
                    if let [outcome] = outcomes[..] {
                        *seen.entry((gate, outcome.name())).or_default() += 1;
                    }
                }
            }
        }
    }
    println!("{seen:?}");
    for (gate, outcomes) in [
        ("permission", vec![Outcome::Pass, Outcome::Fail, Outcome::Unknown]),
        ("user", vec![Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Skipped]),
        ("policy", vec![Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Skipped]),
        ("time", vec![Outcome::Pass, Outcome::Unknown]),
        ("tenant", vec![Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Skipped]),
    ] {
        for outcome in outcomes {
            assert!(seen.get(&(gate, outcome.name())).is_some_and(|n| *n > 100), "{gate} {}: {seen:?}", outcome.name());
        }
    }
}

#[test]
fn every_generated_tenant_is_a_snapshot() {
    for seed in 0..TENANTS {
        let view = World::generate(seed).view(level(seed));
        let snapshot = snapshot(&view);
        assert_eq!(snapshot.policies.items.len(), view.policies.items.len(), "seed {seed}");
        assert_eq!(snapshot.direct.items.len(), view.direct.items.len(), "seed {seed}");
        assert_eq!(snapshot.groups.items.len(), view.groups.items.len(), "seed {seed}");
        assert_eq!(snapshot.effective.items.len(), view.effective.items.len(), "seed {seed}");
        assert_eq!(snapshot.history.len(), view.history.len(), "seed {seed}");
    }
}
