//! One failure that a client tells several times is one result, and two failures stay two; what a program may say is
//! none; what an exporter broke is found.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::common::graphwhy;

const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const OTHER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const REQUEST: &str = "1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21";
const POLICY: &str = "No application access policy found for this app: 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20.";
const GUID: &str = "The userId in request URL is not a valid GUID.";

fn results(text: &str) -> Vec<Value> {
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

/// The first cause of each result.
fn first(text: &str) -> Vec<String> {
    let found = results(text);
    let cause = |result: &Value| result["findings"][0]["cause"].as_str().unwrap_or_default().to_owned();
    found.iter().map(cause).collect()
}

fn body(request: &str) -> String {
    let inner = json!({"date": "2026-06-11T16:09:17", "request-id": request, "client-request-id": request});
    json!({"error": {"code": "Forbidden", "message": POLICY, "innerError": inner}}).to_string()
}

fn url(user: &str) -> String {
    format!("https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings")
}

fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn laravel(body: &str) -> String {
    format!(
        "[2026-06-11 16:09:17] production.ERROR: HTTP request returned status code 403:\n{body}\n {{\"exception\":\"[object] \
         (Illuminate\\\\Http\\\\Client\\\\RequestException(code: 403): HTTP request returned status code 403:\\n{}\\n at \
         /var/www/app/Graph.php:41)\n[stacktrace]\n#0 /var/www/app/Kernel.php(12)\n",
        escaped(body)
    )
}

fn sentry(body: &str) -> String {
    let trail = json!({"category": "httplib", "data": {"method": "GET", "url": url(USER), "status_code": 403}});
    let event = json!({
        "event_id": "9f3c", "level": "error",
        "exception": {"values": [{"type": "GraphError", "value": POLICY, "stacktrace": {"frames": [{"lineno": 10}]}}]},
        "breadcrumbs": {"values": [trail, {"category": "graph", "message": format!("Graph error: {body}")}]},
        "extra": {"response_body": body}
    });
    serde_json::to_string_pretty(&event).unwrap()
}

/// An entry as browsers write one: the status before the body.
fn entry(user: &str, status: u16, text: &str, body: &str) -> String {
    let (url, size, body) = (url(user), body.len(), STANDARD.encode(body));
    format!(
        r#"{{
      "request": {{ "method": "GET", "url": "{url}", "headers": [] }},
      "response": {{
        "status": {status},
        "statusText": "{text}",
        "headers": [ {{ "name": "Content-Type", "value": "application/json" }} ],
        "content": {{ "size": {size}, "mimeType": "application/json", "text": "{body}", "encoding": "base64" }}
      }}
    }}"#
    )
}

fn archive(entries: &[String]) -> String {
    format!("{{\n  \"log\": {{\n    \"version\": \"1.2\",\n    \"entries\": [ {} ]\n  }}\n}}\n", entries.join(", "))
}

fn kiota(message: &str) -> String {
    format!(
        "ODataError('\\n        APIError\\n        Code: 403\\n        message: {message}\\n        error: \
         MainError(additional_data={{}}, code=\\'Forbidden\\', details=None, inner_error=None, message=\"{message}\", \
         target=None)\\n        ')"
    )
}

#[test]
fn one_failure_is_one_result() {
    let whole = body(REQUEST);
    let one = ["no-policy-names-app"];
    for (name, text) in [
        ("laravel", laravel(&whole)),
        ("sentry", sentry(&whole)),
        ("har", archive(&[entry(USER, 403, "Forbidden", &whole)])),
        ("python", kiota(POLICY)),
        ("powershell", format!("403 (Forbidden).\n ---> {whole}\n ErrorDetails: {whole}\n")),
    ] {
        assert_eq!(first(&text), one, "{name}: {text}");
    }
    // An encoded body says no more than the status above it: that is the service's.
    for (status, text, code, cause) in [
        (503, "Service Unavailable", "UnknownError", "service-fault"),
        (429, "Too Many Requests", "TooManyRequests", "throttled"),
    ] {
        let body = json!({"error": {"code": code, "message": ""}}).to_string();
        let found = results(&archive(&[entry(USER, status, text, &body)]));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!((&found[0]["findings"][0]["cause"], &found[0]["facts"]["code"]), (&json!(cause), &json!(code)));
        assert_eq!(found[0]["findings"].as_array().unwrap().len(), 1, "{found:#?}");
    }
}

#[test]
fn two_failures_stay_two() {
    let (one, other) = (body(REQUEST), body(OTHER));
    let two = ["no-policy-names-app", "no-policy-names-app"];
    for text in [
        format!("{}{}", laravel(&one), laravel(&other)),
        archive(&[entry(USER, 403, "Forbidden", &one), entry(OTHER, 403, "Forbidden", &other)]),
        format!("GET {}\n403 {one}\n\nGET {}\n403 {other}\n", url(USER), url(OTHER)),
        json!([{"id": "1", "status": 403, "body": one}, {"id": "2", "status": 403, "body": one}]).to_string(),
        format!("{}\n{}", kiota(POLICY), kiota(&POLICY.replace("9c4f", "1111"))),
    ] {
        assert_eq!(first(&text), two, "{text}");
    }
}

#[test]
fn a_file_of_texts_is_no_failure() {
    let pairs = json!({"errors": {"notFound": "The meeting could not be found.", "guid": GUID, "policy": POLICY,
        "retry": "Please try again later."}, "buttons": {"ok": "OK"}});
    let resx = format!("<root>\n  <data name=\"ErrGuid\">\n    <value>{GUID}</value>\n  </data>\n</root>");
    let po = format!("#: src/errors.ts:12\nmsgid \"{GUID}\"\nmsgstr \"Die userId ist keine GUID.\"\n");
    for text in [pairs.to_string(), serde_json::to_string_pretty(&pairs).unwrap(), resx, po] {
        let twice = json!({"locale": "en", "content": text}).to_string();
        let markup = text.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        for text in [&text, &twice, &json!(twice).to_string(), &markup] {
            assert_eq!(first(text), [""; 0], "{text}");
        }
    }
    // What happened is no entry of such a file.
    for text in [
        json!({"error": {"code": "BadRequest", "message": GUID}}).to_string(),
        json!({"title": "Sync of meetings failed", "errorDetail": GUID, "jobName": "calendar sync job"}).to_string(),
        json!({"level": "error", "msg": GUID, "component": "calendar sync job"}).to_string(),
    ] {
        assert_eq!(first(&text), ["user-principal-name-in-path"], "{text}");
    }
}

#[test]
fn the_source_of_a_program_is_no_failure() {
    for text in [
        "} else {\n  Write-Warning \"No application access policy found for $AppId.\"\n}\n",
        "return status switch {\n  HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => new GraphFailure(\"graph_unavailable\"),\n};\n",
        "    TOKEN_EXPIRED(\"Token expired.\"),\n    TOKEN_NOT_ACTIVE(\"Access token has expired or is not yet valid.\"),\n",
        "  if (!PATTERN.test(id)) {\n    return res.status(400).json({ error: 'invalid meeting id' });\n  }\n",
        "The 'gateway' user is missing required permissions in the ledger. Please update the user.\n",
    ] {
        assert_eq!(first(text), [""; 0], "{text}");
    }
    let thrown = "throw new GraphError(message);\n    ^\nGraphError: The userId in request URL is not a valid GUID.\n    at x (a.js:1:2)\n";
    assert_eq!(first(thrown), ["user-principal-name-in-path"]);
}

#[test]
fn a_sentence_that_an_exporter_broke_is_found() {
    let (above, below) =
        ("Graph answered 400 BadRequest: The userId in request URL is", "not a valid GUID. See the request log.");
    let row = |time: &str, part: &str, level: &str| format!("| {time:19} | {part:59} | {level:5} |\n");
    let aligned = |time: &str, part: &str, level: &str| format!("{time:25}{part:61}{level}\n");
    let event = |ms: u8, part: &str| json!({"timestamp": 1_781_194_157_000_i64 + i64::from(ms), "message": part});
    let events = json!({"events": [event(0, above), event(1, below)]});
    for text in [
        row("2026-06-11T16:09:17", above, "Error") + &row("", below, ""),
        aligned("6/11/2026, 4:09:17 PM", above, "Error") + &aligned("", below, ""),
        format!("timestamp,message\n1781194157000,\"{above}\n{below}\"\n"),
        format!("2026-06-11T16:09:17.000Z\t{above}\n2026-06-11T16:09:17.001Z\t{below}\n"),
        format!("\"6/11/2026, 4:09:17.000 PM\",Error,\"{above}\"\n\"6/11/2026, 4:09:17.001 PM\",Error,\"{below}\"\n"),
        events.to_string(),
        serde_json::to_string_pretty(&events).unwrap(),
    ] {
        assert_eq!(first(&text), ["user-principal-name-in-path"], "{text}");
    }
    // Records that only follow each other are not read as one.
    let text = "2026-06-11T16:09:17Z\tThe userId in request URL is\n2026-06-11T16:09:19Z\tnot a valid GUID\n";
    assert_eq!(first(text), [""; 0]);
}

#[test]
fn an_exception_that_is_recorded_again_is_one() {
    let said = "GraphError: Graph API access to transcripts is disabled for this tenant.";
    let record = |second: u8| {
        format!(
            "2026-06-11T09:00:0{second}.222Z\t{REQUEST}\tERROR\t{said}\n    at handler (/var/task/index.js:41:13)\n"
        )
    };
    let lambda =
        |second| format!("START RequestId: {REQUEST} Version: $LATEST\n{}END RequestId: {REQUEST}\n", record(second));
    for text in [record(1) + &record(1), format!("{}\n{}", lambda(1), lambda(1))] {
        assert_eq!(first(&text), ["transcript-access-disabled"], "{text}");
    }
    for text in [record(1) + &record(4), lambda(1) + &lambda(2)] {
        assert!(first(&text).iter().all(|cause| cause == "transcript-access-disabled"), "{text}");
    }
    let others = record(1) + &record(2).replace(REQUEST, OTHER);
    assert_eq!(first(&others).len(), 2);
}

#[test]
fn a_message_below_another_title_is_another_failure() {
    let words = "No application access policy found for this app";
    let text = format!("{words} {OTHER} on the user {USER}.\n\n## second\n\n403 :: {words}.");
    assert_eq!(first(&text).len(), 2, "{text}");
    assert_eq!(first(&text.replace("## second\n\n", "")).len(), 1);
}
