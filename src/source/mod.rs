//! Bytes become text: decoding, line and column, masking of secrets.

use std::ops::Range;

mod binary;
mod calls;
mod encoding;
mod percent;
mod private_key;
mod quoted;
pub mod sanitise;
mod secrets;
mod shell;
mod span;
mod spoken;
mod token;
mod words;

pub use encoding::Encoding;
pub(crate) use percent::percent_decoded;

pub use secrets::{masked, masked_json};
pub use span::Span;
pub use token::decode_token as token_claims;
pub(crate) use token::{BASE64_URL, claims};
pub use token::{Token, TokenKind};
pub(crate) use words::Words;

/// Text that every span of its incidents points into. Decoded, without a byte order mark, secrets
/// masked in place (same byte length).
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    /// Line ends before each block of [`BLOCK`] bytes, and in the whole text.
    ends_before_block: Vec<usize>,
    /// Characters before each block of [`BLOCK`] bytes; empty for ASCII text.
    chars_before_block: Vec<usize>,
    tokens: Vec<(Span, Token)>,
    masked: usize,
}

const BLOCK: usize = 4096;

/// Whether an empty line stands in a text.
pub(crate) fn has_blank_line(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memmem::find(bytes, b"\n\n").is_some() || memchr::memmem::find(bytes, b"\r\n\r\n").is_some()
}

/// A place for people: 1-based line, 1-based column in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl Source {
    /// Decodes UTF-8 (with or without a byte order mark) and UTF-16 (by its mark, or by its zero
    /// bytes); what is no text becomes replacement characters. Secrets are masked at once.
    #[must_use]
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> Self {
        Self::from_text(name, decode(bytes))
    }

    /// The same without a copy of what is text already. A large file that is no text from its beginning to its end gives
    /// an empty text.
    #[must_use]
    pub fn from_vec(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        let text = if binary::is_binary(&bytes) { String::new() } else { decode_vec(bytes) };
        Self::from_text(name, text)
    }

    /// The same for text that is decoded already.
    #[must_use]
    pub fn from_text(name: impl Into<String>, text: String) -> Self {
        let secrets::Masked { text, tokens, masked } = secrets::mask(text);
        let bytes = text.as_bytes();
        let ends_before_block = count_blocks(bytes, |block, start| line_ends(block, bytes.get(start + block.len())));
        let chars_before_block =
            if text.is_ascii() { Vec::new() } else { count_blocks(bytes, |block, _| chars_in(block)) };
        Self { name: name.into(), text, ends_before_block, chars_before_block, tokens, masked }
    }

    /// Name for reports: a path, `pasted`, `-`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The decoded, masked text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tokens that were decoded before they were masked, with their places.
    #[must_use]
    pub fn tokens(&self) -> &[(Span, Token)] {
        &self.tokens
    }

    /// Number of secrets that were masked.
    #[must_use]
    pub const fn masked(&self) -> usize {
        self.masked
    }

    /// The characters of a span, clamped to the text and to character boundaries.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        slice(&self.text, span.start..span.end)
    }

    /// Line and column of a byte offset (clamped to the text).
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let ends = self.ends_before(offset);
        let start = self.line_start(ends);
        Position { line: ends + 1, column: self.chars_before(offset).saturating_sub(self.chars_before(start)) + 1 }
    }

    /// The bytes of the line that holds an offset, without its line end.
    #[must_use]
    pub fn line_range(&self, offset: usize) -> Range<usize> {
        let ends = self.ends_before(offset);
        let start = self.line_start(ends);
        let last = self.ends_before_block.last().copied().unwrap_or(0);
        let end = if ends < last { self.line_start(ends + 1) - 1 } else { self.text.len() };
        let end = if end > start && self.text.as_bytes().get(end - 1) == Some(&b'\r') { end - 1 } else { end };
        start..end
    }

    /// How many lines end before an offset.
    fn ends_before(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let block = offset / BLOCK;
        let before = self.ends_before_block.get(block).copied().unwrap_or(0);
        let bytes = self.text.as_bytes();
        before + line_ends(bytes.get(block * BLOCK..offset).unwrap_or_default(), bytes.get(offset))
    }

    /// Where the line behind so many line ends begins.
    fn line_start(&self, ends: usize) -> usize {
        let Some(before) = ends.checked_sub(1) else { return 0 };
        let block = self.ends_before_block.partition_point(|&count| count <= before).saturating_sub(1);
        let start = block * BLOCK;
        let skip = before - self.ends_before_block.get(block).copied().unwrap_or(0);
        let bytes = self.text.as_bytes();
        let rest = bytes.get(start..).unwrap_or_default();
        each_line_end(rest.get(..BLOCK.min(rest.len())).unwrap_or_default(), rest.get(BLOCK))
            .nth(skip)
            .map_or(bytes.len(), |at| start + at + 1)
    }

    fn chars_before(&self, offset: usize) -> usize {
        let Some(&before) = self.chars_before_block.get(offset / BLOCK) else { return offset };
        let rest = self.text.as_bytes().get(offset / BLOCK * BLOCK..offset).unwrap_or_default();
        before + chars_in(rest)
    }
}

fn chars_in(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| (byte as i8) >= -0x40).count()
}

/// Where lines end in a part of a text; `next` follows it. A carriage return by itself ends a line too, as in old files
/// of the Mac.
fn each_line_end<'t>(part: &'t [u8], next: Option<&'t u8>) -> impl Iterator<Item = usize> + 't {
    memchr::memchr2_iter(b'\n', b'\r', part)
        .filter(move |at| part.get(*at).is_some_and(|&byte| ends_line(byte, part.get(at + 1).or(next).copied())))
}

fn ends_line(byte: u8, next: Option<u8>) -> bool {
    (byte == b'\n') | ((byte == b'\r') & (next != Some(b'\n')))
}

fn line_ends(part: &[u8], next: Option<&u8>) -> usize {
    let feeds = memchr::memchr_iter(b'\n', part).count();
    let is_end = |at: &usize| part.get(at + 1).or(next) != Some(&b'\n');
    feeds + memchr::memchr_iter(b'\r', part).filter(is_end).count()
}

/// What was counted before each block, and in all of them.
fn count_blocks(bytes: &[u8], count: impl Fn(&[u8], usize) -> usize) -> Vec<usize> {
    let mut total = 0;
    let mut counts: Vec<usize> = bytes
        .chunks(BLOCK)
        .enumerate()
        .map(|(index, block)| {
            let before = total;
            total += count(block, index * BLOCK);
            before
        })
        .collect();
    counts.push(total);
    counts
}

/// A slice that never panics: clamped to the text, and inwards to character boundaries.
#[must_use]
pub fn slice(text: &str, range: Range<usize>) -> &str {
    let mut end = range.end.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut start = range.start.min(end);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..end).unwrap_or_default()
}

/// Text of bytes in UTF-8 (with or without a byte order mark) or UTF-16 (by its mark, or by its zero
/// bytes); what is no text becomes replacement characters. Nothing is masked.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => decode_utf8(rest),
        [0xFF, 0xFE, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        _ if looks_utf16(bytes, 1) => decode_utf16(bytes, u16::from_le_bytes),
        _ if looks_utf16(bytes, 0) => decode_utf16(bytes, u16::from_be_bytes),
        _ => decode_utf8(bytes),
    }
}

fn decode_vec(bytes: Vec<u8>) -> String {
    let marked = matches!(bytes.as_slice(), [0xEF, 0xBB, 0xBF, ..] | [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
    if marked || looks_utf16(&bytes, 1) || looks_utf16(&bytes, 0) {
        return decode(&bytes);
    }
    String::from_utf8(bytes).unwrap_or_else(|error| decode_utf8(error.as_bytes()))
}

fn decode_utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|&pair| unit(pair));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Without a mark: mostly Latin text has a zero in every other byte and hardly any elsewhere.
fn looks_utf16(bytes: &[u8], zero_at: usize) -> bool {
    let head = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    let pairs = head.as_chunks::<2>().0;
    let zeros = |index: usize| pairs.iter().filter(|pair| pair.get(index) == Some(&0)).count();
    pairs.len() >= 8 && zeros(zero_at) * 10 >= pairs.len() * 8 && zeros(1 - zero_at) * 20 <= pairs.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let source = Source::from_text("t", "äb\r\ncd\n".into());
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(3), Position { line: 1, column: 3 });
        assert_eq!(source.position(5), Position { line: 2, column: 1 });
        assert_eq!(source.position(99), Position { line: 3, column: 1 });
        assert_eq!(source.line_range(1), 0..3);
    }

    /// Line starts one after the other, as they were before they were counted by blocks.
    #[test]
    fn lines_are_those_of_a_list_of_starts() {
        let pieces = ["\n", "\r\n", "\r", "abc", "ä", "\n\n", "x\r"];
        for seed in 0..9_usize {
            let mut text = String::new();
            let mut state = seed;
            while text.len() < 2 * BLOCK + 200 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Some texts have long lines, some only short ones.
                let filler = if seed % 3 == 0 && state >> 60 == 0 { "line ".repeat(900) } else { String::new() };
                text.push_str(pieces.get(state >> 33 & 7).unwrap_or(&"\r"));
                text.push_str(&filler);
            }
            let source = Source::from_text("t", text.clone());
            let bytes = text.as_bytes();
            let ends = |at: &usize| bytes.get(*at) == Some(&b'\n') || bytes.get(at + 1) != Some(&b'\n');
            let starts: Vec<usize> = std::iter::once(0)
                .chain(memchr::memchr2_iter(b'\n', b'\r', bytes).filter(ends).map(|at| at + 1))
                .collect();
            for offset in (0..text.len() + 2).step_by(211 + seed).chain(BLOCK - 3..BLOCK + 3) {
                let line = starts.partition_point(|&start| start <= offset.min(text.len()));
                assert_eq!(source.position(offset).line, line, "{seed} {offset}");
                let start = starts.get(line - 1).copied().unwrap_or(0);
                let end = starts.get(line).map_or(text.len(), |next| next - 1);
                let cut = usize::from(end > start && bytes.get(end - 1) == Some(&b'\r'));
                assert_eq!(source.line_range(offset), start..end - cut, "{seed} {offset}");
            }
        }
    }

    #[test]
    fn positions_hold_across_blocks() {
        let text = format!("{}\n{}x", "ä".repeat(5000), "é".repeat(4000));
        let source = Source::from_text("t", text.clone());
        assert_eq!(source.position(text.len() - 1), Position { line: 2, column: 4001 });
    }

    #[test]
    fn encodings() {
        let wide: Vec<u8> = "{\"error\": \"ä\"}\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Source::from_bytes("t", &wide).text(), "{\"error\": \"ä\"}\r\n");
        let mut marked = vec![0xFF, 0xFE];
        marked.extend(&wide);
        assert_eq!(Source::from_bytes("t", &marked).text(), "{\"error\": \"ä\"}\r\n");
        assert_eq!(Source::from_bytes("t", b"\xEF\xBB\xBFx").text(), "x");
    }
}
