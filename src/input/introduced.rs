//! What the sentence above says of what stands below it: `You may see the following error:`. What may be answered, and
//! what an answer looks like, was not answered.

use super::spoken::{begins_record, holds_one_of, is_one_of, words};
use crate::source::slice;

/// How far above the sentence may stand.
const REACH: usize = 2_000;
/// Lines of a head, of a fence and of brackets between the sentence and the words.
const LINES: usize = 16;
/// A sentence has so many words.
const FEW: usize = 3;

/// What tells a possibility, or what a page explains.
const MAY: &str = "may see|may get|may receive|may return|may encounter|may fail|may occur|may look|may be returned|\
    may respond|may answer|may contain|might see|might get|might receive|might return|might encounter|might fail|\
    might occur|might look|might be returned|might respond|can return|can get|can occur|can be returned|can receive|\
    could return|could get|could see|could receive|would see|would get|would return|would look|if you see|if you get|\
    if you receive|if you encounter|in case you|one of the following|is returned when|is returned if|are returned when|\
    is thrown when|is thrown if|occurs when|occurs if|happens when|appears when|such as|for instance|will return|\
    will fail|will be returned|will receive|will respond|will answer";
/// Who tells what happened to them.
const PERSON: &str = "i|we|my|our|me|us|i'm|i've|we've|we're";
/// What is shown as an example, by its first word and by one of these.
const SHOWN: &str = "response|responses|error|errors|answer|output|body|payload|message|failure|result|returned";

/// Whether what begins at a place is led to as a possibility or as an example.
pub(super) fn is_introduced(text: &str, at: usize) -> bool {
    let head = slice(text, at.saturating_sub(REACH)..at);
    let mut lines = head.rsplit('\n');
    let own = lines.next().unwrap_or_default();
    if own.chars().any(char::is_alphanumeric) && !is_between(own.trim_start()) {
        return false;
    }
    let bare = |line: &str| line.trim_start_matches(['>', '|', ' ', '\t']).trim_end().to_owned();
    let lead = lines.take(LINES).map(bare).find(|line| !is_between(line)).unwrap_or_default();
    !begins_record(&lead) && (is_possible(&lead) || is_shown(&lead))
}

/// Whether a line only leads from a sentence to an answer: a bracket, a fence, a status line, a header, a key.
fn is_between(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    let is_header = line.len() > name.len()
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '"' | '\'' | '{' | '_'))
        && !line.ends_with(':');
    !line.chars().any(char::is_alphanumeric)
        || line.starts_with("```")
        || line.starts_with("~~~")
        || line.starts_with("HTTP/")
        || is_header
}

/// `You may see the following error:`; what somebody saw is told in the first person.
fn is_possible(line: &str) -> bool {
    let ends = |marks: [char; 2]| line.trim_end_matches(['*', '_', ' ']).ends_with(marks);
    let lower = line.to_lowercase();
    let leads = ends([':', '：']) || ends(['.', '…']) && holds_one_of("following|below|like this", &lower);
    let sentence = lower.trim_end_matches([':', '.', ' ', '*']).rsplit(". ").next().unwrap_or_default();
    leads && words(sentence) >= FEW && holds_one_of(MAY, sentence) && !tells_person(sentence)
}

fn tells_person(sentence: &str) -> bool {
    sentence.split(|c: char| !(c.is_alphanumeric() || c == '\'')).any(|word| is_one_of(PERSON, word))
}

/// `### Example response`, `Expected result:`, `The following example shows the response.`
fn is_shown(line: &str) -> bool {
    const EXAMPLE: &str = "example|sample|examples|samples";
    /// What points at what is shown.
    const POINTS: &str = "following|below|here|this|shows|show";
    /// What only a telling of what happened has.
    const HAPPENED: &str = "production|prod|log|logs|today|yesterday|since|ticket|trace|customer|user|actual|got";
    let lower = line.trim_start_matches(['#', '*', '_', ' ', '<']).to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let (first, rest) = words.split_first().map_or(("", &[][..]), |(first, rest)| (*first, rest));
    let any = |words: &[&str], list: &str| words.iter().any(|word| is_one_of(list, word));
    let headed = is_one_of(EXAMPLE, first) && rest.len() < 8 && (rest.is_empty() || any(rest, SHOWN))
        || first == "expected" && rest.len() < 4 && any(rest, SHOWN);
    let pointed = any(&words, EXAMPLE) && any(&words, POINTS) && !any(&words, HAPPENED);
    (headed || pointed) && !tells_person(&lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lead: &str) -> bool {
        [
            "{\"error\":{}}",
            "{\n  \"error\": {}\n}",
            "```json\n{\n  \"error\": {}\n}\n```",
            "HTTP/1.1 403 Forbidden\ncontent-type: application/json\n\n{\"error\":{}}",
        ]
        .iter()
        .all(|object| {
            let text = format!("{lead}\n\n{object}\n");
            text.find("error\":").is_some_and(|at| is_introduced(&text, at))
        })
    }

    #[test]
    fn what_may_be_answered() {
        for lead in [
            "You may see the following error:",
            "If the policy is missing, the service might return:",
            "Reading fails in some tenants. The call can return the following error.",
            "The following error is returned when the app is not registered:",
            "### Example response",
            "**Sample error:**",
            "The following example shows what happens if transcript access is not enabled.",
            "Here is an example of the response.",
            "Expected response:",
            "Beginning in July the service will return:",
        ] {
            assert!(check(lead), "{lead}");
        }
    }

    #[test]
    fn what_was_answered() {
        for lead in [
            "",
            "I get the following error:",
            "If I call it for my own user, I can get this response:",
            "When we use an app token the service may return an error. Today we see the following:",
            "You can see the call below.",
            "The response is:",
            "Here is an example from the log of today:",
            "This is an example of what our users get:",
            "### Actual result",
            "2026-11-20T09:15:00Z WARN the call may fail, and it did:",
            "Examples of our own that work are many, this one fails today with the same error again:",
        ] {
            assert!(!check(lead), "{lead}");
        }
    }
}
