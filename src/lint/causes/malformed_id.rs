//! An id of an app or a user that is nearly a GUID, and so the id of nobody.

use super::{Raised, Script, app_ids_in_one_string, placeholder_left};
use std::collections::HashSet;

use crate::input::Span;
use crate::knowledge::{Confidence, Severity, cmdlet};
use crate::script::Kind;
use crate::script::subject::{self, Verb, verb};
use crate::script::{Argument, Command, Entry, Value, ids_in, is_address, is_guid, is_placeholder};

pub(super) const SLUG: &str = "malformed-id";

/// Digits of the five groups of a GUID.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for command in script.commands {
        let parameters: &[&str] = match verb(command) {
            Some(Verb::New | Verb::Set) => &["AppIds"],
            Some(Verb::Grant) => &["Identity", "Group", "PolicyName"],
            _ => continue,
        };
        for argument in parameters.iter().filter_map(|name| subject::argument(command, name)) {
            if argument_is_app(verb(command)) {
                out.extend(unknown_keys(script, command, argument));
            }
            let taken_away: HashSet<Span> = argument
                .value
                .iter()
                .filter_map(|value| value.entry("Remove"))
                .flat_map(|it| it.value.texts())
                .map(|it| it.span)
                .collect();
            for literal in argument.value.iter().flat_map(|value| value.texts()) {
                let lists_apps = argument_is_app(verb(command));
                // Several ids in one text are another mistake.
                if lists_apps
                    && (ids_in(&literal.text).is_some() || app_ids_in_one_string::parts(&literal.text).is_some())
                {
                    continue;
                }
                let name = lists_apps && is_name(&literal.text);
                // What is no id may well have to be taken out of a list.
                let strange =
                    (lists_apps && !taken_away.contains(&literal.span)).then(|| strange(&literal.text)).flatten();
                // An id without hyphens may well be the name of a policy.
                let bare = !argument.is("PolicyName");
                // A list is a list of users, one text is one user.
                let several = !lists_apps && bare && several(&literal.text);
                let slip = fault(&literal.text).or_else(|| without_hyphens(&literal.text).filter(|_| bare));
                let strange = strange.filter(|_| slip.is_none());
                // A parameter's default is empty until somebody gives it.
                let empty = lists_apps
                    && literal.text.trim().is_empty()
                    && !taken_away.contains(&literal.span)
                    && subject::inline(argument, literal);
                let fault = match () {
                    () if empty => "an empty text, no client id".to_owned(),
                    () if several => "several in one text".to_owned(),
                    () if name => "a name, no client id".to_owned(),
                    () => match slip.or_else(|| strange.map(|strange| strange.label().to_owned())) {
                        Some(fault) => fault,
                        None => continue,
                    },
                };
                let why = match () {
                    () if empty => {
                        "a policy lists client ids, and an empty text is none: no app gets access by it".to_owned()
                    }
                    () if several => format!(
                        "a grant is for one user or group, and `{}` is one text that names none: grant to each of them, in a loop for example",
                        literal.text.trim()
                    ),
                    () if name => format!(
                        "`{}` is a name, and a policy lists client ids: the client id of that app belongs here",
                        literal.text.trim()
                    ),
                    () if of_uri(&literal.text).is_some() => format!(
                        "`{}` is the application id URI of an app; a policy lists the client id by itself",
                        literal.text.trim()
                    ),
                    () if strange.is_some() => {
                        let what = strange.map_or("", Strange::why);
                        format!("`{}` {what}, and a policy lists client ids, nothing else", literal.text.trim())
                    }
                    () => format!(
                        "ids of apps, users and groups are 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12, and `{}` is not: nothing has \
                         this id. Copy it again, whole",
                        literal.text.trim()
                    ),
                };
                let mut raised = Raised::new(SLUG, Confidence::Likely, command, literal.span, fault).explained(why);
                if !subject::inline(argument, literal) {
                    raised = raised.proved(argument.span, "used here");
                }
                // In a document it is mostly made up.
                raised.lowered = (script.kind == Kind::Markdown).then_some(Severity::Info);
                out.push(raised);
            }
        }
    }
}

/// Keys of a table of changes that it has not: what stands behind them is neither added nor taken away.
fn unknown_keys(script: &Script<'_>, command: &Command, argument: &Argument) -> Vec<Raised> {
    let Some(Value::Table(entries, _)) = &argument.value else { return Vec::new() };
    let is_key = |key: &str| ["Add", "Remove", "Replace"].iter().any(|known| known.eq_ignore_ascii_case(key.trim()));
    let raise = |entry: &Entry| {
        let why = format!(
            "the table of `-AppIds` has the keys `Add` and `Remove`, and `{}` is none of them: no client id is added or \
             taken away by it",
            entry.key
        );
        let mut raised =
            Raised::new(SLUG, Confidence::Likely, command, entry.key_span, "neither `Add` nor `Remove`").explained(why);
        raised.lowered = (script.kind == Kind::Markdown).then_some(Severity::Info);
        raised
    };
    entries.iter().filter(|entry| !is_key(&entry.key)).map(raise).collect()
}

/// Whether a text in a list of apps is surely the id of none.
pub(super) fn is_no_id(text: &str) -> bool {
    text.trim().is_empty()
        || is_name(text)
        || fault(text).is_some()
        || without_hyphens(text).is_some()
        || strange(text).is_some()
}

/// What a text is that a list of apps has in the place of a client id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strange {
    /// An id, and more in the same text.
    More,
    Address,
    Uri,
    Name,
    /// Digits, far fewer than an id has.
    Digits,
}

impl Strange {
    const fn label(self) -> &'static str {
        match self {
            Self::More => "an id, and more",
            Self::Address => "an address, no client id",
            Self::Uri => "a URI, no client id",
            Self::Name => "a name, no client id",
            Self::Digits => "digits, no client id",
        }
    }

    const fn why(self) -> &'static str {
        match self {
            Self::More => "holds an id and more than that",
            Self::Address => "is the address of a user, a group or a mailbox",
            Self::Uri => "is a URI",
            Self::Name => "is a name",
            Self::Digits => "is no GUID",
        }
    }
}

/// What a constant text is that is surely no GUID; `None` for ids, for what is to be filled in, and for what is judged elsewhere.
fn strange(text: &str) -> Option<Strange> {
    let text = text.trim();
    if is_guid(text) || is_placeholder(text) || text.contains(['#', '$', '<', '[', '%', '~', '{']) && !holds_id(text) {
        return None;
    }
    let plain = || text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '));
    match () {
        () if holds_id(text) => {
            // Brackets of either kind around a GUID are a way to write it.
            let inside = text.strip_prefix(['{', '(']).and_then(|text| text.strip_suffix(['}', ')']));
            (!inside.is_some_and(is_guid)).then_some(Strange::More)
        }
        () if is_address(text) => Some(Strange::Address),
        () if text.contains("://") => Some(Strange::Uri),
        // A comma at the end of a line makes the next command a part of the list.
        () if cmdlet(text).is_some() => None,
        // In a language that this tool does not know it may well stand for an id.
        () if !text.is_ascii() && text.to_lowercase().ends_with("id") => None,
        // An id that somebody left out on purpose.
        () if text.to_lowercase().contains("xxx") => None,
        () if text.contains(char::is_alphabetic) && plain() && !placeholder_left::speaks_of_an_id(text) => {
            Some(Strange::Name)
        }
        () if text.contains(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | ' ')) =>
        {
            Some(Strange::Digits)
        }
        () => None,
    }
}

/// Whether a GUID stands somewhere in a text.
pub(super) fn holds_id(text: &str) -> bool {
    memchr::memchr_iter(b'-', text.as_bytes())
        .any(|at| at.checked_sub(8).and_then(|start| text.get(start..start + 36)).is_some_and(is_guid))
}

/// Whether a word is an id, or one with a slip.
pub(super) fn is_like_id(word: &str) -> bool {
    is_guid(word) || fault(word).is_some()
}

/// Whether a text holds several users or groups.
fn several(text: &str) -> bool {
    let parts: Vec<&str> = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.len() > 1 && parts.iter().all(|part| is_guid(part) || is_address(part))
}

const fn argument_is_app(verb: Option<Verb>) -> bool {
    matches!(verb, Some(Verb::New | Verb::Set))
}

/// Whether a text is the name of an app: words, and none of them about an id.
pub(super) fn is_name(text: &str) -> bool {
    let text = text.trim();
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'));
    let id = |word: &&str| {
        let word = word.to_lowercase();
        matches!(word.as_str(), "id" | "ids" | "guid" | "guids" | "uuid" | "client" | "list")
            || word.contains("appid")
            || word.contains("clientid")
    };
    let wordy = words.iter().all(|word| word.starts_with(char::is_alphabetic) && !hexadecimal(word));
    words.len() > 1 && plain && wordy && !is_placeholder(text) && !words.iter().any(id)
}

fn hexadecimal(text: &str) -> bool {
    text.len() >= 4 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// The GUID of `api://<guid>`, the URI that tokens for an app are asked with.
fn of_uri(text: &str) -> Option<&str> {
    let text = text.trim();
    let scheme = text.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("api://"));
    text.get(6..).filter(|rest| scheme && is_guid(rest))
}

/// What is wrong with an id that lost its hyphens.
fn without_hyphens(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    // Words of the six letters, and long numbers, are something else.
    let id = text.bytes().all(|b| b.is_ascii_hexdigit()) && digits >= 4 && digits < text.len();
    match text.len() {
        32 if id => Some("32 digits without the hyphens".to_owned()),
        30 | 31 | 33 | 34 if id => Some(format!("{} digits, not 32, and no hyphens", text.len())),
        _ => None,
    }
}

/// What is wrong with a text that would be an id if one kind of its characters were another or not there.
fn slip(text: &str) -> Option<String> {
    let dash = |c: char| matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '_');
    let hyphens: String = text.chars().map(|c| if dash(c) { '-' } else { c }).collect();
    if is_guid(&hyphens) {
        let strange = text.chars().find(|c| dash(*c))?;
        return Some(format!("`{strange}` (U+{:04X}) where a hyphen belongs", u32::from(strange)));
    }
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}');
    if is_guid(&text.chars().filter(|c| !blank(*c)).collect::<String>()) {
        return Some("a blank inside the id".to_owned());
    }
    let mut strange = text.chars().filter(|c| !c.is_ascii_hexdigit() && *c != '-');
    match (strange.next(), strange.next()) {
        (Some(one), None) if is_guid(&text.replace(one, "")) => Some(format!("`{one}` is one character too many")),
        _ => None,
    }
}

/// What is wrong with a text that was surely meant to be an id; `None` for sound ids and everything else.
fn fault(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    if is_guid(text) || is_placeholder(text) {
        return None;
    }
    if of_uri(text).is_some() {
        return Some("an application id URI, no client id".to_owned());
    }
    if let Some(fault) = slip(text) {
        return Some(fault);
    }
    if !text.is_ascii() {
        return None;
    }
    let groups: Vec<&str> = text.split('-').collect();
    let hexadecimal = |group: &str| group.bytes().all(|b| b.is_ascii_hexdigit());
    let strange: Vec<char> = text.chars().filter(|c| !c.is_ascii_hexdigit() && *c != '-').collect();
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    if groups.len() < 2 || digits < 12 || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let shaped = groups.len() == 5 && groups.iter().zip(GROUPS).all(|(group, length)| group.len() == length);
    match strange.as_slice() {
        // Letters that are none of the sixteen, in the shape of an id.
        [one, ..] if shaped && digits >= 20 && strange.iter().all(char::is_ascii_alphanumeric) => {
            Some(format!("`{one}` is no hexadecimal digit"))
        }
        [one] if shaped => Some(format!("`{one}` is no hexadecimal digit")),
        [] => {
            // Eight decimal digits are a date.
            let lettered = |group: &str| group.bytes().any(|b| b.is_ascii_alphabetic());
            let begins = groups.first().is_some_and(|first| first.len() == 8 && hexadecimal(first) && lettered(first));
            let nearly =
                begins && groups.iter().zip(GROUPS).filter(|(group, length)| group.len() == *length).count() >= 2;
            (nearly || digits >= 28).then(|| match digits {
                32 => "its groups are not 8, 4, 4, 4 and 12 digits".to_owned(),
                digits => format!("{digits} digits, not 32"),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Strange, fault, is_name, strange, without_hyphens};

    #[test]
    fn ids_of_other_characters() {
        for (text, words) in [
            (
                "9c4f2c1e\u{2013}5a0b\u{2013}4f6d\u{2013}8f53\u{2013}0d6a3c1b7e20",
                "`\u{2013}` (U+2013) where a hyphen belongs",
            ),
            ("9c4f2c1e_5a0b_4f6d_8f53_0d6a3c1b7e20", "`_` (U+005F) where a hyphen belongs"),
            ("9c4f2c1e-5a0b -4f6d-8f53-0d6a3c1b7e20", "a blank inside the id"),
            ("9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20z", "`z` is one character too many"),
            ("api://9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20", "an application id URI, no client id"),
        ] {
            assert_eq!(fault(text).as_deref(), Some(words), "{text}");
        }
        for text in ["api://scheduler", "9c4f2c1e_5a0b", "a – b", "Meetings – EMEA", "api://"] {
            assert_eq!(fault(text), None, "{text}");
        }
        assert_eq!(
            without_hyphens("9c4f2c1e5a0b4f6d8f530d6a3c1b7e20").as_deref(),
            Some("32 digits without the hyphens")
        );
        assert_eq!(
            without_hyphens("9c4f2c1e5a0b4f6d8f530d6a3c1b7e2").as_deref(),
            Some("31 digits, not 32, and no hyphens")
        );
        for text in ["12345678901234567890123456789012", "deadbeef", "", "abcdefabcdefabcdefabcdefabcdefab"] {
            assert_eq!(without_hyphens(text), None, "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_ids() {
        let id = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
        for (text, kind) in [
            (format!("{id} # bot"), Strange::More),
            (format!("AppId: {id}"), Strange::More),
            (format!("{id}-extra"), Strange::More),
            (format!("{id},"), Strange::More),
            (format!("{id}{id}"), Strange::More),
            ("bot@contoso.com".to_owned(), Strange::Address),
            ("https://contoso.com/app".to_owned(), Strange::Uri),
            ("api://scheduler".to_owned(), Strange::Uri),
            ("MyBot".to_owned(), Strange::Name),
            ("Scheduler".to_owned(), Strange::Name),
            ("123".to_owned(), Strange::Digits),
        ] {
            assert_eq!(strange(&text), Some(kind), "{text}");
        }
        for text in [
            id,
            "{9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20}",
            "#{ClientId}#",
            "${CLIENT_ID}",
            "<app>",
            "client-id",
            "5b3dadaa-0982-462a-8dab-xxxxxxxxx",
            "Grant-CsApplicationAccessPolicy",
            "",
            "...",
        ] {
            assert_eq!(strange(text), None, "{text}");
        }
        for text in ["9c4f2c1e-5aOb-4f6d-8f53-Od6a3c1b7e2O", "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7ezz"] {
            assert!(fault(text).is_some_and(|fault| fault.ends_with("is no hexadecimal digit")), "{text}");
        }
    }

    #[test]
    fn names_of_apps() {
        for text in ["Scheduler App", "Contoso Meeting Bot", "Bot v2"] {
            assert!(is_name(text), "{text}");
        }
        for text in
            ["app id of the bot", "your app", "Scheduler", "client id", "<Scheduler App>", "9c4f2c1e 5a0b", "a, b"]
        {
            assert!(!is_name(text), "{text}");
        }
    }

    #[test]
    fn ids_with_a_slip() {
        for (text, words) in [
            ("9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e2", "31 digits, not 32"),
            ("9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e200", "33 digits, not 32"),
            ("9c4f2c1e-5a0b-4f6d", "16 digits, not 32"),
            ("9c4f2c1-e5a0b-4f6d-8f53-0d6a3c1b7e20", "its groups are not 8, 4, 4, 4 and 12 digits"),
            ("9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e2o", "`o` is no hexadecimal digit"),
        ] {
            assert_eq!(fault(text).as_deref(), Some(words), "{text}");
        }
        for text in [
            "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20",
            "{9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20}",
            "9c4f2c1e5a0b4f6d8f530d6a3c1b7e20",
            "Meetings-2024",
            "2024-11-23",
            "20241123-0900-feed",
            "adele@contoso.com",
            "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
            "",
        ] {
            assert_eq!(fault(text), None, "{text}");
        }
    }
}
