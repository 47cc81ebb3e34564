//! The fixes of an incident: plans that the snapshot proves, and templates for what they leave.

use super::{Context, Finding, Question, creator, one_policy};
use crate::fix::template::Slots;
use crate::fix::{self, Fix};
use crate::input::{Asked, Facts};
use crate::knowledge::Gate;
use crate::tenant::{AbsentKind, Snapshot};

/// What repairs the findings: plans that the snapshot proves, and templates for what they leave. `plans` is the snapshot,
/// where a change of the tenant may help at all.
pub(super) fn fixes_of(
    findings: &[Finding],
    question: &Question,
    plans: Option<&Snapshot>,
    context: Context<'_>,
    facts: &Facts,
) -> Vec<Fix> {
    // No command names a user who is not the creator of the event that the call is about.
    let of_another = context.snapshot.and_then(|snapshot| creator(question, snapshot, question.operation));
    let of_another = of_another.filter(|creator| question.user_id.is_some_and(|user| user != *creator));
    let without_user = of_another.map(|_| nobody(facts));
    let facts = without_user.as_ref().unwrap_or(facts);
    let planned =
        plans.map_or_else(Vec::new, |snapshot| fix::for_incident(question, snapshot, context.catalogue, findings));
    let lacks = |kind, id: Option<_>| context.snapshot.zip(id).is_some_and(|(it, id)| it.lacks(kind, id));
    let no_user = lacks(AbsentKind::User, question.user_id);
    // Graph asks for the policy of a call that came with a token: the app is there, whatever the list says.
    let no_app = lacks(AbsentKind::App, question.app_id);
    let absent = no_user || no_app && !question.policy_asked;
    let is_planned =
        |finding: &Finding| planned.iter().flat_map(|fix| &fix.steps).any(|step| step.gate == finding.gate);
    let causes = findings
        .iter()
        // No policy helps an app or a user that the tenant does not have.
        .filter(|finding| !absent || finding.gate != Gate::Policy)
        // What a plan repairs in this tenant needs no template with holes.
        .filter(|finding| !is_planned(finding))
        .filter_map(|finding| context.catalogue.cause(&finding.cause));
    let slots = Slots::of(facts);
    let of_missing = one_policy::with_missing(&slots, question, context);
    let causes = causes.map(|cause| (cause, if cause.slug == one_policy::MISSING { &of_missing } else { &slots }));
    // Which app it is comes before what the policy takes.
    let mut causes: Vec<_> = causes.collect();
    crate::order::sort_by_key(&mut causes, |(cause, _)| !(no_app && cause.slug == "app-unknown-in-tenant"));
    let mut templates = fix::of_causes(causes.into_iter(), facts, context.snapshot);
    let first = findings.first().filter(|first| no_user && first.gate == Gate::Policy && question.policy_asked);
    if let Some(first) = first.and_then(|first| context.catalogue.cause(&first.cause)) {
        // What the headline takes, for the user who is to be looked up first.
        let nobody = nobody(facts);
        templates.extend(fix::of_causes([(first, &Slots::of(&nobody))].into_iter(), &nobody, context.snapshot));
    }
    templates.retain(|fix| !fix::grants_global(fix));
    if let Some(snapshot) = context.snapshot {
        templates.retain(|fix| !fix::is_void(fix, snapshot));
        for fix in &mut templates {
            fix::give_back(fix, snapshot);
            fix::free_name(fix, snapshot);
        }
    }
    let mut fixes: Vec<Fix> = planned.into_iter().chain(templates).collect();
    // In the order of the findings; but which app and user it is comes before what the policy takes.
    let found = |fix: &Fix| findings.iter().enumerate().find(|(_, finding)| finding.cause == fix.cause);
    let is_whom = |fix: &Fix| no_app && fix.cause == "app-unknown-in-tenant" || no_user && fix.cause == "user-unknown";
    crate::order::sort_by_key(&mut fixes, |fix| {
        let (place, sure) = found(fix).map_or((findings.len(), None), |(place, it)| (place, Some(it.confidence)));
        (!is_whom(fix), std::cmp::Reverse(sure), place)
    });
    fixes
}

/// The facts of a call without its user, so that no command names somebody who does not exist.
fn nobody(facts: &Facts) -> Facts {
    let asked = facts.asked.clone().map(|asked| Box::new(Asked { user: None, ..*asked }));
    Facts { user_id: None, user: None, asked, ..facts.clone() }
}
