//! A read of the effective policy that is newer than the lists of assignments, and does not say how the policy is assigned.

use serde_json::{Value, json};

use crate::{ADELE, ALEX, APP, OTHER, code, folder, results, run, tenant, text};

const TEAM: &str = "5b1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10";

/// By the lists of 09:00 nobody holds anything; a read of 09:30 says `Notes` of Alex.
fn state() -> Value {
    let mut state = tenant();
    state["policies"]["items"] = json!([
        { "name": "Global", "app_ids": [] },
        { "name": "Notes", "app_ids": [APP] },
        { "name": "Rooms", "app_ids": [OTHER] },
    ]);
    state["direct"]["items"] = json!([]);
    for part in ["policies", "direct", "groups"] {
        state[part]["read_at"] = json!("2026-11-20T09:00:00Z");
    }
    let read = json!({ "user_id": ALEX, "policy": "Notes", "read_at": "2026-11-20T09:30:00Z" });
    state["effective"] = json!({ "status": "partial", "items": [read] });
    state
}

/// What a script does: the exit code, how many lose access, and how many of them perhaps.
fn loses(state: &Value, lines: &str) -> (i32, Value, Value) {
    let (dir, path) = folder(state);
    let script = dir.path().join("change.ps1");
    std::fs::write(&script, lines).unwrap();
    let output = run(&["plan", script.to_str().unwrap(), "--format", "json"], &path);
    let result = &results(&output)[0];
    (code(&output), result["loses_total"].clone(), result["loses_perhaps"].clone())
}

fn grant(policy: &str) -> String {
    format!("Grant-CsApplicationAccessPolicy -Identity '{ALEX}' -PolicyName {policy}\n")
}

#[test]
fn a_grant_that_the_lists_do_not_have_yet_may_be_taken() {
    let null = grant("$null");
    assert_eq!(loses(&state(), &null), (4, json!(1), json!(1)));
    // Another grant before it is gone with it.
    assert_eq!(loses(&state(), &format!("{}{null}", grant("'Rooms'"))), (4, json!(1), json!(1)));
    // After it the assignment is known.
    assert_eq!(loses(&state(), &format!("{null}{}", grant("'Rooms'"))), (1, json!(1), json!(0)));
    assert_eq!(loses(&state(), &format!("{null}{}", grant("'Notes'"))), (0, json!(0), json!(0)));
    // Another one in the list, which the read contradicts.
    let mut other = state();
    other["direct"]["items"] = json!([{ "user_id": ALEX, "policy": "Rooms" }]);
    assert_eq!(loses(&other, &null), (4, json!(1), json!(1)));
    // The lists of groups are of the same time, so that it is assigned directly.
    let mut groups = state();
    groups["groups"]["read_at"] = json!("2026-11-20T09:30:00Z");
    assert_eq!(loses(&groups, &null), (1, json!(1), json!(0)));
}

#[test]
fn what_the_lists_lead_to_is_no_newer_grant() {
    let null = grant("$null");
    // The list of direct assignments is as new as the read, or says the same, or a group gives it.
    let mut same = state();
    same["direct"]["read_at"] = json!("2026-11-20T09:30:00Z");
    assert_eq!(loses(&same, &null), (0, json!(0), json!(0)));
    let mut group = state();
    let members = json!({ "status": "complete", "items": [ALEX] });
    group["groups"]["items"] = json!([{ "group_id": TEAM, "rank": 1, "policy": "Notes", "members": members }]);
    assert_eq!(loses(&group, &null), (0, json!(0), json!(0)));
    let mut direct = state();
    direct["direct"]["items"] = json!([{ "user_id": ALEX, "policy": "Notes" }]);
    assert_eq!(loses(&direct, &null), (1, json!(1), json!(0)));
    // A read that says how leaves nothing open.
    let mut said = state();
    said["effective"]["items"][0]["via"] = json!("group");
    assert_eq!(loses(&said, &null), (0, json!(0), json!(0)));
    said["effective"]["items"][0]["via"] = json!("direct");
    assert_eq!(loses(&said, &null), (1, json!(1), json!(0)));
    // Nobody has read anything newer of anybody else.
    assert_eq!(loses(&state(), &null.replace(ALEX, ADELE)), (0, json!(0), json!(0)));
}

#[test]
fn what_nobody_knows_is_not_given_back() {
    let ask = ["plan", "--app", OTHER, "--user", ALEX, "--format", "json"];
    // Adele holds the policy as well, so that a grant is the smaller fix.
    let mut shared = state();
    shared["direct"]["items"] = json!([{ "user_id": ADELE, "policy": "Notes" }]);
    let (_dir, path) = folder(&shared);
    let output = run(&ask, &path);
    let result = results(&output)[0].clone();
    let grants = |fix: &Value| fix["steps"].to_string().contains("Grant-CsApplicationAccessPolicy");
    let fixes: Vec<&Value> = result["fixes"].as_array().unwrap().iter().filter(|fix| grants(fix)).collect();
    assert!(!fixes.is_empty(), "{result:#}");
    for fix in fixes {
        assert!(fix["proved"] == false && !fix["undo"].to_string().contains("$null"), "{fix:#}");
    }
    let human = text(&run(&["plan", "--app", OTHER, "--user", ALEX], &path));
    let human = human.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(human.contains("what it replaces is not known"), "{human}");
    // The list is as new: there is nothing to give back.
    let mut same = shared;
    same["direct"]["read_at"] = json!("2026-11-20T09:30:00Z");
    let (_dir, path) = folder(&same);
    let result = results(&run(&ask, &path))[0].clone();
    assert!(result["fixes"].to_string().contains("-PolicyName $null"), "{result:#}");
}
