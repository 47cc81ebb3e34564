//! `New-`, `Set-`, `Get-` or `Remove-` with a user as `-Identity`, which is the policy there.

use std::collections::HashMap;

use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::script::sessions::user_member;
use crate::script::subject::{self, Named, Policy, Verb, named_after, verb};
use crate::script::{Argument, Command};
use crate::script::{is_address, is_guid};

pub(super) const SLUG: &str = "identity-names-user";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    let apps = subject::app_ids(script.commands);
    let users = grants_by(script, "Identity");
    // Where a grant has a plain name as its user, its values are swapped, and its policy is none.
    let mut granted = grants_by(script, "PolicyName");
    granted.retain(|_, (grant, _)| {
        subject::text(subject::argument(grant, "Identity")).is_none_or(|l| is_guid(&l.text) || is_address(&l.text))
    });
    for command in script.commands {
        if !verb(command).is_some_and(|v| v != Verb::Grant) {
            continue;
        }
        let Some(argument) = subject::argument(command, "Identity") else { continue };
        let Some(identity) = subject::text(Some(argument)) else {
            unknown(script, command, argument, out);
            continue;
        };
        let id = identity.text.trim().trim_matches(['{', '}']).to_lowercase();
        if !is_guid(&id) && !is_address(&id) {
            continue;
        }
        // A policy may be named after its app, or by whatever id: then it is granted by that name.
        if granted.contains_key(&id) || apps.contains_key(&id) {
            continue;
        }
        let user = users.get(&id).copied();
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
                && name.value.as_ref().is_some_and(crate::script::Value::is_constant)
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

/// The grants by the text, lower case, of a parameter.
fn grants_by<'s>(script: &'s Script<'_>, parameter: &str) -> HashMap<String, (&'s Command, Span)> {
    let mut found = HashMap::new();
    for (_, grant) in script.grants() {
        let Some(argument) = subject::argument(grant, parameter) else { continue };
        if let Some(text) = subject::text(Some(argument)) {
            found.entry(text.text.trim().to_lowercase()).or_insert((grant, argument.span));
        }
    }
    found
}

const WHY: &str =
    "`-Identity` is the name of the policy in New-, Set-, Get- and Remove-; only Grant- takes a user there";

/// A value that is not known, and is the user of a grant too.
fn unknown(script: &Script<'_>, command: &Command, argument: &Argument, out: &mut Vec<Raised>) {
    if let Some(crate::script::Value::Unknown(Some(symbol))) = &argument.value
        && user_member(symbol).is_some_and(|member| {
            matches!(member, "id" | "objectid" | "userprincipalname" | "identity" | "mail" | "sipaddress")
        })
    {
        // A policy may be named after its user: then it is granted by that name.
        let named = script.grants().any(|(_, grant)| grant.value("PolicyName") == argument.value.as_ref());
        if !named {
            let words = "of a user; this cmdlet takes the policy here";
            out.push(Raised::new(SLUG, Confidence::Likely, command, argument.span, words).explained(WHY));
        }
        return;
    }
    let Some(symbol @ Policy::Symbol(_)) = argument.value.as_ref().and_then(subject::policy_of) else { return };
    if named_after(script.written(argument)) != Some(Named::User) {
        return;
    }
    let grant = script.grants().find_map(|(_, grant)| {
        let user = grant.argument("Identity")?;
        (subject::policy_of(user.value.as_ref()?).as_ref() == Some(&symbol)).then_some(user.span)
    });
    if let Some(place) = grant {
        out.push(
            Raised::new(SLUG, Confidence::Certain, command, argument.span, "a user; this cmdlet takes the policy here")
                .proved(place, "the user of a grant")
                .explained(WHY),
        );
    }
}
