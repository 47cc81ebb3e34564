//! Walks the tree in the order of execution: statements, branches, loops and calls become a list of commands.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use tree_sitter::Node;

use super::calls::Function;
use super::command::{Arm, Command, Context, Raw};
use super::env::{Changes, Env, Outside, plain};
use super::flow::{Flow, Unfollowed};
use super::parse::{Parsed, UNKNOWN, Unread, cmdlets_in};
use super::value::{Literal, Value};
use crate::input::Span;
use crate::order;

/// Most statements that one source is followed for, besides one for every fourth byte: loops over lists and calls of
/// functions repeat them.
const STATEMENTS: usize = 20_000;
/// Deepest nesting of statements and expressions that is followed.
const DEEPEST: usize = 250;

/// On the way to a command stand at most so many branches that may have left before it.
const MOST_ARMS: usize = 2000;

/// Why something is not followed, whatever stands in it.
const TOO_DEEP: &str = "this is nested too deeply or repeated too often to be followed";

/// What the walk found.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) commands: Vec<Command>,
    pub(super) flow: Flow,
    pub(super) unread: Vec<Unread>,
    /// Names of the functions that the source defines, lower case.
    pub(super) functions: HashSet<String>,
    /// Places of functions.
    pub(super) bodies: Vec<Span>,
    /// Places of arguments that are made of what a parameter was given.
    pub(super) given: HashSet<Span>,
    /// The keys, lower case, that an assignment gives a table, by the place of the variable in it.
    pub(super) writes: HashMap<usize, Vec<String>>,
}

/// Where the walk is, and what it has found.
pub(super) struct Walker<'a> {
    pub(super) pieces: &'a [Parsed],
    pub(super) piece: &'a Parsed,
    pub(super) env: Env,
    pub(super) out: Walked,
    pub(super) functions: HashMap<String, Function<'a>>,
    /// Other definitions of functions that have several.
    pub(super) redefined: HashMap<String, Vec<Function<'a>>>,
    /// Texts that can be run as scripts, by the places of their literals.
    pub(super) texts: HashMap<Span, &'a Parsed>,
    pub(super) called: HashSet<String>,
    /// Functions that are surely there where the walk is.
    pub(super) defined: HashSet<String>,
    /// Aliases that the script makes, by their names in lower case; `None` = what it stands for is not known.
    pub(super) aliases: HashMap<String, Option<String>>,
    pub(super) stack: Vec<String>,
    pub(super) context: Context,
    /// What comes through the pipeline into the next command.
    pub(super) piped: Option<Value>,
    /// The arguments of the script block that is run next, for its parameters.
    pub(super) given: Option<Vec<Raw>>,
    /// What comes through the pipeline into the function that is run, and the names that it has in its `process` block.
    pub(super) process: Option<(Vec<String>, Value)>,
    /// The script block that runs in another session: functions outside it are not there.
    pub(super) elsewhere: Option<Span>,
    /// What was put aside when a session was entered.
    pub(super) entered: Option<Outside>,
    pub(super) statement: Span,
    /// Pipelines are parts of a statement now, not statements.
    pub(super) part: bool,
    /// The block was left: `return`, `exit`, `throw`, `break`, `continue`.
    pub(super) left: bool,
    /// What it was left by last.
    pub(super) leaving: Leaving,
    pub(super) depth: usize,
    /// Variables that a function gave a scope outside itself.
    pub(super) outer: Vec<String>,
    /// The next call has no scope of its own.
    pub(super) dotted: bool,
    pub(super) branches: u32,
    /// The conditions under which variables were assigned.
    pub(super) decided: HashMap<String, Vec<Span>>,
    /// How often each word stands in the source, once it is asked for.
    pub(super) words: Option<HashMap<String, u32>>,
    /// Bodies that are run nobody knows when.
    pub(super) bodies: u32,
    /// Scripts that a command of another one hands to a PowerShell of its own, by their places.
    pub(super) handed: BTreeMap<usize, &'a Parsed>,
    /// Places that were told already.
    pub(super) noted: HashSet<Span>,
    /// How many more statements are followed.
    pub(super) left_over: usize,
}

/// How a block is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Leaving {
    /// `break`.
    Break,
    /// `exit`.
    Exit,
    /// Any other way.
    #[default]
    Other,
}

/// What an arm of a branch did.
pub(super) struct Went {
    pub(super) changes: Changes,
    /// It left what follows the branch as well.
    pub(super) left: bool,
    /// What it gives, where the branch is a value.
    pub(super) value: Value,
}

/// Follows all pieces of a source as one.
pub(super) fn walk(pieces: &[Parsed]) -> Walked {
    let Some(first) = pieces.first() else { return Walked::default() };
    let mut walker = Walker {
        pieces,
        piece: first,
        env: Env::new(pieces.iter().map(|piece| piece.code.len()).sum()),
        out: Walked::default(),
        functions: HashMap::new(),
        redefined: HashMap::new(),
        texts: pieces.iter().filter_map(|piece| Some((piece.text_of?.span, piece))).collect(),
        called: HashSet::new(),
        defined: HashSet::new(),
        aliases: HashMap::new(),
        stack: Vec::new(),
        context: Context::default(),
        piped: None,
        given: None,
        process: None,
        elsewhere: None,
        entered: None,
        statement: Span::new(0, 0),
        part: false,
        left: false,
        leaving: Leaving::Other,
        depth: 0,
        outer: Vec::new(),
        dotted: false,
        branches: 0,
        decided: HashMap::new(),
        words: None,
        bodies: 0,
        handed: handed(pieces),
        noted: HashSet::new(),
        left_over: STATEMENTS + pieces.iter().map(|piece| piece.code.len() / 4).sum::<usize>(),
    };
    for (index, piece) in pieces.iter().enumerate().filter(|(_, piece)| piece.text_of.is_none()) {
        walker.piece = piece;
        walker.functions_in(index, piece.tree.root_node());
    }
    walker.out.functions = walker.functions.keys().cloned().collect();
    let nested: HashSet<usize> = walker.handed.keys().copied().collect();
    let mut tops: Vec<&Parsed> = pieces.iter().filter(|piece| piece.top).collect();
    let order = |piece: &Parsed| piece.run.as_ref().map(|step| step.order().to_vec());
    crate::order::sort_by(&mut tops, |one, two| order(one).cmp(&order(two)));
    for piece in tops {
        // What is handed on was run where it stands.
        if nested.contains(&piece.base) && walker.handed.remove(&piece.base).is_none() {
            continue;
        }
        walker.piece = piece;
        walker.left = false;
        // Each script of a CI file is a process of its own.
        if piece.run.is_some() {
            walker.context.sign_in = None;
        }
        walker.context.step = piece.run.clone();
        let root = piece.tree.root_node();
        if root.is_error() {
            walker.torn(root);
        } else {
            walker.block(root);
        }
    }
    walker.uncalled();
    walker.out.flow = walker.env.flow;
    walker.out
}

/// The pieces that stand inside another one and are none of its parts.
fn handed(pieces: &[Parsed]) -> BTreeMap<usize, &Parsed> {
    let mut tops: Vec<&Parsed> = pieces.iter().filter(|piece| piece.top).collect();
    crate::order::sort_by_key(&mut tops, |piece| piece.base);
    let mut end = 0;
    let inside = tops.into_iter().filter(|piece| {
        let inside = piece.base < end;
        end = end.max(piece.base + piece.code.len());
        inside
    });
    order::map(inside.map(|piece| (piece.base, piece)))
}

/// Whether a line shows how a cmdlet is called, as its page does: `[-Global]`, `[[-PolicyName] <String>]`.
fn is_syntax(text: &[u8], at: usize) -> bool {
    let line = text.get(at..).unwrap_or_default().split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.windows(3).any(|three| matches!(three, [b'[', b'-', c] if c.is_ascii_alphabetic()))
}

pub(super) fn named<'a>(node: Node<'a>) -> Vec<Node<'a>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

pub(super) fn children<'a>(node: Node<'a>) -> Vec<Node<'a>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}

impl<'a> Walker<'a> {
    pub(super) fn branch(&mut self) -> u32 {
        self.branches += 1;
        self.branches
    }

    /// Something may be run here that is not followed: `code`, or nobody knows what.
    pub(super) fn unfollowed(&mut self, span: Span, code: Option<Span>) {
        let uncalled = self.context.uncalled && !self.context.method;
        self.env.flow.unfollowed.push(Unfollowed { span, code, uncalled });
    }

    pub(super) fn unread(&mut self, node: Node<'a>, reason: &'static str) {
        let span = self.piece.span(node);
        if self.noted.insert(span) {
            self.out.unread.push(Unread { span, reason, whole: reason == TOO_DEEP, loses: false });
        }
    }

    /// Whether a cmdlet of the catalogue stands in what the parser does not know, and is not read for itself.
    fn loses(&self, range: &Range<usize>) -> bool {
        let text = &self.piece.masked.text;
        let read = |at: usize| {
            let own = self.piece.recovered.partition_point(|(start, _)| *start <= at);
            let own = own.checked_sub(1).and_then(|own| self.piece.recovered.get(own));
            own.and_then(|(start, index)| Some((start, self.pieces.get(*index)?)))
                .is_some_and(|(start, own)| at < start + own.code.len() && !own.tree.root_node().has_error())
        };
        cmdlets_in(text.get(range.clone()).unwrap_or_default())
            .map(|at| range.start + at)
            .any(|at| !read(at) && !is_syntax(text, at))
    }

    /// What the parser does not know: told, and the commands in it that are sound by themselves are taken.
    pub(super) fn torn(&mut self, node: Node<'a>) {
        self.unread(node, UNKNOWN);
        self.lose(node);
        let range = node.start_byte()..node.end_byte();
        let piece = self.piece;
        let loses = self.loses(&range);
        if let Some(last) = self.out.unread.last_mut().filter(|last| last.span == piece.span(node)) {
            last.loses |= loses;
        }
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

    /// What is assigned in something that is not read is not known after it.
    fn lose(&mut self, node: Node<'a>) {
        let text = self.piece.text(node);
        for at in memchr::memchr_iter(b'=', text.as_bytes()) {
            let before = text.get(..at).unwrap_or_default();
            let before = before.trim_end_matches(['+', '?', '-']).trim_end();
            let start = before.rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':'))).unwrap_or(0);
            if let Some(name) = before.get(start..).and_then(|name| name.strip_prefix('$')).filter(|n| !n.is_empty()) {
                self.env.set(&plain(name), Value::UNKNOWN, None);
            }
        }
    }

    /// Runs the statements below a node in order, until one leaves.
    pub(super) fn block(&mut self, node: Node<'a>) {
        let arms = self.context.arms.len();
        let caught = self.context.caught;
        self.left = false;
        self.statements(node);
        self.context.arms.truncate(arms);
        self.context.caught = caught;
    }

    /// Runs statements; gives the value of the only one that has any.
    pub(super) fn statements(&mut self, node: Node<'a>) -> Value {
        let traps = self.traps(node);
        if traps.is_empty() {
            return self.each_statement(node);
        }
        self.trapped(node, &traps)
    }

    pub(super) fn each_statement(&mut self, node: Node<'a>) -> Value {
        let mut value = Value::UNKNOWN;
        let mut heard = false;
        for child in named(node) {
            if self.left {
                break;
            }
            let given = match child.kind() {
                "named_block" if self.process.is_some() && self.is_process(child) => {
                    if let Some((names, items)) = self.process.take() {
                        let names: Vec<&str> = names.iter().map(String::as_str).collect();
                        self.each(&names, &items, child);
                    }
                    Value::UNKNOWN
                }
                "statement_list" | "script_block" | "script_block_body" | "named_block_list" | "statement_block"
                | "named_block" => self.statements(child),
                _ => self.statement(child),
            };
            if !self.silent(child) {
                value = if heard { Value::UNKNOWN } else { given };
                heard = true;
            }
        }
        value
    }

    /// Whether a statement gives nothing to what its block is a part of.
    fn silent(&self, node: Node<'a>) -> bool {
        match node.kind() {
            "comment" | "empty_statement" | "function_statement" | "param_block" => true,
            "pipeline" if node.named_child(0).is_some_and(|n| n.kind() == "assignment_expression") => true,
            "pipeline" => {
                let text = self.piece.text(node);
                let starts = |word: &str| text.get(..word.len()).is_some_and(|s| s.eq_ignore_ascii_case(word));
                starts("write-") && !starts("write-output")
            }
            _ => false,
        }
    }

    /// Runs a branch, rewinds what it did to the variables, and tells whether it left.
    pub(super) fn arm(&mut self, branch: u32, arm: u32, run: impl FnOnce(&mut Self) -> Value) -> Went {
        let mark = self.env.mark();
        let arms = self.context.arms.len();
        self.context.arms.push(Arm { branch, arm });
        self.left = false;
        let value = run(self);
        let left = std::mem::take(&mut self.left);
        self.context.arms.truncate(arms);
        Went { changes: self.env.rewind(mark), left, value }
    }

    /// Goes on after a branch with what its arms did; an arm that left excludes what follows. Gives the value of the branch.
    pub(super) fn join(&mut self, branch: u32, arms: Vec<Went>, exhaustive: bool) -> Value {
        let leaves = arms.iter().any(|arm| arm.left);
        let known = self.env.flow.branches.entry(branch).or_default();
        let number = |index: usize| u32::try_from(index).unwrap_or(Arm::REST - 1);
        (known.arms, known.exhaustive) = (number(arms.len()), exhaustive);
        known.leaves = arms.iter().enumerate().filter(|(_, arm)| arm.left).map(|(index, _)| number(index)).collect();
        let all_leave = exhaustive && arms.iter().all(|arm| arm.left);
        // Where only one arm goes on, what follows is run after that one.
        let mut staying = arms.iter().enumerate().filter(|(_, arm)| !arm.left).map(|(index, _)| index);
        let rest = match (staying.next(), staying.next()) {
            (Some(only), None) if exhaustive => u32::try_from(only).unwrap_or(Arm::REST),
            _ => Arm::REST,
        };
        let (mut going, mut values): (Vec<Changes>, Vec<Value>) =
            arms.into_iter().filter(|arm| !arm.left).map(|arm| (arm.changes, arm.value)).unzip();
        if !exhaustive {
            going.push(Changes::new());
            values.push(Value::Null);
        }
        self.env.join(&going);
        if leaves {
            self.context.arms.push(Arm { branch, arm: rest });
        }
        self.left = all_leave;
        if values.contains(&Value::UNKNOWN) { Value::UNKNOWN } else { self.env.merged("branch", &values) }
    }

    pub(super) fn statement(&mut self, node: Node<'a>) -> Value {
        if self.depth > DEEPEST || self.left_over == 0 || self.context.arms.len() > MOST_ARMS {
            self.unread(node, TOO_DEEP);
            return Value::UNKNOWN;
        }
        self.left_over -= 1;
        self.depth += 1;
        let value = self.statement_kind(node);
        self.depth -= 1;
        value
    }

    pub(super) fn statement_kind(&mut self, node: Node<'a>) -> Value {
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
            "function_statement" => {
                self.define(node);
                Value::UNKNOWN
            }
            "trap_statement" | "comment" | "empty_statement" | "enum_statement" => Value::UNKNOWN,
            "flow_control_statement" => {
                for child in named(node) {
                    self.statement(child);
                }
                // What its text is made of is run before.
                if self.piece.text(node).get(..5).is_some_and(|word| word.eq_ignore_ascii_case("throw")) {
                    self.thrown();
                }
                self.leave(node);
                Value::UNKNOWN
            }
            "param_block" => {
                let mut given = self.given.take();
                self.parameters(node, given.as_mut());
                Value::UNKNOWN
            }
            "statement_block" | "statement_list" | "script_block" => self.statements(node),
            "class_method_definition" => {
                self.method(node);
                Value::UNKNOWN
            }
            _ => {
                for child in named(node) {
                    self.statement(child);
                }
                Value::UNKNOWN
            }
        }
    }

    /// Runs an arm's block as a statement of its own: what follows inside it does not reach outside.
    pub(super) fn inner(&mut self, node: Node<'a>) -> Value {
        let arms = self.context.arms.len();
        let value = self.inner_kept(node);
        self.context.arms.truncate(arms);
        value
    }

    /// The same, and what leads to its end leads to what is run next.
    pub(super) fn inner_kept(&mut self, node: Node<'a>) -> Value {
        let caught = self.context.caught;
        let part = std::mem::take(&mut self.part);
        let value = self.statements(node);
        self.part = part;
        self.context.caught = caught;
        value
    }

    /// Runs a body of which nobody knows when it is run: it is in no order with anything outside it.
    pub(super) fn apart<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.bodies += 1;
        let outer = std::mem::replace(&mut self.context.body, self.bodies);
        let sign_in = self.context.sign_in.clone();
        let value = run(self);
        self.context.body = outer;
        self.context.sign_in = sign_in;
        value
    }

    /// The body of a class's method: who calls it is not followed.
    fn method(&mut self, node: Node<'a>) {
        let (left, mark) = (self.left, self.env.mark());
        let uncalled = std::mem::replace(&mut self.context.uncalled, true);
        let method = std::mem::replace(&mut self.context.method, true);
        self.apart(|walker| {
            for body in named(node).into_iter().filter(|part| part.kind() == "script_block") {
                walker.inner(body);
            }
        });
        (self.context.uncalled, self.context.method) = (uncalled, method);
        self.env.rewind(mark);
        self.left = left;
    }

    /// Runs the pipeline in the head of a branch or a loop: a statement of its own, unless the whole is a part of one.
    pub(super) fn head(&mut self, node: Node<'a>) -> Value {
        if !self.part {
            self.statement = self.piece.span(node);
        }
        self.pipeline(node)
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
            self.unread(node, TOO_DEEP);
            return Value::UNKNOWN;
        }
        self.depth += 1;
        let value = run(self);
        self.depth -= 1;
        value
    }

    /// Runs the inside of `$(...)` in a string that starts here.
    pub(super) fn embedded(&mut self, start: usize) -> Value {
        let piece = self.piece.embedded.get(&start).and_then(|index| self.pieces.get(*index));
        let Some(piece) = piece.filter(|_| self.depth < DEEPEST) else { return Value::UNKNOWN };
        let outside = std::mem::replace(&mut self.piece, piece);
        let (statement, part) = (self.statement, std::mem::replace(&mut self.part, true));
        self.depth += 1;
        let value = self.statements(piece.tree.root_node());
        self.depth -= 1;
        self.statement = statement;
        self.part = part;
        self.piece = outside;
        // Of several statements the text has the results of all.
        if piece.code.contains([';', '\n']) { Value::UNKNOWN } else { value }
    }

    /// Runs the script that the command at a place hands to a PowerShell of its own.
    pub(super) fn handed_script(&mut self, command: Span) {
        let inside = self.handed.range(command.start..command.end).next().map(|(base, piece)| (*base, *piece));
        let Some((base, piece)) = inside.filter(|_| self.depth < DEEPEST) else { return };
        self.handed.remove(&base);
        let outside = std::mem::replace(&mut self.piece, piece);
        let (statement, left, part) = (self.statement, self.left, std::mem::take(&mut self.part));
        let here = self.elsewhere.replace(Span::new(base, base + piece.code.len()));
        let variables = self.env.leave();
        let sign_in = self.context.sign_in.take();
        self.depth += 1;
        let root = piece.tree.root_node();
        if root.is_error() {
            self.torn(root);
        } else {
            self.inner(root);
        }
        self.depth -= 1;
        self.env.come_back(variables);
        self.context.sign_in = sign_in;
        self.elsewhere = here;
        (self.statement, self.left, self.part) = (statement, left, part);
        self.piece = outside;
    }

    /// Runs a text that `Invoke-Expression` is given, where it is one literal as it stands in the source.
    /// `false` = it is not.
    pub(super) fn text_as_script(&mut self, text: &Literal) -> bool {
        let piece = self.texts.get(&text.span).copied().filter(|piece| piece.code == text.text);
        let sound = |piece: &&Parsed| !piece.tree.root_node().has_error();
        let Some(piece) = piece.filter(sound).filter(|_| self.depth < DEEPEST) else { return false };
        let outside = std::mem::replace(&mut self.piece, piece);
        let (statement, left) = (self.statement, self.left);
        self.depth += 1;
        self.inner(piece.tree.root_node());
        self.depth -= 1;
        // `return` leaves the text only.
        self.left = left;
        self.statement = statement;
        self.piece = outside;
        true
    }
}
