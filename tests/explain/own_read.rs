//! Of a failure without a time each list counts by its own read; what a token holds is not assigned; the creator of an event
//! is the user of its calls; a change between a list and a later read of what is effective is known.

use super::common::{explain_with, graphwhy};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const OTHER: &str = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";
const TENANT: &str = "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10";
const EVENT: &str = "5e5e1111-2222-4333-8444-555566667777@7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10";
/// When the state was read.
const READ: &str = "2026-03-04T09:00:00Z";

/// `Meetings` lists the app, and only `OTHER` has it.
fn tenant() -> Value {
    let part = |items: Value| json!({"status": "complete", "read_at": READ, "items": items});
    let user = |id: &str| json!({"id": id, "type": "member", "enabled": true, "teams": "enabled"});
    json!({
        "schema": 1, "tenant_id": TENANT, "cloud": "global", "taken_at": READ,
        "policies": part(json!([{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}])),
        "direct": part(json!([{"user_id": OTHER, "policy": "Meetings"}])), "groups": part(json!([])),
        "users": part(json!([user(USER), user(OTHER)])),
        "apps": part(json!([{"app_id": APP, "name": "Scheduler", "enabled": true,
            "service_principal_id": "aaaa2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20",
            "roles": [{"id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "value": "OnlineMeetings.ReadWrite.All"},
                {"id": "1dccb351-c4e4-4e09-a8d1-7a9ecbf027cc", "value": "VirtualEvent.Read.All"}]}])),
        "history": [],
    })
}

fn refused() -> String {
    format!("No application access policy found for this app {APP} on the user.")
}

fn asked(text: &str, state: &Value, options: &[&str]) -> Value {
    let run = explain_with(text, state, &[&["--format", "json"], options].concat());
    run.json()["results"][0].clone()
}

fn undated(state: &Value) -> Value {
    asked(&refused(), state, &["--app", APP, "--user", USER])
}

fn confidence(result: &Value) -> &str {
    result["findings"][0]["confidence"].as_str().unwrap_or_default()
}

fn outcome<'a>(result: &'a Value, gate: &str) -> &'a str {
    let gates = result["gates"].as_array().expect("a list").iter();
    gates.filter(|it| it["gate"] == gate).find_map(|it| it["outcome"].as_str()).unwrap_or_default()
}

/// So many hours before the state was read: a state of today, since an old one is no proof of an undated failure.
fn before(hours: i64) -> String {
    let second = jiff::Timestamp::now().as_second() - 7200 - hours * 3600;
    jiff::Timestamp::from_second(second).expect("a time").to_string()
}

fn of_today() -> Value {
    serde_json::from_str(&tenant().to_string().replace(READ, &before(0))).expect("JSON")
}

#[test]
fn a_list_of_another_day_is_no_proof_of_an_undated_failure() {
    assert_eq!(confidence(&undated(&of_today())), "certain");
    for part in ["policies", "direct", "groups"] {
        let mut state = of_today();
        state[part]["read_at"] = json!(before(23));
        assert_eq!(confidence(&undated(&state)), "certain", "{part}: within a day");
        state[part]["read_at"] = json!(before(49));
        let result = undated(&state);
        assert_eq!(confidence(&result), "likely", "{part}: {result}");
        assert_eq!(outcome(&result, "policy"), "unknown", "{part}");
        // Without the time of the whole, the newest read is the one that is judged by.
        state["taken_at"] = Value::Null;
        assert_eq!(confidence(&undated(&state)), "likely", "{part}");
    }
}

#[test]
fn a_state_of_a_time_to_come_proves_nothing() {
    let state: Value = serde_json::from_str(&tenant().to_string().replace("2026-03-04", "2126-03-04")).unwrap();
    assert_eq!(confidence(&undated(&state)), "likely");
}

/// A token with the role, issued at a second of that day's 09:00.
fn token(after: i64) -> String {
    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let issued = 1_772_614_800 + after;
    let claims = json!({"aud": "https://graph.microsoft.com", "tid": TENANT, "appid": APP, "idtyp": "app",
        "iat": issued, "nbf": issued, "exp": issued + 4200, "roles": ["OnlineMeetings.ReadWrite.All"]});
    format!("{}.{}.c2ln", part(json!({"typ": "JWT", "alg": "RS256"})), part(claims))
}

#[test]
fn a_role_of_the_token_is_neither_assigned_nor_taken_away() {
    let mut state = tenant();
    state["apps"]["items"][0]["roles"] = json!([]);
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "POST https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\n\nHTTP/1.1 403 Forbidden\n\
         Date: Wed, 04 Mar 2026 09:20:00 GMT\n\n{{\"error\": {{\"code\": \"Forbidden\", \"message\": \"{}\"}}}}",
        refused()
    );
    for (after, proved) in [(600, true), (-600, false)] {
        let path = folder.path().join(format!("token{after}"));
        std::fs::write(&path, token(after)).unwrap();
        let result = asked(&text, &state, &["--token-file", path.to_str().unwrap()]);
        let fixes = result["fixes"].as_array().expect("a list");
        assert!(!fixes.is_empty());
        for fix in fixes {
            let all = fix.to_string();
            assert!(!all.contains("AppRoleAssignment"), "{all}");
            assert_eq!(fix["proved"].as_bool().unwrap_or_default(), proved, "{all}");
        }
    }
    // Without a token the role is missing too.
    assert!(asked(&text, &state, &[])["fixes"].to_string().contains("New-MgServicePrincipalAppRoleAssignment"));
}

fn of_event() -> String {
    format!(
        "GET https://graph.microsoft.com/v1.0/solutions/virtualEvents/webinars/{}\n\nHTTP/1.1 403 Forbidden\n\
         Date: Wed, 04 Mar 2026 09:20:00 GMT\n\n{{\"error\": {{\"code\": \"Forbidden\", \"message\": \"{}\"}}}}",
        EVENT.replace('@', "%40"),
        refused()
    )
}

#[test]
fn the_creator_of_an_event_is_the_user_of_its_calls() {
    let mut state = tenant();
    state["rsc"] = json!({"items": []});
    state["events"] = json!({"items": [{"id": EVENT.to_uppercase(), "created_by": USER}]});
    let result = asked(&of_event(), &state, &[]);
    assert_eq!((outcome(&result, "policy"), confidence(&result)), ("fail", "certain"), "{result}");
    assert!(result["fixes"][0].to_string().contains(USER), "{result}");
    // Another user is not whom Graph asked about: both are named, and nothing is certain.
    let result = asked(&of_event(), &state, &["--user", OTHER]);
    assert_eq!(outcome(&result, "policy"), "unknown");
    assert_ne!(confidence(&result), "certain");
    assert!(result.to_string().contains(&format!("`{USER}` created the event")), "{result}");
    assert!(!result["fixes"].to_string().contains("\"proved\":true"), "{result}");
    assert!(!result["fixes"].to_string().contains(OTHER), "{result}");
    // An event that nobody has read is of anybody.
    state["events"] = json!({"items": []});
    assert_eq!(outcome(&asked(&of_event(), &state, &[]), "policy"), "unknown");
}

fn check(state: &Value, options: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.json");
    std::fs::write(&path, state.to_string()).unwrap();
    let named = ["check", "--app", APP, "--format", "json", "--state", path.to_str().unwrap()];
    graphwhy([named.as_slice(), options].concat().iter(), "").json()["results"][0].clone()
}

#[test]
fn a_question_of_an_event_is_of_its_creator() {
    let mut state = tenant();
    state["rsc"] = json!({"items": []});
    state["events"] = json!({"items": [{"id": EVENT, "created_by": OTHER}]});
    let operation = format!("GET /solutions/virtualEvents/webinars/{EVENT}");
    let asked =
        |user: &[&str]| check(&state, &[&["--operation", &operation, "--at", "2026-03-04T12:00:00Z"], user].concat());
    assert_eq!(asked(&[])["verdict"], "allowed");
    assert_eq!(asked(&["--user", OTHER])["verdict"], "allowed");
    assert_eq!(asked(&["--user", USER])["verdict"], "unknown");
}

#[test]
fn a_later_read_of_what_is_effective_tells_of_a_change() {
    let mut state = tenant();
    let effective = |policy: Value, at: &str| json!({"status": "partial", "read_at": READ, "items": [{"user_id": USER, "policy": policy, "read_at": at}]});
    let asked = |state: &Value, at: &str| check(state, &["--user", USER, "--at", at])["verdict"].clone();
    state["taken_at"] = json!("2026-03-04T09:10:00Z");
    state["effective"] = effective(json!("Meetings"), "2026-03-04T09:10:00Z");
    assert_eq!(asked(&state, "2026-03-04T09:20:00Z"), "unknown");
    assert_eq!(asked(&state, "2026-03-04T09:40:00Z"), "allowed");
    // Read with the lists, or as they say, it tells of no change.
    state["effective"] = effective(json!("Meetings"), READ);
    assert_eq!(asked(&state, "2026-03-04T09:20:00Z"), "allowed");
    state["direct"]["items"] = json!([{"user_id": USER, "policy": "meetings"}]);
    state["effective"] = effective(json!("Meetings"), "2026-03-04T09:10:00Z");
    assert_eq!(asked(&state, "2026-03-04T09:20:00Z"), "allowed");
    // What was so before it nobody knows.
    state["effective"] = effective(Value::Null, "2026-03-04T09:10:00Z");
    let text = |at: &str| {
        format!(
            "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/abc\n\nHTTP/1.1 403 Forbidden\n\
             Date: Wed, 04 Mar 2026 {at}:00 GMT\n\n{{\"error\": {{\"code\": \"Forbidden\", \"message\": \"{}\"}}}}",
            refused()
        )
    };
    for at in ["08:50", "09:05"] {
        let result = asked_of(&text(at), &state);
        assert_eq!(outcome(&result, "policy"), "unknown", "{at}: {result}");
        assert_ne!(confidence(&result), "certain", "{at}");
    }
}

fn asked_of(text: &str, state: &Value) -> Value {
    asked(text, state, &[])
}

#[test]
fn a_consent_that_the_service_did_not_find_leaves_what_the_policies_prove() {
    // `19:meeting_QmFyYmFyYTEy@thread.v2` of `USER`.
    let id = BASE64_URL_SAFE_NO_PAD.encode(format!("1*{USER}*0**19:meeting_QmFyYmFyYTEy@thread.v2"));
    let mut state = tenant();
    state["apps"]["items"][0]["roles"] =
        json!([{"id": "a4a80d8d-d283-4bd8-8504-555ec3870630", "value": "OnlineMeetingTranscript.Read.All"}]);
    state["rsc"] = json!({"items": [{"chat_id": "19:meeting_QmFyYmFyYTEy@thread.v2", "app_id": APP,
        "permission": "OnlineMeetingTranscript.Read.Chat"}]});
    let text = format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/{id}/transcripts\n\nHTTP/1.1 403 Forbidden\n\
         Date: Wed, 04 Mar 2026 09:20:00 GMT\n\n{{\"error\": {{\"code\": \"Forbidden\", \"message\": \"Application is not \
         allowed to perform operations on the user '{USER}', neither is allowed access through RSC permission \
         evaluation.\"}}}}"
    );
    let result = asked(&text, &state, &["--app", APP]);
    assert_eq!((result["verdict"].as_str(), confidence(&result)), (Some("narrowed"), "likely"), "{result}");
    assert_eq!(result["findings"][0]["cause"], "policy-not-granted");
}

#[test]
fn what_nobody_holds_is_not_said_to_list_nothing() {
    let mut state = tenant();
    state["direct"]["items"] = json!([]);
    let result = asked(&refused(), &state, &["--app", APP]).to_string();
    assert!(!result.contains("\"no policy lists the app\""), "{result}");
}

#[test]
fn a_refused_read_of_members_is_not_asked_for_again() {
    let mut state = tenant();
    let members = json!({"status": "missing", "reason": {"kind": "forbidden", "needs": "Member.Read.Hidden"}});
    let group = "6c2f3d4e-1111-4222-8333-944455556661";
    state["groups"]["items"] = json!([{"group_id": group, "policy": "Meetings", "rank": 1, "members": members}]);
    let asked = check(&state, &["--user", USER, "--at", "2026-03-04T12:00:00Z"]);
    let policy = asked["gates"].as_array().expect("a list").iter().find(|gate| gate["gate"] == "policy").expect("it");
    assert!(policy["needs"].as_str().is_some_and(|it| it.starts_with("the policy that is assigned")), "{policy}");
    assert!(policy["note"].as_str().is_some_and(|note| note.contains("Member.Read.Hidden")), "{policy}");
    // One that nobody has asked for is asked for.
    state["groups"]["items"][0]["members"] = json!({"status": "missing"});
    let asked = check(&state, &["--user", USER, "--at", "2026-03-04T12:00:00Z"]);
    assert!(asked["gates"].to_string().contains("the direct members of the group"), "{asked}");
}

#[test]
fn fixes_stand_in_the_order_of_the_findings() {
    let text =
        "POST https://graph.microsoft.com/v1.0/users/lena@contoso.com/onlineMeetings\n\nHTTP/1.1 400 Bad Request\n\
         Date: Wed, 04 Mar 2026 09:20:00 GMT\n\n{\"error\": {\"code\": \"BadRequest\", \"message\": \"The userId in \
         request URL is not a valid GUID.\"}}"
            .to_string();
    let mut state = tenant();
    state["users"]["items"][0]["upn"] = json!("lena@contoso.com");
    let result = asked(&text, &state, &["--app", APP]);
    assert_eq!(result["findings"][0]["confidence"], "certain", "{result}");
    assert_eq!(result["fixes"][0]["cause"], result["findings"][0]["cause"], "{result}");
}
