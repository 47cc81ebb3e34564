//! Markdown: counts, and a table of what is wrong or not known. For job summaries and tickets.

use std::fmt::Write as _;

use crate::check::told::{Counted, Found, Report, Told};
use crate::source::sanitise::{one_line, shortened, visible};

/// Rows of the table at most.
const ROWS: usize = 100;
/// Characters of a cell at most.
const CELL: usize = 400;

/// The document.
#[must_use]
pub fn document(report: &Report<'_>) -> String {
    let told = report.told;
    let count = |test: &dyn Fn(&Told) -> bool| told.iter().filter(|one| test(one)).count();
    let wrong = count(&|one| one.counted == Counted::Wrong && one.accepted.is_none());
    let open = count(&|one| one.counted == Counted::Open && one.accepted.is_none());
    let accepted = count(&|one| one.accepted.is_some());
    let headline = match (wrong, open) {
        (0, 0) => match (count(&|one| one.accepted.is_none() && !one.findings.is_empty()), report.command) {
            (0, _) => "nothing wrong".to_owned(),
            // The line below counts them.
            (_, "diff") => "what changed".to_owned(),
            (1, _) => "1 finding, none that fails".to_owned(),
            (found, _) => format!("{found} findings, none that fails"),
        },
        (0, open) => format!("{open} not known"),
        (wrong, 0) => format!("{wrong} wrong"),
        (wrong, open) => format!("{wrong} wrong, {open} not known"),
    };
    let mut out = format!("## graphwhy {}: {headline}\n\n{}", report.command, report.summary);
    if accepted > 0 {
        let unknown = count(&|one| one.accepted.is_some() && one.counted == Counted::Open);
        let unknown = if unknown > 0 { format!(" ({unknown} of them not known)") } else { String::new() };
        let _ = write!(out, "; {accepted} accepted by suppressions{unknown}");
    }
    out.push('\n');
    for state in report.states {
        let _ = writeln!(out, "\n{}", cell(state));
    }
    let listed: Vec<(&Told, usize, &Found)> = told
        .iter()
        .flat_map(|one| one.findings.iter().enumerate().map(move |(index, found)| (one, index, found)))
        .collect();
    // A snapshot has no lines that anybody looks at.
    let places = !matches!(report.command, "audit" | "diff");
    if !listed.is_empty() {
        let heads = report.columns.join(" | ");
        let lines = "|---".repeat(report.columns.len() + if places { 3 } else { 2 });
        let place = if places { " place |" } else { "" };
        let _ = writeln!(out, "\n| | {heads} | why |{place}\n{lines}|");
    }
    for (one, index, found) in listed.iter().take(ROWS) {
        let accepted = one.accepted.as_ref().filter(|_| *index == 0);
        let mark = if accepted.is_some() { "accepted" } else { found.mark };
        // The first column says it already.
        let sentence = found.sentence.strip_prefix(&format!("{mark}: ")).unwrap_or(&found.sentence);
        let why = match accepted {
            Some(accepted) => format!("{sentence} ({})", accepted.words()),
            None => sentence.to_owned(),
        };
        let place = format!("{}:{}", one.place.file, one.place.line);
        let mut cells = vec![cell(mark)];
        cells.extend(one.cells.iter().map(|text| cell(text)));
        cells.push(cell(&why));
        cells.extend(places.then(|| cell(&place)));
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    if listed.len() > ROWS {
        let _ = writeln!(out, "\n… and {} more", listed.len() - ROWS);
    }
    if !report.beside.is_empty() {
        out.push('\n');
    }
    for line in report.beside {
        let _ = writeln!(out, "- {}", cell(line));
    }
    out.push_str(report.below);
    out
}

/// Lines as code, whatever they hold.
#[must_use]
pub fn code(language: &str, lines: &[String]) -> String {
    let text: Vec<String> = lines.iter().map(|line| visible(line)).collect();
    let text = text.join("\n");
    // Longer than any run of backticks in it.
    let (mut longest, mut run) = (0_usize, 0_usize);
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n")
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
