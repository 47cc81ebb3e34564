//! The operation takes no application permission.

use super::permission;
use crate::diagnose::facts::permission::Why;
use crate::diagnose::{Case, Finding, Gates};
use crate::knowledge::Gate;

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    let confidence = permission::ceiling(gates)?;
    (case.permission.why == Why::Unsupported && !case.delegated)
        .then(|| case.finding("application-access-unsupported", Gate::Permission, confidence))
}
