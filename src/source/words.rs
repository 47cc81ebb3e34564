//! Many short words looked for at once, without an automaton that must be built first: tables made at
//! compile time tell from three bytes which words may begin there.

use crate::both::{both, is_long};

/// Words to look for, at most 64, each with what it stands for.
#[derive(Debug)]
pub(crate) struct Words<T, const N: usize> {
    words: [(&'static str, T); N],
    /// For each of the first three bytes: bit `i` says that word `i` has this byte there, or ends before.
    heads: [[u64; 256]; 3],
}

impl<T: Copy, const N: usize> Words<T, N> {
    /// Lower-case words; what they are compared with may be in any case.
    #[allow(
        clippy::indexing_slicing,
        reason = "evaluated when a constant is made: what is out of range does not compile"
    )]
    pub(crate) const fn new(words: [(&'static str, T); N]) -> Self {
        assert!(N <= 64, "one bit for each word");
        let mut heads = [[0; 256]; 3];
        let mut index = 0;
        while index < N {
            let word = words[index].0.as_bytes();
            let bit = 1 << index;
            let mut place = 0;
            while place < heads.len() {
                if place < word.len() {
                    heads[place][word[place] as usize] |= bit;
                    heads[place][word[place].to_ascii_uppercase() as usize] |= bit;
                } else {
                    let mut byte = 0;
                    while byte < 256 {
                        heads[place][byte] |= bit;
                        byte += 1;
                    }
                }
                place += 1;
            }
            index += 1;
        }
        Self { words, heads }
    }

    /// Every occurrence of every word, also inside others, in the order of their starts: where it starts, how long
    /// the word is, and what it stands for.
    pub(crate) fn find<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (usize, usize, T)> + 't {
        self.find_from(text, 0)
    }

    /// The same; a long text is read in two parts.
    pub(crate) fn find_in_parts<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (usize, usize, T)> + 't
    where
        T: Send + Sync,
    {
        /// Where a part has more, its rest is read in turn: most have a few.
        const MANY: usize = 1 << 16;
        let middle = if is_long(text.len()) { text.len() / 2 } else { 0 };
        let most = if middle > 0 { MANY } else { 0 };
        self.parts(text, middle, most)
    }

    /// Reads at most so many words of both parts at the same time, and the others in turn.
    fn parts<'t>(&'t self, text: &'t [u8], middle: usize, most: usize) -> impl Iterator<Item = (usize, usize, T)> + 't
    where
        T: Send + Sync,
    {
        let longest = self.words.iter().map(|(word, _)| word.len()).max().unwrap_or_default();
        let within = move |from: usize, end: usize| {
            let part = text.get(..text.len().min(end + longest)).unwrap_or_default();
            self.find_from(part, from).take_while(move |(start, ..)| *start < end)
        };
        let read = |from: usize, end: usize| within(from, end).take(most).collect::<Vec<_>>();
        let (above, below) = both(text.len(), || read(0, middle), || read(middle, text.len()));
        let parts = [(above, 0, middle), (below, middle, text.len())];
        parts.into_iter().flat_map(move |(known, from, end)| {
            let last = known.last().map_or(from, |(start, ..)| *start);
            let same = known.iter().rev().take_while(|(start, ..)| *start == last).count();
            let more = if known.len() == most { usize::MAX } else { 0 };
            known.into_iter().chain(within(last, end).skip(same).take(more))
        })
    }

    /// Those that start at a place or behind it.
    fn find_from<'t>(&'t self, text: &'t [u8], from: usize) -> impl Iterator<Item = (usize, usize, T)> + 't {
        let [first, second, third] = &self.heads;
        let head = |table: &[u64; 256], byte: Option<&u8>| {
            byte.map_or(u64::MAX, |&byte| table.get(usize::from(byte)).copied().unwrap_or_default())
        };
        let mut at = from;
        let mut here = 0_u64;
        std::iter::from_fn(move || {
            loop {
                while here != 0 {
                    let index = here.trailing_zeros() as usize;
                    here &= here - 1;
                    let start = at - 1;
                    let (word, value) = *self.words.get(index)?;
                    let found = text.get(start..start + word.len());
                    if found.is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes())) {
                        return Some((start, word.len(), value));
                    }
                }
                // Most bytes begin no word: all three are looked at before anything is decided.
                let rest = text.get(at..)?;
                let begins_one = |bytes: &[u8]| match bytes {
                    [one, two, three] => {
                        head(first, Some(one)) & head(second, Some(two)) & head(third, Some(three)) != 0
                    }
                    _ => false,
                };
                let skip = match rest.windows(3).position(begins_one) {
                    Some(skip) => skip,
                    // The last bytes may begin a short word.
                    None => {
                        let from = rest.len().saturating_sub(2);
                        let begins = |&byte: &u8| head(first, Some(&byte)) != 0;
                        from + rest.get(from..)?.iter().position(begins)?
                    }
                };
                at += skip + 1;
                here = head(first, rest.get(skip)) & head(second, rest.get(skip + 1)) & head(third, rest.get(skip + 2));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static WORDS: Words<u8, 5> = Words::new([("error", 0), ("errorcode", 1), ("id", 2), ("code", 3), ("a", 4)]);

    #[test]
    fn all_occurrences_in_order() {
        let found: Vec<_> = WORDS.find(b"xErrorCode idid CODE eRRo a").map(|(at, _, word)| (at, word)).collect();
        assert_eq!(found, [(1, 0), (1, 1), (6, 3), (11, 2), (13, 2), (16, 3), (26, 4)]);
        for middle in 0..28 {
            for most in 0..9 {
                let read = WORDS.parts(b"xErrorCode idid CODE eRRo a", middle, most);
                assert_eq!(read.map(|(at, _, word)| (at, word)).collect::<Vec<_>>(), found, "{middle} {most}");
            }
        }
        for from in 0..28 {
            let behind: Vec<_> = found.iter().filter(|(at, _)| *at >= from).copied().collect();
            let read = WORDS.find_from(b"xErrorCode idid CODE eRRo a", from);
            assert_eq!(read.map(|(at, _, word)| (at, word)).collect::<Vec<_>>(), behind);
        }
        assert_eq!(WORDS.find(b"").count(), 0);
        assert_eq!(WORDS.find(b"error").collect::<Vec<_>>(), [(0, 5, 0)]);
    }
}
