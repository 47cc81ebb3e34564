//! Words of a sentence that supposes or asks: it tells when something is said, and nobody was told it.

use super::guard::{NOW, OBJECT, Place, SPEAKER, has_word};
use super::scenario;
use super::spoken::holds_one_of;

/// `Graph returns "…" if the admin has not turned it on`, `Does anybody know when Graph returns "…"?`
pub(super) fn is_supposed_or_asked(place: &Place<'_>, line: &str) -> bool {
    is_of_condition(place, line) || is_asked(place, line) || scenario::is_step(place, line)
}

/// Whether somebody tells of themselves.
fn tells(text: &str) -> bool {
    [SPEAKER, OBJECT, NOW].iter().any(|list| has_word(list, text))
}

/// What answers whenever something is so, and what that is stands behind the words.
fn is_of_condition(place: &Place<'_>, line: &str) -> bool {
    const ANSWERS: &str = "returns|answers|responds|replies|refuses|rejects|fails|throws|gives";
    const WHO: &str = "api|graph|service|call|request|endpoint|server|operation|method|it";
    const STATE: &str = " is off| is on| is not | isn't | is disabled| is enabled| is missing| are not | aren't | has turned| have turned|\
        has disabled| has not| hasn't| have not| haven't| does not| doesn't| do not| don't";
    let behind = place.after.trim_start_matches(['.', '"', '\'', '`', '*', ' ']);
    let Some((first, rest)) = behind.split_once(' ') else { return false };
    if !matches!(first, "if" | "unless" | "when" | "whenever") {
        return false;
    }
    let clause = rest.split(". ").next().unwrap_or_default();
    let sentence = line.rsplit(". ").next().unwrap_or_default();
    let padded = || format!(" {} ", clause.to_lowercase());
    has_word(ANSWERS, sentence)
        && has_word(WHO, sentence)
        && !tells(sentence)
        && !tells(clause)
        && (first != "when" || holds_one_of(STATE, &padded()))
}

/// A question for when something is said, or whether it is.
fn is_asked(place: &Place<'_>, line: &str) -> bool {
    const WHO: &str = "does anybody know|does anyone know|does somebody know|does someone know|do you know|anybody know|anyone know|\
        anyone knows|anybody knows|can anyone tell|can anybody tell|can you tell|who knows|question:";
    const WHEN: &str = "when|if|whether|in which";
    let asked = line.rsplit(['.', '?', '!']).next().unwrap_or_default();
    let Some(rest) = WHO.split('|').find_map(|who| asked.split_once(who).map(|(_, rest)| rest.trim_start())) else {
        return false;
    };
    let begins = WHEN.split('|').any(|when| rest.strip_prefix(when).is_some_and(|rest| rest.starts_with(' ')));
    begins && !tells(rest) && place.after.contains('?')
}

#[cfg(test)]
mod tests {
    use super::super::guard::is_in_form;
    use super::*;

    fn check(form: &str) -> bool {
        is_in_form(form, is_supposed_or_asked)
    }

    #[test]
    fn what_is_supposed_or_asked() {
        for form in [
            "The API returns 400 with `§` if the tenant admin has not turned on the access.",
            "Graph answers \"§\" when the switch is off.",
            "The call fails with \"§\" unless the app is registered.",
            "Does anybody know when Graph returns \"§\"? Just reading.",
            "Do you know whether it says \"§\" in GCC?",
        ] {
            assert!(check(form), "{form}");
        }
    }

    #[test]
    fn what_happened() {
        for form in [
            "The API returns 400 with \"§\" if I use the id.",
            "Graph answers \"§\" when listing transcripts",
            "Graph answers \"§\" when the job runs",
            "We get \"§\" if the switch is off",
            "The call fails with \"§\" unless we retry",
            "Does anybody know why Graph returns \"§\"?",
            "Does anybody know when this is mended? We get \"§\"",
        ] {
            assert!(!check(form), "{form}");
        }
    }
}
