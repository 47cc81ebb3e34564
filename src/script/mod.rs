//! PowerShell and Markdown: scripts and runbooks become commands, and commands become findings before anyone runs them.
//!
//! `document` cuts a file into pieces of PowerShell, `mask` makes them safe for the grammar, `parse` and `walk` follow them in
//! the order of execution, `causes` judge what would be run. All of it is pure: text goes in, findings come out.

mod branches;
mod calls;
mod causes;
mod command;
pub mod config;
mod document;
mod edit;
mod env;
mod eval;
mod expectations;
mod losses;
mod mask;
mod parse;
mod pipelines;
mod scalar;
mod sessions;
mod suppress;
mod tenant;
mod value;
mod walk;

use std::borrow::Cow;
use std::collections::HashSet;

pub use command::{Argument, Arm, Bound, Command, Context, Form};
pub use document::Kind;
pub use edit::{Edit, apply};
pub use expectations::Expected;
pub use suppress::{Suppressed, UnusedSuppression};
pub use value::{Entry, Literal, Value, is_address, is_guid, is_placeholder};

use crate::diagnose::Finding;
use crate::input::Span;
use crate::knowledge::{Catalogue, Gate, Severity};
use crate::tenant::Snapshot;

/// Something worth telling that is no finding: a syntax that the parser does not know is not the user's error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The characters.
    pub span: Span,
    /// What it is, lower case, no final full stop.
    pub text: String,
    /// It says that something was not judged at all.
    pub loud: bool,
}

/// What was found in one source.
#[derive(Clone, Debug, Default)]
pub struct Linted {
    /// By confidence, then slug, then place.
    pub findings: Vec<Finding>,
    /// Edits, each with the index of its finding.
    pub edits: Vec<Edit>,
    /// What could not be read.
    pub notes: Vec<Note>,
    /// Findings that a comment suppresses.
    pub suppressed: Vec<Suppressed>,
    /// Suppressions without effect.
    pub unused_suppressions: Vec<UnusedSuppression>,
}

/// The commands of one source, in the order in which they would be run.
#[derive(Debug, Default)]
pub struct Commands {
    /// The commands.
    pub commands: Vec<Command>,
    /// What could not be read.
    pub notes: Vec<Note>,
}

/// Reads a script, runbook or CI file into commands; `name` tells the kind by its extension.
#[must_use]
pub fn commands(text: &str, name: &str) -> Commands {
    let read = Read::new(&with_line_feeds(text), Kind::of(name));
    Commands { commands: read.commands, notes: read.notes }
}

/// The text with carriage returns that end a line by themselves as line feeds, byte for byte as long.
fn with_line_feeds(text: &str) -> Cow<'_, str> {
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

/// Judges a script, runbook or CI file; `name` tells the kind by its extension. Offsets count bytes of `text`.
#[must_use]
pub fn lint(text: &str, name: &str, catalogue: &Catalogue) -> Linted {
    lint_against(text, name, catalogue, Against::default())
}

/// What a script is compared with: snapshots of the tenants that it may be for, and what must be so in them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Against<'a> {
    /// The snapshots.
    pub states: &'a [Snapshot],
    /// What must be so.
    pub expected: Option<Expected<'a>>,
}

/// The same, and what is known of the tenant that the script is for says more: the commands are simulated.
#[must_use]
pub fn lint_against(text: &str, name: &str, catalogue: &Catalogue, against: Against<'_>) -> Linted {
    let kind = Kind::of(name);
    if !concerns(text) {
        return Linted::default();
    }
    let written = text;
    let text = &with_line_feeds(text);
    let read = Read::new(text, kind);
    let mut script = causes::Script {
        text,
        kind,
        commands: &read.commands,
        comments: &read.comments,
        regions: &read.regions,
        unread: &read.unread,
        functions: &read.functions,
        policies: causes::policies(&read.commands),
        granted: HashSet::new(),
    };
    let mut notes = Vec::new();
    let state = tenant::choose(&script, against.states, &mut notes);
    script.granted = state.map(tenant::granted).unwrap_or_default();
    let mut raised = causes::find(&script);
    if let Some(state) = state {
        raised.extend(tenant::find(&script, state, &mut notes));
        raised.extend(
            against.expected.iter().flat_map(|expected| expectations::find(&script, state, *expected, catalogue)),
        );
    }
    raised.sort_by(|a, b| {
        b.confidence.cmp(&a.confidence).then_with(|| a.cause.cmp(b.cause)).then_with(|| a.place().cmp(&b.place()))
    });
    let mut seen = HashSet::new();
    raised.retain(|r| seen.insert((r.cause, r.place())));
    let mut linted = judge(text, kind, catalogue, raised, &read, !against.states.is_empty());
    linted.notes.extend(notes);
    linted.notes.sort_by_key(|note| note.span);
    if !written.contains('\n') && written.contains('\r') {
        linted.edits.iter_mut().for_each(|edit| edit.insert = edit.insert.replace('\n', "\r"));
    }
    linted
}

/// Whether a text can have anything to do with these cmdlets; most scripts of a folder have not, and need no parser.
fn concerns(text: &str) -> bool {
    // Suppressions are read where findings can be, and named nowhere else.
    const WORDS: [&str; 5] =
        ["applicationaccesspolicy", "skypeonlineconnector", "csonlinesession", "lynconlineconnector", "graphwhy:"];
    let bytes = text.as_bytes();
    WORDS.iter().any(|word| {
        let first = word.as_bytes().first().copied().unwrap_or_default();
        memchr::memchr2_iter(first, first.to_ascii_uppercase(), bytes)
            .any(|at| bytes.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes())))
    })
}

/// A source as it was read.
struct Read {
    commands: Vec<Command>,
    comments: Vec<Span>,
    /// Places of the pieces of PowerShell.
    regions: Vec<Span>,
    /// Where the step of a CI file begins, and the piece that is its script.
    steps: Vec<(usize, Span)>,
    /// Those that are quoted in the file.
    quoted: Vec<(Span, document::Quoted)>,
    unread: Vec<Span>,
    functions: HashSet<String>,
    notes: Vec<Note>,
}

impl Read {
    fn new(text: &str, kind: Kind) -> Self {
        let document::Document { regions, comments: around, unread: beside } = document::document(text, kind);
        let places: Vec<Span> = regions.iter().map(|r| Span::new(r.start, r.start + r.code.len())).collect();
        let steps = regions.iter().zip(&places).filter_map(|(r, place)| Some((r.step?, *place))).collect();
        let quoted = regions.iter().zip(&places).filter_map(|(r, place)| Some((*place, r.quoted?))).collect();
        let (pieces, mut unread) = parse::parse(regions);
        let mut comments: Vec<Span> = pieces
            .iter()
            .flat_map(|p| p.masked.comments.iter().map(|c| Span::new(p.base + c.start, p.base + c.end)))
            .collect();
        comments.extend(around);
        comments.sort_unstable();
        comments.dedup();
        let walked = walk::walk(&pieces);
        unread.extend(walked.unread);
        unread.extend(beside);
        let mut notes: Vec<Note> = unread
            .iter()
            .map(|u| Note { span: u.span, text: format!("{}: it was skipped", u.reason), loud: false })
            .collect();
        notes.sort_by_key(|note| note.span);
        Self {
            commands: walked.commands,
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

/// Whether edits can be written into the file as they are: not where their place is in a text that the file has in another
/// form, nor where they would end its quotes.
fn writable(edits: &[(Span, String)], read: &Read) -> bool {
    edits.iter().all(|(span, insert)| {
        read.quoted.iter().filter(|(piece, _)| piece.start <= span.start && span.end <= piece.end).all(|(_, quoted)| {
            let ends = insert.contains([quoted.quote, '\n']) || quoted.quote == '"' && insert.contains('\\');
            !(quoted.decoded || ends)
        })
    })
}

/// Whether a comment stands in the step that begins at `step`, or right above it.
fn heads(text: &str, comment: Span, step: usize) -> bool {
    comment.start >= step
        || text.get(comment.end..step).unwrap_or_default().lines().all(|line| {
            let line = line.trim();
            line.is_empty() || line.starts_with('#')
        })
}

/// Whether nothing but the opening of a fence or the key of a step is between a comment and a piece of code.
fn leads_to(text: &str, comment: Span, region: Span) -> bool {
    let between = text.get(comment.end..region.start).unwrap_or_default();
    between.lines().filter(|line| !line.trim().is_empty()).count() <= 1
}

/// The lines of a text, as offsets of their first bytes.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect())
    }

    fn of(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }
}

/// `compared`: causes that only the state of a tenant shows were looked for too.
fn judge(
    text: &str,
    kind: Kind,
    catalogue: &Catalogue,
    raised: Vec<causes::Raised>,
    read: &Read,
    compared: bool,
) -> Linted {
    let lines = Lines::new(text);
    let suppressions: Vec<suppress::Suppression> = read
        .comments
        .iter()
        .filter_map(|c| {
            let mut suppression = suppress::read(text, *c, lines.of(c.start), lines.of(c.end))?;
            // Outside the code it is for the piece of code that it stands before.
            let outside = !read.regions.iter().any(|r| r.start <= c.start && c.end <= r.end);
            let next = read.regions.iter().find(|r| r.start >= c.end).filter(|_| outside);
            let of_step = || read.steps.iter().any(|(step, piece)| Some(piece) == next && heads(text, *c, *step));
            suppression.astray = outside && kind == Kind::Yaml;
            if let Some(region) = next.filter(|r| leads_to(text, *c, **r) || of_step()) {
                suppression.astray = false;
                suppression.last = lines.of(region.end.saturating_sub(1).max(region.start));
            }
            Some(suppression)
        })
        .collect();
    let mut used: HashSet<(usize, &str)> = HashSet::new();
    let mut linted = Linted { notes: read.notes.clone(), ..Linted::default() };
    for raised in raised {
        let (first, last) = (lines.of(raised.command.start), lines.of(raised.place().start));
        let by = suppressions.iter().enumerate().find(|(_, s)| {
            let near = (first.min(last)..=last.max(first)).contains(&s.line) || (s.line..=s.last).contains(&last);
            let near = near || (s.line..=s.last).contains(&first);
            near && s.causes.iter().any(|c| c == raised.cause) && suppress::fault(s, raised.cause, catalogue).is_none()
        });
        let severity = catalogue.cause(raised.cause).map_or(Severity::Error, |cause| cause.severity);
        let finding = Finding {
            cause: raised.cause.into(),
            gate: Gate::Script,
            severity: raised.lowered.map_or(severity, |lowered| lowered.min(severity)),
            confidence: raised.confidence,
            explanation: raised.explanation,
            evidence: raised.evidence,
            labels: raised.labels,
        };
        if let Some((index, suppression)) = by {
            used.insert((index, raised.cause));
            linted.suppressed.push(Suppressed { finding, reason: suppression.reason.clone(), span: suppression.span });
            continue;
        }
        let index = linted.findings.len();
        linted.findings.push(finding);
        let edits = if writable(&raised.edits, read) { raised.edits } else { Vec::new() };
        linted.edits.extend(edits.into_iter().map(|(span, insert)| Edit {
            cause: raised.cause.into(),
            start: span.start,
            end: span.end,
            insert,
            safe: raised.safe,
            finding: index,
        }));
    }
    for (index, suppression) in suppressions.iter().enumerate() {
        for cause in &suppression.causes {
            let fault = suppress::fault(suppression, cause, catalogue).or_else(|| {
                let looked_for = compared || causes::is_script_cause(cause);
                (looked_for && !used.contains(&(index, cause.as_str())))
                    .then(|| if suppression.astray {
                        format!("`{cause}` is not found below it: a comment of the file is for the step that it stands in or right above")
                    } else {
                        format!("`{cause}` is not found here: remove it")
                    })
            });
            if let Some(why) = fault {
                linted.unused_suppressions.push(UnusedSuppression {
                    span: suppression.span,
                    cause: cause.clone(),
                    why,
                });
            }
        }
    }
    linted
}
