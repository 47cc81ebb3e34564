//! Snapshots to ask: chosen by tenant, without the parts that are too old.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::age;
use crate::tenant::subject::{Names, Subject};
use crate::tenant::{App, Part, Reason, Snapshot, Status, TOO_OLD, User, View};

/// A snapshot with its name.
#[derive(Clone, Debug)]
pub struct State {
    /// Name of the file.
    pub name: String,
    /// What it holds.
    pub snapshot: Snapshot,
}

/// A snapshot that is asked.
#[derive(Debug)]
pub struct Asked<'v, 's> {
    /// Name of the file.
    pub name: &'s str,
    /// Its look-ups.
    pub view: &'v View<'s>,
    /// Its names.
    pub names: Names<'v, 's>,
}

/// Which snapshot answers a question: that of the tenant; without a tenant the only one, else the only one that lists
/// the user, since an object id belongs to one tenant. `None` = none covers it.
#[must_use]
pub fn choose<'c, 'v, 's>(
    asked: &'c [Asked<'v, 's>],
    tenant: Option<Uuid>,
    user: Option<&Subject>,
) -> Option<&'c Asked<'v, 's>> {
    if let Some(tenant) = tenant {
        return asked.iter().find(|one| one.view.snapshot().tenant_id == Some(tenant));
    }
    if let [only] = asked {
        return Some(only);
    }
    let user = user?;
    let mut listing = asked.iter().filter(|one| match user {
        Subject::Id(id) => one.view.user(*id).is_some(),
        Subject::Name(name) => one.view.user_named(name).is_some(),
    });
    let first = listing.next()?;
    listing.next().is_none().then_some(first)
}

/// Two snapshots of one tenant, by position: nobody can choose between them.
#[must_use]
pub fn twice(states: &[State]) -> Option<(usize, usize)> {
    states.iter().enumerate().find_map(|(second, state)| {
        let tenant = state.snapshot.tenant_id?;
        let first = states.iter().take(second).position(|other| other.snapshot.tenant_id == Some(tenant))?;
        Some((first, second))
    })
}

/// Forgets every part that was read longer than `limit` before `now`, or at a time that nobody knows.
/// What is forgotten is missing, so that gates which rest on it are unknown.
pub fn forget_old(snapshot: &mut Snapshot, limit: SignedDuration, now: Timestamp) {
    forget_old_at(snapshot, Age { limit, at: now, now });
}

/// How old a read may be, and for when.
#[derive(Clone, Copy, Debug)]
pub struct Age {
    /// How far from the time that is asked about.
    pub limit: SignedDuration,
    /// The time that is asked about.
    pub at: Timestamp,
    /// The clock.
    pub now: Timestamp,
}

/// Clocks of two machines differ by this much and no more.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

impl Age {
    /// Why a read does not count; `None` where it does.
    fn refuses(self, read: Option<Timestamp>) -> Option<String> {
        let Some(read) = read else { return Some("nobody knows when it was read".to_owned()) };
        let limit = age::span(self.limit.as_secs());
        if read.duration_since(self.now.max(self.at)) > SKEW {
            return Some(format!("its date {read} lies in the future: how old it is nobody knows"));
        }
        let age = self.at.duration_since(read);
        if age > self.limit { Some(format!("read {} ago, older than {limit}", age::span(age.as_secs()))) } else { None }
    }
}

/// Forgets what was read longer before the time that is asked about than the limit allows, at a time that nobody
/// knows, or in the future.
pub fn forget_old_at(snapshot: &mut Snapshot, age: Age) {
    let taken = snapshot.taken_at;
    let why = |read: Option<Timestamp>| age.refuses(read.or(taken));
    let old = |read: Option<Timestamp>| why(read).is_some();
    let forget_part = |read: Option<Timestamp>| too_old(why(read));
    let groups_read = snapshot.groups.read_at;
    for group in &mut snapshot.groups.items {
        if old(group.members.read_at.or(groups_read)) {
            let reason = forget_part(group.members.read_at.or(groups_read));
            forget(&mut group.members, reason);
        }
    }
    for group in &mut snapshot.nested_groups {
        if old(group.members.read_at) {
            let reason = forget_part(group.members.read_at);
            forget(&mut group.members, reason);
        }
    }
    let effective_read = snapshot.effective.read_at;
    let newest = snapshot.effective.items.iter().map(|read| read.read_at.or(effective_read)).max();
    snapshot.effective.items.retain(|read| !old(read.read_at.or(effective_read)));
    if let Some(newest) = newest.filter(|_| snapshot.effective.items.is_empty()) {
        let reason = forget_part(newest);
        forget(&mut snapshot.effective, reason);
    }
    if old(snapshot.policies.read_at) {
        let reason = forget_part(snapshot.policies.read_at);
        forget(&mut snapshot.policies, reason);
        snapshot.unread_policies.clear();
    }
    if old(snapshot.direct.read_at) {
        let reason = forget_part(snapshot.direct.read_at);
        forget(&mut snapshot.direct, reason);
    }
    if old(snapshot.groups.read_at) {
        let reason = forget_part(snapshot.groups.read_at);
        forget(&mut snapshot.groups, reason);
    }
    if old(snapshot.users.read_at) {
        let known = std::mem::take(&mut snapshot.users.items);
        let reason = forget_part(snapshot.users.read_at);
        forget(&mut snapshot.users, reason);
        // What somebody is called still names them; nothing else of it counts.
        let named = |user: User| User { guest: None, enabled: None, teams: None, ..user };
        keep(&mut snapshot.users, known.into_iter().map(named).collect());
    }
    let apps_read = snapshot.apps.read_at;
    let named = |app: App| App {
        enabled: None,
        service_principal_id: None,
        application_object_id: None,
        home_tenant: None,
        roles: None,
        delegated: None,
        requested: None,
        ..app
    };
    let items = std::mem::take(&mut snapshot.apps.items);
    let items = items.into_iter().map(|app| if old(app.read_at.or(apps_read)) { named(app) } else { app }).collect();
    if old(apps_read) {
        let reason = forget_part(apps_read);
        forget(&mut snapshot.apps, reason);
        // Those that were read later still count, and the others are what they are called.
        keep(&mut snapshot.apps, items);
    } else {
        snapshot.apps.items = items;
    }
    snapshot.absent.retain(|gone| !old(gone.read_at));
    if old(snapshot.settings.read_at) {
        snapshot.settings.graph_transcript_access = None;
        snapshot.settings.attributed_transcripts = None;
        snapshot.settings.reason = Some(forget_part(snapshot.settings.read_at));
    }
    if old(None) {
        snapshot.rsc = None;
        snapshot.events = None;
    }
}

/// What renews a snapshot of which parts are too old to count; `None` = none is.
#[must_use]
pub fn renewal(state: &State) -> Option<String> {
    let snapshot = &state.snapshot;
    let old = |reason: &Option<Reason>| reason.as_ref().is_some_and(|reason| reason.kind == TOO_OLD);
    let groups = &snapshot.groups;
    let members = groups.items.iter().map(|group| &group.members.reason);
    let nested = snapshot.nested_groups.iter().map(|group| &group.members.reason);
    let any = old(&snapshot.policies.reason)
        || old(&snapshot.direct.reason)
        || old(&groups.reason)
        || old(&snapshot.effective.reason)
        || old(&snapshot.users.reason)
        || old(&snapshot.apps.reason)
        || old(&snapshot.settings.reason)
        || members.chain(nested).any(old);
    any.then(|| {
        format!(
            "`{}` is older than `--max-state-age` allows, in whole or in part, and what is old does not count: renew it, with \
             `graphwhy fetch`, or with `graphwhy import` of a new export",
            state.name
        )
    })
}

fn keep<T>(part: &mut Part<T>, items: Vec<T>) {
    if !items.is_empty() {
        part.status = Status::Partial;
        part.items = items;
    }
}

fn forget<T>(part: &mut Part<T>, reason: Reason) {
    *part = Part { source: part.source.take(), read_at: part.read_at, reason: Some(reason), ..Part::default() };
}

fn too_old(why: Option<String>) -> Reason {
    Reason { kind: TOO_OLD.to_owned(), needs: Some("a newer read".to_owned()), detail: why }
}
