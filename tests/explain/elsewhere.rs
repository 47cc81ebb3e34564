//! What the text tells of calls to other products: their answers are none of Graph's, and lend nothing to those of Graph.

use super::common::graphwhy;
use serde_json::Value;

fn results(text: &str) -> Vec<Value> {
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

#[test]
fn answers_of_other_hosts_are_none_of_graph() {
    const EMPTY: &str = r#"{"error": {"code": "Forbidden", "message": ""}}"#;
    for call in [
        "GET https://management.azure.com/subscriptions/1/providers 403 ",
        "GET https://contoso-kv.vault.azure.net/secrets/x -> 403 Forbidden: ",
        "POST https://api.contoso.com/v1/bookings 403\n",
        "2026-05-05T10:00:00Z ERROR POST https://api.contoso.com/v1/bookings 403 ",
    ] {
        assert!(results(&format!("{call}{EMPTY}")).is_empty(), "{call}");
    }
    for text in [
        r#"GET https://management.azure.com/subscriptions/1 404 {"error": {"code": "UnknownError", "message": ""}}"#,
        r#"GET https://contoso.sharepoint.com/_api/web 401 {"error": {"code": "InvalidAuthenticationToken", "message": "Access token validation failure. Invalid audience."}}"#,
    ] {
        assert!(results(text).is_empty(), "{text}");
    }
}

#[test]
fn gateways_and_calls_that_are_over_change_nothing() {
    const EMPTY: &str = r#"{"error": {"code": "Forbidden", "message": ""}}"#;
    const USER: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
    for text in [
        format!("GET https://gateway.contoso.com/v1.0/users/{USER}/onlineMeetings 403 {EMPTY}"),
        format!("GET https://proxy.contoso.com/graph/v1.0/x 403 {EMPTY}"),
        format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings 403 {EMPTY}"),
        format!("see https://docs.contoso.com/errors\n{EMPTY}"),
        "GET https://management.azure.com/subscriptions/1\nNo application access policy found for this app".to_owned(),
        "GET https://management.azure.com/subscriptions/1 200\n2026-05-05T10:00:00Z ERROR No application access policy found for this app".to_owned(),
        r#"POST https://api.contoso.com/v1/bookings 401 {"error": {"code": "InvalidAuthenticationToken", "message": "Access token validation failure. Invalid audience."}}"#.to_owned(),
    ] {
        assert_eq!(results(&text).len(), 1, "{text}");
    }
}

#[test]
fn records_of_other_products_lend_nothing() {
    const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
    const USER: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
    const WORDS: &str = "No application access policy found for this app";
    let object = format!(r#"{{"error":{{"code":"Forbidden","message":"{WORDS}"}}}}"#);
    let step = "2026-05-05T10:00:00Z INFO step done\n".repeat(30);
    for text in [
        format!(
            "Azure.RequestFailedException: The user, group or application 'appid={APP};oid={USER}' does not have secrets get permission on key vault 'contoso-kv'.\nStatus: 404 (Not Found)\nErrorCode: SecretNotFound\nfalling back to env secret\nMicrosoft.Graph.Models.ODataErrors.ODataError: {WORDS}."
        ),
        format!(
            "Caller is not authorized. Caller: appid={APP};oid={USER}\nVault: contoso-kv\nStatus: 403\n\n2026-05-05T10:00:09Z ERROR graph: {object}"
        ),
        format!("kv: appid={APP} denied\n{step}2026-05-05T10:00:09Z ERROR graph: {object}"),
        format!("{object}\nkey vault: Caller appid={APP};oid=1 denied"),
        format!(
            "OpenAI: Error code: 401 - {{'error': {{'code': 'invalid_api_key', 'message': 'Incorrect API key provided'}}}}\nGraph: {object}"
        ),
        format!(
            "google: {{\"error\":{{\"code\":403,\"status\":\"PERMISSION_DENIED\",\"message\":\"x\"}}}}\nGraph: {object}"
        ),
        format!(
            "google: {{\"error\":{{\"code\":403,\"status\":\"PERMISSION_DENIED\",\"message\":\"x\"}}}}\nGraph: {WORDS}"
        ),
        format!("s3 GetObject RequestId: {USER} 404\ngraph: {WORDS}"),
        format!(
            "2026-05-05T10:00:00Z ERROR kv: secret for clientId={APP} failed to load\n2026-05-05T10:00:01Z ERROR {WORDS}"
        ),
        format!("GET https://contoso-kv.vault.azure.net/secrets/x?appid={APP} 404\ngraph: {WORDS}"),
    ] {
        let all = results(&text);
        assert_eq!(all.len(), 1, "{text}");
        let facts = &all[0]["facts"];
        for key in ["app_id", "status", "request_id"] {
            assert!(facts[key].is_null(), "{key} {text}");
        }
        let code = &facts["code"];
        assert!(code.is_null() || code == "Forbidden", "{text}");
    }
}

#[test]
fn lines_of_the_own_app_lend_what_they_tell() {
    const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
    for lead in [
        format!("2026-05-05T10:00:00Z INFO starting appId={APP}"),
        format!("2026-05-05T10:00:00Z INFO secret read from key vault contoso-kv appId={APP}"),
        format!("kv: secret loaded appId={APP}"),
        format!("{{\"msg\":\"starting\",\"appId\":\"{APP}\"}}\n{{\"msg\":\"vault\",\"code\":\"ForbiddenByRbac\"}}"),
        format!("POST https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token appId={APP}"),
    ] {
        let text = format!("{lead}\n2026-05-05T10:00:09Z ERROR No application access policy found for this app");
        assert_eq!(results(&text)[0]["facts"]["app_id"], APP, "{text}");
    }
}
