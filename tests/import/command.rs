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
    assert!(told.contains("direct     partial") && told.contains("Get-CsOnlineUser |"), "{told}");
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
