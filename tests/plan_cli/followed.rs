//! Scripts: nobody loses access only where the whole script is understood.

use serde_json::{Value, json};

use crate::{ADELE, OTHER, code, folder, run, script, tenant};

/// Users hold `Meetings`, which lists an app; `Quiet` lists none and `Wide` all.
fn state() -> Value {
    let mut state = tenant();
    for assigned in state["direct"]["items"].as_array_mut().unwrap() {
        assigned["policy"] = json!("Meetings");
    }
    state["policies"]["items"] = json!([
        { "name": "Global", "app_ids": [] }, { "name": "Meetings", "app_ids": [OTHER] },
        { "name": "Quiet", "app_ids": [] }, { "name": "Wide", "app_ids": [OTHER] },
    ]);
    state
}

/// Whether a script may end with each of these codes; `@TAKE` takes access, `@KEEP` does not.
fn ends(text: &str, codes: &[i32]) {
    let grant = |policy: &str| format!("Grant-CsApplicationAccessPolicy -Identity {ADELE} -PolicyName {policy}");
    let text = text.replace("@TAKE", &grant("Quiet")).replace("@KEEP", &grant("Wide")).replace("@USER", ADELE);
    let (exit, result) = script(&text, &state());
    assert!(codes.contains(&exit), "{exit}, not {codes:?}: {text}\n{result:#}");
    if exit == 4 {
        let told = result["changes"].as_array().unwrap().len() + result["notes"].as_array().unwrap().len();
        assert!(told > 0, "nothing is told of {text}: {result:#}");
    }
}

#[test]
fn a_trap_is_there_for_all_of_its_block_and_its_body_may_be_run() {
    for text in [
        "trap { continue }\nif ($true) { throw 'x' }\n@TAKE",
        "throw 'x'\n@TAKE\ntrap { continue }",
        "trap [System.Exception] { continue }\nthrow 'x'\n@TAKE",
        "function f { trap { continue }; throw 'x'; @TAKE }\nf",
        "if ($x) { trap { continue }; throw 'a'; @TAKE }",
    ] {
        ends(text, &[1, 4]);
    }
    for text in [
        "trap { @TAKE; continue }\nthrow 'x'",
        "trap { @TAKE; exit 1 }\nthrow 'x'",
        "trap { @TAKE }\n@KEEP",
        "@KEEP\ntrap { $u = '@USER'; Grant-CsApplicationAccessPolicy -Identity $u -PolicyName Quiet }",
    ] {
        ends(text, &[4]);
    }
    for text in [
        "trap { Write-Host $_; break }\nthrow 'x'\n@TAKE",
        "trap { Write-Error $_; exit 1 }\n@KEEP",
        "trap { continue }\nif ($x) { throw 'x' }\n@KEEP",
    ] {
        ends(text, &[0]);
    }
}

#[test]
fn what_cannot_be_bound_fails_and_changes_nothing() {
    for line in [
        "Grant-CsApplicationAccessPolicy @USER Quiet",
        "Grant-CsApplicationAccessPolicy -Identity @USER -PolicyName Quiet more",
        "Grant-CsApplicationAccessPolicy -Identity @USER -Identity @USER -PolicyName Quiet",
        "Grant-CsApplicationAccessPolicy -Identity -PolicyName Quiet",
        "Grant-CsApplicationAccessPolicy -I @USER -PolicyName Quiet",
        "Set-CsApplicationAccessPolicy Meetings @{Remove='x'}",
        "Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @() -Confirm $false",
    ] {
        let (exit, result) = script(&line.replace("@USER", ADELE), &state());
        assert_eq!((exit, &result["loses_total"]), (1, &json!(0)), "{line}: {result:#}");
        assert_eq!(result["changes"][0]["fails"], json!(true), "{line}");
    }
    for line in [
        "Grant-CsApplicationAccessPolicy @USER -PolicyName Quiet",
        "Grant-CsApplicationAccessPolicy -Id @USER -Pol Quiet 2>&1 | Out-Null",
        "Grant-CsApplicationAccessPolicy `\n  -Identity @USER `\n  -PolicyName Quiet # said",
    ] {
        let (exit, result) = script(&line.replace("@USER", ADELE), &state());
        assert_eq!((exit, &result["loses_total"]), (1, &json!(1)), "{line}: {result:#}");
    }
    // Which of both counts depends on the version of PowerShell.
    let both =
        "$p = @{ Identity = '@USER'; PolicyName = 'Wide' }\nGrant-CsApplicationAccessPolicy @p -PolicyName Quiet";
    ends(both, &[4]);
}

#[test]
fn what_runs_a_text_a_file_or_a_program_is_not_known() {
    for text in [
        "Invoke-Expression $cmd",
        "iex (Get-Content x.ps1 -Raw)",
        "$x | iex",
        "& $x",
        ". $x",
        ". ./lib.ps1",
        "& \"$PSScriptRoot/lib.ps1\"",
        "Get-ChildItem *.ps1 | ForEach-Object { & $_.FullName }",
        "$sb = [scriptblock]::Create((Get-Content x)); $sb.Invoke()",
        "$sb = [scriptblock]::Create($text); & $sb",
        "$ExecutionContext.InvokeCommand.InvokeScript($text)",
        "$ps = [powershell]::Create(); [void]$ps.AddScript($text); $ps.Invoke()",
        "Invoke-Command -ScriptBlock $sb",
        "Invoke-Command -FilePath ./x.ps1",
        "Start-Job -FilePath ./x.ps1",
        "1..3 | ForEach-Object $sb",
        "Measure-Command -Expression $sb",
        "powershell.exe -File ./x.ps1",
        "pwsh ./x.ps1",
        "cmd /c x.cmd",
        "Start-Process pwsh -ArgumentList '-File x.ps1'",
        "./setup.cmd",
        "[System.Diagnostics.Process]::Start('pwsh', 'x.ps1')",
        "class X { static [void] Go() { Invoke-Expression $x } }\n[X]::Go()",
        "Grant-CsApplicationAccessPolicy -Identity $null -PolicyName Quiet",
        "New-Alias -Name g -Value $x\ng -Identity @USER",
    ] {
        ends(text, &[4]);
    }
    for text in [
        "$sb = { @TAKE }; & $sb",
        "Start-Job { @TAKE }",
        "pwsh -Command '@TAKE'",
        "Invoke-Expression '@TAKE'",
        "function Run($b) { & $b }\nRun { @TAKE }",
        "$ps = [powershell]::Create(); $ps.AddScript('@TAKE').Invoke()",
    ] {
        ends(text, &[1, 4]);
    }
    for text in [
        "$sb = { @KEEP }\n& $sb\nInvoke-Command -ScriptBlock $sb\n$sb.Invoke()",
        "function Run($b) { & $b }\nRun { @KEEP }",
        "Start-Job { Get-Date } | Wait-Job | Receive-Job",
        "Get-ChildItem | ForEach-Object { $_.Name }\nGet-ChildItem | % FullName",
        "Start-Process https://portal.azure.com",
    ] {
        ends(text, &[0]);
    }
}

#[test]
fn a_command_that_nobody_knows_may_do_anything() {
    for text in [
        "Set-OurPolicies -User @USER",
        "Import-Module ./x.psm1\nSet-OurPolicies",
        "if ($mode -eq 'x') { Invoke-Custom }",
        "Invoke-Custom -WhatIf",
        "$function:Go = [scriptblock]::Create($t)\nGo",
        "Remove-EntraServicePrincipal -ObjectId x",
        "Remove-TeamUser -GroupId x -User y",
        "curl -X DELETE https://graph.microsoft.com/v1.0/servicePrincipals/x",
        "m365 entra app remove --id x",
        "Update-MgGroup -GroupId x -MembershipRule y",
    ] {
        ends(text, &[4]);
    }
    for text in [
        "#requires -Version 7\nparam([string]$User = 'x')\nSet-StrictMode -Version Latest\n$ErrorActionPreference = 'Stop'\nImport-Module MicrosoftTeams\nConnect-MicrosoftTeams\n@KEEP\nDisconnect-MicrosoftTeams -Confirm:$false",
        "Start-Transcript -Path x.log\ntry { @KEEP } catch { Write-Error $_; exit 1 } finally { Stop-Transcript }",
        "function Write-Log($m) { Add-Content log.txt $m }\nWrite-Log a\n@KEEP",
        "$users = Import-Csv u.csv | Where-Object { $_.a } | Sort-Object a | Select-Object -First 3\n$users | Format-Table | Out-String | Write-Host\n@{ a = 1 } | ConvertTo-Json | Set-Content x.json",
        "New-CsOnlineApplicationInstance -UserPrincipalName a@b.c\nSet-CsTeamsMeetingPolicy -Identity Global -AllowTranscription $true\nNew-MgGroup -DisplayName g\n@KEEP",
        "mkdir out; cd out; ls; Remove-Item x -Recurse; git status; whoami\n@KEEP",
        "[IO.File]::WriteAllText('a', 'b')\n$list = [Collections.Generic.List[string]]::new()\n$list.Add('x')\n@KEEP",
        "function Get-Nested($g) { Get-MgGroupMember -GroupId $g | ForEach-Object { Get-Nested $_.Id } }\nGet-Nested x\n@KEEP",
        "begin { Write-Host a }\nprocess { @KEEP }\nend { Write-Host c }",
    ] {
        ends(text, &[0]);
    }
}

#[test]
fn ways_through_a_script() {
    for text in [
        // Every clause of a switch that fits is run.
        "switch ('a') { 'a' { Write-Host x } 'a' { @TAKE } }",
        "try { throw 'x' } finally { @TAKE }",
        "$ErrorActionPreference = 'Stop'\ntry { New-CsApplicationAccessPolicy -Identity Wide } finally { @TAKE }",
        "try { Get-CsOnlineUser -Identity x -ErrorAction Stop } catch { @TAKE }",
        "foreach ($p in 'Quiet', 'Wide') { Grant-CsApplicationAccessPolicy -Identity @USER -PolicyName $p; break }",
        "foreach ($p in 'Quiet', 'Wide') { Grant-CsApplicationAccessPolicy -Identity @USER -PolicyName $p; if ($x) { break } }",
        "@TAKE\nfunction Stop-It { exit }\nStop-It\n@KEEP",
        "@TAKE\n& { exit }\n@KEEP",
        "@TAKE\n1 | ForEach-Object { exit }\n@KEEP",
        "@TAKE\n$ErrorActionPreference = 'Stop'\nWrite-Error x\n@KEEP",
        "@TAKE\n[Environment]::Exit(0)\n@KEEP",
        ":a foreach ($p in 'Quiet', 'Wide') { foreach ($q in 1, 2) { if ($p -eq 'Wide') { continue a } }; Grant-CsApplicationAccessPolicy -Identity @USER -PolicyName $p }",
        "function Grant-CsApplicationAccessPolicy { MicrosoftTeams\\Grant-CsApplicationAccessPolicy @args }\n@TAKE",
        "function f { Write-Host a }\nfunction f { @TAKE }\nf",
        "function f { @TAKE }\nf\nfunction f { Write-Host a }",
        "function a { b }\nfunction b { c }\nfunction c { d }\nfunction d { e }\nfunction e { g }\nfunction g { h }\nfunction h { @TAKE }\na",
    ] {
        ends(text, &[1, 4]);
    }
    for text in [
        "switch ('x') { 'x' { return } }\n@TAKE",
        "function f { exit }\nf\n@TAKE",
        "try { @KEEP } catch { Grant-CsApplicationAccessPolicy -Identity @USER -PolicyName Meetings; throw }",
        "foreach ($u in '@USER') { try { @KEEP } catch { Write-Warning $u; continue } }",
    ] {
        ends(text, &[0]);
    }
}

#[test]
fn what_changes_access_beside_the_cmdlets_is_told() {
    for text in [
        // Who joins a group may have another policy then.
        "New-MgGroupMember -GroupId $g -DirectoryObjectId @USER",
        "New-MgGroupMemberByRef -GroupId $g -BodyParameter $b",
        "Add-TeamUser -GroupId $g -User x@contoso.com",
        "Add-UnifiedGroupLinks -Identity Sales -LinkType Members -Links x",
        "Add-EntraGroupMember -GroupId $g -MemberId x",
        "az ad group member add --group Sales --member-id @USER",
        "m365 entra group member add --groupId x --ids y",
        // Requests and methods of the API of policies.
        "Invoke-MgGraphRequest -Method POST -Uri '/v1.0/admin/teams/policy/userAssignments/unassign' -Body $b",
        "Invoke-RestMethod -Method Post -Uri \"https://graph.microsoft.com/beta/admin/teams/$x\" -Body $b",
        "Invoke-RestMethod -Method Post -Uri \"$base/x\" -Body $b",
        "Invoke-MgBetaUnassignAdminTeamPolicyUserAssignment -BodyParameter $b",
        "Invoke-RestMethod -Method Delete -Uri 'https://api.interfaces.records.teams.microsoft.com/Skype.Policy/x'",
        "m365 request --method post --url https://graph.microsoft.com/v1.0/admin/teams/x",
        "curl.exe -d '{}' https://graph.microsoft.com/v1.0/admin/teams/x",
        "curl --data-raw '{}' https://graph.microsoft.com/v1.0/admin/teams/x",
        "$c = Get-CsTeamsMeetingConfiguration\n$c.EnableGraphTranscriptAccess = $false\nSet-CsTeamsMeetingConfiguration -Instance $c",
        "Set-CsTeamsMeetingConfiguration -Instance $c -EnableGraphTranscriptAccess $true",
        // Code that is not here.
        "using module .\\Ops.psm1\n[Ops]::Run()",
        "Import-Module .\\Ours.psm1",
        "Import-Module $PSScriptRoot/Ours",
        "Import-Module $PSScriptRoot\\Ours.psm1",
        "Import-Module \"$PSScriptRoot\\Ours.psm1\"",
        "ii .\\run.ps1",
        "ssh host pwsh x.ps1",
        "npm run x",
        "docker run x",
        "kubectl exec x",
        "dotnet run",
        "gh workflow run x",
        "az pipelines run --name x",
        "Add-Type -Path .\\Ops.dll",
        "[Reflection.Assembly]::LoadFrom('x.dll')",
        "$shell = New-Object -ComObject WScript.Shell\n$shell.Run('x')",
        "Invoke-History 3",
    ] {
        ends(text, &[4]);
    }
    for text in [
        "Add-UnifiedGroupLinks -Identity Sales -LinkType Owners -Links x",
        "$group = New-MgGroup -DisplayName x\nNew-MgGroupMember -GroupId $group.Id -DirectoryObjectId @USER",
        "Invoke-MgGraphRequest -Uri '/v1.0/users/@USER'",
        "Invoke-MgGraphRequest -Method POST -Uri \"/v1.0/users/$id/sendMail\" -Body $b",
        "Invoke-RestMethod -Method Post -Uri 'https://contoso.webhook.office.com/x' -Body $b",
        "Invoke-RestMethod -Method Post -Uri \"https://login.microsoftonline.com/$tenant/oauth2/v2.0/token\" -Body $b",
        "curl https://graph.microsoft.com/v1.0/users",
        "Invoke-MgInvalidateUserRefreshToken -UserId x",
        "Import-Module MicrosoftTeams\nImport-Module -Name ExchangeOnlineManagement",
        "foreach ($module in 'A', 'B') { Import-Module $module }",
        "Invoke-Item ./report.html",
        "Add-Type -AssemblyName System.Web",
        "docker ps; kubectl get pods; gh pr list; dotnet build; npm ci; az account show",
        // A filter of a read is no block that is run.
        "Get-CsOnlineUser -Filter {ApplicationAccessPolicy -ne $null} | Export-Csv before.csv",
        "Get-Mailbox -Filter {RecipientTypeDetails -eq 'UserMailbox'}",
    ] {
        ends(text, &[0]);
    }
}

#[test]
fn a_function_hides_a_cmdlet_where_it_is_surely_defined() {
    for text in [
        "param([switch]$Dry)\nif ($Dry) { function Grant-CsApplicationAccessPolicy { } }\n@TAKE",
        "function Fix { function Grant-CsApplicationAccessPolicy { } }\nFix\n@TAKE",
        "function Grant-CsApplicationAccessPolicy { }\nRemove-Item function:Grant-CsApplicationAccessPolicy\n@TAKE",
        "@TAKE\nfunction Grant-CsApplicationAccessPolicy { }",
        "& { function Grant-CsApplicationAccessPolicy { } }\n@TAKE",
    ] {
        ends(text, &[4]);
    }
    for text in [
        "function Grant-CsApplicationAccessPolicy { }\n@TAKE",
        "function Get-CsOnlineUser { }\nfunction Write-Log { }\nWrite-Log\n@KEEP",
        "if (-not (Get-Command Write-Log)) { function Write-Log { } }\nWrite-Log x\n@KEEP",
    ] {
        ends(text, &[0]);
    }
}

#[test]
fn values_that_may_be_others_by_then() {
    let to = |text: &str| text.replace("@GRANT", "Grant-CsApplicationAccessPolicy -PolicyName Meetings -Identity");
    for text in [
        "$a = @{ Identity = '@USER'; PolicyName = 'Meetings' }\n$b = $a\n$b.PolicyName = $null\nGrant-CsApplicationAccessPolicy @a",
        "$h = @{ p = 'Meetings' }\nfunction Fix($x) { $x.p = 'Quiet' }\nFix $h\nGrant-CsApplicationAccessPolicy -Identity @USER -PolicyName $h.p",
        "$p = 'Meetings'\nSet-Item variable:p 'Quiet'\nGrant-CsApplicationAccessPolicy -Identity @USER -PolicyName $p",
        "$p = 'Meetings'\nfunction F { Set-Variable -Name p -Value Quiet -Scope 1 }\nF\nGrant-CsApplicationAccessPolicy -Identity @USER -PolicyName $p",
        "$p = 'Meetings'\nfunction F([ref]$r) { $r.Value = 'Quiet' }\nF ([ref]$p)\nGrant-CsApplicationAccessPolicy -Identity @USER -PolicyName $p",
        "$p = 'Meetings'\nfunction F { $p = 'Quiet' }\n. F\nGrant-CsApplicationAccessPolicy -Identity @USER -PolicyName $p",
        "$l = @('Meetings', 'Quiet')\n[array]::Reverse($l)\nGrant-CsApplicationAccessPolicy -Identity @USER -PolicyName $l[0]",
        "throw \"failed $(@TAKE)\"",
        "switch ('a') { { @TAKE; $true } { 'x' } }",
        "function F { param([ValidateScript({ @TAKE; $true })]$x) 'x' }\nF 1",
        "Grant-Cs`ApplicationAccessPolicy -Identity @USER -PolicyName $null",
        "$secret = @TAKE",
        "$secret={@TAKE}\n& $secret",
        "$secret = 'Quiet'\nGrant-CsApplicationAccessPolicy -Identity @USER -PolicyName $secret",
    ] {
        ends(&to(text), &[1, 4]);
    }
    for text in [
        "$a = @{ PolicyName = 'Meetings' }\n$b = @{ PolicyName = 'Quiet' }\n$b.PolicyName = $null\n@GRANT @USER",
        "$e = 'prod'\nif ($e -eq 'prod') { $p = 'Meetings' } else { $p = 'Quiet' }\nGrant-CsApplicationAccessPolicy -Identity @USER -PolicyName $p",
        "$user = Get-CsOnlineUser -Identity '@USER'\nif (-not $user) { exit 2 }\n@GRANT $user.Identity",
        "$user = Get-MgUser -UserId '@USER'\n@GRANT $user.Id",
        "param($Policy)\nSet-CsApplicationAccessPolicy -Identity $Policy -AppIds @{Add='1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11'}",
        "param($App)\nSet-CsApplicationAccessPolicy -Identity Meetings -AppIds @{Add=$App}",
        "function Get-Name { return 'Meetings' }\n$p = Get-Name\nSet-CsApplicationAccessPolicy -Identity $p -AppIds @{Add='1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11'}",
        "$secret = Get-Content ./secret.txt | ConvertTo-SecureString",
    ] {
        ends(&to(text), &[0]);
    }
}

#[test]
fn what_a_runbook_or_a_pipeline_does_beside_powershell_is_told() {
    let (dir, state) = folder(&state());
    let ends = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        code(&run(&["plan", path.to_str().unwrap()], &state))
    };
    let job = |steps: &str| {
        format!(
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n{steps}"
        )
    };
    for text in [
        "# Run\n\n```console\nPS C:\\> Grant-CsApplicationAccessPolicy -Identity x -PolicyName $null\n```\n",
        "# Run\n\n```bash\npwsh -c \"Remove-CsApplicationAccessPolicy -Identity Meetings\"\n```\n",
        "# Run\n\n```bash\naz ad group member remove --group Sales --member-id x\n```\n",
        "# Run\n\n    Grant-CsApplicationAccessPolicy -Identity x -PolicyName $null\n",
        "# Run\n\n```http\nPOST https://graph.microsoft.com/v1.0/admin/teams/policy/userAssignments/unassign\n```\n",
    ] {
        assert_eq!(ends("run.md", text), 4, "{text}");
    }
    for text in [
        "# Read\n\n```powershell\nGet-CsApplicationAccessPolicy\n```\n\n```bash\nnpm install my-azure-app\naz login\n```\n",
        "# Read\n\n```json\n{ \"a\": 1 }\n```\n\n1. Look:\n\n    it is a well-known thing\n",
    ] {
        assert_eq!(ends("run.md", text), 0, "{text}");
    }
    assert_eq!(ends("a.yml", "steps:\n- template: t.yml\n"), 4);
    for steps in [
        "      - uses: contoso/teams-policy@v1\n",
        "      - run: az ad group member remove --group Sales --member-id x\n",
    ] {
        assert_eq!(ends("a.yml", &job(steps)), 4, "{steps}");
    }
    for steps in ["", "      - uses: azure/login@v2\n      - run: az account show\n"] {
        assert_eq!(ends("a.yml", &job(steps)), 0, "{steps}");
    }
}
