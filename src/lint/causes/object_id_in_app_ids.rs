//! The object id of an app's registration or service principal, or of a user, in a policy's list, where the client id belongs.

use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::script::sessions::{app_member, user_member};
use crate::script::subject;
use crate::script::{Argument, Command, Form, Value, is_guid};

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
                    users(script, command, argument, (&entry.value, entry.value_span), out);
                }
            }
            value => {
                if let Some(member) = object_id(value) {
                    out.push(raise(script, command, argument, argument.span, member));
                }
                users(script, command, argument, (value, argument.span), out);
            }
        }
    }
}

/// Ids of users in a list, or in a value of it that stands at a place.
fn users(
    script: &Script<'_>,
    command: &Command,
    argument: &Argument,
    (value, place): (&Value, Span),
    out: &mut Vec<Raised>,
) {
    let id = match value {
        Value::List(items, _) => {
            return items.iter().for_each(|item| users(script, command, argument, (item, place), out));
        }
        // What stands in the list itself has no other name there.
        Value::Text(literal) if is_guid(&literal.text) && !subject::inline(argument, literal) => {
            literal.text.trim().to_owned()
        }
        Value::Unknown(Some(symbol)) => symbol.clone(),
        _ => return,
    };
    let place = value.span().unwrap_or(place);
    if !lists_user(script, &id, script.at(place)) {
        return;
    }
    let confidence = if user_member(&id).is_some() { Confidence::Certain } else { Confidence::Likely };
    let mut raised = Raised::new(SLUG, confidence, command, place, "a user; the list takes client ids of apps").explained(
        "this is the id of a user, and a policy lists the client ids of apps: the users are those whom it is granted to",
    );
    if !(argument.span.start <= place.start && place.end <= argument.span.end) {
        raised = raised.proved(argument.span, "used here");
    }
    out.push(raised);
}

/// Whether the id in a list of apps is a user's: by the object that it is a member of, or by the names that it has.
pub(super) fn lists_user(script: &Script<'_>, id: &str, written: &str) -> bool {
    let lower = written.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let variable = lower.starts_with('$') && lower.chars().skip(1).all(|c| c.is_alphanumeric() || c == '_');
    let user =
        has(&["userid", "userobjectid", "upn", "userprincipalname", "organizer", "organiser"]) || lower == "$user";
    user_member(id).is_some()
        || variable && user && !has(&["app", "client", "serviceprincipal"])
        || is_guid(id) && script.known().is_user(id)
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
