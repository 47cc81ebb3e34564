//! Plans of tenants that are written down: which fix comes first, and what is not proved.

use graphwhy::diagnose::Verdict;
use graphwhy::fix::{self, Ask, Command, Fix, Who};
use graphwhy::knowledge::{Catalogue, Gate};
use graphwhy::tenant::{Direct, Policy, Snapshot, Status, User};
use uuid::Uuid;

use crate::tenants::{self, APPS, Dice, USERS, random as tenant_of};
use crate::{OPERATIONS, ask, base, now, run};

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

/// Equal gains do not make a change of all who come later the first.
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

/// `Global` and one policy more, with what they list.
fn two_policies(global: &[Uuid], name: &str, listed: &[Uuid]) -> Snapshot {
    let policy = |name: &str, app_ids: &[Uuid]| Policy {
        name: name.into(),
        app_ids: app_ids.to_vec(),
        other_ids: vec![],
        description: None,
    };
    let mut snapshot = base();
    snapshot.policies.items = vec![policy("Global", global), policy(name, listed)];
    snapshot
}

/// Whose policy is not known may have any: none is opened for all who hold it before a read names it.
#[test]
fn what_was_not_read_opens_no_policy_of_others() {
    let catalogue = Catalogue::builtin();
    let [a, b] = [Uuid::from_u128(APPS[0]), Uuid::from_u128(APPS[1])];
    let user = Uuid::from_u128(USERS[0]);
    let mut snapshot = two_policies(&[], "Sales", &[b]);
    snapshot.policies.items.push(Policy { name: "Ops".into(), ..snapshot.policies.items[0].clone() });
    snapshot.direct.status = Status::Missing;
    let plan = fix::plan(&ask(&snapshot, &catalogue, a, user, "read-meeting"));
    assert_eq!((plan.verdict, plan.blocked.len()), (Verdict::Denied, 0));
    let edits = |fix: &Fix| -> Vec<String> {
        let commands = &fix.proof.as_ref().unwrap().commands;
        commands
            .iter()
            .filter_map(|it| if let Command::SetPolicy { name, .. } = it { Some(name.clone()) } else { None })
            .collect()
    };
    let all: Vec<Vec<String>> = plan.fixes.iter().map(edits).collect();
    assert_eq!(all, [vec!["Sales".to_owned()], vec!["Ops".to_owned()], vec![], vec!["Global".to_owned()]]);
    let read = format!("Get-CsUserPolicyAssignment -Identity '{user}' -PolicyType ApplicationAccessPolicy");
    for fix in &plan.fixes {
        let proof = fix.proof.as_ref().unwrap();
        assert!(!proof.proved && proof.effects.losers() == 0, "{fix:#?}");
        assert_eq!(fix.preconditions.first(), Some(&read), "{fix:#?}");
        assert!(fix.title.contains("if the read shows") && fix.assumes[0].starts_with("the read shows"), "{fix:#?}");
        // What the read has to show is what the script compares first.
        let scripts = fix::script::scripts(fix, &snapshot).unwrap();
        assert!(scripts.run.contains(&format!("$relied = Read-Effective '{user}'")), "{}", scripts.run);
    }
    assert!(plan.fixes[0].note.contains("everybody who holds the policy gains the app"), "{}", plan.fixes[0].note);
    assert!(plan.fixes[2].assumes[0].ends_with("would lose the user"), "{:?}", plan.fixes[2].assumes);
    let own = &plan.fixes[2].steps[0].commands;
    assert!(own[0].starts_with("New-CsApplicationAccessPolicy ") && own[1].starts_with("Grant-"), "{own:?}");

    // Of several users, and of many policies, the read comes before any plan.
    let both = Ask {
        who: Who::Users(vec![user, Uuid::from_u128(USERS[1])]),
        ..ask(&snapshot, &catalogue, a, user, "read-meeting")
    };
    let mut many = snapshot.clone();
    for number in 0..6 {
        many.policies.items.push(Policy { name: format!("P{number}"), ..snapshot.policies.items[0].clone() });
    }
    let of_many = ask(&many, &catalogue, a, user, "read-meeting");
    for asked in [both, of_many] {
        let plan = fix::plan(&asked);
        assert!(plan.fixes.is_empty(), "{:#?}", plan.fixes);
        assert!(plan.blocked[0].reason.contains("Get-CsUserPolicyAssignment"), "{:?}", plan.blocked);
    }
}

/// Members of a group have `Global` until then: what that lists is not left out unread.
#[test]
fn a_policy_for_a_group_takes_over_what_global_lists() {
    let catalogue = Catalogue::builtin();
    let b = Uuid::from_u128(APPS[1]);
    let mut snapshot = two_policies(&[b], "Sales", &[]);
    let group = |snapshot: &Snapshot| {
        let one = ask(snapshot, &catalogue, Uuid::from_u128(APPS[0]), Uuid::from_u128(USERS[0]), "read-meeting");
        fix::plan(&Ask { who: Who::Group(Uuid::from_u128(0xd0)), ..one })
    };
    assert!(group(&snapshot).fixes[0].steps[0].commands[0].contains(&b.to_string()));
    snapshot.policies.items.remove(0);
    snapshot.policies.status = Status::Partial;
    let plan = group(&snapshot);
    assert!(plan.fixes.is_empty() && plan.blocked[0].reason.contains("`Global`"), "{plan:#?}");
}

#[test]
fn a_grant_that_takes_is_last_and_told() {
    let catalogue = Catalogue::builtin();
    let [a, b] = [Uuid::from_u128(APPS[0]), Uuid::from_u128(APPS[1])];
    let user = Uuid::from_u128(USERS[0]);
    let snapshot = two_policies(&[b], "Other", &[a]);
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
    let [a, b] = [Uuid::from_u128(APPS[0]), Uuid::from_u128(APPS[1])];
    let user = Uuid::from_u128(USERS[0]);
    let mut snapshot = two_policies(&[a, b], "Old", &[b]);
    for id in &USERS[..2] {
        snapshot.direct.items.push(Direct { user_id: Uuid::from_u128(*id), policy: Some("Old".into()) });
    }
    let plan = fix::plan(&ask(&snapshot, &catalogue, a, user, "read-meeting"));
    let first = &plan.fixes[0];
    assert_eq!(first.title, "remove the user's direct assignment, so that `Global` applies");
    assert!(first.proof.as_ref().unwrap().proved);
    assert_eq!(first.undo, [format!("Grant-CsApplicationAccessPolicy -Identity '{user}' -PolicyName 'Old'")]);
}
