//! Exceptions of Graph's clients with words that no message of the catalogue has: `ODataError: Meeting not found.` The name
//! of the class is enough to know whose failure it is.

use memchr::memmem;

use super::assemble::Around;
use super::fields::{Field, Form, Key};
use super::group::Group;
use super::meeting::uuid_in;
use super::spoken::{self, begins_record, is_level, is_one_of, words};
use super::{Span, beside, program, service, written};
use crate::source::slice;

/// More are not explained anyway.
const MANY: usize = 8_192;
/// What is printed of an exception is not longer: its words, its stack, the answer.
const NEAR: usize = 4_000;
/// What stands before a class on its line, and its package.
const LEAD: usize = 240;
/// What somebody pastes alone is not longer.
const ALONE: usize = 300;
/// No words are longer.
const WORDS: usize = 1_000;

/// Classes, as they end, and what their package has where others have such a class too.
const CLASSES: [(&str, &str); 9] = [
    ("ODataError", ""),
    ("MSGraphError", ""),
    ("GraphError", ""),
    ("GraphServiceException", ""),
    ("ServiceException", "microsoft.graph."),
    ("ClientException", "microsoft.graph."),
    ("DefaultApiError", ""),
    ("APIError", "kiota"),
    ("ApiException", "kiota."),
];
/// What only a client has that other services are called with as well.
const OF_SEVERAL: [&str; 3] = ["DefaultApiError", "APIError", "ApiException"];

/// How a page begins to tell what a class is for.
const EXPLAINS: [&str; 8] =
    ["Represents ", "Thrown ", "Raised ", "Wraps ", "Indicates ", "Returned ", "Base class", "The base"];

/// Adds exceptions that no failure tells yet.
pub(super) fn add(text: &str, groups: &mut Vec<Group<'_>>, around: &Around) {
    let mut more: Vec<Group<'_>> = Vec::new();
    for at in memmem::find_iter(text.as_bytes(), b": ") {
        if !text.get(..at).is_some_and(|head| head.ends_with("Error") || head.ends_with("Exception")) {
            continue;
        }
        let Some((class, said)) = thrown(text, at) else { continue };
        let line = beside::lines_of(text, Span::new(class.start, said.end));
        let next = groups.partition_point(|group| group.end() <= line.start);
        let own = Record::of(text, class.start, said);
        let is_of = |group: &Group<'_>| {
            let near = group.start() < said.end.saturating_add(NEAR) && group.end().saturating_add(NEAR) > class.start;
            let words = group.message.map_or_else(|| Span::new(group.start(), group.end()), |message| message.value);
            near && !own.is_apart(text, &Record::of(text, words.start, words))
        };
        let above = next.checked_sub(1).and_then(|above| groups.get(above));
        if groups.get(next).is_some_and(is_of) || above.is_some_and(is_of) || more.last().is_some_and(is_of) {
            continue;
        }
        let message = Field {
            key: Key::Message,
            start: class.start,
            value: said,
            form: Form::Bare,
            closed: true,
            quoted_key: false,
        };
        let span = Span::new(class.start, said.end);
        let status = status_below(text, said.end, around);
        let group = Group { span: Some(span), message: Some(message), status, ..Group::default() };
        if !service::is_of_another(text, &group, &around.signs) && of_graph(text, class, said, around) {
            more.push(group);
        }
        if more.len() >= MANY {
            break;
        }
    }
    groups.extend(more);
    crate::order::sort_by_key(groups, |group| group.span);
}

/// The status that a client prints in the line below the stack: `Response status code: 404`.
fn status_below(text: &str, end: usize, around: &Around) -> Option<Field> {
    const FRAMES: usize = 64;
    let block = slice(text, end..end.saturating_add(NEAR));
    let mut at = end;
    let mut lines = block.split_inclusive('\n');
    at += lines.next()?.len();
    for line in lines.take(FRAMES) {
        let words = line.trim();
        if ["at ", "File \"", "... ", "#"].iter().any(|mark| words.starts_with(mark)) && !words.is_empty() {
            at += line.len();
            continue;
        }
        let first = around.fields.partition_point(|field| field.start < at);
        let field = around.fields.get(first).filter(|field| field.start < at + line.len())?;
        let is_status = field.key == Key::Status && field.form == Form::Bare && line.starts_with("Response status");
        return is_status.then_some(*field);
    }
    None
}

/// Whether a class was thrown by Graph, as far as the text tells: other products have such classes too.
fn of_graph(text: &str, class: Span, said: Span, around: &Around) -> bool {
    let name = slice(text, class.start..class.end);
    if OF_SEVERAL.iter().any(|several| name.ends_with(several)) {
        return around.signs.stand_near(text, class);
    }
    let lower = name.to_ascii_lowercase();
    let own = lower.contains("microsoft.graph.") || lower.contains("msgraph");
    // Pasted alone, one is asked about here where its words may be of meetings.
    let alone = || text.trim().len() <= ALONE && text.trim().lines().count() <= 3 && name.matches('.').count() == 0;
    own || alone() && service::names_own(slice(text, said.start..said.end)) || around.signs.stand_beside(text, said)
}

/// The line that an exception is told in.
struct Record {
    line: Span,
    said: Span,
}

impl Record {
    fn of(text: &str, at: usize, said: Span) -> Self {
        Self { line: beside::line_of(text, at), said }
    }

    /// Whether two failures are told apart: each in a record of its own that begins with a time, with other words or of
    /// another id.
    fn is_apart(&self, text: &str, other: &Self) -> bool {
        let line = |of: &Self| slice(text, of.line.start..of.line.end);
        let words = |of: &Self| slice(text, of.said.start..of.said.end);
        // The words of a message that is known may begin later, and end before the mark of their sentence.
        let rest = slice(text, other.said.start..other.line.end).trim_end();
        let repeats = words(self) == words(other) || words(self).ends_with(rest);
        let id = |of: &Self| {
            let line = line(of);
            let mut starts = line.char_indices().filter(|(_, c)| c.is_ascii_hexdigit()).take(LEAD).map(|(at, _)| at);
            starts.find_map(|at| uuid_in(line, at)).map(|(id, _)| id)
        };
        let thrown = |of: &Self| CLASSES.iter().any(|(class, _)| line(of).contains(class));
        self.line.start != other.line.start
            && [self, other].iter().all(|of| begins_record(line(of)))
            && (id(self).zip(id(other)).is_some_and(|(one, other)| one != other) || thrown(other) && !repeats)
    }
}

/// The class that ends at a colon, with its package, and what it says.
fn thrown(text: &str, colon: usize) -> Option<(Span, Span)> {
    let head = slice(text, colon.saturating_sub(LEAD)..colon);
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '\\' | '$');
    let name = slice(head, head.trim_end_matches(part).len()..head.len()).trim_start_matches(['.', '\\']);
    let (package, class) = name.rsplit_once(['.', '\\']).unwrap_or(("", name));
    let lower = format!("{}.", package.to_ascii_lowercase());
    let known = CLASSES.iter().any(|(known, needs)| class == *known && lower.contains(needs));
    if !known {
        return None;
    }
    let class = Span::new(colon - name.len(), colon);
    let lead = slice(head, 0..head.len() - name.len()).rsplit('\n').next().unwrap_or_default();
    let rest = slice(text, colon + 2..colon + 2 + WORDS);
    let line = rest.split(['\n', '\r']).next().unwrap_or_default().trim_end();
    let start = colon + 2 + line.len() - line.trim_start().len();
    let said = Span::new(start, colon + 2 + line.len());
    let own = line.trim_start();
    // Words, and no template, value of a key or body; nor what explains the class.
    let is_said = !EXPLAINS.iter().any(|word| own.starts_with(word))
        && own.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '/')
        && words(own) >= 1;
    let place = Span::new(class.start, said.end);
    (is_said
        && leads(lead)
        && !spoken::is_spoken(text, place)
        && !written::is_source(text, place)
        && !program::is_of_program(text, place))
    .then_some((class, said))
}

/// Whether what stands before a class leads to what was thrown: nothing, a record of a log, `Caused by: `, `Unhandled exception. `.
fn leads(lead: &str) -> bool {
    const WORDS: &str =
        "uncaught|unhandled|exception|error|thrown|by|in|main|fatal|warning|failed|failure|got|raised|rejection";
    let trimmed = lead.trim_end_matches([' ', '\t', '"', '\'', '(']);
    let last = trimmed.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    trimmed.is_empty()
        || trimmed.ends_with([':', ']', ')', '-', '>', '|', '=', '}', '.', '"'])
        || begins_record(lead)
        || is_level(last)
        || is_one_of(WORDS, &last.to_lowercase())
}

/// Whether words stand in an error with its parts, or as what an exception of Graph's says.
pub(super) fn is_structured(text: &str, group: &Group<'_>, place: Span) -> bool {
    group.code.is_some() || group.object.is_some() || group.message.is_some() || is_said_first(text, place)
}

/// Whether words are the first that an exception of Graph's own clients says, behind its class with its package:
/// `Microsoft.Graph.Models.ODataErrors.ODataError: <words>`.
fn is_said_first(text: &str, place: Span) -> bool {
    let line = beside::line_of(text, place.start);
    let Some(head) = slice(text, line.start..place.start).strip_suffix(": ") else { return false };
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '\\');
    let lead = head.trim_end_matches(is_name);
    let class = slice(head, lead.len()..head.len()).replace('\\', ".");
    let lower = class.to_ascii_lowercase();
    CLASSES.iter().any(|(name, _)| class.ends_with(name))
        && (lower.contains("microsoft.graph.") || lower.contains("msgraph."))
        && leads(lead)
}

/// Whether words stand in what an exception of Graph's client says, between its name and its stack:
/// `Microsoft.Graph.Models.ODataErrors.ODataError: … <words>` above `   at …`.
pub(super) fn is_of_message(text: &str, place: Span) -> bool {
    const CLASSES: &str = "ODataError|GraphServiceException|ServiceException|GraphError|APIError";
    let line = beside::line_of(text, place.start);
    let Some((name, lead)) = slice(text, line.start..place.start).split_once(": ") else { return false };
    let class = name.trim().rsplit(['.', ' ']).next().unwrap_or_default();
    let below = slice(text, line.end..line.end.saturating_add(80)).trim_start();
    is_one_of(CLASSES, class)
        && (below.starts_with("at ") || below.starts_with("--->"))
        && !lead.contains(['"', '\'', '`', '“', '‘'])
}
