//! The state before changes that the history proves to be later than a moment.
//!
//! What was added was not there before, what was removed was. How an object was before it was changed, and what a removed
//! policy or group held, no entry tells; these stay as they are.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Change, Direct, GroupAssignment, Part, Snapshot, name, overtaken};

/// Whose word counts for what was there before a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Two reads of the tenant.
    ByReads,
    /// Any entry of the history that has both ends.
    ByAny,
}

/// The snapshot as it was at `at`, with what was undone for that; `None` where nothing is. Assignments and memberships of
/// others than `user` are left alone, where one is asked about.
#[must_use]
pub fn undo(snapshot: &Snapshot, at: Timestamp, user: Option<Uuid>, by: Told) -> Option<(Snapshot, Vec<Change>)> {
    let is_later = |change: &&Change| change.not_before.is_some_and(|first| first >= at);
    let mut first: Vec<&Change> = Vec::new();
    for change in snapshot.history.iter().filter(is_later) {
        match first.iter_mut().find(|known| is_same(known, change)) {
            Some(known) if change.not_before < known.not_before => *known = change,
            Some(_) => {}
            None => first.push(change),
        }
    }
    // Which of two was first is known only where the second came after the end of the first.
    let is_clear = |first: &&Change| {
        let others = snapshot.history.iter().filter(is_later).filter(|it| is_same(it, first));
        let mut unlike = others.filter(|it| it.change != first.change || it.value != first.value);
        unlike.all(|it| it.not_before >= first.not_after)
    };
    // A history that does not lead to the state that was read tells nothing of the one before.
    let leads_here = |first: &&Change| {
        let same = snapshot.history.iter().filter(is_later).filter(|it| is_same(it, first));
        let last = same.max_by_key(|it| it.not_before);
        last.is_some_and(|last| is_present(last, snapshot) == (last.change != "removed"))
    };
    first.retain(|change| {
        concerns(change, user) && is_told(change, snapshot, by) && is_clear(change) && leads_here(change)
    });
    if first.is_empty() {
        return None;
    }
    let mut then = snapshot.clone();
    // What a later change has overtaken was so before it.
    overtaken::take_back(&mut then);
    for change in &first {
        undo_one(&mut then, change);
    }
    then.history.retain(|change| !(is_later(&change) && first.iter().any(|undone| is_same(undone, change))));
    overtaken::leave_out(&mut then);
    Some((then, first.into_iter().cloned().collect()))
}

fn id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim()).ok()
}

fn value(change: &Change) -> Option<Uuid> {
    change.value.as_deref().and_then(id)
}

/// Whether two changes are of the same entry: an assignment has one value, a list has many.
fn is_same(a: &Change, b: &Change) -> bool {
    a.part == b.part
        && match a.part.as_str() {
            "policies" => name::same(&a.key, &b.key) && a.value == b.value,
            "direct" | "groups" => a.key.trim().eq_ignore_ascii_case(b.key.trim()),
            _ => a.key.trim().eq_ignore_ascii_case(b.key.trim()) && a.value == b.value,
        }
}

fn concerns(change: &Change, user: Option<Uuid>) -> bool {
    let Some(user) = user else { return true };
    match change.part.as_str() {
        "direct" => id(&change.key) == Some(user),
        "members" => value(change) == Some(user),
        _ => true,
    }
}

/// Whether the entry tells how it was before.
fn is_told(change: &Change, snapshot: &Snapshot, by: Told) -> bool {
    // A moment that a service states is that of the last change: what was there before it, nobody has read.
    let bounded = || change.not_after.is_some() && change.not_before < change.not_after;
    let reads = change.source.as_deref() == Some("two reads");
    let told = reads || by == Told::ByAny && bounded() && !overtaken::is_implied(change);
    if !told {
        return false;
    }
    let is_listed = || snapshot.policies.known().iter().any(|policy| name::same(&policy.name, &change.key));
    match (change.part.as_str(), change.change.as_str()) {
        ("policies", "added") => change.value.is_none() || value(change).is_some(),
        ("policies", "removed") => value(change).is_some() && is_listed(),
        ("direct", "added") => id(&change.key).is_some(),
        ("direct", "removed") => id(&change.key).is_some() && change.value.is_some(),
        ("groups", "added") => id(&change.key).is_some(),
        ("members", "added" | "removed") => id(&change.key).is_some() && value(change).is_some(),
        _ => false,
    }
}

/// Whether what an entry is about is in the state that was read.
fn is_present(change: &Change, snapshot: &Snapshot) -> bool {
    let key = id(&change.key);
    let is_member = |group: Uuid, members: &Part<Uuid>| {
        Some(group) == key && value(change).is_some_and(|user| members.known().contains(&user))
    };
    match change.part.as_str() {
        "policies" => {
            let mut named = snapshot.policies.known().iter().filter(|it| name::same(&it.name, &change.key));
            named.any(|policy| change.value.is_none() || value(change).is_some_and(|id| policy.app_ids.contains(&id)))
        }
        "direct" => snapshot.direct.known().iter().any(|it| Some(it.user_id) == key && it.policy.is_some()),
        "groups" => snapshot.groups.known().iter().any(|it| Some(it.group_id) == key),
        _ => {
            snapshot.groups.known().iter().any(|it| is_member(it.group_id, &it.members))
                || snapshot.nested_groups.iter().any(|it| is_member(it.group_id, &it.members))
        }
    }
}

fn undo_one(then: &mut Snapshot, change: &Change) {
    let added = change.change == "added";
    match change.part.as_str() {
        "policies" => {
            match value(change) {
                Some(app) => {
                    let named = then.policies.items.iter_mut().filter(|it| name::same(&it.name, &change.key));
                    named.for_each(|policy| put(&mut policy.app_ids, app, !added));
                }
                None => then.policies.items.retain(|policy| !name::same(&policy.name, &change.key)),
            }
            told_by_history(&mut then.policies);
        }
        "direct" => {
            let Some(user_id) = id(&change.key) else { return };
            then.direct.items.retain(|direct| direct.user_id != user_id);
            // Known to have none.
            let policy = change.value.clone().filter(|_| !added);
            then.direct.items.push(Direct { user_id, policy });
            told_by_history(&mut then.direct);
            forget_effective(then, change, Some(user_id));
        }
        "groups" => {
            let group = id(&change.key);
            then.groups.items.retain(|it| Some(it.group_id) != group);
            told_by_history(&mut then.groups);
            forget_effective(then, change, None);
        }
        "members" => {
            let (Some(group), Some(user)) = (id(&change.key), value(change)) else { return };
            let of_group = |it: &&mut GroupAssignment| it.group_id == group;
            let outer = then.groups.items.iter_mut().filter(of_group).map(|it| &mut it.members);
            let inner = then.nested_groups.iter_mut().filter(|it| it.group_id == group).map(|it| &mut it.members);
            for members in outer.chain(inner) {
                put(&mut members.items, user, !added);
                told_by_history(members);
            }
            forget_effective(then, change, Some(user));
        }
        _ => {}
    }
}

fn put(list: &mut Vec<Uuid>, id: Uuid, listed: bool) {
    list.retain(|it| *it != id);
    if listed {
        list.push(id);
    }
}

/// What a part holds now is not what its command printed.
fn told_by_history<T>(part: &mut Part<T>) {
    const BEFORE: &str = "before later changes of its history";
    match &mut part.source {
        Some(source) if source.ends_with(BEFORE) => {}
        Some(source) => {
            source.push_str(", ");
            source.push_str(BEFORE);
        }
        None => part.source = Some(BEFORE.to_owned()),
    }
}

/// An effective policy that was read after the change is that of the changed state.
fn forget_effective(then: &mut Snapshot, change: &Change, user: Option<Uuid>) {
    let of_part = then.effective.read_at;
    let is_older = |read: Option<Timestamp>| read.or(of_part).is_some_and(|read| Some(read) <= change.not_before);
    let is_own = |id: Uuid| user.is_none_or(|user| user == id);
    let known = then.effective.items.len();
    then.effective.items.retain(|read| !is_own(read.user_id) || is_older(read.read_at));
    if then.effective.items.len() < known && then.effective.is_complete() {
        then.effective.status = super::Status::Partial;
    }
}
