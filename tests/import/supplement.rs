//! Files over a snapshot: the later read of a thing stands, and what changed between both is known.

use super::*;
use graphwhy::tenant::AbsentKind;
use graphwhy::tenant::import::{Times, supplement};
use serde_json::{Value, json};

const TAKEN: &str = "2026-01-31T09:00:00Z";
const LATER: &str = "2026-01-31T10:00:00Z";
const EARLIER: &str = "2026-01-30T10:00:00Z";
const UPN: &str = "ada@contoso.com";
const NEW_USER: &str = "5b1e2c3d-1111-4222-8333-944455557777";

fn state() -> Value {
    json!({
        "schema": 1, "taken_at": TAKEN,
        "policies": {"status": "complete", "source": "Get-CsApplicationAccessPolicy", "items": [
            {"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP], "description": "for rooms"}]},
        "direct": {"status": "complete", "items": [{"user_id": USER, "policy": "Meetings"}]},
        "groups": {"status": "complete", "items": [
            {"group_id": GROUP, "policy": "Meetings", "rank": 1, "members": {"status": "complete", "items": [USER]}}]},
        "effective": {"status": "partial", "items": [{"user_id": USER, "policy": "Meetings", "via": "direct"}]},
        "users": {"status": "complete", "items": [{"id": USER, "upn": UPN, "teams": "enabled", "enabled": true}]},
        "apps": {"status": "complete", "items": [{"app_id": APP, "service_principal_id": PRINCIPAL, "roles": []}]}
    })
}

fn base() -> Snapshot {
    tenant::parse(&state().to_string(), "tenant.json").unwrap()
}

fn over(text: &str, at: &str) -> Imported {
    let at = at.parse().unwrap();
    let files = [File { name: "more.txt", text }];
    supplement(&base(), &files, &Options::default(), Times { read_at: Some(at), until: at })
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn policies(name: &str, ids: &str) -> String {
    format!("Identity    : {name}\nDescription :\nAppIds      : {{{ids}}}\n\n")
}

/// What does not say when it was read has no time, and takes none from what was read at another one.
#[test]
fn what_has_no_time_takes_none() {
    let files = [File { name: "more.txt", text: &policies("Tag:Meetings", OTHER) }];
    let times = Times { read_at: None, until: LATER.parse().unwrap() };
    let s = supplement(&base(), &files, &Options::default(), times).unwrap().snapshot;
    assert_eq!((s.taken_at, s.policies.read_at), (None, None));
    for read_at in [s.direct.read_at, s.users.read_at, s.apps.read_at, s.groups.items[0].members.read_at] {
        assert_eq!(read_at.unwrap().to_string(), TAKEN);
    }
    assert_eq!(tenant::parse(&tenant::write(&s), "again").unwrap(), s);
    let told = Options { taken_at: LATER.parse().ok(), ..Options::default() };
    let s = supplement(&base(), &files, &told, times).unwrap().snapshot;
    assert_eq!((s.taken_at.unwrap().to_string().as_str(), s.policies.items.len()), (TAKEN, 2));
}

#[test]
fn a_later_read_replaces_and_the_change_is_bounded() {
    let told = over(&policies("Tag:Meetings", OTHER), LATER);
    let s = &told.snapshot;
    assert_eq!(s.policies.status, Status::Complete, "the list has the policy");
    let meetings = s.policies.items.iter().find(|it| it.name == "Meetings").unwrap();
    assert_eq!((&meetings.app_ids[..], meetings.description.as_deref()), (&[id(OTHER)][..], Some("for rooms")));
    let mut changes: Vec<(&str, &str, Option<&str>)> =
        s.history.iter().map(|it| (&*it.key, &*it.change, it.value.as_deref())).collect();
    changes.sort_unstable();
    assert_eq!(changes, [("Meetings", "added", Some(OTHER)), ("Meetings", "removed", Some(APP))]);
    for change in &s.history {
        assert_eq!(change.not_before.unwrap().to_string(), TAKEN);
        assert_eq!(change.not_after.unwrap().to_string(), LATER);
    }
    assert_eq!(s.policies.read_at.unwrap().to_string(), TAKEN, "as old as the policies that were not read again");
    assert_eq!(tenant::parse(&tenant::write(s), "again").unwrap(), *s);
}

#[test]
fn an_earlier_read_leaves_what_the_snapshot_says() {
    let told = over(&policies("Tag:Meetings", OTHER), EARLIER);
    assert_eq!(told.snapshot.policies.items, base().policies.items);
    assert_eq!(told.snapshot.history, []);
    assert!(
        told.notes.iter().any(|note| note.text.contains("read later") && note.text.contains("`Meetings`")),
        "{:?}",
        told.notes
    );
}

#[test]
fn what_a_complete_list_does_not_have_is_added_and_said() {
    let told = over(&policies("New", APP), LATER);
    let part = &told.snapshot.policies;
    assert_eq!((part.status, part.items.len()), (Status::Partial, 3), "the list is not all there is any more");
    assert!(part.reason.as_ref().unwrap().detail.as_ref().unwrap().contains("`New`"));
    assert!(told.notes.iter().any(|note| note.place == "policies" && note.text.contains("`New`")), "{:?}", told.notes);
    assert_eq!(told.snapshot.history[0].change, "added");
    let users = format!("Id,UserPrincipalName,UserType\n{NEW_USER},new@contoso.com,Member\n");
    assert_eq!(over(&users, LATER).snapshot.users.status, Status::Partial);
    // An older list that was complete later on does not bring back what is gone.
    let gone = over(&policies("New", APP), EARLIER).snapshot.policies;
    assert_eq!((gone.status, gone.items.len()), (Status::Complete, 2));
}

#[test]
fn names_are_those_of_the_snapshot_and_an_overtaken_read_goes() {
    let text = format!("PS> Get-CsUserPolicyAssignment -Identity {UPN} -PolicyType ApplicationAccessPolicy\nPS> ");
    let s = over(&text, LATER).snapshot;
    assert_eq!((s.effective.items[0].user_id, &s.effective.items[0].policy), (id(USER), &None));
    assert_eq!(s.direct.items[0].policy, None, "the default is effective, so that nothing is assigned directly");
    assert!(s.history.iter().any(|it| it.part == "direct" && it.change == "removed"), "{:?}", s.history);
    let direct = format!("Identity,UserPrincipalName,ApplicationAccessPolicy\n{USER},{UPN},Global\n");
    let s = over(&direct, LATER).snapshot;
    assert_eq!(s.direct.items[0].policy.as_deref(), Some("Global"));
    assert!(s.effective.items.is_empty(), "the read of before was of another assignment");
}

#[test]
fn a_rank_that_went_to_another_group_is_not_known() {
    let other = "6c2f3d4e-1111-4222-8333-944455556662";
    let text = format!("GroupId,PolicyType,PolicyName,Rank\n{other},ApplicationAccessPolicy,Meetings,1\n");
    let s = over(&text, LATER).snapshot;
    let ranks: Vec<(Uuid, u32)> = s.groups.items.iter().map(|it| (it.group_id, it.rank)).collect();
    assert_eq!(ranks, [(id(other), 1), (id(GROUP), 0)]);
    assert_eq!(s.groups.status, Status::Partial);
    assert_eq!(tenant::parse(&tenant::write(&s), "again").unwrap(), s);
    // Members of a group that only the snapshot assigns.
    let text = format!("GET /groups/{GROUP}/members\n{{\"value\":[]}}\n");
    let s = over(&text, LATER).snapshot;
    let members = &s.groups.items[0].members;
    assert_eq!((members.status, members.items.len()), (Status::Partial, 0), "they may be hidden");
    let s = over(&format!("{text}{{\"id\":\"{GROUP}\",\"visibility\":\"Private\"}}"), LATER).snapshot;
    assert_eq!((s.groups.items[0].members.status, s.groups.items[0].members.items.len()), (Status::Complete, 0));
    assert!(s.history.iter().any(|it| it.part == "members" && it.change == "removed"), "{:?}", s.history);
}

/// Saying again what the snapshot says changes nothing.
#[test]
fn the_same_again_is_no_change() {
    let text = policies("Tag:Meetings", APP)
        + &format!(
            "\nIdentity                : {USER}\nUserPrincipalName       : {UPN}\nApplicationAccessPolicy : Meetings\n"
        );
    let told = over(&text, LATER);
    let before = base();
    assert_eq!(told.snapshot.history, []);
    assert_eq!(
        (&told.snapshot.policies.items, &told.snapshot.direct.items),
        (&before.policies.items, &before.direct.items)
    );
    assert_eq!((told.snapshot.effective.items.len(), told.snapshot.users.items.len()), (1, 1));
}

#[test]
fn the_command_line_takes_more_than_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut other = state();
    other["tenant_id"] = json!("11111111-2222-4333-8444-555555555555");
    other["users"]["items"][0] = json!({"id": NEW_USER, "upn": "new@fabrikam.com", "teams": "enabled"});
    other["direct"]["items"] = json!([]);
    other["groups"]["items"] = json!([]);
    other["effective"]["items"] = json!([]);
    other["apps"]["items"] = json!([]);
    std::fs::write(path("a.json"), state().to_string()).unwrap();
    std::fs::write(path("b.json"), other.to_string()).unwrap();
    let none = format!("PS> Get-CsUserPolicyAssignment -Identity {UPN} -PolicyType ApplicationAccessPolicy\nPS> ");
    std::fs::write(path("none.txt"), none).unwrap();
    std::fs::write(path("switch.txt"), "EnableGraphTranscriptAccess : True\nEnableAttributedTranscripts : True\n")
        .unwrap();
    let run = |args: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_graphwhy"));
        command.env("NO_COLOR", "1").args(args).assert()
    };
    let check = ["check", "--app", APP, "--user", UPN, "--gates", "policy", "--format", "json"];
    let asked = |states: &[&str]| -> Vec<String> {
        let states = states.iter().flat_map(|it| ["--state".to_owned(), path(it)]);
        check.iter().map(|it| (*it).to_owned()).chain(states).collect()
    };
    let ask = |states: &[&str]| {
        let args = asked(states);
        run(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    ask(&["a.json"]).code(0);
    ask(&["a.json", "none.txt"]).code(1);
    ask(&["b.json", "none.txt", "a.json"]).code(1);
    let refused = ask(&["a.json", "b.json", "switch.txt"]).code(2);
    let told = String::from_utf8(refused.get_output().stdout.clone()).unwrap()
        + &String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(told.contains("switch.txt") && told.contains("may be of any of the 2 snapshots"), "{told}");
    run(&["import", &path("a.json"), &path("none.txt"), "-o", &path("new.json")]).success();
    let new = tenant::parse(&std::fs::read_to_string(path("new.json")).unwrap(), "new.json").unwrap();
    assert!(new.effective.items[0].policy.is_none() && !new.history.is_empty());
    run(&["import", &path("a.json")]).code(2);
    run(&["import", &path("a.json"), &path("b.json"), &path("none.txt")]).code(2);
}

/// What was effective before the list of assignments was read stands against no assignment of that list.
#[test]
fn an_earlier_effective_policy_gives_way_to_a_later_list_of_assignments() {
    let mut state = state();
    state["effective"] = json!({"status": "missing"});
    let base = tenant::parse(&state.to_string(), "tenant.json").unwrap();
    let text = format!(
        "PS C:\\> Get-CsUserPolicyAssignment -Identity {USER} -PolicyType ApplicationAccessPolicy\n\n\
         PolicyType              PolicyName PolicySource\n----------              ---------- ------------\n\
         ApplicationAccessPolicy Global     {{}}\n"
    );
    for (at, effective) in [(EARLIER, 0), (LATER, 1)] {
        let at = at.parse().unwrap();
        let files = [File { name: "more.txt", text: &text }];
        let told = supplement(&base, &files, &Options::default(), Times { read_at: Some(at), until: at }).unwrap();
        assert_eq!(told.snapshot.effective.items.len(), effective, "{at}");
    }
}

/// A later default without an assignment and the assignment of before: the list, the history and the read say one thing.
#[test]
fn an_empty_list_of_sources_is_no_assignment_and_an_unsaid_one_is_not_known() {
    let command = format!("PS> Get-CsUserPolicyAssignment -Identity {USER} -PolicyType ApplicationAccessPolicy\n");
    let table = format!(
        "{command}\nPolicyType              PolicyName PolicySource\n----------              ---------- ------------\n\
         ApplicationAccessPolicy Global     {{}}\n"
    );
    let json = |sources: &str| {
        format!(r#"{command}[{{"PolicyType":"ApplicationAccessPolicy","PolicyName":"Global"{sources}}}]"#)
    };
    let removed = |s: &Snapshot| {
        s.history
            .iter()
            .any(|it| it.part == "direct" && it.change == "removed" && it.value.as_deref() == Some("Meetings"))
    };
    for text in [table, json(r#","PolicySource":[]"#)] {
        let s = over(&text, LATER).snapshot;
        assert_eq!(s.direct.items[0].policy, None, "{text}");
        assert_eq!(s.effective.items[0].via, Some(Via::Global), "{text}");
        assert!(removed(&s), "{:?}", s.history);
        let between = tenant::diff::diff(&base(), &s);
        let direct: Vec<_> = between.iter().filter(|it| it.part == "direct").collect();
        assert_eq!((direct.len(), direct[0].after.as_deref()), (1, Some("(none)")), "{direct:?}");
    }
    // A direct assignment of `Global` itself would read the same: what is left of the old one is not known.
    for text in [json(""), json(r#","PolicySource":null"#)] {
        let s = over(&text, LATER).snapshot;
        assert_eq!((s.direct.items[0].policy.as_deref(), s.effective.items[0].via), (Some(""), None), "{text}");
        assert!(!s.history.iter().any(|it| it.part == "direct"), "{:?}", s.history);
    }
}

fn not_found(request: &str) -> String {
    let error = json!({"error": {"code": "Request_ResourceNotFound",
        "message": "Resource does not exist or one of its queried reference-property objects are not present."}});
    format!("GET {request}\n{error}\n")
}

/// A 404 for an id answers the read: no list has to be whole for it.
#[test]
fn what_the_service_does_not_find_does_not_exist() {
    let mut open = state();
    for part in ["users", "apps"] {
        open[part]["status"] = json!("partial");
    }
    let open = tenant::parse(&open.to_string(), "tenant.json").unwrap();
    let put = |base: &Snapshot, text: &str, at: &str| {
        let at = at.parse().unwrap();
        let files = [File { name: "more.txt", text }];
        supplement(base, &files, &Options::default(), Times { read_at: Some(at), until: at }).map(|it| it.snapshot)
    };
    let gone = |s: &Snapshot| s.absent.iter().map(|it| (it.kind, it.id)).collect::<Vec<_>>();
    let of_user = not_found(&format!("/v1.0/users/{NEW_USER}?$select=id,assignedPlans"));
    let s = put(&open, &of_user, LATER).unwrap();
    assert_eq!((gone(&s), s.users.status), (vec![(AbsentKind::User, id(NEW_USER))], Status::Partial));
    assert_eq!(tenant::parse(&tenant::write(&s), "again").unwrap(), s);
    for path in ["", "/appRoleAssignments"] {
        let text = not_found(&format!("/servicePrincipals(appId='{OTHER}'){path}"));
        assert_eq!(gone(&put(&open, &text, LATER).unwrap()), [(AbsentKind::App, id(OTHER))], "{path}");
    }
    let members = put(&open, &not_found(&format!("/groups/{GROUP}/members")), LATER).unwrap();
    let members = &members.groups.items[0].members;
    assert_eq!((members.status, members.items.len()), (Status::Complete, 0));
    // Somebody who was listed is gone since, unless the list is the later one.
    let of_listed = not_found(&format!("/users/{USER}"));
    let s = put(&base(), &of_listed, LATER).unwrap();
    assert!(s.users.items.is_empty() && s.users.is_complete());
    assert!(
        s.history.iter().any(|it| it.part == "users" && it.change == "removed" && it.key == USER),
        "{:?}",
        s.history
    );
    let s = put(&base(), &of_listed, EARLIER).unwrap();
    assert_eq!((s.users.items.len(), gone(&s)), (1, vec![]));
    // Who is listed later is there again.
    let s = put(&open, &of_user, LATER).unwrap();
    let listed = format!("Id,UserPrincipalName,UserType\n{NEW_USER},new@contoso.com,Member\n");
    let s = put(&s, &listed, "2026-01-31T11:00:00Z").unwrap();
    assert_eq!((gone(&s), s.users.items.len()), (vec![], 2));
    // Another answer, or one to nobody knows which request, says nothing.
    let forbidden = of_user.replace("Request_ResourceNotFound", "Authorization_RequestDenied");
    let nowhere = of_user.split_once('\n').unwrap().1.to_owned();
    for text in [forbidden, nowhere, not_found("/users/new@contoso.com")] {
        assert!(matches!(put(&open, &text, LATER), Err(ImportError::Unrecognised { .. })), "{text}");
    }
}

#[test]
fn a_question_about_what_does_not_exist_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut open = state();
    for part in ["users", "apps"] {
        open[part]["status"] = json!("partial");
    }
    std::fs::write(path("tenant.json"), open.to_string()).unwrap();
    std::fs::write(path("user.txt"), not_found(&format!("/users/{NEW_USER}"))).unwrap();
    std::fs::write(path("app.txt"), not_found(&format!("/servicePrincipals(appId='{OTHER}')"))).unwrap();
    let ask = |app: &str, user: &str, more: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_graphwhy"));
        command.args(["check", "--format", "json", "--app", app, "--user", user, "--state", &path("tenant.json")]);
        for file in more {
            command.args(["--state", &path(file)]);
        }
        let output = command.output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), document["results"][0]["findings"].as_array().unwrap().clone())
    };
    for (app, user, file, cause) in
        [(APP, NEW_USER, "user.txt", "user-unknown"), (OTHER, USER, "app.txt", "app-unknown-in-tenant")]
    {
        assert!(ask(app, user, &[]).1.iter().all(|it| it["cause"] != cause), "{cause}: a list that is not whole");
        let (code, findings) = ask(app, user, &[file]);
        let found = findings.iter().find(|it| it["cause"] == cause).unwrap_or_else(|| panic!("{cause}: {findings:?}"));
        assert_eq!((code, &found["confidence"]), (1, &json!("certain")));
        assert_eq!(found["evidence"][0]["value"], "the service answered that it does not exist");
    }
}
