//! Fixes: planned and proved on a snapshot, or commands from templates with visible holes where a fact is missing.

pub mod access;
mod arms;
mod asked;
pub mod beside;
mod binding;
mod candidate;
pub mod command;
mod done;
pub mod effects;
mod follow;
pub mod from_script;
mod group_grants;
mod harmless;
mod held;
mod known;
mod later;
mod licence_commands;
mod licences;
mod object;
mod of_token;
pub mod plan;
pub mod powershell;
pub mod quote;
mod reads;
mod relies;
mod requests;
mod rest;
mod rights;
mod role_commands;
mod roles;
pub mod run;
pub mod script;
pub mod simulate;
mod somebody;
mod stand;
mod supposed;
pub mod template;
mod undo;
mod unread;
mod unseen;
mod unsimulated;
mod unsure;
mod wait;
pub mod watch;
mod ways;

pub use candidate::and as listed;
pub use command::{AppIds, Command, Reach, Target};
pub use done::is_done;
pub use effects::{Effects, Shift};
pub use held::{free_name, give_back, grants_global, is_void};
pub use known::Known;
pub use later::Later;
pub use plan::{Answer, Ask, Blocked, Plan, Who, expecting, for_incident, plan};
pub use reads::direct_assignment;
pub use rest::Unbound;
pub use rights::{TEAMS, rights};
pub use simulate::{Simulation, Simulator, equal, simulate};

use crate::check::kept::Fate;
use crate::input::Facts;
use crate::knowledge::{Cause, FixTemplate, Gate, Text, window};
use crate::tenant::{EffectiveRead, Snapshot};

/// The commands of one gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The gate that they repair.
    pub gate: Gate,
    /// One command a line; printed as they are.
    pub commands: Vec<String>,
    /// The same as a request to Microsoft Graph, where there is one.
    pub request: Option<String>,
}

/// What a simulation showed of a planned fix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Every failing gate that the fix is for passes, the question is allowed from then on as far as its other gates
    /// are known, nothing that it rests on is unsettled, and the undo gives back an equal snapshot.
    pub proved: bool,
    /// Why it is not proved, beside what it assumes.
    pub missing: Vec<String>,
    /// Gates that are unknown before it and after it: what it is for holds as far as they do.
    pub stays_open: Vec<Gate>,
    /// When the snapshot was taken.
    pub as_of: Option<jiff::Timestamp>,
    /// Who gains and who loses.
    pub effects: Effects,
    /// Those who gain the operation that was asked for, apart from who gains something else.
    pub asked: Option<access::Asked>,
    /// What is run.
    pub commands: Vec<Command>,
    /// What takes it back; empty where that is not known.
    pub undo: Vec<Command>,
    /// Expectations that would break, where a file of them was given.
    pub breaks: Vec<Breaks>,
    /// What a read has to show first, where the snapshot does not tell which policy is effective: all the rest is so then.
    pub supposes: Option<EffectiveRead>,
    /// What it rests on beside what it changes.
    pub(crate) relies: Vec<object::Object>,
}

/// An expectation that a change breaks, or may break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaks {
    /// Name of the file.
    pub source: String,
    /// Line of its `[[expect]]`.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// What becomes of it.
    pub fate: Fate,
    /// What would be so, and what must be.
    pub sentence: String,
}

/// Commands, how to verify and undo them, and from when they work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// Slug of the cause that it is for.
    pub cause: Text,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Commands to read the state with before anything is changed.
    pub preconditions: Vec<String>,
    /// Commands that show that it worked.
    pub verify: Vec<String>,
    /// Commands that take it back.
    pub undo: Vec<String>,
    /// From when a retry makes sense: RFC 3339, or a duration from the change on (`PT30M`); `None` = no figure is
    /// documented, or nothing to wait for.
    pub effective_from: Option<String>,
    /// What nobody has read or documented, and the fix relies on.
    pub assumes: Vec<String>,
    /// Side effects, in one paragraph; empty: none to tell.
    pub note: String,
    /// Lines of the steps and reads that are words for people, and no commands.
    pub prose: Vec<String>,
    /// What a simulation showed; `None` = no snapshot decides.
    pub proof: Option<Proof>,
}

/// The fixes of causes for what is known of a call, each with the values for its cause, and of the tenant; what a cause
/// shares with one before it is told for that one.
#[must_use]
pub fn of_causes<'c, 's>(
    causes: impl Iterator<Item = (&'c Cause, &'s template::Slots)>,
    facts: &Facts,
    snapshot: Option<&Snapshot>,
) -> Vec<Fix> {
    let present = snapshot.zip(facts.user_asked().0).map(|(snapshot, user)| held::present(snapshot, user));
    let others = present.as_ref().and_then(|present| present.beside(facts.app_asked()));
    // What the new list takes over is in the command, or its hole tells that it is missing.
    let takes_over = |fix: &FixTemplate| fix.run.iter().any(|line| line.contains(template::OTHERS));
    let replaces =
        |fix: &FixTemplate| fix.gate != Gate::Script && fix.run.iter().any(|line| line.starts_with(held::GRANT));
    let kind = facts.token_kind.as_ref().map(|kind| kind.value.name());
    let mut told: Vec<&FixTemplate> = Vec::new();
    let mut fixes = Vec::new();
    for (cause, slots) in causes {
        let mut slots = slots.clone();
        slots.others(others.as_deref());
        slots.text(template::EFFECTIVE, present.as_ref().and_then(held::Present::name));
        let lines = |templates: &[Text]| -> Vec<String> { templates.iter().map(|line| slots.fill(line)).collect() };
        for fix in
            cause.fixes.iter().filter(|fix| fix.token.is_none() || kind.is_none() || fix.token.as_deref() == kind)
        {
            let same =
                |known: &&FixTemplate| known.title == fix.title && known.gate == fix.gate && known.run == fix.run;
            if told.iter().any(same) {
                continue;
            }
            told.push(fix);
            let (verify, mut prose) = (without_writes(lines(&fix.verify)), lines(&fix.prose));
            prose.extend(verify.iter().filter(|line| *line == ANSWERED).cloned());
            let retry = cause.retry.as_deref().filter(|_| fix.retry);
            let (mut note, mut assumes) = (slots.fill_words(&fix.note), Vec::new());
            if takes_over(fix) && others.is_none() {
                assumes.push(LEFT_OUT.to_owned());
                note.extend(present.as_ref().and_then(held::Present::words));
            } else if replaces(fix) && !takes_over(fix) {
                assumes.push(REPLACED.to_owned());
            }
            fixes.push(Fix {
                title: slots.fill_words(&fix.title),
                cause: cause.slug.clone(),
                steps: vec![Step { gate: fix.gate, commands: lines(&fix.run), request: None }],
                preconditions: lines(&fix.read),
                verify,
                undo: lines(&fix.undo),
                effective_from: retry.and_then(|window| retry_from(window, facts)),
                assumes,
                note,
                prose,
                proof: None,
            });
        }
    }
    fixes
}

/// What shows that a write went well: sent once more it would make a second meeting.
const ANSWERED: &str = "the answer of the change is 2xx";

/// Lines that verify, with words in place of each request that writes.
fn without_writes(lines: Vec<String>) -> Vec<String> {
    let writes = |line: &str| {
        let method = line.split_once(' ').map(|(method, _)| method);
        method.is_some_and(|method| ["POST", "PATCH", "PUT", "DELETE"].contains(&method))
    };
    lines.into_iter().map(|line| if writes(&line) { ANSWERED.to_owned() } else { line }).collect()
}

/// From when a retry makes sense: after a documented delay, or after the wait that the answer itself names.
fn retry_from(name: &str, facts: &Facts) -> Option<String> {
    if name == wait::WINDOW {
        return wait::of(facts)?.from();
    }
    window(name).and_then(|window| window.seconds).map(duration)
}

/// Of a new list that has a hole.
const LEFT_OUT: &str =
    "the new policy lists every app of the one that is effective now: one that is left out loses the user";

/// Of a grant of a policy that is there, or of none.
const REPLACED: &str = "what only the user's present policy lists is not needed: those apps lose the user";

/// Seconds as an ISO 8601 duration in whole hours or minutes.
pub(crate) fn duration(seconds: u32) -> String {
    if seconds.is_multiple_of(3600) { format!("PT{}H", seconds / 3600) } else { format!("PT{}M", seconds.div_ceil(60)) }
}
