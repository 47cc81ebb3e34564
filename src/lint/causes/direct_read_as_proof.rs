//! `Get-CsOnlineUser` as the proof of a grant that it does not show.

use std::collections::{HashMap, HashSet};

use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::order;
use crate::script::subject::{self, Target, verb};
use crate::script::{Command, Form, Value};

pub(super) const SLUG: &str = "direct-read-as-proof";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    let wide = script.commands.iter().enumerate().find(|(_, c)| {
        let group = c.is("New-CsGroupPolicyAssignment");
        let grant = verb(c) == Some(subject::Verb::Grant)
            && matches!(subject::target(c), Some(Target::Group(_) | Target::Tenant))
            || verb(c) == Some(subject::Verb::Grant)
                && (c.argument("Group").is_some() || c.switch("Global") == Some(true));
        let takes_away = c.value("PolicyName") == Some(&Value::Null);
        (group || grant) && !takes_away
    });
    let Some((at, wide)) = wide else { return };
    let mut shown = None;
    let mut given = None;
    for (index, read) in script.named("Get-CsOnlineUser").filter(|(index, _)| *index > at) {
        if granted_directly(script, index, read) {
            continue;
        }
        let shown = shown.get_or_insert_with(|| variables_shown(script.text));
        let statement = script.at(read.statement).to_lowercase();
        // `[array]$users = ...`
        let target = statement.split_once('=').map(|(target, _)| target.trim());
        let target = target.map(|target| target.rsplit_once(']').map_or(target, |(_, name)| name.trim_start()));
        let variable = target.filter(|name| name.starts_with('$')).map(str::to_owned);
        // Those who are found are given something: a selection, which proves nothing and is not meant to.
        let given = given.get_or_insert_with(|| Given::after(script, at));
        if gives(&statement)
            || variable.as_ref().is_some_and(|name| given.variables.get(name).is_some_and(|last| *last > index))
            || given.holds(read)
        {
            continue;
        }
        let later = variable.is_some_and(|name| shown.contains(&name));
        if !names_property(&statement) && !later {
            continue;
        }
        let place = wide
            .argument("Group")
            .or_else(|| wide.argument("Global"))
            .map_or(wide.name_span, |a| a.written_span.unwrap_or(a.span));
        out.push(
            Raised::new(SLUG, Confidence::Likely, read, read.name_span, "shows direct assignments only")
                .proved(place, "granted to more than one user here")
                .explained(
                    "the property stays empty for a policy that comes through a group or the tenant: \
                     `Get-CsUserPolicyAssignment -Identity ... -PolicyType ApplicationAccessPolicy` shows the effective one",
                ),
        );
    }
}

/// Whether a text, lower case, gives policies to users.
fn gives(text: &str) -> bool {
    GIVING.iter().any(|name| text.contains(&name.to_ascii_lowercase()))
}

/// What gives a policy to those who come to it.
const GIVING: [&str; 3] =
    ["Grant-CsApplicationAccessPolicy", "New-CsGroupPolicyAssignment", "New-CsBatchPolicyAssignmentOperation"];

/// What later grants are given to.
struct Given {
    /// Variables that name them, or that such a variable is made of, lower case, with the last grant's place.
    variables: HashMap<String, usize>,
    /// Lists of loops and conditions around grants, in order; none overlaps another.
    around: Vec<Span>,
}

impl Given {
    /// What is given to those who are found after a place.
    fn after(script: &Script<'_>, place: usize) -> Self {
        let mut variables: HashMap<String, usize> = HashMap::new();
        let mut around: Vec<Span> = Vec::new();
        let mut read: HashSet<Span> = HashSet::new();
        // The last first: a statement that is run several times counts where it is run last.
        for (index, command) in script.commands.iter().enumerate().skip(place + 1).rev() {
            // `$users | ForEach-Object { Grant-... }`: the statement around the grant counts too.
            let block = ["ForEach-Object", "Where-Object"].iter().any(|name| command.is(name));
            if !block && !GIVING.iter().any(|name| command.is(name)) {
                continue;
            }
            if !read.insert(command.statement) {
                continue;
            }
            let statement = script.at(command.statement).to_lowercase();
            if gives(&statement) {
                for (name, _) in names(&statement) {
                    variables.entry(name.to_owned()).or_insert(index);
                }
                around.extend(command.context.guards.iter().copied());
            }
        }
        variables.extend(by_method(script.text).into_iter().map(|name| (name, usize::MAX)));
        let made = made_of(script.text);
        let mut open: Vec<(String, usize)> = variables.iter().map(|(name, last)| (name.clone(), *last)).collect();
        // The latest first, so that each is gone through once.
        order::sort_by_key(&mut open, |(_, last)| *last);
        while let Some((name, last)) = open.pop() {
            for part in made.get(&name).into_iter().flatten() {
                let known = variables.entry(part.clone()).or_insert(0);
                if *known < last {
                    *known = last;
                    open.push((part.clone(), last));
                }
            }
        }
        around.sort_unstable();
        around.dedup_by(|next, last| {
            let joined = next.start < last.end;
            last.end = if joined { last.end.max(next.end) } else { last.end };
            joined
        });
        Self { variables, around }
    }

    /// Whether the list of a loop around a grant, or its condition, is this read.
    fn holds(&self, read: &Command) -> bool {
        let at = read.name_span.start;
        let before = self.around.partition_point(|span| span.start <= at);
        before.checked_sub(1).and_then(|index| self.around.get(index)).is_some_and(|span| at < span.end)
    }
}

/// Longest block of a method that is looked through.
const BLOCK: usize = 4000;
/// Longest name of a variable before it.
const NAME: usize = 200;

/// Variables, lower case, of which a block of `$users.ForEach({ ... })` gives policies to each.
fn by_method(text: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    let lower = text.to_ascii_lowercase();
    for (at, method) in lower.match_indices(".foreach") {
        let after = lower.get(at + method.len()..).unwrap_or_default().trim_start_matches(['(', ' ']);
        let mut depth = 0_usize;
        let end = after.bytes().take(BLOCK).position(|byte| {
            depth = match byte {
                b'{' => depth + 1,
                b'}' => depth.saturating_sub(1),
                _ => depth,
            };
            depth == 0
        });
        if !end.and_then(|end| after.get(..end)).is_some_and(gives) {
            continue;
        }
        let before = crate::source::slice(&lower, at.saturating_sub(NAME)..at);
        let line = before.rsplit('\n').next().unwrap_or_default();
        found.extend(names(line).last().map(|(name, _)| name.to_owned()));
    }
    found
}

/// Variables with those that they are made of, all lower case: `$a = ... $b ...`, `foreach ($a in $b)`.
fn made_of(text: &str) -> HashMap<String, HashSet<String>> {
    let mut made: HashMap<String, HashSet<String>> = HashMap::new();
    for line in text.lines().filter(|line| line.contains('$')) {
        let line = line.to_lowercase();
        let mut named = names(&line);
        let Some((first, after)) = named.next() else { continue };
        let after = after.trim_start();
        if after.starts_with('=') || after.starts_with("+=") || after.starts_with("in ") {
            made.entry(first.to_owned()).or_default().extend(named.map(|(name, _)| name.to_owned()));
        }
    }
    made
}

/// The variables that a text names, as they are written, each with what follows it.
fn names(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('$').filter_map(|(at, _)| {
        let rest = text.get(at + 1..)?;
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = text.get(at..=at + length).filter(|_| length > 0 && !rest.starts_with('_'))?;
        Some((name, rest.get(length..)?))
    })
}

/// Whether a grant before the read was to its very user, which is what the property shows.
fn granted_directly(script: &Script<'_>, at: usize, read: &Command) -> bool {
    let user = read.arguments.iter().find(|a| a.is("Identity") || a.form == Form::Positional);
    let Some(user) = user.and_then(|argument| argument.value.as_ref()) else { return false };
    script.grants().take_while(|(index, _)| *index < at).any(|(_, grant)| {
        grant.value("PolicyName") != Some(&Value::Null)
            && subject::argument(grant, "Identity").and_then(|a| a.value.as_ref()).is_some_and(|v| v.same(user))
    })
}

/// Variables, lower case, of which the property is read: `$user.ApplicationAccessPolicy`, `$user | Select-Object ...`.
fn variables_shown(text: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    for line in text.lines() {
        let line = line.to_lowercase();
        if !names_property(&line) {
            continue;
        }
        for (name, after) in names(&line) {
            let piped = after.trim_start().strip_prefix('|').is_some_and(names_property);
            if after.starts_with(".applicationaccesspolicy") || piped {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

/// Whether a text, lower case, names the property rather than a cmdlet.
fn names_property(text: &str) -> bool {
    const PROPERTY: &str = "applicationaccesspolicy";
    if ["*policy*", "applicationaccess*", "*accesspolicy"].iter().any(|pattern| text.contains(pattern)) {
        return true;
    }
    text.match_indices(PROPERTY).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + PROPERTY.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(|c| c.is_alphanumeric() || c == '-') && !after.is_some_and(char::is_alphanumeric)
    })
}
