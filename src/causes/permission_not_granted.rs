//! The app holds no permission that the operation accepts, and none that comes near.

use super::permission::{self, Kind};
use crate::diagnose::{Case, Finding, Gates};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    permission::find("permission-not-granted", Kind::NotGranted, case, gates)
}
