//! Apps as they were read, over what was known of them: what could not be read again stays as it was.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::gather::{Assignment, Gather};
use super::reads::What;
use crate::knowledge::GRAPH;
use crate::tenant::{App, Part, RoleGrant, ScopeGrant};

/// What was read of apps, and what was known of them.
pub(super) struct Apps<'g, 'p> {
    gather: &'g Gather<'p>,
    old: BTreeMap<Uuid, &'g App>,
    /// App of each service principal.
    apps: HashMap<Uuid, Uuid>,
    /// Roles of other resources that were read before, by their ids.
    roles: HashMap<Uuid, &'g RoleGrant>,
}

/// What is known of the roles of an app.
enum Roles {
    /// All of them.
    Whole(Vec<RoleGrant>),
    /// Those of Microsoft Graph, and those of some other resources.
    OfGraph(Vec<RoleGrant>),
    /// They were not read, or nobody knows which resource is Graph.
    Unread,
}

/// What an app was granted, where all of it was read.
pub(super) fn assignments<'g>(gather: &'g Gather<'_>, app: Uuid) -> Option<&'g [Assignment]> {
    gather.is_whole(&What::Roles(app)).then(|| gather.assignments.get(&app).map_or(&[][..], Vec::as_slice))
}

impl<'g, 'p> Apps<'g, 'p> {
    pub(super) fn new(gather: &'g Gather<'p>, old: &'g Part<App>) -> Self {
        let others = old.known().iter().flat_map(|app| app.roles.iter().flatten());
        let others = others.filter(|grant| grant.resource.is_some_and(|resource| resource != GRAPH));
        Self {
            gather,
            old: old.known().iter().map(|app| (app.app_id, app)).collect(),
            apps: gather.principals.iter().map(|(app, principal)| (principal.id, *app)).collect(),
            roles: others.filter_map(|grant| Some((grant.id.filter(|id| !id.is_nil())?, grant))).collect(),
        }
    }

    /// The apps of which something was read. Roles prove a service principal that could not be read itself.
    pub(super) fn read(&self) -> BTreeSet<Uuid> {
        let principals = self.gather.principals.keys().copied();
        let granted = self.gather.finished.iter().filter_map(|what| match what {
            What::Roles(app) if !self.gather.absent.contains(app) => Some(*app),
            _ => None,
        });
        principals.chain(granted).collect()
    }

    /// An app as it is known now; `kept` is set where something of it is as it was.
    pub(super) fn app(&self, app: Uuid, kept: &mut bool) -> App {
        let gather = self.gather;
        let principal = gather.principals.get(&app);
        let old = self.old.get(&app).copied();
        // What another service principal of this app was granted is gone with it.
        let same = old.filter(|old| match (old.service_principal_id, principal) {
            (Some(before), Some(now)) => before == now.id,
            _ => true,
        });
        let mut keep = |has: bool| *kept |= has;
        let roles = match self.roles_of(app) {
            Roles::Whole(roles) => Some(roles),
            Roles::Unread => {
                keep(same.is_some_and(|old| old.roles.is_some()));
                same.and_then(|old| old.roles.clone())
            }
            Roles::OfGraph(roles) => match same.and_then(|old| old.roles.clone()) {
                Some(before) => {
                    keep(true);
                    Some(before)
                }
                None => {
                    let open = RoleGrant { id: None, value: None, resource: None };
                    Some(roles.into_iter().chain([open]).collect())
                }
            },
        };
        let delegated = principal.and_then(|it| self.delegated(app, it.id));
        if delegated.is_none() {
            keep(same.is_some_and(|old| old.delegated.is_some()));
        }
        let registration = gather.registrations.get(&app);
        let told = registration.is_some()
            || gather.is_whole(&What::Application(app))
            || gather.is_whole(&What::AllApplications);
        let registered = old.filter(|_| !told);
        keep(registered.is_some_and(|old| old.requested.is_some() || old.application_object_id.is_some()));
        if principal.is_none() {
            keep(old.is_some());
        }
        App {
            app_id: app,
            name: principal.map_or_else(|| old.and_then(|old| old.name.clone()), |it| it.name.clone()),
            enabled: principal.map_or_else(|| old.and_then(|old| old.enabled), |it| it.enabled),
            service_principal_id: principal.map(|it| it.id).or_else(|| old?.service_principal_id),
            application_object_id: registration
                .and_then(|it| it.object_id)
                .or_else(|| registered?.application_object_id),
            home_tenant: principal.map_or_else(|| old.and_then(|old| old.home_tenant), |it| it.home),
            roles,
            delegated: delegated.or_else(|| same?.delegated.clone()),
            requested: match registration {
                Some(it) => it.requested.clone(),
                None => registered.and_then(|old| old.requested.clone()),
            },
            read_at: None,
        }
    }

    fn roles_of(&self, app: Uuid) -> Roles {
        let gather = self.gather;
        let (Some(graph), Some(own)) = (&gather.graph, assignments(gather, app)) else { return Roles::Unread };
        let whole = gather.is_whole(&What::AllPrincipals);
        let mut grants = Vec::with_capacity(own.len());
        let mut open = false;
        for Assignment { role, resource, .. } in own {
            let grant = |value: Option<String>, app| RoleGrant { id: Some(*role), value, resource: Some(app) };
            if *resource == graph.id {
                grants.push(grant(graph.roles.get(role).cloned(), GRAPH));
                continue;
            }
            let read = gather.resources.get(resource);
            let known = self.roles.get(role);
            let value = || known.and_then(|grant| grant.value.clone());
            match (read.and_then(|it| it.app_id).or_else(|| self.apps.get(resource).copied()), known) {
                (Some(app), _) => grants.push(grant(read.map_or_else(value, |it| it.roles.get(role).cloned()), app)),
                // The list of everything that is there does not have it: nobody can use the role.
                (None, _) if whole => {}
                (None, Some(known)) => grants.push((*known).clone()),
                (None, None) => open = true,
            }
        }
        if open { Roles::OfGraph(grants) } else { Roles::Whole(grants) }
    }

    fn delegated(&self, app: Uuid, principal: Uuid) -> Option<Vec<ScopeGrant>> {
        let gather = self.gather;
        let graph = gather.graph.as_ref()?.id;
        if !gather.is_whole(&What::Grants(app, principal)) && !gather.is_whole(&What::AllGrants) {
            return None;
        }
        let own = gather.grants.get(&principal).map_or(&[][..], Vec::as_slice);
        let mut scopes: Vec<ScopeGrant> = Vec::new();
        for grant in own.iter().filter(|grant| grant.resource == graph) {
            for scope in &grant.scopes {
                let one = ScopeGrant { scope: scope.clone(), tenant_wide: grant.tenant_wide };
                if !scopes.contains(&one) {
                    scopes.push(one);
                }
            }
        }
        Some(scopes)
    }
}
