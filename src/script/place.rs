//! Where a text stands in the syntax, and how a list is written in its place.

use tree_sitter::Node;

use super::document::{Kind, document};
use super::eval::unwrapped;
use super::parse::{Parsed, parse};
use super::walk::named;
use crate::input::Span;

/// How several values are written where one text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// With commas: `'a', 'b'`.
    Commas,
    /// As an array of its own: `@('a', 'b')`. In the default of a parameter, in the arguments of a method and after a cast a
    /// comma is something else than that of a list.
    Array,
    /// Not known, or the text is no list there.
    Unsure,
}

/// The syntax of a source, for questions about many of its places.
pub(crate) struct Places {
    /// Pieces, and those inside their strings, by their first bytes.
    pieces: Vec<Parsed>,
    /// The piece that holds each of them.
    around: Vec<Option<usize>>,
}

impl Places {
    pub(crate) fn new(text: &str, kind: Kind) -> Self {
        let (mut pieces, _) = parse(document(text, kind).regions);
        let end = |piece: &Parsed| piece.base + piece.code.len();
        pieces.sort_by_key(|piece| (piece.base, std::cmp::Reverse(end(piece))));
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut around = Vec::with_capacity(pieces.len());
        for (index, piece) in pieces.iter().enumerate() {
            while open.last().is_some_and(|(_, last)| *last < end(piece)) {
                open.pop();
            }
            around.push(open.last().map(|(outer, _)| *outer));
            open.push((index, end(piece)));
        }
        Self { pieces, around }
    }

    /// How a list is written in place of the text at `span`.
    pub(crate) fn listing(&self, span: Span) -> Listing {
        // Of a piece and those inside its strings, the innermost.
        let mut at = self.pieces.partition_point(|piece| piece.base <= span.start).checked_sub(1);
        while let Some((index, piece)) = at.and_then(|index| Some((index, self.pieces.get(index)?))) {
            if span.end <= piece.base + piece.code.len() {
                return node_at(piece, span).map_or(Listing::Unsure, |node| listed(piece, node));
            }
            at = self.around.get(index).copied().flatten();
        }
        Listing::Unsure
    }
}

fn node_at(piece: &Parsed, span: Span) -> Option<Node<'_>> {
    let (start, end) = (span.start.checked_sub(piece.base)?, span.end.checked_sub(piece.base)?);
    piece.tree.root_node().descendant_for_byte_range(start, end).filter(|node| piece.span(*node) == span)
}

fn listed(piece: &Parsed, start: Node<'_>) -> Listing {
    let mut node = start;
    // In brackets of its own a comma is a list's, whatever is around them.
    let (mut enclosed, mut element) = (false, false);
    let flat = |wrapped: bool| if wrapped { Listing::Commas } else { Listing::Array };
    while let Some(parent) = node.parent() {
        let alone = parent.named_child_count() == 1;
        match parent.kind() {
            "array_literal_expression" if !alone => element = true,
            "parenthesized_expression" | "array_expression" | "sub_expression" if alone => enclosed = true,
            "statement_list" | "pipeline" | "pipeline_chain" | "statement_block" if alone => {}
            "cast_expression" => {
                let kind = named(parent).first().map(|it| piece.text(*it).to_lowercase()).unwrap_or_default();
                return if kind.contains("[]") { flat(enclosed) } else { Listing::Unsure };
            }
            "command_elements" | "hash_entry" => return Listing::Commas,
            "assignment_expression" => return flat(enclosed || element),
            "flow_control_statement" if piece.text(parent).to_lowercase().starts_with("return") => {
                return flat(enclosed || element);
            }
            // A list without brackets is none here.
            "script_parameter_default" if !element || enclosed => return flat(enclosed),
            "argument_list" if !element || enclosed => {
                // What a list gets by `Add` is one more entry; of a table it is the value of a key.
                let given = named(parent).into_iter().flat_map(named).count();
                return if given == 2 { flat(enclosed) } else { Listing::Unsure };
            }
            "argument_expression_list" => {}
            _ if unwrapped(parent) == unwrapped(node) => {}
            _ => return Listing::Unsure,
        }
        node = parent;
    }
    Listing::Unsure
}
