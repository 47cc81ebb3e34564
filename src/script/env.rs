//! Variables and what is known of them, with a way back out of branches.

use std::collections::HashMap;

use super::flow::{Condition, Flow, PolicyRead};
use super::value::{Literal, Value, is_guid, largest};
use crate::input::Span;

/// What a variable was last given.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) value: Value,
    /// The expression that it was given.
    pub(super) from: Option<Span>,
    /// It is a parameter, or made of one.
    given: bool,
}

/// The variables, with a log of what changed.
#[derive(Debug)]
pub(super) struct Env {
    variables: HashMap<String, Variable>,
    log: Vec<(String, Option<Variable>)>,
    symbols: u32,
    /// The caller's variables, where this runs in another process, session or runspace: only `$using:` sees them.
    using: Option<HashMap<String, Variable>>,
    /// Which of those places this is, 0 for the script's own, and how many there were.
    place: u32,
    places: u32,
    /// The names of policies that commands gave, by the symbol of the policy.
    policies: HashMap<String, Value>,
    /// Which way the script goes.
    pub(super) flow: Flow,
    /// Conditions, by the symbol of their value.
    pub(super) conditions: HashMap<String, Condition>,
    /// The size of a value from which it is not followed.
    pub(super) largest: usize,
    any_given: bool,
}

/// As many texts are kept of which a value is one, none longer than this.
const MOST_TEXTS: usize = 16;
const LONGEST_TEXT: usize = 2000;

/// What a branch did to the variables.
pub(super) type Changes = HashMap<String, Option<Variable>>;

/// What is put aside while something runs elsewhere.
pub(super) struct Outside {
    using: Option<HashMap<String, Variable>>,
    log: Vec<(String, Option<Variable>)>,
    place: u32,
}

/// The table of default parameter values, lower case.
pub(super) const DEFAULTS: &str = "psdefaultparametervalues";

/// The variables of a new session.
fn initial() -> HashMap<String, Variable> {
    let table = Variable { value: Value::Table(Vec::new(), Span::new(0, 0)), from: None, given: false };
    HashMap::from([(DEFAULTS.to_owned(), table)])
}

/// The name that variables are compared by: any case, without a scope, but for `using:`.
pub(super) fn plain(name: &str) -> String {
    let name = name.trim_start_matches(['$', '@']).trim_start_matches('{').trim_end_matches('}');
    let lower = name.to_lowercase();
    match lower.split_once(':') {
        Some(("script" | "global" | "local" | "private" | "variable", rest)) => rest.to_owned(),
        _ => lower,
    }
}

/// What a symbol begins with that stands for a script block of the source.
const BLOCK: &str = "script-block";

/// Whether a value is a script block of the source.
pub(super) fn is_block(value: &Value) -> bool {
    matches!(value, Value::Unknown(Some(symbol)) if symbol.strip_prefix(BLOCK).is_some_and(|rest| rest.strip_prefix('#').is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))))
}

/// Whether the table or list that was made at a place is in a value.
fn has(value: &Value, place: Span) -> bool {
    match value {
        Value::Table(entries, span) => *span == place || entries.iter().any(|entry| has(&entry.value, place)),
        Value::List(items, span) => *span == place || items.iter().any(|item| has(item, place)),
        _ => false,
    }
}

impl Env {
    /// No variables, for a source of this many bytes.
    pub(super) fn new(source: usize) -> Self {
        Self {
            variables: initial(),
            log: Vec::new(),
            symbols: 0,
            using: None,
            place: 0,
            places: 0,
            policies: HashMap::new(),
            flow: Flow::default(),
            conditions: HashMap::new(),
            largest: largest(source),
            any_given: false,
        }
    }

    /// A value that is not known and equal to nothing but itself.
    pub(super) fn fresh(&mut self, name: &str) -> Value {
        self.symbols += 1;
        Value::Unknown(Some(format!("{name}#{}", self.symbols)))
    }

    /// A script block that is written in the source, and followed where it stands.
    pub(super) fn block(&mut self) -> Value {
        self.fresh(BLOCK)
    }

    /// A policy that a command gave, of which the name is known.
    pub(super) fn policy(&mut self, name: Value) -> Value {
        let policy = self.fresh("policy");
        if let Value::Unknown(Some(symbol)) = &policy {
            self.policies.insert(symbol.clone(), name);
        }
        policy
    }

    /// What a command gave, and by which name it was asked for where that is known.
    pub(super) fn object(&mut self, kind: &str, name: Option<Value>) -> Value {
        let object = self.fresh(kind);
        if let (Value::Unknown(Some(symbol)), Some(name)) = (&object, name) {
            self.policies.insert(symbol.clone(), name);
        }
        object
    }

    /// The names of all variables, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.variables.keys().filter(|name| *name != DEFAULTS).cloned().collect();
        crate::order::sort(&mut names);
        names
    }

    /// The other variables that have the same table or list in them.
    pub(super) fn others_with(&self, name: &str, changed: &Value) -> Vec<String> {
        let (Value::Table(_, span) | Value::List(_, span)) = changed else { return Vec::new() };
        let others = self.variables.iter().filter(|(other, variable)| *other != name && has(&variable.value, *span));
        let mut names: Vec<String> = others.map(|(other, _)| other.clone()).collect();
        crate::order::sort(&mut names);
        names
    }

    /// What the command at a place gave is a policy as it was read there, if it is constant which.
    pub(super) fn read_at(&mut self, policy: &Value, at: usize) {
        if let Value::Unknown(Some(symbol)) = policy
            && let Some(Value::Text(name)) = self.policies.get(symbol)
        {
            let read = PolicyRead { policy: name.text.clone(), at };
            self.flow.reads.insert(symbol.clone(), read);
        }
    }

    /// The name of such a policy.
    pub(super) fn name_of(&self, policy: &str) -> Option<&Value> {
        self.policies.get(policy)
    }

    /// The value of a parameter without a default, `name?1`; with `:text` where its type, lower case, takes no hashtable.
    pub(super) fn parameter(&mut self, name: &str, kind: &str) -> Value {
        self.symbols += 1;
        let text = ["[string]", "[string[]]", "[guid]", "[guid[]]", "[system.guid]", "[system.string]"];
        if kind.contains("[switch]") {
            let symbol = format!("{name}?{}", self.symbols);
            self.conditions.insert(symbol.clone(), Condition::Switch);
            return Value::Unknown(Some(symbol));
        }
        let suffix = if text.iter().any(|t| kind.contains(t)) { ":text" } else { "" };
        Value::Unknown(Some(format!("{name}?{}{suffix}", self.symbols)))
    }

    /// A text that is known only when it is run.
    pub(super) fn text(&mut self, name: &str) -> Value {
        self.symbols += 1;
        Value::Unknown(Some(format!("{name}#{}:text", self.symbols)))
    }

    pub(super) fn get(&self, name: &str) -> Value {
        let symbol = || match name.strip_prefix("using:") {
            Some(outside) => outside.to_owned(),
            None if self.place > 0 && !name.starts_with("env:") => format!("{name}@{}", self.place),
            None => name.to_owned(),
        };
        self.variable(name).map_or_else(|| Value::Unknown(Some(symbol())), |v| v.value.clone())
    }

    pub(super) fn from(&self, name: &str) -> Option<Span> {
        self.variable(name)?.from
    }

    fn variable(&self, name: &str) -> Option<&Variable> {
        match name.strip_prefix("using:") {
            Some(outside) => self.using.as_ref().unwrap_or(&self.variables).get(outside),
            None => self.variables.get(name),
        }
    }

    /// Goes to a place where the variables are others.
    pub(super) fn leave(&mut self) -> Outside {
        self.places += 1;
        let variables = std::mem::replace(&mut self.variables, initial());
        Outside {
            using: self.using.replace(variables),
            log: std::mem::take(&mut self.log),
            place: std::mem::replace(&mut self.place, self.places),
        }
    }

    /// Comes back from there.
    pub(super) fn come_back(&mut self, outside: Outside) {
        self.variables = std::mem::replace(&mut self.using, outside.using).unwrap_or_else(initial);
        self.log = outside.log;
        self.place = outside.place;
    }

    pub(super) fn set(&mut self, name: &str, value: Value, from: Option<Span>) {
        let value = match value {
            Value::Unknown(None) => self.fresh(name),
            value if !value.fits(&mut self.largest.clone()) => self.fresh(name),
            value => value,
        };
        self.put(name.to_owned(), Some(Variable { value, from, given: false }));
    }

    /// What the variable has is what a parameter was given.
    pub(super) fn mark_given(&mut self, name: &str) {
        self.any_given = true;
        if let Some(variable) = self.variables.get_mut(name) {
            variable.given = true;
        }
    }

    /// Whether it is.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.variable(name).is_some_and(|variable| variable.given)
    }

    /// Whether there is any such variable.
    pub(super) fn gives(&self) -> bool {
        self.any_given
    }

    fn put(&mut self, name: String, variable: Option<Variable>) {
        let old = match variable {
            Some(variable) => self.variables.insert(name.clone(), variable),
            None => self.variables.remove(&name),
        };
        self.log.push((name, old));
    }

    /// Makes variables unknown, as a loop may have given them anything; with `true` where all that it gives are texts. Gives
    /// the same names, with whether they are texts still.
    pub(super) fn loosen(&mut self, names: Vec<(String, bool)>) -> Vec<(String, bool)> {
        let loosened = names.into_iter().map(|(name, text)| {
            let before = self.variables.get(&name);
            let from = before.and_then(|variable| variable.from);
            let text = text && before.is_none_or(|v| v.value.is_textual() || v.value == Value::Null);
            let value = if text { self.text(&name) } else { self.fresh(&name) };
            self.set(&name, value, from);
            (name, text)
        });
        loosened.collect()
    }

    /// The value that is one of these, whichever: the same constant, or one symbol for all later reads.
    pub(super) fn merged(&mut self, name: &str, values: &[Value]) -> Value {
        let Some(first) = values.first() else { return Value::UNKNOWN };
        if values.iter().all(|value| value == first) {
            return first.clone();
        }
        if values.iter().all(|value| value.alike(first)) {
            return first.clone().of_many_places();
        }
        let nothing = |value: &Value| *value == Value::Null;
        let text = values.iter().all(|value| value.is_textual() || nothing(value)) && !values.iter().all(nothing);
        let merged = if text { self.text(name) } else { self.fresh(name) };
        let texts: Vec<Literal> = values.iter().flat_map(|value| self.ids_in(value)).take(MOST_TEXTS).collect();
        if let (Value::Unknown(Some(symbol)), false) = (&merged, texts.is_empty()) {
            self.flow.texts.insert(symbol.clone(), texts);
        }
        merged
    }

    /// The texts that a value is or may be, as far as ids are in them.
    fn ids_in(&self, value: &Value) -> Vec<Literal> {
        let ids = |literal: &&Literal| {
            literal.text.len() <= LONGEST_TEXT && literal.text.split([',', ';', '|', ' ', '\t', '\n']).any(is_guid)
        };
        match value {
            Value::Unknown(Some(symbol)) => self.flow.texts.get(symbol).cloned().unwrap_or_default(),
            Value::Text(literal) => Some(literal).filter(ids).cloned().into_iter().collect(),
            Value::List(items, _) if items.len() <= MOST_TEXTS => {
                let texts =
                    items.iter().filter_map(|item| if let Value::Text(text) = item { Some(text) } else { None });
                texts.filter(ids).cloned().collect()
            }
            _ => Vec::new(),
        }
    }

    /// A point to go back to.
    pub(super) fn mark(&self) -> usize {
        self.log.len()
    }

    /// Goes back to `mark` and gives what had changed since.
    pub(super) fn rewind(&mut self, mark: usize) -> Changes {
        let mut changes = Changes::new();
        while self.log.len() > mark {
            let Some((name, old)) = self.log.pop() else { break };
            let now = match old {
                Some(old) => self.variables.insert(name.clone(), old),
                None => self.variables.remove(&name),
            };
            // The first one popped is the latest.
            changes.entry(name).or_insert(now);
        }
        changes
    }

    /// Joins the branches that go on: what all agree on is known.
    pub(super) fn join(&mut self, branches: &[Changes]) {
        let mut names: Vec<&String> = branches.iter().flat_map(Changes::keys).collect();
        crate::order::sort(&mut names);
        names.dedup();
        for name in names {
            let before = self.variables.get(name).cloned();
            let after: Vec<&Option<Variable>> =
                branches.iter().map(|changes| changes.get(name).unwrap_or(&before)).collect();
            let Some(first) = after.first().copied().cloned() else { continue };
            if after.iter().all(|variable| variable.is_none()) {
                self.put(name.clone(), first);
                continue;
            }
            let from = after.iter().find_map(|v| v.as_ref().and_then(|v| v.from));
            // What was never given is nothing.
            let values: Vec<Value> =
                after.iter().map(|v| v.as_ref().map_or(Value::Null, |variable| variable.value.clone())).collect();
            let value = self.merged(name, &values);
            let given = after.iter().any(|v| v.as_ref().is_some_and(|v| v.given));
            self.put(name.clone(), Some(Variable { value, from, given }));
        }
    }
}
