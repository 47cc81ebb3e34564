//! Lines of a program that compare with a message, answer with it in a test, or translate it: no failure. What an exception
//! prints beside its source line stays one.

use super::common::graphwhy;
use serde_json::Value;

const WORDS: &str = "Graph API access to transcripts is disabled for this tenant";

fn results(text: &str) -> Vec<Value> {
    let text = text.replace('§', WORDS);
    graphwhy(["explain", "-", "--format", "json"], text).json()["results"].as_array().unwrap().clone()
}

#[test]
fn a_line_that_compares_is_no_failure() {
    for text in [
        "if (err.code === 'Forbidden' && /§/.test(err.message)) {\n  return res.status(424).json({ hint: 'policy' });\n}",
        "case msg.includes('§'): return 403",
        "grep -q '§' out.json && echo yes",
        "mock.onGet(url).reply(403, { error: { code: 'Forbidden', message: '§' } });",
        "nock(HOST)\n  .get(/onlineMeetings/)\n  .reply(403, {\n    error: {\n      code: 'Forbidden',\n      message: '§',\n    },\n  });\n",
        "const RE = /§/i;\nif (RE.test(text)) throw new BadPath();",
        "if (err.message.includes(\"§\")) {",
        "expect(wrapper.text()).toContain(\"§\");",
        "{\"en\":{\"noAccess\":\"§\",\"retry\":\"Retry\"}}",
    ] {
        assert!(results(text).is_empty(), "{text}");
    }
}

#[test]
fn what_was_answered_beside_such_a_line_stays_certain() {
    for text in [
        "Traceback (most recent call last):\n  File \"m.py\", line 12, in get\n    raise GraphError(\"§\")\nGraphError: §",
        "throw \"§\"\nAt C:\\ops\\a.ps1:3 char:1\n+ throw \"§\"\n+ ~~~~~~~~~~\n    + FullyQualifiedErrorId : §",
        "Exception: C:\\ops\\a.ps1:3\nLine |\n   3 |  if ($b -match \"§\") { throw $b }\n     |                        ~~~~~~~~\n     | §",
        "/app/m.js:12\n    if (body.includes(\"§\")) throw new E(body);\n        ^\n\nE: §\n    at x (m.js:12)",
        "$ curl -s https://graph.microsoft.com/v1.0/users/x/onlineMeetings/y/transcripts\n{\"error\":{\"code\":\"Forbidden\",\"message\":\"§\"}}",
        "{ statusCode: 403, code: 'Forbidden', message: '§' }",
        "$ kubectl logs rooms | grep '§'\n2026-05-01T10:00:00Z ERROR §",
        "res.reply(403)\n{\"error\":{\"code\":\"Forbidden\",\"message\":\"§\"}}",
        "{\"en\":{\"error\":{\"code\":\"Forbidden\",\"message\":\"§\"}}}",
        "case 4711: \"§\"",
    ] {
        let found = results(text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0]["findings"][0]["confidence"], "certain", "{text}");
    }
}

#[test]
fn what_is_asserted_documented_or_feared_is_not_certain() {
    for text in [
        "Our test asserts that the message is \"§\".",
        "In our code the string \"§\" is mapped to error E17.",
        "The wiki says \"§\"",
        "§: that is what I feared, but it works.",
    ] {
        assert!(results(text).iter().all(|result| result["findings"][0]["confidence"] != "certain"), "{text}");
    }
    for text in [
        "Our test fails with \"§\"",
        "The wiki says it works, but we get \"§\"",
        "I expected 201; the response is \"§\"",
        "§: that is what I feared.",
    ] {
        assert_eq!(results(text)[0]["findings"][0]["confidence"], "certain", "{text}");
    }
}
