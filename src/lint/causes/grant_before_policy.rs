//! A grant of a policy that the file makes only afterwards.

use super::{Raised, Script};
use crate::knowledge::Confidence;
use crate::script::subject::{self, Verb, verb};

pub(super) const SLUG: &str = "grant-before-policy";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for (at, grant) in script.grants() {
        // Where the values are swapped, the policy is what stands in the place of the user.
        let argument = subject::swapped(grant).map(|(policy, _)| policy).or_else(|| subject::policy_argument(grant));
        let Some(argument) = argument else { continue };
        let Some(policy) = argument.value.as_ref().and_then(subject::policy_of) else { continue };
        // Whatever else touches the policy before says that it is there.
        let known = script.first_use(&policy).is_some_and(|first| first < at);
        if known || grant.context.uncalled || grant.context.repeated || grant.context.kept {
            continue;
        }
        let next = script.made(&policy, at + 1).map(|(_, command)| command).find(|c| {
            matches!(verb(c), Some(Verb::New | Verb::Remove)) && c.context.meets(&grant.context) && !c.context.uncalled
        });
        let Some(new) = next.filter(|c| verb(c) == Some(Verb::New)) else { continue };
        let place = subject::policy_argument(new).map_or(new.name_span, |a| a.span);
        out.push(
            Raised::new(SLUG, Confidence::Likely, grant, argument.span, "no such policy yet")
                .proved(place, "made only here")
                .explained("a grant names a policy that must be there: make the policy first"),
        );
    }
}
