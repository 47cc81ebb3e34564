//! The dense view of torn text: only its letters and digits, lower case, each with the place where it
//! stands. Quotes, escapes of any depth, percent-encoding, entities, console wrapping and punctuation
//! fall away, so one pattern finds a message however it was quoted, escaped, wrapped or encoded.

use std::ops::Range;

use super::Span;

/// Letters and digits of a piece of text, with the byte offset of each.
#[derive(Debug, Default)]
pub(crate) struct Dense {
    /// Lower-case ASCII letters and digits; every other letter is [`OTHER`].
    pub(crate) bytes: Vec<u8>,
    /// Offset of each in the text.
    offsets: Vec<u32>,
}

/// A block of text that is made dense at once, and how far what begins in it may reach beyond.
const BLOCK: usize = 1 << 20;
const REACH: usize = 16 << 10;

/// Gives the dense view of each block of a part of a text, and where the block ends: what begins behind its end is of the
/// next. The part begins and ends with a block.
pub(crate) fn blocks(text: &[u8], part: Range<usize>, mut read: impl FnMut(&Dense, usize)) {
    let mut dense = Dense::default();
    for block in (part.start..part.end.max(1)).step_by(BLOCK) {
        dense.fill(text, block, block + BLOCK + REACH);
        read(&dense, block + BLOCK);
    }
}

/// Where a block begins in the middle of a text.
pub(crate) const fn middle(len: usize) -> usize {
    len / BLOCK / 2 * BLOCK
}

/// Bytes that are looked at in one go.
const CHUNK: usize = 256;

/// Where letters are written first: a masked index needs no check.
struct Chunk {
    letters: [u8; CHUNK],
    offsets: [u32; CHUNK],
}

/// Stands for a letter that no pattern has.
const OTHER: u8 = 0xFF;
/// Begins something that stands for another character.
const DECODED: u8 = 1;

/// For each byte the letter or digit that it is, 0 where it is none, or [`DECODED`].
static KINDS: [u8; 256] = kinds();

#[allow(clippy::indexing_slicing, reason = "evaluated when the table is made: what is out of range does not compile")]
const fn kinds() -> [u8; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    loop {
        kinds[byte as usize] = match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => byte.to_ascii_lowercase(),
            b'\\' | b'%' | b'&' | 0xC0.. => DECODED,
            _ => 0,
        };
        if byte == u8::MAX {
            return kinds;
        }
        byte += 1;
    }
}

fn kind_of(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or_default()
}

impl Dense {
    /// The dense view of `text[start..end]`; offsets are those of the whole text.
    pub(crate) fn of(text: &[u8], start: usize, end: usize) -> Self {
        let mut dense = Self::default();
        dense.fill(text, start, end);
        dense
    }

    /// The same in the memory of another view.
    pub(crate) fn fill(&mut self, text: &[u8], start: usize, end: usize) {
        self.bytes.clear();
        self.offsets.clear();
        let part = text.get(..end.min(text.len())).unwrap_or_default();
        self.bytes.reserve(part.len().saturating_sub(start));
        self.offsets.reserve(part.len().saturating_sub(start));
        let mut at = start;
        let mut chunk = Chunk { letters: [0; CHUNK], offsets: [0; CHUNK] };
        while let Some(rest) = part.get(at..) {
            at += self.push_run(rest, at, &mut chunk);
            let Some(&byte) = part.get(at) else { break };
            at += match byte {
                b'\\' => self.escape(part, at),
                b'%' => self.percent(part, at),
                b'&' => entity(part, at),
                _ => self.letter(part, at),
            };
        }
    }

    /// Bytes that stand for themselves, or for nothing, up to one that does not: how many there are. Each is written,
    /// and kept only where it is a letter, so that no branch has to be guessed.
    fn push_run(&mut self, rest: &[u8], at: usize, chunk: &mut Chunk) -> usize {
        // Sources are at most 64 MiB; offsets beyond 4 GiB cannot occur.
        let first = u32::try_from(at).unwrap_or(u32::MAX);
        let mut place = first;
        for part in rest.chunks(CHUNK) {
            let Chunk { letters, offsets } = chunk;
            let (mut len, mut ended) = (0_usize, false);
            for &byte in part {
                let kind = kind_of(byte);
                if kind == DECODED {
                    ended = true;
                    break;
                }
                let slot = len % CHUNK;
                if let (Some(letter), Some(offset)) = (letters.get_mut(slot), offsets.get_mut(slot)) {
                    *letter = kind;
                    *offset = place;
                }
                place = place.wrapping_add(1);
                len = len.wrapping_add(usize::from(kind != 0));
            }
            self.bytes.extend_from_slice(letters.get(..len).unwrap_or_default());
            self.offsets.extend_from_slice(offsets.get(..len).unwrap_or_default());
            if ended {
                break;
            }
        }
        place.wrapping_sub(first) as usize
    }

    fn push(&mut self, byte: u8, at: usize) -> usize {
        self.bytes.push(byte);
        self.offsets.push(u32::try_from(at).unwrap_or(u32::MAX));
        1
    }

    /// A run of backslashes and what it escapes. `\n`, `\r` and `\t` are no letters; `\u0027` is the
    /// character that it names.
    fn escape(&mut self, text: &[u8], at: usize) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        let slashes = rest.iter().take_while(|&&byte| byte == b'\\').count();
        match rest.get(slashes) {
            Some(b'n' | b'r' | b't') => slashes + 1,
            Some(b'u') => match rest.get(slashes + 1..slashes + 5).and_then(hex) {
                Some(code) => {
                    self.decoded(code, at);
                    slashes + 5
                }
                None => slashes,
            },
            _ => slashes,
        }
    }

    /// `%27`, or `%2527` and deeper.
    fn percent(&mut self, text: &[u8], at: usize) -> usize {
        let rest = text.get(at + 1..).unwrap_or_default();
        let nested = rest.chunks_exact(2).take_while(|pair| *pair == b"25").count() * 2;
        let (skip, pair) = match rest.get(nested..nested + 2).and_then(hex) {
            Some(code) => (nested + 3, Some(code)),
            None => (1, rest.get(..2).and_then(hex).filter(|_| nested > 0)),
        };
        if let Some(code) = pair {
            self.decoded(code, at);
        }
        skip
    }

    fn decoded(&mut self, code: u32, at: usize) {
        match char::from_u32(code) {
            Some(letter) if letter.is_ascii_alphanumeric() => {
                self.push(u8::try_from(code).unwrap_or(OTHER).to_ascii_lowercase(), at);
            }
            Some(letter) if letter.is_alphanumeric() => {
                self.push(OTHER, at);
            }
            _ => {}
        }
    }

    fn letter(&mut self, text: &[u8], at: usize) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        let low = |byte: u8| u32::from(byte & 0x3F);
        // The text is UTF-8; a block may begin or end inside a character, which is none then.
        let (code, width) = match *rest {
            [a @ 0xF0..=0xFF, b, c, d, ..] => (u32::from(a & 7) << 18 | low(b) << 12 | low(c) << 6 | low(d), 4),
            [a @ 0xE0..=0xEF, b, c, ..] => (u32::from(a & 15) << 12 | low(b) << 6 | low(c), 3),
            [a @ 0xC0..=0xDF, b, ..] => (u32::from(a & 31) << 6 | low(b), 2),
            _ => return 1,
        };
        if is_letter(code) {
            self.push(OTHER, at);
        }
        width
    }

    /// Offset in the text of a dense index; the end of the text beyond.
    pub(crate) fn offset(&self, index: usize) -> Option<usize> {
        self.offsets.get(index).map(|&at| at as usize)
    }

    /// The span of dense `start..end`.
    pub(crate) fn span(&self, start: usize, end: usize) -> Option<Span> {
        let first = self.offset(start)?;
        let last = self.offset(end.checked_sub(1)?)?;
        Some(Span::new(first, last + 1))
    }

    /// Whether the character at `index` and the next stand side by side in the text, as inside a word.
    pub(crate) fn touches_next(&self, index: Option<usize>) -> bool {
        index
            .and_then(|index| self.offset(index).zip(self.offset(index + 1)))
            .is_some_and(|(left, right)| left + 1 == right)
    }
}

/// Whether a character beyond ASCII is a letter or a digit. What fills whole files, replacement characters and East
/// Asian text, is told without a table.
fn is_letter(code: u32) -> bool {
    match code {
        0x2000..=0x206F | 0xFFFD => false,
        0x4E00..=0x9FFF | 0xAC00..=0xD7A3 => true,
        _ => char::from_u32(code).is_some_and(char::is_alphanumeric),
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    // A plus sign may stand before a number.
    let digits = digits.strip_prefix(b"+").unwrap_or(digits);
    let number = digits.iter().try_fold(0, |number, &digit| Some(number << 4 | char::from(digit).to_digit(16)?));
    number.filter(|_| !digits.is_empty())
}

/// Length of `&quot;`, `&#39;`, `&#x27;`; 1 where it is none.
fn entity(text: &[u8], at: usize) -> usize {
    let rest = text.get(at + 1..).unwrap_or_default();
    let name = rest.iter().take(8).position(|&byte| byte == b';').and_then(|end| rest.get(..end));
    let known = name.is_some_and(|name| {
        matches!(name, b"quot" | b"apos" | b"amp" | b"lt" | b"gt" | b"nbsp")
            || name
                .strip_prefix(b"#")
                .is_some_and(|code| code.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'x'))
    });
    if known { name.map_or(1, |name| name.len() + 2) } else { 1 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn dense(text: &str) -> String {
        String::from_utf8(Dense::of(text.as_bytes(), 0, text.len()).bytes).unwrap()
    }

    #[test]
    fn what_quotes_and_escapes_leave() {
        for text in [
            "'it is': \"so\"",
            "{\\\"it is\\\":\\\\\\\"so\\\\\\\"}",
            "it\\r\\nis\\tso",
            "it%20is+so",
            "it%2520is%252Fso",
            "\\u0027it\\\\u0027 is so",
            "&quot;it&#39; is&#x27; so",
            "it\r\n     | is so",
            "“it” is ‘so’",
        ] {
            assert_eq!(dense(text), "itisso", "{text}");
        }
    }

    #[test]
    fn letters_are_those_of_unicode() {
        for character in (0x80..=0x1_FFFF).filter_map(char::from_u32) {
            assert_eq!(is_letter(character.into()), character.is_alphanumeric(), "{character:?}");
            let text = character.to_string();
            let dense = Dense::of(text.as_bytes(), 0, text.len());
            assert_eq!(dense.bytes.len(), usize::from(character.is_alphanumeric()), "{character:?}");
        }
        assert!(Dense::of("ä".as_bytes(), 0, 1).bytes.is_empty(), "cut inside a character");
    }

    #[test]
    fn spans_point_into_the_text() {
        let text = "x %27No\\u0020way%27";
        let view = Dense::of(text.as_bytes(), 0, text.len());
        assert_eq!(view.bytes, b"xnoway");
        assert_eq!(view.span(1, 6), Some(Span::new(5, 16)));
        assert!(view.touches_next(Some(1)) && !view.touches_next(Some(2)));
    }
}
