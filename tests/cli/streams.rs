//! What goes to which stream, and when.

use super::*;

#[test]
fn quiet_prints_nothing() {
    for (input, code) in [(NARROWED, 1), (UNKNOWN, 4), ("", 4)] {
        let run = graphwhy(["explain", "-q"], input);
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (code, "", ""), "{input}");
    }
    let failed = graphwhy(["explain", "-q", "no-such-file"], "");
    assert_eq!((failed.code, failed.out.as_str()), (3, ""));
    assert!(failed.err.contains("no-such-file"), "a failure of the tool is told: {failed:?}");
    let rules = graphwhy(["rules", "--quiet"], "");
    assert_eq!((rules.code, rules.out.as_str()), (0, ""));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let is_colored = |run: &common::Run| run.out.contains('\u{1b}');
    assert!(!is_colored(&graphwhy(["explain"], NARROWED)), "a pipe takes none");
    assert!(is_colored(&graphwhy(["explain", "--color", "always"], NARROWED)));
    assert!(!is_colored(&graphwhy(["explain", "--color", "never"], NARROWED)));
    let with = |variables: &[(&str, &str)], options: &[&str]| {
        finish(command().envs(variables.iter().copied()).arg("explain").args(options), NARROWED.as_bytes())
    };
    assert!(is_colored(&with(&[("FORCE_COLOR", "1")], &[])));
    assert!(!is_colored(&with(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &[])));
    assert!(!is_colored(&with(&[("FORCE_COLOR", "1")], &["--color", "never"])));
    assert!(is_colored(&with(&[("NO_COLOR", "1")], &["--color", "always"])), "an option goes before a variable");
    assert!(!is_colored(&with(&[("FORCE_COLOR", "1")], &["--format", "json"])), "data has no colours");
}

#[test]
fn data_on_standard_output_and_words_on_standard_error() {
    let run = graphwhy(["explain", "--format", "json"], "nothing to see");
    assert_eq!((run.code, run.json()["results"].clone()), (4, json!([])));
    assert!(run.err.contains("no Graph failure found"), "{run:?}");
    let run = graphwhy(["explain"], "nothing to see");
    assert_eq!(run.out, "");
    assert!(run.err.contains("no Graph failure found") && run.err.contains("help: paste"), "{run:?}");
}

#[test]
fn several_files_give_results_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, c] =
        [("a.json", STATED), ("b.txt", "fine"), ("c.json", NARROWED)].map(|(name, text)| write(&folder, name, text));
    let run = graphwhy(["explain", "--format", "json", &c, &b, &a, "-"], UNKNOWN);
    let names: Vec<Value> =
        run.json()["results"].as_array().unwrap().iter().map(|it| it["source"]["name"].clone()).collect();
    assert_eq!(names, [json!(c), json!(a), json!("stdin")]);
    let run = graphwhy(["explain", &c, &a, "-"], UNKNOWN);
    assert!(run.err.contains("3 failures: 1 explained, 1 narrowed, 1 not in the catalogue"), "{run:?}");
}

#[test]
fn piped_input_needs_no_name() {
    let bare = graphwhy(["explain"], NARROWED);
    assert_eq!((bare.code, bare.err.as_str()), (1, ""), "it says nothing of a paste where nobody pastes");
    assert_eq!(bare.out, graphwhy(["explain", "-"], NARROWED).out);
}

#[test]
fn the_sample_is_explained() {
    let run = graphwhy(["explain", "--example"], "");
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    assert!(run.out.contains("no-policy-names-app") && run.out.contains("policy-not-granted"), "{}", run.out);
    assert!(run.out.lines().next().is_some_and(|line| !line.trim().is_empty()), "the answer is in the first line");
    let result = first(&graphwhy(["explain", "--example", "--format", "json"], ""));
    assert_eq!(result["facts"]["operation"], "read-meeting");
    assert_eq!(result["source"]["name"], "example");
}

#[test]
fn commands_stand_flush_left_and_whole() {
    let run = finish(command().arg("explain").arg("--example").env("COLUMNS", "60"), b"");
    let command = format!("Grant-CsApplicationAccessPolicy -Identity '{USER}' -PolicyName Online-Meetings-Apps");
    assert!(run.out.lines().any(|line| line == command), "{}", run.out);
}

#[test]
fn a_report_for_each_reader_of_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [json_file, lines, page] = [path("r.json"), path("r.ndjson"), path("r.txt")];
    let formats = [format!("json={json_file}"), format!("ndjson={lines}"), format!("human={page}")];
    let run =
        graphwhy(["explain", "--format", &formats[0], "--format", &formats[1], "--format", &formats[2]], NARROWED);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&json_file).unwrap()).unwrap();
    let line: Value = serde_json::from_str(std::fs::read_to_string(&lines).unwrap().trim_end()).unwrap();
    assert_eq!(document["results"], json!([line]));
    assert_eq!(std::fs::read_to_string(&page).unwrap(), graphwhy(["explain"], NARROWED).out);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&json_file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "a report tells of a tenant");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "no part is left behind");
    let both = graphwhy(["explain", "--format", "human", "--format", &formats[0]], NARROWED);
    assert_eq!(both.out, graphwhy(["explain"], NARROWED).out);
    for wrong in [&["--format", "human", "--format", "json"][..], &["--format", "sarif"], &["--format", "json="]] {
        let run = graphwhy([&["explain"], wrong].concat(), NARROWED);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{wrong:?}: {run:?}");
    }
    let run = graphwhy(["explain", "--format", "json=/no/such/folder/r.json"], NARROWED);
    assert_eq!(run.code, 3, "{run:?}");
    let run = graphwhy(["explain", "--format", &formats[0], "no-such-file"], "");
    assert_eq!(run.code, 3);
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&json_file).unwrap()).unwrap();
    assert!(document["error"]["message"].is_string(), "who reads the file learns of the failure: {document}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    for line in ["rules", "explain --example -v", "man", "completions bash"] {
        let script = format!("{} {line} | head -1; echo ${{PIPESTATUS[0]}} >&2", env!("CARGO_BIN_EXE_graphwhy"));
        let output = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        // What fits into the pipe's buffer is written before anybody can go away.
        let codes = if line.starts_with("explain") { ["0", "1"] } else { ["0", "0"] };
        assert!(told.lines().next_back().is_some_and(|code| codes.contains(&code)), "`{line}`: {told}");
        assert!(!told.contains("error") && !told.contains("panic"), "`{line}`: {told}");
        assert!(!output.stdout.is_empty(), "`{line}`");
    }
}

// --- bad input ------------------------------------------------------------------------------------
