//! `fetch` signs in at an authority on loopback: what is sent, what is told, and that no secret is shown. Real services
//! have no part in it: the Azure CLI is a script here, the identity service of a machine and the pipelines are stand-ins.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "signin/audiences.rs"]
mod audiences;
#[path = "signin/refusals.rs"]
mod refusals;
#[path = "fetch/server.rs"]
#[allow(dead_code, reason = "shared with the tests of `fetch`, which also breaks answers off")]
mod server;
#[path = "signin/stage.rs"]
mod stage;
#[path = "signin/tls.rs"]
mod tls;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use server::{Reply, Request};
use stage::{CLIENT, Desk, Form, SECRET, Stage, TENANT, USER, app, testdata};

const OTHER: &str = "d0000000-0000-4000-8000-00000000000f";

#[test]
fn a_client_secret() {
    let stage = Stage::fair();
    let told = stage.run(&[], &app(&[("AZURE_CLIENT_SECRET", SECRET)]));
    assert_eq!(told.code, 0, "{}", told.err);
    let who = format!("signing in: app `{CLIENT}` in tenant `{TENANT}` with AZURE_CLIENT_SECRET");
    assert!(told.err.contains(&who), "{}", told.err);
    let forms = stage.forms();
    assert_eq!(forms.len(), 1, "one token is enough");
    let (path, form) = &forms[0];
    assert_eq!(path, &format!("/login/{TENANT}/oauth2/v2.0/token"));
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), (CLIENT, SECRET));
    assert_eq!(form["scope"], format!("{}/.default", stage.server.root()));
    assert_eq!(stage.snapshot()["tenant_id"], TENANT);

    // `--tenant` does for the variable, and quiet is quiet.
    let told = stage.run(&["-q", "--tenant", TENANT], &[("AZURE_CLIENT_ID", CLIENT), ("AZURE_CLIENT_SECRET", SECRET)]);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
}

#[test]
fn a_ready_token_is_taken_first_and_not_against_the_word() {
    let stage = Stage::fair();
    let ready = stage.desk.issue(TENANT, Duration::from_secs(3600));
    let variables = app(&[("AZURE_CLIENT_SECRET", SECRET), ("GRAPHWHY_GRAPH_TOKEN", &ready)]);
    assert_eq!(stage.run(&[], &variables).code, 0);
    assert_eq!(stage.forms().len(), 0);
    assert_eq!(stage.run(&["--sign-in", "token"], &variables).code, 0);
    assert_eq!(stage.forms().len(), 0);
    assert_eq!(stage.run(&["--sign-in", "secret"], &variables).code, 0);
    assert_eq!(stage.forms().len(), 1);
    std::fs::write(stage.path("token"), &ready).unwrap();
    let told = stage.run(&["--sign-in", "secret", "--graph-token-file", "token"], &variables);
    assert_eq!(told.code, 2, "{}", told.err);
    let told = stage.run(&["--sign-in", "token"], &app(&[("AZURE_CLIENT_SECRET", SECRET)]));
    assert_eq!(told.code, 3);
    assert!(told.err.contains("GRAPHWHY_GRAPH_TOKEN is not"), "{}", told.err);
    // Arguments are seen by everybody: there is none for a secret.
    for option in ["--client-secret", "--graph-token", "--token", "--password"] {
        assert_eq!(stage.run(&[option, "x"], &[]).code, 2);
    }
}

fn part(token: &str, n: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(n).unwrap()).unwrap()).unwrap()
}

/// The blocks of a PEM file.
fn pem(file: &str, kind: &str) -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(testdata(file)).unwrap();
    let begin = format!("-----BEGIN {kind}-----");
    text.split(&begin)
        .skip(1)
        .map(|rest| {
            let body: String = rest.split("-----END").next().unwrap().split_whitespace().collect();
            STANDARD.decode(body).unwrap()
        })
        .collect()
}

#[test]
fn a_certificate() {
    let stage = Stage::fair();
    let own = pem("app.pem", "CERTIFICATE").remove(0);
    let key = ring::signature::RsaKeyPair::from_pkcs8(&pem("app.pem", "PRIVATE KEY")[0]).unwrap();
    for (file, chain) in [("app.pem", false), ("chain.pem", true)] {
        let file_path = testdata(file);
        let mut variables = app(&[("AZURE_CLIENT_CERTIFICATE_PATH", file_path.as_str())]);
        if chain {
            variables.push(("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "true"));
        }
        let told = stage.run(&[], &variables);
        assert_eq!(told.code, 0, "{}", told.err);
        let (path, form) = stage.forms().pop().unwrap();
        assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assert!(!form.contains_key("client_secret"));
        let assertion = &form["client_assertion"];
        let (header, claims) = (part(assertion, 0), part(assertion, 1));
        assert_eq!((header["alg"].as_str(), header["typ"].as_str()), (Some("PS256"), Some("JWT")));
        let thumbprint = ring::digest::digest(&ring::digest::SHA256, &own);
        assert_eq!(header["x5t#S256"], URL_SAFE_NO_PAD.encode(thumbprint));
        // The certificate of the key is the first, wherever it stands in the file.
        assert_eq!(
            header["x5c"].as_array().map(|it| (it.len(), it[0].clone())),
            chain.then(|| (2, json!(STANDARD.encode(&own))))
        );
        assert_eq!(claims["aud"], format!("{}{path}", stage.server.root()));
        assert_eq!((claims["iss"].as_str(), claims["sub"].as_str()), (Some(CLIENT), Some(CLIENT)));
        let times = ["nbf", "iat", "exp"].map(|name| claims[name].as_i64().unwrap());
        assert!(times[0] <= times[1] && times[1] < times[2] && times[2] - times[0] <= 900, "{times:?}");
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        let public =
            ring::signature::UnparsedPublicKey::new(&ring::signature::RSA_PSS_2048_8192_SHA256, key.public().as_ref());
        public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    }
    let ids: Vec<Value> =
        stage.forms().iter().map(|(_, form)| part(&form["client_assertion"], 1)["jti"].clone()).collect();
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn certificates_that_cannot_sign_are_told_before_anything_is_sent() {
    let stage = Stage::fair();
    for (file, says, help) in [
        ("mismatched.pem", "its key and its certificate do not belong together", "AZURE_CLIENT_CERTIFICATE_PATH"),
        ("encrypted.pem", "its key is encrypted", "openssl pkcs8"),
        ("elliptic.pem", "its key cannot sign", "AZURE_CLIENT_CERTIFICATE_PATH"),
        ("certificate-only.pem", "it holds no private key", "AZURE_CLIENT_CERTIFICATE_PATH"),
        ("app.pfx", "maybe PKCS #12 (PFX)", "openssl pkcs12"),
        ("missing.pem", "cannot be used", "AZURE_CLIENT_CERTIFICATE_PATH"),
    ] {
        let path = testdata(file);
        let told = stage.run(&[], &app(&[("AZURE_CLIENT_CERTIFICATE_PATH", &path)]));
        assert_eq!(told.code, 3, "{file}: {}", told.err);
        assert!(told.err.contains(says) && told.err.contains(help) && told.err.contains(file), "{file}: {}", told.err);
    }
    assert_eq!(stage.server.requests().len(), 0);
}

/// An authority that knows device codes; the answers to the questions about one, by their number.
fn device(extra: Value, answers: impl Fn(&stage::Desk, usize) -> Reply + Send + Sync + 'static) -> Stage {
    let count = AtomicUsize::new(0);
    Stage::new(3, Duration::ZERO, move |desk, request, form, _| {
        if request.target.ends_with("/devicecode") {
            let mut body = json!({"device_code": "made-up-device-code", "user_code": "ABCD\u{1b}EFGH", "expires_in": 60, "interval": 0.1,
                "verification_uri": "https://login.contoso.com/device", "message": "open it"});
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            return Some(Reply::json(200, body));
        }
        (form.get("grant_type")? == "urn:ietf:params:oauth:grant-type:device_code")
            .then(|| answers(desk, count.fetch_add(1, Ordering::SeqCst)))
    })
}

fn oauth(kind: &str) -> Reply {
    Reply::json(400, json!({"error": kind, "error_description": format!("AADSTS1: {kind}"), "error_codes": [1]}))
}

const DEVICE: [&str; 2] = ["--sign-in", "device-code"];

#[test]
fn a_device_code() {
    let stage = device(json!({}), |desk, n| match n {
        0 | 1 => oauth("authorization_pending"),
        _ => {
            let token = desk.issue(TENANT, Duration::from_secs(3600));
            desk.hide("made-up-refresh-token");
            Reply::json(
                200,
                json!({"expires_in": 3600, "access_token": token, "refresh_token": "made-up-refresh-token"}),
            )
        }
    });
    let told = stage.run(&[DEVICE[0], DEVICE[1], "-q"], &[("AZURE_CLIENT_ID", CLIENT)]);
    assert_eq!(told.code, 0, "{}", told.err);
    // Shown even when quiet, and nothing in it reaches the terminal as it is.
    assert_eq!(
        told.err,
        "to sign in, open https://login.contoso.com/device and enter the code ABCD␛EFGH (within 1 minutes)\n"
    );
    let forms = stage.forms();
    assert_eq!(forms.len(), 4);
    assert_eq!(forms[0].0, "/login/organizations/oauth2/v2.0/devicecode");
    assert_eq!(forms[0].1["scope"], format!("{}/.default offline_access", stage.server.root()));
    assert_eq!((forms[1].1["device_code"].as_str(), forms[1].1["client_id"].as_str()), ("made-up-device-code", CLIENT));
}

#[test]
fn a_device_code_is_asked_for_more_slowly_when_the_authority_says_so() {
    let stage = device(json!({}), |desk, n| if n == 0 { oauth("slow_down") } else { desk.grant(3600.0) });
    assert_eq!(stage.run(&DEVICE, &app(&[])).code, 0);
    let polls: Vec<Instant> =
        stage.server.requests().iter().filter(|it| it.target.ends_with("/token")).map(|it| it.at).collect();
    assert_eq!(polls.len(), 2);
    assert!(polls[1] - polls[0] >= Duration::from_secs(5), "{:?}", polls[1] - polls[0]);
}

#[test]
fn device_codes_that_come_to_nothing() {
    for (extra, kind, says) in [
        (json!({}), "authorization_declined", "declined in the browser"),
        (json!({}), "expired_token", "nobody entered the code in time"),
        (json!({"expires_in": 0.5}), "authorization_pending", "nobody entered the code in time"),
        (json!({}), "bad_verification_code", "AADSTS1: bad_verification_code"),
    ] {
        let stage = device(extra, move |_, _| oauth(kind));
        let start = Instant::now();
        let told = stage.run(&DEVICE, &app(&[]));
        assert_eq!(told.code, 3, "{}", told.err);
        assert!(told.err.contains(says) && told.err.contains("help: "), "{}", told.err);
        assert!(start.elapsed() < Duration::from_secs(30));
        assert_eq!(stage.graph_requests(), 0);
    }
    let told = Stage::fair().run(&DEVICE, &[("AZURE_TENANT_ID", TENANT)]);
    assert_eq!(told.code, 3);
    assert!(told.err.contains("AZURE_CLIENT_ID is not") && told.err.contains("public client"), "{}", told.err);
}

#[test]
fn the_waiting_for_a_person_ends_with_the_budget() {
    let stage = device(json!({}), |_, _| oauth("authorization_pending"));
    let start = Instant::now();
    let told = stage.run(&[DEVICE[0], DEVICE[1], "--budget", "1s"], &app(&[]));
    assert_eq!(told.code, 3);
    assert!(told.err.contains("did not finish within the time budget of 1 s"), "{}", told.err);
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[cfg(unix)]
#[test]
fn the_waiting_for_a_person_ends_with_ctrl_c() {
    let stage = device(json!({}), |_, _| oauth("authorization_pending"));
    let start = Instant::now();
    let child = stage.command(&DEVICE, &app(&[])).stderr(std::process::Stdio::piped()).spawn().unwrap();
    while stage.forms().len() < 2 && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let told = stage.told(&child.wait_with_output().unwrap());
    assert_eq!(told.code, 3);
    assert!(told.err.contains("sign-in failed: it was interrupted"), "{}", told.err);
    assert!(!stage.path("out.json").exists());
}

#[test]
fn tokens_that_run_out_are_renewed_on_the_way() {
    // Graph takes each token for two seconds, the list takes five.
    let stage = Stage::new(6, Duration::from_millis(900), |desk, request, _, _| {
        request.target.ends_with("/token").then(|| desk.grant(2.0))
    });
    let told = stage.run(&[], &app(&[("AZURE_CLIENT_SECRET", SECRET)]));
    assert_eq!(told.code, 0, "{}", told.err);
    assert_eq!(stage.snapshot()["users"]["status"], "complete");
    assert_eq!(stage.snapshot()["users"]["items"].as_array().unwrap().len(), 6);
    assert!(stage.forms().len() >= 3, "{}", stage.forms().len());
}

#[test]
fn a_token_that_is_revoked_is_renewed_once() {
    let revoked = AtomicUsize::new(0);
    let stage = Stage::new(3, Duration::ZERO, move |desk, request, _, _| {
        if request.target.contains("skiptoken=1") && revoked.fetch_add(1, Ordering::SeqCst) == 0 {
            desk.revoke();
        }
        None
    });
    let told = stage.run(&[], &app(&[("AZURE_CLIENT_SECRET", SECRET)]));
    assert_eq!(told.code, 0, "{}", told.err);
    assert_eq!(stage.snapshot()["users"]["items"].as_array().unwrap().len(), 3);
    assert_eq!(stage.forms().len(), 2);
}

/// Answers a `$batch`: from the `good`th on with what was asked for, before with a refusal in one part.
fn batches(good: usize) -> impl Fn(&Desk, &Request, &Form, usize) -> Option<Reply> {
    let count = AtomicUsize::new(0);
    move |desk, request, _, _| {
        // The last of them goes by itself.
        if let Some((_, id)) = request.target.split_once("/userConfigurations/").filter(|_| desk.takes(request)) {
            return Some(Reply::json(200, json!({"id": id.get(..36), "effectivePolicyAssignments": []})));
        }
        if !request.target.ends_with("/$batch") || !desk.takes(request) {
            return None;
        }
        let refuses = count.fetch_add(1, Ordering::SeqCst) < good;
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let responses: Vec<Value> = body["requests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| {
                let url = part["url"].as_str().unwrap();
                let id = ["/users/", "/userConfigurations/"].iter().find_map(|path| url.split_once(path)?.1.get(..36));
                let answer = match id {
                    Some(id) => json!({"id": id, "userType": "Member", "accountEnabled": true, "assignedPlans": [], "effectivePolicyAssignments": []}),
                    None => json!({"value": [{"id": TENANT}]}),
                };
                // Only one of them meets the machine that knows.
                if refuses && url.contains("/users/") && url.contains("002") {
                    let error = json!({"error": {"code": "InvalidAuthenticationToken", "message": "no"}});
                    json!({"id": part["id"], "status": 401, "body": error})
                } else {
                    json!({"id": part["id"], "status": 200, "body": answer})
                }
            })
            .collect();
        Some(Reply::json(200, json!({"responses": responses})))
    }
}

#[test]
fn a_token_that_a_part_of_a_batch_refuses_is_renewed_once() {
    let users: Vec<String> = (1..=3).map(|n| USER.replace("001", &format!("{n:03}"))).collect();
    let users = users.join(",");
    let stage = Stage::new(1, Duration::ZERO, batches(1));
    let told = stage.run(&["--users", &users], &app(&[("AZURE_CLIENT_SECRET", SECRET)]));
    assert_eq!(told.code, 0, "{}", told.err);
    assert_eq!(stage.snapshot()["users"]["items"].as_array().unwrap().len(), 3);
    assert_eq!(stage.forms().len(), 2, "one sign-in, one renewal");
    // Refused again with the new one: nothing is asked for a third time, and what was read stays.
    let stage = Stage::new(1, Duration::ZERO, batches(9));
    let told = stage.run(&["--users", &users], &app(&[("AZURE_CLIENT_SECRET", SECRET)]));
    assert_eq!(told.code, 4, "{}", told.err);
    let users = &stage.snapshot()["users"];
    assert_eq!((users["status"].as_str(), users["items"].as_array().unwrap().len()), (Some("partial"), 2));
    assert_eq!(stage.forms().len(), 2);
}

#[test]
fn a_person_is_asked_once_and_the_refresh_token_does_the_rest() {
    let stage = Stage::new(4, Duration::from_millis(900), |desk, request, form, _| {
        if request.target.ends_with("/devicecode") {
            return Some(Reply::json(
                200,
                json!({"device_code": "made-up-device-code", "user_code": "ABCDEFGH", "interval": 0.1,
                "verification_uri": "https://login.contoso.com/device"}),
            ));
        }
        let n = desk.forms.lock().unwrap().len();
        form.get("grant_type").map(|_| {
            let token = desk.issue(TENANT, Duration::from_secs(2));
            let refresh = format!("made-up-refresh-token-{n}");
            Reply::json(200, json!({"expires_in": 2, "access_token": token, "refresh_token": refresh}))
        })
    });
    let told = stage.run(&DEVICE, &app(&[]));
    assert_eq!(told.code, 0, "{}", told.err);
    assert_eq!(told.err.matches("to sign in, open").count(), 1, "{}", told.err);
    let refreshed: Vec<String> =
        stage.forms().iter().filter_map(|(_, form)| form.get("refresh_token").cloned()).collect();
    assert!(!refreshed.is_empty());
    // Each is used once: the authority may give another one.
    assert_eq!(refreshed[0], "made-up-refresh-token-2");
}

#[test]
fn what_was_read_stays_when_the_token_cannot_be_renewed() {
    let count = AtomicUsize::new(0);
    let stage = Stage::new(6, Duration::from_millis(900), move |desk, request, _, _| {
        request.target.ends_with("/token").then(|| match count.fetch_add(1, Ordering::SeqCst) {
            0 => desk.grant(2.0),
            _ => Reply::json(401, json!({"error": "invalid_client", "error_description": "AADSTS7000222: The provided client secret keys are expired."})),
        })
    });
    let told = stage.run(&[], &app(&[("AZURE_CLIENT_SECRET", SECRET)]));
    assert_eq!(told.code, 4, "{}", told.err);
    let users = &stage.snapshot()["users"];
    assert_eq!(users["status"], "partial");
    assert!(
        users["reason"]["detail"].as_str().unwrap().contains("could not be renewed: the client secret is expired"),
        "{users}"
    );
    assert!(!users["items"].as_array().unwrap().is_empty());
}

#[test]
fn workload_identity() {
    let stage = Stage::fair();
    std::fs::write(stage.path("projected"), "eyJhbGciOiJub25lIn0.bWFkZS11cA.c2ln\n").unwrap();
    let told = stage.run(&[], &app(&[("AZURE_FEDERATED_TOKEN_FILE", "projected")]));
    assert_eq!(told.code, 0, "{}", told.err);
    assert_eq!(stage.forms()[0].1["client_assertion"], "eyJhbGciOiJub25lIn0.bWFkZS11cA.c2ln");
    std::fs::write(stage.path("empty"), "\n").unwrap();
    for file in ["missing", "empty", "."] {
        let told = stage.run(&["--sign-in", "workload-identity"], &app(&[("AZURE_FEDERATED_TOKEN_FILE", file)]));
        assert_eq!(told.code, 3, "{}", told.err);
        assert!(told.err.contains("set AZURE_FEDERATED_TOKEN_FILE"), "{}", told.err);
    }
    assert_eq!(stage.forms().len(), 1);
}

#[test]
fn pipelines() {
    let stage = Stage::new(1, Duration::ZERO, |desk, request, _, _| {
        let sent = request.headers.get("authorization").map(String::as_str);
        if request.target.starts_with("/oidc") {
            return Some(if sent == Some("Bearer made-up-request-token") {
                desk.hide("made-up-pipeline-token");
                Reply::json(200, json!({"value": "made-up-pipeline-token", "oidcToken": "made-up-pipeline-token"}))
            } else {
                Reply::json(401, json!({"message": format!("no: {}", sent.unwrap_or_default())}))
            });
        }
        None
    });
    let url = format!("{}/oidc?api=1", stage.server.root());
    let github =
        |token| app(&[("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token)]);
    let told = stage.run(&[], &github("made-up-request-token"));
    assert_eq!(told.code, 0, "{}", told.err);
    let asked = stage.server.requests()[0].clone();
    assert_eq!(
        (asked.method.as_str(), asked.target.as_str()),
        ("GET", "/oidc?api=1&audience=api%3A%2F%2FAzureADTokenExchange")
    );
    assert_eq!(stage.forms().pop().unwrap().1["client_assertion"], "made-up-pipeline-token");
    stage.desk.hide("made-up-wrong-token");
    let told = stage.run(&[], &github("made-up-wrong-token"));
    assert_eq!(told.code, 3);
    assert!(
        told.err.contains("GitHub Actions gave no token: 401") && told.err.contains("id-token: write"),
        "{}",
        told.err
    );

    let before = stage.server.requests().len();
    let azure = [
        ("SYSTEM_OIDCREQUESTURI", url.as_str()),
        ("SYSTEM_ACCESSTOKEN", "made-up-request-token"),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "a connection"),
        ("AZURESUBSCRIPTION_CLIENT_ID", CLIENT),
        ("AZURESUBSCRIPTION_TENANT_ID", TENANT),
    ];
    let told = stage.run(&[], &azure);
    assert_eq!(told.code, 0, "{}", told.err);
    let asked = stage.server.requests()[before].clone();
    assert_eq!(
        (asked.method.as_str(), asked.target.as_str()),
        ("POST", "/oidc?api=1&api-version=7.1&serviceConnectionId=a+connection")
    );
    assert_eq!(asked.headers["x-tfs-fedauthredirect"], "Suppress");
    assert_eq!(stage.forms().pop().unwrap().1["client_id"], CLIENT);

    let told = stage.run(&["--sign-in", "pipeline"], &app(&[]));
    assert_eq!(told.code, 3);
    assert!(told.err.contains("SYSTEM_OIDCREQUESTURI, SYSTEM_ACCESSTOKEN and AZURE"), "{}", told.err);
    // The request token travels encrypted.
    let told = stage.run(
        &[],
        &app(&[("ACTIONS_ID_TOKEN_REQUEST_URL", "http://contoso.com/oidc"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x")]),
    );
    assert_eq!(told.code, 3);
    assert!(told.err.contains("no `https` address"), "{}", told.err);
}

#[test]
fn a_managed_identity() {
    let stage = Stage::new(1, Duration::ZERO, |desk, request, _, _| {
        request.target.starts_with("/msi").then(|| {
            if request.headers.get("x-identity-header").map(String::as_str) != Some("made-up-identity-header") {
                return Reply::json(400, json!({"message": "no such identity"}));
            }
            let token = desk.issue(TENANT, Duration::from_secs(3600));
            Reply::json(
                200,
                json!({"access_token": token, "expires_on": "4102444800", "token_type": "Bearer", "resource": "r"}),
            )
        })
    });
    stage.desk.hide("made-up-identity-header");
    let endpoint = format!("{}/msi/token", stage.server.root());
    let variables = [
        ("IDENTITY_ENDPOINT", endpoint.as_str()),
        ("IDENTITY_HEADER", "made-up-identity-header"),
        ("AZURE_CLIENT_ID", CLIENT),
        // A proxy is not for what is on the machine.
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("ALL_PROXY", "http://127.0.0.1:9"),
    ];
    let told = stage.run(&["--sign-in", "managed-identity"], &variables);
    assert_eq!(told.code, 0, "{}", told.err);
    let asked = stage.server.requests()[0].target.clone();
    assert!(
        asked.contains(&format!("client_id={CLIENT}")) && asked.contains("resource=http%3A%2F%2F127.0.0.1%3A"),
        "{asked}"
    );
    let wrong = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", "other")];
    let told = stage.run(&["--sign-in", "managed-identity"], &wrong);
    assert_eq!(told.code, 3);
    assert!(told.err.contains("has not been assigned") && told.err.contains("AZURE_CLIENT_ID"), "{}", told.err);
    let arc = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IMDS_ENDPOINT", endpoint.as_str())];
    let told = stage.run(&["--sign-in", "managed-identity"], &arc);
    assert_eq!(told.code, 3);
    assert!(told.err.contains("Azure Arc managed identity isn't supported"), "{}", told.err);
}

/// A stand-in for the Azure CLI.
#[cfg(unix)]
fn az(stage: &Stage, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let bin = stage.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let file = bin.join("az");
    std::fs::write(&file, format!("#!/bin/sh\necho \"$@\" > '{}'\n{script}\n", stage.path("args").display())).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:/usr/bin:/bin", bin.display())
}

#[cfg(unix)]
#[test]
fn the_azure_cli() {
    let stage = Stage::fair();
    let token = stage.desk.issue(TENANT, Duration::from_secs(3600));
    let answer =
        json!({"accessToken": token, "expires_on": 4_102_444_800_i64, "tenant": TENANT, "tokenType": "Bearer"});
    let path = az(&stage, &format!("echo '{answer}'"));
    let args = || std::fs::read_to_string(stage.path("args")).unwrap();
    // Where nothing is set, it is the Azure CLI.
    let told = stage.run(&[], &[("PATH", &path)]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.err.contains("signing in: who is signed in to the Azure CLI"), "{}", told.err);
    assert_eq!(args().trim(), format!("account get-access-token -o json --scope {}/.default", stage.server.root()));
    let told =
        stage.run(&["--sign-in", "az", "--tenant", TENANT], &app(&[("PATH", &path), ("AZURE_CLIENT_SECRET", SECRET)]));
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(args().contains(&format!("--tenant {TENANT}")), "{}", args());
    assert_eq!(stage.forms().len(), 0);

    // It signs in elsewhere, whatever was asked for.
    let before = stage.graph_requests();
    let told = stage.run(&["--sign-in", "az", "--tenant", OTHER], &[("PATH", &path)]);
    assert_eq!((told.code, stage.graph_requests()), (3, before), "{}", told.err);
    assert!(told.err.contains(&format!("of tenant `{TENANT}`")) && told.err.contains(OTHER), "{}", told.err);
}

#[cfg(unix)]
#[test]
fn the_azure_cli_gives_no_token() {
    let stage = Stage::fair();
    let token = stage.desk.issue(TENANT, Duration::from_secs(3600));
    for (script, says, help) in [
        (
            "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1".to_owned(),
            "Please run 'az login'",
            "run `az login`",
        ),
        (
            "echo \"ERROR: AADSTS50020: User account 'u' does not exist in tenant 'Contoso'.\" >&2; exit 1".to_owned(),
            "the account does not exist in this tenant",
            "AZURE_TENANT_ID or `--tenant`",
        ),
        (
            "echo \"ERROR: AADSTS50076: you must use multi-factor authentication\" >&2; exit 1".to_owned(),
            "a second factor",
            "az login",
        ),
        // Output that is none: it holds a token all the same.
        (format!("echo 'token: {token}'; echo 'Bearer {token}' >&2; exit 1"), "gave no token", "az login"),
        (format!("echo '{{\"accessToken\": [\"{token}\"]}}'"), "gave no token", "az login"),
    ] {
        let path = az(&stage, &script);
        let told = stage.run(&["--sign-in", "az"], &[("PATH", &path)]);
        assert_eq!(told.code, 3, "{}", told.err);
        assert!(told.err.contains(says) && told.err.contains(help), "{}", told.err);
    }
    let told = stage.run(&["--sign-in", "az"], &[]);
    assert_eq!(told.code, 3);
    assert!(told.err.contains("is not installed, or not on PATH"), "{}", told.err);
    let told = stage.run(&[], &[]);
    for way in ["GRAPHWHY_GRAPH_TOKEN", "AZURE_CLIENT_ID", "az login", "--explain-rights"] {
        assert!(told.err.contains(way), "{way}: {}", told.err);
    }
    assert_eq!(stage.server.requests().len(), 0);
}

#[test]
fn the_rights_tell_how_to_sign_in() {
    let told = Stage::fair().command(&["--explain-rights"], &[]).output().unwrap();
    let out = String::from_utf8(told.stdout).unwrap();
    for way in ["secret", "certificate", "device-code", "az", "workload-identity", "pipeline", "managed-identity"] {
        assert!(out.lines().any(|line| line.starts_with(way)), "{way}: {out}");
    }
}
