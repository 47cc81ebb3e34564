//! A policy or a direct assignment was changed less than its documented delay ago.

use super::time;
use crate::diagnose::{Case, Finding, Gates};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    time::find("policy-still-propagating", case, gates)
}
