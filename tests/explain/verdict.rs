//! What a text and a snapshot together may be called: the message tells that the policy was asked, a contradiction is
//! no unknown message, a token that is older than its grant is the cause and not the grant.

use graphwhy::diagnose::{Context, Diagnosis, IncidentVerdict, Outcome, explain};
use graphwhy::input::incidents;
use graphwhy::knowledge::{Catalogue, Confidence, Gate};
use graphwhy::source::Source;
use graphwhy::tenant::{Snapshot, parse};
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const OTHER: &str = "77777777-1111-4222-8333-944455556666";
const USER: &str = "5b1e2c3d-1111-4222-8333-944455556666";
const TENANT: &str = "11111111-2222-4333-8444-555555555555";

fn state(direct: Option<&str>) -> Value {
    json!({
        "schema": 1, "tenant_id": TENANT, "cloud": "global", "taken_at": "2026-01-31T10:02:00Z",
        "policies": {"status": "complete", "items": [{"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": [OTHER]}]},
        "direct": {"status": "complete", "items": [{"user_id": USER, "policy": direct}]},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "complete", "items": [{"id": USER, "upn": "ada@contoso.com", "type": "member", "enabled": true, "teams": "enabled"}]},
        "apps": {"status": "complete", "items": [{"app_id": APP, "name": "Reader", "enabled": true, "roles": [{"value": "OnlineMeetings.Read.All"}], "delegated": []}]},
    })
}

fn snapshot(state: &Value) -> Snapshot {
    parse(&state.to_string(), "tenant.json").unwrap_or_else(|error| panic!("{error}"))
}

fn diagnose(text: &str, snapshot: Option<&Snapshot>) -> Diagnosis {
    let catalogue = Catalogue::builtin();
    let source = Source::from_text("pasted", text.to_owned());
    let incident = incidents(&source, &catalogue).into_iter().next().expect("a failure");
    explain(&incident, Context { catalogue: &catalogue, snapshot, text: source.text() })
}

#[test]
fn a_consent_in_a_chat_is_no_exception_from_what_is_no_permission() {
    let text = "POST https://graph.microsoft.com/v1.0/communications/calls\nHTTP/1.1 403 Forbidden\n\n{\"error\":{\"code\":\"7505\",\"message\":\"Call source identity invalid. Application is not registered in our store.\"}}\n";
    let diagnosis = diagnose(text, None);
    assert_eq!(first(&diagnosis), Some(("calling-bot-not-registered", Confidence::Certain)));
    assert_eq!(diagnosis.scope, None);
}

#[test]
fn a_user_whom_the_answer_does_not_find_may_be_none() {
    let text = |user: &str, named: &str| {
        format!(
            "GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings?$filter=JoinWebUrl eq 'x'\nHTTP/1.1 404 Not Found\n\n{{\"error\":{{\"code\":\"Request_ResourceNotFound\",\"message\":\"Resource '{named}' does not exist or one of its queried reference-property objects are not present.\"}}}}\n"
        )
    };
    let unknown =
        |diagnosis: &Diagnosis| diagnosis.findings.iter().find(|it| it.cause == "user-unknown").map(|it| it.confidence);
    for user in ["lee@contoso.com", USER] {
        assert_eq!(unknown(&diagnose(&text(user, user), None)), Some(Confidence::Possible), "{user}");
        assert_eq!(unknown(&diagnose(&text(user, OTHER), None)), None, "{user}");
    }
    // The tenant has the user.
    assert_eq!(unknown(&diagnose(&text(USER, USER), Some(&snapshot(&state(None))))), None);
}

fn first(diagnosis: &Diagnosis) -> Option<(&str, Confidence)> {
    diagnosis.findings.first().map(|it| (it.cause.as_ref(), it.confidence))
}

fn confidence(diagnosis: &Diagnosis, cause: &str) -> Option<Confidence> {
    diagnosis.findings.iter().find(|it| it.cause == cause).map(|it| it.confidence)
}

fn outcome(diagnosis: &Diagnosis, gate: Gate) -> Outcome {
    diagnosis.gates.iter().find(|it| it.gate == gate).unwrap().outcome
}

fn policy_message() -> String {
    format!("No application access policy found for this app {APP} on the user {USER}.")
}

#[test]
fn the_message_itself_tells_that_the_policy_was_asked() {
    let shadowed = snapshot(&state(Some("Meetings")));
    let it = diagnose(&policy_message(), Some(&shadowed));
    assert_eq!(first(&it), Some(("policy-shadowed", Confidence::Certain)));
    assert_eq!((outcome(&it, Gate::Policy), outcome(&it, Gate::Permission)), (Outcome::Fail, Outcome::Unknown));
    // The plan is for the policy that the user holds: nothing is granted, and the undo takes no assignment away.
    let undo = it.fixes[0].undo.join("\n");
    assert!(undo.contains("-Identity 'Meetings'") && !undo.contains("$null"), "{undo}");
    assert!(it.fixes[0].proof.is_some());
    // Words that are only spoken about are nobody's answer.
    let asked = format!("does anyone know what {} means", policy_message().trim_end_matches('.'));
    let it = diagnose(&asked, Some(&shadowed));
    assert_eq!(outcome(&it, Gate::Policy), Outcome::Unknown);
    assert!(it.findings.iter().all(|finding| finding.confidence < Confidence::Certain), "{:?}", it.findings);
}

#[test]
fn a_contradiction_is_no_unknown_message() {
    let allows = snapshot(&state(None));
    let path = format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/x\n");
    let it = diagnose(&(path + &policy_message()), Some(&allows));
    assert!(it.contradiction.is_some());
    assert_eq!(first(&it), Some(("policy-still-propagating", Confidence::Possible)));
    assert_eq!(it.verdict, IncidentVerdict::Narrowed);
    assert!(!it.ruled_out.iter().any(|out| out.cause == "policy-still-propagating"));
}

#[test]
fn a_grant_that_is_younger_than_the_token_is_not_missing() {
    let request = format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/x\n");
    let token = format!(
        "{{\"aud\":\"https://graph.microsoft.com\",\"tid\":\"{TENANT}\",\"appid\":\"{APP}\",\"idtyp\":\"app\",\"roles\":[],\"iat\":1769851800,\"exp\":1769860000}}\n"
    );
    let words = "Missing role permissions on the request. API requires one of 'OnlineMeetings.Read.All'. Roles on the request ''.";
    let history = json!([{"part": "apps", "key": APP, "change": "added", "value": "OnlineMeetings.Read.All",
        "not_before": "2026-01-31T09:40:00Z", "not_after": "2026-01-31T09:50:00Z", "source": "audit log"}]);
    let mut granted = state(None);
    granted["history"] = history;
    let text = format!("HTTP/1.1 403 Forbidden\nDate: Sat, 31 Jan 2026 10:05:00 GMT\n{token}{request}{words}");
    let it = diagnose(&text, Some(&snapshot(&granted)));
    assert_eq!(confidence(&it, "token-older-than-grant"), Some(Confidence::Certain), "{:?}", it.findings);
    assert_eq!(confidence(&it, "permission-not-granted"), None);
    // Where the grants themselves were not read, the history still speaks against it.
    granted["apps"]["items"][0]["roles"] = Value::Null;
    let it = diagnose(&text, Some(&snapshot(&granted)));
    assert!(confidence(&it, "permission-not-granted") < Some(Confidence::Certain), "{:?}", it.findings);
    // An empty list tells that the role is missing, not why; a list of others that it was not granted.
    let it = diagnose(&format!("{request}{words}"), None);
    assert_eq!(first(&it), Some(("permission-not-granted", Confidence::Likely)));
    let others = words.replace("request ''", "request 'User.Read.All'");
    let it = diagnose(&format!("{request}{others}"), None);
    assert_eq!(first(&it), Some(("permission-not-granted", Confidence::Certain)));
}

#[test]
fn a_doubtful_token_leaves_its_gate_open() {
    let request = format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/x\n");
    for (message, gate) in [
        ("Access token has expired or is not yet valid.", Outcome::Unknown),
        ("Lifetime validation failed, the token is expired.", Outcome::Fail),
        ("No application access policy found for this app.", Outcome::Skipped),
    ] {
        let body = json!({"error": {"code": "InvalidAuthenticationToken", "message": message}});
        assert_eq!(outcome(&diagnose(&format!("{request}{body}"), None), Gate::Token), gate, "{message}");
    }
}

#[test]
fn a_state_that_denies_explains_no_failure_of_another_kind() {
    let denies = snapshot(&state(Some("Meetings")));
    let request = format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/x\napp id {APP}\n");
    for error in [
        r#"{"error":{"code":"BadRequest","message":"Invalid filter clause: syntax error at position 3","innerError":{"request-id":"1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21"}}}"#,
        r#"{"error":{"code":"Conflict","message":"x","innerError":{"request-id":"1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21"}}}"#,
    ] {
        let it = diagnose(&format!("{request}{error}"), Some(&denies));
        assert!(it.findings.iter().all(|finding| finding.confidence < Confidence::Certain), "{:?}", it.findings);
    }
    let refused = r#"{"error":{"code":"Forbidden","message":"","innerError":{"request-id":"1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21"}}}"#;
    let it = diagnose(&format!("{request}{}\n{refused}", policy_message()), Some(&denies));
    assert_eq!(confidence(&it, "policy-shadowed"), Some(Confidence::Certain), "{:?}", it.findings);
}

#[test]
fn a_state_that_was_changed_after_the_failure_proves_nothing_of_it() {
    let mut changed = state(Some("Meetings"));
    changed["history"] = json!([{"part": "direct", "key": USER, "change": "changed", "value": "Meetings",
        "not_before": "2026-01-31T09:05:00Z", "not_after": "2026-01-31T09:11:00Z"}]);
    let at = |time: &str| {
        let text = format!("HTTP/1.1 403 Forbidden\nDate: Sat, 31 Jan 2026 {time} GMT\n{}", policy_message());
        confidence(&diagnose(&text, Some(&snapshot(&changed))), "policy-shadowed")
    };
    assert_eq!(at("08:00:00"), Some(Confidence::Likely));
    assert_eq!(at("10:05:00"), Some(Confidence::Certain));
    // Another user's change is none of this call's.
    changed["history"][0]["key"] = OTHER.into();
    let text = format!("HTTP/1.1 403 Forbidden\nDate: Sat, 31 Jan 2026 09:04:00 GMT\n{}", policy_message());
    let it = diagnose(&text, Some(&snapshot(&changed)));
    assert_eq!(confidence(&it, "policy-shadowed"), Some(Confidence::Certain));
}

#[test]
fn a_token_that_the_policy_was_asked_with_was_not_refused() {
    let token = format!(
        "{{\"aud\":\"https://graph.microsoft.com\",\"tid\":\"{TENANT}\",\"appid\":\"{APP}\",\"idtyp\":\"app\",\"roles\":[],\"iat\":1769840000,\"exp\":1769843600}}\n"
    );
    let text = format!("HTTP/1.1 403 Forbidden\nDate: Sat, 31 Jan 2026 10:05:00 GMT\n{token}{}", policy_message());
    let it = diagnose(&text, None);
    assert!(confidence(&it, "token-expired") < Some(Confidence::Certain), "{:?}", it.findings);
}

fn certain(diagnosis: &Diagnosis) -> Vec<&str> {
    let sure = diagnosis.findings.iter().filter(|it| it.confidence == Confidence::Certain);
    sure.map(|it| it.cause.as_ref()).collect()
}

/// An id that nobody has read may be the app's own object id, which comes before the absence.
#[test]
fn an_id_that_was_not_read_may_be_the_apps_own() {
    let mut tenant = state(None);
    tenant["policies"]["items"] = json!([{"name": "Global", "app_ids": [OTHER]}]);
    let dated = format!("HTTP/1.1 403 Forbidden\nDate: Sat, 31 Jan 2026 10:05:00 GMT\n{}", policy_message());
    let it = diagnose(&dated, Some(&snapshot(&tenant)));
    assert_eq!(first(&it), Some(("no-policy-names-app", Confidence::Likely)));
    assert_eq!(confidence(&it, "object-id-in-app-ids"), Some(Confidence::Possible));
    assert!(!it.ruled_out.iter().any(|out| out.cause == "object-id-in-app-ids"), "{:?}", it.ruled_out);
    let app = json!({"app_id": OTHER, "name": "Notes", "enabled": true});
    tenant["apps"]["items"].as_array_mut().unwrap().push(app);
    let it = diagnose(&dated, Some(&snapshot(&tenant)));
    assert_eq!(certain(&it), ["no-policy-names-app"]);
    tenant["apps"]["items"].as_array_mut().unwrap().pop();
    tenant["apps"]["items"][0]["service_principal_id"] = json!(OTHER);
    let it = diagnose(&dated, Some(&snapshot(&tenant)));
    assert_eq!(certain(&it), ["object-id-in-app-ids"]);
}

/// What else is missing is not what the policy's own message refused.
#[test]
fn the_policy_message_is_about_the_policy() {
    let mut tenant = state(None);
    tenant["apps"]["items"][0]["roles"] = json!([]);
    let path = format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/x\n");
    let it = diagnose(&(path + &policy_message()), Some(&snapshot(&tenant)));
    assert_eq!(certain(&it), Vec::<&str>::new(), "{:?}", it.findings);
    assert!(it.contradiction.is_some());
    assert!(confidence(&it, "permission-not-granted").is_some());
    assert!(confidence(&it, "policy-still-propagating").is_some());
}

/// Entra issues no token to a disabled app, and the policy is asked of a call that has one.
#[test]
fn a_disabled_app_is_no_first_explanation_of_the_policy_message() {
    let mut tenant = state(None);
    tenant["apps"]["items"][0]["enabled"] = json!(false);
    let path = format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/x\n");
    let it = diagnose(&(path.clone() + &policy_message()), Some(&snapshot(&tenant)));
    assert_eq!(first(&it), Some(("policy-still-propagating", Confidence::Possible)), "{:?}", it.findings);
    assert_eq!(confidence(&it, "service-principal-disabled"), Some(Confidence::Possible));
    let told = it.contradiction.unwrap().explanations.join("\n");
    assert!(told.contains("Entra issues no token to it"), "{told}");
    // Where the policy refuses, that is the reason.
    tenant["policies"]["items"][0]["app_ids"] = json!([]);
    let it = diagnose(&(path + &policy_message()), Some(&snapshot(&tenant)));
    assert_eq!(first(&it).map(|it| it.0), Some("no-policy-names-app"), "{:?}", it.findings);
    assert_eq!(it.findings.last().map(|it| it.cause.as_ref()), Some("service-principal-disabled"));
}

/// A refusal that the snapshot contradicts is not certain, with or without a request.
#[test]
fn a_role_that_the_snapshot_shows_is_not_missing_for_certain() {
    let words = format!(
        "Missing role permissions on the request. API requires one of 'OnlineMeetings.Read.All'. Roles on the request 'User.Read.All'.\nappId={APP}"
    );
    let tenant = snapshot(&state(None));
    for request in ["", &format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/x\n")] {
        let it = diagnose(&format!("{request}{words}"), Some(&tenant));
        assert_eq!(certain(&it), Vec::<&str>::new(), "{request}: {:?}", it.findings);
    }
}

#[test]
fn a_snapshot_of_another_cloud_or_of_no_date_proves_nothing() {
    let message = policy_message();
    let text = |host: &str| {
        format!("GET https://{host}/v1.0/users/{USER}/onlineMeetings/x\nDate: Sat, 31 Jan 2026 10:05:00 GMT\n{message}")
    };
    let mut tenant = state(Some("Meetings"));
    for (host, cloud, expected) in [
        ("graph.microsoft.com", "global", vec!["policy-shadowed"]),
        ("graph.microsoft.us", "global", vec![]),
        ("graph.microsoft.com", "china", vec![]),
        ("graph.microsoft.com", "custom", vec!["policy-shadowed"]),
    ] {
        tenant["cloud"] = json!(cloud);
        let it = diagnose(&text(host), Some(&snapshot(&tenant)));
        assert_eq!(certain(&it), expected, "{host} {cloud}: {:?}", it.findings);
        if expected.is_empty() {
            assert!(it.ruled_out.is_empty(), "{:?}", it.ruled_out);
        }
    }
    tenant["cloud"] = json!("global");
    tenant["taken_at"] = Value::Null;
    let it = diagnose(&text("graph.microsoft.com"), Some(&snapshot(&tenant)));
    assert_eq!(certain(&it), Vec::<&str>::new(), "{:?}", it.findings);
    assert!(it.ruled_out.iter().all(|out| !out.reason.contains("proves")), "{:?}", it.ruled_out);
}

#[test]
fn without_a_clock_the_time_is_open_where_the_policy_allows() {
    let it = diagnose(&policy_message(), Some(&snapshot(&state(None))));
    assert_eq!((outcome(&it, Gate::Policy), outcome(&it, Gate::Time)), (Outcome::Pass, Outcome::Unknown));
    assert_eq!(confidence(&it, "policy-still-propagating"), Some(Confidence::Possible));
    // What is refused rests on no change.
    let refused = diagnose(&policy_message(), Some(&snapshot(&state(Some("Meetings")))));
    assert_eq!((outcome(&refused, Gate::Policy), outcome(&refused, Gate::Time)), (Outcome::Fail, Outcome::Pass));
}
