//! Hygiene of a tenant: what is odd in its policies before any call fails. Only what the snapshot proves is certain;
//! what a part that is not complete leaves open is not told.

mod unchecked;

use std::collections::{BTreeMap, BTreeSet};

pub use unchecked::{Unchecked, unchecked};
use uuid::Uuid;

use crate::diagnose::facts::policy::app_ids;
use crate::diagnose::gates::user;
use crate::diagnose::{Evidence, Finding};
use crate::fix::access::users_of;
use crate::knowledge::{
    Catalogue, Confidence, GRAPH, Gate, Governed, PermissionKind, Severity, permission_by_id, permission_named,
};
use crate::tenant::{AbsentKind, App, Content, Part, Policy, RoleGrant, Snapshot, Status, Tri, View, effective, name};

/// The causes that an audit can find.
pub const CAUSES: [&str; 10] = [
    "granted-policy-does-not-exist",
    "unknown-app-in-policy",
    "object-id-in-app-ids",
    "policy-unassigned",
    "tenant-wide-grant",
    "permission-without-policy",
    "policy-without-permission",
    "policy-shadowed",
    "user-only-in-nested-group",
    "user-unknown",
];

/// Users and ids that a finding names at most.
const EXAMPLES: usize = 5;

/// Judges a tenant. By severity, then slug, then object.
#[must_use]
pub fn audit(snapshot: &Snapshot, catalogue: &Catalogue) -> Vec<Finding> {
    let view = View::indexed(snapshot);
    let audit = Audit { snapshot, view: &view, catalogue };
    let mut findings = Vec::new();
    for policy in snapshot.policies.known() {
        audit.listed_ids(policy, &mut findings);
        findings.extend(audit.unassigned(policy));
        if name::is_global(&policy.name) {
            findings.extend(audit.tenant_wide(policy));
        }
    }
    for app in snapshot.apps.known() {
        findings.extend(audit.permission_without_policy(app));
        findings.extend(audit.policy_without_permission(app));
    }
    audit.dangling(&mut findings);
    findings.extend(audit.strangers());
    audit.shadowed(&mut findings);
    audit.nested(&mut findings);
    crate::order::sort_by(&mut findings, |a, b| {
        let object = |it: &Finding| it.evidence.first().map(|it| it.object.clone());
        (b.severity, b.confidence, &a.cause, object(a)).cmp(&(a.severity, a.confidence, &b.cause, object(b)))
    });
    findings
}

/// How bad a cause is as a matter of hygiene, where nobody's call has failed.
#[must_use]
pub fn severity(cause: &str, catalogue: &Catalogue) -> Severity {
    let severity = catalogue.cause(cause).map_or(Severity::Warning, |cause| cause.severity);
    match cause {
        // That a policy hides another one is what precedence is for: only whoever set it up knows whether it is wrong.
        "policy-shadowed" => severity.min(Severity::Warning),
        // Nobody calls for a user who is gone: what is left of it is untidy.
        "user-unknown" => Severity::Info,
        _ => severity,
    }
}

struct Audit<'a> {
    snapshot: &'a Snapshot,
    view: &'a View<'a>,
    catalogue: &'a Catalogue,
}

impl Audit<'_> {
    fn finding(&self, cause: &'static str, confidence: Confidence, said: String, evidence: Vec<Evidence>) -> Finding {
        Finding {
            cause: cause.into(),
            gate: Gate::Hygiene,
            severity: severity(cause, self.catalogue),
            confidence,
            explanation: said,
            evidence,
            labels: Vec::new(),
        }
    }

    /// An app that a finding is about, so that the same about another app is another finding.
    fn about(&self, app: Uuid, field: &'static str, value: impl Into<String>) -> Evidence {
        Evidence::read(&self.snapshot.apps, format!("app `{app}`"), field, value)
    }

    fn listing(&self, policy: &Policy) -> Evidence {
        Evidence::read(&self.snapshot.policies, format!("policy `{}`", policy.name), "app_ids", app_ids(policy))
    }

    fn app_words(&self, id: Uuid) -> String {
        match self.view.app(id).and_then(|app| app.name.as_ref()) {
            Some(name) => format!("`{name}` ({id})"),
            None => format!("`{id}`"),
        }
    }

    fn user_words(&self, id: Uuid) -> String {
        match self.view.user(id).and_then(|user| user.upn.as_ref().or(user.name.as_ref())) {
            Some(name) => format!("{name} ({id})"),
            None => id.to_string(),
        }
    }

    /// Ids that no app of the tenant has, and ids of an app's objects.
    fn listed_ids(&self, policy: &Policy, findings: &mut Vec<Finding>) {
        for id in &policy.app_ids {
            let known = self.view.app(*id).is_some();
            let own = self.snapshot.apps.known().iter().find_map(|app| match *id {
                _ if known || app.app_id == *id => None,
                id if app.service_principal_id == Some(id) => Some((app, "service principal")),
                id if app.application_object_id == Some(id) => Some((app, "registration")),
                _ => None,
            });
            if let Some((app, of)) = own {
                let said = format!(
                    "`{}` lists `{id}`, the object id of the {of} of {}; its client id is `{}`",
                    policy.name,
                    self.app_words(app.app_id),
                    app.app_id
                );
                findings.push(self.finding(
                    "object-id-in-app-ids",
                    Confidence::Certain,
                    said,
                    vec![self.listing(policy), self.about(app.app_id, "object id", id.to_string())],
                ));
            } else if !known && self.snapshot.lacks(AbsentKind::App, *id) {
                let said = format!("`{}` lists `{id}`, and no app of the tenant has this client id", policy.name);
                let (object, field) = (format!("app `{id}`"), "service principal");
                let apps = &self.snapshot.apps;
                let gone = self.snapshot.absent(AbsentKind::App, *id).filter(|_| !apps.is_complete());
                let apps = gone.map_or_else(
                    || Evidence::read(apps, object.clone(), field, user::NOT_LISTED),
                    |gone| Evidence::answered(object.clone(), field, gone),
                );
                let evidence = vec![self.listing(policy), apps];
                findings.push(self.finding("unknown-app-in-policy", Confidence::Certain, said, evidence));
            }
        }
        for text in &policy.other_ids {
            let said = format!("`{}` lists `{text}`, which is no client id", policy.name);
            findings.push(self.finding("unknown-app-in-policy", Confidence::Certain, said, vec![self.listing(policy)]));
        }
    }

    fn unassigned(&self, policy: &Policy) -> Option<Finding> {
        let snapshot = self.snapshot;
        let held = |wanted: &str| name::same(wanted, &policy.name);
        let open = !snapshot.direct.is_complete()
            || !snapshot.groups.is_complete()
            || snapshot
                .direct
                .known()
                .iter()
                .any(|it| it.policy.as_deref().is_some_and(|it| it.is_empty() || held(it)))
            || snapshot.groups.known().iter().any(|it| it.policy.is_empty() || held(&it.policy))
            || snapshot.effective.known().iter().any(|it| it.policy.as_deref().is_some_and(held));
        if open || name::is_global(&policy.name) {
            return None;
        }
        let said = format!("`{}` is assigned to no user and no group, so that it opens nothing", policy.name);
        Some(self.finding("policy-unassigned", Confidence::Certain, said, vec![self.listing(policy)]))
    }

    fn tenant_wide(&self, policy: &Policy) -> Option<Finding> {
        if policy.app_ids.is_empty() {
            return None;
        }
        let apps: Vec<String> = policy.app_ids.iter().take(EXAMPLES).map(|id| self.app_words(*id)).collect();
        let more = policy.app_ids.len().saturating_sub(EXAMPLES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let said = format!(
            "`Global` lists {}{more}: for every user without an assignment, also those who come later",
            apps.join(", ")
        );
        let mut evidence = vec![self.listing(policy)];
        evidence.extend(policy.app_ids.iter().map(|id| self.about(*id, "listed in", policy.name.clone())));
        Some(self.finding("tenant-wide-grant", Confidence::Certain, said, evidence))
    }

    /// The governed roles that an app holds; `None` = not known.
    fn governed(app: &App, with_conflicting: bool) -> Option<Vec<String>> {
        let of = |grant: &RoleGrant| {
            let known = grant.id.and_then(permission_by_id).or_else(|| {
                let name = grant.value.as_ref().filter(|_| grant.id.is_none())?;
                permission_named(name, PermissionKind::Application)
            })?;
            let governed = match known.governed {
                Governed::Yes | Governed::ByDescription | Governed::ByPage => true,
                Governed::Conflicting => with_conflicting,
                Governed::No => false,
            };
            (governed && known.kind == PermissionKind::Application).then(|| known.name.to_owned())
        };
        let roles = app.roles.as_ref()?;
        Some(roles.iter().filter(|grant| grant.resource.is_none_or(|it| it == GRAPH)).filter_map(of).collect())
    }

    fn permission_without_policy(&self, app: &App) -> Option<Finding> {
        let roles = Self::governed(app, false).filter(|roles| !roles.is_empty())?;
        if self.view.any_policy_lists(app.app_id) != Tri::No {
            return None;
        }
        let said = format!("{} holds `{}`, and no policy lists it", self.app_words(app.app_id), roles.join("`, `"));
        let apps = &self.snapshot.apps;
        let evidence = vec![
            Evidence::read_of(apps, app, "roles", roles.join(", ")),
            Evidence::read(&self.snapshot.policies, "policies", "app_ids", "no policy lists the app"),
        ];
        Some(self.finding("permission-without-policy", Confidence::Certain, said, evidence))
    }

    fn policy_without_permission(&self, app: &App) -> Option<Finding> {
        let listing: Vec<&Policy> =
            self.snapshot.policies.known().iter().filter(|policy| policy.app_ids.contains(&app.app_id)).collect();
        let first = listing.first()?;
        // A grant without id and name may be of any role.
        let unnamed = app.roles.iter().flatten().any(|grant| grant.id.is_none() && grant.value.is_none());
        if unnamed || !Self::governed(app, true)?.is_empty() {
            return None;
        }
        let names: Vec<String> = listing.iter().map(|policy| format!("`{}`", policy.name)).collect();
        let said = format!(
            "{} is listed in {} and holds no app role that the policy governs",
            self.app_words(app.app_id),
            names.join(", ")
        );
        let held = app.roles.as_deref().map(crate::diagnose::facts::permission::role_names).unwrap_or_default();
        let evidence = vec![Evidence::read_of(&self.snapshot.apps, app, "roles", held), self.listing(first)];
        Some(self.finding("policy-without-permission", Confidence::Certain, said, evidence))
    }

    /// Assignments that name a policy which the complete list lacks, by that name.
    fn dangling(&self, findings: &mut Vec<Finding>) {
        let snapshot = self.snapshot;
        if !snapshot.policies.is_complete() {
            return;
        }
        let missing = |wanted: &str| {
            let unread = snapshot.unread_policies.iter().any(|it| name::same(it, wanted));
            !wanted.is_empty() && !name::is_global(wanted) && !unread && self.view.policy(wanted).is_none()
        };
        let mut found: BTreeMap<String, (Vec<Uuid>, Vec<Uuid>)> = BTreeMap::new();
        for one in snapshot.direct.known() {
            if let Some(policy) = one.policy.as_deref().filter(|policy| missing(policy)) {
                found.entry(name::bare(policy).to_owned()).or_default().0.push(one.user_id);
            }
        }
        for group in snapshot.groups.known().iter().filter(|group| missing(&group.policy)) {
            found.entry(name::bare(&group.policy).to_owned()).or_default().1.push(group.group_id);
        }
        for (policy, (users, groups)) in found {
            let count = |count: usize, one: &str| match count {
                0 => None,
                1 => Some(format!("1 {one}")),
                count => Some(format!("{count} {one}s")),
            };
            let whom: Vec<String> =
                [count(users.len(), "user"), count(groups.len(), "group")].into_iter().flatten().collect();
            let said = format!(
                "`{policy}` is assigned to {}, and the complete list of policies does not have it",
                whom.join(" and ")
            );
            let policies = &snapshot.policies;
            let mut evidence = vec![Evidence::read(policies, format!("policy `{policy}`"), "name", user::NOT_LISTED)];
            let ids = |ids: &[Uuid]| {
                let named: Vec<String> = ids.iter().take(EXAMPLES).map(ToString::to_string).collect();
                format!("{}{}", named.join(", "), if ids.len() > EXAMPLES { ", …" } else { "" })
            };
            if !users.is_empty() {
                evidence.push(Evidence::read(&snapshot.direct, format!("policy `{policy}`"), "users", ids(&users)));
            }
            if !groups.is_empty() {
                evidence.push(Evidence::read(&snapshot.groups, format!("policy `{policy}`"), "groups", ids(&groups)));
            }
            findings.push(self.finding("granted-policy-does-not-exist", Confidence::Certain, said, evidence));
        }
    }

    /// Direct assignments of users whom the complete list lacks.
    fn strangers(&self) -> Option<Finding> {
        let snapshot = self.snapshot;
        if !snapshot.users.is_complete() {
            return None;
        }
        let held = snapshot.direct.known().iter().filter(|it| it.policy.is_some());
        let gone: Vec<Uuid> = held.map(|it| it.user_id).filter(|user| self.view.user(*user).is_none()).collect();
        let (count, word) = match gone.len() {
            0 => return None,
            1 => (1, "1 direct assignment is of a user".to_owned()),
            count => (count, format!("{count} direct assignments are of users")),
        };
        let examples: Vec<String> = gone.iter().take(EXAMPLES).map(|id| format!("`{id}`")).collect();
        let more = if count > EXAMPLES { format!(" and {} more", count - EXAMPLES) } else { String::new() };
        let said = format!("{word} that the complete list does not have: {}{more}", examples.join(", "));
        let evidence = gone
            .iter()
            .take(EXAMPLES)
            .map(|id| Evidence::read(&snapshot.users, format!("user `{id}`"), "id", user::NOT_LISTED));
        Some(self.finding("user-unknown", Confidence::Certain, said, evidence.collect()))
    }

    /// Users whose effective policy hides apps that a lower assignment of theirs lists, by the two policies.
    fn shadowed(&self, findings: &mut Vec<Finding>) {
        let mut found: BTreeMap<(String, String), (BTreeSet<Uuid>, Vec<Uuid>)> = BTreeMap::new();
        for user in users_of(self.snapshot) {
            let effective = effective(self.view, Some(user));
            let Some(winner) = effective.known() else { continue };
            let Content::Listed(winner) = winner.content else { continue };
            for hidden in &effective.hidden {
                let Content::Listed(hidden) = hidden.content else { continue };
                let lost: Vec<Uuid> =
                    hidden.app_ids.iter().copied().filter(|id| !winner.app_ids.contains(id)).collect();
                if lost.is_empty() || name::same(&hidden.name, &winner.name) {
                    continue;
                }
                let entry = found.entry((winner.name.clone(), hidden.name.clone())).or_default();
                entry.0.extend(lost);
                entry.1.push(user);
            }
        }
        for ((winner, hidden), (apps, users)) in found {
            let words: Vec<String> = apps.iter().take(EXAMPLES).map(|id| self.app_words(*id)).collect();
            let who = if users.len() == 1 { "1 user".to_owned() } else { format!("{} users", users.len()) };
            let said = format!(
                "policy `{winner}` is effective for {who} and hides policy `{hidden}`, which lists what it does not: app {}{}",
                words.join(", "),
                if apps.len() > EXAMPLES { format!(" and {} more", apps.len() - EXAMPLES) } else { String::new() }
            );
            let examples: Vec<String> = users.iter().take(EXAMPLES).map(|user| self.user_words(*user)).collect();
            let mut evidence: Vec<Evidence> = [&winner, &hidden]
                .iter()
                .filter_map(|name| self.view.policy(name))
                .map(|it| self.listing(it))
                .collect();
            evidence.push(Evidence::read(
                &self.snapshot.direct,
                format!("policy `{winner}`"),
                "users whom it shadows",
                format!("{}: {}{}", users.len(), examples.join(", "), if users.len() > EXAMPLES { ", …" } else { "" }),
            ));
            evidence.extend(apps.iter().map(|id| self.about(*id, "hidden in", hidden.clone())));
            findings.push(self.finding("policy-shadowed", Confidence::Certain, said, evidence));
        }
    }

    /// Groups inside an assigned group: their members get nothing from the assignment.
    fn nested(&self, findings: &mut Vec<Finding>) {
        let groups = self.snapshot.groups.known();
        for (at, outer) in groups.iter().enumerate() {
            for (inner, members) in self.snapshot.inside(outer) {
                let members = members.filter(|it| it.status != Status::Missing).map(Part::known);
                let only: Vec<Uuid> = members
                    .unwrap_or_default()
                    .iter()
                    .copied()
                    .filter(|user| self.view.is_member(at, outer, *user) == Tri::No)
                    .collect();
                // Who is in the inner group is known only where it was read.
                if members.is_some() && only.is_empty() {
                    continue;
                }
                let (confidence, who) = match only.len() {
                    0 => (
                        Confidence::Likely,
                        "its members are not reached unless they are direct members too".to_owned(),
                    ),
                    1 => (Confidence::Certain, "1 of its members is not reached".to_owned()),
                    count => (Confidence::Certain, format!("{count} of its members are not reached")),
                };
                let said = format!(
                    "`{}` is assigned to group {}, in which group {} is nested: {who}",
                    outer.policy,
                    self.snapshot.group_words(outer.group_id),
                    self.snapshot.group_words(inner)
                );
                let examples: Vec<String> = only.iter().take(EXAMPLES).map(|user| self.user_words(*user)).collect();
                let mut evidence = vec![Evidence::read(
                    &self.snapshot.groups,
                    format!("group `{}`", outer.group_id),
                    "nested",
                    self.snapshot.group_words(inner),
                )];
                if !examples.is_empty() {
                    let object = format!("group `{inner}`");
                    evidence.push(Evidence::read(&self.snapshot.groups, object, "members", examples.join(", ")));
                }
                findings.push(self.finding("user-only-in-nested-group", confidence, said, evidence));
            }
        }
    }
}
