//! What takes commands back, and why nothing does.

use super::command::{AppIds, Command, Target};
use super::reads::direct_assignment;
use crate::tenant::{Content, Snapshot, View, name};

/// Why no command takes it back.
pub(super) fn no_undo(commands: &[Command], before: &Snapshot) -> String {
    let replaced = commands.iter().find_map(|command| match command {
        Command::Grant { to: Target::User(user), .. } => {
            let held = direct_assignment(before, *user).flatten();
            held.filter(|held| is_gone(held, before) || name::is_global(held))
        }
        _ => None,
    });
    match replaced {
        Some(policy) if name::is_global(policy) => {
            "it replaces `Global`, assigned by its name, and what a grant of that does is not documented, so that no command is known to take it back".to_owned()
        }
        Some(policy) => format!(
            "`{}`, which it replaces, is in no list of policies, so that no command is known to take it back",
            name::bare(policy)
        ),
        None => "what it replaces is not known, so that no command is known to take it back".to_owned(),
    }
}

/// Whether a policy certainly does not exist: no command grants it.
fn is_gone(policy: &str, snapshot: &Snapshot) -> bool {
    View::new(snapshot).content(policy) == Content::Dangling
}

/// What takes a command back in this state; `None` where the state before is not known, or nothing does.
#[must_use]
pub fn inverse(command: &Command, before: &Snapshot) -> Option<Command> {
    match command {
        Command::NewPolicy { name, .. } => Some(Command::RemovePolicy { name: name.clone() }),
        Command::SetPolicy { name, app_ids } => {
            let known = View::new(before).policy(name)?;
            let back = match app_ids {
                AppIds::Add(ids) => {
                    AppIds::Remove(ids.iter().copied().filter(|id| !known.app_ids.contains(id)).collect())
                }
                AppIds::Remove(ids) => {
                    AppIds::Add(ids.iter().copied().filter(|id| known.app_ids.contains(id)).collect())
                }
                AppIds::Replace(_) => AppIds::Replace(known.app_ids.clone()),
            };
            Some(Command::SetPolicy { name: name.clone(), app_ids: back })
        }
        Command::Grant { to: Target::User(user), .. } => {
            let held = direct_assignment(before, *user)?;
            // What a grant of `Global` by its name does is not documented: whether it gives that back is not known.
            if held.is_some_and(|held| is_gone(held, before) || name::is_global(held)) {
                return None;
            }
            Some(Command::Grant { to: Target::User(*user), policy: held.map(str::to_owned) })
        }
        Command::Grant { to: Target::Group { id, .. }, .. } => {
            match before.groups.known().iter().find(|group| group.group_id == *id) {
                None if before.groups.is_complete() => Some(Command::RemoveGroupAssignment { group_id: *id }),
                // Nobody has read whether it holds one, or what rank it had would be lost.
                None | Some(_) => None,
            }
        }
        Command::AddRole { app_id, role, role_id } => {
            Some(Command::RemoveRole { app_id: *app_id, role: role.clone(), role_id: *role_id })
        }
        Command::RemoveRole { app_id, role, role_id } => {
            Some(Command::AddRole { app_id: *app_id, role: role.clone(), role_id: *role_id })
        }
        Command::License { user_id, teams, from } => {
            Some(Command::License { user_id: *user_id, teams: *from, from: *teams })
        }
        Command::TranscriptAccess(_) => before.settings.graph_transcript_access.map(Command::TranscriptAccess),
        Command::AttributedTranscripts(_) => before.settings.attributed_transcripts.map(Command::AttributedTranscripts),
        Command::Licences { .. }
        | Command::Grant { to: Target::Global, .. }
        | Command::RemovePolicy { .. }
        | Command::RemoveGroupAssignment { .. }
        | Command::Refused { .. }
        | Command::Perhaps(_)
        | Command::Opaque { .. } => None,
    }
}
