//! What the Teams cmdlets say: policies, their assignments, the tenant's switches.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Part;
use super::context::Context;
use super::draft::{Assigned, EffectiveFact, Fact, SourceFact, UserFacts};
use super::error::ImportError;
use super::gather::Gather;
use super::record::{Record, Text, member, strip_ellipsis, text_of};
use crate::source::sanitise;
use crate::tenant::snapshot::{Change, HiddenAssignment, Policy, Via};
use crate::tenant::{name, parse_id};

const POLICY_TYPE: &str = "ApplicationAccessPolicy";

/// What is said of an entry of a policy that is no client id: it is kept as it is, and no app is one.
#[must_use]
pub fn odd_id(policy: &str, id: &str) -> String {
    let [policy, id] = [policy, id].map(|text| sanitise::shortened(&sanitise::one_line(text), 60));
    format!("`{id}` in the app ids of policy `{policy}` is no client id, and lists no app")
}

impl Gather<'_> {
    pub(super) fn policy(&mut self, record: &Record) -> Result<(), ImportError> {
        self.saw(Part::Policies, "Get-CsApplicationAccessPolicy");
        let Some(identity) = record.text("Identity").known() else {
            // A column that runs into the next one tells nothing for certain: the name is said for whoever looks.
            let shown =
                record.field("Identity").filter(|field| field.cut && !field.value.as_str().is_some_and(str::is_empty));
            let shown = shown
                .and_then(|field| field.value.as_str())
                .map(|name| sanitise::shortened(&sanitise::one_line(name::bare(name)), 60));
            let text = match shown {
                Some(name) if strip_ellipsis(&name).is_none() => format!(
                    "the row of `{name}` was left out, since one of its columns runs into the next: print it with \
                     `| Format-List` or `| ConvertTo-Json -Depth 5`"
                ),
                _ => "a policy without its whole name was left out: print `Identity` too, and wide enough".to_owned(),
            };
            self.lose(Part::Policies, record.place, text);
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
                None => {
                    self.note(record.place, odd_id(bare, &id));
                    policy.other_ids.push(id);
                }
            }
        }
        self.draft.add_policy(policy, record.place)
    }

    pub(super) fn online_user(&mut self, record: &Record) -> Result<(), ImportError> {
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

    /// `effectivePolicyAssignments`: types that inherit the tenant default are not listed.
    pub(super) fn effective_assignments(&mut self, user: Uuid, record: &Record) -> Result<(), ImportError> {
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
            hides: Vec::new(),
        };
        self.saw(Part::Effective, "effectivePolicyAssignments");
        self.draft.add_effective(&user.to_string(), read, record.place)
    }

    pub(super) fn user_policy(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
        let own = record.id(&["UserId", "Identity"]).map(|id| id.to_string());
        let user = own.or_else(|| context.user.clone()).or_else(|| context.named.map(|id| id.to_string()));
        let Some(user) = user else {
            return self.of_nobody(record, context);
        };
        self.saw(Part::Effective, "Get-CsUserPolicyAssignment");
        let kind = record.text("PolicyType");
        if kind == Text::Cut {
            let text = format!("a policy of user `{user}` without its whole type was left out: print it wide enough");
            self.lose(Part::Effective, record.place, text);
            return Ok(());
        }
        let kind = kind.known().or_else(|| context.policy_type.clone());
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
        let sources = sources(record);
        let of_kind = |wanted: Via| sources.iter().find(|it| it.via == Some(wanted) && name::same(&it.policy, &policy));
        // A direct assignment goes before every group; of groups, the first that assigns the effective policy.
        let (via, group) = match (of_kind(Via::Direct), of_kind(Via::Group)) {
            (Some(_), _) => (Some(Via::Direct), None),
            (None, Some(group)) => (Some(Via::Group), group.group),
            // An empty list of sources is one without an assignment, which a list that was not printed is not.
            (None, None) if name::is_global(&policy) && has_no_source(record) => (Some(Via::Global), None),
            (None, None) => (None, None),
        };
        let hides = hides(&sources, &policy);
        let read = EffectiveFact { policy: Some(name::bare(&policy).to_owned()), via, group, hides };
        self.draft.add_effective(&user, read, record.place)
    }

    /// A policy of a user who is not named.
    fn of_nobody(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
        if context.several || context.is(&["get-csuserpolicyassignment"]) && context.by_command {
            let text = if context.several {
                "a policy was left out, since several commands stand above it, and it is not clear whose policy it is"
            } else {
                "a policy was left out, since it is not shown which user has it: give the output of \
                 `Get-CsUserPolicyAssignment -Identity <user id>`, with the id itself"
            };
            self.saw(Part::Effective, "Get-CsUserPolicyAssignment");
            self.lose(Part::Effective, record.place, text.to_owned());
            return Ok(());
        }
        Err(ImportError::NoUser { place: self.place(record.place), user: "a user who is not named".to_owned() })
    }

    /// One entry of `PolicySource`, printed alone.
    pub(super) fn policy_source(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
        let Some(user) = context.user.clone().or_else(|| context.named.map(|id| id.to_string())) else {
            return self.of_nobody(record, context);
        };
        self.saw(Part::Effective, "Get-CsUserPolicyAssignment");
        match context.policy_type.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case(POLICY_TYPE) => {}
            Some(_) => {
                self.state.other_types += 1;
                return Ok(());
            }
            None => {
                let text = format!(
                    "a source of a policy of user `{user}` was left out, since it does not say which policy type it is of: \
                     keep the line with the command above it, with `-PolicyType {POLICY_TYPE}`"
                );
                self.lose(Part::Effective, record.place, text);
                return Ok(());
            }
        }
        let level = record.text("AssignmentType").known().as_deref().and_then(via);
        let (Some(level), Some(policy)) = (level, record.text("PolicyName").known()) else {
            let text = format!("a source of the policy of user `{user}` is cut: print it with `| Format-List`");
            self.lose(Part::Effective, record.place, text);
            return Ok(());
        };
        let group = record.id(&["Reference"]).filter(|_| level == Via::Group);
        let source = SourceFact { via: Some(level), policy: name::bare(&policy).to_owned(), group };
        let sources = self.draft.sources.entry(user.to_lowercase()).or_default();
        sources.push(Fact { value: source, place: record.place });
        Ok(())
    }

    pub(super) fn group_policy(&mut self, record: &Record, context: &Context) -> Result<(), ImportError> {
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
            Text::Absent | Text::Null => 0,
            Text::Cut => {
                self.lose(Part::Groups, place, format!("the rank of group `{group}` is cut, or no number"));
                0
            }
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
    pub(super) fn happened(&mut self, part: &str, key: Uuid, value: Option<String>, at: Timestamp, source: &str) {
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

    pub(super) fn switches(&mut self, record: &Record) -> Result<(), ImportError> {
        let graph = record.flag("EnableGraphTranscriptAccess");
        let attributed = record.flag("EnableAttributedTranscripts");
        self.saw(Part::Settings, "Get-CsTeamsMeetingConfiguration");
        if graph.is_none() && attributed.is_none() {
            let text = "the switches for transcripts are not shown: update the MicrosoftTeams module and read again";
            self.note(record.place, text);
        }
        self.draft.add_switches(graph, attributed, record.place)
    }
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

/// Whether `PolicySource` is printed, and nothing is in it.
fn has_no_source(record: &Record) -> bool {
    match record.value("PolicySource") {
        Some(Value::Array(entries)) => entries.is_empty(),
        Some(Value::String(text)) => text.trim() == "{}",
        _ => false,
    }
}

/// The entries of `PolicySource`; a console and a shallow `ConvertTo-Json` print their names alone.
fn sources(record: &Record) -> Vec<SourceFact> {
    let entries = match record.value("PolicySource") {
        Some(Value::Array(entries)) => entries.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        Some(one @ Value::String(text)) if text.trim_start().starts_with("@{") => vec![one.clone()],
        Some(Value::String(_)) => {
            let list = record.list("PolicySource").unwrap_or_default();
            list.items.into_iter().map(Value::String).collect()
        }
        _ => Vec::new(),
    };
    let text = |value: &Value, name: &str| member(value, name).and_then(|it| it.as_str().map(ToOwned::to_owned));
    let source = |entry: &Value| {
        let policy = match text(entry, "PolicyName") {
            Some(policy) => policy,
            None => text_of(entry).known().filter(|name| !name.starts_with("@{"))?,
        };
        let via = text(entry, "AssignmentType").as_deref().and_then(via);
        let group = text(entry, "Reference").as_deref().and_then(parse_id).filter(|_| via == Some(Via::Group));
        Some(SourceFact { via, policy: name::bare(&policy).to_owned(), group })
    };
    entries.iter().filter_map(source).collect()
}

/// The assignments below the effective policy. None where the entries do not fit: the effective policy is none of them,
/// or a direct assignment, which would go first, names another one.
pub(super) fn hides(sources: &[SourceFact], effective: &str) -> Vec<HiddenAssignment> {
    let is_effective = |it: &&SourceFact| name::same(&it.policy, effective);
    let odd = sources.iter().any(|it| it.via == Some(Via::Direct) && !is_effective(&it));
    if odd || !sources.iter().any(|it| is_effective(&it)) {
        return Vec::new();
    }
    let mut hides: Vec<HiddenAssignment> = Vec::new();
    for source in sources.iter().filter(|it| !is_effective(it) && !name::is_global(&it.policy)) {
        let hidden = HiddenAssignment { policy: source.policy.clone(), group_id: source.group };
        if !hides.contains(&hidden) {
            hides.push(hidden);
        }
    }
    hides
}

fn via(text: &str) -> Option<Via> {
    match text.to_ascii_lowercase().as_str() {
        "direct" => Some(Via::Direct),
        "group" => Some(Via::Group),
        _ => None,
    }
}
