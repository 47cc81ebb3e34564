//! What the report shows first of the repair, and what it asks for when the state has told enough.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::common::{Run, explain_with, findings, graphwhy};
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const USER: &str = "5c8fd1a7-0e42-4f9b-b6a3-d17e9f20c845";
const STRANGER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const MEGAN: &str = "dc17674c-81d9-4adb-bfb2-8f6a442e4624";

fn tenant(roles: &Value, policies: &Value) -> Value {
    json!({
        "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global", "taken_at": "2026-11-20T10:02:00Z",
        "policies": {"status": "complete", "items": policies},
        "direct": {"status": "complete", "items": []},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "complete", "items": [{"id": USER, "upn": "adele@contoso.com", "type": "member", "enabled": false, "teams": "enabled"}]},
        "apps": {"status": "complete", "items": [{"app_id": APP, "object_id": "6a7b8c92-2345-4c7d-9e0f-1b2c3d4e5f60", "name": "Notes", "enabled": true, "roles": roles, "delegated": []}]},
    })
}

fn refused(app: &str, user: &str, state: &Value, options: &[&str]) -> Run {
    let failure = format!(
        "POST https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\nHTTP/1.1 403 Forbidden\n\
         Date: Fri, 20 Nov 2026 10:05:21 GMT\n\n\
         {{\"error\": {{\"code\": \"Forbidden\", \"message\": \"No application access policy found for this app {app}.\"}}}}\n"
    );
    explain_with(&failure, state, options)
}

#[test]
fn a_repair_that_goes_with_another_gate_is_shown() {
    let none = json!([{"name": "Global", "app_ids": []}]);
    let shown = refused(APP, USER, &tenant(&json!([]), &none), &[]);
    assert!(shown.out.contains("no-policy-names-app · certain"), "{}", shown.out);
    assert!(shown.out.contains("fix 1 of "), "{}", shown.out);
    for command in ["New-MgServicePrincipalAppRoleAssignment", "Grant-CsApplicationAccessPolicy"] {
        assert!(shown.out.contains(command), "{command}\n{}", shown.out);
    }
    let unknown = refused(STRANGER, USER, &tenant(&json!([]), &none), &[]);
    assert!(unknown.out.contains("correct the tenant or the client id"), "{}", unknown.out);
    let unknown = refused(STRANGER, USER, &tenant(&json!([]), &none), &["--verbose"]);
    assert!(unknown.out.contains(&format!("New-MgServicePrincipal -AppId '{STRANGER}'")), "{}", unknown.out);
}

#[test]
fn a_user_that_does_not_exist_is_never_what_a_fix_names() {
    let roles = json!([{"value": "OnlineMeetings.ReadWrite.All"}]);
    let state = tenant(&roles, &json!([{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}]));
    for options in [&["--verbose"][..], &[]] {
        let shown = refused(APP, STRANGER, &state, options);
        let (_, repair) = shown.out.split_once("fix 1 of").expect("a fix");
        let (repair, _) = repair.split_once("ruled out").expect("what is ruled out");
        assert!(repair.contains("/users/<user-object-id>/onlineMeetings"), "{repair}");
        assert!(!repair.contains(STRANGER), "{repair}");
    }
    // The organizer of the meeting is known, and somebody else.
    let link = format!(
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_QWRlbGVXZWVrbHlTeW5j%40thread.v2/0?context=%7b%22Tid%22%3a%22\
         7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10%22%2c%22Oid%22%3a%22{MEGAN}%22%7d"
    );
    let linked = explain_with(
        &format!(
            "GET https://graph.microsoft.com/v1.0/users/{STRANGER}/onlineMeetings?$filter=JoinWebUrl%20eq%20'{link}'\n403 \
             Forbidden: No application access policy found for this app {APP}.\n"
        ),
        &state,
        &["--verbose"],
    );
    let of_organizer = format!("GET https://graph.microsoft.com/v1.0/users/{MEGAN}?$select=id,userPrincipalName");
    assert!(linked.out.contains(&of_organizer), "{}", linked.out);
}

#[test]
fn what_the_state_has_told_is_not_asked_for_again() {
    let none = json!([{"name": "Global", "app_ids": []}]);
    let run = refused(APP, USER, &tenant(&json!([]), &none), &["--format", "json"]);
    let found = run.json();
    let result = found["results"].as_array().and_then(|results| results.first()).expect("a result");
    let named = findings(result);
    for other in ["permission-not-granted possible", "user-disabled possible"] {
        assert!(named.iter().any(|finding| finding == other), "{named:?}");
    }
    assert_eq!(result["undecided"], json!([]), "{result}");
}

#[test]
fn a_repair_of_another_cause_says_whose_it_is() {
    let none = json!([{"name": "Global", "app_ids": []}]);
    let shown = refused(STRANGER, USER, &tenant(&json!([]), &none), &[]);
    let joined = |run: &Run| run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined(&shown).contains("(app-unknown-in-tenant); this comes first"), "{}", shown.out);
    let both = refused(APP, USER, &tenant(&json!([]), &none), &[]);
    assert!(joined(&both).contains("(permission-not-granted); this repairs both"), "{}", both.out);
    // One that is of the first finding needs no such line.
    let listed = json!([{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}]);
    let own = refused(APP, USER, &tenant(&json!([{"value": "OnlineMeetings.ReadWrite.All"}]), &listed), &[]);
    assert!(own.out.contains("fix 1 of") && !own.out.contains("also in the way"), "{}", own.out);
}

#[test]
fn a_call_is_not_mended_by_a_cmdlet_that_nobody_ran() {
    let roles = json!([{"value": "OnlineMeetings.ReadWrite.All"}]);
    let state = tenant(&roles, &json!([{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}]));
    let shown = refused(APP, STRANGER, &state, &["--verbose"]);
    assert!(shown.out.contains("put the object id of an existing user into the path"), "{}", shown.out);
    assert!(!shown.out.contains("give the cmdlet a user"), "{}", shown.out);
}

#[test]
fn an_object_id_in_place_of_a_client_id_is_named() {
    const OBJECT: &str = "6a7b8c92-2345-4c7d-9e0f-1b2c3d4e5f60";
    let mut state = tenant(&json!([]), &json!([{"name": "Global", "app_ids": []}]));
    state["apps"]["items"][0]["service_principal_id"] = json!(OBJECT);
    let run = refused(OBJECT, USER, &state, &["--format", "json"]);
    let result = run.json()["results"][0].clone();
    let named = findings(&result);
    assert!(!named.iter().any(|it| it.ends_with(" certain") || it.starts_with("app-unknown-in-tenant")), "{named:?}");
    assert!(result.to_string().contains(&format!("whose client id is `{APP}`")), "{result}");
    assert!(!result["fixes"].to_string().contains(&format!("-AppId '{OBJECT}'")), "{result}");
}

#[test]
fn the_tenant_of_a_wrong_token_is_not_asked_again() {
    const OTHER: &str = "ebf784b8-1fbe-4863-9851-fa3b47a21932";
    let claims = json!({"aud": "https://graph.microsoft.com", "tid": OTHER, "appid": APP, "idtyp": "app", "roles": ["OnlineMeetings.ReadWrite.All"]});
    let folder = tempfile::tempdir().expect("a folder");
    let token = folder.path().join("token");
    let coded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    std::fs::write(&token, format!("{}.{}.c2ln", coded(&json!({"alg": "RS256", "typ": "JWT"})), coded(&claims)))
        .expect("written");
    let state = tenant(&json!([]), &json!([{"name": "Global", "app_ids": []}]));
    let shown = refused(APP, USER, &state, &["--token-file", token.to_str().expect("UTF-8")]);
    assert!(shown.out.contains("token-from-another-tenant"), "{}", shown.out);
    let (_, repair) = shown.out.split_once("fix 1 of").expect("a fix");
    assert!(repair.contains("microsoftonline.com/7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10/"), "{repair}");
    assert!(!repair.contains(OTHER), "{repair}");
}

#[test]
fn what_is_not_there_was_not_granted_later() {
    let roles = json!([]);
    let state = tenant(&roles, &json!([{"name": "Global", "app_ids": [APP]}]));
    let run = refused(APP, USER, &state, &["--format", "json"]);
    let result = &run.json()["results"][0];
    assert!(result["contradiction"].is_object(), "{result}");
    assert!(!result["contradiction"].to_string().contains("the role was granted after"), "{result}");
}

#[test]
fn a_sign_in_that_knows_no_such_app_is_explained_beside_a_state_that_lists_it() {
    let words = format!("AADSTS700016: Application with identifier '{APP}' was not found in the directory 'Contoso'.");
    let state = tenant(&json!([]), &json!([{"name": "Global", "app_ids": []}]));
    let run = explain_with(&words, &state, &["--format", "json"]);
    let result = run.json()["results"][0].clone();
    assert_eq!(findings(&result).first().map(String::as_str), Some("app-unknown-in-tenant likely"), "{result}");
    assert!(
        result["findings"][0]["explanation"].to_string().contains("another tenant than the snapshot's"),
        "{result}"
    );
}

#[test]
fn a_write_is_not_verified_by_a_second_one() {
    for request in
        ["PATCH /v1.0/users/748d2cbb-3b55-40ed-8c34-2eae5932b22a/onlineMeetings/MSo0", "POST /v1.0/me/onlineMeetings"]
    {
        let text = format!(
            "{request}\n403\n{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"3003: User does not have access to lookup meeting.\"}}}}\n"
        );
        let results = graphwhy(["explain", "-", "--format", "json"], text).json();
        let fixes = results["results"][0]["fixes"].as_array().unwrap();
        let fix = fixes.iter().find(|fix| fix["title"] == "call for the organizer").unwrap();
        let verify: Vec<&str> = fix["verify"].as_array().unwrap().iter().filter_map(|line| line.as_str()).collect();
        assert_eq!(verify.first(), Some(&"the answer of the change is 2xx"), "{fix:#}");
        assert!(verify.iter().all(|line| !line.contains("https://")), "{fix:#}");
    }
}

#[test]
fn an_app_that_the_directory_lacks_may_be_the_wrong_directory() {
    let text = "AADSTS700016: Application with identifier '9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20' was not found in the directory 'contoso'.\n";
    let results = graphwhy(["explain", "-", "--format", "json"], text).json();
    let fixes = results["results"][0]["fixes"].as_array().unwrap();
    let titles: Vec<&str> = fixes.iter().filter_map(|fix| fix["title"].as_str()).collect();
    assert_eq!(
        titles,
        [
            "correct the tenant or the client id of the token request",
            "create the service principal without any permission"
        ]
    );
}

/// What a policy lists in the app's place lets nothing in, and no new policy takes it over.
#[test]
fn a_new_policy_leaves_the_apps_object_id_out() {
    const OBJECT: &str = "6a7b8c92-2345-4c7d-9e0f-1b2c3d4e5f60";
    const OTHER: &str = "2e8c4a60-7b15-4d93-a6f0-1c9e5b3d7f42";
    let roles = json!([{"id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "value": "OnlineMeetings.ReadWrite.All"}]);
    let mut state = tenant(&roles, &json!([{"name": "Global", "app_ids": [OBJECT, OTHER]}]));
    state["apps"]["items"][0]["service_principal_id"] = json!(OBJECT);
    state["users"]["items"][0]["enabled"] = json!(true);
    let run = refused(APP, USER, &state, &["--verbose"]);
    let created = format!("-AppIds '{OTHER}', '{APP}'");
    assert!(run.out.contains(&created), "{}", run.out);
    assert!(run.out.contains("an object id of the app, lets"), "{}", run.out);
    assert!(!run.out.contains(&format!("-AppIds '{OBJECT}'")), "{}", run.out);
}
