//! What a text tells of a call, and what it only seems to tell: tokens of other calls, statuses in clients' words, words
//! that are denied or of another command, and one failure that is printed twice.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::common::graphwhy;

const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const REFUSED: &str = r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app"}}"#;
const WORDLESS: &str = r#"{"error":{"code":"UnknownError","message":""}}"#;

fn token(audience: &str) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"aud": audience, "appid": APP, "scp": "access_as_user", "exp": 1_795_769_991});
    format!("{}.{}.{}", part(json!({"typ": "JWT", "alg": "RS256"})), part(claims), part(json!("signature")))
}

fn results(text: &str) -> Vec<Value> {
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

fn causes(result: &Value, confidence: &str) -> Vec<String> {
    let findings = result["findings"].as_array().unwrap().iter();
    let sure = findings.filter(|finding| confidence.is_empty() || finding["confidence"] == confidence);
    sure.map(|finding| finding["cause"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_token_for_another_resource_tells_nothing_of_a_call_that_graph_judged() {
    for audience in ["api://contoso-rooms", "https://management.azure.com/", "https://vault.azure.net"] {
        let text = format!("[auth] validated {}\n[graph] 403 {REFUSED}", token(audience));
        let found = results(&text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0]["facts"].get("app_id").is_none() && found[0]["facts"].get("token_kind").is_none());
        assert_eq!(causes(&found[0], "certain"), [""; 0], "{audience}");
        assert!(!causes(&found[0], "").iter().any(|cause| cause == "token-for-another-audience"));
    }
    let found = results(&format!("[graph] {}\n[graph] 403 {REFUSED}", token("https://graph.microsoft.com")));
    assert_eq!(found[0]["facts"]["app_id"], APP);
    // The token that is refused is the one that was sent.
    let refused = r#"{"error":{"code":"InvalidAuthenticationToken","message":"Access token validation failure. Invalid audience."}}"#;
    let found = results(&format!("{}\n401 {refused}", token("api://contoso-rooms")));
    assert_eq!(causes(&found[0], "certain"), ["token-for-another-audience"]);
}

#[test]
fn a_status_line_below_a_token_is_its_own() {
    let text = format!("Bearer {}\nHTTP/1.1 429 Too Many Requests\nRetry-After: 9\n\n{WORDLESS}", token("x"));
    let found = results(&text);
    assert_eq!(found[0]["facts"]["status"], 429);
    assert_eq!(causes(&found[0], ""), ["throttled"]);
}

#[test]
fn clients_tell_the_status_in_words_of_their_own() {
    let url = format!("https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings");
    for text in [
        format!(
            "WebClientResponseException$ServiceUnavailable: 503 Service Unavailable from GET {url}\nbody: {WORDLESS}"
        ),
        format!("ERROR [503 Service Unavailable] during [GET] to [{url}] [G#t()]: [{WORDLESS}]"),
        format!(
            "aiohttp.client_exceptions.ClientResponseError: 503, message='Service Unavailable', url=URL('{url}')\nbody {WORDLESS}"
        ),
        format!(
            "java.io.IOException: Unexpected code Response{{protocol=h2, code=503, message=, url={url}}}\nbody: {WORDLESS}"
        ),
        format!(
            "Flurl.Http.FlurlHttpException: Call failed with status code 503 (Service Unavailable): GET {url}\nresponse: {WORDLESS}"
        ),
        format!(
            "Invoke-RestMethod : Le serveur distant a retourné une erreur : (503) Serveur non disponible.\n{WORDLESS}"
        ),
    ] {
        let found = results(&text);
        assert_eq!(found[0]["facts"]["status"], 503, "{text}");
        assert_eq!(causes(&found[0], ""), ["service-fault"], "{text}");
    }
}

#[test]
fn words_that_are_denied_or_of_another_command_are_not_certain() {
    for text in [
        "The request did not fail with 'User ID in token(x) is not the organizer of the queried meeting.' this time",
        "Expected error 'Meeting Id is corrupted.' but got 200",
        "WARN no error 'Meeting Id is corrupted.' seen in 24h",
        "New-CsApplicationAccessPolicy ok\naz group create: group rg already exists",
        "New-CsApplicationAccessPolicy succeeded. Directory C:\\out already exists.",
        "ERROR New-CsApplicationAccessPolicy skipped: service principal already exists",
        "New-CsOnlineSession ok. System.Memory.dll could not be loaded.",
        "Get-CsApplicationAccessPolicy is not recognized by PSScriptAnalyzer as an approved name",
        "See AADSTS700016 in the error code reference.",
        "Grant-CsApplicationAccessPolicy [ClientError] : \"lena@contoso.com\" not found",
    ] {
        for result in results(text) {
            assert_eq!(causes(&result, "certain"), [""; 0], "{text}");
        }
    }
    for (text, cause) in [
        ("New-CsApplicationAccessPolicy : Policy already exists", "policy-name-taken"),
        ("Grant-CsApplicationAccessPolicy [ClientError] : \"Meetings\" not found", "granted-policy-does-not-exist"),
    ] {
        assert_eq!(causes(&results(text)[0], "certain"), [cause], "{text}");
    }
}

#[test]
fn what_speaks_against_the_words_does_not_silence_them() {
    let text = format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings\n\
         400 The userId in request URL is not a valid GUID."
    );
    assert_eq!(causes(&results(&text)[0], "likely"), ["user-principal-name-in-path"]);
    // The call that works is not the one that failed.
    let text = format!(
        "GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings works, but with the UPN I get:\n\
         400 The userId in request URL is not a valid GUID."
    );
    assert_eq!(causes(&results(&text)[0], "certain"), ["user-principal-name-in-path"]);
}

#[test]
fn one_failure_told_twice_is_one() {
    let ids = "Inner error:\n\tAdditionalData:\n\tdate: 2026-06-11T16:09:17\n\trequest-id: d0f7a2c4-5b13-4e86-9c2d-8a7b6c5d4e3f";
    let words = "Code: Forbidden\nMessage: No application access policy found for this app";
    let text = format!(
        "System.AggregateException: One or more errors occurred. ({words}\n{ids}\n)\n ---> Microsoft.Graph.ServiceException: {words}\n{ids}\n"
    );
    assert_eq!(results(&text).len(), 1);
    let said = "No application access policy found for this app";
    let pino = json!({"level": 50, "err": {"type": "GraphError", "message": said,
        "stack": format!("GraphError: {said}\n    at x"), "statusCode": 403, "code": "Forbidden"}});
    let found = results(&pino.to_string());
    assert_eq!((found.len(), &found[0]["facts"]["status"]), (1, &json!(403)));
    // Two failures of a list stay two.
    assert_eq!(results(&format!("[{REFUSED},{REFUSED}]")).len(), 2);
}

#[test]
fn an_exception_without_words_says_what_to_print() {
    let text = "Microsoft.Graph.Models.ODataErrors.ODataError: Exception of type 'Microsoft.Graph.Models.ODataErrors.ODataError' was thrown.\n   \
                at Microsoft.Graph.Users.Item.OnlineMeetings.OnlineMeetingsRequestBuilder.PostAsync(OnlineMeeting body)\n";
    let found = results(text);
    assert_eq!((found.len(), &found[0]["verdict"]), (1, &json!("unrecognised")));
    assert_eq!(found[0]["facts"]["method"], "POST");
    assert_eq!(found[0]["facts"]["operation"], "create-meeting");
    assert!(graphwhy(["explain", "-"], text).out.contains("ex.Error.Message"));
    // Where the words stand beside it, they are what is explained.
    let found = results(&format!("{text}\n{REFUSED}"));
    assert_eq!((found.len(), &found[0]["verdict"]), (1, &json!("narrowed")));
}

#[test]
fn a_redacted_report_shows_only_what_was_understood() {
    let text = format!(
        "host mailsrv01 policy \"Recording\" 10.20.30.40\nAnna Schmidt: {REFUSED} subject=\"Quarterly numbers\"\nretrying for Fabrikam GmbH\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("contoso_anna.log");
    std::fs::write(&path, text).unwrap();
    for format in ["human", "json"] {
        let out = graphwhy(["explain", path.to_str().unwrap(), "--redact", "--format", format], "").out;
        assert!(out.contains("No application access policy found for this app"), "{out}");
        for word in ["mailsrv01", "Recording", "10.20", "Anna", "Quarterly", "Fabrikam", "contoso_anna"] {
            assert!(!out.contains(word), "{format}: {word}: {out}");
        }
    }
}

/// Sources and files of texts mention a message; what happened is told otherwise.
#[test]
fn what_a_program_may_say_is_no_failure() {
    const WORDS: &str = "No application access policy found for this app";
    for form in [
        "const NO_POLICY = \"§\";\n",
        "package com.contoso;\nimport java.util.*;\npublic class Errors {\n    static final String NO_POLICY = \"§\";\n}\n",
        "using System;\nnamespace Contoso.Meetings\n{\n    public static class Errors\n    {\n        public const string NoPolicy = \"§\";\n        \
         public static bool IsPolicy(ODataError e) => e.Error?.Message?.StartsWith(NoPolicy) == true;\n    }\n}\n",
        "import requests\nimport logging\n\nlog = logging.getLogger(__name__)\n\nclass PolicyMissing(Exception):\n    \
         \"\"\"Raised when Graph answers: §.\"\"\"\n\ndef get_meeting(session, user_id, meeting_id):\n    \
         r = session.get(f\"https://graph.microsoft.com/v1.0/users/{user_id}/onlineMeetings/{meeting_id}\")\n    \
         if r.status_code == 403 and \"§\" in r.text:\n        raise PolicyMissing(\"§\")\n    \
         r.raise_for_status()\n    return r.json()\n",
        "# retries when Graph says \"§\"\nif \"§\" in err.message:\n    raise PolicyMissing(\"§\")\n",
        "{\"error.noPolicy\":\"§\",\"button.ok\":\"OK\"}",
        "{\n  \"error.noPolicy\": \"§. Ask your administrator.\",\n  \"button.ok\": \"OK\"\n}\n",
    ] {
        let found = results(&form.replace('§', WORDS));
        assert!(found.is_empty(), "{form}: {found:#?}");
    }
    for form in [
        "§",
        "{\"error\":\"§\"}",
        "{\"message\":\"§\"}",
        "{\"error.message\":\"§\",\"service.label\":\"meeting sync\"}",
        "2026-11-20 09:15:00 ERROR call failed: \"§\"",
        "import requests\nr = requests.get(url)\nprint(r.text)\n\nI get \"§\"",
        "my call fails with \"§\":\n\nimport requests\nr = requests.get(url)\n",
        "Traceback (most recent call last):\n  File \"m.py\", line 12, in get\n    raise PolicyMissing(\"§\")\nm.PolicyMissing: §\n",
        "const body = await r.text();\nconsole.log(body);\n\n{\"error\":{\"code\":\"Forbidden\",\"message\":\"§\"}}",
    ] {
        let found = results(&form.replace('§', WORDS));
        assert!(!found.is_empty() && !causes(&found[0], "").is_empty(), "{form}: {found:#?}");
    }
}

#[test]
fn a_change_of_minutes_before_is_what_comes_first() {
    const FAILURE: &str = "403 Forbidden \"No application access policy found for this app 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20 on the user 748d2cbb-3b55-40ed-8c34-2eae5932b22a.\"";
    let first = |lead: &str| {
        let json = graphwhy(["explain", "-", "--format", "json"], format!("{lead}\n{FAILURE}")).json();
        let first = &json["results"][0]["findings"][0];
        (first["cause"].as_str().unwrap().to_owned(), first["confidence"].as_str().unwrap().to_owned())
    };
    for lead in [
        "We granted the policy to the user 5 minutes ago. Still:",
        "we set up everything: created policy \"ACS-Policy\" with app id 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20 and granted it to the user 5 minutes ago with Grant-CsApplicationAccessPolicy -PolicyName ACS-Policy -Identity 748d2cbb-3b55-40ed-8c34-2eae5932b22a. Still:",
        "I have just granted the policy to Adele, and now:",
        "Our admin assigned the policy ten minutes ago:",
    ] {
        assert_eq!(first(lead), ("policy-still-propagating".to_owned(), "likely".to_owned()), "{lead}");
    }
    for below in ["The policy was granted 5 minutes ago.", "granted 5 min ago", "I granted it globally 2 minutes ago"] {
        let json = graphwhy(["explain", "-", "--format", "json"], format!("{FAILURE}\n\n{below}\n")).json();
        assert_eq!(json["results"][0]["findings"][0]["cause"], "policy-still-propagating", "{below}");
    }
    for lead in [
        "",
        "granted 5 days ago",
        "the permission was granted 5 minutes ago",
        "Not granted 5 minutes ago.",
        "We granted the policy an hour ago. Still:",
        "We granted the policy to the user 45 minutes ago. Still:",
        "We granted the policy last week:",
        "We will grant the policy in 5 minutes.",
        "Did you grant the policy 5 minutes ago?",
        "I called it 5 minutes ago:",
        "The error came 5 minutes ago, the policy is there:",
    ] {
        assert_ne!(first(lead).0, "policy-still-propagating", "{lead}");
    }
}

#[test]
fn a_word_and_a_colon_in_prose_are_no_pair() {
    for lead in [
        "Yesterday it worked, today",
        "GET works, POST",
        "Monday fine, Tuesday",
        "Gestern lief es noch, heute",
        "second call",
    ] {
        let found = results(&format!("{lead}: \"The userId in request URL is not a valid GUID.\""));
        assert_eq!(found[0]["findings"][0]["cause"], "user-principal-name-in-path", "{lead}");
    }
}

#[test]
fn quoted_words_that_are_over_in_three_languages() {
    const SAID: &str = "The userId in request URL is not a valid GUID.";
    let certain = |form: &str| {
        let found = results(&form.replace('§', SAID));
        found.iter().any(|one| !causes(one, "certain").is_empty())
    };
    for form in [
        "\"§\" ist weg, danke.",
        "Der Fehler „§“ wurde behoben.",
        "Die Meldung \"§\" gibt es nicht mehr.",
        "Gelöst: \"§\"",
        "Beispiel: \"§\"",
        "L'erreur « § » est corrigée.",
        "« § » n'apparaît plus.",
        "Résolu : « § »",
        "Exemple : « § »",
        "\"§\" has not come back.",
        "\"§\" came from the setting.",
        "Example error message: \"§\"",
    ] {
        assert!(!certain(form), "{form}");
    }
    for form in [
        "We get \"§\"",
        "\"§\" ist leider wieder da",
        "« § » n'est toujours pas corrigé.",
        "Wir bekommen den Fehler „§“.",
        "\"§\" came back.",
    ] {
        assert!(certain(form), "{form}");
    }
}
