//! What is written takes the place of nothing that the same command reads.

use crate::common::graphwhy;
use crate::contract::{ADA, BOB, Folder, NOTES};

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
    // An empty file of suppressions is written into.
    let run = folder.check(&["--pairs", &pairs, "--suppress", &known, "--write-baseline", &known]);
    assert!(run.code == 1 && run.err.contains("wrote "), "{run:?}");
    assert!(std::fs::read_to_string(&known).unwrap().contains("[[suppress]]"));
}

/// Only a list of suppressions is written into, and before anything is printed.
#[test]
fn a_baseline_takes_the_place_of_nothing_else() {
    let folder = Folder::new();
    let state = folder.path("tenant.json");
    for (name, text, code) in [
        ("expect.toml", "[[expect]]\napp = \"Notes\"\neveryone = true\naccess = \"deny\"\n", 2),
        ("mine.txt", "hello\n", 2),
        ("comments.toml", "# what we agreed on\n", 2),
        ("other.json", "{\"schema\":1}", 2),
        ("wrong.toml", "[[suppress]]\nap = \"Notes\"\nreason = \"r\"\nuntil = 2099-01-01\n", 3),
    ] {
        let path = folder.write(name, text).display().to_string();
        for arguments in [
            vec!["check", "--state", &state, "--app", NOTES, "--user", ADA, "--write-baseline", &path],
            vec!["audit", "--state", &state, "--write-baseline", &path],
        ] {
            let run = graphwhy(arguments, "");
            assert_eq!((run.code, run.out.as_str()), (code, ""), "{name} {run:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{name}");
        }
    }
}

/// What somebody wrote stays where it holds, and where another command or question would have to judge it.
#[test]
fn a_baseline_keeps_what_holds() {
    let folder = Folder::new();
    let state = folder.path("tenant.json");
    let pairs = folder.write("pairs.csv", format!("app_id,user_id\n{NOTES},{ADA}\n")).display().to_string();
    let entry = |head: &str, reason: &str, until: &str| {
        format!("# by hand: {reason}\n[[suppress]]\n{head}\nreason = \"{reason}\"\nuntil = {until}\n")
    };
    let holds = entry(&format!("app = \"Notes\"\nuser = \"{ADA}\""), "ticket 4711", "2099-01-01");
    let other = entry(&format!("app = \"Notes\"\nuser = \"{BOB}\""), "not asked", "2099-01-01");
    let allowed = entry(&format!("app = \"Notes\"\nuser = \"{ADA}\"\nverdict = \"allowed\""), "gone", "2099-01-01");
    let over = entry(&format!("app = \"Notes\"\nuser = \"{ADA}\""), "old", "2020-01-01");
    let finding = entry("object = \"policy X\"\ncauses = [\"policy-shadowed\"]", "of audit", "2099-01-01");
    let text = format!("# ours\n\n{}", [&over, &holds, &allowed, &other, &finding].map(String::as_str).join("\n"));
    let known = folder.write("known.toml", &text).display().to_string();
    let run = folder.check(&["--pairs", &pairs, "--write-baseline", &known]);
    let after = std::fs::read_to_string(&known).unwrap();
    assert_eq!(after, format!("# ours\n\n{holds}\n{other}\n{finding}\n"), "{run:?}");
    assert!(run.err.contains("no new entry; 3 entries stay as they are"), "{}", run.err);
    assert!(
        run.err.contains("reason: gone): it covers nothing") && run.err.contains("reason: old): its last day was"),
        "{}",
        run.err
    );
    // An audit looks at its own entries alone.
    let run = graphwhy(vec!["audit", "--state", &state, "--write-baseline", &known], "");
    let after = std::fs::read_to_string(&known).unwrap();
    assert!(after.starts_with("# ours\n") && after.contains(&holds) && after.contains(&other), "{after}");
    assert!(after.contains("object = \"policy") && run.err.contains("stay as they are"), "{}", run.err);
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
    let unnamed = graphwhy::knowledge::operations().iter().filter(|operation| operation.name.is_none()).count();
    assert!(listed.out.contains(&format!("{unnamed} more operations")), "{listed:?}");
    let whole = graphwhy(["rules", "--operations", "--verbose"], "");
    assert!(whole.out.lines().count() == listed.out.lines().count() + unnamed - 1, "{whole:?}");
    let all = graphwhy(["rules", "--operations", "--format", "json"], "").json();
    let operations = all["operations"].as_array().unwrap();
    assert!(operations.iter().any(|it| it["name"] == "read-meeting" && it["method"] == "GET"), "{all:#}");
    assert_eq!(operations.len(), graphwhy::knowledge::operations().len());
}
