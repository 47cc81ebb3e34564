//! Scripts and runbooks before anyone runs them: commands become findings and edits.
//!
//! `causes` judge what a script says by itself; `tenant` holds it against a snapshot, `steps` runs it on a copy, `losses` and
//! `expectations` look on and say what that takes from whom; `suppress` and `config` are what the repository wants of it. All of it is pure.

mod causes;
pub mod config;
mod edit;
mod expectations;
mod guard;
mod held;
mod judge;
mod losses;
mod lost;
mod steps;
mod suppress;
mod tenant;

use std::collections::{BTreeSet, HashSet};

pub use edit::{Edit, apply};
pub use expectations::Expected;
pub use suppress::{Suppressed, UnusedSuppression};

use uuid::Uuid;

use crate::diagnose::Finding;
use crate::knowledge::Catalogue;
use crate::script::{Kind, Note, Read, with_line_feeds};
use crate::tenant::{Snapshot, View};

/// What was found in one source.
#[derive(Clone, Debug, Default)]
pub struct Linted {
    /// By confidence, then slug, then place.
    pub findings: Vec<Finding>,
    /// Edits, each with the index of its finding, in the order of findings.
    pub edits: Vec<Edit>,
    /// What could not be read.
    pub notes: Vec<Note>,
    /// Users who lose an app by what is found, as far as a snapshot tells.
    pub losing: BTreeSet<Uuid>,
    /// Users who may.
    pub may_lose: BTreeSet<Uuid>,
    /// Findings that a comment suppresses.
    pub suppressed: Vec<Suppressed>,
    /// Suppressions without effect.
    pub unused_suppressions: Vec<UnusedSuppression>,
}

/// Judges a script, runbook or CI file; `name` tells the kind by its extension. Offsets count bytes of `text`.
#[must_use]
pub fn lint(text: &str, name: &str, catalogue: &Catalogue) -> Linted {
    lint_against(text, name, catalogue, Against::default())
}

/// What a script is compared with: snapshots of the tenants that it may be for, and what must be so in them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Against<'a> {
    /// The snapshots.
    pub states: &'a [Snapshot],
    /// What must be so.
    pub expected: Option<Expected<'a>>,
}

/// The same, and what is known of the tenant that the script is for says more: the commands are simulated.
#[must_use]
pub fn lint_against(text: &str, name: &str, catalogue: &Catalogue, against: Against<'_>) -> Linted {
    let kind = Kind::of(name);
    if !concerns(text) {
        return Linted::default();
    }
    let written = text;
    let text = &with_line_feeds(text);
    let mut read = Read::new(text, kind);
    let mut script = causes::Script {
        text,
        kind,
        commands: &read.commands,
        listings: &read.listings,
        held: &read.held,
        given: &read.given,
        writes: &read.writes,
        bodies: &read.bodies,
        comments: &read.comments,
        regions: &read.regions,
        unread: &read.unread,
        functions: &read.functions,
        flow: &read.flow,
        one_of: &read.flow.texts,
        policies: causes::policies(&read.commands),
        granted: HashSet::new(),
        asked: causes::Asked::default(),
    };
    let mut notes = Vec::new();
    let state = tenant::choose(&script, against.states, &mut notes);
    script.granted = state.map(tenant::granted).unwrap_or_default();
    let mut raised = causes::find(&script);
    if let Some(state) = state {
        let view = View::indexed(state);
        let steps = steps::Steps::of(&script, &view);
        let mut found = tenant::find(&script, &view, &steps, &mut raised, &mut notes);
        found.extend(
            against.expected.iter().flat_map(|expected| expectations::find(&steps, state, *expected, catalogue)),
        );
        notes.extend(steps.notes);
        // Of two findings that say the same of a place, the one that the state proves is kept.
        found.append(&mut raised);
        raised = found;
    }
    // What was found speaks for itself; a script may have very much of both.
    drop(script);
    read.commands = Vec::new();
    crate::order::sort_by(&mut raised, |a, b| {
        b.confidence.cmp(&a.confidence).then_with(|| a.cause.cmp(b.cause)).then_with(|| a.place().cmp(&b.place()))
    });
    let mut seen = HashSet::new();
    raised.retain(|r| seen.insert((r.cause, r.place())));
    let mut linted = judge::judge(text, kind, catalogue, raised, &read, !against.states.is_empty());
    linted.notes.extend(notes);
    crate::order::sort_by_key(&mut linted.notes, |note| note.span);
    if !written.contains('\n') && written.contains('\r') {
        linted.edits.iter_mut().for_each(|edit| edit.insert = edit.insert.replace('\n', "\r"));
    }
    linted
}

/// Whether a text can have anything to do with these cmdlets; most scripts of a folder have not, and need no parser.
fn concerns(text: &str) -> bool {
    // Suppressions are read where findings can be, and named nowhere else.
    const WORDS: [&str; 5] =
        ["applicationaccesspolicy", "skypeonlineconnector", "csonlinesession", "lynconlineconnector", "graphwhy:"];
    let bytes = text.as_bytes();
    WORDS.iter().any(|word| {
        let first = word.as_bytes().first().copied().unwrap_or_default();
        memchr::memchr2_iter(first, first.to_ascii_uppercase(), bytes)
            .any(|at| bytes.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes())))
    }) || crate::script::subject::names_misspelt(text)
}
