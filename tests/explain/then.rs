//! What a snapshot proves of a failure, held against every state that the tenant may have had when the call failed.

use std::collections::BTreeSet;

use graphwhy::diagnose::{Context, IncidentVerdict, explain};
use graphwhy::input::{self, Moment};
use graphwhy::knowledge::{Catalogue, Confidence, Gate};
use graphwhy::source::Source;
use graphwhy::tenant::parse;
use proptest::prelude::*;
use serde_json::{Value, json};

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const POLICIES: [&str; 3] = ["Global", "Meetings", "Rooms"];
/// The snapshot was taken then: 4 March 2026, 09:00 UTC.
const TAKEN: i64 = 1_772_614_800;
const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// Changes of policies take so long at most.
const WINDOW: i64 = 30 * MINUTE;

/// Which policies list the app, and which one the user has directly: an index, 0 = none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    lists: [bool; 3],
    direct: usize,
}

impl State {
    /// What refuses the call; `None` = nothing does.
    fn cause(self) -> Option<&'static str> {
        if self.lists[self.direct] {
            None
        } else if self.lists == [false; 3] {
            Some("no-policy-names-app")
        } else if self.direct > 0 && self.lists[0] {
            Some("policy-shadowed")
        } else {
            Some("policy-not-granted")
        }
    }
}

/// A change of what a policy lists (0 to 2), or of the assignment (3).
#[derive(Clone, Copy, Debug)]
struct Change {
    what: usize,
    first: i64,
    last: i64,
}

fn time(second: i64) -> String {
    jiff::Timestamp::from_second(second).expect("a time").to_string()
}

fn snapshot(state: State, changes: &[Change]) -> Value {
    let part = |items: Value| json!({"status": "complete", "read_at": time(TAKEN), "items": items});
    let policies: Vec<Value> = (0..3)
        .map(|at| json!({"name": POLICIES[at], "app_ids": if state.lists[at] { vec![APP] } else { Vec::new() }}))
        .collect();
    let direct = match state.direct {
        0 => json!([]),
        held => json!([{"user_id": USER, "policy": POLICIES[held]}]),
    };
    let history: Vec<Value> = changes
        .iter()
        .map(|change| {
            let (first, last) = (time(change.first), time(change.last));
            let (part, key, value, kind) = match change.what {
                3 if state.direct == 0 => ("direct", USER, "Meetings", "removed"),
                3 => ("direct", USER, POLICIES[state.direct], "changed"),
                at => ("policies", POLICIES[at], APP, if state.lists[at] { "added" } else { "removed" }),
            };
            json!({"part": part, "key": key, "change": kind, "value": value, "not_before": first, "not_after": last, "source": "two reads"})
        })
        .collect();
    json!({
        "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "taken_at": time(TAKEN),
        "policies": part(json!(policies)), "direct": part(direct), "groups": part(json!([])), "history": history,
    })
}

/// Every state that may have been, where those of `open` may have been any.
fn completions(state: State, open: impl Fn(usize) -> bool) -> BTreeSet<State> {
    let mut all = BTreeSet::from([state]);
    for what in (0..4).filter(|what| open(*what)) {
        let each = all.iter().flat_map(|state| {
            (0..3).map(move |value| {
                let mut other = *state;
                match what {
                    3 => other.direct = value,
                    at => other.lists[at] = value > 0,
                }
                other
            })
        });
        all = each.collect();
    }
    all
}

fn check(state: State, changes: &[Change], at: Moment) -> Result<(), TestCaseError> {
    let text = format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/abc\n403 Forbidden: No application access \
         policy found for this app {APP} on the user {USER}."
    );
    let catalogue = Catalogue::builtin();
    let source = Source::from_text("pasted", text);
    let mut incident = input::incidents(&source, &catalogue).remove(0);
    incident.facts.moment = Some(at);
    let snapshot = parse(&snapshot(state, changes).to_string(), "tenant.json").expect("a snapshot");
    let context = Context { catalogue: &catalogue, snapshot: Some(&snapshot), text: source.text() };
    let diagnosis = explain(&incident, context);

    // What surely came after the failure is undone, where its entry tells how it was before: added, or removed.
    let mut then = state;
    let undone = |change: &Change| change.first >= at.latest && (change.what < 3 || state.direct == 0);
    for change in changes.iter().filter(|change| undone(change)) {
        match change.what {
            3 => then.direct = 1,
            listed => then.lists[listed] = !state.lists[listed],
        }
    }
    // Before the failure within a day; after it within an hour while it refuses, else half an hour; or on both sides.
    let read_before =
        |it: &dyn Fn(&Change) -> bool| changes.iter().any(|change| it(change) && change.first <= at.earliest);
    let covered = read_before(&|it| it.what < 3) && read_before(&|it| it.what == 3);
    // A first read counts where both were read: what the policies list, and what the user has.
    let again = |it: &dyn Fn(&Change) -> bool| {
        changes
            .iter()
            .filter(|change| it(change))
            .map(|change| change.first)
            .filter(|first| *first >= at.earliest)
            .min()
    };
    let policies = again(&|it| it.what < 3).unwrap_or(TAKEN);
    let first = again(&|it| it.what == 3).map_or(TAKEN, |direct| direct.max(policies));
    // Of a time without a zone the hour is counted from the one that it states.
    let stated = i64::midpoint(at.earliest, at.latest);
    let read_again = TAKEN - stated > HOUR && first - stated > HOUR;
    let mended = read_again || (then.cause().is_none() && first - at.earliest > HOUR / 2);
    let apart = at.earliest - TAKEN > DAY || ((TAKEN - stated > DAY || mended) && !covered);
    let open = |delay: i64| {
        completions(then, |what| {
            let later = |it: &Change| it.what == what && at.earliest < it.last + delay && !undone(it);
            apart || changes.iter().any(later)
        })
    };
    let (made, reached) = (open(0), open(WINDOW));
    let causes = |states: &BTreeSet<State>| states.iter().filter_map(|state| state.cause()).collect::<BTreeSet<_>>();
    let shown = format!("{state:?} {changes:?} {at:?} {:?} {:?}", diagnosis.findings, diagnosis.ruled_out);
    for finding in
        diagnosis.findings.iter().filter(|it| it.confidence == Confidence::Certain && it.gate == Gate::Policy)
    {
        prop_assert_eq!(causes(&reached), BTreeSet::from([finding.cause.as_ref()]), "{}", shown);
    }
    for out in &diagnosis.ruled_out {
        prop_assert!(!causes(&made).contains(out.cause.as_ref()), "{} is ruled out: {shown}", out.cause);
    }
    // And it proves what can be proved.
    if let (1, Some(cause)) = (reached.len(), then.cause()) {
        prop_assert_eq!(diagnosis.verdict, IncidentVerdict::Explained, "{}", shown);
        prop_assert_eq!(diagnosis.findings[0].cause.as_ref(), cause, "{}", shown);
    }
    Ok(())
}

fn states() -> impl Strategy<Value = State> {
    (any::<[bool; 3]>(), 0..3_usize).prop_map(|(lists, direct)| State { lists, direct })
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (0..4_usize, 1..300_i64, 0..60_i64).prop_map(|(what, before, long)| {
        let last = TAKEN - before * MINUTE;
        Change { what, first: last - long * MINUTE, last }
    });
    prop::collection::vec(change, 0..3)
}

fn moments() -> impl Strategy<Value = Moment> {
    let near = (-400..60_i64, prop_oneof![Just(0), Just(20), Just(840)]);
    let far = (-4_000..4_000_i64, Just(0));
    prop_oneof![3 => near, 1 => far]
        .prop_map(|(at, wide)| Moment { earliest: TAKEN + (at - wide) * MINUTE, latest: TAKEN + (at + wide) * MINUTE })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Certain, or ruled out, is only what every state agrees on that may have been when the call failed.
    #[test]
    fn a_snapshot_proves_only_what_every_completion_agrees_on(state in states(), changes in changes(), at in moments()) {
        check(state, &changes, at)?;
    }
}

/// The snapshot of the README: the grant was changed between 09:05 and 09:11, and may take half an hour.
#[test]
fn inside_the_window_after_a_change_nothing_is_certain() {
    let state = std::fs::read_to_string(super::common::testdata("readme/tenant.json")).expect("readable");
    let state: Value = serde_json::from_str(&state).expect("JSON");
    let text = "403 Forbidden: No application access policy found for this app.";
    for (at, verdict) in [
        ("2026-11-20T08:30:00Z", "narrowed"),
        ("2026-11-20T09:08:00Z", "narrowed"),
        ("2026-11-20T09:15:00Z", "narrowed"),
        ("2026-11-20T09:40:59Z", "narrowed"),
        ("2026-11-20T09:41:00Z", "explained"),
        ("2026-11-20T10:05:00Z", "explained"),
    ] {
        let options = ["--format", "json", "--at", at, "--app", "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20", "--user"];
        let options: Vec<&str> = options.into_iter().chain(["748d2cbb-3b55-40ed-8c34-2eae5932b22a"]).collect();
        let result = super::common::explain_with(text, &state, &options).json()["results"][0].clone();
        assert_eq!(result["verdict"], verdict, "{at}: {result:#}");
        assert_eq!(result["findings"][0]["cause"], "policy-shadowed", "{at}");
        let undecided: Vec<&str> =
            result["undecided"].as_array().expect("a list").iter().filter_map(|one| one["cause"].as_str()).collect();
        assert_eq!(undecided.contains(&"policy-shadowed"), verdict == "narrowed", "{at}: {undecided:?}");
    }
}

/// What was read after the failure, and does not refuse, may have been mended: it excludes nothing.
/// What still refuses stands for the failure for an hour, and what was read before it for a day.
#[test]
fn a_read_after_the_failure_stands_for_it_only_while_it_refuses() {
    let text = format!("403 Forbidden: No application access policy found for this app {APP} on the user {USER}.");
    let run = |state: State, hours: i64, minutes: i64| {
        let at = time(TAKEN - hours * HOUR - minutes * MINUTE);
        let options = ["--format", "json", "--at", &at];
        super::common::explain_with(&text, &snapshot(state, &[]), &options).json()["results"][0].clone()
    };
    let out = |result: &Value| {
        let all = result["ruled_out"].as_array().expect("a list").iter();
        all.filter_map(|one| one["cause"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let allows = State { lists: [true, true, false], direct: 1 };
    for (hours, minutes) in [(0, 31), (1, 30), (12, 0), (23, 50), (48, 0)] {
        let result = run(allows, hours, minutes);
        for cause in ["no-policy-names-app", "policy-shadowed", "policy-not-granted"] {
            assert!(!out(&result).contains(&cause.to_owned()), "{hours}:{minutes}: {cause} {result:#}");
        }
        assert_ne!(result["verdict"], "explained", "{hours}:{minutes}");
    }
    assert!(out(&run(allows, 0, 30)).contains(&"no-policy-names-app".to_owned()));
    assert!(out(&run(allows, -1, 0)).contains(&"no-policy-names-app".to_owned()));
    let refuses = State { lists: [true, false, false], direct: 1 };
    for (hours, minutes, certain) in [(0, 5, true), (1, 0, true), (1, 1, false), (3, 0, false), (-23, 0, true)] {
        let result = run(refuses, hours, minutes);
        let shown = format!("{hours}:{minutes} {result:#}");
        assert_eq!(result["findings"][0]["cause"], "policy-shadowed", "{shown}");
        assert_eq!(result["verdict"] == "explained", certain, "{shown}");
        assert_eq!(out(&result).contains(&"no-policy-names-app".to_owned()), certain, "{shown}");
    }
}

/// What was read at another time excludes nothing either: what it speaks against is only less likely.
#[test]
fn a_state_of_another_time_rules_nothing_out() {
    let state = State { lists: [false, true, false], direct: 1 };
    let text = format!("403 Forbidden: No application access policy found for this app {APP} on the user {USER}.");
    for (days, ruled_out) in [(0, true), (3, false), (-3, false)] {
        let at = time(TAKEN - days * DAY);
        let run = super::common::explain_with(&text, &snapshot(state, &[]), &["--format", "json", "--at", &at]);
        let result = run.json()["results"][0].clone();
        let of = |list: &str| {
            let all = result[list].as_array().expect("a list").iter();
            all.filter_map(|one| one["cause"].as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(of("ruled_out").contains(&"no-policy-names-app".to_owned()), ruled_out, "{at}: {result:#}");
        if !ruled_out {
            let open =
                result["findings"].as_array().expect("a list").iter().find(|it| it["cause"] == "no-policy-names-app");
            assert_eq!(open.expect("it stays open")["confidence"], "possible", "{result:#}");
            assert!(of("undecided").contains(&"no-policy-names-app".to_owned()), "{result:#}");
        }
    }
}
