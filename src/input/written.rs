//! Words that stand in the source of a program: a literal that it would print, a constant, a comment. What a program may
//! say is no failure; what its exceptions print beside it is found by itself.

use super::Span;
use super::guard::Place;
use super::served;
use super::spoken::{DECLARED, is_one_of};
use crate::source::slice;

/// So many words beside a message are a comment of its own.
const PROSE: usize = 5;
/// So much of a message may stand before the words that the catalogue knows.
const MESSAGE: usize = 120;

/// What opens a literal, and what closes it.
const LITERALS: [(char, char); 6] = [('"', '"'), ('`', '`'), ('“', '”'), ('„', '“'), ('\'', '\''), ('>', '<')];

/// Whether words that stand by themselves are a part of a source and nothing that happened.
pub(super) fn is_source(text: &str, hit: Span) -> bool {
    let place = Place::of(text, hit);
    is_member(&place) || is_template(&place) || is_constant(&place) || is_status_entry(&place) || is_comment(&place)
}

/// Whether words are what a statement raises or answers with: `raise X(…, detail="…")`, `res.status(400).json({ error: '…' })`.
pub(super) fn is_raised(text: &str, hit: Span) -> bool {
    const RAISES: [&str; 7] = ["raise ", "throw ", "throw new ", "return ", "res.", "abort(", "panic("];
    let place = Place::of(text, hit);
    let Some((outer, literal)) = place.before.rsplit_once(['"', '\'', '`']) else { return false };
    let statement = outer.trim_start();
    let raises = || RAISES.iter().any(|word| statement.starts_with(word)) && statement.contains('(');
    let sends =
        || [".json(", "HTTPException(", "HttpException(", "jsonify("].iter().any(|call| statement.contains(call));
    let ends = || place.after.trim().is_empty() || place.after.contains(['"', '\'', '`']);
    literal.len() <= 4 && ends() && (raises() || sends())
}

/// Whether words are part of a literal that a statement raises, declares or compares: `throw new X("… Reason: …")`.
pub(super) fn is_stated(text: &str, hit: Span) -> bool {
    const STATES: &str = "raise|throw|return|yield|assert|case|if|elif|else|when";
    let before = Place::of(text, hit).before;
    let Some(at) = before.find(['"', '\'', '`']) else { return false };
    let (outer, literal) = before.split_at(at);
    // The literal is still open where the words begin.
    let quote = literal.chars().next().unwrap_or('"');
    let is_open = literal.matches(quote).count() % 2 == 1;
    let first = outer.split_whitespace().next().unwrap_or_default();
    let lead = outer.trim_start().get(first.len()..).unwrap_or_default().trim_end().trim_end_matches(['$', '@', 'f']);
    let leads = lead.trim().is_empty()
        || lead.ends_with(['(', '=', ',', '+', '[', '{'])
        || lead.ends_with(':') && lead.contains('(');
    let declares = is_one_of(DECLARED, first) && lead.ends_with('=');
    is_open && (declares || is_one_of(STATES, first.split('(').next().unwrap_or_default()) && leads)
}

/// Whether words, or the object that holds them, are a value that a program has: a test is run with it, or it is written.
pub(super) fn is_held(text: &str, at: usize) -> bool {
    is_parameter(text, at) || served::is_served(text, at)
}

/// Whether words stand among the values that a test is run with: `parametrize("message", ["…"])`, `[InlineData("…")]`.
fn is_parameter(text: &str, at: usize) -> bool {
    /// More values are seldom in one list.
    const LIST: usize = 2_000;
    const TAKES: [&str; 9] = [
        "parametrize(",
        "parameterized.expand(",
        "InlineData(",
        "DataRow(",
        "TestCase(",
        ".each(",
        "ValueSource(",
        "CsvSource(",
        "test.with(",
    ];
    let head = slice(text, at.saturating_sub(LIST)..at);
    let Some(start) = TAKES.iter().filter_map(|name| Some(head.rfind(name)? + name.len())).max() else { return false };
    // Its bracket is still open.
    let mut depth = 1_i32;
    head.get(start..).is_some_and(|values| {
        values.bytes().all(|byte| {
            depth += i32::from(byte == b'(') - i32::from(byte == b')');
            depth > 0
        })
    })
}

/// The whole of the literal that holds the words at `hit` and else only what the service says with them; nothing where
/// there is none, or where it holds no more than they. The catalogue knows the part of a message that tells one from
/// another: whoever quotes it quotes what the service says before and behind it too.
pub(super) fn literal(text: &str, hit: Span) -> Option<Span> {
    let Place { before, after, .. } = Place::of(text, hit);
    let openings = LITERALS.iter().filter_map(|(open, close)| Some((before.rfind(*open)?, *open, *close)));
    let (at, open, close) = openings.filter(|(at, open, _)| is_open(before, *at, *open)).max_by_key(|it| it.0)?;
    // What a sign-in answers with is no literal of somebody's.
    let outer = before.get(..at)?;
    if outer.trim_end_matches([' ', ':', '=', '\\', '"', '\'']).ends_with("error_description") {
        return None;
    }
    let lead = before.get(at + open.len_utf8()..)?;
    if lead.len() > MESSAGE || !is_of_service(lead) {
        return None;
    }
    let escaped = outer.ends_with('\\');
    let end = match end_of(after, close, escaped) {
        Some(end) => end,
        // Where the text is cut, the literal may have been closed.
        None if hit.end + after.len() == text.len() && close != '\'' => after.len(),
        None => return None,
    };
    // A line of nothing else is what was printed.
    let rest = after.get(end..).unwrap_or_default().trim_start_matches(close).trim();
    if outer.trim().is_empty() && rest.is_empty() {
        return None;
    }
    let whole = Span::new(hit.start - lead.len(), hit.end + end);
    (whole != hit).then_some(whole)
}

/// `HttpStatusCode.TooManyRequests`: a name of a program's own.
fn is_member(place: &Place<'_>) -> bool {
    let named = place.before.strip_suffix('.').is_some_and(|name| name.ends_with(|c: char| c.is_ascii_alphanumeric()));
    named && !slice(place.text, place.hit.start..place.hit.end).contains(' ')
}

/// `Write-Warning "No … for $AppId."`: the statement that would print it.
fn is_template(place: &Place<'_>) -> bool {
    let statement = place.before.rsplit(['{', ';', '}']).next().unwrap_or_default().trim_start();
    let Some((name, literal)) = statement.split_once(char::is_whitespace) else { return false };
    let prints = name.get(..6).is_some_and(|verb| verb.eq_ignore_ascii_case("write-"));
    let literal = literal.trim_start().strip_prefix('"');
    let rest = place.after.split('"').next();
    prints && literal.is_some_and(|said| said.contains('$') || rest.is_some_and(has_variable))
}

/// `TOKEN_EXPIRED("…"),` beside another one.
fn is_constant(place: &Place<'_>) -> bool {
    let named = |line: &str| {
        line.trim().split_once('(').is_some_and(|(name, rest)| {
            let is_shouted = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            name.len() > 2 && name.bytes().all(is_shouted) && rest.starts_with('"')
        })
    };
    named(place.before) && place.above().next().is_some_and(named)
}

/// `429: {Summary: "…"}` beside the entry of another status.
fn is_status_entry(place: &Place<'_>) -> bool {
    let own = status_of_entry(place.before);
    own.is_some() && place.above().next().and_then(status_of_entry).is_some_and(|other| Some(other) != own)
}

fn status_of_entry(line: &str) -> Option<&str> {
    let (key, rest) = line.trim_start().split_once(':')?;
    let key = key.trim_matches(['"', '\'']);
    let is_status = key.len() == 3 && key.starts_with(['4', '5']) && key.bytes().all(|byte| byte.is_ascii_digit());
    (is_status && rest.trim_start().starts_with(['{', '"', '\'', '`'])).then_some(key)
}

/// A line of a comment that says more than the words.
fn is_comment(place: &Place<'_>) -> bool {
    let lead = place.before.trim_start();
    let indented = place.before.len() > lead.len();
    let comment = indented && lead.starts_with("* ") || lead.starts_with("///") || lead.starts_with("//!");
    let words = |text: &str| {
        let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation()));
        words.filter(|word| word.len() > 1 && word.chars().all(char::is_alphabetic)).count()
    };
    comment && words(lead) + words(place.after) >= PROSE
}

fn has_variable(text: &str) -> bool {
    text.split('$').skip(1).any(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '(' | '{')))
}

/// Whether a mark opens a literal that the line's end does not close; an apostrophe opens none.
fn is_open(line: &str, at: usize, mark: char) -> bool {
    let head = line.get(..at).unwrap_or_default();
    match mark {
        '>' => head.rfind('<').is_some_and(|tag| !head.get(tag..).unwrap_or_default().contains('>')),
        '\'' => !head.ends_with(char::is_alphanumeric) && !line.get(at + 1..).unwrap_or_default().is_empty(),
        '"' | '`' => line.matches(mark).count() % 2 == 1,
        _ => true,
    }
}

fn end_of(after: &str, close: char, escaped: bool) -> Option<usize> {
    let slashes = |at: usize| after.get(..at).is_some_and(|head| head.ends_with('\\'));
    let ends = |at: usize| {
        let rest = after.get(at + close.len_utf8()..).unwrap_or_default();
        close != '\'' || !rest.starts_with(|c: char| c.is_alphanumeric())
    };
    let (end, _) = after.match_indices(close).find(|(at, _)| slashes(*at) == escaped && ends(*at))?;
    Some(if escaped { end - 1 } else { end })
}

/// `400 `, `AADSTS700016: `, `Operation: Create; Exception: [Reason: `: names and numbers, and no words of a sentence.
fn is_of_service(lead: &str) -> bool {
    let word = |word: &str| word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    lead.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()).all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(is: impl Fn(&str, Span) -> bool, text: &str, words: &str) -> bool {
        text.find(words).is_some_and(|at| is(text, Span::new(at, at + words.len())))
    }

    #[test]
    fn words_of_a_source() {
        const EXPIRED: &str = "token has expired";
        for (text, words) in [
            ("HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict => 1", "TooManyRequests"),
            (
                "} else {\n  Write-Warning \"No application access policy found for $AppId.\"\n}",
                "No application access",
            ),
            ("  NOT_FOUND(\"Not there.\"),\n  NOT_ACTIVE(\"Access token has expired or is not valid.\"),\n", EXPIRED),
            ("\t404: {Summary: \"Not Found\"},\n\t429: {Summary: \"Too Many Requests\"},\n", "Too Many Requests"),
            (" * Gets it. However, private channel meetings are not supported at this time.", "channel meetings"),
        ] {
            assert!(check(is_source, text, words), "{text}");
        }
        for (text, words) in [
            ("StatusCode: TooManyRequests", "TooManyRequests"),
            ("Microsoft.Graph.ServiceException: Code: TooManyRequests", "TooManyRequests"),
            ("PS> Get-Thing\nNo application access policy found for this app.", "No application access"),
            ("* No application access policy found for this app.", "No application access"),
            ("GraphError(\"Access token has expired or is not valid.\")\n", EXPIRED),
            ("429: Too Many Requests\n403: Forbidden", "Too Many Requests"),
        ] {
            assert!(!check(is_source, text, words), "{text}");
        }
    }

    #[test]
    fn what_a_statement_answers_with() {
        for text in [
            "    return res.status(400).json({ error: 'invalid meeting id' });",
            "        raise HTTPException(status_code=400, detail=\"invalid meeting id\")",
        ] {
            assert!(check(is_raised, text, "invalid meeting id"), "{text}");
        }
        for text in ["Error: 400 invalid meeting id", "{\"error\": \"invalid meeting id\"}"] {
            assert!(!check(is_raised, text, "invalid meeting id"), "{text}");
        }
    }

    #[test]
    fn what_a_statement_states() {
        const WORDS: &str = "invalid meeting id";
        for text in [
            "    throw new E(\"Operation: Create; Exception: [Reason: invalid meeting id.]\");",
            "raise E('Code: BadRequest Message: invalid meeting id')",
            "const TEXT = \"Code: BadRequest Message: invalid meeting id\";",
            "if (e.message === `Code: BadRequest Message: invalid meeting id`) {",
            "return \"Code: BadRequest Message: invalid meeting id\"",
        ] {
            assert!(check(is_stated, text, WORDS), "{text}");
        }
        for text in [
            "Error: Operation: Create; Exception: [Reason: invalid meeting id.]",
            "if I call it, it says \"Code: BadRequest Message: invalid meeting id\"",
            "return value: \"Code: BadRequest Message: invalid meeting id\"",
            "E(\"Code: BadRequest Message: invalid meeting id\")",
            "throw new E(\"x\") // Code: BadRequest Message: invalid meeting id",
        ] {
            assert!(!check(is_stated, text, WORDS), "{text}");
        }
    }

    fn whole(text: &str) -> Option<&str> {
        let words = "Meeting Id is corrupted";
        let at = text.find(words)?;
        literal(text, Span::new(at, at + words.len())).map(|span| slice(text, span.start..span.end))
    }

    #[test]
    fn a_literal_has_all_that_the_service_says() {
        for (text, expected) in [
            ("say \"400 Meeting Id is corrupted. Try 'x'.\", now", "400 Meeting Id is corrupted. Try 'x'."),
            ("<s name=\"a\">Meeting Id is corrupted. Try it.</s>", "Meeting Id is corrupted. Try it."),
            ("\\\"Meeting Id is corrupted.\\\": 1", "Meeting Id is corrupted."),
            ("in `Reason: Meeting Id is corrupted`", "Reason: Meeting Id is corrupted"),
            ("say \"Meeting Id is corrupted. Try", "Meeting Id is corrupted. Try"),
        ] {
            assert_eq!(whole(text), Some(expected), "{text}");
        }
        for text in [
            "Meeting Id is corrupted.",
            "\"a\": Meeting Id is corrupted.",
            "\"the call failed: Meeting Id is corrupted.\"",
            "don't: Meeting Id is corrupted.",
            "\"Meeting Id is corrupted. Try\nit\"",
            "a -> b: Meeting Id is corrupted.",
            "code();\n  \"Meeting Id is corrupted. Try it.\"\nmore();",
            "{\"error\":\"x\",\"error_description\":\"Meeting Id is corrupted. Try it.\"}",
        ] {
            assert_eq!(whole(text), None, "{text}");
        }
    }
}
