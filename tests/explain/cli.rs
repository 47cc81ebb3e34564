//! `explain` on the command line: what its options take, and how much of a long log it prints.

use super::common::graphwhy;

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
