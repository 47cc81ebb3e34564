//! What is known of a small tenant, in this test's own types, and its text as a snapshot of schema 1.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

/// The question's usual time, Unix seconds.
pub(crate) const NOW: i64 = 1_795_176_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Complete,
    Partial,
    Missing,
}

#[derive(Clone, Debug)]
pub(crate) struct Part<T> {
    pub(crate) known: Known,
    pub(crate) items: Vec<T>,
}

impl<T> Part<T> {
    pub(crate) fn complete(items: Vec<T>) -> Self {
        Self { known: Known::Complete, items }
    }

    pub(crate) fn partial(items: Vec<T>) -> Self {
        Self { known: Known::Partial, items }
    }

    pub(crate) fn missing() -> Self {
        Self { known: Known::Missing, items: Vec::new() }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct PolicyItem {
    pub(crate) name: String,
    pub(crate) apps: Vec<u8>,
    /// Ids that are no client id of the small world: service principals.
    pub(crate) principals: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(crate) struct DirectItem {
    pub(crate) user: u8,
    pub(crate) policy: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct GroupItem {
    pub(crate) id: u8,
    pub(crate) policy: String,
    pub(crate) rank: u32,
    pub(crate) members: Part<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Direct,
    Group,
    Global,
}

#[derive(Clone, Debug)]
pub(crate) struct EffectiveItem {
    pub(crate) user: u8,
    pub(crate) policy: Option<String>,
    pub(crate) via: Option<Level>,
    pub(crate) group: Option<u8>,
    /// Unix seconds.
    pub(crate) read_at: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct UserItem {
    pub(crate) id: u8,
    pub(crate) teams: Option<&'static str>,
    pub(crate) guest: bool,
    pub(crate) enabled: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct RoleItem {
    pub(crate) id: Option<&'static str>,
    pub(crate) value: Option<&'static str>,
    pub(crate) other_resource: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct AppItem {
    pub(crate) id: u8,
    pub(crate) roles: Option<Vec<RoleItem>>,
}

#[derive(Clone, Debug)]
pub(crate) struct ChangeItem {
    pub(crate) part: &'static str,
    pub(crate) key: String,
    pub(crate) change: &'static str,
    pub(crate) value: Option<String>,
    pub(crate) not_before: Option<i64>,
    pub(crate) not_after: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) policies: Part<PolicyItem>,
    pub(crate) direct: Part<DirectItem>,
    /// When the direct assignments were read, Unix seconds.
    pub(crate) direct_at: Option<i64>,
    pub(crate) groups: Part<GroupItem>,
    pub(crate) effective: Part<EffectiveItem>,
    pub(crate) users: Part<UserItem>,
    pub(crate) apps: Part<AppItem>,
    pub(crate) transcripts: Option<bool>,
    pub(crate) history: Vec<ChangeItem>,
}

/// Client id of an app.
pub(crate) fn app(n: u8) -> Uuid {
    id(0xa0a0_a0a0, n)
}

/// Object id of an app's service principal.
pub(crate) fn principal(n: u8) -> Uuid {
    id(0xabab_abab, n)
}

pub(crate) fn user(n: u8) -> Uuid {
    id(0xb0b0_b0b0, n)
}

pub(crate) fn group(n: u8) -> Uuid {
    id(0xc0c0_c0c0, n)
}

fn id(kind: u128, n: u8) -> Uuid {
    Uuid::from_u128((kind << 96) | 0x4000_8000_0000_0000_0000_u128 | u128::from(n))
}

/// The name by which policies are compared: any case, without `Tag:`.
pub(crate) fn canonical(name: &str) -> String {
    let lower = name.to_lowercase();
    lower.strip_prefix("tag:").map_or(lower.clone(), str::to_owned)
}

fn part<T>(part: &Part<T>, write: impl Fn(&T) -> Value) -> Value {
    match part.known {
        Known::Complete => json!({"status": "complete", "items": part.items.iter().map(write).collect::<Vec<_>>()}),
        Known::Partial => json!({"status": "partial", "items": part.items.iter().map(write).collect::<Vec<_>>()}),
        Known::Missing => json!({"status": "missing", "reason": {"kind": "not-read"}, "items": []}),
    }
}

/// RFC 3339.
pub(crate) fn time(second: i64) -> String {
    Timestamp::from_second(second).expect("a time of this century").to_string()
}

impl View {
    /// Nothing is known.
    pub(crate) fn empty() -> Self {
        Self {
            policies: Part::missing(),
            direct: Part::missing(),
            direct_at: None,
            groups: Part::missing(),
            effective: Part::missing(),
            users: Part::missing(),
            apps: Part::missing(),
            transcripts: None,
            history: Vec::new(),
        }
    }

    pub(crate) fn json(&self) -> String {
        let policies = part(&self.policies, |p| {
            let apps = p.apps.iter().map(|&n| app(n).to_string().to_uppercase());
            let principals = p.principals.iter().map(|&n| principal(n).to_string());
            json!({"name": p.name, "app_ids": apps.chain(principals).collect::<Vec<_>>()})
        });
        let mut direct = part(&self.direct, |d| json!({"user_id": user(d.user), "policy": d.policy}));
        direct["read_at"] = json!(self.direct_at.map(time));
        let groups = part(&self.groups, |g| {
            let members = part(&g.members, |&u| json!(user(u)));
            json!({"group_id": group(g.id), "policy": g.policy, "rank": g.rank, "members": members, "nested": []})
        });
        let effective = part(&self.effective, |e| {
            let via = e.via.map(|level| match level {
                Level::Direct => "direct",
                Level::Group => "group",
                Level::Global => "global",
            });
            json!({"user_id": user(e.user), "policy": e.policy, "via": via, "group_id": e.group.map(group),
                   "read_at": e.read_at.map(time)})
        });
        let users = part(&self.users, |u| {
            let kind = if u.guest { "guest" } else { "member" };
            json!({"id": user(u.id), "type": kind, "enabled": u.enabled, "teams": u.teams})
        });
        let apps = part(&self.apps, |a| {
            let roles = a.roles.as_ref().map(|roles| {
                roles
                    .iter()
                    .map(|r| {
                        let resource = if r.other_resource {
                            // Office 365 SharePoint Online: any resource that is not Microsoft Graph.
                            "00000003-0000-0ff1-ce00-000000000000"
                        } else {
                            "00000003-0000-0000-c000-000000000000"
                        };
                        json!({"id": r.id, "value": r.value, "resource": resource})
                    })
                    .collect::<Vec<_>>()
            });
            json!({"app_id": app(a.id), "service_principal_id": principal(a.id), "roles": roles})
        });
        let history: Vec<Value> = self
            .history
            .iter()
            .map(|c| {
                json!({"part": c.part, "key": c.key, "change": c.change, "value": c.value, "source": "earlier read",
                       "not_before": c.not_before.map(time), "not_after": time(c.not_after)})
            })
            .collect();
        let settings = match self.transcripts {
            Some(on) => json!({"status": "complete", "graph_transcript_access": on, "attributed_transcripts": null}),
            None => json!({"status": "missing", "reason": {"kind": "not-read"}, "graph_transcript_access": null,
                           "attributed_transcripts": null}),
        };
        serde_json::to_string_pretty(&json!({
            "schema": 1, "tenant_id": "d0d0d0d0-0000-4000-8000-000000000001", "cloud": "global",
            "taken_at": time(NOW), "policies": policies, "direct": direct, "groups": groups,
            "effective": effective, "users": users, "apps": apps, "settings": settings, "history": history,
        }))
        .expect("plain values")
    }
}
