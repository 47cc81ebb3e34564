//! What is told beside a failure without a clock: a change as carried out, and what tells of none; and changes that are told
//! with a day that the reads have.

use super::common::explain_with;
use super::signed_in::tenant;
use serde_json::Value;

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";

fn first(text: &str, options: &[&str]) -> Value {
    let found = explain_with(text, &tenant(), &[&["--format", "json"], options].concat()).json();
    found["results"][0].clone()
}

fn beside(told: &str) -> bool {
    let text = format!(
        "{{\n \"error\": {{\n  \"code\": \"Forbidden\",\n  \"message\": \"No application access policy found for this app {APP} on the user.\"\n }}\n}}\n\n{told}\n"
    );
    first(&text, &["--app", APP, "--user", USER])["findings"][0]["confidence"] == "certain"
}

#[test]
fn what_is_told_as_carried_out() {
    for told in [
        "Admin: I have granted it, please retry.",
        "should be fixed now",
        "Ticket CHG0031: implemented.",
        "Done, please test again.",
        "The rollout of the policy is complete.",
        "Configuration corrected.",
        "Access has been enabled for the user.",
        "Change request approved and carried out.",
        "As of today the user is covered.",
        "IT says it is in place.",
        "IT says they took care of it.",
        "La stratégie a été attribuée à l'utilisateur.",
    ] {
        assert!(!beside(told), "{told}");
    }
}

#[test]
fn what_tells_of_no_change() {
    for told in [
        "The meeting was created yesterday.",
        "The user was created last year.",
        "The app was registered in 2024.",
        "The docs were updated on 2024-11-07.",
        "We use version 2026.11.1 of it.",
        "Last week I read the documentation.",
        "I am working on this since Monday.",
        "Nothing has been changed in the last days.",
        "API permissions: OnlineMeetings.ReadWrite.All Application Yes Granted for Contoso",
        "Admin consent: Granted for Contoso",
        "The permission is granted.",
        "Priority changed: high",
    ] {
        assert!(beside(told), "{told}");
    }
    for told in
        ["It failed yesterday.", "The policy is granted.", "The permission was granted today.", "This was last week."]
    {
        assert!(!beside(told), "{told}");
    }
}

#[test]
fn a_change_whose_time_was_over() {
    let mut state = tenant();
    state["direct"]["items"] = serde_json::json!([{"user_id": USER, "policy": "Meetings"}]);
    let findings = |told: &str| {
        let text = format!(
            "POST https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\n\nHTTP/1.1 403 Forbidden\nDate: Fri, 27 Nov 2026 10:04:31 GMT\n\n{{\"error\": {{\"code\": \"Forbidden\", \"message\": \"No application access policy found for this app {APP} on the user.\"}}}}\n\n{told}\n"
        );
        explain_with(&text, &state, &["--format", "json"]).json()["results"][0]["findings"].clone()
    };
    let causes = |findings: &Value| {
        let all = findings.as_array().into_iter().flatten();
        all.map(|it| (it["cause"].clone(), it["confidence"].clone())).collect::<Vec<_>>()
    };
    let plain = findings("");
    for told in ["The policy was granted at 2026-11-26T09:15:00Z.", "The policy was granted last month."] {
        assert_eq!(causes(&findings(told)), causes(&plain), "{told}");
    }
    assert_ne!(causes(&findings("The policy was granted at 2026-11-27T10:01:00Z.")), causes(&plain));
}
