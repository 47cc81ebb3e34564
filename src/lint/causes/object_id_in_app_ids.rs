//! The object id of an app's registration or service principal in a policy's list, where the client id belongs.

use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::script::sessions::app_member;
use crate::script::subject;
use crate::script::{Argument, Command, Form, Value};

pub(super) const SLUG: &str = "object-id-in-app-ids";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for command in script.commands {
        let Some((argument, value)) = subject::app_list(command) else { continue };
        match value {
            // Taking one away is right.
            Value::Table(entries, _) => {
                for entry in entries.iter().filter(|entry| !entry.key.eq_ignore_ascii_case("Remove")) {
                    if let Some(member) = object_id(&entry.value) {
                        out.push(raise(script, command, argument, entry.value_span, member));
                    }
                }
            }
            value => {
                if let Some(member) = object_id(value) {
                    out.push(raise(script, command, argument, argument.span, member));
                }
            }
        }
    }
}

fn raise(script: &Script<'_>, command: &Command, argument: &Argument, place: Span, member: &str) -> Raised {
    let mut raised = Raised::new(SLUG, Confidence::Certain, command, place, "an object id, no client id").explained(
        "this is the object id of the registration or service principal; policies list the client id, which is `AppId` of the \
         same object",
    );
    let inside = argument.span.start <= place.start && place.end <= argument.span.end;
    if !inside {
        raised = raised.proved(argument.span, "used here");
    }
    if inside && argument.form != Form::Splat {
        raised.edits = renamed(script, place, member).map(|span| (span, "AppId".to_owned())).into_iter().collect();
    }
    raised
}

/// The member that makes a value an object id.
fn object_id(value: &Value) -> Option<&str> {
    match value {
        Value::Unknown(Some(symbol)) => app_member(symbol).filter(|member| matches!(*member, "id" | "objectid")),
        Value::List(items, _) => items.iter().find_map(object_id),
        _ => None,
    }
}

/// The name of the member, where it is written once in `place`.
fn renamed(script: &Script<'_>, place: Span, member: &str) -> Option<Span> {
    let written = script.at(place).to_ascii_lowercase();
    let dotted = format!(".{member}");
    let mut found = written.match_indices(&dotted).filter(|(at, _)| {
        written
            .get(at + dotted.len()..)
            .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    });
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Some(Span::new(place.start + at + 1, place.start + at + dotted.len())),
        _ => None,
    }
}
