//! Answers of Microsoft Graph, and what the Graph SDK makes of them.

use super::*;

const ROOT: &str = "https://graph.microsoft.com/v1.0/$metadata";

#[test]
fn graph_answers_are_read() {
    let users = format!(
        r##"{{"@odata.context":"{ROOT}#users(id,userPrincipalName,accountEnabled,userType,assignedPlans)","value":[
        {{"id":"{USER}","userPrincipalName":"ada@contoso.com","accountEnabled":false,"userType":"Guest","assignedPlans":[
          {{"capabilityStatus":"Deleted","service":"TeamspaceAPI","servicePlanId":"57ff2da0-773e-42df-b2af-ffb7a2317929"}}]}}]}}"##
    );
    let principals = format!(
        r##"{{"@odata.context":"{ROOT}#servicePrincipals","value":[{{"id":"{PRINCIPAL}","appId":"{APP}","displayName":"App","accountEnabled":true}},
        {{"id":"{GRAPH_PRINCIPAL}","appId":"{GRAPH}","appRoles":[{{"id":"{OTHER}","value":"Some.Role"}}]}}]}}"##
    );
    let roles = format!(
        r##"{{"@odata.context":"{ROOT}#servicePrincipals('{PRINCIPAL}')/appRoleAssignments","value":[
        {{"appRoleId":"{OTHER}","principalId":"{PRINCIPAL}","resourceId":"{GRAPH_PRINCIPAL}","resourceDisplayName":"Microsoft Graph","createdDateTime":"2026-01-02T03:04:05Z"}}]}}"##
    );
    let grants = format!(
        r#"{{"value":[{{"clientId":"{PRINCIPAL}","consentType":"AllPrincipals","scope":"User.Read OnlineMeetings.Read"}}]}}"#
    );
    let application = format!(
        r##"{{"@odata.context":"{ROOT}#applications/$entity","id":"{GROUP}","appId":"{APP}","requiredResourceAccess":[
        {{"resourceAppId":"{GRAPH}","resourceAccess":[{{"id":"{OTHER}","type":"Role"}}]}},{{"resourceAppId":"{APP}","resourceAccess":[]}}]}}"##
    );
    let files = [
        ("u.json", users.as_str()),
        ("p.json", &principals),
        ("r.json", &roles),
        ("g.json", &grants),
        ("a.json", &application),
    ];
    let s = read_with(&files, &[Part::Roles]).unwrap().snapshot;
    let user = &s.users.items[0];
    assert_eq!((user.guest, user.enabled, user.teams), (Some(true), Some(false), Some(Teams::Disabled)));
    let app = s.apps.items.iter().find(|app| app.app_id == id(APP)).unwrap();
    let roles = app.roles.as_ref().unwrap();
    assert_eq!((roles.len(), roles[0].value.as_deref()), (1, Some("Some.Role")));
    assert_eq!(app.delegated.as_ref().unwrap().len(), 2);
    assert!(app.requested.as_ref().unwrap()[0].role);
    assert_eq!(app.application_object_id, Some(id(GROUP)));
    assert_eq!(s.history[0].key, APP);
}

#[test]
fn a_role_of_an_unknown_resource_decides_nothing() {
    let apps = format!("[{{\"Id\":\"{PRINCIPAL}\",\"AppId\":\"{APP}\",\"ServicePrincipalType\":\"Application\"}}]");
    let role = |name: &str| {
        format!(
            "[{{\"AppRoleId\":\"b8bb2037-6e08-44ac-a4ea-4674e010e2a4\",\"PrincipalId\":\"{PRINCIPAL}\",\"ResourceId\":\"{OTHER}\"{name}}}]"
        )
    };
    let roles = |text: &str| {
        let imported = read_with(&[("a.json", &apps), ("r.json", text)], &[Part::Roles]).unwrap();
        imported.snapshot.apps.items[0].roles.clone().unwrap()
    };
    let unnamed = RoleGrant { id: None, value: None, resource: None };
    assert_eq!(roles(&role("")), std::slice::from_ref(&unnamed));
    // A role of Graph, on a resource that calls itself otherwise.
    assert_eq!(roles(&role(",\"ResourceDisplayName\":\"Look-alike\"")), [unnamed]);
    assert_eq!(roles(&role(",\"ResourceDisplayName\":\"Microsoft Graph\""))[0].resource, Some(id(GRAPH)));
}

#[test]
fn a_resource_is_graph_by_its_id_wherever_that_is_known() {
    let graph =
        format!("{{\"Id\":\"{GRAPH_PRINCIPAL}\",\"AppId\":\"{GRAPH}\",\"ServicePrincipalType\":\"Application\"}}");
    let app = format!("{{\"Id\":\"{PRINCIPAL}\",\"AppId\":\"{APP}\",\"ServicePrincipalType\":\"Application\"}}");
    let (with, without) = (format!("[{graph},{app}]"), format!("[{app}]"));
    // Any registration may be called `Microsoft Graph`.
    let role = format!(
        "[{{\"AppRoleId\":\"b8bb2037-6e08-44ac-a4ea-4674e010e2a4\",\"PrincipalId\":\"{PRINCIPAL}\",\"ResourceId\":\"{OTHER}\",\"ResourceDisplayName\":\"Microsoft Graph\"}}]"
    );
    let app_of =
        |imported: &Imported| imported.snapshot.apps.items.iter().find(|it| it.app_id == id(APP)).unwrap().clone();
    let imported = read_with(&[("a.json", &with), ("r.json", &role)], &[Part::Roles]).unwrap();
    let unnamed = RoleGrant { id: None, value: None, resource: None };
    assert_eq!(app_of(&imported).roles.as_deref(), Some(&[unnamed][..]));
    // Scopes of another resource may have the same names.
    let grants = format!(
        "[{{\"ClientId\":\"{PRINCIPAL}\",\"ConsentType\":\"AllPrincipals\",\"ResourceId\":\"{GRAPH_PRINCIPAL}\",\"Scope\":\"User.Read\"}},\
         {{\"ClientId\":\"{PRINCIPAL}\",\"ConsentType\":\"AllPrincipals\",\"ResourceId\":\"{OTHER}\",\"Scope\":\"OnlineMeetings.Read\"}}]"
    );
    let imported = read(&[("a.json", &with), ("g.json", &grants)]).unwrap();
    let scopes: Vec<String> = app_of(&imported).delegated.unwrap().into_iter().map(|it| it.scope).collect();
    assert_eq!(scopes, ["User.Read"]);
    let other = grants.replace(GRAPH_PRINCIPAL, OTHER);
    assert_eq!(app_of(&read(&[("a.json", &with), ("g.json", &other)]).unwrap()).delegated, None);
    let imported = read(&[("a.json", &without), ("g.json", &grants)]).unwrap();
    assert_eq!(app_of(&imported).delegated, None);
    assert!(imported.notes.iter().any(|it| it.text.contains(OTHER) && it.text.contains("Get-MgServicePrincipal")));
}

#[test]
fn pages_are_one_list_and_an_open_one_is_partial() {
    let page = |user: &str, next: &str| {
        format!(
            "{{\"@odata.context\":\"{ROOT}#users\",{next}\"value\":[{{\"id\":\"{user}\",\"userPrincipalName\":\"x{user}@contoso.com\"}}]}}"
        )
    };
    let first = page(USER, "\"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/users?$skiptoken=x\",");
    let s = read_with(&[("1.json", &first)], &[Part::Users]).unwrap().snapshot;
    assert_eq!(s.users.status, Status::Partial);
    let both = format!("{first}\n{}", page(GROUP, ""));
    let s = read_with(&[("1.json", &both)], &[Part::Users]).unwrap().snapshot;
    assert_eq!((s.users.status, s.users.items.len()), (Status::Complete, 2));
}

#[test]
fn effective_assignments_count_absence_only_where_the_type_shows() {
    let user = |id: &str, kind: &str| {
        format!(
            r#"{{"id":"{id}","accountType":"user","userPrincipalName":"{id}@contoso.com","effectivePolicyAssignments":[{{"policyType":"{kind}","policyAssignment":{{"displayName":"P","assignmentType":"group","groupId":"{GROUP}"}}}}]}}"#
        )
    };
    let other = user(USER, "TeamsMeetingPolicy");
    assert_eq!(one(&format!("{{\"value\":[{other}]}}")).effective.status, Status::Missing);
    let s = one(&format!("{{\"value\":[{other},{}]}}", user(APP, "ApplicationAccessPolicy")));
    let read: Vec<_> = s.effective.items.iter().map(|it| (it.user_id, it.policy.as_deref(), it.via)).collect();
    assert_eq!(read, [(id(USER), None, Some(Via::Global)), (id(APP), Some("P"), Some(Via::Group))]);
}

#[test]
fn sources_of_an_effective_policy_tell_how_it_reaches_the_user() {
    let text = format!(
        r#"[{{"PolicyType":"ApplicationAccessPolicy","PolicyName":"tag:P","PolicySource":[{{"AssignmentType":"Group","PolicyName":"P","Reference":"{GROUP}"}},{{"AssignmentType":"Group","PolicyName":"Q","Reference":"{APP}"}}]}}]"#
    );
    let file = format!("policies-{USER}.json");
    let s = read(&[(&file, &text)]).unwrap().snapshot;
    let known = &s.effective.items[0];
    assert_eq!((known.policy.as_deref(), known.via, known.group_id), (Some("P"), Some(Via::Group), Some(id(GROUP))));
    assert!(matches!(read(&[("policies.json", &text)]), Err(ImportError::NoUser { .. })));
    let other = "[{\"PolicyType\":\"TeamsMeetingPolicy\",\"PolicyName\":\"P\",\"PolicySource\":[]}]";
    let s = read(&[(&file, other)]).unwrap().snapshot;
    assert_eq!(s.effective.items, []);
    let s = read_with(&[(&file, other)], &[Part::Effective]).unwrap().snapshot;
    assert_eq!(s.effective.items[0].via, Some(Via::Global));
}

#[test]
fn members_need_their_group() {
    let group = |file: &str, text: &str| {
        let assigned = format!("GroupId,PolicyType,PolicyName,Rank\n{GROUP},ApplicationAccessPolicy,P,1\n");
        read(&[("g.csv", &assigned), (file, text)]).map(|it| it.snapshot.groups.items[0].clone())
    };
    let member = format!(
        "[{{\"Id\":\"{USER}\",\"DeletedDateTime\":null,\"AdditionalProperties\":{{\"@odata.type\":\"#microsoft.graph.user\"}}}},{{\"Id\":\"{APP}\",\"DeletedDateTime\":null,\"AdditionalProperties\":{{\"@odata.type\":\"#microsoft.graph.group\"}}}},{{\"Id\":\"{OTHER}\",\"DeletedDateTime\":null,\"AdditionalProperties\":{{\"@odata.type\":\"#microsoft.graph.device\"}}}}]"
    );
    let error = group("members.json", &member).unwrap_err();
    assert!(matches!(&error, ImportError::NoGroup { place } if place == "members.json:1 (item 1)"), "{error}");
    assert!(error.help().contains("members-<group id>.json"));
    let graph = format!(
        "{{\"@odata.context\":\"{ROOT}#directoryObjects\",\"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/groups/{GROUP}/members?$skiptoken=x\",\"value\":{member}}}"
    );
    let in_context = format!("{{\"@odata.context\":\"{ROOT}#groups('{GROUP}')/members\",\"value\":{member}}}");
    let request = format!("GET https://graph.microsoft.com/v1.0/groups/{GROUP}/members\n\n{member}");
    let expanded = format!(
        "{{\"id\":\"{GROUP}\",\"displayName\":\"G\",\"members\":{}}}",
        member
            .replace("\"AdditionalProperties\":{", "\"x\":{")
            .replace(
                "\"DeletedDateTime\":null,\"x\":{\"@odata.type\":\"#microsoft.graph.user\"}",
                "\"@odata.type\":\"#microsoft.graph.user\""
            )
            .replace(
                "\"DeletedDateTime\":null,\"x\":{\"@odata.type\":\"#microsoft.graph.group\"}",
                "\"@odata.type\":\"#microsoft.graph.group\""
            )
            .replace(
                "\"DeletedDateTime\":null,\"x\":{\"@odata.type\":\"#microsoft.graph.device\"}",
                "\"@odata.type\":\"#microsoft.graph.device\""
            )
    );
    let named = format!("{GROUP}.json");
    for (file, text) in [
        (named.as_str(), &member),
        ("m.json", &graph),
        ("m.json", &in_context),
        ("m.txt", &request),
        ("m.json", &expanded),
    ] {
        let group = group(file, text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(
            (group.members.items.as_slice(), group.nested.as_slice()),
            (&[id(USER)][..], &[id(APP)][..]),
            "{text}"
        );
        assert_eq!(group.members.status, Status::Partial);
    }
    let transitive = format!("GET /groups/{GROUP}/transitiveMembers\n{member}");
    assert_eq!(group("m.txt", &transitive).unwrap().members.status, Status::Missing);
    let console = format!(
        "Id : {USER}\nAdditionalProperties : {{[@odata.type, #microsoft.graph.user], [displayName, Ada]}}\nDeletedDateTime :\n"
    );
    assert_eq!(group(&named, &console).unwrap().members.items, [id(USER)]);
    let empty = read_with(
        &[
            ("g.csv", &format!("GroupId,PolicyType,PolicyName,Rank\n{GROUP},ApplicationAccessPolicy,P,1\n")),
            (&format!("members-{GROUP}.json"), "[]"),
        ],
        &[Part::Members],
    );
    assert_eq!(empty.unwrap().snapshot.groups.items[0].members.status, Status::Complete);
}

#[test]
fn members_of_inner_groups_are_kept_beside_the_assignments() {
    let assigned = format!("GroupId,PolicyType,PolicyName,Rank\n{GROUP},ApplicationAccessPolicy,P,1\n");
    let list = |kind: &str, ids: &[&str]| {
        let items: Vec<String> =
            ids.iter().map(|id| format!("{{\"@odata.type\":\"#microsoft.graph.{kind}\",\"id\":\"{id}\"}}")).collect();
        format!("[{}]", items.join(","))
    };
    let (inner, deepest) = (OTHER, PRINCIPAL);
    let files = [
        (format!("members-{deepest}.json"), list("user", &[USER])),
        (format!("members-{inner}.json"), list("group", &[deepest, GROUP])),
        (format!("members-{GROUP}.json"), list("group", &[inner])),
        (format!("members-{GRAPH_PRINCIPAL}.json"), list("user", &[USER])),
        ("g.csv".to_owned(), assigned),
    ];
    let given: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let imported = read_with(&given, &[Part::Members]).unwrap();
    let s = &imported.snapshot;
    let group = &s.groups.items[0];
    assert_eq!((group.members.items.as_slice(), group.nested.as_slice()), (&[][..], &[id(inner)][..]));
    let mut found: Vec<_> = s.nested_groups.iter().map(|it| (it.group_id, it.members.items.clone())).collect();
    found.sort();
    let mut expected = vec![(id(inner), vec![]), (id(deepest), vec![id(USER)])];
    expected.sort();
    assert_eq!(found, expected);
    assert!(s.nested_groups.iter().all(|it| it.members.status == Status::Complete));
    // A group that is in none of these is left out, and said to be.
    assert!(imported.notes.iter().any(|note| note.text.contains(GRAPH_PRINCIPAL)), "{:?}", imported.notes);
    assert_eq!(tenant::parse(&tenant::write(s), "again").unwrap(), *s);
}

#[test]
fn plans_say_the_same_as_when_graph_is_asked() {
    let teams = |plans: &str| {
        let text = format!(
            "{{\"@odata.context\":\"{ROOT}#users\",\"value\":[{{\"id\":\"{USER}\",\"userPrincipalName\":\"ada@contoso.com\",\"assignedPlans\":[{plans}]}}]}}"
        );
        let imported = read(&[("u.json", text.as_str())]).unwrap();
        imported.snapshot.users.items[0].teams
    };
    let plan = |id: &str, service: &str, status: &str| {
        format!(r#"{{"capabilityStatus":"{status}","service":"{service}","servicePlanId":"{id}"}}"#)
    };
    const TEAMS1: &str = "57ff2da0-773e-42df-b2af-ffb7a2317929";
    assert_eq!(teams(""), Some(Teams::Absent));
    assert_eq!(teams(&plan(TEAMS1, "TeamspaceAPI", "Enabled")), Some(Teams::Enabled));
    assert_eq!(teams(&plan(TEAMS1, "TeamspaceAPI", "Suspended")), Some(Teams::Disabled));
    assert_eq!(teams(&plan(OTHER, "TeamspaceAPI", "Suspended")), None);
    assert_eq!(teams(&plan(OTHER, "exchange", "Enabled")), Some(Teams::Absent));
}

#[test]
fn a_page_that_only_its_items_name_keeps_the_list_open() {
    let page = format!(
        r#"{{"value":[{{"id":"{USER}","userPrincipalName":"ada@contoso.com"}}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/x"}}"#
    );
    let users = read_with(&[("users.json", &page)], &[Part::Users]).unwrap().snapshot.users;
    assert_eq!((users.status, users.items.len()), (Status::Partial, 1));
}
