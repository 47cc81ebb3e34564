//! Whose an id is, as far as the source says: by the command that takes it, and by the name that stands before it.

use std::collections::HashMap;

use super::Script;
use crate::script::sessions::app_member;
use crate::script::subject;
use crate::script::{Argument, Value, is_guid};

/// What an id belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    App,
    Group,
    User,
}

/// What is said of the ids of a source.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What names say, by the id in lower case.
    named: HashMap<String, Named>,
    /// Ids, and values that are not known, that commands take for an app or a group.
    used: HashMap<String, Whose>,
}

/// The names that stand before one id.
#[derive(Clone, Copy, Debug, Default)]
struct Named {
    app: bool,
    group: bool,
    user: bool,
}

impl Known {
    pub(super) fn new(script: &Script<'_>) -> Self {
        let mut used: HashMap<String, Whose> = HashMap::new();
        for (_, grant) in script.grants() {
            if let Some(id) = subject::argument(grant, "Group").and_then(key) {
                used.insert(id, Whose::Group);
            }
        }
        used.extend(subject::app_ids(script.commands).into_keys().map(|id| (id, Whose::App)));
        Self { named: named(script.text), used }
    }

    /// Whose an id is by its names; `None` where they say nothing or several things.
    fn by_name(&self, id: &str) -> Option<Whose> {
        match self.named.get(id).copied().unwrap_or_default() {
            Named { app: true, group: false, user: false } => Some(Whose::App),
            Named { app: false, group: true, user: false } => Some(Whose::Group),
            Named { app: false, group: false, user: true } => Some(Whose::User),
            _ => None,
        }
    }

    /// Whether all that is said of an id is that it is a user's, and the list of a policy says the contrary.
    pub(super) fn is_user(&self, id: &str) -> bool {
        self.by_name(&plain(id)) == Some(Whose::User)
    }
}

/// The app or group that an argument names; `None` where it may be a user.
pub(super) fn no_user(script: &Script<'_>, argument: &Argument) -> Option<Whose> {
    let by_variable = whose(script.written(argument).strip_prefix('$').unwrap_or_default());
    if by_variable == Some(Whose::User) {
        return None;
    }
    let known = script.known();
    let id = key(argument)?;
    let by_object = match &argument.value {
        Some(Value::Unknown(Some(symbol))) => app_member(symbol).map(|_| Whose::App),
        _ => None,
    };
    match known.by_name(&id) {
        Some(Whose::User) => None,
        named => named.or(by_object).or_else(|| known.used.get(&id).copied()).or(by_variable),
    }
}

/// The id of an argument in lower case, or the symbol of a value that is not known.
fn key(argument: &Argument) -> Option<String> {
    match argument.value.as_ref()? {
        Value::Unknown(symbol) => symbol.clone(),
        value => value.text().map(|literal| plain(&literal.text)),
    }
}

fn plain(id: &str) -> String {
    id.trim().trim_matches(['{', '}']).to_lowercase()
}

/// Whose ids are called by a name.
fn whose(name: &str) -> Option<Whose> {
    let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match () {
        () if has(&["appid", "clientid", "applicationid"]) => Some(Whose::App),
        () if has(&["resourcegroup"]) => None,
        () if has(&["group"]) => Some(Whose::Group),
        () if has(&["user", "upn", "organizer", "organiser"]) => Some(Whose::User),
        () => None,
    }
}

/// As many bytes before an id are looked at for its name.
const NEAR: usize = 120;

/// What the names before the ids of a text say.
fn named(text: &str) -> HashMap<String, Named> {
    let mut found: HashMap<String, Named> = HashMap::new();
    let mut end = 0;
    for at in memchr::memchr_iter(b'-', text.as_bytes()) {
        let Some(start) = at.checked_sub(8).filter(|start| *start >= end) else { continue };
        let Some(id) = text.get(start..start + 36).filter(|id| is_guid(id)) else { continue };
        end = start + 36;
        let mut near = start.saturating_sub(NEAR);
        while !text.is_char_boundary(near) {
            near += 1;
        }
        let line = text.get(near..start).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
        let Some(whose) = name_before(line).and_then(|name| whose(&name)) else { continue };
        let named = found.entry(id.to_lowercase()).or_default();
        match whose {
            Whose::App => named.app = true,
            Whose::Group => named.group = true,
            Whose::User => named.user = true,
        }
    }
    found
}

/// The name that a value is given at the end of `line`: of a variable, a parameter, a key or a column.
fn name_before(line: &str) -> Option<String> {
    let of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let line = line.trim_end_matches(|c: char| !of_name(c));
    let word = line.rsplit(|c: char| !of_name(c)).next().filter(|word| !word.is_empty())?;
    // `Client ID: ...`
    if matches!(word.to_lowercase().as_str(), "id" | "ids") {
        let before = line.strip_suffix(word)?.trim_end();
        let first = before.rsplit(|c: char| !of_name(c)).next().unwrap_or_default();
        return Some(format!("{first}{word}"));
    }
    Some(word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Whose, name_before, named, whose};

    #[test]
    fn names_before_ids() {
        for (line, name) in [
            ("$clientId = '", "clientId"),
            ("    [string]$UserId = \"", "UserId"),
            ("New-It -AppIds ", "-AppIds"),
            ("\"groupId\": \"", "groupId"),
            ("| Client ID | `", "ClientID"),
        ] {
            assert_eq!(name_before(line).as_deref(), Some(name), "{line}");
        }
        assert_eq!(name_before("  '"), None);
        for (name, of) in [
            ("client_id", Some(Whose::App)),
            ("-Group", Some(Whose::Group)),
            ("organizerId", Some(Whose::User)),
            ("ResourceGroupName", None),
            ("PolicyName", None),
        ] {
            assert_eq!(whose(name), of, "{name}");
        }
    }

    #[test]
    fn ids_with_several_names_are_nobodys() {
        let id = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
        let found = named(&format!("$appId = '{id}'\n$userId = \"{}\"\n", id.to_uppercase()));
        assert!(found.get(id).is_some_and(|named| named.app && named.user && !named.group), "{found:?}");
    }
}
