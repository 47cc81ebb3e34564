//! What the policy causes share: who lists what, and who holds it.

use uuid::Uuid;

use crate::diagnose::facts::policy::{Asked, app_ids};
use crate::diagnose::facts::rsc::Rsc;
use crate::diagnose::{Case, Evidence, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::{App, Assignment, Change, Content, GroupAssignment, Level, Policy, Tri, name};

/// How sure a policy cause can be at most: `None` where the effective policy does list the app, or is not asked.
pub(super) fn ceiling(case: &Case<'_>, gates: &Gates) -> Option<Confidence> {
    if case.policy.lists != Tri::No || !matches!(case.policy.asked, Asked::Yes | Asked::Unsure) {
        return None;
    }
    match (gates.outcome(Gate::Policy), case.rsc, case.policy.asked) {
        (Outcome::Fail, ..) => Some(Confidence::Certain),
        (Outcome::Unknown, Rsc::Unread, Asked::Yes) => Some(Confidence::Likely),
        (Outcome::Unknown, ..) => Some(Confidence::Possible),
        (Outcome::Pass | Outcome::Skipped, ..) => None,
    }
}

/// A policy that lists an object id of the app.
pub(super) struct ObjectId<'a> {
    pub(super) policy: &'a Policy,
    pub(super) id: Uuid,
    pub(super) of: &'static str,
    /// The policy may be effective for this user.
    pub(super) reaches: bool,
}

impl ObjectId<'_> {
    /// Whether the entry explains that the app is not listed: one elsewhere does not where the app itself is listed, too.
    pub(super) fn explains(&self, case: &Case<'_>) -> bool {
        self.reaches || case.policy.anywhere != Tri::Yes
    }
}

pub(super) fn object_id<'a>(case: &Case<'a>) -> Option<ObjectId<'a>> {
    let app = case.app?;
    let own = [(app.service_principal_id, "service principal"), (app.application_object_id, "registration")];
    let own = own.into_iter().filter_map(|(id, of)| Some((id.filter(|id| *id != app.app_id)?, of)));
    let mut found: Vec<ObjectId<'a>> = own
        .flat_map(|(id, of)| {
            let policies = case.view.snapshot().policies.known().iter();
            let listing = policies.filter(move |policy| policy.app_ids.contains(&id));
            listing.map(move |policy| ObjectId { policy, id, of, reaches: reaches(case, policy) })
        })
        .collect();
    crate::order::sort_by_key(&mut found, |it| !it.reaches);
    found.into_iter().next()
}

/// An id that a policy lists, of no app that was read, while not all object ids of this app were: it may be one of them,
/// or another registration of the same name.
pub(super) fn unread_id(case: &Case<'_>) -> Option<(Uuid, String)> {
    unread_ids(case).map(|(id, policy)| (id, policy.name.clone())).next()
}

/// Such ids, the first of each policy.
fn unread_ids<'a>(case: &Case<'a>) -> impl Iterator<Item = (Uuid, &'a Policy)> {
    let snapshot = case.view.snapshot();
    let all_known = case.app.is_some_and(|app| app.knows_own_objects(snapshot.tenant_id));
    let own = case.app_id;
    let known = |id: &Uuid| {
        let of = |app: &&App| app.app_id == *id || app.service_principal_id == Some(*id);
        snapshot.apps.known().iter().any(|app| of(&app))
    };
    let policies = snapshot.policies.known().iter().filter(move |_| !all_known);
    let unread = policies.filter_map(move |policy| Some((*policy.app_ids.iter().find(|id| !known(id))?, policy)));
    unread.filter(move |(id, _)| Some(*id) != own)
}

/// Whether all apps were read but for one of the two object ids of this one, and a policy that may be effective lists an id
/// of none of them: it may be that one, which would be told first.
pub(super) fn may_list_own_object(case: &Case<'_>) -> bool {
    let half = |app: &App| app.service_principal_id.is_some() != app.application_object_id.is_some();
    case.view.snapshot().apps.is_complete()
        && case.app.is_some_and(half)
        && unread_ids(case).any(|(_, policy)| reaches(case, policy))
}

/// Whether a mistaken entry in a policy of this user explains the refusal, or may: it comes before what is hidden, or granted
/// to nobody.
pub(super) fn is_told_first(case: &Case<'_>) -> bool {
    explained_by_a_listing(case) || may_list_own_object(case)
}

/// Whether no policy lists an object id of the app, and none did.
pub(super) fn no_own_object(case: &Case<'_>) -> bool {
    let snapshot = case.view.snapshot();
    let Some(app) = case.app.filter(|app| app.knows_own_objects(snapshot.tenant_id)) else { return false };
    let own = |id: Uuid| [app.service_principal_id, app.application_object_id].contains(&Some(id));
    object_id(case).is_none() && listed_ever(case).is_some_and(|mut ids| !ids.any(own))
}

/// Whether each id that a policy lists, or listed, is one of an app of another name, or of this app.
pub(super) fn no_other_registration(case: &Case<'_>) -> bool {
    let apps = &case.view.snapshot().apps;
    let lower = |app: &App| app.name.as_deref().map(|name| name.trim().to_lowercase());
    let own = case.app.and_then(|app| Some((app, lower(app).filter(|name| !name.is_empty())?)));
    let Some((own, own_name)) = own.filter(|_| apps.is_complete()) else { return false };
    let is_another = |id: Uuid| {
        let ids =
            |app: &&App| [Some(app.app_id), app.service_principal_id, app.application_object_id].contains(&Some(id));
        let of = apps.known().iter().find(ids);
        of.is_some_and(|app| app.app_id == own.app_id || lower(app).is_some_and(|name| name != own_name))
    };
    listed_ever(case).is_some_and(|mut ids| ids.all(is_another))
}

/// Every id that a policy lists, and every one that the history of the policies names; `None` where one may be missing.
fn listed_ever<'a>(case: &Case<'a>) -> Option<impl Iterator<Item = Uuid> + use<'a>> {
    let snapshot = case.view.snapshot();
    let changes = || snapshot.history.iter().filter(|change| change.part == "policies");
    let id = |change: &Change| Uuid::try_parse(change.value.as_deref()?.trim()).ok();
    let now = snapshot.policies.known().iter().flat_map(|policy| policy.app_ids.iter().copied());
    let told = all_read(case) && changes().all(|change| id(change).is_some());
    told.then(|| now.chain(changes().filter_map(id)))
}

/// Whether every policy was read, with its list.
pub(super) fn all_read(case: &Case<'_>) -> bool {
    case.view.snapshot().policies.is_complete() && case.view.policy(name::GLOBAL).is_some()
}

/// A policy that lists another registration of the same name.
pub(super) struct OtherRegistration<'a> {
    pub(super) policy: &'a Policy,
    pub(super) app: &'a App,
    /// The policy may be effective for this user.
    pub(super) reaches: bool,
}

pub(super) fn other_registration<'a>(case: &Case<'a>) -> Option<OtherRegistration<'a>> {
    let app = case.app?;
    let own = app.name.as_deref().map(str::trim).filter(|name| !name.is_empty())?.to_lowercase();
    let snapshot = case.view.snapshot();
    let others = snapshot.apps.known().iter().filter(|other| {
        other.app_id != app.app_id && other.name.as_deref().is_some_and(|name| name.trim().to_lowercase() == own)
    });
    let mut found: Vec<OtherRegistration<'a>> = others
        .flat_map(|other| {
            let listing = snapshot.policies.known().iter().filter(|policy| policy.app_ids.contains(&other.app_id));
            listing.map(move |policy| (policy, other))
        })
        .map(|(policy, app)| OtherRegistration { policy, app, reaches: reaches(case, policy) })
        .collect();
    crate::order::sort_by_key(&mut found, |it| !it.reaches);
    found.into_iter().next()
}

fn reaches(case: &Case<'_>, policy: &Policy) -> bool {
    case.policy.effective.candidates.iter().any(|it| name::same(it.policy, &policy.name))
}

/// How sure it is at most that an entry of a policy explains why the app is not listed: of a policy that only may reach the
/// user it is not, where another one lists the app and may be the user's own.
pub(super) fn by_entry(case: &Case<'_>, policy: &Policy, reaches: bool) -> Confidence {
    let known = case.policy.effective.known().is_some_and(|it| name::same(it.policy, &policy.name));
    match (reaches, case.policy.anywhere) {
        (_, Tri::No) => Confidence::Certain,
        (true, _) if known => Confidence::Certain,
        (true, _) | (false, Tri::Unknown) => Confidence::Likely,
        (false, Tri::Yes) => Confidence::Possible,
    }
}

/// A mistaken entry that explains why the app itself is not listed comes before the absence.
pub(super) fn explained_by_a_listing(case: &Case<'_>) -> bool {
    object_id(case).is_some_and(|it| it.explains(case))
        || other_registration(case).is_some_and(|it| it.reaches || case.policy.anywhere != Tri::Yes)
}

/// Whether the policy of an assignment lists the app, at the time that is asked about.
pub(super) fn lists(case: &Case<'_>, assignment: &Assignment<'_>, app: Uuid) -> Tri {
    if case.view.later_policy(assignment.policy, app).is_some() { Tri::Unknown } else { assignment.lists(app) }
}

/// Whether an assignment below the effective one, which was not read, may name a policy that lists the app.
pub(super) fn may_be_shadowed(case: &Case<'_>) -> bool {
    let Some(app) = case.app_id else { return false };
    let effective = &case.policy.effective;
    if case.policy.anywhere == Tri::No || effective.hidden.iter().any(|it| lists(case, it, app) == Tri::Yes) {
        return false;
    }
    effective.hidden_open
        || effective.maybe_hidden.iter().any(|it| lists(case, it, app) != Tri::No)
        || effective.hidden.iter().any(|it| it.content == Content::Unread || lists(case, it, app) == Tri::Unknown)
}

/// The assignment that certainly reaches the user and lists the app, where the service refused for want of a policy and it
/// is not known which one is effective.
pub(super) fn refused_all_the_same<'c, 'a>(case: &'c Case<'a>, app: Uuid) -> Option<&'c Assignment<'a>> {
    let asked = case.question.of_incident && case.question.policy_asked && case.policy.asked == Asked::Yes;
    let effective = &case.policy.effective;
    if !asked || case.policy.lists != Tri::Unknown || effective.by_read || case.user_id.is_none() {
        return None;
    }
    let mut own = effective.candidates.iter().chain(&effective.hidden);
    own.find(|it| it.certain && lists(case, it, app) == Tri::Yes)
}

/// Whether a listed assignment of this user names a policy that lists the app, although a read of the effective
/// policy, which decides, does not know it: one of the two is newer.
pub(super) fn reads_disagree(case: &Case<'_>) -> bool {
    let (Some(app), Some(user)) = (case.app_id, case.user_id) else { return false };
    let lists = |name: &str| case.view.policy(name).is_some_and(|policy| policy.app_ids.contains(&app));
    let direct = case.view.direct(user).and_then(|direct| direct.policy.as_deref()).is_some_and(lists);
    case.policy.effective.by_read && direct || group_by_lists(case).is_some()
}

/// The assigned group whose policy lists the app and of which the user certainly is a direct member, although a read of
/// the user's effective policy, which decides, does not know it. A direct assignment would come first.
pub(super) fn group_by_lists<'a>(case: &Case<'a>) -> Option<&'a GroupAssignment> {
    let (app, user) = case.app_id.zip(case.user_id).filter(|_| case.policy.effective.by_read)?;
    if case.view.direct(user).is_some_and(|direct| direct.policy.is_some()) {
        return None;
    }
    let lists = |name: &str| case.view.policy(name).is_some_and(|policy| policy.app_ids.contains(&app));
    let mut groups = case.view.snapshot().groups.known().iter().enumerate();
    let found =
        groups.find(|(index, group)| lists(&group.policy) && case.view.is_member(*index, group, user) == Tri::Yes);
    found.map(|(_, group)| group)
}

/// Whether a change is of a group's assignment, or of this user's membership in it.
pub(super) fn is_of_membership(change: &Change, group: &GroupAssignment, user: Option<Uuid>) -> bool {
    let is = |text: &str, id: Uuid| text.trim().eq_ignore_ascii_case(&id.to_string());
    let of_user = || user.zip(change.value.as_deref()).is_some_and(|(user, value)| is(value, user));
    is(&change.key, group.group_id) && (change.part == "groups" || change.part == "members" && of_user())
}

/// How an assignment reaches the user, for people.
pub(super) fn level(case: &Case<'_>, assignment: &Assignment<'_>) -> String {
    match assignment.level {
        Level::Direct => "assigned directly".to_owned(),
        Level::Group { group_id, rank } => {
            let group = group_id
                .map_or_else(|| "a group".to_owned(), |id| format!("group {}", case.view.snapshot().group_words(id)));
            match rank {
                Some(rank) => format!("through {group}, rank {rank}"),
                None => format!("through {group}"),
            }
        }
        Level::Global => "the tenant default".to_owned(),
        Level::Unsaid => "read as effective".to_owned(),
    }
}

/// A policy with its list, as evidence.
pub(super) fn listing(case: &Case<'_>, policy: &Policy) -> Evidence {
    Evidence::read(&case.view.snapshot().policies, format!("policy `{}`", policy.name), "app_ids", app_ids(policy))
}

/// Who holds a policy, as evidence.
pub(super) fn holders(case: &Case<'_>, policy: &Policy) -> Vec<Evidence> {
    let snapshot = case.view.snapshot();
    let object = format!("policy `{}`", policy.name);
    let users = case.view.direct_holders(&policy.name);
    let groups = snapshot.groups.known().iter().filter(|group| name::same(&group.policy, &policy.name)).count();
    let mut evidence = vec![listing(case, policy)];
    if users > 0 {
        evidence.push(Evidence::read(&snapshot.direct, object.clone(), "users with it", users.to_string()));
    }
    if groups > 0 {
        evidence.push(Evidence::read(&snapshot.groups, object, "groups with it", groups.to_string()));
    }
    evidence
}
