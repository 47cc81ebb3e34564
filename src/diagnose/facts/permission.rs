//! What an app holds of what an operation accepts: app roles of Microsoft Graph, or scopes of a delegated call.

use uuid::Uuid;

use super::is_decoded;
use crate::diagnose::Question;
use crate::knowledge::{GRAPH, Operation, Permission, PermissionKind, permission_by_id, permission_named};
use crate::tenant::{AbsentKind, App, Change, RoleGrant, Tri, View};

/// Why the gate has its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// An accepted permission is held.
    Held,
    /// The operation is not known.
    NoOperation,
    /// The operation takes no permission of this kind.
    Unsupported,
    /// Which permissions the operation takes is not documented.
    Undocumented,
    /// The token has no accepted one.
    NotInToken,
    /// The token's claims are not known, and a delegated call is judged by them.
    NoClaims,
    /// The app is not known.
    NoApp,
    /// A complete list does not have the app.
    UnknownInTenant,
    /// The app or its grants were not read.
    Unread,
    /// The app or its grants were changed after the question's time.
    ChangedLater,
    /// The grants were read and hold no accepted one.
    NotGranted,
}

/// What the app holds for the operation, apart from any alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionFacts {
    /// Why the gate has its outcome.
    pub why: Why,
    /// Accepted permissions of the call's kind, least privileged first.
    pub accepted: Vec<&'static str>,
    /// Those of them that are held.
    pub held: Vec<&'static str>,
    /// What the snapshot says of the grants alone, whatever the token says.
    pub granted: Tri,
}

impl Why {
    /// Whether an accepted permission is held, as far as that is known.
    const fn holds(self) -> Tri {
        match self {
            Self::Held => Tri::Yes,
            Self::Unsupported | Self::NotInToken | Self::UnknownInTenant | Self::NotGranted => Tri::No,
            _ => Tri::Unknown,
        }
    }
}

/// Compares what is held with what the operation accepts; where the method is not known, with what each operation of its
/// path accepts.
#[must_use]
pub fn facts(
    question: &Question,
    view: &View<'_>,
    operation: Option<&'static Operation>,
    app_id: Option<Uuid>,
    app: Option<&App>,
    delegated: bool,
) -> PermissionFacts {
    let of = |operation| of_operation(question, view, operation, app_id, app, delegated);
    let facts = of(operation);
    let siblings = || operation.into_iter().flat_map(Operation::siblings);
    if question.any_method && siblings().any(|other| of(Some(other)).why.holds() != facts.why.holds()) {
        return PermissionFacts { why: Why::NoOperation, held: Vec::new(), granted: Tri::Unknown, ..facts };
    }
    facts
}

fn of_operation(
    question: &Question,
    view: &View<'_>,
    operation: Option<&'static Operation>,
    app_id: Option<Uuid>,
    app: Option<&App>,
    delegated: bool,
) -> PermissionFacts {
    let mut facts =
        PermissionFacts { why: Why::NoOperation, accepted: Vec::new(), held: Vec::new(), granted: Tri::Unknown };
    let unchanged = app_id.is_none_or(|app| view.later_app(app).is_empty());
    let stranger = app_id.is_some() && app.is_none() && lacks(view, app_id) && unchanged;
    if stranger && !delegated && !question.token.as_ref().is_some_and(is_decoded) {
        // An app that the tenant does not have holds nothing, whatever the operation takes.
        facts.why = Why::UnknownInTenant;
        facts.granted = Tri::No;
    }
    let Some(operation) = operation else { return facts };
    let (permissions, supported) = if delegated {
        (operation.delegated, operation.delegated_supported)
    } else {
        (operation.application, operation.application_supported)
    };
    facts.accepted = permissions.iter().flat_map(|it| it.least.iter().chain(it.higher).copied()).collect();
    if supported == Some(false) {
        facts.why = Why::Unsupported;
        return facts;
    }
    if facts.accepted.is_empty() {
        // Where a consent in a chat is the only way, no role is accepted, whatever is granted.
        let only_rsc = !delegated && !operation.rsc.is_empty();
        facts.why = match facts.why {
            Why::UnknownInTenant => Why::UnknownInTenant,
            _ if only_rsc => Why::NotGranted,
            _ => Why::Undocumented,
        };
        return facts;
    }
    let token = question.token.as_ref().filter(|token| is_decoded(token));
    if delegated {
        let Some(scopes) = token.and_then(|token| token.scopes.as_ref().or(token.roles.as_ref().map(|_| &NONE))) else {
            facts.why = Why::NoClaims;
            return facts;
        };
        facts.held = named(&facts.accepted, scopes);
        facts.why = if facts.held.is_empty() { Why::NotInToken } else { Why::Held };
        return facts;
    }
    let (mut why, granted) = granted(&facts.accepted, view, app_id, app);
    facts.granted = if why == Why::Held {
        Tri::Yes
    } else if matches!(why, Why::Unread | Why::ChangedLater) {
        Tri::Unknown
    } else {
        Tri::No
    };
    if why == Why::NoApp {
        facts.granted = Tri::Unknown;
    }
    facts.held = granted;
    if let Some(token) = token {
        facts.held = named(&facts.accepted, token.roles.as_ref().unwrap_or(&NONE));
        why = if facts.held.is_empty() { Why::NotInToken } else { Why::Held };
    }
    facts.why = why;
    facts
}

static NONE: Vec<String> = Vec::new();

fn named(accepted: &[&'static str], held: &[String]) -> Vec<&'static str> {
    accepted.iter().copied().filter(|name| held.iter().any(|held| held.eq_ignore_ascii_case(name))).collect()
}

/// Whether an app that no list has is certainly not in the tenant.
fn lacks(view: &View<'_>, app_id: Option<Uuid>) -> bool {
    let snapshot = view.snapshot();
    app_id.map_or_else(|| snapshot.apps.is_complete(), |id| snapshot.lacks(AbsentKind::App, id))
}

/// Accepted roles that the tenant granted to the app.
fn granted(
    accepted: &[&'static str],
    view: &View<'_>,
    app_id: Option<Uuid>,
    app: Option<&App>,
) -> (Why, Vec<&'static str>) {
    let Some(id) = app_id else { return (Why::NoApp, Vec::new()) };
    let later = view.later_app(id);
    if later.iter().any(|change| may_be_all(change)) {
        return (Why::ChangedLater, Vec::new());
    }
    let Some(app) = app else {
        let why = if lacks(view, app_id) { Why::UnknownInTenant } else { Why::Unread };
        return (why, Vec::new());
    };
    let Some(roles) = &app.roles else { return (Why::Unread, Vec::new()) };
    let (mut held, mut unsure, mut changed) = (Vec::new(), false, false);
    for name in accepted {
        let accepted = permission_named(name, PermissionKind::Application);
        if later.iter().any(|change| is_change_of(change, name, accepted)) {
            changed = true;
            continue;
        }
        match roles.iter().map(|grant| is_grant_of(grant, name, accepted)).max_by_key(rank) {
            Some(Tri::Yes) => held.push(*name),
            Some(Tri::Unknown) => unsure = true,
            Some(Tri::No) | None => {}
        }
    }
    let why = match (held.is_empty(), unsure) {
        (false, _) => Why::Held,
        (true, _) if changed => Why::ChangedLater,
        (true, true) => Why::Unread,
        (true, false) => Why::NotGranted,
    };
    (why, held)
}

/// Whether a change is of the app as a whole, or of grants that it does not name.
fn may_be_all(change: &Change) -> bool {
    change.value.as_deref().is_none_or(|value| value == "service principal")
}

/// Whether a change is of the grant of this role.
fn is_change_of(change: &Change, name: &str, accepted: Option<&Permission>) -> bool {
    let id = accepted.and_then(|permission| permission.id);
    change.value.as_deref().is_some_and(|value| {
        value.eq_ignore_ascii_case(name) || id.is_some_and(|id| value.trim().eq_ignore_ascii_case(&id.to_string()))
    })
}

const fn rank(tri: &Tri) -> u8 {
    match tri {
        Tri::No => 0,
        Tri::Unknown => 1,
        Tri::Yes => 2,
    }
}

/// A grant is of a role when both id and resource fit: four names are a role and a scope at once, and
/// other resources have roles of their own. The name counts where there is no id to compare.
fn is_grant_of(grant: &RoleGrant, name: &str, accepted: Option<&Permission>) -> Tri {
    if grant.resource.is_some_and(|resource| resource != GRAPH) {
        return Tri::No;
    }
    let by_name = grant.value.as_ref().map(|value| value.eq_ignore_ascii_case(name));
    match (grant.id, accepted.and_then(|permission| permission.id)) {
        (Some(id), Some(accepted)) => yes(id == accepted),
        (Some(id), None) if permission_by_id(id).is_some() => Tri::No,
        _ => by_name.map_or(Tri::Unknown, yes),
    }
}

const fn yes(is: bool) -> Tri {
    if is { Tri::Yes } else { Tri::No }
}

/// The granted roles by name, or by id where the name is not known.
#[must_use]
pub fn role_names(roles: &[RoleGrant]) -> String {
    let name = |role: &RoleGrant| {
        let known = role.id.and_then(permission_by_id).map(|permission| permission.name.to_owned());
        let name = role.value.clone().or(known).or_else(|| role.id.map(|id| id.to_string()));
        let name = name.unwrap_or_else(|| "(unnamed)".to_owned());
        match role.resource.filter(|resource| *resource != GRAPH) {
            Some(resource) => format!("{name} of {resource}"),
            None => name,
        }
    };
    if roles.is_empty() { "(none)".to_owned() } else { roles.iter().map(name).collect::<Vec<_>>().join(", ") }
}
