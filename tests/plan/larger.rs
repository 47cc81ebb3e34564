//! Plans for several users and for groups, on tenants with nested groups, gaps between ranks and recent changes.

use std::collections::BTreeSet;

use graphwhy::diagnose::{Outcome, Verdict, judge_in};
use graphwhy::fix::plan::question;
use graphwhy::fix::{self, Ask, Plan, Who};
use graphwhy::knowledge::{Catalogue, operation_named};
use graphwhy::tenant::{Snapshot, View};
use proptest::prelude::*;
use uuid::Uuid;

use crate::tenants::{APPS, Dice, USERS, group, larger, mask, rename};
use crate::{OPERATIONS, check_plan, find, judge_all, later, now, powershell, run, verdict, worth};

/// Some of the users, at least two.
fn several(dice: &mut Dice) -> Vec<Uuid> {
    let mut users: Vec<Uuid> = USERS.iter().filter(|_| dice.chance(5)).map(|id| Uuid::from_u128(*id)).collect();
    for id in USERS {
        if users.len() < 2 && !users.contains(&Uuid::from_u128(id)) {
            users.push(Uuid::from_u128(id));
        }
    }
    users
}

fn who(dice: &mut Dice) -> Who {
    if dice.chance(5) { Who::Group(group(dice)) } else { Who::Users(several(dice)) }
}

fn asking<'a>(snapshot: &'a Snapshot, catalogue: &'a Catalogue, dice: &mut Dice) -> Ask<'a> {
    Ask {
        app_id: Uuid::from_u128(APPS[dice.below(APPS.len())]),
        who: who(dice),
        operation: operation_named(OPERATIONS[dice.below(OPERATIONS.len())]).unwrap(),
        at: Some(now()),
        policy_name: None,
        snapshot,
        catalogue,
    }
}

fn asked_users(plan: &Plan) -> Vec<Uuid> {
    plan.answers.iter().filter_map(|answer| answer.user_id).collect()
}

/// `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { 60 };
    ProptestConfig { cases, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn several_users_and_groups_are_planned_for_at_once(seed in any::<u64>()) {
        let catalogue = Catalogue::builtin();
        let mut dice = Dice::new(seed);
        let snapshot = larger(&mut dice);
        let ask = asking(&snapshot, &catalogue, &mut dice);
        let plan = fix::plan(&ask);
        let users = asked_users(&plan);
        for user in &users {
            check_plan(&plan, &ask, *user);
        }
        // A plan is as bad as its worst user, and a proved fix leaves nobody of them denied.
        let worst = plan.answers.iter().map(|answer| verdict(answer.judgement.verdict)).min();
        if let Some(worst) = worst {
            prop_assert!(verdict(plan.verdict) <= worst);
        }
        for fix in &plan.fixes {
            let Some(proof) = fix.proof.as_ref().filter(|proof| proof.proved) else { continue };
            let after = run(&snapshot, &proof.commands);
            let view = View::new(after.snapshot());
            for answer in &plan.answers {
                let judged = judge_in(&question(&ask, answer.user_id, Some(later())), &view, &catalogue);
                prop_assert_ne!(judged.verdict, Verdict::Denied, "{:?} {:#?}", answer.user_id, fix);
            }
        }
    }

    #[test]
    fn what_is_proved_on_a_part_holds_for_all_of_them_in_truth(seed in any::<u64>()) {
        let catalogue = Catalogue::builtin();
        let mut dice = Dice::new(seed);
        let truth = larger(&mut dice);
        let snapshot = mask(&truth, &mut dice);
        let ask = asking(&snapshot, &catalogue, &mut dice);
        let plan = fix::plan(&ask);
        let users = asked_users(&plan);
        let before = judge_all(&truth, &catalogue);
        for fix in &plan.fixes {
            let Some(proof) = fix.proof.as_ref().filter(|proof| proof.proved) else { continue };
            let mut real = run(&truth, &proof.commands);
            if users.iter().any(|user| !truth.users.items.iter().any(|it| it.id == *user)) && real.refused().iter().any(|it| it.fails) {
                continue;
            }
            let after = judge_all(real.snapshot(), &catalogue);
            let name = ask.operation.name.unwrap();
            for user in &users {
                for gate in &after[&(ask.app_id, *user, name)].gates {
                    // A licence or a missing user is no matter of what this fix changes for the others.
                    let own = fix.steps.iter().any(|step| step.gate == gate.gate);
                    let was = before[&(ask.app_id, *user, name)].gates.iter().find(|it| it.gate == gate.gate);
                    if own && was.is_some_and(|was| was.outcome == Outcome::Fail) {
                        prop_assert_eq!(gate.outcome, Outcome::Pass, "{:?} {:#?} {:#?} {:#?}", user, fix, snapshot, truth);
                    }
                }
            }
            for (key @ (app, user, operation), old) in &before {
                let new = &after[key];
                let worse = old.gates.iter().zip(&new.gates).any(|(a, b)| worth(b.outcome) < worth(a.outcome));
                prop_assert!(!worse || find(&proof.effects.loses, *app, *user).is_some(), "{:?} {:#?} {:#?}", key, fix, truth);
                let gains = verdict(new.verdict) > verdict(old.verdict);
                let told = find(&proof.effects.gains, *app, *user).is_some() || proof.effects.open || *operation == "place-call";
                prop_assert!(!gains || told, "{:?} {:#?} {:#?} {:#?}", key, fix, snapshot, truth);
            }
            proof.undo.iter().for_each(|command| real.apply(command));
            prop_assert!(fix::equal(&truth, real.snapshot()), "{:#?} {:#?} {:#?}", fix, truth, snapshot);
        }
    }

    /// The lists by app and operation say the same as the pairs, and the scripts are clean by the product's own lint.
    #[test]
    fn groups_of_effects_add_up_and_scripts_are_clean(seed in any::<u64>()) {
        let catalogue = Catalogue::builtin();
        let mut dice = Dice::new(seed);
        let mut snapshot = larger(&mut dice);
        rename(&mut snapshot, &mut dice);
        let ask = asking(&snapshot, &catalogue, &mut dice);
        for fix in &fix::plan(&ask).fixes {
            let Some(proof) = &fix.proof else { continue };
            let effects = &proof.effects;
            for (groups, total, pairs) in [
                (&effects.gain_groups, effects.gains_total, &effects.gains),
                (&effects.loss_groups, effects.loses_total, &effects.loses),
            ] {
                prop_assert_eq!(groups.iter().map(|group| group.users).sum::<usize>(), total);
                let by_group: BTreeSet<(Uuid, &[String], &[String], &str)> =
                    groups.iter().map(|it| (it.app_id, &it.operations[..], &it.possible[..], it.through.as_str())).collect();
                let by_pair: BTreeSet<(Uuid, &[String], &[String], &str)> =
                    pairs.iter().map(|it| (it.app_id, &it.operations[..], &it.possible[..], it.through.as_str())).collect();
                prop_assert_eq!(by_group, by_pair);
            }
            let Some(scripts) = fix::script::scripts(fix, &snapshot) else { continue };
            for text in std::iter::once(&scripts.run).chain(&scripts.undo) {
                let linted = graphwhy::lint::lint(text, "fix.ps1", &catalogue);
                let found: Vec<_> = linted.findings.iter().map(|finding| finding.cause.as_ref()).collect();
                prop_assert!(found.is_empty(), "{:?}\n{}", found, text);
            }
            let printed = powershell::commands(&scripts.run);
            let (from_script, direct) = (run(&snapshot, &printed), run(&snapshot, &proof.commands));
            prop_assert!(fix::equal(from_script.snapshot(), direct.snapshot()), "{}", scripts.run);
        }
    }
}
