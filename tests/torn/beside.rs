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

const PIA: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const LENA: &str = "5b1d7c34-9a02-4e6f-8f1b-3c7de20a9184";

fn call_of(user: &str) -> String {
    format!("GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings")
}

/// The user of each failure.
fn users(text: &str) -> Vec<Option<String>> {
    let found = look(&Catalogue::builtin(), text.as_bytes());
    found.incidents.iter().map(|incident| incident.facts.user_id.as_ref().map(|id| id.value.to_string())).collect()
}

#[test]
fn lanes_tell_which_call_failed() {
    let lines = [
        ("10:05:20 [req a1] ", "10:05:20 [req b2] "),
        ("req-1: ", "req-2: "),
        ("task 1> ", "task 2> "),
        ("#1 --> ", "#2 --> "),
        (
            "10:05:20.123 INFO [meetings,65f1a2b3c4d5e6f7,a1b2c3d4e5f6a7b8] : ",
            "10:05:20.223 INFO [meetings,75f1a2b3c4d5e6f7,b1b2c3d4e5f6a7b8] : ",
        ),
        ("goroutine=17 ", "goroutine=18 "),
    ];
    let refused = "403 Forbidden: No application access policy found for this app";
    let expected = vec![Some(PIA.to_owned()), Some(LENA.to_owned())];
    for (one, other) in lines {
        let text = format!("{one}{}\n{other}{}\n{one}{refused}\n{other}{refused}\n", call_of(PIA), call_of(LENA));
        assert_eq!(users(&text), expected, "{text}");
    }
    for (one, other) in [
        (r#""trace.id":"aa11""#, r#""trace.id":"bb22""#),
        (r#""trace":{"id":"aa11"}"#, r#""trace":{"id":"bb22"}"#),
        (r#""span.id":"aa11""#, r#""span.id":"bb22""#),
        (r#""invocationId":"aa-11""#, r#""invocationId":"bb-22""#),
        (r#""transactionId":"aa11""#, r#""transactionId":"bb22""#),
    ] {
        let line = |lane: &str, said: &str| format!("{{\"level\":\"info\",{lane},\"msg\":\"{said}\"}}\n");
        let text =
            line(one, &call_of(PIA)) + &line(other, &call_of(LENA)) + &line(one, refused) + &line(other, refused);
        assert_eq!(users(&text), expected, "{text}");
    }
}

#[test]
fn failures_below_open_calls_name_no_user() {
    let line = |said: &str| format!("2026-11-20 10:05:20 INFO {said}\n");
    let refused = line("403 Forbidden: No application access policy found for this app");
    let calls = line(&call_of(PIA)) + &line("token from cache") + &line(&call_of(LENA));
    assert_eq!(users(&format!("{calls}{refused}{refused}")), [None, None]);
    // What follows each other is told in turn.
    let calls = line(&call_of(PIA)) + &refused + &line(&call_of(LENA)) + &refused;
    assert_eq!(users(&calls), [Some(PIA.to_owned()), Some(LENA.to_owned())]);
}

#[test]
fn calls_of_one_width_are_two() {
    let call = |digit: char| {
        let id: String = PIA.chars().map(|c| if c == '-' { c } else { digit }).collect();
        format!("2026-11-20 10:05:20 INFO {}\n", call_of(&id))
    };
    let refused = "2026-11-20 10:05:21 ERROR 403 Forbidden: No application access policy found for this app\n";
    let text = call('4') + &call('7') + refused;
    assert_eq!(users(&text), [Some("77777777-7777-7777-7777-777777777777".to_owned())]);
}

#[test]
fn ids_of_other_answers_are_not_of_a_failure() {
    let facts = |text: &str| {
        let found = look(&Catalogue::builtin(), text.as_bytes());
        assert_eq!(found.incidents.len(), 1, "{text}");
        found.incidents.into_iter().next().unwrap().facts
    };
    // An answer above, with a text of its own.
    let above = "HTTP/1.1 200 OK\nDate: Fri, 20 Nov 2026 09:00:00 GMT\nrequest-id: a1b2c3d4-0000-4000-8000-000000000001\n\n{\"value\":[]}\n\n";
    let text = format!("{above}Then the next call failed:\n{REFUSED}\n");
    assert!(facts(&text).date.is_none() && facts(&text).request_id.is_none(), "{text}");
    // A gateway's own status, and what it passes on.
    let passed = above.replace("{\"value\":[]}\n\n", "");
    assert!(facts(&format!("{passed}{REFUSED}\n")).request_id.is_some());
    // An answer below, of another call.
    let below = format!("--- request 2\n{}\n200\nrequest-id: a1b2c3d4-0000-4000-8000-000000000001\n", call_of(LENA));
    let text = format!("--- request 1\n{}\n403\n{REFUSED}\n{below}", call_of(PIA));
    assert!(facts(&text).request_id.is_none(), "{text}");
    // A record of a call that succeeded.
    let record = format!(
        "{{\"t\":\"2026-11-20T10:05:20Z\",\"appId\":\"{LENA}\",\"status\":200}}\n{{\"t\":\"2026-11-20T10:05:21Z\",\"msg\":\"No application access policy found for this app\",\"status\":403}}\n"
    );
    assert!(facts(&record).app_id.is_none(), "{record}");
}

#[test]
fn each_line_of_pairs_has_its_own_ids() {
    let line =
        |id: &str| format!("status=403 request_id={id} err=\"No application access policy found for this app\"\n");
    let found = look(&Catalogue::builtin(), (line(PIA) + &line(LENA)).as_bytes());
    let told = |incident: &graphwhy::input::Incident| {
        let facts = &incident.facts;
        (facts.status.as_ref().map(|it| it.value), facts.request_id.as_ref().map(|it| it.value.clone()))
    };
    let told: Vec<_> = found.incidents.iter().map(told).collect();
    assert_eq!(told, [(Some(403), Some(PIA.to_owned())), (Some(403), Some(LENA.to_owned()))]);
}

#[test]
fn an_exception_of_several_is_each_of_them() {
    let said = |user: &str| format!("No application access policy found for this app {PIA} on the user {user}.");
    let inner = |user: &str| format!("Microsoft.Graph.Models.ODataErrors.ODataError: {}\n   at X.Y()\n", said(user));
    let text = format!(
        "System.AggregateException: One or more errors occurred. ({}) ({})\n ---> {} ---> (Inner Exception #1) {}",
        said(PIA),
        said(LENA),
        inner(PIA),
        inner(LENA)
    );
    assert_eq!(users(&text), [Some(PIA.to_owned()), Some(LENA.to_owned())]);
    // Without the parts below, its first line is all there is.
    let first = text.lines().next().unwrap();
    assert_eq!(users(first), [Some(PIA.to_owned()), Some(LENA.to_owned())]);
}

#[test]
fn words_of_other_products_are_not_certain() {
    let catalogue = Catalogue::builtin();
    let words = "Channel based meetings are currently not supported.";
    assert_eq!(first(&look(&catalogue, words.as_bytes())), Some(("channel-meeting".into(), Confidence::Certain)));
    let zoom = look(&catalogue, format!("Zoom plugin: {words}").as_bytes());
    assert_eq!(certain(&zoom), Vec::<String>::new());
    let teams = look(&catalogue, format!("Zoom connector for Teams: {words}").as_bytes());
    assert_eq!(certain(&teams), ["channel-meeting"]);
}

const SAID: &str = "No application access policy found for this app";

#[test]
fn statuses_as_clients_and_logs_write_them() {
    let url = call_of(PIA).replace("GET ", "");
    for text in [
        format!("{SAID} (HTTP 403)\n"),
        format!("{SAID}. [403]\n"),
        format!(
            "{{\"category\": \"FunctionAppLogs\", \"properties\": \"{{'message':'403 {SAID}.','level':'Error'}}\"}}"
        ),
        format!("Forbidden.\n\nStatus code 403\nBody\n{{\n  \"error\": {{\n    \"message\": \"{SAID}.\"\n  }}\n}}\n"),
        format!("Http request failed with status code 'Forbidden' (403): {REFUSED}"),
        format!("curl: (22) The requested URL returned error: 403\nURL was {url}\n{SAID}.\n"),
    ] {
        let found = look(&Catalogue::builtin(), text.as_bytes());
        let statuses: Vec<_> =
            found.incidents.iter().map(|it| it.facts.status.as_ref().map(|status| status.value)).collect();
        assert_eq!(statuses, [Some(403)], "{text}");
    }
}

#[test]
fn request_ids_without_a_pair() {
    for lead in ["requestId \"", "request id is ", "[request-id, ", "request-id = {", "request-id: <", "Request ID "] {
        let found = look(&Catalogue::builtin(), format!("403 Forbidden {SAID}. {lead}{PIA}\n").as_bytes());
        let id =
            found.incidents[0].facts.request_id.as_ref().map(|it| (found.source.slice(it.span.unwrap()), &*it.value));
        assert_eq!(id, Some((PIA, PIA)), "{lead}");
    }
    for lead in ["client request id is ", "request of the id ", "requested id "] {
        let found = look(&Catalogue::builtin(), format!("403 Forbidden {SAID}. {lead}{PIA}\n").as_bytes());
        assert!(found.incidents[0].facts.request_id.is_none(), "{lead}");
    }
}

#[test]
fn permissions_of_other_programs_are_no_failure() {
    let catalogue = Catalogue::builtin();
    let of = |text: &str| look(&catalogue, text.as_bytes()).incidents.len();
    assert_eq!(of("403 Insufficient permissions to read issue tracker, Jira"), 0);
    assert_eq!(of("403 Insufficient permissions to access online meetings"), 1);
}

/// Whether app and call of the only failure may be those of another call.
fn beside(text: &str) -> (bool, bool) {
    let found = look(&Catalogue::builtin(), text.as_bytes());
    assert_eq!(found.incidents.len(), 1, "{text}");
    (found.incidents[0].facts.app_beside, found.incidents[0].facts.user_beside)
}

#[test]
fn an_app_of_another_record_may_be_of_another_call() {
    let url = |user: &str| call_of(user).replace("GET ", "");
    let refused = format!("\"url\": \"{}\", \"status\": 403, \"error\": \"{SAID}.\"", url(PIA));
    let other = format!("\"appId\": \"{LENA}\", \"state\": \"open\"");
    for text in [
        format!("[{{{refused}}}, {{{other}}}]"),
        format!("[{{{other}}}, {{{refused}}}]"),
        format!("[\n  {{\n    {other}\n  }},\n  {{\n    {refused}\n  }}\n]\n"),
        format!("Url   : {}\nState : open\nAppId : {LENA}\n\nUrl   : {}\nError : {SAID}\n", url(LENA), url(PIA)),
    ] {
        assert!(beside(&text).0, "{text}");
    }
    for text in [
        format!("{{{refused}, \"appId\": \"{LENA}\"}}"),
        format!("Url   : {}\nError : {SAID}\nAppId : {LENA}\n", url(PIA)),
        format!("Hello,\n\nour client id: {LENA}\n\nwe get\n{}\n403 {SAID}\n", call_of(PIA)),
        format!("10:05:20 INFO token for clientId={LENA}\n10:05:21 INFO {}\n10:05:21 ERROR 403 {SAID}\n", call_of(PIA)),
    ] {
        assert_eq!(beside(&text), (false, false), "{text}");
    }
}

#[test]
fn a_call_among_others_may_be_another_one() {
    let named = format!("{SAID} {PIA}.");
    let calls = call_of(PIA) + "\nclient-request-id: a-1\n\n" + &call_of(LENA) + "\nclient-request-id: b-2\n\n";
    assert!(beside(&format!("{calls}HTTP/1.1 403 Forbidden\nclient-request-id: a-1\n\n{REFUSED}\n")).1);
    let line = |span: &str, said: &str| format!("trace_id=t1 span_id={span} msg=\"{said}\"\n");
    let spans = line("s1", &call_of(PIA)) + &line("s2", &call_of(LENA)) + &line("s1", &named);
    assert!(beside(&spans).1);
    // A call that has its answer is none.
    let answered = call_of(LENA) + " 200 OK\n" + &call_of(PIA) + "\n";
    assert!(!beside(&format!("{answered}HTTP/1.1 403 Forbidden\n\n{REFUSED}\n")).1);
    // What the message itself names is meant.
    assert!(!beside(&format!("{calls}403 {SAID} {PIA} on the user {LENA}.\n")).1);
}

#[test]
fn a_call_that_is_told_to_work_did_not_fail() {
    for text in [
        format!("Works:\n{}\n\nFails:\n{REFUSED}\n", call_of(PIA)),
        format!("{}\n{{\"id\": \"MSpwaWE\", \"subject\": \"Weekly\"}}\n\n{REFUSED}\n", call_of(PIA)),
        format!(
            "{{\"breadcrumbs\": [{{\"data\": {{\"url\": \"{}\", \"method\": \"GET\", \"status_code\": 200}}}}], \"exception\": {{\"value\": \"{SAID}.\"}}}}",
            call_of(PIA).replace("GET ", "")
        ),
    ] {
        assert_eq!(users(&text), [None], "{text}");
    }
}

#[test]
fn the_status_of_a_program_that_passes_a_refusal_on_is_no_failure() {
    let inner =
        "{\"error\":{\"code\":\"Forbidden\",\"message\":\"3003: User does not have access to lookup meeting\"}}";
    for text in [
        format!("500 Internal Server Error - {inner}"),
        format!(
            "{{\"timestamp\":\"2026-06-17T13:05:52Z\",\"status\":500,\"error\":\"Internal Server Error\",\"message\":\"{SAID}\",\"path\":\"/api/meetings\"}}"
        ),
        format!("{{\"success\":false,\"status\":500,\"details\":{inner}}}"),
    ] {
        let found = look(&Catalogue::builtin(), text.as_bytes());
        let causes: Vec<_> = found.diagnoses.iter().map(|it| it.findings[0].cause.as_ref()).collect();
        assert!(matches!(causes[..], ["caller-not-organizer" | "no-policy-names-app"]), "{text}: {causes:?}");
    }
    // On lines of their own they are two.
    let text = format!("10:05:20 500 Internal Server Error\n10:06:30 403 {inner}\n{}\n", call_of(PIA));
    assert_eq!(look(&Catalogue::builtin(), format!("{}\n{text}", call_of(LENA)).as_bytes()).incidents.len(), 2);
}

#[test]
fn a_path_ends_at_its_quote_whatever_its_id_ends_with() {
    let path = format!("/users/{PIA}/onlineMeetings/MSpkM2E5Zjhi==");
    let text = format!(
        "{{'method': 'GET', 'url': 'https://graph.microsoft.com/v1.0{path}', 'headers': {{'Accept': 'x'}}, 'status': 403, 'error': {{'code': 'Forbidden', 'message': '{SAID}'}}}}"
    );
    let found = look(&Catalogue::builtin(), text.as_bytes());
    assert_eq!(found.incidents[0].facts.path.as_ref().map(|it| it.value.clone()), Some(path));
}

#[test]
fn the_thread_of_a_meeting_is_an_id_of_another_kind() {
    let id = "19:meeting_YWU4ZTQ5ZmVlODI1NjFhMWZmY2E4MGY5ODc5NmZiMjgwYzUw@thread.v2";
    for lead in ["", "2026-06-17T13:05:52Z ERROR 400 InvalidArgument: ", "Error: "] {
        let found = look(&Catalogue::builtin(), format!("{lead}Invalid meeting id {id}.").as_bytes());
        assert_eq!(first(&found).map(|(cause, _)| cause), Some("meeting-id-of-another-kind".to_owned()), "{lead}");
    }
}

#[test]
fn words_of_pages_and_sources_are_not_certain() {
    let words = "Meeting Id is corrupted.";
    for text in [
        format!("TODO: handle 400 \"{words}\" gracefully"),
        format!("    Raises GraphError when the service answers \"{words}\" (400)."),
        format!("Release notes: improved handling of 400 responses (\"{words}\")."),
        format!("src/errors.ts:41:  \"{words}\","),
    ] {
        assert_eq!(certain(&look(&Catalogue::builtin(), text.as_bytes())), Vec::<String>::new(), "{text}");
    }
    for text in [format!("400 {words}"), format!("src/app.ts:41: error: {words}"), format!("Returned: {words}")] {
        assert_eq!(certain(&look(&Catalogue::builtin(), text.as_bytes())).len(), 1, "{text}");
    }
}
