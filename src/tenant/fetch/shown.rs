//! What the service shows of users: without the right for more it shows an account and nothing of it.

use super::error::ReadError;
use crate::tenant::User;

/// How a reason ends that is no failure of the read.
pub(super) const UNKNOWN: &str = "; what is not shown of a user is not known of that user";

/// What one answer shows of a user.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) named: bool,
    /// `userType`, null too: some accounts are older than it.
    pub(super) kind: bool,
    pub(super) state: bool,
    pub(super) plans: bool,
    /// `userType` with a value.
    pub(super) guest: bool,
}

/// What all answers show.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    users: usize,
    /// Nothing but the id.
    bare: usize,
    kinds: usize,
    states: usize,
    plans: usize,
}

impl Shown {
    pub(super) fn add(&mut self, seen: Seen) {
        let bare = !(seen.named || seen.state || seen.plans || seen.guest);
        for (count, is) in [
            (&mut self.users, true),
            (&mut self.bare, bare),
            (&mut self.kinds, seen.kind && !bare),
            (&mut self.states, seen.state),
            (&mut self.plans, seen.plans),
        ] {
            *count = count.saturating_add(usize::from(is));
        }
    }

    /// Properties that were asked for and shown of nobody.
    fn lacking(self) -> Vec<&'static str> {
        if self.users == 0 {
            return Vec::new();
        }
        let counts = [("userType", self.kinds), ("accountEnabled", self.states), ("assignedPlans", self.plans)];
        counts.into_iter().filter(|(_, count)| *count == 0).map(|(name, _)| name).collect()
    }

    /// What the answers lack, if they lack something.
    pub(super) fn fault(self) -> Option<ReadError> {
        let (bare, users) = (self.bare, self.users);
        if bare > 0 && bare == users {
            return Some(ReadError::Forbidden(format!("of {bare} of {users} users the answer shows only the id")));
        }
        let words = self.lacking().iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
        (!words.is_empty()).then(|| ReadError::Forbidden(format!("the answer shows {words} of no user")))
    }

    /// What is shown of some users and not of others: it is no missing right, and not known of the others.
    pub(super) fn gaps(self) -> Option<String> {
        let of = |count: usize, what: &str| (count > 0).then(|| format!("of {count} of {} users {what}", self.users));
        let without = |count: usize| self.users.saturating_sub(self.bare).saturating_sub(count);
        let counts = [("userType", self.kinds), ("accountEnabled", self.states), ("assignedPlans", self.plans)];
        let lacking = counts.into_iter().filter(|(_, count)| *count > 0);
        let mut words: Vec<String> = of(self.bare, "only the id").into_iter().collect();
        words.extend(lacking.filter_map(|(name, count)| of(without(count), &format!("no `{name}`"))));
        (!words.is_empty() && self.bare < self.users).then(|| format!("the answer shows {}{UNKNOWN}", words.join(", ")))
    }

    /// A user as read, and as it was where it was not shown; whether something is as it was.
    pub(super) fn over(self, user: &User, old: &User) -> (User, bool) {
        let lacking = self.lacking();
        let bare = user.upn.is_none() && user.name.is_none() && user.enabled.is_none();
        let hidden = |name: &str| bare || lacking.contains(&name);
        let mut merged = user.clone();
        if bare {
            merged.upn.clone_from(&old.upn);
            merged.name.clone_from(&old.name);
        }
        if hidden("userType") {
            merged.guest = user.guest.or(old.guest);
        }
        if hidden("accountEnabled") {
            merged.enabled = user.enabled.or(old.enabled);
        }
        if hidden("assignedPlans") {
            merged.teams = user.teams.or(old.teams);
        }
        let kept = merged != *user;
        (merged, kept)
    }
}
