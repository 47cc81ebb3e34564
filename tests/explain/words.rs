//! What the message of an answer says, and what it does not: lists that a console broke, words beside others, paths that it
//! names, and no message at all.

use super::common::graphwhy;
use serde_json::{Value, json};

fn results(text: &str) -> Vec<Value> {
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

fn only(text: &str) -> Value {
    let all = results(text);
    assert_eq!(all.len(), 1, "{text}\n{all:#?}");
    all.into_iter().next().unwrap()
}

const USER: &str = "5d1e3c7a-0f42-4f5e-8d3c-9b8a7c6d5e01";

#[test]
fn a_list_of_roles_that_a_console_broke_is_whole_or_not_certain() {
    let message = |held: &str| {
        format!(
            "403 Missing role permissions on the request. API requires one of 'OnlineMeetingRecording.Read.All'. Roles on the request '{held}'."
        )
    };
    let certain = |held: &str| only(&message(held))["findings"][0]["confidence"] == "certain";
    for held in
        ["OnlineMeetings.Read.All", "Calendars.Read, OnlineMeetings.Rea\nd.All", "Calendars.Read,\nUser.Read.All"]
    {
        assert!(certain(held), "{held}");
    }
    // The role is there, or nobody can tell.
    for held in ["Onli\nneMeetingRecording.Read.All", "Unknown.Read\nWrite.All", "Calendars.Read, Onli"] {
        assert!(!certain(held), "{held}");
    }
    let roles = &only(&message("Calendars.Read, OnlineMeetings.Rea\nd.All"))["facts"]["roles"];
    assert_eq!(*roles, json!(["Calendars.Read", "OnlineMeetings.Read.All"]));
}

#[test]
fn words_in_the_message_of_an_answer_are_the_services() {
    let dump = |message: &str| {
        format!(
            "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/MSo3/transcripts\nHTTP/1.1 403 Forbidden\n\n{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{message}\"}}}}"
        )
    };
    let first = |text: &str| {
        let first = &only(text)["findings"][0];
        (first["confidence"].as_str().unwrap().to_owned(), first["explanation"].as_str().unwrap().to_owned())
    };
    const WORDS: &str = "Graph API access to transcripts is disabled for this tenant.";
    for text in [
        dump(&format!("If you think this is a mistake, contact support. {WORDS}")),
        dump(&format!("The application with this name cannot read the transcript of it. {WORDS}")),
        format!(
            "Microsoft.Graph.Models.ODataErrors.ODataError: The application cannot read the transcript. {WORDS}\n   at Microsoft.Kiota.Http.HttpClientLibrary"
        ),
    ] {
        assert_eq!(first(&text), ("likely".into(), "the message says more than these words".into()), "{text}");
    }
    assert_eq!(first(&dump(WORDS)).0, "certain");
    // A sentence of somebody else's.
    let spoken = first(&format!("code: Forbidden\nmessage: If you see \"{WORDS}\" you have to turn it on"));
    assert_ne!(spoken.1, "the message says more than these words");
    assert_ne!(spoken.0, "certain");
}

#[test]
fn a_path_in_a_message_is_no_call() {
    let path = format!("/users/{USER}/onlineMeetings/MSo3");
    for message in [
        "Something new at /users/abc/def is not allowed",
        "Resource not found for the segment 'x' at /users/{id}/onlineMeeting",
        "/users/{id} request is only valid with application permissions",
        "Refused, see https://graph.microsoft.com/v1.0/users/x/onlineMeetings",
    ] {
        let result = only(&format!(
            "GET https://graph.microsoft.com/v1.0{path}\nHTTP/1.1 403 Forbidden\n\n{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{message}\",\"innerError\":{{\"date\":\"2026-11-20T09:40:00\"}}}}}}"
        ));
        assert_eq!(result["facts"]["path"], path, "{message}");
        assert_eq!(result["facts"]["status"], 403, "{message}");
        assert_eq!(result["facts"]["method"], "GET", "{message}");
    }
    // The record of a log is no message of an error: the call in it is the call.
    let logged = only(&format!(
        "{{\"level\":\"error\",\"message\":\"GET https://graph.microsoft.com/v1.0{path} failed: 403 Meeting Id is corrupted.\"}}"
    ));
    assert_eq!(logged["facts"]["path"], path);
}

#[test]
fn no_message_is_an_empty_one() {
    let causes = |text: &str| {
        let found = only(text)["findings"].clone();
        found.as_array().unwrap().iter().map(|it| it["cause"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for code in ["UnknownError", "Forbidden"] {
        let dump = |rest: &str| {
            format!(
                "POST https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\nHTTP/1.1 403 Forbidden\n\n{{\"error\":{{\"code\":\"{code}\"{rest}}}}}"
            )
        };
        let empty = causes(&dump(",\"message\":\"\""));
        assert!(!empty.is_empty());
        assert_eq!(causes(&dump(",\"message\":null")), empty, "{code}");
        assert_eq!(causes(&dump("")), empty, "{code}");
    }
    // What other services call their errors, and what ends before its message.
    for text in [
        "{\"error\":{\"code\":\"QuotaReached\",\"message\":null}}",
        "{\"error\":{\"code\":404}}",
        "{\"error\":{\"code\":\"UnknownError\"",
    ] {
        assert!(results(text).iter().all(|it| it["findings"].as_array().unwrap().is_empty()), "{text}");
    }
}

#[test]
fn the_empty_message_of_a_client_leaves_the_place_to_the_services() {
    const WORDS: &str = "No application access policy found for this app.";
    for text in [
        format!(
            "&odataerrors.ODataError{{ApiError: abstractions.ApiError{{Message: \"\", ResponseStatusCode: 403}}, error: MainError{{code: \"Forbidden\", message: \"{WORDS}\"}}}}"
        ),
        format!(
            "ODataError {{ Message = \"\", ResponseStatusCode = 403, Error = MainError {{ Code = \"Forbidden\", Message = \"{WORDS}\" }} }}"
        ),
        format!(
            "{{\n  responseStatusCode: 403,\n  message: '',\n  errorEscaped: {{ code: 'Forbidden', message: '{WORDS}' }}\n}}"
        ),
    ] {
        let result = only(&text);
        assert_eq!(result["facts"]["message"], WORDS, "{text}");
        assert_eq!(result["facts"]["status"], 403, "{text}");
    }
    // Two errors of a list are two.
    let list = "[{\"message\":\"\",\"code\":\"UnknownError\",\"status\":404},{\"code\":\"BadRequest\",\"message\":\"Meeting Id is corrupted.\"}]";
    assert!(results(list).iter().any(|it| it["facts"]["code"] == "BadRequest"));
}

#[test]
fn a_filter_that_a_console_broke_is_closed() {
    let causes = |text: &str| {
        let all = results(text);
        let found = all.iter().flat_map(|it| it["findings"].as_array().unwrap().clone());
        found.map(|it| it["cause"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let dump = |filter: &str| {
        format!(
            "GET /v1.0/users/{USER}/onlineMeetings?$filter=JoinWebUrl%20eq%20'{filter} HTTP/1.1\nHost: graph.microsoft.com\n\nHTTP/1.1 404 Not Found\n\n{{\"error\":{{\"code\":\"UnknownError\",\"message\":\"\"}}}}"
        )
    };
    let malformed = |filter: &str| causes(&dump(filter)).contains(&"join-url-filter-malformed".to_owned());
    assert!(!malformed("https%3A%2F%2Fteams.microsoft.com%2Fl%2Fmeetup-join%2F19%253ameeting_abc%2540thread.v2%2F0'"));
    assert!(!malformed(
        "https%3A%2F%2Fteam\ns.microsoft.com%2Fl%2Fmeetup-join%2F19%253ameeting_abc%2540thread.v2%2F0'"
    ));
    assert!(malformed("https%3A%2F%2Fteams.microsoft.com%2Fl%2Fmeetup-join%2F19%253ameeting_abc%2540thread.v2%2F0"));
    let chat = "https://graph.microsoft.com/v1.0/onlineMeetings?$filter=JoinWebUrl eq '.\n..'\ngives me Resource not found for the segment 'onlineMeetings'.";
    assert!(!causes(chat).contains(&"join-url-filter-malformed".to_owned()));
}

#[test]
fn a_line_end_ends_a_code() {
    let log = "{\"log\": \"System.AggregateException: One or more errors occurred. (Code: 7504\\nMessage: Insufficient enterprise tenant permissions, cannot access this API.\\nInner error:\\n\\tAdditionalData:\\n\\trequest-id: 07a6b5c4-d3e2-4f10-8a9b-8c7d6e5f4031\\n)\\n ---> Status Code: Forbidden\\nMicrosoft.Graph.Communications.Core.Exceptions.ServiceException: Code: 7504\"}";
    assert!(results(log).iter().all(|it| it["facts"]["code"] == "7504"), "{log}");
}

#[test]
fn what_is_told_as_over_is_likely_and_not_first() {
    const OLD: &str = "{\"error\":{\"code\":\"Forbidden\",\"message\":\"Graph API access to transcripts is disabled for this tenant.\"}}";
    const NEW: &str = "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Meeting Id is corrupted.\"}}";
    for frame in ["old error: Ä\nnew error: Ö", "Error was: \"Ä\". Error is: Ö", "Until Monday: \"Ä\". Since Monday: Ö"]
    {
        let all = results(&frame.replace('Ä', OLD).replace('Ö', NEW));
        assert_eq!(all[0]["facts"]["code"], "BadRequest", "{frame}");
        assert_eq!(all[0]["findings"][0]["confidence"], "certain", "{frame}");
        assert_ne!(all[1]["findings"][0]["confidence"], "certain", "{frame}");
    }
    let both = results(&format!("First call: {OLD}\nSecond call: {NEW}"));
    assert!(both.iter().all(|it| it["findings"][0]["confidence"] == "certain"));
}

#[test]
fn the_method_of_a_call_is_read_as_clients_write_it() {
    let words = "No application access policy found for this app.";
    for (text, method) in [
        (format!("Get \"https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\": {words}"), "GET"),
        (format!("Post \"https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\": {words}"), "POST"),
        (
            format!(
                "PS C:\\> Invoke-MgGraphRequest -Method GET -Uri \"v1.0/users/{USER}/onlineMeetings\"\n{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"{words}\"}}}}"
            ),
            "GET",
        ),
    ] {
        let facts = &only(&text)["facts"];
        assert_eq!(facts["method"], method, "{text}");
        assert_eq!(facts["path"], format!("/users/{USER}/onlineMeetings"), "{text}");
    }
    // A word of a sentence is no method.
    let facts =
        only(&format!("We could not Get https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings: {words}"));
    assert_ne!(facts["facts"]["method"], "GET");
}

#[test]
fn a_text_that_is_set_in_by_tabs_keeps_its_status() {
    let text = format!(
        "GET /v1.0/users/{USER}/onlineMeetings HTTP/1.1\nHost: graph.microsoft.com\n\nHTTP/1.1 404 Not Found\nContent-Type: application/json\n\n{{\n  \"error\": {{\n    \"code\": \"UnknownError\",\n    \"message\": \"\"\n  }}\n}}"
    );
    let tabs: String = text.lines().map(|line| format!("\t{line}\n")).collect();
    let (plain, set_in) = (only(&text), only(&tabs));
    assert_eq!(plain["facts"]["status"], 404);
    assert_eq!(plain["facts"], set_in["facts"]);
}
