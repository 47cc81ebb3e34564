//! The command line.

use super::*;

fn graphwhy(args: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_graphwhy"));
    command.env_remove("GRAPHWHY_TOKEN").env("NO_COLOR", "1").args(args).assert()
}

fn stderr(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

#[test]
fn the_command_writes_a_private_snapshot_and_tells_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("tenant.json");
    std::fs::write(&output, "old").unwrap();
    let to = output.to_str().unwrap();
    let run = graphwhy(&["import", "testdata/import/console.txt", "-o", to, "--complete", "policies,groups"]).success();
    let told = stderr(&run);
    assert!(told.contains("policies   complete"), "{told}");
    let command = format!("\n    {}\n", Part::Direct.command());
    assert!(told.contains("direct     partial") && told.contains(&command), "a command is copied whole: {told}");
    assert!(told.contains("apps       missing") && told.contains("Get-MgServicePrincipal -All"), "{told}");
    assert!(run.get_output().stdout.is_empty());
    let snapshot = tenant::parse(&std::fs::read_to_string(&output).unwrap(), "tenant.json").unwrap();
    assert_eq!((snapshot.policies.status, snapshot.direct.status), (Status::Complete, Status::Partial));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&output).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let run = graphwhy(&["import", "testdata/import/export.json", "-q"]).success();
    assert!(stderr(&run).is_empty());
    let text = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(tenant::parse(&text, "stdout").unwrap().users.is_complete());
}

#[test]
fn entries_of_a_policy_that_are_no_client_id_are_told_wherever_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.json");
    let odd = "9c4f2c1e5a0b4f6d8f530d6a3c1b7e20";
    let policies = format!(
        "[{{\"name\":\"Global\",\"app_ids\":[]}},{{\"name\":\"Meetings\",\"app_ids\":[\"{odd}\",\"\u{1b}[31m<app>\",\"{APP}\"]}}]"
    );
    let snapshot = format!("{{\"schema\":1,\"policies\":{{\"status\":\"complete\",\"items\":{policies}}}}}");
    std::fs::write(&path, snapshot.replace('\u{1b}', "\\u001b")).unwrap();
    let state = path.to_str().unwrap();
    let args = ["check", "--state", state, "--app", APP, "--user", USER, "--gates", "policy", "--format", "json"];
    let run = graphwhy(&args);
    let told = stderr(&run);
    let place = format!("{state}: policies: `{odd}` in the app ids of policy `Meetings` is no client id");
    assert!(told.contains(&place) && told.contains("<app>") && !told.contains('\u{1b}'), "{told}");
    // The policy stays, with what it lists for sure; what is no client id is no app.
    let read = tenant::parse(&std::fs::read_to_string(&path).unwrap(), "t").unwrap();
    assert_eq!((read.policies.items[1].app_ids.len(), read.policies.items[1].other_ids.len()), (1, 2));
    let quiet = graphwhy(&[&args[..], &["-q"]].concat());
    assert!(!stderr(&quiet).contains("no client id"));
    // An app id elsewhere has to be one.
    std::fs::write(&path, "{\"schema\":1,\"apps\":{\"items\":[{\"app_id\":\"my app\"}]}}").unwrap();
    let told = stderr(&graphwhy(&args).code(3));
    assert!(told.contains("apps.items[0].app_id") && told.contains("line 1"), "{told}");
}

#[test]
fn the_command_fails_with_a_place_and_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("tenant.json");
    std::fs::write(&output, "old").unwrap();
    let bad = folder.path().join("bad.json");
    std::fs::write(&bad, forms::utf16("[{\"Identity\":\"Global\",\"AppIds\":[]},")).unwrap();
    let run = graphwhy(&["import", bad.to_str().unwrap(), "-o", output.to_str().unwrap()]).code(3);
    let told = stderr(&run);
    assert!(told.contains("broken JSON") && told.contains("bad.json:1:36") && told.contains("help: "), "{told}");
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "old");
    graphwhy(&["import"]).code(2);
    graphwhy(&["import", "x", "--complete", "everything"]).code(2);
    graphwhy(&["import", "--script", "x"]).code(2);
    graphwhy(&["import", "no-such-file"]).code(3);
    graphwhy(&["import", "src"]).code(3);
    let other = "22222222-2222-4333-8444-555555555555";
    let run = graphwhy(&["import", "testdata/import/export.json", "--tenant", other]).code(3);
    assert!(stderr(&run).contains("the tenant: `--tenant` says"), "{}", stderr(&run));
    let run = graphwhy(&["import", "--script"]).success();
    assert_eq!(run.get_output().stdout, graphwhy::tenant::import::SCRIPT.as_bytes());
}

#[test]
fn explain_takes_the_same_files_as_state() {
    let folder = tempfile::tempdir().unwrap();
    let error = folder.path().join("error.json");
    std::fs::write(
        &error,
        r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app."}}"#,
    )
    .unwrap();
    let policies = folder.path().join("policies.csv");
    std::fs::write(&policies, forms::utf16("\"Identity\",\"AppIds\"\r\n\"Global\",\"\"\r\n")).unwrap();
    let users = folder.path().join("users.txt");
    std::fs::write(&users, format!("Identity : {USER}\nApplicationAccessPolicy : Global\n")).unwrap();
    let request = format!("GET /users/{USER}/onlineMeetings/meeting");
    let args = |state: &[&str]| {
        let mut args =
            vec!["explain", error.to_str().unwrap(), "--format", "json", "--app", APP, "--request", &request];
        for file in state {
            args.extend(["--state", file]);
        }
        let run = graphwhy(&args);
        let text = String::from_utf8(run.get_output().stdout.clone()).unwrap();
        (serde_json::from_str::<serde_json::Value>(&text).unwrap(), stderr(&run))
    };
    let policy_gate = |document: &serde_json::Value| {
        let gates = document["results"][0]["gates"].as_array().unwrap().clone();
        gates.into_iter().find(|gate| gate["gate"] == "policy").unwrap()["outcome"].clone()
    };
    // Both files are one tenant: the assignment of one, the policy of the other.
    let (document, told) = args(&[policies.to_str().unwrap(), users.to_str().unwrap()]);
    assert_eq!(policy_gate(&document), "fail", "{document:#}");
    assert!(told.contains("policies partial") && told.contains("direct partial"), "{told}");
    let (document, _) = args(&[users.to_str().unwrap()]);
    assert_eq!(policy_gate(&document), "unknown", "{document:#}");
    // A broken snapshot is still told as one.
    let broken = folder.path().join("tenant.json");
    std::fs::write(&broken, "{\"schema\":1,\"policies\":[]}").unwrap();
    let (document, _) = args(&[broken.to_str().unwrap()]);
    assert!(document["error"]["message"].as_str().unwrap().contains("malformed at `policies`"), "{document:#}");
}

#[test]
fn every_command_takes_the_same_files_as_state() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let policy =
        |apps: &str| format!("Identity : Global\nAppIds   : {{}}\n\nIdentity : Tag:Meetings\nAppIds   : {{{apps}}}\n");
    let without = write("before.txt", &policy(OTHER));
    let with = folder.path().join("after.txt");
    std::fs::write(&with, forms::utf16(&policy(&format!("{APP}, {OTHER}")))).unwrap();
    let with = with.to_str().unwrap();
    let users = write("users.csv", &format!("Identity,ApplicationAccessPolicy\n{USER},Tag:Meetings\n"));

    let gate = |state: &[&str]| {
        let mut args = vec!["check", "--app", APP, "--user", USER, "--gates", "policy", "--format", "json"];
        state.iter().for_each(|file| args.extend(["--state", file]));
        let run = graphwhy(&args);
        let document: serde_json::Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
        document["results"][0]["verdict"].as_str().unwrap().to_owned()
    };
    // What is no snapshot is one tenant together.
    assert_eq!(gate(&[with, &users]), "allowed");
    assert_eq!(gate(&[&without, &users]), "denied");
    assert_eq!(gate(&[&without]), "unknown");
    assert_eq!(gate(&[with]), "unknown");
    // A snapshot from a pipe, and one that a console wrote in UTF-16.
    let snapshot = r#"{"schema":1,"policies":{"status":"complete","items":[{"name":"Global","app_ids":[]}]}}"#;
    let wide = folder.path().join("wide.json");
    std::fs::write(&wide, forms::utf16(snapshot)).unwrap();
    assert_eq!(gate(&[wide.to_str().unwrap()]), "denied");
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_graphwhy"));
    let args = ["check", "--app", APP, "--user", USER, "--gates", "policy", "--state", "-"];
    command.args(args).write_stdin(snapshot).assert().code(1);

    // Two files that are no snapshots are two states where two are compared.
    let run = graphwhy(&["diff", &without, with, "--format", "json"]).success();
    let text = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(text.contains(APP) && !text.contains("\"changes\":[]"), "{text}");
    // A plan takes them too, all of one tenant.
    let planned = graphwhy(&["plan", "--app", APP, "--user", USER, "--state", &without, "--state", &users]);
    let told = String::from_utf8(planned.get_output().stdout.clone()).unwrap();
    assert!(told.contains("fix 1 of 2") && told.contains("add the app to `Meetings`"), "{told}");
    let second = write("second.json", snapshot);
    graphwhy(&["plan", "--app", APP, "--user", USER, "--state", wide.to_str().unwrap(), "--state", &second]).code(2);
    // Beside a snapshot they supplement it.
    assert_eq!(gate(&[wide.to_str().unwrap(), with, &users]), "allowed");
    // A list of policies alone leaves open what an audit looks for.
    graphwhy(&["audit", "--state", with]).code(4);
    graphwhy(&["audit", "--state", with, "--unknown", "ignore"]).code(0);
    let nothing = write("nothing.txt", "");
    for args in [
        &["check", "--app", APP, "--user", USER, "--state", &nothing][..],
        &["diff", &nothing, with],
        &["audit", "--state", &nothing],
    ] {
        let told = stderr(&graphwhy(args).code(3));
        assert!(told.contains("is no snapshot, and no output that `graphwhy import` knows"), "{told}");
    }
}

#[test]
fn the_scripts_are_clean_by_the_own_rules() {
    let catalogue = graphwhy::knowledge::Catalogue::builtin();
    for (name, text) in
        [("export.ps1", graphwhy::tenant::import::SCRIPT), ("run.ps1", include_str!("../../src/tenant/fetch/run.ps1"))]
    {
        let linted = graphwhy::lint::lint(text, name, &catalogue);
        assert!(
            linted.findings.is_empty() && linted.notes.is_empty(),
            "{name}: {:?} {:?}",
            linted.findings,
            linted.notes
        );
        // Only reading cmdlets: nothing that the module changes with.
        for verb in ["New-Cs", "Set-Cs", "Grant-Cs", "Remove-Cs"] {
            assert!(!text.contains(verb), "{name}: {verb}");
        }
    }
}

#[test]
fn when_it_was_read_is_said_or_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("tenant.json");
    let to = output.to_str().unwrap();
    let taken = || tenant::parse(&std::fs::read_to_string(&output).unwrap(), "tenant.json").unwrap().taken_at;
    // A paste does not say it, and the date of a file is that of its last copy.
    let run = graphwhy(&["import", "testdata/import/console.txt", "-o", to]).success();
    assert!(stderr(&run).contains("--taken-at"), "{}", stderr(&run));
    assert_eq!(taken(), None);
    let run =
        graphwhy(&["import", "testdata/import/console.txt", "-o", to, "--taken-at", "2026-11-20T10:00:00Z"]).success();
    assert!(!stderr(&run).contains("--taken-at"), "{}", stderr(&run));
    assert_eq!(taken().map(|time| time.to_string()).as_deref(), Some("2026-11-20T10:00:00Z"));
    // The project's own export says it for itself.
    let run = graphwhy(&["import", "testdata/import/export.json", "-o", to]).success();
    assert!(!stderr(&run).contains("--taken-at") && taken().is_some(), "{}", stderr(&run));
    for bad in ["yesterday", "2026-11-20", "2999-01-01T00:00:00Z"] {
        graphwhy(&["import", "testdata/import/console.txt", "--taken-at", bad]).code(2);
    }
}

#[test]
fn a_snapshot_without_its_schema_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.json");
    std::fs::write(
        &path,
        r#"{"tenant_id":"7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10","policies":{"status":"complete","items":[]}}"#,
    )
    .unwrap();
    let run = graphwhy(&["audit", "--state", path.to_str().unwrap()]).code(3);
    let told = stderr(&run);
    assert!(told.contains("has no `schema`") && told.contains("\"schema\":1"), "{told}");
}

/// That an app is not there is a state, too: `--state` takes what `import` takes.
#[test]
fn an_answer_that_there_is_no_such_app_is_a_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answer.txt");
    let answer = format!(
        "GET https://graph.microsoft.com/v1.0/servicePrincipals(appId='{APP}')\n{{\"error\":{{\"code\":\"Request_ResourceNotFound\",\"message\":\"Resource '{APP}' does not exist or one of its queried reference-property objects are not present.\"}}}}\n"
    );
    std::fs::write(&path, answer).unwrap();
    let run = graphwhy(&["check", "--app", APP, "--user", USER, "--state", path.to_str().unwrap()]).code(1);
    let told = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(told.contains("app-unknown-in-tenant"), "{told}");
    assert!(stderr(&run).contains("1 id that nobody has"), "{}", stderr(&run));
    std::fs::write(&path, "nothing of the kind\n").unwrap();
    graphwhy(&["check", "--app", APP, "--user", USER, "--state", path.to_str().unwrap()]).code(3);
    let run = graphwhy(&["import", path.to_str().unwrap(), "--tenant", "contoso.onmicrosoft.com"]).code(2);
    assert!(stderr(&run).contains("give the tenant's id, a GUID"), "{}", stderr(&run));
}

#[test]
fn the_read_that_check_names_is_of_the_objects_that_the_snapshot_knows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.json");
    let state = serde_json::json!({
        "schema": 1, "taken_at": "2026-01-31T09:00:00Z",
        "policies": {"status": "complete", "items": [{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}]},
        "direct": {"status": "complete", "items": []},
        "groups": {"status": "complete", "items": [
            {"group_id": GROUP, "policy": "Meetings", "rank": 1, "members": {"status": "missing"}}]},
        "users": {"status": "complete", "items": [{"id": USER, "teams": "enabled"}]},
        "apps": {"status": "complete", "items": [{"app_id": APP, "service_principal_id": PRINCIPAL, "roles": []}]}
    });
    std::fs::write(&path, state.to_string()).unwrap();
    let run = graphwhy(&["check", "--state", path.to_str().unwrap(), "--app", APP, "--user", USER, "--format", "json"]);
    let told = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    for command in [
        format!("GET /groups/{GROUP}/members"),
        format!("GET /oauth2PermissionGrants?$filter=clientId eq '{PRINCIPAL}'"),
    ] {
        assert!(told.contains(&command), "{command}\n{told}");
    }
}
