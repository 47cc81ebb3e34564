//! Logs of several writers: each failure is told from the lines, the block or the row of its own.

use super::common::{explain_with, graphwhy};
use serde_json::{Value, json};

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const OTHER_APP: &str = "b3e81f57-2a90-4d6c-9c14-70f5d2e8a6b1";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const OTHER: &str = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";
const REQUEST: &str = "a41c7d02-5b8e-4f36-9c20-e7d3b1a6f850";
const OTHER_REQUEST: &str = "6c9d0e42-81f7-4b35-a2d8-3e5f7a1b9c60";
const WORDS: &str = "No application access policy found for this app.";

fn results(text: &str) -> Vec<Value> {
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

fn url(user: &str) -> String {
    format!("https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings")
}

/// One fact of each failure.
fn each(text: &str, fact: &str) -> Vec<Value> {
    results(text).into_iter().map(|result| result["facts"][fact].clone()).collect()
}

/// The dump of a call that was refused, line by line.
fn refused(user: &str, request: &str) -> Vec<String> {
    vec![
        format!("GET {}", url(user)),
        "HTTP/1.1 403 Forbidden".to_owned(),
        format!("request-id: {request}"),
        format!("{{\"error\": {{\"code\": \"Forbidden\", \"message\": \"{WORDS}\", \"innerError\": {{}}}}}}"),
    ]
}

fn succeeded(user: &str, request: &str) -> Vec<String> {
    vec![format!("GET {}", url(user)), "HTTP/1.1 200 OK".to_owned(), format!("request-id: {request}")]
}

/// Lines in turn, each behind the name of its writer.
fn in_turn(one: (&str, Vec<String>), other: (&str, Vec<String>)) -> String {
    let mut lines = [one.1.into_iter(), other.1.into_iter()];
    let mut text = String::new();
    loop {
        let taken = [(0, one.0), (1, other.0)].map(|(index, name)| Some(format!("{name}{}\n", lines[index].next()?)));
        if taken.iter().all(Option::is_none) {
            return text;
        }
        text.extend(taken.into_iter().flatten());
    }
}

const NAMES: [(&str, &str); 8] = [
    ("[rooms] ", "[trans] "),
    ("09:33:01 web.1    | ", "09:33:01 worker.1 | "),
    ("Nov 27 10:00:01 web1 rooms[812]: ", "Nov 27 10:00:01 web1 trans[813]: "),
    ("[T1] ", "[T2] "),
    ("web-1  | ", "job-1  | "),
    ("web  | ", "job  | "),
    ("[pod/web-7d/api] ", "[pod/job-9c/api] "),
    ("2026-11-20T10:05:01Z [T1] ", "2026-11-20T10:05:01Z [T2] "),
];

#[test]
fn a_dump_goes_on_below_the_lines_of_others() {
    for (own, other) in NAMES {
        let text = in_turn((own, refused(USER, REQUEST)), (other, succeeded(OTHER, OTHER_REQUEST)));
        let found = results(&text);
        assert_eq!(found.len(), 1, "{text}");
        let facts = &found[0]["facts"];
        assert_eq!([&facts["user_id"], &facts["request_id"]], [USER, REQUEST], "{text}");
        assert_eq!(facts["status"], 403, "{text}");
        // What it does not have, no other one lends it.
        let cut: Vec<String> = refused(USER, REQUEST).into_iter().filter(|line| !line.starts_with("request")).collect();
        let text = in_turn((own, cut), (other, succeeded(OTHER, OTHER_REQUEST)));
        assert_eq!(each(&text, "request_id"), [Value::Null], "{text}");
    }
}

#[test]
fn failures_of_several_writers_stand_in_the_order_of_the_text() {
    for (own, other) in NAMES {
        let text = in_turn((own, refused(USER, REQUEST)), (other, refused(OTHER, OTHER_REQUEST)));
        assert_eq!(each(&text, "user_id"), [USER, OTHER], "{text}");
        assert_eq!(each(&text, "request_id"), [REQUEST, OTHER_REQUEST], "{text}");
        let lines: Vec<u64> = results(&text).iter().map(|it| it["source"]["line"].as_u64().unwrap()).collect();
        assert!(lines.is_sorted(), "{lines:?}: {text}");
        let labels = |result: &Value| result["findings"][0]["labels"][0]["line"].clone();
        assert_eq!(results(&text).iter().map(labels).collect::<Vec<_>>(), [json!(7), json!(8)], "{text}");
    }
}

#[test]
fn the_app_of_the_own_block_goes_before_that_of_another() {
    let told = |app: &str| format!("      appId: {app}\n");
    let failed = |name: &str, user: &str| {
        format!("fail: Contoso.{name}[0]\n      GET {} failed\n      Message: {WORDS}\n", url(user))
    };
    let info = format!("info: Contoso.Trans[0]\n{}", told(OTHER_APP));
    let (one, two) = (failed("Rooms", USER) + &told(APP), failed("Trans", OTHER) + &told(OTHER_APP));
    assert_eq!(each(&format!("{info}{one}"), "app_id"), [APP]);
    assert_eq!(each(&format!("{info}{one}{two}"), "app_id"), [APP, OTHER_APP]);
    // Rows of a table.
    let row = |status: u16, user: &str, more: &str| {
        format!("\"11/28/2026, 9:36:{status}.000 AM\",{status},GET {},\"{{{more}}}\"\n", url(user))
    };
    let app = |app: &str| format!("\"\"clientId\"\":\"\"{app}\"\"");
    let failed = |more: &str| row(403, OTHER, &format!("\"\"error\"\":\"\"Forbidden: {WORDS}\"\"{more}"));
    let table = |rows: String| format!("time,code,name,dims\n{rows}");
    let other = row(200, USER, &app(APP));
    assert_eq!(each(&table(format!("{other}{}", failed(&format!(",{}", app(OTHER_APP))))), "app_id"), [OTHER_APP]);
    assert_eq!(each(&table(format!("{other}{}", failed(""))), "app_id"), [Value::Null]);
}

#[test]
fn the_app_that_a_part_of_a_program_tells_is_its_own() {
    let told = |name: &str, app: &str| format!("2026-11-28 09:36:10 INFO  [{name}] token for appId: {app} acquired\n");
    let failed = |name: &str, user: &str| {
        format!("2026-11-28 09:36:12 ERROR [{name}] GET {} failed: Forbidden: {WORDS}\n", url(user))
    };
    let both = [told("trans", OTHER_APP), told("rooms", APP)].concat();
    let text = [both.clone(), failed("trans", OTHER), failed("rooms", USER)].concat();
    assert_eq!(each(&text, "app_id"), [OTHER_APP, APP]);
    let text = [told("trans", OTHER_APP), failed("rooms", USER), told("rooms", APP)].concat();
    assert_eq!(each(&text, "app_id"), [APP]);
    // Another one that makes calls of its own has an app of its own; one that makes none may be a part of the same.
    let called = format!("2026-11-28 09:36:11 INFO  [trans] GET {} 200\n", url(OTHER));
    let text = [told("trans", OTHER_APP), called, failed("rooms", USER)].concat();
    assert_eq!(each(&text, "app_id"), [Value::Null]);
    assert_eq!(each(&[told("auth", APP), failed("rooms", USER)].concat(), "app_id"), [APP]);
}

#[test]
fn the_record_of_a_call_that_succeeded_tells_no_app() {
    let failed =
        format!("{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{WORDS}\"}},\"url\":\"{}\"}}\n", url(USER));
    for pair in ["\"status\":\"ok\"", "\"success\": true", "\"outcome\": \"Success\""] {
        let other = format!("{{\"clientId\":\"{APP}\",{pair}}}\n");
        assert_eq!(each(&format!("{other}{failed}"), "app_id"), [Value::Null], "{pair}");
        assert_eq!(each(&format!("{failed}{other}"), "app_id"), [Value::Null], "{pair}");
    }
}

#[test]
fn a_call_that_is_told_twice_is_no_other_call() {
    let record = |level: &str, more: &str| format!("{{\"level\":\"{level}\",{more},\"url\":\"{}\"}}\n", url(USER));
    let asked = record("info", "\"method\":\"GET\"");
    let failed = record("error", &format!("\"client_id\":\"{APP}\",\"status\":403,\"error\":\"{WORDS}\""));
    let state = json!({
        "schema": 1,
        "policies": {"status": "complete", "items": [{"name": "Global", "app_ids": [APP]}, {"name": "Own", "app_ids": []}]},
        "direct": {"status": "complete", "items": [{"user_id": USER, "policy": "Own"}]},
        "groups": {"status": "complete", "items": []},
    });
    let first = |text: &str| {
        let document = explain_with(text, &state, &["--format", "json"]).json();
        let results = document["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["findings"][0]["confidence"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(first(&failed), ["certain"]);
    assert_eq!(first(&format!("{asked}{failed}")), ["certain"]);
}
