//! The method of a request: before its path or its address, behind it, or in the line below.

use super::Span;
use crate::source::slice;

/// Methods of requests.
pub(super) const METHODS: [&str; 6] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"];

/// `GET https://...`, `'method': 'post', 'url': '...'`, `for GET /...`.
pub(super) fn before(text: &str, start: usize) -> Option<(&'static str, Span)> {
    // Another path or object, or more than a few words, parts a method from its path.
    let head = plain(slice(text, start.saturating_sub(200)..start));
    let bytes = head.as_bytes();
    let mut words = 0;
    let reach = bytes
        .iter()
        .enumerate()
        .rev()
        .take_while(|(at, byte)| {
            words += usize::from(byte.is_ascii_alphanumeric());
            // A cell ends between them: `<td>GET</td><td>/users/…`.
            let of_cell = || bytes.get(at.saturating_sub(1)..*at + 4) == Some(b"</td>");
            words <= 30 && (!matches!(byte, b'/' | b'}') || of_cell())
        })
        .count();
    if words < 3 {
        return None;
    }
    let head = slice(&head, head.len() - reach..head.len());
    let from = start - head.len();
    let (named, methods) = last_words(head);
    let at = method_in(head, named, methods, |at, method| {
        let between = head.get(at + method.len()..).unwrap_or_default();
        // `"method":"GET","status_code":403,"url":"https://...`
        let far = if named.is_some_and(|named| is_named(head, named, at)) { 24 } else { 12 };
        between.chars().filter(|c| c.is_alphanumeric()).count() <= far
    });
    at.map(|(at, method)| (method, Span::new(from + at, from + at + method.len())))
}

/// `'url': '...', 'method': 'POST'`.
pub(super) fn after(text: &str, end: usize) -> Option<(&'static str, Span)> {
    let written = slice(text, end..end + 40);
    let more = 5 * slice(text, end..end + 80).matches(QUOTE).count();
    let tail = plain(slice(text, end..end + written.len() + more));
    let tail = tail.split(['}', '/']).next().unwrap_or_default();
    if let Some(below) = below(text, end) {
        return Some(below);
    }
    let named = tail.as_bytes().windows(6).position(|word| word.eq_ignore_ascii_case(b"method"))?;
    let (_, methods) = last_words(tail);
    let (at, method) = method_in(tail, Some(named), methods, |at, _| at > named && is_named(tail, 0, named))?;
    Some((method, Span::new(end + at, end + at + method.len())))
}

/// `method: GET` alone in the line below `uri: https://...`, behind what a logger puts before each.
fn below(text: &str, end: usize) -> Option<(&'static str, Span)> {
    let rest = slice(text, end..end + 160);
    let line = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?.split(['\r', '\n']).next()?;
    let (label, value) = line.trim_end().rsplit_once(':')?;
    let method = METHODS.iter().find(|method| value.trim().eq_ignore_ascii_case(method))?;
    let word = label.rsplit([' ', '\t', '"']).next()?;
    word.eq_ignore_ascii_case("method").then_some(())?;
    let at = end + rest.find(line)? + line.trim_end().len() - method.len();
    Some((method, Span::new(at, at + method.len())))
}

/// A quote as markup writes it.
const QUOTE: &str = "&quot;";

/// The same text, as long as it is, with quotes for those of markup.
fn plain(written: &str) -> std::borrow::Cow<'_, str> {
    if written.contains(QUOTE) { written.replace(QUOTE, "     \"").into() } else { written.into() }
}

/// Whether what stands at a place is near behind another one, blanks aside.
fn is_named(written: &str, named: usize, at: usize) -> bool {
    named <= at && slice(written, named..at).bytes().filter(|byte| *byte != b' ').count() < 16
}

/// Where `method` stands last, and where each method does, in any case.
fn last_words(written: &str) -> (Option<usize>, [Option<usize>; METHODS.len()]) {
    let bytes = written.as_bytes();
    let mut named = None;
    let mut places = [None; METHODS.len()];
    for (at, byte) in bytes.iter().enumerate() {
        let first = byte.to_ascii_uppercase();
        if !matches!(first, b'G' | b'P' | b'D' | b'H' | b'M') {
            continue;
        }
        let is = |word: &str| {
            word.as_bytes().first() == Some(&first)
                && bytes.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
        };
        if is("METHOD") {
            named = Some(at);
        }
        for (place, method) in places.iter_mut().zip(METHODS) {
            if is(method) {
                *place = Some(at);
            }
        }
    }
    (named, places)
}

/// The last method that is a word of its own; in lower case only behind `method`.
fn method_in(
    written: &str,
    named: Option<usize>,
    places: [Option<usize>; METHODS.len()],
    fits: impl Fn(usize, &str) -> bool,
) -> Option<(usize, &'static str)> {
    let letter = |index: Option<usize>| {
        index.and_then(|index| written.as_bytes().get(index)).is_some_and(u8::is_ascii_alphanumeric)
    };
    METHODS
        .iter()
        .zip(places)
        .filter_map(|(method, at)| {
            let at = at?;
            // Firefox writes `XHRGET`.
            let before = written.get(..at).and_then(|head| head.get(at.checked_sub(3)?..));
            let begins = !letter(at.checked_sub(1)) || before.is_some_and(|word| word.eq_ignore_ascii_case("XHR"));
            let alone = begins && !letter(Some(at + method.len()));
            let exact = written.get(at..at + method.len()) == Some(*method);
            let named = named.is_some_and(|named| is_named(written, named, at));
            (alone && (exact || named) && fits(at, method)).then_some((at, *method))
        })
        .max_by_key(|(at, _)| *at)
}
