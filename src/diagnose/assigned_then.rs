//! Which policy a user has is told by what is not there too: no assignment in a list, no membership in a group. Where such
//! a list was read at another time than that of the failure, it is taken as not read.

use jiff::Timestamp;
use uuid::Uuid;

use crate::tenant::{Direct, EffectiveRead, GroupAssignment, NestedGroup, Part, Snapshot, Status, User};

/// The policies and assignments of a user without the lists that `far` finds to be of another time, and how far the first
/// of them is; `None` = none is.
pub(super) fn without_far(
    snapshot: &Snapshot,
    user: Option<Uuid>,
    far: impl Fn(Option<Timestamp>) -> Option<String>,
) -> Option<(Snapshot, String)> {
    let mut found = None;
    let mut is_far = |status: Status, read_at: Option<Timestamp>, what: &str| {
        let words = if status == Status::Missing { None } else { far(read_at) };
        let is_far = words.is_some();
        if found.is_none() {
            // What does not refuse is the whole of it.
            let named =
                |words: String| words.replacen("the snapshot", what, 1).replace("and does", "and the snapshot does");
            found = words.map(named);
        }
        is_far
    };
    let direct = is_far(snapshot.direct.status, snapshot.direct.read_at, "the list of direct assignments");
    let groups = is_far(snapshot.groups.status, snapshot.groups.read_at, "the list of group assignments");
    let whole = snapshot.groups.read_at;
    let mut members = |part: &Part<Uuid>| {
        let far = is_far(part.status, part.read_at.or(whole), "the list of a group's members");
        kept(part, far, |id| Some(*id) == user, |id| *id)
    };
    let assigned = kept(
        &snapshot.groups,
        groups,
        |_| true,
        |group| GroupAssignment {
            members: members(&group.members),
            name: group.name.clone(),
            policy: group.policy.clone(),
            nested: group.nested.clone(),
            ..*group
        },
    );
    let nested = snapshot.nested_groups.iter().map(|group| NestedGroup {
        members: members(&group.members),
        name: group.name.clone(),
        nested: group.nested.clone(),
        ..*group
    });
    let nested_groups = nested.collect();
    let words = found?;
    let then = Snapshot {
        tenant_id: snapshot.tenant_id,
        cloud: snapshot.cloud.clone(),
        taken_at: snapshot.taken_at,
        policies: snapshot.policies.clone(),
        unread_policies: snapshot.unread_policies.clone(),
        direct: kept(&snapshot.direct, direct, |it| user.is_none_or(|user| it.user_id == user), Direct::clone),
        groups: assigned,
        nested_groups,
        effective: kept(
            &snapshot.effective,
            false,
            |it| user.is_none_or(|user| it.user_id == user),
            EffectiveRead::clone,
        ),
        overtaken: user.map_or_else(Vec::new, |user| snapshot.overtaken_of(user).cloned().collect()),
        users: kept(&snapshot.users, false, |it| user.is_none_or(|user| it.id == user), User::clone),
        apps: snapshot.apps.clone(),
        absent: snapshot.absent.clone(),
        settings: snapshot.settings.clone(),
        rsc: snapshot.rsc.clone(),
        events: snapshot.events.clone(),
        history: snapshot.history.clone(),
    };
    Some((then, words))
}

/// A part with the items that are asked about, or without any where it is not to count.
fn kept<T, U>(part: &Part<T>, far: bool, is_asked: impl Fn(&T) -> bool, copy: impl FnMut(&T) -> U) -> Part<U> {
    let status = if far { Status::Missing } else { part.status };
    let items = if far { Vec::new() } else { part.known().iter().filter(|it| is_asked(it)).map(copy).collect() };
    Part { status, read_at: part.read_at, source: part.source.clone(), reason: part.reason.clone(), items }
}
