//! `Export-Csv` and `ConvertTo-Csv`: with and without a `#TYPE` line, with commas, semicolons or tabs.

use serde_json::Value;

use super::lines::Lines;
use super::record::{Field, Place, Record};

/// A row that cannot be read: line and message.
#[derive(Debug)]
pub(super) struct BadRow {
    pub(super) line: usize,
    pub(super) message: String,
}

/// The fields of the row at the cursor, which is moved behind it. Quoted values may hold line ends.
pub(super) fn row(lines: &mut Lines<'_>, delimiter: char) -> Result<Vec<String>, BadRow> {
    let line = lines.number();
    let text = lines.rest();
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut chars = text.char_indices().peekable();
    let (mut quoted, mut was_quoted) = (false, false);
    let mut end = text.len();
    while let Some((at, c)) = chars.next() {
        if quoted {
            if c != '"' {
                field.push(c);
            } else if chars.next_if(|(_, next)| *next == '"').is_some() {
                field.push('"');
            } else {
                quoted = false;
            }
            continue;
        }
        if c == '"' && field.trim().is_empty() && !was_quoted {
            field.clear();
            (quoted, was_quoted) = (true, true);
        } else if c == delimiter {
            fields.push(std::mem::take(&mut field));
            was_quoted = false;
        } else if c == '\n' {
            end = at + 1;
            break;
        } else if c != '\r' {
            field.push(c);
        }
    }
    if quoted {
        return Err(BadRow { line, message: "a quote is opened and never closed".to_owned() });
    }
    fields.push(field);
    lines.skip_to(lines.offset() + end);
    Ok(fields)
}

/// The delimiter and the names of a header line, if `known` accepts them.
pub(super) fn header(lines: &Lines<'_>, known: impl Fn(&[String]) -> bool) -> Option<(char, Vec<String>)> {
    let line = lines.peek()?;
    [',', ';', '\t'].into_iter().find_map(|delimiter| {
        if !line.contains(delimiter) {
            return None;
        }
        let names: Vec<String> =
            row(&mut Lines::new(line), delimiter).ok()?.iter().map(|name| name.trim().to_owned()).collect();
        (names.len() > 1 && known(&names)).then_some((delimiter, names))
    })
}

/// One data row as a record.
pub(super) fn record(lines: &mut Lines<'_>, delimiter: char, names: &[String], file: usize) -> Result<Record, BadRow> {
    let line = lines.number();
    let fields = row(lines, delimiter)?;
    if fields.len() != names.len() {
        return Err(BadRow {
            line,
            message: format!("the row has {} values, and the header has {} names", fields.len(), names.len()),
        });
    }
    let fields = names
        .iter()
        .zip(fields)
        .map(|(name, value)| Field { name: name.clone(), value: Value::String(value), cut: false })
        .collect();
    Ok(Record { fields, place: Place { file, line, item: 0 }, console: false })
}
