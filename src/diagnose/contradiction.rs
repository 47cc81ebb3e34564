//! Where the service's words and the snapshot say different things, and what explains it.

use super::doubt::DISABLED;
use super::explain::{finding, means};
use super::gates::rsc;
use super::gates::time::EARLIER_SNAPSHOT;
use super::{Context, Contradiction, Finding, GateResult, Label, Outcome, Question, RuledOut, judge, other_time};
use crate::causes;
use crate::fix::listed;
use crate::input::{Facts, Span};
use crate::knowledge::{Catalogue, Confidence, Gate, Symptom};
use crate::tenant::Snapshot;

/// The service's own words state a cause, and what was read passes its gate.
pub(super) fn contradicted(
    stated: &[Finding],
    ruled_out: &[RuledOut],
    gates: &[GateResult],
    facts: &Facts,
    snapshot: Option<&Snapshot>,
) -> Option<Contradiction> {
    let passes = |gate: Gate| {
        matches!(gate, Gate::Permission | Gate::User | Gate::Tenant)
            && gates.iter().any(|result| result.gate == gate && result.outcome == Outcome::Pass)
    };
    let (finding, out) = stated
        .iter()
        .filter(|finding| passes(finding.gate))
        .find_map(|finding| Some((finding, ruled_out.iter().find(|out| out.cause == finding.cause)?)))?;
    let mut explanations: Vec<String> = facts.conflicts().iter().map(|conflict| conflict.words.clone()).collect();
    if finding.gate == Gate::Permission {
        explanations.push("the token is older than the grant: it keeps its roles until it expires".into());
        if facts.token.is_none() {
            explanations
                .push("the call was made by another app: compare `appid` (or `azp`) of the caller's token".into());
        }
    }
    if finding.gate == Gate::User
        && let Some(window) = crate::knowledge::window("teams-license")
    {
        explanations.push(format!("the change is recent: {}", window.text));
    }
    explanations.push(other_time::order(snapshot, facts));
    let service = finding.labels.first().map(|label| label.text.clone()).unwrap_or_default();
    Some(Contradiction { snapshot: out.reason.clone(), service, explanations })
}

/// What an answer about the policy tells of the app.
pub(super) const ISSUED: &str = "Graph asked for the policy, so that the call came with a token, and Entra issues none to an \
                                 app without a service principal in the tenant";

/// What any other answer of Graph's does.
const ANSWERED: &str = "Graph answered the call, so that it came with a token, and Entra issues none to an app without a \
                        service principal in the tenant";

/// What the answer tells of the app: that the call came with a token of it; `None` where it may have had none.
pub(super) fn issued(call: &causes::Call<'_>) -> Option<&'static str> {
    if call.says_policy() {
        return Some(ISSUED);
    }
    call.was_let_in().then_some(ANSWERED)
}

/// Beside an answer about the policy, a state whose complete lists lack the app or the user may be of another tenant or
/// another time: what it proves of the policy is likely.
pub(super) fn doubt_lists(call: &causes::Call<'_>, findings: &mut [Finding]) {
    let lacks = |finding: &Finding| {
        ["app-unknown-in-tenant", "user-unknown"].contains(&finding.cause.as_ref()) && !finding.evidence.is_empty()
    };
    if issued(call).is_none() || !findings.iter().any(lacks) {
        return;
    }
    let words = "the lists that were read do not have the app or the user of this call: they may be of another tenant, or of \
                 another time";
    let certain = |it: &&mut Finding| it.gate == Gate::Policy && it.confidence == Confidence::Certain;
    findings.iter_mut().filter(certain).for_each(|finding| finding.lower(Confidence::Likely, words));
}

/// The service answered a call of an app that the complete list lacks.
pub(super) fn app_is_there(
    call: &causes::Call<'_>,
    findings: &[Finding],
    snapshot: Option<&Snapshot>,
) -> Option<Contradiction> {
    let is_missing = |finding: &Finding| finding.cause == "app-unknown-in-tenant" && !finding.evidence.is_empty();
    let issued = issued(call).filter(|_| findings.iter().any(is_missing))?;
    Some(Contradiction {
        snapshot: "the complete list of apps does not have it".to_owned(),
        service: issued.to_owned(),
        explanations: vec![
            "the call was made by another app: compare `appid` (or `azp`) of the caller's token".into(),
            other_time::order(snapshot, call.facts),
        ],
    })
}

/// Whether a gate is open for a change that came after the failure: that one was not on its way.
fn is_of_before(gate: &GateResult) -> bool {
    gate.needs.as_deref() == Some(EARLIER_SNAPSHOT)
}

/// The service refused for want of a policy, and the snapshot's policy gate passes; or it refused without a word, and
/// every gate of the state passes. `excluded`: the state excludes each cause that its words have.
pub(super) fn contradiction(
    call: &causes::Call<'_>,
    gates: &[GateResult],
    findings: &[Finding],
    excluded: bool,
) -> Option<Contradiction> {
    let (symptoms, facts) = (call.symptoms, call.facts);
    let of_policy = |symptom: &Symptom| causes::POLICY_MESSAGES.contains(&symptom.name.as_ref());
    let policy = gates.iter().find(|gate| gate.gate == Gate::Policy && gate.outcome == Outcome::Pass);
    let refused = match symptoms.iter().find(|(symptom, _)| of_policy(symptom)) {
        Some(refused) => policy.map(|_| refused)?,
        None if excluded => symptoms.first().filter(|_| policy.is_some() && !fails(gates))?,
        None => symptoms.first().filter(|_| call.is_refused_silently() && allows(gates, findings))?,
    };
    let time = gates.iter().find(|gate| gate.gate == Gate::Time);
    let propagating = findings.iter().any(|finding| finding.gate == Gate::Time);
    let mut explanations: Vec<String> = facts.conflicts().iter().map(|conflict| conflict.words.clone()).collect();
    match time.map(|gate| (gate.outcome, gate.until.as_deref())) {
        // What is documented of a policy's changes says nothing of a consent's.
        _ if policy.is_some_and(rsc::passes_by_consent) => explanations.push(
            "the consent in the meeting's chat was granted after the failure, or of another chat: no document says how soon \
             one takes effect"
                .into(),
        ),
        Some((Outcome::Unknown, Some(until))) => {
            explanations.push(format!("the change is younger than its documented delay: wait until {until}"));
        }
        Some((Outcome::Unknown, None)) if !time.is_some_and(is_of_before) => explanations.push("the change may be younger than its documented delay".into()),
        _ if propagating => explanations.push("the change may still propagate".into()),
        _ if policy.is_none() => {}
        _ => explanations.push(
            "the documented time is over, or no change is known; longer delays are reported, so check the client id of the token first".into(),
        ),
    }
    let lacks_role = gates.iter().any(|gate| gate.gate == Gate::Permission && gate.outcome == Outcome::Fail);
    if !lacks_role && findings.iter().any(|finding| finding.cause == "permission-not-granted") {
        explanations.push("the role was granted after the failure".into());
    }
    let apart = call.context.snapshot.and_then(|snapshot| other_time::apart(snapshot, facts));
    if let Some(apart) = &apart {
        explanations.insert(facts.conflicts().len(), format!("{apart}: it may have been otherwise then"));
    }
    if facts.token.is_none() {
        if !call.says_policy() {
            explanations.push("the token is older than the grant: it keeps its roles until it expires".into());
        }
        explanations.push("the call was made by another app: compare `appid` (or `azp`) of the caller's token".into());
    }
    // The words of the failure may say so, too: that is not of the snapshot.
    if findings.iter().any(|finding| finding.cause == DISABLED && !finding.evidence.is_empty()) {
        explanations.push(
            "the snapshot has the app's service principal as disabled, and Entra issues no token to it: the call's token \
             is older, or the app was disabled after the failure"
                .into(),
        );
    }
    explanations.push(match apart {
        Some(_) => "the snapshot is of another tenant".into(),
        None => other_time::order(call.context.snapshot, facts),
    });
    explanations.push("another registration of the same name made the call".into());
    let said = match policy {
        _ if !call.says_policy() => "nothing that was read forbids the call".to_owned(),
        Some(policy) if !policy.note.is_empty() => policy.note.clone(),
        _ => "the effective policy lists the app".to_owned(),
    };
    Some(Contradiction { snapshot: said, service: refused.0.means.to_string(), explanations })
}

/// What the tenant's state leaves open, or forbids, beside what passes; `None` = nothing: the snapshot allows the call.
#[must_use]
pub fn beside_what_passes(gates: &[GateResult]) -> Option<String> {
    let with = |outcome: Outcome, one: &str, several: &str| {
        let of_state = gates.iter().filter(|gate| other_time::OF_STATE.contains(&gate.gate));
        let names: Vec<String> =
            of_state.filter(|gate| gate.outcome == outcome).map(|gate| gate.gate.name().to_owned()).collect();
        let verb = if names.len() == 1 { one } else { several };
        (!names.is_empty()).then(|| format!("{} {verb}", listed(&names)))
    };
    let words: Vec<String> =
        [with(Outcome::Fail, "is refused", "are refused"), with(Outcome::Unknown, "is not known", "are not known")]
            .into_iter()
            .flatten()
            .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn fails(gates: &[GateResult]) -> bool {
    gates.iter().any(|gate| gate.outcome == Outcome::Fail)
}

/// Whether every gate of the state that the call is asked passes, and nothing else is proved.
fn allows(gates: &[GateResult], findings: &[Finding]) -> bool {
    let is = |gate: Gate, outcome: Outcome| gates.iter().any(|it| it.gate == gate && it.outcome == outcome);
    let of_state = [Gate::Permission, Gate::User, Gate::Policy, Gate::Tenant];
    is(Gate::Permission, Outcome::Pass)
        && of_state.iter().all(|gate| is(*gate, Outcome::Pass) || is(*gate, Outcome::Skipped))
        && !fails(gates)
        && findings.iter().all(|finding| finding.confidence < Confidence::Certain)
}

/// The service found neither a policy nor a consent in the meeting's chat, and the state has such a consent: what the
/// policies alone prove is likely.
pub(super) fn without_consent(question: &Question, context: Context<'_>) -> Vec<Finding> {
    let Some(snapshot) = context.snapshot else { return Vec::new() };
    let without = Snapshot { rsc: Some(Vec::new()), ..snapshot.clone() };
    let mut found = judge(question, Some(&without), context.catalogue).findings;
    found.retain(|finding| finding.gate == Gate::Policy);
    let words = "the state has a consent in the meeting's chat, which the service did not find";
    found.iter_mut().for_each(|finding| finding.lower(finding.confidence.min(Confidence::Likely), words));
    found
}

/// The service refused for want of a policy, and every gate passes: nothing that was read explains it, and what is
/// reported beyond the documents is that a change takes longer.
pub(super) fn longer_delay(symptoms: &[(&Symptom, Span)], gates: &[GateResult], catalogue: &Catalogue) -> Vec<Finding> {
    let of_policy = |symptom: &Symptom| causes::POLICY_MESSAGES.contains(&symptom.name.as_ref());
    let Some((symptom, span)) = symptoms.iter().find(|(symptom, _)| of_policy(symptom)).or(symptoms.first()) else {
        return Vec::new();
    };
    let allows = match beside_what_passes(gates) {
        None => "the snapshot allows the call".to_owned(),
        Some(rest) => format!("the policy part of the snapshot allows the call ({rest})"),
    };
    let open = "a change may have been on its way that the snapshot does not date, and";
    let delay = |cause: &str, what: String| {
        let mut found = finding(catalogue.cause(cause)?, Confidence::Possible);
        found.explanation = format!("{allows}: {open} {what}");
        found.labels.push(Label { span: *span, text: means(symptom) });
        Some(found)
    };
    let by_group = gates.iter().any(|gate| {
        gate.gate == Gate::Policy
            && gate.evidence.iter().any(|one| one.object.starts_with("group ") && one.field == "policy")
    });
    let of_group = crate::knowledge::window("group-assignment").filter(|_| by_group);
    let policy = delay("policy-still-propagating", "longer delays than 30 minutes are reported".to_owned());
    let group = of_group.and_then(|window| {
        let words = format!("the policy reaches the user through a group: {}", window.text);
        delay("group-assignment-still-propagating", words)
    });
    group.into_iter().chain(policy).collect()
}

/// The service refused without a word, and every gate passes: the token of the call is not at hand.
pub(super) fn older_token(catalogue: &Catalogue) -> Option<Finding> {
    let mut found = finding(catalogue.cause("token-older-than-grant")?, Confidence::Possible);
    found.explanation = "the snapshot shows the role granted, and not since when: the call's token may be older".into();
    Some(found)
}
