//! A second grant to the same user, group or tenant: it takes the place of the first.

use std::collections::HashMap;

use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::script::subject::{self, Policy, Target};
use crate::script::{Argument, Command, Kind, is_address, is_guid};

pub(crate) const SLUG: &str = "grant-replaces-policy";

/// As many earlier grants to the same target are looked at.
const NEAREST: usize = 64;

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    let mut earlier: HashMap<Target, Vec<(Policy, &Command)>> = HashMap::new();
    for (_, grant) in script.grants() {
        if grant.what_if() {
            continue;
        }
        let Some((target, argument)) = granted(grant) else { continue };
        let Some(policy) = argument.value.as_ref().and_then(subject::policy_of) else { continue };
        // A user in the place of the policy is another mistake.
        if matches!(&policy, Policy::Named(name) if is_guid(name) || is_address(name)) {
            continue;
        }
        let before = earlier.entry(target.clone()).or_default();
        if let Some((other, first)) = before.iter().rev().take(NEAREST).find(|(_, g)| g.context.meets(&grant.context))
            && differ(other, &policy)
            && first.context.uncalled == grant.context.uncalled
            && !script.exclude(first, grant)
            && !alternatives(script, first, grant)
        {
            let place = granted(first).map_or(first.name_span, |(_, a)| a.span);
            let whom = match &target {
                Target::User(_) => "user",
                Target::Group(_) => "group",
                Target::Tenant => "tenant",
            };
            out.push(
                Raised::new(SLUG, Confidence::Likely, grant, argument.span, "takes the place of the earlier policy")
                    .proved(place, "granted to the same target before")
                    .explained(format!(
                        "a {whom} has one policy of this kind, and policies do not add up: list the apps of both in one policy"
                    )),
            );
        }
        before.push((policy, grant));
    }
}

/// Whom a grant is for, and the argument that names the policy; as they are meant where they are swapped.
fn granted(grant: &Command) -> Option<(Target, &Argument)> {
    if let Some((policy, user)) = subject::swapped(grant).filter(|_| subject::argument(grant, "Group").is_none()) {
        let user = subject::text(Some(user))?.text.trim().to_lowercase();
        return Some((Target::User(user), policy));
    }
    Some((subject::target(grant)?, subject::policy_argument(grant)?))
}

/// Whether a document offers the second command in place of the first: by a heading, a tab or an "or" between them.
fn alternatives(script: &Script<'_>, first: &Command, second: &Command) -> bool {
    const WORDS: [&str; 9] =
        ["option", "or", "alternative", "alternatively", "method", "variant", "approach", "choice", "instead"];
    if script.kind != Kind::Markdown || first.span.end > second.span.start {
        return false;
    }
    let between = script.at(Span::new(first.span.end, second.span.start)).to_lowercase();
    between.lines().any(|line| {
        let tab = line.contains("](#tab/") || line.trim_start().starts_with("=== \"") || line.contains("<tab");
        let line = line.trim_start_matches(|c: char| !c.is_alphanumeric());
        let word = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        tab || WORDS.contains(&word)
    })
}

/// Whether both are surely not the same policy.
fn differ(a: &Policy, b: &Policy) -> bool {
    matches!((a, b), (Policy::Named(a), Policy::Named(b)) if a != b)
}
