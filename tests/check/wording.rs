//! Sentences that are said of one thing and of several.

use serde_json::json;

use crate::common::graphwhy;
use crate::contract::{ADA, BOB, DI, Folder, NOTES, state};

#[test]
fn one_is_and_several_are() {
    let mut tenant = state();
    tenant["policies"]["items"] = json!([
        { "name": "Global", "app_ids": [] }, { "name": "Meetings", "app_ids": [] },
        { "name": "Archive", "app_ids": [NOTES] }, { "name": "Third", "app_ids": [NOTES] } ]);
    let asked = |tenant: &serde_json::Value| {
        let folder = Folder::of(tenant);
        let run = folder.check(&["--app", NOTES, "--user", ADA, "--at", "2026-11-23T10:05:00Z", "--format", "json"]);
        run.json()["results"][0].to_string()
    };
    assert!(
        asked(&tenant).contains("`Archive`, `Third` list the app and are not assigned to this user"),
        "{}",
        asked(&tenant)
    );
    tenant["policies"]["items"].as_array_mut().unwrap().pop();
    assert!(asked(&tenant).contains("`Archive` lists the app and is not assigned to this user"), "{}", asked(&tenant));
    // Two new policies are granted together.
    tenant["policies"]["items"].as_array_mut().unwrap().pop();
    tenant["direct"]["items"] = json!([{ "user_id": ADA, "policy": "Meetings" }]);
    tenant["groups"]["items"] = json!([]);
    let folder = Folder::of(&tenant);
    let state = folder.path("tenant.json");
    let titles = |users: &[&str]| {
        let mut arguments = vec!["plan", "--state", &state, "--app", NOTES, "--format", "json"];
        users.iter().for_each(|user| arguments.extend(["--user", user]));
        graphwhy(arguments, "").json()["results"][0]["fixes"].to_string()
    };
    assert!(titles(&[ADA, DI]).contains("and grant them to 2 users"), "{}", titles(&[ADA, DI]));
    assert!(titles(&[DI, BOB]).contains("and grant it to 2 users"), "{}", titles(&[DI, BOB]));
}

#[test]
fn one_minute_is_no_span() {
    let mut tenant = state();
    let change = |first: &str| json!([{ "part": "direct", "key": DI, "change": "removed", "not_before": first, "not_after": "2026-11-23T09:58:00Z" }]);
    let asked = |tenant: &serde_json::Value| {
        let folder = Folder::of(tenant);
        folder.check(&["--app", NOTES, "--user", DI, "--at", "2026-11-23T10:05:00Z", "--format", "json"]).out
    };
    tenant["history"] = change("2026-11-23T09:58:00Z");
    assert!(asked(&tenant).contains("changed at 2026-11-23 09:58 UTC"), "{}", asked(&tenant));
    tenant["history"] = change("2026-11-23T09:50:00Z");
    assert!(asked(&tenant).contains("changed between 2026-11-23 09:50 and 09:58 UTC"), "{}", asked(&tenant));
}

#[test]
fn no_usage_line_shows_what_excludes_each_other() {
    let run = graphwhy(["explain", "--example", "x.txt"], "");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`--example` explains a text of its own"), "{}", run.err);
    assert!(!run.err.contains("[FILE]"), "{}", run.err);
}
