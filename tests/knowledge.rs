//! The catalogue: cross references, look-ups, and what is said of a broken rule file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::collections::BTreeSet;

use graphwhy::knowledge::{
    COMMAND_SLOTS, Catalogue, CmdletKind, Confidence, Gate, Governed, Holds, MESSAGE_SLOTS, PermissionKind, PolicyRule,
    PolicySubject, Problem, Severity, cloud, cloud_of_host, clouds, cmdlet, cmdlets, examples, operation_for,
    operation_named, operations, parse_symptoms, permission_by_id, permission_named, permissions, read, reads, slots,
    window, windows,
};

const CAUSE: &str = r#"+++
title = "the room system has no licence"
gates = ["user", "permission"]
severity = "warning"
since = "0.1.0"
raised_by = [{ symptom = "contoso-room", confidence = "likely" }]
decided_by = "user-license"
retry = "teams-license"
sources = [{ url = "https://wiki.contoso.example/rooms", checked = "2026-11-23" }]
+++

## Why

Rooms need a licence.

## Tell apart

| fact | then |
|---|---|
| `## not a heading` | in a table |

```text
## not a heading either
```

## Fix

Ask the room team first.

### give the room a licence

It costs.
Rank and file pay.

```powershell read
Get-CsOnlineUser -Identity '{user-id}'

```
```http run
POST /users/{user-id}/assignLicense
```
```powershell verify
Get-CsOnlineUser -Identity '{user-id}' | Where-Object { $_.FeatureTypes -contains 'Teams' }
```

### grant the role
gate: permission

```http run
POST /servicePrincipals/{service-principal-id}/appRoleAssignments
{"principalId":"{service-principal-id}","appRoleId":"{role-id}"}
```
```http undo
DELETE /servicePrincipals/{service-principal-id}/appRoleAssignments/ASSIGNMENT-ID
```

## Example

````text input
CR-403 room 12
```
a fence in the input
```
````
```json state
{"schema":1}
```
```text args
--app 00000000-0000-0000-0000-00000000a001
--at 2026-11-23T10:00:00Z
```

## Healthy example

```text input
all fine
```

## Sources

- the wiki
"#;

const SYMPTOMS: &str = r#"
[[symptom]]
name = "contoso-room"
means = "what the gateway prints for rooms"
message = ["room {user} is not licensed for *"]
regex = ["^CR-\\d{3} room"]
"#;

fn files(cause: &str) -> Vec<(String, String)> {
    vec![
        ("rules/symptoms.toml".to_owned(), SYMPTOMS.to_owned()),
        ("rules/causes/room-unlicensed.md".to_owned(), cause.to_owned()),
        ("rules/README.md".to_owned(), "# ours".to_owned()),
    ]
}

/// Line and problem of the cause with one change.
fn broken(from: &str, to: &str) -> (usize, Problem) {
    assert!(CAUSE.contains(from), "the test changes nothing: {from}");
    let error = Catalogue::builtin().extend(&files(&CAUSE.replacen(from, to, 1))).unwrap_err();
    assert_eq!(error.file, "rules/causes/room-unlicensed.md", "{error}");
    (error.line, error.problem)
}

fn line_of(needle: &str) -> usize {
    CAUSE.lines().position(|line| line.contains(needle)).unwrap() + 1
}

#[test]
fn every_name_of_a_cause_exists() {
    let catalogue = Catalogue::builtin();
    for cause in catalogue.causes() {
        let slug = &cause.slug;
        assert_eq!(catalogue.cause(slug).unwrap().slug, *slug);
        assert!(!cause.gates.is_empty(), "{slug}");
        assert!(!cause.sources.is_empty(), "{slug} has no source");
        assert!(cause.body.contains("## Why"), "{slug}");
        for by in cause.raised_by.iter() {
            assert!(catalogue.symptom(&by.symptom).is_some(), "{slug}: {}", by.symptom);
        }
        assert!(cause.decided_by.as_ref().is_none_or(|name| read(name).is_some()), "{slug}");
        assert!(cause.retry.as_ref().is_none_or(|name| window(name).is_some()), "{slug}");
        for fix in cause.fixes.iter() {
            assert!(!fix.run.is_empty(), "{slug}: {}", fix.title);
            for command in [&fix.read, &fix.run, &fix.verify, &fix.undo].into_iter().flat_map(|list| list.iter()) {
                assert!(slots(command).all(|slot| COMMAND_SLOTS.contains(&slot)), "{slug}: {command}");
            }
        }
        examples(slug, &cause.body).unwrap();
    }
}

#[test]
fn symptom_file_and_constants_agree() {
    let entries = parse_symptoms("rules/symptoms.toml", include_str!("../rules/symptoms.toml")).unwrap();
    let catalogue = Catalogue::builtin();
    assert_eq!(entries.len(), catalogue.symptoms().len());
    assert!(!entries.is_empty());
    for (entry, symptom) in entries.iter().zip(catalogue.symptoms()) {
        assert_eq!(format!("{:?}", entry.symptom), format!("{symptom:?}"));
        assert!(symptom.message.iter().flat_map(|pattern| slots(pattern)).all(|slot| MESSAGE_SLOTS.contains(&slot)));
    }
}

#[test]
fn short_names_of_the_design() {
    let named = [
        ("read-meeting", "GET", "/users/{userId}/onlineMeetings/{meetingId}"),
        ("find-meeting", "GET", "/users/{userId}/onlineMeetings"),
        ("create-meeting", "POST", "/users/{userId}/onlineMeetings"),
        ("update-meeting", "PATCH", "/users/{userId}/onlineMeetings/{meetingId}"),
        ("delete-meeting", "DELETE", "/users/{userId}/onlineMeetings/{meetingId}"),
        ("read-attendance", "GET", "/users/{userId}/onlineMeetings/{meetingId}/attendanceReports"),
        ("read-transcript", "GET", "/users/{userId}/onlineMeetings/{meetingId}/transcripts"),
        (
            "read-transcript-content",
            "GET",
            "/users/{userId}/onlineMeetings/{meetingId}/transcripts/{transcriptId}/content",
        ),
        ("read-recording", "GET", "/users/{userId}/onlineMeetings/{meetingId}/recordings"),
        ("list-transcripts", "GET", "/users/{userId}/onlineMeetings/getAllTranscripts"),
        ("list-recordings", "GET", "/users/{userId}/onlineMeetings/getAllRecordings"),
        ("read-insight", "GET", "/copilot/users/{userId}/onlineMeetings/{meetingId}/aiInsights"),
        ("read-webinar", "GET", "/solutions/virtualEvents/webinars/{webinarId}"),
        ("read-townhall", "GET", "/solutions/virtualEvents/townhalls/{townhallId}"),
        ("list-webinars", "GET", "/solutions/virtualEvents/webinars"),
        ("list-townhalls", "GET", "/solutions/virtualEvents/townhalls"),
        (
            "read-virtual-appointment",
            "GET",
            "/users/{userId}/onlineMeetings/{meetingId}/getVirtualAppointmentJoinWebUrl",
        ),
        (
            "send-virtual-appointment-sms",
            "POST",
            "/users/{userId}/onlineMeetings/{meetingId}/sendVirtualAppointmentSms",
        ),
        ("place-call", "POST", "/communications/calls"),
        ("read-call-record", "GET", "/communications/callRecords/{callRecordId}"),
    ];
    for (name, method, path) in named {
        let operation = operation_named(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!((operation.method, operation.path), (method, path), "{name}");
    }
    assert_eq!(operations().iter().filter(|operation| operation.name.is_some()).count(), named.len());
    assert!(operation_named("read").is_none());
}

#[test]
fn every_operation_is_found_by_its_own_path() {
    for operation in operations() {
        let found = operation_for(operation.method, operation.path);
        assert_eq!(found, Some(operation), "{} {}", operation.method, operation.path);
    }
    assert!(operations().len() > 285, "the rows without permissions are there too");
}

#[test]
fn paths_as_clients_write_them() {
    let user = "dc17674c-81d9-4adb-bfb2-8f6a442e4624";
    let table = [
        ("GET", format!("/v1.0/users/{user}/onlineMeetings/MSpkYzE3Njc0Yw=="), "read-meeting"),
        ("get", format!("https://graph.microsoft.com/beta/users/{user}/OnlineMeetings/MSo1N2Y"), "read-meeting"),
        ("GET", format!("https://graph.microsoft.com:443/v1.0/users/{user}/onlineMeetings/MSo1/#x"), "read-meeting"),
        ("GET", format!("users/{user}/onlineMeetings/?$filter=JoinWebUrl%20eq%20'https://x/y'"), "find-meeting"),
        ("GET", format!("/users('{user}')/onlineMeetings('MSo1N2Y/abc=')"), "read-meeting"),
        ("GET", format!("/users(%27{user}%27)/onlineMeetings"), "find-meeting"),
        ("DELETE", "/users/adele@contoso.com/onlinemeetings/MSo1".to_owned(), "delete-meeting"),
        (
            "GET",
            format!(
                "/v1.0/users/{user}/onlineMeetings/getAllTranscripts(meetingOrganizerUserId='{user}',startDateTime=2026-01-01T00:00:00Z)"
            ),
            "list-transcripts",
        ),
        ("GET", format!("/users/{user}/onlineMeetings/microsoft.graph.getAllRecordings()"), "list-recordings"),
        ("GET", format!("/users/{user}/onlineMeetings/getalltranscripts"), "list-transcripts"),
        (
            "GET",
            format!("/users/{user}/onlineMeetings/MSo1/transcripts/MSMj/content?$format=text/vtt"),
            "read-transcript-content",
        ),
        ("GET", "//communications//callRecords//abc".to_owned(), "read-call-record"),
        ("GET", "/copilot/users/{user-id}/onlineMeetings/{meeting-id}/aiInsights".to_owned(), "read-insight"),
        ("GET", "/solutions/virtualEvents/webinars/3f6b8f25@dcd219dd".to_owned(), "read-webinar"),
    ];
    for (method, path, name) in &table {
        let found = operation_for(method, path).unwrap_or_else(|| panic!("nothing for {method} {path}"));
        assert_eq!(found.name, Some(*name), "{method} {path}");
    }
}

#[test]
fn literal_segments_and_functions_are_no_ids() {
    let by_role = "/solutions/virtualEvents/webinars/getByUserIdAndRole(userId='a/b',role='organizer')";
    let found = operation_for("GET", by_role).unwrap();
    assert_eq!(found.path, "/solutions/virtualEvents/webinars/getByUserIdAndRole");
    let by_link = "/users/a/onlineMeetings(joinWebUrl='https%3A%2F%2Fteams.example%2Fl')";
    let found = operation_for("GET", by_link).unwrap();
    assert_eq!(found.path, "/users/{userId}/onlineMeetings(joinWebUrl='{joinWebUrl}')");
    assert_eq!(operation_for("GET", "/users/a/onlineMeetings/MSo1/transcripts/delta(token='x')").unwrap().path, {
        "/users/{userId}/onlineMeetings/{meetingId}/transcripts/delta"
    });
    for (method, path) in [
        ("GET", "/users/a/onlineMeetings/$count"),
        ("GET", "/users/a/onlineMeetings(subject='x')"),
        ("GET", "/users/a/messages"),
        ("PATCH", "/users/a/onlineMeetings"),
        ("BREW", "/users/a/onlineMeetings"),
        ("GET", ""),
        ("GET", "/"),
        ("GET", "/v1.0"),
        ("GET", "https://graph.microsoft.com"),
        ("GET", "((((((''''%27%28"),
        ("", ""),
    ] {
        assert_eq!(operation_for(method, path), None, "{method} {path}");
    }
}

#[test]
fn facts_of_operations_checked_by_hand() {
    let read = operation_named("read-meeting").unwrap();
    let application = read.application.unwrap();
    assert_eq!(application.least, ["OnlineMeetings.Read.All"]);
    assert_eq!(application.accepted().collect::<Vec<_>>(), ["OnlineMeetings.Read.All", "OnlineMeetings.ReadWrite.All"]);
    assert_eq!(
        read.delegated.unwrap().accepted().collect::<Vec<_>>(),
        ["OnlineMeetings.Read", "OnlineMeetings.ReadWrite"]
    );
    assert_eq!((read.policy, read.subject), (PolicyRule::Required, PolicySubject::UserInPath));
    assert_eq!(read.versions, ["v1.0", "beta"]);
    assert_eq!(read.clouds, ["global", "usgov-l4", "usgov-dod"]);
    assert!(read.rsc.is_empty() && !read.reads_transcripts);

    let transcript = operation_named("read-transcript").unwrap();
    assert_eq!(transcript.rsc, ["OnlineMeetingTranscript.Read.Chat"]);
    assert!(transcript.reads_transcripts);

    let export = operation_named("list-transcripts").unwrap();
    assert_eq!((export.policy, export.subject), (PolicyRule::NotMentioned, PolicySubject::UserInPath));
    assert_eq!((export.delegated_supported, export.application_supported), (Some(false), Some(true)));
    assert!(export.reads_transcripts);
    assert_eq!(export.clouds, ["global"]);

    let webinars = operation_named("list-webinars").unwrap();
    assert_eq!((webinars.policy, webinars.subject), (PolicyRule::FiltersResults, PolicySubject::EventCreator));
    let by_role = operation_for("GET", "/solutions/virtualEvents/townhalls/getByUserIdAndRole").unwrap();
    assert_eq!((by_role.policy, by_role.subject), (PolicyRule::Required, PolicySubject::Argument));
    let vtc = operation_for("GET", "/communications/onlineMeetings?$filter=VideoTeleconferenceId eq '1'").unwrap();
    assert_eq!((vtc.policy, vtc.subject), (PolicyRule::NotSupported, PolicySubject::Nobody));
    let appointment = operation_named("send-virtual-appointment-sms").unwrap();
    assert_eq!(appointment.policy, PolicyRule::RequiredByPermission);
    let registration = operation_for("POST", "/solutions/virtualEvents/webinars/w/registrations").unwrap();
    assert_eq!(registration.policy, PolicyRule::Conflicting);

    let call = operation_named("place-call").unwrap();
    assert_eq!((call.policy, call.subject), (PolicyRule::NotMentioned, PolicySubject::Nobody));
    assert!(call.application.unwrap().least.is_empty());
    assert_eq!(call.application.unwrap().higher.len(), 4);

    let rsc_only = operation_for("GET", "/solutions/virtualEvents/webinars/w/registrations/r/sessions").unwrap();
    assert_eq!((rsc_only.application, rsc_only.application_supported), (None, Some(true)));
    assert_eq!(rsc_only.rsc, ["VirtualEvent.Read.Chat"]);

    let attendee_report = operation_for("PATCH", "/users/u/onlineMeetings/m/registration").unwrap();
    assert_eq!((attendee_report.application, attendee_report.application_supported), (None, Some(false)));

    // A path without a permission entry: known, and its policy is not asserted from its neighbours.
    let unlisted = operation_for("POST", "/users/u/onlineMeetings/m/recordings").unwrap();
    assert_eq!((unlisted.policy, unlisted.subject), (PolicyRule::NotFound, PolicySubject::UserInPath));
    assert_eq!((unlisted.application_supported, unlisted.delegated_supported), (None, None));
}

#[test]
fn me_takes_no_application_permission_and_asks_nobody() {
    let mut seen = 0;
    for operation in operations().iter().filter(|operation| operation.path.starts_with("/me/")) {
        assert_eq!(operation.application, None, "{}", operation.path);
        assert_eq!(operation.application_supported, Some(false), "{}", operation.path);
        assert_eq!((operation.policy, operation.subject), (PolicyRule::NotApplicable, PolicySubject::Nobody));
        seen += 1;
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn policy_subjects_follow_their_paths() {
    for operation in operations() {
        let path = operation.path;
        match operation.subject {
            PolicySubject::UserInPath => assert!(path.contains("/users/{userId}/onlineMeetings"), "{path}"),
            PolicySubject::Argument => assert!(path.ends_with("getByUserIdAndRole"), "{path}"),
            PolicySubject::EventCreator => assert!(path.starts_with("/solutions/virtualEvents/"), "{path}"),
            PolicySubject::Nobody => assert!(
                !matches!(operation.policy, PolicyRule::Required | PolicyRule::RequiredByPermission),
                "{path} demands the policy of nobody"
            ),
        }
        for area in ["/communications/calls", "/communications/callRecords", "/users/{userId}/presence"] {
            if path.starts_with(area) {
                assert_eq!(operation.subject, PolicySubject::Nobody, "{path}");
            }
        }
        assert!(operation.clouds.iter().all(|name| cloud(name).is_some()), "{path}");
    }
}

#[test]
fn governed_permissions_and_ids() {
    let governed: BTreeSet<&str> =
        permissions().iter().filter(|permission| permission.governed != Governed::No).map(|p| p.name).collect();
    assert_eq!(governed.len(), 11);
    let role = permission_named("onlinemeetings.read.all", PermissionKind::Application).unwrap();
    assert_eq!(role.id.unwrap().to_string(), "c1684f21-1984-47fa-9d61-2dc8c296bb70");
    assert_eq!(role.governed, Governed::Yes);
    assert_eq!(permission_by_id(role.id.unwrap()), Some(role));
    // One name, two ids: role and scope.
    let name = "OnlineMeetingTranscript.Read.All";
    let role = permission_named(name, PermissionKind::Application).unwrap();
    let scope = permission_named(name, PermissionKind::Delegated).unwrap();
    assert_ne!(role.id, scope.id);
    assert_eq!(role.id.unwrap().to_string(), "a4a80d8d-d283-4bd8-8504-555ec3870630");
    assert_eq!(scope.id.unwrap().to_string(), "30b87d18-ebb1-45db-97f8-82ccb1f0190c");
    assert_eq!(permission_by_id(scope.id.unwrap()).unwrap().kind, PermissionKind::Delegated);
    assert_eq!(role.rsc, Some("OnlineMeetingTranscript.Read.Chat"));
    assert_eq!(permission_named("Calls.JoinGroupCallasGuest.All", PermissionKind::Application).unwrap().name, {
        "Calls.JoinGroupCallAsGuest.All"
    });
    assert_eq!(permission_named("VirtualAppointment.Read.All", PermissionKind::Application).unwrap().governed, {
        Governed::ByDescription
    });
    assert_eq!(permission_named("VirtualAppointment.Read.All", PermissionKind::Delegated), None);
    for permission in permissions() {
        let explained = permission.governed == Governed::No || !permission.basis.is_empty();
        assert!(explained, "{} has no basis", permission.name);
        let alternative =
            permission.rsc.is_none_or(|rsc| permission_named(rsc, PermissionKind::ResourceSpecific).is_some());
        assert!(alternative, "{}", permission.name);
    }
}

/// Roles that the policy governs belong to operations that ask it, and the other way round.
#[test]
fn required_operations_take_governed_roles() {
    for operation in operations().iter().filter(|operation| operation.policy == PolicyRule::Required) {
        let application = operation.application.unwrap_or_else(|| panic!("{}", operation.path));
        for name in application.accepted() {
            let role = permission_named(name, PermissionKind::Application).unwrap_or_else(|| panic!("{name}"));
            assert_ne!(role.governed, Governed::No, "{name} on {}", operation.path);
        }
    }
}

#[test]
fn delays_as_documented() {
    let policy = window("policy-change").unwrap();
    assert_eq!((policy.seconds, policy.bound), (Some(30 * 60), true));
    let group = window("group-assignment").unwrap();
    assert_eq!((group.seconds, group.bound), (Some(24 * 3600), false));
    assert_eq!(window("consent").unwrap().seconds, None);
    assert!(window("token-lifetime").is_some() && window("teams-license").is_some());
    assert!(windows().iter().all(|window| window.seconds.is_some() || !window.bound));
    assert!(window("patience").is_none());
}

#[test]
fn hosts_and_clouds() {
    let names: Vec<&str> = clouds().iter().map(|cloud| cloud.name).collect();
    assert_eq!(names, ["global", "usgov-l4", "usgov-dod", "china", "bleu", "delos", "govsg"]);
    assert_eq!(cloud_of_host("GRAPH.microsoft.com:443").unwrap().name, "global");
    assert_eq!(cloud_of_host("dod-graph.microsoft.us").unwrap().name, "usgov-dod");
    assert_eq!(cloud_of_host("api.interfaces.records.gov.teams.microsoft.us").unwrap().name, "usgov-l4");
    assert!(cloud_of_host("login.microsoftonline.us").is_none(), "L4 and DoD share it");
    assert!(cloud_of_host("graph.microsoft.com.evil.example").is_none());
    assert_eq!(cloud("govsg").unwrap().teams, None);
}

#[test]
fn cmdlets_and_their_parameters() {
    let grant = cmdlet("grant-csapplicationaccesspolicy").unwrap();
    assert_eq!(grant.default_set, Some("GrantToTenant"));
    let identity = grant.parameter("IDENTITY").unwrap();
    assert_eq!((identity.holds, identity.position), (Some(Holds::UserId), Some(0)));
    assert_eq!(grant.parameter("wi").unwrap().name, "WhatIf");
    assert!(grant.parameter("Group").unwrap().mandatory && grant.parameter("AppIds").is_none());
    for name in ["New", "Set", "Get", "Remove"] {
        let cmdlet = cmdlet(&format!("{name}-CsApplicationAccessPolicy")).unwrap();
        assert_eq!(cmdlet.parameter("Identity").unwrap().holds, Some(Holds::PolicyName), "{name}");
    }
    assert_eq!(cmdlet("New-ApplicationAccessPolicy").unwrap().kind, CmdletKind::Lookalike);
    assert_eq!(cmdlet("New-CsOnlineSession").unwrap().kind, CmdletKind::Retired);
    for lookalike in cmdlets().iter().filter(|cmdlet| cmdlet.kind == CmdletKind::Lookalike) {
        assert!(lookalike.instead.is_some() && !lookalike.note.is_empty(), "{}", lookalike.name);
    }
}

#[test]
fn reads_name_a_right_and_a_command() {
    for name in [
        "policies",
        "direct",
        "group-assignments",
        "group-members",
        "effective",
        "user",
        "user-license",
        "app",
        "app-roles",
        "app-object",
        "transcript-switch",
        "token",
        "request",
        "meeting",
        "rsc",
        "event-creator",
        "change-time",
    ] {
        assert!(read(name).is_some(), "{name}");
    }
    assert!(reads().iter().all(|read| !read.right.is_empty() && !read.command.is_empty()));
}

#[test]
fn an_organisation_adds_its_own() {
    let catalogue = Catalogue::builtin().extend(&files(CAUSE)).unwrap();
    assert!(Catalogue::builtin().cause("room-unlicensed").is_none());
    let cause = catalogue.cause("room-unlicensed").unwrap();
    assert_eq!(cause.title, "the room system has no licence");
    assert_eq!(cause.gates.as_ref(), [Gate::User, Gate::Permission]);
    assert_eq!(cause.severity, Severity::Warning);
    assert_eq!(cause.raised_by[0].confidence, Confidence::Likely);
    assert_eq!((cause.decided_by.as_deref(), cause.retry.as_deref()), (Some("user-license"), Some("teams-license")));
    assert!(cause.body.starts_with("## Why\n"));
    assert_eq!(catalogue.nearest("room-unlicenced"), Some("room-unlicensed"));
    assert_eq!(catalogue.nearest("something-else-entirely-unrelated"), None);
    assert_eq!(catalogue.symptom("contoso-room").unwrap().regex.len(), 1);

    let [licence, role] = cause.fixes.as_ref() else { panic!("{:?}", cause.fixes) };
    assert_eq!((licence.gate, role.gate), (Gate::User, Gate::Permission));
    assert_eq!(licence.note, "It costs. Rank and file pay.");
    assert_eq!(licence.read.as_ref(), ["Get-CsOnlineUser -Identity '{user-id}'"]);
    assert_eq!((licence.run.len(), licence.verify.len(), licence.undo.len()), (1, 1, 0));
    assert_eq!((role.run.len(), role.undo.len(), role.note.as_ref()), (2, 1, ""));

    let (failing, healthy) = examples(&cause.slug, &cause.body).unwrap();
    assert_eq!(failing.input_kind.as_deref(), Some("text"));
    assert_eq!(failing.input.as_deref(), Some("CR-403 room 12\n```\na fence in the input\n```"));
    assert_eq!(failing.state.as_deref(), Some("{\"schema\":1}"));
    assert_eq!(failing.args, ["--app", "00000000-0000-0000-0000-00000000a001", "--at", "2026-11-23T10:00:00Z"]);
    assert_eq!(healthy.input.as_deref(), Some("all fine"));
    assert!(healthy.state.is_none() && healthy.args.is_empty());
}

#[test]
fn windows_files_parse_alike() {
    let dos: Vec<_> = files(CAUSE)
        .into_iter()
        .map(|(name, text)| (name, format!("\u{feff}{}", text.replace('\n', "\r\n"))))
        .collect();
    let catalogue = Catalogue::builtin().extend(&dos).unwrap();
    let unix = Catalogue::builtin().extend(&files(CAUSE)).unwrap();
    let [dos, unix] = [&catalogue, &unix].map(|c| c.cause("room-unlicensed").unwrap());
    assert_eq!(format!("{:?}", dos.fixes), format!("{:?}", unix.fixes));
    assert_eq!(examples("x", &dos.body), examples("x", &unix.body));
}

#[test]
fn a_broken_cause_names_its_line() {
    let (line, problem) = broken("severity =", "severety =");
    assert_eq!(line, line_of("severity"));
    assert!(
        matches!(&problem, Problem::Toml(text) if text.contains("severety") && text.contains("expected")),
        "{problem}"
    );
    let (line, problem) = broken("\"warning\"", "\"warn\"");
    assert_eq!(line, line_of("severity"));
    assert!(matches!(&problem, Problem::Toml(text) if text.contains("warn")), "{problem}");
    let (line, problem) = broken("\"permission\"]", "\"permissions\"]");
    assert_eq!(line, line_of("gates"));
    assert!(matches!(problem, Problem::Toml(_)), "{problem}");
    let (line, problem) = broken("\"likely\"", "\"probable\"");
    assert_eq!(line, line_of("raised_by"));
    assert!(matches!(problem, Problem::Toml(_)), "{problem}");
    assert_eq!(broken("[\"user\", \"permission\"]", "[]"), (line_of("gates"), Problem::NoGate));
    let (line, problem) = broken("decided_by = \"user-license\"", "decided_by = \"user-licence\"");
    let near = Some("user-license".to_owned());
    assert_eq!(line, line_of("decided_by"));
    assert_eq!(problem, Problem::Missing { kind: "read", name: "user-licence".to_owned(), near });
    assert!(problem.to_string().contains("(nearest: `user-license`)"), "{problem}");
    let (line, problem) = broken("retry = \"teams-license\"", "retry = \"xyz\"");
    assert_eq!(line, line_of("retry"));
    assert_eq!(problem, Problem::Missing { kind: "window", name: "xyz".to_owned(), near: None });
    let (line, problem) = broken("\"contoso-room\"", "\"contoso-rum\"");
    assert_eq!(line, line_of("raised_by"));
    assert!(matches!(problem, Problem::Missing { kind: "symptom", .. }), "{problem}");
    assert_eq!(
        broken("2026-11-23\" }]", "23.11.2026\" }]"),
        (line_of("sources"), Problem::Day("23.11.2026".to_owned()))
    );
    let (line, problem) = broken("https://wiki", "http://wiki");
    assert_eq!(line, line_of("sources"));
    assert!(matches!(problem, Problem::Address(_)), "{problem}");
    let (line, problem) = broken("no licence\"", "no licence.\"");
    assert_eq!(line, line_of("title"));
    assert!(matches!(problem, Problem::FullStop(_)), "{problem}");
    assert_eq!(broken("+++\ntitle", "---\ntitle"), (1, Problem::FrontMatter));
}

#[test]
fn a_broken_body_names_its_line() {
    let (line, problem) = broken("## Tell apart", "## Telling");
    assert_eq!(line, line_of("## Tell apart"));
    assert_eq!(problem, Problem::SectionUnexpected { found: "Telling".to_owned(), expected: "Tell apart" });
    let (line, problem) = broken("## Sources\n\n- the wiki\n", "");
    assert_eq!((line, problem), (CAUSE.lines().count() - 3, Problem::SectionMissing("Sources")));
    let (line, problem) = broken("- the wiki", "");
    assert_eq!((line, problem), (line_of("## Sources"), Problem::SectionEmpty("Sources")));
    let (line, problem) = broken("````\n```json state", "```json state");
    assert_eq!((line, problem), (line_of("````text input"), Problem::FenceOpen));
    let (line, problem) = broken("```http run", "```bash run");
    assert_eq!(line, line_of("```http run"));
    assert!(matches!(problem, Problem::Fence { info, .. } if info == "bash run"));
    let (line, problem) = broken("```json state", "```text state");
    assert_eq!(line, line_of("```json state"));
    assert!(matches!(problem, Problem::Fence { info, .. } if info == "text state"));
    let (line, problem) = broken("gate: permission", "gate: permissions");
    assert_eq!((line, problem), (line_of("gate: permission"), Problem::Gate("permissions".to_owned())));
    let (line, problem) = broken("POST /users/{user-id}", "POST /users/{user-od}");
    assert_eq!(line, line_of("POST /users/{user-id}"));
    assert!(matches!(problem, Problem::Slot { slot, .. } if slot == "user-od"));
    let (line, problem) = broken("### give the room a licence", "");
    assert_eq!((line, problem), (line_of("```powershell read"), Problem::FixUntitled));
    let (line, problem) = broken("```http run", "```http read");
    let title = "give the room a licence".to_owned();
    assert_eq!((line, problem), (line_of("### give"), Problem::FixWithoutCommands(title)));
    let (line, problem) = broken("```text input\nall fine\n```", "nothing");
    assert_eq!((line, problem), (line_of("## Healthy"), Problem::ExampleEmpty("Healthy example")));
    let (line, problem) = broken("```json state\n", "```text input\n");
    assert_eq!((line, problem), (line_of("```json state"), Problem::FenceTwice("input")));
    let (line, problem) = broken("- the wiki\n", "- the wiki\n\n## More\n");
    assert_eq!((line, problem), (CAUSE.lines().count() + 2, Problem::SectionAfterLast("More".to_owned())));
}

#[test]
fn names_that_exist_are_refused() {
    let extended = Catalogue::builtin().extend(&files(CAUSE)).unwrap();
    let error = extended.extend(&files(CAUSE)[1..]).unwrap_err();
    assert_eq!(error.problem, Problem::Duplicate { kind: "cause", name: "room-unlicensed".to_owned() });
    let error = extended.extend(&files(CAUSE)[..1]).unwrap_err();
    assert_eq!(
        (error.line, error.problem),
        (3, Problem::Duplicate { kind: "symptom", name: "contoso-room".to_owned() })
    );
    let builtin = Catalogue::builtin().symptoms()[0].clone();
    let text = format!("[[symptom]]\nname = \"{}\"\nmeans = \"x\"\ncode = [\"x\"]\n", builtin.name);
    let error = Catalogue::builtin().extend(&[("symptoms.toml".to_owned(), text)]).unwrap_err();
    assert!(matches!(error.problem, Problem::Duplicate { kind: "symptom", .. }), "{error}");
}

#[test]
fn broken_symptoms_name_their_line() {
    let table = [
        ("name = \"x y\"\nmeans = \"m\"\ncode = [\"c\"]", 2, "name `x y` is not usable"),
        ("name = \"x\"\nmeans = \"m.\"\ncode = [\"c\"]", 3, "ends with a full stop"),
        ("name = \"x\"\nmeans = \"m\"", 2, "matches nothing"),
        ("name = \"x\"\nmeans = \"m\"\nmessage = [\"a\",\n\"{usr}\"]", 5, "slot `{usr}` is unknown"),
        ("name = \"x\"\nmeans = \"m\"\nmessage = [\"{user} * …\"]", 4, "no letter and no digit"),
        ("name = \"x\"\nmeans = \"m\"\nregex = [\"(\"]", 4, "regular expression `(` cannot be used"),
        ("name = \"x\"\nmeans = \"m\"\ncode = [\"c\"]\ntoken_kind = \"apps\"", 5, "use `app` or `delegated`"),
        ("name = \"x\"\nmeans = \"m\"\ncode = [\"c\"]\nwaek = true", 5, "waek"),
    ];
    for (entry, line, says) in table {
        let file = ("own/symptoms.toml".to_owned(), format!("[[symptom]]\n{entry}\n"));
        let error = Catalogue::builtin().extend(&[file]).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.to_string().starts_with(&format!("own/symptoms.toml:{line}: ")), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    let error = Catalogue::builtin().extend(&[("own/notes.txt".to_owned(), String::new())]).unwrap_err();
    assert_eq!(error.problem, Problem::UnknownFile);
}
