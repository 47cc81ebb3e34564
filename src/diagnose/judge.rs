//! A question's verdict: every gate judged, the causes asked, what is settled and what is not.

use jiff::Timestamp;
use uuid::Uuid;

use super::case::{Case, Gates};
use super::facts::{policy::Asked, rsc::Rsc};
use super::gates::time::EARLIER_SNAPSHOT;
use super::gates::{self, rsc};
use super::{Finding, GateResult, Outcome, Question, RuledOut, Undecided};
use crate::causes;
use crate::knowledge::{Catalogue, Confidence, Gate};
use crate::tenant::{FORBIDDEN, Level, Reason, Snapshot, Tri, View};

/// The verdict of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nothing that was read forbids it.
    Allowed,
    /// A gate fails.
    Denied,
    /// No gate fails, and one is unknown.
    Unknown,
}

impl Verdict {
    /// The name used in JSON and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }

    /// A fail makes it denied; else an unknown makes it unknown; else it is allowed.
    #[must_use]
    pub fn fold(gates: &[GateResult]) -> Self {
        let has = |outcome| gates.iter().any(|gate| gate.outcome == outcome);
        if has(Outcome::Fail) {
            Self::Denied
        } else if has(Outcome::Unknown) {
            Self::Unknown
        } else {
            Self::Allowed
        }
    }
}

/// What a snapshot says to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The answer.
    pub verdict: Verdict,
    /// The object id of the user, resolved where the question gave a name.
    pub user_id: Option<Uuid>,
    /// The client id of the app, from the token where the question gave none.
    pub app_id: Option<Uuid>,
    /// The call is judged as delegated.
    pub delegated: bool,
    /// All nine gates of a call, in reading order.
    pub gates: Vec<GateResult>,
    /// Causes that apply, by confidence, gate and slug.
    pub findings: Vec<Finding>,
    /// Causes that gate outcomes exclude.
    pub ruled_out: Vec<RuledOut>,
    /// Causes that one read would decide.
    pub undecided: Vec<Undecided>,
    /// For which meetings the verdict does not hold.
    pub scope: Option<String>,
    /// Which objects the reads are of that would decide it.
    pub objects: Objects,
}

/// Objects that a read names besides user and app, where the snapshot tells which one is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Objects {
    /// The one group of which it is not known whether the user is in it.
    pub group: Option<Uuid>,
    /// The service principal of the app.
    pub service_principal: Option<Uuid>,
}

impl Objects {
    fn of(case: &Case<'_>, gates: &Gates) -> Self {
        let asked =
            gates.0.iter().any(|gate| matches!(gate.needs.as_deref(), Some("group-members" | "group-visibility")));
        Self {
            group: if asked { unread_group(case) } else { None },
            service_principal: case.app.and_then(|app| app.service_principal_id),
        }
    }
}

/// The group whose members decide which policy is effective, if it is one.
fn unread_group(case: &Case<'_>) -> Option<Uuid> {
    let user = case.user_id?;
    let candidates = &case.policy.effective.candidates;
    let counts = |id: Uuid| {
        candidates.iter().any(|it| matches!(it.level, Level::Group { group_id: Some(own), .. } if own == id))
    };
    let known = case.view.snapshot().groups.known().iter().enumerate();
    let mut unread = known
        .filter(|(index, group)| counts(group.group_id) && case.view.is_member(*index, group, user) == Tri::Unknown)
        .map(|(_, group)| group.group_id);
    unread.next().filter(|_| unread.next().is_none())
}

/// The snapshot at the question's time, where something was changed after it. An incident's clock is too wide for it.
fn in_time<'a>(question: &Question, view: &View<'a>) -> Option<View<'a>> {
    let at = question.at.filter(|_| !question.of_incident)?;
    view.before_changes(Timestamp::from_second(at.earliest).ok()?)
}

/// Judges one question; without a snapshot every gate that asks it is unknown.
#[must_use]
pub fn judge(question: &Question, snapshot: Option<&Snapshot>, catalogue: &Catalogue) -> Judgement {
    let nothing = Snapshot::default();
    judge_in(question, &View::new(snapshot.unwrap_or(&nothing)), catalogue)
}

/// The gates, the verdict and its scope, without causes.
#[must_use]
pub fn judge_gates(question: &Question, view: &View<'_>, catalogue: &Catalogue) -> Judgement {
    let case = Case::new(question, view, catalogue);
    let gates = gates_of(&case);
    let verdict = verdict(&case, &gates);
    Judgement {
        verdict,
        user_id: case.user_id,
        app_id: case.app_id,
        delegated: case.delegated,
        scope: scope(&case, &gates, verdict),
        objects: Objects::of(&case, &gates),
        ruled_out: Vec::new(),
        undecided: Vec::new(),
        gates: gates.0,
        findings: Vec::new(),
    }
}

/// Judges one of many questions of one snapshot.
#[must_use]
pub fn judge_in(question: &Question, view: &View<'_>, catalogue: &Catalogue) -> Judgement {
    let case = Case::new(question, view, catalogue);
    let mut gates = gates_of(&case);
    let mut findings: Vec<Finding> = causes::STATE.iter().filter_map(|cause| (cause.find)(&case, &gates)).collect();
    if let Some(then) = in_time(question, view) {
        let then = Case::new(question, &then, catalogue);
        let gates_then = gates_of(&then);
        doubt(&mut findings, &then, &gates_then);
        tell_later_changes(&mut gates, &mut findings, &gates_then);
    }
    crate::order::sort_by(&mut findings, |a, b| {
        b.confidence.cmp(&a.confidence).then_with(|| a.gate.cmp(&b.gate)).then_with(|| a.cause.cmp(&b.cause))
    });
    let verdict = verdict(&case, &gates);
    Judgement {
        verdict,
        user_id: case.user_id,
        app_id: case.app_id,
        delegated: case.delegated,
        scope: scope(&case, &gates, verdict),
        objects: Objects::of(&case, &gates),
        ruled_out: causes::ruled_out(&case, &gates, &findings),
        undecided: causes::undecided(&case, &gates, &findings),
        gates: gates.0,
        findings,
    }
}

impl Judgement {
    /// What a gate says.
    pub(super) fn outcome(&self, gate: Gate) -> Outcome {
        self.gates.iter().find(|result| result.gate == gate).map_or(Outcome::Skipped, |result| result.outcome)
    }
}

/// What the policy of today proves, and that of then does not, is no certain cause then, whatever the gate says.
fn doubt(findings: &mut [Finding], then: &Case<'_>, gates: &Gates) {
    let certain = |it: &&mut Finding| it.gate == Gate::Policy && it.confidence == Confidence::Certain;
    for finding in findings.iter_mut().filter(certain) {
        let cause = causes::STATE.iter().find(|cause| cause.slug == finding.cause);
        let found = cause.and_then(|cause| (cause.find)(then, gates));
        if found.is_none_or(|found| found.confidence < Confidence::Certain) {
            finding.confidence = Confidence::Likely;
        }
    }
}

/// The snapshot decides, as it was read; where its history says that what it rests on came after the question's time,
/// the gate says so, and what it proves of today is no certain cause then.
fn tell_later_changes(gates: &mut Gates, findings: &mut [Finding], then: &Gates) {
    for gate in &mut gates.0 {
        let open = then.get(gate.gate).filter(|then| then.needs.as_deref() == Some(EARLIER_SNAPSHOT));
        let Some(open) = open.filter(|then| then.outcome != gate.outcome) else { continue };
        gate.note = if gate.note.is_empty() { open.note.clone() } else { format!("{}; {}", gate.note, open.note) };
        for finding in findings.iter_mut().filter(|finding| finding.gate == gate.gate) {
            finding.confidence = finding.confidence.min(Confidence::Likely);
        }
    }
}

fn verdict(case: &Case<'_>, gates: &Gates) -> Verdict {
    if is_unresolved(case, gates) { Verdict::Unknown } else { Verdict::fold(&gates.0) }
}

/// A name that no listed user has: whom the question is about is not known, whatever the gates say.
fn is_unresolved(case: &Case<'_>, gates: &Gates) -> bool {
    case.user_id.is_none()
        && case.question.user.is_some()
        && [Gate::User, Gate::Policy].iter().any(|gate| gates.outcome(*gate) != Outcome::Skipped)
}

/// Every gate in reading order; time last, since it looks at what passes.
fn gates_of(case: &Case<'_>) -> Gates {
    let mut gates = Gates(
        Gate::CALL
            .iter()
            .map(|gate| {
                if !case.asks(*gate) {
                    return GateResult::new(*gate, Outcome::Skipped);
                }
                match gate {
                    Gate::Token => gates::token::judge(case),
                    Gate::Permission => rsc::weigh(case.rsc, gates::permission::judge(case)),
                    Gate::User => gates::user::judge(case),
                    Gate::Policy => match gates::policy::judge(case) {
                        result if case.policy.asked == Asked::No => result,
                        result => rsc::weigh(case.rsc, result),
                    },
                    Gate::Tenant => gates::tenant::judge(case),
                    Gate::Meeting => gates::meeting::judge(case),
                    _ => GateResult::new(*gate, Outcome::Skipped),
                }
            })
            .map(|result| telling_age(case, result))
            .collect(),
    );
    if case.asks(Gate::Time) {
        let time = gates::time::judge(case, &gates);
        if let Some(slot) = gates.0.iter_mut().find(|result| result.gate == Gate::Time) {
            *slot = time;
        }
    }
    gates
}

/// What was read and does not count for its age is not said to be unread.
fn telling_age(case: &Case<'_>, result: GateResult) -> GateResult {
    if result.outcome != Outcome::Unknown || result.needs.as_deref() == Some(EARLIER_SNAPSHOT) {
        return result;
    }
    let snapshot = case.view.snapshot();
    let reason = |reason: &Option<Reason>| reason.as_ref().and_then(Reason::age).map(str::to_owned);
    let members = || snapshot.groups.items.iter().find_map(|group| reason(&group.members.reason));
    let (what, why) = match (result.gate, result.needs.as_deref()) {
        (Gate::Permission, Some("app-roles")) => ("the app's grants", reason(&snapshot.apps.reason)),
        (Gate::User, Some("user-license")) if case.user.is_none_or(|user| user.teams.is_none()) => {
            ("the user", reason(&snapshot.users.reason))
        }
        (Gate::Tenant, _) => ("the switch", reason(&snapshot.settings.reason)),
        (Gate::Policy, Some("policies")) => ("the policies", reason(&snapshot.policies.reason)),
        (Gate::Policy, Some("direct")) => ("the direct assignments", reason(&snapshot.direct.reason)),
        (Gate::Policy, Some("group-assignments")) => ("the group assignments", reason(&snapshot.groups.reason)),
        (Gate::Policy, Some("group-members")) => ("the members of a group", members()),
        (Gate::Policy, Some("effective")) => {
            let parts = [&snapshot.direct.reason, &snapshot.groups.reason, &snapshot.effective.reason];
            ("the assignments", parts.into_iter().find_map(reason).or_else(members))
        }
        _ => return result,
    };
    match why {
        Some(why) => result.noting(format!("{what}: {why}")),
        None if result.gate == Gate::Policy && result.needs.as_deref() == Some("effective") => {
            told_refusal(case, result)
        }
        None => result,
    }
}

/// A read of a group's members that was refused, with the right that it takes.
fn told_refusal(case: &Case<'_>, result: GateResult) -> GateResult {
    let Some(group) = unread_group(case).filter(|_| result.note.is_empty()) else { return result };
    let groups = case.view.snapshot().groups.known();
    let refused = groups.iter().find(|it| it.group_id == group).and_then(|it| it.members.reason.as_ref());
    match refused.filter(|reason| reason.kind == FORBIDDEN).and_then(|reason| reason.needs.as_deref()) {
        Some(right) => {
            result.noting(format!("the read of the members of group `{group}` was refused; it takes {right}"))
        }
        None => result,
    }
}

/// A consent in a chat replaces role and policy, so that a verdict which rests on them holds elsewhere only.
fn scope(case: &Case<'_>, gates: &Gates, verdict: Verdict) -> Option<String> {
    let open = |gate| matches!(gates.outcome(gate), Outcome::Fail | Outcome::Unknown);
    let otherwise_denied = gates
        .0
        .iter()
        .any(|result| result.outcome == Outcome::Fail && !matches!(result.gate, Gate::Permission | Gate::Policy));
    if case.rsc != Rsc::NoMeeting
        || verdict == Verdict::Allowed
        || otherwise_denied
        || !(open(Gate::Permission) || open(Gate::Policy))
    {
        return None;
    }
    let names: Vec<String> = case.operation?.rsc.iter().map(|name| format!("`{name}`")).collect();
    Some(format!("except in meetings whose chat granted {} to the app", names.join(" or ")))
}
