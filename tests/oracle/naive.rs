//! The gates by brute force: every completion of the missing facts is tried with two-valued code,
//! and a gate is unknown exactly when two completions disagree. Slow and simple on purpose.

use std::collections::BTreeSet;

use graphwhy::diagnose::Outcome;
use graphwhy::knowledge::{Operation, PolicyRule, PolicySubject};

use crate::view::{ChangeItem, DirectItem, EffectiveItem, Known, Level, RoleItem, View, app, canonical, group, user};
use crate::world::{ROLES, USERS};

/// The answers of all completions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    pub(crate) yes: bool,
    pub(crate) no: bool,
}

impl Answers {
    fn add(&mut self, answer: bool) {
        self.yes |= answer;
        self.no |= !answer;
    }

    fn both(self) -> bool {
        self.yes && self.no
    }

    pub(crate) fn outcome(self) -> Outcome {
        match (self.yes, self.no) {
            (true, false) => Outcome::Pass,
            (false, true) => Outcome::Fail,
            _ => Outcome::Unknown,
        }
    }
}

/// What a policy is to one app in one completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Lists,
    ListsNot,
    /// An assignment of it counts for nothing.
    Void,
}

/// One possible tenant, as far as one user and one app are concerned.
struct Completion {
    /// Parallel to the names.
    contents: Vec<Content>,
    direct: Option<usize>,
    /// Rank, number (none = a group that was not read) and policy of the groups that hold the user.
    groups: Vec<(u32, Option<u8>, usize)>,
}

const GLOBAL: usize = 0;

/// How a policy reaches the user in one completion.
type Reached = (Level, Option<u8>, usize);

impl Completion {
    /// Every level that has a policy for the user, the winning one first.
    fn levels(&self) -> Vec<Reached> {
        let mut levels = Vec::new();
        if let Some(policy) = self.direct {
            levels.push((Level::Direct, None, policy));
        }
        let mut groups = self.groups.clone();
        groups.sort_by_key(|&(rank, ..)| rank);
        levels.extend(groups.into_iter().map(|(_, group, policy)| (Level::Group, group, policy)));
        levels.push((Level::Global, None, GLOBAL));
        levels
    }

    /// The one effective policy and how it reaches the user.
    fn effective(&self) -> Reached {
        self.levels().into_iter().find(|&(_, _, policy)| self.contents[policy] != Content::Void).unwrap()
    }
}

/// The names that matter to one user: `global` first, then what is listed or assigned, then two
/// policies that nobody has read.
fn names(view: &View, of_user: u8) -> Vec<String> {
    let mut names = vec!["global".to_owned()];
    let direct = view.direct.items.iter().filter(|d| d.user == of_user).filter_map(|d| d.policy.as_deref());
    let effective = view.effective.items.iter().filter(|e| e.user == of_user).filter_map(|e| e.policy.as_deref());
    let listed = view.policies.items.iter().map(|p| p.name.as_str());
    let groups = view.groups.items.iter().map(|g| g.policy.as_str());
    for name in listed.chain(direct).chain(groups).chain(effective) {
        let name = canonical(name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Calls `visit` with every completion of what matters to the user and the app, until it says stop.
fn each_completion(view: &View, of_app: u8, of_user: u8, visit: &mut dyn FnMut(&[String], &Completion) -> bool) {
    let mut names = names(view, of_user);
    let complete = view.policies.known == Known::Complete;
    // Per name: what it may be, and whether an assignment that was not read may name it.
    let mut may_be: Vec<Vec<Content>> = Vec::new();
    let mut assignable: Vec<bool> = Vec::new();
    for name in &names {
        let listed = view.policies.items.iter().find(|p| canonical(&p.name) == *name);
        may_be.push(match listed {
            Some(policy) if policy.apps.contains(&of_app) => vec![Content::Lists],
            Some(_) => vec![Content::ListsNot],
            None if name == "global" => vec![Content::Lists, Content::ListsNot],
            None if complete => vec![Content::Void, Content::ListsNot],
            None => vec![Content::Lists, Content::ListsNot, Content::Void],
        });
        assignable.push(listed.is_some() || name == "global" || !complete);
    }
    if !complete {
        names.extend(["(unread, lists)".to_owned(), "(unread, lists not)".to_owned()]);
        may_be.extend([vec![Content::Lists], vec![Content::ListsNot]]);
        assignable.extend([true, true]);
    }
    let direct_item = view.direct.items.iter().find(|d| d.user == of_user);
    let place = |name: &str| names.iter().position(|n| *n == canonical(name)).unwrap();

    for contents in product(&may_be) {
        let existing: Vec<usize> =
            (0..names.len()).filter(|&n| assignable[n] && contents[n] != Content::Void).collect();
        let directs: Vec<Option<usize>> = match (direct_item, view.direct.known) {
            (Some(item), _) => vec![item.policy.as_deref().map(place)],
            (None, Known::Complete) => vec![None],
            (None, _) => std::iter::once(None).chain(existing.iter().copied().map(Some)).collect(),
        };
        let memberships: Vec<Vec<bool>> = view
            .groups
            .items
            .iter()
            .map(|g| match (g.members.items.contains(&of_user), g.members.known) {
                (true, _) => vec![true],
                (false, Known::Complete) => vec![false],
                (false, _) => vec![false, true],
            })
            .collect();
        // At most one group that was not read matters: the winner among them.
        let mut unread = vec![None];
        if view.groups.known != Known::Complete {
            let last = view.groups.items.iter().map(|g| g.rank).max().unwrap_or(0);
            for rank in (1..=last + 1).filter(|rank| view.groups.items.iter().all(|g| g.rank != *rank)) {
                unread.extend(existing.iter().map(|&policy| Some((rank, None, policy))));
            }
        }
        for direct in directs {
            for member in product(&memberships) {
                for extra in &unread {
                    let listed = view.groups.items.iter().zip(&member).filter(|(_, is_in)| **is_in);
                    let mut groups: Vec<_> = listed.map(|(g, _)| (g.rank, Some(g.id), place(&g.policy))).collect();
                    groups.extend(*extra);
                    if !visit(&names, &Completion { contents: contents.clone(), direct, groups }) {
                        return;
                    }
                }
            }
        }
    }
}

fn product<T: Copy>(choices: &[Vec<T>]) -> Vec<Vec<T>> {
    choices.iter().fold(vec![Vec::new()], |rows, options| {
        rows.iter().flat_map(|row| options.iter().map(|&option| [row.as_slice(), &[option]].concat())).collect()
    })
}

/// The policy that wins in a completion, or nothing if a read of the effective policy excludes it.
fn allowed_by_read(view: &View, of_user: u8, names: &[String], completion: &Completion) -> Option<Reached> {
    let effective = completion.effective();
    let Some(read) = view.effective.items.iter().find(|e| e.user == of_user) else {
        return Some(effective);
    };
    let wanted = read.policy.as_deref().map_or("global".to_owned(), canonical);
    let fits = |&(level, group, policy): &Reached| {
        names[policy] == wanted
            && read.via.is_none_or(|via| via == level)
            && (level != Level::Group || read.group.is_none() || group.is_none() || read.group == group)
    };
    // Nobody documents whether such a read shows an assignment that is void, so either may match.
    (fits(&completion.levels()[0]) || fits(&effective)).then_some(effective)
}

/// Whether the effective policy of the user lists the app, and every way in which one that does
/// reaches the user.
pub(crate) fn policy_answers(view: &View, of_app: u8, of_user: u8, all_ways: bool) -> (Answers, Vec<Way>) {
    let view = &still_valid(view);
    let mut answers = Answers::default();
    let mut ways: Vec<Way> = Vec::new();
    each_completion(view, of_app, of_user, &mut |names, completion| {
        if let Some((level, group, policy)) = allowed_by_read(view, of_user, names, completion) {
            answers.add(completion.contents[policy] == Content::Lists);
            let way = Way { level, group, policy: names[policy].clone() };
            if all_ways && !ways.contains(&way) {
                ways.push(way);
            }
        }
        !answers.both()
    });
    if answers == Answers::default() {
        // The read contradicts other facts: the read decides.
        let mut told = view.clone();
        let read = told.effective.items.iter().position(|e| e.user == of_user).unwrap();
        let read = told.effective.items.remove(read);
        told.direct.items.retain(|d| d.user != of_user);
        told.direct.items.push(DirectItem { user: of_user, policy: read.policy.or(Some("Global".into())) });
        return policy_answers(&told, of_app, of_user, all_ways);
    }
    (answers, ways)
}

/// The same without the reads that a later fact of the snapshot contradicts: they are of an earlier state.
fn still_valid(view: &View) -> View {
    let mut valid = view.clone();
    valid.effective.items.retain(|read| !is_overtaken(view, read));
    valid
}

/// Whether the user can have had this direct assignment when the read was made.
fn fits_direct(read: &EffectiveItem, direct: Option<&str>) -> bool {
    let shown = read.policy.as_deref().map_or("global".to_owned(), canonical);
    match (direct.map(canonical), read.via) {
        (None, Some(Level::Direct)) => read.policy.is_none(),
        (None, _) => true,
        // A direct assignment comes before every group.
        (Some(direct), Some(Level::Group)) => direct == "global" && shown == "global",
        (Some(direct), _) => direct == shown,
    }
}

pub(crate) fn is_overtaken(view: &View, read: &EffectiveItem) -> bool {
    let Some(at) = read.read_at else { return false };
    if view.direct.known != Known::Missing && view.direct_at.is_some_and(|later| later > at) {
        let own = view.direct.items.iter().find(|d| d.user == read.user);
        let contradicts = match own {
            Some(own) => !fits_direct(read, own.policy.as_deref()),
            None => view.direct.known == Known::Complete && !fits_direct(read, None),
        };
        if contradicts {
            return true;
        }
    }
    let dated = |part: &str| {
        view.history
            .iter()
            .filter(move |it| it.part == part)
            .filter_map(|it| Some((it.not_before?, it)))
            .collect::<Vec<_>>()
    };
    let mut own = dated("direct");
    own.retain(|(_, it)| it.key == user(read.user).to_string());
    own.sort_by_key(|(first, _)| *first);
    if let Some((_, last)) = own.last().filter(|(_, it)| it.not_after > at) {
        let after = last.value.as_deref().filter(|_| last.change != "removed");
        if !fits_direct(read, after) {
            return true;
        }
    }
    if read.via == Some(Level::Direct) {
        return false;
    }
    let shown = read.policy.as_deref().map_or("global".to_owned(), canonical);
    let rank = |id: u8| view.groups.items.iter().find(|g| g.id == id).map(|g| g.rank);
    dated("groups").into_iter().filter(|(_, it)| it.not_after > at).any(|(first, it)| {
        let id = (0..=u8::MAX).find(|n| group(*n).to_string() == it.key).unwrap();
        let value = it.value.as_deref().map(canonical).unwrap();
        let is_the_one = read.group == Some(id);
        let listed = view.groups.items.iter().find(|g| g.id == id);
        if it.change == "removed" {
            let held = listed.map_or(value, |g| canonical(&g.policy));
            return shown != "global" && (is_the_one || read.group.is_none() && first >= at && held == shown);
        }
        if is_the_one {
            return value != shown || read.policy.is_none();
        }
        // Another group got an assignment that comes first.
        let Some(listed) = listed.filter(|g| first >= at && g.members.items.contains(&read.user)) else { return false };
        let below = read.group.and_then(rank).is_some_and(|own| listed.rank > own);
        canonical(&listed.policy) != shown && !below
    })
}

/// A way in which a policy reaches a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    level: Level,
    group: Option<u8>,
    policy: String,
}

impl Way {
    /// The entries of the snapshot that it rests on, as part and key of a change.
    fn rests_on(&self, of_user: u8) -> BTreeSet<(&'static str, String)> {
        let mut entries = BTreeSet::from([("policies", self.policy.clone())]);
        match (self.level, self.group) {
            (Level::Direct, _) => _ = entries.insert(("direct", user(of_user).to_string())),
            (Level::Group, Some(id)) => _ = entries.insert(("groups", group(id).to_string())),
            _ => {}
        }
        entries
    }
}

/// What one question asks, and when (Unix seconds, earliest and latest).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub(crate) app: u8,
    pub(crate) user: u8,
    pub(crate) operation: &'static Operation,
    pub(crate) at: Option<(i64, i64)>,
    /// The service has said that it asked the policy.
    pub(crate) policy_asked: bool,
}

/// Whether an app that holds some roles is allowed, in every completion.
pub(crate) fn permission(view: &View, ask: &Ask) -> Allowed {
    let takes: Vec<Option<Vec<&str>>> = match (ask.operation.application_supported, &ask.operation.application) {
        (Some(false), _) => vec![None],
        (_, Some(accepted)) => vec![Some(accepted.accepted().collect())],
        // Not found: it may take nothing, or any role.
        (None | Some(true), None) => vec![None, Some(ROLES.iter().map(|(_, name)| *name).collect())],
    };
    let everything: Vec<&str> = takes.iter().flatten().flatten().copied().collect();
    let listed = view.apps.items.iter().find(|a| a.id == ask.app);
    let holds: Vec<Vec<&str>> = match (listed, view.apps.known) {
        (None, Known::Complete) => vec![vec![]],
        (None, _) => vec![vec![], everything],
        (Some(item), _) => match &item.roles {
            None => vec![vec![], everything],
            Some(grants) => {
                let named: Vec<Vec<&str>> = grants.iter().map(|grant| graph_role(grant, &everything)).collect();
                product(&named).into_iter().collect()
            }
        },
    };
    let mut answers = Answers::default();
    for accepted in &takes {
        for held in &holds {
            let accepted = accepted.as_deref().unwrap_or_default();
            answers.add(held.iter().any(|role| accepted.iter().any(|name| name.eq_ignore_ascii_case(role))));
        }
    }
    let known = ask.operation.application.is_some() || ask.operation.application_supported == Some(false);
    match answers.outcome() {
        // The table says that a stranger fails; of an app without grants one may also hold that an operation of
        // which no permission was found could take none.
        Outcome::Fail if listed.is_some() && !known => vec![Outcome::Fail, Outcome::Unknown],
        outcome => vec![outcome],
    }
}

/// What a grant may be, as a role of Microsoft Graph; `""` is no role.
fn graph_role<'a>(grant: &RoleItem, everything: &[&'a str]) -> Vec<&'a str>
where
    'static: 'a,
{
    match (grant.other_resource, grant.id, grant.value) {
        (true, ..) => vec![""],
        (_, Some(id), _) => vec![ROLES.iter().find(|(role, _)| *role == id).map_or("", |(_, name)| *name)],
        (_, None, Some(value)) => vec![value],
        (_, None, None) => [&[""], everything].concat(),
    }
}

/// Whether the operation concerns a user at all.
fn concerns_user(operation: &Operation) -> bool {
    operation.subject != PolicySubject::Nobody
        || operation.path.starts_with("/users/{")
        || operation.path.starts_with("/copilot/users/{")
}

pub(crate) fn user_gate(view: &View, ask: &Ask) -> Outcome {
    if !concerns_user(ask.operation) {
        return Outcome::Skipped;
    }
    match (view.users.items.iter().find(|u| u.id == ask.user), view.users.known) {
        (None, Known::Complete) => Outcome::Fail,
        (None, _) => Outcome::Unknown,
        (Some(item), _) if item.teams == Some("enabled") => Outcome::Pass,
        (Some(_), _) => Outcome::Unknown,
    }
}

/// How the policy gate treats an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Plainly,
    PassOrUnknown,
    NeverDenies,
    Not,
}

pub(crate) fn asked(operation: &Operation) -> Asked {
    let below_meetings = operation.path.to_lowercase().starts_with("/users/{userid}/onlinemeetings");
    match operation.policy {
        PolicyRule::Required | PolicyRule::RequiredByPermission => Asked::Plainly,
        PolicyRule::Conflicting | PolicyRule::NotFound => Asked::PassOrUnknown,
        PolicyRule::NotMentioned if below_meetings => Asked::PassOrUnknown,
        PolicyRule::FiltersResults => Asked::NeverDenies,
        PolicyRule::NotMentioned | PolicyRule::NotSupported | PolicyRule::NotApplicable => Asked::Not,
    }
}

/// The outcomes that the design allows; more than one where it is silent.
pub(crate) type Allowed = Vec<Outcome>;

pub(crate) fn policy_gate(ask: &Ask, answers: Answers) -> Allowed {
    match (asked(ask.operation), answers.outcome()) {
        (Asked::Not, _) => vec![Outcome::Skipped],
        // The verdict stays allowed; whether that is a pass or a question not asked is a matter of words.
        (Asked::NeverDenies, _) => vec![Outcome::Pass, Outcome::Skipped],
        // Nobody's policy: "pass if listed, else unknown" has no user to look at.
        (Asked::PassOrUnknown, _) if ask.operation.subject == PolicySubject::Nobody => {
            let mut open = vec![Outcome::Skipped, Outcome::Unknown, Outcome::Pass];
            open.extend(ask.policy_asked.then(|| answers.outcome()));
            open
        }
        // What the documents leave open is that the policy may not be asked at all; an answer of the service closes it.
        (Asked::PassOrUnknown, Outcome::Fail) if !ask.policy_asked => vec![Outcome::Unknown],
        (_, outcome) => vec![outcome],
    }
}

pub(crate) fn tenant_gate(view: &View, ask: &Ask) -> Outcome {
    match (ask.operation.reads_transcripts, view.transcripts) {
        (false, _) => Outcome::Skipped,
        (true, Some(true)) => Outcome::Pass,
        (true, Some(false)) => Outcome::Fail,
        (true, None) => Outcome::Unknown,
    }
}

/// Documented delays of a change of a part, in seconds: the shortest and the longest reading of what the pages
/// say. Policies and grants: "up to 30 minutes"; groups: "24 hours or more"; licences: "30-60 minutes"; consent
/// and switches: no figure, so anything up to a day is left open.
fn window(part: &str) -> (i64, i64) {
    match part {
        "policies" | "direct" => (1800, 1800),
        "groups" => (86400, 86400),
        "users" => (3600, 3600),
        _ => (0, 86400),
    }
}

/// The time gate. It is unknown when a young change stands on the way by which the gate passes *and* the
/// state before it might not pass; it passes when no young change does either; else the design leaves it open.
pub(crate) fn time_gate(view: &View, ask: &Ask, passing: &Passing) -> Allowed {
    let mut must: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut may = BTreeSet::new();
    if passing.permission {
        must.insert(("apps", app(ask.app).to_string()));
    }
    if passing.user {
        must.insert(("users", user(ask.user).to_string()));
    }
    if passing.policy {
        let (_, ways) = policy_answers(view, ask.app, ask.user, true);
        let sets: Vec<_> = ways.iter().map(|way| way.rests_on(ask.user)).collect();
        must.extend(sets[0].iter().filter(|entry| sets.iter().all(|set| set.contains(*entry))).cloned());
        may.extend(sets.into_iter().flatten());
    }
    let is_policy = |part: &str| matches!(part, "policies" | "direct" | "groups");
    let mut outcome = vec![Outcome::Pass];
    let mut reverted = view.clone();
    for change in view.history.iter().filter(|c| c.not_before.is_some()) {
        let name = if change.part == "policies" { canonical(&change.key) } else { change.key.clone() };
        let entry = (change.part, name);
        let (shortest, longest) = window(change.part);
        let young = |window: i64| ask.at.is_none_or(|(earliest, _)| earliest < change.not_after + window);
        if !young(longest) {
            continue;
        }
        let alone = {
            let mut before = view.clone();
            revert(&mut before, change);
            before
        };
        revert(&mut reverted, change);
        let breaks = |before: &View| {
            if is_policy(change.part) {
                passing.policy && policy_answers(before, ask.app, ask.user, false).0.no
            } else {
                must.contains(&entry)
            }
        };
        let removed = change.change == "removed";
        let mine = entry == ("direct", user(ask.user).to_string());
        let was_read = view.effective.items.iter().any(|e| e.user == ask.user);
        let stands_on_it = match change.part {
            // `Global` cannot be added; only the ways by which all pass are sure to be meant.
            "policies" => must.contains(&entry) || may.contains(&entry) && entry.1 != "global",
            "groups" => !removed && (must.contains(&entry) || may.contains(&entry) && !was_read),
            "direct" => must.contains(&entry) || may.contains(&entry) || mine && removed,
            _ => must.contains(&entry),
        };
        // A change without a documented figure is old at once.
        if stands_on_it && shortest > 0 && young(shortest) && breaks(&alone) {
            return vec![Outcome::Unknown];
        }
        // What was removed may have been the user's, whatever is left of it now.
        let may_have_been = removed && passing.policy && (entry.0 != "direct" || entry.1 == user(ask.user).to_string());
        if must.contains(&entry) || may.contains(&entry) || may_have_been || breaks(&alone) || breaks(&reverted) {
            outcome = vec![Outcome::Pass, Outcome::Unknown];
        }
    }
    if ask.at.is_none() && !outcome.contains(&Outcome::Unknown) {
        // Without a time of the call and without a known change the text can be read both ways.
        outcome.push(Outcome::Unknown);
    }
    outcome
}

/// Takes a change back: an added entry was not there before, any other was there and is not known.
fn revert(view: &mut View, change: &ChangeItem) {
    let added = change.change == "added";
    let unsure = |known: &mut Known| {
        if *known == Known::Complete && !added {
            *known = Known::Partial;
        }
    };
    match change.part {
        "policies" => {
            view.policies.items.retain(|p| canonical(&p.name) != canonical(&change.key));
            unsure(&mut view.policies.known);
        }
        "direct" => {
            view.direct.items.retain(|d| user(d.user).to_string() != change.key);
            if let Some(user) = (0..USERS).find(|&n| user(n).to_string() == change.key) {
                match &change.value {
                    _ if added => view.direct.items.push(DirectItem { user, policy: None }),
                    Some(policy) if change.change == "removed" => {
                        view.direct.items.push(DirectItem { user, policy: Some(policy.clone()) });
                    }
                    _ => {}
                }
            }
            unsure(&mut view.direct.known);
        }
        "groups" => {
            view.groups.items.retain(|g| group(g.id).to_string() != change.key);
            unsure(&mut view.groups.known);
        }
        _ => {}
    }
    // A read of the effective policy shows the state after the change.
    view.effective.items.clear();
}

/// Which of the gates that a change can touch pass.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Passing {
    pub(crate) permission: bool,
    pub(crate) user: bool,
    pub(crate) policy: bool,
}

/// What the design allows each gate to say.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) permission: Allowed,
    pub(crate) user: Outcome,
    pub(crate) policy: Allowed,
    pub(crate) time: Allowed,
    pub(crate) tenant: Outcome,
}

pub(crate) fn expected(view: &View, ask: &Ask, answers: Answers) -> Expected {
    let permission = permission(view, ask);
    let user = user_gate(view, ask);
    let policy = policy_gate(ask, answers);
    let passing = Passing {
        permission: permission == [Outcome::Pass],
        user: user == Outcome::Pass,
        policy: answers.outcome() == Outcome::Pass
            && matches!(asked(ask.operation), Asked::Plainly | Asked::PassOrUnknown),
    };
    let mut time = time_gate(view, ask, &passing);
    if asked(ask.operation) == Asked::NeverDenies && answers.outcome() == Outcome::Pass {
        // Whether the pass of a gate that never denies rests on anything is open.
        let whole = time_gate(view, ask, &Passing { policy: true, ..passing });
        time.extend(
            whole.into_iter().filter(|outcome| time.clone().iter().all(|had| had != outcome)).collect::<Vec<_>>(),
        );
    }
    Expected { permission, user, policy, time, tenant: tenant_gate(view, ask) }
}

/// `true` = allowed, `false` = denied, nothing = unknown.
pub(crate) fn fold(outcomes: impl IntoIterator<Item = Outcome>) -> Option<bool> {
    let outcomes: Vec<Outcome> = outcomes.into_iter().collect();
    if outcomes.contains(&Outcome::Fail) {
        Some(false)
    } else if outcomes.contains(&Outcome::Unknown) {
        None
    } else {
        Some(true)
    }
}
