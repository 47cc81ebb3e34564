//! Changes of which nobody knows whether they are made, in the simulator. Two states stand for all that may come: one in
//! which as little is open as may be, and one in which as much is.

use uuid::Uuid;

use super::command::{AppIds, Command, Reach, Target};
use super::simulate::Simulator;
use crate::tenant::{Teams, name};

/// Which of the two states it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// What may be given is not there, what may be taken is gone.
    Least,
    /// The opposite.
    Most,
}

/// Whether a change makes the two states differ; other changes leave what they concern unknown, or apart from what is known.
pub(super) fn parts(change: &Command) -> bool {
    matches!(
        change,
        Command::SetPolicy { .. }
            | Command::AddRole { .. }
            | Command::RemoveRole { .. }
            | Command::License { .. }
            | Command::Licences { .. }
            | Command::TranscriptAccess(_)
    )
}

impl Simulator<'_> {
    /// Runs a command of which nobody knows whether it is run.
    pub(super) fn apply_perhaps(&mut self, change: &Command, bound: Bound) {
        let most = bound == Bound::Most;
        match change {
            Command::NewPolicy { name, .. } if self.listed(name) || name::is_global(name) => self.apply(change),
            Command::NewPolicy { .. } => self.lose_sight(Reach::Created, None, false),
            Command::SetPolicy { name, app_ids } => self.set_perhaps(name, app_ids, most),
            Command::RemovePolicy { name } if self.is_absent(name) || name::is_global(name) => self.apply(change),
            Command::RemovePolicy { name } => self.lose_sight(Reach::Policies, Some(name), true),
            Command::Grant { to: Target::User(user), policy } => self.grant_perhaps(*user, policy.as_deref()),
            Command::Grant { policy: Some(policy), .. } if self.is_absent(policy) => self.apply(change),
            Command::Grant { to: Target::Group { .. }, .. } | Command::RemoveGroupAssignment { .. } => {
                self.lose_sight(Reach::Groups, None, true);
            }
            Command::Grant { to: Target::Global, .. } => self.lose_sight(Reach::Global, None, true),
            Command::AddRole { .. }
            | Command::License { teams: Teams::Enabled, .. }
            | Command::TranscriptAccess(true) => {
                if most {
                    self.apply(change);
                }
            }
            Command::RemoveRole { .. } | Command::License { .. } | Command::TranscriptAccess(false) => {
                if !most {
                    self.apply(change);
                }
            }
            Command::Licences { user_id, gives, takes } => {
                self.apply(&Command::Licences { user_id: *user_id, gives: *gives && most, takes: *takes && !most })
            }
            Command::AttributedTranscripts(on) => {
                self.lose_sight(Reach::Settings, Some("attributed_transcripts"), !*on);
            }
            Command::Perhaps(change) => self.apply_perhaps(change, bound),
            Command::Refused { .. } | Command::Opaque { .. } => self.apply(change),
        }
    }

    /// A command of which nobody knows whether it is run, in one state.
    pub(super) fn lose_sight_of(&mut self, change: &Command) {
        match change {
            Command::SetPolicy { name, app_ids } => {
                self.lose_sight(Reach::Policies, Some(name), !matches!(app_ids, AppIds::Add(_)));
            }
            change => self.apply_perhaps(change, Bound::Least),
        }
    }

    /// What a command may change is not known after it.
    pub(super) fn lose_sight(&mut self, reach: Reach, key: Option<&str>, takes: bool) {
        self.takes_unread |= takes;
        self.apply(&Command::Opaque { reach, key: key.map(str::to_owned), policy: None });
    }

    fn set_perhaps(&mut self, policy: &str, edit: &AppIds, most: bool) {
        if self.is_global_from(policy) {
            self.lose_sight(Reach::Global, None, true);
            return self.lose_sight(Reach::Policies, Some(policy), true);
        }
        let known = self.policy(policy);
        let listed: Vec<Uuid> = known.map(|it| it.app_ids.clone()).unwrap_or_default();
        let (here, absent) = (known.is_some(), self.is_absent(policy));
        let edit = match edit {
            AppIds::Add(apps) if most || apps.iter().all(|app| listed.contains(app)) => AppIds::Add(apps.clone()),
            AppIds::Remove(apps) if !most => AppIds::Remove(apps.clone()),
            AppIds::Replace(apps) => {
                let change: Vec<Uuid> = if most {
                    apps.iter().copied().filter(|app| !listed.contains(app)).collect()
                } else {
                    listed.into_iter().filter(|app| !apps.contains(app)).collect()
                };
                if here && change.is_empty() {
                    return;
                }
                self.assume("a bare list of -AppIds takes the place of the ids that the policy lists");
                if most { AppIds::Add(change) } else { AppIds::Remove(change) }
            }
            // It is there, and stays so in this state.
            AppIds::Add(_) | AppIds::Remove(_) if !absent => return,
            other => other.clone(),
        };
        self.apply(&Command::SetPolicy { name: policy.to_owned(), app_ids: edit });
    }
}
