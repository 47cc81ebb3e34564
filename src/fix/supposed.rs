//! Which policy is effective for a user was not read: one fix for each that the read may show, instead of one that
//! opens all of them.

use uuid::Uuid;

use super::asked::Ask;
use super::command::Command;
use super::quote::literal;
use super::{Fix, Proof};
use crate::knowledge::Gate;
use crate::tenant::{EffectiveRead, Policy, Snapshot, Status, Via, name};

/// Of more policies than this none is planned for: the read comes first.
pub(super) const MOST: usize = 6;

/// The state in which a read shows this policy for the user.
fn suppose(snapshot: &Snapshot, read: &EffectiveRead) -> Snapshot {
    let mut supposed = snapshot.clone();
    supposed.effective.items.retain(|it| it.user_id != read.user_id);
    supposed.effective.items.push(read.clone());
    if supposed.effective.status == Status::Missing {
        supposed.effective.status = Status::Partial;
    }
    supposed
}

impl Proof {
    /// The state that the fix was planned for: what was read, and what its own read has to show.
    #[must_use]
    pub fn state<'s>(&self, snapshot: &'s Snapshot) -> std::borrow::Cow<'s, Snapshot> {
        use std::borrow::Cow;
        self.supposes.as_ref().map_or(Cow::Borrowed(snapshot), |read| Cow::Owned(suppose(snapshot, read)))
    }
}

/// The narrowest fixes for each of these policies: what adds the app to it, and for `Global` a policy of the user's own
/// first. `plan` plans for a state that tells which one is effective.
pub(super) fn fixes(ask: &Ask<'_>, user: Uuid, policies: &[&Policy], plan: impl Fn(&Ask<'_>) -> Vec<Fix>) -> Vec<Fix> {
    let mut found: Vec<(u8, Fix)> = Vec::new();
    for policy in policies {
        let global = name::is_global(&policy.name);
        let own = name::bare(&policy.name).to_owned();
        let read = EffectiveRead {
            user_id: user,
            policy: (!global).then_some(own),
            via: global.then_some(Via::Global),
            group_id: None,
            read_at: None,
            hides: Vec::new(),
        };
        let state = suppose(ask.snapshot, &read);
        let planned = plan(&Ask { snapshot: &state, ..ask.clone() });
        let mut planned: Vec<Fix> =
            planned.into_iter().filter(|fix| fix.steps.iter().any(|step| step.gate == Gate::Policy)).collect();
        let add = planned.iter().position(adds).map(|at| planned.remove(at));
        // A policy of the user's own reaches nobody else; beside a narrow policy it would only hide that.
        let other = planned.into_iter().next().filter(|_| global);
        let class = if global { 2 } else { 0 };
        found.extend(other.map(|fix| (1, given(fix, &read))));
        found.extend(add.map(|fix| (class, given(fix, &read))));
    }
    let gains = |fix: &Fix| fix.proof.as_ref().map(|proof| proof.effects.gains_total);
    crate::order::sort_by_key(&mut found, |(class, fix)| (takes(fix), *class, gains(fix)));
    found.into_iter().map(|(_, fix)| fix).collect()
}

fn takes(fix: &Fix) -> bool {
    fix.proof.as_ref().is_some_and(|proof| proof.effects.worsens())
}

/// Whether it changes what a policy lists, and no assignment.
fn adds(fix: &Fix) -> bool {
    let own = |command: &Command| matches!(command, Command::Grant { .. } | Command::NewPolicy { .. });
    fix.proof.as_ref().is_some_and(|proof| !proof.commands.iter().any(own))
}

/// The fix under its condition.
fn given(mut fix: Fix, read: &EffectiveRead) -> Fix {
    let policy = read.policy.as_deref();
    let shown = policy.map_or_else(
        || "no policy of the user, so that `Global` applies".to_owned(),
        |policy| format!("`{policy}` as the user's policy"),
    );
    fix.title = format!("{}, if the read shows {shown}", fix.title);
    if adds(&fix) && policy.is_some() {
        fix.note = "everybody who holds the policy gains the app, also those whose assignment was not read".to_owned();
    }
    let else_lost = if adds(&fix) { "" } else { "; where it shows one, the apps of that one would lose the user" };
    fix.assumes.insert(0, format!("the read shows {shown}{else_lost}"));
    let first = format!(
        "Get-CsUserPolicyAssignment -Identity {} -PolicyType ApplicationAccessPolicy",
        literal(&read.user_id.to_string())
    );
    for reads in [&mut fix.preconditions, &mut fix.verify] {
        reads.retain(|line| *line != first);
        reads.insert(0, first.clone());
    }
    if let Some(proof) = &mut fix.proof {
        proof.proved = false;
        proof.missing.push("which policy is effective was not read".to_owned());
        proof.supposes = Some(read.clone());
    }
    fix
}
