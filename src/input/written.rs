//! Whether words stand in the source of a program: a literal that it would print, a constant, a comment. What a program
//! may say is no failure; what its exceptions print beside it is found by itself.

use super::Span;
use super::spoken::{DECLARED, is_one_of};
use crate::source::slice;

/// How much of a line is looked at on either side.
const REACH: usize = 400;
/// So many words beside a message are a comment of its own.
const PROSE: usize = 5;

/// Whether words that stand by themselves are a part of a source and nothing that happened.
pub(super) fn is_source(text: &str, hit: Span) -> bool {
    let line = Line::of(text, hit);
    is_member(text, hit) || is_template(&line) || is_constant(&line) || is_status_entry(&line) || is_comment(&line)
}

/// Whether words are what a statement raises or answers with: `raise X(…, detail="…")`, `res.status(400).json({ error: '…' })`.
pub(super) fn is_raised(text: &str, hit: Span) -> bool {
    let line = Line::of(text, hit);
    let Some((outer, literal)) = line.before.rsplit_once(['"', '\'', '`']) else { return false };
    let statement = outer.trim_start();
    let raises = ["raise ", "throw ", "throw new ", "return ", "res.", "abort(", "panic("];
    let raises = raises.iter().any(|word| statement.starts_with(word) && statement.contains('('));
    let sends = [".json(", "HTTPException(", "HttpException(", "jsonify("].iter().any(|call| statement.contains(call));
    literal.len() <= 4 && (raises || sends) && (line.after.trim().is_empty() || line.after.contains(['"', '\'', '`']))
}

/// Whether words are part of a literal that a statement raises, declares or compares: `throw new X("… Reason: …")`.
pub(super) fn is_stated(text: &str, hit: Span) -> bool {
    const STATES: &str = "raise|throw|return|yield|assert|case|if|elif|else|when";
    let line = Line::of(text, hit);
    let Some(at) = line.before.find(['"', '\'', '`']) else { return false };
    let (outer, literal) = line.before.split_at(at);
    // The literal is still open where the words begin.
    let quote = literal.chars().next().unwrap_or('"');
    let is_open = literal.matches(quote).count() % 2 == 1;
    let first = outer.split_whitespace().next().unwrap_or_default();
    let lead = outer.trim_start().get(first.len()..).unwrap_or_default().trim_end().trim_end_matches(['$', '@', 'f']);
    let leads = lead.trim().is_empty() || lead.ends_with(['(', '=', ',', '+', '[', '{']);
    let declares = is_one_of(DECLARED, first) && lead.ends_with('=');
    is_open && (declares || is_one_of(STATES, first.split('(').next().unwrap_or_default()) && leads)
}

/// The line that words stand in, and the one above: what is below may be cut.
struct Line<'t> {
    before: &'t str,
    after: &'t str,
    above: &'t str,
}

impl<'t> Line<'t> {
    fn of(text: &'t str, hit: Span) -> Self {
        let head = slice(text, hit.start.saturating_sub(REACH)..hit.start);
        let tail = slice(text, hit.end..hit.end.saturating_add(REACH));
        let (mut up, mut down) = (head.rsplit('\n'), tail.split('\n'));
        let part = |part: Option<&'t str>| part.unwrap_or_default().trim_end_matches('\r');
        Self { before: part(up.next()), after: part(down.next()), above: part(up.next()) }
    }
}

/// `HttpStatusCode.TooManyRequests`: a name of a program's own.
fn is_member(text: &str, hit: Span) -> bool {
    let before = slice(text, hit.start.saturating_sub(64)..hit.start);
    let named =
        before.strip_suffix('.').is_some_and(|type_name| type_name.ends_with(|c: char| c.is_ascii_alphanumeric()));
    named && !slice(text, hit.start..hit.end).contains(' ')
}

/// `Write-Warning "No … for $AppId."`: the statement that would print it.
fn is_template(line: &Line<'_>) -> bool {
    let statement = line.before.rsplit(['{', ';', '}']).next().unwrap_or_default().trim_start();
    let Some((name, literal)) = statement.split_once(char::is_whitespace) else { return false };
    let prints = name.get(..6).is_some_and(|verb| verb.eq_ignore_ascii_case("write-"));
    let literal = literal.trim_start().strip_prefix('"');
    prints && literal.is_some_and(|said| said.contains('$') || line.after.split('"').next().is_some_and(has_variable))
}

fn has_variable(text: &str) -> bool {
    text.split('$').skip(1).any(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '(' | '{')))
}

/// `TOKEN_EXPIRED("…"),` beside another one.
fn is_constant(line: &Line<'_>) -> bool {
    let name = |line: &str| {
        let (name, rest) = line.trim().split_once('(')?;
        let shouted = name.len() > 2 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        (shouted && rest.starts_with('"')).then_some(())
    };
    name(line.before).is_some() && name(line.above).is_some()
}

/// `429: {Summary: "…"}` beside the entry of another status.
fn is_status_entry(line: &Line<'_>) -> bool {
    let status = |line: &str| {
        let (key, rest) = line.trim_start().split_once(':')?;
        let key = key.trim_matches(['"', '\'']);
        let is_status = key.len() == 3 && key.starts_with(['4', '5']) && key.bytes().all(|byte| byte.is_ascii_digit());
        (is_status && rest.trim_start().starts_with(['{', '"', '\'', '`'])).then(|| key.to_owned())
    };
    let own = status(&format!("{}{}", line.before, line.after));
    own.is_some() && status(line.above).is_some_and(|other| Some(other) != own)
}

/// A line of a comment that says more than the words.
fn is_comment(line: &Line<'_>) -> bool {
    let lead = line.before.trim_start();
    let indented = line.before.len() > lead.len();
    let comment = indented && lead.starts_with("* ") || lead.starts_with("///") || lead.starts_with("//!");
    let words = |text: &str| {
        let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation()));
        words.filter(|word| word.len() > 1 && word.chars().all(char::is_alphabetic)).count()
    };
    comment && words(lead) + words(line.after) >= PROSE
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
}
