//! Errors that have no words of their own: no message, one of `null`, and the empty one of a client above the service's.

use super::Span;
use super::fields::{Field, Form, Key, clean};
use super::group::{Group, is_null};
use crate::knowledge::Catalogue;
use crate::source::slice;

/// A client prints little between its own empty message and the code of the service's.
const NEAR: usize = 120;

/// An object with a code that says nothing, and without a message or with one of `null`, says as much as one with `""`.
pub(super) fn add(text: &str, groups: &mut [Group<'_>], catalogue: &Catalogue) {
    let silent = || catalogue.symptoms().iter().filter(|symptom| symptom.message_empty);
    let is_silent = |code: &str| {
        let mut known = silent().flat_map(|symptom| symptom.code.iter());
        !code.starts_with(|c: char| c.is_ascii_digit()) && known.any(|known| known.eq_ignore_ascii_case(code))
    };
    for group in groups {
        let Some((object, code)) = group.object.zip(group.code) else { continue };
        let said = group.message.is_some_and(|message| message.form == Form::Nested || !is_null(text, message));
        let inside = object.start <= code.start && code.value.end <= object.value.end;
        if said
            || !object.closed
            || !inside
            || !group.hits.is_empty()
            || group.nested_message.is_some()
            || code.form != Form::Quoted
            || !is_silent(&clean(text, code.value))
        {
            continue;
        }
        let at = group.message.map_or(code.value.end, |message| message.value.start);
        let empty = Field { key: Key::Message, start: at, value: Span::new(at, at), ..code };
        group.message = Some(empty);
    }
}

/// Whether a code stands in an error within what has the message above it: `Message: "", Error: MainError{Code: "…`.
pub(super) fn is_code_of_inner(text: &str, message: Field, code: Field) -> bool {
    let between = slice(text, message.value.end..code.start);
    let Some(open) = between.rfind(['{', '(']).filter(|_| between.len() <= NEAR) else { return false };
    let lead = slice(between, 0..open).trim_end().to_ascii_lowercase();
    let word = lead.rsplit([',', '\n', '}', ';']).next().unwrap_or_default();
    word.contains("error") && !slice(between, open..between.len()).contains(['}', ')'])
}
