//! Whether a message stands in the text as the words of a failure, or is only spoken about: in code, in a
//! negation, in a question, in documentation. An error object or a pair of code and message is a failure; this is asked
//! of words that stand by themselves.
//!
//! The rule: words are a failure's own where they have their line to themselves, or where what leads to them ends as
//! leads to a message do (a colon, a number, `failed`, `we get`). Words that a sentence runs into or out of are spoken
//! about, as are literals of code, and so is whatever is denied, asked about or told as a possibility.

use super::pattern::is_cmdlet_name;
use super::told_by::own_clause;
use super::{Span, beside, tongues};
use crate::source::slice;

/// How much of a line is looked at on either side.
const REACH: usize = 300;
/// A literal begins at most this far before its message.
const LITERAL: usize = 48;
/// So many words in one sentence behind the message: the sentence is not the service's.
const PROSE: usize = 5;

const QUOTES: [char; 12] = ['"', '\'', '`', '“', '”', '„', '‘', '’', '«', '»', '*', '_'];

/// Whether the words at `hit`, which stand in no error structure, are only spoken about.
pub(crate) fn is_spoken(text: &str, hit: Span) -> bool {
    let (before, after) = line_around(text, hit);
    let (lower, behind) = (before.to_lowercase(), after.to_lowercase());
    is_comment(&lower)
        || is_found(&lower)
        || is_code(&lower, &behind)
        || is_denied(&lower, &behind, after)
        || is_prose(&lower, before, &behind, after)
}

/// Whether a sentence that supposes something runs into the words: `skip: if a specific ...`.
pub(crate) fn is_supposed(text: &str, hit: Span) -> bool {
    let (written, _) = line_around(text, hit);
    let before = written.to_lowercase();
    let own = Record::of(written).map_or(written, |record| record.own).to_lowercase();
    let clause = before.rsplit(": ").next().unwrap_or_default();
    [clause, &own].iter().any(|it| it.trim_start().starts_with("if ")) && frame(&before, written) == Frame::None
}

/// Whether the words are a literal of code, or a sentence of somebody else's runs into them.
pub(super) fn is_of_others(text: &str, hit: Span) -> bool {
    let (before, after) = line_around(text, hit);
    let lower = before.to_lowercase();
    is_code(&lower, &after.to_lowercase()) || frame(&lower, before) == Frame::None
}

/// Whether a line begins with a time or with a level of failures: it is a record of its own.
pub(super) fn begins_record(line: &str) -> bool {
    Record::of(slice(line, 0..REACH)).is_some()
}

/// Whether a cmdlet's error begins in a line of its own behind the first line: `Get-MgUser_Get: ...`.
pub(super) fn cmdlet_error(text: &str) -> Option<usize> {
    let mut at = 0;
    text.split_inclusive(['\n', '\r']).enumerate().find_map(|(index, line)| {
        let start = at;
        at += line.len();
        (index > 0 && is_cmdlet_error(line)).then_some(start)
    })
}

/// `Get-MgUser_Get: ...`
pub(super) fn is_cmdlet_error(line: &str) -> bool {
    let name = line.split(':').next().filter(|name| name.len() < line.len());
    name.and_then(|name| name.trim_end().split('_').next()).is_some_and(is_cmdlet_name)
}

/// Whether an error object is what a test or a stand-in is given.
pub(crate) fn is_made_up(text: &str, start: usize) -> bool {
    let (before, _) = line_around(text, Span::new(start, start));
    let lower = before.to_lowercase();
    [
        "reply(",
        "expect(",
        "toequal(",
        "tomatchobject(",
        "tothrow(",
        "withbody(",
        "mock",
        "stub(",
        "stub_request(",
        "to_return(",
        "thenreturn(",
        "andreturn(",
        "nock(",
        "cy.intercept(",
        "json.stringify({",
        "res.json({",
        ").json({",
        "new response(",
        "jsonresponse(",
        "responses.add(",
        "httpresponse.json(",
        "ctx.json(",
        "respond_with",
        "httpretty",
    ]
    .iter()
    .any(|call| lower.contains(call))
        || is_case(&lower)
        || is_fixture(slice(text, start.saturating_sub(REACH)..start))
}

/// `{name: "upn", status: 400, body: \`{…`: a row of a table of tests, its body a literal without escapes.
fn is_case(before: &str) -> bool {
    let row = before.trim_start();
    let named = ["{name: \"", "{ name: \"", "{desc: \"", "{\""].iter().any(|open| row.starts_with(open));
    named && before.trim_end_matches(['{', '"', ' ']).ends_with('`')
}

/// A comment right above that names a file of what tests are given: `// __fixtures__/error.json`.
fn is_fixture(head: &str) -> bool {
    let above = head.lines().rev().take(4).map(str::trim_start);
    let mut comments = above.filter(|line| ["//", "#", "<!--", "/*"].iter().any(|mark| line.starts_with(mark)));
    comments.any(|line| {
        let line = line.to_lowercase();
        line.contains('/') && ["fixture", "cassette", "__mocks__", "testdata"].iter().any(|word| line.contains(word))
    })
}

/// Whether a message only quotes the words: it leads to them in words of its own, and quotes them or goes on after them.
pub(crate) fn is_quoted_in(text: &str, message: Span, hit: Span) -> bool {
    const LABELS: &str = "error|errors|exception|message|failed|failure|response|code|status|reason|request|with|call|graph|api|http|details|returned";
    let lead = slice(text, message.start..hit.start);
    let rest = slice(text, hit.end..message.end);
    if lead.contains('{') {
        return false;
    }
    let own = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_lowercase()) && !is_one_of(LABELS, word);
    let split = lead.split(|c: char| !c.is_alphanumeric());
    let own = split.filter(own).count();
    let mark = |c: char| QUOTES.contains(&c) || matches!(c, '\\' | '(' | ')' | ' ' | '.' | '!');
    let behind = rest.trim_start_matches(mark);
    let opened =
        lead.trim_end_matches(['\\', '.', '/']).ends_with(|c: char| QUOTES.contains(&c) || matches!(c, '(' | '['));
    let cut = opened && !rest.contains(|c: char| QUOTES.contains(&c) || matches!(c, ')' | ']'));
    if own == 0 && (words(lead) == 0 || words(behind) == 0 && !cut) {
        return false;
    }
    // A text that is cut may have gone on with the quote.
    let closed =
        rest.trim_start_matches(['\\', '.', '!']).starts_with(|c: char| QUOTES.contains(&c) || matches!(c, ')' | ']'))
            || hit.end + 2 >= message.end;
    let clauses = lead.contains("; ") || lead.contains(". ");
    let (before, after) = (lead.to_lowercase(), rest.to_lowercase());
    opened && closed
        || clauses && own >= PROSE
        || is_denied(&before, &after, rest)
        || ["if you", "you would", "what does"].iter().any(|asked| before.contains(asked))
        || is_prose(&before, lead, &after, rest) && !behind.is_empty()
}

/// What stands on the message's lines before and behind it; an escaped line break ends a line too.
fn line_around(text: &str, hit: Span) -> (&str, &str) {
    let before = slice(text, hit.start.saturating_sub(REACH)..hit.start);
    let before = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let before = before.rsplit("\\n").next().unwrap_or_default();
    let after = slice(text, hit.end..hit.end.saturating_add(REACH));
    let after = after.split(['\n', '\r']).next().unwrap_or_default();
    (before, after.split("\\n").next().unwrap_or_default())
}

/// A comment or a heading.
fn is_comment(before: &str) -> bool {
    let line = before.trim_start();
    ["//", "/*", "<!--", "# ", "## ", "### ", "#### ", "= ", "== ", "=== ", "-- ", "rem ", "* @", "#["]
        .iter()
        .any(|mark| line.starts_with(mark))
        || before.contains(" // ")
        || before.contains(" # ")
}

/// A literal that a search found in a file, `src/errors.ts:41: "...`.
fn is_found(before: &str) -> bool {
    let mut found = before.trim_start_matches([' ', '\t', '-', '*']).splitn(3, ':');
    let is_file = found.next().is_some_and(|file| file.contains('.') && file.contains('/') && !file.contains(' '));
    let is_line = found.next().is_some_and(|line| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()));
    is_file
        && is_line
        && found.next().is_some_and(|rest| rest.trim_start().starts_with(['"', '\'', '`']) || rest.ends_with('/'))
}

/// `When the call fails with "...", check the following`: a clause that a page goes on from, and that tells of nobody.
fn is_condition(lead: &str, behind: &str) -> bool {
    let lead = lead.trim_start();
    let tag = lead.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    let lead = tag.map_or(lead, |(_, rest)| rest).trim_start_matches(|c: char| !c.is_alphanumeric());
    let of_somebody = |word: &str| is_one_of("i|we|my|our|it|me|us", word);
    let behind = behind.trim_start_matches(['.', '!']).trim_start_matches(QUOTES);
    let tag = behind.strip_prefix("</").and_then(|rest| rest.split_once('>'));
    let behind = tag.map_or(behind, |(_, rest)| rest);
    lead.starts_with("when ")
        && behind.starts_with(", ")
        && !lead.contains(", ")
        && !lead.split(|c: char| !c.is_alphanumeric()).any(of_somebody)
}

/// What a program's source declares a name with.
pub(super) const DECLARED: &str = "const|let|var|static|final|public|private|def|val|export|readonly|my|fn";

/// A literal in code, a pattern of a query or of a configuration.
fn is_code(before: &str, after: &str) -> bool {
    // A pattern between slashes, as languages declare one.
    let first = before.split_whitespace().next().unwrap_or_default();
    if is_one_of(DECLARED, first) && before.contains(" = /") {
        return true;
    }
    let Some((outer, literal)) = open_literal(before) else { return false };
    if literal.chars().count() > LITERAL {
        return false;
    }
    let closing = after.trim_start_matches(|c: char| !QUOTES.contains(&c)).trim_start_matches(QUOTES);
    // A key of a table: `{"message": "what to do"}`.
    let is_key = literal.trim().is_empty()
        && after.trim_start_matches(['.', '!']).starts_with(QUOTES)
        && [":", " :", "=>", " =>"].iter().any(|mark| closing.starts_with(mark))
        && (outer.trim().is_empty() || outer.trim_end().ends_with(['{', ',', '[']));
    let outer = outer.trim_end_matches(|c: char| c.is_whitespace() || c == '\\');
    // `return $"…`, `raise f"…`: what marks a literal is none of its words.
    let marked = outer.rsplit(char::is_whitespace).next().filter(|mark| is_one_of("$|@|$@|@$|f|r|b|rb|fr|u|s", mark));
    let outer = marked.and_then(|mark| outer.strip_suffix(mark)).unwrap_or(outer).trim_end();
    let last =
        outer.rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$'))).next().unwrap_or("");
    let first = outer.split_whitespace().next().unwrap_or_default();
    const WORDS: &str = "-eq|-ne|-like|-match|-notlike|-notmatch|-contains|-pattern|contains|has|startswith|endswith|matches|\
        match|return|case|when|if|elif|unless|assert|throw|raise|in";
    const KEYS: &str = "pattern|match|matches|regex|contains|expected|expect|description|title|query|summary|test|keyword|example|placeholder";
    const TOOLS: &str = "grep|rg|ag|findstr|select-string|awk|sed|jq";
    const STEPS: &str = "stats|where|summarize|project|count|extend|sort|head|table|timechart|top|line_format";
    let compared = ["==", "!=", "=~", ":=", "~=", "<>", "|="].iter().any(|mark| outer.ends_with(mark));
    let key = outer.strip_suffix(':').map(|key| key.trim_start_matches(['-', ' ', '{', '"']).trim_matches(QUOTES));
    is_key
        || compared
        || is_row(outer, closing)
        || is_tuple(outer)
        || is_one_of(WORDS, last) && !outer.ends_with([':', '=', '('])
        || is_call(outer)
        || is_assignment(outer)
        || is_one_of(TOOLS, first)
        || first == "$" && is_one_of(TOOLS, outer.split_whitespace().nth(1).unwrap_or_default())
        || outer.contains("| grep ")
        || outer.contains("insert into ")
        || declares(first, outer)
        || closing
            .trim_start()
            .strip_prefix("| ")
            .is_some_and(|rest| is_one_of(STEPS, rest.split_whitespace().next().unwrap_or_default()))
        || key.is_some_and(|key| is_one_of(KEYS, key.trim()))
        || after
            .trim_start_matches(|c: char| !QUOTES.contains(&c))
            .trim_start_matches(QUOTES)
            .trim_start()
            .starts_with("in ")
            && is_one_of(WORDS, last)
}

/// Whether a line declares a name: `my` is a word of people too, and so are others.
fn declares(first: &str, outer: &str) -> bool {
    let marks: &[char] = if first == "my" { &['$', '@', '%'] } else { &['=', '(', '{', '['] };
    is_one_of(DECLARED, first) && outer.contains(marks)
}

/// What stands before the quote that is still open where the message begins, and what is behind the quote.
fn open_literal(before: &str) -> Option<(&str, &str)> {
    let at = before.rfind(['"', '\'', '`', '“', '‘'])?;
    let quote = before.get(at..)?.chars().next()?;
    Some((before.get(..at)?, before.get(at + quote.len_utf8()..)?))
}

/// `includes("…")`, `it("…")`, `throw new Error("…")`; what a language prints of an error, `APIError('…')`, is none.
fn is_call(outer: &str) -> bool {
    let Some(head) = outer.strip_suffix('(').or_else(|| {
        // `raises(GraphError, match=`, `t.Errorf(x, `
        let (head, arguments) = outer.rsplit_once('(')?;
        (arguments.ends_with("match=") || arguments.ends_with(", ") || arguments.ends_with(',')).then_some(head)
    }) else {
        return false;
    };
    let name = head.rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$'))).next().unwrap_or_default();
    let raised = ["throw ", "raise ", "new ", "return ", "panic", "reject"].iter().any(|word| head.contains(word));
    let printed = ["error", "exception", "err", "problem", "failure", "fault", "print", "log"];
    !name.is_empty() && (raised || !printed.iter().any(|end| name.ends_with(end)))
}

/// `name = "…"` alone on its line; a field that tells an error is none.
fn is_assignment(outer: &str) -> bool {
    let Some(name) = outer.strip_suffix('=').map(str::trim) else { return false };
    outer.ends_with(" =") && !name.is_empty() && !name.contains(' ') && !tells_error(name)
}

/// `7503: "…",`, `ERR_7503 => "…",`: a row of a table of a program's, under a number or a constant. What a service or
/// a client prints names its fields in words.
fn is_row(outer: &str, closing: &str) -> bool {
    let outer = outer.trim();
    let Some(key) = outer.strip_suffix(':').or_else(|| outer.strip_suffix("=>")) else { return false };
    let key = key.trim().trim_matches(QUOTES).trim_matches(['[', ']']);
    let numbered = |key: &str| {
        key.bytes().any(|byte| byte.is_ascii_digit())
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    // `match code { 7503 => "…", 7505 => "…" }`
    let arm = || {
        let last = key.rsplit(|c: char| c.is_whitespace() || matches!(c, ',' | '{')).next().unwrap_or_default();
        outer.ends_with(" =>") && numbered(last) && closing.trim_start().starts_with([',', '}'])
    };
    numbered(key) && closing.trim_end().trim_end_matches('}').trim_end() == "," || arm()
}

/// `REFUSED = (403, "…`, `codes = ["…`: part of a value that a program gives a name; one that tells an error is none.
fn is_tuple(outer: &str) -> bool {
    let Some((name, value)) = outer.split_once(" = ") else { return false };
    let name = name.split(':').next().unwrap_or_default().trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.'));
    let opened = value.trim_start().starts_with(['(', '[']);
    is_name && opened && !tells_error(name)
}

/// Whether a name is one that programs give to what went wrong.
fn tells_error(name: &str) -> bool {
    let told = ["err", "msg", "message", "reason", "detail", "description", "exception", "text", "body", "status"];
    told.iter().any(|word| name.to_lowercase().contains(word))
}

/// The sentence denies that it was said, or that it still is.
fn is_denied(before: &str, after: &str, written: &str) -> bool {
    const BEFORE: &str = "before the fix|before that|until then|up to then|previously|no longer|not the case|never |instead of|rather than|without |stopped getting|got rid of|used to |did not fail|didn't fail|not fail with|does not fail|expected error|expects error|no error|\
        n't get|n't see|not get |not see |n't return|not return|does not say|n't say";
    const BEHIND: &str = "is gone|are gone|went away|has never|have never|had never|never happen|never occur|not once|only in theory|no longer|disappeared|is fixed|was fixed|is resolved|was resolved|is cured|was cured|was solved|is solved|got fixed|been fixed|been resolved|been solved|any more|anymore|would be shown|would be printed|state\":\"resolved|status\":\"resolved|state\": \"resolved|status\": \"resolved";
    let lead = before.rsplit([':', ';', '|']).next().unwrap_or_default();
    let lead = own_clause(lead.rsplit(". ").next().unwrap_or_default());
    let rest = sentence(after, written, 80);
    // `- fixed: ...`, `fix(graph): ...`
    let label =
        before.trim_end_matches(|c: char| c.is_whitespace() || c == '/' || QUOTES.contains(&c)).strip_suffix(':');
    let label = label.map(|label| label.trim_start_matches(['-', '*', ' ']).split('(').next().unwrap_or_default());
    label.is_some_and(|label| is_one_of("fix|fixed|fixes|bugfix|resolved|solved|closes", label))
        || holds_one_of(BEFORE, lead)
        || holds_one_of(BEHIND, rest)
        || is_past(own_clause(before.rsplit(". ").next().unwrap_or_default()))
        || is_past(rest)
        || rest.trim_end_matches(['.', '!', ' ']) == "never"
}

/// The sentence is about a time long ago: `Last year we got …`; not about what began then.
fn is_past(sentence: &str) -> bool {
    const PAST: &str = "last year|last month|last spring|last summer|last autumn|last winter|year ago|years ago|month ago|months ago|\
        in the past|back then|at that time|in those days";
    let mut words = sentence.split(|c: char| !c.is_alphanumeric());
    holds_one_of(PAST, sentence) && !words.any(|word| is_one_of("since|still|until|now|again", word))
}

/// The rest of the sentence that the message stands in; nothing where the message ends it.
fn sentence<'a>(after: &'a str, written: &str, most: usize) -> &'a str {
    let rest = slice(after, 0..most);
    let trimmed = rest.trim_start_matches(|c: char| c.is_ascii_punctuation() || QUOTES.contains(&c));
    let marks = slice(rest, 0..rest.len() - trimmed.len());
    // A full stop, and no quote behind it: the service goes on, or somebody else begins.
    let begins = written.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(|c: char| !c.is_lowercase());
    if marks.ends_with(['.', '!']) && (begins || trimmed.trim().is_empty()) {
        return "";
    }
    let end = trimmed.find(". ").unwrap_or(trimmed.len());
    slice(trimmed, 0..end).trim_start()
}

/// A sentence runs into the message or out of it, or tells it as a question or a possibility.
fn is_prose(before: &str, written: &str, after: &str, written_after: &str) -> bool {
    const ASKED: &str = "common errors|known errors|what does|what is \"|what is '|what is `|how to|how do|how can|does anyone|has anyone|anyone know|if you|when you|whenever|would |\
        may return|may see|may get|may be|may fail|might |can return|should |for example|e.g.|such as|\
        will return|will fail|will be returned|will receive|will respond|will answer|to avoid|to fix |- [x] |- [ ] |we expected|translate|meaning of|the docs";
    const TOLD: &str = " mean|indicates|is returned when|is returned if|is thrown|occurs when|happens when|is documented|stack overflow|\
        appears when";
    let lead = before.rsplit("? ").next().unwrap_or_default();
    let lead = own_clause(lead.rsplit(". ").next().unwrap_or_default());
    // `If the service answers "…", retry`: what somebody saw is told in the first person.
    let told = [" i ", " we ", " it "].iter().any(|person| lead.contains(person));
    // `Force-skip: if a specific ...`
    let clause = lead.rsplit(": ").next().unwrap_or_default();
    let own = Record::of(written).map_or("", |record| record.own);
    if holds_one_of(ASKED, lead) || [lead, clause, own].iter().any(|it| it.trim_start().starts_with("if ")) && !told {
        return true;
    }
    // `Is "…" documented anywhere?`
    if lead.trim_start().strip_prefix("is ").is_some_and(|rest| words(rest) == 0) {
        return true;
    }
    let rest = sentence(after, written_after, 120);
    let spaced = format!(" {rest}");
    if holds_one_of(TOLD, &spaced) {
        return true;
    }
    if tongues::is_supposed(lead) {
        return true;
    }
    let frame = match frame(before, written) {
        Frame::None if is_report(lead, after) => Frame::Said,
        frame => frame,
    };
    if frame == Frame::None || is_condition(lead, after) {
        return true;
    }
    // A cell of a table beside cells of prose explains the message.
    let (cell, others) = after.split_once('|').unwrap_or(("", ""));
    let in_table = before.trim_start().starts_with('|') && cell.chars().all(|c| !c.is_alphanumeric());
    if in_table && words(others) >= PROSE && !before.bytes().any(|byte| byte.is_ascii_digit()) {
        return true;
    }
    // `"…" - cause: the token was …`, `is "…"?`
    let quoted = before.ends_with(QUOTES) && after.trim_start_matches('.').starts_with(QUOTES);
    let behind = after.trim_start_matches('.').trim_start_matches(QUOTES).trim_start();
    let explained = behind.starts_with(['-', '–', '—', ':', '|']) && words(behind) >= PROSE;
    if frame != Frame::Said && quoted && (explained || behind.starts_with('?')) {
        return true;
    }
    let goes_on = after.trim_start_matches('.').trim_start_matches(QUOTES).starts_with(' ')
        && rest.starts_with(|c: char| c.is_lowercase());
    // `We are getting a 403 with the message "…" on every call`, `What we see is 404 with code …`
    let told = lead.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|word| !word.is_empty());
    let mut told = told.skip_while(|word| is_one_of("what|now|but|instead|and|so|then", word));
    let is_report = told.next().is_some_and(|first| is_one_of("i|we|i'm|we're", first))
        && told.any(|word| is_one_of("get|got|getting|receive|received|receiving|see|seeing|saw", word));
    // `Get-CsX : Le terme «Get-CsX» …`: what a cmdlet prints goes on in any words.
    frame != Frame::Said && goes_on && words(rest) >= PROSE && !is_report && !printed_by_cmdlet(written)
}

/// A report in words that do not lead to the message by their last one: `In the log I find "…" on every call`.
fn is_report(lead: &str, after: &str) -> bool {
    let found = || {
        let of_log = holds_one_of("in the log|in our log|in my log|in the trace|in the console|on the console", lead);
        let last = lead.trim_end_matches(|c: char| c.is_whitespace() || QUOTES.contains(&c)).rsplit(' ').next();
        of_log
            && last.is_some_and(|last| is_one_of("find|finds|read|reads", last))
            && !holds_one_of("not |n't |if ", lead)
    };
    found() || tongues::is_report(lead, after)
}

/// What leads to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    /// Words that go on into it.
    None,
    /// Nothing, or what logs and clients put before a message.
    Led,
    /// `we get`, `it returns`: somebody tells what the service said; or a log does, in words of its own.
    Said,
}

fn frame(before: &str, written: &str) -> Frame {
    let Some(record) = Record::of(written) else { return frame_of_words(before, written) };
    let own = || frame_of_words(&record.own.to_lowercase(), record.own);
    match record.level {
        // What a program tells of its own work is no answer.
        Some(Level::Told) => Frame::None,
        Some(Level::Failed) if record.own.is_empty() || own() != Frame::None => Frame::Said,
        None if record.own.is_empty() => Frame::Led,
        _ => own(),
    }
}

fn frame_of_words(before: &str, written: &str) -> Frame {
    const SAID: &str = "with|get|gets|got|getting|returns|returned|return|says|said|throws|threw|throwing|answers|answered|gives|\
        gave|giving|receive|received|receiving|see|seeing|saw|shows|showed|prints";
    const LED: &str = "error|errors|exception|message|failed|failure|fails|forbidden|unauthorized|unavailable|found|\
        request|response|is|was|code|status|fatal|warn|info|because|graph|api|server";
    let lead =
        before.trim_end_matches(|c: char| c.is_whitespace() || QUOTES.contains(&c) || matches!(c, '.' | '\\' | '/'));
    let glued = before.len() == lead.len() && !lead.is_empty();
    if lead.is_empty()
        || printed_by_cmdlet(written)
        || lead.ends_with([':', '=', '-', '>', '|', ',', ')', ']', '}', ';', '(', '[', '{', '–', '—', '→'])
            && !(glued && lead.ends_with('-'))
    {
        return Frame::Led;
    }
    let last =
        lead.rsplit(|c: char| c.is_whitespace() || matches!(c, '|' | '=' | ':' | '(' | '[')).next().unwrap_or("");
    let bare = last.trim_matches(|c: char| !c.is_alphanumeric());
    let numbered = bare.bytes().any(|byte| byte.is_ascii_digit());
    let as_code = written
        .trim_end_matches(|c: char| c.is_whitespace() || QUOTES.contains(&c) || matches!(c, '.' | '\\' | '/'))
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .is_some_and(|word| word.len() > 5 && word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase()));
    if is_one_of(SAID, bare) {
        return Frame::Said;
    }
    // `The term 'New-…`: the name that the words begin in is part of the message.
    let of_name = glued && lead.ends_with('-') && words(lead) <= 4;
    if numbered || as_code || of_name || is_one_of(LED, bare) || words(lead) == 0 { Frame::Led } else { Frame::None }
}

/// How much a log makes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Failed,
    Told,
}

/// A line that begins with a time or has a level.
struct Record<'t> {
    level: Option<Level>,
    /// What stands behind times, levels and the names of loggers.
    own: &'t str,
}

impl<'t> Record<'t> {
    fn of(before: &'t str) -> Option<Self> {
        let first = before.split_whitespace().next().unwrap_or_default();
        let digits = first.bytes().filter(u8::is_ascii_digit).count();
        let timed = first.starts_with(|c: char| c.is_ascii_digit() || c == '[' || c == '<')
            && !first.contains(['"', '{'])
            && digits >= 4
            && (first.matches(':').count() >= 2 || first.matches(['-', '/']).count() >= 2);
        let mut levels = before.split_whitespace().take(4).filter_map(level);
        let level = levels.clone().find(|level| *level == Level::Failed).or_else(|| levels.next());
        if !timed && level != Some(Level::Failed) {
            return None;
        }
        let mut own = before.trim_start();
        while let Some(word) = own.split_whitespace().next().filter(|word| heads_record(word)) {
            own = own.get(word.len()..).unwrap_or_default().trim_start();
        }
        Some(Self { level, own })
    }
}

/// What a line says behind the times, levels and loggers that it begins with; all of it where it is no record.
pub(super) fn behind_heads(line: &str) -> &str {
    // `rooms-1  | …`
    let own = line.split_once(" | ").filter(|(name, _)| name.trim_end().len() <= 32 && !name.trim_end().contains(' '));
    let line = own.map_or(line, |(_, own)| own);
    // `Nov 27 10:00:01 web1 rooms[812]: …`
    let process = line.find("]: ").filter(|end| *end < 80 && beside::is_of_system(line));
    let line = process.map_or(line, |end| slice(line, end + 3..line.len()));
    Record::of(line).map_or(line, |record| record.own)
}

/// Whether a word is a level of a log.
pub(super) fn is_level(word: &str) -> bool {
    level(word).is_some()
}

fn level(word: &str) -> Option<Level> {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphabetic());
    match word {
        "ERROR" | "WARN" | "WARNING" | "FATAL" | "ERR" | "CRITICAL" | "SEVERE" => Some(Level::Failed),
        "INFO" | "DEBUG" | "TRACE" | "VERBOSE" | "NOTICE" | "INF" | "DBG" => Some(Level::Told),
        _ => None,
    }
}

/// A time, a level, a thread, the name of a logger.
fn heads_record(word: &str) -> bool {
    level(word).is_some()
        || word.ends_with([':', ']', ')', '-', '|'])
        || word.starts_with(['[', '(', '<', '-', '|'])
        || word.contains('.') && !word.ends_with('.')
        || word.bytes().any(|byte| byte.is_ascii_digit())
        || word.bytes().all(|byte| byte.is_ascii_uppercase())
        || word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
}

/// `New-CsOnlineSession: The '…`: the frame of PowerShell.
fn printed_by_cmdlet(before: &str) -> bool {
    before.match_indices(':').any(|(at, _)| {
        let (head, rest) = before.split_at(at);
        let name = head.trim_end().rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next();
        name.is_some_and(is_cmdlet_name) && words(rest) <= PROSE
    })
}

/// Whether a word is in a list.
pub(super) fn is_one_of(list: &str, word: &str) -> bool {
    list.split('|').any(|known| known == word)
}

/// Whether a text holds a phrase of a list.
pub(super) fn holds_one_of(list: &str, text: &str) -> bool {
    list.split('|').any(|phrase| text.contains(phrase))
}

/// How many words of prose there are.
pub(super) fn words(text: &str) -> usize {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation() || QUOTES.contains(&c)))
        .filter(|word| !word.is_empty() && word.chars().all(char::is_alphabetic))
        .count()
}
