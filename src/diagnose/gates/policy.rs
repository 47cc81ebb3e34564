//! The application access policy: the one that is effective for the user lists the app.

use crate::diagnose::case::{Case, UNNAMED};
use crate::diagnose::facts::policy::{Asked, app_ids};
use crate::diagnose::gates::time::unknown_before;
use crate::diagnose::{Evidence, GateResult, Outcome};
use crate::knowledge::Gate;
use crate::tenant::{Assignment, Change, Content, Level, Tri, name};

/// The gate, apart from any alternative.
#[must_use]
pub fn judge(case: &Case<'_>) -> GateResult {
    let gate = |outcome| GateResult::new(Gate::Policy, outcome);
    let facts = &case.policy;
    let result = match (facts.asked, facts.lists) {
        (Asked::No, _) if case.delegated => {
            return gate(Outcome::Skipped).noting("a delegated call is not asked for the policy");
        }
        (Asked::No, _) => return gate(Outcome::Skipped).noting("the policy is not asked for this operation"),
        (Asked::Filters, Tri::Yes) | (Asked::Yes | Asked::Unsure, Tri::Yes) => gate(Outcome::Pass),
        (Asked::Filters, Tri::No | Tri::Unknown) => {
            gate(Outcome::Pass).noting("the list leaves out what the policy does not cover; it is not refused")
        }
        (Asked::Yes, Tri::No) => gate(Outcome::Fail),
        (Asked::Yes | Asked::Unsure, Tri::Unknown) if later(case).is_some() => {
            return later(case)
                .map_or_else(|| gate(Outcome::Unknown), |change| unknown_before(case, Gate::Policy, change));
        }
        (Asked::Yes | Asked::Unsure, Tri::Unknown) => {
            gate(Outcome::Unknown).needing(needs(case)).noting(case.other_creator().unwrap_or_default())
        }
        (Asked::Unsure, Tri::No) if case.operation.is_none() => gate(Outcome::Unknown)
            .needing("request")
            .noting("the effective policy does not list the app; whether it is asked depends on the operation"),
        (Asked::Unsure, Tri::No) => gate(Outcome::Unknown)
            .needing("a call itself: no document says whether the policy is asked for this operation")
            .noting("the effective policy does not list the app; no document says whether it is asked"),
    };
    evidence(case).into_iter().fold(result, GateResult::with)
}

/// The change after the question's time that leaves it open.
fn later<'a>(case: &Case<'a>) -> Option<&'a Change> {
    case.policy.effective.later_for(case.view, case.app_id?)
}

fn needs(case: &Case<'_>) -> &'static str {
    if case.app_id.is_none() {
        "caller"
    } else if case.user_id.is_none() {
        // Where nobody has read the policies, their content may decide it without the user.
        match case.policy.effective.needs(case.view) {
            "user" => case.needs_user(),
            read => read,
        }
    } else {
        case.policy.effective.needs(case.view)
    }
}

fn evidence(case: &Case<'_>) -> Vec<Evidence> {
    let effective = &case.policy.effective;
    if case.user_id.is_none() {
        let policies = &case.view.snapshot().policies;
        let everywhere = policies.is_complete() && case.policy.lists == Tri::No;
        let words = match case.policy.anywhere {
            Tri::No => "no policy lists the app",
            Tri::Yes | Tri::Unknown => "no policy that is assigned to anybody lists the app",
        };
        return everywhere.then(|| Evidence::read(policies, "policies", "app_ids", words)).into_iter().collect();
    }
    let current = effective.candidates.iter().flat_map(|assignment| assignment_evidence(case, assignment));
    current.chain(overtaken(case)).collect()
}

/// Why a read of what is effective does not count.
pub(in crate::diagnose) const OVERTAKEN: &str = "an assignment was changed since, so that it does not count";

/// Reads of the user's effective policy that do not count, since an assignment was changed after them.
fn overtaken<'a>(case: &Case<'a>) -> impl Iterator<Item = Evidence> + use<'a> {
    let snapshot = case.view.snapshot();
    case.user_id.into_iter().flat_map(|user| snapshot.overtaken_of(user)).map(|read| {
        let policy = read.policy.as_deref().unwrap_or(name::GLOBAL);
        let at = read.read_at.map_or_else(String::new, |at| format!(" at {at}"));
        let value = format!("{policy}, as read{at}: {OVERTAKEN}");
        let source = snapshot.effective.source.as_deref().unwrap_or("snapshot");
        // Its time is in the words: nothing rests on it.
        Evidence::of(format!("user `{}`", read.user_id), "effective policy", value, source, None)
    })
}

/// An assignment and the policy that it names, as evidence.
#[must_use]
pub fn assignment_evidence(case: &Case<'_>, assignment: &Assignment<'_>) -> Vec<Evidence> {
    let snapshot = case.view.snapshot();
    let mut evidence = Vec::new();
    let user = case.user_id.map_or_else(|| "user".to_owned(), |id| format!("user `{id}`"));
    let policy = assignment.policy;
    if case.policy.effective.by_read {
        // Each read has its own time, and one without any takes none from the others.
        let part = &snapshot.effective;
        let reads = case.user_id.map(|user| case.view.effective_reads(user)).unwrap_or_default();
        let read_at = reads.iter().map(|read| read.read_at.or(part.read_at)).min().unwrap_or(part.read_at);
        let source = part.source.as_deref().unwrap_or(UNNAMED);
        evidence.push(Evidence::of(user, "effective policy", policy, source, read_at));
    } else {
        match assignment.level {
            Level::Direct => evidence.push(Evidence::read(&snapshot.direct, user, "direct policy", policy)),
            Level::Group { group_id: Some(id), rank } => {
                let rank = rank.map_or_else(|| "rank not known".to_owned(), |rank| format!("rank {rank}"));
                evidence.push(Evidence::read(
                    &snapshot.groups,
                    format!("group `{id}`"),
                    "policy",
                    format!("{policy}, {rank}"),
                ));
            }
            Level::Group { group_id: None, .. } | Level::Global | Level::Unsaid => {}
        }
    }
    let value = match assignment.content {
        Content::Listed(policy) => app_ids(policy),
        Content::Dangling => "not in the complete list of policies".to_owned(),
        Content::Unread => return evidence,
    };
    evidence.push(Evidence::read(&snapshot.policies, format!("policy `{policy}`"), "app_ids", value));
    evidence
}
