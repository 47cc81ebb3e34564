//! Every read that the program asks for, answered: brought back, it decides what it was asked for.

use super::*;
use graphwhy::diagnose::{Outcome, Question, judge};
use graphwhy::input::Moment;
use graphwhy::knowledge::{Catalogue, Gate, operation_named, reads};
use graphwhy::tenant::import::{Times, supplement};
use serde_json::{Value, json};

/// 2026-01-31T10:00:00Z
const NOW: i64 = 1_769_853_600;
const READ_ALL: &str = "c1684f21-1984-47fa-9d61-2dc8c296bb70";
const OBJECT: &str = "bbbb2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";

/// Reads whose answer is for the person who reads it: what they decide stands in no part of a snapshot, or comes from
/// the caller's own side.
const BY_HAND: [&str; 14] = [
    "token",
    "request",
    "retest",
    "meeting",
    "rsc",
    "event-creator",
    "change-time",
    "license-time",
    "grant-time",
    "copilot-license",
    "caller",
    "policies-said",
    "direct-said",
    "groups-said",
];

fn healthy() -> Value {
    json!({
        "schema": 1, "taken_at": "2026-01-31T09:00:00Z",
        "policies": {"status": "complete", "items": [{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}]},
        "direct": {"status": "complete", "items": []},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "complete", "items": [
            {"id": USER, "upn": "ada@contoso.com", "type": "member", "enabled": true, "teams": "enabled"}]},
        "apps": {"status": "complete", "items": [
            {"app_id": APP, "name": "Reader", "enabled": true, "service_principal_id": PRINCIPAL, "roles": [{"id": READ_ALL, "resource": GRAPH}]},
            {"app_id": GRAPH, "name": "Microsoft Graph", "service_principal_id": GRAPH_PRINCIPAL}]},
        "settings": {"status": "complete", "graph_transcript_access": true, "attributed_transcripts": true}
    })
}

struct Answered {
    /// What is taken out of the tenant.
    open: Box<dyn Fn(&mut Value)>,
    /// What the read prints or answers.
    answer: String,
    gate: Gate,
    outcome: Outcome,
}

fn cases(read: &str) -> Vec<Answered> {
    let missing = || json!({"status": "missing"});
    let part = |name: &'static str| -> Box<dyn Fn(&mut Value)> { Box::new(move |it| it[name] = missing()) };
    let case = |open: Box<dyn Fn(&mut Value)>, answer: String, gate, outcome| Answered { open, answer, gate, outcome };
    let context = |path: &str| format!("https://graph.microsoft.com/v1.0/$metadata#{path}");
    let group = || json!({"status": "complete", "items": [{"group_id": GROUP, "policy": "Meetings", "rank": 1, "members": {"status": "missing"}}]});
    let roles = || -> Box<dyn Fn(&mut Value)> {
        Box::new(|it| {
            it["apps"]["items"][0].as_object_mut().unwrap().remove("roles");
        })
    };
    match read {
        "policies" => vec![case(
            Box::new(move |it| {
                it["policies"] = missing();
                it["direct"]["items"] = json!([{"user_id": USER, "policy": "Meetings"}]);
            }),
            format!("\nIdentity    : Global\nDescription :\nAppIds      : {{}}\n\nIdentity    : Tag:Meetings\nDescription :\nAppIds      : {{{APP}}}\n\n"),
            Gate::Policy,
            Outcome::Pass,
        )],
        "direct" => ["Meetings", ""]
            .into_iter()
            .map(|policy| {
                let answer = format!(
                    "\nIdentity                             ApplicationAccessPolicy\n--------                             -----------------------\n{USER} {policy}\n\n"
                );
                let outcome = if policy.is_empty() { Outcome::Fail } else { Outcome::Pass };
                case(part("direct"), answer, Gate::Policy, outcome)
            })
            .collect(),
        "group-assignments" => vec![
            case(part("groups"), String::new(), Gate::Policy, Outcome::Fail),
            case(
                Box::new(move |it| {
                    it["groups"] = missing();
                    it["policies"]["items"][0]["app_ids"] = json!([APP]);
                }),
                format!("\nGroupId                              PolicyType              PolicyName Rank\n-------                              ----------              ---------- ----\n{GROUP} ApplicationAccessPolicy Meetings   1\n\n"),
                Gate::Policy,
                Outcome::Pass,
            ),
        ],
        "group-members" => [json!([]), json!([{"@odata.type": "#microsoft.graph.user", "id": USER}])]
            .into_iter()
            .map(|members| {
                // A hidden membership shows nobody, too.
                let outcome = if members[0].is_null() { Outcome::Unknown } else { Outcome::Pass };
                let answer = json!({"@odata.context": context("directoryObjects"), "value": members}).to_string();
                case(Box::new(move |it| it["groups"] = group()), answer, Gate::Policy, outcome)
            })
            .collect(),
        "group-visibility" => [(Value::Null, Outcome::Fail), (json!("HiddenMembership"), Outcome::Unknown)]
            .into_iter()
            .map(|(visibility, outcome)| {
                let answer = json!({"@odata.context": context("groups(id,visibility)/$entity"), "id": GROUP, "visibility": visibility});
                let open = Box::new(move |it: &mut Value| {
                    it["groups"] = group();
                    it["groups"]["items"][0]["members"] =
                        json!({"status": "partial", "items": [], "reason": {"kind": "nobody-shown"}});
                });
                case(open, answer.to_string(), Gate::Policy, outcome)
            })
            .collect(),
        "effective" => {
            let open = || -> Box<dyn Fn(&mut Value)> {
                Box::new(move |it| {
                    it["direct"] = missing();
                    it["groups"] = missing();
                })
            };
            let some = "\nPolicyType              PolicyName PolicySource\n----------              ---------- ------------\nApplicationAccessPolicy Meetings   {Meetings}\n\n";
            vec![
                case(open(), String::new(), Gate::Policy, Outcome::Fail),
                case(open(), some.to_owned(), Gate::Policy, Outcome::Pass),
            ]
        }
        "user" => vec![case(
            Box::new(|it| it["users"] = json!({"status": "partial", "items": []})),
            json!({"@odata.context": context("users(id,userPrincipalName,accountEnabled,userType)/$entity"), "id": USER,
                "userPrincipalName": "ada@contoso.com", "accountEnabled": true, "userType": "Member"})
            .to_string(),
            Gate::User,
            // That it is listed; its licence is another read.
            Outcome::Unknown,
        )],
        "user-license" => vec![case(
            Box::new(|it| {
                it["users"]["items"][0].as_object_mut().unwrap().remove("teams");
            }),
            json!({"@odata.context": context("users(id,assignedPlans)/$entity"), "id": USER, "assignedPlans": [
                {"assignedDateTime": "2025-01-01T00:00:00Z", "capabilityStatus": "Enabled", "service": "TeamspaceAPI",
                 "servicePlanId": "57ff2da0-773e-42df-b2af-ffb7a2317929"}]})
            .to_string(),
            Gate::User,
            Outcome::Pass,
        )],
        "app" => vec![case(
            Box::new(|it| it["apps"]["status"] = json!("partial")),
            json!({"@odata.context": context("servicePrincipals/$entity"), "id": PRINCIPAL, "appId": APP, "displayName": "Reader",
                "accountEnabled": true})
            .to_string(),
            Gate::Permission,
            Outcome::Pass,
        )],
        "app-roles" => {
            let grant = json!([{"appRoleId": READ_ALL, "principalId": PRINCIPAL, "principalType": "ServicePrincipal",
                "resourceDisplayName": "Microsoft Graph", "resourceId": GRAPH_PRINCIPAL, "createdDateTime": "2025-01-10T00:00:00Z"}]);
            let named = context(&format!("servicePrincipals('{PRINCIPAL}')/appRoleAssignments"));
            let answer = |context: &str, value: &Value| json!({"@odata.context": context, "value": value}).to_string();
            let bare = context("appRoleAssignments");
            vec![
                case(roles(), answer(&named, &json!([])), Gate::Permission, Outcome::Fail),
                case(roles(), answer(&bare, &json!([])), Gate::Permission, Outcome::Fail),
                case(roles(), answer(&bare, &grant), Gate::Permission, Outcome::Pass),
            ]
        }
        "app-object" => vec![case(
            Box::new(|_| {}),
            json!({"@odata.context": context("applications(id,displayName,requiredResourceAccess)/$entity"), "id": OBJECT, "appId": APP,
                "displayName": "Reader", "requiredResourceAccess": []})
            .to_string(),
            Gate::Permission,
            Outcome::Pass,
        )],
        "delegated-grants" => vec![case(
            Box::new(|_| {}),
            json!({"@odata.context": context("oauth2PermissionGrants"), "value": [{"clientId": PRINCIPAL, "consentType": "AllPrincipals",
                "resourceId": GRAPH_PRINCIPAL, "scope": "OnlineMeetings.Read"}]})
            .to_string(),
            Gate::Permission,
            Outcome::Pass,
        )],
        "transcript-switch" => vec![case(
            part("settings"),
            "\nEnableGraphTranscriptAccess EnableAttributedTranscripts\n--------------------------- ---------------------------\nTrue                        True\n\n".to_owned(),
            Gate::Tenant,
            Outcome::Pass,
        )],
        _ => Vec::new(),
    }
}

#[test]
fn what_is_brought_back_decides_what_it_was_asked_for() {
    for read in reads() {
        let cases = cases(&read.name);
        assert_eq!(cases.is_empty(), BY_HAND.contains(&&*read.name), "`{}` has no answer here", read.name);
        let command = read
            .command
            .replace("{user-id}", USER)
            .replace("{user}", USER)
            .replace("{app-id}", APP)
            .replace("{group-id}", GROUP)
            .replace("{service-principal-id}", PRINCIPAL);
        for Answered { open, answer, gate, outcome } in cases {
            let mut state = healthy();
            open(&mut state);
            let before = tenant::parse(&state.to_string(), "tenant.json").unwrap();
            let text = match command.starts_with("GET ") {
                true => format!("{command}\n\n{answer}\n"),
                false => format!("PS C:\\> {command}\n{answer}PS C:\\> "),
            };
            let at = "2026-01-31T09:30:00Z".parse().unwrap();
            let files = [File { name: "answer.txt", text: &text }];
            let times = Times { read_at: Some(at), until: at };
            let after = supplement(&before, &files, &Options::default(), times);
            let after = after.unwrap_or_else(|error| panic!("`{}`: {error}\n{text}", read.name)).snapshot;
            let transcript = read.name == "transcript-switch";
            let question = Question {
                app_id: Some(id(APP)),
                user_id: Some(id(USER)),
                operation: operation_named(if transcript { "read-transcript" } else { "read-meeting" }),
                at: Some(Moment { earliest: NOW, latest: NOW }),
                ..Question::default()
            };
            let told = |snapshot: &Snapshot| {
                let judgement = judge(&question, Some(snapshot), &Catalogue::builtin());
                let one = judgement.gates.iter().find(|it| it.gate == gate).unwrap();
                (one.outcome, one.needs.as_ref().map(ToString::to_string))
            };
            // A user without an entry is asked for with the licence at once.
            if let (Outcome::Unknown, needs) = told(&before)
                && read.name != "user"
            {
                assert_eq!(needs.as_deref(), Some(&*read.name), "{text}");
            }
            let (now, needs) = told(&after);
            assert_eq!(now, outcome, "`{}` needs {needs:?}\n{text}", read.name);
            assert_ne!(
                needs.as_deref(),
                Some(&*read.name),
                "the read that was brought back is not asked for again: {text}"
            );
            assert_ne!(before, after, "`{}` tells nothing\n{text}", read.name);
        }
    }
}
