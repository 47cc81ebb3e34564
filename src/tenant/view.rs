//! Look-ups in a snapshot, with maps where many questions are asked of one snapshot.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::later::{self, Later};
use super::name;
use super::snapshot::{App, Change, Direct, EffectiveRead, GroupAssignment, Policy, Snapshot, Status, User};

/// Yes, no, or two completions of the missing facts disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tri {
    /// In every completion.
    Yes,
    /// In no completion.
    No,
    /// In some completions only.
    Unknown,
}

/// What a snapshot knows of a policy that somebody names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// It is listed.
    Listed(&'a Policy),
    /// A complete list does not have it: an assignment of it is void, or lists no app.
    Dangling,
    /// It was not read.
    Unread,
}

#[derive(Debug, Default)]
struct Maps {
    users: HashMap<Uuid, usize>,
    names: HashMap<String, usize>,
    /// Principal names that several users have, and how many.
    shared: HashMap<String, usize>,
    apps: HashMap<Uuid, usize>,
    direct: HashMap<Uuid, usize>,
    effective: HashMap<Uuid, Vec<usize>>,
    members: Vec<HashSet<Uuid>>,
    holders: HashMap<String, usize>,
}

/// Positions of the listed policies, by the key under which equal names are equal.
pub(crate) type PolicyNames = Arc<HashMap<String, usize>>;

/// The positions of a snapshot's policies.
pub(crate) fn policy_names(snapshot: &Snapshot) -> PolicyNames {
    let mut names = HashMap::new();
    for (i, policy) in snapshot.policies.known().iter().enumerate() {
        names.entry(name::key(&policy.name)).or_insert(i);
    }
    Arc::new(names)
}

/// A snapshot to ask questions of.
#[derive(Debug)]
pub struct View<'a> {
    snapshot: &'a Snapshot,
    maps: Option<Arc<Maps>>,
    policies: Option<PolicyNames>,
    /// The last moment up to which some change may not have been made, once somebody has looked.
    last_change: OnceLock<Option<Timestamp>>,
    /// What was changed after the moment that is asked about, where something was.
    later: Option<Arc<Later<'a>>>,
}

impl<'a> View<'a> {
    /// For a few questions: every look-up walks its list.
    #[must_use]
    pub const fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, maps: None, policies: None, last_change: OnceLock::new(), later: None }
    }

    /// For questions of one user, of whom the snapshot shows little else than the policies: these are found by name.
    #[must_use]
    pub(crate) fn of_one(snapshot: &'a Snapshot, policies: &PolicyNames) -> Self {
        Self { policies: Some(Arc::clone(policies)), ..Self::new(snapshot) }
    }

    /// Whether an assignment to this group (an object id as text) is listed.
    #[must_use]
    pub fn has_group(&self, group: &str) -> bool {
        let group = group.trim();
        self.snapshot.groups.known().iter().any(|it| it.group_id.to_string().eq_ignore_ascii_case(group))
    }

    /// For many questions: builds maps first, and finds in constant time.
    #[must_use]
    pub fn indexed(snapshot: &'a Snapshot) -> Self {
        let mut maps = Maps::default();
        // The first entry of an id counts, as it does for the walk.
        for (i, user) in snapshot.users.known().iter().enumerate() {
            maps.users.entry(user.id).or_insert(i);
            if let Some(upn) = &user.upn {
                match maps.names.entry(upn.to_lowercase()) {
                    Entry::Vacant(free) => {
                        free.insert(i);
                    }
                    Entry::Occupied(taken) => *maps.shared.entry(taken.key().clone()).or_insert(1) += 1,
                }
            }
        }
        for (i, app) in snapshot.apps.known().iter().enumerate() {
            maps.apps.entry(app.app_id).or_insert(i);
        }
        for (i, direct) in snapshot.direct.known().iter().enumerate() {
            maps.direct.entry(direct.user_id).or_insert(i);
            if let Some(policy) = &direct.policy {
                let held = maps.holders.entry(name::key(policy)).or_default();
                *held = held.saturating_add(1);
            }
        }
        for (i, read) in snapshot.effective.known().iter().enumerate() {
            maps.effective.entry(read.user_id).or_default().push(i);
        }
        maps.members =
            snapshot.groups.known().iter().map(|group| group.members.known().iter().copied().collect()).collect();
        let policies = Some(policy_names(snapshot));
        Self { snapshot, maps: Some(Arc::new(maps)), policies, last_change: OnceLock::new(), later: None }
    }

    /// The same snapshot asked about a moment before some of its changes: what they changed is not known then. `None`
    /// where no change is later, which is the rule.
    #[must_use]
    pub fn before_changes(&self, at: Timestamp) -> Option<Self> {
        let last = *self.last_change.get_or_init(|| later::last(self.snapshot));
        if self.later.is_some() || last.is_none_or(|last| at >= last) {
            return None;
        }
        self.before(at, |_| SignedDuration::ZERO)
    }

    /// The same, where a change also counts as later while it may not have taken effect: `delay` after it was made.
    #[must_use]
    pub fn before(&self, at: Timestamp, delay: impl Fn(&Change) -> SignedDuration) -> Option<Self> {
        let later = Later::of(self.snapshot, at, delay);
        (!later.is_empty()).then(|| Self {
            snapshot: self.snapshot,
            maps: self.maps.clone(),
            policies: self.policies.clone(),
            last_change: self.last_change.clone(),
            later: Some(Arc::new(later)),
        })
    }

    pub(super) fn later(&self) -> Option<&Later<'a>> {
        self.later.as_deref()
    }

    /// A later change of what the policy of this name lists, as far as this app is concerned.
    #[must_use]
    pub fn later_policy(&self, policy: &str, app: Uuid) -> Option<&'a Change> {
        self.later()?.of_policy(policy, app)
    }

    /// A later change of any policy, as far as this app is concerned.
    #[must_use]
    pub fn later_of_any_policy(&self, app: Uuid) -> Option<&'a Change> {
        self.later()?.of_any_policy(app)
    }

    /// A later change of the user's account or licence.
    #[must_use]
    pub fn later_user(&self, user: Uuid) -> Option<&'a Change> {
        self.later()?.of_user(user)
    }

    /// Later changes of the app and its grants.
    #[must_use]
    pub fn later_app(&self, app: Uuid) -> &[&'a Change] {
        self.later().map(|later| later.of_app(app)).unwrap_or_default()
    }

    /// A later change of the switch for transcripts.
    #[must_use]
    pub fn later_switch(&self) -> Option<&'a Change> {
        self.later()?.of_switch()
    }

    /// The snapshot itself.
    #[must_use]
    pub const fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// The listed user with this object id.
    #[must_use]
    pub fn user(&self, id: Uuid) -> Option<&'a User> {
        let users = self.snapshot.users.known();
        match &self.maps {
            Some(maps) => maps.users.get(&id).and_then(|i| users.get(*i)),
            None => users.iter().find(|user| user.id == id),
        }
    }

    /// The listed user with this user principal name.
    #[must_use]
    pub fn user_named(&self, upn: &str) -> Option<&'a User> {
        let users = self.snapshot.users.known();
        let wanted = upn.trim().to_lowercase();
        match &self.maps {
            Some(maps) if maps.shared.contains_key(&wanted) => None,
            Some(maps) => maps.names.get(&wanted).and_then(|i| users.get(*i)),
            None => {
                let mut named = users.iter().filter(|user| is_called(user, &wanted));
                named.next().filter(|_| named.next().is_none())
            }
        }
    }

    /// How many users have this principal name, where more than one has: then it names nobody.
    #[must_use]
    pub fn sharing(&self, upn: &str) -> Option<usize> {
        let wanted = upn.trim().to_lowercase();
        let count = match &self.maps {
            Some(maps) => maps.shared.get(&wanted).copied().unwrap_or_default(),
            None => self.snapshot.users.known().iter().filter(|user| is_called(user, &wanted)).count(),
        };
        (count > 1).then_some(count)
    }

    /// The listed app with this client id.
    #[must_use]
    pub fn app(&self, id: Uuid) -> Option<&'a App> {
        let apps = self.snapshot.apps.known();
        match &self.maps {
            Some(maps) => maps.apps.get(&id).and_then(|i| apps.get(*i)),
            None => apps.iter().find(|app| app.app_id == id),
        }
    }

    /// The direct assignment that is listed for a user.
    #[must_use]
    pub fn direct(&self, user: Uuid) -> Option<&'a Direct> {
        let direct = self.snapshot.direct.known();
        match &self.maps {
            Some(maps) => maps.direct.get(&user).and_then(|i| direct.get(*i)),
            None => direct.iter().find(|direct| direct.user_id == user),
        }
    }

    /// How many users are listed with a direct assignment of this policy.
    #[must_use]
    pub fn direct_holders(&self, wanted: &str) -> usize {
        let holds = |direct: &&Direct| direct.policy.as_deref().is_some_and(|held| name::same(held, wanted));
        match &self.maps {
            Some(maps) => maps.holders.get(&name::key(wanted)).copied().unwrap_or(0),
            None => self.snapshot.direct.known().iter().filter(holds).count(),
        }
    }

    /// The newest reads of a user's effective policy: one, unless reads without a time disagree.
    #[must_use]
    pub fn effective_reads(&self, user: Uuid) -> Vec<&'a EffectiveRead> {
        let reads = self.snapshot.effective.known();
        let mut own: Vec<&EffectiveRead> = match &self.maps {
            Some(maps) => maps.effective.get(&user).into_iter().flatten().filter_map(|i| reads.get(*i)).collect(),
            None => reads.iter().filter(|read| read.user_id == user).collect(),
        };
        if own.iter().all(|read| read.read_at.is_some())
            && let Some(newest) = own.iter().map(|read| read.read_at).max()
        {
            own.retain(|read| read.read_at == newest);
        }
        own
    }

    /// The listed policy of this name.
    #[must_use]
    pub fn policy(&self, wanted: &str) -> Option<&'a Policy> {
        let policies = self.snapshot.policies.known();
        match &self.policies {
            Some(names) => names.get(&name::key(wanted)).and_then(|i| policies.get(*i)),
            None => policies.iter().find(|policy| name::same(&policy.name, wanted)),
        }
    }

    /// What is known of the policy of this name. `Global` exists in every tenant, so that a list without
    /// it does not show that it is empty.
    #[must_use]
    pub fn content(&self, wanted: &str) -> Content<'a> {
        if self.later().is_some_and(|later| later.is_whole_policy(wanted)) {
            return Content::Unread;
        }
        match self.policy(wanted) {
            Some(policy) => Content::Listed(policy),
            None if self.snapshot.lacks_policy(wanted) => Content::Dangling,
            None => Content::Unread,
        }
    }

    /// Whether a user is a *direct* member of the group at `index` of the known assignments; nested
    /// groups do not count (learn.microsoft.com/microsoftteams/policy-assignment-overview).
    #[must_use]
    pub fn is_member(&self, index: usize, group: &GroupAssignment, user: Uuid) -> Tri {
        let listed = match self.maps.as_ref().and_then(|maps| maps.members.get(index)) {
            Some(members) => members.contains(&user),
            None => group.members.known().contains(&user),
        };
        if self.later().is_some_and(|later| later.of_member(group.group_id, Some(user)).is_some()) {
            return Tri::Unknown;
        }
        match (listed, group.members.status) {
            (true, _) => Tri::Yes,
            (false, Status::Complete) => Tri::No,
            (false, Status::Partial | Status::Missing) => Tri::Unknown,
        }
    }

    /// Whether any policy that the tenant has lists the app.
    #[must_use]
    pub fn any_policy_lists(&self, app: Uuid) -> Tri {
        let policies = &self.snapshot.policies;
        let as_read = |policy: &Policy| self.later_policy(&policy.name, app).is_none();
        if policies.known().iter().any(|policy| policy.app_ids.contains(&app) && as_read(policy)) {
            Tri::Yes
        } else if self.later_of_any_policy(app).is_some() {
            Tri::Unknown
        } else if policies.is_complete() && self.policy(name::GLOBAL).is_some() {
            Tri::No
        } else {
            Tri::Unknown
        }
    }
}

/// Whether a user has this principal name, in lower case.
fn is_called(user: &User, wanted: &str) -> bool {
    user.upn.as_ref().is_some_and(|upn| upn.to_lowercase() == wanted)
}
