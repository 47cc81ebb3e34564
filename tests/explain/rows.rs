//! Lines of several users and apps: each failure is of whom its own line names.

use serde_json::{Value, json};

use super::common::{explain_with, graphwhy};

const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const OTHER: &str = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";
const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const OTHER_APP: &str = "b3e81f57-2a90-4d6c-9c14-70f5d2e8a6b1";
const WORDS: &str = "No application access policy found for this app";

/// Nobody holds the policy that lists the app.
fn state() -> Value {
    let app = |id: &str| {
        let roles = json!([{"value": "OnlineMeetings.Read.All", "resource": "00000003-0000-0000-c000-000000000000"}]);
        json!({"app_id": id, "name": "Reader", "enabled": true, "roles": roles, "delegated": []})
    };
    let user =
        |id: &str, upn: &str| json!({"id": id, "upn": upn, "type": "member", "enabled": true, "teams": "enabled"});
    json!({
        "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global", "taken_at": "2026-01-31T10:02:00Z",
        "policies": {"status": "complete", "items": [
            {"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP, OTHER_APP]}]},
        "direct": {"status": "complete", "items": []},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "complete", "items": [user(USER, "ada@contoso.com"), user(OTHER, "mia@contoso.com")]},
        "apps": {"status": "complete", "items": [app(APP), app(OTHER_APP)]},
    })
}

fn results(text: &str) -> Vec<Value> {
    explain_with(text, &state(), &["--format", "json", "--at", "2026-01-31T10:00:00Z"]).json()["results"]
        .as_array()
        .unwrap()
        .clone()
}

/// The user and the app of each failure.
fn named(text: &str) -> Vec<(Option<String>, Option<String>)> {
    let fact = |result: &Value, key: &str| result["facts"][key].as_str().map(str::to_owned);
    results(text).iter().map(|result| (fact(result, "user_id"), fact(result, "app_id"))).collect()
}

fn certain(result: &Value) -> bool {
    result["findings"].as_array().unwrap().iter().any(|finding| finding["confidence"] == "certain")
}

#[test]
fn each_line_has_its_own_user() {
    let own = |user: &str, app: &str| (Some(user.to_owned()), Some(app.to_owned()));
    let expected = [own(USER, APP), own(OTHER, APP), own(USER, APP)];
    for key in ["User_Id", "User_Object_Id", "UserObjectID", "Target_User_Id", "USER_ID", "user_objectid"] {
        let line = |user: &str| {
            format!(
                "level=error {key}={user} Client_App_Id={APP} HTTP_Status=\"403 Forbidden\" Error_Message=\"{WORDS} {APP}.\"\n"
            )
        };
        assert_eq!(named(&(line(USER) + &line(OTHER) + &line(USER))), expected, "{key}");
    }
    let line = |user: &str| format!("2026-01-31T10:00:00Z ERROR userId={user} status=403 error=\"{WORDS} {APP}.\"\n");
    assert_eq!(named(&(line(USER) + &line(OTHER) + &line(USER))), expected);
    let line = |user: &str| format!("user={user} 403 Forbidden {WORDS} {APP}.\n");
    assert_eq!(named(&(line(USER) + &line(OTHER) + &line(USER))), expected);
}

#[test]
fn each_line_has_its_own_app() {
    let own = |user: &str, app: &str| (Some(user.to_owned()), Some(app.to_owned()));
    for key in ["app", "azp", "clientId", "client-app-id"] {
        for host in ["", "https://graph.microsoft.com"] {
            let line = |app: &str| format!("{key}={app} GET {host}/v1.0/users/{USER}/onlineMeetings 403 {WORDS}.\n");
            assert_eq!(named(&(line(APP) + &line(OTHER_APP))), [own(USER, APP), own(USER, OTHER_APP)], "{key}");
        }
        let line = |user: &str, app: &str| format!("user={user} {key}={app} 403 Forbidden {WORDS}.\n");
        let text = line(USER, APP) + &line(OTHER, OTHER_APP) + &line(USER, OTHER_APP);
        assert_eq!(named(&text), [own(USER, APP), own(OTHER, OTHER_APP), own(USER, OTHER_APP)], "{key}");
    }
}

#[test]
fn what_another_line_names_is_in_doubt_below_a_key_that_is_not_read() {
    let text = |own: Value| {
        let error = json!({"code": "Forbidden", "message": format!("{WORDS} {APP}.")});
        let mut body = json!({"error": error});
        body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\nHTTP/1.1 403 Forbidden\n\n{body}\n")
    };
    assert!(certain(&results(&text(json!({})))[0]));
    for key in ["ownerId", "entra_user_id"] {
        assert!(!certain(&results(&text(json!({key: OTHER})))[0]), "{key}");
        assert!(certain(&results(&text(json!({key: USER})))[0]), "{key}");
    }
}

#[test]
fn rows_of_others_are_not_the_same_failure() {
    for key in ["ownerId", "entra_user_id", "aad_user_object_id"] {
        let row = |user: &str| json!({"Error": format!("{WORDS} {APP}."), "Status": 403, key: user}).to_string() + "\n";
        let shown = |text: &str| graphwhy(["explain", "-"], text).out;
        assert!(!shown(&(row(USER) + &row(OTHER))).contains("the same failure"), "{key}");
        assert!(shown(&(row(USER) + &row(USER))).contains("the same failure"), "{key}");
    }
}

#[test]
fn answers_of_two_dates_are_two() {
    let answer = |date: &str| {
        let inner = json!({"request-id": "1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21"});
        let error = json!({"error": {"code": "Forbidden", "message": format!("{WORDS} {APP}."), "innerError": inner}});
        format!(
            "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\nHTTP/1.1 403 Forbidden\nDate: {date}\n\n{error:#}\n\n"
        )
    };
    let dates = ["Sun, 20 Sep 2026 10:05:00 GMT", "Fri, 20 Nov 2026 11:55:00 GMT"];
    let run = graphwhy(["explain", "-", "--format", "json"], &(answer(dates[0]) + &answer(dates[1])));
    let found = run.json()["results"].as_array().unwrap().clone();
    let found: Vec<&str> = found.iter().map(|result| result["facts"]["date"].as_str().unwrap_or_default()).collect();
    assert_eq!(found, dates);
}
