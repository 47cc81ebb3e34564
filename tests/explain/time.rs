//! Failures of one time and snapshots of another.

use super::common::explain_with;
use serde_json::{Value, json};

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";

/// A snapshot of 4 March 2026, 09:00 UTC, in which `Meetings` lists the app.
fn tenant(granted: bool, history: Value) -> Value {
    let direct = if granted { json!([{"user_id": USER, "policy": "Meetings"}]) } else { json!([]) };
    json!({
        "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global",
        "taken_at": "2026-03-04T09:00:00Z",
        "policies": {"status": "complete", "read_at": "2026-03-04T09:00:00Z", "items": [
            {"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}]},
        "direct": {"status": "complete", "read_at": "2026-03-04T09:00:00Z", "items": direct},
        "groups": {"status": "complete", "read_at": "2026-03-04T09:00:00Z", "items": []},
        "users": {"status": "partial", "items": [{"id": USER, "upn": "lena@contoso.com", "teams": "enabled"}]},
        "apps": {"status": "partial", "items": [{"app_id": APP, "name": "Scheduler", "enabled": true, "roles": [
            {"id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "value": "OnlineMeetings.ReadWrite.All"}]}]},
        "history": history,
    })
}

fn refused() -> String {
    format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/abc\n403 Forbidden: \
         No application access policy found for this app {APP} on the user {USER}."
    )
}

fn explain(text: &str, state: &Value, at: &str) -> Value {
    explain_with(text, state, &["--format", "json", "--at", at]).json()["results"][0].clone()
}

fn first(result: &Value) -> (String, String, String) {
    let finding = &result["findings"][0];
    let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    (text("cause"), text("confidence"), text("explanation"))
}

/// The law: adding time between failure and read never makes anything surer.
#[test]
fn what_was_read_at_another_time_is_no_proof() {
    let state = tenant(false, json!([]));
    for (at, words) in [
        ("2026-03-04T08:30:00Z", None),
        ("2026-03-04T09:30:00Z", None),
        ("2026-03-04T08:00:00Z", None),
        ("2026-03-04T06:00:00Z", Some("the snapshot is 3 hours newer than the failure")),
        ("2026-03-03T08:00:00Z", Some("the snapshot is 25 hours newer than the failure")),
        ("2026-03-01T09:00:00Z", Some("the snapshot is 3 days newer than the failure")),
        ("2026-03-18T09:00:00Z", Some("the snapshot is 14 days older than the failure")),
        ("2026-03-05T12:00:00Z", Some("the snapshot is 27 hours older than the failure")),
    ] {
        let (cause, confidence, explanation) = first(&explain(&refused(), &state, at));
        assert_eq!(cause, "policy-not-granted", "{at}");
        assert_eq!(confidence, if words.is_none() { "certain" } else { "likely" }, "{at}: {explanation}");
        assert!(explanation.contains(words.unwrap_or_default()), "{at}: {explanation}");
    }
}

/// The date of an inner error may be 14 hours off either way.
#[test]
fn the_date_of_the_error_counts_too() {
    let text = |date: &str| {
        format!(
            r#"{{"error":{{"code":"Forbidden","message":"No application access policy found for this app {APP} on the user {USER}.","innerError":{{"date":"{date}","request-id":"a41c7d02-5b8e-4f36-9c20-e7d3b1a6f850"}}}}}}"#
        )
    };
    let state = tenant(false, json!([]));
    for (date, confidence) in [
        ("2026-03-04T08:10:00", "certain"),
        ("2026-03-04T15:00:00", "certain"),
        ("2026-03-04T01:00:00", "likely"),
        ("2026-03-02T01:00:00", "likely"),
        ("2026-04-02T01:00:00", "likely"),
    ] {
        let result = explain_with(&text(date), &state, &["--format", "json"]).json()["results"][0].clone();
        assert_eq!(first(&result).1, confidence, "{date}: {:?}", first(&result));
    }
}

/// Read before and after the failure, and nothing that concerns this call has changed between.
#[test]
fn a_state_that_is_dated_on_both_sides_is_proof() {
    let change = |part: &str, key: &str, from: &str, to: &str| json!({"part": part, "key": key, "change": "added", "not_before": from, "not_after": to, "source": "two reads"});
    let other = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";
    let covered = tenant(
        false,
        json!([
            change("policies", "Rooms", "2026-02-20T09:00:00Z", "2026-02-21T09:00:00Z"),
            change("direct", other, "2026-02-20T09:00:00Z", "2026-02-21T09:00:00Z"),
        ]),
    );
    assert_eq!(first(&explain(&refused(), &covered, "2026-03-01T09:00:00Z")).1, "certain");
    // Before the first read nobody looked.
    assert_eq!(first(&explain(&refused(), &covered, "2026-02-01T09:00:00Z")).1, "likely");
    let changed = tenant(
        false,
        json!([
            change("policies", "Rooms", "2026-02-20T09:00:00Z", "2026-02-21T09:00:00Z"),
            change("direct", USER, "2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"),
        ]),
    );
    let (_, confidence, explanation) = first(&explain(&refused(), &changed, "2026-03-01T09:00:00Z"));
    assert_eq!(confidence, "likely");
    assert!(explanation.contains("a change after the failure"), "{explanation}");
}

/// Nothing that is known was changed: then no change is the headline.
#[test]
fn no_known_change_is_no_headline() {
    let state = tenant(true, json!([]));
    let run = explain_with(&refused(), &state, &["--at", "2026-03-04T09:00:00Z"]);
    let headline = run.out.lines().next().unwrap_or_default();
    assert!(headline.contains("the service refused, and the snapshot allows it"), "{}", run.out);
    assert!(!run.out.contains("the policy was changed less than 30 minutes ago"), "{}", run.out);
    assert!(run.err.contains("taken 2026-03-04T09:00:00Z, ") && run.err.contains(" ago"), "{}", run.err);
}

/// A snapshot that allows weeks later says how much later.
#[test]
fn a_contradiction_names_the_distance() {
    let result = explain(&refused(), &tenant(true, json!([])), "2026-02-01T09:00:00Z");
    let explanations = result["contradiction"]["explanations"].to_string();
    assert!(explanations.contains("the snapshot is 31 days newer than the failure"), "{explanations}");
}

fn between(part: &str, key: &str, change: &str, value: &str) -> Value {
    json!({"part": part, "key": key, "change": change, "value": value, "source": "two reads",
        "not_before": "2026-03-04T07:00:00Z", "not_after": "2026-03-04T08:30:00Z"})
}

/// Changes that are none of this call's: the policies, and everybody's assignments, were read at their beginning too.
fn read_then() -> [Value; 2] {
    let other = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";
    [between("policies", "Rooms", "added", other), between("direct", other, "added", "Rooms")]
}

fn gate(result: &Value, name: &str) -> Value {
    let gates = result["gates"].as_array().expect("a list");
    gates.iter().find(|gate| gate["gate"] == name).expect("the gate")["outcome"].clone()
}

fn causes(result: &Value) -> Vec<&str> {
    result["findings"].as_array().expect("a list").iter().filter_map(|one| one["cause"].as_str()).collect()
}

/// What was granted after the failure was not on its way when it failed: the call met the state before.
#[test]
fn a_change_after_the_failure_is_not_propagating() {
    let [policies, direct] = read_then();
    for history in [
        json!([between("policies", "Meetings", "added", APP), direct]),
        json!([between("direct", USER, "added", "Meetings"), policies]),
        json!([between("policies", "Meetings", "added", APP), between("direct", USER, "added", "Meetings")]),
    ] {
        let state = tenant(true, history);
        let before = explain(&refused(), &state, "2026-03-04T06:30:00Z");
        assert_eq!(gate(&before, "policy"), "fail", "{before:#}");
        assert_eq!(before["findings"][0]["gate"], "policy", "{before:#}");
        assert!(!causes(&before).contains(&"policy-still-propagating"), "{before:#}");
        // Nothing that repairs it is left to do.
        assert!(!before["fixes"].to_string().contains("Grant-CsApplicationAccessPolicy"), "{before:#}");
        let explanation = first(&before).2;
        assert!(explanation.contains(" since 2026-03-04 08:30 UTC at the latest"), "{explanation}");
        assert!(explanation.contains("send the request again, from 2026-03-04 09:00 UTC on"), "{explanation}");
        let within = explain(&refused(), &state, "2026-03-04T08:00:00Z");
        assert_eq!(gate(&within, "policy"), "unknown", "{within:#}");
        assert!(causes(&within).contains(&"policy-still-propagating"), "{within:#}");
        let after = explain(&refused(), &state, "2026-03-04T08:35:00Z");
        assert_eq!(
            (gate(&after, "policy"), causes(&after)[0]),
            (json!("pass"), "policy-still-propagating"),
            "{after:#}"
        );
        // The read names the policy that is effective and lists the app.
        let reads = after["fixes"].to_string();
        assert!(reads.contains("Get-CsApplicationAccessPolicy -Identity 'Meetings'"), "{reads}");
        assert!(!reads.contains("<policy-name>"), "{reads}");
    }
}

/// One entry of the app is told as what it is; where something else refuses today too, nothing is said to be repaired.
#[test]
fn what_was_repaired_after_the_failure_is_told() {
    let [_, direct] = read_then();
    let history = json!([between("policies", "Meetings", "added", APP), direct]);
    let result = explain(&refused(), &tenant(true, history.clone()), "2026-03-04T06:30:00Z");
    let (cause, _, explanation) = first(&result);
    assert!(explanation.contains("`Meetings` lists the app since 2026-03-04 08:30 UTC at the latest"), "{explanation}");
    assert!(cause.contains("polic") && result["fixes"].as_array().unwrap().is_empty(), "{result:#}");
    let result = explain(&refused(), &tenant(false, history), "2026-03-04T06:30:00Z");
    assert!(!first(&result).2.contains("send the request again"), "{result:#}");
}

/// How it was before it was changed, the entry does not tell: the policy's causes stay open.
#[test]
fn a_later_change_that_does_not_tell_leaves_open() {
    let [policies, _] = read_then();
    let state = tenant(true, json!([between("direct", USER, "changed", "Meetings"), policies]));
    let result = explain(&refused(), &state, "2026-03-04T06:30:00Z");
    assert_eq!(gate(&result, "time"), "pass", "{result:#}");
    assert!(causes(&result).contains(&"policy-shadowed"), "{result:#}");
    let needs = result["undecided"].to_string();
    assert!(needs.contains("a snapshot that was read before the change"), "{needs}");
}

/// An entry that was removed after the failure was there.
#[test]
fn a_removal_after_the_failure_is_not_its_cause() {
    let [_, direct] = read_then();
    let mut state = tenant(true, json!([between("policies", "Meetings", "removed", APP), direct]));
    state["policies"]["items"] = json!([{"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": []}]);
    let before = explain(&refused(), &state, "2026-03-04T06:30:00Z");
    assert_eq!(gate(&before, "policy"), "pass", "{before:#}");
    assert!(!causes(&before).contains(&"policy-shadowed"), "{before:#}");
    let within = explain(&refused(), &state, "2026-03-04T08:00:00Z");
    assert_eq!(gate(&within, "policy"), "unknown", "{within:#}");
    let after = explain(&refused(), &state, "2026-03-04T09:30:00Z");
    assert_eq!((gate(&after, "policy"), first(&after).1.as_str()), (json!("fail"), "certain"), "{after:#}");
}

/// A failure without a time is taken to be recent, so that an old snapshot is no proof of it.
#[test]
fn an_old_snapshot_is_no_proof_of_an_undated_failure() {
    let mut state = tenant(false, json!([]));
    let run = |state: &Value| explain_with(&refused(), state, &["--format", "json"]).json()["results"][0].clone();
    let (cause, confidence, explanation) = first(&run(&state));
    assert_eq!((cause.as_str(), confidence.as_str()), ("policy-not-granted", "likely"));
    assert!(explanation.contains("when the call failed is not known, and the snapshot is "), "{explanation}");
    let now = json!(jiff::Timestamp::now().to_string());
    state["taken_at"] = now.clone();
    ["policies", "direct", "groups"].iter().for_each(|part| state[part]["read_at"] = now.clone());
    assert_eq!(first(&run(&state)).1, "certain");
}

/// A day that the text tells, and that is not read, is a doubt; without any, the failure is taken to be of the snapshot's time.
#[test]
fn a_day_that_is_not_read_is_a_doubt() {
    let mut state = tenant(false, json!([]));
    let now = json!(jiff::Timestamp::now().to_string());
    state["taken_at"] = now.clone();
    ["policies", "direct", "groups"].iter().for_each(|part| state[part]["read_at"] = now.clone());
    let run = |text: &str| explain_with(text, &state, &["--format", "json"]).json()["results"][0].clone();
    for lead in ["Lena  [Sep 20th at 10:05 AM]\n", "2 weeks ago:\n", "[Sunday 10:05] Lena\n", "45920.42015 ERROR "] {
        let (cause, confidence, explanation) = first(&run(&format!("{lead}{}", refused())));
        assert_eq!((cause.as_str(), confidence.as_str()), ("policy-not-granted", "likely"), "{lead}");
        assert!(explanation.contains(" is given with it "), "{explanation}");
    }
    let graph = format!(
        "{}\n{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app {APP}.\"}}}}",
        refused()
    );
    for text in [refused(), format!("10:05:21 ERROR {}", refused()), format!("took 46285.42 ms\n{}", refused()), graph]
    {
        assert_eq!(first(&run(&text)).1, "certain", "{text}");
    }
    // It says so, with that time.
    let human = explain_with(&refused(), &state, &[]).out;
    let words = format!(
        "time        not in the text; judged as if the call failed when the state was read, `{}`",
        now.as_str().expect("text")
    );
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(&human).contains(&flat(&words)), "{human}");
    assert_eq!(run(&refused())["assumed_time"], now);
    for text in [format!("2 weeks ago:\n{}", refused()), format!("2024-09-20T10:05:21Z {}", refused())] {
        assert!(run(&text)["assumed_time"].is_null(), "{text}");
    }
    assert!(explain(&refused(), &state, "2026-03-04T08:30:00Z")["assumed_time"].is_null());
    // The name of the file tells too.
    let folder = tempfile::tempdir().expect("a folder");
    let (log, path) = (folder.path().join("app-2024-09-20.log"), folder.path().join("tenant.json"));
    std::fs::write(&log, refused()).expect("written");
    std::fs::write(&path, state.to_string()).expect("written");
    let (log, path) = (log.to_str().expect("UTF-8"), path.to_str().expect("UTF-8"));
    let run = super::common::graphwhy(["explain", log, "--state", path, "--format", "json"], "");
    assert_eq!(first(&run.json()["results"][0]).1, "likely");
}
