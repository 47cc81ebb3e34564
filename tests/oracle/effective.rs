//! The real effective policy against the naive one, without the rest of the gates.

use std::collections::BTreeMap;

use graphwhy::tenant::{self, Snapshot, Tri};

use crate::laws::{TENANTS, level, pairs, snapshot};
use crate::naive::{Answers, policy_answers};
use crate::shrink::shrink;
use crate::view::{View, app, user};
use crate::world::{ALL, APPS, USERS, World};

fn real(snapshot: &Snapshot, of_app: u8, of_user: Option<u8>, indexed: bool) -> Answers {
    let view = if indexed { tenant::View::indexed(snapshot) } else { tenant::View::new(snapshot) };
    match tenant::effective(&view, of_user.map(user)).lists(&view, app(of_app)) {
        Tri::Yes => Answers { yes: true, no: false },
        Tri::No => Answers { yes: false, no: true },
        Tri::Unknown => Answers { yes: true, no: true },
    }
}

fn differ(view: &View, snapshot: &Snapshot, app: u8, user: u8) -> Option<(Answers, Answers)> {
    let (naive, _) = policy_answers(view, app, user, false);
    let real = [false, true].map(|indexed| real(snapshot, app, Some(user), indexed));
    real.into_iter().find(|real| *real != naive).map(|real| (naive, real))
}

#[test]
fn the_effective_policy_is_the_naive_one() {
    let mut kinds: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for seed in 0..TENANTS * 2 {
        let view = World::generate(seed).view(if seed % 8 == 0 { ALL } else { level(seed) });
        let read = snapshot(&view);
        for (app, user) in pairs() {
            if let Some((naive, real)) = differ(&view, &read, app, user) {
                let kind = format!("the design says {naive:?}, the code {real:?}");
                let first = kinds.entry(kind).or_insert_with(|| {
                    let small = shrink(&view, &|v| differ(v, &snapshot(v), app, user) == Some((naive, real)));
                    (0, format!("seed {seed}, app {app}, user {user}: {small:#?}"))
                });
                first.0 += 1;
            }
        }
    }
    let told: Vec<String> = kinds.iter().map(|(kind, (n, first))| format!("{n} times {kind}; first {first}")).collect();
    assert!(told.is_empty(), "{}", told.join("\n\n"));
}

#[test]
fn of_an_unknown_user_nothing_is_said_that_is_not_so_of_all() {
    let stranger = USERS;
    let mut unsure = 0;
    for seed in 0..TENANTS {
        let view = World::generate(seed).view(level(seed));
        let read = snapshot(&view);
        for app in 0..APPS {
            let all = (0..=stranger).map(|user| policy_answers(&view, app, user, false).0);
            let naive = all.fold(Answers::default(), |a, b| Answers { yes: a.yes || b.yes, no: a.no || b.no });
            let real = real(&read, app, None, true);
            let both = Answers { yes: true, no: true };
            assert!(real == naive || real == both, "seed {seed}, app {app}: {naive:?}, the code {real:?}");
            // Taking the users one by one can tell more than a stranger's way through the levels does.
            unsure += u32::from(real != naive);
        }
    }
    println!("{unsure} of {} left unknown that all users agree on", TENANTS * u64::from(APPS));
    assert!(unsure < 100, "{unsure}");
}
