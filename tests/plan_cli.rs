//! `plan`, `diff` and `audit` as they are run: exit codes, files, and what is printed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

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
fn scripts_are_written_for_their_owner_and_guarded_both_ways() {
    let (dir, state) = folder(&tenant());
    let path = dir.path().join("fix.ps1");
    let output =
        run(&["plan", "--app", APP, "--user", ADELE, "--fix", "2", "--script", path.to_str().unwrap()], &state);
    assert_eq!(code(&output), 1, "{}", String::from_utf8_lossy(&output.stderr));
    let undo = std::fs::read_to_string(dir.path().join("fix.undo.ps1")).unwrap();
    let script = std::fs::read_to_string(&path).unwrap();
    for text in [&script, &undo] {
        assert!(
            text.contains("the state has moved") && text.contains("$CheckOnly") && text.contains("# 3. is it there?"),
            "{text}"
        );
        assert!((text.is_ascii() || text.starts_with('\u{FEFF}')) && !text.contains('\u{1b}'), "{text}");
    }
    assert!(script.contains("-AppIds @{Add=") && undo.contains("-AppIds @{Remove="), "{script}\n{undo}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let left: Vec<_> =
        std::fs::read_dir(dir.path()).unwrap().filter_map(|it| it.unwrap().file_name().into_string().ok()).collect();
    assert!(!left.iter().any(|name| name.ends_with(".part")), "{left:?}");
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
    assert_eq!(code(&output), 2);
    assert!(!script.exists());
    state["policies"] = json!({ "status": "missing" });
    let (_dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--user", ADELE], &path);
    assert_eq!(code(&output), 4);
    assert!(text(&output).contains("Get-CsApplicationAccessPolicy"), "{}", text(&output));
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

#[test]
fn differences_tell_who_lost() {
    let (dir, before) = folder(&tenant());
    let mut state = tenant();
    state["direct"]["items"][0]["policy"] = Value::Null;
    let after = dir.path().join("after.json");
    std::fs::write(&after, state.to_string()).unwrap();
    let diff = |a: &Path, b: &Path, more: &[&str]| {
        Command::cargo_bin("graphwhy").unwrap().arg("diff").arg(a).arg(b).args(more).output().unwrap()
    };
    let output = diff(&before, &after, &["--format", "json", "--exit-code"]);
    assert_eq!(code(&output), 1);
    let result = &results(&output)[0];
    assert_eq!(
        (&result["kind"], &result["loses_total"], &result["gains_total"]),
        (&json!("diff"), &json!(1), &json!(0))
    );
    assert_eq!(result["changes"][0]["part"], "direct");
    let same = diff(&before, &before, &["--exit-code"]);
    assert_eq!(code(&same), 0);
    assert!(text(&same).contains("say the same"));
    state["tenant_id"] = json!("8a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10");
    std::fs::write(&after, state.to_string()).unwrap();
    assert_eq!(code(&diff(&before, &after, &[])), 2);
}

#[test]
fn an_audit_has_exit_codes() {
    let (_dir, state) = folder(&tenant());
    let output = run(&["audit", "--format", "json"], &state);
    assert_eq!(code(&output), 0);
    let result = &results(&output)[0];
    assert_eq!(result["kind"], "tenant");
    let causes: Vec<&str> =
        result["findings"].as_array().unwrap().iter().map(|it| it["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, ["permission-without-policy"]);
    assert_eq!(code(&run(&["audit", "--fail-on", "warning"], &state)), 1);
    assert_eq!(code(&run(&["audit"], Path::new("/nowhere/tenant.json"))), 3);
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

fn diff(before: &Value, after: &Value, more: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, state: &Value| {
        let path = dir.path().join(name);
        std::fs::write(&path, state.to_string()).unwrap();
        path
    };
    let (before, after) = (write("before.json", before), write("after.json", after));
    Command::cargo_bin("graphwhy").unwrap().arg("diff").arg(before).arg(after).args(more).output().unwrap()
}

/// What one snapshot does not tell is neither gained nor lost.
#[test]
fn knowledge_is_no_access() {
    let whole = tenant();
    let missing = json!({ "status": "missing" });
    let partial_users = {
        let mut state = tenant();
        state["users"]["status"] = json!("partial");
        state["users"]["items"].as_array_mut().unwrap().pop();
        state
    };
    let partial_direct = {
        let mut state = tenant();
        state["direct"]["status"] = json!("partial");
        state["direct"]["items"].as_array_mut().unwrap().pop();
        state
    };
    let without = |part: &str| {
        let mut state = tenant();
        state[part] = missing.clone();
        state
    };
    let silent = [
        ("policies", without("policies")),
        ("direct", without("direct")),
        ("users", without("users")),
        ("apps", without("apps")),
        ("some users", partial_users),
        ("some assignments", partial_direct),
    ];
    for (name, state) in silent {
        for (before, after, told, untold) in
            [(&state, &whole, "now_known", "no_longer_known"), (&whole, &state, "no_longer_known", "now_known")]
        {
            let output = diff(before, after, &["--format", "json", "--exit-code"]);
            assert_eq!(code(&output), 4, "{name} {told}");
            let result = &results(&output)[0];
            assert_eq!((&result["gains_total"], &result["loses_total"]), (&json!(0), &json!(0)), "{name}: {result:#}");
            assert_eq!((&result["gains_future"], &result["loses_future"]), (&json!(false), &json!(false)), "{name}");
            assert_eq!((&result["opens"], &result["closes"]), (&json!([]), &json!([])), "{name}");
            assert!(!result[told].as_array().unwrap().is_empty(), "{name}: {result:#}");
            assert_eq!(result[untold], json!([]), "{name}");
            assert_eq!(code(&diff(before, after, &[])), 0, "{name}");
        }
    }
    let output = diff(&without("direct"), &whole, &["--format", "json"]);
    let known = results(&output)[0]["now_known"].clone();
    let of = |app: &str| known.as_array().unwrap().iter().find(|it| it["app_id"] == app).cloned();
    let rooms = of(OTHER).unwrap();
    assert!(rooms["allowed"].as_array().unwrap().contains(&json!("read-meeting")), "{known:#}");
    assert_eq!(rooms["users_total"], 2);
    // No policy lists it: that it is denied was known without any assignment.
    assert_eq!(of(APP), None, "{known:#}");
    let words = text(&diff(&without("direct"), &whole, &[]));
    assert!(words.contains("now known") && !words.contains("gains "), "{words}");
    let words = text(&diff(&whole, &without("direct"), &[]));
    assert!(words.contains("not known") && !words.contains("loses "), "{words}");
}

/// A change of access beside a gap is still one.
#[test]
fn access_that_both_sides_tell_changes() {
    let mut after = tenant();
    after["direct"]["items"][0]["policy"] = Value::Null;
    let mut before = tenant();
    before["users"]["items"].as_array_mut().unwrap().pop();
    before["users"]["status"] = json!("partial");
    let output = diff(&before, &after, &["--format", "json", "--exit-code"]);
    assert_eq!(code(&output), 1);
    let result = &results(&output)[0];
    assert_eq!((&result["loses_total"], &result["loses"][0]["user_id"]), (&json!(1), &json!(ADELE)), "{result:#}");
    assert_eq!(result["now_known"][0]["users"], json!(["alex@contoso.com"]), "{result:#}");
    // Teams was read on both sides: that nobody says what follows is no gap of knowledge.
    let mut absent = tenant();
    absent["users"]["items"][0]["teams"] = json!("absent");
    let result = results(&diff(&tenant(), &absent, &["--format", "json"]))[0].clone();
    assert_eq!(result["no_longer_known"], json!([]), "{result:#}");
    let adele = result["loses"].as_array().unwrap().iter().find(|it| it["app_id"] == OTHER).unwrap();
    assert!(adele["possible"].as_array().unwrap().contains(&json!("read-meeting")), "{adele:#}");
    assert_eq!(adele["operations"], json!([]), "{adele:#}");
    let sarif = diff(&tenant(), &before, &["--format", "sarif", "--exit-code"]);
    let sarif: Value = serde_json::from_slice(&sarif.stdout).unwrap();
    let rules: Vec<&Value> = sarif["runs"][0]["results"].as_array().unwrap().iter().map(|it| &it["ruleId"]).collect();
    assert!(rules.contains(&&json!("access-no-longer-known")) && !rules.contains(&&json!("access-lost")), "{rules:?}");
}

/// Silence about what was not read is no all-clear.
#[test]
fn an_audit_says_what_it_did_not_look_for() {
    let mut state = tenant();
    state["apps"]["items"][0]["roles"] = json!([]);
    let (_dir, whole) = folder(&state);
    let clean = run(&["audit", "--format", "json"], &whole);
    assert_eq!((code(&clean), &results(&clean)[0]["unchecked"]), (0, &json!([])), "{}", text(&clean));
    let missing = json!({ "status": "missing", "reason": { "kind": "forbidden", "needs": "Application.Read.All" } });
    let cases: [(&str, Value, &[&str]); 6] = [
        (
            "/apps",
            missing.clone(),
            &[
                "unknown-app-in-policy",
                "object-id-in-app-ids",
                "permission-without-policy",
                "policy-without-permission",
            ],
        ),
        ("/direct", missing.clone(), &["policy-unassigned", "policy-shadowed"]),
        ("/groups", missing.clone(), &["policy-unassigned", "policy-shadowed", "user-only-in-nested-group"]),
        ("/apps/items/0/roles", Value::Null, &["permission-without-policy", "policy-without-permission"]),
        ("/policies/items/0/app_ids", Value::Null, &["tenant-wide-grant", "policy-unassigned"]),
        ("/users", missing, &[]),
    ];
    for (at, value, causes) in cases {
        let mut state = state.clone();
        *state.pointer_mut(at).unwrap() = value;
        let (_dir, path) = folder(&state);
        let output = run(&["audit", "--format", "json"], &path);
        let result = &results(&output)[0];
        assert_eq!(code(&output), if causes.is_empty() { 0 } else { 4 }, "{at}: {result:#}");
        let unchecked: Vec<&str> =
            result["unchecked"].as_array().unwrap().iter().map(|it| it["cause"].as_str().unwrap()).collect();
        assert!(causes.iter().all(|cause| unchecked.contains(cause)), "{at}: {unchecked:?}");
        assert!(!causes.is_empty() || unchecked.is_empty(), "{at}: {unchecked:?}");
        let sarif: Value = serde_json::from_slice(&run(&["audit", "--format", "sarif"], &path).stdout).unwrap();
        let notes = sarif.pointer("/runs/0/invocations/0/toolExecutionNotifications").cloned().unwrap_or_default();
        let warned = notes.as_array().is_some_and(|notes| notes.iter().any(|note| note["level"] != "note"));
        assert_eq!(warned, !causes.is_empty(), "{at}: {sarif:#}");
        let human = text(&run(&["audit"], &path));
        assert_eq!(human.contains("unchecked"), !causes.is_empty(), "{at}: {human}");
        for (how, expected) in [("fail", 1), ("warn", 0), ("ignore", 0), ("undetermined", 4)] {
            let expected = if causes.is_empty() { 0 } else { expected };
            assert_eq!(code(&run(&["audit", "--unknown", how], &path)), expected, "{at} {how}");
        }
        if at == "/apps" {
            assert!(human.contains("Application.Read.All"), "{human}");
        }
    }
}

/// The first part of a script: what it compares before anything is changed.
fn compared(script: &str) -> &str {
    let start = script.find("# 1. is the state").unwrap();
    &script[start..script.find("# 2. the change").unwrap()]
}

/// A script stops if anything has moved that the simulation rests on, and so does its undo.
#[test]
fn scripts_compare_all_that_the_plan_rests_on() {
    const GROUP: &str = "6c2f3d4e-1111-4222-8333-944455556666";
    let mut state = tenant();
    state["policies"]["items"] = json!([
        { "name": "Global", "app_ids": [OTHER] }, { "name": "Rooms", "app_ids": [OTHER] } ]);
    state["direct"]["items"] = json!([]);
    state["groups"]["items"] = json!([{ "group_id": GROUP, "policy": "Rooms", "rank": 1,
        "members": { "status": "complete", "items": [ADELE] } }]);
    let (dir, path) = folder(&state);
    let script = dir.path().join("fix.ps1");
    let plan = |file: &Path, fix: &str| {
        let args = ["plan", "--app", APP, "--user", ADELE, "--fix", fix, "--script", file.to_str().unwrap()];
        let output = run(&args, &path);
        assert_eq!(code(&output), 1, "{}", String::from_utf8_lossy(&output.stderr));
    };
    plan(&script, "1");
    let (run_text, undo) =
        (std::fs::read_to_string(&script).unwrap(), std::fs::read_to_string(dir.path().join("fix.undo.ps1")).unwrap());
    let tenant_id = "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10";
    for text in [&run_text, &undo] {
        let first = compared(text);
        for part in [
            format!("if (\"$((Get-CsTenant).TenantId)\" -ne '{tenant_id}') {{ throw "),
            format!("Read-Effective '{ADELE}'"),
            format!("Read-Direct '{ADELE}'"),
            format!("$relied = Read-Policy 'Rooms'\nif (-not (Test-Same $relied @('{OTHER}'))) {{ throw "),
            format!("$relied = Read-Policy 'Global'\nif (-not (Test-Same $relied @('{OTHER}'))) {{ throw "),
            format!("$relied = Read-Groups\nif (-not (Test-Same $relied @('{GROUP} 1 Rooms'))) {{ throw "),
            format!("Read-Teams '{ADELE}'"),
        ] {
            assert!(first.contains(&part), "{part}\n{text}");
        }
        // Another module's read is named, not made: who runs this may have no right there.
        assert!(text.contains("# not compared here") && !text.contains("Get-MgServicePrincipal"), "{text}");
    }
    // Without an extension nothing of the name is lost.
    let other = dir.path().join("v1.2");
    plan(&other, "1");
    assert!(other.exists() && dir.path().join("v1.2.undo.ps1").exists());
    // A role: the Graph module's own sign-in is compared.
    let role = dir.path().join("role.ps1");
    let args = ["plan", "--app", OTHER, "--user", ADELE, "--operation", "read-attendance", "--script"];
    assert_eq!(code(&run(&[&args[..], &[role.to_str().unwrap()]].concat(), &path)), 1);
    let role = std::fs::read_to_string(&role).unwrap();
    assert!(compared(&role).contains("$((Get-MgContext).TenantId)"), "{role}");
}

/// A group of which the list is not whole is compared by itself.
#[test]
fn a_single_group_is_compared_by_policy_and_rank() {
    const GROUP: &str = "6c2f3d4e-1111-4222-8333-944455556666";
    let mut state = tenant();
    state["policies"]["items"] = json!([{ "name": "Global", "app_ids": [] }, { "name": "Rooms", "app_ids": [OTHER] }]);
    state["direct"]["items"] = json!([]);
    state["groups"] = json!({ "status": "partial", "items": [{ "group_id": GROUP, "policy": "Rooms", "rank": 1,
        "members": { "status": "complete", "items": [ADELE] } }] });
    let (dir, path) = folder(&state);
    let script = dir.path().join("fix.ps1");
    let output = run(&["plan", "--app", APP, "--user", ADELE, "--script", script.to_str().unwrap()], &path);
    assert_eq!(code(&output), 1);
    let text = std::fs::read_to_string(&script).unwrap();
    let part = format!("$relied = Read-Group '{GROUP}'\nif (-not (Test-Same $relied @('1 Rooms'))) {{ throw ");
    assert!(compared(&text).contains(&part), "{text}");
}

#[test]
fn a_script_goes_to_standard_output_alone() {
    let (dir, state) = folder(&tenant());
    let args = ["plan", "--app", APP, "--user", ADELE, "--fix", "2", "--script", "-"];
    let output = run(&args, &state);
    assert_eq!(code(&output), 1);
    let printed = text(&output);
    assert!(printed.trim_start_matches('\u{FEFF}').starts_with("# add the app"), "{printed}");
    assert!(printed.trim_end().ends_with("'done and verified'"), "{printed}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("undo"));
    let json = dir.path().join("plan.json");
    let format = format!("json={}", json.display());
    assert_eq!(text(&run(&[&args[..], &["--format", &format]].concat(), &state)), printed);
    assert!(json.exists());
    for more in [&["--format", "json"][..], &["--format", "human", "--format", &format], &["--for-admin"]] {
        let output = run(&[&args[..], more].concat(), &state);
        assert!(code(&output) == 2 && output.stdout.is_empty(), "{more:?}");
    }
    assert!(!Path::new("-").exists());
}

/// Names that PowerShell, a terminal or the schema would take for something else.
#[test]
fn hostile_names_are_literal_everywhere() {
    let schema: Value = {
        let mut schema: Value = serde_json::from_str(include_str!("../schema/result.schema.json")).unwrap();
        schema.as_object_mut().unwrap().remove("oneOf");
        schema["$ref"] = json!("#/$defs/document");
        schema
    };
    let schema = jsonschema::validator_for(&schema).unwrap();
    for name in ["a[a]", "all*", "who?", "two\nlines", "tab\there", "bell\u{7}", "it's ‘so’", "$(rm x)", "`n", "<name>"]
    {
        let mut state = tenant();
        state["policies"]["items"][1]["name"] = json!(name);
        for at in [0, 1] {
            state["direct"]["items"][at]["policy"] = json!(name);
        }
        let (dir, path) = folder(&state);
        let output = run(&["plan", "--app", APP, "--user", ADELE, "--format", "json"], &path);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let problems: Vec<String> =
            schema.iter_errors(&document).map(|it| format!("{}: {it}", it.instance_path)).collect();
        assert!(problems.is_empty(), "{name:?}: {problems:?}");
        let fixes = document["results"][0]["fixes"].as_array().unwrap();
        let edit = fixes.iter().find(|fix| fix["title"].as_str().unwrap().starts_with("add the app")).unwrap();
        // Whether -Identity takes wildcards is written nowhere: nothing is promised of such a name.
        let wild = name.contains(['*', '?', '[']);
        assert_eq!(edit["proved"], !wild, "{name:?}: {edit:#}");
        let reads = edit["preconditions"].to_string();
        assert_eq!(reads.contains("Where-Object Identity -EQ"), wild, "{name:?}: {reads}");
        let file = dir.path().join("fix.ps1");
        for fix in ["1", "2"] {
            run(&["plan", "--app", APP, "--user", ADELE, "--fix", fix, "--script", file.to_str().unwrap()], &path);
            for script in [&file, &dir.path().join("fix.undo.ps1")] {
                let script = std::fs::read_to_string(script).unwrap();
                assert!(!script.chars().any(|it| it.is_control() && it != '\n'), "{name:?}: {script:?}");
                assert!(!script.contains("two\nlines"), "{script}");
            }
        }
    }
    let (_dir, path) = folder(&tenant());
    for name in ["<policy-name>", "two\nlines", "bell\u{7}", "  "] {
        let output = run(&["plan", "--app", APP, "--user", ADELE, "--policy-name", name], &path);
        assert!(code(&output) == 2 && output.stdout.is_empty(), "{name:?}");
    }
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
        assert!(notes.contains(words) && notes.contains("documented nowhere"), "{line}: {notes}");
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

/// Others may hold an edited policy by now: groups are compared, and what is not is named; another's file is kept.
#[test]
fn scripts_compare_the_groups_and_name_what_they_do_not() {
    let mut state = tenant();
    state["groups"]["items"] = json!([{ "group_id": "6c2f3d4e-1111-4222-8333-944455556666", "policy": "Global", "rank": 1,
        "members": { "status": "complete", "items": [] } }]);
    let (dir, path) = folder(&state);
    let script = dir.path().join("fix.ps1");
    let args = ["plan", "--app", APP, "--user", ADELE, "--fix", "2", "--script", script.to_str().unwrap()];
    std::fs::write(&script, "# mine\n").unwrap();
    let refused = run(&args, &path);
    assert_eq!((code(&refused), std::fs::read_to_string(&script).unwrap()), (2, "# mine\n".to_owned()));
    std::fs::remove_file(&script).unwrap();
    // An earlier script of its own is replaced.
    assert_eq!((code(&run(&args, &path)), code(&run(&args, &path))), (1, 1));
    let text = std::fs::read_to_string(&script).unwrap();
    assert!(text.contains("Set-CsApplicationAccessPolicy"), "{text}");
    assert!(compared(&text).contains("$relied = Read-Groups"), "{text}");
    // Both hold it directly, so that the default decides nothing.
    assert!(!compared(&text).contains("Read-Policy 'Global'"), "{text}");
    assert!(text.contains("# not compared here: which users hold `"), "{text}");
    assert!(
        compared(&text)
            .contains("if ($CheckOnly -and (Test-Same $state1 $after1)) { return 'the change is made already' }")
    );
}

/// Assignments of what complete lists lack are told; of lists that are not whole nothing is.
#[test]
fn an_audit_tells_of_assignments_that_lead_nowhere() {
    let gone = "948d2cbb-3b55-40ed-8c34-2eae5932b22a";
    let mut state = tenant();
    state["direct"]["items"] =
        json!([{ "user_id": ADELE, "policy": "Ghost" }, { "user_id": gone, "policy": "it's \u{1b}[31mred" }]);
    let causes = |state: &Value| -> Vec<(String, String)> {
        let (_dir, path) = folder(state);
        let output = run(&["audit", "--format", "json"], &path);
        let findings = results(&output)[0]["findings"].as_array().unwrap().clone();
        let wanted = ["granted-policy-does-not-exist", "user-unknown"];
        let found = findings.iter().filter(|it| wanted.contains(&it["cause"].as_str().unwrap()));
        found
            .map(|it| (it["cause"].as_str().unwrap().to_owned(), it["severity"].as_str().unwrap().to_owned()))
            .collect()
    };
    let told = |cause: &str, severity: &str| (cause.to_owned(), severity.to_owned());
    assert_eq!(causes(&state), [told("granted-policy-does-not-exist", "error"), told("user-unknown", "info")]);
    state["policies"]["status"] = json!("partial");
    state["users"]["status"] = json!("partial");
    assert_eq!(causes(&state), []);
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
