//! Words that somebody expects: a test plan, a table of cases, a runner of tests. What came instead is another matter.

use super::guard::Place;
use super::spoken::holds_one_of;
use crate::source::slice;

/// So many rows of a table are looked at.
const ROWS: usize = 24;
/// What is to be seen, at the beginning of a sentence, a step or a cell.
pub(super) const VERIFY: &str =
    "verify that|verify the|check that|make sure|ensure that|ensure the|assert that|expect|expects|expect:";
/// What is expected, in a label or the head of a column.
const LABELS: [&str; 12] = [
    "expected",
    "expected result",
    "expected error",
    "expected message",
    "expected response",
    "expected outcome",
    "expected output",
    "expected answer",
    "expected text",
    "expected behavior",
    "expected behaviour",
    "expected status",
];

/// `Input: a name. Expected: "…"`, a cell below `Expected`, `Received: "…"` of a test's runner.
pub(super) fn is_expected(place: &Place<'_>, line: &str) -> bool {
    is_labelled(line) || is_in_column(place) || is_compared(place) || is_step(place)
}

/// `Step 2: verify that the response is 400 "…"`, `[ ] channel meeting -> "…"`, a cell that begins with `Expect`.
fn is_step(place: &Place<'_>) -> bool {
    let line = place.line.trim_start_matches([' ', '-', '*']);
    let lower = slice(line, 0..200).to_lowercase();
    let verifies = |text: &str| {
        let rest = VERIFY.split('|').find_map(|verb| text.trim_start().strip_prefix(verb));
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    let step = lower.strip_prefix("step ").and_then(|rest| rest.split_once([':', '.', ')'])).map(|(_, rest)| rest);
    let cell = lower.rsplit_once('|').map(|(_, cell)| cell);
    line.starts_with("[ ] ") || line.starts_with("[x] ") || step.is_some_and(verifies) || cell.is_some_and(verifies)
}

/// The label right before the words, but not `not as expected: …`.
fn is_labelled(line: &str) -> bool {
    let is_mark =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '“' | '„' | '*' | '/') || c.is_ascii_digit();
    let Some(lead) = line.trim_end_matches(is_mark).strip_suffix(':') else { return false };
    let lead = lead.trim_end_matches(['*', '_']);
    LABELS.iter().any(|label| {
        let rest = lead.strip_suffix(label).map(str::trim_end);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(|c: char| c.is_ascii_punctuation()))
    })
}

/// A cell of a column that is headed so.
fn is_in_column(place: &Place<'_>) -> bool {
    let has = |mark: &char| place.before.contains(*mark) || place.after.contains(*mark);
    let Some(mark) = ['|', '\t', ';'].into_iter().find(has) else { return false };
    let head = place.above().take(ROWS).take_while(|line| line.contains(mark)).last();
    let column = place.line.matches(mark).count();
    let name = head.and_then(|head| head.split(mark).nth(column)).unwrap_or_default();
    LABELS.contains(&name.trim_matches([' ', '*', '_', '"']).to_lowercase().as_str())
}

/// `Expected: "…"` above `Received: "…"`: two values that a runner compares.
fn is_compared(place: &Place<'_>) -> bool {
    let own = place.line.trim_start();
    let is_value = |line: &str, label: &str| {
        line.trim_start().strip_prefix(label).is_some_and(|rest| rest.trim_start().starts_with(['"', '\'', '`']))
    };
    is_value(own, "Received:") && place.above().take(2).any(|line| is_value(line, "Expected:"))
}

/// Whether words are one of two values that a runner compares.
pub(super) fn is_of_runner(place: &Place<'_>) -> bool {
    let expected = || {
        let below = slice(place.text, place.hit.end..place.hit.end.saturating_add(400));
        place.line.trim_start().starts_with("Expected: ")
            && below.lines().skip(1).take(2).any(|line| line.trim_start().starts_with("Received: "))
    };
    holds_one_of("Received:|Expected:", place.line) && (is_compared(place) || expected())
}

#[cfg(test)]
mod tests {
    use super::super::guard::is_in_form;
    use super::*;

    fn check(form: &str) -> bool {
        is_in_form(form, is_expected)
    }

    #[test]
    fn what_is_expected() {
        for form in [
            "Case 17: call it. Expected: \"§\" Result: passed",
            "Input: a name, expected error: 400 \"§\"",
            "| TC | Input | Expected |\n|---|---|---|\n| 1 | name | `§` |\n",
            "case\tExpected result\n1\t§\n",
            "    Expected: \"x\"\n    Received: \"§\"\n",
        ] {
            assert!(check(form), "{form}");
        }
    }

    #[test]
    fn what_came() {
        for form in [
            "It did not go as expected: §",
            "Unexpected: §",
            "Expected: 200, got: \"§\"",
            "| TC | Expected | Actual |\n|---|---|---|\n| 1 | 200 | `§` |\n",
            "Received: \"§\"",
            "expected: x\nactual: §",
        ] {
            assert!(!check(form), "{form}");
        }
    }
}
