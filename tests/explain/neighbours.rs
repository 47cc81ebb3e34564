//! What stands beside a failure in a log and is not of it: the fraction of a time, a call that succeeded, a pair of another
//! record; and a snapshot that the text or the token speaks against.

use super::common::{explain_with, graphwhy};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const OTHER_APP: &str = "b3e81f57-2a90-4d6c-9c14-70f5d2e8a6b1";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const OTHER: &str = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";
const REQUEST: &str = "a41c7d02-5b8e-4f36-9c20-e7d3b1a6f850";
const OTHER_REQUEST: &str = "6c9d0e42-81f7-4b35-a2d8-3e5f7a1b9c60";
const TENANT: &str = "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10";
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

#[test]
fn the_fraction_of_a_time_is_no_status() {
    for value in ["400", "401", "403", "404", "409", "429", "500", "503", "504"] {
        for (lead, behind) in [
            (format!("08:22:31.{value}"), "<- 200 OK (200 ms)"),
            (format!("08:22:31,{value}"), "INFO HTTP/1.1 200 OK"),
            (format!("[08:22:31.{value}]"), "<- 200 OK"),
            (format!("2026-10-14 08:22:31.{value}"), "DBG <- 200 OK"),
            (format!("2026-10-14T08:22:31,{value}"), "INFO Response: 200 OK"),
        ] {
            let text = format!("GET {}\n{lead} {behind}\n", meetings(USER));
            assert_eq!(results(&text), Vec::<Value>::new(), "{text}");
        }
    }
}

#[test]
fn a_call_that_succeeded_gives_a_failure_nothing() {
    let (own, other) = (meetings(USER), meetings(OTHER));
    for text in [
        format!(
            "POST {own}\n403 Forbidden request-id={REQUEST}\n{WORDS}\nPOST {other}\n201 Created request-id={OTHER_REQUEST}\n"
        ),
        format!(
            "08:22:31.000 DBG -> GET {own}\n08:22:31.200 DBG <- 403 Forbidden (200 ms) request-id={REQUEST}\n08:22:31.201 ERR {WORDS}\n\
             08:22:31.300 DBG -> GET {other}\n08:22:31.700 DBG <- 200 OK (200 ms) request-id={OTHER_REQUEST}\n"
        ),
        format!(
            "08:22:30.100 DBG -> GET {other}\n08:22:30.400 DBG <- 200 OK (300 ms) request-id={OTHER_REQUEST}\n\
             08:22:31.000 DBG -> GET {own}\n08:22:31.200 DBG <- 403 Forbidden (200 ms) request-id={REQUEST}\n08:22:31.201 ERR {WORDS}\n"
        ),
    ] {
        let found = results(&text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0]["facts"]["user_id"], USER, "{text}");
        assert_eq!(found[0]["facts"]["request_id"], REQUEST, "{text}");
    }
    // Nothing tells of whom the failure is.
    for text in [
        format!(
            "08:22:32 ERROR 403 {WORDS}\n08:22:33 INFO POST {other}\n08:22:34 INFO 201 Created request-id={OTHER_REQUEST}\n"
        ),
        format!(
            "info: System.Net.Http.HttpClient.graph.LogicalHandler[100]\n      Start processing HTTP request POST {other}\n\
             info: System.Net.Http.HttpClient.graph.LogicalHandler[101]\n      End processing HTTP request after 212ms - 201\n\
             fail: Worker[0]\n      {WORDS}\n"
        ),
    ] {
        let facts = &results(&text)[0]["facts"];
        for fact in ["user_id", "path", "request_id"] {
            assert!(facts.get(fact).is_none(), "{text}: {facts}");
        }
    }
    let text = format!(
        "level=error status=403 request_id={REQUEST} msg=\"{WORDS}\"\nlevel=info status=200 request_id={OTHER_REQUEST} msg=\"ok\"\n"
    );
    assert_eq!(results(&text)[0]["facts"]["request_id"], REQUEST);
}

#[test]
fn the_own_line_of_a_failure_goes_first() {
    let text = format!("08:22:30 INFO portal signed in client_id={OTHER_APP}\n08:22:31 ERROR app {APP}: 403 {WORDS}\n");
    assert_eq!(results(&text)[0]["facts"]["app_id"], APP);
    // One failure for each user, as wide as a console breaks a line or not.
    for lead in ["user ", "- ", " * "] {
        let text = format!("{lead}{USER}: 403 {WORDS}\n{lead}{OTHER}: 403 {WORDS}\n");
        let found = results(&text);
        assert_eq!(found.len(), 2, "{text}");
        if lead == "user " {
            assert_eq!([&found[0]["facts"]["user_id"], &found[1]["facts"]["user_id"]], [USER, OTHER]);
        }
    }
    // And one failure that a client tells in two lines.
    let body = json!({"status": 403, "body": {"error": {"code": "Forbidden", "message": WORDS}}});
    let text = format!("the server responded with status 403 for POST {}\n{body}\n", meetings(USER));
    let found = results(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["facts"]["user_id"], USER);
}

/// A snapshot of 14 October 2026 in which no policy lists the app, which has its role.
fn tenant(taken: &str) -> Value {
    let part = |items: Value| json!({"status": "complete", "read_at": taken, "items": items});
    json!({
        "schema": 1, "tenant_id": TENANT, "cloud": "global", "taken_at": taken,
        "policies": part(json!([{"name": "Global", "app_ids": []}])),
        "direct": part(json!([])),
        "groups": part(json!([])),
        "users": part(json!([{"id": USER, "upn": "lena@contoso.com", "teams": "enabled"}])),
        "apps": part(json!([{"app_id": APP, "name": "Scheduler", "enabled": true, "roles": [
            {"id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "value": "OnlineMeetings.ReadWrite.All"}]}])),
    })
}

fn refused(code: &str, message: &str, head: &str) -> String {
    let body = json!({"error": {"code": code, "message": message, "innerError": {"request-id": REQUEST}}});
    format!(
        "POST {} HTTP/1.1\n{head}\nHTTP/1.1 403 Forbidden\nDate: Wed, 14 Oct 2026 08:22:31 GMT\n\n{body}\n",
        meetings(USER)
    )
}

fn explain(text: &str, state: &Value) -> Value {
    explain_with(text, state, &["--format", "json", "--app", APP]).json()["results"][0].clone()
}

#[test]
fn a_role_that_the_text_misses_goes_before_what_a_snapshot_says_of_the_policy() {
    let role = "Missing role permissions on the request. API requires one of 'OnlineMeetings.ReadWrite.All'. Roles on the request 'User.Read.All'.";
    for (code, message) in
        [("Forbidden", role), ("Authorization_RequestDenied", "Insufficient privileges to complete the operation.")]
    {
        let result = explain(&refused(code, message, ""), &tenant("2026-10-14T08:00:00Z"));
        assert_eq!(result["verdict"], "narrowed");
        assert_eq!(
            slugs(&result["findings"]),
            ["token-older-than-grant", "permission-not-granted", "no-policy-names-app"]
        );
        assert_eq!(result["findings"][2]["confidence"], "possible");
        assert!(
            !slugs(&result["ruled_out"])
                .iter()
                .any(|cause| cause.contains("not-granted") && cause.contains("permission"))
        );
        assert!(result["contradiction"].is_object(), "{result}");
    }
}

#[test]
fn a_snapshot_of_another_tenant_says_nothing() {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"aud": "https://graph.microsoft.com", "appid": APP, "tid": OTHER_REQUEST, "idtyp": "app",
        "roles": ["OnlineMeetings.ReadWrite.All"], "iat": 1_791_965_000, "exp": 1_791_968_600});
    let token = format!("{}.{}.c2ln", part(json!({"alg": "RS256", "typ": "JWT"})), part(claims));
    let words = format!("No application access policy found for this app {APP} on the user {USER}.");
    let text = refused("Forbidden", &words, &format!("Authorization: Bearer {token}\n"));
    let result = explain(&text, &tenant("2026-10-14T08:00:00Z"));
    assert_eq!(slugs(&result["findings"])[0], "token-from-another-tenant");
    let of_text =
        graphwhy(["explain", "-", "--format", "json", "--app", APP], text.as_str()).json()["results"][0].clone();
    assert_eq!(result["ruled_out"], of_text["ruled_out"]);
    assert!(result["fixes"].as_array().unwrap().iter().all(|fix| fix["proved"] != true), "{}", result["fixes"]);
}

#[test]
fn a_time_beside_the_failure_takes_certainty() {
    let words = format!("No application access policy found for this app {APP} on the user {USER}.");
    let printed = format!(
        "GraphError: {words}\n  statusCode: 403,\n  date: 2026-10-14T08:22:31.000Z,\n  requestId: '{REQUEST}'\n"
    );
    let logged = format!("2026-10-14T08:22:31Z ERROR 403 Forbidden {words}\n");
    for text in [printed, logged] {
        for (taken, confidence) in [("2026-10-14T08:00:00Z", "certain"), ("2026-11-20T10:00:00Z", "likely")] {
            let finding = &explain(&text, &tenant(taken))["findings"][0];
            assert_eq!(finding["cause"], "no-policy-names-app");
            assert_eq!(finding["confidence"], confidence, "{taken}: {text}");
        }
    }
}

#[test]
fn a_refused_user_with_an_assignment_that_lists_the_app_has_another_above_it() {
    let words = format!("No application access policy found for this app {APP} on the user {USER}.");
    let mut state = tenant("2026-10-14T08:00:00Z");
    state["policies"]["items"] =
        json!([{"name": "Global", "app_ids": [APP]}, {"name": "Rooms", "app_ids": [OTHER_APP]}]);
    state["groups"] = json!({"status": "missing", "items": []});
    let result = explain(&refused("Forbidden", &words, ""), &state);
    assert_eq!(slugs(&result["findings"])[0], "policy-shadowed");
    assert!(slugs(&result["ruled_out"]).contains(&"policy-not-granted"));
    assert!(!slugs(&result["ruled_out"]).contains(&"policy-still-propagating"), "{}", result["ruled_out"]);
}

/// What the first finding is, beside a state in which this app is in no policy of this user.
fn first_with_state(text: &str, arguments: &[&str]) -> Vec<(String, String)> {
    let state = json!({
        "schema": 1, "tenant_id": TENANT,
        "policies": {"status": "complete", "items": [
            {"name": "Global", "app_ids": [OTHER_APP]}, {"name": "Own", "app_ids": []}]},
        "direct": {"status": "complete", "items": [{"user_id": USER, "policy": "Own"}]},
        "groups": {"status": "complete", "items": []},
    });
    let options = [&["--format", "json"], arguments].concat();
    let document = explain_with(text, &state, &options).json();
    let first = |result: &Value| {
        let finding = &result["findings"][0];
        (finding["cause"].as_str().unwrap().to_owned(), finding["confidence"].as_str().unwrap().to_owned())
    };
    document["results"].as_array().unwrap().iter().map(first).collect()
}

#[test]
fn an_app_that_may_be_of_another_call_proves_nothing() {
    let shadowed = |confidence: &str| vec![("policy-shadowed".to_owned(), confidence.to_owned())];
    let failure = format!("{{\"url\": \"{}\", \"status\": 403, \"error\": \"{WORDS}\"}}", meetings(USER));
    let other = format!("{{\"appId\": \"{OTHER_APP}\", \"state\": \"open\"}}");
    let text = format!("[{failure}, {other}]");
    assert_eq!(first_with_state(&text, &[]), shadowed("likely"));
    assert_eq!(first_with_state(&text, &["--app", OTHER_APP]), shadowed("certain"));
    let own = failure.replace("\"status\"", &format!("\"appId\": \"{OTHER_APP}\", \"status\""));
    assert_eq!(first_with_state(&own, &[]), shadowed("certain"));
    // The same for a user: two calls are open.
    let text = format!("GET {}\nGET {}\n403 {WORDS}\nclient_id={OTHER_APP}\n", meetings(OTHER), meetings(USER));
    assert_eq!(first_with_state(&text, &[]), shadowed("likely"));
    assert_eq!(first_with_state(&text, &["--user", USER]), shadowed("certain"));
}

/// A call on the next line may be the next call, and a column or an address under `user` may be who ran it.
#[test]
fn a_user_that_may_be_another_proves_nothing() {
    let likely = [("policy-shadowed".to_owned(), "likely".to_owned())];
    let words = WORDS.replace("app.", &format!("app {OTHER_APP}."));
    for text in [
        format!("Error: {words}\nGET {}\n", meetings(USER)),
        format!("user,status,error\n{USER},403,\"{words}\"\n"),
        format!("| user | status | error |\n|---|---|---|\n| {USER} | 403 | {words} |\n"),
    ] {
        assert_eq!(first_with_state(&text, &[]), likely, "{text}");
        let sure = first_with_state(&text, &["--user", USER]);
        assert_eq!(sure, [("policy-shadowed".to_owned(), "certain".to_owned())], "{text}");
    }
    for text in [
        format!("Error: {words}\nRequest: GET {}\n", meetings(USER)),
        format!("userId,status,error\n{USER},403,\"{words}\"\n"),
    ] {
        assert_ne!(first_with_state(&text, &[]), likely, "{text}");
    }
}

/// That no policy names the app is so for every user; an id that is the app's is no user.
#[test]
fn whoever_the_user_is_no_policy_names_the_app() {
    let keyed = json!({USER: {"error": {"code": "Forbidden", "message": WORDS}}}).to_string();
    let none = json!({
        "schema": 1, "tenant_id": TENANT,
        "policies": {"status": "complete", "items": [{"name": "Global", "app_ids": []}, {"name": "Own", "app_ids": []}]},
        "direct": {"status": "complete", "items": [{"user_id": USER, "policy": "Own"}]},
        "groups": {"status": "complete", "items": []},
    });
    for text in [format!("failed for {USER}: 403 Forbidden {WORDS}\n"), keyed] {
        let result = explain_with(&text, &none, &["--format", "json", "--app", APP]).json()["results"][0].clone();
        assert_eq!(result["findings"][0]["cause"], "no-policy-names-app", "{text}");
        assert_eq!(result["findings"][0]["confidence"], "certain", "{text}");
        // Which policy is effective is the user's.
        assert_eq!(first_with_state(&text, &["--app", OTHER_APP])[0].1, "likely", "{text}");
    }
    let text = format!("Sync failed for {APP}: 403 Forbidden {WORDS}\n");
    let given = explain_with(&text, &json!({"schema": 1}), &["--format", "json", "--app", APP]).json();
    assert_eq!(given["results"][0]["facts"]["app_id"], APP);
    assert!(given["results"][0]["facts"].get("user_id").is_none(), "{given:#}");
    let known = json!({"schema": 1, "apps": {"status": "complete", "items": [{"app_id": APP, "name": "Rooms"}]}});
    for (state, field) in [(known, "app_id"), (json!({"schema": 1}), "user_id")] {
        let found = explain_with(&text, &state, &["--format", "json"]).json();
        assert_eq!(found["results"][0]["facts"][field], APP, "{state}");
    }
}

/// The age of something else is not that of the failure, and what is told of a ticket changes no policy.
#[test]
fn what_is_told_of_other_things_takes_no_certainty() {
    let words = WORDS.replace("app.", &format!("app {OTHER_APP} on the user {USER}."));
    for lead in ["password age: 18 days", "The certificate was renewed 2 weeks ago."] {
        assert_eq!(first_with_state(&format!("{lead}\n403 {words}\n"), &[])[0].1, "certain", "{lead}");
    }
    for lead in ["age: 18 days", "incident age: 18 days", "2 weeks ago", "The call of the server failed 2 weeks ago."] {
        assert_eq!(first_with_state(&format!("{lead}\n403 {words}\n"), &[])[0].1, "likely", "{lead}");
    }
    let told = |behind: &str| first_with_state(&format!("403 {words}\n\n{behind}\n"), &[])[0].1.clone();
    for behind in ["resolved with error", "Assignee: Ola  Updated 2 hours since", "The role was created 2 years ago."] {
        assert_eq!(told(behind), "certain", "{behind}");
    }
    for behind in [
        "The admin has meanwhile switched him to Own.",
        "10 minutes later: HTTP/1.1 200 OK",
        "A retry returned 200.",
        "Ticket resolved by assigning Own to the user.",
    ] {
        assert_eq!(told(behind), "likely", "{behind}");
    }
}

#[test]
fn an_app_in_the_object_of_another_call_is_not_the_callers() {
    let own = format!("{{\"url\": \"{}\", \"status\": 403, \"error\": \"{WORDS}\"}}", meetings(USER));
    let other = format!("{{\"appId\": \"{OTHER_APP}\", \"url\": \"{}\", \"status\": 200}}", meetings(OTHER));
    for text in [
        format!("{{\"failed\": {own}, \"succeeded\": {other}}}"),
        format!("{{\"succeeded\": {other}, \"failed\": {own}}}"),
        format!("[{other}, {own}]"),
        format!("{other}\n{own}\n"),
    ] {
        let results = results(&text);
        assert_eq!(results.len(), 1, "{text}");
        assert_eq!(results[0]["facts"]["app_id"], Value::Null, "{text}");
    }
    // One call that is told in two objects has one app.
    let same = other.replace(OTHER, USER).replace("200", "403");
    let results = results(&format!("{{\"request\": {same}, \"answer\": {own}}}"));
    assert_eq!(results[0]["facts"]["app_id"], OTHER_APP);
}

#[test]
fn the_app_of_another_container_proves_nothing() {
    let call = format!("GET {} 403 {WORDS}", meetings(USER));
    let acquired = format!("token acquired client_id={OTHER_APP}");
    let first = |text: &str| first_with_state(text, &[]).into_iter().map(|(_, sure)| sure).collect::<Vec<_>>();
    for (one, other) in [
        ("billing-1 | ", "sync-1    | "),
        ("billing-10 | ", "sync-1     | "),
        ("[pod/billing-7c/app] ", "[pod/sync-5d/app] "),
    ] {
        assert_eq!(first(&format!("{one}{acquired}\n{other}{call}\n")), ["likely"], "{one}");
        assert_eq!(first(&format!("{one}{acquired}\n{one}{call}\n")), ["certain"], "{one}");
    }
}

#[test]
fn errors_of_cmdlets_in_a_row_keep_what_is_printed_below_them() {
    let printed = |words: &str, status: &str, time: &str, id: &str| {
        format!(
            "Get-MgUserOnlineMeeting_Get: {words}\n\nStatus: {status}\nErrorCode: {}\nDate: 2026-11-20T10:05:{time}\n\nHeaders:\n\
             Cache-Control                 : no-cache\nrequest-id                    : {id}\n\
             Date                          : Fri, 20 Nov 2026 10:05:{time} GMT\n\n",
            status[5..].trim_end_matches(')')
        )
    };
    let refused = printed(WORDS, "403 (Forbidden)", "02", REQUEST);
    for (words, status) in [
        (WORDS, "403 (Forbidden)"),
        ("Meeting not found", "404 (NotFound)"),
        ("Too many requests", "429 (TooManyRequests)"),
    ] {
        let results = results(&format!("{refused}{}", printed(words, status, "04", OTHER_REQUEST)));
        let facts = |index: usize| {
            let facts = &results[index]["facts"];
            (facts["status"].as_u64(), facts["request_id"].clone(), facts["date"].as_str().unwrap()[17..].to_owned())
        };
        assert_eq!(results.len(), 2, "{words}");
        assert_eq!(facts(0), (Some(403), json!(REQUEST), "10:05:02 GMT".to_owned()), "{words}");
        assert_eq!(facts(1), (status[..3].parse().ok(), json!(OTHER_REQUEST), "10:05:04 GMT".to_owned()), "{words}");
    }
}

#[test]
fn ids_of_other_elements_and_of_calls_that_worked_are_not_the_failures() {
    let other = format!("{{\"requestId\": \"{OTHER_REQUEST}\", \"status\": 200, \"date\": \"2026-10-14T08:22:31Z\"}}");
    let own = format!("{{\"status\": 403, \"error\": \"{WORDS}\"}}");
    let call = meetings(USER);
    let worked = format!("client_id={OTHER_APP} request-id={OTHER_REQUEST}");
    for text in [
        format!("[{other}, {own}]"),
        format!("[{own}, {other}]"),
        format!("[\n  {other},\n  {own},\n  {other}\n]\n"),
        format!("{other}\n{own}\n"),
        format!("status=200 {worked}\nerror={WORDS}\nstatus=200 {worked}\n"),
        format!("GET {} -> succeeded, {worked}\nGET {call} -> Error: {WORDS}\n", meetings(OTHER)),
        format!("Error: {WORDS}\n    at get (graph.js:10)\nRequest succeeded: GET {call} {worked}\n"),
        format!("Error: {WORDS}\nThe same request with {worked} succeeds.\n"),
    ] {
        let results = results(&text);
        let facts = &results[0]["facts"];
        assert_eq!(results.len(), 1, "{text}");
        let ids = ["app_id", "request_id", "date"].map(|key| facts[key].clone());
        assert_eq!(ids, [Value::Null, Value::Null, Value::Null], "{text}");
    }
    // What did not work is the failure's.
    let results = results(&format!("Error: {WORDS}\nThe request with {worked} has never succeeded.\n"));
    assert_eq!(results[0]["facts"]["request_id"], OTHER_REQUEST);
}

#[test]
fn the_call_of_a_failure_is_the_one_of_its_span() {
    let record = |span: &str, rest: String| format!("{{\"trace_id\": \"t1\", \"span_id\": \"{span}\", {rest}}}\n");
    let called = |user: &str| format!("\"name\": \"GET\", \"url\": \"{}\"", meetings(user));
    let failed = format!("\"http_status\": 403, \"error\": \"{WORDS}\"");
    for (own, user) in [("s1", USER), ("s2", OTHER)] {
        let text = [record("s1", called(USER)), record("s2", called(OTHER)), record(own, failed.clone())].concat();
        let results = results(&text);
        assert_eq!(results[0]["facts"]["user_id"], user, "{text}");
    }
    // A span without a call of its own is a part of the one above.
    let text = [record("s1", called(USER)), record("s3", failed)].concat();
    assert_eq!(results(&text)[0]["facts"]["user_id"], USER);
}

#[test]
fn lines_of_several_writers_prove_nothing_together() {
    let body = |app: &str, user: &str, id: &str| {
        let words = format!("No application access policy found for this app {app} on the user {user}.");
        [
            "{".to_owned(),
            "  \"error\": {".to_owned(),
            "    \"code\": \"Forbidden\",".to_owned(),
            format!("    \"message\": \"{words}\","),
            "    \"innerError\": {".to_owned(),
            format!("      \"request-id\": \"{id}\""),
            "    }".to_owned(),
            "  }".to_owned(),
            "}".to_owned(),
        ]
    };
    let (one, other) = (body(OTHER_APP, USER, REQUEST), body(APP, OTHER, OTHER_REQUEST));
    let mixed = |first: &str, second: &str| -> String {
        one.iter().zip(&other).map(|(one, other)| format!("{first}{one}\n{second}{other}\n")).collect()
    };
    let text = mixed("", "");
    for (cause, sure) in first_with_state(&text, &[]) {
        assert_ne!(sure, "certain", "{cause}: {text}");
    }
    // Nothing tells which of these is the failure's own.
    for result in results(&text) {
        let facts = &result["facts"];
        assert_eq!([&facts["app_id"], &facts["user_id"], &facts["request_id"]], [&Value::Null; 3], "{text}");
    }
    // The names of the writers tell their lines apart.
    let shadowed = ("policy-shadowed".to_owned(), "certain".to_owned());
    for (first, second) in [
        ("rooms-1  | ", "trans-1  | "),
        ("[pod/rooms-1/app] ", "[pod/trans-2/app] "),
        ("[worker-1] ", "[worker-2] "),
        ("10:00:01 [worker-1] ", "10:00:01 [worker-2] "),
    ] {
        let text = mixed(first, second);
        assert_eq!(first_with_state(&text, &[])[0], shadowed, "{text}");
        let found = results(&text);
        let own = |index: usize| ["app_id", "user_id", "request_id"].map(|name| found[index]["facts"][name].clone());
        assert_eq!(own(0), [OTHER_APP, USER, REQUEST], "{text}");
        assert_eq!(own(1), [APP, OTHER, OTHER_REQUEST], "{text}");
        assert_eq!(found.len(), 2, "{text}");
        let whole: String = one.iter().map(|line| format!("{first}{line}\n")).collect();
        assert_eq!(first_with_state(&whole, &[]), std::slice::from_ref(&shadowed), "{whole}");
    }
}

#[test]
fn an_app_in_the_next_entry_of_a_console_proves_nothing() {
    let failed = format!("fail: Contoso.Rooms[0]\n      GET {} failed\n      {WORDS}\n", meetings(USER));
    let told = format!("      appId: {OTHER_APP}\n");
    assert_eq!(first_with_state(&format!("{failed}{told}"), &[])[0].1, "certain");
    assert_eq!(first_with_state(&format!("{failed}info: Contoso.Trans[0]\n{told}"), &[])[0].1, "likely");
}

#[test]
fn a_command_above_may_have_changed_what_the_snapshot_holds() {
    let failure = format!("GET {}\n403 {WORDS}\n", meetings(USER));
    let shadowed = |confidence: &str| vec![("policy-shadowed".to_owned(), confidence.to_owned())];
    let app = ["--app", OTHER_APP];
    assert_eq!(first_with_state(&failure, &app), shadowed("certain"));
    for (command, confidence) in [
        (format!("PS> Grant-CsApplicationAccessPolicy -PolicyName Meetings -Identity {USER}"), "likely"),
        (format!("PS> Get-CsUserPolicyAssignment -Identity {USER}"), "certain"),
    ] {
        assert_eq!(first_with_state(&format!("{command}\n\n{failure}"), &app), shadowed(confidence), "{command}");
    }
}
