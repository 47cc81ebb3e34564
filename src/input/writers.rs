//! Logs that several writers print into in turn: containers (`web-1  | ...`, `[pod/web/api] ...`), threads and requests
//! (`10:00:01 [worker-3] ...`). Each writer's lines are read as if it had written alone, so that what one of them tells over
//! several lines is not torn by the others.

use std::collections::HashMap;

use super::{Span, beside, lane, method, spoken};
use crate::source::slice;

/// A writer's name does not stand further behind the beginning of its line.
const HEAD: usize = 120;
/// Nor behind more words: a time, a level, a process.
const WORDS: usize = 8;

/// Consoles that break lines are so wide.
const CONSOLE: std::ops::RangeInclusive<usize> = 60..=240;
/// No more writers than this are read by themselves; the lines of further ones only stand together.
const MANY: usize = 256;

/// Lines of one writer, with what stands around all of them.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) text: String,
    /// Its runs of lines that follow each other in the source as well, in their order.
    runs: Vec<Run>,
    /// Its last line goes on with what comes next.
    goes_on: bool,
}

/// Lines that follow each other in a part as in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    at: usize,
    source: usize,
    len: usize,
}

/// How a writer is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `web-1  | `, or `web  | ` with the place of the mark, which is the same in all lines.
    Gutter(usize),
    /// `[pod/web/api] `, or the job of a pipeline.
    Place,
    /// `[worker-3]` behind the time.
    Tag,
    /// `[rooms]` behind the time: a part of a program, which may be one of several that make calls.
    Part,
}

/// Lines in turn, each of a writer that is named in the same form.
#[derive(Debug)]
struct Block<'t> {
    form: Form,
    writers: HashMap<&'t str, usize>,
    /// Where the lines begin, and the writer of each.
    lines: Vec<(usize, usize)>,
    /// A writer goes on below another one, or their names say that they are several.
    mixed: bool,
    /// Not all lines are rows of a table.
    told: bool,
    /// The first writer that makes a call, and whether another one does.
    calls: Option<(usize, bool)>,
}

/// The lines of each writer by themselves, where several take turns.
pub(super) fn parts(text: &str) -> Option<Vec<Part>> {
    let mut sorted = Sorted { parts: Vec::new(), done: 0 };
    let mut block: Option<Block<'_>> = None;
    let mut start = 0;
    while start < text.len() {
        let rest = text.as_bytes().get(start..).unwrap_or_default();
        // Whole files may be made of empty lines.
        if let (None, [b'\n', behind @ ..] | [b'\r', b'\n', behind @ ..]) = (&block, rest) {
            start = text.len() - behind.len();
            continue;
        }
        let end = start + memchr::memchr(b'\n', rest).map_or(rest.len(), |len| len + 1);
        let head = slice(text, start..end.min(start + HEAD));
        match writer(head) {
            Some((form, name)) => {
                if block.as_ref().is_some_and(|block| block.form != form) {
                    sorted.add(text, block.take(), start);
                }
                let line = slice(text, start..end);
                block.get_or_insert_with(|| Block::of(form)).add(name, start, line);
            }
            // What a line goes on with is of its writer.
            None if block.is_some() && (head.trim().is_empty() || begins_entry(head)) => {
                sorted.add(text, block.take(), start);
            }
            None => {}
        }
        start = end;
    }
    sorted.add(text, block, text.len());
    if sorted.parts.is_empty() {
        return None;
    }
    sorted.push(text, sorted.done, text.len());
    Some(sorted.parts)
}

impl<'t> Block<'t> {
    fn of(form: Form) -> Self {
        Self { form, writers: HashMap::new(), lines: Vec::new(), mixed: false, told: false, calls: None }
    }

    fn add(&mut self, name: &'t str, start: usize, line: &str) {
        let next = self.writers.len();
        let writer = *self.writers.entry(name).or_insert(next);
        let turns = self.lines.last().is_some_and(|(_, last)| *last != writer);
        self.mixed |= turns && (writer != next || names_writer(self.form, name));
        self.told |= !matches!(self.form, Form::Gutter(_)) || line.matches('|').nth(1).is_none();
        if self.form == Form::Part && line.contains("://graph.") {
            let (first, _) = *self.calls.get_or_insert((writer, false));
            self.calls = self.calls.map(|(_, several)| (first, several || first != writer));
        }
        self.lines.push((start, writer));
    }

    /// Whether its writers are told apart.
    fn is_of_several(&self) -> bool {
        let calls = self.form != Form::Part || self.calls.is_some_and(|(_, several)| several);
        self.mixed && self.told && calls
    }
}

/// A text on its way into parts.
struct Sorted {
    parts: Vec<Part>,
    /// How much of the source stands in them.
    done: usize,
}

impl Sorted {
    /// Adds what stands above a block, and its lines in the order of their writers.
    fn add(&mut self, text: &str, block: Option<Block<'_>>, end: usize) {
        let Some(block) = block.filter(Block::is_of_several) else { return };
        let first = block.lines.first().map_or(end, |(start, _)| *start);
        // What stands between two blocks is told with the one above it.
        let apart = !self.parts.is_empty();
        self.push(text, self.done, first);
        let ends = block.lines.iter().skip(1).map(|(start, _)| *start).chain([end]);
        let mut lines: Vec<(usize, usize, usize)> =
            block.lines.iter().zip(ends).map(|((start, writer), end)| (*writer, *start, end)).collect();
        crate::order::sort_by_key(&mut lines, |line| *line);
        let mut last = if apart { usize::MAX } else { 0 };
        let width = console_width(text, &lines);
        for (writer, start, end) in lines {
            if std::mem::replace(&mut last, writer) != writer && self.parts.len() < MANY {
                self.parts.push(Part::default());
            }
            let mut at = start;
            for row in rows(text, start, end) {
                // Where a console broke a line, it goes on.
                let goes_on = at + row.len() < end && width == Some(columns(row));
                self.push(text, at, at + if goes_on { content(row).len() } else { row.len() });
                if let Some(part) = self.parts.last_mut() {
                    part.goes_on = goes_on;
                }
                at += row.len();
            }
        }
        self.done = end;
    }

    fn push(&mut self, text: &str, from: usize, to: usize) {
        if self.parts.is_empty() {
            self.parts.push(Part::default());
        }
        if let Some(part) = self.parts.last_mut().filter(|_| from < to) {
            part.push(text, from, to);
        }
    }
}

fn rows(text: &str, start: usize, end: usize) -> impl Iterator<Item = &str> {
    slice(text, start..end).split_inclusive('\n')
}

fn content(row: &str) -> &str {
    row.trim_end_matches(['\n', '\r'])
}

fn columns(row: &str) -> usize {
    content(row).chars().count()
}

/// The width of the console that broke lines, where all lines that go on in another row do so at the same.
fn console_width(text: &str, lines: &[(usize, usize, usize)]) -> Option<usize> {
    let mut count = 0;
    let mut width = None;
    for (_, start, end) in lines {
        let mut at = *start;
        for row in rows(text, *start, *end) {
            at += row.len();
            if at < *end {
                count += 1;
                let own = columns(row);
                if !CONSOLE.contains(&own) || *width.get_or_insert(own) != own {
                    return None;
                }
            }
        }
    }
    width.filter(|_| count > 1)
}

impl Part {
    fn push(&mut self, text: &str, from: usize, to: usize) {
        if !self.text.is_empty() && !self.text.ends_with('\n') && !self.goes_on {
            // The last line of the source is not the last one here.
            self.text.push('\n');
        }
        match self.runs.last_mut().filter(|last| last.source + last.len == from) {
            Some(last) => last.len += to - from,
            None => self.runs.push(Run { at: self.text.len(), source: from, len: to - from }),
        }
        self.text.push_str(slice(text, from..to));
    }

    /// The span of the source that the lines of a span stand in.
    pub(super) fn in_source(&self, span: Span) -> Span {
        let first = self.runs.partition_point(|run| run.at <= span.start).saturating_sub(1);
        let mut found: Option<Span> = None;
        for run in self.runs.iter().skip(first).take_while(|run| run.at < span.end || run.at == span.start) {
            let end = run.at + run.len;
            let (from, to) = (span.start.clamp(run.at, end), span.end.clamp(run.at, end));
            let here = Span::new(run.source + from - run.at, run.source + to - run.at);
            found = Some(found.map_or(here, |known| Span::new(known.start.min(here.start), known.end.max(here.end))));
        }
        found.unwrap_or(span)
    }

    /// Where a span of the source stands, if it begins in one of these lines.
    pub(super) fn place(&self, span: Span) -> Option<Span> {
        // A writer's lines stand in their order.
        let run = self.runs.partition_point(|run| run.source <= span.start).checked_sub(1)?;
        let run = self.runs.get(run).filter(|run| span.start < run.source + run.len)?;
        let start = span.start - run.source + run.at;
        Some(Span::new(start, (start + span.len()).min(self.text.len())))
    }
}

/// The writer that a line names at its beginning.
fn writer(head: &str) -> Option<(Form, &str)> {
    match head.trim_start().as_bytes().first()? {
        b'[' => place(head).or_else(|| tag(head)),
        b'0'..=b'9' => tag(head).or_else(|| gutter(head)),
        first if first.is_ascii_alphanumeric() => {
            gutter(head).or_else(|| process(head)).or_else(|| job(head)).or_else(|| tag(head))
        }
        _ => None,
    }
}

/// Whether a line without a writer is a record of its own: what is left of an id may look like a date, and not like a time
/// or a level.
fn begins_entry(head: &str) -> bool {
    let is_time = |at: &[u8]| matches!(at, [a, b, b':', c, d] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()));
    let tells = || head.as_bytes().windows(5).any(is_time) || head.split_whitespace().take(WORDS).any(spoken::is_level);
    beside::begins_entry(head) && (tells() || !head.starts_with(|c: char| c.is_ascii_digit()))
}

/// `web-1`, `pod/web/api`, `worker-3`: other names may be those of the cells of a table, or of parts of a program.
fn names_writer(form: Form, name: &str) -> bool {
    match form {
        Form::Place | Form::Tag => true,
        Form::Gutter(_) => is_numbered(name),
        Form::Part => false,
    }
}

fn is_numbered(name: &str) -> bool {
    name.rsplit_once(['-', '_']).is_some_and(|(_, number)| number.parse::<u16>().is_ok())
}

/// `web-1  | `, `0|worker  | `, `09:33:01 web.1    | `. A level is no writer, and neither are words.
fn gutter(head: &str) -> Option<(Form, &str)> {
    let mark = head.find(" |")?;
    let lead = slice(head, 0..mark).trim();
    let is_time =
        |word: &str| word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_digit() || b":.".contains(&byte));
    let name = lead.split_once(' ').filter(|(time, _)| is_time(time)).map_or(lead, |(_, name)| name.trim());
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '|');
    let named = name.contains(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain);
    let mark = if is_numbered(name) { 0 } else { mark };
    (named && !spoken::is_level(name)).then_some((Form::Gutter(mark), name))
}

/// `Nov 27 10:00:01 web1 rooms[812]: `.
fn process(head: &str) -> Option<(Form, &str)> {
    let name = head.split_once("]: ")?.0.rsplit(' ').next()?;
    let (_, number) = name.split_once('[')?;
    let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (numbered && beside::begins_entry(head)).then_some((Form::Tag, name))
}

/// `build\tRun tests\t2026-11-28T09:36:10.1Z `: the job of a pipeline, its step, and the time.
fn job(head: &str) -> Option<(Form, &str)> {
    let (name, rest) = head.split_once('\t')?;
    let (_, rest) = rest.split_once('\t')?;
    let timed =
        rest.trim_start_matches('\u{feff}').get(..11).is_some_and(|date| date.ends_with('T') && date.starts_with("20"));
    timed.then_some((Form::Place, name))
}

/// `[pod/web/api] `.
fn place(head: &str) -> Option<(Form, &str)> {
    let (name, behind) = head.strip_prefix('[')?.split_once(']')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    let several = name.contains('/') && !name.starts_with('/');
    (several && behind.starts_with(' ') && name.chars().all(plain)).then_some((Form::Place, name))
}

/// `10:00:01.123 [worker-3] `, `[req-71] `; else `[rooms] `.
fn tag(head: &str) -> Option<(Form, &str)> {
    let tells = |name: &&str| lane::is_tag(name.trim()) || is_process(name);
    let tag = brackets(head).find(tells).map(|name| (Form::Tag, name));
    tag.or_else(|| brackets(head).find(|name| is_part(name)).map(|name| (Form::Part, name)))
}

/// The part of a program that the line of a place is of: `10:00:01 INFO [rooms] `.
pub(super) fn component(text: &str, at: usize) -> Option<&str> {
    let line = beside::line_of(text, at);
    brackets(slice(text, line.start..line.end.min(line.start + HEAD))).find(|name| is_part(name))
}

/// A name that is neither a level nor a method.
fn is_part(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    name.contains(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !spoken::is_level(&upper)
        && !method::METHODS.contains(&upper.as_str())
}

/// What stands in brackets behind nothing but a time, a level and a process.
fn brackets(head: &str) -> impl Iterator<Item = &str> {
    let mut rest = head;
    let next = move || {
        for _ in 0..WORDS {
            rest = rest.trim_start_matches([' ', '\t']);
            if let Some(open) = rest.strip_prefix('[') {
                let (name, behind) = open.split_once(']')?;
                rest = behind;
                return Some(name);
            }
            let len = memchr::memchr2(b' ', b'\t', rest.as_bytes())?;
            let (word, behind) = (slice(rest, 0..len), slice(rest, len + 1..rest.len()));
            let counts = word.starts_with(|c: char| c.is_ascii_digit());
            let leads = counts || spoken::is_level(word) || word.bytes().all(|byte| matches!(byte, b'-' | b'|'));
            if !leads {
                return None;
            }
            rest = behind;
        }
        None
    };
    std::iter::from_fn(next).take(WORDS)
}

/// `[812]`; `[403]` tells how a call ended.
fn is_process(name: &str) -> bool {
    let is_status = name.len() == 3 && name.starts_with(['2', '4', '5']);
    (2..=10).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_digit()) && !is_status
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        parts(text).unwrap_or_default().into_iter().map(|part| part.text).collect()
    }

    #[test]
    fn the_lines_of_each_writer_stand_together() {
        for (text, expected) in [
            ("a-1 | {\nb-1 | {\na-1 | }\nb-1 | }", vec!["a-1 | {\na-1 | }\n", "b-1 | {\nb-1 | }"]),
            ("x\na  | 1\nbc | 2\na  | 3\n\ny\n", vec!["x\na  | 1\na  | 3\n", "bc | 2\n\ny\n"]),
            ("[pod/a/x] 1\n[pod/b/x] 2\n[pod/a/x] 3", vec!["[pod/a/x] 1\n[pod/a/x] 3", "[pod/b/x] 2\n"]),
            (
                "10:00:01 [T1] a\n  at x\n10:00:01 ERROR [T2] b\n10:00:02 [T1] c\n",
                vec!["10:00:01 [T1] a\n  at x\n10:00:02 [T1] c\n", "10:00:01 ERROR [T2] b\n"],
            ),
            (
                "09:33:01 web.1  | a\n09:33:01 job.1  | b\n09:33:02 web.1  | c\n",
                vec!["09:33:01 web.1  | a\n09:33:02 web.1  | c\n", "09:33:01 job.1  | b\n"],
            ),
            (
                "Nov 27 10:00:01 h a[81]: x\nNov 27 10:00:01 h b[82]: y\n",
                vec!["Nov 27 10:00:01 h a[81]: x\n", "Nov 27 10:00:01 h b[82]: y\n"],
            ),
            (
                "a\tRun\t2026-11-28T09:36:10Z x\nb\tRun\t2026-11-28T09:36:10Z y\n",
                vec!["a\tRun\t2026-11-28T09:36:10Z x\n", "b\tRun\t2026-11-28T09:36:10Z y\n"],
            ),
            (
                "[a] GET https://graph.microsoft.com/x\n[b] GET https://graph.microsoft.com/y\n[a] z\n",
                vec!["[a] GET https://graph.microsoft.com/x\n[a] z\n", "[b] GET https://graph.microsoft.com/y\n"],
            ),
            (
                "a  | 1\nb  | 2\na  | 3\n\nx\na  | 4\nb  | 5\na  | 6\n",
                vec!["a  | 1\na  | 3\n", "b  | 2\n\nx\n", "a  | 4\na  | 6\n", "b  | 5\n"],
            ),
        ] {
            assert_eq!(read(text), expected);
        }
    }

    #[test]
    fn lines_that_a_console_broke_are_one_again() {
        let (one, two) = ("a".repeat(70), "b".repeat(70));
        let text = format!("[T1] {one}\nrest\n[T2] {two}\nmore\n[T1] end\n");
        assert_eq!(read(&text), [format!("[T1] {one}rest\n[T1] end\n"), format!("[T2] {two}more\n")]);
        let stacks = format!("[T1] {one}\nrest\n[T2] {two}b\nmore\n");
        assert_eq!(read(&stacks), [format!("[T1] {one}\nrest\n"), format!("[T2] {two}b\nmore\n")]);
    }

    #[test]
    fn other_lines_stay() {
        for text in [
            "a-1 | x\na-1 | y\n",
            "a | x\na | y\nb | z\n",
            "[http] GET https://graph.microsoft.com/v1.0/me\n[auth] x\n[http] y\n",
            "INFO  | x\nERROR | y\nINFO  | z\n",
            "lena | 403 | x\nmia  | 403 | y\nlena | 404 | z\n",
            "10:00:01 [INFO] a\n10:00:01 [ERROR] b\n10:00:02 [INFO] c\n",
            "10:00:01 [T1] a\n10:00:01 ERROR b\n10:00:02 [T1] c\n",
            "10:00:01 [403] a\n10:00:01 [200] b\n10:00:02 [403] c\n",
        ] {
            assert_eq!(read(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_source() {
        let text = "a-1 | {\nb-1 | {\na-1 | }\nb-1 | }";
        let parts = parts(text).unwrap_or_default();
        for (part, span, source) in
            [(0, 0..7, 0..7), (0, 8..15, 16..23), (0, 6..15, 6..23), (1, 0..7, 8..15), (1, 14..15, 30..31)]
        {
            let (span, source) = (Span::new(span.start, span.end), Span::new(source.start, source.end));
            let part = parts.get(part);
            assert_eq!(part.map(|part| part.in_source(span)), Some(source));
            let place = part.and_then(|part| part.place(source));
            assert_eq!(place.map(|place| place.start), Some(span.start));
        }
    }
}
