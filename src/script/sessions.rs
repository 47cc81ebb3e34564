//! Where script blocks run: jobs, remote sessions and parallel runspaces see neither the variables of the caller, but for
//! `$using:`, nor its functions; and the values that cmdlets get without being given them.

use tree_sitter::Node;

use super::command::{Argument, Bound, Command, Form, Raw, resolve};
use super::env::DEFAULTS;
use super::value::{Literal, Value, is_guid};
use super::walk::Walker;
use crate::input::Span;
use crate::knowledge::Cmdlet;

/// What a symbol begins with that stands for an app's registration or service principal.
pub(crate) const APP_OBJECT: &str = "app-object";

/// What a symbol begins with that stands for a user.
pub(crate) const USER_OBJECT: &str = "user-object";

/// The member, lower case, of such an object that a symbol stands for, by itself or as all of a text.
pub(crate) fn app_member(symbol: &str) -> Option<&str> {
    member(symbol, APP_OBJECT)
}

/// The same of a user.
pub(crate) fn user_member(symbol: &str) -> Option<&str> {
    member(symbol, USER_OBJECT)
}

fn member<'s>(symbol: &'s str, kind: &str) -> Option<&'s str> {
    let symbol = symbol.strip_suffix(":text").map_or(symbol, |text| text.trim_matches('\u{1}'));
    let (_, member) = symbol.strip_prefix(kind)?.split_once('.')?;
    (!member.is_empty() && member.chars().all(char::is_alphanumeric)).then_some(member)
}

/// The kind of such an object that a value is, or of several.
pub(super) fn kind_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::Unknown(Some(symbol)) if !symbol.contains(['.', ':']) => {
            [APP_OBJECT, USER_OBJECT].into_iter().find(|kind| symbol.starts_with(kind))
        }
        Value::List(items, _) => {
            let kind = kind_of(items.first()?)?;
            items.iter().all(|item| kind_of(item) == Some(kind)).then_some(kind)
        }
        _ => None,
    }
}

/// The kind of such objects that a command gives.
pub(super) fn gives(lower: &str) -> Option<&'static str> {
    let (verb, noun) = lower.split_once('-')?;
    if !matches!(verb, "get" | "new") {
        return None;
    }
    let of = |products: &[&str], nouns: &[&str]| {
        products.iter().any(|product| noun.strip_prefix(product).is_some_and(|noun| nouns.contains(&noun)))
    };
    let directory = ["mg", "mgbeta", "azad", "azuread", "entra"];
    if of(&directory, &["serviceprincipal", "application", "adserviceprincipal", "adapplication"]) {
        return Some(APP_OBJECT);
    }
    // Members of groups may be devices or apps too, and none of them is a policy.
    let users = ["user", "aduser", "groupmember", "grouptransitivemember", "groupmemberasuser", "groupowner"];
    (of(&directory, &users) || noun == "csonlineuser").then_some(USER_OBJECT)
}

/// The user whom a read asks for by the object id, as a text that stands nowhere by itself.
pub(super) fn one_user(command: &Command) -> Option<Value> {
    let parameter = match command.name.to_lowercase().as_str() {
        "get-csonlineuser" => "Identity",
        "get-mguser" | "get-mgbetauser" => "UserId",
        _ => return None,
    };
    let literal = command.value(parameter)?.text().filter(|literal| is_guid(&literal.text))?;
    Some(Value::Text(Literal { inner: None, ..literal.clone() }))
}

/// Whether a command runs its script blocks in another process, session or runspace.
pub(super) fn runs_elsewhere(lower: &str, arguments: &[Argument], open: bool, blocks: &[Span]) -> bool {
    let has = |names: &[&str]| {
        arguments.iter().any(|argument| {
            let written = argument.written.to_lowercase();
            written.len() > 1 && names.iter().any(|name| name.starts_with(&written))
        })
    };
    match lower {
        "start-job" | "sajb" | "start-threadjob" | "inlinescript" => true,
        "foreach-object" | "foreach" | "%" => open || has(&["parallel"]),
        "invoke-command" | "icm" => {
            let target = arguments.iter().any(|a| a.form == Form::Positional && !blocks.contains(&a.span));
            open || target
                || has(&[
                    "computername",
                    "cn",
                    "session",
                    "hostname",
                    "vmname",
                    "vmid",
                    "containerid",
                    "connectionuri",
                    "sshconnection",
                ])
        }
        _ => false,
    }
}

/// What `-ArgumentList` gives to the parameters of a script block; `None` = the command hands on nothing.
pub(super) fn arguments(lower: &str, arguments: &[Argument]) -> Option<Vec<Raw>> {
    if !matches!(lower, "start-job" | "sajb" | "start-threadjob" | "invoke-command" | "icm") {
        return None;
    }
    let named = |a: &&Argument| {
        let written = a.written.to_lowercase();
        written == "args" || written.len() > 1 && "argumentlist".starts_with(&written)
    };
    let argument = arguments.iter().find(named)?;
    let span = argument.span;
    Some(match argument.value.clone()? {
        Value::List(items, _) => {
            items.into_iter().map(|value| Raw::Value { span: value.span().unwrap_or(span), value }).collect()
        }
        value @ Value::Unknown(_) => vec![Raw::Splat { value, span }],
        value => vec![Raw::Value { value, span }],
    })
}

/// One of several of which each is the same member of such an object: `(Get-MgGroupMember ...).Id`.
pub(super) fn one_of(values: &Value) -> Option<(&'static str, String)> {
    let Value::Unknown(Some(symbol)) = values else { return None };
    [APP_OBJECT, USER_OBJECT].into_iter().find_map(|kind| Some((kind, member(symbol, kind)?.to_owned())))
}

/// What a command lets through of such objects, or takes of them: `Where-Object`, `Select-Object -ExpandProperty Id`.
pub(super) fn of_apps(lower: &str, arguments: &[Argument], open: bool, apps: &Value) -> Option<Taken> {
    let short = |argument: &Argument, name: &str, least: usize| {
        let written = argument.written.to_lowercase();
        written.len() >= least && name.starts_with(&written)
    };
    match lower {
        _ if open || kind_of(apps).is_none() => None,
        "where-object" | "where" | "?" | "sort-object" | "sort" => Some(Taken::All),
        "select-object" | "select" => {
            if let Some(member) = arguments.iter().find(|argument| short(argument, "expandproperty", 2)) {
                return Some(Taken::Member(member.value.as_ref()?.text()?.text.clone()));
            }
            let counts = ["first", "last", "skip", "index", "unique"];
            let whole = arguments.iter().all(|argument| counts.iter().any(|name| short(argument, name, 1)));
            whole.then_some(Taken::All)
        }
        "foreach-object" | "foreach" | "%" => {
            let [argument] = arguments else { return None };
            let named = argument.form == Form::Positional || short(argument, "membername", 1);
            Some(Taken::Member(argument.value.as_ref().filter(|_| named)?.text()?.text.clone()))
        }
        _ => None,
    }
}

/// What is taken of an object.
pub(super) enum Taken {
    /// The object itself.
    All,
    /// A member of it.
    Member(String),
}

impl<'a> Walker<'a> {
    /// The body of a script block with arguments for its parameters.
    pub(super) fn script_block_given(&mut self, block: Node<'a>, given: Vec<Raw>) {
        let mut open = vec![(block, 0)];
        let mut takes = false;
        while let Some((node, depth)) = open.pop() {
            takes |= node.kind() == "param_block";
            if depth < 2 {
                open.extend(super::walk::named(node).into_iter().map(|child| (child, depth + 1)));
            }
        }
        if takes {
            self.given = Some(given);
        } else if given.iter().all(|raw| matches!(raw, Raw::Value { .. })) {
            let values = given.into_iter().filter_map(|raw| match raw {
                Raw::Value { value, .. } => Some(value),
                _ => None,
            });
            let list = Value::List(values.collect(), self.piece.span(block));
            self.env.set("args", list, None);
        }
        self.script_block(block, None);
        self.given = None;
    }

    /// The body of a script block that runs in another place.
    pub(super) fn script_block_elsewhere(&mut self, block: Node<'a>, items: Option<&Value>, given: Option<Vec<Raw>>) {
        let here = self.elsewhere.replace(self.piece.span(block));
        let (outside, left) = (self.env.leave(), self.left);
        let sign_in = self.context.sign_in.take();
        match given {
            Some(given) if items.is_none() => self.script_block_given(block, given),
            _ => self.script_block(block, items),
        }
        self.env.come_back(outside);
        self.context.sign_in = sign_in;
        self.elsewhere = here;
        self.left = left;
    }

    /// `Enter-PSSession` is typed where what follows runs on the other machine.
    pub(super) fn enters_or_exits(&mut self, lower: &str) {
        if !(self.stack.is_empty() && self.context.arms.is_empty() && self.elsewhere.is_none()) {
            return;
        }
        match lower {
            "enter-pssession" | "etsn" if self.entered.is_none() => self.entered = Some(self.env.leave()),
            "exit-pssession" | "exsn" => {
                if let Some(outside) = self.entered.take() {
                    self.env.come_back(outside);
                }
            }
            _ => {}
        }
    }

    /// Adds what `$PSDefaultParameterValues` gives to a cmdlet; `true` = it may give what is not known.
    pub(super) fn defaults(&self, cmdlet: &'static Cmdlet, arguments: &mut Vec<Argument>) -> bool {
        let table = self.env.get(DEFAULTS);
        if table.entry("Disabled").is_some_and(|entry| entry.value == Value::Bool(true)) {
            return false;
        }
        let Value::Table(entries, _) = table else { return true };
        for entry in entries {
            let Some((pattern, name)) = entry.key.split_once(':') else { continue };
            if !matches(&pattern.trim().to_lowercase(), &cmdlet.name.to_lowercase()) {
                continue;
            }
            let (bound, _) = resolve(Some(cmdlet), name.trim());
            // A default never makes a call fail: one of another set of parameters is left out.
            let fits = match &bound {
                Bound::Parameter(parameter) => arguments.iter().all(|argument| match &argument.bound {
                    Bound::Parameter(given) => {
                        given.sets.is_empty()
                            || parameter.sets.is_empty()
                            || given.sets.iter().any(|set| parameter.sets.contains(set))
                    }
                    _ => true,
                }),
                Bound::Common(_) => true,
                _ => false,
            };
            if fits && !arguments.iter().any(|argument| argument.bound == bound) {
                arguments.push(Argument {
                    written: name.trim().to_owned(),
                    written_span: Some(entry.key_span),
                    bound,
                    value: Some(entry.value),
                    span: entry.value_span,
                    form: Form::Splat,
                });
            }
        }
        false
    }
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_of_names() {
        for pattern in ["*", "grant-csapplicationaccesspolicy", "*-cs*policy", "grant-*", "*policy"] {
            assert!(matches(pattern, "grant-csapplicationaccesspolicy"), "{pattern}");
        }
        for pattern in ["", "grant-cs", "*-mg*", "set-*", "grant-*-policy", "*access"] {
            assert!(!matches(pattern, "grant-csapplicationaccesspolicy"), "{pattern}");
        }
    }
}
