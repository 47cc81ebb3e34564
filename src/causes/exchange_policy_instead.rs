//! The text shows the Exchange cmdlets of nearly the same name.

use super::call::Call;
use crate::diagnose::Finding;
use crate::input::Span;
use crate::knowledge::Confidence;
use memchr::memmem;

pub(super) fn find(call: &Call<'_>) -> Option<Finding> {
    if !call.says_policy() {
        return None;
    }
    let text = call.context.text.as_bytes();
    let at = ["New-ApplicationAccessPolicy", "Test-ApplicationAccessPolicy"]
        .iter()
        .find_map(|name| memmem::find(text, name.as_bytes()).map(|at| Span::new(at, at + name.len())))?;
    call.finding(
        "exchange-policy-instead",
        Confidence::Possible,
        "the text shows an Exchange cmdlet, whose policies limit mailboxes and say nothing about meetings",
        Some((at, "Exchange, not Teams")),
    )
}
