//! A group assignment or a membership was changed less than its documented delay ago.

use super::time;
use crate::diagnose::{Case, Finding, Gates};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    time::find("group-assignment-still-propagating", case, gates)
}
