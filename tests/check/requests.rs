//! `--operation "METHOD /path"` with the ids of one request in it, and operations that concern no user.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::contract::{ADA, BOB, DI, Folder, NOTES, OTHER};

fn path(user: &str, meeting: &str) -> String {
    format!("GET /users/{user}/onlineMeetings/{meeting}")
}

/// The id of a meeting as Graph writes it, with its organizer inside.
fn meeting(organizer: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(format!("1*{organizer}*0**19:meeting_abc@thread.v2"))
}

fn gate<'r>(result: &'r Value, name: &str) -> &'r Value {
    let gates = result["gates"].as_array().unwrap();
    &gates.iter().find(|gate| gate["gate"] == name).unwrap()["outcome"]
}

#[test]
fn the_ids_in_the_path_are_judged() {
    let folder = Folder::new();
    let ask = |more: &[&str]| {
        let run = folder.check(&[&["--app", NOTES, "--format", "json"], more].concat());
        (run.code, run.json()["results"][0].clone())
    };
    // Di has `Global`, which lists the app; Ada does not.
    for (user, verdict) in
        [(DI, "allowed"), ("di@contoso.com", "allowed"), (ADA, "denied"), ("ada@contoso.com", "denied")]
    {
        let (_, result) = ask(&["--operation", &path(user, "{meeting}")]);
        assert_eq!(result["verdict"], verdict, "{user}");
        assert_eq!(gate(&result, "meeting"), "skipped");
    }
    let (code, result) = ask(&["--operation", &path(DI, &meeting(DI))]);
    assert_eq!((code, &result["verdict"], gate(&result, "meeting")), (0, &json!("allowed"), &json!("pass")));
    let (code, result) = ask(&["--operation", &path(DI, &meeting(BOB))]);
    assert_eq!((code, &result["verdict"], gate(&result, "meeting")), (4, &json!("unknown"), &json!("unknown")));
    // A consent in the meeting's chat may stand in for the policy.
    let (code, result) = ask(&["--operation", &path(ADA, &meeting(ADA))]);
    assert_eq!(
        (code, &result["operation"]),
        (if result["verdict"] == "denied" { 1 } else { 4 }, &json!("read-meeting"))
    );
    // The same user, written twice.
    for user in [DI, "di@contoso.com", "Di"] {
        let (code, _) = ask(&["--user", user, "--operation", &path(DI, "{meeting}")]);
        assert_eq!(code, 0, "{user}");
    }
}

#[test]
fn another_user_in_the_path_is_an_error() {
    let folder = Folder::new();
    let operation = path(DI, "{meeting}");
    let with_meeting = path("{id}", &meeting(DI));
    for more in [
        &["--user", ADA, "--operation", &operation][..],
        &["--user", "ada@contoso.com", "--operation", &operation],
        &["--user", "nobody@contoso.com", "--operation", &operation],
        &["--user", DI, "--user", ADA, "--operation", &operation],
        &["--all-users", "--operation", &operation],
        &["--reach", "--operation", &operation],
        &["--all-users", "--operation", &with_meeting],
        &["--operation", &with_meeting],
    ] {
        let run = folder.check(&[&["--app", NOTES], more].concat());
        assert_eq!(run.code, 2, "{more:?}: {}", run.out);
        assert!(run.out.is_empty(), "{more:?}");
    }
    let pairs = |text: &str| folder.pairs(text);
    let run = pairs(&format!("app_id,user_id,operation\n{NOTES},{ADA},{operation}\n"));
    assert!(run.code == 3 && run.err.contains("stdin:2:38") && run.lines()[0]["error"].is_object(), "{}", run.err);
    let run = pairs(&format!("app_id,user_id,operation\n{NOTES},,{operation}\n{NOTES},{DI},{operation}\n"));
    assert_eq!(run.lines().iter().map(|line| &line["user_id"]).collect::<Vec<_>>(), [DI, DI]);
    let one = |organizer| format!("{NOTES},{DI},{}\n", path(DI, &meeting(organizer)));
    let run = pairs(&format!("app_id,user_id,operation\n{}{}", one(DI), one(BOB)));
    assert_eq!(run.lines().iter().map(|line| &line["verdict"]).collect::<Vec<_>>(), ["allowed", "unknown"]);
    assert_eq!(run.err, "", "two meetings are two questions");
    let file = folder.write(
        "expect.toml",
        format!("[[expect]]\napp = \"{NOTES}\"\nusers = [\"{DI}\"]\naccess = \"allow\"\noperation = \"{operation}\"\n"),
    );
    let run = folder.check(&["--expect", file.to_str().unwrap()]);
    assert!(run.code == 3 && run.err.contains("expect.toml:5:13"), "{}", run.err);
}

#[test]
fn an_operation_of_nobody_is_asked_once() {
    let folder = Folder::new();
    for whole in ["--all-users", "--reach"] {
        let run = folder.check(&[
            "--app",
            NOTES,
            "--app",
            OTHER,
            whole,
            "--operation",
            "read-call-record",
            "--format",
            "ndjson",
        ]);
        let lines = run.lines();
        assert_eq!(lines.len(), 2, "{whole}: {}", run.out);
        assert!(lines.iter().all(|line| line["user_id"].is_null() && line["verdict"] == "denied"), "{}", run.out);
        assert!(run.err.contains("concerns no user"), "{}", run.err);
    }
}

/// Every line of a whole tenant is a result of the published schema, with all nine gates.
#[test]
fn each_pair_of_a_tenant_fits_the_schema() {
    let mut schema: Value = serde_json::from_str(include_str!("../../schema/result.schema.json")).unwrap();
    let object = schema.as_object_mut().unwrap();
    object.remove("oneOf");
    object.insert("$ref".into(), "#/$defs/result".into());
    let schema = jsonschema::validator_for(&schema).unwrap();
    let folder = Folder::new();
    for operation in ["read-meeting", "read-transcript", "list-webinars", "read-attendance"] {
        for more in [&[][..], &["--gates", "policy,user"], &["--verbose"]] {
            let run = folder.check(
                &[
                    &[
                        "--app",
                        NOTES,
                        "--app",
                        OTHER,
                        "--app",
                        "Nobody",
                        "--all-users",
                        "--operation",
                        operation,
                        "--format",
                        "ndjson",
                    ],
                    more,
                ]
                .concat(),
            );
            let lines = run.lines();
            assert!(lines.len() == 12 || operation == "list-webinars", "{operation} {more:?}: {}", run.out);
            for line in &lines {
                let problems: Vec<String> =
                    schema.iter_errors(line).map(|it| format!("{}: {it}", it.instance_path)).collect();
                assert!(problems.is_empty(), "{operation} {more:?}: {problems:?}\n{line:#}");
                assert_eq!(line["gates"].as_array().unwrap().len(), 9, "{line:#}");
            }
        }
    }
}

/// What is not known has no cause for its reason.
#[test]
fn an_unknown_pair_names_no_cause_as_its_reason() {
    let folder = Folder::new();
    let mut state = crate::contract::state();
    state["users"]["items"][3]["teams"] = json!("absent");
    let absent = Folder::of(&state);
    let run = absent.check(&["--app", NOTES, "--user", DI]);
    assert_eq!(run.code, 4);
    let (head, rest) = run.out.split_at(run.out.find("    app ").unwrap());
    assert!(
        !head.contains("user-without-teams") && rest.contains("perhaps") && rest.contains("user-without-teams"),
        "{}",
        run.out
    );
    let denied = folder.check(&["--app", NOTES, "--user", ADA]);
    let head = &denied.out[..denied.out.find("    app ").unwrap()];
    assert!(head.contains("policy-shadowed"), "{}", denied.out);
}

/// A pair may name the user by a name and its path by the object id, where the snapshot says that they are one.
#[test]
fn a_pair_may_name_its_user_in_two_forms() {
    let folder = Folder::new();
    let path = format!("GET /users/{DI}/onlineMeetings/abc");
    let run = folder.pairs(format!("app_id,user_id,operation\n{NOTES},DI@contoso.com,{path}\n"));
    assert_eq!((run.code, &run.lines()[0]["user_id"]), (0, &serde_json::json!(DI)), "{}", run.err);
    for other in ["ada@contoso.com", "nobody@contoso.com"] {
        let run = folder.pairs(format!("app_id,user_id,operation\n{NOTES},{other},{path}\n"));
        assert_eq!(run.code, 3, "{other}");
        assert!(run.err.contains("no snapshot says that they are one"), "{}", run.err);
    }
}
