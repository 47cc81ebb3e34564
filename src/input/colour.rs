//! Colours that a terminal would show (ECMA-48 control sequences), also where a collector escaped or lost the
//! escape character: in the view they are blank.

use std::borrow::Cow;

use memchr::memchr;

use super::Span;
use crate::both::holds_any;

/// How an escape character is written in front of the bracket.
const ESCAPES: [&[u8]; 7] = [b"\x1b", b"\\u001b", b"\\u001B", b"\\x1b", b"\\x1B", b"\\033", b"\\e"];

/// The same bytes without colours. Nothing is copied where there are none.
pub(super) fn blank(source: &str) -> Cow<'_, str> {
    let bytes = source.as_bytes();
    // Where no sequence ends the colours, brackets are something else.
    if !holds_any(source, &["\x1b", "1b[", "1B[", "[0m", "[39m", "\\033["]) {
        return Cow::Borrowed(source);
    }
    let mut changed = bytes.to_vec();
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr(b'[', rest)) {
        let bracket = at + next;
        at = bracket + 1;
        if let Some(span) = sequence(bytes, bracket)
            && let Some(part) = changed.get_mut(span.start..span.end)
        {
            part.fill(b' ');
            at = span.end;
        }
    }
    // Only whole runs of ASCII were replaced.
    String::from_utf8(changed).map_or(Cow::Borrowed(source), Cow::Owned)
}

/// The control sequence whose bracket stands here. Without its escape character only a colour is one.
fn sequence(bytes: &[u8], bracket: usize) -> Option<Span> {
    let rest = bytes.get(bracket + 1..)?;
    let parameters =
        rest.iter().take(24).take_while(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b'?')).count();
    let last = rest.get(parameters)?;
    let end = bracket + parameters + 2;
    let head = bytes.get(..bracket)?;
    match ESCAPES.iter().find(|escape| head.ends_with(escape)) {
        Some(escape) if last.is_ascii_alphabetic() => {
            let start = bracket - escape.len();
            // A string in a string has more backslashes.
            let slashes = head.get(..start)?.iter().rev().take(64).take_while(|&&byte| byte == b'\\').count();
            Some(Span::new(start - slashes, end))
        }
        None if parameters > 0 && *last == b'm' => Some(Span::new(bracket, end)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_blank() {
        for (text, expected) in [
            ("\x1b[31mForbidden\x1b[0m", "     Forbidden    "),
            ("\\u001b[1;31mNo\\u001b[0m", "            No         "),
            ("[31mNo[0m", "    No   "),
            ("\x1b[m\x1b[Kx", "      x"),
        ] {
            assert_eq!(blank(text), expected, "{text:?}");
        }
        for text in ["rate(x[5m])", "a[0] = b[1]", "plain", "[0m", "\x1b["] {
            assert!(blank(text).len() == text.len(), "{text}");
        }
        assert!(matches!(blank("rate(x[5m])"), Cow::Borrowed(_)));
    }
}
