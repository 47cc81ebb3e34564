//! Where a text stands in the syntax, and how a list is written in its place.

use tree_sitter::Node;

use super::eval::unwrapped;
use super::parse::Parsed;
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

/// The order of the pieces of a source, for questions about many of its places.
pub(super) struct Places {
    /// Pieces, and those inside their strings, by their first bytes.
    order: Vec<usize>,
    /// The piece that holds each of them, by its place in the order.
    around: Vec<Option<usize>>,
}

impl Places {
    pub(super) fn new(pieces: &[Parsed]) -> Self {
        let place =
            |index: usize| pieces.get(index).map_or((0, 0), |piece| (piece.base, piece.base + piece.code.len()));
        let mut order: Vec<usize> = (0..pieces.len()).collect();
        order.sort_by_key(|index| {
            let (start, end) = place(*index);
            (start, std::cmp::Reverse(end))
        });
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut around = Vec::with_capacity(order.len());
        for (at, index) in order.iter().enumerate() {
            let (_, end) = place(*index);
            while open.last().is_some_and(|(_, last)| *last < end) {
                open.pop();
            }
            around.push(open.last().map(|(outer, _)| *outer));
            open.push((at, end));
        }
        Self { order, around }
    }

    /// How a list is written in place of the text at `span`.
    pub(super) fn listing(&self, pieces: &[Parsed], span: Span) -> Listing {
        let piece = self.piece(pieces, span);
        piece.and_then(|piece| Some(listed(piece, node_at(piece, span)?))).unwrap_or(Listing::Unsure)
    }

    /// The innermost piece around a place.
    pub(super) fn piece<'p>(&self, pieces: &'p [Parsed], span: Span) -> Option<&'p Parsed> {
        let piece_at = |at: usize| self.order.get(at).and_then(|index| pieces.get(*index));
        // Of a piece and those inside its strings, the innermost.
        let before = self.order.partition_point(|index| pieces.get(*index).is_some_and(|it| it.base <= span.start));
        let mut at = before.checked_sub(1);
        while let Some((index, piece)) = at.and_then(|at| Some((at, piece_at(at)?))) {
            if span.end <= piece.base + piece.code.len() {
                return Some(piece);
            }
            at = self.around.get(index).copied().flatten();
        }
        None
    }
}

fn node_at(piece: &Parsed, span: Span) -> Option<Node<'_>> {
    let (start, end) = (span.start.checked_sub(piece.base)?, span.end.checked_sub(piece.base)?);
    piece.tree.root_node().descendant_for_byte_range(start, end).filter(|node| piece.span(*node) == span)
}

/// The nodes around one, from the innermost. Each question for a parent would go the whole way from the root.
pub(super) fn around<'t>(piece: &'t Parsed, node: Node<'t>) -> Vec<Node<'t>> {
    let mut path = Vec::new();
    let mut at = Some(piece.tree.root_node());
    while let Some(outer) = at.filter(|outer| *outer != node) {
        path.push(outer);
        at = outer.child_with_descendant(node);
    }
    path.reverse();
    path
}

fn listed(piece: &Parsed, start: Node<'_>) -> Listing {
    let mut node = start;
    // In brackets of its own a comma is a list's, whatever is around them.
    let (mut enclosed, mut element) = (false, false);
    let flat = |wrapped: bool| if wrapped { Listing::Commas } else { Listing::Array };
    for parent in around(piece, start) {
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
