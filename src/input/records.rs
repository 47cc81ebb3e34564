//! Lists of records in the text: the items of a `$batch`, the entries of an archive. What stands in one
//! record says nothing about another, and the items of a batch name their requests by id alone.

use super::fields::{Budget, Field, Form, Key, clean, quote_at, quoted_end, slashes_at};
use super::{Fact, Span};
use crate::source::slice;

/// One element of a list.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) span: Span,
    /// Its own `id`, not one of what it holds.
    pub(crate) id: Option<Fact<String>>,
    /// It is an answer; else a request.
    pub(crate) answer: bool,
    /// Its own `status`, wherever it stands among its keys.
    pub(crate) status: Option<Span>,
}

impl Record {
    /// Whether it is the answer to a part of a batch.
    pub(crate) const fn is_part(&self) -> bool {
        self.answer && self.id.is_some()
    }
}

/// Longer lists are not followed.
const MAX_LIST: usize = 64 << 20;
/// What is nested deeper is no list of records, but torn.
const MAX_DEPTH: usize = 1 << 16;
/// Long strings (the bodies in an archive) are followed this far for their end.
const MAX_TEXT: usize = 4 << 20;
/// A request is not more records away from its answer.
const FAR: usize = 8192;

/// All records of all lists, in the order of the text; none inside another.
pub(crate) fn find(text: &str, fields: &[Field]) -> Vec<Record> {
    let mut budget = Budget::of(text.len());
    let mut records: Vec<Record> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let is_list = matches!(field.key, Key::Answers | Key::Requests) && field.form == Form::Nested;
        let taken = records.last().is_some_and(|last| field.value.start < last.span.end);
        if !is_list || taken || !slice(text, field.value.start..field.value.end).starts_with('[') {
            continue;
        }
        let answer = field.key == Key::Answers;
        let is_entries = slice(text, field.start..field.value.start).contains("entries");
        let mut rest = fields.get(index..).unwrap_or_default();
        for (span, children) in elements(text, field.value.start, &mut budget) {
            // Entries of a log or of an event are no calls.
            if answer && is_entries && !is_call(slice(text, span.start..span.end)) {
                continue;
            }
            let skip = rest.partition_point(|field| field.start < span.start);
            rest = rest.get(skip..).unwrap_or_default();
            // They follow each other.
            let is_nested = |at: usize| {
                let next = children.partition_point(|child| child.start <= at);
                next.checked_sub(1).and_then(|last| children.get(last)).is_some_and(|child| at < child.end)
            };
            let own = |key: Key| {
                let fields = rest.iter().take_while(|field| field.start < span.end);
                let mut own = fields.filter(|field| field.key == key && field.form != Form::Nested);
                own.find(|field| !is_nested(field.start))
            };
            let id = own(Key::Id).map(|field| Fact::text(clean(text, field.value), field.value));
            let id = id.filter(|id| !id.value.is_empty());
            records.push(Record { span, id, answer, status: own(Key::Status).map(|field| field.value) });
        }
    }
    crate::order::sort_by_key(&mut records, |record| record.span.start);
    records
}

/// Whether an entry of an archive is one: it has a request or an answer.
fn is_call(entry: &str) -> bool {
    ["response", "request"].iter().any(|key| memchr::memmem::find(entry.as_bytes(), key.as_bytes()).is_some())
}

/// The elements of the list that opens at `start`, each with the spans of what is nested in it. An
/// element that is cut ends with the text.
fn elements(text: &str, start: usize, budget: &mut Budget) -> Vec<(Span, Vec<Span>)> {
    let bytes = text.as_bytes();
    let limit = budget.limit(text, start, MAX_LIST);
    let mut found: Vec<(Span, Vec<Span>)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut children = Vec::new();
    let mut at = start;
    while at < limit {
        let Some(next) = bytes.get(at..limit).and_then(|rest| {
            rest.iter().position(|byte| matches!(byte, b'{' | b'}' | b'[' | b']' | b'"' | b'\\' | b'\''))
        }) else {
            break;
        };
        at += next;
        match bytes.get(at) {
            Some(b'{' | b'[') if open.len() == MAX_DEPTH => break,
            Some(b'{' | b'[') => open.push(at),
            Some(b'}' | b']') => {
                let Some(from) = open.pop() else { break };
                match open.len() {
                    0 => break,
                    1 => found.push((Span::new(from, at + 1), std::mem::take(&mut children))),
                    2 => children.push(Span::new(from, at + 1)),
                    _ => {}
                }
            }
            // What stands in quotes is no structure; a quote without a partner is only a character.
            _ => {
                if bytes.get(at) == Some(&b'\'') {
                    at = end_of_key(bytes, at).unwrap_or(at);
                }
                if let Some((quote, after)) = quote_at(text, at) {
                    let (end, closed) = quoted_end(text, after, quote, MAX_TEXT, budget);
                    let closing = if closed { quote_at(text, end) } else { None };
                    at = closing.map_or(after, |(_, behind)| behind);
                    continue;
                }
                at += slashes_at(bytes, at).max(1);
                continue;
            }
        }
        at += 1;
    }
    budget.spend(at.saturating_sub(start));
    if let (Some(&from), true) = (open.get(1), open.len() > 1) {
        children.extend(open.get(2).map(|&child| Span::new(child, text.len())));
        found.push((Span::new(from, at.min(text.len())), children));
    }
    found
}

/// Where a key in single quotes ends, `'status':`.
fn end_of_key(bytes: &[u8], quote: usize) -> Option<usize> {
    let rest = bytes.get(quote + 1..)?;
    let name = rest.iter().take(64).take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.@$".contains(byte)).count();
    rest.get(name..)?.starts_with(b"':").then_some(quote + name + 2)
}

/// The record that holds a place.
pub(crate) fn holding(records: &[Record], at: usize) -> Option<&Record> {
    let index = records.partition_point(|record| record.span.start <= at).checked_sub(1)?;
    records.get(index).filter(|record| at < record.span.end)
}

/// The request record of the same id that is nearest before an answer, else the first behind it.
pub(crate) fn request_of<'r>(records: &'r [Record], answer: &Record) -> Option<&'r Record> {
    let id = &answer.id.as_ref()?.value;
    let same = |record: &&Record| !record.answer && record.id.as_ref().is_some_and(|own| own.value == *id);
    let at = records.partition_point(|record| record.span.start < answer.span.start);
    let (before, behind) = records.split_at_checked(at)?;
    before.iter().rev().take(FAR).find(same).or_else(|| behind.iter().take(FAR).find(same))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

    use super::*;
    use crate::input::fields;

    #[test]
    fn items_and_their_requests() {
        let text = r#"{"requests":[{"id":"1","url":"/a","body":{"id":"x"}},{"url":"/b","id":"2"}]}
            {"responses":[{"id":"2","status":403,"body":{"id":"y","error":{"message":"] } in words"}}},{"status":200,"body":{"id":"1"},"id":"1"}]}"#;
        let records = find(text, &fields::find(text));
        let ids: Vec<_> =
            records.iter().map(|record| (record.id.as_ref().unwrap().value.as_str(), record.answer)).collect();
        assert_eq!(ids, [("1", false), ("2", false), ("2", true), ("1", true)]);
        assert!(slice(text, records[2].span.start..records[2].span.end).ends_with("words\"}}}"));
        assert_eq!(request_of(&records, &records[2]).unwrap().span, records[1].span);
    }

    #[test]
    fn a_cut_list_keeps_its_last_element() {
        let text = r#"{"responses":[{"id":"1","status":200,"body":{}},{"id":"2","status":403,"body":{"error":{"code":"#;
        let records = find(text, &fields::find(text));
        assert_eq!(records.len(), 2);
        assert_eq!(records[1].id.as_ref().unwrap().value, "2");
    }
}
