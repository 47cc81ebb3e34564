//! Failures beside each other: each keeps its own status, ids and words, and what a client tells twice is one.

use super::common::graphwhy;
use serde_json::{Value, json};

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const REQUEST: &str = "a41c7d02-5b8e-4f36-9c20-e7d3b1a6f850";
const WORDS: &str = "No application access policy found for this app.";

fn results(text: &str) -> Vec<Value> {
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

fn meetings(user: &str) -> String {
    format!("https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings")
}

fn slugs(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it["cause"].as_str().unwrap()).collect()
}

/// What one record or paragraph says is not of the failure in the next one.
#[test]
fn a_failure_beside_another_keeps_its_own() {
    let first = |text: &str| -> Vec<(Value, Value, Option<String>)> {
        let cause = |it: &Value| slugs(&it["findings"]).first().map(|&slug| slug.to_owned());
        results(text)
            .iter()
            .map(|it| (it["facts"]["status"].clone(), it["facts"]["request_id"].clone(), cause(it)))
            .collect()
    };
    let cause = |slug: &str| Some(slug.to_owned());
    let none = Value::Null;
    assert_eq!(
        first(&format!("429 Too Many Requests: Too Many Requests\n---\n403 Forbidden: {WORDS}")),
        [(json!(429), none.clone(), cause("throttled")), (json!(403), none.clone(), cause("no-policy-names-app"))]
    );
    assert_eq!(
        first(&format!(
            "Error: {WORDS}\n    at x (y.js:1)\n  statusCode: 403\n\nError: 3004: Specified meeting is not found\n    at x (y.js:1)\n  statusCode: 404\n"
        )),
        [
            (json!(403), none.clone(), cause("no-policy-names-app")),
            (json!(404), none.clone(), cause("meeting-not-found"))
        ]
    );
    let id = json!(REQUEST);
    assert_eq!(
        first(&format!(
            "2026-06-17T13:05:52Z ERROR first failed: Organizer Id mismatch User Id: {USER}.\n2026-06-17T13:05:58Z ERROR second failed: HTTP/1.1 503 Service Unavailable request-id: {REQUEST}  {{\"error\":{{\"code\":\"ServiceUnavailable\",\"message\":\"The service is temporarily unavailable.\",\"innerError\":{{\"request-id\":\"{REQUEST}\"}}}}}}"
        )),
        [(none.clone(), none.clone(), cause("caller-not-organizer")), (json!(503), id, cause("service-fault"))]
    );
    let same = "Microsoft.Graph.ServiceException: Code: MethodNotAllowed\nMessage: An error has occurred.\n";
    assert_eq!(results(&format!("{same}\n{}", same.replace("MethodNotAllowed", "Forbidden"))).len(), 2);
    for record in [
        format!(
            "\"message\": \"ts=2026-02-03T04:05:06Z status=404 code=UnknownError message=\\\"\\\" url={} method=POST\"",
            meetings("rita@fabrikam.com")
        ),
        "\"code\": \"UnknownError\", \"msg\": \"\", \"status\": 404".to_owned(),
    ] {
        let text = format!(
            "{{\"time\": \"2026-06-17T13:05:52Z\", {record}}}\n{{\"time\": \"2026-06-17T13:05:58Z\", \"message\": \"App {APP} is not authorized to Create meeting on behalf of user {USER}\"}}\n"
        );
        let found = results(&text);
        assert_eq!(found.len(), 2, "{text}");
        assert_eq!([&found[0]["facts"]["status"], &found[1]["facts"]["status"]], [&json!(404), &none], "{text}");
        assert!(found[0]["facts"].get("app_id").is_none(), "{text}");
        assert_eq!(found[1]["facts"]["app_id"], APP, "{text}");
    }
}

/// What a client tells twice is one failure.
#[test]
fn a_client_tells_one_failure() {
    let call = format!("{}/MSox", meetings(USER));
    for (text, status) in [
        (
            format!(
                "DefaultApiError: 403 Forbidden\n  responseStatusCode: 403,\n  error: {{ code: 'Forbidden', message: \"{WORDS}\", innerError: {{ requestId: '{REQUEST}' }} }}"
            ),
            403,
        ),
        (
            format!(
                "com.microsoft.graph.http.GraphServiceException: Error code: ExtensionError\nError message: Operation: Create; Exception: [Status Code: Forbidden; Reason: The request is not authorized for this user or application.]\n\nPOST {call}\nSdkVersion : graph-java/v5.42.0\n\n\n403 : Forbidden\n[...]"
            ),
            403,
        ),
        (
            format!(
                "AxiosError: Request failed with status code 403\n  config: {{ method: 'post', url: '{call}' }},\n  response: {{ status: 403, data: {{ error: {{ code: 'Unauthorized', message: 'App {APP} is not authorized to Create meeting on behalf of user {USER}' }} }} }}"
            ),
            403,
        ),
    ] {
        let found = results(&text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0]["facts"]["status"], status, "{text}");
    }
}

#[test]
fn an_id_of_the_host_is_not_of_graph() {
    for text in [
        format!(
            "START RequestId: {REQUEST} Version: $LATEST\n2026-06-11T09:00:01.222Z\t{REQUEST}\tERROR\t{WORDS}\nEND RequestId: {REQUEST}\n"
        ),
        format!(
            "fail: Worker[0]\n      => ConnectionId:0HMV3 => RequestPath:/api/sync RequestId:{REQUEST}\n      {WORDS}\n"
        ),
    ] {
        let found = results(&text);
        assert_eq!(found.len(), 1, "{text}");
        assert!(found[0]["facts"].get("request_id").is_none(), "{text}");
    }
    let text = format!("ERROR 403 {WORDS} RequestId: {REQUEST}\n");
    assert_eq!(results(&text)[0]["facts"]["request_id"], REQUEST);
}

#[test]
fn a_status_in_brackets_in_a_cell_or_behind_other_words() {
    for (text, status) in [
        (
            "2026-06-17T13:05:52Z,graph,400,InvalidArgument,\"Filter expression expected - /onlineMeetings?$filter={ParameterName} eq '{id}'.\"",
            400,
        ),
        ("SpeakerAttributionNotAllowed (403)", 403),
        ("Unexpected id format (400)", 400),
        ("调用接口时返回 403，错误信息为：No application access policy found for this app", 403),
    ] {
        assert_eq!(results(text)[0]["facts"]["status"], status, "{text}");
    }
    assert!(results(&format!("{WORDS} (429 times)"))[0]["facts"].get("status").is_none());
}

#[test]
fn an_answer_without_words_in_the_notation_of_clients() {
    for text in [
        "map[error:map[code:UnknownError innerError:map[date:2026-06-17T13:05:52] message:]]".to_owned(),
        "ODataError: UnknownError".to_owned(),
        format!(
            "Microsoft.Graph.ServiceException: Code: UnknownError Message:  Inner error: AdditionalData: date: 2026-06-17T13:05:52 request-id: {REQUEST}"
        ),
        "Request failed with status code 404. Error: UnknownError".to_owned(),
    ] {
        let found = results(&text);
        assert!(slugs(&found[0]["findings"]).contains(&"user-principal-name-in-path"), "{text}");
    }
    // What was cut may go on with a message.
    let found = results("HTTP status code: 404\nError code: UnknownError\nError message: ");
    assert_eq!((&found[0]["verdict"], &found[0]["facts"]["status"]), (&json!("unrecognised"), &json!(404)));
}
