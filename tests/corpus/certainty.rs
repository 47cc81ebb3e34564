//! What may be called certain: words of a failure, and not words that are only spoken about, that another service or
//! cmdlet prints, or that the call itself speaks against. All texts are made up; each was written with its label before
//! it was first tried.

use serde::Deserialize;

use super::diagnoses;
use graphwhy::diagnose::Diagnosis;
use graphwhy::knowledge::{Catalogue, Confidence};

#[derive(Deserialize)]
struct Text {
    id: String,
    input: String,
    /// The cause that the words state.
    #[serde(default)]
    cause: String,
    /// How sure it is to be.
    #[serde(default)]
    confidence: Option<Confidence>,
    /// Causes that hold all the same.
    #[serde(default)]
    but: Vec<String>,
}

fn texts(lines: &str) -> Vec<Text> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn certain(results: &[Diagnosis]) -> Vec<String> {
    let findings = results.iter().flat_map(|diagnosis| &diagnosis.findings);
    findings
        .filter(|finding| finding.confidence == Confidence::Certain)
        .map(|finding| finding.cause.to_string())
        .collect()
}

#[test]
fn words_of_a_failure_keep_their_confidence() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    for text in texts(include_str!("../../testdata/certainty/stated.jsonl")) {
        let results = diagnoses(&catalogue, &text.input);
        let findings = results.iter().flat_map(|diagnosis| &diagnosis.findings);
        let found = findings.filter(|it| it.cause == text.cause).map(|it| it.confidence).max();
        if found.is_none() || found != text.confidence {
            wrong.push(format!("{}: {} is {found:?}", text.id, text.cause));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn words_that_are_spoken_about_prove_nothing() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    for text in texts(include_str!("../../testdata/certainty/spoken.jsonl")) {
        let found = certain(&diagnoses(&catalogue, &text.input));
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}", text.id));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Words quoted by another failure, entries of tables, headings of pages, lists of roles that name none, words of a cmdlet
/// that do not name it.
#[test]
fn words_that_are_listed_or_quoted_prove_nothing() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    for text in texts(include_str!("../../testdata/certainty/listed.jsonl")) {
        let found = certain(&diagnoses(&catalogue, &text.input));
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}", text.id));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn words_that_others_print_or_the_call_speaks_against_prove_nothing() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    for text in texts(include_str!("../../testdata/certainty/elsewhere.jsonl")) {
        let mut found = certain(&diagnoses(&catalogue, &text.input));
        found.retain(|cause| !text.but.contains(cause));
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}", text.id));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
