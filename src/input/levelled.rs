//! Lines that a runner printed with the same label before each: `ERROR: `, `stderr: `. Where all lines of a text have it and
//! they go on with each other, it is of no line.

use super::Span;

/// A label is not longer.
const LABEL: usize = 12;
/// Labels of lines, with their colon.
const LABELS: [&[u8]; 6] = [b"ERROR:", b"error:", b"stderr:", b"STDERR:", b"stdout:", b"ERR:"];

/// The labels of all lines of a text.
pub(super) fn labels(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let Some(label) = LABELS.into_iter().find(|label| bytes.starts_with(label)) else { return Vec::new() };
    let mut found = Vec::new();
    let (mut start, mut goes_on) = (0, false);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !line.trim_ascii().is_empty() {
            // `ERROR:app:…` has the name of a logger.
            let body = line.strip_prefix(label).filter(|body| body.first().is_none_or(u8::is_ascii_whitespace));
            let Some(body) = body else { return Vec::new() };
            goes_on |= start > 0 && is_rest(body);
            let space = usize::from(body.first() == Some(&b' '));
            found.push(Span::new(start, start + (label.len() + space).min(LABEL)));
        }
        start += line.len();
    }
    if goes_on && found.len() > 1 { found } else { Vec::new() }
}

/// Whether what stands behind a label begins no record of its own.
fn is_rest(body: &[u8]) -> bool {
    let body = body.strip_prefix(b" ").unwrap_or(body);
    match body.trim_ascii_end() {
        [] => true,
        [first, ..] => first.is_ascii_lowercase() || matches!(first, b' ' | b'\t' | b'}' | b'{' | b'"' | b'+' | b'|'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_all_lines() {
        for (text, expected) in [
            ("ERROR: {\nERROR:   \"error\": {}\nERROR: }\n", 3),
            ("stderr: No policy\nstderr: found\nstderr:\nstderr: Status: 403\n", 4),
            ("ERROR: one failed\nERROR: Two failed\n", 0),
            ("ERROR: one failed\nat x\n", 0),
            ("ERROR:app:one\nERROR:app:{\n", 0),
            ("ERROR: {\n", 0),
            ("error: {\nstderr: }\n", 0),
            ("", 0),
        ] {
            assert_eq!(labels(text).len(), expected, "{text}");
        }
    }
}
