//! Paths and addresses that the message of an error names: `{"error":{…,"message":"… at /users/{id}/onlineMeeting"}}`. They are
//! words of the service, and no call.

use super::Span;
use super::fields::{Field, Form, Key};
use super::request::Request;
use crate::source::slice;

/// Drops the requests that stand inside the message of an error object: those without a method, and the others where another
/// request is there that was the call.
pub(super) fn drop(text: &str, fields: &[Field], requests: &mut Vec<Request>) {
    if requests.is_empty() {
        return;
    }
    let messages = messages(text, fields);
    if messages.is_empty() {
        return;
    }
    let is_told = |request: &Request| {
        let next = messages.partition_point(|message| message.start <= request.path.start);
        let message = next.checked_sub(1).and_then(|index| messages.get(index));
        message.is_some_and(|message| request.path.start < message.end)
    };
    let called = requests.iter().any(|request| !is_told(request));
    requests.retain(|request| !(called || request.method.is_none()) || !is_told(request));
}

/// The values of the messages of error objects with a code, in order; not those that hold an answer or a log as text.
fn messages(text: &str, fields: &[Field]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut object: Option<(Span, bool)> = None;
    for (index, field) in fields.iter().enumerate() {
        match field.key {
            Key::Error if field.form == Form::Nested && object.is_none_or(|(own, _)| own.end <= field.start) => {
                let inside = fields.get(index + 1..).unwrap_or_default().iter().take(FEW);
                let mut inside = inside.take_while(|inner| inner.start < field.value.end);
                object = Some((field.value, inside.any(|inner| inner.key == Key::Code && inner.quoted_key)));
            }
            Key::Message if field.form == Form::Quoted && field.quoted_key && field.closed => {
                let of_error = object.is_some_and(|(own, coded)| coded && field.start < own.end);
                if of_error && !holds_record(slice(text, field.value.start..field.value.end)) {
                    found.push(field.value);
                }
            }
            _ => {}
        }
    }
    found
}

/// The code of an error stands among its first members.
const FEW: usize = 8;

/// Whether the text of a message holds an answer, an exception or lines of a log.
fn holds_record(message: &str) -> bool {
    message.contains("HTTP/")
        || message.contains("\\n")
        || message.contains('\n')
        || message.contains("{\\")
        || message.contains("{\"")
}
