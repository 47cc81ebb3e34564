//! Functions of the source: which there are, what their parameters get, and their bodies, run at each call.

use tree_sitter::Node;

use super::command::{Arm, Context, Raw, plain_name};
use super::env::plain;
use super::eval::cast;
use super::value::Value;
use super::walk::{Leaving, Walker, named};
use crate::input::Span;

/// Deepest nesting of calls that is followed.
const CALLS: usize = 6;

/// A function of the source.
#[derive(Clone, Copy)]
pub(super) struct Function<'a> {
    piece: usize,
    node: Node<'a>,
}

impl<'a> Walker<'a> {
    /// Collects the functions below a node.
    pub(super) fn functions_in(&mut self, piece: usize, root: Node<'a>) {
        // Most scripts have few, and the tree is large: only nodes around the word are looked into.
        let text = self.piece.masked.text.to_ascii_lowercase();
        let mut words: Vec<usize> = ["function", "filter", "workflow"]
            .iter()
            .flat_map(|word| memchr::memmem::find_iter(&text, word.as_bytes()).collect::<Vec<_>>())
            .collect();
        words.sort_unstable();
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            let range = node.byte_range();
            let next = words.partition_point(|at| *at < range.start);
            if words.get(next).is_none_or(|at| *at >= range.end) {
                continue;
            }
            if node.kind() == "function_statement"
                && let Some(name) = named(node).into_iter().find(|n| n.kind() == "function_name")
            {
                let name = plain_name(self.piece.text(name).trim()).to_lowercase();
                let name = name.rsplit(':').next().unwrap_or(&name).to_owned();
                let function = Function { piece, node };
                // Of several the last one counts, wherever the call stands: which one it finds is not followed.
                let known = self.functions.get(&name).copied();
                let place = |it: Function<'a>| (it.piece, it.node.start_byte());
                if let Some(known) = known {
                    let earlier = if place(known) < place(function) { known } else { function };
                    self.redefined.entry(name.clone()).or_default().push(earlier);
                }
                if known.is_none_or(|known| place(known) < place(function)) {
                    self.functions.insert(name, function);
                }
                self.out.bodies.push(self.piece.span(node));
            }
            open.extend(named(node));
        }
    }

    /// A function is there from its statement on, where that is sure to be run and in no scope of its own.
    pub(super) fn define(&mut self, node: Node<'a>) {
        let mut around = node.parent();
        while let Some(parent) = around {
            let plain =
                ["program", "statement_list", "script_block", "script_block_body", "named_block_list", "named_block"];
            if !plain.contains(&parent.kind()) {
                return;
            }
            around = parent.parent();
        }
        if self.stack.is_empty() && self.elsewhere.is_none() {
            let name = named(node).into_iter().find(|n| n.kind() == "function_name");
            let name = name.map(|n| plain_name(self.piece.text(n).trim()).to_lowercase()).unwrap_or_default();
            self.defined.insert(name.rsplit(':').next().unwrap_or(&name).to_owned());
        }
    }

    /// Whether a cmdlet of this name, lower case, may be meant where a function of the source has it too.
    pub(super) fn may_be_cmdlet(&self, lower: &str) -> bool {
        const PRODUCTS: [&str; 11] =
            ["cs", "mg", "azuread", "entra", "az", "msol", "pnp", "ad", "team", "unifiedgroup", "distributiongroup"];
        let noun = lower.split_once('-').filter(|(verb, _)| *verb != "get").map(|(_, noun)| noun);
        noun.is_some_and(|noun| PRODUCTS.iter().any(|it| noun.starts_with(it))) && !self.defined.contains(lower)
    }

    /// `Remove-Item function:Name`, and what else may take or change a function.
    pub(super) fn undefine(&mut self, lower: &str, arguments: &[super::command::Argument]) {
        const COMMANDS: [&str; 12] = [
            "remove-item",
            "ri",
            "rm",
            "rmdir",
            "del",
            "erase",
            "rd",
            "set-item",
            "si",
            "clear-item",
            "rename-item",
            "move-item",
        ];
        if !COMMANDS.contains(&lower) {
            return;
        }
        for text in arguments.iter().filter_map(|it| it.value.as_ref()).flat_map(Value::texts) {
            let path = text.text.trim().to_lowercase();
            let Some(name) = path.strip_prefix("function:") else { continue };
            let name = name.trim_start_matches(['\\', '/']);
            if name.contains(['*', '?', '[']) {
                self.defined.clear();
            } else {
                self.defined.remove(name);
            }
        }
    }

    /// What a parameter is checked with, or gets its values from, is run when it is given something.
    fn checks(&mut self, parameter: Node<'a>) {
        let mut open: Vec<Node<'a>> =
            named(parameter).into_iter().filter(|part| part.kind() == "attribute_list").collect();
        while let Some(node) = open.pop() {
            if node.kind() == "script_block_expression" {
                let branch = self.branch();
                let statement = self.statement;
                let went = self.arm(branch, 0, |walker| {
                    walker.script_block(node, None);
                    walker.left = false;
                    Value::UNKNOWN
                });
                self.join(branch, vec![went], false);
                self.decide(branch, vec![super::flow::Condition::Unknown]);
                self.statement = statement;
            } else {
                open.extend(named(node));
            }
        }
    }

    /// Bodies of functions that nothing calls: a module's, called from elsewhere.
    pub(super) fn uncalled(&mut self) {
        let mut rest: Vec<(String, Function<'a>)> = self
            .functions
            .iter()
            .filter(|(name, _)| !self.called.contains(*name))
            .map(|(n, f)| (n.clone(), *f))
            .collect();
        crate::order::sort_by_key(&mut rest, |(_, function)| (function.piece, function.node.start_byte()));
        for (name, function) in rest {
            if self.called.contains(&name) {
                continue;
            }
            self.bodies += 1;
            self.context = Context { uncalled: true, body: self.bodies, ..Context::default() };
            // Its commands are in no order with those of other functions.
            let branch = self.branch();
            self.context.arms.push(Arm { branch, arm: 0 });
            let mark = self.env.mark();
            self.call(&name, function, Vec::new(), None);
            self.env.rewind(mark);
        }
    }

    /// Binds the parameters of a script (`given` is `None`) or function, and gives the names of those that take what comes
    /// through the pipeline.
    pub(super) fn parameters(&mut self, node: Node<'a>, given: Option<&mut Vec<Raw>>) -> Vec<String> {
        let mut list = Vec::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if node.kind() == "script_parameter" {
                list.push(node);
            } else if matches!(node.kind(), "param_block" | "parameter_list" | "function_parameter_declaration") {
                open.extend(named(node));
            }
        }
        crate::order::sort_by_key(&mut list, Node::start_byte);
        let mut given = given;
        let mut found: Vec<(String, Option<(Value, Span)>)> = Vec::new();
        for parameter in &list {
            let Some(variable) = named(*parameter).into_iter().find(|n| n.kind() == "variable") else { continue };
            found.push((plain(self.piece.text(variable)), None));
        }
        if let Some(given) = given.as_mut() {
            self.bind_call(given, &mut found);
        }
        let mut piped = Vec::new();
        for (parameter, (name, value)) in list.iter().zip(found) {
            let parts = named(*parameter);
            let kind =
                parts.iter().filter(|n| n.kind() == "attribute_list").map(|n| self.piece.text(*n)).collect::<String>();
            let attributes = kind.to_lowercase().replace("valuefrompipelinebypropertyname", "");
            if value.is_none() && attributes.contains("valuefrompipeline") {
                piped.push(name.clone());
            }
            let default = parts.iter().find(|n| n.kind() == "script_parameter_default").and_then(|n| named(*n).pop());
            let (value, from) = match (value, default) {
                (Some((value, span)), _) => (value, Some(span)),
                (None, Some(default)) => {
                    let span = self.piece.span(default);
                    (self.eval(default), Some(span))
                }
                (None, None) => (self.env.parameter(&name, &kind.to_lowercase()), None),
            };
            let value = cast(&kind.to_lowercase(), value);
            self.checks(*parameter);
            self.env.set(&name, value, from);
            self.env.mark_given(&name);
        }
        piped
    }

    /// Whether an expression is made of what a parameter was given.
    pub(super) fn of_given(&self, root: Node<'a>) -> bool {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            match node.kind() {
                "variable" if self.env.is_given(&plain(self.piece.text(node))) => return true,
                "variable" | "script_block_expression" => {}
                _ => open.extend(named(node)),
            }
        }
        false
    }

    /// Keeps in mind that the argument at a place is made of what a parameter was given.
    pub(super) fn note_given(&mut self, node: Node<'a>, span: Span) {
        if self.env.gives() && self.of_given(node) {
            self.out.given.insert(span);
        }
    }

    /// Whether a function is there where the walk is: another session has none of the script's.
    pub(super) fn is_here(&self, function: Function<'a>) -> bool {
        let place = self.pieces.get(function.piece).map(|piece| piece.span(function.node));
        self.elsewhere.is_none_or(|here| place.is_some_and(|f| here.start <= f.start && f.end <= here.end))
    }

    /// Whether a named block is `process`.
    pub(super) fn is_process(&self, block: Node<'a>) -> bool {
        let name = named(block).into_iter().find(|n| n.kind() == "block_name");
        name.is_some_and(|name| self.piece.text(name).trim().eq_ignore_ascii_case("process"))
    }

    /// Whether a function's body has a block that is run for each item of the pipeline.
    fn has_process(&self, body: Node<'a>) -> bool {
        named(body).into_iter().any(|part| match part.kind() {
            "script_block_body" | "named_block_list" => self.has_process(part),
            "named_block" => self.is_process(part),
            _ => false,
        })
    }

    /// Arguments of a call in the source to the parameters of its function.
    pub(super) fn bind_call(&mut self, given: &mut Vec<Raw>, found: &mut [(String, Option<(Value, Span)>)]) {
        let position = |found: &[(String, Option<(Value, Span)>)], name: &str| {
            let name = name.to_lowercase();
            found.iter().position(|(n, _)| *n == name).or_else(|| {
                let mut fitting = found.iter().enumerate().filter(|(_, (n, _))| n.starts_with(&name));
                match (fitting.next(), fitting.next()) {
                    (Some((index, _)), None) => Some(index),
                    _ => None,
                }
            })
        };
        let mut positional = Vec::new();
        let mut raw = std::mem::take(given).into_iter().peekable();
        while let Some(next) = raw.next() {
            match next {
                Raw::Name { name, span, .. } => {
                    let value = match raw.peek() {
                        Some(Raw::Value { .. }) => match raw.next() {
                            Some(Raw::Value { value, span }) => (value, span),
                            _ => (Value::Bool(true), span),
                        },
                        _ => (Value::Bool(true), span),
                    };
                    if let Some((_, slot)) = position(found, &name).and_then(|index| found.get_mut(index)) {
                        *slot = Some(value);
                    }
                }
                Raw::Value { value, span } => positional.push((value, span)),
                Raw::Splat { value, .. } => match value {
                    Value::Table(entries, _) => {
                        for entry in entries {
                            if let Some((_, slot)) = position(found, &entry.key).and_then(|index| found.get_mut(index))
                            {
                                *slot = Some((entry.value, entry.value_span));
                            }
                        }
                    }
                    // Anything may have been given.
                    _ => {
                        for (name, slot) in found.iter_mut() {
                            if slot.is_none() {
                                let value = self.env.fresh(name);
                                *slot = Some((value, Span::new(0, 0)));
                            }
                        }
                    }
                },
            }
        }
        for (value, (_, slot)) in positional.into_iter().zip(found.iter_mut().filter(|(_, slot)| slot.is_none())) {
            *slot = Some(value);
        }
    }

    /// Runs the body of a function with these arguments, and with what comes through the pipeline.
    pub(super) fn call(&mut self, name: &str, function: Function<'a>, mut given: Vec<Raw>, items: Option<Value>) {
        self.called.insert(name.to_owned());
        if self.stack.len() >= CALLS || self.stack.iter().any(|n| n == name) {
            // What calls itself is followed once, without the values of its next turn.
            let code = self.pieces.get(function.piece).filter(|_| self.stack.iter().any(|n| n == name));
            let code = code.map(|piece| piece.span(function.node));
            return self.unfollowed(self.statement, code);
        }
        for earlier in self.redefined.get(name).cloned().unwrap_or_default() {
            let code = self.pieces.get(earlier.piece).map(|piece| piece.span(earlier.node));
            self.unfollowed(self.statement, code);
        }
        let Some(piece) = self.pieces.get(function.piece) else { return };
        let dotted = std::mem::take(&mut self.dotted);
        let caller = std::mem::replace(&mut self.piece, piece);
        let (statement, piped) = (self.statement, self.piped.take());
        let part = std::mem::take(&mut self.part);
        let (left, outer) = (self.left, std::mem::take(&mut self.outer));
        self.stack.push(name.to_owned());
        let mark = self.env.mark();
        let mut bound = false;
        let item = self.env.fresh("_");
        self.env.set("_", item, None);
        let (process, script_given) = (self.process.take(), self.given.take());
        let items = items.filter(|items| matches!(items, Value::List(..) | Value::Text(_)));
        let mut fed = Vec::new();
        for part in named(function.node) {
            match part.kind() {
                "function_parameter_declaration" => {
                    fed = self.parameters(part, Some(&mut given));
                    bound = true;
                }
                "script_block" => {
                    if let Some(block) = named(part).into_iter().find(|n| n.kind() == "param_block").filter(|_| !bound)
                    {
                        fed = self.parameters(block, Some(&mut given));
                    }
                    if let Some(items) = &items {
                        let last = match items {
                            Value::List(items, _) => items.last().cloned(),
                            one => Some(one.clone()),
                        };
                        if self.has_process(part) {
                            let names = fed.iter().cloned().chain(["_".to_owned(), "psitem".to_owned()]);
                            self.process = Some((names.collect(), items.clone()));
                        } else if let Some(last) = last {
                            fed.iter().for_each(|name| self.env.set(name, last.clone(), last.span()));
                        }
                    }
                    let arms = self.context.arms.len();
                    let caught = self.context.caught;
                    let guards = self.context.guards.len();
                    self.left = false;
                    for body in named(part).into_iter().filter(|n| n.kind() != "param_block") {
                        self.statements(body);
                    }
                    self.context.arms.truncate(arms);
                    self.context.guards.truncate(guards);
                    self.context.caught = caught;
                }
                _ => {}
            }
        }
        self.process = process;
        self.given = script_given;
        self.stack.pop();
        let exits = self.left && self.leaving == Leaving::Exit;
        let written = std::mem::replace(&mut self.outer, outer);
        let mut changes = self.env.rewind(mark);
        // A function that is run with a dot has no scope of its own.
        changes.retain(|name, _| dotted || written.contains(name));
        if !self.stack.is_empty() {
            self.outer.extend(written);
        }
        self.env.join(&[changes]);
        self.piece = caller;
        self.part = part;
        self.statement = statement;
        self.piped = piped;
        self.left = left || exits;
    }
}
