//! Commands of somebody's script as changes that the simulator can run.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::binding;
use super::command::{AppIds, Command, Reach, Target};
use super::licence_commands;
use super::role_commands::{self, Reading};
use super::run::Planned;
use super::unsimulated;
use crate::input::Span;
use crate::script;
use crate::script::{Value, subject};
use crate::source::slice;
use crate::tenant::{View, name};

/// A change with its place in the script.
#[derive(Clone, Debug)]
pub struct Read {
    /// The command in the text.
    pub span: Span,
    /// Its place among all commands.
    pub at: usize,
    /// The change.
    pub command: Command,
}

/// Whether a part of a script that was not read may hold a command that changes something.
#[must_use]
pub fn may_change(text: &str) -> bool {
    unsimulated::may_change(text)
}

/// The same of a text for a shell, or of one that is not known to be a script.
#[must_use]
pub fn shell_may_change(text: &str) -> bool {
    unsimulated::shell_may_change(text)
}

/// Whether a line for a shell sends a request that may change something.
#[must_use]
pub fn sends(line: &str) -> bool {
    super::requests::in_shell(line)
}

/// What is told of a command in a branch by whoever does not follow branches.
pub const CONDITIONAL: &str = "under a condition: taken as if it were run";

/// The changes of a script, in the order in which they would be run, and what is to be told of its reading.
#[derive(Clone, Debug, Default)]
pub struct FromScript {
    /// The changes.
    pub commands: Vec<Read>,
    /// What was left out or taken in one of several ways.
    pub notes: Vec<(Span, String)>,
    /// Commands that may take access away and are not simulated.
    pub left_out: Vec<Span>,
    /// Changes in functions and blocks that nothing in the same text calls, and commands there that are not simulated; another
    /// text may call them.
    pub elsewhere: Vec<Span>,
}

/// Finds the changes of the script `text`; names of users are looked up in the snapshot.
#[must_use]
pub fn read(commands: &[script::Command], text: &str, view: &View<'_>) -> FromScript {
    read_in(commands, &script::Flow::default(), text, view)
}

/// The same of a whole script, with what the walk through it did not follow.
#[must_use]
pub fn read_in(commands: &[script::Command], flow: &script::Flow, text: &str, view: &View<'_>) -> FromScript {
    let mut found = FromScript::default();
    let assigns = |it: &script::Command| {
        it.name.to_ascii_lowercase().ends_with("-csgrouppolicyassignment")
            || it.is("Grant-CsApplicationAccessPolicy") && (it.argument("Group").is_some() || it.open)
    };
    // A group that holds no policy may get one before somebody joins it.
    let regroups = commands.iter().any(assigns);
    for (index, command) in commands.iter().enumerate() {
        let role = role_commands::read(commands, index, text, view);
        let elsewhere = role == Reading::Elsewhere;
        let (changes, of_roles) = match role {
            Reading::Is(change) => (vec![change], true),
            Reading::Open | Reading::Elsewhere => (Vec::new(), true),
            Reading::No if let Some(why) = binding::refusal(command) => (vec![Command::Refused { why }], false),
            Reading::No => match licence_commands::read(commands, index, text, view) {
                Some(changes) => (changes, false),
                None => (changes(command, view, &mut found.notes), false),
            },
        };
        if of_roles && changes.is_empty() && !command.what_if() && !command.context.uncalled {
            if elsewhere {
                found.notes.push((command.span, "a role of another API: no access to meetings rests on it".to_owned()));
                continue;
            }
            if !unsimulated::takes(command, flow, text) {
                let words = "which app gets which role is known only when it is run: left out";
                found.notes.push((command.span, words.to_owned()));
            }
        }
        if changes.is_empty() {
            let runs = unsimulated::runs(command) && !command.context.uncalled;
            let idle = !regroups && unsimulated::joins_without_policy(commands, index, text, view);
            if !idle && unsimulated::takes(command, flow, text) && unsimulated::runs(command) {
                // Who calls a method is not followed.
                let runs = runs || command.context.method;
                if runs { &mut found.left_out } else { &mut found.elsewhere }.push(command.span);
            } else if unsimulated::gives(command) && runs {
                let words =
                    format!("`{}`: what it gives is not simulated: whoever it is for may gain access", command.name);
                found.notes.push((command.span, words));
            }
            continue;
        }
        if command.what_if() {
            let how = if command.argument("WhatIf").is_some() { "-WhatIf" } else { "$WhatIfPreference" };
            found.notes.push((command.span, format!("only tried out ({how}): left out")));
            continue;
        }
        if command.context.method {
            found.left_out.push(command.span);
            continue;
        }
        if command.context.uncalled {
            found.elsewhere.push(command.span);
            let what = if command.context.kept { "block that nothing runs" } else { "function that nothing calls" };
            found.notes.push((command.span, format!("in a {what}: left out")));
            continue;
        }
        if binding::overrides(command) || unsimulated::by_instance(command) {
            found.left_out.push(command.span);
        }
        if let Some(hole) = hole(command) {
            let words = format!("`{hole}` is still to be filled in, and no value: what comes of it is known only then");
            found.notes.push((command.span, words));
        }
        if !command.context.arms.is_empty() {
            found.notes.push((command.span, CONDITIONAL.to_owned()));
        }
        found.commands.extend(changes.into_iter().map(|change| Read {
            span: command.span,
            at: index,
            command: change,
        }));
    }
    for unfollowed in &flow.unfollowed {
        let changes = |code: Span| unsimulated::may_change(slice(text, code.start..code.end));
        let told = |known: &Span| known.start <= unfollowed.span.start && unfollowed.span.end <= known.end;
        let to = if unfollowed.uncalled { &mut found.elsewhere } else { &mut found.left_out };
        if unfollowed.code.is_none_or(changes) && !to.iter().any(told) {
            to.push(unfollowed.span);
        }
    }
    found
}

fn changes(command: &script::Command, view: &View<'_>, notes: &mut Vec<(Span, String)>) -> Vec<Command> {
    // A hole that is still to be filled in is no value.
    let filled = |value: &Value| value.text().map(|it| it.text.clone()).filter(|text| !is_hole(text));
    let text = |parameter: &str| command.value(parameter).and_then(filled);
    let opaque = |reach, key: Option<String>| vec![Command::Opaque { reach, key, policy: None }];
    let of_type = || text("PolicyType").is_none_or(|it| it.eq_ignore_ascii_case("ApplicationAccessPolicy"));
    let lower = command.name.to_ascii_lowercase();
    match lower.as_str() {
        "new-csapplicationaccesspolicy" => {
            let (Some(name), Some(app_ids)) = (text("Identity"), listed(command, notes)) else {
                return opaque(Reach::Created, text("Identity"));
            };
            vec![Command::NewPolicy { name, app_ids, description: text("Description") }]
        }
        "set-csapplicationaccesspolicy" => {
            let piped = || command.piped.as_ref().and_then(filled);
            let name = if command.argument("Identity").is_none() { piped() } else { text("Identity") };
            if command.argument("AppIds").is_none() && !command.open {
                return Vec::new();
            }
            // What the command acts on without a name was not found: any policy, then.
            let any = || -> BTreeSet<String> {
                let snapshot = view.snapshot();
                let listed = snapshot.policies.known().iter().map(|it| it.name.as_str());
                let direct = snapshot.direct.known().iter().filter_map(|it| it.policy.as_deref());
                let groups = snapshot.groups.known().iter().map(|it| it.policy.as_str());
                let all = listed.chain(direct).chain(groups).chain([name::GLOBAL]);
                all.filter(|it| !it.is_empty()).map(|it| name::bare(it).to_owned()).collect()
            };
            let several = |name: &str, edits: &[AppIds]| -> Vec<Command> {
                let one = |it: &AppIds| Command::SetPolicy { name: name.to_owned(), app_ids: it.clone() };
                edits.iter().map(|it| Command::Perhaps(Box::new(one(it)))).collect()
            };
            match (name, edit(command, notes)) {
                (Some(name), Some(app_ids)) => vec![Command::SetPolicy { name, app_ids }],
                // What is added takes nothing, whichever policy it is.
                (None, Some(app_ids @ AppIds::Add(_))) if command.piped.is_none() && !command.open => {
                    let words = "which policy it is for is known only when it is run: perhaps any";
                    notes.push((command.span, words.to_owned()));
                    let one = [app_ids];
                    any().iter().flat_map(|name| several(name, &one)).collect()
                }
                (None, Some(app_ids @ AppIds::Remove(_)))
                    if command.piped.is_none() && command.argument("Identity").is_none() && !command.open =>
                {
                    let one = [app_ids];
                    any().iter().flat_map(|name| several(name, &one)).collect()
                }
                (name, None) if adds_unread(command) && (name.is_some() || command.piped.is_none()) => {
                    let words = "which apps it adds is known only when it is run: any that is known may gain access";
                    notes.push((command.span, words.to_owned()));
                    let snapshot = view.snapshot();
                    let listed = snapshot.policies.known().iter().flat_map(|it| it.app_ids.iter().copied());
                    let apps: BTreeSet<Uuid> = snapshot.apps.known().iter().map(|it| it.app_id).chain(listed).collect();
                    let one = [AppIds::Add(apps.into_iter().collect())];
                    let names = name.map_or_else(any, |name| BTreeSet::from([name]));
                    names.iter().flat_map(|name| several(name, &one)).collect()
                }
                (Some(name), None) => match both(command, notes) {
                    Some(edits) => several(&name, &edits),
                    None => opaque(Reach::Policies, Some(name)),
                },
                (name, _) => opaque(Reach::Policies, name),
            }
        }
        "remove-csapplicationaccesspolicy" => match text("Identity") {
            Some(name) if name::is_global(&name) => {
                notes.push((command.span, "`Global` cannot be removed".to_owned()));
                Vec::new()
            }
            Some(name) => vec![Command::RemovePolicy { name }],
            None => opaque(Reach::Policies, None),
        },
        "grant-csapplicationaccesspolicy" => grant(command, view, notes),
        "new-csgrouppolicyassignment" if of_type() => group(command, text("GroupId"), text("PolicyName")),
        "remove-csgrouppolicyassignment" if of_type() => match text("GroupId").and_then(|id| guid(&id)) {
            Some(group_id) => vec![Command::RemoveGroupAssignment { group_id }],
            None => opaque(Reach::Groups, None),
        },
        "set-csteamsmeetingconfiguration" => switches(command),
        _ => Vec::new(),
    }
}

/// Puts the changes of a script beside what decides which of them are run. A list that was read and is written back with
/// more ids adds these, as long as nothing changes the policy between.
#[must_use]
pub fn planned(commands: &[script::Command], flow: &script::Flow, changes: &[Read]) -> Vec<Planned> {
    let policy_of = |change: &Command| match change {
        Command::NewPolicy { name, .. } | Command::SetPolicy { name, .. } | Command::RemovePolicy { name } => {
            Some(name.clone())
        }
        Command::Opaque { reach: Reach::Policies, key, .. } => key.clone(),
        Command::Perhaps(change) => match &**change {
            Command::SetPolicy { name, .. } => Some(name.clone()),
            _ => None,
        },
        _ => None,
    };
    let merged = |read: &Read| {
        let command = commands.get(read.at).filter(|it| it.is("Set-CsApplicationAccessPolicy"))?;
        let name = policy_of(&read.command)?;
        let merge = flow.merge(command.value("AppIds")?)?;
        let untouched = changes
            .iter()
            .filter(|it| (merge.read.at..read.at).contains(&it.at))
            .all(|it| policy_of(&it.command).is_some_and(|other| !name::same(&other, &name)) || is_grant(&it.command));
        let added: Option<Vec<Uuid>> = merge.added.iter().map(|it| guid(&it.text)).collect();
        let fits = untouched && name::same(&merge.read.policy, &name) && !command.context.repeated;
        Some(Command::SetPolicy { name, app_ids: AppIds::Add(added.filter(|_| fits)?) })
    };
    // `Get-… -Identity Name | Set-…`
    let piped = |read: &Read| {
        let open = matches!(&read.command, Command::Opaque { reach: Reach::Policies, key: None, .. });
        let command = commands.get(read.at).filter(|it| open && it.is("Set-CsApplicationAccessPolicy"))?;
        let policy = &flow.read_of(command.piped.as_ref()?)?.policy;
        let app_ids = edit(command, &mut Vec::new()).filter(|_| command.argument("Identity").is_none())?;
        Some(Command::SetPolicy { name: policy.clone(), app_ids })
    };
    changes
        .iter()
        .map(|read| match merged(read) {
            Some(change) => Planned { at: read.at, change, merges: true },
            None => {
                let change = piped(read).unwrap_or_else(|| read.command.clone());
                Planned { at: read.at, change, merges: false }
            }
        })
        .collect()
}

fn is_grant(change: &Command) -> bool {
    if let Command::Perhaps(change) = change {
        return is_grant(change);
    }
    matches!(
        change,
        Command::Grant { to: Target::User(_) | Target::Group { .. }, .. }
            | Command::Opaque { reach: Reach::Somebody, .. }
    )
}

/// The two switches for transcripts.
fn switches(command: &script::Command) -> Vec<Command> {
    let of = |parameter: &str| {
        if command.argument(parameter).is_none() && !command.open {
            return None;
        }
        Some(match command.value(parameter) {
            Some(Value::Bool(on)) => Some(*on),
            Some(Value::Text(literal)) => match literal.text.to_ascii_lowercase().as_str() {
                "true" | "$true" | "1" => Some(true),
                "false" | "$false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        })
    };
    let opaque = |key: &str| Command::Opaque { reach: Reach::Settings, key: Some(key.to_owned()), policy: None };
    let access = of("EnableGraphTranscriptAccess")
        .map(|on| on.map_or_else(|| opaque("graph_transcript_access"), Command::TranscriptAccess));
    let attributed = of("EnableAttributedTranscripts")
        .map(|on| on.map_or_else(|| opaque("attributed_transcripts"), Command::AttributedTranscripts));
    access.into_iter().chain(attributed).collect()
}

/// Whether a text is a hole of a template: `<app-id>`, `{{app}}`, `__APP_ID__`. A word may well be a name.
fn is_hole(text: &str) -> bool {
    script::is_placeholder(text) && !text.trim().starts_with(char::is_alphanumeric)
}

/// Whether a value is the same whenever the script is run, as it stands there.
fn is_known(value: &Value) -> bool {
    value.is_constant() && !value.texts().iter().any(|literal| is_hole(&literal.text))
}

/// The first hole that a command has in the place of a value.
fn hole(command: &script::Command) -> Option<&str> {
    let values = command.arguments.iter().filter(|argument| !argument.is("Description")).flat_map(|it| &it.value);
    let mut texts = values.chain(&command.piped).flat_map(Value::texts);
    texts.find(|literal| is_hole(&literal.text)).map(|literal| literal.text.trim())
}

fn guid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim()).ok()
}

/// Client ids of a constant value; `None` where a part is known only when it is run.
fn ids(value: &Value, span: Span, notes: &mut Vec<(Span, String)>) -> Option<Vec<Uuid>> {
    if !is_known(value) {
        return None;
    }
    let texts = value.texts();
    let ids: Vec<Uuid> = texts.iter().filter_map(|literal| guid(&literal.text)).collect();
    if ids.len() < texts.len() {
        notes.push((span, "entries that are no client ids give no app access: left out".to_owned()));
    }
    Some(ids)
}

fn listed(command: &script::Command, notes: &mut Vec<(Span, String)>) -> Option<Vec<Uuid>> {
    match command.argument("AppIds") {
        None if command.open => None,
        None => Some(Vec::new()),
        Some(argument) => {
            let value = argument.value.as_ref()?;
            match (value, value.entry("Add"), value.entry("Remove")) {
                (_, Some(added), None) => ids(&added.value, argument.span, notes),
                // Whatever a new policy makes of that, it lists no app.
                (_, None, Some(_)) => Some(Vec::new()),
                (Value::Table(..), ..) => None,
                (value, ..) => ids(value, argument.span, notes),
            }
        }
    }
}

fn edit(command: &script::Command, notes: &mut Vec<(Span, String)>) -> Option<AppIds> {
    let argument = command.argument("AppIds")?;
    let value = argument.value.as_ref()?;
    let undocumented = match value {
        Value::Table(entries, _) if entries.len() > 1 => Some("several changes of -AppIds at once"),
        Value::Table(..) if value.entry("Replace").is_some() => Some("`@{Replace=…}` for -AppIds"),
        Value::Null => Some("`$null` for -AppIds"),
        _ => None,
    };
    if let Some(what) = undocumented {
        notes.push((argument.span, format!("{what} is not documented: what the policy lists then is not known")));
        return None;
    }
    for (key, make) in [("Add", AppIds::Add as fn(Vec<Uuid>) -> AppIds), ("Remove", AppIds::Remove)] {
        if let Some(entry) = value.entry(key) {
            return Some(make(ids(&entry.value, argument.span, notes)?));
        }
    }
    match value {
        // What `$null` does to the list is not documented.
        Value::Table(..) | Value::Unknown(_) | Value::Null => None,
        _ => Some(AppIds::Replace(ids(value, argument.span, notes)?)),
    }
}

/// Whether ids are added, and nothing else, of which some are known only when it is run.
fn adds_unread(command: &script::Command) -> bool {
    let value = command.value("AppIds");
    let Some(Value::Table(entries, _)) = value else { return false };
    !command.open
        && matches!(entries.as_slice(), [only] if only.key.eq_ignore_ascii_case("Add") && only.value != Value::Null)
}

/// `@{Add=…; Remove=…}`: whatever comes of both at once, other ids stay as they are.
fn both(command: &script::Command, notes: &mut Vec<(Span, String)>) -> Option<[AppIds; 2]> {
    let argument = command.argument("AppIds")?;
    let value = argument.value.as_ref()?;
    let Value::Table(entries, _) = value else { return None };
    let (added, removed) = (value.entry("Add")?, value.entry("Remove")?);
    if entries.len() != 2 {
        return None;
    }
    let mut of = |entry: &Value| ids(entry, argument.span, notes);
    Some([AppIds::Add(of(&added.value)?), AppIds::Remove(of(&removed.value)?)])
}

/// Of a policy, as a parameter that may be `$null`; the outer `None` is a value known only when it is run.
fn policy(command: &script::Command) -> Option<Option<String>> {
    match command.value("PolicyName") {
        None if command.open => None,
        None | Some(Value::Null) => Some(None),
        Some(value) => {
            let name = value.text().map(|it| it.text.clone()).filter(|name| !is_hole(name));
            name.map(|name| Some(name).filter(|name| !name.is_empty()))
        }
    }
}

fn grant(command: &script::Command, view: &View<'_>, notes: &mut Vec<(Span, String)>) -> Vec<Command> {
    if command.argument("Group").is_some() {
        let id = command.value("Group").filter(|value| is_known(value)).and_then(Value::text);
        let id = id.map(|it| it.text.clone());
        return match policy(command) {
            Some(policy) => group(command, id, policy),
            None => vec![Command::Opaque { reach: Reach::Groups, key: None, policy: None }],
        };
    }
    let users: Option<Vec<Result<Uuid, String>>> = match (command.value("Identity"), &command.piped) {
        (None, None) if command.open => None,
        (None, None) => {
            return match policy(command) {
                Some(policy) => vec![Command::Grant { to: Target::Global, policy }],
                None => vec![Command::Opaque { reach: Reach::Global, key: None, policy: None }],
            };
        }
        // For whom a grant to nobody is was not found: for somebody, or for the tenant.
        (Some(Value::Null), _) => {
            let policy = policy(command).flatten();
            return vec![
                Command::Opaque { reach: Reach::Direct, key: None, policy: policy.clone() },
                Command::Opaque { reach: Reach::Global, key: None, policy },
            ];
        }
        (Some(value), _) | (None, Some(value)) => is_known(value).then(|| {
            let of = |text: &str| user(text, view).ok_or_else(|| text.trim().to_owned());
            value.texts().iter().map(|it| of(&it.text)).collect()
        }),
    };
    let Some(policy) = policy(command) else {
        let one = users.as_ref().and_then(|users| users.first()?.as_ref().ok()).map(ToString::to_string);
        return vec![Command::Opaque { reach: Reach::Direct, key: one, policy: None }];
    };
    // What a variable holds may have changed since the last time.
    let inline = |parameter: &str| {
        let argument = command.argument(parameter);
        let of =
            |argument: &script::Argument, value: &Value| value.texts().iter().all(|it| subject::inline(argument, it));
        argument.is_none_or(|argument| argument.value.as_ref().is_none_or(|value| of(argument, value)))
    };
    let stays = !command.context.repeated || ["Identity", "PolicyName"].into_iter().all(inline);
    let Some(users) = users.filter(|_| stays) else {
        return vec![Command::Opaque { reach: Reach::Somebody, key: None, policy }];
    };
    let perhaps = command.context.perhaps;
    if perhaps && !command.what_if() && !command.context.uncalled {
        notes.push((command.span, "in a loop that may not be gone through: perhaps run".to_owned()));
    }
    let swapped = swapped(command, policy.as_deref(), view, notes);
    users
        .into_iter()
        .map(|user| match user {
            Ok(user) => {
                let grant = Command::Grant { to: Target::User(user), policy: policy.clone() };
                if perhaps { Command::Perhaps(Box::new(grant)) } else { grant }
            }
            Err(name) if nobody(&name, view) => {
                Command::Opaque { reach: Reach::Direct, key: Some(name), policy: policy.clone() }
            }
            Err(_) => {
                if !swapped {
                    let words = "the snapshot does not know this user: whom it is for is unknown";
                    notes.push((command.span, words.to_owned()));
                }
                Command::Opaque { reach: Reach::Somebody, key: None, policy: policy.clone() }
            }
        })
        .collect()
}

/// Tells of a grant with the user where the policy belongs, and the policy where the user does.
fn swapped(command: &script::Command, policy: Option<&str>, view: &View<'_>, notes: &mut Vec<(Span, String)>) -> bool {
    let identity = command.value("Identity").and_then(Value::text).map(|it| it.text.as_str());
    let is_policy = |name: &str| !name::is_global(name) && view.policy(name).is_some();
    if let (Some(identity), Some(policy)) = (identity, policy)
        && is_policy(identity)
        && !is_policy(policy)
        && user(policy, view).is_some()
    {
        let words =
            format!("`{identity}` is a policy and `{policy}` a user: -Identity takes the user, -PolicyName the policy");
        notes.push((command.span, words));
        return true;
    }
    false
}

/// Whether the tenant certainly has no user of this user principal name; a SIP address may be another one.
fn nobody(name: &str, view: &View<'_>) -> bool {
    let users = &view.snapshot().users;
    script::is_address(name)
        && !name.to_ascii_lowercase().starts_with("sip:")
        && users.is_complete()
        && users.items.iter().all(|user| user.upn.is_some())
}

fn user(text: &str, view: &View<'_>) -> Option<Uuid> {
    let plain = text.trim();
    let plain =
        plain.get(..4).filter(|it| it.eq_ignore_ascii_case("sip:")).map_or(plain, |_| plain.get(4..).unwrap_or(""));
    guid(plain).or_else(|| view.user_named(plain).map(|user| user.id))
}

fn group(command: &script::Command, id: Option<String>, policy: Option<String>) -> Vec<Command> {
    let Some(id) = id.and_then(|id| guid(&id)) else {
        return vec![Command::Opaque { reach: Reach::Groups, key: None, policy }];
    };
    let rank = command.value("Rank").map(|value| value.text().and_then(|it| it.text.trim().parse::<u32>().ok()));
    match rank {
        Some(None) => vec![Command::Opaque { reach: Reach::Groups, key: None, policy }],
        rank => vec![Command::Grant { to: Target::Group { id, rank: rank.flatten() }, policy }],
    }
}
