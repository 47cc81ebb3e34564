//! Ids that a mail or a column broke in two: what stands at the end of one line and at the beginning of the next is joined
//! where both together are exactly one id, so that nothing else is made of two words.

use super::Span;
use super::meeting::uuid_at;

/// Marks of a quotation, and the blanks that are left of what a collector repeats, are no more than this before the rest.
const MARKS: usize = 160;
/// The length of an id.
const ID: usize = 36;

/// The breaks inside ids, with the marks of a quotation behind them.
pub(super) fn breaks(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    // Whole files may be made of line ends: no id goes on behind a blank or a mark.
    let in_word = |feed: &usize| {
        let last = match bytes.get(..*feed) {
            Some([.., last, b'\r'] | [.., last]) => *last,
            _ => 0,
        };
        last.is_ascii_alphanumeric() || matches!(last, b'-' | b'.' | b'@')
    };
    let feeds = memchr::memchr_iter(b'\n', bytes).filter(in_word);
    feeds.filter_map(|feed| in_id(bytes, feed).or_else(|| in_thread(bytes, feed))).collect()
}

/// A break inside what the id of a chat or a meeting ends with: `19:meeting_…@thre`, `ad.v2`.
fn in_thread(bytes: &[u8], feed: usize) -> Option<Span> {
    const ENDS: [&[u8]; 3] = [b"@thread.v2", b"@thread.tacv2", b"@thread.skype"];
    let end = if bytes.get(feed.checked_sub(1)?) == Some(&b'\r') { feed - 1 } else { feed };
    let head = bytes.get(end.saturating_sub(12)..end)?;
    let left = head.iter().rposition(|byte| *byte == b'@').and_then(|at| head.get(at..))?;
    let before = end.checked_sub(left.len() + 1).and_then(|at| bytes.get(at))?;
    let behind = bytes.get(feed + 1..)?;
    let goes_on = ENDS
        .iter()
        .any(|whole| whole.strip_prefix(left).is_some_and(|rest| !rest.is_empty() && behind.starts_with(rest)));
    (before.is_ascii_alphanumeric() && goes_on).then(|| Span::new(end, feed + 1))
}

fn in_id(bytes: &[u8], feed: usize) -> Option<Span> {
    let part = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b'-';
    let end = if bytes.get(feed.checked_sub(1)?) == Some(&b'\r') { feed - 1 } else { feed };
    bytes.get(end.checked_sub(1)?).filter(part)?;
    let head = bytes.get(end.saturating_sub(ID)..end)?;
    let left = head.iter().rev().take_while(part).count();
    if left == 0 || left == ID {
        return None;
    }
    let behind = bytes.get(feed + 1..)?;
    let marks = behind.iter().take(MARKS).take_while(|byte| matches!(byte, b' ' | b'\t' | b'>' | b'|')).count();
    let start = feed + 1 + marks;
    let right = ID - left;
    let rest = bytes.get(start..start + right)?;
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let alone =
        !is_word((end - left).checked_sub(1).and_then(|at| bytes.get(at))) && !is_word(bytes.get(start + right));
    let mut id = [0; ID];
    let written = head.get(head.len() - left..)?.iter().chain(rest);
    id.iter_mut().zip(written).for_each(|(slot, byte)| *slot = *byte);
    (alone && uuid_at(&id).is_some()).then(|| Span::new(end, start))
}

#[cfg(test)]
mod tests {
    use super::super::view::View;

    #[test]
    fn only_a_whole_id_is_joined() {
        const ID: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
        for at in 1..36 {
            let (one, other) = ID.split_at(at);
            for between in ["\n", "\r\n", "\n  ", "\n> > "] {
                let text = format!("/users/{one}{between}{other}/onlineMeetings");
                let view = View::of(&text);
                assert_eq!(view.text, format!("/users/{ID}/onlineMeetings"), "{text}");
            }
        }
        for text in [
            "a 748d2cbb-3b55-40ed-8c34\n-2eae5932b22ab",
            "x748d2cbb-3b55-40ed-8c34\n-2eae5932b22a",
            "748d2cbb-3b55\n40ed-8c34-2eae5932b22a",
            "748d2cbb-3b55-40ed-8c34-2eae5932b22a\nabc",
        ] {
            assert_eq!(View::of(text).text, text);
        }
    }
}
