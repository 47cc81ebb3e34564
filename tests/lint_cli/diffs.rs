//! `--diff` as a patch.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{SWAPPED, lint};

/// Applies a diff with a tool, if this machine has it.
fn applied(dir: &Path, tool: &str, args: &[&str], diff: &[u8]) -> Option<bool> {
    fs::write(dir.join("x.diff"), diff).unwrap();
    let run = Command::new(tool).args(args).current_dir(dir).stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.ok().map(|status| status.success())
}

#[test]
fn diffs_apply_whatever_the_line_ends() {
    let lone = SWAPPED.trim_end().replace('\n', "; ");
    for text in [
        SWAPPED.to_owned(),
        SWAPPED.replace('\n', "\r\n"),
        format!("\u{feff}{SWAPPED}"),
        format!("\u{feff}{}", SWAPPED.replace('\n', "\r\n")),
        SWAPPED.trim_end().to_owned(),
        lone,
    ] {
        for (tool, args) in
            [("patch", &["-p1", "--binary", "-s", "-i", "x.diff"][..]), ("git", &["apply", "x.diff"][..])]
        {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("a b.ps1");
            fs::write(&path, &text).unwrap();
            let diff = lint(dir.path()).args(["--diff", "a b.ps1"]).output().unwrap().stdout;
            let shown = String::from_utf8(diff.clone()).unwrap();
            assert!(!shown.contains('\u{240d}') && !shown.contains('\u{fffd}'), "{shown}");
            assert_eq!(shown.matches("\r\n").count() > 0, text.contains("\r\n"), "{shown:?}");
            let with = applied(dir.path(), tool, args, &diff);
            let patched = fs::read(&path).unwrap();
            fs::write(&path, &text).unwrap();
            lint(dir.path()).args(["--fix", "a b.ps1"]).output().unwrap();
            if let Some(sound) = with {
                assert!(sound, "{tool}: {shown:?}");
                assert_eq!(patched, fs::read(&path).unwrap(), "{tool}: {shown:?}");
            }
        }
    }
}
