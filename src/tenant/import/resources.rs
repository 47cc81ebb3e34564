//! Role assignments and the apps whose roles they give.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::draft::{Draft, Grant, Listed};
use crate::knowledge::{GRAPH, permission_by_id};
use crate::tenant::snapshot::RoleGrant;

/// Stands for grants that were not read.
pub(super) const UNREAD_GRANT: RoleGrant = RoleGrant { id: None, value: None, resource: None };

/// Which app each resource of a role assignment is: assignments name the object id of its service principal.
pub(super) struct Resources {
    apps: BTreeMap<Uuid, Uuid>,
    /// The service principal of Graph was given.
    known: bool,
}

impl Resources {
    pub(super) fn new(draft: &Draft, principals: &BTreeMap<Uuid, Uuid>) -> Self {
        let mut apps = principals.clone();
        let known = apps.values().any(|app| *app == GRAPH);
        // A resource is called as its owner likes: where Graph's own is known, its name tells nothing.
        for grant in draft.roles.values().flat_map(|list| &list.items).filter(|_| !known) {
            if let (Some(id), Some("Microsoft Graph")) = (grant.resource, grant.resource_name.as_deref()) {
                apps.entry(id).or_insert(GRAPH);
            }
        }
        Self { apps, known }
    }

    /// Whether a resource is Graph; `None` = nothing tells which one is.
    pub(super) fn is_graph(&self, resource: Uuid) -> Option<bool> {
        match self.apps.get(&resource) {
            Some(app) => Some(*app == GRAPH),
            None => self.apps.values().any(|app| *app == GRAPH).then_some(false),
        }
    }

    /// The grants of a list. One without role and name stands for those that are not known.
    pub(super) fn grants(
        &self,
        list: &Listed<Grant>,
        all: bool,
        draft: &Draft,
        strangers: &mut BTreeSet<String>,
    ) -> Vec<RoleGrant> {
        let mut open = !all;
        let mut grants = Vec::new();
        for grant in &list.items {
            let by_name = !self.known && grant.resource_name.as_deref() == Some("Microsoft Graph");
            let resource = grant.resource.and_then(|id| self.apps.get(&id).copied()).or(by_name.then_some(GRAPH));
            match (resource, &grant.resource_name) {
                (Some(resource), _) => {
                    let named = grant.resource.zip(grant.role).and_then(|key| draft.role_names.get(&key).cloned());
                    grants.push(RoleGrant { id: grant.role, value: named, resource: Some(resource) });
                }
                // A role of Graph on a resource that only its name tells apart from Graph: not decided.
                (None, Some(name)) if grant.role.and_then(permission_by_id).is_none() => {
                    strangers.insert(format!("`{name}`"));
                }
                (None, _) => open = true,
            }
        }
        crate::order::sort_by_key(&mut grants, |grant| (grant.resource, grant.id));
        if open {
            grants.push(UNREAD_GRANT);
        }
        grants
    }
}
