//! What others say beside the writer's own failure: issues that are named, pages, advisers, what was expected. It proves
//! nothing, and the writer's own failure is told first.

use super::common::graphwhy;
use serde_json::Value;

const GUID: &str = "The userId in request URL is not a valid GUID.";
const CHANNEL: &str = "Channel based meetings are currently not supported.";
const POLICY: &str = "No application access policy found for this app";
const USER: &str = "3d9e8f70-1a2b-4c3d-9e4f-5a6b7c8d9e0f";
const APP: &str = "6f1d2c34-8b7a-4e21-9c55-0a1b2c3d4e5f";

fn results(text: &str) -> Vec<Value> {
    let text = text.replace('§', GUID).replace('¤', CHANNEL).replace('¶', POLICY);
    graphwhy(["explain", "-", "--format", "json"], &text).json()["results"].as_array().unwrap().clone()
}

/// The cause and the confidence of the first finding of each failure.
fn first(text: &str) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let finding = |result: &Value| {
        let first = &result["findings"][0];
        (word(&first["cause"]), word(&first["confidence"]))
    };
    results(text).iter().map(finding).collect()
}

fn causes(text: &str) -> Vec<String> {
    first(text).into_iter().map(|(cause, _)| cause).collect()
}

const OBJECT: &str =
    "{\"error\":{\"code\":\"Forbidden\",\"message\":\"¶\",\"innerError\":{\"date\":\"2026-05-12T07:41:33\"}}}";

#[test]
fn the_writers_own_failure_is_first() {
    for lead in [
        "Related: #123 \"§\"\n\nMy error:\n",
        "Possibly a duplicate of #99 (§)? We get:\n",
        "Similar issues:\n- #12 §\n\nMine:\n",
        "In the docs they say that \"§\" would be returned, yet I see\n",
        "Unlike the error \"§\" described in the docs, we get\n",
    ] {
        assert_eq!(
            causes(&format!("{lead}{OBJECT}")),
            ["no-policy-names-app", "user-principal-name-in-path"],
            "{lead}"
        );
    }
    for text in [
        "Expected error \"§\" but got \"¶\"",
        "    Expected: \"§\"\n    Received: \"¶\"\n",
        "My colleague had \"§\" last month, mine is different: 403 ¶",
        "I found https://stackoverflow.com/q/1 (\"§\") but that is for names. My error: 403 ¶",
        "Copilot says: \"If you use the name you get §\". Real error: ¶",
        "The doc says \"§\" should not happen with ids, but our call fails with 403 ¶.",
        "With the name one gets \"§\"; with the id we get 403 \"¶\".",
    ] {
        let all = first(text);
        assert_eq!(all.first().map(|it| it.0.as_str()), Some("no-policy-names-app"), "{text}");
        assert!(all.iter().all(|(_, confidence)| confidence != "certain"), "{text}");
    }
}

#[test]
fn several_failures_of_the_writers_own_keep_their_order() {
    for text in [
        "403 ¶\n\n400 §",
        "400 §\n\n403 ¶",
        "We get 400 \"§\" for one and 400 \"¤\" for the other.",
        "2026-05-12T07:41:33Z ERROR 400 §\n2026-05-12T07:41:34Z ERROR 403 ¶",
        "1. 400 §\n2. 403 ¶",
    ] {
        let places: Vec<u64> =
            results(text).iter().map(|it| it["span"]["start"].as_u64().unwrap_or_default()).collect();
        assert!(places.is_sorted(), "{text}");
    }
}

#[test]
fn what_others_say_is_not_certain() {
    for text in [
        "Closes #12: §",
        "Our doc says \"§\"",
        "Step 2: verify that the response is 400 \"§\".\nStep 3: verify the banner",
        "TC-014 | Create | POST /users/x/onlineMeetings | Expect 400 \"§\" | Pass",
        "[ ] channel meeting -> \"¤\"",
        "I followed the blog (it shows \"¤\" as the result) and it works",
        "hint: see docs/errors.md (\"§\")",
        "The blog shows \"§\"",
        "Support says it is \"§\"",
        "Do not confuse with \"§\"",
        "verify that the response is 400 \"§\"",
        "Expect 400 \"§\"",
        "OPS-12  400 § - fixed",
        "Ticket 4471 (closed 2026-05-01): 400 §",
        "You will probably get \"§\"",
        "Error 400 - §\nCause: the name in the path\nResolution: use the id",
        "Similar issue: owner/repo#1215 (§).",
        "* docs: § (#3)",
        "* docs: §",
        "chore(graph): §",
        "Solved: §",
        "Fixed: §",
        "* feat: friendlier text (#881)\n* fix: /me request is only valid with delegated authentication flow (#882)\n",
        "The doc says \"/me request is only valid with delegated authentication flow\"",
        "Test case TC-17: call it. Expected: \"/me request is only valid with delegated authentication flow.\" Result: passed",
        "| TC | Input | Expected |\n|---|---|---|\n| 1 | name | `§` |\n| 2 | channel | `¤` |",
        "Status: Done. Root cause was the name in the path (\"§\"); we switched to ids and it has worked since Monday.",
        "Does anybody know when Graph returns \"§\"? Just reading the docs.",
        "The API returns 400 with `§` if the client has not sent an id.",
        "{\"key\":\"OPS-1\",\"fields\":{\"summary\":\"§\",\"status\":{\"name\":\"Done\"}}}",
        "{\"items\":[{\"state\":\"closed\",\"title\":\"§\"}]}",
        "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#users('x')/messages\",\"value\":[{\"subject\":\"RE: §\",\"bodyPreview\":\"hi\"}]}",
        "{\"value\":[{\"body\":{\"contentType\":\"html\",\"content\":\"<p>§</p>\"}}]}",
    ] {
        assert!(first(text).iter().all(|(_, confidence)| confidence != "certain"), "{text}");
    }
    for text in [
        "§",
        "Job #12 failed: §",
        "In ticket #12 we get \"§\"",
        "#2 400 §",
        "Graph returns 400 \"§\" when listing transcripts",
        "It did not go as expected: 400 §",
        "Expected: 200, got: 400 \"§\"",
        "Does anybody know why Graph returns \"§\"?",
        "Status: Open. We get \"§\"",
        "The docs say to use ids, but we get \"§\"",
        "Error: 400 §",
        "My script prints \"§\"",
        "Private meeting, Graph says \"§\"",
        "I followed the guide about policies and Graph answers: §",
    ] {
        assert!(first(text).iter().any(|(_, confidence)| confidence == "certain"), "{text}");
    }
}

#[test]
fn a_value_below_a_line_of_a_failure_is_its_own() {
    for text in [
        "Error: NodeApiError: Forbidden - perhaps check your credentials?\n  [n8n] httpCode: '403'\n  description: '¶'",
        "2026-05-12T07:41:33Z ERROR GraphError 403\n  description: '¶'",
        "GraphError: creating the meeting failed\n  cause: '¶'",
    ] {
        assert_eq!(causes(text), ["no-policy-names-app"], "{text}");
    }
    for text in [
        "error:\n  noPolicy: '¶'\n  other: 'Something went wrong.'\n",
        "texts:\n  no_policy: \"¶\"\n  ok: \"All is well here\"\n",
    ] {
        assert!(results(text).is_empty(), "{text}");
    }
}

#[test]
fn facts_of_wrapped_and_marked_up_texts() {
    let facts = |text: &str| results(text)[0]["facts"].clone();
    for text in [
        format!("> 403 ¶\n> {APP} on the user\n> {USER}"),
        format!("App {APP} is not authorized to Create meeting on behalf of user\n{USER}"),
        format!("403 ¶ {APP} on the user\n{USER}\n\nAny idea?"),
    ] {
        assert_eq!(facts(&text)["user_id"], USER, "{text}");
    }
    let list = format!("App {APP} is not authorized to Create meeting on behalf of user\n{USER}\n{APP}\n");
    assert!(facts(&list)["user_id"].is_null(), "{list}");
    let call = format!(
        "<pre>2026-05-12T07:41:33Z [warn] GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings -&gt; 403 {{&quot;error&quot;: {{&quot;code&quot;: &quot;Forbidden&quot;, &quot;message&quot;: &quot;¶&quot;}}}}</pre>"
    );
    assert_eq!(facts(&call)["status"], 403, "{call}");
    let batch = format!(
        "{{”requests”: [{{”id”: ”2”, ”method”: ”GET”, ”url”: ”/users/{USER}/onlineMeetings”}}]}}\n{{”responses”: [{{”id”: ”2”, ”status”: 403, ”body”: {{”error”: {{”code”: ”Forbidden”, ”message”: ”¶”}}}}}}]}}"
    );
    assert_eq!(facts(&batch)["user_id"], USER, "{batch}");
    let log = |first: &str| {
        let entry = format!("{first}\n2026-05-12T07:41:34Z GET /users/{USER}/onlineMeetings 403 ¶");
        facts(&serde_json::json!({ "level": "error", "message": entry }).to_string())["status"].clone()
    };
    assert_eq!(log("the job stopped"), 403);
    assert_eq!(log("2026-05-12T07:41:33Z GET /users/x/onlineMeetings 200"), 403);
    let signed = |name: &str| {
        first(&format!(
            "{name} : AADSTS700016: Application with identifier '{APP}' was not found in the directory 'Contoso'."
        ))
    };
    for name in ["Connect-MgGraph", "Connect-MicrosoftTeams"] {
        assert_eq!(signed(name), [("app-unknown-in-tenant".into(), "certain".into())], "{name}");
    }
}

#[test]
fn what_the_writer_says_stays_certain() {
    for text in [
        "INC-4471: ¤\n\nWe get this for every standup.",
        "[INC-4471] HTTP 403: ¤",
        "400 § (INC-4471)",
        "#12 4.220 HTTP/1.1 400 Bad Request\n#12 4.221 {\"error\":{\"code\":\"BadRequest\",\"message\":\"§\"}}",
        "#12 4.220 Error: 400 §",
        "We expect it to work, but get 400 \"§\"",
    ] {
        let all = first(text);
        assert!(all.first().is_some_and(|(_, confidence)| confidence == "certain"), "{text}: {all:?}");
    }
    for text in ["Hello,\n\n\"¶\"", "Status 400,\n\"§\"\n", "Good morning,\r\n\r\n'§'"] {
        assert_eq!(first(text).len(), 1, "{text}");
    }
}
