//! Ids that a page sets in other letters: `the app <b>9c4f…</b>`. The tags are no part of the sentence. And ids that stand in
//! an element beside the one with their label: `<dt>App</dt><dd>9c4f…</dd>`.

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

/// `<br>`, `<br/>`, `<br />`, in the order of the text: where a page begins a new line; and whether the text does so there.
pub(super) fn line_breaks(text: &str) -> Vec<(Span, bool)> {
    let tags = memmem::find_iter(text.as_bytes(), b"<br").take(MANY).filter_map(|at| {
        let rest = slice(text, at..at + "<br />".len());
        let tag = ["<br>", "<br/>", "<br />"].into_iter().find(|tag| rest.starts_with(tag))?;
        let end = at + tag.len();
        Some((Span::new(at, end), slice(text, end..end + 1).starts_with(['\n', '\r'])))
    });
    tags.collect()
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

/// Elements that hold a label, or its value.
const LABELS: [&str; 10] = ["dt", "th", "td", "b", "strong", "div", "span", "label", "em", "p"];
/// What is asked of a failure, as pages name it.
const NAMES: [&str; 19] = [
    "app",
    "appid",
    "application",
    "applicationid",
    "applicationclientid",
    "client",
    "clientid",
    "user",
    "userid",
    "userobjectid",
    "useroid",
    "upn",
    "userprincipalname",
    "organizerid",
    "requestid",
    "clientrequestid",
    "tenant",
    "tenantid",
    "directorytenantid",
];
/// A label is not longer.
const LABEL: usize = 40;
/// Between a label and its value.
const GAP: usize = 240;

/// A label with its value, each in an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Labelled {
    /// The tag before the label.
    pub(super) open: Span,
    /// From the label to the value.
    pub(super) gap: Span,
    /// The tags behind the value.
    pub(super) close: Span,
}

/// Values beside their labels, in the order of the text.
pub(super) fn labelled(text: &str) -> Vec<Labelled> {
    let mut found: Vec<Labelled> = Vec::new();
    for at in memmem::find_iter(text.as_bytes(), b"</").take(MANY) {
        // A value is no label of the next one.
        let taken = found.last().is_some_and(|last| at < last.close.end);
        found.extend(label_at(text, at).filter(|_| !taken));
    }
    found
}

/// How long the tags are that a part of a text begins with, and the white space between them.
fn tags(text: &str) -> usize {
    let mut end = 0;
    loop {
        let rest = slice(text, end..text.len());
        let tag = rest.trim_start();
        let Some(close) = tag.find('>').filter(|_| tag.starts_with('<')) else { return end };
        end += rest.len() - tag.len() + close + 1;
    }
}

/// The label that this closing tag ends, with the value behind it.
fn label_at(text: &str, at: usize) -> Option<Labelled> {
    let rest = slice(text, at + 2..at + 2 + TAG);
    let name = slice(rest, 0..rest.find('>')?);
    if !LABELS.iter().any(|label| label.eq_ignore_ascii_case(name)) {
        return None;
    }
    let head = slice(text, at.saturating_sub(LABEL + TAG)..at);
    let (tag, label) = head.rsplit_once('>')?;
    let letters: String = label.chars().filter(char::is_ascii_alphabetic).collect();
    let is_label = label.len() <= LABEL && NAMES.iter().any(|name| name.eq_ignore_ascii_case(&letters));
    let tag = tag.get(tag.rfind('<')?..)?;
    let opens = tag.get(1..)?;
    let same = opens.get(..name.len()).is_some_and(|open| open.eq_ignore_ascii_case(name));
    if !is_label || !same || opens.get(name.len()..).is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()))
    {
        return None;
    }
    let label_start = at - label.len();
    let gap = at - (label.len() - label.trim_end().trim_end_matches(':').len());
    let value = at + 2 + name.len() + 1 + between(slice(text, at + 2 + name.len() + 1..at + GAP))?;
    let rest = slice(text, value..value + TAG);
    let written = slice(rest, 0..rest.find('<')?).trim_end();
    let is_id = uuid_in(text, value).is_some_and(|(_, end)| end == value + written.len());
    let is_name = letters.to_ascii_lowercase().starts_with('u')
        && written.contains('@')
        && !written.contains(|c: char| c.is_whitespace() || matches!(c, ':' | '/' | '"'));
    let close = value + rest.find('<')?;
    let close = Span::new(close, close + tags(slice(text, close..close + GAP)));
    (is_id || is_name).then_some(Labelled {
        open: Span::new(label_start - tag.len() - 1, label_start),
        gap: Span::new(gap, value),
        close,
    })
}

/// Where what the next elements hold begins: nothing but opening tags, and what closes the one around the label, stand
/// before it.
fn between(text: &str) -> Option<usize> {
    let mut at = 0;
    for _ in 0..4 {
        let rest = slice(text, at..text.len());
        let words = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ':');
        at += rest.len() - words.len();
        if !words.starts_with('<') {
            return (!words.is_empty()).then_some(at);
        }
        // Behind a row of labels stand the values of all of them.
        let closed = words.strip_prefix("</").unwrap_or_default();
        if !closed.is_empty() && !["td>", "th>", "dt>", "div>", "span>"].iter().any(|name| closed.starts_with(name)) {
            return None;
        }
        at += words.find('>')? + 1;
    }
    None
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

    #[test]
    fn labels_of_elements() {
        const A: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
        let shown = |form: &str| -> Vec<String> {
            let text = form.replace('§', A);
            let pair = |it: Labelled| {
                let label = slice(&text, it.open.end..it.gap.start);
                format!("{label}: {}", slice(&text, it.gap.end..it.close.start).replace(A, "§"))
            };
            labelled(&text).into_iter().map(pair).collect()
        };
        for (form, expected) in [
            (
                "<dl><dt>App</dt><dd>§</dd><dt>User</dt>\n  <dd>bo@contoso.com</dd></dl>",
                vec!["App: §", "User: bo@contoso.com"],
            ),
            ("<tr><th class=\"x\">Client ID</th><td>§</td></tr>", vec!["Client ID: §"]),
            ("<p><b>App:</b> §</p>", vec!["App: §"]),
            ("<div>App id</div><div class=\"v\"><code>§</code></div>", vec!["App id: §"]),
            ("<dt>Build</dt><dd>§</dd>", vec![]),
            ("<th>App</th><th>User</th></tr><tr><td>§</td><td>§</td>", vec![]),
            ("<dt>App</dt><dd>Contoso §</dd>", vec![]),
            ("<dt>App</dt><dd></dd>", vec![]),
        ] {
            assert_eq!(shown(form), expected, "{form}");
        }
    }
}
