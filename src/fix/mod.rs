//! Fixes: commands with the ids at hand filled in, visible holes where a fact is missing.

pub mod quote;
pub mod template;

use crate::input::Facts;
use crate::knowledge::{Cause, Gate, Text, window};

/// The commands of one gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The gate that they repair.
    pub gate: Gate,
    /// One command a line; printed as they are.
    pub commands: Vec<String>,
}

/// Commands, how to verify and undo them, and from when they work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// Slug of the cause that it is for.
    pub cause: Text,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Commands to read the state with before anything is changed.
    pub preconditions: Vec<String>,
    /// Commands that show that it worked.
    pub verify: Vec<String>,
    /// Commands that take it back.
    pub undo: Vec<String>,
    /// From when a retry makes sense: RFC 3339, or a duration from the change on (`PT30M`); `None` = no figure is documented.
    pub effective_from: Option<String>,
    /// What nobody has read or documented, and the fix relies on.
    pub assumes: Vec<String>,
    /// Side effects, in one paragraph; empty: none to tell.
    pub note: String,
}

/// The fixes of a cause for what is known of a call.
#[must_use]
pub fn of_cause(cause: &Cause, facts: &Facts) -> Vec<Fix> {
    let slots = template::Slots::of(facts);
    let lines = |templates: &[Text]| -> Vec<String> { templates.iter().map(|line| slots.fill(line)).collect() };
    cause
        .fixes
        .iter()
        .map(|fix| Fix {
            title: slots.fill_words(&fix.title),
            cause: cause.slug.clone(),
            steps: vec![Step { gate: fix.gate, commands: lines(&fix.run) }],
            preconditions: lines(&fix.read),
            verify: lines(&fix.verify),
            undo: lines(&fix.undo),
            effective_from: cause.retry.as_deref().and_then(window).and_then(|window| window.seconds).map(duration),
            assumes: Vec::new(),
            note: slots.fill_words(&fix.note),
        })
        .collect()
}

/// Seconds as an ISO 8601 duration in whole hours or minutes.
fn duration(seconds: u32) -> String {
    if seconds.is_multiple_of(3600) { format!("PT{}H", seconds / 3600) } else { format!("PT{}M", seconds.div_ceil(60)) }
}
