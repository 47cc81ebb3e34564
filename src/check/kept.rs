//! Expectations before and after a change: which would break, which would be mended. The time that a change takes is not
//! asked: what holds is what holds when it has arrived.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::answer::Terms;
use super::expect::Expectation;
use super::run::Checker;
use super::state::Asked;
use super::worse::{Standing, Worse, standing, worse};
use crate::check::told::{Counted, Told, told};
use crate::input::Moment;
use crate::knowledge::{Catalogue, Gate, Severity};
use crate::tenant::subject::Names;
use crate::tenant::{Snapshot, View};

/// One result of an expectation, before and after.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Whether it was so; `None` = not known.
    pub was: Option<bool>,
    /// Whether it is so after the change.
    pub is: Option<bool>,
    /// It is further from what must be so than it was.
    pub worse: Option<Worse>,
    /// What would settle it, where it is not known after the change.
    pub needs: Vec<String>,
    /// The result after the change, at the place of its `[[expect]]`.
    pub told: Told,
}

/// What a change does to an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It held, or was not known to be broken, and is broken.
    Breaks,
    /// It held, and nobody knows any more.
    MayBreak,
    /// It was broken before, and more users have what they must not have.
    Worsens,
    /// It was broken or not known before, and nobody knows whether it is worse.
    MayWorsen,
    /// It was broken or not known, and holds.
    Mends,
    /// It was broken before and is.
    Broken,
    /// Nothing that matters.
    Same,
}

impl Fate {
    /// The word for people and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Breaks => "breaks",
            Self::MayBreak => "may break",
            Self::Worsens => "gets worse",
            Self::MayWorsen => "may worsen",
            Self::Mends => "mends",
            Self::Broken => "is broken",
            Self::Same => "same",
        }
    }
}

impl Fate {
    /// Whether the change is to blame for something, for certain.
    #[must_use]
    pub const fn is_worse(self) -> bool {
        matches!(self, Self::Breaks | Self::Worsens)
    }

    /// Whether the change may be to blame for something, and nobody knows.
    #[must_use]
    pub const fn may_be_worse(self) -> bool {
        matches!(self, Self::MayBreak | Self::MayWorsen)
    }
}

impl Kept {
    /// What becomes of it.
    #[must_use]
    pub const fn fate(&self) -> Fate {
        let worse = match &self.worse {
            Some(worse) => Some(worse.is_certain()),
            None => None,
        };
        match (self.was, self.is) {
            (Some(false), Some(false)) => match worse {
                Some(true) => Fate::Worsens,
                Some(false) => Fate::MayWorsen,
                None => Fate::Broken,
            },
            (Some(false) | None, None) if worse.is_some() => Fate::MayWorsen,
            (_, Some(false)) => Fate::Breaks,
            (Some(true), None) => Fate::MayBreak,
            (Some(false) | None, Some(true)) => Fate::Mends,
            (Some(true), Some(true)) | (Some(false) | None, None) => Fate::Same,
        }
    }
}

/// Expectations with the name of their file.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Name of the file.
    pub source: &'a str,
    /// What must be so.
    pub all: &'a [Expectation],
}

/// Judges the expectations in both states of one tenant.
#[must_use]
pub fn kept(
    expected: Expected<'_>,
    before: &Snapshot,
    after: &Snapshot,
    catalogue: &Catalogue,
    now: Timestamp,
) -> Vec<Kept> {
    let before: BTreeMap<(usize, String), Judged> = judged(expected, before, catalogue, now)
        .into_iter()
        .map(|one| ((one.index, one.told.key.clone()), one))
        .collect();
    judged(expected, after, catalogue, now)
        .into_iter()
        .map(|one| {
            let Judged { index, met: is, standing, needs, mut told } = one;
            // Who comes in with the change was not asked before.
            let was = before.get(&(index, told.key.clone()));
            let worse =
                was.and_then(|was| was.standing.as_ref()).zip(standing).and_then(|(was, is)| worse(was, &is, after));
            if let Some(worse) = &worse {
                let words = |sentence: &mut String| *sentence = format!("{}; {sentence}", worse.words());
                words(&mut told.sentence);
                told.findings.iter_mut().for_each(|found| words(&mut found.sentence));
            }
            Kept { was: was.and_then(|was| was.met), is, worse, needs, told }
        })
        .collect()
}

/// A result of an expectation in one state.
struct Judged {
    /// Which expectation.
    index: usize,
    met: Option<bool>,
    standing: Option<Standing>,
    needs: Vec<String>,
    told: Told,
}

fn judged(expected: Expected<'_>, snapshot: &Snapshot, catalogue: &Catalogue, now: Timestamp) -> Vec<Judged> {
    let view = View::indexed(snapshot);
    let asked = [Asked { name: "state", view: &view, names: Names::new(&view) }];
    let gates: Vec<Gate> = Gate::CALL.into_iter().filter(|gate| *gate != Gate::Time).collect();
    let at = Moment { earliest: now.as_second(), latest: now.as_second() };
    let checker = Checker::new(&asked, Terms { catalogue, gates: Some(&gates), at }, Some(expected.source));
    let mut all = Vec::new();
    for (index, expectation) in expected.all.iter().enumerate() {
        let rows = checker.expectation(expectation, now);
        for row in &rows {
            let met = row.expected.as_ref().and_then(|expected| expected.met);
            let mut told = told(row, catalogue, Severity::Error);
            // What else was found has nothing to do with the change.
            if met == Some(true) {
                told.counted = Counted::Fine;
                told.findings.clear();
            }
            told.findings.truncate(1);
            let needs = if met.is_none() { row.needs() } else { Vec::new() };
            all.push(Judged { index, met, standing: standing(&checker, expectation, row, &rows), needs, told });
        }
    }
    all
}
