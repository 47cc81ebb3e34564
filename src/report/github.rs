//! GitHub's workflow commands: annotations on the lines of what was judged.

use std::fmt::Write as _;

use crate::check::told::{Found, Place, Report, Told};
use crate::knowledge::Severity;
use crate::source::sanitise::one_line;

/// GitHub shows ten annotations of a kind for each step, and drops the rest without a word.
const SHOWN: usize = 10;

/// The annotations: errors, warnings and notices. Where there are too many of a kind, the last one says so.
#[must_use]
pub fn annotations(report: &Report<'_>, unknown_is_wrong: bool) -> String {
    let level = |found: &Found| if found.open && unknown_is_wrong { Severity::Error } else { found.severity };
    let mut out = String::new();
    for (name, severity) in [("error", Severity::Error), ("warning", Severity::Warning), ("notice", Severity::Info)] {
        let own: Vec<(&Told, &Found)> = report
            .told
            .iter()
            .flat_map(|one| one.live().map(move |found| (one, found)))
            .filter(|(_, found)| level(found) == severity)
            .collect();
        let shown = if own.len() > SHOWN { SHOWN - 1 } else { own.len() };
        for (one, found) in own.iter().take(shown) {
            let place = &one.place;
            // An end on another line has no column.
            let end = match place.end {
                Some((line, column)) if line == place.line && column > place.column => {
                    format!(",endLine={line},endColumn={column}")
                }
                Some((line, _)) if line > place.line => format!(",endLine={line}"),
                _ => String::new(),
            };
            let _ = writeln!(
                out,
                "::{name} file={},line={},col={}{end},title={}::{}",
                file(&place.file),
                place.line.max(1),
                place.column.max(1),
                property(&format!("graphwhy: {}", found.rule)),
                data(&found.sentence),
            );
        }
        if own.len() > shown {
            let more = own.len() - shown;
            let words = format!("{more} more; GitHub shows {SHOWN} annotations of a kind, the job summary has a table");
            let _ = writeln!(out, "::{name} title=graphwhy::{}", data(&words));
        }
    }
    out
}

/// What is told beside the findings, each with its place where it has one.
#[must_use]
pub fn warnings(told: &[(Option<Place>, String)]) -> String {
    let mut out = String::new();
    for (place, text) in told.iter().take(SHOWN) {
        let at = place.as_ref().map_or(String::new(), |place| {
            let (line, column) = (place.line.max(1), place.column.max(1));
            format!("file={},line={line},col={column},", file(&place.file))
        });
        let _ = writeln!(out, "::warning {at}title=graphwhy::{}", data(text));
    }
    out
}

/// The text of a command: one line, and nothing in it starts another.
fn data(text: &str) -> String {
    one_line(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A file as GitHub names it: from the root of the repository, without `./`.
fn file(name: &str) -> String {
    property(name.trim_start_matches("./"))
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
