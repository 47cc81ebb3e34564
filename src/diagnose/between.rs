//! A failure between two reads, of which the earlier one refuses the call and the later one does not: what the earlier
//! state lacks is likely, and what neither of them lacks is none of its causes.

use jiff::Timestamp;

use super::gates::time::{minute, subject};
use super::read_time::is_by_reads;
use super::{Context, Finding, Judgement, Outcome, Question, RuledOut, judge};
use crate::input::Facts;
use crate::knowledge::{Confidence, Gate};
use crate::tenant::{self, Change, Told};

/// The state that was read before the failure.
pub(super) struct Between {
    earlier: Judgement,
    /// What was changed until the later read.
    pub(super) changes: Vec<Change>,
}

/// The earlier state, where changes that may be before or after the failure are all that was changed since.
pub(super) fn find(question: &Question, context: Context<'_>, facts: &Facts, now: Outcome) -> Option<Between> {
    let (snapshot, at) = context.snapshot.zip(facts.moment).filter(|_| now == Outcome::Pass)?;
    let is_open = |change: &Change| {
        change.not_before.is_some_and(|first| first.as_second() < at.latest)
            && change.not_after.is_some_and(|last| last.as_second() > at.earliest)
    };
    let open = snapshot.history.iter().filter(|change| is_by_reads(change) && is_open(change));
    let first: Timestamp = open.filter_map(|change| change.not_before).min()?;
    let since = |change: &&Change| change.not_before.is_some_and(|time| time >= first);
    if snapshot.history.iter().filter(since).any(|change| !is_open(change)) {
        return None;
    }
    let (state, changes) = tenant::undo(snapshot, first, facts.user_asked().0, Told::ByReads)?;
    let earlier = judge(question, Some(&state), context.catalogue);
    (earlier.outcome(Gate::Policy) == Outcome::Fail).then_some(Between { earlier, changes })
}

impl Between {
    /// What the earlier state lacks.
    pub(super) fn proved(&self) -> Vec<Finding> {
        let Some(last) = self.changes.iter().max_by_key(|change| change.not_after) else { return Vec::new() };
        let time = |time: Option<Timestamp>, up: bool| {
            time.map_or_else(String::new, |time| minute(time, up).strftime("%Y-%m-%d %H:%M UTC").to_string())
        };
        let what = subject(last);
        let verb = if what.ends_with('s') { "were" } else { "was" };
        let of_policy = self.earlier.findings.iter().filter(|finding| finding.gate == Gate::Policy);
        let mut found: Vec<Finding> =
            of_policy.filter(|finding| finding.confidence == Confidence::Certain).cloned().collect();
        for finding in &mut found {
            finding.confidence = Confidence::Likely;
            finding.explanation = format!(
                "it was so when the state was read at {}; {what} {verb} changed by {}, before the failure or after it",
                time(last.not_before, false),
                time(last.not_after, true),
            );
        }
        found
    }

    /// What neither state lacks is ruled out, as far as the later one is of the time of the failure (`is_then`); what the
    /// earlier one lacks is said as such.
    pub(super) fn settle(
        &self,
        findings: &mut Vec<Finding>,
        ruled_out: &mut Vec<RuledOut>,
        proved: &[Finding],
        is_then: bool,
    ) {
        findings.retain_mut(|finding| {
            if finding.gate != Gate::Policy || finding.confidence == Confidence::Certain {
                return true;
            }
            if proved.iter().any(|it| it.cause == finding.cause) {
                finding.explanation.clear();
                return true;
            }
            let out = self.excludes(&finding.cause).filter(|_| is_then);
            let keep = out.is_none();
            ruled_out.extend(out);
            keep
        });
    }

    /// Why the earlier state excludes a cause.
    fn excludes(&self, cause: &str) -> Option<RuledOut> {
        let certain =
            |by: &str| self.earlier.findings.iter().any(|it| it.cause == by && it.confidence == Confidence::Certain);
        let out = self.earlier.ruled_out.iter().find(|out| out.cause == cause)?;
        let by = out.by.as_deref().is_none_or(certain);
        by.then(|| RuledOut {
            reason: "by neither of the two reads around the failure".into(),
            by: None,
            ..out.clone()
        })
    }
}
