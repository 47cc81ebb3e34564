//! What is not read is no all-clear.

use std::fs;

use super::{GOOD, json, lint};

const GRANT: &str =
    "Grant-CsApplicationAccessPolicy -Identity 748d2cbb-3b55-40ed-8c34-2eae5932b22a -PolicyName Meetings\n";

/// Exit code and standard error of a text in a file of this name.
fn told(name: &str, text: &str, args: &[&str]) -> (i32, String) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(name), text).unwrap();
    let output = lint(dir.path()).arg(name).args(args).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn commands_in_what_the_parser_does_not_know_leave_it_open() {
    for (text, place) in [
        (format!("if ($x {{\n  {GRANT}"), "a.ps1:1:4: "),
        (format!("foreach ($u in $users) {{\n  {GRANT}"), "a.ps1:1:24: "),
        (format!("Write-Host (\n{GRANT}}}\n"), "a.ps1:1:12: "),
        (
            "Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{Remove='x'\nWrite-Host done\n".to_owned(),
            "a.ps1:1:",
        ),
        (format!("Write-Host \"hello\n{GRANT}"), "a.ps1:1:12: "),
    ] {
        let (code, err) = told("a.ps1", &text, &[]);
        assert_eq!(code, 4, "{text}\n{err}");
        assert!(err.contains(place) && err.contains("nothing is proved of"), "{text}\n{err}");
        assert!(err.contains("0 notes; not all was read"), "{err}");
    }
    // A finding goes before what was not read.
    let (code, _) = told("a.ps1", &format!("{}if ($x {{\n{GRANT}", super::SWAPPED), &[]);
    assert_eq!(code, 1);
}

#[test]
fn other_gaps_are_no_matter() {
    for (name, text) in [
        ("a.ps1", format!("workflow Do-It {{ param($x) sequence {{ inlinescript {{ }} ; ] }} }}\n{GRANT}")),
        ("a.ps1", format!("{GOOD}if (\n")),
        ("a.md", "```\nGrant-CsApplicationAccessPolicy [-Global] [[-PolicyName] <String>]\n```\n".to_owned()),
        ("a.md", format!("```powershell\nforeach ($u in $us) {{\n{GRANT}```\nand then\n```powershell\n}}\n```\n")),
    ] {
        let (code, err) = told(name, &text, &[]);
        assert!(code == 0 && !err.contains("not all was read"), "{text}\n{err}");
    }
}

#[test]
fn data_is_no_script() {
    for text in ["{\"schema\":1,\"policies\":{}}", "[{\"Identity\":\"Global\"}]\n", "{\"a\":1}\n{\"a\":2}\n"] {
        let (code, err) = told("tenant.json", text, &[]);
        assert!(code == 3 && err.contains("is JSON, no script") && !err.contains("0 errors"), "{err}");
    }
    assert_eq!(told("a.ps1", "[CmdletBinding()]\nparam()\n", &[]).0, 0);
}

#[test]
fn a_diff_names_what_it_does_not_show() {
    let text = format!("{}New-CsApplicationAccessPolicy -Identity X -AppIds '123'\n", super::SWAPPED);
    let (code, err) = told("a.ps1", &text, &["--diff"]);
    assert_eq!(code, 1);
    assert!(err.contains("a.ps1:3:51: error: ") && err.contains("(malformed-id)"), "{err}");
    assert!(!err.contains("identity-names-policy") && err.ends_with("1 fixable with `--fix`\n"), "{err}");
}

#[test]
fn nothing_to_read_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let output = lint(dir.path()).args(args).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, err) = run(&["."]);
    assert!(code == 0 && err.contains("nothing in `.` is read"), "{err}");
    fs::write(dir.path().join("a.ps1"), GOOD).unwrap();
    fs::write(dir.path().join("graphwhy.toml"), "[lint]\nexclude = [\"a.ps1\"]\n").unwrap();
    let (code, err) = run(&["--force-exclude", "a.ps1"]);
    assert!(code == 0 && err.contains("excludes all that is named"), "{err}");
    let (code, err) = run(&["--no-config", "a.ps1", "."]);
    assert!(code == 0 && !err.contains("nothing"), "{err}");
    let (code, err) = run(&["none.ps1"]);
    assert!(code == 3 && !err.contains("0 files"), "{err}");
}

#[test]
fn names_with_a_slip_are_told_with_the_right_one() {
    let dir = tempfile::tempdir().unwrap();
    let found = |text: &str| {
        fs::write(dir.path().join("a.ps1"), text).unwrap();
        let (code, document) = json(dir.path(), &["a.ps1"]);
        let finding = document["results"][0]["findings"].as_array().unwrap().iter();
        let slips = finding.filter(|it| it["cause"] == "cmdlet-unavailable");
        (code, slips.map(|it| it["explanation"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    for (name, right) in [
        ("Grant-CsAplicationAccessPolicy", "`Grant-CsApplicationAccessPolicy`"),
        ("Grant-CsApplicationAccesPolicy", "`Grant-CsApplicationAccessPolicy`"),
        ("grant-csapplicationaccesspolcy", "`Grant-CsApplicationAccessPolicy`"),
        ("Gran-CsApplicationAccessPolicy", "`Grant-CsApplicationAccessPolicy`"),
        ("Remove-CsApplicationAccessPolicys", "`Remove-CsApplicationAccessPolicy`"),
    ] {
        let (code, told) = found(&format!("{name} -Identity X\n"));
        assert!(code == 1 && matches!(told.as_slice(), [one] if one.contains(right)), "{name} {told:?}");
    }
    // Somebody's own names, and those of other products.
    for name in [
        "Test-CsApplicationAccessPolicy",
        "Add-CsApplicationAccessPolicy",
        "New-CsApplicationAccessPolicyEx",
        "New-MyCsApplicationAccessPolicy",
        "Grant-ApplicationAccessPolicy",
        "Remove-ApplicationAccessPolicy",
        "Grant-CsTeamsMeetingPolicy",
    ] {
        let (_, told) = found(&format!("{name} -Identity X\n"));
        assert!(told.is_empty(), "{name} {told:?}");
    }
    let own = "function New-CsAplicationAccessPolicy { param($Identity) }\nNew-CsAplicationAccessPolicy -Identity X\n";
    assert!(found(own).1.is_empty());
}
