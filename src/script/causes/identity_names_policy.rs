//! `Grant-` with the policy's name as `-Identity`, which is the user there.

use std::collections::HashMap;

use super::subject::{self, Policy, Verb, plain_policy, verb};
use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::script::command::Form;
use crate::script::value::{is_address, is_guid};

pub(super) const SLUG: &str = "identity-names-policy";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    let mut named: HashMap<String, Span> = HashMap::new();
    for command in script.commands.iter().filter(|c| verb(c).is_some_and(|v| v != Verb::Grant)) {
        if let (Some(Policy::Named(name)), Some(argument)) =
            (subject::policy(command), subject::policy_argument(command))
        {
            named.entry(name).or_insert(argument.span);
        }
    }
    for (_, grant) in script.grants() {
        if let (Some(name), Some(argument)) =
            (subject::text(grant.argument("PolicyName")), grant.argument("PolicyName"))
            && !is_guid(&name.text)
            && !is_address(&name.text)
        {
            named.entry(plain_policy(&name.text)).or_insert(argument.span);
        }
    }
    for (_, grant) in script.grants() {
        let Some(argument) = subject::argument(grant, "Identity") else { continue };
        let Some(identity) = subject::text(Some(argument)) else { continue };
        let name = plain_policy(&identity.text);
        if is_guid(&identity.text) || is_address(&identity.text) || name.is_empty() {
            continue;
        }
        let policy_argument = grant.argument("PolicyName");
        let policy = subject::text(policy_argument);
        let swapped = policy.is_some_and(|p| is_guid(&p.text) || is_address(&p.text));
        let proof = named.get(&name).copied();
        let same = policy.is_some_and(|p| plain_policy(&p.text) == name);
        let marked = identity.text.to_lowercase().starts_with("tag:") || name == "global" || name.ends_with("policy");
        let elsewhere = proof.is_some_and(|place| Some(place) != policy_argument.map(|a| a.span));
        let confidence = match () {
            () if elsewhere => Confidence::Certain,
            () if swapped || same || marked => Confidence::Likely,
            () => continue,
        };
        let mut raised = Raised::new(SLUG, confidence, grant, argument.span, "a policy; Grant takes the user here");
        if let Some(place) = proof.filter(|_| elsewhere) {
            raised = raised.proved(place, "named as a policy here");
        }
        if let (true, Some(other)) = (swapped, policy_argument) {
            raised = raised.proved(other.span, "a user; Grant takes the policy here").explained(format!(
                "`{}` is a policy and `{}` a user: the two values are swapped",
                identity.text,
                policy.map_or("", |p| p.text.as_str()),
            ));
        } else {
            raised = raised.explained(
                "`-Identity` is the policy in New-, Set-, Get- and Remove-, and the user in Grant-; the policy goes to `-PolicyName`",
            );
        }
        if let Some(other) = policy_argument.filter(|other| {
            !same && other.value.is_some() && (other.form == Form::Splat) == (argument.form == Form::Splat)
        }) {
            let here = without_tag(script.written(argument));
            let there = script.written(other).to_owned();
            let disjoint = argument.span.end <= other.span.start || other.span.end <= argument.span.start;
            if disjoint && (swapped || other.value.as_ref().is_some_and(|v| !v.is_constant())) {
                raised.edits = vec![(argument.span, there), (other.span, here)];
                raised.safe = swapped;
            }
        }
        out.push(raised);
    }
}

/// The value as `-PolicyName` takes it: without the mark of the tenant's own policies.
fn without_tag(written: &str) -> String {
    let lead = written.find(|c: char| c.is_alphanumeric()).unwrap_or(0);
    match (written.get(..lead), written.get(lead..lead + 4), written.get(lead + 4..)) {
        (Some(quote), Some(tag), Some(rest)) if tag.eq_ignore_ascii_case("tag:") => format!("{quote}{rest}"),
        _ => written.to_owned(),
    }
}
