//! What one `explain` costs as a whole process, as ratios to `true` and `jq .` measured in the same run.
//!
//! `cargo bench --bench startup`. Ratios to `jq` mean jq 1.6, which needs 25 to 32 ms to start; later versions are faster.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its figures and stops where it cannot measure"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 60;

const FAILURE: &str = r#"{
  "error": {
    "code": "Forbidden",
    "message": "No application access policy found for this app.",
    "innerError": { "date": "2026-11-20T10:05:21", "request-id": "1c0a4f6e-2b7d-4e59-9a38-5d7e6c4b3a21" }
  }
}
"#;

fn time(program: &str, args: &[&str]) -> Option<Duration> {
    let start = Instant::now();
    Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    Some(start.elapsed())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn main() {
    let binary = env!("CARGO_BIN_EXE_graphwhy");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("failure.json");
    std::fs::write(&file, FAILURE).unwrap();
    let file = file.to_str().unwrap();
    let commands: [(&str, &str, Vec<&str>); 3] = [
        ("true", "true", vec![]),
        ("graphwhy explain", binary, vec!["explain", file]),
        ("jq .", "jq", vec![".", file]),
    ];
    // In turn, so that a drift of the machine's speed meets all of them.
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); commands.len()];
    for _ in 0..RUNS {
        for ((_, program, args), times) in commands.iter().zip(&mut times) {
            times.extend(time(program, args));
        }
    }
    let medians: Vec<Duration> = times.iter_mut().map(|times| median(times)).collect();
    for ((name, ..), (median, times)) in commands.iter().zip(medians.iter().zip(&times)) {
        let words =
            if times.is_empty() { "not installed".to_owned() } else { format!("{:.2} ms", median.as_secs_f64() * 1e3) };
        println!("{name:18} {words:>14}   median of {}", times.len());
    }
    if let [base, explain, jq] = medians.as_slice() {
        println!("explain / true     {:>14.2}   at most 3", explain.as_secs_f64() / base.as_secs_f64());
        if !jq.is_zero() {
            println!("jq / explain       {:>14.2}   at least 8", jq.as_secs_f64() / explain.as_secs_f64());
        }
    }
    let size = std::fs::metadata(Path::new(binary)).map_or(0, |metadata| metadata.len());
    println!("binary             {:>11.2} MB   at most 10", size as f64 / 1e6);
}
