//! What the dates in a snapshot let it prove of a failure: reads that later facts overtake, parts that were read apart,
//! young changes, and roles that were granted about then.

use super::common::explain_with;
use serde_json::{Value, json};

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const OTHER_APP: &str = "e1c9d2a4-7f35-4b86-9d10-3a5c8b7e6f21";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const OTHER_USER: &str = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";
const GROUP: &str = "6c2f3d4e-1111-4222-8333-944455556661";
const ROLE: &str = "OnlineMeetings.ReadWrite.All";
/// When the call failed, 4 March 2026, 09:00 UTC.
const AT: i64 = 1_772_614_800;

/// So many minutes after the failure.
fn after(minutes: i64) -> String {
    jiff::Timestamp::from_second(AT + minutes * 60).expect("a time").to_string()
}

/// A whole state, read so many minutes after the failure: `Desk` is the user's own and does not list the app, `Global` does.
fn tenant(minutes: i64) -> Value {
    let part = |items: Value| json!({"status": "complete", "read_at": after(minutes), "items": items});
    json!({
        "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global", "taken_at": after(minutes),
        "policies": part(json!([{"name": "Global", "app_ids": [APP]}, {"name": "Desk", "app_ids": []},
            {"name": "Meetings", "app_ids": [OTHER_APP]}])),
        "direct": part(json!([{"user_id": USER, "policy": "Desk"}])), "groups": part(json!([])),
        "users": part(json!([{"id": USER, "upn": "lena@contoso.com", "type": "member", "enabled": true, "teams": "enabled"}])),
        "apps": part(json!([{"app_id": APP, "name": "Scheduler", "enabled": true,
            "service_principal_id": "aaaa2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20",
            "application_object_id": "bbbb2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20",
            "roles": [{"id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "value": ROLE}]}])),
        "history": [],
    })
}

fn change(part: &str, key: &str, change: &str, value: &str, from: i64, to: i64) -> Value {
    json!({"part": part, "key": key, "change": change, "value": value, "source": "two reads",
        "not_before": after(from), "not_after": after(to)})
}

fn of_policy(state: &Value) -> Value {
    let words = format!("No application access policy found for this app {APP} on the user {USER}.");
    explain(&format!("403 Forbidden: {words}"), state)
}

/// A refusal without a word.
fn silent(state: &Value) -> Value {
    explain(
        r#"HTTP/1.1 403 Forbidden

{"error":{"code":"Forbidden","message":""}}"#,
        state,
    )
}

fn explain(words: &str, state: &Value) -> Value {
    let text = format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/abc\n{words}");
    explain_with(&text, state, &["--format", "json", "--app", APP, "--at", &after(0)]).json()["results"][0].clone()
}

/// Causes with their confidence.
fn found(result: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let all = result["findings"].as_array().expect("a list").iter();
    all.map(|one| (text(one, "cause"), text(one, "confidence"))).collect()
}

fn first(result: &Value) -> (String, String) {
    found(result).into_iter().next().unwrap_or_default()
}

fn is(result: &Value, cause: &str, confidence: &str) -> bool {
    found(result).contains(&(cause.to_owned(), confidence.to_owned()))
}

fn is_ruled_out(result: &Value, cause: &str) -> bool {
    result["ruled_out"].as_array().expect("a list").iter().any(|out| out["cause"] == cause)
}

fn pair(cause: &str, confidence: &str) -> (String, String) {
    (cause.to_owned(), confidence.to_owned())
}

#[test]
fn an_effective_read_that_the_history_overtakes_proves_nothing() {
    let mut state = tenant(-5);
    state["direct"]["items"] = json!([]);
    state["effective"] = json!({"status": "partial", "read_at": after(-1380),
        "items": [{"user_id": USER, "policy": "Desk", "via": "direct"}]});
    state["history"] = json!([change("direct", USER, "removed", "Desk", -1380, -600)]);
    let result = of_policy(&state);
    assert_ne!(result["verdict"], "explained", "{result:#}");
    assert!(result["contradiction"].is_object(), "`Global` is effective, and lists the app: {result:#}");
    let policy = result["gates"].as_array().expect("gates").iter().find(|gate| gate["gate"] == "policy").cloned();
    assert!(policy.expect("a gate")["evidence"].to_string().contains("it does not count"), "{result:#}");
    // The other way round.
    let mut state = tenant(-5);
    state["effective"] =
        json!({"status": "partial", "read_at": after(-1380), "items": [{"user_id": USER, "policy": null}]});
    state["history"] = json!([change("direct", USER, "added", "Desk", -1380, -600)]);
    assert_eq!(first(&of_policy(&state)), pair("policy-shadowed", "certain"));
    // Without an entry the change is between the two reads, and may be too young.
    state["history"] = json!([]);
    assert_eq!(first(&of_policy(&state)), pair("policy-shadowed", "likely"));
    // A read without a date keeps deciding.
    state["effective"]["read_at"] = Value::Null;
    assert!(of_policy(&state)["contradiction"].is_object());
}

#[test]
fn what_was_overtaken_after_the_failure_was_so_then() {
    let mut state = tenant(20);
    state["groups"] = json!({"status": "missing", "reason": {"kind": "not-read"}});
    state["effective"] = json!({"status": "partial", "items": [
        {"user_id": USER, "policy": "Meetings", "via": "group", "group_id": GROUP, "read_at": after(-60)}]});
    state["history"] = json!([change("direct", USER, "added", "Desk", 5, 20)]);
    let result = of_policy(&state);
    let policy = result["gates"].as_array().expect("gates").iter().find(|gate| gate["gate"] == "policy").cloned();
    assert_eq!(policy.expect("a gate")["outcome"], "fail", "the group's policy, which does not list it: {result:#}");
}

#[test]
fn an_earlier_read_counts_for_its_own_part() {
    let mut state = tenant(500);
    let certain = |history: Value, state: &mut Value| {
        state["history"] = history;
        let result = of_policy(state);
        assert_eq!(first(&result).0, "policy-shadowed", "{result:#}");
        result["verdict"] == "explained"
    };
    let policies = || change("policies", "Meetings", "added", OTHER_APP, 40, 450);
    let direct = || change("direct", OTHER_USER, "added", "Meetings", 40, 450);
    assert!(!certain(json!([]), &mut state));
    assert!(!certain(json!([policies()]), &mut state));
    assert!(!certain(json!([direct()]), &mut state));
    assert!(!certain(json!([policies(), change("members", GROUP, "added", OTHER_USER, 40, 450)]), &mut state));
    assert!(certain(json!([policies(), direct()]), &mut state), "both were read soon after the failure");
    state["direct"]["status"] = json!("partial");
    assert!(!certain(json!([policies(), direct()]), &mut state), "another user's entry says nothing of this one");
}

#[test]
fn a_young_change_leaves_open_what_it_may_have_been_before() {
    let mut state = tenant(20);
    state["direct"]["items"] = json!([]);
    state["policies"]["items"] = json!([{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}]);
    state["history"] = json!([change("policies", "Meetings", "added", APP, -40, -1)]);
    let result = of_policy(&state);
    assert_eq!(first(&result), pair("policy-not-granted", "likely"), "{result:#}");
    assert!(is(&result, "no-policy-names-app", "possible"), "it was so before the listing: {result:#}");
    state["history"] = json!([change("policies", "Meetings", "added", APP, -400, -300)]);
    assert!(is_ruled_out(&of_policy(&state), "no-policy-names-app"));
}

#[test]
fn a_policy_that_was_not_read_may_hold_what_is_told_first() {
    let mut state = tenant(-5);
    assert!(is_ruled_out(&of_policy(&state), "object-id-in-app-ids"));
    state["policies"]["status"] = json!("partial");
    let result = of_policy(&state);
    assert_eq!(first(&result), pair("policy-shadowed", "certain"), "{result:#}");
    for cause in ["object-id-in-app-ids", "another-registration-listed"] {
        assert!(is(&result, cause, "possible") && !is_ruled_out(&result, cause), "{cause}: {result:#}");
    }
}

/// A time without a zone is first taken as UTC: what was read more than an hour after that proves nothing.
#[test]
fn a_time_without_a_zone_proves_for_the_hour_that_it_states() {
    for (minutes, certain) in [(-300, true), (0, true), (20, true), (60, true), (61, false), (780, false), (890, false)]
    {
        let words = format!("No application access policy found for this app {APP} on the user {USER}.");
        let date = after(0).trim_end_matches('Z').to_owned();
        let text = json!({"error": {"code": "Forbidden", "message": words, "innerError": {"date": date}}}).to_string();
        let run = explain_with(&text, &tenant(minutes), &["--format", "json"]).json()["results"][0].clone();
        assert_eq!(first(&run).0, "policy-shadowed", "{minutes}: {run:#}");
        assert_eq!(run["verdict"] == "explained", certain, "{minutes}: {run:#}");
    }
}

#[test]
fn a_refusal_without_a_word_is_held_against_a_state_that_allows() {
    let mut state = tenant(-5);
    state["direct"]["items"] = json!([]);
    let result = silent(&state);
    assert!(result["contradiction"].is_object(), "{result:#}");
    assert_eq!(result["verdict"], "narrowed");
    assert!(is(&result, "token-older-than-grant", "possible"), "{result:#}");
    let granted = |from: i64, to: i64| {
        let mut state = state.clone();
        state["taken_at"] = json!(after(25));
        state["apps"]["read_at"] = json!(after(25));
        state["history"] = json!([change("apps", APP, "added", ROLE, from, to)]);
        silent(&state)
    };
    assert_eq!(first(&granted(5, 20)), pair("permission-not-granted", "likely"));
    assert_eq!(first(&granted(-50, -20)), pair("token-older-than-grant", "likely"));
    let between = granted(-5, 20);
    assert!(is(&between, "permission-not-granted", "possible"), "{between:#}");
    assert!(is_ruled_out(&granted(-4000, -3000), "permission-not-granted"));
    // What fails explains it.
    let denied = silent(&tenant(-5));
    // A delegated call gets the same answer, and of one the state proves nothing.
    assert_eq!(first(&denied), pair("policy-shadowed", "likely"));
    assert!(denied["contradiction"].is_null());
}

#[test]
fn a_user_without_teams_comes_after_the_policy_that_fails() {
    let mut state = tenant(-5);
    state["users"]["items"][0]["teams"] = json!("disabled");
    state["policies"]["items"] = json!([{"name": "Global", "app_ids": [OTHER_APP]}, {"name": "Desk", "app_ids": []}]);
    state["apps"] = json!({"status": "missing", "reason": {"kind": "not-read"}});
    let result = of_policy(&state);
    assert_eq!(first(&result).0, "no-policy-names-app", "{result:#}");
    assert!(is(&result, "user-without-teams", "possible"), "{result:#}");
}

#[test]
fn a_young_change_of_an_id_that_is_not_this_apps_touches_nothing() {
    let mut state = tenant(-5);
    state["history"] = json!([change("policies", "Meetings", "added", OTHER_APP, -34, -10)]);
    assert_eq!(first(&of_policy(&state)), pair("policy-shadowed", "certain"));
    // While the app's own object ids are not all known, it may be one of them.
    state["apps"]["items"][0]["application_object_id"] = Value::Null;
    assert_eq!(first(&of_policy(&state)), pair("policy-shadowed", "likely"));
}

#[test]
fn of_parts_that_were_read_apart_each_counts_by_its_own_time() {
    for (old, late) in [("policies", 300), ("direct", 300), ("policies", 600)] {
        let mut state = tenant(late);
        state[old]["read_at"] = after(-539).into();
        assert_eq!(first(&of_policy(&state)), pair("policy-shadowed", "likely"), "{old} {late}");
    }
    let mut state = tenant(30);
    state["policies"]["read_at"] = after(-539).into();
    assert_eq!(first(&of_policy(&state)), pair("policy-shadowed", "certain"));
}

/// Entries that no two reads tell, of changes after the failure: the gate is open, and what refused the call before them is
/// the likely cause.
#[test]
fn what_other_entries_tell_of_later_changes_is_no_proof_of_then() {
    let of = |part: &str, key: &str, what: &str, value: &str| {
        let mut entry = change(part, key, what, value, 5, 10);
        entry["source"] = json!("a ticket");
        json!([entry])
    };
    let gate = |result: &Value| {
        let gates = result["gates"].as_array().expect("gates");
        gates.iter().find(|gate| gate["gate"] == "policy").expect("a gate")["outcome"].clone()
    };
    let mut state = tenant(30);
    for history in [
        of("direct", USER, "changed", "Desk"),
        of("direct", USER, "added", "Desk"),
        of("policies", "Desk", "removed", APP),
    ] {
        state["history"] = history;
        let result = of_policy(&state);
        assert_eq!(
            (gate(&result), first(&result)),
            (json!("unknown"), pair("policy-shadowed", "likely")),
            "{result:#}"
        );
    }
    // Before it nothing listed the app.
    state["history"] = of("policies", "Global", "added", APP);
    let result = of_policy(&state);
    assert_eq!((gate(&result), first(&result)), (json!("fail"), pair("no-policy-names-app", "likely")), "{result:#}");
    // Before it `Desk` did not list the app, which it does today.
    state["policies"]["items"][1]["app_ids"] = json!([APP]);
    state["history"] = of("policies", "Desk", "added", APP);
    let result = of_policy(&state);
    assert_eq!((gate(&result), first(&result)), (json!("unknown"), pair("policy-shadowed", "likely")), "{result:#}");
    assert!(result["contradiction"].is_null(), "{result:#}");
}

fn gates(result: &Value) -> Vec<String> {
    let all = result["gates"].as_array().expect("gates").iter();
    let asked = |gate: &&Value| gate["gate"] != "token" && gate["gate"] != "meeting";
    let open = all.filter(|gate| gate["outcome"] == "unknown").filter(asked);
    open.map(|gate| gate["gate"].as_str().unwrap_or_default().to_owned()).collect()
}

/// What came after the failure says nothing of the app, its role and the user when it failed.
#[test]
fn what_came_after_the_failure_leaves_its_gates_open() {
    let mut state = tenant(30);
    state["policies"]["items"][1]["app_ids"] = json!([APP]);
    let mut run = |words: &str, part: &str, key: &str, what: &str, value: Value, from: i64| {
        let mut entry = change(part, key, what, "", from, from + 5);
        entry["value"] = value;
        state["history"] = json!([entry]);
        explain(words, &state)
    };
    let policy = format!("403 Forbidden: No application access policy found for this app {APP}.");
    let privileges = "HTTP/1.1 403 Forbidden\n\n{\"error\":{\"code\":\"Authorization_RequestDenied\",\"message\":\"Insufficient \
                      privileges to complete the operation.\"}}";
    let wordless = "HTTP/1.1 403 Forbidden\n\n{\"error\":{\"code\":\"Forbidden\",\"message\":\"\"}}";
    for words in [policy.as_str(), privileges, wordless] {
        for value in [json!(ROLE), Value::Null, json!("service principal")] {
            let result = run(words, "apps", APP, "added", value.clone(), 5);
            assert_eq!(gates(&result), ["permission", "time"], "{result:#}");
            assert!(!is_ruled_out(&result, "app-unknown-in-tenant"), "{result:#}");
            assert!(!is_ruled_out(&result, "permission-not-granted"), "{result:#}");
            assert!(found(&result).iter().all(|(_, confidence)| confidence != "certain"), "{result:#}");
            // Before the failure it says what it is.
            let before = run(words, "apps", APP, "added", value, -2_000);
            assert!(!gates(&before).contains(&"permission".to_owned()), "{before:#}");
            assert!(is_ruled_out(&before, "app-unknown-in-tenant"), "{before:#}");
        }
        for (what, value) in [("added", Value::Null), ("changed", json!("teams enabled"))] {
            let result = run(words, "users", USER, what, value, 5);
            assert_eq!(gates(&result), ["user", "time"], "{result:#}");
            assert!(
                !is_ruled_out(&result, "user-unknown") && !is_ruled_out(&result, "user-without-teams"),
                "{result:#}"
            );
        }
    }
    let result = run(privileges, "apps", APP, "added", json!(ROLE), 5);
    assert_eq!(first(&result), pair("permission-not-granted", "likely"), "{result:#}");
    // A disabled app gets no token: whether it was one then, the later change leaves open.
    let result = run(wordless, "apps", APP, "changed", json!("enabled"), 5);
    assert_eq!(first(&result), pair("service-principal-disabled", "possible"), "{result:#}");
    assert_eq!(gates(&result), ["permission", "time"], "{result:#}");
    // Another app's change is none of this call's.
    let result = run(wordless, "apps", OTHER_APP, "added", Value::Null, 5);
    assert_eq!(gates(&result), [""; 0], "{result:#}");
}

/// That the app is disabled says the failure here, not the snapshot.
#[test]
fn the_snapshot_says_only_what_it_has() {
    let mut state = tenant(-5);
    state["policies"]["items"][1]["app_ids"] = json!([APP]);
    let words = "AADSTS7000112: Application is disabled. No application access policy found for this app.";
    let result = explain(&format!("403 Forbidden: {words}"), &state);
    assert!(!result["contradiction"].to_string().contains("service principal as disabled"), "{result:#}");
}

/// What only the history names is a name, too.
#[test]
fn redacted_reports_hide_what_only_the_history_names() {
    let mut state = tenant(30);
    state["direct"]["items"] = json!([]);
    state["history"] = json!([change("direct", USER, "removed", "Payroll-Desk", 5, 10)]);
    let text = format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/abc\n403 Forbidden: No application access policy found for this app."
    );
    let run = |options: &[&str]| {
        let all: Vec<String> =
            ["--verbose", "--app", APP, "--at", &after(0)].iter().chain(options).map(|it| (*it).to_owned()).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        explain_with(&text, &state, &all).out
    };
    assert!(run(&[]).contains("Payroll-Desk"));
    let redacted = run(&["--redact"]);
    assert!(!redacted.contains("Payroll-Desk"), "{redacted}");
}
