//! The literal that a message is in. The catalogue knows the part of a message that tells one from another: what the
//! service says before and behind it is a part of the same words, and whoever quotes them quotes both.

use super::Span;
use crate::source::slice;

/// How much of a line is looked at on either side.
const REACH: usize = 300;
/// So much of a message may stand before the words that the catalogue knows.
const LEAD: usize = 120;

/// What opens a literal, and what closes it.
const MARKS: [(char, char); 6] = [('"', '"'), ('`', '`'), ('“', '”'), ('„', '“'), ('\'', '\''), ('>', '<')];

/// The whole of the literal that holds the words at `hit` and else only what the service says with them; nothing where
/// there is none, or where it holds no more than they.
pub(super) fn around(text: &str, hit: Span) -> Option<Span> {
    let before = slice(text, hit.start.saturating_sub(REACH)..hit.start).rsplit(['\n', '\r']).next()?;
    let behind = slice(text, hit.end..hit.end.saturating_add(REACH));
    let after = behind.split(['\n', '\r']).next()?;
    // Where the text is cut, the literal may have been closed.
    let is_cut = behind.len() < REACH && after.len() == behind.len();
    let openings = MARKS.iter().filter_map(|(open, close)| Some((before.rfind(*open)?, *open, *close)));
    let (at, open, close) = openings.filter(|(at, open, _)| is_open(before, *at, *open)).max_by_key(|it| it.0)?;
    // What a sign-in answers with is no literal of somebody's.
    let key = before.get(..at)?.trim_end_matches([' ', ':', '=', '\\', '"', '\'']);
    if key.ends_with("error_description") {
        return None;
    }
    let lead = before.get(at + open.len_utf8()..)?;
    if lead.len() > LEAD || !is_of_service(lead) {
        return None;
    }
    let escaped = before.get(..at)?.ends_with('\\');
    let end = match end_of(after, close, escaped) {
        Some(end) => end,
        None if is_cut && close != '\'' => after.len(),
        None => return None,
    };
    // A line of nothing else is what was printed.
    let rest = after.get(end..).unwrap_or_default().trim_start_matches(close).trim();
    if before.get(..at)?.trim().is_empty() && rest.is_empty() {
        return None;
    }
    let whole = Span::new(hit.start - lead.len(), hit.end + end);
    (whole != hit).then_some(whole)
}

/// Whether a mark opens a literal that the line's end does not close; an apostrophe opens none.
fn is_open(line: &str, at: usize, mark: char) -> bool {
    let head = line.get(..at).unwrap_or_default();
    match mark {
        '>' => head.rfind('<').is_some_and(|tag| !head.get(tag..).unwrap_or_default().contains('>')),
        '\'' => !head.ends_with(char::is_alphanumeric) && !line.get(at + 1..).unwrap_or_default().is_empty(),
        '"' | '`' => line.matches(mark).count() % 2 == 1,
        _ => true,
    }
}

fn end_of(after: &str, close: char, escaped: bool) -> Option<usize> {
    let slashes = |at: usize| after.get(..at).is_some_and(|head| head.ends_with('\\'));
    let ends = |at: usize| {
        let rest = after.get(at + close.len_utf8()..).unwrap_or_default();
        close != '\'' || !rest.starts_with(|c: char| c.is_alphanumeric())
    };
    let (end, _) = after.match_indices(close).find(|(at, _)| slashes(*at) == escaped && ends(*at))?;
    Some(if escaped { end - 1 } else { end })
}

/// `400 `, `AADSTS700016: `, `Operation: Create; Exception: [Reason: `: names and numbers, and no words of a sentence.
fn is_of_service(lead: &str) -> bool {
    let word = |word: &str| word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    lead.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()).all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "Meeting Id is corrupted";

    fn literal(text: &str) -> Option<&str> {
        let at = text.find(WORDS)?;
        around(text, Span::new(at, at + WORDS.len())).map(|span| slice(text, span.start..span.end))
    }

    #[test]
    fn a_literal_has_all_that_the_service_says() {
        for (text, whole) in [
            ("say \"400 Meeting Id is corrupted. Try 'x'.\", now", "400 Meeting Id is corrupted. Try 'x'."),
            ("<s name=\"a\">Meeting Id is corrupted. Try it.</s>", "Meeting Id is corrupted. Try it."),
            ("\\\"Meeting Id is corrupted.\\\": 1", "Meeting Id is corrupted."),
            ("in `Reason: Meeting Id is corrupted`", "Reason: Meeting Id is corrupted"),
            ("say \"Meeting Id is corrupted. Try", "Meeting Id is corrupted. Try"),
        ] {
            assert_eq!(literal(text), Some(whole), "{text}");
        }
        for text in [
            "Meeting Id is corrupted.",
            "\"a\": Meeting Id is corrupted.",
            "\"the call failed: Meeting Id is corrupted.\"",
            "don't: Meeting Id is corrupted.",
            "\"Meeting Id is corrupted. Try\nit\"",
            "a -> b: Meeting Id is corrupted.",
            "code();\n  \"Meeting Id is corrupted. Try it.\"\nmore();",
            "{\"error\":\"x\",\"error_description\":\"Meeting Id is corrupted. Try it.\"}",
        ] {
            assert_eq!(literal(text), None, "{text}");
        }
    }
}
