//! Sign-in of the user is switched off; no source says that Graph refuses such a user.

use super::user;
use crate::diagnose::{Case, Finding, Gates};

const WORDS: &str =
    "the user's account is disabled; whether Graph refuses such users no source says, so that it may be no cause";

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    user::find("user-disabled", "enabled", "false", WORDS, case.user?.enabled == Some(false), case, gates)
}
