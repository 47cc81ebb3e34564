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
const REQUESTS: [&str; 7] = [
    "12:00:01 INFO  GET https://graph.microsoft.com/v1.0/me/drive 200 OK",
    "12:00:01 INFO  GET https://graph.microsoft.com/v1.0/me/joinedTeams",
    "12:00:01 INFO  user opened /me/settings",
    "12:00:01 INFO  GET https://graph.microsoft.com/v1.0/me/onlineMeetings -> 200",
    "12:00:01 INFO  POST https://graph.microsoft.com/v1.0/users/2d8f41b6-0c57-4e93-b1a8-6f3e9d7c5042/onlineMeetings 201 Created",
    "12:00:01 INFO  GET https://graph.microsoft.com/v1.0/users/pia@contoso.com/onlineMeetings works (200)",
    "12:00:01 INFO  GET https://graph.microsoft.com/v1.0/communications/callRecords/7 200",
];

const ANSWERS: [&str; 1] =
    ["12:00:01 INFO  <-- 201 Created https://graph.microsoft.com/v1.0/communications/calls (1087ms)"];

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

/// A text among other lines.
fn among(input: &str, above: &str, below: &str) -> String {
    format!("{above}\n{}\n{below}\n", input.trim_end_matches('\n'))
}

/// The name of Graph in a text is a sign that its failures are Graph's; a call of Graph is, too.
const SIGN: &str = "12:00:00 INFO  the client of Microsoft Graph is ready";

/// Whether a text says more than another one: another cause first, or the same one more surely, or one more for certain.
fn says_more(catalogue: &Catalogue, input: &str, text: &str) -> Option<String> {
    let found = look(catalogue, text.as_bytes());
    let alone = || more_than(&look(catalogue, input.as_bytes()), &found);
    let named = || more_than(&look(catalogue, among(input, SIGN, SIGN).as_bytes()), &found);
    alone().and_then(|_| named())
}

fn more_than(known: &Found, found: &Found) -> Option<String> {
    let (before, after) = (first(known), first(found));
    let less = match (&before, &after) {
        (_, None) => true,
        (Some((cause, sure)), Some((other, now))) => cause == other && now <= sure,
        (None, Some(_)) => false,
    };
    let known = certain(known);
    let more: Vec<_> = certain(found).into_iter().filter(|cause| !known.contains(cause)).collect();
    (!less || !more.is_empty()).then(|| format!("{before:?} became {after:?}; certain as well: {more:?}"))
}

/// Each of the lines beside each of the failures, and all of them, near and far.
fn compare(lines: &[&str]) {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    let block = lines.join("\n");
    let unrelated = "12:00:01 INFO  queue drained, nothing to do\n".repeat(30);
    for input in SILENT {
        let mut check = |what: &str, text: String| {
            let more = says_more(&catalogue, input, &text);
            wrong.extend(more.map(|more| format!("{input}, {what}: {more}")));
        };
        for line in lines {
            check(&format!("below `{line}`"), among(input, line, ""));
            check(&format!("above `{line}`"), among(input, "", line));
        }
        check("between them", among(input, &block, &block));
        check("far from them", among(input, &format!("{block}\n{unrelated}"), &format!("{unrelated}{block}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All lines around every text that the tests have, and two of them, each time others.
fn compare_all(lines: &[&str]) {
    let catalogue = Catalogue::builtin();
    let block = lines.join("\n");
    let is_whole =
        |(name, text): &(String, String)| text.len() >= 24 && !SPOKEN_OF.iter().any(|(known, _)| known == name);
    let texts = inputs().into_iter().chain(found::inputs()).filter(is_whole);
    let wrong: Vec<String> = texts
        .enumerate()
        .flat_map(|(index, (name, input))| {
            let at = |index: usize| lines[index % lines.len()];
            let ways = [(at(index), at(index + 1)), (&*block, &*block)];
            let says_more = |(above, below)| {
                let more = says_more(&catalogue, &input, &among(&input, above, below))?;
                Some(format!("{name}, below `{above}`, above `{below}`: {more}"))
            };
            ways.into_iter().filter_map(says_more).collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{} texts\n{}", wrong.len(), wrong.join("\n"));
}

/// Texts that are another matter among other lines, each with the reason.
const SPOKEN_OF: [(&str, &str); 3] = [
    ("empty/other service", "an empty list is the answer of the call before it, and that is one of Graph's here"),
    ("http/a few words in a sentence", "among failed calls its words are taken for a record's: likely, never certain"),
    ("429-py", "its own line names the status and the call of Graph: in a log it is as certain as it may be"),
];

#[test]
fn statuses_of_others() {
    compare(&STATUSES);
}

#[test]
fn calls_of_others() {
    compare(&REQUESTS);
    compare(&ANSWERS);
}

#[test]
fn every_text_among_statuses_of_others() {
    compare_all(&STATUSES);
}

#[test]
fn every_text_among_calls_of_others() {
    compare_all(&REQUESTS);
}

/// Calls that are not the one of a failure, as they stand above it or below it.
const CALLS_OF_OTHERS: [(&str, &str); 13] = [
    ("", "$ curl https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\n{\"value\":[]}"),
    ("", "PS C:\\> Invoke-MgGraphRequest -Uri https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings"),
    ("", "user@host:~$ curl https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings"),
    ("", "\nGET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\n200 OK"),
    ("", "\nWorks: GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings"),
    ("", "12:00:09 INFO GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\n12:00:09 INFO 200 OK"),
    ("Works: GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\n", ""),
    ("✓ GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\n", ""),
    ("[PASS] GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\n", ""),
    ("GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings - success\n", ""),
    ("With POST https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings there is no problem.\n", ""),
    ("GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\n200 OK", ""),
    ("$ curl https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\n{\"value\":[]}", ""),
];

const REFUSED: &str = r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app."}}"#;

#[test]
fn a_call_that_did_not_fail_names_no_user() {
    let catalogue = Catalogue::builtin();
    for (above, below) in CALLS_OF_OTHERS {
        // The first digits of an id may be those of a status or of a number with an exponent.
        for user in ["748d2cbb-3b55-40ed-8c34-2eae5932b22a", "4031e2bb-3b55-40ed-8c34-2eae5932b22a"] {
            let text = among(REFUSED, above, below).replace("{user}", user);
            let found = look(&catalogue, text.as_bytes());
            assert_eq!(found.incidents.len(), 1, "{text}");
            let facts = &found.incidents[0].facts;
            assert!(facts.path.is_none() && facts.user_id.is_none(), "{text}: {:?}", facts.path);
        }
    }
}

/// Calls that are told with their failure.
const CALLS_OF_IT: [(&str, &str); 9] = [
    ("GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings", ""),
    ("$ curl https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings", ""),
    ("12:00:00 INFO GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings", ""),
    ("", "Request: GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings"),
    ("", "GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings 403"),
    ("", "\nGET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\nSdkVersion : graph-java/v5.74.0\n"),
    (
        "",
        "  config: {\n    url: 'https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings',\n    method: 'get'\n  }",
    ),
    ("", "\nThis is my request:\nGET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings"),
    (
        "thread-1 GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\nthread-2 GET https://graph.microsoft.com/v1.0/users/5b1d7c34-9a02-4e6f-8f1b-3c7de20a9184/onlineMeetings\nthread-1 failed:",
        "",
    ),
];

#[test]
fn a_call_that_failed_names_the_user() {
    let catalogue = Catalogue::builtin();
    for (above, below) in CALLS_OF_IT {
        for user in ["748d2cbb-3b55-40ed-8c34-2eae5932b22a", "4031e2bb-3b55-40ed-8c34-2eae5932b22a"] {
            let text = among(REFUSED, above, below).replace("{user}", user);
            let found = look(&catalogue, text.as_bytes());
            assert_eq!(found.incidents.len(), 1, "{text}");
            let known = found.incidents[0].facts.user_id.as_ref().map(|fact| fact.value.to_string());
            assert_eq!(known.as_deref(), Some(user), "{text}");
        }
    }
}

#[test]
fn a_status_of_another_time_is_none_of_a_failure() {
    let catalogue = Catalogue::builtin();
    for told in [
        "Yesterday it was 401 Unauthorized.",
        "Last week we had 404 Not Found here.",
        "My colleague gets 404 Not Found.",
        "HTTP 404 is what I'd expect.",
        "We once saw `500 Internal Server Error`.",
        "After 429 Too Many Requests we slowed down; now:",
        "Before we granted the permission we got 401 Unauthorized, now it is",
    ] {
        for text in [format!("{told}\n\n{REFUSED}"), format!("{REFUSED}\n\n{told}")] {
            let found = look(&catalogue, text.as_bytes());
            assert_eq!(found.incidents.len(), 1, "{text}");
            let status = found.incidents[0].facts.status.as_ref().map(|fact| fact.value);
            assert!(matches!(status, None | Some(403)), "{text}: {status:?}");
        }
    }
}

#[test]
fn the_date_of_an_earlier_message_is_not_of_a_failure() {
    let catalogue = Catalogue::builtin();
    let call = "GET https://graph.microsoft.com/v1.0/users/748d2cbb-3b55-40ed-8c34-2eae5932b22a/onlineMeetings\n403 Forbidden\n";
    let other = "GET /v1.0/me/onlineMeetings HTTP/1.1\nHost: graph.microsoft.com\n\nHTTP/1.1 200 OK\nDate: Fri, 20 Nov 2026 09:15:00 GMT\nrequest-id: a1b2c3d4-0000-4000-8000-000000000001\n\n{}\n\n";
    let found = look(&catalogue, format!("{other}{call}{REFUSED}\n").as_bytes());
    let facts = &found.incidents[0].facts;
    assert!(facts.date.is_none() && facts.request_id.is_none(), "{facts:?}");
    assert_eq!(facts.status.as_ref().map(|status| status.value), Some(403));
}

#[test]
fn two_failures_below_two_calls_name_no_user() {
    let catalogue = Catalogue::builtin();
    let call = |user: &str| format!("GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\n");
    let calls = call("748d2cbb-3b55-40ed-8c34-2eae5932b22a") + &call("5b1d7c34-9a02-4e6f-8f1b-3c7de20a9184");
    let found = look(&catalogue, format!("{calls}{REFUSED}\n3004: Specified meeting is not found\n").as_bytes());
    assert_eq!(found.incidents.len(), 2);
    assert!(found.incidents[0].facts.user_id.is_none());
}
