//! What is raised becomes findings and edits, or is suppressed.

use std::collections::HashSet;

use super::causes::Raised;
use super::suppress::{self, Suppressed, UnusedSuppression};
use super::{Edit, Linted};
use crate::diagnose::Finding;
use crate::input::Span;
use crate::knowledge::{Catalogue, Gate, Severity};
use crate::script::{Kind, Read};

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
pub(super) fn judge(
    text: &str,
    kind: Kind,
    catalogue: &Catalogue,
    raised: Vec<Raised>,
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
        linted.losing.extend(raised.losing);
        linted.may_lose.extend(raised.may_lose);
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
                // A cause that no script has is never found, with a state or without one.
                let needs_state = super::tenant::CAUSES.contains(&cause.as_str()) || cause == super::expectations::SLUG;
                let looked_for = compared || !needs_state;
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
