//! Who may do what, before and after: every app and user of two states of a tenant, compared by the gates.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::effects::{Effects, Grouped, LISTED, Shift, group, ordered};
use super::known::{Known, Tells, Told};
use super::rest::Rest;
use super::simulate::Simulator;
use super::stand::{self, Asks, Stand, by_policy, by_role, by_switch, by_user, in_policy, least};
use super::unread::{self, Edits, SOME_APP, SOME_APP_NAME, alike};
use super::ways::{End, Outcome, Way};
use crate::knowledge::{Operation, PolicyRule, PolicySubject, operations};
use crate::order;
use crate::tenant::{Effective, Level, Snapshot, View, effective, name};

/// How many users gain an operation of an app, and what else is gained beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Users who gain it.
    pub users: usize,
    /// How many of them may gain and need not.
    pub perhaps: usize,
    /// Other pairs of app and user that gain something else.
    pub others: usize,
    /// How many of them may gain and need not.
    pub others_perhaps: usize,
}

impl Effects {
    /// Those who gain this operation, apart from those who gain others; `None` = no list names it.
    #[must_use]
    pub fn asked(&self, app: Uuid, operation: &'static Operation) -> Option<Asked> {
        let key = class_key(operation)?;
        let class = classes().into_iter().find(|class| class_key(class.operation).as_ref() == Some(&key))?;
        let name = class.names.first()?;
        let mut asked = Asked::default();
        for group in &self.gain_groups {
            let has = |names: &[String]| names.contains(name);
            if group.app_id == app && (has(&group.operations) || has(&group.possible)) {
                asked.users += group.users;
                let sure = has(&group.operations) && !has(&group.already);
                asked.perhaps += if sure { 0 } else { group.users };
            } else {
                asked.others += group.users;
                asked.others_perhaps += if group.perhaps { group.users } else { 0 };
            }
        }
        Some(asked)
    }
}

/// Client id and object id.
type AppAndUser = (Uuid, Uuid);

/// Operations that have the same requirements, so that one answer is good for all.
#[derive(Debug)]
pub(super) struct Class {
    operation: &'static Operation,
    pub(super) names: Vec<String>,
    pub(super) asks: Asks,
    pub(super) user: bool,
    transcripts: bool,
}

/// The requirements of an operation: roles, the policy, a user, the transcript switch.
type ClassKey = (Vec<&'static str>, Asks, bool, bool);

/// `None` = no application can call it.
fn class_key(operation: &'static Operation) -> Option<ClassKey> {
    let accepted = operation.application.filter(|_| operation.application_supported != Some(false))?;
    let mut roles: Vec<&str> = accepted.accepted().collect();
    roles.sort_unstable();
    let any = !roles.is_empty() && operation.policy != PolicyRule::NotApplicable;
    any.then(|| (roles, asks(operation), concerns_user(operation), operation.reads_transcripts))
}

fn classes() -> Vec<Class> {
    let mut found: BTreeMap<ClassKey, Class> = BTreeMap::new();
    for operation in operations() {
        let Some(key) = class_key(operation) else { continue };
        let (_, asks, user, _) = key;
        let class = found.entry(key).or_insert_with(|| Class {
            operation,
            names: Vec::new(),
            asks,
            user,
            transcripts: operation.reads_transcripts,
        });
        class.names.extend(operation.name.map(str::to_owned));
    }
    for class in found.values_mut() {
        // Operations without a short name are told by one of their kind.
        if class.names.is_empty() {
            class.names.push(format!("{} {}", class.operation.method, class.operation.path));
        }
    }
    found.into_values().collect()
}

fn asks(operation: &Operation) -> Asks {
    let below_meetings = operation
        .path
        .strip_prefix("/users/")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(_, rest)| rest.starts_with("onlineMeetings/"));
    match operation.policy {
        PolicyRule::Required | PolicyRule::RequiredByPermission => Asks::Yes,
        PolicyRule::Conflicting | PolicyRule::NotFound => Asks::Unsure,
        PolicyRule::NotMentioned if below_meetings => Asks::Unsure,
        PolicyRule::FiltersResults => Asks::Filters,
        PolicyRule::NotMentioned | PolicyRule::NotSupported | PolicyRule::NotApplicable => Asks::No,
    }
}

fn concerns_user(operation: &Operation) -> bool {
    match operation.subject {
        PolicySubject::UserInPath | PolicySubject::Argument | PolicySubject::EventCreator => true,
        PolicySubject::Nobody => operation.path.starts_with("/users/") || operation.path.starts_with("/copilot/users/"),
    }
}

/// One state, with what does not depend on the user.
pub(super) struct Side<'a> {
    pub(super) view: View<'a>,
    pub(super) transcripts: Stand,
    /// The permission gate of each app, by class.
    pub(super) roles: BTreeMap<Uuid, Vec<Stand>>,
    /// What commands did to policies that nobody has read.
    pub(super) edits: &'a Edits,
}

impl<'a> Side<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, apps: &BTreeSet<Uuid>, classes: &[Class]) -> Self {
        let view = View::indexed(snapshot);
        let of = |app| classes.iter().map(|class| by_role(&view, app, class.operation)).collect();
        let roles = order::map(apps.iter().map(|app| (*app, of(*app))));
        Self { transcripts: by_switch(snapshot), view, roles, edits: &unread::NONE }
    }

    pub(super) fn role(&self, app: Uuid, index: usize) -> Stand {
        self.roles.get(&app).and_then(|roles| roles.get(index)).copied().unwrap_or(Stand::Unread)
    }

    pub(super) fn app_name(&self, app: Uuid) -> Option<String> {
        if app == SOME_APP {
            return Some(SOME_APP_NAME.to_owned());
        }
        self.view.app(app)?.name.clone()
    }

    fn user_name(&self, user: Uuid) -> Option<String> {
        let user = self.view.user(user)?;
        user.upn.clone().or_else(|| user.name.clone())
    }

    pub(super) fn access(&self, app: Uuid, index: usize, class: &Class, user: Stand, lists: Stand) -> Stand {
        least(self.gates(app, index, class, (user, lists)))
    }

    /// The gates that [`Self::access`] is folded from.
    pub(super) fn gates(&self, app: Uuid, index: usize, class: &Class, (user, lists): (Stand, Stand)) -> [Stand; 4] {
        [
            self.role(app, index),
            if class.user { user } else { Stand::Yes },
            if class.transcripts { self.transcripts } else { Stand::Yes },
            by_policy(class.asks, lists),
        ]
    }

    /// Whether the policy of this name lists the app.
    pub(super) fn lists(&self, policy: &str, app: Uuid) -> Stand {
        match in_policy(self.view.content(policy), app) {
            Stand::Unread => self.edits.of(policy, app).unwrap_or(Stand::Unread),
            stand => stand,
        }
    }

    /// Whether what is effective lists the app.
    fn listed(&self, effective: &Effective<'_>, app: Uuid) -> Stand {
        match stand::listed(effective, &self.view, app) {
            Stand::Unread => self.edits.listed(effective, app).unwrap_or(Stand::Unread),
            stand => stand,
        }
    }

    /// The policy that a group gives; without an assignment, its members may have the default.
    pub(super) fn of_group(&self, group: Uuid) -> Option<&'a str> {
        let known = self.view.snapshot().groups.known().iter().find(|it| it.group_id == group);
        known.map(|it| it.policy.as_str())
    }
}

/// Every app that a snapshot names.
pub fn apps_of(snapshot: &Snapshot) -> impl Iterator<Item = Uuid> + '_ {
    let listed = snapshot.policies.known().iter().flat_map(|policy| policy.app_ids.iter().copied());
    snapshot.apps.known().iter().map(|app| app.app_id).chain(listed)
}

/// Every user whom a snapshot names.
#[must_use]
pub fn users_of(snapshot: &Snapshot) -> BTreeSet<Uuid> {
    let mut users: BTreeSet<Uuid> = snapshot.users.known().iter().map(|user| user.id).collect();
    users.extend(snapshot.direct.known().iter().map(|direct| direct.user_id));
    users.extend(snapshot.effective.known().iter().map(|read| read.user_id));
    users.extend(snapshot.groups.known().iter().flat_map(|group| group.members.known().iter().copied()));
    users
}

/// What the two sides of a comparison are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sides {
    /// A state, and what a change makes of it: what is not known after it may be gone.
    Change,
    /// A tenant, read twice: what one reading does not tell is no change.
    Readings,
}

/// Compares the states before and after a change; `also` are pairs that the snapshots need not name.
#[must_use]
pub fn compare(before: &Snapshot, after: &Snapshot, also: &[(Uuid, Uuid)]) -> Effects {
    compare_ways(before, vec![Way::to(after)], (also, &BTreeSet::new()), Scope { sides: Sides::Change, unread: false })
}

/// Compares two readings of a tenant. Access that one of them does not tell is neither gained nor lost.
#[must_use]
pub fn between(before: &Snapshot, after: &Snapshot) -> Effects {
    compare_ways(before, vec![Way::to(after)], (&[], &BTreeSet::new()), Scope { sides: Sides::Readings, unread: true })
}

/// Compares the states before and after commands.
#[must_use]
pub fn of(simulator: &Simulator<'_>, also: &[(Uuid, Uuid)]) -> Effects {
    let scope = Scope { sides: Sides::Change, unread: false };
    compare_ways(simulator.original(), vec![Way::of(simulator)], (also, &BTreeSet::new()), scope)
}

/// Compares the state before with those after, one for each way that commands may go: what all have in common is certain.
#[must_use]
pub fn in_any_way(simulators: &[&Simulator<'_>], also: &[(Uuid, Uuid)]) -> Effects {
    in_any_way_watching(simulators, also, &BTreeSet::new())
}

/// The same; what becomes of the pairs of app and user that are `watched` is told of each.
#[must_use]
pub fn in_any_way_watching(
    simulators: &[&Simulator<'_>],
    also: &[(Uuid, Uuid)],
    watched: &BTreeSet<AppAndUser>,
) -> Effects {
    let Some(first) = simulators.first() else { return Effects::default() };
    let ways = simulators.iter().map(|simulator| Way::of(simulator)).collect();
    compare_ways(first.original(), ways, (also, watched), Scope { sides: Sides::Change, unread: true })
}

/// What is compared.
#[derive(Clone, Copy)]
struct Scope {
    sides: Sides,
    /// Also what one policy that nobody has read takes or gives in the place of another, of any app. The proof of a fix says
    /// what it rests on instead.
    unread: bool,
}

fn compare_ways(
    before: &Snapshot,
    ways: Vec<Way<'_>>,
    (also, watched): (&[AppAndUser], &BTreeSet<AppAndUser>),
    scope: Scope,
) -> Effects {
    let sides = scope.sides;
    let classes = classes();
    let mut users = users_of(before);
    let mut apps: BTreeSet<Uuid> = apps_of(before).collect();
    for way in &ways {
        users.extend(users_of(way.after).into_iter().chain(way.granted()));
        apps.extend(apps_of(way.after).chain(way.edits.apps()));
    }
    users.extend(also.iter().map(|(_, user)| *user));
    apps.extend(also.iter().map(|(app, _)| *app));
    let states = std::iter::once(before).chain(ways.iter().map(|way| way.after));
    let some = (scope.unread && states.into_iter().any(|it| !it.apps.is_complete())).then_some(SOME_APP);
    let before = Side::new(before, &apps, &classes);
    let ends: Vec<End<'_>> = ways.iter().map(|way| End::new(&before, way, &apps, &classes)).collect();
    let mut effects = Effects::default();
    let of_interest: Vec<Uuid> = apps.iter().copied().filter(|app| ends.iter().any(|end| end.concerns(*app))).collect();
    let some = some.filter(|_| ends.iter().any(End::gives_others));
    if of_interest.is_empty() && some.is_none() {
        return effects;
    }
    let (mut gained, mut lost) = (Grouped::new(), Grouped::new());
    let mut told = Told::default();
    let moves = unread::Moves::new(sides);
    for user in users {
        let was = effective(&before.view, Some(user));
        let teams_before = by_user(&before.view, user);
        let outcomes: Vec<Outcome<'_, '_>> = ends.iter().flat_map(|end| end.outcomes(user)).collect();
        let mut gains = (false, false);
        let (mut loses, mut tells) = (false, false);
        for app in of_interest.iter().chain(&some) {
            let listed_before = before.listed(&was, *app);
            let shifts = outcomes.iter().map(|Outcome { end, after, is }| {
                let (lists, teams_after) = (after.listed(is, *app), by_user(&after.view, user));
                let silent = sides.is_silent(listed_before, lists);
                let open = scope.unread && (silent || unread::is_open(listed_before, lists));
                let moved = if open && (end.relists(*app) || !alike(&was, is)) {
                    moves.of((&before, &was), (after, is), *app)
                } else {
                    (false, false)
                };
                let listed_so = listed_before == lists && moved == (false, false);
                let same = listed_so && teams_before == teams_after;
                if same && !end.general && !end.touched.contains(app) {
                    return Shifts::default();
                }
                // Of apps that nobody has read only the policies tell anything.
                if *app == SOME_APP && (listed_so || sides == Sides::Readings && (tells || alike(&was, is))) {
                    return Shifts::default();
                }
                let pair = Pair { before: &before, after, app: *app, user, was: &was, is, sides, moved };
                let shifts = pair.shifts(&classes, (teams_before, listed_before), (teams_after, lists));
                tells |= shifts.known.iter().any(Option::is_some);
                told.add(shifts.known.clone(), || Some(pair.user_name().unwrap_or_else(|| user.to_string())));
                shifts
            });
            let shifts: Vec<Shifts> = shifts.collect();
            effects.untold += shifts.iter().map(|it| it.untold).sum::<usize>();
            let (gain, loss): (Vec<_>, Vec<_>) = shifts.into_iter().map(|it| (it.gain, it.loss)).unzip();
            let (gain, loss) = (joined(gain), joined(loss));
            // Where apps with a name are told of, there may be more.
            let (gain, loss) = match *app {
                SOME_APP => (gain.filter(|_| !gains.0), loss.filter(|_| !loses)),
                _ => (gain, loss),
            };
            if watched.contains(&(*app, user)) {
                let both = [(false, &gain), (true, &loss)].into_iter();
                effects.watched.extend(both.filter_map(|(loses, it)| Some((loses, it.clone()?))));
            }
            if let Some(gain) = gain {
                gains = (true, gains.1 || !gain.perhaps);
                effects.gains_total += 1;
                effects.gains_perhaps += usize::from(gain.perhaps);
                group(&mut gained, &gain);
                if effects.gains.len() < LISTED {
                    effects.gains.push(gain);
                }
            }
            if let Some(loss) = loss {
                loses = true;
                effects.loses_total += 1;
                effects.loses_perhaps += usize::from(loss.perhaps);
                effects.loses_gates += usize::from(loss.is_gate_only());
                effects.loses_gates_perhaps += usize::from(loss.is_gate_only() && loss.perhaps);
                group(&mut lost, &loss);
                if effects.loses.len() < LISTED {
                    effects.loses.push(loss);
                }
            }
        }
        effects.gains_users += usize::from(gains.0);
        effects.gains_users_perhaps += usize::from(gains.0 && !gains.1);
    }
    (effects.gain_groups, effects.loss_groups) = (ordered(gained), ordered(lost));
    let mut rest = Rest { before: &before, classes: &classes, sides, unread: scope.unread, told };
    rest.later(&ends, &of_interest, some, &mut effects);
    let snapshot = before.view.snapshot();
    effects.open = ends.iter().any(|end| {
        is_open(snapshot, end.after.view.snapshot(), end.general || !end.touched.is_empty())
            || (end.general && !snapshot.apps.is_complete())
            || (end.is_for_anybody() && !snapshot.users.is_complete())
    });
    for app in &of_interest {
        rest.without_user(*app, &ends, &mut effects);
    }
    (effects.now_known, effects.no_longer_known) = rest.told.ordered();
    effects
}

/// What becomes of a pair by every outcome that there may be, in one.
fn joined(shifts: Vec<Option<Shift>>) -> Option<Shift> {
    let count = shifts.len();
    let shifts: Vec<Shift> = shifts.into_iter().flatten().collect();
    let in_all = shifts.len() == count;
    let mut rest = shifts.iter();
    let mut one = rest.next()?.clone();
    if count == 1 {
        return Some(one);
    }
    let perhaps = !in_all || shifts.iter().any(|it| it.perhaps);
    let mut all: Vec<&String> = shifts.iter().flat_map(|it| it.operations.iter().chain(&it.possible)).collect();
    crate::order::sort(&mut all);
    all.dedup();
    one.operations.retain(|name| in_all && rest.clone().all(|it| it.operations.contains(name)));
    one.already.retain(|name| one.operations.contains(name));
    one.possible = all.into_iter().filter(|name| !one.operations.contains(name)).cloned().collect();
    let unsure = perhaps || !one.possible.is_empty();
    one.perhaps = unsure && one.operations.len() == one.already.len();
    Some(one)
}

/// Whether users who were not read may be concerned. A grant to one user is about this user alone.
fn is_open(before: &Snapshot, after: &Snapshot, for_all: bool) -> bool {
    let all_read = before.users.is_complete()
        && before.direct.is_complete()
        && [before, after]
            .iter()
            .all(|it| it.groups.is_complete() && it.groups.known().iter().all(|group| group.members.is_complete()));
    let policy = |snapshot: &Snapshot, wanted: &str| {
        snapshot.policies.known().iter().find(|it| name::same(&it.name, wanted)).map(|it| it.app_ids.clone())
    };
    let content = before.policies.known().iter().any(|it| policy(after, &it.name).as_ref() != Some(&it.app_ids));
    (!all_read && (content || before.groups != after.groups)) || (for_all && !before.users.is_complete())
}

pub(super) fn relisted(before: &Side<'_>, after: &Side<'_>, apps: impl Iterator<Item = Uuid>) -> BTreeSet<Uuid> {
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for side in [before, after] {
        let known = side.view.snapshot().policies.known().iter().map(|policy| policy.name.as_str());
        names.extend(known.chain(side.edits.names().map(String::as_str)).map(|it| (name::key(it), it)));
    }
    let changes = |app: &Uuid| names.values().any(|name| before.lists(name, *app) != after.lists(name, *app));
    if before.view.snapshot().policies.status == after.view.snapshot().policies.status {
        apps.filter(changes).collect()
    } else {
        apps.collect()
    }
}

pub(super) fn is_reassigned(before: &Snapshot, after: &Snapshot) -> bool {
    before.direct != after.direct
        || before.groups != after.groups
        || before.effective != after.effective
        || before.users != after.users
}

struct Pair<'s, 'a> {
    before: &'s Side<'a>,
    after: &'s Side<'a>,
    app: Uuid,
    user: Uuid,
    was: &'s Effective<'a>,
    is: &'s Effective<'a>,
    sides: Sides,
    /// Whether what policies list that nobody has read may give, and may take.
    moved: (bool, bool),
}

/// What becomes of a pair.
#[derive(Clone, Default)]
struct Shifts {
    gain: Option<Shift>,
    loss: Option<Shift>,
    /// What becomes known, and what does no longer.
    known: [Option<Known>; 2],
    /// How many of both rest on what one of two readings does not tell.
    untold: usize,
}

impl Sides {
    /// Whether one side does not tell, so that nothing can be said about a change.
    pub(super) fn is_silent(self, old: Stand, new: Stand) -> bool {
        self == Self::Readings && (old == Stand::Unread || new == Stand::Unread)
    }

    /// Whether a gate gets worse: for certain, and at all.
    pub(super) fn worse(self, old: Stand, new: Stand) -> (bool, bool) {
        let at_all = !self.is_silent(old, new) && new.rank() < old.rank();
        (at_all && !old.is_unknown() && !new.is_unknown(), at_all)
    }
}

impl Sides {
    /// Whether any of these gates gets better, and whether any gets worse, as far as both sides tell.
    pub(super) fn moves(self, old: [Stand; 4], new: [Stand; 4]) -> (bool, bool) {
        let any = |from: [Stand; 4], to: [Stand; 4]| from.into_iter().zip(to).any(|(from, to)| self.worse(from, to).1);
        (any(new, old), any(old, new))
    }
}

impl Pair<'_, '_> {
    /// What the pair gains, by its operations, and what it loses, by its gates.
    fn shifts(&self, classes: &[Class], was: (Stand, Stand), is: (Stand, Stand)) -> Shifts {
        let (mut gained, mut already, mut may_gain, mut lost, mut may_lose) = (vec![], vec![], vec![], vec![], vec![]);
        let mut tells = Tells::default();
        let (mut surely, mut worse) = (false, false);
        let (mut up_told, mut down_told) = (false, false);
        let mut gate = |old: Stand, new: Stand| {
            let (certain, at_all) = self.sides.worse(old, new);
            surely |= certain;
            worse |= at_all;
        };
        for (index, class) in classes.iter().enumerate().filter(|(_, class)| class.user) {
            let old = self.before.access(self.app, index, class, was.0, was.1);
            let new = self.after.access(self.app, index, class, is.0, is.1);
            let names = || class.names.iter().cloned();
            // A list that leaves out what the policy does not cover: the user's events appear or vanish.
            let (old, new) = match (class.asks, old, new) {
                (Asks::Filters, Stand::Yes, Stand::Yes) => (was.1, is.1),
                _ => (old, new),
            };
            let (better, down) = self
                .sides
                .moves(self.before.gates(self.app, index, class, was), self.after.gates(self.app, index, class, is));
            let silent = self.sides.is_silent(old, new);
            let moved = if class.asks == Asks::No { (false, false) } else { self.moved };
            let readings = self.sides == Sides::Readings;
            let (better, down) = if readings { (better, down) } else { (better || moved.0, down || moved.1) };
            match (old, new) {
                _ if silent && self.app == SOME_APP => tells.neither(names()),
                (Stand::No, Stand::Yes) => gained.extend(names()),
                (Stand::Open | Stand::Unread, Stand::Yes) if better || !silent => {
                    gained.extend(names());
                    already.extend(names());
                }
                (Stand::No, Stand::Open | Stand::Unread) if better || !silent => may_gain.extend(names()),
                (Stand::Yes, Stand::No) => lost.extend(names()),
                (Stand::Yes, Stand::Open | Stand::Unread) | (Stand::Open | Stand::Unread, Stand::No)
                    if down || !silent =>
                {
                    may_lose.extend(names());
                }
                // Another gate is not known before and after: what moves this one may move the access.
                (Stand::Open | Stand::Unread, Stand::Open | Stand::Unread) if better || down => {
                    may_gain.extend(names().filter(|_| better));
                    may_lose.extend(names().filter(|_| down));
                }
                (Stand::Open | Stand::Unread, Stand::Open | Stand::Unread) if moved != (false, false) => {
                    tells.neither(names());
                }
                _ if silent => tells.add(old, new, names),
                _ => {}
            }
            if !silent {
                up_told |= new.rank() > old.rank();
                down_told |= new.rank() < old.rank();
            }
            gate(self.before.role(self.app, index), self.after.role(self.app, index));
        }
        gate(was.0, is.0);
        gate(was.1, is.1);
        gate(self.before.transcripts, self.after.transcripts);
        let through = self.through(was, is);
        let app = self.before.app_name(self.app).or_else(|| self.after.app_name(self.app));
        let shift = |[operations, already, possible]: [Vec<String>; 3], perhaps: bool| Shift {
            app_id: self.app,
            user_id: self.user,
            app: app.clone(),
            user: self.user_name(),
            operations,
            already,
            possible,
            through: through.clone(),
            perhaps,
        };
        // A gate that gets worse for certain takes nothing for certain where another one is not known.
        let (unsure, perhaps) = (gained.len() == already.len(), lost.is_empty() && (!surely || !may_lose.is_empty()));
        let readings = self.sides == Sides::Readings;
        let gains = !gained.is_empty() || !may_gain.is_empty();
        // Whoever compares two readings asks for access alone; a change must also not bring anybody further from it.
        let loses = (worse && !readings) || !lost.is_empty() || !may_lose.is_empty();
        let untold = [(gains, up_told), (loses, down_told || may_lose.is_empty())];
        Shifts {
            untold: untold.into_iter().filter(|(any, told)| readings && *any && !told).count(),
            gain: gains.then(|| shift([gained, already, may_gain], unsure)),
            loss: loses.then(|| shift([lost, Vec::new(), may_lose], perhaps)),
            known: tells.known(self.app, app.as_ref(), &through),
        }
    }

    fn user_name(&self) -> Option<String> {
        self.before.user_name(self.user).or_else(|| self.after.user_name(self.user))
    }

    fn through(&self, was: (Stand, Stand), is: (Stand, Stand)) -> String {
        let mut words = Vec::new();
        if was.1 != is.1 || self.moved != (false, false) {
            let (old, new) = (effective_words(self.was), effective_words(self.is));
            words.push(match (self.sides.is_silent(was.1, is.1), was.1, is.1) {
                _ if old == new && self.was.known().is_none() && !alike(self.was, self.is) => {
                    "which policy is effective".to_owned()
                }
                _ if old == new => format!("what {new} lists"),
                (false, ..) | (true, Stand::Unread, Stand::Unread) => format!("{old} becomes {new}"),
                (true, Stand::Unread, _) => format!("that {new} is effective"),
                (true, ..) => format!("that {old} is effective"),
            });
        }
        if was.0 != is.0 {
            let words_of = match (was.0, is.0) {
                (_, Stand::No) => "the user is not in the tenant any more",
                (Stand::No, _) => "the user is in the tenant now",
                _ => "the user's Teams licence",
            };
            words.push(words_of.to_owned());
        }
        if self.before.roles.get(&self.app) != self.after.roles.get(&self.app) {
            words.push("the app's roles".to_owned());
        }
        if self.before.transcripts != self.after.transcripts {
            words.push("the transcript switch".to_owned());
        }
        words.join(", ")
    }
}

/// The effective policy for people: which, and how it reaches the user.
#[must_use]
pub fn effective_words(effective: &Effective<'_>) -> String {
    let Some(one) = effective.known() else { return "a policy that is not known".to_owned() };
    match one.level {
        Level::Direct => format!("`{}` (direct)", one.policy),
        Level::Group { .. } => format!("`{}` (group)", one.policy),
        Level::Global | Level::Unsaid => format!("`{}`", one.policy),
    }
}
