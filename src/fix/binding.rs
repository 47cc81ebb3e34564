//! Commands that PowerShell refuses before they are run: a name with a slip in it, a parameter that the cmdlet has not,
//! parameters that exclude each other.

use std::collections::BTreeSet;

use crate::knowledge::{Cmdlet, CmdletKind};
use crate::script::subject::{is_unknown, misspelt, verb};
use crate::script::{Argument, Bound, Command, Form, Value};

/// Why PowerShell refuses the command; `None` where nothing is known that makes it.
pub(super) fn refusal(command: &Command) -> Option<String> {
    if let Some(meant) = misspelt(&command.name) {
        return Some(format!(
            "no cmdlet is known as `{}`: it is `{meant}`; PowerShell does not find the name, and nothing changes",
            command.name
        ));
    }
    let cmdlet = command.cmdlet.filter(|it| it.kind == CmdletKind::Policy)?;
    verb(command)?;
    let unknown = |it: &&Argument| it.form != Form::Positional && is_unknown(command, it);
    if let Some(argument) = command.arguments.iter().find(unknown) {
        let name = &argument.written;
        return Some(format!("{} has no parameter `-{name}`: PowerShell refuses it, and nothing changes", cmdlet.name));
    }
    if let Some(why) = unbound(command, cmdlet) {
        return Some(why);
    }
    let mut left: BTreeSet<&str> = cmdlet.sets.iter().copied().collect();
    let mut deciding: Vec<&str> = Vec::new();
    for argument in command.arguments.iter().filter(|it| is_given(command, it)) {
        let Bound::Parameter(parameter) = &argument.bound else { continue };
        if parameter.sets.is_empty() || left.is_empty() {
            continue;
        }
        deciding.push(parameter.name);
        left.retain(|set| parameter.sets.contains(set));
        if left.is_empty() {
            let names: Vec<String> = deciding.iter().map(|name| format!("`-{name}`")).collect();
            let names = super::listed(&names);
            return Some(format!("{names} exclude each other: PowerShell refuses them, and nothing changes"));
        }
    }
    None
}

/// Why an argument cannot be bound at all.
fn unbound(command: &Command, cmdlet: &Cmdlet) -> Option<String> {
    let named = |it: &&Argument| it.form == Form::Named;
    for (index, argument) in command.arguments.iter().enumerate() {
        let written = &argument.written;
        match (&argument.bound, argument.form) {
            (Bound::Unknown, Form::Positional) if cmdlet.complete && argument.written.is_empty() => {
                return Some(format!(
                    "{} takes fewer values without a parameter's name: PowerShell refuses it, and nothing changes",
                    cmdlet.name
                ));
            }
            (Bound::Ambiguous(names), Form::Named) if cmdlet.complete => {
                let names: Vec<String> = names.iter().map(|name| format!("`-{name}`")).collect();
                return Some(format!(
                    "`-{written}` may be {}: PowerShell refuses it, and nothing changes",
                    names.join(" or ")
                ));
            }
            (Bound::Parameter(parameter), Form::Named) => {
                if parameter.holds.is_some() && argument.value.is_none() {
                    return Some(format!("`-{written}` has no value: PowerShell refuses it, and nothing changes"));
                }
                let earlier = command.arguments.iter().take(index);
                if earlier.filter(named).any(|it| it.bound == argument.bound) {
                    return Some(format!(
                        "`-{}` is given twice: PowerShell refuses it, and nothing changes",
                        parameter.name
                    ));
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a parameter is given by its name and in a table as well: Windows PowerShell refuses that, and later versions take
/// what is given by name.
pub(super) fn overrides(command: &Command) -> bool {
    let by = |form: Form| command.arguments.iter().filter(move |it| it.form == form && it.span.start < it.span.end);
    let known = command.cmdlet.is_some_and(|it| it.kind == CmdletKind::Policy) && verb(command).is_some();
    known
        && by(Form::Splat).filter(|it| !it.written.is_empty() && it.written_span.is_some()).any(|table| {
            matches!(table.bound, Bound::Parameter(_)) && by(Form::Named).any(|named| named.bound == table.bound)
        })
}

/// Whether a value is given for certain: `$null` may be none, and a switch may be off.
fn is_given(command: &Command, argument: &Argument) -> bool {
    if argument.is("Global") { command.switch("Global") == Some(true) } else { argument.value != Some(Value::Null) }
}
