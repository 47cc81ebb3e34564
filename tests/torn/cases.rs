//! Texts with what must be found in them, notation by notation (`testdata/torn/*.toml`).

use std::fmt::Write as _;

use super::{Case, Expected, assert_spans, flat, look, torn_cases};
use graphwhy::knowledge::Catalogue;

#[test]
fn every_notation() {
    let catalogue = Catalogue::builtin();
    let mut wrong = String::new();
    for case in torn_cases() {
        let actual = expected_of(&catalogue, &case);
        if actual != case.incident {
            write!(wrong, "\n# {} gives\n{}", case.name, written(&actual)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn expected_of(catalogue: &Catalogue, case: &Case) -> Vec<Expected> {
    let found = look(catalogue, &case.bytes());
    assert_spans(&found, &case.name);
    let one = found.incidents.iter().zip(&found.diagnoses);
    one.map(|(incident, diagnosis)| Expected {
        symptoms: incident.symptoms.iter().map(|hit| hit.symptom.to_string()).collect(),
        underlined: incident.symptoms.iter().map(|hit| found.source.slice(hit.span).to_owned()).collect(),
        cause: diagnosis.findings.first().map(|finding| finding.cause.to_string()),
        facts: flat(&incident.facts),
    })
    .collect()
}

/// As it stands in the file.
fn written(incidents: &[Expected]) -> String {
    let mut out = String::new();
    for incident in incidents {
        out.push_str("[[case.incident]]\n");
        let list = |texts: &[String]| texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ");
        if !incident.symptoms.is_empty() {
            writeln!(out, "symptoms = [{}]\nunderlined = [{}]", list(&incident.symptoms), list(&incident.underlined))
                .unwrap();
        }
        if let Some(cause) = &incident.cause {
            writeln!(out, "cause = {}", quoted(cause)).unwrap();
        }
        out.push_str("[case.incident.facts]\n");
        for (name, value) in &incident.facts {
            writeln!(out, "{name} = {}", quoted(value)).unwrap();
        }
    }
    out
}

fn quoted(text: &str) -> String {
    // Both escape the same characters in the same way.
    serde_json::to_string(text).unwrap()
}
