//! `plan`, `diff` and `audit` as they are run: exit codes, files, and what is printed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "plan_cli/blocked.rs"]
mod blocked;
#[path = "plan_cli/counted.rs"]
mod counted;
#[path = "plan_cli/events.rs"]
mod events;
#[path = "plan_cli/followed.rs"]
mod followed;
#[path = "plan_cli/holes.rs"]
mod holes;
#[path = "plan_cli/newer.rs"]
mod newer;
#[path = "plan_cli/readings.rs"]
mod readings;
#[path = "plan_cli/refused.rs"]
mod refused;
#[path = "plan_cli/steps.rs"]
mod steps;
#[path = "plan_cli/unread.rs"]
mod unread;
#[path = "plan_cli/written.rs"]
mod written;

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const OTHER: &str = "1c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const ADELE: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const ALEX: &str = "848d2cbb-3b55-40ed-8c34-2eae5932b22a";
const READ: &str = "c1684f21-1984-47fa-9d61-2dc8c296bb70";

fn tenant() -> Value {
    let user = |id: &str, upn: &str| json!({ "id": id, "upn": upn, "teams": "enabled" });
    let app = |id: &str, name: &str| json!({ "app_id": id, "name": name, "roles": [{ "id": READ, "value": "OnlineMeetings.Read.All" }] });
    json!({
        "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global", "taken_at": "2026-11-20T09:30:00Z",
        "policies": { "status": "complete", "items": [
            { "name": "Global", "app_ids": [] },
            { "name": "it's \u{1b}[31mred", "app_ids": [OTHER] },
        ] },
        "direct": { "status": "complete", "items": [
            { "user_id": ADELE, "policy": "it's \u{1b}[31mred" },
            { "user_id": ALEX, "policy": "it's \u{1b}[31mred" },
        ] },
        "groups": { "status": "complete", "items": [] },
        "users": { "status": "complete", "items": [user(ADELE, "adele@contoso.com"), user(ALEX, "alex@contoso.com")] },
        "apps": { "status": "complete", "items": [app(APP, "Notes"), app(OTHER, "Rooms")] },
        "settings": { "status": "complete", "graph_transcript_access": false },
    })
}

fn folder(state: &Value) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tenant.json");
    std::fs::write(&path, state.to_string()).unwrap();
    (dir, path)
}

fn run(args: &[&str], state: &Path) -> Output {
    let mut command = Command::cargo_bin("graphwhy").unwrap();
    command.args(args).arg("--state").arg(state).env_remove("NO_COLOR").output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn results(output: &Output) -> Vec<Value> {
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["results"].as_array().unwrap().clone()
}

/// The exit code and the result of `plan` for one script.
fn script(lines: &str, state: &Value) -> (i32, Value) {
    let (dir, path) = folder(state);
    let script = dir.path().join("s.ps1");
    std::fs::write(&script, lines).unwrap();
    let output = run(&["plan", script.to_str().unwrap(), "--format", "json"], &path);
    (code(&output), results(&output)[0].clone())
}

#[test]
fn a_plan_by_names() {
    let (_dir, state) = folder(&tenant());
    let output = run(&["plan", "--app", "notes", "--user", "ADELE@contoso.com", "--format", "json"], &state);
    assert_eq!(code(&output), 1);
    let result = &results(&output)[0];
    assert_eq!((&result["kind"], &result["verdict"]), (&json!("question"), &json!("denied")));
    assert_eq!((&result["user_id"], &result["operation"]), (&json!(ADELE), &json!("read-meeting")));
    let fix = &result["fixes"][0];
    assert_eq!((&fix["proved"], &fix["gains_total"], &fix["loses_total"]), (&json!(true), &json!(1), &json!(0)));
    assert_eq!(fix["gains"][0]["user_id"], ADELE);
    assert_eq!(fix["effective_from"], "PT30M");
    assert_eq!(fix["loses"], json!([]));
    let human = run(&["plan", "--app", APP, "--user", ADELE], &state);
    assert!(!human.stdout.contains(&0x1b), "{}", text(&human));
    let words = text(&human).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("proved on the snapshot of 2026-11-20 09:30 UTC"), "{}", text(&human));
}

#[test]
fn nothing_to_do_and_nothing_known() {
    let mut state = tenant();
    state["policies"]["items"][1]["app_ids"] = json!([OTHER, APP]);
    let (dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--user", ADELE, "--format", "ndjson"], &path);
    assert_eq!(code(&output), 0, "{}", text(&output));
    let script = dir.path().join("x.ps1");
    let output = run(&["plan", "--app", APP, "--user", ADELE, "--script", script.to_str().unwrap()], &path);
    assert_eq!(code(&output), 0, "nothing is wrong: a job that plans again after the change passes");
    assert!(!script.exists() && text(&output).contains("is allowed"), "{}", text(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no script was written"));
    state["policies"] = json!({ "status": "missing" });
    let (_dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--user", ADELE], &path);
    assert_eq!(code(&output), 4);
    assert!(text(&output).contains("Get-CsApplicationAccessPolicy"), "{}", text(&output));
}

/// Switches take access from all whom a policy lets in, licences perhaps from one user.
#[test]
fn scripts_of_switches_and_licences_have_exit_codes() {
    let mut state = tenant();
    state["settings"]["graph_transcript_access"] = json!(true);
    let transcripts =
        json!({ "id": "a4a80d8d-d283-4bd8-8504-555ec3870630", "value": "OnlineMeetingTranscript.Read.All" });
    state["apps"]["items"][1]["roles"].as_array_mut().unwrap().push(transcripts);
    let (dir, path) = folder(&state);
    let script = dir.path().join("change.ps1");
    let after = |text: &str| {
        std::fs::write(&script, text).unwrap();
        let output = run(&["plan", script.to_str().unwrap(), "--format", "json"], &path);
        let result = results(&output)[0].clone();
        let count = |key: &str| result[key].as_u64().unwrap();
        // An app without any access may lose a gate that it passed.
        let reads = |it: &&Value| it["operations"].as_array().unwrap().contains(&json!("read-transcript"));
        let lost = result["loses"].as_array().unwrap().iter().filter(reads).count();
        (code(&output), count("loses_total"), count("loses_perhaps"), lost)
    };
    let switch = |on: &str| format!("Set-CsTeamsMeetingConfiguration -EnableGraphTranscriptAccess ${on}\n");
    let (code, _, perhaps, lost) = after(&switch("false"));
    assert_eq!((code, perhaps, lost), (1, 0, 2), "both users hold a policy that lists the app");
    assert_eq!(after(&switch("true")), (0, 0, 0, 0));
    let sku = "6fd2c87f-b296-42f0-b197-1e91e994b900";
    let licence = |arguments: &str| format!("Set-MgUserLicense -UserId '{ADELE}' {arguments}\n");
    let (code, total, perhaps, _) = after(&licence(&format!("-AddLicenses @() -RemoveLicenses @('{sku}')")));
    assert_eq!((code, total), (4, perhaps), "nobody knows what the licence holds");
    assert!(total > 0);
    assert_eq!(after(&licence(&format!("-AddLicenses @{{SkuId = '{sku}'}} -RemoveLicenses @()"))), (0, 0, 0, 0));
}

#[test]
fn names_that_nobody_has_are_not_guessed() {
    let (dir, state) = folder(&tenant());
    for args in [
        ["plan", "--app", "Nobody", "--user", ADELE],
        ["plan", "--app", APP, "--user", "nobody@contoso.com"],
        ["plan", "--app", APP, "--group", "Nobody"],
        ["plan", "--app", APP, "--operation", "read-meeting"],
        ["plan", "--app", APP, "--operation", "read-mail"],
    ] {
        let output = run(&args, &state);
        assert_eq!(code(&output), 2, "{args:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
    let list = dir.path().join("users.txt");
    std::fs::write(&list, format!("# organizers\r\n{ADELE}\r\n\r\nnobody@contoso.com\r\n")).unwrap();
    let output = run(&["plan", "--app", APP, "--users", list.to_str().unwrap()], &state);
    assert_eq!(code(&output), 3);
    assert!(String::from_utf8_lossy(&output.stderr).contains("users.txt:4:1"));
    std::fs::write(&list, format!("{ADELE}\nalex@contoso.com\n{ADELE}\n")).unwrap();
    let output = run(&["plan", "--app", APP, "--users", list.to_str().unwrap(), "--format", "json"], &state);
    assert!(String::from_utf8_lossy(&output.stderr).contains("named twice"));
    assert_eq!(results(&output)[0]["users"].as_array().unwrap().len(), 2);
}

#[test]
fn the_text_for_an_administrator_is_whole() {
    let (_dir, state) = folder(&tenant());
    let output = run(&["plan", "--app", APP, "--user", ADELE, "--for-admin"], &state);
    let text = text(&output);
    for part in [
        "Subject: ",
        APP,
        ADELE,
        "Please create ",
        "To take it back:",
        "Teams Administrator",
        "30 minutes after the change",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn a_script_is_told_by_who_loses() {
    let (dir, state) = folder(&tenant());
    let script = dir.path().join("set.ps1");
    std::fs::write(&script, format!("Grant-CsApplicationAccessPolicy -Identity {ADELE} -PolicyName $null\n")).unwrap();
    let output = run(&["plan", script.to_str().unwrap(), "--format", "json"], &state);
    assert_eq!(code(&output), 1);
    let result = &results(&output)[0];
    assert_eq!((&result["kind"], &result["loses_total"]), (&json!("what-if"), &json!(1)));
    assert_eq!(result["loses"][0]["app_id"], OTHER);
    std::fs::write(&script, "Get-CsApplicationAccessPolicy\n").unwrap();
    assert_eq!(code(&run(&["plan", script.to_str().unwrap()], &state)), 0);
}

#[test]
fn what_is_not_simulated_is_no_promise() {
    let (dir, state) = folder(&tenant());
    let script = dir.path().join("set.ps1");
    let taking = [
        "Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp -AppRoleAssignmentId $id",
        "New-CsBatchPolicyAssignmentOperation -PolicyType ApplicationAccessPolicy -PolicyName Notes -Identity $users",
        "Set-CsGroupPolicyAssignment -GroupId $group -PolicyType ApplicationAccessPolicy -PolicyName Notes",
        "Remove-MgGroupMemberByRef -GroupId $group -DirectoryObjectId $user",
        "Remove-MgServicePrincipal -ServicePrincipalId $sp",
        "Remove-MgBetaServicePrincipal -ServicePrincipalId $sp",
        "Update-MgServicePrincipal -ServicePrincipalId $sp -AccountEnabled:$false",
        "Invoke-MgGraphRequest -Method DELETE -Uri \"https://graph.microsoft.com/v1.0/servicePrincipals/$sp/appRoleAssignments/$id\"",
        "Invoke-RestMethod -Method Patch -Uri \"https://graph.microsoft.com/v1.0/servicePrincipals/$sp\" -Body $body",
        "Invoke-MgGraphRequest DELETE \"/v1.0/groups/$group/members/$user/`$ref\"",
        "az ad sp delete --id $sp",
        "Remove-MgUser -UserId $user",
        "iex 'Remove-CsApplicationAccessPolicy -Identity Meetings'",
        "& $command -Identity Meetings -AppIds $null",
        "Set-Alias rp Remove-CsApplicationAccessPolicy",
        "powershell -Command 'Grant-CsApplicationAccessPolicy -Identity Meetings'",
        ". ./other.ps1",
    ];
    for line in taking {
        std::fs::write(&script, format!("Get-Date\n{line}\n")).unwrap();
        let output = run(&["plan", script.to_str().unwrap(), "--format", "json"], &state);
        assert_eq!(code(&output), 4, "{line}");
        let result = &results(&output)[0];
        assert_eq!(result["notes"][0]["source"]["line"], 2, "{line}: {result}");
        let note = result["notes"][0]["text"].as_str().unwrap();
        assert!(note.ends_with("what it changes is not simulated"), "{line}: {note}");
        let name = line.trim_start_matches(['&', ' ']).trim_start_matches(". ").split_whitespace().next().unwrap();
        assert!(note.starts_with(&format!("`{name}`")), "{line}: {note}");
        assert_eq!(result["assumes"], json!(["what is not simulated takes nothing away (1 command)"]), "{line}");
    }
    std::fs::write(&script, taking.join("\n")).unwrap();
    let words = text(&run(&["plan", script.to_str().unwrap()], &state));
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let left = format!("nobody loses access by what could be simulated; {} commands were left out", taking.len());
    assert!(words.contains(&left), "{words}");
    for line in [
        "Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp",
        "Update-MgServicePrincipal -ServicePrincipalId $sp -AccountEnabled:$true",
        "Invoke-MgGraphRequest -Method GET -Uri /v1.0/servicePrincipals",
        "Invoke-RestMethod -Uri https://graph.microsoft.com/v1.0/servicePrincipals",
        "Set-MgUserLicense -UserId $user -AddLicenses @{ SkuId = $sku } -RemoveLicenses @()",
        "New-CsBatchPolicyAssignmentOperation -PolicyType TeamsMeetingPolicy -PolicyName Notes -Identity $users",
        "Remove-MgUser -UserId $user -WhatIf",
        "& { Get-Date }",
        "Set-Alias now Get-Date",
    ] {
        std::fs::write(&script, line).unwrap();
        assert_eq!(code(&run(&["plan", script.to_str().unwrap()], &state)), 0, "{line}");
    }
}

/// A planned fix stands in the place of the templates, where a snapshot decides.
#[test]
fn explain_uses_the_plan() {
    let (dir, state) = folder(&tenant());
    let pasted = dir.path().join("error.json");
    let message = r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app."}}"#;
    std::fs::write(&pasted, message).unwrap();
    let request = format!("GET /users/{ADELE}/onlineMeetings/x");
    let args = ["explain", pasted.to_str().unwrap(), "--app", APP, "--request", &request, "--format", "json"];
    let result = &results(&run(&args, &state))[0];
    let fixes = result["fixes"].as_array().unwrap();
    assert!(fixes.iter().any(|fix| fix["proved"] == true), "{fixes:#?}");
    assert!(!fixes.iter().any(|fix| fix.to_string().contains("<policy-name>")), "{fixes:#?}");
    assert!(result["findings"].as_array().unwrap().iter().any(|finding| finding["cause"] == fixes[0]["cause"]));
}

#[test]
fn what_no_document_tells_of_a_script_is_not_simulated() {
    let (dir, state) = folder(&tenant());
    let script = dir.path().join("change.ps1");
    for (line, words) in [
        (
            "Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{Replace='9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20'}",
            "`@{Replace=…}`",
        ),
        ("Set-CsApplicationAccessPolicy -Identity Meetings -AppIds $null", "`$null` for -AppIds"),
        (
            "Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{Add='9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20';Remove='1c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20'}",
            "several changes of -AppIds at once",
        ),
    ] {
        std::fs::write(&script, line).unwrap();
        let output = run(&["plan", script.to_str().unwrap(), "--format", "json"], &state);
        assert_eq!(code(&output), 4, "{line}");
        let notes = results(&output)[0]["notes"].to_string();
        assert!(notes.contains(words) && notes.contains("not documented"), "{line}: {notes}");
    }
    for (licences, exit) in [
        // A licence that is given takes nothing, unless it may switch a plan off.
        ("-AddLicenses @{ SkuId = $sku } -RemoveLicenses @()", 0),
        ("-AddLicenses @($licence) -RemoveLicenses @()", 4),
        ("-AddLicenses @() -RemoveLicenses @($sku)", 4),
    ] {
        std::fs::write(&script, format!("Set-MgUserLicense -UserId $user {licences}")).unwrap();
        let output = run(&["plan", script.to_str().unwrap(), "--format", "json"], &state);
        assert_eq!(code(&output), exit, "{licences}");
        // Everybody has Teams already, so that one more licence changes nothing.
        let told = results(&output)[0]["assumes"].to_string().contains("licence");
        assert_eq!(told, exit == 4, "{licences}");
    }
}

/// A user without Teams stays open: the fix says so, and nobody is asked to read what is known.
#[test]
fn a_fix_for_a_user_without_teams_is_not_the_whole_way() {
    let mut state = tenant();
    state["users"]["items"][0]["teams"] = json!("disabled");
    let (_dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--user", ADELE], &path);
    let words = text(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("1 user may gain it") && words.contains("but for the user gate: it stays unknown"),
        "{words}"
    );
    assert!(words.contains("no document says whether Graph refuses a user without Teams"), "{words}");
    assert!(!words.contains("read whether the user's Teams"), "{words}");
}

/// What later users gain is named by app and by what, and the way back loses the same.
#[test]
fn later_users_are_told_by_app_and_level_both_ways() {
    let group = "6c2f3d4e-1111-4222-8333-944455556666";
    let mut before = tenant();
    before["policies"]["items"].as_array_mut().unwrap().push(json!({ "name": "Sales", "app_ids": [] }));
    before["groups"]["items"] = json!([{ "group_id": group, "name": "Sellers", "policy": "Sales", "rank": 1,
        "members": { "status": "complete", "items": [] } }]);
    let mut after = before.clone();
    after["policies"]["items"][2]["app_ids"] = json!([APP]);
    let ((_a, before), (_b, after)) = (folder(&before), folder(&after));
    let later = |from: &Path, to: &Path| {
        let mut command = Command::cargo_bin("graphwhy").unwrap();
        let output = command.arg("diff").args([from, to]).args(["--format", "json"]).output().unwrap();
        results(&output)[0]["later"].clone()
    };
    let told = |loses: bool| {
        let through = format!("group `Sellers` ({group})");
        json!([{ "app_id": APP, "app": "Notes", "through": through, "loses": loses, "perhaps": false }])
    };
    assert_eq!((later(&before, &after), later(&after, &before)), (told(false), told(true)));
}
