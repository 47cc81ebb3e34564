//! Literals of a filter that a console broke.

use crate::source::slice;

/// A row of a console is not longer, and an address has not more of them.
const ROW: usize = 400;
const ROWS: usize = 8;

/// Where a literal closes whose row ends here: the next rows hold nothing but it, up to its quote. What goes on behind the quote
/// is the rest of a call.
pub(super) fn closes_below(text: &str, line_end: usize) -> Option<usize> {
    if slice(text, 0..line_end).ends_with(char::is_whitespace) {
        return None;
    }
    let mut at = line_end;
    for _ in 0..ROWS {
        at += match slice(text, at..at + 2) {
            "\r\n" => 2,
            rest if rest.starts_with(['\n', '\r']) => 1,
            _ => return None,
        };
        let row = slice(text, at..at + ROW);
        let end = row.find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '{' | '<'))?;
        let behind = slice(row, end..row.len());
        if let Some(rest) = behind.strip_prefix('\'') {
            let ends = rest.is_empty()
                || rest.starts_with(|c: char| c.is_whitespace() || matches!(c, ')' | '"' | '`' | '&' | '\''));
            return ends.then_some(at + end);
        }
        if end == 0 || !behind.starts_with(['\n', '\r']) {
            return None;
        }
        at += end;
    }
    None
}

/// Whether a path that ends its row without the quote of its literal may go on below, so that nobody can tell whether it is
/// closed.
pub(crate) fn may_be_closed_below(text: &str, end: usize) -> bool {
    let below = slice(text, end..end + ROW);
    let row = below.strip_prefix("\r\n").or_else(|| below.strip_prefix('\n')).unwrap_or_default();
    let word = row.split(char::is_whitespace).next().unwrap_or_default();
    let is_head =
        word.starts_with("HTTP/") || word.ends_with(':') || word.starts_with(['{', '[', '<', '#', '>', '-', '(']);
    !is_head && word.contains(['%', '/', '\'', '@']) && !word.starts_with('/') && !word.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_literal_closes_below() {
        let closes = |text: &str| closes_below(text, text.find('\n').unwrap_or_default()).is_some();
        for text in ["eq 'https://team\ns.contoso.com/l/0' HTTP/1.1", "eq '.\n..'", "eq 'a\r\nb'", "eq 'a\nbbbb\nc')"] {
            assert!(closes(&text.replace("\r\n", "\n")), "{text}");
        }
        for text in
            ["eq 'https://team\nHTTP/1.1 400", "eq 'a\nI'm here", "eq 'a\n{'x': 'y'}", "eq 'a \nb'", "eq 'a\n\nb'"]
        {
            assert!(!closes(text), "{text}");
        }
    }
}
