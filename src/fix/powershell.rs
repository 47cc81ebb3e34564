//! Commands as PowerShell and as Graph requests. Every value goes through [`crate::fix::quote::literal`]; ids are parsed UUIDs.

use uuid::Uuid;

use super::command::{AppIds, Command, Target};
use super::quote::literal;
use crate::knowledge::GRAPH;
use crate::knowledge::cloud;
use crate::tenant::{Snapshot, Teams};

/// The Teams service plan (`TEAMS1`; learn.microsoft.com/entra/identity/users/licensing-service-plan-reference).
pub(super) const TEAMS_PLAN: &str = "57ff2da0-773e-42df-b2af-ffb7a2317929";

fn id(id: Uuid) -> String {
    literal(&id.to_string())
}

fn ids(ids: &[Uuid]) -> String {
    ids.iter().map(|it| id(*it)).collect::<Vec<_>>().join(", ")
}

/// `$app` and `$graph`: the service principals of the app and of Microsoft Graph in this tenant.
pub(super) fn service_principals(app_id: Uuid) -> [String; 2] {
    let find = |variable: &str, app: Uuid| {
        format!("${variable} = Get-MgServicePrincipal -Filter {}", literal(&format!("appId eq '{app}'")))
    };
    [find("app", app_id), find("graph", GRAPH)]
}

/// `$grant`: the assignments of one role of Microsoft Graph, in a pipeline of documented properties.
pub(super) fn role_grant(role_id: Uuid) -> String {
    format!(
        "$grant = Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -All | Where-Object AppRoleId -EQ {} | Where-Object ResourceId -EQ $graph.Id",
        id(role_id)
    )
}

/// The command as lines of PowerShell.
#[must_use]
pub fn lines(command: &Command) -> Vec<String> {
    match command {
        Command::NewPolicy { name, app_ids, description } => {
            let apps = if app_ids.is_empty() { String::new() } else { format!(" -AppIds {}", ids(app_ids)) };
            let text = description.as_ref().map(|text| format!(" -Description {}", literal(text))).unwrap_or_default();
            vec![format!("New-CsApplicationAccessPolicy -Identity {}{apps}{text}", literal(name))]
        }
        Command::SetPolicy { name, app_ids } => {
            let value = match app_ids {
                AppIds::Add(apps) => format!("@{{Add={}}}", ids(apps)),
                AppIds::Remove(apps) => format!("@{{Remove={}}}", ids(apps)),
                AppIds::Replace(apps) => ids(apps),
            };
            vec![format!("Set-CsApplicationAccessPolicy -Identity {} -AppIds {value}", literal(name))]
        }
        Command::RemovePolicy { name } => {
            vec![format!("Remove-CsApplicationAccessPolicy -Identity {}", literal(name))]
        }
        Command::Grant { to, policy } => {
            let policy = policy.as_ref().map_or_else(|| "$null".to_owned(), |policy| literal(policy));
            let to = match to {
                Target::User(user) => format!("-Identity {}", id(*user)),
                Target::Group { id: group, rank: Some(rank) } => format!("-Group {} -Rank {rank}", id(*group)),
                Target::Group { id: group, rank: None } => format!("-Group {}", id(*group)),
                Target::Global => "-Global".to_owned(),
            };
            vec![format!("Grant-CsApplicationAccessPolicy {to} -PolicyName {policy}")]
        }
        Command::RemoveGroupAssignment { group_id } => vec![format!(
            "Remove-CsGroupPolicyAssignment -GroupId {} -PolicyType ApplicationAccessPolicy",
            id(*group_id)
        )],
        Command::AddRole { app_id, role_id, .. } => service_principals(*app_id)
            .into_iter()
            .chain([format!(
                "New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id -ResourceId $graph.Id -AppRoleId {}",
                id(*role_id)
            )])
            .collect(),
        Command::RemoveRole { app_id, role_id, .. } => service_principals(*app_id)
            .into_iter()
            .chain([
                role_grant(*role_id),
                "Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -AppRoleAssignmentId $grant.Id"
                    .to_owned(),
            ])
            .collect(),
        Command::License { user_id, teams, from } => license(*user_id, *teams, *from),
        Command::TranscriptAccess(on) => {
            vec![format!("Set-CsTeamsMeetingConfiguration -Identity Global -EnableGraphTranscriptAccess ${on}")]
        }
        Command::AttributedTranscripts(on) => {
            vec![format!("Set-CsTeamsMeetingConfiguration -Identity Global -EnableAttributedTranscripts ${on}")]
        }
        Command::Perhaps(change) => lines(change),
        Command::Licences { .. } | Command::Refused { .. } | Command::Opaque { .. } => Vec::new(),
    }
}

fn license(user: Uuid, teams: Teams, from: Teams) -> Vec<String> {
    let user = id(user);
    let plan = literal(TEAMS_PLAN);
    let held = |test: &str| {
        format!(
            "$license = (Get-MgUser -UserId {user} -Property AssignedLicenses).AssignedLicenses | Where-Object {test} | Select-Object -First 1"
        )
    };
    let set = |plans: &str| {
        format!(
            "Set-MgUserLicense -UserId {user} -AddLicenses @{{ SkuId = $license.SkuId; DisabledPlans = @({plans}) }} -RemoveLicenses @()"
        )
    };
    match (from, teams) {
        (Teams::Disabled, Teams::Enabled) => {
            vec![held(&format!("DisabledPlans -Contains {plan}")), set(&format!("$license.DisabledPlans -ne {plan}"))]
        }
        (Teams::Enabled, Teams::Disabled) => vec![
            "$skus = Get-MgSubscribedSku -All".to_owned(),
            held(&format!(
                "{{ $sku = $_.SkuId; @($skus | Where-Object {{ $_.SkuId -eq $sku -and $_.ServicePlans.ServicePlanId -contains {plan} }}).Count }}"
            )),
            set(&format!("@($license.DisabledPlans) + {plan}")),
        ],
        (_, Teams::Enabled) => {
            vec![format!("Set-MgUserLicense -UserId {user} -AddLicenses @{{ SkuId = $SkuId }} -RemoveLicenses @()")]
        }
        (_, Teams::Disabled | Teams::Absent) => {
            vec![format!("Set-MgUserLicense -UserId {user} -AddLicenses @() -RemoveLicenses @($SkuId)")]
        }
    }
}

/// The command as a Graph request, where there is one, with the object ids that the snapshot knows.
#[must_use]
pub fn request(command: &Command, snapshot: &Snapshot) -> Option<String> {
    let Command::AddRole { app_id, role_id, .. } = command else { return None };
    let host = snapshot.cloud.as_deref().map_or_else(|| cloud("global"), cloud)?.graph;
    let principal = |app: Uuid, hole: &str| {
        let known = snapshot.apps.known().iter().find(|it| it.app_id == app).and_then(|it| it.service_principal_id);
        known.map_or_else(|| hole.to_owned(), |id| id.to_string())
    };
    let app = principal(*app_id, "<service-principal-object-id>");
    let graph = principal(GRAPH, "<graph-service-principal-object-id>");
    Some(format!(
        "POST https://{host}/v1.0/servicePrincipals/{app}/appRoleAssignments\n{{\"principalId\":\"{app}\",\"resourceId\":\"{graph}\",\"appRoleId\":\"{role_id}\"}}"
    ))
}
