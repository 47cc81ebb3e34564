//! Whether a large file is no text at all.

/// Smaller inputs are read as they are: a paste may hold anything.
const LARGE: usize = 1 << 20;
/// Parts that are looked at, from the beginning to the end of a file, and how long each is.
const PARTS: usize = 256;
const PART: usize = 1 << 10;
/// So many bytes of each hundred are of no text.
const SHARE: usize = 20;

/// Whether every part that is looked at holds so many bytes which no text has (controls, NUL, what is no UTF-8) that
/// none of it is one. UTF-16 is text.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let wide = matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..])
        || super::looks_utf16(bytes, 0)
        || super::looks_utf16(bytes, 1);
    if bytes.len() < LARGE || wide {
        return false;
    }
    let step = (bytes.len() - PART) / (PARTS - 1);
    let mut parts = (0..PARTS).filter_map(|index| bytes.get(index * step..index * step + PART));
    parts.all(|part| odd_bytes(part) * 100 >= part.len() * SHARE)
}

fn odd_bytes(part: &[u8]) -> usize {
    let is_control = |byte: &&u8| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127);
    part.utf8_chunks()
        .map(|chunk| chunk.valid().as_bytes().iter().filter(is_control).count() + chunk.invalid().len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 7_u64;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .take(len)
        .collect()
    }

    #[test]
    fn only_what_is_no_text_anywhere() {
        assert!(is_binary(&noise(LARGE)) && is_binary(&vec![0; LARGE]));
        assert!(!is_binary(&noise(LARGE - 1)), "a paste");
        let text = "Zeile mit Umlauten äöü\tund \u{1b}[31mFarbe\u{1b}[0m\r\n".repeat(LARGE / 40);
        assert!(!is_binary(text.as_bytes()));
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        assert!(!is_binary(&latin), "Latin-1");
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(!is_binary(&wide), "UTF-16");
        // A log behind zeros, as in a file that was not closed, and one in the middle of something else.
        for text_at in [0, LARGE, LARGE / 2] {
            let mut mixed = vec![0; LARGE];
            mixed.extend(noise(LARGE / 2));
            mixed.splice(text_at..text_at, text.bytes().take(64 << 10));
            assert!(!is_binary(&mixed), "{text_at}");
        }
    }
}
