//! [`Snapshot`] to text: schema 1, in a stable order, without what is not known.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::parse::SCHEMA;
use super::snapshot::{AbsentKind, EffectiveRead, Part, Reason, RoleGrant, Snapshot, Status, Teams, Via};

/// The snapshot as JSON of schema 1 with a line feed at its end: the order of the model, two blanks of
/// indentation, nothing for what is not known. [`super::parse()`] reads it back as an equal value.
#[must_use]
pub fn write(snapshot: &Snapshot) -> String {
    let mut text = serde_json::to_string_pretty(&OutSnapshot::from(snapshot)).unwrap_or_default();
    text.push('\n');
    text
}

/// A moment as RFC 3339 text.
struct Rfc3339(Timestamp);

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[derive(Serialize)]
struct OutSnapshot<'a> {
    schema: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_at: Option<Rfc3339>,
    policies: OutPart<'a, OutPolicy<'a>>,
    direct: OutPart<'a, OutDirect<'a>>,
    groups: OutPart<'a, OutGroup<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nested_groups: Option<OutItems<OutNested<'a>>>,
    effective: OutPart<'a, OutEffective<'a>>,
    users: OutPart<'a, OutUser<'a>>,
    apps: OutPart<'a, OutApp<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    absent: Vec<OutAbsent>,
    settings: OutSettings<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rsc: Option<OutItems<OutRsc<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<OutItems<OutEvent<'a>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    history: Vec<OutChange<'a>>,
}

#[derive(Serialize)]
struct OutAbsent {
    part: &'static str,
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<Rfc3339>,
}

#[derive(Serialize)]
struct OutReason<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

/// A list that is partial only because some ids were not read is complete again with those policies.
fn policies(snapshot: &Snapshot) -> OutPart<'_, OutPolicy<'_>> {
    let mut out = part(&snapshot.policies, |policy| OutPolicy {
        name: &policy.name,
        app_ids: Some(
            policy
                .app_ids
                .iter()
                .map(|id| Cow::Owned(id.to_string()))
                .chain(policy.other_ids.iter().map(|id| Cow::Borrowed(id.as_str())))
                .collect(),
        ),
        description: policy.description.as_deref(),
    });
    if snapshot.policies.status == Status::Partial && !snapshot.unread_policies.is_empty() {
        out.status = "complete";
        let unread = snapshot.unread_policies.iter();
        out.items.get_or_insert_default().extend(unread.map(|name| OutPolicy {
            name,
            app_ids: None,
            description: None,
        }));
    }
    out
}

#[derive(Serialize)]
struct OutPart<'a, T> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<OutReason<'a>>,
    /// There wherever something was read, also if it is empty: not there = not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<T>>,
}

#[derive(Serialize)]
struct OutItems<T> {
    items: Vec<T>,
}

#[derive(Serialize)]
struct OutPolicy<'a> {
    name: &'a str,
    /// Not there = not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    app_ids: Option<Vec<Cow<'a, str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct OutDirect<'a> {
    user_id: Uuid,
    /// Not there = not known; null = none.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Option<&'a str>>,
}

#[derive(Serialize)]
struct OutGroup<'a> {
    group_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u32>,
    members: OutPart<'a, Uuid>,
    #[serde(skip_serializing_if = "slice_is_empty")]
    nested: &'a [Uuid],
}

#[derive(Serialize)]
struct OutNested<'a> {
    group_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    members: OutPart<'a, Uuid>,
    #[serde(skip_serializing_if = "slice_is_empty")]
    nested: &'a [Uuid],
}

#[derive(Serialize)]
struct OutEffective<'a> {
    user_id: Uuid,
    policy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hides: Vec<OutHidden<'a>>,
}

#[derive(Serialize)]
struct OutHidden<'a> {
    policy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<Uuid>,
}

#[derive(Serialize)]
struct OutUser<'a> {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    upn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    teams: Option<&'static str>,
}

#[derive(Serialize)]
struct OutRole<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Uuid>,
}

#[derive(Serialize)]
struct OutScope<'a> {
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<&'static str>,
}

#[derive(Serialize)]
struct OutRequested {
    id: Uuid,
    kind: &'static str,
}

#[derive(Serialize)]
struct OutApp<'a> {
    app_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_principal_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application_object_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_tenant: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<OutRole<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegated: Option<Vec<OutScope<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested: Option<Vec<OutRequested>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<Rfc3339>,
}

#[derive(Serialize)]
struct OutSettings<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<OutReason<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    graph_transcript_access: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributed_transcripts: Option<bool>,
}

#[derive(Serialize)]
struct OutRsc<'a> {
    chat_id: &'a str,
    app_id: Uuid,
    permission: &'a str,
}

#[derive(Serialize)]
struct OutEvent<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Uuid>,
    #[serde(skip_serializing_if = "slice_is_empty")]
    co_organizers: &'a [Uuid],
}

#[derive(Serialize)]
struct OutChange<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    part: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    key: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    change: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
}

/// serde hands a reference to the field, which is a slice itself.
fn slice_is_empty(slice: &&[Uuid]) -> bool {
    slice.is_empty()
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Complete => "complete",
        Status::Partial => "partial",
        Status::Missing => "missing",
    }
}

fn reason(reason: &Reason) -> OutReason<'_> {
    OutReason { kind: &reason.kind, needs: reason.needs.as_deref(), detail: reason.detail.as_deref() }
}

fn part<'a, T, O>(part: &'a Part<T>, item: impl FnMut(&'a T) -> O) -> OutPart<'a, O> {
    OutPart {
        status: status(part.status),
        read_at: part.read_at.map(Rfc3339),
        source: part.source.as_deref(),
        reason: part.reason.as_ref().map(reason),
        items: (part.status != Status::Missing || !part.items.is_empty())
            .then(|| part.items.iter().map(item).collect()),
    }
}

fn role(role: &RoleGrant) -> OutRole<'_> {
    OutRole { id: role.id, value: role.value.as_deref(), resource: role.resource }
}

/// The reads that count, and those that later ones have overtaken: who reads them again tells them apart again.
fn effective(snapshot: &Snapshot) -> OutPart<'_, OutEffective<'_>> {
    let mut out = part(&snapshot.effective, effective_read);
    if !snapshot.overtaken.is_empty() {
        out.items.get_or_insert_default().extend(snapshot.overtaken.iter().map(effective_read));
    }
    out
}

fn effective_read(read: &EffectiveRead) -> OutEffective<'_> {
    OutEffective {
        user_id: read.user_id,
        policy: read.policy.as_deref(),
        via: read.via.map(|via| match via {
            Via::Direct => "direct",
            Via::Group => "group",
            Via::Global => "global",
        }),
        group_id: read.group_id,
        read_at: read.read_at.map(Rfc3339),
        hides: read.hides.iter().map(|it| OutHidden { policy: &it.policy, group_id: it.group_id }).collect(),
    }
}

impl<'a> From<&'a Snapshot> for OutSnapshot<'a> {
    fn from(snapshot: &'a Snapshot) -> Self {
        let settings = &snapshot.settings;
        Self {
            schema: SCHEMA,
            tenant_id: snapshot.tenant_id,
            cloud: snapshot.cloud.as_deref(),
            taken_at: snapshot.taken_at.map(Rfc3339),
            policies: policies(snapshot),
            direct: part(&snapshot.direct, |direct| OutDirect {
                user_id: direct.user_id,
                policy: match direct.policy.as_deref() {
                    Some("") => None,
                    known => Some(known),
                },
            }),
            groups: part(&snapshot.groups, |group| OutGroup {
                group_id: group.group_id,
                name: group.name.as_deref(),
                policy: Some(group.policy.as_str()).filter(|name| !name.is_empty()),
                rank: Some(group.rank).filter(|rank| *rank > 0),
                members: part(&group.members, |id| *id),
                nested: &group.nested,
            }),
            nested_groups: (!snapshot.nested_groups.is_empty()).then(|| OutItems {
                items: snapshot
                    .nested_groups
                    .iter()
                    .map(|group| OutNested {
                        group_id: group.group_id,
                        name: group.name.as_deref(),
                        members: part(&group.members, |id| *id),
                        nested: &group.nested,
                    })
                    .collect(),
            }),
            effective: effective(snapshot),
            users: part(&snapshot.users, |user| OutUser {
                id: user.id,
                upn: user.upn.as_deref(),
                name: user.name.as_deref(),
                kind: user.guest.map(|guest| if guest { "guest" } else { "member" }),
                enabled: user.enabled,
                teams: user.teams.map(|teams| match teams {
                    Teams::Enabled => "enabled",
                    Teams::Disabled => "disabled",
                    Teams::Absent => "absent",
                }),
            }),
            apps: part(&snapshot.apps, |app| OutApp {
                app_id: app.app_id,
                name: app.name.as_deref(),
                enabled: app.enabled,
                service_principal_id: app.service_principal_id,
                application_object_id: app.application_object_id,
                home_tenant: app.home_tenant,
                roles: app.roles.as_ref().map(|roles| roles.iter().map(role).collect()),
                delegated: app.delegated.as_ref().map(|grants| {
                    grants
                        .iter()
                        .map(|grant| OutScope {
                            scope: &grant.scope,
                            consent: grant.tenant_wide.map(|wide| if wide { "tenant" } else { "user" }),
                        })
                        .collect()
                }),
                requested: app.requested.as_ref().map(|requested| {
                    requested
                        .iter()
                        .map(|it| OutRequested { id: it.id, kind: if it.role { "role" } else { "scope" } })
                        .collect()
                }),
                read_at: app.read_at.map(Rfc3339),
            }),
            absent: snapshot
                .absent
                .iter()
                .map(|it| OutAbsent {
                    part: match it.kind {
                        AbsentKind::User => "users",
                        AbsentKind::App => "apps",
                    },
                    id: it.id,
                    read_at: it.read_at.map(Rfc3339),
                })
                .collect(),
            settings: OutSettings {
                status: match (settings.graph_transcript_access, settings.attributed_transcripts) {
                    (Some(_), Some(_)) => "complete",
                    (None, None) => "missing",
                    _ => "partial",
                },
                read_at: settings.read_at.map(Rfc3339),
                source: settings.source.as_deref(),
                reason: settings.reason.as_ref().map(reason),
                graph_transcript_access: settings.graph_transcript_access,
                attributed_transcripts: settings.attributed_transcripts,
            },
            rsc: snapshot.rsc.as_ref().map(|items| OutItems {
                items: items
                    .iter()
                    .map(|rsc| OutRsc { chat_id: &rsc.chat_id, app_id: rsc.app_id, permission: &rsc.permission })
                    .collect(),
            }),
            events: snapshot.events.as_ref().map(|items| OutItems {
                items: items
                    .iter()
                    .map(|event| OutEvent {
                        id: &event.id,
                        created_by: event.created_by,
                        co_organizers: &event.co_organizers,
                    })
                    .collect(),
            }),
            history: snapshot
                .history
                .iter()
                .map(|change| OutChange {
                    part: &change.part,
                    key: &change.key,
                    change: &change.change,
                    value: change.value.as_deref(),
                    not_before: change.not_before.map(Rfc3339),
                    not_after: change.not_after.map(Rfc3339),
                    source: change.source.as_deref(),
                })
                .collect(),
        }
    }
}
