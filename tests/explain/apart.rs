//! What a state that is not of the call's own time, tenant or pair leaves unproved: lists that were read at another time, and
//! what the text tells of the tenant, of later changes and of the day.

use super::common::explain_with;
use serde_json::{Value, json};

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const OTHER_USER: &str = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";
const GROUP: &str = "6c2f3d4e-1111-4222-8333-944455556661";
const TENANT: &str = "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10";
const OTHER_TENANT: &str = "91b0d2e7-5c64-4f3a-8e17-0a6d9c3b5f28";
const FAR: i64 = 3 * 24 * 60;

/// So many minutes after the failure, which is a day old: an older state proves nothing of a failure without a time.
fn after(minutes: i64) -> String {
    let day = jiff::Timestamp::now().as_second() / 86_400 - 1;
    jiff::Timestamp::from_second(day * 86_400 + minutes * 60).expect("a time").to_string()
}

/// A whole state, read five minutes before the failure: nobody has a policy of their own, and `Global` lists the app.
fn tenant() -> Value {
    let part = |items: Value| json!({"status": "complete", "read_at": after(-5), "items": items});
    json!({
        "schema": 1, "tenant_id": TENANT, "cloud": "global", "taken_at": after(-5),
        "policies": part(json!([{"name": "Global", "app_ids": [APP]}, {"name": "Desk", "app_ids": []}])),
        "direct": part(json!([])), "groups": part(json!([])),
        "users": part(json!([{"id": USER, "upn": "lena@contoso.com", "type": "member", "enabled": true, "teams": "enabled"}])),
        "apps": part(json!([{"app_id": APP, "name": "Scheduler", "enabled": true,
            "service_principal_id": "aaaa2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20",
            "application_object_id": "bbbb2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20",
            "roles": [{"id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "value": "OnlineMeetings.ReadWrite.All"}]}])),
        "history": [],
    })
}

/// The same, and the user has `Desk`, which does not list the app.
fn shadowed() -> Value {
    let mut state = tenant();
    state["direct"]["items"] = json!([{"user_id": USER, "policy": "Desk"}]);
    state
}

fn refused() -> String {
    format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/abc\n403 Forbidden: No application access policy \
         found for this app {APP}.\n"
    )
}

fn explain(text: &str, state: &Value, more: &[&str]) -> Value {
    let options = [&["--format", "json"], more].concat();
    explain_with(text, state, &options).json()["results"][0].clone()
}

fn dated(state: &Value) -> Value {
    explain(&refused(), state, &["--app", APP, "--at", &after(0)])
}

fn first(result: &Value) -> (String, String) {
    let text = |key: &str| result["findings"][0][key].as_str().unwrap_or_default().to_owned();
    (text("cause"), text("confidence"))
}

fn pair(cause: &str, confidence: &str) -> (String, String) {
    (cause.to_owned(), confidence.to_owned())
}

fn outcome(result: &Value, gate: &str) -> String {
    let gates = result["gates"].as_array().expect("gates");
    let found = gates.iter().find(|it| it["gate"] == gate).expect("a gate");
    found["outcome"].as_str().expect("an outcome").to_owned()
}

fn is_ruled_out(result: &Value, cause: &str) -> bool {
    result["ruled_out"].as_array().expect("a list").iter().any(|out| out["cause"] == cause)
}

#[test]
fn an_absence_counts_by_the_read_that_shows_it() {
    assert_eq!(outcome(&dated(&tenant()), "policy"), "pass");
    for (part, minutes) in [("direct", FAR), ("direct", 45), ("groups", FAR), ("groups", 45), ("direct", -FAR)] {
        let mut state = tenant();
        state[part]["read_at"] = json!(after(minutes));
        let result = dated(&state);
        assert_eq!(outcome(&result, "policy"), "unknown", "{part} {minutes}: {result:#}");
        assert!(!is_ruled_out(&result, "policy-shadowed"), "{part} {minutes}: {result:#}");
        assert!(is_ruled_out(&result, "no-policy-names-app"), "what the policies list was read then");
    }
    let group = |minutes: i64| {
        json!([{"group_id": GROUP, "name": "Sales", "policy": "Desk", "rank": 1, "members":
            {"status": "complete", "read_at": after(minutes), "items": [USER]}}])
    };
    let mut state = tenant();
    state["groups"]["items"] = group(-5);
    assert_eq!(first(&dated(&state)), pair("policy-shadowed", "certain"));
    state["direct"]["read_at"] = json!(after(FAR));
    let result = dated(&state);
    assert_eq!(first(&result), pair("policy-shadowed", "likely"));
    assert_eq!(outcome(&result, "policy"), "unknown");
    // The members of a group have a time of their own, or that of the assignments.
    let mut state = tenant();
    state["groups"]["items"] = group(FAR);
    assert_eq!(first(&dated(&state)), pair("policy-shadowed", "likely"));
    state["groups"]["items"][0]["members"]["read_at"] = Value::Null;
    assert_eq!(first(&dated(&state)), pair("policy-shadowed", "certain"));
    // What no assignment decides holds.
    let mut state = tenant();
    state["policies"]["items"][0]["app_ids"] = json!([]);
    state["direct"]["read_at"] = json!(after(FAR));
    let result = dated(&state);
    assert_eq!(first(&result), pair("no-policy-names-app", "certain"));
    assert_eq!(outcome(&result, "policy"), "fail");
}

#[test]
fn a_part_without_a_time_was_read_with_the_snapshot() {
    let mut state = shadowed();
    state["policies"]["read_at"] = Value::Null;
    assert_eq!(first(&dated(&state)), pair("policy-shadowed", "certain"));
    state["taken_at"] = json!(after(-FAR));
    assert_eq!(first(&dated(&state)), pair("policy-shadowed", "likely"));
    let mut state = tenant();
    state["direct"]["read_at"] = Value::Null;
    state["taken_at"] = json!(after(-FAR));
    assert_eq!(outcome(&dated(&state), "policy"), "unknown");
}

#[test]
fn a_gate_is_open_where_it_says_that_the_state_of_then_is_not_known() {
    let mut state = shadowed();
    state["history"] = json!([{"part": "direct", "key": USER, "change": "changed", "value": "Desk",
        "source": "two reads", "not_before": after(-30), "not_after": after(-20)}]);
    let result = dated(&state);
    assert_eq!(first(&result), pair("policy-shadowed", "likely"));
    assert_eq!(outcome(&result, "policy"), "unknown");
    let undated = explain(&refused(), &state, &["--app", APP]);
    assert_eq!(outcome(&undated, "policy"), "unknown", "{undated:#}");
    state["history"][0]["not_before"] = json!(after(-4 * FAR));
    state["history"][0]["not_after"] = json!(after(-3 * FAR));
    for result in [dated(&state), explain(&refused(), &state, &["--app", APP])] {
        assert_eq!(outcome(&result, "policy"), "fail");
        assert_eq!(first(&result), pair("policy-shadowed", "certain"));
    }
}

#[test]
fn gates_of_a_user_who_may_be_anothers_are_open_unless_all_agree() {
    let log = |app: &str| {
        format!(
            "user,app,status,message\n{OTHER_USER},{app},403,No application access policy found for this app\n{USER},{app},\
             200,OK\n{OTHER_USER},{APP},403,No application access policy found for this app\n"
        )
    };
    let mut state = shadowed();
    let other =
        json!({"id": OTHER_USER, "upn": "omar@contoso.com", "type": "member", "enabled": true, "teams": "enabled"});
    state["users"]["items"].as_array_mut().expect("a list").push(other);
    let beside = explain(&log("e1c9d2a4-7f35-4b86-9d10-3a5c8b7e6f21"), &state, &[]);
    if beside["findings"][0]["explanation"].to_string().contains("stands beside") {
        assert_eq!(outcome(&beside, "user"), "unknown", "{beside:#}");
        assert_eq!(outcome(&beside, "policy"), "fail", "no policy lists it, whoever the user is: {beside:#}");
    }
}

#[test]
fn another_tenant_beside_the_failure_proves_nothing() {
    let state = shadowed();
    for lead in [
        "tenantId=",
        "tid=",
        "tenant: ",
        "Tenant ID: ",
        "AZURE_TENANT_ID=",
        "x-ms-tenant: ",
        "{\"tenantId\":\"",
        "authority https://login.microsoftonline.com/",
        "iss=https://sts.windows.net/",
        "Directory (tenant) ID ",
        "organization ",
    ] {
        let text = |tenant: &str| format!("client_id={APP}\n{lead}{tenant}\n{}", refused());
        let own = explain(&text(TENANT), &state, &[]);
        assert_eq!(first(&own), pair("policy-shadowed", "certain"), "{lead}");
        let other = explain(&text(OTHER_TENANT), &state, &[]);
        assert!(other["findings"].as_array().expect("a list").iter().all(|it| it["confidence"] != "certain"), "{lead}");
        assert!(other["ruled_out"].as_array().is_none_or(Vec::is_empty), "{lead}: {other:#}");
        assert!(other["contradiction"].to_string().contains(OTHER_TENANT), "{lead}: {other:#}");
        assert_eq!(outcome(&other, "policy"), "unknown", "{lead}");
    }
    for words in ["in our test tenant", "From the customer's other tenant:"] {
        let result = explain(&format!("{words}\nclient_id={APP}\n{}", refused()), &state, &[]);
        assert_eq!(first(&result).1, "likely", "{words}");
    }
}

#[test]
fn fixes_of_a_snapshot_are_not_those_of_another_tenant() {
    let state = shadowed();
    let fixes = |lead: &str| {
        let result = explain(&format!("{lead}\nclient_id={APP}\n{}", refused()), &state, &[]);
        result["fixes"].as_array().expect("a list").clone()
    };
    let of_state = |fix: &Value| fix["steps"].to_string().contains("'Desk'") || fix["gains"] != json!([]);
    assert!(fixes("").iter().any(of_state));
    let named = fixes(&format!("tenantId={OTHER_TENANT}"));
    assert!(!named.is_empty() && !named.iter().any(of_state), "{named:#?}");
    for lead in ["in our test tenant", "Tenant: fabrikam.onmicrosoft.com"] {
        let supposed = fixes(lead);
        assert!(supposed.iter().any(of_state), "{lead}");
        for fix in supposed.iter().filter(|fix| of_state(fix)) {
            assert_eq!(fix["proved"], false, "{lead}");
            assert!(fix["title"].to_string().contains("if the call was made in the snapshot's tenant"), "{fix:#}");
            assert!(fix["assumes"][0].to_string().contains(TENANT), "{fix:#}");
        }
    }
}

#[test]
fn a_fix_names_what_the_state_knows() {
    let commands = |text: &str| explain(text, &shadowed(), &[])["fixes"].to_string();
    // The app is not known, and the user's policy is.
    let adds = commands(&refused().replace(&format!(" {APP}"), ""));
    assert!(adds.contains("Set-CsApplicationAccessPolicy -Identity 'Desk' -AppIds @{Add='<client-id>'}"), "{adds}");
    let path = "/v1.0/users/lena@contoso.com/onlineMeetings/abc";
    let text = format!(
        "GET https://graph.microsoft.com{path}\nHTTP/1.1 404 Not Found\n\n{{\"error\":{{\"code\":\"UnknownError\",\"message\":\"\"}}}}\n"
    );
    let of_path = commands(&text);
    assert!(of_path.contains(&format!("/v1.0/users/{USER}/onlineMeetings/abc")), "{of_path}");
}

#[test]
fn what_is_read_next_is_read_in_the_tenant_of_the_call() {
    let text = format!("tenantId={OTHER_TENANT}\nclient_id={APP}\n{}", refused());
    let run = explain_with(&text, &shadowed(), &[]);
    let next = run.out.split("read next").nth(1).expect("a read").to_owned();
    let next: String = next.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(next.starts_with(&format!("a snapshot of the tenant `{OTHER_TENANT}`")), "{}", run.out);
}

#[test]
fn a_change_that_the_text_tells_behind_the_failure_is_a_doubt() {
    let state = shadowed();
    let told = |words: &str| explain(&format!("client_id={APP}\n{}\n{words}\n", refused()), &state, &[]);
    for words in [
        "Since the call failed we moved Lena to policy Desk.",
        "The policy was recreated afterwards.",
        "Fixed, closing.",
        "Retry succeeded 200 OK.",
    ] {
        let result = told(words);
        let found = result["findings"].as_array().expect("a list").iter();
        assert!(found.clone().all(|it| it["confidence"] != "certain"), "{words}: {result:#}");
        assert!(found.clone().any(|it| it["cause"] == "policy-shadowed" && it["confidence"] == "likely"), "{words}");
        assert!(result["ruled_out"].as_array().is_none_or(Vec::is_empty), "{words}");
    }
    for words in ["", "How can this be fixed?", "It works for other apps."] {
        assert_eq!(first(&told(words)), pair("policy-shadowed", "certain"), "{words}");
    }
    // What became of a change takes nothing from it: the state may be of before it.
    let still = told("We have granted the policy, and it still fails.");
    assert_eq!(first(&still), pair("policy-shadowed", "likely"));
    // The state of before has nothing that came after.
    let text = format!("client_id={APP}\n{}\nThe policy was recreated afterwards.\n", refused());
    assert_eq!(first(&explain(&text, &state, &["--at", &after(0)])), pair("policy-shadowed", "certain"));
}

#[test]
fn a_day_in_the_name_of_a_file_or_an_age_is_a_doubt() {
    let state = shadowed();
    let line = format!(
        "client={APP} GET /v1.0/users/{USER}/onlineMeetings/abc 403 No application access policy found for this app"
    );
    let text = |lead: &str| format!("{lead}11:58:01 {line}\n");
    assert_eq!(first(&explain(&text(""), &state, &[])), pair("policy-shadowed", "certain"));
    assert_eq!(first(&explain(&text("# file: app-2021-02-02.log\n"), &state, &[])), pair("policy-shadowed", "likely"));
    let row = |age: &str| {
        let path = format!("GET /v1.0/users/{USER}/onlineMeetings/abc");
        format!("age,request,app,message\n{age},{path},{APP},403 No application access policy found for this app\n")
    };
    assert_eq!(first(&explain(&row("18 days"), &state, &[])), pair("policy-shadowed", "likely"));
}

#[test]
fn what_the_state_excludes_altogether_is_a_contradiction() {
    let text = format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/abc\n\nHTTP/1.1 403 Forbidden\n\n{{\"error\": \
         {{\"code\": \"Forbidden\", \"message\": \"3003: User does not have access to lookup meeting\"}}}}\n"
    );
    let result = explain(&text, &tenant(), &["--app", APP, "--at", &after(0)]);
    assert_eq!(outcome(&result, "policy"), "pass");
    assert_ne!(result["verdict"], "unrecognised", "{result:#}");
}
