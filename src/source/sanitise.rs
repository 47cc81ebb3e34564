//! The one place where untrusted text is made safe to show.

/// Text with every character that could act on a terminal replaced by a visible stand-in; line ends stay.
#[must_use]
pub fn visible(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    text.chars().map(visible_char).collect()
}

/// The same for a diff that is to be applied: line ends of Windows and the mark at the beginning of a file stay, which act on
/// no terminal there.
#[must_use]
pub fn visible_diff(diff: &str) -> String {
    let mut out = String::with_capacity(diff.len());
    for line in diff.split_inclusive('\n') {
        let (body, end) = match line.strip_suffix("\r\n") {
            Some(body) => (body, "\r\n"),
            None => (line, ""),
        };
        let sign = body.get(..1).filter(|sign| matches!(*sign, " " | "+" | "-"));
        match sign.zip(body.get(1..).and_then(|rest| rest.strip_prefix('\u{feff}'))) {
            Some((sign, rest)) => {
                out.push_str(sign);
                out.push('\u{feff}');
                out.push_str(&visible(rest));
            }
            None => out.push_str(&visible(body)),
        }
        out.push_str(end);
    }
    out
}

/// The same on one line.
#[must_use]
pub fn one_line(text: &str) -> String {
    if is_plain(text) && !text.contains("  ") && !text.starts_with(' ') && !text.ends_with(' ') {
        return text.to_owned();
    }
    let text: String =
        text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { visible_char(c) }).collect();
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// JSON text in which every character that could act on a terminal is spelled as an escape; the values stay the same.
#[must_use]
pub fn json_safe(json: String) -> String {
    if json.split('\n').all(is_plain) || !json.chars().any(acts_on_terminal) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if acts_on_terminal(character) {
            let mut units = [0; 2];
            out.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(character);
        }
    }
    out
}

/// At most `limit` characters, with an ellipsis where something was cut.
#[must_use]
pub fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// The same, cut between two words where there are any.
#[must_use]
pub fn shortened_words(text: &str, limit: usize) -> String {
    let short = shortened(text, limit);
    match short.strip_suffix('…').and_then(|kept| kept.rsplit_once(' ')) {
        Some((whole, _)) if short != text && !whole.is_empty() => format!("{whole} …"),
        _ => short,
    }
}

/// A character as it is, or its stand-in: control pictures for controls, `�` for marks that change
/// the direction or show nothing.
#[must_use]
pub fn visible_char(character: char) -> char {
    match character {
        '\n' | '\t' => character,
        '\u{7f}' => '\u{2421}',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('?'),
        _ if acts_on_terminal(character) => char::REPLACEMENT_CHARACTER,
        _ => character,
    }
}

/// Whether a text is printable ASCII, as most are: nothing in it acts on a terminal.
#[must_use]
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Control characters but line feed and tab, marks that change the direction or show nothing, and what is no character.
#[must_use]
pub(crate) fn acts_on_terminal(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t'))
        || matches!(character, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_does_not_act() {
        for character in (0..0x3000).filter_map(char::from_u32) {
            assert!(!(is_plain(&character.to_string()) && acts_on_terminal(character)), "{character:?}");
        }
    }

    #[test]
    fn nothing_acts() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\u{9b}d\r\u{7}"), "a␛[31mb�c�d␍␇");
        assert_eq!(visible_diff("-\u{feff}a\u{1b}\r\n+b\rc\u{feff}\n"), "-\u{feff}a␛\r\n+b␍c�\n");
        assert_eq!(one_line("a\r\n  b\tc"), "a b c");
        assert_eq!(one_line("  a  b "), "a b");
        assert_eq!(shortened("abcdef", 4), "abc…");
        assert_eq!(json_safe("{\"a\":\"\u{202e}\u{9b}b\"}\n".into()), "{\"a\":\"\\u202e\\u009bb\"}\n");
    }
}
