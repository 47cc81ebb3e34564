//! The effective policy of a user, as far as the snapshot tells.
//!
//! Effective is the direct assignment, else the group assignment with the lowest rank among the groups of
//! which the user is a direct member, else `Global`; never a union
//! (learn.microsoft.com/microsoftteams/policy-assignment-overview).

use uuid::Uuid;

use super::later::Later;
use super::name;
use super::snapshot::{Change, EffectiveRead, FORBIDDEN, GroupAssignment, HIDDEN, NOBODY_SHOWN, Status, Via};
use super::view::{Content, Tri, View};

/// How an assignment reaches its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Assigned to the user.
    Direct,
    /// Assigned to a group of which the user is a direct member.
    Group {
        /// The group, if it is known.
        group_id: Option<Uuid>,
        /// Its rank, if it is known.
        rank: Option<u32>,
    },
    /// The tenant default.
    Global,
    /// An `effective` read that does not say how.
    Unsaid,
}

/// An assignment that reaches a user, or may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment<'a> {
    /// How.
    pub level: Level,
    /// Name of the policy; empty = not known.
    pub policy: &'a str,
    /// What is known of that policy.
    pub content: Content<'a>,
    /// It certainly reaches the user (`false`: the user's membership or the rank is not known).
    pub certain: bool,
}

/// Why it is not known which policy is effective.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// The direct assignment of the user was not read.
    pub direct: bool,
    /// Group assignments that were not read may come first.
    pub groups: bool,
    /// Whether the user is a member of a group with an assignment was not read.
    pub members: bool,
    /// An assignment names a policy that does not exist.
    pub dangling: bool,
    /// Two reads of the effective policy disagree.
    pub reads: bool,
    /// The user is not known.
    pub user: bool,
}

impl Gaps {
    fn count(self) -> usize {
        [self.direct, self.groups, self.members, self.dangling, self.reads, self.user].iter().filter(|it| **it).count()
    }
}

/// What may be effective for one user, apart from any app: asked once per user, then [`Effective::lists`]
/// for each app.
#[derive(Clone, Debug)]
pub struct Effective<'a> {
    /// Assignments one of which is effective, highest first, unless an unread one is.
    pub candidates: Vec<Assignment<'a>>,
    /// Known assignments of the user that a candidate above certainly hides.
    pub hidden: Vec<Assignment<'a>>,
    /// Assignments that a candidate certainly hides and that may reach the user.
    pub maybe_hidden: Vec<Assignment<'a>>,
    /// Assignments that were not read may be hidden too.
    pub hidden_open: bool,
    /// What is not known.
    pub gaps: Gaps,
    /// The outcome of an `effective` read.
    pub by_read: bool,
    /// An assignment that was not read may be effective, of any policy of the tenant.
    open: bool,
    /// A change after the moment that is asked about, for which an assignment is not known.
    pub later: Option<&'a Change>,
}

/// The outcomes that completions of the missing facts have.
#[derive(Clone, Copy, Default)]
struct Seen {
    yes: bool,
    no: bool,
}

impl Seen {
    fn add(&mut self, lists: Tri) {
        self.yes |= lists != Tri::No;
        self.no |= lists != Tri::Yes;
    }

    const fn both(self) -> bool {
        self.yes && self.no
    }
}

/// What may be effective for `user`; `None` = a user who is not known.
#[must_use]
pub fn effective<'a>(view: &View<'a>, user: Option<Uuid>) -> Effective<'a> {
    let mut walk = Walk { view, user, found: Effective::empty(), over: false };
    match user {
        Some(id) => {
            let reads = walk.reads_of(id);
            if reads.is_empty() { walk.direct(id) } else { walk.reads(&reads) }
        }
        None => walk.anybody(),
    }
    walk.found
}

/// What the lists of assignments alone lead to, whatever was read of the user's effective policy.
pub(super) fn by_lists<'a>(view: &View<'a>, user: Uuid) -> Effective<'a> {
    let mut walk = Walk { view, user: Some(user), found: Effective::empty(), over: false };
    walk.direct(user);
    walk.found
}

/// What the levels below the direct assignment lead to, by the lists alone.
pub(crate) fn by_groups<'a>(view: &View<'a>, user: Uuid) -> Effective<'a> {
    let mut walk = Walk { view, user: Some(user), found: Effective::empty(), over: false };
    walk.groups(0);
    walk.found
}

impl<'a> Effective<'a> {
    /// What is effective for a user who holds this policy directly.
    #[must_use]
    pub fn direct(view: &View<'a>, policy: &'a str) -> Self {
        let content = view.content(policy);
        let one = Assignment { level: Level::Direct, policy, content, certain: true };
        Self { candidates: vec![one], ..Self::empty() }
    }

    fn empty() -> Self {
        Self {
            candidates: Vec::new(),
            hidden: Vec::new(),
            maybe_hidden: Vec::new(),
            hidden_open: false,
            gaps: Gaps::default(),
            by_read: false,
            open: false,
            later: None,
        }
    }

    /// The one effective assignment, if it is certain which one that is.
    #[must_use]
    pub fn known(&self) -> Option<Assignment<'a>> {
        match self.candidates.as_slice() {
            [one] if !self.open && one.certain && one.content != Content::Dangling && !one.policy.is_empty() => {
                Some(*one)
            }
            _ => None,
        }
    }

    /// Whether an assignment of which nobody knows the policy may be effective: it may be any that the tenant has.
    #[must_use]
    pub fn may_be_any(&self) -> bool {
        self.open || self.candidates.iter().any(|it| it.policy.is_empty())
    }

    /// Whether the effective policy lists the app.
    #[must_use]
    pub fn lists(&self, view: &View<'_>, app: Uuid) -> Tri {
        let mut seen = Seen::default();
        for candidate in &self.candidates {
            if candidate.policy.is_empty() {
                any_policy(view, app, &mut seen);
            } else {
                seen.add(self.listed_by(candidate, view, app));
            }
            if seen.both() {
                return Tri::Unknown;
            }
        }
        if self.open {
            any_policy(view, app, &mut seen);
        }
        match (seen.yes, seen.no) {
            (true, false) => Tri::Yes,
            (false, true) => Tri::No,
            _ => Tri::Unknown,
        }
    }

    /// Whether the policy of an assignment lists the app, at the time that is asked about.
    #[must_use]
    pub fn listed_by(&self, candidate: &Assignment<'_>, view: &View<'_>, app: Uuid) -> Tri {
        if view.later_policy(candidate.policy, app).is_some() { Tri::Unknown } else { candidate.lists(app) }
    }

    /// The change after the moment that is asked about which leaves open whether the app is listed.
    #[must_use]
    pub fn later_for(&self, view: &View<'a>, app: Uuid) -> Option<&'a Change> {
        let of_any = || self.may_be_any().then(|| view.later_of_any_policy(app)).flatten();
        let of_candidates = || self.candidates.iter().find_map(|it| view.later_policy(it.policy, app));
        self.later.or_else(of_candidates).or_else(of_any)
    }

    /// The name of the one read that would settle whether the app is listed, for an app of which
    /// [`Effective::lists`] is unknown.
    #[must_use]
    pub fn needs(&self, view: &View<'_>) -> &'static str {
        if self.gaps.user {
            return "user";
        }
        // Which policy it is tells nothing as long as nobody has read what the policies list.
        let unread = self.candidates.iter().any(|it| it.content == Content::Unread && !it.policy.is_empty());
        if unread || view.snapshot().policies.status == Status::Missing {
            return "policies";
        }
        if self.gaps.count() > 1 {
            return "effective";
        }
        match self.gaps {
            Gaps { direct: true, .. } => "direct",
            Gaps { groups: true, .. } => "group-assignments",
            Gaps { members: true, .. } => self.needs_members(view),
            // The same read again would say the same.
            Gaps { dangling: true, .. } if self.by_read => "policies",
            _ => "effective",
        }
    }
}

impl Effective<'_> {
    /// What tells who is in the groups. A list that shows nobody would show nobody again, and one that was refused is refused
    /// again: what the user has is asked in its place.
    fn needs_members(&self, view: &View<'_>) -> &'static str {
        let may_reach = |id: Uuid| {
            self.candidates.iter().any(|it| matches!(it.level, Level::Group { group_id: Some(own), .. } if own == id))
        };
        let groups = view.snapshot().groups.known().iter().filter(|group| may_reach(group.group_id));
        let mut kinds = groups
            .filter(|group| !group.members.is_complete())
            .map(|group| group.members.reason.as_ref().map_or("", |reason| reason.kind.as_str()));
        let Some(first) = kinds.next().filter(|first| kinds.all(|kind| kind == *first)) else { return "group-members" };
        match first {
            NOBODY_SHOWN => "group-visibility",
            HIDDEN | FORBIDDEN => "effective",
            _ => "group-members",
        }
    }
}

impl Assignment<'_> {
    /// Whether this policy lists the app.
    #[must_use]
    pub fn lists(&self, app: Uuid) -> Tri {
        match self.content {
            Content::Listed(policy) if policy.app_ids.contains(&app) => Tri::Yes,
            Content::Listed(_) | Content::Dangling => Tri::No,
            Content::Unread => Tri::Unknown,
        }
    }
}

/// An assignment that was not read names any policy that the tenant has.
fn any_policy(view: &View<'_>, app: Uuid, seen: &mut Seen) {
    let policies = &view.snapshot().policies;
    if !policies.is_complete() {
        seen.add(Tri::Unknown);
        return;
    }
    if view.later_of_any_policy(app).is_some() {
        seen.add(Tri::Unknown);
    }
    for policy in policies.known() {
        seen.add(if policy.app_ids.contains(&app) { Tri::Yes } else { Tri::No });
    }
    if view.policy(name::GLOBAL).is_none() {
        seen.add(Tri::Unknown);
    }
}

/// From the highest level down, until an assignment is certain to be effective.
struct Walk<'v, 'a> {
    view: &'v View<'a>,
    user: Option<Uuid>,
    found: Effective<'a>,
    /// An assignment above is certain to be effective: what follows is hidden.
    over: bool,
}

impl<'a> Walk<'_, 'a> {
    fn meet(&mut self, level: Level, policy: &'a str, certain: bool) {
        let content = if policy.is_empty() { Content::Unread } else { self.view.content(policy) };
        // One spelling, that of the list, however an assignment spells it.
        let policy = if let Content::Listed(listed) = content { listed.name.as_str() } else { policy };
        let assignment = Assignment { level, policy, content, certain };
        if self.over {
            let hidden = if certain { &mut self.found.hidden } else { &mut self.found.maybe_hidden };
            hidden.push(assignment);
            return;
        }
        self.found.candidates.push(assignment);
        if content == Content::Dangling {
            self.found.gaps.dangling = true;
        } else if certain {
            self.over = true;
        }
    }

    /// The reads of a user's effective policy, unless something that they rest on was changed later.
    fn reads_of(&mut self, user: Uuid) -> Vec<&'a EffectiveRead> {
        let reads = self.view.effective_reads(user);
        let Some(later) = self.view.later().filter(|_| !reads.is_empty()) else { return reads };
        let direct = reads.iter().all(|read| read.via == Some(Via::Direct));
        let of_groups = || if direct { None } else { self.later_group(user) };
        let change = later.of_effective(user).or_else(|| later.of_direct(user)).or_else(of_groups);
        if change.is_none() {
            return reads;
        }
        self.found.later = change;
        self.open_direct();
        Vec::new()
    }

    /// A later change of an assignment to a group that the user may have been in, or of a membership.
    fn later_group(&self, user: Uuid) -> Option<&'a Change> {
        let later = self.view.later()?;
        let groups = self.view.snapshot().groups.known();
        let mut own =
            groups.iter().enumerate().filter(|(index, group)| self.view.is_member(*index, group, user) != Tri::No);
        own.find_map(|(_, group)| later.of_group(group.group_id))
            .or_else(|| self.later_unlisted_group())
            .or_else(|| groups.iter().find_map(|group| later.of_member(group.group_id, Some(user))))
    }

    /// A later change of an assignment that is gone: nobody knows who was in its group.
    fn later_unlisted_group(&self) -> Option<&'a Change> {
        let groups = self.view.snapshot().groups.known();
        let unlisted = |group: Uuid| !groups.iter().any(|it| it.group_id == group);
        self.view.later()?.groups().find(|(group, _)| unlisted(*group)).map(|(_, change)| change)
    }

    fn direct(&mut self, user: Uuid) {
        if let Some(change) = self.view.later().and_then(|later| later.of_direct(user)) {
            self.found.later = Some(change);
            self.open_direct();
            return self.groups(0);
        }
        match self.view.direct(user).map(|direct| direct.policy.as_deref()) {
            Some(None) => {}
            // The entry is there and does not say which policy, if any.
            Some(Some("")) => self.open_direct(),
            Some(Some(policy)) => self.meet(Level::Direct, policy, true),
            None if self.view.snapshot().direct.is_complete() => {}
            None => self.open_direct(),
        }
        self.groups(0);
    }

    fn open_direct(&mut self) {
        self.found.open = true;
        self.found.gaps.direct = true;
    }

    /// The group level, of the groups with a rank above `after` (0 = all), and the tenant default.
    fn groups(&mut self, after: u32) {
        let groups = &self.view.snapshot().groups;
        if let Some(user) = self.user.filter(|_| !self.over) {
            self.found.later = self.found.later.or_else(|| self.later_group(user));
        }
        // An assignment that was changed later may have been any, with any rank that no other has.
        let as_read = |(index, group): &(usize, &'a GroupAssignment)| {
            let changed = self.view.later().is_some_and(|later| later.of_group(group.group_id).is_some());
            !changed || self.membership(*index, group) == Tri::No
        };
        let known: Vec<(usize, &'a GroupAssignment)> = groups.known().iter().enumerate().filter(as_read).collect();
        let open = known.len() < groups.known().len() || self.later_unlisted_group().is_some();
        let status = if open && groups.is_complete() { Status::Partial } else { groups.status };
        let mut ranked: Vec<(usize, &'a GroupAssignment)> =
            known.iter().copied().filter(|(_, group)| group.rank > after).collect();
        crate::order::sort_by_key(&mut ranked, |(_, group)| group.rank);
        let unranked: Vec<(usize, &'a GroupAssignment)> =
            known.iter().copied().filter(|(_, group)| group.rank == 0).collect();
        let sole = !open && self.sole(&unranked);
        let mut next = after.saturating_add(1);
        for (index, group) in ranked {
            // A rank that nobody has leaves room for an assignment that comes first.
            if group.rank > next {
                self.unlisted(status, &unranked, false, sole);
            }
            next = group.rank.saturating_add(1);
            let membership = self.membership(index, group);
            self.group(group, membership, membership == Tri::Yes);
        }
        self.unlisted(status, &unranked, true, sole);
        self.meet(Level::Global, name::GLOBAL, true);
    }

    /// Whether the user is certainly in one group with an assignment, of unknown rank, and in no other: then no rank
    /// is needed.
    fn sole(&self, unranked: &[(usize, &'a GroupAssignment)]) -> bool {
        let groups = &self.view.snapshot().groups;
        let mut all = groups.known().iter().enumerate();
        let mut own = unranked.iter().filter(|(index, group)| self.membership(*index, group) != Tri::No);
        let Some((one, group)) = own.next() else { return false };
        groups.is_complete()
            && !self.found.by_read
            && self.membership(*one, group) == Tri::Yes
            && !group.policy.is_empty()
            && self.view.content(&group.policy) != Content::Dangling
            && all.all(|(index, group)| index == *one || self.membership(index, group) == Tri::No)
    }

    /// Assignments whose rank is not known, at a place where they may stand.
    fn unlisted(&mut self, status: Status, unranked: &[(usize, &'a GroupAssignment)], last: bool, sole: bool) {
        if self.over {
            self.found.hidden_open |= status != Status::Complete;
            // Wherever these stand, they are below what is effective.
            for (index, group) in unranked.iter().filter(|_| last) {
                let membership = self.membership(*index, group);
                if !self.found.candidates.iter().any(|it| it.is_of(group)) {
                    self.group(group, membership, membership == Tri::Yes);
                }
            }
            return;
        }
        if status != Status::Complete {
            self.found.open = true;
            self.found.gaps.groups = true;
        }
        let mut stops = false;
        for (index, group) in unranked {
            let membership = self.membership(*index, group);
            let exists = group.policy.is_empty() || self.view.content(&group.policy) != Content::Dangling;
            stops |= last && membership == Tri::Yes && exists;
            if membership != Tri::No && !self.found.candidates.iter().any(|it| it.is_of(group)) {
                self.found.gaps.groups |= !sole;
                self.group(group, membership, sole);
            }
        }
        // Wherever it stands, it comes before the tenant default.
        self.over |= stops;
    }

    fn group(&mut self, group: &'a GroupAssignment, membership: Tri, certain: bool) {
        if membership == Tri::No {
            return;
        }
        if membership == Tri::Unknown && !self.over {
            self.found.gaps.members = true;
        }
        let rank = Some(group.rank).filter(|rank| *rank > 0);
        if group.policy.is_empty() && !self.over {
            self.found.gaps.groups = true;
        }
        self.meet(Level::Group { group_id: Some(group.group_id), rank }, &group.policy, certain);
    }

    fn membership(&self, index: usize, group: &GroupAssignment) -> Tri {
        match self.user {
            Some(user) => self.view.is_member(index, group, user),
            None if group.members.is_complete()
                && group.members.items.is_empty()
                && self.view.later().is_none_or(|later| later.of_member(group.group_id, None).is_none()) =>
            {
                Tri::No
            }
            None => Tri::Unknown,
        }
    }

    fn reads(&mut self, reads: &[&'a EffectiveRead]) {
        self.found.by_read = true;
        let (first, rest) = match reads.split_first() {
            Some((first, rest)) => (*first, rest),
            None => return,
        };
        let agree = |other: &&&EffectiveRead| match (&other.policy, &first.policy) {
            (Some(a), Some(b)) => name::same(a, b),
            (None, None) => true,
            _ => false,
        };
        if rest.iter().filter(agree).count() == rest.len() {
            self.read(first);
            return;
        }
        self.found.gaps.reads = true;
        for read in reads {
            self.over = false;
            self.read(read);
        }
        self.found.hidden.clear();
    }

    /// A read decides the user's assignment; what is below it is told only for what it hides.
    fn read(&mut self, read: &'a EffectiveRead) {
        let own = |policy: &str| match read.via {
            // `Global` may be assigned as any other policy is, and hides what is below it.
            Some(via) => via != Via::Global,
            None => self.holds(policy),
        };
        let Some(policy) = read.policy.as_deref().filter(|policy| !name::is_global(policy) || own(policy)) else {
            return self.meet(Level::Global, name::GLOBAL, true);
        };
        let group = |group_id: Option<Uuid>| {
            group_id.and_then(|id| self.view.snapshot().groups.known().iter().find(|group| group.group_id == id))
        };
        match read.via {
            Some(Via::Direct) => {
                self.meet(Level::Direct, policy, true);
                self.groups(0);
                self.told(read);
            }
            Some(Via::Group) => {
                let rank = group(read.group_id).map_or(0, |group| group.rank);
                let known = Some(rank).filter(|rank| *rank > 0);
                self.meet(Level::Group { group_id: read.group_id, rank: known }, policy, true);
                self.below(policy, rank);
                self.told(read);
            }
            Some(Via::Global) => {
                self.meet(Level::Global, policy, true);
                if !self.over {
                    self.meet(Level::Global, name::GLOBAL, true);
                }
            }
            // The read does not say how; where the user holds it directly, that is how.
            None if self.holds(policy) => {
                self.meet(Level::Direct, policy, true);
                self.groups(0);
                self.told(read);
            }
            None => {
                self.meet(Level::Unsaid, policy, true);
                self.below(policy, 0);
                self.told(read);
            }
        }
    }

    /// Whether the user is known to be assigned this policy directly.
    fn holds(&self, policy: &str) -> bool {
        let direct = self.user.and_then(|user| self.view.direct(user)).and_then(|direct| direct.policy.as_deref());
        direct.is_some_and(|own| !own.is_empty() && name::same(own, policy))
    }

    /// The levels below a group assignment that was read as effective. Where its rank is not known, every
    /// other assignment of the user is below it, since it would be effective otherwise.
    fn below(&mut self, policy: &str, rank: u32) {
        let hidden = self.found.hidden.len();
        self.groups(rank);
        if rank == 0 && self.over {
            let kept = self.found.hidden.split_off(hidden.min(self.found.hidden.len()));
            self.found.hidden.extend(kept.into_iter().filter(|it| !name::same(it.policy, policy)));
        }
    }

    /// The hidden assignments that the read itself tells.
    fn told(&mut self, read: &'a EffectiveRead) {
        // Where the effective policy does not exist, the next level may apply, and nobody knows the order of these.
        if !self.over {
            return;
        }
        for hidden in &read.hides {
            let rank = |id| {
                let groups = self.view.snapshot().groups.known();
                groups.iter().find(|it| Some(it.group_id) == id).map(|it| it.rank).filter(|rank| *rank > 0)
            };
            let level = Level::Group { group_id: hidden.group_id, rank: rank(hidden.group_id) };
            let known = |it: &Assignment<'_>| {
                name::same(it.policy, &hidden.policy) && (it.level == level || hidden.group_id.is_none())
            };
            if self.found.hidden.iter().any(known) {
                continue;
            }
            self.found.maybe_hidden.retain(|it| !known(it));
            // What the read tells is of its own time; an assignment of a group may have been made later.
            let then = self.view.later().is_none_or(|later| match hidden.group_id {
                Some(group) => later.of_group(group).is_none(),
                None => later.groups().next().is_none(),
            });
            self.meet(level, &hidden.policy, then);
        }
    }

    /// Whoever it is: any listed assignment, any group that is not empty, the tenant default.
    fn anybody(&mut self) {
        self.found.gaps.user = true;
        let snapshot = self.view.snapshot();
        for read in snapshot.effective.known() {
            self.meet(Level::Unsaid, read.policy.as_deref().unwrap_or(name::GLOBAL), false);
        }
        for direct in snapshot.direct.known() {
            match direct.policy.as_deref() {
                None => {}
                Some("") => self.open_direct(),
                Some(policy) => self.meet(Level::Direct, policy, false),
            }
        }
        if !snapshot.direct.is_complete() || self.view.later().is_some_and(Later::is_about_users) {
            self.open_direct();
        }
        self.groups(0);
    }
}

impl Assignment<'_> {
    /// Whether it is this assignment of unknown rank.
    fn is_of(&self, group: &GroupAssignment) -> bool {
        self.level == Level::Group { group_id: Some(group.group_id), rank: None }
            && name::same(self.policy, &group.policy)
    }
}
