//! Several ids inside one pair of quotes: one id that no app has.

use super::{Raised, Script, malformed_id};
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::script::place::Listing;
use crate::script::subject;
use crate::script::{Argument, Command, Literal, Value, ids_in, is_guid, is_placeholder};

pub(super) const SLUG: &str = "app-ids-in-one-string";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for command in script.commands {
        let Some((argument, value)) = subject::app_list(command) else { continue };
        let mut literals = Vec::new();
        collect(script, value, &mut literals);
        for (literal, only) in literals {
            let Some(ids) = ids_in(&literal.text) else {
                if only && let Some(count) = parts(&literal.text) {
                    out.push(of_parts(command, argument, literal, count));
                }
                continue;
            };
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
                    // What fills a hole may be several ids again, or none.
                    raised.safe = only && !ids.iter().any(|id| is_placeholder(id));
                } else if let Some(list) = with_variables(script.at(literal.span), ids.len()) {
                    // What a variable holds is as read here, and may be another text when it is run.
                    raised.edits = vec![(literal.span, if flat { list } else { format!("@({list})") })];
                }
            }
            out.push(raised);
        }
        unfilled(command, argument, value, argument.span, out);
    }
}

/// How many parts a text has that is to be several ids, where not each of them is one: `"<id>, <id> (old)"`.
pub(super) fn parts(text: &str) -> Option<usize> {
    // One id, or less.
    if text.len() <= 38 {
        return None;
    }
    let written = |separators: &[char]| {
        text.split(separators).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let listed = written(&SEPARATORS);
    if listed.len() > 1 && listed.iter().any(|part| malformed_id::holds_id(part)) {
        return Some(listed.len());
    }
    let words = written(&[' ', '\t', '\n', ',', ';', '|']);
    let ids = words.iter().filter(|word| malformed_id::is_like_id(word)).count();
    (ids > 1 && words.iter().any(|word| is_guid(word))).then_some(ids)
}

/// What stands between the ids of a list.
const SEPARATORS: [char; 4] = [',', ';', '|', '\n'];

fn of_parts(command: &Command, argument: &Argument, literal: &Literal, count: usize) -> Raised {
    let mut raised =
        Raised::new(SLUG, Confidence::Certain, command, literal.span, "one text, so one id").explained(format!(
            "these are {count} values in one pair of quotes, and the list gets one entry that no app has: give each id a text of \
             its own, and nothing but the id in it"
        ));
    if !subject::inline(argument, literal) {
        raised = raised.proved(argument.span, "used as the list of ids here");
    }
    raised
}

/// Texts such as `"$first,$second"`: whatever the values are, it is no single id.
fn unfilled(command: &Command, argument: &Argument, value: &Value, place: Span, out: &mut Vec<Raised>) {
    match value {
        Value::List(items, _) => items.iter().for_each(|item| unfilled(command, argument, item, place, out)),
        Value::Table(entries, _) => entries
            .iter()
            .filter(|entry| !entry.key.eq_ignore_ascii_case("Remove"))
            .for_each(|entry| unfilled(command, argument, &entry.value, entry.value_span, out)),
        Value::Unknown(Some(symbol)) if joins(symbol) => {
            let mut raised = Raised::new(SLUG, Confidence::Likely, command, place, "one text, so one id").explained(
                "several values are put into one pair of quotes here, and the list gets one entry that no app has: list them \
                 without the quotes around all",
            );
            if !(argument.span.start <= place.start && place.end <= argument.span.end) {
                raised = raised.proved(argument.span, "used as the list of ids here");
            }
            out.push(raised);
        }
        _ => {}
    }
}

/// Whether a text of which not all is known has values on both sides of a comma.
fn joins(symbol: &str) -> bool {
    let Some(text) = symbol.strip_suffix(":text") else { return false };
    // Values that are not known stand between marks, or are what a template puts in.
    let mut plain = String::new();
    let mut rest = text;
    let mut values = 0;
    while let Some(at) = rest.find(['\u{1}', '$']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        plain.push_str(before);
        let end = match from.strip_prefix('\u{1}') {
            Some(inside) => inside.find('\u{1}').map(|end| end + 2),
            None if from.starts_with("${{") => from.find("}}").map(|end| end + 2),
            None => Some(1),
        };
        let Some(end) = end else { return false };
        if end > 1 {
            values += 1;
            plain.push('\u{1}');
        }
        rest = from.get(end..).unwrap_or_default();
    }
    plain.push_str(rest);
    let given = |part: &&str| part.contains('\u{1}') || is_guid(part);
    values > 0 && plain.split(SEPARATORS).map(str::trim).filter(given).count() > 1
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

#[cfg(test)]
mod tests {
    use super::{joins, parts};

    #[test]
    fn texts_that_are_to_be_several_ids() {
        let (one, two) = ("9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20", "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11");
        for (text, count) in [
            (format!("{one}, 1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d1"), 2),
            (format!("{one} (prod), {two} (dev)"), 2),
            (format!("{one}; the bot"), 2),
            (format!("{one} 1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d1"), 2),
        ] {
            assert_eq!(parts(&text), Some(count), "{text}");
        }
        for text in
            [one.to_owned(), format!("{one},"), format!("{one} # bot"), "a, b".to_owned(), format!("App: {one}")]
        {
            assert_eq!(parts(&text), None, "{text}");
        }
    }

    #[test]
    fn texts_of_values_that_are_not_known() {
        for symbol in ["\u{1}a?1\u{1},\u{1}b?2\u{1}:text", "${{ secrets.A }}, ${{ secrets.B }}:text"] {
            assert!(joins(symbol), "{symbol}");
        }
        for symbol in [
            "\u{1}a?1\u{1}:text",
            "a?1:text",
            "\u{1}a?1\u{1},:text",
            "${{ join(vars.A, ',') }}:text",
            "\u{1}a?1\u{1}, the bot:text",
            "\u{1}a?1\u{1},\u{1}b?2\u{1}",
        ] {
            assert!(!joins(symbol), "{symbol}");
        }
    }
}
