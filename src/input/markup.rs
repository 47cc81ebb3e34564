//! Ids that a page sets in other letters: `the app <b>9c4f…</b>`. The tags are no part of the sentence.

use memchr::memmem;

use super::Span;
use super::meeting::uuid_in;
use crate::source::slice;

/// Elements that only change how their words look.
const INLINE: [&str; 14] =
    ["b", "i", "u", "em", "strong", "code", "tt", "kbd", "samp", "mark", "span", "small", "font", "var"];
/// A tag with its attributes is not longer.
const TAG: usize = 200;
/// An id is that long.
const ID: usize = 36;
/// Tags beyond are not looked at.
const MANY: usize = 1 << 16;

/// The tags right before and behind an id, in the order of the text.
pub(super) fn around_ids(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let closing = memmem::find_iter(text.as_bytes(), b"</").take(MANY);
    for (start, end, close) in closing.filter_map(|at| around(text, at)) {
        found.extend([start, Span::new(end, close)]);
    }
    found
}

/// The opening tag before the id that ends here, and where the closing tag begins and ends.
fn around(text: &str, at: usize) -> Option<(Span, usize, usize)> {
    let rest = slice(text, at + 2..at + 2 + TAG);
    let name = slice(rest, 0..rest.find('>')?);
    if !INLINE.iter().any(|inline| inline.eq_ignore_ascii_case(name)) {
        return None;
    }
    let id = at.checked_sub(ID)?;
    uuid_in(text, id).filter(|(_, end)| *end == at)?;
    let head = slice(text, id.saturating_sub(TAG)..id);
    let tag = head.get(head.rfind('<')?..)?.strip_suffix('>')?;
    let opens = tag.strip_prefix('<')?;
    let attributes = opens.get(name.len()..)?;
    let same = opens.get(..name.len()).is_some_and(|open| open.eq_ignore_ascii_case(name));
    (same && (attributes.is_empty() || attributes.starts_with(' ')) && !attributes.contains('>'))
        .then(|| (Span::new(id - tag.len() - 1, id), at, at + 2 + name.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_ids() {
        const A: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
        for (form, expected) in [
            ("the <b>A</b> on", vec!["<b>", "</b>"]),
            ("<code class=\"x\">A</code>", vec!["<code class=\"x\">", "</code>"]),
            ("<td>A</td>", vec![]),
            ("<b>the A</b>", vec![]),
            ("<i>A</b>", vec![]),
            ("A</b>", vec![]),
        ] {
            let text = form.replace('A', A);
            let found: Vec<&str> =
                around_ids(&text).into_iter().map(|span| slice(&text, span.start..span.end)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
