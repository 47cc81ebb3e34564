//! What was gathered, as parts of a snapshot: complete, partial or missing, each with its reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use uuid::Uuid;

use super::apps::{self, Apps};
use super::error::ReadError;
use super::gather::Gather;
use super::plan::{Plan, Users};
use super::reads::{For, What};
use crate::order;
use crate::tenant::history::{self, Ends, SOURCE, is_open, narrows};
use crate::tenant::{App, Change, EffectiveRead, NestedGroup, Part, Reason, Snapshot, Status, User, Via, licence};

/// The same, where nobody could tell that the tenant which was read is the one whose policies were given.
pub(super) const UNVERIFIED: &str = "Microsoft Graph v1.0, of a tenant that could not be verified";

/// When the reading began and ended, by the service's clock.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

/// Puts what was gathered over what was known before.
pub(super) fn finish(gather: &Gather<'_>, plan: &Plan, times: Times) -> Snapshot {
    let base = &plan.base;
    let mut snapshot = base.clone();
    snapshot.cloud = Some(plan.cloud.clone());
    snapshot.tenant_id = plan.tenant.or(gather.tenant).or(base.tenant_id);
    snapshot.taken_at = Some(times.end);
    if plan.read_users {
        snapshot.users = users(gather, plan, times);
    }
    if plan.read_apps {
        snapshot.apps = apps(gather, plan, times);
    }
    if plan.read_effective {
        snapshot.effective = effective(gather, plan, times);
    }
    snapshot.effective = of_users(gather, plan, &snapshot);
    for group in &mut snapshot.groups.items {
        if let Some(read) = members(gather, group.group_id, (&group.members, &group.nested), times) {
            (group.members, group.nested) = read;
        }
    }
    snapshot.nested_groups = nested_groups(gather, &snapshot, times);
    if plan.tenant.is_none() && gather.tenant.is_none() && base.tenant_id.is_some() {
        unverified(gather, plan, &mut snapshot);
    }
    say_why(&mut snapshot);
    let own = own_timestamps(gather, &snapshot, times);
    let mut seen: Vec<Change> = plan.previous.as_ref().map_or_else(Vec::new, |previous| previous.history.clone());
    seen.extend(base.history.iter().cloned());
    if let Some(previous) = &plan.previous {
        let mut between = history::between(
            previous,
            &snapshot,
            Ends { graph: times.end, given: plan.given_end, start: Some(times.start) },
        );
        let told = |change: &Change, all: &[Change]| {
            all.iter().any(|it| (&it.part, &it.key, &it.change) == (&change.part, &change.key, &change.change))
        };
        for change in removals(gather, previous, times.end) {
            if !told(&change, &between) {
                between.push(change);
            }
        }
        // The service's own time is narrower than any two reads.
        seen.extend(between.into_iter().filter(|change| !own.iter().any(|exact| narrows(exact, change))));
    }
    seen.extend(own);
    snapshot.history = Vec::with_capacity(seen.len());
    let mut known: BTreeSet<String> = BTreeSet::new();
    for change in seen {
        if known.insert(format!("{change:?}")) {
            snapshot.history.push(change);
        }
    }
    snapshot
}

/// What was read here may be of another tenant than what it is put over: whoever judges by it can say so.
fn unverified(gather: &Gather<'_>, plan: &Plan, snapshot: &mut Snapshot) {
    let mark = |source: &mut Option<String>| {
        if let Some(text) = source.as_mut().filter(|text| text.contains(SOURCE) && !text.contains(UNVERIFIED)) {
            *text = text.replace(SOURCE, UNVERIFIED);
        }
    };
    if plan.read_users {
        mark(&mut snapshot.users.source);
    }
    if plan.read_apps {
        mark(&mut snapshot.apps.source);
    }
    if plan.read_effective {
        mark(&mut snapshot.effective.source);
    }
    let outer = snapshot.groups.items.iter_mut().map(|group| (group.group_id, &mut group.members));
    let inner = snapshot.nested_groups.iter_mut().map(|group| (group.group_id, &mut group.members));
    for (group, members) in outer.chain(inner) {
        if gather.asked.contains(&What::Members(group)) {
            mark(&mut members.source);
        }
    }
}

/// What nobody asked for is missing for that reason.
fn say_why(snapshot: &mut Snapshot) {
    fn missing<T>(part: &mut Part<T>, cmdlet: &str) {
        if part.status == Status::Missing {
            part.reason.get_or_insert_with(|| not_told(cmdlet));
        }
    }
    missing(&mut snapshot.policies, "Get-CsApplicationAccessPolicy");
    missing(&mut snapshot.direct, "Get-CsOnlineUser");
    missing(&mut snapshot.groups, "Get-CsGroupPolicyAssignment");
    let settings = &mut snapshot.settings;
    if settings.graph_transcript_access.is_none() || settings.attributed_transcripts.is_none() {
        settings.reason.get_or_insert_with(|| not_told("Get-CsTeamsMeetingConfiguration"));
    }
}

fn not_told(cmdlet: &str) -> Reason {
    Reason {
        kind: "not-read".to_owned(),
        needs: Some(format!("{cmdlet} (--teams export=FILE or --teams powershell)")),
        detail: Some("Microsoft Graph does not tell it".to_owned()),
    }
}

/// The new reading, unless it failed and the old one says more.
fn settle<T: Clone>(new: Part<T>, old: &Part<T>) -> Part<T> {
    let rank = |status| match status {
        Status::Missing => 0,
        Status::Partial => 1,
        Status::Complete => 2,
    };
    if new.reason.is_some() && rank(old.status) >= rank(new.status) && old.status != Status::Missing {
        return Part { reason: new.reason, ..old.clone() };
    }
    new
}

/// Whether Graph said that a user of an earlier reading is not there any more.
fn is_gone(gather: &Gather<'_>, user: &User) -> bool {
    gather.faults.iter().any(|(what, error)| match (what, error) {
        (What::User(named), ReadError::NotFound(_)) => {
            Uuid::try_parse(named).is_ok_and(|id| id == user.id)
                || user.upn.as_ref().is_some_and(|upn| upn.eq_ignore_ascii_case(named))
        }
        _ => false,
    }) && !gather.users.contains_key(&user.id)
}

/// A part without the items of which somebody knows better.
fn without<T: Clone>(part: &Part<T>, gone: impl Fn(&T) -> bool) -> Part<T> {
    Part { items: part.items.iter().filter(|it| !gone(it)).cloned().collect(), ..part.clone() }
}

/// Removals that no list proves: each was asked for, and is not there.
fn removals(gather: &Gather<'_>, previous: &Snapshot, end: Timestamp) -> Vec<Change> {
    let removed = |part: &str, key: Uuid, value: Option<&str>, not_before: Option<Timestamp>| Change {
        part: part.to_owned(),
        key: key.to_string(),
        change: "removed".to_owned(),
        value: value.map(str::to_owned),
        not_before,
        not_after: Some(end),
        source: Some("two reads".to_owned()),
    };
    let users = previous.users.known().iter().filter(|user| is_gone(gather, user));
    let apps = previous.apps.known().iter().filter(|app| gather.absent.contains(&app.app_id));
    users
        .map(|user| removed("users", user.id, None, previous.users.read_at))
        .chain(apps.map(|app| removed("apps", app.app_id, Some("service principal"), previous.apps.read_at)))
        .collect()
}

/// What was read of a part.
struct Read<T> {
    items: BTreeMap<Uuid, T>,
    /// What is not among them is not there.
    whole: bool,
    /// Something in them could not be read again and is as it was.
    kept: bool,
    fault: Option<Reason>,
}

/// What was read, over what was known: all of it where the whole list was read, else both, dated by the older. A list that
/// was whole is so no longer where what was read now shows somebody that it lacks.
fn overlay<T: Clone>(read: Read<T>, old: &Part<T>, id: impl Fn(&T) -> Uuid, times: Times) -> Part<T> {
    let source = SOURCE.to_owned();
    let Read { items: read, whole, kept, fault } = read;
    let known: BTreeSet<Uuid> = old.known().iter().map(&id).collect();
    let others: BTreeMap<Uuid, T> = match whole {
        true => BTreeMap::new(),
        false => order::map(old.known().iter().map(|it| (id(it), it.clone())).filter(|(id, _)| !read.contains_key(id))),
    };
    // Who came since the whole list was read shows that others may have come too.
    let outdated = old.is_complete() && read.keys().any(|id| !known.contains(id));
    let survived = kept || !others.is_empty() || (!whole && old.is_complete());
    let mut items = others;
    items.extend(read);
    let status = match (old.status, items.is_empty()) {
        _ if whole => Status::Complete,
        (Status::Complete, _) if !outdated => Status::Complete,
        (_, false) => Status::Partial,
        (_, true) => Status::Missing,
    };
    let source = match old.source.as_deref().filter(|it| survived && *it != SOURCE) {
        Some(other) => format!("{other}; {source}"),
        None => source,
    };
    let read_at = if survived { old.read_at.min(Some(times.start)) } else { Some(times.start) };
    Part { status, read_at, source: Some(source), reason: fault, items: items.into_values().collect() }
}

/// The reason of a part: the weightiest fault, with what else failed.
fn reason(gather: &Gather<'_>, part: For, own: impl Fn(&What) -> bool) -> Option<Reason> {
    let mut faults: Vec<&(What, ReadError)> =
        gather.faults.iter().filter(|(what, _)| what.part() == part && own(what)).collect();
    faults.sort_by_key(|(what, error)| {
        let weight = match error {
            ReadError::Forbidden(_) | ReadError::Hidden(_) => 0,
            ReadError::Refused(_) => 1,
            ReadError::Failed(_) | ReadError::Unsupported(_) => 2,
            ReadError::Stopped(_) => 3,
            ReadError::NotFound(_) => 4,
        };
        (weight, what.words())
    });
    let (what, error) = faults.first()?;
    let mut reason = error.reason(&what.right(), &what.words());
    let mut detail = reason.detail.take().unwrap_or_default();
    for (what, error) in faults.iter().skip(1).take(2) {
        detail.push_str(&format!("; {}: {}", what.words(), error.text()));
    }
    if faults.len() > 3 {
        detail.push_str(&format!("; and {} more", faults.len().saturating_sub(3)));
    }
    reason.detail = Some(detail);
    Some(reason)
}

/// Why a part that was read as asked is not complete.
pub(super) fn selection(needs: &str) -> Reason {
    Reason {
        kind: "not-read".to_owned(),
        needs: Some(needs.to_owned()),
        detail: Some("a selection was asked for".to_owned()),
    }
}

/// Why the effective policies of everybody are no complete list.
pub(super) fn listed() -> Reason {
    Reason {
        kind: "not-read".to_owned(),
        needs: None,
        detail: Some("of a user who is not listed nothing is known".to_owned()),
    }
}

fn part<T>(status: Status, items: Vec<T>, reason: Option<Reason>, times: Times) -> Part<T> {
    let status = if items.is_empty() && status == Status::Partial { Status::Missing } else { status };
    Part { status, read_at: Some(times.start), source: Some(SOURCE.to_owned()), reason, items }
}

fn users(gather: &Gather<'_>, plan: &Plan, times: Times) -> Part<User> {
    let whole = plan.users == Users::All && gather.is_whole(&What::AllUsers);
    let fault = reason(gather, For::Users, |_| true);
    let old = without(&plan.base.users, |user| is_gone(gather, user));
    let before: BTreeMap<Uuid, &User> = order::map(old.known().iter().map(|user| (user.id, user)));
    let mut kept = false;
    let over = |(id, user): (&Uuid, &User)| {
        let (user, was) = before.get(id).map_or_else(|| (user.clone(), false), |old| gather.shown.over(user, old));
        kept |= was;
        (*id, user)
    };
    let items = gather.users.iter().map(over).collect();
    let read = Read { items, whole, kept, fault };
    let mut part = overlay(read, &old, |user| user.id, times);
    if part.reason.is_none() {
        let reason = (part.status != Status::Complete).then(|| selection("--users all"));
        part.reason = match (reason, gather.shown.gaps()) {
            (Some(mut reason), Some(gaps)) => {
                reason.detail = reason.detail.map(|detail| format!("{detail}; {gaps}"));
                Some(reason)
            }
            (reason, gaps) => {
                reason.or(gaps.map(|gaps| Reason { kind: "not-read".to_owned(), needs: None, detail: Some(gaps) }))
            }
        };
    }
    part
}

fn apps(gather: &Gather<'_>, plan: &Plan, times: Times) -> Part<App> {
    let whole = gather.is_whole(&What::AllPrincipals);
    let apps = Apps::new(gather, &plan.base.apps);
    let before: HashMap<Uuid, Option<Timestamp>> =
        plan.base.apps.known().iter().map(|app| (app.app_id, app.read_at.or(plan.base.apps.read_at))).collect();
    let mut items = BTreeMap::new();
    let mut kept = false;
    let mut unnamed = 0_usize;
    for app_id in apps.read() {
        let mut own = false;
        let mut app = apps.app(app_id, &mut own);
        kept |= own;
        // What could not be read again is as old as it was.
        let date = if own { before.get(&app_id).copied().flatten().min(Some(times.start)) } else { Some(times.start) };
        app.read_at = date;
        unnamed = unnamed.saturating_add(usize::from(app.roles.iter().flatten().any(is_open)));
        items.insert(app_id, app);
    }
    let gone = |what: &What| match what {
        // Of an app that is not there nothing can be read.
        What::Roles(app) => !gather.absent.contains(app),
        _ => true,
    };
    let mut fault = reason(gather, For::Apps, gone);
    if let (Some(fault), true) = (&mut fault, unnamed > 0) {
        let note = format!("; of {unnamed} apps roles are left out, since the resources that have them were not read");
        fault.detail.get_or_insert_default().push_str(&note);
    }
    let old = without(&plan.base.apps, |app| gather.absent.contains(&app.app_id));
    let mut part = overlay(Read { items, whole, kept, fault }, &old, |app| app.app_id, times);
    for app in &mut part.items {
        app.read_at = app.read_at.or_else(|| before.get(&app.app_id).copied().flatten());
    }
    date(&mut part, whole || old.is_complete());
    if part.reason.is_none() && part.status == Status::Partial {
        part.reason = Some(selection("--apps all"));
    }
    if part.reason.is_none() && part.status == Status::Missing {
        part.reason = Some(Reason {
            kind: "not-read".to_owned(),
            needs: Some("--apps, or the policies (--teams)".to_owned()),
            detail: Some("no app was named, and no policy that was read lists one".to_owned()),
        });
    }
    part
}

/// The date of the part is that of its oldest item; the others have their own. `listed`: it has one as a list, too.
fn date(part: &mut Part<App>, listed: bool) {
    let oldest = part.items.iter().map(|app| app.read_at).min().flatten();
    if !part.items.is_empty() {
        part.read_at = if listed { part.read_at.min(oldest) } else { oldest };
    }
    for app in part.items.iter_mut().filter(|app| app.read_at == part.read_at) {
        app.read_at = None;
    }
}

/// Direct members of a group and the groups nested in it, where they were read or asked for.
fn members(
    gather: &Gather<'_>,
    group: Uuid,
    old: (&Part<Uuid>, &[Uuid]),
    times: Times,
) -> Option<(Part<Uuid>, Vec<Uuid>)> {
    let what = What::Members(group);
    if !gather.asked.contains(&what) {
        return None;
    }
    let read = gather.members.get(&group);
    let casts = [What::UserMembers(group), What::GroupMembers(group)];
    let visibility = What::Visibility(group);
    let fault = reason(gather, For::Members, |it| *it == what || *it == visibility || casts.contains(it));
    let told = !read.is_some_and(|it| it.untyped) || casts.iter().all(|it| gather.is_whole(it));
    // Where nobody is shown, only the group itself says that nobody is hidden.
    let shown = !gather.asked.contains(&visibility) || gather.is_whole(&visibility);
    let status = if gather.is_whole(&what) && told && shown { Status::Complete } else { Status::Partial };
    let distinct = |ids: &[Uuid]| ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    let items = read.map_or_else(Vec::new, |it| distinct(&it.members));
    let members = settle(part(status, items, fault, times), old.0);
    let nested = match read {
        Some(read) if members.read_at == Some(times.start) => distinct(&read.nested),
        _ => old.1.to_vec(),
    };
    Some((members, nested))
}

/// The groups inside those with an assignment, that have none.
fn nested_groups(gather: &Gather<'_>, snapshot: &Snapshot, times: Times) -> Vec<NestedGroup> {
    let before: HashMap<Uuid, &NestedGroup> = snapshot.nested_groups.iter().map(|it| (it.group_id, it)).collect();
    let mut seen: BTreeSet<Uuid> = snapshot.groups.known().iter().map(|group| group.group_id).collect();
    let mut open: Vec<Uuid> = snapshot.groups.known().iter().flat_map(|group| group.nested.iter().copied()).collect();
    let mut groups = Vec::new();
    while let Some(group_id) = open.pop() {
        if !seen.insert(group_id) {
            continue;
        }
        let none = Part::default();
        let old = before.get(&group_id).copied();
        let was = old.map_or((&none, &[][..]), |it| (&it.members, it.nested.as_slice()));
        let name = old.and_then(|it| it.name.clone());
        let read = members(gather, group_id, was, times);
        let read = read.map(|(members, nested)| NestedGroup { group_id, name, members, nested });
        let Some(group) = read.or_else(|| old.cloned()) else { continue };
        open.extend(&group.nested);
        groups.push(group);
    }
    order::sort_by_key(&mut groups, |group| group.group_id);
    groups
}

/// Without those who are no users any more.
fn of_users(gather: &Gather<'_>, plan: &Plan, snapshot: &Snapshot) -> Part<EffectiveRead> {
    let effective = &snapshot.effective;
    let gone: BTreeSet<Uuid> =
        plan.base.users.known().iter().filter(|user| is_gone(gather, user)).map(|user| user.id).collect();
    let whole = plan.read_users && plan.users == Users::All && gather.is_whole(&What::AllUsers);
    let there: BTreeSet<Uuid> = match whole {
        true => snapshot.users.known().iter().map(|user| user.id).collect(),
        false => BTreeSet::new(),
    };
    let is_gone = |read: &EffectiveRead| {
        gone.contains(&read.user_id)
            // Who appeared while the lists were read is in one of them only.
            || (whole && !there.contains(&read.user_id) && !gather.configurations.contains_key(&read.user_id))
    };
    without(effective, is_gone)
}

/// Absence counts as the tenant default only where the same reading shows this policy type for somebody.
fn effective(gather: &Gather<'_>, plan: &Plan, times: Times) -> Part<EffectiveRead> {
    let old = &plan.base.effective;
    let shows = gather.configurations.values().any(Option::is_some);
    let mut items: BTreeMap<Uuid, EffectiveRead> = BTreeMap::new();
    for (user, read) in &gather.configurations {
        let default = EffectiveRead {
            user_id: *user,
            policy: None,
            via: Some(Via::Global),
            group_id: None,
            read_at: None,
            hides: Vec::new(),
        };
        if let Some(read) = read.clone().or_else(|| shows.then_some(default)) {
            items.insert(*user, EffectiveRead { read_at: Some(times.start), ..read });
        }
    }
    let mut kept = false;
    for read in &old.items {
        items.entry(read.user_id).or_insert_with(|| {
            kept = true;
            EffectiveRead { read_at: read.read_at.or(old.read_at), ..read.clone() }
        });
    }
    let mut fault = reason(gather, For::Effective, |_| true);
    if fault.is_none() && !shows {
        fault = Some(Reason {
            kind: "not-found".to_owned(),
            needs: Some("--teams".to_owned()),
            detail: Some(format!(
                "{SOURCE} shows this policy type for no user that was read, so that its absence says nothing"
            )),
        });
    }
    if !shows && !old.items.is_empty() {
        return Part { reason: fault, ..old.clone() };
    }
    let fault = fault.unwrap_or_else(|| match plan.users {
        Users::All => listed(),
        _ => selection("--users all"),
    });
    let mut part = part(Status::Partial, items.into_values().collect(), Some(fault), times);
    // Where something stands that somebody else read, the source says so.
    if let Some(other) =
        old.source.as_deref().filter(|other| kept && (!other.contains(SOURCE) || other.contains(UNVERIFIED)))
    {
        part.source = Some(format!("{other}; {SOURCE}"));
    }
    part
}

/// Times that the services themselves keep.
fn own_timestamps(gather: &Gather<'_>, snapshot: &Snapshot, times: Times) -> Vec<Change> {
    let entry = |part: &str, key: Uuid, value: String, at: Timestamp, source: &str| Change {
        part: part.to_owned(),
        key: key.to_string(),
        change: "added".to_owned(),
        value: Some(value),
        not_before: Some(at),
        not_after: Some(at),
        source: Some(source.to_owned()),
    };
    let mut changes = Vec::new();
    let names: HashMap<Uuid, &str> =
        gather.graph.iter().flat_map(|graph| graph.roles.iter().map(|(id, value)| (*id, value.as_str()))).collect();
    for app in snapshot.apps.known() {
        let Some(own) = apps::assignments(gather, app.app_id) else { continue };
        let of_graph = own.iter().filter(|it| gather.graph.as_ref().is_some_and(|graph| graph.id == it.resource));
        for assignment in of_graph {
            let Some(at) = assignment.created else { continue };
            let value = names.get(&assignment.role).map_or_else(|| assignment.role.to_string(), |it| (*it).to_owned());
            changes.push(entry("apps", app.app_id, value, at, "createdDateTime of the app role assignment"));
        }
    }
    changes.extend(gather.licensed.iter().filter_map(|(user, at)| licence::change(*user, *at, Some(times.end))));
    changes
}
