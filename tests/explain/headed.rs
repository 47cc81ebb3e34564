//! One text, each line under a head of its own, in the gutter of a console, or as markup: its facts are the same.

use super::common::graphwhy;
use serde_json::Value;

const USER: &str = "11d0c8f0-7a33-4c1e-9b77-0f6f2a9f4d11";
const MEETING: &str = "MSoxMWQwYzhmMC03YTMzLTRjMWUtOWI3Ny0wZjZmMmE5ZjRkMTEqMCoqMTk6bWVldGluZ19RV1JsYkdWelYyVmxhMng1VTNsdVl3QHRocmVhZC52Mg==";

fn facts(text: &str) -> Value {
    let json = graphwhy(["explain", "-", "--format", "json"], text).json();
    json["results"][0]["facts"].clone()
}

const BODY: &str = "{\"error\":{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app.\",\"innerError\":{\"date\":\"2026-05-05T10:00:00\",\"request-id\":\"cc10c8f0-7a33-4c1e-9b77-0f6f2a9f4dcc\"}}}";

#[test]
fn a_status_on_a_line_of_its_own() {
    const HEADS: [&str; 10] = [
        "Nov 29 13:00:00 host app[123]: ",
        "13:00:00.123 ",
        "2026-05-05T10:00:00.123456789Z ",
        "meet-1  | 2026-05-05T10:00:00.123Z ",
        "2026-05-05T10:00:00.123Z\t6c1f0d52-0d0e-4f35-8a55-3f3a1d7c2a11\tERROR\t",
        "2026-05-05 10:00:00.123\t",
        "ERROR:meet.graph:",
        "[2026-05-05 10:00:00 +0000] [17] [ERROR] ",
        "2026-05-05 10:00:00.1234|ERROR|Meet.Worker|",
        "2026-09-09 01:02:03,456 ERROR [main] c.c.Worker: ",
    ];
    for head in HEADS {
        for status in [
            "HTTP/1.1 403 Forbidden\nrequest-id: cc10c8f0-7a33-4c1e-9b77-0f6f2a9f4dcc\n",
            "HTTP 403",
            "403 Forbidden",
            "status: 403",
        ] {
            let lines: Vec<String> = format!("{status}\n{BODY}").lines().map(|line| format!("{head}{line}")).collect();
            let text = lines.join("\n");
            assert_eq!(facts(&text)["status"], 403, "{text}");
        }
        let other = format!(
            "{head}HTTP 404\n{head}GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings 403\n{head}{BODY}"
        );
        let json = graphwhy(["explain", "-", "--format", "json"], other.as_str()).json();
        let last = json["results"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["facts"]["status"], 403, "{other}");
    }
}

fn framed(rows: &str) -> String {
    let rows: Vec<String> = rows.lines().map(|row| format!("     | {row}\n")).collect();
    format!(
        "Invoke-RestMethod: /jobs/a.ps1:9\nLine |\n   9 |  $r = Invoke-RestMethod -Uri $u -Headers $h\n     |       ~~~~~~~~~~\n{}",
        rows.concat()
    )
}

#[test]
fn calls_that_a_console_breaks() {
    let (one, other) = MEETING.split_at(60);
    for (rows, path) in [
        (
            format!("PATCH\nhttps://graph.microsoft.com/v1.0/users/{USER}\n/onlineMeetings/{one}\n{other} HTTP/1.1\n"),
            format!("/users/{USER}/onlineMeetings/{MEETING}"),
        ),
        (
            format!("POST\nhttps://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\n/createOrGet\n"),
            format!("/users/{USER}/onlineMeetings/createOrGet"),
        ),
        (
            format!("> GET /beta/users/{USER}\n/onlineMeetings/{one}\n{other}/recordings HTTP/2\n"),
            format!("/users/{USER}/onlineMeetings/{MEETING}/recordings"),
        ),
        (
            format!(
                "GET\nhttps://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/{one}\n{other}\n/transcripts\nHTTP/1.1 403 Forbidden\n"
            ),
            format!("/users/{USER}/onlineMeetings/{MEETING}/transcripts"),
        ),
    ] {
        let text = framed(&format!("{rows}403\n{BODY}"));
        assert_eq!(facts(&text)["path"], path, "{text}");
    }
    let apart =
        framed(&format!("GET\nhttps://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\n403 Forbidden\n{BODY}"));
    assert_eq!(facts(&apart)["path"], format!("/users/{USER}/onlineMeetings"));
}

#[test]
fn torn_ids_and_codes() {
    let torn = "E/Graph(1234): {\"error\":{\"code\":\"Forbid\nE/Graph(1234): den\",\"message\":\"No application access policy found for this app.\",\"innerError\":{\"client-request-id\":\"5d0c8f0e-7a33-4c\nE/Graph(1234): 1e-9b77-0f6f2a9f4d11\"}}}";
    let id = &facts(torn)["client_request_id"];
    assert!(id.is_null() || id == "5d0c8f0e-7a33-4c1e-9b77-0f6f2a9f4d11", "{id}");
    for (broken, code) in
        [("Forbid den", "Forbidden"), ("TooManyR equests", "TooManyRequests"), ("No tFound", "NotFound")]
    {
        let text = format!(
            "{{\"error\":{{\"code\":\"{broken}\",\"message\":\"Wait.\",\"innerError\":{{\"date\":\"2026-05-05T10:00:00\"}}}}}}"
        );
        assert_eq!(facts(&text)["code"], code, "{text}");
    }
    let words = "{\"error\":{\"code\":\"Not allowed\",\"message\":\"Wait.\",\"innerError\":{\"date\":\"2026-05-05T10:00:00\"}}}";
    assert_eq!(facts(words)["code"], "Not allowed");
}

#[test]
fn methods_and_statuses_as_markup_and_in_records() {
    let escape = |text: &str| text.replace('"', "&quot;").replace('>', "&gt;");
    let call = format!(
        "{{\"method\":\"GET\",\"url\":\"https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\",\"status\":403,\"body\":{BODY}}}"
    );
    assert_eq!(facts(&format!("<pre>{}</pre>", escape(&call)))["method"], "GET");
    for text in [format!("meetings subscribe -> 403 {BODY}"), format!("all our tenants answer 403 {BODY}")] {
        assert_eq!(facts(&format!("<pre>{}</pre>", escape(&text)))["status"], 403, "{text}");
    }
    assert_eq!(facts("warn: transcripts.list 403 innerError.code=GraphAccessToTranscriptsDisabled")["status"], 403);
    let pair = format!("403 for app {USER} / user {USER}: No application access policy found for this app");
    assert_eq!(facts(&pair)["status"], 403);
    let record =
        |command: &str| format!("Invoke-RestMethod : {BODY}\nAt line:1 char:8\n+ $r = {command} ...\n+      ~~~~~~\n");
    assert_eq!(facts(&record("Invoke-RestMethod -Uri $uri -Headers $h -Method Post"))["method"], "POST");
    assert!(facts(&record("Invoke-RestMethod -Uri $uri -Headers $h"))["method"].is_null());
    let lone = facts(
        "Invoke-RestMethod : Filter expression expected - /onlineMeetings?$filter=VideoTeleconferenceId eq '{vtcid}'.",
    );
    assert!(lone["method"].is_null() && lone["path"].is_null(), "{lone}");
}
