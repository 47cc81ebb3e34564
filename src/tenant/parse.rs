//! Text to [`Snapshot`]: schema 1, tolerant of what it does not know, strict where a reading would be a guess.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use uuid::Uuid;

use super::contradiction::contradiction;
use super::snapshot::{
    Absent, AbsentKind, App, Change, Direct, EffectiveRead, GroupAssignment, HiddenAssignment, NestedGroup, Part,
    Policy, Reason, RequestedPermission, RoleGrant, RscGrant, ScopeGrant, Settings, Snapshot, Status, User,
    VirtualEvent,
};
use super::text::{CloudName, Guest, Id, Kind, PolicyName, Rank, StatusText, TeamsText, Time, ViaText, Wide, parse_id};
use super::{SnapshotError, implied, name, overtaken};
use crate::source::sanitise;

/// The schema that this version reads and writes.
pub const SCHEMA: u64 = 1;

/// Reads a snapshot of schema 1; `source` names the text in errors.
///
/// Null and absent mean not known; unknown keys are ignored, since the schema grows by addition.
///
/// # Errors
///
/// [`SnapshotError`] when the text is no JSON object, its schema is missing or newer, or a value has no
/// reading: with the place as a JSON path, and line and column where the JSON reader knows them.
pub fn parse(text: &str, source: &str) -> Result<Snapshot, SnapshotError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // The reader would take an array for an object that lists its fields in order.
    if text.trim_ascii_start().starts_with('[') {
        return Err(SnapshotError::Malformed {
            source_name: source.to_owned(),
            path: ".".to_owned(),
            at: Some((1, 1)),
            message: "an array is no snapshot; a snapshot is an object with `schema`".to_owned(),
        });
    }
    match serde_json::from_str::<RawSnapshot>(text) {
        Ok(raw) => raw.build(source),
        Err(error) => Err(explain(text, source, &error)),
    }
}

/// The second, slower reading that finds the path of an error.
fn explain(text: &str, source: &str, error: &serde_json::Error) -> SnapshotError {
    let source = source.to_owned();
    if matches!(error.classify(), serde_json::error::Category::Syntax | serde_json::error::Category::Eof) {
        return SnapshotError::NotJson {
            source_name: source,
            line: error.line(),
            column: error.column(),
            message: without_place(error),
        };
    }
    // A newer schema may have other shapes, so that its number is the better answer.
    match serde_json::from_str::<Head>(text) {
        Ok(Head { schema: Some(schema) }) if schema > SCHEMA => {
            return SnapshotError::Newer { source_name: source, schema };
        }
        _ => {}
    }
    let deserializer = &mut serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, RawSnapshot>(deserializer) {
        Ok(_) => SnapshotError::Malformed {
            source_name: source,
            path: ".".to_owned(),
            at: Some((error.line(), error.column())),
            message: without_place(error),
        },
        Err(error) => {
            let path = error.path().to_string();
            let inner = error.into_inner();
            let message = without_place(&inner);
            let twice = message.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`'));
            let (path, message) = match twice {
                Some(key) => {
                    let inside = if path == "." { key.to_owned() } else { format!("{path}.{key}") };
                    (
                        inside,
                        format!("the key `{key}` stands twice in one object; which of the two counts is not known"),
                    )
                }
                None => (path, message),
            };
            let at = (inner.line() > 0).then(|| (inner.line(), inner.column()));
            SnapshotError::Malformed { source_name: source, path, at, message }
        }
    }
}

/// The reader's message without the ` at line 1 column 2` that is told apart.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ").and_then(|end| text.get(..end)) {
        Some(message) => message.to_owned(),
        None => text,
    }
}

#[derive(Deserialize)]
struct Head {
    schema: Option<u64>,
}

/// A key that was not there is not the same as one that says null.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
#[serde(expecting = "an object that says why a part is missing")]
pub(super) struct RawReason {
    kind: Option<String>,
    needs: Option<String>,
    detail: Option<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a part: an object with `status` and `items`")]
pub(super) struct RawPart<T> {
    pub(super) status: Option<StatusText>,
    pub(super) read_at: Option<Time>,
    pub(super) source: Option<String>,
    pub(super) reason: Option<RawReason>,
    pub(super) items: Option<Vec<T>>,
}

/// A part of the snapshot with its raw items; a part that is not there is missing.
fn part<R, T>(raw: Option<RawPart<R>>, item: impl FnMut(R) -> T) -> Part<T> {
    let Some(raw) = raw else { return Part::default() };
    let listed = raw.items.is_some();
    let items: Vec<T> = raw.items.unwrap_or_default().into_iter().map(item).collect();
    // Without a word on how much was read, no more than what is listed can be known.
    let unsaid = if items.is_empty() { Status::Missing } else { Status::Partial };
    let status = match raw.status.map_or(unsaid, |status| status.0) {
        // A list that is not there says of nothing that it does not exist.
        Status::Complete if !listed => Status::Partial,
        status => status,
    };
    Part {
        status,
        read_at: raw.read_at.map(|time| time.0),
        source: raw.source,
        reason: raw.reason.map(RawReason::build),
        items: if status == Status::Missing { Vec::new() } else { items },
    }
}

impl RawReason {
    fn build(self) -> Reason {
        Reason { kind: self.kind.unwrap_or_default(), needs: self.needs, detail: self.detail }
    }
}

#[derive(Deserialize)]
#[serde(expecting = "a policy: an object with `name` and `app_ids`")]
pub(super) struct RawPolicy {
    name: PolicyName,
    app_ids: Option<Vec<String>>,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a direct assignment: an object with `user_id` and `policy`")]
pub(super) struct RawDirect {
    user_id: Id,
    #[serde(default, deserialize_with = "given")]
    policy: Option<Option<PolicyName>>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "a group assignment: an object with `group_id`, `policy` and `rank`")]
pub(super) struct RawGroup {
    pub(super) group_id: Id,
    pub(super) name: Option<String>,
    pub(super) policy: Option<PolicyName>,
    pub(super) rank: Option<Rank>,
    pub(super) members: Option<RawPart<Id>>,
    pub(super) nested: Option<Vec<Id>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a nested group: an object with `group_id` and `members`")]
pub(super) struct RawNested {
    group_id: Id,
    name: Option<String>,
    members: Option<RawPart<Id>>,
    nested: Option<Vec<Id>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object that does not exist: `part` (`users` or `apps`) and `id`")]
pub(super) struct RawAbsent {
    part: AbsentPart,
    id: Id,
    read_at: Option<Time>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AbsentPart {
    Users,
    Apps,
}

impl RawAbsent {
    fn build(self) -> Absent {
        let kind = match self.part {
            AbsentPart::Users => AbsentKind::User,
            AbsentPart::Apps => AbsentKind::App,
        };
        Absent { kind, id: self.id.0, read_at: self.read_at.map(|time| time.0) }
    }
}

#[derive(Deserialize)]
#[serde(expecting = "a read of an effective policy: an object with `user_id` and `policy`")]
pub(super) struct RawEffective {
    user_id: Id,
    #[serde(default, deserialize_with = "given")]
    policy: Option<Option<PolicyName>>,
    via: Option<ViaText>,
    group_id: Option<Id>,
    read_at: Option<Time>,
    hides: Option<Vec<RawHidden>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an assignment that is hidden: an object with `policy`")]
pub(super) struct RawHidden {
    policy: PolicyName,
    group_id: Option<Id>,
}

#[derive(Deserialize)]
#[serde(expecting = "a user: an object with `id`")]
pub(super) struct RawUser {
    id: Id,
    upn: Option<String>,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<Guest>,
    enabled: Option<bool>,
    teams: Option<TeamsText>,
}

#[derive(Deserialize)]
#[serde(expecting = "a granted role: an object with `id` or `value`")]
pub(super) struct RawRole {
    id: Option<Id>,
    value: Option<String>,
    resource: Option<Id>,
}

#[derive(Deserialize)]
#[serde(expecting = "a delegated grant: an object with `scope`")]
pub(super) struct RawScope {
    scope: String,
    consent: Option<Wide>,
}

#[derive(Deserialize)]
#[serde(expecting = "a requested permission: an object with `id` and `kind`")]
pub(super) struct RawRequested {
    id: Id,
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(expecting = "an app: an object with `app_id`")]
pub(super) struct RawApp {
    app_id: Id,
    name: Option<String>,
    enabled: Option<bool>,
    service_principal_id: Option<Id>,
    application_object_id: Option<Id>,
    home_tenant: Option<Id>,
    roles: Option<Vec<RawRole>>,
    delegated: Option<Vec<RawScope>>,
    requested: Option<Vec<RawRequested>>,
    read_at: Option<Time>,
}

#[derive(Deserialize)]
#[serde(expecting = "the switches: an object")]
pub(super) struct RawSettings {
    status: Option<StatusText>,
    read_at: Option<Time>,
    source: Option<String>,
    reason: Option<RawReason>,
    graph_transcript_access: Option<bool>,
    attributed_transcripts: Option<bool>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `items`")]
pub(super) struct RawItems<T> {
    status: Option<StatusText>,
    items: Option<Vec<T>>,
}

impl<T> RawItems<T> {
    /// The list, unless it was not read.
    fn known(self) -> Option<Vec<T>> {
        match self.status {
            Some(StatusText(Status::Missing)) => None,
            _ => self.items,
        }
    }
}

#[derive(Deserialize)]
#[serde(expecting = "a consent in a chat: an object with `chat_id`, `app_id` and `permission`")]
pub(super) struct RawRsc {
    chat_id: String,
    app_id: Id,
    permission: String,
}

#[derive(Deserialize)]
#[serde(expecting = "a virtual event: an object with `id`")]
pub(super) struct RawEvent {
    id: String,
    created_by: Option<Id>,
    co_organizers: Option<Vec<Id>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a change: an object with `part`, `key` and `change`")]
pub(super) struct RawChange {
    part: Option<String>,
    key: Option<String>,
    change: Option<String>,
    value: Option<String>,
    not_before: Option<Time>,
    not_after: Option<Time>,
    source: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "a snapshot: an object with `schema`")]
pub(super) struct RawSnapshot {
    pub(super) schema: Option<u64>,
    /// Of what this program prints: it is no snapshot.
    results: Option<IgnoredAny>,
    pub(super) tenant_id: Option<Id>,
    pub(super) cloud: Option<CloudName>,
    pub(super) taken_at: Option<Time>,
    pub(super) policies: Option<RawPart<RawPolicy>>,
    pub(super) direct: Option<RawPart<RawDirect>>,
    pub(super) groups: Option<RawPart<RawGroup>>,
    pub(super) nested_groups: Option<RawItems<RawNested>>,
    pub(super) effective: Option<RawPart<RawEffective>>,
    pub(super) users: Option<RawPart<RawUser>>,
    pub(super) apps: Option<RawPart<RawApp>>,
    pub(super) absent: Option<Vec<RawAbsent>>,
    pub(super) settings: Option<RawSettings>,
    pub(super) rsc: Option<RawItems<RawRsc>>,
    pub(super) events: Option<RawItems<RawEvent>>,
    pub(super) history: Option<Vec<RawChange>>,
}

impl RawSnapshot {
    pub(super) fn build(self, source: &str) -> Result<Snapshot, SnapshotError> {
        let malformed = |path: String, message: String| SnapshotError::Malformed {
            source_name: source.to_owned(),
            path,
            at: None,
            message,
        };
        match self.schema {
            None => return Err(SnapshotError::NoSchema { source_name: source.to_owned() }),
            Some(0) => {
                return Err(malformed("schema".to_owned(), format!("schema 0 does not exist; schema {SCHEMA} does")));
            }
            Some(schema) if schema > SCHEMA => {
                return Err(SnapshotError::Newer { source_name: source.to_owned(), schema });
            }
            Some(_) if self.results.is_some() => {
                let message = "these are results of graphwhy, and no snapshot: give the file that `graphwhy fetch` or `graphwhy import` wrote";
                return Err(malformed("results".to_owned(), message.to_owned()));
            }
            Some(_) => {}
        }
        let mut effective_unknown = Vec::new();
        let (policies, unread_policies) = policies(self.policies);
        let snapshot = Snapshot {
            tenant_id: id(self.tenant_id),
            cloud: self.cloud.map(|cloud| cloud.0),
            taken_at: self.taken_at.map(|time| time.0),
            policies,
            unread_policies,
            direct: part(self.direct, |raw| Direct {
                user_id: raw.user_id.0,
                policy: match raw.policy {
                    None => Some(String::new()),
                    Some(policy) => policy.map(|name| name.0),
                },
            }),
            groups: part(self.groups, RawGroup::build),
            nested_groups: self
                .nested_groups
                .and_then(RawItems::known)
                .map_or_else(Vec::new, |items| items.into_iter().map(RawNested::build).collect()),
            effective: part(self.effective, |raw| {
                effective_unknown.push(raw.policy.is_none());
                raw.build()
            }),
            overtaken: Vec::new(),
            users: part(self.users, RawUser::build),
            apps: part(self.apps, RawApp::build),
            absent: self.absent.unwrap_or_default().into_iter().map(RawAbsent::build).collect(),
            settings: self.settings.map(RawSettings::build).unwrap_or_default(),
            rsc: self.rsc.and_then(RawItems::known).map(|items| items.into_iter().map(RawRsc::build).collect()),
            events: self.events.and_then(RawItems::known).map(|items| items.into_iter().map(RawEvent::build).collect()),
            history: history(self.history.unwrap_or_default()).map_err(|(path, message)| malformed(path, message))?,
        };
        if let Some((path, message)) = contradiction(&snapshot) {
            return Err(malformed(path, message));
        }
        let mut snapshot = forget_empty_reads(snapshot, &effective_unknown);
        overtaken::leave_out(&mut snapshot);
        implied::add(&mut snapshot);
        Ok(snapshot)
    }
}

/// A read of an effective policy that does not say which is no read.
fn forget_empty_reads(mut snapshot: Snapshot, unknown: &[bool]) -> Snapshot {
    let mut unknown = unknown.iter();
    snapshot.effective.items.retain(|_| unknown.next() != Some(&true));
    snapshot
}

/// The policies, and the names of those whose ids were not read, where the list is complete: one without ids may list
/// any app, so that the list is partial.
fn policies(raw: Option<RawPart<RawPolicy>>) -> (Part<Policy>, Vec<String>) {
    let mut unread = Vec::new();
    let read = part(raw, |raw| {
        let Some(ids) = raw.app_ids else {
            unread.push(raw.name.0);
            return None;
        };
        let mut policy =
            Policy { name: raw.name.0, app_ids: Vec::new(), other_ids: Vec::new(), description: raw.description };
        for id in ids {
            match parse_id(&id) {
                Some(id) => policy.app_ids.push(id),
                None => policy.other_ids.push(id),
            }
        }
        Some(policy)
    });
    // `Global` exists whether or not it is listed.
    unread.retain(|policy| !name::is_global(policy));
    let mut policies = Part {
        status: read.status,
        read_at: read.read_at,
        source: read.source,
        reason: read.reason,
        items: read.items.into_iter().flatten().collect(),
    };
    if policies.status != Status::Complete || unread.is_empty() {
        return (policies, Vec::new());
    }
    policies.status = Status::Partial;
    (policies, unread)
}

fn id(raw: Option<Id>) -> Option<Uuid> {
    raw.map(|id| id.0)
}

impl RawGroup {
    fn build(self) -> GroupAssignment {
        GroupAssignment {
            group_id: self.group_id.0,
            name: self.name,
            policy: self.policy.map(|name| name.0).unwrap_or_default(),
            rank: self.rank.map_or(0, |rank| rank.0),
            members: part(self.members, |id| id.0),
            nested: self.nested.unwrap_or_default().into_iter().map(|id| id.0).collect(),
        }
    }
}

impl RawNested {
    fn build(self) -> NestedGroup {
        NestedGroup {
            group_id: self.group_id.0,
            name: self.name,
            members: part(self.members, |id| id.0),
            nested: self.nested.unwrap_or_default().into_iter().map(|id| id.0).collect(),
        }
    }
}

impl RawEffective {
    fn build(self) -> EffectiveRead {
        EffectiveRead {
            user_id: self.user_id.0,
            policy: self.policy.flatten().map(|name| name.0),
            via: self.via.map(|via| via.0),
            group_id: id(self.group_id),
            read_at: self.read_at.map(|time| time.0),
            hides: self
                .hides
                .unwrap_or_default()
                .into_iter()
                .map(|raw| HiddenAssignment { policy: raw.policy.0, group_id: id(raw.group_id) })
                .collect(),
        }
    }
}

impl RawUser {
    fn build(self) -> User {
        User {
            id: self.id.0,
            upn: self.upn,
            name: self.name,
            guest: self.kind.map(|kind| kind.0),
            enabled: self.enabled,
            teams: self.teams.map(|teams| teams.0),
        }
    }
}

impl RawApp {
    fn build(self) -> App {
        App {
            app_id: self.app_id.0,
            name: self.name,
            enabled: self.enabled,
            service_principal_id: id(self.service_principal_id),
            application_object_id: id(self.application_object_id),
            home_tenant: id(self.home_tenant),
            roles: self.roles.map(|roles| {
                roles
                    .into_iter()
                    .map(|raw| RoleGrant { id: id(raw.id), value: raw.value, resource: id(raw.resource) })
                    .collect()
            }),
            delegated: self.delegated.map(|grants| {
                grants
                    .into_iter()
                    .map(|raw| ScopeGrant { scope: raw.scope, tenant_wide: raw.consent.map(|wide| wide.0) })
                    .collect()
            }),
            requested: self.requested.map(|requested| {
                requested
                    .into_iter()
                    .map(|raw| RequestedPermission { id: raw.id.0, role: matches!(raw.kind, Kind::Role) })
                    .collect()
            }),
            read_at: self.read_at.map(|time| time.0),
        }
    }
}

impl RawSettings {
    fn build(self) -> Settings {
        let missing = matches!(self.status, Some(StatusText(Status::Missing)));
        Settings {
            graph_transcript_access: self.graph_transcript_access.filter(|_| !missing),
            attributed_transcripts: self.attributed_transcripts.filter(|_| !missing),
            read_at: self.read_at.map(|time| time.0),
            source: self.source,
            reason: self.reason.map(RawReason::build),
        }
    }
}

impl RawRsc {
    fn build(self) -> RscGrant {
        RscGrant { chat_id: self.chat_id, app_id: self.app_id.0, permission: self.permission }
    }
}

impl RawEvent {
    fn build(self) -> VirtualEvent {
        VirtualEvent {
            id: self.id,
            created_by: id(self.created_by),
            co_organizers: self.co_organizers.unwrap_or_default().into_iter().map(|id| id.0).collect(),
        }
    }
}

/// What a change can be of. `apps.delegated`, `users.account` and the like are of what no gate rests on; of other parts a point
/// says more of the part before it, but for `groups.members` and `groups.nested`, as summaries call these parts.
const CHANGED_PARTS: [&str; 14] = [
    "policies",
    "direct",
    "groups",
    "members",
    "nested",
    "effective",
    "users",
    "licenses",
    "licences",
    "apps",
    "roles",
    "settings",
    "rsc",
    "events",
];

const CHANGES: [&str; 3] = ["added", "removed", "changed"];

/// A change that nobody can place would be passed over in silence by the gate that asks for it.
fn history(raw: Vec<RawChange>) -> Result<Vec<Change>, (String, String)> {
    let known = |names: &[&str], name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let wrong = |index: usize, field: &str, found: &str, names: &[&str]| {
        let message = format!("`{}` is none of {}", sanitise::shortened(found, 60), names.join(", "));
        Err((format!("history[{index}].{field}"), message))
    };
    let mut changes = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let part = raw.part.unwrap_or_default();
        let lower = part.trim().to_lowercase();
        let (base, more) = lower.split_once('.').unwrap_or((&lower, ""));
        if !known(&CHANGED_PARTS, base) {
            return wrong(index, "part", &part, &CHANGED_PARTS);
        }
        // Gates look for the part by its name.
        let part = match (base, more) {
            ("groups", "members" | "nested") | ("apps", "roles") => more.to_owned(),
            ("apps" | "users" | "settings", _) => lower,
            _ => base.to_owned(),
        };
        let change = raw.change.unwrap_or_default();
        if !known(&CHANGES, &change) {
            return wrong(index, "change", &change, &CHANGES);
        }
        if let Some((first, last)) = raw.not_before.as_ref().zip(raw.not_after.as_ref()).filter(|(a, b)| a.0 > b.0) {
            let message = format!("`{}` is before `not_before`, which is `{}`", last.0, first.0);
            return Err((format!("history[{index}].not_after"), message));
        }
        changes.push(Change {
            part,
            key: raw.key.unwrap_or_default(),
            change,
            value: raw.value,
            not_before: raw.not_before.map(|time| time.0),
            not_after: raw.not_after.map(|time| time.0),
            source: raw.source,
        });
    }
    Ok(changes)
}
