//! Expectations before and after a change: which would break, which would be mended. The time that a change takes is not
//! asked: what holds is what holds when it has arrived.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::answer::Terms;
use super::expect::{Expectation, Whom};
use super::row::What;
use super::run::Checker;
use super::state::Asked;
use super::worse::{Standing, Worse, standing, worse};
use crate::check::told::{Counted, Told, told};
use crate::input::Moment;
use crate::knowledge::{Catalogue, Gate, Severity};
use crate::order;
use crate::tenant::subject::{Names, Subject};
use crate::tenant::{Snapshot, View};

/// One result of an expectation, before and after.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Whether it was so; `None` = not known.
    pub was: Option<bool>,
    /// Whether it is so after the change.
    pub is: Option<bool>,
    /// It is about many users at once.
    pub of_many: bool,
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
    /// What it is about, the same in every state.
    fn identity(&self) -> String {
        format!("{}:{} {}", self.told.place.line, self.told.place.column, self.told.key)
    }

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

impl Expected<'_> {
    /// The users whom they name by id.
    #[must_use]
    pub fn named_ids(&self) -> Vec<Uuid> {
        let users = self.all.iter().filter_map(|it| match &it.whom {
            Whom::Users(users) => Some(users),
            Whom::Group(_) | Whom::Everyone => None,
        });
        let ids = users.flatten().filter_map(|user| match &user.subject {
            Subject::Id(id) => Some(*id),
            Subject::Name(_) => None,
        });
        ids.collect()
    }
}

/// What holds by several ways that a change may go: what is not the same in all of them is not known.
#[must_use]
pub fn in_all_ways(ways: Vec<Vec<Kept>>) -> Vec<Kept> {
    joined(ways)
}

/// What holds where users, nobody knows which, may have what a grant gives: `each` are the states without it and with it
/// for all of them, `forgotten` is the one in which nobody knows their assignment.
#[must_use]
pub fn if_granted(each: Vec<Vec<Kept>>, forgotten: Option<Vec<Kept>>) -> Vec<Kept> {
    let Some(forgotten) = forgotten else { return in_all_ways(each) };
    let known: BTreeMap<String, Option<bool>> = order::map(forgotten.iter().map(|it| (it.identity(), it.is)));
    let mut all = joined(each);
    for one in &mut all {
        // Of many users some may have it and others not, so that two states which both break it tell nothing.
        let told = one.is.filter(|is| *is || !one.of_many);
        one.is = known.get(&one.identity()).copied().flatten().or(told);
    }
    all
}

/// Puts the results of several states together, in the order of the first: what is not the same in all is not known.
fn joined(states: Vec<Vec<Kept>>) -> Vec<Kept> {
    let count = states.len();
    let mut places: BTreeMap<(String, usize), usize> = BTreeMap::new();
    let mut all: Vec<(Kept, Vec<Option<bool>>, Vec<bool>)> = Vec::new();
    for (index, state) in states.into_iter().enumerate() {
        // A file may say the same of a user twice.
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for kept in state {
            let nth = times.entry(kept.identity()).and_modify(|count| *count += 1).or_default();
            let place = *places.entry((kept.identity(), *nth)).or_insert(all.len());
            match all.get_mut(place) {
                // The text of a state that breaks it tells what may come.
                Some((own, seen, worse)) => {
                    seen.resize(index, None);
                    seen.push(kept.is);
                    let further = own.is == kept.is
                        && kept.worse.as_ref().map(Worse::reach) > own.worse.as_ref().map(Worse::reach);
                    worse.push(kept.worse.as_ref().is_some_and(Worse::is_certain));
                    if further || (own.is != Some(false) && kept.is == Some(false)) {
                        *own = kept;
                    }
                }
                None => {
                    let mut seen = vec![None; index];
                    seen.push(kept.is);
                    let worse = vec![kept.worse.as_ref().is_some_and(Worse::is_certain)];
                    all.push((kept, seen, worse));
                }
            }
        }
    }
    let one = |(mut kept, mut seen, mut worse): (Kept, Vec<Option<bool>>, Vec<bool>)| {
        seen.resize(count, None);
        worse.resize(count, false);
        // What is further off in some of them only may be.
        if worse.contains(&false) {
            kept.worse = kept.worse.map(Worse::perhaps);
        }
        let first = seen.first().copied().flatten();
        kept.is = first.filter(|_| seen.iter().all(|is| *is == first));
        kept
    };
    all.into_iter().map(one).collect()
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
    let before = judged(expected, before, catalogue, now);
    let before = order::map(before.into_iter().map(|one| ((one.index, one.told.key.clone()), one)));
    judged(expected, after, catalogue, now)
        .into_iter()
        .map(|one| {
            let Judged { index, met: is, of_many, standing, needs, mut told } = one;
            // Who comes in with the change was not asked before.
            let was = before.get(&(index, told.key.clone()));
            let worse =
                was.and_then(|was| was.standing.as_ref()).zip(standing).and_then(|(was, is)| worse(was, &is, after));
            if let Some(worse) = &worse {
                let words = |sentence: &mut String| *sentence = format!("{}; {sentence}", worse.words());
                words(&mut told.sentence);
                told.findings.iter_mut().for_each(|found| words(&mut found.sentence));
            }
            Kept { was: was.and_then(|was| was.met), is, of_many, worse, needs, told }
        })
        .collect()
}

/// A result of an expectation in one state.
struct Judged {
    /// Which expectation.
    index: usize,
    met: Option<bool>,
    /// It is about many users at once.
    of_many: bool,
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
            let of_many = matches!(row.what, What::Many(_));
            let standing = standing(&checker, expectation, row, &rows);
            all.push(Judged { index, met, of_many, standing, needs, told });
        }
    }
    all
}
