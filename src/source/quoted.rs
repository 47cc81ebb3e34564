//! Where a value ends that an announcer of secrets leads to: with the quote that opened it, as deep as it was escaped, or
//! with what no value without quotes holds.

/// No secret is longer.
const LONGEST: usize = 16 << 10;

/// How a value was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Opening {
    /// The quote, if there is one.
    pub(super) mark: Option<u8>,
    /// Backslashes before it.
    pub(super) slashes: usize,
    /// It stands twice, as in a cell of CSV.
    pub(super) doubled: bool,
    /// A backtick stands before it, as inside a text of PowerShell.
    pub(super) ticked: bool,
    /// A backslash is a letter like others, as in a shell.
    pub(super) plain: bool,
}

/// How long the value is that was opened so.
pub(super) fn len(rest: &[u8], opening: Opening) -> usize {
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    match opening.mark {
        Some(mark) => quoted(rest, mark, opening),
        None => bare(rest),
    }
}

fn quoted(rest: &[u8], mark: u8, opening: Opening) -> usize {
    let plain = opening.plain && opening.slashes == 0;
    let mut at = 0;
    while let Some(&byte) = rest.get(at) {
        let behind = rest.get(at + 1..).unwrap_or_default();
        match byte {
            b'\r' | b'\n' => return at,
            b'\\' if !plain => match escape(rest.get(at..).unwrap_or_default(), mark, opening.slashes) {
                Ok(len) => at += len,
                Err(kept) => return at + kept,
            },
            _ if byte != mark => at += 1,
            // A quote inside a text that is escaped has ended it: the text is torn.
            _ if opening.slashes > 0 => return at,
            // `'it''s'`
            _ if behind.first() == Some(&mark) && !opening.doubled && at > 0 => at += 2,
            // "ab`"cd" of PowerShell.
            _ if !opening.ticked && at > 0 && rest.get(at - 1) == Some(&b'`') && goes_on(behind, mark) => at += 1,
            // `'ab'\''cd'`, `'ab'"'"'cd'`: how a shell puts a quote into quotes.
            b'\'' if behind.starts_with(b"\\''") => at += 4,
            b'\'' if behind.starts_with(b"\"'\"'") => at += 5,
            _ if opening.ticked => return at.saturating_sub(usize::from(rest.get(at.wrapping_sub(1)) == Some(&b'`'))),
            _ => return at,
        }
    }
    rest.len()
}

/// Whether the quote stands once more on the line.
fn goes_on(behind: &[u8], mark: u8) -> bool {
    memchr::memchr3(mark, b'\n', b'\r', behind).is_some_and(|at| behind.get(at) == Some(&mark))
}

/// Backslashes in a text whose quotes have so many before them, and what is escaped: its length, or how much before it is
/// of the value where that ends here.
fn escape(rest: &[u8], mark: u8, slashes: usize) -> Result<usize, usize> {
    let run = rest.iter().take_while(|byte| **byte == b'\\').count();
    // A backslash of the value itself is written as so many.
    let own = 2 * (slashes + 1);
    match rest.get(run) {
        Some(next) if *next == mark && (run < slashes || run % own == slashes) => Err(run.saturating_sub(slashes)),
        Some(b'n' | b'r') if run % own == slashes + 1 => Err(run - slashes - 1),
        Some(_) => Ok(run + 1),
        None => Ok(run),
    }
}

fn bare(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'"' | b'\'' | b'&' | b',' | b';' | b'<' | b'}' => return at,
            b'\\' => {
                let run = rest.iter().skip(at).take_while(|byte| **byte == b'\\').count();
                let next = rest.get(at + run..).unwrap_or_default();
                let ends = match next {
                    [b'n' | b'r' | b't' | b'"' | b'\'', ..] => true,
                    // `"`, `&`, `'`, `<`
                    [b'u', b'0', b'0', code @ ..] => {
                        run == 1 && [b"22", b"26", b"27", b"3c", b"3C"].iter().any(|mark| code.starts_with(*mark))
                    }
                    _ => false,
                };
                if ends {
                    return at;
                }
                at += run;
            }
            _ if byte.is_ascii_whitespace() => return at,
            _ => at += 1,
        }
    }
    rest.len()
}

/// How long a list or an object of JSON is, where it is closed.
pub(super) fn json_list(bytes: &[u8]) -> Option<usize> {
    if !matches!(bytes.first(), Some(b'[' | b'{')) {
        return None;
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (index, byte) in bytes.iter().take(LONGEST).enumerate() {
        match byte {
            b'\n' | b'\r' => return None,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(index + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(rest: &str, opening: Opening) -> &str {
        rest.get(..len(rest.as_bytes(), opening)).unwrap_or_default()
    }

    #[test]
    fn a_value_ends_with_its_quote() {
        let json = Opening { mark: Some(b'"'), ..Opening::default() };
        let escaped = Opening { slashes: 1, ..json };
        let twice = Opening { slashes: 3, ..json };
        let single = Opening { mark: Some(b'\''), ..Opening::default() };
        let shell = Opening { plain: true, ..single };
        for (rest, opening, expected) in [
            (r#"ab\u002Bcd","x":1"#, json, r"ab\u002Bcd"),
            (r#"ab\"cd","x":1"#, json, r#"ab\"cd"#),
            (r#"ab\\","x":1"#, json, r"ab\\"),
            (r#"ab\\ncd","x":1"#, json, r"ab\\ncd"),
            (r#"ab\nGET /"#, json, "ab"),
            (r#"ab\",\"x\":1"#, escaped, "ab"),
            (r#"ab\\\"cd\",\"x\":1"#, escaped, r#"ab\\\"cd"#),
            (r#"ab\\\\\",\"x\":1"#, escaped, r"ab\\\\"),
            (r#"ab\\u002Bcd\",\"x\":1"#, escaped, r"ab\\u002Bcd"),
            (r#"ab" and more"#, escaped, "ab"),
            (r#"ab\\\",\\\"x"#, twice, "ab"),
            (r#"ab""cd",x"#, json, r#"ab""cd"#),
            (r#"ab"",x"#, Opening { doubled: true, ..json }, "ab"),
            ("", json, ""),
            (r#"","x":1"#, json, ""),
            (r"it''s' x", single, "it''s"),
            (r"ab'\''cd' x", single, r"ab'\''cd"),
            (r"C:\keys\' x", shell, r"C:\keys\"),
            (r"C:\keys", shell, r"C:\keys"),
            ("ab`\"cd\" x", Opening { mark: Some(b'"'), ..shell }, "ab`\"cd"),
            ("ab`\" x\"", Opening { mark: Some(b'"'), ticked: true, ..shell }, "ab"),
            ("ab\ncd\"", json, "ab"),
        ] {
            assert_eq!(value(rest, opening), expected, "{rest} {opening:?}");
        }
    }

    #[test]
    fn no_part_of_a_secret_is_left() {
        for (text, secret) in [
            (r#"{"client_secret":"x8Q~ab\u002Bcdefghij","scope":"x"}"#, r"x8Q~ab\u002Bcdefghij"),
            (r#""password":"Summer\"2026""#, r#"Summer\"2026"#),
            (r#""clientSecret":"Ab\/cdefghi""#, r"Ab\/cdefghi"),
            (r#"{\"password\":\"Summer2026\",\"x\":1}"#, "Summer2026"),
            (r#""Authorization":"Bearer abc\u002Bdefghijklmnop0123""#, r"abc\u002Bdefghijklmnop0123"),
            (r#"{"message":"x client_secret=abc\\defghijk"}"#, r"abc\\defghijk"),
            ("password: 'it''s-a-tail9'", "it''s-a-tail9"),
            (r"client_secret='ab'\''tail9'", r"ab'\''tail9"),
            ("password = \"ab`\"tail9\"", "ab`\"tail9"),
            ("run \"x -Password `\"Summer2026`\" -y\"", "Summer2026"),
        ] {
            let masked = super::super::masked(text);
            assert_eq!(masked, text.replace(secret, &"*".repeat(secret.len())), "{text}");
        }
    }

    #[test]
    fn a_value_without_quotes_ends_with_a_mark() {
        for (rest, expected) in [
            ("ab cd", "ab"),
            ("ab&cd", "ab"),
            (r"ab\\cd ef", r"ab\\cd"),
            (r"ab\u002Bcd ef", r"ab\u002Bcd"),
            (r"ab\u0026cd=1", "ab"),
            (r"ab\nGET /", "ab"),
            (r#"ab\",\"x"#, "ab"),
            (r"ab\/cd", r"ab\/cd"),
        ] {
            assert_eq!(value(rest, Opening::default()), expected, "{rest}");
        }
    }
}
