//! What can be wrong with files to import.

use super::Part;

/// Files that cannot be imported: what is wrong, where, and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Nothing in a file has a form and names that are known.
    #[error("`{file}` holds no output that is known: {message}")]
    Unrecognised {
        /// Name of the file.
        file: String,
        /// The place of the first text, `file:line`.
        place: String,
        /// What was found instead.
        message: String,
    },
    /// Text that starts like JSON and is none.
    #[error("broken JSON at {place}: {message}")]
    NotJson {
        /// `file:line:column`.
        place: String,
        /// What the JSON reader says.
        message: String,
    },
    /// A value or a row that has no reading.
    #[error("no reading at {place}: {message}")]
    Malformed {
        /// `file:line`.
        place: String,
        /// What is wrong.
        message: String,
        /// The way out.
        help: &'static str,
    },
    /// Two places that cannot both be true.
    #[error("{what}: {first} says {first_value}, {second} says {second_value}")]
    Conflict {
        /// What they speak of.
        what: String,
        /// The first place, `file:line`.
        first: String,
        /// What it says.
        first_value: String,
        /// The second place.
        second: String,
        /// What it says.
        second_value: String,
    },
    /// Members of a group that is not named.
    #[error("the members at {place} do not say which group they are of")]
    NoGroup {
        /// `file:line`.
        place: String,
    },
    /// The policies of a user who is not named, or whose object id is not known.
    #[error("the policies at {place} are of {user}")]
    NoUser {
        /// `file:line`.
        place: String,
        /// In words.
        user: String,
    },
    /// A part was called complete, and a read of a user's effective policy tells an assignment that is not in it.
    #[error("`--complete {parts}` leaves out an assignment: {place} says that user `{user}` has {what}")]
    NotComplete {
        /// The parts, as on the command line.
        parts: &'static str,
        /// `file:line`.
        place: String,
        /// The user.
        user: String,
        /// The assignment, in words.
        what: String,
    },
    /// A part was called complete that no file holds.
    #[error("`{part}` was called complete, but no file holds any of it{}", left_out.as_ref().map(|it| format!("; {it}")).unwrap_or_default())]
    NothingToComplete {
        /// The part.
        part: Part,
        /// What may be of it and was left out, with its place and the reason.
        left_out: Option<String>,
    },
}

impl ImportError {
    /// The place for machines, `file:line`; of a conflict the second.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        match self {
            Self::Unrecognised { place, .. }
            | Self::NotJson { place, .. }
            | Self::Malformed { place, .. }
            | Self::NoGroup { place }
            | Self::NoUser { place, .. }
            | Self::NotComplete { place, .. } => Some(place),
            Self::Conflict { second, .. } => Some(second),
            Self::NothingToComplete { .. } => None,
        }
    }

    /// The way out.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unrecognised { .. } => {
                "give the output of `Get-CsApplicationAccessPolicy`, `Get-CsOnlineUser`, `Get-CsGroupPolicyAssignment` \
                 and the like, best as `| ConvertTo-Json -Depth 5`, with the property names that PowerShell prints; or \
                 run the script that `graphwhy import --script` prints"
            }
            Self::NotJson { .. } => "the file may be cut off or edited: export it again, whole",
            Self::Malformed { help, .. } => help,
            Self::Conflict { .. } => "two readings of one thing: give only the newer one",
            Self::NoGroup { .. } => {
                "put the group's object id into the file's name, `members-<group id>.json`, or keep the line with the \
                 command (`Get-MgGroupMember -GroupId ...`) or the request (`GET /groups/<id>/members`) above the output"
            }
            Self::NoUser { .. } => {
                "put the user's object id into the file's name, `policies-<user id>.json`, or keep the line with the \
                 command (`Get-CsUserPolicyAssignment -Identity ...`) above the output; for a user principal name, add \
                 the output of `Get-MgUser -UserId ...`"
            }
            Self::NotComplete { parts: "groups", .. } => {
                "add the output of `Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy`, or leave `groups` \
                 out of `--complete`"
            }
            Self::NotComplete { .. } => {
                "add the output of `Get-CsOnlineUser` (and of `Get-CsGroupPolicyAssignment`), or leave the part out of \
                 `--complete`"
            }
            Self::NothingToComplete { .. } => {
                "leave it out of `--complete`, or add the file; an empty list of it cannot be complete"
            }
        }
    }
}
