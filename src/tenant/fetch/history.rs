//! What changed between two reads of one tenant, and when at the earliest and latest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::diagnose::GRAPH;
use crate::tenant::{Change, Part, Snapshot, Teams, name};

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
    let mut changes = Vec::new();
    let mut part = |name: &'static str,
                    before: Option<Timestamp>,
                    after: Option<Timestamp>,
                    run: &dyn Fn(&mut Diff<'_>)| {
        if before.is_none() || before == after {
            return;
        }
        run(&mut Diff { part: name, not_before: before.map(|it| it.min(end)), not_after: end, changes: &mut changes });
    };
    part("policies", old.policies.read_at, new.policies.read_at, &|diff| policies(diff, old, new));
    part("direct", old.direct.read_at, new.direct.read_at, &|diff| diff.between(&direct(old), &direct(new)));
    part("groups", old.groups.read_at, new.groups.read_at, &|diff| diff.between(&groups(old), &groups(new)));
    for group in new.groups.known() {
        let Some(before) = old.groups.known().iter().find(|it| it.group_id == group.group_id) else { continue };
        let facts = |it: &Part<uuid::Uuid>| {
            let mut facts = Facts::of(it);
            it.known().iter().for_each(|id| facts.says(group.group_id, &id.to_string(), Some(id.to_string())));
            facts
        };
        part("members", before.members.read_at, group.members.read_at, &|diff| {
            diff.between(&facts(&before.members), &facts(&group.members));
        });
    }
    part("effective", old.effective.read_at, new.effective.read_at, &|diff| {
        diff.between(&effective(old), &effective(new));
    });
    part("users", old.users.read_at, new.users.read_at, &|diff| users(diff, old, new));
    part("apps", old.apps.read_at, new.apps.read_at, &|diff| apps(diff, old, new));
    part("settings", old.settings.read_at, new.settings.read_at, &|diff| {
        diff.between(&settings(old), &settings(new));
    });
    changes
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
        let facts = |ids: &[uuid::Uuid]| {
            let mut facts = Facts::whole();
            ids.iter().for_each(|id| facts.says(name::bare(&policy.name), &id.to_string(), Some(id.to_string())));
            facts
        };
        diff.between(&facts(&before.app_ids), &facts(&policy.app_ids));
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

fn effective(snapshot: &Snapshot) -> Facts {
    let mut facts = Facts::default();
    for it in snapshot.effective.known() {
        let held = it.policy.as_deref().map_or(name::GLOBAL, name::bare);
        facts.says(it.user_id, "", Some(held.to_owned()));
    }
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
                let mut facts = Facts::whole();
                for role in roles.iter().filter(|it| it.resource.is_none_or(|id| id == GRAPH)) {
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
