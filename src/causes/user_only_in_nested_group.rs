//! The user is a member of a group inside the assigned group; group assignments count direct members only.

use uuid::Uuid;

use super::policy;
use crate::diagnose::{Case, Evidence, Finding, Gates};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::{Part, Tri};

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
        let holds = |members: Option<&Part<Uuid>>| members.is_some_and(|members| members.known().contains(&user));
        let (inner, _) = case.view.snapshot().inside(outer).into_iter().find(|(_, members)| holds(*members))?;
        let proved = case.view.is_member(index, outer, user) == Tri::No;
        let confidence = if proved { ceiling } else { ceiling.min(Confidence::Possible) };
        Some(
            case.finding("user-only-in-nested-group", Gate::Policy, confidence)
                .saying(format!(
                    "the user is a member of `{}`, which is nested in `{}`; its policy `{}` reaches direct members only",
                    inner, outer.group_id, outer.policy
                ))
                .resting_on([Evidence::read(
                    groups,
                    format!("group `{}`", outer.group_id),
                    "nested",
                    inner.to_string(),
                )]),
        )
    })
}
