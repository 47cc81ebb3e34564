//! Reads of effective policies under changed assignments: they hold as long as what they rest on is as it was.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::simulate::{Simulator, open};
use crate::order;
use crate::tenant::{Direct, EffectiveRead, Part, Snapshot, Status, Via, View, by_groups, name};

/// Assignments that commands leave unknown.
impl Simulator<'_> {
    /// Whether a user's direct assignment is `Global` by name.
    pub(super) fn holds_global(&self, user: Uuid) -> bool {
        let held = self.now.direct.known().iter().find(|it| it.user_id == user);
        held.and_then(|it| it.policy.as_deref()).is_some_and(name::is_global)
    }

    /// The direct assignment of a user is not known any more.
    pub(super) fn forget_direct(&mut self, user: Uuid) {
        self.direct.remove(&user);
        self.forgotten.users.insert(user);
        let snapshot = &mut self.now;
        snapshot.effective.items.retain(|read| read.user_id != user);
        snapshot.direct.items.retain(|it| it.user_id != user);
        open(&mut snapshot.direct);
        snapshot.direct.items.push(Direct { user_id: user, policy: Some(String::new()) });
    }

    /// No direct assignment is known any more.
    pub(super) fn forget_all_direct(&mut self) {
        self.forget_perhaps();
        self.direct.clear();
        self.forgotten.all = true;
        self.now.effective = Part::default();
        self.now.direct = Part::default();
    }

    /// No group assignment is known any more.
    pub(super) fn forget_groups(&mut self) {
        self.forgotten.groups = true;
        self.now.effective.items.retain(|read| read.via == Some(Via::Direct));
        self.now.groups = Part::default();
    }
}

impl<'a> Simulator<'a> {
    /// The direct assignment of a user that reads of the effective policy imply.
    pub(super) fn implied_direct(&self, user: Uuid) -> Option<Option<&'a str>> {
        self.implied.get(&user).copied().flatten()
    }

    /// Takes a direct assignment away where a read does not tell whether there is one: the policy goes, or stays as a
    /// group's; `false` = it is known whether there is one.
    pub(super) fn ungrant_unsaid(&mut self, user: Uuid) -> bool {
        if self.implied.get(&user) != Some(&None) || !is_unsaid(self.original, user) {
            return false;
        }
        let original = self.original;
        self.direct.remove(&user);
        self.forgotten.users.remove(&user);
        self.settle_grants_to(user);
        self.now.direct.items.retain(|it| it.user_id != user);
        let own = original.direct.known().iter().find(|it| it.user_id == user);
        self.now.direct.items.extend(own.cloned());
        if original.direct.status == Status::Missing && self.now.direct.items.is_empty() {
            self.now.direct.status = Status::Missing;
        }
        self.refresh();
        self.assume("whether the effective policy of the user is assigned directly, or to a group, was not read");
        self.perhaps_undirected(user);
        true
    }

    /// Reads of effective policies hold as long as the assignments that they rest on are as they were. Where a
    /// command tells the new one, the read says that; else it is dropped, and the assignments decide.
    pub(super) fn refresh(&mut self) {
        if self.original.effective.known().is_empty() {
            return;
        }
        let mut items: Vec<EffectiveRead> = Vec::with_capacity(self.original.effective.items.len());
        for read in self.original.effective.known() {
            match self.fresh(read) {
                Fresh::Same => items.push(read.clone()),
                Fresh::Gone => {}
                Fresh::Is(new) => {
                    if !items.contains(&new) {
                        items.push(new);
                    }
                }
            }
        }
        self.now.effective.items = items;
    }

    fn fresh(&self, read: &EffectiveRead) -> Fresh {
        let user = read.user_id;
        let implied = self.implied_direct(user);
        let own = |policy: &str, via, group_id, hides| {
            let policy = Some(policy.to_owned());
            Fresh::Is(EffectiveRead { user_id: user, policy, via: Some(via), group_id, read_at: read.read_at, hides })
        };
        match (self.direct.get(&user), implied) {
            (Some(Some(policy)), Some(Some(before))) if name::same(policy, before) => return Fresh::Same,
            (Some(Some(policy)), _) => return own(policy, Via::Direct, None, Vec::new()),
            (Some(None), Some(None)) => {}
            (Some(None), _) => return Fresh::Gone,
            (None, _) if self.forgotten.all || self.forgotten.users.contains(&user) => return Fresh::Gone,
            (None, Some(Some(_))) => return Fresh::Same,
            (None, _) => {}
        }
        if self.forgotten.groups {
            return Fresh::Gone;
        }
        let mut fresh = Fresh::Same;
        for id in &self.regrouped {
            match self.regrouped_read(read, *id) {
                Fresh::Same => {}
                changed if matches!(fresh, Fresh::Same) => fresh = changed,
                _ => return Fresh::Gone,
            }
        }
        match fresh {
            Fresh::Is(EffectiveRead { policy: Some(policy), group_id, hides, .. }) => {
                own(&policy, Via::Group, group_id, hides)
            }
            other => other,
        }
    }

    /// What the changed assignment of one group does to a read that no direct assignment decides.
    fn regrouped_read(&self, read: &EffectiveRead, id: Uuid) -> Fresh {
        let find = |snapshot: &Snapshot, id| snapshot.groups.known().iter().find(|group| group.group_id == id).cloned();
        let (before, now) = (find(self.original, id), find(&self.now, id));
        let Some(group) = now.as_ref().or(before.as_ref()) else { return Fresh::Gone };
        let member = group.members.known().contains(&read.user_id);
        if !member && group.members.is_complete() {
            return Fresh::Same;
        }
        // An assignment that certainly comes before it decides alone.
        if read.via == Some(Via::Group)
            && let Some(winner) = read.group_id.filter(|winner| *winner != id && !self.regrouped.contains(winner))
            && let Some(winner) = find(&self.now, winner)
            && winner.rank > 0
            && group.rank > winner.rank
        {
            return Fresh::Same;
        }
        let Some(now) = now.filter(|_| member) else { return Fresh::Gone };
        let by_global = read.via == Some(Via::Global) || read.policy.as_deref().is_none_or(name::is_global);
        let outranks = || {
            let winner = read.group_id.and_then(|winner| find(&self.now, winner));
            read.via == Some(Via::Group) && now.rank > 0 && winner.is_some_and(|winner| winner.rank > now.rank)
        };
        if by_global || read.group_id == Some(id) || outranks() {
            return Fresh::Is(EffectiveRead {
                user_id: read.user_id,
                policy: Some(now.policy.clone()),
                via: Some(Via::Group),
                group_id: Some(id),
                read_at: read.read_at,
                hides: read.hides.iter().filter(|it| it.group_id != Some(id)).cloned().collect(),
            });
        }
        Fresh::Gone
    }
}

/// What became of a read.
enum Fresh {
    Same,
    Gone,
    Is(EffectiveRead),
}

/// The direct assignment of each user of whom the effective policy was read, as far as that implies it.
pub(super) type Implied<'a> = BTreeMap<Uuid, Option<Option<&'a str>>>;

/// What reads of effective policies imply, for all users at once.
pub(super) fn implied_by_reads(snapshot: &Snapshot) -> Implied<'_> {
    let mut reads: BTreeMap<Uuid, Vec<&EffectiveRead>> = BTreeMap::new();
    for read in snapshot.effective.known() {
        reads.entry(read.user_id).or_default().push(read);
    }
    if reads.is_empty() {
        return Implied::new();
    }
    let direct: BTreeMap<Uuid, &Direct> = order::map(snapshot.direct.known().iter().map(|it| (it.user_id, it)));
    let view = LazyCell::new(|| View::indexed(snapshot));
    let is_newer = |read: &EffectiveRead| is_newer_grant(&view, read);
    let own = |user: &Uuid| listed(direct.get(user).copied(), snapshot);
    order::map(reads.into_iter().map(|(user, reads)| (user, implied_direct(&reads, own(&user), is_newer))))
}

/// The direct assignment that the reads of a user's effective policy imply; `None` = they do not tell. Where they say the
/// policy and not how it reaches the user, the list of direct assignments tells it, if it does not contradict them.
fn implied_direct<'s>(
    reads: &[&'s EffectiveRead],
    listed: Option<Option<&'s str>>,
    is_newer_grant: impl Fn(&EffectiveRead) -> bool,
) -> Option<Option<&'s str>> {
    let first = direct_of(reads.first()?);
    if reads.iter().all(|read| read.policy.is_some() && read.via.is_none()) {
        let says = |own: &str| reads.iter().all(|read| read.policy.as_deref().is_some_and(|it| name::same(it, own)));
        let may_be_none = || !reads.iter().any(|read| is_newer_grant(read));
        return listed.filter(|listed| listed.map_or_else(may_be_none, says));
    }
    first.filter(|_| reads.iter().all(|read| direct_of(read) == first))
}

/// What the list says of a user; `None` = nothing.
fn listed<'s>(entry: Option<&'s Direct>, snapshot: &Snapshot) -> Option<Option<&'s str>> {
    match entry {
        Some(Direct { policy: Some(policy), .. }) if policy.is_empty() => None,
        Some(direct) => Some(direct.policy.as_deref()),
        None if snapshot.direct.is_complete() => Some(None),
        None => None,
    }
}

fn direct_of(read: &EffectiveRead) -> Option<Option<&str>> {
    match (read.policy.as_deref(), read.via) {
        (None, _) | (_, Some(Via::Group | Via::Global)) => Some(None),
        (Some(policy), Some(Via::Direct)) => Some(Some(policy)),
        // `Global` may have been assigned by name.
        (Some(_), None) => None,
    }
}

/// The direct assignment of a user; `None` = not known. A read of the effective policy goes before the list.
#[must_use]
pub fn direct_assignment(snapshot: &Snapshot, user: Uuid) -> Option<Option<&str>> {
    let listed = listed(snapshot.direct.known().iter().find(|it| it.user_id == user), snapshot);
    let reads: Vec<&EffectiveRead> = snapshot.effective.known().iter().filter(|read| read.user_id == user).collect();
    if reads.is_empty() {
        return listed;
    }
    let view = LazyCell::new(|| View::new(snapshot));
    implied_direct(&reads, listed, |read| is_newer_grant(&view, read))
}

/// Whether a read that does not say how its policy reaches the user shows one to which the older lists do not lead without
/// a direct assignment: there may be one that they do not have yet.
fn is_newer_grant(view: &View<'_>, read: &EffectiveRead) -> bool {
    let snapshot = view.snapshot();
    let Some(policy) = read.policy.as_deref().filter(|_| read.via.is_none()) else { return false };
    is_after(snapshot, read, snapshot.direct.read_at) && !may_be_of_group(view, read.user_id, policy)
}

/// Whether a read may be of a later time than a list.
fn is_after(snapshot: &Snapshot, read: &EffectiveRead, list: Option<Timestamp>) -> bool {
    let at = read.read_at.or(snapshot.effective.read_at).or(snapshot.taken_at);
    match (at, list.or(snapshot.taken_at)) {
        (Some(at), Some(list)) => at > list,
        (at, list) => at != list,
    }
}

/// Whether a user may have a policy without a direct assignment, by the lists.
fn may_be_of_group(view: &View<'_>, user: Uuid, policy: &str) -> bool {
    let below = by_groups(view, user);
    below.may_be_any() || below.candidates.iter().any(|it| name::same(it.policy, policy))
}

/// Whether the reads of a user's effective policy leave open whether it is assigned directly, so that a grant of `$null`
/// may take it away, or nothing.
fn is_unsaid(snapshot: &Snapshot, user: Uuid) -> bool {
    let reads: Vec<&EffectiveRead> = snapshot.effective.known().iter().filter(|read| read.user_id == user).collect();
    let groups = &snapshot.groups;
    let lists = || groups.known().iter().map(|it| it.members.read_at.or(groups.read_at)).chain([groups.read_at]);
    let view = View::new(snapshot);
    !reads.is_empty()
        && reads.iter().all(|read| {
            let policy = read.policy.as_deref().filter(|_| read.via.is_none());
            policy.is_some_and(|policy| {
                may_be_of_group(&view, user, policy) || lists().any(|list| is_after(snapshot, read, list))
            })
        })
}
