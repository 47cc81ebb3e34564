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

/// The request id, the date and the roles of the last failure of a text.
fn told(text: &str) -> (Option<String>, Option<String>, Option<Vec<String>>) {
    let found = look(&Catalogue::builtin(), text.as_bytes());
    let facts = &found.incidents.last().expect("a failure").facts;
    let text = |fact: &Option<graphwhy::input::Fact<String>>| fact.as_ref().map(|fact| fact.value.clone());
    (text(&facts.request_id), text(&facts.date), facts.roles.as_ref().map(|fact| fact.value.clone()))
}

#[test]
fn ids_of_a_failure() {
    const ID: &str = "7ccff726-6932-4dce-badc-9083a4b341ff";
    const MESSAGE: &str = "No application access policy found for this app.";
    let own = Some(ID.to_owned());
    let of_python = format!("{{'error': {{'message': '{MESSAGE}', 'innerError': {{'request-id': UUID('{ID}')}}}}}}");
    assert_eq!(told(&of_python).0, own);
    assert_eq!(told(&format!("list: HTTP 403 Forbidden: {MESSAGE} (request-id {ID})")).0, own);
    // Of a call that works, of another record, and of the success above.
    assert_eq!(
        told(&format!("The first call works (200 OK, request id {ID}).\nThe second says: 403 {MESSAGE}")).0,
        None
    );
    let date = "Fri, 20 Nov 2026 10:00:21 GMT";
    let records = format!(
        "{{\"time\": 1, \"res\": {{\"status\": 200, \"headers\": {{\"date\": \"{date}\", \"request-id\": \"{ID}\"}}}}}}\n\
         {{\"time\": 2, \"res\": {{\"status\": 403, \"body\": {{\"error\": {{\"code\": \"Forbidden\", \"message\": \"{MESSAGE}\"}}}}}}}}"
    );
    assert_eq!(told(&records), (None, None, None));
    let call = "GET https://graph.microsoft.com/v1.0/users/748d2cbb-3b55-40ed-8c34-2eae5932b22a/onlineMeetings";
    let lines = format!(
        "{call} 200 Date: {date}\n{call} 403 {{\"error\": {{\"code\": \"Forbidden\", \"message\": \"{MESSAGE}\"}}}}"
    );
    assert_eq!(told(&lines).1, None);
}

#[test]
fn no_roles_escaped_once_more() {
    let words = r"Missing role permissions on the request. API requires one of \\'OnlineMeetings.Read.All\\'. Roles on the request \\'\\'.";
    let text = format!("\"GraphError(status=403, code='Forbidden', message='{words}')\"");
    assert_eq!(told(&text).2, Some(Vec::new()));
}
