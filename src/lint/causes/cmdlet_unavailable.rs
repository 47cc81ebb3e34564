//! The name of a cmdlet of the policy with a slip in it: PowerShell finds nothing that is called so.

use super::{Raised, Script};
use crate::knowledge::Confidence;
use crate::script::subject;

pub(super) const SLUG: &str = "cmdlet-unavailable";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    for command in script.commands {
        let Some(meant) = subject::misspelt(&command.name) else { continue };
        if script.functions.contains(&command.name.to_lowercase()) {
            continue;
        }
        let why = format!(
            "no module is known to have `{}`: it is `{meant}`, in MicrosoftTeams. PowerShell does not find the name, and nothing \
             is changed",
            command.name
        );
        let mut raised =
            Raised::new(SLUG, Confidence::Likely, command, command.name_span, "a slip in the name").explained(why);
        // What stands in front of it (`&`, a module) stays.
        if script.at(command.name_span) == command.name {
            raised.edits = vec![(command.name_span, meant)];
        }
        out.push(raised);
    }
}
