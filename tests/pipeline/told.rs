//! What `plan` tells of scripts and fixes in every format: expectations that get worse, lines, the chosen fix.

use super::*;

/// A tenant of four users, two of whom hold the policy that lists the scheduler; nothing else is open.
fn small() -> Value {
    let user = |number: u32| format!("aaaaaaaa-0000-4000-8000-00000000000{number}");
    let users: Vec<Value> = (1..=4)
        .map(|number| {
            let upn = format!("u{number}@contoso.com");
            json!({ "id": user(number), "upn": upn, "enabled": true, "type": "member", "teams": "enabled" })
        })
        .collect();
    let direct = [json!({ "user_id": user(1), "policy": "Desk" }), json!({ "user_id": user(2), "policy": "Desk" })];
    json!({
        "schema": 1,
        "tenant_id": "72f4a9c1-3a1b-4f0e-9a77-0c5d2e8b6f10",
        "taken_at": "2026-11-26T09:00:00Z",
        "policies": { "status": "complete", "items": [
            { "name": "Global", "app_ids": [] },
            { "name": "Desk", "app_ids": [SCHEDULER] },
        ] },
        "direct": { "status": "complete", "items": direct },
        "groups": { "status": "complete", "items": [] },
        "users": { "status": "complete", "items": users },
        "apps": { "status": "complete", "items": [{
            "app_id": SCHEDULER,
            "name": "Scheduler",
            "enabled": true,
            "roles": [{ "id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "value": "OnlineMeetings.ReadWrite.All" }],
        }] },
        "settings": { "status": "complete", "graph_transcript_access": true },
    })
}

/// What is broken already and reaches more users afterwards is no all-clear, for one list, for everybody and in `lint`.
#[test]
fn an_expectation_that_gets_worse_fails() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("tenant.json", &small().to_string());
    let only = "[[expect]]\napp = \"Scheduler\"\nusers = [\"u1@contoso.com\"]\naccess = \"allow\"\nonly = true\n\
        operation = \"read-meeting\"\n";
    let nobody = "[[expect]]\napp = \"Scheduler\"\neveryone = true\naccess = \"deny\"\noperation = \"read-meeting\"\n";
    write("open.ps1", &format!("Set-CsApplicationAccessPolicy -Identity Global -AppIds @{{Add='{SCHEDULER}'}}\n"));
    write("same.ps1", "Grant-CsApplicationAccessPolicy -Identity 'u2@contoso.com' -PolicyName Desk\n");
    write("graphwhy.toml", "[lint]\nexpect = \"expect.toml\"\n");
    let plan = |script: &str, format: &str| {
        let args =
            ["plan", script, "--state", "tenant.json", "--expect", "expect.toml", "--at", AT, "--format", format];
        run_in(dir.path(), &args)
    };
    for (text, before, after) in [(only, 1, 3), (nobody, 2, 4)] {
        write("expect.toml", text);
        let output = plan("open.ps1", "json");
        assert_eq!(code(&output), 1, "{}", out(&output));
        let document = json(&output);
        valid("schema/result.schema.json", &document);
        let all = document["results"][0]["expectations"].as_array().unwrap();
        let worse = all.iter().find(|it| it["fate"] == "gets worse").unwrap();
        assert_eq!(
            (&worse["worse"]["before"], &worse["worse"]["after"], &worse["worse"]["more"]),
            (&json!(before), &json!(after), &json!(2))
        );
        let human = words(&plan("open.ps1", "human"));
        assert!(
            human.contains(&format!("gets worse expect.toml:1: {before} allowed before and {after} after it")),
            "{human}"
        );
        assert!(human.contains("newly allowed: u3@contoso.com, u4@contoso.com"), "{human}");
        let results = sarif(&plan("open.ps1", "sarif"));
        assert!(
            results.iter().any(|it| it["ruleId"] == "expectation-broken" && it["level"] == "error"),
            "{results:#?}"
        );
        let annotations = out(&plan("open.ps1", "github"));
        assert!(annotations.contains("::error file=expect.toml,line=1"), "{annotations}");
        let lint = run_in(dir.path(), &["lint", "open.ps1", "--state", "tenant.json"]);
        assert!(out(&lint).contains("expectation-broken") && out(&lint).contains("before and"), "{}", out(&lint));
        // What stays as broken as it was is no fault of a script.
        let output = plan("same.ps1", "json");
        assert_eq!(code(&output), 0, "{}", out(&output));
        let lint = run_in(dir.path(), &["lint", "same.ps1", "--state", "tenant.json"]);
        assert!(!out(&lint).contains("expectation-broken"), "{}", out(&lint));
    }
}

/// Each gain and loss stands at the command that brings it, whatever comes after.
#[test]
fn effects_are_told_at_the_command_that_brings_them() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("tenant.json"), small().to_string()).unwrap();
    let script = format!(
        "New-CsApplicationAccessPolicy -Identity Later -AppIds '{SCHEDULER}'\n\
         Grant-CsApplicationAccessPolicy -Identity 'u3@contoso.com' -PolicyName Later\n\
         Set-CsApplicationAccessPolicy -Identity Desk -AppIds '{NOTES}'\n\
         Set-CsApplicationAccessPolicy -Identity Later -Description 'nothing'\n"
    );
    std::fs::write(dir.path().join("four.ps1"), script).unwrap();
    let args = ["plan", "four.ps1", "--state", "tenant.json", "--at", AT];
    let human = words(&run_in(dir.path(), &args));
    assert!(human.contains("gains line 2: Scheduler"), "{human}");
    assert!(human.contains("loses line 3: Scheduler"), "{human}");
    assert!(human.contains("assumes line 3: a bare list of -AppIds"), "{human}");
    let results = sarif(&run_in(dir.path(), &[&args[..], &["--format", "sarif"]].concat()));
    let line = |rule: &str| {
        let found = results.iter().find(|it| it["ruleId"] == rule).unwrap();
        found["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap()
    };
    assert_eq!((line("access-gained"), line("access-lost"), line("effect-unsettled")), (2, 3, 3));
}

/// The fix that was asked for is the one that every format tells.
#[test]
fn the_chosen_fix_is_told_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("tenant.json"), small().to_string()).unwrap();
    let args = ["plan", "--state", "tenant.json", "--app", "Scheduler", "--user", "u3@contoso.com", "--at", AT];
    let with = |fix: &str, format: &str| run_in(dir.path(), &[&args[..], &["--fix", fix, "--format", format]].concat());
    let document = json(&with("2", "json"));
    valid("schema/result.schema.json", &document);
    assert_eq!(document["results"][0]["chosen"], 2);
    let title = |index: usize| document["results"][0]["fixes"][index]["title"].as_str().unwrap().to_owned();
    let plain = |text: &str| text.replace('\\', "");
    for format in ["github", "sarif", "junit", "markdown"] {
        for fix in [1, 2] {
            let text = plain(&out(&with(&fix.to_string(), format))).replace("&apos;", "'");
            assert!(text.contains(&format!("fix {fix} of ")), "{format}: {text}");
            assert!(text.contains(&title(fix - 1)), "{format}: {text}");
        }
    }
    let markdown = out(&with("2", "markdown"));
    let commands: Vec<&str> = document["results"][0]["fixes"][1]["steps"][0]["commands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    assert!(commands.iter().all(|line| markdown.lines().any(|it| it == *line)), "{markdown}");
    assert!(plain(&markdown).contains(&format!("1. {}", title(0))), "{markdown}");
}

/// Who is in no complete list is named first, and gets no commands.
#[test]
fn what_is_not_in_the_tenant_comes_first() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("tenant.json"), small().to_string()).unwrap();
    let stranger = "bbbbbbbb-0000-4000-8000-000000000001";
    let plan = |app: &str, user: &str| {
        let args = ["plan", "--state", "tenant.json", "--app", app, "--user", user, "--at", AT];
        let output = run_in(dir.path(), &args);
        assert_eq!(code(&output), 1, "{}", out(&output));
        words(&output)
    };
    let both = plan(NOTES, stranger);
    assert!(both.starts_with("× neither app") && both.contains("is in this tenant"), "{both}");
    let user = plan(SCHEDULER, stranger);
    assert!(user.starts_with(&format!("× user {stranger} is not in this tenant")), "{user}");
    let app = plan(NOTES, "u3@contoso.com");
    assert!(app.starts_with(&format!("× app {NOTES} is not in this tenant")), "{app}");
    for text in [both, user, app] {
        assert!(!text.contains("Grant-CsApplicationAccessPolicy"), "{text}");
    }
    let pasted = format!(
        "{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app: {NOTES} on the user: {stranger}\"}}}}"
    );
    std::fs::write(dir.path().join("error.json"), pasted).unwrap();
    let output = run_in(dir.path(), &["explain", "error.json", "--state", "tenant.json"]);
    let text = words(&output);
    assert!(text.starts_with("× neither the app nor the user is in this tenant"), "{text}");
    assert!(!text.contains("Grant-CsApplicationAccessPolicy"), "{text}");
}
