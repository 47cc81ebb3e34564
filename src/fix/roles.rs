//! App roles in the simulator.

use uuid::Uuid;

use super::simulate::{Simulator, known_mut};
use crate::tenant::RoleGrant;

impl Simulator<'_> {
    /// An app role is assigned.
    pub(super) fn add_role(&mut self, app_id: Uuid, role: &str, role_id: Uuid) {
        let complete = self.now.apps.is_complete();
        let Some(app) = known_mut(&mut self.now.apps).iter_mut().find(|app| app.app_id == app_id) else {
            if complete {
                return self.refuse(format!("the tenant has no service principal of `{app_id}`"));
            }
            return self.assume(format!("the tenant has a service principal of `{app_id}`: it was not read"));
        };
        let Some(roles) = &mut app.roles else {
            return self.assume(format!("which roles `{app_id}` holds was not read"));
        };
        if roles.iter().any(|grant| is_role(grant, role, role_id)) {
            return self.idle(format!("`{app_id}` holds `{role}` already"));
        }
        roles.push(RoleGrant { id: Some(role_id), value: Some(role.to_owned()), resource: None });
        self.remember("apps", &app_id.to_string(), "added", Some(role));
    }

    /// An app role assignment goes.
    pub(super) fn remove_role(&mut self, app_id: Uuid, role: &str, role_id: Uuid) {
        let complete = self.now.apps.is_complete();
        let Some(app) = known_mut(&mut self.now.apps).iter_mut().find(|app| app.app_id == app_id) else {
            if complete {
                return self.refuse(format!("the tenant has no service principal of `{app_id}`"));
            }
            self.takes_unread = true;
            return self.assume(format!("which roles `{app_id}` holds was not read"));
        };
        let Some(roles) = &mut app.roles else {
            self.takes_unread = true;
            return self.assume(format!("which roles `{app_id}` holds was not read"));
        };
        let before = roles.len();
        roles.retain(|grant| !is_role(grant, role, role_id));
        if roles.len() == before {
            return self.idle(format!("`{app_id}` does not hold `{role}`"));
        }
        self.remember("apps", &app_id.to_string(), "removed", Some(role));
    }
}

/// A grant is of a role when the id fits, or the name where it has no id.
pub(super) fn is_role(grant: &RoleGrant, role: &str, role_id: Uuid) -> bool {
    grant.resource.is_none_or(|resource| resource == crate::knowledge::GRAPH)
        && grant.id.map_or_else(
            || grant.value.as_ref().is_some_and(|value| value.eq_ignore_ascii_case(role)),
            |id| id == role_id,
        )
}
