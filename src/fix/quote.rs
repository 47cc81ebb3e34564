//! The one place where values become PowerShell, or arguments of the shell that this program is run from.

use std::borrow::Cow;

use crate::source::sanitise::{acts_on_terminal, is_plain};

/// Quote characters that PowerShell takes for a single quote, beside `'` itself
/// (about_Quoting_Rules: smart quotation marks are treated as quotation marks).
const SINGLE_QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201A}', '\u{201B}'];

/// A value as one single-quoted literal on one line: every quote character doubled, nothing expanded. Characters
/// that would act on a terminal (escapes, bidirectional marks) or end the line are spelled as `[char]` codes.
#[must_use]
pub fn literal(value: &str) -> String {
    let spelled = |character: char| acts_on_terminal(character) || character.is_control();
    if is_plain(value) || !value.chars().any(spelled) {
        return ["'", &doubled(value), "'"].concat();
    }
    let mut parts: Vec<String> = Vec::new();
    let mut plain = String::new();
    for character in value.chars() {
        if spelled(character) {
            if !plain.is_empty() {
                parts.push(format!("'{}'", doubled(&std::mem::take(&mut plain))));
            }
            let mut units = [0; 2];
            parts.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("[char]0x{unit:04X}")));
        } else {
            plain.push(character);
        }
    }
    if !plain.is_empty() {
        parts.push(format!("'{}'", doubled(&plain)));
    }
    // `'' +` makes the first operand a string, so that `[char]` codes are joined and not added.
    format!("('' + {})", parts.join(" + "))
}

/// A value as one argument of the shell, bare where no shell reads anything into it; `None` = none can be written on one line.
#[must_use]
pub fn argument(value: &str) -> Option<String> {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_./:@=+".contains(c) || cfg!(windows) && c == '\\';
    if !value.is_empty() && value.chars().all(is_bare) {
        return Some(value.to_owned());
    }
    if value.chars().any(|c| acts_on_terminal(c) || c.is_control()) {
        return None;
    }
    Some(if cfg!(windows) { literal(value) } else { format!("'{}'", value.replace('\'', r"'\''")) })
}

/// Whether a name has characters that mean something else where wildcards are taken. No page says whether the cmdlets
/// of this policy take them in -Identity.
#[must_use]
pub(crate) fn has_wildcards(name: &str) -> bool {
    name.contains(['*', '?', '[', ']'])
}

fn doubled(value: &str) -> Cow<'_, str> {
    if !value.bytes().any(|byte| byte == b'\'' || !byte.is_ascii()) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    for character in value.chars() {
        out.push(character);
        if SINGLE_QUOTES.contains(&character) {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_literal() {
        assert_eq!(literal("Meetings"), "'Meetings'");
        assert_eq!(literal("it's $(x) `n \"y\""), "'it''s $(x) `n \"y\"'");
        assert_eq!(literal("a‘b’c‚d‛e"), "'a‘‘b’’c‚‚d‛‛e'");
        assert_eq!(literal("two\nlines"), "('' + 'two' + [char]0x000A + 'lines')");
        assert_eq!(literal("a\u{1b}b"), "('' + 'a' + [char]0x001B + 'b')");
    }

    #[test]
    fn one_argument() {
        assert_eq!(argument("logs/2026-11-27.txt").as_deref(), Some("logs/2026-11-27.txt"));
        assert_eq!(argument("GET /users/a b").as_deref(), Some("'GET /users/a b'"));
        assert_eq!(argument("a\u{1b}b"), None);
        if !cfg!(windows) {
            assert_eq!(argument("it's").as_deref(), Some(r"'it'\''s'"));
        }
    }
}
