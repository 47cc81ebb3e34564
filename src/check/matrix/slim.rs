//! A snapshot that shows one user.

use super::{ABSENT, DISABLED, ENABLED, Matrix, NAMED, NO_ENTRY, NONE, NOT_KNOWN, UNLISTED, at};
use crate::tenant::{PolicyNames, Snapshot, Teams, View, policy_names};

/// A snapshot that shows one user, so that a judgement need not walk over all of them.
#[derive(Debug)]
pub(super) struct Slim {
    snapshot: Snapshot,
    /// The policies are the same whoever is shown.
    policies: PolicyNames,
    /// Groups that show a member.
    shown: Vec<usize>,
    /// Groups without an assignment that show a member.
    inside: Vec<usize>,
}

impl Slim {
    pub(super) fn new(matrix: &Matrix<'_>) -> Self {
        let full = matrix.snapshot;
        let mut snapshot = Snapshot {
            tenant_id: full.tenant_id,
            cloud: full.cloud.clone(),
            taken_at: full.taken_at,
            policies: full.policies.clone(),
            unread_policies: full.unread_policies.clone(),
            apps: full.apps.clone(),
            absent: full.absent.clone(),
            settings: full.settings.clone(),
            rsc: full.rsc.clone(),
            events: full.events.clone(),
            ..Snapshot::default()
        };
        snapshot.nested_groups = full
            .nested_groups
            .iter()
            .map(|group| crate::tenant::NestedGroup {
                group_id: group.group_id,
                name: group.name.clone(),
                members: crate::tenant::Part { status: group.members.status, ..crate::tenant::Part::default() },
                nested: group.nested.clone(),
            })
            .collect();
        snapshot.direct.reason.clone_from(&full.direct.reason);
        snapshot.effective.reason.clone_from(&full.effective.reason);
        snapshot.users.reason.clone_from(&full.users.reason);
        snapshot.groups.reason.clone_from(&full.groups.reason);
        snapshot.direct.status = full.direct.status;
        snapshot.direct.read_at = full.direct.read_at;
        snapshot.direct.source.clone_from(&full.direct.source);
        snapshot.effective.status = full.effective.status;
        snapshot.effective.read_at = full.effective.read_at;
        snapshot.effective.source.clone_from(&full.effective.source);
        snapshot.users.status = full.users.status;
        snapshot.users.read_at = full.users.read_at;
        snapshot.users.source.clone_from(&full.users.source);
        snapshot.groups.status = full.groups.status;
        snapshot.groups.read_at = full.groups.read_at;
        snapshot.groups.source.clone_from(&full.groups.source);
        snapshot.groups.items = full
            .groups
            .known()
            .iter()
            .map(|group| {
                let mut own = crate::tenant::GroupAssignment {
                    group_id: group.group_id,
                    name: group.name.clone(),
                    policy: group.policy.clone(),
                    rank: group.rank,
                    members: crate::tenant::Part::default(),
                    nested: group.nested.clone(),
                };
                own.members.status = group.members.status;
                own.members.reason.clone_from(&group.members.reason);
                own
            })
            .collect();
        let policies = policy_names(&snapshot);
        Self { snapshot, policies, shown: Vec::new(), inside: Vec::new() }
    }

    /// What is shown, to ask questions of.
    pub(super) fn view(&self) -> View<'_> {
        View::of_one(&self.snapshot, &self.policies)
    }

    /// Shows another user.
    pub(super) fn show(&mut self, matrix: &Matrix<'_>, user: u32) {
        let full = matrix.snapshot;
        let slim = &mut self.snapshot;
        let Some(id) = matrix.users().get(usize::try_from(user).unwrap_or(usize::MAX)).copied() else { return };
        slim.direct.items.clear();
        let policy = match at(&matrix.direct, user) {
            NO_ENTRY => None,
            NONE => Some(None),
            NOT_KNOWN => Some(Some(String::new())),
            named => {
                let name = usize::try_from(named - NAMED).ok().and_then(|index| matrix.names.get(index));
                name.map(|name| Some(name.name.to_owned()))
            }
        };
        if let Some(policy) = policy {
            slim.direct.items.push(crate::tenant::Direct { user_id: id, policy });
        }
        slim.users.items.clear();
        let listed = at(&matrix.listed, user);
        if listed != UNLISTED {
            slim.users.items.push(crate::tenant::User {
                id,
                upn: None,
                name: None,
                guest: None,
                enabled: None,
                teams: match listed {
                    ENABLED => Some(Teams::Enabled),
                    DISABLED => Some(Teams::Disabled),
                    ABSENT => Some(Teams::Absent),
                    _ => None,
                },
            });
        }
        let reads = full.effective.known();
        let start = matrix.reads.partition_point(|read| read.user < user);
        let own = matrix.reads.iter().skip(start).take_while(|read| read.user == user);
        slim.effective.items = own.filter_map(|read| reads.get(usize::try_from(read.index).ok()?)).cloned().collect();
        slim.overtaken = full.overtaken_of(id).cloned().collect();
        for index in self.shown.drain(..) {
            if let Some(group) = slim.groups.items.get_mut(index) {
                group.members.items.clear();
            }
        }
        for index in matrix.groups_of(user) {
            let Ok(index) = usize::try_from(*index) else { continue };
            if let Some(group) = slim.groups.items.get_mut(index) {
                group.members.items.push(id);
                self.shown.push(index);
            }
        }
        for index in self.inside.drain(..) {
            if let Some(group) = slim.nested_groups.get_mut(index) {
                group.members.items.clear();
            }
        }
        let start = matrix.inside.partition_point(|(own, _)| *own < user);
        let own = matrix.inside.iter().skip(start).take_while(|(own, _)| *own == user);
        for index in own.filter_map(|(_, index)| usize::try_from(*index).ok()) {
            if let Some(group) = slim.nested_groups.get_mut(index) {
                group.members.items.push(id);
                self.inside.push(index);
            }
        }
        let history = &matrix.history;
        let start = history.own.partition_point(|(own, _)| *own < user);
        let own = history.own.iter().skip(start).take_while(|(own, _)| *own == user).map(|(_, index)| *index);
        let mut changes: Vec<u32> = history.common.iter().copied().chain(own).collect();
        changes.sort_unstable();
        let all = full.history.as_slice();
        slim.history = changes.into_iter().filter_map(|at| all.get(usize::try_from(at).ok()?)).cloned().collect();
    }
}
