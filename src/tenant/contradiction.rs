//! Whether what a snapshot lists can be true together: each policy, user, app, group and rank once.

use std::collections::HashMap;

use uuid::Uuid;

use super::name;
use super::snapshot::{Direct, Snapshot};

/// Two entries that cannot both be true: JSON path and message of the second.
pub(super) fn contradiction(snapshot: &Snapshot) -> Option<(String, String)> {
    let mut names = HashMap::new();
    for (i, policy) in snapshot.policies.items.iter().enumerate() {
        if let Some(first) = names.insert(name::key(&policy.name), i) {
            return Some((
                format!("policies.items[{i}].name"),
                format!(
                    "policy `{}` is listed already in `policies.items[{first}]`; list each policy once",
                    policy.name
                ),
            ));
        }
    }
    if let Some((first, i, direct)) = assigned_twice(&snapshot.direct.items) {
        return Some((
            format!("direct.items[{i}].user_id"),
            format!(
                "user `{}` has an entry already in `direct.items[{first}]`; a user has one direct assignment at most",
                direct.user_id
            ),
        ));
    }
    let twice = |part: &str, key: &str, what: &str, found: Option<(usize, usize, Uuid)>, help: &str| {
        let (first, i, id) = found?;
        let message = format!("{what} `{id}` has an entry already in `{part}.items[{first}]`; {help}");
        Some((format!("{part}.items[{i}].{key}"), message))
    };
    let (users, apps, groups) = (&snapshot.users.items, &snapshot.apps.items, &snapshot.groups.items);
    let again = twice("users", "id", "user", listed_twice(users, |it| it.id), "list each user once")
        .or_else(|| {
            let help = "a tenant has one service principal of an app: list each app once";
            twice("apps", "app_id", "app", listed_twice(apps, |it| it.app_id), help)
        })
        .or_else(|| {
            let help = "a group has one assignment of this type at most";
            twice("groups", "group_id", "group", listed_twice(groups, |it| it.group_id), help)
        })
        .or_else(|| {
            let nested = listed_twice(&snapshot.nested_groups, |it| it.group_id);
            twice("nested_groups", "group_id", "group", nested, "list each group once")
        });
    if again.is_some() {
        return again;
    }
    let mut ranks = HashMap::new();
    for (i, group) in snapshot.groups.items.iter().enumerate() {
        if group.rank == 0 {
            continue;
        }
        if let Some(first) = ranks.insert(group.rank, i) {
            return Some((
                format!("groups.items[{i}].rank"),
                format!(
                    "rank {} is taken already by `groups.items[{first}]`; read the assignments again with \
                     `Get-CsGroupPolicyAssignment`",
                    group.rank
                ),
            ));
        }
    }
    None
}

/// The first id that was listed already: position of the earlier one, its own, and itself. Most lists have none, which
/// short keys tell soon.
fn listed_twice<T>(items: &[T], id: impl Fn(&T) -> Uuid) -> Option<(usize, usize, Uuid)> {
    let short = |item: &T| {
        let (high, low) = id(item).as_u64_pair();
        high.rotate_left(29) ^ low
    };
    let mut keys: Vec<u64> = items.iter().map(short).collect();
    keys.sort_unstable();
    let same = keys.iter().zip(keys.iter().skip(1)).any(|(one, next)| one == next);
    drop(keys);
    if !same {
        return None;
    }
    let mut seen = HashMap::with_capacity(items.len());
    items.iter().map(id).enumerate().find_map(|(i, id)| seen.insert(id, i).map(|first| (first, i, id)))
}

/// The first entry of a user who has one already: position of the earlier one, its own, and itself. Sorted positions
/// take a tenth of the memory of a map.
fn assigned_twice(items: &[Direct]) -> Option<(usize, usize, &Direct)> {
    let user = |at: usize| items.get(at).map(|direct| direct.user_id);
    let mut order: Vec<u32> = (0..items.len()).filter_map(|at| u32::try_from(at).ok()).collect();
    let at = |position: u32| usize::try_from(position).unwrap_or(usize::MAX);
    order.sort_unstable_by_key(|position| (user(at(*position)), *position));
    let again = order.iter().zip(order.iter().skip(1)).filter(|(one, next)| user(at(**one)) == user(at(**next)));
    let (first, second) = again.min_by_key(|(_, second)| **second)?;
    Some((at(*first), at(*second), items.get(at(*second))?))
}
