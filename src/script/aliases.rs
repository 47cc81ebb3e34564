//! What a command is called by: a name in a variable, an alias that the script makes, what `Get-Command` gives.

use tree_sitter::Node;

use super::command::{Argument, plain_name};
use super::env::plain;
use super::value::Value;
use super::walk::{Walker, named};

/// What a symbol begins with that stands for the command of a name.
const COMMAND: &str = "command-named=";

/// As many aliases of aliases are followed.
const CHAIN: usize = 8;

/// What `Get-Command` gives, where it is asked for one command.
pub(super) fn command_named(lower: &str, arguments: &[Argument]) -> Option<Value> {
    if !matches!(lower, "get-command" | "gcm") {
        return None;
    }
    let name = given(arguments, &["name"], 0)?;
    let name = name.text()?.text.trim();
    let one = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '\\'));
    one.then(|| Value::Unknown(Some(format!("{COMMAND}{name}"))))
}

/// The name of the command that a value calls, if it is constant.
pub(super) fn name_of(value: &Value) -> Option<String> {
    match value {
        Value::Unknown(Some(symbol)) => {
            symbol.strip_prefix(COMMAND).filter(|name| !name.contains('.')).map(str::to_owned)
        }
        value => value.text().map(|literal| literal.text.trim().to_owned()),
    }
}

/// The value of a parameter by one of its names, or the one at this place among those without a name. What stands behind
/// a switch is none of its own.
fn given(arguments: &[Argument], names: &[&str], place: usize) -> Option<Value> {
    let written = |argument: &Argument| argument.written.to_lowercase();
    let by_name = arguments.iter().find(|argument| {
        let written = written(argument);
        !written.is_empty() && names.iter().any(|name| name.starts_with(&written))
    });
    if let Some(argument) = by_name {
        return argument.value.clone();
    }
    let free = arguments.iter().filter(|argument| {
        let written = written(argument);
        ["force", "passthru"].iter().any(|switch| switch.starts_with(&written))
    });
    free.filter_map(|argument| argument.value.clone()).nth(place)
}

/// The alias that a path such as `alias:g` names.
fn on_drive(path: &Value) -> Option<&str> {
    let path = path.text()?.text.trim();
    let rest = path.get(..6).filter(|drive| drive.eq_ignore_ascii_case("alias:")).and_then(|_| path.get(6..))?;
    Some(rest.trim_start_matches(['\\', '/']))
}

impl<'a> Walker<'a> {
    /// The name that `& $name` calls; as it is written where it is not constant.
    pub(super) fn called_path(&self, node: Node<'a>) -> String {
        let mut name = String::new();
        for part in named(node) {
            let value = match part.kind() {
                "variable" => name_of(&self.env.get(&plain(self.piece.text(part)))),
                _ => Some(self.piece.text(part).to_owned()),
            };
            match value {
                Some(text) => name.push_str(&text),
                None => return plain_name(self.piece.text(node)),
            }
        }
        if name.is_empty() { plain_name(self.piece.text(node)) } else { plain_name(&name) }
    }

    /// The name behind aliases of the script; empty where it is not known what the alias stands for.
    pub(super) fn behind_aliases(&self, mut name: String) -> String {
        for _ in 0..CHAIN {
            match self.aliases.get(&name.to_lowercase()) {
                Some(Some(target)) => name = plain_name(target),
                Some(None) => return String::new(),
                None => break,
            }
        }
        name
    }

    /// Follows `Set-Alias` and its like.
    pub(super) fn alias(&mut self, lower: &str, arguments: &[Argument], open: bool) {
        let (name, target) = match lower {
            "set-alias" | "sal" | "new-alias" | "nal" => {
                let name = given(arguments, &["name"], 0);
                let by_name = arguments.iter().any(|argument| {
                    let written = argument.written.to_lowercase();
                    !written.is_empty() && "name".starts_with(&written)
                });
                (name, given(arguments, &["value", "definition"], usize::from(!by_name)))
            }
            "set-item" | "si" | "new-item" | "ni" => {
                let Some(path) = given(arguments, &["path", "literalpath"], 0) else { return };
                let Some(on_drive) = on_drive(&path) else { return };
                let name = match (on_drive, path.text()) {
                    ("", _) => given(arguments, &["name"], usize::MAX),
                    (name, Some(literal)) => {
                        let mut literal = literal.clone();
                        name.clone_into(&mut literal.text);
                        Some(Value::Text(literal))
                    }
                    _ => None,
                };
                let by_name = arguments.iter().any(|argument| argument.written.to_lowercase().ends_with("path"));
                (name, given(arguments, &["value"], usize::from(!by_name)))
            }
            "remove-alias" | "remove-item" | "ri" => {
                let Some(name) = given(arguments, &["name", "path", "literalpath"], 0) else { return };
                let name = match lower {
                    "remove-alias" => name.text().map(|literal| literal.text.trim()),
                    _ => on_drive(&name),
                };
                if let Some(name) = name.filter(|_| self.context.always()) {
                    self.aliases.remove(&name.to_lowercase());
                }
                return;
            }
            _ => return,
        };
        let Some(name) = name.as_ref().and_then(Value::text).map(|literal| literal.text.trim().to_lowercase()) else {
            return;
        };
        let target = target.as_ref().and_then(name_of).filter(|_| !open);
        let sure = self.context.arms.is_empty() && !self.context.repeated;
        let other = self.aliases.get(&name).is_some_and(|before| *before != target);
        self.aliases.insert(name, target.filter(|_| sure || !other));
    }
}
