//! Who may do what, before and after: every app and user of two states of a tenant, compared by the gates.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::simulate::Simulator;
use crate::diagnose::Question;
use crate::diagnose::gates::permission::{self, Why};
use crate::knowledge::{Gate, Operation, PolicyRule, PolicySubject, operations};
use crate::tenant::{Content, Effective, Level, Snapshot, Teams, Tri, View, effective, name};

/// A pair of which the access changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Client id.
    pub app_id: Uuid,
    /// Object id.
    pub user_id: Uuid,
    /// The app's name, if a snapshot has it.
    pub app: Option<String>,
    /// The user's principal name or name, if a snapshot has one.
    pub user: Option<String>,
    /// Operations that are allowed on one side and were not known to be on the other: short names, or method and path.
    pub operations: Vec<String>,
    /// Operations of which one side is unknown, so that access may have changed.
    pub possible: Vec<String>,
    /// What changed for the pair, few words.
    pub through: String,
}

/// Pairs of one app that gain or lose the same in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Client id.
    pub app_id: Uuid,
    /// The app's name, if a snapshot has it.
    pub app: Option<String>,
    /// Operations, as in [`Shift`].
    pub operations: Vec<String>,
    /// Operations of which one side is unknown.
    pub possible: Vec<String>,
    /// What changed, few words.
    pub through: String,
    /// How many users.
    pub users: usize,
    /// The first of them, by name where there is one.
    pub examples: Vec<String>,
}

/// How many users a group names.
const EXAMPLES: usize = 3;

type Grouped = BTreeMap<(Uuid, Vec<String>, Vec<String>, String), Group>;

fn group(groups: &mut Grouped, shift: &Shift) {
    let key = (shift.app_id, shift.operations.clone(), shift.possible.clone(), shift.through.clone());
    let group = groups.entry(key).or_insert_with(|| Group {
        app_id: shift.app_id,
        app: shift.app.clone(),
        operations: shift.operations.clone(),
        possible: shift.possible.clone(),
        through: shift.through.clone(),
        users: 0,
        examples: Vec::new(),
    });
    group.users += 1;
    if group.examples.len() < EXAMPLES {
        group.examples.push(shift.user.clone().unwrap_or_else(|| shift.user_id.to_string()));
    }
}

/// The largest first.
fn ordered(groups: Grouped) -> Vec<Group> {
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.users));
    groups
}

/// What a change does to pairs, apart from the time that it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Pairs that gain, the first ones.
    pub gains: Vec<Shift>,
    /// How many there are among the users who were read.
    pub gains_total: usize,
    /// Users who are among them.
    pub gains_users: usize,
    /// Users who come later gain too: through `Global`, or as members of a group.
    pub gains_future: bool,
    /// Pairs of which a gate gets worse, the first ones.
    pub loses: Vec<Shift>,
    /// How many there are.
    pub loses_total: usize,
    /// Users who come later lose too.
    pub loses_future: bool,
    /// All gains, by app and operations.
    pub gain_groups: Vec<Group>,
    /// All losses, by app and operations.
    pub loss_groups: Vec<Group>,
    /// Users or apps that were not read may be among them: a part is not complete.
    pub open: bool,
    /// Operations without a user that an app gains, by app.
    pub opens: Vec<(Uuid, Vec<String>)>,
    /// Operations without a user that an app loses, by app.
    pub closes: Vec<(Uuid, Vec<String>)>,
}

/// How many pairs are listed.
pub const LISTED: usize = 100;

/// Whether the policy is asked for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asks {
    Yes,
    Unsure,
    /// What it does not cover is left out of a list.
    Filters,
    No,
}

/// Operations that have the same requirements, so that one answer is good for all.
#[derive(Debug)]
struct Class {
    operation: &'static Operation,
    names: Vec<String>,
    asks: Asks,
    user: bool,
    transcripts: bool,
}

fn classes() -> Vec<Class> {
    type Key = (Vec<&'static str>, Asks, bool, bool);
    let mut found: BTreeMap<Key, Class> = BTreeMap::new();
    for operation in operations() {
        let Some(accepted) = operation.application.filter(|_| operation.application_supported != Some(false)) else {
            continue;
        };
        let mut roles: Vec<&str> = accepted.accepted().collect();
        roles.sort_unstable();
        if roles.is_empty() || operation.policy == PolicyRule::NotApplicable {
            continue;
        }
        let (asks, user) = (asks(operation), concerns_user(operation));
        let key = (roles, asks, user, operation.reads_transcripts);
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

const fn tri(yes: bool) -> Tri {
    if yes { Tri::Yes } else { Tri::No }
}

/// No before unknown before yes.
const fn rank(tri: Tri) -> u8 {
    match tri {
        Tri::No => 0,
        Tri::Unknown => 1,
        Tri::Yes => 2,
    }
}

fn least(items: impl IntoIterator<Item = Tri>) -> Tri {
    items.into_iter().min_by_key(|it| rank(*it)).unwrap_or(Tri::Yes)
}

/// One state, with what does not depend on the user.
struct Side<'a> {
    view: View<'a>,
    transcripts: Tri,
    /// The permission gate of each app, by class.
    roles: BTreeMap<Uuid, Vec<Tri>>,
}

impl<'a> Side<'a> {
    fn new(snapshot: &'a Snapshot, apps: &BTreeSet<Uuid>, classes: &[Class]) -> Self {
        let view = View::indexed(snapshot);
        let transcripts = snapshot.settings.graph_transcript_access.map_or(Tri::Unknown, tri);
        let roles =
            apps.iter().map(|app| (*app, classes.iter().map(|it| permission(&view, *app, it)).collect())).collect();
        Self { view, transcripts, roles }
    }

    fn user(&self, user: Uuid) -> Tri {
        match self.view.user(user).map(|user| user.teams) {
            Some(Some(Teams::Enabled)) => Tri::Yes,
            Some(_) => Tri::Unknown,
            None if self.view.snapshot().users.is_complete() => Tri::No,
            None => Tri::Unknown,
        }
    }

    fn app_name(&self, app: Uuid) -> Option<String> {
        self.view.app(app)?.name.clone()
    }

    fn user_name(&self, user: Uuid) -> Option<String> {
        let user = self.view.user(user)?;
        user.upn.clone().or_else(|| user.name.clone())
    }

    fn access(&self, app: Uuid, index: usize, class: &Class, user: Tri, lists: Tri) -> Tri {
        let role = self.roles.get(&app).and_then(|roles| roles.get(index)).copied().unwrap_or(Tri::Unknown);
        least([
            role,
            if class.user { user } else { Tri::Yes },
            if class.transcripts { self.transcripts } else { Tri::Yes },
            policy(class.asks, lists),
        ])
    }

    /// Whether the policy of this name lists the app.
    fn lists(&self, policy: &str, app: Uuid) -> Tri {
        match self.view.content(policy) {
            Content::Listed(policy) => tri(policy.app_ids.contains(&app)),
            Content::Dangling | Content::Unread => Tri::Unknown,
        }
    }

    /// The policy that a group gives; without an assignment, its members may have the default.
    fn of_group(&self, group: Uuid) -> &'a str {
        let known = self.view.snapshot().groups.known().iter().find(|it| it.group_id == group);
        known.map_or(name::GLOBAL, |it| it.policy.as_str())
    }
}

/// What the policy gate makes of a listing.
const fn policy(asks: Asks, lists: Tri) -> Tri {
    match (asks, lists) {
        (Asks::No | Asks::Filters, _) | (_, Tri::Yes) => Tri::Yes,
        (Asks::Unsure, _) | (_, Tri::Unknown) => Tri::Unknown,
        (Asks::Yes, Tri::No) => Tri::No,
    }
}

fn permission(view: &View<'_>, app: Uuid, class: &Class) -> Tri {
    let question = Question {
        app_id: Some(app),
        user_id: None,
        user: None,
        operation: Some(class.operation),
        token: None,
        delegated: false,
        meeting: None,
        at: None,
        gates: Some(vec![Gate::Permission]),
        policy_asked: false,
        of_incident: false,
    };
    match permission::facts(&question, view, Some(class.operation), Some(app), view.app(app), false).why {
        Why::Held => Tri::Yes,
        Why::Unsupported | Why::NotInToken | Why::UnknownInTenant | Why::NotGranted => Tri::No,
        Why::NoOperation | Why::Undocumented | Why::NoClaims | Why::NoApp | Why::Unread => Tri::Unknown,
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

/// Compares two states of a tenant; `also` are pairs that the snapshots need not name.
#[must_use]
pub fn compare(before: &Snapshot, after: &Snapshot, also: &[(Uuid, Uuid)]) -> Effects {
    compare_for(before, after, None, also)
}

/// Compares the states before and after commands.
#[must_use]
pub fn of(simulator: &Simulator<'_>, also: &[(Uuid, Uuid)]) -> Effects {
    compare_for(simulator.original(), simulator.snapshot(), simulator.for_others(), also)
}

/// `others` is the state after for everybody but some users.
fn compare_for(
    before: &Snapshot,
    after: &Snapshot,
    others: Option<(Snapshot, BTreeSet<Uuid>)>,
    also: &[(Uuid, Uuid)],
) -> Effects {
    let classes = classes();
    let mut users = users_of(before);
    users.extend(users_of(after));
    users.extend(also.iter().map(|(_, user)| *user));
    let mut apps: BTreeSet<Uuid> = apps_of(before).chain(apps_of(after)).collect();
    apps.extend(also.iter().map(|(app, _)| *app));
    let (before, after) = (Side::new(before, &apps, &classes), Side::new(after, &apps, &classes));
    let (others, holders) = others.unzip();
    let others = others.as_ref().map(|snapshot| Side::new(snapshot, &apps, &classes));
    let mut effects = Effects::default();
    let general = before.transcripts != after.transcripts;
    let touched: BTreeSet<Uuid> =
        apps.iter().copied().filter(|app| before.roles.get(app) != after.roles.get(app)).collect();
    let relisted = relisted(&before, &after, &apps);
    let reassigned = is_reassigned(before.view.snapshot(), after.view.snapshot());
    let of_interest: Vec<Uuid> = apps
        .iter()
        .copied()
        .filter(|app| reassigned || general || touched.contains(app) || relisted.contains(app))
        .collect();
    if of_interest.is_empty() {
        return effects;
    }
    let (mut gained, mut lost) = (Grouped::new(), Grouped::new());
    for user in users {
        let own = holders.as_ref().is_none_or(|holders| holders.contains(&user));
        let after = others.as_ref().filter(|_| !own).unwrap_or(&after);
        let (was, is) = (effective(&before.view, Some(user)), effective(&after.view, Some(user)));
        let (teams_before, teams_after) = (before.user(user), after.user(user));
        let mut gains = false;
        for app in &of_interest {
            let (listed, lists) = (was.lists(&before.view, *app), is.lists(&after.view, *app));
            if listed == lists && teams_before == teams_after && !general && !touched.contains(app) {
                continue;
            }
            let pair = Pair { before: &before, after, app: *app, user, was: &was, is: &is };
            let (gain, loss) = pair.shifts(&classes, (teams_before, listed), (teams_after, lists));
            if let Some(gain) = gain {
                gains = true;
                effects.gains_total += 1;
                group(&mut gained, &gain);
                if effects.gains.len() < LISTED {
                    effects.gains.push(gain);
                }
            }
            if let Some(loss) = loss {
                effects.loses_total += 1;
                group(&mut lost, &loss);
                if effects.loses.len() < LISTED {
                    effects.loses.push(loss);
                }
            }
        }
        effects.gains_users += usize::from(gains);
    }
    (effects.gain_groups, effects.loss_groups) = (ordered(gained), ordered(lost));
    future(&before, &after, &of_interest, &classes, &mut effects);
    effects.open = is_open(before.view.snapshot(), after.view.snapshot(), general || !touched.is_empty())
        || (general && !before.view.snapshot().apps.is_complete());
    for app in &of_interest {
        without_user(&before, &after, *app, &classes, &mut effects);
    }
    effects
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

fn relisted(before: &Side<'_>, after: &Side<'_>, apps: &BTreeSet<Uuid>) -> BTreeSet<Uuid> {
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for side in [before, after] {
        for policy in side.view.snapshot().policies.known() {
            names.insert(name::key(&policy.name), &policy.name);
        }
    }
    let changes = |app: &Uuid| names.values().any(|name| before.lists(name, *app) != after.lists(name, *app));
    if before.view.snapshot().policies.status == after.view.snapshot().policies.status {
        apps.iter().copied().filter(changes).collect()
    } else {
        apps.clone()
    }
}

fn is_reassigned(before: &Snapshot, after: &Snapshot) -> bool {
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
}

impl Pair<'_, '_> {
    /// What the pair gains, by its operations, and what it loses, by its gates.
    fn shifts(&self, classes: &[Class], was: (Tri, Tri), is: (Tri, Tri)) -> (Option<Shift>, Option<Shift>) {
        let (mut gained, mut may_gain, mut lost, mut may_lose) = (vec![], vec![], vec![], vec![]);
        let mut worse = false;
        for (index, class) in classes.iter().enumerate().filter(|(_, class)| class.user) {
            let old = self.before.access(self.app, index, class, was.0, was.1);
            let new = self.after.access(self.app, index, class, is.0, is.1);
            let names = || class.names.iter().cloned();
            // A list that leaves out what the policy does not cover: the user's events appear or vanish.
            let (old, new) = match (class.asks, old, new) {
                (Asks::Filters, Tri::Yes, Tri::Yes) => (was.1, is.1),
                _ => (old, new),
            };
            match (old, new) {
                (Tri::No | Tri::Unknown, Tri::Yes) => gained.extend(names()),
                (Tri::No, Tri::Unknown) => may_gain.extend(names()),
                (Tri::Yes, Tri::No | Tri::Unknown) => lost.extend(names()),
                (Tri::Unknown, Tri::No) => may_lose.extend(names()),
                _ => {}
            }
            let role = |side: &Side<'_>| {
                side.roles.get(&self.app).and_then(|roles| roles.get(index)).map_or(0, |it| rank(*it))
            };
            worse |= role(self.after) < role(self.before);
        }
        worse |= rank(is.0) < rank(was.0) || rank(is.1) < rank(was.1);
        worse |= rank(self.after.transcripts) < rank(self.before.transcripts);
        let through = self.through(was, is);
        let shift = |operations: Vec<String>, possible: Vec<String>| Shift {
            app_id: self.app,
            user_id: self.user,
            app: self.before.app_name(self.app).or_else(|| self.after.app_name(self.app)),
            user: self.before.user_name(self.user).or_else(|| self.after.user_name(self.user)),
            operations,
            possible,
            through: through.clone(),
        };
        let gain = (!gained.is_empty() || !may_gain.is_empty()).then(|| shift(gained, may_gain));
        let loss = (worse || !lost.is_empty() || !may_lose.is_empty()).then(|| shift(lost, may_lose));
        (gain, loss)
    }

    fn through(&self, was: (Tri, Tri), is: (Tri, Tri)) -> String {
        let mut words = Vec::new();
        if was.1 != is.1 {
            let (old, new) = (effective_words(self.was), effective_words(self.is));
            words.push(if old == new { format!("what {new} lists") } else { format!("{old} becomes {new}") });
        }
        if was.0 != is.0 {
            words.push("the user's Teams licence".to_owned());
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

/// Users who come later have what `Global` lists, or what a group gives.
fn future(before: &Side<'_>, after: &Side<'_>, apps: &[Uuid], classes: &[Class], effects: &mut Effects) {
    let mut levels: BTreeSet<Option<Uuid>> = BTreeSet::from([None]);
    for side in [before, after] {
        levels.extend(side.view.snapshot().groups.known().iter().map(|group| Some(group.group_id)));
    }
    for level in levels {
        let policy = |side: &Side<'_>, app| match level {
            None => side.lists(name::GLOBAL, app),
            Some(group) => side.lists(side.of_group(group), app),
        };
        for app in apps {
            let (listed, lists) = (policy(before, *app), policy(after, *app));
            for (index, class) in classes.iter().enumerate().filter(|(_, class)| class.user) {
                let old = before.access(*app, index, class, Tri::Yes, listed);
                let new = after.access(*app, index, class, Tri::Yes, lists);
                effects.gains_future |= rank(new) > rank(old);
                effects.loses_future |= rank(new) < rank(old);
            }
            effects.loses_future |= rank(lists) < rank(listed);
        }
    }
}

fn without_user(before: &Side<'_>, after: &Side<'_>, app: Uuid, classes: &[Class], effects: &mut Effects) {
    let (mut opens, mut closes) = (Vec::new(), Vec::new());
    for (index, class) in classes.iter().enumerate().filter(|(_, class)| !class.user && class.asks == Asks::No) {
        let old = before.access(app, index, class, Tri::Yes, Tri::Yes);
        let new = after.access(app, index, class, Tri::Yes, Tri::Yes);
        match rank(new).cmp(&rank(old)) {
            std::cmp::Ordering::Greater => opens.extend(class.names.iter().cloned()),
            std::cmp::Ordering::Less => closes.extend(class.names.iter().cloned()),
            std::cmp::Ordering::Equal => {}
        }
    }
    if !opens.is_empty() {
        effects.opens.push((app, opens));
    }
    if !closes.is_empty() {
        effects.closes.push((app, closes));
    }
}
