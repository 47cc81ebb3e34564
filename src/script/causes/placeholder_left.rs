//! A placeholder in a script that is to be run.

use super::{Raised, Script};
use crate::knowledge::{CmdletKind, Confidence};
use crate::script::document::Kind;
use crate::script::value::is_placeholder;

pub(super) const SLUG: &str = "placeholder-left";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    // In a document it is there to be read.
    if script.kind == Kind::Markdown {
        return;
    }
    for command in script.commands {
        if command.cmdlet.is_none_or(|c| c.kind == CmdletKind::Lookalike) {
            continue;
        }
        for argument in command.arguments.iter().filter(|a| !a.is("Description")) {
            for literal in argument.value.iter().flat_map(|value| value.texts()) {
                if !is_placeholder(&literal.text) {
                    continue;
                }
                let angle = literal.text.trim_start().starts_with('<');
                let confidence = if angle { Confidence::Certain } else { Confidence::Likely };
                let mut raised = Raised::new(SLUG, confidence, command, literal.span, "still to be filled in")
                    .explained(format!(
                        "`{}` is a placeholder: put the real value there before the script is run",
                        literal.text.trim()
                    ));
                if !super::subject::inline(argument, literal) {
                    raised = raised.proved(argument.span, "used here");
                }
                out.push(raised);
            }
        }
    }
}
