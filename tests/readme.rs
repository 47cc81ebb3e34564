//! The transcripts of the README are what the program prints. `UPDATE_EXPECT=1 cargo test --test readme` rewrites them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use std::path::Path;

use assert_cmd::Command;

const MARK: &str = "<!-- output of: graphwhy ";

#[test]
fn transcripts_are_real() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("README.md");
    let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let mut parts = text.split(MARK);
    let mut fresh = parts.next().unwrap().to_owned();
    let mut count = 0;
    for part in parts {
        let (args, rest) = part.split_once(" -->\n```text\n").expect("a text fence follows the mark");
        let (shown, rest) = rest.split_once("```").expect("the fence is closed");
        if !cfg!(feature = "online") && args.starts_with("fetch") {
            fresh.push_str(&format!("{MARK}{args} -->\n```text\n{shown}```{rest}"));
            continue;
        }
        let mut command = Command::cargo_bin("graphwhy").unwrap();
        command
            .current_dir(root)
            .args(args.split(' '))
            .env("NO_COLOR", "1")
            .env_remove("FORCE_COLOR")
            .env_remove("CLICOLOR_FORCE");
        let output = command.output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        fresh.push_str(&format!("{MARK}{args} -->\n```text\n{}\n```{rest}", printed.trim_end()));
        count += 1;
    }
    assert!(count >= 3, "the README shows {count} transcripts");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &fresh).unwrap();
        return;
    }
    assert!(
        fresh == text,
        "a transcript of the README is not what is printed: UPDATE_EXPECT=1 cargo test --test readme"
    );
}
