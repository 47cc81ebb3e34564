//! Snapshots to ask: chosen by tenant, without the parts that are too old.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::subject::{Names, Subject};
use crate::tenant::{App, Part, Reason, Snapshot, Status, User, View};

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
    let taken = snapshot.taken_at;
    let old = |read: Option<Timestamp>| read.or(taken).is_none_or(|read| now.duration_since(read) > limit);
    let groups_read = snapshot.groups.read_at;
    for group in &mut snapshot.groups.items {
        if old(group.members.read_at.or(groups_read)) {
            forget(&mut group.members, taken);
        }
    }
    for group in &mut snapshot.nested_groups {
        if old(group.members.read_at) {
            forget(&mut group.members, taken);
        }
    }
    let effective_read = snapshot.effective.read_at;
    let was = snapshot.effective.items.len();
    snapshot.effective.items.retain(|read| !old(read.read_at.or(effective_read)));
    if was > 0 && snapshot.effective.items.is_empty() {
        forget(&mut snapshot.effective, taken);
    }
    if old(snapshot.policies.read_at) {
        forget(&mut snapshot.policies, taken);
        snapshot.unread_policies.clear();
    }
    if old(snapshot.direct.read_at) {
        forget(&mut snapshot.direct, taken);
    }
    if old(snapshot.groups.read_at) {
        forget(&mut snapshot.groups, taken);
    }
    if old(snapshot.users.read_at) {
        let known = std::mem::take(&mut snapshot.users.items);
        forget(&mut snapshot.users, taken);
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
        forget(&mut snapshot.apps, taken);
        // Those that were read later still count, and the others are what they are called.
        keep(&mut snapshot.apps, items);
    } else {
        snapshot.apps.items = items;
    }
    if old(snapshot.settings.read_at) {
        snapshot.settings.graph_transcript_access = None;
        snapshot.settings.attributed_transcripts = None;
        snapshot.settings.reason = Some(too_old(snapshot.settings.read_at.or(taken)));
    }
    if old(None) {
        snapshot.rsc = None;
        snapshot.events = None;
    }
}

fn keep<T>(part: &mut Part<T>, items: Vec<T>) {
    if !items.is_empty() {
        part.status = Status::Partial;
        part.items = items;
    }
}

fn forget<T>(part: &mut Part<T>, taken: Option<Timestamp>) {
    let read = part.read_at.or(taken);
    *part = Part { source: part.source.take(), read_at: part.read_at, reason: Some(too_old(read)), ..Part::default() };
}

fn too_old(read: Option<Timestamp>) -> Reason {
    let detail =
        read.map_or_else(|| "nobody knows when it was read".to_owned(), |read| format!("read {read}, too old"));
    Reason { kind: "not-read".to_owned(), needs: Some("a newer read".to_owned()), detail: Some(detail) }
}
