//! Options of `explain` against what the text names: both are told, the question is the options', nothing is certain.

use super::common::{Run, explain_with, graphwhy};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const APP: &str = "5d0a6b1e-93c7-4c4f-8a52-6b7e1f0c9d34";
const USER: &str = "0b7f4c92-6e1d-4a3b-9f58-2c7d1e6a8b03";
const OTHER: &str = "c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46";

/// The app is in a policy that nobody holds.
fn tenant() -> Value {
    json!({
        "schema": 1, "tenant_id": "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10", "cloud": "global",
        "taken_at": "2026-03-04T09:00:00Z",
        "policies": {"status": "complete", "items": [
            {"name": "Global", "app_ids": []}, {"name": "Meetings", "app_ids": [APP]}]},
        "direct": {"status": "complete", "items": []},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "partial", "items": [
            {"id": USER, "upn": "lena@contoso.com", "teams": "enabled"},
            {"id": OTHER, "upn": "mia@contoso.com", "teams": "enabled"}]},
        "apps": {"status": "partial", "items": [
            {"app_id": APP, "name": "Scheduler", "enabled": true,
             "roles": [{"id": "b8bb2037-6e08-44ac-a4ea-4674e010e2a4", "value": "OnlineMeetings.ReadWrite.All"}]},
            {"app_id": OTHER, "name": "Notes", "enabled": true, "roles": []}]},
    })
}

fn refused() -> String {
    format!(
        r#"{{"error":{{"code":"Forbidden","message":"No application access policy found for this app {APP} on the user {USER}."}}}}"#
    )
}

/// The call failed when the snapshot was taken: of another time it would be no proof.
fn explain(text: &str, options: &[&str]) -> Run {
    explain_with(text, &tenant(), &[&["--format", "json", "--at", "2026-03-04T09:00:00Z"], options].concat())
}

fn certain(result: &Value) -> Vec<&str> {
    let findings = result["findings"].as_array().unwrap().iter();
    findings.filter(|it| it["confidence"] == "certain").map(|it| it["cause"].as_str().unwrap()).collect()
}

fn token(app: &str, tenant: &str) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims =
        json!({"aud": "https://graph.microsoft.com", "appid": app, "tid": tenant, "idtyp": "app", "roles": []});
    format!("{}.{}.c2lnbmF0dXJl", part(json!({"alg": "RS256", "typ": "JWT"})), part(claims))
}

#[test]
fn options_that_agree_change_nothing() {
    let without = explain(&refused(), &[]).json();
    assert_eq!(certain(&without["results"][0]), ["policy-not-granted"]);
    for options in [
        vec!["--app", APP],
        vec!["--app", "scheduler"],
        vec!["--user", USER],
        vec!["--user", "LENA@contoso.com"],
        vec!["--app", "Scheduler", "--user", "lena@contoso.com"],
    ] {
        let with = explain(&refused(), &options).json();
        assert_eq!(with.get("warnings"), None, "{options:?}");
        assert_eq!(with["results"], without["results"], "{options:?}");
    }
}

#[test]
fn another_app_or_user_than_the_text_names_is_told_and_nothing_is_certain() {
    for (options, fact, stated, asked) in [
        (["--app", OTHER], "app_id", APP, OTHER),
        (["--app", "Notes"], "app_id", APP, OTHER),
        (["--user", OTHER], "user_id", USER, OTHER),
        (["--user", "mia@contoso.com"], "user_id", USER, "mia@contoso.com"),
        (["--user", "nobody@contoso.com"], "user_id", USER, "nobody@contoso.com"),
        (["--request", "GET /users/c2f8a9d1-4b6e-4f70-8a3c-9d5e7b1f2a46/onlineMeetings/x"], "user_id", USER, OTHER),
    ] {
        let run = explain(&refused(), &options);
        let document = run.json();
        let result = &document["results"][0];
        assert_eq!(result["facts"][fact], stated, "{options:?}: facts are those of the text");
        let warnings = document["warnings"].to_string();
        for id in [stated, asked] {
            assert!(warnings.contains(id) && run.err.contains(id), "{options:?}: {id}\n{warnings}\n{}", run.err);
        }
        assert_eq!(certain(result), Vec::<&str>::new(), "{options:?}");
        assert_eq!(result["ruled_out"].as_array().map(Vec::len), Some(0), "{options:?}");
    }
}

/// The gates are those of the pair that is asked about.
#[test]
fn the_question_is_that_of_the_options() {
    let run = explain(&refused(), &["--app", OTHER]).json();
    let fixes = run["results"][0]["fixes"].to_string();
    assert!(fixes.contains(OTHER) && !fixes.contains(&format!("Add='{APP}'")), "{fixes}");
}

#[test]
fn a_token_of_another_app_or_tenant_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let path = file.to_str().unwrap();
    std::fs::write(&file, token(OTHER, "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10")).unwrap();
    let run = explain(&refused(), &["--token-file", path]).json();
    assert_eq!(run["results"][0]["facts"]["app_id"], APP);
    assert!(run["warnings"].to_string().contains(OTHER), "{}", run["warnings"]);
    assert_eq!(certain(&run["results"][0]), Vec::<&str>::new());
    // Two options may differ too.
    let run = explain(
        "403 Forbidden: No application access policy found for this app",
        &["--token-file", path, "--app", APP],
    );
    assert!(run.err.contains(APP) && run.err.contains(OTHER), "{}", run.err);
    assert_eq!(certain(&run.json()["results"][0]), Vec::<&str>::new());
}

/// The service names the app of this call: what a token of another app carries says nothing of it.
#[test]
fn a_token_in_the_text_of_another_app_than_its_message_is_told() {
    let text = |app: &str| {
        let token = token(app, "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10");
        format!(
            "GET /v1.0/users/{USER}/onlineMeetings/abc HTTP/1.1\nHost: graph.microsoft.com\nAuthorization: Bearer {token}\n\n\
             HTTP/1.1 403 Forbidden\n\n{}",
            refused()
        )
    };
    let gate = |result: &Value, name: &str| {
        result["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == name).unwrap()["outcome"].clone()
    };
    let other = explain(&text(OTHER), &[]).json();
    let words = format!("the text names the app `{APP}`, and the token in it is of `{OTHER}`");
    assert!(other["warnings"].to_string().contains(&words), "{}", other["warnings"]);
    let result = &other["results"][0];
    assert_eq!(certain(result), Vec::<&str>::new());
    assert_eq!((gate(result, "permission"), &result["facts"]["app_id"]), (json!("pass"), &json!(APP)), "{result:#}");
    let steps = result["fixes"].as_array().unwrap().iter().flat_map(|fix| fix["steps"].as_array().unwrap());
    assert!(steps.clone().count() > 0 && steps.into_iter().all(|step| !step.to_string().contains(OTHER)), "{result:#}");
    let own = explain(&text(APP), &[]).json();
    assert_eq!(gate(&own["results"][0], "permission"), "fail", "{own:#}");
    assert!(!own["warnings"].to_string().contains("the token in it"), "{own:#}");
}

#[test]
fn names_that_no_snapshot_resolves_are_told() {
    let bare = "403 Forbidden: No application access policy found for this app";
    let run = explain(bare, &["--app", "Nobody", "--user", "nobody@contoso.com"]);
    assert!(run.err.contains("`--app Nobody`") && run.err.contains("GET /servicePrincipals"), "{}", run.err);
    assert!(
        run.err.contains("`nobody@contoso.com`") && run.err.contains("GET /users/nobody@contoso.com"),
        "{}",
        run.err
    );
    assert_eq!(certain(&run.json()["results"][0]), Vec::<&str>::new());
    // Without any snapshot too.
    let run = graphwhy(["explain", "-", "--user", "lena@contoso.com"], bare);
    assert!(run.err.contains("GET /users/lena@contoso.com"), "{}", run.err);
}

/// A request that completes a template in the text takes its place; one for another operation is told.
#[test]
fn a_request_completes_the_one_in_the_text_or_differs() {
    let text =
        "GET /users/{id}/onlineMeetings/{meeting}\n403 Forbidden: No application access policy found for this app";
    let request = format!("GET /users/{USER}/onlineMeetings/abc");
    let run = explain(text, &["--request", &request, "--app", APP]).json();
    assert_eq!(run.get("warnings"), None);
    assert_eq!(run["results"][0]["facts"]["user_id"], USER);
    assert_eq!(certain(&run["results"][0]), ["policy-not-granted"]);
    let text = format!(
        "POST https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\n403 Forbidden: No application access policy found for this app"
    );
    let run = explain(&text, &["--request", &request, "--app", APP]).json();
    assert!(run["warnings"].to_string().contains("`POST /users/"), "{}", run["warnings"]);
    assert_eq!(run["results"][0]["facts"]["operation"], "create-meeting");
    assert_eq!(certain(&run["results"][0]), Vec::<&str>::new());
}

/// A link in a filter is no address of the request.
#[test]
fn a_request_with_a_link_in_its_filter_keeps_its_path() {
    for base in ["", "/v1.0", "https://graph.microsoft.com/v1.0"] {
        let path =
            format!("/users/{USER}/onlineMeetings?$filter=JoinWebUrl eq 'https://teams.microsoft.com/l/meetup-join/x'");
        let run = graphwhy(["explain", "-", "--format", "json", "--request", &format!("GET {base}{path}")], refused());
        let facts = run.json()["results"][0]["facts"].clone();
        assert_eq!(facts["path"], path.as_str(), "{base}");
        assert_eq!((&facts["operation"], &facts["user_id"]), (&json!("find-meeting"), &json!(USER)), "{base}");
    }
}

/// What options or the path name is not asked for.
#[test]
fn a_user_that_is_known_is_not_missing() {
    let text = format!("403 Forbidden: No application access policy found for this app {APP}.");
    let missing = "the object id of the user";
    let path = format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings");
    for options in [&["--user", USER][..], &["--user", "lena@contoso.com"], &["--request", &path]] {
        let run = explain_with(&text, &tenant(), options);
        assert!(!run.out.contains(missing), "{options:?}: {}", run.out);
    }
    assert!(explain_with(&text, &tenant(), &[]).out.contains(missing));
    // A name that nothing resolves is told with the id that is wanted.
    let out = explain_with(&text, &tenant(), &["--user", "omar@contoso.com"]).out;
    assert!(out.contains("the object id of the user `omar@contoso.com`"), "{out}");
}

/// A name that nobody resolves beside the id of the text is of the same user; reads that take a name have it.
#[test]
fn a_name_beside_an_id_of_the_text_is_of_the_same_user() {
    let told = format!("403 Forbidden: No application access policy found for this app {APP} on the user {USER}.");
    let run = graphwhy(["explain", "-", "--user", "omar@contoso.com"], &told);
    assert!(run.out.contains(&format!("Grant-CsApplicationAccessPolicy -Identity '{USER}'")), "{}", run.out);
    assert!(!run.out.contains("missing") || !run.out.contains("the object id of the user"), "{}", run.out);
    let bare = format!("403 Forbidden: No application access policy found for this app {APP}.");
    let run = graphwhy(["explain", "-", "--user", "omar@contoso.com", "--verbose"], bare);
    assert!(run.out.contains("Get-CsUserPolicyAssignment -Identity 'omar@contoso.com'"), "{}", run.out);
    assert!(!run.out.contains("Grant-CsApplicationAccessPolicy -Identity 'omar@contoso.com'"), "{}", run.out);
}

/// Output of a read that stands beside the failure is told of, and taken in as a state.
#[test]
fn output_of_a_read_in_the_text_is_told_of() {
    let failure = format!("403 Forbidden: No application access policy found for this app {APP} on the user {USER}.\n");
    let output = format!(
        "PS C:\\> Get-CsApplicationAccessPolicy\n\nIdentity    : Tag:Rooms\nAppIds      : {{{APP}}}\nDescription : rooms\n\nPS C:\\>\n"
    );
    let run = graphwhy(["explain", "-"], format!("{failure}\n{output}"));
    assert!(run.err.contains("`Get-CsApplicationAccessPolicy`") && run.err.contains("--state"), "{}", run.err);
    for none in [failure.clone(), format!("PS> Get-CsApplicationAccessPolicy\n{failure}")] {
        assert!(!graphwhy(["explain", "-"], &none).err.contains("--state"), "{none}");
    }
}

/// Nothing but errors is printed.
#[test]
fn quiet_prints_no_notice() {
    let told = format!("403 Forbidden: No application access policy found for this app {APP}.");
    let run = graphwhy(["explain", "-", "--quiet", "--user", "omar@contoso.com"], told);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
}

/// The request of a message that names its user by id may have the user's address: both are of one call.
#[test]
fn an_address_in_the_request_is_the_user_of_the_message() {
    let request = "GET https://graph.microsoft.com/v1.0/users/omar@contoso.com/onlineMeetings?$filter=x";
    let run = |format: &str| graphwhy(["explain", "-", "--request", request, "--format", format], refused());
    let facts = run("json").json()["results"][0]["facts"].clone();
    assert_eq!((&facts["user_id"], &facts["user"]), (&json!(USER), &json!("omar@contoso.com")));
    let human = run("human");
    assert!(!human.out.contains("<user-object-id>") && !human.out.contains("missing"), "{}", human.out);
    assert!(human.out.contains(&format!("-Identity '{USER}'")) && !human.err.contains("omar"), "{human:?}");
    // The address of a user that the snapshot knows by another id is another user.
    let request = request.replace("omar", "mia");
    let result = explain(&refused(), &["--request", &request]).json()["results"][0].clone();
    assert_eq!(certain(&result), [""; 0]);
    assert!(result["facts"].to_string().contains("mia@contoso.com"), "{result:#}");
}

/// The claims of a token that is given are read already.
#[test]
fn a_given_token_is_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.txt");
    std::fs::write(&path, token(APP, "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10")).unwrap();
    let text = "401 Access token has expired or is not yet valid.";
    let claims = "the claims of the token";
    assert!(graphwhy(["explain", "-", "--verbose"], text).out.contains(claims));
    let out = graphwhy(["explain", "-", "--verbose", "--token-file", path.to_str().unwrap()], text).out;
    assert!(!out.contains(claims), "{out}");
}

/// Neither the report nor the notes beside it tell what the files are called.
#[test]
fn redacted_notes_name_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fabrikam-anna.json");
    std::fs::write(&path, tenant().to_string()).unwrap();
    let run = graphwhy(["explain", "-", "--redact", "--verbose", "--state", path.to_str().unwrap()], refused());
    assert!(run.err.contains("state state-1: taken 2026-03-04"), "{}", run.err);
    assert!(!run.err.contains("fabrikam") && !run.out.contains("fabrikam"), "{run:?}");
    assert!(
        graphwhy(["explain", "-", "--state", path.to_str().unwrap()], refused()).err.contains("fabrikam-anna.json")
    );
}

/// An address of another service names no path of Graph; behind a gateway the version does.
#[test]
fn a_request_to_another_host_is_none() {
    let run = |request: &str| graphwhy(["explain", "-", "--request", request], refused());
    for other in ["GET https://example.com/x", "https://api.contoso.com/users/a/onlineMeetings"] {
        let run = run(other);
        assert!(run.code == 2 && run.err.contains("names no Graph path"), "{run:?}");
    }
    for own in ["https://graph.microsoft.com/users/a", "https://gateway.contoso.com/v1.0/users/a/onlineMeetings", "/x"]
    {
        assert_ne!(run(own).code, 2, "{own}");
    }
}
