//! `New-`, `Set-`, `Get-` or `Remove-` with a user as `-Identity`, which is the policy there.

use super::subject::{self, Verb, verb};
use super::{Raised, Script};
use crate::knowledge::Confidence;
use crate::script::value::{is_address, is_guid};

pub(super) const SLUG: &str = "identity-names-user";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    let apps = subject::app_ids(script);
    for command in script.commands {
        if !verb(command).is_some_and(|v| v != Verb::Grant) {
            continue;
        }
        let Some(argument) = subject::argument(command, "Identity") else { continue };
        let Some(identity) = subject::text(Some(argument)) else { continue };
        let id = identity.text.trim().trim_matches(['{', '}']).to_lowercase();
        if !is_guid(&id) && !is_address(&id) {
            continue;
        }
        let value_of = |name: &str| {
            let id = id.clone();
            script.grants().find_map(move |(_, grant)| {
                let argument = subject::argument(grant, name)?;
                let text = subject::text(Some(argument))?;
                (text.text.trim().to_lowercase() == id).then_some((grant, argument.span))
            })
        };
        // A policy may be named after its app, or by whatever id: then it is granted by that name.
        if value_of("PolicyName").is_some() || apps.iter().any(|(app, _)| *app == id) {
            continue;
        }
        let user = value_of("Identity");
        let confidence = if user.is_some() { Confidence::Certain } else { Confidence::Likely };
        let mut raised = Raised::new(
            SLUG,
            confidence,
            command,
            argument.span,
            "a user; this cmdlet takes the policy here",
        )
        .explained(
            "`-Identity` is the name of the policy in New-, Set-, Get- and Remove-; only Grant- takes a user there",
        );
        if let Some((grant, place)) = user {
            raised = raised.proved(place, "the same id as the user of a grant");
            // The policy that this user is granted, if nothing else makes it.
            if let (Some(policy), Some(name)) = (subject::policy(grant), grant.argument("PolicyName"))
                && name.value.as_ref().is_some_and(crate::script::value::Value::is_constant)
                && verb(command) == Some(Verb::New)
                && !script
                    .named("New-CsApplicationAccessPolicy")
                    .any(|(_, new)| subject::policy(new).as_ref() == Some(&policy))
            {
                raised.edits = vec![(argument.span, script.written(name).to_owned())];
            }
        }
        out.push(raised);
    }
}
