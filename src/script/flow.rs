//! Which way a script goes: its branches with their conditions, as far as a policy's state decides them.

use std::collections::{HashMap, HashSet};

use super::command::Context;
use super::env::Env;
use super::value::{Literal, Value};
use crate::input::Span;

/// What decides which commands of a script are run.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// The branches, by the number that [`super::Arm`] has.
    pub branches: HashMap<u32, Branch>,
    /// Errors that the script throws.
    pub throws: Vec<Throw>,
    /// Reads of policies, by the symbol of what they gave.
    pub reads: HashMap<String, PolicyRead>,
    /// Lists of a policy with ids added, by their symbol.
    pub merges: HashMap<String, Merge>,
    /// Constant texts of which a value is one, by its symbol.
    pub texts: HashMap<String, Vec<Literal>>,
    /// The source is a text with commands in it, such as a runbook.
    pub prose: bool,
    /// What may be run and the walk does not follow.
    pub unfollowed: Vec<Unfollowed>,
    /// Places of names and arguments that stand for blocks and texts which are followed where they are written.
    pub followed: HashSet<Span>,
}

/// Something that may be run, and is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfollowed {
    /// What runs it.
    pub span: Span,
    /// The code that is run, where it is known.
    pub code: Option<Span>,
    /// It stands in a function or block that nothing in the file calls.
    pub uncalled: bool,
}

/// A branch.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    /// How many arms it has.
    pub arms: u32,
    /// One of them is always taken.
    pub exhaustive: bool,
    /// Those that leave what follows the branch.
    pub leaves: Vec<u32>,
    /// Those that throw an error.
    pub throws: Vec<u32>,
    /// The first is the body of a `try`, the others its `catch` clauses.
    pub is_try: bool,
    /// Under which condition each is taken if none before it is.
    pub conditions: Vec<Condition>,
}

/// An error that a script throws.
#[derive(Clone, Debug)]
pub struct Throw {
    /// How many commands come before it.
    pub after: usize,
    /// Where it stands.
    pub context: Context,
}

/// A read of one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRead {
    /// Its name.
    pub policy: String,
    /// The place of the command that reads it.
    pub at: usize,
}

/// What a policy listed, with ids added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The read of the list.
    pub read: PolicyRead,
    /// What is added.
    pub added: Vec<Literal>,
}

/// A condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Known only when it is run.
    #[default]
    Unknown,
    /// A switch of the script, which is off where it is not given.
    Switch,
    /// Two states are the same, by the function that the scripts of plans compare them with.
    Same,
    /// It is constant.
    Is(bool),
    /// The policy was there when it was read.
    Exists(PolicyRead),
    /// The policy listed the id when it was read.
    Lists(PolicyRead, String),
    /// It does not hold.
    Not(Box<Condition>),
    /// Both hold.
    Both(Box<Condition>, Box<Condition>),
    /// One of them holds.
    Either(Box<Condition>, Box<Condition>),
}

impl Condition {
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Unknown => Self::Unknown,
            Self::Is(known) => Self::Is(!known),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self::of_both(self, other, Self::Both)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self::of_both(self, other, Self::Either)
    }

    /// One that grows with every line of a script is not followed.
    fn of_both(left: Self, right: Self, join: fn(Box<Self>, Box<Self>) -> Self) -> Self {
        if left.size() + right.size() > LARGEST { Self::Unknown } else { join(Box::new(left), Box::new(right)) }
    }

    fn size(&self) -> usize {
        match self {
            Self::Not(inner) => 1 + inner.size(),
            Self::Both(left, right) | Self::Either(left, right) => 1 + left.size() + right.size(),
            _ => 1,
        }
    }
}

/// The most parts of a condition.
const LARGEST: usize = 64;

impl Flow {
    /// The read that gave a value, if a policy of a constant name was read.
    #[must_use]
    pub fn read_of(&self, value: &Value) -> Option<&PolicyRead> {
        match value {
            Value::Unknown(Some(symbol)) => self.reads.get(symbol),
            _ => None,
        }
    }

    /// The texts in a value, those among them that are added to a list which is read.
    #[must_use]
    pub fn added<'v>(&'v self, value: &'v Value) -> Vec<&'v Literal> {
        match value {
            Value::Unknown(Some(symbol)) => self.merges.get(symbol).iter().flat_map(|merge| &merge.added).collect(),
            Value::List(items, _) => items.iter().flat_map(|item| self.added(item)).collect(),
            Value::Table(entries, _) => entries.iter().flat_map(|entry| self.added(&entry.value)).collect(),
            value => value.texts(),
        }
    }

    /// The list of a policy with ids added that a value is, if it is one.
    #[must_use]
    pub fn merge(&self, value: &Value) -> Option<Merge> {
        match value {
            Value::Unknown(Some(symbol)) => match symbol.strip_suffix(".appids") {
                Some(policy) => self.reads.get(policy).map(|read| Merge { read: read.clone(), added: Vec::new() }),
                None => self.merges.get(symbol).cloned(),
            },
            // `@($policy.AppIds) + $id`
            Value::List(items, _) => {
                let mut merged: Option<Merge> = None;
                let mut texts = Vec::new();
                for item in items {
                    match item {
                        Value::Text(literal) => texts.push(literal.clone()),
                        item => {
                            let one = self.merge(item)?;
                            match &mut merged {
                                Some(all) if all.read == one.read => all.added.extend(one.added),
                                Some(_) => return None,
                                None => merged = Some(one),
                            }
                        }
                    }
                }
                let mut merged = merged?;
                merged.added.extend(texts);
                Some(merged)
            }
            _ => None,
        }
    }
}

/// Conditions of values, and lists that grow.
impl Env {
    /// A condition as a value that is not known.
    pub(super) fn condition(&mut self, condition: Condition) -> Value {
        let value = self.fresh("condition");
        if let (Value::Unknown(Some(symbol)), false) = (&value, condition == Condition::Unknown) {
            self.conditions.insert(symbol.clone(), condition);
        }
        value
    }

    /// What `if` makes of a value.
    pub(super) fn truth(&self, value: &Value) -> Condition {
        match value {
            Value::Bool(known) => Condition::Is(*known),
            Value::Null => Condition::Is(false),
            // A number without quotes is false where it is 0.
            Value::Text(literal) if literal.inner == Some(literal.span) => Condition::Is(literal.text != "0"),
            Value::Text(literal) => Condition::Is(!literal.text.is_empty()),
            Value::List(items, _) => match items.as_slice() {
                [] => Condition::Is(false),
                [one] => self.truth(one),
                _ => Condition::Is(true),
            },
            Value::Table(..) => Condition::Is(true),
            Value::Unknown(Some(symbol)) => match (self.flow.reads.get(symbol), self.conditions.get(symbol)) {
                (Some(read), _) => Condition::Exists(read.clone()),
                (None, known) => known.cloned().unwrap_or_default(),
            },
            Value::Unknown(None) => Condition::Unknown,
        }
    }

    /// Whether two values are equal.
    pub(super) fn equal(&self, left: &Value, right: &Value) -> Condition {
        match (left, right) {
            (Value::Null, Value::Null) => Condition::Is(true),
            (Value::Null, other) | (other, Value::Null) => match other {
                Value::Unknown(Some(symbol)) => match self.flow.reads.get(symbol) {
                    Some(read) => Condition::Exists(read.clone()).negated(),
                    None => Condition::Unknown,
                },
                Value::Text(_) | Value::Bool(_) => Condition::Is(false),
                _ => Condition::Unknown,
            },
            (Value::Bool(a), Value::Bool(b)) => Condition::Is(a == b),
            (Value::Text(a), Value::Text(b)) => Condition::Is(a.text.to_lowercase() == b.text.to_lowercase()),
            (Value::Unknown(_), Value::Bool(known)) => {
                let truth = self.truth(left);
                // Of what is no truth value, only a yes says something.
                match (truth, known) {
                    (Condition::Exists(_), _) => Condition::Unknown,
                    (truth, true) => truth,
                    (truth, false) => truth.negated(),
                }
            }
            _ => Condition::Unknown,
        }
    }

    /// Whether a list has an item.
    pub(super) fn contains(&self, list: &Value, item: &Value) -> Condition {
        let Some(item) = item.text() else { return Condition::Unknown };
        if let Value::List(items, _) = list
            && items.len() != 1
        {
            let known = items.iter().all(|it| matches!(it, Value::Text(_)));
            let has = items.iter().filter_map(Value::text).any(|it| it.text.to_lowercase() == item.text.to_lowercase());
            return if known { Condition::Is(has) } else { Condition::Unknown };
        }
        match self.flow.merge(list) {
            Some(merge) if merge.added.is_empty() => Condition::Lists(merge.read, item.text.clone()),
            _ => Condition::Unknown,
        }
    }

    /// A policy's list with more ids, as a value that is not known.
    pub(super) fn merged_list(&mut self, list: &Value, more: &Value) -> Value {
        let constant = more.is_constant() && matches!(more, Value::Text(_) | Value::List(..));
        let merge = self.flow.merge(list).filter(|_| constant);
        let Some(mut merge) = merge else { return Value::UNKNOWN };
        merge.added.extend(more.texts().into_iter().cloned());
        let value = self.fresh("merged");
        if let Value::Unknown(Some(symbol)) = &value {
            self.flow.merges.insert(symbol.clone(), merge);
        }
        value
    }
}
