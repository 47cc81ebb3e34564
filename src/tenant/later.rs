//! What was changed after the moment that is asked about: a snapshot says nothing of how it was before.
//!
//! A change lies between two reads: not there at the first, there at the second. Up to the second nobody knows which of
//! the two held, and before the first the earlier value is known of that one moment only.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::name;
use super::snapshot::{Change, Snapshot};

/// The changes after a moment, by what they are about.
#[derive(Debug, Default)]
pub(super) struct Later<'a> {
    all: Vec<&'a Change>,
    policies: HashMap<String, Vec<&'a Change>>,
    direct: HashMap<Uuid, &'a Change>,
    effective: HashMap<Uuid, &'a Change>,
    /// Assignments of groups.
    groups: HashMap<Uuid, &'a Change>,
    /// Users in groups; `None` = any user.
    members: HashMap<(Uuid, Option<Uuid>), &'a Change>,
    users: HashMap<Uuid, &'a Change>,
    apps: HashMap<Uuid, Vec<&'a Change>>,
    switch: Option<&'a Change>,
}

/// When a change had surely been made, as far as anybody knows.
fn end(change: &Change, snapshot: &Snapshot) -> Option<Timestamp> {
    change.not_before?;
    change.not_after.or(snapshot.taken_at).or(change.not_before)
}

/// The last moment up to which some known change may not have been made.
pub(super) fn last(snapshot: &Snapshot) -> Option<Timestamp> {
    snapshot.history.iter().filter_map(|change| end(change, snapshot)).max()
}

impl<'a> Later<'a> {
    /// `delay`: how long a change may take after it was made.
    pub(super) fn of(snapshot: &'a Snapshot, at: Timestamp, delay: impl Fn(&Change) -> SignedDuration) -> Self {
        let mut later = Self::default();
        let ends = |change: &Change| end(change, snapshot).map(|end| end.checked_add(delay(change)).unwrap_or(end));
        let later_ones = snapshot.history.iter().filter(|change| ends(change).is_some_and(|end| at < end));
        for change in later_ones {
            later.add(change);
        }
        later
    }

    fn add(&mut self, change: &'a Change) {
        let id = |text: &str| Uuid::try_parse(text.trim()).ok();
        let value = change.value.as_deref().and_then(id);
        let key = id(&change.key);
        self.all.push(change);
        match (change.part.as_str(), key) {
            ("policies", _) => self.policies.entry(name::key(&change.key)).or_default().push(change),
            ("direct", Some(user)) => drop(self.direct.insert(user, change)),
            ("effective", Some(user)) => drop(self.effective.insert(user, change)),
            ("groups", Some(group)) if value.is_none() => drop(self.groups.insert(group, change)),
            ("groups" | "members", Some(group)) => drop(self.members.insert((group, value), change)),
            ("users" | "licenses" | "licences", Some(user)) => drop(self.users.insert(user, change)),
            ("apps" | "roles", Some(app)) => self.apps.entry(app).or_default().push(change),
            ("settings", _) if change.key.trim() == "graph_transcript_access" => self.switch = Some(change),
            _ => {}
        }
    }

    /// Whether the assignment of some user was changed, whoever it is.
    pub(super) fn is_about_users(&self) -> bool {
        !self.direct.is_empty() || !self.effective.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// A change of what a policy lists, as far as this app is concerned.
    pub(super) fn of_policy(&self, policy: &str, app: Uuid) -> Option<&'a Change> {
        let changes = self.policies.get(&name::key(policy))?;
        changes.iter().copied().find(|change| is_about(change, app))
    }

    /// A change of any policy, as far as this app is concerned.
    pub(super) fn of_any_policy(&self, app: Uuid) -> Option<&'a Change> {
        self.policies.values().flatten().copied().find(|change| is_about(change, app))
    }

    /// Whether a policy came, went or was changed in a way that is not told.
    pub(super) fn is_whole_policy(&self, policy: &str) -> bool {
        let changes = self.policies.get(&name::key(policy));
        changes.is_some_and(|changes| changes.iter().any(|change| listed_id(change).is_none()))
    }

    pub(super) fn of_direct(&self, user: Uuid) -> Option<&'a Change> {
        self.direct.get(&user).copied()
    }

    pub(super) fn of_effective(&self, user: Uuid) -> Option<&'a Change> {
        self.effective.get(&user).copied()
    }

    pub(super) fn of_group(&self, group: Uuid) -> Option<&'a Change> {
        self.groups.get(&group).copied()
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = (Uuid, &'a Change)> {
        self.groups.iter().map(|(group, change)| (*group, *change))
    }

    pub(super) fn of_member(&self, group: Uuid, user: Option<Uuid>) -> Option<&'a Change> {
        if self.members.is_empty() {
            return None;
        }
        match user {
            Some(user) => self.members.get(&(group, Some(user))).or_else(|| self.members.get(&(group, None))).copied(),
            None => self.members.iter().find(|((of, _), _)| *of == group).map(|(_, change)| *change),
        }
    }

    pub(super) fn of_user(&self, user: Uuid) -> Option<&'a Change> {
        self.users.get(&user).copied()
    }

    pub(super) fn of_app(&self, app: Uuid) -> &[&'a Change] {
        self.apps.get(&app).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) const fn of_switch(&self) -> Option<&'a Change> {
        self.switch
    }
}

fn listed_id(change: &Change) -> Option<Uuid> {
    change.value.as_deref().and_then(|value| Uuid::try_parse(value.trim()).ok())
}

/// Whether a change of a policy is about this app's entry, or may be.
fn is_about(change: &Change, app: Uuid) -> bool {
    listed_id(change).is_none_or(|listed| listed == app)
}
