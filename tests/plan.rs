//! Plans are proved: on random tenants, fully and partly read, and through the scripts that they are printed as.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "plan/dimensions.rs"]
mod dimensions;
#[path = "plan/examples.rs"]
mod examples;
#[path = "plan/guards.rs"]
mod guards;
#[path = "plan/hostile.rs"]
mod hostile;
#[path = "plan/hygiene.rs"]
mod hygiene;
#[path = "plan/larger.rs"]
mod larger;
#[path = "plan/licences.rs"]
mod licences;
#[path = "plan/many_ways.rs"]
mod many_ways;
#[path = "plan/powershell.rs"]
mod powershell;
#[path = "plan/scripts.rs"]
mod scripts;
#[path = "plan/tenants.rs"]
mod tenants;
#[path = "plan/ways.rs"]
mod ways;

use std::collections::BTreeMap;

use graphwhy::diagnose::{Judgement, Outcome, Verdict, judge_in};
use graphwhy::fix::plan::question;
use graphwhy::fix::{self, Ask, Command, Fix, Plan, Shift, Simulator, Who};
use graphwhy::input::Moment;
use graphwhy::knowledge::{Catalogue, Gate, Operation, operation_named};
use graphwhy::tenant::{Snapshot, View};
use jiff::Timestamp;
use proptest::prelude::*;
use tenants::{APPS, Dice, USERS, mask, random as tenant_of};
use uuid::Uuid;

const OPERATIONS: [&str; 8] = [
    "read-meeting",
    "create-meeting",
    "read-transcript",
    "list-transcripts",
    "read-attendance",
    "read-webinar",
    "list-webinars",
    "place-call",
];

fn now() -> Timestamp {
    "2026-11-20T10:00:00.5Z".parse().unwrap()
}

fn later() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn ask<'a>(snapshot: &'a Snapshot, catalogue: &'a Catalogue, app: Uuid, user: Uuid, operation: &str) -> Ask<'a> {
    Ask {
        app_id: app,
        who: Who::Users(vec![user]),
        operation: operation_named(operation).unwrap(),
        at: Some(now()),
        policy_name: None,
        snapshot,
        catalogue,
    }
}

fn run<'a>(snapshot: &'a Snapshot, commands: &[Command]) -> Simulator<'a> {
    let mut simulator = Simulator::new(snapshot, Some(now()));
    commands.iter().for_each(|command| simulator.apply(command));
    simulator
}

type Judged = BTreeMap<(Uuid, Uuid, &'static str), Judgement>;

/// Every pair and operation, apart from the time that changes take.
fn judge_all(snapshot: &Snapshot, catalogue: &Catalogue) -> Judged {
    let view = View::indexed(snapshot);
    let mut all = BTreeMap::new();
    for app in APPS.iter().map(|app| Uuid::from_u128(*app)) {
        for user in USERS.iter().map(|user| Uuid::from_u128(*user)) {
            for name in OPERATIONS {
                let operation: &'static Operation = operation_named(name).unwrap();
                let ask = Ask {
                    app_id: app,
                    who: Who::Nobody,
                    operation,
                    at: Some(later()),
                    policy_name: None,
                    snapshot,
                    catalogue,
                };
                let mut asked = question(&ask, Some(user), Some(later()));
                asked.gates = Some(vec![Gate::Permission, Gate::User, Gate::Policy, Gate::Tenant]);
                asked.at = Some(Moment { earliest: later().as_second(), latest: later().as_second() });
                all.insert((app, user, name), judge_in(&asked, &view, catalogue));
            }
        }
    }
    all
}

fn worth(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Fail => 0,
        Outcome::Unknown => 1,
        Outcome::Pass | Outcome::Skipped => 2,
    }
}

fn verdict(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Denied => 0,
        Verdict::Unknown => 1,
        Verdict::Allowed => 2,
    }
}

fn find(shifts: &[Shift], app: Uuid, user: Uuid) -> Option<&Shift> {
    shifts.iter().find(|shift| shift.app_id == app && shift.user_id == user)
}

/// Everything that differs between two states is announced, and nothing else is.
fn announced(snapshot: &Snapshot, before: &Judged, after: &Judged, fix: &Fix, context: &str) {
    let named = fix::access::users_of(snapshot);
    let effects = &fix.proof.as_ref().unwrap().effects;
    assert!(effects.gains_total <= 100 && effects.loses_total <= 100, "the tenants are small");
    for (key @ (app, user, name), old) in before {
        let new = &after[key];
        let (was, is) = (verdict(old.verdict), verdict(new.verdict));
        let place = format!("{context}: {app} {user} {name}: {:?} -> {:?}\n{fix:#?}", old.verdict, new.verdict);
        let names = |shift: &Shift| shift.operations.iter().chain(&shift.possible).any(|it| it == name);
        // Users whom nobody read can only be told of as such.
        let unread = effects.open && !(named.contains(user) && fix::access::apps_of(snapshot).any(|it| it == *app));
        if is > was && *name != "place-call" && !unread {
            let gain = find(&effects.gains, *app, *user).unwrap_or_else(|| panic!("gain not announced: {place}"));
            assert!(names(gain), "operation not announced: {place}");
            assert_eq!(is == 2, gain.operations.iter().any(|it| it == name), "{place}");
        }
        if is < was {
            let loss = find(&effects.loses, *app, *user).unwrap_or_else(|| panic!("loss not announced: {place}"));
            assert!(names(loss), "operation not announced: {place}");
        }
        for (a, b) in old.gates.iter().zip(&new.gates) {
            if worth(b.outcome) < worth(a.outcome) {
                assert!(find(&effects.loses, *app, *user).is_some(), "{:?} got worse: {place}", a.gate);
            }
        }
    }
}

/// A plan, with everything that section "fixes that are proved" of the documentation asks of it.
fn check_plan(plan: &Plan, ask: &Ask<'_>, user: Uuid) -> usize {
    let (snapshot, catalogue) = (ask.snapshot, ask.catalogue);
    let name = ask.operation.name.unwrap();
    let as_read = judge_all(snapshot, catalogue);
    // A licence is for a gate of its own, and comes behind what opens the others.
    let licence = |command: &Command| matches!(command, Command::License { .. });
    let ranked = plan.fixes.iter().filter_map(|fix| fix.proof.as_ref()).filter(|it| !it.commands.iter().any(licence));
    let takes: Vec<bool> = ranked.map(|proof| proof.effects.takes()).collect();
    assert!(takes.is_sorted(), "whoever takes comes last: {:#?}", plan.fixes);
    let mut proved = 0;
    let mut ranks = Vec::new();
    for fix in &plan.fixes {
        let Some(proof) = &fix.proof else { continue };
        let snapshot = &*proof.state(snapshot);
        let supposed = proof.supposes.is_some().then(|| judge_all(snapshot, catalogue));
        let before = supposed.as_ref().unwrap_or(&as_read);
        let after = run(snapshot, &proof.commands);
        ranks.push(proof.effects.loses_total > 0);
        let mut judged = judge_all(after.snapshot(), catalogue);
        if let Some((others, holders)) = after.for_others() {
            let others = judge_all(&others, catalogue);
            judged.extend(others.into_iter().filter(|((_, user, _), _)| !holders.contains(user)));
        }
        announced(snapshot, before, &judged, fix, name);
        if !proof.proved {
            continue;
        }
        proved += 1;
        assert!(fix.assumes.is_empty() && !fix.undo.is_empty(), "{fix:#?}");
        let mut asked = question(ask, Some(user), Some(later()));
        asked.gates = None;
        let judged = judge_in(&asked, &View::new(after.snapshot()), catalogue);
        assert_ne!(judged.verdict, Verdict::Denied, "{fix:#?}");
        for gate in &judged.gates {
            if fix.steps.iter().any(|step| step.gate == gate.gate) {
                assert_eq!(gate.outcome, Outcome::Pass, "{:?} {fix:#?}", gate.gate);
            }
        }
        let mut both = run(snapshot, &proof.commands);
        proof.undo.iter().for_each(|command| both.apply(command));
        assert!(fix::equal(snapshot, both.snapshot()), "undo of {fix:#?}\n{snapshot:#?}\n{:#?}", both.snapshot());
        assert!(both.assumes().is_empty() && both.refused().is_empty(), "{:?} {:?}", both.assumes(), both.refused());
    }
    if ranks.iter().any(|takes| !takes) {
        assert_ne!(ranks.first(), Some(&true), "a fix that takes is never first");
    }
    proved
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tenant_that_was_read_completely(seed in any::<u64>()) {
        let catalogue = Catalogue::builtin();
        let mut dice = Dice::new(seed);
        let snapshot = tenant_of(&mut dice);
        let user = Uuid::from_u128(USERS[dice.below(USERS.len())]);
        let app = Uuid::from_u128(APPS[dice.below(APPS.len())]);
        let name = OPERATIONS[dice.below(OPERATIONS.len())];
        let ask = ask(&snapshot, &catalogue, app, user, name);
        let plan = fix::plan(&ask);
        let proved = check_plan(&plan, &ask, user);
        let answer = &plan.answers[0].judgement;
        match answer.verdict {
            // Nothing is missing, so that whatever fails and can be repaired is, provably.
            Verdict::Denied if plan.blocked.is_empty() => prop_assert!(proved > 0, "{:#?} {answer:#?} {snapshot:#?}", plan.fixes),
            Verdict::Denied => {}
            Verdict::Allowed => prop_assert!(plan.fixes.is_empty(), "{:#?}", plan.fixes),
            Verdict::Unknown => {}
        }
        for fix in &plan.fixes {
            let Some(proof) = fix.proof.as_ref().filter(|proof| proof.proved) else { continue };
            let after = run(&snapshot, &proof.commands);
            let judged = judge_in(&question(&ask, Some(user), Some(later())), &View::new(after.snapshot()), &catalogue);
            let unknown = |judgement: &Judgement| judgement.gates.iter().filter(|gate| gate.outcome == Outcome::Unknown).count();
            if unknown(answer) == 0 {
                prop_assert_eq!(judged.verdict, Verdict::Allowed);
            }
        }
    }

    /// What is proved on a part of the facts holds in the tenant that they were read from.
    #[test]
    fn a_tenant_that_was_read_in_part(seed in any::<u64>()) {
        let catalogue = Catalogue::builtin();
        let mut dice = Dice::new(seed);
        let mut truth = tenant_of(&mut dice);
        if dice.chance(2) {
            tenants::rename(&mut truth, &mut dice);
        }
        let snapshot = mask(&truth, &mut dice);
        let user = Uuid::from_u128(USERS[dice.below(USERS.len())]);
        let app = Uuid::from_u128(APPS[dice.below(APPS.len())]);
        let name = OPERATIONS[dice.below(OPERATIONS.len())];
        let ask = ask(&snapshot, &catalogue, app, user, name);
        let plan = fix::plan(&ask);
        check_plan(&plan, &ask, user);
        let before = judge_all(&truth, &catalogue);
        for fix in &plan.fixes {
            let Some(proof) = fix.proof.as_ref().filter(|proof| proof.proved) else { continue };
            let mut real = run(&truth, &proof.commands);
            let after = judge_all(real.snapshot(), &catalogue);
            // Whether the user exists may be one of the gates that nobody has read.
            if !truth.users.items.iter().any(|it| it.id == user) && real.refused().iter().any(|it| it.fails) {
                continue;
            }
            let own = &after[&(app, user, name)];
            for gate in &own.gates {
                if fix.steps.iter().any(|step| step.gate == gate.gate) {
                    prop_assert_eq!(gate.outcome, Outcome::Pass, "{:#?} {:#?}", fix, truth);
                }
            }
            for (key @ (app, user, _), old) in &before {
                let worse = old.gates.iter().zip(&after[key].gates).any(|(a, b)| worth(b.outcome) < worth(a.outcome));
                let gains = verdict(after[key].verdict) > verdict(old.verdict);
                prop_assert!(!worse || find(&proof.effects.loses, *app, *user).is_some(), "{key:?} {fix:#?} {truth:#?}");
                let told = find(&proof.effects.gains, *app, *user).is_some() || proof.effects.open || key.2 == "place-call";
                prop_assert!(!gains || told, "{key:?} {fix:#?} {snapshot:#?} {truth:#?}");
            }
            proof.undo.iter().for_each(|command| real.apply(command));
            prop_assert!(fix::equal(&truth, real.snapshot()), "{fix:#?} {truth:#?} {snapshot:#?}");
        }
    }

    #[test]
    fn a_script_does_what_its_commands_do(seed in any::<u64>()) {
        let catalogue = Catalogue::builtin();
        let mut dice = Dice::new(seed);
        let mut snapshot = tenant_of(&mut dice);
        tenants::rename(&mut snapshot, &mut dice);
        let user = Uuid::from_u128(USERS[dice.below(USERS.len())]);
        let app = Uuid::from_u128(APPS[dice.below(APPS.len())]);
        let name = OPERATIONS[dice.below(OPERATIONS.len())];
        let plan = fix::plan(&ask(&snapshot, &catalogue, app, user, name));
        for fix in &plan.fixes {
            let Some(proof) = &fix.proof else { continue };
            let scripts = fix::script::scripts(fix, &snapshot).unwrap();
            let printed = powershell::commands(&scripts.run);
            let (from_script, direct) = (run(&snapshot, &printed), run(&snapshot, &proof.commands));
            prop_assert!(fix::equal(from_script.snapshot(), direct.snapshot()), "{}\n{printed:#?}\n{:#?}", scripts.run, proof.commands);
            let lines: Vec<Command> = fix.steps.iter().flat_map(|step| powershell::commands(&step.commands.join("\n"))).collect();
            prop_assert_eq!(&lines, &printed);
            if let Some(undo) = scripts.undo {
                let mut there = run(&snapshot, &proof.commands);
                let mut back = there.clone();
                powershell::commands(&undo).iter().for_each(|command| back.apply(command));
                proof.undo.iter().for_each(|command| there.apply(command));
                prop_assert!(fix::equal(back.snapshot(), there.snapshot()), "{undo}");
            }
        }
    }

    /// Names and descriptions of any characters are one literal, and nothing in them is expanded.
    #[test]
    fn any_text_is_one_literal(text in hostile::hostile()) {
        let literal = fix::quote::literal(&text);
        prop_assert_eq!(powershell::value(&literal), text.clone(), "{}", literal);
        let command = Command::NewPolicy { name: text.clone(), app_ids: vec![Uuid::from_u128(APPS[0])], description: Some(text.clone()) };
        let lines = fix::powershell::lines(&command).join("\n");
        prop_assert_eq!(powershell::commands(&lines), vec![command], "{}", lines);
        let control = lines.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\t')).count();
        prop_assert_eq!(control, 0);
    }
}

fn base() -> Snapshot {
    tenants::plain()
}
