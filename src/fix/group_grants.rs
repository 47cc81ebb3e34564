//! Assignments of groups in the simulator: grants with their ranks, and their removal.

use uuid::Uuid;

use super::simulate::{Simulator, open};
use crate::tenant::{GroupAssignment, Part, Snapshot, Status};

impl Simulator<'_> {
    pub(super) fn grant_group(&mut self, id: Uuid, rank: Option<u32>, policy: &str) {
        if let Some(held) = self.now.groups.known().iter().position(|group| group.group_id == id) {
            self.assume("what a grant to a group that holds a policy of this type does is not documented: taken as a replacement");
            if let Some(group) = self.now.groups.items.get_mut(held) {
                policy.clone_into(&mut group.policy);
                if let Some(rank) = rank.filter(|rank| *rank != group.rank) {
                    // Where the others go is not documented either.
                    group.rank = rank;
                    for other in self.now.groups.items.iter_mut().filter(|other| other.group_id != id) {
                        other.rank = 0;
                    }
                }
            }
        } else {
            if !self.now.groups.is_complete() {
                self.assume("the group holds no policy of this type: not every group assignment was read");
            }
            let groups = &mut self.now.groups;
            open(groups);
            let last = groups.items.iter().map(|group| group.rank).max().unwrap_or(0);
            let complete = groups.is_complete() && groups.items.iter().all(|group| group.rank > 0);
            // Ranks run without gaps, so that a rank up to the last listed one is taken and moves the others down.
            let rank = match rank {
                Some(rank) if rank <= last + 1 => rank,
                _ if complete => last + 1,
                _ => 0,
            };
            if rank > 0 {
                for group in groups.items.iter_mut().filter(|group| group.rank >= rank) {
                    group.rank += 1;
                }
            }
            groups.items.push(GroupAssignment {
                group_id: id,
                name: None,
                policy: policy.to_owned(),
                rank,
                members: Part::default(),
                nested: Vec::new(),
            });
            // Members that an earlier state listed are still members.
            let known = self.original.groups.known().iter().find(|group| group.group_id == id);
            let known = known.map(|it| (&it.members, &it.name, &it.nested));
            let inside = || self.original.nested_groups.iter().find(|group| group.group_id == id);
            let known = known.or_else(|| inside().map(|it| (&it.members, &it.name, &it.nested)));
            if let (Some((members, name, nested)), Some(group)) = (known, self.now.groups.items.last_mut()) {
                group.members.clone_from(members);
                group.name.clone_from(name);
                group.nested.clone_from(nested);
            }
        }
        self.regroup(id);
        self.remember("groups", &id.to_string(), "added", Some(policy));
        self.refresh();
    }

    pub(super) fn remove_group(&mut self, id: Uuid) {
        let groups = &mut self.now.groups;
        match groups.known().iter().position(|group| group.group_id == id) {
            Some(at) => {
                let rank = groups.items.remove(at).rank;
                for group in &mut groups.items {
                    if rank == 0 && group.rank > 1 {
                        group.rank = 0;
                    } else if rank > 0 && group.rank > rank {
                        group.rank -= 1;
                    }
                }
                if self.original.groups.status == Status::Missing && groups.items.is_empty() {
                    groups.status = Status::Missing;
                }
            }
            None if groups.is_complete() => return self.idle(format!("the group `{id}` holds no policy of this type")),
            // It may have stood before any listed one but the first.
            None => {
                groups.items.iter_mut().filter(|group| group.rank > 1).for_each(|group| group.rank = 0);
                self.takes_unread = true;
                self.assume("what a group held of which no assignment was read is not known, nor who is in it");
            }
        }
        self.regroup(id);
        self.remember("groups", &id.to_string(), "removed", None);
        self.refresh();
    }

    fn regroup(&mut self, id: Uuid) {
        let of = |snapshot: &Snapshot| {
            snapshot.groups.known().iter().find(|group| group.group_id == id).map(|group| group.policy.clone())
        };
        let same =
            of(self.original) == of(&self.now) && (of(&self.now).is_some() || self.original.groups.is_complete());
        self.regrouped.retain(|known| *known != id);
        if !same {
            self.regrouped.push(id);
        }
    }
}
