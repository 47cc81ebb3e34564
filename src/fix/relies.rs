//! What a plan rests on beside what it changes: if any of it has moved, what was proved holds no more.

use std::collections::HashSet;

use uuid::Uuid;

use super::asked::{Answer, Ask};
use super::object::Object;
use crate::diagnose::facts::permission;
use crate::diagnose::{Outcome, Question};
use crate::knowledge::{Gate, PermissionKind, permission_named};
use crate::tenant::{Effective, Level, Snapshot, View, effective, name};

/// What the answers rest on, before and `after` the change.
pub(super) fn relies(ask: &Ask<'_>, question: &Question, answers: &[Answer], after: &Snapshot) -> Vec<Object> {
    let mut found = Relies::default();
    let (now, then) = (View::indexed(ask.snapshot), View::indexed(after));
    let asked = |gate| answers.iter().any(|answer| answer.outcome(gate) != Outcome::Skipped);
    if asked(Gate::Policy) {
        let mut by_group = false;
        for user in answers.iter().filter_map(|answer| answer.user_id) {
            found.add(Object::Effective(user));
            for effective in [effective(&now, Some(user)), effective(&then, Some(user))] {
                by_group |= !is_direct(&effective);
                found.effective(&effective);
            }
        }
        // Below a direct assignment on both sides the default decides nothing.
        if by_group {
            found.add(Object::Policy(name::GLOBAL.to_owned()));
        }
        if by_group && ask.snapshot.groups.is_complete() {
            found.objects.retain(|it| !matches!(it, Object::Group(_)));
            found.add(Object::Groups);
        }
    }
    let operation = Some(ask.operation);
    let facts = permission::facts(question, &now, operation, Some(ask.app_id), now.app(ask.app_id), false);
    for role in facts.held {
        if let Some(role_id) = permission_named(role, PermissionKind::Application).and_then(|it| it.id) {
            found.add(Object::Role { app_id: ask.app_id, role: role.to_owned(), role_id });
        }
    }
    if ask.operation.reads_transcripts {
        found.add(Object::Transcripts);
    }
    if asked(Gate::User) {
        let passes = |answer: &&Answer| answer.outcome(Gate::User) == Outcome::Pass;
        let users = answers.iter().filter(passes).filter_map(|answer| answer.user_id);
        users.for_each(|user| found.add(Object::Teams(user)));
    }
    found.objects
}

#[derive(Default)]
struct Relies {
    objects: Vec<Object>,
    /// Users by object: of those there may be many.
    users: HashSet<(bool, Uuid)>,
}

impl Relies {
    fn add(&mut self, object: Object) {
        let of_user = match object {
            Object::Effective(user) => Some((true, user)),
            Object::Teams(user) => Some((false, user)),
            _ => None,
        };
        if let Some(key) = of_user {
            if self.users.insert(key) {
                self.objects.push(object);
            }
        } else if !self.objects.iter().any(|known| known.is(&object)) {
            self.objects.push(object);
        }
    }

    fn effective(&mut self, effective: &Effective<'_>) {
        for assignment in &effective.candidates {
            if !assignment.policy.is_empty() {
                self.add(Object::Policy(assignment.policy.to_owned()));
            }
            if let Some(group) = group_of(assignment.level) {
                self.add(Object::Group(group));
            }
        }
    }
}

const fn group_of(level: Level) -> Option<Uuid> {
    match level {
        Level::Group { group_id, .. } => group_id,
        Level::Direct | Level::Global | Level::Unsaid => None,
    }
}

fn is_direct(effective: &Effective<'_>) -> bool {
    effective.known().is_some_and(|one| one.level == Level::Direct)
}
