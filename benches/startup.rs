//! What one `explain` costs as a whole process, as ratios to `true` and `jq .` measured in the same run.
//!
//! `cargo bench --bench startup`. Ratios to `jq` mean jq 1.6, which needs 25 to 32 ms to start; later versions are faster.
//! Of a machine that does other work too, the ratio of the minima says more than the one of the medians.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its figures and stops where it cannot measure"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 200;

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

/// Minimum and median.
fn of(times: &mut [Duration]) -> [Duration; 2] {
    times.sort_unstable();
    [0, times.len() / 2].map(|index| times.get(index).copied().unwrap_or_default())
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
    println!("{:18} {:>10} {:>10}   of {RUNS} runs in turn", "", "minimum", "median");
    let figures: Vec<[Duration; 2]> = times.iter_mut().map(|times| of(times)).collect();
    for ((name, ..), figures) in commands.iter().zip(&figures) {
        match figures.map(|time| time.as_secs_f64() * 1e3) {
            [0.0, _] => println!("{name:18} not installed"),
            [minimum, median] => println!("{name:18} {minimum:>7.2} ms {median:>7.2} ms"),
        }
    }
    if let [base, explain, jq] = figures.as_slice() {
        let ratio = |over: &[Duration; 2], under: &[Duration; 2], index: usize| {
            let [over, under] = [over, under].map(|times| times.get(index).map_or(0.0, Duration::as_secs_f64));
            over / under
        };
        println!(
            "{:18} {:>10.2} {:>10.2}   at most 3",
            "explain / true",
            ratio(explain, base, 0),
            ratio(explain, base, 1)
        );
        if jq.iter().all(|time| !time.is_zero()) {
            println!(
                "{:18} {:>10.2} {:>10.2}   at least 8",
                "jq / explain",
                ratio(jq, explain, 0),
                ratio(jq, explain, 1)
            );
        }
    }
    let size = std::fs::metadata(Path::new(binary)).map_or(0, |metadata| metadata.len());
    let online = if cfg!(feature = "online") { "with `fetch`" } else { "at most 10" };
    println!("binary             {:>7.2} MB   {online}", size as f64 / 1e6);
}
