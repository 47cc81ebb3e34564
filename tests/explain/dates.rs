//! Which date is that of a failure: a mail and a ticket have one too.

use super::common::{explain_with, graphwhy};
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const OTHER: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";

/// A snapshot of 27 November, in which `Meetings`, which the user holds, hides `Global`.
fn tenant() -> Value {
    json!({
        "schema": 1, "taken_at": "2026-11-27T10:00:00Z",
        "policies": {"status": "complete", "items": [
            {"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": [OTHER]}]},
        "direct": {"status": "complete", "items": [{"user_id": USER, "policy": "Meetings"}]},
        "groups": {"status": "complete", "items": []},
    })
}

/// The error with its own date, or without one.
fn error(date: Option<&str>) -> String {
    let date = date.map(|date| format!(r#""date":"{date}","#)).unwrap_or_default();
    format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/MSox\n\n\
         {{\"error\":{{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app\",\
         \"innerError\":{{{date}\"request-id\":\"1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21\"}}}}}}\n"
    )
}

/// The answer below its request, with a head of its own.
fn answer(head: &str, date: Option<&str>) -> String {
    let error = error(date);
    let (request, body) = error.split_once("\n\n").unwrap();
    format!("{request}\n{head}{body}")
}

fn first(text: &str, options: &[&str]) -> (String, String, Value) {
    let run = explain_with(text, &tenant(), &[&["--format", "json", "--app", APP], options].concat());
    let result = run.json()["results"][0].clone();
    let finding = result["findings"][0].clone();
    let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    (text("cause"), text("confidence"), result["facts"]["date"].clone())
}

const MAIL: &str = "From: Bjarne <bjarne@contoso.com>\nTo: support@contoso.com\nSubject: RE: bot\nDate: Fri, 27 Nov 2026 10:31:02 +0100\n\nHi,\n\n";
const TICKET: &str = "Ticket 4711\nDate: Fri, 27 Nov 2026 08:00:00 GMT\nStatus: open\nPriority: 1\n\n";

/// The date of what reports a failure, on whichever side, is not the failure's.
#[test]
fn the_date_of_a_mail_or_a_ticket_is_not_that_of_the_error() {
    let old = error(Some("2026-11-20T09:12:44"));
    let quoted = |text: &str| text.lines().map(|line| format!("> {line}\n")).collect::<String>();
    let of_mail_api = format!(
        "{{\"from\":\"bjarne@contoso.com\",\"subject\":\"bot\",\"Date\":\"Fri, 27 Nov 2026 10:31:02 GMT\"}}\n{old}"
    );
    for text in [
        format!("{MAIL}{old}"),
        format!("{MAIL}{}", quoted(&old)),
        format!("{}\n{old}", quoted(MAIL)),
        format!("{}{old}", MAIL.replace("+0100", "GMT")),
        format!("{}{old}", MAIL.replace('\n', "\r\n")),
        format!("{TICKET}{old}"),
        format!("{old}\n{TICKET}"),
        format!("Date: Fri, 27 Nov 2026 10:31:02 +0100\nContent-Type: text/plain\n\n{old}"),
        of_mail_api,
    ] {
        let (cause, confidence, date) = first(&text, &[]);
        assert_eq!((cause.as_str(), confidence.as_str()), ("policy-shadowed", "likely"), "{text}");
        assert_eq!(date, "2026-11-20T09:12:44", "{text}");
    }
    let (_, confidence, _) = first(&format!("{MAIL}{}", error(Some("2026-11-27T09:12:44"))), &[]);
    assert_eq!(confidence, "certain");
}

/// The day of a system log may be of any year.
#[test]
fn a_day_without_its_year_proves_nothing() {
    let failed = format!("403 Forbidden: No application access policy found for this app {APP} on the user {USER}.");
    for (lead, sure) in [
        ("", "certain"),
        ("2026-11-27T09:38:00Z web1 app[12]: ", "certain"),
        ("Nov 27 09:38:00 web1 app[12]: ", "likely"),
        ("Nov 27 09:38:00 2026 web1 app[12]: ", "certain"),
    ] {
        let text = format!("{lead}{failed}\n");
        assert_eq!(first(&text, &[]).1, sure, "{text}");
        let told = first(&text, &["--at", "2026-11-27T09:38:00Z"]);
        assert_eq!(told.1, "certain", "{text}");
    }
}

/// It proves nothing, and it is a doubt.
#[test]
fn an_old_mail_makes_a_failure_without_a_date_less_sure() {
    for (day, sure) in [("20", "likely"), ("27", "certain")] {
        let day = format!("{day} Nov");
        // The ticket says GMT: what was read more than an hour later is too late.
        let ticket = TICKET.replace("27 Nov 2026 08:", "27 Nov 2026 09:");
        for head in [MAIL.replace("27 Nov", &day), ticket.replace("27 Nov", &day)] {
            let (_, confidence, date) = first(&format!("{head}{}", error(None)), &[]);
            assert_eq!((confidence.as_str(), &date), (sure, &Value::Null), "{head}");
        }
    }
}

/// A state without any time, and a failure of which a mail tells one.
#[test]
fn a_state_without_a_time_is_no_proof_of_what_a_mail_reports() {
    let mut undated = tenant();
    undated.as_object_mut().unwrap().remove("taken_at");
    let run = explain_with(&format!("{MAIL}{}", error(None)), &undated, &["--format", "json", "--app", APP]);
    assert_eq!(run.json()["results"][0]["findings"][0]["confidence"], "likely", "{run:?}");
}

/// Headers of an answer as clients write them.
#[test]
fn the_date_of_an_answer_counts() {
    let http = "Fri, 27 Nov 2026 09:12:45 GMT";
    for head in [
        format!("HTTP/1.1 403 Forbidden\nDate: {http}\n\n"),
        format!("< HTTP/2 403 \n< date: {http}\n< \n"),
        format!("> HTTP/1.1 403 Forbidden\n> Date: {http}\n>\n"),
        format!("403 : Forbidden\nCache-Control : private\nDate : {http}\n"),
        format!("reply: 'HTTP/1.1 403 Forbidden\\r\\n'\nheader: Date: {http}\nheader: Vary: Accept\n\n"),
        format!("Date: {http}\nContent-Type: application/json\n\n"),
        format!("{{'Date': '{http}', 'Transfer-Encoding': 'chunked'}}\n"),
        format!("\"headers\": {{ \"Date\": \"{http}\" }}\n"),
        format!("“headers”: {{ “Date”: “{http}” }}\n"),
        format!("{{“Date”: “{http}”, “Vary”: “Accept”}}\n"),
        format!("answer 403 date: {http} request-id: 1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21\n"),
    ] {
        let (_, confidence, date) = first(&answer(&head, None), &[]);
        assert_eq!((confidence.as_str(), &date), ("certain", &json!(http)), "{head}");
    }
    let mailed = format!("{MAIL}{}", answer(&format!("HTTP/1.1 403 Forbidden\nDate: {http}\n\n"), None));
    assert_eq!(first(&mailed, &[]).2, http);
}

/// Two dates of one failure that cannot be of one moment: nothing is proved that only one of them allows.
#[test]
fn dates_that_contradict_each_other_prove_what_both_allow() {
    let head = |date: &str| format!("HTTP/1.1 403 Forbidden\nDate: {date} GMT\n\n");
    for (http, own, sure) in [
        ("Fri, 20 Nov 2026 09:12:45", "2026-11-27T09:12:44", "likely"),
        ("Fri, 27 Nov 2026 09:12:45", "2026-11-20T09:12:44", "likely"),
        ("Fri, 27 Nov 2026 09:12:45", "2026-11-27T01:12:44", "certain"),
        ("Fri, 27 Nov 2026 09:12:45", "2026-11-27T23:12:44", "certain"),
    ] {
        let text = answer(&head(http), Some(own));
        assert_eq!(first(&text, &[]).1, sure, "{text}");
        let told = graphwhy(["explain", "-"], &text).out;
        assert_eq!(told.contains("contradicts it"), sure == "likely", "{told}");
        // Where somebody says when it was, that is it.
        assert_eq!(first(&text, &["--at", "2026-11-27T09:12:45Z"]).1, "certain", "{text}");
    }
}

#[test]
fn the_time_in_force_is_told() {
    let text = error(Some("2026-11-27T09:12:44"));
    let run = explain_with(&text, &tenant(), &["--app", APP, "--at", "2026-11-20T09:12:44Z"]);
    assert!(run.out.contains("7 days newer than the failure"), "{}", run.out);
    assert!(run.out.contains("time 2026-11-20T09:12:44Z (--at)"), "{}", run.out);
    assert!(run.out.contains("date in the text 2026-11-27T09:12:44"), "{}", run.out);
}
