//! The app may read, and the operation writes.

use super::permission::{self, Kind};
use crate::diagnose::{Case, Finding, Gates};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    permission::find("permission-too-narrow", Kind::TooNarrow, case, gates)
}
