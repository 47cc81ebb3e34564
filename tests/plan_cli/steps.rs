//! Which line of a script takes what.

use super::*;

const GROUP: &str = "4f426dcb-b394-4b36-bb2d-420f0f88080b";

/// `Rooms` lists the app, and both users hold it directly; a group has Adele, with a policy that lists nobody.
fn rooms() -> Value {
    let mut state = tenant();
    state["policies"]["items"] = json!([{ "name": "Global", "app_ids": [] }, { "name": "Rooms", "app_ids": [APP] }, { "name": "Sales", "app_ids": [] }]);
    state["direct"]["items"] = json!([{ "user_id": ADELE, "policy": "Rooms" }, { "user_id": ALEX, "policy": "Rooms" }]);
    state["groups"]["items"] = json!([{ "group_id": GROUP, "policy": "Sales", "rank": 1,
        "members": { "status": "complete", "items": [ADELE] } }]);
    state
}

/// The rows that tell who loses, each as one line.
fn losses(script: &str, state: &Value) -> Vec<String> {
    let (dir, path) = folder(state);
    let file = dir.path().join("change.ps1");
    std::fs::write(&file, script).unwrap();
    let told = text(&run(&["plan", file.to_str().unwrap()], &path));
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    words.split(" loses ").skip(1).filter(|row| row.starts_with("line")).map(str::to_owned).collect()
}

fn at(losses: &[String], user: &str) -> String {
    let row = losses.iter().find(|row| row.contains(user)).unwrap_or_else(|| panic!("{losses:#?}"));
    row.split(':').next().unwrap().to_owned()
}

#[test]
fn a_loss_is_told_at_the_last_line_before_which_there_was_access() {
    let remove = format!("Set-CsApplicationAccessPolicy -Identity Rooms -AppIds @{{Remove='{APP}'}}\n");
    let revoke = |user: &str| format!("Grant-CsApplicationAccessPolicy -PolicyName $null -Identity {user}\n");
    let ungroup = format!("Remove-CsGroupPolicyAssignment -GroupId {GROUP} -PolicyType ApplicationAccessPolicy\n");
    // What comes later changes how somebody has no access, and takes nothing.
    for rest in [revoke(ADELE), format!("{}{ungroup}", revoke(ADELE)), format!("{ungroup}{}", revoke(ADELE))] {
        let found = losses(&format!("{remove}{rest}"), &rooms());
        assert_eq!((at(&found, "adele@").as_str(), at(&found, "alex@").as_str()), ("line 1", "line 1"), "{rest}");
    }
    let found = losses(&format!("{}{remove}", revoke(ADELE)), &rooms());
    assert_eq!((at(&found, "adele@").as_str(), at(&found, "alex@").as_str()), ("line 1", "line 2"));
    // What was taken and given back is lost where it is taken for good.
    let give = format!("Set-CsApplicationAccessPolicy -Identity Rooms -AppIds @{{Add='{APP}'}}\n");
    let found = losses(&format!("{remove}{give}{}", revoke(ADELE)), &rooms());
    assert_eq!((found.len(), at(&found, "adele@").as_str()), (1, "line 3"), "{found:?}");
    // A group's policy is all that gives it.
    let mut state = rooms();
    state["policies"]["items"][2]["app_ids"] = json!([APP]);
    state["direct"]["items"] = json!([]);
    let alone = format!(
        "{ungroup}New-CsApplicationAccessPolicy -Identity Later -AppIds '{OTHER}'\nGrant-CsApplicationAccessPolicy -PolicyName Later -Identity {ADELE}\n"
    );
    assert_eq!(at(&losses(&alone, &state), "adele@"), "line 1");
}

/// Users who lose the same in the same way are told of together; the lines are all that take it.
#[test]
fn a_loss_of_several_is_told_at_all_its_lines() {
    let revoke = |user: &str| format!("Grant-CsApplicationAccessPolicy -PolicyName $null -Identity {user}\n");
    let mut state = rooms();
    state["groups"]["items"] = json!([]);
    let found = losses(&format!("{}# nothing\n{}", revoke(ADELE), revoke(ALEX)), &state);
    assert_eq!((found.len(), at(&found, "adele@").as_str()), (1, "lines 1 and 3"), "{found:?}");
}

#[test]
fn a_script_is_read_from_standard_input() {
    let (_dir, path) = folder(&rooms());
    let mut command = Command::cargo_bin("graphwhy").unwrap();
    let script = format!("Grant-CsApplicationAccessPolicy -PolicyName $null -Identity {ADELE}\n");
    let output = command.args(["plan", "-", "--state"]).arg(&path).write_stdin(script).output().unwrap();
    assert_eq!(code(&output), 1, "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text(&output).contains("1 change simulated: somebody loses access"), "{}", text(&output));
}
