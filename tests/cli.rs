//! The command line as a person meets it: exit codes, streams, formats, bad input, secrets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/catalogue.rs"]
mod catalogue;
mod common;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "cli/snapshots.rs"]
mod snapshots;
#[path = "cli/streams.rs"]
mod streams;

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

use common::{command, findings, finish, graphwhy};
use secrets::app_token;
use snapshots::snapshot;

const APP: &str = "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20";
const USER: &str = "748d2cbb-3b55-40ed-8c34-2eae5932b22a";
const TENANT: &str = "7a1f0c52-3c0e-4f7b-9d5e-2b8c6a9e4d10";
const OTHER_TENANT: &str = "5c8e1b74-9f20-4d36-8a5b-0e7d2c4f6a91";

/// Narrowed: several causes fit.
const NARROWED: &str = r#"{"error":{"code":"Forbidden","message":"No application access policy found for this app"}}"#;
/// Explained: the text states the cause.
const STATED: &str = r#"{"error":{"code":"Forbidden","message":"Graph API access to transcripts is disabled for this tenant.","innerError":{"code":"GraphAccessToTranscriptsDisabled"}}}"#;
/// In no catalogue.
const UNKNOWN: &str = r#"{"error":{"code":"BadRequest","message":"1026: An error has occurred."}}"#;
/// Nothing is wrong: a note of severity info.
const NOTE: &str = "HTTP/1.1 200 OK\n\n`200` with `value: []`";

const HISTORIC: &str = r#"{
    "error": {
        "code": "Unauthorized",
        "message": "App <app_ID_redacted> is not authorized to Create meeting on behalf of user <user_ID_redacted>",
        "innerError": {
            "date": "<date_redacted>",
            "request-id": "599d9cb0-56ac-4dc5-b6f8-1456a1414609"
        }
    }
}"#;

fn write(folder: &tempfile::TempDir, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn first(run: &common::Run) -> Value {
    run.json()["results"][0].clone()
}

// --- exit codes -----------------------------------------------------------------------------------

#[test]
fn exit_codes_are_those_of_the_design() {
    let folder = tempfile::tempdir().unwrap();
    let [narrowed, stated, unknown, nothing] =
        [("n.json", NARROWED), ("s.json", STATED), ("u.json", UNKNOWN), ("x.txt", "the weather is fine")]
            .map(|(name, text)| write(&folder, name, text));
    let cases: [(&str, i32, &[&str]); 16] = [
        ("narrowed", 1, &["explain", &narrowed]),
        ("explained", 1, &["explain", &stated]),
        ("not in the catalogue", 4, &["explain", &unknown]),
        ("no failure", 4, &["explain", &nothing]),
        ("findings go before what is undetermined", 1, &["explain", &unknown, &narrowed, &nothing]),
        ("the tool's failure goes before findings", 3, &["explain", &narrowed, "no-such-file"]),
        ("usage goes before all", 2, &["explain", "no-such-file", "--no-such-option"]),
        ("usage: standard input twice", 2, &["explain", "-", "-"]),
        ("usage: no subcommand", 2, &[]),
        ("usage: a request without a path", 2, &["explain", &narrowed, "--request", "hello"]),
        ("usage: no id", 2, &["explain", &narrowed, "--app", "my-app"]),
        ("usage: no time", 2, &["explain", &narrowed, "--at", "yesterday"]),
        ("usage: sample and file", 2, &["explain", "--example", &narrowed]),
        ("the catalogue", 0, &["rules"]),
        ("a cause that is none", 2, &["rules", "policy-shadow"]),
        ("help", 0, &["explain", "--help"]),
    ];
    for (what, code, args) in cases {
        let run = graphwhy(args, "");
        assert_eq!(run.code, code, "{what}: {run:?}");
        if matches!(code, 2 | 3) {
            assert!(run.out.is_empty() && !run.err.is_empty(), "{what}: {run:?}");
        }
    }
    for format in ["human", "json", "ndjson"] {
        for (input, code) in [(NARROWED, 1), (UNKNOWN, 4), ("", 4)] {
            assert_eq!(graphwhy(["explain", "--format", format], input).code, code, "the same in {format}");
        }
    }
}

#[test]
fn fail_on_sets_the_threshold() {
    let note = graphwhy(["explain", "--format", "json"], NOTE);
    assert_eq!(findings(&first(&note)), ["result-empty possible"], "{note:?}");
    assert_eq!(note.code, 1, "any explained or narrowed failure");
    for (severity, code) in [("info", 1), ("warning", 0), ("error", 0)] {
        assert_eq!(graphwhy(["explain", "--fail-on", severity], NOTE).code, code, "{severity}");
        assert_eq!(graphwhy(["explain", "--fail-on", severity], NARROWED).code, 1, "{severity}");
    }
    assert_eq!(graphwhy(["explain", "--fail-on", "fatal"], NOTE).code, 2);
    assert_eq!(graphwhy(["explain", "--fail-on", "error"], UNKNOWN).code, 4, "undetermined is no finding");
}

// --- streams --------------------------------------------------------------------------------------

#[test]
fn the_historic_message_to_the_letter() {
    let run = graphwhy(["explain", "--format", "json"], HISTORIC);
    assert_eq!(run.code, 1);
    let result = first(&run);
    assert_eq!(result["symptoms"][0]["symptom"], "app-not-authorized-for-user");
    assert_eq!(result["verdict"], "narrowed");
    assert!(result["scope"].as_str().unwrap().starts_with("historic wording"), "{result:#}");
    for key in ["app_id", "user_id", "user", "date", "tenant_id"] {
        assert!(result["facts"].get(key).is_none(), "a redaction is no {key}");
    }
    assert_eq!(result["facts"]["request_id"], "599d9cb0-56ac-4dc5-b6f8-1456a1414609");
    let span = &result["symptoms"][0];
    let [start, end] = ["start", "end"].map(|key| usize::try_from(span[key].as_u64().unwrap()).unwrap());
    let said = "App <app_ID_redacted> is not authorized to Create meeting on behalf of user <user_ID_redacted>";
    assert_eq!(HISTORIC[start..end].trim_end_matches('>'), said.trim_end_matches('>'));
    let human = graphwhy(["explain"], HISTORIC).out;
    assert!(human.contains("historic wording") && human.contains("`appid` (or `azp`)"), "{human}");
    assert!(
        human.contains("'<client-id>'") && !human.contains("'<app_ID_redacted>'"),
        "holes are the tool's own: {human}"
    );
}

#[test]
fn the_historic_message_with_other_verbs_and_ids() {
    for verb in [
        "Create meeting",
        "Get meeting",
        "Update meeting",
        "Delete meeting",
        "CreateOrGet meeting",
        "Get attendance report",
    ] {
        let text = HISTORIC.replace("Create meeting", verb);
        let result = first(&graphwhy(["explain", "--format", "json"], &text));
        assert_eq!(
            findings(&result)[..2],
            ["no-policy-names-app likely", "policy-not-granted likely"],
            "{verb}: {result:#}"
        );
    }
    let text = HISTORIC.replace("<app_ID_redacted>", APP).replace("<user_ID_redacted>", USER);
    let facts = first(&graphwhy(["explain", "--format", "json"], text))["facts"].clone();
    assert_eq!((&facts["app_id"], &facts["user_id"]), (&json!(APP), &json!(USER)), "{facts}");
    let bare = "App 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20 is not authorized to Get meeting on behalf of user";
    assert_eq!(first(&graphwhy(["explain", "--format", "json"], bare))["facts"]["app_id"], APP);
}

// --- the catalogue --------------------------------------------------------------------------------
