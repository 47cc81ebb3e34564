#Requires -Version 5.1
#Requires -Modules MicrosoftTeams
<#
.SYNOPSIS
Exports what decides whether an app may act for a user in online meetings, for `graphwhy import FILE -o tenant.json`.
.DESCRIPTION
Only reads. Sign in first, with a reading role (Global Reader) and reading permissions:
  Connect-MicrosoftTeams
  Connect-MgGraph -Scopes User.Read.All, GroupMember.Read.All, Application.Read.All   (module Microsoft.Graph.Authentication)
Without the second one, or with -SkipGraph, members, licences and permissions are missing from the file.
A read that fails leaves its part out and says so in the manifest; the others go on.
.PARAMETER Path
The file to write. It holds names of people and groups: keep it as such.
.PARAMETER App
Client ids of apps whose permissions are read, beside those that a policy lists.
.PARAMETER User
Object ids of users whose effective policy is read one by one.
#>
[CmdletBinding()]
param(
    [string] $Path = 'graphwhy-export.json',
    [guid[]] $App = @(),
    [guid[]] $User = @(),
    [switch] $SkipGraph
)
$ErrorActionPreference = 'Stop'
$policyType = 'ApplicationAccessPolicy'
$teamsPlan = '57ff2da0-773e-42df-b2af-ffb7a2317929'
$manifest = New-Object System.Collections.ArrayList
$appIds = @{}
$groupIds = @{}
$principals = @{}

function Get-Now { [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ') }

# Without its zone a time would be a guess.
function Format-Time($Time) {
    if ($Time -is [DateTime] -and $Time.Kind -ne 'Unspecified') { $Time.ToUniversalTime().ToString('o') }
    elseif ($Time -is [DateTimeOffset]) { $Time.UtcDateTime.ToString('o') }
}

function Write-Entry($Entry) {
    $writer.Write($script:separator + (ConvertTo-Json -InputObject $Entry -Compress -Depth 6))
    $script:separator = ",`n"
}

# One part, or one list of it: every object that $Read gives becomes a line, the outcome a line of the manifest.
function Export-Part([string] $Part, [string] $Source, [scriptblock] $Read, [hashtable] $Owner = @{}) {
    $progress = @{ items = 0 }
    $outcome = [ordered]@{ part = $Part; status = 'complete'; count = 0; read_at = Get-Now; source = $Source; reason = $null }
    foreach ($key in $Owner.Keys) { $outcome[$key] = $Owner[$key] }
    Write-Progress -Activity 'graphwhy export' -Status $Part -CurrentOperation ($Owner.Values -join ' ')
    try {
        & $Read | ForEach-Object {
            $entry = [ordered]@{ part = $Part; item = $_ }
            foreach ($key in $Owner.Keys) { $entry[$key] = $Owner[$key] }
            Write-Entry $entry
            $progress.items++
            if ($progress.items % 500 -eq 0) {
                Write-Progress -Activity 'graphwhy export' -Status "$Part $($progress.items)" -CurrentOperation ($Owner.Values -join ' ')
            }
        }
    } catch {
        $message = "$($_.Exception.Message)"
        if ($message.Length -gt 300) { $message = $message.Substring(0, 300) }
        $kind = if ($message -match 'forbidden|denied|unauthorized|insufficient|privilege') { 'forbidden' } else { 'failed' }
        $outcome['status'] = if ($progress.items -gt 0) { 'partial' } else { 'missing' }
        $outcome['reason'] = @{ kind = $kind; detail = $message }
        Write-Warning "${Part}: $message"
    }
    $outcome['count'] = $progress.items
    [void] $manifest.Add($outcome)
}

function Read-Graph([string] $Uri) {
    while ($Uri) {
        $page = Invoke-MgGraphRequest -Method GET -Uri $Uri -OutputType PSObject
        $page.value
        $Uri = $page.'@odata.nextLink'
    }
}

$tenantId = "$((Get-CsTenant).TenantId)"
$graph = $false
if (-not $SkipGraph -and (Get-Command Get-MgContext -ErrorAction SilentlyContinue)) {
    $context = Get-MgContext
    if ($context -and "$($context.TenantId)" -ne $tenantId) {
        throw "Teams is signed in to tenant $tenantId and Graph to $($context.TenantId): sign in to one tenant"
    }
    $graph = [bool] $context
}
if (-not $graph) { Write-Warning 'Graph is not read: members, licences and permissions will be missing' }

$modules = [ordered]@{}
Get-Module MicrosoftTeams, Microsoft.Graph.Authentication | ForEach-Object { $modules[$_.Name] = "$($_.Version)" }
$target = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
$unfinished = "$target.unfinished"
$writer = New-Object System.IO.StreamWriter($unfinished, $false, (New-Object System.Text.UTF8Encoding($false)))
$separator = "[`n"
try {
    Write-Entry ([ordered]@{ graphwhy_export = 1; tenant_id = $tenantId; started_at = Get-Now; modules = $modules })

    Export-Part 'policies' 'Get-CsApplicationAccessPolicy' {
        Get-CsApplicationAccessPolicy | ForEach-Object {
            $ids = @($_.AppIds | Where-Object { $_ } | ForEach-Object { "$_" })
            foreach ($id in $ids) { $appIds[$id.ToLowerInvariant()] = $true }
            [ordered]@{ Identity = "$($_.Identity)"; AppIds = $ids; Description = $_.Description }
        }
    }
    Export-Part 'groups' 'Get-CsGroupPolicyAssignment' {
        Get-CsGroupPolicyAssignment -PolicyType $policyType | Where-Object { $_ } | ForEach-Object {
            $groupIds["$($_.GroupId)"] = $true
            [ordered]@{
                GroupId = "$($_.GroupId)"; PolicyType = "$($_.PolicyType)"; PolicyName = "$($_.PolicyName)"
                Rank = $_.Rank; CreatedTime = Format-Time $_.CreatedTime
            }
        }
    }
    Export-Part 'settings' 'Get-CsTeamsMeetingConfiguration' {
        Get-CsTeamsMeetingConfiguration | ForEach-Object {
            [ordered]@{
                Identity = "$($_.Identity)"
                EnableGraphTranscriptAccess = $_.EnableGraphTranscriptAccess
                EnableAttributedTranscripts = $_.EnableAttributedTranscripts
            }
        }
    }
    Export-Part 'direct' 'Get-CsOnlineUser' {
        Get-CsOnlineUser | ForEach-Object {
            $policy = $_.ApplicationAccessPolicy
            if ($null -ne $policy -and $policy.PSObject.Properties['Name']) { $policy = $policy.Name }
            [ordered]@{
                Identity = "$($_.Identity)"; UserPrincipalName = $_.UserPrincipalName; DisplayName = $_.DisplayName
                AccountEnabled = $_.AccountEnabled; AccountType = "$($_.AccountType)"
                FeatureTypes = @($_.FeatureTypes | Where-Object { $_ } | ForEach-Object { "$_" })
                ApplicationAccessPolicy = if ("$policy") { "$policy" } else { $null }
            }
        }
    }
    foreach ($id in $User) {
        Export-Part 'effective' 'Get-CsUserPolicyAssignment' -Owner @{ user_id = "$id" } {
            Get-CsUserPolicyAssignment -Identity "$id" | Where-Object { $_.PolicyType -eq $policyType } | ForEach-Object {
                $sources = @($_.PolicySource | Where-Object { $_ } | ForEach-Object {
                    [ordered]@{ AssignmentType = "$($_.AssignmentType)"; PolicyName = "$($_.PolicyName)"; Reference = "$($_.Reference)" }
                })
                [ordered]@{ PolicyType = "$($_.PolicyType)"; PolicyName = "$($_.PolicyName)"; PolicySource = $sources }
            }
        }
    }
    if ($graph) {
        Export-Part 'users' 'GET /users' {
            Read-Graph '/v1.0/users?$select=id,userPrincipalName,displayName,accountEnabled,userType,assignedPlans&$top=999' | ForEach-Object {
                # Null stays null: a list that was not given is not an empty one.
                $plans = $null
                if ($null -ne $_.assignedPlans) {
                    $plans = @($_.assignedPlans | Where-Object { $_.servicePlanId -eq $teamsPlan -or $_.service -like '*team*' } | ForEach-Object {
                        [ordered]@{ servicePlanId = $_.servicePlanId; capabilityStatus = $_.capabilityStatus; service = $_.service }
                    })
                }
                [ordered]@{
                    id = $_.id; userPrincipalName = $_.userPrincipalName; displayName = $_.displayName
                    accountEnabled = $_.accountEnabled; userType = $_.userType; assignedPlans = $plans
                }
            }
        }
        # Groups inside a group too, each once: their members are not reached by its assignment.
        $queue = New-Object System.Collections.Queue
        foreach ($id in $groupIds.Keys) { $queue.Enqueue($id) }
        while ($queue.Count -gt 0) {
            $id = $queue.Dequeue()
            Export-Part 'members' 'GET /groups/{id}/members' -Owner @{ group_id = $id } {
                $shown = @{}
                Read-Graph "/v1.0/groups/$id/members?`$select=id&`$top=999" | ForEach-Object {
                    $inner = "$($_.id)"
                    $shown[$inner] = $true
                    if ($_.'@odata.type' -eq '#microsoft.graph.group' -and -not $groupIds[$inner]) {
                        $groupIds[$inner] = $true
                        $queue.Enqueue($inner)
                    }
                    [ordered]@{ '@odata.type' = $_.'@odata.type'; id = $_.id }
                }
                # Who may not see the members of a group with a hidden list is shown nobody, without an error.
                if ($shown.Count -eq 0) {
                    $group = Invoke-MgGraphRequest -Method GET -Uri "/v1.0/groups/${id}?`$select=id,visibility" -OutputType PSObject
                    if ($group.visibility -eq 'HiddenMembership') {
                        throw 'the members are hidden, and nobody is shown: forbidden without Member.Read.Hidden'
                    }
                }
            }
        }
        Export-Part 'apps' 'GET /servicePrincipals' {
            Read-Graph '/v1.0/servicePrincipals?$select=id,appId,displayName,accountEnabled,appOwnerOrganizationId,servicePrincipalType&$top=999' | ForEach-Object {
                $principals["$($_.appId)"] = "$($_.id)"
                [ordered]@{
                    id = $_.id; appId = $_.appId; displayName = $_.displayName; accountEnabled = $_.accountEnabled
                    appOwnerOrganizationId = $_.appOwnerOrganizationId; servicePrincipalType = $_.servicePrincipalType
                }
            }
        }
        foreach ($id in $App) { $appIds["$id"] = $true }
        foreach ($id in @($appIds.Keys | Where-Object { $principals[$_] })) {
            $principal = $principals[$id]
            Export-Part 'roles' 'GET /servicePrincipals/{id}/appRoleAssignments' -Owner @{ service_principal_id = $principal } {
                Read-Graph "/v1.0/servicePrincipals/$principal/appRoleAssignments" | ForEach-Object {
                    [ordered]@{
                        appRoleId = $_.appRoleId; principalId = $_.principalId; principalType = $_.principalType
                        resourceId = $_.resourceId; resourceDisplayName = $_.resourceDisplayName
                        createdDateTime = if ($_.createdDateTime -is [string]) { $_.createdDateTime } else { Format-Time $_.createdDateTime }
                    }
                }
            }
        }
    }
    Write-Entry ([ordered]@{ graphwhy_manifest = 1; finished_at = Get-Now; parts = @($manifest) })
    $writer.Write("`n]`n")
} finally {
    $writer.Dispose()
    Write-Progress -Activity 'graphwhy export' -Completed
}
Move-Item -LiteralPath $unfinished -Destination $target -Force
Write-Host "written: $target"
