//! What other tools than PowerShell print of the same directory: the Azure CLI, the CLI for Microsoft 365, spreadsheets.

use super::*;

fn assignment() -> String {
    format!(
        "[{{\"GroupId\":\"{GROUP}\",\"PolicyType\":\"ApplicationAccessPolicy\",\"PolicyName\":\"Meetings\",\"Rank\":1}}]"
    )
}

fn members(text: &str) -> (Imported, Vec<Uuid>) {
    let name = format!("members-{GROUP}.json");
    let imported = read_with(&[("groups.json", &assignment()), (&name, text)], &[Part::Members]).unwrap();
    let ids = imported.snapshot.groups.items[0].members.items.clone();
    (imported, ids)
}

#[test]
fn an_owner_who_is_no_member_is_none() {
    let row = |id: &str, roles: &str| {
        format!("{{\"id\":\"{id}\",\"displayName\":\"A\",\"userPrincipalName\":\"a{id}@contoso.com\",{roles}}}")
    };
    let both = format!("[{},{}]", row(USER, "\"roles\":[\"Member\"]"), row(OTHER, "\"roles\":[\"Owner\",\"Member\"]"));
    let (imported, ids) = members(&both);
    assert_eq!((ids, imported.snapshot.groups.items[0].members.status), (vec![id(OTHER), id(USER)], Status::Complete));
    for owner in ["\"roles\":[\"Owner\"]", "\"userType\":\"Owner\""] {
        let (imported, ids) = members(&format!("[{},{}]", row(USER, owner), row(OTHER, "\"roles\":[\"Member\"]")));
        // Some lists name an owner who is a member as well only once.
        let status = imported.snapshot.groups.items[0].members.status;
        assert_eq!((ids, status), (vec![id(OTHER)], Status::Partial), "{owner}");
        let told = |it: &&graphwhy::tenant::import::Note| it.text.contains(USER) && it.text.contains("owner");
        assert!(imported.notes.iter().any(|it| told(&it)), "{:?}", imported.notes);
        assert!(imported.snapshot.users.items.iter().any(|user| user.id == id(USER)));
    }
}

#[test]
fn a_list_whose_longest_name_touches_its_colon_is_read() {
    let rows = [
        format!("userPrincipalName: ada@contoso.com\nid               : {USER}\n"),
        format!(
            "accountEnabled   : true\nid               : {USER}\nuserPrincipalName: ada@contoso.com\nuserType         : Guest\n"
        ),
    ];
    for text in rows {
        let user = &one(&text).users.items[0];
        assert_eq!((user.id, user.upn.as_deref()), (id(USER), Some("ada@contoso.com")), "{text}");
    }
    // A sentence with a colon is no property.
    let text = format!("see also: the wiki\nIdentity : Global\nAppIds   : {{{APP}}}\nnote: done\n");
    let imported = read(&[("x.txt", &text)]).unwrap();
    assert_eq!(imported.snapshot.policies.items[0].app_ids, [id(APP)]);
    assert!(imported.notes.iter().any(|it| it.text.contains("not recognised")), "{:?}", imported.notes);
}

#[test]
fn tables_with_a_rule_as_wide_as_the_column_are_read() {
    let text = format!(
        "id                                    displayName  userPrincipalName\n\
         ------------------------------------  -----------  -----------------\n\
         {USER}  Ada L        ada@contoso.com\n{OTHER}  Bob          bob@contoso.com\n"
    );
    let users = one(&text).users.items;
    let names: Vec<_> = users.iter().map(|it| (it.id, it.name.as_deref(), it.upn.as_deref())).collect();
    assert_eq!(
        names,
        [(id(OTHER), Some("Bob"), Some("bob@contoso.com")), (id(USER), Some("Ada L"), Some("ada@contoso.com"))]
    );
}

#[test]
fn service_principals_and_their_roles_are_read_as_the_azure_cli_prints_them() {
    let principal = |app: &str, id: &str, roles: &str| {
        format!(
            "{{\"accountEnabled\":true,\"appDisplayName\":\"An app\",\"appId\":\"{app}\",\"appOwnerOrganizationId\":null,\
             \"appRoles\":{roles},\"displayName\":\"An app\",\"id\":\"{id}\",\"servicePrincipalType\":\"Application\"}}"
        )
    };
    let role = "b8bb2037-6e08-44ac-a4ea-4674e010e2a4";
    let roles = format!("[{{\"id\":\"{role}\",\"value\":\"OnlineMeetings.ReadWrite.All\"}}]");
    let list = format!("[{},{}]", principal(APP, PRINCIPAL, "[]"), principal(GRAPH, GRAPH_PRINCIPAL, &roles));
    let granted = format!(
        "{{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#servicePrincipals('{PRINCIPAL}')/appRoleAssignments\",\
         \"value\":[{{\"appRoleId\":\"{role}\",\"createdDateTime\":\"2026-11-20T10:00:00.1234567Z\",\"principalId\":\"{PRINCIPAL}\",\
         \"principalType\":\"ServicePrincipal\",\"resourceDisplayName\":\"Microsoft Graph\",\"resourceId\":\"{GRAPH_PRINCIPAL}\"}}]}}"
    );
    let s = read_with(&[("sps.json", &list), ("rest.json", &granted)], &[Part::Roles]).unwrap().snapshot;
    let app = s.apps.items.iter().find(|app| app.app_id == id(APP)).unwrap();
    assert_eq!((app.enabled, app.service_principal_id), (Some(true), Some(id(PRINCIPAL))));
    let expected = RoleGrant {
        id: Some(id(role)),
        value: Some("OnlineMeetings.ReadWrite.All".to_owned()),
        resource: Some(id(GRAPH)),
    };
    assert_eq!(app.roles.as_deref(), Some(&[expected][..]));
    let single = principal(APP, PRINCIPAL, "[]").replacen(
        '{',
        "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#servicePrincipals/$entity\",",
        1,
    );
    let s = one(&single);
    assert_eq!((s.apps.items.len(), s.apps.status, &s.apps.items[0].roles), (1, Status::Partial, &None));
}

#[test]
fn what_a_spreadsheet_saved_is_read() {
    let text = format!(
        "\u{feff}GroupId;PolicyType;PolicyName;Rank;CreatedTime\r\n\
         {GROUP};ApplicationAccessPolicy;\"Vertrieb; Süd\";1;25.11.2026 09:10:00\r\n"
    );
    let s = one(&text);
    let group = &s.groups.items[0];
    assert_eq!((group.group_id, group.policy.as_str(), group.rank), (id(GROUP), "Vertrieb; Süd", 1));
    // A date without its zone is no moment.
    assert_eq!(s.history, []);
    let error = read(&[("g.csv", &text.replace(";1;", ";1,0;"))]).unwrap_err();
    assert_eq!(error.place(), Some("g.csv:2"));
    // Words for true and false of another language say neither.
    let text = format!("Id;UserPrincipalName;AccountEnabled;UserType\r\n{USER};ada@contoso.com;FALSCH;Guest\r\n");
    let user = &one(&text).users.items[0];
    assert_eq!((user.enabled, user.guest), (None, Some(true)));
}
