//! Values of expressions, as far as they are constant. Commands inside are run on the way.

use tree_sitter::Node;

use super::env::{is_block, plain};
use super::loops::{LONGEST_LIST, is_step};
use super::methods::{changed, changes, formatted, joined, runs, split};
use super::sessions::{USER_OBJECT, kind_of};
use super::value::{Entry, Gathered, Literal, Value};
use super::walk::{Leaving, Walker, named};
use crate::input::Span;

/// The node below wrappers that hold nothing else.
pub(super) fn unwrapped(mut node: Node<'_>) -> Node<'_> {
    while matches!(
        node.kind(),
        "left_assignment_expression"
            | "logical_expression"
            | "bitwise_expression"
            | "comparison_expression"
            | "additive_expression"
            | "multiplicative_expression"
            | "format_expression"
            | "range_expression"
            | "array_literal_expression"
            | "unary_expression"
            | "argument_expression"
            | "logical_argument_expression"
            | "bitwise_argument_expression"
            | "comparison_argument_expression"
            | "additive_argument_expression"
            | "multiplicative_argument_expression"
            | "format_argument_expression"
            | "range_argument_expression"
            | "key_expression"
            | "member_name"
            | "string_literal"
            | "integer_literal"
    ) && node.child_count() == 1
    {
        match node.named_child(0) {
            Some(child) => node = child,
            None => break,
        }
    }
    node
}

/// What `+` gives.
pub(super) fn add(left: Value, right: Value, span: Span) -> Value {
    match (left, right) {
        // What stands without quotes is a number, and makes one of what is added.
        (Value::Text(a), Value::Text(b)) if is_number(&a) => {
            let sum =
                a.text.parse::<u32>().ok().zip(b.text.trim().parse::<u32>().ok()).and_then(|(a, b)| a.checked_add(b));
            sum.map_or(Value::UNKNOWN, |sum| Value::Text(number(u64::from(sum), span)))
        }
        (Value::Text(a), Value::Text(b)) => {
            Value::Text(Literal { text: format!("{}{}", a.text, b.text), span, inner: None })
        }
        (Value::List(mut a, _), Value::List(b, _)) => {
            a.extend(b);
            Value::List(a, span)
        }
        (Value::List(mut a, _), b) => {
            a.push(b);
            Value::List(a, span)
        }
        _ => Value::UNKNOWN,
    }
}

/// The numbers of `first..last`, if they are few.
pub(super) fn range(first: &str, last: &str, span: Span) -> Value {
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last && last - first < LONGEST_LIST as u64 => {
            Value::List((first..=last).map(|n| Value::Text(number(n, span))).collect(), span)
        }
        _ => Value::UNKNOWN,
    }
}

/// A number as it would be written at `span`.
fn number(number: u64, span: Span) -> Literal {
    Literal { text: number.to_string(), span, inner: Some(span) }
}

/// Whether a text is a number without quotes.
fn is_number(literal: &Literal) -> bool {
    literal.inner == Some(literal.span) && literal.text.bytes().all(|b| b.is_ascii_digit()) && !literal.text.is_empty()
}

/// What `[char]` makes of a number or of one character.
fn character(literal: Literal) -> Value {
    let text = literal.text.trim();
    let number = match text.get(..2).filter(|start| start.eq_ignore_ascii_case("0x")) {
        Some(_) => u32::from_str_radix(text.get(2..).unwrap_or_default(), 16).ok(),
        None => text.parse().ok(),
    };
    // What stands in quotes is no number.
    let bare = literal.inner.is_none_or(|inner| inner == literal.span);
    let mut written = literal.text.chars();
    match (number.filter(|_| bare), written.next(), written.next()) {
        // A half of a surrogate pair is no character by itself.
        (Some(number), ..) => match char::from_u32(number).filter(|_| number <= 0xFFFF) {
            Some(character) => Value::Text(Literal { text: character.to_string(), inner: None, ..literal }),
            None => Value::UNKNOWN,
        },
        (None, Some(_), None) => Value::Text(literal),
        _ => Value::UNKNOWN,
    }
}

/// What a type in front makes of a value; `kind` is lower case, brackets and attributes included.
pub(super) fn cast(kind: &str, value: Value) -> Value {
    let has = |name: &str| kind.contains(&format!("[{name}]"));
    if !kind.contains('[') || ["ordered", "hashtable", "pscustomobject", "psobject", "object"].iter().any(|n| has(n)) {
        return value;
    }
    let listed = kind.contains("[]") || has("array") || kind.contains("list[");
    match value {
        Value::Text(literal) if listed => {
            let span = literal.span;
            Value::List(vec![Value::Text(literal)], span)
        }
        Value::List(..) if has("string") || has("guid") => Value::UNKNOWN,
        // A `[string]` parameter makes a fix of the literal into a list wrong.
        Value::Text(literal) if has("string") => Value::Text(Literal { inner: None, ..literal }),
        Value::Bool(_) | Value::Null if has("string") => Value::UNKNOWN,
        Value::Text(literal) if has("char") => character(literal),
        Value::Text(_) if has("switch") || has("bool") || has("int") => Value::UNKNOWN,
        value => value,
    }
}

impl<'a> Walker<'a> {
    pub(super) fn all(&mut self, node: Node<'a>) {
        for child in named(node) {
            self.eval(child);
        }
    }

    /// The value of an expression.
    pub(super) fn eval(&mut self, node: Node<'a>) -> Value {
        let node = unwrapped(node);
        let value = self.deeper(node, |walker| walker.eval_kind(node));
        if value.fits(&mut self.env.largest.clone()) { value } else { Value::UNKNOWN }
    }

    fn eval_kind(&mut self, node: Node<'a>) -> Value {
        let span = self.piece.span(node);
        match node.kind() {
            "verbatim_string_characters" | "expandable_string_literal" | "string_literal" => self.string(node),
            "generic_token" if self.piece.masked.strings.contains_key(&node.start_byte()) => self.string(node),
            "generic_token" => self.bare(span),
            "decimal_integer_literal" | "hexadecimal_integer_literal" | "real_literal" | "integer_literal" => {
                let text = self.piece.text(node).to_owned();
                Value::Text(Literal { text, span, inner: Some(span) })
            }
            "variable" if !self.piece.text(node).starts_with(['$', '@']) => self.bare(span),
            "variable" => self.variable(node),
            "array_literal_expression" => {
                let mut items = Gathered::new(self.env.largest);
                for child in named(node) {
                    items.push(self.eval(child));
                }
                items.finish().map_or(Value::UNKNOWN, |items| Value::List(items, span))
            }
            "parenthesized_expression" => {
                let mut value = Value::UNKNOWN;
                for child in named(node) {
                    value = self.part_of(child);
                }
                value
            }
            "sub_expression" => match self.macro_value(node) {
                Some(filled) => filled,
                None => match self.items(node).unwrap_or_default().as_mut_slice() {
                    [only] => std::mem::replace(only, Value::UNKNOWN),
                    _ => Value::UNKNOWN,
                },
            },
            "array_expression" => {
                let mut items = Vec::new();
                let Some(found) = self.items(node) else { return Value::UNKNOWN };
                for item in found {
                    match item {
                        Value::List(inner, _) => items.extend(inner),
                        item => items.push(item),
                    }
                }
                Value::List(items, span)
            }
            "hash_literal_expression" => self.table(node, span),
            "expression_with_unary_operator" | "cast_expression" if self.is_reference(node) => {
                // Whoever gets it may give the variable anything.
                for name in self.variables_in(node) {
                    self.env.set(&name, Value::UNKNOWN, None);
                    if !self.stack.is_empty() {
                        self.outer.push(name);
                    }
                }
                Value::UNKNOWN
            }
            "expression_with_unary_operator" => {
                let value = named(node).pop().map_or(Value::UNKNOWN, |child| self.eval(child));
                let text = self.piece.text(node);
                if text.starts_with('!') || text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("-not")) {
                    let negated = self.env.truth(&value).negated();
                    return self.env.condition(negated);
                }
                match (text.as_bytes().first(), value) {
                    (Some(b','), value) => Value::List(vec![value], span),
                    (Some(b'['), value) => value,
                    _ => Value::UNKNOWN,
                }
            }
            "cast_expression" => {
                let parts = named(node);
                let kind = parts.first().map(|n| self.piece.text(*n).to_lowercase()).unwrap_or_default();
                let value = parts.get(1).map_or(Value::UNKNOWN, |n| self.eval(*n));
                match kind.as_str() {
                    "[void]" => Value::UNKNOWN,
                    // A cast in an expression changes no literal for good.
                    "[string]" | "[guid]" if matches!(value, Value::Text(_)) => value,
                    kind => cast(kind, value),
                }
            }
            "additive_expression" | "additive_argument_expression" => {
                let parts = named(node);
                let plus = node.child(1).is_some_and(|n| n.kind() == "+");
                let mut values = parts.into_iter().map(|n| self.eval(n)).collect::<Vec<_>>().into_iter();
                match (values.next(), values.next()) {
                    (Some(a), Some(b)) if plus => self.plus(a, b, span),
                    _ => Value::UNKNOWN,
                }
            }
            "comparison_expression"
            | "comparison_argument_expression"
            | "format_expression"
            | "format_argument_expression" => self.operation(node, span),
            "logical_expression" | "logical_argument_expression" => self.logical(node),
            "range_expression" | "range_argument_expression" => self.range(node, span),
            kind if is_step(kind) => self.step(node, span),
            "member_access" => self.member(node),
            "element_access" => self.element(node),
            "invokation_expression" => self.invocation(node),
            "script_block_expression" => {
                let kept = std::mem::replace(&mut self.context.kept, true);
                let left = self.left;
                self.apart(|walker| walker.script_block(node, None));
                self.left = left;
                self.context.kept = kept;
                self.env.block()
            }
            "pipeline" | "statement_list" | "statement_block" | "script_block" => self.part_of(node),
            _ => {
                self.all(node);
                Value::UNKNOWN
            }
        }
    }

    /// `[ref]$variable`
    fn is_reference(&self, node: Node<'a>) -> bool {
        self.piece.text(node).get(..5).is_some_and(|start| start.eq_ignore_ascii_case("[ref]"))
    }

    /// The values of the statements below `$(...)` or `@(...)`; `None` = they are too large.
    fn items(&mut self, node: Node<'a>) -> Option<Vec<Value>> {
        let mut values = Gathered::new(self.env.largest);
        for list in named(node) {
            for child in named(list) {
                if child.kind() != "empty_statement" {
                    values.push(self.part_of(child));
                }
            }
        }
        values.finish()
    }

    /// A bare word.
    fn bare(&mut self, span: Span) -> Value {
        let base = self.piece.base;
        let text = self.piece.code.get(span.start - base..span.end - base).unwrap_or_default();
        if text.contains(['$', '"', '\'', '(']) || text.contains("${{") {
            return Value::UNKNOWN;
        }
        let inner = if text.contains('`') { None } else { Some(span) };
        Value::Text(Literal { text: text.replace('`', ""), span, inner })
    }

    fn variable(&mut self, node: Node<'a>) -> Value {
        let name = plain(self.piece.text(node));
        match name.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => self.env.get(&name),
        }
    }

    fn table(&mut self, node: Node<'a>, span: Span) -> Value {
        let mut entries = Vec::new();
        let mut known = true;
        let mut left = self.env.largest;
        for entry in named(node).into_iter().flat_map(named) {
            let mut key = None;
            let mut value = None;
            for part in named(entry) {
                if part.kind() == "key_expression" {
                    key = self.key(part);
                } else {
                    let place = self.piece.span(part);
                    value = Some((self.part_of(part), place));
                    self.note_given(part, place);
                }
            }
            match (key, value) {
                (Some((key, key_span)), Some((value, value_span))) if value.fits(&mut left) => {
                    entries.push(Entry { key, key_span, value, value_span });
                }
                _ => known = false,
            }
            if !known {
                entries.clear();
            }
        }
        if known { Value::Table(entries, span) } else { Value::UNKNOWN }
    }

    /// The key of a hashtable entry, the name of a member or a constant index.
    pub(super) fn key(&mut self, node: Node<'a>) -> Option<(String, Span)> {
        let inner = unwrapped(node);
        let span = self.piece.span(inner);
        if inner.kind() == "simple_name" {
            return Some((self.piece.text(inner).trim().to_owned(), span));
        }
        match self.eval(inner) {
            Value::Text(literal) => Some((literal.text, span)),
            _ => None,
        }
    }

    /// What `-join`, `-split` and `-f` give; other operators only run what is in them.
    fn operation(&mut self, node: Node<'a>, span: Span) -> Value {
        let parts = named(node);
        let operator = parts.iter().find(|n| n.kind().ends_with("_operator")).map(|n| self.piece.text(*n));
        let operator = operator.unwrap_or_default().trim_start_matches(|c: char| !c.is_alphabetic()).to_lowercase();
        let mut values: Vec<Value> =
            parts.iter().filter(|n| !n.kind().ends_with("_operator")).map(|n| self.eval(*n)).collect();
        let (Some(right), Some(left)) = (values.pop(), values.pop()) else { return Value::UNKNOWN };
        match operator.as_str() {
            "join" => right.text().and_then(|with| joined(&left, &with.text, span)).unwrap_or(Value::UNKNOWN),
            "split" => right.text().and_then(|at| split(&left, &at.text)).unwrap_or(Value::UNKNOWN),
            "f" => formatted(&left, &right, span).unwrap_or(Value::UNKNOWN),
            "eq" | "ieq" | "ne" | "ine" | "contains" | "icontains" | "notcontains" | "inotcontains" | "in" | "iin"
            | "notin" | "inotin" => {
                let operator = operator.strip_prefix('i').filter(|it| !matches!(*it, "n" | "")).unwrap_or(&operator);
                let condition = match operator {
                    "eq" => self.env.equal(&left, &right),
                    "ne" => self.env.equal(&left, &right).negated(),
                    "contains" => self.env.contains(&left, &right),
                    "notcontains" => self.env.contains(&left, &right).negated(),
                    "in" => self.env.contains(&right, &left),
                    _ => self.env.contains(&right, &left).negated(),
                };
                self.env.condition(condition)
            }
            _ => Value::UNKNOWN,
        }
    }

    /// What `+` gives; of a policy's own list, that list and more.
    pub(super) fn plus(&mut self, left: Value, right: Value, span: Span) -> Value {
        if matches!(left, Value::Unknown(_)) { self.env.merged_list(&left, &right) } else { add(left, right, span) }
    }

    /// `$i++` and its like.
    fn step(&mut self, node: Node<'a>, span: Span) -> Value {
        let Some(variable) = named(node).pop().map(unwrapped).filter(|n| n.kind() == "variable") else {
            self.all(node);
            return Value::UNKNOWN;
        };
        let name = plain(self.piece.text(variable));
        let stepped = match self.env.get(&name) {
            Value::Text(literal) if is_number(&literal) && node.kind().contains("increment") => {
                add(Value::Text(literal), Value::Text(number(1, span)), span)
            }
            _ => Value::UNKNOWN,
        };
        self.env.set(&name, stepped, Some(span));
        Value::UNKNOWN
    }

    /// `1..3`
    fn range(&mut self, node: Node<'a>, span: Span) -> Value {
        let ends: Vec<Value> = named(node).into_iter().map(|n| self.eval(n)).collect();
        match ends.iter().map(Value::text).collect::<Vec<_>>().as_slice() {
            [Some(first), Some(last)] => range(&first.text, &last.text, span),
            _ => Value::UNKNOWN,
        }
    }

    fn member(&mut self, node: Node<'a>) -> Value {
        let parts = named(node);
        let (Some(owner), Some(name)) = (parts.first(), parts.get(1)) else { return Value::UNKNOWN };
        // `[System.Management.Automation.ActionPreference]::Stop` is the text `Stop` wherever it is used.
        let kind = self.piece.text(*owner);
        if kind.starts_with('[') && kind.to_ascii_lowercase().ends_with("actionpreference]") {
            let span = self.piece.span(node);
            let text = self.piece.text(*name).trim().to_owned();
            return Value::Text(Literal { text, span, inner: None });
        }
        let owner = self.eval(*owner);
        let Some((key, _)) = self.key(*name) else { return Value::UNKNOWN };
        self.member_of(&owner, &key)
    }

    /// A member of a value; what a list or table counts is a number.
    pub(super) fn member_of(&self, owner: &Value, key: &str) -> Value {
        let count = |items: usize, span: Span| Value::Text(number(items as u64, span));
        match owner {
            Value::Table(entries, span) => match (owner.entry(key), key.to_lowercase().as_str()) {
                (Some(entry), _) => entry.value.clone(),
                (None, "keys") => Value::List(entries.iter().map(key_of).collect(), *span),
                (None, "values") => Value::List(entries.iter().map(|entry| entry.value.clone()).collect(), *span),
                (None, "count") => count(entries.len(), *span),
                _ => Value::UNKNOWN,
            },
            Value::List(items, span) if ["count", "length"].iter().any(|name| key.eq_ignore_ascii_case(name)) => {
                count(items.len(), *span)
            }
            Value::List(items, span) if kind_of(owner).is_some() => {
                Value::List(items.iter().map(|item| self.member_of(item, key)).collect(), *span)
            }
            Value::Unknown(Some(symbol)) => match self.env.name_of(symbol) {
                Some(name) if key.eq_ignore_ascii_case("Identity") => name.clone(),
                // Each of them is the same user.
                Some(name)
                    if symbol.starts_with(USER_OBJECT)
                        && ["id", "objectid", "userprincipalname"].iter().any(|it| key.eq_ignore_ascii_case(it)) =>
                {
                    name.clone()
                }
                _ => part(symbol, &format!(".{}", key.to_lowercase())),
            },
            _ => Value::UNKNOWN,
        }
    }

    fn element(&mut self, node: Node<'a>) -> Value {
        let parts = named(node);
        let (Some(owner), Some(index)) = (parts.first(), parts.get(1)) else { return Value::UNKNOWN };
        let owner = self.eval(*owner);
        let Some((key, _)) = self.key(*index) else {
            // Whichever it is, it is a text.
            let textual = match &owner {
                Value::Table(entries, _) => entries.iter().all(|entry| entry.value.is_textual()),
                owner => owner.is_textual(),
            };
            return if textual { self.env.text("item") } else { Value::UNKNOWN };
        };
        match &owner {
            Value::Table(..) => owner.entry(&key).map_or(Value::UNKNOWN, |entry| entry.value.clone()),
            Value::List(items, _) => {
                key.parse::<usize>().ok().and_then(|n| items.get(n)).cloned().unwrap_or(Value::UNKNOWN)
            }
            Value::Unknown(Some(symbol)) => {
                let (symbol, mark) = symbol.strip_suffix(":text").map_or((symbol.as_str(), ""), |s| (s, ":text"));
                part(symbol, &format!("[{}]{mark}", key.to_lowercase()))
            }
            _ => Value::UNKNOWN,
        }
    }

    /// Whether what an expression gives is run on the spot: `(...).Invoke()`.
    fn is_invoked(&self, node: Node<'a>) -> bool {
        let Some(parent) = node.parent().filter(|it| it.kind() == "invokation_expression") else { return false };
        let name = named(parent).get(1).map(|it| self.piece.text(*it).to_lowercase());
        name.is_some_and(|name| name.starts_with("invoke"))
    }

    fn invocation(&mut self, node: Node<'a>) -> Value {
        let parts = named(node);
        let owner = parts.first().map_or(Value::UNKNOWN, |n| self.eval(*n));
        let name = parts.get(1).filter(|n| n.kind() == "member_name").map(|n| self.piece.text(*n).to_lowercase());
        let mut given = Vec::new();
        for part in parts.iter().skip(1).filter(|n| n.kind() != "member_name") {
            match script_block(*part).filter(|_| name.as_deref() == Some("foreach")) {
                Some(block) => self.script_block(block, Some(&owner)),
                None if part.kind() == "argument_list" => given = self.arguments(*part),
                None => {
                    self.eval(*part);
                }
            }
        }
        let span = self.piece.span(node);
        let kind = parts.first().map(|n| self.piece.text(*n).to_ascii_lowercase()).unwrap_or_default();
        if let (Some("create"), [Value::Text(text)]) = (name.as_deref(), given.as_slice())
            && kind.ends_with("scriptblock]")
        {
            let text = text.clone();
            let later = !self.is_invoked(node);
            let kept = std::mem::replace(&mut self.context.kept, later);
            let followed = self.text_as_script(&text);
            self.context.kept = kept;
            return if followed { self.env.block() } else { Value::UNKNOWN };
        }
        let starts = kind.ends_with("process]") && name.as_deref() == Some("start");
        let loads = kind.ends_with("assembly]")
            && matches!(name.as_deref(), Some("load" | "loadfrom" | "loadfile" | "unsafeloadfrom"));
        if name.as_deref().is_some_and(runs) && !is_block(&owner) || starts || loads {
            self.unfollowed(span, None);
        }
        if kind.ends_with("environment]") && name.as_deref() == Some("exit") {
            (self.left, self.leaving) = (true, Leaving::Exit);
        }
        match (name.as_deref(), given.as_slice()) {
            (Some("join"), [with, items]) if matches!(kind.as_str(), "[string]" | "[system.string]") => {
                return with.text().and_then(|with| joined(items, &with.text, span)).unwrap_or(Value::UNKNOWN);
            }
            (Some("split"), [at]) => {
                return at.text().and_then(|at| split(&owner, &at.text)).unwrap_or(Value::UNKNOWN);
            }
            _ => {}
        }
        if let (Some(name), Some(variable)) = (name.as_deref(), parts.first().filter(|n| n.kind() == "variable"))
            && changes(name)
            && matches!(owner, Value::List(..) | Value::Table(..))
        {
            let variable = plain(self.piece.text(*variable));
            self.forget_others(&variable, &owner);
            let changed = changed(&owner, name, &given, span);
            self.env.set(&variable, changed, Some(span));
            return Value::UNKNOWN;
        }
        // `[array]::Reverse($list)`
        if kind.ends_with("array]") && !matches!(name.as_deref(), Some("indexof" | "find" | "findall" | "exists")) {
            for argument in parts.iter().filter(|n| n.kind() == "argument_list") {
                for variable in self.variables_in(*argument) {
                    let value = self.env.get(&variable);
                    self.forget_others(&variable, &value);
                    self.env.set(&variable, Value::UNKNOWN, Some(span));
                }
            }
        }
        let bare = parts.last().is_some_and(|n| self.piece.text(*n).replace(char::is_whitespace, "") == "()");
        match (name.as_deref(), owner) {
            (Some("getenumerator"), Value::Table(entries, span)) if bare => {
                Value::List(entries.into_iter().map(pair).collect(), span)
            }
            (Some("tostring" | "trim" | "clone" | "tolower" | "toupper"), owner) if bare => owner,
            _ => Value::UNKNOWN,
        }
    }

    /// The values of a method's arguments.
    fn arguments(&mut self, node: Node<'a>) -> Vec<Value> {
        named(node).into_iter().flat_map(named).map(|argument| self.eval(argument)).collect()
    }
}

/// The key of an entry as a value.
fn key_of(entry: &Entry) -> Value {
    Value::Text(Literal { text: entry.key.clone(), span: entry.key_span, inner: None })
}

/// An entry as a loop over the table gets it.
fn pair(entry: Entry) -> Value {
    let key = key_of(&entry);
    let part = |name: &str, value: &Value, place| Entry {
        key: name.to_owned(),
        key_span: entry.key_span,
        value: value.clone(),
        value_span: place,
    };
    let entries = vec![
        part("Key", &key, entry.key_span),
        part("Name", &key, entry.key_span),
        part("Value", &entry.value, entry.value_span),
    ];
    Value::Table(entries, entry.key_span)
}

/// The script block that is the only argument.
fn script_block(mut node: Node<'_>) -> Option<Node<'_>> {
    loop {
        node = unwrapped(node);
        match node.kind() {
            "script_block_expression" => return Some(node),
            "argument_list" | "argument_expression_list" if node.named_child_count() == 1 => {
                node = node.named_child(0)?
            }
            _ => return None,
        }
    }
}

/// A part of a value that is not known.
fn part(symbol: &str, key: &str) -> Value {
    // Nobody writes longer ones, and their copies would add up.
    if symbol.len() + key.len() > 200 { Value::UNKNOWN } else { Value::Unknown(Some(format!("{symbol}{key}"))) }
}
