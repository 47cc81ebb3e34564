//! A policy that is removed and made again: in between nobody has it.

use super::{Raised, Script};
use crate::knowledge::Confidence;
use crate::script::subject::{self, Verb, verb};

pub(super) const SLUG: &str = "policy-recreated";

/// As many later commands about the policy are looked at.
const NEAREST: usize = 64;

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for (at, remove) in script.named("Remove-CsApplicationAccessPolicy") {
        let (Some(policy), Some(argument)) = (subject::policy(remove), subject::policy_argument(remove)) else {
            continue;
        };
        if remove.what_if() {
            continue;
        }
        let new = script.made(&policy, at + 1).take(NEAREST).map(|(_, command)| command).find(|c| {
            verb(c) == Some(Verb::New)
                && c.context.meets(&remove.context)
                && c.context.uncalled == remove.context.uncalled
                && !script.exclude(remove, c)
        });
        let Some(new) = new else { continue };
        let place = subject::policy_argument(new).map_or(new.name_span, |a| a.span);
        out.push(
            Raised::new(SLUG, Confidence::Likely, remove, argument.span, "removed here")
                .proved(place, "and made again here")
                .explained(
                    "whoever held the policy loses it, and its other apps are gone: change it with \
                     `Set-CsApplicationAccessPolicy -AppIds @{Add=...}` instead",
                ),
        );
    }
}
