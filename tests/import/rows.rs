//! Rows that are not recognised, and changes below a read: a list is not whole without them.

use super::whose::{answer, noted, put, state};
use super::*;
use serde_json::{Value, json};

fn member(id: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.user", "id": id, "displayName": "Ada"})
}

#[test]
fn a_list_is_not_whole_without_a_row_that_was_not_read() {
    let base = state(|_| {});
    let members = |rows: &Value| {
        let own = answer(&format!("/groups/{GROUP}/members"), "directoryObjects", rows);
        let beside = json!([{"id": USER, "userPrincipalName": "ada@contoso.com"}]);
        let told = put(&base, "x.txt", &(own + &answer("/users", "users", &beside)), &[]);
        told.snapshot.groups.items[0].members.status
    };
    assert_eq!(members(&json!([member(USER)])), Status::Complete);
    for row in [
        json!({"@odata.type": "#microsoft.graph.user", "displayName": "Lee", "userPrincipalName": "lee@contoso.com"}),
        json!("System.Collections.Hashtable"),
        json!("@{displayName=Lee}"),
        json!({"displayName": "Lee"}),
    ] {
        assert_eq!(members(&json!([row])), Status::Partial, "{row}");
        assert_eq!(members(&json!([member(USER), row])), Status::Partial, "{row}");
    }
    let role = json!({"id": "x", "appRoleId": "c1684f21-1984-47fa-9d61-2dc8c296bb70", "principalId": PRINCIPAL,
        "principalType": "ServicePrincipal", "resourceId": GRAPH_PRINCIPAL, "resourceDisplayName": "Microsoft Graph"});
    for request in [
        format!("/servicePrincipals/{PRINCIPAL}/appRoleAssignments"),
        format!("/servicePrincipals(appId='{APP}')/appRoleAssignments"),
    ] {
        let whole = |rows: &Value| {
            let told = put(&base, "x.txt", &answer(&request, "appRoleAssignments", rows), &[]);
            let roles = told.snapshot.apps.items[0].roles.clone().unwrap();
            // A role that nobody has read stands for what is missing.
            roles.iter().all(|role| role.id.is_some() || role.value.is_some())
        };
        assert!(whole(&json!([role])), "{request}");
        for other in [json!("System.Collections.Hashtable"), json!({"id": "y", "createdDateTime": null})] {
            assert!(!whole(&json!([role, other])), "{request} {other}");
        }
    }
}

#[test]
fn plans_below_the_depth_of_json_tell_nothing() {
    let base = state(|value| value["users"]["items"][0]["teams"] = Value::Null);
    for (plans, known) in [
        (json!(["Microsoft.Graph.PowerShell.Models.MicrosoftGraphAssignedPlan"]), false),
        (
            json!([{"Service": "TeamspaceAPI", "ServicePlanId": "57ff2da0-773e-42df-b2af-ffb7a2317929",
            "CapabilityStatus": "Enabled"}]),
            true,
        ),
    ] {
        let rows = json!([{"Id": USER, "UserPrincipalName": "ada@contoso.com", "AssignedPlans": plans}]);
        let told = put(&base, "x.txt", &format!("PS C:\\> Get-MgUser -All | ConvertTo-Json\n{rows}\n"), &[]);
        assert_eq!(told.snapshot.users.items[0].teams.is_some(), known, "{plans}");
    }
}

#[test]
fn changes_of_other_tools_take_a_read_back() {
    let base = state(|_| {});
    let read = answer(&format!("/groups/{GROUP}/members"), "directoryObjects", &json!([member(USER)]));
    let status =
        |below: &str| put(&base, "x.txt", &format!("{read}{below}\n"), &[]).snapshot.groups.items[0].members.status;
    let other = GROUP.replace('6', "5");
    for below in [
        format!("$ az ad group member add --group {GROUP} --member-id {USER}"),
        format!("az ad group member remove -g {GROUP} --member-id {USER}"),
        format!("$ m365 entra group member add --groupId {GROUP} --ids {USER}"),
        format!("PS> Invoke-MgGraphRequest -Method POST -Uri \"/v1.0/groups/{GROUP}/members/`$ref\" -Body $b"),
        format!("POST https://graph.microsoft.com/v1.0/groups/{GROUP}/members/$ref"),
        format!("DELETE /groups/{GROUP}/members/{USER}/$ref"),
        format!("$ curl -X DELETE https://graph.microsoft.com/v1.0/groups/{GROUP}/members/{USER}/$ref"),
    ] {
        assert_ne!(status(&below), Status::Complete, "{below}");
    }
    for below in [
        String::new(),
        "$ az ad group member list".to_owned(),
        format!("POST https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings"),
        format!("$ az ad group member add --group {other} --member-id {USER}"),
        format!("PS> Invoke-MgGraphRequest -Method GET -Uri /v1.0/groups/{GROUP}"),
    ] {
        assert_eq!(status(&below), Status::Complete, "{below}");
    }
}

#[test]
fn a_session_that_is_silent_tells_nothing_by_its_silence() {
    let base = state(|value| value["direct"] = json!({"status": "missing"}));
    let read = format!("PS> Get-CsUserPolicyAssignment -Identity {USER} -PolicyType ApplicationAccessPolicy\nPS>\n");
    let effective = |above: &str| {
        let told = put(&base, "x.txt", &format!("{above}{read}"), &[]);
        (told.snapshot.effective.items.len(), noted(&told, "nothing is taken from it"))
    };
    assert_eq!(effective(""), (1, false));
    for above in [
        "PS> $ErrorActionPreference = \"SilentlyContinue\"\n",
        "PS> $erroractionpreference='Ignore'\n",
        "PS> $PSDefaultParameterValues['*:ErrorAction'] = 'SilentlyContinue'\n",
        "PS> Set-Variable ErrorActionPreference SilentlyContinue\n",
    ] {
        assert_eq!(effective(above), (0, true), "{above}");
    }
    assert_eq!(
        effective("PS> $ErrorActionPreference = 'SilentlyContinue'\nPS> $ErrorActionPreference = 'Continue'\n"),
        (1, false)
    );
}
