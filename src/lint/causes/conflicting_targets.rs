//! A grant to the tenant and to a user or group at once.

use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::Confidence;
use crate::script::Value;
use crate::script::subject;
use crate::script::{Argument, Command, Form};

pub(super) const SLUG: &str = "conflicting-targets";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for (_, grant) in script.grants() {
        let given = |name: &str| {
            grant
                .argument(name)
                .filter(|a| a.value.as_ref().is_none_or(|v| *v != Value::Null))
                .or_else(|| subject::argument(grant, name).filter(|a| a.written_span.is_some()))
        };
        let global = grant.argument("Global").filter(|_| grant.switch("Global") == Some(true));
        let user = given("Identity");
        let group = given("Group");
        let (wrong, others): (&Argument, Vec<&Argument>) = match (global, user, group) {
            (Some(global), None, None) => match grant.argument("Rank") {
                Some(rank) => (rank, vec![global]),
                None => continue,
            },
            (Some(global), user, group) => (global, user.into_iter().chain(group).collect()),
            (None, Some(user), Some(group)) => (group, vec![user]),
            (None, Some(user), None) => match grant.argument("Rank") {
                Some(rank) => (rank, vec![user]),
                None => continue,
            },
            _ => continue,
        };
        let place = whole(wrong);
        let mut raised = Raised::new(SLUG, Confidence::Certain, grant, place, "not together with the other target")
            .explained("a grant is for one user (`-Identity`), one group (`-Group`, `-Rank`) or the tenant (`-Global`): PowerShell refuses a mix");
        for other in others {
            raised = raised.proved(whole(other), "the other target");
        }
        if wrong.is("Global") && wrong.form == Form::Named {
            raised.edits = vec![(removal(script, grant, place), String::new())];
        }
        out.push(raised);
    }
}

/// Name and value.
fn whole(argument: &Argument) -> Span {
    argument
        .written_span
        .filter(|_| argument.form == Form::Named)
        .map_or(argument.span, |name| Span::new(name.start, name.end.max(argument.span.end)))
}

/// The argument with the blanks before it.
fn removal(script: &Script<'_>, grant: &Command, place: Span) -> Span {
    let before = script.text.get(grant.span.start..place.start).unwrap_or_default();
    let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
    Span::new(place.start - blanks, place.end)
}
