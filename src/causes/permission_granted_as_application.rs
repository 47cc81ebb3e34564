//! The permission was granted to the app itself, and the call is made for a signed-in user.

use super::permission::{self, Kind};
use crate::diagnose::{Case, Finding, Gates};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    permission::find("permission-granted-as-application", Kind::AsApplication, case, gates)
}
