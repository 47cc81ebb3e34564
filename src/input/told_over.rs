//! Words of what is done with: tickets that were closed and entries of fixed errors.

use super::guard::{Place, has_word};
use super::spoken::holds_one_of;
use crate::source::slice;

/// So many lines around words are of one ticket.
const NEAR: usize = 8;
/// What an entry or a ticket is when nothing is left to do.
const ENDED: &str = "closed|resolved|fixed|solved|done|completed";

/// `#412 [CLOSED] …`, `State: Closed` above, `Resolution: fixed` below, `INC0012345 | Closed | …`.
pub(super) fn is_of_closed(place: &Place<'_>, line: &str) -> bool {
    const LABELS: &str = "state|status|ticket state|ticket status|issue state|resolution";
    let ends = |value: &str| has_word(ENDED, value.trim().split([' ', ',', '.', ';']).next().unwrap_or_default());
    // `State: Resolved`, also behind the number of the ticket.
    let is_label = |line: &str| {
        let line = line.to_lowercase();
        let pair = line.rsplit([" - ", " | "].into_iter().find(|mark| line.contains(mark)).unwrap_or("\n")).next();
        pair.and_then(|pair| pair.split_once(':')).is_some_and(|(label, value)| {
            LABELS.split('|').any(|known| known == label.trim_matches(['-', '*', ' ', '#'])) && ends(value)
        })
    };
    let mut cells = line.split('|').map(str::trim);
    let below = slice(place.text, place.hit.end..place.hit.end.saturating_add(600));
    holds_one_of("[closed]|[resolved]|[solved]|[fixed]", line)
        || line.contains('|') && cells.any(|cell| ENDED.split('|').any(|end| end == cell))
        || holds_one_of("issue closed as|ticket closed as|closing as|closed as", line)
        || place.above().take(NEAR).take_while(|line| !line.is_empty()).any(is_label)
        || below.lines().skip(1).take(NEAR).take_while(|line| !line.is_empty()).any(is_label)
}

/// `- #413 fixed: …`: an entry of a list of changes, behind its number.
pub(super) fn is_fixed_entry(_: &Place<'_>, line: &str) -> bool {
    let entry = line.trim_start_matches(|c: char| !c.is_alphabetic());
    let word = entry.split([' ', ':']).next().unwrap_or_default();
    let behind = entry.strip_prefix(word).unwrap_or_default();
    let numbered = line.trim_start_matches(['-', '*', ' ']).starts_with('#');
    numbered && has_word(ENDED, word) && (behind.starts_with(':') || behind.starts_with(" in "))
}
