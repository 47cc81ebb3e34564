//! Facts of failures that a page, a table or a sentence wraps.

use super::common::graphwhy;
use serde_json::{Value, json};

const ID: &str = "5a8f3d52-3e0b-4b92-9d0e-7f6a5b4c3d2e";

/// The facts of each failure.
fn facts(text: &str) -> Vec<Value> {
    let answer = graphwhy(["explain", "-", "--format", "json"], text.replace('§', ID)).json();
    answer["results"].as_array().unwrap().iter().map(|result| result["facts"].clone()).collect()
}

#[test]
fn breaks_of_a_page_stand_between_pairs() {
    for lines in [
        [
            "{",
            "&quot;error&quot;: {",
            "&quot;code&quot;: &quot;Forbidden&quot;,",
            "&quot;message&quot;: &quot;An error has occurred.&quot;,",
            "&quot;innerError&quot;: {",
            "&quot;request-id&quot;: &quot;§&quot;",
            "}}}",
        ]
        .as_slice(),
        [
            "Code: Forbidden",
            "Message: An error has occurred.",
            "Inner error:",
            "&nbsp;AdditionalData:",
            "&nbsp;request-id: §",
        ]
        .as_slice(),
    ] {
        for tag in ["<br>\n", "<br/>\n", "<br />\r\n", "<br>"] {
            let text = format!("<p>{}{tag}</p>", lines.join(tag));
            let found = facts(&text);
            assert_eq!(found.len(), 1, "{text}");
            for (key, value) in [("code", "Forbidden"), ("message", "An error has occurred."), ("request_id", ID)] {
                assert_eq!(found[0][key], json!(value), "{key} {text}");
            }
        }
    }
}

#[test]
fn json_with_slashes_in_a_cell() {
    let text = r#"time,body
2026-05-01,"level=error body=""{\""error\"":{\""code\"":\""Forbidden\"",\""message\"":\""An error has occurred.\"",\""innerError\"":{\""request-id\"":\""§\""}}}"""
"#;
    let found = facts(text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["code"], "Forbidden");
    assert_eq!(found[0]["message"], "An error has occurred.");
    assert_eq!(found[0]["request_id"], ID);
}

#[test]
fn a_message_that_begins_with_a_path_keeps_its_slash() {
    for text in [
        "400 /me request is only valid with delegated authentication flow.",
        "Graph says \"/me request is only valid with delegated authentication flow.\"",
    ] {
        assert_eq!(facts(text)[0]["message"], "/me request is only valid with delegated authentication flow", "{text}");
    }
}

#[test]
fn an_object_that_a_console_folds_is_told_once() {
    const FOLDED: &str = "▼error: {code: \"InvalidArgument\", message: \"Meeting Id is corrupted.\",…}\n";
    const UNFOLDED: &str = "  code: \"InvalidArgument\"\n  ▶innerError: {date: \"2026-04-01T04:01:00\",…}\n  message: \"Meeting Id is corrupted.\"\n";
    assert_eq!(facts(&format!("{FOLDED}{UNFOLDED}")).len(), 1);
    // Another one is a failure of its own.
    assert_eq!(facts(&format!("{FOLDED}{FOLDED}")).len(), 2);
    let other = UNFOLDED.replace("InvalidArgument", "BadRequest");
    assert_eq!(facts(&format!("{FOLDED}{other}")).len(), 2);
}

#[test]
fn the_command_of_an_error_view_is_no_part_of_its_message() {
    let text = "New-CsApplicationAccessPolicy: C:\\ops\\policy.ps1:3\nLine |\n   3 |  New-CsApplicationAccessPolicy -Identity Meetings\n     |  \
        ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n     | Policy already exists\n";
    assert_eq!(facts(text)[0]["message"], "Policy already exists");
    assert_eq!(
        facts("New-CsApplicationAccessPolicy : Policy already exists")[0]["message"],
        "New-CsApplicationAccessPolicy : Policy already exists"
    );
}
