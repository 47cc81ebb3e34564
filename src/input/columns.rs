//! Sentences that an exporter broke: at the width of a column of its table, or into several of its events. What stands
//! between the parts, other columns and the heads of events, is no part of them.

use super::Span;
use super::collected::{Repeated, SOURCES, TEXTS, breaks_sentence};
use crate::both::holds_any;
use crate::source::slice;

/// Rows are no longer.
const MAX_ROW: usize = 4_096;
/// What stands between the texts of two events.
const BETWEEN: usize = 600;
/// A column begins at least so far in, where only blanks part it from others.
const INDENT: usize = 8;

/// What is no part of the sentences that stand around it.
pub(super) fn find(text: &str) -> Repeated {
    let mut repeated = Repeated { blank: of_tables(text), join: Vec::new() };
    for span in of_events(text) {
        // A blank parts the words, and the sentence is one again.
        repeated.blank.push(Span::new(span.start, span.start + 1));
        repeated.join.push(Span::new(span.start + 1, span.end));
    }
    repeated
}

/// The cells behind the one that goes on in the next row.
fn of_tables(text: &str) -> Vec<Span> {
    let mut blank = Vec::new();
    let mut head: Option<Row<'_>> = None;
    let mut start = 0;
    while start < text.len() {
        let rest = text.as_bytes().get(start..).unwrap_or_default();
        if let ([b'\n', next @ ..] | [b'\r', b'\n', next @ ..], None) = (rest, &head)
            && next.first().is_none_or(|byte| *byte != b' ')
        {
            start = text.len() - next.len();
            continue;
        }
        let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = slice(text, start..start + len).trim_end();
        if !(line.starts_with(['|', ' ']) || head.is_some()) {
            // Only a row that goes on is looked at: the next one begins with blanks.
            let next = rest.get(len + 1..).unwrap_or_default();
            if !next.starts_with(b"        ") {
                start += len + 1;
                continue;
            }
        }
        let row = (line.len() <= MAX_ROW && (line.starts_with('|') || line.contains("  "))).then_some(Row {
            line,
            start,
            told: false,
        });
        head = match (head.take(), row) {
            (Some(mut above), Some(row)) => {
                if above.goes_on_in(&row, &mut blank) {
                    // Further rows go on with the same cell.
                    Some(above)
                } else {
                    Some(row)
                }
            }
            (_, row) => row,
        };
        start += len + 1;
    }
    blank
}

/// A row of a table, and whether its other cells are told already.
struct Row<'t> {
    line: &'t str,
    start: usize,
    told: bool,
}

impl Row<'_> {
    fn goes_on_in(&mut self, below: &Row<'_>, blank: &mut Vec<Span>) -> bool {
        let others = piped(self.line, below.line).or_else(|| aligned(self.line, below.line));
        let Some(others) = others else {
            return false;
        };
        if !std::mem::replace(&mut self.told, true) {
            let words = |(from, to): &(usize, usize)| {
                let cell = slice(self.line, *from..*to);
                // A status or an id is worth more than a sentence.
                cell.contains(char::is_alphabetic) && !cell.contains(|c: char| c.is_ascii_digit())
            };
            let spans = others.into_iter().filter(words);
            blank.extend(spans.map(|(from, to)| Span::new(self.start + from, self.start + to)));
        }
        true
    }
}

/// `| a text that goes | Error |` above `| on here          |       |`: the cells behind the one that goes on.
fn piped(above: &str, below: &str) -> Option<Vec<(usize, usize)>> {
    let marks = |line: &str| line.match_indices('|').map(|(at, _)| at).collect::<Vec<_>>();
    let (columns, same) = (marks(above), marks(below));
    if columns.len() < 2 || columns != same {
        return None;
    }
    // The first mark may be gone, as that of a quotation.
    let columns: Vec<usize> = std::iter::once(0).chain(columns).collect();
    let cells: Vec<(usize, usize)> = columns
        .windows(2)
        .filter_map(|pair| pair.first().zip(pair.last()))
        .map(|(from, to)| (if *from == 0 { 0 } else { from + 1 }, *to))
        .collect();
    let filled = |line: &str| -> Vec<usize> {
        let has =
            |(from, to): &(usize, usize)| slice(line, *from..*to).contains(|c: char| !c.is_whitespace() && c != '|');
        cells.iter().enumerate().filter(|(_, cell)| has(cell)).map(|(index, _)| index).collect()
    };
    let own = filled(below);
    let [column] = own.as_slice() else { return None };
    let above = filled(above);
    (above.len() > 1 && above.contains(column)).then(|| cells.iter().skip(column + 1).copied().collect())
}

/// The same where blanks part the columns.
fn aligned(above: &str, below: &str) -> Option<Vec<(usize, usize)>> {
    let column = below.len() - below.trim_start().len();
    let bytes = above.as_bytes();
    let begins = bytes.get(column.checked_sub(2)?..=column)?;
    if column < INDENT
        || below.contains('|')
        || below.trim_start().contains("  ")
        || !matches!(begins, [b' ', b' ', first] if *first != b' ')
    {
        return None;
    }
    let cell = above.get(column..)?;
    let Some(width) = cell.find("  ") else { return Some(Vec::new()) };
    let fits = below.trim_start().len() <= cell.len() - cell.get(width..)?.trim_start().len();
    fits.then(|| vec![(column + width, above.len())])
}

/// The heads of events between the parts of a sentence: `"message": "… to complete the", …}, {…, "message": "operation."`.
fn of_events(text: &str) -> Vec<Span> {
    let mut heads = Vec::new();
    let quotes = ["\"timestamp\"", "\"ingestionTime\"", "\"rows\"", "\"time\"", "\"TimeGenerated\""];
    if !holds_any(text, &quotes) {
        return heads;
    }
    let mut above: Option<(usize, usize)> = None;
    let mut at = 0;
    while let Some((start, end)) = next_string(text, at) {
        at = end + 1;
        let said = slice(text, start..end);
        if !said.contains(' ') || said.len() > MAX_ROW {
            continue;
        }
        if let Some((first, last)) = above
            && start - last <= BETWEEN
            && breaks_sentence(slice(text, first..last), said)
            && is_head(slice(text, last..start))
        {
            heads.push(Span::new(last, start));
        }
        above = Some((start, end));
    }
    heads
}

/// The next string on one line: where its text begins and ends.
fn next_string(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let start = at + memchr::memchr(b'"', bytes.get(at..)?)? + 1;
    let mut end = start;
    loop {
        end += memchr::memchr3(b'"', b'\\', b'\n', bytes.get(end..)?)?;
        match bytes.get(end) {
            Some(b'\\') => end += 2,
            _ => return Some((start, end)),
        }
    }
}

/// Whether nothing but times and places of events stands between two texts, and another event begins there.
fn is_head(between: &str) -> bool {
    let marks: String = between.chars().filter(|c| matches!(c, '{' | '}' | '[' | ']' | ',')).collect();
    // Objects of lines of their own are a collector's.
    let begins = marks.contains(['{', '[']) && marks.contains(['}', ']']) && !marks.contains("}{");
    let mut words = between.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '@' | '_')));
    let known = |word: &str| {
        let word = word.trim_start_matches('_');
        word.is_empty()
            || SOURCES.contains(&word)
            || TEXTS.contains(&word)
            || word.bytes().any(|byte| byte.is_ascii_digit())
            || matches!(word, "LATEST" | "AM" | "PM" | "UTC" | "stdout" | "stderr" | "Z")
    };
    begins && words.all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blanked(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let repeated = find(text);
        for span in repeated.blank.into_iter().chain(repeated.join) {
            bytes.get_mut(span.start..span.end).into_iter().flatten().for_each(|byte| *byte = b'_');
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn what_stands_between_the_parts_of_a_sentence() {
        for (text, expected) in [
            (
                "| 16:09 | the userId in request | Error |\n|       | URL is not valid      |       |\n",
                "| 16:09 | the userId in request |_______|\n|       | URL is not valid      |       |\n",
            ),
            (
                "6/11/2026, 4:09 PM  the userId in request  Error\n                    URL is not valid\n",
                "6/11/2026, 4:09 PM  the userId in request_______\n                    URL is not valid\n",
            ),
            (
                "[{\"timestamp\": 1781194157000, \"message\": \"privileges to complete the\"},{\"timestamp\": 1781194157001, \"message\": \"operation.\"}]",
                "[{\"timestamp\": 1781194157000, \"message\": \"privileges to complete the\"},{\"timestamp\": 1781194157001, \"message\": \"operation.\"}]",
            ),
        ] {
            assert_eq!(blanked(text), expected);
        }
        let events = r#"[{"timestamp": 1781194157000, "message": "not enough privileges to complete the"},{"timestamp": 1781194157001, "message": "operation now."}]"#;
        assert_eq!(blanked(events).matches('_').count(), r#""},{"timestamp": 1781194157001, "message": ""#.len());
    }

    #[test]
    fn rows_and_events_of_their_own_keep_what_they_have() {
        for text in [
            "| lena | no policy for this app | 403 |\n| mia  | no policy for this app | 403 |\n",
            "| the userId in request | 403 |\n| URL is not valid      |     |\n",
            "[{\"timestamp\": 1, \"message\": \"no policy was found for the app\"},{\"timestamp\": 2, \"message\": \"Retrying the call now\"}]",
            "[{\"timestamp\": 1, \"message\": \"no policy was found for the\", \"user\": \"lena\"},{\"timestamp\": 2, \"message\": \"operation is over\"}]",
            "def f():\n        return 1  # yes\n",
        ] {
            assert_eq!(blanked(text), text);
        }
    }
}
