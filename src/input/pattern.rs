//! Message patterns over the dense view.

use std::sync::OnceLock;

use memchr::memmem;
use regex::Regex;

use super::Span;
use super::dense::Dense;
use super::{beginning, slot};
use crate::knowledge::{Catalogue, Symptom, Text};
use crate::source::{has_blank_line, slice};

/// At most this many letters and digits stand for `*` or a `{slot}`.
const GAP: usize = 160;
/// Below this, looking for each pattern that may occur beats a table of all of them.
const SMALL: usize = 64 << 10;

#[derive(Debug)]
enum Piece {
    /// With the searcher, once one was needed.
    Letters(Vec<u8>, OnceLock<Box<memmem::Finder<'static>>>),
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
    /// The text breaks off inside the words.
    pub(crate) torn: bool,
}

pub(super) fn letters(text: &str) -> Vec<u8> {
    Dense::of(text.as_bytes(), 0, text.len()).bytes
}

fn compile(pattern: &str) -> Option<Pattern> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['*', '{']) {
        let (before, special) = rest.split_at(at);
        pieces.push(Piece::Letters(letters(before), OnceLock::new()));
        if let Some(after) = special.strip_prefix('*') {
            pieces.push(Piece::Gap);
            rest = after;
        } else {
            let (slot, after) = special.strip_prefix('{')?.split_once('}')?;
            pieces.push(Piece::Slot(slot.to_owned()));
            rest = after;
        }
    }
    pieces.push(Piece::Letters(letters(rest), OnceLock::new()));
    pieces.retain(|piece| !matches!(piece, Piece::Letters(letters, _) if letters.is_empty()));
    let mut pieces = pieces.into_iter();
    match pieces.next()? {
        Piece::Letters(first, _) => {
            let rest: Vec<Piece> = pieces.collect();
            let nearest = !matches!(rest.first(), Some(Piece::Slot(slot)) if !slot.ends_with("-id"));
            Some(Pattern { nearest, first, rest })
        }
        Piece::Gap | Piece::Slot(_) => None,
    }
}

/// Which three letters in turn a text holds. Some share a place, so that it may say yes to what is not there.
pub(super) struct Triples([u64; 512]);

impl Triples {
    fn of(dense: &[u8]) -> Self {
        let mut set = Self([0; 512]);
        dense.windows(3).filter_map(<[u8]>::first_chunk).for_each(|triple| set.add(*triple));
        set
    }

    fn add(&mut self, triple: [u8; 3]) {
        let (word, bit) = Self::place(triple);
        if let Some(slot) = self.0.get_mut(word) {
            *slot |= bit;
        }
    }

    fn has(&self, triple: [u8; 3]) -> bool {
        let (word, bit) = Self::place(triple);
        self.0.get(word).is_some_and(|held| held & bit != 0)
    }

    /// How many places there are.
    const PLACES: usize = 1 << 15;

    fn index(triple: [u8; 3]) -> usize {
        triple.iter().fold(0, |index, byte| index << 5 | usize::from(byte & 31))
    }

    fn place(triple: [u8; 3]) -> (usize, u64) {
        let index = Self::index(triple);
        (index >> 6, 1 << (index & 63))
    }

    /// Whether all the letters before the first gap, slot or escape of a message pattern may stand in the text.
    pub(super) fn may_hold(&self, pattern: &str) -> bool {
        let letters = pattern
            .bytes()
            .take_while(|byte| byte.is_ascii() && !matches!(byte, b'*' | b'{' | b'\\' | b'%' | b'&'))
            .filter(u8::is_ascii_alphanumeric)
            .map(|byte| byte.to_ascii_lowercase());
        let mut last = [0; 3];
        letters.enumerate().all(|(index, letter)| {
            last = [last[1], last[2], letter];
            index < 2 || self.has(last)
        })
    }
}

/// The patterns by their first three letters.
struct Heads<'p> {
    held: Triples,
    /// For the place of each triple the first in `long` whose three letters fall there; what follows there may be others.
    first: Vec<u32>,
    /// By the place of their first three letters; shorter beginnings stand apart.
    long: Vec<Long<'p>>,
    short: Vec<(&'p [u8], usize)>,
}

/// How a pattern begins.
struct Long<'p> {
    /// The place of its first three letters.
    place: usize,
    /// Its first eight letters as a number, and which bits of that count.
    head: (u64, u64),
    letters: &'p [u8],
    /// The pattern.
    index: usize,
}

/// The first eight letters as a number; fewer leave its upper bits zero.
fn eight(letters: &[u8]) -> u64 {
    let short = || {
        let mut chunk = [0; 8];
        chunk.iter_mut().zip(letters).for_each(|(slot, letter)| *slot = *letter);
        chunk
    };
    u64::from_le_bytes(letters.first_chunk().copied().unwrap_or_else(short))
}

impl<'p> Heads<'p> {
    fn of(patterns: &'p [(&Symptom, Pattern)]) -> Self {
        let first = vec![u32::MAX; Triples::PLACES];
        let mut heads = Self { held: Triples::of(&[]), first, long: Vec::new(), short: Vec::new() };
        for (index, (_, pattern)) in patterns.iter().enumerate() {
            match pattern.first.first_chunk() {
                Some(head) => {
                    heads.held.add(*head);
                    let (place, letters) = (Triples::index(*head), pattern.first.as_slice());
                    let mask = eight(&vec![u8::MAX; letters.len()]);
                    heads.long.push(Long { place, head: (eight(letters), mask), letters, index });
                }
                None => heads.short.push((&pattern.first, index)),
            }
        }
        heads.long.sort_unstable_by_key(|long| (long.place, long.index));
        for (index, long) in heads.long.iter().enumerate().rev() {
            if let (Some(first), Ok(index)) = (heads.first.get_mut(long.place), u32::try_from(index)) {
                *first = index;
            }
        }
        heads
    }

    /// Where a pattern begins, with its index.
    fn find(&self, dense: &[u8], mut found: impl FnMut(usize, usize)) {
        let mut at = 0;
        loop {
            let rest = dense.get(at..).unwrap_or_default();
            let held = |bytes: &[u8]| bytes.first_chunk().is_some_and(|triple| self.held.has(*triple));
            let Some(skip) = rest.windows(3).position(held) else { break };
            let start = at + skip;
            at = start + 1;
            let rest = rest.get(skip..).unwrap_or_default();
            let Some(&triple) = rest.first_chunk() else { break };
            let place = Triples::index(triple);
            let from = self.first.get(place).and_then(|first| usize::try_from(*first).ok()).unwrap_or(0);
            let here = self.long.get(from..).unwrap_or_default();
            let begin = eight(rest);
            for long in here.iter().take_while(|long| long.place == place) {
                let (head, mask) = long.head;
                if begin & mask == head && rest.starts_with(long.letters) {
                    found(start, long.index);
                }
            }
        }
        for (first, index) in &self.short {
            memmem::find_iter(dense, first).for_each(|start| found(start, *index));
        }
    }
}

/// The message patterns of a catalogue, made for texts of a length.
pub(crate) struct Patterns<'c> {
    catalogue: &'c Catalogue,
    /// All of them; none for a small text.
    compiled: Vec<(&'c Symptom, Pattern)>,
}

impl<'c> Patterns<'c> {
    pub(crate) fn of(catalogue: &'c Catalogue, len: usize) -> Self {
        let compiled = if len <= SMALL {
            Vec::new()
        } else {
            messages(catalogue).filter_map(|(symptom, message)| Some((symptom, compile(message)?))).collect()
        };
        Self { catalogue, compiled }
    }

    pub(crate) fn search<'p>(&'p self, text: &'p str) -> Search<'p, 'c> {
        let heads = (text.len() > SMALL).then(|| Heads::of(&self.compiled));
        Search { text, patterns: self, heads, lasts: vec![None; self.compiled.len()], hits: Vec::new() }
    }
}

pub(super) fn messages(catalogue: &Catalogue) -> impl Iterator<Item = (&Symptom, &Text)> {
    catalogue.symptoms().iter().flat_map(|symptom| symptom.message.iter().map(move |text| (symptom, text)))
}

/// Finds every symptom whose message pattern occurs, in the order of the text. A hit inside another
/// hit is dropped: the longer pattern says more.
pub(crate) struct Search<'p, 'c> {
    text: &'p str,
    patterns: &'p Patterns<'c>,
    heads: Option<Heads<'p>>,
    /// For each pattern its last hit.
    lasts: Vec<Option<usize>>,
    hits: Vec<Hit<'c>>,
}

impl<'c> Search<'_, 'c> {
    /// The messages that begin in a block.
    pub(crate) fn read(&mut self, dense: &Dense, block_end: usize) {
        let Self { text, patterns, heads, lasts, hits } = self;
        let Some(heads) = heads else {
            let triples = Triples::of(&dense.bytes);
            for (symptom, message) in messages(patterns.catalogue).filter(|(_, message)| triples.may_hold(message)) {
                let Some(pattern) = compile(message) else { continue };
                let mut last = None;
                for start in memmem::find_iter(&dense.bytes, &pattern.first) {
                    push_nearest(hits, &mut last, &pattern, pattern.at(dense, text, start, symptom));
                }
            }
            let torn = beginning::find(text, dense, &triples, patterns.catalogue, hits);
            hits.extend(torn);
            return;
        };
        heads.find(&dense.bytes, |start, index| {
            let Some(((symptom, pattern), last)) = patterns.compiled.get(index).zip(lasts.get_mut(index)) else {
                return;
            };
            if dense.offset(start).is_some_and(|at| at < block_end) {
                push_nearest(hits, last, pattern, pattern.at(dense, text, start, symptom));
            }
        });
    }

    /// Those of the part of the text behind this one.
    pub(crate) fn append(&mut self, behind: Self) {
        self.hits.extend(behind.hits);
    }

    pub(crate) fn finish(self) -> Vec<Hit<'c>> {
        let Self { text, patterns, heads, mut hits, .. } = self;
        if heads.is_some() {
            // A long log is looked at where it breaks off.
            let tail = Dense::of(text.as_bytes(), text.len().saturating_sub(GAP * 4), text.len());
            let torn = beginning::find(text, &tail, &Triples::of(&tail.bytes), patterns.catalogue, &hits);
            hits.extend(torn);
        }
        hits.extend(find_regexes(text, patterns.catalogue));
        let end = text.trim_end().len();
        hits.retain(|hit| hit.span.end < end || !may_go_on(text, hit, patterns.catalogue));
        drop_contained(hits)
    }
}

/// Whether words that the text ends with stand within an open quote, and another symptom's words begin with them: they may
/// have been that.
fn may_go_on(text: &str, hit: &Hit<'_>, catalogue: &Catalogue) -> bool {
    if !text.get(..hit.span.start).is_some_and(|before| before.ends_with(['"', '\''])) {
        return false;
    }
    let said = letters(text.get(hit.span.start..hit.span.end).unwrap_or_default());
    messages(catalogue).any(|(symptom, message)| {
        let whole = letters(message.split(['*', '{']).next().unwrap_or_default());
        symptom.name != hit.symptom.name && whole.len() > said.len() && whole.starts_with(&said)
    })
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
                torn: false,
            }));
        }
    }
    hits
}

fn drop_contained(mut hits: Vec<Hit<'_>>) -> Vec<Hit<'_>> {
    crate::order::sort_by(&mut hits, |a, b| {
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
    fn at<'c>(&self, dense: &Dense, text: &str, start: usize, symptom: &'c Symptom) -> Option<Hit<'c>> {
        let mut end = start + self.first.len();
        let mut slots: Vec<(&str, usize)> = Vec::new();
        let mut captures = Vec::new();
        let mut open = false;
        for piece in &self.rest {
            // What stands before a gap is a word of its own: `app {app-id}` is in no `application` and no `app_id`.
            let part_of_word = || {
                let behind =
                    end.checked_sub(1).and_then(|last| dense.offset(last)).and_then(|at| text.as_bytes().get(at + 1));
                dense.touches_next(end.checked_sub(1)) || behind == Some(&b'_')
            };
            if !open && !matches!(piece, Piece::Letters(..)) && part_of_word() {
                return None;
            }
            match piece {
                Piece::Gap => {
                    if !may_be_printed_by(&dense.bytes, text, dense.offset(end.checked_sub(1)?)?, end) {
                        return None;
                    }
                    open = true;
                }
                Piece::Slot(name) => {
                    slots.push((name, end));
                    open = true;
                }
                Piece::Letters(letters, finder) => {
                    let window = dense.bytes.get(end..(end + GAP + letters.len()).min(dense.bytes.len()))?;
                    let found = if open {
                        finder.get_or_init(|| Box::new(memmem::Finder::new(letters).into_owned())).find(window)?
                    } else {
                        usize::from(!window.starts_with(letters))
                    };
                    if !open && found != 0 {
                        return None;
                    }
                    if let Some((name, from)) = slots.pop() {
                        let joins = if slot::is_id(name) {
                            slot::may_join(dense, text, from, end + found)
                        } else {
                            // A name is in the paragraph of its sentence.
                            let offsets = dense.offset(end.saturating_sub(1)).zip(dense.offset(end + found));
                            offsets.is_none_or(|(last, next)| !has_blank_line(slice(text, last..next)))
                        };
                        if !joins {
                            return None;
                        }
                        captures.extend(slot::between(dense, text, from, end + found, name));
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
            let capture = slot::word_after(dense, text, from, name)?;
            span.end = capture.span.end;
            captures.push(capture);
        } else if dense.touches_next(end.checked_sub(1)) {
            return None;
        }
        let weak = matches!(&*symptom.name, "policy-exists" | "skype-session") && !self.rest.is_empty();
        if weak && crosses_sentence(text, span) {
            return None;
        }
        if !self.rest.is_empty() && crosses_command(text.as_bytes(), span) {
            return None;
        }
        if &*symptom.name == "cmdlet-privileges" && !is_of_record(text, span) {
            return None;
        }
        Some(Hit { symptom, span, captures, torn: false })
    }
}

/// Whether what follows the name of a cmdlet may lead to what it prints: a colon, its parameters, a bracket, a quote; or a
/// word that says it failed. Other words make a sentence that goes on to something else.
fn may_be_printed_by(dense: &[u8], text: &str, last: usize, end: usize) -> bool {
    const NAMES: [&[u8]; 4] =
        [b"csapplicationaccesspolicy", b"csonlinesession", b"csonlineapplicationinstance", b"importpssession"];
    const FAILED: [&str; 8] = ["failed", "fails", "failure", "error", "threw", "throws", "returned", "command"];
    if !dense.get(..end).is_some_and(|head| NAMES.iter().any(|name| head.ends_with(name))) {
        return true;
    }
    let rest = slice(text, last + 1..last + 120).trim_start_matches([' ', '\t']);
    let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
    word.is_empty() || FAILED.contains(&word.to_lowercase().as_str())
}

/// Whether a sentence ends in a gap and another begins: what that says is its own.
fn crosses_sentence(text: &str, span: Span) -> bool {
    let words = slice(text, span.start..span.end);
    words.match_indices(". ").any(|(at, _)| {
        let behind = slice(words, at + 2..words.len()).trim_start();
        behind.split_whitespace().any(|word| word.contains(['\\', '/']) || word.contains('.') && !word.ends_with('.'))
    })
}

/// Whether words behind the name of a cmdlet that a service says too are the cmdlet's: its error record, or what stands
/// below the command alone. A request, an answer or a sentence that ends in between has words of its own.
fn is_of_record(text: &str, span: Span) -> bool {
    const ANSWERS: &str = "http|error\"|message\"|{\"|/users/|/me/|_requestdenied|post /|get /|patch /|delete /|put /";
    let words = slice(text, span.start..span.end);
    let between = words.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    let between = slice(between, 0..between.len().min(GAP * 4));
    // The name is whole where the verb before it begins its line: `New-Cs… : …`.
    let line = slice(text, span.start.saturating_sub(GAP)..span.start).rsplit(['\n', '\r']).next().unwrap_or_default();
    let leads = is_cmdlet_name(&format!("{}Name", line.trim_start()));
    if leads && between.trim_start_matches(' ').starts_with(':') {
        return true;
    }
    let lower = between.to_lowercase();
    let by_status =
        || lower.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "401" | "403" | "forbidden"));
    !ANSWERS.split('|').any(|sign| lower.contains(sign)) && !by_status() && !ends_sentence(between)
}

/// Whether a sentence ends that does not say that something failed, and another one goes on behind it.
fn ends_sentence(words: &str) -> bool {
    let ends = |at: usize| slice(words, at + 1..at + 2).trim().is_empty() && at + 2 < words.len();
    let fails = |said: &str| ["fail", "error"].iter().any(|word| said.to_lowercase().contains(word));
    words.match_indices('.').any(|(at, _)| ends(at) && !fails(slice(words, 0..at)))
}

/// Whether another command begins in between: what is printed behind it is its own. A name and a colon, or a prompt,
/// stand at the beginning of a line.
fn crosses_command(text: &[u8], span: Span) -> bool {
    let words = text.get(span.start..span.end).unwrap_or_default();
    words.split(|byte| matches!(byte, b'\n' | b'\r')).skip(1).any(|line| {
        let line = line.trim_ascii_start();
        let prompt = line.starts_with(b"PS>")
            || line.starts_with(b"PS ") && (line.contains(&b'>') || memmem::find(line, b"&gt;").is_some());
        let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
        let (name, rest) = line.split_at_checked(name).unwrap_or_default();
        prompt
            || std::str::from_utf8(name).is_ok_and(is_cmdlet_name)
                && rest.first().is_some_and(|byte| matches!(byte, b' ' | b':'))
    })
}

/// Whether a word is the name of a cmdlet: one of PowerShell's verbs, a hyphen, a noun.
pub(crate) fn is_cmdlet_name(word: &str) -> bool {
    const VERBS: [&str; 22] = [
        "Add",
        "Connect",
        "Disable",
        "Disconnect",
        "Enable",
        "Export",
        "Find",
        "Get",
        "Grant",
        "Import",
        "Install",
        "Invoke",
        "Move",
        "New",
        "Remove",
        "Search",
        "Set",
        "Start",
        "Stop",
        "Sync",
        "Test",
        "Update",
    ];
    word.split_once('-').is_some_and(|(verb, noun)| {
        VERBS.iter().any(|known| known.eq_ignore_ascii_case(verb))
            && noun.len() >= 4
            && noun.starts_with(|c: char| c.is_ascii_alphabetic())
            && noun.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    /// Where each pattern begins, by looking for one after the other.
    fn naive(dense: &[u8], patterns: &[(&Symptom, Pattern)]) -> Vec<(usize, usize)> {
        let firsts = patterns.iter().enumerate();
        let mut found: Vec<_> = firsts
            .flat_map(|(index, (_, pattern))| memmem::find_iter(dense, &pattern.first).map(move |at| (at, index)))
            .collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn beginnings_are_those_of_one_search_after_the_other() {
        let catalogue = Catalogue::builtin();
        let symptom = catalogue.symptoms().first().unwrap();
        let mut patterns: Vec<(&Symptom, Pattern)> = catalogue
            .symptoms()
            .iter()
            .flat_map(|symptom| symptom.message.iter().map(move |message| (symptom, compile(message).unwrap())))
            .collect();
        patterns.push((symptom, compile("no").unwrap()));
        let text: String = catalogue.symptoms().iter().flat_map(|symptom| symptom.message.iter().cloned()).collect();
        let dense = Dense::of(text.as_bytes(), 0, text.len());
        let mut found = Vec::new();
        Heads::of(&patterns).find(&dense.bytes, |at, index| found.push((at, index)));
        found.sort_unstable();
        // memmem passes over occurrences that overlap each other; no beginning of a pattern overlaps itself.
        assert_eq!(found, naive(&dense.bytes, &patterns));
    }

    #[test]
    fn what_occurs_may_be_held() {
        let catalogue = Catalogue::builtin();
        for message in catalogue.symptoms().iter().flat_map(|symptom| symptom.message.iter()) {
            let dense = Dense::of(message.as_bytes(), 0, message.len());
            assert!(Triples::of(&dense.bytes).may_hold(message), "{message}");
        }
        assert!(!Triples::of(b"nothing").may_hold("No application access policy"));
    }

    #[test]
    fn words_that_may_go_on_behind_a_cut_say_nothing() {
        let catalogue = Catalogue::builtin();
        let patterns = Patterns::of(&catalogue, 0);
        let found = |text: &str| {
            let mut search = patterns.search(text);
            search.read(&Dense::of(text.as_bytes(), 0, text.len()), text.len());
            search.finish().iter().map(|hit| hit.symptom.name.to_string()).collect::<Vec<_>>()
        };
        let cut = r#"{"error": {"code": "InvalidAuthenticationToken", "message": "Access token has expired"#;
        assert!(found(cut).is_empty());
        assert_eq!(found(&format!("{cut}\"")), ["token-expired"]);
        assert_eq!(found(&format!("{cut} or is not yet valid.")), ["token-outside-lifetime"]);
        assert_eq!(found("401 Access token has expired"), ["token-expired"]);
    }
}
