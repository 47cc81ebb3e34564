//! What clients print of an answer over several lines, each under a head of its own, and records of `Get-Error`.

use super::common::graphwhy;
use serde_json::Value;

const USER: &str = "11d0c8f0-7a33-4c1e-9b77-0f6f2a9f4d11";

fn incidents(text: &str) -> Vec<Value> {
    let json = graphwhy(["explain", "-", "--format", "json"], text).json();
    let results = json["results"].as_array().cloned().unwrap_or_default();
    results.into_iter().filter(|result| result["kind"] == "incident").collect()
}

fn headed(head: &str, text: &str) -> String {
    text.lines().map(|line| format!("{head}{line}\n")).collect()
}

const HEADS: [&str; 7] = [
    "2026-05-01 10:00:00 error: [graph] ",
    "[2026-07-01T06:00:01.001+00:00] production.ERROR: [bot] ",
    "2026-05-05T10:00:00.123Z ERROR [w] ",
    "[08:14:02 ERR] ",
    "Nov 29 13:00:00 host app[123]: ",
    "E0611 14:02:11.003311       1 graph.go:88] ",
    "0|meet  | ",
];

#[test]
fn records_of_clients_under_heads() {
    let dotnet = "Code: Forbidden\nMessage: No application access policy found for this app.\nInner error:\n\tAdditionalData:\n\tdate: 2026-01-01T01:01:01\n\trequest-id: 5a8f3d52-3e0b-4b92-9d0e-7f6a5b4c3d2e";
    let java = format!(
        "Error code: Forbidden\nError message: No application access policy found for this app.\n\nGET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\nSdkVersion : graph-java/v5.80.0\n\n403 : Forbidden"
    );
    let shell = "New-MgUserOnlineMeeting : No application access policy found for this app.\nStatus: 403 (Forbidden)\nErrorCode: Forbidden\nDate: 2026-01-12T12:00:02\nHeaders:\nTransfer-Encoding             : chunked\nrequest-id                    : 5a8f3d52-3e0b-4b92-9d0e-7f6a5b4c3d2e";
    for head in HEADS {
        for (record, keys) in [
            (dotnet, &["code", "message", "request_id", "date"][..]),
            (&java, &["code", "message", "status", "method", "path", "user_id"]),
            (shell, &["code", "message", "status", "request_id", "method"]),
        ] {
            let (plain, text) = (incidents(record), headed(head, record));
            let found = incidents(&text);
            assert_eq!(found.len(), 1, "{text}");
            for key in keys {
                assert_eq!(found[0]["facts"][key], plain[0]["facts"][key], "{key} of {text}");
                assert!(!found[0]["facts"][key].is_null(), "{key} of {text}");
            }
        }
    }
    // What was called behind another record is not of this one.
    let next = headed(
        "2026-05-05T10:00:00.123Z ERROR [w] ",
        &format!(
            "Code: Forbidden\nMessage: No application access policy found for this app.\nDELETE https://graph.microsoft.com/v1.0/users/{USER}/events/7"
        ),
    );
    assert!(incidents(&next)[0]["facts"]["path"].is_null(), "{next}");
}

#[test]
fn statuses_in_words_under_heads() {
    // A part of a program that has a name of its own may be one of another service.
    // The gutter of one line may be a table's.
    const JAVA: [&str; 2] = [
        "2026-02-11 08:14:02,118 [Worker-3] ERROR Contoso.Meet.Sync (null) - ",
        "11:00:01.123 [main] ERROR com.contoso.Sync - ",
    ];
    let named = |head: &&&str| !head.contains("[bot]") && !head.contains(" |");
    for head in HEADS.iter().filter(named).chain(&JAVA) {
        for text in [
            "403 3003: User does not have access to lookup meeting",
            "Graph API Error 403\n{\"error\": {\"code\": \"7504\", \"message\": \"Insufficient enterprise tenant permissions, cannot access this API.\"}}",
            "lookup failed: 403 Forbidden\n{\n  \"error\": {\n    \"code\": \"Forbidden\",\n    \"message\": \"3003: User does not have access to lookup meeting\"\n  }\n}",
        ] {
            // An object behind the head of a logger in words is read line by line.
            if JAVA.contains(head) && text.ends_with('}') {
                continue;
            }
            let text = headed(head, text);
            assert_eq!(incidents(&text)[0]["facts"]["status"], 403, "{text}");
        }
        let other = headed(head, "took 403 3003 ms: User does not have access to lookup meeting");
        for incident in incidents(&other) {
            assert!(incident["facts"]["status"].is_null(), "{other}");
        }
    }
}

#[test]
fn an_error_view_under_heads() {
    let view = "New-CsApplicationAccessPolicy: /mnt/c/ops/policy.ps1:3\nLine |\n   3 |  New-CsApplicationAccessPolicy -Identity Meetings -AppIds $app\n     |  ~~~~~~~~~~~~~~~~~~~~~~~~\n     | Policy already exists";
    let plain = incidents(view)[0]["facts"]["message"].clone();
    for head in ["2026-02-11T08:14:02.118Z ERROR [meet-7] ", "Mar 13 04:12:55 host7 app[123]: ", "[08:14:02 ERR] "] {
        assert_eq!(incidents(&headed(head, view))[0]["facts"]["message"], plain, "{head}");
    }
}

fn record(message: &str, cmdlet: &str) -> String {
    format!(
        "PS /home/ops> Get-Error\n\nException             :\n    Type       : Microsoft.Teams.ConfigAPI.Cmdlets.Generated.RestException\n    Message    : {message}\n    HResult    : -2146233088\nTargetObject          : {{ Identity = {USER} }}\nCategoryInfo          : InvalidOperation: ({{ Identity = 11d0c8…}}:<>f__AnonymousType3`2) [{cmdlet}], RestException\nFullyQualifiedErrorId : ClientError,Microsoft.Teams.ConfigAPI.Cmdlets\nInvocationInfo        :\n    MyCommand        : {cmdlet}\n    ScriptLineNumber : 1\n"
    )
}

#[test]
fn records_of_get_error() {
    const MISSING: &str = "[ClientError] : \"Meetings-Prod\" not found";
    for (message, cmdlet, cause) in [
        (MISSING, "Grant-CsApplicationAccessPolicy", "granted-policy-does-not-exist"),
        ("Policy already exists", "New-CsApplicationAccessPolicy", "policy-name-taken"),
    ] {
        let text = record(message, cmdlet);
        let found = incidents(&text);
        let finding = &found[0]["findings"][0];
        assert_eq!(
            (found.len(), &finding["cause"], &finding["confidence"]),
            (1, &cause.into(), &"certain".into()),
            "{text}"
        );
    }
    // Other cmdlets say the words of other policies.
    for (message, cmdlet) in [
        (MISSING, "Grant-CsTeamsMeetingPolicy"),
        (MISSING, "New-CsApplicationAccessPolicy"),
        ("Policy already exists", "New-CsTeamsMeetingPolicy"),
    ] {
        let text = record(message, cmdlet);
        let certain = incidents(&text).iter().any(|incident| {
            incident["findings"].as_array().is_some_and(|all| all.iter().any(|it| it["confidence"] == "certain"))
        });
        assert!(!certain, "{text}");
    }
}

#[test]
fn an_answer_in_a_quotation() {
    let said = "400 General: Organizer ID in token(fe8a00ae-cbfc-4474-8484-07dfb1ba2096) does not match\norganizer ID in request url(c03d7f33-08dc-4eb5-bda2-34aabbccddee). With delegated\npermission only /me endpoint is supported.";
    let confidence = |text: &str| incidents(text).first().map(|it| it["findings"][0]["confidence"].clone());
    for mark in ["", "> ", ">> ", "> | "] {
        let text = headed(mark, &format!("The API says:\n{said}"));
        assert_eq!(confidence(&text), Some("certain".into()), "{text}");
    }
    // A text under the name of a list is one that a program has.
    let listed = format!("texts:\n  General: {}\n", said.replace('\n', " ").replace("400 General: ", ""));
    assert_ne!(confidence(&listed), Some("certain".into()), "{listed}");
}

#[test]
fn a_filter_that_was_encoded_twice() {
    let filter = "$filter=JoinWebUrl%2520eq%2520'https%253A%252F%252Fteams.microsoft.com%252Fl%252Fmeetup-join%252F19%25253ameeting_x%252540thread.v2%252F0'";
    let text = format!(
        "Client error: `GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings?{filter}` resulted in a `404 Not Found` response:\n{{\"error\":{{\"code\":\"NotFound\",\"message\":\"3004: Specified meeting is not found\"}}}}\n"
    );
    let path = incidents(&text)[0]["facts"]["path"].clone();
    assert_eq!(path, format!("/users/{USER}/onlineMeetings?{filter}"), "{text}");
}
