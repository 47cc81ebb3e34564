//! The user is a member of a group inside the assigned group; group assignments count direct members only.

use super::policy;
use crate::diagnose::{Case, Evidence, Finding, Gates};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::Tri;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let ceiling = policy::ceiling(case, gates)?;
    let (app, user) = (case.app_id?, case.user_id?);
    let groups = &case.view.snapshot().groups;
    let known = groups.known();
    known.iter().enumerate().find_map(|(index, outer)| {
        let lists = case.view.policy(&outer.policy).is_some_and(|it| it.app_ids.contains(&app));
        if !lists || case.view.is_member(index, outer, user) == Tri::Yes {
            return None;
        }
        let inner = known.iter().enumerate().find(|(at, inner)| {
            outer.nested.contains(&inner.group_id) && case.view.is_member(*at, inner, user) == Tri::Yes
        })?;
        let proved = case.view.is_member(index, outer, user) == Tri::No;
        let confidence = if proved { ceiling } else { ceiling.min(Confidence::Possible) };
        Some(
            case.finding("user-only-in-nested-group", Gate::Policy, confidence)
                .saying(format!(
                    "the user is a member of `{}`, which is nested in `{}`; its policy `{}` reaches direct members only",
                    inner.1.group_id, outer.group_id, outer.policy
                ))
                .resting_on([Evidence::read(
                    groups,
                    format!("group `{}`", outer.group_id),
                    "nested",
                    inner.1.group_id.to_string(),
                )]),
        )
    })
}
