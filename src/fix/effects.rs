//! What a change does to who may do what, as values: pairs that gain and lose, grouped, and what is told beside them.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::known::{EXAMPLES, Known};
use super::later::Later;
use super::rest::Unbound;

/// A pair of which the access changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Client id.
    pub app_id: Uuid,
    /// Object id.
    pub user_id: Uuid,
    /// The app's name, if a snapshot has it.
    pub app: Option<String>,
    /// The user's principal name or name, if a snapshot has one.
    pub user: Option<String>,
    /// Operations that are allowed on one side and were not known to be on the other: short names, or method and path.
    pub operations: Vec<String>,
    /// Those of `operations` that nobody knows to have been denied before: they may have been allowed already.
    pub already: Vec<String>,
    /// Operations of which one side is unknown, so that access may have changed.
    pub possible: Vec<String>,
    /// What changed for the pair, few words.
    pub through: String,
    /// Nothing of it is gained or lost for certain.
    pub perhaps: bool,
}

impl Shift {
    /// Of a loss: no operation is lost, and a gate gets worse that alone did not let the pair through.
    #[must_use]
    pub const fn is_gate_only(&self) -> bool {
        self.operations.is_empty() && self.possible.is_empty()
    }
}

/// Pairs of one app that gain or lose the same in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Client id.
    pub app_id: Uuid,
    /// The app's name, if a snapshot has it.
    pub app: Option<String>,
    /// Operations, as in [`Shift`].
    pub operations: Vec<String>,
    /// Those of them that may have been allowed already.
    pub already: Vec<String>,
    /// Operations of which one side is unknown.
    pub possible: Vec<String>,
    /// What changed, few words.
    pub through: String,
    /// They are none for certain.
    pub perhaps: bool,
    /// How many users.
    pub users: usize,
    /// The first of them, with the name where there is one.
    pub examples: Vec<String>,
    /// The first of them, up to [`LISTED`].
    pub first: Vec<Uuid>,
}

impl Group {
    /// Of a loss: no operation is lost, and a gate gets worse that alone did not let the pairs through.
    #[must_use]
    pub const fn is_gate_only(&self) -> bool {
        self.operations.is_empty() && self.possible.is_empty()
    }

    /// Operations that are gained or lost for certain.
    pub fn sure(&self) -> impl Iterator<Item = &String> {
        self.operations.iter().filter(|name| !self.already.contains(name))
    }
}

/// By app, the three lists of operations, what changed, and how sure that is.
pub(super) type Grouped = BTreeMap<(Uuid, [Vec<String>; 3], String, bool), Group>;

pub(super) fn group(groups: &mut Grouped, shift: &Shift) {
    let operations = [&shift.operations, &shift.already, &shift.possible].map(Clone::clone);
    let key = (shift.app_id, operations, shift.through.clone(), shift.perhaps);
    let group = groups.entry(key).or_insert_with(|| Group {
        app_id: shift.app_id,
        app: shift.app.clone(),
        operations: shift.operations.clone(),
        already: shift.already.clone(),
        possible: shift.possible.clone(),
        through: shift.through.clone(),
        perhaps: shift.perhaps,
        users: 0,
        examples: Vec::new(),
        first: Vec::new(),
    });
    group.users += 1;
    if group.first.len() < LISTED {
        group.first.push(shift.user_id);
    }
    if group.examples.len() < EXAMPLES {
        group.examples.push(match &shift.user {
            Some(name) => format!("{name} ({})", shift.user_id),
            None => shift.user_id.to_string(),
        });
    }
}

/// The largest first.
pub(super) fn ordered(groups: Grouped) -> Vec<Group> {
    let mut groups: Vec<Group> = groups.into_values().collect();
    crate::order::sort_by_key(&mut groups, |group| std::cmp::Reverse(group.users));
    groups
}

/// What a change does to pairs, apart from the time that it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Pairs that gain, the first ones.
    pub gains: Vec<Shift>,
    /// How many there are among the users who were read.
    pub gains_total: usize,
    /// How many of them may gain and need not: what they have, or will have, is not known.
    pub gains_perhaps: usize,
    /// Users who are among them.
    pub gains_users: usize,
    /// Users of whom no pair gains for certain.
    pub gains_users_perhaps: usize,
    /// Users who come later gain too: through `Global`, or as members of a group.
    pub gains_future: bool,
    /// They may gain and need not.
    pub gains_future_perhaps: bool,
    /// Pairs of which a gate gets worse, the first ones.
    pub loses: Vec<Shift>,
    /// How many there are.
    pub loses_total: usize,
    /// How many of them may lose and need not: what they have then is not known.
    pub loses_perhaps: usize,
    /// How many of them lose no operation: a gate gets worse that alone did not let them through.
    pub loses_gates: usize,
    /// How many of those are none for certain.
    pub loses_gates_perhaps: usize,
    /// Users who come later lose too.
    pub loses_future: bool,
    /// They may lose and need not.
    pub loses_future_perhaps: bool,
    /// What users who come later gain and lose, app by app.
    pub later: Vec<Later>,
    /// All gains, by app and operations.
    pub gain_groups: Vec<Group>,
    /// All losses, by app and operations.
    pub loss_groups: Vec<Group>,
    /// Users or apps that were not read may be among them: a part is not complete.
    pub open: bool,
    /// How many of the gains and losses of two readings rest on a gate that moved beside one that a reading does not tell.
    pub untold: usize,
    /// Operations without a user that an app gains, by app.
    pub opens: Vec<Unbound>,
    /// Operations without a user that an app loses, by app.
    pub closes: Vec<Unbound>,
    /// What pairs that are watched gain (`false`) and lose (`true`).
    pub watched: Vec<(bool, Shift)>,
    /// Of two readings: what the later one tells and the earlier one did not.
    pub now_known: Vec<Known>,
    /// Of two readings: what the earlier one told and the later one does not.
    pub no_longer_known: Vec<Known>,
}

impl Effects {
    /// Whether access changed, as far as both sides tell.
    #[must_use]
    pub const fn changed(&self) -> bool {
        self.gains_total > 0 || self.gains_future || !self.opens.is_empty() || self.takes()
    }

    /// Of two readings: whether access changed by what both of them tell.
    #[must_use]
    pub fn changed_as_told(&self) -> bool {
        let later = |some: bool, perhaps: bool| some && !perhaps;
        self.gains_total + self.loses_total > self.untold
            || later(self.gains_future, self.gains_future_perhaps)
            || later(self.loses_future, self.loses_future_perhaps)
            || self.opens.iter().chain(&self.closes).any(|it| !it.operations.is_empty())
    }

    /// How many pairs lose an operation, or may.
    #[must_use]
    pub const fn losers(&self) -> usize {
        self.loses_total.saturating_sub(self.loses_gates)
    }

    /// How many of them may lose it and need not.
    #[must_use]
    pub const fn losers_perhaps(&self) -> usize {
        self.loses_perhaps.saturating_sub(self.loses_gates_perhaps)
    }

    /// Whether somebody loses access, or may.
    #[must_use]
    pub const fn takes(&self) -> bool {
        self.losers() > 0 || self.loses_future || !self.closes.is_empty()
    }

    /// Whether a gate of anybody gets worse, whether or not that takes access.
    #[must_use]
    pub const fn worsens(&self) -> bool {
        self.loses_gates > 0 || self.takes()
    }

    /// Whether somebody loses access, for certain.
    #[must_use]
    pub fn takes_surely(&self) -> bool {
        self.losers() > self.losers_perhaps()
            || (self.loses_future && !self.loses_future_perhaps)
            || self.closes.iter().any(|it| !it.operations.is_empty())
    }

    /// Whether one of two readings does not tell the access of somebody, so that it may have changed.
    #[must_use]
    pub const fn undetermined(&self) -> bool {
        !self.now_known.is_empty() || !self.no_longer_known.is_empty()
    }
}

/// How many pairs are listed.
pub const LISTED: usize = 100;
