# Runs export.ps1 in a session that is signed in to Teams. What it needs comes as environment variables: arguments can be
# seen by other users of the machine.
param([string] $Out)
$ErrorActionPreference = 'Stop'
if (-not (Get-Module -ListAvailable -Name MicrosoftTeams)) { exit 10 }
try {
    Import-Module MicrosoftTeams
    $options = @{}
    if ($env:GRAPHWHY_RUN_TENANT) { $options['TenantId'] = $env:GRAPHWHY_RUN_TENANT }
    if ($env:GRAPHWHY_RUN_ENVIRONMENT) { $options['TeamsEnvironmentName'] = $env:GRAPHWHY_RUN_ENVIRONMENT }
    if ($env:GRAPHWHY_RUN_TEAMS_TOKEN) {
        $options['AccessTokens'] = @($env:GRAPHWHY_RUN_GRAPH_TOKEN, $env:GRAPHWHY_RUN_TEAMS_TOKEN)
        Connect-MicrosoftTeams @options | Out-Null
    } elseif ($env:GRAPHWHY_RUN_ASK) {
        Connect-MicrosoftTeams @options | Out-Null
    }
    Get-CsTenant | Out-Null
} catch {
    [Console]::Error.WriteLine("$($_.Exception.Message)")
    exit 11
}
try {
    $users = @("$env:GRAPHWHY_RUN_USERS" -split ',' | Where-Object { $_ })
    & (Join-Path $PSScriptRoot 'export.ps1') -Path $Out -User $users -SkipGraph
} catch {
    [Console]::Error.WriteLine("$($_.Exception.Message)")
    exit 12
}
exit 0
