//! What several places say becomes one state. What disagrees is an error that names both places.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;

use super::changes::Overtaken;
use super::error::ImportError;
use super::record::Place;
use super::{File, Part};
use crate::tenant::name;
use crate::tenant::snapshot::{
    AbsentKind, Change, HiddenAssignment, Policy, Reason, RequestedPermission, ScopeGrant, Status, Teams, Via,
};

/// A value with the place that says so.
#[derive(Clone, Debug)]
pub(super) struct Fact<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// An assigned policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Assigned {
    /// None.
    Nothing,
    /// This one.
    Named(String),
    /// One whose name was cut.
    Cut,
}

impl Assigned {
    fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Named(a), Self::Named(b)) => name::same(a, b),
            (Self::Nothing, Self::Nothing) => true,
            (Self::Nothing, _) | (_, Self::Nothing) => false,
            (Self::Cut, _) | (_, Self::Cut) => true,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Nothing => "no policy".to_owned(),
            Self::Named(name) => format!("`{name}`"),
            Self::Cut => "a policy".to_owned(),
        }
    }
}

/// A user's effective policy as it was read.
#[derive(Clone, Debug)]
pub(super) struct EffectiveFact {
    pub(super) policy: Option<String>,
    pub(super) via: Option<Via>,
    pub(super) group: Option<Uuid>,
    /// Assignments below it that the same read tells.
    pub(super) hides: Vec<HiddenAssignment>,
}

/// One entry of `PolicySource`: an assignment of a user, with its level where that is printed.
#[derive(Clone, Debug)]
pub(super) struct SourceFact {
    pub(super) via: Option<Via>,
    pub(super) policy: String,
    pub(super) group: Option<Uuid>,
}

/// A user, field by field.
#[derive(Clone, Debug, Default)]
pub(super) struct UserFacts {
    pub(super) upn: Option<Fact<String>>,
    pub(super) name: Option<String>,
    pub(super) guest: Option<Fact<bool>>,
    pub(super) enabled: Option<Fact<bool>>,
    /// From the assigned plans.
    pub(super) plan: Option<Fact<Teams>>,
    /// `FeatureTypes` has `Teams`.
    pub(super) feature: bool,
}

/// An app, field by field.
#[derive(Clone, Debug, Default)]
pub(super) struct AppFacts {
    pub(super) name: Option<String>,
    pub(super) enabled: Option<Fact<bool>>,
    pub(super) service_principal: Option<Fact<Uuid>>,
    pub(super) application: Option<Fact<Uuid>>,
    pub(super) home_tenant: Option<Fact<Uuid>>,
    pub(super) requested: Option<Vec<RequestedPermission>>,
}

/// A granted app role as Graph tells it: the resource is an object id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) role: Option<Uuid>,
    pub(super) resource: Option<Uuid>,
    pub(super) resource_name: Option<String>,
    pub(super) created: Option<Timestamp>,
}

/// A list that belongs to one object: the members of a group, the roles of a service principal.
#[derive(Clone, Debug)]
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    pub(super) place: Place,
    /// A manifest says that it is all.
    pub(super) complete: bool,
    /// Something in it could not be read, or its last page is missing.
    pub(super) lost: bool,
    /// Pages were read, and none of them was the last.
    pub(super) open: bool,
    /// Its whole answer shows nobody, as that of a hidden membership does.
    pub(super) blank: bool,
    pub(super) read_at: Option<Timestamp>,
}

impl<T> Listed<T> {
    fn new(place: Place) -> Self {
        Self { items: Vec::new(), place, complete: false, lost: false, open: false, blank: false, read_at: None }
    }
}

/// Direct members of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Member {
    User(Uuid),
    Group(Uuid),
}

/// A group assignment.
#[derive(Clone, Debug)]
pub(super) struct GroupFacts {
    pub(super) policy: Assigned,
    pub(super) rank: u32,
    pub(super) place: Place,
}

/// How well a part was read.
#[derive(Clone, Debug, Default)]
pub(super) struct PartState {
    /// Some output of it was seen.
    pub(super) seen: bool,
    pub(super) sources: BTreeSet<String>,
    /// What could not be read, in words.
    pub(super) lost: Vec<String>,
    /// The file whose manifest says that it is complete.
    pub(super) complete_by: Option<usize>,
    /// All that a command prints stands between it and the next prompt.
    pub(super) whole: bool,
    /// What a manifest says of a failed read.
    pub(super) failure: Option<(Status, Reason)>,
    pub(super) read_at: Option<Timestamp>,
    /// Pages were read, and none of them was the last.
    pub(super) open: bool,
}

/// All that was read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    names: Vec<String>,
    pub(super) tenant: Option<Fact<Uuid>>,
    pub(super) cloud: Option<Fact<String>>,
    pub(super) taken_at: Option<Timestamp>,
    pub(super) policies: BTreeMap<String, Fact<Policy>>,
    /// Policies that a command below their read changes.
    pub(super) changed_policies: BTreeMap<String, Fact<String>>,
    /// What such commands change of what a snapshot may hold.
    pub(super) overtaken: Overtaken,
    /// Whether the membership of a group is hidden.
    pub(super) hidden: BTreeMap<Uuid, bool>,
    /// Policies of which not every id was read.
    pub(super) cut_policies: BTreeMap<String, Fact<String>>,
    pub(super) direct: BTreeMap<Uuid, Fact<Assigned>>,
    pub(super) groups: BTreeMap<Uuid, GroupFacts>,
    pub(super) group_names: BTreeMap<Uuid, String>,
    /// Where each group was shown.
    pub(super) group_places: BTreeMap<Uuid, Place>,
    pub(super) members: BTreeMap<Uuid, Listed<Member>>,
    /// By object id or lower-case user principal name.
    pub(super) effective: BTreeMap<String, Fact<EffectiveFact>>,
    /// The entries of `PolicySource` that were printed alone, by user.
    pub(super) sources: BTreeMap<String, Vec<Fact<SourceFact>>>,
    /// Users whose policies were read without one of this kind, and whether a manifest says that it was all.
    pub(super) effective_silent: BTreeMap<String, Fact<bool>>,
    pub(super) users: BTreeMap<Uuid, UserFacts>,
    /// Since when users have Teams.
    pub(super) licensed: BTreeMap<Uuid, Timestamp>,
    pub(super) apps: BTreeMap<Uuid, AppFacts>,
    pub(super) roles: BTreeMap<Uuid, Listed<Grant>>,
    /// Apps whose whole list of roles is empty, where the read names the app and not its service principal.
    pub(super) bare_roles: BTreeMap<Uuid, Place>,
    /// Names of roles, by resource (object id) and role id.
    pub(super) role_names: BTreeMap<(Uuid, Uuid), String>,
    /// By service principal; each with the resource that it is of, by the object id of its service principal.
    pub(super) delegated: BTreeMap<Uuid, Vec<(Option<Uuid>, ScopeGrant)>>,
    /// Service principals of which every delegated permission was read.
    pub(super) all_delegated: BTreeSet<Uuid>,
    /// Users and apps of which the service answered that they do not exist.
    pub(super) absent: BTreeSet<(AbsentKind, Uuid)>,
    pub(super) graph_transcript_access: Option<Fact<bool>>,
    pub(super) attributed_transcripts: Option<Fact<bool>>,
    pub(super) history: Vec<Change>,
    pub(super) parts: BTreeMap<Part, PartState>,
    /// Some file, or some command in one, has printed nothing, and does not say of what.
    pub(super) blank: bool,
}

impl Draft {
    pub(super) fn new(files: &[File<'_>]) -> Self {
        Self { names: files.iter().map(|file| file.name.to_owned()).collect(), ..Self::default() }
    }

    pub(super) fn file_name(&self, file: usize) -> &str {
        self.names.get(file).map_or("", String::as_str)
    }

    /// `file:line`, and the item where a list stands on few lines.
    pub(super) fn place(&self, place: Place) -> String {
        let name = self.file_name(place.file);
        match place.item {
            0 => format!("{name}:{}", place.line),
            item => format!("{name}:{} (item {item})", place.line),
        }
    }

    pub(super) fn part(&mut self, part: Part) -> &mut PartState {
        self.parts.entry(part).or_default()
    }

    /// Notes that an output of a part was seen.
    pub(super) fn saw(&mut self, part: Part, source: &str) {
        let state = self.part(part);
        state.seen = true;
        if !state.sources.contains(source) {
            state.sources.insert(source.to_owned());
        }
    }

    fn conflict(&self, what: String, first: (Place, String), second: (Place, String)) -> ImportError {
        ImportError::Conflict {
            what,
            first: self.place(first.0),
            first_value: first.1,
            second: self.place(second.0),
            second_value: second.1,
        }
    }

    /// Whether a file may add to a part: not where another one says that it lists everything.
    fn may_add(&self, part: Part, place: Place, what: impl FnOnce() -> String) -> Result<(), ImportError> {
        match self.parts.get(&part).and_then(|state| state.complete_by) {
            Some(owner) if owner != place.file => Err(self.conflict(
                what(),
                (Place { file: owner, line: 1, item: 0 }, format!("by its manifest that its {part} are all there are")),
                (place, "that there is this one too".to_owned()),
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn set_tenant(&mut self, id: Uuid, place: Place) -> Result<(), ImportError> {
        let mut slot = self.tenant.take();
        let result = self.agree(&mut slot, id, place, || "the tenant".to_owned(), Uuid::to_string);
        self.tenant = slot;
        result
    }

    pub(super) fn set_cloud(&mut self, cloud: String, place: Place) -> Result<(), ImportError> {
        let mut slot = self.cloud.take();
        let result = self.agree(&mut slot, cloud, place, || "the cloud".to_owned(), |it| format!("`{it}`"));
        self.cloud = slot;
        result
    }

    /// Fills an empty slot; a full one must hold the same.
    fn agree<T: PartialEq>(
        &self,
        slot: &mut Option<Fact<T>>,
        value: T,
        place: Place,
        what: impl FnOnce() -> String,
        words: impl Fn(&T) -> String,
    ) -> Result<(), ImportError> {
        match slot {
            None => *slot = Some(Fact { value, place }),
            Some(known) if known.value == value => {}
            Some(known) => {
                return Err(self.conflict(what(), (known.place, words(&known.value)), (place, words(&value))));
            }
        }
        Ok(())
    }

    pub(super) fn add_policy(&mut self, policy: Policy, place: Place) -> Result<(), ImportError> {
        let key = name::key(&policy.name);
        // Read again below the change.
        self.changed_policies.remove(&key);
        let what = || format!("policy `{}`", policy.name);
        let Some(known) = self.policies.get(&key) else {
            self.may_add(Part::Policies, place, what)?;
            self.policies.insert(key, Fact { value: policy, place });
            return Ok(());
        };
        let ids = |policy: &Policy| -> BTreeSet<String> {
            let others = policy.other_ids.iter().map(|id| id.to_lowercase());
            policy.app_ids.iter().map(Uuid::to_string).chain(others).collect()
        };
        let (a, b) = (ids(&known.value), ids(&policy));
        if a != b {
            let words = |own: &BTreeSet<String>, other: &BTreeSet<String>| {
                let extra: Vec<&str> = own.difference(other).map(String::as_str).take(3).collect();
                match (own.is_empty(), extra.is_empty()) {
                    (true, _) => "that it lists no app".to_owned(),
                    (false, true) => "that it lists less".to_owned(),
                    (false, false) => format!("that it lists {}", extra.join(", ")),
                }
            };
            return Err(self.conflict(what(), (known.place, words(&a, &b)), (place, words(&b, &a))));
        }
        if let Some(known) = self.policies.get_mut(&key)
            && known.value.description.is_none()
        {
            known.value.description = policy.description;
        }
        Ok(())
    }

    pub(super) fn add_direct(&mut self, user: Uuid, policy: Assigned, place: Place) -> Result<(), ImportError> {
        let what = || format!("the direct assignment of user `{user}`");
        match self.direct.get_mut(&user) {
            None => {
                self.may_add(Part::Direct, place, what)?;
                self.direct.insert(user, Fact { value: policy, place });
            }
            Some(known) if known.value.agrees(&policy) => {
                if known.value == Assigned::Cut {
                    known.value = policy;
                }
            }
            Some(known) => {
                let first = (known.place, known.value.words());
                return Err(self.conflict(what(), first, (place, policy.words())));
            }
        }
        Ok(())
    }

    pub(super) fn add_group(
        &mut self,
        group: Uuid,
        policy: Assigned,
        rank: u32,
        place: Place,
    ) -> Result<(), ImportError> {
        let what = || format!("the assignment of group `{group}`");
        let words = |policy: &Assigned, rank: u32| match rank {
            0 => policy.words(),
            rank => format!("{} with rank {rank}", policy.words()),
        };
        if rank > 0
            && let Some((other, known)) = self.groups.iter().find(|(id, it)| it.rank == rank && **id != group)
        {
            let first = (known.place, format!("group `{other}`"));
            return Err(self.conflict(format!("rank {rank}"), first, (place, format!("group `{group}`"))));
        }
        match self.groups.get_mut(&group) {
            None => {
                self.may_add(Part::Groups, place, what)?;
                self.groups.insert(group, GroupFacts { policy, rank, place });
            }
            Some(known) if known.policy.agrees(&policy) && (known.rank == rank || rank == 0 || known.rank == 0) => {
                if known.policy == Assigned::Cut {
                    known.policy = policy;
                }
                known.rank = known.rank.max(rank);
            }
            Some(known) => {
                let first = (known.place, words(&known.policy, known.rank));
                return Err(self.conflict(what(), first, (place, words(&policy, rank))));
            }
        }
        Ok(())
    }

    /// The member list of a group, which exists from now on.
    pub(super) fn members_of(&mut self, group: Uuid, place: Place) -> &mut Listed<Member> {
        self.members.entry(group).or_insert_with(|| Listed::new(place))
    }

    pub(super) fn add_member(&mut self, group: Uuid, member: Member, place: Place) -> Result<(), ImportError> {
        let list = self.members_of(group, place);
        let (complete, first) = (list.complete, list.place);
        // Sorted, so that the order of files does not show.
        if let Err(at) = list.items.binary_search(&member) {
            if complete && first.file != place.file {
                let what = format!("a member of group `{group}`");
                let first = (first, "by its manifest that its members are all there are".to_owned());
                return Err(self.conflict(what, first, (place, "that there is this one too".to_owned())));
            }
            list.items.insert(at, member);
        }
        Ok(())
    }

    /// The role list of a service principal, which exists from now on.
    pub(super) fn roles_of(&mut self, principal: Uuid, place: Place) -> &mut Listed<Grant> {
        self.roles.entry(principal).or_insert_with(|| Listed::new(place))
    }

    pub(super) fn add_grant(&mut self, principal: Uuid, grant: Grant, place: Place) -> Result<(), ImportError> {
        let list = self.roles_of(principal, place);
        let (complete, first) = (list.complete, list.place);
        let known = list.items.iter_mut().find(|it| {
            it.role == grant.role
                && (it.resource == grant.resource || it.resource.is_none() || grant.resource.is_none())
        });
        if let Some(known) = known {
            known.resource = known.resource.or(grant.resource);
            known.resource_name = known.resource_name.take().or(grant.resource_name);
            known.created = known.created.or(grant.created);
            return Ok(());
        }
        if complete && first.file != place.file {
            let what = format!("an app role of service principal `{principal}`");
            let first = (first, "by its manifest that its roles are all there are".to_owned());
            return Err(self.conflict(what, first, (place, "that there is this one too".to_owned())));
        }
        list.items.push(grant);
        Ok(())
    }

    pub(super) fn add_effective(&mut self, user: &str, read: EffectiveFact, place: Place) -> Result<(), ImportError> {
        let key = user.trim().to_lowercase();
        let words = |read: &EffectiveFact| match &read.policy {
            Some(name) => format!("`{name}`"),
            None => "the tenant default".to_owned(),
        };
        match self.effective.get_mut(&key) {
            None => {
                self.effective.insert(key, Fact { value: read, place });
            }
            Some(known) => {
                let same = match (&known.value.policy, &read.policy) {
                    (Some(a), Some(b)) => name::same(a, b),
                    (None, None) => true,
                    _ => false,
                };
                if !same {
                    let first = (known.place, words(&known.value));
                    return Err(self.conflict(
                        format!("the effective policy of user `{user}`"),
                        first,
                        (place, words(&read)),
                    ));
                }
                known.value.via = known.value.via.or(read.via);
                known.value.group = known.value.group.or(read.group);
                for hidden in read.hides {
                    let same = |it: &HiddenAssignment| name::same(&it.policy, &hidden.policy);
                    // One form of the read names the group, another only the policy.
                    let unnamed = known.value.hides.iter_mut().find(|it| same(it) && it.group_id.is_none());
                    if let Some(unnamed) = unnamed {
                        unnamed.group_id = hidden.group_id;
                    } else if !known
                        .value
                        .hides
                        .iter()
                        .any(|it| same(it) && (hidden.group_id.is_none() || it.group_id == hidden.group_id))
                    {
                        known.value.hides.push(hidden);
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn add_user(&mut self, id: Uuid, new: UserFacts, place: Place) -> Result<(), ImportError> {
        let what = |field: &'static str| move || format!("{field} of user `{id}`");
        if !self.users.contains_key(&id) {
            self.may_add(Part::Users, place, || format!("user `{id}`"))?;
        }
        let mut known = self.users.remove(&id).unwrap_or_default();
        if let Some(upn) = new.upn {
            match &known.upn {
                Some(old) if old.value.eq_ignore_ascii_case(&upn.value) => {}
                _ => {
                    self.agree(&mut known.upn, upn.value, place, what("the principal name"), |it| format!("`{it}`"))?
                }
            }
        }
        if let Some(guest) = new.guest {
            let words = |guest: &bool| if *guest { "guest" } else { "member" }.to_owned();
            self.agree(&mut known.guest, guest.value, place, what("the type"), words)?;
        }
        if let Some(enabled) = new.enabled {
            let words = |on: &bool| if *on { "enabled" } else { "disabled" }.to_owned();
            self.agree(&mut known.enabled, enabled.value, place, what("the account"), words)?;
        }
        if let Some(plan) = new.plan {
            let words = |teams: &Teams| format!("{teams:?}").to_lowercase();
            self.agree(&mut known.plan, plan.value, place, what("Teams"), words)?;
        }
        known.name = known.name.or(new.name);
        known.feature |= new.feature;
        self.users.insert(id, known);
        Ok(())
    }

    pub(super) fn add_app(&mut self, id: Uuid, new: AppFacts, place: Place) -> Result<(), ImportError> {
        let what = |field: &'static str| move || format!("{field} of app `{id}`");
        if !self.apps.contains_key(&id) {
            self.may_add(Part::Apps, place, || format!("app `{id}`"))?;
        }
        let mut known = self.apps.remove(&id).unwrap_or_default();
        if let Some(enabled) = new.enabled {
            let words = |on: &bool| if *on { "enabled" } else { "disabled" }.to_owned();
            self.agree(&mut known.enabled, enabled.value, place, what("the service principal"), words)?;
        }
        let ids = [
            (&mut known.service_principal, new.service_principal, "the service principal"),
            (&mut known.application, new.application, "the app registration"),
            (&mut known.home_tenant, new.home_tenant, "the home tenant"),
        ];
        for (slot, value, field) in ids {
            if let Some(value) = value {
                self.agree(slot, value.value, place, what(field), Uuid::to_string)?;
            }
        }
        known.name = known.name.or(new.name);
        known.requested = known.requested.or(new.requested);
        self.apps.insert(id, known);
        Ok(())
    }

    pub(super) fn add_switches(
        &mut self,
        graph: Option<bool>,
        attributed: Option<bool>,
        place: Place,
    ) -> Result<(), ImportError> {
        let words = |on: &bool| if *on { "on" } else { "off" }.to_owned();
        let mut slots = (self.graph_transcript_access.take(), self.attributed_transcripts.take());
        let mut result = Ok(());
        if let Some(value) = graph {
            result = self.agree(&mut slots.0, value, place, || "`EnableGraphTranscriptAccess`".to_owned(), words);
        }
        if let Some(value) = attributed
            && result.is_ok()
        {
            result = self.agree(&mut slots.1, value, place, || "`EnableAttributedTranscripts`".to_owned(), words);
        }
        (self.graph_transcript_access, self.attributed_transcripts) = slots;
        result
    }
}
