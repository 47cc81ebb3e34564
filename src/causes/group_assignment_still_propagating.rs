//! A group assignment or a membership was changed less than its documented delay ago, or a read of the user's effective
//! policy does not show it yet.

use super::{policy, time};
use crate::diagnose::gates::time::{change_evidence, is_within};
use crate::diagnose::{Case, Evidence, Finding, Gates};
use crate::knowledge::{Confidence, Gate};

const SLUG: &str = "group-assignment-still-propagating";

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    time::find(SLUG, case, gates).or_else(|| not_arrived(case, gates))
}

/// The lists give the user a policy that lists the app through a group, and the read that decides does not show it.
fn not_arrived(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let ceiling = policy::ceiling(case, gates)?;
    let group = policy::group_by_lists(case)?;
    // Nobody keeps when it was assigned, unless two reads tell.
    let young = case.view.snapshot().history.iter().find(|change| {
        policy::is_of_membership(change, group, case.user_id) && is_within(case, change, "group-assignment")
    });
    let confidence = if young.is_some() { Confidence::Likely } else { Confidence::Possible };
    let words = format!(
        "the lists assign `{}` to the user through group {}, and the read of the user's effective policy does not show \
         it: it may not have arrived, or one of the reads is older than a change",
        group.policy,
        case.view.snapshot().group_words(group.group_id)
    );
    let groups = &case.view.snapshot().groups;
    let listed = Evidence::read(groups, format!("group `{}`", group.group_id), "policy", group.policy.clone());
    Some(
        case.finding(SLUG, Gate::Policy, confidence.min(ceiling))
            .saying(words)
            .resting_on([listed])
            .resting_on(young.map(change_evidence))
            .resting_on(gates.evidence(Gate::Policy)),
    )
}
