//! Every user of a tenant by a few apps, in memory: ids by number, memberships as one flat list, one bit an app for
//! each policy, and the effective policy once a user.
//!
//! Users for whom everything that a verdict rests on is alike share a class, and a class is judged once for each app.
//! Where a fact is missing, the class is made of all that was read of the user, so that it is judged by the same code
//! as a single question.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::answer::Terms;
use super::index::Ids;
use crate::diagnose::gates::{permission, policy, tenant, user};
use crate::diagnose::{Case, Judgement, Outcome, Question, Verdict, judge_in};
use crate::knowledge::{Gate, Operation};
use crate::tenant::{Snapshot, Status, Teams, Tri, View, name};

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
    names: Vec<PolicyName<'s>>,
    global: u32,
    /// Reads of effective policies: the user, the position of the read, and a number that is equal for reads which say
    /// the same; by user.
    reads: Vec<Read>,
    /// Users whose id stands where the judgement looks at it by itself: each is judged alone.
    special: HashSet<u32>,
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

/// Where the quick way to the effective policy ends.
#[derive(Clone, Copy, Debug, Default)]
struct Gaps {
    direct_complete: bool,
    groups_complete: bool,
    /// Some group has no rank or no policy.
    odd_groups: bool,
    /// The lowest rank of a group whose members are not all known.
    open_rank: Option<u32>,
    /// The lowest rank that no listed group has.
    free_rank: u32,
}

/// What makes users alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Class {
    kind: Kind,
    listed: u8,
    /// Apps that a hidden assignment lists for certain.
    hidden: u64,
    /// Apps that a hidden assignment may list.
    maybe_hidden: u64,
    /// The groups, for users of groups that are nested in others; else 0.
    detail: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// A policy that is assigned directly.
    Direct(u32),
    /// A group.
    Group(u32),
    /// The tenant default.
    Global,
    /// All that was read of the user's assignments, by number.
    Read(u32),
    /// One user.
    Alone(u32),
}

/// The verdicts of all users for some apps.
#[derive(Debug)]
pub struct Verdicts {
    /// The apps, in the order in which they were given.
    apps: Vec<Option<Uuid>>,
    class_of: Vec<u32>,
    classes: Vec<ClassRow>,
    /// One for each class and app.
    table: Vec<Verdict>,
}

#[derive(Clone, Copy, Debug)]
struct ClassRow {
    class: Class,
    /// The first user of the class.
    first: u32,
    count: u64,
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
    /// Adds so many of a verdict.
    pub fn add(&mut self, verdict: Verdict, count: u64) {
        let slot = match verdict {
            Verdict::Allowed => &mut self.allowed,
            Verdict::Denied => &mut self.denied,
            Verdict::Unknown => &mut self.unknown,
        };
        *slot = slot.saturating_add(count);
    }

    /// All of them.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.allowed.saturating_add(self.denied).saturating_add(self.unknown)
    }
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
        for user in users {
            if ids.add(user.id).1 {
                listed.push(match user.teams {
                    Some(Teams::Enabled) => ENABLED,
                    Some(Teams::Disabled) => DISABLED,
                    Some(Teams::Absent) => ABSENT,
                    None => NOT_READ,
                });
            }
        }
        if !snapshot.users.is_complete() {
            let direct = snapshot.direct.known().iter().map(|direct| direct.user_id);
            let members = snapshot.groups.known().iter().flat_map(|group| group.members.known()).copied();
            let reads = snapshot.effective.known().iter().map(|read| read.user_id);
            for id in direct.chain(members).chain(reads) {
                if ids.add(id).1 {
                    listed.push(UNLISTED);
                }
            }
        }
        let mut matrix = Self {
            snapshot,
            direct: vec![NO_ENTRY; ids.len()],
            starts: Vec::new(),
            groups_of: Vec::new(),
            groups: Vec::new(),
            names: Vec::new(),
            global: 0,
            reads: Vec::new(),
            special: HashSet::new(),
            gaps: Gaps::default(),
            ids,
            listed,
        };
        matrix.read_assignments();
        matrix.read_groups();
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

    fn read_assignments(&mut self) {
        let snapshot = self.snapshot;
        let mut known: HashMap<String, u32> = HashMap::new();
        for (index, policy) in snapshot.policies.known().iter().enumerate() {
            known.entry(name::key(&policy.name)).or_insert_with(|| {
                self.names.push(PolicyName { listed: Some(index), name: &policy.name, dangling: false });
                number(self.names.len() - 1)
            });
        }
        let complete = snapshot.policies.is_complete();
        let mut names = std::mem::take(&mut self.names);
        // Most assignments repeat the one before letter by letter.
        let mut last: (&str, u32) = ("", 0);
        let mut name_of = |text: &'s str| {
            if last.0 == text {
                return last.1;
            }
            let of = *known.entry(name::key(text)).or_insert_with(|| {
                names.push(PolicyName { listed: None, name: text, dangling: complete && !name::is_global(text) });
                number(names.len() - 1)
            });
            last = (text, of);
            of
        };
        self.global = name_of(name::GLOBAL);
        for direct in snapshot.direct.known() {
            let code = match direct.policy.as_deref() {
                None => NONE,
                Some("") => NOT_KNOWN,
                Some(policy) => NAMED.saturating_add(name_of(policy)),
            };
            let of = self.ids.get(direct.user_id).and_then(|user| self.direct.get_mut(usize::try_from(user).ok()?));
            if let Some(slot) = of.filter(|slot| **slot == NO_ENTRY) {
                *slot = code;
            }
        }
        let nested: HashSet<Uuid> =
            snapshot.groups.known().iter().flat_map(|group| group.nested.iter().copied()).collect();
        self.groups = snapshot
            .groups
            .known()
            .iter()
            .map(|group| Group {
                policy: if group.policy.is_empty() { u32::MAX } else { name_of(&group.policy) },
                rank: group.rank,
                members_complete: group.members.is_complete(),
                inner: nested.contains(&group.group_id),
            })
            .collect();
        let mut says = HashMap::new();
        for (index, read) in snapshot.effective.known().iter().enumerate() {
            let Some(user) = self.ids.get(read.user_id) else { continue };
            let via = read.via.map(|via| via as u8);
            let next = number(says.len());
            let says = *says.entry((read.policy.as_deref().map(&mut name_of), via, read.group_id)).or_insert(next);
            self.reads.push(Read { user, index: number(index), says });
        }
        self.reads.sort_by_key(|read| (read.user, read.index));
        self.names = names;
    }

    /// Memberships as one flat list, and where the quick way ends.
    fn read_groups(&mut self) {
        let known = self.snapshot.groups.known();
        let mut order: Vec<usize> = (0..known.len()).collect();
        order.sort_by_key(|index| self.groups.get(*index).map_or(0, |group| group.rank));
        let members = |index: usize| known.get(index).map(|group| group.members.known()).unwrap_or_default();
        let mut counts = vec![0_u32; self.ids.len() + 1];
        let mut numbers: Vec<Vec<u32>> = Vec::with_capacity(order.len());
        for index in &order {
            let mut own: Vec<u32> = members(*index).iter().filter_map(|id| self.ids.get(*id)).collect();
            own.sort_unstable();
            own.dedup();
            for user in &own {
                if let Some(count) = usize::try_from(*user).ok().and_then(|user| counts.get_mut(user)) {
                    *count += 1;
                }
            }
            numbers.push(own);
        }
        let mut total = 0;
        for count in &mut counts {
            let own = *count;
            *count = total;
            total += own;
        }
        self.starts = counts.clone();
        self.groups_of = vec![0; usize::try_from(total).unwrap_or(0)];
        for (index, own) in order.iter().zip(&numbers) {
            for user in own {
                let Some(next) = usize::try_from(*user).ok().and_then(|user| counts.get_mut(user)) else { continue };
                if let Some(slot) = usize::try_from(*next).ok().and_then(|at| self.groups_of.get_mut(at)) {
                    *slot = number(*index);
                }
                *next += 1;
            }
        }
        let ranks: BTreeSet<u32> = self.groups.iter().map(|group| group.rank).collect();
        let mut free = 1;
        while ranks.contains(&free) {
            free += 1;
        }
        self.gaps = Gaps {
            direct_complete: self.snapshot.direct.is_complete(),
            groups_complete: self.snapshot.groups.is_complete(),
            odd_groups: self.groups.iter().any(|group| group.rank == 0 || group.policy == u32::MAX),
            open_rank: self.groups.iter().filter(|group| !group.members_complete).map(|group| group.rank).min(),
            free_rank: free,
        };
    }

    /// Whose id stands in the history, in a list of apps, or is that of a group.
    fn find_special(&mut self) {
        let snapshot = self.snapshot;
        let mut named: Vec<Uuid> = Vec::new();
        for change in &snapshot.history {
            named.extend(
                [Some(change.key.as_str()), change.value.as_deref()]
                    .into_iter()
                    .flatten()
                    .filter_map(|text| Uuid::try_parse(text.trim()).ok()),
            );
        }
        named.extend(snapshot.policies.known().iter().flat_map(|policy| policy.app_ids.iter().copied()));
        named.extend(
            snapshot.groups.known().iter().flat_map(|group| group.nested.iter().copied().chain([group.group_id])),
        );
        for app in snapshot.apps.known() {
            named.extend([Some(app.app_id), app.service_principal_id, app.application_object_id].into_iter().flatten());
        }
        self.special = named.into_iter().filter_map(|id| self.ids.get(id)).collect();
    }

    fn groups_of(&self, user: u32) -> &[u32] {
        let range = at(&self.starts, user)..at(&self.starts, user.saturating_add(1));
        let range = usize::try_from(range.start).unwrap_or(0)..usize::try_from(range.end).unwrap_or(0);
        self.groups_of.get(range).unwrap_or_default()
    }

    fn group(&self, index: u32) -> Option<&Group> {
        self.groups.get(usize::try_from(index).ok()?)
    }

    fn is_dangling(&self, policy: u32) -> bool {
        usize::try_from(policy).ok().and_then(|index| self.names.get(index)).is_some_and(|name| name.dangling)
    }

    /// The level that is effective for certain, where no missing fact can come first.
    fn quick(&self, direct: u32, groups: &[u32]) -> Option<Kind> {
        match direct {
            NO_ENTRY if !self.gaps.direct_complete => return None,
            NO_ENTRY | NONE => {}
            NOT_KNOWN => return None,
            named if self.is_dangling(named - NAMED) => return None,
            named => return Some(Kind::Direct(named - NAMED)),
        }
        if self.gaps.odd_groups {
            return None;
        }
        match groups.first().and_then(|index| Some((*index, self.group(*index)?))) {
            Some((index, group)) => {
                let open = self.gaps.open_rank.is_some_and(|rank| rank < group.rank);
                let gap = !self.gaps.groups_complete && self.gaps.free_rank < group.rank;
                (!open && !gap && !self.is_dangling(group.policy)).then_some(Kind::Group(index))
            }
            None => (self.gaps.groups_complete && self.gaps.open_rank.is_none()).then_some(Kind::Global),
        }
    }

    /// Judges every user for at most [`APPS`] apps; `None` stands for an app that nobody knows.
    #[must_use]
    pub fn judge(&self, apps: &[Option<Uuid>], operation: &'static Operation, terms: Terms<'_>) -> Verdicts {
        let apps: Vec<Option<Uuid>> = apps.iter().copied().take(APPS).collect();
        let lists = self.listing(&apps);
        let (class_of, classes) = self.classes(&lists);
        let mut slim = Slim::new(self);
        let mut table = Vec::with_capacity(classes.len().saturating_mul(apps.len()));
        for row in &classes {
            slim.show(self, row.first);
            let view = View::new(&slim.snapshot);
            let user = self.users().get(usize::try_from(row.first).unwrap_or(usize::MAX)).copied();
            for app in &apps {
                let question = question(*app, user, operation, terms);
                table.push(if self.snapshot.history.is_empty() {
                    verdict(&question, &view, terms)
                } else {
                    judge_in(&question, &view, terms.catalogue).verdict
                });
            }
        }
        Verdicts { apps, class_of, classes, table }
    }

    /// For each policy name the apps that it lists, and those that it may list.
    fn listing(&self, apps: &[Option<Uuid>]) -> Vec<(u64, u64)> {
        let policies = self.snapshot.policies.known();
        let all = if apps.len() >= APPS { u64::MAX } else { (1_u64 << apps.len()) - 1 };
        self.names
            .iter()
            .map(|name| match name.listed.and_then(|index| policies.get(index)) {
                Some(policy) => {
                    let bits =
                        apps.iter().enumerate().filter(|(_, app)| app.is_some_and(|app| policy.app_ids.contains(&app)));
                    let bits = bits.fold(0_u64, |bits, (index, _)| bits | (1 << index));
                    (bits, bits)
                }
                None if name.dangling => (0, 0),
                None => (0, all),
            })
            .collect()
    }

    fn classes(&self, lists: &[(u64, u64)]) -> (Vec<u32>, Vec<ClassRow>) {
        let mut class_of = Vec::with_capacity(self.ids.len());
        let mut rows: Vec<ClassRow> = Vec::new();
        let mut known: HashMap<Class, u32, Quick> = HashMap::default();
        let mut read: HashMap<(u32, Vec<u32>, Option<u32>), u32> = HashMap::new();
        let mut reads = self.reads.as_slice();
        let global = at(lists, self.global);
        let mut last: Option<(Class, u32)> = None;
        for (user, (listed, direct)) in self.listed.iter().zip(&self.direct).enumerate() {
            let user = number(user);
            let groups = self.groups_of(user);
            let count = reads.iter().take_while(|read| read.user == user).count();
            let own = reads.first().filter(|_| count == 1).map(|read| read.says);
            reads = reads.get(count..).unwrap_or_default();
            let mut signature = || {
                let next = number(read.len() + 1);
                *read.entry((*direct, groups.to_vec(), own)).or_insert(next)
            };
            // Which of several reads counts depends on their times.
            let kind = if count > 1 || (!self.special.is_empty() && self.special.contains(&user)) {
                Kind::Alone(user)
            } else if own.is_some() {
                Kind::Read(signature())
            } else {
                self.quick(*direct, groups).unwrap_or_else(|| Kind::Read(signature()))
            };
            let (mut hidden, mut maybe) = (0, 0);
            let mut detail = 0;
            if let Kind::Direct(_) | Kind::Group(_) = kind {
                (hidden, maybe) = global;
                let skip = usize::from(matches!(kind, Kind::Group(_)));
                for index in groups.iter().skip(skip) {
                    let Some(group) = self.group(*index) else { continue };
                    let (yes, may) = at(lists, group.policy);
                    hidden |= yes;
                    maybe |= may;
                }
                maybe |= self.may_be_member(kind, groups, lists);
                if groups.iter().any(|index| self.group(*index).is_some_and(|group| group.inner)) {
                    detail = signature();
                }
            } else if groups.iter().any(|index| self.group(*index).is_some_and(|group| group.inner)) {
                detail = signature();
            }
            let class = Class { kind, listed: *listed, hidden, maybe_hidden: maybe & !hidden, detail };
            let index = match last {
                Some((same, index)) if same == class => index,
                _ => *known.entry(class).or_insert_with(|| {
                    rows.push(ClassRow { class, first: user, count: 0 });
                    number(rows.len() - 1)
                }),
            };
            last = Some((class, index));
            if let Some(row) = usize::try_from(index).ok().and_then(|index| rows.get_mut(index)) {
                row.count += 1;
            }
            class_of.push(index);
        }
        (class_of, rows)
    }

    /// Apps of groups below the effective one whose members are not all known, and which the user may be in.
    fn may_be_member(&self, kind: Kind, groups: &[u32], lists: &[(u64, u64)]) -> u64 {
        if self.gaps.open_rank.is_none() {
            return 0;
        }
        let above = match kind {
            Kind::Group(index) => self.group(index).map_or(0, |group| group.rank),
            _ => 0,
        };
        self.groups
            .iter()
            .enumerate()
            .filter(|(index, group)| !group.members_complete && group.rank > above && !groups.contains(&number(*index)))
            .fold(0, |bits, (_, group)| {
                bits | if group.policy == u32::MAX { u64::MAX } else { at(lists, group.policy).1 }
            })
    }
}

impl Verdicts {
    /// The verdict of a pair, both by number.
    #[must_use]
    pub fn verdict(&self, user: u32, app: usize) -> Verdict {
        let class = usize::try_from(at(&self.class_of, user)).unwrap_or(usize::MAX);
        self.of_class(class, app)
    }

    fn of_class(&self, class: usize, app: usize) -> Verdict {
        self.table.get(class.saturating_mul(self.apps.len()).saturating_add(app)).copied().unwrap_or(Verdict::Unknown)
    }

    /// How many users have which verdict for an app.
    #[must_use]
    pub fn counts(&self, app: usize) -> Counts {
        let mut counts = Counts::default();
        for (class, row) in self.classes.iter().enumerate() {
            counts.add(self.of_class(class, app), row.count);
        }
        counts
    }

    /// How many classes of users there are.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    /// The class of each user.
    #[must_use]
    pub fn class_of(&self) -> &[u32] {
        &self.class_of
    }

    /// The apps.
    #[must_use]
    pub fn apps(&self) -> &[Option<Uuid>] {
        &self.apps
    }

    /// For each class and app: the verdict, how many users, and the judgement of the first of them, which holds for
    /// all as far as the first finding, the gates' outcomes and the effective policy go.
    pub fn each_class(
        &self,
        matrix: &Matrix<'_>,
        operation: &'static Operation,
        terms: Terms<'_>,
        mut tell: impl FnMut(ClassJudgement<'_>),
    ) {
        let mut slim = Slim::new(matrix);
        for (class, row) in self.classes.iter().enumerate() {
            slim.show(matrix, row.first);
            let view = View::new(&slim.snapshot);
            let user = matrix.users().get(usize::try_from(row.first).unwrap_or(usize::MAX)).copied();
            for (index, app) in self.apps.iter().enumerate() {
                tell(ClassJudgement {
                    class,
                    app: index,
                    verdict: self.of_class(class, index),
                    count: row.count,
                    question: question(*app, user, operation, terms),
                    view: &view,
                    terms,
                    alike: self.alike(row, index),
                });
            }
        }
    }

    /// Classes with one key have one reason for an app.
    fn alike(&self, row: &ClassRow, app: usize) -> Alike {
        let bit = |bits: u64| u32::try_from(app).ok().and_then(|app| bits.checked_shr(app)).unwrap_or(0) & 1 == 1;
        Alike(row.class.kind, row.class.listed, bit(row.class.hidden), bit(row.class.maybe_hidden), row.class.detail)
    }
}

/// Under one of these the reason of a verdict is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Alike(Kind, u8, bool, bool, u32);

/// One class of users and one app.
#[derive(Debug)]
pub struct ClassJudgement<'a> {
    /// Number of the class.
    pub class: usize,
    /// Number of the app.
    pub app: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// How many users.
    pub count: u64,
    /// Equal for classes with one reason.
    pub alike: Alike,
    question: Question,
    view: &'a View<'a>,
    terms: Terms<'a>,
}

impl ClassJudgement<'_> {
    /// The judgement of the first user of the class.
    #[must_use]
    pub fn judgement(&self) -> Judgement {
        judge_in(&self.question, self.view, self.terms.catalogue)
    }

    /// The view that the judgement was made in: it shows one user of the tenant only.
    #[must_use]
    pub const fn view(&self) -> &View<'_> {
        self.view
    }

    /// The first user of the class.
    #[must_use]
    pub const fn user(&self) -> Option<Uuid> {
        self.question.user_id
    }
}

fn question(app: Option<Uuid>, user: Option<Uuid>, operation: &'static Operation, terms: Terms<'_>) -> Question {
    Question {
        app_id: app,
        user_id: user,
        user: None,
        operation: Some(operation),
        token: None,
        delegated: false,
        meeting: None,
        at: Some(terms.at),
        gates: terms.gates.map(<[Gate]>::to_vec),
        of_incident: false,
    }
}

/// The fold over the gates that a plain question asks. Without history the time gate passes or is skipped, and without
/// a meeting no consent in a chat replaces anything.
fn verdict(question: &Question, view: &View<'_>, terms: Terms<'_>) -> Verdict {
    let case = Case::new(question, view, terms.catalogue);
    let mut open = false;
    for (gate, judge) in [
        (Gate::Permission, permission::judge as fn(&Case<'_>) -> _),
        (Gate::User, user::judge),
        (Gate::Policy, policy::judge),
        (Gate::Tenant, tenant::judge),
    ] {
        if !case.asks(gate) {
            continue;
        }
        match judge(&case).outcome {
            Outcome::Fail => return Verdict::Denied,
            Outcome::Unknown => open = true,
            Outcome::Pass | Outcome::Skipped => {}
        }
    }
    if open { Verdict::Unknown } else { Verdict::Allowed }
}

/// A snapshot that shows one user, so that a judgement need not walk over all of them.
struct Slim {
    snapshot: Snapshot,
}

impl Slim {
    fn new(matrix: &Matrix<'_>) -> Self {
        let full = matrix.snapshot;
        let mut snapshot = Snapshot {
            tenant_id: full.tenant_id,
            cloud: full.cloud.clone(),
            taken_at: full.taken_at,
            policies: full.policies.clone(),
            apps: full.apps.clone(),
            settings: full.settings.clone(),
            rsc: full.rsc.clone(),
            events: full.events.clone(),
            history: full.history.clone(),
            ..Snapshot::default()
        };
        snapshot.direct.status = full.direct.status;
        snapshot.direct.read_at = full.direct.read_at;
        snapshot.direct.source.clone_from(&full.direct.source);
        snapshot.effective.status = full.effective.status;
        snapshot.effective.read_at = full.effective.read_at;
        snapshot.effective.source.clone_from(&full.effective.source);
        snapshot.users.status = full.users.status;
        snapshot.users.read_at = full.users.read_at;
        snapshot.users.source.clone_from(&full.users.source);
        snapshot.groups.status = full.groups.status;
        snapshot.groups.read_at = full.groups.read_at;
        snapshot.groups.source.clone_from(&full.groups.source);
        snapshot.groups.items = full
            .groups
            .known()
            .iter()
            .map(|group| {
                let mut own = crate::tenant::GroupAssignment {
                    group_id: group.group_id,
                    name: group.name.clone(),
                    policy: group.policy.clone(),
                    rank: group.rank,
                    members: crate::tenant::Part::default(),
                    nested: group.nested.clone(),
                };
                own.members.status = group.members.status;
                own
            })
            .collect();
        Self { snapshot }
    }

    /// Shows another user.
    fn show(&mut self, matrix: &Matrix<'_>, user: u32) {
        let full = matrix.snapshot;
        let slim = &mut self.snapshot;
        let Some(id) = matrix.users().get(usize::try_from(user).unwrap_or(usize::MAX)).copied() else { return };
        slim.direct.items.clear();
        let policy = match at(&matrix.direct, user) {
            NO_ENTRY => None,
            NONE => Some(None),
            NOT_KNOWN => Some(Some(String::new())),
            named => {
                let name = usize::try_from(named - NAMED).ok().and_then(|index| matrix.names.get(index));
                name.map(|name| Some(name.name.to_owned()))
            }
        };
        if let Some(policy) = policy {
            slim.direct.items.push(crate::tenant::Direct { user_id: id, policy });
        }
        slim.users.items.clear();
        let listed = at(&matrix.listed, user);
        if listed != UNLISTED {
            slim.users.items.push(crate::tenant::User {
                id,
                upn: None,
                name: None,
                guest: None,
                enabled: None,
                teams: match listed {
                    ENABLED => Some(Teams::Enabled),
                    DISABLED => Some(Teams::Disabled),
                    ABSENT => Some(Teams::Absent),
                    _ => None,
                },
            });
        }
        let reads = full.effective.known();
        let start = matrix.reads.partition_point(|read| read.user < user);
        let own = matrix.reads.iter().skip(start).take_while(|read| read.user == user);
        slim.effective.items = own.filter_map(|read| reads.get(usize::try_from(read.index).ok()?)).cloned().collect();
        for group in &mut slim.groups.items {
            group.members.items.clear();
        }
        for index in matrix.groups_of(user) {
            if let Some(group) = usize::try_from(*index).ok().and_then(|index| slim.groups.items.get_mut(index)) {
                group.members.items.push(id);
            }
        }
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

/// A hash of small numbers of our own making.
#[derive(Clone, Copy, Debug, Default)]
struct Quick;

#[derive(Clone, Copy, Debug, Default)]
struct QuickHasher(u64);

impl std::hash::BuildHasher for Quick {
    type Hasher = QuickHasher;

    fn build_hasher(&self) -> QuickHasher {
        QuickHasher(0)
    }
}

impl std::hash::Hasher for QuickHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value.unsigned_abs() as u64);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    }
}
