//! The project's own export: its shape, its manifest and the script that writes it.

use super::*;

pub(crate) const EXPORT: &str = include_str!("../../testdata/import/export.json");

#[test]
fn the_export_of_the_script_is_complete_and_dated() {
    let imported = read(&[("export.json", EXPORT)]).unwrap();
    assert_eq!(imported.notes, []);
    let s = imported.snapshot;
    let statuses = [s.policies.status, s.direct.status, s.groups.status, s.users.status, s.apps.status];
    assert_eq!(statuses, [Status::Complete; 5]);
    assert_eq!(s.tenant_id.unwrap().to_string(), "11111111-2222-4333-8444-555555555555");
    assert_eq!(s.taken_at.unwrap().to_string(), "2026-11-20T10:02:00Z");
    assert_eq!(s.policies.read_at.unwrap().to_string(), "2026-11-20T09:58:01Z");
    assert_eq!(s.users.source.as_deref(), Some("GET /users, Get-CsOnlineUser"));
    let group = &s.groups.items[0];
    assert_eq!((group.members.status, group.members.items.len(), group.nested.len()), (Status::Complete, 1, 1));
    let teams: Vec<_> = s.users.items.iter().map(|user| (user.guest, user.teams)).collect();
    assert_eq!(teams, [(Some(false), Some(Teams::Enabled)), (Some(true), Some(Teams::Absent))]);
    let app = s.apps.items.iter().find(|app| app.app_id == id(APP)).unwrap();
    let grant =
        RoleGrant { id: Some(id("b8bb2037-6e08-44ac-a4ea-4674e010e2a4")), value: None, resource: Some(id(GRAPH)) };
    assert_eq!(app.roles, Some(vec![grant]));
    let effective = &s.effective.items[0];
    assert_eq!((effective.policy.as_ref(), effective.via), (None, Some(Via::Global)));
    let history: Vec<_> = s.history.iter().map(|it| (it.part.as_str(), it.not_before.unwrap().to_string())).collect();
    assert_eq!(history, [("apps", "2026-10-01T08:00:00Z".to_owned()), ("groups", "2026-11-20T09:40:00Z".to_owned())]);
    assert_eq!(tenant::parse(&tenant::write(&s), "again").unwrap(), s);
}

#[test]
fn an_export_that_was_edited_or_cut_is_not_believed() {
    let dropped: String = EXPORT.lines().filter(|line| !line.contains("bob_fabrikam")).collect::<Vec<_>>().join("\n");
    let error = read(&[("export.json", &dropped)]).unwrap_err();
    assert!(error.to_string().contains("counts 2 items of `users`, and the file holds 1"), "{error}");
    assert_eq!(error.place(), Some("export.json:14 (item 13)"));
    let cut = &EXPORT[..EXPORT.find("{\"graphwhy_manifest\"").unwrap()];
    assert!(matches!(read(&[("export.json", cut)]), Err(ImportError::NotJson { .. })));
    // Closed by hand: nothing says that it is all.
    let closed = format!("{}\n]", cut.trim_end().trim_end_matches(','));
    let imported = read(&[("export.json", &closed)]).unwrap();
    assert_eq!(imported.snapshot.policies.status, Status::Partial);
    assert!(imported.notes[0].text.contains("did not finish"), "{:?}", imported.notes);
}

#[test]
fn a_read_that_failed_says_so() {
    let text = EXPORT
        .lines()
        .filter(|line| !line.contains("\"part\":\"users\",\"item\"") && !line.contains("\"part\":\"direct\",\"item\""))
        .collect::<Vec<_>>()
        .join("\n")
        .replace(
            "{\"part\":\"users\",\"status\":\"complete\",\"count\":2",
            "{\"part\":\"users\",\"status\":\"missing\",\"count\":0",
        )
        .replace(
            "\"source\":\"GET /users\",\"reason\":null",
            "\"source\":\"GET /users\",\"reason\":{\"kind\":\"forbidden\",\"detail\":\"Insufficient privileges\"}",
        )
        .replace(
            "{\"part\":\"direct\",\"status\":\"complete\",\"count\":1",
            "{\"part\":\"direct\",\"status\":\"complete\",\"count\":0",
        );
    let s = read(&[("export.json", &text)]).unwrap().snapshot;
    assert_eq!(s.users.status, Status::Missing);
    assert_eq!(s.users.reason.unwrap().kind, "forbidden");
    assert_eq!((s.direct.status, s.direct.items.len()), (Status::Complete, 0));
    assert_eq!(s.policies.status, Status::Complete);
}

#[test]
fn another_file_may_not_add_to_a_complete_list() {
    let paste = "Identity : Tag:Later\nAppIds : {}\n";
    for files in [[("export.json", EXPORT), ("later.txt", paste)], [("later.txt", paste), ("export.json", EXPORT)]] {
        let error = read(&files).unwrap_err().to_string();
        assert!(
            error.contains("policy `Later`") && error.contains("export.json") && error.contains("later.txt:1"),
            "{error}"
        );
    }
    let same = "Identity : Tag:MEETINGS\nAppIds : {9C4F2C1E-5A0B-4F6D-8F53-0D6A3C1B7E20}\n";
    assert!(read(&[("export.json", EXPORT), ("same.txt", same)]).is_ok());
}

/// Graph shows nobody of a group with a hidden list, without an error: the script asks the group before it says so.
#[test]
fn nobody_shown_is_not_nobody_there() {
    let script = graphwhy::tenant::import::SCRIPT;
    let (before, hidden) = script.split_once("visibility -eq 'HiddenMembership'").unwrap();
    assert!(before.contains("$shown.Count -eq 0") && before.contains("`$select=id,visibility"));
    let thrown = hidden.trim_start_matches([')', ' ', '{', '\n']).lines().next().unwrap();
    assert!(thrown.starts_with("throw ") && thrown.contains("forbidden"), "{thrown}");
}

#[test]
fn the_script_only_reads() {
    let script = graphwhy::tenant::import::SCRIPT;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let own = ["Get-Now", "Format-Time", "Write-Entry", "Export-Part", "Read-Graph"];
    let local = [
        "ForEach-Object",
        "Where-Object",
        "New-Object",
        "ConvertTo-Json",
        "Write-Progress",
        "Write-Warning",
        "Write-Host",
        "Move-Item",
        "Get-Command",
        "Get-Module",
    ];
    let reads = [
        "Get-CsTenant",
        "Get-CsApplicationAccessPolicy",
        "Get-CsGroupPolicyAssignment",
        "Get-CsTeamsMeetingConfiguration",
        "Get-CsOnlineUser",
        "Get-CsUserPolicyAssignment",
        "Get-MgContext",
        "Invoke-MgGraphRequest",
    ];
    // The signs-in in the help text.
    let told = ["Connect-MicrosoftTeams", "Connect-MgGraph"];
    let mut seen = 0;
    for word in script.split(|c: char| !is_word(c)) {
        let Some((verb, noun)) = word.split_once('-') else { continue };
        let cmdlet =
            verb.starts_with(|c: char| c.is_ascii_uppercase()) && noun.starts_with(|c: char| c.is_ascii_uppercase());
        if cmdlet {
            let known = own.iter().chain(&local).chain(&reads).chain(&told).any(|it| *it == word);
            assert!(known, "`{word}` is not known to read only");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
    for line in script.lines().filter(|line| line.contains("Invoke-MgGraphRequest")) {
        assert!(line.contains("-Method GET"), "{line}");
    }
    for line in script.lines().filter(|line| line.contains("/v1.0/")) {
        assert!(line.contains("Read-Graph") || line.contains("Invoke-MgGraphRequest -Method GET"), "{line}");
    }
}

#[test]
fn the_script_writes_the_parts_and_names_that_the_export_has() {
    let script = graphwhy::tenant::import::SCRIPT;
    let mut parts: Vec<Part> = script
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Export-Part '"))
        .map(|rest| Part::named(rest.split('\'').next().unwrap()).expect("a part"))
        .collect();
    parts.sort();
    assert_eq!(parts, Part::ALL);
    let lines: Vec<serde_json::Value> = serde_json::from_str(EXPORT).unwrap();
    for line in &lines {
        for name in
            line.as_object().unwrap().keys().chain(line["item"].as_object().into_iter().flat_map(|it| it.keys()))
        {
            assert!(script.contains(name.as_str()), "the script does not write `{name}`");
        }
    }
    for entry in lines.last().unwrap()["parts"].as_array().unwrap() {
        assert!(entry.as_object().unwrap().keys().all(|name| script.contains(name.as_str())), "{entry}");
    }
    // Quotes and braces are in pairs, so that the whole file is one script.
    assert_eq!(script.matches('{').count(), script.matches('}').count());
    assert_eq!(script.matches('(').count(), script.matches(')').count());
}
