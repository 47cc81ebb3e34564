//! Real failures, and forms of them, against what may rightly be said. Each test prints its table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    reason = "tests fail by panicking and print their table"
)]

#[path = "corpus/certainty.rs"]
mod certainty;
#[path = "corpus/forms.rs"]
mod forms;
#[path = "corpus/gates.rs"]
mod gates;

use std::collections::BTreeMap;

use graphwhy::diagnose::{Context, Diagnosis, IncidentVerdict, explain};
use graphwhy::input::incidents;
use graphwhy::knowledge::{Catalogue, Confidence};
use graphwhy::source::Source;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    kind: String,
    input: String,
    accept: Vec<String>,
    certain: Vec<String>,
    #[serde(default)]
    allow: Vec<String>,
    /// Causes that this text must not suggest at all.
    #[serde(default)]
    forbid: Vec<String>,
}

/// Facts about the call itself may be certain whatever its message means.
const OF_THE_CALL: [&str; 4] = ["delegated-token", "token-expired", "service-fault", "throttled"];

fn diagnoses(catalogue: &Catalogue, input: &str) -> Vec<Diagnosis> {
    let source = Source::from_text("case", input.to_owned());
    incidents(&source, catalogue)
        .iter()
        .map(|incident| explain(incident, Context { catalogue, snapshot: None, text: source.text() }))
        .collect()
}

/// What was found, counted.
#[derive(Default)]
struct Score {
    by_kind: BTreeMap<String, (usize, usize)>,
    with_answer: (usize, usize),
    wrong: Vec<String>,
    false_certain: Vec<String>,
    forbidden: Vec<String>,
}

impl Score {
    fn add(&mut self, case: &Case, results: &[Diagnosis]) {
        let first = results.first().and_then(|diagnosis| diagnosis.findings.first());
        let right = if case.accept.is_empty() {
            results.iter().all(|diagnosis| {
                diagnosis.verdict != IncidentVerdict::Explained
                    || diagnosis.findings.iter().all(|finding| OF_THE_CALL.contains(&finding.cause.as_ref()))
            })
        } else {
            first.is_some_and(|finding| case.accept.iter().any(|slug| *slug == finding.cause))
        };
        for finding in results.iter().flat_map(|diagnosis| &diagnosis.findings) {
            let stated =
                case.certain.iter().any(|slug| *slug == finding.cause) || OF_THE_CALL.contains(&finding.cause.as_ref());
            if finding.confidence == Confidence::Certain && !stated {
                self.false_certain.push(format!("{} {}", case.id, finding.cause));
            }
            if case.forbid.iter().any(|slug| *slug == finding.cause) {
                self.forbidden.push(format!("{} {}", case.id, finding.cause));
            }
        }
        let row = self.by_kind.entry(case.kind.clone()).or_default();
        row.1 += 1;
        row.0 += usize::from(right);
        if !case.accept.is_empty() {
            self.with_answer.1 += 1;
            self.with_answer.0 += usize::from(right);
        }
        if !right {
            self.wrong.push(format!(
                "{} ({}): {:?}",
                case.id,
                case.kind,
                first.map(|finding| (&finding.cause, finding.confidence))
            ));
        }
    }

    fn print(&self) {
        println!("{:20} right   of", "kind");
        for (kind, (right, all)) in &self.by_kind {
            println!("{kind:20} {right:5} {all:4}");
        }
        println!("{:20} {:5} {:4}", "with an answer", self.with_answer.0, self.with_answer.1);
        println!(
            "wrong: {:#?}\nfalsely certain: {:#?}\nforbidden: {:#?}",
            self.wrong, self.false_certain, self.forbidden
        );
    }

    /// The first finding is right for at least this part in a hundred, and nothing is falsely certain.
    fn assert(&self, percent: usize) {
        self.print();
        assert!(self.false_certain.is_empty(), "called certain without being stated: {:?}", self.false_certain);
        assert!(self.forbidden.is_empty(), "named against the facts: {:?}", self.forbidden);
        let (right, all) = self.with_answer;
        assert!(right * 100 >= all * percent, "first finding right for {right} of {all}");
    }
}

fn score(cases: &str) -> Score {
    let catalogue = Catalogue::builtin();
    let mut score = Score::default();
    for line in cases.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        for slug in case.accept.iter().chain(&case.certain).chain(&case.allow).chain(&case.forbid) {
            assert!(catalogue.cause(slug).is_some(), "{}: `{slug}` is in no catalogue", case.id);
        }
        score.add(&case, &diagnoses(&catalogue, &case.input));
    }
    score
}

#[test]
fn shown_failures() {
    let score = score(include_str!("../testdata/errors.jsonl"));
    score.assert(95);
    assert!(score.wrong.is_empty(), "{:?}", score.wrong);
}

/// Failures of the same kinds in other clients, logs and languages; near-misses that are none; texts that are healthy.
/// Only the messages of services and clients are real. Each was labelled before it was first tried.
#[test]
fn collected_failures() {
    let score = score(include_str!("../testdata/collected.jsonl"));
    score.assert(95);
    assert!(score.wrong.is_empty(), "{:?}", score.wrong);
}
