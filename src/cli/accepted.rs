//! Suppressions and baselines on the command line: reading them, and telling which cover nothing.

use std::path::{Path, PathBuf};

use graphwhy::check::accept::{self, About, Suppression};
use graphwhy::check::answer::Standing;
use graphwhy::check::baseline::{self, Unfit, Written};
use graphwhy::check::row::{Row, What};
use graphwhy::check::told::{self, Counted, Found, Told};
use graphwhy::diagnose::{Finding, Verdict};
use graphwhy::knowledge::{Catalogue, Severity};
use graphwhy::report::lists;
use graphwhy::source::sanitise::one_line;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::files::{PrivateFile, read_text};
use super::output::{Failure, note, refused, shown, unreadable};

/// How long a new baseline accepts what it lists.
const BASELINE_DAYS: i64 = 90;

/// The suppressions of all files.
pub(super) fn read(paths: &[PathBuf], catalogue: &Catalogue) -> Result<Vec<Suppression>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let (name, text) = read_text(path).map_err(|failure| match failure {
            Failure::Tool { message, place, .. } if path.as_os_str() != "-" && !path.exists() => {
                let help = "check the name; `--write-baseline FILE` writes such a file for what is wrong now".into();
                Failure::Tool { message, help, place }
            }
            other => other,
        })?;
        all.extend(accept::parse(&text, &name, catalogue).map_err(refused)?);
    }
    Ok(all)
}

/// What a command's suppressions are about: one file may serve both `check` and `audit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Apps,
    Objects,
}

const fn of(suppression: &Suppression) -> Of {
    match suppression.about {
        About::App(_) => Of::Apps,
        About::Object(_) => Of::Objects,
    }
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
        if self::of(suppression) != of {
            continue;
        }
        let words = if suppression.expired(now) {
            format!("the suppression's last day was {}; it covers nothing", suppression.until)
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
fn baseline_days(now: Timestamp) -> (Date, Date) {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    (today, today.checked_add(SignedDuration::from_hours(BASELINE_DAYS * 24)).unwrap_or(today))
}

/// Entries that a new baseline drops and that are named one by one.
const NAMED: usize = 10;

/// A file of suppressions that is to accept what is wrong now. What is not known is not in it: nobody can tell what would
/// be accepted. Of the file that is there stays what still holds, and what another command or tenant has to judge.
#[derive(Debug)]
pub(super) struct Baseline {
    path: PathBuf,
    of: Of,
    earlier: Written,
    /// Which of the entries that are there cover something.
    held: Vec<bool>,
    /// Which of them are about something that was asked: `audit` looks at all.
    asked: Vec<bool>,
    entries: Vec<String>,
    /// Results that are not known.
    unknown: usize,
    /// Results about many, of some of whom nothing is known.
    partly: usize,
}

impl Baseline {
    /// Looks at what is there already: only a file of suppressions is written into.
    pub(super) fn read(path: &Path, of: Of, catalogue: &Catalogue) -> Result<Self, Failure> {
        let there =
            path.is_file().then(|| std::fs::read(path)).transpose().map_err(|error| unreadable(path, &error))?;
        let name = path.display().to_string();
        let read = match there.map(String::from_utf8) {
            None => Ok(Written::default()),
            Some(Ok(text)) => baseline::written(&text, &name, catalogue),
            Some(Err(_)) => Err(Unfit::Other),
        };
        let earlier = read.map_err(|unfit| match unfit {
            Unfit::Wrong(error) => refused(error),
            Unfit::Other => Failure::usage(
                format!("`{}` exists already, and is no list of `[[suppress]]` tables to add to", shown(path)),
                "name another file for `--write-baseline`, or move that one away",
            ),
        })?;
        let held = vec![false; earlier.suppressions.len()];
        let asked = vec![of == Of::Objects; held.len()];
        Ok(Self { path: path.to_owned(), of, earlier, held, asked, entries: Vec::new(), unknown: 0, partly: 0 })
    }

    fn hold(&mut self, indexes: &[usize]) {
        for index in indexes {
            if let Some(held) = self.held.get_mut(*index) {
                *held = true;
            }
        }
    }

    /// Notes what was asked, whatever the answer is.
    pub(super) fn see(&mut self, row: &Row<'_>) {
        if self.earlier.suppressions.is_empty() {
            return;
        }
        let who = row.who();
        for index in accept::naming(&self.earlier.suppressions, &row.wrong(&[], who.as_ref()), false) {
            if let Some(asked) = self.asked.get_mut(index) {
                *asked = true;
            }
        }
    }

    /// Accepts a result of `check`, with the names of those whom it is about as a comment.
    pub(super) fn add(&mut self, row: &Row<'_>, fail_on: Severity, now: Timestamp) {
        let causes = row.wrong_causes(fail_on);
        let who = row.who();
        let wrong = row.wrong(&causes, who.as_ref());
        if row.verdict() == Verdict::Unknown {
            self.unknown += 1;
            // Of what is not known nobody can say that it need not be accepted any more.
            let many = matches!(row.what, What::Many(_));
            self.hold(&accept::naming(&self.earlier.suppressions, &wrong, many));
            return;
        }
        if row.unknown_beside().is_some() {
            let part = row.unknown_part(who.as_ref());
            let known = part.map(|part| accept::covering(&self.earlier.suppressions, &part, now)).unwrap_or_default();
            self.partly += usize::from(known.is_empty());
            self.hold(&known);
        }
        let covering = accept::covering(&self.earlier.suppressions, &wrong, now);
        if !covering.is_empty() {
            self.hold(&covering);
            return;
        }
        let (today, until) = baseline_days(now);
        let reason = format!("baseline of {today}: {}", row.verdict().name());
        let entry = accept::entry(&wrong, &reason, until);
        let (app, user) = row.short_labels();
        let policy = policy(row).map_or(String::new(), |name| format!(", effective policy {name}"));
        self.push(format!("# {}\n{entry}", one_line(&format!("app {app}, user {user}{policy}"))));
    }

    /// Accepts a finding of `audit`.
    pub(super) fn add_finding(&mut self, finding: &Finding, now: Timestamp) {
        let (objects, name) = (lists::objects(finding), lists::object_name(finding));
        let covering = accept::covering_finding(&self.earlier.suppressions, &finding.cause, (&objects, &name), now);
        if let Some(index) = covering {
            self.hold(&[index]);
            return;
        }
        let (today, until) = baseline_days(now);
        self.push(accept::entry_of_finding(&finding.cause, &name, &format!("baseline of {today}"), until));
    }

    /// Two results may say the same of a user.
    fn push(&mut self, entry: String) {
        if !self.entries.contains(&entry) {
            self.entries.push(entry);
        }
    }

    /// Writes it, and says so, and what of the file that was there is lost. Where not all was `read`, what an entry accepts
    /// may be there unseen.
    pub(super) fn write(&self, read: bool, now: Timestamp, quiet: bool) -> Result<(), Failure> {
        let (mut kept, mut dropped) = (String::new(), Vec::new());
        let mut stay = 0_usize;
        let marks = self.held.iter().zip(&self.asked);
        for ((own, text), (held, asked)) in self.earlier.suppressions.iter().zip(&self.earlier.texts).zip(marks) {
            let over = of(own) == self.of && own.expired(now);
            if !over && (*held || !asked || !read || of(own) != self.of) {
                stay += 1;
                kept.push_str(text);
                // An entry begins on a line of its own.
                kept.push_str(if text.ends_with("\n\n") {
                    ""
                } else if text.ends_with('\n') {
                    "\n"
                } else {
                    "\n\n"
                });
            } else {
                dropped.push(own);
            }
        }
        let new: Vec<String> = self.entries.iter().map(|entry| format!("{entry}\n")).collect();
        let mut file = PrivateFile::create(&self.path)?;
        file.write(&format!("{}{kept}{}", self.earlier.head, new.concat()))?;
        file.finish()?;
        if !quiet {
            self.tell(stay, &dropped, now);
        }
        Ok(())
    }

    fn tell(&self, stay: usize, dropped: &[&Suppression], now: Timestamp) {
        let until = baseline_days(now).1;
        let stay = match stay {
            0 => String::new(),
            1 => "1 entry stays as it is".to_owned(),
            count => format!("{count} entries stay as they are"),
        };
        let new = if stay.is_empty() { "" } else { "new " };
        let written = match self.entries.len() {
            0 if !stay.is_empty() => "no new entry".to_owned(),
            1 => format!("1 {new}entry, accepted until {until}"),
            count => format!("{count} {new}entries, accepted until {until}"),
        };
        let unknown = match self.unknown {
            0 => String::new(),
            1 => "1 result is not known, and is not in it".to_owned(),
            count => format!("{count} results are not known, and are not in it"),
        };
        let partly = match self.partly {
            0 => String::new(),
            1 => "some users of 1 result are not known, and are not accepted by it".to_owned(),
            count => format!("some users of {count} results are not known, and are not accepted by it"),
        };
        let words: Vec<String> =
            [written, stay, unknown, partly].into_iter().filter(|words| !words.is_empty()).collect();
        note(&format!("wrote {}: {}", shown(&self.path), words.join("; ")));
        for own in dropped.iter().take(NAMED) {
            let why = if own.expired(now) {
                format!("its last day was {}", own.until)
            } else {
                "it covers nothing that is wrong now".to_owned()
            };
            let about = match &own.about {
                About::App(app) => format!("app {app}"),
                About::Object(object) => object.clone(),
            };
            let user = own.user.as_ref().map_or(String::new(), |user| format!(", user {user}"));
            let place = format!("{}:{}", one_line(&own.source_name), own.place.line);
            note(&format!("note: {place}: dropped ({about}{user}; reason: {}): {why}", own.reason));
        }
        if dropped.len() > NAMED {
            note(&format!("note: {} more entries were dropped", dropped.len() - NAMED));
        }
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
