//! A placeholder in a script that is to be run.

use super::malformed_id::is_name;
use super::{Raised, Script};
use crate::knowledge::{CmdletKind, Confidence};
use crate::script::Kind;
use crate::script::subject;
use crate::script::{Command, Literal, is_placeholder};

pub(super) const SLUG: &str = "placeholder-left";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    // In a document it is there to be read.
    if script.kind == Kind::Markdown {
        return;
    }
    for command in script.commands {
        if command.cmdlet.is_none_or(|c| c.kind == CmdletKind::Lookalike) {
            continue;
        }
        for argument in command.arguments.iter().filter(|a| !a.is("Description")) {
            for literal in argument.value.iter().flat_map(|value| value.texts()) {
                let names_id = argument.is("AppIds") && command.cmdlet.is_some_and(|c| c.kind == CmdletKind::Policy);
                if !(is_placeholder(&literal.text)
                    || names_id && speaks_of_an_id(&literal.text) && !is_name(&literal.text))
                {
                    continue;
                }
                if guarded(script, command, literal) {
                    continue;
                }
                let angle = literal.text.trim_start().starts_with('<');
                let confidence = if angle { Confidence::Certain } else { Confidence::Likely };
                let mut raised = Raised::new(SLUG, confidence, command, literal.span, "still to be filled in")
                    .explained(format!(
                        "`{}` is {}: put the real value there before the script is run",
                        literal.text.trim(),
                        if is_placeholder(&literal.text) {
                            "a placeholder"
                        } else {
                            "the id of no app, but words about one"
                        }
                    ));
                if !subject::inline(argument, literal) {
                    raised = raised.proved(argument.span, "used here");
                }
                out.push(raised);
            }
        }
    }
}

/// Whether the script looks for the placeholder where it is used, and then stops or goes another way: it is documentation.
fn guarded(script: &Script<'_>, command: &Command, literal: &Literal) -> bool {
    let guards = &command.context.guards;
    // Among the guards is also what their variables were last given.
    if !guards.iter().any(|given| given.start <= literal.span.start && literal.span.end <= given.end) {
        return false;
    }
    guards.iter().any(|guard| {
        let condition = script.at(*guard).to_lowercase();
        let operator = |names: &[&str]| names.iter().any(|name| condition.contains(name));
        let quoted = condition.split(['\'', '"']).skip(1).step_by(2).map(|text| text.trim_matches('*').trim());
        let text = literal.text.trim().to_lowercase();
        if !quoted.filter(|part| !part.is_empty()).any(|part| text.contains(part) || part.contains('<')) {
            return false;
        }
        if operator(&["-notlike", "-notmatch", "-ne ", "-cne ", "-ine "]) {
            return command.span.start > guard.end;
        }
        let between = script.text.get(guard.end..command.span.start).unwrap_or_default().to_lowercase();
        let mut words = between.split(|c: char| !c.is_alphanumeric());
        operator(&["-like", "-match", "-eq ", "-ceq ", "-ieq ", ".startswith(", ".contains("])
            && words.any(|word| matches!(word, "throw" | "exit" | "return"))
    })
}

/// Words about the id of an app, where the id itself belongs.
pub(super) fn speaks_of_an_id(text: &str) -> bool {
    let lower = text.to_lowercase();
    let hex = lower.bytes().filter(u8::is_ascii_hexdigit).count();
    // A list of ids, or an id with a slip, is another mistake.
    let plain = lower.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '.'));
    if !plain || (hex >= 24 && lower.bytes().any(|b| b.is_ascii_digit())) {
        return false;
    }
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.any(|word| {
        matches!(word, "app" | "application" | "client" | "id" | "ids" | "guid" | "uuid")
            || word.contains("appid")
            || word.contains("clientid")
    })
}
