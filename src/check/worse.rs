//! Expectations about many users that are broken, or not known, before a change, and are further from what must be so
//! after it: more users have what they must not have.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::expect::{Access, Expectation};
use super::row::{Row, What};
use super::run::Checker;
use crate::diagnose::Verdict;
use crate::order;
use crate::tenant::Snapshot;
use crate::tenant::subject::Resolved;

/// Users who are named.
const NAMED: usize = 3;

/// How many users are against what is expected, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worse {
    /// What must be so.
    pub access: Access,
    /// How many have the opposite before.
    pub before: usize,
    /// How many have it after.
    pub after: usize,
    /// How many have it after who had not before.
    pub more: usize,
    /// The first of them.
    pub examples: Vec<Uuid>,
    /// How many may have it after, and did not before: nobody knows.
    pub perhaps: usize,
    /// Users who come later have it, and did not before.
    pub later: bool,
    /// They may.
    pub later_perhaps: bool,
    /// What the users of the examples are called, in their order.
    names: Vec<String>,
}

impl Worse {
    /// Whether it is worse for certain.
    #[must_use]
    pub const fn is_certain(&self) -> bool {
        self.more > 0 || self.later
    }

    /// How far it is from what must be so, to compare.
    #[must_use]
    pub(super) const fn reach(&self) -> (bool, usize, usize) {
        (self.is_certain(), self.more, self.perhaps)
    }

    /// The same where it is not so in every way that a change may go.
    #[must_use]
    pub(super) fn perhaps(self) -> Self {
        Self {
            perhaps: self.perhaps.saturating_add(self.more),
            more: 0,
            later_perhaps: self.later_perhaps || self.later,
            later: false,
            examples: Vec::new(),
            names: Vec::new(),
            ..self
        }
    }

    /// How much worse, with the numbers before and after.
    #[must_use]
    pub fn words(&self) -> String {
        let verdict = match self.access {
            Access::Allow => "denied",
            Access::Deny => "allowed",
        };
        let mut words = Vec::new();
        if self.before > 0 || self.after > 0 {
            words.push(format!("{} {verdict} before and {} after it", self.before, self.after));
        }
        if self.more > 0 {
            let rest = self.more.saturating_sub(self.names.len());
            let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            words.push(format!("newly {verdict}: {}{rest}", self.names.join(", ")));
        }
        match self.perhaps {
            0 => {}
            1 => words.push(format!("1 user may be {verdict} who was not")),
            count => words.push(format!("{count} users may be {verdict} who were not")),
        }
        if self.later {
            words.push(format!("users who come later are {verdict} too"));
        } else if self.later_perhaps {
            words.push(format!("users who come later may be {verdict}"));
        }
        words.join("; ")
    }
}

/// Who has the opposite of what is expected, in one state.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    access: Access,
    against: BTreeSet<Uuid>,
    open: BTreeSet<Uuid>,
    /// Those who are not listed, and those who come later.
    later: [Option<Verdict>; 2],
}

/// Who stands against a result about many users; `None` where it is about one, is as it must be, or tells of nobody.
/// `rows` are all results of the expectation.
pub(crate) fn standing(
    checker: &Checker<'_, '_>,
    expectation: &Expectation,
    row: &Row<'_>,
    rows: &[Row<'_>],
) -> Option<Standing> {
    let (What::Many(many), Some(expected)) = (&row.what, &row.expected) else { return None };
    if expected.met == Some(true) || many.open.is_some() {
        return None;
    }
    let (_, matrix) = checker.matrix(expectation.tenant)?;
    let app = many.app_id?;
    let named: BTreeSet<Uuid> = rows
        .iter()
        .filter_map(|row| match &row.what {
            What::One(answer) => answer.user_resolved.and_then(Resolved::id),
            What::Many(_) => None,
        })
        .collect();
    let verdicts = matrix.judge(&[Some(app)], many.operation, checker.terms());
    let against = opposite(expected.access);
    let mut found = Standing {
        access: expected.access,
        against: BTreeSet::new(),
        open: BTreeSet::new(),
        later: [many.unlisted, many.future],
    };
    for (number, user) in matrix.users().iter().enumerate().filter(|(_, user)| !named.contains(user)) {
        match u32::try_from(number).map_or(Verdict::Unknown, |number| verdicts.verdict(number, 0)) {
            verdict if verdict == against => found.against.insert(*user),
            Verdict::Unknown => found.open.insert(*user),
            Verdict::Allowed | Verdict::Denied => false,
        };
    }
    Some(found)
}

const fn opposite(access: Access) -> Verdict {
    match access {
        Access::Allow => Verdict::Denied,
        Access::Deny => Verdict::Allowed,
    }
}

/// Whether the later state is further from what must be so; `after` tells names.
pub(crate) fn worse(was: &Standing, is: &Standing, after: &Snapshot) -> Option<Worse> {
    let more: Vec<Uuid> = is.against.difference(&was.against).copied().collect();
    let perhaps = is.open.iter().filter(|user| !was.open.contains(user) && !was.against.contains(user)).count();
    let against = opposite(is.access);
    let turns = |wanted: Verdict| {
        let pairs = was.later.iter().zip(&is.later);
        pairs
            .into_iter()
            .any(|(old, new)| *new == Some(wanted) && old.is_some_and(|old| old != wanted && old != against))
    };
    let examples: Vec<Uuid> = more.iter().take(NAMED).copied().collect();
    let found = Worse {
        access: is.access,
        before: was.against.len(),
        after: is.against.len(),
        more: more.len(),
        perhaps,
        later: turns(against),
        later_perhaps: turns(Verdict::Unknown),
        names: names_of(&examples, after),
        examples,
    };
    (found.is_certain() || found.perhaps > 0 || found.later_perhaps).then_some(found)
}

fn names_of(users: &[Uuid], snapshot: &Snapshot) -> Vec<String> {
    let listed = snapshot.users.known().iter().filter(|user| users.contains(&user.id));
    let known: BTreeMap<Uuid, &String> =
        order::map(listed.filter_map(|user| Some((user.id, user.upn.as_ref().or(user.name.as_ref())?))));
    users.iter().map(|id| known.get(id).map_or_else(|| id.to_string(), |name| (*name).clone())).collect()
}
