//! What licences do to whether a user has Teams, in the simulator.

use uuid::Uuid;

use super::simulate::{Simulator, known_mut};
use crate::tenant::Teams;

impl Simulator<'_> {
    /// The Teams plan of a user is known after it.
    pub(super) fn license(&mut self, user_id: Uuid, teams: Teams) {
        if self.is_stranger(user_id) {
            return self.refuse(format!("the tenant has no user `{user_id}`"));
        }
        let Some(user) = known_mut(&mut self.now.users).iter_mut().find(|user| user.id == user_id) else {
            self.takes_unread |= teams != Teams::Enabled;
            return self.assume(format!("the tenant has the user `{user_id}`: it was not read"));
        };
        user.teams = Some(teams);
        self.remember("users", &user_id.to_string(), "changed", None);
    }

    /// Licences come or go, and which of them holds the Teams plan is in no snapshot. Adding one takes nothing, and
    /// removing one gives nothing.
    pub(super) fn licences(&mut self, user_id: Option<Uuid>, gives: bool, takes: bool) {
        if let Some(user_id) = user_id.filter(|user_id| self.is_stranger(*user_id)) {
            return self.refuse(format!("the tenant has no user `{user_id}`"));
        }
        let complete = self.now.users.is_complete();
        let (mut listed, mut changed) = (false, Vec::new());
        for user in known_mut(&mut self.now.users).iter_mut().filter(|user| user_id.is_none_or(|id| id == user.id)) {
            listed = true;
            let opens = match user.teams {
                Some(Teams::Enabled) => takes,
                Some(Teams::Disabled | Teams::Absent) => gives,
                None => {
                    self.takes_unread |= takes;
                    false
                }
            };
            if opens {
                user.teams = None;
                changed.push(user.id);
            }
        }
        let all_listed = complete || (listed && user_id.is_some());
        self.takes_unread |= takes && !all_listed;
        for user in &changed {
            self.remember("users", &user.to_string(), "changed", None);
        }
        if !changed.is_empty() || !complete {
            self.assume("which licence holds the Teams plan is in no snapshot: who has Teams after a change of licences is not known");
        }
    }

    fn is_stranger(&self, user_id: Uuid) -> bool {
        self.now.users.is_complete() && !self.now.users.known().iter().any(|user| user.id == user_id)
    }
}
