//! Edits of a source: what a finding proposes, and how it is applied without touching anything else.

use std::collections::BTreeMap;

use crate::knowledge::Text;

/// Replaces bytes of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Slug of the cause that it repairs.
    pub cause: Text,
    /// First byte that goes.
    pub start: usize,
    /// One past the last byte that goes; equal to `start` for an insertion.
    pub end: usize,
    /// What comes in its place.
    pub insert: String,
    /// Certainly right, so that `--fix` may do it; else a suggestion.
    pub safe: bool,
    /// Index of its finding; edits of one finding are done together or not at all.
    pub finding: usize,
}

/// Applies edits. Where those of two findings overlap, the one that comes first in the list wins, and the other is left
/// for the next run. Every byte outside the edits stays as it is.
#[must_use]
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut taken: BTreeMap<(usize, usize), &Edit> = BTreeMap::new();
    let mut index = 0;
    while let Some(first) = edits.get(index) {
        let rest = edits.get(index..).unwrap_or_default();
        let group: Vec<&Edit> = rest.iter().take_while(|edit| edit.finding == first.finding).collect();
        index += group.len();
        let fits = |edit: &Edit| {
            // Those that were taken overlap nowhere, so that only the neighbours can. Touching is fine unless both begin at
            // the same place.
            text.get(edit.start..edit.end).is_some()
                && taken.range(..(edit.start, 0)).next_back().is_none_or(|(_, other)| other.end <= edit.start)
                && taken
                    .range((edit.start, 0)..)
                    .next()
                    .is_none_or(|(_, other)| other.start > edit.start && edit.end <= other.start)
        };
        if group.iter().all(|edit| fits(edit)) {
            taken.extend(group.into_iter().map(|edit| ((edit.start, edit.end), edit)));
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in taken.into_values() {
        out.push_str(text.get(at..edit.start).unwrap_or_default());
        out.push_str(&edit.insert);
        at = edit.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
