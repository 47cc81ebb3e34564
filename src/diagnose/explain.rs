//! An incident and what is known of the tenant become findings with their proof.

use super::another_tenant;
use super::between::{self, Between};
use super::both_gates;
use super::call_fixes::fixes_of;
use super::contradiction::{self, contradicted, contradiction};
use super::doubt::{
    DISABLED, doubt_call, doubt_neighbours, doubt_pair, doubt_shape, doubt_state, doubt_token, doubt_words,
    drop_unread, open_neighbours, prefer_narrow,
};
use super::first;
use super::gates::{rsc, time};
use super::one_group;
use super::one_policy;
use super::other_time::{OF_STATE, Then, is_of_tenant};
use super::own_command;
use super::own_objects;
use super::repaired;
use super::replayed;
use super::ruled_out::rule_out_by_gates;
use super::settled_gates::settle_gates;
use super::status_alone;
use super::told_above;
use super::told_change;
use super::told_clock;
use super::told_kind;
use super::told_read;
use super::told_tenant;
use super::told_wait;
use super::undecided::{ask_nothing_again, ask_who_called, drop_read, settle_undecided};
use super::young_grant;
use super::{Contradiction, Finding, GateResult, Judgement, Label, Outcome, Question, RuledOut, Undecided, judge};
use crate::causes;
use crate::fix::{self, Fix};
use crate::input::{Fact, Facts, Incident, Moment, Span, TokenKind};
use crate::knowledge::{Catalogue, Cause, Confidence, Gate, Symptom, Text};
use crate::tenant::{self, Change, Snapshot, Told};
use jiff::Timestamp;

/// How far an incident is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentVerdict {
    /// The first finding is certain.
    Explained,
    /// There are findings, none certain.
    Narrowed,
    /// The catalogue does not know what the message means.
    Unrecognised,
}

impl IncidentVerdict {
    /// The name used in JSON and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Explained => "explained",
            Self::Narrowed => "narrowed",
            Self::Unrecognised => "unrecognised",
        }
    }
}

/// All that is said of an incident.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// Where the incident stands.
    pub span: Span,
    /// What is known around it.
    pub facts: Facts,
    /// The object id of the user that was judged, resolved where only a name is at hand.
    pub user_id: Option<uuid::Uuid>,
    /// How far it is explained.
    pub verdict: IncidentVerdict,
    /// The nine gates.
    pub gates: Vec<GateResult>,
    /// Causes that fit, by confidence, gate and slug.
    pub findings: Vec<Finding>,
    /// Causes that do not, with the reason.
    pub ruled_out: Vec<RuledOut>,
    /// Causes that one read would decide.
    pub undecided: Vec<Undecided>,
    /// Service and snapshot disagree.
    pub contradiction: Option<Contradiction>,
    /// Fixes of the findings, in their order.
    pub fixes: Vec<Fix>,
    /// A restriction of what is said (resource-specific consent, a historic wording).
    pub scope: Option<String>,
    /// When the state was read, where the text tells nothing of the time of the failure and it is judged as of that one.
    pub assumed_time: Option<Timestamp>,
    /// The time that stands with a failure without a clock, as of which it is judged too.
    pub told_time: Option<Moment>,
    /// What the message says, by symptom.
    pub symptoms: Vec<(String, Label)>,
}

/// What an incident is judged with, beside its text.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The snapshot of the incident's tenant, if there is one.
    pub snapshot: Option<&'a Snapshot>,
    /// The text that the incident stands in, for evidence that is no fact.
    pub text: &'a str,
}

/// Judges an incident. Pure: the clock is `incident.facts.moment`.
#[must_use]
pub fn explain(incident: &Incident, context: Context<'_>) -> Diagnosis {
    told_clock::explain(incident, context, None)
}

/// Judges an incident now: a failure without a time is taken to be recent, so that an old snapshot is no proof of it.
#[must_use]
pub fn explain_now(incident: &Incident, context: Context<'_>, now: Timestamp) -> Diagnosis {
    told_clock::explain(incident, context, Some(now))
}

pub(super) fn explain_by(incident: &Incident, context: Context<'_>, now: Option<Timestamp>) -> Diagnosis {
    let kind = told_kind::of(context.text, incident);
    let delegated = told_kind::delegated(incident, kind);
    let incident = delegated.as_ref().unwrap_or(incident);
    let facts = &incident.facts;
    let symptoms: Vec<(&Symptom, Span)> =
        incident.symptoms.iter().filter_map(|hit| Some((context.catalogue.symptom(&hit.symptom)?, hit.span))).collect();
    let question = question_of(incident, context.snapshot);
    if let Some(diagnosis) = another_tenant::explain(incident, context, &question, &symptoms, now) {
        return diagnosis;
    }
    // What was changed after the failure is no part of what it met.
    let of_today = context;
    let undone = earlier(context.snapshot, facts, Told::ByReads);
    let context = Context { snapshot: undone.as_ref().map(|(then, _)| then).or(context.snapshot), ..context };
    let judgement = judge(&question, context.snapshot, context.catalogue);
    let changes = undone.as_ref().map_or(&[][..], |(_, changes)| changes);
    let mut then = Then::of(&question, context, changes, incident, &judgement, now);
    let between = between::find(&question, context, facts, judgement.outcome(Gate::Policy));
    let Judgement {
        user_id, mut gates, findings: mut proved, mut ruled_out, mut undecided, mut scope, objects, ..
    } = judgement;
    add_labels(&mut proved, facts);
    doubt_token(&mut proved, &symptoms, facts, question.policy_asked);
    if context.snapshot.is_none() {
        time::forget(&mut gates, &mut ruled_out);
    } else if facts.moment.is_none() {
        time::leave_open_without_clock(&mut gates);
    }
    let mut findings = of_symptoms(&symptoms, context.catalogue);
    doubt_words(&mut findings, incident);
    let call = causes::Call { facts, symptoms: &symptoms, context };
    doubt_call(&mut findings, &call);
    let stated: Vec<Finding> =
        findings.iter().filter(|finding| finding.confidence == Confidence::Certain).cloned().collect();
    let mut shown = causes::of_call(&call);
    doubt_shape(&mut shown, &findings);
    merge(&mut findings, shown);
    let outage = stated.iter().any(|finding| matches!(finding.cause.as_ref(), "throttled" | "service-fault"));
    if outage {
        findings.retain(|finding| finding.gate == Gate::Service);
    }
    let of_cmdlet = facts.path.is_none()
        && facts.status.is_none()
        && symptoms.iter().any(|(symptom, _)| is_of_cmdlet(symptom, context.catalogue));
    let found_none = symptoms.iter().any(|(symptom, _)| symptom.name == "management-object-not-found");
    // No call to Graph either; what the tenant tells of the user is still of use.
    let of_lookup = !of_cmdlet && found_none && facts.path.is_none() && facts.status.is_none();
    if of_lookup {
        let of_user =
            |cause: &str| context.catalogue.cause(cause).is_some_and(|cause| cause.gates.first() == Some(&Gate::User));
        proved.retain(|finding| finding.gate == Gate::User);
        ruled_out.retain(|out| of_user(&out.cause));
        undecided.retain(|one| of_user(&one.cause));
        scope = None;
    }
    if outage || of_cmdlet {
        proved.clear();
        ruled_out.clear();
        undecided.clear();
        scope = None;
    }
    drop_unread(&mut proved, &call, &gates);
    then.doubt(&mut proved, context, facts, now);
    merge(&mut proved, between.iter().flat_map(Between::proved).collect());
    let replayed = replayed::find(&question, context, facts, &mut proved, &mut ruled_out);
    doubt_state(&mut proved, &call, facts, &gates);
    told_kind::doubt_of_user(&mut proved, context.text, incident);
    told_kind::doubt(&mut proved, &mut undecided, &call, &question, kind, context);
    if call.says_wrong_audience() {
        let beyond = proved.iter_mut().filter(|finding| OF_STATE.contains(&finding.gate));
        beyond.for_each(|finding| finding.lower(Confidence::Possible, "the service did not take the token"));
    }
    doubt_neighbours(&mut proved, facts, &question, context);
    let tenant = told_tenant::another(context.text, incident.span, facts, context.snapshot);
    let elsewhere = tenant.as_ref().map(told_tenant::Another::words);
    if elsewhere.is_some() {
        // Of another tenant a state tells nothing; the claims of a token are of the call itself.
        proved.retain(|it| !is_of_tenant(it.gate) || it.evidence.iter().any(|one| one.object.contains("token")));
    }
    let maybe_another = told_tenant::may_be_another(context.text, incident.span, context.snapshot);
    let changed = told_change::doubt(&mut proved, context.text, incident.span, facts, context.snapshot, maybe_another);
    let above =
        told_above::told(context.text, incident.span, facts, context.snapshot.filter(|_| !outage && !of_cmdlet));
    let is_call = !maybe_another && !outage && !of_cmdlet && context.snapshot.is_some();
    let above = if is_call { told_above::and_behind(above, changed, context.text, incident.span) } else { above };
    above.doubt(&mut proved);
    told_read::doubt(&mut proved, context.text, incident.span, &question, context.snapshot);
    own_objects::doubt(&mut proved, &question, context.snapshot);
    // Causes that the snapshot speaks against, and does not exclude.
    let mut weaker: Vec<Text> = Vec::new();
    ruled_out.retain(|out| {
        let Some(by) = &out.by else { return true };
        let found = proved.iter().find(|it| it.cause == *by).map(|it| it.confidence);
        if found == Some(Confidence::Likely) {
            weaker.push(out.cause.clone());
        }
        found == Some(Confidence::Certain)
    });
    let mut told = stated.clone();
    let of_role = |it: &&Finding| it.cause == "permission-not-granted" && it.confidence == Confidence::Likely;
    told.extend(findings.iter().filter(of_role).filter(|_| call.states_missing_role()).cloned());
    // What was granted after the failure contradicts nothing.
    let speaks = context.snapshot.is_some() && !then.granted_later;
    let contradicted = contradicted(&told, &ruled_out, &gates, facts, context.snapshot).filter(|_| speaks);
    then.keep_ruled_out(&mut ruled_out, context, &mut weaker);
    let disputed = !facts.conflicts().is_empty() || elsewhere.is_some();
    weaker.extend(above.open(&mut gates, &mut ruled_out));
    let mut refuted: Vec<Text> = Vec::new();
    if disputed {
        // The gates are of the pair that the options ask about, and the failure is of another one: the state excludes
        // nothing, and speaks against it all the same.
        weaker.clear();
        if elsewhere.is_none() {
            refuted = ruled_out.iter().map(|out| out.cause.clone()).collect();
            weaker.extend(refuted.iter().cloned());
        }
        ruled_out.clear();
    } else if changed {
        // A state that was changed since excludes nothing, and speaks against it all the same.
        weaker.extend(ruled_out.drain(..).map(|out| out.cause));
    } else {
        rule_out_by_gates(&mut findings, &gates, &mut ruled_out, &call, &mut then);
    }
    let listed = !disputed && !changed && then.is_of_then(Gate::Policy) && one_policy::is_listed(&question, of_today);
    // What was changed after the failure was on its way to nothing.
    let waits = gates.iter().any(|gate| gate.gate == Gate::Time && gate.outcome != Outcome::Pass);
    if listed && waits && then.was_open(Gate::Policy).1 {
        // It was changed shortly before, and lists the app now: the state speaks for a wait, and against all else.
        let cause = if then.is_of_groups() { first::OF_GROUP } else { first::OF_POLICY };
        let wait = proved.iter_mut().chain(&mut findings).filter(|it| it.cause == cause);
        let wait = wait.map(|finding| finding.confidence = finding.confidence.max(Confidence::Likely));
        if wait.count() == 0
            && let Some(cause) = context.catalogue.cause(cause).filter(|_| cause == first::OF_GROUP)
        {
            let mut wait = finding(cause, Confidence::Likely);
            wait.explanation = "a group's assignment or members were changed shortly before they were read".into();
            proved.push(wait);
        }
    }
    prefer_narrow(&mut findings, &proved);
    let open = |finding: &&mut Finding| finding.confidence < Confidence::Certain;
    for finding in findings.iter_mut().filter(open).filter(|finding| weaker.contains(&finding.cause)) {
        finding.confidence = Confidence::Possible;
    }
    let is_then = !disputed && !changed && then.is_of_then(Gate::Policy);
    between.iter().for_each(|between| between.settle(&mut findings, &mut ruled_out, &proved, is_then));
    merge(&mut findings, proved);
    above.prefer_wait(&mut findings);
    if !disputed && !outage {
        let (later, young) = then.was_open(Gate::Permission);
        let denied = gates.iter().any(|gate| gate.outcome == Outcome::Fail);
        merge(&mut findings, young_grant::find(&call, &question, later, young && !denied));
    }
    if disputed {
        doubt_pair(&mut findings, facts, elsewhere.as_deref());
    }
    contradiction::doubt_lists(&call, &mut findings);
    crate::order::sort_by(&mut findings, |a, b| {
        (b.confidence, a.gate, &a.cause).cmp(&(a.confidence, b.gate, &b.cause))
    });
    ruled_out.retain(|out| !findings.iter().any(|finding| finding.cause == out.cause));
    if !disputed && !of_cmdlet {
        then.leave_open(&mut gates, context.snapshot, facts);
    }
    let excluded = findings.is_empty() && !call.is_refused_silently() && call.is_excluded(&ruled_out);
    let contradiction = contradiction(&call, &gates, &findings, excluded).or(contradicted);
    let there = || contradiction::app_is_there(&call, &findings, context.snapshot).filter(|_| !disputed);
    let contradiction = contradiction.or_else(there);
    let contradiction = tenant.as_ref().and_then(told_tenant::Another::contradiction).or(contradiction);
    let of_policy = |finding: &Finding| matches!(finding.gate, Gate::Policy | Gate::Time);
    let by_consent = gates.iter().any(|gate| gate.gate == Gate::Policy && rsc::passes_by_consent(gate));
    let silent = findings.is_empty() && (call.is_refused_silently() || excluded);
    if by_consent && findings.is_empty() && call.says_policy() && !disputed {
        let mut by_policy = contradiction::without_consent(&question, context);
        add_labels(&mut by_policy, facts);
        findings.extend(by_policy);
        ruled_out.retain(|out| !findings.iter().any(|finding| finding.cause == out.cause));
    }
    if !findings.iter().any(of_policy) && contradiction.is_some() && (call.says_policy() || silent) && !by_consent {
        let policy = gates.iter().any(|gate| gate.gate == Gate::Policy && gate.outcome == Outcome::Pass);
        if policy {
            findings.extend(contradiction::longer_delay(&symptoms, &gates, context.catalogue));
        }
        if silent && !excluded && facts.token.is_none() {
            findings.extend(contradiction::older_token(context.catalogue));
        }
        ruled_out.retain(|out| !findings.iter().any(|finding| finding.cause == out.cause));
    }
    if !refuted.is_empty() {
        crate::order::sort_by_key(&mut findings, |it| (std::cmp::Reverse(it.confidence), refuted.contains(&it.cause)));
    }
    told_kind::ask_scopes(&mut findings, &call, &gates, kind);
    status_alone::doubt(&mut findings, incident);
    first::order(&mut findings, &gates, question.app_id, context.snapshot.filter(|_| elsewhere.is_none()));
    if context.snapshot.is_none() && call.says_policy() {
        told_wait::prefer(&mut findings, context.text, incident.span, facts);
    }
    if call.says_policy() {
        // What the message does not speak of explains it last.
        crate::order::sort_by_key(&mut findings, |it| (std::cmp::Reverse(it.confidence), it.cause == DISABLED));
    }
    let skipped =
        |gate: &GateResult| GateResult::new(gate.gate, Outcome::Skipped).noting("a cmdlet failed, no call to Graph");
    if of_cmdlet {
        gates = gates.iter().map(skipped).collect();
    } else {
        if !disputed {
            then.tell(&mut gates);
            let policy = gates.iter_mut().find(|gate| gate.gate == Gate::Policy && gate.outcome != Outcome::Skipped);
            if let (Some(gate), Some(change)) = (policy, undone.iter().flat_map(|(_, changes)| changes).next()) {
                time::tell_undone(gate, change);
            }
        }
        tenant.iter().for_each(|tenant| tenant.open(&mut gates));
        open_neighbours(&mut gates, facts, &question, context);
        settle_gates(&mut gates, facts, &stated, &findings, outage);
        if of_lookup {
            let rest = gates.iter_mut().filter(|gate| gate.gate != Gate::User);
            rest.for_each(|gate| *gate = skipped(gate));
        }
    }
    // Of another tenant a state tells nothing.
    let own = context.snapshot.filter(|_| elsewhere.is_none());
    if own.is_none() {
        // Without any state the read of each cause says more than the first read of its gate.
        undecided.clear();
    }
    then.settle_undecided(&mut undecided, facts, context.snapshot.is_some_and(Snapshot::is_undated));
    settle_undecided(&mut undecided, &findings, context.catalogue);
    drop_read(&mut undecided, &findings, &gates);
    let of_then = facts.moment.is_some() && then.is_of_then(Gate::Policy);
    own.iter().for_each(|snapshot| ask_nothing_again(&mut undecided, snapshot, of_then));
    ask_who_called(&mut undecided, &refuted, &findings, facts);
    if facts.token.is_some() && facts.conflicts().is_empty() {
        // Its claims are at hand: what they leave open, they do not decide.
        undecided.retain(|one| one.needs != "token");
    }
    if question.delegated {
        // What it takes are scopes, not roles.
        for one in undecided.iter_mut().filter(|one| one.needs == "app-roles") {
            one.needs = Text::Borrowed("delegated-grants");
        }
    }
    let verdict = match findings.first() {
        Some(finding) if finding.confidence == Confidence::Certain => IncidentVerdict::Explained,
        Some(_) => IncidentVerdict::Narrowed,
        None => IncidentVerdict::Unrecognised,
    };
    let plans = of_today.snapshot.filter(|_| !outage && !of_cmdlet && own.is_some());
    let mut known = facts.clone();
    // The words are said to an app alone: what the path tells of the token is not known of this call.
    let of_app = question.policy_asked && !question.delegated && facts.is_delegated_by_path();
    known.token_kind.take_if(|_| of_app);
    // Nor does it fill the commands of what may be another one.
    let filling = |_: &&Snapshot| own.is_some() && !maybe_another;
    let of_fixes = Context { snapshot: of_today.snapshot.filter(filling), ..of_today };
    if let Some(snapshot) = context.snapshot.filter(filling) {
        one_group::name(&mut known, snapshot, user_id.or(question.user_id));
        own_objects::name(&mut known, snapshot);
        // A user principal name that the tenant knows.
        let resolved = user_id.filter(|_| question.user_id.is_none()).map(|id| Fact::option(id.to_string()));
        known.named.extend(resolved.map(|id| ("user-id".into(), id)));
        let to_read = objects.group.map(|group| Fact::option(group.to_string()));
        known.named.extend(to_read.map(|group| (fix::template::GROUP_TO_READ.into(), group)));
        if findings.iter().any(|finding| finding.gate == Gate::Time) {
            one_policy::name(&mut known, &question, context);
        }
    }
    let other = if of_cmdlet || of_lookup { causes::other_cmdlet(&call) } else { None };
    if of_cmdlet && other.is_none() {
        own_command::name(&mut known, context.text, &symptoms);
    }
    let mut fixes = fixes_of(&findings, &question, plans, of_fixes, &known);
    if maybe_another {
        told_tenant::suppose(&mut fixes, of_today.snapshot.and_then(|snapshot| snapshot.tenant_id));
    }
    if other.is_some() {
        // Another cmdlet failed: what these policies need is nothing that it was asked for.
        fixes.retain(|fix| !own_command::is_of_policies(fix) && !own_command::is_of_a_call(fix));
        undecided.retain(|one| !own_command::reads_policies(&one.needs));
    }
    first::date_waits(&mut fixes, &gates);
    above.order(&mut fixes);
    if of_cmdlet || of_lookup {
        // The cmdlet failed: what is changed of a call to Graph comes after what is changed of the command.
        crate::order::sort_by_key(&mut fixes, |fix| fix.steps.iter().all(|step| step.gate != Gate::Cmdlet));
    } else {
        own_command::drop_of_command(&mut fixes, &findings);
    }
    let open = between.iter().flat_map(|between| &between.changes);
    let changes = || undone.iter().flat_map(|(_, changes)| changes).chain(&replayed).chain(open.clone());
    if changes().next().is_some() {
        // What was repaired after the failure needs no repair.
        let today = judge(&question, of_today.snapshot, of_today.catalogue);
        let is_repaired = |gate: Gate| today.outcome(gate) == Outcome::Pass;
        if is_repaired(Gate::Policy) {
            repaired::tell(&mut findings, changes(), &question);
        }
        fixes.retain(|fix| fix.steps.is_empty() || !fix.steps.iter().all(|step| is_repaired(step.gate)));
    }
    // A consent in a chat replaces a role or a policy, and nothing else that the call lacks.
    let replaced = |finding: &Finding| matches!(finding.gate, Gate::Permission | Gate::Policy | Gate::Time);
    let scope = scope.filter(|_| findings.is_empty() || findings.iter().any(replaced));
    // A state that was read after the failure, or about then, is the newest one.
    let is_newest =
        || !disputed && !changed && (then.is_of_then(Gate::Policy) || first::is_newest(of_today.snapshot, facts));
    let listed = listed || is_newest() && one_policy::is_listed(&question, of_today);
    if listed && !of_cmdlet && !of_lookup {
        // No change of a policy gives the user what it has.
        fixes.retain(|fix| !own_command::is_of_policies(fix));
    }
    let before = || {
        of_today.snapshot.is_some_and(|snapshot| {
            told_change::is_of_before(snapshot, facts)
                && told_change::speaks_of_lists(context.text, incident.span, snapshot)
        })
    };
    if let Some(state) = of_fixes.snapshot.filter(|_| !(disputed || changed && before())) {
        fixes.retain(|fix| fix.proof.is_some() || !fix::is_done(fix, state, question.app_id));
    }
    if !disputed && !outage && !of_cmdlet {
        both_gates::tell(&mut fixes, &findings, &gates);
    }
    let notes: Vec<&str> =
        symptoms.iter().map(|(symptom, _)| symptom.note.as_ref()).filter(|note| !note.is_empty()).collect();
    Diagnosis {
        span: incident.span,
        facts: known,
        user_id: user_id.filter(|_| own.is_some() || context.snapshot.is_none()).or(question.user_id),
        verdict,
        gates,
        findings,
        ruled_out,
        undecided,
        contradiction,
        fixes,
        told_time: None,
        assumed_time: then.assumed(own).filter(|_| !outage && !of_cmdlet),
        scope: of_app.then(|| OF_USER.to_owned()).or(scope).or_else(|| (!notes.is_empty()).then(|| notes.join("; "))),
        symptoms: symptoms
            .iter()
            .map(|(symptom, span)| (symptom.name.to_string(), Label { span: *span, text: means(symptom) }))
            .collect(),
    }
}

/// The state before the changes that came after the failure, as far as the history tells it, and these.
pub(super) fn earlier(snapshot: Option<&Snapshot>, facts: &Facts, by: Told) -> Option<(Snapshot, Vec<Change>)> {
    let at = Timestamp::from_second(facts.moment?.latest).ok()?;
    tenant::undo(snapshot?, at, facts.user_asked().0, by)
}

/// The question that an incident asks.
#[must_use]
pub fn question(facts: &Facts) -> Question {
    let delegated = facts.token_kind.as_ref().is_some_and(|kind| kind.value == TokenKind::Delegated);
    let (user_id, user) = facts.user_asked();
    let asked = facts.asked.as_deref();
    Question {
        app_id: facts.app_asked(),
        user_id,
        user: user.map(str::to_owned),
        operation: asked.and_then(|asked| asked.operation).or(facts.operation),
        any_method: facts.is_of_any_method() && asked.and_then(|asked| asked.operation).is_none(),
        token: facts.token.as_ref().map(|fact| fact.value.clone()),
        delegated,
        meeting: asked
            .and_then(|asked| asked.meeting.clone())
            .or_else(|| facts.meeting.as_ref().map(|fact| fact.value.clone())),
        at: facts.moment,
        gates: None,
        policy_asked: false,
        of_incident: true,
    }
}

/// The question of an incident with its words. An app's call has no `/me`: words that tell that the policy was asked tell
/// also that a path below it is another call's, or a shortened one.
fn question_of(incident: &Incident, snapshot: Option<&Snapshot>) -> Question {
    let facts = &incident.facts;
    let mut question = Question { policy_asked: policy_asked(incident), ..question(facts) };
    // What a state proves is of an app's call, and this one may be none.
    if snapshot.is_none()
        && question.policy_asked
        && question.delegated
        && facts.token.is_none()
        && facts.is_delegated_by_path()
    {
        question.delegated = false;
        question.operation = None;
    }
    question
}

/// Whether the service's own words tell that the policy was asked, for the app and the user of this call. A paraphrase,
/// and words that are only spoken about, are nobody's answer.
fn policy_asked(incident: &Incident) -> bool {
    incident.symptoms.iter().any(|hit| {
        !hit.loose
            && !hit.spoken
            && !hit.more
            && hit.symptom != "no-policy-paraphrased"
            && causes::POLICY_MESSAGES.contains(&hit.symptom.as_ref())
    }) && incident.facts.other_host.is_none()
}

pub(super) fn means(symptom: &Symptom) -> String {
    symptom.means.to_string()
}

/// The causes that the symptoms raise by themselves.
fn of_symptoms(symptoms: &[(&Symptom, Span)], catalogue: &Catalogue) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (symptom, span) in symptoms {
        let label = Label { span: *span, text: means(symptom) };
        let of_cmdlet = is_of_cmdlet(symptom, catalogue);
        for cause in catalogue.causes() {
            for raised in cause.raised_by.iter().filter(|raised| raised.symptom == symptom.name) {
                let mut finding = finding(cause, raised.confidence);
                if of_cmdlet && cause.gates.contains(&Gate::Cmdlet) {
                    finding.gate = Gate::Cmdlet;
                }
                finding.labels.push(label.clone());
                merge(&mut findings, vec![finding]);
            }
        }
    }
    findings
}

/// Whether PowerShell prints it: then a cause of the cmdlets is raised by it.
fn is_of_cmdlet(symptom: &Symptom, catalogue: &Catalogue) -> bool {
    catalogue.causes().iter().any(|cause| {
        cause.gates.contains(&Gate::Cmdlet) && cause.raised_by.iter().any(|raised| raised.symptom == symptom.name)
    })
}

/// A finding of a cause, for its first gate, without evidence.
pub(crate) fn finding(cause: &Cause, confidence: Confidence) -> Finding {
    Finding {
        cause: cause.slug.clone(),
        gate: cause.gates.first().copied().unwrap_or(Gate::Request),
        severity: cause.severity,
        confidence,
        explanation: String::new(),
        evidence: Vec::new(),
        labels: Vec::new(),
    }
}

/// One finding a cause: the surer one, with the labels and evidence of both.
pub(super) fn merge(findings: &mut Vec<Finding>, more: Vec<Finding>) {
    for finding in more {
        match findings.iter_mut().find(|known| known.cause == finding.cause) {
            Some(known) => {
                if finding.confidence > known.confidence {
                    known.confidence = finding.confidence;
                    known.gate = finding.gate;
                }
                known.severity = known.severity.max(finding.severity);
                if known.explanation.is_empty() {
                    known.explanation = finding.explanation;
                }
                known.evidence.extend(finding.evidence);
                for label in finding.labels {
                    if !known.labels.contains(&label) {
                        known.labels.push(label);
                    }
                }
            }
            None => findings.push(finding),
        }
    }
}

/// Findings of the tenant's state point at the ids in the text that they are about.
pub(super) fn add_labels(findings: &mut [Finding], facts: &Facts) {
    let of = |span: Option<Span>, text: &str| span.map(|span| Label { span, text: text.to_owned() });
    for finding in findings {
        let label = match finding.gate {
            Gate::Policy | Gate::Permission => of(facts.app_id.as_ref().and_then(|fact| fact.span), "the app"),
            Gate::User => of(facts.user_id.as_ref().and_then(|fact| fact.span), "the user"),
            Gate::Token => of(facts.token.as_ref().and_then(|fact| fact.span), "the token"),
            Gate::Meeting => of(facts.meeting.as_ref().and_then(|fact| fact.span), "the meeting"),
            _ => None,
        };
        finding.labels.extend(label);
    }
}

/// Of words that only an app is told, beside a path that only a user's token has.
const OF_USER: &str = "path and words contradict each other: only the token of a signed-in user has `/me`, and the service asks for the \
                       policy of an app alone. One of the two is of another call, or the path is shortened";
