//! `Get-CsOnlineUser` as the proof of a grant that it does not show.

use std::collections::HashSet;

use super::{Raised, Script};
use crate::knowledge::Confidence;
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
    for (index, read) in script.named("Get-CsOnlineUser").filter(|(index, _)| *index > at) {
        if granted_directly(script, index, read) {
            continue;
        }
        let shown = shown.get_or_insert_with(|| variables_shown(script.text));
        let statement = script.at(read.statement).to_lowercase();
        // Those who are found are given something: a selection, which proves nothing and is not meant to.
        if ["grant-csapplicationaccesspolicy", "new-csgrouppolicyassignment"]
            .iter()
            .any(|name| statement.contains(name))
        {
            continue;
        }
        let variable = statement.split_once('=').map(|(name, _)| name.trim().to_owned()).filter(|n| n.starts_with('$'));
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
        for (at, _) in line.match_indices('$') {
            let rest = line.get(at + 1..).unwrap_or_default();
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let after = rest.get(length..).unwrap_or_default();
            let piped = after.trim_start().strip_prefix('|').is_some_and(names_property);
            if after.starts_with(".applicationaccesspolicy") || piped {
                found.extend(line.get(at..=at + length).map(str::to_owned));
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
