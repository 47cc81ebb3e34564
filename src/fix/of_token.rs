//! A role that the token of a call holds, and the state does not show: what the call has needs no assignment, and no undo
//! takes it away.

use jiff::Timestamp;

use super::Fix;
use crate::diagnose::Question;
use crate::diagnose::facts::permission::{self, Why};
use crate::knowledge::{GRAPH, Operation, PermissionKind, permission_named};
use crate::tenant::{RoleGrant, Snapshot, Tri, View};

/// The state with the roles that let this call through.
pub(super) struct Held {
    pub(super) state: Snapshot,
    /// The roles, and whether the state was read after the token was issued, or nobody knows.
    roles: Vec<&'static str>,
    gone: bool,
}

/// `None` where the state shows what the token holds, or the token holds nothing that the operation takes.
pub(super) fn held(question: &Question, snapshot: &Snapshot, operation: &'static Operation) -> Option<Held> {
    let token = question.token.as_ref()?;
    let view = View::new(snapshot);
    let id = question.app_id?;
    let facts = permission::facts(question, &view, Some(operation), Some(id), view.app(id), false);
    if facts.why != Why::Held || facts.granted != Tri::No {
        return None;
    }
    let index = snapshot.apps.known().iter().position(|app| app.app_id == id)?;
    let mut state = snapshot.clone();
    let app = state.apps.items.get_mut(index)?;
    let grants = facts.held.iter().map(|name| RoleGrant {
        id: permission_named(name, PermissionKind::Application).and_then(|permission| permission.id),
        value: Some((*name).to_owned()),
        resource: Some(GRAPH),
    });
    app.roles.as_mut()?.extend(grants);
    let read_at = app.read_at.or(snapshot.apps.read_at).or(snapshot.taken_at);
    let issued = token.issued_at.and_then(|second| Timestamp::from_second(second).ok());
    let later = issued.zip(read_at).is_some_and(|(issued, read)| issued >= read);
    Some(Held { state, roles: facts.held, gone: !later })
}

impl Held {
    /// A proof on a state that is not quite the one that was read says so.
    pub(super) fn tell(&self, fix: &mut Fix) {
        let names: Vec<String> = self.roles.iter().map(|name| format!("`{name}`")).collect();
        let names = super::candidate::and(&names);
        let words = if self.gone {
            format!(
                "the token holds {names}, and the state does not show it: whether a later token has it is not known"
            )
        } else {
            format!("the token holds {names}, which was assigned after the state was read")
        };
        match fix.proof.as_mut().filter(|_| self.gone) {
            Some(proof) => {
                proof.proved = false;
                proof.missing.push(words);
            }
            None if fix.note.is_empty() => fix.note = words,
            None => fix.note = format!("{}; {words}", fix.note),
        }
    }
}
