//! What one `explain` costs as a whole process, as ratios to `true` and `jq .` measured in the same run.
//!
//! `cargo bench --bench startup`. Ratios to `jq` mean jq 1.6, which needs 25 to 32 ms to start; later versions are faster.
//! Of a machine that does other work too, the ratio of the minima says more than the one of the medians.
//!
//! A linker writes its file page by page, and so it lies in the system's memory until it is read anew; `true` came there in
//! large pieces, as every file that is installed, and starts sooner for that. So the program is timed as it was linked and
//! as a copy, which is what `cargo install` makes.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its figures and stops where it cannot measure"
)]

mod common;

use std::path::Path;

use common::{Run, in_turn, ratio};

const RUNS: usize = 200;

const FAILURE: &str = r#"{
  "error": {
    "code": "Forbidden",
    "message": "No application access policy found for this app.",
    "innerError": { "date": "2026-11-20T10:05:21", "request-id": "1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21" }
  }
}
"#;

fn main() {
    let binary = env!("CARGO_BIN_EXE_graphwhy");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("failure.json");
    std::fs::write(&file, FAILURE).unwrap();
    let file = file.to_str().unwrap();
    let installed = dir.path().join("graphwhy");
    std::fs::copy(binary, &installed).unwrap();
    let commands: [Run<'_>; 4] = [
        ("true", "true", vec![]),
        ("explain, linked", binary, vec!["explain", file]),
        ("explain, installed", installed.to_str().unwrap(), vec!["explain", file]),
        ("jq .", "jq", vec![".", file]),
    ];
    if let [base, linked, explain, jq] = in_turn(&commands, RUNS).as_slice() {
        ratio("linked / true", linked, base, "at most 3");
        ratio("installed / true", explain, base, "at most 3");
        if jq.iter().all(|time| !time.is_zero()) {
            ratio("jq / explain", jq, explain, "at least 8");
        }
    }
    let size = std::fs::metadata(Path::new(binary)).map_or(0, |metadata| metadata.len());
    let online = if cfg!(feature = "online") { "with `fetch`" } else { "at most 10" };
    println!("binary             {:>7.2} MB   {online}", size as f64 / 1e6);
}
