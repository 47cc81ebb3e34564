//! `Get-CsOnlineUser` as the proof of a grant that it does not show.

use super::subject::{self, Target, verb};
use super::{Raised, Script};
use crate::knowledge::Confidence;
use crate::script::value::Value;

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
    for (_, read) in script.named("Get-CsOnlineUser").filter(|(index, _)| *index > at) {
        let statement = script.at(read.statement).to_lowercase();
        let variable = statement.split_once('=').map(|(name, _)| name.trim().to_owned()).filter(|n| n.starts_with('$'));
        let later = variable.is_some_and(|name| {
            script.text.to_lowercase().match_indices(&name).any(|(at, _)| {
                let rest = script.text.get(at + name.len()..).unwrap_or_default();
                rest.get(..24).is_some_and(|r| r.eq_ignore_ascii_case(".ApplicationAccessPolicy"))
                    || (rest.trim_start().starts_with('|')
                        && rest.lines().next().is_some_and(|l| names_property(&l.to_lowercase())))
            })
        });
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
