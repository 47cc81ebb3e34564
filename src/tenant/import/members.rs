//! Group assignments, and the members of each group: how much is known of each list, and why.

use uuid::Uuid;

use super::draft::{Assigned, Listed, Member};
use super::finish::{Finish, UNSAID};
use super::{Note, Part, Summary};
use crate::tenant::snapshot::{
    GroupAssignment, HIDDEN, NOBODY_SHOWN, NestedGroup, Part as SnapshotPart, Reason, Status,
};

impl Finish<'_> {
    pub(super) fn groups(&mut self) -> (SnapshotPart<GroupAssignment>, Vec<NestedGroup>) {
        let said = self.said_complete(Part::Members);
        let groups = std::mem::take(&mut self.draft.groups);
        let mut members = std::mem::take(&mut self.draft.members);
        let mut names = std::mem::take(&mut self.draft.group_names);
        let state = self.draft.parts.remove(&Part::Members).unwrap_or_default();
        let source = (!state.sources.is_empty()).then(|| state.sources.into_iter().collect::<Vec<_>>().join(", "));
        let (mut read, mut whole) = (0, 0);
        let mut items = Vec::new();
        for (group_id, facts) in groups {
            let list = members.remove(&group_id);
            let (part, nested) = self.member_part(group_id, list, said, source.clone());
            read += usize::from(part.status != Status::Missing);
            whole += usize::from(part.status == Status::Complete);
            items.push(GroupAssignment {
                group_id,
                name: names.remove(&group_id),
                policy: match facts.policy {
                    Assigned::Named(name) => name,
                    Assigned::Cut | Assigned::Nothing => String::new(),
                },
                rank: facts.rank,
                members: part,
                nested,
            });
        }
        // Groups inside those with an assignment, at any depth: their members are what the assignment does not reach.
        let mut inner = Vec::new();
        let mut open: Vec<Uuid> = items.iter().flat_map(|group| group.nested.iter().copied()).collect();
        while let Some(group_id) = open.pop() {
            let Some(list) = members.remove(&group_id) else { continue };
            let (members, nested) = self.member_part(group_id, Some(list), said, source.clone());
            open.extend(&nested);
            inner.push(NestedGroup { group_id, name: names.remove(&group_id), members, nested });
        }
        crate::order::sort_by_key(&mut inner, |group| group.group_id);
        for (group, list) in members {
            self.draft.group_places.remove(&group);
            if self.known.is_some() {
                let part = self.member_part(group, Some(list), said, source.clone());
                self.others.insert(group, part);
                continue;
            }
            let place = self.draft.place(list.place);
            let text = format!(
                "the members of group `{group}` were left out: no assignment of it was given, and it is in no group \
                 of which one was given"
            );
            self.notes.push(Note { place, text });
        }
        self.idle_groups(&items, &inner);
        crate::order::sort_by_key(&mut items, |group| {
            (if group.rank == 0 { u32::MAX } else { group.rank }, group.group_id)
        });
        let status = match (read, items.len()) {
            (0, 0) => None,
            (0, _) => Some(Status::Missing),
            (_, all) if whole == all => Some(Status::Complete),
            _ => Some(Status::Partial),
        };
        if let Some(status) = status {
            let why = match status {
                Status::Complete => None,
                _ if read < items.len() => {
                    Some(format!("the members of {} of {} groups were not given", items.len() - read, items.len()))
                }
                _ => Some(UNSAID.to_owned()),
            };
            self.summary.push(Summary { part: Part::Members, status, count: read, why });
        }
        (self.part(Part::Groups, items), inner)
    }

    /// Groups that were shown, and of which nothing is known that they could tell of.
    fn idle_groups(&mut self, items: &[GroupAssignment], inner: &[NestedGroup]) {
        let mut places = std::mem::take(&mut self.draft.group_places);
        let known = |id: &Uuid| self.known.is_some_and(|known| known.members_of(*id).is_some());
        places.retain(|id, _| {
            !items.iter().any(|it| it.group_id == *id)
                && !inner.iter().any(|it| it.group_id == *id)
                && !self.others.contains_key(id)
                && !known(id)
        });
        let Some(place) = places.values().min_by_key(|place| (place.file, place.line, place.item)) else { return };
        let text = format!(
            "{} left out, since no assignment of it was given: add the output of `Get-CsGroupPolicyAssignment \
             -PolicyType ApplicationAccessPolicy`",
            match places.len() {
                1 => "a group was".to_owned(),
                count => format!("each of {count} groups was"),
            }
        );
        self.notes.push(Note { place: self.draft.place(*place), text });
    }

    /// Whether the snapshot says that the membership of a group is hidden, which nobody can change later
    /// (learn.microsoft.com/graph/api/resources/group).
    fn was_hidden(&self, group: Uuid) -> Option<bool> {
        let (members, _) = self.known?.members_of(group)?;
        members.reason.as_ref().is_some_and(|reason| reason.kind == HIDDEN).then_some(true)
    }

    /// The members of one group. A membership that is hidden is answered with an empty list, as one without anybody is
    /// (learn.microsoft.com/graph/api/group-list-members).
    fn member_part(
        &mut self,
        group: Uuid,
        list: Option<Listed<Member>>,
        said: bool,
        source: Option<String>,
    ) -> (SnapshotPart<Uuid>, Vec<Uuid>) {
        let Some(mut list) = list else { return member_part(None, said, source) };
        if list.blank && list.items.is_empty() && !list.complete && !list.lost && !list.open {
            let hidden = self.draft.hidden.get(&group).copied().or_else(|| self.was_hidden(group));
            if hidden == Some(false) {
                list.complete = true;
            } else if hidden == Some(true) && !said {
                let (mut part, nested) = member_part(Some(list), said, source);
                part.reason = part.reason.map(|reason| Reason {
                    kind: HIDDEN.to_owned(),
                    detail: Some("the membership of the group is hidden, and nobody is shown".to_owned()),
                    ..reason
                });
                return (part, nested);
            } else if !said {
                let text = format!(
                    "no member of group `{group}` is shown, as where its membership is hidden: read `GET \
                     /groups/{group}?$select=id,visibility`, or say `--complete members` if it has none"
                );
                self.notes.push(Note { place: self.draft.place(list.place), text });
            }
        }
        member_part(Some(list), said, source)
    }
}

fn member_part(list: Option<Listed<Member>>, said: bool, source: Option<String>) -> (SnapshotPart<Uuid>, Vec<Uuid>) {
    let needs = Some(Part::Members.command().to_owned());
    let Some(list) = list else {
        let reason = Reason { kind: "not-read".to_owned(), needs, detail: None };
        return (SnapshotPart { reason: Some(reason), ..SnapshotPart::default() }, Vec::new());
    };
    let (mut items, mut nested) = (Vec::new(), Vec::new());
    let nobody = list.items.is_empty();
    for member in list.items {
        match member {
            Member::User(id) => items.push(id),
            Member::Group(id) => nested.push(id),
        }
    }
    let complete = (said || list.complete) && !list.lost && !list.open;
    let detail = if list.blank && nobody && !list.lost && !list.open {
        "nobody is shown, as where the membership is hidden"
    } else if list.lost {
        "some members could not be read"
    } else if list.open {
        "the last page of the answer is missing"
    } else {
        UNSAID
    };
    let unseen = list.blank && nobody && !list.lost && !list.open;
    let reason = (!complete).then(|| Reason {
        kind: if unseen {
            NOBODY_SHOWN
        } else if list.lost {
            "failed"
        } else {
            "not-read"
        }
        .to_owned(),
        needs,
        detail: Some(detail.to_owned()),
    });
    let status = if complete { Status::Complete } else { Status::Partial };
    (SnapshotPart { status, read_at: list.read_at, source, reason, items }, nested)
}
