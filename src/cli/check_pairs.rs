//! What is wrong with the apps and users that pairs name, before anything is asked.

use graphwhy::check::answer::Ask;
use graphwhy::check::state::Asked;
use graphwhy::check::{InputError, Place, pairs};
use graphwhy::script::is_placeholder;
use graphwhy::tenant::subject::{Resolved, Subject};

use super::output::{Failure, refused};

/// Whether a text was meant as a client id: an id that is cut, a hole of an example, what no console shows.
fn is_broken_id(text: &str) -> bool {
    let of_ids = |c: char| c.is_ascii_hexdigit() || matches!(c, '-' | '{' | '}' | '(' | ')');
    let digits = text.chars().filter(char::is_ascii_hexdigit).count();
    is_placeholder(text) || text.chars().any(char::is_control) || (digits >= 8 && text.chars().all(of_ids))
}

/// A client id that is none, and that no snapshot lists as a name, is a bad line; other names are kept, and unknown.
pub(super) fn check_apps(asks: &[Ask], asked: &[Asked<'_, '_>], source: &str) -> Result<(), Failure> {
    let mut known = std::collections::HashSet::new();
    for ask in asks {
        let Some(name) = ask.app.name() else { continue };
        if known.contains(name) {
            continue;
        }
        if is_broken_id(name) && asked.iter().all(|one| one.names.app(&ask.app) == Resolved::Unlisted) {
            let (line, column) = ask.place.map_or((1, 1), |place| (place.line, place.column));
            return Err(refused(InputError {
                source_name: source.to_owned(),
                line,
                column,
                message: format!("`{name}` is no client id"),
                help: "write the client id of the app, a UUID (`appid` or `azp` in its token)".to_owned(),
            }));
        }
        known.insert(name);
    }
    Ok(())
}

/// A user by name and another by id in the path of a pair are the same where a snapshot says so.
pub(super) fn check_paths(
    asks: &[Ask],
    in_paths: &[(usize, Subject)],
    asked: &[Asked<'_, '_>],
    source: &str,
) -> Result<(), Failure> {
    for (index, path) in in_paths {
        let Some(ask) = asks.get(*index) else { continue };
        let Some(user) = &ask.user else { continue };
        let same = |one: &Asked<'_, '_>| {
            let id = one.names.user(user).id();
            id.is_some() && id == one.names.user(path).id()
        };
        if asked.iter().any(same) {
            continue;
        }
        let place = ask.place.unwrap_or(Place { line: 1, column: 1 });
        return Err(refused(InputError {
            source_name: source.to_owned(),
            line: place.line,
            column: place.column,
            message: format!(
                "the user is `{user}`, and the path of the operation names `{path}`: no snapshot says that they are one"
            ),
            help: pairs::WRITTEN_ONCE.to_owned(),
        }));
    }
    Ok(())
}
