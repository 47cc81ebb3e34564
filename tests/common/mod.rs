//! Running the binary as a person would, away from this machine's settings.
#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run left behind.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{self:?}"))
    }

    /// Standard output as one JSON document a line.
    pub fn lines(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}\n{line}")))
            .collect()
    }
}

/// The command without variables that change what it prints.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphwhy"));
    for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GRAPHWHY_TOKEN", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

/// Runs the binary with these arguments and this standard input.
pub fn graphwhy<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>, stdin: impl AsRef<[u8]>) -> Run {
    finish(command().args(args), stdin.as_ref())
}

/// Runs a prepared command with this standard input.
pub fn finish(command: &mut Command, stdin: &[u8]) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut pipe = child.stdin.take().expect("piped");
    let bytes = stdin.to_vec();
    // A command that fails before it reads closes the pipe: that is its right.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("written");
    Run {
        code: output.status.code().expect("no signal"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A file below `testdata/`.
pub fn testdata(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

/// The findings of a result as `cause confidence`.
pub fn findings(result: &Value) -> Vec<String> {
    result["findings"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|it| format!("{} {}", it["cause"].as_str().unwrap_or("?"), it["confidence"].as_str().unwrap_or("?")))
        .collect()
}
