//! Codes that a sentence, a line of a log or a small object names beside a status or a call: an answer whose words nobody
//! printed.

use memchr::memmem;

use super::assemble::{Around, is_graph_code};
use super::fields::{Field, Form, Key};
use super::group::Group;
use super::request::Request;
use super::silent::{MANY, in_range};
use super::{Span, beside, guard, present, spoken};
use crate::both::{holds_any, is_long};
use crate::knowledge::Catalogue;
use crate::source::slice;

/// Adds codes that a line of more words names beside their status: `ERROR Graph - 404 UnknownError request-id=...`, `We get 404
/// with code UnknownError and an empty message.`
pub(super) fn add<'c>(
    text: &str,
    groups: &[Group<'c>],
    codes: &[&str],
    (catalogue, around): (&Catalogue, &Around),
    more: &mut Vec<Group<'c>>,
) {
    /// Between a status and its code.
    const BETWEEN: usize = 40;
    /// A code that others have too, and what Graph says with it: seen at `POST /me/onlineMeetings`, 405.
    const WITH_WORDS: (&str, &str) = ("MethodNotAllowed", "An error has occurred");
    let mut found = Vec::new();
    let mut others: Vec<usize> = more.iter().map(Group::start).collect();
    others.sort_unstable();
    // What only Graph's directory refuses with is an answer without its words, too.
    let refusals = catalogue.symptoms().iter().flat_map(|symptom| symptom.code.iter());
    let refusals = refusals.map(|code| &**code).filter(|code| is_graph_code(code) && code.contains('_'));
    let all: Vec<&str> = codes.iter().copied().chain(refusals).chain([WITH_WORDS.0]).collect();
    if is_long(text.len()) && !holds_any(text, &all) {
        return;
    }
    for code in all {
        for at in memmem::find_iter(text.as_bytes(), code).take(MANY) {
            let span = Span::new(at, at + code.len());
            let line = beside::line_of(text, at);
            let head = slice(text, line.start.max(at.saturating_sub(BETWEEN))..at);
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '\'' | '/' | '\\');
            let behind = slice(text, span.end..span.end + 1);
            let is_member = code.contains('_') && is_member_of_refusal(text, span);
            let is_value = || is_member || behind == "\"" && (is_logged(head) || code.contains('_') && is_valued(head));
            let quoted = is_quoted(text, span, head);
            let is_word = !head.ends_with(is_part) && !behind.starts_with(is_part) || is_value() || quoted;
            let rest = slice(text, span.end..line.end.min(span.end + BETWEEN));
            let names = |part: &str| part.split(|c: char| !c.is_alphanumeric()).any(is_refusal);
            let words = rest.len() - rest.trim_start_matches([':', ' ', '-', ',']).len();
            let has_words = words > 0 && slice(rest, words..rest.len()).starts_with(WITH_WORDS.1);
            if code == WITH_WORDS.0 && !has_words {
                continue;
            }
            let is_told = has_words
                || names(head)
                || is_member
                || quoted && names(rest)
                || is_word && is_answer_of_call(text, around, span);
            let own = if code.contains('_') { line } else { sentence_of_its_own(text, line, span) };
            let index = groups.partition_point(|group| group.end() <= own.start);
            let is_known = groups.get(index).is_some_and(|group| group.start() < own.end)
                || others.get(others.partition_point(|start| *start < own.start)).is_some_and(|start| *start < own.end);
            if is_word && is_told && !is_known && !spoken::is_spoken(text, span) && !guard::is_general(text, span) {
                let value =
                    Field { key: Key::Code, start: at, value: span, form: Form::Bare, closed: true, quoted_key: false };
                let said = if code == WITH_WORDS.0 { words..words + WITH_WORDS.1.len() } else { 0..0 };
                let said = Span::new(span.end + said.start, span.end + said.end);
                let empty = Field { key: Key::Message, value: said, ..value };
                found.push(Group {
                    span: Some(Span::new(at, said.end)),
                    code: Some(value),
                    message: Some(empty),
                    ..Group::default()
                });
            }
        }
    }
    more.extend(found);
}

/// The sentence with a code that is another failure than what the sentences before it name: it says that the message is
/// empty, or they say what the failure is not. Else the whole line.
fn sentence_of_its_own(text: &str, whole: Span, code: Span) -> Span {
    const NO_WORDS: &str =
        "empty message|message is empty|message empty|no message|without a message|without message|empty body";
    const END: &str = ". ";
    const NEAR: usize = 400;
    let line =
        Span::new(whole.start.max(code.start.saturating_sub(NEAR)), whole.end.min(code.end.saturating_add(NEAR)));
    let head = slice(text, line.start..code.start);
    let start = head.rfind(END).map_or(line.start, |at| line.start + at + END.len());
    let end = slice(text, code.end..line.end).find(END).map_or(line.end, |at| code.end + at);
    let is_wordless = spoken::holds_one_of(NO_WORDS, &slice(text, start..end).to_lowercase());
    if is_wordless || present::is_denied(slice(text, line.start..start)) { Span::new(start, end) } else { whole }
}

/// Whether a code is the value of an error in an object that has the status of a refusal as well, whatever stands first:
/// `{ "error": "Authorization_RequestDenied", "statusCode": 403 }`.
fn is_member_of_refusal(text: &str, code: Span) -> bool {
    const OBJECT: usize = 200;
    let is_quote = |c: char| matches!(c, '\\' | '"' | '\'');
    let head = slice(text, code.start.saturating_sub(OBJECT)..code.start);
    let tail = slice(text, code.end..code.end.saturating_add(OBJECT));
    let (Some(open), Some(close)) = (head.rfind(['{', '}']), tail.find(['{', '}'])) else { return false };
    let (own, rest) = (slice(head, open..head.len()), slice(tail, 0..close));
    let key = own.trim_end_matches(is_quote).trim_end().strip_suffix(':').unwrap_or_default().trim_end();
    let key = key.trim_end_matches(is_quote);
    let names = |part: &str| {
        let value =
            |at: usize| slice(part, at..part.len()).split(|c: char| !c.is_alphanumeric()).find(|it| !it.is_empty());
        part.match_indices(':').filter_map(|(at, _)| value(at)).any(is_refusal)
    };
    own.starts_with('{')
        && tail.get(close..).is_some_and(|end| end.starts_with('}'))
        && rest.starts_with(is_quote)
        && ["error", "err", "code", "reason"].iter().any(|name| key.ends_with(name))
        && (names(own) || names(rest))
}

/// Whether a sentence tells that a call of Graph was answered with a code: `Graph returned UnknownError for GET /users/...`
fn is_answer_of_call(text: &str, around: &Around, code: Span) -> bool {
    const NEAR: usize = 240;
    const ANSWERED: &str = "returned|returns|returning|got|get|getting|received|receive|receiving|answered|answers|responded|responds|gave|gives|\
         ended|ends|failed|fails|failing|throws|threw|thrown|see|seeing";
    let line = beside::line_of(text, code.start);
    let line = Span::new(line.start.max(code.start.saturating_sub(NEAR)), line.end.min(code.end.saturating_add(NEAR)));
    let calls = in_range(&around.requests, |request| request.span.start, line.start, line.end);
    let has_values = |request: &Request| !slice(text, request.path.start..request.path.end).contains(['{', '<']);
    let words = slice(text, line.start..line.end);
    calls.iter().any(has_values)
        && guard::has_word(ANSWERED, words)
        && !guard::has_word("may|might|can|could|if|what|why|should|would|never", words)
}

/// Whether a sentence quotes a code: `We receive "UnknownError" with HTTP 404`. In an object it is a key's or has one.
fn is_quoted(text: &str, code: Span, head: &str) -> bool {
    let Some(head) = head.strip_suffix(['"', '\'', '`']) else { return false };
    let behind = slice(text, code.end..code.end + 2);
    let closes = behind.starts_with(['"', '\'', '`']) && !behind.ends_with(':');
    closes
        && head.ends_with(' ')
        && head.trim_end().ends_with(char::is_alphanumeric)
        && !head.contains(['{', '"', '\''])
}

/// Whether nothing but a status stands between the beginning of a logged text and its code: `"msg": "404 UnknownError"`.
fn is_logged(head: &str) -> bool {
    let Some((key, said)) = head.rsplit_once('"') else { return false };
    let key = key.trim_end().strip_suffix(':').unwrap_or_default().trim_end().trim_end_matches('"');
    ["message", "msg", "error", "err"].iter().any(|name| key.ends_with(name)) && is_refusal(said.trim_end())
}

/// Whether a text is the value of an error beside its status: `"statusCode": 403, "error": "`.
fn is_valued(head: &str) -> bool {
    let key = head.strip_suffix('"').and_then(|head| head.trim_end().strip_suffix(':')).unwrap_or_default();
    let key = key.trim_end().trim_end_matches(['"', '\'']);
    ["error", "err", "code", "reason"].iter().any(|name| key.ends_with(name))
}

/// Whether a word is the status of a refusal.
pub(super) fn is_refusal(word: &str) -> bool {
    word.len() == 3 && word.starts_with(['4', '5']) && word.bytes().all(|byte| byte.is_ascii_digit())
}
