//! The commands of the Azure CLI and of the CLI for Microsoft 365 above their output.
//!
//! Names: learn.microsoft.com/cli/azure/ad, pnp.github.io/cli-microsoft365.

use super::changes;
use super::context::Context;
use super::request;
use crate::tenant::parse_id;

/// What such a command says of its output; `None` where the line is none.
pub(super) fn of_line(line: &str, file: &Context) -> Option<Context> {
    let written = command(line.trim())?;
    let command = written.split(['|', '>']).next().unwrap_or(written);
    // A quoted value may hold blanks.
    let split = changes::words(command);
    let words: Vec<&str> = split.iter().map(String::as_str).collect();
    let option = |names: &[&str]| {
        words.iter().enumerate().find_map(|(at, word)| {
            let (name, value) = word.split_once('=').map_or((*word, None), |(name, value)| (name, Some(value)));
            names.contains(&name).then(|| value.or_else(|| words.get(at + 1).copied())).flatten()
        })
    };
    let verbs: Vec<&str> = words.iter().copied().take_while(|word| !word.starts_with('-')).collect();
    if matches!(verbs.as_slice(), ["az", "rest"] | ["m365", "request"]) {
        let method = option(&["--method", "-m"]).unwrap_or("get");
        let target = option(&["--url", "--uri", "-u"]).filter(|_| method.eq_ignore_ascii_case("get"));
        let Some(target) = target else {
            let own = verbs.join(" ");
            return Some(Context {
                named: file.named,
                refused: Some(own.clone()),
                strange: Some(own),
                ..Context::default()
            });
        };
        let mut context = request::of_request(target, file);
        // Whatever else is said may leave something out: parameters of the query, a query of the output, a pipe.
        const KNOWN: [&str; 9] =
            ["--method", "-m", "--url", "--uri", "-u", "--output", "-o", "--resource", "--only-show-errors"];
        let is_known = |word: &&str| KNOWN.contains(&word.split('=').next().unwrap_or_default());
        let plain = words.iter().filter(|word| word.starts_with('-')).all(is_known);
        context.whole &= plain && command.len() == written.len() && !written.trim_end().ends_with(['\\', '`', '^']);
        return Some(context);
    }
    let mut context = Context { named: file.named, ..Context::default() };
    // What a tool lists of which is known that the tenant has it now; other lists are of anything.
    let origin = match verbs.get(..verbs.len().min(5)).unwrap_or_default() {
        ["az", "ad", "group", "member", "list"] => "members",
        ["m365", "entra" | "aad", "group", "member" | "user", "list"] => "members",
        ["az", "ad", "sp", "list" | "show"] => "serviceprincipals",
        ["m365", "entra" | "aad", "enterpriseapp" | "sp", "list" | "get"] => "serviceprincipals",
        ["az", "ad", "app", "list" | "show"] => "applications",
        ["m365", "entra" | "aad", "app", "list" | "get"] => "applications",
        ["az", "ad", "user", "list" | "show"] | ["m365", "entra" | "aad", "user", "list" | "get"] => "users",
        ["az", "ad", "signed-in-user", "show"] | ["az", "ad", "group" | "app" | "sp", "owner", "list"] => "owners",
        ["m365", "entra" | "aad", "m365group" | "o365group", "user", "list"] | ["m365", "teams", "user", "list"] => {
            "owners"
        }
        _ => "",
    };
    context.deleted = verbs.iter().any(|verb| verb.starts_with("recyclebin"))
        || words.contains(&"--deleted")
        || words.contains(&"-d") && origin == "users" && words.first() == Some(&"m365");
    context.strange = origin.is_empty().then(|| verbs.join(" "));
    if origin == "members" {
        context.group = option(&["--group", "-g", "--groupId", "-i"]).and_then(parse_id);
        if let Some(role) = option(&["--role", "-r"]).filter(|role| !role.eq_ignore_ascii_case("Member")) {
            context.refused = Some(format!("{} --role {role}", verbs.join(" ")));
        }
    } else {
        context.refused = Some(verbs.join(" "));
    }
    context.origin = Some(origin.to_owned()).filter(|origin| !origin.is_empty());
    Some(context)
}

/// Whether a line is a command of such a tool.
pub(super) fn is_tool(line: &str) -> bool {
    command(line.trim()).is_some()
}

/// The command of a line that begins with one, also behind the prompt of a shell.
fn command(line: &str) -> Option<&str> {
    let begins = |text: &str| {
        ["az ", "m365 "]
            .iter()
            .any(|tool| text.strip_prefix(tool).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())))
    };
    if begins(line) {
        return Some(line);
    }
    ["$ ", "# ", "% ", "> "].iter().find_map(|end| {
        let (before, rest) = line.split_once(end)?;
        let rest = rest.trim_start();
        (before.len() <= 80 && begins(rest)).then_some(rest)
    })
}
