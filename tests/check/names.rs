//! Names beside ids, wherever the snapshot knows them, and what is said where it does not know who is meant.

use serde_json::{Value, json};

use crate::common::graphwhy;
use crate::contract::{ADA, BOB, Folder, NOTES, OTHER, SALES, TENANT, state};

#[test]
fn whom_an_app_reaches_is_named_in_every_form() {
    let mut tenant = state();
    tenant["policies"]["items"][0]["app_ids"] = json!([NOTES, OTHER]);
    tenant["apps"]["items"][0]["name"] = "Notes \"of\" us\u{1b}".into();
    tenant["users"]["items"][3]["upn"] = "d\\i\"@contoso.com".into();
    let folder = Folder::of(&tenant);
    for verbose in [&[][..], &["--verbose"]] {
        let arguments = [&["--app", NOTES, "--reach", "--format", "ndjson", "--gates", "policy"], verbose].concat();
        let found = folder.check(&arguments).lines();
        let names: Vec<&Value> = found.iter().map(|line| &line["user_name"]).collect();
        assert_eq!(names, ["cy@contoso.com", "d\\i\"@contoso.com"], "{verbose:?}");
        assert!(found.iter().all(|line| line["app_name"] == "Notes \"of\" us\u{1b}"), "{verbose:?}");
        assert!(found.iter().all(|line| line["effective"]["policy"] == "Global" && line["user_id"].is_string()));
    }
    // Who has no name in the snapshot has none in the line.
    tenant["users"]["items"][3] = json!({ "id": tenant["users"]["items"][3]["id"], "teams": "enabled" });
    let found =
        Folder::of(&tenant).check(&["--app", NOTES, "--reach", "--format", "ndjson", "--gates", "policy"]).lines();
    assert!(found.len() == 2 && found[1].get("user_name").is_none(), "{found:?}");
    let whole = folder.check(&["--app", NOTES, "--all-users", "--format", "json", "--gates", "policy"]).json();
    let reason = &whole["results"][0]["reasons"][0];
    let named = reason["examples"].as_array().unwrap().len();
    assert_eq!(reason["example_names"].as_array().unwrap().len(), named);
    assert!(reason["example_names"][0].is_string(), "{reason}");
}

#[test]
fn groups_are_named() {
    let folder = Folder::new();
    let run = folder.check(&["--app", NOTES, "--user", BOB]);
    let words = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("through group `Sales` ({SALES}), rank 1")), "{words}");
    let state = folder.0.path().join("tenant.json");
    let plan = graphwhy(["plan", "--app", NOTES, "--group", "Sales", "--state", state.to_str().unwrap()], "");
    let words = plan.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("the members of group `Sales` ({SALES})")), "{words}");
}

/// Several users of one name, and several tenants without a choice: JSON says so as the page does.
#[test]
fn who_is_meant_may_be_open() {
    let mut twins = state();
    twins["users"]["items"][1]["name"] = "Ada".into();
    let folder = Folder::of(&twins);
    let run = folder.check(&["--app", NOTES, "--user", "Ada", "--format", "json"]);
    assert_eq!(run.code, 4);
    let result = &run.json()["results"][0];
    assert_eq!(result["note"], "the snapshot lists 2 users called `Ada`; give the id");
    assert!(result["user_id"].is_null() && result["user"] == "Ada" && result["app_name"] == "Notes");
    let known = folder.check(&["--app", NOTES, "--user", ADA, "--format", "json"]).json();
    assert!(known["results"][0].get("note").is_none() && known["results"][0]["user_name"] == "ada@contoso.com");

    let mut other = state();
    other["tenant_id"] = "22222222-2222-4333-8444-555555555555".into();
    let second = folder.write("other.json", other.to_string());
    let both = |more: &[&str]| {
        let arguments =
            [&["--state", second.to_str().unwrap(), "--app", NOTES, "--user", "di@contoso.com"], more].concat();
        folder.check(&arguments)
    };
    let open = both(&[]);
    assert_eq!(open.code, 4);
    assert!(open.out.contains("`--tenant`") && !open.out.contains("read next"), "{}", open.out);
    assert_eq!(both(&["--tenant", TENANT]).code, 0);
    let nowhere = both(&["--tenant", "33333333-2222-4333-8444-555555555555", "--format", "json"]).json();
    assert_eq!(nowhere["results"][0]["note"], "no snapshot covers the tenant");
}

#[test]
fn an_audit_tells_how_old_the_state_is_and_names_users() {
    let folder = Folder::new();
    let state = folder.0.path().join("tenant.json");
    let audit =
        |format: &str| graphwhy(["audit", "--state", state.to_str().unwrap(), "--format", format, "--verbose"], "");
    let page = audit("human").out;
    let last = page.lines().last().unwrap();
    assert!(last.starts_with("state ") && last.contains("taken 2026-11-23T10:00:00Z, "), "{page}");
    assert!(audit("markdown").out.contains("taken 2026-11-23T10:00:00Z"), "{}", audit("markdown").out);
    let findings = audit("json").json()["results"][0]["findings"].clone();
    let shadowed = findings.as_array().unwrap().iter().find(|it| it["cause"] == "policy-shadowed").unwrap();
    let values = shadowed["evidence"].to_string();
    assert!(values.contains(&format!("ada@contoso.com ({ADA})")), "{values}");
}

/// Who is meant is told by no token: there is no call.
#[test]
fn a_name_that_nobody_has_asks_for_an_id() {
    let mut twins = state();
    twins["users"]["items"][1]["name"] = "Ada".into();
    let folder = Folder::of(&twins);
    let entry = |app: &str, who: &str| format!("[[expect]]\napp = \"{app}\"\n{who}\naccess = \"deny\"\n");
    let text = [
        entry("Notse", "users = [\"ada@contoso.com\", \"bob@contoso.com\"]"),
        entry("Notse", "everyone = true"),
        entry("Notes", "users = [\"Ada\", \"adda@contoso.com\"]"),
    ];
    let file = folder.write("expect.toml", text.concat()).display().to_string();
    let run = folder.check(&["--expect", &file]);
    let words = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "name give the id of app `Notse` (of 3 results)",
        "name give the id of user `Ada` (of 1 result)",
        "name give the id of user `adda@contoso.com` (of 1 result)",
    ] {
        assert!(words.contains(told), "{told}\n{words}");
    }
    for wrong in ["claims of the token", "--token-file", "read next"] {
        assert!(!words.contains(wrong), "{wrong}\n{words}");
    }
    // Nor does a state that lists not all apps.
    twins["apps"]["status"] = "partial".into();
    let run = Folder::of(&twins).check(&["--app", "Notse", "--user", ADA]);
    assert!(
        run.out.contains("write the client id of the app") && !run.out.contains("claims of the token"),
        "{}",
        run.out
    );
    let run = folder.check(&["--app", NOTES, "--user", "Ada"]);
    assert!(run.out.contains("give the id of the user\n"), "{}", run.out);
}

#[test]
fn what_is_wrong_with_one_that_is_allowed_is_named() {
    let mut disabled = state();
    disabled["apps"]["items"][0]["enabled"] = false.into();
    let folder = Folder::of(&disabled);
    let text = "[[expect]]\napp = \"Notes\"\nusers = [\"di@contoso.com\", \"di@contoso.com\", \"ada@contoso.com\", \"bob@contoso.com\"]\naccess = \"allow\"\n";
    let file = folder.write("expect.toml", text).display().to_string();
    let run = folder.check(&["--expect", &file]);
    let rows: Vec<&str> = run.out.lines().filter(|line| line.contains("✗ allowed")).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.contains("yet service-principal-disabled")), "{}", run.out);
}

#[test]
fn a_tenant_is_named_by_its_id() {
    let folder = Folder::new();
    let run = folder.check(&["--app", NOTES, "--user", ADA, "--tenant", "contoso.onmicrosoft.com"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("give the tenant's id, a GUID") && !run.err.contains("invalid character"), "{}", run.err);
}
