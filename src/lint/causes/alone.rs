//! Edits outside the command that they are for: certain only where nothing else reads what they change.

use std::collections::{HashMap, HashSet};

use super::{Raised, Script};
use crate::input::Span;
use crate::script::Held;

/// Makes suggestions of edits that change what something else reads too.
pub(super) fn keep_sure_edits(script: &Script<'_>, raised: &mut [Raised]) {
    for one in raised.iter_mut().filter(|one| one.safe) {
        let inside = |span: &Span| one.command.start <= span.start && span.end <= one.command.end;
        let outside: Vec<Span> = one.edits.iter().map(|(span, _)| *span).filter(|span| !inside(span)).collect();
        if outside.iter().all(|span| {
            let held = script.held.get(span).or_else(|| script.held.get(&one.place()));
            held.is_some_and(|held| read_once(script, held, one.command))
        }) {
            continue;
        }
        one.safe = false;
        one.explanation
            .push_str(". The edit is outside the command, and something else may read what it changes: look there too");
    }
}

/// Whether a variable, or each key of the table in it, is given a value once, and read by this command alone, in the same scope
/// and piece of the file.
fn read_once(script: &Script<'_>, held: &Held, command: Span) -> bool {
    let named = script.variables().get(&held.name).map(Vec::as_slice).unwrap_or_default();
    let within = |span: Span| named.iter().take(MOST_PLACES).filter(|at| (span.start..span.end).contains(at)).count();
    let piece = |at: usize| script.regions.partition_point(|region| region.start <= at);
    let others: Vec<usize> =
        named.iter().take(MOST_PLACES).copied().filter(|at| !(command.start..command.end).contains(at)).collect();
    let mut keys = HashSet::new();
    let once = |at: &usize| script.writes.get(at).is_some_and(|of| of.iter().all(|key| keys.insert(key)));
    let once = others.len() == 1 || others.iter().all(once);
    // What is global is read by other scripts of the session.
    let global = |at: &usize| {
        let sign = script.text.get(*at..at + GLOBAL.len() + 2).unwrap_or_default();
        sign.trim_start_matches(['$', '@', '{']).get(..GLOBAL.len()).is_some_and(|it| it.eq_ignore_ascii_case(GLOBAL))
    };
    named.len() <= MOST_PLACES
        && !named.iter().any(global)
        && once
        && within(held.place) == 1
        && within(command) == 1
        && script.words().get(&held.name).is_none_or(|count| *count <= named.len())
        && held.function == function(script, command)
        && piece(held.place.start) == piece(command.start)
}

/// The scope that outlives a script.
const GLOBAL: &str = "global:";

/// As many places has a variable that is read by one command alone.
const MOST_PLACES: usize = 64;

/// As many functions are looked at for the one around a command.
const MOST_BODIES: usize = 1000;

/// The innermost function around a command.
fn function(script: &Script<'_>, command: Span) -> Option<Span> {
    let before = script.bodies.partition_point(|body| body.start <= command.start);
    script.bodies.get(..before)?.iter().rev().take(MOST_BODIES).find(|body| command.end <= body.end).copied()
}

/// How often each word is in a source that may name variables without their sign: `Get-Variable name`.
pub(super) fn words(text: &str) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    let text = text.to_lowercase();
    if text.contains("variable") {
        for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
            *found.entry(word.to_owned()).or_default() += 1;
        }
    }
    found
}

/// Where a text names each variable, lower case, whatever the scope in front of it.
pub(super) fn variables(text: &str) -> HashMap<String, Vec<usize>> {
    let mut found: HashMap<String, Vec<usize>> = HashMap::new();
    let name_at = |at: usize| {
        let rest = text.get(at..).unwrap_or_default();
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        rest.get(..length).unwrap_or_default()
    };
    for (at, _) in text.match_indices(['$', '@']) {
        let braced = text.get(at + 1..).is_some_and(|rest| rest.starts_with('{'))
            && !text.get(at..).is_some_and(|it| it.starts_with('@'));
        let mut start = at + 1 + usize::from(braced);
        let mut name = name_at(start);
        let scopes = ["script", "global", "local", "private", "using", "variable"];
        if text.get(start + name.len()..).is_some_and(|rest| rest.starts_with(':'))
            && scopes.iter().any(|scope| scope.eq_ignore_ascii_case(name))
        {
            start += name.len() + 1;
            name = name_at(start);
        }
        if !name.is_empty() {
            found.entry(name.to_lowercase()).or_default().push(at);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::variables;

    #[test]
    fn variables_in_all_scopes() {
        let found = variables("$s = @{ A = 1 }; f @s; \"$($Script:S.A) ${s}\"; $global:t; $using:s; é$s; $sum");
        let count = |name: &str| found.get(name).map_or(0, Vec::len);
        assert_eq!((count("s"), count("t"), count("sum"), count("a")), (6, 1, 1, 0));
    }
}
