//! The real evaluator against the naive one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use graphwhy::diagnose::{Judgement, Outcome, Question, Verdict, judge};
use graphwhy::input::{MeetingIdForm, MeetingRef, Moment};
use graphwhy::knowledge::{self, Catalogue, Gate, PolicySubject};
use graphwhy::tenant::Snapshot;

use crate::cases;
use crate::laws::{TENANTS, at, level, pairs, snapshot};
use crate::naive::{Allowed, Ask, Asked, asked, expected, fold, policy_answers};
use crate::operations;
use crate::shrink::shrink;
use crate::view::{NOW, View, app, canonical, user};
use crate::world::{ALL, Random, World};

pub(crate) fn question(ask: &Ask) -> Question {
    Question {
        app_id: Some(app(ask.app)),
        user_id: Some(user(ask.user)),
        user: None,
        operation: Some(ask.operation),
        token: None,
        delegated: false,
        meeting: None,
        at: ask.at.map(|(earliest, latest)| Moment { earliest, latest }),
        gates: None,
        policy_asked: ask.policy_asked,
        any_method: false,
        of_incident: false,
    }
}

fn catalogue() -> Catalogue {
    Catalogue::builtin()
}

fn outcome(judgement: &Judgement, gate: Gate) -> Outcome {
    judgement.gates.iter().find(|g| g.gate == gate).unwrap_or_else(|| panic!("no gate {}", gate.name())).outcome
}

fn verdict(judgement: &Judgement) -> Option<bool> {
    match judgement.verdict {
        Verdict::Allowed => Some(true),
        Verdict::Denied => Some(false),
        Verdict::Unknown => None,
    }
}

/// What the real evaluator says that the design does not allow; empty if nothing.
fn disagreement(view: &View, snapshot: Option<&Snapshot>, ask: &Ask, open: &mut BTreeMap<&'static str, u32>) -> String {
    let (answers, _) = policy_answers(view, ask.app, ask.user, false);
    let e = expected(view, ask, answers);
    let judgement = judge(&question(ask), snapshot, &catalogue());
    let mut told = String::new();
    let mut permission = e.permission;
    // Where the sources list a consent and no role, this reading leaves open whether a role may do too; the
    // code says that no role that is listed may.
    if ask.operation.application_supported == Some(true)
        && ask.operation.application.is_none()
        && !ask.operation.rsc.is_empty()
    {
        permission.push(Outcome::Fail);
    }
    let gates: [(Gate, Allowed); 9] = [
        (Gate::Request, vec![Outcome::Skipped]),
        (Gate::Token, vec![Outcome::Skipped]),
        (Gate::Permission, permission),
        (Gate::User, vec![e.user]),
        (Gate::Policy, e.policy),
        (Gate::Time, e.time),
        (Gate::Tenant, vec![e.tenant]),
        (Gate::Meeting, vec![Outcome::Skipped]),
        (Gate::Service, vec![Outcome::Skipped]),
    ];
    for (gate, allowed) in gates {
        let says = outcome(&judgement, gate);
        if !allowed.contains(&says) {
            let _ = writeln!(told, "{} is {}, the design says {allowed:?}", gate.name(), says.name());
        }
        if allowed.len() > 1 {
            *open.entry(says.name()).or_default() += 1;
        }
        let decided = judgement.gates.iter().filter(|g| g.gate == gate && g.outcome == Outcome::Unknown);
        if decided.filter(|g| g.needs.is_none() && g.until.is_none() && g.note.is_empty()).count() > 0 {
            let _ = writeln!(told, "{} is unknown without a word on what would decide it", gate.name());
        }
    }
    let folded = fold(judgement.gates.iter().map(|g| g.outcome));
    if verdict(&judgement) != folded {
        let _ = writeln!(told, "the verdict is {:?}, its gates fold to {folded:?}", judgement.verdict);
    }
    told
}

fn report(seed: u64, view: &View, ask: &Ask, told: &str) -> String {
    let small = shrink(view, &|v| !disagreement(v, Some(&snapshot(v)), ask, &mut BTreeMap::new()).is_empty());
    let still = disagreement(&small, Some(&snapshot(&small)), ask, &mut BTreeMap::new());
    format!(
        "seed {seed}, app {}, user {}, {} {}, at {:?}: {told}shrunk: {still}{small:#?}",
        ask.app, ask.user, ask.operation.method, ask.operation.path, ask.at
    )
}

/// What the real evaluator gets wrong in hand-made cases.
fn wrong(cases: Vec<cases::Case>) -> String {
    let mut wrong = String::new();
    for case in cases {
        let ask = Ask { app: 0, user: 0, operation: case.operation, at: case.at, policy_asked: false };
        let judgement = judge(&question(&ask), Some(&snapshot(&case.view)), &catalogue());
        let gates = [Gate::Permission, Gate::User, Gate::Policy, Gate::Time, Gate::Tenant];
        let got = gates.map(|gate| outcome(&judgement, gate));
        if got != case.says || verdict(&judgement) != fold(got) {
            let _ = writeln!(wrong, "{}: {got:?}, not {:?}; {:?}", case.name, case.says, judgement.verdict);
        }
    }
    wrong
}

#[test]
fn judge_says_what_the_design_says() {
    let mut cases = cases::all();
    cases.extend(cases::settled());
    let wrong = wrong(cases);
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn judge_agrees_with_the_naive_evaluator() {
    let mut open = BTreeMap::new();
    let mut failures: BTreeMap<String, (u32, String)> = BTreeMap::new();
    let mut questions = 0;
    for seed in 0..TENANTS {
        let view = World::generate(seed).view(level(seed));
        let snapshot = snapshot(&view);
        for (app, user) in pairs() {
            for operation in operations::of(seed) {
                questions += 1;
                let ask = Ask { app, user, operation, at: at(seed), policy_asked: seed % 3 == 0 };
                let told = disagreement(&view, Some(&snapshot), &ask, &mut open);
                if !told.is_empty() {
                    let first = failures.entry(told.clone()).or_insert_with(|| (0, report(seed, &view, &ask, &told)));
                    first.0 += 1;
                }
            }
        }
    }
    println!("{questions} questions; where the design is silent: {open:?}");
    let all: Vec<String> = failures.values().map(|(n, text)| format!("{n} times, first {text}")).collect();
    assert!(all.is_empty(), "{} kinds of disagreement\n{}", all.len(), all.join("\n\n"));
}

/// The service's own words tell the class of an operation that is not in the text: the policy is asked, and its gate is
/// what all completions say.
#[test]
fn an_answer_that_tells_that_the_policy_was_asked_needs_no_operation() {
    let mut seen: BTreeMap<&'static str, u32> = BTreeMap::new();
    for seed in 0..TENANTS / 5 {
        let view = World::generate(seed).view(level(seed));
        let snapshot = snapshot(&view);
        for (app, user) in pairs() {
            let ask = Ask { app, user, operation: &operations::READ_MEETING, at: at(seed), policy_asked: true };
            let of_policy = |policy_asked| {
                let whole = question(&ask);
                let judgement =
                    judge(&Question { operation: None, policy_asked, ..whole }, Some(&snapshot), &catalogue());
                outcome(&judgement, Gate::Policy)
            };
            let (answers, _) = policy_answers(&view, app, user, false);
            let says = of_policy(true);
            assert_eq!(says, answers.outcome(), "seed {seed}, app {app}, user {user}: {view:#?}");
            // Without the answer, a fail depends on the operation.
            let silent = if says == Outcome::Fail { Outcome::Unknown } else { says };
            assert_eq!(of_policy(false), silent, "seed {seed}, app {app}, user {user}: {view:#?}");
            *seen.entry(says.name()).or_default() += 1;
        }
    }
    assert!(seen.len() == 3 && seen.values().all(|n| *n > 100), "{seen:?}");
}

#[test]
fn judge_agrees_on_every_operation_of_the_catalogue() {
    let mut wrong = BTreeMap::new();
    // A call of `/me` is a delegated one.
    let for_apps = || knowledge::operations().iter().filter(|operation| !operation.path.starts_with("/me/"));
    for (seed, operation) in (0..40).flat_map(|seed| for_apps().map(move |o| (seed, o))) {
        // Whom such a path concerns when nobody's policy is asked is not written down.
        let concerns_unclear =
            operation.subject == PolicySubject::Nobody && !operation.path.starts_with("/communications/call");
        let view = World::generate(seed).view(level(seed));
        let ask = Ask { app: 0, user: 0, operation, at: at(seed), policy_asked: false };
        let told = disagreement(&view, Some(&snapshot(&view)), &ask, &mut BTreeMap::new());
        let told: String = told.lines().filter(|line| !(concerns_unclear && line.starts_with("user is"))).collect();
        if !told.is_empty() {
            let kind = format!("{} {} ({:?}): {told}", operation.method, operation.path, operation.policy);
            wrong.entry(kind).or_insert(seed);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn judge_keeps_every_outcome_when_facts_are_added() {
    for seed in 0..TENANTS / 2 {
        let world = World::generate(seed);
        let low = level(seed);
        let high = (low + u8::try_from(Random::new(seed).below(60)).unwrap()).min(ALL);
        let (before, after) = (snapshot(&world.view(low)), snapshot(&world.view(high)));
        for (app, user) in pairs() {
            for operation in operations::of(seed) {
                let question = question(&Ask { app, user, operation, at: at(seed), policy_asked: false });
                let had = judge(&question, Some(&before), &catalogue());
                let has = judge(&question, Some(&after), &catalogue());
                let place = || format!("seed {seed}, app {app}, user {user}, {}", operation.path);
                for gate in [Gate::Permission, Gate::User, Gate::Policy, Gate::Tenant] {
                    let (had, has) = (outcome(&had, gate), outcome(&has, gate));
                    // See the same law of the naive evaluator.
                    let unsettled = gate == Gate::Policy && world.dangling && has == Outcome::Unknown;
                    assert!(
                        had == Outcome::Unknown || had == has || unsettled,
                        "{}, {}: {} then {}",
                        place(),
                        gate.name(),
                        had.name(),
                        has.name()
                    );
                }
                let (had, has) = (verdict(&had), verdict(&has));
                assert!(
                    had.is_none() || had == has || world.dangling && has.is_none(),
                    "{}: {had:?} then {has:?}",
                    place()
                );
            }
        }
    }
}

#[test]
fn judge_knows_everything_of_a_tenant_that_was_read_whole() {
    for seed in 0..TENANTS / 2 {
        let world = World::generate(seed);
        let mut view = world.view(ALL);
        view.history.clear();
        let snapshot = snapshot(&view);
        let no_global = !view.policies.items.iter().any(|p| canonical(&p.name) == "global");
        for (app, user) in pairs() {
            for operation in operations::of(seed) {
                let ask = Ask { app, user, operation, at: Some((NOW, NOW)), policy_asked: false };
                let judgement = judge(&question(&ask), Some(&snapshot), &catalogue());
                let role_unread = view.apps.items.iter().filter(|a| a.id == app).any(|a| {
                    a.roles.as_ref().is_none_or(|roles| roles.iter().any(|r| r.id.is_none() && r.value.is_none()))
                });
                let no_teams = view.users.items.iter().any(|u| u.id == user && u.teams != Some("enabled"));
                let reasons = [
                    (Gate::Permission, role_unread || operation.application.is_none()),
                    (Gate::User, no_teams),
                    (Gate::Policy, no_global || world.dangling || asked(operation) == Asked::PassOrUnknown),
                    (Gate::Time, false),
                    (Gate::Tenant, false),
                ];
                for (gate, reason) in reasons {
                    let says = outcome(&judgement, gate);
                    assert!(
                        says != Outcome::Unknown || reason,
                        "seed {seed}, app {app}, user {user}, {}: {} is unknown",
                        operation.path,
                        gate.name()
                    );
                }
            }
        }
    }
}

#[test]
fn without_a_snapshot_nothing_is_known() {
    for operation in operations::all() {
        let ask = Ask { app: 0, user: 0, operation, at: Some((NOW, NOW)), policy_asked: false };
        let told = disagreement(&View::empty(), None, &ask, &mut BTreeMap::new());
        assert!(told.is_empty(), "{} {}: {told}", operation.method, operation.path);
    }
}

#[test]
fn gates_that_are_not_asked_are_skipped_and_change_nothing_else() {
    let wanted = [Gate::User, Gate::Policy];
    for seed in 0..200 {
        let snapshot = snapshot(&World::generate(seed).view(level(seed)));
        for (app, user) in pairs() {
            for operation in operations::of(seed) {
                let whole = question(&Ask { app, user, operation, at: at(seed), policy_asked: false });
                let part = Question { gates: Some(wanted.to_vec()), ..whole.clone() };
                let (whole, part) =
                    (judge(&whole, Some(&snapshot), &catalogue()), judge(&part, Some(&snapshot), &catalogue()));
                for gate in Gate::CALL {
                    let should = if wanted.contains(&gate) { outcome(&whole, gate) } else { Outcome::Skipped };
                    assert_eq!(outcome(&part, gate), should, "seed {seed}, {}, {}", operation.path, gate.name());
                }
                assert_eq!(verdict(&part), fold(part.gates.iter().map(|g| g.outcome)), "seed {seed}");
            }
        }
    }
}

/// With a meeting named, a consent granted in its chat may stand in for the role and the policy.
#[test]
fn a_named_meeting_with_unread_consents_is_never_denied_for_role_or_policy() {
    for seed in 0..500 {
        let snapshot = snapshot(&World::generate(seed).view(level(seed)));
        for (app, user_number) in pairs() {
            for operation in [&operations::READ_TRANSCRIPT, &operations::READ_MEETING] {
                let plain =
                    question(&Ask { app, user: user_number, operation, at: Some((NOW, NOW)), policy_asked: false });
                let meeting = MeetingRef {
                    text: "MSo...".to_owned(),
                    form: MeetingIdForm::Graph,
                    organizer: Some(user(user_number)),
                    tenant: None,
                };
                let named = Question { meeting: Some(meeting), ..plain.clone() };
                let (plain, named) =
                    (judge(&plain, Some(&snapshot), &catalogue()), judge(&named, Some(&snapshot), &catalogue()));
                for gate in [Gate::Permission, Gate::User, Gate::Policy, Gate::Tenant] {
                    let alone = outcome(&plain, gate);
                    let excused = !operation.rsc.is_empty()
                        && alone == Outcome::Fail
                        && matches!(gate, Gate::Permission | Gate::Policy);
                    let should = if excused { Outcome::Unknown } else { alone };
                    assert_eq!(outcome(&named, gate), should, "seed {seed}, {}, {}", operation.path, gate.name());
                }
                assert_eq!(outcome(&named, Gate::Meeting), Outcome::Pass, "seed {seed}, {}", operation.path);
            }
        }
    }
}
