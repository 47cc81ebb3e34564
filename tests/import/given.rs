//! What a command lists is taken for what it is: users that the tenant has, members of the group that is shown, or nothing,
//! and then a note says so.

use super::whose::{answer, noted, put, state};
use super::*;
use serde_json::json;

const ADA: &str = "ada@contoso.com";

fn user_rows() -> String {
    json!([{"id": USER, "userPrincipalName": ADA, "displayName": "Ada", "accountEnabled": true}]).to_string()
}

fn user_list(key: &str) -> String {
    format!("{key:<17} : {USER}\nUserPrincipalName : {ADA}\nDisplayName       : Ada\n\nPS C:\\> \n")
}

#[test]
fn only_commands_that_list_what_is_there_tell_of_users() {
    let there = [
        "PS C:\\> Get-MgUser -All",
        "PS C:\\> Get-MgBetaUser -All",
        "PS C:\\> Get-EntraUser -All",
        "PS C:\\> Get-EntraBetaUser -All",
        "PS C:\\> Get-AzureADUser -All $true",
        "PS C:\\> Get-AzADUser",
        "PS C:\\> Get-MsolUser -All",
        "PS C:\\> Get-CsOnlineUser -ResultSize 10",
        "PS C:\\> Get-CsOnlineUser -SoftDeletedUsers:$false",
        "PS C:\\> Get-CsOnlineUser -Sort",
        "PS C:\\> Get-Content .\\users.json",
        "PS C:\\> Get-MgGroupOwner -GroupId 6c2f3d4e-1111-4222-8333-944455556666",
        "Get-EntraUser -All",
        "\u{276f} Get-MgUser -All",
        "$ az ad user list",
        "m365 entra user list --output json",
        "GET /users",
        "GET /users/ada@contoso.com",
        "GET /users/ada%40contoso.com?$select=id,userPrincipalName",
        "GET /users('ada@contoso.com')",
        "GET /me",
        "curl https://graph.microsoft.com/v1.0/users",
        "PS C:\\> Invoke-MgGraphRequest -Method GET -Uri 'https://graph.microsoft.com/v1.0/users' -OutputType Json",
        "PS C:\\> Get-CsTenant; Get-CsOnlineUser -Identity ada@contoso.com | fl",
        "PS C:\\> $users = Get-MgUser -All\nPS C:\\> $users | ConvertTo-Json",
    ];
    for command in there {
        for text in [format!("{command}\n\n{}\n", user_rows()), format!("{command}\n\n{}", user_list("Id"))] {
            assert_eq!(one(&text).users.items.len(), 1, "{text}");
        }
    }
    let gone = [
        "m365 entra user recyclebinitem list",
        "ada@box:~$ m365 aad user recyclebinitem list --output json",
        "m365 aad user list --deleted",
        "PS C:\\> Get-EntraDeletedUser -All",
        "Get-EntraDeletedUser -All",
        "\u{276f} Get-EntraDeletedUser -All",
        "~/src \u{276f} Get-EntraDeletedUser -All",
        "> Get-EntraDeletedUser",
        "PS C:\\> Get-AzureADMSDeletedDirectoryObject -Id 1",
        "PS C:\\> Get-MsolUser -ReturnDeletedUsers",
        "PS C:\\> Get-MsolUser -Ret",
        "PS C:\\> Get-CsOnlineUser -SoftDeletedUsers",
        "PS C:\\> Get-CsOnlineUser -Sof | fl",
        "PS C:\\> Get-CsOnlineUser -softd:$true",
        "PS C:\\> Get-CsOnlineUser @more",
        "PS C:\\> Get-MgDirectoryDeletedItemAsUser -All",
        "PS C:\\> Get-MgUserDelta -All",
        "PS C:\\> Get-Mailbox -SoftDeletedMailbox",
        "PS C:\\> Get-RiskyThing",
        "PS C:\\> Invoke-MgGraphRequest -Uri /v1.0/directory/deletedItems/microsoft.graph.user",
        "PS C:\\> Invoke-MgGraphRequest -Uri \"v1.0/directory/deleted%49tems/graph.user\"",
        "az rest --method get --url https://graph.microsoft.com/v1.0/directory/deletedItems/microsoft.graph.user",
        "az rest --url https://graph.microsoft.com/v1.0/directory/deletedItems/graph.user?$select=id,userPrincipalName",
        "GET https://graph.microsoft.com/v1.0/directory/deletedItems/microsoft.graph.user",
        "GET /identityProtection/riskyUsers",
        "curl -s 'https://graph.microsoft.com/v1.0/directory/deletedItems/graph.user'",
        "$ pwsh -c 'Get-CsOnlineUser -SoftDeletedUsers'",
        "C:\\> pwsh -c \"Get-MsolUser -ReturnDeletedUsers\"",
        "\u{279c}  ~ git:(main) Get-EntraDeletedUser",
        "PS C:\\> $u = Get-CsOnlineUser -SoftDeletedUsers\nPS C:\\> $u | fl Identity, UserPrincipalName",
        "PS C:\\> $u | fl",
        "PS C:\\> Get-CsOnlineUser -Identity ada@contoso.com | fl; Get-CsOnlineUser -SoftDeletedUsers | fl",
        "PS C:\\> Get-MgUser -Top 1; Get-EntraDeletedUser",
        "PS C:\\> Get-MgUser -Top 1; Get-MgUserDelta",
        "PS C:\\> Get-CsOnlineUser `\n>>   -SoftDeletedUsers",
    ];
    for command in gone {
        for text in [format!("{command}\n\n{}\n", user_rows()), format!("{command}\n\n{}", user_list("ObjectId"))] {
            let told = read(&[("x.txt", &text)]).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert!(told.snapshot.users.items.is_empty(), "{text}");
            assert!(noted(&told, "was deleted"), "{text}\n{:?}", told.notes);
        }
    }
    assert_eq!(one(&user_rows()).users.items.len(), 1, "a file without a command");
    let removed = json!([{"@removed": {"reason": "deleted"}, "id": USER, "userPrincipalName": ADA}]);
    assert!(one(&removed.to_string()).users.items.is_empty());
}

/// Commands of people who look for users, apps, groups and policies, each with rows as it prints them.
fn commands() -> Vec<(String, String)> {
    let user = user_rows();
    let group = json!([{"id": GROUP, "displayName": "Sales", "securityEnabled": true}]).to_string();
    let principal =
        json!([{"id": PRINCIPAL, "appId": APP, "displayName": "A", "servicePrincipalType": "Application"}]).to_string();
    let application =
        json!([{"id": PRINCIPAL, "appId": APP, "displayName": "A", "publisherDomain": "contoso.com"}]).to_string();
    let bare = json!([{"Id": USER, "DeletedDateTime": null, "AdditionalProperties": {}}]).to_string();
    let policy = json!([{"Identity": "Tag:P", "AppIds": [APP]}]).to_string();
    let assigned =
        json!([{"PolicyType": "ApplicationAccessPolicy", "PolicyName": "P", "PolicySource": []}]).to_string();
    let other = json!([{"Identity": "Global", "AllowCloudRecording": true}]).to_string();
    let list: [(&[&str], &str); 8] = [
        (
            &[
                "az ad user list",
                "az ad user show --id ada@contoso.com",
                "az ad signed-in-user show",
                "az ad user get-member-groups --id ada@contoso.com",
                "az ad group owner list --group 6c2f3d4e-1111-4222-8333-944455556666",
                "az ad group member list --group Sales",
                "az ad app owner list --id 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20",
                "az role assignment list",
                "m365 entra user list",
                "m365 entra user recyclebinitem list",
                "m365 entra group member list --groupName Sales",
                "m365 entra m365group user list --groupName Sales",
                "m365 teams user list --teamName Sales",
                "m365 spo user list",
                "PS> Get-MgUser -All",
                "PS> Get-MgUserManager -UserId ada@contoso.com",
                "PS> Get-MgRiskyUser -All",
                "PS> Get-MgUserDelta",
                "PS> Get-MgGroupOwnerAsUser -GroupId 6c2f3d4e-1111-4222-8333-944455556666",
                "PS> Get-EntraUser -All",
                "PS> Get-EntraDeletedUser",
                "PS> Get-EntraGroupOwner -GroupId 6c2f3d4e-1111-4222-8333-944455556666",
                "PS> Get-AzureADUser",
                "PS> Get-AzureADGroupOwner -ObjectId 6c2f3d4e-1111-4222-8333-944455556666",
                "PS> Get-AzureADDirectoryRoleMember -ObjectId 6c2f3d4e-1111-4222-8333-944455556666",
                "PS> Get-MsolUser",
                "PS> Get-MsolUser -ReturnDeletedUsers",
                "PS> Get-CsOnlineUser",
                "PS> Get-CsOnlineUser -SoftDeletedUser",
                "PS> Get-EXOMailbox",
                "PS> Get-Recipient",
                "PS> Get-ADUser -Filter *",
                "PS> Get-TeamUser -GroupId 6c2f3d4e-1111-4222-8333-944455556666",
                "PS> $x | fl",
            ],
            &user,
        ),
        (
            &[
                "az ad group list",
                "m365 entra group list",
                "PS> Get-MgGroup -All",
                "PS> Get-EntraGroup",
                "PS> Get-AzureADGroup",
                "PS> Get-MsolGroup",
                "PS> Get-MgUserMemberOfAsGroup -UserId ada@contoso.com",
            ],
            &group,
        ),
        (
            &[
                "az ad sp list --all",
                "m365 entra enterpriseapp list",
                "PS> Get-MgServicePrincipal -All",
                "PS> Get-EntraServicePrincipal",
                "PS> Get-AzureADServicePrincipal",
                "PS> Get-AzADServicePrincipal",
                "PS> Get-MgDirectoryDeletedItemAsServicePrincipal",
            ],
            &principal,
        ),
        (
            &[
                "az ad app list",
                "m365 entra app list",
                "PS> Get-MgApplication",
                "PS> Get-EntraDeletedApplication",
                "PS> Get-AzureADDeletedApplication",
            ],
            &application,
        ),
        (
            &[
                "PS> Get-MgGroupMember -GroupId 6c2f3d4e-1111-4222-8333-944455556666",
                "PS> Get-MgGroupMember -GroupId $g.Id",
                "PS> Get-MgGroupTransitiveMember -GroupId 6c2f3d4e-1111-4222-8333-944455556666",
                "PS> Get-MgUserMemberOf -UserId ada@contoso.com",
                "PS> Get-MgDirectoryRoleMember -DirectoryRoleId 6c2f3d4e-1111-4222-8333-944455556666",
            ],
            &bare,
        ),
        (&["PS> Get-CsApplicationAccessPolicy", "PS> Get-CsApplicationAccessPolicy -Identity P"], &policy),
        (
            &[
                "PS> Get-CsUserPolicyAssignment -Identity 5b1e2c3d-1111-4222-8333-944455556666",
                "PS> Get-CsUserPolicyAssignment -Identity $u",
                "PS> Get-CsUserPolicyAssignment -Identity (Get-MgUser -UserId ada@contoso.com).Id",
            ],
            &assigned,
        ),
        (&["PS> Get-CsTeamsMeetingPolicy", "PS> Get-CsTeamsMessagingPolicy", "PS> Get-CsTenant"], &other),
    ];
    let pairs =
        list.iter().flat_map(|(commands, rows)| commands.iter().map(|it| ((*it).to_owned(), (*rows).to_owned())));
    pairs.collect()
}

#[test]
fn nothing_that_was_given_is_dropped_silently() {
    let list = commands();
    assert!(list.len() > 60);
    for (command, rows) in list {
        // A file of policies beside it, so that one that holds nothing else is no error.
        let policies = json!([{"Identity": "Global", "AppIds": []}]).to_string();
        let without = read(&[("p.json", &policies)]).unwrap().snapshot;
        for tail in ["", "\nPS> \n"] {
            let text = format!("{command}\n\n{rows}\n{tail}");
            let told = match read(&[("p.json", &policies), ("x.txt", &text)]) {
                Ok(told) => told,
                Err(ImportError::Unrecognised { .. }) => continue,
                Err(error) => panic!("{error}\n{text}"),
            };
            let adds = told.snapshot != without;
            assert!(adds || told.notes.iter().any(|note| note.place.starts_with("x.txt")), "{text}");
        }
    }
}

#[test]
fn members_of_a_group_that_is_shown_are_its_members() {
    let base = state(|_| {});
    let table = format!(
        "Id                                   DeletedDateTime\n{0} {1}\n{USER}\n\nPS C:\\> \n",
        "-".repeat(36),
        "-".repeat(15)
    );
    let members = |text: &str| {
        let told = put(&base, "x.txt", text, &[]);
        (told.snapshot.groups.items[0].members.items.clone(), told)
    };
    let by_name = "Get-MgGroup -Filter \"displayName eq 'Sales'\"";
    let shown = format!("Id          : {GROUP}\nDisplayName : Sales\nVisibility  :\n");
    let sure = [
        format!(
            "PS C:\\> $g = Get-MgGroup -GroupId {GROUP}\nPS C:\\> Get-MgGroupMember -GroupId $g.Id -All\n\n{table}"
        ),
        format!("PS C:\\> $id = '{GROUP}'\nPS C:\\> Get-MgGroupMember -GroupId $id -All\n\n{table}"),
        format!("$id = \"{GROUP}\"\nPS C:\\> Get-MgGroupMember -GroupId \"$id\" -All\n\n{table}").replacen(
            "$id =",
            "PS> $id =",
            1,
        ),
        format!("PS C:\\> Get-MgGroup -GroupId {GROUP} | Get-MgGroupMember\n\n{table}"),
        format!("PS C:\\> Get-MgGroupMember -GroupId (Get-MgGroup -GroupId {GROUP}).Id -All\n\n{table}"),
        format!(
            "PS C:\\> {by_name} | fl Id, DisplayName, Visibility\n\n{shown}\nPS C:\\> {by_name} | Get-MgGroupMember\n\n{table}"
        ),
        format!(
            "PS C:\\> $g = {by_name}\nPS C:\\> $g | fl Id, DisplayName, Visibility\n\n{shown}\nPS C:\\> Get-MgGroupMember -GroupId $g.Id\n\n{table}"
        ),
    ];
    for text in &sure {
        assert_eq!(members(text).0, [id(USER)], "{text}");
    }
    let other = shown.replace(GROUP, OTHER);
    let unsure = [
        format!("PS C:\\> {by_name} | Get-MgGroupMember\n\n{table}"),
        format!("PS C:\\> Get-MgGroupMember -GroupId ({by_name}).Id -All\n\n{table}"),
        format!("PS C:\\> $g = {by_name}\nPS C:\\> Get-MgGroupMember -GroupId $g.Id\n\n{table}"),
        format!(
            "PS C:\\> $g = Get-MgGroup -GroupId {GROUP}\nPS C:\\> $g = $other\nPS C:\\> Get-MgGroupMember -GroupId $g.Id\n\n{table}"
        ),
        format!(
            "PS C:\\> $g = Get-MgGroup -GroupId {GROUP}\nPS C:\\> foreach ($g in $all) {{ $g.Id }}\nPS C:\\> Get-MgGroupMember -GroupId $g.Id\n\n{table}"
        ),
        format!(
            "PS C:\\> {by_name} | fl Id, DisplayName, Visibility\n\n{shown}\n{other}\nPS C:\\> {by_name} | Get-MgGroupMember\n\n{table}"
        ),
        format!("PS C:\\> {by_name} | select -First 1\n\n{shown}\nPS C:\\> {by_name} | Get-MgGroupMember\n\n{table}"),
        format!(
            "PS C:\\> $g = Get-MgUser -UserId {GROUP} | Get-MgUserMemberOf\nPS C:\\> Get-MgGroupMember -GroupId $g.Id\n\n{table}"
        ),
    ];
    for text in &unsure {
        let (ids, told) = members(text);
        assert!(ids.is_empty() && noted(&told, "-GroupId <group id>"), "{text}\n{:?}", told.notes);
    }
}

#[test]
fn a_list_of_one_type_of_members_is_theirs_and_not_all() {
    let base = state(|_| {});
    let row = json!([{"id": USER, "displayName": "Ada", "userPrincipalName": ADA}]);
    for cast in ["graph.user", "microsoft.graph.user", "microsoft.graph.user?$select=id,userPrincipalName&$count=true"]
    {
        let text = answer(&format!("/groups/{GROUP}/members/{cast}"), "users", &row);
        let told = put(&base, "x.txt", &text, &[]);
        let members = &told.snapshot.groups.items[0].members;
        assert_eq!((members.status, members.items.as_slice()), (Status::Partial, &[id(USER)][..]), "{cast}");
        assert!(noted(&told, "nested groups"), "{:?}", told.notes);
    }
    // An expanded list is cut at 20.
    let group = json!([{"id": GROUP, "displayName": "Sales", "members": [{"@odata.type": "#microsoft.graph.user", "id": USER}]}]);
    let told = put(&base, "x.txt", &answer("/groups?$expand=members", "groups(members())", &group), &[]);
    let members = &told.snapshot.groups.items[0].members;
    assert_eq!((members.status, members.items.as_slice()), (Status::Partial, &[id(USER)][..]));
}

#[test]
fn a_request_is_read_as_it_is_meant() {
    let base = state(|_| {});
    let role = json!([{"id": "a", "appRoleId": OTHER, "principalId": PRINCIPAL, "principalType": "ServicePrincipal",
        "resourceId": GRAPH_PRINCIPAL, "resourceDisplayName": "Microsoft Graph"}]);
    for path in [
        format!("/servicePrincipals(appId=%27{APP}%27)/appRoleAssignments"),
        format!(
            "/servicePrincipals%28appId='{APP}'%29/appRoleAssignments?%24select=id,appRoleId,principalId,principalType,resourceId"
        ),
    ] {
        let told = put(&base, "x.txt", &answer(&path, "appRoleAssignments", &json!([])), &[]).snapshot;
        assert_eq!(told.apps.items[0].roles.as_deref(), Some(&[][..]), "{path}");
        let told = put(&base, "x.txt", &answer(&path, "appRoleAssignments", &role), &[]).snapshot;
        assert_eq!(told.apps.items[0].roles.as_ref().map(Vec::len), Some(1), "{path}");
    }
    let filtered =
        format!("/servicePrincipals(appId=%27{APP}%27)/appRoleAssignments?%24filter=resourceId%20eq%20{GRAPH}");
    let told = put(&base, "x.txt", &answer(&filtered, "appRoleAssignments", &json!([])), &[]).snapshot;
    assert_eq!(told.apps.items[0].roles, None);
}

#[test]
fn a_command_goes_on_over_lines() {
    let policies =
        format!("PS C:\\> Get-CsApplicationAccessPolicy | fl\n\nIdentity : Tag:Meetings\nAppIds   : {{{APP}}}\n\n");
    let set = "Set-CsApplicationAccessPolicy -Identity Meetings";
    let known = |change: &str| one(&format!("{policies}{change}\nPS C:\\> \n")).policies.items.len();
    for change in [
        format!("PS C:\\> {set} -AppIds @{{Add='{OTHER}'}}\n>> -WhatIf"),
        format!("PS C:\\> {set} `\n>> -AppIds @{{Add='{OTHER}'}} `\n>> -WhatIf\n>>"),
        format!("PS C:\\> {set} `\n  -AppIds @{{Add='{OTHER}'}} `\n  -WhatIf"),
        format!("{set} `\n  -WhatIf"),
        format!("PS C:\\> {set} -what"),
        format!("PS C:\\> {set} -wi"),
    ] {
        assert_eq!(known(&change), 1, "{change}");
    }
    for change in [
        format!("PS C:\\> {set} `\n>> -AppIds @{{Add='{OTHER}'}}"),
        format!("PS C:\\> Get-Date\n>> {set} -AppIds @{{Add='{OTHER}'}}"),
        format!("PS C:\\> {set} `\n  -AppIds @{{Add='{OTHER}'}} `\n  -WhatIf:$false"),
    ] {
        assert_eq!(known(&change), 0, "{change}");
    }
    // A read that goes on is whole where all of it is.
    let base = state(|_| {});
    let read = format!(
        "PS C:\\> Get-CsUserPolicyAssignment `\n>> -Identity {USER} `\n>> -PolicyType ApplicationAccessPolicy\nPS C:\\> \n"
    );
    let told = put(&base, "x.txt", &read, &[]).snapshot;
    assert_eq!(told.effective.items.iter().map(|it| it.via).collect::<Vec<_>>(), [Some(Via::Global)]);
    let cut = read.replace("\nPS C:\\> \n", " |\n>> where PolicyName -eq X\nPS C:\\> \n");
    assert!(put(&base, "x.txt", &cut, &[]).snapshot.effective.items.is_empty());
}

#[test]
fn what_is_hidden_is_not_asked_for_again() {
    let base = state(|_| {});
    let empty = answer(&format!("/groups/{GROUP}/members"), "directoryObjects", &json!([]));
    let group = json!([{"id": GROUP, "displayName": "Sales", "visibility": "HiddenMembership"}]);
    let visibility = answer("/groups", "groups", &group);
    let both = put(&base, "x.txt", &format!("{visibility}\n{empty}"), &[]);
    let kind = |told: &Imported| told.snapshot.groups.items[0].members.reason.clone().unwrap().kind;
    assert_eq!((kind(&both).as_str(), noted(&both, "visibility")), ("hidden", false), "{:?}", both.notes);
    // The snapshot knows it.
    let again = put(&both.snapshot, "y.txt", &empty, &[]);
    assert_eq!((kind(&again).as_str(), noted(&again, "visibility")), ("hidden", false), "{:?}", again.notes);
    assert!(noted(&put(&base, "x.txt", &empty, &[]), "visibility"));
}

#[test]
fn a_licence_tells_since_when_it_is_there() {
    let user = |assigned: &str, status: &str| {
        json!([{"Id": USER, "UserPrincipalName": ADA, "AssignedPlans": [
            {"AssignedDateTime": "2026-01-29T00:00:00Z", "CapabilityStatus": "Enabled", "Service": "exchange", "ServicePlanId": OTHER},
            {"AssignedDateTime": assigned, "CapabilityStatus": status, "Service": "TeamspaceAPI",
             "ServicePlanId": "57ff2da0-773e-42df-b2af-ffb7a2317929"}]}])
        .to_string()
    };
    let history = |text: &str| {
        let at = Some("2026-01-31T10:00:00Z".parse().unwrap());
        let options = Options { taken_at: at, ..Options::default() };
        import(&[File { name: "x.json", text }], &options).unwrap().snapshot.history
    };
    let told = history(&user("2026-01-30T09:00:00Z", "Enabled"));
    let entry = told.first().unwrap();
    assert_eq!(
        (told.len(), entry.part.as_str(), entry.key.as_str(), entry.value.as_deref()),
        (1, "users", USER, Some("teams enabled"))
    );
    assert_eq!((entry.not_before, entry.not_after), (entry.not_after, Some("2026-01-30T09:00:00Z".parse().unwrap())));
    assert_eq!(history(&user("/Date(1769763600000)/", "Enabled")), told);
    assert_eq!(history(&user("2025-06-30T09:00:00Z", "Enabled")), [], "it has taken effect long ago");
    assert_eq!(history(&user("2026-01-30T09:00:00Z", "Suspended")), []);
    assert_eq!(history(&user("1/30/2026 9:00:00 AM", "Enabled")), []);
}

#[test]
fn a_file_of_policies_says_what_settles_it() {
    let other = json!([{"PolicyType": "TeamsMeetingPolicy", "PolicyName": "P", "PolicySource": []}]).to_string();
    let file = format!("policies-{USER}.json");
    let open = read(&[(&file, &other)]).unwrap();
    assert!(open.snapshot.effective.items.is_empty() && noted(&open, "--complete effective"), "{:?}", open.notes);
    let said = read_with(&[(&file, &other)], &[Part::Effective]).unwrap();
    assert_eq!(said.snapshot.effective.items[0].via, Some(Via::Global));
    assert!(!noted(&said, "--complete effective"), "{:?}", said.notes);
}

#[test]
fn an_address_in_quotes_is_read_to_its_end() {
    let base = state(|_| {});
    let body = json!({"value": [{"@odata.type": "#microsoft.graph.user", "id": USER, "displayName": "Ada"}]});
    let status = |command: &str| {
        let told = put(&base, "x.txt", &format!("{command}\n\n{body}\n"), &[]).snapshot;
        told.groups.items[0].members.status
    };
    let uri = format!("https://graph.microsoft.com/v1.0/groups/{GROUP}/members?$select=id");
    for (command, expected) in [
        (format!("PS C:\\> Invoke-MgGraphRequest -Method GET -Uri '{uri}' -OutputType Json"), Status::Complete),
        (format!("PS C:\\> Invoke-MgGraphRequest '{uri}' | ConvertTo-Json"), Status::Complete),
        (format!("PS C:\\> Invoke-MgGraphRequest -Uri '{uri}, displayName&$top=5'"), Status::Partial),
        (format!("PS C:\\> Invoke-MgGraphRequest -Uri '{uri}' | select -First 1 | ConvertTo-Json"), Status::Partial),
        (format!("az rest --url '{uri}'"), Status::Complete),
        (format!("az rest --url '{uri}, displayName&$top=5'"), Status::Partial),
        (format!("PS C:\\> Invoke-MgGraphRequest -Method POST -Uri '{uri}'"), Status::Missing),
    ] {
        assert_eq!(status(&command), expected, "{command}");
    }
}

#[test]
fn what_lies_below_the_depth_of_json_tells_nothing() {
    let policies =
        |ids: serde_json::Value| one(&json!([{"Identity": "Tag:P", "AppIds": ids}]).to_string()).policies.items;
    for ids in [json!("@{Count=1}"), json!(["@{Guid=x}"]), json!("System.Object[]"), json!({"Count": 1})] {
        assert_eq!(policies(ids.clone()), [], "{ids}");
    }
    let row = json!({"PolicyType": "ApplicationAccessPolicy", "PolicyName": "P",
        "PolicySource": format!("@{{AssignmentType=Group; PolicyName=P; Reference={GROUP}}}")});
    let read = read(&[(&format!("policies-{USER}.json"), &row.to_string())]).unwrap().snapshot;
    let known = &read.effective.items[0];
    assert_eq!((known.via, known.group_id, known.hides.len()), (Some(Via::Group), Some(id(GROUP)), 0));
}

#[test]
fn a_table_may_follow_another_one_at_once() {
    let rule = |widths: &[usize]| widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join(" ");
    let text = format!(
        "GroupId                              PolicyType              PolicyName Rank\n{}\n{GROUP} ApplicationAccessPolicy \
         P             1\nIdentity                             UserPrincipalName ApplicationAccessPolicy\n{}\n\
         {USER} ada@contoso.com   P\n",
        rule(&[36, 23, 10, 4]),
        rule(&[36, 17, 23]),
    );
    let told = read(&[("x.txt", &text)]).unwrap();
    let s = &told.snapshot;
    assert_eq!((s.groups.items.len(), s.direct.items.len(), told.notes.len()), (1, 1, 0), "{:?}", told.notes);
}

#[test]
fn whose_policies_a_pipe_or_a_variable_prints_is_told_where_it_is_shown() {
    let row = "PolicyType              PolicyName PolicySource\n----------              ---------- ------------\n\
               ApplicationAccessPolicy P          {P}\n";
    for (command, sure) in [
        (format!("PS C:\\> Get-CsOnlineUser -Identity {USER} | Get-CsUserPolicyAssignment"), true),
        (format!("PS C:\\> $u = '{USER}'\nPS C:\\> Get-CsUserPolicyAssignment -Identity $u"), true),
        (
            format!(
                "PS C:\\> $u = '{USER}'\nPS C:\\> $u = Read-Host\nPS C:\\> Get-CsUserPolicyAssignment -Identity $u"
            ),
            false,
        ),
        (format!("PS C:\\> Get-CsUserPolicyAssignment -Identity (Get-MgUserManager -UserId {USER}).Id"), false),
        ("PS C:\\> Get-MgUser -Top 1 | Get-CsUserPolicyAssignment".to_owned(), false),
    ] {
        let told = read(&[("x.txt", &format!("{command}\n\n{row}\nPS C:\\> \n"))]).unwrap();
        let users: Vec<Uuid> = told.snapshot.effective.items.iter().map(|it| it.user_id).collect();
        assert_eq!(users, if sure { vec![id(USER)] } else { Vec::new() }, "{command}");
        assert_eq!(noted(&told, "-Identity <user id>"), !sure, "{command}\n{:?}", told.notes);
    }
}

#[test]
fn a_note_shows_no_token() {
    let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJncmFwaCJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
    for line in [
        format!("irm -H @{{A='Bearer {token}'}} https://graph.microsoft.com/v1.0/directory/deletedItems/graph.user"),
        format!("curl -H 'Authorization: Bearer {token}' https://graph.microsoft.com/v1.0/directory/deletedItems"),
    ] {
        let told = read(&[("x.txt", &format!("{line}\n\n{}\n", user_rows()))]).unwrap();
        assert!(told.snapshot.users.items.is_empty() && !told.notes.is_empty(), "{:?}", told.notes);
        assert!(!noted(&told, "c2lnbmF0dXJl") && !noted(&told, "eyJhdWQi"), "{:?}", told.notes);
    }
}
