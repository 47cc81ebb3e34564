//! What stands around words as somebody wrote it, before JSON, a page or a mail held it: a sentence that speaks about words
//! does so too where its quotes are escaped, and where its lines were wrapped, quoted or indented.

use super::spoken::{begins_record, words};
use super::{Span, resource};
use crate::source::slice;

/// How much of a text is looked at on either side.
const REACH: usize = 1_000;
/// How wide a mail or a page wraps its lines.
const WIDTHS: std::ops::RangeInclusive<usize> = 48..=120;
/// A line of prose has so many words.
const FEW: usize = 4;

/// What is around the words at `hit` as it was written, and where they stand in it; nothing where that is what is here.
pub(super) fn around(text: &str, hit: Span) -> Option<(String, Span)> {
    let head = slice(text, hit.start.saturating_sub(REACH)..hit.start);
    let tail = slice(text, hit.end..hit.end.saturating_add(REACH));
    // What was escaped may be no string: the source of a program that somebody pasted out of one.
    let string = string_around(head, tail).or_else(|| head.ends_with("\\\"").then_some((head, tail)));
    let (head, tail, escaped) = string.map_or((head, tail, false), |(head, tail)| (head, tail, true));
    let from = hit.start - head.len();
    let lines = lines(slice(text, from..hit.end + tail.len()), from);
    let breaks = breaks(&lines, hit);
    // The first line may have been cut.
    let indents = lines.iter().skip(usize::from(from > 0)).filter(|line| !line.text.is_empty());
    let indent = indents.map(|line| line.indent).min().unwrap_or(0);
    let own = lines.iter().filter(|line| line.start <= hit.end && hit.start <= line.end());
    let changed = escaped
        || indent > 0
        || breaks.contains(&true)
        || own.clone().any(|line| line.quoted > 0 || line.text.contains(['&', '“', '”', '„', '‘', '’']));
    if !changed {
        return None;
    }
    let mut plain = String::with_capacity(head.len() + hit.len() + tail.len());
    let (mut start, mut end) = (None, None);
    for (index, line) in lines.iter().enumerate() {
        let joined = index.checked_sub(1).and_then(|above| breaks.get(above)) == Some(&true);
        if index > 0 {
            plain.push(if joined { ' ' } else { '\n' });
        }
        if !joined && line.quoted == 0 {
            plain.extend(std::iter::repeat_n(' ', line.indent.saturating_sub(indent)));
        }
        let mut at = line.start;
        while at < line.end() {
            if at >= hit.start {
                start.get_or_insert(plain.len());
            }
            if at >= hit.end {
                end.get_or_insert(plain.len());
            }
            let bounds = [hit.start, hit.end, line.end()];
            let bound = bounds.into_iter().filter(|bound| *bound > at).min().unwrap_or(at);
            let rest = slice(text, at..line.end());
            // Where what was replaced may begin; the marks of quotes begin with one byte.
            let is_special = |byte: u8| matches!(byte, b'\\' | b'&' | 0xe2);
            let run = rest.bytes().take(bound - at).position(is_special).unwrap_or(bound - at);
            let part = if run > 0 { Some((slice(rest, 0..run), run)) } else { next(rest, escaped) };
            let Some((said, len)) = part else { break };
            plain.push_str(said);
            at += len;
        }
    }
    Some((start?, end.unwrap_or(plain.len()))).map(|(start, end)| (plain, Span::new(start, end)))
}

/// The text of the JSON string that words are in, before and behind them: a sentence in which quotes are escaped.
fn string_around<'t>(head: &'t str, tail: &'t str) -> Option<(&'t str, &'t str)> {
    let plain = |text: &str, at: usize| !slice(text, 0..at).ends_with('\\');
    let at = memchr::memrchr_iter(b'"', head.as_bytes()).find(|at| plain(head, *at))?;
    let outer = slice(head, 0..at).trim_end();
    let own = slice(head, at + 1..head.len());
    let is_string = outer.is_empty() || outer.ends_with([':', '[', ',', '{', '(', '=']);
    let end = memchr::memchr_iter(b'"', tail.as_bytes()).find(|at| plain(tail, *at)).unwrap_or(tail.len());
    let rest = slice(tail, 0..end);
    (is_string
        && own.contains(char::is_alphanumeric)
        && (!outer.is_empty() || own.contains(['\\', '\n']) || rest.contains(['\\', '\n'])))
    .then_some((own, rest))
}

/// A line, without what quotes and indents it.
struct Line<'t> {
    text: &'t str,
    start: usize,
    indent: usize,
    quoted: usize,
}

impl Line<'_> {
    const fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn width(&self) -> usize {
        self.quoted + self.indent + self.text.chars().count()
    }
}

fn lines(window: &str, from: usize) -> Vec<Line<'_>> {
    let mut at = from;
    let line = |line: &'_ str| -> (usize, usize, usize) {
        let text = line.trim_start_matches(['>', ' ', '\t']);
        let mark = line.len() - text.len();
        let quoted = if slice(line, 0..mark).contains('>') { mark } else { 0 };
        (mark, quoted, mark - quoted)
    };
    window
        .split('\n')
        .map(|whole| {
            let (mark, quoted, indent) = line(whole);
            let start = at + mark;
            at += whole.len() + 1;
            Line { text: slice(whole, mark..whole.len()).trim_end(), start, indent, quoted }
        })
        .collect()
}

/// Whether each line goes on in the next one: it is one of prose, and the next word had no place on it.
fn breaks(lines: &[Line<'_>], hit: Span) -> Vec<bool> {
    let mut breaks = vec![false; lines.len()];
    let mut index = 0;
    for paragraph in lines.split(|line| line.text.is_empty()) {
        let width = paragraph.iter().map(Line::width).max().unwrap_or(0);
        for (own, pair) in breaks.iter_mut().skip(index).zip(paragraph.windows(2)) {
            let [above, below] = pair else { continue };
            *own = WIDTHS.contains(&width) && goes_on(above, below, width, hit);
        }
        index += paragraph.len() + 1;
    }
    breaks
}

fn goes_on(above: &Line<'_>, below: &Line<'_>, width: usize, hit: Span) -> bool {
    let word = below.text.split_whitespace().next().unwrap_or_default();
    // What has its line to itself was printed.
    let lead = slice(below.text, 0..hit.start.saturating_sub(below.start));
    let begins = below.start <= hit.start && hit.start < below.end() && !lead.contains(char::is_alphanumeric);
    above.width() + 1 + word.chars().count() > width
        && !begins
        && !above.text.ends_with(['.', '!', '?', ':', ';', '{', '}'])
        && !above.text.starts_with(['|', '#', '{', '<', '+', '-', '@'])
        && !below.text.starts_with(['|', '#', '{', '<', '+', '-', '*', '@'])
        && words(above.text) >= FEW
        && !begins_record(above.text)
        && !begins_record(below.text)
}

/// What a text begins with, as it was written, and how long it is here.
fn next(text: &str, escaped: bool) -> Option<(&str, usize)> {
    let first = text.chars().next()?;
    let len = first.len_utf8();
    Some(match first {
        '\\' if escaped && slice(text, 1..text.len()).starts_with(['"', '\\', '/']) => ("", 1),
        '&' => resource::entity(text).unwrap_or(("&", 1)),
        '“' | '”' | '„' => ("\"", len),
        '‘' | '’' => ("'", len),
        _ => (slice(text, 0..len), len),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{listed, mapped};

    const WORDS: &str = "Meeting Id is corrupted";

    #[test]
    fn what_was_escaped_without_a_string() {
        for form in [
            "parametrize(\\\"a,b\\\", [\n    (\\\"§.\\\", Kind.ID),\n])",
            "switch ($m) {\n  \\\"§.\\\" { \\\"ask\\\" }\n}",
        ] {
            let text = form.replace('§', WORDS);
            let at = text.find(WORDS).unwrap_or_default();
            let written = around(&text, Span::new(at, at + WORDS.len()));
            assert!(written.is_some(), "{text}");
            let Some((text, hit)) = written else { continue };
            assert_eq!(slice(&text, hit.start..hit.end), WORDS);
            assert!(!text.contains('\\'), "{text}");
            assert!(mapped::is_mapped(&text, hit) || listed::is_listed(&text, hit), "{text}");
        }
    }
}
