//! An id of an app or a user that is nearly a GUID, and so the id of nobody.

use super::{Raised, Script};
use crate::knowledge::{Confidence, Severity};
use crate::script::Kind;
use crate::script::subject::{self, Verb, verb};
use crate::script::{is_guid, is_placeholder};

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
            for literal in argument.value.iter().flat_map(|value| value.texts()) {
                let Some(fault) = fault(&literal.text) else { continue };
                let mut raised = Raised::new(SLUG, Confidence::Likely, command, literal.span, fault)
                    .explained(format!(
                        "ids of apps, users and groups are 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12, and `{}` is not: nothing has \
                         this id. Copy it again, whole",
                        literal.text.trim()
                    ));
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

/// What is wrong with a text that was surely meant to be an id; `None` for sound ids and everything else.
fn fault(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    if is_guid(text) || is_placeholder(text) || !text.is_ascii() {
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
        // One letter that is none of the sixteen, in the shape of an id.
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
    use super::fault;

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
