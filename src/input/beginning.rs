//! Messages of which the text has only the beginning: a client cut them, the text ends there, a cell was too narrow. What
//! is left tells the message where it stands as one does, and begins no other one that is known.

use std::collections::BTreeSet;

use memchr::memmem;

use super::dense::Dense;
use super::meeting::uuid_in;
use super::pattern::{Capture, Hit, Triples, letters, messages};
use super::{Span, spoken, status};
use crate::knowledge::{Catalogue, Symptom};
use crate::source::slice;

/// The symptom whose first words are known wherever they stand, also where only their line ends.
const ANYWHERE: &str = "no-policy-for-app";
/// Its words are that many at least.
const SURE: usize = 5;
/// A beginning has so many letters, and so many words.
const LETTERS: usize = 20;
const FEW: usize = 3;
/// With so many letters it need not be half of the message.
const MANY: usize = 30;
/// Between words and the id that they lead to.
const GAP: usize = 4;
/// What stands for any text in a message, how many letters it has at most, and by how many the next words are known.
const ANY: &str = "*";
const ANY_LETTERS: usize = 40;
const HEAD: usize = 8;
/// Before what is said no more is looked at.
const LEAD: usize = 120;

/// Sentences of the service and of others that go on in several ways: what is left has to say which.
const STEMS: [&str; 9] = [
    "resourcenotfoundforthesegment",
    "userdoesnothaveaccessto",
    "insufficientprivilegesto",
    "applicationisnotregisteredin",
    "applicationisnotallowedto",
    "therequestisnotauthorized",
    "therequestedresourceisnot",
    "missingrequiredpermission",
    "couldnotfindapropertynamed",
];

/// A message as far as its beginning is compared: its letters up to a gap, and what it names before them.
struct Message<'c> {
    symptom: &'c Symptom,
    /// Parts of letters with the id that stands before each, but for the first.
    parts: Vec<Part<'c>>,
}

struct Part<'c> {
    /// The id that stands before it.
    slot: Option<&'c str>,
    text: &'c str,
    letters: Vec<u8>,
}

impl Part<'_> {
    /// Whether a word goes on behind so many of its letters.
    fn cuts_word(&self, letters: usize) -> bool {
        let bytes = self.text.as_bytes();
        let mut places = bytes.iter().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric()).map(|(at, _)| at);
        let last = letters.checked_sub(1).and_then(|last| places.nth(last));
        last.and_then(|last| bytes.get(last + 1)).is_some_and(u8::is_ascii_alphanumeric)
    }
}

impl<'c> Message<'c> {
    /// A message whose beginning may be known; none for words that stand in prose too.
    fn of(symptom: &'c Symptom, message: &'c str) -> Option<Self> {
        if symptom.both || symptom.wrapper || symptom.common || symptom.weak && message.len() < LETTERS * 2 {
            return None;
        }
        let mut parts = Vec::new();
        let (mut name, mut rest): (Option<&str>, &str) = (None, message);
        loop {
            let end = rest.find(['*', '{']).unwrap_or(rest.len());
            let text = rest.get(..end)?;
            parts.push(Part { slot: name, text, letters: letters(text) });
            rest = rest.get(end..)?;
            // What stands for any text is short.
            if let Some(behind) = rest.strip_prefix('*') {
                (name, rest) = (Some(ANY), behind);
                continue;
            }
            let Some((slot, behind)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else { break };
            if !slot.ends_with("-id") {
                break;
            }
            (name, rest) = (Some(slot), behind);
        }
        Some(Self { symptom, parts })
    }

    fn len(&self) -> usize {
        self.parts.iter().map(|part| part.letters.len()).sum()
    }

    /// Where the text stops to be the message that begins at `start`, how many letters it has of it, and whom it names;
    /// nothing where it does not stop inside the letters of a part: then it may be whole.
    fn follow(&self, text: &str, dense: &Dense, start: usize) -> Option<(usize, usize, Vec<Capture>)> {
        let (mut at, mut count) = (start, 0);
        let mut captures = Vec::new();
        for Part { slot, letters, .. } in &self.parts {
            if *slot == Some(ANY) {
                let head = letters.get(..letters.len().min(HEAD))?;
                let rest = dense.bytes.get(at..)?;
                at += memmem::find(rest.get(..rest.len().min(ANY_LETTERS + HEAD))?, head)?;
            } else if let Some(slot) = slot {
                let last = dense.offset(at.checked_sub(1)?)?;
                let from = dense.offset(at)?;
                let gap = text.get(last + 1..from)?;
                let leads =
                    gap.len() <= GAP && gap.chars().all(|c| matches!(c, ' ' | ':' | '"' | '\'' | '`' | '(' | '\\'));
                let (_, end) = uuid_in(text, from).filter(|_| leads)?;
                captures.push(Capture { slot: (*slot).to_owned().into(), span: Span::new(from, end) });
                while dense.offset(at).is_some_and(|place| place < end) {
                    at += 1;
                }
            }
            let rest = dense.bytes.get(at..).unwrap_or_default();
            let same = letters.iter().zip(rest).take_while(|(one, other)| one == other).count();
            (at, count) = (at + same, count + same);
            if same < letters.len() {
                return (same > 0).then_some((at, count, captures));
            }
        }
        None
    }
}

/// Finds the beginnings of messages.
///
/// `whole` are those that stand there whole: what was left out of their middle is in them.
pub(super) fn find<'c>(
    text: &str,
    dense: &Dense,
    triples: &Triples,
    catalogue: &'c Catalogue,
    whole: &[Hit<'c>],
) -> Vec<Hit<'c>> {
    let mut hits: Vec<Hit<'c>> = Vec::new();
    let mut taken = BTreeSet::new();
    for (symptom, message) in messages(catalogue) {
        // Most messages are not here: no more of each is looked at than tells that.
        if !triples.may_hold(message.get(..LETTERS.min(message.len())).unwrap_or_default()) {
            continue;
        }
        if message.split(['*', '{']).next().is_none_or(|first| first.len() < FEW * 4) {
            continue;
        }
        let Some(message) = Message::of(symptom, message) else { continue };
        let Some(beginning) = message.parts.first().and_then(|first| first.letters.get(..first.letters.len().min(12)))
        else {
            continue;
        };
        let mut last: Option<(usize, bool)> = None;
        let of_it = whole.iter().filter(|hit| hit.symptom.name == symptom.name).map(|hit| hit.span.start);
        let of_it: BTreeSet<usize> = of_it.collect();
        for start in memmem::find_iter(&dense.bytes, beginning) {
            if dense.touches_next(start.checked_sub(1)) {
                continue;
            }
            let Some((end, count, captures)) = message.follow(text, dense, start) else { continue };
            let Some(span) = dense.span(start, end) else { continue };
            let goes_on = || of_it.range(span.end..span.end + LEAD).next().is_some();
            if of_it.contains(&span.start) || goes_on() || !message.is_told(text, span, count) {
                continue;
            }
            // The same part of the message again is the beginning of as many.
            let plain = captures.is_empty();
            let known = last.filter(|(known, _)| plain && *known == count).map(|(_, alone)| alone);
            let alone = known.unwrap_or_else(|| message.is_alone(text, span, catalogue));
            last = plain.then_some((count, alone));
            if alone && taken.insert(span.start) {
                hits.push(Hit { symptom, span, captures, torn: true });
            }
        }
    }
    hits
}

impl Message<'_> {
    /// Whether a part of the text is enough of the message, breaks off, and stands where a message stands.
    fn is_told(&self, text: &str, span: Span, count: usize) -> bool {
        let whole = self.len();
        if count >= whole || count * 2 < whole && count < MANY || count < LETTERS {
            return false;
        }
        let words = slice(text, span.start..span.end).split_whitespace().count();
        if self.symptom.name == ANYWHERE {
            return if words < SURE { is_shortened(text, span.end) } else { breaks_off(text, span.end) };
        }
        words >= FEW
            && (is_shortened(text, span.end) || self.ends_inside(text, span, count))
            && stands_as_message(text, span)
    }

    /// Whether the text ends with these words, inside a word of the message or inside a quote that is open; or with most
    /// of the message.
    fn ends_inside(&self, text: &str, span: Span, count: usize) -> bool {
        let opened = slice(text, span.start.saturating_sub(LEAD)..span.start).ends_with(['"', '\'', '`', '“']);
        let mut left = count;
        let in_word = self.parts.iter().any(|part| {
            let here = left.min(part.letters.len());
            left -= here;
            part.cuts_word(here)
        });
        let is_most = count * 4 >= self.len() * 3;
        text.get(span.end..).unwrap_or_default().trim().is_empty() && (opened || in_word || is_most)
    }

    /// Whether no other message that is known begins with these words, and they are no sentence that goes on in several
    /// ways.
    fn is_alone(&self, text: &str, span: Span, catalogue: &Catalogue) -> bool {
        let said = letters(slice(text, span.start..span.end));
        let stem = |stem: &&str| stem.as_bytes().starts_with(&said);
        let other = |(symptom, message): (&Symptom, &crate::knowledge::Text)| {
            symptom.name != self.symptom.name
                && !(symptom.weak && self.symptom.name == ANYWHERE)
                && letters(message).starts_with(&said)
        };
        !STEMS.iter().any(stem) && !messages(catalogue).any(other)
    }
}

/// Whether nothing but marks of an omission follows on the line.
fn breaks_off(text: &str, end: usize) -> bool {
    let rest = text.get(end..).unwrap_or_default();
    let mark = |c: char| matches!(c, '.' | '…' | '"' | '\'' | '`' | '\\' | ' ' | '\t' | ')' | ']' | '}' | ',');
    let behind = rest.trim_start_matches(mark);
    is_shortened(text, end) || behind.is_empty() || behind.starts_with(['\n', '\r'])
}

/// Whether a mark follows that something is left out.
fn is_shortened(text: &str, end: usize) -> bool {
    let rest = text.get(end..).unwrap_or_default();
    let omitted = rest.trim_start_matches(['.', ' ', '[', '(']);
    rest.starts_with("...") || omitted.starts_with('…') || omitted.starts_with("truncated")
}

/// Whether what leads to words leads to a message: the key of one, a status, a code, the class of an exception.
fn stands_as_message(text: &str, span: Span) -> bool {
    const CODES: &str = "General|InvalidArgument|UnknownError|InvalidAuthenticationToken|ExtensionError|\
        AuthenticationError|Authorization_RequestDenied|InsufficientPrivileges|AccessDenied";
    const KEYS: &str = "message|errormessage|msg|error|detail|details|reason|description|errordescription|err";
    let lead = slice(text, span.start.saturating_sub(LEAD)..span.start);
    let lead = lead.rsplit(['\n', '\r']).next().unwrap_or_default();
    // `3003: `, and the mark behind a code, in quotes or not.
    let is_mark = |c: char| c.is_whitespace() || "\"'`\\“:=-–—>|,;()[]/".contains(c);
    let head = lead.trim_end_matches(is_mark);
    let between = lead.get(head.len()..).unwrap_or_default();
    if between.is_empty() {
        return false;
    }
    let word = head.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
    let key: String = word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let is_number = || (3..=4).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    // `ERROR graph: …`
    let is_record = || between.contains(':') && spoken::begins_record(lead);
    let is_class = || ["Error", "Exception"].iter().any(|end| word.ends_with(end) && word.len() > end.len());
    between.contains([':', '=']) && (spoken::is_one_of(KEYS, &key) || is_class())
        || is_number()
        || is_record()
        || status::is_reason(word)
        || spoken::is_one_of(CODES, word)
}
