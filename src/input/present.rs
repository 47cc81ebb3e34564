//! Which of the failures that somebody tells of is the present one: `Last week we had 403 …, that is fixed. Now we get …`.
//! It is told first, and the writer's own failures before what others say; nothing else changes.

use super::guard::has_word;
use super::spoken::holds_one_of;
use super::{Incident, Span, beside};
use crate::source::slice;

/// Whoever tells of more has a log.
const FEW: usize = 8;
/// What is said of a failure does not stand further before it.
const LEAD: usize = 240;
/// Nor further behind it.
const TAIL: usize = 100;

/// So many lines stand between what leads to an answer and the answer.
const BETWEEN: usize = 4;

/// Words of a sentence about what was so.
const PAST: &str = "previously|earlier|initially|originally|formerly|yesterday|before|had|fixed|solved|resolved|not|\
    isn't|wasn't|old|former|previous|was|until|ago";
const PAST_PHRASES: &str = "last week|last month|last time|last year|used to|at first|first we|first i |no longer";
/// Words of a sentence that leaves no doubt: what follows the failure in it is what is so, whatever leads to that.
const DENIED: &str = "not the|isn't the|wasn't the|unlike |instead of|rather than|i expected|we expected|expected:|until |before the |\
    docs say|documentation says|know that|another customer|another tenant|other customer|colleague's|we fixed|i fixed|\
    after solving|after fixing|after resolving|changed from|went from|not see|don't see|no longer|do not get|don't get";
/// What follows a failure that is over.
const OVER: &str = "is fixed|is solved|is resolved|is gone|was fixed|was solved|was resolved|has been fixed|went away|\
    no longer|any more|anymore|fixed now|are fixed|are gone|-> solved|-> fixed|is closed|was closed|expected)";
/// Words of a sentence about what is so, and what a denied one leads on to.
const PRESENT: &str = "now|currently|today|nowadays|but|instead|new|current|actual|actually|since";

/// Puts failures that are told as over, or as not this one, behind the one that is told as the present one.
pub(super) fn first(text: &str, incidents: &mut [Incident]) {
    if !(2..=FEW).contains(&incidents.len()) {
        return;
    }
    let told: Vec<Told> = (0..incidents.len()).map(|index| of(text, incidents, index)).collect();
    let is_over = |told: &Told| matches!(told, Told::Past | Told::Denied);
    let over = told.iter().take_while(|told| is_over(told)).count();
    // Between what is over and what is present nothing else may stand.
    let denied = over.checked_sub(1).and_then(|last| told.get(last)) == Some(&Told::Denied);
    let is_present = told.get(over).is_some_and(|next| *next == Told::Present || denied && *next == Told::Led);
    if over > 0 && is_present {
        for hit in incidents.iter_mut().take(over).flat_map(|incident| &mut incident.symptoms) {
            hit.over = true;
        }
        incidents.rotate_left(over);
    }
}

/// Puts what is the writer's own failure before words that are another's, a page's, expected or told generally.
/// What a log says keeps its place, and so do words that the writer's own failure has too.
pub(super) fn own_first(text: &str, incidents: &mut [Incident]) {
    let is_own = |incident: &Incident| {
        incident.symptoms.is_empty() || incident.symptoms.iter().any(|hit| !hit.spoken && !hit.over)
    };
    if incidents.len() < 2 || !incidents.iter().any(|incident| !is_own(incident)) {
        return;
    }
    let own = incidents.iter().filter(|incident| is_own(incident)).flat_map(|incident| &incident.symptoms);
    let own: std::collections::HashSet<String> = own.map(|hit| hit.symptom.to_string()).collect();
    let is_logged = |incident: &Incident| {
        let line = beside::line_of(text, incident.span.start);
        beside::begins_entry(slice(text, line.start..line.end.min(line.start.saturating_add(LEAD))))
    };
    let is_behind = |incident: &Incident| {
        let said = || incident.symptoms.iter().any(|hit| own.contains(hit.symptom.as_ref()));
        !is_own(incident) && !said() && (incident.symptoms.iter().all(|hit| hit.over) || !is_logged(incident))
    };
    if !own.is_empty() {
        crate::order::sort_by_key(incidents, is_behind);
    }
}

/// Whether a sentence leaves no doubt that its failure is not the present one.
pub(super) fn is_denied(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    holds_one_of(DENIED, &lower) || ["is not \"", "isn't \"", "was not \""].iter().any(|not| lower.contains(not))
}

/// How a failure is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Past,
    /// Past, or not this one, in so many words.
    Denied,
    Present,
    /// In words that say nothing of when.
    Led,
    Plain,
}

fn of(text: &str, incidents: &[Incident], index: usize) -> Told {
    let Some(own) = incidents.get(index).map(|incident| incident.span) else { return Told::Plain };
    let end_above = index.checked_sub(1).and_then(|above| incidents.get(above)).map_or(0, |above| above.span.end);
    let line = beside::line_of(text, own.start);
    if beside::begins_entry(slice(text, line.start..line.end)) {
        return Told::Plain;
    }
    let lead = lead(text, own, end_above.min(own.start));
    let next = incidents.get(index + 1).map_or(text.len(), |next| next.span.start);
    let tail = slice(text, own.end..next.max(own.end).min(own.end.saturating_add(TAIL)));
    let tail = tail.to_lowercase();
    // `…, that is fixed. Now we get …`: the first sentence behind it, or the rest of its own.
    let clause = tail.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '-');
    let clause = clause.split([';', '\n', '.']).next().unwrap_or_default();
    let labelled = lead.trim() == "expected";
    // `It is not "…". We see …`
    let is_not = ["is not", "isn't", "was not", "wasn't"].iter().any(|end| lead.trim_end().ends_with(end));
    if labelled || is_not || holds_one_of(DENIED, &lead) || holds_one_of(OVER, clause) {
        let last = lead.rsplit([',', ';']).next().unwrap_or_default();
        return if has_word("now|currently", last) { Told::Present } else { Told::Denied };
    }
    if has_word(PAST, &lead) || holds_one_of(PAST_PHRASES, &lead) || holds_one_of(OVER, clause) {
        // `We fixed the policy, but now it is …` tells of what is.
        let last = lead.rsplit([',', ';']).next().unwrap_or_default();
        return if has_word("now|currently", last) { Told::Present } else { Told::Past };
    }
    // `Error is: …`, below one that was.
    let says = lead.strip_suffix(" is").is_some_and(|lead| has_word("error|message|answer|response", lead));
    if has_word(PRESENT, &lead) || says {
        Told::Present
    } else if lead.contains(char::is_alphabetic) {
        Told::Led
    } else {
        Told::Plain
    }
}

/// The sentence that leads to a failure, in lower case.
fn lead(text: &str, failure: Span, from: usize) -> String {
    let head = slice(text, from.max(failure.start.saturating_sub(LEAD))..failure.start);
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ':' | '*' | '>' | '[' | '{' | '(');
    let mut head = head.trim_end_matches(is_mark);
    let last = |head: &str| head.rsplit('\n').next().unwrap_or_default().to_owned();
    let mut line = last(head);
    // The beginning of the object, its first members and the mark of a fence stand between.
    for _ in 0..BETWEEN {
        let begins = line.trim_start();
        let is_member = begins.starts_with('"') && line.len() < head.len();
        if !is_member && !begins.starts_with('{') && !begins.starts_with("```") {
            break;
        }
        head = slice(head, 0..head.len() - line.len()).trim_end_matches(is_mark);
        line = last(head);
    }
    // What leads to words within an object leads to the object.
    let sentence = line.split('{').next().unwrap_or_default().rsplit(['!', '?']).next().unwrap_or_default();
    sentence.rsplit(". ").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Facts;

    /// Which of the failures `A…` and `B…` is first.
    fn is_turned(text: &str) -> bool {
        let incident = |mark: char| {
            let at = text.find(mark).unwrap_or_default();
            Incident { span: Span::new(at, at + 1), symptoms: Vec::new(), facts: Facts::default() }
        };
        let mut incidents = [incident('Ä'), incident('Ö')];
        first(text, &mut incidents);
        incidents
            .first()
            .is_some_and(|it| it.span.start > 0 && text.get(it.span.start..).is_some_and(|rest| rest.starts_with('Ö')))
    }

    #[test]
    fn what_is_so_goes_before_what_was() {
        for text in [
            "Last week we had <403 Ä>, that is fixed. Now we get <Ö>",
            "Previously: Ä\nNow: Ö",
            "It is not \"Ä\" but \"Ö\".",
            "We fixed the \"Ä\" error, but now every call fails with {\"error\": \"Ö",
            "Before the change we got\n\n{\"error\": \"Ä\"}\n\nAfter the grant we now get\n\n{\"error\": \"Ö\"}",
            "403 Ä is gone. Currently: Ö",
            "It is NOT the \"Ä\" error, that one we know. What we see is Ö",
            "It is not \"Ä\". We see a 404 Ö",
            "This is not the usual \"Ä\". Graph answers: Ö",
            "Unlike the earlier \"Ä\" this is Ö",
            "Until Monday: \"Ä\". Since Monday: Ö",
            "The docs say that \"Ä\" comes when the switch is off. The switch is on and we get Ö",
            "My colleague's app had \"Ä\", ours has Ö",
            "Another customer reported \"Ä\"; our error is Ö",
            "We fixed \"Ä\" by turning the switch on. Next error: Ö",
            "\"Ä\" -> solved. Then: Ö",
            "After solving \"Ä\" (thanks!) I am stuck at Ö",
            "Instead of \"Ä\" I now receive Ö",
            "I expected \"Ä\" but got Ö",
            "expected: Ä\nactual: Ö",
            "The error changed from \"Ä\" to Ö",
            "We do not see \"Ä\" any more, only Ö",
            "old error: Ä\nnew error: Ö",
            "Error was: \"Ä\". Error is: Ö",
            "> Until Monday: \"Ä\".\n> Since Monday: Ö",
            "{\"level\":\"warn\"}\nFirst we got: Ä\n\nAfter the grant we now get:\n\n```json\n{\n  \"error\": \"Ö\"\n}\n```",
        ] {
            assert!(is_turned(text), "{text}");
        }
        for text in [
            "Ä Last week we had Ö",
            "First call: Ä\nSecond call: Ö",
            "We get Ä and now also Ö",
            "We now get Ä. Last week we had Ö",
            "2026-11-20T10:00:00Z ERROR it is not Ä\n2026-11-20T10:00:01Z ERROR now Ö",
            "Last week we had Ä. The week before Ö",
            "The call was refused: Ä\nThe second call was refused: Ö",
            "The first answer was Ä, the second Ö",
            "The list could not be read: Ä\nThen the meeting: Ö",
            "Graph says Ä. We expected Ö",
            "Until Monday: Ä. Until Tuesday: Ö",
        ] {
            assert!(!is_turned(text), "{text}");
        }
    }
}
