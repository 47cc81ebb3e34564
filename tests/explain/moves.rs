//! What a text tells in words of its own beside a snapshot: changes, clause by clause; the token of the call; another
//! tenant. And which fixes and waits a state leaves.

use super::common::{explain_with, graphwhy};
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const OTHER: &str = "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const ORGANIZER: &str = "4d3e7f90-b2cc-4e31-a04f-815c6d7e8f90";
const GROUP: &str = "d8ebfa45-0f28-4d2d-9bcc-b158a49e2d17";
const POLICY: &str = "No application access policy found for this app";
const READ: &str = "2026-11-27T10:00:00Z";

fn part(items: Value) -> Value {
    json!({"status": "complete", "read_at": READ, "items": items})
}

/// `Meetings`, which Adele has, does not list the app; `Global` does.
fn tenant() -> Value {
    let app = json!({
        "app_id": APP, "name": "Scheduler", "enabled": true,
        "service_principal_id": "9c4f2c1e-5a0b-4f6d-8f53-aaaaaaaaaaaa",
        "application_object_id": "9c4f2c1e-5a0b-4f6d-8f53-bbbbbbbbbbbb",
        "roles": [{"value": "OnlineMeetings.ReadWrite.All", "id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4"}]});
    json!({
        "schema": 1, "tenant_id": "7a1f0c51-3c0e-4f7b-9d5e-2b8c6a9e4d11", "cloud": "global", "taken_at": READ,
        "policies": part(json!([
            {"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": [OTHER]},
            {"name": "Interviews", "app_ids": [APP, OTHER]}])),
        "direct": part(json!([{"user_id": USER, "policy": "Meetings"}])),
        "groups": part(json!([])),
        "users": part(json!([{"id": USER, "upn": "adele@contoso.com", "name": "Adele", "type": "member", "enabled": true,
            "teams": "enabled"}])),
        "apps": part(json!([app])),
        "settings": {"status": "complete", "read_at": READ, "graph_transcript_access": true, "attributed_transcripts": true},
        "history": []})
}

fn call(method: &str, below: &str, message: &str, code: &str, date: &str) -> String {
    format!(
        "{method} https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings{below}\n\nHTTP/1.1 403 Forbidden\nDate: Fri, 27 Nov 2026 {date} GMT\n\n{{\"error\": {{\"code\": \"{code}\", \"message\": \"{message}\"}}}}"
    )
}

fn of_policy() -> String {
    call("POST", "", &format!("{POLICY} {APP} on the user."), "Forbidden", "10:04:31")
}

fn of_lookup() -> String {
    // Of a meeting that somebody else organizes.
    let meeting =
        "MSo0ZDNlN2Y5MC1iMmNjLTRlMzEtYTA0Zi04MTVjNmQ3ZThmOTAqMCoqMTk6bWVldGluZ19OakEyWmpGaE1EVXRAdGhyZWFkLnYy";
    call("GET", &format!("/{meeting}"), "3003: User does not have access to lookup meeting", "Forbidden", "10:04:31")
}

fn result(text: &str, state: &Value, options: &[&str]) -> Value {
    explain_with(text, state, &[&["--format", "json"], options].concat()).json()["results"][0].clone()
}

fn first(result: &Value) -> (String, String) {
    let finding = &result["findings"][0];
    let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    (text("cause"), text("confidence"))
}

fn is_certain(text: &str, state: &Value, options: &[&str]) -> bool {
    first(&result(text, state, options)).1 == "certain"
}

const TOLD: [&str; 54] = [
    "Adele is no longer in the pilot group.",
    "The Meetings policy no longer applies to her.",
    "The new grant is in place, but we still get this.",
    "Our client id is on the list now.",
    "Adele is back on Global.",
    "The client id was entered at 11.",
    "Access was opened for the app this morning.",
    "We reordered the ranks at nine.",
    "Adele's Zuweisung wurde heute entfernt.",
    "After the admin granted Adele the Interviews policy we still get the error.",
    "Our Teams admin added the app to Global yesterday evening and it still does not work.",
    "Maria removed Adele's special policy this morning, but nothing has changed.",
    "Jonas updated the Meetings policy at lunch time, no difference.",
    "I changed the policy of Adele today, but Adele sees the same error.",
    "Removed and re-added the app id in the policy, error unchanged.",
    "Maria Weber (11:02): granted, please retry",
    "Maria: granted, please retry",
    "Work notes 27/11/2026 09:55 - Policy assigned to user as requested.",
    "Comment by m.weber 2026-11-27 09:12: set the policy for Adele, waiting for confirmation",
    "Update 27.11.: policy added for Adele",
    "Status: resolved 26.11. (policy added) - reopened 27.11.",
    "Policy granted yesterday.",
    "Grant done.",
    "Grant executed by M. Weber at 9:15.",
    "We re-ran the grant about an hour ago and it still fails.",
    "The grant has been repeated today.",
    "According to the audit log somebody touched the policy at 10:02.",
    "The policies were tidied up by the new admin.",
    "The partner ran your script on Friday afternoon.",
    "I ran fix.ps1 from your last mail.",
    "We applied the fix from the last ticket.",
    "The undo was run as well.",
    "We followed the steps of the article again today.",
    "The admin just applied the change you proposed.",
    "The Teams admins did the unassign as you asked.",
    "Change CHG004711 (Teams application access policies) was carried out yesterday.",
    "There was a change window for Teams policies last night.",
    "Adele now has the Interviews policy.",
    "We changed the ranks of the two groups this morning.",
    "The rank was changed yesterday.",
    "Adele joined the Sales group today.",
    "Adele left the interviews group last night.",
    "Adele is a new member of the Sales group.",
    "Her group membership was changed yesterday.",
    "Membership of the sales group was synced from AD an hour ago.",
    "The dynamic group was recalculated last night.",
    "HR moved Adele to another department this week, her groups follow automatically.",
    "Already tried: Grant-CsApplicationAccessPolicy -Identity adele@contoso.com -PolicyName Interviews",
    "We ran this before the test:\nGrant-CsApplicationAccessPolicy -Identity adele@contoso.com -PolicyName Interviews",
    "What we did:\n- Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{Add='9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20'}",
    "Even after granting her the Interviews policy the error is there.",
    "Steps taken so far: 1) new client secret 2) policy re-assigned 3) waited 2 h",
    "I gave her the right policy at 9, but the bot still says this.",
    "Action taken: policy changed by Teams admin",
];

const NOT_TOLD: [&str; 62] = [
    "We no longer know what to try.",
    "The client id is on the second page of the ticket.",
    "I opened the app and saw this.",
    "We are back to square one with this.",
    "Adele's calendar looks normal in Outlook.",
    "Nobody has changed any policy this week.",
    "We plan to add the app to Meetings on Monday.",
    "Can you tell us which policy has to be changed?",
    "The app was deployed yesterday with a new version of the SDK.",
    "I restarted the service twice, no difference.",
    "The secret of the app was renewed last month.",
    "Our admin is on holiday, so nothing can be changed before Tuesday.",
    "Adele changed her password yesterday.",
    "We added a retry to the code.",
    "I opened the ticket because the booking page is empty.",
    "Which of her groups wins?",
    "Her colleagues in Sales have the same problem.",
    "The group is managed by HR.",
    "Adele is in both groups, as she has been for years.",
    "Which policy was granted to Adele?",
    "Was the policy assigned to Adele?",
    "The policy assigned to Adele is Meetings.",
    "The policy granted to Adele lists two apps.",
    "Adele's policy was set up two years ago.",
    "Adele left the meeting early.",
    "Adele left the company chat group.",
    "She joined the call from the meeting room.",
    "Tom left for his holiday.",
    "We ran the test script again.",
    "I ran the repro from your mail.",
    "We updated the code of the app and deployed it.",
    "Bob created a new group chat.",
    "Transcription was turned on in the meeting.",
    "The recording was enabled by the organizer.",
    "We followed the steps to reproduce it.",
    "I added logging to the client.",
    "We applied the latest Windows updates.",
    "We changed the certificate of the app.",
    "The admin gave me the output below.",
    "The admin sent the list of policies.",
    "We did not change the policy.",
    "No policy was changed.",
    "The group is new to me.",
    "The rank of Sales is 1.",
    "Should the ranks be changed?",
    "I cleared the token cache.",
    "The policies were never touched.",
    "We created a ticket about this.",
    "We have had the problem since Monday.",
    "Our policy is named Meetings.",
    "Please grant the policy.",
    "The policy must be granted by an admin.",
    "The runbook suggests Set-CsApplicationAccessPolicy with Add, is that right?",
    "Please send me the command for the admin.",
    "The fix is to grant the policy, I think.",
    "If the policy was granted, it should work.",
    "The meeting was moved to the afternoon.",
    "Someone should run the script.",
    "We get this error on every call.",
    "The call now is refused by the policy.",
    "The rank of a group is not shown to me.",
    "Her membership in the fitness club has ended.",
];

#[test]
fn changes_are_told_clause_by_clause() {
    let (state, http) = (tenant(), of_policy());
    let undated = format!("{{\"error\": {{\"code\": \"Forbidden\", \"message\": \"{POLICY} {APP} on the user.\"}}}}");
    let request = ["--request", &format!("POST /users/{USER}/onlineMeetings")];
    let zoneless = undated.replace("user.\"", "user.\", \"innerError\": {\"date\": \"2026-11-27T10:04:31\"}");
    let mut wrong = Vec::new();
    for (told, sentences) in [(true, &TOLD[..]), (false, &NOT_TOLD[..])] {
        for (at, sentence) in sentences.iter().enumerate() {
            let forms = [
                ("above", format!("Hello,\n{sentence}\n\n{http}"), &[][..]),
                ("behind, no zone", format!("{zoneless}\n\n{sentence}\n"), &request),
                // A day that a sentence names takes certainty from a failure without a time, whatever it tells.
                ("behind, no time", format!("{undated}\n\n{sentence}\n"), &request),
            ];
            let other = forms.get(at % if told { 3 } else { 2 }).cloned();
            let behind = ("behind", format!("{http}\n\n{sentence}\n"), &[][..]);
            for (form, text, options) in other.into_iter().chain([behind]) {
                if is_certain(&text, &state, options) == told {
                    wrong.push(format!("{form}: {sentence}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // A note of the end is of after the failure: a state of before it has nothing of that, and any other may.
    let closing = "Resolution: policy assigned.";
    assert!(is_certain(&format!("{http}\n\n{closing}\n"), &state, &[]));
    assert!(!is_certain(&format!("{undated}\n\n{closing}\n"), &state, &request));
}

#[test]
fn a_switch_and_a_consent_are_changes_too() {
    let mut state = tenant();
    state["policies"]["items"][1]["app_ids"] = json!([APP]);
    state["settings"]["graph_transcript_access"] = json!(false);
    state["apps"]["items"][0]["roles"][0] =
        json!({"value": "OnlineMeetingTranscript.Read.All", "id": "a4a80d8d-d283-4bd8-8504-555ec3870630"});
    let refused = "Graph API access to transcripts is disabled for this tenant.";
    let text = call("GET", "/MSo0ZDNlN2Y5/transcripts", "Forbidden", "Forbidden", "10:04:31");
    assert!(!text.contains(refused));
    let options = ["--app", APP];
    let app_only = format!("{text}\n\nWe call with client credentials.\n");
    assert!(is_certain(&app_only, &state, &options), "{:#}", result(&app_only, &state, &options));
    for sentence in [
        "Transcript API access was turned on yesterday.",
        "We enabled Graph access to transcripts in the Teams admin center an hour ago.",
        "The admin flipped the transcript switch today.",
        "EnableGraphTranscriptAccess was set to true yesterday.",
        "The setting in the admin center was changed an hour ago.",
        "I ran Set-CsTeamsMeetingConfiguration -EnableGraphTranscriptAccess $true before lunch.",
    ] {
        assert!(!is_certain(&format!("{app_only}\n{sentence}\n"), &state, &options), "{sentence}");
    }
    for sentence in ["Transcription was turned on in the meeting.", "The transcript of the meeting is there."] {
        assert!(is_certain(&format!("{app_only}\n{sentence}\n"), &state, &options), "{sentence}");
    }
    state["apps"]["items"][0]["roles"] = json!([]);
    let text = call(
        "POST",
        "",
        "Insufficient privileges to complete the operation.",
        "Authorization_RequestDenied",
        "10:04:31",
    );
    let app_only = format!("{text}\n\nWe call with client credentials.\n");
    assert_eq!(first(&result(&app_only, &state, &options)), ("permission-not-granted".into(), "certain".into()));
    for sentence in [
        "We clicked Grant admin consent again this morning.",
        "I added OnlineMeetings.ReadWrite.All in the portal today.",
        "Entra shows 'Granted for Contoso' since this morning.",
    ] {
        assert!(!is_certain(&format!("{app_only}\n{sentence}\n"), &state, &options), "{sentence}");
    }
    for sentence in ["We are waiting for the admin's consent.", "Nobody has touched the app."] {
        assert!(is_certain(&format!("{app_only}\n{sentence}\n"), &state, &options), "{sentence}");
    }
}

#[test]
fn the_token_is_known_by_the_words_of_the_text() {
    let (state, text) = (tenant(), of_lookup());
    let of = |words: &str| result(&format!("{text}\n{words}\n"), &state, &["--app", APP]);
    for words in [
        "Token type: delegated",
        "I tried it in Graph Explorer, signed in as Adele.",
        "We use a delegated token.",
        "It is a delegated permission, OnlineMeetings.Read.",
        "On behalf of flow.",
        "The web app uses Adele's own sign-in (authorization code flow).",
        "{\"idtyp\": \"user\"}",
    ] {
        let result = of(words);
        assert_eq!(first(&result), ("caller-not-organizer".into(), "likely".into()), "{words}: {result:#}");
        assert_eq!(result["facts"]["token_kind"], "delegated", "{words}");
        let out = result["ruled_out"].as_array().unwrap();
        assert!(out.iter().any(|it| it["cause"] == "policy-shadowed"), "{words}: {result:#}");
    }
    // Denied, asked, of another call, of a grant: the words tell of no delegated token.
    for words in [
        "",
        "It is not a delegated token.",
        "Is it a delegated token?",
        "With a delegated token it works.",
        "We granted a delegated permission last week.",
        "We would need a delegated token for that.",
        "Token type: delegated\nThe app uses client credentials, so the label is odd.",
    ] {
        let result = of(words);
        let shadowed = result["findings"].as_array().unwrap().iter().find(|it| it["cause"] == "policy-shadowed");
        assert_eq!(shadowed.map(|it| &it["confidence"]), Some(&json!("likely")), "{words}: {result:#}");
        assert!(result["facts"].get("token_kind").is_none(), "{words}");
        assert!(result["undecided"].as_array().unwrap().iter().any(|it| it["cause"] == "policy-shadowed"), "{words}");
    }
    for words in ["We call with client credentials.", "Token type: app-only", "It is an application token."] {
        assert_eq!(first(&of(words)), ("policy-shadowed".into(), "certain".into()), "{words}");
    }
    // Only an app's call is asked for the policy.
    assert!(is_certain(&format!("{}\nToken type: delegated\n", of_policy()), &state, &[]));
    assert!(text.contains("MSo0ZDNl") && !ORGANIZER.is_empty());
}

#[test]
fn an_app_that_came_with_a_token_is_there() {
    let state = tenant();
    for (message, code) in [
        (format!("{POLICY} {OTHER} on the user."), "Forbidden"),
        ("Insufficient privileges to complete the operation.".to_owned(), "Authorization_RequestDenied"),
        ("3003: User does not have access to lookup meeting".to_owned(), "Forbidden"),
        ("Forbidden".to_owned(), "Forbidden"),
        (String::new(), "Forbidden"),
    ] {
        let result = result(&call("POST", "", &message, code, "10:04:31"), &state, &["--app", OTHER]);
        let findings = result["findings"].as_array().unwrap();
        assert!(findings.iter().any(|it| it["cause"] == "app-unknown-in-tenant"), "{message}: {result:#}");
        assert!(findings.iter().all(|it| it["confidence"] != "certain"), "{message}: {result:#}");
        assert!(result["contradiction"].is_object(), "{message}");
    }
    let sign_in =
        format!("AADSTS700016: Application with identifier '{OTHER}' was not found in the directory 'Contoso'.");
    let run = explain_with(&sign_in, &state, &["--format", "json"]).json();
    assert_eq!(run["results"][0]["findings"][0]["cause"], "app-unknown-in-tenant", "{run:#}");
}

#[test]
fn another_tenant_in_words_takes_certainty() {
    let (state, text) = (tenant(), of_policy());
    for words in [
        "The failing tenant is contoso-test, not production.",
        "It is from the tenant of our customer Fabrikam.",
        "This happens in the UAT tenant only.",
        "The customer runs it in his tenant, fabrikam.com.",
        "Prod is fine, the error is from the demo tenant.",
        "In our own tenant it works, this is Fabrikam's.",
    ] {
        assert!(!is_certain(&format!("{text}\n\n{words}\n"), &state, &[]), "{words}");
        assert!(!is_certain(&format!("{words}\n\n{text}\n"), &state, &[]), "{words}");
    }
    for words in [
        "It is our production tenant contoso.com.",
        "The test tenant works.",
        "Other tenants are not affected.",
        "We have only one tenant.",
    ] {
        assert!(is_certain(&format!("{text}\n\n{words}\n"), &state, &[]), "{words}");
        assert!(is_certain(&format!("{words}\n\n{text}\n"), &state, &[]), "{words}");
    }
}

#[test]
fn a_read_without_a_time_takes_none_from_the_others() {
    let mut state = tenant();
    for part in ["direct", "groups"] {
        state[part] = json!({"status": "missing", "reason": {"kind": "not-read"}});
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("s.json"), state.to_string()).unwrap();
    let read = |rows: &str| {
        format!(
            "PS C:\\> Get-CsUserPolicyAssignment -Identity {USER} -PolicyType ApplicationAccessPolicy\n\n{rows}\nPS C:\\>\n"
        )
    };
    let rows = "PolicyType              PolicyName PolicySource\n----------              ---------- ------------\nApplicationAccessPolicy Meetings   {Meetings}\n";
    std::fs::write(path("u.txt"), read(rows)).unwrap();
    let undated = format!("{{\"error\": {{\"code\": \"Forbidden\", \"message\": \"{POLICY} {APP} on the user.\"}}}}");
    let request = format!("POST /users/{USER}/onlineMeetings");
    for (text, options) in [(of_policy(), vec![]), (undated, vec!["--request", request.as_str()])] {
        let (s, u) = (path("s.json"), path("u.txt"));
        let mut args = vec!["explain", "-", "--state", &s, "--state", &u, "--format", "json"];
        args.extend(options);
        let run = graphwhy(args, text).json();
        assert_eq!(first(&run["results"][0]), ("policy-shadowed".into(), "likely".into()), "{run:#}");
    }
    // With its time it proves what it shows.
    state["effective"] = json!({"status": "partial", "items": [
        {"user_id": USER, "policy": "Meetings", "via": "direct", "read_at": "2026-11-27T09:59:00Z"}]});
    assert_eq!(first(&result(&of_policy(), &state, &[])), ("policy-shadowed".into(), "certain".into()));
}

fn titles(result: &Value) -> Vec<String> {
    result["fixes"].as_array().unwrap().iter().map(|fix| fix["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_fix_changes_something_and_a_wait_ends() {
    let mut state = tenant();
    state["policies"]["items"] = json!([{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}]);
    state["history"] = json!([{"part": "direct", "key": USER, "change": "added", "value": "Meetings",
        "not_before": "2026-11-27T09:50:00Z", "not_after": "2026-11-27T09:56:00Z", "source": "Get-CsOnlineUser"}]);
    let at = |date: &str| call("POST", "", &format!("{POLICY} {APP} on the user."), "Forbidden", date);
    let zoneless = format!(
        "{{\"error\": {{\"code\": \"Forbidden\", \"message\": \"{POLICY} {APP} on the user.\", \"innerError\": {{\"date\": \"2026-11-27T09:58:00\"}}}}}}"
    );
    let request = format!("POST /users/{USER}/onlineMeetings");
    for (text, options) in [(at("09:58:00"), vec![]), (zoneless, vec!["--request", request.as_str()])] {
        let result = result(&text, &state, &options);
        assert_eq!(first(&result).0, "policy-still-propagating", "{result:#}");
        let wait = &result["fixes"][0];
        assert_eq!(wait["effective_from"], "2026-11-27T10:26:00Z", "{result:#}");
        for title in titles(&result) {
            assert!(!title.contains("add the") && !title.contains("take ") && !title.contains("grant"), "{title}");
        }
    }
    // What only a membership keeps waiting, waits for the group.
    state["direct"]["items"] = json!([]);
    state["groups"]["items"] = json!([{"group_id": GROUP, "name": "Rooms", "policy": "Meetings", "rank": 1,
        "members": {"status": "complete", "read_at": READ, "items": [USER]}, "nested": []}]);
    state["history"] = json!([{"part": "members", "key": GROUP, "change": "added", "value": USER,
        "not_before": "2026-11-27T06:00:00Z", "not_after": "2026-11-27T06:10:00Z", "source": "GET /groups/{id}/members"}]);
    let result = result(&at("10:04:31"), &state, &[]);
    assert_eq!(first(&result).0, "group-assignment-still-propagating");
    assert_eq!(result["fixes"][0]["effective_from"], "2026-11-28T06:10:00Z", "{result:#}");
    let wait = result["findings"].as_array().unwrap().iter().find(|it| it["cause"] == "policy-still-propagating");
    assert!(wait.is_none_or(|it| it["confidence"] == "possible"), "{result:#}");
}

#[test]
fn a_state_proves_nothing_of_words_that_are_of_something_else() {
    let state = tenant();
    let told = |status: &str, method: &str, body: &str| {
        let text = format!(
            "It is an app-only call.\n\n{method} https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\n\nHTTP/1.1 {status}\nDate: Fri, 27 Nov 2026 10:04:31 GMT\n\n{body}"
        );
        let result = result(&text, &state, &["--app", APP]);
        let findings = result["findings"].as_array().unwrap().clone();
        let of_state = findings.iter().find(|it| it["cause"] == "policy-shadowed").cloned().unwrap_or_default();
        of_state["confidence"].as_str().unwrap_or("none").to_owned()
    };
    let body =
        |code: &str, message: &str| format!("{{\"error\": {{\"code\": \"{code}\", \"message\": \"{message}\"}}}}");
    for (status, code, message) in [
        ("401 Unauthorized", "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."),
        ("401 Unauthorized", "InvalidAuthenticationToken", "Signing key is invalid."),
        ("403 Forbidden", "Forbidden", "Access has been blocked by Conditional Access policies."),
        ("403 Forbidden", "Forbidden", "License required"),
    ] {
        let confidence = told(status, "POST", &body(code, message));
        assert!(["possible", "none"].contains(&confidence.as_str()), "{message}: {confidence}");
    }
    // An answer without words may be that of the policy; what is not found may be a meeting as well.
    for silent in ["", "Forbidden", "Access denied"] {
        let confidence = told("403 Forbidden", "POST", &body("Forbidden", silent));
        assert!(["likely", "certain"].contains(&confidence.as_str()), "{silent}: {confidence}");
    }
    assert_eq!(told("404 Not Found", "GET", &body("UnknownError", "")), "likely");
}
