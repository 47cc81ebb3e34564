//! What takes errors and leaves blocks: `trap`, `throw`, `break`, `exit`.

use tree_sitter::Node;

use super::command::Arm;
use super::flow::{Condition, Throw};
use super::value::Value;
use super::walk::{Leaving, Walker, named};

/// What `Context::caught` says of errors that a `trap` takes, after which the script goes on.
const TRAPPED: u32 = u32::MAX;

impl<'a> Walker<'a> {
    /// The traps of a block.
    pub(super) fn traps(&self, block: Node<'a>) -> Vec<Node<'a>> {
        named(block).into_iter().filter(|it| it.kind() == "trap_statement").collect()
    }

    /// Runs the statements of a block with traps: they are there for all of it, wherever they stand. Whether one is run, and
    /// when, is known only when it is run.
    pub(super) fn trapped(&mut self, block: Node<'a>, traps: &[Node<'a>]) -> Value {
        let (going, leaving): (Vec<Node<'a>>, Vec<Node<'a>>) = traps.iter().partition(|trap| self.goes_on(**trap));
        let assigned = self.assigned(block);
        // One that leaves is the last that is run, of a script that may have done nothing before.
        for trap in &leaving {
            self.trap(*trap, &assigned);
        }
        let (arms, caught) = (self.context.arms.len(), self.context.caught);
        if leaving.is_empty() {
            self.context.caught = Some(TRAPPED);
        }
        let value = self.each_statement(block);
        let behind = self.context.arms.split_off(arms);
        let left = std::mem::take(&mut self.left);
        let inside = std::mem::replace(&mut self.context.caught, caught);
        for trap in &going {
            self.trap(*trap, &assigned);
        }
        self.context.caught = inside;
        self.context.arms.extend(behind);
        self.left = left;
        value
    }

    /// Whether a trap lets the script go on behind what failed.
    fn goes_on(&self, trap: Node<'a>) -> bool {
        let words = self.piece.text(trap).split(|c: char| !c.is_alphanumeric());
        !words
            .into_iter()
            .any(|word| ["break", "throw", "exit", "return"].iter().any(|leaves| word.eq_ignore_ascii_case(leaves)))
    }

    /// The body of a trap, which is run or not.
    fn trap(&mut self, trap: Node<'a>, assigned: &[(String, bool)]) {
        let branch = self.branch();
        let left = self.left;
        let went = self.arm(branch, 0, |walker| {
            walker.env.loosen(assigned.to_vec());
            for body in named(trap).into_iter().filter(|it| it.kind() == "statement_block") {
                walker.inner(body);
            }
            walker.left = false;
            Value::UNKNOWN
        });
        self.join(branch, vec![went], false);
        self.decide(branch, vec![Condition::Unknown]);
        self.left = left;
    }

    /// Leaves a block: `return`, `exit`, `throw`, `break`, `continue`.
    pub(super) fn leave(&mut self, node: Node<'a>) {
        let word: String = self.piece.text(node).chars().take_while(|c| c.is_alphabetic()).collect();
        let word = word.to_ascii_lowercase();
        self.leaving = match word.as_str() {
            "break" => Leaving::Break,
            "exit" => Leaving::Exit,
            _ => Leaving::Other,
        };
        self.left = true;
        if word != "throw" || self.context.caught != Some(TRAPPED) {
            return;
        }
        // A trap takes it, and the script goes on with the next statement beside the trap.
        self.left = false;
        if node.parent().is_none_or(|block| self.traps(block).is_empty()) {
            self.perhaps_behind();
        }
    }

    /// Whether what follows is run is known only when it is run.
    pub(super) fn perhaps_behind(&mut self) {
        let branch = self.branch();
        self.env.flow.branches.entry(branch).or_default().arms = 1;
        self.decide(branch, vec![Condition::Unknown]);
        self.context.arms.push(Arm { branch, arm: 0 });
    }

    /// An error is thrown here.
    pub(super) fn thrown(&mut self) {
        let after = self.out.commands.len();
        self.env.flow.throws.push(Throw { after, context: self.context.clone() });
        if let Some(arm) = self.context.arms.last().filter(|_| self.context.caught.is_none()) {
            self.env.flow.branches.entry(arm.branch).or_default().throws.push(arm.arm);
        }
    }

    /// Whether the command that was met last is one that is an error, and errors end the script or leave for a `catch`.
    pub(super) fn is_error(&self, lower: &str) -> bool {
        let Some(command) = self.out.commands.last().filter(|_| lower == "write-error") else {
            return false;
        };
        match command.argument("ErrorAction") {
            None => command.context.stop,
            Some(action) => {
                let text = action.value.as_ref().and_then(Value::text);
                text.is_some_and(|it| it.text.eq_ignore_ascii_case("stop"))
            }
        }
    }

    /// Whether `break` or `continue` names a loop; to the grammar a bare name behind it is the next statement.
    fn has_label(&self, node: Node<'a>, text: &str) -> bool {
        let behind = self.piece.code.get(node.end_byte()..).unwrap_or_default();
        let behind = behind.trim_start_matches([' ', '\t']);
        text.split_whitespace().nth(1).is_some()
            || behind.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | ':'))
    }

    /// Whether something in a loop's body leaves a loop around it, by its label.
    pub(super) fn leaves_outer(&self, body: Node<'a>) -> bool {
        let mut open = vec![body];
        while let Some(node) = open.pop() {
            if node.kind() == "flow_control_statement" {
                let text = self.piece.text(node).trim().to_ascii_lowercase();
                let of_loop = text.starts_with("break") || text.starts_with("continue");
                if of_loop && self.has_label(node, &text) {
                    return true;
                }
            }
            if !matches!(node.kind(), "script_block_expression" | "function_statement") {
                open.extend(named(node));
            }
        }
        false
    }

    /// Whether a loop's body may leave the loop by `break` or a label, or its turn by `continue` or `return`.
    pub(super) fn leaves_by(&self, body: Node<'a>, how: Leaving) -> bool {
        let mut open: Vec<(Node<'a>, bool)> = named(body).into_iter().map(|node| (node, true)).collect();
        while let Some((node, own)) = open.pop() {
            let within = match node.kind() {
                "flow_control_statement" => {
                    let text = self.piece.text(node).trim().to_ascii_lowercase();
                    let of_loop = text.starts_with("break") || text.starts_with("continue");
                    let labelled = of_loop && self.has_label(node, &text);
                    let found = match how {
                        Leaving::Break => text.starts_with("break") && own || labelled,
                        _ => text.starts_with("return") || text.starts_with("continue") && (own || labelled),
                    };
                    if found {
                        return true;
                    }
                    continue;
                }
                "script_block_expression" | "function_statement" => continue,
                "foreach_statement" | "for_statement" | "while_statement" | "do_statement" | "switch_statement" => {
                    false
                }
                _ => own,
            };
            open.extend(named(node).into_iter().map(|it| (it, within)));
        }
        false
    }
}
