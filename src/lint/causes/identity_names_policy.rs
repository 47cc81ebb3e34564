//! `Grant-` with the policy's name as `-Identity`, which is the user there.

use std::collections::{HashMap, HashSet};

use super::known::{Whose, no_user};
use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::script::subject::{self, Named, Policy, Verb, named_after, placeholder_for, plain_policy, verb};
use crate::script::{Argument, Command, Form, Literal, is_address, is_guid, is_placeholder};

pub(crate) const SLUG: &str = "identity-names-policy";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    let mut named: HashMap<Policy, Span> = HashMap::new();
    let mut made: HashSet<Policy> = HashSet::new();
    let mut placeholders: HashMap<String, Span> = HashMap::new();
    for command in script.commands.iter().filter(|c| verb(c).is_some_and(|v| v != Verb::Grant)) {
        if let Some((argument, text)) = subject::policy_argument(command).and_then(placeholder) {
            placeholders.entry(text).or_insert(argument.span);
        }
        if let (Some(policy), Some(argument)) = (subject::policy(command), subject::policy_argument(command)) {
            if verb(command) == Some(Verb::New) {
                made.insert(policy.clone());
            }
            named.entry(policy).or_insert(argument.span);
        }
    }
    for (_, grant) in script.grants() {
        if let (Some(name), Some(argument)) =
            (subject::text(grant.argument("PolicyName")), grant.argument("PolicyName"))
            && !is_guid(&name.text)
            && !is_address(&name.text)
        {
            named.entry(Policy::Named(plain_policy(&name.text))).or_insert(argument.span);
        }
    }
    // Commands that another call of their function gives a user.
    let sound: HashSet<Span> = script
        .grants()
        .filter(|(_, grant)| subject::text(subject::argument(grant, "Identity")).is_some_and(is_user))
        .map(|(_, grant)| grant.span)
        .collect();
    for (_, grant) in script.grants() {
        let Some(argument) = subject::argument(grant, "Identity") else { continue };
        let policy_argument = grant.argument("PolicyName");
        let Some(identity) = subject::text(Some(argument)) else {
            match placeholder(argument) {
                Some((_, text)) => unfilled(script, grant, argument, &text, &placeholders, out),
                None => unknown(script, grant, argument, policy_argument, (&named, &made), out),
            }
            continue;
        };
        let name = plain_policy(&identity.text);
        if is_guid(&identity.text) || is_address(&identity.text) || name.is_empty() {
            continue;
        }
        let policy = subject::text(policy_argument);
        let swapped = policy.is_some_and(|p| is_guid(&p.text) || is_address(&p.text));
        let proof = named.get(&Policy::Named(name.clone())).copied();
        let same = policy.is_some_and(|p| plain_policy(&p.text) == name);
        let marked = identity.text.to_lowercase().starts_with("tag:") || name == "global" || name.ends_with("policy");
        // `-Identity $policy -PolicyName $userId`, whatever the policy is called.
        let written = |argument: &Argument| named_after(script.written(argument));
        let told = written(argument) == Some(Named::Policy) && policy_argument.and_then(written) == Some(Named::User);
        let elsewhere = proof.is_some_and(|place| Some(place) != policy_argument.map(|a| a.span));
        let confidence = match () {
            () if elsewhere => Confidence::Certain,
            () if swapped || same || marked || told => Confidence::Likely,
            () => continue,
        };
        let right = written(argument) == Some(Named::User) || sound.contains(&grant.span);
        let call = script.given_text(argument).filter(|_| right);
        let place = call.map_or(argument.span, |literal| literal.span);
        let mut raised = Raised::new(SLUG, confidence, grant, place, "a policy; Grant takes the user here");
        if let Some(place) = proof.filter(|_| elsewhere) {
            raised = raised.proved(place, "named as a policy here");
        }
        let beside = policy_argument.filter(|_| !same);
        let other_place = beside.map(|other| match script.given_text(other).filter(|_| call.is_some()) {
            Some(literal) => literal.span,
            None => other.span,
        });
        let nobody = beside.and_then(|other| Some((other, no_user(script, other)?)));
        if let (Some((other, whose)), Some(place)) = (nobody, other_place) {
            let value = policy.map_or_else(|| script.written(other), |literal| literal.text.as_str());
            raised = raised.proved(place, label(whose)).explained(format!(
                "`{}` is a policy and `{value}` {}",
                identity.text,
                instead(whose)
            ));
        } else if let (true, Some(place)) = (swapped, other_place) {
            raised = raised.proved(place, "a user; Grant takes the policy here").explained(format!(
                "`{}` is a policy and `{}` a user: the two values are swapped",
                identity.text,
                policy.map_or("", |p| p.text.as_str()),
            ));
        } else {
            raised = raised.explained(WHY);
        }
        if let Some(literal) = call {
            // The body is right, and this call of it is not.
            raised = raised.proved(argument.span, "used as the user here");
            raised.command = other_place.map_or(literal.span, |other| {
                Span::new(literal.span.start.min(other.start), literal.span.end.max(other.end))
            });
            if raised.command.len() > LONGEST_CALL {
                raised.command = literal.span;
            }
        }
        if let Some(other) = beside.filter(|_| nobody.is_none())
            && (swapped || other.value.as_ref().is_some_and(|v| !v.is_constant()))
        {
            (raised.edits, raised.safe) = mended(script, argument, other, swapped);
        }
        out.push(raised);
    }
}

/// Values that are farther apart are not of one call.
const LONGEST_CALL: usize = 1000;

fn is_user(literal: &Literal) -> bool {
    is_guid(&literal.text) || is_address(&literal.text)
}

/// What is said of the id of an app or a group where the policy belongs.
const fn label(whose: Whose) -> &'static str {
    match whose {
        Whose::App => "an app; Grant takes the policy here",
        Whose::Group => "a group; Grant takes the policy here",
        Whose::User => "a user; Grant takes the policy here",
    }
}

/// Where such an id belongs, after the id.
const fn instead(whose: Whose) -> &'static str {
    match whose {
        Whose::App => {
            "the id of an app: a policy lists apps and is granted to users, groups or the tenant, so the policy goes to \
             `-PolicyName`, and whom it is for is missing"
        }
        Whose::Group => "a group: the policy goes to `-PolicyName`, and the group to `-Group`",
        Whose::User => "a user: the two values are swapped",
    }
}

/// The edits that put two values right, and whether they are certain. What parameters were given, or is named after what the
/// grant takes there, is wrong where it comes from, and not in the command.
fn mended(script: &Script<'_>, user: &Argument, policy: &Argument, swapped: bool) -> (Vec<(Span, String)>, bool) {
    let (here, there) = (written(script, user), written(script, policy));
    let text = |argument: &Argument| argument.value.as_ref().and_then(|value| value.text()).cloned();
    let (first, second) = (text(user), text(policy));
    let inline = |argument: &Argument, literal: &Option<Literal>| {
        literal.as_ref().is_some_and(|literal| subject::inline(argument, literal))
    };
    let (fixed, other) = (inline(user, &first), inline(policy, &second));
    let here_right = !fixed && (here.1 == Some(Named::User) || here.1.is_none() && here.0 == "identity");
    let there_right = !other && (there.1 == Some(Named::Policy) || there.0 == "policyname");
    let given = |argument: &Argument| script.given.contains(&argument.span);
    let body = here.1 == Some(Named::Policy) && there.1 == Some(Named::User);
    if body || fixed || other {
        return (swap(script, user, policy), swapped && !here_right && !there_right);
    }
    if !given(user) && !given(policy) && !here_right && !there_right {
        return (swap(script, user, policy), swapped);
    }
    let source =
        |literal: Option<Literal>| literal.filter(|literal| literal.inner.is_some()).map(|literal| literal.span);
    match (source(first), source(second)) {
        (Some(first), Some(second)) if first.end <= second.start || second.end <= first.start => {
            let exchanged = (second, without_tag(script.at(first)));
            (vec![(first, script.at(second).to_owned()), exchanged], false)
        }
        _ => (Vec::new(), false),
    }
}

/// The last part, lower case, of the variable that an argument is written as, and what it is named after.
fn written(script: &Script<'_>, argument: &Argument) -> (String, Option<Named>) {
    let text = script.written(argument);
    let lower = text.trim_matches(['"', '\'']).to_lowercase();
    let last =
        lower.strip_prefix('$').map(|path| path.trim_matches(['{', '}']).rsplit(['.', ':']).next().unwrap_or_default());
    (last.unwrap_or_default().to_owned(), named_after(text))
}

/// A value that is not known, and yet cannot be a user: another command has the same one as its policy, or the two
/// variables are named after what the other parameter takes.
fn unknown(
    script: &Script<'_>,
    grant: &Command,
    argument: &Argument,
    policy_argument: Option<&Argument>,
    (named, made): (&HashMap<Policy, Span>, &HashSet<Policy>),
    out: &mut Vec<Raised>,
) {
    let symbol = argument.value.as_ref().and_then(subject::policy_of);
    let proof = symbol.as_ref().and_then(|symbol| named.get(symbol).copied());
    // Made above under this name, while nothing else speaks of a policy of the other name.
    let other = policy_argument.and_then(|a| a.value.as_ref()).and_then(subject::policy_of);
    let other = other.filter(|other| matches!(other, Policy::Symbol(_)) && !named.contains_key(other));
    let swapped = other.is_some() && other != symbol && symbol.is_some_and(|symbol| made.contains(&symbol));
    let here = named_after(script.written(argument));
    let there = policy_argument.and_then(|other| named_after(script.written(other)));
    let user = subject::text(policy_argument).filter(|l| is_guid(&l.text) || is_address(&l.text));
    // A policy may be named like an id, where something else says so.
    let user_given = proof.is_some()
        && here != Some(Named::User)
        && user.is_some_and(|l| !named.contains_key(&Policy::Named(plain_policy(&l.text))));
    let confidence = match (proof, here, there) {
        _ if user_given => Confidence::Certain,
        (Some(_), Some(Named::Policy), _) | (Some(_), None, Some(Named::User)) => Confidence::Certain,
        (None, Some(Named::Policy), Some(Named::User)) => Confidence::Likely,
        (Some(_), None, None) if swapped => Confidence::Likely,
        _ => return,
    };
    let mut raised =
        Raised::new(SLUG, confidence, grant, argument.span, "a policy; Grant takes the user here").explained(WHY);
    if let Some(place) = proof {
        raised = raised.proved(place, "used as a policy here");
    }
    let nobody = policy_argument.and_then(|other| Some((other, no_user(script, other)?)));
    if let Some((other, whose)) = nobody {
        raised = raised.proved(other.span, label(whose)).explained(format!(
            "`{}` is a policy and `{}` {}",
            script.written(argument),
            script.written(other),
            instead(whose)
        ));
    }
    if let Some(other) = policy_argument.filter(|_| there != Some(Named::Policy) && nobody.is_none()) {
        let inline = user.is_some_and(|literal| subject::inline(other, literal));
        // What a parameter was given is wrong where it was given.
        if inline || there == Some(Named::User) || !script.given.contains(&other.span) {
            raised.edits = swap(script, argument, other);
            raised.safe = user_given;
        }
    }
    out.push(raised);
}

/// A value that somebody is to fill in, with its text as such texts are compared.
fn placeholder(argument: &Argument) -> Option<(&Argument, String)> {
    let literal = argument.value.as_ref()?.text().filter(|literal| is_placeholder(&literal.text))?;
    Some((argument, literal.text.trim().to_lowercase()))
}

/// A placeholder that stands for a policy, in the place of the user.
fn unfilled(
    script: &Script<'_>,
    grant: &Command,
    argument: &Argument,
    text: &str,
    placeholders: &HashMap<String, Span>,
    out: &mut Vec<Raised>,
) {
    if placeholder_for(text) != Some(Named::Policy) {
        return;
    }
    let proof = placeholders.get(text).copied();
    let confidence = if proof.is_some() { Confidence::Certain } else { Confidence::Likely };
    let mut raised =
        Raised::new(SLUG, confidence, grant, argument.span, "a policy; Grant takes the user here").explained(WHY);
    if let Some(place) = proof {
        raised = raised.proved(place, "used as a policy here");
    }
    if let Some(other) = grant.argument("PolicyName")
        && placeholder(other).is_some_and(|(_, text)| placeholder_for(&text) == Some(Named::User))
    {
        raised.edits = swap(script, argument, other);
        raised.safe = true;
    }
    out.push(raised);
}

pub(crate) const WHY: &str = "`-Identity` is the policy in New-, Set-, Get- and Remove-, and the user in Grant-; the policy goes to \
                   `-PolicyName`";

/// Edits that exchange two values as they are written.
fn swap(script: &Script<'_>, user: &Argument, policy: &Argument) -> Vec<(Span, String)> {
    let apart = user.span.end <= policy.span.start || policy.span.end <= user.span.start;
    if !apart || policy.value.is_none() || (policy.form == Form::Splat) != (user.form == Form::Splat) {
        return Vec::new();
    }
    vec![(user.span, script.written(policy).to_owned()), (policy.span, without_tag(script.written(user)))]
}

/// The value as `-PolicyName` takes it: without the mark of the tenant's own policies.
fn without_tag(written: &str) -> String {
    let lead = written.find(|c: char| c.is_alphanumeric()).unwrap_or(0);
    match (written.get(..lead), written.get(lead..lead + 4), written.get(lead + 4..)) {
        (Some(quote), Some(tag), Some(rest)) if tag.eq_ignore_ascii_case("tag:") => format!("{quote}{rest}"),
        _ => written.to_owned(),
    }
}
