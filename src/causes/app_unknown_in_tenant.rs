//! The tenant has no service principal of the app.

use super::permission;
use crate::diagnose::facts::permission::Why;
use crate::diagnose::{Case, Finding, Gates};
use crate::knowledge::Gate;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let confidence = permission::ceiling(gates)?;
    (case.permission.why == Why::UnknownInTenant).then(|| {
        case.finding("app-unknown-in-tenant", Gate::Permission, confidence).resting_on(gates.evidence(Gate::Permission))
    })
}
