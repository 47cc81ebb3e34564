//! What to find out next, in a report for people.

use super::again::Again;
use super::human::{BOLD, CYAN, DIM, INDENT, NAMES, Page, YELLOW};
use crate::diagnose::{Diagnosis, Finding, GateResult, IncidentVerdict, Outcome, READ_WHEN, SNAPSHOT_OF, WHEN};
use crate::input::TokenKind;
use crate::knowledge::{Confidence, Gate, read};
use crate::source::sanitise::{one_line, visible};

impl Page<'_> {
    /// What to find out next: the facts that the text lacks, and the reads that decide.
    pub(super) fn asks(&mut self, diagnosis: &Diagnosis, again: &Again) {
        let facts = &diagnosis.facts;
        let of = |gates: &[Gate]| {
            diagnosis.findings.iter().any(|it| gates.contains(&it.gate) && it.confidence > Confidence::Possible)
        };
        let policy = of(&[Gate::Policy, Gate::Time]);
        let of_app = facts.token_kind.as_ref().is_none_or(|kind| kind.value == TokenKind::App);
        if policy && facts.app_asked().is_none() {
            self.row(
                "missing",
                YELLOW,
                "the client id of the caller: `appid` (or `azp`) in its access token, and `--app` gives it; not `oid`, which is the object id of the service principal, nor the object id of the registration",
            );
        }
        if !policy && of_app && of(&[Gate::Permission]) && facts.app_asked().is_none() {
            self.row("missing", YELLOW, "the client id of the app: `--app` gives it");
        }
        if policy && diagnosis.user_id.is_none() && of_app {
            match facts.user_asked().1 {
                Some(name) => {
                    self.row(
                        "missing",
                        YELLOW,
                        &format!("the object id of the user `{}`: `--user` gives it", one_line(name)),
                    );
                }
                None => self.row("missing", YELLOW, "the object id of the user in the request path: `--user` gives it"),
            }
        }
        let of_request =
            |gate: &GateResult| gate.gate == Gate::Request && gate.outcome == Outcome::Unknown && facts.path.is_none();
        if diagnosis.verdict != IncidentVerdict::Explained && diagnosis.gates.iter().any(of_request) {
            self.row_whole(
                "missing",
                YELLOW,
                "the request: `--request \"GET https://graph.microsoft.com/…\"` gives it",
            );
        }
        let of_finding = |finding: &Finding| {
            let cause = finding.cause.clone();
            diagnosis.undecided.iter().filter(move |one| one.cause == cause)
        };
        let mut needs: Vec<&str> = Vec::new();
        for one in diagnosis.findings.iter().flat_map(of_finding).chain(&diagnosis.undecided) {
            if !needs.contains(&one.needs.as_ref()) {
                needs.push(&one.needs);
            }
        }
        // What the caller knows is cheaper than what an administrator has to read.
        crate::order::sort_by_key(&mut needs, |name| !matches!(*name, "caller" | "request" | WHEN | READ_WHEN));
        let elsewhere = diagnosis.gates.iter().find_map(|gate| gate.needs.as_deref()?.strip_prefix(SNAPSHOT_OF));
        if let Some(tenant) = elsewhere {
            // Whatever is read first is read there.
            let rest = if needs.is_empty() { "" } else { "; what follows is read there too" };
            self.row_whole("read next", CYAN, &format!("{SNAPSHOT_OF}{}{rest}", one_line(tenant)));
            let command = visible(&again.command("graphwhy explain --state FILE"));
            let command = self.paint(BOLD, &command);
            self.line(&format!("{INDENT}{:NAMES$} {command}", ""));
        }
        let limit = if self.look.verbose { needs.len() } else { 3 };
        for (index, name) in needs.iter().take(limit).enumerate() {
            let causes: Vec<&str> =
                diagnosis.undecided.iter().filter(|one| one.needs == *name).map(|one| one.cause.as_ref()).collect();
            let heading = if index == 0 && elsewhere.is_none() { "read next" } else { "then" };
            let more = if causes.len() > 3 { ", …" } else { "" };
            let causes: Vec<&str> = causes.into_iter().take(3).collect();
            let decides = format!("decides {}{more}", causes.join(", "));
            let Some(read) = read(name) else {
                self.row(heading, CYAN, &one_line(name));
                // What was changed about then may be on either side of it.
                let decides = if [WHEN, READ_WHEN].contains(name) {
                    decides.replacen("decides", "may decide", 1)
                } else {
                    decides
                };
                self.row("", DIM, &decides);
                continue;
            };
            self.row(heading, CYAN, &read.what);
            let command = visible(&again.command(&self.slots.fill(&read.command)));
            let command = self.paint(BOLD, &command);
            self.line(&format!("{INDENT}{:NAMES$} {command}", ""));
            let right =
                if read.right.starts_with("none") { String::new() } else { format!(" · needs {}", read.right) };
            self.row("", DIM, &format!("{decides}{right}"));
        }
        if needs.len() > limit {
            self.row("", DIM, &format!("--verbose names {} more", needs.len() - limit));
        }
    }
}
