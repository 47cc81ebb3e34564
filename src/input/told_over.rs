//! Words of what is done with: tickets that were closed, entries of fixed errors, commits and their mails, post-mortems; and of
//! what never happened but in a program: the body of a test's answer, rows of a reference.

use super::guard::{Place, has_word};
use super::spoken::holds_one_of;
use crate::source::slice;

/// So many lines around words are of one ticket or test.
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

/// Text of a commit, as `git show` and `git format-patch` head it.
pub(super) fn is_of_commit(place: &Place<'_>, _: &str) -> bool {
    let is_hash = |word: &str| word.len() >= 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    place.above().any(|line| {
        let mut words = line.split_whitespace();
        line.to_ascii_lowercase().starts_with("subject: [patch")
            || words.next() == Some("commit") && words.next().is_some_and(is_hash)
    })
}

/// The body of an answer that a test gives: on a line with a call below the head of the test. What the test's runner prints
/// below it is none.
pub(super) fn is_in_test(place: &Place<'_>, line: &str) -> bool {
    const HEADS: [&str; 9] = [
        "def test_",
        "async def test_",
        "func test",
        "[fact",
        "[test",
        "@test",
        "[theory",
        "fn test_",
        "public void test",
    ];
    let begins = place.line.trim_start();
    line.contains('(')
        && line.contains(['"', '\'', '`'])
        && !begins.starts_with("E ")
        && !begins.starts_with(['>', '|'])
        && place.above().take(NEAR).any(|line| {
            let line = line.trim_start().to_ascii_lowercase();
            HEADS.iter().any(|head| line.starts_with(head))
        })
}

/// A row or an item of a reference in markup: `<tr><td>400</td><td>…</td>`, below `.. list-table::` or `400 Bad Request:: …`.
/// Rows with more numbers than a status are of a report.
pub(super) fn is_in_reference(place: &Place<'_>, line: &str) -> bool {
    const DIGITS: usize = 4;
    let few = line.bytes().filter(u8::is_ascii_digit).count() <= DIGITS;
    let of_table = || place.above().take(NEAR).any(|line| line.trim_start().starts_with(".. list-table::"));
    let term = line.trim_end().strip_suffix("::").map(str::trim);
    let is_term = term.is_some_and(|term| term.starts_with(['4', '5']) && term.split(' ').count() <= 4);
    few && (["<td>", "<li><code>"].iter().any(|tag| place.before.contains(tag)) && !line.contains("http")
        || is_term
        || place.line.trim_start().starts_with(['-', '*']) && of_table())
}
