//! Sign-in of the user is switched off; no source says that Graph refuses such a user.

use super::user;
use crate::diagnose::{Case, Finding, Gates};

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    user::find("user-disabled", "enabled", "false", case.user?.enabled == Some(false), case, gates)
}
