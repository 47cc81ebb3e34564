//! What the line says that a value is set in below: `GraphError: creating failed`, then `  cause: '…'`. A file of texts or of
//! an interface has only names of keys there.

use super::guard::{Place, has_word};
use super::spoken::begins_record;

/// So many values stand between the words and that line.
const VALUES: usize = 12;
const FAILED: &str = "error|exception|failed|failure|fatal|forbidden|unauthorized|refused";

/// Whether the words at a place are an indented value of what a program printed of a failure.
pub(super) fn is_below_failure(place: &Place<'_>) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(place.line);
    if own == 0 {
        return false;
    }
    let outer = place.above().take(VALUES).take_while(|line| !line.is_empty()).find(|line| indent(line) < own);
    outer.is_some_and(|line| is_failure(line.trim_start()))
}

/// A line that a program prints when a call fails, and none of a source or of a list of keys.
fn is_failure(line: &str) -> bool {
    const COMMENTS: [&str; 9] = ["#", "//", "/*", "*", "--", "<", "'", "\"", "- "];
    const KEYWORDS: &str = "class|throw|raise|if|elif|else|case|catch|except|const|let|var|def|function|return|export|public|private|\
        static|type|enum|interface|import";
    /// What a list of texts is called.
    const LISTS: &str = "errors|codes|texts|messages|failures|exceptions|answers|responses|known|possible";
    let first = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if COMMENTS.iter().any(|mark| line.starts_with(mark))
        || line.ends_with([':', '{', '[', '(', ',', ';', '=', '|', '>'])
        || line.contains(" = ")
        || has_word(KEYWORDS, first)
        || has_word(LISTS, line)
    {
        return false;
    }
    let is_status =
        |word: &str| word.len() == 3 && word.starts_with(['4', '5']) && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_named = |word: &str| ["Error", "Exception", "ERROR"].iter().any(|end| word.ends_with(end));
    let mut words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let tells = words.clone().any(|word| is_status(word) || is_named(word)) || has_word(FAILED, line);
    tells && (words.nth(1).is_some() || begins_record(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Span;

    #[test]
    fn what_stands_above_a_value() {
        let check = |form: &str| {
            let at = form.find('§').unwrap_or_default();
            is_below_failure(&Place::of(form, Span::new(at, at + 2)))
        };
        for form in [
            "Error: NodeApiError: Forbidden\n  [n8n] httpCode: '403'\n  description: '§'",
            "2026-05-12T07:41:33Z ERROR GraphError 403\n  description: '§'",
            "GraphError: creating the meeting failed\n  cause: '§'",
            "Graph call failed\n  description: \"§\"",
        ] {
            assert!(check(form), "{form}");
        }
        for form in [
            "responses:\n  '403':\n    description: '§'",
            "error:\n  description: '§'",
            "errors\n  guid: '§'",
            "Error codes 403 and 404\n  guid: '§'",
            "class GraphError extends Error {\n  text: '§'",
            "# texts of Error 403\n  guid: '§'",
            "const ERRORS = {\n  guid: '§'",
            "Error: x\ndescription: '§'",
            "Error: x\n\n  description: '§'",
        ] {
            assert!(!check(form), "{form}");
        }
    }
}
