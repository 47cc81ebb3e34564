//! Real failures against what may rightly be said of them. Prints its table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    reason = "tests fail by panicking and print their table"
)]

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
}

/// Facts about the call itself may be certain whatever its message means.
const OF_THE_CALL: [&str; 4] = ["delegated-token", "token-expired", "service-fault", "throttled"];

fn diagnoses(input: &str) -> Vec<Diagnosis> {
    let catalogue = Catalogue::builtin();
    let source = Source::from_text("case", input.to_owned());
    incidents(&source, &catalogue)
        .iter()
        .map(|incident| explain(incident, Context { catalogue: &catalogue, snapshot: None, text: source.text() }))
        .collect()
}

#[test]
fn shown_failures() {
    let catalogue = Catalogue::builtin();
    let mut by_kind: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut false_certain = Vec::new();
    let mut with_answer = (0, 0);
    for line in include_str!("../testdata/errors.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        for slug in case.accept.iter().chain(&case.certain).chain(&case.allow) {
            assert!(catalogue.cause(slug).is_some(), "{}: `{slug}` is in no catalogue", case.id);
        }
        let results = diagnoses(&case.input);
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
                false_certain.push(format!("{} {}", case.id, finding.cause));
            }
        }
        let row = by_kind.entry(case.kind.clone()).or_default();
        row.1 += 1;
        row.0 += usize::from(right);
        if !case.accept.is_empty() {
            with_answer.1 += 1;
            with_answer.0 += usize::from(right);
        }
        if !right {
            wrong.push(format!(
                "{} ({}): {:?}",
                case.id,
                case.kind,
                first.map(|finding| (&finding.cause, finding.confidence))
            ));
        }
    }
    println!("{:20} right of", "kind");
    for (kind, (right, all)) in &by_kind {
        println!("{kind:20} {right:5} {all:2}");
    }
    println!("{:20} {:5} {:2}", "with an answer", with_answer.0, with_answer.1);
    println!("wrong: {wrong:#?}\nfalsely certain: {false_certain:#?}");
    assert!(false_certain.is_empty(), "called certain without being stated: {false_certain:?}");
    assert!(
        with_answer.0 * 100 >= with_answer.1 * 95,
        "first finding right for {} of {}",
        with_answer.0,
        with_answer.1
    );
    assert!(wrong.is_empty(), "{wrong:?}");
}
