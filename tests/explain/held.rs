//! Sentences about a message that JSON, a page or a mail holds: they make it as uncertain as they do on a line of their own.

use super::common::graphwhy;

const WORDS: &str = "Meeting Id is corrupted.";
const WRAPPED: &str = "Application with identifier 'X' was not found in the directory\n'Y'";

/// The confidence of the first finding of each failure.
fn first(form: &str) -> Vec<String> {
    let text = form.replace('§', WORDS).replace('¤', WRAPPED);
    let found = graphwhy(["explain", "-", "--format", "json"], &text).json();
    let results = found["results"].as_array().cloned().unwrap_or_default();
    let confidence = |result: &serde_json::Value| result["findings"][0]["confidence"].as_str().map(str::to_owned);
    results.iter().filter_map(confidence).collect()
}

fn are_doubtful(texts: &[&str]) {
    for text in texts {
        let found = first(text);
        assert!(found.iter().all(|it| it != "certain"), "{text}: {found:?}");
    }
}

fn are_certain(texts: &[&str]) {
    for text in texts {
        assert!(first(text).iter().any(|it| it == "certain"), "{text}");
    }
}

#[test]
fn lines_that_were_wrapped_or_quoted() {
    are_doubtful(&[
        "A. The message \"¤\" appears when the tenant has not consented.",
        "We will start enforcing the check of ids at the end of July: calls will then\nfail with 400 \"§\" unless an admin\nopts in.",
        "UPDATE: resolved. The admin switched Transcript API access on; before that we\ngot \"§\"",
        "> fix(graph): stop passing the join URL (\"§\")",
        "> @@ -10,3 +10,3 @@\n> -| 400 | § | use the id |\n> +| 400 | § | pass the id |\n",
        "    UPDATE: resolved. The admin switched Transcript API access on; before that we\n    got \"§\"",
    ]);
    are_certain(&[
        "Since this morning our booking service can not read the meetings of the users: we\nget \"§\"",
        "Here is what our booking service logs when it reads the meeting of one user\n§",
        "> Here is what our booking service logs when it reads the meeting of one user\n> \"§\"",
        "The nightly job of our booking service reads all meetings, and Graph answers with\n400 \"§\"",
    ]);
}

#[test]
fn quotes_of_a_page() {
    are_doubtful(&[
        "raise ValueError(&quot;§&quot;)",
        "$ grep -c &quot;§&quot; export.log\n0",
        "Hypothetically, if I use the thread id, will I get &quot;§&quot; or does it work?",
        "const MESSAGES = {\n  corrupted: ’§’,\n  notRegistered: ’Application is not registered in our store.’,\n};",
        "✓ shows &quot;§&quot; (12 ms)",
    ]);
    are_certain(&["We get &quot;§&quot; since today.", "Graph says “§” for all of our meetings."]);
}

#[test]
fn strings_of_json() {
    are_doubtful(&[
        "{\"id\":118,\"body\":\"nit: the message is \\\"§\\\" with a full stop, your regex does not match it.\",\"line\":44}",
        "\"Q. Why do I get \\\"§\\\"?\\nA. The message appears when the id is of a thread.\"",
        "\"responses\":{\"400\":{\"description\":\"§\"},\"429\":{\"description\":\"Too many requests\"}}",
    ]);
    are_certain(&[
        "{\"level\":\"error\",\"msg\":\"§\"}",
        "{\"level\":\"error\",\"msg\":\"list failed: §\",\"job\":\"sync\"}",
        "{\"id\":118,\"body\":\"since today we get \\\"§\\\" for all meetings\",\"line\":44}",
    ]);
}

#[test]
fn tables_of_a_program() {
    are_doubtful(&[
        "errors:\n  MeetingIdCorrupted: \"§\"\n  NotAllowed: \"It is not allowed here.\"\n",
        "match code { 7502 => \"§\", 7505 => \"Request authorization tenant mismatch\", _ => \"?\" }",
        "return res(ctx.status(400), ctx.json({ error: { code: 'BadRequest', message: '§' } }));",
        "<Trans>§</Trans>",
        "$ rg \"Meeting Id is corrupted\" src/\nsrc/errors.ts:44:  corrupted: /Meeting Id is corrupted/,\n",
        "* 3.2.0: map `7503` (Application is not registered in our store) to BotNotRegistered",
        "graph_errors_total{code=\"TooManyRequests\",status=\"429\"} 0\n",
    ]);
    are_certain(&["src/sync.go:44: list failed: §", "$ node sync.js\nError: §"]);
}

/// What somebody made for a program, a test or a page.
#[test]
fn what_is_made() {
    let error = r#"{"error":{"code":"BadRequest","message":"§"}}"#;
    let forms = [
        "## [1.3.0] - 2026-10-01\n### Added\n- §\n",
        "logger.error(\"§\")",
        "Write-Error \"§\"",
        "Calls of that kind are answered with \"§\"",
        "The service returns \"§\" for such meetings.",
        "#### 400 Bad Request\n\n```json\n%\n```\n\nThe path parameter is wrong.",
        "A response looks like this:\n%",
        "If that is so the service returns:\n\nHTTP/1.1 400 Bad Request\n%",
        "[{\"case\":1,\"response\":%,\"expect\":{\"kind\":\"id\"}}]",
        "- input: '%'\n  expected: bad-id\n",
        "{\"name\":\"bad id\",\"fixture\":{\"status\":400,\"body\":%}}",
        "{\"input\":%,\"want\":\"bad-id\"}",
        "9bc0d17 Merge pull request #12 from ida/x: §",
        "a1b2c3d fix: §",
        "* 9bc0d17 docs: §",
        "cases := map[string]string{\n  `%`: \"bad-id\",\n}",
        "cases := []struct{ body, want string }{\n\t{`%`, \"bad\"},\n}",
        "stub_request(:get, /onlineMeetings/).to_return(status: 400, body: '%')",
        "english,swedish\n\"§\",\"Det gick inte.\"",
        "In 2024 our tenant showed \"§\" for two days; that is long over.",
        "Once we go app-only, the job will break with \"§\"",
        "After the change callers will get \"§\".",
        "Risk: § Mitigation: ask the customer beforehand.",
        "Simulated response (chaos proxy):\n%",
    ];
    are_doubtful(&forms.map(|form| form.replace('%', error)).iter().map(String::as_str).collect::<Vec<_>>());
    let met = [
        "We get \"§\"",
        "{\"level\":\"error\",\"body\":%}",
        "GraphError(\"§\")",
        "## Fixed? No.\n\nSince today we get §",
        "After the change callers get \"§\" again",
        "If I call it the service returns:\n%",
        "Sie bekommen: §",
        "a1b2c3d4 GET /users/x/onlineMeetings 400 §",
    ];
    are_certain(&met.map(|form| form.replace('%', error)).iter().map(String::as_str).collect::<Vec<_>>());
}
