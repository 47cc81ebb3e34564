//! What other products say with words that Graph has too, and what says nothing of whose it is.

use super::common::graphwhy;
use serde_json::Value;

fn results(text: &str) -> Vec<Value> {
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

/// The first cause of each failure, and how sure it is.
fn first(text: &str) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let finding = |result: &Value| {
        let first = &result["findings"][0];
        format!("{} {}", word(&first["confidence"]), word(&first["cause"]))
    };
    results(text).iter().map(finding).collect()
}

#[test]
fn codes_that_graph_has_none_of() {
    for text in [
        r#"{"code":300,"message":"Invalid meeting ID."}"#,
        "2026-09-09T01:02:03.456Z ERROR zoom: {\"code\":300,\"message\":\"Invalid meeting id.\"}",
        "HTTP/1.1 400 Bad Request\nServer: zoom\n\n{\"code\":300,\"message\":\"Invalid meeting id.\"}",
        r#"{"errorCode":300,"errorMessage":"Invalid meeting id."}"#,
        r#"{"code":"ERR_ID","message":"Unexpected id format"}"#,
        r#"{"code":124,"message":"Access token has expired."}"#,
        r#"{"error":{"code":"Forbidden","message":"Caller is not authorized.","innererror":{"code":"ForbiddenByRbac"}}}"#,
        r#"{"type":"error","error":{"type":"permission_error","message":"Your key does not have permission."},"request_id":"req_011"}"#,
        "JwtBearerHandler[1] Failed to validate the token.\nSecurityTokenExpiredException: IDX10223: Lifetime validation failed. The token is expired.",
    ] {
        assert!(first(text).is_empty(), "{text}");
    }
    assert_eq!(first("Code: 9999\nMessage: Unkown internal Server Error."), ["likely service-fault"]);
    for text in [
        r#"{"status":"error","code":400,"message":"Invalid meeting id"}"#,
        "Teams meeting sync: {\"code\":300,\"message\":\"Invalid meeting id.\"}",
    ] {
        assert!(first(text).iter().all(|first| !first.starts_with("certain")), "{text}");
    }
    for text in [
        r#"{"error":{"code":"InvalidArgument","message":"Invalid meeting id"}}"#,
        r#"{"code":"InvalidArgument","message":"Unexpected id format"}"#,
    ] {
        assert_eq!(first(text), ["certain meeting-id-of-another-kind"], "{text}");
    }
    let expired = r#"{"error":{"code":"InvalidAuthenticationToken","message":"IDX10223: Lifetime validation failed. The token is expired."}}"#;
    assert_eq!(first(expired), ["certain token-expired"]);
}

#[test]
fn a_call_above_its_answer_is_of_it_under_heads() {
    const WORDS: &str = "The userId in request URL is not a valid GUID.";
    for (call, expected) in [
        ("", "certain user-principal-name-in-path"),
        (
            "POST https://graph.microsoft.com/v1.0/users/ada@contoso.com/onlineMeetings 400\n",
            "certain user-principal-name-in-path",
        ),
        (
            "POST https://graph.microsoft.com/v1.0/users/undefined/onlineMeetings 400\n",
            "certain user-missing-from-path",
        ),
    ] {
        let text = format!("{call}GraphError: {WORDS}");
        assert_eq!(first(&text), [expected], "{text}");
        let head = "2026-09-09 01:02:03,456 ERROR [main] c.c.Worker: ";
        let headed: Vec<String> = text.lines().map(|line| format!("{head}{line}")).collect();
        assert_eq!(first(&headed.join("\n")), [expected], "{text}");
    }
}

#[test]
fn throttling_by_other_statuses() {
    let answer = |status: &str, code: &str| {
        format!(
            "HTTP/1.1 {status}\nrequest-id: cc10c8f0-7a33-4c1e-9b77-0f6f2a9f4dcc\n\n{{\"error\":{{\"code\":\"{code}\",\"message\":\"Wait.\"}}}}"
        )
    };
    let bandwidth = answer("509 Bandwidth Limit Exceeded", "BandwidthLimitExceeded");
    assert_eq!(first(&bandwidth), ["certain throttled"]);
    assert_eq!(results(&bandwidth)[0]["facts"]["code"], "BandwidthLimitExceeded");
    let both = results(&answer("503 Service Unavailable", "TooManyRequests"));
    let confidences: Vec<&str> =
        both[0]["findings"].as_array().unwrap().iter().map(|it| it["confidence"].as_str().unwrap()).collect();
    assert_eq!(confidences, ["likely", "likely"]);
    assert_eq!(first(&answer("503 Service Unavailable", "serviceNotAvailable")), ["certain service-fault"]);
    let unknown = results(&answer("404 Not Found", "ResourceNotFound"));
    assert_eq!(unknown[0]["facts"]["code"], "ResourceNotFound");
    assert_eq!(unknown[0]["facts"]["message"], "Wait.");
}

#[test]
fn failures_without_words_of_the_service() {
    for text in [
        "New-MgUserOnlineMeeting : The server responded with a Request Error, Status: NotFound",
        "Get-MgUserOnlineMeeting_List: The server responded with a Request Error, Status: Forbidden",
    ] {
        assert_eq!(results(text).len(), 1, "{text}");
    }
    assert!(results("Get-MgUserMessage : The server responded with a Request Error, Status: NotFound").is_empty());
    for head in [
        "2026-09-09T01:02:03.456Z ERROR ",
        "Sep 09 01:02:03 host app[123]: ",
        "2026-05-05T10:00:00.123456789Z ",
        "meet-1  | 2026-05-05T10:00:00.123Z ",
    ] {
        let text = format!("{head}online meeting create => 403 Missing required permissions");
        assert_eq!(first(&text), ["likely permission-not-granted"], "{text}");
    }
    let ledger = "2026-09-09T01:02:03.456Z ERROR the sync of billing ended => 403 Missing required permissions for the ledger in accounts";
    assert!(first(ledger).is_empty());
    for head in ["[api] ", "2026-05-05T10:00:00.123456789Z ", "0|meet-api | ", "ERROR:meet.graph:"] {
        let text = format!("{head}m365 teams meeting list\n{head}Error: UnknownError");
        assert_eq!(first(&text).len(), 1, "{text}");
    }
    assert!(first("Then somebody wrote Error: UnknownError").is_empty());
}

#[test]
fn what_words_and_call_say_of_each_other() {
    let answer = |call: &str, words: &str| {
        format!(
            "GET https://graph.microsoft.com/v1.0{call}\n403\n{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{words}\",\"innerError\":{{\"date\":\"2026-05-05T10:00:00\"}}}}}}"
        )
    };
    const POLICY: &str = "No application access policy found for this app.";
    for call in [
        "/communications/callRecords/11d0c8f0-7a33-4c1e-9b77-0f6f2a9f4d11",
        "/communications/onlineMeetings?$filter=VideoTeleconferenceId%20eq%20'123'",
    ] {
        let all = results(&answer(call, POLICY));
        let policy = |it: &Value| matches!(it["gate"].as_str(), Some("policy" | "time"));
        assert!(!all[0]["findings"].as_array().unwrap().iter().any(policy), "{call}");
    }
    let me = &results(&answer("/me/onlineMeetings", POLICY))[0];
    assert_eq!(me["findings"][0]["cause"], "no-policy-names-app");
    assert!(me["facts"]["token_kind"].is_null());
    assert!(me["scope"].as_str().unwrap().contains("contradict"));
    let held = "Missing role permissions on the request. API requires one of 'Calls.JoinGroupCallasGuest.All'. Roles on the request 'Calls.JoinGroupCallAsGuest.All'.";
    assert_eq!(first(&answer("/communications/calls", held)), ["likely permission-not-granted"]);
    let resource = "AADSTS500011: The resource principal named https://graph.microsoft.com/onlineMeetings was not found in the tenant named Contoso.";
    assert!(
        results(resource)
            .iter()
            .all(|it| it["findings"].as_array().unwrap().is_empty() && it["facts"]["path"].is_null())
    );
}

#[test]
fn what_is_told_twice_is_one() {
    let id = "dedaa5b8-1e78-48b9-9466-ef947108f75e";
    let printed = format!(
        "{{ statusCode: 403, code: 'Forbidden', message: '', requestId: '{id}', date: 2020-08-20T05:01:17.000Z, body: '{{\"code\":\"Forbidden\",\"message\":\"\",\"innerError\":{{\"request-id\":\"{id}\",\"date\":\"2020-08-20T05:01:17\"}}}}' }}"
    );
    assert_eq!(results(&printed).len(), 1);
    let thrown = format!(
        "Microsoft.Graph.Models.ODataErrors.ODataError: No application access policy found for this app.\n   at Contoso.Rooms.Writer.CreateAsync() in /src/Writer.cs:line 88\nResponseStatusCode: 403\nError: {{ Code: Forbidden, InnerError: {{ request-id: {id}, date: 2025-04-02T07:14:55 }} }}\n"
    );
    let all = results(&thrown);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["facts"]["request_id"], id);
    let other = thrown.replace("ResponseStatusCode", "the next call\nResponseStatusCode");
    assert_eq!(results(&other).len(), 2);
}

#[test]
fn words_in_quotations_that_are_no_failures() {
    for text in [
        "I solved it: \"No application access policy found for this app\" went away after the grant. Thanks!",
        "expect(err.message).toBe(\"No application access policy found for this app.\");",
        "const MSG = { 3003: 'User does not have access to lookup meeting', 3004: 'Specified meeting is not found' };",
        "It is not the usual \"The userId in request URL is not a valid GUID.\" because I do pass the object id.",
    ] {
        assert!(results(text).is_empty(), "{text}");
    }
    for text in [
        "\"No application access policy found for this app\" never went away after the grant.",
        "\"No application access policy found for this app\" went away and came back today.",
        "expect(received).toBe(expected) Received: \"No application access policy found for this app.\"",
    ] {
        assert_eq!(results(text).len(), 1, "{text}");
    }
    let user = "Grant-CsApplicationAccessPolicy              [ClientError] : User \"ada@contoso.com\" not found";
    assert!(!first(user).iter().any(|it| it.contains("granted-policy")));
    let policy = "Grant-CsApplicationAccessPolicy              [ClientError] : \"Meetings\" not found";
    assert_eq!(first(policy), ["certain granted-policy-does-not-exist"]);
}
