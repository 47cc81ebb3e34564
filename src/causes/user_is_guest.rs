//! The user is a guest; no source says that Graph refuses such a user.

use super::user;
use crate::diagnose::{Case, Finding, Gates};

const WORDS: &str =
    "the user is a guest in this tenant; whether Graph refuses guests no source says, so that it may be no cause";

pub(super) fn find(case: &Case<'_>, gates: &Gates) -> Option<Finding> {
    user::find("user-is-guest", "type", "guest", WORDS, case.user?.guest == Some(true), case, gates)
}
