//! Words of what is done with: tickets that were closed and entries of fixed errors.

use super::guard::{Place, has_word};
use super::spoken::holds_one_of;
use crate::source::slice;

/// So many lines around words are of one ticket.
const NEAR: usize = 8;
/// What is said of the words stands no further behind them.
const LEAD: usize = 200;
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
    // Its own line may begin with it: `Status: Done. Root cause was …`.
    let begins = line.split_once(". ").is_some_and(|(first, _)| is_label(first));
    let mut cells = line.split('|').map(str::trim);
    let below = slice(place.text, place.hit.end..place.hit.end.saturating_add(600));
    begins
        || holds_one_of("[closed]|[resolved]|[solved]|[fixed]", line)
        || line.contains('|') && cells.any(|cell| ENDED.split('|').any(|end| end == cell))
        || holds_one_of("issue closed as|ticket closed as|closing as|closed as", line)
        || place.above().take(NEAR).take_while(|line| !line.is_empty()).any(is_label)
        || below.lines().skip(1).take(NEAR).take_while(|line| !line.is_empty()).any(is_label)
}

/// `"summary": "…", "status": {"name": "Done"}`, `{"state": "closed", "title": "…"`: a ticket that somebody exported.
pub(super) fn is_exported_closed(place: &Place<'_>, line: &str) -> bool {
    const TITLES: [&str; 4] = ["\"summary\"", "\"title\"", "\"subject\"", "\"name\""];
    const REACH: usize = 400;
    let bare =
        |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect() };
    let key = line.rsplit_once('"').map(|(outer, _)| outer.trim_end().trim_end_matches(':').trim_end());
    let Some(title) = TITLES.into_iter().find(|title| key.is_some_and(|key| key.ends_with(title))) else {
        return false;
    };
    let ends =
        |value: &str| ENDED.split('|').any(|end| value.strip_prefix(end).is_some_and(|rest| rest.starts_with('"')));
    let is_ended = |object: &str| {
        [
            "\"status\":\"",
            "\"state\":\"",
            "\"status\":{\"name\":\"",
            "\"statuscategory\":{\"name\":\"",
            "\"statuscategory\":\"",
        ]
        .iter()
        .any(|key| object.match_indices(key).any(|(at, _)| object.get(at + key.len()..).is_some_and(ends)))
            || object.split_once("\"status\":{").is_some_and(|(_, status)| {
                let own = status.split('}').next().unwrap_or_default();
                own.split_once("\"name\":\"").is_some_and(|(_, name)| ends(name))
            })
    };
    // The next one's state is its own.
    let behind = bare(slice(place.text, place.hit.end..place.hit.end.saturating_add(REACH)));
    let above = bare(slice(place.text, place.hit.start.saturating_sub(REACH)..place.hit.start));
    let own = above.strip_suffix('"').and_then(|head| head.rsplit_once(title)).map_or("", |(head, _)| head);
    is_ended(behind.split(title).next().unwrap_or_default())
        || is_ended(own.rsplit(title).next().unwrap_or_default().rsplit("},{").next().unwrap_or_default())
}

/// `400 "…" - fixed`, `… (closed)`, `Ticket 4471 (closed 2026-05-01): …`.
pub(super) fn is_marked_over(place: &Place<'_>, line: &str) -> bool {
    const OVER: [&str; 5] = ["fixed", "closed", "resolved", "done", "known issue"];
    let begins = |rest: &str| {
        let end = OVER.iter().find_map(|over| rest.strip_prefix(over));
        end.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    let behind = slice(place.after, 0..40).to_lowercase();
    let behind = behind.trim_start_matches(['.', '"', '\'', '`', '*', ' ']);
    let mark = ["- ", "\u{2013} ", "\u{2014} ", "(", "["].iter().find_map(|mark| behind.strip_prefix(mark));
    mark.is_some_and(begins) || line.match_indices('(').any(|(at, _)| line.get(at + 1..).is_some_and(begins))
}

/// A text of a knowledge base, above its cause and what resolves it.
pub(super) fn is_above_resolution(place: &Place<'_>, _: &str) -> bool {
    const NEAR: usize = 4;
    let below = slice(place.text, place.hit.end..place.hit.end.saturating_add(600)).to_lowercase();
    let lines = || below.lines().skip(1).take(NEAR).map(|line| line.trim_start_matches(['*', '-', '#', ' ']));
    let has = |labels: &[&str]| lines().any(|line| labels.iter().any(|label| line.starts_with(label)));
    has(&["cause:", "cause\n", "reason:"]) && has(&["resolution:", "solution:", "fix:", "workaround:", "remedy:"])
}

/// `Root cause was the name ("…"); … it has worked since Monday`.
pub(super) fn is_mended(place: &Place<'_>, line: &str) -> bool {
    const CAUSES: &str = "root cause was|the culprit was|cause turned out to be|problem turned out to be";
    const WORKS: &str = "has worked since|works since|worked since|works again|working again|works now|is working now|works fine now|\
        all good now|we switched|i switched";
    let behind = place.after.to_lowercase();
    let doubted = has_word("not|nothing|never|no|longer|but|until|still", &behind);
    holds_one_of(CAUSES, line.rsplit(". ").next().unwrap_or_default()) || holds_one_of(WORKS, &behind) && !doubted
}

/// `expected status 403 and body {…} but got 200`, `Yesterday we saw "…". Since the grant all calls return 200.`
pub(super) fn is_not_come(place: &Place<'_>, line: &str) -> bool {
    is_waited_for(place, line) || is_followed_by_success(place, line)
}

/// What a test waited for in vain: a success came instead.
fn is_waited_for(place: &Place<'_>, line: &str) -> bool {
    const CAME: [&str; 8] =
        ["but got ", "but was ", ", got ", "; got ", "but received ", "got: ", "actual: ", "instead got "];
    let behind = slice(place.after, 0..LEAD).to_lowercase();
    let succeeded = |rest: &str| {
        let value = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
        let digits = value.bytes().take_while(u8::is_ascii_digit).count();
        rest.len() - value.len() <= 16 && value.starts_with('2') && digits == 3
    };
    let came = CAME.iter().any(|came| behind.split_once(came).is_some_and(|(_, rest)| succeeded(rest)));
    came && has_word("expected|expect|want|wanted|expecting", line)
}

/// Somebody tells what was, and in a later sentence that calls have succeeded since.
fn is_followed_by_success(place: &Place<'_>, line: &str) -> bool {
    const WHO: &str = "call|calls|request|requests|it|everything";
    const WAS: &str = "saw|got|had|received|was|were|answered|returned|failed";
    const IS: &str = "get|see|receive|have|is|are|fails|returns|answers|today|now|still";
    const SUCCEED: [&str; 6] = [" return 200", " returns 200", " give 200", " answer 200", " succeed", " succeeds"];
    let sentence = line.rsplit(". ").next().unwrap_or_default();
    if !has_word(WAS, sentence) || has_word(IS, sentence) {
        return false;
    }
    let behind = slice(place.after, 0..2 * LEAD).to_lowercase();
    let doubted = has_word("not|nothing|never|no|but|until|still|except|only|sometimes|other|others", &behind);
    let told = |clause: &str| {
        SUCCEED.iter().filter_map(|verb| clause.split_once(verb)).any(|(who, rest)| {
            has_word(WHO, who) && has_word("since|now", who) && !rest.starts_with(char::is_alphanumeric)
        })
    };
    !doubted && behind.split(['.', ';']).skip(1).any(told)
}

/// `- #413 fixed: …`: an entry of a list of changes, behind its number.
pub(super) fn is_fixed_entry(_: &Place<'_>, line: &str) -> bool {
    let entry = line.trim_start_matches(|c: char| !c.is_alphabetic());
    let word = entry.split([' ', ':']).next().unwrap_or_default();
    let behind = entry.strip_prefix(word).unwrap_or_default();
    let numbered = line.trim_start_matches(['-', '*', ' ']).starts_with('#');
    numbered && has_word(ENDED, word) && (behind.starts_with(':') || behind.starts_with(" in "))
}

/// `"…" went away after the grant`: it is over, and nothing says that it came back. `It is not the usual "…"`: it was not.
pub(super) fn is_gone(led: &str, after: &str) -> bool {
    const GONE: [&str; 5] = ["went away", "is gone", "has gone", "disappeared", "vanished"];
    const BACK: &str = "back|again|but|still|now|then|returned|only|briefly|until";
    const UNUSUAL: [&str; 4] = [" not the usual", " not the common", " not the familiar", " not the classic"];
    let rest = after.trim_start_matches(['"', '\'', '`', '”', '“', '»', '.', '!', ' ']);
    let gone = rest.len() < after.len() && GONE.iter().any(|gone| rest.starts_with(gone)) && !has_word(BACK, rest);
    gone || UNUSUAL.iter().any(|end| led.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_or_was_not() {
        assert!(is_gone("solved", "\" went away after the grant."));
        assert!(is_gone("it is not the usual", "\" of the docs"));
        assert!(!is_gone("we get", "\" never went away"));
        assert!(!is_gone("", "\" went away and came back"));
        assert!(!is_gone("it is", "\""));
    }

    #[test]
    fn what_did_not_come() {
        for (form, expected) in [
            ("expected status 403 and body \"§\" but got 200", true),
            ("want 403 `§`, got 200 OK", true),
            ("Yesterday we saw \"§\" for two hours. Since the admin switched it on all calls return 200.", true),
            ("We had \"§\". Now every call succeeds.", true),
            ("expected status 200 but got 403 \"§\"", false),
            ("expected status 200 and body \"x\" but got \"§\" after 200 ms", false),
            ("We get \"§\". Since the grant all other calls return 200.", false),
            ("We get \"§\" for one user. Now all calls for others succeed.", false),
            ("We had \"§\". Now some calls succeed but not all.", false),
        ] {
            assert_eq!(super::super::guard::is_in_form(form, is_not_come), expected, "{form}");
        }
    }
}
