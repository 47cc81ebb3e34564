//! Which of several causes comes first where nothing else tells them apart, and from when on a wait is over.

use super::read_time::SAME;
use super::{Finding, GateResult, Outcome};
use crate::fix::Fix;
use crate::input::Facts;
use crate::knowledge::{Confidence, Gate, Severity};
use crate::tenant::Snapshot;
use uuid::Uuid;

/// The causes of a change that may be on its way, by what was changed.
pub(super) const OF_POLICY: &str = "policy-still-propagating";
pub(super) const OF_GROUP: &str = "group-assignment-still-propagating";

/// The cause that waits for what keeps the time gate open, and until when; `None` where no such change is known.
pub(super) fn wait(gates: &[GateResult]) -> Option<(&'static str, Option<&str>)> {
    let gate = gates.iter().find(|gate| gate.gate == Gate::Time && gate.outcome == Outcome::Unknown)?;
    let mut changes = gate.evidence.iter().filter(|one| is_change(&one.object)).peekable();
    changes.peek()?;
    let cause = if changes.all(|one| is_of_group(&one.object)) { OF_GROUP } else { OF_POLICY };
    Some((cause, gate.until.as_deref()))
}

/// Whether evidence is of a change of policies or of who holds them: `direct `<user>``.
fn is_change(object: &str) -> bool {
    is_of_group(object) || ["policies `", "direct `", "effective `"].iter().any(|part| object.starts_with(part))
}

pub(super) fn is_of_group(object: &str) -> bool {
    ["members `", "groups `"].iter().any(|part| object.starts_with(part))
}

/// Of causes that are only possible the wait for a change that is known comes first, and last what the state speaks against
/// and what is no failure but a note.
pub(super) fn order(findings: &mut [Finding], gates: &[GateResult], app: Option<Uuid>, snapshot: Option<&Snapshot>) {
    let wait = wait(gates).filter(|(_, until)| until.is_some()).map(|(cause, _)| cause);
    let against = |cause: &str| snapshot.zip(app).is_some_and(|(snapshot, app)| speaks_against(cause, app, snapshot));
    let is_wait = |finding: &Finding| wait.is_some_and(|wait| finding.cause == wait);
    // What is likely has its own reasons to come first.
    let open = |it: &Finding| it.confidence == Confidence::Possible;
    let last = |it: &Finding| it.severity == Severity::Info || !is_wait(it) && against(&it.cause);
    let key = |it: &Finding| (std::cmp::Reverse(it.confidence), open(it) && !is_wait(it), open(it) && last(it));
    crate::order::sort_by_key(findings, key);
}

/// Whether complete lists have nothing of what a cause takes: no second registration of the app's name, no object id of
/// its own in a policy.
fn speaks_against(cause: &str, app: Uuid, snapshot: &Snapshot) -> bool {
    let (apps, policies) = (&snapshot.apps, &snapshot.policies);
    let Some(own) = apps.known().iter().find(|it| it.app_id == app) else { return false };
    match cause {
        "another-registration-listed" => {
            let name = own.name.as_deref().map(|name| name.trim().to_lowercase());
            let is_same = |it: &&crate::tenant::App| it.name.as_deref().map(|name| name.trim().to_lowercase()) == name;
            apps.is_complete() && name.is_some() && apps.known().iter().filter(is_same).count() == 1
        }
        "object-id-in-app-ids" => {
            let ids = [own.service_principal_id, own.application_object_id];
            let listed = |id: &Uuid| policies.known().iter().any(|policy| policy.app_ids.contains(id));
            policies.is_complete() && ids.iter().all(Option::is_some) && !ids.iter().flatten().any(listed)
        }
        _ => false,
    }
}

/// Whether what was read of the policies and assignments is of the failure's time, or of a later one.
pub(super) fn is_newest(snapshot: Option<&Snapshot>, facts: &Facts) -> bool {
    let Some((snapshot, at)) = snapshot.zip(facts.moment) else { return false };
    let parts =
        [snapshot.policies.read_at, snapshot.direct.read_at, snapshot.groups.read_at, snapshot.effective.read_at];
    let reads = || parts.into_iter().flatten().chain(snapshot.taken_at);
    reads().next().is_some() && reads().all(|read| read.as_second() >= at.latest - SAME)
}

/// A wait begins with a change whose time is known: then it ends at a known time too.
pub(super) fn date_waits(fixes: &mut [Fix], gates: &[GateResult]) {
    let Some((cause, Some(until))) = wait(gates) else { return };
    let changes = |fix: &Fix| fix.steps.iter().any(|step| step.commands.iter().any(|line| line.contains("-Cs")));
    for fix in fixes.iter_mut().filter(|fix| fix.cause == cause && fix.effective_from.is_some()) {
        if !changes(fix) {
            fix.effective_from = Some(until.to_owned());
        }
    }
}
