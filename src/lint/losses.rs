//! Who loses which app through a command: whom it had reached before, and who of them it reaches no longer.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::causes::{Raised, app_ids_replaced, grant_replaces_policy};
use crate::diagnose::Evidence;
use crate::fix::command as change;
use crate::fix::simulate::Simulator;
use crate::knowledge::{Confidence, Severity};
use crate::script::Command;
use crate::script::subject::{self, Verb, verb};
use crate::tenant::{Assignment, Effective, Level, Snapshot, Tri, View, effective, name};

/// Names that are printed of those who lose an app.
const NAMED: usize = 3;

/// Access is taken by a command that says so, from users whom it does not name.
const REVOKED: &str = "access-revoked";

/// The cause of changes that may take access away; `None` for those that take none.
pub(super) fn takes(changes: &[change::Command]) -> Option<&'static str> {
    use change::{AppIds, Command};
    match changes.first()? {
        Command::Grant { policy: Some(_), .. } => Some(grant_replaces_policy::SLUG),
        Command::SetPolicy { app_ids: AppIds::Replace(_), .. } => Some(app_ids_replaced::SLUG),
        Command::Grant { policy: None, .. }
        | Command::SetPolicy { app_ids: AppIds::Remove(_), .. }
        | Command::RemovePolicy { .. }
        | Command::RemoveGroupAssignment { .. } => Some(REVOKED),
        _ => None,
    }
}

/// A grant of `Global` may be refused, take the user's own policy away, or assign it.
const GLOBAL_BY_NAME: &str = "what a grant of `Global` by its name does";

/// Whether a change is such a grant.
pub(super) fn grants_global_by_name(change: &change::Command) -> bool {
    matches!(change, change::Command::Grant { policy: Some(policy), .. } if name::is_global(policy))
}

/// What of the effect of changes no document says.
pub(super) fn undocumented(changes: &[change::Command], after: &Simulator<'_>) -> Option<&'static str> {
    match changes.first()? {
        change::Command::RemovePolicy { .. } => Some("what users get who hold a removed policy"),
        change::Command::Grant { to: change::Target::Global, policy: None } => {
            Some("what `Grant -Global` of `$null` does")
        }
        change::Command::Grant { policy: Some(policy), .. } if name::is_global(policy) => Some(GLOBAL_BY_NAME),
        _ if after.granted_to_tenant() => Some("whether `Grant -Global` replaces what `Global` lists"),
        _ => None,
    }
}

/// Which apps may act for whom before a command.
pub(super) struct Held {
    users: Vec<Holder>,
    /// What `Global` lists, where the command is about everybody.
    global: Option<Vec<Uuid>>,
    /// What is left of the evidence of what the policies list, when that is known.
    lists: Evidence,
}

struct Holder {
    user: Uuid,
    apps: Vec<Uuid>,
    /// The policy that gives them, and what says so.
    from: Option<(String, Evidence)>,
}

impl Held {
    pub(super) fn by(state: &Snapshot, changes: &[change::Command]) -> Self {
        let mut whom: BTreeSet<Uuid> = BTreeSet::new();
        let mut everybody = false;
        for change in changes {
            match change {
                change::Command::Grant { to: change::Target::User(user), .. } => {
                    whom.insert(*user);
                }
                change::Command::Grant { to: change::Target::Group { id, .. }, .. } => {
                    let group = state.groups.known().iter().find(|group| group.group_id == *id);
                    whom.extend(group.iter().flat_map(|group| group.members.known().iter().copied()));
                }
                _ => everybody = true,
            }
        }
        if everybody {
            whom = crate::fix::access::users_of(state);
        }
        let view = view_for(state, whom.len());
        let users = whom.into_iter().map(|user| {
            let had = effective(&view, Some(user));
            let apps = listed(&had, &view).into_iter().filter(|app| had.lists(&view, *app) == Tri::Yes).collect();
            let from = had.known().map(|one| (one.policy.to_owned(), held(state, user, one, had.by_read)));
            Holder { user, apps, from }
        });
        let users = users.filter(|holder| !holder.apps.is_empty()).collect();
        let global = everybody.then(|| view.policy(name::GLOBAL).map(|it| it.app_ids.clone()).unwrap_or_default());
        Self { users, global, lists: Evidence::read(&state.policies, String::new(), "app_ids", String::new()) }
    }

    pub(super) fn lost(
        self,
        before: &Snapshot,
        state: &Snapshot,
        undocumented: Option<&'static str>,
    ) -> Option<Losses> {
        let view = view_for(state, self.users.len());
        let mut losses = Losses { undocumented, strangers: true, ..Losses::default() };
        let known = (!state.users.is_complete()).then(|| crate::fix::access::users_of(before));
        for holder in self.users {
            let has = effective(&view, Some(holder.user));
            let lost: Vec<Uuid> = holder.apps.into_iter().filter(|app| has.lists(&view, *app) == Tri::No).collect();
            if lost.is_empty() {
                continue;
            }
            if let Some((policy, held)) = holder.from.filter(|_| losses.evidence.is_empty()) {
                let ids: Vec<String> = lost.iter().map(Uuid::to_string).collect();
                let lists = self.lists.clone();
                losses.evidence =
                    vec![held, Evidence { object: format!("policy `{policy}`"), value: ids.join(", "), ..lists }];
            }
            losses.apps.extend(lost);
            losses.strangers &= known.as_ref().is_some_and(|known| !known.contains(&holder.user));
            losses.users.push(holder.user);
        }
        if let Some(had) = self.global {
            let has = view.policy(name::GLOBAL).map(|policy| policy.app_ids.clone());
            let gone = had.into_iter().filter(|app| has.as_ref().is_some_and(|has| !has.contains(app)));
            let gone: Vec<Uuid> = gone.collect();
            losses.later = !gone.is_empty();
            losses.apps.extend(gone);
        }
        (!losses.users.is_empty() || losses.later).then_some(losses)
    }
}

pub(super) fn view_for(state: &Snapshot, users: usize) -> View<'_> {
    if users > 16 { View::indexed(state) } else { View::new(state) }
}

/// The policy that a user has, with the part that says so.
fn held(state: &Snapshot, user: Uuid, one: Assignment<'_>, by_read: bool) -> Evidence {
    let (object, policy) = (format!("user `{user}`"), one.policy);
    match one.level {
        _ if by_read => Evidence::read(&state.effective, object, "effective policy", policy),
        Level::Direct => Evidence::read(&state.direct, object, "policy", policy),
        Level::Group { .. } => Evidence::read(&state.groups, object, "policy by a group", policy),
        Level::Global | Level::Unsaid => Evidence::read(&state.policies, object, "effective policy", policy),
    }
}

/// Who loses what.
#[derive(Default)]
pub(super) struct Losses {
    pub(super) users: Vec<Uuid>,
    apps: BTreeSet<Uuid>,
    /// Users who come later lose it too.
    later: bool,
    /// What of it no document says.
    undocumented: Option<&'static str>,
    evidence: Vec<Evidence>,
    /// Of no user who loses is it known whether there is one.
    strangers: bool,
}

impl Losses {
    pub(super) fn told(self, command: &Command, slug: &'static str, view: &View<'_>) -> Raised {
        let list = subject::argument(command, "AppIds").filter(|_| slug != grant_replaces_policy::SLUG);
        let argument = list.or_else(|| subject::policy_argument(command));
        let place = argument.map_or(command.name_span, |argument| argument.span);
        let sure = command.context.always() && (!self.strangers || self.users.is_empty());
        let confidence = match (sure, self.undocumented) {
            (true, None) => Confidence::Certain,
            (_, Some(GLOBAL_BY_NAME)) => Confidence::Possible,
            _ => Confidence::Likely,
        };
        let label = match self.users.as_slice() {
            [_] if self.later => "takes an app away from this user, and later ones".to_owned(),
            [_] => "takes an app away from this user".to_owned(),
            [] => "takes an app away from later users".to_owned(),
            users => format!("takes an app away from {} users", users.len()),
        };
        let mut raised = Raised::new(slug, confidence, command, place, label).explained(self.words(slug, view));
        // What a command says that it takes is mostly meant; a removed policy names none of its holders.
        raised.lowered = (slug == REVOKED && verb(command) != Some(Verb::Remove)).then_some(Severity::Info);
        raised.evidence = self.evidence;
        raised.losing = self.users;
        raised
    }

    fn words(&self, slug: &str, view: &View<'_>) -> String {
        let user = |id: &Uuid| {
            view.user(*id).and_then(|user| user.upn.clone().or_else(|| user.name.clone())).unwrap_or(id.to_string())
        };
        let app = |id: &Uuid| match view.app(*id).and_then(|app| app.name.clone()) {
            Some(name) => format!("`{name}` ({id})"),
            None => format!("`{id}`"),
        };
        let some = |mut all: Vec<String>| {
            let more = all.len().saturating_sub(NAMED);
            all.truncate(NAMED);
            let all = all.join(", ");
            if more > 0 { format!("{all} and {more} more") } else { all }
        };
        let apps = some(self.apps.iter().map(app).collect());
        let whom = match (self.users.is_empty(), self.later) {
            (true, _) => "users without an assignment".to_owned(),
            (false, true) => format!("{}, and later users", some(self.users.iter().map(user).collect())),
            (false, false) => some(self.users.iter().map(user).collect()),
        };
        let unsure = self.undocumented.map_or(String::new(), |what| format!(" ({what} is not documented)"));
        let then = match slug {
            REVOKED => "if that is meant, nothing is wrong",
            app_ids_replaced::SLUG => {
                "the list in the command takes the place of the one that is there, so that it must hold these apps too"
            }
            _ => "policies do not add up, so that the list of the new one must hold these apps too",
        };
        format!("{apps} may act for {whom} now, and no longer after this command{unsure}: {then}")
    }
}

/// The apps that any candidate of an effective policy lists.
fn listed(effective: &Effective<'_>, view: &View<'_>) -> BTreeSet<Uuid> {
    effective
        .candidates
        .iter()
        .filter_map(|candidate| view.policy(candidate.policy))
        .flat_map(|policy| policy.app_ids.iter().copied())
        .collect()
}
