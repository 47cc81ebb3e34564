//! For what a result counts as wrong, what accepts it, and where unused suppressions are told.

use serde_json::{Value, json};

use crate::common::graphwhy;
use crate::contract::{ADA, CY, DI, Folder, NOTES, TENANT, state};

/// Di is a guest whom `Global` lets Notes act for; `enabled` is that of the service principal.
fn guest(enabled: bool) -> Value {
    let mut tenant = state();
    tenant["users"]["items"][3]["type"] = json!("guest");
    tenant["apps"]["items"][0]["enabled"] = json!(enabled);
    tenant
}

/// Whichever gates are asked, a question that no snapshot covers and a name that nobody has stay unknown.
#[test]
fn gates_that_are_left_out_answer_for_nobody() {
    let folder = Folder::new();
    let elsewhere = TENANT.replace('1', "2");
    for gates in ["time", "tenant", "permission", "user", "policy"] {
        for arguments in [["--app", NOTES, "--user", "eve@contoso.com"], ["--app", "Nothing", "--user", DI]] {
            let run = folder.check(&[&arguments[..], &["--gates", gates, "--format", "json"]].concat());
            assert_eq!((run.code, &run.json()["results"][0]["verdict"]), (4, &json!("unknown")), "{gates} {run:?}");
        }
        let pairs = format!("app_id,user_id,tenant_id\n{NOTES},{DI},{elsewhere}\n");
        let run = folder.check_with(&["--pairs", "-", "--gates", gates, "--format", "ndjson"], pairs);
        assert_eq!((run.code, &run.lines()[0]["verdict"]), (4, &json!("unknown")), "{gates} {run:?}");
    }
    let text = "[[expect]]\napp = \"Notes\"\nusers = [\"eve@contoso.com\"]\naccess = \"allow\"\n";
    folder.write("expect.toml", text);
    let run = folder.check(&["--expect", &folder.path("expect.toml"), "--gates", "permission"]);
    assert_eq!(run.code, 4, "{run:?}");
}

/// An entry of a baseline accepts the causes of its day, and neither later ones nor a broken expectation.
#[test]
fn a_baseline_accepts_what_was_wrong_on_its_day() {
    let folder = Folder::of(&guest(true));
    let known = folder.path("known.toml");
    let asked = ["--app", NOTES, "--user", DI, "--fail-on", "warning"];
    let run = folder.check(&[&asked[..], &["--write-baseline", &known]].concat());
    assert_eq!(run.code, 1, "{run:?}");
    let written = std::fs::read_to_string(&known).unwrap();
    assert!(written.contains("causes = [\"user-is-guest\"]"), "{written}");
    let accepted = [&asked[..], &["--suppress", &known]].concat();
    assert_eq!(folder.check(&accepted).code, 0);
    folder.write("tenant.json", guest(false).to_string());
    let run = folder.check(&accepted);
    assert!(run.code == 1 && run.err.contains("it does not accept `service-principal-disabled`"), "{run:?}");
    assert!(!run.err.contains("covers nothing"), "{run:?}");
    folder.write("tenant.json", guest(true).to_string());
    let text =
        format!("[[expect]]\napp = \"Notes\"\nusers = [\"{DI}\"]\noperation = \"read-meeting\"\naccess = \"deny\"\n");
    folder.write("expect.toml", text);
    let expect = folder.path("expect.toml");
    let run = folder.check(&["--expect", &expect, "--suppress", &known]);
    assert_eq!(run.code, 1, "{run:?}");
    let broken = folder.path("broken.toml");
    folder.check(&["--expect", &expect, "--write-baseline", &broken]);
    let written = std::fs::read_to_string(&broken).unwrap();
    assert!(written.contains("causes = [\"expectation-broken\"]"), "{written}");
    assert_eq!(folder.check(&["--expect", &expect, "--suppress", &broken]).code, 0);
}

/// `causes` of a suppression are compared with all for which a result counts, whatever its verdict.
#[test]
fn causes_are_those_for_which_a_result_counts() {
    let folder = Folder::of(&guest(true));
    let known = folder.path("known.toml");
    for (cause, fail_on, code, unused) in [
        ("user-is-guest", "warning", 0, false),
        ("policy-shadowed", "warning", 1, true),
        // Nothing counts: there is nothing to accept.
        ("user-is-guest", "error", 0, true),
    ] {
        folder.write(
            "known.toml",
            format!("[[suppress]]\napp = \"Notes\"\ncauses = [\"{cause}\"]\nreason = \"known\"\nuntil = 2999-12-31\n"),
        );
        let run = folder.check(&["--app", NOTES, "--user", DI, "--fail-on", fail_on, "--suppress", &known]);
        assert_eq!((run.code, run.err.contains("covers nothing")), (code, unused), "{cause} {fail_on} {run:?}");
    }
}

/// A finding at a gate that is known counts although the verdict is not; one at a gate that is not known does not.
#[test]
fn a_finding_of_an_unknown_result_counts_where_its_gate_is_known() {
    for (enabled, code) in [(true, 4), (false, 1)] {
        let folder = Folder::of(&guest(enabled));
        let asked = ["--app", NOTES, "--user", CY];
        let run = folder.check(&asked);
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.out.split(':').next().is_some_and(|head| head.ends_with(" unknown")), "{}", run.out);
        let quiet = folder.check(&[&asked[..], &["--unknown", "ignore"]].concat());
        assert_eq!(quiet.code, i32::from(!enabled), "{quiet:?}");
        let lines = folder.check(&[&asked[..], &["--format", "github"]].concat());
        assert_eq!(lines.out.contains("::error"), !enabled, "{}", lines.out);
    }
}

/// Suppressions that cover nothing make the exit code 1, and every format says why.
#[test]
fn unused_suppressions_are_results() {
    let folder = Folder::new();
    let entry = |head: &str, until: &str| format!("[[suppress]]\n{head}\nreason = \"known\"\nuntil = {until}\n");
    let check = entry("app = \"Nobody\"", "2999-12-31") + &entry("app = \"Notes\"", "2020-01-01");
    let audit = entry("object = \"policy Nope\"\ncauses = [\"policy-shadowed\"]", "2999-12-31");
    let (known, state) = (folder.path("known.toml"), folder.path("tenant.json"));
    for (text, command, count) in [(check, vec!["check", "--app", NOTES, "--user", DI], 2), (audit, vec!["audit"], 1)] {
        folder.write("known.toml", text);
        let run = |more: &[&str]| {
            let given = ["--state", &state, "--suppress", &known, "--unknown", "ignore"];
            graphwhy([&command[..], &given[..], more].concat(), "")
        };
        let strict = ["--fail-on", "warning", "--format"];
        let sarif = run(&[&strict[..], &["sarif"]].concat());
        let results = sarif.json()["runs"][0]["results"].as_array().unwrap().clone();
        let own: Vec<&Value> = results.iter().filter(|it| it["ruleId"] == "suppression-unused").collect();
        assert_eq!((sarif.code, own.len()), (1, count), "{sarif:?}");
        let place = &own[0]["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("known.toml"), "{place}");
        assert_eq!(place["region"]["startLine"], 1);
        let junit = run(&[&strict[..], &["junit"]].concat());
        assert!(junit.code == 1 && junit.out.contains("<failure"), "{junit:?}");
        let github = run(&[&strict[..], &["github"]].concat());
        assert_eq!(github.out.matches("suppression-unused").count(), count, "{github:?}");
        let markdown = run(&[&strict[..], &["markdown"]].concat());
        assert!(!markdown.out.contains("nothing wrong") && markdown.out.contains("| unused |"), "{markdown:?}");
        // Where warnings do not count they are told, and pass.
        let run = run(&["--format", "junit"]);
        assert!(run.out.contains("<testcase") && !run.out.contains("suppression-unused") || run.code == 0, "{run:?}");
    }
}

/// `--unknown ignore` says nothing of what is not known.
#[test]
fn what_is_ignored_is_no_annotation() {
    let folder = Folder::new();
    for (how, told) in [("ignore", false), ("warn", true), ("undetermined", true)] {
        let run = folder.check(&["--app", NOTES, "--user", CY, "--unknown", how, "--format", "github"]);
        assert_eq!(run.out.contains("::warning"), told, "{how} {}", run.out);
    }
}

/// Lines that end with a carriage return alone are lines; a JSON array is named as what it is.
#[test]
fn other_forms_of_pairs() {
    let folder = Folder::new();
    let run = folder.pairs(format!("app_id,user_id,operation\r{NOTES},{ADA},\r{NOTES},{DI},read-meeting\r"));
    let places: Vec<Value> = run.lines().iter().map(|it| it["source"]["line"].clone()).collect();
    assert_eq!(places, [json!(2), json!(3)], "{run:?}");
    let run = folder.pairs(format!("[{{\"app_id\":\"{NOTES}\",\"user_id\":\"{ADA}\"}}]"));
    assert!(run.code == 3 && run.err.contains("a JSON array") && run.err.contains("one object a line"), "{run:?}");
}

/// Nothing is asked of an administrator where access is there.
#[test]
fn no_letter_asks_for_what_is_there() {
    let folder = Folder::new();
    let state = folder.path("tenant.json");
    let run = graphwhy(["plan", "--state", &state, "--app", NOTES, "--user", DI, "--for-admin"], "");
    assert!(run.code == 0 && run.out.contains("has access to read-meeting"), "{run:?}");
    assert!(!run.out.contains("needs access") && !run.out.contains("points above"), "{}", run.out);
    let run = graphwhy(["plan", "--state", &state, "--app", NOTES, "--user", ADA, "--policy-name", "Tag:"], "");
    assert!(run.code == 2 && run.err.contains("a policy has a name"), "{run:?}");
}

/// The same role by its id and by its name, and who is said to have no direct assignment, are no change.
#[test]
fn what_is_written_otherwise_is_no_difference() {
    let before = Folder::new();
    let mut tenant = state();
    tenant["apps"]["items"][0]["roles"][0].as_object_mut().unwrap().remove("value");
    tenant["direct"]["items"].as_array_mut().unwrap().push(json!({ "user_id": DI, "policy": null }));
    let after = Folder::of(&tenant);
    let run = graphwhy(["diff", &before.path("tenant.json"), &after.path("tenant.json"), "--exit-code"], "");
    assert!(run.code == 0 && run.out.contains("say the same of the tenant"), "{run:?}");
}

/// A direct grant gives those who come later nothing, though the role of it lets lists be asked that leave out all of theirs.
#[test]
fn a_list_without_anything_of_theirs_is_no_gain_of_later_users() {
    let mut tenant = state();
    tenant["policies"]["items"][0]["app_ids"] = json!([]);
    tenant["apps"]["items"][0]["roles"] = json!([]);
    let folder = Folder::of(&tenant);
    let state = folder.path("tenant.json");
    let asked = ["--app", NOTES, "--user", DI, "--operation", "read-townhall", "--format", "json"];
    let run = graphwhy([&["plan", "--state", &state][..], &asked[..]].concat(), "");
    let result = run.json()["results"][0].clone();
    let first = &result["fixes"][0];
    assert_eq!((&first["gains_future"], &first["gains_asked"]["users"]), (&json!(false), &json!(1)), "{result:#}");
}
