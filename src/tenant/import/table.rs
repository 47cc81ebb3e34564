//! `Format-Table` as a console shows it: columns are told from the dashes below the header.

use serde_json::Value;

use super::context::is_prompt;
use super::kind::NAMES;
use super::lines::Lines;
use super::record::{Field, Place, Record, strip_ellipsis};
use crate::tenant::parse_id;

/// A column: its name, and the cells on the screen where its dashes stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    start: usize,
    end: usize,
}

/// The header at the cursor, if dashes stand below its names; the cursor is moved to the first row.
pub(super) fn header(lines: &mut Lines<'_>) -> Option<Vec<Column>> {
    let mut ahead = *lines;
    let names = ahead.next()?;
    let dashes = ahead.next()?;
    if !dashes.contains('-') || !dashes.trim().chars().all(|c| c == '-' || c == ' ') {
        return None;
    }
    let mut columns = Vec::new();
    let mut start = None;
    for (at, c) in dashes.chars().chain([' ']).enumerate() {
        match (c, start) {
            ('-', None) => start = Some(at),
            (' ', Some(from)) => {
                columns.push(Column { name: String::new(), start: from, end: at });
                start = None;
            }
            _ => {}
        }
    }
    let cells = Cells::new(names);
    for column in &mut columns {
        let name = cells.between(column.start, column.end).trim();
        if name.is_empty() {
            return None;
        }
        column.name = full_name(name).to_owned();
    }
    *lines = ahead;
    Some(columns)
}

/// A cut header is completed where one known name begins like it.
fn full_name(name: &str) -> &str {
    let Some(start) = strip_ellipsis(name).filter(|start| start.len() > 2) else { return name };
    let mut fitting =
        NAMES.iter().filter(|known| known.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start)));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => only,
        _ => name,
    }
}

/// Whether a line can be a row: something stands where the columns are.
pub(super) fn is_row(line: &str) -> bool {
    !line.trim().is_empty()
}

/// The row at the cursor, which is moved behind it, with the lines onto which its cells were wrapped.
pub(super) fn record(lines: &mut Lines<'_>, columns: &[Column], file: usize) -> Option<Record> {
    let place = Place { file, line: lines.number(), item: 0 };
    let (mut cells, mut aligned) = split(lines.next()?, columns);
    let begun: Vec<bool> = cells.iter().map(|cell| !cell.text.is_empty()).collect();
    let mut key = cells.first().map(|cell| cell.text.clone()).unwrap_or_default();
    let mut key_cut = false;
    while let Some(line) = lines.peek() {
        let (more, more_aligned) = split(line, columns);
        // A row has an id; a continuation begins with a blank cell and has none of its own.
        let first = more.first().map_or("", |first| first.text.as_str());
        // Or the first cell goes on, which is no name of its own: another cell of the row has nothing more to say.
        let goes_on = !first.is_empty()
            && is_wrapped(&key, first, columns)
            && more.iter().zip(&begun).any(|(cell, begun)| *begun && cell.text.is_empty());
        let wrapped = is_row(line)
            && !is_prompt(line.trim())
            && (first.is_empty() || goes_on)
            && begun.first() == Some(&true)
            && !more.iter().any(|cell| parse_id(&cell.text).is_some() || cell.text.starts_with('{'));
        if !wrapped {
            break;
        }
        if goes_on {
            // How the pieces of a name belong together is not to be seen.
            key_cut = true;
            first.clone_into(&mut key);
        }
        aligned &= more_aligned;
        for (cell, more) in cells.iter_mut().zip(more) {
            if !more.text.is_empty() {
                let broken_word = !cell.text.contains(char::is_whitespace) && cell.full;
                if !cell.text.is_empty() && !broken_word {
                    cell.text.push(' ');
                }
                cell.text.push_str(&more.text);
                cell.full = more.full;
            }
        }
        lines.next();
    }
    let fields = columns
        .iter()
        .zip(cells)
        .enumerate()
        .map(|(at, (column, cell))| {
            let list = cell.text.starts_with('{');
            // Where one value runs into the next column, nobody knows which words are whose.
            let cut = !aligned || (at == 0 && key_cut) || (strip_ellipsis(&cell.text).is_some() && !list);
            Field { name: column.name.clone(), value: Value::String(cell.text), cut }
        })
        .collect();
    Some(Record { fields, place, console: true })
}

/// Whether the first word of the next line had no room behind a piece of the first column.
fn is_wrapped(piece: &str, next: &str, columns: &[Column]) -> bool {
    let (Some(own), Some(other)) = (columns.first(), columns.get(1)) else { return false };
    let room = other.start.saturating_sub(own.start + 1);
    let word = next.split_whitespace().next().unwrap_or_default();
    let cells = |text: &str| text.chars().map(width).sum::<usize>();
    // The blank behind a word belongs to it.
    cells(piece) + 1 + cells(word) + 1 > room
}

struct Cell {
    text: String,
    /// Nothing but one blank parts it from the next column.
    full: bool,
}

/// The cells of a line, and whether a blank parts each from the next one.
fn split(line: &str, columns: &[Column]) -> (Vec<Cell>, bool) {
    let cells = Cells::new(line);
    let mut from = 0;
    let mut aligned = true;
    let row = columns
        .iter()
        .enumerate()
        .map(|(index, _)| {
            let next = columns.get(index + 1);
            let to = next.map_or(usize::MAX, |next| match cells.boundary(from, next) {
                Some(boundary) => boundary,
                None => {
                    aligned = false;
                    next.start
                }
            });
            let raw = cells.between(from, to);
            let full = next.is_some() && raw.trim_end().chars().count() + 1 >= raw.chars().count();
            from = to;
            Cell { text: raw.trim().to_owned(), full }
        })
        .collect();
    (row, aligned)
}

/// A line by the cells that a console gives to its characters.
struct Cells<'a> {
    line: &'a str,
    /// Byte offset and first cell of each character.
    starts: Vec<(usize, usize)>,
}

impl<'a> Cells<'a> {
    fn new(line: &'a str) -> Self {
        let mut cell = 0;
        let starts = line
            .char_indices()
            .map(|(at, c)| {
                let start = (at, cell);
                cell += width(c);
                start
            })
            .collect();
        Self { line, starts }
    }

    fn byte(&self, cell: usize) -> usize {
        let index = self.starts.partition_point(|(_, start)| *start < cell);
        self.starts.get(index).map_or(self.line.len(), |(at, _)| *at)
    }

    fn between(&self, from: usize, to: usize) -> &'a str {
        let (from, to) = (self.byte(from), self.byte(to));
        self.line.get(from..to.max(from)).unwrap_or_default()
    }

    /// Where the cell that begins at `from` ends: before the next column, or earlier where a number in that one, which
    /// is aligned to the right, reaches to the left of its header. `None` = a value runs into the next column.
    fn boundary(&self, from: usize, next: &Column) -> Option<usize> {
        let before = self.between(from, next.start);
        // A row may end before the column begins, or a value right there.
        let after = self.line.get(self.byte(next.start)..).and_then(|rest| rest.chars().next());
        if after.is_none_or(char::is_whitespace) || before.is_empty() || before.ends_with(char::is_whitespace) {
            return Some(next.start);
        }
        let blank = before.rfind(char::is_whitespace)?;
        let start = self.byte(from) + blank + before.get(blank..)?.chars().next()?.len_utf8();
        let word = self.line.get(start..)?.split(char::is_whitespace).next()?;
        let number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let index = self.starts.partition_point(|(at, _)| *at < start);
        let cell = self.starts.get(index).map(|(_, cell)| *cell)?;
        (number && cell + word.len() == next.end).then_some(cell)
    }
}

/// Cells of a character: two for the wide ones of East Asian scripts, as PowerShell counts them.
const fn width(c: char) -> usize {
    match c as u32 {
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3040..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE10..=0xFE19
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        // Two units of UTF-16, each of which takes a cell.
        | 0x1_0000.. => 2,
        _ => 1,
    }
}
