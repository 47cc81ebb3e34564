//! Each failure of a text is found once, with its own facts, however little its words say.

use super::common::graphwhy;
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const OTHER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const REQUEST: &str = "1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21";

fn results(text: &str) -> Vec<Value> {
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

/// Of each failure the first cause and the values of some facts.
fn found(text: &str, names: &[&str]) -> Vec<(String, Vec<Value>)> {
    let cause = |it: &Value| it["findings"][0]["cause"].as_str().unwrap_or_default().to_owned();
    let facts = |it: &Value| names.iter().map(|name| it["facts"][*name].clone()).collect();
    results(text).iter().map(|it| (cause(it), facts(it))).collect()
}

fn count(text: &str) -> usize {
    results(text).len()
}

const SILENT: &str = "user-principal-name-in-path";

#[test]
fn an_empty_answer_is_one_in_any_form() {
    for text in [
        format!("{{\"error\":{{\"code\":\"UnknownError\",\"message\":\"\",\"innerError\":{{\"date\":\"2026-02-02T02:02:02\",\"request-id\":\"{REQUEST}\""),
        format!("2026-03-03 10:00:00,123 ERROR Graph - 404 UnknownError request-id={REQUEST}"),
        "We get 404 with code UnknownError and an empty message.".to_owned(),
        "404 Not Found: UnknownError".to_owned(),
        "Client error: `GET https://graph.microsoft.com/v1.0/users/bo@contoso.com/onlineMeetings` resulted in a `404 Not Found` response:\n{\"error\":{\"code\":\"UnknownError\",\"message\":\"\",\"innerErr (truncated...)".to_owned(),
        "UnknownError: \nstatus 404\nPOST /users/bo@contoso.com/onlineMeetings".to_owned(),
    ] {
        assert_eq!(found(&text, &[]), [(SILENT.to_owned(), vec![])], "{text}");
    }
    for text in ["What does 404 UnknownError mean?", "\"404 UnknownErrorHandler\"", "class UnknownError extends Error"]
    {
        assert_eq!(count(text), 0, "{text}");
    }
}

/// What a client prints of the call right below its answer is of this answer.
#[test]
fn a_call_below_its_answer_is_no_failure_more() {
    let silent = format!(
        "{{\"error\": {{\"code\": \"UnknownError\", \"message\": \"\", \"innerError\": {{\"request-id\": \"{REQUEST}\"}}}}}}\n"
    );
    let path = format!("/users/{USER}/onlineMeetings");
    for text in [
        format!("{silent}GET {path} 404 182ms"),
        format!("{silent}Status: 404\nURL: https://graph.microsoft.com/v1.0{path}\nMethod: GET"),
        format!("NotFound: 3004: Specified meeting is not found\nstatus 404\nGET {path}"),
    ] {
        let facts: Vec<_> = found(&text, &["status", "path"]).into_iter().map(|(_, facts)| facts).collect();
        assert_eq!(facts, [[json!(404), json!(path)]], "{text}");
    }
    let apart = format!("{silent}\nGET {path} 404 182ms");
    assert_eq!(count(&apart), 2, "{apart}");
    let list = format!(
        "- status: 500\n- code: InternalServerError\n- message: Internal Server Error\n- request-id: {REQUEST}"
    );
    let facts = found(&list, &["status", "request_id"]);
    assert_eq!(facts, [("service-fault".to_owned(), vec![json!(500), json!(REQUEST)])]);
}

/// What stands below one failure, or in the paragraph of the next, is of that one.
#[test]
fn paragraphs_keep_their_facts() {
    let paths = |text: &str| -> Vec<Value> { results(text).iter().map(|it| it["facts"]["path"].clone()).collect() };
    let call = format!("/communications/callRecords/{OTHER}");
    let body = format!(
        "{{\n  \"error\": {{\n    \"code\": \"NotFound\",\n    \"message\": \"\",\n    \"innerError\": {{\"request-id\": \"{REQUEST}\"}}\n  }}\n}}"
    );
    let other = "{\"errorDescription\":\"No application access policy found for this app.\",\"httpCode\":\"403\"}";
    assert_eq!(paths(&format!("{body}\n(GET {call})\n\n{other}")), [json!(call), Value::Null]);
    let silent = format!(
        "{{\"error\": {{\"code\": \"UnknownError\", \"message\": \"\", \"innerError\": {{\"request-id\": \"{REQUEST}\"}}}}}}"
    );
    let flow = format!(
        "3003: User does not have access to lookup meeting\n\nAction 'Send' failed: {{\"statusCode\":404,\"headers\":{{\"request-id\":\"{REQUEST}\"}},\"body\":{silent}}}"
    );
    let facts: Vec<_> = found(&flow, &["status", "request_id"]).into_iter().map(|(_, facts)| facts).collect();
    assert_eq!(facts, [[Value::Null, Value::Null], [json!(404), json!(REQUEST)]]);
    let cmdlet = format!(
        "New-MgUserOnlineMeeting_Create: No application access policy found for this app {APP} on the user {USER}.\n\nStatus: 403 (Forbidden)\nErrorCode: Forbidden\nDate: 2026-05-05T10:00:00\n\nHeaders:\nrequest-id                    : {REQUEST}\nclient-request-id             : {OTHER}\nDate                          : Tue, 05 May 2026 10:00:00 GMT\n\n[2026-04-29 06:50] ERROR code: InvalidArgument\nmessage: Filter expression expected - /onlineMeetings?$filter=VideoTeleconferenceId eq '{{vtcid}}'.\n"
    );
    let dated: Vec<_> = results(&cmdlet).iter().map(|it| it["facts"]["date"].is_string()).collect();
    assert_eq!(dated, [true, false]);
    let busy = format!(
        "graph retry 1/5: 503 Service Unavailable, Retry-After: 10\nGET /v1.0/users/{USER}/onlineMeetings\n\n{body}"
    );
    assert_eq!(count(&busy), 2);
    let silent = format!(
        "Microsoft.Graph.ServiceException\n  HResult=0x80131500\n  Message=Code: generalException\nMessage: An error occurred sending the request.\n\n  Source=Microsoft.Graph.Core\n---\n{silent}"
    );
    assert_eq!(count(&silent), 2);
}

/// `---` is the end of one text and the beginning of another.
#[test]
fn a_rule_parts_two_failures() {
    let silent = "Grant-CsApplicationAccessPolicy : Cannot find group with specified ID\nAt line:1 char:1\n    + CategoryInfo          : NotSpecified: (:) [Grant-CsApplicationAccessPolicy], Exception";
    let text = format!(
        "App {APP} is not authorized to Create meeting on behalf of user {USER}\n---\nError: Request failed with status code 400\n  response.data: {{ error: {{ code: 'BadRequest', message: \"Resource not found for the segment 'onlineMeetings'.\" }} }}"
    );
    let status: Vec<_> = results(&text).iter().map(|it| it["facts"]["status"].clone()).collect();
    assert_eq!(status, [Value::Null, json!(400)]);
    let call = format!(
        "worker_1  | [2026-02-01 11:00:03,411] ERROR/ForkPoolWorker-2 Graph 404 for GET /users/{USER}/onlineMeetings: NotFound: 3004: Specified meeting is not found\n---\n{silent}"
    );
    let paths: Vec<_> = results(&call).iter().map(|it| it["facts"]["path"].is_string()).collect();
    assert_eq!(paths, [true, false]);
    for between in ["\n\n", "\n---\n"] {
        let text = format!("Meeting Id is corrupted.{between}{silent}");
        let sure: Vec<_> = results(&text).iter().map(|it| it["findings"][0]["confidence"].clone()).collect();
        assert_eq!(sure, ["certain", "certain"], "{text}");
    }
    let lost = "New-CsApplicationAccessPolicy: Policy already exists\n\nPolicy \"Meetings-Tag\" is not a user policy. You can assign only a user policy to a specific user.";
    assert_eq!(found(lost, &[]).len(), 2);
    let lost = "2026-03-04T09:12:33.120Z ERROR [a] 9999 Unkown internal Server Error.\n2026-03-04T09:14:50.001Z ERROR [b] 400 Invalid Meeting Id";
    assert_eq!(count(lost), 2);
}

#[test]
fn what_a_client_tells_again_is_told_once() {
    let call = format!("https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings");
    let words =
        format!("Error code: Forbidden\nError message: No application access policy found for this app {APP}.\n");
    let java = format!(
        "2026-11-20 10:05:21.331 ERROR 1 --- [nio-8080-exec-3] c.c.m.MeetingController : create failed\ncom.microsoft.graph.http.GraphServiceException: {words}\nPOST {call}\nSdkVersion : graph-java/v5.80.0\n[...]\n\n403 : Forbidden\n[...]\n\n\tat com.microsoft.graph.http.CoreHttpProvider.handleErrorResponse(CoreHttpProvider.java:509)\nCaused by: com.microsoft.graph.http.GraphServiceException: {words}\t... 12 more\n"
    );
    let facts = found(&java, &["status", "user_id"]);
    assert_eq!(facts, [("no-policy-names-app".to_owned(), vec![json!(403), json!(USER)])]);
    let crumb = |status: u16, user: &str| json!({"type": "http", "data": {"url": call.replace(USER, user), "method": "GET", "status_code": status}});
    let event = json!({
        "exception": {"values": [{"type": "ODataError", "value": format!("No application access policy found for this app {APP}.")}]},
        "breadcrumbs": {"values": [crumb(200, OTHER), crumb(403, USER)]},
    });
    assert_eq!(count(&serde_json::to_string_pretty(&event).unwrap()), 1);
    let list = |status: u16, user: &str, error: &str| {
        format!("Error   : {error}\nStatus  : {status}\nUrl     : {}\n", call.replace(USER, user))
    };
    let lists = format!(
        "{}\n{}AppId   : {APP}\n",
        list(403, USER, "No application access policy found for this app."),
        list(200, OTHER, "")
    );
    let facts = found(&lists, &["status", "user_id", "app_id"]);
    assert_eq!(facts, [("no-policy-names-app".to_owned(), vec![json!(403), json!(USER), Value::Null])]);
}

/// What was thrown at another line, or names what the other leaves out, is another failure.
#[test]
fn two_exceptions_are_two_failures() {
    let trace = |user: &str, words: &str| {
        format!(
            "Traceback (most recent call last):\n  File \"a.py\", line 10, in main\n    await client.users.by_user_id({user}).online_meetings.get()\nkiota_abstractions.api_error.APIError: Code: 403 message: {words}\n"
        )
    };
    let bare = "No application access policy found for this app.";
    let named = format!("No application access policy found for this app {APP}.");
    let quoted = format!("\"{USER}\"");
    let text = format!("{}\n{}", trace("uid", &named), trace(&quoted, bare));
    let facts: Vec<_> = found(&text, &["user_id", "app_id"]).into_iter().map(|(_, facts)| facts).collect();
    assert_eq!(facts, [[Value::Null, json!(APP)], [json!(USER), Value::Null]]);
    let text = format!(
        "Error: {named}\n    at f (a.js:1) {{ statusCode: 403, code: 'Forbidden' }}\nError: {bare}\n    at f (a.js:1) {{ statusCode: 403, code: 'Forbidden' }}\n"
    );
    assert_eq!(count(&text), 2);
    let again = trace("uid", bare);
    assert_eq!(count(&format!("{again}\n{again}")), 1);
}

/// Rows of a table are failures of their own, however wide they are.
#[test]
fn rows_below_names_of_columns_are_failures() {
    let words = format!("No application access policy found for this app {APP}.");
    let short = format!("User   Error\n----   -----\nmegan  {words}\nalex   {words}\n");
    assert_eq!(count(&short), 2);
    for text in [
        format!(
            "| time | user | status | error |\n|---|---|---|---|\n| 10:05:21 | {USER} | 403 | {words} |\n| 10:05:22 | {OTHER} | 403 | {words} |\n"
        ),
        format!("user,app,status,error\n{USER},{APP},403,\"{words}\"\n{OTHER},,403,\"{words}\"\n"),
    ] {
        let facts: Vec<_> = found(&text, &["user_id"]).into_iter().map(|(_, facts)| facts).collect();
        assert_eq!(facts, [[json!(USER)], [json!(OTHER)]], "{text}");
        let shown = graphwhy(["explain", "-"], &text).out;
        assert!(!shown.contains("the same failure"), "{text}");
    }
    let row = |second: u8, user: &str| format!("2026-11-20 10:05:0{second}  {user} {APP}    403 {words}\n");
    let head = "Time                 User                                 App                                  Status Error\n----                 ----                                 ---                                  ------ -----\n";
    assert_eq!(count(&format!("{head}{}{}", row(1, USER), row(2, OTHER))), 2);
}

/// A program that answers 500 and passes on what Graph told it tells one failure.
#[test]
fn a_passed_on_refusal_is_one_failure() {
    for (text, cause) in [
        (
            "HTTP/1.1 500 Internal Server Error\nContent-Type: application/json\n\n{\"error\":{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app.\"}}",
            "no-policy-names-app",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\nX-Powered-By: Express\n\n{\"upstream\":\"graph\",\"status\":400,\"error\":{\"code\":\"BadRequest\",\"message\":\"/me request is only valid with delegated authentication flow.\"}}",
            "me-path-without-user",
        ),
        (
            "{\"statusCode\":500,\"message\":\"Internal server error\",\"cause\":{\"status\":400,\"message\":\"The userId in request URL is not a valid GUID.\"}}",
            "user-principal-name-in-path",
        ),
        (
            "Response from our gateway: 500 Internal Server Error {\"detail\":\"graph 403: 3003: User does not have access to lookup meeting\"}",
            "caller-not-organizer",
        ),
        (
            "10.4.0.9 - - [14/Oct/2026:07:15:22 +0000] \"GET /api/list HTTP/1.1\" 502 - upstream: GET https://graph.microsoft.com/v1.0/onlineMeetings/MSpkYzE3/transcripts => 400 {\"error\":{\"code\":\"BadRequest\",\"message\":\"Resource not found for the segment 'onlineMeetings'.\"}}",
            "user-missing-from-path",
        ),
    ] {
        assert_eq!(found(text, &[]), [(cause.to_owned(), vec![])], "{text}");
    }
    // Two items of a list are two failures.
    let items = "[{\"status\":503,\"message\":\"Service Unavailable\",\"url\":\"https://graph.microsoft.com/v1.0/me\"},{\"status\":400,\"message\":\"The userId in request URL is not a valid GUID.\"}]";
    assert_eq!(count(items), 2);
}

#[test]
fn codes_that_stand_without_words() {
    for (text, cause) in [
        ("Status: 404, Code: UnknownError", SILENT),
        ("{\"level\": \"error\", \"msg\": \"404 UnknownError\"}", SILENT),
        ("GraphError { statusCode: 403, code: 'Authorization_RequestDenied' }", "permission-not-granted"),
        ("{\"statusCode\":403,\"error\":\"Authorization_RequestDenied\"}", "permission-not-granted"),
        (
            "{\"error\":{\"code\":\"Forbidden\",\"message\":\"\",\"innerError\":{\"code\":\"3003\"}}}",
            "caller-not-organizer",
        ),
        ("{\"error\":{\"code\":\"7504\",\"message\":\"\"}}", "calls-permission-missing"),
        ("\t503 Service Unavailable\n\trequest-id: 1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21\n", "service-fault"),
    ] {
        assert_eq!(found(text, &[]), [(cause.to_owned(), vec![])], "{text}");
    }
    let certain = |text: &str| results(text)[0]["findings"][0]["confidence"] == "certain";
    assert!(!certain("{\"error\":{\"code\":\"7503\",\"message\":\"\"}}"));
    assert!(certain("{\"error\":{\"code\":\"7503\",\"message\":\"Application is not registered in our store.\"}}"));
}

/// A torn id is none, and the point behind a sentence is no part of one.
#[test]
fn ids_are_whole() {
    let id = |text: &str| results(text)[0]["facts"]["request_id"].clone();
    let said = "Forbidden - No application access policy found for this app - ";
    assert_eq!(id(&format!("{said}Request Id: {REQUEST}. Client Request Id: {REQUEST}.")), json!(REQUEST));
    let torn = "{\"error\":{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app.\",\"innerError\":{\"request-id\":\"1c0a4f6e-2b7d-4e";
    assert_eq!(id(torn), Value::Null);
}

/// The headers that every answer has do not make it another service's.
#[test]
fn an_answer_of_too_many_requests_has_headers() {
    let head = "HTTP/1.1 429 Too Many Requests";
    let body = json!({"error": {"code": "TooManyRequests", "message": "x"}});
    for headers in [
        "",
        "\nRetry-After: 20",
        "\nDate: Fri, 20 Nov 2026 10:05:21 GMT\nRetry-After: 20",
        "\nContent-Type: application/json; odata.metadata=minimal; charset=utf-8\nretry-after: 20",
        "\nDate: Fri, 20 Nov 2026 10:05:21 GMT",
    ] {
        let text = format!("{head}{headers}\n\n{body}\n");
        let sure = results(&text).iter().map(|it| it["findings"][0]["confidence"].clone()).collect::<Vec<_>>();
        assert_eq!(found(&text, &["status"]), [("throttled".to_owned(), vec![json!(429)])], "{text}");
        assert_eq!(sure, ["likely"], "{text}");
    }
    for others in [
        format!("{head}\nDate: Fri, 20 Nov 2026 10:05:21 GMT\nRetry-After: 20\n\n{{\"message\":\"slow down\"}}"),
        format!("{head}\nServer: contoso-billing-frontend/4.2\nX-Tenant: contoso-production\n\n{body}"),
        format!("POST https://api.contoso.com/v2/invoices\n{head}\nDate: Fri, 20 Nov 2026 10:05:21 GMT\n\n{body}"),
    ] {
        assert_eq!(count(&others), 0, "{others}");
    }
}

#[test]
fn failures_that_are_to_wait_differently_are_not_the_same() {
    let part = |digit: &str, wait: &str| {
        let request = REQUEST.replace("1c0a4f6e", &format!("1c0a4f6{digit}"));
        let inner = json!({"date": "2026-11-20T10:05:21", "request-id": request});
        let error = json!({"error": {"code": "TooManyRequests", "message": "Too Many Requests", "innerError": inner}});
        format!("{{\"id\":\"1\",\"status\":429,\"headers\":{{\"Retry-After\":\"{wait}\"}},\"body\":{error}}}")
    };
    // The parts of one batch are as many requests: the same part of two batches is told again.
    let told = |wait: &str| {
        let batch = |part: String| format!("{{\"responses\":[{part}]}}\n");
        graphwhy(["explain", "-"], batch(part("2", "10")) + &batch(part("3", wait))).out
    };
    assert!(told("10").contains("the same failure once more"));
    let differing = told("90");
    assert!(!differing.contains("the same failure once more"), "{differing}");
    assert!(differing.contains("wait 90 seconds"), "{differing}");
}
