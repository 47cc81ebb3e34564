//! What an audit could not look for, because what it rests on was not read whole: silence about it is no all-clear.

use std::collections::BTreeSet;

use crate::knowledge::GRAPH;
use crate::tenant::{App, Part, Snapshot, Status, name};

/// A cause that was looked for in what was read only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    /// Its slug.
    pub cause: &'static str,
    /// What was not read, and why, where that is known: `apps partial`, `direct missing (forbidden: …)`.
    pub parts: Vec<String>,
}

/// The hygiene causes that may be there although none was found, in the order of [`super::CAUSES`].
#[must_use]
pub fn unchecked(snapshot: &Snapshot) -> Vec<Unchecked> {
    super::CAUSES
        .into_iter()
        .map(|cause| Unchecked { cause, parts: gaps(snapshot, cause) })
        .filter(|it| !it.parts.is_empty())
        .collect()
}

fn gaps(snapshot: &Snapshot, cause: &str) -> Vec<String> {
    let policies = || {
        let mut gap = part("policies", &snapshot.policies);
        if !snapshot.unread_policies.is_empty() {
            gap = vec![format!("what {} policies list", snapshot.unread_policies.len())];
        }
        // `Global` exists in every tenant, so that a complete list without it has not read it.
        let global = snapshot.policies.known().iter().any(|policy| name::is_global(&policy.name));
        if gap.is_empty() && !global {
            gap.push("what `Global` lists".to_owned());
        }
        gap
    };
    let direct = || {
        let unsaid = snapshot.direct.known().iter().filter(|it| it.policy.as_deref() == Some("")).count();
        with(part("direct", &snapshot.direct), unsaid, "direct assignments that do not name a policy")
    };
    let groups = || {
        let unsaid = snapshot.groups.known().iter().filter(|it| it.policy.is_empty()).count();
        with(part("groups", &snapshot.groups), unsaid, "group assignments that do not name a policy")
    };
    let members = || {
        let open = snapshot.groups.known().iter().filter(|it| !it.members.is_complete()).count();
        with(
            Vec::new(),
            open,
            if open == 1 { "group without all of its members" } else { "groups without all of their members" },
        )
    };
    let apps = || part("apps", &snapshot.apps);
    let roles = || {
        // What Microsoft Graph itself may do is of no concern here: it is the resource.
        let open = snapshot.apps.known().iter().filter(|it| it.roles.is_none() && it.app_id != GRAPH);
        let open: Vec<&App> = open.collect();
        let named: Vec<String> = open.iter().take(3).map(|app| called(app)).collect();
        match open.len().checked_sub(named.len()) {
            _ if open.is_empty() => Vec::new(),
            Some(more) if more > 0 => {
                vec![format!("the app roles of {} and {more} more: {READ_ROLES}", named.join(", "))]
            }
            _ => vec![format!("the app roles of {}: {READ_ROLES}", named.join(", "))],
        }
    };
    let found: Vec<Vec<String>> = match cause {
        "unknown-app-in-policy" | "object-id-in-app-ids" => vec![policies(), apps()],
        "policy-unassigned" => vec![policies(), direct(), groups()],
        "tenant-wide-grant" => {
            let global = snapshot.policies.known().iter().any(|policy| name::is_global(&policy.name));
            vec![if global { Vec::new() } else { policies() }]
        }
        "permission-without-policy" | "policy-without-permission" => vec![policies(), apps(), roles()],
        "policy-shadowed" => vec![policies(), direct(), groups(), members()],
        "user-only-in-nested-group" => vec![groups(), members()],
        "granted-policy-does-not-exist" => vec![part("policies", &snapshot.policies), direct(), groups()],
        // A list of users that leaves some out says nothing odd of an assignment.
        "user-unknown" if snapshot.users.is_complete() => vec![direct()],
        _ => Vec::new(),
    };
    let mut seen = BTreeSet::new();
    found.into_iter().flatten().filter(|words| seen.insert(words.clone())).collect()
}

/// An app by its name and id.
fn called(app: &App) -> String {
    match &app.name {
        Some(name) => format!("`{name}` ({})", app.app_id),
        None => format!("`{}`", app.app_id),
    }
}

/// How the roles of one app are read.
const READ_ROLES: &str = "`GET /servicePrincipals(appId='<app id>')/appRoleAssignments`";

/// A command or a request in backticks, so that it is shown in one piece; a right stays as it is.
fn command(needs: &str) -> String {
    let is_command = ["Get-", "GET "].iter().any(|start| needs.starts_with(start)) && !needs.contains('`');
    if is_command { format!("`{needs}`") } else { needs.to_owned() }
}

fn part<T>(name: &str, part: &Part<T>) -> Vec<String> {
    let status = match part.status {
        Status::Complete => return Vec::new(),
        Status::Partial => "partial",
        Status::Missing => "missing",
    };
    let why = part.reason.as_ref().map_or(String::new(), |reason| {
        let needs = reason.needs.as_ref().map_or(String::new(), |needs| format!(": needs {}", command(needs)));
        if reason.kind.is_empty() && needs.is_empty() { String::new() } else { format!(" ({}{needs})", reason.kind) }
    });
    vec![format!("{name} {status}{why}")]
}

fn with(mut words: Vec<String>, count: usize, what: &str) -> Vec<String> {
    if count > 0 {
        words.push(format!("{count} {what}"));
    }
    words
}
