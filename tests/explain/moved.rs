//! What a text tells of a state that moved on, or of another tenant; and what is asked for, and waited for, then.

use super::common::{explain_with, findings, graphwhy};
use serde_json::{Value, json};

const TENANT: &str = "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10";
const FABRIKAM: &str = "c41d7e90-5b2a-4f83-9e61-0a7d3c8b2f15";
const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const OTHER_APP: &str = "2e8c4a60-7b15-4d93-a6f0-1c9e5b3d7f42";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";

/// `Meetings`, which is the user's own, hides `Global`; read at ten.
fn tenant(history: &Value) -> Value {
    json!({
        "schema": 1, "tenant_id": TENANT, "cloud": "global", "taken_at": "2026-03-04T10:00:00Z",
        "policies": {"status": "complete", "items": [
            {"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": [OTHER_APP]}]},
        "direct": {"status": "complete", "items": [{"user_id": USER, "policy": "Meetings"}]},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "complete", "items": [
            {"id": USER, "upn": "lena@contoso.com", "type": "member", "enabled": true, "teams": "enabled"}]},
        "apps": {"status": "partial", "items": [{"app_id": APP, "name": "Scheduler", "enabled": true,
            "roles": [{"id": "c1684f21-1984-47fa-9d61-2dc8c296bb70", "value": "OnlineMeetings.Read.All"}]}]},
        "history": history,
    })
}

fn refused(head: &str, date: &str) -> String {
    format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/MSox\n\nHTTP/1.1 403 Forbidden\n{head}\n{{\"error\":\
         {{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app {APP} on the user {USER}.\"{date}}}}}\n"
    )
}

fn at(time: &str) -> String {
    refused(&format!("Date: Wed, 04 Mar 2026 {time} GMT\n"), "")
}

fn explain(text: &str) -> Value {
    explain_with(text, &tenant(&json!([])), &["--format", "json"]).json()["results"][0].clone()
}

/// A state of after a failure may be of after what is told; one of before it only where the call works since, or something
/// was changed, nobody knows when.
#[test]
fn what_is_told_of_a_change_takes_certainty() {
    for (told, after, before) in [
        ("", "certain", "certain"),
        ("We later put the user under Global.", "likely", "certain"),
        ("Resolution: user was added to policy Meetings", "likely", "certain"),
        ("Update: after lunch the same call returned 200", "likely", "likely"),
        ("switched him to Global", "likely", "likely"),
        ("I added the app this afternoon", "likely", "likely"),
        ("10 minutes later: 200 OK", "likely", "likely"),
        ("The app was removed from the policy.", "likely", "likely"),
        ("Lena now holds Meetings instead of Global.", "likely", "likely"),
        (
            "2026-03-04T09:57:00Z Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{Remove='x'}",
            "likely",
            "certain",
        ),
        ("Should we put the user under Global later?", "certain", "certain"),
        ("We plan to add the app this afternoon.", "certain", "certain"),
        ("The policy was never changed since.", "certain", "certain"),
        ("For other users the same call returned 200 after lunch.", "certain", "certain"),
    ] {
        for (time, confidence) in [("09:55:00", after), ("10:05:00", before)] {
            let result = explain(&format!("{}\n{told}\n", at(time)));
            assert_eq!(findings(&result)[0], format!("policy-shadowed {confidence}"), "{time} {told}");
        }
    }
}

/// What is told above a failure, and a command that was run there, may not be in the state nor have reached Graph.
#[test]
fn what_is_told_above_a_failure_takes_certainty_and_opens_the_time() {
    let told = [
        ("Meetings was granted to Lena at 10:01 UTC today, and at 10:05 UTC:", true),
        ("We gave Lena the policy at 10:01Z.", true),
        ("Lena got the policy 5 minutes ago. Still:", true),
        ("Nach der Zuweisung der Richtlinie um 10:01 UTC:", true),
        (
            "PS> Grant-CsApplicationAccessPolicy -Identity 0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03 -PolicyName Meetings",
            true,
        ),
        ("PS> Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{Add='x'}", true),
        ("I have already added the app to the policy:", false),
        ("The Teams team changed the policy this morning. Error:", false),
    ];
    for (told, recent) in told {
        let result = explain(&format!("{told}\n\n{}", at("10:05:00")));
        let found = findings(&result);
        let wait = if recent { "policy-still-propagating likely" } else { "policy-still-propagating possible" };
        assert!(!found.iter().any(|it| it.ends_with(" certain")), "{told}: {found:?}");
        assert!(found.iter().any(|it| it == wait), "{told}: {found:?}");
        let gates = result["gates"].as_array().unwrap();
        let time = gates.iter().find(|gate| gate["gate"] == "time").unwrap();
        assert_eq!(time["outcome"], "unknown", "{told}: {time}");
        let first = result["fixes"][0].to_string();
        assert_eq!(first.contains("wait until 30 minutes"), recent, "{told}: {first}");
        let shown = explain_with(&format!("{told}\n\n{}", at("10:05:00")), &tenant(&json!([])), &[]).out;
        let lead = shown.split("fix 1 of ").nth(1).unwrap_or_default();
        assert_eq!(lead[1..].starts_with("  wait until"), recent, "{told}: {shown}");
    }
    // What may have been changed between the read and the failure.
    for told in
        ["Since then an admin has removed the direct assignment.", "It works again since Kim changed something."]
    {
        let later = explain(&format!("{told}\n\n{}", at("20:05:00")));
        assert_eq!(findings(&later)[0], "policy-shadowed likely", "{told}");
    }
    for told in [
        "nothing was changed.",
        "Should we grant the policy to Lena?",
        "We plan to grant the policy at 10:01Z.",
        "The policy was created last year.",
        "We granted the policy to Lena on 2026-01-10 at 09:00Z.",
        "The policy was never changed.",
    ] {
        let result = explain(&format!("{told}\n\n{}", at("10:05:00")));
        assert_eq!(findings(&result)[0], "policy-shadowed certain", "{told}");
    }
    let waited = explain(&format!("{}\nResolved: waited half an hour.\n", at("10:05:00")));
    assert_eq!(findings(&waited)[..2], ["policy-shadowed likely", "policy-still-propagating likely"]);
}

/// What nobody has read does not come before what the answer states, and the lookup is the same under the organizer.
#[test]
fn an_empty_list_is_first_what_it_is() {
    let mut state = tenant(&json!([]));
    state["users"]["items"][0].as_object_mut().unwrap().remove("teams");
    let text = format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings?$filter=JoinWebUrl%20eq%20'https%3A%2F%2Fteams.microsoft.com%2Fl%2Fx'\n\
         HTTP/1.1 200 OK\nContent-Type: application/json\n\n{{\"value\":[]}}\n"
    );
    let result = explain_with(&text, &state, &["--format", "json"]).json()["results"][0].clone();
    assert_eq!(findings(&result)[0], "result-empty possible");
    let fix = result["fixes"][0].to_string();
    assert!(fix.contains("onlineMeetings?$filter=JoinWebUrl") && !fix.contains("<meeting-id>"), "{fix}");
}

/// A state without a time is asked when it was read: the time of the failure would decide nothing.
#[test]
fn a_state_without_a_time_is_asked_for_its_own() {
    let mut state = tenant(&json!([]));
    state.as_object_mut().unwrap().remove("taken_at");
    let told = explain_with(&at("10:05:00"), &state, &[]).out;
    assert!(told.contains("graphwhy import --taken-at <time>") && !told.contains("`--at <time>Z`"), "{told}");
}

/// A state of another tenant is no reason for anything, and none of its names is told.
#[test]
fn a_state_of_another_tenant_gives_no_cause_and_no_name() {
    for told in [
        format!("We are Fabrikam, tenant {FABRIKAM}."),
        format!("Tenant ID: {FABRIKAM}"),
        format!("\n\nHello,\n\nthis is tenant {FABRIKAM}\n"),
    ] {
        let result = explain(&format!("{}\n{told}\n", at("10:05:00")));
        assert!(!result.to_string().contains("Meetings`"), "{told}: {result:#}");
        let shadowed = findings(&result).into_iter().find(|finding| finding.starts_with("policy-shadowed"));
        assert_eq!(shadowed.as_deref(), Some("policy-shadowed possible"), "{told}");
        assert!(result["contradiction"].to_string().contains(FABRIKAM), "{told}");
    }
    for told in [format!("It works in tenant {FABRIKAM}."), format!("We are Contoso, tenant {TENANT}.")] {
        let result = explain(&format!("{}\n{told}\n", at("10:05:00")));
        assert_eq!(findings(&result)[0], "policy-shadowed certain", "{told}");
    }
}

/// Which side of a change a failure is on, its time tells: that is cheaper than another snapshot.
#[test]
fn a_time_is_asked_for_before_another_snapshot() {
    let history = json!([{"part": "direct", "key": USER, "change": "changed", "value": "Meetings",
        "not_before": "2026-03-04T09:20:00Z", "not_after": "2026-03-04T09:25:00Z"}]);
    let report = |text: &str, options: &[&str]| explain_with(text, &tenant(&history), options).out;
    let undated = report(&refused("", ",\"innerError\":{\"date\":\"2026-03-04T09:40:00\"}"), &["--verbose"]);
    let place = |words: &str| undated.find(words).unwrap_or_else(|| panic!("{words}: {undated}"));
    assert!(place("`--at <time>Z`") < place("a snapshot that was read before the change"), "{undated}");
    assert!(undated.contains("may decide"), "{undated}");
    // Where it is known only the snapshot is left.
    let dated = report(&at("09:40:00"), &[]);
    assert!(dated.contains("a snapshot that was read before the change"), "{dated}");
    assert!(!dated.contains("--at <time>Z"), "{dated}");
}

/// The answer's own wait goes before any pause that a page recommends.
#[test]
fn an_outage_waits_as_its_answer_says() {
    let body = "{\"error\":{\"code\":\"ServiceUnavailable\",\"message\":\"Service Unavailable\"}}\n";
    let text = |head: &str| format!("HTTP/1.1 503 Service Unavailable\n{head}\n{body}");
    let told = graphwhy(["explain", "-"], text("Retry-After: 17\n")).out;
    assert!(told.contains("after 17 seconds, as `Retry-After` says"), "{told}");
    assert!(!told.contains("2, 4, 8"), "{told}");
    assert!(graphwhy(["explain", "-"], text("")).out.contains("after 2, 4, 8 seconds and so on"));
}

/// `Tag:` is no part of the name.
#[test]
fn a_name_that_is_taken_fills_the_repair() {
    for name in ["Tag:Rooms", "Rooms", "tag:Rooms"] {
        let told =
            graphwhy(["explain", "-"], format!("New-CsApplicationAccessPolicy : Identity \"{name}\" already exists\n"));
        let command = "Set-CsApplicationAccessPolicy -Identity 'Rooms' -AppIds @{Add='<client-id>'}";
        assert!(told.out.contains(command), "{}", told.out);
    }
    let told = graphwhy(["explain", "-"], "New-CsApplicationAccessPolicy : Policy already exists\n").out;
    assert!(told.contains("-Identity '<policy-name>'"), "{told}");
}

/// `Global` is there: it is only nothing that a single user is granted.
#[test]
fn of_global_nobody_says_that_it_does_not_exist() {
    let words = |name: &str| {
        format!(
            "Grant-CsApplicationAccessPolicy : Policy \"{name}\" is not a user policy. You can assign only a user policy to a \
             specific user.\n"
        )
    };
    let told = graphwhy(["explain", "-"], words("Global")).out;
    assert!(!told.contains("the tenant has no policy of this name"), "{told}");
    let result = graphwhy(["explain", "-", "--format", "json"], words("Meetings")).json()["results"][0].clone();
    assert_eq!(findings(&result)[0], "granted-policy-does-not-exist certain");
}
