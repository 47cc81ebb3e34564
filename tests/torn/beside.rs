//! What other lines of a log say is no evidence for a failure: with them it has the same causes.

use super::{Found, found, inputs, look};
use graphwhy::knowledge::{Catalogue, Confidence};

/// Lines of other services and of other calls, as they stand in a log around a failure.
const STATUSES: [&str; 10] = [
    "12:00:01 WARN  crm status=503 retry in 5s",
    "12:00:01 WARN  mailer answered 429 Too Many Requests",
    "2026-03-02T09:12:31.0Z worker-7 cache code=503",
    "12:00:01 ERROR billing HTTP 503",
    "12:00:01 ERROR billing: 503 Service Unavailable",
    "INFO  crm status=500",
    r#"{"lvl":"warn","svc":"crm","status":503}"#,
    r#"{"lvl":"warn","svc":"mailer","statusCode":429,"msg":"slow down"}"#,
    r#"10.0.0.4 - - [05/May/2026:05:00:00 +0000] "GET /healthz HTTP/1.1" 503 19"#,
    "GET  /health                    503 Service Unavailable",
];
const REQUESTS: [&str; 8] = [
    "12:00:01 INFO  GET https://graph.microsoft.com/v1.0/me/drive 200 OK",
    "12:00:01 INFO  GET https://graph.microsoft.com/v1.0/me/joinedTeams",
    "12:00:01 INFO  user opened /me/settings",
    "12:00:01 INFO  GET https://graph.microsoft.com/v1.0/me/onlineMeetings -> 200",
    "12:00:01 INFO  POST https://graph.microsoft.com/v1.0/users/2d8f41b6-0c57-4e93-b1a8-6f3e9d7c5042/onlineMeetings 201 Created",
    "12:00:01 INFO  GET https://graph.microsoft.com/v1.0/users/pia@contoso.com/onlineMeetings works (200)",
    "12:00:01 INFO  GET https://graph.microsoft.com/v1.0/communications/callRecords/7 200",
    "12:00:01 INFO  <-- 201 Created https://graph.microsoft.com/v1.0/communications/calls (1087ms)",
];

/// Failures that say nothing but their code, and one that says what it is, in a line of their own.
const SILENT: [&str; 8] = [
    r#"{"error":{"code":"Forbidden","message":""}}"#,
    r#"{"error":{"code":"UnknownError","message":""}}"#,
    r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app."}}"#,
    r#"12:00:02 ERROR graph POST /users/5b1d7c34-9a02-4e6f-8f1b-3c7de20a9184/onlineMeetings {"error":{"code":"Forbidden","message":""}}"#,
    r#"12:00:02 ERROR graph body={"error":{"code":"UnknownError","message":""}} status=404 path=/users/5b1d7c34-9a02-4e6f-8f1b-3c7de20a9184/onlineMeetings method=POST"#,
    r#"{"lvl":"error","method":"POST","path":"/users/5b1d7c34-9a02-4e6f-8f1b-3c7de20a9184/onlineMeetings","body":{"error":{"code":"Forbidden","message":"Forbidden"}}}"#,
    r#"12:00:02 ERROR transcripts {"error":{"code":"Forbidden","message":"No application access policy found for this app."}}"#,
    "HTTP/1.1 403 Forbidden\ncontent-type: application/json\n\n{\"error\":{\"code\":\"UnknownError\",\"message\":\"\"}}",
];

/// The first finding of all, and how sure it is.
fn first(found: &Found) -> Option<(String, Confidence)> {
    let findings = found.diagnoses.iter().flat_map(|diagnosis| &diagnosis.findings);
    findings.map(|finding| (finding.cause.to_string(), finding.confidence)).next()
}

/// What is certain of any failure.
fn certain(found: &Found) -> Vec<String> {
    let findings = found.diagnoses.iter().flat_map(|diagnosis| &diagnosis.findings);
    let certain = findings.filter(|finding| finding.confidence == Confidence::Certain);
    certain.map(|finding| finding.cause.to_string()).collect()
}

/// Compares a text with the same one between other lines.
fn compare(name: &str, input: &str, lines: &[&str], wrong: &mut Vec<String>) {
    let catalogue = Catalogue::builtin();
    let alone = look(&catalogue, input.as_bytes());
    let (before, known) = (first(&alone), certain(&alone));
    let unrelated = "12:00:01 INFO  queue drained, nothing to do\n".repeat(30);
    let mut check = |what: &str, text: &str| {
        let among = look(&catalogue, text.as_bytes());
        let after = first(&among);
        let less = match (&before, &after) {
            (_, None) => true,
            (Some((cause, sure)), Some((other, now))) => cause == other && now <= sure,
            (None, Some(_)) => false,
        };
        let more: Vec<_> = certain(&among).into_iter().filter(|cause| !known.contains(cause)).collect();
        if !less || !more.is_empty() {
            wrong.push(format!("{name}, {what}: {before:?} became {after:?}; certain as well: {more:?}"));
        }
    };
    for line in lines {
        check(&format!("below `{line}`"), &format!("{line}\n{input}"));
        check(&format!("above `{line}`"), &format!("{}\n{line}\n", input.trim_end_matches('\n')));
    }
    let block = lines.join("\n");
    check("between them", &format!("{block}\n{}\n{block}\n", input.trim_end_matches('\n')));
    check("far below them", &format!("{block}\n{unrelated}{input}"));
    check("far above them", &format!("{}\n{unrelated}{block}\n", input.trim_end_matches('\n')));
}

#[test]
fn statuses_of_others() {
    let mut wrong = Vec::new();
    for input in SILENT {
        compare(input, input, &STATUSES, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn calls_of_others() {
    let mut wrong = Vec::new();
    for input in SILENT {
        compare(input, input, &REQUESTS, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lone codes and rows of a table are failures only where nothing else is.
fn is_text((_, text): &(String, String)) -> bool {
    text.len() >= 24
}

#[test]
fn every_text_among_statuses_of_others() {
    let mut wrong = Vec::new();
    for (name, input) in inputs().into_iter().chain(found::inputs()).filter(is_text) {
        compare(&name, &input, &STATUSES, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_text_among_calls_of_others() {
    let mut wrong = Vec::new();
    for (name, input) in inputs().into_iter().chain(found::inputs()).filter(is_text) {
        compare(&name, &input, &REQUESTS, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
