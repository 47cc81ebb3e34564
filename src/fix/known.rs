//! What two readings of a tenant tell differently because one of them does not tell it: knowledge, and no change of access.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::stand::Stand;

/// How many users a group names.
pub(super) const EXAMPLES: usize = 3;

/// Pairs of one app of which two readings of the tenant do not tell whether the access changed: one of them does not say
/// what the access is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Client id.
    pub app_id: Uuid,
    /// The app's name, if a snapshot has it.
    pub app: Option<String>,
    /// Operations that are allowed by the reading that tells.
    pub allowed: Vec<String>,
    /// Operations that are denied by it.
    pub denied: Vec<String>,
    /// Operations that neither reading tells, where what they rest on changed.
    pub neither: Vec<String>,
    /// What was read on one side only, few words.
    pub through: String,
    /// How many users; 0 = operations without a user.
    pub users: usize,
    /// The first of them, by name where there is one.
    pub examples: Vec<String>,
}

/// Operations by what one reading tells of them and the other does not.
#[derive(Debug, Default)]
pub(super) struct Tells {
    now: Verdicts,
    no_longer: Verdicts,
    neither: Vec<String>,
}

#[derive(Debug, Default)]
struct Verdicts {
    allowed: Vec<String>,
    denied: Vec<String>,
}

impl Tells {
    /// Operations that stand so before and after; one of the two was not read.
    pub(super) fn add<N: Iterator<Item = String>>(&mut self, old: Stand, new: Stand, names: impl Fn() -> N) {
        match (old, new) {
            (Stand::Unread, Stand::Unread) => {}
            (Stand::Unread, new) => self.now.add(new, names()),
            (old, _) => self.no_longer.add(old, names()),
        }
    }

    /// Operations of which neither reading tells how they stand, where what they rest on changed.
    pub(super) fn neither(&mut self, names: impl Iterator<Item = String>) {
        self.neither.extend(names);
    }

    /// The same, of operations that may have been told of.
    pub(super) fn neither_once(&mut self, names: &[String]) {
        let new = names.iter().filter(|name| !self.neither.contains(name)).cloned().collect::<Vec<_>>();
        self.neither.extend(new);
    }

    pub(super) fn known(self, app_id: Uuid, app: Option<&String>, through: &str) -> [Option<Known>; 2] {
        let both = [(self.now, Vec::new()), (self.no_longer, self.neither)];
        both.map(|(Verdicts { allowed, denied }, neither)| {
            let any = !allowed.is_empty() || !denied.is_empty() || !neither.is_empty();
            let (app, through) = (app.cloned(), through.to_owned());
            any.then(|| Known { app_id, app, allowed, denied, neither, through, users: 0, examples: Vec::new() })
        })
    }
}

impl Verdicts {
    fn add(&mut self, stand: Stand, names: impl Iterator<Item = String>) {
        match stand {
            Stand::Yes => self.allowed.extend(names),
            Stand::No => self.denied.extend(names),
            // It was unknown, and is still: no document says more.
            Stand::Open | Stand::Unread => {}
        }
    }
}

/// By app, operations and what was read.
type Groups = BTreeMap<(Uuid, [Vec<String>; 3], String), Known>;

/// All of it, grouped.
#[derive(Debug, Default)]
pub(super) struct Told {
    now: Groups,
    no_longer: Groups,
}

impl Told {
    /// Adds what becomes known of a user, or of nobody in particular, and what does no longer.
    pub(super) fn add(&mut self, [now, no_longer]: [Option<Known>; 2], user: impl Fn() -> Option<String>) {
        for (groups, one) in [(&mut self.now, now), (&mut self.no_longer, no_longer)] {
            let Some(one) = one else { continue };
            let lists = [&one.allowed, &one.denied, &one.neither].map(Clone::clone);
            let key = (one.app_id, lists, one.through.clone());
            let known = groups.entry(key).or_insert(one);
            let Some(user) = user() else { continue };
            known.users += 1;
            if known.examples.len() < EXAMPLES {
                known.examples.push(user);
            }
        }
    }

    /// Both, the largest groups first.
    pub(super) fn ordered(self) -> (Vec<Known>, Vec<Known>) {
        let order = |groups: Groups| {
            let mut known: Vec<Known> = groups.into_values().collect();
            crate::order::sort_by_key(&mut known, |one| std::cmp::Reverse(one.users));
            known
        };
        (order(self.now), order(self.no_longer))
    }
}
