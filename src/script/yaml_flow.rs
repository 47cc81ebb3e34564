//! Mappings and lists of YAML in one piece, `{ shell: pwsh, run: '...' }` and `["pwsh", "-Command", "..."]`, and what a list
//! of arguments hands to PowerShell.

use super::document::{Quoted, Region};
use super::scalar;

/// Deepest nesting that is looked into.
const DEEPEST: usize = 16;

/// A scalar in such a piece.
pub(super) struct Item {
    /// Its key, lower case, in a mapping.
    pub(super) key: Option<String>,
    /// Where its text begins, counted from the first bracket.
    start: usize,
    code: String,
    quoted: Option<Quoted>,
}

impl Item {
    /// The scalar as a piece of PowerShell, in a file where the bracket stands at `base`.
    pub(super) fn region(self, base: usize) -> Region {
        // Without quotes a comma ends it.
        let quoted = self.quoted.unwrap_or(Quoted { quote: ',', decoded: false });
        Region::new(base + self.start, self.code, Some(quoted))
    }

    /// What it says.
    pub(super) fn text(&self) -> &str {
        &self.code
    }
}

/// The scalars of the piece that `text` begins with, and its length; `None` where it is none, or never closed.
pub(super) fn items(text: &str) -> Option<(Vec<Item>, usize)> {
    nested(text, 0)
}

fn nested(text: &str, depth: usize) -> Option<(Vec<Item>, usize)> {
    let close = match text.chars().next()? {
        '{' => '}',
        '[' => ']',
        _ => return None,
    };
    if depth > DEEPEST {
        return None;
    }
    let mut items = Vec::new();
    let mut key: Option<String> = None;
    let mut at = 1;
    loop {
        let rest = text.get(at..)?;
        let blanks = rest.len() - rest.trim_start().len();
        let rest = rest.get(blanks..)?;
        at += blanks;
        match rest.chars().next()? {
            c if c == close => return Some((items, at + 1)),
            ',' => {
                key = None;
                at += 1;
            }
            '{' | '[' => {
                key = None;
                at += nested(rest, depth + 1)?.1;
            }
            quote @ ('"' | '\'') => {
                let scalar = scalar::quoted(rest.get(1..)?, quote)?;
                let end = scalar.length + 2;
                let after = rest.get(end..)?.trim_start();
                if key.is_none() && after.starts_with(':') {
                    key = Some(scalar.code.to_lowercase());
                    at += rest.len() - after.len() + 1;
                } else {
                    let quoted = Some(Quoted { quote, decoded: scalar.decoded });
                    items.push(Item { key: key.take(), start: at + 1, code: scalar.code, quoted });
                    at += end;
                }
            }
            _ => {
                let length = plain(rest, key.is_none());
                let code = rest.get(..length)?.trim_end();
                if rest.get(length..)?.starts_with(':') && key.is_none() {
                    key = Some(code.to_lowercase());
                    at += length + 1;
                } else {
                    items.push(Item { key: key.take(), start: at, code: code.to_owned(), quoted: None });
                    at += length.max(1);
                }
            }
        }
    }
}

/// The length of a scalar without quotes; `keyed`: it may be a key.
fn plain(rest: &str, keyed: bool) -> usize {
    let bytes = rest.as_bytes();
    let ends = |at: usize, byte: u8| match byte {
        b',' | b'{' | b'}' | b'[' | b']' => true,
        b':' if keyed => bytes.get(at + 1).is_none_or(|next| next.is_ascii_whitespace() || matches!(next, b'}' | b',')),
        _ => false,
    };
    bytes.iter().enumerate().position(|(at, byte)| ends(at, *byte)).unwrap_or(bytes.len())
}

/// Whether a word names PowerShell, by a path or without.
pub(super) fn is_powershell(word: &str) -> bool {
    let name =
        word.trim().trim_matches(['"', '\'']).rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    matches!(name.strip_suffix(".exe").unwrap_or(&name), "pwsh" | "powershell" | "pwsh-preview")
}

/// The script among the arguments of PowerShell: the one behind `-Command`, if it is the last. `named`: the list begins with
/// the program itself.
pub(super) fn handed(arguments: Vec<Region>, named: bool) -> Option<Region> {
    if named && !arguments.first().is_some_and(|first| is_powershell(&first.code)) {
        return None;
    }
    let option = arguments.iter().position(|argument| {
        let lower = argument.code.trim().to_ascii_lowercase();
        lower.len() > 1 && "-command".starts_with(&lower)
    })?;
    let mut rest = arguments.into_iter().skip(option + 1);
    rest.next().filter(|_| rest.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key with its scalar.
    type Read<'t> = (Option<String>, &'t str);

    fn read(text: &str) -> Option<(Vec<Read<'_>>, usize)> {
        let (found, length) = items(text)?;
        let found = found.into_iter().map(|item| {
            let written = text.get(item.start..item.start + item.code.len()).unwrap_or_default();
            assert_eq!(written, item.code);
            (item.key, written)
        });
        Some((found.collect(), length))
    }

    #[test]
    fn mappings_and_lists() {
        let key = |name: &str| Some(name.to_owned());
        let text = "{ Shell: pwsh, 'command' : \"a: b, c\", env: { X: 1 }, n: x:y }, z";
        let expected = vec![(key("shell"), "pwsh"), (key("command"), "a: b, c"), (key("n"), "x:y")];
        assert_eq!(read(text), Some((expected, text.len() - 3)));
        let text = "[pwsh, -Command,\n 'it is', [x]]";
        assert_eq!(read(text), Some((vec![(None, "pwsh"), (None, "-Command"), (None, "it is")], text.len())));
        for text in ["", "a", "{", "[a, b", "{ a: 'b }", "[\"\\q\"]", &"[".repeat(1000)] {
            assert!(items(text).is_none(), "{text}");
        }
    }

    #[test]
    fn programs() {
        for word in ["pwsh", "/usr/bin/pwsh", "PowerShell.exe", "\"C:\\x\\pwsh.exe\"", "pwsh-preview"] {
            assert!(is_powershell(word), "{word}");
        }
        for word in ["", "sh", "pwsh.sh", "mypwsh", "/pwsh/sh"] {
            assert!(!is_powershell(word), "{word}");
        }
    }
}
