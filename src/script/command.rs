//! A command as it would be run: its cmdlet, and its arguments bound to parameters.

use std::sync::Arc;

use super::jobs::Step;
use super::mask::is_dash;
use super::value::Value;
use crate::input::Span;
use crate::knowledge::{Cmdlet, Parameter};

/// A command in the order in which it would be run. The body of a function appears once for each call, the body of a loop
/// over a constant list once for each item.
#[derive(Clone, Debug)]
pub struct Command {
    /// The name as written, without a module in front.
    pub name: String,
    /// Its place.
    pub name_span: Span,
    /// From the name to the last argument.
    pub span: Span,
    /// The statement that it is part of.
    pub statement: Span,
    /// What the catalogue knows of it.
    pub cmdlet: Option<&'static Cmdlet>,
    /// Its arguments, in order.
    pub arguments: Vec<Argument>,
    /// Arguments come from a table that is not constant, so there may be others than those listed.
    pub open: bool,
    /// What comes through the pipeline; `None` = nothing does.
    pub piped: Option<Value>,
    /// Under which circumstances it is run.
    pub context: Context,
}

/// Under which circumstances a command is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The arms of branches that lead to it.
    pub arms: Vec<Arm>,
    /// The conditions on the way, and what their variables were last given.
    pub guards: Vec<Span>,
    /// The `try` (by its branch) of which a `catch` takes its errors and lets the script go on.
    pub caught: Option<u32>,
    /// `$ErrorActionPreference` is `Stop`.
    pub stop: bool,
    /// It is in a `finally`, which is run although the script ends.
    pub finally: bool,
    /// `$WhatIfPreference` is `$true`.
    pub what_if: bool,
    /// It is in a loop of which the items are not known.
    pub repeated: bool,
    /// It is in a loop that may not be gone through at all.
    pub perhaps: bool,
    /// It is in a function or block that nothing in the file calls.
    pub uncalled: bool,
    /// It is in the method of a class: who calls it is not followed.
    pub method: bool,
    /// It stands in something that the parser does not know, so that what leads to it is not known.
    pub torn: bool,
    /// It is in a block that is kept in a variable, and run nobody knows when.
    pub kept: bool,
    /// The body that it is in of which nobody knows when it is run, if at all: that of a function that nothing calls, of a
    /// method, of a block that is kept or handed to what runs it later; 0 = none.
    pub body: u32,
    /// Where in a CI file it is run.
    pub step: Option<Arc<Step>>,
    /// It is in a section that takes back what the others do, and is not run in one go with them.
    pub undoes: bool,
}

/// One arm of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arm {
    /// The branch.
    pub branch: u32,
    /// Which of its arms; [`Arm::REST`] = what follows the branch when an arm left early.
    pub arm: u32,
}

impl Arm {
    /// What follows a branch of which some arm leaves.
    pub const REST: u32 = u32::MAX;
}

impl Context {
    /// Whether both can be run in one go, as far as that is known.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        !self.torn
            && !other.torn
            && self.undoes == other.undoes
            && self.body == other.body
            && self.step.iter().zip(&other.step).all(|(one, two)| one.meets(two))
            && !self.takes_another_arm(other)
    }

    /// Whether some branch is on the way to both, by another arm to each.
    fn takes_another_arm(&self, other: &Self) -> bool {
        let differ = |own: &Arm, it: &Arm| it.branch == own.branch && it.arm != own.arm;
        // As a rule branches are numbered as they are met, and a long script has a thousand on the way to its end.
        let in_order = [self, other].iter().all(|it| it.arms.is_sorted_by_key(|arm| arm.branch));
        if !in_order {
            return self.arms.iter().any(|own| other.arms.iter().any(|it| differ(own, it)));
        }
        let mut theirs = other.arms.as_slice();
        self.arms.iter().any(|own| {
            let from = theirs.iter().take_while(|it| it.branch < own.branch).count();
            theirs = theirs.get(from..).unwrap_or_default();
            theirs.iter().take_while(|it| it.branch == own.branch).any(|it| differ(own, it))
        })
    }

    /// Whether an error of it does not keep the file from running `later`: it is caught, and not around both.
    #[must_use]
    pub fn survives_to(&self, later: &Self) -> bool {
        self.caught.is_some_and(|branch| !later.arms.contains(&Arm { branch, arm: 0 }))
    }

    /// Whether it is run whenever the file is.
    #[must_use]
    pub fn always(&self) -> bool {
        !self.repeated && !self.uncalled && !self.torn && self.body == 0 && self.arms.is_empty()
    }
}

/// How an argument was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `-Name value`, `-Name:value` or a switch.
    Named,
    /// By its position.
    Positional,
    /// A key of a table, `@table`.
    Splat,
}

/// The parameter that an argument belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// One of the cmdlet's own.
    Parameter(&'static Parameter),
    /// One that every cmdlet has.
    Common(&'static str),
    /// A prefix of several.
    Ambiguous(Vec<&'static str>),
    /// The cmdlet has none of this name; what is known of the cmdlet says so only where [`Cmdlet::complete`].
    Unknown,
}

/// An argument.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The name as written, without the hyphen; empty for a positional one.
    pub written: String,
    /// Its place, hyphen included, or the key's in a table.
    pub written_span: Option<Span>,
    /// The parameter.
    pub bound: Bound,
    /// The value; `None` for a switch without one.
    pub value: Option<Value>,
    /// The place of the value (of the name where there is none).
    pub span: Span,
    /// How it was given.
    pub form: Form,
}

impl Argument {
    /// Whether it is the parameter of this name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        match &self.bound {
            Bound::Parameter(parameter) => parameter.name.eq_ignore_ascii_case(name),
            Bound::Common(common) => common.eq_ignore_ascii_case(name),
            Bound::Ambiguous(_) => false,
            Bound::Unknown => self.written.eq_ignore_ascii_case(name),
        }
    }
}

impl Command {
    /// Whether it is this cmdlet.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The argument for a parameter.
    #[must_use]
    pub fn argument(&self, parameter: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.is(parameter))
    }

    /// The value for a parameter.
    #[must_use]
    pub fn value(&self, parameter: &str) -> Option<&Value> {
        self.argument(parameter)?.value.as_ref()
    }

    /// Whether a switch is on: `Some(false)` where it is off or absent, `None` where that is not known.
    #[must_use]
    pub fn switch(&self, parameter: &str) -> Option<bool> {
        match self.argument(parameter) {
            None if self.open => None,
            None => Some(false),
            Some(argument) => match &argument.value {
                None => Some(true),
                Some(Value::Bool(on)) => Some(*on),
                Some(Value::Null) => Some(false),
                Some(_) => None,
            },
        }
    }

    /// Whether it is only tried out (`-WhatIf`, or the preference that says so for all).
    #[must_use]
    pub fn what_if(&self) -> bool {
        match self.argument("WhatIf") {
            None => self.context.what_if && !self.open,
            Some(_) => self.switch("WhatIf") == Some(true),
        }
    }
}

/// Parameters that every cmdlet has, with aliases, and whether they are switches:
/// learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_commonparameters. `WhatIf` and `Confirm` are
/// there only where a cmdlet supports them, which its page may leave out, so they never count as unknown.
const COMMON: [(&str, &str, bool); 14] = [
    ("Debug", "db", true),
    ("ErrorAction", "ea", false),
    ("ErrorVariable", "ev", false),
    ("InformationAction", "infa", false),
    ("InformationVariable", "iv", false),
    ("OutBuffer", "ob", false),
    ("OutVariable", "ov", false),
    ("PipelineVariable", "pv", false),
    ("ProgressAction", "proga", false),
    ("Verbose", "vb", true),
    ("WarningAction", "wa", false),
    ("WarningVariable", "wv", false),
    ("WhatIf", "wi", true),
    ("Confirm", "cf", true),
];

/// The parameter that a name, an alias or an unambiguous prefix of a name means, and whether it is a switch.
pub(super) fn resolve(cmdlet: Option<&'static Cmdlet>, name: &str) -> (Bound, bool) {
    let common = COMMON.iter();
    if let Some(parameter) = cmdlet.and_then(|c| c.parameter(name)) {
        return (Bound::Parameter(parameter), parameter.holds.is_none());
    }
    if let Some((common, _, switch)) =
        common.clone().find(|(n, alias, _)| n.eq_ignore_ascii_case(name) || alias.eq_ignore_ascii_case(name))
    {
        return (Bound::Common(common), *switch);
    }
    let starts = |candidate: &str| {
        !name.is_empty() && candidate.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let own: Vec<&'static Parameter> =
        cmdlet.map(|c| c.parameters.iter().filter(|p| starts(p.name)).collect()).unwrap_or_default();
    let shared: Vec<&(&str, &str, bool)> =
        common.filter(|(n, ..)| starts(n) && !own.iter().any(|p| p.name == *n)).collect();
    match (own.as_slice(), shared.as_slice()) {
        ([parameter], []) => (Bound::Parameter(parameter), parameter.holds.is_none()),
        ([], [(common, _, switch)]) => (Bound::Common(common), *switch),
        ([], []) => (Bound::Unknown, false),
        _ => {
            let names = own.iter().map(|p| p.name).chain(shared.iter().map(|(n, ..)| *n)).collect();
            (Bound::Ambiguous(names), false)
        }
    }
}

/// A command's name as PowerShell looks it up: module and typographic dashes aside.
pub(super) fn plain_name(written: &str) -> String {
    let name = written.rsplit('\\').next().unwrap_or(written);
    name.chars().map(|c| if is_dash(c) { '-' } else { c }).collect()
}

/// What an argument was before it was bound.
#[derive(Clone)]
pub(super) enum Raw {
    /// `-Name`, with whether a colon joins its value to it.
    Name { name: String, span: Span, colon: bool },
    /// A value.
    Value { value: Value, span: Span },
    /// `@table`.
    Splat { value: Value, span: Span },
}

/// Pairs names with values and finds the parameters. The second part tells whether some arguments are not known.
pub(super) fn bind(cmdlet: Option<&'static Cmdlet>, raw: Vec<Raw>) -> (Vec<Argument>, bool) {
    let mut arguments: Vec<Argument> = Vec::new();
    let mut open = false;
    let mut raw = raw.into_iter().peekable();
    while let Some(next) = raw.next() {
        match next {
            Raw::Name { name, span, colon } => {
                let (bound, switch) = resolve(cmdlet, &name);
                // What is not known may be a switch; a value after it is taken for its value, as for most parameters.
                let takes = colon || !switch;
                let value = match raw.peek() {
                    Some(Raw::Value { .. }) if takes => match raw.next() {
                        Some(Raw::Value { value, span }) => Some((value, span)),
                        _ => None,
                    },
                    _ => None,
                };
                let (value, place) = value.map_or((None, span), |(v, s)| (Some(v), s));
                arguments.push(Argument {
                    written: name,
                    written_span: Some(span),
                    bound,
                    value,
                    span: place,
                    form: Form::Named,
                });
            }
            Raw::Value { value, span } => arguments.push(Argument {
                written: String::new(),
                written_span: None,
                bound: Bound::Unknown,
                value: Some(value),
                span,
                form: Form::Positional,
            }),
            Raw::Splat { value, span } => match value {
                Value::Table(entries, _) => arguments.extend(entries.into_iter().map(|entry| {
                    let (bound, _) = resolve(cmdlet, &entry.key);
                    Argument {
                        written: entry.key,
                        written_span: Some(entry.key_span),
                        bound,
                        value: Some(entry.value),
                        span: entry.value_span,
                        form: Form::Splat,
                    }
                })),
                Value::List(items, _) => arguments.extend(items.into_iter().map(|value| Argument {
                    written: String::new(),
                    written_span: None,
                    bound: Bound::Unknown,
                    span: value.span().unwrap_or(span),
                    value: Some(value),
                    form: Form::Positional,
                })),
                _ => open = true,
            },
        }
    }
    if let Some(cmdlet) = cmdlet {
        let mut free: Vec<&'static Parameter> = cmdlet
            .parameters
            .iter()
            .filter(|p| p.position.is_some() && !arguments.iter().any(|a| a.bound == Bound::Parameter(p)))
            .collect();
        crate::order::sort_by_key(&mut free, |p| p.position);
        let positional = arguments.iter_mut().filter(|a| a.form == Form::Positional || a.written.is_empty());
        for (argument, parameter) in positional.zip(free) {
            argument.bound = Bound::Parameter(parameter);
        }
    }
    (arguments, open)
}
