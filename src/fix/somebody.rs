//! Grants of which it is known only when a script is run for whom they are, or whether they are made, in the simulator.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::access::users_of;
use super::simulate::{Simulator, UNKNOWN_AFTER};
use crate::tenant::{Direct, Snapshot, Via, name};

/// A grant to somebody: a user may hold the policy after it, or what was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Perhaps {
    /// The policy; `None` = the direct assignment may be gone.
    pub(super) policy: Option<String>,
    /// The users whom it may be for; `None` = any user.
    pub(super) only: Option<BTreeSet<Uuid>>,
    /// Users whose assignment a later command set.
    but: BTreeSet<Uuid>,
}

impl Perhaps {
    /// Whether it may be for this user.
    pub(super) fn is_for(&self, user: Uuid) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&user)) && !self.but.contains(&user)
    }

    fn names(&self, policy: Option<&str>) -> bool {
        match (self.policy.as_deref(), policy) {
            (Some(own), Some(policy)) => name::same(own, policy),
            (own, policy) => own.is_none() && policy.is_none(),
        }
    }
}

impl Simulator<'_> {
    /// Takes grants to users who are known only when it is run for what they are, instead of forgetting all assignments.
    pub const fn keep_grants_apart(&mut self) {
        self.apart = true;
    }

    /// Nothing is known any more that they could be apart from.
    pub(super) fn forget_perhaps(&mut self) {
        self.perhaps.clear();
    }

    /// Grants to somebody.
    pub(super) fn perhaps(&self) -> &[Perhaps] {
        &self.perhaps
    }

    /// The assignment of a user is known again.
    pub(super) fn settle_grants_to(&mut self, user: Uuid) {
        for perhaps in &mut self.perhaps {
            match &mut perhaps.only {
                Some(only) => {
                    only.remove(&user);
                }
                None => {
                    perhaps.but.insert(user);
                }
            }
        }
        self.perhaps.retain(|it| it.only.as_ref().is_none_or(|only| !only.is_empty()));
    }

    /// Whether somebody may hold a policy by them.
    pub(super) fn is_perhaps_held(&self, policy: &str) -> bool {
        self.perhaps.iter().any(|it| it.names(Some(policy)))
    }

    /// A policy that is to be granted exists, where that is not known.
    pub(super) fn assume_there(&mut self, policy: &str) {
        let made = self.made_unread.iter().any(|it| name::same(it, policy));
        if self.listed(policy) || name::is_global(policy) || made {
            return;
        }
        let why = if self.unnamed && self.original.policies.is_complete() {
            "a command before it makes or changes a policy in a way that is known only when it is run"
        } else {
            "not every policy was read"
        };
        self.assume(format!("a policy `{policy}` exists: {why}"));
    }

    /// A user who is known only when it is run gets a policy, or loses the assignment.
    pub(super) fn grant_somebody(&mut self, policy: Option<&str>) {
        if let Some(policy) = policy {
            if self.is_absent(policy) {
                return self.no_policy(policy);
            }
            self.assume_there(policy);
        }
        if !self.apart || policy.is_some_and(name::is_global) {
            self.assume(UNKNOWN_AFTER);
            return self.forget_all_direct();
        }
        self.assume("whom a command is for is known only when it is run: it may be any user");
        let one = Perhaps { policy: policy.map(|it| name::bare(it).to_owned()), only: None, but: BTreeSet::new() };
        if !self.perhaps.contains(&one) {
            self.perhaps.push(one);
        }
    }

    /// A user gets a policy, or loses the assignment, where a condition holds that is not known. `Global` by its name is
    /// no policy of one's own.
    pub(super) fn grant_perhaps(&mut self, user: Uuid, policy: Option<&str>) {
        if let Some(policy) = policy {
            if self.is_absent(policy) {
                return self.no_policy(policy);
            }
            self.assume_there(policy);
        }
        if self.is_no_user(user) {
            return self.refuse(format!("the tenant has no user `{user}`"));
        }
        if !self.apart || policy.is_some_and(name::is_global) {
            self.assume(UNKNOWN_AFTER);
            return self.forget_direct(user);
        }
        self.keep_apart(user, policy);
    }

    /// A user loses the direct assignment, if there is one.
    pub(super) fn perhaps_undirected(&mut self, user: Uuid) {
        if self.apart { self.keep_apart(user, None) } else { self.forget_direct(user) }
    }

    fn keep_apart(&mut self, user: Uuid, policy: Option<&str>) {
        match self.perhaps.iter_mut().find(|it| it.only.is_some() && it.names(policy)) {
            Some(Perhaps { only: Some(only), .. }) => {
                only.insert(user);
            }
            _ => self.perhaps.push(Perhaps {
                policy: policy.map(|it| name::bare(it).to_owned()),
                only: Some(BTreeSet::from([user])),
                but: BTreeSet::new(),
            }),
        }
    }

    /// The states in which all whom a grant to somebody may be for have what it gives, one for each; `also` are users
    /// whom the snapshot need not list.
    #[must_use]
    pub fn if_granted(&self, also: &[Uuid]) -> Vec<Snapshot> {
        let given = |perhaps: &Perhaps| {
            let mut users = users_of(&self.now);
            users.extend(perhaps.only.iter().flatten().chain(also));
            users.retain(|user| perhaps.is_for(*user));
            let mut state = self.now.clone();
            let gone = perhaps.policy.is_none();
            let holds = |via: Option<Via>| gone && matches!(via, Some(Via::Group | Via::Global));
            state.effective.items.retain(|read| holds(read.via) || !users.contains(&read.user_id));
            super::simulate::open(&mut state.direct);
            state.direct.items.retain(|it| !users.contains(&it.user_id));
            let one = |user| Direct { user_id: user, policy: perhaps.policy.clone() };
            state.direct.items.extend(users.into_iter().map(one));
            state
        };
        self.perhaps.iter().map(given).collect()
    }

    /// The state in which nobody knows the assignment of whom a grant to somebody may be for; `None` = there is no such
    /// grant.
    #[must_use]
    pub fn if_forgotten(&self) -> Option<Snapshot> {
        let mut state = self.clone();
        let any = self.perhaps.iter().any(|it| it.only.is_none());
        let users: BTreeSet<Uuid> = self.perhaps.iter().filter_map(|it| it.only.clone()).flatten().collect();
        if any {
            state.forget_all_direct();
        } else {
            users.into_iter().for_each(|user| state.forget_direct(user));
        }
        (!self.perhaps.is_empty()).then_some(state.now)
    }
}
