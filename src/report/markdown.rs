//! Markdown: counts, and a table of what is wrong or not known. For job summaries and tickets.

use std::fmt::Write as _;

use super::sanitise::{one_line, shortened};
use super::told::Told;
use crate::check::row::Counted;
use crate::diagnose::Verdict;

/// Rows of the table at most.
const ROWS: usize = 100;
/// Characters of a cell at most.
const CELL: usize = 400;

/// The document. `beside` are lines about the run itself: unused suppressions, duplicates.
#[must_use]
pub fn document(told: &[Told], beside: &[String]) -> String {
    let count = |test: &dyn Fn(&Told) -> bool| told.iter().filter(|one| test(one)).count();
    let wrong = count(&|one| one.counted == Counted::Wrong && one.accepted.is_none());
    let open = count(&|one| one.counted == Counted::Open && one.accepted.is_none());
    let accepted = count(&|one| one.counted != Counted::Fine && one.accepted.is_some());
    let verdict = |verdict| count(&|one| one.verdict == verdict);
    let headline = match (wrong, open) {
        (0, 0) => "nothing wrong".to_owned(),
        (0, open) => format!("{open} not known"),
        (wrong, 0) => format!("{wrong} wrong"),
        (wrong, open) => format!("{wrong} wrong, {open} not known"),
    };
    let mut out = format!(
        "## graphwhy check: {headline}\n\n{} results: {} allowed, {} denied, {} unknown",
        told.len(),
        verdict(Verdict::Allowed),
        verdict(Verdict::Denied),
        verdict(Verdict::Unknown),
    );
    if accepted > 0 {
        let _ = write!(out, "; {accepted} accepted by suppressions");
    }
    out.push('\n');
    let listed: Vec<&Told> = told.iter().filter(|one| one.counted != Counted::Fine).collect();
    if !listed.is_empty() {
        out.push_str("\n| | app | user | operation | why | place |\n|---|---|---|---|---|---|\n");
    }
    for one in listed.iter().take(ROWS) {
        let mark = match (&one.accepted, one.counted) {
            (Some(_), _) => "accepted",
            (None, Counted::Open) => "unknown",
            (None, _) if one.verdict == Verdict::Allowed => "broken",
            (None, _) => "denied",
        };
        let [app, user, operation] = &one.case;
        let (file, line, _) = &one.place;
        let why = match &one.accepted {
            Some(accepted) => format!("{} (accepted until {}: {})", one.sentence, accepted.until, accepted.reason),
            None => one.sentence.clone(),
        };
        let cells = [mark, app, user, operation, &why, &format!("{file}:{line}")].map(cell);
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    if listed.len() > ROWS {
        let _ = writeln!(out, "\n… and {} more", listed.len() - ROWS);
    }
    if !beside.is_empty() {
        out.push('\n');
    }
    for line in beside {
        let _ = writeln!(out, "- {}", cell(line));
    }
    out
}

/// Text that is no markup, whatever it holds, on one line.
#[must_use]
pub fn cell(text: &str) -> String {
    let text = shortened(&one_line(text), CELL);
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '!' | '~' | '$' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    // A bare address would become a link.
    out.replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
}
