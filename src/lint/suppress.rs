//! `# graphwhy: ignore[cause] reason`, in Markdown `<!-- graphwhy: ignore[cause] reason -->`: findings that somebody has looked at.

use crate::diagnose::Finding;
use crate::input::Span;
use crate::knowledge::Catalogue;

/// A comment that takes findings out of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suppression {
    pub(super) span: Span,
    pub(super) causes: Vec<String>,
    pub(super) reason: String,
    /// The line of its first character.
    pub(super) line: usize,
    /// The last line of which it takes out findings.
    pub(super) last: usize,
    /// It stands outside the code, and before no piece of it.
    pub(super) astray: bool,
}

/// A finding that somebody has looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// Why it stays.
    pub reason: String,
    /// The comment.
    pub span: Span,
}

/// A suppression without effect, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedSuppression {
    /// The comment.
    pub span: Span,
    /// The cause that it names.
    pub cause: String,
    /// Why it has no effect, lower case, no final full stop.
    pub why: String,
}

/// The comment's causes and reason, if it is a suppression.
pub(super) fn read(text: &str, comment: Span, line: usize, end: usize) -> Option<Suppression> {
    let content = text.get(comment.start..comment.end)?;
    let content = match content.strip_prefix("<!--") {
        Some(html) => html.trim_end_matches("-->").trim_end_matches('-').trim(),
        None => content.trim_start_matches(['#', '<']).trim_end_matches("#>").trim(),
    };
    let rest =
        content.strip_prefix("graphwhy:")?.trim_start().strip_prefix("ignore")?.trim_start().strip_prefix('[')?;
    let (causes, reason) = rest.split_once(']')?;
    Some(Suppression {
        span: comment,
        causes: causes.split(',').map(|cause| cause.trim().to_owned()).collect(),
        reason: reason.trim().trim_start_matches([':', '-']).trim().to_owned(),
        line,
        last: end + 1,
        astray: false,
    })
}

/// What is wrong with a suppression before any finding is looked at.
pub(super) fn fault(suppression: &Suppression, cause: &str, catalogue: &Catalogue) -> Option<String> {
    if suppression.reason.is_empty() {
        return Some("it gives no reason: write one after the bracket".to_owned());
    }
    let own = super::causes::is_script_cause(cause) || cause == super::expectations::SLUG;
    if catalogue.cause(cause).is_none() && !own {
        return Some(match catalogue.nearest(cause) {
            Some(nearest) => format!("no cause is named `{cause}`: `{nearest}` is the nearest"),
            None => format!("no cause is named `{cause}`"),
        });
    }
    None
}
