//! What differs between two snapshots. A part that is not complete on one side shows what was read, not what is there.

use std::collections::HashSet;

use super::name;
use super::snapshot::{App, Direct, NestedGroup, Part, RoleGrant, Snapshot, Status, Teams, User};
use crate::knowledge::{PermissionKind, permission_by_id};
use crate::order;

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It was not there before, and is now.
    Added,
    /// It was there before, and is not now.
    Removed,
    /// It is another one.
    Changed,
    /// It was not read before, and is now.
    NowRead,
    /// It was read before, and is not now.
    NotRead,
}

impl Kind {
    /// The name used in JSON and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::NowRead => "now-read",
            Self::NotRead => "not-read",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Name of the part.
    pub part: &'static str,
    /// What it is about: ``policy `Meetings` ``.
    pub object: String,
    /// Which property; empty for the object itself.
    pub field: &'static str,
    /// How it differs.
    pub kind: Kind,
    /// Its value before, if there is one.
    pub before: Option<String>,
    /// Its value after, if there is one.
    pub after: Option<String>,
}

/// Compares two snapshots by what they say of the tenant; when and how it was read, and the history, are left out.
#[must_use]
pub fn diff(a: &Snapshot, b: &Snapshot) -> Vec<Difference> {
    let mut found = Vec::new();
    let text = |value: Option<uuid::Uuid>| value.map(|id| id.to_string());
    one(&mut found, "tenant", "tenant", "tenant_id", text(a.tenant_id), text(b.tenant_id));
    one(&mut found, "tenant", "tenant", "cloud", a.cloud.clone(), b.cloud.clone());
    statuses(&mut found, a, b);
    policies(&mut found, a, b);
    direct(&mut found, a, b);
    groups(&mut found, a, b);
    items(&mut found, "effective", &a.effective, &b.effective, |it| {
        let policy = it.policy.clone().unwrap_or_else(|| name::GLOBAL.to_owned());
        (it.user_id.to_string(), (format!("user `{}`", it.user_id), vec![("policy", Some(policy))]))
    });
    items(&mut found, "users", &a.users, &b.users, user);
    items(&mut found, "apps", &a.apps, &b.apps, app);
    lists(&mut found, a, b);
    let on = |value: Option<bool>| value.map(|on| if on { "on".to_owned() } else { "off".to_owned() });
    let (x, y) = (&a.settings, &b.settings);
    let field = "graph_transcript_access";
    one(&mut found, "settings", "tenant", field, on(x.graph_transcript_access), on(y.graph_transcript_access));
    one(
        &mut found,
        "settings",
        "tenant",
        "attributed_transcripts",
        on(x.attributed_transcripts),
        on(y.attributed_transcripts),
    );
    found
}

fn one(
    found: &mut Vec<Difference>,
    part: &'static str,
    object: &str,
    field: &'static str,
    before: Option<String>,
    after: Option<String>,
) {
    let kind = match (&before, &after) {
        (Some(x), Some(y)) if field == "policy" && name::same(x, y) => return,
        (Some(x), Some(y)) if x != y => Kind::Changed,
        (None, Some(_)) => Kind::NowRead,
        (Some(_), None) => Kind::NotRead,
        _ => return,
    };
    found.push(Difference { part, object: object.to_owned(), field, kind, before, after });
}

fn status(status: Status) -> String {
    match status {
        Status::Complete => "complete",
        Status::Partial => "partial",
        Status::Missing => "missing",
    }
    .to_owned()
}

fn statuses(found: &mut Vec<Difference>, a: &Snapshot, b: &Snapshot) {
    for (part, x, y) in [
        ("policies", a.policies.status, b.policies.status),
        ("direct", a.direct.status, b.direct.status),
        ("groups", a.groups.status, b.groups.status),
        ("effective", a.effective.status, b.effective.status),
        ("users", a.users.status, b.users.status),
        ("apps", a.apps.status, b.apps.status),
    ] {
        one(found, part, "part", "status", Some(status(x)), Some(status(y)));
    }
}

/// An object for people, and its properties; `None` = not known.
type Fields = (String, Vec<(&'static str, Option<String>)>);

/// Objects of a part by key, each with its properties.
fn items<T>(
    found: &mut Vec<Difference>,
    part: &'static str,
    a: &Part<T>,
    b: &Part<T>,
    read: impl Fn(&T) -> (String, Fields),
) {
    let all = |part: &Part<T>| part.known().iter().map(&read).collect();
    entries(found, part, (all(a), a.is_complete()), (all(b), b.is_complete()));
}

/// The entries of a part on both sides, and whether each side is complete.
fn entries(
    found: &mut Vec<Difference>,
    part: &'static str,
    (x, x_complete): (Vec<(String, Fields)>, bool),
    (y, y_complete): (Vec<(String, Fields)>, bool),
) {
    let (x, y) = (order::map(x), order::map(y));
    for (key, (object, before)) in &x {
        match y.get(key) {
            Some((_, after)) => {
                for ((field, before), (_, after)) in before.iter().zip(after) {
                    one(found, part, object, field, before.clone(), after.clone());
                }
            }
            None => {
                let kind = if y_complete { Kind::Removed } else { Kind::NotRead };
                found.push(Difference {
                    part,
                    object: object.clone(),
                    field: "",
                    kind,
                    before: summary(before),
                    after: None,
                });
            }
        }
    }
    for (_, (object, after)) in y.iter().filter(|(key, _)| !x.contains_key(*key)) {
        let kind = if x_complete { Kind::Added } else { Kind::NowRead };
        found.push(Difference { part, object: object.clone(), field: "", kind, before: None, after: summary(after) });
    }
}

/// The first known property, as the value of a whole object.
fn summary(fields: &[(&'static str, Option<String>)]) -> Option<String> {
    fields.iter().find_map(|(_, value)| value.clone())
}

fn sorted(values: impl Iterator<Item = String>) -> String {
    let mut values: Vec<String> = values.collect();
    crate::order::sort(&mut values);
    values.dedup();
    if values.is_empty() { "(none)".to_owned() } else { values.join(", ") }
}

fn policies(found: &mut Vec<Difference>, a: &Snapshot, b: &Snapshot) {
    items(found, "policies", &a.policies, &b.policies, |it| {
        let ids = sorted(it.app_ids.iter().map(ToString::to_string).chain(it.other_ids.iter().cloned()));
        let fields = vec![("app_ids", Some(ids)), ("description", it.description.clone())];
        (name::key(&it.name), (format!("policy `{}`", it.name), fields))
    });
}

/// Direct assignments. Who has none is left out of a whole list, or is in it without a policy.
fn direct(found: &mut Vec<Difference>, a: &Snapshot, b: &Snapshot) {
    let fields = |it: &Direct| -> (String, Fields) {
        let value = match it.policy.as_deref() {
            Some("") => None,
            Some(policy) => Some(policy.to_owned()),
            None => Some("(none)".to_owned()),
        };
        (it.user_id.to_string(), (format!("user `{}`", it.user_id), vec![("policy", value)]))
    };
    let all = |own: &Part<Direct>, other: &Part<Direct>| {
        let theirs: HashSet<_> = other.known().iter().map(|it| it.user_id).collect();
        let said = |it: &&Direct| it.policy.is_some() || !other.is_complete() || theirs.contains(&it.user_id);
        (own.known().iter().filter(said).map(fields).collect(), own.is_complete())
    };
    entries(found, "direct", all(&a.direct, &b.direct), all(&b.direct, &a.direct));
}

fn groups(found: &mut Vec<Difference>, a: &Snapshot, b: &Snapshot) {
    items(found, "groups", &a.groups, &b.groups, |it| {
        let fields = vec![
            ("policy", Some(it.policy.clone()).filter(|policy| !policy.is_empty())),
            ("rank", (it.rank > 0).then(|| it.rank.to_string())),
            ("nested", Some(sorted(it.nested.iter().map(ToString::to_string)))),
        ];
        (it.group_id.to_string(), (format!("group `{}`", it.group_id), fields))
    });
    for x in a.groups.known() {
        let Some(y) = b.groups.known().iter().find(|it| it.group_id == x.group_id) else { continue };
        members(found, "groups", x.group_id, &x.members, &y.members);
    }
    let ids: std::collections::BTreeSet<_> =
        a.nested_groups.iter().chain(&b.nested_groups).map(|it| it.group_id).collect();
    for id in ids {
        let x = a.nested_groups.iter().find(|it| it.group_id == id);
        let y = b.nested_groups.iter().find(|it| it.group_id == id);
        let none = Part::default();
        let [before, after] = [x, y].map(|it| it.map_or(&none, |it| &it.members));
        members(found, "nested_groups", id, before, after);
        if let (Some(x), Some(y)) = (x, y) {
            let nested = |it: &NestedGroup| Some(sorted(it.nested.iter().map(ToString::to_string)));
            one(found, "nested_groups", &format!("group `{id}`"), "nested", nested(x), nested(y));
        }
    }
}

/// Direct members of one group.
fn members(
    found: &mut Vec<Difference>,
    part: &'static str,
    group: uuid::Uuid,
    x: &Part<uuid::Uuid>,
    y: &Part<uuid::Uuid>,
) {
    let object = format!("group `{group}`");
    one(found, part, &object, "members", Some(status(x.status)), Some(status(y.status)));
    let (old, new): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) =
        (x.known().iter().copied().collect(), y.known().iter().copied().collect());
    let mut member = |id: &uuid::Uuid, kind, before: bool| {
        let value = Some(id.to_string());
        let (before, after) = if before { (value, None) } else { (None, value) };
        found.push(Difference { part, object: object.clone(), field: "member", kind, before, after });
    };
    for id in old.difference(&new) {
        member(id, if y.is_complete() { Kind::Removed } else { Kind::NotRead }, true);
    }
    for id in new.difference(&old) {
        member(id, if x.is_complete() { Kind::Added } else { Kind::NowRead }, false);
    }
}

fn user(it: &User) -> (String, Fields) {
    let yes = |value: Option<bool>| value.map(|is| is.to_string());
    let teams = it.teams.map(|teams| match teams {
        Teams::Enabled => "enabled".to_owned(),
        Teams::Disabled => "disabled".to_owned(),
        Teams::Absent => "absent".to_owned(),
    });
    let fields = vec![
        ("upn", it.upn.clone()),
        ("name", it.name.clone()),
        ("teams", teams),
        ("enabled", yes(it.enabled)),
        ("guest", yes(it.guest)),
    ];
    (it.id.to_string(), (format!("user `{}`", it.id), fields))
}

fn app(it: &App) -> (String, Fields) {
    let id = |value: Option<uuid::Uuid>| value.map(|id| id.to_string());
    let delegated = it.delegated.as_ref().map(|grants| {
        sorted(grants.iter().map(|grant| match grant.tenant_wide {
            Some(true) => format!("{} (tenant)", grant.scope),
            Some(false) => format!("{} (user)", grant.scope),
            None => grant.scope.clone(),
        }))
    });
    let requested = it
        .requested
        .as_ref()
        .map(|list| sorted(list.iter().map(|one| format!("{} {}", if one.role { "role" } else { "scope" }, one.id))));
    let fields = vec![
        ("name", it.name.clone()),
        ("roles", it.roles.as_ref().map(|roles| sorted(roles.iter().map(role)))),
        ("delegated", delegated),
        ("requested", requested),
        ("enabled", it.enabled.map(|is| is.to_string())),
        ("service_principal_id", id(it.service_principal_id)),
        ("application_object_id", id(it.application_object_id)),
        ("home_tenant", id(it.home_tenant)),
    ];
    (it.app_id.to_string(), (format!("app `{}`", it.app_id), fields))
}

fn role(grant: &RoleGrant) -> String {
    let of_graph = || {
        let known = permission_by_id(grant.id.filter(|_| grant.resource.is_none())?)?;
        (known.kind == PermissionKind::Application).then(|| known.name.to_owned())
    };
    let id = || grant.id.map(|id| id.to_string());
    let name = grant.value.clone().or_else(of_graph).or_else(id).unwrap_or_default();
    match grant.resource {
        Some(resource) => format!("{name} of {resource}"),
        None => name,
    }
}

/// Consents and events, which are read or not as a whole.
fn lists(found: &mut Vec<Difference>, a: &Snapshot, b: &Snapshot) {
    let rsc = |snapshot: &Snapshot| {
        snapshot
            .rsc
            .as_ref()
            .map(|list| sorted(list.iter().map(|it| format!("{} for {} in {}", it.permission, it.app_id, it.chat_id))))
    };
    one(found, "rsc", "consents", "items", rsc(a), rsc(b));
    let events = |snapshot: &Snapshot| {
        let creator = |id: Option<uuid::Uuid>| id.map_or_else(|| "somebody".to_owned(), |id| id.to_string());
        snapshot.events.as_ref().map(|list| {
            sorted(list.iter().map(|it| {
                let others = sorted(it.co_organizers.iter().map(ToString::to_string));
                format!("{} by {} with {others}", it.id, creator(it.created_by))
            }))
        })
    };
    one(found, "events", "events", "items", events(a), events(b));
}
