//! Loops: over a constant list or between constant bounds item by item, else once for any number of times.

use tree_sitter::Node;

use super::env::plain;
use super::eval::unwrapped;
use super::methods::changes;
use super::sessions::{kind_of, one_of};
use super::value::{Literal, Value};
use super::walk::{Leaving, Walker, named};

/// Longest constant list of which a loop is followed item by item.
pub(super) const LONGEST_LIST: usize = 64;

impl<'a> Walker<'a> {
    pub(super) fn foreach(&mut self, node: Node<'a>) -> Value {
        let parts = named(node);
        let variable = parts.iter().find(|n| n.kind() == "variable").map(|n| plain(self.piece.text(*n)));
        let list = parts.iter().find(|n| n.kind() == "pipeline").copied();
        let Some(body) = parts.iter().rev().find(|n| n.kind() == "statement_block").copied() else {
            return Value::UNKNOWN;
        };
        let items = list.map_or(Value::UNKNOWN, |list| self.head(list));
        let name = variable.unwrap_or_default();
        let guards = self.context.guards.len();
        // The list may have left out what the body must not meet.
        if let Some(list) = list {
            self.guard(list);
        }
        self.each(&[&name], &items, body);
        self.context.guards.truncate(guards);
        Value::UNKNOWN
    }

    /// Runs a body for each item, or once for an unknown one.
    pub(super) fn each(&mut self, names: &[&str], items: &Value, body: Node<'a>) {
        let constant = match items {
            Value::List(items, _) if items.len() <= LONGEST_LIST => Some(items.clone()),
            Value::Text(_) => Some(vec![items.clone()]),
            _ => None,
        };
        match constant {
            Some(items) => {
                let breaks = items.len() > 1 && self.leaves_by(body, Leaving::Break);
                let mut broke = false;
                let turns = self.leaves_by(body, Leaving::Other);
                let arms = self.context.arms.len();
                for item in items {
                    if self.left_over == 0 {
                        break;
                    }
                    for name in names {
                        self.env.set(name, item.clone(), item.span());
                    }
                    let turn = self.context.arms.len();
                    self.inner_kept(body);
                    let left = std::mem::take(&mut self.left);
                    if left && self.leaving == Leaving::Exit {
                        self.left = true;
                        break;
                    }
                    if left && self.leaving == Leaving::Break {
                        broke = true;
                        break;
                    }
                    // What did not leave the loop goes on to the next turn.
                    if !breaks || turns {
                        self.context.arms.truncate(turn);
                    }
                    if breaks && turns {
                        // Whether the next turn comes is known only when it is run.
                        self.perhaps_behind();
                    }
                }
                self.context.arms.truncate(arms);
                if self.leaves_outer(body) {
                    self.perhaps_behind();
                }
                if broke && names.contains(&"psitem") {
                    self.left = true;
                }
            }
            None => {
                let text = items.is_textual();
                let item = match (kind_of(items), one_of(items), names.first()) {
                    (Some(kind), ..) => self.env.fresh(kind),
                    (None, Some((kind, member)), _) => {
                        let object = self.env.fresh(kind);
                        self.member_of(&object, &member)
                    }
                    (None, None, Some(name)) if text => self.env.text(name),
                    (None, None, Some(name)) => self.env.fresh(name),
                    (None, None, None) => Value::UNKNOWN,
                };
                self.repeat(body, true, |w| {
                    for name in names {
                        w.env.set(name, item.clone(), None);
                    }
                });
            }
        }
    }

    /// Runs a body once for any number of times (`perhaps`: none at all): what it assigns is unknown before and after.
    pub(super) fn repeat(&mut self, body: Node<'a>, perhaps: bool, before: impl FnOnce(&mut Self)) {
        let assigned = self.assigned(body);
        let assigned = self.env.loosen(assigned);
        before(self);
        let repeated = std::mem::replace(&mut self.context.repeated, true);
        let outside = self.context.perhaps;
        self.context.perhaps |= perhaps;
        self.inner(body);
        self.left = false;
        self.context.repeated = repeated;
        self.context.perhaps = outside;
        if self.leaves_outer(body) {
            self.perhaps_behind();
        }
        self.env.loosen(assigned);
    }

    /// The variables that are assigned below a node, and whether all that they are given are texts.
    pub(super) fn assigned(&self, root: Node<'a>) -> Vec<(String, bool)> {
        let mut names: Vec<(String, bool)> = Vec::new();
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            let (target, text) = match node.kind() {
                "assignment_expression" => {
                    let target = named(node).into_iter().find(|n| n.kind() == "left_assignment_expression");
                    let value = node.child_by_field_name("value");
                    let plain = target.is_some_and(|target| unwrapped(target).kind() == "variable");
                    (target, plain && value.is_some_and(|value| self.writes_text(value)))
                }
                "foreach_statement" => (named(node).into_iter().find(|n| n.kind() == "variable"), false),
                // `$list.Add(...)`
                "invokation_expression" => {
                    let parts = named(node);
                    let method = parts.get(1).map(|n| self.piece.text(*n)).unwrap_or_default();
                    (parts.first().copied().filter(|n| n.kind() == "variable" && changes(method)), false)
                }
                kind if is_step(kind) => (Some(node), false),
                _ => (None, false),
            };
            names.extend(target.into_iter().flat_map(|target| self.variables_in(target)).map(|name| (name, text)));
            open.extend(named(node));
        }
        crate::order::sort(&mut names);
        // Of one name `false` comes first.
        names.dedup_by(|second, first| second.0 == first.0);
        names
    }

    /// The variables that an assignment to this changes.
    pub(super) fn variables_in(&self, target: Node<'a>) -> Vec<String> {
        let mut names = Vec::new();
        let mut inside = vec![target];
        while let Some(node) = inside.pop() {
            match node.kind() {
                "variable" => names.push(plain(self.piece.text(node))),
                // The index is only read.
                "member_access" | "element_access" => inside.extend(named(node).first()),
                _ => inside.extend(named(node)),
            }
        }
        names
    }

    /// Whether an expression is a text, or a list of texts, as it is written.
    fn writes_text(&self, mut node: Node<'a>) -> bool {
        loop {
            node = unwrapped(node);
            let parts = named(node);
            match (node.kind(), parts.as_slice()) {
                ("verbatim_string_characters" | "expandable_string_literal", _) => return true,
                ("command", parts) => {
                    return parts
                        .iter()
                        .find(|n| n.kind() == "command_name")
                        .is_some_and(|name| self.piece.text(*name).eq_ignore_ascii_case("read-host"));
                }
                ("array_literal_expression", parts) => return parts.iter().all(|part| self.writes_text(*part)),
                ("array_expression", []) => return true,
                (
                    "array_expression" | "statement_list" | "pipeline" | "pipeline_chain" | "parenthesized_expression",
                    [only],
                ) => node = *only,
                _ => return false,
            }
        }
    }

    /// `for`, `while`, `do`.
    pub(super) fn unknown_loop(&mut self, node: Node<'a>) -> Value {
        for part in named(node) {
            match part.kind() {
                "statement_block" => self.repeat(part, node.kind() != "do_statement", |_| {}),
                "for_initializer" => {
                    self.statement(part);
                    if self.counted(node) {
                        return Value::UNKNOWN;
                    }
                    let assigned = self.assigned(part);
                    self.env.loosen(assigned);
                }
                _ => {
                    let assigned = self.assigned(part);
                    self.statement(part);
                    self.env.loosen(assigned);
                }
            }
        }
        Value::UNKNOWN
    }

    /// `for ($i = 0; $i -lt $list.Count; $i++)` between constant bounds, after its first part; `false` = it is another one.
    fn counted(&mut self, node: Node<'a>) -> bool {
        let Some((name, first, end, body)) = self.bounds(node) else { return false };
        let Ok(start) = first.text.trim().parse::<usize>() else { return false };
        let number = |n: usize| Value::Text(Literal { text: n.to_string(), ..first.clone() });
        if end.saturating_sub(start) > LONGEST_LIST || self.assigned(body).iter().any(|(other, _)| *other == name) {
            return false;
        }
        let items = Value::List((start..end).map(number).collect(), first.span);
        self.each(&[&name], &items, body);
        self.env.set(&name, number(end.max(start)), Some(first.span));
        true
    }

    /// The variable of a counted loop, its first value, the number that it does not reach, and the body.
    fn bounds(&mut self, node: Node<'a>) -> Option<(String, Literal, usize, Node<'a>)> {
        let body = named(node).into_iter().rev().find(|n| n.kind() == "statement_block")?;
        let mut condition = node.child_by_field_name("for_condition")?;
        let step: String = self.piece.text(node.child_by_field_name("for_iterator")?).split_whitespace().collect();
        // Nothing may be run twice.
        if self.piece.text(condition).contains('(') {
            return None;
        }
        while condition.kind() != "comparison_expression" || condition.named_child_count() == 1 {
            condition = condition.named_child(0)?;
        }
        let parts = named(condition);
        let [variable, operator, limit] = parts.as_slice() else { return None };
        let (variable, limit) = (unwrapped(*variable), unwrapped(*limit));
        let written = self.piece.text(variable);
        let counts = [format!("{written}++"), format!("++{written}"), format!("{written}+=1")];
        if variable.kind() != "variable" || !counts.iter().any(|count| count.eq_ignore_ascii_case(&step)) {
            return None;
        }
        let name = plain(written);
        let first = self.env.get(&name).text().cloned()?;
        let limit = self.eval(limit).text()?.text.trim().parse::<usize>().ok()?;
        let end = match self.piece.text(*operator).to_ascii_lowercase().as_str() {
            "-lt" | "-ne" => limit,
            "-le" => limit.checked_add(1)?,
            _ => return None,
        };
        Some((name, first, end, body))
    }
}

/// `$i++` and its like.
pub(super) fn is_step(kind: &str) -> bool {
    kind.ends_with("_increment_expression") || kind.ends_with("_decrement_expression")
}
