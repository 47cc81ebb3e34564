//! Grants to users who are known only when a script is run, in the simulator.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::simulate::{Simulator, UNKNOWN_AFTER};
use crate::tenant::name;

/// A grant to somebody: any user may hold the policy after it, or what was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Perhaps {
    /// The policy; `None` = the direct assignment may be gone.
    pub(super) policy: Option<String>,
    /// Users whose assignment a later command set.
    pub(super) but: BTreeSet<Uuid>,
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
        let one = Perhaps { policy: policy.map(|it| name::bare(it).to_owned()), but: BTreeSet::new() };
        if !self.perhaps.contains(&one) {
            self.perhaps.push(one);
        }
    }
}
