//! What tells generally, and not of a call: a section of a page on limits, a note beside its text, a sentence on calls of
//! a kind, a change, a plan, a scenario of a test. A status beside the message is a part of what is told.

use super::Span;
use super::spoken::{begins_record, holds_one_of, is_one_of, words};
use crate::source::slice;

/// How much of a text is looked at above.
const REACH: usize = 2_000;
/// Lines above that are of one section.
const LINES: usize = 24;

/// Who tells what happened to them.
const PERSON: &str = "i|we|my|our|me|us|i'm|we're|today|yesterday|since|still|again|now|customer|customers";
/// What tells that it happened.
const HAPPENED: &str = "get|gets|got|see|sees|saw|receive|received|receiving|getting|failed|returned|actual";

/// Whether the words at `place` are told generally.
pub(super) fn is_of_page(text: &str, place: Span) -> bool {
    let head = slice(text, place.start.saturating_sub(REACH)..place.start);
    let mut lines = head.rsplit('\n');
    let before = lines.next().unwrap_or_default();
    if begins_record(before) {
        return false;
    }
    let above: Vec<&str> = lines.take(LINES).map(str::trim_end).collect();
    let line = before.trim_start_matches([' ', '\t', '-', '*', '+', '>', '•']).to_lowercase();
    let led = lead(&line);
    is_change(led)
        || is_plan(led)
        || is_kind(led)
        || is_thrown(led)
        || is_step(led, &above)
        || led.ends_with('^')
        || is_callout(led, &above)
        || is_section(before, led, &above)
}

/// What leads to the words: the last sentence before them, without quotes, a status and its reason.
fn lead(line: &str) -> &str {
    let line = line.rsplit(". ").next().unwrap_or_default();
    line.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '“' | '„' | '«' | '*' | ':' | '/')
    })
    .trim_end_matches(|c: char| c.is_ascii_digit())
    .trim_end_matches(['`', '"', '\''])
}

/// Whether the words are named as those that were not said: `It is 403 "…", not 404 "…"`.
pub(super) fn is_ruled_out(text: &str, place: Span) -> bool {
    let head = slice(text, place.start.saturating_sub(REACH / 8)..place.start);
    let before = head.rsplit('\n').next().unwrap_or_default();
    let led = lead(before).trim_end();
    let rest = [", not", ", and not", " instead of", " rather than"].iter().find_map(|word| led.strip_suffix(word));
    // What was said stands before it.
    let quoted = |rest: &str| rest.trim_end().ends_with(['"', '\'', '`', '”', '“', '»']);
    rest.is_some_and(|rest| quoted(rest) && before.ends_with(['"', '\'', '`', '“', '„', '«', '”']))
}

fn has_word(list: &str, text: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\'')).any(|word| is_one_of(list, word))
}

/// Whether somebody tells what happened to them.
fn is_told(text: &str) -> bool {
    has_word(PERSON, text) || has_word(HAPPENED, text)
}

/// `Fixed 400 "…" when listing`, `This PR adds handling for 400 "…"`, `Solved: we got 400 "…"`.
fn is_change(led: &str) -> bool {
    const FIRST: &str = "fixed|fixes|handle|handles|handled|adds|added|treat|treats|map|maps|ignore|ignores";
    const PHRASES: &str = "this pr |this change |this commit |this pull request |this release |no longer ";
    let first = led.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let solved = led.split_once(':').is_some_and(|(label, _)| is_one_of("solved|resolved|fixed|closed", label.trim()));
    solved
        || !is_told(led) && (is_one_of(FIRST, first) && !led.starts_with(&format!("{first}:")))
        || PHRASES.split('|').any(|phrase| led.starts_with(phrase))
        || holds_one_of("handling for|handling of|no occurrences of|no occurrence of|no more ", led)
}

/// `As a user I want …`, `We decided to fail fast on …`, `With v2 we will retry nothing on …`.
fn is_plan(led: &str) -> bool {
    const PHRASES: &str =
        "we decided|it was decided|decision:|acceptance criteri|we will |we won't |we should |definition of done";
    let story = (led.starts_with("as a ") || led.starts_with("as an ")) && led.contains(" want");
    story || holds_one_of(PHRASES, led) && !has_word(HAPPENED, led)
}

/// `Such calls fail with 400 and the message "…"`
fn is_kind(led: &str) -> bool {
    const KINDS: &str = "such calls|such requests|such meetings|such users|such apps|calls of this kind|requests of this kind|\
        meetings of this kind|calls like this|the operation returns|the method returns|the function returns|unsupported calls|unsupported requests|unsupported meetings";
    holds_one_of(KINDS, led) && !has_word(PERSON, led)
}

/// `Throws 400 …`, `@throws {GraphError} 400 …`, `Returns: 400 "…"`: what documents a function.
fn is_thrown(led: &str) -> bool {
    let led = led.trim_start_matches(['@', '\\', ':']);
    let throws = ["throws ", "raises ", "returns:", "throws:", "raises:"].iter().any(|word| led.starts_with(word));
    throws && !is_told(led)
}

/// `When Graph answers 400 "…"` below `Scenario: …`.
fn is_step(led: &str, above: &[&str]) -> bool {
    let step = ["given ", "when ", "then ", "and ", "but "].iter().any(|word| led.starts_with(word));
    let names = |line: &&&str| {
        let name = line.trim_start().split(':').next().unwrap_or_default();
        name.len() < line.trim_start().len() && is_one_of("Scenario|Scenario Outline|Background|Example", name)
    };
    step && above.iter().take_while(|line| !begins_record(line)).any(|line| names(&line))
}

/// A sentence below `> [!NOTE]`.
fn is_callout(led: &str, above: &[&str]) -> bool {
    const NAMES: [&str; 5] = ["[!note]", "[!important]", "[!tip]", "[!warning]", "[!caution]"];
    // The marks of a quote may have been taken off the lines.
    let goes_on = |line: &&&str| !line.trim_matches(['>', ' ', '\t']).is_empty();
    words(led) > 0
        && !has_word(PERSON, led)
        && above.iter().take_while(goes_on).any(|line| {
            let name = line.trim_start_matches(['>', ' ', '\t']).to_lowercase();
            NAMES.iter().any(|known| name.starts_with(known))
        })
}

/// An item or a sentence below `## Limitations`, `### Fixed`.
fn is_section(before: &str, led: &str, above: &[&str]) -> bool {
    const TITLES: &str = "limitations|known limitations|limits|restrictions|known issues|fixed|bug fixes|changelog|\
        release notes|changed|removed|acceptance criteria";
    let item = before.trim_start().starts_with(['-', '*', '+', '>', '•']) || words(led) > 2;
    let heading = above.iter().take_while(|line| !begins_record(line)).find(|line| line.starts_with('#'));
    let title = heading.map(|line| line.trim_start_matches('#').trim().trim_end_matches(':').to_lowercase());
    let told =
        || above.iter().take_while(|line| !line.starts_with('#')).any(|line| has_word(PERSON, &line.to_lowercase()));
    item && title.is_some_and(|title| is_one_of(TITLES, &title)) && !is_told(led) && !told()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "Meeting Id is corrupted.";

    fn check(form: &str) -> bool {
        let text = form.replace('§', WORDS);
        text.find(WORDS).is_some_and(|at| is_of_page(&text, Span::new(at, at + WORDS.len())))
    }

    #[test]
    fn what_is_told_generally() {
        for form in [
            "> [!NOTE]\n> Requests to list these return `400 Bad Request` with the message `§`",
            "## Limitations\n\n* Unsupported calls fail with 400: \"§\"",
            "## Known limitations\n- Some meetings: 400 `§`",
            "Such calls fail with HTTP 400 and the message \"§\".",
            "Throws `400 Bad Request: §` for them.",
            "Returns: 400 \"§\"",
            "- Fixed 400 \"§\" when listing (#412)",
            "### Fixed\n- `400 §` when listing (#412)",
            "This PR adds handling for 400 \"§\".",
            "Solved: we got 400 \"§\" because of a setting.",
            "No occurrences of 400 \"§\" since the fix.",
            "FYI this is fixed now, no more `400 §`.",
            "As a user I want a clear message when Graph answers 400 \"§\".",
            "We decided to fail fast on 400 \"§\" and not to retry.",
            "With v2 we will retry nothing on 400 \"§\".",
            "Scenario: broken\n  Given a meeting\n  When Graph answers 400 \"§\"\n",
            "match: ^400 §$",
        ] {
            assert!(check(form), "{form}");
        }
    }

    #[test]
    fn what_was_not_said() {
        let check = |form: &str| {
            let text = form.replace('§', WORDS);
            text.find(WORDS).is_some_and(|at| is_ruled_out(&text, Span::new(at, at + WORDS.len())))
        };
        for form in ["The error is 403 \"No policy\", not 404 \"§\".", "`x` instead of `§`"] {
            assert!(check(form), "{form}");
        }
        for form in ["It is not 404 \"§\"", "It works, not: \"§\"", "\"x\", not found: \"§\"", "\"x\", not §"] {
            assert!(!check(form), "{form}");
        }
    }

    #[test]
    fn what_happened_is_told_of_a_call() {
        for form in [
            "§",
            "400 \"§\"",
            "Graph returns 400 \"§\"",
            "> From: Jonas\n> Every booking ends with\n> §",
            "## Errors\n\n400 §",
            "## Known issues\n- since today we get 400 \"§\"",
            "### Actual result\n- 400 `§`",
            "2026-11-20T09:15:00Z ERROR such calls fail: §",
            "When the app calls Graph we get 400 \"§\"",
            "Fixed: no. We get \"§\"",
            "We should have a meeting, but got \"§\"",
        ] {
            assert!(!check(form), "{form}");
        }
    }
}
