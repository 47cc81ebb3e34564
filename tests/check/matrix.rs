//! The matrix says of every pair what a single judgement says.

use graphwhy::check::answer::Terms;
use graphwhy::check::matrix::{Counts, Matrix};
use graphwhy::check::survey::{causes, first_cause, survey};
use graphwhy::diagnose::{Judgement, Outcome, Question, judge_in};
use graphwhy::input::Moment;
use graphwhy::knowledge::{Catalogue, Gate, Operation, operation_named};
use graphwhy::tenant::{View, effective, name};
use uuid::Uuid;

use crate::tenant::{NOW, Random, app, tenant};

const OPERATIONS: [&str; 7] = [
    "read-meeting",
    "read-transcript",
    "list-transcripts",
    "list-webinars",
    "read-webinar",
    "read-call-record",
    "place-call",
];

fn single(
    view: &View<'_>,
    app: Option<Uuid>,
    user: Uuid,
    operation: &'static Operation,
    terms: Terms<'_>,
) -> Judgement {
    let question = Question {
        app_id: app,
        user_id: Some(user),
        operation: Some(operation),
        at: Some(terms.at),
        gates: terms.gates.map(<[Gate]>::to_vec),
        ..Question::default()
    };
    judge_in(&question, view, terms.catalogue)
}

/// What the gates say, apart from their evidence.
fn outcomes(judgement: &Judgement) -> Vec<(Gate, Outcome, Option<String>, Option<String>)> {
    let text = |text: &Option<std::borrow::Cow<'static, str>>| text.as_ref().map(ToString::to_string);
    judgement.gates.iter().map(|gate| (gate.gate, gate.outcome, text(&gate.needs), gate.until.clone())).collect()
}

/// Compares every pair of one tenant; returns how many there were, and how many had a cause.
fn compare(seed: u64) -> (usize, usize) {
    let snapshot = tenant(seed);
    let random = &mut Random(seed ^ 0x5eed);
    let catalogue = Catalogue::builtin();
    let gates: Option<Vec<Gate>> =
        random.chance(20).then(|| Gate::CALL.iter().copied().filter(|_| random.chance(60)).collect());
    let at = Moment { earliest: NOW, latest: NOW };
    let terms = Terms { catalogue: &catalogue, gates: gates.as_deref(), at };
    let operation = operation_named(random.pick(&OPERATIONS)).unwrap();
    let apps: Vec<Option<Uuid>> = vec![Some(app(0)), Some(app(1)), Some(app(2)), Some(app(77)), None];
    let view = if random.chance(50) { View::indexed(&snapshot) } else { View::new(&snapshot) };
    let matrix = Matrix::new(&snapshot);
    let verdicts = matrix.judge(&apps, operation, terms);
    let mut again = matrix.judge_again(&verdicts, terms);
    let judged: Vec<_> = verdicts.judged().iter().map(|judged| again.judgement(judged)).collect();
    let first_causes = causes(&matrix, &verdicts, terms);
    let mut of_pair = std::collections::HashMap::new();
    verdicts.each_class(&matrix, |one| {
        assert_eq!(judged[one.judgement].verdict, one.verdict, "seed {seed}");
        of_pair.insert((one.class, one.app), (one.judgement, one.policy.map(|(name, level)| (name.to_owned(), level))));
    });
    let mut counts = vec![Counts::default(); apps.len()];
    let (mut pairs, mut with_cause) = (0, 0);
    for (number, user) in matrix.users().iter().enumerate() {
        for (index, app) in apps.iter().enumerate() {
            let number = u32::try_from(number).unwrap();
            let expected = single(&view, *app, *user, operation, terms);
            let found = verdicts.verdict(number, index);
            assert_eq!(
                found, expected.verdict,
                "seed {seed}, user {user}, app {app:?}, {:?}\n{snapshot:#?}",
                operation.name
            );
            let class = usize::try_from(verdicts.class_of()[usize::try_from(number).unwrap()]).unwrap();
            let cause = first_cause(&expected);
            let (judgement, policy) = &of_pair[&(class, index)];
            let place = || format!("seed {seed}, user {user}, app {app:?}, {:?}\n{snapshot:#?}", operation.name);
            assert_eq!(first_causes[*judgement], cause, "{}", place());
            assert_eq!(outcomes(&judged[*judgement]), outcomes(&expected), "{}", place());
            assert_eq!(judged[*judgement].scope, expected.scope, "{}", place());
            let known = effective(&view, Some(*user)).known().map(|one| (name::key(one.policy), one.level));
            assert_eq!(policy.as_ref().map(|(policy, level)| (name::key(policy), *level)), known, "{}", place());
            counts[index].add(found, 1);
            pairs += 1;
            with_cause += usize::from(cause.is_some());
        }
    }
    let survey = survey(&matrix, &apps, operation, terms, &[]);
    assert_eq!(survey.counts, counts, "seed {seed}");
    for (index, count) in counts.iter().enumerate() {
        let mut of_reasons = Counts::default();
        for reason in survey.reasons.iter().filter(|reason| reason.app == index) {
            of_reasons.add(reason.verdict, reason.count);
            assert_eq!(reason.examples.len() as u64, reason.count.min(3), "seed {seed}");
            for example in &reason.examples {
                let judgement = single(&view, apps[index], *example, operation, terms);
                assert_eq!(
                    (judgement.verdict, first_cause(&judgement)),
                    (reason.verdict, reason.cause.clone()),
                    "seed {seed}"
                );
            }
        }
        assert_eq!(of_reasons, *count, "seed {seed}");
    }
    (pairs, with_cause)
}

#[test]
fn every_pair_of_random_tenants_has_the_verdict_and_the_cause_of_a_single_judgement() {
    let (mut pairs, mut with_cause) = (0, 0);
    for seed in 0..3000 {
        let (all, some) = compare(seed);
        pairs += all;
        with_cause += some;
    }
    assert!(pairs > 50_000, "{pairs}");
    assert!(with_cause * 4 > pairs, "{with_cause} of {pairs}");
}

#[test]
fn users_who_are_skipped_are_counted_nowhere() {
    let catalogue = Catalogue::builtin();
    let terms = Terms { catalogue: &catalogue, gates: None, at: Moment { earliest: NOW, latest: NOW } };
    let operation = operation_named("read-meeting").unwrap();
    for seed in 0..200 {
        let snapshot = tenant(seed);
        let matrix = Matrix::new(&snapshot);
        let skip: Vec<Uuid> = matrix.users().iter().copied().step_by(2).collect();
        let survey = survey(&matrix, &[Some(app(0))], operation, terms, &skip);
        assert_eq!(survey.counts[0].total(), (matrix.users().len() - skip.len()) as u64, "seed {seed}");
        assert!(survey.reasons.iter().all(|reason| reason.examples.iter().all(|user| !skip.contains(user))));
    }
}

#[test]
fn a_change_of_a_group_is_told_of_whoever_has_the_policy_through_that_group() {
    let user = |n: u32| format!("5b1e2c3d-1111-4222-8333-94445555000{n}");
    let group = |n: u32| format!("6c2f3d4e-1111-4222-8333-94445555000{n}");
    let read =
        |n: u32| serde_json::json!({"user_id": user(n), "policy": "Meetings", "via": "group", "group_id": group(n)});
    let state = serde_json::json!({
        "schema": 1,
        "policies": {"status": "complete", "items": [{"name": "meetings", "app_ids": [app(0)]}]},
        "effective": {"status": "partial", "items": [read(1), read(2)]},
        "users": {"status": "complete", "items": [{"id": user(1), "teams": "enabled"}, {"id": user(2), "teams": "enabled"}]},
        "apps": {"status": "complete", "items": [{"app_id": app(0), "roles": [{"value": "OnlineMeetings.Read.All"}]}]},
        "history": [{"part": "groups", "key": group(2), "change": "added", "value": "Meetings",
            "not_before": "2027-01-15T07:00:00Z", "not_after": "2027-01-15T07:30:00Z"}],
    });
    let snapshot = graphwhy::tenant::parse(&state.to_string(), "tenant.json").unwrap();
    let catalogue = Catalogue::builtin();
    let terms = Terms { catalogue: &catalogue, gates: None, at: Moment { earliest: NOW, latest: NOW } };
    let operation = operation_named("read-meeting").unwrap();
    let matrix = Matrix::new(&snapshot);
    let verdicts = matrix.judge(&[Some(app(0))], operation, terms);
    let view = View::new(&snapshot);
    for (number, expected) in [(1, graphwhy::diagnose::Verdict::Allowed), (2, graphwhy::diagnose::Verdict::Unknown)] {
        let id: Uuid = user(number).parse().unwrap();
        assert_eq!(single(&view, Some(app(0)), id, operation, terms).verdict, expected, "{number}");
        assert_eq!(verdicts.verdict(matrix.number_of(id).unwrap(), 0), expected, "{number}");
        let known = effective(&view, Some(id)).known().unwrap();
        assert_eq!(known.policy, "meetings", "the list's spelling");
    }
}
