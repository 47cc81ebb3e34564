//! One parse of each piece of PowerShell, the insides of `$(...)` in strings included.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use tree_sitter::{Node, ParseOptions, Parser, Tree};

use super::document::{Region, Template};
use super::jobs::Step;
use super::mask::{self, Masked, mask};
use super::pipelines::broken;
use crate::input::Span;
use crate::knowledge::cmdlet;

/// A parsed piece.
pub(super) struct Parsed {
    /// The piece, as many bytes as in the source.
    pub(super) code: String,
    /// Where it starts in the source.
    pub(super) base: usize,
    pub(super) masked: Masked,
    pub(super) tree: Tree,
    /// Index of the piece for each inside of `$(...)`, by its first byte here.
    pub(super) embedded: HashMap<usize, usize>,
    /// Commands inside what the parser does not know that are sound by themselves: first byte here, index of the piece.
    pub(super) recovered: Vec<(usize, usize)>,
    /// Whether it is a piece of its own rather than a part of another.
    pub(super) top: bool,
    /// The literal of which it is the text, to be run by `Invoke-Expression`.
    pub(super) text_of: Option<Quote>,
    pub(super) template: Template,
    /// Where in a CI file it is run.
    pub(super) run: Option<Arc<Step>>,
}

/// A literal of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    /// Its place, quotes included.
    pub(super) span: Span,
    /// The quote that ends it; `None` for a here-string, where quotes are plain characters.
    pub(super) ends: Option<char>,
}

impl Parsed {
    /// A place of this piece as a place of the source. What was blanked to keep the length may cut a character: the span is
    /// widened to whole ones.
    pub(super) fn place(&self, start: usize, end: usize) -> Span {
        let mut start = start;
        while start > 0 && !self.code.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = end.min(self.code.len());
        while end < self.code.len() && !self.code.is_char_boundary(end) {
            end += 1;
        }
        Span::new(self.base + start, self.base + end.max(start))
    }

    /// The place of a node.
    pub(super) fn span(&self, node: Node<'_>) -> Span {
        self.place(node.start_byte(), node.end_byte())
    }

    /// The characters of a place in it; none where it is elsewhere.
    pub(super) fn written(&self, span: Span) -> &str {
        let (start, end) = (span.start.checked_sub(self.base), span.end.checked_sub(self.base));
        start.zip(end).and_then(|(start, end)| self.code.get(start..end)).unwrap_or_default()
    }

    /// The text of a node as written.
    pub(super) fn text(&self, node: Node<'_>) -> &str {
        let span = self.span(node);
        self.code.get(span.start - self.base..span.end - self.base).unwrap_or_default()
    }
}

/// Deepest nesting of brackets that is parsed; real scripts stay below 30.
const DEEPEST: usize = 100;

/// Insides of strings below each other that are still parsed.
const EMBEDDED_LEVELS: usize = 4;

/// The parser gives up when it was asked this many times more often whether to go on than a sound text of this size needs.
/// Counting keeps the result the same on every machine.
const STEPS_PER_BYTE: usize = 4;

/// What could not be parsed, and why.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) span: Span,
    pub(super) reason: &'static str,
    /// Nothing in it is read at all, not even the commands that are sound by themselves.
    pub(super) whole: bool,
    /// A cmdlet of the catalogue stands in it, and nothing is proved of that.
    pub(super) loses: bool,
}

/// Why something is not read that no rule of the grammar fits.
pub(super) const UNKNOWN: &str = "the parser does not know this syntax";

/// Why a piece is torn from a bracket on.
pub(super) const UNCLOSED: &str = "a bracket that is opened here is never closed";

/// Parses all pieces; what cannot be parsed is left out and told.
pub(super) fn parse(regions: Vec<Region>, prose: bool) -> (Vec<Parsed>, Vec<Unread>) {
    let mut parser = Parser::new();
    let mut unread = Vec::new();
    let mut parsed: Vec<Parsed> = Vec::new();
    if parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).is_err() {
        let end = regions.last().map_or(0, |r| r.start + r.code.len());
        unread.push(Unread {
            span: Span::new(0, end),
            reason: "the parser could not be loaded",
            whole: true,
            loses: false,
        });
        return (parsed, unread);
    }
    for Region { start, code, template, run, .. } in regions {
        let index = add(&mut parser, code, (start, template), (0, prose), &mut parsed, &mut unread);
        if let Some(piece) = index.and_then(|index| parsed.get_mut(index)) {
            piece.run = run;
        }
    }
    (parsed, unread)
}

/// Parses `code` and, before it, what its strings embed; gives its index.
fn add(
    parser: &mut Parser,
    code: String,
    (base, template): (usize, Template),
    (level, prose): (usize, bool),
    parsed: &mut Vec<Parsed>,
    unread: &mut Vec<Unread>,
) -> Option<usize> {
    let masked = mask(&code);
    let whole = Span::new(base, base + code.len());
    if masked.depth > DEEPEST {
        unread.push(Unread { span: whole, reason: "brackets are nested too deeply", whole: true, loses: false });
        return None;
    }
    if let Some(at) = masked.unclosed {
        unread.push(Unread {
            span: Span::new(base + at, base + code.len()),
            reason: "a string or comment that starts here is never closed",
            whole: false,
            loses: names_cmdlet(code.get(at..).unwrap_or_default().as_bytes()),
        });
    }
    unread.extend(masked.long_lines.iter().map(|line| Unread {
        span: Span::new(base + line.start, base + line.end),
        reason: "the line is too long",
        whole: true,
        loses: false,
    }));
    let Some(tree) = tree(parser, &masked.text) else {
        unread.push(Unread { span: whole, reason: "the parser gave up", whole: true, loses: false });
        return None;
    };
    // PowerShell refuses the whole piece, and what the bracket leads to is not known. In a document what belongs together
    // may stand in several pieces.
    if level == 0
        && !prose
        && tree.root_node().has_error()
        && let Some(at) = unclosed(&masked.text)
        && names_cmdlet(masked.text.get(line_start(&masked.text, at)..).unwrap_or_default())
    {
        let span = Span::new(base + at, base + code.len());
        unread.push(Unread { span, reason: UNCLOSED, whole: false, loses: true });
    }
    let mut embedded = HashMap::new();
    if level < EMBEDDED_LEVELS {
        let mut insides: Vec<Span> = masked.strings.values().flat_map(|s| s.embedded.iter().copied()).collect();
        insides.sort_unstable();
        for inside in insides {
            let Some(text) = code.get(inside.start..inside.end) else { continue };
            // Only a command can matter here, and those that do have a hyphen.
            if !text.contains('-') {
                continue;
            }
            if let Some(index) =
                add(parser, text.to_owned(), (base + inside.start, template), (level + 1, prose), parsed, unread)
            {
                embedded.insert(inside.start, index);
            }
        }
    }
    let mut recovered = Vec::new();
    if level < EMBEDDED_LEVELS && tree.root_node().has_error() {
        for place in sound_commands(&masked.text, tree.root_node()) {
            let Some(text) = code.get(place.start..place.end) else { continue };
            let mut unread_inside = Vec::new();
            let index = add(
                parser,
                text.to_owned(),
                (base + place.start, template),
                (EMBEDDED_LEVELS, prose),
                parsed,
                &mut unread_inside,
            );
            recovered.extend(index.map(|index| (place.start, index)));
        }
    }
    if level < EMBEDDED_LEVELS && evaluates(&code) {
        for (quote, inside) in verbatim(&code, &masked) {
            let Some(text) = code.get(inside.start..inside.end) else { continue };
            let mut unread_inside = Vec::new();
            let index = add(
                parser,
                text.to_owned(),
                (base + inside.start, template),
                (level + 1, prose),
                parsed,
                &mut unread_inside,
            );
            if let Some(piece) = index.and_then(|index| parsed.get_mut(index)) {
                let span = Span::new(base + quote.span.start, base + quote.span.end);
                piece.text_of = Some(Quote { span, ..quote });
            }
        }
    }
    let (top, text_of) = (level == 0, None);
    parsed.push(Parsed { code, base, masked, tree, embedded, recovered, top, text_of, template, run: None });
    parsed.len().checked_sub(1)
}

/// Whether a piece runs texts as scripts.
fn evaluates(code: &str) -> bool {
    let lower = code.to_ascii_lowercase();
    lower.contains("invoke-expression")
        || lower.contains("scriptblock]::create")
        || lower.split(|c: char| !c.is_alphanumeric()).any(|word| word == "iex")
}

/// The quoted texts that speak of the policy and are, character for character, what stands between their quotes.
fn verbatim(code: &str, masked: &Masked) -> Vec<(Quote, Span)> {
    let mut found: Vec<(Quote, Span)> = masked
        .strings
        .values()
        .filter_map(|quoted| {
            let text = code.get(quoted.inner.start..quoted.inner.end)?;
            let (ends, is_quote): (char, fn(char) -> bool) = match quoted.quote {
                mask::Quote::Single => ('\'', mask::is_single_quote),
                mask::Quote::Double => ('"', mask::is_double_quote),
            };
            let expands = quoted.quote == mask::Quote::Double && text.contains(['$', '`']);
            let filled = ["$(", "${{", "{{", "$[["].iter().any(|mark| text.contains(mark));
            let speaks = text.to_ascii_lowercase().contains("csapplicationaccesspolicy");
            let exact = !expands && !filled && (quoted.here || !text.contains(is_quote));
            let ends = (!quoted.here).then_some(ends);
            (speaks && exact).then_some((Quote { span: quoted.span, ends }, quoted.inner))
        })
        .collect();
    found.sort_unstable_by_key(|(_, inside)| *inside);
    found
}

/// Places of commands of the catalogue inside errors: from the name to the end of the statement. The text is masked, so
/// strings and comments hold none.
fn sound_commands(text: &[u8], root: Node<'_>) -> Vec<Span> {
    let mut torn: Vec<Span> = Vec::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if node.is_error() || (node.kind() == "command" && broken(node)) {
            torn.push(Span::new(node.start_byte(), node.end_byte()));
        } else if node.has_error() {
            let mut cursor = node.walk();
            open.extend(node.children(&mut cursor));
        }
    }
    torn.sort_unstable();
    let mut found: Vec<Span> = Vec::new();
    for span in torn {
        let mut at = span.start;
        while at < span.end {
            let rest = text.get(at..span.end).unwrap_or_default();
            let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
            let word = std::str::from_utf8(rest.get(..length).unwrap_or_default()).unwrap_or_default();
            let starts = length > 0 && begins_statement(text, at);
            if starts && cmdlet(word).is_some() && found.last().is_none_or(|last| last.end <= at) {
                let end = statement_end(text, at);
                found.push(Span::new(at, end));
                at = end;
            }
            at += length.max(1);
        }
    }
    found
}

/// The words of a text that are names of cmdlets of the catalogue, by their first bytes.
pub(super) fn cmdlets_in(text: &[u8]) -> impl Iterator<Item = usize> {
    let of_words = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let mut at = 0;
    text.split(move |byte| !of_words(byte)).filter_map(move |word| {
        let start = at;
        at += word.len() + 1;
        std::str::from_utf8(word).is_ok_and(|word| word.contains('-') && cmdlet(word).is_some()).then_some(start)
    })
}

/// Where the line begins in which something stands.
fn line_start(text: &[u8], at: usize) -> usize {
    text.get(..at).and_then(|before| before.iter().rposition(|byte| *byte == b'\n')).map_or(0, |end| end + 1)
}

fn names_cmdlet(text: &[u8]) -> bool {
    cmdlets_in(text).next().is_some()
}

/// The first bracket of a masked text that is never closed, or closed by one of another kind.
fn unclosed(text: &[u8]) -> Option<usize> {
    let mut open: Vec<(usize, u8)> = Vec::new();
    let mut first: Option<usize> = None;
    let mut quoted = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            _ if quoted => {}
            b'(' => open.push((at, b')')),
            b'{' => open.push((at, b'}')),
            b'[' => open.push((at, b']')),
            b')' | b'}' | b']' => {
                if let Some(own) = open.iter().rposition(|(_, end)| end == byte) {
                    let torn = open.get(own + 1).map(|(at, _)| *at);
                    first = first.into_iter().chain(torn).min();
                    open.truncate(own);
                }
            }
            _ => {}
        }
    }
    first.into_iter().chain(open.first().map(|(at, _)| *at)).min()
}

/// Whether a command can begin at `at`: nothing but blanks since the start of a statement.
fn begins_statement(text: &[u8], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    before
        .iter()
        .rev()
        .find(|b| **b != b' ')
        .is_none_or(|b| matches!(b, b'\n' | b'{' | b';' | b'(' | b'=' | b'|' | b'&'))
}

/// The end of the statement that begins at `at`.
fn statement_end(text: &[u8], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut quoted = false;
    for (offset, byte) in text.get(at..).unwrap_or_default().iter().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            _ if quoted => {}
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' if depth == 0 => return at + offset,
            b')' | b'}' | b']' => depth -= 1,
            b'\n' | b';' | b'|' if depth == 0 => return at + offset,
            _ => {}
        }
    }
    text.len()
}

fn tree(parser: &mut Parser, text: &[u8]) -> Option<Tree> {
    let mut left = 10_000 + text.len().saturating_mul(STEPS_PER_BYTE) / 100;
    let mut progress = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read = |at: usize, _| text.get(at..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    if tree.is_none() {
        parser.reset();
    }
    tree
}
