//! What no change of roles and policies mends: a service principal that is disabled.

use super::*;

fn words(output: &Output) -> String {
    text(output).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `check` counts it as wrong, and so does a plan: whatever the gates say, the app gets no token.
#[test]
fn a_disabled_app_is_blocked_where_its_gates_pass() {
    let mut state = tenant();
    state["policies"]["items"][1]["app_ids"] = json!([OTHER, APP]);
    let ask = ["plan", "--app", APP, "--user", ADELE];
    let (_dir, path) = folder(&state);
    assert_eq!(code(&run(&ask, &path)), 0);
    state["apps"]["items"][0]["enabled"] = json!(false);
    state["apps"]["items"][0]["service_principal_id"] = json!("e2b0f6a4-8d1c-4c39-9a57-5f3d7c2b1e08");
    let (dir, path) = folder(&state);
    assert_eq!(code(&run(&["check", "--app", APP, "--user", ADELE], &path)), 1);
    let human = run(&ask, &path);
    assert_eq!(code(&human), 1);
    let told = words(&human);
    assert!(!told.contains("nothing that was read forbids it"), "{told}");
    assert!(told.contains("yet its service principal is disabled"), "{told}");
    assert!(
        told.contains(
            "Update-MgServicePrincipal -ServicePrincipalId e2b0f6a4-8d1c-4c39-9a57-5f3d7c2b1e08 -AccountEnabled:$true"
        ),
        "{told}"
    );
    let result = &results(&run(&[&ask[..], &["--format", "json"]].concat(), &path))[0];
    assert_eq!(result["verdict"], "allowed", "as `check` has it: {result:#}");
    assert_eq!(result["fixes"], json!([]));
    assert_eq!(result["blocked"][0]["gate"], "permission");
    let junit = run(&[&ask[..], &["--format", "junit"]].concat(), &path);
    assert!(text(&junit).contains("failures=\"1\""), "{}", text(&junit));
    let script = dir.path().join("fix.ps1");
    let output = run(&[&ask[..], &["--script", script.to_str().unwrap()]].concat(), &path);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(code(&output) == 1 && !script.exists() && !told.contains("allowed already"), "{told}");
    let letter = words(&run(&[&ask[..], &["--for-admin"]].concat(), &path));
    assert!(!letter.contains("answer: allowed") && letter.contains("service principal is disabled"), "{letter}");
}

#[test]
fn no_fix_is_proved_while_the_app_is_disabled() {
    let ask = ["plan", "--app", APP, "--user", ADELE, "--format", "json"];
    let proved = |state: &Value| {
        let (_dir, path) = folder(state);
        let output = run(&ask, &path);
        assert_eq!(code(&output), 1);
        let result = results(&output).remove(0);
        let fixes = result["fixes"].as_array().unwrap();
        assert!(!fixes.is_empty(), "{result:#}");
        let proved = fixes.iter().filter(|fix| fix["proved"] == true).count();
        (proved, result["blocked"].as_array().unwrap().len())
    };
    let mut state = tenant();
    let (some, blocked) = proved(&state);
    assert!(some > 0 && blocked == 0, "{some} {blocked}");
    state["apps"]["items"][0]["enabled"] = json!(false);
    assert_eq!(proved(&state), (0, 1));
    // Another app that is disabled is in nobody's way.
    state["apps"]["items"][0]["enabled"] = json!(true);
    state["apps"]["items"][1]["enabled"] = json!(false);
    assert_eq!(proved(&state), (some, 0));
}
