//! Plans are proved: on random tenants, fully and partly read, and through the scripts that they are printed as.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "plan/larger.rs"]
mod larger;
#[path = "plan/powershell.rs"]
mod powershell;
#[path = "plan/scripts.rs"]
mod scripts;
#[path = "plan/tenants.rs"]
mod tenants;
#[path = "plan/ways.rs"]
mod ways;

use std::collections::BTreeMap;

use graphwhy::audit::audit;
use graphwhy::diagnose::{Judgement, Outcome, Verdict, judge_in};
use graphwhy::fix::access;
use graphwhy::fix::plan::question;
use graphwhy::fix::{self, Ask, Command, Fix, Plan, Shift, Simulator, Who};
use graphwhy::input::Moment;
use graphwhy::knowledge::{Catalogue, Confidence, Example, Gate, Operation, examples, operation_named};
use graphwhy::report::what_if::WhatIf;
use graphwhy::source::Source;
use graphwhy::tenant::diff::{Difference, Kind, diff};
use graphwhy::tenant::{self, Direct, Policy, Snapshot, Status, User, View};
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
    let before = judge_all(snapshot, catalogue);
    // A licence is for a gate of its own, and comes behind what opens the others.
    let licence = |command: &Command| matches!(command, Command::License { .. });
    let ranked = plan.fixes.iter().filter_map(|fix| fix.proof.as_ref()).filter(|it| !it.commands.iter().any(licence));
    let takes: Vec<bool> = ranked.map(|proof| proof.effects.takes()).collect();
    assert!(takes.is_sorted(), "whoever takes comes last: {:#?}", plan.fixes);
    let mut proved = 0;
    let mut ranks = Vec::new();
    for fix in &plan.fixes {
        let Some(proof) = &fix.proof else { continue };
        let after = run(snapshot, &proof.commands);
        ranks.push(proof.effects.loses_total > 0);
        let mut judged = judge_all(after.snapshot(), catalogue);
        if let Some((others, holders)) = after.for_others() {
            let others = judge_all(&others, catalogue);
            judged.extend(others.into_iter().filter(|((_, user, _), _)| !holders.contains(user)));
        }
        announced(snapshot, &before, &judged, fix, name);
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
    fn any_text_is_one_literal(text in hostile()) {
        let literal = fix::quote::literal(&text);
        prop_assert_eq!(powershell::value(&literal), text.clone(), "{}", literal);
        let command = Command::NewPolicy { name: text.clone(), app_ids: vec![Uuid::from_u128(APPS[0])], description: Some(text.clone()) };
        let lines = fix::powershell::lines(&command).join("\n");
        prop_assert_eq!(powershell::commands(&lines), vec![command], "{}", lines);
        let control = lines.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\t')).count();
        prop_assert_eq!(control, 0);
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<char>().prop_map(String::from),
        proptest::sample::select(vec![
            "'",
            "''",
            "\"",
            "`",
            "`'",
            "$(",
            "$(Remove-Item x)",
            "$null",
            "${x}",
            "\u{2018}",
            "\u{2019}",
            "\u{201A}",
            "\u{201B}",
            "\u{201C}",
            "\u{201D}",
            "\u{201E}",
            "\n",
            "\r\n",
            ";",
            "#",
            "<#",
            "#>",
            "@'",
            "'@",
            "\n'@\n",
            "--%",
            "\u{1b}[31m",
            "\u{202e}",
            "\0",
            "é",
            "{",
            "}",
            "|",
            "&",
            ",",
            "Tag:",
            "\u{feff}",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,6}",
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn base() -> Snapshot {
    tenants::plain()
}

#[test]
fn the_narrowest_fix_comes_first_and_global_last() {
    let catalogue = Catalogue::builtin();
    let snapshot = base();
    let (app, user) = (Uuid::from_u128(APPS[0]), Uuid::from_u128(USERS[0]));
    let plan = fix::plan(&ask(&snapshot, &catalogue, app, user, "read-meeting"));
    assert_eq!(plan.verdict, Verdict::Denied);
    let [copy, global] = plan.fixes.as_slice() else { panic!("{:#?}", plan.fixes) };
    let effects = |fix: &Fix| fix.proof.clone().unwrap().effects;
    assert!(copy.proof.as_ref().unwrap().proved && global.proof.as_ref().unwrap().proved);
    assert_eq!((effects(copy).gains_total, effects(copy).gains_future, effects(copy).loses_total), (1, false, 0));
    assert_eq!(effects(global).gains_total, USERS.len());
    assert!(effects(global).gains_future);
    assert!(copy.note.contains("no longer follows later changes of `Global`"), "{}", copy.note);
    assert_eq!(
        copy.steps[0].commands,
        [
            "New-CsApplicationAccessPolicy -Identity 'Global-a0000000' -AppIds 'a0000000-0000-4000-8000-000000000001'",
            "Grant-CsApplicationAccessPolicy -Identity 'b0000000-0000-4000-8000-000000000001' -PolicyName 'Global-a0000000'",
        ]
    );
    assert_eq!(
        copy.undo,
        [
            "Grant-CsApplicationAccessPolicy -Identity 'b0000000-0000-4000-8000-000000000001' -PolicyName $null",
            "Remove-CsApplicationAccessPolicy -Identity 'Global-a0000000'",
        ]
    );
    assert_eq!(copy.effective_from.as_deref(), Some("PT30M"));
}

/// Equal gains do not make a change of all who come later the first.
/// A script stops where the state of any of its users has moved, however many they are.
#[test]
fn every_user_of_a_plan_is_compared() {
    let catalogue = Catalogue::builtin();
    let mut snapshot = base();
    let users: Vec<Uuid> = (0..150_u128).map(|number| Uuid::from_u128(0xabcd_0000 + number)).collect();
    let like = snapshot.users.items[0].clone();
    snapshot.users.items.extend(users.iter().map(|id| User { id: *id, upn: None, ..like.clone() }));
    let one = ask(&snapshot, &catalogue, Uuid::from_u128(APPS[0]), users[0], "read-meeting");
    let plan = fix::plan(&Ask { who: Who::Users(users.clone()), ..one });
    let first = plan.fixes.first().unwrap();
    let scripts = fix::script::scripts(first, &snapshot).unwrap();
    let missing: Vec<&Uuid> = users.iter().filter(|user| !scripts.run.contains(&user.to_string())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_narrower_fix_comes_before_global_and_before_a_policy_that_many_hold() {
    let catalogue = Catalogue::builtin();
    let (app, user) = (Uuid::from_u128(APPS[0]), Uuid::from_u128(USERS[0]));
    for held in ["Global", "Shared"] {
        for operation in OPERATIONS {
            let mut snapshot = base();
            if held == "Shared" {
                let policy =
                    || Policy { name: held.into(), app_ids: Vec::new(), other_ids: Vec::new(), description: None };
                snapshot.policies.items.push(policy());
                snapshot.direct.items = USERS
                    .iter()
                    .map(|user| Direct { user_id: Uuid::from_u128(*user), policy: Some(held.into()) })
                    .collect();
            } else {
                // Nobody but the user is there, so that both gain for one.
                snapshot.users.items.retain(|it| it.id == user);
            }
            let plan = fix::plan(&ask(&snapshot, &catalogue, app, user, operation));
            let proved: Vec<&Fix> =
                plan.fixes.iter().filter(|it| it.proof.as_ref().is_some_and(|it| it.proved)).collect();
            let edits = |fix: &Fix| {
                let commands = &fix.proof.as_ref().unwrap().commands;
                commands.iter().any(|it| matches!(it, Command::SetPolicy { name, .. } if name == held))
            };
            let Some(first) = proved.first() else { continue };
            let edited = proved.iter().any(|fix| edits(fix));
            assert!(!edited || (proved.len() > 1 && !edits(first)), "{held} {operation}: {:#?}", plan.fixes);
        }
    }
}

#[test]
fn a_grant_that_takes_is_last_and_told() {
    let catalogue = Catalogue::builtin();
    let mut snapshot = base();
    let [a, b] = [Uuid::from_u128(APPS[0]), Uuid::from_u128(APPS[1])];
    let user = Uuid::from_u128(USERS[0]);
    let policy =
        |name: &str, app_ids: Vec<Uuid>| Policy { name: name.into(), app_ids, other_ids: vec![], description: None };
    snapshot.policies.items = vec![policy("Global", vec![b]), policy("Other", vec![a])];
    let plan = fix::plan(&ask(&snapshot, &catalogue, a, user, "read-meeting"));
    let last = plan.fixes.last().unwrap().proof.clone().unwrap();
    assert_eq!(last.effects.loses_total, 1);
    assert_eq!((last.effects.loses[0].app_id, last.effects.loses[0].user_id), (b, user));
    assert!(last.effects.loses[0].operations.iter().any(|it| it == "read-meeting"));
    assert_eq!(plan.fixes[0].proof.as_ref().unwrap().effects.loses_total, 0);
    assert_eq!(plan.fixes.iter().filter(|fix| fix.proof.as_ref().unwrap().effects.loses_total > 0).count(), 1);
}

#[test]
fn a_missing_role_and_a_missing_policy_are_one_fix() {
    let catalogue = Catalogue::builtin();
    let mut snapshot = base();
    snapshot.apps.items[0].roles = Some(vec![]);
    let plan =
        fix::plan(&ask(&snapshot, &catalogue, Uuid::from_u128(APPS[0]), Uuid::from_u128(USERS[0]), "read-meeting"));
    let first = &plan.fixes[0];
    assert_eq!(first.steps.iter().map(|step| step.gate).collect::<Vec<_>>(), [Gate::Permission, Gate::Policy]);
    assert!(first.proof.as_ref().unwrap().proved, "{first:#?}");
    assert!(
        first.steps[0].request.as_ref().unwrap().contains("\"appRoleId\":\"c1684f21-1984-47fa-9d61-2dc8c296bb70\"")
    );
    let consent = plan.fixes.last().unwrap();
    assert!(consent.proof.is_none() && consent.title.contains("last choice"), "{consent:#?}");
}

#[test]
fn the_switch_names_every_app_that_it_opens() {
    let catalogue = Catalogue::builtin();
    let mut snapshot = base();
    for app in &mut snapshot.apps.items[..2] {
        app.roles.as_mut().unwrap().extend(tenants::role("OnlineMeetingTranscript.Read.All"));
    }
    let apps: Vec<Uuid> = APPS.iter().map(|app| Uuid::from_u128(*app)).collect();
    snapshot.policies.items[0].app_ids = apps.clone();
    snapshot.settings.graph_transcript_access = Some(false);
    let plan = fix::plan(&ask(&snapshot, &catalogue, apps[0], Uuid::from_u128(USERS[0]), "read-transcript"));
    let fix = &plan.fixes[0];
    let effects = &fix.proof.as_ref().unwrap().effects;
    assert!(fix.proof.as_ref().unwrap().proved);
    assert_eq!(effects.gains_total, 2 * USERS.len());
    assert!(
        fix.note.contains("`App 1`") && fix.note.contains("`App 2`") && !fix.note.contains("`App 3`"),
        "{}",
        fix.note
    );
}

#[test]
fn what_no_source_settles_is_assumed() {
    let snapshot = base();
    let grant = |policy: Option<&str>| Command::Grant { to: fix::Target::Global, policy: policy.map(str::to_owned) };
    let new = Command::NewPolicy { name: "P".into(), app_ids: vec![Uuid::from_u128(APPS[0])], description: None };
    let all = fix::simulate(&snapshot, &[new.clone(), grant(Some("P"))], Some(now()));
    assert_eq!(all.assumes.len(), 1);
    assert!(all.other.is_some());
    let none = fix::simulate(&snapshot, &[grant(None)], Some(now()));
    assert!(none.snapshot.policies.items.iter().all(|policy| policy.name != "Global") && !none.assumes.is_empty());
    let held = [new, Command::Grant { to: fix::Target::User(Uuid::from_u128(USERS[0])), policy: Some("P".into()) }];
    let held =
        fix::simulate(&snapshot, &[&held[..], &[Command::RemovePolicy { name: "P".into() }]].concat(), Some(now()));
    assert!(held.assumes.iter().any(|it| it.contains("removed policy")), "{:?}", held.assumes);
    let missing = fix::simulate(
        &snapshot,
        &[Command::Grant { to: fix::Target::User(Uuid::from_u128(USERS[0])), policy: Some("Nowhere".into()) }],
        None,
    );
    assert!(missing.refused[0].fails && fix::equal(&snapshot, &missing.snapshot));
}

#[test]
fn a_group_that_nobody_read_is_no_proof() {
    let catalogue = Catalogue::builtin();
    let snapshot = base();
    let mut ask = ask(&snapshot, &catalogue, Uuid::from_u128(APPS[0]), Uuid::from_u128(USERS[0]), "read-meeting");
    ask.who = Who::Group(Uuid::from_u128(0xd0));
    let plan = fix::plan(&ask);
    assert_eq!(plan.verdict, Verdict::Unknown);
    let fix = &plan.fixes[0];
    assert!(!fix.proof.as_ref().unwrap().proved && !fix.assumes.is_empty());
    assert!(fix.steps[0].commands.iter().any(|line| line.starts_with("Grant-CsApplicationAccessPolicy -Group ")));
    assert!(fix.undo.iter().any(|line| line.starts_with("Remove-CsGroupPolicyAssignment ")));
    assert_eq!(fix.effective_from.as_deref(), Some("PT24H"));
}

#[test]
fn a_licence_costs_and_is_no_proof() {
    let catalogue = Catalogue::builtin();
    let mut snapshot = base();
    snapshot.users.items[0].teams = Some(graphwhy::tenant::Teams::Absent);
    let app = Uuid::from_u128(APPS[0]);
    snapshot.policies.items[0].app_ids.push(app);
    let plan = fix::plan(&ask(&snapshot, &catalogue, app, Uuid::from_u128(USERS[0]), "read-meeting"));
    assert_eq!(plan.verdict, Verdict::Unknown);
    let [fix] = plan.fixes.as_slice() else { panic!("{:#?}", plan.fixes) };
    assert!(fix.note.contains("costs money") && !fix.proof.as_ref().unwrap().proved);
}

#[test]
fn reads_come_back_when_the_assignments_that_they_rest_on_do() {
    let mut dice = Dice::new(7);
    let truth = tenant_of(&mut dice);
    let mut snapshot = truth.clone();
    snapshot.direct.status = Status::Missing;
    snapshot.direct.items.clear();
    snapshot.effective = tenants::reads(&truth);
    for user in USERS.iter().map(|user| Uuid::from_u128(*user)) {
        let Some(back) = fix::direct_assignment(&snapshot, user) else { panic!("a read tells") };
        let back = back.map(str::to_owned);
        let to = fix::Target::User(user);
        let there = Command::Grant { to, policy: Some("Global".into()) };
        let both = run(&snapshot, &[there, Command::Grant { to, policy: back }]);
        assert!(fix::equal(&snapshot, both.snapshot()), "{:#?}\n{:#?}", snapshot.effective, both.snapshot().effective);
    }
}

#[test]
fn a_needless_direct_assignment_may_go() {
    let catalogue = Catalogue::builtin();
    let mut snapshot = base();
    let [a, b] = [Uuid::from_u128(APPS[0]), Uuid::from_u128(APPS[1])];
    let user = Uuid::from_u128(USERS[0]);
    let policy =
        |name: &str, app_ids: Vec<Uuid>| Policy { name: name.into(), app_ids, other_ids: vec![], description: None };
    snapshot.policies.items = vec![policy("Global", vec![a, b]), policy("Old", vec![b])];
    for id in &USERS[..2] {
        snapshot.direct.items.push(Direct { user_id: Uuid::from_u128(*id), policy: Some("Old".into()) });
    }
    let plan = fix::plan(&ask(&snapshot, &catalogue, a, user, "read-meeting"));
    let first = &plan.fixes[0];
    assert_eq!(first.title, "remove the user's direct assignment, so that `Global` applies");
    assert!(first.proof.as_ref().unwrap().proved);
    assert_eq!(first.undo, [format!("Grant-CsApplicationAccessPolicy -Identity '{user}' -PolicyName 'Old'")]);
}

/// Every hygiene cause is found in its example and not in its healthy one.
#[test]
fn hygiene_causes_are_found_in_their_examples() {
    let catalogue = Catalogue::builtin();
    let mut seen = Vec::new();
    for cause in catalogue.causes().iter().filter(|cause| cause.gates.contains(&Gate::Hygiene)) {
        let (failing, healthy) = examples(&cause.slug, &cause.body).unwrap();
        let found = |example: &Example| -> Option<Vec<String>> {
            let snapshot = tenant::parse(example.state.as_deref()?, &cause.slug).unwrap();
            Some(audit(&snapshot, &catalogue).iter().map(|finding| finding.cause.to_string()).collect())
        };
        let has = |list: &Vec<String>| list.iter().any(|slug| *slug == cause.slug);
        if let Some(list) = found(&failing) {
            assert!(has(&list), "{}: {list:?}", cause.slug);
            seen.push(cause.slug.to_string());
        }
        if let Some(list) = found(&healthy).filter(|_| cause.gates.as_ref() == [Gate::Hygiene]) {
            assert!(!has(&list), "{}: {list:?}", cause.slug);
        }
    }
    assert!(seen.len() >= 6, "{seen:?}");
}

#[test]
fn nothing_is_odd_where_nothing_was_read() {
    let catalogue = Catalogue::builtin();
    assert!(audit(&Snapshot::default(), &catalogue).is_empty());
    let mut partial = base();
    partial.policies.items[0].app_ids.push(Uuid::from_u128(0xfe));
    partial.policies.status = Status::Partial;
    partial.apps.status = Status::Partial;
    let causes: Vec<String> = audit(&partial, &catalogue).iter().map(|finding| finding.cause.to_string()).collect();
    assert_eq!(causes, ["tenant-wide-grant"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Adding facts never takes a certain hygiene finding back.
    #[test]
    fn hygiene_that_is_certain_stays(seed in any::<u64>()) {
        let catalogue = Catalogue::builtin();
        let mut dice = Dice::new(seed);
        let truth = tenant_of(&mut dice);
        let part = mask(&truth, &mut dice);
        let all: Vec<String> = audit(&truth, &catalogue).iter().map(|finding| finding.cause.to_string()).collect();
        for finding in audit(&part, &catalogue).iter().filter(|finding| finding.confidence == Confidence::Certain) {
            prop_assert!(all.iter().any(|slug| *slug == finding.cause), "{finding:#?}\n{truth:#?}\n{part:#?}");
        }
    }

    /// A difference of two snapshots is the other way round the other way round, and none of one.
    #[test]
    fn differences_have_two_directions(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let a = tenant_of(&mut dice);
        let other = tenant_of(&mut dice);
        let b = if dice.chance(5) { other } else { mask(&a, &mut dice) };
        prop_assert!(diff(&a, &a).is_empty() && diff(&b, &b).is_empty());
        let turn = |kind| match kind {
            Kind::Added => Kind::Removed,
            Kind::Removed => Kind::Added,
            Kind::NowRead => Kind::NotRead,
            Kind::NotRead => Kind::NowRead,
            Kind::Changed => Kind::Changed,
        };
        let mut there: Vec<Difference> = diff(&a, &b);
        let mut back: Vec<Difference> = diff(&b, &a)
            .into_iter()
            .map(|it| Difference { kind: turn(it.kind), before: it.after, after: it.before, ..it })
            .collect();
        there.sort();
        back.sort();
        prop_assert_eq!(&there, &back);
        let changed = a != b;
        prop_assert_eq!(changed, !there.is_empty(), "{:#?} {:#?}", a, b);
        let (on, off) = (access::compare(&a, &b, &[]), access::compare(&b, &a, &[]));
        let pairs = |shifts: &[Shift], own: fn(&Shift) -> bool| -> Vec<(Uuid, Uuid)> {
            shifts.iter().filter(|it| own(it)).map(|it| (it.app_id, it.user_id)).collect()
        };
        let moved = |it: &Shift| !it.operations.is_empty() || !it.possible.is_empty();
        prop_assert_eq!(pairs(&on.gains, moved), pairs(&off.loses, moved));
        prop_assert_eq!(pairs(&on.loses, moved), pairs(&off.gains, moved));
        prop_assert!(!on.gains_future || off.loses_future);
    }
}

#[test]
fn a_script_of_somebody_is_simulated_with_its_places() {
    let mut snapshot = base();
    snapshot.users.items[0].upn = Some("adele@contoso.com".into());
    let script = format!(
        "New-CsApplicationAccessPolicy -Identity Notes -AppIds \"{}\"\nGrant-CsApplicationAccessPolicy -Identity adele@contoso.com -PolicyName Notes\nGrant-CsApplicationAccessPolicy -PolicyName Nowhere -Global\nGrant-CsApplicationAccessPolicy -Identity $who -PolicyName Notes\n",
        Uuid::from_u128(APPS[0])
    );
    let source = Source::from_text("set.ps1", script);
    let run = WhatIf::of(std::slice::from_ref(&source), &snapshot, Some(now()));
    let commands: Vec<&Command> = run.commands.iter().map(|(_, command)| command).collect();
    assert_eq!(
        commands[..2],
        [
            &Command::NewPolicy { name: "Notes".into(), app_ids: vec![Uuid::from_u128(APPS[0])], description: None },
            &Command::Grant { to: fix::Target::User(Uuid::from_u128(USERS[0])), policy: Some("Notes".into()) },
        ]
    );
    assert!(matches!(commands[3], Command::Opaque { .. }), "{commands:?}");
    assert_eq!(run.refused.iter().filter(|it| it.fails).map(|it| it.index).collect::<Vec<_>>(), [2]);
    assert!(run.effects.loses_total == 0 && run.takes());
    let value = run.value(&[source], &snapshot);
    assert_eq!(value["changes"][2]["source"]["line"], 3);
}

/// The scripts that are printed can be read back by the reader of scripts, and do the same.
#[test]
fn a_printed_script_is_read_back() {
    let catalogue = Catalogue::builtin();
    let snapshot = base();
    let (app, user) = (Uuid::from_u128(APPS[0]), Uuid::from_u128(USERS[0]));
    let plan = fix::plan(&ask(&snapshot, &catalogue, app, user, "read-meeting"));
    for fix in &plan.fixes {
        let scripts = fix::script::scripts(fix, &snapshot).unwrap();
        let source = Source::from_text("fix.ps1", scripts.run);
        let run = WhatIf::of(std::slice::from_ref(&source), &snapshot, Some(now()));
        let commands: Vec<Command> = run.commands.iter().map(|(_, command)| command.clone()).collect();
        assert_eq!(commands, fix.proof.as_ref().unwrap().commands, "{}", source.text());
        assert_eq!(run.effects, fix.proof.as_ref().unwrap().effects);
    }
}
