//! Suppressions and baselines on the command line: reading them, and telling which cover nothing.

use std::path::PathBuf;

use graphwhy::check::accept::{self, About, Suppression};
use graphwhy::knowledge::Catalogue;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::files::read_text;
use super::output::{Failure, refused};

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

/// What a command's suppressions are about: one file may serve both `check` and `audit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Apps,
    Objects,
}

/// A line for each suppression of this kind that is over or covers nothing.
pub(super) fn unused(suppressions: &[Suppression], used: &[bool], now: Timestamp, of: Of) -> Vec<String> {
    let mut lines = Vec::new();
    for (suppression, used) in suppressions.iter().zip(used) {
        let own = match suppression.about {
            About::App(_) => Of::Apps,
            About::Object(_) => Of::Objects,
        };
        let place = format!("{}:{}", suppression.source_name, suppression.place.line);
        if own != of {
            continue;
        }
        if suppression.expired(now) {
            lines.push(format!("{place}: the suppression is over since {}; it covers nothing", suppression.until));
        } else if !used {
            lines.push(format!("{place}: the suppression covers nothing: remove it"));
        }
    }
    lines
}

/// Today, and the last day of a baseline that is written today.
pub(super) fn baseline_days(now: Timestamp) -> (Date, Date) {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    (today, today.checked_add(SignedDuration::from_hours(BASELINE_DAYS * 24)).unwrap_or(today))
}
