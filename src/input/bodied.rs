//! Failures that only the head of an answer tells: the error object below it is of the same answer, whatever its words.

use super::assemble::Around;
use super::fields::{Field, Form, Key};
use super::group::Group;
use super::status::Head;
use crate::source::slice;

/// A body begins at most this far behind its head.
const BODY: usize = 200;
/// Pairs of an error object that are looked at.
const FEW: usize = 32;

/// Gives the failures that stand in heads the code and the message of the object right below.
pub(super) fn add(text: &str, groups: &mut [Group<'_>], around: &Around) {
    let starts: Vec<usize> = groups.iter().map(Group::start).collect();
    for (index, group) in groups.iter_mut().enumerate().filter(|(_, group)| group.bare()) {
        // A head begins behind its status.
        let at = group.end();
        let head = around.heads.partition_point(|head| head.span.start <= at).checked_sub(1);
        let Some(head) = head.and_then(|index| around.heads.get(index)).filter(|head| at < head.span.end) else {
            continue;
        };
        let Some((object, inner)) = body(text, head, around) else { continue };
        if starts.get(index + 1).is_some_and(|next| *next < object.value.end) {
            continue;
        }
        group.object = Some(object);
        inner.iter().for_each(|field| group.add_field(text, *field));
    }
}

/// The error object right below a head, and what is in it; only where it has code and message.
fn body<'a>(text: &str, head: &Head, around: &'a Around) -> Option<(Field, &'a [Field])> {
    let first = around.fields.partition_point(|field| field.start < head.span.end);
    let mut below = around.fields.iter().enumerate().skip(first);
    let (index, object) = below.next().filter(|(_, field)| field.key == Key::Error && field.form == Form::Nested)?;
    let between = slice(text, head.span.end..object.start);
    let parted = object.start > head.span.end + BODY || between.contains(|c: char| c.is_alphanumeric());
    let rest = around.fields.get(index + 1..).unwrap_or_default();
    let own = rest.iter().take(FEW).take_while(|field| field.start < object.value.end).count();
    let inner = rest.get(..own).unwrap_or_default();
    let has = |key: Key| inner.iter().any(|field| field.key == key && field.form != Form::Nested && field.quoted_key);
    (!parted && has(Key::Code) && has(Key::Message)).then_some((*object, inner))
}
