//! A Teams licence was changed less than its documented delay ago.

use super::time;
use crate::diagnose::{Case, Finding, Gates};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    time::find("license-still-propagating", case, gates)
}
