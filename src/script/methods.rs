//! What methods and operators make of constant texts, lists and tables.

use super::value::{Entry, Literal, Value};
use crate::input::Span;

/// Longest text that `-join` and `-f` are followed to.
const LONGEST: usize = 1 << 20;

/// Whether a method runs a script, or takes one to be run.
pub(super) fn runs(method: &str) -> bool {
    method.starts_with("invoke")
        || matches!(method, "begininvoke" | "dynamicinvoke" | "addscript" | "addcommand" | "newscriptblock")
        // Of objects of other programs.
        || matches!(method, "run" | "exec" | "shellexecute" | "executestatement" | "runscript" | "addcode")
}

/// Whether a method of a list or table changes it.
pub(super) fn changes(method: &str) -> bool {
    [
        "add",
        "addrange",
        "insert",
        "insertrange",
        "remove",
        "removeat",
        "removeall",
        "removerange",
        "clear",
        "reverse",
        "sort",
        "setvalue",
        "set_item",
    ]
    .iter()
    .any(|name| method.eq_ignore_ascii_case(name))
}

/// A list or table after such a method.
pub(super) fn changed(owner: &Value, method: &str, given: &[Value], span: Span) -> Value {
    match (owner, given) {
        (Value::List(items, place), [item]) if method == "add" => {
            let mut items = items.clone();
            items.push(item.clone());
            Value::List(items, *place)
        }
        (Value::Table(entries, place), [key, value]) if method == "add" => {
            let Some(key) = key.text() else { return Value::UNKNOWN };
            let mut entries = entries.clone();
            entries.push(Entry {
                key: key.text.clone(),
                key_span: key.span,
                value: value.clone(),
                value_span: value.span().unwrap_or(span),
            });
            Value::Table(entries, *place)
        }
        _ => Value::UNKNOWN,
    }
}

/// One text of constant ones.
pub(super) fn joined(items: &Value, with: &str, span: Span) -> Option<Value> {
    let texts = constant_texts(items)?;
    if texts.len().saturating_mul(with.len()) > LONGEST {
        return None;
    }
    let text = texts.iter().map(|literal| literal.text.as_str()).collect::<Vec<_>>().join(with);
    // One item is itself, so that what is said of it has its place.
    match texts.as_slice() {
        [only] => Some(Value::Text((*only).clone())),
        _ => Some(Value::Text(Literal { text, span, inner: None })),
    }
}

/// The parts of a constant text; the separator is taken as a pattern by PowerShell, so only plain ones are followed.
pub(super) fn split(text: &Value, at: &str) -> Option<Value> {
    let literal = text.text()?;
    if at.is_empty() || !at.chars().all(|c| matches!(c, ',' | ';' | ' ' | '\n' | '\r')) {
        return None;
    }
    let part = |text: &str| Value::Text(Literal { text: text.to_owned(), span: literal.span, inner: None });
    Some(Value::List(literal.text.split(at).map(part).collect(), literal.span))
}

/// `"{0}-{1}" -f $a, $b`
pub(super) fn formatted(format: &Value, items: &Value, span: Span) -> Option<Value> {
    let values = constant_texts(items)?;
    let mut text = String::new();
    let mut rest = format.text()?.text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let (index, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(&values.get(index.parse::<usize>().ok()?)?.text);
        if text.len() > LONGEST {
            return None;
        }
        rest = after;
    }
    if rest.contains('}') || text.contains('}') {
        return None;
    }
    text.push_str(rest);
    Some(Value::Text(Literal { text, span, inner: None }))
}

/// The texts of a value that holds nothing else.
fn constant_texts(value: &Value) -> Option<Vec<&Literal>> {
    match value {
        Value::Text(literal) => Some(vec![literal]),
        Value::List(items, _) => {
            items.iter().map(|item| if let Value::Text(literal) = item { Some(literal) } else { None }).collect()
        }
        _ => None,
    }
}
