//! A plan for one virtual event is a plan for its creator, where the state has the event.

use std::process::Output;

use serde_json::{Value, json};

use crate::{ADELE, ALEX, APP, code, folder, results, run, tenant, text};

const EVENT: &str = "5e5e1111-2222-4333-8444-555566667777@7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10";
const ROLE: &str = "1dccb351-c4e4-4e09-a8d1-7a9ecbf027cc";

/// Adele created the event, and the app is listed for nobody.
fn state() -> Value {
    let mut state = tenant();
    state["apps"]["items"][0]["roles"] = json!([{ "id": ROLE, "value": "VirtualEvent.Read.All" }]);
    state["rsc"] = json!({ "status": "complete", "items": [] });
    state["events"] = json!({ "items": [{ "id": EVENT, "created_by": ADELE }] });
    state
}

fn asked(command: &str, state: &Value, more: &[&str]) -> Output {
    let (_dir, path) = folder(state);
    let operation = format!("GET /solutions/virtualEvents/webinars/{EVENT}");
    run(&[&[command, "--app", APP, "--operation", &operation], more].concat(), &path)
}

#[test]
fn a_plan_for_an_event_is_for_its_creator() {
    for more in [&[] as &[&str], &["--user", ADELE], &["--user", "adele@contoso.com"]] {
        let output = asked("plan", &state(), &[more, &["--format", "json"]].concat());
        let fixes = results(&output)[0]["fixes"].to_string();
        assert_eq!(code(&output), 1, "{fixes}");
        assert!(fixes.contains(ADELE), "{fixes}");
    }
    // Nothing is proposed for somebody else.
    for more in [&["--user", ALEX] as &[&str], &["--user", ADELE, "--user", ALEX]] {
        let output = asked("plan", &state(), more);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(code(&output) == 2 && text(&output).is_empty(), "{error}");
        assert!(error.contains(&format!("an event that `{ADELE}` created")), "{error}");
    }
    // Of an event that nobody has read the user is whoever is named.
    let mut unread = state();
    unread["events"] = json!({ "items": [] });
    assert_eq!(code(&asked("plan", &unread, &[])), 2);
    assert_eq!(code(&asked("plan", &unread, &["--user", ALEX])), 1);
}

#[test]
fn the_next_command_keeps_the_event_and_its_creator() {
    let next = |state: &Value, more: &[&str]| {
        let human = text(&asked("check", state, more));
        human.lines().find(|line| line.starts_with("graphwhy plan")).unwrap_or_default().to_owned()
    };
    let kept = format!("--user {ADELE} --operation \"GET /solutions/virtualEvents/webinars/{EVENT}\"");
    for more in [&[] as &[&str], &["--user", ADELE], &["--user", ALEX]] {
        let line = next(&state(), more);
        assert!(line.is_empty() && more == ["--user", ALEX] || line.contains(&kept), "{more:?} {line}");
    }
    let mut unread = state();
    unread["events"] = json!({ "items": [] });
    assert!(next(&unread, &["--user", ALEX]).contains(&format!("--user {ALEX} --operation read-webinar")));
}
