//! One question, answered: the verdict with its proof, what is effective, and what every other policy would have said.

use uuid::Uuid;

use super::Place;
use super::state::{Asked, choose};
use crate::diagnose::{Judgement, Outcome, Question, Verdict, creator, judge_in};
use crate::input::{MeetingRef, Moment};
use crate::knowledge::{Catalogue, Gate, Operation};
use crate::tenant::subject::{Resolved, Subject};
use crate::tenant::{Assignment, Content, Effective, Level, Snapshot, Tri, View, VirtualEvent, effective, name};

/// A question as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The tenant, where one is named.
    pub tenant: Option<Uuid>,
    /// The app.
    pub app: Subject,
    /// The user; `None` = the operation concerns nobody.
    pub user: Option<Subject>,
    /// The operation.
    pub operation: &'static Operation,
    /// The meeting, where one is named.
    pub meeting: Option<Box<MeetingRef>>,
    /// Where it stands.
    pub place: Option<Place>,
}

/// What is the same for all questions of a run.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Causes and their severities.
    pub catalogue: &'a Catalogue,
    /// Only these gates are asked; `None` = all.
    pub gates: Option<&'a [Gate]>,
    /// The time of the question.
    pub at: Moment,
}

/// How a policy stands to the user of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is the effective one.
    Effective,
    /// It may be.
    MayBeEffective,
    /// It is assigned to the user, and one above hides it.
    Hidden,
    /// It may be assigned to the user; one above hides it then.
    MayBeHidden,
    /// Nothing that was read assigns it to the user.
    NotAssigned,
}

impl Standing {
    /// The name used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Effective => "effective",
            Self::MayBeEffective => "may-be-effective",
            Self::Hidden => "hidden",
            Self::MayBeHidden => "may-be-hidden",
            Self::NotAssigned => "not-assigned",
        }
    }
}

/// What one policy says of the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySays {
    /// Its name; empty = not known.
    pub policy: String,
    /// Whether it lists the app.
    pub lists: Tri,
    /// How it stands to the user.
    pub standing: Standing,
    /// How it reaches the user, if it does.
    pub level: Option<Level>,
    /// How many apps it lists, if that is known.
    pub apps: Option<usize>,
    /// The lists assign it to the user, at this level, and a read of the user's effective policy does not show it.
    pub by_lists: Option<Level>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer<'s> {
    /// Name and content of the snapshot that was asked; `None` = none covers the tenant.
    pub state: Option<(&'s str, &'s Snapshot)>,
    /// The tenant: of the snapshot, else as named.
    pub tenant: Option<Uuid>,
    /// The app as written.
    pub app: Subject,
    /// What the snapshot makes of it.
    pub app_resolved: Resolved,
    /// Its display name, if the snapshot knows it.
    pub app_name: Option<&'s str>,
    /// The user as written.
    pub user: Option<Subject>,
    /// The user principal name, else the display name, if the snapshot knows it.
    pub user_name: Option<&'s str>,
    /// What the snapshot makes of it.
    pub user_resolved: Option<Resolved>,
    /// The operation.
    pub operation: &'static Operation,
    /// The virtual event that the call names, if the snapshot has it.
    pub event: Option<&'s VirtualEvent>,
    /// The verdict, where a name that nobody has is taken into account.
    pub verdict: Verdict,
    /// Gates, findings and the rest.
    pub judgement: Judgement,
    /// Every policy that was read, and every one that is assigned to the user, in the order of their standing.
    pub policies: Vec<PolicySays>,
    /// Whether the policy gate rests on a read of the effective policy.
    pub by_read: bool,
    /// Where the question stands.
    pub place: Option<Place>,
}

impl Answer<'_> {
    /// How a gate came out; `None` = it is none of the call's.
    #[must_use]
    pub fn outcome(&self, gate: Gate) -> Option<Outcome> {
        self.judgement.gates.iter().find(|one| one.gate == gate).map(|one| one.outcome)
    }
}

/// The same of the creator of the event that it names, where the state knows who that is.
fn by_creator(ask: &Ask, snapshot: &Snapshot) -> Option<Ask> {
    let meeting = Some(ask.meeting.as_deref()?.clone());
    let question = Question { meeting, ..Question::default() };
    let user = creator(&question, snapshot, Some(ask.operation))?;
    Some(Ask { user: Some(Subject::Id(user)), ..ask.clone() })
}

/// Answers one question.
#[must_use]
pub fn answer<'s>(ask: &Ask, asked: &[Asked<'_, 's>], terms: Terms<'_>) -> Answer<'s> {
    let chosen = choose(asked, ask.tenant, ask.user.as_ref());
    let with_creator = chosen.filter(|_| ask.user.is_none()).and_then(|one| by_creator(ask, one.view.snapshot()));
    let ask = with_creator.as_ref().unwrap_or(ask);
    let (app, user) = match chosen {
        Some(one) => (one.names.app(&ask.app), ask.user.as_ref().map(|user| one.names.user(user))),
        None => (as_id(&ask.app), ask.user.as_ref().map(as_id)),
    };
    let question = Question {
        app_id: app.id(),
        user_id: user.and_then(Resolved::id),
        user: ask.user.as_ref().and_then(Subject::name).map(str::to_owned),
        operation: Some(ask.operation),
        meeting: ask.meeting.as_deref().cloned(),
        at: Some(terms.at),
        gates: terms.gates.map(<[Gate]>::to_vec),
        ..Question::default()
    };
    let nothing = Snapshot::default();
    let nobody = View::new(&nothing);
    let chosen_view = chosen.map(|one| one.view);
    let judgement = match chosen_view {
        Some(view) => judge_in(&question, view, terms.catalogue),
        None => judge_in(&question, &nobody, terms.catalogue),
    };
    let (policies, by_read) = match (chosen_view, question.app_id) {
        (Some(view), Some(app)) if question.user_id.is_some() => {
            let found = effective(view, question.user_id);
            (policies(view, &found, app, question.user_id), found.by_read)
        }
        _ => (Vec::new(), false),
    };
    let snapshot = chosen.map(|one| one.view.snapshot());
    Answer {
        state: chosen.map(|one| (one.name, one.view.snapshot())),
        tenant: snapshot.and_then(|snapshot| snapshot.tenant_id).or(ask.tenant),
        app: ask.app.clone(),
        app_resolved: app,
        app_name: chosen.and_then(|one| one.view.app(app.id()?)?.name.as_deref()),
        user: ask.user.clone(),
        user_name: chosen.and_then(|one| {
            let user = one.view.user(user?.id()?)?;
            user.upn.as_deref().or(user.name.as_deref())
        }),
        user_resolved: user,
        operation: ask.operation,
        event: snapshot.zip(ask.meeting.as_deref()).and_then(|(snapshot, named)| snapshot.event(&named.text)),
        verdict: verdict(&judgement, chosen.is_some(), app, user),
        judgement,
        policies,
        by_read,
        place: ask.place,
    }
}

fn as_id(subject: &Subject) -> Resolved {
    match subject {
        Subject::Id(id) => Resolved::Id(*id),
        Subject::Name(_) => Resolved::Unlisted,
    }
}

/// A question that no snapshot covers, and a name that nobody listed has, or several have, is never judged, whichever gates
/// are asked.
fn verdict(judgement: &Judgement, covered: bool, app: Resolved, user: Option<Resolved>) -> Verdict {
    let known = app.id().is_some() && user.is_none_or(|user| user.id().is_some());
    if covered && known { judgement.verdict } else { Verdict::Unknown }
}

/// What each policy says, and how it stands to the user.
fn policies(view: &View<'_>, found: &Effective<'_>, app: Uuid, user: Option<Uuid>) -> Vec<PolicySays> {
    let known = found.known().is_some();
    let mut all: Vec<PolicySays> = Vec::new();
    let mut add = |assignment: &Assignment<'_>, standing: Standing| {
        let repeated = |one: &PolicySays| {
            name::same(&one.policy, assignment.policy)
                && (one.standing == standing || one.level == Some(assignment.level))
        };
        if !all.iter().any(repeated) {
            all.push(PolicySays {
                policy: assignment.policy.to_owned(),
                lists: assignment.lists(app),
                standing,
                level: Some(assignment.level),
                apps: apps(assignment.content),
                by_lists: None,
            });
        }
    };
    for assignment in &found.candidates {
        add(assignment, if known { Standing::Effective } else { Standing::MayBeEffective });
    }
    for assignment in &found.hidden {
        add(assignment, Standing::Hidden);
    }
    for assignment in &found.maybe_hidden {
        add(assignment, Standing::MayBeHidden);
    }
    let assigned = all.len();
    for policy in view.snapshot().policies.known() {
        if !all.iter().take(assigned).any(|one| name::same(&one.policy, &policy.name)) {
            all.push(PolicySays {
                policy: policy.name.clone(),
                lists: if policy.app_ids.contains(&app) { Tri::Yes } else { Tri::No },
                standing: Standing::NotAssigned,
                level: None,
                apps: apps(Content::Listed(policy)),
                by_lists: user.filter(|_| found.by_read).and_then(|user| by_lists(view, user, &policy.name)),
            });
        }
    }
    crate::order::sort_by_key(&mut all, |one| one.standing);
    all
}

/// The level at which the lists assign a policy to a user.
fn by_lists(view: &View<'_>, user: Uuid, policy: &str) -> Option<Level> {
    let is = |name: &str| name::same(name, policy);
    if view.direct(user).and_then(|direct| direct.policy.as_deref()).is_some_and(is) {
        return Some(Level::Direct);
    }
    let mut groups = view.snapshot().groups.known().iter().enumerate();
    let group = groups.find(|(index, group)| is(&group.policy) && view.is_member(*index, group, user) == Tri::Yes);
    group.map(|(_, group)| Level::Group {
        group_id: Some(group.group_id),
        rank: Some(group.rank).filter(|rank| *rank > 0),
    })
}

fn apps(content: Content<'_>) -> Option<usize> {
    match content {
        Content::Listed(policy) => Some(policy.app_ids.len()),
        Content::Dangling | Content::Unread => None,
    }
}
