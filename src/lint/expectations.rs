//! Expectations that a script breaks: what must be so holds before it, or is not known, and does not after it; or it is
//! broken before and gets worse.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::causes::Raised;
use super::losses::READINGS;
use super::steps::{Steps, always};
use crate::check::answer::Terms;
use crate::check::expect::Expectation;
use crate::check::row::Row;
use crate::check::run::Checker;
use crate::check::state::Asked;
use crate::check::worse::{Standing, standing, worse};
use crate::diagnose::Evidence;
use crate::fix::Command;
use crate::fix::watch::{Watch, Way};
use crate::input::{Moment, Span};
use crate::knowledge::{Catalogue, Confidence, Severity};
use crate::order;
use crate::tenant::subject::Names;
use crate::tenant::{Snapshot, Tri, View};

/// The rule; it is no cause of a failed call.
pub(super) const SLUG: &str = "expectation-broken";

/// Changes after each of which the expectations are asked; of longer scripts only the end is.
const STEPS: usize = 100;

/// States in which the expectations are asked, of scripts that may go many ways; then only the end is.
const MOST: usize = 400;

/// Expectations that are told of one command.
const NAMED: usize = 3;

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
    steps: &Steps<'_>,
    snapshot: &Snapshot,
    expected: Expected<'_>,
    catalogue: &Catalogue,
) -> Vec<Raised> {
    if steps.count() == 0 {
        return Vec::new();
    }
    let before = asked(snapshot, expected, catalogue);
    let known = order::map(before.into_iter().filter(|one| !one.met).map(|one| (one.key, one.standing)));
    let mut asking = Asking {
        steps,
        expected,
        catalogue,
        known,
        each: steps.count() <= STEPS,
        left: MOST,
        if_run: Vec::new(),
        last: 0,
        blamed: Vec::new(),
    };
    steps.run(snapshot, &mut asking);
    // A command that is run several times, or for several users, may break several.
    let mut broken: BTreeMap<Span, Vec<Blamed>> = BTreeMap::new();
    for one in asking.blamed {
        if let Some((_, command)) = steps.at(one.at) {
            broken.entry(command.span).or_default().push(one);
        }
    }
    broken.into_values().filter_map(|broken| told(steps, expected, broken)).collect()
}

/// One finding of all that a command breaks.
fn told(steps: &Steps<'_>, expected: Expected<'_>, mut broken: Vec<Blamed>) -> Option<Raised> {
    crate::order::sort_by_key(&mut broken, |one| !one.sure);
    let first = broken.first()?;
    let (_, command) = steps.at(first.at)?;
    let confidence = if first.sure && always(command) { Confidence::Certain } else { Confidence::Likely };
    let label = if first.sure { "breaks what is expected" } else { "may break what is expected" };
    let words = |one: &Blamed| {
        let perhaps = if one.sure { "" } else { "perhaps " };
        format!("{perhaps}`{}` line {}: {}", expected.name, one.of.line, one.of.sentence)
    };
    let mut all: Vec<String> = broken.iter().take(NAMED).map(words).collect();
    match broken.len().saturating_sub(NAMED) {
        0 => {}
        more => all.push(format!("and {more} more")),
    }
    let mut found = Raised::new(SLUG, confidence, command, command.span, label).explained(all.join("; "));
    found.lowered = (!first.sure).then_some(Severity::Warning);
    let evidence = |one: &Blamed| Evidence {
        object: format!("{}:{}", expected.name, one.of.line),
        field: "access".to_owned(),
        value: one.of.access.to_owned(),
        source: expected.name.to_owned(),
        read_at: None,
    };
    let mut lines: Vec<Evidence> = Vec::new();
    for one in &broken {
        let line = evidence(one);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    found.evidence = lines;
    Some(found)
}

/// A change and what it breaks.
struct Blamed {
    at: usize,
    of: Settled,
    /// In every way that the script may go.
    sure: bool,
}

/// Asks the expectations while the script is run.
struct Asking<'s, 'e> {
    steps: &'s Steps<'s>,
    expected: Expected<'e>,
    catalogue: &'e Catalogue,
    /// What is broken already.
    known: BTreeMap<String, Option<Standing>>,
    /// Whether they are asked after each change.
    each: bool,
    left: usize,
    /// What they come to if a change is made of which that is not known.
    if_run: Vec<Vec<Settled>>,
    /// The last change that was made, or may have been.
    last: usize,
    blamed: Vec<Blamed>,
}

impl Asking<'_, '_> {
    /// The expectations in one state, and whether the script is to blame for what they come to.
    fn judged(&self, state: &Snapshot) -> Vec<(bool, Settled)> {
        let of = |mut one: Settled| {
            // What is broken already is no fault of the script, unless it is worse after it.
            let is_blamed = match self.known.get(&one.key) {
                _ if one.met => false,
                None => true,
                Some(was) => {
                    let worse = was.as_ref().zip(one.standing.as_ref());
                    let worse = worse.and_then(|(was, is)| worse_by(was, is, state));
                    worse.inspect(|words| one.sentence = format!("{words}; {}", one.sentence)).is_some()
                }
            };
            (is_blamed, one)
        };
        asked(state, self.expected, self.catalogue).into_iter().map(of).collect()
    }

    /// Puts together what the states after a change say; the last of them may not be one.
    fn put_together(&mut self, at: usize, states: Vec<Vec<(bool, Settled)>>, perhaps: Vec<Settled>) {
        let count = states.len();
        let mut all: BTreeMap<String, (usize, usize, Option<Settled>)> = BTreeMap::new();
        for (is_blamed, one) in states.into_iter().flatten() {
            let (settled, broken, of) = all.entry(one.key.clone()).or_default();
            *settled += 1;
            if is_blamed {
                *broken += 1;
                *of = Some(one);
            }
        }
        for one in perhaps {
            let (_, _, of) = all.entry(one.key.clone()).or_default();
            of.get_or_insert(one);
        }
        let mut place: HashMap<String, usize> =
            self.blamed.iter().enumerate().map(|(at, one)| (one.of.key.clone(), at)).collect();
        let mut mended: BTreeSet<String> = BTreeSet::new();
        for (key, (settled, broken, of)) in all {
            let sure = broken == count;
            match (of, place.get(&key).and_then(|place| self.blamed.get_mut(*place))) {
                (Some(of), Some(other)) => {
                    other.sure = sure;
                    // The numbers are those at the end.
                    if self.known.contains_key(&key) {
                        other.of = of;
                    }
                }
                (Some(of), None) => {
                    place.insert(key, self.blamed.len());
                    self.blamed.push(Blamed { at, of, sure });
                }
                // What is broken on the way and mended later is not broken by the script.
                (None, _) if settled == count => {
                    mended.insert(key);
                }
                (None, Some(other)) => other.sure = false,
                (None, None) => {}
            }
        }
        // Of what no state tells anything any more nobody knows.
        self.blamed.retain(|one| !mended.contains(&one.of.key));
    }
}

impl Watch for Asking<'_, '_> {
    fn before(&mut self, index: usize, ways: &[Way<'_, '_>]) -> bool {
        self.if_run.clear();
        let Some((planned, _)) = self.steps.at(index) else { return true };
        let (change, surely) = match &planned.change {
            Command::Perhaps(change) => (&**change, false),
            change => (change, true),
        };
        if ways.iter().any(|way| way.runs != Tri::No) {
            self.last = index;
        }
        if !self.each {
            return true;
        }
        let open = ways.iter().filter(|way| way.runs == Tri::Unknown || way.runs == Tri::Yes && !surely);
        for way in open.take(READINGS) {
            let mut state = way.least.clone();
            state.apply(change);
            let broken = self.judged(state.snapshot()).into_iter().filter(|(blamed, _)| *blamed);
            let broken = broken.map(|(_, one)| one).collect();
            self.if_run.push(broken);
            self.left = self.left.saturating_sub(1);
        }
        true
    }

    fn after(&mut self, index: usize, ways: &[Way<'_, '_>]) {
        let is_last = index + 1 == self.steps.count();
        self.each &= self.left > 0;
        let idle = ways.iter().all(|way| way.runs == Tri::No);
        if self.each && idle || !self.each && !is_last {
            return;
        }
        let mut states = Vec::new();
        for way in ways {
            states.push(self.judged(way.least.snapshot()));
            if way.is_open() {
                states.push(self.judged(way.most.snapshot()));
            }
        }
        self.left = self.left.saturating_sub(states.len());
        let perhaps = std::mem::take(&mut self.if_run).into_iter().flatten().collect();
        self.put_together(self.last, states, perhaps);
    }
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
