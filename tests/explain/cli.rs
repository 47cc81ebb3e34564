//! `explain` on the command line: what its options take, and how much of a long log it prints.

use super::common::{explain_with, graphwhy};
use serde_json::json;

const REFUSED: &str = r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app"}}"#;

#[test]
fn a_user_is_an_id_or_a_principal_name() {
    for user in ["748d2cbb-3b55-40ed-8c34-2eae5932b22a", "lena@contoso.com", " mia_fabrikam.com#EXT#@contoso.com "] {
        let run = graphwhy(["explain", "-", "--format", "json", "--user", user], REFUSED);
        assert_eq!(run.code, 1, "{user}: {run:?}");
        let facts = run.json()["results"][0]["facts"].clone();
        let known = facts["user_id"].as_str().or_else(|| facts["user"].as_str());
        assert_eq!(known, Some(user.trim()), "{facts}");
    }
    for user in ["???", "lena", "@contoso.com", "lena@", "<user-id>", "a b@contoso.com", "", "748d2cbb-3b55-40ed-8c34"]
    {
        let run = graphwhy(["explain", "-", "--user", user], REFUSED);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{user}");
        assert!(run.err.contains("`--user ") && run.err.contains("help: "), "{user}: {}", run.err);
    }
}

/// A client that prints the status alone has lost Graph's own words: what its path shows is one cause of several.
#[test]
fn a_failure_without_its_body_leaves_other_causes_open() {
    let call = "onlineMeetings?$filter=JoinWebUrl%20eq%20'https%3A%2F%2Fteams.microsoft.com%2Fl%2Fx'";
    let text = format!(
        "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: \
         https://graph.microsoft.com/v1.0/users/lena@contoso.com/{call}"
    );
    let run = graphwhy(["explain", "-"], &text);
    assert!(run.out.contains("possibly: the path names the user"), "{}", run.out);
    assert!(run.out.contains("other causes stay open") && run.out.contains("response.text"), "{}", run.out);
    let document = graphwhy(["explain", "-", "--format", "json"], &text).json();
    let change = document["results"][0]["fixes"][0]["steps"][0]["commands"][0].clone();
    assert_eq!(change, format!("GET https://graph.microsoft.com/v1.0/users/<user-object-id>/{call}"));
    // Where Graph's words are there, they are not asked for.
    let run = graphwhy(["explain", "-"], REFUSED);
    assert!(!run.out.contains("response.text"), "{}", run.out);
}

#[test]
fn an_app_is_a_client_id() {
    let given =
        graphwhy(["explain", "-", "--format", "json", "--app", "9C4F2C1E-5A0B-4F6D-8F53-0D6A3C1B7E20"], REFUSED);
    assert_eq!(given.json()["results"][0]["facts"]["app_id"], "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20");
    for app in ["notaguid", "9c4f2c1e", ""] {
        let run = graphwhy(["explain", "-", "--app", app], REFUSED);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{app}");
        assert!(run.err.contains(&format!("`--app {app}` is no client id")), "{}", run.err);
        assert!(run.err.contains("help: "), "{}", run.err);
    }
}

/// People read equal failures once, with the lines of the others; programs get each.
#[test]
fn equal_failures_are_told_once() {
    let log = format!("{REFUSED}\n").repeat(3) + &REFUSED.replace("Forbidden", "General");
    let human = graphwhy(["explain", "-"], &log).out;
    assert_eq!(human.matches("╭─[stdin:").count(), 2, "{human}");
    assert!(human.contains("the same failure 2 more times: lines 2, 3"), "{human}");
    let json = graphwhy(["explain", "-", "--format", "json"], &log).json();
    assert_eq!(json["results"].as_array().map(Vec::len), Some(4));
    let many = graphwhy(["explain", "-"], format!("{REFUSED}\n").repeat(200));
    assert!(many.out.contains("the same failure 199 more times: lines 2, 3, 4, 5, 6, 7, 8, 9, …"), "{}", many.out);
    assert!(many.out.len() < 20_000, "{} bytes", many.out.len());
}

/// Refusals that the catalogue does not know are failures, and nothing is guessed of them.
#[test]
fn unknown_refusals_are_unrecognised() {
    for text in [
        r#"{"error":{"code":"InvalidAuthenticationToken","message":"Access token is empty."}}"#,
        r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource 'x' does not exist."}}"#,
        "AADSTS7000215: Invalid client secret provided.",
    ] {
        let run = graphwhy(["explain", "-", "--format", "json"], text);
        let result = run.json()["results"][0].clone();
        assert_eq!((run.code, &result["verdict"]), (4, &"unrecognised".into()), "{text}: {result}");
        assert_eq!(result["findings"].as_array().map(Vec::len), Some(0));
    }
}

/// What a Grant did not find is its user: the command comes before a call to Graph, with the user that it named.
#[test]
fn what_nobody_read_explains_no_unknown_words() {
    const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
    let state = |user: serde_json::Value| {
        json!({
            "schema": 1,
            "policies": {"status": "complete", "items": [{"name": "Global", "app_ids": []}]},
            "users": {"status": "complete", "items": [user]},
        })
    };
    let text = format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/x\n\
         {{\"error\":{{\"code\":\"ErrorAccessDenied\",\"message\":\"Access is denied. Check credentials and try again.\"}}}}\n"
    );
    let run = explain_with(&text, &state(json!({"id": USER})), &["--format", "json"]);
    let result = run.json()["results"][0].clone();
    assert_eq!((run.code, &result["verdict"], &result["findings"]), (4, &json!("unrecognised"), &json!([])));
    // What was read is told.
    let run = explain_with(&text, &state(json!({"id": USER, "teams": "absent"})), &["--format", "json"]);
    assert_eq!(run.json()["results"][0]["findings"][0]["cause"], "user-without-teams");
}

#[test]
fn a_grant_that_found_no_user_is_mended_first() {
    const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
    let text = format!("Grant-CsApplicationAccessPolicy : Management object not found for identity \"{USER}\".");
    let result = graphwhy(["explain", "-", "--format", "json"], &text).json()["results"][0].clone();
    let fixes = result["fixes"].as_array().expect("a list");
    let first_gate = |fix: &serde_json::Value| fix["steps"][0]["gate"].clone();
    assert_eq!(first_gate(&fixes[0]), "cmdlet", "{fixes:#?}");
    // The user that was not found is not named again.
    let commands = fixes[0]["steps"][0]["commands"][0].as_str().expect("a command");
    assert!(commands.contains("-Identity '<user-object-id>'"), "{commands}");
    let of_cmdlet = fixes.iter().take_while(|fix| first_gate(fix) == "cmdlet").count();
    assert!(fixes.iter().skip(of_cmdlet).all(|fix| first_gate(fix) != "cmdlet"), "{fixes:#?}");
}

/// The one group that may concern the user is named where a read or a fix asks for a group; of two none is.
#[test]
fn a_known_group_is_no_hole() {
    const GROUP: &str = "6c2f3d4e-1111-4222-8333-944455556666";
    let group = |id: &str, rank: u32| json!({"group_id": id, "policy": "Meetings", "rank": rank, "members": {"status": "missing", "items": []}});
    let state = |groups: serde_json::Value| {
        json!({"schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global",
            "taken_at": "2026-11-20T10:02:00Z",
            "policies": {"status": "complete", "items": [{"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": ["9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20"]}]},
            "direct": {"status": "complete", "items": []},
            "groups": {"status": "complete", "items": groups}})
    };
    let text = "403 Forbidden: No application access policy found for this app 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20 on the user 748d2cbb-3b55-40ed-8c34-2eae5932b22a.";
    let run = |state: &serde_json::Value| {
        explain_with(text, state, &["--format", "json", "--at", "2026-11-20T10:05:00Z"]).json()["results"][0]
            .to_string()
    };
    let one = run(&state(json!([group(GROUP, 1)])));
    assert!(one.contains(GROUP) && !one.contains("<group-object-id>"), "{one}");
    let two = run(&state(json!([group(GROUP, 1), group("6c2f3d4e-2222-4222-8333-944455556666", 2)])));
    assert!(two.contains("<group-object-id>"), "{two}");
}

/// The cmdlets of other policies print the words too: nothing that mends an application access policy is for them.
#[test]
fn the_failure_of_another_cmdlet_gets_none_of_these_fixes() {
    let explained = |text: &str| graphwhy(["explain", "-", "--format", "json"], text).json()["results"][0].clone();
    let grant = explained(
        "Grant-CsTeamsMeetingPolicy : Policy \"Rooms\" is not a user policy. You can assign only a user policy to a specific user.",
    );
    assert_eq!((&grant["fixes"], &grant["undecided"]), (&json!([]), &json!([])), "{grant:#}");
    let read = explained("Get-CsOnlineUser : Management object not found for identity \"adele@contoso.com\".");
    assert!(!read["fixes"].to_string().contains("CsApplicationAccessPolicy"), "{read:#}");
    let own = explained("Grant-CsApplicationAccessPolicy : [ClientError] : \"Rooms\" not found");
    assert!(own["fixes"].to_string().contains("Grant-CsApplicationAccessPolicy"), "{own:#}");
}

/// What a cmdlet did not find was asked of no call to Graph.
#[test]
fn a_cmdlet_is_not_asked_for_a_request() {
    let run = graphwhy(
        ["explain", "-"],
        "Get-CsOnlineUser : Management object not found for identity \"adele@contoso.com\".",
    );
    assert!(!run.out.contains("--request") && run.out.contains("request –"), "{}", run.out);
    assert!(run.out.contains("user ?"), "{}", run.out);
}

/// The command that the console quotes names the user.
#[test]
fn ids_of_the_failed_command_fill_its_fix() {
    const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
    let text = format!(
        "Grant-CsApplicationAccessPolicy : [ClientError] : \"Rooms\" not found\nAt line:1 char:1\n\
         + Grant-CsApplicationAccessPolicy -PolicyName Rooms -Identity \"{USER}\"\n+ ~~~~"
    );
    let run = graphwhy(["explain", "-", "--verbose"], &text);
    assert!(
        run.out.contains(&format!("Grant-CsApplicationAccessPolicy -Identity '{USER}' -PolicyName 'Rooms'")),
        "{}",
        run.out
    );
    assert!(!run.out.contains("<user-object-id>"), "{}", run.out);
}

/// An answer that was printed whole is not asked for again; a service that may have failed is not said to be well.
#[test]
fn what_the_answer_leaves_open_is_said_as_it_is() {
    let run = graphwhy(
        ["explain", "-"],
        "GET https://graph.microsoft.com/v1.0/communications/callRecords/bd71795a-6399-41a8-99b5-398bcd4e11cc\n\
         HTTP/1.1 404 Not Found\n\n{\"error\":{\"code\":\"NotFound\",\"message\":\"\",\"innerError\":{}}}",
    );
    assert!(run.out.contains("`NotFound`") && !run.out.contains("print the body"), "{}", run.out);
    let fault = graphwhy(
        ["explain", "-"],
        "Graph GET https://graph.microsoft.com/v1.0/users/748d2cbb-3b55-40ed-8c34-2eae5932b22a/onlineMeetings returned 500 Internal Server Error (no body)",
    );
    assert!(fault.out.contains("service-fault · likely") && fault.out.contains("service ?"), "{}", fault.out);
}

/// Of a call with a signed-in user the granted scopes decide.
#[test]
fn a_delegated_failure_reads_delegated_grants() {
    let text = "Missing scope permissions on the request. API requires one of 'OnlineMeetingArtifact.Read.All'. Scopes on the request 'openid, profile, User.Read'";
    let result = graphwhy(["explain", "-", "--format", "json"], text).json()["results"][0].clone();
    let needs: Vec<&str> =
        result["undecided"].as_array().expect("a list").iter().filter_map(|one| one["needs"].as_str()).collect();
    let delegated = |needs: &str| needs.contains("elegated");
    assert!(
        needs.iter().any(|it| delegated(it))
            && !needs.iter().any(|it| it.contains("application permissions") || *it == "app-roles"),
        "{needs:?}"
    );
}

/// No line but a command is wider than what is asked for.
#[test]
fn reports_are_as_wide_as_columns_says() {
    let text = "ODataError\n  Error.Code = \"Forbidden\"\n  Error.Message = \"Application is not allowed to perform operations on the user '748d2cbb-3b55-40ed-8c34-2eae5932b22a', neither is allowed access through RSC permission evaluation.\"\n  ResponseStatusCode = 403";
    let wide = |columns: Option<&str>| {
        let mut command = super::common::command();
        command.args(["explain", "-"]);
        if let Some(columns) = columns {
            command.env("COLUMNS", columns);
        }
        let run = super::common::finish(&mut command, text.as_bytes());
        let told = run.out.lines().filter(|line| !line.contains("-Cs"));
        told.map(|line| line.chars().count()).max().unwrap_or_default()
    };
    assert!(wide(Some("80")) <= 80);
    let usual = wide(None);
    assert!(usual > 80 && usual <= 100);
    for odd in ["", "0", "-5", "wide"] {
        assert_eq!(wide(Some(odd)), usual, "{odd}");
    }
    assert!(wide(Some("1")) < wide(Some("80")) && wide(Some("100000")) <= 120);
}
