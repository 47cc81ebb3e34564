//! Equal failures are told once to people: what differs between them is only when they happened and under which ids.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::diagnose::Diagnosis;
use crate::source::Source;

/// So many lines are named of the failures that are not told again.
const LINES: usize = 8;

/// The same failure, by the place of its first diagnosis and the places of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The index of the one that is told.
    pub first: usize,
    /// The indexes of those that say the same.
    pub others: Vec<usize>,
}

/// Puts equal failures together, in the order of the first of each.
#[must_use]
pub fn repeated(diagnoses: &[Diagnosis]) -> Vec<Repeated> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut found: Vec<Repeated> = Vec::new();
    for (index, diagnosis) in diagnoses.iter().enumerate() {
        let place = *places.entry(key(diagnosis)).or_insert(found.len());
        match found.get_mut(place) {
            Some(known) => known.others.push(index),
            None => found.push(Repeated { first: index, others: Vec::new() }),
        }
    }
    found
}

/// All that a report says of a failure, but its place, its request ids and its date.
fn key(diagnosis: &Diagnosis) -> String {
    let facts = &diagnosis.facts;
    let text = |fact: &Option<crate::input::Fact<String>>| fact.as_ref().map(|fact| fact.value.clone());
    let id = |fact: &Option<crate::input::Fact<uuid::Uuid>>| fact.as_ref().map(|fact| fact.value);
    let mut key = format!("{:?}", (diagnosis.verdict, &diagnosis.scope, &diagnosis.contradiction));
    for finding in &diagnosis.findings {
        // Writing to a string never fails.
        let _ = write!(key, "{:?}", (&finding.cause, finding.confidence, finding.gate, &finding.explanation));
    }
    for gate in &diagnosis.gates {
        let _ = write!(key, "{:?}", (gate.gate, gate.outcome, &gate.note, &gate.until));
    }
    let _ = write!(
        key,
        "{:?}{:?}",
        [
            text(&facts.code),
            text(&facts.inner_code),
            text(&facts.message),
            text(&facts.user),
            text(&facts.method),
            text(&facts.path),
            text(&facts.host),
            // The parts of a batch are as many requests; the same part told again is one.
            text(&facts.part),
        ],
        [id(&facts.app_id), id(&facts.user_id), id(&facts.organizer_id), id(&facts.tenant_id)],
    );
    let _ = write!(
        key,
        "{:?}",
        (
            facts.status.as_ref().map(|fact| fact.value),
            facts.retry_after.as_ref().map(|fact| &fact.value),
            facts.token_kind.as_ref().map(|fact| fact.value),
            facts.roles.as_ref().map(|fact| &fact.value),
            facts.required.as_ref().map(|fact| &fact.value),
            facts.meeting.as_ref().map(|fact| &fact.value.text),
            &facts.token,
            &facts.asked,
            &facts.others,
        )
    );
    key
}

/// `the same failure 311 more times: lines 12, 40, 88, ...`; nothing where it stands once.
#[must_use]
pub fn told_once(repeated: &Repeated, diagnoses: &[Diagnosis], source: &Source) -> Option<String> {
    let count = repeated.others.len();
    let mut lines: Vec<usize> = repeated
        .others
        .iter()
        .filter_map(|index| diagnoses.get(*index))
        .map(|diagnosis| source.position(diagnosis.span.start).line)
        .collect();
    lines.dedup();
    let named: Vec<String> = lines.iter().take(LINES).map(ToString::to_string).collect();
    let more = if lines.len() > LINES { ", …" } else { "" };
    let word = if lines.len() == 1 { "line" } else { "lines" };
    let times = if count == 1 { "once more".to_owned() } else { format!("{count} more times") };
    (count > 0).then(|| format!("the same failure {times}: {word} {}{more}", named.join(", ")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests fail by panicking")]

    use super::*;
    use crate::diagnose::{Context, explain};
    use crate::input::incidents;
    use crate::knowledge::Catalogue;

    #[test]
    fn only_ids_and_dates_may_differ() {
        let failure = |code: &str, id: char| {
            let id = id.to_string();
            let id = ["8", "4", "4", "4", "12"].map(|len| id.repeat(len.parse().unwrap_or(0))).join("-");
            format!(
                "{{\"error\":{{\"code\":\"{code}\",\"message\":\"No application access policy found for this app\",\"innerError\":{{\"request-id\":\"{id}\"}}}}}}\n"
            )
        };
        let text = failure("Forbidden", '1') + &failure("General", '2') + &failure("Forbidden", '3');
        let source = Source::from_text("t", text.clone() + &failure("Forbidden", '4'));
        let catalogue = Catalogue::builtin();
        let diagnoses: Vec<Diagnosis> = incidents(&source, &catalogue)
            .iter()
            .map(|incident| explain(incident, Context { catalogue: &catalogue, snapshot: None, text: source.text() }))
            .collect();
        let found = repeated(&diagnoses);
        assert_eq!(found, [Repeated { first: 0, others: vec![2, 3] }, Repeated { first: 1, others: vec![] }]);
        assert_eq!(
            told_once(&found[0], &diagnoses, &source).as_deref(),
            Some("the same failure 2 more times: lines 3, 4")
        );
        assert_eq!(told_once(&found[1], &diagnoses, &source), None);
    }
}
