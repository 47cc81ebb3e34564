//! The command that failed, as the console shows it above or below its error: whom it named is no hole of a fix.

use uuid::Uuid;

use super::Finding;
use crate::fix::Fix;
use crate::input::{Fact, Facts, Span};
use crate::knowledge::{Gate, Symptom, Text, read};
use crate::source::slice;

/// The cmdlets of the application access policies, in any case.
const FAMILY: &str = "csapplicationaccesspolicy";
/// A command is not longer than this.
const REACH: usize = 1_000;

/// Names what the failed command names, for slots that nothing else fills.
pub(super) fn name(facts: &mut Facts, text: &str, symptoms: &[(&Symptom, Span)]) {
    let Some((_, span)) = symptoms.first() else { return };
    for (start, line) in shown(text, *span) {
        let Some(command) = Command::of(line) else { continue };
        for (slot, value) in command.values() {
            let known = match slot {
                "app-id" => facts.app_asked().is_some(),
                "user-id" => facts.user_asked() != (None, None),
                _ => false,
            };
            if !known && !facts.named.iter().any(|(name, _)| *name == slot) {
                let at = start + value.start;
                let fact = Fact::text(slice(line, value.start..value.end).to_owned(), Span::new(at, at + value.len()));
                facts.named.push((slot.into(), fact));
            }
        }
    }
}

/// Whether a fix changes application access policies, or takes such a change back.
pub(super) fn is_of_policies(fix: &Fix) -> bool {
    let commands = fix.steps.iter().flat_map(|step| &step.commands).chain(&fix.undo);
    commands.into_iter().any(|command| is_of_family(command))
}

/// Drops what is changed of a command, where a call to Graph failed and its cause has another repair.
pub(super) fn drop_of_command(fixes: &mut Vec<Fix>, findings: &[Finding]) {
    let of_command = |fix: &Fix| fix.steps.iter().all(|step| step.gate == Gate::Cmdlet);
    let others: Vec<Text> = fixes.iter().filter(|fix| !of_command(fix)).map(|fix| fix.cause.clone()).collect();
    let of_call = |fix: &Fix| findings.iter().any(|it| it.cause == fix.cause && it.gate != Gate::Cmdlet);
    fixes.retain(|fix| !(of_command(fix) && of_call(fix) && others.contains(&fix.cause)));
}

/// Whether a fix sends another request for a meeting.
pub(super) fn is_of_a_call(fix: &Fix) -> bool {
    fix.steps.iter().flat_map(|step| &step.commands).any(|command| command.contains("https://graph."))
}

/// Whether a read is of application access policies.
pub(super) fn reads_policies(needs: &str) -> bool {
    read(needs).is_some_and(|read| is_of_family(&read.command) || read.command.contains("ApplicationAccessPolicy"))
}

fn is_of_family(text: &str) -> bool {
    text.to_ascii_lowercase().contains(FAMILY)
}

/// The line above an error, and the lines below it that quote the command: `+ …`, `1 | …`; each with its place.
fn shown(text: &str, error: Span) -> impl Iterator<Item = (usize, &str)> {
    let before = slice(text, error.start.saturating_sub(REACH)..error.start);
    let own = error.start - before.rsplit('\n').next().unwrap_or_default().len();
    let above = slice(text, error.start.saturating_sub(REACH)..own).trim_end();
    let above = above.rsplit('\n').next().unwrap_or_default();
    // A line of which the start is not shown, or another error, is no command.
    let above_at = slice(text, 0..own).trim_end().len() - above.len();
    let below = slice(text, error.end..error.end.saturating_add(REACH));
    let mut at = error.end;
    let quoted = below.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    });
    let quoted = quoted.skip(1).take_while(|(_, line)| !line.trim().is_empty());
    let is_quote = |line: &str| {
        let line = line.trim_start();
        let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
        line.starts_with("+ ") || digits.len() < line.len() && digits.trim_start().starts_with('|')
    };
    std::iter::once((above_at, above)).chain(quoted.filter(move |(_, line)| is_quote(line)))
}

/// One command of the family, with what stands behind its name.
struct Command<'t> {
    /// In lower case.
    verb: String,
    line: &'t str,
    /// Where its parameters begin.
    from: usize,
}

impl<'t> Command<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let lower = line.to_ascii_lowercase();
        let at = lower.find(FAMILY)?;
        let from = at + FAMILY.len();
        let verb = lower.get(..at)?.strip_suffix('-')?;
        let verb = verb.rsplit(|c: char| !c.is_ascii_alphabetic()).next()?.to_owned();
        // An error begins `Verb-Noun : `.
        let is_command = lower.get(from..)?.starts_with(" -") && !verb.is_empty();
        is_command.then_some(Self { verb, line, from })
    }

    /// Ids by the slots that they fill.
    fn values(&self) -> impl Iterator<Item = (&'static str, Span)> {
        let grants = self.verb == "grant";
        let of_user = grants.then_some(("user-id", "-identity"));
        let of_group = grants.then_some(("group-id", "-group"));
        let of_app = (!grants).then_some(("app-id", "-appids"));
        let all = [of_user, of_group, of_app].into_iter().flatten();
        all.filter_map(|(slot, parameter)| Some((slot, self.id(parameter)?)))
    }

    /// The one id that a parameter is given; a list, a variable and a name are none.
    fn id(&self, parameter: &str) -> Option<Span> {
        let lower = self.line.to_ascii_lowercase();
        let rest = lower.get(self.from..)?;
        let at = rest.match_indices(parameter).map(|(at, _)| at + parameter.len());
        let at = self.from + at.into_iter().find(|at| rest.get(*at..).is_some_and(|it| it.starts_with([' ', ':'])))?;
        let value = self.line.get(at..)?.trim_start_matches([' ', ':', '"', '\'']);
        let start = self.line.len() - value.len();
        let id = value.get(..36).filter(|id| Uuid::try_parse(id).is_ok_and(|id| !id.is_nil()))?;
        let ends = value.get(36..)?.trim_start_matches(['"', '\'']);
        let alone = ends.is_empty() || ends.starts_with(char::is_whitespace) && !ends.trim_start().starts_with(',');
        alone.then(|| Span::new(start, start + id.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4b1634c5-759c-48d4-9589-a5919513f96c";

    fn named(text: &str) -> Vec<String> {
        let at = text.find("not found").unwrap_or_default();
        shown(text, Span::new(at, at + 9))
            .filter_map(|(start, line)| {
                let command = Command::of(line)?;
                let values: Vec<String> = command
                    .values()
                    .map(|(slot, span)| format!("{slot} {}", slice(text, start + span.start..start + span.end)))
                    .collect();
                Some(values)
            })
            .flatten()
            .collect()
    }

    #[test]
    fn a_command_names_whom_it_is_for() {
        let user = format!("user-id {ID}");
        for (text, expected) in [
            (
                format!(
                    "X : not found\nAt line:1 char:1\n+ Grant-CsApplicationAccessPolicy -PolicyName R -Identity \"{ID}\"\n+ ~~~"
                ),
                vec![user.clone()],
            ),
            (
                format!("PS> grant-csapplicationaccesspolicy -Identity:'{ID}' -PolicyName R\n\nX : not found"),
                vec![user.clone()],
            ),
            (
                format!(
                    "X: not found\nLine |\n   1 |  Grant-CsApplicationAccessPolicy -Group {ID} -PolicyName R -Rank 1\n"
                ),
                vec![format!("group-id {ID}")],
            ),
            (
                format!("PS> New-CsApplicationAccessPolicy -Identity R -AppIds \"{ID}\"\nX : not found"),
                vec![format!("app-id {ID}")],
            ),
            (format!("PS> New-CsApplicationAccessPolicy -Identity R -AppIds {ID}, {ID}\nX : not found"), vec![]),
            (format!("PS> Set-CsApplicationAccessPolicy -Identity R -AppIds @{{Add=\"{ID}\"}}\nX : not found"), vec![]),
            (format!("PS> Grant-CsApplicationAccessPolicy -Identity $id -PolicyName {ID}\nX : not found"), vec![]),
            (format!("PS> Grant-CsTeamsMeetingPolicy -Identity {ID} -PolicyName R\nX : not found"), vec![]),
            // The command of another failure.
            (format!("X : not found\n\nPS> Grant-CsApplicationAccessPolicy -Identity {ID} -PolicyName R"), vec![]),
        ] {
            assert_eq!(named(&text), expected, "{text}");
        }
    }
}
