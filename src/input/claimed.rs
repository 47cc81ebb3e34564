//! Sentences that say of a message that it is asserted, mapped, expected or feared. Whoever says so tells what a test, a
//! program or a person waits for, not what came; where the sentence says that it came, it came.

use super::guard::{Place, has_word};
use super::told_by::own_clause;

/// What tells that it happened after all.
const CAME: &str = "get|gets|got|getting|see|sees|saw|seeing|receive|receives|received|fail|fails|failed|failing|returned|returns|\
    answered|answers|came|comes|happened|happens|actual|actually|instead|today|now|since|still|again|real";
/// A verb stands so near behind its subject.
const NEAR: usize = 4;
/// So many words may stand between a verb and what it is said of.
const FEW: usize = 9;

/// `Our test asserts that the message is "…"`, `"…" is mapped to E17`, `"…": that is what I feared, but it works`.
pub(super) fn is_claimed(place: &Place<'_>, line: &str) -> bool {
    let sentence = own_clause(line.rsplit(". ").next().unwrap_or_default());
    is_labelled(sentence) || is_awaited(sentence) || is_handled(place) || is_not_come(place)
}

/// `Documented: "…"`
fn is_labelled(sentence: &str) -> bool {
    let label = sentence.trim_end_matches([' ', '"', '\'', '`', '“', '„']).strip_suffix(':').map(str::trim);
    label.is_some_and(|label| matches!(label, "documented" | "as documented" | "asserted" | "documented message"))
}

/// What a test or a program checks for, what somebody expects or fears.
fn is_awaited(sentence: &str) -> bool {
    const WHO: &str =
        "test|tests|spec|specs|testcase|suite|assertion|assertions|handler|parser|regex|matcher|mapper|validator";
    const CHECKS: &str = "asserts|assert|asserted|checks|check|checked|expects|expect|expected|verifies|verify|compares|matches|\
        looks|searches|waits|requires|covers";
    const PERSON: &str = "i|we";
    const AWAITS: &str = "expect|expected|fear|feared|anticipate|anticipated|predicted|afraid|worried|hoped|assumed";
    // `I expected 201; the answer is "…"`: the last clause counts.
    let clause = sentence.rsplit([',', ';', ':']).find(|clause| clause.contains(char::is_alphanumeric));
    let clause = clause.unwrap_or_default();
    let words: Vec<&str> =
        clause.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|word| !word.is_empty()).collect();
    let is = |list: &str, word: &str| list.split('|').any(|known| known == word);
    let behind = |who: &str, verbs: &str| {
        words.iter().enumerate().filter(|(_, word)| is(who, word)).find_map(|(at, _)| {
            let rest = words.get(at + 1..)?;
            let verb = rest.iter().take(NEAR).position(|word| is(verbs, word))?;
            let lead = rest.get(..verb)?;
            rest.get(verb + 1..).filter(|_| !lead.iter().any(|word| is(CAME, word)))
        })
    };
    behind(WHO, CHECKS)
        .or_else(|| behind(PERSON, AWAITS))
        .is_some_and(|rest| rest.len() <= FEW && !rest.iter().any(|word| is(CAME, word)))
}

/// What stands behind the quote that closes words, in lower case.
fn behind_quote(place: &Place<'_>) -> String {
    place.after.trim_start_matches(['.', '!', '"', '\'', '`', '”', '“', '»', '*', ' ']).to_lowercase()
}

/// `… is mapped to error E17`, `… is asserted in our tests`.
fn is_handled(place: &Place<'_>) -> bool {
    const HANDLED: [&str; 9] = [
        "is mapped to",
        "is translated to",
        "is asserted",
        "is expected here",
        "is expected in",
        "is documented",
        "is what the test",
        "is what our test",
        "is what the docs",
    ];
    let behind = behind_quote(place);
    let quoted = place.before.ends_with(['"', '\'', '`', '“', '„', '«']);
    quoted && HANDLED.iter().any(|handled| behind.starts_with(handled)) && !has_word(CAME, &behind)
}

/// `…: that is what I feared, but it works`: both have to be told, the fear alone may have come true.
fn is_not_come(place: &Place<'_>) -> bool {
    const POINTS: [&str; 7] =
        ["that is what", "that's what", "this is what", "which is what", "that was what", "is what", "was what"];
    const AWAITED: &str = "feared|fear|expected|expect|anticipated|predicted|thought|assumed|afraid";
    const WELL: &str = "works|worked|succeeds|succeeded|fine|ok|okay|passes|passed|200|201";
    let behind = behind_quote(place);
    let behind = behind.trim_start_matches([':', ',', ';', '-', '–', '—', '(', ' ']);
    let Some(rest) = POINTS.iter().find_map(|point| behind.strip_prefix(point)) else { return false };
    let Some((awaited, end)) = rest.split_once([',', ';', '.']).or_else(|| rest.split_once(" but ")) else {
        return false;
    };
    has_word(AWAITED, awaited) && has_word(WELL, end) && !has_word("not|no|never|didn't|doesn't|until", end)
}

#[cfg(test)]
mod tests {
    use super::super::guard::is_in_form;
    use super::*;

    fn check(form: &str) -> bool {
        is_in_form(form, is_claimed)
    }

    #[test]
    fn what_is_only_awaited() {
        for form in [
            "Our test asserts that the message is \"§\"",
            "Documented: \"§\"",
            "The unit test checks for \"§\"",
            "In our code the string \"§\" is mapped to error E17.",
            "We expect the message \"§\" in this case, but the call succeeds.",
            "I feared that it would say \"§\"",
            "§: that is what I feared, but it works.",
            "\"§\" is what we expected; the call works though",
        ] {
            assert!(check(form), "{form}");
        }
    }

    #[test]
    fn what_came() {
        for form in [
            "Our test fails with \"§\"",
            "The test expects 200 and gets \"§\"",
            "We expected a meeting, but got \"§\"",
            "As we feared, the call fails with \"§\"",
            "§: that is what I feared.",
            "§: that is what I feared, and it came true.",
            "§: that is what I expected, but it does not help.",
            "The health check says \"§\"",
            "\"§\" is documented, but we get it today",
            "I checked the log: \"§\"",
            "I expected 201; the response is \"§\"",
        ] {
            assert!(!check(form), "{form}");
        }
    }
}
