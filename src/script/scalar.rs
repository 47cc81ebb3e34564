//! Quoted scalars of YAML: the text that they mean, byte for byte as long as they are written.
//!
//! A decoded text is shorter than what stands in the file. What is over is filled with blanks where PowerShell does not mind
//! them, so that the offsets of the text are still those of the file, as everywhere in this folder.

/// A quoted scalar, from its first quote on.
pub(super) struct Scalar {
    /// What is between the quotes.
    pub(super) code: String,
    /// Bytes between the quotes.
    pub(super) length: usize,
    /// It is not written as it is meant.
    pub(super) decoded: bool,
}

/// Reads the scalar that follows the quote `quote` at the start of `text`; `None` where it is never closed, or has an escape
/// that YAML does not know.
pub(super) fn quoted(text: &str, quote: char) -> Option<Scalar> {
    let mut decoder = Decoder::default();
    let mut at = 0;
    while let Some(c) = text.get(at..)?.chars().next() {
        let rest = text.get(at + c.len_utf8()..)?;
        match c {
            '\'' if quote == c && rest.starts_with(c) => {
                decoder.put(c, 2, rest.get(1..)?);
                at += 2;
            }
            c if c == quote => return Some(Scalar { code: decoder.code, length: at, decoded: decoder.decoded }),
            '\\' if quote == '"' => {
                let (meant, length) = escaped(rest)?;
                let after = rest.get(length - 1..)?;
                // A line end of Windows is one.
                if meant == Some('\r') && after.starts_with("\\n") {
                    decoder.put('\n', length + 2, after.get(2..)?);
                    at += length + 2;
                    continue;
                }
                match meant {
                    Some('\\') => decoder.code.push_str("\\\\"),
                    Some(meant) => decoder.put(meant, length, after),
                    None => decoder.blank(length),
                }
                at += length;
            }
            '\n' | '\r' => {
                let length = text.get(at..)?.find(|c: char| !c.is_whitespace()).unwrap_or(0).max(1);
                decoder.fold(text.get(at..at + length)?);
                at += length;
            }
            c => {
                decoder.plain(c);
                at += c.len_utf8();
            }
        }
    }
    None
}

/// What an escape means, and its length with the backslash; `None` inside = it joins two lines.
fn escaped(rest: &str) -> Option<(Option<char>, usize)> {
    let c = rest.chars().next()?;
    let number = |digits: usize| {
        let value = rest.get(1..=digits).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let c = char::from_u32(u32::from_str_radix(value, 16).ok()?)?;
        // As the file has line ends and tabs of its own, others are of no use in a script.
        Some((Some(if c.is_control() && !matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }), digits + 2))
    };
    match c {
        'n' => Some((Some('\n'), 2)),
        'r' => Some((Some('\r'), 2)),
        't' | '\t' => Some((Some('\t'), 2)),
        '"' | '/' | '\\' => Some((Some(c), 2)),
        ' ' | '0' | 'a' | 'b' | 'e' | 'f' | 'v' | 'N' | '_' | 'L' | 'P' => Some((Some(' '), 2)),
        'x' => number(2),
        'u' => number(4),
        'U' => number(8),
        '\n' | '\r' => {
            let length = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
            Some((None, length + 1))
        }
        _ => None,
    }
}

#[derive(Default)]
struct Decoder {
    code: String,
    decoded: bool,
    /// Inside a string of PowerShell of this kind.
    single: bool,
    double: bool,
    /// It is a here-string.
    here: bool,
    /// Blanks that are put behind the next character.
    owed: usize,
}

impl Decoder {
    fn plain(&mut self, c: char) {
        self.follow(c, false);
        self.code.push(c);
        self.code.extend(std::iter::repeat_n(' ', std::mem::take(&mut self.owed)));
    }

    fn blank(&mut self, length: usize) {
        self.decoded = true;
        self.code.extend(std::iter::repeat_n(' ', length));
    }

    /// Follows the strings of the script; `ends` = it is the end of a here-string.
    fn follow(&mut self, c: char, ends: bool) {
        let begins = self.code.ends_with('@') && !(self.single || self.double);
        let side = match c {
            '"' if !self.single && !self.code.ends_with('`') => &mut self.double,
            '\'' if !self.double => &mut self.single,
            _ => return,
        };
        if !self.here || ends {
            *side = !*side;
            self.here = begins;
        }
    }

    /// A character that is written with `length` bytes.
    fn put(&mut self, c: char, length: usize, after: &str) {
        self.decoded = true;
        let quote = matches!(c, '"' | '\'');
        let ends = self.here && quote && after.starts_with('@') && self.code.ends_with('\n');
        let opens = match c {
            '"' => !self.double && !self.code.ends_with('@'),
            '\'' => !self.single && !self.code.ends_with('@'),
            // A line that goes on has its backtick at its end; elsewhere the blank stays out of what begins the next line.
            '\n' => !self.code.ends_with('`'),
            _ => false,
        };
        self.follow(c, ends);
        let fill = length.saturating_sub(c.len_utf8());
        let blanks = std::iter::repeat_n(' ', fill);
        if ends {
            // The two characters stay together.
            self.code.push(c);
            self.owed = fill;
        } else if opens {
            self.code.extend(blanks);
            self.code.push(c);
        } else {
            self.code.push(c);
            self.code.extend(blanks);
        }
    }

    /// A line end with the blanks around it: a blank, or as many line ends as there are empty lines.
    fn fold(&mut self, whitespace: &str) {
        self.decoded = true;
        let mut first = true;
        for c in whitespace.chars() {
            match c {
                '\n' if first => {
                    first = false;
                    self.code.push(' ');
                }
                '\n' => self.code.push('\n'),
                c => self.code.extend(std::iter::repeat_n(' ', c.len_utf8())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    fn code(text: &str, quote: char) -> Option<(String, bool)> {
        let scalar = quoted(text, quote)?;
        assert_eq!(scalar.code.len(), scalar.length, "{text}");
        Some((scalar.code, scalar.decoded))
    }

    #[test]
    fn texts_keep_their_length() {
        let is = |code: &str, decoded: bool| Some((code.to_owned(), decoded));
        assert_eq!(code("a 'b'\" # c", '"'), is("a 'b'", false));
        assert_eq!(code(r#"-A \"b\" -C"#, '"'), None, "never closed");
        assert_eq!(code(r#"-A \"b\" -C""#, '"'), is("-A  \"b\"  -C", true));
        assert_eq!(code(r#"a\nb""#, '"'), is("a \nb", true));
        assert_eq!(code(r#"a\r\nb""#, '"'), is("a   \nb", true));
        assert_eq!(code("a `\\nb\"", '"'), is("a `\n b", true));
        assert_eq!(code(r#".\\a.ps1""#, '"'), is(r".\\a.ps1", false));
        assert_eq!(code(r#"caf\u00e9""#, '"'), is("café    ", true));
        assert_eq!(code(r#"a\q""#, '"'), None, "no escape of YAML");
        assert_eq!(code("a\n   b\n\n  c\"", '"'), is("a    b \n  c", true));
        assert_eq!(code("a\\\n   b\"", '"'), is("a     b", true));
        assert_eq!(code(r#"$t = @\"\na \"b\"\n\"@\n-A""#, '"'), is("$t = @\"  \na \" b\"  \n\"@  \n-A", true));
        assert_eq!(code("-A ''b'' -C'", '\''), is("-A  'b'  -C", true));
        assert_eq!(code("a \\ b'", '\''), is("a \\ b", false));
    }
}
