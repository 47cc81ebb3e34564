//! The join link names another tenant (an undocumented form: a hint).

use crate::diagnose::{Case, Evidence, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let theirs = case.question.meeting.as_ref()?.tenant?;
    let own = case.view.snapshot().tenant_id.or_else(|| case.token().and_then(|token| token.tenant))?;
    if gates.outcome(Gate::Meeting) == Outcome::Skipped || theirs == own {
        return None;
    }
    Some(
        case.finding("meeting-in-another-tenant", Gate::Meeting, Confidence::Likely)
            .saying(format!("the join link names the tenant `{theirs}`, and the question is about `{own}`"))
            .resting_on([Evidence::of("meeting", "tenant", theirs.to_string(), "decoded from the join link", None)]),
    )
}
