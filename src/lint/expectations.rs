//! Expectations that a script breaks: what must be so holds before it, or is not known, and does not after it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::causes::{Raised, Script};
use crate::check::answer::Terms;
use crate::check::expect::Expectation;
use crate::check::row::Row;
use crate::check::run::Checker;
use crate::check::state::Asked;
use crate::diagnose::Evidence;
use crate::fix::from_script;
use crate::fix::simulate::Simulator;
use crate::input::Moment;
use crate::knowledge::{Catalogue, Confidence};
use crate::script::Command;
use crate::tenant::subject::Names;
use crate::tenant::{Snapshot, View};

/// The rule; it is no cause of a failed call.
pub(super) const SLUG: &str = "expectation-broken";

/// Changes after each of which the expectations are asked; of longer scripts only the end is.
const STEPS: usize = 100;

/// What must be so.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Name of the file.
    pub name: &'a str,
    /// What it says.
    pub all: &'a [Expectation],
    /// Now.
    pub now: Timestamp,
}

/// Expectations that hold, or may, before the script and are broken after it.
pub(super) fn find(
    script: &Script<'_>,
    snapshot: &Snapshot,
    expected: Expected<'_>,
    catalogue: &Catalogue,
) -> Vec<Raised> {
    let view = View::indexed(snapshot);
    let changes: Vec<(&Command, crate::fix::Command)> = script
        .commands
        .iter()
        .filter(|command| !command.context.torn)
        .flat_map(|command| {
            let read = from_script::read(std::slice::from_ref(command), "", &view);
            read.commands.into_iter().map(move |change| (command, change.command))
        })
        .collect();
    let before = asked(snapshot, expected, catalogue);
    let known: BTreeSet<String> = before.into_iter().filter(|one| !one.met).map(|one| one.key).collect();
    let mut simulator = Simulator::new(snapshot, None);
    let mut raised = Vec::new();
    let each = changes.len() <= STEPS;
    // What is broken on the way and mended later is not broken by the script.
    let mut blamed: Vec<(usize, Settled)> = Vec::new();
    for (index, (_, change)) in changes.iter().enumerate() {
        simulator.apply(change);
        let last = index + 1 == changes.len();
        if !each && !last {
            continue;
        }
        for one in asked(simulator.snapshot(), expected, catalogue) {
            match one.met {
                true => blamed.retain(|(_, other)| other.key != one.key),
                false if known.contains(&one.key) || blamed.iter().any(|(_, other)| other.key == one.key) => {}
                false => blamed.push((index, one)),
            }
        }
    }
    for (index, one) in blamed {
        let Some((command, _)) = changes.get(index) else { continue };
        let confidence = if command.context.always() { Confidence::Certain } else { Confidence::Likely };
        let mut found = Raised::new(SLUG, confidence, command, command.span, "breaks what is expected")
            .explained(format!("`{}` line {}: {}", expected.name, one.line, one.sentence));
        found.evidence = vec![Evidence {
            object: format!("{}:{}", expected.name, one.line),
            field: "access".to_owned(),
            value: one.access.to_owned(),
            source: expected.name.to_owned(),
            read_at: None,
        }];
        raised.push(found);
    }
    raised
}

/// An expectation of which it is known whether it is met.
struct Settled {
    met: bool,
    key: String,
    line: usize,
    sentence: String,
    access: &'static str,
}

/// The expectations that a state meets or breaks.
fn asked(snapshot: &Snapshot, expected: Expected<'_>, catalogue: &Catalogue) -> Vec<Settled> {
    let view = View::indexed(snapshot);
    let states = [Asked { name: "after the script", view: &view, names: Names::new(&view) }];
    let second = expected.now.as_second();
    let terms = Terms { catalogue, gates: None, at: Moment { earliest: second, latest: second } };
    let checker = Checker::new(&states, terms, None);
    let about = |one: &&Expectation| match (one.tenant, snapshot.tenant_id) {
        (Some(wanted), Some(tenant)) => wanted == tenant,
        _ => true,
    };
    let mut found = Vec::new();
    for expectation in expected.all.iter().filter(about) {
        for row in checker.expectation(expectation, expected.now) {
            let Some((of, met)) = row.expected.as_ref().and_then(|of| Some((of, of.met?))) else { continue };
            found.push(Settled {
                met,
                key: key(&row, of.place.line),
                line: of.place.line,
                sentence: row.sentence(catalogue),
                access: of.access.name(),
            });
        }
    }
    found
}

fn key(row: &Row<'_>, line: usize) -> String {
    format!("{line}/{}/{}", row.app_label(), row.user_label())
}
