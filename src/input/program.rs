//! Whether a text is the source of a program, and words are a literal or a comment of it. One line tells it of a
//! constant; else every line around must read as a line of a program, so that no sentence, record, prompt or trace that
//! stands among them is taken for one.

use super::Span;
use super::compared;
use super::spoken::{DECLARED, begins_record, is_one_of, words};
use crate::source::slice;

/// How much of a text is looked at on either side.
const REACH: usize = 2_000;
/// A comment that says more than the words has so many of its own.
const OWN: usize = 3;

const QUOTES: [char; 3] = ['"', '\'', '`'];
/// What begins the lines that only a program has.
const PARTS: &str = "import|from|package|using|namespace|class|interface|struct|enum|module|def|func|fn|function|async|\
    export|public|private|protected|internal|static|if|elif|for|foreach|while|switch|except|catch";
/// And those that it has among them.
const STATEMENTS: &str = "return|raise|throw|pass|else|try|finally|end|break|continue|require|use|await|yield|echo|param|\
    assert|begin|rescue|ensure";
/// What leads to a literal in a condition or a statement.
const LEADS: &str = "return|case|when|in|if|elif|and|or|not|raise|throw|match|-match|-like|-eq|-ne|-notmatch|-contains|\
    echo|f|r|b|yield|else";

/// Whether words that nobody answered with are a literal, a constant or a comment of a program.
pub(super) fn is_of_program(text: &str, hit: Span) -> bool {
    let from = hit.start.saturating_sub(REACH);
    let (head, tail) = (slice(text, from..hit.start), slice(text, hit.end..hit.end.saturating_add(REACH)));
    let before = head.rsplit('\n').next().unwrap_or_default();
    let after = tail.split('\n').next().unwrap_or_default().trim_end();
    if begins_record(before) {
        return false;
    }
    let above = head.rsplit('\n').nth(1).unwrap_or_default().trim_end();
    // What a text that is cut on this line would have shown next is not known.
    let cut = tail.len() < REACH && !tail.contains('\n');
    is_declared(before, after, cut)
        || compared::is_compared(before, after, cut)
        || is_compared(before, after)
        || is_of_table(before, after)
        || (is_literal(above, before, after, cut) || is_remark(before, after)) && reads_as_source(head, tail, cut)
}

/// `const NO_POLICY = "…";`, `static final String NO_POLICY = "…";`
fn is_declared(before: &str, after: &str, cut: bool) -> bool {
    let Some((outer, literal)) = opened(before) else { return false };
    let Some(name) = outer.trim_end().strip_suffix('=') else { return false };
    let mut declaration = name.split_whitespace();
    let declared = declaration.next().is_some_and(|first| is_one_of(DECLARED, first)) && declaration.count() >= 1;
    let quiet = !name.contains(['{', '(', '=']) && literal.is_empty();
    let Some(rest) = closed(after, before, cut) else { return false };
    declared
        && quiet
        && (matches!(rest.trim(), "" | ";" | "," | "as const;") || cut && "as const;".starts_with(rest.trim()))
}

/// `expect(err.message).toBe("…");`, `assert.equal(err.message, "…")`: one line of a test.
fn is_compared(before: &str, after: &str) -> bool {
    let Some((outer, literal)) = opened(before) else { return false };
    let lead = outer.trim_start();
    let lead = lead.strip_prefix("await ").unwrap_or(lead);
    let begins = ["expect(", "assert.", "assert(", "assertEquals(", "assertThat(", "self.assert", "Assert."];
    let matched = outer.trim_end().ends_with(['(', ',']) && outer.contains(['.', ',']);
    let closes = closed(after, before, false).is_some_and(|rest| matches!(rest.trim(), ")" | ");" | "));" | "))"));
    begins.iter().any(|begin| lead.starts_with(begin)) && matched && closes && words(literal) <= OWN
}

/// `const MSG = { 3003: '…', 3004: '…' };`: a table of texts on one line.
fn is_of_table(before: &str, after: &str) -> bool {
    let Some((name, entries)) = before.split_once("= {") else { return false };
    let mut declaration = name.split_whitespace();
    let declared = declaration.next().is_some_and(|first| is_one_of(DECLARED, first)) && declaration.count() == 1;
    let ends = after.trim_end().trim_end_matches(';').trim_end().ends_with('}');
    let of_value = || opened(before).is_some_and(|(outer, it)| it.is_empty() && outer.trim_end().ends_with(':'));
    // The key may be a part of the words: `3004: '…'`.
    let of_entry = || after.starts_with(QUOTES) && (entries.trim().is_empty() || entries.trim_end().ends_with(','));
    declared && ends && (of_value() || of_entry())
}

/// `if "…" in r.text:`, `raise X("…")`, `noPolicy: '…',`
fn is_literal(above: &str, before: &str, after: &str, cut: bool) -> bool {
    let Some((outer, literal)) = opened(before) else { return false };
    let Some(rest) = closed(after, before, cut) else { return false };
    let lead = outer.trim_end_matches(['$', '@']).trim_end();
    let lead = lead.strip_suffix(['f', 'r', 'b']).filter(|outer| outer.ends_with(['(', ' ', '='])).unwrap_or(lead);
    let last = lead.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let led =
        lead.is_empty() || lead.ends_with(['=', '(', ',', '[', '{', ':', '+', '&', '|', '?']) || is_one_of(LEADS, last);
    let rest = rest.trim_start();
    let follows = rest.is_empty()
        || rest.starts_with([')', ',', ';', ']', '}', ':', '.', '+', '{', '?', '|', '&', '='])
        || rest.starts_with("in ")
        || rest.starts_with("and ")
        || rest.starts_with("or ")
        || cut && ["in ", "and ", "or "].iter().any(|word| word.starts_with(rest));
    // Alone on its line it is an item of a list that goes on, or what was printed.
    let alone = lead.trim().is_empty() && rest.is_empty();
    let listed = !alone || above.ends_with([',', '(', '[', '{']);
    words(literal) <= OWN && led && follows && listed && !is_sentence(lead)
}

/// `"""Raised when Graph answers: ….""" `, `// Graph's "…"`: a comment that says more than the words.
fn is_remark(before: &str, after: &str) -> bool {
    let lead = before.trim_start();
    let mark = ["///", "//!", "//", "/*", "* ", "#", "\"\"\"", "'''"].into_iter().find(|mark| lead.starts_with(mark));
    mark.is_some_and(|mark| words(lead.get(mark.len()..).unwrap_or_default()) + words(after) >= OWN)
}

/// What stands before the quote that is open where the words begin, and what is behind it.
fn opened(before: &str) -> Option<(&str, &str)> {
    let at = before.rfind(QUOTES)?;
    let quote = before.get(at..)?.chars().next()?;
    // A quote that is closed again opens nothing.
    let open = before.matches(quote).count() % 2 == 1;
    open.then_some((before.get(..at)?, before.get(at + quote.len_utf8()..)?))
}

/// What stands behind the literal that the words are in; nothing where the text is cut before its end.
fn closed<'t>(after: &'t str, before: &str, cut: bool) -> Option<&'t str> {
    let quote = before.get(before.rfind(QUOTES)?..)?.chars().next()?;
    let closed = after.split_once(quote).map(|(_, rest)| rest);
    closed.or_else(|| cut.then_some(""))
}

/// Whether what leads to a literal is somebody's sentence: three words in a row, none of which a program has.
fn is_sentence(lead: &str) -> bool {
    let mut row = 0;
    lead.split(' ').filter(|word| !word.is_empty()).any(|word| {
        let plain = word.len() > 1 && word.chars().all(char::is_alphabetic);
        row = if plain && !is_one_of(PARTS, word) && !is_one_of(LEADS, word) { row + 1 } else { 0 };
        row >= 3
    })
}

/// Whether all that stands around is source: every line reads so, and one is of a kind that only a program has.
fn reads_as_source(head: &str, tail: &str, cut: bool) -> bool {
    // The line of the words themselves has been looked at; a line that is cut says nothing.
    let above = head.split('\n').rev().skip(1);
    let above = above.clone().take(above.count().saturating_sub(usize::from(head.len() >= REACH)));
    let below = tail.split('\n').skip(1);
    // Only what ends a line was not cut.
    let last = tail.rsplit('\n').next().filter(|_| !cut).unwrap_or_default();
    let below = below.clone().take(below.count().saturating_sub(1));
    let (before, after) = (head.rsplit('\n').next().unwrap_or_default(), tail.split('\n').next().unwrap_or_default());
    let own = without_literals(&format!("{before}{after}{}", if cut { ":" } else { "" }));
    let mut parts = is_part(own.trim());
    // A text between three quotes is a comment, whatever it says.
    let mut quoted = false;
    let mut all = |line: &str| {
        let line = line.trim();
        let marks = line.matches("\"\"\"").count();
        let inside = quoted || marks > 0;
        quoted ^= marks % 2 == 1;
        let bare = without_literals(line);
        let part = is_part(&bare);
        parts |= part;
        !tells_trace(line) && (inside || part || is_line(&bare))
    };
    let source = above.into_iter().all(&mut all) && below.into_iter().all(&mut all);
    source && parts && !tells_trace(last.trim())
}

/// A line with nothing between its quotes: what a literal says is none of the program's own words.
fn without_literals(line: &str) -> String {
    let mut bare = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(QUOTES) {
        let (before, literal) = rest.split_at(at);
        let Some(quote) = literal.chars().next() else { break };
        bare.push_str(before);
        bare.push(quote);
        rest = literal.get(quote.len_utf8()..).unwrap_or_default();
        if let Some((_, behind)) = rest.split_once(quote) {
            bare.push(quote);
            rest = behind;
        }
    }
    bare.push_str(rest);
    bare
}

/// What a program prints of itself when it fails, and what a console shows.
fn tells_trace(line: &str) -> bool {
    ["at ", "File \"", "Traceback", "Caused by", ">", "$ ", "PS ", "HTTP/", "In [", "--", "+ "]
        .iter()
        .any(|mark| line.starts_with(mark))
        || begins_record(line)
}

/// `import x`, `public class X {`, `def f(x):`, `if (x) {`
fn is_part(line: &str) -> bool {
    let line = line.trim_start_matches(['}', ' ']);
    let first = line.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    if !is_one_of(PARTS, first) || first.is_empty() {
        return false;
    }
    let ends = line.ends_with(['{', ':', ';', ')', '(', ',']) || line.contains(") {") || line.contains("): ");
    match first {
        "import" | "package" | "using" | "namespace" | "module" => !is_sentence(line.get(first.len()..).unwrap_or("")),
        "from" => line.contains(" import ") && !is_sentence(line.get(first.len()..).unwrap_or("")),
        // A question of somebody's ends with neither.
        "if" | "elif" | "for" | "foreach" | "while" | "switch" | "except" | "catch" => ends && !is_sentence(line),
        // `public static class Errors`, its bracket in the next line.
        _ if is_one_of("class|interface|struct|enum", line.rsplit(' ').nth(1).unwrap_or_default()) => true,
        _ => ends && !is_sentence(line.get(first.len()..).unwrap_or("")) || line.contains(" = "),
    }
}

/// A line that a program may have.
fn is_line(line: &str) -> bool {
    const ENDS: [char; 13] = ['{', '}', ';', ',', '(', ')', '[', ']', ':', '\\', '+', '&', '|'];
    const COMMENTS: [&str; 8] = ["//", "/*", "*", "#", "'''", "<!--", "@", "["];
    let first = line.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let assigned = || {
        let name = line.split_once(['=', ':']).map(|(name, _)| name.trim_end_matches(['+', '-', ':']).trim());
        name.is_some_and(|name| !name.is_empty() && name.split_whitespace().count() <= 3) && line.contains('=')
    };
    line.is_empty()
        || COMMENTS.iter().any(|mark| line.starts_with(mark))
        || line.ends_with(ENDS) && !is_sentence(line)
        || !first.is_empty() && is_one_of(STATEMENTS, first) && !is_sentence(line.get(first.len()..).unwrap_or(""))
        || assigned() && !is_sentence(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "No application access policy found for this app";

    fn check(form: &str) -> bool {
        let text = form.replace('§', WORDS);
        text.match_indices(WORDS).all(|(at, _)| is_of_program(&text, Span::new(at, at + WORDS.len())))
    }

    #[test]
    fn literals_and_comments_of_a_program() {
        for form in [
            "const NO_POLICY = \"§\";\n",
            "    public const string NoPolicy = \"§\";",
            "import { Client } from '@microsoft/microsoft-graph-client';\nexport const messages = {\n  noPolicy: '§',\n};\n",
            "package com.contoso;\nimport java.util.*;\npublic class Errors {\n    static final String NO_POLICY = \"§\";\n}\n",
            "using System;\nnamespace Contoso\n{\n  static class Errors\n  {\n    static bool Is(ODataError e) => e.Error.Message.StartsWith(\"§\");\n  }\n}\n",
            "import requests\n\nlog = logging.getLogger(__name__)\n\nclass PolicyMissing(Exception):\n    \"\"\"Raised when Graph answers: §.\"\"\"\n\n\
             def get(session, user):\n    r = session.get(f\"https://graph.microsoft.com/v1.0/users/{user}/onlineMeetings\")\n    \
             if r.status_code == 403 and \"§\" in r.text:\n        raise PolicyMissing(\"§\")\n    return r.json()\n",
            "# retries when Graph says \"§\"\nif \"§\" in err.message:\n    raise PolicyMissing(\"§\")\n",
            "function Test-Policy {\n    param($e)\n    if ($e.Message -match \"§\") {\n        return $true\n    }\n}\n",
        ] {
            assert!(check(form), "{form}");
        }
    }

    #[test]
    fn what_was_said_is_of_no_program() {
        for form in [
            "§",
            "{\"error\":\"§\"}",
            "const result = await get(user);\nError: §",
            "I get \"§\" with this:\n\nimport requests\nr = requests.get(url)\n",
            "my call fails with \"§\":\n\nimport requests\nr = requests.get(url)\n",
            "import requests\nr = requests.get(url)\nprint(r.text)\n\n\"§\"\n",
            "import requests\nr = requests.get(url)\nprint(r.text)\n# §\n",
            "Traceback (most recent call last):\n  File \"m.py\", line 12, in get\n    raise PolicyMissing(\"§\")\n",
            "/app/m.js:12\n    throw new Error(\"§\");\n    ^\n",
            "2026-11-20 09:15:00 ERROR call failed: \"§\"",
            "PS> import x\nthrow \"§\"",
            "time=\"2026-11-27T20:11:11Z\" level=error msg=\"request failed\" err=\"§\" app=booking",
        ] {
            assert!(!check(form), "{form}");
        }
    }
}
