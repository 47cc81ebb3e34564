//! `diff` and `audit`: what two readings tell, and what one does.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::{ADELE, APP, OTHER, code, folder, results, run, tenant, text};

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

/// A wider role in place of a narrower one, or the other way round, is no access where no policy lets the app through.
#[test]
fn a_gate_alone_is_no_access_lost() {
    const WRITE: &str = "b8bb2037-6e08-44ac-a4ea-4674e010e2a4";
    let mut wide = tenant();
    wide["policies"]["items"][1]["app_ids"] = json!([]);
    let narrow = wide.clone();
    wide["apps"]["items"][0]["roles"] = json!([{ "id": WRITE, "value": "OnlineMeetings.ReadWrite.All" }]);
    let output = diff(&wide, &narrow, &["--exit-code", "--format", "json"]);
    let result = &results(&output)[0];
    assert_eq!((code(&output), &result["loses_total"], &result["loses"]), (0, &json!(0), &json!([])), "{result:#}");
    let human = text(&diff(&wide, &narrow, &[]));
    assert!(human.contains("no app gains or loses access") && !human.contains("lose it"), "{human}");
    // A script is told of the gate, and takes nothing from anybody.
    let mut listed = narrow.clone();
    listed["apps"]["items"][0]["roles"] = json!([]);
    listed["policies"]["items"][1]["name"] = json!("Rooms");
    listed["policies"]["items"][1]["app_ids"] = json!([APP]);
    for user in 0..2 {
        listed["direct"]["items"][user]["policy"] = json!("Rooms");
    }
    let (dir, path) = folder(&listed);
    let script = dir.path().join("change.ps1");
    std::fs::write(&script, format!("Set-CsApplicationAccessPolicy -Identity 'Rooms' -AppIds @{{Remove='{APP}'}}\n"))
        .unwrap();
    let output = run(&["plan", script.to_str().unwrap()], &path);
    let human = text(&output);
    assert!(code(&output) == 0 && human.contains("nobody loses access"), "{human}");
    assert!(human.contains("    gate ") && !human.contains("    loses"), "{human}");
    let output = run(&["plan", script.to_str().unwrap(), "--format", "json"], &path);
    let result = &results(&output)[0];
    assert_eq!((&result["loses_total"], &result["loses_gates"]), (&json!(2), &json!(2)), "{result:#}");
    // The same of `Global`: who comes later loses nothing that he could not have.
    listed["policies"]["items"][0]["app_ids"] = json!([APP]);
    std::fs::write(&path, listed.to_string()).unwrap();
    std::fs::write(&script, format!("Set-CsApplicationAccessPolicy -Identity Global -AppIds @{{Remove='{APP}'}}\n"))
        .unwrap();
    let output = run(&["plan", script.to_str().unwrap(), "--format", "json"], &path);
    assert_eq!((code(&output), &results(&output)[0]["loses_future"]), (0, &json!(false)), "{}", text(&output));
}

/// Where the documents do not say whether a policy is asked for, a role alone may be enough: perhaps, and through none.
#[test]
fn what_is_gained_perhaps_is_told_as_perhaps() {
    const TRANSCRIPTS: &str = "a4a80d8d-d283-4bd8-8504-555ec3870630";
    let mut before = tenant();
    before["settings"]["graph_transcript_access"] = json!(true);
    before["policies"]["items"][1]["app_ids"] = json!([]);
    before["apps"]["items"][0]["roles"] = json!([]);
    let mut after = before.clone();
    after["apps"]["items"][0]["roles"] = json!([{ "id": TRANSCRIPTS, "value": "OnlineMeetingTranscript.Read.All" }]);
    let human = text(&diff(&before, &after, &[])).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(human.contains("gain access: 2 (all of them perhaps), that lose it: 0"), "{human}");
    assert!(human.contains("for users who come later: perhaps whatever policy they have"), "{human}");
    assert!(!human.contains("through `Global`"), "{human}");
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

/// A list that is not whole says nothing of an app that it leaves out; the service's answer for its id does.
#[test]
fn an_audit_knows_an_app_that_was_asked_for() {
    let nobody = "5f0c2f7a-93d1-4b8e-a6c4-0d7e1b9f3a25";
    let mut state = tenant();
    state["apps"]["status"] = json!("partial");
    state["policies"]["items"][0]["app_ids"].as_array_mut().unwrap().push(json!(nobody));
    let found = |state: &Value| {
        let (_dir, path) = folder(state);
        let result = results(&run(&["audit", "--format", "json"], &path))[0].clone();
        let findings = result["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|it| it["cause"] == "unknown-app-in-policy")
    };
    assert_eq!(found(&state), None);
    state["absent"] = json!([{"part": "apps", "id": nobody}]);
    let finding = found(&state).unwrap();
    assert_eq!(finding["confidence"], "certain");
    assert!(finding["evidence"].to_string().contains("Request_ResourceNotFound"), "{finding:#}");
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

/// A command is shown in one piece, to be copied.
#[test]
fn an_audit_breaks_no_command() {
    let command = "Get-CsUserPolicyAssignment -Identity '<user id>' | ConvertTo-Json -Depth 5";
    let mut state = tenant();
    state["direct"] = json!({ "status": "partial", "items": [], "reason": { "kind": "not-read", "needs": command } });
    let (_dir, path) = folder(&state);
    let human = text(&run(&["audit"], &path));
    assert!(human.lines().any(|line| line.contains(&format!("`{command}`"))), "{human}");
    let result = results(&run(&["audit", "--format", "json"], &path))[0].clone();
    let parts = result["unchecked"][0]["parts"].as_array().unwrap();
    assert!(parts.iter().any(|part| part.as_str().unwrap().contains(command)), "{result:#}");
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
