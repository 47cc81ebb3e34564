//! The edit that puts a command behind a look at what is there.

use super::causes::Script;
use crate::input::Span;
use crate::script::subject::{argument, policy_argument};
use crate::script::{Command, Form, Value, is_guid};

/// Edits that put the command behind a look at the policy's list, where it adds one id; `change` is made besides.
pub(super) fn guarded(
    script: &Script<'_>,
    set: &Command,
    added: &Value,
    change: Option<(Span, String)>,
) -> Option<Vec<(Span, String)>> {
    let one = match added {
        Value::List(items, _) => items.len() == 1,
        Value::Table(..) => false,
        _ => true,
    };
    let inside = |span: Span| set.span.start <= span.start && span.end <= set.span.end;
    let identity = policy_argument(set).filter(|a| a.form != Form::Splat && inside(a.span))?;
    let ids = argument(set, "AppIds").filter(|a| a.form != Form::Splat && inside(a.span))?;
    if !one || set.statement != set.span {
        return None;
    }
    let id = match added.text() {
        Some(literal) if is_guid(&literal.text) => format!("'{}'", literal.text.trim()),
        Some(_) => return None,
        None => {
            let written = script.written(ids).trim_start_matches("@(").trim_end_matches(')').trim();
            let variable =
                written.strip_prefix('$').is_some_and(|n| n.chars().all(|c| c.is_alphanumeric() || c == '_'));
            variable.then(|| written.to_owned())?
        }
    };
    let policy = script.written(identity);
    let guard = format!("if ((Get-CsApplicationAccessPolicy -Identity {policy}).AppIds -notcontains {id}) {{ ");
    let mut edits = vec![(Span::new(set.span.start, set.span.start), guard)];
    match change {
        // The last argument ends where the command does.
        Some((span, text)) if span.end == set.span.end => edits.push((span, format!("{text} }}"))),
        change => {
            edits.extend(change);
            edits.push((Span::new(set.span.end, set.span.end), " }".to_owned()));
        }
    }
    Some(edits)
}
