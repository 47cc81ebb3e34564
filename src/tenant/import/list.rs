//! `Format-List` as a console shows it: `Name : value`, values wrapped below their first line.

use serde_json::Value;

use super::lines::Lines;
use super::record::{Field, Place, Record};

/// The name, the value and the column of the colon of a line such as `AppIds      : {a}`.
pub(super) fn property(line: &str) -> Option<(&str, &str, usize)> {
    let colon = line.find(" :")? + 1;
    let (name, rest) = (line.get(..colon)?, line.get(colon + 1..)?);
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let name = name.trim();
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '.' | ' ');
    let starts = name.chars().next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '@'));
    (starts && name.len() <= 80 && name.chars().all(good))
        .then(|| (name, rest.strip_prefix(' ').unwrap_or(rest), colon))
}

/// A property whose name is the longest of its object, so that no blank parts it from its colon. Only the other
/// properties, whose colons stand below this one, tell it from a sentence.
fn glued(line: &str, colon: usize) -> Option<(&str, &str)> {
    let (name, rest) = (line.get(..colon)?.trim_start(), line.get(colon..)?.strip_prefix(':')?);
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '.');
    let value = if rest.is_empty() { Some("") } else { rest.strip_prefix(' ') };
    (!name.is_empty() && name.chars().all(good)).then_some((name, value?))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The object at the cursor, which is moved behind it; `None` where no property stands there.
pub(super) fn record(lines: &mut Lines<'_>, file: usize) -> Option<Record> {
    let place = Place { file, line: lines.number(), item: 0 };
    let first = lines.peek()?;
    let margin = indent(first);
    let colon = match property(first) {
        Some((_, _, colon)) => colon,
        None => {
            let mut ahead = *lines;
            ahead.next();
            let (_, _, colon) = property(ahead.peek()?)?;
            glued(first, colon).filter(|_| ahead.peek().is_some_and(|next| indent(next) == margin))?;
            colon
        }
    };
    let mut block = Block { colon, margin, fields: Vec::new() };
    block.chunk(lines);
    // A page that sets blank lines between properties prints each object as many chunks of one line.
    if block.fields.len() == 1 {
        let mut ahead = *lines;
        while let Some(chunk) = block.single_after_blank(&mut ahead) {
            block.fields.push(chunk);
            *lines = ahead;
        }
    }
    let fields = block
        .fields
        .into_iter()
        .map(|wrapped| Field { name: wrapped.name, value: Value::String(wrapped.value), cut: false })
        .collect();
    Some(Record { fields, place, console: true })
}

struct Wrapped {
    name: String,
    value: String,
    /// Characters of the last piece, to tell a broken word from broken text.
    width: usize,
}

impl Wrapped {
    fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned(), width: value.chars().count() }
    }

    /// Joins a continuation. A console breaks between words, and inside of a word only where the word is wider
    /// than the line; the blank at the end of a line may have been trimmed on the way.
    fn join(&mut self, piece: &str) {
        let piece = piece.trim_start();
        let last = self.value.rsplit(char::is_whitespace).next().unwrap_or_default().chars().count();
        let first = piece.split_whitespace().next().unwrap_or_default().chars().count();
        let broken_word = last + first > self.width;
        if !self.value.ends_with(char::is_whitespace) && !self.value.is_empty() && !broken_word {
            self.value.push(' ');
        }
        self.value.push_str(piece);
        self.width = self.width.max(piece.chars().count());
    }

    fn is_open(&self) -> bool {
        self.value.trim_start().starts_with('{') && !self.value.trim_end().ends_with('}')
    }
}

struct Block {
    colon: usize,
    margin: usize,
    fields: Vec<Wrapped>,
}

impl Block {
    /// A property of this block. A paste may have lost the blanks that put the colons below each other; what is
    /// wrapped stands to the right of the colon.
    fn own<'a>(&self, line: &'a str) -> Option<(&'a str, &'a str)> {
        if indent(line) == self.margin
            && let Some(glued) = glued(line, self.colon)
        {
            return Some(glued);
        }
        let (name, value, _) = property(line)?;
        (indent(line) == self.margin || indent(line) < self.colon).then_some((name, value))
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// Lines up to a blank one, or one that does not belong.
    fn chunk(&mut self, lines: &mut Lines<'_>) {
        while let Some(line) = lines.peek() {
            if let Some((name, value)) = self.own(line) {
                if self.has(name) {
                    return;
                }
                self.fields.push(Wrapped::new(name, value));
            } else if line.trim().is_empty() {
                // A value may hold a blank line; then its text goes on below the value.
                let mut ahead = *lines;
                ahead.next();
                match ahead.peek() {
                    Some(next) if self.continues(next) && !self.fields.is_empty() => {
                        if let Some(field) = self.fields.last_mut() {
                            field.value.push('\n');
                        }
                    }
                    _ => return,
                }
            } else {
                let open = self.fields.last().is_some_and(Wrapped::is_open) && property(line).is_none();
                if !self.continues(line) && !open {
                    return;
                }
                if let Some(field) = self.fields.last_mut() {
                    field.join(line);
                }
            }
            lines.next();
        }
    }

    fn continues(&self, line: &str) -> bool {
        !line.trim().is_empty() && indent(line) > self.margin && self.own(line).is_none()
    }

    /// The next property of a list with blank lines between its properties.
    fn single_after_blank(&self, lines: &mut Lines<'_>) -> Option<Wrapped> {
        while lines.peek()?.trim().is_empty() {
            lines.next();
        }
        let mut chunk = Self { colon: self.colon, margin: self.margin, fields: Vec::new() };
        let (_, _, colon) = property(lines.peek()?)?;
        if colon != self.colon || indent(lines.peek()?) != self.margin {
            return None;
        }
        chunk.chunk(lines);
        let only = chunk.fields.pop()?;
        (chunk.fields.is_empty() && !self.has(&only.name)).then_some(only)
    }
}
