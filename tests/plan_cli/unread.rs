//! Policies, apps and users that nobody has read: what is not known to stay is no all-clear.

use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::{ADELE, APP, READ, code, folder, results, run, script};

const GROUP: &str = "6a1b5b3e-0f0c-4a55-a7f0-9d5a3b8c2e77";

/// One user and one app that are known, and of the policies `Quiet` alone, which lists nothing.
fn state() -> Value {
    json!({
        "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global", "taken_at": "2026-11-20T09:30:00Z",
        "policies": { "status": "partial", "items": [{ "name": "Quiet", "app_ids": [] }] },
        "direct": { "status": "complete", "items": [] },
        "groups": { "status": "complete", "items": [] },
        "users": { "status": "complete", "items": [{ "id": ADELE, "upn": "adele@contoso.com", "teams": "enabled" }] },
        "apps": { "status": "complete", "items": [
            { "app_id": APP, "name": "Notes", "roles": [{ "id": READ, "value": "OnlineMeetings.Read.All" }] },
        ] },
    })
}

fn holding(policy: &str) -> Value {
    let mut state = state();
    state["direct"]["items"] = json!([{ "user_id": ADELE, "policy": policy }]);
    state
}

fn totals(result: &Value) -> [&Value; 4] {
    ["gains_total", "gains_perhaps", "loses_total", "loses_perhaps"].map(|name| &result[name])
}

#[test]
fn an_app_added_to_a_policy_that_was_not_read_is_perhaps_gained() {
    let one = [&json!(1), &json!(1), &json!(0), &json!(0)];
    let add = |policy: &str| format!("Set-CsApplicationAccessPolicy -Identity {policy} -AppIds @{{Add='{APP}'}}");
    let (exit, result) = script(&add("Global"), &state());
    assert_eq!((exit, totals(&result)), (0, one), "{result:#}");
    assert_eq!((&result["gains_future"], &result["gains_future_perhaps"]), (&json!(true), &json!(true)));
    let (exit, result) = script(&add("Held"), &holding("Held"));
    assert_eq!((exit, totals(&result)), (0, one), "{result:#}");
    assert_eq!(result["gains_future"], false);
    // Of another policy it is nothing to her.
    let (_, result) = script(&add("Other"), &holding("Held"));
    assert_eq!(result["gains_total"], 0, "{result:#}");
    let mut missing = state();
    missing["policies"] = json!({ "status": "missing" });
    let (_, result) = script(&add("Global"), &missing);
    assert_eq!(totals(&result), one, "{result:#}");
    // Whose direct assignment was not read may hold it.
    let mut open = state();
    open["direct"] = json!({ "status": "missing" });
    let (_, result) = script(&add("Held"), &open);
    assert_eq!(totals(&result), one, "{result:#}");
}

#[test]
fn a_policy_that_was_not_read_in_place_of_another_is_perhaps_a_loss() {
    let grant = |policy: &str| format!("Grant-CsApplicationAccessPolicy -Identity {ADELE} -PolicyName {policy}");
    for (policy, held) in [("$null", "Held"), ("Other", "Held")] {
        let (exit, result) = script(&grant(policy), &holding(held));
        assert_eq!((exit, &result["loses_total"], &result["loses_perhaps"]), (4, &json!(1), &json!(1)), "{result:#}");
        assert_eq!(result["gains_perhaps"], 1, "{result:#}");
    }
    // What she holds already takes nothing.
    let (exit, result) = script(&grant("Held"), &holding("Held"));
    assert_eq!((exit, totals(&result)), (0, [&json!(0); 4]), "{result:#}");
    let set = |what: &str| format!("Set-CsApplicationAccessPolicy -Identity Held -AppIds {what}");
    for what in [format!("@{{Remove='{APP}'}}"), "'1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11'".to_owned()] {
        let (exit, result) = script(&set(&what), &holding("Held"));
        assert_eq!((exit, &result["loses_perhaps"]), (4, &json!(1)), "{result:#}");
        assert_eq!(result["loses"][0]["app_id"], APP);
        assert_eq!(result["gains_total"], 0, "{result:#}");
    }
    let (exit, result) = script("Grant-CsApplicationAccessPolicy -Global -PolicyName Held", &state());
    assert_eq!((exit, &result["loses_perhaps"]), (4, &json!(1)), "{result:#}");
}

#[test]
fn apps_that_nobody_has_read_have_a_name() {
    let mut unread = holding("Held");
    unread["apps"] = json!({ "status": "missing" });
    let (exit, result) =
        script(&format!("Grant-CsApplicationAccessPolicy -Identity {ADELE} -PolicyName Quiet"), &unread);
    assert_eq!((exit, &result["loses_total"], &result["loses_perhaps"]), (4, &json!(1), &json!(1)), "{result:#}");
    assert_eq!(result["loses"][0]["app"], "apps that nobody has read");
    assert_eq!(result["gains_total"], 0, "a policy that was read lists none of them: {result:#}");
}

fn diff(before: &Value, after: &Value) -> Output {
    let (dir, path) = folder(before);
    let other = dir.path().join("after.json");
    std::fs::write(&other, after.to_string()).unwrap();
    let mut command = Command::cargo_bin("graphwhy").unwrap();
    command.arg("diff").args([path, other]).args(["--format", "json", "--exit-code"]).output().unwrap()
}

#[test]
fn what_neither_reading_tells_is_not_known_where_something_changed() {
    let told = |before: &Value, after: &Value| {
        let output = diff(before, after);
        let result = results(&output)[0].clone();
        assert_eq!((&result["gains_total"], &result["loses_total"]), (&json!(0), &json!(0)), "{result:#}");
        let neither: Vec<Value> =
            result["no_longer_known"].as_array().unwrap().iter().map(|it| it["neither"].clone()).collect();
        (code(&output), neither.iter().any(|it| it.as_array().is_some_and(|it| !it.is_empty())))
    };
    let held = holding("Held");
    assert_eq!(told(&held, &state()), (4, true), "it becomes `Global`, which was not read");
    assert_eq!(told(&held, &holding("Other")), (4, true));
    assert_eq!(told(&held, &held), (0, false));
    // Who holds the policy was not read, and what it lists changed.
    let of = |app_ids: Value| {
        let mut state = state();
        state["policies"] = json!({ "status": "complete", "items": [
            { "name": "Global", "app_ids": [] }, { "name": "Held", "app_ids": app_ids }] });
        state["direct"] = json!({ "status": "missing" });
        state
    };
    assert_eq!(told(&of(json!([APP])), &of(json!([]))), (4, true));
    assert_eq!(told(&of(json!([APP])), &of(json!([APP]))), (0, false));
    // Names compare without case and `Tag:`.
    let spelled = diff(&held, &holding("Tag:held"));
    assert_eq!((code(&spelled), &results(&spelled)[0]["changes"]), (0, &json!([])));
    // Neither users nor groups were read: whether the user gate passes is not known on either side.
    let mut listed = holding("Held");
    listed["policies"] = json!({ "status": "complete", "items": [
        { "name": "Global", "app_ids": [] }, { "name": "Held", "app_ids": [APP] },
    ] });
    for part in ["users", "groups"] {
        listed[part] = json!({ "status": "missing" });
    }
    let mut gone = listed.clone();
    gone["direct"]["items"] = json!([]);
    assert_eq!(told(&listed, &gone), (4, true));
    assert_eq!(told(&gone, &gone), (0, false));
    let mut emptied = gone.clone();
    emptied["policies"]["items"][1]["app_ids"] = json!([]);
    emptied["apps"] = json!({ "status": "missing" });
    gone["apps"] = json!({ "status": "missing" });
    assert_eq!(told(&gone, &emptied), (4, true), "a group that was not read may hold it");
}

#[test]
fn a_group_gets_another_policy_that_was_not_read() {
    let of = |policy: &str| {
        let mut state = state();
        state["groups"]["items"] = json!([{
            "group_id": GROUP, "policy": policy, "rank": 1, "members": { "status": "complete", "items": [ADELE] },
        }]);
        state
    };
    assert_eq!(code(&diff(&of("Held"), &of("Other"))), 4);
    assert_eq!(code(&diff(&of("Held"), &of("HELD"))), 0);
}

#[test]
fn who_left_and_what_is_disabled_has_its_own_words() {
    let mut before = crate::tenant();
    before["users"]["items"][0]["upn"] = json!("adele@contoso.com");
    let mut after = before.clone();
    after["users"]["items"].as_array_mut().unwrap().remove(0);
    let output = diff(&before, &after);
    let result = &results(&output)[0];
    assert_eq!(code(&output), 1, "{result:#}");
    let loses = result["loses"].as_array().unwrap();
    assert!(loses.iter().any(|it| it["app_id"] == crate::OTHER), "{result:#}");
    assert!(loses.iter().all(|it| it["through"] == "the user is not in the tenant any more"), "{result:#}");
    let mut disabled = before.clone();
    before["apps"]["items"][0]["enabled"] = json!(true);
    disabled["apps"]["items"][0]["enabled"] = json!(false);
    let (dir, path) = folder(&before);
    let other = dir.path().join("after.json");
    std::fs::write(&other, disabled.to_string()).unwrap();
    let output = Command::cargo_bin("graphwhy").unwrap().arg("diff").args([path, other]).output().unwrap();
    let words = crate::text(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("is disabled now: no gate asks for that, and Microsoft Entra gives it no token"), "{words}");
}

/// What nobody follows to its end is no all-clear.
#[test]
fn what_may_run_is_not_left_out_silently() {
    let mut state = holding("Held");
    state["policies"] = json!({ "status": "complete", "items": [
        { "name": "Global", "app_ids": [] }, { "name": "Quiet", "app_ids": [] }, { "name": "Held", "app_ids": [APP] }] });
    let take = format!("Grant-CsApplicationAccessPolicy -Identity {ADELE} -PolicyName Quiet");
    assert_eq!(script(&take, &state).0, 1);
    for lines in [
        format!("class X {{ static [void] Go() {{ {take} }} }}\n[X]::Go()"),
        format!("Get-Item x && 'ok' || {take}"),
        format!("Get-Item x || {take}"),
        format!(
            "function Step {{ $script:u = Get-Next }}\n$u='{APP}'\ndo {{ Grant-CsApplicationAccessPolicy -Identity $u -PolicyName Quiet; Step }} while ($u)"
        ),
    ] {
        assert_eq!(script(&lines, &state).0, 4, "{lines}");
    }
    // What a variable holds that is assigned by its name is known only when it is run.
    for assigned in [
        "Set-Variable u (Get-Next)",
        "sv -Name u -Value (Get-Next)",
        "Get-Next -OutVariable u",
        "Get-Next | Tee-Object -Variable u",
    ] {
        let lines = format!("$u='{APP}'\n{assigned}\nGrant-CsApplicationAccessPolicy -Identity $u -PolicyName Quiet");
        assert_eq!(script(&lines, &state).0, 4, "{lines}");
    }
    // For itself a value has not failed, and what is written out stays what it is.
    assert_eq!(script(&format!("'ok' || {take}"), &state).0, 0);
    assert_eq!(script(&format!("do {{ {take} }} while ($more)"), &state).0, 1);
    // A block or a function of one script may be run by the next.
    let (dir, path) = folder(&state);
    let files = [("a.ps1", format!("$global:sb = {{ {take} }}")), ("b.ps1", "Invoke-Command $sb".to_owned())];
    let files = files.map(|(name, text)| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.display().to_string()
    });
    assert_eq!(code(&run(&["plan", &files[0], &files[1]], &path)), 4);
    state["groups"] = json!({ "status": "missing" });
    let remove = format!("Remove-CsGroupPolicyAssignment -GroupId {GROUP} -PolicyType ApplicationAccessPolicy");
    assert_eq!(script(&remove, &state).0, 4);
}

/// What PowerShell cannot read, and names that nothing has, are no all-clear either.
#[test]
fn what_cannot_be_run_is_no_all_clear() {
    let state = holding("Quiet");
    let unclosed = "Set-CsApplicationAccessPolicy -Identity Quiet -AppIds @{Remove='x'\nWrite-Host done\n";
    let (exit, result) = script(unclosed, &state);
    let notes = result["notes"].to_string();
    assert!(exit == 4 && notes.contains("is never closed"), "{exit} {notes}");
    let slip = format!("Grant-CsAplicationAccessPolicy -Identity {ADELE} -PolicyName $null\n");
    let (exit, result) = script(&slip, &state);
    assert_eq!((exit, &result["changes"][0]["fails"]), (1, &json!(true)), "{result}");
    let own = format!(
        "function Grant-CsAplicationAccessPolicy {{ param($Identity) }}\nGrant-CsAplicationAccessPolicy {ADELE}\n"
    );
    assert_eq!(script(&own, &state).0, 0);
}

/// Where nothing is known to fail, a plan without a fix tells what is unknown, and what is to be read.
#[test]
fn a_plan_of_what_nobody_has_read_tells_the_reads() {
    let words = |state: &Value, users: &[&str]| {
        let (_folder, file) = folder(state);
        let mut args = vec!["plan", "--app", APP];
        users.iter().for_each(|user| args.extend(["--user", user]));
        let output = run(&args, &file);
        String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut open = state();
    open["policies"] = json!({ "status": "missing" });
    let other = "2b1c5d7e-90aa-4c1f-8e2d-6f3a4b5c6d7e";
    open["users"]["items"] = json!([{ "id": ADELE, "teams": "enabled" }, { "id": other, "teams": "enabled" }]);
    for users in [&[ADELE][..], &[ADELE, other]] {
        let words = words(&open, users);
        assert!(words.contains("nothing is known to fail, and the gate policy is unknown"), "{words}");
        assert!(words.contains("Get-CsApplicationAccessPolicy"), "{words}");
        assert!(!words.contains("no gate fails"), "{words}");
    }
}
