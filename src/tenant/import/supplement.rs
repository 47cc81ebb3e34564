//! What files say, put over a snapshot: what was read later replaces what it says of the same thing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;

use super::finish::{Beside, MemberLists, words};
use super::{Imported, Note, Part, Summary};
use crate::order;
use crate::tenant::history::{self, Ends, is_open, narrows};
use crate::tenant::name;
use crate::tenant::snapshot::{
    Absent, AbsentKind, App, Change, Direct, EffectiveRead, GroupAssignment, HIDDEN, NOBODY_SHOWN, NestedGroup,
    Part as SnapshotPart, Policy, Reason, RoleGrant, Settings, Snapshot, Status, User, Via,
};

/// When files were read that do not say it.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Not later than this: the date of what they hold.
    pub read_at: Option<Timestamp>,
    /// All that they say was so at this moment.
    pub until: Timestamp,
}

/// A snapshot, what was read beside it, and what came of both.
struct Over<'a> {
    base: &'a Snapshot,
    times: Times,
    notes: Vec<Note>,
}

/// Puts what files say over a snapshot.
pub(super) fn over(base: &Snapshot, read: Imported, beside: Beside, times: Times) -> Imported {
    let Beside { members: others, mut overtaken, hidden } = beside;
    overtaken.but(&read.snapshot);
    let mut over = Over { base, times, notes: read.notes };
    let read = read.snapshot;
    let mut next = base.clone();
    next.tenant_id = base.tenant_id.or(read.tenant_id);
    next.cloud = base.cloud.clone().or(read.cloud);
    next.policies = over.policies(read.policies);
    next.unread_policies.retain(|unread| !next.policies.items.iter().any(|it| name::same(&it.name, unread)));
    if next.unread_policies.is_empty() && !base.unread_policies.is_empty() && next.policies.status == Status::Partial {
        (next.policies.status, next.policies.reason) = (Status::Complete, None);
    }
    next.direct = over.direct(read.direct, &read.effective);
    let (groups, inner) = over.groups(read.groups, others, &read.nested_groups);
    next.groups = groups;
    next.nested_groups = inner;
    next.users = over.part(Part::Users, &base.users, read.users, |it| it.id, user, |it| format!("user `{}`", it.id));
    next.apps = over.apps(read.apps);
    over.absent(&mut next, read.absent);
    over.settings(&mut next, read.settings);
    let between = over.between(&next);
    next.effective = over.effective(read.effective, &between);
    let mut seen = base.history.clone();
    let mut changes = over.between(&next);
    // The service's own time is narrower than any two reads.
    changes.retain(|change| !read.history.iter().any(|exact| narrows(exact, change)));
    seen.extend(changes);
    seen.extend(read.history);
    let mut known = BTreeSet::new();
    seen.retain(|change| known.insert(format!("{change:?}")));
    next.history = seen;
    // What was read of it later than the commands were run stands.
    let is_later =
        |read: Option<Timestamp>| times.read_at.zip(read.or(base.taken_at)).is_none_or(|(run, read)| run >= read);
    overtaken.apply(&mut next, is_later);
    unhide(&mut next, &hidden);
    Imported { summary: summary(&next), snapshot: next, notes: over.notes }
}

/// What a reading of the Teams policies knows besides of users, apps, effective policies and members, over those that an
/// earlier snapshot holds. `next`: that snapshot under the policies and assignments of the reading.
#[cfg(feature = "online")]
pub(in crate::tenant) fn beside(base: &Snapshot, next: &Snapshot, given: &Snapshot) -> Snapshot {
    let until = given.taken_at.or(base.taken_at).unwrap_or_default();
    let mut over = Over { base, times: Times { read_at: given.taken_at, until }, notes: Vec::new() };
    let mut merged = next.clone();
    let told = |it: &User| format!("user `{}`", it.id);
    merged.users = over.part(Part::Users, &base.users, given.users.clone(), |it| it.id, user, told);
    merged.apps = over.apps(given.apps.clone());
    let list = |members: &SnapshotPart<Uuid>, nested: &[Uuid]| {
        (members.status != Status::Missing).then(|| (members.clone(), nested.to_vec()))
    };
    for group in &mut merged.groups.items {
        let id = group.group_id;
        let same = |it: &&GroupAssignment| it.group_id == id;
        let read = given.groups.known().iter().find(same).map(|it| (&it.members, it.nested.as_slice()));
        let read = read.or_else(|| given.members_of(id)).and_then(|(members, nested)| list(members, nested));
        if read.is_some() || base.members_of(id).is_some() {
            (group.members, group.nested) = over.members(id, base.members_of(id), read);
        }
    }
    for group in &given.nested_groups {
        if !merged.nested_groups.iter().any(|it| it.group_id == group.group_id) {
            merged.nested_groups.push(NestedGroup {
                members: SnapshotPart::default(),
                nested: Vec::new(),
                ..group.clone()
            });
        }
    }
    for group in &mut merged.nested_groups {
        let id = group.group_id;
        let read = given.members_of(id).and_then(|(members, nested)| list(members, nested));
        (group.members, group.nested) = over.members(id, base.members_of(id), read);
    }
    let between = over.between(&merged);
    merged.effective = over.effective(given.effective.clone(), &between);
    merged
}

impl Over<'_> {
    fn note(&mut self, part: Part, text: String) {
        self.notes.push(Note { place: part.name().to_owned(), text });
    }

    fn dated(&self, part: Option<Timestamp>) -> Option<Timestamp> {
        part.or(self.base.taken_at)
    }

    fn read_at<T>(&self, read: &SnapshotPart<T>) -> Option<Timestamp> {
        read.read_at.or(self.times.read_at)
    }

    /// Whether the snapshot's part was read after what the files say of it.
    fn is_older<T, R>(&self, old: &SnapshotPart<T>, read: &SnapshotPart<R>) -> bool {
        self.read_at(read).zip(self.dated(old.read_at)).is_some_and(|(new, old)| new < old)
    }

    /// The items of a part by their keys: a later read replaces, and adds what was not there.
    fn part<T: Clone + PartialEq, K: Ord>(
        &mut self,
        part: Part,
        old: &SnapshotPart<T>,
        read: SnapshotPart<T>,
        key: impl Fn(&T) -> K,
        merge: impl Fn(&T, T) -> T,
        what: impl Fn(&T) -> String,
    ) -> SnapshotPart<T> {
        if read.status == Status::Missing {
            return old.clone();
        }
        let at = self.read_at(&read);
        if old.status == Status::Missing {
            return SnapshotPart { read_at: at, ..read };
        }
        let older = self.is_older(old, &read);
        let whole = read.is_complete() && !older;
        let known: BTreeMap<K, &T> = order::map(old.known().iter().map(|it| (key(it), it)));
        let mut items: BTreeMap<K, T> = match whole {
            true => BTreeMap::new(),
            false => order::map(old.known().iter().map(|it| (key(it), it.clone()))),
        };
        let (mut kept, mut strangers) = (Vec::new(), Vec::new());
        for item in read.items {
            let own = key(&item);
            let item = match known.get(&own) {
                Some(known) if older => {
                    if merge(known, item.clone()) != merge(&item, (*known).clone()) {
                        kept.push(what(&item));
                    }
                    merge(&item, (*known).clone())
                }
                Some(known) => merge(known, item),
                None if older && old.is_complete() => {
                    kept.push(what(&item));
                    continue;
                }
                None => {
                    // Without an entry a user has no direct assignment: one that is there now is a change of that user.
                    if old.is_complete() && part != Part::Direct {
                        strangers.push(what(&item));
                    }
                    item
                }
            };
            items.insert(own, item);
        }
        if !kept.is_empty() {
            let text = "the snapshot was read later than the files, so that what it says stands";
            self.note(part, format!("{text}: {}", some_of(&kept)));
        }
        let source = both(old.source.as_deref(), read.source.as_deref());
        let items = items.into_values().collect();
        if whole {
            let source = read.source.or(source);
            return SnapshotPart { status: Status::Complete, read_at: at, source, reason: None, items };
        }
        // An older read that adds something makes nothing older that was read later.
        let read_at = if older { self.dated(old.read_at) } else { oldest(self.dated(old.read_at), at) };
        let mut next = SnapshotPart { status: old.status, read_at, source, reason: old.reason.clone(), items };
        if !strangers.is_empty() {
            let names = some_of(&strangers);
            self.note(part, format!("not in the complete list of the snapshot, and added: {names}"));
            next.status = Status::Partial;
            next.reason = Some(Reason {
                kind: "not-read".to_owned(),
                needs: Some(part.command().to_owned()),
                detail: Some(format!("a later read names what the complete list did not: {names}")),
            });
        }
        next
    }

    fn policies(&mut self, read: SnapshotPart<Policy>) -> SnapshotPart<Policy> {
        let merge = |old: &Policy, new: Policy| Policy {
            name: old.name.clone(),
            description: new.description.or_else(|| old.description.clone()),
            ..new
        };
        let what = |it: &Policy| format!("policy `{}`", it.name);
        let mut next = self.part(Part::Policies, &self.base.policies, read, |it| name::key(&it.name), merge, what);
        order::sort_by_key(&mut next.items, |policy| !name::is_global(&policy.name));
        next
    }

    /// Direct assignments, also those that a later read of a user's effective policy tells.
    fn direct(&mut self, read: SnapshotPart<Direct>, effective: &SnapshotPart<EffectiveRead>) -> SnapshotPart<Direct> {
        let named: BTreeSet<Uuid> = read.known().iter().map(|it| it.user_id).collect();
        // A name that was cut tells no more than that there is one.
        let merge = |old: &Direct, new: Direct| match (new.policy.as_deref(), &old.policy) {
            (Some(""), Some(_)) => old.clone(),
            _ => new,
        };
        let what = |it: &Direct| format!("the direct assignment of user `{}`", it.user_id);
        let base = &self.base.direct;
        let mut next = self.part(Part::Direct, base, read, |it| it.user_id, merge, what);
        if self.is_older(base, effective) || next.status == Status::Missing {
            return next;
        }
        for told in effective.known().iter().filter(|told| !named.contains(&told.user_id)) {
            let at = next.items.iter().position(|it| it.user_id == told.user_id);
            let held = at.and_then(|at| next.items.get(at)).map(|it| it.policy.clone());
            let Some(held) = held.or(next.is_complete().then_some(None)) else { continue };
            let says = match (&told.policy, told.via, &held) {
                (Some(policy), Some(Via::Direct), Some(held)) if name::same(policy, held) => continue,
                (Some(policy), Some(Via::Direct), _) => Some(policy.clone()),
                // By which way the policy comes is not told: it may be this assignment, or none is left.
                (Some(policy), None, Some(held)) if !name::same(policy, held) => Some(String::new()),
                (Some(policy), None, None) if !name::is_global(policy) => Some(String::new()),
                (Some(_), None, _) => continue,
                _ => None,
            };
            let item = Direct { user_id: told.user_id, policy: says };
            match at.and_then(|at| next.items.get_mut(at)) {
                Some(known) => *known = item,
                None if item.policy.is_some() => next.items.push(item),
                None => {}
            }
        }
        next.items.sort_by_key(|it| it.user_id);
        next
    }

    fn groups(
        &mut self,
        read: SnapshotPart<GroupAssignment>,
        mut lists: MemberLists,
        inner: &[NestedGroup],
    ) -> (SnapshotPart<GroupAssignment>, Vec<NestedGroup>) {
        let older = self.is_older(&self.base.groups, &read);
        for group in read.known().iter().filter(|it| it.members.status != Status::Missing) {
            lists.insert(group.group_id, (group.members.clone(), group.nested.clone()));
        }
        lists.extend(inner.iter().map(|it| (it.group_id, (it.members.clone(), it.nested.clone()))));
        let said: BTreeMap<u32, Uuid> =
            order::map(read.known().iter().filter(|it| it.rank > 0).map(|it| (it.rank, it.group_id)));
        let merge = |old: &GroupAssignment, new: GroupAssignment| GroupAssignment {
            name: new.name.or_else(|| old.name.clone()),
            policy: if new.policy.is_empty() { old.policy.clone() } else { new.policy },
            rank: if new.rank == 0 { old.rank } else { new.rank },
            ..new
        };
        let bare: Vec<GroupAssignment> = read
            .items
            .into_iter()
            .map(|it| GroupAssignment { members: SnapshotPart::default(), nested: Vec::new(), ..it })
            .collect();
        let read = SnapshotPart { items: bare, ..read };
        let what = |it: &GroupAssignment| format!("the assignment of group `{}`", it.group_id);
        let mut next = self.part(Part::Groups, &self.base.groups, read, |it| it.group_id, merge, what);
        let mut moved = Vec::new();
        for group in next.items.iter_mut().filter(|it| it.rank > 0 && !older) {
            if said.get(&group.rank).is_some_and(|other| *other != group.group_id) {
                group.rank = 0;
                moved.push(format!("group `{}`", group.group_id));
            }
        }
        if !moved.is_empty() {
            let text = "their ranks are not known any more, since a later read gives them to other groups";
            self.note(Part::Groups, format!("{text}: {}", some_of(&moved)));
        }
        for group in &mut next.items {
            let old = self.base.groups.known().iter().find(|it| it.group_id == group.group_id);
            let old = old.map(|it| (&it.members, it.nested.as_slice()));
            let inner = || self.base.members_of(group.group_id);
            (group.members, group.nested) =
                self.members(group.group_id, old.or_else(inner), lists.remove(&group.group_id));
        }
        order::sort_by_key(&mut next.items, |group| {
            (if group.rank == 0 { u32::MAX } else { group.rank }, group.group_id)
        });
        let mut nested = self.base.nested_groups.clone();
        nested.retain(|it| !next.items.iter().any(|group| group.group_id == it.group_id));
        for group in &mut nested {
            let list = lists.remove(&group.group_id);
            (group.members, group.nested) = self.members(group.group_id, Some((&group.members, &group.nested)), list);
        }
        let mut open: Vec<Uuid> = next.items.iter().flat_map(|it| it.nested.iter().copied()).collect();
        open.extend(nested.iter().flat_map(|it| it.nested.iter().copied()));
        while let Some(group_id) = open.pop() {
            let Some(list) = lists.remove(&group_id) else { continue };
            let (members, inside) = self.members(group_id, None, Some(list));
            open.extend(&inside);
            nested.push(NestedGroup { group_id, name: None, members, nested: inside });
        }
        for group in lists.keys() {
            let text = "were left out: neither the snapshot nor a file has an assignment of it or of a group around it";
            self.note(Part::Members, format!("the members of group `{group}` {text}"));
        }
        (next, nested)
    }

    fn members(
        &mut self,
        group: Uuid,
        old: Option<(&SnapshotPart<Uuid>, &[Uuid])>,
        read: Option<(SnapshotPart<Uuid>, Vec<Uuid>)>,
    ) -> (SnapshotPart<Uuid>, Vec<Uuid>) {
        let missing = SnapshotPart::default();
        let (old, inside) = old.unwrap_or((&missing, &[]));
        let Some((read, mut nested)) = read else { return (old.clone(), inside.to_vec()) };
        let older = self.is_older(old, &read);
        let whole = read.is_complete() && !older;
        let unseen = read.reason.as_ref().is_some_and(|reason| reason.kind == NOBODY_SHOWN);
        // Who was a member before is none now, or is hidden.
        if unseen && !older && !(old.known().is_empty() && inside.is_empty()) {
            return (SnapshotPart { read_at: self.read_at(&read), ..read }, nested);
        }
        if older && old.is_complete() {
            nested = inside.to_vec();
        } else if !whole {
            let more: Vec<Uuid> = inside.iter().filter(|id| !nested.contains(id)).copied().collect();
            nested.extend(more);
        }
        let what = |id: &Uuid| format!("member `{id}` of group `{group}`");
        (self.part(Part::Members, old, read, |id| *id, |_, new| new, what), nested)
    }

    fn apps(&mut self, mut read: SnapshotPart<App>) -> SnapshotPart<App> {
        let at = self.read_at(&read);
        let part = &self.base.apps;
        for app in &mut read.items {
            app.read_at = app.read_at.or(at);
        }
        let base_at = self.dated(part.read_at);
        let older = self.is_older(part, &read);
        let merge = |old: &App, new: App| {
            let latest = old.read_at.or(base_at).max(new.read_at.or(base_at));
            let merged = app(old, new, base_at);
            App { read_at: if older { latest } else { merged.read_at }, ..merged }
        };
        self.part(Part::Apps, part, read, |it| it.app_id, merge, |it| format!("app `{}`", it.app_id))
    }

    /// What does not exist is in no list any more, unless the list was read later.
    fn absent(&mut self, next: &mut Snapshot, read: Vec<Absent>) {
        let dates = |kind: AbsentKind| {
            self.dated(if kind == AbsentKind::User { self.base.users.read_at } else { self.base.apps.read_at })
        };
        for mut gone in read {
            gone.read_at = gone.read_at.or(self.times.read_at);
            let listed = match gone.kind {
                AbsentKind::User => self.base.users.known().iter().any(|it| it.id == gone.id),
                AbsentKind::App => self.base.apps.known().iter().any(|it| it.app_id == gone.id),
            };
            if listed && gone.read_at.zip(dates(gone.kind)).is_some_and(|(read, listed)| read < listed) {
                continue;
            }
            match gone.kind {
                AbsentKind::User => next.users.items.retain(|it| it.id != gone.id),
                AbsentKind::App => next.apps.items.retain(|it| it.app_id != gone.id),
            }
            next.absent.retain(|it| (it.kind, it.id) != (gone.kind, gone.id));
            next.absent.push(gone);
        }
        let listed = |gone: &Absent| match gone.kind {
            AbsentKind::User => next.users.known().iter().any(|it| it.id == gone.id),
            AbsentKind::App => next.apps.known().iter().any(|it| it.app_id == gone.id),
        };
        let kept: Vec<Absent> = next.absent.iter().filter(|gone| !listed(gone)).cloned().collect();
        next.absent = kept;
    }

    fn settings(&mut self, next: &mut Snapshot, read: Settings) {
        if read.graph_transcript_access.is_none() && read.attributed_transcripts.is_none() {
            return;
        }
        let old = &self.base.settings;
        let at = read.read_at.or(self.times.read_at);
        let nothing = old.graph_transcript_access.is_none() && old.attributed_transcripts.is_none();
        let older = !nothing && at.zip(self.dated(old.read_at)).is_some_and(|(new, old)| new < old);
        let (first, second) = if older { (old, &read) } else { (&read, old) };
        let switches = [
            first.graph_transcript_access.or(second.graph_transcript_access),
            first.attributed_transcripts.or(second.attributed_transcripts),
        ];
        if older && switches != [read.graph_transcript_access, read.attributed_transcripts] {
            let text = "the snapshot was read later than the files, so that what it says stands: the switches";
            self.note(Part::Settings, text.to_owned());
        }
        let replaced = read.graph_transcript_access.is_some() && read.attributed_transcripts.is_some() && !older;
        let [graph_transcript_access, attributed_transcripts] = switches;
        next.settings = Settings {
            graph_transcript_access,
            attributed_transcripts,
            read_at: match (nothing || replaced, older) {
                (true, _) => at,
                (false, true) => self.dated(old.read_at),
                (false, false) => oldest(self.dated(old.read_at), at),
            },
            source: if nothing || replaced { read.source } else { both(old.source.as_deref(), read.source.as_deref()) },
            reason: None,
        };
    }

    /// Reads of effective policies, without those of the snapshot that a later change has overtaken.
    fn effective(&mut self, read: SnapshotPart<EffectiveRead>, changes: &[Change]) -> SnapshotPart<EffectiveRead> {
        let at = self.read_at(&read);
        let mut read = read;
        read.items.iter_mut().for_each(|it| it.read_at = it.read_at.or(at));
        let changed = |parts: &[&str]| -> BTreeSet<&str> {
            changes.iter().filter(|it| parts.contains(&it.part.as_str())).map(|it| it.key.as_str()).collect()
        };
        let (users, groups) = (changed(&["direct"]), changed(&["groups", "members", "nested"]));
        let mut old = self.base.effective.clone();
        let part_at = self.dated(old.read_at);
        // Each has its own date, also where it had that of its part.
        old.items.iter_mut().for_each(|it| it.read_at = it.read_at.or(part_at));
        let before = old.items.len();
        let overtaken = |it: &EffectiveRead| {
            users.contains(it.user_id.to_string().as_str()) || !groups.is_empty() && it.via != Some(Via::Direct)
        };
        old.items.retain(|it| !overtaken(it));
        let gone = before.saturating_sub(old.items.len());
        if gone > 0 {
            let text = "reads of effective policies were left out, since an assignment or a membership is another now";
            self.note(Part::Effective, format!("{gone} {text}"));
        }
        let mut kept = Vec::new();
        let direct = &self.base.direct;
        read.items.retain(|new| {
            let known = old.items.iter().find(|it| it.user_id == new.user_id);
            let before = |old: Option<Timestamp>| new.read_at.zip(old).is_some_and(|(new, old)| new < old);
            // A later list of assignments tells more of the user than what was effective before it.
            let listed = |it: &Direct| it.user_id == new.user_id;
            let assigned = direct.is_complete() || direct.known().iter().any(listed);
            let older =
                known.is_some_and(|known| before(known.read_at)) || assigned && before(self.dated(direct.read_at));
            if older {
                kept.push(format!("the effective policy of user `{}`", new.user_id));
            }
            !older
        });
        if !kept.is_empty() {
            let text = "the snapshot was read later than the files, so that what it says stands";
            self.note(Part::Effective, format!("{text}: {}", some_of(&kept)));
        }
        if read.items.is_empty() {
            return old;
        }
        let mut items: BTreeMap<Uuid, EffectiveRead> = order::map(old.items.into_iter().map(|it| (it.user_id, it)));
        items.extend(read.items.into_iter().map(|it| (it.user_id, it)));
        SnapshotPart {
            status: if old.status == Status::Complete { Status::Complete } else { Status::Partial },
            read_at: if old.status == Status::Missing { at } else { oldest(part_at, at) },
            source: both(old.source.as_deref().filter(|_| old.status != Status::Missing), read.source.as_deref()),
            reason: if old.status == Status::Missing { read.reason } else { old.reason },
            items: items.into_values().collect(),
        }
    }

    /// What changed between the snapshot and the files: not before the first, and not after the second.
    fn between(&self, next: &Snapshot) -> Vec<Change> {
        let undated = Timestamp::MIN;
        let [mut old, mut new] = [self.base.clone(), next.clone()];
        date(&mut old, self.base.taken_at.unwrap_or(undated));
        date(&mut new, self.times.until);
        let ends = Ends { graph: self.times.until, given: None, start: None };
        let mut changes = history::between(&old, &new, ends);
        // Without a date of the snapshot nothing says how long ago it was otherwise.
        for change in changes.iter_mut().filter(|change| change.not_before == Some(undated)) {
            change.not_before = None;
        }
        changes
    }
}

/// What groups say of their visibility tells of lists that show nobody whether somebody is hidden.
fn unhide(next: &mut Snapshot, hidden: &BTreeMap<Uuid, bool>) {
    let outer = next.groups.items.iter_mut().map(|group| (group.group_id, &mut group.members));
    let inner = next.nested_groups.iter_mut().map(|group| (group.group_id, &mut group.members));
    for (group, members) in outer.chain(inner) {
        let unseen = members.reason.as_mut().filter(|it| it.kind == NOBODY_SHOWN && members.items.is_empty());
        let Some((reason, hidden)) = unseen.zip(hidden.get(&group)) else { continue };
        if *hidden {
            reason.kind = HIDDEN.to_owned();
            reason.detail = Some("the membership of the group is hidden, and nobody is shown".to_owned());
        } else {
            (members.status, members.reason) = (Status::Complete, None);
        }
    }
}

/// Gives every part without a date this one.
fn date(snapshot: &mut Snapshot, at: Timestamp) {
    for read_at in snapshot.read_times() {
        read_at.get_or_insert(at);
    }
    let outer = snapshot.groups.items.iter_mut().map(|group| &mut group.members);
    for members in outer.chain(snapshot.nested_groups.iter_mut().map(|group| &mut group.members)) {
        members.read_at.get_or_insert(at);
    }
}

pub(super) fn says_anything(read: &Imported) -> bool {
    read.summary.iter().any(|part| part.status != Status::Missing) || !read.snapshot.absent.is_empty()
}

/// The same snapshot with its time in each part that was read, so that another part may have none.
pub(super) fn dated_by_parts(base: &Snapshot) -> Snapshot {
    let mut dated = base.clone();
    let Some(at) = dated.taken_at.take() else { return dated };
    let read = [
        base.policies.status,
        base.direct.status,
        base.groups.status,
        base.effective.status,
        base.users.status,
        base.apps.status,
        if base.settings.reason.is_some() { Status::Missing } else { Status::Partial },
    ];
    for (read_at, _) in dated.read_times().into_iter().zip(read).filter(|(_, read)| *read != Status::Missing) {
        read_at.get_or_insert(at);
    }
    let outer = dated.groups.items.iter_mut().map(|group| &mut group.members);
    let lists = outer.chain(dated.nested_groups.iter_mut().map(|group| &mut group.members));
    for members in lists.filter(|members| members.status != Status::Missing) {
        members.read_at.get_or_insert(at);
    }
    for gone in &mut dated.absent {
        gone.read_at.get_or_insert(at);
    }
    dated
}

fn user(old: &User, new: User) -> User {
    User {
        id: new.id,
        upn: new.upn.or_else(|| old.upn.clone()),
        name: new.name.or_else(|| old.name.clone()),
        guest: new.guest.or(old.guest),
        enabled: new.enabled.or(old.enabled),
        teams: new.teams.or(old.teams),
    }
}

/// An app field by field; what was not read again is as old as it was.
fn app(old: &App, new: App, part_at: Option<Timestamp>) -> App {
    let roles = match (new.roles, &old.roles) {
        (Some(roles), Some(known)) if roles.iter().any(is_open) => Some(all_roles(roles, known)),
        (roles, known) => roles.or_else(|| known.clone()),
    };
    App {
        app_id: new.app_id,
        name: new.name.or_else(|| old.name.clone()),
        enabled: new.enabled.or(old.enabled),
        service_principal_id: new.service_principal_id.or(old.service_principal_id),
        application_object_id: new.application_object_id.or(old.application_object_id),
        home_tenant: new.home_tenant.or(old.home_tenant),
        roles,
        delegated: new.delegated.or_else(|| old.delegated.clone()),
        requested: new.requested.or_else(|| old.requested.clone()),
        read_at: oldest(old.read_at.or(part_at), new.read_at),
    }
}

/// Some roles of a later read, and those that were known: all of them only if the later read has nothing that is new.
fn all_roles(read: Vec<RoleGrant>, known: &[RoleGrant]) -> Vec<RoleGrant> {
    let same = |a: &RoleGrant, b: &RoleGrant| a.resource == b.resource && a.id.is_some() && a.id == b.id;
    let mut roles = known.to_vec();
    let new: Vec<RoleGrant> = read.into_iter().filter(|it| !known.iter().any(|old| same(old, it))).collect();
    if new.iter().any(|it| !is_open(it)) {
        roles.extend(new.into_iter().filter(|it| !is_open(it) || !known.iter().any(is_open)));
    }
    roles
}

/// The older date; nobody knows the age of what one of two reads does not date.
fn oldest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.zip(b).map(|(a, b)| a.min(b))
}

/// The sources of both, each once.
fn both(old: Option<&str>, new: Option<&str>) -> Option<String> {
    match (old, new) {
        (Some(old), Some(new)) if old.split("; ").any(|it| it == new) => Some(old.to_owned()),
        (Some(old), Some(new)) => Some(format!("{old}; {new}")),
        (one, other) => one.or(other).map(ToOwned::to_owned),
    }
}

/// The first three of several things.
fn some_of(things: &[String]) -> String {
    let shown: Vec<&str> = things.iter().take(3).map(String::as_str).collect();
    match things.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What each part of a snapshot holds.
fn summary(snapshot: &Snapshot) -> Vec<Summary> {
    fn line<T>(part: Part, of: &SnapshotPart<T>) -> Summary {
        let why = of.reason.as_ref().filter(|_| of.status != Status::Complete).and_then(words);
        Summary { part, status: of.status, count: of.known().len(), why }
    }
    let of_lists = |part, lists: usize, read: usize, whole: usize| {
        let status = match (read, whole == lists) {
            (0, _) => Status::Missing,
            (_, true) => Status::Complete,
            (_, false) => Status::Partial,
        };
        let why = (whole < lists).then(|| format!("{} of {lists} were read whole", whole));
        Summary { part, status, count: read, why }
    };
    let mut lines = vec![
        line(Part::Policies, &snapshot.policies),
        line(Part::Direct, &snapshot.direct),
        line(Part::Groups, &snapshot.groups),
    ];
    let groups = snapshot.groups.known();
    if !groups.is_empty() {
        let read = groups.iter().filter(|it| it.members.status != Status::Missing).count();
        let whole = groups.iter().filter(|it| it.members.is_complete()).count();
        lines.push(of_lists(Part::Members, groups.len(), read, whole));
    }
    lines.push(line(Part::Effective, &snapshot.effective));
    lines.push(line(Part::Users, &snapshot.users));
    lines.push(line(Part::Apps, &snapshot.apps));
    let apps = snapshot.apps.known();
    if !apps.is_empty() {
        let read = apps.iter().filter(|it| it.roles.is_some()).count();
        let whole = apps.iter().filter(|it| it.roles.as_ref().is_some_and(|all| !all.iter().any(is_open))).count();
        lines.push(of_lists(Part::Roles, apps.len(), read, whole));
    }
    let settings = &snapshot.settings;
    let count = usize::from(settings.graph_transcript_access.is_some())
        + usize::from(settings.attributed_transcripts.is_some());
    let status = match count {
        0 => Status::Missing,
        1 => Status::Partial,
        _ => Status::Complete,
    };
    lines.push(Summary { part: Part::Settings, status, count, why: settings.reason.as_ref().and_then(words) });
    lines
}
