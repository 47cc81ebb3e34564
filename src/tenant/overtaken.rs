//! Reads of an effective policy that the snapshot itself dates as overtaken: an assignment that they go by was changed, or
//! read otherwise, after them. They count as not read, and the levels decide; a read without a date keeps deciding.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use uuid::Uuid;

use super::snapshot::{Change, EffectiveRead, Snapshot, Status, Via};
use super::{name, parse_id};

/// Who says that a direct assignment changed between the read that is left out and the later one.
const BY_READS: &str = "an effective policy, and a later read of the assignment";

/// Moves such reads out of `effective`. That a later read of the direct assignment contradicts one is a change between
/// the two, which the history gets unless it has it.
pub(super) fn leave_out(snapshot: &mut Snapshot) {
    let part_at = snapshot.effective.read_at;
    let dated = |read: &EffectiveRead| read.read_at.or(part_at);
    if snapshot.effective.known().iter().all(|read| dated(read).is_none()) {
        return;
    }
    let changed = by_direct(snapshot, dated);
    let by_history = Past::of(snapshot);
    let is_known = |change: &Change| {
        let own = by_history.as_ref().zip(parse_id(&change.key)).and_then(|(past, user)| past.users.get(&user));
        own.is_some_and(|own| ends_after(own, change))
    };
    let implied: Vec<Change> = changed.iter().map(|(_, change)| change).filter(|it| !is_known(it)).cloned().collect();
    let mut out: HashSet<usize> = changed.into_iter().map(|(at, _)| at).collect();
    if let Some(past) = &by_history {
        let reads = snapshot.effective.known().iter().enumerate();
        out.extend(reads.filter(|(_, read)| dated(read).is_some_and(|at| past.overtakes(read, at))).map(|(at, _)| at));
    }
    drop(by_history);
    if out.is_empty() {
        return;
    }
    let mut at = 0;
    let mut gone = Vec::new();
    snapshot.effective.items.retain(|read| {
        let kept = !out.contains(&at);
        at += 1;
        if !kept {
            gone.push(EffectiveRead { read_at: dated(read), ..read.clone() });
        }
        kept
    });
    if snapshot.effective.is_complete() {
        snapshot.effective.status = Status::Partial;
    }
    snapshot.overtaken.append(&mut gone);
    crate::order::sort_by_key(&mut snapshot.overtaken, |read| read.user_id);
    snapshot.history.extend(implied);
}

/// Takes them back, for a snapshot whose assignments become those of an earlier time.
pub(super) fn take_back(snapshot: &mut Snapshot) {
    let reads = std::mem::take(&mut snapshot.overtaken);
    snapshot.effective.items.extend(reads);
}

/// Whether a change is known only from such a read, which does not always tell whether an assignment was direct.
pub(super) fn is_implied(change: &Change) -> bool {
    change.source.as_deref() == Some(BY_READS)
}

fn ends_after(own: &[&Change], implied: &Change) -> bool {
    own.iter().any(|change| change.part == "direct" && change.not_after > implied.not_before)
}

/// Whether a read leaves room for this direct assignment (`None` = none) of its user.
pub(super) fn allows(read: &EffectiveRead, direct: Option<&str>) -> bool {
    let held = read.policy.as_deref().unwrap_or(name::GLOBAL);
    match (direct, read.via) {
        // It is listed, and does not say which.
        (Some(""), _) => true,
        (Some(direct), Some(Via::Group)) => name::is_global(direct) && name::is_global(held),
        (Some(direct), _) => name::same(direct, held),
        (None, via) => via != Some(Via::Direct) || read.policy.is_none(),
    }
}

/// The reads that a later read of the direct assignments contradicts, with the change between the two.
fn by_direct(snapshot: &Snapshot, dated: impl Fn(&EffectiveRead) -> Option<Timestamp>) -> Vec<(usize, Change)> {
    let Some(later) = snapshot.direct.read_at.filter(|_| snapshot.direct.status != Status::Missing) else {
        return Vec::new();
    };
    let reads = snapshot.effective.known().iter().enumerate();
    let mut older: Vec<(Uuid, usize)> = reads
        .filter(|(_, read)| dated(read).is_some_and(|at| at < later))
        .map(|(at, read)| (read.user_id, at))
        .collect();
    if older.is_empty() {
        return Vec::new();
    }
    older.sort_unstable();
    let read_at = |at: usize| snapshot.effective.known().get(at);
    let mut met: HashSet<Uuid> = HashSet::new();
    let mut found = Vec::new();
    let mut meet = |(user, at): (Uuid, usize), direct: Option<&str>| {
        let Some(read) = read_at(at).filter(|read| !allows(read, direct)) else { return };
        let (change, value) = match (direct, read.via) {
            (None, _) => ("removed", read.policy.as_deref()),
            (direct, Some(Via::Direct)) => ("changed", direct),
            (direct, _) => ("added", direct),
        };
        found.push((
            at,
            Change {
                part: "direct".to_owned(),
                key: user.to_string(),
                change: change.to_owned(),
                value: value.map(str::to_owned),
                not_before: dated(read),
                not_after: Some(later),
                source: Some(BY_READS.to_owned()),
            },
        ));
    };
    for direct in snapshot.direct.known() {
        let from = older.partition_point(|(user, _)| *user < direct.user_id);
        let own = older.iter().skip(from).take_while(|(user, _)| *user == direct.user_id);
        for one in own {
            met.insert(direct.user_id);
            meet(*one, direct.policy.as_deref());
        }
    }
    if snapshot.direct.is_complete() {
        older.iter().filter(|(user, _)| !met.contains(user)).for_each(|one| meet(*one, None));
    }
    found
}

/// The known changes of assignments.
struct Past<'a> {
    snapshot: &'a Snapshot,
    /// Of a user: its direct assignment, and its memberships.
    users: HashMap<Uuid, Vec<&'a Change>>,
    /// Of groups: their assignments.
    groups: Vec<(Uuid, &'a Change)>,
    /// Who is in those groups.
    members: HashMap<Uuid, HashSet<Uuid>>,
}

impl<'a> Past<'a> {
    fn of(snapshot: &'a Snapshot) -> Option<Self> {
        let mut past = Self { snapshot, users: HashMap::new(), groups: Vec::new(), members: HashMap::new() };
        // First seen is no known change.
        for change in snapshot.history.iter().filter(|it| it.not_before.is_some() && it.not_after.is_some()) {
            let value = change.value.as_deref().and_then(|value| parse_id(value.trim()));
            match (change.part.as_str(), parse_id(change.key.trim()), value) {
                ("direct", Some(user), _) | ("groups" | "members", Some(_), Some(user)) => {
                    past.users.entry(user).or_default().push(change);
                }
                ("groups", Some(group), None) => past.groups.push((group, change)),
                _ => {}
            }
        }
        if past.users.is_empty() && past.groups.is_empty() {
            return None;
        }
        for group in snapshot.groups.known() {
            if past.groups.iter().any(|(id, _)| *id == group.group_id) {
                past.members.insert(group.group_id, group.members.known().iter().copied().collect());
            }
        }
        Some(past)
    }

    /// Whether some change after the read leaves its user with another assignment than it shows.
    fn overtakes(&self, read: &EffectiveRead, at: Timestamp) -> bool {
        let later = |change: &&Change| change.not_after.is_some_and(|end| end > at);
        let own = self.users.get(&read.user_id).map(Vec::as_slice).unwrap_or_default();
        let direct = own.iter().copied().filter(|it| it.part == "direct").max_by_key(|it| it.not_before);
        let by_direct = direct.filter(later).is_some_and(|change| match change.value.as_deref() {
            _ if change.change == "removed" => !allows(read, None),
            Some(value) => !allows(read, Some(value)),
            None => surely(change, at),
        });
        if by_direct || read.via == Some(Via::Direct) {
            return by_direct;
        }
        let memberships = own.iter().filter(|it| it.part != "direct").filter(|it| later(it));
        let mut memberships = memberships.filter_map(|it| Some((parse_id(it.key.trim())?, *it)));
        let mut groups = self.groups.iter().copied().filter(|(_, it)| later(it));
        memberships.any(|(group, change)| match change.change.as_str() {
            "removed" => self.goes_by(read, group, change, at),
            _ => surely(change, at) && self.may_come_first(read, group),
        }) || groups.any(|(group, change)| {
            let value = change.value.as_deref().unwrap_or_default();
            let is_rank = value.starts_with("rank ");
            if change.change == "removed" {
                self.goes_by(read, group, change, at)
            } else if read.group_id == Some(group) {
                if is_rank || value.is_empty() {
                    surely(change, at)
                } else {
                    read.policy.as_deref().is_none_or(|held| !name::same(held, value))
                }
            } else {
                let is_in = || self.members.get(&group).is_some_and(|members| members.contains(&read.user_id));
                surely(change, at) && is_in() && self.may_come_first(read, group)
            }
        })
    }

    /// Whether the read shows the policy of this group: it names it, or may, since it names none.
    fn goes_by(&self, read: &EffectiveRead, group: Uuid, change: &Change, at: Timestamp) -> bool {
        let Some(held) = read.policy.as_deref().filter(|held| !name::is_global(held)) else { return false };
        match read.group_id {
            Some(own) => own == group,
            None => {
                let listed = self.snapshot.groups.known().iter().find(|it| it.group_id == group);
                let policy = listed.map(|it| it.policy.as_str()).or(change.value.as_deref());
                surely(change, at) && policy.is_some_and(|policy| name::same(policy, held))
            }
        }
    }

    /// Whether the assignment of this group is there, is not the one that the read shows, and does not rank below that.
    fn may_come_first(&self, read: &EffectiveRead, group: Uuid) -> bool {
        let groups = self.snapshot.groups.known();
        let rank = |id: Uuid| groups.iter().find(|it| it.group_id == id).map(|it| it.rank).filter(|rank| *rank > 0);
        let Some(listed) = groups.iter().find(|it| it.group_id == group) else { return false };
        let same = name::same(&listed.policy, read.policy.as_deref().unwrap_or(name::GLOBAL));
        let below = read.group_id.and_then(rank).zip(rank(group)).is_some_and(|(own, other)| other > own);
        read.group_id != Some(group) && !same && !below
    }
}

/// Whether a change was made after the read, whenever in its bounds that was.
fn surely(change: &Change, at: Timestamp) -> bool {
    change.not_before.is_some_and(|first| first >= at)
}
