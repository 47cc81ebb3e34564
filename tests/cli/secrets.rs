//! Tokens and other secrets are masked; pseudonyms hide who it was.

use super::*;

fn token(claims: &Value) -> String {
    let part = |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    let signature =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode("not a real signature, this token is made up");
    format!("{}.{}.{signature}", part(&json!({"typ": "JWT", "alg": "RS256"})), part(claims))
}

pub(crate) fn app_token(tenant: &str) -> String {
    token(&json!({
        "aud": "https://graph.microsoft.com", "tid": tenant, "appid": APP, "idtyp": "app", "oid": "e2b0f6a4-8d1c-4c39-9a57-5f3d7c2b1e08",
        "roles": ["OnlineMeetings.Read.All"], "iat": 1_795_168_200, "exp": 1_795_172_700
    }))
}

/// Every output of every format, with the token nowhere in it.
fn without_secret(secret: &str, run: impl Fn(&[&str]) -> common::Run) {
    let parts: Vec<&str> = secret.split('.').filter(|part| part.len() > 12).collect();
    for options in
        [&[][..], &["-v"], &["--format", "json"], &["--format", "ndjson"], &["--redact"], &["--color", "always", "-v"]]
    {
        let run = run(options);
        for part in &parts {
            assert!(!run.out.contains(part) && !run.err.contains(part), "{options:?} prints a token");
        }
    }
}

#[test]
fn tokens_are_decoded_and_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let secret = app_token(TENANT);
    let path = write(&folder, "token.txt", format!("Bearer {secret}\n"));
    let request = format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/x");
    let by_file = |options: &[&str]| {
        graphwhy([&["explain", "--token-file", &path, "--request", &request], options].concat(), NARROWED)
    };
    let by_variable = |options: &[&str]| {
        finish(
            command().env("GRAPHWHY_TOKEN", &secret).args(["explain", "--request", &request]).args(options),
            NARROWED.as_bytes(),
        )
    };
    let in_text = |options: &[&str]| {
        let text = format!("curl -H 'Authorization: Bearer {secret}' {request}\n{NARROWED}");
        graphwhy([&["explain"], options].concat(), text)
    };
    without_secret(&secret, by_file);
    without_secret(&secret, by_variable);
    without_secret(&secret, in_text);
    for run in [by_file(&["--format", "json"]), by_variable(&["--format", "json"]), in_text(&["--format", "json"])] {
        let facts = first(&run)["facts"].clone();
        assert_eq!(
            (&facts["app_id"], &facts["tenant_id"], &facts["token_kind"]),
            (&json!(APP), &json!(TENANT), &json!("app")),
            "{facts}"
        );
        assert_eq!(facts["roles"], json!(["OnlineMeetings.Read.All"]));
    }
    assert!(in_text(&[]).err.contains("1 secret was masked"), "{}", in_text(&[]).err);
    let both = finish(
        command().env("GRAPHWHY_TOKEN", "x").args(["explain", "--format", "json", "--token-file", &path]),
        NARROWED.as_bytes(),
    );
    assert_eq!(first(&both)["facts"]["app_id"], APP, "the option goes before the variable");
}

#[test]
fn what_is_no_token_is_said_and_not_repeated() {
    let run = finish(command().env("GRAPHWHY_TOKEN", "hunter2-hunter2-hunter2").arg("explain"), NARROWED.as_bytes());
    assert_eq!(run.code, 1);
    assert!(run.err.contains("no JSON Web Token") && !run.err.contains("hunter2"), "{run:?}");
    assert!(!run.out.contains("hunter2"), "{run:?}");
}

#[test]
fn other_secrets_are_masked_too() {
    let text = format!("client_secret=abc8Q~verysecretvalue123456 Cookie: session=deadbeefdeadbeef\n{NARROWED}");
    for options in [&[][..], &["--format", "json"], &["-v"]] {
        let run = graphwhy([&["explain"], options].concat(), &text);
        assert!(!run.out.contains("verysecretvalue") && !run.out.contains("deadbeefdeadbeef"), "{}", run.out);
    }
}

/// A token and a secret wherever somebody may have put them, and every command and format that tells of it.
#[test]
fn no_output_of_any_command_has_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let jwt = app_token(TENANT);
    let mut state = snapshot(TENANT);
    state["policies"]["items"] = json!([
        {"name": "Global", "app_ids": []},
        {"name": format!("Rooms {jwt}"), "app_ids": [APP], "description": "client_secret=hunter2x"},
    ]);
    state["direct"]["items"] = json!([{"user_id": USER, "policy": format!("Rooms {jwt}")}]);
    let file = |name: &str, text: String| write(&folder, name, text);
    let one = file("one.json", state.to_string());
    state["policies"]["items"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "Desk password=hunter2x", "app_ids": [APP]}));
    let other = file("other.json", state.to_string());
    let pairs = file("pairs.csv", format!("app_id,user_id,operation\n{APP},{jwt},\n{jwt},{USER},\n"));
    let wrong = file("wrong.csv", format!("app_id,user_id,operation\n{APP},{USER},{jwt}\n"));
    let reason = format!("see {jwt} client_secret=hunter2x Cookie: a=hunter2x");
    let expect = file(
        "expect.toml",
        format!("[[expect]]\napp = \"{APP}\"\nusers = [\"{USER}\"]\naccess = \"deny\"\nreason = \"{reason}\"\n"),
    );
    let script = file(
        "a.ps1",
        format!(
            "$env:X_TOKEN = '{jwt}'\n$env:Y_TOKEN = 'hunter2x'; Grant-CsApplicationAccessPolicy -PolicyName 'A' -Identity 'Rooms'; \
             az login -u x -p hunter2x\nNew-CsApplicationAccessPolicy -Identity 'A' -AppIds '{APP}' -Description '{jwt}'; \
             Connect-X -Password hunter2x\nSet-CsApplicationAccessPolicy -Identity 'A' -AppIds '{APP}'; \
             ConvertTo-SecureString 'hunter2x' -AsPlainText\nGrant-CsApplicationAccessPolicy -PolicyName '{jwt}' -Identity '{USER}'\n"
        ),
    );
    let mut runs: Vec<Vec<&str>> = Vec::new();
    for format in ["human", "json", "ndjson", "sarif", "junit", "markdown", "github"] {
        for command in [
            &["check", "--state", &one, "--app", APP, "--user", &jwt][..],
            &["check", "--state", &one, "--app", &jwt, "--user", USER],
            &["check", "--state", &one, "--pairs", &pairs, "-v"],
            &["check", "--state", &one, "--expect", &expect],
            &["plan", "--state", &one, "--app", APP, "--user", USER, "-v"],
            &["plan", "--state", &one, &script],
            &["audit", "--state", &one],
            &["diff", &one, &other],
            &["lint", &script, "--state", &one],
        ] {
            runs.push([command, &["--format", format]].concat());
        }
    }
    runs.push(vec!["check", "--state", &one, "--app", APP, "--user", USER, "--operation", &jwt]);
    runs.push(vec!["check", "--state", &one, "--pairs", &wrong, "--format", "json"]);
    runs.push(vec!["check", "--bogus", &jwt]);
    runs.push(vec!["rules", &jwt]);
    runs.push(vec!["lint", &script, "--diff"]);
    runs.push(vec!["audit", "--state", &one, "--color", "always"]);
    let parts: Vec<&str> = jwt.split('.').skip(1).map(|part| &part[..24]).chain(["hunter2x"]).collect();
    for args in &runs {
        let run = graphwhy(args, "");
        let what: Vec<String> = args.iter().map(|arg| arg.chars().take(40).collect()).collect();
        for part in &parts {
            assert!(!run.out.contains(part) && !run.err.contains(part), "{what:?} prints a secret");
        }
        if args.ends_with(&["--format", "json"]) || args.ends_with(&["--format", "sarif"]) {
            run.json();
        }
    }
    // What is written back is the script's own text.
    let run = graphwhy(["lint", &script, "--fix"], "");
    let kept = std::fs::read_to_string(&script).unwrap();
    assert!(kept.contains(&jwt) && kept.matches("hunter2x").count() == 4, "{run:?}");
}

#[test]
fn a_delegated_token_rules_the_policy_out() {
    let folder = tempfile::tempdir().unwrap();
    let claims =
        json!({"aud": "https://graph.microsoft.com", "tid": TENANT, "appid": APP, "oid": USER, "scp": "User.Read"});
    let path = write(&folder, "token.txt", token(&claims));
    let request = "GET https://graph.microsoft.com/v1.0/me/onlineMeetings/x";
    let empty = r#"{"error":{"code":"Forbidden","message":""}}"#;
    let result = first(&graphwhy(["explain", "--format", "json", "--token-file", &path, "--request", request], empty));
    assert_eq!(result["facts"]["token_kind"], "delegated");
    for gate in result["gates"].as_array().unwrap() {
        if gate["gate"] == "policy" || gate["gate"] == "time" {
            assert_eq!(gate["outcome"], "skipped", "{gate}");
        }
    }
    assert!(findings(&result).iter().all(|it| !it.contains("policy")), "{:?}", findings(&result));
}

#[test]
fn redacted_reports_hold_no_canary() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = snapshot(TENANT);
    state["policies"]["items"] = json!([{"name": "Global", "app_ids": []}, {"name": "Canary Policy", "app_ids": ["1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11"]}]);
    state["direct"]["items"] = json!([{"user_id": USER, "policy": "Canary Policy"}]);
    state["users"]["items"][0]["name"] = json!("Adele Canary");
    state["apps"]["items"][0]["name"] = json!("Canary Scheduler");
    let other = json!({"app_id": "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11", "name": "Canary Notes"});
    state["apps"]["items"].as_array_mut().unwrap().push(other);
    let path = write(&folder, "state.json", state.to_string());
    let meeting =
        base64::engine::general_purpose::STANDARD.encode(format!("1*{USER}*0**19:meeting_Q2FuYXJ5@thread.v2"));
    let text = format!(
        "{}\nAdele Canary <adele@contoso.com> of contoso.onmicrosoft.com at 10.1.2.3 wrote:\nGET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings/{meeting}\n\nHTTP/1.1 403 Forbidden\nDate: Fri, 20 Nov 2026 10:00:00 GMT\n\n{{\"error\":{{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app {APP} on the user {USER}.\",\"innerError\":{{\"request-id\":\"5f0c2f7a-93d1-4b8e-a6c4-0d7e1b9f3a25\"}}}}}}\n",
        format_args!(
            "https://teams.microsoft.com/l/meetup-join/19%3ameeting_Q2FuYXJ5%40thread.v2/0?context=%7b%22Tid%22%3a%22{TENANT}%22%2c%22Oid%22%3a%22{USER}%22%7d"
        )
    );
    let canaries = [
        APP,
        USER,
        TENANT,
        "1f7b3d52",
        "5f0c2f7a",
        "adele",
        "contoso",
        "Canary",
        "canary",
        "Q2FuYXJ5",
        &meeting[..20],
        "10.1.2.3",
    ];
    let run = |options: &[&str]| graphwhy([&["explain", "-", "--state", &path], options].concat(), &text);
    let plain = run(&["--format", "json"]);
    assert_eq!(findings(&first(&plain)), ["no-policy-names-app certain"], "{}", plain.out);
    for canary in [APP, USER, "5f0c2f7a", "Canary Policy"] {
        assert!(plain.out.contains(canary), "the test shows nothing: {canary} is not printed anyway");
    }
    for options in
        [&["--redact"][..], &["--redact", "-v"], &["--redact", "--format", "json"], &["--redact", "--format", "ndjson"]]
    {
        let shown = run(options);
        for canary in canaries {
            assert!(
                !shown.out.contains(canary) && !shown.err.contains(canary),
                "{options:?}: {canary} in\n{}",
                shown.out
            );
        }
        assert_eq!(shown.out, run(options).out, "the same input gives the same pseudonyms");
        assert_eq!(shown.code, plain.code);
    }
    let (plain, shown) = (first(&plain), first(&run(&["--redact", "--format", "json"])));
    assert_eq!(findings(&plain), findings(&shown));
    assert_eq!(plain["source"]["start"], shown["source"]["start"]);
    assert_eq!(plain["findings"][0]["labels"][0]["start"], shown["findings"][0]["labels"][0]["start"]);
    let (app, user) = (shown["facts"]["app_id"].as_str().unwrap(), shown["facts"]["user_id"].as_str().unwrap());
    assert!(
        app != user && shown["facts"]["message"].as_str().unwrap().contains(app),
        "one value, one pseudonym: {shown:#}"
    );
    assert_eq!(shown["facts"]["organizer_id"], user);
    assert!(shown["fixes"].to_string().contains(app), "commands are about the same pseudonyms");
}

#[test]
fn a_report_for_others_shows_no_broken_id_and_no_words_that_were_not_understood() {
    let broken = "Forbidden: No application access policy found for this app 9c4f2c1e-5a0b-\n4f6d-8f53-0d6a3c1b7e20 on the user 748d2cbb-3b55-40ed-8c34-\n2eae5932b22a.";
    let beside = "{\"error\":{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app of Adele Vance\"}}";
    let unknown = "{\"error\":{\"code\":\"Forbidden\",\"message\":\"Adele Vance may not do that\",\"innerError\":{\"date\":\"2026-05-05T10:00:00\",\"request-id\":\"cc10c8f0-7a33-4c1e-9b77-0f6f2a9f4dcc\"}}}";
    for text in [broken, beside, unknown] {
        for format in ["human", "json"] {
            let out = graphwhy(["explain", "-", "--redact", "--verbose", "--format", format], text).out;
            for secret in ["9c4f2c1e-5a0b", "4f6d-8f53", "748d2cbb", "2eae5932b22a", "Adele", "Vance", "cc10c8f0"] {
                assert!(!out.contains(secret), "{secret}: {out}");
            }
        }
    }
    let other = graphwhy(
        ["explain", "-", "--redact", "--format", "json", "--state", "testdata/readme/tenant.json"],
        "POST https://graph.microsoft.com/v1.0/communications/calls\n\n{\"tenantId\":\"aadb1e2f-3c4d-4e5f-8a6b-7c8d9e0f1a2b\"}\n\nHTTP/1.1 403 Forbidden\n{\"error\":{\"code\":\"7504\",\"message\":\"Insufficient enterprise tenant permissions, cannot access this API.\"}}",
    )
    .out;
    assert!(!other.contains("aadb1e2f"), "{other}");
}

#[test]
fn a_token_file_may_be_utf_16_or_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let token =
        "eyJhbGciOiJub25lIn0.eyJhcHBpZCI6IjljNGYyYzFlLTVhMGItNGY2ZC04ZjUzLTBkNmEzYzFiN2UyMCIsImlkdHlwIjoiYXBwIn0.c2ln";
    let file = folder.path().join("token.txt");
    let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(token.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    std::fs::write(&file, wide).unwrap();
    let out = graphwhy(
        ["explain", "-", "--format", "json", "--token-file", file.to_str().unwrap()],
        "403 No application access policy found for this app",
    )
    .json();
    assert_eq!(out["results"][0]["facts"]["app_id"], "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20");
}
