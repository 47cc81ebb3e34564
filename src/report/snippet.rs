//! The adapter around miette: everything that it is given is sanitised, cut to a window and clamped,
//! since it prints controls as they are and panics on labels beyond column 65,535.

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};

use super::wrapped::wrap;
use crate::diagnose::Label;
use crate::order;
use crate::source::Source;
use crate::source::sanitise::visible_char;

/// Before a text that has no room within the drawing.
const BELOW: &str = "    ^ ";
/// Lines shown above the first and below the last label.
const CONTEXT: usize = 1;
/// Lines between two labels that are still shown in one window.
const TALL: usize = 8;

/// A piece of the source as it is shown, with the number of its first line.
#[derive(Debug)]
struct Window {
    name: String,
    text: String,
    first_line: usize,
    /// Line and column of each label, with its place in the text; the first is the one that the finding is about.
    places: Vec<(usize, usize, usize)>,
}

impl SourceCode for Window {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        let shown = inner.span().offset()..inner.span().offset() + inner.span().len();
        let place = self.places.iter().find(|(at, ..)| shown.contains(at));
        let name = place.map_or(self.name.clone(), |(_, line, column)| format!("{}:{line}:{column}", self.name));
        Ok(Box::new(MietteSpanContents::new_named(
            name,
            inner.data(),
            *inner.span(),
            inner.line() + self.first_line,
            inner.column(),
            inner.line_count(),
        )))
    }
}

#[derive(Debug)]
struct Report {
    title: String,
    window: Window,
    labels: Vec<(SourceSpan, String)>,
    severity: miette::Severity,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Report {}

impl Diagnostic for Report {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.window)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        // Where several stand in one part, its place is that of what the finding is about.
        let main = self.window.places.first().map(|(at, ..)| *at);
        Some(Box::new(self.labels.iter().map(move |(span, text)| {
            let text = (!text.is_empty()).then(|| text.clone());
            match main == Some(span.offset()) {
                true => LabeledSpan::new_primary_with_span(text, *span),
                false => LabeledSpan::new_with_span(text, *span),
            }
        })))
    }
}

/// Draws a headline and the labelled characters of the source.
pub(super) fn draw(
    source: &Source,
    title: &str,
    labels: &[Label],
    severity: miette::Severity,
    width: usize,
    color: bool,
) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width.max(40))
        .with_wrap_lines(false)
        .with_links(false)
        .without_primary_span_start();
    let (window, mut labels) = window(source, labels, width);
    // The drawing puts a label's text below the middle of its span; what would run over the edge is told below instead.
    let mut told = Vec::new();
    for (span, text) in &mut labels {
        let line_start = window.text.get(..span.offset()).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
        let before = window.text.get(line_start..span.offset()).unwrap_or_default().chars().count();
        let under = window.text.get(span.offset()..span.offset() + span.len()).unwrap_or_default().chars().count();
        if before + under / 2 + text.chars().count() + 12 > width {
            told.push(text);
        }
    }
    // Several are told from each other by numbers.
    let numbered = told.len() > 1;
    let told: Vec<String> = (1..)
        .zip(told)
        .map(|(number, text)| match numbered {
            true => format!("{number} {}", std::mem::replace(text, number.to_string())),
            false => std::mem::take(text),
        })
        .collect();
    let report = Report { title: title.to_owned(), window, labels, severity };
    let mut out = String::new();
    // A formatter that writes into a string fails only if the handler itself does.
    if handler.render_report(&mut out, &report).is_err() {
        out.clear();
        out.push_str(title);
    }
    let drawn: String = out.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    let mut drawn = drawn.trim_matches('\n').to_owned();
    for text in &told {
        for (index, part) in wrap(text, width.max(40) - BELOW.len()).iter().enumerate() {
            drawn.push('\n');
            drawn.push_str(if index == 0 { BELOW } else { "      " });
            drawn.push_str(part);
        }
    }
    drawn
}

/// The lines around the labels, each cut to the columns that matter. Labels that overlap, or are too
/// far from the first one, are left out of the drawing; the findings still hold them.
fn window(source: &Source, labels: &[Label], width: usize) -> (Window, Vec<(SourceSpan, String)>) {
    let mut chosen: Vec<(usize, usize, &Label)> = Vec::new();
    for label in labels {
        let line = source.line_range(label.span.start);
        let start = label.span.start.min(line.end);
        let end = label.span.end.clamp(start, line.end);
        if end > start && !chosen.iter().any(|(from, to, _)| start < *to && *from < end) {
            chosen.push((start, end, label));
        }
    }
    let Some(&(anchor, _, primary)) = chosen.first() else {
        let name = source.name().to_owned();
        return (Window { name, text: String::new(), first_line: 0, places: Vec::new() }, Vec::new());
    };
    let line_of = |offset: usize| source.position(offset).line;
    let main = line_of(anchor);
    chosen.retain(|(start, _, _)| line_of(*start).abs_diff(main) <= TALL);
    crate::order::sort_by_key(&mut chosen, |(start, ..)| *start);
    let first = chosen.iter().map(|(start, ..)| line_of(*start)).min().unwrap_or(main).saturating_sub(CONTEXT).max(1);
    let last = chosen.iter().map(|(start, ..)| line_of(*start)).max().unwrap_or(main) + CONTEXT;
    let room = width.saturating_sub(14).max(26);
    let mut text = String::new();
    let mut spans: Vec<(SourceSpan, String)> = Vec::new();
    let mut drawn = Vec::new();
    let mut offset = start_of(source, anchor, main, first);
    for line in first..=last {
        let range = source.line_range(offset);
        let here: Vec<&(usize, usize, &Label)> = chosen.iter().filter(|(start, ..)| line_of(*start) == line).collect();
        let before = spans.len();
        cut_line(source, range.clone(), &here, room, &mut text, &mut spans);
        let starts = spans.iter().skip(before).map(|(span, _)| span.offset());
        drawn.extend(
            starts.zip(here.iter().map(|(start, ..)| source.position(*start))).map(|(at, p)| (at, p.line, p.column)),
        );
        text.push('\n');
        let next = source.text().get(range.end..).and_then(|rest| rest.find('\n')).map(|at| range.end + at + 1);
        match next.filter(|next| *next < source.text().len()) {
            Some(next) => offset = next,
            None => break,
        }
    }
    let name = crate::source::sanitise::one_line(source.name());
    let name = crate::source::sanitise::shortened(&name, 60);
    // Lines far apart are drawn in parts, each with the place of what it is about.
    let mut places = drawn;
    order::sort_by_key(&mut places, |(_, line, column)| {
        let position = source.position(primary.span.start);
        (*line, *column) != (position.line, position.column)
    });
    (Window { name, text, first_line: first - 1, places }, spans)
}

fn start_of(source: &Source, anchor: usize, line: usize, wanted: usize) -> usize {
    let mut start = source.line_range(anchor).start;
    for _ in wanted..line {
        start = source.line_range(start.saturating_sub(1)).start;
    }
    start
}

/// One line, or the part of it around its labels.
fn cut_line(
    source: &Source,
    line: std::ops::Range<usize>,
    labels: &[&(usize, usize, &Label)],
    room: usize,
    text: &mut String,
    spans: &mut Vec<(SourceSpan, String)>,
) {
    let focus = labels.first().map_or(line.start, |(start, ..)| *start);
    let lead = room / 4;
    let chars = |end: usize| source.text().get(line.start..end).unwrap_or_default().chars().count();
    let last = labels.iter().map(|(_, end, _)| *end).max().unwrap_or(line.start);
    let before = source.text().get(line.start..focus).unwrap_or_default();
    let from = if chars(last) < room || chars(focus) <= lead.max(24) {
        line.start
    } else {
        before.char_indices().rev().nth(lead).map_or(line.start, |(at, _)| line.start + at)
    };
    if from > line.start {
        text.push('…');
    }
    let mut open: Vec<(usize, &Label)> = Vec::new();
    for (shown, (at, character)) in source.text().get(from..line.end).unwrap_or_default().char_indices().enumerate() {
        let at = from + at;
        close(&mut open, labels, at, text.len(), spans);
        if shown == room {
            text.push('…');
            break;
        }
        if let Some((_, _, label)) = labels.iter().find(|(start, ..)| *start == at) {
            open.push((text.len(), label));
        }
        text.push(if character == '\t' { ' ' } else { visible_char(character) });
    }
    for (start, label) in open {
        spans.push((SourceSpan::from(start..text.trim_end_matches('…').len().max(start + 1)), label.text.clone()));
    }
}

fn close<'l>(
    open: &mut Vec<(usize, &'l Label)>,
    labels: &[&(usize, usize, &'l Label)],
    at: usize,
    here: usize,
    spans: &mut Vec<(SourceSpan, String)>,
) {
    open.retain(|(start, label)| {
        let over = labels.iter().any(|(_, end, other)| std::ptr::eq(*other, *label) && *end <= at);
        if over {
            spans.push((SourceSpan::from(*start..here), label.text.clone()));
        }
        !over
    });
}

#[cfg(test)]
mod tests {
    use super::draw;
    use crate::diagnose::Label;
    use crate::input::Span;
    use crate::source::Source;

    fn drawn(text: &str, labels: &[(&str, &str)]) -> String {
        let source = Source::from_text("a.ps1", text.to_owned());
        let place = |word: &str| text.find(word).map_or(Span::new(0, 1), |at| Span::new(at, at + word.len()));
        let label = |(word, text): &(&str, &str)| Label { span: place(word), text: (*text).to_owned() };
        let labels: Vec<Label> = labels.iter().map(label).collect();
        draw(&source, "title", &labels, miette::Severity::Error, 60, false)
    }

    #[test]
    fn texts_without_room_are_numbered_where_there_are_several() {
        let long = "a text that is as long as there are columns, nearly";
        let two = drawn("first second", &[("first", long), ("second", long)]);
        assert!(two.ends_with(&format!("\n    ^ 1 {long}\n    ^ 2 {long}")), "{two}");
        assert!(
            ["1", "2"].iter().all(|number| two.lines().any(|line| line.ends_with(&format!("── {number}")))),
            "{two}"
        );
        let one = drawn("first second", &[("first", long), ("second", "short")]);
        assert!(one.ends_with(&format!("\n    ^ {long}")) && one.contains("── short"), "{one}");
    }

    #[test]
    fn parts_far_apart_have_their_own_places() {
        let text = format!("first\n{}  second\n", "\n".repeat(6));
        let both = drawn(&text, &[("second", "wrong"), ("first", "proof")]);
        assert!(both.contains("[a.ps1:8:3]") && both.contains("[a.ps1:1:1]"), "{both}");
        let near = drawn("first\n  second\n", &[("second", "wrong"), ("first", "proof")]);
        assert!(near.contains("[a.ps1:2:3]") && !near.contains("[a.ps1:1:1]"), "{near}");
    }
}
