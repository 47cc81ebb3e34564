//! The matrix by reason: how many pairs have which verdict and why, with examples; whom an app reaches.

use std::collections::HashMap;
use std::rc::Rc;

use uuid::Uuid;

use super::answer::Terms;
use super::matrix::{APPS, Counts, Judged, Matrix, Verdicts, covers_everybody, default_lists};
use crate::diagnose::facts::policy::Asked;
use crate::diagnose::{Case, Finding, Judgement, Outcome, Question, Verdict, judge_in};
use crate::knowledge::{Confidence, Gate, Operation};
use crate::tenant::{Level, Tri, View};

/// Examples that are kept of each reason where nobody asks for more.
pub const EXAMPLES: usize = 3;

/// Pairs of one app with one verdict for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Which app, by its position in the question.
    pub app: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// The first cause, if there is one.
    pub cause: Option<String>,
    /// The effective policy and how it reaches the user, where that is certain and matters.
    pub policy: Option<(String, Via)>,
    /// The gates that decide: those that fail, else those that are unknown.
    pub gates: Vec<Gate>,
    /// The reads that would settle an unknown.
    pub needs: Vec<String>,
    /// What is not known, in a few words each.
    pub notes: Vec<String>,
    /// How many users.
    pub count: u64,
    /// The first of them, or all.
    pub examples: Vec<Uuid>,
    /// The groups that give the policy, by name and id, where it comes through one.
    pub groups: Vec<String>,
}

/// How a policy reaches a user, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Via {
    /// Assigned directly.
    Direct,
    /// Through a group.
    Group,
    /// The tenant default.
    Global,
    /// Read as effective, without saying how.
    Unsaid,
}

impl Via {
    /// The name used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Global => "global",
            Self::Unsaid => "effective",
        }
    }

    /// How it reaches a user at a level.
    #[must_use]
    pub const fn of(level: Level) -> Self {
        match level {
            Level::Direct => Self::Direct,
            Level::Group { .. } => Self::Group,
            Level::Global => Self::Global,
            Level::Unsaid => Self::Unsaid,
        }
    }
}

/// All users of a tenant by some apps.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Counts for each app, in the order of the question.
    pub counts: Vec<Counts>,
    /// Reasons: by app, denied first, then by how many.
    pub reasons: Vec<Reason>,
    /// How many users were looked at.
    pub users: usize,
    /// The list of users leaves none out.
    pub everybody: bool,
}

impl Survey {
    /// One survey for each app.
    #[must_use]
    pub fn by_app(self) -> Vec<Self> {
        let Self { counts, reasons, users, everybody } = self;
        let mut surveys: Vec<Self> = counts
            .into_iter()
            .map(|count| Self { counts: vec![count], reasons: Vec::new(), users, everybody })
            .collect();
        for mut reason in reasons {
            if let Some(survey) = surveys.get_mut(reason.app) {
                reason.app = 0;
                survey.reasons.push(reason);
            }
        }
        surveys
    }
}

/// Judges all users for these apps and groups the pairs by reason, with a few examples of each.
#[must_use]
pub fn survey(
    matrix: &Matrix<'_>,
    apps: &[Option<Uuid>],
    operation: &'static Operation,
    terms: Terms<'_>,
    skip: &[Uuid],
) -> Survey {
    survey_naming(matrix, apps, operation, terms, skip, EXAMPLES)
}

/// Judges all users for these apps and groups the pairs by reason. Users that `skip` names are left out; so many
/// are `named` of each reason.
#[must_use]
pub fn survey_naming(
    matrix: &Matrix<'_>,
    apps: &[Option<Uuid>],
    operation: &'static Operation,
    terms: Terms<'_>,
    skip: &[Uuid],
    named: usize,
) -> Survey {
    let mut counts = vec![Counts::default(); apps.len()];
    let mut reasons: Vec<Reason> = Vec::new();
    let skipped: Vec<u32> = {
        let mut numbers: Vec<u32> = skip.iter().filter_map(|user| matrix.number_of(*user)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    };
    for (chunk, part) in apps.chunks(APPS).enumerate() {
        let verdicts = matrix.judge(part, operation, terms);
        let mut without: HashMap<usize, u64> = HashMap::new();
        for user in &skipped {
            if let Some(class) = usize::try_from(*user).ok().and_then(|user| verdicts.class_of().get(user)) {
                let slot = without.entry(usize::try_from(*class).unwrap_or(usize::MAX)).or_default();
                *slot = slot.saturating_add(1);
            }
        }
        let bases = bases(matrix, &verdicts, terms);
        let mut known: HashMap<Alike<'_>, usize> = HashMap::new();
        let mut of_class: Vec<(usize, usize)> = Vec::new();
        verdicts.each_class(matrix, |one| {
            let app = chunk * APPS + one.app;
            let count = one.count.saturating_sub(without.get(&one.class).copied().unwrap_or(0));
            let Some((base, basis)) = bases.get(one.judgement).filter(|_| count > 0) else { return };
            if let Some(slot) = counts.get_mut(app) {
                slot.add(one.verdict, count);
            }
            let policy = one.policy.filter(|_| basis.policy_matters).map(|(name, level)| (name, Via::of(level)));
            let index = *known.entry((one.app, *base, policy)).or_insert_with(|| {
                let found = basis.reason(app, one.verdict, policy);
                let same = |other: &Reason| {
                    other.app == found.app
                        && other.verdict == found.verdict
                        && other.cause == found.cause
                        && other.policy == found.policy
                        && other.gates == found.gates
                        && other.needs == found.needs
                        && other.notes == found.notes
                };
                reasons.iter().position(same).unwrap_or_else(|| {
                    reasons.push(found);
                    reasons.len() - 1
                })
            });
            if let Some(reason) = reasons.get_mut(index) {
                reason.count = reason.count.saturating_add(count);
            }
            of_class.push((one.class, index));
        });
        examples(matrix, verdicts.class_of(), &of_class, (&skipped, named), &mut reasons);
    }
    crate::order::sort_by(&mut reasons, |a, b| {
        let rank = |verdict| match verdict {
            Verdict::Denied => 0,
            Verdict::Unknown => 1,
            Verdict::Allowed => 2,
        };
        (a.app, rank(a.verdict), b.count).cmp(&(b.app, rank(b.verdict), a.count))
    });
    Survey {
        counts,
        reasons,
        users: matrix.users().len() - skipped.len(),
        everybody: covers_everybody(matrix.snapshot()),
    }
}

/// The first users of each reason, in the order of the list.
fn examples(
    matrix: &Matrix<'_>,
    class_of: &[u32],
    of_class: &[(usize, usize)],
    (skip, named): (&[u32], usize),
    reasons: &mut [Reason],
) {
    let mut by_class: HashMap<u32, Vec<usize>> = HashMap::new();
    for (class, reason) in of_class {
        if let Ok(class) = u32::try_from(*class) {
            by_class.entry(class).or_default().push(*reason);
        }
    }
    let full = |reason: &Reason| {
        reason.examples.len() >= named || u64::try_from(reason.examples.len()).is_ok_and(|len| len >= reason.count)
    };
    let mut open = reasons.iter().filter(|reason| !full(reason)).count();
    for (user, class) in class_of.iter().enumerate() {
        if open == 0 {
            break;
        }
        if by_class.get(class).is_none_or(Vec::is_empty) {
            continue;
        }
        if u32::try_from(user).is_ok_and(|user| skip.binary_search(&user).is_ok()) {
            continue;
        }
        let Some(id) = matrix.users().get(user) else { continue };
        let Some(own) = by_class.get_mut(class) else { continue };
        own.retain(|index| {
            let Some(reason) = reasons.get_mut(*index) else { return false };
            if full(reason) {
                return false;
            }
            reason.examples.push(*id);
            if full(reason) {
                open -= 1;
                return false;
            }
            true
        });
    }
}

/// The app, the basis and the policy, where it matters: classes with one of these have one reason.
type Alike<'m> = (usize, usize, Option<(&'m str, Via)>);

/// What the users of a judgement have in common, apart from their policy.
struct Basis {
    cause: Option<String>,
    gates: Vec<Gate>,
    needs: Vec<String>,
    notes: Vec<String>,
    policy_matters: bool,
}

impl Basis {
    fn of(judgement: &Judgement) -> Self {
        let (gates, needs) = deciding(judgement);
        let asked = judgement.gates.iter().any(|gate| gate.gate == Gate::Policy && gate.outcome != Outcome::Skipped);
        let decides = judgement.verdict != Verdict::Denied || gates.contains(&Gate::Policy);
        Self {
            cause: first_cause(judgement),
            policy_matters: asked && decides,
            gates,
            needs,
            notes: open_notes(judgement),
        }
    }

    fn reason(&self, app: usize, verdict: Verdict, policy: Option<(&str, Via)>) -> Reason {
        Reason {
            app,
            verdict,
            cause: self.cause.clone(),
            policy: policy.map(|(name, via)| (name.to_owned(), via)),
            gates: self.gates.clone(),
            needs: self.needs.clone(),
            notes: self.notes.clone(),
            count: 0,
            examples: Vec::new(),
            groups: Vec::new(),
        }
    }
}

/// For each judgement of a matrix its basis, with a number that judgements of one basis share.
fn bases(matrix: &Matrix<'_>, verdicts: &Verdicts, terms: Terms<'_>) -> Vec<(usize, Rc<Basis>)> {
    let mut known = HashMap::new();
    let mut again = matrix.judge_again(verdicts, terms);
    let of = |(index, judged): (usize, &Judged)| {
        let find = || {
            // Nothing is wrong where access is allowed, so that there is no cause to look for.
            let judgement = match judged.verdict {
                Verdict::Allowed => again.gates(judged),
                Verdict::Denied | Verdict::Unknown => again.judgement(judged),
            };
            (index, Rc::new(Basis::of(&judgement)))
        };
        known.entry(verdicts.reason_key(judged)).or_insert_with(find).clone()
    };
    verdicts.judged().iter().enumerate().map(of).collect()
}

/// For each judgement of a matrix the first cause.
#[must_use]
pub fn causes(matrix: &Matrix<'_>, verdicts: &Verdicts, terms: Terms<'_>) -> Vec<Option<String>> {
    bases(matrix, verdicts, terms).into_iter().map(|(_, basis)| basis.cause.clone()).collect()
}

/// The gates that decide a verdict, and what would settle an unknown.
#[must_use]
pub fn deciding(judgement: &Judgement) -> (Vec<Gate>, Vec<String>) {
    let with = |outcome| judgement.gates.iter().filter(move |gate| gate.outcome == outcome);
    let failing: Vec<Gate> = with(Outcome::Fail).map(|gate| gate.gate).collect();
    if !failing.is_empty() {
        return (failing, Vec::new());
    }
    let open = with(Outcome::Unknown).map(|gate| gate.gate).collect();
    let mut needs: Vec<String> =
        with(Outcome::Unknown).filter_map(|gate| gate.needs.as_ref()).map(ToString::to_string).collect();
    needs.dedup();
    (open, needs)
}

/// What is not known, in a few words for each unknown gate.
#[must_use]
pub fn open_notes(judgement: &Judgement) -> Vec<String> {
    let open = judgement.gates.iter().filter(|gate| gate.outcome == Outcome::Unknown);
    let mut notes: Vec<String> = open
        .map(|gate| match (&gate.until, gate.needs.as_deref().map(|name| (name, crate::knowledge::read(name)))) {
            (Some(until), _) => format!("a change may not have reached Graph until {until}"),
            (None, _) if !gate.note.is_empty() => gate.note.clone(),
            (None, Some((_, Some(read)))) => format!("nobody has read {}", read.what),
            (None, Some((text, None))) => text.to_owned(),
            (None, None) => format!("the {} gate is not known", gate.gate.name()),
        })
        .collect();
    notes.dedup();
    shared(notes)
}

/// What does not count for one and the same age is told with that age once.
fn shared(notes: Vec<String>) -> Vec<String> {
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    for note in notes {
        let age = note.split_once(": read ").filter(|(_, why)| why.contains(", older than "));
        let (what, why) = match age {
            Some((what, why)) => (what.to_owned(), Some(why.to_owned())),
            None => (note, None),
        };
        match found.iter_mut().find(|(_, known)| why.is_some() && *known == why) {
            Some((known, _)) => *known = format!("{known}, {what}"),
            None => found.push((what, why)),
        }
    }
    let words =
        |(what, why): (String, Option<String>)| why.map_or_else(|| what.clone(), |why| format!("{what}: read {why}"));
    found.into_iter().map(words).collect()
}

/// The first finding that belongs to the verdict: of a denied question one of a failing gate, of an unknown one what
/// may be wrong where a gate is unknown. A note beside (a guest, say) is neither.
#[must_use]
pub fn first_cause(judgement: &Judgement) -> Option<String> {
    let outcome = |gate| judgement.gates.iter().find(|one| one.gate == gate).map(|one| one.outcome);
    let mut findings = judgement.findings.iter();
    let found = match judgement.verdict {
        Verdict::Allowed => None,
        Verdict::Denied => findings.find(|finding| outcome(finding.gate) == Some(Outcome::Fail)),
        Verdict::Unknown => findings.find(|finding| {
            let open = judgement.undecided.iter().any(|one| one.cause == finding.cause);
            outcome(finding.gate) == Some(Outcome::Unknown) && (open || finding.confidence == Confidence::Certain)
        }),
    };
    found.map(|finding| finding.cause.to_string())
}

/// What holds for users who are not listed: `Denied` if nobody at all is allowed, else `Unknown`.
#[must_use]
pub fn unlisted(view: &View<'_>, app: Option<Uuid>, operation: &'static Operation, terms: Terms<'_>) -> Verdict {
    match judge_in(&nobody(app, operation, terms), view, terms.catalogue).verdict {
        Verdict::Denied => Verdict::Denied,
        Verdict::Allowed | Verdict::Unknown => Verdict::Unknown,
    }
}

/// What is found of the app and the tenant beside gates that do not fail: it is the same for every user.
#[must_use]
pub fn of_whole_tenant(
    view: &View<'_>,
    app: Option<Uuid>,
    operation: &'static Operation,
    terms: Terms<'_>,
) -> Vec<Finding> {
    // Of somebody who has nothing it is found out without a walk over all users.
    let question = Question { user_id: Some(Uuid::nil()), ..nobody(app, operation, terms) };
    let Judgement { gates, findings, .. } = judge_in(&question, view, terms.catalogue);
    let fails = |gate| gates.iter().any(|one| one.gate == gate && one.outcome == Outcome::Fail);
    let shared = |finding: &Finding| matches!(finding.gate, Gate::Permission | Gate::Tenant) && !fails(finding.gate);
    findings.into_iter().filter(shared).collect()
}

/// What holds for users who do not exist yet: they get the tenant default, and may get Teams.
#[must_use]
pub fn future(view: &View<'_>, app: Option<Uuid>, operation: &'static Operation, terms: Terms<'_>) -> Verdict {
    let question = nobody(app, operation, terms);
    let asked = Case::new(&question, view, terms.catalogue).policy.asked;
    let listed = app.map_or(Tri::Unknown, |app| default_lists(view, app));
    let mut open = app.is_none();
    for gate in judge_in(&question, view, terms.catalogue).gates {
        let outcome = match gate.gate {
            // A newcomer may have Teams, and no change that is known is about one.
            Gate::User | Gate::Time => continue,
            // The gate of nobody in particular asks about anybody; here it is the one policy of newcomers.
            Gate::Policy if gate.outcome != Outcome::Skipped => match (asked, listed) {
                (Asked::No | Asked::Filters, _) | (_, Tri::Yes) => Outcome::Pass,
                (Asked::Yes, Tri::No) => Outcome::Fail,
                (Asked::Unsure, Tri::No) | (_, Tri::Unknown) => Outcome::Unknown,
            },
            _ => gate.outcome,
        };
        match outcome {
            Outcome::Fail => return Verdict::Denied,
            Outcome::Unknown => open = true,
            Outcome::Pass | Outcome::Skipped => {}
        }
    }
    if open { Verdict::Unknown } else { Verdict::Allowed }
}

fn nobody(app: Option<Uuid>, operation: &'static Operation, terms: Terms<'_>) -> Question {
    Question {
        app_id: app,
        operation: Some(operation),
        at: Some(terms.at),
        gates: terms.gates.map(<[Gate]>::to_vec),
        ..Question::default()
    }
}
