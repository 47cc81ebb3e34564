//! Who loses which app through a command, in all the ways that the script may go: whom it had reached before, and who of
//! them it reaches no longer. What the snapshot does not show somebody to have is nobody's loss, and what a later run of the
//! same command gives back is none either.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::causes::{Script, app_ids_replaced, grant_replaces_policy};
use super::held::{Held, Taken, Whom, has, lists, view_for};
use super::lost::Lost;
use super::steps::{Steps, always};
use super::tenant::only_without;
use crate::fix::beside::{self, Beside};
use crate::fix::command as change;
use crate::fix::simulate::Simulator;
use crate::fix::watch::{Watch, Way};
use crate::input::Span;
use crate::script::Command;
use crate::script::subject;
use crate::tenant::{Tri, View, name};

/// Steps that a script may cost before the rest of its grants is not compared: users times assignments, and so on.
const STEPS: usize = 400_000_000;

/// Ways in which a change is made to see what comes of it, where it is not known whether it is.
pub(super) const READINGS: usize = 2;

/// Access is taken by a command that says so, from users whom it does not name.
pub(super) const REVOKED: &str = "access-revoked";

/// A grant of `Global` may be refused, take the user's own policy away, or assign it.
pub(super) const GLOBAL_BY_NAME: &str = "what a grant of `Global` by its name does";

/// The cause of changes that may take access away; `None` for those that take none.
fn takes(change: &change::Command) -> Option<&'static str> {
    use change::{AppIds, Command};
    match change {
        Command::Grant { policy: Some(_), .. } => Some(grant_replaces_policy::SLUG),
        Command::SetPolicy { app_ids: AppIds::Replace(_), .. } => Some(app_ids_replaced::SLUG),
        Command::Grant { policy: None, .. }
        | Command::SetPolicy { app_ids: AppIds::Remove(_), .. }
        | Command::RemovePolicy { .. }
        | Command::RemoveGroupAssignment { .. } => Some(REVOKED),
        _ => None,
    }
}

/// Whether a change is a grant of `Global` by its name.
fn grants_global_by_name(change: &change::Command) -> bool {
    matches!(change, change::Command::Grant { policy: Some(policy), .. } if name::is_global(policy))
}

/// What of the effect of a change no document says.
fn undocumented(change: &change::Command, ways: &[Way<'_, '_>]) -> Option<&'static str> {
    match change {
        change::Command::RemovePolicy { .. } => Some("what users get who hold a removed policy"),
        change::Command::Grant { to: change::Target::Global, policy: None } => {
            Some("what `Grant -Global` of `$null` does")
        }
        change if grants_global_by_name(change) => Some(GLOBAL_BY_NAME),
        _ if ways.iter().any(|way| way.least.granted_to_tenant()) => {
            Some("whether `Grant -Global` replaces what `Global` lists")
        }
        _ => None,
    }
}

/// A change that may not be made counts as one that is made under a condition.
fn inner(change: &change::Command) -> (&change::Command, bool) {
    match change {
        change::Command::Perhaps(change) if matches!(**change, change::Command::Grant { .. }) => (change, false),
        change => (change, true),
    }
}

/// What one way of a script has before a change.
enum Before {
    /// The change is not made in it.
    Idle,
    /// What the change takes if it is made, or by one of its readings.
    Perhaps(Taken),
    /// Whom apps may act for.
    Has { least: Held, most: Option<Held> },
}

/// Looks on while the changes are made.
pub(super) struct Losses<'s, 'a> {
    script: &'s Script<'s>,
    view: &'s View<'a>,
    steps: &'s Steps<'s>,
    left: usize,
    /// What takes, at the change that is being made, and what each way has.
    slug: Option<&'static str>,
    before: Vec<Before>,
    /// What is taken where steps of a CI file are left out that are run in place of this one.
    instead: Option<Taken>,
    /// Changes that were made, or may have been.
    made: Vec<usize>,
    /// By cause, command and place.
    found: BTreeMap<(&'static str, Span, Span), Lost<'s>>,
    /// Commands that put a list in the place of another, and whether all of it is in the new one whenever they are run.
    keeps: HashMap<Span, bool>,
    /// Commands that change something, and whether any way runs them.
    runs: BTreeMap<Span, bool>,
    /// The place of the first command that meets policies of which not all are known.
    open_from: usize,
}

/// What looking on came to.
pub(super) struct Seen<'s> {
    pub(super) lost: Vec<Lost<'s>>,
    /// Commands whose list holds all that the policy lists already.
    pub(super) keep: BTreeSet<Span>,
    /// Commands that are not run on this snapshot.
    pub(super) idle: Vec<Span>,
    /// The place of the first command that meets policies of which not all are known.
    pub(super) open_from: usize,
    /// Not all was looked at.
    pub(super) cut: bool,
}

impl<'s, 'a> Losses<'s, 'a> {
    pub(super) fn of(script: &'s Script<'s>, view: &'s View<'a>, steps: &'s Steps<'s>) -> Seen<'s> {
        let complete = view.snapshot().policies.is_complete();
        let mut losses = Self {
            script,
            view,
            steps,
            left: STEPS,
            slug: None,
            before: Vec::new(),
            instead: None,
            made: Vec::new(),
            found: BTreeMap::new(),
            keeps: HashMap::new(),
            runs: BTreeMap::new(),
            open_from: if complete { usize::MAX } else { 0 },
        };
        let ends = steps.run(view.snapshot(), &mut losses);
        let Self { mut found, keeps, runs, open_from, left, .. } = losses;
        // What is given back in the end is not lost by the script.
        let views: Vec<View<'_>> = if found.values().all(Lost::is_empty) {
            Vec::new()
        } else {
            ends.iter().map(|end| View::indexed(end.snapshot())).collect()
        };
        for lost in found.values_mut() {
            lost.end(|user, app| {
                let all = |wanted| views.iter().all(|end| lists(end, user, app) == wanted);
                if all(Tri::No) {
                    Tri::Yes
                } else if all(Tri::Yes) {
                    Tri::No
                } else {
                    Tri::Unknown
                }
            });
        }
        // Of a command that is run several times each time must have been seen.
        let mut times: HashMap<Span, isize> = HashMap::new();
        if keeps.values().any(|keeps| *keeps) {
            script.commands.iter().for_each(|command| *times.entry(command.span).or_default() += 1);
            steps.changes().for_each(|(_, command)| *times.entry(command.span).or_default() -= 1);
        }
        let seen = |span: &Span| times.get(span) == Some(&0);
        Seen {
            lost: found.into_values().filter(|lost| !lost.is_empty()).collect(),
            keep: keeps.into_iter().filter(|(span, keeps)| *keeps && seen(span)).map(|(span, _)| span).collect(),
            idle: runs.into_iter().filter(|(_, runs)| !runs && left > 0).map(|(span, _)| span).collect(),
            open_from,
            cut: left == 0,
        }
    }

    /// Pays for one more change.
    fn affords(&mut self, command: &Command, change: &change::Command, ways: &[Way<'_, '_>]) -> bool {
        let snapshot = self.view.snapshot();
        let (reads, direct) = (snapshot.effective.known().len(), snapshot.direct.known().len());
        let size = snapshot.users.known().len() + direct + 1;
        let copied = ways.len() > 1 || ways.iter().any(|way| way.runs == Tri::Unknown) || grants_global_by_name(change);
        let compared = !matches!(change, change::Command::Grant { to: change::Target::User(_), .. });
        let whole = usize::from(copied) + usize::from(compared && takes(change).is_some());
        let each = (reads + 1) * (direct + snapshot.groups.known().len() + 1) + whole * size;
        let again = if command.context.step.is_some() { self.made.len() } else { 0 };
        self.left = self.left.saturating_sub(each.saturating_mul(ways.len() + again) + 1);
        self.left > 0
    }

    /// Whether whoever holds an app by a policy now may be told to lose it: not of those who are known not to be there.
    fn is_there(&self, user: Option<Uuid>, app: Uuid) -> bool {
        has(self.view, user, app) && user.is_none_or(|user| beside::user(self.view, user) != Beside::Fails)
    }

    /// What a change takes where what is run in place of its step of a CI file was not run.
    fn without_others(&self, command: &Command, change: &change::Command) -> Option<Taken> {
        command.context.step.as_ref()?;
        let made = || self.made.iter().filter_map(|index| self.steps.at(*index));
        if made().all(|(_, other)| other.context.meets(&command.context)) {
            return None;
        }
        let mut state = Simulator::new(self.view.snapshot(), None);
        if grants_global_by_name(change) {
            state.assign_global_by_name();
        }
        made()
            .filter(|(_, other)| other.context.meets(&command.context))
            .for_each(|(other, _)| state.apply(&other.change));
        let held = Held::by(state.snapshot(), change);
        state.apply(change);
        Some(held.lost(state.snapshot()))
    }

    /// Whether a list holds all that the policy lists, in every way.
    fn look_at_list(&mut self, command: &Command, change: &change::Command, ways: &[Way<'_, '_>]) {
        let keeps = match change {
            change::Command::SetPolicy { name, app_ids: change::AppIds::Replace(list) } => ways.iter().all(|way| {
                way.runs == Tri::Yes && !way.is_open() && {
                    let known = way.least.snapshot().policies.known().iter().find(|it| name::same(&it.name, name));
                    known.is_some_and(|it| it.other_ids.is_empty() && it.app_ids.iter().all(|app| list.contains(app)))
                }
            }),
            _ => false,
        };
        let all = self.keeps.entry(command.span).or_insert(true);
        *all &= keeps;
    }
}

impl Watch for Losses<'_, '_> {
    fn before(&mut self, index: usize, ways: &[Way<'_, '_>]) -> bool {
        (self.slug, self.before, self.instead) = (None, Vec::new(), None);
        let Some((planned, command)) = self.steps.at(index) else { return true };
        let (change, surely) = inner(&planned.change);
        if !self.affords(command, change, ways) {
            self.open_from = self.open_from.min(planned.at);
            return false;
        }
        if command.is("Set-CsApplicationAccessPolicy") {
            self.look_at_list(command, change, ways);
        }
        let runs = ways.iter().any(|way| way.runs != Tri::No);
        *self.runs.entry(command.span).or_default() |= runs;
        // A user who holds a policy is not granted another one then.
        self.slug =
            takes(change).filter(|slug| *slug != grant_replaces_policy::SLUG || !only_without(self.script, command));
        if self.slug.is_some() && runs {
            self.instead = self.without_others(command, change);
        }
        if runs {
            self.made.push(index);
        }
        if self.slug.is_none() {
            return true;
        }
        let by_name = grants_global_by_name(change);
        let mut asked = 0;
        self.before = ways
            .iter()
            .map(|way| match way.runs {
                Tri::No => Before::Idle,
                Tri::Yes if surely && !by_name => Before::Has {
                    least: Held::by(way.least.snapshot(), change),
                    most: way.is_open().then(|| Held::by(way.most.snapshot(), change)),
                },
                // Of very many ways a few tell enough of what is not certain.
                _ if asked == READINGS => Before::Idle,
                _ => {
                    asked += 1;
                    let mut state = way.least.clone();
                    // What is told of such a grant is one of its readings; what follows it takes none for granted.
                    if by_name {
                        state.assign_global_by_name();
                    }
                    let held = Held::by(state.snapshot(), change);
                    state.apply(change);
                    Before::Perhaps(held.lost(state.snapshot()))
                }
            })
            .collect();
        true
    }

    fn after(&mut self, index: usize, ways: &[Way<'_, '_>]) {
        let Some((planned, command)) = self.steps.at(index) else { return };
        if self.open_from > planned.at
            && ways
                .iter()
                .any(|way| !way.least.snapshot().policies.is_complete() || !way.most.snapshot().policies.is_complete())
        {
            self.open_from = planned.at + 1;
        }
        let Some(slug) = self.slug else { return };
        let (change, _) = inner(&planned.change);
        // How many ways take it for certain.
        let mut taken: BTreeMap<(Option<Uuid>, Uuid), usize> = BTreeMap::new();
        let mut count = |found: &Taken, sure: usize| {
            for pair in &found.pairs {
                *taken.entry(*pair).or_default() += sure;
            }
        };
        for (way, before) in ways.iter().zip(&self.before) {
            match before {
                Before::Idle => {}
                Before::Perhaps(may) => count(may, 0),
                Before::Has { least, most: None } => count(&least.lost(way.least.snapshot()), 1),
                Before::Has { least, most: Some(most) } => {
                    count(&most.lost(way.least.snapshot()), 0);
                    count(&least.lost(way.most.snapshot()), 1);
                }
            }
        }
        if let Some(found) = &self.instead {
            count(found, 1);
        }
        let all = ways.len() + usize::from(self.instead.is_some());
        self.left = self.left.saturating_sub(taken.len().saturating_mul(50));
        let list = subject::argument(command, "AppIds").filter(|_| slug != grant_replaces_policy::SLUG);
        let argument = list.or_else(|| subject::policy_argument(command));
        let place = argument.map_or(command.name_span, |argument| argument.span);
        let key = (slug, command.span, place);
        // A later run of the command may give back what an earlier one took.
        if let Some(lost) = self.found.get_mut(&key) {
            let whom = ways.first().map(|way| Whom::of(way.least.snapshot(), change)).unwrap_or_default();
            let views: Vec<View<'_>> =
                ways.iter().map(|way| view_for(way.least.snapshot(), whom.users.len())).collect();
            let back = |user: Option<Uuid>, app| views.iter().all(|view| has(view, user, app));
            lost.give_back(&whom, back);
        }
        taken.retain(|(user, app), _| self.is_there(*user, *app));
        if taken.is_empty() {
            return;
        }
        let lost = self.found.entry(key).or_insert_with(|| Lost::new(slug, command, place));
        let unsaid = undocumented(change, ways);
        for ((user, app), sure) in taken {
            lost.take((user, app), sure == all, always(command), unsaid);
        }
    }
}
