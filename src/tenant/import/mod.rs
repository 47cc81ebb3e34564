//! What admins can export, as a snapshot: the output of PowerShell cmdlets and answers of Microsoft Graph.
//!
//! | file | what happens there |
//! |---|---|
//! | `scan` | text to printed objects; `csv`, `list`, `table` read the forms that are no JSON |
//! | `context` | the command or file name that says whose an output is; `request`: a request; `tools`: of command lines that are no PowerShell |
//! | `typed` | one command of many lines, with what its variables hold; `live`: which commands list what the tenant has now |
//! | `changes` | a command below a read changes what was read |
//! | `kind` | which cmdlet printed an object, told by its property names |
//! | `gather` | objects to what they say: `policies`, `directory`, and the lines of the project's own `export` |
//! | `draft` | what several files say becomes one state; what disagrees is an error with both places |
//! | `finish` | the state as a snapshot, with what is partial and why; `members`: of groups |
//! | `supplement` | the same over a snapshot that is there; `owner` says over which of several |
//!
//! Shapes: learn.microsoft.com/powershell/module/microsoftteams and learn.microsoft.com/graph/api.
//! What a console cut is not guessed: the object is left out, and its part is partial.

mod changes;
mod context;
mod csv;
mod directory;
mod draft;
mod error;
mod export;
mod finish;
mod gather;
mod kind;
mod lines;
mod list;
mod live;
mod members;
mod owner;
mod policies;
mod record;
mod request;
mod resources;
mod scan;
mod supplement;
mod table;
mod tools;
mod typed;

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use super::snapshot::{Snapshot, Status};

pub use error::ImportError;
pub use finish::UNSAID;
pub use owner::{is_of_another_tenant, owner};
pub use policies::odd_id;
pub use supplement::Times;
#[cfg(feature = "online")]
pub(super) use supplement::beside;

/// A read-only PowerShell script that exports all that a snapshot needs into one file with a manifest.
pub const SCRIPT: &str = include_str!("export.ps1");

/// A file to import: its name, which is told in errors and may hold the id of a group or user, and its decoded text.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// The name.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
}

/// A part of the snapshot that can be called complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The policies.
    Policies,
    /// Direct assignments.
    Direct,
    /// Group assignments.
    Groups,
    /// The members of each group whose members are given.
    Members,
    /// The effective policies of each user who is given.
    Effective,
    /// Users.
    Users,
    /// Service principals.
    Apps,
    /// The app roles of each service principal whose roles are given.
    Roles,
    /// The tenant's switches.
    Settings,
}

impl Part {
    /// Every part, in the order of the snapshot.
    pub const ALL: [Self; 9] = [
        Self::Policies,
        Self::Direct,
        Self::Groups,
        Self::Members,
        Self::Effective,
        Self::Users,
        Self::Apps,
        Self::Roles,
        Self::Settings,
    ];

    /// Its name on the command line and in a manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Policies => "policies",
            Self::Direct => "direct",
            Self::Groups => "groups",
            Self::Members => "members",
            Self::Effective => "effective",
            Self::Users => "users",
            Self::Apps => "apps",
            Self::Roles => "roles",
            Self::Settings => "settings",
        }
    }

    /// The part of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name().eq_ignore_ascii_case(name.trim()))
    }

    /// The command that reads all of it.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            Self::Policies => "Get-CsApplicationAccessPolicy | ConvertTo-Json -Depth 5",
            Self::Direct => {
                "Get-CsOnlineUser | Select-Object Identity, UserPrincipalName, ApplicationAccessPolicy | ConvertTo-Json -Depth 5"
            }
            Self::Groups => "Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy | ConvertTo-Json -Depth 5",
            Self::Members => "Get-MgGroupMember -GroupId '<group id>' -All | ConvertTo-Json -Depth 5",
            Self::Effective => "Get-CsUserPolicyAssignment -Identity '<user id>' | ConvertTo-Json -Depth 5",
            Self::Users => {
                "Get-MgUser -All -Property Id,UserPrincipalName,DisplayName,AccountEnabled,UserType,AssignedPlans | ConvertTo-Json -Depth 5"
            }
            Self::Apps => "Get-MgServicePrincipal -All | ConvertTo-Json -Depth 5",
            Self::Roles => {
                "Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId '<service principal id>' -All | ConvertTo-Json -Depth 5"
            }
            Self::Settings => "Get-CsTeamsMeetingConfiguration | ConvertTo-Json -Depth 5",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the user adds to the files.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Parts of which the files hold everything.
    pub complete: Vec<Part>,
    /// The tenant of the files.
    pub tenant: Option<Uuid>,
    /// When they were read, where they do not say it themselves.
    pub taken_at: Option<Timestamp>,
}

/// What a part holds after the import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The part.
    pub part: Part,
    /// How much is known of it.
    pub status: Status,
    /// Number of items; for members and roles, of lists.
    pub count: usize,
    /// Why it is not complete, in words.
    pub why: Option<String>,
}

impl Summary {
    /// Whether the files hold some of it, lost nothing of it, and all that lacks is that somebody says it was all.
    #[must_use]
    pub fn may_be_complete(&self) -> bool {
        self.status == Status::Partial && self.count > 0 && self.why.as_deref() == Some(finish::UNSAID)
    }
}

/// A remark on the files, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// `file:line`.
    pub place: String,
    /// In words.
    pub text: String,
}

/// What files say together.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The state.
    pub snapshot: Snapshot,
    /// Each part.
    pub summary: Vec<Summary>,
    /// What was left out, and why.
    pub notes: Vec<Note>,
}

/// Reads files of any known form into one snapshot. The kind of each output is recognised; one file may hold several.
///
/// A part is partial unless the manifest of the project's own export or [`Options::complete`] says that it is
/// complete, and nothing of it was cut.
///
/// # Errors
///
/// [`ImportError`] when a file holds nothing that is known, is broken, or contradicts another place.
pub fn import(files: &[File<'_>], options: &Options) -> Result<Imported, ImportError> {
    read(files, options, None).map(|(imported, _)| imported)
}

/// Puts what files say over a snapshot of the same tenant. What was read later replaces what the snapshot says of the
/// same user, policy, group or app; a change between both goes to its history. Names are those of the snapshot, too.
///
/// # Errors
///
/// [`ImportError`] as of [`import`], and where the files are of another tenant.
pub fn supplement(
    base: &Snapshot,
    files: &[File<'_>],
    options: &Options,
    times: Times,
) -> Result<Imported, ImportError> {
    let (imported, others) = read(files, options, Some(base))?;
    if let (Some(own), Some(other)) = (base.tenant_id, imported.snapshot.tenant_id)
        && own != other
    {
        let name = files.first().map_or("", |file| file.name);
        return Err(ImportError::Conflict {
            what: "the tenant".to_owned(),
            first: "the snapshot".to_owned(),
            first_value: own.to_string(),
            second: name.to_owned(),
            second_value: other.to_string(),
        });
    }
    let times = Times { read_at: options.taken_at.or(imported.snapshot.taken_at).or(times.read_at), ..times };
    if times.read_at.is_some() || base.taken_at.is_none() || !supplement::says_anything(&imported) {
        return Ok(supplement::over(base, imported, others, times));
    }
    // What has no time takes none from what was read at another one.
    Ok(supplement::over(&supplement::dated_by_parts(base), imported, others, times))
}

fn read(
    files: &[File<'_>],
    options: &Options,
    known: Option<&Snapshot>,
) -> Result<(Imported, finish::Beside), ImportError> {
    let mut gather = gather::Gather::new(files);
    gather.supplements = known.is_some();
    gather.complete = &options.complete;
    // An export that calls a part complete is read first, so that what it does not list is told at its place.
    let (exports, others): (Vec<_>, Vec<_>) =
        files.iter().enumerate().partition(|(_, file)| gather::is_export(file.text));
    for (index, file) in exports.into_iter().chain(others) {
        gather.begin();
        scan::scan(file.text, index, &mut gather)?;
        gather.end(index)?;
    }
    finish::finish(gather, options, known)
}
