//! What tells of a signed-in user beside the words of a policy, which only calls of an app itself are asked for.

use super::common::explain_with;
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const OTHER: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const READ: &str = "2026-11-27T10:00:00Z";

pub(super) fn tenant() -> Value {
    let part = |items: Value| json!({"status": "complete", "read_at": READ, "items": items});
    let app = json!({
        "app_id": APP, "name": "Scheduler", "enabled": true,
        "service_principal_id": "9c4f2c1e-5a0b-4f6d-8f53-aaaaaaaaaaaa",
        "application_object_id": "9c4f2c1e-5a0b-4f6d-8f53-bbbbbbbbbbbb",
        "roles": [{"value": "OnlineMeetings.ReadWrite.All", "id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4"}]});
    json!({
        "schema": 1, "tenant_id": "7a1f0c51-3c0e-4f7b-9d5e-2b8c6a9e4d11", "cloud": "global", "taken_at": READ,
        "policies": part(json!([{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}])),
        "direct": part(json!([])), "groups": part(json!([])),
        "users": part(json!([{"id": USER, "upn": "adele@contoso.com", "type": "member", "enabled": true,
            "teams": "enabled"}])),
        "apps": part(json!([app])), "history": []})
}

fn result(above: &str, options: &[&str]) -> Value {
    let text = format!(
        "{above}\n\nPOST https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\n\nHTTP/1.1 403 Forbidden\nDate: Fri, 27 Nov 2026 10:04:31 GMT\n\n{{\"error\": {{\"code\": \"Forbidden\", \"message\": \"No application access policy found for this app.\"}}}}"
    );
    explain_with(&text, &tenant(), &[&["--format", "json"], options].concat()).json()["results"][0].clone()
}

fn app_of(result: &Value) -> &str {
    result["facts"]["app_id"]["value"].as_str().or_else(|| result["facts"]["app_id"].as_str()).unwrap_or_default()
}

fn is_certain(result: &Value) -> bool {
    result["findings"].as_array().is_some_and(|all| all.iter().any(|it| it["confidence"] == "certain"))
}

#[test]
fn the_app_of_a_signed_in_user_is_not_that_of_the_call() {
    for above in [
        format!(
            "curl -d \"grant_type=password&client_id={APP}&username=ana@contoso.com\" https://login.microsoftonline.com/x/oauth2/v2.0/token"
        ),
        format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&client_id={APP}&requested_token_use=on_behalf_of"
        ),
        format!("grant_type=refresh_token&client_id={APP}"),
        format!("grant_type=authorization_code&client_id={APP}&code=x"),
        format!("Get-MgContext\n\nClientId : {APP}\nAuthType : Delegated\nTokenCredentialType : InteractiveBrowser"),
    ] {
        let found = result(&above, &[]);
        assert_eq!(app_of(&found), "", "{above}");
        assert!(!is_certain(&found), "{above}");
        // The option tells whose call it is, and not what the words are of.
        assert!(!is_certain(&result(&above, &["--app", APP])), "{above}");
    }
}

#[test]
fn the_app_of_a_request_of_its_own_is() {
    for above in [
        format!("grant_type=client_credentials&client_id={APP}&scope=https://graph.microsoft.com/.default"),
        format!("Get-MgContext\n\nClientId : {APP}\nAuthType : AppOnly"),
    ] {
        assert_eq!(app_of(&result(&above, &[])), APP, "{above}");
        assert!(is_certain(&result(&above, &["--app", APP])), "{above}");
    }
    // Of two requests that of the app is the one which policies are asked for.
    let both =
        format!("grant_type=client_credentials&client_id={APP}\n...\ngrant_type=authorization_code&client_id={OTHER}");
    assert_eq!(app_of(&result(&both, &[])), APP);
}

#[test]
fn libraries_name_whose_token_it_is() {
    for (above, certain) in [
        ("r = app.acquire_token_on_behalf_of(user_assertion=t, scopes=SCOPES)", false),
        ("r = app.acquire_token_by_username_password(user, password, scopes=SCOPES)", false),
        ("r = app.acquire_token_interactive(scopes=SCOPES)", false),
        ("await app.AcquireTokenByAuthorizationCode(scopes, code).ExecuteAsync();", false),
        ("r = app.acquire_token_for_client(scopes=SCOPES)", true),
        ("It works with a delegated token.", true),
        ("The client secret was renewed last month.", true),
    ] {
        assert_eq!(is_certain(&result(above, &["--app", APP])), certain, "{above}");
    }
}
