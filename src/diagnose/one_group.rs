//! The group that reads and fixes ask for, where the snapshot knows only one that may concern the user.

use uuid::Uuid;

use crate::input::{Fact, Facts, Origin};
use crate::tenant::Snapshot;

/// Names the one group with an assignment that the user is, or may be, a direct member of. Of several none is meant.
pub(super) fn name(facts: &mut Facts, snapshot: &Snapshot, user: Option<Uuid>) {
    let Some(user) = user.filter(|_| !facts.named.iter().any(|(slot, _)| *slot == SLOT)) else { return };
    let may_hold = |members: &crate::tenant::Part<Uuid>| members.known().contains(&user) || !members.is_complete();
    let mut groups = snapshot.groups.known().iter().filter(|group| may_hold(&group.members));
    let (Some(group), None) = (groups.next(), groups.next()) else { return };
    let id = Fact { value: group.group_id.to_string(), span: None, origin: Origin::Option };
    facts.named.push((SLOT.into(), id));
}

const SLOT: &str = "group-id";
