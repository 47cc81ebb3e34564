//! Values of quoted texts: what is escaped, and what a text in double quotes names.

use tree_sitter::Node;

use super::env::plain;
use super::mask::{Quote, Quoted, is_double_quote, is_single_quote};
use super::methods::joined;
use super::value::{Literal, Value};
use super::walk::Walker;
use crate::input::Span;

impl<'a> Walker<'a> {
    /// The value of a quoted text.
    pub(super) fn string(&mut self, node: Node<'a>) -> Value {
        let Some(quoted) = self.piece.masked.strings.get(&node.start_byte()).cloned() else { return Value::UNKNOWN };
        let span = self.piece.place(quoted.span.start, quoted.span.end);
        let raw = self.piece.code.get(quoted.inner.start..quoted.inner.end).unwrap_or_default();
        // A secret was here, of which nothing is shown.
        if raw.len() > 2 && raw.bytes().all(|byte| byte == b'*') {
            return self.env.text("secret");
        }
        // What a template will put there is a text, and the same one wherever it stands.
        if self.piece.template.fills(raw) {
            return text_symbol(raw);
        }
        let mut known = true;
        let filled = self.with_macros(raw);
        let text = match quoted.quote {
            Quote::Single if filled.is_some() => {
                known = false;
                filled
            }
            Quote::Single if quoted.here => Some(raw.to_owned()),
            Quote::Single => Some(undoubled(raw)),
            Quote::Double => self.expanded(&quoted, raw, &mut known),
        };
        match text {
            Some(text) if !known => text_symbol(&text),
            Some(text) => {
                let inner = self.piece.place(quoted.inner.start, quoted.inner.end);
                let inner = (text == raw && !quoted.here).then_some(inner);
                Value::Text(Literal { text, span, inner })
            }
            None => Value::UNKNOWN,
        }
    }

    /// A text with macros of the pipeline, which are put in whatever the quotes; `None` = it has none.
    fn with_macros(&self, raw: &str) -> Option<String> {
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((before, _)) = rest.split_once("$(") {
            let at = rest.get(before.len()..)?;
            let length = match self.piece.template.macro_at(at) {
                Some(found) => {
                    text.push_str(before);
                    text.push_str(&symbol_in_text(found));
                    found.len()
                }
                None => {
                    text.push_str(before);
                    text.push_str("$(");
                    2
                }
            };
            rest = at.get(length..)?;
        }
        text.push_str(rest);
        (text.len() > raw.len()).then_some(text)
    }

    /// The value of `$(name)`, where the pipeline puts one there.
    pub(super) fn macro_value(&self, node: Node<'a>) -> Option<Value> {
        let text = self.piece.text(node);
        let whole = self.piece.template.macro_at(text).filter(|found| found.len() == text.len())?;
        Some(text_symbol(&symbol_in_text(whole)))
    }

    /// The text of an expandable string. Where something that it names is not constant, its symbol stands there, and `known`
    /// is no longer true.
    fn expanded(&mut self, quoted: &Quoted, raw: &str, known: &mut bool) -> Option<String> {
        let insides: Vec<(Span, Value)> = quoted.embedded.iter().map(|span| (*span, self.inside(*span))).collect();
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(c) = rest.chars().next() {
            rest = rest.get(c.len_utf8()..)?;
            match c {
                '`' => {
                    let escaped = rest.chars().next()?;
                    rest = rest.get(escaped.len_utf8()..)?;
                    match escaped {
                        'n' => text.push('\n'),
                        't' => text.push('\t'),
                        'r' => text.push('\r'),
                        '0' => text.push('\0'),
                        '\n' | '\r' => return None,
                        other => text.push(other),
                    }
                }
                '$' if rest.starts_with('(') => {
                    let at = quoted.inner.end - rest.len() + 1;
                    let (span, value) = insides.iter().find(|(span, _)| span.start == at)?;
                    text.push_str(&self.as_text(value, span.len(), known)?);
                    rest = rest.get(span.len() + 2..)?;
                }
                '$' => {
                    let length = variable_length(rest);
                    if length == 0 {
                        text.push('$');
                        continue;
                    }
                    let name = plain(rest.get(..length)?);
                    rest = rest.get(length..)?;
                    let value = self.env.get(&name);
                    text.push_str(&self.as_text(&value, length, known)?);
                }
                c if is_double_quote(c) && !quoted.here => {
                    text.push(c);
                    let second = rest.chars().next().filter(|c| is_double_quote(*c));
                    rest = rest.get(second.map_or(0, char::len_utf8)..)?;
                }
                c => text.push(c),
            }
            if text.len() > self.env.largest {
                return None;
            }
        }
        Some(text)
    }

    /// The value of what stands between `$(` and `)` in a string.
    fn inside(&mut self, span: Span) -> Value {
        let around = self.piece.code.get(span.start.saturating_sub(2)..span.end + 1).unwrap_or_default();
        if let Some(found) = self.piece.template.macro_at(around) {
            return Value::Unknown(Some(found.to_owned()));
        }
        let written = self.piece.code.get(span.start..span.end).unwrap_or_default().trim();
        // `$name`, or members of it: `$row.Name`.
        let mut path = written.strip_prefix('$').unwrap_or_default().split('.');
        let variable = path.next().filter(|name| !name.is_empty() && variable_length(name) == name.len());
        let members: Vec<&str> = path.collect();
        let named = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_');
        match variable {
            Some(name) if members.iter().all(named) => {
                members.iter().fold(self.env.get(&plain(name)), |owner, key| self.member_of(&owner, key))
            }
            _ => self.embedded(span.start),
        }
    }

    /// What a value is in a string; a list is its items with blanks between them, unless the script says otherwise.
    fn as_text(&self, value: &Value, length: usize, known: &mut bool) -> Option<String> {
        match value {
            Value::Unknown(Some(symbol)) => {
                *known = false;
                Some(symbol_in_text(symbol))
            }
            Value::Text(literal) => Some(literal.text.clone()),
            Value::Null => Some(String::new()),
            Value::List(..) => {
                let with = self.env.get("ofs");
                let with = match &with {
                    Value::Unknown(_) => " ",
                    with => with.text().map_or("", |literal| literal.text.as_str()),
                };
                match joined(value, with, Span::new(0, length))? {
                    Value::Text(literal) => Some(literal.text),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// A value that is not known, in a text.
fn symbol_in_text(symbol: &str) -> String {
    format!("\u{1}{symbol}\u{1}")
}

/// A text of which not all is known; what is read from a policy's own list says nothing of its form.
fn text_symbol(text: &str) -> Value {
    match text.len() {
        ..=200 if !text.to_lowercase().contains(".appids") => Value::Unknown(Some(format!("{text}:text"))),
        _ => Value::UNKNOWN,
    }
}

/// Length of the variable's name after a `$` in a string.
fn variable_length(rest: &str) -> usize {
    if rest.starts_with('{') {
        return rest.find('}').map_or(0, |end| end + 1);
    }
    let mut length = 0;
    let mut characters = rest.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            c if c.is_alphanumeric() || c == '_' => length = at + c.len_utf8(),
            ':' if characters.peek().is_some_and(|(_, next)| next.is_alphanumeric() || *next == '_') => {
                length = at + 1;
            }
            _ => break,
        }
    }
    length
}

/// A verbatim string with its doubled quotes made one.
fn undoubled(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars().peekable();
    while let Some(c) = characters.next() {
        text.push(c);
        if is_single_quote(c) && characters.peek().copied().is_some_and(is_single_quote) {
            characters.next();
        }
    }
    text
}
