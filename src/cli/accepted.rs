//! Suppressions and baselines on the command line: reading them, and telling which cover nothing.

use std::path::{Path, PathBuf};

use graphwhy::check::accept::{self, About, Suppression};
use graphwhy::check::answer::Standing;
use graphwhy::check::row::{Row, What};
use graphwhy::check::told::{self, Counted, Found, Told};
use graphwhy::diagnose::Verdict;
use graphwhy::knowledge::{Catalogue, Severity};
use graphwhy::source::sanitise::one_line;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::files::{PrivateFile, read_text};
use super::output::{Failure, note, refused, shown};

/// How long a new baseline accepts what it lists.
const BASELINE_DAYS: i64 = 90;

/// The suppressions of all files.
pub(super) fn read(paths: &[PathBuf], catalogue: &Catalogue) -> Result<Vec<Suppression>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let (name, text) = read_text(path)?;
        all.extend(accept::parse(&text, &name, catalogue).map_err(refused)?);
    }
    Ok(all)
}

/// A baseline that takes the place of a file of suppressions is a refresh: what is wrong now is all that is in it.
pub(super) fn note_refresh(baseline: Option<&Path>, suppress: &[PathBuf], quiet: bool) {
    let same = |path: &PathBuf| {
        baseline.and_then(|it| it.canonicalize().ok()).is_some_and(|it| path.canonicalize().is_ok_and(|own| own == it))
    };
    if let Some(path) = suppress.iter().find(|path| same(path)).filter(|_| !quiet) {
        note(&format!(
            "note: `{}` is written anew: entries of what is wrong no longer, reasons and dates of its own are lost",
            shown(path)
        ));
    }
}

/// What a command's suppressions are about: one file may serve both `check` and `audit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Apps,
    Objects,
}

/// A suppression that is over or covers nothing.
#[derive(Debug)]
pub(super) struct Unused {
    place: told::Place,
    words: String,
}

impl Unused {
    /// Place and words, for people.
    pub(super) fn line(&self) -> String {
        format!("{}:{}: {}", self.place.file, self.place.line, self.words)
    }

    /// The result that it is where results are listed; it has as many cells as others.
    pub(super) fn told(&self, cells: usize, fail_on: Severity) -> Told {
        let place = format!("{}:{}", self.place.file, self.place.line);
        let mut cells = vec![String::new(); cells];
        if let Some(first) = cells.first_mut() {
            *first = "suppression".to_owned();
        }
        Told {
            counted: if fail_on <= Severity::Warning { Counted::Wrong } else { Counted::Fine },
            accepted: None,
            verdict: None,
            test: (format!("suppression {place}"), "suppressions".to_owned()),
            cells,
            place: self.place.clone(),
            key: format!("suppression/{place}"),
            sentence: self.words.clone(),
            findings: vec![Found {
                rule: told::SUPPRESSION_UNUSED.to_owned(),
                severity: Severity::Warning,
                open: false,
                mark: "unused",
                sentence: self.words.clone(),
                related: Vec::new(),
            }],
        }
    }
}

/// The suppressions of this kind that are over or cover nothing.
pub(super) fn unused(suppressions: &[Suppression], used: &[bool], now: Timestamp, of: Of) -> Vec<Unused> {
    let mut found = Vec::new();
    for (suppression, used) in suppressions.iter().zip(used) {
        let own = match suppression.about {
            About::App(_) => Of::Apps,
            About::Object(_) => Of::Objects,
        };
        if own != of {
            continue;
        }
        let words = if suppression.expired(now) {
            format!("the suppression is over since {}; it covers nothing", suppression.until)
        } else if !used {
            "the suppression covers nothing: remove it".to_owned()
        } else {
            continue;
        };
        let (line, column) = (suppression.place.line, suppression.place.column);
        found.push(Unused { place: told::Place::at(suppression.source_name.clone(), line, column), words });
    }
    found
}

/// Today, and the last day of a baseline that is written today.
pub(super) fn baseline_days(now: Timestamp) -> (Date, Date) {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    (today, today.checked_add(SignedDuration::from_hours(BASELINE_DAYS * 24)).unwrap_or(today))
}

/// A file of suppressions that is to accept what is wrong now. What is not known is not in it: nobody can tell what would
/// be accepted.
#[derive(Debug, Default)]
pub(super) struct Baseline {
    entries: Vec<String>,
    /// Results that are not known.
    unknown: usize,
    /// Results about many, of some of whom nothing is known.
    partly: usize,
}

impl Baseline {
    /// Accepts a result of `check`, with the names of those whom it is about as a comment.
    pub(super) fn add(&mut self, row: &Row<'_>, fail_on: Severity, now: Timestamp) {
        if row.verdict() == Verdict::Unknown {
            self.unknown += 1;
            return;
        }
        self.partly += usize::from(row.unknown_beside().is_some());
        let (today, until) = baseline_days(now);
        let causes = row.wrong_causes(fail_on);
        let who = row.who();
        let reason = format!("baseline of {today}: {}", row.verdict().name());
        let entry = accept::entry(&row.wrong(&causes, who.as_ref()), &reason, until);
        let (app, user) = row.short_labels();
        let policy = policy(row).map_or(String::new(), |name| format!(", effective policy {name}"));
        self.push(format!("# {}\n{entry}", one_line(&format!("app {app}, user {user}{policy}"))));
    }

    /// Two results may say the same of a user.
    pub(super) fn push(&mut self, entry: String) {
        if !self.entries.contains(&entry) {
            self.entries.push(entry);
        }
    }

    /// Writes it, and says so.
    pub(super) fn write(&self, path: &Path, now: Timestamp, quiet: bool) -> Result<(), Failure> {
        let mut file = PrivateFile::create(path)?;
        let text: String = self.entries.iter().map(|entry| format!("{entry}\n")).collect();
        file.write(&text)?;
        file.finish()?;
        if !quiet {
            let count = match self.entries.len() {
                1 => "1 entry".to_owned(),
                count => format!("{count} entries"),
            };
            let unknown = match self.unknown {
                0 => String::new(),
                1 => "; 1 result is not known, and is not in it".to_owned(),
                count => format!("; {count} results are not known, and are not in it"),
            };
            let partly = match self.partly {
                0 => String::new(),
                1 => "; some users of 1 result are not known, and are not accepted by it".to_owned(),
                count => format!("; some users of {count} results are not known, and are not accepted by it"),
            };
            let until = baseline_days(now).1;
            note(&format!("wrote {}: {count}, accepted until {until}{unknown}{partly}", shown(path)));
        }
        Ok(())
    }
}

/// The policy that is effective for the one user of a result.
fn policy(row: &Row<'_>) -> Option<String> {
    let What::One(answer) = &row.what else { return None };
    answer
        .policies
        .iter()
        .find(|one| matches!(one.standing, Standing::Effective))
        .filter(|one| !one.policy.is_empty())
        .map(|one| format!("`{}`", one.policy))
}
