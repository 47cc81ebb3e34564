//! Edits of what more than one command reads, and of what comes from somewhere else: never certain.

use graphwhy::lint::{Edit, apply};

use super::{causes, run};

const A: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const B: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";

fn safe(text: &str, name: &str) -> Vec<Edit> {
    run(text, name).edits.into_iter().filter(|edit| edit.safe).collect()
}

/// The text after the edits that are certain.
fn fixed(text: &str) -> String {
    apply(text, &safe(text, "a.ps1"))
}

#[test]
fn a_table_of_one_splat_alone_is_mended() {
    let grant = format!("Grant-CsApplicationAccessPolicy -PolicyName M -Identity {USER}\n");
    let table = format!("$s = @{{ PolicyName='M'; AppIds='{A}' }}\n");
    let new = "New-CsApplicationAccessPolicy @s\n";
    for text in [
        format!("{table}{new}{grant}"),
        format!("$s = [ordered]@{{ PolicyName='M'\n AppIds='{A}' }}\n{new}{grant}"),
        format!("{table}$s.Description = 'x'\n$s['MsftInternalProcessingMode'] = 'y'\n{new}{grant}"),
        format!("if ($x) {{\n {table} {new}}}\n{grant}"),
        format!("function F {{\n {table} {new}}}\nF\n{grant}"),
    ] {
        assert_eq!(fixed(&text), text.replace("PolicyName='M'", "Identity='M'"), "{text}");
        assert!(!causes(&run(&fixed(&text), "a.ps1")).contains("unknown-parameter"), "{text}");
    }
    let built = format!("$s = @{{}}\n$s.PolicyName = 'M'\n$s['AppIds'] = '{A}'\n{new}{grant}");
    assert_eq!(fixed(&built), built.replace("$s.PolicyName", "$s.Identity"));
    for rest in [
        "Grant-X -PolicyName $s['PolicyName']\n",
        "Write-Host \"made $($s.PolicyName)\"\n",
        "$s.Remove('AppIds')\n",
        "$g = $s.Clone()\n",
        "$s | ConvertTo-Json | Out-File a.json\n",
        "foreach ($k in $s.Keys) { $k }\n",
        "Send-It @s\n",
        "$s.PolicyName = 'N'\n",
        "$s[$key] = 'x'\n",
        "$s = @{ PolicyName='N' }\n",
        "$s.AppIds += 'x'\n",
        "function G { $script:s.PolicyName }\n",
        "(Get-Variable -Name s).Value.PolicyName\n",
        "Invoke-Command { $using:s.PolicyName }\n",
        "$t = $s\n",
    ] {
        for text in [format!("{table}{new}{rest}{grant}"), format!("{rest}{table}{new}{grant}")] {
            assert!(causes(&run(&text, "a.ps1")).contains("unknown-parameter"), "{text}");
            assert_eq!(safe(&text, "a.ps1"), [], "{text}");
        }
    }
    // In another scope, another fence, by another name.
    for (text, name) in [
        (format!("{table}function F {{ {new} }}\nF\n{grant}"), "a.ps1"),
        (format!("$script:s = @{{ PolicyName='M'; AppIds='{A}' }}\nfunction F {{ {new} }}\n"), "a.psm1"),
        (format!("```powershell\n{table}{new}```\n```powershell\n$s.PolicyName\n{grant}```\n"), "a.md"),
        (format!("```powershell\n{table}```\n```powershell\n{new}{grant}```\n"), "a.md"),
        (format!("{table}$t = $s\n{}{grant}", new.replace("@s", "@t")), "a.ps1"),
    ] {
        assert!(causes(&run(&text, name)).contains("unknown-parameter"), "{text}");
        assert_eq!(safe(&text, name), [], "{text}");
    }
}

#[test]
fn values_that_something_else_reads_stay() {
    let new = format!("New-CsApplicationAccessPolicy -Identity M -AppIds {A}\n");
    let table = format!("$g = @{{ Identity='M'; PolicyName='{USER}' }}\n");
    let grant = "Grant-CsApplicationAccessPolicy @g\n";
    let alone = format!("{table}{new}{grant}");
    assert_eq!(fixed(&alone), alone.replace(&table, &format!("$g = @{{ Identity='{USER}'; PolicyName='M' }}\n")));
    for rest in ["Set-CsApplicationAccessPolicy -Identity $g.Identity\n", "$g | Export-Csv a.csv\n"] {
        assert_eq!(safe(&format!("{table}{new}{grant}{rest}"), "a.ps1"), [], "{rest}");
    }
    let both = format!("'{A},{B}'");
    let list = format!("'{A}', '{B}'");
    let plain = format!("$s = @{{ Identity='M'; AppIds={both} }}\nNew-CsApplicationAccessPolicy @s\n");
    assert_eq!(fixed(&plain), plain.replace(&both, &list));
    assert_eq!(safe(&format!("{plain}$s.AppIds.Split(',')\n"), "a.ps1"), []);
    let variable = format!("$ids = {both}\nNew-CsApplicationAccessPolicy -Identity M -AppIds $ids\n");
    assert_eq!(fixed(&variable), variable.replace(&both, &format!("@({list})")));
    for rest in ["$ids.Split(',')\n", "\"apps: $ids\"\n", "$script:ids.Length\n", "function F { $ids }\n"] {
        assert_eq!(safe(&format!("{variable}{rest}"), "a.ps1"), [], "{rest}");
    }
}

#[test]
fn a_body_whose_parameters_are_right_stays() {
    let new = format!("New-CsApplicationAccessPolicy -Identity M -AppIds {A}\n");
    let body = "Grant-CsApplicationAccessPolicy -Identity $Identity -PolicyName $PolicyName";
    let neutral = "Grant-CsApplicationAccessPolicy -Identity $a -PolicyName $b";
    let defaults = format!("param($Identity='M',$PolicyName='{USER}')");
    for text in [
        format!("{defaults}\n{new}{body}\n"),
        format!("function G {{\n {defaults}\n {new} {body}\n}}\nExport-ModuleMember G\n"),
        format!("{new}& {{ param($Identity,$PolicyName) {body} }} 'M' '{USER}'\n"),
        format!("function G($Identity,$PolicyName) {{ {body} }}\n{new}G M {USER}\n"),
        format!("function G($a,$b) {{ {neutral} }}\n{new}G M {USER}\n"),
        format!("function G($x,$y) {{ $a = $x; $b = $y; {neutral} }}\n{new}G M {USER}\n"),
        format!(
            "function G($a,$b) {{ $s = @{{ Identity=$a; PolicyName=$b }}; Grant-CsApplicationAccessPolicy @s }}\n{new}G M {USER}\n"
        ),
        format!(
            "{new}@([pscustomobject]@{{ Identity='M'; PolicyName='{USER}' }}) | % {{ {} }}\n",
            body.replace("$Id", "$_.Id").replace("$Po", "$_.Po")
        ),
    ] {
        let linted = run(&text, "a.ps1");
        assert!(causes(&linted).contains("identity-names-policy"), "{text}");
        assert_eq!(safe(&text, "a.ps1"), [], "{text}");
        // What is proposed is for where the values come from.
        for edit in linted.edits {
            assert!(
                ["Identity $", "PolicyName $"].iter().all(|it| !text[..edit.start].ends_with(&it[..it.len() - 1])),
                "{text}\n{edit:?}"
            );
        }
    }
    let swapped = format!("{defaults}\n{new}{body}\n");
    let edits: Vec<Edit> = run(&swapped, "a.ps1").edits;
    assert_eq!(apply(&swapped, &edits), format!("param($Identity='{USER}',$PolicyName='M')\n{new}{body}\n"));
    // A body that says by its own names that it is wrong is mended there.
    let wrong = "Grant-CsApplicationAccessPolicy -Identity $Policy -PolicyName $User";
    let text = format!("function G($User,$Policy) {{ {wrong} }}\n{new}G {USER} M\n");
    assert!(fixed(&text).contains("-Identity $User -PolicyName $Policy"), "{}", fixed(&text));
    // And so is one with the user written in it.
    let text = format!(
        "param($Name)\nNew-CsApplicationAccessPolicy -Identity $Name -AppIds {A}\nGrant-CsApplicationAccessPolicy -Identity $Name -PolicyName {USER}\n"
    );
    assert!(fixed(&text).contains(&format!("-Identity {USER} -PolicyName $Name")), "{}", fixed(&text));
}

#[test]
fn what_was_not_seen_before() {
    let new = format!("New-CsApplicationAccessPolicy -Identity M -AppIds {A}\n");
    let grant = format!("Grant-CsApplicationAccessPolicy -PolicyName M -Identity {USER}\n");
    let several = format!("{new}Grant-CsApplicationAccessPolicy -PolicyName M -Identity \"{USER}, {B}\"\n");
    assert!(causes(&run(&several, "a.ps1")).contains("malformed-id"));
    let list = format!("{new}Grant-CsApplicationAccessPolicy -PolicyName M -Identity {USER}\n");
    assert!(!causes(&run(&list, "a.ps1")).contains("malformed-id"));
    for (text, safe) in [
        (format!("New-CsApplicationAccessPolicy -Identity M AppIds \"{A}\"\n{grant}"), true),
        (format!("New-CsApplicationAccessPolicy M AppIds {A}\n{grant}"), true),
        (format!("New-CsApplicationAccessPolicy Identity M -AppIds {A}\n{grant}"), false),
    ] {
        assert!(causes(&run(&text, "a.ps1")).contains("unknown-parameter"), "{text}");
        assert_eq!(fixed(&text) == text.replacen(" AppIds", " -AppIds", 1) && fixed(&text) != text, safe, "{text}");
    }
    for text in [
        format!(
            "New-CsApplicationAccessPolicy AppIds -AppIds {A}\nGrant-CsApplicationAccessPolicy -PolicyName AppIds -Identity {USER}\n"
        ),
        format!(
            "New-CsApplicationAccessPolicy 'Identity' -AppIds {A}\nGrant-CsApplicationAccessPolicy -PolicyName Identity -Identity {USER}\n"
        ),
    ] {
        assert!(!causes(&run(&text, "a.ps1")).contains("unknown-parameter"), "{text}");
    }
}

/// What is known to be an app or a group is put in the place of no user.
#[test]
fn apps_and_groups_become_no_users() {
    let swapped = |id: &str| format!("Grant-CsApplicationAccessPolicy -Identity M -PolicyName {id}\n");
    for text in [
        format!("New-CsApplicationAccessPolicy -Identity M -AppIds {A}\n{}", swapped(A)),
        format!("$clientId = '{A}'\n{}", swapped("$clientId")),
        format!("$clientId = '{A}'\nNew-CsApplicationAccessPolicy -Identity M -AppIds $clientId\n{}", swapped(A)),
        format!("Grant-CsApplicationAccessPolicy -PolicyName N -Group {A}\n{}", swapped(A)),
        format!("$groupId = '{A}'\n{}", swapped("$groupId")),
        format!(
            "New-CsApplicationAccessPolicy -Identity $p -AppIds {A}\nGrant-CsApplicationAccessPolicy -Identity $p -PolicyName {A}\n"
        ),
        format!(
            "New-CsApplicationAccessPolicy -Identity M -AppIds {A}\n$sp = Get-MgServicePrincipal\n{}",
            swapped("$sp.Id")
        ),
        format!(
            "New-CsApplicationAccessPolicy -Identity M -AppIds {A}\nGrant-CsApplicationAccessPolicy -PolicyName M -UserId {A}\n"
        ),
    ] {
        assert!(safe(&text, "a.ps1").is_empty(), "{text}");
        let suggested = run(&text, "a.ps1").edits;
        assert!(suggested.iter().all(|edit| edit.cause != "identity-names-policy"), "{text}: {suggested:?}");
        assert!(!causes(&run(&text, "a.ps1")).is_empty(), "{text}");
    }
    let user = format!("$userId = '{USER}'\nNew-CsApplicationAccessPolicy -Identity M -AppIds {A}\n{}", swapped(USER));
    assert_eq!(safe(&user, "a.ps1").len(), 2, "{user}");
}

#[test]
fn lists_and_globals_are_suggested_only() {
    for text in [
        format!("Grant-CsApplicationAccessPolicy -PolicyName M -Groups {A},{B}\n"),
        format!("Set-CsApplicationAccessPolicy -Identity M -ApplicationId {A}\n"),
        format!("$global:Apps = '{A},{B}'\nNew-CsApplicationAccessPolicy -Identity M -AppIds $global:Apps\n"),
    ] {
        let linted = run(&text, "a.ps1");
        assert!(!linted.findings.is_empty() && linted.edits.iter().all(|edit| !edit.safe), "{text}");
    }
    for text in [
        format!("Grant-CsApplicationAccessPolicy -PolicyName M -GroupId {A}\n"),
        format!("Set-CsApplicationAccessPolicy -Identity M -ApplicationId @{{Add='{A}'}}\n"),
        format!("$Apps = '{A},{B}'\nNew-CsApplicationAccessPolicy -Identity M -AppIds $Apps\n"),
    ] {
        assert!(!safe(&text, "a.ps1").is_empty(), "{text}");
    }
}

/// One call of a function with its values swapped: the finding, and what suppresses it, is at that call.
#[test]
fn the_wrong_call_is_told() {
    let text = format!(
        "function Add-One($UserId, $PolicyName) {{ Grant-CsApplicationAccessPolicy -Identity $UserId -PolicyName $PolicyName }}\n\
         New-CsApplicationAccessPolicy -Identity Kiosk -AppIds {A}\nAdd-One {USER} Kiosk\nWrite-Host x\nAdd-One Kiosk {B}\n"
    );
    let linted = run(&text, "a.ps1");
    let [finding] = linted.findings.as_slice() else { panic!("{:?}", linted.findings) };
    let places: Vec<&str> = finding.labels.iter().map(|label| &text[label.span.start..label.span.end]).collect();
    assert_eq!(places, ["Kiosk", "Kiosk", B, "$UserId"]);
    assert_eq!(finding.labels[0].span.start, text.rfind("Kiosk").unwrap());
    let accepted =
        text.replace(&format!("Kiosk {B}"), &format!("Kiosk {B} # graphwhy: ignore[identity-names-policy] known"));
    let linted = run(&accepted, "a.ps1");
    assert_eq!((linted.findings.len(), linted.suppressed.len(), linted.unused_suppressions.len()), (0, 1, 0));
    let elsewhere = text.replace(" Kiosk\nWrite", " Kiosk # graphwhy: ignore[identity-names-policy] known\nWrite");
    let linted = run(&elsewhere, "a.ps1");
    assert_eq!((linted.findings.len(), linted.unused_suppressions.len()), (1, 1));
    // Where every call is wrong, the body is.
    let body = text.replace("-Identity $UserId -PolicyName $PolicyName", "-Identity $PolicyName -PolicyName $UserId");
    let body = body.replace(&format!("Add-One Kiosk {B}"), &format!("Add-One {B} Kiosk"));
    let linted = run(&body, "a.ps1");
    assert!(linted.findings.iter().all(|finding| body[finding.labels[0].span.start..].starts_with("$PolicyName")));
    assert!(causes(&linted).contains("identity-names-policy"));
}
