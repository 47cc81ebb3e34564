//! What a snapshot of a part tells, and what leads further where facts are missing.

use super::common::{explain_with, graphwhy};
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const OTHER: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const REFUSED: &str = r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app"}}"#;
const ROLES: &str = r#"{"error":{"code":"Forbidden","message":"Missing role permissions on the request. API requires one of 'OnlineMeetings.Read.All, OnlineMeetings.ReadWrite.All'. Roles on the request 'User.Read.All'."}}"#;

fn text(error: &str) -> String {
    format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/MSox\nHTTP/1.1 403 Forbidden\nDate: Fri, 27 Nov 2026 09:31:02 GMT\n\n{error}\n"
    )
}

fn tenant(direct: Value, effective: Value) -> Value {
    json!({
        "schema": 1, "taken_at": "2026-11-27T09:20:00Z",
        "policies": {"status": "complete", "items": [
            {"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": [OTHER]}]},
        "direct": {"status": "partial", "items": direct},
        "effective": {"status": "partial", "items": effective},
    })
}

fn held() -> Value {
    json!([{"user_id": USER, "policy": "Meetings"}])
}

fn result(error: &str, state: &Value, options: &[&str]) -> Value {
    explain_with(&text(error), state, &[&["--format", "json"], options].concat()).json()["results"][0].clone()
}

/// The changes of the fixes whose title begins so, each as one text.
fn changes(result: &Value, title: &str) -> Vec<(String, Value)> {
    let fixes = result["fixes"].as_array().unwrap().iter();
    let own = fixes.filter(|fix| fix["title"].as_str().unwrap().starts_with(title));
    let lines = |fix: &Value| -> Vec<String> {
        let steps = fix["steps"].as_array().unwrap().iter();
        steps
            .flat_map(|step| step["commands"].as_array().unwrap())
            .map(|line| line.as_str().unwrap().to_owned())
            .collect()
    };
    own.map(|fix| (lines(fix).join("\n"), fix.clone())).collect()
}

const OWN: &str = "give this one user a policy of its own";
const HOLE: &str = ", <app ids of the effective policy>";

/// A policy of the user's own replaces the effective one: its list takes that over, or has a hole that nobody runs.
#[test]
fn a_policy_of_its_own_takes_no_app_that_the_user_has() {
    let known = changes(&result(REFUSED, &tenant(held(), json!([])), &[]), OWN);
    assert!(!known.is_empty());
    for (change, fix) in &known {
        assert!(change.contains(&format!("-AppIds '<client-id>', '{OTHER}'\n")), "{change}");
        assert_eq!(fix["assumes"], json!([]), "{fix}");
    }
    // Which one is effective was not read, or is not known at all.
    let open = result(REFUSED, &tenant(json!([]), json!([])), &[]);
    let without = graphwhy(["explain", "-", "--format", "json"], text(REFUSED)).json()["results"][0].clone();
    for result in [open, without] {
        let changes = changes(&result, OWN);
        assert!(!changes.is_empty());
        for (change, fix) in &changes {
            assert!(change.contains(&format!("-AppIds '<client-id>'{HOLE}\n")), "{change}");
            assert!(fix["assumes"][0].as_str().unwrap().ends_with("one that is left out loses the user"), "{fix}");
            assert_eq!(fix["loses_total"], Value::Null, "{fix}");
        }
    }
    // A grant of another policy, or of none, says what it may take.
    let shadowed = changes(&result(REFUSED, &tenant(held(), json!([])), &[]), "take the direct assignment away");
    assert!(!shadowed.is_empty());
    for (_, fix) in &shadowed {
        assert!(fix["assumes"][0].as_str().unwrap().ends_with("those apps lose the user"), "{fix}");
    }
    // It lists nothing: there is nothing to take over.
    let mut empty = tenant(held(), json!([]));
    empty["policies"]["items"][1]["app_ids"] = json!([]);
    for (change, _) in changes(&result(REFUSED, &empty, &[]), OWN) {
        assert!(change.contains("-AppIds '<client-id>'\n"), "{change}");
    }
}

/// One of two policies is effective, and one of them lists the app: the text tells what the read decides between.
#[test]
fn what_may_be_taken_over_is_told_beside_the_hole() {
    let mut state = tenant(json!([{"user_id": USER, "policy": null}]), json!([]));
    state["groups"] = json!({"status": "complete", "items": [
        {"group_id": "070891e8-4a69-4468-8006-778bb39124ea", "name": "Team", "policy": "Meetings", "rank": 1,
         "members": {"status": "missing", "items": []}, "nested": []}]});
    let changes = changes(&result(REFUSED, &state, &["--app", APP]), OWN);
    assert!(!changes.is_empty());
    for (change, fix) in &changes {
        assert!(change.contains(HOLE), "{change}");
        let words = format!("is `Meetings` (lists {OTHER}) or `Global` (lists {APP}).");
        assert!(fix["note"].as_str().unwrap().ends_with(&words), "{fix}");
    }
    let titles = result(REFUSED, &state, &["--app", APP])["fixes"].to_string();
    assert!(!titles.contains("take the direct assignment away"), "the user has none: {titles}");
}

/// The grant would give the policy that has the name already.
#[test]
fn a_new_policy_has_a_name_that_is_free() {
    let mut state = tenant(held(), json!([]));
    let taken =
        json!([{"name": "Online-Meetings-Apps", "app_ids": []}, {"name": "online-meetings-apps-2", "app_ids": []}]);
    state["policies"]["items"].as_array_mut().unwrap().extend(taken.as_array().unwrap().clone());
    let changes = changes(&result(REFUSED, &state, &[]), OWN);
    assert!(!changes.is_empty());
    for (_, fix) in changes {
        let text = fix.to_string();
        let names = text.matches("Online-Meetings-Apps").count();
        assert!(names >= 5 && text.matches("Online-Meetings-Apps-3").count() == names, "{text}");
    }
}

/// Without the app no plan is made, and the undo of a template gives back what the grant replaces all the same.
#[test]
fn the_undo_of_a_grant_gives_back_what_the_user_holds() {
    let state = tenant(held(), json!([]));
    let fixes = result(REFUSED, &state, &[])["fixes"].clone();
    let undo: Vec<&str> = fixes
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|fix| fix["undo"].as_array().unwrap())
        .filter_map(Value::as_str)
        .collect();
    let grants: Vec<&&str> = undo
        .iter()
        .filter(|line| line.starts_with(&format!("Grant-CsApplicationAccessPolicy -Identity '{USER}'")))
        .collect();
    assert!(!grants.is_empty() && grants.iter().all(|line| line.ends_with("-PolicyName 'Meetings'")), "{grants:?}");
    let out = explain_with(&text(REFUSED), &state, &[]).out;
    assert!(out.contains("direct policy: Meetings"), "{out}");
    // Where nothing is assigned, nothing is given back.
    let none = tenant(json!([{"user_id": USER, "policy": null}]), json!([]));
    let fixes = result(REFUSED, &none, &[])["fixes"].to_string();
    assert!(fixes.contains("-PolicyName $null") && !fixes.contains("-PolicyName 'Meetings'"), "{fixes}");
}

/// A read that does not say how the policy reaches the user, beside the direct assignment of the same policy.
#[test]
fn direct_and_effective_that_agree_are_a_direct_assignment() {
    for (direct, words) in [(held(), "assigned directly"), (json!([]), "read as effective")] {
        let found = result(REFUSED, &tenant(direct, held()), &["--app", APP]);
        let said = found["findings"][0]["explanation"].as_str().unwrap().to_owned();
        assert!(said.contains(words), "{said}");
        let note = found["fixes"].to_string();
        assert_eq!(note.contains("no longer follows later changes"), words == "read as effective", "{note}");
    }
}

/// That the policy passes is no call that is allowed, and times are as they are.
#[test]
fn a_part_that_allows_is_not_the_call() {
    let global = json!([{"user_id": USER, "policy": null, "via": "global"}]);
    let mut state = tenant(json!([]), global);
    let run = |state: &Value| explain_with(&text(REFUSED), state, &["--app", APP]).out;
    let out = run(&state);
    assert!(out.contains("the policy part allows it"), "{out}");
    assert!(out.contains("permission and user are not known"), "{out}");
    assert!(!out.contains("and the snapshot allows it"), "{out}");
    assert!(out.contains("the snapshot is older than the failure"), "{out}");
    assert!(!out.contains("is newer than the failure"), "{out}");
    state["taken_at"] = json!("2026-11-27T09:45:00Z");
    let out = run(&state);
    assert!(out.contains("the snapshot is newer than the failure"), "{out}");
    state["users"] = json!({"status": "partial", "items": [{"id": USER, "teams": "enabled"}]});
    state["apps"] = json!({"status": "partial", "items": [{"app_id": APP, "enabled": true,
        "roles": [{"id": "c1684f21-1984-47fa-9d61-2dc8c296bb70", "value": "OnlineMeetings.Read.All"}]}]});
    let out = run(&state);
    assert!(out.contains("the service refused, and the snapshot allows it"), "{out}");
}

/// The message is about roles: the policy that an old snapshot shows is what stands in the way next.
#[test]
fn a_message_about_roles_is_explained_by_permissions() {
    let mut state = tenant(held(), held());
    for taken in ["2026-11-27T09:20:00Z", "2026-11-20T10:00:00Z"] {
        state["taken_at"] = json!(taken);
        for value in ["OnlineMeetings.Read.All", "User.Read.All"] {
            state["apps"] =
                json!({"status": "partial", "items": [{"app_id": APP, "enabled": true, "roles": [{"value": value}]}]});
            let found = result(ROLES, &state, &["--app", APP]);
            let findings = found["findings"].as_array().unwrap();
            let gate = findings[0]["gate"].as_str().unwrap();
            assert!(gate == "permission" || gate == "token", "{taken} {value}: {findings:?}");
            let policy = findings.iter().find(|finding| finding["cause"] == "policy-shadowed").unwrap();
            assert_eq!(policy["confidence"], "possible", "{taken} {value}");
            assert!(policy["explanation"].as_str().unwrap().contains("stands in the way too"), "{policy}");
        }
    }
}

#[test]
fn what_is_missing_names_the_option_that_gives_it() {
    let out = graphwhy(["explain", "-"], REFUSED).out;
    for option in
        ["`--app` gives it", "`--user` gives it", "`--request \"GET https://graph.microsoft.com/…\"` gives it"]
    {
        let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(option), "{option}: {out}");
    }
    let run = explain_with(&text(REFUSED), &tenant(held(), json!([])), &[]);
    let next = run.out.split("read next").nth(1).unwrap().to_owned();
    let command = next.lines().nth(1).unwrap().trim();
    assert!(command.starts_with("graphwhy explain --state "), "{command}");
    assert!(command.ends_with(" --app <client-id> -"), "{command}");
    let mut undated = tenant(held(), json!([]));
    undated.as_object_mut().unwrap().remove("taken_at");
    let run = explain_with(&text(REFUSED), &undated, &[]);
    assert!(run.err.contains("graphwhy import --taken-at"), "{}", run.err);
}

/// A client that prints the status alone.
#[test]
fn a_status_alone_is_said_to_be_all_there_is() {
    let text = format!(
        "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings"
    );
    let run = graphwhy(["explain", "-"], &text);
    assert_eq!(run.code, 4);
    let first = run.out.lines().next().unwrap();
    assert!(first.contains("the text holds the status 403 and not Graph's words: print the body"), "{first}");
    assert!(first.ends_with("unrecognised"), "{first}");
    // What Graph says and the catalogue does not know is another matter.
    let run = graphwhy(
        ["explain", "-"],
        r#"{"error":{"code":"Forbidden","message":"The moon is full","innerError":{"request-id":"1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21"}}}"#,
    );
    assert!(run.out.contains("this failure is not in the catalogue"), "{}", run.out);
}

#[test]
fn the_reads_of_a_fix_tell_the_ids_that_it_asks_for() {
    let out = graphwhy(["explain", "-", "--app", APP], ROLES).out;
    assert!(out.contains(&format!("Get-MgServicePrincipal -Filter \"appId eq '{APP}'\"")), "{out}");
    assert!(
        out.contains("-AppRoleId 'c1684f21-1984-47fa-9d61-2dc8c296bb70'") && !out.contains("<app-role-id>"),
        "{out}"
    );
}

#[test]
fn fixes_stand_below_their_causes_and_wait_only_where_a_change_takes_time() {
    let out = graphwhy(["explain", "-", "-v"], REFUSED).out;
    let fixes = graphwhy(["explain", "-", "--format", "json"], REFUSED).json()["results"][0]["fixes"].clone();
    let fixes = fixes.as_array().unwrap().clone();
    let causes: std::collections::BTreeSet<&str> = fixes.iter().filter_map(|fix| fix["cause"].as_str()).collect();
    assert_eq!(out.matches("    if it is ").count(), causes.len(), "{out}");
    for (title, waits) in [
        ("call with the registration that the policy lists", false),
        ("take the service principal's object id out of the policy", false),
        ("add the caller's client id to that policy", true),
    ] {
        let fix = fixes.iter().find(|fix| fix["title"] == title).unwrap();
        assert_eq!(fix["effective_from"].is_string(), waits, "{fix}");
    }
    // A new sign-in brings a new token.
    let scopes = ROLES.replace("role permissions", "scope permissions").replace("Roles on", "Scopes on");
    let fixes = graphwhy(["explain", "-", "--format", "json"], scopes).json()["results"][0]["fixes"].clone();
    let title = "let the user consent to the delegated permission";
    let consent = fixes.as_array().unwrap().iter().find(|fix| fix["title"] == title).unwrap();
    assert!(consent["effective_from"].is_null(), "{consent}");
}

#[test]
fn a_broken_token_is_named_by_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.txt");
    std::fs::write(&path, "abc").unwrap();
    let run = graphwhy(["explain", "-", "--token-file", path.to_str().unwrap()], REFUSED);
    assert!(run.err.contains("`--token-file` holds no JSON Web Token"), "{}", run.err);
    let run = super::common::finish(
        super::common::command().args(["explain", "-"]).env("GRAPHWHY_TOKEN", "abc"),
        REFUSED.as_bytes(),
    );
    assert!(run.err.contains("`GRAPHWHY_TOKEN` holds no JSON Web Token"), "{}", run.err);
}

/// A mail breaks its body into lines.
#[test]
fn a_body_in_base64_is_read_over_its_lines() {
    use base64::Engine as _;
    let body = r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app","innerError":{"date":"2026-11-27T09:12:44"}}}"#;
    for end in ["\n", "\r\n"] {
        let encoded = base64::engine::general_purpose::STANDARD.encode(body);
        let lines: Vec<&str> =
            (0..encoded.len()).step_by(76).map(|at| &encoded[at..encoded.len().min(at + 76)]).collect();
        let mail = format!("From: a@contoso.com\nContent-Transfer-Encoding: base64\n\n{}\n", lines.join("\n"))
            .replace('\n', end);
        let found = graphwhy(["explain", "-", "--format", "json"], &mail).json()["results"].clone();
        assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
        assert_eq!(found[0]["findings"][0]["cause"], "no-policy-names-app", "{found}");
        assert_eq!(found[0]["facts"]["date"], "2026-11-27T09:12:44", "{found}");
    }
}

/// The tag stands with the headline, also where that takes two lines.
#[test]
fn a_tag_stands_on_the_headline() {
    let mut command = super::common::command();
    let run = super::common::finish(
        command.args(["explain", "-", "--app", APP]).env("COLUMNS", "80"),
        text(REFUSED).as_bytes(),
    );
    let drawing = run.out.lines().position(|line| line.contains('╭')).unwrap();
    assert!(run.out.lines().take(drawing).any(|line| line.ends_with("narrowed")), "{}", run.out);
}
