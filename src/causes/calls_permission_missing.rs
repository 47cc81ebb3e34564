//! The operation takes a `Calls.*` permission, which the access policy does not govern.

use super::permission::{self, Kind};
use crate::diagnose::{Case, Finding, Gates};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    permission::find("calls-permission-missing", Kind::Calls, case, gates)
}
