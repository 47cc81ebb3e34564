//! `Set-` with a bare list: every app that is not in it loses its access.

use std::collections::HashSet;

use super::{Raised, Script, malformed_id};
use crate::input::Span;
use crate::knowledge::{Confidence, Severity};
use crate::lint::guard;
use crate::script::sessions::app_member;
use crate::script::subject::{self, Verb, verb};
use crate::script::{Argument, Command, Value};

pub(crate) const SLUG: &str = "app-ids-replaced";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for (at, set) in script.named("Set-CsApplicationAccessPolicy") {
        let Some(argument) = subject::argument(set, "AppIds") else { continue };
        let Some(value) = &argument.value else { continue };
        if *value == Value::Null {
            let mut raised = Raised::new(SLUG, Confidence::Possible, set, argument.span, "no list");
            raised.lowered = Some(Severity::Info);
            out.push(raised.explained(
                "what `$null` does to the list is not documented: it may take every app out of it. `@{Remove=...}` takes those \
                 away that it names",
            ));
            continue;
        }
        if let Some(entry) = value.entry("Replace") {
            if !fresh(script, at, set, &entry.value) {
                let mut raised =
                    Raised::new(SLUG, Confidence::Likely, set, entry.key_span, "this becomes the whole list")
                        .explained(WHY);
                if value.entry("Add").is_none()
                    && !aborts(script, at, set)
                    && set.span.end >= entry.key_span.end
                    && set.span.start <= entry.key_span.start
                {
                    raised.edits = vec![(entry.key_span, "Add".to_owned())];
                }
                out.push(raised);
            }
            continue;
        }
        if !bare_list(value) || fresh(script, at, set, value) {
            continue;
        }
        let mut raised =
            Raised::new(SLUG, Confidence::Likely, set, argument.span, "this becomes the whole list").explained(WHY);
        if let Some(edits) = edits(script, at, set, argument, value) {
            raised.edits = edits;
        }
        out.push(raised);
    }
}

const WHY: &str = "the list replaces the one that is there, so every other app loses its access; `@{Add=...}` adds to it and \
                   `@{Remove=...}` takes away. If the list is meant to be all, nothing is wrong";

/// Whether an id that is listed already would end the script before it grants.
fn aborts(script: &Script<'_>, at: usize, set: &Command) -> bool {
    set.context.stop
        && script
            .grants_from(at + 1)
            .any(|(_, grant)| grant.context.meets(&set.context) && !set.context.survives_to(&grant.context))
}

/// Whether the value is an id of an app by where it comes from.
fn is_id(value: &Value) -> bool {
    let Value::Unknown(Some(symbol)) = value else { return false };
    app_member(symbol).is_some_and(|member| matches!(member, "id" | "objectid" | "appid" | "applicationid"))
}

/// Whether the value is a list of ids or one id, rather than a table of changes or something unknown.
fn bare_list(value: &Value) -> bool {
    match value {
        // A list with unknown members may have been read from the policy before; a parameter has not.
        Value::List(items, _) => items.iter().all(|item| match item {
            Value::Unknown(Some(symbol)) if symbol.contains('?') && !symbol.contains(['.', '[']) => true,
            Value::List(..) => false,
            item => item.is_textual() || is_id(item),
        }),
        value => value.is_textual() || is_id(value),
    }
}

/// Whether the same run made the policy, with no app that the list leaves out.
fn fresh(script: &Script<'_>, at: usize, set: &Command, value: &Value) -> bool {
    let Some(policy) = subject::policy(set) else { return false };
    let kept: HashSet<String> = value.texts().iter().map(|l| l.text.trim().to_lowercase()).collect();
    // What the same run has put into the list since.
    let adds_other = |made: usize| {
        let between = script.commands.get(made + 1..at).unwrap_or_default().iter().rev().take(NEAREST);
        between.filter(|it| it.is("Set-CsApplicationAccessPolicy") && it.context.meets(&set.context)).any(|other| {
            let ids = subject::argument(other, "AppIds").and_then(|argument| argument.value.as_ref());
            let given = ids.map(|ids| ids.entry("Add").or_else(|| ids.entry("Replace")).map_or(ids, |it| &it.value));
            subject::policy(other).as_ref() == Some(&policy)
                && given.is_some_and(|ids| {
                    ids.is_constant() && ids.texts().iter().any(|it| !kept.contains(&it.text.trim().to_lowercase()))
                })
                && ids.is_some_and(|ids| ids.entry("Remove").is_none())
        })
    };
    script.made(&policy, 0).take_while(|(place, _)| *place < at).any(|(made, new)| {
        verb(new) == Some(Verb::New)
            && !adds_other(made)
            && new.context.in_one_tenant(&set.context)
            && new.context.arms.iter().all(|arm| set.context.arms.contains(arm))
            && subject::argument(new, "AppIds").and_then(|a| a.value.as_ref()).is_none_or(|ids| {
                ids.same(value)
                    || ids.is_constant() && ids.texts().iter().all(|l| kept.contains(&l.text.trim().to_lowercase()))
            })
    })
}

/// As many commands between a policy's making and a list of it are looked at.
const NEAREST: usize = 200;

/// `@{Add=...}`, and where an id that is listed already would end the script, behind a look at the list.
fn edits(
    script: &Script<'_>,
    at: usize,
    set: &Command,
    argument: &Argument,
    value: &Value,
) -> Option<Vec<(Span, String)>> {
    // What is no id is not to be added either, nor several in one text.
    let several = |text: &str| text.contains([',', ';']);
    if value.texts().iter().any(|literal| malformed_id::is_no_id(&literal.text) || several(&literal.text)) {
        return None;
    }
    let written = script.written(argument);
    let quoted = if written.starts_with(['"', '\'', '$', '@', '(', '“', '‘']) {
        written.to_owned()
    } else {
        written.split(',').map(|id| format!("\"{}\"", id.trim().trim_matches('"'))).collect::<Vec<_>>().join(", ")
    };
    let change = (argument.span, format!("@{{Add={quoted}}}"));
    if !aborts(script, at, set) {
        return Some(vec![change]);
    }
    guard::guarded(script, set, value, Some(change))
}
