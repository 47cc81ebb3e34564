//! What commands change and a simulation rests on, each with the read that shows it and its state in a snapshot.

use uuid::Uuid;

use super::quote::literal;
use super::reads::direct_assignment;
use super::roles::is_role;
use crate::tenant::{Content, Effective, Level, Snapshot, Teams, View, effective, name};

/// Something that a command changes, or a plan rests on, and a read shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    Policy(String),
    /// Which of these ids a policy lists, whatever else it does.
    Listed(String, Vec<Uuid>),
    /// Whether a policy is there, whatever it lists.
    Exists(String),
    /// The groups that hold a policy.
    Holders(String),
    Direct(Uuid),
    /// What is effective for a user, whatever level it comes from.
    Effective(Uuid),
    /// The assignment of one group.
    Group(Uuid),
    /// The policy of one group, whatever its rank.
    GroupPolicy(Uuid),
    Groups,
    Role {
        app_id: Uuid,
        role: String,
        role_id: Uuid,
    },
    Teams(Uuid),
    Transcripts,
}

/// The value of [`Object::Exists`].
pub(super) const THERE: &str = "there";

/// The state of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody has read it.
    Unread,
    /// It is not there.
    Absent,
    /// What it holds, in any order.
    Is(Vec<String>),
}

impl Object {
    /// Whether both are the same thing: names of policies are compared as the service does.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Policy(a), Self::Policy(b)) => name::same(a, b),
            _ => self == other,
        }
    }
}

/// The state of an object in a snapshot.
pub(super) fn state(snapshot: &Snapshot, object: &Object) -> State {
    let is = |value: &str| State::Is(vec![value.to_owned()]);
    let policy = |wanted: &str| snapshot.policies.known().iter().find(|policy| name::same(&policy.name, wanted));
    let no_policy = |wanted: &str| {
        if snapshot.policies.is_complete() && !name::is_global(wanted) { State::Absent } else { State::Unread }
    };
    match object {
        Object::Policy(wanted) => policy(wanted).map_or_else(
            || no_policy(wanted),
            |policy| {
                let ids = policy.app_ids.iter().map(ToString::to_string);
                State::Is(ids.chain(policy.other_ids.iter().cloned()).collect())
            },
        ),
        Object::Listed(wanted, ids) => policy(wanted).map_or_else(
            || no_policy(wanted),
            |policy| State::Is(ids.iter().filter(|id| policy.app_ids.contains(id)).map(ToString::to_string).collect()),
        ),
        Object::Exists(wanted) => policy(wanted).map_or_else(|| no_policy(wanted), |_| is(THERE)),
        Object::Holders(wanted) => {
            let groups = snapshot.groups.known().iter().filter(|group| name::same(&group.policy, wanted));
            State::Is(groups.map(|group| group.group_id.to_string()).collect())
        }
        Object::Direct(user) => match direct_assignment(snapshot, *user) {
            Some(Some(policy)) => is(policy),
            Some(None) => State::Absent,
            None => State::Unread,
        },
        Object::Effective(user) => state_of_effective(&effective(&View::new(snapshot), Some(*user))),
        Object::Group(id) => match snapshot.groups.known().iter().find(|it| it.group_id == *id) {
            Some(group) if group.rank > 0 && !group.policy.is_empty() => {
                is(&format!("{} {}", group.rank, group.policy))
            }
            Some(_) => State::Unread,
            None if snapshot.groups.is_complete() => State::Absent,
            None => State::Unread,
        },
        Object::GroupPolicy(id) => match snapshot.groups.known().iter().find(|it| it.group_id == *id) {
            Some(group) if !group.policy.is_empty() => is(name::bare(&group.policy)),
            None if snapshot.groups.is_complete() => State::Absent,
            Some(_) | None => State::Unread,
        },
        Object::Groups => {
            let groups = &snapshot.groups;
            if !groups.is_complete() || groups.items.iter().any(|it| it.rank == 0 || it.policy.is_empty()) {
                return State::Unread;
            }
            State::Is(groups.items.iter().map(|it| format!("{} {} {}", it.group_id, it.rank, it.policy)).collect())
        }
        Object::Role { app_id, role, role_id } => {
            let app = snapshot.apps.known().iter().find(|app| app.app_id == *app_id);
            match app.and_then(|app| app.roles.as_ref()) {
                Some(roles) if roles.iter().any(|grant| is_role(grant, role, *role_id)) => is("granted"),
                Some(_) => State::Absent,
                None => State::Unread,
            }
        }
        Object::Teams(user) => match snapshot.users.known().iter().find(|it| it.id == *user).and_then(|it| it.teams) {
            Some(Teams::Enabled) => is("enabled"),
            Some(Teams::Disabled | Teams::Absent) => State::Absent,
            None => State::Unread,
        },
        Object::Transcripts => {
            snapshot.settings.graph_transcript_access.map_or(State::Unread, |on| is(&on.to_string()))
        }
    }
}

/// What a read of the effective policy shows.
fn state_of_effective(effective: &Effective<'_>) -> State {
    match effective.known() {
        // The module does not list the default, and how it shows an assignment of it by name is written nowhere.
        Some(one) if name::is_global(one.policy) && one.level != Level::Global => State::Unread,
        Some(one) if one.level == Level::Global => State::Absent,
        // A policy that nobody has read may not exist: what an assignment of it comes to is not documented.
        Some(one) if one.content == Content::Unread && !effective.by_read => State::Unread,
        Some(one) => State::Is(vec![name::bare(one.policy).to_owned()]),
        None => State::Unread,
    }
}

impl Object {
    /// The expression that reads it.
    pub(super) fn read(&self) -> String {
        let id = |id: &Uuid| literal(&id.to_string());
        match self {
            Self::Policy(name) => format!("Read-Policy {}", literal(name::bare(name))),
            Self::Listed(name, ids) => {
                let ids: Vec<String> = ids.iter().map(id).collect();
                format!("Read-Listed {} @({})", literal(name::bare(name)), ids.join(", "))
            }
            Self::Exists(name) => format!("Read-Exists {}", literal(name::bare(name))),
            Self::Holders(name) => format!("Read-Holders {}", literal(name::bare(name))),
            Self::GroupPolicy(group) => format!("Read-GroupPolicy {}", id(group)),
            Self::Direct(user) => format!("Read-Direct {}", id(user)),
            Self::Effective(user) => format!("Read-Effective {}", id(user)),
            Self::Group(group) => format!("Read-Group {}", id(group)),
            Self::Groups => "Read-Groups".to_owned(),
            Self::Role { app_id, role_id, .. } => format!("Read-Role {} {}", id(app_id), id(role_id)),
            Self::Teams(user) => format!("Read-Teams {}", id(user)),
            Self::Transcripts => "Read-Transcripts".to_owned(),
        }
    }

    pub(super) fn words(&self) -> String {
        match self {
            Self::Policy(name) => format!("policy {name}"),
            Self::Listed(name, ids) => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                format!("what policy {name} lists of {}", ids.join(", "))
            }
            Self::Exists(name) => format!("that policy {name} is there"),
            Self::Holders(name) => format!("groups that hold policy {name}"),
            Self::GroupPolicy(group) => format!("policy of group {group}"),
            Self::Direct(user) => format!("direct assignment of user {user}"),
            Self::Effective(user) => format!("effective policy of user {user}"),
            Self::Group(group) => format!("policy and rank of group {group}"),
            Self::Groups => "group assignments".to_owned(),
            Self::Role { app_id, role, .. } => format!("role {role} of app {app_id}"),
            Self::Teams(user) => format!("Teams of user {user}"),
            Self::Transcripts => "transcript switch".to_owned(),
        }
    }

    /// The function that reads it. The properties are those of the cmdlets' pages.
    pub(super) const fn function(&self) -> &'static str {
        match self {
            Self::Policy(_) => {
                "function Read-Policy($Name) {
    $found = @(Get-CsApplicationAccessPolicy | Where-Object { ($_.Identity -replace '^Tag:', '') -eq $Name })
    if ($found.Count -eq 0) { return $null }
    return , @($found[0].AppIds | Where-Object { $_ } | ForEach-Object { \"$_\" })
}
"
            }
            Self::Listed(..) => {
                "function Read-Listed($Name, $Ids) {
    $found = @(Get-CsApplicationAccessPolicy | Where-Object { ($_.Identity -replace '^Tag:', '') -eq $Name })
    if ($found.Count -eq 0) { return $null }
    return , @($found[0].AppIds | Where-Object { $_ -and $Ids -contains \"$_\" } | ForEach-Object { \"$_\" })
}
"
            }
            Self::Exists(_) => {
                "function Read-Exists($Name) {
    $found = @(Get-CsApplicationAccessPolicy | Where-Object { ($_.Identity -replace '^Tag:', '') -eq $Name })
    if ($found.Count -eq 0) { return $null }
    return , @('there')
}
"
            }
            Self::Holders(_) => {
                "function Read-Holders($Name) {
    return , @(Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy |
        Where-Object { (\"$($_.PolicyName)\" -replace '^Tag:', '') -eq $Name } | ForEach-Object { \"$($_.GroupId)\" })
}
"
            }
            Self::GroupPolicy(_) => {
                "function Read-GroupPolicy($GroupId) {
    $found = @(Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy | Where-Object { $_.GroupId -eq $GroupId })
    if ($found.Count -eq 0) { return $null }
    return , @(\"$($found[0].PolicyName)\" -replace '^Tag:', '')
}
"
            }
            Self::Direct(_) => {
                "function Read-Direct($UserId) {
    $rows = @(Get-CsUserPolicyAssignment -Identity $UserId -PolicyType ApplicationAccessPolicy)
    $direct = @($rows | ForEach-Object { $_.PolicySource } | Where-Object { $_.AssignmentType -eq 'Direct' })
    if ($direct.Count -eq 0) { return $null }
    return , @(\"$($direct[0].PolicyName)\" -replace '^Tag:', '')
}
"
            }
            Self::Effective(_) => {
                "function Read-Effective($UserId) {
    $rows = @(Get-CsUserPolicyAssignment -Identity $UserId -PolicyType ApplicationAccessPolicy)
    $names = @($rows | ForEach-Object { \"$($_.PolicyName)\" -replace '^Tag:', '' } | Where-Object { $_ -and $_ -ne 'Global' })
    if ($names.Count -eq 0) { return $null }
    return , @($names[0])
}
"
            }
            Self::Group(_) => {
                "function Read-Group($GroupId) {
    $found = @(Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy | Where-Object { $_.GroupId -eq $GroupId })
    if ($found.Count -eq 0) { return $null }
    return , @(\"$($found[0].Rank) $(\"$($found[0].PolicyName)\" -replace '^Tag:', '')\")
}
"
            }
            Self::Groups => {
                "function Read-Groups {
    return , @(Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy |
        ForEach-Object { \"$($_.GroupId) $($_.Rank) $(\"$($_.PolicyName)\" -replace '^Tag:', '')\" })
}
"
            }
            Self::Role { .. } => {
                "function Read-Role($AppId, $RoleId) {
    $app = Get-MgServicePrincipal -Filter \"appId eq '$AppId'\"
    $graph = Get-MgServicePrincipal -Filter \"appId eq '00000003-0000-0000-c000-000000000000'\"
    if (-not $app -or -not $graph) { throw \"no service principal of $AppId in this tenant\" }
    $held = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -All |
        Where-Object { $_.AppRoleId -eq $RoleId -and $_.ResourceId -eq $graph.Id })
    if ($held.Count -eq 0) { return $null }
    return , @('granted')
}
"
            }
            Self::Teams(_) => {
                "function Read-Teams($UserId) {
    if ((Get-CsOnlineUser -Identity $UserId).FeatureTypes -contains 'Teams') { return , @('enabled') }
    return $null
}
"
            }
            Self::Transcripts => {
                "function Read-Transcripts {
    return , @(\"$((Get-CsTeamsMeetingConfiguration -Identity Global).EnableGraphTranscriptAccess)\")
}
"
            }
        }
    }

    pub(super) const fn module(&self) -> &'static str {
        match self {
            Self::Role { .. } => "Microsoft.Graph.Applications",
            _ => "MicrosoftTeams",
        }
    }
}

impl State {
    pub(super) fn expression(&self) -> String {
        match self {
            Self::Unread => "$null".to_owned(),
            Self::Absent => "$null".to_owned(),
            Self::Is(values) => {
                let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
                format!("@({})", values.join(", "))
            }
        }
    }
}
