//! The connector of Skype for Business Online, which is gone.

use super::{Raised, Script};
use crate::input::Span;
use crate::knowledge::{CmdletKind, Confidence};
use crate::script::Command;

pub(super) const SLUG: &str = "retired-module";

/// Modules that held the cmdlets before `MicrosoftTeams` did.
const MODULES: [&str; 2] = ["SkypeOnlineConnector", "LyncOnlineConnector"];

const WHY: &str = "the connector is retired: `Connect-MicrosoftTeams` of the module MicrosoftTeams signs in now";

pub(super) fn find(script: &Script<'_>, out: &mut Vec<Raised>) {
    let mut last: Option<Raised> = None;
    for command in script.commands {
        let loads = ["Import-Module", "Install-Module", "ipmo", "Update-Module"].iter().any(|name| command.is(name));
        let retired = command.cmdlet.is_some_and(|c| c.kind == CmdletKind::Retired) && !command.is("Import-PSSession");
        let (place, label) = match loads.then(|| module(command)).flatten() {
            _ if retired => (command.name_span, "no longer there"),
            Some(place) => (place, "a retired module"),
            None => continue,
        };
        // Loading the module and calling it are one mistake, which is told once.
        match last.take() {
            Some(raised) if together(script, raised.labels.last().map_or(place, |label| label.span), place) => {
                last = Some(raised.proved(place, label));
            }
            before => {
                out.extend(before);
                last = Some(Raised::new(SLUG, Confidence::Certain, command, place, label).explained(WHY));
            }
        }
    }
    out.extend(last);
    // `#Requires -Modules SkypeOnlineConnector`
    for comment in script.comments {
        let text = script.at(*comment);
        let lower = text.to_ascii_lowercase();
        if !lower.starts_with("#requires") {
            continue;
        }
        for name in MODULES {
            if let Some(at) = lower.find(&name.to_ascii_lowercase()) {
                let place = Span::new(comment.start + at, comment.start + at + name.len());
                let mut raised = Raised {
                    cause: SLUG,
                    confidence: Confidence::Certain,
                    lowered: None,
                    explanation: String::new(),
                    evidence: Vec::new(),
                    labels: Vec::new(),
                    edits: Vec::new(),
                    safe: false,
                    losing: Vec::new(),
                    may_lose: Vec::new(),
                    command: *comment,
                };
                raised = raised.proved(place, "a retired module").explained(WHY);
                out.push(raised);
            }
        }
    }
}

/// Whether nothing but a few lines is between two places.
fn together(script: &Script<'_>, first: Span, second: Span) -> bool {
    let between = script.text.get(first.end..second.start);
    // A suppression is for the line that it stands at.
    between.is_some_and(|text| text.lines().count() <= 3 && !text.contains("graphwhy:") && !text.contains("```"))
}

fn module(command: &Command) -> Option<Span> {
    command.arguments.iter().find_map(|argument| {
        let texts = argument.value.as_ref()?.texts();
        let named = |text: &str| {
            let file = text.trim().rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
            let name = file.trim_end_matches(".psd1").trim_end_matches(".psm1");
            MODULES.iter().any(|module| module.eq_ignore_ascii_case(name))
        };
        texts.iter().any(|literal| named(&literal.text)).then_some(argument.span)
    })
}
