//! Fixes in a report for people: who gains and who loses, and the commands flush left.

use super::effects;
use super::human::{BOLD, DIM, GREEN, INDENT, Page, RED, YELLOW};
use super::wrapped::wrap;
use crate::diagnose::{Diagnosis, IncidentVerdict};
use crate::fix::{Fix, rights};
use crate::knowledge::{Confidence, Gate};
use crate::source::sanitise::{one_line, visible};

impl Page<'_> {
    pub(super) fn fixes(&mut self, diagnosis: &Diagnosis) {
        let certain = diagnosis.verdict == IncidentVerdict::Explained;
        // A wait that is as likely as the first finding costs nothing, and comes before a change.
        let waits = |fix: &Fix| {
            let sure = |cause: &str| diagnosis.findings.iter().find(|it| it.cause == cause).map(|it| it.confidence);
            let first = diagnosis.fixes.first().is_some_and(|first| first.cause == fix.cause);
            let as_sure =
                sure(&fix.cause).is_some_and(|own| diagnosis.findings.first().map(|it| it.confidence) == Some(own));
            !certain && first && as_sure && fix.steps.iter().all(|step| step.gate == Gate::Time)
        };
        let mut wanted: Vec<&Fix> = diagnosis
            .fixes
            .iter()
            .filter(|fix| {
                self.look.verbose
                    || waits(fix)
                    || diagnosis.findings.iter().enumerate().any(|(index, finding)| {
                        finding.cause == fix.cause
                            && (index == 0 || certain && finding.confidence == Confidence::Certain)
                    })
            })
            .collect();
        // Who is not there is looked up before anything is changed for them.
        let lookup = diagnosis.fixes.first().filter(|fix| {
            ["user-unknown", "app-unknown-in-tenant"].contains(&fix.cause.as_ref())
                && !wanted.is_empty()
                && !wanted.iter().any(|it| it.cause == fix.cause)
        });
        if let Some(lookup) = lookup {
            wanted.insert(0, lookup);
        }
        // What another gate's fix repairs has none of its own.
        let of_another = wanted.is_empty();
        if of_another {
            wanted.extend(diagnosis.fixes.first());
        }
        let causes = |fix: &&Fix| wanted.iter().any(|it| it.cause == fix.cause);
        let count = if of_another { diagnosis.fixes.iter().filter(causes).count() } else { wanted.len() };
        for (index, fix) in wanted.iter().enumerate() {
            let whole = index == 0 || self.look.verbose;
            if index < 2 || whole {
                self.blank();
            }
            let of_next =
                index.checked_sub(1).and_then(|last| wanted.get(last)).is_none_or(|last| last.cause != fix.cause);
            if of_another || index == 0 && lookup.is_some() {
                self.also_in_the_way(diagnosis, fix);
            } else if of_next && !certain {
                self.plain(&format!("if it is {}:", fix.cause));
            }
            let own = certain && self.look.verbose && index > 0;
            let condition = if own { format!(" ({})", fix.cause) } else { String::new() };
            self.fix(fix, &format!("fix {} of {count}", index + 1), &condition, whole);
        }
        if !self.look.verbose && diagnosis.fixes.len() > 1 {
            let words = if diagnosis.fixes.len() > wanted.len() {
                "--verbose prints all fixes, also those of the other causes"
            } else {
                "--verbose prints all fixes"
            };
            self.dim(words);
        }
    }

    /// That a fix is of another cause than the first, and what it is good for.
    fn also_in_the_way(&mut self, diagnosis: &Diagnosis, fix: &Fix) {
        let title = one_line(&self.title(&fix.cause));
        let Some(words) = effects::also(diagnosis, fix, &title) else { return };
        self.plain(&words);
    }

    /// One fix: its title with who gains and loses, and where it is drawn `whole`, its commands flush left.
    pub(super) fn fix(&mut self, fix: &Fix, number: &str, condition: &str, whole: bool) {
        let heading = self.paint(if whole { BOLD } else { DIM }, number);
        let indent = INDENT.len() + number.chars().count() + 2;
        let words = format!("{}{}{condition}", one_line(&fix.title), effects::effects(fix));
        for (index, part) in wrap(&words, self.look.width.saturating_sub(indent).max(20)).iter().enumerate() {
            let start = if index == 0 { format!("{INDENT}{heading}  ") } else { " ".repeat(indent) };
            self.line(&format!("{start}{part}"));
        }
        // What is taken from somebody is told wherever the fix is named.
        for loss in effects::losses(fix, if self.look.verbose { usize::MAX } else { 5 }) {
            self.row("loses", RED, &loss);
        }
        for broken in fix.proof.iter().flat_map(|proof| &proof.breaks) {
            self.row(broken.fate.name(), RED, &effects::broken_words(broken));
        }
        if !whole {
            return;
        }
        if !fix.note.is_empty() {
            self.dim(&one_line(&fix.note));
        }
        for gain in effects::gains(fix, if self.look.verbose { usize::MAX } else { 3 }) {
            self.row("gains", GREEN, &gain);
        }
        for assumed in &fix.assumes {
            self.row("assumes", YELLOW, &one_line(assumed));
        }
        self.commands("read first", "", &fix.preconditions, &fix.prose);
        let steps: Vec<String> = fix.steps.iter().flat_map(|step| step.commands.clone()).collect();
        let rights = rights(fix);
        let needs = if rights.is_empty() { String::new() } else { format!("needs {}", rights.join(" and ")) };
        self.commands("change", &needs, &steps, &fix.prose);
        for request in fix.steps.iter().filter_map(|step| step.request.as_ref()) {
            self.commands("or by request", "", &request.lines().map(str::to_owned).collect::<Vec<_>>(), &[]);
        }
        if fix.verify == fix.preconditions && !fix.verify.is_empty() {
            self.row("verify", DIM, "read the same again");
        } else {
            self.commands("verify", "", &fix.verify, &fix.prose);
        }
        self.commands("undo", "", &fix.undo, &fix.prose);
        if let Some(from) = &fix.effective_from {
            self.row("retry from", DIM, &retry(from));
        }
    }

    /// Lines below a name: commands flush left and never broken, since they are copied; words for people stand behind
    /// the name, as other words do.
    fn commands(&mut self, name: &str, needs: &str, lines: &[String], prose: &[String]) {
        if lines.is_empty() {
            return;
        }
        let mut named = !needs.is_empty();
        if named {
            self.row_whole(name, DIM, needs);
        }
        for line in lines {
            if prose.contains(line) {
                self.row_whole(if named { "" } else { name }, DIM, &one_line(line));
            } else {
                if !named {
                    let name = self.paint(DIM, name);
                    self.line(&format!("{INDENT}{name}"));
                }
                let line = self.paint(BOLD, &visible(line));
                self.out.push_str(&line);
                self.out.push('\n');
            }
            named = true;
        }
    }
}

/// From when a retry makes sense, in words.
pub(super) fn retry(from: &str) -> String {
    match from.strip_prefix("PT").and_then(|rest| rest.split_at_checked(rest.len().saturating_sub(1))) {
        Some(("1", "H")) => "1 hour after the change".to_owned(),
        // The wait that the answer itself names.
        Some(("1", "S")) => "1 second after the answer".to_owned(),
        Some((count, "S")) => format!("{count} seconds after the answer"),
        Some((count, "M")) => format!("{count} minutes after the change"),
        Some((count, "H")) => format!("{count} hours after the change"),
        _ => from.to_owned(),
    }
}
