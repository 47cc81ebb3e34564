//! A source read into commands.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::command::Command;
use super::document::{self, Kind};
use super::flow::Flow;
use super::held::{self, Held};
use super::parse::Parsed;
use super::place::{Listing, Places};
use super::value::{Literal, Value, ids_in};
use super::walk::Walked;
use super::{parse, sections, subject, walk};
use crate::input::Span;

/// Something worth telling that is no finding: a syntax that the parser does not know is not the user's error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The characters.
    pub span: Span,
    /// What it is, lower case, no final full stop.
    pub text: String,
    /// It says that something was not judged at all.
    pub loud: bool,
    /// Commands of the policy may stand in it, and none was read.
    pub unread: bool,
}

/// The commands of one source, in the order in which they would be run.
#[derive(Debug, Default)]
pub struct Commands {
    /// The commands.
    pub commands: Vec<Command>,
    /// Which of them are run.
    pub flow: Flow,
    /// What could not be read.
    pub notes: Vec<Note>,
}

/// Reads a script, runbook or CI file into commands; `name` tells the kind by its extension.
#[must_use]
pub fn commands(text: &str, name: &str) -> Commands {
    let kind = Kind::of(name);
    let read = Read::new(&with_line_feeds(text), kind);
    let flow = Flow { prose: kind == Kind::Markdown, ..read.flow };
    Commands { commands: read.commands, flow, notes: read.notes }
}

/// The text with carriage returns that end a line by themselves as line feeds, byte for byte as long.
pub(crate) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let lone = |at: &usize| bytes.get(at + 1) != Some(&b'\n');
    if !memchr::memchr_iter(b'\r', bytes).any(|at| lone(&at)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for end in memchr::memchr_iter(b'\r', bytes).filter(lone) {
        out.push_str(text.get(at..end).unwrap_or_default());
        out.push('\n');
        at = end + 1;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

/// A source as it was read.
pub(crate) struct Read {
    pub(crate) commands: Vec<Command>,
    /// How a list is written in place of each text that holds several ids.
    pub(crate) listings: HashMap<Span, Listing>,
    /// The variables that hold what commands of the policy use and do not have in themselves.
    pub(crate) held: HashMap<Span, Held>,
    /// Places of arguments that are made of what a parameter was given.
    pub(crate) given: HashSet<Span>,
    /// The keys that an assignment gives a table, by the place of the variable in it.
    pub(crate) writes: HashMap<usize, Vec<String>>,
    /// Places of functions, by their beginnings.
    pub(crate) bodies: Vec<Span>,
    pub(crate) flow: Flow,
    pub(crate) comments: Vec<Span>,
    /// Places of the pieces of PowerShell.
    pub(crate) regions: Vec<Span>,
    /// Where the step of a CI file begins, and the piece that is its script.
    pub(crate) steps: Vec<(usize, Span)>,
    /// Those that are quoted in the file.
    pub(crate) quoted: Vec<(Span, document::Quoted)>,
    pub(crate) unread: Vec<Span>,
    pub(crate) functions: HashSet<String>,
    pub(crate) notes: Vec<Note>,
}

impl Read {
    pub(crate) fn new(text: &str, kind: Kind) -> Self {
        let document::Document { regions, comments: around, unread: beside } = document::document(text, kind);
        let places: Vec<Span> = regions.iter().map(|r| Span::new(r.start, r.start + r.code.len())).collect();
        let steps = regions.iter().zip(&places).filter_map(|(r, place)| Some((r.step?, *place))).collect();
        let quoted = regions.iter().zip(&places).filter_map(|(r, place)| Some((*place, r.quoted?)));
        let mut quoted: Vec<(Span, document::Quoted)> = quoted.collect();
        let (pieces, mut unread) = parse::parse(regions, kind == Kind::Markdown);
        quoted.extend(pieces.iter().filter_map(|piece| {
            let quote = piece.text_of?.ends?;
            Some((Span::new(piece.base, piece.base + piece.code.len()), document::Quoted { quote, decoded: false }))
        }));
        let mut comments: Vec<Span> = pieces
            .iter()
            .filter(|p| p.text_of.is_none())
            .flat_map(|p| p.masked.comments.iter().map(|c| Span::new(p.base + c.start, p.base + c.end)))
            .collect();
        comments.extend(around);
        comments.sort_unstable();
        comments.dedup();
        let mut walked = walk::walk(&pieces);
        let undone = sections::undone(text, kind, &comments, &places);
        for command in &mut walked.commands {
            let at = command.name_span.start;
            let before = undone.partition_point(|place| place.start <= at);
            command.context.undoes = before.checked_sub(1).and_then(|it| undone.get(it)).is_some_and(|it| at < it.end);
        }
        let listings = listings(&walked, &pieces);
        let held = held(&walked, &pieces);
        walked.bodies.sort_unstable();
        // Syntax takes many times the room of its text.
        drop(pieces);
        // What follows a bracket that is never closed is told once.
        let unclosed: Vec<Span> = unread.iter().filter(|it| it.reason == parse::UNCLOSED).map(|it| it.span).collect();
        let told = |span: Span| unclosed.iter().any(|it| it.start < span.end && span.start < it.end);
        unread.extend(walked.unread);
        unread.extend(beside);
        let mut read: Vec<usize> = walked.commands.iter().map(|command| command.name_span.start).collect();
        read.sort_unstable();
        let mut notes: Vec<Note> = unread
            .iter()
            .filter(|it| it.reason != parse::UNKNOWN || !told(it.span))
            .map(|u| {
                let skipped = text.get(u.span.start..u.span.end).unwrap_or_default();
                // What is repeated too often may have been read before.
                let next = read.partition_point(|at| *at < u.span.start);
                let any = read.get(next).is_some_and(|at| *at < u.span.end);
                let whole = u.whole && !any && skipped.to_ascii_lowercase().contains("csapplicationaccesspolicy");
                let unread = whole || u.loses;
                let words = match u.reason {
                    parse::UNCLOSED => "PowerShell refuses the script, and nothing is proved of what follows",
                    _ if u.loses => "it was skipped, and nothing is proved of the commands in it",
                    _ => "it was skipped",
                };
                Note { span: u.span, text: format!("{}: {words}", u.reason), loud: unread, unread }
            })
            .collect();
        crate::order::sort_by_key(&mut notes, |note| note.span);
        Self {
            commands: walked.commands,
            listings,
            held,
            given: walked.given,
            writes: walked.writes,
            bodies: walked.bodies,
            flow: walked.flow,
            comments,
            regions: places,
            steps,
            quoted,
            unread: unread.into_iter().map(|u| u.span).collect(),
            functions: walked.functions,
            notes,
        }
    }
}

/// How a list is written in place of each text that holds several ids.
fn listings(walked: &Walked, pieces: &[Parsed]) -> HashMap<Span, Listing> {
    let mut texts: Vec<&Literal> = walked.flow.texts.values().flatten().collect();
    let values = walked.commands.iter().flat_map(|command| &command.arguments).filter_map(|it| it.value.as_ref());
    texts.extend(values.flat_map(Value::texts));
    let mut places = None;
    let mut found = HashMap::new();
    for text in texts.into_iter().filter(|text| ids_in(&text.text).is_some()) {
        let places = places.get_or_insert_with(|| Places::new(pieces));
        found.entry(text.span).or_insert_with(|| places.listing(pieces, text.span));
    }
    found
}

/// The variables that hold the keys and values which stand outside the commands of the policy that use them.
fn held(walked: &Walked, pieces: &[Parsed]) -> HashMap<Span, Held> {
    let mut places = None;
    let mut seen = HashSet::new();
    let mut found = HashMap::new();
    for command in walked.commands.iter().filter(|command| subject::verb(command).is_some()) {
        for argument in &command.arguments {
            let texts = argument.value.iter().flat_map(Value::texts).map(|literal| literal.span);
            let outside = texts.chain([argument.span]).chain(argument.written_span);
            for span in outside.filter(|span| span.start < command.span.start || command.span.end < span.end) {
                if !seen.insert(span) {
                    continue;
                }
                let places = places.get_or_insert_with(|| Places::new(pieces));
                let holder = places.piece(pieces, span).and_then(|piece| held::held(piece, span));
                found.extend(holder.map(|holder| (span, holder)));
            }
        }
    }
    found
}
