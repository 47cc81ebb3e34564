//! What the permission causes share: one of them explains what is missing.

use crate::diagnose::facts::permission::{Why, role_names};
use crate::diagnose::{Case, Evidence, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, GRAPH, Gate, PermissionKind, permission_by_id};
use crate::tenant::Tri;

/// How sure a permission cause can be at most: `None` where the gate does not fail, and would not without a consent
/// that was not read.
pub(super) fn ceiling(gates: &Gates) -> Option<Confidence> {
    match gates.outcome(Gate::Permission) {
        Outcome::Fail => Some(Confidence::Certain),
        Outcome::Unknown => Some(Confidence::Likely),
        Outcome::Pass | Outcome::Skipped => None,
    }
}

/// What is missing, told apart by what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    NotGranted,
    AsDelegated,
    AsApplication,
    TooNarrow,
    Calls,
}

pub(super) fn find(cause: &'static str, kind: Kind, case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let ceiling = ceiling(gates)?;
    let (found, near) = missing(case)?;
    if found != kind {
        return None;
    }
    // A token without the role shows that it is missing there; that nobody granted it, only the tenant shows.
    let proved = case.permission.why == Why::NotGranted
        || (!case.delegated && case.permission.granted == Tri::No)
        || (case.delegated && near.is_some());
    let confidence = if proved { ceiling } else { ceiling.min(Confidence::Likely) };
    let wanted = case.permission.accepted.join("` or `");
    let explanation = match (kind, near) {
        (Kind::AsDelegated, Some(near)) => {
            format!(
                "`{near}` was granted as a delegated permission; the call needs `{wanted}` as an application permission"
            )
        }
        (Kind::AsApplication, Some(near)) => {
            format!("`{near}` was granted as an application permission; the call needs `{wanted}` as a delegated one")
        }
        (Kind::TooNarrow, Some(near)) => format!("the app holds `{near}`; the operation needs `{wanted}`"),
        _ if wanted.is_empty() => "no permission but a consent in the meeting's chat is accepted".to_owned(),
        _ => format!("the operation needs `{wanted}`"),
    };
    Some(
        case.finding(cause, Gate::Permission, confidence)
            .saying(explanation)
            .resting_on(gates.evidence(Gate::Permission))
            .resting_on(grants(case)),
    )
}

/// The tenant's grants beside a token's claims.
fn grants(case: &Case<'_>) -> Option<Evidence> {
    case.token()?;
    let app = case.app?;
    let apps = &case.view.snapshot().apps;
    Some(Evidence::read_of(apps, app, "roles", role_names(app.roles.as_ref()?)))
}

/// What is missing, with the name of what comes near.
fn missing(case: &Case<'_>) -> Option<(Kind, Option<String>)> {
    let operation = case.operation?;
    match case.permission.why {
        Why::NotGranted => {}
        // The tenant granted it: the token is older.
        Why::NotInToken if !case.delegated && case.permission.granted == Tri::Yes => return None,
        Why::NotInToken => {}
        _ => return None,
    }
    if case.delegated {
        let accepted: Vec<&str> = operation.application.iter().flat_map(|it| it.accepted()).collect();
        let near = held_roles(case).into_iter().find(|name| is_in(&accepted, name));
        let kind = if near.is_some() { Kind::AsApplication } else { Kind::NotGranted };
        return Some((kind, near));
    }
    if operation.path.starts_with("/communications/calls") || operation.path.starts_with("/app/calls") {
        return Some((Kind::Calls, None));
    }
    let accepted: Vec<&str> = operation
        .delegated
        .iter()
        .flat_map(|it| it.accepted())
        .chain(case.permission.accepted.iter().copied())
        .collect();
    let delegated = case.app.and_then(|app| app.delegated.as_ref());
    if let Some(near) = delegated.into_iter().flatten().find(|grant| is_in(&accepted, &grant.scope)) {
        return Some((Kind::AsDelegated, Some(near.scope.clone())));
    }
    let near = held_roles(case)
        .into_iter()
        .find(|held| case.permission.accepted.iter().any(|wanted| is_narrower(held, wanted)));
    let kind = if near.is_some() { Kind::TooNarrow } else { Kind::NotGranted };
    Some((kind, near))
}

/// Roles of Microsoft Graph that are held, by name: the token's, else the tenant's.
fn held_roles(case: &Case<'_>) -> Vec<String> {
    if let Some(roles) = case.token().and_then(|token| token.roles.as_ref()) {
        return roles.clone();
    }
    let roles = case.app.and_then(|app| app.roles.as_ref());
    let name =
        |id| permission_by_id(id).filter(|it| it.kind == PermissionKind::Application).map(|it| it.name.to_owned());
    roles
        .into_iter()
        .flatten()
        .filter(|role| role.resource.is_none_or(|resource| resource == GRAPH))
        .filter_map(|role| role.id.and_then(name).or_else(|| role.value.clone().filter(|_| role.id.is_none())))
        .collect()
}

fn is_in(names: &[&str], wanted: &str) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(wanted))
}

/// `OnlineMeetings.Read.All` is narrower than `OnlineMeetings.ReadWrite.All`: same family, reading only.
fn is_narrower(held: &str, wanted: &str) -> bool {
    let split = |name: &str| {
        let mut parts = name.split('.').map(str::to_lowercase);
        Some((parts.next()?, parts.next()?, parts.collect::<Vec<_>>()))
    };
    match (split(held), split(wanted)) {
        (Some(a), Some(b)) => a.0 == b.0 && a.1 == "read" && b.1 == "readwrite" && a.2 == b.2,
        _ => false,
    }
}
