//! The tenant's policy state, as read at a time (schema 1).

use jiff::Timestamp;
use uuid::Uuid;

use super::name;

/// Why a part is missing, and what would read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// `not-read`, `forbidden`, `not-found` or `failed`.
    pub kind: String,
    /// The right or step that it takes.
    pub needs: Option<String>,
    /// Free text.
    pub detail: Option<String>,
}

/// The kind of a [`Reason`]: it was read, and not at a time that counts.
pub const TOO_OLD: &str = "too-old";

/// The kind of a reason: the read was refused, for want of the right that it needs.
pub(crate) const FORBIDDEN: &str = "forbidden";

/// The kind of a reason: the whole list was read and shows nobody, as where the membership of a group is hidden.
pub(crate) const NOBODY_SHOWN: &str = "nobody-shown";

/// The same, where the group says that its membership is hidden.
pub(crate) const HIDDEN: &str = "hidden";

impl Reason {
    /// What is wrong with the age of what was read, where that is the reason.
    #[must_use]
    pub fn age(&self) -> Option<&str> {
        self.detail.as_deref().filter(|_| self.kind == TOO_OLD)
    }
}

/// How much of a part is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// What is not listed does not exist.
    Complete,
    /// Only what is listed is known.
    Partial,
    /// Nothing is known.
    #[default]
    Missing,
}

/// One part of the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T> {
    /// How much is known.
    pub status: Status,
    /// When it was read.
    pub read_at: Option<Timestamp>,
    /// How it was read.
    pub source: Option<String>,
    /// Why it is missing or partial.
    pub reason: Option<Reason>,
    /// What is known.
    pub items: Vec<T>,
}

impl<T> Part<T> {
    /// What is known; of a missing part nothing is, whatever it lists.
    #[must_use]
    pub fn known(&self) -> &[T] {
        match self.status {
            Status::Missing => &[],
            Status::Complete | Status::Partial => &self.items,
        }
    }

    /// Whether what is not listed does not exist.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.status == Status::Complete
    }
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self { status: Status::Missing, read_at: None, source: None, reason: None, items: Vec::new() }
    }
}

/// An application access policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Name without `Tag:`, as written.
    pub name: String,
    /// Client ids that it lists; entries that are no UUID are kept apart.
    pub app_ids: Vec<Uuid>,
    /// Entries of `app_ids` that are no UUID.
    pub other_ids: Vec<String>,
    /// Free text.
    pub description: Option<String>,
}

/// A direct assignment; `policy: None` = known to have none, `Some("")` = not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direct {
    /// Object id of the user.
    pub user_id: Uuid,
    /// Name of the policy.
    pub policy: Option<String>,
}

/// A group assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupAssignment {
    /// Object id of the group.
    pub group_id: Uuid,
    /// Name of the group.
    pub name: Option<String>,
    /// Name of the policy; empty = not known.
    pub policy: String,
    /// 1 = first; 0 = not known.
    pub rank: u32,
    /// Direct members, object ids.
    pub members: Part<Uuid>,
    /// Groups nested in it.
    pub nested: Vec<Uuid>,
}

/// A group inside a group with an assignment, at any depth. It has none itself: its members get nothing from the outer
/// one, and this list is never asked for a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NestedGroup {
    /// Object id of the group.
    pub group_id: Uuid,
    /// Name of the group.
    pub name: Option<String>,
    /// Direct members, object ids.
    pub members: Part<Uuid>,
    /// Groups nested in it.
    pub nested: Vec<Uuid>,
}

/// How an effective policy reaches its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// Assigned to the user.
    Direct,
    /// Assigned to a group of which the user is a direct member.
    Group,
    /// The tenant default.
    Global,
}

/// A read of one user's effective policy; `policy: None` = known to have the tenant default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveRead {
    /// Object id of the user.
    pub user_id: Uuid,
    /// Name of the policy.
    pub policy: Option<String>,
    /// How it reaches the user.
    pub via: Option<Via>,
    /// The group, for [`Via::Group`].
    pub group_id: Option<Uuid>,
    /// When it was read.
    pub read_at: Option<Timestamp>,
    /// Assignments of groups that the same read tells, and that this one hides.
    pub hides: Vec<HiddenAssignment>,
}

/// An assignment below the effective one. A user has one direct assignment, and that is the highest: so it is a group's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HiddenAssignment {
    /// Name of the policy.
    pub policy: String,
    /// The group, if the read names it.
    pub group_id: Option<Uuid>,
}

/// Whether a user has Teams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teams {
    /// The service plan is enabled.
    Enabled,
    /// The plan is there and disabled.
    Disabled,
    /// No plan.
    Absent,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Object id.
    pub id: Uuid,
    /// User principal name.
    pub upn: Option<String>,
    /// Display name.
    pub name: Option<String>,
    /// Whether it is a guest.
    pub guest: Option<bool>,
    /// Whether sign-in is allowed.
    pub enabled: Option<bool>,
    /// Teams; `None` = not read.
    pub teams: Option<Teams>,
}

/// An app role granted to a service principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleGrant {
    /// App role id.
    pub id: Option<Uuid>,
    /// Its name, `OnlineMeetings.Read.All`.
    pub value: Option<String>,
    /// App id of the resource; `None` = Microsoft Graph.
    pub resource: Option<Uuid>,
}

/// A delegated grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeGrant {
    /// Name of the scope.
    pub scope: String,
    /// `true` = for the whole tenant, `false` = for single users.
    pub tenant_wide: Option<bool>,
}

/// A permission that the registration asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedPermission {
    /// Id of the role or scope.
    pub id: Uuid,
    /// `true` = app role, `false` = delegated scope.
    pub role: bool,
}

/// An app as the tenant sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Client id.
    pub app_id: Uuid,
    /// Display name.
    pub name: Option<String>,
    /// Whether its service principal is enabled.
    pub enabled: Option<bool>,
    /// Object id of its service principal.
    pub service_principal_id: Option<Uuid>,
    /// Object id of its registration (home tenant only).
    pub application_object_id: Option<Uuid>,
    /// Tenant of its registration.
    pub home_tenant: Option<Uuid>,
    /// Granted app roles; `None` = not read.
    pub roles: Option<Vec<RoleGrant>>,
    /// Delegated grants; `None` = not read.
    pub delegated: Option<Vec<ScopeGrant>>,
    /// Requested permissions; `None` = not read.
    pub requested: Option<Vec<RequestedPermission>>,
    /// When it was read, where that is not when the part was; the part has the date of its oldest item.
    pub read_at: Option<Timestamp>,
}

impl App {
    /// Whether the object ids of all that this tenant has of the app are known: its service principal, and its registration,
    /// which only the tenant of its home has.
    #[must_use]
    pub fn knows_own_objects(&self, tenant: Option<Uuid>) -> bool {
        let elsewhere = self.home_tenant.zip(tenant).is_some_and(|(home, own)| home != own);
        self.service_principal_id.is_some() && (self.application_object_id.is_some() || elsewhere)
    }
}

/// Tenant-wide switches; `None` = not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Graph may read transcripts.
    pub graph_transcript_access: Option<bool>,
    /// Transcripts may name their speakers.
    pub attributed_transcripts: Option<bool>,
    /// When they were read.
    pub read_at: Option<Timestamp>,
    /// How they were read.
    pub source: Option<String>,
    /// Why they are missing.
    pub reason: Option<Reason>,
}

/// A resource-specific consent granted in a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RscGrant {
    /// Thread id of the chat.
    pub chat_id: String,
    /// Client id.
    pub app_id: Uuid,
    /// Name of the permission.
    pub permission: String,
}

/// A virtual event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualEvent {
    /// Its id.
    pub id: String,
    /// Object id of its creator.
    pub created_by: Option<Uuid>,
    /// Object ids of its co-organizers.
    pub co_organizers: Vec<Uuid>,
}

/// What an object that does not exist would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AbsentKind {
    /// A user.
    User,
    /// An app: its id is the client id.
    App,
}

/// An object of which the service answered that it does not exist: a list that is not whole does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// What it would be.
    pub kind: AbsentKind,
    /// Its id.
    pub id: Uuid,
    /// When that was read.
    pub read_at: Option<Timestamp>,
}

/// One bounded change of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Name of the part.
    pub part: String,
    /// What changed in it: a user id, a group id, a policy name, an app id.
    pub key: String,
    /// `added`, `removed` or `changed`.
    pub change: String,
    /// The value after (or before a removal).
    pub value: Option<String>,
    /// It was not so at this moment.
    pub not_before: Option<Timestamp>,
    /// It was so at this moment.
    pub not_after: Option<Timestamp>,
    /// Who says so.
    pub source: Option<String>,
}

/// The tenant's policy state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The tenant.
    pub tenant_id: Option<Uuid>,
    /// The cloud, `global` if not said.
    pub cloud: Option<String>,
    /// When the reading was done.
    pub taken_at: Option<Timestamp>,
    /// The policies.
    pub policies: Part<Policy>,
    /// Names in a complete list of policies whose ids were not read. The list is partial then, since any of them may
    /// list any app; a name that stands in neither is still that of no policy.
    pub unread_policies: Vec<String>,
    /// Direct assignments.
    pub direct: Part<Direct>,
    /// Group assignments.
    pub groups: Part<GroupAssignment>,
    /// Groups inside them that have no assignment.
    pub nested_groups: Vec<NestedGroup>,
    /// Reads of effective policies.
    pub effective: Part<EffectiveRead>,
    /// Those that count as not read, since an assignment was changed after them; sorted by user.
    pub overtaken: Vec<EffectiveRead>,
    /// Users.
    pub users: Part<User>,
    /// Apps.
    pub apps: Part<App>,
    /// Users and apps that were asked for one by one and do not exist; what a list has counts more.
    pub absent: Vec<Absent>,
    /// Switches.
    pub settings: Settings,
    /// Resource-specific consents; `None` = not read.
    pub rsc: Option<Vec<RscGrant>>,
    /// Virtual events; `None` = not read.
    pub events: Option<Vec<VirtualEvent>>,
    /// Changes.
    pub history: Vec<Change>,
}

impl Snapshot {
    /// A group for people: its name, if the snapshot has one, with its id.
    #[must_use]
    pub fn group_words(&self, id: Uuid) -> String {
        let assigned = self.groups.known().iter().map(|it| (it.group_id, &it.name));
        let nested = self.nested_groups.iter().map(|it| (it.group_id, &it.name));
        match assigned.chain(nested).find(|(own, _)| *own == id).and_then(|(_, name)| name.as_ref()) {
            Some(name) => format!("`{name}` ({id})"),
            None => format!("`{id}`"),
        }
    }

    /// The reads of a user's effective policy that count as not read.
    pub fn overtaken_of(&self, user: Uuid) -> impl Iterator<Item = &EffectiveRead> {
        let from = self.overtaken.partition_point(|read| read.user_id < user);
        self.overtaken.iter().skip(from).take_while(move |read| read.user_id == user)
    }

    /// When each part was read.
    pub fn read_times(&mut self) -> [&mut Option<Timestamp>; 7] {
        [
            &mut self.policies.read_at,
            &mut self.direct.read_at,
            &mut self.groups.read_at,
            &mut self.effective.read_at,
            &mut self.users.read_at,
            &mut self.apps.read_at,
            &mut self.settings.read_at,
        ]
    }

    /// Whether neither the snapshot nor its policies and assignments say when they were read.
    #[must_use]
    pub fn is_undated(&self) -> bool {
        let parts = [self.policies.read_at, self.direct.read_at, self.groups.read_at, self.effective.read_at];
        let reads = || self.effective.items.iter().filter_map(|read| read.read_at);
        self.taken_at.is_none() && parts.iter().all(Option::is_none) && reads().next().is_none()
    }

    /// The virtual event of this id, if it was read.
    #[must_use]
    pub fn event(&self, id: &str) -> Option<&VirtualEvent> {
        self.events.as_ref()?.iter().find(|event| event.id.trim().eq_ignore_ascii_case(id.trim()))
    }

    /// The moment that a failure without a time is judged as of: when the state was taken, else its newest read.
    #[must_use]
    pub fn newest_read(&self) -> Option<Timestamp> {
        let members = || self.groups.items.iter().filter_map(|group| group.members.read_at);
        let effective = || self.effective.items.iter().filter_map(|read| read.read_at);
        let parts = [
            self.policies.read_at,
            self.direct.read_at,
            self.groups.read_at,
            self.effective.read_at,
            self.users.read_at,
            self.apps.read_at,
        ];
        self.taken_at.or_else(|| parts.into_iter().flatten().chain(members()).chain(effective()).max())
    }

    /// The groups that are nested in a group with an assignment, at any depth, each once: its id, and where its
    /// members were read its members.
    #[must_use]
    pub fn inside<'a>(&'a self, outer: &'a GroupAssignment) -> Vec<(Uuid, Option<&'a Part<Uuid>>)> {
        let mut seen = std::collections::HashSet::from([outer.group_id]);
        let mut found = Vec::new();
        let mut open: Vec<&[Uuid]> = vec![&outer.nested];
        while let Some(ids) = open.pop() {
            for id in ids.iter().filter(|id| seen.insert(**id)) {
                let known = self.members_of(*id);
                found.push((*id, known.map(|(members, _)| members)));
                open.extend(known.map(|(_, nested)| nested));
            }
        }
        found
    }

    /// The answer that an object does not exist, where one was asked for and is in no list.
    #[must_use]
    pub fn absent(&self, kind: AbsentKind, id: Uuid) -> Option<&Absent> {
        self.absent.iter().find(|it| it.kind == kind && it.id == id)
    }

    /// Whether the tenant certainly has no such object: its whole list does not have it, or the
    /// service answered that it does not exist.
    #[must_use]
    pub fn lacks(&self, kind: AbsentKind, id: Uuid) -> bool {
        let gone = || self.absent(kind, id).is_some();
        match kind {
            AbsentKind::User => {
                (self.users.is_complete() || gone()) && !self.users.known().iter().any(|it| it.id == id)
            }
            AbsentKind::App => {
                (self.apps.is_complete() || gone()) && !self.apps.known().iter().any(|it| it.app_id == id)
            }
        }
    }

    /// Direct members of a group, and the groups nested in it, whether it has an assignment or is nested in one that has.
    #[must_use]
    pub fn members_of(&self, group: Uuid) -> Option<(&Part<Uuid>, &[Uuid])> {
        let assigned = self.groups.known().iter().find(|it| it.group_id == group);
        let assigned = assigned.map(|it| (&it.members, it.nested.as_slice()));
        let alone = || self.nested_groups.iter().find(|it| it.group_id == group);
        assigned.or_else(|| alone().map(|it| (&it.members, it.nested.as_slice())))
    }

    /// Whether a complete list of policies does not have this one; `Global` exists in every tenant.
    #[must_use]
    pub fn lacks_policy(&self, wanted: &str) -> bool {
        let named = |known: &str| name::same(known, wanted);
        (self.policies.is_complete() || !self.unread_policies.is_empty())
            && !name::is_global(wanted)
            && !self.policies.known().iter().any(|policy| named(&policy.name))
            && !self.unread_policies.iter().any(|unread| named(unread))
    }
}
