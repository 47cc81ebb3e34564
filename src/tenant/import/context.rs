//! What stands around an output: the command or request above it, the file's name, Graph's own context.

use uuid::Uuid;

use super::changes::{self, Changed};
use super::request::{self, is_cast, of_request};
use super::{live, tools, typed};
use crate::tenant::parse_id;

/// What the surroundings of an output tell about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Context {
    /// The cmdlet in lower case, or the collection of a Graph answer (`users`, `members`).
    pub(super) origin: Option<String>,
    /// The group whose members or assignments these are.
    pub(super) group: Option<Uuid>,
    /// The user: object id or user principal name.
    pub(super) user: Option<String>,
    /// Object id of the service principal.
    pub(super) service_principal: Option<Uuid>,
    /// Object id of the client whose delegated permissions are asked for.
    pub(super) client: Option<Uuid>,
    /// Client id of the app whose service principal it is, where the request names that.
    pub(super) app: Option<Uuid>,
    /// The answer of this request lists everything, unless it names a next page.
    pub(super) whole: bool,
    /// `-PolicyType`.
    pub(super) policy_type: Option<String>,
    /// A UUID in the file's name, of whatever it is.
    pub(super) named: Option<Uuid>,
    /// The file's name says that it holds the policies of a user.
    pub(super) of_policies: bool,
    /// The command prints all that it finds, and an error where it fails.
    pub(super) prints_all: bool,
    /// What this lists, where that is something else than the direct members of a group.
    pub(super) refused: Option<String>,
    /// These objects were deleted.
    pub(super) deleted: bool,
    /// A command or request stands above.
    pub(super) by_command: bool,
    /// What lists objects of which nothing says that the tenant has them now.
    pub(super) strange: Option<String>,
    /// The request chooses the members of one type, in words.
    pub(super) cast: bool,
    /// Several commands stand on the line, and whose output follows is not told.
    pub(super) several: bool,
    /// What the commands of the line change.
    pub(super) changes: Vec<Changed>,
    /// What stands before the printing command in its pipe.
    pub(super) upstream: Option<String>,
}

/// Commands that list the direct members of a group. Others are called nearly the same, and list its owners, members of
/// groups inside it, or the groups that it is in.
const MEMBERS: [&str; 9] = [
    "get-azadgroupmember",
    "get-azureadgroupmember",
    "get-entrabetagroupmember",
    "get-entragroupmember",
    "get-mggroupmember",
    "get-mggroupmemberasgroup",
    "get-mggroupmemberasuser",
    "get-msolgroupmember",
    "get-pnpmicrosoft365groupmember",
];

impl Context {
    /// What a file's name tells.
    pub(super) fn of_file(name: &str) -> Self {
        let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let mut ids = ids_in(stem);
        let named = ids.next().filter(|_| ids.next().is_none());
        let lower = stem.to_ascii_lowercase();
        let other = ["transitive", "memberof", "membership"].iter().any(|word| lower.contains(word))
            || lower.contains("owner") && !lower.contains("member");
        let origin = (lower.contains("member") && !other).then(|| "members".to_owned());
        let of_policies = lower.starts_with("policies-");
        Self { named, origin, of_policies, refused: other.then(|| stem.to_owned()), ..Self::default() }
    }

    pub(super) fn is(&self, origins: &[&str]) -> bool {
        self.origin.as_deref().is_some_and(|origin| origins.contains(&origin))
    }

    /// Whether these are members of a group.
    pub(super) fn is_members(&self) -> bool {
        self.refused.is_none() && self.origin.as_deref().is_some_and(|it| it == "members" || MEMBERS.contains(&it))
    }

    /// Whether this command prints every assignment of application access policies that the user, or any group, has.
    pub(super) fn lists_assignments(&self) -> bool {
        // Without a type every type is listed.
        let of_type = self.policy_type.as_deref().is_none_or(|it| it.eq_ignore_ascii_case("ApplicationAccessPolicy"));
        let of_user = self.is(&["get-csuserpolicyassignment"]) && self.user.is_some();
        let of_groups = self.is(&["get-csgrouppolicyassignment"]) && self.group.is_none();
        self.prints_all && of_type && (of_user || of_groups)
    }

    /// The user whose policies a file holds, by the name that it was given for that.
    pub(super) fn policies_of(&self) -> Option<Uuid> {
        self.named.filter(|_| self.of_policies)
    }

    /// Whether this command prints every app role that was granted to a service principal.
    pub(super) fn lists_roles(&self) -> bool {
        self.prints_all && self.service_principal.is_some() && self.is(&["get-mgserviceprincipalapproleassignment"])
    }

    /// Whether this is one of the commands that print nothing where there is nothing, and it may leave out what there is.
    pub(super) fn may_leave_out(&self) -> bool {
        let lists = [
            "get-csuserpolicyassignment",
            "get-csgrouppolicyassignment",
            "get-csapplicationaccesspolicy",
            "get-csonlineuser",
            "get-mgserviceprincipalapproleassignment",
        ];
        self.is(&lists) && !self.prints_all
    }

    /// This context, with the group or user that its pipe gives it, where that is sure.
    #[must_use]
    pub(super) fn of_upstream(self, typed: &typed::Typed, was_held: bool) -> Self {
        let given = self.upstream.as_deref().filter(|_| self.group.is_none() && self.is_members());
        let group = self.group.or_else(|| typed.id_of(given?));
        let of_user = self.upstream.as_deref().filter(|_| self.is(&["get-csuserpolicyassignment"]));
        let user = self.user.clone().or_else(|| Some(typed.id_of(of_user?)?.to_string()));
        Self { group, user, prints_all: self.prints_all && !was_held && !typed.is_silenced(), ..self }
    }

    /// The group, of which the surroundings speak.
    pub(super) fn group_id(&self) -> Option<Uuid> {
        self.group.or(self.named)
    }

    /// This context, with what a Graph answer says of itself.
    #[must_use]
    pub(super) fn with_graph(&self, context: &str) -> Self {
        let mut next = self.clone();
        let path = context.split_once('#').map_or("", |(_, path)| path);
        next.apply_path(path);
        let told = next.origin.as_deref().filter(|_| !path.is_empty() && self.strange.is_none());
        next.strange = next.strange.or(told.filter(|it| !live::is_collection(it)).map(ToOwned::to_owned));
        next
    }

    /// `groups('id')/members`, `groups/id/members?$select=id`, `users(id,displayName)/$entity`.
    pub(super) fn apply_path(&mut self, path: &str) {
        let path = path.split(['?', ' ', '"']).next().unwrap_or_default();
        let mut owner: Option<(String, Option<Uuid>)> = None;
        let mut parent: Option<String> = None;
        let mut by_app_id = false;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            // A cast leaves objects out, and is no list of its own.
            if part.starts_with('$') || is_cast(part) && owner.is_some() {
                self.cast |= is_cast(part);
                continue;
            }
            if let Some(id) = parse_id(part) {
                if let Some((_, slot)) = &mut owner {
                    *slot = Some(id);
                }
                continue;
            }
            // A user may be named by the principal name.
            if part.contains('@') && !part.contains('(') && owner.as_ref().is_some_and(|(name, _)| name == "users") {
                continue;
            }
            let (name, rest) = part.split_once('(').unwrap_or((part, ""));
            if let Some((name, id)) = owner.take() {
                match (name.as_str(), id) {
                    ("groups", Some(id)) => self.group = Some(id),
                    ("users", Some(id)) => self.user = Some(id.to_string()),
                    ("serviceprincipals", Some(id)) if by_app_id => self.app = Some(id),
                    ("serviceprincipals", Some(id)) => self.service_principal = Some(id),
                    _ => {}
                }
                parent = Some(name);
            }
            by_app_id = rest.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("appid"));
            owner = Some((name.to_ascii_lowercase(), ids_in(rest).next()));
        }
        let Some((name, id)) = owner else { return };
        self.deleted |= name == "deleteditems" || parent.as_deref() == Some("deleteditems");
        let of_groups = parent.as_deref() == Some("groups");
        match name.as_str() {
            // The type of members, which does not name the group.
            "directoryobjects" if self.is_members() => {}
            "users" | "groups" if parent.is_none() && self.group.is_some() && self.is_members() => {}
            // What lists the apps that hold its roles is answered with the same type as the roles that an app holds.
            "approleassignments" if parent.is_none() && self.is(&["approleassignedto"]) => {}
            "members" if of_groups || parent.is_none() => {
                self.origin = Some(name);
                self.refused = self.refused.take().filter(|_| !of_groups);
            }
            "members" | "transitivemembers" | "transitivememberof" | "memberof" => self.refuse(name),
            _ if of_groups => self.refuse(name),
            _ => {
                match name.as_str() {
                    "users" => self.user = id.map(|id| id.to_string()),
                    "serviceprincipals" if by_app_id => self.app = id,
                    _ => {}
                }
                self.origin = Some(name);
            }
        }
    }

    /// Only direct members count, and these are not (only) direct members of one group.
    fn refuse(&mut self, name: String) {
        self.refused.get_or_insert_with(|| name.clone());
        self.origin = Some(name);
        self.group = None;
    }
}

/// Every UUID in a text.
pub(super) fn ids_in(text: &str) -> impl Iterator<Item = Uuid> {
    let bytes = text.len();
    (0..bytes.saturating_sub(35)).filter_map(move |start| {
        let id = parse_id(text.get(start..start + 36)?)?;
        let around =
            |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(|byte| byte.is_ascii_hexdigit());
        (!around(start.checked_sub(1)) && !around(Some(start + 36))).then_some(id)
    })
}

/// A line that shows what was run: a prompt with a command, a bare command or a Graph request.
/// `None` where the line is no such thing.
pub(super) fn of_line(line: &str, file: &Context) -> Option<Context> {
    let line = line.trim();
    if let Some(context) = tools::of_line(after_prompt(line).unwrap_or(line), file) {
        let changes = changes::of_command(after_prompt(line).unwrap_or(line)).into_iter().collect();
        return Some(Context { by_command: true, changes, ..context });
    }
    let (prompt, command) = match after_prompt(line) {
        Some(command) => (true, command),
        None if changes::is_change(line) || assigns(line) => (true, line),
        // Prose may name a cmdlet; a command or a request begins with it.
        None if begins_with(line.trim_start_matches('('), "get") || begins_with(line, "invoke-") => (false, line),
        None => return None,
    };
    if let Some((method, rest)) = command.split_once(' ')
        && method.eq_ignore_ascii_case("get")
        && (rest.starts_with('/') || rest.starts_with("http"))
    {
        return Some(of_request(rest, file));
    }
    let mut context = Context { named: file.named, by_command: !command.is_empty(), ..Context::default() };
    let full = command;
    let parts = statements(command);
    let reads: Vec<usize> =
        parts.iter().enumerate().filter(|(_, part)| part.split_whitespace().any(is_cmdlet)).map(|(at, _)| at).collect();
    let changing = parts.iter().enumerate().filter_map(|(at, part)| Some((at, changes::of_command(part)?)));
    let changing: Vec<(usize, Changed)> = changing.collect();
    let overtaken = reads.first().is_some_and(|read| changing.iter().any(|(at, _)| at > read));
    context.changes = changing.into_iter().map(|(_, changed)| changed).collect();
    if (prompt || reads.first() == Some(&0)) && (reads.len() > 1 || overtaken) {
        // Not even the file's name says whose the output is.
        let refused = Some("several commands".to_owned());
        let strange = refused.clone().filter(|_| parts.iter().any(|part| may_list_others(part, file)));
        return Some(Context { named: None, several: true, strange, refused, ..context });
    }
    let command = reads.first().and_then(|at| parts.get(*at)).copied().unwrap_or(command);
    // What stands last in a pipe prints; what stands before says of what.
    let stages = split_outside(command, "|");
    let is_read = |stage: &&str| stage.split_whitespace().next().is_some_and(|word| is_cmdlet(word) || is_list(word));
    let last = stages.iter().rposition(is_read).filter(|at| *at > 0);
    let piped = last.is_some();
    let printing = last.map(|at| stages.get(at..).unwrap_or_default().join(" | "));
    let command = printing.as_deref().unwrap_or(command);
    let words: Vec<&str> = command.split_whitespace().collect();
    let bare = |word: &str| word.trim_start_matches('(').to_ascii_lowercase();
    if let Some(mut sent) = request::of_command(command, file) {
        sent.changes = context.changes;
        return Some(sent);
    }
    let Some(at) = words.iter().position(|word| is_cmdlet(word)) else {
        let first = words.first().map(|word| bare(word));
        let other = first.clone().filter(|word| word.starts_with("get-"));
        // `Get-X : access denied` is how Windows PowerShell begins the text of an error.
        if !prompt && (other.is_none() || words.get(1) == Some(&":") || !is_name(other.as_deref().unwrap_or_default()))
        {
            return None;
        }
        context.strange = first.clone().filter(|it| !live::is_viewer(it) && !live::is_cmdlet(it));
        match other {
            Some(cmdlet) => {
                context.asks_for_deleted(&cmdlet, command);
                if MEMBERS.contains(&cmdlet.as_str()) {
                    let ids: Vec<Uuid> = ids_in(command).collect();
                    context.group = ids.first().copied().filter(|_| ids.len() == 1);
                } else {
                    context.refused = Some(cmdlet.clone());
                }
                context.origin = Some(cmdlet);
            }
            None => context.refused = first.filter(|it| !live::is_viewer(it)),
        }
        return Some(context);
    };
    if !prompt && at != 0 {
        return None;
    }
    let cmdlet = words.get(at).map(|word| bare(word).replacen("get-mgbeta", "get-mg", 1));
    let mut rest = words.iter().skip(at + 1).peekable();
    let mut positional = true;
    // A word that belongs to no name may be the policy type.
    let mut stray = false;
    let mut splat = false;
    while let Some(word) = rest.next() {
        if *word == "|" {
            break;
        }
        let Some(name) = word.strip_prefix('-') else {
            if positional && (context.user.is_none() && context.group.is_none()) {
                context.set("identity", cmdlet.as_deref(), word);
            } else {
                stray = true;
            }
            splat |= word.starts_with('@') && !word.starts_with("@{") && !word.starts_with("@(");
            stray |= word.starts_with('@');
            positional = false;
            continue;
        };
        let (name, value) = match name.split_once(':') {
            Some((name, value)) => (name, Some(value)),
            None => (name, rest.next_if(|next| !next.starts_with('-') && **next != "|").copied()),
        };
        let name = name.to_ascii_lowercase();
        // PowerShell takes the beginning of a name for it.
        if "policytype".starts_with(&name) {
            context.set("policytype", cmdlet.as_deref(), value.unwrap_or_default());
        } else if let Some(value) = value {
            context.set(&name, cmdlet.as_deref(), value);
        }
    }
    // `Get-X : access denied` is how Windows PowerShell begins the text of an error.
    if !prompt && words.get(at + 1) == Some(&":") {
        return None;
    }
    context.prints_all = at == 0 && !stray && !piped && prints_all(full);
    if let Some(cmdlet) = &cmdlet {
        context.asks_for_deleted(cmdlet, command);
    }
    let beside = parts.len() > 1 && parts.iter().any(|part| lists_deleted(part, file));
    context.strange = cmdlet.clone().filter(|it| splat || beside || !live::is_cmdlet(it));
    context.refused = cmdlet.clone().filter(|it| !MEMBERS.contains(&it.as_str()));
    context.origin = cmdlet;
    context.upstream = last.map(|at| stages.get(..at).unwrap_or_default().join(" | "));
    Some(context)
}

/// Whether one of several commands lists objects of which nothing says that the tenant has them now.
fn may_list_others(command: &str, file: &Context) -> bool {
    let read = of_line(&format!("PS> {command}"), file);
    read.is_some_and(|read| {
        let lists = |it: &String| !it.starts_with("get-cs") || it == "get-csonlineuser";
        read.deleted || read.origin.is_some() && read.strange.as_ref().is_some_and(lists)
    })
}

/// Whether one of several commands lists what was deleted.
fn lists_deleted(command: &str, file: &Context) -> bool {
    of_line(&format!("PS> {command}"), file).is_some_and(|read| read.deleted)
}

fn begins_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start))
}

/// `$name = Get-...` without a prompt.
fn assigns(line: &str) -> bool {
    typed::variable(line).is_some_and(|(_, rest)| {
        rest.trim_start().strip_prefix('=').is_some_and(|value| begins_with(value.trim_start(), "get-"))
    })
}

/// Whether a word is the name of a cmdlet and nothing more.
fn is_name(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && word.matches('-').count() == 1
}

/// Whether a word is one of the commands that list members.
fn is_list(word: &str) -> bool {
    MEMBERS.contains(&word.to_ascii_lowercase().as_str())
}

/// The commands of a line: `;` and `&&` part them, except in quotes and in brackets.
fn statements(line: &str) -> Vec<&str> {
    split_outside(line, ";").into_iter().flat_map(|part| split_outside(part, "&&")).collect()
}

/// The parts of a text between separators, except those in quotes and in brackets.
pub(super) fn split_outside<'t>(text: &'t str, separator: &str) -> Vec<&'t str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '{' | '[') => depth = depth.saturating_add(1),
            (None, ')' | '}' | ']') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && at >= start && text.get(at..).is_some_and(|it| it.starts_with(separator)) => {
                parts.extend(text.get(start..at));
                start = at + separator.len();
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Whether what a command finds is printed, all of it, and an error too: it is neither kept nor written nor filtered.
fn prints_all(command: &str) -> bool {
    // Parameters that say whose list it is, or how it is read, and leave nothing of it out.
    const OWNERS: [&str; 7] = ["identity", "userid", "policytype", "groupid", "serviceprincipalid", "all", "pagesize"];
    let command = command.to_ascii_lowercase();
    let mut stages = command.split('|').map(str::trim);
    let first = stages.next().unwrap_or_default();
    let is_plain = !command.contains(['>', ';', '$', '{', '`', '(']);
    is_plain
        && parameters(first).all(|name| OWNERS.iter().any(|known| known.starts_with(name)))
        && stages.all(shows_all)
}

/// Whether a stage of a pipe prints every object that it is given.
pub(super) fn shows_all(stage: &str) -> bool {
    const SHOWS: [&str; 5] = ["format-list", "fl", "format-table", "ft", "convertto-json"];
    const SELECTS: [&str; 2] = ["select-object", "select"];
    let stage = stage.to_ascii_lowercase();
    match stage.split_whitespace().next() {
        Some(word) if SHOWS.contains(&word) => true,
        // `-First`, `-Last`, `-Skip`, `-Index` and `-Unique` leave objects out; these choose properties.
        Some(word) if SELECTS.contains(&word) => parameters(&stage)
            .all(|name| ["property", "expandproperty", "excludeproperty"].iter().any(|it| it.starts_with(name))),
        _ => false,
    }
}

/// The names of the parameters of a command.
fn parameters(stage: &str) -> impl Iterator<Item = &str> {
    let names = stage.split_whitespace().filter_map(|word| word.strip_prefix('-'));
    names.map(|name| name.split(':').next().unwrap_or_default())
}

impl Context {
    /// Whether the command asks for what was deleted; a switch that is off asks for nothing.
    fn asks_for_deleted(&mut self, cmdlet: &str, command: &str) {
        let names = command.split_whitespace().filter_map(|word| word.strip_prefix('-'));
        let names = names.filter(|name| !name.to_ascii_lowercase().ends_with(":$false"));
        let mut names = names.map(|name| name.split(':').next().unwrap_or_default().to_ascii_lowercase());
        self.deleted = cmdlet.contains("deleted") || names.any(|parameter| live::asks_for_deleted(cmdlet, &parameter));
    }

    fn set(&mut self, parameter: &str, cmdlet: Option<&str>, value: &str) {
        let value = value.trim_matches(['"', '\'', '(', ')', ';', ',']);
        match parameter {
            "groupid" => self.group = parse_id(value),
            "serviceprincipalid" => self.service_principal = parse_id(value),
            // `(Get-... -PolicyType X).PolicySource`
            "policytype" => self.policy_type = value.split(')').next().map(ToOwned::to_owned),
            "identity" | "userid" if cmdlet.is_some_and(|it| it.starts_with("get-csuserpolicyassignment")) => {
                self.user = Some(value.to_owned()).filter(|user| parse_id(user).is_some() || user.contains('@'));
            }
            _ => {}
        }
    }
}

fn is_cmdlet(word: &str) -> bool {
    let word = word.trim_start_matches('(');
    let lower = |prefix: &str| word.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    ["get-cs", "get-mg"].iter().any(|prefix| lower(prefix))
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Whether a line begins with the prompt of a new command.
pub(super) fn is_prompt(line: &str) -> bool {
    !line.starts_with(">>") && after_prompt(line).is_some()
}

/// The command after a prompt: `PS C:\Users\ada> `, `[host]: PS C:\> `, `PS />`, `PS>`, `>> `, `~ ❯ `.
pub(super) fn after_prompt(line: &str) -> Option<&str> {
    let is_prompt = line.starts_with("PS ")
        || line.starts_with("PS>")
        || line.starts_with("[") && line.contains("]: PS")
        || line.starts_with(">>");
    if is_prompt {
        let (_, rest) = line.split_once('>')?;
        return Some(rest.trim_start_matches('>').trim());
    }
    // What a theme of a shell shows stands before a sign that nothing prints.
    let themed = ['\u{276f}', '\u{279c}', '\u{03bb}'].iter().find_map(|sign| {
        let (before, rest) = line.split_once(*sign)?;
        let rest = rest.trim_start_matches(*sign);
        // Arrows and letters stand in sentences too.
        let is_place = before.is_empty() || *sign == '\u{276f}' || before.contains(['~', '/', '\\', '@']);
        (is_place && before.chars().count() <= 60 && rest.chars().next().is_none_or(char::is_whitespace))
            .then(|| rest.trim())
    });
    // A prompt of one sign stands before a command that is known.
    let signed = || line.strip_prefix("> ").map(str::trim).filter(|rest| begins_with(rest, "get-"));
    // Some themes show where they are behind their sign.
    let behind = |rest: &'_ str| {
        rest.split_whitespace().find(|word| is_name(word) && begins_with(word, "get-")).and_then(|word| rest.find(word))
    };
    let themed = themed.and_then(|rest| match rest.is_empty() || is_command(rest) {
        true => Some(rest),
        false => rest.get(behind(rest)?..),
    });
    themed.or_else(signed)
}

/// Whether a text begins as a command does: with the name of a cmdlet, a variable or a tool.
fn is_command(text: &str) -> bool {
    let first = text.trim_start_matches('(').split_whitespace().next().unwrap_or_default();
    is_name(first) || first.starts_with('$') || tools::is_tool(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    const ID: &str = "6c2f3d4e-1111-4222-8333-944455556666";

    fn line(text: &str) -> Option<Context> {
        of_line(text, &Context::default())
    }

    #[test]
    fn commands_tell_whose_the_output_is() {
        let context = line(&format!("PS C:\\> Get-MgGroupMember -GroupId '{ID}' -All | Format-List")).unwrap();
        assert_eq!((context.group_id().unwrap().to_string(), context.is_members()), (ID.to_owned(), true));
        let context = line("[srv]: PS /> Get-CsUserPolicyAssignment -Identity ada@contoso.com").unwrap();
        assert_eq!(context.user.as_deref(), Some("ada@contoso.com"));
        let context = line("get-csuserpolicyassignment -PolicyType:ApplicationAccessPolicy -Identity $user").unwrap();
        assert_eq!((context.user, context.policy_type.as_deref()), (None, Some("ApplicationAccessPolicy")));
        assert_eq!(line("PS /home/ada> "), Some(Context::default()));
    }

    #[test]
    fn requests_and_contexts_name_their_owner() {
        for text in [
            format!("GET https://graph.microsoft.com/v1.0/groups/{ID}/members?$select=id"),
            format!("GET /beta/groups('{ID}')/members"),
        ] {
            let context = line(&text).unwrap();
            assert!(context.is_members() && context.group.is_some(), "{text}");
        }
        let none = Context::default();
        let context =
            none.with_graph(&format!("https://x/v1.0/$metadata#servicePrincipals('{ID}')/appRoleAssignments"));
        assert!(context.is(&["approleassignments"]) && context.service_principal.is_some());
        let context = none.with_graph("https://x/v1.0/$metadata#users(id,displayName)/$entity");
        assert!(context.is(&["users"]));
        let context = none.with_graph("https://x/v1.0/$metadata#directoryObjects");
        assert!(!context.is_members());
    }

    #[test]
    fn a_command_that_leaves_something_out_prints_not_all() {
        let user = format!("PS> Get-CsUserPolicyAssignment -Identity {ID} -PolicyType ApplicationAccessPolicy");
        for tail in ["", " | fl", " | Select-Object PolicyName", " | select -ExpandProperty PolicySource | ft"] {
            assert!(line(&format!("{user}{tail}")).unwrap().lists_assignments(), "{tail}");
        }
        for tail in [
            " | Select-Object -First 0",
            " | select -f:0",
            " | Select-Object -Skip 1",
            " | Where-Object PolicyName -eq x",
            " -ErrorAction SilentlyContinue",
            " -ea 0",
        ] {
            let context = line(&format!("{user}{tail}")).unwrap();
            assert!(!context.lists_assignments() && context.may_leave_out(), "{tail}");
        }
        let groups = "PS> Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy";
        assert!(line(groups).unwrap().lists_assignments());
        assert!(!line(&format!("{groups} -GroupId {ID}")).unwrap().lists_assignments());
        let roles = format!("PS> Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId {ID}");
        assert!(line(&format!("{roles} -All")).unwrap().lists_roles());
        for tail in [" -Top 1", " -Filter \"resourceDisplayName eq 'Microsoft Graph'\"", " -Skip 3"] {
            assert!(!line(&format!("{roles}{tail}")).unwrap().lists_roles(), "{tail}");
        }
    }

    #[test]
    fn transitive_members_are_no_members() {
        let context = line(&format!("GET /groups/{ID}/transitiveMembers")).unwrap();
        assert!(!context.is_members() && context.group.is_none());
    }

    #[test]
    fn prose_and_errors_are_no_commands() {
        assert_eq!(line("Run Get-CsOnlineUser first"), None);
        assert_eq!(line("Get-CsOnlineUser : Access denied"), None);
        assert_eq!(line("AppIds : {a}"), None);
    }

    #[test]
    fn file_names_tell_one_id() {
        assert!(Context::of_file(&format!("/tmp/members-{ID}.json")).named.is_some());
        assert!(Context::of_file(&format!("{ID}-{ID}.json")).named.is_none());
        assert!(Context::of_file("members.json").is_members());
    }
}
