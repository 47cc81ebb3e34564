//! What a report prints: whom a fix needs, what is asked for, and how it fits the terminal.

use crate::common::{Run, command, explain_with, finish, graphwhy};
use serde_json::{Value, json};

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const USER: &str = "5c8fd1a7-0e42-4f9b-b6a3-d17e9f20c845";

fn refused() -> String {
    format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/MSo0\nHTTP/1.1 403 Forbidden\nDate: Fri, 20 Nov 2026 \
         12:00:00 GMT\n\n{{\"error\": {{\"code\": \"Forbidden\", \"message\": \"No application access policy found for this \
         app {APP}.\"}}}}\n"
    )
}

fn tenant(policies: &Value, direct: &Value) -> Value {
    json!({
        "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global", "taken_at": "2026-11-20T11:55:00Z",
        "policies": {"status": "complete", "items": policies},
        "direct": {"status": "complete", "items": direct},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "complete", "items": [{"id": USER, "upn": "adele@contoso.com", "type": "member", "enabled": true, "teams": "enabled"}]},
        "apps": {"status": "complete", "items": [{"app_id": APP, "name": "Notes", "enabled": true, "roles": [{"value": "OnlineMeetings.Read.All"}]}]},
    })
}

fn in_columns(columns: &str, args: &[&str], text: &str) -> Run {
    finish(command().env("COLUMNS", columns).args(args), text.as_bytes())
}

fn first(run: &Run) -> Value {
    run.json()["results"][0].clone()
}

fn fixes<'v>(result: &'v Value, cause: &str) -> Vec<&'v Value> {
    result["fixes"].as_array().unwrap().iter().filter(|fix| fix["cause"] == cause).collect()
}

/// Lines that are no command, no id and no path have to fit.
fn too_long(out: &str, columns: usize) -> Vec<&str> {
    let is_command =
        |line: &str| ["Get-", "GET ", "graphwhy "].iter().any(|start| line.trim_start().starts_with(start));
    let whole = |line: &str| {
        is_command(line) || line.split_whitespace().any(|word| word.len() > columns / 2) || !line.starts_with(' ')
    };
    out.lines().filter(|line| line.chars().count() > columns && !whole(line)).collect()
}

#[test]
fn a_policy_that_is_assigned_and_not_there_is_created_by_its_name() {
    let state =
        tenant(&json!([{"name": "Global", "app_ids": [APP]}]), &json!([{"user_id": USER, "policy": "Tag:Ghost"}]));
    let result = first(&explain_with(&refused(), &state, &["--format", "json"]));
    let of_ghost = fixes(&result, "granted-policy-does-not-exist");
    assert_eq!(
        of_ghost[0]["steps"][0]["commands"],
        json!([
            format!("New-CsApplicationAccessPolicy -Identity 'Ghost' -AppIds '{APP}'"),
            format!("Grant-CsApplicationAccessPolicy -Identity '{USER}' -PolicyName 'Ghost'"),
        ])
    );
    // It is not the policy that the fixes of other causes speak of.
    let others = fixes(&result, "policy-shadowed");
    assert!(others.iter().all(|fix| !fix["steps"].to_string().contains("Ghost")), "{others:#?}");
}

#[test]
fn a_fix_names_once_what_its_change_takes() {
    let role = "directory role Teams Administrator";
    let run = graphwhy(["explain", "-"], refused());
    assert_eq!(run.out.matches(&format!("    change      needs {role}\n")).count(), 1, "{}", run.out);
    let result = first(&graphwhy(["explain", "-", "--format", "json"], refused()));
    for fix in result["fixes"].as_array().unwrap() {
        let commands = fix["steps"].to_string();
        let expected = if commands.contains("-Cs") { json!([role]) } else { json!([]) };
        assert_eq!(fix["rights"], expected, "{fix:#}");
    }
}

#[test]
fn a_throttled_call_waits_as_the_answer_says() {
    let answer = |header: &str| {
        format!(
            "HTTP/1.1 429 Too Many Requests\n{header}Content-Type: application/json\n\n{{\"error\":{{\"code\":\"TooManyRequests\",\"message\":\"Too many requests\",\"innerError\":{{\"code\":\"429\",\"request-id\":\"5f0c2f7a-93d1-4b8e-a6c4-0d7e1b9f3a25\"}}}}}}\n"
        )
    };
    for (header, from, words) in [
        ("Retry-After: 10\n", json!("PT10S"), "wait 10 seconds, then send the same request again"),
        ("Retry-After: 2.128\n", json!("PT2.128S"), "wait 2.128 seconds, then send the same request again"),
        (
            "Retry-After: Fri, 27 Nov 2026 12:02:30 GMT\n",
            json!("2026-11-27T12:02:30Z"),
            "wait until 2026-11-27T12:02:30Z, then send the same request again",
        ),
        ("", Value::Null, "wait the seconds of the Retry-After header, then send the same request again"),
    ] {
        let result = first(&graphwhy(["explain", "-", "--format", "json"], answer(header)));
        assert_eq!(
            (&result["fixes"][0]["effective_from"], &result["fixes"][0]["steps"][0]["commands"][0]),
            (&from, &json!(words))
        );
    }
    let run = graphwhy(["explain", "-"], answer("Retry-After: 10\n"));
    assert!(run.out.contains("    retry from  10 seconds after the answer\n"), "{}", run.out);
    // Words stand where words stand, and commands flush left.
    assert!(run.out.contains("    change      wait 10 seconds, then send the same request again\n"), "{}", run.out);
    assert!(run.out.contains("    verify      the answer is no longer 429\n"), "{}", run.out);
}

#[test]
fn a_refused_sign_in_is_no_request() {
    for (text, says) in [
        ("AADSTS7000215: Invalid client secret provided. Trace ID: x\n", "means that the client secret is wrong; such"),
        ("AADSTS9999999: Something else. Trace ID: x\n", "the sign-in was refused, before any call to Graph; such"),
    ] {
        let run = in_columns("120", &["explain", "-"], text);
        assert!(run.out.contains(says) && !run.out.contains("--request"), "{}", run.out);
        let result = first(&graphwhy(["explain", "-", "--format", "json"], text));
        assert_eq!(result["gates"][0]["outcome"], "skipped", "{result:#}");
    }
    let absent =
        format!("AADSTS700016: Application with identifier '{APP}' was not found in the directory 'contoso'.\n");
    assert!(!graphwhy(["explain", "-"], absent).out.contains("--request"));
}

#[test]
fn advice_fits_the_client() {
    let call = format!("https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/MSo0");
    let shell = format!(
        "PS C:\\> Invoke-RestMethod -Headers $h \"{call}\"\nInvoke-RestMethod : The remote server returned an error: (403) Forbidden.\n"
    );
    let run = graphwhy(["explain", "-"], shell);
    assert!(run.out.contains("print the body of the answer and") && !run.out.contains("response.text"), "{}", run.out);
    let python = format!("requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: {call}\n");
    assert!(graphwhy(["explain", "-"], python).out.contains("response.text"));
}

#[test]
fn the_message_is_marked_before_the_token() {
    use base64::Engine as _;
    let claims = json!({"aud": "https://graph.microsoft.com", "appid": APP, "idtyp": "app", "roles": ["OnlineMeetings.Read.All"]});
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let token = format!("{}.{}.c2ln", part(r#"{"typ":"JWT","alg":"none"}"#), part(&claims.to_string()));
    let text = format!(
        "> GET /v1.0/users/{USER}/onlineMeetings/MSo0/transcripts HTTP/2\n> Host: graph.microsoft.com\n> authorization: Bearer \
         {token}\n>\n< HTTP/2 403\n< content-type: application/json\n< server: x\n< vary: y\n< pragma: no-cache\n< location: z\n\
         <\n{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"The application does not have any of the required application \
         permissions (OnlineMeetingTranscript.Read.All) to access the resource.\"}}}}\n"
    );
    let run = graphwhy(["explain", "-"], text);
    assert!(run.out.contains("likely: ") && run.out.contains("╭─[stdin:12:"), "{}", run.out);
}

#[test]
fn what_was_pasted_is_not_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let pasted = folder.path().join("policies.txt");
    let list = format!(
        "PS C:\\> Get-CsApplicationAccessPolicy\n\nIdentity    : Global\nAppIds      : {{}}\nDescription :\n\nIdentity    : Tag:Front-Desk\nAppIds      : {{{APP}}}\nDescription :\n"
    );
    std::fs::write(&pasted, list).unwrap();
    let state = pasted.to_str().unwrap();
    let run = graphwhy(["explain", "-", "--state", state], refused());
    assert!(run.out.contains("--complete policies"), "{}", run.out);
    assert!(!run.out.contains("every application access policy and its app ids"), "{}", run.out);
}

#[test]
fn a_report_fits_a_narrow_terminal() {
    let state = tenant(
        &json!([{"name": "Global", "app_ids": [APP]}, {"name": "Meetings", "app_ids": []}]),
        &json!([{"user_id": USER, "policy": "Meetings"}]),
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.json");
    std::fs::write(&path, state.to_string()).unwrap();
    let state = ["explain", "-", "--state", path.to_str().unwrap()];
    for (columns, width) in [("40", 40), ("80", 80)] {
        for args in [&["explain", "-"][..], &state] {
            let run = in_columns(columns, args, &refused());
            assert_eq!(too_long(&run.out, width), Vec::<&str>::new(), "{}", run.out);
        }
    }
    // Nothing of the call is cut away for want of room.
    let run = in_columns("40", &["explain", "-"], &refused());
    for part in [USER, "onlineMeetings/", "MSo0"] {
        assert!(run.out.contains(part), "{part}\n{}", run.out);
    }
}

#[test]
fn what_only_follows_from_an_error_is_none_of_its_own() {
    let first = "Get-CsOnlineSession: C:\\Modules\\MicrosoftTeams\\2.3.1\\SfBORemotePowershellModule.psm1:63\n";
    let next = "Cannot validate argument on parameter 'Session'. The argument is null or empty.\n";
    let told =
        |text: &str| graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().len();
    assert_eq!(told(&format!("{first}{next}")), 1);
    assert_eq!(told(next), 1);
    assert_eq!(told(&format!("{first}{}{next}", "\n".repeat(4_000))), 2);
}
