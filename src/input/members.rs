//! What .NET prints of an exception below its stack: its status, and its error without words. They are of the message above.

use super::group::Group;
use crate::source::slice;

/// No stack is longer.
const STACK: usize = 16 << 10;

/// Joins an error without words to the exception above it, where nothing but the stack and a status stand between them.
pub(super) fn join<'c>(text: &str, groups: Vec<Group<'c>>) -> Vec<Group<'c>> {
    let mut joined: Vec<Group<'c>> = Vec::with_capacity(groups.len());
    for group in groups {
        match joined.last_mut() {
            Some(last) if is_member(text, last, &group) => last.absorb(group),
            _ => joined.push(group),
        }
    }
    joined
}

fn is_member(text: &str, thrown: &Group<'_>, error: &Group<'_>) -> bool {
    let wordless = error.hits.is_empty() && error.message.is_none() && error.nested_message.is_none();
    if thrown.code.is_some() || thrown.object.is_some() || error.object.is_none() || error.code.is_none() || !wordless {
        return false;
    }
    let between = slice(text, thrown.end().min(error.start())..error.start());
    let Some((_, below)) = between.split_once('\n').filter(|_| between.len() <= STACK) else { return false };
    let is_status = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or_default();
        name.trim_end().ends_with("StatusCode") && value.trim().len() == 3
    };
    let mut frames = 0;
    let fits = below.lines().map(str::trim).all(|line| {
        frames += usize::from(line.starts_with("at "));
        line.is_empty() || line.starts_with("at ") || line.starts_with("--- ") || is_status(line)
    });
    fits && frames > 0
}
