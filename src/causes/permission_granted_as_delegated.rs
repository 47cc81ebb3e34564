//! The permission was granted for signed-in users, and the call has none.

use super::permission::{self, Kind};
use crate::diagnose::{Case, Finding, Gates};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    permission::find("permission-granted-as-delegated", Kind::AsDelegated, case, gates)
}
