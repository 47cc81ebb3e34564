//! PEM private keys, whatever stands around their lines.

use std::ops::Range;

use super::secrets::run;

/// The lines of a private key in PEM, up to its last marker or, where it is torn, as far as they are base64. Quote
/// marks and line ends between them stay, also escaped ones.
pub(super) fn private_key(bytes: &[u8], start: usize) -> Vec<Range<usize>> {
    const LABEL: &[u8] = b"PRIVATE KEY-----";
    let mut lines = Vec::new();
    let head = bytes.get(start..bytes.len().min(start + 40)).unwrap_or_default();
    let Some(label) = memchr::memmem::find(head, LABEL) else { return lines };
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let mut at = start + label + LABEL.len();
    while at < start + (32 << 10) {
        let (next, _) = between_lines(bytes, at);
        let rest = bytes.get(next..).unwrap_or_default();
        if rest.starts_with(b"Proc-Type:") || rest.starts_with(b"DEK-Info:") {
            at = run(bytes, next, |byte| !matches!(byte, b'\n' | b'\r' | b'\\' | b'`'));
            continue;
        }
        let end = run(bytes, next, is_base64);
        let (after, broken) = between_lines(bytes, end);
        let last = after == bytes.len() || bytes.get(after..).is_some_and(|rest| rest.starts_with(b"-----"));
        if end == next || end - next < 16 && !broken && !last {
            break;
        }
        // The operator that joins two lines stays.
        if bytes.get(next..end).is_some_and(|line| line != b"+") {
            lines.push(next..end);
        }
        at = end;
    }
    lines
}

/// Skips what stands between two lines of a key; tells whether a line ended.
fn between_lines(bytes: &[u8], start: usize) -> (usize, bool) {
    let (mut at, mut broken) = (start, false);
    loop {
        at += match bytes.get(at..).unwrap_or_default() {
            [b'\n' | b'\r', ..] => {
                broken = true;
                1
            }
            [b'\\' | b'`', b'n' | b'r', ..] => {
                broken = true;
                2
            }
            [b' ' | b'\t' | b'"' | b'\'' | b'>' | b'|' | b'#' | b',' | b'\\' | b'`', ..] => 1,
            _ => return (at, broken),
        };
    }
}
