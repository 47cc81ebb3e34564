//! Torn and rare texts: rows of a mail, messages without their end, exceptions and cmdlets of Graph's clients, and whose the
//! failures of lists are.

use super::common::graphwhy;
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const OTHER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const WORDS: &str = "No application access policy found for this app.";

fn results(text: &str) -> Vec<Value> {
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

/// Of each failure the first cause and its confidence.
fn causes(text: &str) -> Vec<String> {
    let first = |result: &Value| match &result["findings"][0] {
        Value::Null => String::new(),
        finding => format!("{} {}", finding["confidence"].as_str().unwrap(), finding["cause"].as_str().unwrap()),
    };
    results(text).iter().map(first).collect()
}

fn facts(text: &str, names: &[&str]) -> Vec<Vec<Value>> {
    let of = |result: &Value| names.iter().map(|name| result["facts"][*name].clone()).collect();
    results(text).iter().map(of).collect()
}

#[test]
fn a_mail_without_its_head_names_app_and_user() {
    let mail = "Hi, we get this since Monday:\n\nRequest to Graph failed with 403: {\"error\":{\"code\":\"Forbidden\",\"mess=\n\
        age\":\"No application access policy found for this app 9c4f2c1e-5a0b-4f=\n\
        6d-8f53-0d6a3c1b7e20 on the user 748d2cbb-3b55-40ed-8c34-2eae5932b22a.\",\"inner=\nError\":{\"date\":\"2026-11-20T10:05:21\"\n\ncan you help?\n";
    let quoted: String = mail.lines().map(|line| format!("> {line}\n")).collect();
    for text in [mail, &quoted, &mail.replace('\n', "\r\n")] {
        let found = facts(text, &["status", "app_id", "user_id", "date"]);
        assert_eq!(found, [[json!(403), json!(APP), json!(USER), json!("2026-11-20T10:05:21")]], "{text}");
    }
}

#[test]
fn exceptions_of_graph_are_failures_whatever_they_say() {
    for (class, words) in [
        ("com.microsoft.graph.models.odataerrors.ODataError", "Meeting not found."),
        ("Microsoft.Graph.Models.ODataErrors.ODataError", "Meeting not found."),
        ("ODataError", "Meeting not found."),
        ("GraphError", "The meeting was moved"),
        ("Microsoft.Graph.ServiceException", "Nothing is known of it."),
        ("com.microsoft.graph.http.GraphServiceException", "Nothing is known of it."),
        ("MSGraphError", "Nothing is known of it."),
    ] {
        for lead in ["", "Unhandled exception. ", "Caused by: ", "2026-11-20T10:05:21Z ERROR sync failed: "] {
            let text = format!("{lead}{class}: {words}\n");
            assert_eq!(causes(&text), [""], "{text}");
            assert_eq!(facts(&text, &["message"]), [[json!(words)]], "{text}");
        }
    }
    let java = "com.microsoft.graph.models.odataerrors.ODataError: Meeting not found.\n\
        \tat com.microsoft.graph.models.odataerrors.ODataError.createFromDiscriminatorValue(ODataError.java:36)\n\
        \tat com.microsoft.graph.users.item.onlinemeetings.item.OnlineMeetingItemRequestBuilder.get(OnlineMeetingItemRequestBuilder.java:96)\n\
        \tat com.contoso.Sync.run(Sync.java:51)\nResponse status code: 404\n";
    assert_eq!(facts(java, &["status", "method"]), [[json!(404), json!("GET")]]);
    for text in [
        "except ODataError: pass\n",
        "// GraphError: Meeting not found.\n",
        "we throw ODataError: see the docs\n",
        "OpenAI APIError: The model is overloaded.\n",
        "com.contoso.ServiceException: Room not found.\n",
        "throw new GraphError: `${text}`\n",
        "- ODataError: Represents an error of the service.\n",
        "GraphError: \"The meeting was not found\"\n",
        "GraphError: Cannot query field \"me\" on type \"Query\".\n",
        "networkx.exception.GraphError: Node 5 is not in the digraph.\n",
        "GraphError: Vertex 12 not found.\n    at Graph.getVertex (/app/node_modules/graphlib/lib/graph.js:22:11)\n",
        "## 2.1.0\n- GraphError: Include request id in message (#44)\n",
        "graph_errors_total{class=\"ODataError: Forbidden\"} 0\n",
    ] {
        assert!(causes(text).is_empty(), "{text}");
    }
}

#[test]
fn exceptions_of_several_records_are_several_failures() {
    let log = |first: &str, second: &str, one: &str, other: &str| {
        format!("2026-11-20T12:00:00Z ERROR user={one} {first}\n2026-11-20T12:01:00Z ERROR user={other} {second}\n")
    };
    let (lost, busy) = ("ODataError: Meeting not found.", "ODataError: Transcript is being processed.");
    for (first, second, users) in [
        (lost, busy, [USER, OTHER]),
        (lost, lost, [USER, OTHER]),
        (lost, "ODataError: Channel based meetings are currently not supported.", [USER, OTHER]),
    ] {
        let text = log(first, second, users[0], users[1]);
        assert_eq!(facts(&text, &["user_id"]), users.map(|user| vec![json!(user)]), "{text}");
    }
    assert_eq!(causes(&log(lost, lost, USER, USER)), [""]);
    assert_eq!(causes(&format!("{lost}\n{busy}\n")), [""]);
}

#[test]
fn a_number_or_an_unknown_error_of_another_service_is_nothing() {
    for text in [
        "PUT https://s3.example.com/bucket/x\nStatus: 404, Code: UnknownError\n",
        "{\"error\":{\"code\":\"7504\",\"message\":\"\"},\"service\":\"billing\"}\n",
    ] {
        assert!(causes(text).is_empty(), "{text}");
    }
    for text in [
        "Status: 404, Code: UnknownError\n",
        "PUT https://graph.microsoft.com/v1.0/users/x/onlineMeetings/y\nStatus: 404, Code: UnknownError\n",
        "{\"error\":{\"code\":\"7504\",\"message\":\"\"},\"service\":\"meeting-sync\"}\n",
        "{\"error\":{\"code\":\"7504\",\"message\":\"\"}}\n",
    ] {
        assert_eq!(causes(text).len(), 1, "{text}");
    }
}

#[test]
fn every_message_of_an_exception_is_found() {
    for (words, cause) in [
        ("No application access policy found for this app.", "likely no-policy-names-app"),
        ("The userId in request URL is not a valid GUID.", "certain user-principal-name-in-path"),
        ("/me request is only valid with delegated authentication flow.", "certain me-path-without-user"),
        ("Graph API access to transcripts is disabled for this tenant.", "certain transcript-access-disabled"),
        ("3004: Specified meeting is not found", "likely meeting-not-found"),
        ("Lifetime validation failed, the token is expired.", "likely token-expired"),
        ("Channel based meetings are currently not supported.", "certain channel-meeting"),
        ("Application is not registered in our store.", "certain calling-bot-not-registered"),
    ] {
        for class in [
            "com.microsoft.graph.models.odataerrors.ODataError",
            "Microsoft.Graph.ServiceException",
            "msgraph.generated.models.o_data_errors.o_data_error.ODataError",
            "GraphError",
            "MSGraphError",
            "kiota_abstractions.api_error.APIError",
            "com.microsoft.graph.core.ClientException",
        ] {
            let text = format!("{class}: {words}\n");
            // What any service says of a token is Graph's behind a class with the package of its clients.
            let packaged = ["microsoft.graph.", "msgraph."].iter().any(|own| class.to_lowercase().contains(own));
            let cause =
                if packaged { cause.replace("likely token-expired", "certain token-expired") } else { cause.into() };
            assert_eq!(causes(&text), [cause], "{text}");
        }
    }
}

#[test]
fn a_cmdlet_names_its_call() {
    let meeting = "MSo3NDhkMmNiYi0zYjU1LTQwZWQtOGMzNC0yZWFlNTkzMmIyMmEqMCoqMTk6bWVldGluZ19abVU0WlRFd09EUXRZVEZtTXkwME9EazRMV0ptTVdVdE1tRTBNek0zTTJJd01UVTFAdGhyZWFkLnYy";
    let error = format!(
        "Get-MgUserOnlineMeeting : {WORDS}\nStatus: 403 (Forbidden)\nErrorCode: Forbidden\nAt line:1 char:1\n\
         + Get-MgUserOnlineMeeting -UserId {USER} -OnlineMeet ...\n"
    );
    let shown = format!("PS C:\\> Get-MgUserOnlineMeeting -UserId {USER} -OnlineMeetingId {meeting}\n{error}");
    assert_eq!(facts(&shown, &["method", "user_id", "meeting"])[0][..2], [json!("GET"), json!(USER)]);
    assert_eq!(facts(&shown, &["organizer_id"]), [[json!(USER)]]);
    // A delegated call is told by nothing here; the operation is that of one meeting.
    let text = graphwhy(["explain", "-"], &shown).out;
    assert!(text.contains("GET (read-meeting)"), "{text}");
    let text = graphwhy(["explain", "-"], error.replace("-OnlineMeet ...", "")).out;
    assert!(text.contains("GET (find-meeting)"), "{text}");
    let created =
        format!("New-MgUserOnlineMeeting_CreateExpanded: {WORDS}\n\nStatus: 403 (Forbidden)\nErrorCode: Forbidden\n");
    assert_eq!(facts(&created, &["method", "status"]), [[json!("POST"), json!(403)]]);
    assert_eq!(facts(&format!("Get-MgUserMessage_List: {WORDS}\n"), &["method"]), [[Value::Null]]);
    // The command and its error are as wide as each other.
    let words = WORDS.trim_end_matches('.');
    let wide = format!(
        "PS> Get-MgUserOnlineMeeting -UserId {USER} -All\nGet-MgUserOnlineMeeting_List: {words}\n\nStatus: 403\n"
    );
    assert_eq!(facts(&wide, &["method", "user_id"]), [[json!("GET"), json!(USER)]]);
    // Of two commands, the one of the cmdlet that failed.
    let below = wide.replace("PS> ", &format!("PS> New-MgUserOnlineMeeting -UserId {OTHER} -Subject a\nPS> "));
    assert_eq!(facts(&below, &["method", "user_id"]), [[json!("GET"), json!(USER)]]);
}

#[test]
fn the_beginning_of_a_message_is_likely_where_a_message_stands() {
    for (begin, cause) in [
        ("The userId in request URL is not a vali", "user-principal-name-in-path"),
        ("Graph API access to transcripts is disab", "transcript-access-disabled"),
        ("Application is not allowed to perform operations on the us", "no-policy-names-app"),
        ("Channel based meetings are curr", "channel-meeting"),
        ("Insufficient enterprise tenant perm", "calls-permission-missing"),
        ("3004: Specified meeting is not fo", "meeting-not-found"),
        ("Application is not registered in our st", "calling-bot-not-registered"),
        (
            "Organizer ID in token(3a9f1c22-4d5e-4f60-8a7b-9c0d1e2f3a4b) does not match orga",
            "delegated-token-for-another-user",
        ),
    ] {
        for form in [
            "{\"error\":{\"code\":\"BadRequest\",\"message\":\"§",
            "{\"error\":{\"code\":\"BadRequest\",\"message\":\"§...",
            "Graph 400: §…",
            "Graph 403: §\n",
            "{\"error\":{\"code\":\"General\",\"message\":\"§ (truncated...)\n",
            "Status Message\n------ -------\n   403 §…\n",
            "ODataError: §…\n",
        ] {
            let text = form.replace('§', begin);
            let first = causes(&text);
            assert!(first.iter().all(|it| it.ends_with(cause) && !it.starts_with("certain")), "{text}: {first:?}");
            assert_eq!(first.len(), 1, "{text}");
        }
    }
}

#[test]
fn words_that_begin_alike_are_no_message() {
    for text in [
        "{\"error\":{\"code\":\"Forbidden\",\"message\":\"User does not have access to the resource.\"}}",
        "{\"error\":{\"code\":\"Forbidden\",\"message\":\"User does not have access to…",
        "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Resource not found for the segment…",
        "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Resource not found for the segment 'rooms'.\"}}",
        "403: Insufficient privileges to...",
        "403: Application is not registered in…",
        "403: Application is not allowed to…",
        "{\"error\":{\"code\":\"Forbidden\",\"message\":\"Graph API access to recordings is disab",
        "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Requested API is not supp",
        "We wonder what the userId in request URL is…",
        "Channel based meetings are curr…",
        "What we learned: the meeting tenant does not always…",
    ] {
        let known = causes(text).into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>();
        assert!(known.is_empty(), "{text}: {known:?}");
    }
}

#[test]
fn failures_of_lists_are_of_who_they_are_listed_under() {
    let error = format!("{{\"code\":\"Forbidden\",\"message\":\"{WORDS}\"}}");
    for text in [
        format!("{{\"{USER}\": {{\"error\": {error}}}, \"{OTHER}\": {{\"error\": {error}}}}}"),
        format!(
            "{{\n  \"{USER}\": {{\n    \"error\": {error}\n  }},\n  \"{OTHER}\": {{\n    \"error\": {error}\n  }}\n}}\n"
        ),
        format!("sync failed for {USER}: 403 {WORDS}\nsync failed for {OTHER}: 403 {WORDS}\n"),
        format!(
            "[\n {{\n  \"User Object Id\": \"{USER}\",\n  \"message\": \"{WORDS}\"\n }},\n {{\n  \"User Object Id\": \"{OTHER}\",\n  \"message\": \"{WORDS}\"\n }}\n]\n"
        ),
        format!(
            "<tr><td>/users/{USER}/onlineMeetings</td><td>403</td><td>{WORDS}</td></tr>\n<tr><td>/users/{OTHER}/onlineMeetings</td><td>403</td><td>{WORDS}</td></tr>\n"
        ),
        format!(
            "<tr><td>GET</td><td>https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings</td><td>{WORDS}</td></tr>\n<tr><td>GET</td><td>https://graph.microsoft.com/v1.0/users/{OTHER}/onlineMeetings</td><td>{WORDS}</td></tr>\n"
        ),
    ] {
        let found = facts(&text, &["user_id", "app_id"]);
        assert_eq!(found, [[json!(USER), Value::Null], [json!(OTHER), Value::Null]], "{text}");
    }
}

#[test]
fn a_status_that_the_words_repeat_is_of_one_failure() {
    let words = "Operation: Create; Exception: [Status Code: Forbidden; Reason: The meeting tenant does not match the token tenant.]";
    for text in [
        format!("POST https://graph.microsoft.com/v1.0/subscriptions -> 403 {words}\n"),
        format!("POST https://graph.microsoft.com/v1.0/subscriptions -> 403 ExtensionError: {words}\n"),
    ] {
        assert_eq!(causes(&text), ["certain meeting-in-another-tenant"], "{text}");
        assert_eq!(facts(&text, &["status", "path"]), [[json!(403), json!("/subscriptions")]], "{text}");
    }
}

#[test]
fn records_that_begin_with_a_user_are_each_of_theirs() {
    let record = |user: &str| format!("User: {user}\nError: {WORDS}\n");
    let [own, other] = [USER, OTHER].map(record);
    let text = format!("{own}{other}{own}");
    let found = facts(&text, &["user_id"]);
    assert_eq!(found, [[json!(USER)], [json!(OTHER)], [json!(USER)]], "{text}");
    // The last line of all is of the last one; whose the others are, the text leaves open.
    let text = format!("Error: {WORDS}\nUser: {USER}\nError: {WORDS}\nUser: {OTHER}\n");
    assert_eq!(facts(&text, &["user_id"]), [[Value::Null], [json!(OTHER)]], "{text}");
    let three = graphwhy(["explain", "-"], own.repeat(3)).out;
    assert_eq!(three.matches("╭─").count(), 1, "{three}");
}

/// Words that Graph says too are a cmdlet's only in its error record, or below its command alone.
#[test]
fn words_of_graph_below_a_command_are_of_the_call() {
    let denied = "Insufficient privileges to complete the operation.";
    let body = format!("{{\"error\":{{\"code\":\"Authorization_RequestDenied\",\"message\":\"{denied}\"}}}}");
    for text in [
        format!(
            "Grant-CsApplicationAccessPolicy -PolicyName P -Global\n\nPOST /users/{USER}/onlineMeetings\n403 {body}\n"
        ),
        format!(
            "I ran Grant-CsApplicationAccessPolicy. Then POST /users/{USER}/onlineMeetings gives 403 Authorization_RequestDenied: {denied}"
        ),
        format!("We already ran Grant-CsApplicationAccessPolicy. createOrGet still: {body}"),
    ] {
        assert_eq!(causes(&text), ["likely permission-not-granted"], "{text}");
    }
    for text in [
        format!("Grant-CsApplicationAccessPolicy -PolicyName P -Global\n{denied}\n"),
        format!(
            "PS C:\\> New-CsApplicationAccessPolicy -Identity P -AppIds x\nNew-CsApplicationAccessPolicy : {denied}\n"
        ),
        format!("Grant-CsApplicationAccessPolicy failed. {denied}\n"),
    ] {
        assert_eq!(causes(&text), ["likely admin-role-missing"], "{text}");
    }
}

/// What stands beside the service's own words, and cannot be of the same call, does not silence them.
#[test]
fn words_that_the_call_contradicts_are_told_first() {
    let policy =
        format!("POST /me/onlineMeetings -> 403 {{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{WORDS}\"}}}}");
    assert_eq!(causes(&policy), ["likely no-policy-names-app"]);
    let result = &results(&policy)[0];
    let named = result["findings"].as_array().unwrap().iter().find(|it| it["cause"] == "delegated-token").unwrap();
    assert_eq!(named["confidence"], "possible");
    for claim in ["\"scp\":\"User.Read\"", "\"roles\":[\"OnlineMeetings.Read.All\"]"] {
        let text = format!(
            "{{\"aud\":\"https://graph.microsoft.com\",\"appid\":\"{APP}\",{claim}}}\n401 InvalidAuthenticationToken Access token validation failure. Invalid audience."
        );
        assert_eq!(causes(&text), ["likely token-for-another-audience"], "{text}");
    }
}

#[test]
fn what_a_client_says_again_is_one_failure() {
    let rsc = format!(
        "Application is not allowed to perform operations on the user '{USER}', neither is allowed access through RSC permission evaluation."
    );
    let body = format!("{{\n \"error\": {{\n  \"code\": \"Forbidden\",\n  \"message\": \"{rsc}\"\n }}\n}}\n\n");
    let tenant = "Operation: Create; Exception: [Status Code: Forbidden; Reason: The meeting tenant does not match the token tenant.]";
    let app = format!("AADSTS700016: Application with identifier '{APP}' was not found in the directory 'Fabrikam'.");
    for (text, cause) in [
        (format!("{body}New-MgUserOnlineMeeting : {rsc}\n"), "likely no-policy-names-app"),
        (format!("{body}Action 'HTTP' failed: {rsc}\n"), "likely no-policy-names-app"),
        (
            "&odataerrors.ODataError{ApiError:{Message:\"error status code received from the API\", ResponseStatusCode:403}, error: code: GraphAccessToTranscriptsDisabled, message: Graph API access to transcripts is disabled for this tenant.}".to_owned(),
            "certain transcript-access-disabled",
        ),
        (
            format!("POST https://graph.microsoft.com/v1.0/subscriptions -> 403 Forbidden\n{tenant}\n"),
            "certain meeting-in-another-tenant",
        ),
        (
            format!("Endpoint: /users/{USER}/onlineMeetings\nMethod: POST\nHTTP status: 403\nError: {tenant}\n"),
            "certain meeting-in-another-tenant",
        ),
        (
            format!(
                "Unhandled exception. System.AggregateException: One or more errors occurred. (A configuration issue is preventing authentication. Original exception: {app} Trace ID: x)\n ---> MSAL.NetCore.4.60.0.0.MsalServiceException:\n\tErrorCode: unauthorized_client\nMicrosoft.Identity.Client.MsalServiceException: {app} Trace ID: x\n"
            ),
            "certain app-unknown-in-tenant",
        ),
    ] {
        assert_eq!(causes(&text), [cause], "{text}");
    }
    // The same words of two users are of two.
    let other = rsc.replace(USER, OTHER);
    assert_eq!(causes(&format!("{body}Action 'HTTP' failed: {other}\n")).len(), 2);
}

#[test]
fn facts_end_where_they_end() {
    let body = |id: &str| {
        format!("{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{WORDS}\",\"innerError\":{{\"request-id\":\"{id}")
    };
    assert_eq!(facts(&body("330787a1"), &["request_id"]), [[Value::Null]]);
    assert_eq!(facts(&body(OTHER), &["request_id"]), [[json!(OTHER)]]);
    let (head, tail) = OTHER.split_at(9);
    let lead = "Feb 11 08:21:47 host app[12]: ";
    let broken = format!("{lead}403 {}\n{lead}{tail}\"}}}}}}\n", body(head));
    assert_eq!(facts(&broken, &["request_id"]), [[json!(OTHER)]], "{broken}");
    for (text, path) in [
        (
            "POST https://graph.microsoft.com/v1.0/users/mia.o'neil@contoso.com/onlineMeetings 400 The userId in request URL is not a valid GUID.".to_owned(),
            "/users/mia.o'neil@contoso.com/onlineMeetings",
        ),
        (
            format!("Client error: `GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings?$filter=JoinWebUrl%20eq%20'https%3A%2F%2Fteams` resulted in a `404 Not Found` response:\n{{\"error\":{{\"code\":\"NotFound\",\"message\":\"3004: Specified meeting is not found\"}}}}\n"),
            "/users/748d2cbb-3b55-40ed-8c34-2eae5932b22a/onlineMeetings",
        ),
        (
            format!("Client error: `GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings?$top=5` resulted in a `403 Forbidden` response:\n{WORDS}\n"),
            "/users/748d2cbb-3b55-40ed-8c34-2eae5932b22a/onlineMeetings?$top=5",
        ),
    ] {
        assert_eq!(facts(&text, &["path"]), [[json!(path)]], "{text}");
    }
    assert_eq!(facts(&format!("room 404: {WORDS}"), &["status"]), [[Value::Null]]);
}

#[test]
fn rare_forms_of_a_message_are_known() {
    for (text, cause) in [
        (
            "Invalid meeting id 19:meeting_NDJlNzA4ZjItYWUxZi00ZDg4LWI5YzAtMTdkNGE5YzVmMTI2@thre\nad.v2.",
            "likely meeting-id-of-another-kind",
        ),
        (
            "GET https://graph.microsoft.com/beta/users/748d2cbb-3b55-40ed-8c34-2eae5932b22a/onlineMeetings?$filter=JoinWebUrl eq 'https%3A%2F%2Fteams.microsoft.com%2Fl%2Fmeetup-join%2F19'\n400 The query specified in the URI is not valid. Could not find a property named 'JoinWebUrl' on type 'Default.x'.",
            "likely join-url-filter-malformed",
        ),
        (
            "Everything consented, policy granted, but Request authorization tenant mismatch",
            "likely calls-tenant-mismatch",
        ),
        (
            "seit heute bekommen wir beim Anlegen \"Request authorization tenant mismatch.\". Woran liegt das?",
            "certain calls-tenant-mismatch",
        ),
        ("today: stuck on `Error authenticating with resource`", "likely personal-account"),
        (
            "GraphError: \n    at GraphErrorHandler.constructError (/x.js:71:24) {\n  statusCode: 404,\n  code: 'UnknownError',\n  body: ''\n}",
            "possible user-principal-name-in-path",
        ),
        ("We receive \"UnknownError\" with HTTP 404", "possible user-principal-name-in-path"),
        (
            "{\"error\":{\"code\":\"General\",\"message\":\"User ID in token(748d2cbb-3b55-40ed-8c34-2eae5932b22a) is not the organizer of the queried",
            "likely caller-not-organizer",
        ),
        ("ERROR graph: Graph API access to transcripts is disabled for this", "likely transcript-access-disabled"),
        (
            "{\"error\":{\"code\":\"ExtensionError\",\"message\":\"Operation: Create; Exception: [Status Code: Forbidden; Reason: The meeting tenant does not match the token",
            "likely meeting-in-another-tenant",
        ),
        (
            "ERROR transcripts: 403 \\u2014 Graph API access to transcripts is disabled for this te\\u2026",
            "likely transcript-access-disabled",
        ),
    ] {
        assert_eq!(causes(text), [cause], "{text}");
    }
    for text in [
        "Closing: the \"Request authorization tenant mismatch.\" problem went away after re-registering the bot.",
        "Can anyone tell me when \"Request authorization tenant mismatch.\" is returned?",
        "the enum has \"UnknownError\" in line 404",
    ] {
        assert_eq!(causes(text).len(), 0, "{text}");
    }
}
