//! Policies that nobody has read: what commands do to them all the same, and what it moves that somebody has one of them
//! in place of another.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::access::{Side, Sides};
use super::stand::Stand;
use crate::tenant::{Assignment, Content, Effective, Level, Tri, name};

/// Stands for apps that no snapshot names: a policy that was not read may list them.
pub(super) const SOME_APP: Uuid = Uuid::nil();
/// Their name.
pub(super) const SOME_APP_NAME: &str = "apps that nobody has read";

/// What commands did to policies of which nobody has read what they list, by the name as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Edits {
    /// They may list something else altogether.
    rewritten: BTreeSet<String>,
    /// They list nothing but `ids`.
    replaced: BTreeSet<String>,
    /// Ids that they list, or do not, whatever else they do.
    ids: BTreeMap<String, BTreeMap<Uuid, bool>>,
}

/// Of a state that no command made.
pub(super) static NONE: Edits = Edits { rewritten: BTreeSet::new(), replaced: BTreeSet::new(), ids: BTreeMap::new() };

impl Edits {
    pub(super) fn rewrite(&mut self, policy: &str) {
        self.forget(policy);
        self.rewritten.insert(name::key(policy));
    }

    /// Whether it lists these ids, from now on.
    pub(super) fn set(&mut self, policy: &str, apps: &[Uuid], lists: bool) {
        self.ids.entry(name::key(policy)).or_default().extend(apps.iter().map(|app| (*app, lists)));
    }

    /// It lists these ids alone, from now on.
    pub(super) fn replace(&mut self, policy: &str, apps: &[Uuid]) {
        self.forget(policy);
        self.replaced.insert(name::key(policy));
        self.set(policy, apps, true);
    }

    /// What it lists is known from now on.
    pub(super) fn forget(&mut self, policy: &str) {
        let key = name::key(policy);
        self.ids.remove(&key);
        self.rewritten.remove(&key);
        self.replaced.remove(&key);
    }

    pub(super) fn apps(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.ids.values().flat_map(BTreeMap::keys).copied()
    }

    pub(super) fn is_rewritten(&self, policy: &str) -> bool {
        !self.rewritten.is_empty() && self.rewritten.contains(&name::key(policy))
    }

    pub(super) fn rewrites(&self) -> bool {
        !self.rewritten.is_empty()
    }

    /// Whether the policy lists the app, if a command tells it.
    pub(super) fn of(&self, policy: &str, app: Uuid) -> Option<Stand> {
        if self.ids.is_empty() {
            return None;
        }
        let key = name::key(policy);
        match self.ids.get(&key).and_then(|ids| ids.get(&app)) {
            Some(true) => Some(Stand::Yes),
            Some(false) => Some(Stand::No),
            None => self.replaced.contains(&key).then_some(Stand::No),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.ids.keys().chain(&self.rewritten)
    }

    /// Whether what is effective lists the app, where commands tell it of each policy that may be.
    pub(super) fn listed(&self, effective: &Effective<'_>, app: Uuid) -> Option<Stand> {
        if self.ids.is_empty() || effective.may_be_any() {
            return None;
        }
        let of = |it: &Assignment<'_>| match it.content {
            Content::Unread => self.of(it.policy, app),
            _ if it.lists(app) == Tri::Yes => Some(Stand::Yes),
            _ => Some(Stand::No),
        };
        let mut all = effective.candidates.iter().map(of);
        let first = all.next()??;
        all.all(|it| it == Some(first)).then_some(first)
    }
}

/// Whether two states leave open whether an app is listed, since nobody has read something.
pub(super) fn is_open(listed: Stand, lists: Stand) -> bool {
    listed.is_unknown() && lists.is_unknown() && (listed == Stand::Unread || lists == Stand::Unread)
}

/// Whether the same assignments may be effective, as far as both tell.
pub(super) fn alike(was: &Effective<'_>, is: &Effective<'_>) -> bool {
    let same = |(a, b): (&Assignment<'_>, &Assignment<'_>)| {
        a.level == b.level && a.certain == b.certain && name::same(a.policy, b.policy)
    };
    was.candidates.len() == is.candidates.len()
        && was.gaps == is.gaps
        && was.may_be_any() == is.may_be_any()
        && was.candidates.iter().zip(&is.candidates).all(same)
}

/// What may be effective: an assignment, or one that nobody has read.
#[derive(Clone, Copy)]
struct May<'a> {
    /// Direct, of groups, the default.
    tier: u8,
    group: Option<Uuid>,
    /// Empty = nobody has read which.
    policy: &'a str,
}

impl May<'_> {
    fn is(&self, other: &May<'_>) -> bool {
        self.tier == other.tier && self.group == other.group && name::same(self.policy, other.policy)
    }

    const fn is_any(&self) -> bool {
        self.policy.is_empty()
    }
}

/// All of it, highest first.
fn all<'a>(effective: &Effective<'a>, side: &Side<'_>) -> Vec<May<'a>> {
    let any = |tier| May { tier, group: None, policy: "" };
    let gaps = effective.gaps;
    let direct = gaps.direct || gaps.reads || gaps.user;
    let groups = gaps.groups && !side.view.snapshot().groups.is_complete();
    let mut all: Vec<May<'a>> = Vec::new();
    if effective.may_be_any() {
        all.extend(direct.then(|| any(0)));
        all.extend(groups.then(|| any(1)));
    }
    all.extend(effective.candidates.iter().map(|it| {
        let (tier, group) = match it.level {
            Level::Direct | Level::Unsaid => (0, None),
            Level::Group { group_id, .. } => (1, group_id),
            Level::Global => (2, None),
        };
        May { tier, group, policy: it.policy }
    }));
    all
}

/// Whether `one` may come before `other` on a side that has both; among groups of which the ranks are not all known, any may.
fn before(all: &[May<'_>], one: &May<'_>, other: &May<'_>, ranked: bool) -> bool {
    let at = |it: &May<'_>| all.iter().position(|may| may.is(it));
    match (at(one), at(other)) {
        (Some(_), Some(_)) if one.tier != other.tier => one.tier < other.tier,
        (Some(_), Some(_)) if one.tier == 1 && !ranked => true,
        (Some(one), Some(other)) => one < other,
        // One of them is not there: the other one is new, or gone.
        _ => true,
    }
}

/// A state of the tenant, and what may be effective in it for a user.
pub(super) type Of<'s, 'a> = (&'s Side<'a>, &'s Effective<'a>);

/// Whether users may gain, and may lose, what policies list, where it is known on neither side whether the app is listed.
pub(super) struct Moves {
    sides: Sides,
    /// Of any policy, by state and app: the same for every user.
    any: RefCell<BTreeMap<(usize, Uuid), (bool, bool)>>,
    lists: RefCell<BTreeMap<(usize, Uuid), Tri>>,
}

impl Moves {
    pub(super) const fn new(sides: Sides) -> Self {
        Self { sides, any: RefCell::new(BTreeMap::new()), lists: RefCell::new(BTreeMap::new()) }
    }

    /// Of one user.
    pub(super) fn of(&self, (old, was): Of<'_, '_>, (new, is): Of<'_, '_>, app: Uuid) -> (bool, bool) {
        let (from, to) = (all(was, old), all(is, new));
        let (mut up, mut down) = (false, false);
        // Where no assignment changes, whichever one is effective stays so, and only what it lists may change.
        let stays = self.sides == Sides::Change && alike(was, is);
        for was_one in &from {
            for is_one in &to {
                if stays && !was_one.is(is_one) {
                    continue;
                }
                if self.sides == Sides::Readings && was_one.is_any() != is_one.is_any() {
                    continue;
                }
                let (gains, loses) = if was_one.is(is_one) {
                    self.of_same((old, new), was_one.policy, app)
                } else if !before(&to, is_one, was_one, !is.gaps.groups)
                    || !before(&from, was_one, is_one, !was.gaps.groups)
                {
                    continue;
                } else if !was_one.is_any() && name::same(was_one.policy, is_one.policy) {
                    of_policy(self.sides, (old, new), was_one.policy, app)
                } else {
                    let (listed, lists) = (self.value(old, was_one.policy, app), self.value(new, is_one.policy, app));
                    (listed != Tri::Yes && lists != Tri::No, listed != Tri::No && lists != Tri::Yes)
                };
                up |= gains;
                down |= loses;
            }
        }
        (up, down)
    }

    fn value(&self, side: &Side<'_>, policy: &str, app: Uuid) -> Tri {
        if !policy.is_empty() {
            return value(side, policy, app);
        }
        let key = (std::ptr::from_ref(side).addr(), app);
        *self.lists.borrow_mut().entry(key).or_insert_with(|| value(side, policy, app))
    }

    /// The same assignment on both sides: of one that nobody has read, any policy that was there before.
    fn of_same(&self, (old, new): (&Side<'_>, &Side<'_>), policy: &str, app: Uuid) -> (bool, bool) {
        if !policy.is_empty() {
            return of_policy(self.sides, (old, new), policy, app);
        }
        let key = (std::ptr::from_ref(new).addr(), app);
        let of_any = || {
            let known = old.view.snapshot().policies.known().iter().map(|it| &it.name);
            let all = known.chain(new.edits.names()).map(|it| of_policy(self.sides, (old, new), it, app));
            all.fold((false, false), |sum, one| (sum.0 || one.0, sum.1 || one.1))
        };
        *self.any.borrow_mut().entry(key).or_insert_with(of_any)
    }
}

fn value(side: &Side<'_>, policy: &str, app: Uuid) -> Tri {
    let of = |stand| match stand {
        Stand::Yes => Tri::Yes,
        Stand::No | Stand::Open => Tri::No,
        Stand::Unread => Tri::Unknown,
    };
    if !policy.is_empty() {
        return of(side.lists(policy, app));
    }
    let policies = &side.view.snapshot().policies;
    if !policies.is_complete() || side.view.policy(name::GLOBAL).is_none() {
        return Tri::Unknown;
    }
    let mut all = policies.known().iter().map(|it| of(side.lists(&it.name, app)));
    let first = all.next().unwrap_or(Tri::No);
    if all.all(|it| it == first) { first } else { Tri::Unknown }
}

/// What becomes of what a policy lists.
pub(super) fn of_policy(sides: Sides, (old, new): (&Side<'_>, &Side<'_>), policy: &str, app: Uuid) -> (bool, bool) {
    let (listed, lists) = (old.lists(policy, app), new.lists(policy, app));
    if listed == Stand::Unread && lists == Stand::Unread {
        let rewritten = new.edits.is_rewritten(policy);
        return (rewritten, rewritten);
    }
    (sides.worse(lists, listed).1, sides.worse(listed, lists).1)
}
