//! A text to objects: it may hold several outputs of several forms, one after the other.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::context::{self, Context};
use super::error::ImportError;
use super::gather::Gather;
use super::kind::{NAMES, Recognised, recognise_names};
use super::lines::Lines;
use super::record::{Place, Record};
use super::typed::{self, Typed};
use super::{csv, list, request, table};
use crate::tenant::parse_id;

/// Reads every output in a text.
pub(super) fn scan(text: &str, file: usize, gather: &mut Gather<'_>) -> Result<(), ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = &*plain(text);
    if let Some(at) = text.find('\u{fffd}') {
        let (line, _) = Lines::new(text).position(at);
        let words = "characters were lost, since the file is neither UTF-8 nor UTF-16: export it with `-Encoding utf8`";
        gather.note(Place { file, line, item: 0 }, words);
    }
    let of_file = Context::of_file(gather.file_name(file));
    let mut context = of_file.clone();
    let mut lines = Lines::new(text);
    let (mut typed, mut command) = (Typed::default(), String::new());
    // The last command, as long as nothing of its output was seen.
    let mut silent: Option<Place> = None;
    // Lines that were not recognised, up to the last command.
    let mut strange = 0;
    while let Some(line) = lines.peek() {
        let trimmed = line.trim();
        if trimmed.is_empty() || is_fence(trimmed) {
            lines.next();
            continue;
        }
        let is_command = || context::of_line(line, &of_file).is_some() && !is_json(lines.rest());
        if let Some((written, after)) = is_command().then(|| typed::joined(&lines)).flatten() {
            gather.printed_groups(&mut typed, &command);
            let ran = typed.command(&written);
            let Some(next) = context::of_line(&ran.text, &of_file).or_else(|| context::of_line(&written, &of_file))
            else {
                lines = after;
                continue;
            };
            let next = next.of_upstream(&typed, ran.was_held);
            // `>>` goes on with the command, and what it adds is not known.
            let goes_on = trimmed.starts_with(">>");
            let follows = !goes_on && context::is_prompt(trimmed);
            match silent.take() {
                Some(place) if follows => gather.printed_nothing(&context, place)?,
                None if follows && strange == gather.state.unrecognised => gather.printed_all(&context),
                _ => {}
            }
            strange = gather.state.unrecognised;
            let place = Place { file, line: lines.number(), item: 0 };
            for changed in &next.changes {
                gather.changed(changed, place);
            }
            if next.several {
                let text = "several commands stand on this line, so that it is not clear which of them printed what is below: run each \
                            in a line of its own";
                gather.note(place, text);
            }
            context = next;
            command = ran.text;
            silent = (!goes_on).then_some(place);
            lines = after;
            continue;
        }
        silent = None;
        if is_json(lines.rest()) {
            gather.state.goes_on = false;
            json(&mut lines, file, &context, gather)?;
            if strange == gather.state.unrecognised {
                // The end of the JSON is that of the output.
                gather.listed_all_types(&context);
            }
            // What follows the last page is no answer of this request.
            context.whole &= gather.state.goes_on;
        } else if let Some((delimiter, names)) = csv_header(&lines, &context) {
            csv_rows(&mut lines, delimiter, &names, file, &context, gather)?;
        } else if trimmed.starts_with("#TYPE ") || is_separator_line(trimmed) {
            lines.next();
        } else if let Some(columns) = table::header(&mut lines) {
            while lines.peek().is_some_and(|line| table::is_row(line) && context::of_line(line, &of_file).is_none()) {
                // The next table may follow without a blank line.
                if table::header(&mut lines.clone()).is_some() {
                    break;
                }
                let Some(record) = table::record(&mut lines, &columns, file) else { break };
                if record.fields.iter().all(|field| field.cut) {
                    let text = "one column of this row runs into the next, so that nothing of it is taken: print it \
                                with `| Format-List` or `| ConvertTo-Json -Depth 5`";
                    gather.note(record.place, text);
                }
                gather.record(&record, &context)?;
            }
        } else if let Some(record) = list::record(&mut lines, file) {
            gather.record(&record, &context)?;
        } else {
            let other = request::of_other_line(trimmed, &of_file);
            if other.as_ref().is_none_or(|other| other.origin.is_none()) {
                gather.unrecognised(Place { file, line: lines.number(), item: 0 }, trimmed);
            }
            if let Some(other) = other {
                context = other;
            }
            lines.next();
        }
    }
    if let Some(place) = silent {
        gather.without_output(&context, place);
    }
    Ok(())
}

/// A text as it looked: without the sequences that colour it, and without the marks of a quotation around all of it.
fn plain(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if memchr::memchr(0x1b, text.as_bytes()).is_some() {
        text = Cow::Owned(without_colours(&text));
    }
    let mut lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty());
    // `>>` is what PowerShell itself prints before the next line of a command.
    if lines.next().is_some_and(|line| line.starts_with("> "))
        && lines.all(|line| line == ">" || line.starts_with("> "))
    {
        let bare =
            |line: &str| line.trim_start().strip_prefix('>').map(|it| it.strip_prefix(' ').unwrap_or(it).to_owned());
        text = Cow::Owned(text.lines().map(|line| bare(line).unwrap_or_default() + "\n").collect());
    }
    text
}

/// Without `ESC [ ... letter`.
fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        out.push_str(before);
        rest = match after.strip_prefix('[') {
            Some(sequence) => {
                let end = sequence.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(sequence.len());
                let mut chars = sequence.get(end..).unwrap_or_default().chars();
                if chars.clone().next().is_some_and(|c| c.is_ascii_alphabetic()) {
                    chars.next();
                }
                chars.as_str()
            }
            None => after,
        };
    }
    out.push_str(rest);
    out
}

/// The fences of Markdown around a paste.
fn is_fence(line: &str) -> bool {
    line.starts_with("```") || line.starts_with("~~~")
}

/// `sep=;`, which spreadsheets put first.
fn is_separator_line(line: &str) -> bool {
    line.len() == 5 && line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sep="))
}

/// Whether a JSON object or array begins here; prompts may begin with a bracket too.
fn is_json(rest: &str) -> bool {
    let rest = rest.trim_start();
    let mut chars = rest.chars().filter(|c| !c.is_whitespace());
    match (chars.next(), chars.next()) {
        (Some('{'), next) => matches!(next, Some('"' | '}')),
        (Some('['), next) => matches!(next, Some('{' | '[' | ']' | '"')),
        _ => false,
    }
}

fn csv_header(lines: &Lines<'_>, context: &Context) -> Option<(char, Vec<String>)> {
    csv::header(lines, |names| {
        let has = |name: &str| names.iter().any(|it| it.eq_ignore_ascii_case(name));
        recognise_names(&has, context, None) != Recognised::No
    })
}

/// Whether the first value of a row is a property name, so that the row may be the header of a next output.
fn begins_with_name(line: &str, delimiter: char) -> bool {
    let first = line.split(delimiter).next().unwrap_or_default().trim_matches(['"', ' ']);
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(first))
}

fn csv_rows(
    lines: &mut Lines<'_>,
    delimiter: char,
    names: &[String],
    file: usize,
    context: &Context,
    gather: &mut Gather<'_>,
) -> Result<(), ImportError> {
    lines.next();
    while let Some(line) = lines.peek() {
        let ends = line.trim().is_empty()
            || line.starts_with("#TYPE ")
            || is_fence(line)
            || begins_with_name(line, delimiter) && csv_header(lines, context).is_some()
            || context::of_line(line, context).is_some();
        if ends {
            break;
        }
        let record = csv::record(lines, delimiter, names, file).map_err(|bad| ImportError::Malformed {
            place: gather.place(Place { file, line: bad.line, item: 0 }),
            message: bad.message,
            help: "the file may be cut off or edited: export it again with `Export-Csv -NoTypeInformation`",
        })?;
        gather.record(&record, context)?;
    }
    Ok(())
}

/// One JSON value, and its items one at a time: an export of a large tenant need not stand in memory twice.
fn json(lines: &mut Lines<'_>, file: usize, context: &Context, gather: &mut Gather<'_>) -> Result<(), ImportError> {
    let mut at = lines.offset() + (lines.rest().len() - lines.rest().trim_start().len());
    lines.skip_to(at);
    if !lines.rest().starts_with('[') {
        let (value, length) = value(lines, gather, file)?;
        let place = Place { file, line: lines.number(), item: 0 };
        lines.skip_to(at + length);
        return document(value, place, context, gather);
    }
    at += 1;
    let mut item = 0;
    loop {
        lines.skip_to(at);
        let rest = lines.rest();
        let blank = rest.len() - rest.trim_start().len();
        at += blank;
        lines.skip_to(at);
        match lines.rest().chars().next() {
            Some(']') => {
                lines.skip_to(at + 1);
                break;
            }
            Some(',') if item > 0 => {
                at += 1;
                continue;
            }
            _ => {}
        }
        let (value, length) = value(lines, gather, file)?;
        item += 1;
        document(value, Place { file, line: lines.number(), item }, context, gather)?;
        at += length;
    }
    if item == 0 {
        gather.empty(context, Place { file, line: lines.number(), item: 0 })?;
    }
    Ok(())
}

/// The JSON value at the cursor and its length.
fn value(lines: &Lines<'_>, gather: &Gather<'_>, file: usize) -> Result<(Value, usize), ImportError> {
    let mut stream = serde_json::Deserializer::from_str(lines.rest()).into_iter::<Value>();
    let error = match stream.next() {
        Some(Ok(value)) => return Ok((value, stream.byte_offset())),
        Some(Err(error)) => Some(error),
        None => None,
    };
    let message = error.as_ref().map_or_else(
        || "the list is not closed".to_owned(),
        |error| {
            let text = error.to_string();
            text.rfind(" at line ").and_then(|end| text.get(..end)).unwrap_or(&text).to_owned()
        },
    );
    let (line, column) = match &error {
        Some(error) if error.line() > 1 => (lines.number() + error.line() - 1, error.column()),
        Some(error) => lines.position(lines.offset() + error.column().saturating_sub(1)),
        None => lines.position(lines.offset()),
    };
    Err(ImportError::NotJson { place: format!("{}:{column}", gather.place(Place { file, line, item: 0 })), message })
}

/// What Microsoft Graph answers, with 404, for the id of no object.
const NO_SUCH_OBJECT: &str = "Request_ResourceNotFound";

/// An object: one that a cmdlet printed, a page of a Graph answer, an answer of `$batch`, or a line of an export.
fn document(value: Value, place: Place, context: &Context, gather: &mut Gather<'_>) -> Result<(), ImportError> {
    match value {
        Value::Object(map) => object(map, place, context, gather),
        // `ConvertTo-Json` of a list of lists.
        Value::Array(values) => values.into_iter().try_for_each(|value| document(value, place, context, gather)),
        Value::Null => Ok(()),
        other => {
            gather.unrecognised(place, &other.to_string());
            gather.lose_row(context, place);
            Ok(())
        }
    }
}

fn object(
    map: Map<String, Value>,
    place: Place,
    context: &Context,
    gather: &mut Gather<'_>,
) -> Result<(), ImportError> {
    if gather.export(&map, place)? {
        return Ok(());
    }
    if is_snapshot(&map) {
        let message = "this is a snapshot already, and no output of a cmdlet".to_owned();
        return Err(gather.malformed(place, message, "use it as it is: `--state FILE`"));
    }
    let text = |name: &str| map.get(name).and_then(Value::as_str);
    let context = match text("@odata.context") {
        Some(graph) => context.with_graph(graph),
        None => context.clone(),
    };
    let next = text("@odata.nextLink").map(ToOwned::to_owned);
    let context = match &next {
        Some(link) if context.group.is_none() && link.contains("/groups/") => of_link(link, &context),
        _ => context,
    };
    let mut map = map;
    if map.get("error").and_then(|error| error.get("code")).and_then(Value::as_str) == Some(NO_SUCH_OBJECT)
        && gather.not_found(&context, place)
    {
        return Ok(());
    }
    let wraps = map.contains_key("value")
        && map
            .keys()
            .all(|key| key.starts_with('@') || key.eq_ignore_ascii_case("value") || key.eq_ignore_ascii_case("count"));
    if !wraps {
        return gather.record(&Record::from_map(map, place), &context);
    }
    match map.remove("value") {
        Some(Value::Array(items)) => {
            gather.page(&context, next.is_some(), items.first(), place);
            let is_empty = items.is_empty();
            if items.is_empty() && next.is_none() {
                gather.empty(&context, place)?;
            }
            let principal = items.first().and_then(|item| item.get("principalId")).and_then(Value::as_str);
            let principal = context.service_principal.or_else(|| principal.and_then(parse_id));
            for (index, item) in items.into_iter().enumerate() {
                document(item, Place { item: index + 1, ..place }, &context, gather)?;
            }
            if let Some(client) = context.client.filter(|_| next.is_none()) {
                gather.all_delegated(client, is_empty, place);
            }
            gather.has_principal(&context, principal, place)?;
            if context.whole && next.is_none() {
                gather.was_all(&context, principal, is_empty, place);
            }
            Ok(())
        }
        // The documented answer for one user wraps the object.
        Some(item @ Value::Object(_)) => document(item, place, &context, gather),
        _ => Ok(()),
    }
}

/// Whether an object is what this program itself writes.
fn is_snapshot(map: &Map<String, Value>) -> bool {
    let is_part = |name: &&str| map.get(*name).is_some_and(|part| part.get("status").or(part.get("items")).is_some());
    map.get("schema").is_some_and(Value::is_number)
        && ["policies", "direct", "groups", "effective", "users", "apps", "settings"].iter().any(is_part)
}

/// The next link of a page names the collection that its context does not.
fn of_link(link: &str, context: &Context) -> Context {
    match context::of_line(&format!("GET {link}"), context) {
        Some(of_link) => Context { named: context.named, ..of_link },
        None => context.clone(),
    }
}
