//! Who is counted: who gains what was asked for, who comes later, and what moves beside a gate that is not known.

use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::{ADELE, ALEX, APP, OTHER, code, folder, results, run, tenant, text};

const GROUP: &str = "348d2cbb-3b55-40ed-8c34-2eae5932b22a";

fn diff(before: &Value, after: &Value) -> (i32, Value) {
    let (dir, first) = folder(before);
    let second = dir.path().join("after.json");
    std::fs::write(&second, after.to_string()).unwrap();
    let args = ["--format", "json", "--exit-code"];
    let output =
        Command::cargo_bin("graphwhy").unwrap().arg("diff").arg(&first).arg(&second).args(args).output().unwrap();
    (code(&output), results(&output)[0].clone())
}

/// Teams comes to a user of whom nobody has read the direct assignment: access may come with it.
#[test]
fn a_gate_that_moves_beside_an_unknown_one_is_told() {
    let mut without = tenant();
    without["direct"] = json!({ "status": "missing" });
    let with = without.clone();
    without["users"]["items"][0]["teams"] = json!("absent");
    let (rc, result) = diff(&without, &with);
    assert_eq!((rc, &result["gains_total"], &result["gains_perhaps"]), (4, &json!(2), &json!(2)), "{result:#}");
    assert_eq!((&result["gains"][0]["user_id"], &result["loses_total"]), (&json!(ADELE), &json!(0)));
    assert!(result["gains"][0]["possible"].as_array().unwrap().contains(&json!("read-meeting")));
    let (rc, result) = diff(&with, &without);
    assert_eq!((rc, &result["loses_total"], &result["loses_perhaps"]), (4, &json!(2), &json!(2)), "{result:#}");
    // What both tell is a change as ever.
    let mut known = tenant();
    known["users"]["items"][0]["teams"] = json!("absent");
    assert_eq!(diff(&tenant(), &known).0, 1);
}

/// A list whose policy gate the documents leave open goes from pass to unknown beside an unknown user gate.
#[test]
fn an_operation_that_becomes_less_known_is_among_the_losses() {
    let mut state = tenant();
    state["users"]["items"][0]["teams"] = json!("absent");
    state["settings"]["graph_transcript_access"] = json!(true);
    let transcripts =
        json!({ "id": "a4a80d8d-d283-4bd8-8504-555ec3870630", "value": "OnlineMeetingTranscript.Read.All" });
    state["apps"]["items"][1]["roles"].as_array_mut().unwrap().push(transcripts);
    state["policies"]["items"].as_array_mut().unwrap().push(json!({ "name": "Notes only", "app_ids": [APP] }));
    let (_dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--user", ADELE, "--format", "json"], &path);
    let result = &results(&output)[0];
    let fixes = result["fixes"].as_array().unwrap();
    let grant = fixes.iter().find(|fix| fix["title"].as_str().unwrap().starts_with("grant `Notes only`")).unwrap();
    let loss = grant["loses"].as_array().unwrap().iter().find(|it| it["app_id"] == OTHER).unwrap();
    assert!(loss["possible"].as_array().unwrap().contains(&json!("list-transcripts")), "{loss:#}");
}

#[test]
fn groups_that_nobody_read_may_have_later_members() {
    let mut state = tenant();
    state["groups"] = json!({ "status": "missing" });
    let (_dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--user", ADELE, "--format", "json"], &path);
    let result = &results(&output)[0];
    let fixes = result["fixes"].as_array().unwrap();
    let edit = fixes.iter().find(|fix| fix["title"].as_str().unwrap().starts_with("add the app to")).unwrap();
    assert_eq!((&edit["gains_future"], &edit["gains_future_perhaps"]), (&json!(true), &json!(true)), "{edit:#}");
}

/// Of the users of a policy only one has Teams: the others gain nothing for certain.
#[test]
fn the_headline_counts_the_operation_that_was_asked_for() {
    let mut state = tenant();
    state["policies"]["items"][0]["app_ids"] = json!([APP]);
    state["apps"]["items"][0]["roles"] = json!([]);
    let (_dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--user", ADELE, "--format", "json"], &path);
    let result = results(&output)[0].clone();
    for fix in result["fixes"].as_array().unwrap().iter().filter(|fix| fix["gains_asked"].is_object()) {
        let name = json!("read-meeting");
        let gains = fix["gains"].as_array().unwrap();
        let of = |list: &str| {
            gains.iter().filter(|it| it["app_id"] == APP && it[list].as_array().unwrap().contains(&name)).count()
        };
        assert_eq!(fix["gains_asked"]["users"], of("operations") + of("possible"), "{fix:#}");
        assert!(fix["gains_asked"]["perhaps"].as_u64().unwrap() <= fix["gains_asked"]["users"].as_u64().unwrap());
    }
}

/// Whoever asks for a group wants those who join it: its own policy comes before a grant to each member.
#[test]
fn the_own_policy_of_a_group_comes_first() {
    let mut state = tenant();
    state["direct"]["items"] = json!([]);
    state["policies"]["items"][1]["name"] = json!("Rooms");
    state["groups"]["items"] = json!([{ "group_id": GROUP, "name": "Rooms", "policy": "Rooms", "rank": 1,
        "members": { "status": "complete", "items": [ADELE, ALEX] } }]);
    let (_dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--group", GROUP, "--format", "json"], &path);
    let first = results(&output)[0]["fixes"][0].clone();
    let commands = first["steps"][0]["commands"].as_array().unwrap();
    assert_eq!(commands.len(), 1, "{first:#}");
    assert!(commands[0].as_str().unwrap().starts_with("Set-CsApplicationAccessPolicy "), "{first:#}");
    assert_eq!((&first["gains_total"], &first["gains_future"]), (&json!(2), &json!(true)));
    // Another group of that policy is not what was asked for.
    let other = json!({ "group_id": "448d2cbb-3b55-40ed-8c34-2eae5932b22a", "policy": "Rooms", "rank": 2,
        "members": { "status": "complete", "items": [] } });
    state["groups"]["items"].as_array_mut().unwrap().push(other);
    let (_dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--group", GROUP, "--format", "json"], &path);
    let first = results(&output)[0]["fixes"][0].clone();
    assert_eq!(first["gains_future"], false, "{first:#}");
}

#[test]
fn an_empty_group_was_read() {
    let mut state = tenant();
    state["groups"]["items"] = json!([{ "group_id": GROUP, "name": "Rooms", "policy": "Global", "rank": 1,
        "members": { "status": "complete", "items": [] } }]);
    let (_dir, path) = folder(&state);
    let words = text(&run(&["plan", "--app", APP, "--group", GROUP], &path));
    assert!(words.contains("the group has no member") && !words.contains("not read"), "{words}");
}

/// A new policy keeps what the present one lists: which apps these are is said, and that one is switched off.
#[test]
fn a_copy_names_the_apps_that_it_keeps() {
    let mut state = tenant();
    state["apps"]["items"][1]["enabled"] = json!(false);
    let (_dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--user", ADELE, "--format", "json"], &path);
    let result = results(&output)[0].clone();
    let fixes = result["fixes"].as_array().unwrap();
    let copy = fixes.iter().find(|fix| fix["title"].as_str().unwrap().starts_with("create ")).unwrap();
    assert!(copy["note"].as_str().unwrap().contains(&format!("`Rooms` ({OTHER}), which is disabled")), "{copy:#}");
}

/// What the holders of a removed policy get is not documented: it goes only where whoever runs the script says so.
#[test]
fn an_undo_removes_a_policy_only_when_told_to() {
    let (dir, path) = folder(&tenant());
    let script = dir.path().join("fix.ps1");
    let output = run(&["plan", "--app", APP, "--user", ADELE, "--script", script.to_str().unwrap()], &path);
    assert_eq!(code(&output), 1);
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let undo = read(&dir.path().join("fix.undo.ps1"));
    let place = undo.find("    Remove-CsApplicationAccessPolicy ").unwrap();
    let guard = undo.get(..place).unwrap().trim_end().lines().last().unwrap();
    assert!(guard.starts_with("if ($RemovePolicy -and "), "{guard}");
    assert!(undo.contains("[switch] $RemovePolicy") && undo.contains("Write-Warning "), "{undo}");
    assert!(!read(&script).contains("$RemovePolicy"));
}

/// The list of direct assignments tells what a read of the effective policy leaves open.
#[test]
fn a_complete_list_tells_what_a_grant_replaces() {
    let mut state = tenant();
    state["direct"]["items"].as_array_mut().unwrap().pop();
    state["groups"] = json!({ "status": "missing" });
    state["effective"] = json!({ "status": "partial", "items": [{ "user_id": ALEX, "policy": "it's \u{1b}[31mred" }] });
    let (_dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--user", ALEX, "--format", "json"], &path);
    let result = results(&output)[0].clone();
    let fixes = result["fixes"].as_array().unwrap();
    assert!(!fixes.is_empty());
    for fix in fixes {
        let words = fix["assumes"].to_string();
        assert!(!words.contains("whether the user has a direct assignment was not read"), "{fix:#}");
    }
    let copy = fixes.iter().find(|fix| fix["title"].as_str().unwrap().starts_with("create ")).unwrap();
    assert_eq!(copy["proved"], true, "{copy:#}");
}
