//! Whether words stand where a program or a page maps or lists them: the key of a map, an entry of a list that a program
//! declares, a change of a file, an example of a description, an item below "Possible errors". Such a place says what
//! may be said. Where nobody can tell whether it was said too, it is no proof.

use super::Span;
use super::spoken::{DECLARED, begins_record, is_one_of, words};
use crate::source::slice;

/// How much of a text is looked at on either side.
const REACH: usize = 2_000;
/// Lines above that may be of one list.
const LINES: usize = 24;
/// A value of so many words is a text.
const TEXT: usize = 4;

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// Keys beside a message that say what to do about it.
const ADVICE: &str = "advice|hint|fix|solution|remedy|resolution|meaning|explanation|whattodo|todo";
/// What tells an error: what stands under such a key was said.
const TOLD: &str = "error|errors|err|message|msg|reason|detail|details|exception|text|body|status|response|result|\
    output|description|failure|data|title|code|error_description|errordescription|error_message|errormessage";

/// Whether the words at `hit`, which stand in no error structure, are mapped or listed.
pub(super) fn is_mapped(text: &str, hit: Span) -> bool {
    let head = slice(text, hit.start.saturating_sub(REACH)..hit.start);
    let tail = slice(text, hit.end..hit.end.saturating_add(REACH));
    let place = Place {
        before: head.rsplit('\n').next().unwrap_or_default(),
        after: tail.split('\n').next().unwrap_or_default().trim_end(),
        head,
        tail,
    };
    place.is_change()
        || place.is_key()
        || place.is_string()
        || place.is_of_tuple()
        || place.is_in_declared_list()
        || place.has_advice()
        || place.is_described()
        || place.is_beside_texts()
        || place.is_under_texts()
        || place.is_item_of_guide()
        || place.is_of_change_log()
        || place.is_asked()
        || place.is_cut_entry()
}

/// Whether an error object, or a pair of code and message, is a value that a program's source or a description holds.
pub(super) fn is_example(text: &str, start: usize) -> bool {
    const EXAMPLE: &str = "example|examples|x-example|sample|samples|fixture|stub|mock|expected|jsonbody|json_body";
    let head = slice(text, start.saturating_sub(REACH)..start);
    let before = head.rsplit('\n').next().unwrap_or_default();
    let place = Place { before, after: "", head, tail: "" };
    if place.is_change() {
        return true;
    }
    let statement = before.trim_start();
    let first = statement.split_whitespace().next().unwrap_or_default();
    let rest = statement.get(first.len()..).unwrap_or_default().trim_start();
    if is_one_of("return|yield", first) && rest.starts_with(['{', '(', '[']) {
        return true;
    }
    if is_one_of(DECLARED, first) && rest.contains(" = ") && !first.is_empty() {
        return true;
    }
    // The keys that lead to the object, from the inside: `"examples": {"forbidden": {"value": {`.
    let (mut outer, mut inner) = (head, "");
    for _ in 0..5 {
        outer = outer
            .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '[' | '"' | '\'' | '\\' | '|' | '>'));
        let Some(named) = outer.strip_suffix([':', '=']) else { return false };
        let named = named.trim_end_matches(|c: char| c == ' ' || c == '\\' || QUOTES.contains(&c));
        let key = last_type(named);
        if key.is_empty() {
            return false;
        }
        // A recording gives the body of an answer as `body: {string: …}`.
        let recorded = std::mem::replace(&mut inner, key) == "string" && key == "body";
        if recorded || is_one_of(EXAMPLE, &key.to_lowercase()) {
            return true;
        }
        outer = named.get(..named.len() - key.len()).unwrap_or_default();
    }
    false
}

/// The name that a text ends with, or the type of a body: `application/json`.
fn last_type(text: &str) -> &str {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | '/');
    let start = text.trim_end_matches(is_name).len();
    text.get(start..).unwrap_or_default()
}

/// The name that a text ends with.
fn last_name(text: &str) -> &str {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    let start = text.trim_end_matches(is_name).len();
    text.get(start..).unwrap_or_default()
}

struct Place<'t> {
    /// The line before and behind the words.
    before: &'t str,
    after: &'t str,
    /// What is around them.
    head: &'t str,
    tail: &'t str,
}

impl<'t> Place<'t> {
    fn above(&self) -> impl Iterator<Item = &'t str> {
        self.head.rsplit('\n').skip(1).map(str::trim_end)
    }

    fn below(&self) -> impl Iterator<Item = &'t str> {
        self.tail.split('\n').skip(1).map(str::trim_end)
    }

    /// What is behind the quote that ends the literal, if the words are one.
    fn behind_literal(&self) -> Option<&'t str> {
        let quote = self.before.chars().next_back().filter(|c| QUOTES.contains(c) || *c == '/')?;
        let rest = self.after.trim_start_matches(['.', '!']);
        if quote == '/' { rest.strip_prefix(QUOTES) } else { rest.strip_prefix(quote) }
    }

    /// What is before the quote that begins the literal.
    fn lead(&self) -> &'t str {
        self.before.trim_end_matches('/').trim_end_matches(QUOTES).trim_end_matches(['@', '$'])
    }

    /// A line of a unified diff: `+    "guid": "…"`.
    fn is_change(&self) -> bool {
        let mut rest = self.before.chars();
        if !matches!(rest.next(), Some('+' | '-' | ' ')) {
            return false;
        }
        let header =
            |line: &&str| line.starts_with("@@ -") || line.starts_with("diff --git ") || line.starts_with("+++ b/");
        let of_change = |line: &str| line.is_empty() || line.starts_with(['+', '-', ' ', '@', '\\', 'd', 'i']);
        if self.above().take(2 * LINES).take_while(|line| of_change(line)).any(|line| header(&line)) {
            return true;
        }
        // Without its head: an item of a list has one blank, a change its indentation.
        let rest = rest.as_str();
        let indented = rest.starts_with("    ") || rest.starts_with('\t');
        !self.before.starts_with(' ') && indented && rest.contains(QUOTES) && !rest.trim_start().starts_with('+')
    }

    /// `"…" to "use the id"`, `["…"] = …`, `'…' { Write-Warning … }`, `@"…" : @"…"`.
    fn is_key(&self) -> bool {
        let (Some(behind), lead) = (self.behind_literal(), self.lead().trim_end()) else { return false };
        let behind = behind.trim_start();
        // `| "…" => Err.Tenant`: the arm of a match.
        let is_arm = lead.trim() == "|" && ["=>", "->"].iter().any(|mark| behind.starts_with(mark));
        let opened = lead.is_empty() || is_arm || lead.ends_with(['{', '[', '(', ',', '@']);
        let index = lead.ends_with('[').then(|| behind.strip_prefix(']')).flatten();
        if let Some(value) = index.and_then(|rest| rest.trim_start().strip_prefix('=')) {
            return !value.starts_with('=');
        }
        let value = ["to ", "=>", "->", "→", ":", "="].iter().find_map(|mark| behind.strip_prefix(mark));
        let value = value.map(str::trim_start).unwrap_or_default();
        // `"…": 12` counts what was said.
        let is_value = value.starts_with(|c: char| {
            c.is_alphabetic() || QUOTES.contains(&c) || matches!(c, '@' | '.' | '{' | '[' | '$')
        });
        let label = lead.is_empty() && !self.before.trim().is_empty() && behind.starts_with('{');
        opened && (is_value || label)
    }

    /// `"guidError" = "…";`: a file of strings. What a console prints of a dictionary quotes only keys with marks in them.
    fn is_string(&self) -> bool {
        let Some(behind) = self.behind_literal() else { return false };
        let pair = self.before.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
        let Some((key, rest)) = pair else { return false };
        let last = key.rsplit(['.', '_', '-', ' ']).next().unwrap_or_default().to_lowercase();
        let named = !key.is_empty() && (key.chars().all(char::is_alphanumeric) || !is_one_of(TOLD, &last));
        named && rest.trim() == "= \"" && behind.starts_with(';')
    }

    /// `{ "…", "use the id" },`, `('BadRequest', '…'),`: a row that a program's source gives.
    fn is_of_tuple(&self) -> bool {
        let Some(behind) = self.behind_literal() else { return false };
        let (lead, closed) = (self.lead().trim(), self.after.trim_end_matches([',', ';']));
        let digits = lead.bytes().filter(u8::is_ascii_digit).count();
        let opened = match lead.chars().next() {
            Some('{') => closed.ends_with('}') && !lead.contains([':', '=']) && !behind.contains([':', '=']),
            Some('(') => closed.ends_with(')') && self.after.ends_with([',', ';']),
            _ => false,
        };
        let single = behind.trim().starts_with([')', '}']) && lead.len() == 1;
        opened && digits < 4 && !single
    }

    /// `ERRORS = ["…",` and the lines of it: a list or map that a program declares.
    fn is_in_declared_list(&self) -> bool {
        let Some(behind) = self.behind_literal() else { return false };
        let lead = self.lead().trim();
        let goes_on = |rest: &str| rest.is_empty() || rest.starts_with([',', ']', ')', '}']);
        if !goes_on(behind.trim()) {
            return false;
        }
        if opens_list(lead) {
            return true;
        }
        // `"BadRequest": "…",`: a map has a key before each of its texts.
        let key = lead.strip_suffix(['=', ':', '>']).map(|key| key.trim_end_matches(['=', ']', ' ']));
        let own = key.map(|key| last_name(key.trim_end_matches(QUOTES)).to_lowercase());
        if !lead.is_empty() && own.is_none_or(|own| own.is_empty() || is_one_of(TOLD, &own)) {
            return false;
        }
        let is_map = key.is_some();
        let entry = |line: &&str| {
            let text = if is_map { line.contains([':', '=']) } else { line.trim().starts_with(QUOTES) };
            text && line.ends_with(',') || line.trim().is_empty() || line.trim().starts_with("//")
        };
        let mut above = self.above().take(LINES).skip_while(entry);
        let opener = above.next().unwrap_or_default();
        // `var texts = new Dictionary<string, string>`, and its bracket on a line of its own.
        let alone = matches!(opener.trim(), "{" | "[" | "(").then(|| above.next()).flatten();
        opens_list(opener) || alone.is_some_and(|line| opens_list(&format!("{line} {{")))
    }

    /// `message = "…"` above `advice = "…"`: an entry of a list that says what to do.
    fn has_advice(&self) -> bool {
        let lead = self.lead().trim_end();
        if !lead.ends_with(['=', ':']) || begins_record(self.before) {
            return false;
        }
        let own = last_name(lead.trim_end_matches(['=', ':', ' ', '"', '\'']));
        let start = lead.trim_start().trim_start_matches(['-', ' ', '"', '\'', '{', '+']);
        let listed = self.before.starts_with([' ', '\t', '-', '{', '+', '"', '\'']) || lead.ends_with('=');
        if own.is_empty() || !start.starts_with(own) || !listed {
            return false;
        }
        let advises = |line: &&str| {
            let line = line.trim_start_matches(['-', '+', ' ', '\t', '"', '\'']);
            let key = line.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-')).next().unwrap_or_default();
            let value = line.get(key.len()..).unwrap_or_default().trim_start_matches([' ', '"', '\'']);
            let value = value.strip_prefix([':', '=']).unwrap_or_default();
            let null = is_one_of("null|None|nil|", value.trim().trim_end_matches([',', '}', ']', ' ']));
            !null && is_one_of(ADVICE, &key.to_lowercase().replace(['_', '-'], ""))
        };
        let ends = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with(['[', '}']);
        self.below().take_while(ends).take(3).any(|line| advises(&line))
            || self.above().take_while(ends).take(3).any(|line| advises(&line))
    }

    /// `"guid": {"message": "…", "description": "Shown when …"}`: a text of a browser's extension.
    fn is_described(&self) -> bool {
        let Some(behind) = self.behind_literal() else { return false };
        let packed = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
        let head = slice(self.head, self.head.len().saturating_sub(200)..self.head.len());
        let (head, behind) = (packed(head), packed(slice(self.tail, self.after.len() - behind.len()..REACH)));
        let Some(outer) = head.strip_suffix("{\"message\":\"").and_then(|outer| outer.strip_suffix("\":")) else {
            return false;
        };
        let key = last_name(outer).to_lowercase();
        let value = behind.strip_prefix(",\"description\":\"").and_then(|rest| rest.split_once('"'));
        let whole = value.is_some_and(|(_, rest)| rest.starts_with('}') || rest.starts_with(",\"placeholders\""));
        !key.is_empty() && !is_one_of(TOLD, &key) && whole
    }

    /// `"userId": "…",` beside `"policy": "…"`: one failure does not say several things under names of its own.
    fn is_beside_texts(&self) -> bool {
        let Some(behind) = self.behind_literal() else { return false };
        if !matches!(behind.trim(), "" | ",") {
            return false;
        }
        let text_of = |line: &str| {
            let rest = line.trim_start().strip_prefix('"')?;
            let (key, rest) = rest.split_once('"')?;
            let value = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
            let lower = key.to_lowercase();
            let told = TOLD.split('|').any(|word| lower.ends_with(word));
            (!told && !key.is_empty()).then(|| words(value.trim_end_matches(','))).filter(|words| *words >= TEXT)
        };
        let own = format!("{}{}", self.before, "one two three four\"");
        if text_of(&own).is_none() {
            return false;
        }
        let pair = |line: &&str| line.trim_start().starts_with('"');
        let beside: Vec<&str> = self.above().take(1).chain(self.below().take(1)).filter(pair).collect();
        let object = |line: &str| line.trim_end().ends_with(['{', '[']);
        let others: Vec<&str> = beside.into_iter().filter(|line| !object(line)).collect();
        !others.is_empty() && others.iter().all(|line| text_of(line).is_some())
    }

    /// `forbidden: "…"` below `error_texts:`: a name that says what its values are.
    fn is_under_texts(&self) -> bool {
        const TEXTS: [&str; 7] = ["texts", "messages", "strings", "translations", "labels", "examples", "templates"];
        let lead = self.lead().trim_end();
        let key = lead.strip_suffix([':', '=']).map(|lead| last_name(lead.trim_end_matches(QUOTES).trim_end()));
        let Some(key) = key.filter(|key| !key.is_empty() && !is_one_of(TOLD, &key.to_lowercase())) else {
            return false;
        };
        let indent = |line: &str| line.len() - line.trim_start().len();
        let own = indent(self.before);
        let start = lead.trim_start().trim_start_matches(QUOTES);
        let outer = self.above().take(LINES).find(|line| !line.trim().is_empty() && indent(line) < own);
        let outer = outer.map(|line| line.trim_end_matches(['{', ' ']));
        let name = outer.and_then(|line| line.strip_suffix([':', '='])).unwrap_or_default();
        let name = last_name(name.trim_end_matches(|c: char| c == ' ' || QUOTES.contains(&c))).to_lowercase();
        start.starts_with(key) && TEXTS.iter().any(|end| name.ends_with(end))
    }

    /// `- 400 "…"` below `Possible errors`.
    fn is_item_of_guide(&self) -> bool {
        let item = |line: &str| {
            let line = line.trim_start();
            let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
            line.is_empty()
                || line.starts_with(['-', '*', '+', '|', '•'])
                || number.len() < line.len() && number.starts_with(['.', ')'])
        };
        const MARKS: [char; 7] = ['-', '*', '+', '|', '•', ' ', '\t'];
        let lead = self.before.trim_start_matches(MARKS);
        // What stands before the words is a number, at most.
        if !item(self.before) || self.before.trim().is_empty() || words(lead) > 0 || begins_record(lead) {
            return false;
        }
        // The item that this one is below: `* Common errors`.
        let indent = |line: &str| line.len() - line.trim_start().len();
        let inner = indent(self.before);
        let parent = self.above().take(LINES).find(|line| !line.trim().is_empty() && indent(line) < inner);
        let parent = parent.filter(|line| inner > 0 && item(line)).map(|line| line.trim_start_matches(MARKS));
        parent.is_some_and(is_guide)
            || self.above().take(LINES).find(|line| !item(line) || line.starts_with("**")).is_some_and(is_guide)
    }

    /// The words of somebody who tells why a file was changed: below `fix: …`, `commit 3f2a1b`, `### Fixed`.
    fn is_of_change_log(&self) -> bool {
        if is_subject(self.before) {
            return true;
        }
        let quoted = self.before.ends_with(QUOTES) || self.before.trim_end_matches('/').ends_with(QUOTES);
        let lead = self.lead().trim();
        let prose = words(lead) > 0 && quoted && !lead.ends_with(':');
        if !prose || begins_record(self.before) {
            return false;
        }
        let subject = |line: &str| is_subject(line) || is_commit(line) || is_release_part(line);
        self.above().take(8).take_while(|line| !begins_record(line)).any(subject)
    }

    /// A literal with which the text ends, where a key or an item of a list may stand: whether it went on with a value
    /// nobody can tell.
    fn is_cut_entry(&self) -> bool {
        // The mark before a value may be cut as well, or the next item of a row.
        const MARKS: [&str; 10] = ["", "t", "to", "-", "->", "=", "=>", ":", "] =", "]="];
        let rest = self.tail.trim_start_matches(['.', '!']).trim_start_matches(QUOTES).trim();
        let of_row = self.lead().contains('{') && rest.starts_with(',') && !rest.contains(['}', '\n']);
        let of_index = self.lead().trim() == "[" && rest == "]";
        // `advi` in the line below: the key of what to do, or a part of it.
        let key =
            rest.trim_end_matches(['"', '\'', '=', ':', ' ']).trim_start_matches(['"', '\'', '-', ' ']).to_lowercase();
        let of_advice =
            !key.is_empty() && self.tail.contains('\n') && ADVICE.split('|').any(|word| word.starts_with(&key));
        let ends =
            self.tail.len() < REACH && (MARKS.contains(&rest.trim_matches(',')) || of_row || of_index || of_advice);
        let quoted = self.before.ends_with(QUOTES);
        if !ends || !quoted || begins_record(self.before) {
            return false;
        }
        let lead = self.lead().trim();
        if lead.is_empty() {
            let above = self.above().find(|line| !line.trim().is_empty()).unwrap_or_default();
            return above.ends_with([',', '{', '[']) || opens_list(above);
        }
        // `= "…`, `- message: "…`: a pair of an entry, behind which what to do may follow.
        let own = last_name(lead.trim_end_matches(['=', ':', ' ', '"', '\'']));
        let start = lead.trim_start_matches(['-', ' ', '"', '\'', '{', '+']);
        let pair = !own.is_empty()
            && start.starts_with(own)
            && (lead.ends_with(" =") || lead.starts_with("- ") && lead.ends_with(':'));
        let packed: String = lead.chars().filter(|c| !c.is_whitespace()).collect();
        let described = packed.strip_suffix("{\"message\":").and_then(|outer| outer.strip_suffix("\":"));
        let described = described.is_some_and(|outer| !is_one_of(TOLD, &last_name(outer).to_lowercase()));
        lead.ends_with(['[', '{', '(', '@'])
            || lead.ends_with(',') && ["[\"", "['", "(\"", "('", "{\"", "{'"].iter().any(|open| lead.contains(open))
            || opens_list(lead)
            || pair
            || described
    }

    /// `Q: I see "…". What now?`
    fn is_asked(&self) -> bool {
        let line = self.before.trim_start().trim_start_matches(['*', '#', '-', ' ', '_']);
        let number = line.strip_prefix(['Q', 'q']).map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        number.is_some_and(|rest| rest.starts_with([':', '.', ')'])) || line.to_lowercase().starts_with("question:")
    }
}

/// Whether a line gives a name to a list that begins on it: `ERRORS = [`, `val known = listOf(`.
fn opens_list(line: &str) -> bool {
    let Some((name, value)) = line.split_once('=') else { return false };
    // `texts := map[string]string{`
    let is_walrus = name.ends_with(':');
    let name = name.trim();
    let first = name.split_whitespace().next().unwrap_or_default();
    let own = name.split(':').next().unwrap_or_default().trim();
    let shouted = own.len() > 2
        && own.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && own.bytes().any(|byte| byte.is_ascii_uppercase());
    let value = value.trim();
    let opens = value.find(['[', '(', '{']).is_some_and(|at| {
        let callee = value.get(..at).unwrap_or_default();
        callee.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '!' | '&' | '<' | '>' | ' ' | ','))
    });
    let value_is_open = value.matches(['[', '(', '{']).count() > value.matches([']', ')', '}']).count();
    opens && value_is_open && (shouted || is_walrus || is_one_of(DECLARED, first) && first != name)
}

/// `Possible errors`, `## Troubleshooting`, `Common error messages:`.
fn is_guide(line: &str) -> bool {
    const MAY: &str = "possible|common|known|typical|frequent|usual|documented";
    const WHAT: &str = "errors|error|messages|failures|problems|issues|responses|exceptions|causes";
    const ALONE: &str = "troubleshooting|faq|troubleshoot";
    const EXPLAINS: &str = "explains|explained|handles|handled|supports|supported|recognises|recognizes|translates";
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let words: Vec<String> = line.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let short = words.len() <= 5 && !line.trim_end().ends_with(['.', '?', '!']);
    let has = |list: &str| words.iter().any(|word| is_one_of(list, word));
    let reference = has("error|errors") && has("reference|catalogue|catalog|overview");
    short && (has(MAY) && has(WHAT) || has(ALONE) || has(EXPLAINS) && has(WHAT) || reference)
}

/// `fix: …`, `feat(graph)!: …`
fn is_subject(line: &str) -> bool {
    const KINDS: &str = "feat|chore|docs|refactor|perf|revert|style";
    const MENDED: &str = "fix|fixed|fixes|bugfix";
    let line = line.trim_start().trim_start_matches(['-', '*', ' ']);
    let Some((label, rest)) = line.split_once(':') else { return false };
    let kind = label.split(['(', '!']).next().unwrap_or_default();
    (is_one_of(KINDS, kind) || is_one_of(MENDED, &kind.to_lowercase())) && rest.starts_with(' ') && words(rest) > 1
}

/// `commit 3f2a1b…`
fn is_commit(line: &str) -> bool {
    let id = line.strip_prefix("commit ").and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    id.len() >= 6 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `### Fixed`, `## [1.2.0]`
fn is_release_part(line: &str) -> bool {
    let Some(title) = line.strip_prefix("##").map(|rest| rest.trim_start_matches('#').trim()) else { return false };
    let version = title.trim_start_matches(['[', 'v']);
    is_one_of("Added|Changed|Deprecated|Removed|Fixed|Security|Changelog|Bug fixes|Bug Fixes", title)
        || version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "The userId in request URL is not a valid GUID";

    fn check(is: impl Fn(&str, Span) -> bool, form: &str) -> bool {
        let text = form.replace('§', WORDS);
        text.find(WORDS).is_some_and(|at| is(&text, Span::new(at, at + WORDS.len())))
    }

    #[test]
    fn what_is_mapped_or_listed() {
        for form in [
            "val advice = mapOf(\n    \"§.\" to \"use the id\",\n)",
            "var map = new Dictionary<string, string> {\n    [\"§.\"] = \"use the id\",\n};",
            "    { \"§.\", \"use the id\" },",
            "switch ($_.Exception.Message) {\n    '§.' { Write-Warning 'use the id' }\n}",
            "NSDictionary *advice = @{ @\"§.\" : @\"use the id\" };",
            "\"§.\" -> Advice.UseId",
            "\"guidError\" = \"§.\";",
            "INSERT INTO t VALUES\n('BadRequest', '§.'),",
            "ERRORS = [\"§.\",\n  \"x\"]",
            "ERRORS = [\"Something else.\",\n          \"§.\",\n",
            "private static final List<String> KNOWN = List.of(\n    \"§.\",\n    \"Else.\");",
            "[guid]\nmessage = \"§.\"\nadvice = \"use the id\"\n",
            "- message: \"§.\"\n  advice: use the id\n",
            "{\n \"guid\": { \"message\": \"§.\", \"description\": \"Shown when it was an address\" },",
            "{\n  \"errors\": {\n    \"userId\": \"§.\",\n    \"policy\": \"No application access policy found.\"\n",
            "MESSAGES = {\n    \"Ok\": \"fine\",\n    \"BadRequest\": \"§.\",\n}",
            "static Map<String, String> m = Map.ofEntries(\n  \"Ok\" = \"fine\",\n  \"BadRequest\" = \"§.\",\n",
            "var texts = new Dictionary<string, string>\n{\n    [\"BadRequest\"] = \"§.\",\n};",
            "texts := map[string]string{\n\t\"BadRequest\": \"§.\",\n}",
            "* Common errors\n  - Something else.\n  - §.\n* Next steps\n",
            "Possible errors\n\n- 400 `§.`\n- 403 `Else.`\n",
            "## Troubleshooting\n\n| `§.` | the id |\n",
            "commit 3f2a1b\n    fix: resolve first\n\n    Graph answered \"§.\" for addresses.\n",
            "fix: resolve the organizer first, Graph answered \"§.\"",
            "### Fixed\n\n- Graph answered \"§.\" for addresses\n",
            "Q: I see \"§.\". What now?\nA: Pass the object id.",
            "-    \"guid\": \"§.\",\n+    \"guid\": \"No GUID.\",",
            "@@ -1,2 +1,2 @@\n - a\n+const GUID = \"§.\";",
        ] {
            assert!(check(is_mapped, form), "{form}");
        }
    }

    /// An entry that the text breaks off behind its words is no surer than the whole one.
    #[test]
    fn a_cut_entry_is_one() {
        let is = |text: &str, hit: Span| {
            is_mapped(text, hit)
                || super::super::listed::is_listed(text, hit)
                || super::super::spoken::is_spoken(text, hit)
        };
        for form in [
            "val advice = mapOf(\n    \"§.\" to \"use the id\",\n)",
            "var map = new Dictionary<string, string> {\n    [\"§.\"] = \"use the id\",\n};",
            "x = {\n    { \"§.\", \"use the id\" },",
            "NSDictionary *advice = @{ @\"§.\" : @\"use the id\" };",
            "{\n  \"a\": 1,\n  \"§.\": \"use the id\"\n}",
            "\"guidError\" = \"§.\";",
            "ERRORS = [\"§.\",\n  \"x\"]",
            "ERRORS = [\"Something else.\",\n          \"§.\",\n",
            "[guid]\nmessage = \"§.\"\nadvice = \"use the id\"\n",
            "- message: \"§.\"\n  advice: use the id\n",
            "{\n \"guid\": { \"message\": \"§.\", \"description\": \"Shown when it was an address\" },",
        ] {
            let text = form.replace('§', WORDS);
            let Some(at) = text.find(WORDS) else { continue };
            let hit = Span::new(at, at + WORDS.len());
            for end in hit.end..=text.len() {
                let cut = slice(&text, 0..end);
                assert!(is(cut, hit), "{cut}");
            }
        }
    }

    #[test]
    fn what_was_said_is_not_mapped() {
        for form in [
            "- 400: §.",
            "-   \"§.\"",
            "build: sync of all meetings failed with \"§.\"",
            "- \"§.\": 12 times",
            "errors:\n- \"§.\"\n- \"Channel based meetings are currently not supported.\"\n",
            "{\"errors\":[{\"message\":\"§.\",\"path\":[\"createMeeting\"]}]}",
            "{\n  \"level\": \"error\",\n  \"error\": \"§.\",\n  \"message\": \"list of meetings failed again\"\n}",
            "{\"result\":{\"message\":\"§.\",\"description\":\"The call of Graph failed\"}}",
            "    \"error_message\" = \"§.\";\n    code = 400;",
            "NSLocalizedDescription = \"§.\";",
            "('§.',)",
            "(400, '§.')",
            "Error: §.\nHint: use the object id",
            "{\"code\":\"x\",\n \"message\":\"§.\",\n \"hint\":null}",
            "+ CategoryInfo : (:) [], x\n+ §.",
            "After commit 3f2a1b we get this:\n\n§.",
            "2026-11-20 09:15:00 fix: x\n2026-11-20 09:15:01 ERROR \"§.\"",
            "const r = {\n  status: 400,\n  message: \"§.\",\n}",
            "* Errors of last night\n  - §.\n",
            "Errors of last night:\n- 400 `§.`",
            "    console.error(\n      '§.'\n",
            "err = [\"§.\"]",
        ] {
            assert!(!check(is_mapped, form), "{form}");
        }
    }

    #[test]
    fn objects_of_a_source_or_a_description() {
        let is =
            |text: &str, hit: Span| text.find("\"error\"").is_some_and(|at| is_example(text, at)) && !hit.is_empty();
        let object = "{\"error\": {\"code\": \"BadRequest\", \"message\": \"§.\"}}";
        for form in ["    return {}", "  example: {}", "  \"response\": { \"jsonBody\": {} }", "+    \"body\": {}"] {
            assert!(check(is, &form.replace("{}", object)), "{form}");
        }
        let form = "\"examples\": {\"forbidden\": {\"value\": {}}}".replace("{}", object);
        assert!(check(is, &form), "{form}");
        for form in ["{}", "err={}", "body: {}", "response = {}", "const r = await list();\n\n{}"] {
            assert!(!check(is, &form.replace("{}", object)), "{form}");
        }
    }
}
