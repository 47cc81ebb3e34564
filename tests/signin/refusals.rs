//! No token: what is half set, what contradicts itself, what the authority says, and an authority in trouble.

use super::*;

#[test]
fn what_is_half_set_is_named_and_nothing_else_is_tried() {
    let stage = Stage::fair();
    let (tenant, client, secret) =
        (("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT), ("AZURE_CLIENT_SECRET", SECRET));
    let file = ("AZURE_CLIENT_CERTIFICATE_PATH", "app.pem");
    for (set, says) in [
        (vec![tenant, secret], "AZURE_TENANT_ID and AZURE_CLIENT_SECRET are set, but AZURE_CLIENT_ID is not"),
        (vec![client, secret], "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are set, but AZURE_TENANT_ID is not"),
        (vec![secret], "AZURE_CLIENT_SECRET is set, but AZURE_TENANT_ID and AZURE_CLIENT_ID are not"),
        (vec![file, tenant], "AZURE_TENANT_ID and AZURE_CLIENT_CERTIFICATE_PATH are set, but AZURE_CLIENT_ID is not"),
        (
            vec![tenant],
            "AZURE_TENANT_ID is set, but AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE are not",
        ),
        (
            vec![tenant, client],
            "AZURE_TENANT_ID and AZURE_CLIENT_ID are set, but AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE is not",
        ),
        (vec![("AZURE_FEDERATED_TOKEN_FILE", "t"), client], "AZURE_TENANT_ID is not"),
        // A blank one is none.
        (vec![tenant, ("AZURE_CLIENT_ID", "  "), secret], "but AZURE_CLIENT_ID is not"),
        (vec![tenant, ("AZURE_CLIENT_ID", "my app"), secret], "`my app` is no client id"),
        (vec![("AZURE_TENANT_ID", "../x"), client, secret], "neither the id nor a domain of a tenant"),
    ] {
        let told = stage.run(&[], &set);
        assert_eq!(told.code, 3, "{set:?}: {}", told.err);
        assert!(told.err.contains(says) && told.err.contains("help: "), "{says}: {}", told.err);
    }
    let told = stage.run(&["--sign-in", "certificate"], &app(&[("AZURE_CLIENT_SECRET", SECRET)]));
    assert!(told.err.contains("AZURE_CLIENT_CERTIFICATE_PATH is not"), "{}", told.err);
    assert_eq!(stage.server.requests().len(), 0);
}

#[test]
fn what_contradicts_itself_is_a_usage_error() {
    let stage = Stage::fair();
    std::fs::write(stage.path("bare.toml"), format!("graph = \"{}\"", stage.server.root())).unwrap();
    let secret = app(&[("AZURE_CLIENT_SECRET", SECRET)]);
    let elsewhere =
        app(&[("AZURE_CLIENT_SECRET", SECRET), ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/")]);
    for (args, variables, says) in [
        (vec!["--tenant", OTHER], &secret, "AZURE_TENANT_ID is `d0000000-0000-4000-8000-000000000001`, `--tenant` is"),
        (vec![], &elsewhere, "AZURE_AUTHORITY_HOST is `https://login.microsoftonline.us/`, but cloud `custom`"),
        (vec!["--cloud", "china"], &elsewhere, "but cloud `china` signs in at `login.chinacloudapi.cn`"),
        (vec!["--cloud", "bare.toml"], &secret, "names no sign-in authority"),
    ] {
        let told = stage.run(&args, variables);
        assert_eq!(told.code, 2, "{args:?}: {}", told.err);
        assert!(told.err.contains(says), "{}", told.err);
    }
    assert_eq!(stage.server.requests().len(), 0);
    let same = stage.server.root();
    assert_eq!(stage.run(&[], &app(&[("AZURE_CLIENT_SECRET", SECRET), ("AZURE_AUTHORITY_HOST", &same)])).code, 0);
}

#[test]
fn every_refusal_says_what_to_change() {
    for (code, description, says, help) in [
        (7_000_215, "Invalid client secret provided.", "the client secret is wrong", "AZURE_CLIENT_SECRET"),
        (
            7_000_222,
            "The provided client secret keys for app 'x' are expired.",
            "the client secret is expired",
            "new client secret",
        ),
        (
            700_016,
            "Application with identifier 'x' was not found in the directory 'Contoso'.",
            "does not know the app",
            "AZURE_CLIENT_ID",
        ),
        (90_002, "Tenant 'x' not found.", "does not know the tenant", "--cloud"),
        (50_020, "User account 'u' does not exist in tenant.", "the account does not exist in this tenant", "guest"),
        (
            65_001,
            "The user or administrator has not consented to use the application.",
            "nobody consented",
            "--explain-rights",
        ),
        (
            700_027,
            "Client assertion failed signature validation.",
            "signature of the client assertion",
            "upload the certificate",
        ),
        (
            53_003,
            "Access has been blocked by Conditional Access policies.",
            "conditional access forbids it",
            "sign-in log",
        ),
        (700_024, "Client assertion is not within its valid time range.", "not within its valid time", "clock"),
        // What is not known is told in the service's words, and not guessed at.
        (999_999_999, "Something new.", "AADSTS999999999: Something new.", "check AZURE_TENANT_ID"),
    ] {
        let body = json!({
            "error": "invalid_client",
            "error_description": format!("AADSTS{code}: {description} Trace ID: 0\r\n{SECRET}\u{1b}[31m"),
            "error_codes": [code],
        });
        let stage = Stage::refusing(401, body);
        let told = stage.run(&[], &app(&[("AZURE_CLIENT_SECRET", SECRET)]));
        assert_eq!(told.code, 3, "{}", told.err);
        assert!(told.err.contains("error: sign-in failed: "), "{}", told.err);
        assert!(
            told.err.contains(says) && told.err.contains(description) && told.err.contains(help),
            "{code}: {}",
            told.err
        );
        assert_eq!((stage.graph_requests(), stage.forms().len()), (0, 1));
    }
}

#[test]
fn a_clock_that_is_off_is_told() {
    let stage = Stage::new(1, Duration::ZERO, |_, request, _, _| {
        request
            .target
            .starts_with("/login")
            .then(|| oauth("invalid_client").header("Date", "Mon, 01 Jan 2125 10:00:00 GMT"))
    });
    let told = stage.run(&[], &app(&[("AZURE_CLIENT_SECRET", SECRET)]));
    assert!(
        told.err.contains("this machine's clock is") && told.err.contains("s behind the authority's"),
        "{}",
        told.err
    );
}

#[test]
fn a_token_of_another_tenant_reads_nothing() {
    let stage = Stage::new(1, Duration::ZERO, |desk, request, _, _| {
        let token = || desk.issue(OTHER, Duration::from_secs(3600));
        request
            .target
            .starts_with("/login")
            .then(|| Reply::json(200, json!({"expires_in": 3600, "access_token": token()})))
    });
    let variables = [("AZURE_TENANT_ID", "contoso.com"), ("AZURE_CLIENT_ID", CLIENT), ("AZURE_CLIENT_SECRET", SECRET)];
    let told = stage.run(&["--tenant", TENANT], &variables);
    assert_eq!((told.code, stage.graph_requests()), (3, 0), "{}", told.err);
    assert!(
        told.err.contains(&format!("the token is of tenant `{OTHER}`, `--tenant` of tenant `{TENANT}`")),
        "{}",
        told.err
    );
}

#[test]
fn an_authority_in_trouble() {
    let secret = app(&[("AZURE_CLIENT_SECRET", SECRET)]);
    // A passing fault passes.
    let count = AtomicUsize::new(0);
    let stage = Stage::new(1, Duration::ZERO, move |_, request, _, _| {
        let first = request.target.starts_with("/login") && count.fetch_add(1, Ordering::SeqCst) < 2;
        first.then(|| Reply::html(503, "busy").header("Retry-After", "0.2"))
    });
    assert_eq!(stage.run(&[], &secret).code, 0);
    assert_eq!(stage.forms().len(), 3);

    // A redirect is not followed: the secret stays here.
    let elsewhere = Stage::fair();
    let there = format!("{}/login/x/oauth2/v2.0/token", elsewhere.server.root());
    let stage = Stage::new(1, Duration::ZERO, move |_, request, _, _| {
        request.target.starts_with("/login").then(|| Reply::json(307, "{}").header("Location", &there))
    });
    let told = stage.run(&[], &secret);
    assert_eq!((told.code, elsewhere.server.requests().len()), (3, 0));
    assert!(told.err.contains("a redirect, which is not followed"), "{}", told.err);

    for (reply, says) in [
        (Reply::html(200, "<html>Sign in to the hotel</html>"), "holds no access token"),
        (Reply::html(403, "<html>no</html>"), "without its error object (text/html)"),
        (Reply::json(200, json!({"access_token": "two words", "expires_in": 3600})), "characters that no token has"),
        (Reply::json(200, json!({"access_token": 5})), "holds no access token"),
        (Reply::html(503, "busy"), "503 without its error object"),
    ] {
        let stage = Stage::new(1, Duration::ZERO, move |_, request, _, _| {
            request.target.starts_with("/login").then(|| reply.clone())
        });
        let told = stage.run(&[], &secret);
        assert_eq!((told.code, stage.graph_requests()), (3, 0), "{}", told.err);
        assert!(told.err.contains(says), "{}", told.err);
    }

    let stage = Stage::fair();
    std::fs::write(stage.path("gone.toml"), "graph = \"http://127.0.0.1:1\"\nlogin = \"http://127.0.0.1:1\"").unwrap();
    let start = Instant::now();
    let told = stage.run(&["--cloud", "gone.toml"], &secret);
    assert_eq!(told.code, 3);
    assert!(
        told.err.contains("the authority could not be asked") && told.err.contains("(after 4 attempts)"),
        "{}",
        told.err
    );
    assert!(start.elapsed() < Duration::from_secs(20));
}
