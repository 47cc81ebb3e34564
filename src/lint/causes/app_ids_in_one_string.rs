//! Several ids inside one pair of quotes: one id that no app has.

use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::script::place::Listing;
use crate::script::subject;
use crate::script::{Literal, Value, ids_in, is_guid};

pub(super) const SLUG: &str = "app-ids-in-one-string";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for command in script.commands {
        let Some((argument, value)) = subject::app_list(command) else { continue };
        let mut literals = Vec::new();
        collect(script, value, &mut literals);
        for (literal, only) in literals {
            let Some(ids) = ids_in(&literal.text) else { continue };
            let inline = subject::inline(argument, literal);
            // Of several texts it is one, and which is known only when it is run.
            let confidence = if only { Confidence::Certain } else { Confidence::Likely };
            let mut raised =
                Raised::new(SLUG, confidence, command, literal.span, "one text, so one id").explained(format!(
                    "these are {} ids in one pair of quotes, and the list gets one entry that no app has",
                    ids.len()
                ));
            if !inline {
                raised = raised.proved(argument.span, "used as the list of ids here");
            }
            let listing = script.listings.get(&literal.span).copied().unwrap_or(Listing::Unsure);
            let flat = listing == Listing::Commas;
            if listing != Listing::Unsure {
                let plain = !ids.iter().any(|id| id.contains(['\'', '"', '$']));
                if let Some(inner) = literal.inner.filter(|_| plain) {
                    raised.edits = vec![(literal.span, split(script, literal.span, inner, &ids, flat))];
                    raised.safe = only;
                } else if let Some(list) = with_variables(script.at(literal.span), ids.len()) {
                    // What a variable holds is as read here, and may be another text when it is run.
                    raised.edits = vec![(literal.span, if flat { list } else { format!("@({list})") })];
                }
            }
            out.push(raised);
        }
    }
}

/// The texts of a value that are ids, or lists of them, each with whether it is the only one that can stand there.
fn collect<'v>(script: &Script<'v>, value: &'v Value, into: &mut Vec<(&'v Literal, bool)>) {
    match value {
        Value::Text(literal) => into.push((literal, true)),
        Value::List(items, _) => items.iter().for_each(|item| collect(script, item, into)),
        Value::Table(entries, _) => entries.iter().for_each(|entry| collect(script, &entry.value, into)),
        Value::Unknown(Some(symbol)) => {
            into.extend(script.one_of.get(symbol).into_iter().flatten().map(|literal| (literal, false)));
        }
        _ => {}
    }
}

/// The ids as texts of their own, with the quotes that were there.
fn split(script: &Script<'_>, whole: Span, inner: Span, ids: &[&str], flat: bool) -> String {
    let open = script.at(Span::new(whole.start, inner.start));
    let close = script.at(Span::new(inner.end, whole.end));
    let (open, close) = if open.is_empty() { ("\"", "\"") } else { (open, close) };
    let list = ids.iter().map(|id| format!("{open}{id}{close}")).collect::<Vec<_>>().join(", ");
    if flat { list } else { format!("@({list})") }
}

/// The pieces of a text such as `"$app, <id>"` as texts of their own; `None` where they are not the ids.
fn with_variables(text: &str, ids: usize) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let pieces: Vec<&str> = inner.split([',', ';']).map(str::trim).filter(|piece| !piece.is_empty()).collect();
    let is_variable = |piece: &str| {
        let name = piece.strip_prefix('$').unwrap_or_default();
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let fits = pieces.len() == ids && pieces.iter().all(|piece| is_guid(piece) || is_variable(piece));
    let quoted: Vec<String> = pieces.iter().map(|piece| format!("\"{piece}\"")).collect();
    fits.then(|| quoted.join(", "))
}
