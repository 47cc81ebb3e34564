//! `--state`: what a snapshot says about the commands of a script.

use std::fs;

use graphwhy::knowledge::{Catalogue, Confidence, Severity};
use graphwhy::lint::{Against, Linted, lint_against};
use graphwhy::tenant::{Snapshot, Status, parse};

use super::{causes, json, lint};

const ADA: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const BOB: &str = "dc17674c-81d9-4adb-bfb2-8f6a442e4624";
const CY: &str = "aa17674c-81d9-4adb-bfb2-8f6a442e4625";
const SALES: &str = "6a1b5b3e-0f0c-4a55-a7f0-9d5a3b8c2e77";
const SCHEDULER: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const REPORTER: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const SCHEDULER_PRINCIPAL: &str = "b0a1b2c3-0d1e-4f2a-8b3c-4d5e6f708192";
const NOBODY: &str = "2f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";

fn snapshot() -> Snapshot {
    parse(&fs::read_to_string("testdata/scripts/tenant.json").unwrap(), "tenant.json").unwrap()
}

fn run(text: &str, state: &Snapshot) -> Linted {
    let against = Against { states: std::slice::from_ref(state), expected: None };
    lint_against(text, "setup.ps1", &Catalogue::builtin(), against)
}

/// Cause, confidence and underlined text of each finding, in order of their places.
fn found(text: &str, state: &Snapshot) -> Vec<(String, Confidence, String)> {
    let linted = run(text, state);
    let mut found: Vec<_> = linted
        .findings
        .iter()
        .map(|finding| {
            let span = finding.labels[0].span;
            (span.start, (finding.cause.to_string(), finding.confidence, text[span.start..span.end].to_owned()))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, one)| one).collect()
}

fn one(cause: &str, confidence: Confidence, text: &str) -> (String, Confidence, String) {
    (cause.to_owned(), confidence, text.to_owned())
}

fn grant(policy: &str, user: &str) -> String {
    format!("Grant-CsApplicationAccessPolicy -PolicyName {policy} -Identity {user}\n")
}

#[test]
fn a_grant_behind_a_look_at_what_the_user_holds() {
    let state = snapshot();
    let (read, online) = (
        format!("Get-CsUserPolicyAssignment -Identity {ADA} -PolicyType ApplicationAccessPolicy"),
        format!("(Get-CsOnlineUser -Identity {ADA}).ApplicationAccessPolicy"),
    );
    let grant = grant("Reports", ADA);
    let lost = |text: String| found(&text, &state).iter().any(|(cause, ..)| cause == "grant-replaces-policy");
    assert!(lost(grant.clone()), "the snapshot has nothing to lose");
    for text in [
        format!("$now = {read}\nif (-not $now) {{\n{grant}}}\n"),
        format!("if ($null -eq ({read})) {{\n{grant}}}\n"),
        format!("if (!{online}) {{\n{grant}}}\n"),
        format!("if ([string]::IsNullOrEmpty({online})) {{\n{grant}}}\n"),
    ] {
        assert!(!lost(text.clone()), "{text}");
    }
    for text in [
        format!("if ($now) {{\n{grant}}}\n"),
        format!("if ({online} -ne 'Reports') {{\n{grant}}}\n"),
        format!("if (-not {online}) {{ Get-Date }} else {{\n{grant}}}\n"),
        format!("if (-not ({online} -eq 'Reports')) {{\n{grant}}}\n"),
    ] {
        assert!(lost(text.clone()), "{text}");
    }
}

#[test]
fn of_a_user_in_no_list_nothing_is_certain() {
    let mut state = snapshot();
    state.users.status = Status::Partial;
    let global = state.policies.items.iter_mut().find(|it| it.name == "Global").unwrap();
    global.app_ids = vec![REPORTER.parse().unwrap(), SCHEDULER_PRINCIPAL.parse().unwrap()];
    let of = |user: &str, state: &Snapshot| {
        let found = found(&grant("Reports", user), state);
        let lost = found.into_iter().find(|(cause, ..)| cause == "grant-replaces-policy");
        lost.map(|(_, confidence, _)| confidence)
    };
    assert_eq!(of(NOBODY, &state), Some(Confidence::Likely));
    // Somebody who has an assignment is there, whatever the list of users leaves out.
    assert_eq!(of(ADA, &state), Some(Confidence::Certain));
}

#[test]
fn what_powershell_refuses_takes_nothing() {
    let text = format!("Grant-CsApplicationAccessPolicy -Identity {ADA} -PolicyName Reports -Global\n");
    let causes: Vec<String> = found(&text, &snapshot()).into_iter().map(|(cause, ..)| cause).collect();
    assert!(causes.contains(&"conflicting-targets".to_owned()), "{causes:?}");
    assert!(!causes.iter().any(|cause| cause == "grant-replaces-policy" || cause == "access-revoked"), "{causes:?}");
}

#[test]
fn sections_that_undo_are_not_run_after_the_rest() {
    let state = snapshot();
    let back = grant("Reports", ADA);
    let lost = |text: &str| found(text, &state).iter().any(|(cause, ..)| cause == "grant-replaces-policy");
    let first = grant("Meetings", BOB);
    assert!(lost(&format!("{first}\n{back}")));
    assert!(!lost(&format!("{first}\n# Rollback\n{back}")));
    // A script of which that is all is run.
    assert!(lost(&format!("# Rollback\n{back}")));
}

#[test]
fn what_the_snapshot_does_not_have() {
    let state = snapshot();
    use Confidence::{Certain, Likely, Possible};
    let cases = [
        (grant("Nowhere", ADA), vec![one("granted-policy-does-not-exist", Certain, "Nowhere")]),
        (grant("Meetings", NOBODY), vec![one("user-unknown", Certain, NOBODY)]),
        (grant("Meetings", SALES), vec![one("user-unknown", Certain, SALES)]),
        (
            format!("Grant-CsApplicationAccessPolicy -PolicyName Meetings -Group {ADA}"),
            vec![one("group-unknown", Certain, ADA)],
        ),
        (
            format!("Grant-CsApplicationAccessPolicy -PolicyName Meetings -Group {SCHEDULER}"),
            vec![one("group-unknown", Certain, SCHEDULER)],
        ),
        (grant("Meetings", SCHEDULER_PRINCIPAL), vec![one("identity-names-app", Certain, SCHEDULER_PRINCIPAL)]),
        (
            grant("Meetings", "nobody@contoso.com"),
            vec![
                one("user-principal-name-as-identity", Certain, "nobody@contoso.com"),
                one("user-unknown", Possible, "nobody@contoso.com"),
            ],
        ),
        (grant("Meetings", BOB), vec![one("user-is-guest", Possible, BOB), one("user-without-teams", Likely, BOB)]),
        (grant("Meetings", ADA), vec![]),
        // What such a grant does is not documented.
        (grant("Global", ADA), vec![one("grant-replaces-policy", Possible, "Global")]),
        (grant("tag:meetings", ADA), vec![]),
        (
            format!("Set-CsApplicationAccessPolicy -Identity Reports -AppIds @{{Add='{SCHEDULER_PRINCIPAL}'}}"),
            vec![one("object-id-in-app-ids", Certain, &format!("'{SCHEDULER_PRINCIPAL}'"))],
        ),
        (
            format!("Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{{Remove='{SCHEDULER_PRINCIPAL}'}}"),
            vec![],
        ),
        (
            format!("Set-CsApplicationAccessPolicy -Identity Reports -AppIds @{{Add='{NOBODY}'}}"),
            vec![one("app-unknown-in-tenant", Certain, &format!("'{NOBODY}'"))],
        ),
        (
            format!("Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{{Add='{REPORTER}'}}"),
            vec![one("permission-not-granted", Likely, &format!("'{REPORTER}'"))],
        ),
        (
            format!("New-CsApplicationAccessPolicy -Identity Reports -AppIds '{SCHEDULER}'\n{}", grant("Reports", CY)),
            vec![one("policy-name-taken", Certain, "Reports")],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(found(&text, &state), expected, "{text}");
    }
}

#[test]
fn a_partial_part_says_nothing_of_what_it_does_not_list() {
    let mut state = snapshot();
    state.policies.status = Status::Partial;
    state.users.status = Status::Partial;
    state.apps.status = Status::Partial;
    for text in [
        grant("Nowhere", ADA),
        grant("Meetings", NOBODY),
        format!("Set-CsApplicationAccessPolicy -Identity Reports -AppIds @{{Add='{NOBODY}'}}"),
    ] {
        assert_eq!(found(&text, &state), [], "{text}");
    }
    // What it does list is known all the same.
    assert_eq!(found(&grant("Reports", ADA), &state).len(), 1);
    state.direct.status = Status::Missing;
    assert_eq!(found(&grant("Reports", ADA), &state), [], "which policy the user has was not read");
}

#[test]
fn every_finding_of_the_state_has_its_evidence() {
    let state = snapshot();
    for text in [grant("Nowhere", ADA), grant("Meetings", BOB), grant("Reports", ADA)] {
        for finding in run(&text, &state).findings {
            let evidence = finding.evidence.first().unwrap_or_else(|| panic!("{}", finding.cause));
            assert!(!evidence.object.is_empty() && !evidence.field.is_empty() && !evidence.value.is_empty());
            assert_eq!(evidence.read_at.as_deref().map(|at| &at[..10]), Some("2026-11-20"), "{}", finding.cause);
        }
    }
}

#[test]
fn who_loses_what_is_counted() {
    let state = snapshot();
    let explained = |text: &str| {
        let linted = run(text, &state);
        let finding = linted.findings.iter().find(|f| f.explanation.contains("may act for"));
        finding.map(|f| (f.cause.to_string(), f.labels[0].text.clone(), f.explanation.clone()))
    };
    let (cause, label, words) = explained(&grant("Reports", ADA)).unwrap();
    assert_eq!((cause.as_str(), label.as_str()), ("grant-replaces-policy", "takes an app away from this user"));
    assert!(words.contains("`Scheduler`") && words.contains("ada@contoso.com"), "{words}");
    let set = format!("Set-CsApplicationAccessPolicy -Identity Meetings -AppIds '{REPORTER}'");
    let (cause, label, words) = explained(&set).unwrap();
    assert_eq!((cause.as_str(), label.as_str()), ("app-ids-replaced", "takes an app away from 2 users"));
    assert!(words.contains("ada@contoso.com, bob@contoso.com"), "{words}");
    let group = format!("Grant-CsApplicationAccessPolicy -PolicyName Global -Group {SALES}");
    let (_, label, words) = explained(&group).unwrap();
    assert_eq!(label, "takes an app away from this user");
    assert!(words.contains("`Reporter`") && words.contains("cy@contoso.com"), "{words}");
    assert_eq!(explained(&grant("Meetings", ADA)), None);
}

#[test]
fn what_is_taken_by_name_is_told_as_well() {
    let state = snapshot();
    let revoked = |text: &str| {
        let linted = run(text, &state);
        let found = linted.findings.iter().find(|f| f.cause == "access-revoked");
        found.map(|f| {
            (
                f.severity,
                f.confidence,
                text[f.labels[0].span.start..f.labels[0].span.end].to_owned(),
                f.explanation.clone(),
            )
        })
    };
    let (severity, confidence, place, words) =
        revoked(&format!("Grant-CsApplicationAccessPolicy -PolicyName $null -Identity {ADA}")).unwrap();
    assert_eq!((severity, confidence, place.as_str()), (Severity::Info, Confidence::Certain, "$null"));
    assert!(words.contains("`Scheduler`") && words.contains("ada@contoso.com") && !words.contains("bob"), "{words}");
    let remove = format!("Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{{Remove='{SCHEDULER}'}}");
    let (severity, confidence, place, words) = revoked(&remove).unwrap();
    assert_eq!((severity, confidence), (Severity::Info, Confidence::Certain));
    assert_eq!(place, format!("@{{Remove='{SCHEDULER}'}}"));
    assert!(words.contains("ada@contoso.com, bob@contoso.com"), "{words}");
    // The holders of a removed policy are not named by it, and what they get is not documented.
    let (severity, confidence, place, words) = revoked("Remove-CsApplicationAccessPolicy -Identity Meetings").unwrap();
    assert_eq!((severity, confidence, place.as_str()), (Severity::Warning, Confidence::Likely, "Meetings"));
    assert!(words.contains("ada@contoso.com") && words.contains("not documented"), "{words}");
    let group = format!("Remove-CsGroupPolicyAssignment -GroupId {SALES} -PolicyType ApplicationAccessPolicy");
    let (_, _, place, words) = revoked(&group).unwrap();
    assert_eq!(place, "Remove-CsGroupPolicyAssignment");
    assert!(words.contains("cy@contoso.com"), "{words}");
    // Nobody loses anything.
    for text in [
        format!("Grant-CsApplicationAccessPolicy -PolicyName $null -Identity {CY}"),
        format!("Set-CsApplicationAccessPolicy -Identity Reports -AppIds @{{Remove='{SCHEDULER}'}}"),
        format!("Remove-CsGroupPolicyAssignment -GroupId {SALES} -PolicyType TeamsMeetingPolicy"),
        format!("{remove} -WhatIf"),
        format!(
            "{}{}Remove-CsApplicationAccessPolicy -Identity Reports",
            grant("Meetings", CY),
            grant("Meetings", ADA)
        ),
    ] {
        assert_eq!(revoked(&text), None, "{text}");
    }
}

#[test]
fn a_policy_that_is_not_there_is_neither_changed_nor_removed() {
    let mut state = snapshot();
    let policy = |text: &str, state: &Snapshot| -> Vec<(Confidence, String)> {
        found(text, state).into_iter().filter(|(cause, ..)| cause == "policy-unknown").map(|(_, c, t)| (c, t)).collect()
    };
    let set = format!("Set-CsApplicationAccessPolicy -Identity Nowhere -AppIds @{{Add='{SCHEDULER}'}}");
    assert_eq!(policy(&set, &state), [(Confidence::Certain, "Nowhere".to_owned())]);
    assert_eq!(
        policy("Remove-CsApplicationAccessPolicy Nowhere", &state),
        [(Confidence::Certain, "Nowhere".to_owned())]
    );
    for text in [
        format!("New-CsApplicationAccessPolicy -Identity Nowhere -AppIds '{REPORTER}'\n{set}"),
        format!("if (Get-CsApplicationAccessPolicy -Identity Nowhere) {{ {set} }}"),
        format!("try {{ {set} }} catch {{ }}"),
        format!("Set-CsApplicationAccessPolicy -Identity Global -AppIds @{{Add='{SCHEDULER}'}}"),
        format!("Set-CsApplicationAccessPolicy -Identity Tag:meetings -AppIds @{{Add='{SCHEDULER}'}}"),
        "Remove-CsApplicationAccessPolicy Nowhere -ErrorAction SilentlyContinue".to_owned(),
        "Get-CsApplicationAccessPolicy Nowhere".to_owned(),
    ] {
        assert_eq!(policy(&text, &state), [], "{text}");
    }
    state.policies.status = Status::Partial;
    assert_eq!(policy(&set, &state), []);
}

#[test]
fn a_policy_that_the_tenant_has_granted_is_granted() {
    let state = snapshot();
    let new = |name: &str| {
        format!(
            "if (-not (Get-CsApplicationAccessPolicy -Identity {name})) {{ New-CsApplicationAccessPolicy -Identity {name} -AppIds '{SCHEDULER}' }}"
        )
    };
    let only = |text: &str| -> Vec<String> { found(text, &state).into_iter().map(|(cause, ..)| cause).collect() };
    for name in ["Meetings", "Tag:Reports"] {
        assert_eq!(only(&new(name)), Vec::<String>::new());
        assert_eq!(graphwhy::lint::lint(&new(name), "a.ps1", &Catalogue::builtin()).findings.len(), 1);
    }
    assert_eq!(only(&new("Fresh")), ["policy-never-granted"]);
}

#[test]
fn commands_meet_the_state_that_those_before_left() {
    let state = snapshot();
    let new = format!("New-CsApplicationAccessPolicy -Identity Fresh -AppIds '{SCHEDULER}', '{REPORTER}'\n");
    let only = |text: &str| -> Vec<String> { found(text, &state).into_iter().map(|(cause, ..)| cause).collect() };
    // The reporter has no permission; the policy is there, and it lists all that Ada had.
    assert_eq!(only(&format!("{new}{}", grant("Fresh", ADA))), ["permission-not-granted"]);
    // Of two arms one is run.
    let either = format!(
        "if ($a) {{ Set-CsApplicationAccessPolicy -Identity Reports -AppIds @{{Add='{SCHEDULER}'}} }} else {{ {} }}",
        grant("Reports", ADA).trim()
    );
    assert_eq!(only(&either), ["grant-replaces-policy"]);
    let both = format!(
        "Set-CsApplicationAccessPolicy -Identity Reports -AppIds @{{Add='{SCHEDULER}'}}\n{}",
        grant("Reports", ADA)
    );
    assert_eq!(only(&both), Vec::<String>::new());
    // What is only known when it is run makes nothing certain.
    let opaque =
        format!("New-CsApplicationAccessPolicy -Identity $name -AppIds '{SCHEDULER}'\n{}", grant("Nowhere", ADA));
    assert_eq!(only(&opaque), Vec::<String>::new());
    // A guarded or caught `New-` knows that the policy may be there.
    let guarded = format!(
        "if (-not (Get-CsApplicationAccessPolicy -Identity Reports)) {{ New-CsApplicationAccessPolicy -Identity Reports -AppIds '{SCHEDULER}' }}\n{}",
        grant("Reports", CY)
    );
    assert_eq!(only(&guarded), Vec::<String>::new());
}

#[test]
fn the_snapshot_is_that_of_the_tenant_that_is_named() {
    let state = snapshot();
    let mut other = state.clone();
    let id = "11a2b3c4-3c0e-4f7b-9d5e-2b8c6a9e4d10";
    other.tenant_id = Some(uuid::Uuid::try_parse(id).unwrap());
    other.policies.items.retain(|policy| policy.name != "Meetings");
    let text = |tenant: &str| format!("Connect-MicrosoftTeams -TenantId {tenant}\n{}", grant("Meetings", CY));
    let both = [state.clone(), other];
    let lint = |text: &str, states: &[Snapshot]| {
        let against = Against { states, expected: None };
        let linted = lint_against(text, "setup.ps1", &Catalogue::builtin(), against);
        let causes: Vec<String> = linted.findings.iter().map(|finding| finding.cause.to_string()).collect();
        (causes, linted.notes.iter().any(|note| note.loud))
    };
    let absent = vec!["granted-policy-does-not-exist".to_owned()];
    assert_eq!(lint(&text("7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10"), &both), (vec![], false));
    assert_eq!(lint(&text(id), &both), (absent, false));
    assert_eq!(lint(&text(id), &both[..1]), (vec![], true), "no snapshot of that tenant");
    assert_eq!(lint(&grant("Nowhere", CY), &both), (vec![], true), "which of the two is not said");
}

#[test]
fn many_grants_take_no_square_of_the_time() {
    let state = snapshot();
    let mut text = String::new();
    for index in 0..4000 {
        text.push_str(&grant(&format!("P{index}"), ADA));
    }
    let start = std::time::Instant::now();
    let linted = run(&text, &state);
    assert!(linted.findings.len() > 3000);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn expectations_of_the_configuration_are_held_against_the_script() {
    let dir = tempfile::tempdir().unwrap();
    fs::copy("testdata/scripts/tenant.json", dir.path().join("tenant.json")).unwrap();
    fs::write(dir.path().join("graphwhy.toml"), "[lint]\nexpect = \"ci/expect.toml\"\n").unwrap();
    fs::create_dir(dir.path().join("ci")).unwrap();
    let expect = "[[expect]]\napp = \"Scheduler\"\nusers = [\"ada@contoso.com\"]\naccess = \"allow\"\nreason = \"it plans her week\"\n";
    fs::write(dir.path().join("ci/expect.toml"), expect).unwrap();
    fs::write(dir.path().join("a.ps1"), grant("Reports", ADA)).unwrap();
    let (code, document) = json(dir.path(), &["a.ps1", "--state", "tenant.json"]);
    assert_eq!((code, causes(&document)), (1, vec!["expectation-broken".into(), "grant-replaces-policy".into()]));
    let finding = &document["results"][0]["findings"][0];
    assert!(finding["explanation"].as_str().unwrap().contains("it plans her week"), "{finding}");
    assert_eq!(
        finding["evidence"][0]["object"].as_str().map(|at| at.replace('\\', "/")),
        Some("ci/expect.toml:1".into())
    );
    // What is put right before the end is not broken, and without a state nothing is known.
    fs::write(dir.path().join("a.ps1"), format!("{}{}", grant("Reports", ADA), grant("Meetings", ADA))).unwrap();
    let (_, document) = json(dir.path(), &["a.ps1", "--state", "tenant.json"]);
    assert!(!causes(&document).contains(&"expectation-broken".to_owned()), "{document}");
    assert_eq!(json(dir.path(), &["a.ps1"]).0, 0);
    // No document says what a grant of `Global` by its name does, so it breaks nothing for certain.
    fs::write(dir.path().join("a.ps1"), grant("Global", ADA)).unwrap();
    let (_, document) = json(dir.path(), &["a.ps1", "--state", "tenant.json"]);
    assert!(!causes(&document).contains(&"expectation-broken".to_owned()), "{document}");
    fs::write(dir.path().join("ci/expect.toml"), "[[expect]]\napp = 1\n").unwrap();
    lint(dir.path()).args(["a.ps1", "--state", "tenant.json"]).assert().code(3);
    lint(dir.path()).arg("a.ps1").assert().code(3);
    // A file that is not there is no expectation that holds.
    fs::remove_file(dir.path().join("ci/expect.toml")).unwrap();
    let output = lint(dir.path()).arg("a.ps1").assert().code(3).get_output().clone();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.replace('\\', "/").contains("ci/expect.toml"), "{told}");
    lint(dir.path()).args(["a.ps1", "--no-config"]).assert().code(0);
}

#[test]
fn suppressions_of_state_causes_count_with_a_state_only() {
    let state = snapshot();
    let text = format!(
        "# graphwhy: ignore[user-is-guest, user-without-teams] he organizes nothing\n{}",
        grant("Meetings", BOB)
    );
    let linted = run(&text, &state);
    assert_eq!((linted.findings.len(), linted.suppressed.len(), linted.unused_suppressions.len()), (0, 2, 0));
    let linted = graphwhy::lint::lint(&text, "setup.ps1", &Catalogue::builtin());
    assert_eq!((linted.findings.len(), linted.unused_suppressions.len()), (0, 0));
    let linted = run(&text.replace(BOB, CY), &state);
    assert_eq!(linted.unused_suppressions.len(), 2);
}

/// Warnings leave the exit code as it is; that somebody loses an app stands in the last line.
#[test]
fn the_last_line_says_how_many_lose_an_app() {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("Remove-CsApplicationAccessPolicy -Identity Meetings\n{}", grant("Reports", ADA));
    fs::write(dir.path().join("a.ps1"), &text).unwrap();
    fs::copy("testdata/scripts/tenant.json", dir.path().join("tenant.json")).unwrap();
    let losing = run(&text, &snapshot()).losing.len();
    assert!(losing > 0);
    let output = lint(dir.path()).args(["a.ps1", "--state", "tenant.json"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let words = if losing == 1 { "1 user loses an app".to_owned() } else { format!("{losing} users lose an app") };
    assert!(told.contains(&words), "{told}");
    let output = lint(dir.path()).arg("a.ps1").output().unwrap();
    assert!(!String::from_utf8(output.stderr).unwrap().contains("an app\n"));
}
