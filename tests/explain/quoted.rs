//! Texts that quote or document a message: what may be answered was not, and is not certain; the same words in a failure
//! beside them stay certain.

use super::common::graphwhy;
use serde_json::Value;

const WORDS: &str = "Meeting Id is corrupted.";
const OBJECT: &str = r#"{"error":{"code":"BadRequest","message":"Meeting Id is corrupted.","innerError":{"date":"2026-06-17T13:05:52","request-id":"5e8d7c6b-1a2b-4c3d-9e8f-aabbccddeeff"}}}"#;
const EXTENSION: &str = "Operation: Create; Exception: [Status Code: Forbidden; Reason: The meeting tenant does not match the token tenant.]";

fn results(text: &str) -> Vec<Value> {
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

/// The confidence of the first finding of each failure.
fn first(text: &str) -> Vec<String> {
    let written = text.replace('§', WORDS).replace('¤', OBJECT).replace('¶', EXTENSION);
    let confidence = |result: &Value| result["findings"][0]["confidence"].as_str().unwrap_or_default().to_owned();
    results(&written).iter().map(confidence).collect()
}

#[test]
fn what_is_quoted_is_not_certain() {
    for text in [
        "throw new E(\"¶\");",
        "    raise GraphError('¶')",
        "const REFUSED = \"¶\";",
        "        return \"¶\";",
        "assert e.value.message == \"¶\"",
        "You may see the following error:\n\n{\"error\":{\"code\":\"BadRequest\",\"message\":\"§\"}}\n\nA prerequisite is missing.",
        "If the id is wrong, the API can return:\n\n```json\n¤\n```\n",
        "The following error is returned when the id is broken:\n\nHTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n¤",
        "### Example response\n\n¤",
        "You might get this message:\n\n§",
        "responses:\n  \"400\":\n    content:\n      application/json:\n        example:\n          error:\n            code: BadRequest\n            message: \"§\"\n",
        "Last year we got \"§\" and it was cured; today all is fine.",
        "A month ago, it was: \"§\". That was solved.",
        "The error \"§\" was what we saw last month, and it was solved by our admin.",
        "MESSAGES = {\n    \"BadRequest\": \"§\",\n    \"Ok\": \"fine\",\n}",
        "messages = {\n    \"Forbidden\": \"No.\",\n    \"BadRequest\": \"§\"\n}",
        "const TEXTS = {\n  NotFound: \"Gone\",\n  BadRequest: \"§\",\n};",
        "* Common errors\n  - §\n  - others\n* Next steps",
        "The following example shows what happens if the id is broken.\n\n```http\nHTTP/1.1 400 Bad Request\n\n¤\n```",
        "Expected response:\n\n¤",
        "Expected result: HTTP 400 with message \"§\"",
        "Beginning in July, calls will fail with `§` unless you change it.",
        "<p>When the call fails with <code>§</code>, check the following:</p>",
        "Note: for such meetings the API returns \"§\"",
        "| \"§\" => Err.Meeting",
        "return res.status(400).json({ error: \"§\" });",
        "  error_texts:\n    broken: \"§\"\n",
        "HTTP/1.1 201 Created\nContent-Type: application/json\n\n{\"id\":\"MSo1\",\"subject\":\"weekly: §\"}",
        "It works again since Monday; before that all calls gave \"§\"",
        "1. Known issues\n   * §",
        "> [!NOTE]\n> Requests to list these return `400 Bad Request` with the message `§`",
        "## Limitations\n\n* Unsupported calls fail with 400: \"§\"",
        "Throws `400 Bad Request: §` for meetings of others.",
        "This PR adds handling for 400 \"§\".",
        "- Fixed 400 \"§\" when listing (#412)",
        "Scenario: broken id\n  Given a meeting\n  When Graph answers 400 \"§\"\n  Then the user sees a hint",
        "As a user I want a clear message when Graph answers 400 \"§\".",
        "We decided to fail fast on 400 \"§\" and not to retry.",
        "No occurrences of 400 \"§\" since the fix.",
        "Is \"§\" documented anywhere?",
        "responses.add(responses.GET, url, json={\"error\": {\"code\": \"BadRequest\", \"message\": \"§\"}}, status=400)",
        "http.get(url, () => HttpResponse.json({ error: { code: 'BadRequest', message: \"§\" } }, { status: 400 })),",
        "\t\t{name: \"id\", status: 400, body: `{\"error\":{\"code\":\"BadRequest\",\"message\":\"§\"}}`, want: ErrId},",
        "response:\n  status: {code: 400, message: Bad Request}\n  body: {string: '{\"error\":{\"code\":\"BadRequest\",\"message\":\"§\"}}'}",
        "// __fixtures__/error.json\n{\"error\":{\"code\":\"BadRequest\",\"message\":\"§\"}}",
        "[{\"code\":\"BadRequest\",\"message\":\"§\",\"description\":\"Returned when the request is not valid\",\"retryable\":false}]",
        "examples:\n  application/json:\n    error:\n      code: BadRequest\n      message: \"§\"",
        "{\"errorMessages\":[\"§\",\"Something went wrong\"]}",
        "\"400 §\": \"please ask your admin\",",
    ] {
        assert!(first(text).iter().all(|confidence| confidence != "certain"), "{text}");
    }
}

#[test]
fn what_was_said_stays_certain() {
    for text in [
        "Error: ¶",
        "/app/m.js:12\n    throw new E(body);\n    ^\n\nE: ¶\n    at x (m.js:12)",
        "Traceback (most recent call last):\n  File \"m.py\", line 12, in get\n    raise E(\"¶\")\nE: ¶",
        "return value: \"¶\"",
        "I get the following error:\n\n¤\n\nWhat does this mean?",
        "When calling the API the response is:\n\n¤",
        "The docs say it can return 404, but I get:\n\n¤",
        "For example my call to the meeting\n\n¤",
        "response:\n  status: 400\n  error:\n    code: BadRequest\n    message: \"§\"\n",
        "Since last year we get \"§\"",
        "It worked until last year, now the call fails with \"§\"",
        "We got \"§\". Last year it worked.",
        "{\"BadRequest\": \"§\"}",
        "Error:\n  BadRequest: \"§\"\n",
        "err = {\n  code: \"BadRequest\",\n  message: \"§\",\n}",
        "* Results of today\n  - §\n  - ok",
        "Steps: call it\nExpected result: the meeting\nActual result: §",
        "Expected: 200. Actual: 400 §",
        "Note: since today the API returns \"§\"",
        "When I call the API I get \"§\", what now?",
        "Here is an example from the log of today:\n\n¤",
        "errors:\n  - message: \"§\"\n    status: 400\n",
        "HTTP/1.1 200 OK\n\n{\"subject\":\"weekly\",\"error\":\"§\"}",
        "1. I called the API\n2. It said\n   * §",
        "## Errors\n\n400 \"§\"",
        "Graph returns 400 \"§\"",
        "Response body: `{\"error\":{\"code\":\"BadRequest\",\"message\":\"§\"}}`",
        "{\"status\":400,\"error\":\"§\",\"path\":\"/v1.0/me/onlineMeetings\"}",
        "> From: Jonas\n> Since Monday every booking ends with\n> 400 §",
    ] {
        assert_eq!(first(text), ["certain"], "{text}");
    }
}

/// Pages that show what an error looks like, callouts, and messages of somebody else who is named as the one who answered.
#[test]
fn what_is_shown_or_of_somebody_else_is_not_certain() {
    const BARE: &str = r#"{"error":{"code":"BadRequest","message":"§"}}"#;
    for text in [
        "If the id of the meeting was copied from a link, the call fails. The error looks like this:\n\n%",
        "Call the endpoint with the id. The response is as follows:\n\n```json\n%\n```\n\nThen take the id of Graph.",
        "Make sure that the id is whole, otherwise you will see an error such as %",
        "Next, read the meeting. You'll see an error like this one:\n\n400 Bad Request\n%",
        "## Troubleshooting\n\nThe error looks like this:\n\n%\n\nTake the id from the list.",
        "You have to pass the whole id; the response is as follows otherwise: 400 Bad Request: §",
        "> [!NOTE]\n> If it is wrong the service answers:\n> %",
        "> [!WARNING]\n>\n> The service answers 400 `§` for some meetings.",
        "> [!IMPORTANT]\n> `400 Bad Request: §`\n",
        "MeetNow returned 400: §",
        "The provider Roomly rejected the request: \"§\"",
        "MeetNow SDK: {\"error\":\"§\",\"service\":\"meetnow.example\"}",
        "MeetNow answered:\n\n%",
        "MeetNow (our own service, not Microsoft): %",
        "Fixed. The fault was ours: Graph had answered \"§\" and after the change it returns 200.",
        "It works again. Until yesterday every call came back with \"§\"",
    ] {
        let text = text.replace('%', BARE);
        assert!(first(&text).iter().all(|confidence| confidence != "certain"), "{text}");
    }
    for text in [
        "We get an error that looks like this:\n\n%",
        "The response is as follows:\n\n%",
        "If I call it, the response is as follows:\n\n%",
        "Since Monday the call fails. The error looks like this:\n\n%\n\nWhat can we do?",
        "The error looked like this: §",
        "Open the meeting and copy its id. The error looks like this, any idea?\n\n%",
        "> I opened a ticket.\n> 400 §",
        "> [!NOTE]\n> Read the guide first.\n\nThe bot stops with 400 §",
        "Postman returned 400: §",
        "It worked until yesterday, now every call comes back with \"§\"",
        "MeetNow asked Microsoft Graph, which returned 400: §",
        "MeetNow log:\nGET https://graph.microsoft.com/v1.0/me/onlineMeetings/MSo\nMeetNow returned 400: §",
        "2026-01-01T10:00:00Z ERROR RoomSync returned 400: §",
        "The app shows \"§\" when Adele opens the report.",
        "We are getting a 400 with the message \"§\" on every call since the first of August.",
    ] {
        let text = text.replace('%', BARE);
        assert_eq!(first(&text), ["certain"], "{text}");
    }
}

/// The service says more than what tells its messages apart: no message escapes what holds for the others.
#[test]
fn every_message_is_quoted_alike() {
    const MESSAGES: [&str; 8] = [
        "Meeting Id is corrupted.",
        "No iCalUid found for the meeting. This API is supported only for calendar backed OnlineMeeting.",
        "Failed to get license information for the user. Ensure user has a valid Office365 license assigned to them.",
        EXTENSION,
        "Speaker-attributed transcript content is disabled for this tenant. Retry with Accept 'application/vnd.microsoft.graph.transcript+text'.",
        "Resource not found for the segment 'onlineMeetings'.",
        "/me request is only valid with delegated authentication flow.",
        "AADSTS700016: Application with identifier '3a9f1c22-4d5e-4f60-8a7b-9c0d1e2f3a4b' was not found in the directory 'x'.",
    ];
    for form in [
        "{\"errors\":{\"NO_POLICY\":\"No application access policy found for this app\",\"X\":\"§\"}}",
        "<string name=\"error_x\">§</string>",
        "<data name=\"ErrorX\" xml:space=\"preserve\"><value>§</value></data>",
        "INSERT INTO error_texts VALUES (400, \"§\");",
        "- status: 400\n  message: \"§\"\n  hint: see guide",
        "code,message,hint\n400,\"§\",see guide",
        "msgid \"§\"\nmsgstr \"\"",
        "$ grep -c \"§\" app.log\n0",
        "We do not get \"400 §\" here, so it must be something else.",
        "export const MSG_X = \"§\";",
        "Which calls can answer 400 \"§\"?",
    ] {
        for message in MESSAGES {
            let text = form.replace('§', message);
            assert!(first(&text).iter().all(|confidence| confidence != "certain"), "{text}");
        }
    }
    for message in MESSAGES {
        for form in ["Error: §", "Graph answered 400: §", "We get \"§\" since Monday."] {
            let text = form.replace('§', message);
            assert_eq!(first(&text), ["certain"], "{text}");
        }
    }
}

#[test]
fn what_is_named_as_not_said_is_no_failure() {
    let found = results(
        "The error is 403 \"No application access policy found for this app\", not 404 \"3004: Specified meeting is not found\".",
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["facts"]["status"], 403);
}

#[test]
fn a_status_and_a_code_beside_common_words() {
    for text in [
        "2026-01-01 10:00:00 ERROR transcripts: 400 InvalidArgument: Invalid meeting id",
        "worker[3]: error: Unexpected id format (code InvalidArgument, http 400)",
    ] {
        let found = results(text);
        assert_eq!(found[0]["findings"][0]["cause"], "meeting-id-of-another-kind", "{text}");
        assert_eq!(found[0]["facts"]["status"], 400, "{text}");
    }
    assert!(results("worker[3]: error: Invalid meeting id (code 17, http 400)").is_empty());
}

#[test]
fn a_status_behind_a_filter_with_blanks() {
    let found = results(
        "[graph] GET /users/5b8e2d33-6f70-4a81-9b2c-ad1e2f3a4b5c/onlineMeetings?$filter=JoinWebUrl eq 'x' -> 404 in 412ms \
         code=NotFound message=\"3004: Specified meeting is not found\"",
    );
    assert_eq!(found[0]["facts"]["status"], 404);
}

/// An object that was cut ends where another text begins, and what that one says is a failure of its own.
#[test]
fn a_cut_object_holds_no_other_failure() {
    let cut = "  \"code\": \"BadRequest\",\n  \"message\": \"An error has occurred.\",\n  \"innerError\": {\n     \"request-id\": \"5e8d7c6b-1a2b-4c3d-9e8f-aabbccddeeff\"";
    for between in ["\n---\n", "\n\n", "\n====\n", "\n2026-06-17T13:05:58Z ERROR "] {
        let text = format!(
            "{cut}{between}AADSTS650053: The application 'Notes' asked for scope 'OnlineMeetings.ReadWrite.All' that doesn't exist on the resource '00000003-0000-0000-c000-000000000000'."
        );
        let found = results(&text);
        assert_eq!(found.len(), 2, "{text}");
        assert_eq!(found[0]["findings"], Value::Array(Vec::new()), "{text}");
        assert_eq!(found[1]["findings"][0]["cause"], "scope-requested-for-app-role", "{text}");
        assert!(found[1]["facts"].get("request_id").is_none(), "{text}");
    }
}
