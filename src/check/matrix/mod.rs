//! Every user of a tenant by a few apps, in memory: ids by number, memberships as one flat list, one bit an app for
//! each policy, and the effective policy once a user.
//!
//! Users for whom everything that a verdict rests on is alike share a class, classes that an app cannot tell apart
//! share a judgement, and each judgement is made once, by the same code as a single question.
//!
//! | file | what happens there |
//! |---|---|
//! | `build` | a snapshot becomes numbers |
//! | `classes` | users who are alike share a class |
//! | `verdicts` | each class is judged for each app |
//! | `slim` | a snapshot that shows one user, which is what is judged |
//! | `hash` | a quick hash of small numbers |

mod build;
mod classes;
mod hash;
mod slim;
mod verdicts;

use std::collections::HashMap;

use uuid::Uuid;

use super::index::Ids;
use crate::diagnose::Verdict;
use crate::tenant::{Snapshot, Status, Teams, Tri, View, name};

use classes::Gaps;
pub use verdicts::{Again, ClassVerdict, Judged, Verdicts};

/// Apps that are judged at once: one bit each.
pub const APPS: usize = 64;

/// What is read of a user's direct assignment.
const NO_ENTRY: u32 = 0;
const NONE: u32 = 1;
const NOT_KNOWN: u32 = 2;
/// From here on: the number of a policy name.
const NAMED: u32 = 3;

/// What is read of a user itself.
const UNLISTED: u8 = 0;
const ENABLED: u8 = 1;
const DISABLED: u8 = 2;
const ABSENT: u8 = 3;
const NOT_READ: u8 = 4;

/// A snapshot in the form in which all its users are judged.
#[derive(Debug)]
pub struct Matrix<'s> {
    snapshot: &'s Snapshot,
    ids: Ids,
    /// Whether each user is listed, and with Teams: one of the codes above.
    listed: Vec<u8>,
    /// One of the codes above a user.
    direct: Vec<u32>,
    /// Where each user's groups begin in `groups_of`; one more at the end.
    starts: Vec<u32>,
    /// Numbers of the groups of which a user is listed as a member, lowest rank first.
    groups_of: Vec<u32>,
    groups: Vec<Group>,
    /// Users of groups that are nested in others and have no assignment, with the number of the group; by user.
    inside: Vec<(u32, u32)>,
    names: Vec<PolicyName<'s>>,
    /// Their numbers, by the key under which equal names are equal.
    numbers: HashMap<String, u32>,
    global: u32,
    /// Reads of effective policies: the user, the position of the read, and a number that is equal for reads which say
    /// the same; by user.
    reads: Vec<Read>,
    /// Users whose id stands where the judgement looks at it by itself, in order: each is judged alone.
    special: Vec<u32>,
    /// Users whose own assignment or licence was changed, in order, and whether it was more than an assignment.
    changed: Vec<(u32, bool)>,
    history: History,
    gaps: Gaps,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    /// The number of its policy's name.
    policy: u32,
    rank: u32,
    members_complete: bool,
    /// Another group lists it as nested.
    inner: bool,
}

#[derive(Clone, Copy, Debug)]
struct Read {
    user: u32,
    index: u32,
    says: u32,
}

#[derive(Debug)]
struct PolicyName<'s> {
    /// Its position in the list of policies, if it is listed.
    listed: Option<usize>,
    name: &'s str,
    /// Assigned, and not in a complete list.
    dangling: bool,
}

/// How many pairs have which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Allowed.
    pub allowed: u64,
    /// Denied.
    pub denied: u64,
    /// Unknown.
    pub unknown: u64,
}

impl Counts {
    /// Adds one of each of these verdicts.
    pub fn add_all(&mut self, verdicts: &[Verdict]) {
        let of = |wanted| verdicts.iter().fold(0_u64, |count, verdict| count + u64::from(*verdict == wanted));
        let (allowed, denied) = (of(Verdict::Allowed), of(Verdict::Denied));
        let all = u64::try_from(verdicts.len()).unwrap_or(u64::MAX);
        self.add(Verdict::Allowed, allowed);
        self.add(Verdict::Denied, denied);
        self.add(Verdict::Unknown, all.saturating_sub(allowed).saturating_sub(denied));
    }

    /// Adds so many of a verdict.
    pub fn add(&mut self, verdict: Verdict, count: u64) {
        let slot = match verdict {
            Verdict::Allowed => &mut self.allowed,
            Verdict::Denied => &mut self.denied,
            Verdict::Unknown => &mut self.unknown,
        };
        *slot = slot.saturating_add(count);
    }

    /// How many have this verdict.
    #[must_use]
    pub const fn of(self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Allowed => self.allowed,
            Verdict::Denied => self.denied,
            Verdict::Unknown => self.unknown,
        }
    }

    /// All of them.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.allowed.saturating_add(self.denied).saturating_add(self.unknown)
    }
}

/// The changes of a snapshot: those that are about one user matter to nobody else.
#[derive(Debug, Default)]
struct History {
    /// The user, and the position of the change; by user.
    own: Vec<(u32, u32)>,
    /// Positions of all others.
    common: Vec<u32>,
    /// Some change is about a group, listed or not.
    any_group: bool,
    /// By policy name and by group: some change is about it.
    policies: Vec<bool>,
    groups: Vec<bool>,
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn at<T: Copy + Default>(list: &[T], index: u32) -> T {
    usize::try_from(index).ok().and_then(|index| list.get(index)).copied().unwrap_or_default()
}

impl<'s> Matrix<'s> {
    /// Numbers the ids of a snapshot. The users are the listed ones, in order; where the list is not complete, also
    /// those of whom an assignment or a read was listed.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot) -> Self {
        let users = snapshot.users.known();
        let mut ids = Ids::with_capacity(users.len());
        let mut listed = Vec::with_capacity(users.len());
        let read = users.iter().map(|user| (user.id, user.teams));
        ids.add_each(
            read,
            |(id, _)| id,
            |(_, teams)| {
                listed.push(match teams {
                    Some(Teams::Enabled) => ENABLED,
                    Some(Teams::Disabled) => DISABLED,
                    Some(Teams::Absent) => ABSENT,
                    None => NOT_READ,
                });
            },
        );
        if !snapshot.users.is_complete() {
            let direct = snapshot.direct.known().iter().map(|direct| direct.user_id);
            let members = snapshot.groups.known().iter().flat_map(|group| group.members.known()).copied();
            let reads = snapshot.effective.known().iter().map(|read| read.user_id);
            ids.add_each(direct.chain(members).chain(reads), |id| id, |_| listed.push(UNLISTED));
        }
        let mut matrix = Self {
            snapshot,
            direct: vec![NO_ENTRY; ids.len()],
            starts: Vec::new(),
            groups_of: Vec::new(),
            groups: Vec::new(),
            inside: Vec::new(),
            names: Vec::new(),
            numbers: HashMap::new(),
            global: 0,
            reads: Vec::new(),
            special: Vec::new(),
            changed: Vec::new(),
            history: History::default(),
            gaps: Gaps::default(),
            ids,
            listed,
        };
        matrix.read_assignments();
        matrix.read_groups();
        matrix.read_history();
        matrix.find_special();
        matrix
    }

    /// The users, in order.
    #[must_use]
    pub fn users(&self) -> &[Uuid] {
        self.ids.as_slice()
    }

    /// The number of a user.
    #[must_use]
    pub fn number_of(&self, user: Uuid) -> Option<u32> {
        self.ids.get(user)
    }

    /// The snapshot itself.
    #[must_use]
    pub const fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }
}

/// Whether the list of users leaves none out.
#[must_use]
pub fn covers_everybody(snapshot: &Snapshot) -> bool {
    snapshot.users.status == Status::Complete
}

/// Whether the tenant default lists an app: what a user who is created tomorrow gets.
#[must_use]
pub fn default_lists(view: &View<'_>, app: Uuid) -> Tri {
    match view.policy(name::GLOBAL) {
        Some(policy) if policy.app_ids.contains(&app) => Tri::Yes,
        Some(_) => Tri::No,
        None => Tri::Unknown,
    }
}
