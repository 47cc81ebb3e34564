//! The user is a guest; no source says that Graph refuses such a user.

use super::user;
use crate::diagnose::{Case, Finding, Gates};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    user::find("user-is-guest", "type", "guest", case.user?.guest == Some(true), case, gates)
}
