//! Which of the failures that somebody tells of is the present one: `Last week we had 403 …, that is fixed. Now we get …`.
//! It is told first; nothing else changes.

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
const PAST: &str =
    "previously|earlier|initially|originally|formerly|yesterday|before|had|fixed|solved|resolved|not|isn't|wasn't";
const PAST_PHRASES: &str = "last week|last month|last time|last year|used to|at first|first we|first i |no longer";
/// What follows a failure that is over.
const OVER: &str = "is fixed|is solved|is resolved|is gone|was fixed|was solved|was resolved|has been fixed|went away|\
    no longer|any more|anymore|fixed now|are fixed|are gone";
/// Words of a sentence about what is so, and what a denied one leads on to.
const PRESENT: &str = "now|currently|today|nowadays|but|instead";

/// Puts failures that are told as over, or as not this one, behind the one that is told as the present one.
pub(super) fn first(text: &str, incidents: &mut [Incident]) {
    if !(2..=FEW).contains(&incidents.len()) {
        return;
    }
    let told: Vec<Told> = (0..incidents.len()).map(|index| of(text, incidents, index)).collect();
    let Some(present) = told.iter().position(|told| *told == Told::Present) else { return };
    let over = told.iter().take_while(|told| **told == Told::Past).count();
    // Between what is over and what is present nothing else may stand.
    if over > 0 && over == present {
        incidents.rotate_left(over);
    }
}

/// How a failure is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Past,
    Present,
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
    let clause = tail.trim_start_matches(|c: char| !c.is_alphanumeric());
    let clause = clause.split([';', '\n', '.']).next().unwrap_or_default();
    if has_word(PAST, &lead) || holds_one_of(PAST_PHRASES, &lead) || holds_one_of(OVER, clause) {
        // `We fixed the policy, but now it is …` tells of what is.
        let last = lead.rsplit([',', ';']).next().unwrap_or_default();
        return if has_word("now|currently", last) { Told::Present } else { Told::Past };
    }
    if has_word(PRESENT, &lead) { Told::Present } else { Told::Plain }
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
        ] {
            assert!(!is_turned(text), "{text}");
        }
    }
}
