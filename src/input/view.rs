//! The text as it was before it was pasted, as far as lines go: what a collector, a quotation or a
//! console put before each line becomes blank, colours do, escaped line breaks become line breaks, rows that
//! a console broke are joined, and JSON in a cell or in a query is read. Every place in the view has its place
//! in the source.

use std::borrow::Cow;

use super::{Facts, Incident, Span};
use super::{broken, split_ids, wrapped};
use super::{collected, colour, frame, levelled, markup, spoken};
use crate::both::{both, holds_any};
use crate::source::slice;

/// A text to read, and where it stands in its source.
#[derive(Debug)]
pub(crate) struct View<'t> {
    pub(crate) text: Cow<'t, str>,
    /// Starts of the joined pieces, in the view and in the source; empty: they are the same.
    pieces: Vec<(usize, usize)>,
}

/// What a view leaves out or replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) span: Span,
    /// The character that the span stands for, if it is one.
    pub(super) with: Option<char>,
}

impl<'t> View<'t> {
    pub(crate) fn of(source: &'t str) -> Self {
        let (text, joins) = blank(source);
        let written = text.as_ref();
        let written_out = || {
            let mut edits = wrapped::doubled_quotes(written);
            edits.extend(wrapped::quoted_printable(source, written));
            edits.extend(wrapped::addresses(source, written));
            edits.extend(wrapped::entities(written));
            edits.extend(wrapped::escaped_marks(written));
            (edits, split_ids::breaks(written))
        };
        let ((mut edits, in_ids), breaks) = both(text.len(), written_out, || broken_rows(source, written));
        edits.extend(wrapped::encoded(written, &breaks));
        edits.extend(breaks.into_iter().chain(joins).chain(in_ids).map(|span| Edit { span, with: None }));
        if edits.is_empty() {
            return Self { text, pieces: Vec::new() };
        }
        // Of two from one place the longer one: an id goes on behind the blanks of a row.
        crate::order::sort_by_key(&mut edits, |edit| (edit.span.start, usize::MAX - edit.span.end));
        let mut joined = String::with_capacity(text.len());
        let mut pieces = vec![(0, 0)];
        let mut from = 0;
        for Edit { span, with } in edits {
            if span.start < from {
                continue;
            }
            joined.push_str(text.get(from..span.start).unwrap_or_default());
            joined.extend(with);
            pieces.push((joined.len(), span.end));
            from = span.end;
        }
        joined.push_str(text.get(from..).unwrap_or_default());
        Self { text: Cow::Owned(joined), pieces }
    }

    pub(crate) fn in_source(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|(view, _)| *view <= at).checked_sub(1);
        piece.and_then(|index| self.pieces.get(index)).map_or(at, |(view, source)| at - view + source)
    }

    /// A place of the source in the view.
    pub(crate) fn place(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|(_, source)| *source <= at).checked_sub(1);
        let Some(index) = piece else { return at };
        let Some((view, source)) = self.pieces.get(index) else { return at };
        let end = self.pieces.get(index + 1).map_or(self.text.len(), |(view, _)| *view);
        (at - source + view).min(end)
    }

    fn span(&self, span: Span) -> Span {
        let start = self.in_source(span.start);
        let last = span.end.checked_sub(1).filter(|last| *last >= span.start);
        Span::new(start, last.map_or(start, |last| self.in_source(last) + 1))
    }

    /// Moves every place of an incident to the source.
    pub(crate) fn to_source(&self, incident: &mut Incident) {
        if !self.pieces.is_empty() {
            move_places(incident, |span| self.span(span));
        }
    }
}

/// Moves every place of an incident.
pub(super) fn move_places(incident: &mut Incident, place: impl Fn(Span) -> Span) {
    incident.span = place(incident.span);
    for hit in &mut incident.symptoms {
        hit.span = place(hit.span);
    }
    for span in spans(&mut incident.facts) {
        *span = place(*span);
    }
}

fn spans(facts: &mut Facts) -> impl Iterator<Item = &mut Span> {
    let texts = [
        &mut facts.code,
        &mut facts.inner_code,
        &mut facts.message,
        &mut facts.user,
        &mut facts.method,
        &mut facts.path,
        &mut facts.version,
        &mut facts.host,
        &mut facts.other_host,
        &mut facts.request_id,
        &mut facts.client_request_id,
        &mut facts.part,
        &mut facts.date,
        &mut facts.other_date,
        &mut facts.retry_after,
    ];
    let ids = [&mut facts.app_id, &mut facts.user_id, &mut facts.organizer_id, &mut facts.tenant_id];
    let lists = [&mut facts.roles, &mut facts.required];
    let texts = texts.into_iter().flatten().filter_map(|fact| fact.span.as_mut());
    let ids = ids.into_iter().flatten().filter_map(|fact| fact.span.as_mut());
    let lists = lists.into_iter().flatten().filter_map(|fact| fact.span.as_mut());
    texts
        .chain(ids)
        .chain(lists)
        .chain(facts.status.iter_mut().filter_map(|fact| fact.span.as_mut()))
        .chain(facts.token_kind.iter_mut().filter_map(|fact| fact.span.as_mut()))
        .chain(facts.meeting.iter_mut().filter_map(|fact| fact.span.as_mut()))
        .chain(facts.token.iter_mut().filter_map(|fact| fact.span.as_mut()))
        .chain(facts.named.iter_mut().filter_map(|(_, fact)| fact.span.as_mut()))
}

/// The same bytes, with colours, prefixes and escaped line breaks as white space; and what was put into a line.
fn blank(source: &str) -> (Cow<'_, str>, Vec<Span>) {
    let plain = colour::blank(source);
    let mut view = Blanked::of(plain);
    let mut joins = prefixes(&mut view);
    let mut view = Blanked::of(view.text());
    joins.extend(free(&mut view));
    let freed = view.changed.is_some();
    let mut view = Blanked::of(view.text());
    escaped_breaks(&mut view);
    let broken = view.changed.is_some();
    let mut view = Blanked::of(view.text());
    if freed || broken {
        // Lines in objects and in strings may have heads of their own.
        joins.extend(free(&mut view));
    }
    let mut view = Blanked::of(view.text());
    hard_spaces(&mut view);
    let mut view = Blanked::of(view.text());
    for (tag, ends) in markup::line_breaks(&view.source) {
        view.replace(tag, b' ', if ends { b' ' } else { b'\n' });
    }
    let mut view = Blanked::of(view.text());
    if !holds_any(&view.source, &["</"]) {
        return (view.text(), joins);
    }
    for tag in markup::around_ids(&view.source) {
        view.replace(tag, b' ', b' ');
    }
    let mut view = Blanked::of(view.text());
    let mut end = 0;
    for labelled in markup::labelled(&view.source) {
        // A pair on a line of its own, right below the one above it.
        if end < labelled.open.end {
            view.replace(labelled.open, b' ', b'\n');
        }
        end = labelled.close.end;
        view.replace(labelled.gap, b' ', b' ');
        view.replace(Span::new(labelled.gap.start, labelled.gap.start + 1), b':', b':');
        view.replace(labelled.close, b' ', b'\n');
    }
    (view.text(), joins)
}

/// Makes blanks of what collectors repeat; gives what they put into a line.
fn free(view: &mut Blanked<'_>) -> Vec<Span> {
    let repeated = collected::find(&view.source);
    for span in repeated.blank {
        view.replace(span, b' ', b' ');
    }
    repeated.join
}

/// Spaces that do not break, as pages and chats put them between words and into JSON.
fn hard_spaces(view: &mut Blanked<'_>) {
    let Blanked { source, changed } = view;
    // A text that is set in by a tab, line for line.
    if source.starts_with('\t') && source.lines().all(|line| line.is_empty() || line.starts_with('\t')) {
        let mut start = 0;
        for line in source.split_inclusive('\n') {
            let tab = usize::from(line.starts_with('\t'));
            replace(source, changed, Span::new(start, start + tab), b' ', b' ');
            start += line.len();
        }
    }
    let written = ["\u{a0}", "\\u00a0", "\\u00A0", "&nbsp;"];
    if !holds_any(source, &written) {
        return;
    }
    for space in written {
        for at in memchr::memmem::find_iter(source.as_bytes(), space) {
            replace(source, changed, Span::new(at, at + space.len()), b' ', b' ');
        }
    }
}

/// A text, copied with the first change.
struct Blanked<'t> {
    source: Cow<'t, str>,
    changed: Option<Vec<u8>>,
}

impl<'t> Blanked<'t> {
    const fn of(source: Cow<'t, str>) -> Self {
        Self { source, changed: None }
    }

    /// Makes white space of a span: all but its last byte, and that.
    fn replace(&mut self, span: Span, fill: u8, last: u8) {
        replace(&self.source, &mut self.changed, span, fill, last);
    }

    /// What it became. Only whole characters were replaced.
    fn text(self) -> Cow<'t, str> {
        match self.changed.and_then(|bytes| String::from_utf8(bytes).ok()) {
            Some(changed) => Cow::Owned(changed),
            None => self.source,
        }
    }
}

fn replace(source: &str, changed: &mut Option<Vec<u8>>, span: Span, fill: u8, last: u8) {
    let bytes = changed.get_or_insert_with(|| source.as_bytes().to_vec());
    if let Some([rest @ .., end]) = bytes.get_mut(span.start..span.end) {
        // Most are of two bytes.
        rest.iter_mut().for_each(|byte| *byte = fill);
        *end = last;
    }
}

/// `\n`, `\\n`, `\r\n`, `\t` at any depth of escaping. A break is one, however long it was written.
fn escaped_breaks(view: &mut Blanked<'_>) {
    let Blanked { source, changed } = view;
    let bytes = source.as_bytes();
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|rest| match rest.first() {
        Some(b'\\') => Some(0),
        _ => memchr::memchr(b'\\', rest),
    }) {
        let start = at + next;
        // Whole files may be made of these.
        if let Some([b'\\', mark @ (b'n' | b't'), ..]) = bytes.get(start..) {
            let changed = changed.get_or_insert_with(|| bytes.to_vec());
            if let Some([slash, letter]) = changed.get_mut(start..start + 2) {
                (*slash, *letter) = if *mark == b'n' { (b'\r', b'\n') } else { (b' ', b'\t') };
            }
            at = start + 2;
            continue;
        }
        let mut end = after_slashes(bytes, start);
        match bytes.get(end) {
            Some(b'n') => replace(source, changed, Span::new(start, end + 1), b'\r', b'\n'),
            Some(b'r') => {
                // `\r\n` is one break.
                let feed = after_slashes(bytes, end + 1);
                if feed > end + 1 && bytes.get(feed) == Some(&b'n') {
                    end = feed;
                }
                replace(source, changed, Span::new(start, end + 1), b'\r', b'\n');
            }
            Some(b't') => replace(source, changed, Span::new(start, end + 1), b' ', b'\t'),
            _ => {}
        }
        at = end;
    }
}

fn after_slashes(bytes: &[u8], at: usize) -> usize {
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|&&byte| byte == b'\\').count()
}

/// What stands before each line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prefix {
    /// `> ` of a quotation or of curl; `< ` of curl.
    Quote,
    /// `     | ` of an error view, `web-1  | ` of a container.
    Gutter,
    /// `2026-01-01T00:00:00Z stderr F ` of a container runtime.
    Stream,
    /// `[pod/app-1/app] ` of a log that is read from several places, `##[error]` of a pipeline.
    Place,
}

/// Makes blanks of prefixes; gives what a runtime put into the middle of a line.
fn prefixes(view: &mut Blanked<'_>) -> Vec<Span> {
    let Blanked { source, changed } = view;
    let bytes = source.as_bytes();
    let mut joins = Vec::new();
    let mut previous: Option<(Prefix, Span, bool)> = None;
    let mut gutters: Vec<Span> = Vec::new();
    let mut places: Vec<Span> = Vec::new();
    // Where a part of a line ends that goes on in the next.
    let mut part: Option<usize> = None;
    let mut start = 0;
    while start < bytes.len() {
        let empty = empty_lines(bytes, start);
        if empty > 0 {
            (previous, part) = (None, None);
            start += empty;
            continue;
        }
        let end =
            memchr::memchr(b'\n', bytes.get(start..).unwrap_or_default()).map_or(bytes.len(), |at| start + at + 1);
        let line = bytes.get(start..end.min(start + 200)).unwrap_or_default();
        let this = prefix(line).map(|(kind, len)| (kind, Span::new(start, start + len)));
        let stream = this.filter(|(kind, _)| *kind == Prefix::Stream);
        joins.extend(part.zip(stream).map(|(part, (_, span))| Span::new(part, span.end)));
        let is_part = stream.is_some_and(|(_, span)| bytes.get(..span.end).is_some_and(|head| head.ends_with(b" P ")));
        part = is_part.then(|| end - 1);
        if let Some((Prefix::Place, span)) = this {
            places.push(span);
            previous = None;
            start = end;
            continue;
        }
        previous = this.map(|(kind, span)| {
            // One line alone may begin like this by chance, but for the last kind.
            let before = previous.filter(|(other, ..)| *other == kind);
            let done = kind == Prefix::Stream || before.is_some();
            if let Some((_, first, false)) = before {
                replace(source, changed, first, b' ', b' ');
                gutters.push(first);
            }
            if done {
                replace(source, changed, span, b' ', b' ');
                gutters.push(span);
            }
            (kind, span, done)
        });
        start = end;
    }
    levelled::labels(source).into_iter().for_each(|label| replace(source, changed, label, b' ', b' '));
    keep_names(source.as_bytes(), changed, &gutters);
    // Where there are several places, they tell the lines apart.
    let name = |span: &Span| bytes.get(span.start..span.end);
    if places.len() > 1 && places.iter().all(|place| name(place) == places.first().and_then(name)) {
        places.iter().for_each(|place| replace(source, changed, *place, b' ', b' '));
    }
    joins
}

/// Where the lines of several containers are mixed, their names stay, as those of threads: `[web-1] `.
fn keep_names(source: &[u8], changed: &mut Option<Vec<u8>>, gutters: &[Span]) {
    let name = |span: &Span| {
        let prefix = source.get(span.start..span.end)?.strip_suffix(b"|")?.trim_ascii();
        (prefix.len() + 2 <= span.len() && prefix.last().is_some_and(u8::is_ascii_digit)).then_some(prefix)
    };
    let Some(first) = gutters.iter().find_map(name) else { return };
    if gutters.iter().filter_map(name).all(|other| other == first) {
        return;
    }
    let tags: Vec<(usize, Vec<u8>)> =
        gutters.iter().filter_map(|span| Some((span.start, [b"[", name(span)?, b"]"].concat()))).collect();
    for (start, tag) in tags {
        let bytes = changed.get_or_insert_with(|| source.to_vec());
        if let Some(part) = bytes.get_mut(start..start + tag.len()) {
            part.copy_from_slice(&tag);
        }
    }
}

fn prefix(line: &[u8]) -> Option<(Prefix, usize)> {
    let blanks = line.iter().take_while(|&&byte| byte == b' ').count();
    let rest = line.get(blanks..)?;
    if let [b'>' | b'<', b' ' | b'\r' | b'\n', ..] = rest {
        // A tag behind the mark is of the line.
        let is_tag = |at: usize| rest.get(at + 1).is_some_and(|next| !next.is_ascii_whitespace());
        let is_mark = |(at, byte): &(usize, &u8)| matches!(byte, b'>' | b' ') || **byte == b'<' && !is_tag(*at);
        let marks = rest.iter().enumerate().take_while(is_mark).count();
        return Some((Prefix::Quote, blanks + marks));
    }
    if rest.first() == Some(&b'|') {
        return Some((Prefix::Gutter, blanks + 1));
    }
    if let Some(len) = place(rest) {
        return Some((Prefix::Place, blanks + len));
    }
    // `0|worker  | `: a process manager numbers its programs.
    let number = rest.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let number = if number > 0 && rest.get(number) == Some(&b'|') { number + 1 } else { 0 };
    let name = rest.get(number..)?.iter().take(80);
    let name =
        name.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':')).count();
    let word = number + name;
    let gap = rest.get(word..)?.iter().take_while(|&&byte| byte == b' ').count();
    let behind = rest.get(word + gap..)?;
    if word > 0 && gap > 0 && behind.first() == Some(&b'|') {
        return Some((Prefix::Gutter, blanks + word + gap + 1));
    }
    let stream =
        [b"stdout F ", b"stderr F ", b"stdout P ", b"stderr P "].into_iter().any(|name| behind.starts_with(name));
    (gap == 1 && stream && rest.first().is_some_and(u8::is_ascii_digit))
        .then_some((Prefix::Stream, blanks + word + gap + 9))
}

/// `[pod/app-1/app] `, `##[error]`.
fn place(line: &[u8]) -> Option<usize> {
    let command = line.starts_with(b"##[");
    let open = if command { 3 } else { usize::from(line.first() == Some(&b'[')) };
    let name = line.get(open..)?.iter().take(120);
    let name =
        name.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.')).count();
    let behind = line.get(open + name..)?;
    let several = || line.get(open..open + name).is_some_and(|name| name.contains(&b'/') && !name.starts_with(b"/"));
    (open > 0 && name > 0 && behind.first() == Some(&b']')).then_some(())?;
    if command {
        return Some(open + name + 1);
    }
    (several() && behind.get(1) == Some(&b' ')).then_some(open + name + 2)
}

/// The line breaks of a console that cuts rows at its width: at least two rows of the same width in turn,
/// and no two that begin alike, as records do. What a quotation put before the rest of a row is no part of it.
fn broken_rows(source: &str, text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut found: Vec<Span> = Vec::new();
    let mut run: Vec<(Span, usize, [u8; 6])> = Vec::new();
    let mut above = "";
    let mut start = 0;
    while start < bytes.len() {
        let empty = empty_lines(bytes, start);
        if empty > 0 {
            close(&mut run, &mut found);
            above = "";
            start += empty;
            continue;
        }
        let end = memchr::memchr(b'\n', bytes.get(start..).unwrap_or_default()).map_or(bytes.len(), |at| start + at);
        let returns = bytes.get(start..end).unwrap_or_default().iter().rev().take_while(|&&byte| byte == b'\r').count();
        let content = end - returns;
        let row = bytes.get(start..content).unwrap_or_default();
        // One record ends and the next begins: the widths are alike by chance.
        let records = row.ends_with(b"}") && bytes.get(end + 1) == Some(&b'{');
        let long = (60..=960).contains(&row.len()) && end < bytes.len() && !records;
        let long = long && !broken::is_object(text.get(start..content).unwrap_or_default());
        let width = if long { text.get(start..content).map_or(0, |row| row.chars().count()) } else { 0 };
        let line = text.get(start..content).unwrap_or_default();
        let same = run.last().is_some_and(|(_, other, shape)| *other == width && *shape != shape_of(row))
            && !frame::are_rows(above, line)
            && !begins_anew(above, line)
            && !begins_with_level(line);
        above = line;
        if !same {
            close(&mut run, &mut found);
        }
        if (60..=240).contains(&width) {
            run.push((Span::new(content, end + 1 + quotation(source, text, end + 1)), width, shape_of(row)));
        }
        start = end + 1;
    }
    close(&mut run, &mut found);
    found
}

/// How long the mark of a quotation is, `> `, that became blanks where a row begins.
fn quotation(source: &str, text: &str, start: usize) -> usize {
    const MOST: usize = 8;
    let row = slice(text, start..start + MOST);
    let blanks = row.len() - row.trim_start_matches(' ').len();
    let written = slice(source, start..start + blanks);
    let marks = written.rfind(['>', '|']).map_or(0, |last| last + 1);
    let is_mark = slice(written, 0..marks).bytes().all(|byte| matches!(byte, b'>' | b'|' | b' '));
    match slice(written, marks..written.len()) {
        _ if marks == 0 || !is_mark => 0,
        rest => marks + usize::from(rest.starts_with(' ')),
    }
}

/// Whether a row is no rest of the one above: both begin a record of a log, a record of Python's (`ERROR:reader:...`), a
/// command to a pipeline (`::error file=...`), or this one a status.
fn begins_anew(above: &str, row: &str) -> bool {
    let level = row.split(':').next().is_some_and(|word| {
        word.len() < row.len() && word.bytes().all(|byte| byte.is_ascii_uppercase()) && spoken::is_level(word)
    });
    // A rest of a path may look like a date, and not like a time.
    let timed = |row: &&str| {
        let has_time = row.as_bytes().windows(5).take(32).any(|at| match at {
            [a, b, b':', c, d] => [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()),
            _ => false,
        });
        has_time && spoken::begins_record(row)
    };
    // A prompt with its command, and what a cmdlet answers.
    let of_console = row.starts_with("PS ") || row.starts_with("PS>") || spoken::is_cmdlet_error(row);
    // `Code: 7504` above `Message: …`
    let coded = row.starts_with("Message:") && {
        let mut words = above.rsplitn(3, ' ');
        words.next().is_some_and(|code| !code.ends_with(':'))
            && words.next().is_some_and(|label| label.trim_start_matches(['(', '"']).eq_ignore_ascii_case("code:"))
    };
    of_console
        || coded
        || row.starts_with("::")
        || super::broken::begins_status(row)
        || level
        || [above, row].iter().all(timed)
}

/// `12:00:01 INFO …`: a record, whatever stands above it and is as wide.
fn begins_with_level(row: &str) -> bool {
    spoken::begins_record(row) && row.split_whitespace().take(3).any(spoken::is_level)
}

/// How long the empty lines are that begin here; whole files may be made of them.
fn empty_lines(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let mut behind = rest;
    while let [b'\n', next @ ..] | [b'\r', b'\n', next @ ..] = behind {
        behind = next;
    }
    rest.len() - behind.len()
}

fn close(run: &mut Vec<(Span, usize, [u8; 6])>, found: &mut Vec<Span>) {
    if run.len() >= 2 {
        found.extend(run.iter().map(|(span, ..)| *span));
    }
    run.clear();
}

/// How a row begins: letters and digits are all alike.
fn shape_of(row: &[u8]) -> [u8; 6] {
    let mut shape = [0; 6];
    for (slot, byte) in shape.iter_mut().zip(row) {
        *slot = match byte {
            b'0'..=b'9' => b'0',
            b'a'..=b'z' | b'A'..=b'Z' => b'a',
            other => *other,
        };
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_escapes_become_blank() {
        let view = |text: &'static str| View::of(text).text.into_owned();
        assert_eq!(view("web-1  | {\nweb-1  |   \"a\"\nx | y"), "         {\n           \"a\"\n    y");
        assert_eq!(view("> a\n> > b\n"), "  a\n    b\n");
        assert_eq!(view("a\\nb\\\\r\\\\nc\\\\td"), "a\r\nb\r\r\r\r\r\nc  \td");
        assert_eq!(view("> <p>a\n> <p>b\n"), "  <p>a\n  <p>b\n");
        assert_eq!(view("> only one\nline"), "> only one\nline");
    }

    #[test]
    fn rows_are_joined_and_places_kept() {
        let rows = ["a".repeat(80), format!("1{}", "b".repeat(79)), "end".into()];
        let text = rows.join("\r\n");
        let view = View::of(&text);
        assert_eq!(view.text.len(), 163);
        assert_eq!(view.span(Span::new(79, 81)), Span::new(79, 83));
        assert_eq!(view.span(Span::new(160, 163)), Span::new(164, 167));
        assert_eq!(view.place(164), 160);
        let lines = format!("{{{}}}\n{{{}}}\n{{{}}}\n", "a".repeat(80), "b".repeat(80), "c".repeat(80));
        assert_eq!(View::of(&lines).text, lines);
        let console = "PS> Get-MgUserOnlineMeeting -UserId 8c77ed6f-5013-4cff-8ba1-48212a8a05bf -All\n\
            Get-MgUserOnlineMeeting_List: No application access policy found for this app\n";
        assert_eq!(View::of(console).text, console);
    }
}
