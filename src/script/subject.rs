//! What a command is about: which policy, which user, which apps. Parameters that do not exist but can only mean one are read
//! as that one, so that one mistake does not hide or invent another.

use std::collections::HashMap;

use super::command::{Argument, Bound, Command, Form};
use super::value::{Literal, Value, is_address, is_guid, is_placeholder};
use crate::input::Span;
use crate::knowledge::cmdlet;

/// The verb of a `*-CsApplicationAccessPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    New,
    Set,
    Get,
    Remove,
    Grant,
}

/// The verb, if it is one of the cmdlets of the policy.
pub(crate) fn verb(command: &Command) -> Option<Verb> {
    let (verb, noun) = command.name.split_at_checked(command.name.len().checked_sub(NOUN.len())?)?;
    if !noun.eq_ignore_ascii_case(NOUN) {
        return None;
    }
    VERBS.into_iter().find_map(|(name, known)| verb.eq_ignore_ascii_case(name).then_some(known))
}

const NOUN: &str = "-CsApplicationAccessPolicy";
const VERBS: [(&str, Verb); 5] =
    [("Grant", Verb::Grant), ("New", Verb::New), ("Set", Verb::Set), ("Get", Verb::Get), ("Remove", Verb::Remove)];

/// The cmdlet of the policy that a name is a slip of the pen away from, where nothing is called by that name: what has the
/// whole noun in it and more, or another verb, may be somebody's function.
pub(crate) fn misspelt(name: &str) -> Option<String> {
    let (written, noun) = name.split_once('-')?;
    let known = NOUN.trim_start_matches('-');
    let (lower, plain) = (noun.to_ascii_lowercase(), known.to_ascii_lowercase());
    let longer = lower.len() > plain.len() + 1 && (lower.starts_with(&plain) || lower.ends_with(&plain));
    if noun.len().abs_diff(known.len()) > 2 || longer || cmdlet(name).is_some() {
        return None;
    }
    // The policy of Exchange has the same name without `Cs`.
    if distance(&lower, plain.trim_start_matches("cs")) < distance(&lower, &plain) {
        return None;
    }
    let verb = written.to_ascii_lowercase();
    let mut verbs = VERBS.iter().map(|(name, _)| (*name, distance(&verb, &name.to_ascii_lowercase())));
    let (meant, slips) = match verbs.clone().find(|(_, slips)| *slips == 0) {
        Some(exact) => exact,
        None => {
            let (first, second) =
                (verbs.clone().find(|(_, slips)| *slips == 1)?, verbs.rfind(|(_, slips)| *slips == 1)?);
            (first == second).then_some(first)?
        }
    };
    let all = slips + distance(&lower, &plain);
    (1..=2).contains(&all).then(|| format!("{meant}{NOUN}"))
}

/// Whether a text has a word in it that is nearly the name of a cmdlet of the policy.
pub(crate) fn names_misspelt(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'-', bytes).any(|at| {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let after = rest.iter().take(40).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        if after.abs_diff(NOUN.len() - 1) > 2 {
            return false;
        }
        let before = bytes.get(..at).unwrap_or_default().iter().rev().take(12);
        let before = before.take_while(|byte| byte.is_ascii_alphabetic()).count();
        text.get(at - before..at + 1 + after).is_some_and(|word| misspelt(word).is_some())
    })
}

/// The parameter that a name which the cmdlet has not can only mean.
pub(crate) fn meant(verb: Verb, written: &str) -> Option<&'static str> {
    let lower = written.to_ascii_lowercase();
    let app = matches!(
        lower.as_str(),
        "applicationid" | "applicationids" | "clientid" | "clientids" | "appidlist" | "applicationidlist" | "apps"
    );
    match verb {
        Verb::Grant => match lower.as_str() {
            "user" | "users" | "userids" | "userid" | "userobjectid" | "objectid" | "userprincipalname" | "upn"
            | "username" | "useridentity" => Some("Identity"),
            "groupid" | "groupobjectid" => Some("Group"),
            "name" | "policyidentity" | "policyid" => Some("PolicyName"),
            "tenant" | "alluser" | "allusers" | "everyone" => None,
            _ => near(&lower, &["Identity", "PolicyName", "Group", "Global", "Rank"]),
        },
        Verb::New | Verb::Set if app => Some("AppIds"),
        _ => match lower.as_str() {
            "policyname" | "policy" | "name" | "policyidentity" | "policyid" => Some("Identity"),
            _ if matches!(verb, Verb::New | Verb::Set) => near(&lower, &["Identity", "AppIds", "Description"]),
            _ => near(&lower, &["Identity"]),
        },
    }
}

/// The one name that is a slip of the pen away.
fn near(lower: &str, names: &[&'static str]) -> Option<&'static str> {
    let mut close = names.iter().filter(|name| {
        let allowed = if name.len() >= 8 { 2 } else { 1 };
        lower.len() >= 4 && distance(lower, &name.to_ascii_lowercase()) <= allowed
    });
    match (close.next(), close.next()) {
        (Some(name), None) => Some(name),
        _ => None,
    }
}

/// Edits (one swap of neighbours counts as one) between two short words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > 32 || b.len() > 32 {
        return usize::MAX;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let cell = |r: usize, c: usize| rows.get(r).and_then(|r| r.get(c)).copied().unwrap_or(usize::MAX);
            let mut best = (cell(i, j + 1) + 1)
                .min(row.get(j).copied().unwrap_or(usize::MAX - 1) + 1)
                .min(cell(i, j) + usize::from(x != y));
            if i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x) {
                best = best.min(cell(i - 1, j - 1) + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(usize::MAX)
}

/// Whether the cmdlet has not the parameter of an argument. Where its page may leave parameters out, only what belongs to a
/// sibling or is a slip is a mistake.
pub(crate) fn is_unknown(command: &Command, argument: &Argument) -> bool {
    let (Some(verb), Some(cmdlet)) = (verb(command), command.cmdlet) else { return false };
    let sibling = ["AppIds", "PolicyName", "Group", "Global", "Rank", "Description"];
    argument.bound == Bound::Unknown
        && (cmdlet.complete
            || meant(verb, &argument.written).is_some()
            || sibling.iter().any(|name| name.eq_ignore_ascii_case(&argument.written)))
}

/// The argument for a parameter, or for one that can only mean it.
pub(crate) fn argument<'c>(command: &'c Command, parameter: &str) -> Option<&'c Argument> {
    if let Some(argument) = command.argument(parameter) {
        return Some(argument);
    }
    let verb = verb(command)?;
    command.arguments.iter().find(|argument| {
        argument.bound == Bound::Unknown
            && argument.form != Form::Positional
            && meant(verb, &argument.written) == Some(canonical(parameter))
    })
}

fn canonical(parameter: &str) -> &'static str {
    ["Identity", "PolicyName", "AppIds", "Group", "Global", "Rank", "Description"]
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(parameter))
        .unwrap_or_default()
}

/// The argument that names the policy.
pub(crate) fn policy_argument(command: &Command) -> Option<&Argument> {
    match verb(command)? {
        Verb::Grant => argument(command, "PolicyName"),
        _ => argument(command, "Identity"),
    }
}

/// The argument with the ids of apps that a command makes or changes a policy with, and its value.
pub(crate) fn app_list(command: &Command) -> Option<(&Argument, &Value)> {
    let argument = matches!(verb(command)?, Verb::New | Verb::Set).then(|| argument(command, "AppIds"))??;
    Some((argument, argument.value.as_ref()?))
}

/// Whether the values of a grant are those of each other's parameters: an id or an address as the policy, and no user beside
/// it. Gives the argument that holds the policy and the one that holds the user.
pub(crate) fn swapped(grant: &Command) -> Option<(&Argument, &Argument)> {
    let user = grant.argument("PolicyName")?;
    let policy = argument(grant, "Identity")?;
    let is_user = |literal: &Literal| is_guid(&literal.text) || is_address(&literal.text);
    let is_policy = match policy.value.as_ref()? {
        Value::Unknown(symbol) => symbol.is_some(),
        _ => text(Some(policy)).is_some_and(|literal| !is_user(literal) && !literal.text.trim().is_empty()),
    };
    (verb(grant) == Some(Verb::Grant) && is_policy && text(Some(user)).is_some_and(is_user)).then_some((policy, user))
}

/// How two policies are known to be the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Policy {
    /// By name: lower case, without `Tag:`.
    Named(String),
    /// By the value that is not known yet.
    Symbol(String),
}

/// The policy that a value names; placeholders name none.
pub(crate) fn policy_of(value: &Value) -> Option<Policy> {
    match value {
        Value::Unknown(symbol) => symbol.clone().map(Policy::Symbol),
        value => value.text().filter(|l| !is_placeholder(&l.text)).map(|l| plain_policy(&l.text)).map(Policy::Named),
    }
}

/// A policy's name as names are compared.
pub(crate) fn plain_policy(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    lower.strip_prefix("tag:").unwrap_or(&lower).to_owned()
}

/// The policy that a command is about.
pub(crate) fn policy(command: &Command) -> Option<Policy> {
    policy_of(policy_argument(command)?.value.as_ref()?)
}

/// The name of the one policy that a command makes or reads, and so gives.
pub(crate) fn one_policy(command: &Command) -> Option<Value> {
    if !matches!(verb(command), Some(Verb::New | Verb::Get)) {
        return None;
    }
    let value = policy_argument(command)?.value.as_ref()?;
    match value {
        Value::Unknown(symbol) => symbol.is_some().then(|| value.clone()),
        value => value.text().filter(|l| !l.text.contains(['*', '?'])).map(|l| Value::Text(l.clone())),
    }
}

/// The name of a value, if it is a constant text that is no placeholder.
pub(crate) fn text(argument: Option<&Argument>) -> Option<&Literal> {
    argument?.value.as_ref()?.text().filter(|literal| !is_placeholder(&literal.text))
}

/// The user, group or tenant that a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    User(String),
    Group(String),
    Tenant,
}

/// For whom a grant is, as far as that can be told.
pub(crate) fn target(grant: &Command) -> Option<Target> {
    let key = |value: &Value| match value {
        Value::Unknown(symbol) => symbol.as_ref().map(|s| format!("?{s}")),
        value => value.text().filter(|l| !is_placeholder(&l.text)).map(|l| l.text.trim().to_lowercase()),
    };
    if let Some(group) = argument(grant, "Group") {
        return group.value.as_ref().and_then(key).map(Target::Group);
    }
    if let Some(user) = argument(grant, "Identity") {
        return user.value.as_ref().and_then(key).map(Target::User);
    }
    // A parameter that the cmdlet has not was meant for somebody.
    let meant = grant.arguments.iter().any(|a| a.bound == Bound::Unknown && a.form != Form::Positional);
    (!grant.open && !meant && grant.piped.is_none() && grant.switch("Global").is_some()).then_some(Target::Tenant)
}

/// Every GUID that the source lists as the id of an app, with its place; values that are not known by their symbols.
pub(crate) fn app_ids(commands: &[Command]) -> HashMap<String, Span> {
    let mut found = HashMap::new();
    for command in commands {
        if !matches!(verb(command), Some(Verb::New | Verb::Set)) {
            continue;
        }
        let Some(value) = argument(command, "AppIds").and_then(|a| a.value.as_ref()) else { continue };
        if let (Value::Unknown(Some(symbol)), Some(argument)) = (value, argument(command, "AppIds")) {
            found.entry(symbol.clone()).or_insert(argument.span);
        }
        for literal in value.texts() {
            for part in literal.text.split([',', ';', ' ']).map(str::trim).filter(|part| is_guid(part)) {
                found.entry(part.trim_matches(['{', '}']).to_lowercase()).or_insert(literal.span);
            }
        }
    }
    found
}

/// Whether the argument's value stands in the command itself, so that an edit of it touches nothing else.
pub(crate) fn inline(argument: &Argument, literal: &Literal) -> bool {
    argument.span.start <= literal.span.start && literal.span.end <= argument.span.end
}

/// What the name of a variable says that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Policy,
    User,
}

/// What a placeholder stands for, as far as its words say.
pub(crate) fn placeholder_for(text: &str) -> Option<Named> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let user = ["user", "upn", "organizer", "organiser", "object"].iter().any(|w| lower.contains(w));
    let policy = matches!(words.as_slice(), [.., "policy" | "policyname"] | [.., "policy", "name" | "here"])
        || lower.contains("policyname");
    match (policy, user) {
        (true, false) => Some(Named::Policy),
        (false, true) => Some(Named::User),
        _ => None,
    }
}

/// What a variable, or its last member, is named after; `None` for other expressions and other names.
pub(crate) fn named_after(written: &str) -> Option<Named> {
    let lower = written.trim_matches(['"', '\'']).to_lowercase();
    let path = lower.strip_prefix('$')?;
    // `$(name)`, `${{ name }}`: what a pipeline puts there.
    let path = path.strip_prefix('(').and_then(|path| path.strip_suffix(')')).unwrap_or(path);
    let path = path.trim_start_matches('{').trim_end_matches('}').trim();
    if !path.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':')) {
        return None;
    }
    path.rsplit(['.', ':']).find_map(|part| {
        let user = ["user", "upn", "organizer", "organiser", "principal", "member", "objectid"]
            .iter()
            .any(|w| part.contains(w));
        match (part.contains("policy"), user) {
            (true, false) => Some(Named::Policy),
            (false, true) => Some(Named::User),
            _ => None,
        }
    })
}
