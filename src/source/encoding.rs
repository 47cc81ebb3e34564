//! How a file is encoded, so that it can be written back as it was.

/// An encoding with its byte order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without a mark.
    Utf8,
    /// UTF-8 with a mark.
    Utf8Marked,
    /// UTF-16, little endian, with a mark.
    Utf16LittleMarked,
    /// UTF-16, big endian, with a mark.
    Utf16BigMarked,
    /// UTF-16, little endian, without a mark.
    Utf16Little,
    /// UTF-16, big endian, without a mark.
    Utf16Big,
}

impl Encoding {
    /// By the mark, or for UTF-16 by its zero bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xEF, 0xBB, 0xBF, ..] => Self::Utf8Marked,
            [0xFF, 0xFE, ..] => Self::Utf16LittleMarked,
            [0xFE, 0xFF, ..] => Self::Utf16BigMarked,
            _ if super::looks_utf16(bytes, 1) => Self::Utf16Little,
            _ if super::looks_utf16(bytes, 0) => Self::Utf16Big,
            _ => Self::Utf8,
        }
    }

    /// The text, if the bytes are valid in this encoding.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        let units = |mark: usize, unit: fn([u8; 2]) -> u16| {
            let (pairs, rest) = bytes.get(mark..).unwrap_or_default().as_chunks::<2>();
            let text: Option<String> =
                char::decode_utf16(pairs.iter().map(|&pair| unit(pair))).map(Result::ok).collect();
            text.filter(|_| rest.is_empty())
        };
        match self {
            Self::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Self::Utf8Marked => String::from_utf8(bytes.get(3..)?.to_vec()).ok(),
            Self::Utf16LittleMarked => units(2, u16::from_le_bytes),
            Self::Utf16BigMarked => units(2, u16::from_be_bytes),
            Self::Utf16Little => units(0, u16::from_le_bytes),
            Self::Utf16Big => units(0, u16::from_be_bytes),
        }
    }

    /// The bytes of a text, with the mark.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8Marked => [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
            Self::Utf16LittleMarked => {
                [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
            }
            Self::Utf16BigMarked => {
                [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect()
            }
            Self::Utf16Little => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Big => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        for encoding in [
            Encoding::Utf8,
            Encoding::Utf8Marked,
            Encoding::Utf16LittleMarked,
            Encoding::Utf16BigMarked,
            Encoding::Utf16Little,
            Encoding::Utf16Big,
        ] {
            let bytes = encoding.encode("Grant-CsApplicationAccessPolicy ‘ä’ 😀\r\n");
            assert_eq!(Encoding::of(&bytes), encoding);
            assert_eq!(encoding.decode(&bytes).as_deref(), Some("Grant-CsApplicationAccessPolicy ‘ä’ 😀\r\n"));
        }
        assert_eq!(Encoding::Utf8.decode(b"\xff\xfe\xff"), None);
        assert_eq!(Encoding::Utf16LittleMarked.decode(b"\xff\xfea"), None);
    }
}
