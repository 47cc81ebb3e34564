//! Walks the tree in the order of execution: statements, branches, loops and calls become a list of commands.

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use super::command::{Arm, Command, Context, Raw, bind, plain_name};
use super::env::{Changes, Env, plain};
use super::parse::{Parsed, Unread};
use super::value::Value;
use crate::input::Span;
use crate::knowledge::cmdlet;

/// Most statements that one source is followed for, besides one for every fourth byte: loops over lists and calls of
/// functions repeat them.
const STATEMENTS: usize = 20_000;
/// Longest constant list of which a loop is followed item by item.
const LONGEST_LIST: usize = 64;
/// Deepest nesting of statements and expressions that is followed.
const DEEPEST: usize = 250;
/// Deepest nesting of calls.
const CALLS: usize = 6;

/// A function of the source.
#[derive(Clone, Copy)]
struct Function<'a> {
    piece: usize,
    node: Node<'a>,
}

/// What the walk found.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) commands: Vec<Command>,
    pub(super) unread: Vec<Unread>,
    /// Names of the functions that the source defines, lower case.
    pub(super) functions: HashSet<String>,
}

pub(super) struct Walker<'a> {
    pieces: &'a [Parsed],
    pub(super) piece: &'a Parsed,
    pub(super) env: Env,
    out: Walked,
    functions: HashMap<String, Function<'a>>,
    called: HashSet<String>,
    stack: Vec<String>,
    context: Context,
    /// What comes through the pipeline into the next command.
    piped: Option<Value>,
    statement: Span,
    /// Pipelines are parts of a statement now, not statements.
    part: bool,
    /// The block was left: `return`, `exit`, `throw`, `break`, `continue`.
    left: bool,
    depth: usize,
    /// Variables that a function gave a scope outside itself.
    outer: Vec<String>,
    branches: u32,
    /// Places that were told already.
    noted: HashSet<Span>,
    /// How many more statements are followed.
    left_over: usize,
}

/// Follows all pieces of a source as one.
pub(super) fn walk(pieces: &[Parsed]) -> Walked {
    let Some(first) = pieces.first() else { return Walked::default() };
    let mut walker = Walker {
        pieces,
        piece: first,
        env: Env::default(),
        out: Walked::default(),
        functions: HashMap::new(),
        called: HashSet::new(),
        stack: Vec::new(),
        context: Context::default(),
        piped: None,
        statement: Span::new(0, 0),
        part: false,
        left: false,
        depth: 0,
        outer: Vec::new(),
        branches: 0,
        noted: HashSet::new(),
        left_over: STATEMENTS + pieces.iter().map(|piece| piece.code.len() / 4).sum::<usize>(),
    };
    for (index, piece) in pieces.iter().enumerate() {
        walker.piece = piece;
        walker.functions_in(index, piece.tree.root_node());
    }
    walker.out.functions = walker.functions.keys().cloned().collect();
    for piece in pieces.iter().filter(|piece| piece.top) {
        walker.piece = piece;
        walker.left = false;
        walker.block(piece.tree.root_node());
    }
    walker.uncalled();
    walker.out
}

pub(super) fn named<'a>(node: Node<'a>) -> Vec<Node<'a>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

fn children<'a>(node: Node<'a>) -> Vec<Node<'a>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}

impl<'a> Walker<'a> {
    /// Collects the functions below a node.
    fn functions_in(&mut self, piece: usize, root: Node<'a>) {
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
                self.functions.insert(name, Function { piece, node });
            }
            open.extend(named(node));
        }
    }

    /// Bodies of functions that nothing calls: a module's, called from elsewhere.
    fn uncalled(&mut self) {
        let mut rest: Vec<(String, Function<'a>)> = self
            .functions
            .iter()
            .filter(|(name, _)| !self.called.contains(*name))
            .map(|(n, f)| (n.clone(), *f))
            .collect();
        rest.sort_by_key(|(_, function)| (function.piece, function.node.start_byte()));
        for (name, function) in rest {
            if self.called.contains(&name) {
                continue;
            }
            self.context = Context { uncalled: true, ..Context::default() };
            // Its commands are in no order with those of other functions.
            let branch = self.branch();
            self.context.arms.push(Arm { branch, arm: 0 });
            let mark = self.env.mark();
            self.call(&name, function, Vec::new());
            self.env.rewind(mark);
        }
    }

    fn branch(&mut self) -> u32 {
        self.branches += 1;
        self.branches
    }

    fn unread(&mut self, node: Node<'a>, reason: &'static str) {
        let span = self.piece.span(node);
        if self.noted.insert(span) {
            self.out.unread.push(Unread { span, reason });
        }
    }

    /// What the parser does not know: told, and the commands in it that are sound by themselves are taken.
    fn torn(&mut self, node: Node<'a>) {
        self.unread(node, "the parser does not know this syntax");
        let range = node.start_byte()..node.end_byte();
        let piece = self.piece;
        let inside: Vec<&'a Parsed> = piece
            .recovered
            .iter()
            .filter(|(start, _)| range.contains(start))
            .filter_map(|(_, index)| self.pieces.get(*index))
            .collect();
        if inside.is_empty() || self.depth > DEEPEST {
            return;
        }
        let torn = std::mem::replace(&mut self.context.torn, true);
        let statement = self.statement;
        self.depth += 1;
        for recovered in inside {
            self.piece = recovered;
            if !recovered.tree.root_node().has_error() {
                self.inner(recovered.tree.root_node());
            }
        }
        self.depth -= 1;
        self.statement = statement;
        self.piece = piece;
        self.context.torn = torn;
    }

    /// Runs the statements below a node in order, until one leaves.
    fn block(&mut self, node: Node<'a>) {
        let arms = self.context.arms.len();
        let caught = self.context.caught;
        self.left = false;
        self.statements(node);
        self.context.arms.truncate(arms);
        self.context.caught = caught;
    }

    fn statements(&mut self, node: Node<'a>) -> Value {
        let mut last = Value::UNKNOWN;
        for child in named(node) {
            if self.left {
                break;
            }
            last = match child.kind() {
                "statement_list" | "script_block" | "script_block_body" | "named_block_list" | "statement_block"
                | "named_block" => self.statements(child),
                _ => self.statement(child),
            };
        }
        last
    }

    /// Runs a branch, rewinds what it did to the variables, and tells whether it left.
    fn arm(&mut self, branch: u32, arm: u32, run: impl FnOnce(&mut Self)) -> (Changes, bool) {
        let mark = self.env.mark();
        let arms = self.context.arms.len();
        self.context.arms.push(Arm { branch, arm });
        self.left = false;
        run(self);
        let left = std::mem::take(&mut self.left);
        self.context.arms.truncate(arms);
        (self.env.rewind(mark), left)
    }

    /// Goes on after a branch with what its arms did; an arm that left excludes what follows.
    fn join(&mut self, branch: u32, arms: Vec<(Changes, bool)>, exhaustive: bool) {
        let leaves = arms.iter().any(|(_, left)| *left);
        let all_leave = exhaustive && arms.iter().all(|(_, left)| *left);
        let mut going: Vec<Changes> = arms.into_iter().filter(|(_, left)| !left).map(|(changes, _)| changes).collect();
        if !exhaustive {
            going.push(Changes::new());
        }
        self.env.join(&going);
        if leaves {
            self.context.arms.push(Arm { branch, arm: Arm::REST });
        }
        self.left = all_leave;
    }

    pub(super) fn statement(&mut self, node: Node<'a>) -> Value {
        if self.depth > DEEPEST || self.left_over == 0 {
            self.unread(node, "this is nested too deeply or repeated too often to be followed");
            return Value::UNKNOWN;
        }
        self.left_over -= 1;
        self.depth += 1;
        let value = self.statement_kind(node);
        self.depth -= 1;
        value
    }

    fn statement_kind(&mut self, node: Node<'a>) -> Value {
        match node.kind() {
            "ERROR" => {
                self.torn(node);
                Value::UNKNOWN
            }
            "pipeline" => {
                if self.part {
                    return self.pipeline(node);
                }
                self.statement = self.piece.span(node);
                self.pipeline(node)
            }
            "if_statement" => self.if_statement(node),
            "foreach_statement" => self.foreach(node),
            "for_statement" | "while_statement" | "do_statement" => self.unknown_loop(node),
            "switch_statement" => self.switch_statement(node),
            "try_statement" => self.try_statement(node),
            "trap_statement" => {
                self.context.caught = true;
                Value::UNKNOWN
            }
            "function_statement" | "comment" | "empty_statement" | "enum_statement" => Value::UNKNOWN,
            "flow_control_statement" => {
                for child in named(node) {
                    self.statement(child);
                }
                self.left = true;
                Value::UNKNOWN
            }
            "param_block" => {
                self.parameters(node, None);
                Value::UNKNOWN
            }
            "statement_block" | "statement_list" | "script_block" => self.statements(node),
            _ => {
                for child in named(node) {
                    self.statement(child);
                }
                Value::UNKNOWN
            }
        }
    }

    /// Runs an arm's block as a statement of its own: what follows inside it does not reach outside.
    fn inner(&mut self, node: Node<'a>) {
        let arms = self.context.arms.len();
        let caught = self.context.caught;
        let part = std::mem::take(&mut self.part);
        self.statements(node);
        self.part = part;
        self.context.arms.truncate(arms);
        self.context.caught = caught;
    }

    /// Runs what is a part of the current statement.
    pub(super) fn part_of(&mut self, node: Node<'a>) -> Value {
        let (statement, part) = (self.statement, std::mem::replace(&mut self.part, true));
        let value = self.statement(node);
        self.statement = statement;
        self.part = part;
        value
    }

    /// Goes one level down in an expression, as far as it is followed.
    pub(super) fn deeper(&mut self, node: Node<'a>, run: impl FnOnce(&mut Self) -> Value) -> Value {
        if self.depth > DEEPEST {
            self.unread(node, "this is nested too deeply or repeated too often to be followed");
            return Value::UNKNOWN;
        }
        self.depth += 1;
        let value = run(self);
        self.depth -= 1;
        value
    }

    /// Runs the inside of `$(...)` in a string that starts here.
    pub(super) fn embedded(&mut self, start: usize) {
        let piece = self.piece.embedded.get(&start).and_then(|index| self.pieces.get(*index));
        let Some(piece) = piece.filter(|_| self.depth < DEEPEST) else { return };
        let outside = std::mem::replace(&mut self.piece, piece);
        let (statement, part) = (self.statement, std::mem::replace(&mut self.part, true));
        self.depth += 1;
        self.statements(piece.tree.root_node());
        self.depth -= 1;
        self.statement = statement;
        self.part = part;
        self.piece = outside;
    }

    fn if_statement(&mut self, node: Node<'a>) -> Value {
        let branch = self.branch();
        let guards = self.context.guards.len();
        let mut arms = Vec::new();
        let mut exhaustive = false;
        let mut index = 0;
        let mut parts = named(node);
        let mut clauses = Vec::new();
        for part in parts.drain(..) {
            match part.kind() {
                "elseif_clauses" => clauses.extend(named(part)),
                "else_clause" => clauses.push(part),
                _ => clauses.push(part),
            }
        }
        for clause in clauses {
            match clause.kind() {
                "pipeline" => self.condition(clause),
                "elseif_clause" => {
                    for part in named(clause) {
                        if part.kind() == "pipeline" {
                            self.condition(part);
                        } else {
                            arms.push(self.arm(branch, index, |w| w.inner(part)));
                            index += 1;
                        }
                    }
                }
                "else_clause" => {
                    exhaustive = true;
                    arms.push(self.arm(branch, index, |w| w.inner(clause)));
                    index += 1;
                }
                "statement_block" => {
                    arms.push(self.arm(branch, index, |w| w.inner(clause)));
                    index += 1;
                }
                _ => {
                    self.statement(clause);
                }
            }
        }
        self.join(branch, arms, exhaustive);
        // What follows an arm that left is guarded by the condition as well.
        if self.context.arms.last().is_none_or(|arm| arm.branch != branch) {
            self.context.guards.truncate(guards);
        }
        Value::UNKNOWN
    }

    /// A condition: its own commands run, and its text guards what it leads to.
    fn condition(&mut self, node: Node<'a>) {
        let span = self.piece.span(node);
        self.context.guards.push(span);
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if node.kind() == "variable" {
                self.context.guards.extend(self.env.from(&plain(self.piece.text(node))));
            } else {
                open.extend(named(node));
            }
        }
        self.pipeline(node);
    }

    fn foreach(&mut self, node: Node<'a>) -> Value {
        let parts = named(node);
        let variable = parts.iter().find(|n| n.kind() == "variable").map(|n| plain(self.piece.text(*n)));
        let list = parts.iter().find(|n| n.kind() == "pipeline").copied();
        let Some(body) = parts.iter().rev().find(|n| n.kind() == "statement_block").copied() else {
            return Value::UNKNOWN;
        };
        let items = list.map_or(Value::UNKNOWN, |list| self.pipeline(list));
        let name = variable.unwrap_or_default();
        self.each(&[&name], &items, body);
        Value::UNKNOWN
    }

    /// Runs a body for each item, or once for an unknown one.
    fn each(&mut self, names: &[&str], items: &Value, body: Node<'a>) {
        let constant = match items {
            Value::List(items, _) if items.len() <= LONGEST_LIST => Some(items.clone()),
            Value::Text(_) => Some(vec![items.clone()]),
            _ => None,
        };
        match constant {
            Some(items) => {
                for item in items {
                    if self.left_over == 0 {
                        break;
                    }
                    for name in names {
                        self.env.set(name, item.clone(), item.span());
                    }
                    self.inner(body);
                    self.left = false;
                }
            }
            None => {
                let item = names.first().map_or(Value::UNKNOWN, |name| self.env.fresh(name));
                self.repeat(body, |w| {
                    for name in names {
                        w.env.set(name, item.clone(), None);
                    }
                });
            }
        }
    }

    /// Runs a body once for any number of times: what it assigns is unknown before and after.
    fn repeat(&mut self, body: Node<'a>, before: impl FnOnce(&mut Self)) {
        let assigned = self.assigned(body);
        self.env.forget(&assigned);
        before(self);
        let repeated = std::mem::replace(&mut self.context.repeated, true);
        self.inner(body);
        self.left = false;
        self.context.repeated = repeated;
        self.env.forget(&assigned);
    }

    /// The variables that are assigned below a node.
    fn assigned(&self, root: Node<'a>) -> Vec<String> {
        let mut names = Vec::new();
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            match node.kind() {
                "left_assignment_expression" | "foreach_statement" => {
                    let mut inside = vec![node];
                    while let Some(node) = inside.pop() {
                        if node.kind() == "variable" {
                            names.push(plain(self.piece.text(node)));
                            break;
                        }
                        let mut below = named(node);
                        below.reverse();
                        inside.extend(below);
                    }
                }
                _ => {}
            }
            open.extend(named(node));
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    fn unknown_loop(&mut self, node: Node<'a>) -> Value {
        for part in named(node) {
            match part.kind() {
                "statement_block" => self.repeat(part, |_| {}),
                _ => {
                    let assigned = self.assigned(part);
                    self.statement(part);
                    self.env.forget(&assigned);
                }
            }
        }
        Value::UNKNOWN
    }

    fn switch_statement(&mut self, node: Node<'a>) -> Value {
        let branch = self.branch();
        let mut arms = Vec::new();
        let mut exhaustive = false;
        let guards = self.context.guards.len();
        for part in named(node) {
            match part.kind() {
                "switch_condition" => {
                    for inner in named(part) {
                        if inner.kind() == "pipeline" {
                            self.condition(inner);
                        }
                    }
                }
                "switch_body" => {
                    for clause in named(part).into_iter().flat_map(named) {
                        if clause.has_error() {
                            self.torn(clause);
                            continue;
                        }
                        let condition = named(clause).into_iter().find(|n| n.kind() == "switch_clause_condition");
                        exhaustive |= condition.is_some_and(|c| self.piece.text(c).eq_ignore_ascii_case("default"));
                        let index = u32::try_from(arms.len()).unwrap_or(Arm::REST - 1);
                        if let Some(body) = named(clause).into_iter().find(|n| n.kind() == "statement_block") {
                            let (changes, _) = self.arm(branch, index, |w| w.inner(body));
                            // `break` leaves the switch only.
                            arms.push((changes, false));
                        }
                    }
                }
                _ => {}
            }
        }
        self.join(branch, arms, exhaustive);
        self.context.guards.truncate(guards);
        Value::UNKNOWN
    }

    fn try_statement(&mut self, node: Node<'a>) -> Value {
        let branch = self.branch();
        let parts = named(node);
        let catches: Vec<Node<'a>> =
            parts.iter().filter(|n| n.kind() == "catch_clauses").flat_map(|n| named(*n)).collect();
        let mut arms = Vec::new();
        for part in &parts {
            match part.kind() {
                "statement_block" => {
                    let caught = self.context.caught;
                    self.context.caught |= !catches.is_empty();
                    if catches.is_empty() {
                        self.inner(*part);
                    } else {
                        arms.push(self.arm(branch, 0, |w| w.inner(*part)));
                    }
                    self.context.caught = caught;
                }
                "catch_clauses" => {
                    for (index, clause) in catches.iter().enumerate() {
                        let index = u32::try_from(index).unwrap_or(0) + 1;
                        let body = named(*clause).into_iter().find(|n| n.kind() == "statement_block");
                        if let Some(body) = body {
                            arms.push(self.arm(branch, index, |w| w.inner(body)));
                        }
                    }
                }
                "finally_clause" => {
                    let left = self.left;
                    if !arms.is_empty() {
                        self.join(branch, std::mem::take(&mut arms), true);
                    }
                    let after = std::mem::take(&mut self.left);
                    self.inner(*part);
                    self.left = left || after;
                }
                _ => {
                    self.statement(*part);
                }
            }
        }
        if !arms.is_empty() {
            self.join(branch, arms, true);
        }
        Value::UNKNOWN
    }

    /// A pipeline: an assignment, or a chain of commands.
    pub(super) fn pipeline(&mut self, node: Node<'a>) -> Value {
        let mut value = Value::UNKNOWN;
        let piped = self.piped.take();
        for part in named(node) {
            match part.kind() {
                "assignment_expression" => {
                    self.assignment(part);
                    value = Value::UNKNOWN;
                }
                "pipeline_chain" => value = self.chain(part),
                "ERROR" => self.torn(part),
                _ => {
                    self.eval(part);
                }
            }
        }
        self.piped = piped;
        value
    }

    fn chain(&mut self, node: Node<'a>) -> Value {
        let mut value = Value::UNKNOWN;
        let mut piped = None;
        for part in named(node) {
            match part.kind() {
                "command" => {
                    self.piped = piped.take();
                    value = self.command(part);
                    self.piped = None;
                    piped = Some(value.clone());
                }
                "redirections" | "verbatim_command_argument" => {}
                "ERROR" => self.torn(part),
                _ => {
                    value = self.eval(part);
                    piped = Some(value.clone());
                }
            }
        }
        value
    }

    fn assignment(&mut self, node: Node<'a>) {
        let parts = named(node);
        let target = parts.iter().find(|n| n.kind() == "left_assignment_expression").copied();
        let operator = parts.iter().find(|n| n.kind() == "assignement_operator").map_or("=", |n| self.piece.text(*n));
        let Some(right) = node.child_by_field_name("value") else { return };
        let from = self.piece.span(right);
        let value = self.part_of(right);
        let Some(target) = target else { return };
        let target = super::eval::unwrapped(target);
        match target.kind() {
            "variable" => {
                let name = plain(self.piece.text(target));
                let value = match operator {
                    "=" => value,
                    "+=" => super::eval::add(self.env.get(&name), value, from),
                    _ => Value::UNKNOWN,
                };
                self.give(target, &name, value, from);
            }
            "expression_with_unary_operator" | "cast_expression" => {
                // `[string]$x = ...`
                let mut inside = vec![target];
                let mut names = Vec::new();
                while let Some(node) = inside.pop() {
                    if node.kind() == "variable" {
                        names.push(node);
                    }
                    inside.extend(named(node));
                }
                if let [variable] = names.as_slice() {
                    let name = plain(self.piece.text(*variable));
                    let kind = self.piece.text(target).to_lowercase();
                    let value = if operator == "=" { super::eval::cast(&kind, value) } else { Value::UNKNOWN };
                    self.give(*variable, &name, value, from);
                }
            }
            // `$table.Key = ...`, `$table['Key'] = ...`
            "member_access" | "element_access" => {
                let parts = named(target);
                let owner = parts.first().filter(|n| n.kind() == "variable").map(|n| (*n, plain(self.piece.text(*n))));
                let key = parts.get(1).and_then(|n| self.key(*n));
                match owner {
                    Some((variable, name)) => {
                        let changed = match (self.env.get(&name), key) {
                            (Value::Table(mut entries, span), Some((key, key_span))) if operator == "=" => {
                                entries.retain(|e| !e.key.eq_ignore_ascii_case(&key));
                                entries.push(super::value::Entry { key, key_span, value_span: from, value });
                                Value::Table(entries, span)
                            }
                            _ => Value::UNKNOWN,
                        };
                        self.give(variable, &name, changed, from);
                    }
                    None => {
                        self.eval(target);
                    }
                }
            }
            // `$a, $b = ...`
            _ => {
                for name in self.assigned(node) {
                    self.env.set(&name, Value::UNKNOWN, Some(from));
                }
            }
        }
    }

    fn give(&mut self, variable: Node<'a>, name: &str, value: Value, from: Span) {
        if name == "null" {
            return;
        }
        let written = self.piece.text(variable).to_lowercase();
        if !self.stack.is_empty() && (written.starts_with("$script:") || written.starts_with("$global:")) {
            self.outer.push(name.to_owned());
        }
        self.env.set(name, value, Some(from));
    }

    /// Binds the parameters of a script (`given` is `None`) or function.
    fn parameters(&mut self, node: Node<'a>, given: Option<&mut Vec<Raw>>) {
        let mut list = Vec::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if node.kind() == "script_parameter" {
                list.push(node);
            } else if matches!(node.kind(), "param_block" | "parameter_list" | "function_parameter_declaration") {
                open.extend(named(node));
            }
        }
        list.sort_by_key(Node::start_byte);
        let mut given = given;
        let mut found: Vec<(String, Option<(Value, Span)>)> = Vec::new();
        for parameter in &list {
            let Some(variable) = named(*parameter).into_iter().find(|n| n.kind() == "variable") else { continue };
            found.push((plain(self.piece.text(variable)), None));
        }
        if let Some(given) = given.as_mut() {
            self.bind_call(given, &mut found);
        }
        for (parameter, (name, value)) in list.iter().zip(found) {
            let parts = named(*parameter);
            let kind =
                parts.iter().filter(|n| n.kind() == "attribute_list").map(|n| self.piece.text(*n)).collect::<String>();
            let default = parts.iter().find(|n| n.kind() == "script_parameter_default").and_then(|n| named(*n).pop());
            let (value, from) = match (value, default) {
                (Some((value, span)), _) => (value, Some(span)),
                (None, Some(default)) => {
                    let span = self.piece.span(default);
                    (self.eval(default), Some(span))
                }
                (None, None) => (self.env.parameter(&name, &kind.to_lowercase()), None),
            };
            let value = super::eval::cast(&kind.to_lowercase(), value);
            self.env.set(&name, value, from);
        }
    }

    /// Arguments of a call in the source to the parameters of its function.
    fn bind_call(&mut self, given: &mut Vec<Raw>, found: &mut [(String, Option<(Value, Span)>)]) {
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

    /// Runs the body of a function with these arguments.
    fn call(&mut self, name: &str, function: Function<'a>, mut given: Vec<Raw>) {
        self.called.insert(name.to_owned());
        if self.stack.len() >= CALLS || self.stack.iter().any(|n| n == name) {
            return;
        }
        let Some(piece) = self.pieces.get(function.piece) else { return };
        let caller = std::mem::replace(&mut self.piece, piece);
        let (statement, piped) = (self.statement, self.piped.take());
        let part = std::mem::take(&mut self.part);
        let (left, outer) = (self.left, std::mem::take(&mut self.outer));
        self.stack.push(name.to_owned());
        let mark = self.env.mark();
        let mut bound = false;
        let item = self.env.fresh("_");
        self.env.set("_", item, None);
        for part in named(function.node) {
            match part.kind() {
                "function_parameter_declaration" => {
                    self.parameters(part, Some(&mut given));
                    bound = true;
                }
                "script_block" => {
                    if let Some(block) = named(part).into_iter().find(|n| n.kind() == "param_block").filter(|_| !bound)
                    {
                        self.parameters(block, Some(&mut given));
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
        self.stack.pop();
        let written = std::mem::replace(&mut self.outer, outer);
        let mut changes = self.env.rewind(mark);
        changes.retain(|name, _| written.contains(name));
        self.env.join(&[changes]);
        self.piece = caller;
        self.part = part;
        self.statement = statement;
        self.piped = piped;
        self.left = left;
    }

    fn command(&mut self, node: Node<'a>) -> Value {
        if node.has_error() {
            self.torn(node);
            return Value::UNKNOWN;
        }
        let piped = self.piped.take();
        let statement = self.statement;
        let mut name = String::new();
        let mut name_span = self.piece.span(node);
        let mut end = name_span.start;
        let mut raw = Vec::new();
        let mut blocks = Vec::new();
        for part in children(node) {
            match part.kind() {
                "command_name" => {
                    name = plain_name(self.piece.text(part));
                    name_span = self.piece.span(part);
                    end = name_span.end;
                }
                "command_name_expr" => {
                    name_span = self.piece.span(part);
                    end = name_span.end;
                    name = match named(part).first() {
                        Some(inner) if inner.kind() != "path_command_name" && inner.kind() != "command_name" => {
                            let value = if inner.kind() == "script_block_expression" {
                                blocks.push(*inner);
                                Value::UNKNOWN
                            } else {
                                self.eval(*inner)
                            };
                            value.text().map(|l| plain_name(&l.text)).unwrap_or_default()
                        }
                        _ => plain_name(self.piece.text(part)),
                    };
                }
                "command_elements" => {
                    let (found, last) = self.elements(part, &mut blocks);
                    raw = found;
                    end = end.max(last);
                }
                _ => {}
            }
        }
        let lower = name.to_lowercase();
        if let Some(function) = self.functions.get(&lower).copied() {
            self.call(&lower, function, raw);
            for block in blocks {
                self.script_block(block, None);
            }
            return Value::UNKNOWN;
        }
        let known = cmdlet(&name);
        // Nothing is asked of the arguments of other commands but whether they are there.
        let (arguments, open) = bind(known, raw);
        let context = Context { stop: self.stops(), ..self.context.clone() };
        let span = Span::new(name_span.start, end);
        let each = matches!(lower.as_str(), "foreach-object" | "foreach" | "%");
        let items = if each { piped.clone() } else { None };
        self.out.commands.push(Command {
            name,
            name_span,
            span,
            statement,
            cmdlet: known,
            arguments,
            open,
            piped,
            context,
        });
        for block in blocks {
            self.script_block(block, items.as_ref());
        }
        self.statement = statement;
        Value::UNKNOWN
    }

    fn stops(&self) -> bool {
        self.env.get("erroractionpreference").text().is_some_and(|l| l.text.eq_ignore_ascii_case("stop"))
    }

    /// The body of a script block that is handed to a command.
    pub(super) fn script_block(&mut self, node: Node<'a>, items: Option<&Value>) {
        let left = self.left;
        match items {
            Some(items) => self.each(&["_", "psitem"], items, node),
            None => {
                let item = self.env.fresh("_");
                let mark = self.env.mark();
                self.env.set("_", item, None);
                self.inner(node);
                let mut changes = self.env.rewind(mark);
                changes.remove("_");
                self.env.join(&[changes, Changes::new()]);
            }
        }
        self.left = left;
    }

    /// The arguments of a command; script blocks are put aside, to be run after the command is known.
    fn elements(&mut self, node: Node<'a>, blocks: &mut Vec<Node<'a>>) -> (Vec<Raw>, usize) {
        let mut raw: Vec<Raw> = Vec::new();
        let mut end = 0;
        let mut comma = false;
        for part in children(node) {
            let span = self.piece.span(part);
            match part.kind() {
                "command_argument_sep" => {
                    if self.piece.text(part).starts_with(':')
                        && let Some(Raw::Name { colon, .. }) = raw.last_mut()
                    {
                        *colon = true;
                    }
                    continue;
                }
                "command_parameter" => {
                    let name = plain_name(self.piece.text(part));
                    let name = name.trim_start_matches('-').to_owned();
                    raw.push(Raw::Name { name, span, colon: false });
                    comma = false;
                }
                "," => comma = true,
                "redirection" => continue,
                "stop_parsing" => break,
                "argument_list" => {
                    self.eval(part);
                    if let Some(Raw::Value { value, span: place }) = raw.last_mut() {
                        *value = Value::UNKNOWN;
                        place.end = span.end;
                    }
                }
                _ if !part.is_named() => {}
                _ => {
                    let inner = super::eval::unwrapped(part);
                    let text = self.piece.text(inner);
                    if inner.kind() == "variable" && text.starts_with('@') {
                        let value = self.env.get(&plain(text));
                        raw.push(Raw::Splat { value, span });
                    } else {
                        let value = if inner.kind() == "script_block_expression" {
                            blocks.push(inner);
                            Value::UNKNOWN
                        } else {
                            self.eval(part)
                        };
                        match raw.last_mut() {
                            Some(Raw::Value { value: first, span: place }) if comma => {
                                place.end = span.end;
                                let list = std::mem::replace(first, Value::UNKNOWN);
                                *first = match list {
                                    Value::List(mut items, _) => {
                                        items.push(value);
                                        Value::List(items, *place)
                                    }
                                    one => Value::List(vec![one, value], *place),
                                };
                            }
                            _ => raw.push(Raw::Value { value, span }),
                        }
                    }
                    comma = false;
                }
            }
            end = end.max(span.end);
        }
        (raw, end)
    }
}
