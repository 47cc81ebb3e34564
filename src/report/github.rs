//! GitHub's workflow commands: annotations on the lines of the questions.

use std::fmt::Write as _;

use super::sanitise::one_line;
use super::told::Told;
use crate::check::row::Counted;

/// GitHub shows ten annotations of a kind for each step, and drops the rest without a word.
const SHOWN: usize = 10;

/// The annotations: errors for what is wrong, warnings for what is not known. Where there are too many, the last one
/// says so.
#[must_use]
pub fn annotations(told: &[Told], unknown_is_wrong: bool) -> String {
    let live = |one: &&Told| one.accepted.is_none() && one.rule.is_some();
    let is_error = |one: &Told| one.counted == Counted::Wrong || (one.counted == Counted::Open && unknown_is_wrong);
    let mut out = String::new();
    for (level, errors) in [("error", true), ("warning", false)] {
        let own: Vec<&Told> =
            told.iter().filter(live).filter(|one| one.counted != Counted::Fine && is_error(one) == errors).collect();
        let shown = if own.len() > SHOWN { SHOWN - 1 } else { own.len() };
        for one in own.iter().take(shown) {
            let (file, line, column) = &one.place;
            let rule = one.rule.as_deref().unwrap_or_default();
            let _ = writeln!(
                out,
                "::{level} file={},line={line},col={column},title={}::{}",
                property(file),
                property(&format!("graphwhy: {rule}")),
                data(&one.sentence),
            );
        }
        if own.len() > shown {
            let more = own.len() - shown;
            let words = format!("{more} more; GitHub shows {SHOWN} annotations of a kind, the job summary has a table");
            let _ = writeln!(out, "::{level} title=graphwhy::{}", data(&words));
        }
    }
    out
}

/// The text of a command: one line, and nothing in it starts another.
fn data(text: &str) -> String {
    one_line(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
