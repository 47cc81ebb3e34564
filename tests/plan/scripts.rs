//! What `plan SCRIPT` makes of scripts: the ones that plans are printed as, and those of other people.

use graphwhy::fix::{self, Ask, Command, Target, Who};
use graphwhy::knowledge::{Catalogue, operation_named};
use graphwhy::report::what_if::WhatIf;
use graphwhy::source::Source;
use graphwhy::tenant::{App, Direct, Part, Policy, Snapshot, Status};
use proptest::prelude::*;
use uuid::Uuid;

use crate::tenants::{APPS, Dice, USERS, larger, rename};
use crate::{OPERATIONS, ask, base, now};

const TRANSCRIPTS: &str = "a4a80d8d-d283-4bd8-8504-555ec3870630";

fn what_if(script: &str, snapshot: &Snapshot) -> (WhatIf, Source) {
    let source = Source::from_text("some.ps1", script.to_owned());
    (WhatIf::of(std::slice::from_ref(&source), snapshot, Some(now())), source)
}

fn commands(run: &WhatIf) -> Vec<Command> {
    run.commands.iter().map(|(_, command)| command.clone()).collect()
}

fn app() -> Uuid {
    Uuid::from_u128(APPS[0])
}

fn user() -> Uuid {
    Uuid::from_u128(USERS[0])
}

/// With a policy that the first user holds.
fn assigned() -> Snapshot {
    let mut snapshot = base();
    let policy = Policy { name: "Meetings".into(), app_ids: vec![app()], other_ids: vec![], description: None };
    snapshot.policies.items.push(policy);
    snapshot.direct.items.push(Direct { user_id: user(), policy: Some("Meetings".into()) });
    snapshot
}

/// With the object ids of service principals, of which one is of Microsoft Graph.
fn with_principals() -> Snapshot {
    let mut snapshot = base();
    snapshot.apps.items.push(App { app_id: graphwhy::knowledge::GRAPH, ..snapshot.apps.items[0].clone() });
    for (index, app) in snapshot.apps.items.iter_mut().enumerate() {
        app.service_principal_id = Some(Uuid::from_u128(0x5000 + index as u128));
    }
    snapshot
}

fn principal(snapshot: &Snapshot, app_id: Uuid) -> Uuid {
    snapshot.apps.items.iter().find(|app| app.app_id == app_id).unwrap().service_principal_id.unwrap()
}

fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { 60 };
    ProptestConfig { cases, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    /// A printed script, read back by the product itself, does what the plan promised; so does its undo.
    #[test]
    fn what_a_plan_prints_is_proved_by_plan_itself(seed in any::<u64>()) {
        let catalogue = Catalogue::builtin();
        let mut dice = Dice::new(seed);
        let mut snapshot = larger(&mut dice);
        if dice.chance(3) {
            rename(&mut snapshot, &mut dice);
        }
        let ask = Ask {
            app_id: Uuid::from_u128(APPS[dice.below(APPS.len())]),
            who: Who::Users(vec![Uuid::from_u128(USERS[dice.below(USERS.len())])]),
            operation: operation_named(OPERATIONS[dice.below(OPERATIONS.len())]).unwrap(),
            at: Some(now()),
            policy_name: None,
            snapshot: &snapshot,
            catalogue: &catalogue,
        };
        for fix in &fix::plan(&ask).fixes {
            let Some(proof) = &fix.proof else { continue };
            // Which licence has Teams is known only when the script is run.
            if proof.commands.iter().any(|command| matches!(command, Command::License { .. })) {
                continue;
            }
            let scripts = fix::script::scripts(fix, &snapshot).unwrap();
            let lines: Vec<String> = fix.steps.iter().flat_map(|step| step.commands.clone()).collect();
            for text in [&scripts.run, &lines.join("\n")] {
                let (run, source) = what_if(text, &snapshot);
                prop_assert_eq!(&commands(&run), &proof.commands, "{}", source.text());
                prop_assert_eq!(&run.effects, &proof.effects);
                prop_assert_eq!((run.left_out, run.opaque), (0, 0), "{}", source.text());
            }
            let Some(undo) = scripts.undo else { continue };
            let (run, source) = what_if(&format!("{}\n{undo}", scripts.run), &snapshot);
            let both: Vec<Command> = proof.commands.iter().chain(&proof.undo).cloned().collect();
            prop_assert_eq!(&commands(&run), &both, "{}", source.text());
        }
    }
}

/// What acts on a terminal is spelled by its code, and read back.
#[test]
fn names_with_control_characters_are_read_back() {
    for name in ["a\u{1b}[31mred", "\u{202e}x", "tab\there", "it's ‘so’ `n $(x) \u{200b}"] {
        let mut snapshot = assigned();
        snapshot.policies.items[1].name = name.to_owned();
        let literal = fix::quote::literal(name);
        let (run, source) =
            what_if(&format!("Grant-CsApplicationAccessPolicy -Identity {} -PolicyName {literal}", user()), &snapshot);
        let expected = Command::Grant { to: Target::User(user()), policy: Some(name.to_owned()) };
        assert_eq!(commands(&run), [expected], "{}", source.text());
    }
}

#[test]
fn roles_are_simulated_by_any_way_of_assigning_them() {
    let snapshot = with_principals();
    let (own, graph) = (principal(&snapshot, app()), principal(&snapshot, graphwhy::knowledge::GRAPH));
    let body = format!(r#"{{"principalId":"{own}","resourceId":"{graph}","appRoleId":"{TRANSCRIPTS}"}}"#);
    let table = format!("@{{ principalId = '{own}'; resourceId = '{graph}'; appRoleId = '{TRANSCRIPTS}' }}");
    let host = "https://graph.microsoft.com/v1.0";
    for script in [
        format!(
            "New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId {own} -PrincipalId {own} -ResourceId {graph} -AppRoleId {TRANSCRIPTS}"
        ),
        format!("New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId {own} -BodyParameter {table}"),
        format!(
            "New-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId {graph} -PrincipalId {own} -ResourceId {graph} -AppRoleId {TRANSCRIPTS}"
        ),
        format!(
            "Invoke-MgGraphRequest -Method POST -Uri '{host}/servicePrincipals/{own}/appRoleAssignments' -Body '{body}'"
        ),
        format!(
            "Invoke-MgGraphRequest -Method POST -Uri '/v1.0/servicePrincipals/{graph}/appRoleAssignedTo' -Body {table}"
        ),
        format!(
            "$sp = Get-MgServicePrincipal -Filter \"appId eq '{}'\"\n$g = Get-MgServicePrincipal -Filter \"appId eq '{}'\"\nNew-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -PrincipalId $sp.Id -ResourceId $g.Id -AppRoleId '{TRANSCRIPTS}'",
            app(),
            graphwhy::knowledge::GRAPH
        ),
    ] {
        let (run, _) = what_if(&script, &snapshot);
        let role = "OnlineMeetingTranscript.Read.All".to_owned();
        let expected = Command::AddRole { app_id: app(), role, role_id: Uuid::try_parse(TRANSCRIPTS).unwrap() };
        assert_eq!(commands(&run), [expected], "{script}");
        assert_eq!((run.left_out, run.is_open()), (0, false), "{script}");
    }
}

/// A variable that may hold something else where it is used names nobody.
#[test]
fn a_variable_that_may_have_changed_is_not_followed() {
    let snapshot = with_principals();
    let find = |variable: &str, app: Uuid| format!("${variable} = Get-MgServicePrincipal -Filter \"appId eq '{app}'\"");
    let (own, other) = (find("sp", app()), find("sp", Uuid::from_u128(APPS[1])));
    let graph = find("g", graphwhy::knowledge::GRAPH);
    let new = format!(
        "New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -PrincipalId $sp.Id -ResourceId $g.Id -AppRoleId '{TRANSCRIPTS}'"
    );
    for script in [
        format!("{graph}\n{own}\n$sp = $others[0]\n{new}"),
        format!("{graph}\n{own}\nforeach ($sp in $all) {{ {new} }}"),
        format!("{graph}\nif ($x) {{ {own} }} else {{ {other} }}\n{new}"),
        format!("{graph}\n{own}\nGet-Thing -OutVariable sp\n{new}"),
        format!("{graph}\nfunction f {{ {own} }}\nf\n{new}"),
        format!("{graph}\n{new}\n{own}"),
        format!("{graph}\n$sp = Get-MgServicePrincipal -Filter \"displayName eq 'Notes'\"\n{new}"),
    ] {
        let (run, _) = what_if(&script, &snapshot);
        assert_eq!(commands(&run), [], "{script}");
        assert!(run.notes.iter().any(|(_, note)| note.contains("known only when it is run")), "{script}");
    }
    let (run, _) = what_if(&format!("{graph}\n{other}\n{own}\n{new}"), &snapshot);
    assert!(matches!(commands(&run)[..], [Command::AddRole { app_id, .. }] if app_id == app()), "{:?}", run.commands);
    // A role of another API says nothing of meetings.
    let elsewhere = format!(
        "New-MgServicePrincipalAppRoleAssignment -PrincipalId {0} -ServicePrincipalId {0} -ResourceId {0} -AppRoleId {TRANSCRIPTS}",
        principal(&snapshot, app())
    );
    let (run, _) = what_if(&elsewhere, &snapshot);
    assert!(
        run.commands.is_empty() && run.notes.iter().any(|(_, note)| note.contains("another API")),
        "{:?}",
        run.notes
    );
}

#[test]
fn taking_a_role_is_simulated_where_the_script_finds_it() {
    let snapshot = base();
    let held = snapshot.apps.items.iter().find(|it| it.app_id == app()).unwrap().roles.as_ref().unwrap()[0].clone();
    let script = format!(
        "$app = Get-MgServicePrincipal -Filter 'appId eq ''{}'''\n$graph = Get-MgServicePrincipal -Filter 'appId eq ''{}'''\n$grant = Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -All | Where-Object AppRoleId -EQ '{}' | Where-Object ResourceId -EQ $graph.Id\nRemove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -AppRoleAssignmentId $grant.Id",
        app(),
        graphwhy::knowledge::GRAPH,
        held.id.unwrap()
    );
    let (run, _) = what_if(&script, &snapshot);
    assert!(matches!(commands(&run)[..], [Command::RemoveRole { .. }]), "{:?}", run.notes);
    // Who holds the role was not read: nobody knows who loses it.
    let mut unread = snapshot.clone();
    unread.apps = Part::default();
    let (run, _) = what_if(&script, &unread);
    assert!(run.is_open() && !run.takes(), "{}", run.summary());
    // The assignment's own id says nothing of the role.
    let (run, _) =
        what_if("Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId x -AppRoleAssignmentId y", &snapshot);
    assert_eq!((run.commands.len(), run.left_out), (0, 1));
}

/// A command of which a value is not known promises nothing.
#[test]
fn values_known_later_are_no_promise() {
    let mut snapshot = assigned();
    for policy in &mut snapshot.policies.items {
        policy.app_ids.clear();
    }
    let name = snapshot.policies.items[1].name.clone();
    for script in [
        "Grant-CsApplicationAccessPolicy -Identity $who -PolicyName $null".to_owned(),
        format!("Grant-CsApplicationAccessPolicy -Identity $who -PolicyName '{name}'"),
        "Set-CsApplicationAccessPolicy -Identity $policy -AppIds $apps".to_owned(),
        "Import-Csv x.csv | ForEach-Object { Grant-CsApplicationAccessPolicy -Identity $_.Id -PolicyName $null }"
            .to_owned(),
        "Remove-CsGroupPolicyAssignment -GroupId $group -PolicyType ApplicationAccessPolicy".to_owned(),
    ] {
        // Nobody has access, so that nobody is seen to lose any.
        let (run, _) = what_if(&script, &snapshot);
        assert!(run.is_open() && !run.takes() && run.opaque == 1, "{script}: {}", run.summary());
        assert!(!run.summary().contains("nobody loses"), "{script}: {}", run.summary());
    }
    // What is created takes nothing from anybody.
    for script in [
        "New-CsApplicationAccessPolicy -Identity Fresh -AppIds $apps",
        "New-CsApplicationAccessPolicy -Identity $name -AppIds 1c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20",
    ] {
        let (run, _) = what_if(script, &base());
        assert!(!run.is_open() && !run.takes(), "{script}: {}", run.summary());
    }
}

/// The policy's name where the user belongs: the service finds no such policy, and nothing changes.
#[test]
fn a_swapped_grant_changes_nothing() {
    let mut snapshot = assigned();
    snapshot.users.items[0].upn = Some("megan@contoso.com".into());
    let name = snapshot.policies.items[1].name.clone();
    let script = format!("Grant-CsApplicationAccessPolicy -PolicyName megan@contoso.com -Identity '{name}'");
    let (run, _) = what_if(&script, &snapshot);
    assert!(run.refused.iter().any(|it| it.fails && it.why.contains("not found")), "{:?}", run.refused);
    assert_eq!((run.effects.gains_total, run.effects.loses_total, run.opaque), (0, 0, 0));
    assert!(
        run.takes() && run.notes.iter().any(|(_, note)| note.contains("-Identity takes the user")),
        "{:?}",
        run.notes
    );
    // Where not every policy was read, it may exist.
    snapshot.policies.status = Status::Partial;
    let (run, _) = what_if(&script, &snapshot);
    assert!(run.refused.is_empty() && run.is_open(), "{:?}", run.refused);
}

/// What a grant of `Global` by its name does is written nowhere.
#[test]
fn a_grant_of_global_by_name_is_not_settled() {
    let snapshot = base();
    for to in [format!("-Identity {}", user()), "-Global".to_owned(), format!("-Group {}", Uuid::from_u128(7))] {
        let (run, _) = what_if(&format!("Grant-CsApplicationAccessPolicy {to} -PolicyName Global"), &snapshot);
        assert!(matches!(commands(&run)[..], [Command::Grant { .. }]), "{to}");
        assert!(run.assumes.iter().any(|it| it.contains("not documented")), "{to}: {:?}", run.assumes);
        assert!(!run.loses(), "{to}: {}", run.summary());
    }
}

/// Reads of effective policies do not come back after a command that nobody could read.
#[test]
fn what_is_forgotten_stays_forgotten() {
    use graphwhy::tenant::{EffectiveRead, Via};
    let mut snapshot = assigned();
    let held = snapshot.policies.items.iter().find(|policy| policy.app_ids.contains(&app())).map(|it| it.name.clone());
    let held = held.unwrap_or_else(|| snapshot.policies.items[1].name.clone());
    snapshot.effective.status = Status::Complete;
    for id in USERS {
        let (user_id, policy, via) = (Uuid::from_u128(id), Some(held.clone()), Some(Via::Direct));
        snapshot.effective.items.push(EffectiveRead {
            user_id,
            policy,
            via,
            group_id: None,
            read_at: None,
            hides: Vec::new(),
        });
    }
    let (first, second) = (user(), Uuid::from_u128(USERS[1]));
    let later = Command::Grant { to: Target::User(second), policy: Some(held.clone()) };
    for key in [None, Some(first.to_string())] {
        let opaque = Command::Opaque { reach: fix::Reach::Direct, key, policy: None };
        let simulator = crate::run(&snapshot, &[opaque, later.clone()]);
        let reads = &simulator.snapshot().effective.items;
        assert!(reads.iter().all(|read| read.user_id != first), "{reads:?}");
    }
}

#[test]
fn a_script_for_another_tenant_is_told() {
    let mut snapshot = base();
    snapshot.tenant_id = Some(Uuid::from_u128(1));
    let script = "Connect-MicrosoftTeams -TenantId 22222222-3c0e-4f7b-9d5e-2b8c6a9e4d10\nGet-CsApplicationAccessPolicy";
    let (run, _) = what_if(script, &snapshot);
    assert!(run.elsewhere == 1 && run.is_open(), "{}", run.summary());
    let own = format!("Connect-MicrosoftTeams -TenantId {}", Uuid::from_u128(1));
    let (run, _) = what_if(&own, &snapshot);
    assert!(run.elsewhere == 0 && !run.is_open());
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
