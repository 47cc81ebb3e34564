//! Of what a list is: what its command or request names, and no more than that.

use super::*;
use graphwhy::tenant::import::{Times, supplement};
use serde_json::{Value, json};

const LATER: &str = "2026-01-31T10:00:00Z";
const SECOND: &str = "5b1e2c3d-1111-4222-8333-944455557777";

pub(super) fn state(change: impl FnOnce(&mut Value)) -> Snapshot {
    let mut value = json!({
        "schema": 1, "taken_at": "2026-01-31T09:00:00Z",
        "policies": {"status": "complete", "items": [
            {"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}]},
        "direct": {"status": "complete", "items": [{"user_id": USER, "policy": "Meetings"}]},
        "groups": {"status": "complete", "items": [{"group_id": GROUP, "policy": "Meetings", "rank": 1}]},
        "users": {"status": "complete", "items": [{"id": USER, "upn": "ada@contoso.com", "teams": "enabled"}]},
        "apps": {"status": "complete", "items": [{"app_id": APP, "service_principal_id": PRINCIPAL}]}
    });
    change(&mut value);
    tenant::parse(&value.to_string(), "tenant.json").unwrap()
}

pub(super) fn put(base: &Snapshot, name: &str, text: &str, complete: &[Part]) -> Imported {
    let at = LATER.parse().unwrap();
    let options = Options { complete: complete.to_vec(), ..Options::default() };
    supplement(base, &[File { name, text }], &options, Times { read_at: Some(at), until: at })
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

pub(super) fn noted(imported: &Imported, words: &str) -> bool {
    imported.notes.iter().any(|note| note.text.contains(words))
}

pub(super) fn answer(request: &str, context: &str, rows: &Value) -> String {
    let context = format!("https://graph.microsoft.com/v1.0/$metadata#{context}");
    format!("GET https://graph.microsoft.com/v1.0{request}\n\n{}\n", json!({"@odata.context": context, "value": rows}))
}

#[test]
fn only_direct_members_are_members() {
    let base = state(|_| {});
    let row = json!([{"@odata.type": "#microsoft.graph.user", "id": USER, "displayName": "Ada"}]);
    let members = |name: &str, text: &str| {
        let told = put(&base, name, text, &[]);
        let members = &told.snapshot.groups.items[0].members;
        (members.status, members.items.clone(), noted(&told, "not direct members"))
    };
    let own = format!("members-{GROUP}.json");
    for name in ["x.txt", &own] {
        let request = |tail: &str| answer(&format!("/groups/{GROUP}/{tail}"), "directoryObjects", &row);
        assert_eq!(members(name, &request("members")), (Status::Complete, vec![id(USER)], false), "{name}");
        let cast = members(name, &request("members/microsoft.graph.user"));
        assert_eq!(cast, (Status::Partial, vec![id(USER)], false), "{name}");
        for tail in [
            "owners",
            "acceptedSenders",
            "rejectedSenders",
            "membersWithLicenseErrors",
            "transitiveMembers",
            "transitiveMembers/microsoft.graph.user",
            "memberOf",
            "permissionGrants",
            "sites",
        ] {
            assert_eq!(members(name, &request(tail)), (Status::Missing, Vec::new(), true), "{name} {tail}");
        }
        for path in [format!("/directoryRoles/{GROUP}/members"), format!("/teams/{GROUP}/members")] {
            let told = members(name, &answer(&path, "directoryObjects", &row));
            assert_eq!(told, (Status::Missing, Vec::new(), true), "{name} {path}");
        }
        let table = format!(
            "Id                                   DeletedDateTime\n{0} {1}\n{USER}\n\nPS C:\\> \n",
            "-".repeat(36),
            "-".repeat(15)
        );
        let command = |cmdlet: &str| format!("PS C:\\> {cmdlet} -GroupId {GROUP} -All\n\n{table}");
        for cmdlet in ["Get-MgGroupMember", "Get-MgBetaGroupMember", "Get-MgGroupMemberAsUser"] {
            assert_eq!(members(name, &command(cmdlet)).1, [id(USER)], "{name} {cmdlet}");
        }
        for cmdlet in [
            "Get-MgGroupTransitiveMember",
            "Get-MgGroupOwner",
            "Get-MgGroupMemberOf",
            "Get-MgGroupMemberWithLicenseError",
            "Get-MgGroupTransitiveMemberOf",
            "Get-MgGroupAcceptedSender",
            "Get-MgGroupSite",
            "Get-EntraGroupOwner",
        ] {
            assert_eq!(members(name, &command(cmdlet)), (Status::Missing, Vec::new(), true), "{name} {cmdlet}");
        }
    }
}

#[test]
fn nobody_shown_is_nobody_only_where_the_group_hides_nobody() {
    let base = state(|_| {});
    let empty = answer(&format!("/groups/{GROUP}/members"), "directoryObjects", &json!([]));
    let status = |told: &Imported| told.snapshot.groups.items[0].members.status;
    let told = put(&base, "x.txt", &empty, &[]);
    assert_eq!(status(&told), Status::Partial);
    assert!(noted(&told, "visibility") && noted(&told, "--complete members"), "{:?}", told.notes);
    assert_eq!(status(&put(&base, "x.txt", &empty, &[Part::Members])), Status::Complete);
    for (visibility, wanted) in [
        (json!("HiddenMembership"), Status::Partial),
        (json!("Private"), Status::Complete),
        (Value::Null, Status::Complete),
    ] {
        let group = json!({"id": GROUP, "visibility": visibility});
        let told = put(&base, "x.txt", &format!("{empty}\nGET /groups/{GROUP}?$select=id,visibility\n{group}\n"), &[]);
        assert_eq!(status(&told), wanted, "{visibility}");
    }
}

#[test]
fn who_holds_the_roles_of_an_app_is_not_what_it_holds() {
    let base = state(|_| {});
    let principal = |tail: &str| format!("/servicePrincipals(appId='{APP}')/{tail}");
    let roles = |base: &Snapshot, text: &str| put(base, "x.txt", text, &[]).snapshot.apps.items[0].roles.clone();
    assert_eq!(roles(&base, &answer(&principal("appRoleAssignedTo"), "appRoleAssignments", &json!([]))), None);
    assert_eq!(roles(&base, &answer(&principal("appRoleAssignments"), "appRoleAssignments", &json!([]))), Some(vec![]));
}

#[test]
fn the_read_of_the_roles_of_an_app_settles_them_without_its_service_principal() {
    let base = state(|value| value["apps"] = json!({"status": "missing"}));
    let request = format!("/servicePrincipals(appId='{APP}')/appRoleAssignments");
    let row = json!([{
        "appRoleId": "c1684f21-1984-47fa-9d61-2dc8c296bb70", "principalId": PRINCIPAL,
        "principalType": "ServicePrincipal", "resourceDisplayName": "Microsoft Graph", "resourceId": GRAPH_PRINCIPAL}]);
    let told = put(&base, "x.txt", &answer(&request, "appRoleAssignments", &row), &[]).snapshot;
    let app = &told.apps.items[0];
    assert_eq!((app.app_id, app.service_principal_id), (id(APP), Some(id(PRINCIPAL))));
    assert_eq!(app.roles.as_ref().unwrap().iter().map(|it| it.resource).collect::<Vec<_>>(), [Some(id(GRAPH))]);
    for base in [&base, &Snapshot::default()] {
        let told = put(base, "x.txt", &answer(&request, "appRoleAssignments", &json!([])), &[]).snapshot;
        let app = &told.apps.items[0];
        assert_eq!((app.app_id, app.service_principal_id, app.roles.as_deref()), (id(APP), None, Some(&[][..])));
        assert_eq!(told.apps.status, Status::Partial);
    }
    let some = format!("{request}?$top=1");
    let told = put(&base, "x.txt", &answer(&some, "appRoleAssignments", &json!([])), &[]);
    assert!(told.snapshot.apps.items.is_empty() && noted(&told, "may leave some out"), "{:?}", told.notes);
}

#[test]
fn an_empty_answer_about_delegated_permissions_settles_them() {
    let base = state(|_| {});
    let request = format!("/oauth2PermissionGrants?$filter=clientId eq '{PRINCIPAL}'");
    let told = put(&base, "x.txt", &answer(&request, "oauth2PermissionGrants", &json!([])), &[]);
    assert_eq!(told.snapshot.apps.items[0].delegated.as_deref(), Some(&[][..]));
    assert!(noted(&told, "no delegated permission"), "{:?}", told.notes);
    let row =
        json!([{"clientId": PRINCIPAL, "consentType": "AllPrincipals", "resourceId": GROUP, "scope": "User.Read"}]);
    let told = put(&base, "x.txt", &answer(&request, "oauth2PermissionGrants", &row), &[]);
    assert_eq!(told.snapshot.apps.items[0].delegated, None, "which resource it is is not known");
    let narrower = format!("{request} and consentType eq 'Principal'");
    let told = put(&base, "x.txt", &answer(&narrower, "oauth2PermissionGrants", &json!([])), &[]);
    assert_eq!(told.snapshot.apps.items[0].delegated, None);
}

#[test]
fn who_was_deleted_is_no_user() {
    let row = |deleted: Value| json!({"id": USER, "deletedDateTime": deleted, "userPrincipalName": "ada@contoso.com", "userType": "Member"});
    let bin = answer("/directory/deletedItems/microsoft.graph.user", "users", &json!([row(Value::Null)]));
    let list = answer("/users", "users", &json!([row(json!("2026-01-01T00:00:00Z"))]));
    let command = format!(
        "PS> Get-CsOnlineUser -SoftDeletedUser\n\nIdentity          : {USER}\nUserPrincipalName : ada@contoso.com\n\nPS>\n"
    );
    let stamped = format!(
        "Identity              : {USER}\nUserPrincipalName     : ada@contoso.com\nSoftDeletionTimestamp : 1/30/2026 8:00:00 AM\n"
    );
    let sdk = format!(
        "PS> Get-MgDirectoryDeletedUser -DirectoryObjectId {USER}\n\nId                : {USER}\nUserPrincipalName : ada@contoso.com\n\nPS>\n"
    );
    for text in [bin, list, command, stamped, sdk] {
        let told = read(&[("x.txt", &text)]).unwrap();
        assert!(told.snapshot.users.items.is_empty() && noted(&told, "was deleted"), "{text}\n{:?}", told.notes);
    }
    let there = answer("/users", "users", &json!([row(Value::Null)]));
    assert_eq!(one(&there).users.items.len(), 1);
    let unset =
        format!("Identity              : {USER}\nUserPrincipalName     : ada@contoso.com\nSoftDeletionTimestamp :\n");
    assert_eq!(one(&unset).users.items.len(), 1);
}

#[test]
fn below_several_commands_an_output_is_nobodys() {
    let base = state(|value| {
        (value["direct"], value["groups"]) = (json!({"status": "missing"}), json!({"status": "missing"}))
    });
    let command =
        |user: &str| format!("Get-CsUserPolicyAssignment -Identity {user} -PolicyType ApplicationAccessPolicy");
    let table = "\nPolicyType              PolicyName PolicySource\n----------              ---------- ------------\n\
                 ApplicationAccessPolicy Meetings   {Meetings}\n\nPS C:\\> \n";
    for name in ["x.txt".to_owned(), format!("policies-{USER}.txt")] {
        let told = put(&base, &name, &format!("PS C:\\> {}; {}\n{table}", command(USER), command(SECOND)), &[]);
        assert!(told.snapshot.effective.items.is_empty(), "{name}: {:?}", told.snapshot.effective);
        assert!(noted(&told, "several commands"), "{:?}", told.notes);
    }
    // What prints nothing that is read here owns nothing either.
    for line in [format!("Connect-MicrosoftTeams; {}", command(USER)), format!("{};", command(USER))] {
        let told = put(&base, "x.txt", &format!("PS C:\\> {line}\n{table}"), &[]);
        assert_eq!(told.snapshot.effective.items[0].user_id, id(USER), "{line}");
    }
}

#[test]
fn a_list_of_every_policy_type_without_this_one_is_the_tenant_default() {
    let base = state(|value| value["direct"] = json!({"status": "missing"}));
    let other = "[{\"PolicyType\":\"TeamsMeetingPolicy\",\"PolicyName\":\"AllOn\",\"PolicySource\":[]}]";
    let command = format!("PS C:\\> Get-CsUserPolicyAssignment -Identity '{USER}'");
    let list = "\nPolicyType   : TeamsMeetingPolicy\nPolicyName   : AllOn\nPolicySource : {}\n";
    let effective = |name: &str, text: &str| {
        let told = put(&base, name, text, &[]).snapshot;
        told.effective.items.iter().map(|it| (it.user_id, it.policy.clone(), it.via)).collect::<Vec<_>>()
    };
    let default = vec![(id(USER), None, Some(Via::Global))];
    assert_eq!(effective("x.txt", &format!("{command} | ConvertTo-Json -Depth 5\n{other}\n")), default);
    assert_eq!(effective("x.txt", &format!("{command}\nPS C:\\> \n")), default, "it printed nothing");
    assert_eq!(effective("x.txt", &format!("{command}\n{list}\nPS C:\\> \n")), default);
    assert_eq!(effective(&format!("policies-{USER}.json"), "[]"), default);
    // Cut, filtered, or without the next prompt.
    assert_eq!(effective("x.txt", &format!("{command}\n{list}\n")), []);
    assert_eq!(
        effective("x.txt", &format!("{command} | Where-Object PolicyName -eq AllOn | ConvertTo-Json\n{other}\n")),
        []
    );
    assert_eq!(effective("x.txt", &format!("{command} | Select-Object -First 1\n{list}\nPS C:\\> \n")), []);
    assert_eq!(
        effective("x.txt", &format!("{command} -PolicyType TeamsMeetingPolicy | ConvertTo-Json\n{other}\n")),
        []
    );
    for narrower in
        ["-PolicyT TeamsMeetingPolicy", "-p TeamsMeetingPolicy", "TeamsMeetingPolicy", "@more", "-PolicyType $type"]
    {
        assert_eq!(effective("x.txt", &format!("{command} {narrower}\nPS C:\\> \n")), [], "{narrower}");
    }
    assert_eq!(effective(&format!("policies-{USER}.json"), other), [], "nothing says that it was all");
    let alone = read(&[(&format!("policies-{USER}.json"), "[]")]).unwrap();
    assert!(alone.snapshot.effective.items.is_empty() && noted(&alone, "--complete effective"), "{:?}", alone.notes);
    let said = read_with(&[(&format!("policies-{USER}.json"), "[]")], &[Part::Effective]).unwrap();
    assert_eq!(said.snapshot.effective.items[0].via, Some(Via::Global));
}

#[test]
fn an_older_file_makes_nothing_older_that_was_read_later() {
    let base = state(|_| {});
    let at = Some("2026-01-30T10:00:00Z".parse().unwrap());
    let over = |text: &str| {
        let options = Options { taken_at: at, ..Options::default() };
        let files = [File { name: "x.json", text }];
        supplement(&base, &files, &options, Times { read_at: at, until: LATER.parse().unwrap() }).unwrap().snapshot
    };
    let policies = json!([{"Identity": "Global", "AppIds": []}, {"Identity": "Tag:Meetings", "AppIds": [APP, OTHER]}]);
    let told = over(&policies.to_string());
    assert_eq!(told.policies.items[1].app_ids, [id(APP)]);
    assert_eq!(told.policies.read_at, base.taken_at);
    let app = json!([{"id": PRINCIPAL, "appId": APP, "displayName": "Old", "servicePrincipalType": "Application"}]);
    let told = over(&app.to_string());
    assert_eq!((told.apps.read_at, told.apps.items[0].read_at), (base.taken_at, base.taken_at));
}

#[test]
fn a_change_below_a_read_takes_it_back() {
    let base = state(|value| value["groups"]["items"][0]["members"] = json!({"status": "complete", "items": [USER]}));
    let read = format!(
        "PS C:\\> Get-CsApplicationAccessPolicy -Identity Meetings\n\nIdentity    : Tag:Meetings\nAppIds      : {{{APP}}}\nDescription :\n\n"
    );
    let change = format!("PS C:\\> Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{{Remove='{APP}'}}\n");
    let told = put(&base, "x.txt", &format!("{read}{change}PS C:\\>\n"), &[]);
    let s = &told.snapshot;
    assert!(noted(&told, "changes policy `Meetings`"), "{:?}", told.notes);
    assert_eq!((s.policies.status, s.unread_policies.as_slice()), (Status::Partial, &["Meetings".to_owned()][..]));
    assert!(!s.policies.items.iter().any(|it| it.name == "Meetings"));
    let alone = super::read(&[("x.txt", &format!("{read}{change}"))]).unwrap().snapshot;
    assert!(alone.policies.items.is_empty() && alone.policies.status != Status::Complete);
    // Read again below it, or only shown what it would do, it tells.
    let again = put(&base, "x.txt", &format!("{read}{change}{}", read.replace(APP, OTHER)), &[]).snapshot;
    assert_eq!(
        (again.policies.status, again.policies.items[1].app_ids.as_slice()),
        (Status::Complete, &[id(OTHER)][..])
    );
    let shown = format!("{read}PS C:\\> Set-CsApplicationAccessPolicy -Identity Meetings -AppIds $null -WhatIf\n");
    assert_eq!(put(&base, "x.txt", &shown, &[]).snapshot.policies.items.len(), 2);
    // A change that stands above its read is in it.
    let before = put(&base, "x.txt", &format!("{change}{read}"), &[]).snapshot;
    assert_eq!((before.policies.status, before.policies.items.len()), (Status::Complete, 2));
    let user = format!(
        "PS C:\\> Get-CsOnlineUser -Identity {USER} | fl Identity, ApplicationAccessPolicy\n\nIdentity                : {USER}\nApplicationAccessPolicy : Meetings\n\nPS C:\\> Grant-CsApplicationAccessPolicy -PolicyName $null -Identity {USER}\n"
    );
    let told = put(&base, "x.txt", &user, &[]).snapshot;
    assert_eq!(told.direct.status, Status::Partial);
    assert_eq!(told.direct.items.iter().map(|it| it.policy.as_deref()).collect::<Vec<_>>(), [Some("")]);
    let members = format!(
        "PS C:\\> Get-MgGroupMember -GroupId {GROUP} -All | fl Id\n\nId : {USER}\nDeletedDateTime :\n\nPS C:\\> Remove-MgGroupMemberByRef -GroupId {GROUP} -DirectoryObjectId {USER}\n"
    );
    let told = put(&base, "x.txt", &members, &[]);
    assert_eq!(told.snapshot.groups.items[0].members.status, Status::Partial, "{:?}", told.notes);
}

/// A change says of a snapshot that was read before it what it says of a read above it, and words about a cmdlet change
/// nothing.
#[test]
fn a_change_takes_back_what_the_snapshot_says_too() {
    let base = state(|_| ());
    let policies =
        |text: &str| put(&base, "x.txt", &format!("PS C:\\> {text}\nPS C:\\>\n"), &[]).snapshot.policies.items.len();
    let (all, edit) = (base.policies.items.len(), format!("-AppIds @{{Remove='{APP}'}}"));
    assert_eq!(policies(&format!("Set-CsApplicationAccessPolicy -Identity Meetings {edit}")), all - 1);
    assert_eq!(policies(&format!("Set-CsApplicationAccessPolicy -Identity Meetings {edit} -WhatIf:$false")), all - 1);
    assert_eq!(policies(&format!("'Meetings' | % {{ Set-CsApplicationAccessPolicy -Identity $_ {edit} }}")), 0);
    for spoken in [
        format!("# Set-CsApplicationAccessPolicy -Identity Meetings {edit}"),
        "Get-Help Set-CsApplicationAccessPolicy".to_owned(),
        "Get-Command Set-CsApplicationAccessPolicy".to_owned(),
        format!("Set-CsApplicationAccessPolicy -Identity Meetings {edit} -WhatIf:$true"),
    ] {
        assert_eq!(policies(&spoken), all, "{spoken}");
    }
    let grant = format!("PS C:\\> Grant-CsApplicationAccessPolicy -Identity {USER} -PolicyName $null\nPS C:\\>\n");
    let told = put(&base, "x.txt", &grant, &[]).snapshot;
    assert!(
        told.direct.items.iter().all(|it| it.user_id != id(USER) || it.policy.as_deref() == Some("")),
        "{:?}",
        told.direct
    );
}

/// What leaves something out of an answer makes it a part; owners are no members.
#[test]
fn a_query_of_other_tools_leaves_something_out() {
    let base = state(|value| value["groups"]["items"][0]["members"] = json!({"status": "missing"}));
    let rows = json!([{"@odata.type": "#microsoft.graph.user", "id": USER}]);
    let body = json!({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#directoryObjects", "value": rows});
    let status = |command: &str, body: &Value| {
        put(&base, "x.txt", &format!("$ {command}\n{body}\n"), &[]).snapshot.groups.items[0].members.status
    };
    let rest = format!("az rest --url https://graph.microsoft.com/v1.0/groups/{GROUP}/members");
    assert_eq!(status(&rest, &body), Status::Complete);
    assert_eq!(status(&format!("{rest} --method get -o json"), &body), Status::Complete);
    for more in ["--url-parameters '$top=1'", "--uri-parameters $top=1", "--query value[:1]", "| jq .", "\\"] {
        assert_eq!(status(&format!("{rest} {more}"), &body), Status::Partial, "{more}");
    }
    let owners = format!("m365 entra group member list --groupId {GROUP} --role Owner");
    assert_eq!(status(&owners, &json!([{"id": USER, "userPrincipalName": "a@contoso.com"}])), Status::Missing);
}

#[test]
fn commands_of_other_tools_say_what_their_output_is() {
    let table = format!(
        "DisplayName    Id                                    AppId\n-------------  {0}  {0}\nScheduler      {PRINCIPAL}  {APP}\n",
        "-".repeat(36)
    );
    let show = json!({"id": PRINCIPAL, "appId": APP, "displayName": "Scheduler"});
    for text in [
        format!("az ad sp list --all -o table\n{table}"),
        format!("ada@host:~$ az ad sp list --all -o table\n{table}"),
        format!("PS C:\\> az ad sp show --id {APP}\n{show}\n"),
        format!("m365 entra enterpriseapp list -o json\n[{show}]\n"),
        format!("az rest --url 'https://graph.microsoft.com/v1.0/servicePrincipals/{PRINCIPAL}'\n{show}\n"),
    ] {
        let told = one(&text);
        let apps: Vec<_> = told.apps.items.iter().map(|it| (it.app_id, it.service_principal_id)).collect();
        assert_eq!(apps, [(id(APP), Some(id(PRINCIPAL)))], "{text}");
    }
    let app = one(&format!("az ad app show --id {APP}\n{show}\n"));
    assert_eq!(app.apps.items[0].application_object_id, Some(id(PRINCIPAL)));
    let base = state(|_| {});
    let row = json!([{"@odata.type": "#microsoft.graph.user", "id": USER, "userPrincipalName": "ada@contoso.com"}]);
    for (command, members) in [("az ad group member list --group", 1), ("az ad group owner list --group", 0)] {
        let told = put(&base, "x.txt", &format!("{command} {GROUP}\n{row}\n"), &[]).snapshot;
        assert_eq!(told.groups.items[0].members.items.len(), members, "{command}");
    }
    // Without the command it may be two things, and whoever calls it complete is told that.
    let error = read_with(&[("sp.json", &format!("[{show}]"))], &[Part::Apps]).unwrap_err();
    assert!(error.to_string().contains("sp.json:1 (item 1): left out, since it may be"), "{error}");
}
