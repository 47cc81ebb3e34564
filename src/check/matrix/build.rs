//! A snapshot becomes numbers.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::classes::Gaps;
use super::{Group, Matrix, NAMED, NO_ENTRY, NONE, NOT_KNOWN, PolicyName, Read, number};
use crate::tenant::name;

impl<'s> Matrix<'s> {
    pub(super) fn read_assignments(&mut self) {
        let snapshot = self.snapshot;
        let mut known: HashMap<String, u32> = HashMap::new();
        for (index, policy) in snapshot.policies.known().iter().enumerate() {
            known.entry(name::key(&policy.name)).or_insert_with(|| {
                self.names.push(PolicyName { listed: Some(index), name: &policy.name, dangling: false });
                number(self.names.len() - 1)
            });
        }
        let mut names = std::mem::take(&mut self.names);
        // Most assignments repeat one before letter by letter.
        let mut met: HashMap<&str, u32> = HashMap::new();
        let mut name_of = |text: &'s str| {
            if let Some(of) = met.get(text) {
                return *of;
            }
            let of = *known.entry(name::key(text)).or_insert_with(|| {
                names.push(PolicyName { listed: None, name: text, dangling: snapshot.lacks_policy(text) });
                number(names.len() - 1)
            });
            met.insert(text, of);
            of
        };
        self.global = name_of(name::GLOBAL);
        let slots = &mut self.direct;
        self.ids.get_each(
            snapshot.direct.known().iter(),
            |direct| direct.user_id,
            |direct, user| {
                let code = match direct.policy.as_deref() {
                    None => NONE,
                    Some("") => NOT_KNOWN,
                    Some(policy) => NAMED.saturating_add(name_of(policy)),
                };
                let slot = user.and_then(|user| slots.get_mut(usize::try_from(user).ok()?));
                if let Some(slot) = slot.filter(|slot| **slot == NO_ENTRY) {
                    *slot = code;
                }
            },
        );
        let assigned = snapshot.groups.known().iter().flat_map(|group| group.nested.iter().copied());
        let deeper = snapshot.nested_groups.iter().flat_map(|group| group.nested.iter().copied());
        let nested: HashSet<Uuid> = assigned.chain(deeper).collect();
        self.groups = snapshot
            .groups
            .known()
            .iter()
            .map(|group| Group {
                policy: if group.policy.is_empty() { u32::MAX } else { name_of(&group.policy) },
                rank: group.rank,
                members_complete: group.members.is_complete(),
                inner: nested.contains(&group.group_id),
            })
            .collect();
        let mut says = HashMap::new();
        for (index, read) in snapshot.effective.known().iter().enumerate() {
            let Some(user) = self.ids.get(read.user_id) else { continue };
            let via = read.via.map(|via| via as u8);
            let next = number(says.len());
            let policy = read.policy.as_deref().map(&mut name_of);
            let says = *says.entry((policy, via, read.group_id, read.hides.as_slice())).or_insert(next);
            self.reads.push(Read { user, index: number(index), says });
        }
        self.reads.sort_by_key(|read| (read.user, read.index));
        self.names = names;
        self.numbers = known;
    }

    /// Memberships as one flat list, and where the quick way ends.
    pub(super) fn read_groups(&mut self) {
        let known = self.snapshot.groups.known();
        let mut order: Vec<usize> = (0..known.len()).collect();
        crate::order::sort_by_key(&mut order, |index| self.groups.get(*index).map_or(0, |group| group.rank));
        let members = |index: usize| known.get(index).map(|group| group.members.known()).unwrap_or_default();
        let mut counts = vec![0_u32; self.ids.len() + 1];
        let mut numbers: Vec<Vec<u32>> = Vec::with_capacity(order.len());
        for index in &order {
            let mut own: Vec<u32> = Vec::with_capacity(members(*index).len());
            self.ids.get_each(members(*index).iter(), |id| *id, |_, number| own.extend(number));
            own.sort_unstable();
            own.dedup();
            for user in &own {
                if let Some(count) = usize::try_from(*user).ok().and_then(|user| counts.get_mut(user)) {
                    *count += 1;
                }
            }
            numbers.push(own);
        }
        let mut total = 0;
        for count in &mut counts {
            let own = *count;
            *count = total;
            total += own;
        }
        for (index, group) in self.snapshot.nested_groups.iter().enumerate() {
            let inside = &mut self.inside;
            let tell = |_: &Uuid, user: Option<u32>| inside.extend(user.map(|user| (user, number(index))));
            self.ids.get_each(group.members.known().iter(), |id| *id, tell);
        }
        self.inside.sort_unstable();
        self.inside.dedup();
        self.starts = counts.clone();
        self.groups_of = vec![0; usize::try_from(total).unwrap_or(0)];
        for (index, own) in order.iter().zip(&numbers) {
            for user in own {
                let Some(next) = usize::try_from(*user).ok().and_then(|user| counts.get_mut(user)) else { continue };
                if let Some(slot) = usize::try_from(*next).ok().and_then(|at| self.groups_of.get_mut(at)) {
                    *slot = number(*index);
                }
                *next += 1;
            }
        }
        let ranks: BTreeSet<u32> = self.groups.iter().map(|group| group.rank).collect();
        let mut free = 1;
        while ranks.contains(&free) {
            free += 1;
        }
        self.gaps = Gaps {
            direct_complete: self.snapshot.direct.is_complete(),
            groups_complete: self.snapshot.groups.is_complete(),
            odd_groups: self.groups.iter().any(|group| group.rank == 0 || group.policy == u32::MAX),
            open_rank: self.groups.iter().filter(|group| !group.members_complete).map(|group| group.rank).min(),
            free_rank: free,
        };
    }

    /// Which changes are about one user only, and which policies and groups changes are about.
    pub(super) fn read_history(&mut self) {
        let groups = self.snapshot.groups.known();
        let by_id: HashMap<Uuid, usize> = groups.iter().enumerate().map(|(at, group)| (group.group_id, at)).collect();
        let mut history = super::History {
            policies: vec![false; self.names.len()],
            groups: vec![false; groups.len()],
            ..super::History::default()
        };
        let id = |text: &str| Uuid::try_parse(text.trim()).ok();
        for (index, change) in self.snapshot.history.iter().enumerate() {
            let own = match change.part.as_str() {
                "direct" | "effective" | "users" | "licenses" | "licences" => id(&change.key),
                "groups" | "members" => change.value.as_deref().and_then(id),
                _ => None,
            };
            let index = number(index);
            match own {
                Some(user) => history.own.extend(self.ids.get(user).map(|user| (user, index))),
                None => history.common.push(index),
            }
            history.any_group |= matches!(change.part.as_str(), "groups" | "members");
            if change.part == "policies"
                && let Some(policy) = self.numbers.get(&name::key(&change.key)).and_then(|at| usize::try_from(*at).ok())
                && let Some(slot) = history.policies.get_mut(policy)
            {
                *slot = true;
            }
            if let Some(slot) = id(&change.key).and_then(|id| by_id.get(&id)).and_then(|at| history.groups.get_mut(*at))
            {
                *slot = true;
            }
        }
        history.own.sort_unstable();
        self.history = history;
    }

    /// Whose id stands in a list of apps or is that of a group, and whose own assignments were changed.
    pub(super) fn find_special(&mut self) {
        let snapshot = self.snapshot;
        let mut named: Vec<Uuid> = Vec::new();
        named.extend(snapshot.policies.known().iter().flat_map(|policy| policy.app_ids.iter().copied()));
        named.extend(
            snapshot.groups.known().iter().flat_map(|group| group.nested.iter().copied().chain([group.group_id])),
        );
        for app in snapshot.apps.known() {
            named.extend([Some(app.app_id), app.service_principal_id, app.application_object_id].into_iter().flatten());
        }
        self.special = named.into_iter().filter_map(|id| self.ids.get(id)).collect();
        self.special.sort_unstable();
        self.special.dedup();
        // What was seen for the first time is no known change.
        let known = self.history.own.iter().filter_map(|(user, index)| {
            let change = snapshot.history.get(usize::try_from(*index).ok()?)?;
            change.not_before?;
            Some((*user, matches!(change.part.as_str(), "users" | "licenses" | "licences")))
        });
        self.changed = known.collect();
        self.changed.sort_unstable_by_key(|(user, more)| (*user, !more));
        self.changed.dedup_by_key(|(user, _)| *user);
    }
}
