//! Texts and keys that a variable holds, so that more than the command that uses them may read them.

use tree_sitter::Node;

use super::env::plain;
use super::eval::unwrapped;
use super::parse::Parsed;
use super::place::around;
use super::walk::named;
use crate::input::Span;

/// What holds a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// The assignment, or the parameter whose default it is.
    pub(crate) place: Span,
    /// The variable, lower case, without a scope.
    pub(crate) name: String,
    /// The function that it belongs to.
    pub(crate) function: Option<Span>,
}

/// The variable that is given a text as it stands there, or a table or list with it in; `None` where anything else is done
/// to it first.
pub(super) fn held(piece: &Parsed, span: Span) -> Option<Held> {
    let (start, end) = (span.start.checked_sub(piece.base)?, span.end.checked_sub(piece.base)?);
    let first = piece.tree.root_node().descendant_for_byte_range(start, end)?;
    let mut node = first;
    let mut variable = None;
    for parent in around(piece, first) {
        let alone = parent.named_child_count() == 1;
        let found = variable.is_some();
        match parent.kind() {
            "function_statement" | "class_method_definition" if found => {
                let (place, name) = variable?;
                return Some(Held { place, name, function: Some(piece.span(parent)) });
            }
            _ if found => {}
            "assignment_expression" => {
                let value = parent.child_by_field_name("value")?;
                let plain = named(parent).iter().any(|n| n.kind() == "assignement_operator" && piece.text(*n) == "=");
                if !plain || !(value.start_byte() <= first.start_byte() && first.end_byte() <= value.end_byte()) {
                    return None;
                }
                let target = named(parent).into_iter().find(|n| n.kind() == "left_assignment_expression")?;
                variable = Some((piece.span(parent), only_variable(piece, target)?));
            }
            "script_parameter" => {
                let own = named(parent).into_iter().find(|n| n.kind() == "variable")?;
                variable = Some((piece.span(parent), plain(piece.text(own))));
            }
            "script_parameter_default"
            | "hash_entry"
            | "hash_literal_body"
            | "hash_literal_expression"
            | "key_expression"
            | "array_literal_expression"
            | "array_expression"
            | "cast_expression" => {}
            "statement_list" | "pipeline" | "pipeline_chain" | "parenthesized_expression" | "sub_expression"
                if alone => {}
            _ if unwrapped(parent) == unwrapped(node) => {}
            _ => return None,
        }
        node = parent;
    }
    let (place, name) = variable?;
    Some(Held { place, name, function: None })
}

/// The variable of `$x = ...` and `[type]$x = ...`.
fn only_variable(piece: &Parsed, target: Node<'_>) -> Option<String> {
    let mut open = vec![target];
    let mut found = None;
    while let Some(node) = open.pop() {
        match node.kind() {
            "variable" if found.is_none() => found = Some(plain(piece.text(node))),
            "variable" | "member_access" | "element_access" => return None,
            _ => open.extend(named(node)),
        }
    }
    found
}
