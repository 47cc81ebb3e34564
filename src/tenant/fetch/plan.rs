//! What is asked for, what is known already, and the first reads that follow from both.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::finish::{listed, selection};
use super::reads::What;
use super::shown::UNKNOWN;
use super::{FetchError, Options};
use crate::tenant::history::SOURCE;
use crate::tenant::import;
use crate::tenant::{App, Part, Reason, Settings, Snapshot, Status, User};

/// Which users to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Users {
    /// Every user of the tenant.
    All,
    /// The direct members of a group.
    Group(Uuid),
    /// These, by object id or user principal name.
    Named(Vec<String>),
}

/// Which apps to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Apps {
    /// Every app that a policy lists.
    OfPolicies,
    /// Every service principal of the tenant.
    All,
    /// These, by client id.
    Named(Vec<Uuid>),
}

/// What will be read, over what is known.
pub(super) struct Plan {
    pub(super) cloud: String,
    pub(super) tenant: Option<Uuid>,
    pub(super) users: Users,
    pub(super) read_users: bool,
    pub(super) read_apps: bool,
    pub(super) read_effective: bool,
    /// What stays where nothing newer is read: the earlier snapshot under the policies that were given.
    pub(super) base: Snapshot,
    pub(super) previous: Option<Snapshot>,
    /// When the reading of what was given was done.
    pub(super) given_end: Option<Timestamp>,
    /// Groups whose members are known and need not be read again.
    pub(super) settled: HashSet<Uuid>,
    pub(super) first: Vec<What>,
}

pub(super) fn plan(options: &Options, tenant: Option<Uuid>, now: Timestamp) -> Result<Plan, FetchError> {
    let previous = options.previous.clone();
    let base = base(previous.as_ref(), options.teams.as_ref());
    one_tenant(options, tenant)?;
    let fresh = |read_at: Option<Timestamp>| {
        read_at.is_some_and(|at| {
            let age = now.duration_since(at);
            age >= -GRACE && age.unsigned_abs() < options.max_age
        }) && !options.max_age.is_zero()
    };
    let wanted_apps: BTreeSet<Uuid> = match &options.apps {
        Apps::Named(ids) => ids.iter().copied().collect(),
        Apps::All => BTreeSet::new(),
        Apps::OfPolicies => base.policies.known().iter().flat_map(|policy| &policy.app_ids).copied().collect(),
    };
    let mut first = Vec::new();
    // A token that does not tell its tenant may be of any: what others say is compared with what Graph says.
    let unproved = tenant.is_none();
    let tenant = tenant.or(options.tenant);
    if unproved && tenant.is_none() && base.tenant_id.is_none() {
        first.push(What::Organization);
    }

    let users = &base.users;
    let kept = |wanted: &str| {
        let same = |user: &&User| {
            Uuid::try_parse(wanted).is_ok_and(|id| id == user.id)
                || user.upn.as_ref().is_some_and(|upn| upn.eq_ignore_ascii_case(wanted))
        };
        users.known().iter().find(same).cloned()
    };
    let users_fresh = from_graph(users) && fresh(users.read_at) && undisturbed(users.reason.as_ref());
    let mut read_users = true;
    let mut kept_users = Vec::new();
    match &options.users {
        Users::All if users_fresh && users.is_complete() => read_users = false,
        Users::All => first.push(What::AllUsers),
        Users::Group(group) => first.push(What::UsersOf(*group)),
        Users::Named(_) if users_fresh && users.is_complete() => read_users = false,
        Users::Named(names) => {
            for wanted in names {
                match kept(wanted).filter(|_| users_fresh) {
                    Some(user) => kept_users.push(user.id),
                    None => first.push(What::User(wanted.clone())),
                }
            }
            read_users = first.iter().any(|what| matches!(what, What::User(_)));
        }
    }

    let apps = &base.apps;
    let apps_whole = from_graph(apps) && undisturbed(apps.reason.as_ref());
    let app_fresh = |app: &App| apps_whole && app.roles.is_some() && fresh(app.read_at.or(apps.read_at));
    let list_fresh = apps_whole && apps.is_complete() && fresh(apps.read_at);
    let stale: Vec<Uuid> = wanted_apps
        .iter()
        .copied()
        .filter(|wanted| match apps.known().iter().find(|app| app.app_id == *wanted) {
            Some(app) => !app_fresh(app),
            // A list of everything that lacks it tells enough.
            None => !list_fresh,
        })
        .collect();
    let read_apps = match &options.apps {
        Apps::All => !(list_fresh && apps.known().iter().all(app_fresh)),
        _ if wanted_apps.is_empty() => !(apps_whole && fresh(apps.read_at)),
        _ => !stale.is_empty(),
    };
    if read_apps && (options.apps == Apps::All || !stale.is_empty()) {
        first.push(What::Graph);
        if options.apps == Apps::All {
            first.extend([What::AllPrincipals, What::AllApplications, What::AllGrants]);
        }
        for app in &stale {
            first.extend([What::Principal(*app), What::Roles(*app), What::Application(*app)]);
        }
    }

    let done = |members: &Part<Uuid>| from_graph(members) && members.is_complete() && fresh(members.read_at);
    for group in base.groups.known().iter().filter(|group| !done(&group.members)) {
        first.push(What::Members(group.group_id));
    }
    // Groups inside are found when those around them are read, or are known.
    for (inner, members) in base.groups.known().iter().flat_map(|group| base.inside(group)) {
        if !members.is_some_and(done) {
            first.push(What::Members(inner));
        }
    }
    let outer = base.groups.known().iter().map(|group| (group.group_id, &group.members));
    let inner = base.nested_groups.iter().map(|group| (group.group_id, &group.members));
    let settled = outer.chain(inner).filter(|(_, members)| done(members)).map(|(id, _)| id).collect();

    let effective = &base.effective;
    // The list of everybody does not depend on who is a user; of a selection, those who are read are asked for.
    let as_asked = match &options.users {
        Users::All => effective.reason.as_ref() == Some(&listed()),
        _ => {
            !read_users && effective.reason.as_ref().is_none_or(|it| *it == listed() || *it == selection("--users all"))
        }
    };
    let read_effective = !(from_graph(effective) && fresh(effective.read_at) && as_asked);
    match &options.users {
        Users::All if read_effective => first.push(What::AllConfigurations),
        // Kept users are asked for their policies by id; the others when their id is known.
        Users::Named(_) if read_effective => first.extend(kept_users.iter().map(|user| What::Configuration(*user))),
        _ => {}
    }

    if unproved && !first.is_empty() && !first.contains(&What::Organization) {
        first.push(What::Organization);
    }
    Ok(Plan {
        cloud: options.roots.name.clone(),
        tenant,
        users: options.users.clone(),
        read_apps,
        read_users,
        read_effective,
        base,
        previous,
        given_end: options.teams.as_ref().and_then(|teams| teams.taken_at),
        settled,
        first,
    })
}

/// A clock that was a little ahead when it was read is no reason to read again.
const GRACE: SignedDuration = SignedDuration::from_mins(1);

/// Read as it was asked: nothing failed.
fn undisturbed(reason: Option<&Reason>) -> bool {
    let Some(detail) = reason.and_then(|reason| reason.detail.as_deref()) else { return reason.is_none() };
    selection("").detail.as_deref() == Some(detail) || detail.ends_with(UNKNOWN)
}

fn from_graph<T>(part: &Part<T>) -> bool {
    part.source.as_deref() == Some(SOURCE)
}

/// The earlier snapshot, with what was given for the Teams policies over it.
fn base(previous: Option<&Snapshot>, teams: Option<&Snapshot>) -> Snapshot {
    let mut base = previous.cloned().unwrap_or_default();
    let Some(teams) = teams else {
        return base;
    };
    base.history.clone_from(&teams.history);
    base.tenant_id = teams.tenant_id.or(base.tenant_id);
    over(&mut base.policies, &teams.policies);
    over(&mut base.direct, &teams.direct);
    over(&mut base.groups, &teams.groups);
    let knows = |it: &Settings| it.graph_transcript_access.is_some() || it.attributed_transcripts.is_some();
    let settings = &teams.settings;
    if knows(settings) || (!knows(&base.settings) && settings.reason.is_some()) {
        base.settings = settings.clone();
    }
    base.rsc = teams.rsc.clone().or(base.rsc);
    base.events = teams.events.clone().or(base.events);
    beside(&mut base, previous, teams);
    base
}

/// What the given file knows of users, apps, effective policies and members goes over what was known of the same: some of
/// them take nothing from what was read of the others.
fn beside(base: &mut Snapshot, previous: Option<&Snapshot>, teams: &Snapshot) {
    fn put<T: Clone>(base: &mut Part<T>, merged: Part<T>, given: &Part<T>) {
        let broken = given.reason.as_ref().is_some_and(is_broken);
        match given.status {
            Status::Missing if broken || base.status == Status::Missing => {
                base.reason = given.reason.clone().or(base.reason.take());
            }
            Status::Missing => {}
            _ => {
                *base = merged;
                if broken {
                    base.reason.clone_from(&given.reason);
                }
            }
        }
    }
    let Some(previous) = previous else {
        base.users = teams.users.clone();
        base.apps = teams.apps.clone();
        base.effective = teams.effective.clone();
        base.nested_groups.clone_from(&teams.nested_groups);
        return;
    };
    let merged = import::beside(previous, base, teams);
    put(&mut base.users, merged.users, &teams.users);
    put(&mut base.apps, merged.apps, &teams.apps);
    put(&mut base.effective, merged.effective, &teams.effective);
    base.groups = merged.groups;
    base.nested_groups = merged.nested_groups;
}

/// Whether a reading came to no good end.
fn is_broken(reason: &Reason) -> bool {
    matches!(reason.kind.as_str(), "failed" | "forbidden")
}

/// What was given goes over what was known, unless its reading failed and the old one says more.
fn over<T: Clone>(base: &mut Part<T>, given: &Part<T>) {
    let broken = given.reason.as_ref().is_some_and(is_broken);
    let rank = |status| match status {
        Status::Missing => 0,
        Status::Partial => 1,
        Status::Complete => 2,
    };
    // An older file says nothing new about what is known as well.
    if given.read_at.zip(base.read_at).is_some_and(|(given, base)| given < base)
        && rank(base.status) >= rank(given.status)
    {
        return;
    }
    match (given.status, base.status) {
        (Status::Missing, Status::Missing) if given.reason.is_some() => *base = given.clone(),
        (Status::Missing, Status::Partial | Status::Complete) | (Status::Partial, Status::Complete) if broken => {
            base.reason.clone_from(&given.reason);
        }
        (Status::Missing, _) => {}
        _ => *base = given.clone(),
    }
}

/// Every source speaks of one tenant.
fn one_tenant(options: &Options, token: Option<Uuid>) -> Result<(), FetchError> {
    let sources = [
        ("the token", token),
        ("`--tenant`", options.tenant),
        ("the earlier snapshot", options.previous.as_ref().and_then(|it| it.tenant_id)),
        ("the given Teams policies", options.teams.as_ref().and_then(|it| it.tenant_id)),
    ];
    let mut known = sources.into_iter().filter_map(|(whose, tenant)| Some((whose, tenant?)));
    let Some((first, first_tenant)) = known.next() else { return Ok(()) };
    match known.find(|(_, tenant)| *tenant != first_tenant) {
        None => Ok(()),
        Some((second, second_tenant)) => {
            Err(FetchError::Tenant { first: first.to_owned(), first_tenant, second: second.to_owned(), second_tenant })
        }
    }
}

/// The default age up to which a part is not read again.
pub(super) const MAX_AGE: Duration = Duration::from_secs(600);
