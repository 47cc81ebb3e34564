//! What the directory says: users, members of groups, apps and what they were granted.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Part;
use super::context::Context;
use super::draft::{AppFacts, Fact, Grant, Member, UserFacts};
use super::error::ImportError;
use super::gather::Gather;
use super::kind::odata_type;
use super::record::{Field, Place, Record, member};
use crate::knowledge::GRAPH;
use crate::source::sanitise;
use crate::tenant::licence::{self, ServicePlan};
use crate::tenant::parse_id;
use crate::tenant::snapshot::{RequestedPermission, ScopeGrant, Teams};

/// Lists of other tools tell owners and members of a group together, each with its `roles`, or with one of them as its
/// `userType`.
fn is_owner_only(record: &Record) -> bool {
    let is = |text: &str, role: &str| text.trim().eq_ignore_ascii_case(role);
    let roles = record.list("roles").filter(|list| !list.cut).map(|list| list.items).unwrap_or_default();
    let kind = record.text("UserType").known();
    let any = |role: &str| roles.iter().any(|it| is(it, role));
    any("Owner") && !any("Member") || kind.is_some_and(|kind| is(&kind, "Owner"))
}

impl Gather<'_> {
    pub(super) fn common_user(&self, record: &Record) -> UserFacts {
        let fact = |value| Fact { value, place: record.place };
        let features = record.list("FeatureTypes").unwrap_or_default();
        UserFacts {
            upn: record.text("UserPrincipalName").known().map(|upn| Fact { value: upn, place: record.place }),
            name: record.text("DisplayName").known(),
            guest: None,
            enabled: record.flag("AccountEnabled").map(fact),
            plan: None,
            feature: features.items.iter().any(|feature| feature.eq_ignore_ascii_case("Teams")),
        }
    }

    pub(super) fn user(&mut self, record: &Record) -> Result<(), ImportError> {
        const SOURCE: &str = "Get-MgUser";
        self.saw(Part::Users, SOURCE);
        let Some(id) = record.id(&["Id", "ObjectId"]) else {
            let text = "a user without a whole object id was left out: print `Id` too, and wide enough";
            self.lose(Part::Users, record.place, text.to_owned());
            return Ok(());
        };
        let plans = record.field("AssignedPlans");
        match plans.and_then(|field| field.value.as_array()).map(Vec::is_empty) {
            Some(true) => self.state.without_plans.push((id, record.place)),
            Some(false) => self.state.shows_plans = true,
            None => {}
        }
        let kind = record.text("UserType").known().unwrap_or_default().to_ascii_lowercase();
        let fact = |value| Fact { value, place: record.place };
        let facts = UserFacts {
            guest: match kind.as_str() {
                "guest" => Some(fact(true)),
                "member" => Some(fact(false)),
                _ => None,
            },
            plan: plans.and_then(teams).map(|value| Fact { value, place: record.place }),
            ..self.common_user(record)
        };
        if let Some(since) = plans.and_then(since) {
            self.draft.licensed.entry(id).and_modify(|known| *known = since.min(*known)).or_insert(since);
        }
        self.draft.add_user(id, facts, record.place)
    }

    pub(super) fn member(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
        let place = record.place;
        if let Some(other) = &context.refused {
            let other = sanitise::shortened(&sanitise::one_line(other), 60);
            let text = format!(
                "not direct members of one group (`{other}`), so left out: give the output of `Get-MgGroupMember -GroupId \
                 <group id>`, or the answer to `GET /groups/<group id>/members`"
            );
            if self.notes.last().is_none_or(|last| last.text != text) {
                self.note(place, text);
            }
            return Ok(());
        }
        let Some(group) = record.id(&["GroupId"]).or_else(|| context.group_id()) else {
            return self.of_no_group(context, place);
        };
        self.saw(Part::Members, "Get-MgGroupMember");
        let Some(id) = record.id(&["Id", "ObjectId"]) else {
            self.draft.members_of(group, place).lost = true;
            let text = format!("a member of group `{group}` without a whole id was left out: print it wide enough");
            self.note(place, text);
            return Ok(());
        };
        // No group is in itself: this is the group, below the list of its members.
        if id == group {
            return self.group(record);
        }
        if is_owner_only(record) {
            self.draft.members_of(group, place).lost = true;
            self.note(place, format!("`{id}` is shown as an owner of group `{group}`, which is no member: left out"));
            return if record.has("UserPrincipalName") { self.user(record) } else { Ok(()) };
        }
        let member = match odata_type(record).as_deref() {
            Some("group") => Member::Group(id),
            // A member whose type is not shown counts as a user: no other object acts as one.
            Some("user") | None => Member::User(id),
            // Devices, contacts and service principals hold no meetings.
            Some(_) => {
                self.draft.members_of(group, place);
                return Ok(());
            }
        };
        self.draft.add_member(group, member, place)?;
        if matches!(member, Member::User(_)) && record.has("UserPrincipalName") {
            self.user(record)?;
        }
        Ok(())
    }

    /// Members of a group that is not named.
    pub(super) fn of_no_group(&mut self, context: &Context, place: Place) -> Result<(), ImportError> {
        if !context.by_command {
            return Err(ImportError::NoGroup { place: self.place(place) });
        }
        let text = "which group these are the members of is not shown, so they were left out: give the output of `Get-MgGroupMember \
                    -GroupId <group id>`, with the id itself";
        if self.notes.last().is_none_or(|last| last.text != text) {
            self.note(place, text);
        }
        Ok(())
    }

    pub(super) fn group(&mut self, record: &Record) -> Result<(), ImportError> {
        let Some(id) = record.id(&["Id"]) else {
            // One that is shown without its id is one more.
            self.state.groups_shown.push(Uuid::nil());
            self.note(record.place, "a group without a whole id was left out: print `Id` too, and wide enough");
            return Ok(());
        };
        self.state.groups_shown.push(id);
        self.draft.group_places.entry(id).or_insert(record.place);
        // A membership that is hidden is called so; the others are `Public`, `Private` or have no value.
        let hidden = record.text("Visibility").known().is_some_and(|it| it.eq_ignore_ascii_case("HiddenMembership"));
        if record.has("Visibility") {
            self.draft.hidden.insert(id, hidden);
        }
        if let Some(name) = record.text("DisplayName").known() {
            self.draft.group_names.entry(id).or_insert(name);
        }
        let Some(Value::Array(members)) = record.value("members") else { return Ok(()) };
        let context = Context { origin: Some("members".to_owned()), group: Some(id), ..Context::default() };
        if members.is_empty() {
            self.draft.members_of(id, record.place);
        }
        for member in members {
            if let Value::Object(map) = member {
                self.member(&Record::from_map(map.clone(), record.place), &context)?;
            }
        }
        // An expanded list holds 20 objects at most.
        if members.len() >= 20 {
            self.draft.members_of(id, record.place).lost = true;
        }
        Ok(())
    }

    pub(super) fn service_principal(&mut self, record: &Record) -> Result<(), ImportError> {
        self.saw(Part::Apps, "Get-MgServicePrincipal");
        let Some(app) = record.id(&["AppId"]) else {
            let text = "a service principal without a whole app id was left out: print `AppId` wide enough";
            self.lose(Part::Apps, record.place, text.to_owned());
            return Ok(());
        };
        let fact = |value| Fact { value, place: record.place };
        let principal = record.id(&["Id", "ObjectId"]);
        if let (Some(principal), Some(Value::Array(roles))) = (principal, record.value("AppRoles")) {
            for role in roles {
                let id = member(role, "id").as_ref().and_then(Value::as_str).and_then(parse_id);
                let value = member(role, "value").and_then(|it| it.as_str().map(ToOwned::to_owned));
                if let (Some(id), Some(value)) = (id, value) {
                    self.draft.role_names.insert((principal, id), value);
                }
            }
        }
        let facts = AppFacts {
            name: record.text("DisplayName").known().or_else(|| record.text("AppDisplayName").known()),
            enabled: record.flag("AccountEnabled").map(|value| Fact { value, place: record.place }),
            service_principal: principal.map(fact),
            home_tenant: record.id(&["AppOwnerOrganizationId"]).map(fact),
            ..AppFacts::default()
        };
        self.draft.add_app(app, facts, record.place)
    }

    pub(super) fn application(&mut self, record: &Record) -> Result<(), ImportError> {
        self.saw(Part::Apps, "Get-MgApplication");
        let Some(app) = record.id(&["AppId"]) else {
            let text = "an app registration without a whole app id was left out: print `AppId` wide enough";
            self.lose(Part::Apps, record.place, text.to_owned());
            return Ok(());
        };
        let facts = AppFacts {
            name: record.text("DisplayName").known(),
            application: record.id(&["Id", "ObjectId"]).map(|value| Fact { value, place: record.place }),
            requested: requested(record.value("RequiredResourceAccess")),
            ..AppFacts::default()
        };
        self.draft.add_app(app, facts, record.place)
    }

    pub(super) fn role_assignment(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
        const SOURCE: &str = "Get-MgServicePrincipalAppRoleAssignment";
        let principal_type = record.text("PrincipalType").known();
        if principal_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("ServicePrincipal")) {
            return Ok(());
        }
        self.saw(Part::Roles, SOURCE);
        // A list of those who hold the roles of an app is none of its own.
        let holders = context.is(&["approleassignedto", "get-mgserviceprincipalapproleassignedto"]);
        let own = context.service_principal.filter(|_| !holders);
        let Some(principal) = record.id(&["PrincipalId"]).or(own) else {
            let text = "an app role assignment without a whole `PrincipalId` was left out: print it wide enough";
            self.lose(Part::Roles, record.place, text.to_owned());
            return Ok(());
        };
        let grant = Grant {
            role: record.id(&["AppRoleId"]),
            resource: record.id(&["ResourceId"]),
            resource_name: record.text("ResourceDisplayName").known(),
            created: record.moment("CreatedDateTime"),
        };
        if grant.role.is_none() {
            self.draft.roles_of(principal, record.place).lost = true;
            return Ok(());
        }
        self.draft.add_grant(principal, grant, record.place)
    }

    pub(super) fn delegated_grant(&mut self, record: &Record) {
        let (Some(client), Some(scopes)) = (record.id(&["ClientId"]), record.text("Scope").known()) else { return };
        let tenant_wide = match record.text("ConsentType").known().as_deref() {
            Some("AllPrincipals") => Some(true),
            Some("Principal") => Some(false),
            _ => None,
        };
        let resource = record.id(&["ResourceId"]);
        let list = self.draft.delegated.entry(client).or_default();
        for scope in scopes.split_whitespace() {
            let grant = (resource, ScopeGrant { scope: scope.to_owned(), tenant_wide });
            if !list.contains(&grant) {
                list.push(grant);
            }
        }
    }
}

/// Whether `assignedPlans` has Teams, in a tenant of the global cloud.
fn teams(field: &Field) -> Option<Teams> {
    let Value::Array(plans) = &field.value else { return None };
    // The Graph SDK prints a property that was not asked for as it prints an empty one; Graph itself leaves it out.
    if plans.is_empty() && field.name != "assignedPlans" {
        return None;
    }
    // Below the depth of `ConvertTo-Json` a plan is the name of its type.
    if plans.iter().any(|plan| ["servicePlanId", "service"].iter().all(|name| member(plan, name).is_none())) {
        return None;
    }
    // Of which cloud it is may be told later.
    with_plans(plans, licence::teams)
}

/// Since when `assignedPlans` has Teams.
fn since(field: &Field) -> Option<Timestamp> {
    let Value::Array(plans) = &field.value else { return None };
    with_plans(plans, licence::since)
}

fn with_plans<T>(plans: &[Value], read: impl Fn(&[ServicePlan<'_>]) -> T) -> T {
    let text = |plan: &Value, name: &str| member(plan, name).and_then(|it| it.as_str().map(ToOwned::to_owned));
    let texts: Vec<[Option<String>; 4]> = plans
        .iter()
        .map(|plan| ["servicePlanId", "service", "capabilityStatus", "assignedDateTime"].map(|name| text(plan, name)))
        .collect();
    let plans: Vec<ServicePlan<'_>> = texts
        .iter()
        .map(|[id, service, status, assigned]| ServicePlan {
            id: id.as_deref().and_then(parse_id),
            service: service.as_deref(),
            status: status.as_deref(),
            assigned: assigned.as_deref(),
        })
        .collect();
    read(&plans)
}

/// What a registration asks of Microsoft Graph.
fn requested(value: Option<&Value>) -> Option<Vec<RequestedPermission>> {
    let Value::Array(resources) = value? else { return None };
    let text = |value: &Value, name: &str| member(value, name).and_then(|it| it.as_str().map(ToOwned::to_owned));
    let mut list = Vec::new();
    for resource in resources {
        if text(resource, "resourceAppId").as_deref().and_then(parse_id) != Some(GRAPH) {
            continue;
        }
        // Objects below the depth of ConvertTo-Json become texts, which tell nothing.
        let Some(Value::Array(entries)) = member(resource, "resourceAccess") else { return None };
        for entry in entries {
            let id = text(&entry, "id").as_deref().and_then(parse_id)?;
            let role = match text(&entry, "type")?.to_ascii_lowercase().as_str() {
                "role" => true,
                "scope" => false,
                _ => return None,
            };
            list.push(RequestedPermission { id, role });
        }
    }
    Some(list)
}
