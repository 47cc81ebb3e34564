//! What changes for nobody who was read: users who come later, and operations without a user.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::access::{Class, Side, Sides};
use super::effects::Effects;
use super::known::{Tells, Told};
use super::later::Levels;
use super::stand::{Asks, Stand};
use super::unread::{self, SOME_APP};
use super::ways::End;
use crate::tenant::name;

/// What is not about a user who was read.
pub(super) struct Rest<'s, 'a> {
    pub(super) before: &'s Side<'a>,
    pub(super) classes: &'s [Class],
    pub(super) sides: Sides,
    /// Whether what policies list that nobody has read is looked at.
    pub(super) unread: bool,
    pub(super) told: Told,
}

impl Rest<'_, '_> {
    /// What a group gives those who join it, or the default where no group is meant.
    fn level(&self, side: &Side<'_>, group: Option<Uuid>, app: Uuid) -> Stand {
        let Some(group) = group else { return side.lists(name::GLOBAL, app) };
        match side.of_group(group) {
            Some("") => Stand::Unread,
            Some(policy) => side.lists(policy, app),
            // It may have an assignment that this reading does not show.
            None if self.sides == Sides::Readings && !side.view.snapshot().groups.is_complete() => Stand::Unread,
            None => side.lists(name::GLOBAL, app),
        }
    }

    /// Users who come later have what `Global` lists, or what a group gives: what they gain and lose of each app by one way.
    fn future(&mut self, end: &End<'_>, apps: &[Uuid]) -> Vec<(Levels, Levels)> {
        let mut found = Vec::with_capacity(apps.len());
        let mut levels: BTreeSet<Option<Uuid>> = BTreeSet::from([None]);
        for side in [self.before, &end.after] {
            levels.extend(side.view.snapshot().groups.known().iter().map(|group| Some(group.group_id)));
        }
        for app in apps {
            let mut tells = Tells::default();
            let (mut gained, mut lost) = (Levels::default(), Levels::default());
            for level in &levels {
                let (listed, lists) = (self.level(self.before, *level, *app), self.level(&end.after, *level, *app));
                let (mut might_act, mut may_act) = (false, false);
                let moved = self.moved(end, (*level, *app), (listed, lists));
                for (index, class) in self.classes.iter().enumerate().filter(|(_, class)| class.user) {
                    // A list that leaves out all that is theirs gives nothing of them.
                    if class.asks == Asks::Filters && (listed, lists) == (Stand::No, Stand::No) {
                        continue;
                    }
                    let old = self.before.access(*app, index, class, Stand::Yes, listed);
                    let new = end.after.access(*app, index, class, Stand::Yes, lists);
                    might_act |= old != Stand::No;
                    may_act |= new != Stand::No;
                    let (better, worse) = self.sides.moves(
                        self.before.gates(*app, index, class, (Stand::Yes, listed)),
                        end.after.gates(*app, index, class, (Stand::Yes, lists)),
                    );
                    let silent = self.sides.is_silent(old, new);
                    if old.is_unknown() && new.is_unknown() && moved != (false, false) && class.asks != Asks::No {
                        if self.sides == Sides::Change {
                            gained.add(*level, moved.0, false);
                            lost.add(*level, moved.1, false);
                        } else if level.is_none() {
                            tells.neither(class.names.iter().cloned());
                        }
                        continue;
                    }
                    // Another gate is not known: what moves this one may move the access.
                    if (better || worse) && (silent || old.is_unknown() && new.is_unknown()) {
                        gained.add(*level, better, false);
                        lost.add(*level, worse, false);
                        continue;
                    }
                    if silent {
                        // What groups give is told with their members.
                        if level.is_none() {
                            let names = || class.names.iter().cloned();
                            tells.add(old, new, names);
                        }
                        continue;
                    }
                    gained.add(*level, new.rank() > old.rank(), (old, new) == (Stand::No, Stand::Yes));
                    let (certain, worse) = self.sides.worse(old, new);
                    lost.add(*level, worse, certain);
                }
                if (listed, lists) != (Stand::No, Stand::No) {
                    gained.lists(*level);
                    lost.lists(*level);
                }
                // What let the app through went, and what lets it through came, whatever else was not read.
                lost.add(*level, might_act && self.sides.worse(listed, lists).1, false);
                gained.add(*level, may_act && self.sides.worse(lists, listed).1, false);
            }
            let mut of_groups = Tells::default();
            self.unread_groups(end, *app, (&mut gained, &mut lost), &mut of_groups);
            self.tell(*app, of_groups, "users of groups of which the policy was not read", end);
            self.tell(*app, tells, "users who come later, through `Global`", end);
            found.push((gained, lost));
        }
        found
    }

    /// Whether a level may give, and may take, what it is known of on neither side whether it lists the app.
    fn moved(
        &self,
        end: &End<'_>,
        (level, app): (Option<Uuid>, Uuid),
        (listed, lists): (Stand, Stand),
    ) -> (bool, bool) {
        let policy = |side: &Side<'_>| match level.map(|group| side.of_group(group)) {
            None | Some(None) => name::GLOBAL.to_owned(),
            Some(Some(policy)) => policy.to_owned(),
        };
        if !self.unread || !unread::is_open(listed, lists) {
            return (false, false);
        }
        let (was, is) = (policy(self.before), policy(&end.after));
        let read = self.sides == Sides::Change || !was.is_empty() && !is.is_empty();
        match name::same(&was, &is) {
            true => unread::of_policy(self.sides, (self.before, &end.after), &is, app),
            false => (read, read),
        }
    }

    /// What groups of which nobody has read the assignment may give to those who join them: any policy but a new one.
    fn unread_groups(&self, end: &End<'_>, app: Uuid, (gained, lost): (&mut Levels, &mut Levels), tells: &mut Tells) {
        let snapshots = [self.before.view.snapshot(), end.after.view.snapshot()];
        if snapshots.iter().any(|snapshot| snapshot.groups.is_complete()) {
            return;
        }
        let [before, _] = snapshots;
        let names = before.policies.known().iter().map(|policy| &policy.name).filter(|it| !name::is_global(it));
        let listings = names.map(|name| (self.before.lists(name, app), end.after.lists(name, app)));
        let unread = (!before.policies.is_complete()).then_some((Stand::Unread, Stand::Unread));
        let moved = end.general || end.touched.contains(&app);
        for (listed, lists) in listings.chain(unread).filter(|(listed, lists)| moved || listed != lists) {
            for (index, class) in self.classes.iter().enumerate().filter(|(_, class)| class.user) {
                let old = self.before.access(app, index, class, Stand::Yes, listed);
                let new = end.after.access(app, index, class, Stand::Yes, lists);
                if self.sides.worse(new, old).1 {
                    gained.add_unread();
                }
                if self.sides.worse(old, new).1 {
                    lost.add_unread();
                }
                let moves = self.sides.worse(listed, lists).1 || self.sides.worse(lists, listed).1;
                let asked = matches!(class.asks, Asks::Yes | Asks::Unsure);
                if asked && moves && self.sides == Sides::Readings && (old, new) == (Stand::Unread, Stand::Unread) {
                    tells.neither_once(&class.names);
                }
            }
        }
    }

    /// What users who come later gain and lose, app by app: by every way what all have in common is certain.
    pub(super) fn later(&mut self, ends: &[End<'_>], apps: &[Uuid], some: Option<Uuid>, effects: &mut Effects) {
        let apps: &[Uuid] = &apps.iter().copied().chain(some).collect::<Vec<_>>();
        let mut ways = ends.iter().map(|end| self.future(end, apps)).collect::<Vec<_>>().into_iter();
        let Some(mut common) = ways.next() else { return };
        for way in ways {
            for ((gained, lost), (gains, loses)) in common.iter_mut().zip(way) {
                gained.join(gains);
                lost.join(loses);
            }
        }
        for (app, (gained, lost)) in apps.iter().zip(common) {
            for (levels, loses) in [(gained, false), (lost, true)] {
                if *app == SOME_APP && effects.later.iter().any(|it| it.loses == loses) {
                    continue;
                }
                let named = ends.iter().find_map(|end| end.after.app_name(*app));
                let name = self.before.app_name(*app).or(named);
                effects.later.extend(levels.told(*app, name, &|group| self.group_name(ends, group), loses));
            }
        }
        let of = |loses: bool| effects.later.iter().filter(move |later| later.loses == loses);
        let both = |loses: bool| (of(loses).count() > 0, of(loses).count() > 0 && of(loses).all(|later| later.perhaps));
        let (gains, loses) = (both(false), both(true));
        (effects.gains_future, effects.gains_future_perhaps) = gains;
        (effects.loses_future, effects.loses_future_perhaps) = loses;
    }

    fn group_name(&self, ends: &[End<'_>], group: Uuid) -> Option<String> {
        let of = |side: &Side<'_>| {
            let groups = side.view.snapshot().groups.known();
            groups.iter().find(|it| it.group_id == group).and_then(|it| it.name.clone())
        };
        ends.iter().find_map(|end| of(&end.after)).or_else(|| of(self.before))
    }

    fn tell(&mut self, app: Uuid, tells: Tells, through: &str, end: &End<'_>) {
        let name = self.before.app_name(app).or_else(|| end.after.app_name(app));
        self.told.add(tells.known(app, name.as_ref(), through), || None);
    }

    /// What an app gains and loses for no single user; of several ways what all have in common is certain.
    pub(super) fn without_user(&mut self, app: Uuid, ends: &[End<'_>], effects: &mut Effects) {
        let mut common: Option<[Ends; 2]> = None;
        for end in ends {
            let (mut opens, mut closes) = (Ends::default(), Ends::default());
            let mut tells = Tells::default();
            let classes = self.classes.iter().enumerate();
            for (index, class) in classes.filter(|(_, class)| !class.user && class.asks == Asks::No) {
                let old = self.before.access(app, index, class, Stand::Yes, Stand::Yes);
                let new = end.after.access(app, index, class, Stand::Yes, Stand::Yes);
                let names = || class.names.iter().cloned();
                if self.sides.is_silent(old, new) {
                    tells.add(old, new, names);
                    continue;
                }
                let certain = !old.is_unknown() && !new.is_unknown();
                match new.rank().cmp(&old.rank()) {
                    std::cmp::Ordering::Greater => opens.add(certain, names()),
                    std::cmp::Ordering::Less => closes.add(certain, names()),
                    std::cmp::Ordering::Equal => {}
                }
            }
            self.tell(app, tells, "for no single user", end);
            common = Some(match common {
                None => [opens, closes],
                Some([opened, closed]) => [opened.join(opens), closed.join(closes)],
            });
        }
        let [opens, closes] = common.unwrap_or_default();
        effects.opens.extend(opens.told(app));
        effects.closes.extend(closes.told(app));
    }
}

/// Operations without a user that an app gains, or loses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbound {
    /// Client id.
    pub app_id: Uuid,
    /// For certain.
    pub operations: Vec<String>,
    /// It may and need not.
    pub possible: Vec<String>,
}

/// Operations by how sure it is that they come, or go.
#[derive(Default)]
struct Ends {
    sure: BTreeSet<String>,
    at_all: BTreeSet<String>,
}

impl Ends {
    fn add(&mut self, certain: bool, names: impl Iterator<Item = String>) {
        for name in names {
            if certain {
                self.sure.insert(name.clone());
            }
            self.at_all.insert(name);
        }
    }

    /// Beside another way: sure is what both bring.
    fn join(self, other: Self) -> Self {
        Self { sure: &self.sure & &other.sure, at_all: &self.at_all | &other.at_all }
    }

    fn told(self, app_id: Uuid) -> Option<Unbound> {
        let possible: Vec<String> = self.at_all.difference(&self.sure).cloned().collect();
        let any = !self.at_all.is_empty();
        any.then(|| Unbound { app_id, operations: self.sure.into_iter().collect(), possible })
    }
}
