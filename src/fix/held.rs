//! What a grant replaces, where the snapshot tells it: a new policy lists what the user has now, and the undo of a template
//! gives back what was held directly.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::quote::literal;
use super::{Fix, direct_assignment};
use crate::tenant::{Content, Policy, Snapshot, View, effective, name};

pub(super) const GRANT: &str = "Grant-CsApplicationAccessPolicy -Identity ";
const POLICY: &str = " -PolicyName ";

/// The policies one of which is effective for a user.
pub(super) struct Present<'a> {
    /// `None` = any that the tenant has, or one that nobody has read.
    policies: Option<Vec<&'a Policy>>,
    /// An assignment may name a policy that is not there, which lists no app where it is not void.
    dangling: bool,
    /// The one that is, whether or not its list was read.
    known: Option<String>,
}

/// What may be effective for a user, by the assignments and lists that were read.
pub(super) fn present(snapshot: &Snapshot, user: Uuid) -> Present<'_> {
    let effective = effective(&View::new(snapshot), Some(user));
    let is_dangling = |content: &Content<'_>| matches!(content, Content::Dangling);
    let there = effective.candidates.iter().filter(|it| !is_dangling(&it.content));
    let listed = there.map(|it| match it.content {
        Content::Listed(policy) => Some(policy),
        Content::Dangling | Content::Unread => None,
    });
    Present {
        policies: if effective.may_be_any() { None } else { listed.collect() },
        known: effective.known().map(|it| name::bare(it.policy).to_owned()),
        dangling: effective.candidates.iter().any(|it| is_dangling(&it.content)),
    }
}

impl Present<'_> {
    /// What the effective policy lists beside an app; `None` = not known.
    pub(super) fn beside(&self, app: Option<Uuid>) -> Option<Vec<Uuid>> {
        let ids =
            |policy: &&Policy| -> Vec<Uuid> { policy.app_ids.iter().copied().filter(|id| Some(*id) != app).collect() };
        let set = |ids: Vec<Uuid>| ids.into_iter().collect::<BTreeSet<_>>();
        let (first, rest) = self.policies.as_ref()?.split_first()?;
        let same = rest.iter().all(|policy| set(ids(policy)) == set(ids(first)));
        ((!self.dangling || ids(first).is_empty()) && same).then(|| ids(first))
    }

    /// The one policy that is effective.
    pub(super) fn name(&self) -> Option<String> {
        match self.policies.as_deref() {
            Some([policy]) if !self.dangling => Some(name::bare(&policy.name).to_owned()),
            _ => self.known.clone(),
        }
    }

    /// Between which policies a read decides, where they are few.
    pub(super) fn words(&self) -> Option<String> {
        const POLICIES: usize = 3;
        const APPS: usize = 4;
        let policies = self.policies.as_ref().filter(|all| (1..=POLICIES).contains(&all.len()) && !self.dangling)?;
        let one = |policy: &&Policy| {
            let mut ids: Vec<String> = policy.app_ids.iter().take(APPS).map(Uuid::to_string).collect();
            let more = policy.app_ids.len().saturating_sub(APPS);
            if more > 0 {
                ids.push(format!("{more} more"));
            }
            let lists = if ids.is_empty() { "no app".to_owned() } else { super::listed(&ids) };
            format!("`{}` (lists {lists})", name::bare(&policy.name))
        };
        let each: Vec<String> = policies.iter().map(one).collect();
        Some(format!(" By the state that was read, the effective policy is {}.", each.join(" or ")))
    }
}

/// The name that templates give to a policy of their own.
const NEW: &str = "Online-Meetings-Apps";

/// Takes another name for a new policy where the tenant has a policy of this one, which the grant would give instead.
pub fn free_name(fix: &mut Fix, snapshot: &Snapshot) {
    let creates = format!("New-CsApplicationAccessPolicy -Identity {NEW} ");
    let taken = |wanted: &str| snapshot.policies.known().iter().any(|policy| name::same(&policy.name, wanted));
    let mut commands = fix.steps.iter().flat_map(|step| &step.commands);
    if !taken(NEW) || !commands.any(|line| line.starts_with(&creates)) {
        return;
    }
    let Some(free) = (2..u32::MAX).map(|number| format!("{NEW}-{number}")).find(|name| !taken(name)) else { return };
    let changed = fix.steps.iter_mut().flat_map(|step| &mut step.commands);
    let lines = changed.chain(&mut fix.verify).chain(&mut fix.undo);
    for line in lines.chain([&mut fix.note]) {
        *line = line.replace(NEW, &free);
    }
}

/// The user of a command that grants something to one, and what it grants.
pub(super) fn granted(line: &str) -> Option<(Uuid, &str)> {
    let (user, policy) = line.strip_prefix(GRANT)?.split_once(POLICY)?;
    Some((Uuid::try_parse(user.trim_matches('\'')).ok()?, policy))
}

/// Whether a fix grants `Global` by its name, which the cmdlet refuses: it is what is left without a grant.
pub fn grants_global(fix: &Fix) -> bool {
    let is_global = |line: &String| {
        let policy = line.starts_with("Grant-CsApplicationAccessPolicy ").then(|| line.split_once(POLICY));
        let policy = policy.flatten().and_then(|(_, rest)| rest.split(" -").next());
        policy.is_some_and(|policy| name::is_global(policy.trim_matches('\'')))
    };
    fix.steps.iter().any(|step| step.commands.iter().any(is_global))
}

/// Whether all that a fix does is take a direct assignment away from a user who has none.
pub fn is_void(fix: &Fix, snapshot: &Snapshot) -> bool {
    let none = |line: &String| {
        granted(line).is_some_and(|(user, to)| to == "$null" && direct_assignment(snapshot, user) == Some(None))
    };
    fix.steps.iter().all(|step| step.commands.iter().all(none))
}

/// Names in the undo of a fix the policy that the user holds directly, as far as the snapshot knows one.
pub fn give_back(fix: &mut Fix, snapshot: &Snapshot) {
    // What no list has cannot be granted again.
    let is_gone = |held: &str| {
        let known = snapshot.policies.known().iter().map(|policy| &policy.name).chain(&snapshot.unread_policies);
        snapshot.policies.is_complete() && !known.into_iter().any(|name| name::same(name, held))
    };
    for line in &mut fix.undo {
        let Some((user, policy)) = granted(line) else { continue };
        let held = direct_assignment(snapshot, user).flatten();
        let held = held.filter(|held| !held.is_empty() && !name::is_global(held) && !is_gone(held));
        // A name that a fact filled in is meant.
        let open = policy == "$null" || policy == "'<policy-name>'";
        if let Some(held) = held.filter(|_| open) {
            *line = format!("{GRANT}{}{POLICY}{}", literal(&user.to_string()), literal(name::bare(held)));
        }
    }
}
