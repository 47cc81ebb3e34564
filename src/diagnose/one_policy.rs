//! The policy that reads ask for, where the snapshot tells which one reaches the user and lists the app.

use super::facts::policy::Asked;
use super::{Case, Context, Question};
use crate::fix::template::Slots;
use crate::input::{Fact, Facts, Origin};
use crate::knowledge::Catalogue;
use crate::tenant::{Content, Snapshot, Tri, View, name};

/// Names the effective policy where it lists the app: it is the one whose change may be on its way.
pub(super) fn name(facts: &mut Facts, question: &Question, context: Context<'_>) {
    let Some(snapshot) = context.snapshot.filter(|_| !facts.named.iter().any(|(slot, _)| *slot == SLOT)) else {
        return;
    };
    let view = View::new(snapshot);
    let case = Case::new(question, &view, context.catalogue);
    let Some(effective) = case.policy.effective.known().filter(|_| case.policy.lists == Tri::Yes) else { return };
    let value = name::bare(effective.policy).to_owned();
    facts.named.push((SLOT.into(), Fact { value, span: None, origin: Origin::Option }));
}

/// Whether the effective policy lists the app, by the state that was read.
pub(super) fn is_listed(question: &Question, context: Context<'_>) -> bool {
    let Some(snapshot) = context.snapshot else { return false };
    let view = View::new(snapshot);
    let policy = Case::new(question, &view, context.catalogue).policy;
    policy.lists == Tri::Yes && policy.asked != Asked::Filters
}

/// The cause of an assignment whose policy is not there.
pub(super) const MISSING: &str = "granted-policy-does-not-exist";

/// A policy that is assigned and not there is created by the name that the assignment has.
pub(super) fn with_missing(slots: &Slots, question: &Question, context: Context<'_>) -> Slots {
    let mut slots = slots.clone();
    slots.text(SLOT, context.snapshot.and_then(|it| missing(question, it, context.catalogue)));
    slots
}

/// The name of the policy that the user's one assignment names, and that the complete list of policies lacks.
fn missing(question: &Question, snapshot: &Snapshot, catalogue: &Catalogue) -> Option<String> {
    let view = View::new(snapshot);
    let case = Case::new(question, &view, catalogue);
    let mut dangling = case.policy.effective.candidates.iter().filter(|it| it.content == Content::Dangling);
    let first = name::bare(dangling.next()?.policy);
    // Of several nobody knows which is meant.
    dangling.all(|it| name::same(it.policy, first)).then(|| first.to_owned())
}

const SLOT: &str = "policy-name";
