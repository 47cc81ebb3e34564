//! What is written takes the place of nothing that the same command reads.

use crate::common::graphwhy;
use crate::contract::{ADA, Folder, NOTES};

#[test]
fn no_input_is_overwritten() {
    let folder = Folder::new();
    folder.write("expect.toml", format!("[[expect]]\napp = \"{NOTES}\"\nusers = [\"{ADA}\"]\naccess = \"deny\"\n"));
    folder.write("pairs.csv", format!("app_id,user_id\n{NOTES},{ADA}\n"));
    folder.write("change.ps1", "Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{Remove='x'}\n");
    folder.write("paste.txt", "no failure\n");
    folder.write("known.toml", "");
    let names = ["tenant.json", "expect.toml", "pairs.csv", "change.ps1", "paste.txt", "known.toml"];
    let before: Vec<Vec<u8>> = names.iter().map(|name| std::fs::read(folder.path(name)).unwrap()).collect();
    let [state, expect, pairs, change, paste, known] = names.map(|name| folder.path(name));
    // The same file by another way.
    let around = folder.0.path().join(".").join("tenant.json").display().to_string();
    let new = folder.0.path().join("new.ps1").display().to_string();
    std::fs::create_dir(folder.path("folder")).unwrap();
    let around_new = folder.0.path().join("folder").join("..").join("new.ps1").display().to_string();
    let undo = folder.0.path().join("new.undo.ps1").display().to_string();
    let json = |path: &str| format!("json={path}");
    for (arguments, said) in [
        (vec!["check", "--state", &state, "--app", NOTES, "--user", ADA, "--write-baseline", &state], "`--state`"),
        (vec!["check", "--state", &state, "--app", NOTES, "--user", ADA, "--write-baseline", &around], "`--state`"),
        (vec!["check", "--state", &state, "--expect", &expect, "--write-baseline", &expect], "`--expect`"),
        (vec!["check", "--state", &state, "--pairs", &pairs, "--format", &json(&pairs)], "`--pairs`"),
        (
            vec!["check", "--state", &state, "--pairs", &pairs, "--suppress", &known, "--format", &json(&known)],
            "`--suppress`",
        ),
        (vec!["audit", "--state", &state, "--write-baseline", &state], "`--state`"),
        (vec!["audit", "--state", &state, "--format", &json(&around)], "`--state`"),
        (vec!["plan", "--state", &state, "--app", NOTES, "--user", ADA, "--format", &json(&state)], "`--state`"),
        (vec!["plan", "--state", &state, &change, "--format", &json(&change)], "which the script reads"),
        (vec!["plan", "--state", &state, &change, &paste, "--format", &json(&change)], "which the scripts read"),
        // Two outputs of one run are two files.
        (
            vec![
                "plan",
                "--state",
                &state,
                "--app",
                NOTES,
                "--user",
                ADA,
                "--script",
                &new,
                "--format",
                &json(&around_new),
            ],
            "which `--script` writes",
        ),
        (
            vec!["plan", "--state", &state, "--app", NOTES, "--user", ADA, "--script", &new, "--format", &json(&undo)],
            "which the undo of `--script` writes",
        ),
        (
            vec![
                "check",
                "--state",
                &state,
                "--app",
                NOTES,
                "--user",
                ADA,
                "--write-baseline",
                &new,
                "--format",
                &json(&new),
            ],
            "which `--write-baseline` writes",
        ),
        (
            vec!["audit", "--state", &state, "--write-baseline", &new, "--format", &json(&new)],
            "which `--write-baseline` writes",
        ),
        (
            vec!["audit", "--state", &state, "--format", &json(&new), "--format", &format!("sarif={around_new}")],
            "which `--format` writes",
        ),
        (
            vec!["plan", "--state", &state, "--app", NOTES, "--user", ADA, "--expect", &expect, "--script", &expect],
            "`--expect`",
        ),
        (vec!["diff", &state, &state, "--format", &json(&state)], "the comparison"),
        (vec!["lint", &change, "--format", &json(&change)], "the linter"),
        (vec!["explain", &paste, "--format", &json(&paste)], "the command"),
        (vec!["import", &paste, "-o", &paste], "the import"),
    ] {
        let run = graphwhy(arguments.clone(), "");
        assert_eq!(run.code, 2, "{arguments:?} {run:?}");
        assert!(run.err.contains("would overwrite `") && run.err.contains(said), "{arguments:?} {}", run.err);
        let after: Vec<Vec<u8>> = names.iter().map(|name| std::fs::read(folder.path(name)).unwrap()).collect();
        assert_eq!(after, before, "{arguments:?}");
        assert!(!std::path::Path::new(&new).exists() && !std::path::Path::new(&undo).exists(), "{arguments:?}");
    }
    // Suppressions that are written anew are told, and written.
    let run = folder.check(&["--pairs", &pairs, "--suppress", &known, "--write-baseline", &known]);
    assert!(run.code == 1 && run.err.contains("is written anew"), "{run:?}");
    assert!(std::fs::read_to_string(&known).unwrap().contains("[[suppress]]"));
}

#[test]
fn names_near_a_wrong_operation_or_app_are_told() {
    let folder = Folder::new();
    let state = folder.path("tenant.json");
    let text = "[[expect]]\napp = \"Notes\"\neveryone = true\naccess = \"deny\"\noperation = \"read-meetings\"\n";
    let expect = folder.write("expect.toml", text).display().to_string();
    for arguments in [
        vec!["check", "--state", &state, "--app", NOTES, "--user", ADA, "--operation", "read-meetings"],
        vec!["check", "--state", &state, "--expect", &expect],
        vec!["plan", "--state", &state, "--app", NOTES, "--user", ADA, "--operation", "read-meetings"],
        vec!["plan", "--state", &state, "--app", NOTES, "--user", ADA, "--operation", "raed-meeting"],
    ] {
        let run = graphwhy(arguments.clone(), "");
        assert!(matches!(run.code, 2 | 3), "{run:?}");
        for part in ["near it: `read-meeting`", "`graphwhy rules --operations`"] {
            assert!(run.err.contains(part), "{arguments:?} {}", run.err);
        }
    }
    let run = graphwhy(["plan", "--state", &state, "--app", "Nots", "--user", ADA], "");
    assert!(run.code == 2 && run.err.contains("near it: `Notes`"), "{run:?}");
    let listed = graphwhy(["rules", "--operations"], "");
    assert!(listed.code == 0 && listed.out.contains("read-meeting"), "{listed:?}");
    let all = graphwhy(["rules", "--operations", "--format", "json"], "").json();
    let operations = all["operations"].as_array().unwrap();
    assert!(operations.iter().any(|it| it["name"] == "read-meeting" && it["method"] == "GET"), "{all:#}");
    assert_eq!(operations.len(), graphwhy::knowledge::operations().len());
}
