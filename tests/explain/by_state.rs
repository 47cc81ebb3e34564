//! What a state tells of a failure: for every operation and every time that the failure may be of, and nothing against the
//! state itself.

use super::common::{explain_with, findings, graphwhy};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const TENANT: &str = "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10";
const OTHER_TENANT: &str = "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d11";
const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const PRINCIPAL: &str = "b3e81f57-2a90-4d6c-9c14-70f5d2e8a6b1";
const OBJECT: &str = "b3e81f57-2a90-4d6c-9c14-70f5d2e8a6b2";
const OTHER_APP: &str = "2e8c4a60-7b15-4d93-a6f0-1c9e5b3d7f42";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const OTHER: &str = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";
const READ_ALL: &str = "c1684f21-1984-47fa-9d61-2dc8c296bb70";
const TRANSCRIPTS: &str = "a4a80d8d-d283-4bd8-8504-555ec3870630";
const TAKEN: &str = "2026-03-04T09:00:00Z";
const DATE: &str = "Date: Wed, 04 Mar 2026 09:05:00 GMT";
const REFUSED: &str = r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app."}}"#;

/// The user's own policy lists another app, and `Global` lists the app.
fn tenant() -> Value {
    let app = |id: &str, name: &str| {
        json!({"app_id": id, "name": name, "enabled": true, "home_tenant": TENANT,
               "roles": [{"id": READ_ALL, "value": "OnlineMeetings.Read.All"}]})
    };
    let mut own = app(APP, "Scheduler");
    (own["service_principal_id"], own["application_object_id"]) = (json!(PRINCIPAL), json!(OBJECT));
    json!({
        "schema": 1, "tenant_id": TENANT, "cloud": "global", "taken_at": TAKEN,
        "policies": {"status": "complete", "items": [
            {"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": [OTHER_APP]}]},
        "direct": {"status": "complete", "items": [{"user_id": USER, "policy": "Meetings"}]},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "complete", "items": [
            {"id": USER, "upn": "lena@contoso.com", "type": "member", "enabled": true, "teams": "enabled"}]},
        "apps": {"status": "complete", "items": [own, app(OTHER_APP, "Notes")]},
        "settings": {"status": "complete", "graph_transcript_access": true, "attributed_transcripts": true},
    })
}

fn time(second: i64) -> String {
    jiff::Timestamp::from_second(second).unwrap().to_string()
}

fn call(user: &str, rest: &str, headers: &str, body: &str) -> String {
    format!(
        "GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings/MSox{rest}\n\nHTTP/1.1 403 Forbidden\n{headers}\n\n{body}\n"
    )
}

fn explain(text: &str, state: &Value, options: &[&str]) -> Value {
    explain_with(text, state, &[&["--app", APP, "--format", "json"], options].concat()).json()["results"][0].clone()
}

fn gate<'v>(result: &'v Value, name: &str) -> &'v str {
    let gates = result["gates"].as_array().unwrap();
    gates.iter().find(|gate| gate["gate"] == name).unwrap()["outcome"].as_str().unwrap()
}

fn ruled_out(result: &Value) -> Vec<&str> {
    result["ruled_out"].as_array().unwrap().iter().map(|out| out["cause"].as_str().unwrap()).collect()
}

fn commands(result: &Value) -> Vec<String> {
    let fixes = result["fixes"].as_array().unwrap().iter();
    let steps = fixes.flat_map(|fix| fix["steps"].as_array().unwrap());
    steps.flat_map(|step| step["commands"].as_array().unwrap()).map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// The path of a collection alone is that of a read and of a change, and the app holds what the read takes.
#[test]
fn a_path_without_a_method_is_of_any_operation() {
    const MISSING: &str = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}"#;
    let text = |path: &str| {
        format!(
            "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings{path}\n{MISSING}\n"
        )
    };
    let mut state = tenant();
    let open = explain(&text(""), &state, &["--at", TAKEN]);
    assert_eq!((&open["facts"]["operation"], gate(&open, "permission")), (&Value::Null, "unknown"), "{open:#}");
    assert!(!ruled_out(&open).contains(&"permission-too-narrow"), "{open:#}");
    // An item is read, changed or deleted.
    assert_eq!(gate(&explain(&text("/MSox"), &state, &["--at", TAKEN]), "permission"), "unknown");
    // A filter is a read's, and a method is told.
    let read = explain(&text("?$filter=JoinWebUrl eq 'x'"), &state, &["--at", TAKEN]);
    assert_eq!((read["facts"]["operation"].as_str(), gate(&read, "permission")), (Some("find-meeting"), "pass"));
    let told = explain(&call(USER, "", DATE, MISSING), &state, &[]);
    assert_eq!((told["facts"]["operation"].as_str(), gate(&told, "permission")), (Some("read-meeting"), "pass"));
    // What all of them accept, or none, decides.
    let roles = &mut state["apps"]["items"][0]["roles"];
    *roles = json!([{"id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "value": "OnlineMeetings.ReadWrite.All"}]);
    assert_eq!(gate(&explain(&text(""), &state, &["--at", TAKEN]), "permission"), "pass");
    state["apps"]["items"][0]["roles"] = json!([]);
    assert_eq!(gate(&explain(&text(""), &state, &["--at", TAKEN]), "permission"), "fail");
    // What stands in the metadata alone is nobody's call.
    let transcripts = explain(&text("/MSox/transcripts"), &state, &["--at", TAKEN]);
    assert_eq!(transcripts["facts"]["operation"], "read-transcript", "{transcripts:#}");
    assert!(findings(&transcripts)[0].starts_with("permission-not-granted"), "{transcripts:#}");
}

/// A failure without a time was while its token was accepted.
#[test]
fn a_token_tells_when_the_call_was() {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let token = |from: i64, long: i64| {
        let claims = json!({"aud": "https://graph.microsoft.com", "appid": APP, "tid": TENANT, "idtyp": "app",
            "roles": ["OnlineMeetings.Read.All"], "iat": from, "exp": from + long});
        format!("{}.{}.c2lnbmF0dXJl", part(json!({"alg": "RS256", "typ": "JWT"})), part(claims))
    };
    let taken = jiff::Timestamp::now().as_second() - 86_400;
    let mut state = tenant();
    state["taken_at"] = json!(time(taken));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    const DAY: i64 = 86_400;
    for (from, long, confidence) in [
        (taken - 600, 3_600, "certain"),
        (taken - 3_500, 3_600, "certain"),
        (taken + 3_600, 3_600, "certain"),
        // The call may have been made long before the state was read, or long after.
        (taken - 7_000, 3_600, "likely"),
        (taken - DAY, DAY + 4 * 3_600, "likely"),
        (taken - 600, DAY + 4 * 3_600, "likely"),
        (taken - 5 * DAY, 3_600, "likely"),
        (taken + 5 * DAY, 3_600, "likely"),
        (i64::MAX - 3_600, 3_600, "certain"),
    ] {
        std::fs::write(&path, token(from, long)).unwrap();
        let result = explain(&call(USER, "", "", REFUSED), &state, &["--token-file", path.to_str().unwrap()]);
        assert_eq!(findings(&result)[0], format!("policy-shadowed {confidence}"), "{from} {result:#}");
    }
}

/// The organizer fits, and the service finds no such meeting.
#[test]
fn a_meeting_that_may_not_be_there_passes_no_gate() {
    let body = r#"{"error":{"code":"NotFound","message":"3004: Specified meeting is not found"}}"#;
    let meeting = "MSowYjdmNGM5Mi02ZTFkLTRhM2ItOWY1OC0yYzdkMWU2YThiMDMqMCoqMTk6bWVldGluZ19RUUB0aHJlYWQudjI";
    let text =
        call(USER, "/transcripts", DATE, body).replace("MSox", meeting).replace("403 Forbidden", "404 Not Found");
    let result = explain(&text, &tenant(), &[]);
    assert!(findings(&result).contains(&"meeting-not-found likely".to_owned()), "{result:#}");
    assert_eq!(gate(&result, "meeting"), "unknown", "{result:#}");
    assert_eq!(
        gate(&explain(&call(USER, "", DATE, REFUSED).replace("MSox", meeting), &tenant(), &[]), "meeting"),
        "pass"
    );
}

/// The state lists the app since a quarter of an hour: to wait is what helps, and no command gives what is there.
#[test]
fn beside_a_young_change_that_allows_the_call_is_nothing_to_change() {
    let taken = jiff::Timestamp::now().as_second() - 86_400;
    let mut state = tenant();
    state["taken_at"] = json!(time(taken));
    state["policies"]["items"] =
        json!([{"name": "Global", "app_ids": [OTHER_APP]}, {"name": "Meetings", "app_ids": [APP]}]);
    let change = |what: &str| {
        json!([{"part": "direct", "key": USER, "change": what, "value": "Meetings", "source": "two reads",
                "not_before": time(taken - 960), "not_after": time(taken - 840)}])
    };
    state["history"] = change("changed");
    let result = explain(&call(USER, "", "", REFUSED), &state, &[]);
    assert_eq!(findings(&result)[0], "policy-still-propagating likely", "{result:#}");
    assert!(commands(&result)[0].starts_with("wait until"), "{:?}", commands(&result));
    assert!(
        !commands(&result).iter().any(|line| line.contains("CsApplicationAccessPolicy")),
        "{:?}",
        commands(&result)
    );
    // The same where an assignment was taken away, and `Global` is left.
    state["policies"]["items"] =
        json!([{"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": [OTHER_APP]}]);
    (state["direct"]["items"], state["history"]) = (json!([]), change("removed"));
    let result = explain(&call(USER, "", "", REFUSED), &state, &[]);
    assert_eq!(findings(&result)[0], "policy-still-propagating likely", "{result:#}");
    assert!(
        !commands(&result).iter().any(|line| line.contains("CsApplicationAccessPolicy")),
        "{:?}",
        commands(&result)
    );
    // Of a state of another day the commands stay, but `Global` is granted to nobody.
    state["policies"]["read_at"] = json!(time(taken - 4 * 86_400));
    let lines = commands(&explain(&call(USER, "", "", REFUSED), &state, &["--at", &time(taken)]));
    let global = |line: &String| line.starts_with("Grant-") && line.contains("-PolicyName 'Global'");
    assert!(!lines.iter().any(global), "{lines:?}");
}

/// Where a consent in the chat would do as well, what the policies show is more than what the words may mean.
#[test]
fn what_the_state_shows_comes_before_what_no_completion_allows() {
    let transcripts = |mut state: Value| {
        state["apps"]["items"][0]["roles"] = json!([{"id": TRANSCRIPTS, "value": "OnlineMeetingTranscript.Read.All"}]);
        explain(&call(USER, "/transcripts", DATE, REFUSED), &state, &[])
    };
    let shadowed = transcripts(tenant());
    assert_eq!(findings(&shadowed)[0], "policy-shadowed likely", "{shadowed:#}");
    assert!(!findings(&shadowed).contains(&"policy-not-granted likely".to_owned()), "{shadowed:#}");
    let mut state = tenant();
    state["policies"]["items"][0]["app_ids"] = json!([PRINCIPAL]);
    state["direct"]["items"] = json!([]);
    let object = transcripts(state);
    assert_eq!(findings(&object)[0], "object-id-in-app-ids likely", "{object:#}");
    assert!(!findings(&object).contains(&"no-policy-names-app likely".to_owned()), "{object:#}");
}

/// Of the causes that are told apart by an order the first is certain alone, and while it is open nothing behind it.
#[test]
fn one_policy_cause_is_certain() {
    let mut state = tenant();
    state["policies"]["items"][1]["app_ids"] = json!([OTHER_APP, PRINCIPAL]);
    let both = explain(&call(USER, "", DATE, REFUSED), &state, &[]);
    assert_eq!(findings(&both)[0], "object-id-in-app-ids certain", "{both:#}");
    assert_eq!(findings(&both).iter().filter(|it| it.ends_with("certain")).count(), 1, "{both:#}");
    state["apps"]["items"][0]["service_principal_id"] = Value::Null;
    let open = explain(&call(USER, "", DATE, REFUSED), &state, &[]);
    assert_eq!(findings(&open)[0], "policy-shadowed likely", "{open:#}");
    assert!(findings(&open).contains(&"object-id-in-app-ids possible".to_owned()), "{open:#}");
}

/// Lists of all policies and apps exclude what no policy lists, though the user's assignment was not read.
#[test]
fn complete_lists_exclude_mistaken_entries() {
    let mut state = tenant();
    state["direct"] = json!({"status": "partial", "items": []});
    let of = |state: &Value| explain(&call(USER, "", DATE, REFUSED), state, &[]);
    let out = of(&state);
    for cause in ["another-registration-listed", "object-id-in-app-ids"] {
        assert!(ruled_out(&out).contains(&cause), "{cause} {out:#}");
    }
    // An id of an app that has no name, or of nothing that was read, may be another registration.
    let mut nameless = state.clone();
    nameless["apps"]["items"][1]["name"] = Value::Null;
    assert!(!ruled_out(&of(&nameless)).contains(&"another-registration-listed"));
    state["apps"]["items"][0]["service_principal_id"] = Value::Null;
    assert!(!ruled_out(&of(&state)).contains(&"object-id-in-app-ids"));
}

#[test]
fn a_user_who_is_not_there_comes_before_a_delay() {
    let result = explain(&call(OTHER, "", DATE, REFUSED), &tenant(), &[]);
    assert_eq!(findings(&result)[0], "user-unknown likely", "{result:#}");
    // Where the policy refuses, its message is of that.
    let mut state = tenant();
    state["policies"]["items"][0]["app_ids"] = json!([]);
    let result = explain(&call(OTHER, "", DATE, REFUSED), &state, &[]);
    assert!(findings(&result).contains(&"user-unknown possible".to_owned()), "{result:#}");
}

/// A tenant that stands in the text may be that of another call: of several states none is used, and a note says so.
#[test]
fn a_tenant_in_the_text_chooses_no_state() {
    let folder = tempfile::tempdir().unwrap();
    let file = |tenant_id: &str| {
        let path = folder.path().join(format!("{tenant_id}.json"));
        let mut state = tenant();
        state["tenant_id"] = json!(tenant_id);
        std::fs::write(&path, state.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (one, other) = (file(TENANT), file(OTHER_TENANT));
    let text = format!("It works for tenant {TENANT}, and here it does not:\n{}", call(USER, "", DATE, REFUSED));
    let run = graphwhy(["explain", "-", "--app", APP, "--format", "json", "--state", &other, "--state", &one], &text);
    let result = run.json()["results"][0].clone();
    assert!(result["facts"]["tenant_id"].is_null(), "{result:#}");
    assert!(findings(&result).iter().all(|finding| !finding.ends_with("certain")), "{result:#}");
    assert!(run.json()["warnings"].to_string().contains("no snapshot is used"), "{result:#}");
}

/// A policy message below `/me` proves nothing of an app's call; nor does a state where the token was not taken.
#[test]
fn what_a_state_proves_of_another_kind_of_call() {
    let me = call(USER, "", DATE, REFUSED).replace(&format!("/users/{USER}/"), "/me/");
    let refused = r#"{"error":{"code":"InvalidAuthenticationToken","message":"Access token validation failure. Invalid audience."}}"#;
    let audience = call(USER, "", DATE, refused).replace("403 Forbidden", "401 Unauthorized");
    for text in [me, audience] {
        let result = explain(&text, &tenant(), &["--user", USER]);
        let certain = |finding: &String| finding.starts_with("policy") && finding.ends_with("certain");
        assert!(!findings(&result).iter().any(certain), "{text}\n{result:#}");
    }
}

/// An empty answer that the state does not explain contradicts it, with either status.
#[test]
fn an_empty_answer_beside_a_state_that_allows() {
    let mut state = tenant();
    state["direct"]["items"] = json!([]);
    let body = r#"{"error":{"code":"UnknownError","message":""}}"#;
    let text = call(USER, "", DATE, body).replace("403 Forbidden", "404 Not Found");
    let result = explain(&text, &state, &[]);
    assert!(result["contradiction"]["snapshot"].is_string(), "{result:#}");
}
