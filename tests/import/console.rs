//! What is copied from a console.

use super::*;

#[test]
fn a_console_is_read_as_it_was_copied() {
    let imported = read(&[("console.txt", include_str!("../../testdata/import/console.txt"))]).unwrap();
    let s = imported.snapshot;
    let notes: Vec<&str> = imported.notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("other policy types") && notes[1].contains("Windows PowerShell"), "{notes:?}");
    assert_eq!(s.policies.items[1].app_ids, [id(APP), id(OTHER)]);
    assert_eq!(s.policies.items[1].description.as_deref(), Some("scheduler: books meetings, and the assistant"));
    assert_eq!(s.direct.items[0].policy.as_deref(), Some("Meetings"));
    assert_eq!((s.groups.items.len(), s.groups.items[0].rank), (1, 1));
    assert_eq!(s.groups.items[0].members.items, [id(USER)]);
    assert_eq!((s.effective.items[0].user_id, s.effective.items[0].policy.as_deref()), (id(USER), Some("Meetings")));
    let statuses = [s.policies.status, s.direct.status, s.groups.status, s.effective.status];
    assert_eq!(statuses, [Status::Partial; 4]);
    assert_eq!((s.apps.status, s.users.status), (Status::Missing, Status::Partial));
}

#[test]
fn a_list_cut_by_the_console_is_left_out_and_named() {
    for dots in ["...", "\u{2026}"] {
        let text =
            format!("Identity : Tag:Long\nAppIds   : {{{APP}, {OTHER}{dots}}}\n\nIdentity : Global\nAppIds   : {{}}\n");
        let imported = read_with(&[("x.txt", &text)], &[Part::Policies]).unwrap();
        let policies = &imported.snapshot.policies;
        assert_eq!((policies.status, policies.items.len()), (Status::Partial, 1));
        let detail = policies.reason.as_ref().unwrap().detail.as_ref().unwrap();
        assert!(detail.contains("`Long`") && detail.contains("x.txt:1"), "{detail}");
        // Another file has it whole.
        let whole = format!("[{{\"Identity\":\"Tag:Long\",\"AppIds\":[\"{APP}\",\"{OTHER}\"]}}]");
        let imported = read_with(&[("x.txt", &text), ("y.json", &whole)], &[Part::Policies]).unwrap();
        assert_eq!((imported.snapshot.policies.status, imported.notes), (Status::Complete, Vec::new()));
    }
}

#[test]
fn colours_and_quotations_around_a_paste_go() {
    let plain = format!("Identity    : Tag:A\nAppIds      : {{{APP}, {OTHER}}}\nDescription :\n");
    let coloured = plain
        .replace("Identity    : ", "\u{1b}[32;1mIdentity    : \u{1b}[0m")
        .replace("AppIds", "\u{1b}[32;1mAppIds\u{1b}[0m");
    let quoted = plain.lines().map(|line| format!("> {line}\n")).collect::<String>();
    let expected = one(&plain);
    assert_eq!(expected.policies.items[0].app_ids.len(), 2);
    assert_eq!(one(&coloured), expected);
    assert_eq!(one(&quoted), expected);
}

#[test]
fn a_transcript_is_read_with_everything_that_was_run_in_it() {
    let stars = "**********************";
    let text = format!(
        "{stars}\nWindows PowerShell transcript start\nStart time: 20261125100000\nUsername: CONTOSO\\admin\nHost Application: \
         C:\\Windows\\powershell.exe\nProcess ID: 4242\n{stars}\nTranscript started, output file is C:\\t.txt\n\
         PS C:\\> Get-CsApplicationAccessPolicy\n\nIdentity    : Global\nAppIds      : {{}}\nDescription :\n\n\
         Identity    : Tag:Meetings\nAppIds      : {{{APP}, \n              {OTHER}}}\nDescription : wrapped onto\n              \
         two lines\n\nPS C:\\> Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy\n\n\
         GroupId                              PolicyType              PolicyName Rank CreatedTime          CreatedBy\n\
         -------                              ----------              ---------- ---- -----------          ---------\n\
         {GROUP} ApplicationAccessPolicy Meetings   1    11/25/2026 9:10:00 AM {USER}\n\n\
         PS C:\\> Stop-Transcript\n{stars}\nWindows PowerShell transcript end\nEnd time: 20261125100500\n{stars}\n"
    );
    let s = one(&text);
    assert_eq!(s.policies.items[1].app_ids, [id(APP), id(OTHER)]);
    assert_eq!(s.policies.items[1].description.as_deref(), Some("wrapped onto two lines"));
    assert_eq!((s.groups.items.len(), s.groups.items[0].rank), (1, 1));
    assert_eq!((s.policies.status, s.groups.status), (Status::Partial, Status::Partial));
    // A date without its zone is no moment.
    assert_eq!(s.history, []);
}

#[test]
fn a_type_name_is_no_list() {
    let text =
        "\"Identity\",\"AppIds\"\n\"Tag:A\",\"System.Collections.Generic.List`1[System.String]\"\n\"Global\",\"\"\n";
    let s = one(text);
    assert_eq!(s.policies.items.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Global"]);
    assert_eq!(s.policies.status, Status::Partial);
    let text = format!("Identity,ApplicationAccessPolicy\n{USER},Microsoft.Rtc.Management.UserPolicyDefinition\n");
    assert_eq!(one(&text).direct.items[0].policy.as_deref(), Some(""));
}

#[test]
fn pages_that_set_blank_lines_between_properties_are_read() {
    let text = format!(
        "Identity    : Global\n\nAppIds      : {{{APP}}}\n\nDescription :\n\nIdentity    : Tag:B\n\nAppIds      : {{}}\n"
    );
    let s = one(&text);
    assert_eq!(s.policies.items.len(), 2);
    assert_eq!(s.policies.items[0].app_ids, [id(APP)]);
}

#[test]
fn pastes_are_read_with_any_margin_fence_or_line_end() {
    for text in [
        format!("```\nIdentity : Global\nAppIds : {{{APP}}}\n```"),
        format!("    Identity : Global\r\n    AppIds   : {{{APP}}}\r\n"),
        format!("\u{feff}Identity : Global\r\nAppIds : {{{APP}}}\n"),
        format!("Identity : Global\nAppIds : {{{APP}\n}}\n"),
        format!("sep=;\nIdentity;AppIds\nGlobal;{APP}"),
        format!("Identity\tAppIds\r\nGlobal\t{{{APP}}}"),
        format!("{{\"identity\":\"GLOBAL\",\"APPIDS\":\"{APP}\"}}"),
        format!("{{\"Identity\":\"Global\",\"AppIds\":\"{{{APP}}}\",\"Key\":{{\"ScopeClass\":\"Global\"}}}}"),
        format!("some prose\n\nIdentity AppIds\n-------- ------\nGlobal   {{{APP}}}\nPS C:\\> exit"),
    ] {
        let s = one(&text);
        assert_eq!(s.policies.items.len(), 1, "{text}");
        assert_eq!(s.policies.items[0].app_ids, [id(APP)], "{text}");
    }
}

#[test]
fn wrapped_table_cells_are_joined() {
    let text = format!(
        "Identity     AppIds                                  Description\n\
         --------     ------                                  -----------\n\
         Tag:Meetings {{{APP},                books meetings and\n\
         \x20            {OTHER}}}                 more\n\
         Global       {{}}\n"
    );
    let s = one(&text);
    assert_eq!(s.policies.items.len(), 2, "{s:?}");
    assert_eq!(s.policies.items[1].app_ids, [id(APP), id(OTHER)]);
}

#[test]
fn what_is_no_id_is_kept_apart() {
    let s = one("[{\"Identity\":\"Global\",\"AppIds\":[\"not an id\",\"9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20\"]}]");
    let expected = Policy {
        name: "Global".into(),
        app_ids: vec![id(APP)],
        other_ids: vec!["not an id".into()],
        description: None,
    };
    assert_eq!(s.policies.items, [expected]);
}

/// A user without an id is lost for two parts, and told of once.
#[test]
fn a_row_that_two_parts_lack_is_told_once() {
    let text = format!(
        "[{{\"UserPrincipalName\":\"ada@contoso.com\",\"ApplicationAccessPolicy\":null,\"TeamsUpgradeEffectiveMode\":\"TeamsOnly\",\"FeatureTypes\":[\"Teams\"]}},{{\"Identity\":\"{USER}\",\"ApplicationAccessPolicy\":null,\"FeatureTypes\":[\"Teams\"]}}]"
    );
    let text = format!("PS C:\\> Get-CsOnlineUser | ConvertTo-Json\n{text}\n");
    let imported = read(&[("x.txt", &text)]).unwrap();
    let told = imported.notes.iter().filter(|note| note.text.contains("without an object id")).count();
    assert_eq!(told, 1, "{:?}", imported.notes);
    assert_eq!((imported.snapshot.users.status, imported.snapshot.direct.status), (Status::Partial, Status::Partial));
}

/// What printed nothing between two prompts is told, and is no proof by itself.
#[test]
fn a_list_that_printed_nothing_is_told() {
    let text = format!(
        "PS C:\\> Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy\nPS C:\\> Get-MgGroupMember -GroupId {GROUP} -All\nPS C:\\>\n"
    );
    let imported = read(&[("x.txt", &text)]).unwrap();
    let told = |place: &str, words: &str| {
        imported
            .notes
            .iter()
            .any(|note| note.place == place && note.text.contains("printed nothing") && note.text.contains(words))
    };
    assert!(told("x.txt:1", "no group is shown"), "{:?}", imported.notes);
    assert!(told("x.txt:2", GROUP), "{:?}", imported.notes);
    assert_ne!(imported.snapshot.groups.status, Status::Complete);
    // A command that keeps what it finds has not shown that there is nothing.
    let text = format!(
        "PS C:\\> $m = Get-MgGroupMember -GroupId {GROUP} -All\nPS C:\\> Get-CsApplicationAccessPolicy\n\nIdentity : Global\nAppIds   : {{}}\n"
    );
    let imported = read(&[("x.txt", &text)]).unwrap();
    assert!(imported.notes.iter().all(|note| !note.text.contains("is shown")), "{:?}", imported.notes);
}
