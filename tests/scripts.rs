//! Scripts and runbooks: what must be raised and what must not, fixes, and spellings that mean the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and print a table"
)]

use graphwhy::knowledge::{Catalogue, Severity};
use graphwhy::script::{Linted, lint};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    path: String,
    text: String,
    expect: Vec<String>,
    forbid: Vec<String>,
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string("testdata/scripts.jsonl").unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn run(text: &str, name: &str) -> Linted {
    lint(text, name, &Catalogue::builtin())
}

#[test]
fn corpus() {
    let mut wrong = Vec::new();
    for case in cases() {
        let linted = run(&case.text, &case.path);
        let found: Vec<String> = linted.findings.iter().map(|f| f.cause.to_string()).collect();
        let missing: Vec<&String> = case.expect.iter().filter(|e| !found.contains(e)).collect();
        let forbidden: Vec<&String> = case.forbid.iter().filter(|e| found.contains(e)).collect();
        let loud = case.expect.is_empty()
            && linted.findings.iter().any(|f| f.severity >= Severity::Warning);
        println!("{:<28} {:?} missing {missing:?} forbidden {forbidden:?} notes {:?}", case.id, found, linted.notes);
        if !missing.is_empty() || !forbidden.is_empty() || loud {
            wrong.push(case.id);
        }
    }
    assert!(wrong.is_empty(), "wrong: {wrong:?}");
}
