//! A change that is told as carried out, without the words for what was changed: `I have granted it, please retry`, `Ticket
//! CHG0031: implemented`, `should be fixed now`, `IT took care of it`.

use super::told_lists::{AUXILIARY, SOMEBODY, SUPPOSED};
use super::told_words::{denied, words_of};

/// What was done, in the past.
const DONE: [&str; 21] = [
    "granted",
    "assigned",
    "enabled",
    "implemented",
    "done",
    "completed",
    "finished",
    "complete",
    "fixed",
    "corrected",
    "repaired",
    "arranged",
    "approved",
    "configured",
    "applied",
    "fulfilled",
    "provisioned",
    "added",
    "erledigt",
    "umgesetzt",
    "zugewiesen",
];
/// What a line tells of whose end it gives.
const TICKETS: [&str; 12] =
    ["ticket", "change", "request", "case", "task", "admin", "it", "support", "chg", "ritm", "sctask", "req"];

/// Whether a sentence, in lower case, tells it.
pub(super) fn is_told(sentence: &str) -> bool {
    let words = words_of(sentence);
    if words.is_empty() || words.len() > 20 || sentence.contains('?') || words.iter().any(|word| denied(word)) {
        return false;
    }
    let expected =
        has_in_a_row(&words, &["should"], &["be"], &DONE) || has_in_a_row(&words, &["should"], &["work"], &["now"]);
    if expected {
        return words.contains(&"now")
            && !words.iter().any(|word| ["if", "it'll", "will", "how", "when"].contains(word));
    }
    is_done_and_asked_for(sentence, &words) || is_end_of_ticket(sentence) || {
        let stated = super::told_words::statement(sentence);
        let words = words_of(stated);
        !words.iter().any(|word| SUPPOSED.contains(word) || ["you", "your"].contains(word)) && is_carried(&words)
    }
}

fn has_in_a_row(words: &[&str], one: &[&str], two: &[&str], three: &[&str]) -> bool {
    words.windows(3).any(|part| matches!(part, [a, b, c] if one.contains(a) && two.contains(b) && three.contains(c)))
}

/// `Done, please test again`
fn is_done_and_asked_for(sentence: &str, words: &[&str]) -> bool {
    let asks = [", please", ", bitte", ", try", ", retry", " - please", " \u{2013} please"];
    let asked = asks.iter().find_map(|ask| sentence.find(ask)).and_then(|at| sentence.get(..at));
    let stated = asked.map(words_of).unwrap_or_default();
    // `Retry done, please advise` is of an attempt.
    let whole = matches!(stated.as_slice(), [_] | ["all" | "now" | "it's" | "policy" | "access" | "grant", _]);
    whole && stated.last().is_some_and(|word| DONE.contains(word)) && words.len() <= 8
}

/// `Ticket CHG0031: implemented`
fn is_end_of_ticket(sentence: &str) -> bool {
    let Some((label, rest)) = sentence.rsplit_once(": ") else { return false };
    let (label, rest) = (words_of(label), words_of(rest));
    let is_ticket = |word: &&str| TICKETS.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-'));
    rest.len() == 1
        && rest.first().is_some_and(|word| DONE.contains(word))
        && label.len() <= 3
        && label.first().is_some_and(|word| is_ticket(word) && (*word != "request" || label.len() > 1))
}

fn is_carried(words: &[&str]) -> bool {
    let has = |any: &[&str]| words.iter().any(|word| any.contains(word));
    let starts = |stems: &[&str]| words.iter().any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    let row = |one: &[&str], two: &[&str]| {
        words.windows(2).any(|pair| matches!(pair, [a, b] if one.contains(a) && two.contains(b)))
    };
    let of_change = || {
        starts(&["polic", "richtlini", "access", "assignment", "grant", "permission", "change", "configuration"])
            || has(&["fix"])
    };
    let last = words.last().copied().unwrap_or_default();
    // `I have granted it`
    let did_it = || {
        let [.., verb, _] = words else { return false };
        DONE.contains(verb)
            && ["it", "this", "that", "everything"].contains(&last)
            && words.iter().any(|word| SOMEBODY.contains(word) || *word == "i've" || *word == "we've")
    };
    // `took care of it`
    let cared = || {
        words.windows(3).any(|part| matches!(part, ["took" | "taken", "care", "of"]))
            && ["it", "this", "that"].contains(&last)
    };
    // `the rollout of the policy is complete`, `change request approved and carried out`
    let ended = || {
        of_change()
            && (row(
                &["is", "was", "are", "been", "now"],
                &["complete", "completed", "done", "finished", "implemented"],
            ) || starts(&["change", "request"]) && row(&["carried"], &["out"]))
    };
    // `configuration corrected`
    let corrected = || {
        const PLAIN: [&str; 14] = [
            "the",
            "our",
            "your",
            "this",
            "configuration",
            "config",
            "setup",
            "settings",
            "has",
            "have",
            "been",
            "was",
            "now",
            "is",
        ];
        has(&["configuration", "config", "setup", "settings"])
            && ["corrected", "fixed", "repaired", "adjusted"].contains(&last)
            && words.iter().rev().skip(1).all(|word| PLAIN.contains(word))
    };
    // `access has been enabled for the user`
    let opened = || {
        const WHO: [&str; 9] = ["user", "app", "application", "him", "her", "them", "account", "us", "organizer"];
        words.first().is_some_and(|word| ["access", "the"].contains(word))
            && has(&["access"])
            && row(&["been", "was", "is"], &["enabled", "granted", "given", "opened", "provided", "approved"])
            && has(&WHO)
            && !has(&["token", "tokens"])
            && words.iter().any(|word| AUXILIARY.contains(word))
    };
    // `as of today the user is covered`
    let covered = || {
        (words.windows(2).any(|pair| pair == ["as", "of"]) || has(&["now", "since"]))
            && row(&["is", "are"], &["covered", "included", "permitted", "entitled", "authorised", "authorized"])
            && has(&["user", "users", "app", "account", "he", "she", "they", "it", "organizer"])
    };
    // `IT says it is in place`
    let in_place = || {
        has(&["says", "said", "confirms", "confirmed", "told", "reports", "writes"])
            && words.windows(4).any(|part| matches!(part, ["it" | "everything", "is", "in", "place"]))
            && last == "place"
    };
    // `la stratégie a été attribuée`
    let french = || {
        starts(&["stratégie", "strategie", "autorisation"])
            && starts(&["attribué", "accordé", "ajouté", "modifié", "supprimé", "appliqué"])
            && !has(&["pas", "jamais", "sera", "doit", "si"])
    };
    did_it() || cared() || ended() || corrected() || opened() || covered() || in_place() || french()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_as_carried_out() {
        for text in [
            "admin: i have granted it, please retry.",
            "should be fixed now",
            "the fix is implemented.",
            "ticket chg0031: implemented.",
            "done, please test again.",
            "the rollout of the policy is complete.",
            "configuration corrected",
            "the configuration has been corrected.",
            "access has been enabled for the user.",
            "change request approved and carried out.",
            "as of today the user is covered.",
            "it says it is in place.",
            "it took care of it.",
            "it says they took care of it.",
            "la stratégie a été attribuée à l'utilisateur.",
        ] {
            assert!(is_told(text), "{text}");
        }
        for text in [
            "should this be fixed now?",
            "how should it be fixed now",
            "the rollout of the policy is not complete.",
            "the rollout of the policy will be complete tomorrow",
            "job 12: completed",
            "step 3: done",
            "request: completed",
            "retry done, please advise",
            "the access token was granted for the user",
            "build finished",
            "deployment completed successfully",
            "the page loads, please test again",
            "we added the app id to the configuration",
            "access has not been enabled for the user.",
            "who took care of it?",
            "i have not granted it",
            "please tell me if it is in place",
            "la stratégie n'est pas attribuée",
            "the user is included in the path",
            "add your app id to the policy once it is complete",
        ] {
            assert!(!is_told(text), "{text}");
        }
    }
}
