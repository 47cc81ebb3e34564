//! What is known of a value before anything is run.

use std::borrow::Cow;

use crate::input::Span;

/// What a value counts beside its text.
const EACH: usize = 16;
/// Lists and hashtables in one another, at most.
const DEEPEST: usize = 32;

/// The largest value that is followed: a script that gives a variable to itself doubles it with every line. What is
/// written down in a source is not larger.
pub(super) const fn largest(source: usize) -> usize {
    let written = source.saturating_mul(2);
    if written > 64 << 10 { written } else { 64 << 10 }
}

/// Values that are put together, as long as they fit.
pub(super) struct Gathered {
    items: Vec<Value>,
    left: Option<usize>,
}

impl Gathered {
    pub(super) const fn new(largest: usize) -> Self {
        Self { items: Vec::new(), left: Some(largest) }
    }

    pub(super) fn push(&mut self, value: Value) {
        if let Some(left) = &mut self.left {
            if value.fits(left) {
                self.items.push(value);
            } else {
                self.left = None;
                self.items.clear();
            }
        }
    }

    /// The values; `None` = they became too large.
    pub(super) fn finish(self) -> Option<Vec<Value>> {
        self.left.map(|_| self.items)
    }
}

/// A constant, or that it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string, number or bare word.
    Text(Literal),
    /// A list.
    List(Vec<Value>, Span),
    /// A hashtable.
    Table(Vec<Entry>, Span),
    /// `$true` or `$false`.
    Bool(bool),
    /// `$null`.
    Null,
    /// Known only when it is run. Two values with the same symbol are equal all the same.
    Unknown(Option<String>),
}

/// A text with the place where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The text, unescaped.
    pub text: String,
    /// The literal in the source, quotes included.
    pub span: Span,
    /// The characters between the quotes, where they are the text as it is.
    pub inner: Option<Span>,
}

/// A key of a hashtable with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Its place.
    pub key_span: Span,
    /// The value.
    pub value: Value,
    /// The value's place.
    pub value_span: Span,
}

impl Value {
    /// Not known.
    pub const UNKNOWN: Self = Self::Unknown(None);

    /// Takes the size of the value from what is left; `false` = it is larger, or nested deeper than anybody writes.
    pub(super) fn fits(&self, left: &mut usize) -> bool {
        self.fits_at(left, 0)
    }

    fn fits_at(&self, left: &mut usize, depth: usize) -> bool {
        let own = EACH
            + match self {
                Self::Text(literal) => literal.text.len(),
                Self::Unknown(Some(symbol)) => symbol.len(),
                _ => 0,
            };
        let Some(rest) = left.checked_sub(own).filter(|_| depth < DEEPEST) else { return false };
        *left = rest;
        match self {
            Self::List(items, _) => items.iter().all(|item| item.fits_at(left, depth + 1)),
            Self::Table(entries, _) => entries.iter().all(|entry| {
                let rest = left.checked_sub(entry.key.len());
                *left = rest.unwrap_or(0);
                rest.is_some() && entry.value.fits_at(left, depth + 1)
            }),
            _ => true,
        }
    }

    /// The text, if it is a constant one. A list of one text counts, as PowerShell unrolls it.
    #[must_use]
    pub fn text(&self) -> Option<&Literal> {
        match self {
            Self::Text(literal) => Some(literal),
            Self::List(items, _) => match items.as_slice() {
                [only] => only.text(),
                _ => None,
            },
            _ => None,
        }
    }

    /// The texts in it, unknown ones left out.
    pub fn texts(&self) -> Vec<&Literal> {
        match self {
            Self::Text(literal) => vec![literal],
            Self::List(items, _) => items.iter().flat_map(Self::texts).collect(),
            Self::Table(entries, _) => entries.iter().flat_map(|entry| entry.value.texts()).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether every part of it is constant.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        match self {
            Self::Text(_) | Self::Bool(_) | Self::Null => true,
            Self::List(items, _) => items.iter().all(Self::is_constant),
            Self::Table(entries, _) => entries.iter().all(|entry| entry.value.is_constant()),
            Self::Unknown(_) => false,
        }
    }

    /// Whether it is surely a text or a list of texts when it is run, and so no table of changes.
    #[must_use]
    pub fn is_textual(&self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::List(items, _) => items.iter().all(Self::is_textual),
            Self::Unknown(Some(symbol)) => {
                symbol.ends_with(":text") || (symbol.starts_with("env:") && !symbol.contains(['.', '[']))
            }
            _ => false,
        }
    }

    /// Whether both are equal, wherever they are written.
    pub(super) fn alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.text == b.text,
            (Self::List(a, _), Self::List(b, _)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.alike(b)),
            (Self::Table(a, _), Self::Table(b, _)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.key == b.key && a.value.alike(&b.value))
            }
            (Self::Unknown(None), _) | (_, Self::Unknown(None)) => false,
            (a, b) => a == b,
        }
    }

    /// The same, written in more than one place: an edit of the one would leave the others.
    pub(super) fn of_many_places(self) -> Self {
        match self {
            Self::Text(literal) => Self::Text(Literal { inner: None, ..literal }),
            Self::List(items, span) => Self::List(items.into_iter().map(Self::of_many_places).collect(), span),
            Self::Table(entries, span) => {
                let entries = entries.into_iter().map(|entry| Entry { value: entry.value.of_many_places(), ..entry });
                Self::Table(entries.collect(), span)
            }
            other => other,
        }
    }

    /// The entry of a hashtable, any case.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match self {
            Self::Table(entries, _) => entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(key)),
            _ => None,
        }
    }

    /// Where it stands, as far as it has one place.
    #[must_use]
    pub const fn span(&self) -> Option<Span> {
        match self {
            Self::Text(literal) => Some(literal.span),
            Self::List(_, span) | Self::Table(_, span) => Some(*span),
            _ => None,
        }
    }

    /// Whether both are certainly the same when they are run: equal texts in any case, or one unknown value twice.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unknown(Some(a)), Self::Unknown(Some(b))) => a == b,
            _ => match (self.text(), other.text()) {
                (Some(a), Some(b)) => a.text.trim().eq_ignore_ascii_case(b.text.trim()),
                _ => false,
            },
        }
    }
}

/// Whether a text is a GUID, in braces or not.
#[must_use]
pub fn is_guid(text: &str) -> bool {
    let text = text.trim();
    let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The ids in a text that holds several and nothing else.
pub(crate) fn ids_in(text: &str) -> Option<Vec<&str>> {
    const BETWEEN: [char; 6] = [',', ';', '|', ' ', '\t', '\n'];
    if !text.contains(BETWEEN) {
        return None;
    }
    let by_comma: Vec<&str> =
        text.split([',', ';', '|', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let by_blank: Vec<&str> = text.split(BETWEEN).map(str::trim).filter(|p| !p.is_empty()).collect();
    [by_comma, by_blank].into_iter().find(|parts| {
        parts.len() > 1 && parts.iter().all(|part| is_guid(part.trim_matches(['"', '\''])) || is_placeholder(part))
    })
}

/// Whether a text is an address: a user principal name, a mail or a SIP address.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let text = text.trim();
    let text = if text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("sip:")) {
        text.get(4..).unwrap_or_default()
    } else {
        text
    };
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty()
            && !text.contains(char::is_whitespace)
            && !domain.contains('@')
            && domain.split('.').count() > 1
            && domain.split('.').all(|part| !part.is_empty())
    })
}

/// Whether a text stands for one that somebody is to fill in.
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    // Most values are ids, and told at once.
    if text.len() == 36 && is_guid(text) {
        return text.bytes().all(|byte| matches!(byte, b'0' | b'-'));
    }
    let enclosed = |open: char, close: char| {
        text.strip_prefix(open)
            .and_then(|t| t.strip_suffix(close))
            .is_some_and(|inside| !inside.is_empty() && !is_guid(inside) && inside.contains(char::is_alphabetic))
    };
    // `__APP_ID__`, `@@APP_ID@@`, `9c4f2c1e-...`
    let marked = |mark: &str| text.len() > 2 * mark.len() && text.starts_with(mark) && text.ends_with(mark);
    // Most others are a word, which none of these is.
    let word = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !word
        && ([('<', '>'), ('{', '}'), ('[', ']'), ('%', '%')].iter().any(|(open, close)| enclosed(*open, *close))
            || contains_angle(text)
            || marked("__")
            || marked("@@")
            || is_elided(text))
    {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    if !word && stands_for_guid(&lower) {
        return true;
    }
    if lower.contains("xxx") && lower.bytes().all(|b| matches!(b, b'x' | b'-' | b'0')) {
        return true;
    }
    if matches!(lower.as_str(), "..." | "…" | "todo" | "tbd" | "changeme" | "change-me" | "change_me" | "replaceme") {
        return true;
    }
    // The name of a value in place of the value: `APP_ID`, `client-id`.
    let name = if word { Cow::Borrowed(&lower) } else { Cow::Owned(lower.replace(['-', '_', ' '], "")) };
    if matches!(
        name.as_str(),
        "appid"
            | "clientid"
            | "applicationid"
            | "userid"
            | "objectid"
            | "userobjectid"
            | "organizerid"
            | "tenantid"
            | "guid"
    ) {
        return true;
    }
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    match words.as_slice() {
        ["your", _, ..] | ["my", _, .., "here"] => true,
        ["insert" | "enter" | "replace" | "put" | "paste", next, ..] => {
            matches!(*next, "your" | "the" | "with" | "this" | "me")
                || words.last().is_some_and(|last| matches!(*last, "id" | "ids" | "guid" | "upn" | "name" | "here"))
        }
        [.., "here"] if words.len() > 1 => true,
        [first, ..] => {
            text.starts_with("YOUR") && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
                || (first.starts_with("your") && words.len() == 1 && ends_with_thing(first))
        }
        [] => false,
    }
}

/// A GUID of one repeated character, or with letters that no GUID has; in lower case.
fn stands_for_guid(lower: &str) -> bool {
    let groups: Vec<&str> = lower.split('-').collect();
    let shaped = groups.len() == 5 && groups.iter().zip([8, 4, 4, 4, 12]).all(|(g, n)| g.len() == n);
    shaped && (lower.replace('-', "").bytes().all(|b| b == b'0' || b == b'x') || lower.contains('x'))
}

/// `9c4f2c1e-...`, `748d2cbb…`: an id of which somebody left out the rest.
fn is_elided(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    ["...", "…"].iter().any(|dots| {
        let rest: Vec<&str> = text.split(dots).collect();
        rest.len() == 2
            && rest.iter().any(|part| digits(part))
            && rest.iter().all(|part| part.is_empty() || digits(part))
    })
}

/// `yourappid`, `yourclientid`
fn ends_with_thing(word: &str) -> bool {
    ["id", "name", "policy", "user"].iter().any(|thing| word.ends_with(thing))
}

/// `app-<client id>`: angle brackets around words inside a text.
fn contains_angle(text: &str) -> bool {
    text.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .is_some_and(|(inside, _)| inside.starts_with(|c: char| c.is_alphabetic()) && inside.len() < 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders() {
        for text in [
            "<YOUR-CLIENT-ID>",
            "<organizer object id>",
            "YOUR_CLIENT_ID",
            "your-app-id",
            "{app-id}",
            "[user id]",
            "{{APP_ID}}",
            "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
            "00000000-0000-0000-0000-000000000000",
            "your-user@contoso.com",
            "app-id-here",
            "TODO",
            "...",
            "REPLACE_WITH_APP_ID",
            "YourAppId",
            "<APP_ID>",
            "insert-client-id",
            "APP_ID",
            "client-id",
            "UserObjectId",
            "%CLIENT_ID%",
            "__APP_ID__",
            "@@APP_ID@@",
            "XXXX-XXXX",
            "9c4f2c1e-...",
            "748d2cbb-…",
            "9c4f2c1e...7e20",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "Meetings",
            "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20",
            "{9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20}",
            "adele@contoso.com",
            "Global",
            "Your",
            "Tag:Meetings",
            "My-Policy",
            "Replace",
            "X",
            "policy-here-and-there",
            "Yourdon",
            "__",
            "Wait...",
            "beta-...-policy",
            "Enter",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn addresses_and_ids() {
        assert!(is_address("adele@contoso.com") && is_address("sip:adele@contoso.com") && is_address("svc_1@a.b.c"));
        assert!(!is_address("@contoso") && !is_address("a@b") && !is_address("a b@c.d") && !is_address("policy"));
        assert!(is_guid("748d2cbb-3b55-40ed-8c34-2eae5932b22a") && is_guid("{748D2CBB-3B55-40ED-8C34-2EAE5932B22A}"));
        assert!(!is_guid("748d2cbb3b5540ed8c342eae5932b22a") && !is_guid("748d2cbb-3b55-40ed-8c34-2eae5932b22g"));
    }
}
