//! The scripts that plans are written as: quoted, guarded both ways, and kept apart from files of others.

use std::path::Path;

use serde_json::{Value, json};

use crate::{ADELE, ALEX, APP, OTHER, code, folder, run, tenant, text};

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
    // Who reads it knows who is who, how to sign in and how long it takes.
    for part in [
        &format!("# user {ADELE}: adele@contoso.com\n"),
        "# sign in first: Connect-MicrosoftTeams -TenantId '7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10'\n",
        "# until Graph sees it: changes to application access policies can take up to 30 minutes\n",
        "\n'until Graph sees it: changes to application access policies can take up to 30 minutes'\n'done and verified'\n",
    ] {
        let copy = dir.path().join("copy.ps1");
        run(&["plan", "--app", APP, "--user", ADELE, "--fix", "1", "--script", copy.to_str().unwrap()], &state);
        let text = std::fs::read_to_string(&copy).unwrap();
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(script.contains(&format!("# app {APP}: Notes\n")) && undo.contains(&format!("# app {APP}: Notes\n")));
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

/// The first part of a script: what it compares before anything is changed.
fn compared(script: &str) -> &str {
    let start = script.find("# 1. is the state").unwrap();
    &script[start..script.find("# 2. the change").unwrap()]
}

/// A script stops if anything has moved that the simulation rests on; its undo, if what it takes back has.
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
    let both =
        [format!("if (\"$((Get-CsTenant).TenantId)\" -ne '{tenant_id}') {{ throw "), format!("Read-Direct '{ADELE}'")];
    let rests_on = [
        format!("Read-Effective '{ADELE}'"),
        format!("$relied = Read-Policy 'Rooms'\nif (-not (Test-Same $relied @('{OTHER}'))) {{ throw "),
        format!("$relied = Read-Policy 'Global'\nif (-not (Test-Same $relied @('{OTHER}'))) {{ throw "),
        format!("$relied = Read-Groups\nif (-not (Test-Same $relied @('{GROUP} 1 Rooms'))) {{ throw "),
        format!("Read-Teams '{ADELE}'"),
    ];
    for text in [&run_text, &undo] {
        assert!(both.iter().all(|part| compared(text).contains(part)), "{text}");
        // Another module's read is named, not made: who runs this may have no right there.
        assert!(text.contains("# not compared here") && !text.contains("Get-MgServicePrincipal"), "{text}");
    }
    for part in &rests_on {
        assert!(compared(&run_text).contains(part), "{part}\n{run_text}");
    }
    // What others have changed beside it since is no reason to keep it.
    for part in ["Read-Effective ", "Read-Policy 'Rooms'", "Read-Policy 'Global'", "Read-Groups", "Read-Teams "] {
        assert!(!undo.contains(part), "{part}\n{undo}");
    }
    // A policy that is removed is held by nobody else.
    assert!(
        compared(&undo).contains("$relied = Read-Holders 'Rooms-9c4f2c1e'\nif (-not (Test-Same $relied @())) {"),
        "{undo}"
    );
    assert!(undo.contains("which users were given `Rooms-9c4f2c1e` directly since"), "{undo}");
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
        let mut schema: Value = serde_json::from_str(include_str!("../../schema/result.schema.json")).unwrap();
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

/// An undo asks for what it takes back alone: ids that others added stay, and so do other groups.
#[test]
fn an_undo_compares_what_it_takes_back() {
    const GROUP: &str = "6c2f3d4e-1111-4222-8333-944455556666";
    let mut state = tenant();
    state["policies"]["items"] = json!([{ "name": "Global", "app_ids": [] }, { "name": "Rooms", "app_ids": [OTHER] }]);
    state["direct"]["items"] = json!([{ "user_id": ADELE, "policy": "Rooms" }, { "user_id": ALEX, "policy": "Rooms" }]);
    let (dir, path) = folder(&state);
    let file = dir.path().join("fix.ps1");
    let undone = |args: &[&str], wanted: &str| {
        for fix in 1..=9 {
            let fix = fix.to_string();
            let _ = std::fs::remove_file(dir.path().join("fix.undo.ps1"));
            let all = [args, &["--fix", &fix, "--script", file.to_str().unwrap()]].concat();
            assert!(matches!(code(&run(&all, &path)), 1 | 4), "no fix of {args:?} takes back by {wanted}");
            let undo = std::fs::read_to_string(dir.path().join("fix.undo.ps1")).unwrap();
            if undo.contains(wanted) {
                return undo;
            }
        }
        unreachable!("there are fewer fixes")
    };
    let edited = undone(&["plan", "--app", APP, "--user", ADELE], "-AppIds @{Remove=");
    let first = compared(&edited);
    for part in [
        format!("$state1 = Read-Listed 'Rooms' @('{APP}')\n$before1 = @('{APP}')\n$after1 = @()\n"),
        "if (-not (Test-Same $state1 $before1) -and -not (Test-Same $state1 $after1)) { throw ".to_owned(),
    ] {
        assert!(first.contains(&part), "{part}\n{edited}");
    }
    assert!(!edited.contains("Read-Policy") && !edited.contains("Read-Effective"), "{edited}");
    // What was held before is granted again as long as it is there, whatever it lists.
    let granted = undone(&["plan", "--app", APP, "--user", ADELE], "-PolicyName 'Rooms'");
    assert!(
        compared(&granted).contains("$relied = Read-Exists 'Rooms'\nif (-not (Test-Same $relied @('there'))) {"),
        "{granted}"
    );
    let group = undone(&["plan", "--app", APP, "--group", GROUP], "Remove-CsGroupPolicyAssignment");
    let first = compared(&group);
    assert!(first.contains(&format!("Read-GroupPolicy '{GROUP}'")) && first.contains("$after1 = $null"), "{group}");
    assert!(!group.contains("Read-Groups"), "{group}");
}

/// A name that is taken is none that has no effect: the plan says which one it takes instead.
#[test]
fn a_name_that_is_taken_is_told_with_the_one_in_its_place() {
    let mut state = tenant();
    state["policies"]["items"] = json!([{ "name": "Global", "app_ids": [] }, { "name": "Rooms", "app_ids": [OTHER] }, { "name": "Sales", "app_ids": [] }]);
    state["direct"]["items"] = json!([{ "user_id": ADELE, "policy": "Rooms" }, { "user_id": ALEX, "policy": "Rooms" }]);
    let (_dir, path) = folder(&state);
    let told = |name: &str| {
        let output = run(&["plan", "--app", APP, "--user", ADELE, "--policy-name", name], &path);
        assert_eq!(code(&output), 1);
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(told("sales").contains("note: `sales` is taken, `sales-2` is used"), "{}", told("sales"));
    assert!(!told("Free").contains("note: `Free`") && !told("Free").contains("--policy-name"), "{}", told("Free"));
    // Where nothing is created, it has no effect.
    state["policies"]["items"][2]["app_ids"] = json!([APP]);
    state["direct"]["items"] = json!([]);
    let (_dir, path) = folder(&state);
    let output = run(&["plan", "--app", APP, "--user", ADELE, "--policy-name", "Rooms"], &path);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("no fix of this plan creates a policy") || told.contains("`Rooms` is taken"), "{told}");
}

/// Of a state that does not list all policies, too, an undo removes one only where that is asked for, takes one that is
/// gone for done, and looks whether it went.
#[test]
fn an_undo_of_a_partial_state_removes_as_any_other() {
    let mut state = tenant();
    state["policies"] = json!({ "status": "partial", "items": [
        { "name": "Global", "app_ids": [] }, { "name": "Rooms", "app_ids": [OTHER] } ] });
    state["direct"]["items"] = json!([{ "user_id": ADELE, "policy": "Rooms" }, { "user_id": ALEX, "policy": "Rooms" }]);
    let (dir, path) = folder(&state);
    let file = dir.path().join("fix.ps1");
    let undo = (1..=9)
        .find_map(|fix| {
            let fix = fix.to_string();
            let args = ["plan", "--app", APP, "--user", ADELE, "--fix", &fix, "--script", file.to_str().unwrap()];
            assert!(matches!(code(&run(&args, &path)), 1 | 4), "no fix creates a policy");
            let undo = std::fs::read_to_string(dir.path().join("fix.undo.ps1")).unwrap();
            undo.contains("Remove-CsApplicationAccessPolicy").then_some(undo)
        })
        .unwrap();
    assert!(!undo.contains("if ($true)"), "{undo}");
    let removes = undo.split("    Remove-CsApplicationAccessPolicy").next().unwrap().lines().last().unwrap().to_owned();
    assert!(removes.starts_with("if ($RemovePolicy -and (-not (Test-Same (Read-Policy '"), "{removes}");
    assert!(undo.contains("[switch] $RemovePolicy") && undo.contains("$after2 = $null\n"), "{undo}");
    assert!(undo.contains("-not (Test-Same $state2 $before2) -and -not (Test-Same $state2 $after2)"), "{undo}");
    let read_back = undo.split("# 3. ").nth(1).unwrap();
    assert!(read_back.contains("$RemovePolicy -and -not (Test-Same (Read-Policy '"), "{read_back}");
}

/// The user's direct policy does not exist: what is compared is the state before the change, and nothing is said to take
/// it back, in the report and beside the script.
#[test]
fn a_policy_that_is_gone_is_no_undo() {
    let mut state = tenant();
    state["policies"] = json!({ "status": "complete", "items": [
        { "name": "Global", "app_ids": [] }, { "name": "Rooms", "app_ids": [APP] } ] });
    state["direct"]["items"] = json!([{ "user_id": ADELE, "policy": "Gone" }]);
    let (dir, path) = folder(&state);
    let file = dir.path().join("fix.ps1");
    let undo = dir.path().join("fix.undo.ps1");
    for fix in 1..=9 {
        let fix = fix.to_string();
        let args = ["plan", "--app", APP, "--user", ADELE, "--fix", &fix, "--script", file.to_str().unwrap()];
        // One of an earlier fix would take back something else.
        std::fs::write(&undo, "").unwrap();
        let output = run(&args, &path);
        if code(&output) == 2 {
            assert!(fix != "1", "{output:?}");
            return;
        }
        let script = std::fs::read_to_string(&file).unwrap();
        assert!(!compared(&script).contains("Read-Effective"), "{script}");
        if !script.contains("    Grant-CsApplicationAccessPolicy") {
            continue;
        }
        assert!(script.contains("# not compared here: effective policy of user "), "{script}");
        assert_eq!(std::fs::read_to_string(&undo).unwrap(), "", "an undo was written");
        let report = text(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(report.contains("`Gone`, which it replaces, is in no list of policies"), "{report}");
        assert!(!report.contains("-PolicyName 'Gone'"), "{report}");
        let told = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(told.contains("no undo was written: no command is known to take it back"), "{told}");
    }
}
