//! The text shows the Exchange cmdlets of nearly the same name.

use super::call::Call;
use crate::diagnose::Finding;
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::source::slice;
use memchr::memmem;

/// A cmdlet further from the failure is another matter.
const NEAR: usize = 64 << 10;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    if !call.says_policy() {
        return None;
    }
    let said = call.symptoms.first().map(|(_, span)| *span)?;
    let end = said.end.saturating_add(NEAR).min(call.context.text.len());
    let near = slice(call.context.text, said.start.saturating_sub(NEAR)..end);
    let behind = slice(call.context.text, said.start..end);
    let from = said.start.saturating_sub(near.len().saturating_sub(behind.len()));
    let at = ["New-ApplicationAccessPolicy", "Test-ApplicationAccessPolicy"].iter().find_map(|name| {
        let at = from + memmem::find(near.as_bytes(), name.as_bytes())?;
        Some(Span::new(at, at + name.len()))
    })?;
    call.finding(
        "exchange-policy-instead",
        Confidence::Possible,
        "the text shows an Exchange cmdlet, whose policies limit mailboxes and say nothing about meetings",
        Some((at, "Exchange, not Teams")),
    )
}
