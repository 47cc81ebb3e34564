//! `--state`: what the commands of a script take from whom, where they are run.

use std::collections::BTreeSet;
use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;

use graphwhy::check::expect;
use graphwhy::diagnose::Finding;
use graphwhy::knowledge::{Catalogue, Confidence, Severity, operation_named};
use graphwhy::lint::{Against, Expected, Linted, lint_against};
use graphwhy::report::what_if::WhatIf;
use graphwhy::source::Source;
use graphwhy::tenant::{Direct, Policy, Snapshot, Status, Teams, parse};
use uuid::Uuid;

const ADA: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const BOB: &str = "dc17674c-81d9-4adb-bfb2-8f6a442e4624";
const DORA: &str = "3c17674c-81d9-4adb-bfb2-8f6a442e4626";
const NOBODY: &str = "2f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const SCHEDULER: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const REPORTER: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const SCHEDULER_PRINCIPAL: &str = "b0a1b2c3-0d1e-4f2a-8b3c-4d5e6f708192";

/// Ada and Dora have Teams and hold `Meetings` and `Solo`, which list the scheduler; Bob holds `Meetings` and has none.
fn snapshot() -> Snapshot {
    let mut state = parse(&fs::read_to_string("testdata/scripts/tenant.json").unwrap(), "tenant.json").unwrap();
    let mut dora = state.users.items[0].clone();
    assert_eq!(dora.teams, Some(Teams::Enabled));
    (dora.id, dora.upn, dora.name) = (DORA.parse().unwrap(), Some("dora@contoso.com".into()), Some("Dora".into()));
    state.users.items.push(dora);
    state.policies.items.push(Policy {
        name: "Solo".into(),
        app_ids: vec![SCHEDULER.parse().unwrap()],
        other_ids: Vec::new(),
        description: None,
    });
    state.direct.items.push(Direct { user_id: DORA.parse().unwrap(), policy: Some("Solo".into()) });
    state
}

const EXPECT: &str =
    "[[expect]]\napp = \"Scheduler\"\nusers = [\"ada@contoso.com\", \"dora@contoso.com\"]\naccess = \"allow\"\n";

fn run_as(name: &str, text: &str, state: &Snapshot) -> Linted {
    let all = expect::parse(EXPECT, "expect.toml", operation_named("read-meeting").unwrap()).unwrap();
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let expected = Some(Expected { name: "expect.toml", all: &all, now });
    let against = Against { states: std::slice::from_ref(state), expected };
    lint_against(text, name, &Catalogue::builtin(), against)
}

fn run(text: &str, state: &Snapshot) -> Linted {
    run_as("setup.ps1", text, state)
}

fn of<'l>(linted: &'l Linted, cause: &str) -> Vec<&'l Finding> {
    linted.findings.iter().filter(|finding| finding.cause == cause).collect()
}

/// What takes an app away from somebody.
fn losses(linted: &Linted) -> Vec<&Finding> {
    linted.findings.iter().filter(|finding| finding.explanation.contains("may act for")).collect()
}

fn places<'t>(text: &'t str, linted: &Linted, cause: &str) -> Vec<&'t str> {
    let mut spans: Vec<_> = of(linted, cause).iter().map(|finding| finding.labels[0].span).collect();
    spans.sort();
    spans.iter().map(|span| &text[span.start..span.end]).collect()
}

fn ids(all: &[&str]) -> BTreeSet<Uuid> {
    all.iter().map(|id| id.parse().unwrap()).collect()
}

fn grant(policy: &str, user: &str) -> String {
    format!("Grant-CsApplicationAccessPolicy -PolicyName {policy} -Identity {user}")
}

fn new(policy: &str) -> String {
    format!("New-CsApplicationAccessPolicy -Identity {policy} -AppIds {SCHEDULER}")
}

#[test]
fn what_is_not_run_takes_nothing_and_breaks_nothing() {
    let state = snapshot();
    let taken = grant("Reports", ADA);
    let read = "Get-CsApplicationAccessPolicy -Identity Meetings";
    for text in [
        format!("$ErrorActionPreference = 'Stop'\n{}\n{taken}\n", new("Meetings")),
        format!("try {{ {} -ErrorAction Stop; {taken} }} catch {{ 'there already' }}\n", new("Meetings")),
        format!("if (({read}).AppIds -contains '{SCHEDULER}') {{ return }}\n{taken}\n"),
        format!("if (-not ({read})) {{ {taken} }}\n"),
        format!("{}\nthrow 'not yet'\n{taken}\n", grant("Meetings", ADA)),
    ] {
        let linted = run(&text, &state);
        assert!(losses(&linted).is_empty(), "{text}: {:?}", losses(&linted));
        assert!(of(&linted, "expectation-broken").is_empty(), "{text}");
        assert!(linted.losing.is_empty() && linted.may_lose.is_empty(), "{text}");
        // What stands behind a `throw` is no command of the script at all.
        let told = linted.notes.iter().any(|note| note.text.contains("not run"));
        assert!(told || text.contains("throw"), "{text}");
    }
}

#[test]
fn what_may_be_run_is_not_certain_and_breaks_nothing_for_certain() {
    let state = snapshot();
    let taken = grant("Reports", ADA);
    let of_both = |text: &str| {
        let linted = run(text, &state);
        let of = |finding: &Finding| (finding.severity, finding.confidence);
        let broken = linted.findings.iter().filter(|finding| finding.cause == "expectation-broken");
        let broken: Vec<_> = broken.map(of).collect();
        (losses(&linted).into_iter().map(of).collect::<Vec<_>>(), broken)
    };
    let (warning, error) = (Severity::Warning, Severity::Error);
    let surely = (vec![(warning, Confidence::Certain)], vec![(error, Confidence::Certain)]);
    let perhaps = (vec![(warning, Confidence::Likely)], vec![(warning, Confidence::Likely)]);
    assert_eq!(of_both(&taken), surely);
    let read = "Get-CsApplicationAccessPolicy -Identity Meetings";
    for text in [
        format!("if ($wanted) {{ {taken} }}\n"),
        format!("if ($done) {{ return }}\n{taken}\n"),
        format!("if ($wanted) {{ {taken} }} else {{ {} }}\n", grant("Meetings", ADA)),
    ] {
        assert_eq!(of_both(&text), perhaps, "{text}");
    }
    // The simulator knows that it is run.
    let (lost, broken) = of_both(&format!("if ({read}) {{ {taken} }}\n"));
    assert_eq!((lost.len(), broken), (1, vec![(error, Confidence::Likely)]));
    // Whatever the condition, it comes to the same.
    let either = format!("if ($x) {{ {taken} }} else {{ {} }}\n", grant("$null", ADA));
    let linted = run(&either, &state);
    assert_eq!(of(&linted, "expectation-broken").iter().map(|it| it.severity).collect::<Vec<_>>(), [error]);
}

#[test]
fn all_rounds_of_a_loop_are_told() {
    let state = snapshot();
    for text in [
        format!("foreach ($u in '{ADA}', '{DORA}') {{ {} }}\n", grant("Reports", "$u")),
        format!("'{ADA}', '{DORA}' | ForEach-Object {{ {} }}\n", grant("Reports", "$_")),
        format!("function Give([string]$user) {{ {} }}\nGive {ADA}\nGive {DORA}\n", grant("Reports", "$user")),
    ] {
        let linted = run(&text, &state);
        let found = losses(&linted);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].labels[0].text, "takes an app away from 2 users", "{text}");
        assert_eq!(found[0].confidence, Confidence::Certain, "{text}");
        for user in ["ada@contoso.com", "dora@contoso.com"] {
            assert!(found[0].explanation.contains(user), "{text}: {}", found[0].explanation);
        }
        assert_eq!(linted.losing, ids(&[ADA, DORA]), "{text}");
        // Both expectations break at the one command.
        let broken = of(&linted, "expectation-broken");
        assert_eq!(broken.len(), 1, "{text}");
        assert!(broken[0].explanation.contains("ada@") && broken[0].explanation.contains("dora@"), "{text}");
    }
    let text = format!(
        "foreach ($p in 'Meetings', 'Solo') {{ Set-CsApplicationAccessPolicy -Identity $p -AppIds '{REPORTER}' }}\n"
    );
    assert_eq!(run(&text, &state).losing, ids(&[ADA, DORA]));
}

#[test]
fn of_very_many_users_the_first_are_named() {
    let mut state = snapshot();
    let mut users = Vec::new();
    for index in 0..10_u8 {
        let mut user = state.users.items[0].clone();
        user.id = Uuid::from_bytes([index + 1; 16]);
        user.upn = Some(format!("u{index}@contoso.com"));
        state.direct.items.push(Direct { user_id: user.id, policy: Some("Solo".into()) });
        users.push(format!("'{}'", user.id));
        state.users.items.push(user);
    }
    let text = format!("foreach ($u in {}) {{ {} }}\n", users.join(", "), grant("Reports", "$u"));
    let linted = run(&text, &state);
    let found = losses(&linted);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].labels[0].text, "takes an app away from 10 users");
    assert!(found[0].explanation.contains("and 7 more"), "{}", found[0].explanation);
    assert_eq!(linted.losing.len(), 10);
}

#[test]
fn what_a_script_gives_itself_or_gives_back_is_no_loss() {
    let state = snapshot();
    // The first round gives it, the second takes it: she never had it.
    let text = format!("foreach ($p in 'Meetings', 'Solo') {{ {} }}\n", grant("$p", DORA));
    assert!(losses(&run(&text, &state)).is_empty());
    // The first round takes it, the second gives it back.
    let text = format!("foreach ($p in 'Reports', 'Meetings') {{ {} }}\n", grant("$p", ADA));
    let linted = run(&text, &state);
    assert!(losses(&linted).is_empty() && linted.losing.is_empty());
    // What another command gives back later is told, and counts for nobody.
    let linted = run(&format!("{}\n{}\n", grant("Reports", ADA), grant("Meetings", ADA)), &state);
    assert_eq!((losses(&linted).len(), linted.losing.len()), (1, 0));
    // Nobody knows whether it does.
    let linted = run(&format!("{}\nif ($x) {{ {} }}\n", grant("Reports", ADA), grant("Meetings", ADA)), &state);
    assert_eq!((linted.losing, linted.may_lose), (ids(&[]), ids(&[ADA])));
    // Of two commands of which one is run, each may take it, and she loses it for certain.
    let linted = run(&format!("if ($x) {{ {} }} else {{ {} }}\n", grant("Reports", ADA), grant("$null", ADA)), &state);
    assert!(losses(&linted).iter().all(|finding| finding.confidence == Confidence::Likely));
    assert_eq!((losses(&linted).len(), linted.losing), (2, ids(&[ADA])));
}

#[test]
fn each_name_of_a_loop_is_told_where_it_is_written() {
    let state = snapshot();
    let set = format!("Set-CsApplicationAccessPolicy -Identity $n -AppIds @{{Add='{SCHEDULER}'}}");
    let text = format!("foreach ($n in 'Nope', 'Nada') {{ {set} }}\n");
    assert_eq!(places(&text, &run(&text, &state), "policy-unknown"), ["'Nope'", "'Nada'"]);
    let text = format!("foreach ($n in 'Meetings', 'Nope', 'Nada') {{ {} }}\n", grant("$n", ADA));
    assert_eq!(places(&text, &run(&text, &state), "granted-policy-does-not-exist"), ["'Nope'", "'Nada'"]);
    let text = format!("foreach ($n in 'Meetings', 'Solo', 'Fresh') {{ {} }}\n", new("$n"));
    assert_eq!(places(&text, &run(&text, &state), "policy-name-taken"), ["'Meetings'", "'Solo'"]);
    // What is there is left out.
    let filter = "Where-Object { -not (Get-CsApplicationAccessPolicy -Identity $_) }";
    let text = format!("foreach ($n in 'Meetings', 'Solo' | {filter}) {{ {} }}\n", new("$n"));
    assert!(of(&run(&text, &state), "policy-name-taken").is_empty());
}

#[test]
fn what_other_gates_leave_open_is_not_certain() {
    let state = snapshot();
    let linted = run(&grant("Reports", BOB), &state);
    let found = losses(&linted);
    assert_eq!((found.len(), found[0].confidence), (1, Confidence::Likely));
    assert!(found[0].explanation.starts_with("by the policy part `Scheduler`"), "{}", found[0].explanation);
    assert!(found[0].explanation.contains("no document says whether Graph refuses a user without Teams"));
    assert_eq!((linted.losing, linted.may_lose), (ids(&[]), ids(&[BOB])));
    // Beside somebody of whom it is known.
    let text = format!("foreach ($u in '{ADA}', '{BOB}') {{ {} }}\n", grant("Reports", "$u"));
    let linted = run(&text, &state);
    let found = losses(&linted);
    assert_eq!((found.len(), found[0].confidence), (1, Confidence::Certain));
    assert!(found[0].explanation.contains("for bob@contoso.com by the policy part alone"), "{}", found[0].explanation);
    assert_eq!((linted.losing, linted.may_lose), (ids(&[ADA]), ids(&[BOB])));
    // Permissions that were not read.
    let mut unread = state;
    unread.apps.status = Status::Missing;
    unread.apps.items.clear();
    let linted = run(&grant("Reports", ADA), &unread);
    assert_eq!(losses(&linted).iter().map(|it| it.confidence).collect::<Vec<_>>(), [Confidence::Likely]);
}

#[test]
fn who_is_not_there_loses_nothing() {
    let mut state = snapshot();
    state.direct.items.push(Direct { user_id: NOBODY.parse().unwrap(), policy: Some("Solo".into()) });
    let set = format!("Set-CsApplicationAccessPolicy -Identity Solo -AppIds '{REPORTER}'\n");
    let linted = run(&set, &state);
    assert!(!losses(&linted)[0].explanation.contains(NOBODY), "{}", losses(&linted)[0].explanation);
    assert_eq!(linted.losing, ids(&[DORA]));
    let linted = run(&grant("Reports", NOBODY), &state);
    assert!(losses(&linted).is_empty());
    assert_eq!(of(&linted, "user-unknown").len(), 1);
    // Of a list that is not complete nobody knows.
    state.users.status = Status::Partial;
    let linted = run(&set, &state);
    assert!(losses(&linted)[0].explanation.contains(&format!("for {NOBODY} by the policy part alone")));
}

#[test]
fn a_policy_in_the_place_of_the_user() {
    let mut state = snapshot();
    let text = grant("Meetings", "Solo");
    let linted = run(&text, &state);
    let found = of(&linted, "identity-names-policy");
    assert_eq!(found.iter().map(|it| it.confidence).collect::<Vec<_>>(), [Confidence::Likely]);
    assert_eq!(places(&text, &linted, "identity-names-policy"), ["Solo"]);
    assert_eq!(found[0].evidence[0].object, "policy `Solo`");
    assert!(of(&run(&grant("Meetings", "Other"), &state), "identity-names-policy").is_empty());
    state.users.items[0].name = Some("solo".into());
    assert!(of(&run(&text, &state), "identity-names-policy").is_empty(), "a user is called so");
    state.users.items[0].name = Some("Ada".into());
    state.users.status = Status::Partial;
    assert!(of(&run(&text, &state), "identity-names-policy").is_empty(), "not all users were read");
}

#[test]
fn ids_that_are_added_to_a_list_are_looked_up() {
    let state = snapshot();
    let merge = |id: &str| {
        format!(
            "$ids = (Get-CsApplicationAccessPolicy -Identity Solo).AppIds + '{id}'\nSet-CsApplicationAccessPolicy -Identity Solo -AppIds $ids\n"
        )
    };
    let causes = |text: &str| -> Vec<String> {
        run(text, &state).findings.iter().map(|finding| finding.cause.to_string()).collect()
    };
    let text = merge(SCHEDULER_PRINCIPAL);
    assert_eq!(causes(&text), ["object-id-in-app-ids"]);
    assert_eq!(places(&text, &run(&text, &state), "object-id-in-app-ids"), [format!("'{SCHEDULER_PRINCIPAL}'")]);
    assert_eq!(causes(&merge(REPORTER)), ["permission-not-granted"]);
    assert_eq!(causes(&merge(NOBODY.replace('2', "4").as_str())), ["app-unknown-in-tenant"]);
    assert!(causes(&merge(SCHEDULER)).is_empty());
    let several = format!(
        "$policy = Get-CsApplicationAccessPolicy -Identity Solo\nSet-CsApplicationAccessPolicy -Identity Solo -AppIds (@($policy.AppIds) + '{SCHEDULER}' + '{SCHEDULER_PRINCIPAL}')\n"
    );
    assert_eq!(causes(&several), ["object-id-in-app-ids"]);
}

#[test]
fn a_list_that_leaves_nothing_out_takes_nothing() {
    let mut state = snapshot();
    let set = |apps: &[&str]| {
        let apps: Vec<String> = apps.iter().map(|app| format!("'{app}'")).collect();
        format!("Set-CsApplicationAccessPolicy -Identity Meetings -AppIds {}\n", apps.join(", "))
    };
    let replaced = |text: &str, state: &Snapshot| of(&run(text, state), "app-ids-replaced").len();
    assert_eq!(replaced(&set(&[SCHEDULER, REPORTER]), &state), 0);
    assert_eq!(replaced(&set(&[REPORTER, SCHEDULER_PRINCIPAL, SCHEDULER]), &state), 0);
    assert_eq!(replaced(&set(&[REPORTER]), &state), 1);
    // An earlier command makes the list longer than this one.
    let longer = format!("Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{{Add='{SCHEDULER_PRINCIPAL}'}}\n");
    assert_eq!(replaced(&format!("{longer}{}", set(&[SCHEDULER, REPORTER])), &state), 1);
    state.policies.items.retain(|policy| policy.name != "Meetings");
    state.policies.status = Status::Partial;
    assert_eq!(replaced(&set(&[SCHEDULER, REPORTER]), &state), 1, "what it lists was not read");
}

#[test]
fn jobs_that_are_run_in_place_of_each_other_are_told_each() {
    let job = |name: &str| {
        format!(
            "  {name}:\n    if: github.ref == '{name}'\n    runs-on: windows-latest\n    steps:\n      - shell: pwsh\n        run: {}\n",
            grant("Reports", ADA)
        )
    };
    let text = format!("on: push\njobs:\n{}{}", job("first"), job("second"));
    let linted = run_as(".github/workflows/grant.yml", &text, &snapshot());
    assert_eq!(losses(&linted).len(), 2);
}

const USERS: [&str; 4] = [ADA, BOB, DORA, NOBODY];
const POLICIES: [&str; 5] = ["Meetings", "Reports", "Solo", "Nope", "Fresh"];

/// A command for a user and a policy, which may be variables.
fn command(kind: usize, policy: &str, user: &str) -> String {
    match kind % 9 {
        0 => format!("Set-CsApplicationAccessPolicy -Identity {policy} -AppIds {REPORTER}"),
        1 => format!("Set-CsApplicationAccessPolicy -Identity {policy} -AppIds @{{Add='{SCHEDULER}'}}"),
        2 => format!("Set-CsApplicationAccessPolicy -Identity {policy} -AppIds @{{Remove='{SCHEDULER}'}}"),
        3 => new(policy),
        4 => format!("{} -ErrorAction Stop", new(policy)),
        5 => grant("$null", user),
        _ => grant(policy, user),
    }
}

fn simple() -> impl Strategy<Value = String> {
    let command = |(kind, policy, user): (usize, usize, usize)| command(kind, POLICIES[policy], USERS[user]);
    (0..9_usize, 0..POLICIES.len(), 0..USERS.len()).prop_map(command)
}

fn condition() -> impl Strategy<Value = String> {
    let read = "Get-CsApplicationAccessPolicy -Identity";
    let conditions = [
        "$x".to_owned(),
        format!("-not ({read} Meetings)"),
        format!("{read} Solo"),
        format!("({read} Reports).AppIds -contains '{SCHEDULER}'"),
    ];
    (0..conditions.len()).prop_map(move |index| conditions[index].clone())
}

fn statement() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => simple(),
        1 => (0..9_usize, vec(0..POLICIES.len(), 1..4), 0..USERS.len()).prop_map(|(kind, policies, user)| {
            let names: Vec<String> = policies.iter().map(|policy| format!("'{}'", POLICIES[*policy])).collect();
            format!("foreach ($p in {}) {{ {} }}", names.join(", "), command(kind, "$p", USERS[user]))
        }),
        1 => (0..9_usize, 0..POLICIES.len(), vec(0..USERS.len(), 1..4)).prop_map(|(kind, policy, users)| {
            let users: Vec<String> = users.iter().map(|user| format!("'{}'", USERS[*user])).collect();
            format!("{} | ForEach-Object {{ {} }}", users.join(", "), command(kind, POLICIES[policy], "$_"))
        }),
        1 => (condition(), simple(), simple()).prop_map(|(when, one, two)| {
            format!("if ({when}) {{ {one} }} else {{ {two} }}")
        }),
        1 => (condition(), 0..3_usize).prop_map(|(when, leave)| {
            format!("if ({when}) {{ {} }}", ["return", "exit", "throw 'no'"][leave])
        }),
        1 => (simple(), simple(), simple()).prop_map(|(one, two, three)| {
            format!("try {{ {one}; {two} }} catch {{ {three} }}")
        }),
        1 => Just("$ErrorActionPreference = 'Stop'".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Who loses an app is told as `plan` tells it, for certain and perhaps, and so is what breaks.
    #[test]
    fn what_a_script_takes_is_what_plan_says(statements in vec(statement(), 1..6)) {
        let state = snapshot();
        let text = statements.join("\n");
        let linted = run(&text, &state);
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let mut plan = WhatIf::of(&[Source::from_text("setup.ps1", text.clone())], &state, Some(now));
        let loses = |sure: bool| -> BTreeSet<Uuid> {
            let of = plan.effects.loses.iter().filter(|it| !it.is_gate_only() && (!sure || !it.perhaps));
            of.map(|it| it.user_id).collect()
        };
        prop_assert_eq!(&linted.losing, &loses(true), "{}", &text);
        let told: BTreeSet<Uuid> = linted.losing.union(&linted.may_lose).copied().collect();
        prop_assert_eq!(&told, &loses(false), "{}", &text);
        let all = expect::parse(EXPECT, "expect.toml", operation_named("read-meeting").unwrap()).unwrap();
        let expected = graphwhy::check::kept::Expected { source: "expect.toml", all: &all };
        plan.expecting(expected, &state, &Catalogue::builtin(), now);
        let broken = of(&linted, "expectation-broken").iter().any(|it| it.severity == Severity::Error);
        prop_assert_eq!(broken, plan.breaks(), "{}", &text);
    }
}
