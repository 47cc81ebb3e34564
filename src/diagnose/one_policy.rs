//! The policy that reads ask for, where the snapshot tells which one reaches the user and lists the app.

use super::{Case, Context, Question};
use crate::input::{Fact, Facts, Origin};
use crate::tenant::{Tri, View, name};

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

const SLOT: &str = "policy-name";
