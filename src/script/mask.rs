//! The lexer before the parser: text the grammar knows, byte for byte as long as the text that people write.
//!
//! `tree-sitter-powershell` takes typographic quotes for letters, needs blanks where PowerShell takes tabs, and trips over
//! some strings. So every string becomes an opaque single-quoted token, every comment becomes blanks, and whatever else the
//! grammar does not know becomes something of the same length that it does. The offsets of the masked text are those of
//! the source; values are read from the source. What PowerShell takes for quotes, dashes and blanks:
//! <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_special_characters> and the
//! tokenizer of PowerShell/PowerShell (`CharTraits`).

use std::collections::{HashMap, HashSet};

use super::ternary::{Choice, mask_choices};
use crate::input::Span;

/// Which quotes enclose a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// Nothing inside has a meaning, doubled quotes aside.
    Single,
    /// Variables, sub-expressions and backtick escapes inside.
    Double,
}

/// A string with its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Quoted {
    /// From the first quote (or `@`) to the last.
    pub(super) span: Span,
    /// What is between the quotes; for a here-string without the line ends that belong to its quotes.
    pub(super) inner: Span,
    /// Its kind.
    pub(super) quote: Quote,
    /// Whether it is a here-string, where quotes are plain characters.
    pub(super) here: bool,
    /// The insides of its `$(...)`.
    pub(super) embedded: Vec<Span>,
}

/// The masked text with what was taken out of it.
#[derive(Debug, Default)]
pub(super) struct Masked {
    /// ASCII only, as many bytes as the source.
    pub(super) text: Vec<u8>,
    /// Comments in order, from `#` or `<#` to the last character.
    pub(super) comments: Vec<Span>,
    /// Strings by first byte.
    pub(super) strings: HashMap<usize, Quoted>,
    /// A string or block comment that is never closed starts here.
    pub(super) unclosed: Option<usize>,
    /// Deepest nesting of brackets.
    pub(super) depth: usize,
    /// Lines that are left out.
    pub(super) long_lines: Vec<Span>,
    /// The operators of choices, by first byte.
    pub(super) choices: HashMap<usize, Choice>,
    /// The `=` of each `??=`.
    pub(super) defaults: HashSet<usize>,
}

/// Masks one piece of PowerShell.
pub(super) fn mask(code: &str) -> Masked {
    let mut lexer = Lexer::new(code, false, Some(indentation(code)));
    lexer.run();
    if lexer.out.unclosed.is_some() && code.contains(['@']) {
        // Without a quote at the beginning of a line PowerShell refuses the file; with an indented one the rest is in view.
        let mut lenient = Lexer::new(code, false, None);
        lenient.run();
        if lenient.out.unclosed.is_none() {
            lexer = lenient;
        }
    }
    if lexer.out.unclosed.is_some() && code.contains(['‘', '’', '‚', '‛']) {
        // PowerShell takes the typographic apostrophe of `'it’s'` for a closing quote and then refuses the file; reading it
        // as a letter keeps the rest of the file in view.
        let mut lenient = Lexer::new(code, true, None);
        lenient.run();
        if lenient.out.unclosed.is_none() {
            lexer = lenient;
        }
    }
    let mut masked = lexer.out;
    loosen_lists(&mut masked);
    mask_choices(&mut masked);
    leave_out_long_lines(&mut masked);
    masked
}

/// The blanks that every line begins with: in YAML and Markdown the indentation of the block is no part of the script.
fn indentation(code: &str) -> usize {
    if !code.contains("@\"") && !code.contains("@'") {
        return 0;
    }
    let lines = code.lines().skip(1).filter(|line| !line.trim().is_empty());
    lines.map(|line| line.len() - line.trim_start_matches([' ', '\t']).len()).min().unwrap_or(0)
}

/// `"a", b`: the grammar takes bare words after a comma only where the list begins with one, so the strings before them
/// become bare words too.
fn loosen_lists(masked: &mut Masked) {
    let mut spans: Vec<Span> = masked.strings.values().map(|quoted| quoted.span).collect();
    spans.sort_unstable();
    let mut bare_after = None;
    for span in spans.into_iter().rev() {
        let rest = masked.text.get(span.end..).unwrap_or_default();
        let blanks = |rest: &[u8]| rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let comma = blanks(rest);
        if rest.get(comma) != Some(&b',') {
            continue;
        }
        let next = comma + 1 + blanks(rest.get(comma + 1..).unwrap_or_default());
        let word = rest.get(next..).unwrap_or_default();
        let length = word.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
        let word = word.get(..length).unwrap_or_default();
        let bare = word.iter().any(u8::is_ascii_alphabetic) && !word.starts_with(b"-");
        if bare || bare_after == Some(span.end + next) {
            if let Some(text) = masked.text.get_mut(span.start..span.end) {
                text.fill(b'x');
            }
            bare_after = Some(span.start);
        }
    }
}

/// Most blanks and signs of one line that are parsed: in an error, the parser's time grows with the square of them.
const LONGEST_LINE: usize = 20_000;

fn leave_out_long_lines(masked: &mut Masked) {
    let mut start = 0;
    for line in masked.text.split_mut(|byte| *byte == b'\n') {
        let end = start + line.len();
        if line.len() > LONGEST_LINE && line.iter().filter(|b| !b.is_ascii_alphanumeric()).count() > LONGEST_LINE {
            line.fill(b' ');
            masked.long_lines.push(Span::new(start, end));
        }
        start = end + 1;
    }
}

/// Whether PowerShell takes the character for a single quote.
pub(super) const fn is_single_quote(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}')
}

/// Whether PowerShell takes the character for a double quote.
pub(super) const fn is_double_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201C}' | '\u{201D}' | '\u{201E}')
}

/// Whether PowerShell takes the character for a hyphen.
pub(super) const fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}' | '\u{2014}' | '\u{2015}')
}

/// Deepest `$(...)` inside strings inside `$(...)` that is still looked into.
const EMBEDDED_DEPTH: usize = 8;

struct Lexer<'a> {
    code: &'a str,
    apostrophes: bool,
    /// As many blanks may stand before the end of a here-string; `None` = any number.
    indent: Option<usize>,
    out: Masked,
    /// Open braces; `true` for the body of a `switch`.
    braces: Vec<bool>,
    switch: bool,
    /// Open parentheses; `true` for those after `param`.
    parens: Vec<bool>,
    param: bool,
    /// Open square brackets.
    squares: usize,
    /// End of the last bare word that became a variable.
    loose: usize,
}

impl<'a> Lexer<'a> {
    fn new(code: &'a str, apostrophes: bool, indent: Option<usize>) -> Self {
        let out = Masked { text: code.as_bytes().to_vec(), ..Masked::default() };
        Self {
            code,
            apostrophes,
            indent,
            out,
            braces: Vec::new(),
            switch: false,
            parens: Vec::new(),
            param: false,
            squares: 0,
            loose: 0,
        }
    }

    fn char_at(&self, at: usize) -> Option<char> {
        let byte = *self.code.as_bytes().get(at)?;
        if byte < 0x80 { Some(char::from(byte)) } else { self.code.get(at..)?.chars().next() }
    }

    fn byte_at(&self, at: usize) -> u8 {
        self.code.as_bytes().get(at).copied().unwrap_or(0)
    }

    fn fill(&mut self, start: usize, end: usize, with: u8) {
        if let Some(range) = self.out.text.get_mut(start..end) {
            range.fill(with);
        }
    }

    fn run(&mut self) {
        let mut at = 0;
        while at < self.code.len() {
            at = self.code_step(at, 0);
        }
    }

    /// Takes what starts at `at` outside strings and gives the offset after it.
    fn code_step(&mut self, at: usize, level: usize) -> usize {
        let Some(c) = self.char_at(at) else { return self.code.len() };
        let next = at + c.len_utf8();
        match c {
            '\n' | ' ' => next,
            '`' => self.backtick(at),
            '#' if self.starts_token(at) => self.line_comment(at),
            '<' if self.byte_at(next) == b'#' => self.block_comment(at),
            '<' => self.placeholder(at).unwrap_or(next),
            '@' => {
                let quote = self.char_at(next);
                match quote {
                    Some(q) if is_single_quote(q) || is_double_quote(q) => {
                        self.here_string(at, next, q, level).unwrap_or(next)
                    }
                    _ => self.variable(next),
                }
            }
            '$' if self.byte_at(next) == b'{' => self.braced_variable(at),
            '$' => {
                let end = self.variable(next);
                self.script_beside(at, end)
            }
            c if is_single_quote(c) => self.single(at, next),
            c if is_double_quote(c) => self.double(at, next, level),
            '-' if self.starts_token(at) && self.stops_parsing(at) => self.verbatim(at + 3),
            '-' => next,
            c if is_dash(c) => {
                if self.starts_token(at) {
                    self.fill(at, next, b' ');
                    self.fill(next - 1, next, b'-');
                } else {
                    self.fill(at, next, b'-');
                }
                next
            }
            '.' if self.starts_token(at) => self.path(at),
            ',' => self.comma(at),
            '(' | '{' | '[' => self.open(c, next),
            ')' | '}' | ']' => self.close(c, next),
            c if c.is_whitespace() || c.is_control() || matches!(c, '\u{FEFF}' | '\u{200B}' | '\u{2060}') => {
                self.fill(at, next, b' ');
                next
            }
            c if c.is_ascii_alphabetic() => self.word(at),
            c if !c.is_ascii() => {
                self.fill(at, next, b'x');
                next
            }
            _ => next,
        }
    }

    /// Whether a `#` or a typographic dash here starts a token rather than going on with one.
    fn starts_token(&self, at: usize) -> bool {
        match at.checked_sub(1).and_then(|before| self.out.text.get(before)) {
            None => true,
            Some(byte) => {
                matches!(byte, b' ' | b'\n' | b';' | b'|' | b'&' | b'(' | b')' | b'{' | b'}' | b',' | b'\'' | b'=')
            }
        }
    }

    /// Whether `--%` stands here: what follows in the line is handed on as it is.
    fn stops_parsing(&self, at: usize) -> bool {
        self.code.get(at..at + 3) == Some("--%") && matches!(self.byte_at(at + 3), b' ' | b'\t' | b'\n' | b'\r')
    }

    /// What is handed on as it is, up to the line end, or to a pipe outside of double quotes.
    fn verbatim(&mut self, at: usize) -> usize {
        let bytes = self.code.as_bytes();
        let (mut end, mut quoted) = (at, false);
        while let Some(byte) = bytes.get(end).filter(|byte| **byte != b'\n' && (quoted || **byte != b'|')) {
            quoted ^= *byte == b'"';
            end += 1;
        }
        if let Some(text) = self.out.text.get_mut(at..end) {
            text.iter_mut().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r')).for_each(|byte| *byte = b'x');
        }
        end
    }

    fn word(&mut self, at: usize) -> usize {
        let bytes = self.code.as_bytes();
        let end = bytes
            .get(at..)
            .and_then(|rest| rest.iter().position(|b| !(b.is_ascii_alphanumeric() || *b == b'_')))
            .map_or(bytes.len(), |n| at + n);
        let word = self.code.get(at..end).unwrap_or_default();
        // Units of numbers are lower case in the grammar.
        let number = at.checked_sub(1).is_some_and(|before| self.byte_at(before).is_ascii_digit());
        if number
            && ["kb", "mb", "gb", "tb", "pb"].iter().any(|unit| word.eq_ignore_ascii_case(unit))
            && let Some(unit) = self.out.text.get_mut(at..end)
        {
            unit.make_ascii_lowercase();
        }
        // The grammar knows `.ForEach { }` and stumbles over `.ForEach({ })`: there the method gets another name.
        let method = at.checked_sub(1).is_some_and(|before| self.byte_at(before) == b'.');
        if method && self.byte_at(end) == b'(' && word.eq_ignore_ascii_case("foreach") {
            self.fill(at, at + 1, b'x');
        }
        if self.starts_token(at) {
            if word.eq_ignore_ascii_case("switch") {
                self.switch = true;
            }
            self.param = word.eq_ignore_ascii_case("param");
        }
        end
    }

    fn open(&mut self, c: char, next: usize) -> usize {
        match c {
            '{' => {
                self.braces.push(std::mem::take(&mut self.switch));
                self.fill_empty(next);
            }
            '(' => self.parens.push(std::mem::take(&mut self.param)),
            _ => self.squares += 1,
        }
        self.out.depth = self.out.depth.max(self.braces.len() + self.parens.len() + self.squares);
        next
    }

    /// The grammar knows no empty script block as an argument: `{ }` gets a number inside.
    fn fill_empty(&mut self, next: usize) {
        let table = next.checked_sub(2).is_some_and(|before| self.byte_at(before) == b'@');
        let rest = self.code.as_bytes().get(next..).unwrap_or_default();
        let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        if !table && blanks > 0 && rest.get(blanks) == Some(&b'}') {
            self.fill(next, next + 1, b'0');
        }
    }

    fn close(&mut self, c: char, next: usize) -> usize {
        // The grammar wants a line end after a clause of `switch` and after `param (...)`, PowerShell does not.
        let breaks = match c {
            '}' => {
                self.braces.pop();
                self.braces.last().copied().unwrap_or(false)
            }
            ')' => self.parens.pop().unwrap_or(false),
            _ => {
                self.squares = self.squares.saturating_sub(1);
                false
            }
        };
        if breaks && matches!(self.byte_at(next), b' ' | b'\t') {
            self.fill(next, next + 1, b'\n');
            return next + 1;
        }
        next
    }

    /// `. $PSScriptRoot/script.ps1`: the grammar knows paths that begin with a letter only.
    fn script_beside(&mut self, at: usize, end: usize) -> usize {
        let before = self.out.text.get(..at).unwrap_or_default();
        let invoked = before.ends_with(b". ") || before.ends_with(b"& ");
        if !invoked || !matches!(self.byte_at(end), b'/' | b'\\') {
            return end;
        }
        self.fill(at, at + 1, b'x');
        self.path_from(end)
    }

    /// `./script.ps1`: the grammar knows paths with backslashes only.
    fn path(&mut self, at: usize) -> usize {
        let rest = self.code.as_bytes().get(at..).unwrap_or_default();
        if !(rest.starts_with(b"./") || rest.starts_with(b"../")) {
            return at + 1;
        }
        self.path_from(at)
    }

    fn path_from(&mut self, at: usize) -> usize {
        let rest = self.code.as_bytes().get(at..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/' | b'\\' | b'-' | b'_'))
            .count();
        if let Some(text) = self.out.text.get_mut(at..at + length) {
            text.iter_mut().filter(|b| **b == b'/').for_each(|b| *b = b'\\');
        }
        at + length
    }

    /// `@{...}, Name`: the grammar takes no bare word there; a variable of the same length it does.
    fn comma(&mut self, at: usize) -> usize {
        let before = self.out.text.get(..at).unwrap_or_default().iter().rev().find(|b| !b.is_ascii_whitespace());
        let rest = self.code.as_bytes().get(at + 1..).unwrap_or_default();
        let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let word = rest.get(blanks..).unwrap_or_default();
        let length = word.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')).count();
        let bare = word.first().is_some_and(u8::is_ascii_alphabetic) && !matches!(word.get(length), Some(b'(' | b'='));
        if bare && length > 1 && self.squares == 0 && (matches!(before, Some(b'}' | b')')) || self.loose == at) {
            let start = at + 1 + blanks;
            self.loose = start + length;
            self.fill(start, start + length, b'x');
            self.fill(start, start + 1, b'$');
            return start + length;
        }
        at + 1
    }

    fn backtick(&mut self, at: usize) -> usize {
        let Some(escaped) = self.char_at(at + 1) else {
            self.fill(at, at + 1, b' ');
            return at + 1;
        };
        let mut end = at + 1 + escaped.len_utf8();
        if escaped == '\r' && self.byte_at(end) == b'\n' {
            end += 1;
        }
        // At a line end it continues the line; elsewhere it takes the meaning from the next character.
        let with = if escaped.is_whitespace() { b' ' } else { b'x' };
        self.fill(at, end, with);
        end
    }

    fn line_comment(&mut self, at: usize) -> usize {
        let end = self.code.get(at..).and_then(|rest| rest.find('\n')).map_or(self.code.len(), |n| at + n);
        let text = self.code.get(at..end).unwrap_or_default();
        self.out.comments.push(Span::new(at, at + text.trim_end_matches('\r').len()));
        self.fill(at, end, b' ');
        end
    }

    fn block_comment(&mut self, at: usize) -> usize {
        let end = self.code.get(at..).and_then(|rest| rest.find("#>")).map(|n| at + n + 2);
        if end.is_none() {
            self.out.unclosed.get_or_insert(at);
        }
        let end = end.unwrap_or(self.code.len());
        self.out.comments.push(Span::new(at, end));
        self.fill(at, end, b' ');
        end
    }

    /// `<your-id>`: PowerShell has no `<` operator, so this is a placeholder wherever it stands.
    fn placeholder(&mut self, at: usize) -> Option<usize> {
        let rest = self.code.get(at + 1..)?;
        let (length, end) = rest.char_indices().take(80).find(|(_, c)| matches!(c, '>' | '<' | '\n' | '|' | ';'))?;
        let inside = rest.get(..length)?;
        if end != '>' || !inside.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return None;
        }
        self.fill(at, at + length + 2, b'x');
        Some(at + length + 2)
    }

    fn variable(&mut self, mut at: usize) -> usize {
        while let Some(c) = self.char_at(at) {
            let next = at + c.len_utf8();
            match c {
                c if c.is_alphanumeric() || c == '_' => {
                    if !c.is_ascii() {
                        self.fill(at, next, b'x');
                    }
                }
                // `$env:NAME`, not `$a:` and not `$a::B`.
                ':' if self.char_at(next).is_some_and(|c| c.is_alphanumeric() || c == '_') => {}
                _ => break,
            }
            at = next;
        }
        at
    }

    fn braced_variable(&mut self, at: usize) -> usize {
        let Some(length) = self.code.get(at..).and_then(|rest| rest.find(['}', '\n'])) else { return at + 1 };
        let mut end = at + length;
        if self.byte_at(end) != b'}' {
            return at + 1;
        }
        end += 1;
        // `${{ ... }}` is an expression of the CI system.
        if self.byte_at(at + 2) == b'{' && self.byte_at(end) == b'}' {
            end += 1;
        }
        self.fill(at + 1, end, b'x');
        end
    }

    fn opaque(&mut self, span: Span) {
        self.fill(span.start, span.end, b'x');
        self.fill(span.start, span.start + 1, b'\'');
        self.fill(span.end - 1, span.end, b'\'');
    }

    fn push(&mut self, span: Span, inner: Span, quote: Quote, here: bool, embedded: Vec<Span>) {
        self.opaque(span);
        // `"text"$variable` is two arguments, and the grammar wants a blank between them.
        if self.byte_at(span.end) == b'$' && span.len() > 2 {
            self.fill(span.end - 2, span.end - 1, b'\'');
            self.fill(span.end - 1, span.end, b' ');
        }
        self.out.strings.insert(span.start, Quoted { span, inner, quote, here, embedded });
    }

    /// An unclosed string takes the rest of the text with it.
    fn unclosed(&mut self, at: usize) -> usize {
        self.out.unclosed.get_or_insert(at);
        self.fill(at, self.code.len(), b' ');
        self.code.len()
    }

    fn single(&mut self, at: usize, inner: usize) -> usize {
        let mut i = inner;
        while let Some(c) = self.char_at(i) {
            let next = i + c.len_utf8();
            if is_single_quote(c) {
                if self.char_at(next).is_some_and(is_single_quote) {
                    i = next + self.char_at(next).map_or(0, char::len_utf8);
                    continue;
                }
                let apostrophe = self.apostrophes && c != '\'' && self.char_at(next).is_some_and(char::is_alphabetic);
                if !apostrophe {
                    self.push(Span::new(at, next), Span::new(inner, i), Quote::Single, false, Vec::new());
                    return next;
                }
            }
            i = next;
        }
        self.unclosed(at)
    }

    fn double(&mut self, at: usize, inner: usize, level: usize) -> usize {
        let mut embedded = Vec::new();
        let mut i = inner;
        while let Some(c) = self.char_at(i) {
            let next = i + c.len_utf8();
            match c {
                '`' => i = next + self.char_at(next).map_or(0, char::len_utf8),
                '$' if self.byte_at(next) == b'(' => {
                    let end = self.sub_expression(next + 1, level);
                    embedded.push(Span::new(next + 1, end.saturating_sub(1).max(next + 1)));
                    i = end;
                }
                c if is_double_quote(c) => {
                    if let Some(second) = self.char_at(next).filter(|c| is_double_quote(*c)) {
                        i = next + second.len_utf8();
                        continue;
                    }
                    self.push(Span::new(at, next), Span::new(inner, i), Quote::Double, false, embedded);
                    return next;
                }
                _ => i = next,
            }
        }
        self.unclosed(at)
    }

    /// Skips `...)` inside a string and gives the offset after the parenthesis. What it finds in there (comments, strings)
    /// is found again when the inside is parsed by itself, so it is dropped here.
    fn sub_expression(&mut self, at: usize, level: usize) -> usize {
        if level >= EMBEDDED_DEPTH {
            return self.code.get(at..).and_then(|rest| rest.find(')')).map_or(self.code.len(), |n| at + n + 1);
        }
        let (comments, strings) = (self.out.comments.len(), std::mem::take(&mut self.out.strings));
        let (braces, parens) = (std::mem::take(&mut self.braces), std::mem::take(&mut self.parens));
        let mut i = at;
        let end = loop {
            if i >= self.code.len() {
                break self.code.len();
            }
            if self.byte_at(i) == b')' && self.parens.is_empty() {
                break i + 1;
            }
            i = self.code_step(i, level + 1);
        };
        self.out.comments.truncate(comments);
        self.out.strings = strings;
        self.braces = braces;
        self.parens = parens;
        end
    }

    /// `@'` or `@"` with nothing but blanks to the line end, up to a line that starts with the closing quote and `@`.
    fn here_string(&mut self, at: usize, quote_at: usize, opening: char, level: usize) -> Option<usize> {
        let same = if is_single_quote(opening) { is_single_quote } else { is_double_quote };
        let body = quote_at + opening.len_utf8();
        let line = self.code.get(body..)?;
        let line_end = line.find('\n')?;
        if !line.get(..line_end)?.chars().all(char::is_whitespace) {
            return None;
        }
        let start = body + line_end + 1;
        let mut line_start = start;
        loop {
            let rest = self.code.get(line_start..)?;
            let trimmed = rest.trim_start_matches([' ', '\t']);
            let blanks = rest.len() - trimmed.len();
            let close = line_start + blanks;
            let mut characters = trimmed.chars();
            if let (Some(quote), Some('@')) = (characters.next(), characters.next())
                && same(quote)
                && self.indent.is_none_or(|most| blanks <= most)
            {
                let end = close + quote.len_utf8() + 1;
                let mut last = line_start.saturating_sub(1).max(start);
                if last > start && self.byte_at(last - 1) == b'\r' {
                    last -= 1;
                }
                let quote = if is_single_quote(opening) { Quote::Single } else { Quote::Double };
                let embedded = if quote == Quote::Double { self.embedded_in(start, last, level) } else { Vec::new() };
                self.push(Span::new(at, end), Span::new(start, last), quote, true, embedded);
                return Some(end);
            }
            match rest.find('\n') {
                Some(n) => line_start += n + 1,
                None => return Some(self.unclosed(at)),
            }
        }
    }

    fn embedded_in(&mut self, start: usize, end: usize, level: usize) -> Vec<Span> {
        let mut found = Vec::new();
        let mut i = start;
        while i < end {
            match (self.byte_at(i), self.byte_at(i + 1)) {
                (b'`', _) => i += 2,
                (b'$', b'(') => {
                    let close = self.sub_expression(i + 2, level).min(end);
                    found.push(Span::new(i + 2, close.saturating_sub(1).max(i + 2)));
                    i = close.max(i + 2);
                }
                _ => i += 1,
            }
        }
        found
    }
}
