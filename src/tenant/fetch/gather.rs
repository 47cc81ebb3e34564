//! Answers of Graph, as they come: what each says, and what to read next.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::engine::{Job, Pages, Taker};
use super::error::ReadError;
use super::members::Membership;
use super::reads::What;
use super::roots::Base;
use super::shown::{Seen, Shown};
use crate::knowledge::GRAPH;
use crate::tenant::licence::{self, ServicePlan, TEAMS1};
use crate::tenant::{EffectiveRead, RequestedPermission, Teams, User, Via};

/// The type whose assignments this is about.
pub(super) const POLICY_TYPE: &str = "ApplicationAccessPolicy";

#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
struct RawId {
    id: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRole {
    id: Uuid,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPrincipal {
    id: Uuid,
    app_id: Uuid,
    display_name: Option<String>,
    account_enabled: Option<bool>,
    app_owner_organization_id: Option<Uuid>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawResource {
    id: Uuid,
    app_id: Option<Uuid>,
    app_roles: Option<Vec<RawRole>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawAssignment {
    app_role_id: Uuid,
    resource_id: Uuid,
    created_date_time: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawGrant {
    client_id: Uuid,
    consent_type: Option<String>,
    resource_id: Uuid,
    scope: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawApplication {
    /// The documents show lists without it.
    id: Option<Uuid>,
    app_id: Uuid,
    required_resource_access: Option<Vec<RawRequired>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRequired {
    resource_app_id: Uuid,
    resource_access: Option<Vec<RawAccess>>,
}

#[derive(Deserialize)]
struct RawAccess {
    id: Uuid,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawUser {
    id: Uuid,
    user_principal_name: Option<String>,
    display_name: Option<String>,
    /// Null for some who are older than it.
    #[serde(default, deserialize_with = "told")]
    user_type: Option<Option<String>>,
    account_enabled: Option<bool>,
    assigned_plans: Option<Vec<RawPlan>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPlan {
    assigned_date_time: Option<String>,
    capability_status: Option<String>,
    service: Option<String>,
    service_plan_id: Option<Uuid>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawConfiguration {
    id: Uuid,
    effective_policy_assignments: Option<Vec<RawEffective>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawEffective {
    policy_type: Option<String>,
    policy_assignment: Option<RawPolicyAssignment>,
}

impl RawEffective {
    /// Whose policy it is, and by which way; `None` = it names no policy.
    pub(super) fn read(&self, user_id: Uuid) -> Option<EffectiveRead> {
        let assignment = self.policy_assignment.as_ref()?;
        let name = assignment.display_name.as_deref().map(crate::tenant::name::bare).filter(|it| !it.is_empty())?;
        let via = match assignment.assignment_type.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("direct") => Some(Via::Direct),
            Some(kind) if kind.eq_ignore_ascii_case("group") => Some(Via::Group),
            _ => None,
        };
        let group_id = assignment.group_id.as_deref().and_then(|id| Uuid::try_parse(id.trim()).ok());
        Some(EffectiveRead {
            user_id,
            policy: Some(name.to_owned()),
            via,
            group_id: group_id.filter(|_| via == Some(Via::Group)),
            read_at: None,
            hides: Vec::new(),
        })
    }
}

/// The assignment of this policy type among those of a user.
pub(super) fn own_assignment(assignments: &[RawEffective]) -> Option<&RawEffective> {
    let is_own = |kind: &str| kind.trim().eq_ignore_ascii_case(POLICY_TYPE);
    assignments.iter().find(|it| it.policy_type.as_deref().is_some_and(is_own))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPolicyAssignment {
    display_name: Option<String>,
    assignment_type: Option<String>,
    group_id: Option<String>,
}

/// A service principal as the tenant's list shows it.
#[derive(Clone, Debug)]
pub(super) struct Principal {
    pub(super) id: Uuid,
    pub(super) name: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) home: Option<Uuid>,
}

/// A resource: who it is, and its roles.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) id: Uuid,
    pub(super) app_id: Option<Uuid>,
    pub(super) roles: HashMap<Uuid, String>,
}

/// A granted role.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    pub(super) role: Uuid,
    pub(super) resource: Uuid,
    pub(super) created: Option<Timestamp>,
}

/// A delegated permission, granted by somebody.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) resource: Uuid,
    pub(super) tenant_wide: Option<bool>,
    pub(super) scopes: Vec<String>,
}

/// A registration.
#[derive(Clone, Debug)]
pub(super) struct Registration {
    pub(super) object_id: Option<Uuid>,
    pub(super) requested: Option<Vec<RequestedPermission>>,
}

/// Everything that was said so far, and what is still open.
pub(super) struct Gather<'p> {
    base: Base,
    global_cloud: bool,
    /// The plan of Teams was shown of somebody.
    shows_plan: bool,
    /// Teams policies of each user are wanted.
    configurations_of_named: bool,
    /// Every service principal is wanted.
    all_apps: bool,
    /// Groups whose members need not be read again.
    pub(super) settled: HashSet<Uuid>,
    pub(super) asked: HashSet<What>,
    pub(super) finished: HashSet<What>,
    pub(super) faults: Vec<(What, ReadError)>,
    pages: HashMap<What, Pages>,
    pub(super) tenant: Option<Uuid>,
    pub(super) graph: Option<Resource>,
    pub(super) principals: BTreeMap<Uuid, Principal>,
    pub(super) absent: BTreeSet<Uuid>,
    /// By app: each is asked for its own, since a resource lists only who holds its roles.
    pub(super) assignments: BTreeMap<Uuid, Vec<Assignment>>,
    /// By service principal.
    pub(super) grants: BTreeMap<Uuid, Vec<Grant>>,
    pub(super) registrations: BTreeMap<Uuid, Registration>,
    pub(super) resources: BTreeMap<Uuid, Resource>,
    pub(super) users: BTreeMap<Uuid, User>,
    pub(super) shown: Shown,
    /// When the Teams plan was assigned.
    pub(super) licensed: BTreeMap<Uuid, Timestamp>,
    pub(super) members: BTreeMap<Uuid, Membership>,
    /// `None` = the policy type is not in the answer.
    pub(super) configurations: BTreeMap<Uuid, Option<EffectiveRead>>,
    on_progress: &'p mut dyn FnMut(usize, usize),
}

impl<'p> Gather<'p> {
    pub(super) fn new(
        base: Base,
        global_cloud: bool,
        configurations_of_named: bool,
        all_apps: bool,
        on_progress: &'p mut dyn FnMut(usize, usize),
    ) -> Self {
        Self {
            base,
            global_cloud,
            shows_plan: false,
            configurations_of_named,
            all_apps,
            settled: HashSet::new(),
            asked: HashSet::new(),
            finished: HashSet::new(),
            faults: Vec::new(),
            pages: HashMap::new(),
            tenant: None,
            graph: None,
            principals: BTreeMap::new(),
            absent: BTreeSet::new(),
            assignments: BTreeMap::new(),
            grants: BTreeMap::new(),
            registrations: BTreeMap::new(),
            resources: BTreeMap::new(),
            users: BTreeMap::new(),
            shown: Shown::default(),
            licensed: BTreeMap::new(),
            members: BTreeMap::new(),
            configurations: BTreeMap::new(),
            on_progress,
        }
    }

    /// A job for a read that nobody asked for yet.
    pub(super) fn job(&mut self, what: What) -> Option<Job<What>> {
        if !self.asked.insert(what.clone()) {
            return None;
        }
        let target = what.target();
        // The first page of a list is no return to it.
        let _ = self.pages.entry(what.clone()).or_default().turn(&target);
        let eventual = what.is_advanced();
        let job = if what.is_long() { Job::page(what, target) } else { Job::small(what, target) };
        Some(if eventual { job.eventual() } else { job })
    }

    /// Whether a read was asked for and came to its end without a fault.
    pub(super) fn is_whole(&self, what: &What) -> bool {
        self.finished.contains(what)
    }

    /// Closes what was asked and never answered.
    pub(super) fn stop(&mut self, why: &ReadError) {
        let mut open: Vec<What> = self
            .asked
            .iter()
            .filter(|what| !self.finished.contains(what) && !self.faults.iter().any(|(it, _)| it == *what))
            .cloned()
            .collect();
        open.sort_by_key(What::words);
        for what in open {
            self.faults.push((what, why.clone()));
        }
    }

    /// What all answers together show.
    pub(super) fn weigh(&mut self) {
        // In another cloud the plan may have another id, unless somebody has this one.
        if !self.global_cloud && !self.shows_plan {
            for user in self.users.values_mut().filter(|user| user.teams == Some(Teams::Absent)) {
                user.teams = None;
            }
        }
        let read = |what: &&What| matches!(what, What::AllUsers | What::UsersOf(_) | What::User(_));
        let Some(fault) = self.shown.fault() else { return };
        // The list says it for all; of single users the first by name.
        let mut reads: Vec<&What> = self.finished.iter().filter(read).collect();
        reads.sort_by_key(|what| what.words());
        if let Some(what) = reads.first().copied().cloned() {
            self.faults.push((what, fault));
        }
    }

    fn said(&mut self, job: &Job<What>, text: &str) -> Result<Vec<Job<What>>, ReadError> {
        let what = job.what.clone();
        let mut more = Vec::new();
        let next = match &what {
            What::Organization => {
                let page: Page<RawId> = read(text)?;
                let Some(first) = page.value.first() else {
                    return Err(ReadError::Failed("the answer names no tenant".to_owned()));
                };
                self.tenant = Some(first.id);
                None
            }
            What::Graph => {
                self.graph = Some(resource(read(text)?));
                let resources = self.assignments.values().flatten().map(|it| it.resource).collect();
                more.extend(self.resources_to_read(resources));
                None
            }
            What::Resource(id) => {
                self.resources.insert(*id, resource(read(text)?));
                None
            }
            What::Principal(_) => {
                let raw: RawPrincipal = read(text)?;
                let grants = What::Grants(raw.app_id, raw.id);
                self.principal(raw);
                more.extend(self.job(grants));
                None
            }
            What::AllPrincipals => {
                let page: Page<RawPrincipal> = read(text)?;
                for raw in page.value {
                    if self.all_apps {
                        more.extend(self.job(What::Roles(raw.app_id)));
                    }
                    self.principal(raw);
                }
                page.next
            }
            What::Roles(app) => {
                let page: Page<RawAssignment> = read(text)?;
                let resources = page.value.iter().map(|raw| raw.resource_id).collect();
                self.assignments.entry(*app).or_default().extend(page.value.iter().map(assignment));
                more.extend(self.resources_to_read(resources));
                page.next
            }
            What::Grants(..) | What::AllGrants => {
                let page: Page<RawGrant> = read(text)?;
                page.value.into_iter().for_each(|raw| self.grant(raw));
                page.next
            }
            What::Application(_) => {
                self.registration(read(text)?);
                None
            }
            What::AllApplications => {
                let page: Page<RawApplication> = read(text)?;
                page.value.into_iter().for_each(|raw| self.registration(raw));
                page.next
            }
            What::User(_) => {
                let raw: RawUser = read(text)?;
                let id = raw.id;
                self.user(raw);
                if self.configurations_of_named {
                    more.extend(self.job(What::Configuration(id)));
                }
                None
            }
            What::AllUsers | What::UsersOf(_) => {
                let page: Page<RawUser> = read(text)?;
                for raw in page.value {
                    let id = raw.id;
                    self.user(raw);
                    if self.configurations_of_named {
                        more.extend(self.job(What::Configuration(id)));
                    }
                }
                page.next
            }
            What::UserIdsOf(_) => self.user_ids(text, &mut more)?,
            What::Members(group) => self.all_members(*group, text, &mut more)?,
            What::UserMembers(group) => self.user_members(*group, text)?,
            What::GroupMembers(group) => self.nested_groups(*group, text, &mut more)?,
            What::Visibility(group) => {
                self.visibility(*group, text)?;
                None
            }
            What::AllConfigurations | What::AllConfigurationsInItsPages => {
                let page: Page<RawConfiguration> = read(text)?;
                page.value.iter().for_each(|raw| self.configuration(raw));
                page.next
            }
            What::Configuration(_) => {
                self.configuration(&read(unwrapped(text)?.as_str())?);
                None
            }
        };
        match next {
            Some(link) => more.push(self.turn(job, &link, text)?),
            None => {
                self.finished.insert(what);
            }
        }
        Ok(more)
    }

    /// The next page of a list.
    fn turn(&mut self, job: &Job<What>, link: &str, text: &str) -> Result<Job<What>, ReadError> {
        let target = self
            .base
            .next(link)
            .map_err(|message| ReadError::Failed(format!("a next link was not followed: {message}")))?;
        let pages = self.pages.entry(job.what.clone()).or_default();
        pages.turn(&target)?;
        let page: Page<&RawValue> = read(text)?;
        pages.filled(page.value.iter().map(|item| item.get()))?;
        Ok(job.next(job.what.clone(), target))
    }

    fn principal(&mut self, raw: RawPrincipal) {
        let principal = Principal {
            id: raw.id,
            name: raw.display_name,
            enabled: raw.account_enabled,
            home: raw.app_owner_organization_id,
        };
        self.principals.insert(raw.app_id, principal);
    }

    fn grant(&mut self, raw: RawGrant) {
        let tenant_wide = match raw.consent_type.as_deref() {
            Some("AllPrincipals") => Some(true),
            Some("Principal") => Some(false),
            _ => None,
        };
        let scopes = raw.scope.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        self.grants.entry(raw.client_id).or_default().push(Grant { resource: raw.resource_id, tenant_wide, scopes });
    }

    fn registration(&mut self, raw: RawApplication) {
        let requested = raw.required_resource_access.map(|resources| {
            let of_graph = resources.into_iter().filter(|resource| resource.resource_app_id == GRAPH);
            of_graph
                .flat_map(|resource| resource.resource_access.unwrap_or_default())
                .map(|access| RequestedPermission { id: access.id, role: access.kind.eq_ignore_ascii_case("Role") })
                .collect()
        });
        self.registrations.insert(raw.app_id, Registration { object_id: raw.id, requested });
    }

    fn user(&mut self, raw: RawUser) {
        self.shown.add(Seen {
            named: raw.user_principal_name.is_some() || raw.display_name.is_some(),
            kind: raw.user_type.is_some(),
            state: raw.account_enabled.is_some(),
            plans: raw.assigned_plans.is_some(),
            guest: raw.user_type.as_ref().is_some_and(Option::is_some),
        });
        let plans: Option<Vec<ServicePlan<'_>>> =
            raw.assigned_plans.as_deref().map(|plans| plans.iter().map(RawPlan::read).collect());
        let teams = plans.as_deref().and_then(|plans| {
            self.shows_plan |= plans.iter().any(|plan| plan.id == Some(TEAMS1));
            licence::teams(plans)
        });
        let since = plans.as_deref().and_then(licence::since);
        if let Some(since) = since {
            self.licensed.insert(raw.id, since);
        }
        let guest = match raw.user_type.flatten().as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("Guest") => Some(true),
            Some(kind) if kind.eq_ignore_ascii_case("Member") => Some(false),
            _ => None,
        };
        let user = User {
            id: raw.id,
            upn: raw.user_principal_name,
            name: raw.display_name,
            guest,
            enabled: raw.account_enabled,
            teams,
        };
        self.users.insert(raw.id, user);
    }

    fn configuration(&mut self, raw: &RawConfiguration) {
        // Null is not read; only a list can lack the type.
        let Some(assignments) = &raw.effective_policy_assignments else { return };
        match own_assignment(assignments) {
            None => {
                self.configurations.insert(raw.id, None);
            }
            Some(own) => {
                if let Some(read) = own.read(raw.id) {
                    self.configurations.insert(raw.id, Some(read));
                }
            }
        }
    }

    /// Resources other than Graph whose roles somebody holds: without them a role of theirs has no name.
    fn resources_to_read(&mut self, resources: BTreeSet<Uuid>) -> Vec<Job<What>> {
        let Some(graph) = self.graph.as_ref().map(|graph| graph.id) else { return Vec::new() };
        let others = resources.into_iter().filter(|resource| *resource != graph);
        others.filter_map(|id| self.job(What::Resource(id))).collect()
    }
}

impl Taker<What> for Gather<'_> {
    fn take(&mut self, job: &Job<What>, answer: Result<&str, ReadError>) -> Vec<Job<What>> {
        match answer.and_then(|text| self.said(job, text)) {
            Ok(more) => more,
            // A service that does not cast members, or not fill so large a page, still lists them.
            Err(ReadError::Unsupported(why)) => match job.what {
                What::UsersOf(group) => {
                    self.finished.insert(job.what.clone());
                    self.job(What::UserIdsOf(group)).into_iter().collect()
                }
                What::AllConfigurations => {
                    self.finished.insert(job.what.clone());
                    self.job(What::AllConfigurationsInItsPages).into_iter().collect()
                }
                _ => {
                    self.faults.push((job.what.clone(), ReadError::Unsupported(why)));
                    Vec::new()
                }
            },
            Err(ReadError::NotFound(why)) => match &job.what {
                // No service principal: that is an answer. The whole list proves it to whoever reads the snapshot.
                What::Principal(app) => {
                    self.absent.insert(*app);
                    self.finished.insert(job.what.clone());
                    self.job(What::AllPrincipals).into_iter().collect()
                }
                // A group that is gone has no members.
                What::Visibility(_) => {
                    self.finished.insert(job.what.clone());
                    Vec::new()
                }
                // Every tenant has it: without it no role has a name, and that is no answer.
                What::Graph => {
                    self.faults.push((job.what.clone(), ReadError::Failed(why)));
                    Vec::new()
                }
                // The registration is in the app's home tenant.
                What::Application(_) => {
                    self.finished.insert(job.what.clone());
                    Vec::new()
                }
                what => {
                    self.faults.push((what.clone(), ReadError::NotFound(why)));
                    match what {
                        // A role of a resource that is not there any more: the whole list proves it.
                        What::Resource(_) => self.job(What::AllPrincipals).into_iter().collect(),
                        _ => Vec::new(),
                    }
                }
            },
            Err(error) => match job.what {
                // What it was asked for says it in its own words.
                What::Members(group) if matches!(error, ReadError::Forbidden(_)) => {
                    self.faults.push((job.what.clone(), error));
                    self.job(What::Visibility(group)).into_iter().collect()
                }
                // The list does not name its roles, but says which app it is.
                What::Resource(_) => {
                    self.faults.push((job.what.clone(), error));
                    self.job(What::AllPrincipals).into_iter().collect()
                }
                _ => {
                    self.faults.push((job.what.clone(), error));
                    Vec::new()
                }
            },
        }
    }

    fn progress(&mut self, done: usize, left: usize) {
        (self.on_progress)(done, left);
    }
}

impl RawPlan {
    fn read(&self) -> ServicePlan<'_> {
        ServicePlan {
            id: self.service_plan_id,
            service: self.service.as_deref(),
            status: self.capability_status.as_deref(),
            assigned: self.assigned_date_time.as_deref(),
        }
    }
}

fn resource(raw: RawResource) -> Resource {
    let roles = raw.app_roles.unwrap_or_default().into_iter().filter_map(|role| Some((role.id, role.value?))).collect();
    Resource { id: raw.id, app_id: raw.app_id, roles }
}

fn assignment(raw: &RawAssignment) -> Assignment {
    let created = raw.created_date_time.as_deref().and_then(time);
    Assignment { role: raw.app_role_id, resource: raw.resource_id, created }
}

pub(super) fn time(text: &str) -> Option<Timestamp> {
    // Services write the year 1 where they have no time.
    text.parse().ok().filter(|time: &Timestamp| time.as_second() > 0)
}

/// A value that is there, null too.
fn told<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

pub(super) fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, ReadError> {
    serde_json::from_str(text).map_err(|error| ReadError::Failed(format!("the answer has an unknown form: {error}")))
}

/// The documents show a single user's configuration inside `value`.
fn unwrapped(text: &str) -> Result<String, ReadError> {
    let value: Value = read(text)?;
    let inner = match value.get("value") {
        Some(Value::Array(items)) => items.first(),
        other => other,
    };
    Ok(inner.filter(|it| it.is_object()).unwrap_or(&value).to_string())
}
