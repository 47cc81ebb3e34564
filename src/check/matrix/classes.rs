//! Users for whom everything that a verdict rests on is alike share a class.

use std::collections::HashMap;

use uuid::Uuid;

use super::hash::Quick;
use super::{APPS, Group, Matrix, NAMED, NO_ENTRY, NONE, NOT_KNOWN, at, number};

/// Where the quick way to the effective policy ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gaps {
    pub(super) direct_complete: bool,
    pub(super) groups_complete: bool,
    /// Some group has no rank or no policy.
    pub(super) odd_groups: bool,
    /// The lowest rank of a group whose members are not all known.
    pub(super) open_rank: Option<u32>,
    /// The lowest rank that no listed group has.
    pub(super) free_rank: u32,
}

/// What makes users alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Class {
    pub(super) kind: Kind,
    pub(super) listed: u8,
    /// Apps that a hidden assignment lists for certain.
    pub(super) hidden: u64,
    /// Apps that a hidden assignment may list.
    pub(super) maybe_hidden: u64,
    /// The groups, assigned and not, for users of groups that are nested in others; else 0.
    pub(super) detail: u32,
    /// Of the user's own assignments or licence a change is known: the user's number.
    pub(super) changed: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A policy that is assigned directly.
    Direct(u32),
    /// A group.
    Group(u32),
    /// The tenant default.
    Global,
    /// All that was read of the user's assignments, by number.
    Read(u32),
    /// One user.
    Alone(u32),
}

/// What was read of a user's assignments: the direct one, the groups with one, what an own read says, and the groups
/// inside others.
type Signature = (u32, Vec<u32>, Option<u32>, Vec<u32>);

/// A class with its users.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClassRow {
    pub(super) class: Class,
    /// The first user of the class.
    pub(super) first: u32,
    pub(super) count: u64,
}

/// Users by class: the class of each, and the classes.
pub(super) struct Classes {
    pub(super) of: Vec<u32>,
    pub(super) rows: Vec<ClassRow>,
}

fn count_in(rows: &mut [ClassRow], index: u32) {
    if let Some(row) = usize::try_from(index).ok().and_then(|index| rows.get_mut(index)) {
        row.count += 1;
    }
}

/// All that the class of most users rests on: those in few groups of whom nothing else was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Alike {
    direct: u32,
    listed: u8,
    /// The groups and [`Alike::NO_GROUP`] where there are fewer.
    groups: [u32; 2],
}

impl Alike {
    const NO_GROUP: u32 = u32::MAX;

    fn of(direct: u32, listed: u8, groups: &[u32]) -> Option<Self> {
        let groups = match *groups {
            [] => [Self::NO_GROUP; 2],
            [one] => [one, Self::NO_GROUP],
            [one, other] => [one, other],
            _ => return None,
        };
        Some(Self { direct, listed, groups })
    }
}

/// The classes of users who were met before, in a table that forgets: each place holds the last one that fell there.
#[derive(Debug)]
struct Plain {
    places: Vec<Option<(Alike, u32)>>,
}

impl Default for Plain {
    fn default() -> Self {
        Self { places: vec![None; Self::PLACES] }
    }
}

impl Plain {
    const PLACES: usize = 1 << 13;

    fn place(alike: Alike) -> usize {
        let [one, other] = alike.groups.map(u64::from);
        let mixed = (u64::from(alike.direct) ^ (one << 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (other << 8) ^ u64::from(alike.listed)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        usize::try_from(mixed >> 40).unwrap_or(0) % Self::PLACES
    }

    fn class_of(&self, alike: Alike) -> Option<u32> {
        let (held, class) = self.places.get(Self::place(alike)).copied().flatten()?;
        (held == alike).then_some(class)
    }

    fn remember(&mut self, alike: Alike, class: u32) {
        if let Some(place) = self.places.get_mut(Self::place(alike)) {
            *place = Some((alike, class));
        }
    }
}

impl Matrix<'_> {
    pub(super) fn groups_of(&self, user: u32) -> &[u32] {
        let range = at(&self.starts, user)..at(&self.starts, user.saturating_add(1));
        let range = usize::try_from(range.start).unwrap_or(0)..usize::try_from(range.end).unwrap_or(0);
        self.groups_of.get(range).unwrap_or_default()
    }

    pub(super) fn group(&self, index: u32) -> Option<&Group> {
        self.groups.get(usize::try_from(index).ok()?)
    }

    fn is_dangling(&self, policy: u32) -> bool {
        usize::try_from(policy).ok().and_then(|index| self.names.get(index)).is_some_and(|name| name.dangling)
    }

    /// The level that is effective for certain, where no missing fact can come first.
    fn quick(&self, direct: u32, groups: &[u32]) -> Option<Kind> {
        match direct {
            NO_ENTRY if !self.gaps.direct_complete => return None,
            NO_ENTRY | NONE => {}
            NOT_KNOWN => return None,
            named if self.is_dangling(named - NAMED) => return None,
            named => return Some(Kind::Direct(named - NAMED)),
        }
        if self.gaps.odd_groups {
            return None;
        }
        match groups.first().and_then(|index| Some((*index, self.group(*index)?))) {
            Some((index, group)) => {
                let open = self.gaps.open_rank.is_some_and(|rank| rank < group.rank);
                let gap = !self.gaps.groups_complete && self.gaps.free_rank < group.rank;
                (!open && !gap && !self.is_dangling(group.policy)).then_some(Kind::Group(index))
            }
            None => (self.gaps.groups_complete && self.gaps.open_rank.is_none()).then_some(Kind::Global),
        }
    }

    /// For each policy name the apps that it lists, and those that it may list.
    pub(super) fn listing(&self, apps: &[Option<Uuid>]) -> Vec<(u64, u64)> {
        let policies = self.snapshot.policies.known();
        let all = if apps.len() >= APPS { u64::MAX } else { (1_u64 << apps.len()) - 1 };
        self.names
            .iter()
            .map(|name| match name.listed.and_then(|index| policies.get(index)) {
                Some(policy) => {
                    let bits =
                        apps.iter().enumerate().filter(|(_, app)| app.is_some_and(|app| policy.app_ids.contains(&app)));
                    let bits = bits.fold(0_u64, |bits, (index, _)| bits | (1 << index));
                    (bits, bits)
                }
                None if name.dangling => (0, 0),
                None => (0, all),
            })
            .collect()
    }

    pub(super) fn classes(&self, lists: &[(u64, u64)]) -> Classes {
        let mut class_of = Vec::with_capacity(self.ids.len());
        let mut rows: Vec<ClassRow> = Vec::new();
        let mut known: HashMap<Class, u32, Quick> = HashMap::default();
        let mut read: HashMap<Signature, u32> = HashMap::new();
        let mut reads = self.reads.as_slice();
        let mut special = self.special.as_slice();
        let mut changed = self.changed.as_slice();
        let mut inside = self.inside.as_slice();
        let global = at(lists, self.global);
        let mut plain = Plain::default();
        for (user, (listed, direct)) in self.listed.iter().zip(&self.direct).enumerate() {
            let user = number(user);
            let groups = self.groups_of(user);
            let is_plain = reads.first().is_none_or(|read| read.user != user)
                && special.first() != Some(&user)
                && changed.first().is_none_or(|(own, _)| *own != user)
                && inside.first().is_none_or(|(own, _)| *own != user);
            let alike = Alike::of(*direct, *listed, groups).filter(|_| is_plain);
            if let Some(index) = alike.and_then(|alike| plain.class_of(alike)) {
                count_in(&mut rows, index);
                class_of.push(index);
                continue;
            }
            let count = reads.iter().take_while(|read| read.user == user).count();
            let own = reads.first().filter(|_| count == 1).map(|read| read.says);
            reads = reads.get(count..).unwrap_or_default();
            let depth = inside.iter().take_while(|(own, _)| *own == user).count();
            let (nested, rest) = inside.split_at_checked(depth).unwrap_or_default();
            inside = rest;
            let mut signature = || {
                let next = number(read.len() + 1);
                let nested = nested.iter().map(|(_, group)| *group).collect();
                *read.entry((*direct, groups.to_vec(), own, nested)).or_insert(next)
            };
            let is_changed = changed.first().is_some_and(|(own, _)| *own == user);
            changed = changed.get(usize::from(is_changed)..).unwrap_or_default();
            let is_special = special.first() == Some(&user);
            special = special.get(usize::from(is_special)..).unwrap_or_default();
            // Which of several reads counts depends on their times.
            let kind = if count > 1 || is_special {
                Kind::Alone(user)
            } else if own.is_some() {
                Kind::Read(signature())
            } else {
                self.quick(*direct, groups).unwrap_or_else(|| Kind::Read(signature()))
            };
            let (mut hidden, mut maybe) = (0, 0);
            let mut detail = 0;
            if let Kind::Direct(_) | Kind::Group(_) = kind {
                (hidden, maybe) = global;
                let skip = usize::from(matches!(kind, Kind::Group(_)));
                for index in groups.iter().skip(skip) {
                    let Some(group) = self.group(*index) else { continue };
                    let (yes, may) = at(lists, group.policy);
                    hidden |= yes;
                    maybe |= may;
                }
                maybe |= self.may_be_member(kind, groups, lists);
            }
            if depth > 0 || groups.iter().any(|index| self.group(*index).is_some_and(|group| group.inner)) {
                detail = signature();
            }
            let changed = is_changed.then_some(user);
            let class = Class { kind, listed: *listed, hidden, maybe_hidden: maybe & !hidden, detail, changed };
            let index = *known.entry(class).or_insert_with(|| {
                rows.push(ClassRow { class, first: user, count: 0 });
                number(rows.len() - 1)
            });
            if let Some(alike) = alike {
                plain.remember(alike, index);
            }
            count_in(&mut rows, index);
            class_of.push(index);
        }
        Classes { of: class_of, rows }
    }

    /// Apps of groups below the effective one whose members are not all known, and which the user may be in.
    fn may_be_member(&self, kind: Kind, groups: &[u32], lists: &[(u64, u64)]) -> u64 {
        if self.gaps.open_rank.is_none() {
            return 0;
        }
        let above = match kind {
            Kind::Group(index) => self.group(index).map_or(0, |group| group.rank),
            _ => 0,
        };
        self.groups
            .iter()
            .enumerate()
            .filter(|(index, group)| !group.members_complete && group.rank > above && !groups.contains(&number(*index)))
            .fold(0, |bits, (_, group)| {
                bits | if group.policy == u32::MAX { u64::MAX } else { at(lists, group.policy).1 }
            })
    }
}
