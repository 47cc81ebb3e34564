//! The changes of policies and assignments that would let an app act for users, before any is proved.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::command::{AppIds, Command, Target};
use super::reads::direct_assignment;
use super::simulate::simulate;
use crate::tenant::{Content, Level, Policy, Tri, View, effective, name};

/// Users get grants of their own up to this many; beyond, only policies and groups are changed.
const MOST_GRANTS: usize = 200;

/// One way.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// What it does, for people.
    pub(super) title: String,
    /// Side effects that no list of pairs shows.
    pub(super) note: String,
    /// What is run.
    pub(super) commands: Vec<Command>,
    /// 0 = users, 1 = a group, 2 = whoever holds a policy, 3 = the tenant.
    pub(super) breadth: u8,
    /// What it rests on and nobody has read.
    pub(super) assumes: Vec<String>,
}

/// A user with the policies one of which is effective.
struct Held<'a> {
    user: Uuid,
    policies: Vec<&'a Policy>,
    level: Option<Level>,
}

/// Every way to let `app` act for `users`, each of whom it may not act for by the policies.
pub(super) fn candidates(view: &View<'_>, app: Uuid, users: &[Uuid], wanted: Option<&str>) -> Vec<Candidate> {
    let held: Vec<Held<'_>> = users.iter().filter_map(|user| held(view, app, *user)).collect();
    if held.len() != users.len() || held.is_empty() {
        return Vec::new();
    }
    // Nobody opens the policies of others for the sake of a user who may hold any of them.
    if held.iter().any(|it| it.policies.len() > 1) {
        return Vec::new();
    }
    let mut found = vec![add(view, app, &held)];
    if users.len() <= MOST_GRANTS {
        found.extend(release(view, app, &held));
        let existing = existing(view, app, &held);
        let exact = existing.as_ref().is_some_and(|it| it.1);
        found.extend(existing.map(|it| it.0));
        if !exact {
            found.push(copy(view, app, &held, wanted));
        }
    }
    found
}

/// The users for whom one of several policies is effective, none of which lists the app, and these policies.
pub(super) fn undecided<'a>(view: &View<'a>, app: Uuid, users: &[Uuid]) -> Vec<(Uuid, Vec<&'a Policy>)> {
    let held = users.iter().filter_map(|user| held(view, app, *user));
    held.filter(|it| it.policies.len() > 1).map(|it| (it.user, it.policies)).collect()
}

/// `None` where a policy that may be effective was not read, so that nothing can be added to it.
fn held<'a>(view: &View<'a>, app: Uuid, user: Uuid) -> Option<Held<'a>> {
    let effective = effective(view, Some(user));
    if effective.lists(view, app) != Tri::No {
        return None;
    }
    let mut policies: Vec<&'a Policy> = Vec::new();
    for candidate in &effective.candidates {
        match candidate.content {
            Content::Listed(policy) if !policies.iter().any(|it| name::same(&it.name, &policy.name)) => {
                policies.push(policy);
            }
            Content::Listed(_) | Content::Dangling => {}
            Content::Unread => return None,
        }
    }
    let level = effective.known().map(|one| one.level);
    if level.is_none() {
        // Which one is effective is not known: it may be whatever any assignment may name.
        let all = view.snapshot().policies.known();
        let open = effective.gaps.direct || effective.gaps.groups || effective.gaps.user;
        policies
            .extend(all.iter().filter(|it| open && !policies.iter().any(|p| p.name == it.name)).collect::<Vec<_>>());
    }
    (!policies.is_empty()).then_some(Held { user, policies, level })
}

/// A policy lists client ids: an object id of the app lets nothing in.
fn is_own_object(view: &View<'_>, app: Uuid, id: Uuid) -> bool {
    let own = view.app(app).is_some_and(|it| [it.service_principal_id, it.application_object_id].contains(&Some(id)));
    own && id != app && view.app(id).is_none()
}

fn add(view: &View<'_>, app: Uuid, held: &[Held<'_>]) -> Candidate {
    let mut policies: BTreeMap<String, &Policy> = BTreeMap::new();
    for it in held {
        policies.extend(it.policies.iter().map(|policy| (name::key(&policy.name), *policy)));
    }
    let missing = || policies.values().filter(|policy| !policy.app_ids.contains(&app));
    let breadth = missing().map(|policy| breadth(view, policy, held)).max().unwrap_or(0);
    let global = missing().any(|policy| name::is_global(&policy.name));
    let names: Vec<String> = missing().map(|policy| format!("`{}`", policy.name)).collect();
    let note = match breadth {
        _ if global => "`Global` reaches everybody without an assignment, also users who come later",
        1.. => "everybody who holds the policy is reached, also users who join its groups later",
        _ => "",
    };
    let mut note = note.to_owned();
    let objects: BTreeSet<Uuid> =
        missing().flat_map(|it| &it.app_ids).copied().filter(|id| is_own_object(view, app, *id)).collect();
    if !objects.is_empty() {
        let ids: Vec<String> = objects.iter().map(|id| format!("`{id}`")).collect();
        let lead = if note.is_empty() { "" } else { "; " };
        note.push_str(&format!("{lead}{}, an object id of the app, lets nothing in and stays in the list", and(&ids)));
    }
    Candidate {
        title: format!("add the app to {}", and(&names)),
        note,
        commands: missing()
            .map(|policy| Command::SetPolicy { name: policy.name.clone(), app_ids: AppIds::Add(vec![app]) })
            .collect(),
        breadth,
        assumes: Vec::new(),
    }
}

/// How far a change of a policy reaches.
fn breadth(view: &View<'_>, policy: &Policy, held: &[Held<'_>]) -> u8 {
    if name::is_global(&policy.name) {
        return 3;
    }
    let asked: BTreeSet<Uuid> = held.iter().map(|it| it.user).collect();
    let others = view.snapshot().direct.known().iter().any(|direct| {
        direct.policy.as_deref().is_some_and(|own| name::same(own, &policy.name)) && !asked.contains(&direct.user_id)
    });
    if others {
        return 2;
    }
    let groups = &view.snapshot().groups;
    u8::from(groups.known().iter().any(|group| name::same(&group.policy, &policy.name)))
}

/// The direct assignments go, where what they hide lists the app.
fn release(view: &View<'_>, app: Uuid, held: &[Held<'_>]) -> Option<Candidate> {
    if !held.iter().all(|it| matches!(it.level, Some(Level::Direct))) {
        return None;
    }
    let commands: Vec<Command> =
        held.iter().map(|it| Command::Grant { to: Target::User(it.user), policy: None }).collect();
    let after = simulate(view.snapshot(), &commands, None).snapshot;
    let after = View::indexed(&after);
    let mut names: Vec<String> = Vec::new();
    for it in held {
        let effective = effective(&after, Some(it.user));
        if effective.lists(&after, app) != Tri::Yes {
            return None;
        }
        names.extend(effective.known().map(|one| format!("`{}`", one.policy)));
    }
    crate::order::sort(&mut names);
    names.dedup();
    let whose = if held.len() == 1 {
        "the user's direct assignment".to_owned()
    } else {
        format!("the direct assignments of {} users", held.len())
    };
    Some(Candidate {
        title: format!("remove {whose}, so that {} applies", and(&names)),
        note: "later changes of what applies then reach the user too".to_owned(),
        commands,
        breadth: 0,
        assumes: Vec::new(),
    })
}

/// Grants of policies that exist: the ones that list what the users have and the fewest other apps. The second part
/// tells whether nothing else is gained or lost.
fn existing(view: &View<'_>, app: Uuid, held: &[Held<'_>]) -> Option<(Candidate, bool)> {
    let all = view.snapshot().policies.known();
    let mut commands = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut exact = true;
    for it in held {
        let own = it.policies.first()?;
        let cost = |policy: &Policy| {
            let lost = own.app_ids.iter().filter(|id| !policy.app_ids.contains(id)).count();
            let more = policy.app_ids.iter().filter(|id| !own.app_ids.contains(id)).count();
            (lost, more, policy.name.clone())
        };
        let best = all
            .iter()
            .filter(|policy| policy.app_ids.contains(&app) && !name::is_global(&policy.name))
            .min_by_key(|policy| cost(policy))?;
        let (lost, more, _) = cost(best);
        exact &= lost == 0 && more == 1;
        if !names.contains(&format!("`{}`", best.name)) {
            names.push(format!("`{}`", best.name));
        }
        commands.push(Command::Grant { to: Target::User(it.user), policy: Some(best.name.clone()) });
    }
    let candidate = Candidate {
        title: format!("grant {} to {}", and(&names), whom(held.len())),
        note: freeze(held),
        commands,
        breadth: 0,
        assumes: unknown_direct(view, held),
    };
    Some((candidate, exact))
}

/// New policies that list what the users have, and the app.
fn copy(view: &View<'_>, app: Uuid, held: &[Held<'_>], wanted: Option<&str>) -> Candidate {
    let mut new: BTreeMap<String, (String, Vec<Uuid>)> = BTreeMap::new();
    let mut commands = Vec::new();
    let mut grants = Vec::new();
    let mut others = false;
    let mut kept: BTreeSet<Uuid> = BTreeSet::new();
    let mut objects: BTreeSet<Uuid> = BTreeSet::new();
    let is_object = |id: Uuid| is_own_object(view, app, id);
    for it in held {
        let Some(own) = it.policies.first() else { continue };
        let taken: Vec<&str> = new.values().map(|(name, _)| name.as_str()).collect();
        let chosen = free_name(view, app, &own.name, wanted, &taken);
        let (left_out, others_kept): (Vec<Uuid>, Vec<Uuid>) =
            own.app_ids.iter().copied().filter(|id| *id != app).partition(|id| is_object(*id));
        objects.extend(left_out);
        kept.extend(&others_kept);
        let apps = || others_kept.iter().copied().chain([app]).collect::<Vec<Uuid>>();
        others |= !own.other_ids.is_empty();
        let (chosen, _) = new.entry(name::key(&own.name)).or_insert_with(|| (chosen, apps()));
        grants.push(Command::Grant { to: Target::User(it.user), policy: Some(chosen.clone()) });
    }
    for (name, app_ids) in new.values() {
        commands.push(Command::NewPolicy { name: name.clone(), app_ids: app_ids.clone(), description: None });
    }
    commands.extend(grants);
    let names: Vec<String> = new.values().map(|(name, _)| format!("`{name}`")).collect();
    let what = match new.values().next() {
        Some((_, apps)) if new.len() == 1 && apps.len() == 1 => "with the app alone".to_owned(),
        _ => "with the app and all apps that their policy lists now".to_owned(),
    };
    let (them, list) = if names.len() == 1 { ("it", "it lists") } else { ("them", "they list") };
    let mut note = freeze(held);
    if !kept.is_empty() {
        note.push_str(&format!("; beside the app {list} {}, as the present policies do", and(&app_words(view, &kept))));
    }
    if !objects.is_empty() {
        let ids: Vec<String> = objects.iter().map(|id| format!("`{id}`")).collect();
        note.push_str(&format!("; {}, an object id of the app, lets nothing in and is left out", and(&ids)));
    }
    if others {
        note.push_str("; entries of the present policy that are no client ids are left out");
    }
    Candidate {
        title: format!("create {} {what}, and grant {them} to {}", and(&names), whom(held.len())),
        note,
        commands,
        breadth: 0,
        assumes: unknown_direct(view, held),
    }
}

/// Apps by name, and whether the tenant has them at all.
fn app_words(view: &View<'_>, apps: &BTreeSet<Uuid>) -> Vec<String> {
    const NAMED: usize = 5;
    let words = |id: &Uuid| match view.app(*id) {
        None if view.snapshot().apps.is_complete() => format!("`{id}` (not in this tenant)"),
        None => format!("`{id}`"),
        Some(app) => {
            let name = app.name.as_ref().map_or_else(|| format!("`{id}`"), |name| format!("`{name}` ({id})"));
            if app.enabled == Some(false) { format!("{name}, which is disabled") } else { name }
        }
    };
    let mut all: Vec<String> = apps.iter().take(NAMED).map(words).collect();
    if apps.len() > NAMED {
        all.push(format!("{} more apps", apps.len() - NAMED));
    }
    all
}

/// A grant to a group of which nobody has read an assignment or the members.
/// `None` where nobody has read what most of them have now, so that no list takes it over.
pub(super) fn to_group(view: &View<'_>, app: Uuid, group: Uuid, wanted: Option<&str>) -> Option<Candidate> {
    let snapshot = view.snapshot();
    let kept: Vec<Uuid> = view.policy(name::GLOBAL)?.app_ids.clone();
    let lists_all =
        |policy: &&Policy| policy.app_ids.contains(&app) && kept.iter().all(|id| policy.app_ids.contains(id));
    let existing = snapshot
        .policies
        .known()
        .iter()
        .filter(|policy| !name::is_global(&policy.name))
        .filter(lists_all)
        .min_by_key(|policy| policy.app_ids.len());
    let (chosen, mut commands) = match existing {
        Some(policy) => (policy.name.clone(), Vec::new()),
        None => {
            let chosen = free_name(view, app, name::GLOBAL, wanted, &[]);
            let app_ids = kept.iter().copied().filter(|id| *id != app).chain([app]).collect();
            (chosen.clone(), vec![Command::NewPolicy { name: chosen, app_ids, description: None }])
        }
    };
    commands.push(Command::Grant { to: Target::Group { id: group, rank: None }, policy: Some(chosen.clone()) });
    Some(Candidate {
        title: format!("grant `{chosen}` to the group"),
        note: "only direct members are reached, and of these only the ones without a direct assignment or a group that comes first; members who join later are reached too; members of large groups may wait 24 hours or more".to_owned(),
        commands,
        breadth: 1,
        assumes: vec!["the members of the group were not read: whom it reaches, and what their present policies list, is not known".to_owned()],
    })
}

/// A direct policy hides whatever its holder would get from elsewhere later.
fn freeze(held: &[Held<'_>]) -> String {
    let mut names: Vec<String> = held
        .iter()
        .filter(|it| !matches!(it.level, Some(Level::Direct)))
        .flat_map(|it| it.policies.iter().map(|policy| format!("`{}`", policy.name)))
        .collect();
    crate::order::sort(&mut names);
    names.dedup();
    if names.is_empty() {
        return format!(
            "{} in place of the present direct assignment",
            if held.len() == 1 { "the grant stands" } else { "the grants stand" }
        );
    }
    format!("a direct assignment no longer follows later changes of {} or of groups", and(&names))
}

fn unknown_direct(view: &View<'_>, held: &[Held<'_>]) -> Vec<String> {
    let unknown = held.iter().any(|it| direct_assignment(view.snapshot(), it.user).is_none());
    unknown
        .then(|| {
            "whether the user has a direct assignment was not read: what a grant replaces, and its undo, are not known"
                .to_owned()
        })
        .into_iter()
        .collect()
}

fn whom(users: usize) -> String {
    if users == 1 { "the user".to_owned() } else { format!("{users} users") }
}

/// `a`, `b` and `c`
#[must_use]
pub fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A name that no listed policy has: letters, digits and hyphens only.
fn free_name(view: &View<'_>, app: Uuid, like: &str, wanted: Option<&str>, taken: &[&str]) -> String {
    let free = |candidate: &str| {
        view.policy(candidate).is_none()
            && !name::is_global(candidate)
            && !taken.iter().any(|other| name::same(other, candidate))
    };
    if let Some(wanted) = wanted.filter(|wanted| free(wanted)) {
        return name::bare(wanted).to_owned();
    }
    let plain: String =
        name::bare(like).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let plain = plain.trim_matches('-');
    let short: String = app.simple().to_string().chars().take(8).collect();
    let base = wanted.map_or_else(
        || if plain.is_empty() { format!("App-{short}") } else { format!("{plain}-{short}") },
        |wanted| name::bare(wanted).to_owned(),
    );
    if free(&base) {
        return base;
    }
    (2..u32::MAX).map(|number| format!("{base}-{number}")).find(|it| free(it)).unwrap_or(base)
}
