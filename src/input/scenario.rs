//! Steps of a test in words, without their scenario around them: `Given the service returns 400 "…"`,
//! `When Graph answers 400 "…"`. A clause with `when` that nothing follows is no report of anybody.

use super::guard::{NOW, OBJECT, Place, SPEAKER, has_word};
use crate::source::slice;

/// What begins a step that supposes, whatever follows.
const GIVEN: [&str; 10] = [
    "given ",
    "angenommen ",
    "gegeben sei ",
    "gegeben ist ",
    "gegeben seien ",
    "étant donné ",
    "etant donné ",
    "soit ",
    "dado que ",
    "dado ",
];
/// What begins one that is a sentence's beginning too.
const WHEN: [&str; 6] = ["when ", "wenn ", "quand ", "lorsque ", "lorsqu'", "cuando "];
/// Who answers in it, right behind.
const WHO: [&str; 20] = [
    "graph ",
    "microsoft graph ",
    "ms graph ",
    "the graph ",
    "the api ",
    "the service ",
    "the server ",
    "the endpoint ",
    "the call ",
    "the request ",
    "the mock ",
    "der dienst ",
    "die api ",
    "der server ",
    "der aufruf ",
    "le service ",
    "l'api ",
    "le serveur ",
    "l'appel ",
    "el servicio ",
];
/// Who writes of their own, in other languages than English.
const OTHERS: &str = "wir|ich|uns|heute|gestern|seit|nous|je|depuis|hier|aujourd'hui|nos|notre|unser|unsere|mein|meine";

/// Whether a line is a step of a test and nothing else.
pub(super) fn is_step(place: &Place<'_>, line: &str) -> bool {
    let line = line.trim_start_matches(['*', '|', ' ']);
    let given = GIVEN.iter().find_map(|step| line.strip_prefix(step));
    let when = || WHEN.iter().find_map(|step| line.strip_prefix(step)).filter(|rest| is_answer(rest));
    let Some(rest) = given.or_else(when) else { return false };
    let told = |text: &str| [SPEAKER, OBJECT, NOW, OTHERS].iter().any(|list| has_word(list, text));
    !rest.contains([',', ';']) && !told(rest) && ends(place)
}

fn is_answer(rest: &str) -> bool {
    WHO.iter().any(|who| rest.starts_with(who))
}

/// Whether the step ends with the words: a verb may stand behind them, and no sentence goes on below.
fn ends(place: &Place<'_>) -> bool {
    const OPEN: [char; 4] = [',', ';', ':', '-'];
    let rest = place.after.trim_matches(|c: char| !c.is_alphanumeric() && !OPEN.contains(&c));
    let below = slice(place.text, place.hit.end..place.hit.end.saturating_add(400));
    let next = below.lines().nth(1).unwrap_or_default().trim_start();
    let verb = rest.is_empty() || !rest.contains(char::is_whitespace) && rest.chars().all(char::is_alphabetic);
    verb && !next.starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::super::guard::is_in_form;
    use super::*;

    fn check(form: &str) -> bool {
        is_in_form(form, is_step)
    }

    #[test]
    fn steps_of_a_test() {
        for form in [
            "Given the service returns 400 \"§\"",
            "Given a call that fails with \"§\"\n",
            "When Graph answers 400 \"§\"\n",
            "When the API returns \"§\"\nThen the user sees a hint\n",
            "Angenommen Graph antwortet 400 \"§\"",
            "Wenn Graph 400 \"§\" liefert",
            "Étant donné que le service répond \"§\"",
            "Lorsque Graph renvoie \"§\"",
        ] {
            assert!(check(form), "{form}");
        }
    }

    #[test]
    fn what_happened() {
        for form in [
            "When Graph answers 400 \"§\", our job dies",
            "When Graph answers 400 \"§\" the job dies",
            "When Graph answers \"§\"\nthe job dies",
            "When listing transcripts Graph returns 400 \"§\"",
            "When the job runs, Graph returns 400 \"§\"",
            "Given that we get \"§\"",
            "Given the right policy, Graph returns \"§\"",
            "Wenn wir das Meeting lesen: \"§\"",
            "Then Graph returns \"§\"",
            "Graph answers 400 \"§\"",
        ] {
            assert!(!check(form), "{form}");
        }
    }
}
