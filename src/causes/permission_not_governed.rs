//! The app relies on a permission that the policy does not cover.

use crate::diagnose::facts::policy::Asked;
use crate::diagnose::{Case, Finding, Gates, Outcome};
use crate::knowledge::{Confidence, Gate, Governed, PermissionKind, Severity, permission_named};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    if case.delegated || gates.outcome(Gate::Permission) != Outcome::Pass || case.permission.held.is_empty() {
        return None;
    }
    let governed = |name: &&str| {
        permission_named(name, PermissionKind::Application).is_none_or(|permission| permission.governed != Governed::No)
    };
    if case.policy.asked != Asked::No || case.permission.held.iter().any(governed) {
        return None;
    }
    // A note on how the app works; a refusal is never its doing, so that it must not lead the findings of a failure.
    let confidence = if case.question.of_incident { Confidence::Possible } else { Confidence::Certain };
    let mut finding = case
        .finding("permission-not-governed", Gate::Permission, confidence)
        .saying(format!("the access policy does not govern `{}`", case.permission.held.join("`, `")))
        .resting_on(gates.evidence(Gate::Permission));
    finding.severity = Severity::Info;
    Some(finding)
}
