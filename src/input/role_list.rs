//! The lists of permissions that a message names, whole where a console broke them.

use crate::knowledge::permissions;

/// The names of a list as it stands in the text. Names are parted by commas, or by blanks; where a line ends inside a name,
/// its parts are one where they make a permission, and stay beside each other, which is no name, where nobody can tell.
pub(super) fn names(written: &str, also: &[String]) -> Vec<String> {
    let is_known = |name: &str| {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        permissions().iter().any(|it| is(it.name)) || also.iter().any(|it| is(it))
    };
    let mut found: Vec<String> = Vec::new();
    for piece in written.split(',') {
        let mut begins_piece = true;
        let mut rest = piece;
        loop {
            let after = rest.trim_start_matches(is_between);
            let gap = rest.get(..rest.len() - after.len()).unwrap_or_default();
            let end = after.find(is_between).unwrap_or(after.len());
            let (Some(word), Some(next)) = (after.get(..end), after.get(end..)) else { break };
            if word.is_empty() {
                break;
            }
            let parts = std::mem::replace(&mut begins_piece, false);
            let broken = gap.contains(['\n', '\r', '|']);
            // What is none by itself is the rest of one.
            let is_rest = |last: &str, whole: &str| {
                broken && is_permission(whole) && !(is_permission(last) && is_permission(word))
            };
            match found.last_mut().filter(|_| !parts) {
                Some(last)
                    if !is_known(word)
                        && Some(format!("{last}{word}").replace(' ', ""))
                            .is_some_and(|whole| is_known(&whole) || is_rest(last, &whole)) =>
                {
                    *last = format!("{last}{word}").replace(' ', "");
                }
                Some(last) if broken && !is_known(word) => {
                    last.push(' ');
                    last.push_str(word);
                }
                _ => found.push(word.to_owned()),
            }
            rest = next;
        }
    }
    found
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\'' | '"' | '\\' | '|' | '’' | '‘')
}

/// Whether a word has the form of a permission of Graph: `OnlineMeetings.Read.All`, or one of those for a sign-in.
pub(crate) fn is_permission(name: &str) -> bool {
    /// <https://learn.microsoft.com/entra/identity-platform/scopes-oidc>
    const OF_SIGN_IN: [&str; 4] = ["openid", "profile", "email", "offline_access"];
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    // A permission, in any case, is one.
    OF_SIGN_IN.contains(&name)
        || permissions().iter().any(|it| it.name.eq_ignore_ascii_case(name))
        || name.contains('.') && name.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_console_broke_is_one() {
        let also = ["Made.Up.All".to_owned()];
        let case = |written: &str| names(written, &also).join("|");
        assert_eq!(case("'Calendars.Read, OnlineMeetings.Rea\nd.All'"), "Calendars.Read|OnlineMeetings.Read.All");
        assert_eq!(case("'Onli\r\n     | neMeetings.Read.All'"), "OnlineMeetings.Read.All");
        assert_eq!(case("OnlineMeetings.Read\n.All"), "OnlineMeetings.Read.All");
        assert_eq!(case("Mad\ne.Up.\nAll"), "Made.Up.All");
        assert_eq!(case("Calls.AccessMedia.All Calendars.Read"), "Calls.AccessMedia.All|Calendars.Read");
        assert_eq!(case("Calls.AccessMedia.All,\nCalendars.Read"), "Calls.AccessMedia.All|Calendars.Read");
        assert_eq!(case("Calendars.Read\nOnlineMeetings.Read.All"), "Calendars.Read|OnlineMeetings.Read.All");
        assert_eq!(case("Us\ner.Read, openid"), "User.Read|openid");
        // Nobody can tell: they stay one that is no name.
        assert_eq!(case("Unknown.Read\nWrite.All, User.Read.All"), "Unknown.Read Write.All|User.Read.All");
        assert_eq!(case("''"), "");
    }

    #[test]
    fn a_permission_has_a_form() {
        for name in ["OnlineMeetings.Read.All", "User.Read", "Some-Thing.ReadWrite", "openid"] {
            assert!(is_permission(name), "{name}");
        }
        for name in ["Onli", "neMeetings.Read.All", ".All", "d.All", "OnlineMeetings.", "A.B C.D", ""] {
            assert!(!is_permission(name), "{name}");
        }
    }
}
