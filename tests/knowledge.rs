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
    COMMAND_SLOTS, Catalogue, CmdletKind, Governed, Holds, MESSAGE_SLOTS, PermissionKind, PolicyRule, PolicySubject,
    cloud, cloud_of_host, clouds, cmdlet, cmdlets, examples, operation_for, operation_named, operations,
    parse_symptoms, permission_by_id, permission_named, permissions, read, reads, slots, window, windows,
};

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
        ("GET", "/users/a/onlineMeetings('MSo1"),
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
        "group-visibility",
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
        "license-time",
        "grant-time",
    ] {
        assert!(read(name).is_some(), "{name}");
    }
    // The directory's audit log tells of grants, and of no policy.
    let logs = |name: &str| read(name).is_some_and(|read| read.command.contains("directoryAudits"));
    assert!(logs("grant-time") && !logs("change-time"));
    assert!(reads().iter().all(|read| !read.right.is_empty() && !read.command.is_empty()));
}
