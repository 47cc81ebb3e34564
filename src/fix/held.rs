//! What a grant replaces, where the snapshot tells it: the undo of a template gives that back.

use uuid::Uuid;

use super::quote::literal;
use super::{Fix, direct_assignment};
use crate::tenant::{Snapshot, name};

const GRANT: &str = "Grant-CsApplicationAccessPolicy -Identity ";
const POLICY: &str = " -PolicyName ";

/// Names in the undo of a fix the policy that the user holds directly, as far as the snapshot knows one.
pub fn give_back(fix: &mut Fix, snapshot: &Snapshot) {
    for line in &mut fix.undo {
        let Some((user, policy)) = line.strip_prefix(GRANT).and_then(|rest| rest.split_once(POLICY)) else { continue };
        let Ok(user) = Uuid::try_parse(user.trim_matches('\'')) else { continue };
        let held = direct_assignment(snapshot, user).flatten().filter(|held| !held.is_empty());
        // A name that a fact filled in is meant.
        let open = policy == "$null" || policy == "'<policy-name>'";
        if let Some(held) = held.filter(|_| open) {
            *line = format!("{GRANT}{}{POLICY}{}", literal(&user.to_string()), literal(name::bare(held)));
        }
    }
}
