//! Findings in scripts, for people and as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value, json};

use super::human::Look;
use super::wrapped::wrap;
use super::{json, snippet};
use crate::check::told::OWN_RULES;
use crate::diagnose::{Finding, Label};
use crate::input::Span;
use crate::knowledge::{Catalogue, Severity};
use crate::lint::{Edit, Linted};
use crate::source::Source;
use crate::source::sanitise::{one_line, visible};

/// The title of a finding's cause, or of its rule.
#[must_use]
pub fn title<'a>(finding: &'a Finding, catalogue: &'a Catalogue) -> &'a str {
    let own = || OWN_RULES.iter().find(|(slug, ..)| *slug == finding.cause.as_ref()).map(|(_, _, title, _)| *title);
    // The rule has a narrower title: it is about access that somebody must not have.
    if finding.cause == "expectation-broken" {
        return "what is expected does not hold after this";
    }
    match (catalogue.cause(&finding.cause), own()) {
        (Some(cause), _) => cause.title.as_ref(),
        (None, Some(title)) => title,
        (None, None) => finding.cause.as_ref(),
    }
}

/// Draws one finding with its edits. Ends with a line end.
#[must_use]
pub fn human(finding: &Finding, edits: &[&Edit], source: &Source, catalogue: &Catalogue, look: Look) -> String {
    let title = title(finding, catalogue);
    let tag = format!("{} · {}", finding.cause, finding.severity.name());
    let used = title.chars().count() + tag.chars().count() + 4;
    let fits = used + 2 <= look.width;
    let headline =
        if fits { format!("{title}{}{tag}", " ".repeat((look.width - used).clamp(2, 40))) } else { title.to_owned() };
    let severity = match finding.severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
        Severity::Info => miette::Severity::Advice,
    };
    let labels: Vec<Label> =
        finding.labels.iter().map(|label| Label { span: label.span, text: one_line(&label.text) }).collect();
    let mut out = snippet::draw(source, &headline, &labels, severity, look.width, look.color);
    out.push('\n');
    if !fits {
        out.push_str(&format!("    {tag}\n"));
    }
    if !finding.explanation.is_empty() {
        for line in wrap(&one_line(&finding.explanation), look.width.saturating_sub(6).max(30)) {
            out.push_str(&format!("    {line}\n"));
        }
    }
    for seen in &finding.evidence {
        let read = seen.read_at.as_deref().map_or(String::new(), |at| format!(", read {at}"));
        let line = format!("seen: {} {} = {} ({}{read})", seen.object, seen.field, seen.value, seen.source);
        for line in wrap(&one_line(&line), look.width.saturating_sub(6).max(30)) {
            out.push_str(&format!("    {line}\n"));
        }
    }
    if let (Some(start), Some(end)) =
        (edits.iter().map(|edit| edit.start).min(), edits.iter().map(|edit| edit.end).max())
    {
        let safe = edits.iter().all(|edit| edit.safe);
        let word = if safe { "fix (--fix)" } else { "suggestion" };
        let range = source.line_range(start).start..source.line_range(end).end.max(end);
        let edited = edited(source, &range, edits);
        out.push_str(&format!("    {word}\n{}\n", visible(edited.trim_end())));
    }
    out
}

/// What says that findings of a file were not drawn: how many have which cause. Ends with a line end.
#[must_use]
pub fn left_out(causes: &BTreeMap<&str, usize>, source: &Source, look: Look) -> String {
    let total: usize = causes.values().sum();
    let counted: Vec<String> = causes.iter().map(|(cause, count)| format!("{count} {cause}")).collect();
    let words = format!(
        "… and {total} more in `{}`: {}; `--verbose` draws all, `--format json` lists all",
        source.name(),
        counted.join(", ")
    );
    wrap(&one_line(&words), look.width.saturating_sub(6).max(30)).iter().map(|line| format!("    {line}\n")).collect()
}

/// The lines of a range with the edits applied.
fn edited(source: &Source, range: &std::ops::Range<usize>, edits: &[&Edit]) -> String {
    let mut edits: Vec<&&Edit> = edits.iter().collect();
    crate::order::sort_by_key(&mut edits, |edit| (edit.start, edit.end));
    let mut out = String::new();
    let mut at = range.start;
    let shown = |from: usize, to: usize| {
        shortened(crate::source::slice(source.text(), from..to), from > range.start, to < range.end)
    };
    for edit in edits {
        out.push_str(&shown(at, edit.start));
        out.push_str(&edit.insert);
        at = edit.end.max(at);
    }
    out.push_str(&shown(at, range.end));
    out
}

/// Most bytes of what stays as it is that are shown beside an edit; a line may have millions.
const BESIDE: usize = 2000;

/// What stays as it is: its start where an edit stands `before` it, its end where one stands `after` it.
fn shortened(text: &str, before: bool, after: bool) -> Cow<'_, str> {
    if text.len() <= 2 * BESIDE {
        return Cow::Borrowed(text);
    }
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at += 1;
        }
        at
    };
    let head = boundary(if before { BESIDE } else { 0 });
    let tail = boundary(if after { text.len() - BESIDE } else { text.len() });
    let (head, tail) = (text.get(..head).unwrap_or_default(), text.get(tail..).unwrap_or_default());
    Cow::Owned(format!("{head}…{tail}"))
}

/// One result for one file (`kind: "script"`). A script may have very many findings, so none is held longer than it takes to
/// write it.
#[derive(Clone, Copy, Debug)]
pub struct ScriptResult<'a> {
    /// What was found.
    pub linted: &'a Linted,
    /// Where.
    pub source: &'a Source,
    /// What its causes are called.
    pub catalogue: &'a Catalogue,
}

impl Serialize for ScriptResult<'_> {
    // Keys in the order of the alphabet, as in every other result.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { linted, source, catalogue } = *self;
        let place = |span: Span| {
            let position = source.position(span.start);
            (position.line, position.column)
        };
        let notes = linted.notes.iter().map(|note| {
            let (line, column) = place(note.span);
            json!({ "text": note.text, "start": note.span.start, "end": note.span.end, "line": line, "column": column })
        });
        let unused = linted.unused_suppressions.iter().map(|unused| {
            let (line, column) = place(unused.span);
            json!({ "cause": unused.cause, "why": unused.why, "line": line, "column": column })
        });
        let whole = json!({ "name": source.name(), "start": 0, "end": source.text().len(), "line": 1, "column": 1 });
        let mut result = serializer.serialize_map(Some(7))?;
        result.serialize_entry("edits", &Each(|| linted.edits.iter().map(edit)))?;
        result.serialize_entry(
            "findings",
            &Each(|| linted.findings.iter().map(|finding| json::finding(finding, source, catalogue))),
        )?;
        result.serialize_entry("kind", "script")?;
        result.serialize_entry("notes", &notes.collect::<Vec<_>>())?;
        result.serialize_entry("source", &whole)?;
        result.serialize_entry("suppressed", &linted.suppressed.len())?;
        result.serialize_entry("unused_suppressions", &unused.collect::<Vec<_>>())?;
        result.end()
    }
}

fn edit(edit: &Edit) -> Value {
    json!({
        "cause": edit.cause,
        "start": edit.start,
        "end": edit.end,
        "insert": edit.insert,
        "safe": edit.safe,
        "finding": edit.finding,
    })
}

/// A list of which each item is made when it is written.
struct Each<F>(F);

impl<F: Fn() -> I, I: Iterator<Item = Value>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}
