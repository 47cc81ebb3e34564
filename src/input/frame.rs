//! Whether a message that stands twice is two failures: each is one where it has a frame of its own (a row, a time, a
//! user, an answer), and both are one where the second only repeats the first (a stack trace, the body of an
//! exception, a log that says it at two levels).

use uuid::Uuid;

use super::Span;
use super::meeting::uuid_in;
use super::{method, slot, spoken, status};
use crate::source::{has_blank_line, slice};

/// The header that Java's client prints below its message and the call.
pub(super) const SDK_VERSION: &str = "SdkVersion";
/// Frames are looked for this far before and behind a message.
const REACH: usize = 400;
/// No more tokens of a line are compared.
const TOKENS: usize = 10;
/// The key of a pair is not longer.
const KEY: usize = 40;
/// No stack is looked at further.
const STACK: usize = 8 << 10;
/// Mentions on one line further apart than this are not of one sentence.
const ONE_LINE: usize = 400;

/// A piece of a line, as far as its kind goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A UUID.
    Id,
    /// A name with `@`.
    Address,
    /// Letters and digits with a digit among them.
    Number,
    /// Letters.
    Word,
    /// Any other character.
    Mark(char),
}

/// The length of what a text begins with; most of it is ASCII, and told by `ascii`.
fn run(text: &str, ascii: impl Fn(u8) -> bool, any: impl Fn(char) -> bool) -> usize {
    let plain = text.bytes().position(|byte| !ascii(byte)).unwrap_or(text.len());
    let rest = text.get(plain..).unwrap_or_default();
    plain + rest.find(|c| !any(c)).unwrap_or(rest.len())
}

/// The tokens of a text, without white space, each with its place.
fn placed(text: &str) -> impl Iterator<Item = (usize, Kind, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        at += rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let id = first.is_ascii_hexdigit().then(|| slot::id_end(text, at)).flatten();
        let (kind, len) = if let Some(end) = id {
            (Kind::Id, end - at)
        } else if is_word(first) {
            let word = run(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_', is_word);
            // Only behind the word may there be an `@`.
            let in_address = |c: char| is_word(c) || matches!(c, '@' | '.' | '-' | '+');
            let behind = rest.get(word..)?;
            let address = behind.find(|c| !in_address(c)).unwrap_or(behind.len());
            if behind.get(..address).is_some_and(|address| address.contains('@')) {
                (Kind::Address, word + address)
            } else if rest.as_bytes().get(..word)?.iter().any(u8::is_ascii_digit) {
                (Kind::Number, word)
            } else {
                (Kind::Word, word)
            }
        } else {
            (Kind::Mark(first), first.len_utf8())
        };
        let (start, token) = (at, text.get(at..at + len)?);
        at += len;
        Some((start, kind, token))
    })
}

fn tokens(text: &str) -> impl Iterator<Item = (Kind, &str)> {
    placed(text).map(|(_, kind, token)| (kind, token))
}

/// Where the line of a place begins; where none begins nearby, at most so far before it.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let from = at.saturating_sub(4096).min(text.len());
    let window = text.as_bytes().get(from..at).unwrap_or_default();
    memchr::memrchr2(b'\n', b'\r', window).map_or(from, |end| from + end + 1)
}

fn head(text: &str, at: usize) -> &str {
    let start = line_start(text, at);
    slice(text, start..at.min(start + REACH))
}

/// Whether two places stand behind the class of an exception in lines that lead to them with the same words, as those of
/// two records of one log do: two were thrown. What may differ is their digits.
pub(super) fn are_thrown_alike(text: &str, one: usize, other: usize) -> bool {
    let lead = |at: usize| slice(text, line_start(text, at)..at);
    let of_class = |lead: &str| {
        let class = lead.trim_end().strip_suffix(':').unwrap_or_default();
        class.ends_with("Error") || class.ends_with("Exception")
    };
    let (one, other) = (lead(one), lead(other));
    let kind = |byte: u8| if byte.is_ascii_digit() { b'0' } else { byte };
    of_class(one) && one.bytes().map(kind).eq(other.bytes().map(kind))
}

/// The id that a line begins with, as one of a list: `user 5b0e...: 403 ...`, `- 5b0e...: 403 ...`.
pub(super) fn subject(text: &str, at: usize) -> Option<(Uuid, Span)> {
    let lead = slice(text, line_start(text, at)..at);
    let own = lead.trim_start_matches([' ', '\t', '-', '*']);
    let own = own.strip_prefix("user ").unwrap_or(own);
    let start = at - own.len();
    let (id, end) = uuid_in(text, start).filter(|(_, end)| *end < at)?;
    slice(text, end..at).starts_with(':').then_some((id, Span::new(start, end)))
}

/// The line around a message, without its far ends.
fn line(text: &str, at: usize) -> &str {
    let start = line_start(text, at);
    let start = if at - start > REACH { at - REACH } else { start };
    let rest = slice(text, at..at + REACH);
    slice(text, start..at + memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len()))
}

/// Words before which a client repeats what it has said: `Exception: ...` below `Error: ...`.
pub(super) fn is_label(word: &str) -> bool {
    const LABELS: [&str; 12] = [
        "error",
        "exception",
        "message",
        "detail",
        "reason",
        "cause",
        "inner",
        "response",
        "body",
        "description",
        "warning",
        "stack",
    ];
    let lower = word.to_ascii_lowercase();
    LABELS.iter().any(|label| lower.contains(label))
}

/// Keys under which an event holds what it says elsewhere too.
fn is_key_of_text(word: &str) -> bool {
    is_label(word)
        || ["title", "value", "formatted", "text", "content"].iter().any(|key| word.eq_ignore_ascii_case(key))
}

/// Whether a place stands behind the label of what is said again: `ErrorDetails: {`, `---> {`.
pub(super) fn is_labelled(text: &str, at: usize) -> bool {
    // `ErrorDetails: {"error": ...`
    let open = |c: char| c.is_whitespace() || matches!(c, '{' | '"' | '\'' | '\\');
    let head = head(text, at).trim_start().trim_end_matches(open);
    let Some(name) = head.strip_suffix(':').or_else(|| head.strip_suffix('=')) else { return goes_on(head) };
    let name = name.trim().trim_matches(['"', '\'', '\\']);
    !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
        && is_label(name)
}

/// Whether a place stands in the line that names the cause of an exception.
pub(super) fn is_cause(text: &str, at: usize) -> bool {
    let head = head(text, at).trim_start();
    ["caused by:", "suppressed:", "--->"]
        .iter()
        .any(|word| head.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word)))
}

/// Whether the context of one record leads from a failure to the next: `... {"exception":"[object] (...`.
pub(super) fn is_context(between: &str) -> bool {
    let packed: String = between.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect();
    packed.contains("\"exception\":") && !packed.contains("},{") && !between.lines().skip(1).any(spoken::begins_record)
}

/// Whether a key of the same object leads from one text of a failure to the next: `"exception": "…", "message": "…"`.
pub(super) fn is_sibling(text: &str, between: &str, start: usize) -> bool {
    if between.contains(['{', '}']) || between.lines().skip(1).any(spoken::begins_record) {
        return false;
    }
    let packed = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect() };
    let whole = packed(between) + &packed(slice(text, start..start + 32));
    let key = whole.rsplit_once("\",\"").and_then(|(_, rest)| rest.split_once("\":")).map(|(key, _)| key);
    key.is_some_and(|key| !key.is_empty() && key.chars().all(char::is_alphanumeric) && is_label(key))
}

/// Whether nothing but the frames of a stack stands between an exception and the line of its cause.
pub(super) fn is_stack(between: &str) -> bool {
    let Some((above, _)) = between.rsplit_once('\n') else { return false };
    let is_frame = |line: &str| line.starts_with("at ") || line.starts_with("... ");
    let mut lines = above.lines().skip(1).map(str::trim_start);
    // Java's client prints the call, its headers and the status below the message, and the frames below these.
    let trailed = above.contains(SDK_VERSION)
        && above.lines().next_back().is_some_and(|last| is_frame(last.trim_start()))
        && !above.lines().skip(1).any(|line| spoken::begins_record(line) || is_cause(line, line.len()));
    trailed || lines.all(|line| line.is_empty() || is_frame(line))
}

/// Whether an item of a batch begins: it has an id and a status, and all items may share the id of the request.
pub(super) fn begins_item(between: &str) -> bool {
    let has = |key: &str| ["\"", "'"].iter().any(|quote| between.contains(&format!("{quote}{key}{quote}")));
    has("status") && has("id")
}

/// Whether two lines begin as records of one list do: with the same kinds of tokens up to the message, or both with
/// a time.
fn begin_alike(one: &str, other: &str) -> bool {
    let (mut first, mut second) = (tokens(one), tokens(other));
    let mut word_seen = false;
    let mut numbers = 0;
    // `"title": "...`, `"value": "...`
    let mut key = true;
    for index in 0..TOKENS {
        match (first.next(), second.next()) {
            (None, None) => return true,
            (Some((kind, token)), Some((other, same))) if kind == other => {
                if kind == Kind::Word && !word_seen {
                    word_seen = true;
                    let name = index == 0 && token != same && (is_label(token) || is_label(same));
                    let name =
                        name || key && index > 0 && token != same && is_key_of_text(token) && is_key_of_text(same);
                    if name {
                        return false;
                    }
                }
                key &= matches!(kind, Kind::Mark('"' | '\'' | '\\'));
                numbers += usize::from(kind == Kind::Number);
            }
            // `11:00:01 ERROR ...`, `11:00:02 retry ...`
            _ => return numbers >= 3 && !word_seen,
        }
    }
    true
}

/// The ids that a line names as those of a request, with the letters of their label.
fn request_ids(line: &str) -> Vec<(String, &str)> {
    let mut ids = Vec::new();
    let mut at = 0;
    for (from, kind, token) in placed(line) {
        if kind == Kind::Id {
            let before = slice(line, at.max(from.saturating_sub(32))..from);
            let label: String =
                before.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
            let name = label.strip_suffix("id").unwrap_or(&label);
            let known =
                ["request", "trace", "correlation", "activity", "req"].iter().any(|known| name.ends_with(known));
            ids.push((if known { name.to_owned() } else { String::new() }, token));
            at = from + token.len();
        }
    }
    ids
}

/// Whether both lines name one request: the same id under the same label, or at the same time.
fn of_one_request(one: &str, other: &str) -> bool {
    let has_ids = |line: &str| line.bytes().filter(|byte| *byte == b'-').count() >= 4;
    if !has_ids(one) || !has_ids(other) {
        return false;
    }
    let (first, second) = (request_ids(one), request_ids(other));
    if first.is_empty() || second.is_empty() {
        return false;
    }
    let time = |line: &str| -> Vec<String> {
        tokens(line)
            .take_while(|(kind, _)| *kind != Kind::Word && *kind != Kind::Id)
            .map(|(_, t)| t.to_owned())
            .collect()
    };
    let same_time = || {
        let (first, second) = (time(one), time(other));
        first.len() >= 5 && first == second
    };
    let mut shared = false;
    for (label, id) in &first {
        for (known, same) in second.iter().filter(|(known, _)| known == label) {
            if label.is_empty() {
                shared |= id == same && same_time();
            } else if id == same {
                shared = true;
            } else if !known.starts_with("client") {
                return false;
            }
        }
    }
    shared
}

/// Whether a line says before or behind its message when or for whom: it is a record of its own. A status alone is enough where no body follows.
fn is_framed(parts: [&str; 2], status: bool) -> bool {
    let mut numbers = 0;
    parts.into_iter().flat_map(tokens).any(|(kind, token)| {
        numbers += usize::from(kind == Kind::Number && token.len() <= 4 && token.bytes().all(|b| b.is_ascii_digit()));
        matches!(kind, Kind::Id | Kind::Address) || numbers >= 3 || status && kind == Kind::Number && is_status(token)
    })
}

fn is_status(token: &str) -> bool {
    token.len() == 3 && token.starts_with(['4', '5']) && token.bytes().all(|byte| byte.is_ascii_digit())
}

/// What goes on in the line of an exception: it begins no record, however often it stands.
fn goes_on(head: &str) -> bool {
    let head = head.trim_start();
    ["caused by", "inner", "---", "at "]
        .iter()
        .any(|word| head.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word)))
}

/// Whether two rows of one width are rows of a table or records of a log, not one line that a console broke: both
/// begin with a name, a number or a time, or with the method of a request.
pub(super) fn are_rows(one: &str, other: &str) -> bool {
    let rows = [one, other];
    let alike = || share_column(one, other) || have_as_many_cells(one, other) || begin_with_one_key(one, other);
    if rows.iter().any(|row| is_underline(row)) || alike() {
        return true;
    }
    let (mut first, mut second) = (tokens(one), tokens(other));
    let (Some((kind, word)), Some((other, same))) = (first.next(), second.next()) else { return false };
    // Behind a number: of a cell, or of a time.
    let mut goes_on_alike = || {
        for index in 1..5 {
            let (Some((kind, _)), Some((other, _))) = (first.next(), second.next()) else { return false };
            if kind != other || index % 2 == 1 && !is_mark(kind) {
                return false;
            }
            if index == 1 && matches!(kind, Kind::Mark(',' | ';' | '|')) {
                return true;
            }
        }
        true
    };
    // `user 5b0e...: ...`, `- 5b0e...: ...`
    let ids_follow = || rows.iter().all(|row| tokens(row).nth(1).is_some_and(|(kind, _)| kind == Kind::Id));
    kind == other
        && match kind {
            Kind::Id | Kind::Address => true,
            Kind::Number => goes_on_alike(),
            Kind::Word => word == same && (matches!(word, "GET" | "POST" | "PATCH" | "PUT" | "DELETE") || ids_follow()),
            Kind::Mark('|' | '[') => true,
            Kind::Mark('-' | '*') => word == same && ids_follow(),
            Kind::Mark(_) => false,
        }
}

/// The line below the names of columns: `----   -----`.
fn is_underline(row: &str) -> bool {
    row.contains("---") && row.bytes().all(|byte| matches!(byte, b'-' | b' ' | b'|' | b'+' | b':' | b'='))
}

/// `user=… 403 …` above `user=… 403 …`: the pairs of two records.
fn begin_with_one_key(one: &str, other: &str) -> bool {
    let key = |row: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let len = row.bytes().take(KEY).position(|byte| !is_part(byte)).unwrap_or(0);
        let begins = row.starts_with(|c: char| c.is_ascii_alphabetic());
        let leads = matches!(row.as_bytes().get(len..len + 2), Some([b'=', _] | [b':', b' ']));
        (begins && leads).then(|| slice(row, 0..len).to_owned())
    };
    key(one).is_some_and(|own| key(other) == Some(own))
}

/// Whether a column begins at the same place in two rows, behind blanks that fill the one before it.
fn share_column(one: &str, other: &str) -> bool {
    let begins = |row: &str, at: usize| {
        let cell = at.checked_sub(2).and_then(|gap| row.as_bytes().get(gap..=at));
        let filled = slice(row, 0..at).contains(|c: char| !c.is_whitespace());
        filled && matches!(cell, Some([b' ', b' ', first]) if *first != b' ')
    };
    memchr::memmem::find_iter(one.as_bytes(), b"  ")
        .take(TOKENS)
        .any(|gap| begins(one, gap + 2) && begins(other, gap + 2))
}

/// Whether two lines are whole rows of an export with cells in quotes, and have as many.
fn have_as_many_cells(one: &str, other: &str) -> bool {
    const LEAST: usize = 3;
    let cells = |row: &str| {
        let mut open = false;
        let marks = row.bytes().filter(|byte| {
            open ^= *byte == b'"';
            !open && *byte == b','
        });
        let count = marks.count() + 1;
        (row.contains("\",") || row.contains(",\"")).then_some(count).filter(|_| !open)
    };
    cells(one).is_some_and(|count| count >= LEAST && cells(other) == Some(count))
}

const fn is_mark(kind: Kind) -> bool {
    matches!(kind, Kind::Mark(_))
}

/// How the failure that a mention at `at` belongs to may stand to one before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mention {
    pub(super) start: usize,
    pub(super) end: usize,
    /// It is a pair or an object, not only words.
    pub(super) structured: bool,
}

/// What Python prints between an exception and the one that was raised from it.
const CHAINS: [&str; 2] = ["During handling of the above exception", "the direct cause of the following exception"];

/// Whether a mention is another failure than the one before.
pub(super) fn separate(text: &str, one: Mention, other: Mention) -> bool {
    let at = other.start;
    let between = slice(text, one.end.min(at)..at);
    if !between.contains('\n') {
        return on_one_line(text, one, at);
    }
    // What PowerShell prints below its message is of the same failure.
    let trails = head(text, at).contains("+ FullyQualifiedErrorId") && !has_blank_line(between);
    if trails || CHAINS.iter().any(|words| between.contains(words)) {
        return false;
    }
    let (head_here, head_there) = (head(text, one.start), head(text, at));
    // The quote of a whole text stands before its first line alone.
    let head_here = head_here.strip_prefix('"').filter(|_| !head_there.starts_with('"')).unwrap_or(head_here);
    // Elements of one list stand in one column.
    let indent = |head: &str| head.len() - head.trim_start().len();
    let is_key = |head: &str| head.trim_start().starts_with('"');
    let apart = is_key(head_here) && is_key(head_there) && indent(head_here) != indent(head_there);
    let alike = !apart && begin_alike(head_here, head_there) && !goes_on(head_there);
    let blank = has_blank_line(between);
    if !alike && !blank {
        return false;
    }
    let (here, there) = (line(text, one.start), line(text, at));
    if of_one_request(here, there) {
        return false;
    }
    let bare = !one.structured && !other.structured;
    let is_title = |line: &str| line.trim_start_matches('#').starts_with(' ') && line.starts_with('#');
    let titled = between.lines().any(is_title);
    // An id in the words of a message is what it says, and no frame, unless a section begins below it.
    let framed = |mention: Mention, line: &str| {
        let own = head(text, mention.start);
        let said = own.len() + if titled { 0 } else { mention.end.saturating_sub(mention.start) };
        mention.structured || is_framed([own, slice(line, said..line.len())], bare)
    };
    alike || framed(one, here) && framed(other, there)
}

/// Whether another record begins behind a group and before a place: the status line of an answer, an item of a list, a line
/// that parts them.
pub(super) fn begins_between(text: &str, start: usize, end: usize, at: usize) -> bool {
    let between = slice(text, end.min(at)..at);
    if between.len() > ONE_LINE * 2 {
        return false;
    }
    let Some((_, below)) = between.split_once('\n') else { return false };
    let first = slice(text, line_start(text, start)..start).trim_start();
    // Java's client prints the call below its message, and the headers of the answer below both.
    let is_trailer = below.contains(SDK_VERSION);
    let own = slice(text, line_start(text, start)..start + REACH).trim_start();
    let mut known: Vec<&str> = key_of_item(own).into_iter().collect();
    // The last line ends before its key.
    let whole = slice(text, end.min(at)..at + KEY);
    let mut items = whole.split('\n').skip(1).map(|line| line.trim_start_matches([' ', '\t', '<', '>']));
    below.split('\n').any(|line| {
        let line = line.trim_start_matches([' ', '\t', '<', '>']);
        let item = items.next().and_then(key_of_item);
        // `- status: 500`, `- code: ...`: the items of a list may be the pairs of one failure, each with a key of its own.
        let is_pair = !known.is_empty() && item.is_some_and(|key| !known.contains(&key));
        known.extend(item.filter(|_| !known.is_empty()));
        line.starts_with("HTTP/")
            || line.starts_with("- ") && !is_pair
            || is_rule(line)
            || first.starts_with('{') && line.starts_with('{')
            || !is_trailer && (is_call(line) || status::begins_answer(line))
    })
}

/// The key of an item that is a pair: `- status: 500`.
fn key_of_item(line: &str) -> Option<&str> {
    let (key, _) = line.strip_prefix("- ")?.split_once(':')?;
    (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')))
        .then_some(key)
}

/// Whether an object begins at the beginning of a line between a failure and a place below it: a record of its own where an
/// empty line stands above it, or where the failure has an object or pairs of its own.
pub(super) fn opens_object(between: &str, structured: bool) -> bool {
    let Some((_, below)) = between.split_once('\n') else { return false };
    let mut blank = structured;
    below.split('\n').any(|line| {
        let opens = line.trim_end() == "{" || blank && line.trim_start_matches('[').starts_with('{');
        blank |= line.trim().is_empty();
        opens
    })
}

/// A line between two records: `---`, `--- request 2 ---`. In .NET such lines are of one exception.
fn is_rule(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| !rest.starts_with('>') && !rest.trim_start().starts_with("End of "))
}

/// Whether a place is in another traceback than a failure above it: it was thrown at another line, and not from it.
pub(super) fn is_thrown_elsewhere(text: &str, one: usize, other: usize) -> bool {
    const TRACE: &str = "Traceback (most recent call last)";
    /// What it shows of a line, with marks below it, and the line of the exception.
    const LINES: usize = 4;
    let between = slice(text, one..other);
    if between.len() > STACK {
        return false;
    }
    let Some(begin) = memchr::memmem::rfind(between.as_bytes(), TRACE.as_bytes()) else { return false };
    if CHAINS.iter().any(|words| between.contains(words)) {
        return false;
    }
    // The innermost frame, with the line of the program that it shows.
    let last = |from: usize, at: usize| {
        let stack = slice(text, from..at);
        let frame = stack.rfind("File \"").map(|frame| slice(stack, frame..stack.len()));
        frame.filter(|frame| !has_blank_line(frame) && frame.matches('\n').count() <= LINES)
    };
    let (above, below) = (last(one.saturating_sub(STACK), one), last(one + begin, other));
    above.zip(below).is_some_and(|(above, below)| above != below)
}

/// Where a line that only parts two texts, `---`, begins and ends behind the first line.
pub(super) fn rule(text: &str) -> Option<(usize, usize)> {
    memchr::memmem::find_iter(text.as_bytes(), b"\n---").find_map(|at| {
        let line = slice(text, at + 1..text.len()).split_inclusive('\n').next()?;
        (line.trim_end() == "---").then_some((at + 1, at + 1 + line.len()))
    })
}

/// `GET https://...`, `POST /v1.0/...`.
fn is_call(line: &str) -> bool {
    line.split_once(' ').is_some_and(|(method, rest)| {
        method::METHODS.contains(&method) && (rest.starts_with("https://") || rest.starts_with('/'))
    })
}

/// Two mentions on one line are two failures where each has an element of a list, a row or a clause for itself.
fn on_one_line(text: &str, one: Mention, at: usize) -> bool {
    if at.saturating_sub(one.end) > ONE_LINE {
        return true;
    }
    let between = slice(text, one.end.min(at)..at);
    let mut marks = between.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\\' | '"' | '\''));
    // `... "}, {"user": ...`
    let mut last = marks.next();
    let mut closed = last == Some('}');
    for mark in marks {
        if mark == '{' && closed && matches!(last, Some(',' | '}')) {
            return true;
        }
        closed |= mark == '}';
        last = Some(mark);
    }
    let lower = between.to_ascii_lowercase();
    if ["<tr", "<li", "<row", "<item", "<entry", "<record"].iter().any(|tag| lower.contains(tag)) {
        return true;
    }
    let own = || {
        tokens(between)
            .any(|(kind, token)| matches!(kind, Kind::Id | Kind::Address) || kind == Kind::Number && is_status(token))
    };
    // `"<user>": "403 ..."`, `lena: ...; mia: ...`
    let keyed = between.trim_start_matches(['\\', '"', '\'', '.']).trim_start().starts_with([',', ';', '|']);
    let in_pairs = between.contains("\":") || between.contains("':") || between.contains('=');
    let key_is_own = || {
        let mut ids = tokens(between).filter(|(kind, _)| !matches!(kind, Kind::Mark('"' | '\'' | '\\' | ':' | ',')));
        ids.next().is_some_and(|(kind, _)| matches!(kind, Kind::Id | Kind::Address))
    };
    // `["403 ... (lena)", "403 ... (mia)"]`
    let elements = || {
        let packed: String = between.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect();
        packed.contains("\",\"") || packed.contains("','")
    };
    if in_pairs { keyed && key_is_own() } else { (keyed || elements()) && own() }
}
