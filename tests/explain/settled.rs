//! Changes that are told as the state that they left; how the token was got, in words of requests, libraries and commands;
//! and a status alone, of the request that an option names.

use super::common::{explain_with, graphwhy};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const OTHER: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const READ: &str = "2026-11-27T10:00:00Z";

/// `Meetings`, which Adele has, does not list the app; `Global` does.
fn tenant() -> Value {
    let part = |items: Value| json!({"status": "complete", "read_at": READ, "items": items});
    json!({
        "schema": 1, "tenant_id": "7a1f0c51-3c0e-4f7b-9d5e-2b8c6a9e4d11", "cloud": "global", "taken_at": READ,
        "policies": part(json!([{"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": [OTHER]}])),
        "direct": part(json!([{"user_id": USER, "policy": "Meetings"}])),
        "groups": part(json!([])),
        "users": part(json!([{"id": USER, "upn": "adele@contoso.com", "name": "Adele", "type": "member", "enabled": true,
            "teams": "enabled"}])),
        "apps": part(json!([{"app_id": APP, "name": "Scheduler", "enabled": true,
            "roles": [{"value": "OnlineMeetings.ReadWrite.All", "id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4"}]}])),
        "history": []})
}

fn refused(message: &str) -> String {
    format!(
        "POST https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\n\nHTTP/1.1 403 Forbidden\n\n{{\"error\": \
         {{\"code\": \"Forbidden\", \"message\": \"{message}\"}}}}"
    )
}

fn result(text: &str, options: &[&str]) -> Value {
    explain_with(text, &tenant(), &[&["--format", "json"], options].concat()).json()["results"][0].clone()
}

fn confidence(result: &Value) -> String {
    result["findings"][0]["confidence"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_change_is_told_as_the_state_that_it_left() {
    let policy = refused(&format!("No application access policy found for this app {APP} on the user."));
    for told in [
        "It is configured correctly now.",
        "According to Petra it is configured correctly now.",
        "Everything is set up since this morning.",
        "Works since noon.",
        "Jetzt ist es eingerichtet.",
        "Inzwischen zugewiesen.",
        "RESOLVED: policy granted",
        "Fix: added the app",
        "Status changed: done",
        "Status: In Progress \u{2192} Done",
        "Resolution: configured",
        "The tenant is configured properly since 11:00.",
    ] {
        assert_eq!(confidence(&result(&format!("{policy}\n\n{told}\n"), &[])), "likely", "{told}");
    }
    for told in [
        "Everything is licensed.",
        "All users are licensed.",
        "It is configured correctly.",
        "Everything is set up as in the guide.",
        "Is it configured correctly now?",
        "It is not configured correctly now.",
        "It is failing since noon.",
        "Once it is configured correctly we go live.",
        "The monitoring is set up since this morning.",
        "Logging is configured correctly now.",
        "Everything else works since noon.",
        "Inzwischen wurde das Ticket zugewiesen.",
        "Status changed: in progress",
        "Resolution: none",
        "Fix: none yet",
    ] {
        assert_eq!(confidence(&result(&format!("{policy}\n\n{told}\n"), &[])), "certain", "{told}");
    }
}

#[test]
fn how_a_token_was_got_tells_its_kind() {
    let silent = refused("Forbidden");
    let app = ["--app", APP];
    for (kind, words) in [
        ("app", "grant_type=client_credentials".to_owned()),
        ("app", "\"grant_type\": \"client_credentials\"".to_owned()),
        ("app", format!("Connect-MgGraph -ClientId {APP} -TenantId contoso.com -CertificateThumbprint 0A1B")),
        ("app", format!("Connect-MgGraph -ClientId {APP} `\n  -ClientSecretCredential $credential")),
        ("app", "This one uses client credentials, our other app is delegated.".to_owned()),
        ("delegated", "grant_type=authorization_code".to_owned()),
        ("delegated", "grant_type=password&username=adele".to_owned()),
        ("delegated", "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()),
        ("delegated", "const answer = await client.acquireTokenPopup(request)".to_owned()),
        ("delegated", "await client.loginPopup(request)".to_owned()),
        ("delegated", "client.acquireTokenRedirect(request)".to_owned()),
        ("delegated", "The token has an scp claim.".to_owned()),
        ("delegated", "Connect-MgGraph -Scopes OnlineMeetings.ReadWrite".to_owned()),
        (
            "delegated",
            "Our second app uses client credentials, but this call is made with a delegated token.".to_owned(),
        ),
        ("", "Our other integration is app-only".to_owned()),
        ("", "our second app uses client credentials".to_owned()),
        ("", "The other app has a delegated token.".to_owned()),
        ("", "The nightly job is app-only, this one is the add-in that Adele uses.".to_owned()),
        ("", "client.acquireTokenSilent({ account, scopes })".to_owned()),
        ("", "Connect-MgGraph -Scopes Application.Read.All".to_owned()),
        ("", format!("Connect-MgGraph -ClientId {OTHER} -CertificateThumbprint 0A1B")),
        ("", "grant_type=client_credentials&scope=https%3A%2F%2Fvault.azure.net%2F.default".to_owned()),
        ("", "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
        ("", "grant_type=authorization_code, then grant_type=client_credentials".to_owned()),
        ("", "The token has no scp claim.".to_owned()),
        ("", "Check whether the token has an scp claim.".to_owned()),
        ("", "Should we use acquireTokenPopup?".to_owned()),
    ] {
        for text in [format!("{silent}\n\n{words}\n"), format!("{words}\n\n{silent}\n")] {
            let result = result(&text, &app);
            let told = match (result["facts"]["token_kind"].as_str(), confidence(&result).as_str()) {
                (Some(kind), _) => kind,
                (None, "certain") => "app",
                _ => "",
            };
            assert_eq!(told, kind, "{text}");
        }
    }
}

#[test]
fn a_status_alone_is_of_the_request_that_is_asked_about() {
    let request = format!("POST https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings");
    let found =
        |text: &str, request: &str| graphwhy(["explain", "-", "--format", "json", "--request", request], text).json();
    for text in [
        "HTTP 403",
        "Invoke-RestMethod: Response status code does not indicate success: 403 (Forbidden).",
        "Invoke-RestMethod : The remote server returned an error: (403) Forbidden.",
    ] {
        let result = found(text, &request)["results"][0].clone();
        let findings = result["findings"].as_array().unwrap();
        assert!(findings.iter().any(|it| it["cause"] == "policy-not-granted"), "{text}: {result:#}");
        assert!(findings.iter().all(|it| it["confidence"] == "possible"), "{text}: {result:#}");
        assert_eq!(
            (&result["facts"]["status"], &result["facts"]["operation"]),
            (&json!(403), &json!("create-meeting"))
        );
        let options = ["--app", APP, "--request", &request];
        let judged = explain_with(text, &tenant(), &[&["--format", "json"], &options[..]].concat()).json();
        let findings = judged["results"][0]["findings"].as_array().unwrap();
        assert!(findings.iter().any(|it| it["cause"] == "policy-shadowed"), "{text}: {judged:#}");
        assert!(findings.iter().all(|it| it["confidence"] == "possible"), "{text}: {judged:#}");
    }
    for text in ["HTTP 200", "We sent 403 mails.", "HTTP 403 from https://vault.azure.net/secrets/x"] {
        assert_eq!(found(text, &request)["results"].as_array().map(Vec::len), Some(0), "{text}");
    }
    // What is no call of these is not asked about.
    assert_eq!(found("HTTP 403", "GET /sites/root")["results"].as_array().map(Vec::len), Some(0));
    let none = graphwhy(["explain", "-", "--format", "json"], "HTTP 403").json();
    assert_eq!(none["results"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_message_that_says_throttled_is_heard_beside_503() {
    let text = |message: &str| {
        format!(
            "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\n\nHTTP/1.1 503 Service Unavailable\n\n\
             {{\"error\": {{\"code\": \"UnknownError\", \"message\": \"{message}\"}}}}"
        )
    };
    let causes = |message: &str| {
        let result = graphwhy(["explain", "-", "--format", "json"], text(message)).json()["results"][0].clone();
        let findings = result["findings"].as_array().unwrap().clone();
        findings.iter().map(|it| it["cause"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for message in ["Request is throttled", "This request has been throttled. Please retry later."] {
        assert!(causes(message).contains(&"throttled".to_owned()), "{message}");
    }
    assert!(!causes("The service is not available").contains(&"throttled".to_owned()));
}

#[test]
fn a_sentence_near_a_failure_names_its_app() {
    let silent = refused("Forbidden");
    let app = |words: &str| {
        let document = graphwhy(["explain", "-", "--format", "json"], format!("{silent}\n\n{words}\n")).json();
        document["results"][0]["facts"]["app_id"].as_str().unwrap_or_default().to_owned()
    };
    for form in
        ["the app is §", "Scheduler is the app, id §", "App: §", "Our app's client id is §.", "Our app § calls this."]
    {
        assert_eq!(app(&form.replace('§', APP)), APP, "{form}");
    }
    let both = format!("The app is {APP}.\nThe app is {OTHER}.");
    assert_eq!(app(&both), "", "{both}");
    for form in [
        "The other app is §",
        "App: § works",
        "Is the app §?",
        "the app role is §",
        "Policy for app: §",
        "We also tried the app §.",
    ] {
        assert_eq!(app(&form.replace('§', APP)), "", "{form}");
    }
}

/// Neither the role nor the policy helps without the other.
#[test]
fn fixes_of_a_token_and_of_a_policy_are_needed_both() {
    let claims = |roles: Value| {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({"aud": "https://graph.microsoft.com", "appid": APP, "idtyp": "app", "roles": roles,
            "tid": "7a1f0c51-3c0e-4f7b-9d5e-2b8c6a9e4d11"});
        format!("{}.{}.{}", part(json!({"typ": "JWT", "alg": "RS256"})), part(claims), part(json!("signature")))
    };
    let notes = |roles: Value| {
        let result = result(&format!("Authorization: Bearer {}\n{}", claims(roles), refused("Forbidden")), &[]);
        let fixes = result["fixes"].as_array().unwrap().clone();
        let notes = fixes.iter().map(|fix| fix["note"].as_str().unwrap_or_default().to_owned());
        notes.filter(|note| note.contains("both are needed")).count()
    };
    assert_eq!(notes(json!([])), 2);
    assert_eq!(notes(json!(["OnlineMeetings.ReadWrite.All"])), 0);
}
