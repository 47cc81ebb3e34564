//! Lists of words, parted by `|`.

/// Whether a text has one of a list's words.
pub(super) fn has_word(list: &str, text: &str) -> bool {
    // Most words are told from those of a list by their first letter and their length: a bit for each.
    let bit = |number: usize| 1_u64 << number.min(63);
    let of = |word: &[u8]| (bit(word.first().map_or(0, |byte| usize::from(*byte & 31))), bit(word.len()));
    let all = list.as_bytes().split(|byte| *byte == b'|').map(of);
    let (firsts, lens) = all.fold((0, 0), |(firsts, lens), (first, len)| (firsts | first, lens | len));
    let known = |word: &str| {
        let (first, len) = of(word.as_bytes());
        firsts & first != 0 && lens & len != 0 && list.split('|').any(|known| known.eq_ignore_ascii_case(word))
    };
    text.split(|c: char| !(c.is_alphanumeric() || c == '\'')).any(|word| !word.is_empty() && known(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_list() {
        for (text, expected) in [
            ("we see it NOW", true),
            ("it isn't so", true),
            ("nowhere", false),
            ("", false),
            ("'", false),
            ("know", false),
            ("étage", true),
        ] {
            assert_eq!(has_word("now|isn't|étage|a", text), expected, "{text}");
        }
    }
}
