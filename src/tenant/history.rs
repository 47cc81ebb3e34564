//! What changed between two reads of one tenant, and when at the earliest and latest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;

use super::{AbsentKind, App, Change, EffectiveRead, Part, Policy, RoleGrant, Snapshot, Teams, name};
use crate::knowledge::GRAPH;
use crate::knowledge::{PermissionKind, permission_named};
use crate::order;

/// What the parts that `fetch` reads say about where they come from.
pub(super) const SOURCE: &str = "Microsoft Graph v1.0";

/// Whether a grant stands for those that are not known, so that the list is not whole.
pub(super) fn is_open(grant: &RoleGrant) -> bool {
    grant.id.is_none() && grant.value.is_none()
}

/// What one read says: a value, or that there is none. What is not listed is absent in a complete list, else unknown.
#[derive(Default)]
struct Facts {
    complete: bool,
    listed: BTreeMap<(String, String), Option<String>>,
    /// What is listed without its value: it may be any, and none.
    open: BTreeSet<(String, String)>,
}

impl Facts {
    fn of<T>(part: &Part<T>) -> Self {
        Self { complete: part.is_complete(), ..Self::default() }
    }

    /// Of an object whose own list is whole.
    fn whole() -> Self {
        Self { complete: true, ..Self::default() }
    }

    fn says(&mut self, key: impl ToString, about: &str, value: Option<String>) {
        self.listed.insert((key.to_string(), about.to_owned()), value);
    }

    /// `None` = not known, `Some(None)` = known to be absent.
    fn get(&self, key: &(String, String)) -> Option<Option<&str>> {
        match self.listed.get(key) {
            Some(value) => Some(value.as_deref()),
            None => (self.complete && !self.open.contains(key)).then_some(None),
        }
    }

    /// A value that was read, or one that is not known.
    fn says_or_leaves_open(&mut self, key: impl ToString, value: Option<&str>) {
        if value == Some("") {
            self.open.insert((key.to_string(), String::new()));
        } else {
            self.says(key, "", value.map(|it| name::bare(it).to_owned()));
        }
    }
}

/// Two reads of one part, and the changes that they bound.
struct Diff<'a> {
    part: &'static str,
    not_before: Option<Timestamp>,
    not_after: Timestamp,
    changes: &'a mut Vec<Change>,
}

impl Diff<'_> {
    /// What came and what went of two lists, where both were read. That something has another name is no change: a name
    /// may have been read for the first time.
    fn presence(&mut self, old: Option<Facts>, new: Option<Facts>) {
        let (Some(old), Some(mut new)) = (old, new) else { return };
        for (key, value) in &mut new.listed {
            if let Some(before) = old.listed.get(key) {
                value.clone_from(before);
            }
        }
        self.between(&old, &new);
    }

    fn between(&mut self, old: &Facts, new: &Facts) {
        let keys: BTreeSet<&(String, String)> = old.listed.keys().chain(new.listed.keys()).collect();
        for key in keys {
            let (Some(before), Some(after)) = (old.get(key), new.get(key)) else { continue };
            let (change, value) = match (before, after) {
                (None, Some(value)) => ("added", value),
                (Some(value), None) => ("removed", value),
                (Some(before), Some(after)) if !before.eq_ignore_ascii_case(after) => ("changed", after),
                _ => continue,
            };
            self.changes.push(Change {
                part: self.part.to_owned(),
                key: key.0.clone(),
                change: change.to_owned(),
                value: Some(value.to_owned()).filter(|value| !value.is_empty()),
                not_before: self.not_before,
                not_after: Some(self.not_after),
                source: Some("two reads".to_owned()),
            });
        }
    }
}

/// Every change from `old` to `new`: not there when `old` was read, there when the reading of `new` was done
/// at `end`. What the earlier read left open is no change, and neither is a part that was not read again.
#[must_use]
pub fn changes(old: &Snapshot, new: &Snapshot, end: Timestamp) -> Vec<Change> {
    between(old, new, Ends { graph: end, given: None, start: None })
}

/// When the reading was done.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    /// Of what Graph tells.
    pub(super) graph: Timestamp,
    /// Of what was given, where it says so.
    pub(super) given: Option<Timestamp>,
    /// When it began, by Graph's clock: what has this date was read after everything that was known.
    pub(super) start: Option<Timestamp>,
}

impl Ends {
    fn of<T>(self, part: &Part<T>) -> Timestamp {
        let by_graph = part.source.as_deref().is_some_and(|source| source.contains(SOURCE));
        self.given.filter(|given| !by_graph && part.read_at.is_some_and(|at| at <= *given)).unwrap_or(self.graph)
    }
}

pub(super) fn between(old: &Snapshot, new: &Snapshot, ends: Ends) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut part = |name: &'static str,
                    before: Option<Timestamp>,
                    after: Option<Timestamp>,
                    end: Timestamp,
                    run: &dyn Fn(&mut Diff<'_>)| {
        // An older reading is no later state. A part that was read again in part keeps its older time.
        let now = after.is_some() && after == ends.start;
        if before.is_none() || (after < before && !now) {
            return;
        }
        // A clock that went back does not tell how long ago it was.
        let not_before = if now { before.filter(|it| *it <= end) } else { before.map(|it| it.min(end)) };
        run(&mut Diff { part: name, not_before, not_after: end, changes: &mut changes });
    };
    let (before, after) = (&old.policies, &new.policies);
    part("policies", before.read_at, after.read_at, ends.of(after), &|diff| policies(diff, old, new));
    let (before, after) = (&old.direct, &new.direct);
    part("direct", before.read_at, after.read_at, ends.of(after), &|diff| diff.between(&direct(old), &direct(new)));
    let (before, after) = (&old.groups, &new.groups);
    part("groups", before.read_at, after.read_at, ends.of(after), &|diff| {
        diff.between(&groups(old), &groups(new));
        diff.between(&ranks(old), &ranks(new));
    });
    let (before, after) = (memberships(old), memberships(new));
    for (group, (members, nested)) in after {
        let Some((old_members, old_nested)) = before.get(&group) else { continue };
        let facts = |part: &Part<Uuid>, ids: &[Uuid]| {
            let mut facts = Facts::of(part);
            ids.iter().for_each(|id| facts.says(group, &id.to_string(), Some(id.to_string())));
            facts
        };
        let end = ends.of(members);
        part("members", old_members.read_at, members.read_at, end, &|diff| {
            diff.between(&facts(old_members, old_members.known()), &facts(members, members.known()));
        });
        part("nested", old_members.read_at, members.read_at, end, &|diff| {
            diff.between(&facts(old_members, old_nested), &facts(members, nested));
        });
    }
    // Each of these has its own date.
    let before: BTreeMap<Uuid, &EffectiveRead> =
        order::map(old.effective.known().iter().map(|read| (read.user_id, read)));
    for read in new.effective.known() {
        let Some(before) = before.get(&read.user_id) else { continue };
        let dates = (before.read_at.or(old.effective.read_at), read.read_at.or(new.effective.read_at));
        part("effective", dates.0, dates.1, ends.of(&new.effective), &|diff| {
            diff.between(&effective(before), &effective(read));
        });
    }
    let (before, after) = (&old.users, &new.users);
    part("users", before.read_at, after.read_at, ends.of(after), &|diff| users(diff, old, new));
    part("users.account", before.read_at, after.read_at, ends.of(after), &|diff| {
        diff.between(&accounts(old), &accounts(new));
    });
    let (before, after) = (&old.apps, &new.apps);
    let end = ends.of(after);
    part("apps", before.read_at, after.read_at, end, &|diff| diff.between(&principals(old), &principals(new)));
    // Each of these has its own date, too.
    let known: BTreeMap<Uuid, &App> = order::map(before.known().iter().map(|app| (app.app_id, app)));
    for app in after.known() {
        let Some(was) = known.get(&app.app_id).copied() else { continue };
        let dates = (was.read_at.or(before.read_at), app.read_at.or(after.read_at));
        part("apps", dates.0, dates.1, end, &|diff| {
            diff.between(&enabled(was), &enabled(app));
            diff.presence(roles(was), roles(app));
        });
        // Apart, so that nobody takes them for app roles, some of which have the same names.
        for (name, list) in LISTS {
            part(name, dates.0, dates.1, end, &|diff| diff.presence(list(was), list(app)));
        }
    }
    let end = ends.given.filter(|given| new.settings.read_at.is_some_and(|at| at <= *given)).unwrap_or(ends.graph);
    part("settings", old.settings.read_at, new.settings.read_at, end, &|diff| {
        diff.between(&settings(old), &settings(new));
    });
    changes
}

/// Direct members of every group that was read, and the groups nested in it.
fn memberships(snapshot: &Snapshot) -> BTreeMap<Uuid, (&Part<Uuid>, &[Uuid])> {
    let inner = snapshot.nested_groups.iter().map(|it| (it.group_id, (&it.members, it.nested.as_slice())));
    let outer = snapshot.groups.known().iter().map(|it| (it.group_id, (&it.members, it.nested.as_slice())));
    // Of a group that stands in both, the assignment has its members.
    order::map(inner.chain(outer))
}

fn policies(diff: &mut Diff<'_>, old: &Snapshot, new: &Snapshot) {
    let existing = |snapshot: &Snapshot| {
        let mut facts = Facts::of(&snapshot.policies);
        snapshot.policies.known().iter().for_each(|it| facts.says(name::bare(&it.name), "", Some(String::new())));
        facts
    };
    diff.between(&existing(old), &existing(new));
    for policy in new.policies.known() {
        let Some(before) = old.policies.known().iter().find(|it| name::same(&it.name, &policy.name)) else { continue };
        let facts = |it: &Policy| {
            let mut facts = Facts::whole();
            let ids = it.app_ids.iter().map(Uuid::to_string).chain(it.other_ids.iter().cloned());
            ids.for_each(|id| facts.says(name::bare(&policy.name), &id, Some(id.clone())));
            facts
        };
        diff.between(&facts(before), &facts(policy));
    }
}

fn direct(snapshot: &Snapshot) -> Facts {
    let mut facts = Facts::of(&snapshot.direct);
    for it in snapshot.direct.known() {
        facts.says_or_leaves_open(it.user_id, it.policy.as_deref());
    }
    facts
}

fn groups(snapshot: &Snapshot) -> Facts {
    let mut facts = Facts::of(&snapshot.groups);
    for it in snapshot.groups.known() {
        facts.says_or_leaves_open(it.group_id, Some(&it.policy));
    }
    facts
}

/// Ranks of assignments; one that is new or gone is told already.
fn ranks(snapshot: &Snapshot) -> Facts {
    let mut facts = Facts::default();
    for it in snapshot.groups.known().iter().filter(|it| it.rank > 0) {
        facts.says(it.group_id, "", Some(format!("rank {}", it.rank)));
    }
    facts
}

fn effective(read: &EffectiveRead) -> Facts {
    let mut facts = Facts::default();
    let held = read.policy.as_deref().map_or(name::GLOBAL, name::bare);
    facts.says(read.user_id, "", Some(held.to_owned()));
    facts
}

/// Objects that do not exist; what a list has counts more, and is said after this.
fn gone(facts: &mut Facts, snapshot: &Snapshot, kind: AbsentKind) {
    snapshot.absent.iter().filter(|it| it.kind == kind).for_each(|it| facts.says(it.id, "", None));
}

fn users(diff: &mut Diff<'_>, old: &Snapshot, new: &Snapshot) {
    let existing = |snapshot: &Snapshot| {
        let mut facts = Facts::of(&snapshot.users);
        gone(&mut facts, snapshot, AbsentKind::User);
        snapshot.users.known().iter().for_each(|it| facts.says(it.id, "", Some(String::new())));
        facts
    };
    let teams = |snapshot: &Snapshot| {
        let mut facts = Facts::default();
        for (user, teams) in snapshot.users.known().iter().filter_map(|it| Some((it.id, it.teams?))) {
            let words = match teams {
                Teams::Enabled => "teams enabled",
                Teams::Disabled => "teams disabled",
                Teams::Absent => "teams absent",
            };
            facts.says(user, "", Some(words.to_owned()));
        }
        facts
    };
    diff.between(&existing(old), &existing(new));
    diff.between(&teams(old), &teams(new));
}

fn principals(snapshot: &Snapshot) -> Facts {
    let mut facts = Facts::of(&snapshot.apps);
    gone(&mut facts, snapshot, AbsentKind::App);
    snapshot.apps.known().iter().for_each(|it| facts.says(it.app_id, "", Some("service principal".to_owned())));
    facts
}

fn enabled(app: &App) -> Facts {
    let mut facts = Facts::default();
    if let Some(enabled) = app.enabled {
        facts.says(app.app_id, "", Some(if enabled { "enabled" } else { "disabled" }.to_owned()));
    }
    facts
}

/// Lists that an app has, each a part of its own.
type List = fn(&App) -> Option<Facts>;
const LISTS: [(&str, List); 3] =
    [("apps.delegated", delegated), ("apps.requested", requested), ("apps.other-roles", other_roles)];

/// App roles of Microsoft Graph; one that is not known may be any.
fn roles(app: &App) -> Option<Facts> {
    let roles = app.roles.as_ref()?;
    let mut facts = Facts { complete: !roles.iter().any(is_open), ..Facts::default() };
    for role in roles.iter().filter(|it| !is_open(it) && it.resource.is_none_or(|id| id == GRAPH)) {
        // What is known by its name only may be known by its id next time, or the other way round.
        let named = role.value.as_deref().and_then(|name| permission_named(name, PermissionKind::Application));
        let id = role.id.or_else(|| named.and_then(|permission| permission.id));
        let word = role.value.clone().or_else(|| id.map(|id| id.to_string()));
        let about = id.map_or_else(|| word.clone().unwrap_or_default(), |id| id.to_string());
        facts.says(app.app_id, &about, word);
    }
    Some(facts)
}

fn delegated(app: &App) -> Option<Facts> {
    let mut facts = Facts::whole();
    for it in app.delegated.as_ref()? {
        let words = match it.tenant_wide {
            Some(true) => format!("{} (tenant)", it.scope),
            Some(false) => format!("{} (user)", it.scope),
            None => it.scope.clone(),
        };
        facts.says(app.app_id, &words, Some(words.clone()));
    }
    Some(facts)
}

fn requested(app: &App) -> Option<Facts> {
    let mut facts = Facts::whole();
    for it in app.requested.as_ref()? {
        let words = format!("{} {}", if it.role { "role" } else { "scope" }, it.id);
        facts.says(app.app_id, &words, Some(words.clone()));
    }
    Some(facts)
}

fn other_roles(app: &App) -> Option<Facts> {
    let roles = app.roles.as_ref()?;
    let mut facts = Facts { complete: !roles.iter().any(is_open), ..Facts::default() };
    for it in roles {
        let Some(resource) = it.resource.filter(|id| *id != GRAPH) else { continue };
        let id = it.id.map(|id| id.to_string());
        let name = it.value.clone().or_else(|| id.clone()).unwrap_or_default();
        let about = id.unwrap_or_else(|| name.clone());
        facts.says(app.app_id, &format!("{about} of {resource}"), Some(format!("{name} of {resource}")));
    }
    Some(facts)
}

/// What an account is, beside whether it is there and has Teams.
fn accounts(snapshot: &Snapshot) -> Facts {
    let mut facts = Facts::default();
    for it in snapshot.users.known() {
        if let Some(enabled) = it.enabled {
            facts.says(it.id, "enabled", Some(if enabled { "enabled" } else { "disabled" }.to_owned()));
        }
        if let Some(guest) = it.guest {
            facts.says(it.id, "type", Some(if guest { "guest" } else { "member" }.to_owned()));
        }
        if let Some(upn) = &it.upn {
            facts.says(it.id, "upn", Some(upn.clone()));
        }
    }
    facts
}

fn settings(snapshot: &Snapshot) -> Facts {
    let mut facts = Facts::default();
    let settings = &snapshot.settings;
    for (key, on) in [
        ("graph_transcript_access", settings.graph_transcript_access),
        ("attributed_transcripts", settings.attributed_transcripts),
    ] {
        if let Some(on) = on {
            facts.says(key, "", Some(on.to_string()));
        }
    }
    facts
}

/// Whether the service's own time of a change bounds it more narrowly than two reads do.
pub(super) fn narrows(exact: &Change, wide: &Change) -> bool {
    exact.part == wide.part
        && exact.key == wide.key
        && wide.change != "removed"
        && exact.value.as_deref().zip(wide.value.as_deref()).is_some_and(|(a, b)| name::same(a, b))
        && wide.not_before <= exact.not_before
        && exact.not_after <= wide.not_after
}
