//! Adding an id that may be in the list already, where an error ends the script before it grants.

use std::collections::HashSet;

use super::{Raised, Script, malformed_id};
use crate::knowledge::Confidence;
use crate::lint::guard;
use crate::script::subject::{self, Verb, verb};
use crate::script::{Command, Value, is_guid};

pub(super) const SLUG: &str = "repeated-add-aborts";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for (at, set) in script.named("Set-CsApplicationAccessPolicy") {
        let Some(value) = subject::argument(set, "AppIds").and_then(|a| a.value.as_ref()) else { continue };
        let Some(add) = value.entry("Add") else { continue };
        if set.what_if() || !stops(set) || guarded(script, set, &add.value) || fresh(script, at, set, &add.value) {
            continue;
        }
        let grant = script.grants_from(at + 1).find(|(_, c)| follows(set, c));
        let Some((_, grant)) = grant else { continue };
        let mut raised =
            Raised::new(SLUG, Confidence::Likely, set, add.value_span, "may be listed already")
                .proved(grant.name_span, "never reached then")
                .explained(
                    "adding an id that is listed already is an error, and errors end this script: a second run stops here and \
                     grants nothing. Check whether the id is listed first, or catch the error",
                );
        raised.edits = guard::guarded(script, set, &add.value, None).unwrap_or_default();
        out.push(raised);
    }
}

/// Whether one run can reach both, and not the grant where the add fails: in functions that nothing here calls, the same call has to.
fn follows(set: &Command, grant: &Command) -> bool {
    let (set, grant) = (&set.context, &grant.context);
    grant.meets(set)
        && !set.survives_to(grant)
        && grant.uncalled == set.uncalled
        && (!set.uncalled || grant.arms.first().map(|arm| arm.branch) == set.arms.first().map(|arm| arm.branch))
}

/// Whether an error of the command ends the script. `SilentlyContinue` on the command was seen not to keep the error from
/// that; of other values nothing is known.
fn stops(set: &Command) -> bool {
    let action = set.argument("ErrorAction").map(|a| a.value.as_ref().and_then(|v| v.text()));
    let is = |name: &str| matches!(action, Some(Some(l)) if l.text.eq_ignore_ascii_case(name));
    is("stop") || set.context.stop && (action.is_none() || is("silentlycontinue"))
}

/// Whether a condition on the way looks at the list, and not for another id.
fn guarded(script: &Script<'_>, set: &Command, added: &Value) -> bool {
    let texts: Vec<String> = set.context.guards.iter().map(|guard| script.at(*guard).to_lowercase()).collect();
    let added: Vec<String> = if added.is_constant() {
        added.texts().iter().map(|literal| literal.text.trim().to_lowercase()).filter(|id| is_guid(id)).collect()
    } else {
        Vec::new()
    };
    let own = |text: &String| added.iter().any(|id| text.contains(id.as_str()));
    let asks = texts.iter().filter(|text| looks(text) && malformed_id::holds_id(text));
    let another = !added.is_empty() && asks.clone().count() > 0 && !texts.iter().any(own);
    !another
        && texts.iter().any(|text| {
            looks(text)
                || text.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(|word| script.looking().contains(word))
        })
}

/// Whether a text, lower case, looks into a list.
fn looks(text: &str) -> bool {
    const WORDS: [&str; 8] = ["appids", "contains", "-in ", "-notin", "-match", "-notmatch", "-like", "where"];
    WORDS.iter().any(|word| text.contains(word))
}

/// Functions of the source that look into a list of apps, lower case.
pub(super) fn looking(script: &Script<'_>) -> HashSet<String> {
    let name = |text: &str| {
        let mut words =
            text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).filter(|it| !it.is_empty());
        words.nth(1).map(str::to_owned)
    };
    let bodies = script.bodies.iter().map(|body| script.at(*body).to_lowercase());
    bodies.filter(|text| text.contains("appids") || text.contains("contains")).filter_map(|text| name(&text)).collect()
}

/// Whether the same run made the policy without the id.
fn fresh(script: &Script<'_>, at: usize, set: &Command, added: &Value) -> bool {
    let Some(policy) = subject::policy(set) else { return false };
    let is_added = |text: &str| added.texts().iter().any(|l| l.text.trim().eq_ignore_ascii_case(text.trim()));
    added.is_constant()
        && script.made(&policy, 0).take_while(|(place, _)| *place < at).any(|(_, new)| {
            verb(new) == Some(Verb::New)
                && new.context.in_one_tenant(&set.context)
                && new.context.arms.iter().all(|arm| set.context.arms.contains(arm))
                && subject::argument(new, "AppIds")
                    .and_then(|a| a.value.as_ref())
                    .is_none_or(|ids| ids.is_constant() && !ids.texts().iter().any(|l| is_added(&l.text)))
        })
}
