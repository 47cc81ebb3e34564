//! Message patterns over the dense view.

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;
use regex::Regex;

use super::Span;
use super::dense::Dense;
use crate::knowledge::{Catalogue, Symptom, Text};

/// At most this many letters and digits stand for `*` or a `{slot}`.
const GAP: usize = 160;
/// A block of text that is made dense at once, and how far a pattern may reach beyond.
const BLOCK: usize = 1 << 20;
const REACH: usize = 16 << 10;
/// Below this, looking for each pattern in turn beats building one automaton.
const SMALL: usize = 64 << 10;

#[derive(Debug)]
enum Piece {
    Letters(Vec<u8>),
    Gap,
    Slot(String),
}

/// One pattern: letters with gaps between. The first piece is always letters.
#[derive(Debug)]
struct Pattern {
    /// Of the places where it may begin, the last one is meant: no id holds the pattern's own words, a name may.
    nearest: bool,
    first: Vec<u8>,
    rest: Vec<Piece>,
}

/// A value that a pattern's `{slot}` took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Capture {
    pub(crate) slot: Text,
    pub(crate) span: Span,
}

/// A symptom's pattern, found.
#[derive(Clone, Debug)]
pub(crate) struct Hit<'c> {
    pub(crate) symptom: &'c Symptom,
    pub(crate) span: Span,
    pub(crate) captures: Vec<Capture>,
}

fn letters(text: &str) -> Vec<u8> {
    Dense::of(text.as_bytes(), 0, text.len()).bytes
}

fn compile(pattern: &str) -> Option<Pattern> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['*', '{']) {
        let (before, special) = rest.split_at(at);
        pieces.push(Piece::Letters(letters(before)));
        if let Some(after) = special.strip_prefix('*') {
            pieces.push(Piece::Gap);
            rest = after;
        } else {
            let (slot, after) = special.strip_prefix('{')?.split_once('}')?;
            pieces.push(Piece::Slot(slot.to_owned()));
            rest = after;
        }
    }
    pieces.push(Piece::Letters(letters(rest)));
    pieces.retain(|piece| !matches!(piece, Piece::Letters(letters) if letters.is_empty()));
    let mut pieces = pieces.into_iter();
    match pieces.next()? {
        Piece::Letters(first) => {
            let rest: Vec<Piece> = pieces.collect();
            let nearest = !matches!(rest.first(), Some(Piece::Slot(slot)) if !slot.ends_with("-id"));
            Some(Pattern { nearest, first, rest })
        }
        Piece::Gap | Piece::Slot(_) => None,
    }
}

/// Finds every symptom whose message pattern occurs, in the order of the text. A hit inside another
/// hit is dropped: the longer pattern says more.
pub(crate) fn find<'c>(text: &str, catalogue: &'c Catalogue) -> Vec<Hit<'c>> {
    let patterns: Vec<(&Symptom, Pattern)> = catalogue
        .symptoms()
        .iter()
        .flat_map(|symptom| symptom.message.iter().filter_map(move |text| Some((symptom, compile(text)?))))
        .collect();
    let mut hits = Vec::new();
    if text.len() <= SMALL {
        let dense = Dense::of(text.as_bytes(), 0, text.len());
        for (symptom, pattern) in &patterns {
            let mut last = None;
            for start in memmem::find_iter(&dense.bytes, &pattern.first) {
                push_nearest(&mut hits, &mut last, pattern, pattern.at(&dense, text.as_bytes(), start, symptom));
            }
        }
    } else if let Ok(search) =
        AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns.iter().map(|(_, pattern)| &pattern.first))
    {
        let mut lasts = vec![None; patterns.len()];
        for block in (0..text.len()).step_by(BLOCK) {
            let dense = Dense::of(text.as_bytes(), block, block + BLOCK + REACH);
            for found in search.find_overlapping_iter(&dense.bytes) {
                let index = found.pattern().as_usize();
                let Some(((symptom, pattern), last)) = patterns.get(index).zip(lasts.get_mut(index)) else { continue };
                if dense.offset(found.start()).is_some_and(|at| at < block + BLOCK) {
                    push_nearest(&mut hits, last, pattern, pattern.at(&dense, text.as_bytes(), found.start(), symptom));
                }
            }
        }
    }
    hits.extend(find_regexes(text, catalogue));
    drop_contained(hits)
}

/// A hit that ends where the one before (`last`) of the same pattern ends takes its place.
fn push_nearest<'c>(hits: &mut Vec<Hit<'c>>, last: &mut Option<usize>, pattern: &Pattern, hit: Option<Hit<'c>>) {
    let Some(hit) = hit else { return };
    let known = last.filter(|_| pattern.nearest).and_then(|index| hits.get_mut(index));
    match known.filter(|known| known.span.end == hit.span.end) {
        Some(known) => *known = hit,
        None => {
            *last = Some(hits.len());
            hits.push(hit);
        }
    }
}

/// Only an organisation's own entries have regular expressions, so none is compiled at start-up.
fn find_regexes<'c>(text: &str, catalogue: &'c Catalogue) -> Vec<Hit<'c>> {
    let mut hits = Vec::new();
    for symptom in catalogue.symptoms() {
        // The catalogue refuses an expression that does not compile.
        for regex in symptom.regex.iter().filter_map(|text| Regex::new(text).ok()) {
            hits.extend(regex.find_iter(text).map(|found| Hit {
                symptom,
                span: Span::new(found.start(), found.end()),
                captures: Vec::new(),
            }));
        }
    }
    hits
}

fn drop_contained(mut hits: Vec<Hit<'_>>) -> Vec<Hit<'_>> {
    hits.sort_by(|a, b| {
        (a.span.start, std::cmp::Reverse(a.span.end), std::cmp::Reverse(a.captures.len())).cmp(&(
            b.span.start,
            std::cmp::Reverse(b.span.end),
            std::cmp::Reverse(b.captures.len()),
        ))
    });
    let mut kept: Vec<Hit<'_>> = Vec::with_capacity(hits.len());
    for hit in hits {
        let inside = |outer: &Hit<'_>| outer.span.start <= hit.span.start && hit.span.end <= outer.span.end;
        if !kept.iter().rev().take(8).any(inside) {
            kept.push(hit);
        }
    }
    kept
}

impl Pattern {
    fn at<'c>(&self, dense: &Dense, text: &[u8], start: usize, symptom: &'c Symptom) -> Option<Hit<'c>> {
        let mut end = start + self.first.len();
        let mut slots: Vec<(&str, usize)> = Vec::new();
        let mut captures = Vec::new();
        let mut open = false;
        for piece in &self.rest {
            // What stands before a gap is a word of its own: `app {app-id}` is in no `application` and no `app_id`.
            let part_of_word = || {
                let behind = end.checked_sub(1).and_then(|last| dense.offset(last)).and_then(|at| text.get(at + 1));
                dense.touches_next(end.checked_sub(1)) || behind == Some(&b'_')
            };
            if !open && !matches!(piece, Piece::Letters(_)) && part_of_word() {
                return None;
            }
            match piece {
                Piece::Gap => open = true,
                Piece::Slot(name) => {
                    slots.push((name, end));
                    open = true;
                }
                Piece::Letters(letters) => {
                    let window = dense.bytes.get(end..(end + GAP + letters.len()).min(dense.bytes.len()))?;
                    let found =
                        if open { memmem::find(window, letters)? } else { usize::from(!window.starts_with(letters)) };
                    if !open && found != 0 {
                        return None;
                    }
                    if let Some((name, from)) = slots.pop() {
                        captures.extend(between(dense, text, from, end + found, name));
                    }
                    end += found + letters.len();
                    open = false;
                }
            }
        }
        if dense.touches_next(start.checked_sub(1)) {
            return None;
        }
        let mut span = dense.span(start, end)?;
        if let Some((name, from)) = slots.pop() {
            let capture = word_after(dense, text, from, name)?;
            span.end = capture.span.end;
            captures.push(capture);
        } else if dense.touches_next(end.checked_sub(1)) {
            return None;
        }
        Some(Hit { symptom, span, captures })
    }
}

/// The text between two pieces, without the punctuation around it.
fn between(dense: &Dense, text: &[u8], from: usize, to: usize, slot: &str) -> Option<Capture> {
    let span = dense.span(from, to)?;
    // A redaction between angle brackets keeps them, so that it is never taken for a value.
    let redacted = span.start.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'<');
    let span = if redacted { Span::new(span.start - 1, span.end) } else { span };
    Some(Capture { slot: Text::Owned(slot.to_owned()), span })
}

/// A quoted list that follows: `'A, B'`, also when the quotes are escaped, or empty.
fn list_after(text: &[u8], last: usize, slot: &str) -> Option<Capture> {
    let rest = text.get(last + 1..(last + 2_000).min(text.len()))?;
    let space = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'|' | b':' | b'\\');
    let skip = rest.iter().position(|byte| !space(byte))?;
    let quotes: [&[u8]; 4] = [b"'", b"\"", b"u0027", "\u{2019}".as_bytes()];
    let (start, quote) =
        quotes.iter().find_map(|quote| rest.get(skip..)?.starts_with(quote).then_some((skip + quote.len(), *quote)))?;
    let len = memmem::find(rest.get(start..)?, quote)?;
    let end = start + len - usize::from(rest.get(start..start + len)?.ends_with(b"\\"));
    Some(Capture { slot: Text::Owned(slot.to_owned()), span: Span::new(last + 1 + start, last + 1 + end) })
}

/// The word that follows, within a few characters: an id or an address.
fn word_after(dense: &Dense, text: &[u8], from: usize, slot: &str) -> Option<Capture> {
    let last = dense.offset(from.checked_sub(1)?)?;
    if matches!(slot, "roles" | "required") {
        return list_after(text, last, slot);
    }
    let first = dense.offset(from)?;
    // Past the end of the sentence or the value, the next word is another matter.
    let gap = text.get(last + 1..first)?;
    let marks = gap.iter().filter(|byte| !byte.is_ascii_whitespace()).count();
    let breaks =
        marks > 12 || gap.len() > 200 || gap.iter().any(|byte| matches!(byte, b'.' | b',' | b'}' | b'{' | b';'));
    if breaks {
        return None;
    }
    let is_word =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'@' | b'%' | b'#' | b'\'');
    let rest = text.get(first..(first + 256).min(text.len()))?;
    let len = rest.iter().position(|byte| !is_word(byte)).unwrap_or(rest.len());
    let word = rest.get(..len)?;
    let trimmed = word.iter().rposition(|byte| !matches!(byte, b'.' | b'\'' | b'-')).map_or(0, |at| at + 1);
    let redacted = first > 0 && text.get(first - 1) == Some(&b'<');
    // The sentence may simply go on ("... for this app on the user").
    if !redacted && slot.ends_with("-id") && !word.iter().any(|byte| byte.is_ascii_digit() || *byte == b'@') {
        return None;
    }
    let start = if redacted { first - 1 } else { first };
    (trimmed > 0).then(|| Capture { slot: Text::Owned(slot.to_owned()), span: Span::new(start, first + trimmed) })
}
