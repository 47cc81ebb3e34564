//! Why a result is as it is, in words.

use super::answer::Answer;
use super::matrix::Counts;
use super::row::Many;
use super::survey::{Reason, Via, deciding, first_cause, open_notes};
use crate::diagnose::{Finding, Outcome, Verdict};
use crate::knowledge::{Catalogue, Gate, Severity};
use crate::tenant::subject::{Resolved, unlisted};
use crate::tenant::{Level, Snapshot, Tri};
use uuid::Uuid;

pub(super) fn title(slug: &str, catalogue: &Catalogue) -> String {
    catalogue.cause(slug).map_or_else(|| slug.to_owned(), |cause| cause.title.to_string())
}

/// The first finding that is an error.
pub(super) fn error(findings: &[Finding]) -> Option<&str> {
    findings.iter().find(|finding| finding.severity == Severity::Error).map(|finding| finding.cause.as_ref())
}

/// Why there is nobody to ask about: no snapshot is chosen, or none tells who is meant.
#[must_use]
pub fn nobody(answer: &Answer<'_>) -> Option<String> {
    if answer.state.is_none() {
        return Some(uncovered(answer.tenant));
    }
    let app = (Some(answer.app_resolved), Some(&answer.app), "app");
    let user = (answer.user_resolved, answer.user.as_ref(), "user");
    [app, user].into_iter().find_map(|(resolved, subject, what)| {
        let subject = subject?;
        match resolved? {
            Resolved::Unlisted => Some(answer.state.map_or_else(
                || format!("no {what} is known as `{subject}`"),
                |(_, snapshot)| unlisted(snapshot, what == "app", subject),
            )),
            Resolved::Several(count) => {
                Some(format!("the snapshot lists {count} {what}s called `{subject}`; give the id"))
            }
            Resolved::Id(_) => None,
        }
    })
}

/// Without a tenant, one snapshot answers, or none of several.
fn uncovered(tenant: Option<Uuid>) -> String {
    match tenant {
        Some(_) => "no snapshot covers the tenant".to_owned(),
        None => "several snapshots are given, and no tenant is named: `--tenant` names it".to_owned(),
    }
}

pub(super) fn because(answer: &Answer<'_>, catalogue: &Catalogue) -> String {
    if let Some(words) = nobody(answer) {
        return words;
    }
    let (gates, _) = deciding(&answer.judgement);
    let cause = first_cause(&answer.judgement);
    match answer.verdict {
        Verdict::Allowed => {
            let skipped: Vec<&str> = answer
                .judgement
                .gates
                .iter()
                .filter(|gate| gate.outcome == Outcome::Skipped)
                .map(|gate| gate.gate.name())
                .collect();
            let skipped =
                if skipped.is_empty() { String::new() } else { format!(" (not asked: {})", skipped.join(", ")) };
            match error(&answer.judgement.findings) {
                Some(slug) => format!("no gate fails, yet {}{skipped}", title(slug, catalogue)),
                None => format!("nothing that was read forbids it{skipped}"),
            }
        }
        Verdict::Denied => match cause {
            Some(slug) => title(&slug, catalogue),
            None => {
                let failing = answer.judgement.gates.iter().find(|gate| gate.outcome == Outcome::Fail);
                let note = failing.map(|gate| gate.note.clone()).filter(|note| !note.is_empty());
                note.unwrap_or_else(|| format!("the {} gate fails", gate_names(&gates)))
            }
        },
        Verdict::Unknown => {
            let part = policy_part(answer).map_or(String::new(), |part| format!("; policy part: {part}"));
            format!("{}{part}", open_notes(&answer.judgement).join("; "))
        }
    }
}

pub(super) fn gate_names(gates: &[Gate]) -> String {
    gates.iter().map(|gate| gate.name()).collect::<Vec<_>>().join(" and ")
}

/// What the policy gate alone says of an unknown question; administrators often have this part only.
#[must_use]
pub fn policy_part(answer: &Answer<'_>) -> Option<&'static str> {
    let gate = answer.judgement.gates.iter().find(|gate| gate.gate == Gate::Policy)?;
    match gate.outcome {
        Outcome::Pass => Some("allowed"),
        Outcome::Fail => Some("denied"),
        Outcome::Unknown | Outcome::Skipped => None,
    }
}

impl Many<'_> {
    pub(super) fn because(&self, catalogue: &Catalogue) -> String {
        if self.state.is_none() {
            return uncovered(self.tenant);
        }
        if let Some(open) = &self.open {
            return open.clone();
        }
        let mut words = Vec::new();
        let Counts { allowed, denied, unknown } = self.counts;
        if self.reach {
            let open = if unknown > 0 { format!(", and perhaps {unknown} more") } else { String::new() };
            let yet = error(&self.findings).filter(|_| allowed > 0);
            let yet = yet.map_or(String::new(), |slug| format!(", yet {}", title(slug, catalogue)));
            return format!("the app reaches {allowed} of {} users{open}{yet}", self.counts.total());
        }
        words.push(format!("{allowed} allowed, {denied} denied, {unknown} unknown"));
        let mut told = self.reasons.iter().filter(|reason| reason.verdict == self.verdict);
        if let Some(first) = told.next() {
            let all = match first.verdict {
                Verdict::Allowed => allowed,
                Verdict::Denied => denied,
                Verdict::Unknown => unknown,
            };
            let count = if first.count == all { String::new() } else { format!("{} of {all} ", first.count) };
            words.push(format!("{count}{}: {}", first.verdict.name(), first.words(catalogue)));
        }
        if let Some(slug) = error(&self.findings).filter(|_| allowed > 0) {
            words.push(title(slug, catalogue));
        }
        match self.unlisted {
            Some(Verdict::Unknown) => {
                let why = self.users_age.as_ref().map_or(String::new(), |why| format!(" (the list of users: {why})"));
                words.push(format!("users who are not listed may differ{why}"));
            }
            Some(Verdict::Denied) => words.push("users who are not listed are denied too".to_owned()),
            Some(Verdict::Allowed) | None => {}
        }
        match self.future {
            Some(Verdict::Allowed) => words.push("users who are created later are allowed through `Global`".to_owned()),
            Some(Verdict::Unknown) => words.push("what users who are created later get is not known".to_owned()),
            Some(Verdict::Denied) | None => {}
        }
        words.join("; ")
    }
}

impl Reason {
    /// Why, in a few words.
    #[must_use]
    pub fn words(&self, catalogue: &Catalogue) -> String {
        let policy = self.policy.as_ref().map(|(policy, via)| {
            let via = match (via, self.groups.as_slice()) {
                (Via::Direct, _) => "assigned directly".to_owned(),
                (Via::Group, [group]) => format!("through group {group}"),
                (Via::Group, groups @ [_, _] | groups @ [_, _, _]) => {
                    format!("through one of the groups {}", groups.join(", "))
                }
                (Via::Group, _) => "through a group".to_owned(),
                (Via::Global, _) => "the tenant default".to_owned(),
                (Via::Unsaid, _) => "read as effective".to_owned(),
            };
            (policy, via)
        });
        match (self.verdict, policy) {
            (Verdict::Allowed, Some((policy, via))) => format!("`{policy}` ({via}) lists the app"),
            (Verdict::Allowed, None) => "nothing that was read forbids it".to_owned(),
            (Verdict::Denied, policy) => {
                let title = match &self.cause {
                    Some(slug) => title(slug, catalogue),
                    None => format!("the {} gate fails", gate_names(&self.gates)),
                };
                match policy {
                    Some((policy, via)) if self.cause.as_deref() == Some("policy-not-granted") => {
                        format!(
                            "`{policy}` ({via}) does not list the app; another policy does, which the user does not hold"
                        )
                    }
                    Some((policy, via)) => format!("`{policy}` ({via}) does not list the app: {title}"),
                    None => title,
                }
            }
            (Verdict::Unknown, _) => self.notes.join("; "),
        }
    }
}

/// How an assignment reaches its user, for people.
#[must_use]
pub fn level_words(level: Level, snapshot: Option<&Snapshot>) -> String {
    match level {
        Level::Direct => "assigned directly".to_owned(),
        Level::Group { group_id, rank } => {
            let group = group_id.map_or_else(
                || "a group".to_owned(),
                |id| {
                    snapshot
                        .map_or_else(|| format!("group {id}"), |snapshot| format!("group {}", snapshot.group_words(id)))
                },
            );
            rank.map_or_else(|| format!("through {group}"), |rank| format!("through {group}, rank {rank}"))
        }
        Level::Global => "the tenant default".to_owned(),
        Level::Unsaid => "read as effective".to_owned(),
    }
}

/// Whether a list has the app, for people.
#[must_use]
pub const fn lists_words(lists: Tri) -> &'static str {
    match lists {
        Tri::Yes => "lists the app",
        Tri::No => "does not list the app",
        Tri::Unknown => "may list the app",
    }
}
