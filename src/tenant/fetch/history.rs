//! What changed between two reads of one tenant, and when at the earliest and latest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::apps::is_open;
use super::finish::SOURCE;
use crate::diagnose::GRAPH;
use crate::tenant::{
    App, Change, EffectiveRead, Part, Policy, RequestedPermission, RoleGrant, ScopeGrant, Snapshot, Teams, name,
};

/// What one read says: a value, or that there is none. What is not listed is absent in a complete list, else unknown.
#[derive(Default)]
struct Facts {
    complete: bool,
    listed: BTreeMap<(String, String), Option<String>>,
}

impl Facts {
    fn of<T>(part: &Part<T>) -> Self {
        Self { complete: part.is_complete(), listed: BTreeMap::new() }
    }

    /// Of an object whose own list is whole.
    fn whole() -> Self {
        Self { complete: true, listed: BTreeMap::new() }
    }

    fn says(&mut self, key: impl ToString, about: &str, value: Option<String>) {
        self.listed.insert((key.to_string(), about.to_owned()), value);
    }

    /// `None` = not known, `Some(None)` = known to be absent.
    fn get(&self, key: &(String, String)) -> Option<Option<&str>> {
        match self.listed.get(key) {
            Some(value) => Some(value.as_deref()),
            None => self.complete.then_some(None),
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
        let facts = |part: &Part<uuid::Uuid>, ids: &[uuid::Uuid]| {
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
    let before: BTreeMap<uuid::Uuid, &EffectiveRead> =
        old.effective.known().iter().map(|read| (read.user_id, read)).collect();
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
    part("apps", before.read_at, after.read_at, ends.of(after), &|diff| apps(diff, old, new));
    // Apart, so that nobody takes them for app roles, some of which have the same names.
    part("apps.delegated", before.read_at, after.read_at, ends.of(after), &|diff| lists(diff, old, new, delegated));
    part("apps.requested", before.read_at, after.read_at, ends.of(after), &|diff| lists(diff, old, new, requested));
    part("apps.other-roles", before.read_at, after.read_at, ends.of(after), &|diff| lists(diff, old, new, other_roles));
    let end = ends.given.filter(|given| new.settings.read_at.is_some_and(|at| at <= *given)).unwrap_or(ends.graph);
    part("settings", old.settings.read_at, new.settings.read_at, end, &|diff| {
        diff.between(&settings(old), &settings(new));
    });
    changes
}

/// Direct members of every group that was read, and the groups nested in it.
fn memberships(snapshot: &Snapshot) -> BTreeMap<uuid::Uuid, (&Part<uuid::Uuid>, &[uuid::Uuid])> {
    let inner = snapshot.nested_groups.iter().map(|it| (it.group_id, (&it.members, it.nested.as_slice())));
    let outer = snapshot.groups.known().iter().map(|it| (it.group_id, (&it.members, it.nested.as_slice())));
    // Of a group that stands in both, the assignment has its members.
    inner.chain(outer).collect()
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
            let ids = it.app_ids.iter().map(uuid::Uuid::to_string).chain(it.other_ids.iter().cloned());
            ids.for_each(|id| facts.says(name::bare(&policy.name), &id, Some(id.clone())));
            facts
        };
        diff.between(&facts(before), &facts(policy));
    }
}

fn direct(snapshot: &Snapshot) -> Facts {
    let mut facts = Facts::of(&snapshot.direct);
    for it in snapshot.direct.known().iter().filter(|it| it.policy.as_deref() != Some("")) {
        facts.says(it.user_id, "", it.policy.as_deref().map(|it| name::bare(it).to_owned()));
    }
    facts
}

fn groups(snapshot: &Snapshot) -> Facts {
    let mut facts = Facts::of(&snapshot.groups);
    for it in snapshot.groups.known().iter().filter(|it| !it.policy.is_empty()) {
        facts.says(it.group_id, "", Some(name::bare(&it.policy).to_owned()));
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

fn users(diff: &mut Diff<'_>, old: &Snapshot, new: &Snapshot) {
    let existing = |snapshot: &Snapshot| {
        let mut facts = Facts::of(&snapshot.users);
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

fn apps(diff: &mut Diff<'_>, old: &Snapshot, new: &Snapshot) {
    let existing = |snapshot: &Snapshot| {
        let mut facts = Facts::of(&snapshot.apps);
        snapshot.apps.known().iter().for_each(|it| facts.says(it.app_id, "", Some("service principal".to_owned())));
        facts
    };
    diff.between(&existing(old), &existing(new));
    for app in new.apps.known() {
        let Some(before) = old.apps.known().iter().find(|it| it.app_id == app.app_id) else { continue };
        let account = |enabled: Option<bool>| {
            let mut facts = Facts::default();
            if let Some(enabled) = enabled {
                facts.says(app.app_id, "", Some(if enabled { "enabled" } else { "disabled" }.to_owned()));
            }
            facts
        };
        diff.between(&account(before.enabled), &account(app.enabled));
        if let (Some(before), Some(after)) = (&before.roles, &app.roles) {
            let facts = |roles: &[crate::tenant::RoleGrant]| {
                let mut facts = Facts { complete: !roles.iter().any(is_open), ..Facts::default() };
                let roles = roles.iter().filter(|it| !is_open(it));
                for role in roles.filter(|it| it.resource.is_none_or(|id| id == GRAPH)) {
                    let word = role.value.clone().or_else(|| Some(role.id?.to_string()));
                    let about = role.id.map_or_else(|| word.clone().unwrap_or_default(), |id| id.to_string());
                    facts.says(app.app_id, &about, word);
                }
                facts
            };
            diff.between(&facts(before), &facts(after));
        }
    }
}

/// Changes in a list that each app has, where both reads have it.
fn lists(diff: &mut Diff<'_>, old: &Snapshot, new: &Snapshot, list: fn(&App) -> Option<Vec<String>>) {
    for app in new.apps.known() {
        let Some(before) = old.apps.known().iter().find(|it| it.app_id == app.app_id) else { continue };
        let (Some(before), Some(after)) = (list(before), list(app)) else { continue };
        let facts = |words: Vec<String>| {
            let mut facts = Facts::whole();
            words.into_iter().for_each(|word| facts.says(app.app_id, &word, Some(word.clone())));
            facts
        };
        diff.between(&facts(before), &facts(after));
    }
}

fn delegated(app: &App) -> Option<Vec<String>> {
    let words = |it: &ScopeGrant| match it.tenant_wide {
        Some(true) => format!("{} (tenant)", it.scope),
        Some(false) => format!("{} (user)", it.scope),
        None => it.scope.clone(),
    };
    Some(app.delegated.as_ref()?.iter().map(words).collect())
}

fn requested(app: &App) -> Option<Vec<String>> {
    let words = |it: &RequestedPermission| format!("{} {}", if it.role { "role" } else { "scope" }, it.id);
    Some(app.requested.as_ref()?.iter().map(words).collect())
}

fn other_roles(app: &App) -> Option<Vec<String>> {
    let roles = app.roles.as_ref().filter(|roles| !roles.iter().any(is_open))?;
    let others = roles.iter().filter_map(|it| Some((it, it.resource.filter(|id| *id != GRAPH)?)));
    let word = |it: &RoleGrant| it.value.clone().or_else(|| Some(it.id?.to_string())).unwrap_or_default();
    Some(others.map(|(it, resource)| format!("{} of {resource}", word(it))).collect())
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
