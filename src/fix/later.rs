//! What users who come later gain or lose: through `Global`, or through a group that they join.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::known::EXAMPLES;

/// What users who come later gain or lose of one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// Client id.
    pub app_id: Uuid,
    /// The app's name, if a snapshot has it.
    pub app: Option<String>,
    /// By what: `Global`, or the groups that they may join.
    pub through: String,
    /// It is a loss.
    pub loses: bool,
    /// They may and need not.
    pub perhaps: bool,
    /// It is for those who join this group alone.
    pub only_group: Option<Uuid>,
    /// No policy that they may have lists the app: it comes or goes with something else.
    pub any_policy: bool,
}

/// What [`Later::through`] says where no policy gives or takes it.
const ANY_POLICY: &str = "whatever policy they have";

/// By what something comes or goes: `Global` and groups.
#[derive(Default)]
pub(super) struct Levels {
    at: BTreeSet<Option<Uuid>>,
    /// Where the policy lists the app, or may, before or after.
    listing: BTreeSet<Option<Uuid>>,
    /// By a group of which nobody has read the assignment.
    unread: bool,
    surely: bool,
}

impl Levels {
    pub(super) fn add(&mut self, level: Option<Uuid>, at_all: bool, surely: bool) {
        if at_all {
            self.at.insert(level);
        }
        self.surely |= surely;
    }

    /// The policy at this level lists the app, or may.
    pub(super) fn lists(&mut self, level: Option<Uuid>) {
        self.listing.insert(level);
    }

    /// A group that was not read may give or take it.
    pub(super) fn add_unread(&mut self) {
        self.unread = true;
    }

    /// Puts another way beside this one: it is sure only where both are.
    pub(super) fn join(&mut self, other: Self) {
        self.at.extend(other.at);
        self.listing.extend(other.listing);
        self.unread |= other.unread;
        self.surely &= other.surely;
    }

    /// What they give or take of one app; `None` = nothing. `name` is that of a group.
    pub(super) fn told(
        &self,
        app_id: Uuid,
        app: Option<String>,
        name: &dyn Fn(Uuid) -> Option<String>,
        loses: bool,
    ) -> Option<Later> {
        if self.at.is_empty() && !self.unread {
            return None;
        }
        let only = self.at.first().copied().flatten().filter(|_| self.at.len() == 1 && !self.unread);
        let words = |level: &Option<Uuid>| match level {
            None => "`Global`".to_owned(),
            Some(group) => match name(*group) {
                Some(name) => format!("group `{name}` ({group})"),
                None => format!("group `{group}`"),
            },
        };
        // A policy that does not list the app gives and takes nothing.
        let listing: Vec<&Option<Uuid>> = self.at.iter().filter(|level| self.listing.contains(level)).collect();
        let mut through: Vec<String> = listing.iter().take(EXAMPLES).map(|level| words(level)).collect();
        if listing.len() > EXAMPLES {
            through.push(format!("{} more groups", listing.len() - EXAMPLES));
        }
        if self.unread {
            through.push("groups of which the policy was not read".to_owned());
        }
        let any_policy = through.is_empty();
        let through = if any_policy { ANY_POLICY.to_owned() } else { super::listed(&through) };
        Some(Later { app_id, app, through, loses, perhaps: !self.surely, only_group: only, any_policy })
    }
}
