//! A parameter that the cmdlet has not.

use super::known::no_user;
use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::{Cmdlet, Confidence, Parameter};
use crate::script::subject::{self, Verb, verb};
use crate::script::{Argument, Bound, Command, Form, Value};
use crate::script::{is_address, is_guid};

pub(super) const SLUG: &str = "unknown-parameter";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for command in script.commands {
        let (Some(verb), Some(cmdlet)) = (verb(command), command.cmdlet) else { continue };
        out.extend(without_hyphen(command, cmdlet));
        for argument in &command.arguments {
            let Some(place) = argument.written_span.filter(|_| argument.form != Form::Positional) else { continue };
            let has = || cmdlet.parameters.iter().map(|p| format!("-{}", p.name)).collect::<Vec<_>>().join(", ");
            match &argument.bound {
                Bound::Ambiguous(names) => out.push(
                    Raised::new(SLUG, Confidence::Likely, command, place, "short for several parameters").explained(
                        format!("`-{}` is the beginning of {}: write it out", argument.written, names.join(", ")),
                    ),
                ),
                Bound::Unknown => {
                    let meant = subject::meant(verb, &argument.written);
                    if !subject::is_unknown(command, argument) {
                        continue;
                    }
                    let mut raised =
                        Raised::new(SLUG, Confidence::Certain, command, place, "no parameter of this cmdlet")
                            .explained(format!("{} has {}", cmdlet.name, has()));
                    if let Some(meant) = meant.filter(|meant| command.argument(meant).is_none()) {
                        raised.explanation =
                            format!("{} has no `-{}`: it is `-{meant}` here", cmdlet.name, argument.written);
                        if shared(script, command, argument, meant) {
                            raised.explanation.push_str(
                                ", and another command takes the same key of this table: give each a table of its own",
                            );
                        } else if one_target(verb, meant) && several(argument) {
                            raised
                                .explanation
                                .push_str(", and it takes one: grant to each of them, in a loop for example");
                        } else if only(command, argument, verb, meant) {
                            raised.edits = vec![rename(script, place, meant)];
                            raised.safe = fits(script, argument, verb, meant);
                            if (verb, meant) == (Verb::Set, "AppIds") && !raised.safe {
                                raised
                                    .explanation
                                    .push_str(", and a list replaces the one that is there: `@{Add=...}` adds to it");
                            }
                        }
                    }
                    out.push(raised);
                }
                _ => {}
            }
        }
    }
}

/// The name of a parameter that lost its hyphen, where one value more is given than there are places for.
fn without_hyphen(command: &Command, cmdlet: &Cmdlet) -> Option<Raised> {
    let is_lost = |argument: &&Argument| argument.form == Form::Positional && argument.bound == Bound::Unknown;
    let lost: Vec<&Argument> = command.arguments.iter().filter(is_lost).collect();
    let (at, literal, name) = command.arguments.iter().enumerate().find_map(|(at, argument)| {
        let literal = argument.value.as_ref()?.text().filter(|literal| literal.inner == Some(literal.span))?;
        let named = |parameter: &&Parameter| parameter.name.eq_ignore_ascii_case(&literal.text);
        let parameter = cmdlet.parameters.iter().find(named).filter(|parameter| parameter.holds.is_some())?;
        let given = command.arguments.iter().any(|other| other.form != Form::Positional && other.is(parameter.name));
        (argument.form == Form::Positional && !given).then_some((at, literal, parameter.name))
    })?;
    let next = command.arguments.get(at + 1).filter(|next| next.form == Form::Positional)?;
    if lost.is_empty() || command.open {
        return None;
    }
    let why = format!("`{}` without its hyphen is a value, and one too many: it is `-{name}`", literal.text);
    let mut raised = Raised::new(SLUG, Confidence::Certain, command, literal.span, "no hyphen").explained(why);
    raised.edits = vec![(Span::new(literal.span.start, literal.span.start), "-".to_owned())];
    let id = next.value.as_ref().and_then(|value| value.text()).is_some_and(|literal| is_guid(&literal.text));
    // Both would find no place.
    let both = command.arguments.get(at).filter(is_lost).is_some() && is_lost(&next) && lost.len() == 2;
    raised.safe = both && id && name.eq_ignore_ascii_case("AppIds");
    Some(raised)
}

/// Whether the argument is a key of a table that another command takes too, and means something else by it.
fn shared(script: &Script<'_>, command: &Command, argument: &Argument, meant: &str) -> bool {
    let another = script.commands.iter().filter(|it| it.span != command.span);
    let mut keys = another.flat_map(|it| it.arguments.iter().map(move |argument| (it, argument)));
    argument.form == Form::Splat
        && keys.any(|(other, key)| {
            let renamed = key.bound == Bound::Unknown
                && verb(other).and_then(|verb| subject::meant(verb, &key.written)) == Some(meant);
            key.form == Form::Splat && key.written_span == argument.written_span && !renamed
        })
}

/// Whether no other argument can mean the same, and no other set of parameters is asked for.
fn only(command: &Command, argument: &Argument, verb: Verb, meant: &str) -> bool {
    let rivals = command
        .arguments
        .iter()
        .filter(|other| other.bound == Bound::Unknown && subject::meant(verb, &other.written) == Some(meant));
    let target = |name: &str| command.argument(name).is_some();
    let clash = verb == Verb::Grant
        && match meant {
            "Identity" => target("Group") || target("Global"),
            "Group" => target("Identity") || target("Global"),
            _ => false,
        };
    rivals.count() == 1 && !clash && argument.value.is_some()
}

/// Whether the value is of the kind that the parameter takes, as far as it is known.
fn fits(script: &Script<'_>, argument: &Argument, verb: Verb, meant: &str) -> bool {
    let text = argument.value.as_ref().and_then(|v| v.text());
    let user = text.is_some_and(|l| is_guid(&l.text) || is_address(&l.text));
    match (verb, meant) {
        (Verb::Grant, "Identity") => user && no_user(script, argument).is_none(),
        // The bare form takes every other app out of the list.
        (Verb::Set, "AppIds") => matches!(argument.value, Some(Value::Table(..))),
        (Verb::Grant, "PolicyName") | (_, "Identity") => !user,
        _ => true,
    }
}

/// Whether a parameter takes one user or group.
fn one_target(verb: Verb, meant: &str) -> bool {
    verb == Verb::Grant && matches!(meant, "Identity" | "Group")
}

/// Whether an argument has several values.
fn several(argument: &Argument) -> bool {
    matches!(&argument.value, Some(Value::List(items, _)) if items.len() > 1)
}

/// Replaces the name and keeps its hyphen or quotes.
fn rename(script: &Script<'_>, place: Span, name: &str) -> (Span, String) {
    let written = script.at(place);
    let lead = written.find(|c: char| c.is_alphanumeric() || c == '_').unwrap_or(0);
    let body = written.get(lead..).unwrap_or_default();
    let length = body.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(body.len());
    let start = place.start + lead;
    (Span::new(start, start + length), name.to_owned())
}
