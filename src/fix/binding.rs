//! Commands that PowerShell refuses before they are run: a parameter that the cmdlet has not, parameters that exclude each
//! other.

use std::collections::BTreeSet;

use crate::knowledge::CmdletKind;
use crate::script::subject::{is_unknown, verb};
use crate::script::{Argument, Bound, Command, Form, Value};

/// Why PowerShell refuses the command; `None` where nothing is known that makes it.
pub(super) fn refusal(command: &Command) -> Option<String> {
    let cmdlet = command.cmdlet.filter(|it| it.kind == CmdletKind::Policy)?;
    verb(command)?;
    let unknown = |it: &&Argument| it.form != Form::Positional && is_unknown(command, it);
    if let Some(argument) = command.arguments.iter().find(unknown) {
        let name = &argument.written;
        return Some(format!("{} has no parameter `-{name}`: PowerShell refuses it, and nothing changes", cmdlet.name));
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

/// Whether a value is given for certain: `$null` may be none, and a switch may be off.
fn is_given(command: &Command, argument: &Argument) -> bool {
    if argument.is("Global") { command.switch("Global") == Some(true) } else { argument.value != Some(Value::Null) }
}
