//! What a read of one user's policies tells: the effective policy, what it hides, and what nothing means.

use super::*;
use graphwhy::tenant::HiddenAssignment;

const COMMAND: &str = "Get-CsUserPolicyAssignment -PolicyType ApplicationAccessPolicy -Identity";

fn hidden(s: &Snapshot) -> Vec<(&str, Option<Uuid>)> {
    s.effective.items[0].hides.iter().map(|it| (it.policy.as_str(), it.group_id)).collect()
}

#[test]
fn the_sources_of_a_policy_tell_what_it_hides() {
    let direct = r#"{"AssignmentType":"Direct","PolicyName":"Tag:Note Taker","Reference":null}"#;
    let group = format!(r#"{{"AssignmentType":"Group","PolicyName":"Interviews","Reference":"{GROUP}"}}"#);
    let json = |sources: &str| {
        format!(
            "PS C:\\> {COMMAND} {USER} | ConvertTo-Json\n[{{\"PolicyType\":\"ApplicationAccessPolicy\",\"PolicyName\":\"Note \
             Taker\",\"PolicySource\":{sources}}}]"
        )
    };
    let list = |sources: &str| {
        format!(
            "PS C:\\> {COMMAND} {USER} | fl\n\nPolicyType   : ApplicationAccessPolicy\nPolicyName   : Note \
             Taker\nPolicySource : {sources}\n"
        )
    };
    let known = id(GROUP);
    let cases = [
        (json(&format!("[{direct},{group}]")), Some(Via::Direct), vec![("Interviews", Some(known))]),
        (list("{Note Taker, Interviews}"), None, vec![("Interviews", None)]),
        (list("{Note Taker, Interviews...}"), None, vec![]),
        (list("{Note Taker, Interv..."), None, vec![]),
        (list("{Note Taker, Global}"), None, vec![]),
        // What does not fit together tells nothing.
        (list("{Interviews}"), None, vec![]),
        (json(&format!("[{}]", direct.replace("Note Taker", "Other"))), None, vec![]),
        (
            list(&format!(
                "{{@{{PolicyName=Note Taker; AssignmentType=Direct; Reference=}}, @{{PolicyName=Interviews; \
                 AssignmentType=Group; Reference={GROUP}}}}}"
            )),
            Some(Via::Direct),
            vec![("Interviews", Some(known))],
        ),
    ];
    for (text, via, hides) in cases {
        let s = one(&text);
        assert_eq!(s.effective.items[0].policy.as_deref(), Some("Note Taker"), "{text}");
        assert_eq!((s.effective.items[0].via, hidden(&s)), (via, hides), "{text}");
        let again = tenant::parse(&tenant::write(&s), "x").unwrap();
        assert_eq!(again.effective, s.effective, "a snapshot keeps it");
    }
    // Two forms of one read are one read.
    let both = format!("{}\n\n{}", list("{Note Taker, Interviews}"), json(&format!("[{direct},{group}]")));
    let s = one(&both);
    assert_eq!((s.effective.items[0].via, hidden(&s)), (Some(Via::Direct), vec![("Interviews", Some(known))]));
}

#[test]
fn sources_are_read_alone_too() {
    let of = |command: &str, rows: &str| {
        format!(
            "PS> {command} | select -ExpandProperty PolicySource\n\nAssignmentType PolicyName Reference\n\
             -------------- ---------- ---------\n{rows}"
        )
    };
    let typed = format!("{COMMAND} {USER}");
    let direct = "Direct         Note Taker\n";
    let group = format!("Group          Interviews {GROUP}\n");
    let s = one(&of(&typed, &format!("{direct}{group}")));
    assert_eq!((s.effective.items[0].via, hidden(&s)), (Some(Via::Direct), vec![("Interviews", Some(id(GROUP)))]));
    let s = one(&of(&typed, &group));
    let found = &s.effective.items[0];
    assert_eq!(
        (found.policy.as_deref(), found.via, found.group_id),
        (Some("Interviews"), Some(Via::Group), Some(id(GROUP)))
    );
    // Of two groups nothing says which comes first.
    let told = read(&[("x.txt", &of(&typed, &format!("{group}Group          Notes      {APP}\n")))]).unwrap();
    assert_eq!(told.snapshot.effective.items, []);
    assert!(told.notes.iter().any(|note| note.text.contains("comes first")), "{:?}", told.notes);
    // Nor without the type of policy, and without the user there is no reading.
    let told = read(&[("x.txt", &of(&format!("Get-CsUserPolicyAssignment -Identity {USER}"), direct))]).unwrap();
    assert_eq!(told.snapshot.effective.items, []);
    assert!(told.notes.iter().any(|note| note.text.contains("-PolicyType")), "{:?}", told.notes);
    let error = read(&[("x.txt", "AssignmentType,PolicyName,Reference\nDirect,Notes,\n")]).unwrap_err();
    assert!(matches!(error, ImportError::NoUser { .. }), "{error}");
}

#[test]
fn a_command_that_printed_nothing_tells_the_tenant_default() {
    let run = |command: &str, after: &str| read(&[("x.txt", &format!("PS> {command}\n{after}"))]).unwrap();
    let typed = format!("{COMMAND} {USER}");
    let default = |it: &Imported| {
        let found = it.snapshot.effective.items.first().map(|read| (read.user_id, read.policy.clone(), read.via));
        found.map(|found| found == (id(USER), None, Some(Via::Global)))
    };
    assert_eq!(default(&run(&typed, "\nPS> ")), Some(true));
    assert_eq!(default(&run(&typed, "PS C:\\> exit\n")), Some(true));
    assert_eq!(default(&run(&format!("{typed} | ConvertTo-Json"), "[]")), Some(true));
    // A list of every type that is empty has none of this type.
    let every = typed.replace("-PolicyType ApplicationAccessPolicy ", "");
    assert!(every != typed && default(&run(&every, "\nPS> ")) == Some(true));
    // Without the next prompt the output may not have been copied; these keep, filter or silence what is printed.
    let open = run(&typed, "");
    assert_eq!(default(&open), None);
    assert!(open.notes.iter().any(|note| note.text.contains("prompt")), "{:?}", open.notes);
    for command in [
        format!("$read = {typed}"),
        format!("{typed} > read.txt"),
        format!("{typed} | Where-Object PolicyName -eq X"),
        format!("{typed} | Select-Object -First 0"),
        format!("{typed} -ErrorAction SilentlyContinue"),
        typed.replace(USER, "$user"),
    ] {
        let told = run(&command, "PS> ");
        assert_eq!(default(&told), None, "{command}");
        assert!(told.notes.iter().any(|note| note.text.contains("nothing")), "{command}: {:?}", told.notes);
    }
    assert_eq!(default(&run(&typed, ">> | Where-Object { $_ }\nPS> ")), None);
    let denied = format!("PS> {typed}\nGet-CsUserPolicyAssignment : Access denied\nPS> ");
    assert!(matches!(read(&[("x.txt", &denied)]), Err(ImportError::Unrecognised { .. })));
}

#[test]
fn what_is_called_complete_must_not_leave_out_what_a_read_tells() {
    let policies = "Identity,AppIds\nGlobal,\nNotes,\n";
    let list = |sources: &str| {
        format!(
            "PS> {COMMAND} {USER}\n\nPolicyType   : ApplicationAccessPolicy\nPolicyName   : Notes\nPolicySource : {sources}\n"
        )
    };
    let refused = |text: &str, complete: &[Part]| match read_with(&[("p.csv", policies), ("u.txt", text)], complete) {
        Err(ImportError::NotComplete { parts, place, .. }) => Some((parts, place)),
        Err(error) => panic!("{error}"),
        Ok(_) => None,
    };
    let bare = list("{Notes}");
    let direct = list("{@{PolicyName=Notes; AssignmentType=Direct; Reference=}}");
    let grouped = list(&format!("{{@{{PolicyName=Notes; AssignmentType=Group; Reference={GROUP}}}}}"));
    let place = "u.txt:3".to_owned();
    assert_eq!(refused(&bare, &[Part::Direct]), None);
    assert_eq!(refused(&bare, &[Part::Direct, Part::Groups]), Some(("direct,groups", place.clone())));
    assert_eq!(refused(&direct, &[Part::Direct]), Some(("direct", place.clone())));
    assert_eq!(refused(&direct, &[Part::Groups]), None);
    assert_eq!(refused(&grouped, &[Part::Groups]), Some(("groups", place.clone())));
    assert_eq!(refused(&list("{Notes, Other}"), &[Part::Groups]), Some(("groups", place)));
    let assigned = format!("GroupId,PolicyType,PolicyName,Rank\n{GROUP},ApplicationAccessPolicy,Notes,1\n");
    assert!(read_with(&[("g.csv", &assigned), ("u.txt", &grouped)], &[Part::Direct, Part::Groups]).is_ok());
    // Nothing of a part is a statement of who says so.
    let told = read_with(&[("p.csv", policies)], &[Part::Groups]).unwrap();
    assert!(told.notes.iter().any(|note| note.place == "--complete groups"), "{:?}", told.notes);
    let empty = "PS> Get-CsGroupPolicyAssignment -PolicyType ApplicationAccessPolicy\nPS> ";
    let told = read_with(&[("p.csv", policies), ("g.txt", empty)], &[Part::Groups]).unwrap();
    assert_eq!(told.notes, []);
}

#[test]
fn a_hidden_assignment_is_kept_apart() {
    let one = HiddenAssignment { policy: "Interviews".to_owned(), group_id: None };
    let text = format!(
        r#"{{"schema":1,"effective":{{"status":"partial","items":[{{"user_id":"{USER}","policy":"Notes","hides":[{{"policy":"Interviews"}}]}}]}}}}"#
    );
    assert_eq!(tenant::parse(&text, "x").unwrap().effective.items[0].hides, [one]);
    assert!(tenant::parse(&text.replace(r#"{"policy":"Interviews"}"#, r#"{"name":"Interviews"}"#), "x").is_err());
}
