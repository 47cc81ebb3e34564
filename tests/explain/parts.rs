//! The parts of a batch are as many answers, in any order of their keys; a call that stands below its failure is its own;
//! what is told as over goes behind what is told as present.

use serde_json::{Value, json};

use super::common::graphwhy;

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const OTHER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const REQUEST: &str = "1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21";
const POLICY: &str = "No application access policy found for this app";
const MISSING: &str = "3004: Specified meeting is not found";
const GUID: &str = "The userId in request URL is not a valid GUID.";
const ME: &str = "/me request is only valid with delegated authentication flow.";

fn results(text: &str) -> Vec<Value> {
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

/// Some facts of each failure.
fn facts(text: &str, names: &[&str]) -> Vec<Vec<Value>> {
    let of = |it: &Value| names.iter().map(|name| it["facts"][*name].clone()).collect();
    results(text).iter().map(of).collect()
}

fn causes(text: &str) -> Vec<String> {
    let cause = |it: &Value| it["findings"][0]["cause"].as_str().unwrap_or_default().to_owned();
    results(text).iter().map(cause).collect()
}

fn url(user: &str) -> String {
    format!("https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings")
}

fn body(code: &str, message: &str) -> String {
    let inner = json!({"date": "2026-11-20T10:05:21", "request-id": REQUEST});
    json!({"error": {"code": code, "message": message, "innerError": inner}}).to_string()
}

/// A part with its keys in this order.
fn part(order: [&str; 4], id: &str, status: u16, body: &str, headers: &str) -> String {
    let value = |key: &str| match key {
        "id" => format!("\"{id}\""),
        "status" => status.to_string(),
        "body" => body.to_owned(),
        _ => headers.to_owned(),
    };
    let pairs: Vec<String> = order.iter().map(|key| format!("\"{key}\":{}", value(key))).collect();
    format!("{{{}}}", pairs.join(","))
}

/// Breaks lines and indents as printers do; the values hold no brackets.
fn pretty(compact: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for (at, c) in compact.char_indices() {
        let is_text = compact[..at].matches('"').count() % 2 == 1;
        match c {
            '{' | '[' if !is_text => {
                depth += 1;
                out += &format!("{c}\n{}", "  ".repeat(depth));
            }
            '}' | ']' if !is_text => {
                depth -= 1;
                out += &format!("\n{}{c}", "  ".repeat(depth));
            }
            ',' if !is_text => out += &format!(",\n{}", "  ".repeat(depth)),
            ':' if !is_text => out += ": ",
            _ => out.push(c),
        }
    }
    out
}

const ORDERS: [[&str; 4]; 6] = [
    ["id", "body", "headers", "status"],
    ["body", "headers", "id", "status"],
    ["id", "status", "headers", "body"],
    ["status", "body", "id", "headers"],
    ["headers", "status", "body", "id"],
    ["body", "status", "headers", "id"],
];

#[test]
fn a_part_of_a_batch_has_its_own_status_and_headers() {
    let calls = json!({"requests": [
        {"id": "1", "method": "GET", "url": format!("/users/{USER}/onlineMeetings/MSo1")},
        {"id": "2", "method": "GET", "url": format!("/users/{OTHER}/onlineMeetings/MSo1")},
    ]});
    let throttled = r#"{"error":{"code":"TooManyRequests","message":"Too many requests."}}"#;
    for order in ORDERS {
        let first = part(order, "2", 429, throttled, r#"{"Retry-After":"10"}"#);
        let second = part(order, "1", 403, &body("Forbidden", POLICY), r#"{"Cache-Control":"no-cache"}"#);
        let compact = format!("{{\"responses\":[{first},{second}]}}");
        let printed = pretty(&compact);
        for text in [
            compact.clone(),
            printed.clone(),
            printed.replace('\n', "\r\n"),
            json!({"message": "batch failed", "body": compact}).to_string(),
            printed.replace('"', "'"),
            format!("2026-11-20T10:05:22Z ERROR Graph - batch: {compact}"),
        ] {
            let found = facts(&text, &["status", "part", "request_id", "path"]);
            let expected = [
                [json!(429), json!("2"), Value::Null, Value::Null],
                [json!(403), json!("1"), json!(REQUEST), Value::Null],
            ];
            assert_eq!(found, expected, "{text}");
            let told = graphwhy(["explain", "-"], text.as_str()).out;
            assert_eq!(told.matches("wait 10 seconds").count(), 1, "{text}");
            let asked = format!("{calls}\n{text}");
            let users = [[json!(OTHER)], [json!(USER)]];
            assert_eq!(facts(&asked, &["user_id"]), users, "{asked}");
        }
    }
}

#[test]
fn a_part_without_a_body_is_a_failure_by_its_status() {
    let parts = [
        part(ORDERS[1], "1", 429, "null", r#"{"Retry-After":"7"}"#),
        part(ORDERS[1], "2", 200, r#"{"value":[]}"#, "{}"),
        part(ORDERS[1], "3", 403, &body("Forbidden", POLICY), "{}"),
    ];
    let text = format!("{{\"responses\":[{}]}}", parts.join(","));
    assert_eq!(facts(&text, &["status", "part"]), [[json!(429), json!("1")], [json!(403), json!("3")]]);
    assert_eq!(facts(&pretty(&text), &["status", "part"]), [[json!(429), json!("1")], [json!(403), json!("3")]]);
}

#[test]
fn two_parts_of_a_batch_are_two_requests() {
    let batch = |ids: [&str; 2]| {
        let parts = ids.map(|id| part(ORDERS[2], id, 403, &body("Forbidden", POLICY), "{}"));
        format!("{{\"responses\":[{}]}}\n", parts.join(","))
    };
    let told = |text: &str| graphwhy(["explain", "-"], text).out;
    let two = told(&batch(["1", "2"]));
    assert!(two.contains("part 1 of the batch") && two.contains("part 2 of the batch"), "{two}");
    assert!(!two.contains("the same failure"), "{two}");
    let again = told(&(batch(["1", "2"]) + &batch(["1", "2"])));
    assert_eq!(again.matches("the same failure once more: line 2").count(), 2, "{again}");
}

#[test]
fn the_call_of_each_failure_may_stand_below_it() {
    let (one, other) = (body("Forbidden", POLICY), body("NotFound", MISSING).replace("1c0a4f6e", "2c0a4f6e"));
    let (own, theirs) = (url(USER), url(OTHER));
    let users = [[json!(USER)], [json!(OTHER)]];
    for text in [
        format!("{one}\nRequest: GET {own}\n\n{other}\nRequest: GET {theirs}\n"),
        format!("{one}\n\nRequest: GET {own}\n\n{other}\n\nRequest: GET {theirs}\n"),
        format!("{one}\nurl: {own}\nstatus: 403\n---\n{other}\nurl: {theirs}\nstatus: 404\n"),
        format!("{one}\nurl: {own}\nstatus: 403\n\n{other}\nurl: {theirs}\nstatus: 404\n"),
        format!("Request: GET {own}\n{one}\n\nRequest: GET {theirs}\n{other}\n"),
    ] {
        assert_eq!(facts(&text, &["user_id"]), users, "{text}");
    }
    let cut = format!("{one}\n\nRequest: GET {theirs}\n{other}\n");
    assert_eq!(facts(&cut, &["user_id"]), [[Value::Null], [json!(OTHER)]]);
}

#[test]
fn the_only_call_below_the_only_failure_is_its_own() {
    let (failure, call) = (body("Forbidden", POLICY), url(USER));
    for text in [
        format!("{failure}\n\nGET {call}\n"),
        format!("```json\n{failure}\n```\n\n```http\nGET {call}\n```\n"),
        format!("{failure}\n\nSteps to reproduce:\n1. get a token\n2. GET {call}\n3. see the error\n"),
        format!("{failure}\n\nRequest: GET {call}\nTenant: contoso\n"),
    ] {
        assert_eq!(facts(&text, &["user_id"]), [[json!(USER)]], "{text}");
    }
    for text in [
        format!("{failure}\n\nNext we will try GET {call}\n"),
        format!("{failure}\n\nFix: use GET {call}\n"),
        format!("{failure}\n\nGET {call}\nHTTP/1.1 200 OK\n"),
        format!("{failure}\nRequest: GET {call}\nResponse: 200 OK\n"),
        format!("2026-11-20T10:05:22Z ERROR {failure}\n2026-11-20T10:05:23Z INFO GET {call}\n"),
    ] {
        assert_eq!(facts(&text, &["user_id"]), [[Value::Null]], "{text}");
    }
}

#[test]
fn the_present_failure_is_told_first() {
    let (policy, guid) = ("no-policy-names-app", "user-principal-name-in-path");
    for text in [
        format!("Last week we had \"403 {POLICY}\", that is fixed. Now we get 400 {GUID}"),
        format!("Previously: {POLICY}\nNow: {GUID}"),
        format!(
            "Before the change we got\n\n{}\n\nNow we get\n\n{}",
            body("Forbidden", POLICY),
            body("BadRequest", GUID)
        ),
    ] {
        assert_eq!(causes(&text), [guid, policy], "{text}");
    }
    for text in [
        format!("First call: 403 {POLICY}\nSecond call: 400 {GUID}"),
        format!("We get 403 {POLICY} and now also 400 {GUID}"),
        format!("403 {POLICY}. Last week we had 400 {GUID}"),
    ] {
        assert_eq!(causes(&text), [policy, guid], "{text}");
    }
}

#[test]
fn the_values_of_a_test_are_no_failure_that_happened() {
    for text in [
        format!("\"@pytest.mark.parametrize(\\\"msg\\\", [\\\"{ME}\\\"])\""),
        format!("@pytest.mark.parametrize(\"msg\", [\"{ME}\"])"),
        format!("\"it.each([\\\"{ME}\\\"])(\\\"handles %s\\\", (m) => {{}})\""),
    ] {
        let certain = |it: &Value| it["findings"][0]["confidence"] == "certain";
        assert!(!results(&text).iter().any(certain), "{text}");
    }
    let told = format!("it.each is not defined. error: \"{ME}\"");
    assert!(results(&told).iter().any(|it| it["findings"][0]["confidence"] == "certain"));
}

#[test]
fn codes_without_their_words() {
    let silent = |text: &str| facts(text, &["code"]);
    for text in [
        "Graph returned UnknownError for GET /users/bo@contoso.com/onlineMeetings",
        "We get UnknownError from Graph when calling /users/bo@contoso.com/onlineMeetings",
    ] {
        assert_eq!(silent(text), [[json!("UnknownError")]], "{text}");
    }
    for text in [
        "{\n  \"statusCode\": 403,\n  \"error\": \"Authorization_RequestDenied\"\n}",
        "{\"error\":\"Authorization_RequestDenied\",\"statusCode\":403}",
        "{'statusCode': 403, 'error': 'Authorization_RequestDenied'}",
        "body: {\\\"statusCode\\\":403,\\\"error\\\":\\\"Authorization_RequestDenied\\\"}",
    ] {
        assert_eq!(silent(text), [[json!("Authorization_RequestDenied")]], "{text}");
    }
    assert_eq!(silent("405 MethodNotAllowed An error has occurred."), [[json!("MethodNotAllowed")]]);
    for text in [
        "UnknownError is thrown when the parser fails",
        "Graph may return UnknownError for GET /users/bo@contoso.com/onlineMeetings",
        "{\"statusCode\":403,\"error\":\"Forbidden\"}",
        "{\"statusCode\":200,\"error\":\"Authorization_RequestDenied\"}",
        "405 MethodNotAllowed",
        "AxiosError: Request failed with status code 429\n    at settle (/app/node_modules/axios/lib/core/settle.js:19:12)",
    ] {
        assert!(silent(text).is_empty(), "{text}");
    }
}

#[test]
fn a_page_names_ids_by_labels_in_elements() {
    for text in [
        format!("<dl><dt>App</dt><dd>{APP}</dd><dt>User</dt><dd>{USER}</dd><dt>Error</dt><dd>{POLICY}</dd></dl>"),
        format!(
            "<dl>\n<dt>App</dt>\n<dd>{APP}</dd>\n<dt>User</dt>\n<dd>{USER}</dd>\n<dt>Error</dt>\n<dd>{POLICY}</dd>\n</dl>"
        ),
        format!("<p><b>App:</b> {APP}</p><p><b>User:</b> {USER}</p><p>{POLICY}</p>"),
        format!(
            "<tr><th>Client ID</th><td>{APP}</td></tr><tr><th>User ID</th><td>{USER}</td></tr><tr><td>{POLICY}</td></tr>"
        ),
    ] {
        assert_eq!(facts(&text, &["app_id", "user_id"]), [[json!(APP), json!(USER)]], "{text}");
    }
    let other =
        format!("<dl><dt>Build</dt><dd>{APP}</dd><dt>Object</dt><dd>{USER}</dd><dt>Error</dt><dd>{POLICY}</dd></dl>");
    assert_eq!(facts(&other, &["app_id", "user_id"]), [[Value::Null, Value::Null]]);
}

#[test]
fn rows_of_a_console_behind_the_mark_of_a_quotation_are_one() {
    let path = format!(
        "/users/{USER}/onlineMeetings/MSo3NDhkMmNiYi0zYjU1LTQwZWQtOGMzNC0yZWFlNTkzMmIyMmEqMCoqMTk6bWVldGluZ18/transcripts"
    );
    let call = format!("GET https://graph.microsoft.com/v1.0{path}");
    for (mark, width) in [("", 80), ("> ", 80), ("> ", 78), ("| ", 80), ("> ", 72)] {
        let rows = |text: &str| {
            let letters: Vec<char> = text.chars().collect();
            letters.chunks(width).map(|row| format!("{mark}{}\n", row.iter().collect::<String>())).collect::<String>()
        };
        let text = format!("{}{mark}HTTP/1.1 403 Forbidden\n{}", rows(&call), rows(&body("Forbidden", POLICY)));
        assert_eq!(facts(&text, &["path", "request_id"]), [[json!(path), json!(REQUEST)]], "{text}");
    }
}
