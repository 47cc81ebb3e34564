//! Changes of a tenant's state as typed commands: what plans consist of, scripts are read into and the simulator runs.

use uuid::Uuid;

use crate::tenant::Teams;

/// Whom a grant is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// One user.
    User(Uuid),
    /// The direct members of a group; without a rank it comes last.
    Group {
        /// Object id of the group.
        id: Uuid,
        /// 1 = first.
        rank: Option<u32>,
    },
    /// Everybody without an assignment.
    Global,
}

/// How `-AppIds` of `Set-CsApplicationAccessPolicy` changes the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppIds {
    /// `@{Add=…}`
    Add(Vec<Uuid>),
    /// `@{Remove=…}`
    Remove(Vec<Uuid>),
    /// A bare list.
    Replace(Vec<Uuid>),
}

/// What a command that could not be read may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The content of any policy.
    Policies,
    /// A policy that it creates: those that are there stay as they are.
    Created,
    /// The direct assignment of any user.
    Direct,
    /// The direct assignment of any user, which becomes the policy that is named, or goes where none is.
    Somebody,
    /// Any group assignment.
    Groups,
    /// The content of `Global`.
    Global,
    /// The transcript switch.
    Settings,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `New-CsApplicationAccessPolicy`
    NewPolicy {
        /// Its name.
        name: String,
        /// The client ids that it lists.
        app_ids: Vec<Uuid>,
        /// Free text.
        description: Option<String>,
    },
    /// `Set-CsApplicationAccessPolicy -AppIds`
    SetPolicy {
        /// Its name.
        name: String,
        /// The change.
        app_ids: AppIds,
    },
    /// `Remove-CsApplicationAccessPolicy`
    RemovePolicy {
        /// Its name.
        name: String,
    },
    /// `Grant-CsApplicationAccessPolicy`
    Grant {
        /// For whom.
        to: Target,
        /// The policy; `None` = `$null`.
        policy: Option<String>,
    },
    /// `Remove-CsGroupPolicyAssignment`
    RemoveGroupAssignment {
        /// Object id of the group.
        group_id: Uuid,
    },
    /// An app role assignment of Microsoft Graph to the app's service principal.
    AddRole {
        /// Client id of the app.
        app_id: Uuid,
        /// Name of the role.
        role: String,
        /// Id of the role.
        role_id: Uuid,
    },
    /// Its removal.
    RemoveRole {
        /// Client id of the app.
        app_id: Uuid,
        /// Name of the role.
        role: String,
        /// Id of the role.
        role_id: Uuid,
    },
    /// The Teams service plan of a user.
    License {
        /// Object id of the user.
        user_id: Uuid,
        /// The plan after it.
        teams: Teams,
        /// The plan before it: an absent plan takes a licence, a disabled one is in the licence.
        from: Teams,
    },
    /// Licences of a user in a script, of which the snapshot does not tell whether they hold the Teams plan.
    Licences {
        /// Object id of the user; `None` = whose is known only when it is run.
        user_id: Option<Uuid>,
        /// One that may bring Teams is added.
        gives: bool,
        /// One that may have brought Teams is removed, or its plan switched off.
        takes: bool,
    },
    /// `Set-CsTeamsMeetingConfiguration -EnableGraphTranscriptAccess`
    TranscriptAccess(bool),
    /// `Set-CsTeamsMeetingConfiguration -EnableAttributedTranscripts`
    AttributedTranscripts(bool),
    /// A command of a script that PowerShell refuses before it is run.
    Refused {
        /// Why, lower case, no final full stop.
        why: String,
    },
    /// A change of a script of which nobody knows whether it is made.
    Perhaps(Box<Command>),
    /// A command of a script of which a value is known only when it is run.
    Opaque {
        /// What it may change.
        reach: Reach,
        /// The user or policy that alone it changes, if that is known.
        key: Option<String>,
        /// The policy that has to be there, or the command fails.
        policy: Option<String>,
    },
}
