//! Times that stand with a failure without a clock.

use super::common::explain_with;
use serde_json::{Value, json};

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";

/// The day before yesterday, or days after it: an older state proves nothing of a failure without a clock.
fn day(days: i64, format: &str) -> String {
    let now = jiff::Timestamp::now().as_second() / 86_400 - 2 + days;
    jiff::Timestamp::from_second(now * 86_400).expect("a time").strftime(format).to_string()
}

/// A snapshot of 09:00 UTC of that day, in which `Meetings` lists the app.
fn tenant(granted: bool, history: Value) -> Value {
    let read = day(0, "%FT09:00:00Z");
    let direct = if granted { json!([{"user_id": USER, "policy": "Meetings"}]) } else { json!([]) };
    json!({
        "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global",
        "taken_at": read,
        "policies": {"status": "complete", "read_at": read, "items": [
            {"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}]},
        "direct": {"status": "complete", "read_at": read, "items": direct},
        "groups": {"status": "complete", "read_at": read, "items": []},
        "users": {"status": "partial", "items": [{"id": USER, "upn": "lena@contoso.com", "teams": "enabled"}]},
        "apps": {"status": "partial", "items": [{"app_id": APP, "name": "Scheduler", "enabled": true, "roles": [
            {"id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "value": "OnlineMeetings.ReadWrite.All"}]}]},
        "history": history,
    })
}

/// The last assignment of the user is gone, or a first one made.
fn changed(change: &str, days: i64, at: &str) -> Value {
    let at = day(days, at);
    json!([{"part": "direct", "key": USER, "change": change, "value": "Meetings", "not_before": at, "not_after": at,
        "source": "test"}])
}

fn refused() -> String {
    format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/abc 403 Forbidden: \
         No application access policy found for this app {APP} on the user {USER}."
    )
}

fn explain(text: &str, state: &Value) -> Value {
    explain_with(text, state, &["--format", "json"]).json()["results"][0].clone()
}

fn confidence(result: &Value, cause: &str) -> String {
    let findings = result["findings"].as_array().into_iter().flatten();
    let found = findings.into_iter().find(|finding| finding["cause"] == cause);
    found.map_or_else(String::new, |finding| finding["confidence"].as_str().unwrap_or_default().to_owned())
}

fn gate(result: &Value, gate: &str) -> String {
    let gates = result["gates"].as_array().into_iter().flatten();
    let found = gates.into_iter().find(|one| one["gate"] == gate);
    found.map_or_else(String::new, |one| one["outcome"].as_str().unwrap_or_default().to_owned())
}

/// Certain at most where it would be with that clock.
#[test]
fn a_time_that_stands_with_a_failure_bounds_what_is_certain() {
    let state = tenant(false, json!([]));
    for (days, lead, certain) in [
        (0, "%FT08:30:00Z ERROR ", true),
        (0, "%FT09:30:00+01:00 ERROR ", true),
        (0, "%F 08:30:00.101 UTC ", true),
        (0, "%FT20:00:00Z ERROR ", true),
        (0, "%FT06:00:00Z ERROR ", false),
        (0, "%FT08:30:00+02:00 ERROR ", false),
        (0, "10.0.0.4 - - [%d/%b/%Y:03:30:00 +0000] ", false),
        (0, "Sent: %A, %B %d, %Y 08:40\n\n", true),
        (0, "Sent: %A, %B %d, %Y 8:40 PM\n\n", true),
        (-1, "Sent: %A, %B %d, %Y 10:00\n\n", false),
        (0, "{\"ts\":%s,\"msg\":\"", false),
    ] {
        let lead = day(days, lead);
        let result = explain(&format!("{lead}{}", refused()), &state);
        let expected = if certain { "certain" } else { "likely" };
        assert_eq!(confidence(&result, "policy-not-granted"), expected, "{lead}");
    }
    let at = day(0, "%FT08:30:00Z");
    let words = explain_with(&format!("{at} ERROR {}", refused()), &state, &[]).out;
    assert!(words.contains(&format!("time        `{at}` is given with it")), "{words}");
}

/// What was changed after that time was another way then.
#[test]
fn a_change_after_the_time_that_stands_with_a_failure_is_open() {
    let text = format!("{} ERROR {}", day(0, "%FT08:30:00Z"), refused());
    let removed = tenant(false, changed("removed", 0, "%FT08:45:00Z"));
    let result = explain(&text, &removed);
    assert_ne!(confidence(&result, "policy-not-granted"), "certain");
    assert_eq!(gate(&result, "policy"), "unknown");
    let before = tenant(false, changed("removed", -2, "%FT07:00:00Z"));
    assert_eq!(confidence(&explain(&text, &before), "policy-not-granted"), "certain");
    // The state allows it since, so that nothing is ruled out of what it was.
    let added = tenant(true, changed("added", 0, "%FT08:45:00Z"));
    let result = explain(&text, &added);
    let out = result["ruled_out"].to_string();
    assert!(!out.contains("\"policy-not-granted\""), "{out}");
    assert_eq!(gate(&result, "policy"), "unknown");
}

/// Nobody knows which of several dates is the failure's.
#[test]
fn of_several_dates_the_oldest_and_the_newest_count() {
    let state = tenant(false, json!([]));
    let one = refused().replace(" 403", "\n403");
    let (now, today, mail) = (day(0, "%FT08:40:00Z"), day(0, "%F"), day(-90, "Sent: %A, %d %B %Y 10:05"));
    let (old, due) = (day(-90, "%FT10:05:00Z"), day(300, "%F"));
    for (text, certain) in [
        (format!("{mail}\n\nlog of {now}\n{one}"), false),
        (format!("{now} INFO start\n{one}\n{old} INFO"), false),
        (format!("Opened: {}\nDue: {today}\n\n{one}", day(-90, "%F")), false),
        (format!("{mail}\n\nThe meeting is on {today} 09:00.\n{one}"), false),
        (format!("{now} ERROR\nSecret expires {due}\n{one}"), true),
        (format!("{{\"renewBy\": \"{today}\", \"msg\": \"{}\", \"time\": \"{old}\"}}", refused()), false),
        // Its own line tells.
        (format!("{old} INFO start\n{now} ERROR {}", refused()), true),
        (format!("{one}\n\n\n\n\n\nReported on {}\n", day(-90, "%F")), false),
    ] {
        let result = explain(&text, &state);
        assert_eq!(confidence(&result, "policy-not-granted") == "certain", certain, "{text}");
    }
}

/// A change in the hours that a time without a zone may be before or after.
#[test]
fn a_change_within_a_time_without_a_zone_leaves_the_gate_open() {
    let text = format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/abc\n\nHTTP/1.1 403 Forbidden\n\n{{\"error\":{{\
         \"code\":\"Forbidden\",\"message\":\"No application access policy found for this app {APP}.\",\
         \"innerError\":{{\"date\":\"{}\",\"request-id\":\"c9f3b6f2-7a55-4c1e-9a44-0d7d3d1f6a2b\"}}}}}}",
        day(0, "%FT08:50:00")
    );
    for (days, at) in [(-1, "%FT20:00:00Z"), (0, "%FT08:20:00Z"), (0, "%FT08:55:00Z")] {
        let result = explain(&text, &tenant(false, changed("removed", days, at)));
        assert_eq!(gate(&result, "policy"), "unknown", "{at}");
        assert_ne!(confidence(&result, "policy-not-granted"), "certain", "{at}");
    }
    let result = explain(&text, &tenant(false, changed("removed", -2, "%FT08:00:00Z")));
    assert_eq!(gate(&result, "policy"), "fail");
}

/// Without any time, what a change within the last day made allowed may have been refused.
#[test]
fn an_undated_failure_may_be_from_before_a_young_change() {
    let result = explain(&refused(), &tenant(true, changed("added", 0, "%FT08:20:00Z")));
    let out = result["ruled_out"].to_string();
    assert!(!out.contains("\"policy-not-granted\""), "{out}");
    assert_eq!(confidence(&result, "policy-not-granted"), "possible");
    let result = explain(&refused(), &tenant(true, changed("added", -12, "%FT08:20:00Z")));
    assert!(result["ruled_out"].to_string().contains("\"policy-not-granted\""));
}
