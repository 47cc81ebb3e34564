//! A failure of another tenant than the snapshot's.

use jiff::Timestamp;

use super::call_fixes::fixes_of;
use super::doubt::doubt_token;
use super::explain::{add_labels, explain_by, merge};
use super::undecided::settle_undecided;
use super::{Context, Diagnosis, GateResult, IncidentVerdict, Outcome, Question, judge};
use crate::input::{Fact, Incident, Span};
use crate::knowledge::{Confidence, Gate, Symptom, Text};

/// A failure whose token is of another tenant than the snapshot is judged without it: nothing that it says is of this call,
/// but that one of the two is the wrong one.
pub(super) fn explain(
    incident: &Incident,
    context: Context<'_>,
    question: &Question,
    symptoms: &[(&Symptom, Span)],
    now: Option<Timestamp>,
) -> Option<Diagnosis> {
    let snapshot = context.snapshot?;
    let own = question.token.as_ref()?.tenant?;
    snapshot.tenant_id.filter(|theirs| *theirs != own)?;
    let judgement = judge(question, context.snapshot, context.catalogue);
    let facts = &incident.facts;
    let mut found = judgement.findings;
    found.retain(|finding| finding.cause == "token-from-another-tenant");
    add_labels(&mut found, facts);
    doubt_token(&mut found, symptoms, facts, question.policy_asked);
    let of_text = Context { snapshot: None, ..context };
    let mut diagnosis = explain_by(incident, of_text, now);
    let of_token = |gate: &&GateResult| gate.gate == Gate::Token;
    let asked = diagnosis.gates.iter().find(of_token).is_some_and(|gate| gate.outcome != Outcome::Skipped);
    if found.is_empty() || !asked {
        return Some(diagnosis);
    }
    if let Some(token) = judgement.gates.iter().find(of_token) {
        for gate in diagnosis.gates.iter_mut().filter(|gate| gate.gate == Gate::Token) {
            *gate = token.clone();
        }
    }
    merge(&mut diagnosis.findings, found);
    crate::order::sort_by(&mut diagnosis.findings, |a, b| {
        (b.confidence, a.gate, &a.cause).cmp(&(a.confidence, b.gate, &b.cause))
    });
    let is_found = |cause: &Text| diagnosis.findings.iter().any(|finding| finding.cause == *cause);
    diagnosis.ruled_out.retain(|out| !is_found(&out.cause));
    settle_undecided(&mut diagnosis.undecided, &diagnosis.findings, context.catalogue);
    let mut known = diagnosis.facts.clone();
    let theirs = snapshot.tenant_id.map(|tenant| Fact::option(tenant.to_string()));
    known.named.extend(theirs.map(|tenant| ("user-tenant-id".into(), tenant)));
    diagnosis.fixes = fixes_of(&diagnosis.findings, question, None, of_text, &known);
    let certain = diagnosis.findings.first().is_some_and(|finding| finding.confidence == Confidence::Certain);
    diagnosis.verdict = if certain { IncidentVerdict::Explained } else { IncidentVerdict::Narrowed };
    Some(diagnosis)
}
