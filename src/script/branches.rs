//! Branches: each arm by itself, and what it gives to what follows.

use tree_sitter::Node;

use super::command::Arm;
use super::env::plain;
use super::flow::Condition;
use super::value::Value;
use super::walk::{Walker, Went, named};

impl<'a> Walker<'a> {
    pub(super) fn if_statement(&mut self, node: Node<'a>) -> Value {
        let branch = self.branch();
        let guards = self.context.guards.len();
        let mut arms = Vec::new();
        let mut exhaustive = false;
        let mut index = 0;
        let mut conditions = Vec::new();
        let mut parts = named(node);
        let mut clauses = Vec::new();
        for part in parts.drain(..) {
            match part.kind() {
                "elseif_clauses" => clauses.extend(named(part)),
                "else_clause" => clauses.push(part),
                _ => clauses.push(part),
            }
        }
        let parts_of_head = clauses.clone();
        for clause in clauses {
            match clause.kind() {
                "pipeline" => conditions.push(self.condition(clause)),
                "elseif_clause" => {
                    for part in named(clause) {
                        if part.kind() == "pipeline" {
                            conditions.push(self.condition(part));
                        } else {
                            arms.push(self.arm(branch, index, |w| w.inner(part)));
                            index += 1;
                        }
                    }
                }
                "else_clause" => {
                    exhaustive = true;
                    conditions.push(Condition::Is(true));
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
        let number = u32::try_from(arms.len()).unwrap_or(Arm::REST - 1);
        let taken = self.only_taken(&parts_of_head, &conditions, &mut arms);
        let value = self.join(branch, arms, exhaustive || taken);
        let known = self.env.flow.branches.entry(branch).or_default();
        (known.arms, known.exhaustive) = (number, exhaustive);
        self.decide(branch, conditions);
        // What follows an arm that left is guarded by the condition as well.
        if self.context.arms.last().is_none_or(|arm| arm.branch != branch) {
            self.context.guards.truncate(guards);
        }
        value
    }

    /// Of constant conditions only one arm is taken: what the others gave is not there. A value that a caller may give is
    /// none.
    fn only_taken(&mut self, clauses: &[Node<'a>], conditions: &[Condition], arms: &mut Vec<Went>) -> bool {
        let of_caller = clauses.iter().any(|clause| {
            let heads = if clause.kind() == "elseif_clause" { named(*clause) } else { vec![*clause] };
            heads.into_iter().any(|head| head.kind() == "pipeline" && self.of_given(head))
        });
        let taken = conditions.iter().position(|condition| *condition != Condition::Is(false));
        match taken.filter(|at| !of_caller && conditions.get(*at) == Some(&Condition::Is(true))) {
            Some(at) if at < arms.len() && arms.iter().all(|arm| !arm.left) => {
                *arms = vec![arms.swap_remove(at)];
                true
            }
            _ => false,
        }
    }

    /// A condition: its own commands run, and its text guards what it leads to.
    pub(super) fn condition(&mut self, node: Node<'a>) -> Condition {
        self.guard(node);
        let value = self.head(node);
        self.env.truth(&value)
    }

    pub(super) fn decide(&mut self, branch: u32, conditions: Vec<Condition>) {
        self.env.flow.branches.entry(branch).or_default().conditions = conditions;
    }

    /// What is run next depends on this text, and on what its variables were last given.
    pub(super) fn guard(&mut self, node: Node<'a>) {
        let span = self.piece.span(node);
        self.context.guards.push(span);
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if node.kind() == "variable" {
                let name = plain(self.piece.text(node));
                self.context.guards.extend(self.env.from(&name));
                self.context.guards.extend(self.decided.get(&name).into_iter().flatten());
            } else {
                open.extend(named(node));
            }
        }
    }

    pub(super) fn switch_statement(&mut self, node: Node<'a>) -> Value {
        let branch = self.branch();
        let mut arms = Vec::new();
        let mut exhaustive = false;
        let guards = self.context.guards.len();
        let (mut of, mut conditions) = (Value::UNKNOWN, Vec::new());
        // Every clause that fits is run, so that two of one kind do not exclude each other.
        let (mut clauses, mut again) = (Vec::new(), false);
        let plain = !named(node).iter().any(|part| part.kind() == "switch_parameters");
        for part in named(node) {
            match part.kind() {
                "switch_condition" => {
                    for inner in named(part) {
                        if inner.kind() == "pipeline" {
                            self.guard(inner);
                            of = self.head(inner);
                        }
                    }
                }
                "switch_body" => {
                    for clause in named(part).into_iter().flat_map(named) {
                        // Errors inside the body are told where they are.
                        if clause.is_error() || named(clause).iter().any(Node::is_error) {
                            self.torn(clause);
                            continue;
                        }
                        let condition = named(clause).into_iter().find(|n| n.kind() == "switch_clause_condition");
                        exhaustive |= condition.is_some_and(|c| self.piece.text(c).eq_ignore_ascii_case("default"));
                        let index = u32::try_from(arms.len()).unwrap_or(Arm::REST - 1);
                        if let Some(condition) =
                            condition.filter(|it| self.piece.text(*it).trim_start().starts_with('{'))
                        {
                            let place = self.piece.span(condition);
                            self.unfollowed(place, Some(place));
                        }
                        let written = condition.filter(|_| plain).map_or("", |c| self.piece.text(c)).to_owned();
                        if let Some(body) = named(clause).into_iter().find(|n| n.kind() == "statement_block") {
                            conditions.push(self.matches(&of, &written));
                            let arm = self.arm(branch, index, |w| w.inner(body));
                            // `break` and `continue` leave the switch only.
                            let left = arm.left && !self.leaves_switch(body);
                            arms.push(Went { left, ..arm });
                            again |= !self.leaves_switch(body) && clauses.contains(&written);
                            clauses.push(written);
                        }
                    }
                }
                _ => {}
            }
        }
        if again {
            conditions.iter_mut().for_each(|condition| *condition = Condition::Unknown);
            exhaustive = false;
        }
        let value = self.join(branch, arms, exhaustive);
        // What is left when nothing else was is known only behind all others.
        if let Some(last) = conditions.last_mut().filter(|last| **last == Condition::Unknown && exhaustive) {
            *last = Condition::Is(true);
        }
        self.decide(branch, conditions);
        self.context.guards.truncate(guards);
        value
    }

    /// Whether the body of a clause says that the switch is left.
    fn leaves_switch(&self, body: Node<'a>) -> bool {
        let text = self.piece.text(body).to_ascii_lowercase();
        text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| matches!(word, "break" | "continue"))
    }

    /// Whether a clause of `switch` is for a value; both are plain texts.
    fn matches(&self, value: &Value, clause: &str) -> Condition {
        let text = clause.trim().trim_matches(['\'', '"']);
        let plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        match value {
            Value::Text(literal) if plain && !text.eq_ignore_ascii_case("default") => {
                Condition::Is(literal.text.to_lowercase() == text.to_lowercase())
            }
            _ => Condition::Unknown,
        }
    }

    /// Whether a `catch` ends the script, at least after some tries, without a look at what the error is.
    fn gives_up(&self, clause: Node<'a>) -> bool {
        let mut open = vec![clause];
        while let Some(node) = open.pop() {
            match node.kind() {
                "flow_control_statement" => {
                    let text = self.piece.text(node).trim_start().to_lowercase();
                    if text.starts_with("throw") || text.starts_with("exit") {
                        return true;
                    }
                }
                "if_statement" | "switch_statement" => {
                    let looks = named(node).into_iter().filter(|n| n.kind() != "statement_block").any(|part| {
                        let text = self.piece.text(part).to_lowercase();
                        ["$_", "$psitem", "$error", "exception"].iter().any(|word| text.contains(word))
                    });
                    if !looks {
                        open.extend(named(node));
                    }
                }
                "script_block_expression" | "function_statement" => {}
                _ => open.extend(named(node)),
            }
        }
        false
    }

    pub(super) fn try_statement(&mut self, node: Node<'a>) -> Value {
        let branch = self.branch();
        let parts = named(node);
        let catches: Vec<Node<'a>> =
            parts.iter().filter(|n| n.kind() == "catch_clauses").flat_map(|n| named(*n)).collect();
        let mut arms = Vec::new();
        let mut value = Value::UNKNOWN;
        for part in &parts {
            match part.kind() {
                "statement_block" => {
                    let caught = self.context.caught;
                    if !catches.is_empty() && !catches.iter().all(|clause| self.gives_up(*clause)) {
                        self.context.caught = Some(branch);
                    } else if !catches.is_empty() && self.context.caught == Some(u32::MAX) {
                        // The `catch` is nearer than a `trap` around it.
                        self.context.caught = None;
                    }
                    if catches.is_empty() {
                        value = self.inner(*part);
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
                        value = self.join(branch, std::mem::take(&mut arms), true);
                    }
                    let after = std::mem::take(&mut self.left);
                    let finally = std::mem::replace(&mut self.context.finally, true);
                    self.inner(*part);
                    self.context.finally = finally;
                    self.left = left || after;
                }
                _ => {
                    self.statement(*part);
                }
            }
        }
        if !arms.is_empty() {
            value = self.join(branch, arms, true);
        }
        self.env.flow.branches.entry(branch).or_default().is_try = true;
        value
    }
}
