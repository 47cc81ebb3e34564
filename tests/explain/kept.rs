//! Texts in which a message is another's, past, supposed, tested or kept in a table, a description, a template: no cause is
//! certain there. The same words in a report of what happened are.

use super::common::graphwhy;

const WORDS: &str = "The userId in request URL is not a valid GUID.";
const OBJECT: &str =
    r#"{"error": {"code": "BadRequest", "message": "The userId in request URL is not a valid GUID."}}"#;

/// The first cause of each failure, and how sure it is.
fn first(text: &str) -> Vec<(String, String)> {
    let written = text.replace('§', WORDS).replace('¤', OBJECT);
    let json = graphwhy(["explain", "-", "--format", "json"], written).json();
    let told =
        |result: &serde_json::Value, key: &str| result["findings"][0][key].as_str().unwrap_or_default().to_owned();
    json["results"].as_array().unwrap().iter().map(|it| (told(it, "cause"), told(it, "confidence"))).collect()
}

fn is_certain(text: &str) -> bool {
    first(text).iter().any(|(cause, sure)| cause == "user-principal-name-in-path" && sure == "certain")
}

fn none_is_certain(texts: &[&str]) {
    let wrong: Vec<_> = texts.iter().filter(|text| is_certain(text)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn of_another_or_past() {
    none_is_certain(&[
        "Unlike #2350 (\"§\") ours is another.",
        "Duplicate of contoso/booking#12: \"§\"",
        "Marked as duplicate of #1215 (§)",
        "Closed as completed: \"§\"",
        "Upstream issue #23 (\"§\") was closed as by design.",
        "See also contoso/booking#2350: §",
        "Related searches\n§\nteams meeting api",
        "## Related issues\n\n- §\n- teams meeting api",
        "~~§~~\nNo application access policy found for this app",
        "<del>§</del>\nNo application access policy found for this app",
        "Before the grant: §. After the grant: 3004: Specified meeting is not found",
        "It works now. Before: §",
        "First we had \"§\"; now we get \"3004: Specified meeting is not found\".",
        "It is not \"§\", it is \"No application access policy found for this app\".",
        "error changed from \"§\" to \"3004: Specified meeting is not found\"",
        "§\n\nEDIT: that one is solved. New error now: No application access policy found for this app",
    ]);
}

#[test]
fn supposed() {
    none_is_certain(&[
        "Suppose Graph answered \"§\": would the job then retry?",
        "Assuming the response is ¤, which branch is taken?",
        "What if Graph returns ¤?",
        "Make sure that step 3 is done. Otherwise: §",
        "Which step is missing if Graph says \"§\"?\na) 1\nb) 3",
        "Our simulator can answer with: §",
        "You probably forgot a step. If you had, Graph would answer ¤.",
        "The server MUST answer with \"§\" if step 3 is missing.",
        "Once it is enforced, calls will be answered with \"§\" unless an administrator turns it on.",
    ]);
}

#[test]
fn tested() {
    none_is_certain(&[
        "test maps::\"§\" ... ok\n\ntest result: ok. 1 passed",
        "Scenario: refused\n  Given Graph answers 400 with body\n    \"\"\"\n    ¤\n    \"\"\"\n  Then the job is parked",
        "  Given Graph answers 400 with body\n    \"\"\"\n    ¤\n    \"\"\"\n  Then the job is parked",
        "  When Graph responds with \"§\"\n  Then the user sees \"Please ask\"",
        "  Examples:\n    | message | result |\n    | § | parked |",
        "=== RUN   TestMap/§\n--- PASS: TestMap/§ (0.00s)",
        "tests/test_graph.py::test_map[§] PASSED  [ 50%]\n===== 1 passed in 0.12s =====",
        "exports[`maps setup 1`] = `\n\"§\"\n`;",
        "TAP version 13\nok 1 - §\n1..1",
    ]);
}

#[test]
fn kept_in_tables_and_descriptions() {
    none_is_certain(&[
        "[cols=\"1,1\"]\n|===\n|Message |Reason\n\n|§\n|The id is none.\n|===",
        "||Graph message||Our text||\n|§|Please ask your administrator|",
        "id;question;answer\n17;§;Ask the administrator",
        "BadRequest\n: §\n: Ask your administrator.",
        "Microsoft changed the wording; it is \"§\" since June.",
        "Errors excluded from the contract: \"§\", throttling.",
        "The tool explains these messages:\n* §\n* TooManyRequests",
        "| Case | Covered by test |\n|---|---|\n| § | yes |\n| 429 | no |",
        "| E-12 | § | Ask your administrator |\n| E-13 | anything else | Try again |",
        "Contents\n1. Set-up\n2. §\n3. Throttling",
        "{\"examples\": [¤]}",
        "{\"message\": {\"type\": \"string\", \"enum\": [\"§\"]}}",
        "{\"interactions\": [{\"description\": \"x\", \"response\": {\"status\": 400, \"body\": ¤}}]}",
        "{\"name\": \"refused\", \"response\": [{\"name\": \"Example 400\", \"code\": 400, \"body\": ¤}]}",
        "{\"errSetup\": \"§\", \"@errSetup\": {\"description\": \"shown when the set-up is incomplete\"}}",
        "message,count\n\"§\",0",
        "search: \"§\" site:learn.microsoft.com",
    ]);
}

#[test]
fn kept_in_programs() {
    none_is_certain(&[
        "<Banner kind=\"error\">§</Banner>",
        "<p v-if=\"kind === 'setup'\">§</p>",
        "case \"$msg\" in\n  *\"§\"*) exit 3 ;;\nesac",
    ]);
    let codes = "enum GraphInnerError { GraphAccessToTranscriptsDisabled = 1, SpeakerAttributionNotAllowed = 2 }";
    let of_type = "type Inner = 'GraphAccessToTranscriptsDisabled' | 'Unknown';\nconst TEXT: Record<Inner, string> = { GraphAccessToTranscriptsDisabled: \"Graph API access to transcripts is disabled for this tenant.\", Unknown: '' };";
    for text in [codes, of_type] {
        assert!(first(text).iter().all(|(_, sure)| sure != "certain"), "{text}");
    }
}

#[test]
fn quoting_raises_nothing() {
    none_is_certain(&[
        "{“example”: {“error”: {“code”: “BadRequest”, “message”: “§”}}}",
        "{“request”: {“method”: “POST”}, “response”: {“status”: 400, “jsonBody”: {“error”: {“code”: “BadRequest”, “message”: “§”}}}}",
        "        '400':\n          content:\n            application/json:\n              example: {&quot;error&quot;: {&quot;code&quot;: &quot;BadRequest&quot;, &quot;message&quot;: &quot;§&quot;}}",
        "switch -Wildcard ($m) {\\n  \\\"*§*\\\" { \\\"ask the administrator\\\" }\\n}",
        "> <h3>§</h3>\n> <p>This error occurs if the set-up is incomplete.</p>",
        "> <data name=\"ErrSetup\" xml:space=\"preserve\">\n>     <value>§</value>\n>   </data>",
    ]);
}

#[test]
fn the_beginning_of_a_message_is_not_certain() {
    let sure = |text: &str| first(text).into_iter().map(|(_, sure)| sure).collect::<Vec<_>>();
    assert_eq!(sure("Failed to get license information for the user in the console of another product"), ["likely"]);
    assert_eq!(sure("403 - Failed to get license information for the user"), ["likely"]);
    let whole =
        "Failed to get license information for the user. Ensure user has a valid Office365 license assigned to them.";
    assert_eq!(sure(whole), ["certain"]);
    assert_eq!(sure(&format!("For one colleague it fails: \"{whole}\" All others are fine.")), ["certain"]);
    let (begins, rest) = whole.trim_end_matches(" them.").split_once(". ").unwrap();
    for text in [
        format!("The error is: \"{begins}. {rest}"),
        format!("\"{begins}. {}…\"", rest.trim_end_matches(" to")),
        format!("<p>{begins}.</p><p>{rest} them.</p>"),
        format!("{{\"error\": \"Forbidden\", \"error_description\": \"{whole}\"}}"),
    ] {
        assert_eq!(sure(&text), ["certain"], "{text}");
    }
}

#[test]
fn what_happened_is_certain() {
    for text in [
        "Unlike #12 ours says \"§\"",
        "This is not a duplicate of #12, we get: §",
        "## Related\nWe get this one today:\n§",
        "Before it worked, now we get: §",
        "It is not the policy: §",
        "Assuming the policy is right, why do I get \"§\"?",
        "Suppose the token is fine. I get ¤",
        "FAILED tests/test_live.py::test_create - GraphError: §",
        "not ok 1 - live call: §",
        "When the job runs we get \"§\"\nThen it stops",
        "When I create a meeting Graph returns:\n¤\nThen the job stops.",
        "| time | call | error |\n|---|---|---|\n| 09:12 | createMeeting | § |",
        "{\"errors\": [\"§\"]}",
        "{\"request\":{\"method\":\"POST\"},\"response\":{\"status\":400,\"body\":¤}}",
        "<Message>§</Message>",
        "<p class=\"error\">§</p>",
        "message,count\n\"§\",3",
        "§\n\nEDIT: added the request: POST /users/x/onlineMeetings",
        "§\n\nUPDATE: still not solved",
        "*§*",
        "> §\n> what now?",
        "{&quot;error&quot;: {&quot;code&quot;: &quot;BadRequest&quot;, &quot;message&quot;: &quot;§&quot;}}",
        "{“error”: {“code”: “BadRequest”, “message”: “§”}}",
        "level=error msg=\\\"§\\\"",
        "1. Open the app\n2. Press create\n3. §",
        "Contents of the log:\n§",
        "case 4711 \"§\"",
    ] {
        assert!(is_certain(text), "{text}");
    }
}
