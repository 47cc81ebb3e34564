//! The permission: an accepted app role of Microsoft Graph, or an accepted scope of a delegated call.

use crate::diagnose::case::Case;
use crate::diagnose::facts::permission::{Why, role_names};
use crate::diagnose::gates::time::{is_grant, unknown_before};
use crate::diagnose::{Evidence, GateResult, Outcome};
use crate::knowledge::Gate;
use crate::tenant::AbsentKind;

/// The gate, apart from any alternative.
#[must_use]
pub fn judge(case: &Case<'_>) -> GateResult {
    let gate = |outcome| GateResult::new(Gate::Permission, outcome);
    let result = match case.permission.why {
        Why::Held => gate(Outcome::Pass),
        Why::NoOperation => gate(Outcome::Unknown).needing("request").noting("the operation is not known"),
        Why::Unsupported if case.delegated => gate(Outcome::Fail).noting("the operation takes no delegated permission"),
        Why::Unsupported => gate(Outcome::Fail).noting("the operation takes no application permission"),
        Why::Undocumented => gate(Outcome::Unknown)
            .needing("the operation's page, which names no permission")
            .noting("no source says which permission the operation takes"),
        Why::NotInToken => gate(Outcome::Fail),
        Why::NoClaims => {
            gate(Outcome::Unknown).needing("token").noting("a delegated call is judged by the `scp` of its token")
        }
        Why::NoApp => gate(Outcome::Unknown).needing("token").noting("the client id of the app is not known"),
        Why::UnknownInTenant => gate(Outcome::Fail).noting("the tenant has no service principal of the app"),
        Why::Unread => gate(Outcome::Unknown).needing("app-roles"),
        Why::ChangedLater => {
            let changes = case.app_id.map(|app| case.view.later_app(app)).unwrap_or_default();
            return changes
                .iter()
                .copied()
                .find(|change| is_grant(case, change))
                .or(changes.first().copied())
                .map_or_else(
                    || gate(Outcome::Unknown).needing("app-roles"),
                    |change| unknown_before(case, Gate::Permission, change),
                );
        }
        Why::NotGranted => gate(Outcome::Fail),
    };
    evidence(case).into_iter().fold(result, GateResult::with)
}

fn evidence(case: &Case<'_>) -> Vec<Evidence> {
    if let Some(token) = case.token() {
        let (claim, held) = if case.delegated { ("scp", &token.scopes) } else { ("roles", &token.roles) };
        let value = match held.as_deref() {
            None => "(absent)".to_owned(),
            Some([]) => "(none)".to_owned(),
            Some(held) => held.join(", "),
        };
        return vec![Evidence::of("token", claim, value, "token", None)];
    }
    let apps = &case.view.snapshot().apps;
    match (case.app, case.app_id, case.permission.why) {
        _ if case.delegated => Vec::new(),
        (Some(app), ..) => {
            app.roles.iter().map(|roles| Evidence::read_of(apps, app, "roles", role_names(roles))).collect()
        }
        (None, Some(id), Why::UnknownInTenant) => {
            let object = format!("app `{id}`");
            let gone = case.view.snapshot().absent(AbsentKind::App, id).filter(|_| !apps.is_complete());
            vec![match gone {
                Some(gone) => Evidence::answered(object, "service principal", gone),
                None => Evidence::read(apps, object, "service principal", super::user::NOT_LISTED),
            }]
        }
        _ => Vec::new(),
    }
}
