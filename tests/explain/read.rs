//! What stands in a pasted text outside its message is read where it says whose failure it is: cells of an export, pairs of
//! a log, the command of a console, headers of an archive; and no failure is lost, doubled, or told with another's id.

use super::common::graphwhy;
use serde_json::Value;

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const OTHER_APP: &str = "b3e81f57-2a90-4d6c-9c14-70f5d2e8a6b1";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const OTHER: &str = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";
const REQUEST: &str = "a41c7d02-5b8e-4f36-9c20-e7d3b1a6f850";
const OTHER_REQUEST: &str = "6c9d0e42-81f7-4b35-a2d8-3e5f7a1b9c60";
const WORDS: &str = "No application access policy found for this app.";

fn facts(text: &str) -> Vec<Value> {
    let run = graphwhy(["explain", "-", "--format", "json"], text);
    run.json()["results"].as_array().unwrap().iter().map(|result| result["facts"].clone()).collect()
}

/// These facts of each failure; what is not there is an empty text.
fn told(text: &str, names: &[&str]) -> Vec<Vec<String>> {
    let value = |facts: &Value, name: &str| match &facts[name] {
        Value::String(value) => value.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    };
    facts(text).iter().map(|facts| names.iter().map(|name| value(facts, name)).collect()).collect()
}

#[test]
fn headers_that_an_archive_lists() {
    let body = format!("{{\\\"error\\\":{{\\\"code\\\":\\\"Forbidden\\\",\\\"message\\\":\\\"{WORDS}\\\"}}}}");
    let entry = |user: &str, status: u16, id: &str, text: &str| {
        format!(
            "{{\"request\":{{\"method\":\"GET\",\"url\":\"https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings/x\",\
             \"headers\":[{{\"name\":\"accept\",\"value\":\"*/*\"}}]}},\"response\":{{\"status\":{status},\"headers\":[\
             {{\"name\":\"request-id\",\"value\":\"{id}\"}},{{\"name\":\"Date\",\"value\":\"Sat, 28 Nov 2026 09:35:10 GMT\"}}],\
             \"content\":{{\"text\":\"{text}\"}}}}}}"
        )
    };
    let archive = |one: String, two: String| format!("{{\"log\":{{\"entries\":[\n{one},\n{two}]}}}}");
    let (fine, failed) = (entry(OTHER, 200, OTHER_REQUEST, "{}"), entry(USER, 403, REQUEST, &body));
    for text in [archive(fine.clone(), failed.clone()), archive(failed, fine)] {
        let found = told(&text, &["status", "user_id", "request_id", "date"]);
        assert_eq!(found, [["403", USER, REQUEST, "Sat, 28 Nov 2026 09:35:10 GMT"]], "{text}");
    }
    // What another service answers is not of the call in the next entry.
    let other = entry(OTHER, 403, REQUEST, "{\\\"errorCode\\\":\\\"Forbidden\\\"}")
        .replace("graph.microsoft.com/v1.0", "api.contoso.com");
    let found = told(&archive(other, entry(USER, 200, OTHER_REQUEST, "{}")), &["status", "user_id", "request_id"]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn cells_under_a_header_row() {
    let names = ["app_id", "user_id", "user", "status", "request_id"];
    let text = format!(
        "TimeGenerated,App,UserId,Status,RequestId,Message\n\
         2026-11-28T09:36:00Z,{APP},{USER},403,{REQUEST},\"{WORDS}\"\n\
         2026-11-28T09:36:20Z,{APP},{OTHER},200,6c9d0e42-0000-4b35-a2d8-3e5f7a1b9c60,OK\n\
         2026-11-28T09:36:30Z,{OTHER_APP},lena@contoso.com,404,{OTHER_REQUEST},\"3004: Specified meeting is not found.\"\n"
    );
    let expected = [[APP, USER, "", "403", REQUEST], [OTHER_APP, "", "lena@contoso.com", "404", OTHER_REQUEST]];
    assert_eq!(told(&text, &names), expected);
    let body = format!("{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{WORDS}\"}}}}");
    let text =
        format!("time\tapp\tuser\tstatus\tbody\n1\t{APP}\t{USER}\t403\t{body}\n2\t{OTHER_APP}\t{OTHER}\t403\t{body}\n");
    assert_eq!(told(&text, &names[..4]), [[APP, USER, "", "403"], [OTHER_APP, OTHER, "", "403"]]);
    // The app of another row is none of this one.
    let call = |user: &str| format!("GET https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings/x");
    let rows = |last: &str| {
        format!(
            "time,code,name,dims\n\"1, 2\",200,{},\"{{\"\"clientId\"\":\"\"{OTHER_APP}\"\"}}\"\n\
             \"1, 3\",403,{},\"{{\"\"error\"\":\"\"{WORDS}\"\"{last}}}\"\n",
            call(OTHER),
            call(USER)
        )
    };
    assert_eq!(told(&rows(""), &names[..4]), [["", USER, "", "403"]]);
    let own = format!(",\"\"clientId\"\":\"\"{APP}\"\"");
    assert_eq!(told(&rows(&own), &names[..4]), [[APP, USER, "", "403"]]);
}

#[test]
fn a_path_ends_with_its_cell_or_its_line() {
    let path = format!("/users/{USER}/onlineMeetings/x");
    let failed = format!("{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{WORDS}\"}}}}");
    for text in [
        format!("abc,403,GET /v1.0{path},graph.microsoft.com,https://graph.microsoft.com/v1.0{path},{failed}\n"),
        format!("abc,403,GET https://graph.microsoft.com/v1.0{path},{WORDS}\n"),
    ] {
        assert_eq!(told(&text, &["path"]), [[path.as_str()]], "{text}");
    }
    let line = |user: &str| {
        format!(
            "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings/x\n"
        )
    };
    let found = told(&format!("{}{}{failed}\n", line(OTHER), line(USER)), &["path"]);
    assert_eq!(found, [[format!("/users/{OTHER}/onlineMeetings/x")], [path]]);
}

#[test]
fn pairs_of_the_own_record() {
    for text in [
        format!("2026-11-28T09:38:00Z ERROR 403 user={USER} app={APP} msg=\"{WORDS}\""),
        format!(
            "{{\"user\":\"{USER}\",\"app\":\"{APP}\",\"error\":{{\"code\":\"Forbidden\",\"message\":\"{WORDS}\"}}}}"
        ),
        format!("fail: Contoso.Rooms[0]\n      userId: {USER}\n      app: {APP}\n      Message: {WORDS}\n"),
        format!("--- call 1\nerror: {WORDS}\napp: {APP}\nuser: {USER}\n--- call 2\n"),
    ] {
        assert_eq!(told(&text, &["user_id", "app_id"]), [[USER, APP]], "{text}");
        // Below or above it, another one keeps its own.
        let both = format!("{text}\n{}", text.replace(USER, OTHER).replace(APP, OTHER_APP));
        assert_eq!(told(&both, &["user_id", "app_id"]), [[USER, APP], [OTHER, OTHER_APP]], "{both}");
    }
    for text in [
        format!(
            "PS C:\\> Get-MgUserOnlineMeeting -UserId {USER} -OnlineMeetingId x\nGet-MgUserOnlineMeeting : {WORDS}\n\nStatus: 403 (Forbidden)\nErrorCode: Forbidden\n"
        ),
        format!(
            "Get-MgUserOnlineMeeting : {WORDS}\n\nAt line:1 char:1\n+ Get-MgUserOnlineMeeting -UserId {USER} -OnlineMeetingId x ...\n"
        ),
        format!(
            "Traceback (most recent call last):\n  File \"x.py\", line 3\n    await c.users.by_user_id(\"{USER}\").online_meetings.get()\nODataError: APIError Code: 403 error: MainError(code='Forbidden', message='{WORDS}')\n"
        ),
        format!("<p>No application access policy found for this app <b>{APP}</b> on the user <code>{USER}</code>.</p>"),
    ] {
        assert_eq!(told(&text, &["user_id"]), [[USER]], "{text}");
    }
    // Of another record, or of nobody who is known.
    for text in [
        format!("2026-11-28T09:38:00Z INFO user={USER} ok\n2026-11-28T09:38:01Z ERROR {WORDS}"),
        format!(
            "[{{\"user\":\"{USER}\",\"ok\":true}},{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{WORDS}\"}}}}]"
        ),
        format!("user={USER} user={OTHER} {WORDS}"),
        format!("admin user: {USER}, {WORDS}"),
    ] {
        assert_eq!(told(&text, &["user_id"]), [[""]], "{text}");
    }
}

#[test]
fn an_exception_without_words_is_one_of_its_own() {
    let class = "Microsoft.Graph.Models.ODataErrors.ODataError";
    let hidden = format!("Exception of type '{class}' was thrown.");
    let thrown = |words: &str| format!("Unhandled exception. {class}: {words}\n   at A.B()\n");
    let two = told(&format!("{}{}", thrown(WORDS), thrown(&hidden)), &["message"]);
    let bare = |words: &str| words.trim_end_matches('.').to_owned();
    assert_eq!(two, [[bare(WORDS)], [bare(&hidden)]]);
    // What a client logs of one.
    let one = format!("ERROR {}Error.Message: {WORDS}\n", thrown(&hidden));
    assert_eq!(told(&one, &["message"]), [[WORDS]]);
}

#[test]
fn what_was_thrown_is_told_once() {
    let text = format!(
        "net.rb:12:in 'call': Faraday::ForbiddenError: the server responded with status 403 for GET \
         https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/x (Faraday::ForbiddenError) {{:status=>403, \
         :headers=>{{\"request-id\"=>\"{REQUEST}\"}}, :body=>\"{{\\\"error\\\":{{\\\"code\\\":\\\"Forbidden\\\",\\\"message\\\":\\\"{WORDS}\\\"}}}}\"}}\n"
    );
    assert_eq!(told(&text, &["status", "user_id", "request_id", "message"]), [["403", USER, REQUEST, WORDS]]);
}

#[test]
fn a_trace_below_the_answer_that_a_client_logs_is_of_it() {
    let text = format!(
        "DEBUG:httpx:HTTP Request: GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/x \"HTTP/1.1 403 Forbidden\"\n\
         ERROR:app:lookup failed\nTraceback (most recent call last):\n  File \"/app/x.py\", line 10, in f\n\
         msgraph.generated.models.o_data_errors.o_data_error.ODataError: \n        APIError\n        Code: 403\n        message: None\n        \
         error: MainError(code='Forbidden', inner_error=InnerError(request_id='{REQUEST}'), message='{WORDS}', target=None)\n"
    );
    assert_eq!(told(&text, &["status", "user_id", "request_id", "message"]), [["403", USER, REQUEST, WORDS]]);
}

#[test]
fn an_id_that_one_failure_says_is_not_of_the_next() {
    let text = format!(
        "403 {{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{WORDS}\",\"innerError\":{{\"request-id\":\"{REQUEST}\"}}}}}}\n\
         and later the same answer once more (request-id {REQUEST}).\n\
         Then: 404 {{\"error\":{{\"code\":\"NotFound\",\"message\":\"3004: Specified meeting is not found.\"}}}}\n"
    );
    assert_eq!(told(&text, &["status", "request_id"]), [["403", REQUEST], ["404", ""]]);
}

/// An address in a header is another one than that of the call, a file of a home folder no path, and what is counted no status.
#[test]
fn what_only_looks_like_a_call_is_none() {
    let url = |user: &str| format!("https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings/x");
    let body = format!("{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{WORDS}\"}}}}");
    let list = |name: &str| {
        format!(
            "{{\"request\":{{\"method\":\"GET\",\"url\":\"{}\",\"headers\":[{{\"name\":\"{name}\",\n \"value\":\"{}\"}}]}},\
             \"response\":{{\"status\":403,\"content\":{{\"text\":\"{}\"}}}}}}",
            url(USER),
            url(OTHER),
            body.replace('"', "\\\"")
        )
    };
    for text in [
        list("Referer"),
        list("x-original-url"),
        format!(
            "> GET /v1.0/users/{USER}/onlineMeetings/x HTTP/1.1\n> Host: graph.microsoft.com\n> Referer: {}\n>\n< HTTP/1.1 403 Forbidden\n<\n{body}\n",
            url(OTHER)
        ),
        format!("GET {}\nHTTP/1.1 403 Forbidden\nContent-Location: {}\n\n{body}\n", url(USER), url(OTHER)),
        format!(
            "10.0.0.4 - - [28/Nov/2026:10:05:02 +0000] \"GET /v1.0/users/{USER}/onlineMeetings/x HTTP/1.1\" 403 312 \"{}\" \"node\"\n{body}\n",
            url(OTHER)
        ),
    ] {
        assert_eq!(told(&text, &["method", "user_id", "status"]), [["GET", USER, "403"]], "{text}");
    }
    let file = format!(
        "Traceback (most recent call last):\n  File \"/Users/lena/app/main.py\", line 403, in get\nGraphError: {WORDS}\n"
    );
    assert_eq!(told(&file, &["path", "status"]), [["", ""]]);
    let silent =
        "{\"error\":{\"code\":\"UnknownError\",\"message\":\"\",\"innerError\":{\"date\":\"2026-11-28T10:05:02\"}}}";
    for (lead, status) in [
        ("404 Not Found\n503 ms\n1.02 KB\n", "404"),
        ("Nov worker[503]: answer ", ""),
        ("Graph.cs:line 503 ", ""),
        ("(Graph.cs:429) ", ""),
        ("503 ", "503"),
        ("status:429 ", "429"),
    ] {
        assert_eq!(told(&format!("{lead}{silent}"), &["status"]), [[status]], "{lead}");
    }
}

#[test]
fn statuses_and_users_in_words() {
    for (text, expected) in [
        (format!("panic: error status code received from the API: 403: {WORDS}"), ["403", ""]),
        (
            "I get 403 Authorization_RequestDenied: Insufficient privileges to complete the operation.".to_owned(),
            ["403", ""],
        ),
        (format!("user id: {USER}\napp id: {APP}\nerror: 403 {WORDS}\n"), ["403", USER]),
    ] {
        assert_eq!(told(&text, &["status", "user_id"]), [expected], "{text}");
    }
}
