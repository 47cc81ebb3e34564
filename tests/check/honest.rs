//! What results say of their own limits: operations that nobody asked about, names that nobody has, reads that are old.

use serde_json::{Value, json};

use crate::contract::{ADA, Folder, NOTES, state};

fn expect(folder: &Folder, text: &str, more: &[&str]) -> crate::common::Run {
    folder.write("expect.toml", text);
    let path = folder.path("expect.toml");
    folder.check(&[&["--expect", &path, "--at", "2026-11-23T10:05:00Z"], more].concat())
}

fn first(run: &crate::common::Run) -> Value {
    run.json()["results"][0].clone()
}

/// An entry asks one operation: that of a denial says so where it names none.
#[test]
fn a_denial_without_an_operation_is_no_denial_of_all() {
    let folder = Folder::new();
    let entry = |access: &str, more: &str| {
        format!("[[expect]]\napp = \"Notes\"\nusers = [\"{ADA}\"]\naccess = \"{access}\"\n{more}")
    };
    for (text, told) in [
        (entry("deny", ""), true),
        (entry("deny", "operation = \"read-meeting\"\n"), false),
        (entry("allow", ""), false),
        (entry("allow", "only = true\n"), true),
    ] {
        let run = expect(&folder, &text, &["--format", "json"]);
        assert_eq!(run.err.contains("names no `operation`"), told, "{text}{}", run.err);
        let scopes = run.json()["results"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it["scope"].as_str().map(str::to_owned))
            .collect::<Vec<_>>();
        assert_eq!(scopes.iter().any(|scope| scope.contains("asks read-meeting only")), told, "{text}{scopes:?}");
    }
    // Who names one on the command line has chosen.
    let run = expect(&folder, &entry("deny", ""), &["--operation", "find-meeting"]);
    assert!(!run.err.contains("names no `operation`"), "{}", run.err);
}

/// A list that leaves none out answers that there is nobody of a name; one that is not whole does not.
#[test]
fn a_name_that_a_complete_list_lacks_is_nobody() {
    let mut tenant = state();
    for (status, app, user) in [
        ("complete", "no app of this tenant is called `Note`", "no user of this tenant is called `Adam`"),
        (
            "partial",
            "the snapshot lists no app called `Note`, and its list is not complete",
            "the snapshot lists no user called `Adam`",
        ),
    ] {
        tenant["apps"]["status"] = json!(status);
        tenant["users"]["status"] = json!(status);
        let folder = Folder::of(&tenant);
        for (args, words) in [(["--app", "Note", "--user", ADA], app), (["--app", NOTES, "--user", "Adam"], user)] {
            let run = folder.check(&args);
            let said = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(run.code == 4 && said.contains(words), "{words}\n{}", run.out);
            // Where the name is wrong, no read helps.
            assert_eq!(run.out.contains("give the id of the"), status == "complete", "{}", run.out);
            assert_eq!(said.contains("near it: `Notes`"), words == app, "{said}");
        }
        let text = "[[expect]]\napp = \"Note\"\neveryone = true\noperation = \"read-meeting\"\naccess = \"deny\"\n";
        let run = expect(&folder, text, &[]);
        let said = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(run.code == 4 && said.contains(app) && said.contains("near it: `Notes`"), "{}", run.out);
        assert_eq!(said.contains("may differ"), status != "complete", "{}", run.out);
    }
}

/// What does not count for its age says so once, also of the members of a group, and keeps its suppressions.
#[test]
fn an_old_read_is_the_reason_and_mends_nothing() {
    let folder = Folder::new();
    let group = "[[expect]]\napp = \"Notes\"\ngroup = \"Sales\"\noperation = \"read-meeting\"\naccess = \"allow\"\n";
    folder.write(
        "known.toml",
        "[[suppress]]\napp = \"Notes\"\nuser = \"bob@contoso.com\"\nreason = \"known\"\nuntil = 2026-12-31\n",
    );
    let known = folder.path("known.toml");
    let run = expect(&folder, group, &["--suppress", &known, "--max-state-age", "1m"]);
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.out.contains("older than 60 seconds") && !run.err.contains("covers nothing"), "{run:?}");
    // Of what was read nothing is left to say of users who are not listed.
    assert!(!run.out.contains("may differ"), "{}", run.out);
    let everyone = group.replace("group = \"Sales\"", "everyone = true");
    let run = expect(&folder, &everyone, &["--format", "json", "--max-state-age", "1m"]);
    let told = first(&run)["reasons"][0]["explanation"].as_str().unwrap().to_owned();
    assert_eq!(told.matches("older than").count(), 1, "{told}");
}

/// Two expectations may say the same of a user: a baseline holds it once, and no entry of it covers nothing.
#[test]
fn a_baseline_holds_each_entry_once() {
    let folder = Folder::new();
    let entry = "[[expect]]\napp = \"Notes\"\nusers = [\"Ada\"]\noperation = \"read-meeting\"\naccess = \"allow\"\n";
    let baseline = folder.path("known.toml");
    let run = expect(&folder, &entry.repeat(2), &["--write-baseline", &baseline]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(std::fs::read_to_string(&baseline).unwrap().matches("[[suppress]]").count(), 1);
    let run = expect(&folder, &entry.repeat(2), &["--suppress", &baseline]);
    assert!(run.code == 0 && !run.err.contains("covers nothing"), "{run:?}");
}

/// What a table does not show whole is named where it is used, and not only where it is imported.
#[test]
fn what_was_left_out_of_an_export_is_named() {
    let folder = Folder::new();
    let cut = "Identity              AppIds\n--------              ------\nGlobal                {}\n\
               Tag:Long              {9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20, 9c4f2c1e-5a0b...\n";
    folder.write("policies.txt", cut);
    let path = folder.path("policies.txt");
    let args = ["check", "--state", &path, "--app", "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20", "--user", ADA];
    let run = crate::common::graphwhy(args, "");
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.err.contains("policies.txt:4: policy `Long` was left out"), "{}", run.err);
    let quiet = crate::common::graphwhy([&args[..], &["--quiet"]].concat(), "");
    assert_eq!(quiet.err, "");
}

/// Where nothing is expected, results are counted by what they are.
#[test]
fn nothing_is_as_it_should_be_where_nothing_was_said() {
    let folder = Folder::new();
    let run = folder.check(&["--app", "Notes", "--user", "Ada", "--user", "Di", "--at", "2026-11-23T10:05:00Z"]);
    assert!(run.out.contains("2 results: 1 allowed, 1 denied, 0 unknown"), "{}", run.out);
}
