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
        "GET https://management.azure.com/subscriptions/1\nNo application access policy found for this app".to_owned(),
        "GET https://management.azure.com/subscriptions/1 200\n2026-05-05T10:00:00Z ERROR No application access policy found for this app".to_owned(),
        r#"POST https://api.contoso.com/v1/bookings 401 {"error": {"code": "InvalidAuthenticationToken", "message": "Access token validation failure. Invalid audience."}}"#.to_owned(),
    ] {
        assert_eq!(results(&text).len(), 1, "{text}");
    }
}
