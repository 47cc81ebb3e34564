//! Expectations that a script breaks: what must be so holds before it, or is not known, and does not after it; or it is
//! broken before and gets worse.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::causes::{Raised, Script};
use crate::check::answer::Terms;
use crate::check::expect::Expectation;
use crate::check::row::Row;
use crate::check::run::Checker;
use crate::check::state::Asked;
use crate::check::worse::{Standing, standing, worse};
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

/// Expectations that hold, or may, before the script and are broken after it, or that it makes worse.
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
    let known: BTreeMap<String, Option<Standing>> =
        before.into_iter().filter(|one| !one.met).map(|one| (one.key, one.standing)).collect();
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
        for mut one in asked(simulator.snapshot(), expected, catalogue) {
            // What is broken already is no fault of the script, unless it is worse after it.
            let is_blamed = match known.get(&one.key) {
                _ if one.met => false,
                None => true,
                Some(was) => {
                    let worse = was.as_ref().zip(one.standing.as_ref());
                    let worse = worse.and_then(|(was, is)| worse_by(was, is, simulator.snapshot()));
                    worse.inspect(|words| one.sentence = format!("{words}; {}", one.sentence)).is_some()
                }
            };
            match (is_blamed, blamed.iter_mut().find(|(_, other)| other.key == one.key)) {
                (false, _) => blamed.retain(|(_, other)| other.key != one.key),
                // The numbers are those at the end.
                (true, Some((_, other))) if known.contains_key(&one.key) => *other = one,
                (true, Some(_)) => {}
                (true, None) => blamed.push((index, one)),
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
    standing: Option<Standing>,
}

fn worse_by(was: &Standing, is: &Standing, after: &Snapshot) -> Option<String> {
    worse(was, is, after).filter(|worse| worse.is_certain()).map(|worse| worse.words())
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
        let rows = checker.expectation(expectation, expected.now);
        for row in &rows {
            let Some((of, met)) = row.expected.as_ref().and_then(|of| Some((of, of.met?))) else { continue };
            found.push(Settled {
                met,
                key: key(row, of.place.line),
                line: of.place.line,
                sentence: row.sentence(catalogue),
                access: of.access.name(),
                standing: standing(&checker, expectation, row, &rows),
            });
        }
    }
    found
}

fn key(row: &Row<'_>, line: usize) -> String {
    format!("{line}/{}/{}", row.app_label(), row.user_label())
}
