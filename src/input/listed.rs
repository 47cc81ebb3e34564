//! Whether words stand in a list of messages: a table of strings, a page that explains them, a heading. Such a list tells
//! what may be said, not that it was said. A record of a log is none: it says when, for whom, or with which status.

use super::{Span, resource, status};
use crate::source::slice;

/// How much of a text is looked at on either side.
const REACH: usize = 2_000;
/// Rows above a row where its table's head is looked for.
const ROWS: usize = 40;

/// Keys that tell an error: what they hold was said.
const TOLD: [&str; 16] = [
    "err",
    "msg",
    "message",
    "reason",
    "detail",
    "exception",
    "text",
    "body",
    "status",
    "fail",
    "response",
    "result",
    "output",
    "stderr",
    "log",
    "answer",
];
/// Keys of a record: who, when, which call.
const RECORD: [&str; 15] = [
    "code",
    "time",
    "date",
    "level",
    "severity",
    "trace",
    "request",
    "correlation",
    "user",
    "host",
    "method",
    "url",
    "path",
    "status",
    "retry",
];
/// What the columns and fields of a page that explains are called.
const EXPLAINS: [&str; 21] = [
    "meaning",
    "what to do",
    "what it means",
    "cause",
    "fix",
    "hint",
    "action",
    "solution",
    "resolution",
    "explanation",
    "remedy",
    "owner",
    "advice",
    "todo",
    "how to",
    "severity",
    "question",
    "covered",
    "shown",
    "our text",
    "our code",
];
/// What those of a log are called.
const LOGGED: [&str; 10] =
    ["time", "date", "when", "timestamp", "user", "request", "host", "count", "attempt", "meeting id"];

/// Whether the words at `hit`, which stand in no error structure, are an entry of a list of messages.
pub(super) fn is_listed(text: &str, hit: Span) -> bool {
    if is_in_list(text, hit) {
        return true;
    }
    // The list may be a string itself.
    let lead = slice(text, hit.start.saturating_sub(16)..hit.start);
    if !lead.ends_with("\\\"") && !lead.ends_with("&quot;") && !lead.ends_with("&gt;") {
        return false;
    }
    let mut whole = resource::plain(slice(text, hit.start.saturating_sub(REACH)..hit.start));
    let start = whole.len();
    whole.push_str(slice(text, hit.start..hit.end));
    let end = whole.len();
    whole.push_str(&resource::plain(slice(text, hit.end..hit.end.saturating_add(REACH))));
    is_in_list(&whole, Span::new(start, end))
}

fn is_in_list(text: &str, hit: Span) -> bool {
    let from = hit.start.saturating_sub(REACH);
    let head = slice(text, from..hit.start);
    let tail = slice(text, hit.end..hit.end.saturating_add(REACH));
    let before = head.rsplit(['\n', '\r']).next().unwrap_or_default();
    let after = tail.split(['\n', '\r']).next().unwrap_or_default();
    let above = || head.lines().rev().skip(usize::from(!before.is_empty())).map(str::trim_end);
    let below = || tail.lines().skip(1).map(str::trim_end);
    // What a text that is cut would have shown next is not known: the list may go on.
    let ends = tail.len() < REACH && below().filter(|line| !line.trim().is_empty()).count() <= 1;
    is_element(head, before, after)
        || is_row(before, after, above())
        || is_heading(before, after, text, hit, below().next().unwrap_or_default())
        || is_pair(before, after, above, below, ends)
        || is_literal(before, after, above, below, ends)
        || is_item(before, after)
        || is_response(before, above().next().unwrap_or_default())
        || is_entry_of_guide(before, after)
}

/// Whether an object with code and message says what to do about them too: it is of a table of messages.
pub(super) fn has_hint(text: &str, hit: Span) -> bool {
    let tail = slice(text, hit.end..hit.end.saturating_add(400));
    let object = tail.split(['}', '\n']).next().unwrap_or_default();
    let head = slice(text, hit.start.saturating_sub(200)..hit.start);
    let literal = head.rsplit('\n').next().unwrap_or_default().trim_start();
    // A literal of a script, cut before its end: what would follow is not known.
    if object.len() == tail.len() && tail.len() < 400 && literal.starts_with("{ ") && !literal.starts_with("{ \"") {
        return true;
    }
    // An item of a list, which says more of its message than an answer does, or was cut before it could.
    let bare_item = head.rsplit('{').nth(1).is_some_and(|outer| outer.trim_end().ends_with('['))
        && head.rsplit('{').next().is_some_and(|pairs| !pairs.contains('}'))
        && literal.starts_with("[{");
    if bare_item && object.len() == tail.len() && tail.len() < 400 {
        return true;
    }
    let mut keys = object.split(',').skip(1).filter_map(|pair| pair.split_once(':')).map(|(key, _)| bare(key));
    keys.any(|key| {
        bare_item && matches!(key.as_str(), "description" | "retryable")
            || ["hint", "fix", "solution", "remedy", "resolution", "meaning", "explanation", "advice", "todo"]
                .contains(&key.as_str())
    })
}

/// A key without its quotes, in lower case.
fn bare(key: &str) -> String {
    key.trim().trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn holds_any(list: &[&str], text: &str) -> bool {
    list.iter().any(|word| text.contains(word))
}

/// `<string name="x">…</string>`, `<h2>…</h2>`, a cell of a table that explains.
fn is_element(head: &str, before: &str, after: &str) -> bool {
    let Some(open) = before.trim_end().strip_suffix('>') else { return false };
    let Some((_, tag)) = open.rsplit_once('<') else { return false };
    let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default().to_ascii_lowercase();
    let closes = after.trim_start_matches(['.', '!', ' ']);
    // Where the text is cut, the element may have been closed.
    if !(closes.is_empty() || closes.starts_with('<')) {
        return false;
    }
    match name.as_str() {
        "string" | "value" | "h2" | "h3" | "h4" | "h5" | "h6" | "dt" | "source" | "target" | "item" | "option"
        | "entry" | "plural" | "seg" | "trans" => true,
        "td" | "th" | "li" => {
            let head = head.to_lowercase();
            let headings = head.rfind("<th").map(|_| head.as_str());
            let table = headings.and_then(|head| head.rsplit("<table").next()).unwrap_or_default();
            explains(table)
        }
        _ => false,
    }
}

/// Whether the head of a table says that its rows explain.
fn explains(head: &str) -> bool {
    holds_any(&EXPLAINS, head) && !holds_any(&LOGGED, head)
}

/// A row below a head that says what its columns explain.
fn is_row<'t>(before: &str, after: &str, above: impl Iterator<Item = &'t str>) -> bool {
    let mut above = above.peekable();
    // Where the text is cut, the row above tells what parts its cells.
    let last = above.peek().copied().filter(|_| !after.contains(char::is_alphanumeric)).unwrap_or_default();
    let mark = |mark: char| before.contains(mark) || after.contains(mark) || last.contains(mark);
    let Some(mark) = ['|', '\t', ';', ','].into_iter().find(|c| mark(*c)) else { return false };
    if is_record(before) {
        return false;
    }
    let mut head = None;
    for line in above.take(ROWS) {
        if line.trim().is_empty() || !line.contains(mark) {
            break;
        }
        head = Some(line.to_lowercase());
    }
    head.is_some_and(|head| {
        let cells = head.split(mark).filter(|cell| !cell.trim().is_empty()).count();
        let short = head.split(mark).all(|cell| cell.split_whitespace().count() <= 4);
        cells >= 2 && short && (explains(&head) || head.trim() == "id;text;severity")
    })
}

/// Whether a line begins as a record of a log does.
fn is_record(before: &str) -> bool {
    let first = before.split_whitespace().next().unwrap_or_default();
    first.bytes().filter(u8::is_ascii_digit).count() >= 6
}

/// The words of a line alone, with a line of one mark below that is as long.
fn is_heading(before: &str, after: &str, text: &str, hit: Span, below: &str) -> bool {
    let rest = after.trim_matches(|c: char| c.is_ascii_punctuation() || c.is_whitespace());
    if !before.trim().is_empty() || !rest.is_empty() || below.len() < 3 {
        return false;
    }
    let mut marks = below.chars();
    let first = marks.next();
    let ruled = first.is_some_and(|c| matches!(c, '=' | '-' | '~' | '^')) && marks.all(|c| Some(c) == first);
    let length = slice(text, hit.start..hit.end).chars().count() + after.trim_end().chars().count();
    ruled && below.chars().count().abs_diff(length) <= 2
}

/// The key of `key: …`, `key = …`, `"key": "…"` before a value, with what stands before it.
fn key_of(before: &str) -> Option<(String, &str, char)> {
    let lead = before.trim_end().trim_end_matches(['"', '\'', '`', '“', '/']).trim_end();
    let mark = lead.chars().next_back().filter(|c| matches!(c, ':' | '=') || lead.ends_with("=>"))?;
    let lead = lead.trim_end_matches([':', '=', '>']).trim_end();
    let name = lead.trim_end_matches(['"', '\'']);
    let start = name
        .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
        .map_or(0, |at| at + name.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let key = name.get(start..).filter(|key| !key.is_empty())?;
    Some((key.to_owned(), name.get(..start).unwrap_or_default(), mark))
}

/// Whether a key may be the name of a text: one of several beside each other, and none that tells an error.
pub(super) fn names_text(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or_default().to_lowercase();
    let is_told = TOLD.contains(&last.as_str()) || matches!(last.as_str(), "error" | "error_description");
    let dotted = (key.contains('.') || key.contains('_')) && !is_told;
    key.starts_with(|c: char| c.is_alphabetic()) && (dotted || !holds_any(&TOLD, &last) && !holds_any(&RECORD, &last))
}

/// `errors.guid=…` beside `errors.me=…`: a table of strings.
fn is_pair<'t, A, B>(before: &str, after: &str, above: impl Fn() -> A, below: impl Fn() -> B, ends: bool) -> bool
where
    A: Iterator<Item = &'t str>,
    B: Iterator<Item = &'t str>,
{
    let Some((key, outer, mark)) = key_of(before) else { return false };
    // `"BadRequest": "…"`: a text for each code.
    let of_code = status::is_reason(&key);
    let of_quoted_code = of_code && outer.ends_with(['"', '\'']);
    let names = |key: &str| names_text(key) || status::is_reason(key);
    if !names(&key) || is_record(before) {
        return false;
    }
    let outer = outer.trim_start_matches(['"', '\'', ' ', '\t']);
    // `400 General: …` below `The API says:`, set in as a quotation is.
    let is_status = |number: &str| number.len() == 3 && number.starts_with(['4', '5']) && number.parse::<u16>().is_ok();
    if is_status(outer.trim_matches(['|', '>', ' ']))
        && above().next().is_some_and(|line| super::spoken::words(line) > 1)
    {
        return false;
    }
    // The title of a ticket or of a page.
    if outer.is_empty() && ["title", "subject", "summary"].contains(&key.to_lowercase().as_str()) {
        return true;
    }
    // `{"a": "…", "b": "…"}` on one line.
    let rest = after.trim_start_matches(['.', '!', ' ']).trim_start_matches(['"', '\'']).trim_start();
    if let Some(next) = rest.strip_prefix(',').and_then(|rest| rest.split_once(':')).map(|(key, _)| bare(key)) {
        return before.contains(['"', '\'']) && names(&next);
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(before);
    let quoted = before.trim_end_matches('/').ends_with(['"', '\'', '`']);
    let inside = own > 0 || before.contains('{') || key.contains('.');
    let parent = above().next().is_some_and(|line| line.ends_with([':', '{', '[', '(']));
    let nothing = !after.contains(char::is_alphanumeric);
    let open = nothing || rest.starts_with(',') && !rest.contains(':');
    if ends
        && open
        && inside
        && (!of_code || of_quoted_code && !rest.starts_with('}'))
        && (quoted || parent || mark == '=')
    {
        return true;
    }
    if !outer.trim_matches(['"', '\'', '{', ',', ' ', '\t']).is_empty() {
        return false;
    }
    let sibling = |line: &str| {
        let at = line.find(mark)?;
        let (head, value) = line.split_at(at + mark.len_utf8());
        let (key, outer, _) = key_of(head)?;
        let alone = outer.trim_matches(['"', '\'', ' ', '\t']).is_empty();
        (alone && indent(line) == own && !value.trim().is_empty()).then_some(key)
    };
    let near: Vec<String> =
        above().take(1).chain(below().take(1)).filter(|line| !line.trim().is_empty()).filter_map(sibling).collect();
    !near.is_empty() && near.iter().all(|key| names(key))
}

/// A literal of a list, alone on its line beside another one.
fn is_literal<'t, A, B>(before: &str, after: &str, above: impl Fn() -> A, below: impl Fn() -> B, ends: bool) -> bool
where
    A: Iterator<Item = &'t str>,
    B: Iterator<Item = &'t str>,
{
    let quoted = |line: &str| {
        let line = line.trim().trim_start_matches("- ").trim_end_matches(',');
        let words = line.contains(char::is_alphanumeric);
        words && line.starts_with(['"', '\'', '`']) && line.ends_with(['"', '\'', '`'])
    };
    let lead = before.trim_start().trim_start_matches("- ");
    let rest = after.trim_start_matches(['.', '!', '\'', '"']).trim();
    if !lead.trim_matches(['"', '\'', '`']).is_empty()
        || lead.is_empty()
        || !matches!(rest, "" | "," | "]" | ")" | "],")
    {
        return false;
    }
    let others = above().take(1).chain(below().take(1)).filter(|line| quoted(line)).count();
    // What the list is called says whether it was said.
    let named =
        above().take(ROWS).find(|line| !quoted(line)).unwrap_or_default().trim_end_matches(['[', '(', '{', ' ']);
    let name = key_of(named).map(|(key, _, _)| key.to_lowercase()).unwrap_or_default();
    let told = ["error", "errors", "failures", "exceptions", "messages", "details", "reasons"].contains(&name.as_str());
    let open = ends && (named.ends_with([':', '=']) || key_of(named).is_some());
    (others > 0 || open) && !told
}

/// A literal of `["…", "…"]` on one line.
fn is_item(before: &str, after: &str) -> bool {
    let quote = |c: char| matches!(c, '"' | '\'');
    let Some(lead) = before.trim_end_matches('/').strip_suffix(quote) else { return false };
    let rest = after.trim_start_matches(['.', '!']);
    let rest = rest.strip_prefix(quote).map(str::trim_start).unwrap_or_default().trim_end();
    let next = |rest: &str| rest.strip_prefix(',').is_some_and(|rest| rest.trim_start().starts_with(quote));
    let (first, later) = (lead.trim_end().ends_with('['), lead.trim_end().ends_with(','));
    let Some((head, items)) = lead.rsplit_once('[') else { return false };
    let name = key_of(head).map(|(key, _, _)| key.to_lowercase()).unwrap_or_default();
    // Several texts of messages are a list of them; one failure says one.
    let told =
        holds_any(&["error", "fail", "exception", "message", "detail", "reason"], &name) && !name.ends_with("messages");
    let several = next(rest) || matches!(rest, "" | ",") && first || later && items.trim_start().starts_with(quote);
    (first || later) && several && !told && !is_record(before)
}

/// The description of an answer in an interface description.
fn is_response(before: &str, above: &str) -> bool {
    let key = before.trim().to_lowercase();
    let is_status = |name: &str| name == "default" || name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_digit());
    // `"403":{"description":"…`
    let named = key.strip_suffix("{\"description\":\"").or_else(|| key.strip_suffix("{\"summary\":\""));
    let named = named.and_then(|outer| outer.strip_suffix("\":")).and_then(|outer| outer.rsplit('"').next());
    if named.is_some_and(is_status) {
        return true;
    }
    let status = above.trim().trim_end_matches(':').trim_matches(['"', '\'']);
    matches!(key.as_str(), "description:" | "summary:" | "description: \"" | "description: '" | "summary: \"")
        && above.trim().ends_with(':')
        && is_status(status)
}

/// `- **…** The id is another one.`
fn is_entry_of_guide(before: &str, after: &str) -> bool {
    let lead = before.trim_start().trim_start_matches(['-', '*', '+', ' ']);
    let bold = before.ends_with("**") && lead.is_empty();
    let Some(rest) = after.trim_start_matches(['.', '!']).strip_prefix("**") else {
        return bold && after.trim_start_matches(['.', '!', '*']).is_empty();
    };
    let spoken = format!(" {}", rest.to_lowercase());
    let told = holds_any(&[" we ", " i ", " since ", " our ", " my "], &spoken);
    bold && !told
}
