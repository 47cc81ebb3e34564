//! Cross references between rule files, shared by the build and `--rules DIR`.

use super::format::CauseEntry;
use super::problem::{Problem, RulesError};

/// The names that causes may refer to.
pub(super) struct Names<'a> {
    /// Symptoms.
    pub symptoms: Vec<&'a str>,
    /// Reads.
    pub reads: Vec<&'a str>,
    /// Windows.
    pub windows: Vec<&'a str>,
}

/// Every symptom, read and window that a cause names exists.
///
/// # Errors
/// [`Problem::Missing`] at the line of the name.
pub(super) fn references(file: &str, entry: &CauseEntry, names: &Names<'_>) -> Result<(), RulesError> {
    for (by, &line) in entry.cause.raised_by.iter().zip(&entry.raised_by_lines) {
        exists(file, line, "symptom", &by.symptom, &names.symptoms)?;
    }
    if let Some(read) = &entry.cause.decided_by {
        exists(file, entry.decided_by_line, "read", read, &names.reads)?;
    }
    if let Some(window) = &entry.cause.retry {
        exists(file, entry.retry_line, "window", window, &names.windows)?;
    }
    Ok(())
}

/// `name` is one of `known`.
///
/// # Errors
/// [`Problem::Missing`] with the nearest known name.
pub(super) fn exists(
    file: &str,
    line: usize,
    kind: &'static str,
    name: &str,
    known: &[&str],
) -> Result<(), RulesError> {
    if known.contains(&name) {
        return Ok(());
    }
    let near = nearest(name, known.iter().copied()).map(str::to_owned);
    Err(RulesError::new(file, line, Problem::Missing { kind, name: name.to_owned(), near }))
}

/// The candidate with the fewest edits, if they are few enough to be a slip: at most a third of the name.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count().div_ceil(3);
    candidates
        .map(|candidate| (edits(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance over characters, ASCII case aside.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().map(|character| character.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, character) in left.chars().map(|character| character.to_ascii_lowercase()).enumerate() {
        let mut diagonal = index;
        let mut previous = index.saturating_add(1);
        let mut next = vec![previous];
        for (other, &above) in right.iter().zip(row.iter().skip(1)) {
            let substituted = diagonal.saturating_add(usize::from(*other != character));
            previous = substituted.min(above.saturating_add(1)).min(previous.saturating_add(1));
            diagonal = above;
            next.push(previous);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
