//! What other programs read: SARIF, JUnit, Markdown, annotations; and the defects that such output is known for.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::common::{command, finish, testdata};
use crate::contract::{ADA, CY, DI, Folder, NOTES, OTHER, state};

/// Names that break markup where they are not escaped.
const HOSTILE: &str = "N<o>t|e&s \"x\" `y` ]]> %0A::error::z \u{1b}[31m\u{202e} $(z)";

fn hostile() -> Folder {
    let mut tenant = state();
    tenant["apps"]["items"][0]["name"] = json!(HOSTILE);
    tenant["users"]["items"][0]["upn"] = json!("a|d<a>&\"'@contoso.com");
    let folder = Folder::of(&tenant);
    folder.write(
        "what must be.toml",
        format!(
            "[[expect]]\napp = \"{NOTES}\"\nusers = [\"{ADA}\", \"{DI}\", \"{CY}\"]\naccess = \"allow\"\nreason = \"a ]]> | <b> reason\"\n\n\
             [[expect]]\napp = \"{NOTES}\"\neveryone = true\naccess = \"deny\"\nuntil = 2026-01-01\n"
        ),
    );
    folder
}

fn as_format(folder: &Folder, format: &str, more: &[&str]) -> String {
    let file = folder.path("what must be.toml");
    let mut arguments = vec!["--expect", &file, "--format", format, "--at", "2026-11-23T10:05:00Z"];
    arguments.extend(more);
    let run = folder.check(&arguments);
    assert_eq!(run.code, 1, "{run:?}");
    run.out
}

fn sarif(folder: &Folder, more: &[&str]) -> Value {
    let text = as_format(folder, "sarif", more);
    let document: Value = serde_json::from_str(&text).unwrap();
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(testdata("sarif/sarif-schema-2.1.0.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{error} at {}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    document
}

#[test]
fn sarif_is_valid_and_free_of_the_known_defects() {
    let folder = hostile();
    let document = sarif(&folder, &[]);
    assert_eq!(
        (&document["version"], document["$schema"].as_str().unwrap().starts_with("https://")),
        (&json!("2.1.0"), true)
    );
    let run = &document["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert!(driver["version"].is_string() && driver["name"] == "graphwhy");
    let rules = driver["rules"].as_array().unwrap();
    let ids: HashSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len(), "a rule twice");
    let results = run["results"].as_array().unwrap();
    // Ada is denied, Cy unknown, and somebody is allowed; the second expectation is over.
    let found: Vec<_> = results
        .iter()
        .map(|result| {
            (result["ruleId"].as_str().unwrap(), result["kind"].as_str().unwrap(), result["level"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("policy-shadowed", "fail", "error"),
            ("undetermined", "open", "none"),
            ("expectation-broken", "fail", "error"),
            ("expectation-expired", "fail", "warning"),
        ]
    );
    let mut prints = HashSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"], "a dangling rule index");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let locations = result["locations"].as_array().unwrap();
        assert_eq!(locations.len(), 1, "no location");
        let physical = &locations[0]["physicalLocation"];
        assert!(
            physical["region"]["startLine"].as_u64().unwrap() >= 1
                && physical["region"]["startColumn"].as_u64().unwrap() >= 1
        );
        assert!(physical["region"].get("snippet").is_none());
        let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("file:///") && uri.ends_with("what%20must%20be.toml"), "{uri}");
        assert!(prints.insert(result["partialFingerprints"]["graphwhy/v1"].as_str().unwrap().to_owned()));
        assert!(result.get("suppressions").is_none(), "nothing is suppressed");
    }
    for rule in rules {
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty() && rule["shortDescription"]["text"].is_string());
    }
}

#[test]
fn sarif_lines_are_those_of_the_questions_and_paths_are_relative() {
    let folder = Folder::new();
    folder.write("pairs.csv", format!("app_id,user_id\n{NOTES},{DI}\n{NOTES},{ADA}\n"));
    let mut run = command();
    let run = run.current_dir(folder.0.path()).args([
        "check",
        "--state",
        "tenant.json",
        "--pairs",
        "./pairs.csv",
        "--format",
        "sarif",
    ]);
    let done = finish(run, b"");
    let results = done.json()["runs"][0]["results"].clone();
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"], json!({ "uri": "pairs.csv", "uriBaseId": "%SRCROOT%" }));
    assert_eq!((&place["region"]["startLine"], results.as_array().unwrap().len()), (&json!(3), 1));
    // Without a file of questions, the snapshot is the place.
    let mut run = command();
    let run = run.current_dir(folder.0.path()).args([
        "check",
        "--state",
        "tenant.json",
        "--app",
        NOTES,
        "--user",
        ADA,
        "--format",
        "sarif",
    ]);
    let done = finish(run, b"");
    let place = done.json()["runs"][0]["results"][0]["locations"][0]["physicalLocation"].clone();
    assert_eq!((&place["artifactLocation"]["uri"], &place["region"]["startLine"]), (&json!("tenant.json"), &json!(1)));
}

#[test]
fn what_is_suppressed_says_so_in_sarif() {
    let folder = hostile();
    folder.write(
        "known.toml",
        format!("[[suppress]]\napp = \"{NOTES}\"\nuser = \"{ADA}\"\nreason = \"ticket 7\"\nuntil = 2026-12-01\n"),
    );
    let document = sarif(&folder, &["--suppress", &folder.path("known.toml")]);
    let results = document["runs"][0]["results"].as_array().unwrap();
    let suppression = &results[0]["suppressions"][0];
    assert_eq!((&suppression["kind"], &suppression["status"]), (&json!("external"), &json!("accepted")));
    assert!(suppression["justification"].as_str().unwrap().starts_with("ticket 7"));
    assert!(results[1].get("suppressions").is_none());
}

#[test]
fn nothing_found_is_still_a_document() {
    let folder = Folder::new();
    for format in ["sarif", "junit", "json", "markdown", "github", "ndjson"] {
        let run = folder.check(&["--app", NOTES, "--user", DI, "--format", format]);
        assert_eq!(run.code, 0, "{format}");
        match format {
            "sarif" => assert_eq!(run.json()["runs"][0]["results"], json!([])),
            "junit" => assert!(run.out.contains("tests=\"1\"") && run.out.contains("failures=\"0\"")),
            "json" => assert_eq!(run.json()["results"].as_array().unwrap().len(), 1),
            "markdown" => assert!(run.out.contains("nothing wrong")),
            "github" => assert_eq!(run.out, ""),
            _ => assert_eq!(run.lines().len(), 1),
        }
    }
}

#[test]
fn junit_is_read_back_by_another_library() {
    let folder = hostile();
    let text = as_format(&folder, "junit", &[]);
    let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
    let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
    let inner = |case: &roxmltree::Node<'_, '_>| {
        case.children().find(|node| node.is_element()).map(|node| node.tag_name().name().to_owned())
    };
    let found: Vec<_> = cases.iter().map(inner).collect();
    assert_eq!(
        found,
        [Some("failure".into()), None, Some("error".into()), Some("failure".into())],
        "passes are passes"
    );
    let count = |name: &str| suite.attribute(name).unwrap().parse::<usize>().unwrap();
    assert_eq!((count("tests"), count("failures"), count("errors")), (4, 2, 1));
    for case in &cases {
        assert_eq!(case.attribute("classname"), Some("read-meeting"));
        assert!(case.attribute("name").unwrap().contains("N<o>t|e&s \"x\" `y` ]]>"));
        assert!(case.attribute("line").unwrap().parse::<usize>().unwrap() >= 1);
    }
    let failure = cases[0].children().find(|node| node.is_element()).unwrap();
    assert_eq!(failure.attribute("type"), Some("policy-shadowed"));
    assert!(failure.attribute("message").unwrap().contains("a ]]> | <b> reason"));
    for (how, tag) in [("fail", "failure"), ("warn", "skipped"), ("ignore", "skipped")] {
        let text = as_format(&folder, "junit", &["--unknown", how]);
        let document = roxmltree::Document::parse(&text).unwrap();
        let third = document.descendants().filter(|node| node.has_tag_name("testcase")).nth(2).unwrap();
        assert_eq!(inner(&third).as_deref(), Some(tag));
    }
}

#[test]
fn markdown_holds_no_markup_of_others() {
    let text = as_format(&hostile(), "markdown", &[]);
    assert!(text.starts_with("## graphwhy check: 2 wrong, 1 not known\n"), "{text}");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |")).collect();
    // One for each finding, also for the expectation that is over.
    assert_eq!(rows.len(), 4, "{text}");
    for row in rows {
        let bars = row.char_indices().filter(|(at, c)| *c == '|' && !row[..*at].ends_with('\\')).count();
        assert_eq!(bars, 7, "{row}");
        assert!(!row.contains('<') && !row.contains('\u{1b}') && !row.contains('\u{202e}'), "{row}");
        assert!(!row.contains(" `y`") && row.contains("\\`y\\`"), "{row}");
    }
}

#[test]
fn annotations_are_one_line_each_and_say_when_there_are_more() {
    let folder = hostile();
    let text = as_format(&folder, "github", &[]);
    let lines: Vec<&str> = text.lines().collect();
    // Ada is denied, everyone is allowed, Cy is unknown, and an expectation is over.
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[3].contains("title=graphwhy%3A expectation-expired::"), "{text}");
    assert!(
        lines.iter().all(|line| line.starts_with("::error file=") || line.starts_with("::warning file=")),
        "{text}"
    );
    assert!(lines[0].contains(",line=1,col=1,title=graphwhy%3A policy-shadowed::"), "{text}");
    assert!(!text.contains('\u{1b}') && text.contains("%250A"), "{text}");
    let pairs = format!("app_id,user_id\n{}", format!("{NOTES},{ADA}\n").repeat(25));
    let run = folder.check_with(&["--pairs", "-", "--format", "github"], pairs);
    let errors: Vec<&str> = run.out.lines().collect();
    assert_eq!(errors.len(), 10, "{}", run.out);
    assert!(errors[9].contains("16 more"), "{}", run.out);
}

#[test]
fn the_job_summary_is_appended_to() {
    let folder = hostile();
    let summary = folder.write("summary.md", "before\n");
    let state = folder.path("tenant.json");
    let mut run = command();
    let run = run
        .env("GITHUB_STEP_SUMMARY", &summary)
        .args(["check", "--state", &state, "--app", NOTES, "--user", ADA, "--format", "github"]);
    assert_eq!(finish(run, b"").code, 1);
    let text = std::fs::read_to_string(summary).unwrap();
    assert!(text.starts_with("before\n## graphwhy check: 1 wrong"), "{text}");
}

#[test]
fn one_run_writes_several_formats_and_files_are_private() {
    let folder = Folder::new();
    let files =
        ["json", "ndjson", "sarif", "junit", "markdown"].map(|format| (format, folder.path(&format!("out.{format}"))));
    let mut arguments =
        vec!["--app".to_owned(), NOTES.into(), "--user".into(), ADA.into(), "--format".into(), "human".into()];
    for (format, file) in &files {
        arguments.extend(["--format".to_owned(), format!("{format}={file}")]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = folder.check(&arguments);
    assert!(run.code == 1 && run.out.starts_with("✗ denied"), "{run:?}");
    for (format, file) in &files {
        let alone = folder.check(&["--app", NOTES, "--user", ADA, "--format", format]);
        assert_eq!(std::fs::read_to_string(file).unwrap(), alone.out, "{format}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{format}");
        }
    }
    let left: Vec<_> = std::fs::read_dir(folder.0.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().ends_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(folder.check(&["--app", NOTES, "--user", ADA, "--format", "json", "--format", "sarif"]).code, 2);
    assert_eq!(folder.check(&["--app", NOTES, "--user", ADA, "--format", "json=/no/such/folder/x"]).code, 3);
}

#[test]
fn a_run_that_fails_leaves_older_files_alone() {
    let folder = Folder::new();
    let out = folder.write("out.json", "older").display().to_string();
    let run = folder.check_with(&["--pairs", "-", "--format", &format!("json={out}")], "app_id,user_id\nx\n");
    assert_eq!((run.code, std::fs::read_to_string(out).unwrap().as_str()), (3, "older"));
}

#[test]
fn nothing_that_acts_reaches_a_terminal() {
    let folder = hostile();
    for more in [&["-v"][..], &[]] {
        let text = as_format(&folder, "human", more);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }
    let coloured = as_format(&folder, "human", &["--color", "always"]);
    assert!(coloured.contains("\u{1b}[1m") && !coloured.contains("\u{1b}[31mN") && !coloured.contains('\u{202e}'));
    let quiet = folder.check(&["--app", OTHER, "--user", ADA, "--color", "never"]);
    assert!(!quiet.out.contains('\u{1b}'));
}
