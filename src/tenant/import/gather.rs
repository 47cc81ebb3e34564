//! Printed objects to what they say.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::context::Context;
use super::draft::{AppFacts, Assigned, Draft, EffectiveFact, Fact, Grant, Member, UserFacts};
use super::error::ImportError;
use super::kind::{Kind, Recognised, odata_type, recognise};
use super::record::{Field, Place, Record, Text, member, text_of};
use super::{File, Note, Part};
use crate::source::Source;
use crate::tenant::snapshot::{Change, Policy, Reason, RequestedPermission, ScopeGrant, Status, Teams, Via};
use crate::tenant::{name, parse_id};

/// The client id of Microsoft Graph in every tenant.
pub(super) const GRAPH: Uuid = Uuid::from_u128(0x0000_0003_0000_0000_c000_0000_0000_0000);

/// The service plan of Teams (TEAMS1), as `assignedPlans` names it.
const TEAMS_PLAN: Uuid = Uuid::from_u128(0x57ff_2da0_773e_42df_b2af_ffb7_a231_7929);

const POLICY_TYPE: &str = "ApplicationAccessPolicy";

/// Whether a text is this project's own export: it says so at its beginning.
pub(super) fn is_export(text: &str) -> bool {
    let head = text.as_bytes().get(..text.len().min(512)).unwrap_or_default();
    memchr::memmem::find(head, b"\"graphwhy_export\"").is_some()
}

/// One list of an export: a part, and the group, user or service principal whose list it is.
type ListKey = (Part, Option<String>);

/// What is known while one file is read.
#[derive(Debug, Default)]
struct FileState {
    recognised: usize,
    unrecognised: usize,
    first: Option<(Place, String)>,
    /// Items of each list of an export, and the line where it begins.
    export: Option<(BTreeMap<ListKey, usize>, Place)>,
    closed: bool,
    /// Users whose effective assignments were listed without one of this type, and whether another user of
    /// the same read has one.
    inherits: Vec<(Uuid, Place)>,
    shows_type: bool,
    other_types: usize,
}

/// Collects what files say.
#[derive(Debug)]
pub(super) struct Gather<'a> {
    pub(super) draft: Draft,
    pub(super) notes: Vec<Note>,
    files: &'a [File<'a>],
    state: FileState,
}

impl<'a> Gather<'a> {
    pub(super) fn new(files: &'a [File<'a>]) -> Self {
        Self { draft: Draft::new(files), notes: Vec::new(), files, state: FileState::default() }
    }

    pub(super) fn file_name(&self, file: usize) -> &'a str {
        self.files.get(file).map_or("", |file| file.name)
    }

    pub(super) fn place(&self, place: Place) -> String {
        self.draft.place(place)
    }

    pub(super) fn note(&mut self, place: Place, text: impl Into<String>) {
        self.notes.push(Note { place: self.place(place), text: text.into() });
    }

    pub(super) fn begin(&mut self) {
        self.state = FileState::default();
    }

    /// After the last line of a file.
    pub(super) fn end(&mut self, file: usize) -> Result<(), ImportError> {
        let state = std::mem::take(&mut self.state);
        let start = Place { file, line: 1, item: 0 };
        if state.shows_type {
            for (user, place) in &state.inherits {
                let read = EffectiveFact { policy: None, via: Some(Via::Global), group: None };
                self.draft.add_effective(&user.to_string(), read, *place)?;
                self.draft.saw(Part::Effective, "effectivePolicyAssignments");
            }
        }
        if let Some((_, place)) = &state.export
            && !state.closed
        {
            self.note(
                *place,
                "the export did not finish: its manifest is missing, so that every part of it is partial",
            );
        }
        if state.other_types > 0 {
            self.note(start, format!("{} assignments of other policy types were left out", state.other_types));
        }
        match state.first {
            Some((place, text)) if state.recognised == 0 => Err(ImportError::Unrecognised {
                file: self.file_name(file).to_owned(),
                place: self.place(place),
                message: format!("it begins with `{}`", shorten(&text)),
            }),
            Some((place, text)) => {
                let more = match state.unrecognised - 1 {
                    0 => String::new(),
                    more => format!(" and {more} more lines or objects"),
                };
                self.note(place, format!("not recognised and left out: `{}`{more}", shorten(&text)));
                Ok(())
            }
            None if state.recognised == 0 && state.export.is_none() => {
                self.note(start, "nothing in it; say `--complete PART` if this is the empty output of a command");
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn unrecognised(&mut self, place: Place, text: &str) {
        self.state.unrecognised += 1;
        if self.state.first.is_none() {
            self.state.first = Some((place, text.to_owned()));
        }
    }

    /// A page of a Graph answer, and whether it names a next one.
    pub(super) fn page(&mut self, context: &Context, more: bool, place: Place) {
        let lists = match (context.is_members(), context.group_id(), context.service_principal) {
            (true, Some(group), _) => Some(&mut self.draft.members_of(group, place).open),
            (_, _, Some(principal)) if context.is(&["approleassignments"]) => {
                Some(&mut self.draft.roles_of(principal, place).open)
            }
            _ => match context.origin.as_deref() {
                Some("users") => Some(&mut self.draft.part(Part::Users).open),
                Some("serviceprincipals") => Some(&mut self.draft.part(Part::Apps).open),
                _ => None,
            },
        };
        // The last page closes the list, whichever page is read first.
        if let Some(open) = lists {
            *open = more;
        }
    }

    /// A list without items: it tells something only where its surroundings say of what it is.
    pub(super) fn empty(&mut self, context: &Context, place: Place) -> Result<(), ImportError> {
        self.state.recognised += 1;
        if context.is_members() {
            let Some(group) = context.group_id() else {
                return Err(ImportError::NoGroup { place: self.place(place) });
            };
            self.draft.members_of(group, place);
            self.draft.saw(Part::Members, "group members");
        } else if let Some(principal) = context.service_principal.filter(|_| context.is(&["approleassignments"])) {
            self.draft.roles_of(principal, place);
            self.draft.saw(Part::Roles, "appRoleAssignments");
        }
        Ok(())
    }

    /// A line of this project's own export; `false`: it is no such line.
    pub(super) fn export(&mut self, map: &Map<String, Value>, place: Place) -> Result<bool, ImportError> {
        let text = |name: &str| map.get(name).and_then(Value::as_str);
        if map.contains_key("graphwhy_export") {
            if map.get("graphwhy_export").and_then(Value::as_u64) != Some(1) {
                return Err(self.malformed(place, "an export of a newer version".to_owned(), "update graphwhy"));
            }
            if let Some(id) = text("tenant_id").and_then(parse_id) {
                self.draft.set_tenant(id, place)?;
            }
            if let Some(cloud) = text("cloud") {
                self.draft.set_cloud(cloud.to_owned(), place)?;
            }
            self.state.export = Some((BTreeMap::new(), place));
            return Ok(true);
        }
        if map.contains_key("graphwhy_manifest") {
            self.manifest(map, place)?;
            return Ok(true);
        }
        let (Some(part), Some(item)) = (text("part").and_then(Part::named), map.get("item")) else { return Ok(false) };
        let owner = owner_of(map);
        if let Some((lists, _)) = &mut self.state.export {
            *lists.entry((part, owner.clone())).or_default() += 1;
        }
        let Value::Object(item) = item else {
            return Err(self.malformed(place, "an item is no object".to_owned(), EXPORT_AGAIN));
        };
        let id = owner.as_deref().and_then(parse_id);
        let mut context = Context { user: owner.clone(), ..Context::default() };
        match part {
            Part::Members => (context.origin, context.group, context.user) = (Some("members".to_owned()), id, None),
            Part::Roles => context.service_principal = id,
            _ => {}
        }
        self.record(&Record::from_map(item.clone(), place), &context)?;
        Ok(true)
    }

    fn malformed(&self, place: Place, message: String, help: &'static str) -> ImportError {
        ImportError::Malformed { place: self.place(place), message, help }
    }

    fn manifest(&mut self, map: &Map<String, Value>, place: Place) -> Result<(), ImportError> {
        self.state.closed = true;
        self.state.recognised += 1;
        let time =
            |value: Option<&Value>| value.and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
        self.draft.taken_at = self.draft.taken_at.max(time(map.get("finished_at")));
        let mut lists = self.state.export.take().map(|(lists, _)| lists).unwrap_or_default();
        for entry in map.get("parts").and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| entry.get(name).and_then(Value::as_str);
            let Some(part) = text("part").and_then(Part::named) else { continue };
            let owner = entry.as_object().and_then(owner_of);
            let found = lists.remove(&(part, owner.clone())).unwrap_or_default();
            let count = entry.get("count").and_then(Value::as_u64);
            if count != Some(found as u64) {
                return Err(self.malformed(
                    place,
                    format!(
                        "the manifest counts {} items of `{part}`, and the file holds {found}",
                        count.map_or_else(|| "no".to_owned(), |count| count.to_string())
                    ),
                    EXPORT_AGAIN,
                ));
            }
            let status = match text("status") {
                Some("complete") => Status::Complete,
                Some("partial") => Status::Partial,
                _ => Status::Missing,
            };
            let read_at = time(entry.get("read_at"));
            let reason = entry.get("reason").and_then(Value::as_object).map(|reason| {
                let text = |name: &str| reason.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
                Reason { kind: text("kind").unwrap_or_default(), needs: text("needs"), detail: text("detail") }
            });
            self.list_status(part, owner.as_deref(), status, read_at, reason, place)?;
            if let Some(source) = text("source")
                && status != Status::Missing
            {
                self.draft.saw(part, source);
            }
        }
        if let Some(((part, _), _)) = lists.first_key_value() {
            return Err(self.malformed(place, format!("the manifest does not speak of `{part}`"), EXPORT_AGAIN));
        }
        Ok(())
    }

    fn list_status(
        &mut self,
        part: Part,
        owner: Option<&str>,
        status: Status,
        read_at: Option<Timestamp>,
        reason: Option<Reason>,
        place: Place,
    ) -> Result<(), ImportError> {
        let complete = status == Status::Complete;
        match (part, owner.and_then(parse_id)) {
            (Part::Members, Some(group)) if status != Status::Missing => {
                let list = self.draft.members_of(group, place);
                list.complete |= complete;
                list.read_at = list.read_at.max(read_at);
            }
            (Part::Roles, Some(principal)) if status != Status::Missing => {
                let list = self.draft.roles_of(principal, place);
                list.complete |= complete;
                list.read_at = list.read_at.max(read_at);
            }
            (Part::Effective, _) => {
                if let Some(user) = owner
                    && complete
                    && !self.draft.effective.contains_key(&user.to_lowercase())
                {
                    let read = EffectiveFact { policy: None, via: Some(Via::Global), group: None };
                    self.draft.add_effective(user, read, place)?;
                }
            }
            _ => {}
        }
        let state = self.draft.part(part);
        state.read_at = state.read_at.max(read_at);
        if complete && owner.is_none() {
            state.complete_by = Some(place.file);
            state.seen = true;
        } else if !complete && let Some(reason) = reason {
            state.failure = Some((status, reason));
        }
        Ok(())
    }

    /// One object of any kind.
    pub(super) fn record(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
        match recognise(record, context) {
            Recognised::Is(kind) => {
                self.state.recognised += 1;
                self.read(kind, record, context)
            }
            Recognised::Either(words) => {
                self.state.recognised += 1;
                self.note(record.place, format!("left out, since it may be {words}"));
                Ok(())
            }
            Recognised::No => {
                let names: Vec<&str> = record.fields.iter().map(|field| field.name.as_str()).take(4).collect();
                let text = format!("an object with {}", names.join(", "));
                self.unrecognised(record.place, &text);
                Ok(())
            }
        }
    }

    /// Notes that an output was seen. In an export the manifest says by which read.
    fn saw(&mut self, part: Part, source: &str) {
        if self.state.export.is_some() && source.starts_with("Get-Mg") {
            self.draft.part(part).seen = true;
        } else {
            self.draft.saw(part, source);
        }
    }

    fn read(&mut self, kind: Kind, record: &Record, context: &Context) -> Result<(), ImportError> {
        match kind {
            Kind::Policy => self.policy(record),
            Kind::OnlineUser => self.online_user(record),
            Kind::UserPolicy => self.user_policy(record, context),
            Kind::GroupPolicy => self.group_policy(record, context),
            Kind::MeetingConfiguration => self.switches(record),
            Kind::User => self.user(record),
            Kind::Member => self.member(record, context),
            Kind::Group => self.group(record),
            Kind::ServicePrincipal => self.service_principal(record),
            Kind::Application => self.application(record),
            Kind::RoleAssignment => self.role_assignment(record, context),
            Kind::DelegatedGrant => {
                self.delegated_grant(record);
                Ok(())
            }
        }
    }

    /// Something of a part that could not be read: the part cannot be complete.
    fn lose(&mut self, part: Part, place: Place, text: String) {
        let words = format!("{}: {text}", self.place(place));
        self.draft.part(part).lost.push(words);
        self.note(place, text);
    }

    fn policy(&mut self, record: &Record) -> Result<(), ImportError> {
        self.saw(Part::Policies, "Get-CsApplicationAccessPolicy");
        let Some(identity) = record.text("Identity").known() else {
            let text = "a policy without its whole name was left out: print `Identity` too, and wide enough";
            self.lose(Part::Policies, record.place, text.to_owned());
            return Ok(());
        };
        let bare = name::bare(&identity);
        let list = record.list("AppIds").unwrap_or_default();
        if list.cut {
            // Not every id is known, so that a policy that lists fewer would be a guess.
            let known = Fact { value: bare.to_owned(), place: record.place };
            self.draft.cut_policies.entry(name::key(bare)).or_insert(known);
            return Ok(());
        }
        let mut policy = Policy {
            name: bare.to_owned(),
            app_ids: Vec::new(),
            other_ids: Vec::new(),
            description: record.text("Description").known(),
        };
        for id in list.items {
            match parse_id(&id) {
                Some(id) if policy.app_ids.contains(&id) => {}
                Some(id) => policy.app_ids.push(id),
                None => policy.other_ids.push(id),
            }
        }
        self.draft.add_policy(policy, record.place)
    }

    fn online_user(&mut self, record: &Record) -> Result<(), ImportError> {
        const SOURCE: &str = "Get-CsOnlineUser";
        let assigned = record.field("ApplicationAccessPolicy").map(|field| match record.text(&field.name) {
            Text::Cut => member(&field.value, "Name").as_ref().map_or(Assigned::Cut, |name| assigned(text_of(name))),
            Text::Is(text) if text.starts_with("@{") => {
                member(&field.value, "Name").as_ref().map_or(Assigned::Cut, |name| assigned(text_of(name)))
            }
            text => assigned(text),
        });
        let Some(id) = record.id(&["Identity", "ObjectId", "Id", "ExternalDirectoryObjectId"]) else {
            let text = "a user without an object id was left out: print `Identity` too, and wide enough";
            if assigned.is_some() {
                self.saw(Part::Direct, SOURCE);
                self.lose(Part::Direct, record.place, text.to_owned());
            }
            self.saw(Part::Users, SOURCE);
            self.lose(Part::Users, record.place, text.to_owned());
            return Ok(());
        };
        if let Some(assigned) = assigned {
            self.saw(Part::Direct, SOURCE);
            if assigned == Assigned::Cut {
                let text = format!("the name of the policy of user `{id}` is cut");
                self.lose(Part::Direct, record.place, text);
            }
            self.draft.add_direct(id, assigned, record.place)?;
        }
        self.effective_assignments(id, record)?;
        self.saw(Part::Users, SOURCE);
        let account = record.text("AccountType").known().unwrap_or_default().to_ascii_lowercase();
        let facts = UserFacts {
            guest: match account.as_str() {
                "guest" => Some(Fact { value: true, place: record.place }),
                "user" => Some(Fact { value: false, place: record.place }),
                _ => None,
            },
            ..self.common_user(record)
        };
        self.draft.add_user(id, facts, record.place)
    }

    fn common_user(&self, record: &Record) -> UserFacts {
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

    /// `effectivePolicyAssignments`: types that inherit the tenant default are not listed.
    fn effective_assignments(&mut self, user: Uuid, record: &Record) -> Result<(), ImportError> {
        let Some(Value::Array(assignments)) = record.value("EffectivePolicyAssignments") else { return Ok(()) };
        // Objects below the depth of ConvertTo-Json become texts, which tell nothing.
        if assignments.is_empty() || assignments.iter().any(|it| !it.is_object()) {
            return Ok(());
        }
        let text = |value: &Value, name: &str| member(value, name).and_then(|it| it.as_str().map(ToOwned::to_owned));
        let own = assignments
            .iter()
            .find(|it| text(it, "policyType").is_some_and(|kind| kind.eq_ignore_ascii_case(POLICY_TYPE)));
        let Some(own) = own else {
            self.state.inherits.push((user, record.place));
            return Ok(());
        };
        self.state.shows_type = true;
        let Some(assignment) = member(own, "policyAssignment") else { return Ok(()) };
        let Some(policy) = text(&assignment, "displayName") else { return Ok(()) };
        let read = EffectiveFact {
            policy: Some(name::bare(&policy).to_owned()),
            via: text(&assignment, "assignmentType").as_deref().and_then(via),
            group: text(&assignment, "groupId").as_deref().and_then(parse_id),
        };
        self.saw(Part::Effective, "effectivePolicyAssignments");
        self.draft.add_effective(&user.to_string(), read, record.place)
    }

    fn user_policy(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
        let own = record.id(&["UserId", "Identity"]).map(|id| id.to_string());
        let user = own.or_else(|| context.user.clone()).or_else(|| context.named.map(|id| id.to_string()));
        let Some(user) = user else {
            return Err(ImportError::NoUser {
                place: self.place(record.place),
                user: "a user who is not named".to_owned(),
            });
        };
        self.saw(Part::Effective, "Get-CsUserPolicyAssignment");
        let kind = record.text("PolicyType").known().or_else(|| context.policy_type.clone());
        if !kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case(POLICY_TYPE)) {
            self.state.other_types += 1;
            let one_type = context.policy_type.as_ref().is_some_and(|it| !it.eq_ignore_ascii_case(POLICY_TYPE));
            if !one_type {
                let silent = Fact { value: false, place: record.place };
                self.draft.effective_silent.entry(user.to_lowercase()).or_insert(silent);
            }
            return Ok(());
        }
        let Some(policy) = record.text("PolicyName").known() else {
            self.lose(Part::Effective, record.place, format!("the name of the policy of user `{user}` is cut"));
            return Ok(());
        };
        let sources = match record.value("PolicySource") {
            Some(Value::Array(sources)) => sources.clone(),
            Some(one @ Value::Object(_)) => vec![one.clone()],
            _ => Vec::new(),
        };
        let text = |value: &Value, name: &str| member(value, name).and_then(|it| it.as_str().map(ToOwned::to_owned));
        // A direct assignment goes before every group; of groups, the first that assigns the effective policy.
        let of_kind = |wanted: Via| {
            sources.iter().find(|it| {
                text(it, "AssignmentType").as_deref().and_then(via) == Some(wanted)
                    && text(it, "PolicyName").is_some_and(|name| name::same(&name, &policy))
            })
        };
        let (via, group) = match (of_kind(Via::Direct), of_kind(Via::Group)) {
            (Some(_), _) => (Some(Via::Direct), None),
            (None, Some(group)) => (Some(Via::Group), text(group, "Reference").as_deref().and_then(parse_id)),
            (None, None) => (None, None),
        };
        let read = EffectiveFact { policy: Some(name::bare(&policy).to_owned()), via, group };
        self.draft.add_effective(&user, read, record.place)
    }

    fn group_policy(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
        const SOURCE: &str = "Get-CsGroupPolicyAssignment";
        let kind = record.text("PolicyType");
        let kind = kind.known().or_else(|| context.policy_type.clone());
        let place = record.place;
        match kind {
            Some(kind) if kind.eq_ignore_ascii_case(POLICY_TYPE) => {}
            Some(_) => {
                self.saw(Part::Groups, SOURCE);
                self.state.other_types += 1;
                return Ok(());
            }
            None => {
                let text = "a group assignment without its policy type was left out: print `PolicyType` too";
                self.saw(Part::Groups, SOURCE);
                self.lose(Part::Groups, place, text.to_owned());
                return Ok(());
            }
        }
        self.saw(Part::Groups, SOURCE);
        let Some(group) = record.id(&["GroupId"]) else {
            let text = "a group assignment without its whole group id was left out: print it wide enough";
            self.lose(Part::Groups, place, text.to_owned());
            return Ok(());
        };
        let policy = assigned(record.text("PolicyName"));
        if policy == Assigned::Cut {
            self.lose(Part::Groups, place, format!("the name of the policy of group `{group}` is cut"));
        }
        let rank = match record.text("Rank") {
            Text::Absent | Text::Null | Text::Cut => 0,
            Text::Is(text) => match text.parse::<u32>() {
                Ok(rank) if rank > 0 => rank,
                _ => {
                    let message = format!("`{text}` is no rank; ranks count from 1");
                    return Err(self.malformed(place, message, "read it again with `Get-CsGroupPolicyAssignment`"));
                }
            },
        };
        if let Some(created) = record.moment("CreatedTime") {
            let value = record.text("PolicyName").known().map(|it| name::bare(&it).to_owned());
            self.happened("groups", group, value, created, SOURCE);
        }
        let policy = if policy == Assigned::Nothing { Assigned::Cut } else { policy };
        self.draft.add_group(group, policy, rank, place)
    }

    /// A change whose moment the service tells.
    fn happened(&mut self, part: &str, key: Uuid, value: Option<String>, at: Timestamp, source: &str) {
        let change = Change {
            part: part.to_owned(),
            key: key.to_string(),
            change: "added".to_owned(),
            value,
            not_before: Some(at),
            not_after: Some(at),
            source: Some(source.to_owned()),
        };
        if !self.draft.history.contains(&change) {
            self.draft.history.push(change);
        }
    }

    fn switches(&mut self, record: &Record) -> Result<(), ImportError> {
        let graph = record.flag("EnableGraphTranscriptAccess");
        let attributed = record.flag("EnableAttributedTranscripts");
        self.saw(Part::Settings, "Get-CsTeamsMeetingConfiguration");
        if graph.is_none() && attributed.is_none() {
            let text = "the switches for transcripts are not shown: update the MicrosoftTeams module and read again";
            self.note(record.place, text);
        }
        self.draft.add_switches(graph, attributed, record.place)
    }

    fn user(&mut self, record: &Record) -> Result<(), ImportError> {
        const SOURCE: &str = "Get-MgUser";
        self.saw(Part::Users, SOURCE);
        let Some(id) = record.id(&["Id", "ObjectId"]) else {
            let text = "a user without a whole object id was left out: print `Id` too, and wide enough";
            self.lose(Part::Users, record.place, text.to_owned());
            return Ok(());
        };
        let kind = record.text("UserType").known().unwrap_or_default().to_ascii_lowercase();
        let fact = |value| Fact { value, place: record.place };
        let facts = UserFacts {
            guest: match kind.as_str() {
                "guest" => Some(fact(true)),
                "member" => Some(fact(false)),
                _ => None,
            },
            plan: record.field("AssignedPlans").and_then(teams).map(|value| Fact { value, place: record.place }),
            ..self.common_user(record)
        };
        self.draft.add_user(id, facts, record.place)
    }

    fn member(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
        let place = record.place;
        if context.is(&["transitivemembers", "transitivememberof", "memberof"]) {
            let text = "not direct members of one group, so left out: read `/groups/<group id>/members`";
            self.note(place, text);
            return Ok(());
        }
        let Some(group) = record.id(&["GroupId"]).or_else(|| context.group_id()) else {
            return Err(ImportError::NoGroup { place: self.place(place) });
        };
        self.saw(Part::Members, "Get-MgGroupMember");
        let Some(id) = record.id(&["Id", "ObjectId"]) else {
            self.draft.members_of(group, place).lost = true;
            let text = format!("a member of group `{group}` without a whole id was left out: print it wide enough");
            self.note(place, text);
            return Ok(());
        };
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

    fn group(&mut self, record: &Record) -> Result<(), ImportError> {
        let Some(id) = record.id(&["Id"]) else { return Ok(()) };
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

    fn service_principal(&mut self, record: &Record) -> Result<(), ImportError> {
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

    fn application(&mut self, record: &Record) -> Result<(), ImportError> {
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

    fn role_assignment(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
        const SOURCE: &str = "Get-MgServicePrincipalAppRoleAssignment";
        let principal_type = record.text("PrincipalType").known();
        if principal_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("ServicePrincipal")) {
            return Ok(());
        }
        self.saw(Part::Roles, SOURCE);
        let Some(principal) = record.id(&["PrincipalId"]).or(context.service_principal) else {
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

    fn delegated_grant(&mut self, record: &Record) {
        let (Some(client), Some(scopes)) = (record.id(&["ClientId"]), record.text("Scope").known()) else { return };
        let tenant_wide = match record.text("ConsentType").known().as_deref() {
            Some("AllPrincipals") => Some(true),
            Some("Principal") => Some(false),
            _ => None,
        };
        let list = self.draft.delegated.entry(client).or_default();
        for scope in scopes.split_whitespace() {
            let grant = ScopeGrant { scope: scope.to_owned(), tenant_wide };
            if !list.contains(&grant) {
                list.push(grant);
            }
        }
    }
}

const EXPORT_AGAIN: &str = "the file was cut or edited: run the script again";

fn owner_of(map: &Map<String, Value>) -> Option<String> {
    ["group_id", "user_id", "service_principal_id"]
        .iter()
        .find_map(|name| map.get(*name).and_then(Value::as_str))
        .map(str::to_ascii_lowercase)
}

fn assigned(text: Text) -> Assigned {
    match text {
        Text::Absent | Text::Null => Assigned::Nothing,
        Text::Cut => Assigned::Cut,
        Text::Is(text) => match name::bare(&text) {
            "" => Assigned::Nothing,
            bare => Assigned::Named(bare.to_owned()),
        },
    }
}

fn via(text: &str) -> Option<Via> {
    match text.to_ascii_lowercase().as_str() {
        "direct" => Some(Via::Direct),
        "group" => Some(Via::Group),
        _ => None,
    }
}

/// Whether `assignedPlans` has Teams. Another plan of Teams that is not known here leaves it open, as does a
/// status that is neither enabled nor clearly off.
fn teams(field: &Field) -> Option<Teams> {
    let Value::Array(plans) = &field.value else { return None };
    // The Graph SDK prints a property that was not asked for as it prints an empty one; Graph itself leaves it out.
    if plans.is_empty() && field.name != "assignedPlans" {
        return None;
    }
    let text = |plan: &Value, name: &str| member(plan, name).and_then(|it| it.as_str().map(ToOwned::to_owned));
    let (mut disabled, mut open) = (false, false);
    for plan in plans {
        let status = text(plan, "capabilityStatus").unwrap_or_default().to_ascii_lowercase();
        let own = text(plan, "servicePlanId").as_deref().and_then(parse_id) == Some(TEAMS_PLAN);
        let related = text(plan, "service").is_some_and(|it| it.to_ascii_lowercase().contains("team"));
        match (own, status.as_str()) {
            (true, "enabled") => return Some(Teams::Enabled),
            (true, "deleted" | "suspended" | "lockedout") => disabled = true,
            (true, _) => open = true,
            (false, _) => open |= related && status == "enabled",
        }
    }
    match (open, disabled) {
        (true, _) => None,
        (false, true) => Some(Teams::Disabled),
        (false, false) => Some(Teams::Absent),
    }
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

/// The beginning of a text for people; somebody may have given a file with a token.
fn shorten(text: &str) -> String {
    let source = Source::from_text("", text.to_owned());
    let mut chars = source.text().chars();
    let head: String = chars.by_ref().take(60).collect();
    if chars.next().is_some() { format!("{head}\u{2026}") } else { head }
}
