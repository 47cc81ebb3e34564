//! A file of app/user pairs: CSV with a header, or one JSON object a line, told apart by the first byte.

use std::borrow::Cow;
use std::cell::RefCell;

use serde::Deserialize;

use super::request::{Request, differ, request};
use super::{InputError, OPERATION_HELP, Place};
use crate::input::MeetingRef;
use crate::knowledge::Operation;
use crate::tenant::subject::Subject;

/// The header of a CSV file.
const HEADER: &str = "app_id,user_id,operation";
/// Every key that a pair may have.
const KEYS: [&str; 4] = ["app_id", "user_id", "operation", "tenant_id"];

/// One question of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The app.
    pub app: Subject,
    /// The user; `None` for operations that concern nobody.
    pub user: Option<Subject>,
    /// The same user as the path of the operation names it: by an id where a name is written, or the other way round.
    pub in_path: Option<Subject>,
    /// The operation.
    pub operation: &'static Operation,
    /// The meeting, where the operation is written as the path of one request.
    pub meeting: Option<Box<MeetingRef>>,
    /// The tenant, where several snapshots are given.
    pub tenant: Option<uuid::Uuid>,
    /// Where it stands.
    pub place: Place,
}

/// Reads all pairs, in order; `source` names the text in errors, `default` is asked where no operation is given.
///
/// # Errors
/// The first line that has no reading.
pub fn parse(text: &str, source: &str, default: &'static Operation) -> Result<Vec<Pair>, InputError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Where lines end with nothing but a carriage return, they are counted by it.
    let alone = text.contains('\r') && !text.contains('\n');
    let text: &str = &if alone { Cow::Owned(text.replace('\r', "\n")) } else { Cow::Borrowed(text) };
    let reader = Reader { text, source, default, last: RefCell::default() };
    if text.trim_start().starts_with('[') {
        let help = "write one object a line (`jq -c '.[]'` does), or CSV with a header";
        return Err(reader.error(1, 1, "a JSON array, and pairs are one JSON object a line", help));
    }
    if text.trim_start().starts_with('{') { reader.ndjson() } else { reader.csv() }
}

struct Reader<'t> {
    text: &'t str,
    source: &'t str,
    default: &'static Operation,
    /// The operation that was named last, as it was written: most lines repeat it.
    last: RefCell<Option<(String, Request)>>,
}

/// One line before it is understood; columns belong to the fields.
struct Row<'r> {
    app: &'r str,
    user: &'r str,
    operation: &'r str,
    tenant: &'r str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `app_id` and `user_id`")]
struct JsonRow<'r> {
    #[serde(borrow)]
    app_id: Text<'r>,
    #[serde(borrow, default)]
    user_id: Option<Text<'r>>,
    #[serde(borrow, default)]
    operation: Option<Text<'r>>,
    #[serde(borrow, default)]
    tenant_id: Option<Text<'r>>,
}

/// Borrowed where nothing is escaped.
#[derive(Deserialize)]
struct Text<'r>(#[serde(borrow)] Cow<'r, str>);

/// What is wrong with a field, by its key.
struct Wrong {
    key: &'static str,
    message: String,
    help: String,
}

/// What helps where the user of a pair and that of its path are two.
pub const WRITTEN_ONCE: &str = "write the user once: leave it out here, or write `{id}` in the path";

fn wrong(key: &'static str, message: impl Into<String>, help: impl Into<String>) -> Wrong {
    Wrong { key, message: message.into(), help: help.into() }
}

impl Reader<'_> {
    fn error(&self, line: usize, column: usize, message: impl Into<String>, help: impl Into<String>) -> InputError {
        InputError { source_name: self.source.to_owned(), line, column, message: message.into(), help: help.into() }
    }

    fn request(&self, text: &str) -> Result<Request, String> {
        if let Some((_, request)) = self.last.borrow().as_ref().filter(|(last, _)| last == text) {
            return Ok(request.clone());
        }
        let request = request(text)?;
        self.last.replace(Some((text.to_owned(), request.clone())));
        Ok(request)
    }

    fn pair(&self, row: &Row<'_>, place: Place) -> Result<Pair, Wrong> {
        if row.app.trim().is_empty() {
            return Err(wrong("app_id", "no app", "write the client id of the app"));
        }
        let Request { operation, user: in_path, meeting } = match row.operation.trim() {
            "" => Request::of(self.default),
            text => self.request(text).map_err(|message| wrong("operation", message, OPERATION_HELP))?,
        };
        let user = match row.user.trim() {
            "" if in_path.is_some() => in_path.clone(),
            text if !text.is_empty() && in_path.as_ref().is_some_and(|path| differ(path, &Subject::of(text))) => {
                let path = in_path.map_or_else(String::new, |path| path.to_string());
                let message = format!("the user is `{text}`, and the path of the operation names `{path}`");
                return Err(wrong("user_id", message, WRITTEN_ONCE));
            }
            "" if super::needs_no_user(operation) => None,
            "" => return Err(wrong("user_id", "no user", "write the object id or user principal name of the user")),
            text => Some(Subject::of(text)),
        };
        let tenant = match row.tenant.trim() {
            "" => None,
            text => Some(uuid::Uuid::try_parse(text).map_err(|_| {
                wrong("tenant_id", format!("`{text}` is no tenant id"), "write the tenant's id, a UUID")
            })?),
        };
        let in_path = in_path.filter(|path| user.as_ref().is_some_and(|user| user != path));
        Ok(Pair { app: Subject::of(row.app), user, in_path, operation, meeting, tenant, place })
    }

    fn ndjson(&self) -> Result<Vec<Pair>, InputError> {
        let mut pairs = Vec::new();
        for (index, line) in self.text.split('\n').enumerate() {
            let number = index + 1;
            let indent = line.len() - line.trim_start().len();
            let line = line.trim_end();
            if line.len() <= indent {
                continue;
            }
            let raw: JsonRow<'_> = serde_json::from_str(line).map_err(|error| {
                let at = error.column().saturating_sub(1).min(line.len());
                let column = chars_before(line, at) + 1;
                let message = without_place(&error);
                self.error(number, column, message, "write one object a line: {\"app_id\":\"…\",\"user_id\":\"…\"}")
            })?;
            let text = |field: &'_ Option<Text<'_>>| field.as_ref().map_or(String::new(), |text| text.0.to_string());
            let (user, operation, tenant) = (text(&raw.user_id), text(&raw.operation), text(&raw.tenant_id));
            let row = Row { app: &raw.app_id.0, user: &user, operation: &operation, tenant: &tenant };
            let place = Place { line: number, column: chars_before(line, indent) + 1 };
            let pair = self.pair(&row, place).map_err(|wrong| {
                let key = format!("\"{}\"", wrong.key);
                let column = line.find(&key).map_or(place.column, |at| chars_before(line, at) + 1);
                self.error(number, column, wrong.message, wrong.help)
            })?;
            pairs.push(pair);
        }
        Ok(pairs)
    }

    fn csv(&self) -> Result<Vec<Pair>, InputError> {
        // Windows PowerShell writes the type of its objects above the header.
        let mut skipped = 0;
        let mut body = self.text;
        if body.starts_with("#TYPE ") {
            let end = body.find('\n').map_or(body.len(), |at| at + 1);
            body = body.get(end..).unwrap_or_default();
            skipped = 1;
        }
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter(body))
            .trim(csv::Trim::All)
            .from_reader(body.as_bytes());
        let mut record = csv::StringRecord::new();
        let mut columns: Option<[Option<usize>; 4]> = None;
        let mut width = 0;
        let mut pairs = Vec::new();
        loop {
            let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            // The text is UTF-8 and records may have any length, so that nothing is left to fail.
            let more = reader.read_record(&mut record).map_err(|error| {
                self.error(1, 1, format!("no CSV: {error}"), format!("write a header `{HEADER}` and one pair a line"))
            })?;
            if !more {
                break;
            }
            let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX).min(body.len());
            let (first, line) = start_of(body, &record, start);
            let raw = body.get(first..end).unwrap_or_default();
            let number = line + skipped;
            let at = |field: usize| column_of(raw, field, char::from(self.delimiter(body)));
            if let Some(column) = unclosed(raw, &record) {
                let help = "close it with another `\"`; a quote inside a quoted field is written twice";
                return Err(self.error(number, column, "a quote that is not closed on its line", help));
            }
            let Some(places) = &columns else {
                columns = Some(self.header(&record, number, at)?);
                width = record.len();
                continue;
            };
            if record.len() != width {
                let words = if record.len() == 1 { "1 field".to_owned() } else { format!("{} fields", record.len()) };
                let message = format!("{words}, and the header has {width}");
                let column = at(record.len().min(width).saturating_sub(1));
                return Err(self.error(number, column, message, "write as many fields as the header has"));
            }
            let field = |which: usize| places.get(which).copied().flatten();
            let text = |which: usize| field(which).and_then(|index| record.get(index)).unwrap_or_default();
            let row = Row { app: text(0), user: text(1), operation: text(2), tenant: text(3) };
            let place = Place { line: number, column: 1 };
            let pair = self.pair(&row, place).map_err(|wrong| {
                let which = KEYS.iter().position(|key| *key == wrong.key).and_then(field).unwrap_or(0);
                self.error(number, at(which), wrong.message, wrong.help)
            })?;
            pairs.push(pair);
        }
        if columns.is_none() {
            let help = format!("write a header `{HEADER}` and one pair a line, or one JSON object a line");
            return Err(self.error(1, 1, "no header, so there is nothing to ask", help));
        }
        Ok(pairs)
    }

    /// What stands between the fields: spreadsheets write `;` where the comma is a decimal sign, and tabs.
    fn delimiter(&self, body: &str) -> u8 {
        let header = body.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        match header {
            header if header.contains(',') => b',',
            header if header.contains(';') => b';',
            header if header.contains('\t') => b'\t',
            _ => b',',
        }
    }

    /// Where each key of [`KEYS`] stands.
    fn header(
        &self,
        record: &csv::StringRecord,
        line: usize,
        at: impl Fn(usize) -> usize,
    ) -> Result<[Option<usize>; 4], InputError> {
        let mut places = [None; 4];
        for (index, name) in record.iter().enumerate() {
            let Some(slot) = KEYS.iter().position(|key| *key == plain(name)).and_then(|which| places.get_mut(which))
            else {
                let message = format!("the header names `{name}`");
                let help = format!("the first line is `{HEADER}` (operation optional; `tenant_id` may be added)");
                return Err(self.error(line, at(index), message, help));
            };
            if slot.replace(index).is_some() {
                return Err(self.error(line, at(index), format!("the header names `{name}` twice"), "name it once"));
            }
        }
        match places {
            [Some(_), Some(_), ..] => Ok(places),
            _ => {
                let missing = if places.first().is_some_and(Option::is_some) { "user_id" } else { "app_id" };
                let message = format!("the header does not name `{missing}`");
                Err(self.error(line, 1, message, format!("the first line is `{HEADER}`; operation is optional")))
            }
        }
    }
}

/// A name of the header as it is compared: without quotes and case, with `_` for what stands between the words.
fn plain(name: &str) -> String {
    name.trim_matches(|c: char| c == '"' || c == '\'' || c == '\u{feff}' || c.is_whitespace())
        .to_lowercase()
        .replace([' ', '-'], "_")
}

/// Byte and line at which a record begins: the reader's position counts empty lines before it.
fn start_of(body: &str, record: &csv::StringRecord, from: usize) -> (usize, usize) {
    let position = record.position();
    let line = position.map_or(1, |position| usize::try_from(position.line()).unwrap_or(usize::MAX));
    let skipped =
        body.get(from..).map_or(0, |rest| rest.bytes().take_while(|byte| matches!(byte, b'\n' | b'\r')).count());
    let breaks = body.get(from..from + skipped).map_or(0, |text| text.matches('\n').count());
    (from + skipped, line + breaks)
}

/// The column of a field in the text of its record; fields that span lines are refused before.
fn column_of(raw: &str, field: usize, delimiter: char) -> usize {
    let (mut quoted, mut index, mut column) = (false, 0, 1);
    for character in raw.chars() {
        let ends = matches!(character, '\n' | '\r');
        if index == field && (quoted || ends || !character.is_whitespace()) {
            return column;
        }
        match character {
            '"' => quoted = !quoted,
            other if other == delimiter && !quoted => index += 1,
            _ => {}
        }
        column += 1;
    }
    column
}

/// The column of a quote that swallowed what follows.
fn unclosed(raw: &str, record: &csv::StringRecord) -> Option<usize> {
    let odd = memchr::memchr_iter(b'"', raw.as_bytes()).count() % 2 == 1;
    let spans = || record.iter().any(|field| field.contains('\n'));
    if !odd && (!raw.contains('"') || !spans()) {
        return None;
    }
    let line = raw.split('\n').next().unwrap_or(raw);
    let (mut open, mut column) = (None, 1);
    for character in line.chars() {
        if character == '"' {
            open = if open.is_some() { None } else { Some(column) };
        }
        column += 1;
    }
    Some(open.unwrap_or(1))
}

fn chars_before(text: &str, at: usize) -> usize {
    text.char_indices().take_while(|(start, _)| *start < at).count()
}

/// The reader's message without the ` at line 1 column 2` that is told apart.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ").and_then(|end| text.get(..end)) {
        Some(message) => message.to_owned(),
        None => text,
    }
}
