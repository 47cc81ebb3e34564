//! Requests to Microsoft Graph above their answers: by themselves, and as the parameter of a command.

use uuid::Uuid;

use super::changes;
use super::context::Context;
use super::live;
use crate::source::percent_decoded;
use crate::tenant::parse_id;

/// The surroundings of the answer of a request: an address, or a path below a version of Graph or without one.
pub(super) fn of_request(target: &str, file: &Context) -> Context {
    let mut context = Context { named: file.named, by_command: true, ..Context::default() };
    let target = target.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| target.strip_prefix(*quote)?.strip_suffix(*quote));
    let target = unquoted.unwrap_or(target);
    let path = match target.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => target,
    };
    let path = path.trim_start_matches('/');
    let path = path.strip_prefix("v1.0/").or_else(|| path.strip_prefix("beta/")).unwrap_or(path);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (path, query) = (percent_decoded(path), percent_decoded(&query.replace('+', " ")));
    context.apply_path(&path);
    context.client = client_of(&path, &query);
    context.whole = asks_for_all(&path, &query);
    if !context.is_members() && context.refused.is_none() {
        context.refused = context.origin.clone();
    }
    if !context.origin.as_deref().is_some_and(live::is_collection) {
        context.strange = Some(context.origin.clone().unwrap_or_else(|| "this request".to_owned()));
    }
    context
}

/// What a command that sends a request says of its output; `None` where it is none.
pub(super) fn of_command(command: &str, file: &Context) -> Option<Context> {
    const SENDS: [&str; 7] = [
        "invoke-mggraphrequest",
        "invoke-graphrequest",
        "invoke-mgrestmethod",
        "invoke-restmethod",
        "irm",
        "invoke-webrequest",
        "iwr",
    ];
    let first = command.split_whitespace().next()?.trim_start_matches('(').to_ascii_lowercase();
    if !SENDS.contains(&first.as_str()) {
        return None;
    }
    // A quoted address may hold blanks.
    let words = changes::words(command);
    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let (mut method, mut target, mut plain, mut at) = ("get", None, true, 0);
    while let Some(word) = rest.get(at) {
        at += 1;
        if *word == "|" {
            // What goes on may leave something out.
            let next = rest.get(at).map(|it| it.to_ascii_lowercase());
            plain &= next.as_deref() == Some("convertto-json");
            break;
        }
        let Some(name) = word.strip_prefix('-') else {
            target = target.or(Some(*word));
            continue;
        };
        let (name, value) = match name.split_once(':').filter(|(name, _)| !name.is_empty()) {
            Some((name, value)) => (name, Some(value)),
            None => (name, rest.get(at).copied().filter(|next| !next.starts_with('-') && *next != "|")),
        };
        let name = name.to_ascii_lowercase();
        let own = value.filter(|_| !word.contains(':'));
        at += usize::from(own.is_some());
        match value {
            Some(value) if "method".starts_with(&name) => method = value,
            Some(value) if "uri".starts_with(&name) => target = Some(value),
            _ => plain &= ["outputtype", "headers"].iter().any(|known| known.starts_with(&name)),
        }
    }
    let target = target.unwrap_or_default();
    let is_get = method.trim_matches(['"', '\'']).eq_ignore_ascii_case("get");
    if !is_get || target.trim_matches(['"', '\'']).starts_with(['$', '(']) || target.is_empty() {
        return Some(Context {
            refused: Some(first.clone()),
            strange: Some(first),
            by_command: true,
            named: file.named,
            ..Context::default()
        });
    }
    let mut context = of_request(target, file);
    context.whole &= plain;
    Some(context)
}

/// The request of a line that no shell's prompt and no cmdlet tells: `curl https://graph...`; or that what follows may be
/// what was deleted, by what the line speaks of.
pub(super) fn of_other_line(line: &str, file: &Context) -> Option<Context> {
    let words = changes::words(line);
    if words.iter().take(3).any(|word| word == "curl" || word == "curl.exe")
        && let Some(address) = words.iter().find(|word| word.starts_with("https://"))
    {
        // What else is on the line may leave something out.
        return Some(Context { whole: false, ..of_request(address, file) });
    }
    let lower = line.to_ascii_lowercase();
    let speaks = ["softdeleted", "deleteduser", "deleteditem", "returndeleted", "recyclebin"];
    // The line itself may hold a token.
    let said = || Some("a line that speaks of what was deleted".to_owned());
    speaks.iter().any(|word| lower.contains(word)).then(|| Context {
        strange: said(),
        refused: said(),
        by_command: true,
        ..Context::default()
    })
}

/// The client of `$filter=clientId eq '...'`, where nothing more is asked for.
fn client_of(path: &str, query: &str) -> Option<Uuid> {
    let plain = query.to_ascii_lowercase();
    let filter = plain.trim().trim_start_matches(['$']).strip_prefix("filter=clientid eq '")?;
    let id = filter.trim_end_matches(['"', ' ']).strip_suffix('\'').and_then(parse_id);
    id.filter(|_| path.trim_end_matches('/').eq_ignore_ascii_case("oauth2PermissionGrants"))
}

/// Whether a request leaves nothing out of a list: it selects properties only.
fn asks_for_all(path: &str, query: &str) -> bool {
    // A cast leaves out what is of another type.
    if path.split('/').any(is_cast) {
        return false;
    }
    query.trim_end().trim_end_matches(['"', '\'']).split('&').all(|option| {
        let name = option.split('=').next().unwrap_or_default().trim_start_matches('$').to_ascii_lowercase();
        option.is_empty() || ["select", "count"].contains(&name.as_str())
    })
}

/// Whether a segment of a path chooses the objects of one type: `microsoft.graph.user`, `graph.user`.
pub(super) fn is_cast(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    lower.starts_with("microsoft.graph.") || lower.starts_with("graph.")
}
