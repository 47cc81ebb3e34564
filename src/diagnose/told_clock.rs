//! A failure without a clock, beside which a time stands. It is no proof of when it was: the failure is judged as of that
//! time and as of the state's, and the weaker of both is said.

use jiff::Timestamp;

use super::explain::explain_by;
use super::gates::time::EARLIER_SNAPSHOT;
use super::other_time::{accepted, is_of_tenant};
use super::told_time;
use super::{Context, Diagnosis, Finding, GateResult, IncidentVerdict, Outcome};
use crate::input::{Incident, Moment};
use crate::knowledge::Confidence;

/// Judges an incident with each time that stands with it.
pub(super) fn explain(incident: &Incident, context: Context<'_>, now: Option<Timestamp>) -> Diagnosis {
    let mut diagnosis = explain_by(incident, context, now);
    if context.snapshot.is_none() || incident.facts.moment.is_some() {
        return diagnosis;
    }
    for at in times(incident, context.text) {
        let mut dated = incident.clone();
        dated.facts.moment = Some(at);
        weaken(&mut diagnosis, explain_by(&dated, context, now));
        diagnosis.told_time.get_or_insert(at);
    }
    let undated = diagnosis.told_time.is_none();
    for at in ends(incident).into_iter().filter(|_| undated) {
        let mut dated = incident.clone();
        dated.facts.moment = Some(at);
        weaken(&mut diagnosis, explain_by(&dated, context, now));
    }
    diagnosis
}

/// The first and the last moment at which the token of a failure was accepted: the call was made between them.
fn ends(incident: &Incident) -> Vec<Moment> {
    let Some(at) = incident.facts.token.as_ref().and_then(|token| accepted(&token.value)) else { return Vec::new() };
    let is_known = |second: &i64| Timestamp::from_second(*second).is_ok();
    let ends = [at.earliest, at.latest.saturating_sub(1)].into_iter().filter(is_known);
    ends.map(|at| Moment { earliest: at, latest: at }).collect()
}

/// The oldest and the newest of them.
fn times(incident: &Incident, text: &str) -> Vec<Moment> {
    let told = told_time::of(text, incident.span).or(incident.facts.told.map(told_time::Told::at));
    let Some((first, last)) = told.and_then(|told| told.times) else { return Vec::new() };
    [first, last].into_iter().take(if first == last { 1 } else { 2 }).collect()
}

/// Leaves of a diagnosis what the other one says too.
fn weaken(diagnosis: &mut Diagnosis, mut other: Diagnosis) {
    let first = diagnosis.findings.first().map(|finding| finding.cause.clone());
    let mut lowered = Vec::new();
    for finding in diagnosis.findings.iter_mut().filter(|finding| is_of_tenant(finding.gate)) {
        let then = other.findings.iter().find(|it| it.cause == finding.cause);
        let confidence = then.map_or(Confidence::Possible, |then| then.confidence);
        if confidence >= finding.confidence {
            continue;
        }
        lowered.push(finding.cause.clone());
        match then.filter(|then| !then.explanation.is_empty()) {
            Some(then) => {
                finding.confidence = confidence;
                finding.explanation.clone_from(&then.explanation);
            }
            None => finding.lower(confidence, "at the time that is given with it, it may have been otherwise"),
        }
    }
    let is_found = |all: &[Finding], cause: &str| all.iter().any(|finding| finding.cause == cause);
    let missed = |finding: &&Finding| {
        let of_grant = finding.cause == "token-older-than-grant";
        (is_of_tenant(finding.gate) || of_grant) && !is_found(&diagnosis.findings, &finding.cause)
    };
    let mut added: Vec<Finding> = other.findings.iter().filter(missed).cloned().collect();
    for finding in &mut added {
        finding.confidence = Confidence::Possible;
        lowered.push(finding.cause.clone());
    }
    diagnosis.findings.extend(added);
    let rank = |finding: &Finding| other.findings.iter().position(|it| it.cause == finding.cause).unwrap_or(usize::MAX);
    crate::order::sort_by_key(&mut diagnosis.findings, |it| (std::cmp::Reverse(it.confidence), rank(it)));
    let is_out = |cause: &str| other.ruled_out.iter().any(|out| out.cause == cause);
    let found = &diagnosis.findings;
    diagnosis.ruled_out.retain(|out| is_out(&out.cause) && !is_found(found, &out.cause));
    for gate in diagnosis.gates.iter_mut().filter(|gate| is_of_tenant(gate.gate)) {
        if let Some(then) = other.gates.iter().find(|it| it.gate == gate.gate) {
            open(gate, then);
        }
    }
    diagnosis.undecided.retain(|one| !lowered.contains(&one.cause));
    let known = |cause: &str| diagnosis.undecided.iter().any(|one| one.cause == cause);
    let asked = other.undecided.into_iter().filter(|one| !known(&one.cause) && is_found(found, &one.cause));
    let asked: Vec<_> = asked.collect();
    diagnosis.undecided.extend(asked);
    if other.contradiction.is_none() {
        diagnosis.contradiction = None;
    }
    if diagnosis.findings.first().map(|finding| &finding.cause) != first.as_ref() {
        std::mem::swap(&mut diagnosis.fixes, &mut other.fixes);
    }
    let same = |one: &crate::fix::Fix| diagnosis.fixes.iter().any(|fix| fix.title == one.title);
    let rest: Vec<_> = other.fixes.into_iter().filter(|fix| !same(fix)).collect();
    diagnosis.fixes.extend(rest);
    let certain = diagnosis.findings.first().map(|finding| finding.confidence == Confidence::Certain);
    diagnosis.verdict = match certain {
        Some(true) => IncidentVerdict::Explained,
        Some(false) => IncidentVerdict::Narrowed,
        None => diagnosis.verdict,
    };
}

/// A gate that says two things of two times is open.
fn open(gate: &mut GateResult, then: &GateResult) {
    let skipped = |gate: &GateResult| gate.outcome == Outcome::Skipped;
    if gate.outcome == then.outcome || gate.outcome == Outcome::Unknown || skipped(gate) || skipped(then) {
        return;
    }
    if then.outcome == Outcome::Unknown {
        *gate = then.clone();
        return;
    }
    let note = "at the time that is given with it, it was otherwise";
    let note = if then.note.is_empty() { note.to_owned() } else { format!("{note}: {}", then.note) };
    let evidence = std::mem::take(&mut gate.evidence);
    *gate = GateResult::new(gate.gate, Outcome::Unknown).needing(EARLIER_SNAPSHOT).noting(note);
    gate.evidence = evidence;
}
