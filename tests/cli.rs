//! The command line as a person meets it: exit codes, streams, formats, bad input, secrets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod common;

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

use common::{command, findings, finish, graphwhy};

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
fn quiet_prints_nothing() {
    for (input, code) in [(NARROWED, 1), (UNKNOWN, 4), ("", 4)] {
        let run = graphwhy(["explain", "-q"], input);
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (code, "", ""), "{input}");
    }
    let failed = graphwhy(["explain", "-q", "no-such-file"], "");
    assert_eq!((failed.code, failed.out.as_str()), (3, ""));
    assert!(failed.err.contains("no-such-file"), "a failure of the tool is told: {failed:?}");
    let rules = graphwhy(["rules", "--quiet"], "");
    assert_eq!((rules.code, rules.out.as_str()), (0, ""));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let is_colored = |run: &common::Run| run.out.contains('\u{1b}');
    assert!(!is_colored(&graphwhy(["explain"], NARROWED)), "a pipe takes none");
    assert!(is_colored(&graphwhy(["explain", "--color", "always"], NARROWED)));
    assert!(!is_colored(&graphwhy(["explain", "--color", "never"], NARROWED)));
    let with = |variables: &[(&str, &str)], options: &[&str]| {
        finish(command().envs(variables.iter().copied()).arg("explain").args(options), NARROWED.as_bytes())
    };
    assert!(is_colored(&with(&[("FORCE_COLOR", "1")], &[])));
    assert!(!is_colored(&with(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &[])));
    assert!(!is_colored(&with(&[("FORCE_COLOR", "1")], &["--color", "never"])));
    assert!(is_colored(&with(&[("NO_COLOR", "1")], &["--color", "always"])), "an option goes before a variable");
    assert!(!is_colored(&with(&[("FORCE_COLOR", "1")], &["--format", "json"])), "data has no colours");
}

#[test]
fn data_on_standard_output_and_words_on_standard_error() {
    let run = graphwhy(["explain", "--format", "json"], "nothing to see");
    assert_eq!((run.code, run.json()["results"].clone()), (4, json!([])));
    assert!(run.err.contains("no Graph failure found"), "{run:?}");
    let run = graphwhy(["explain"], "nothing to see");
    assert_eq!(run.out, "");
    assert!(run.err.contains("no Graph failure found") && run.err.contains("help: paste"), "{run:?}");
}

#[test]
fn several_files_give_results_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, c] =
        [("a.json", STATED), ("b.txt", "fine"), ("c.json", NARROWED)].map(|(name, text)| write(&folder, name, text));
    let run = graphwhy(["explain", "--format", "json", &c, &b, &a, "-"], UNKNOWN);
    let names: Vec<Value> =
        run.json()["results"].as_array().unwrap().iter().map(|it| it["source"]["name"].clone()).collect();
    assert_eq!(names, [json!(c), json!(a), json!("stdin")]);
    let run = graphwhy(["explain", &c, &a, "-"], UNKNOWN);
    assert!(run.err.contains("3 failures: 1 explained, 1 narrowed, 1 not in the catalogue"), "{run:?}");
}

#[test]
fn piped_input_needs_no_name() {
    let bare = graphwhy(["explain"], NARROWED);
    assert_eq!((bare.code, bare.err.as_str()), (1, ""), "it says nothing of a paste where nobody pastes");
    assert_eq!(bare.out, graphwhy(["explain", "-"], NARROWED).out);
}

#[test]
fn the_sample_is_explained() {
    let run = graphwhy(["explain", "--example"], "");
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    assert!(run.out.contains("no-policy-names-app") && run.out.contains("policy-not-granted"), "{}", run.out);
    assert!(run.out.lines().next().is_some_and(|line| !line.trim().is_empty()), "the answer is in the first line");
    let result = first(&graphwhy(["explain", "--example", "--format", "json"], ""));
    assert_eq!(result["facts"]["operation"], "read-meeting");
    assert_eq!(result["source"]["name"], "example");
}

#[test]
fn commands_stand_flush_left_and_whole() {
    let run = finish(command().arg("explain").arg("--example").env("COLUMNS", "60"), b"");
    let command = format!("Grant-CsApplicationAccessPolicy -Identity '{USER}' -PolicyName Online-Meetings-Apps");
    assert!(run.out.lines().any(|line| line == command), "{}", run.out);
}

#[test]
fn a_report_for_each_reader_of_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [json_file, lines, page] = [path("r.json"), path("r.ndjson"), path("r.txt")];
    let formats = [format!("json={json_file}"), format!("ndjson={lines}"), format!("human={page}")];
    let run =
        graphwhy(["explain", "--format", &formats[0], "--format", &formats[1], "--format", &formats[2]], NARROWED);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&json_file).unwrap()).unwrap();
    let line: Value = serde_json::from_str(std::fs::read_to_string(&lines).unwrap().trim_end()).unwrap();
    assert_eq!(document["results"], json!([line]));
    assert_eq!(std::fs::read_to_string(&page).unwrap(), graphwhy(["explain"], NARROWED).out);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&json_file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "a report tells of a tenant");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "no part is left behind");
    let both = graphwhy(["explain", "--format", "human", "--format", &formats[0]], NARROWED);
    assert_eq!(both.out, graphwhy(["explain"], NARROWED).out);
    for wrong in [&["--format", "human", "--format", "json"][..], &["--format", "sarif"], &["--format", "json="]] {
        let run = graphwhy([&["explain"], wrong].concat(), NARROWED);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{wrong:?}: {run:?}");
    }
    let run = graphwhy(["explain", "--format", "json=/no/such/folder/r.json"], NARROWED);
    assert_eq!(run.code, 3, "{run:?}");
    let run = graphwhy(["explain", "--format", &formats[0], "no-such-file"], "");
    assert_eq!(run.code, 3);
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&json_file).unwrap()).unwrap();
    assert!(document["error"]["message"].is_string(), "who reads the file learns of the failure: {document}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    for line in ["rules", "explain --example -v", "man", "completions bash"] {
        let script = format!("{} {line} | head -1; echo ${{PIPESTATUS[0]}} >&2", env!("CARGO_BIN_EXE_graphwhy"));
        let output = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        // What fits into the pipe's buffer is written before anybody can go away.
        let codes = if line.starts_with("explain") { ["0", "1"] } else { ["0", "0"] };
        assert!(told.lines().next_back().is_some_and(|code| codes.contains(&code)), "`{line}`: {told}");
        assert!(!told.contains("error") && !told.contains("panic"), "`{line}`: {told}");
        assert!(!output.stdout.is_empty(), "`{line}`");
    }
}

// --- bad input ------------------------------------------------------------------------------------

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "file.txt", NARROWED);
    let inside = Path::new(&file).join("below").display().to_string();
    let dir = folder.path().display().to_string();
    let missing = folder.path().join("missing").display().to_string();
    for (path, says) in [(&dir, "is a folder"), (&missing, "could not read"), (&inside, "could not read")] {
        for option in ["explain", "--state", "--token-file", "--rules"] {
            let args =
                if option == "explain" { vec!["explain", path] } else { vec!["explain", "--example", option, path] };
            // A folder is what `--rules` takes; an empty one holds no rules.
            let run = graphwhy(args, "");
            assert_eq!(run.code, 3, "{option} {path}: {run:?}");
            assert!(run.err.starts_with("error: ") && run.err.contains("\n  help: "), "{option} {path}: {run:?}");
            let words = if option == "explain" || option == "--state" { says } else { path };
            assert!(run.err.contains(words) && run.err.contains(path.as_str()), "{option} {path}: {run:?}");
            assert_eq!(run.out, "", "{option} {path}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_the_right_to_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "secret.txt", NARROWED);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    let run = graphwhy(["explain", &path], "");
    // Root reads everything.
    let readable = std::fs::File::open(&path).is_ok();
    assert_eq!(run.code, if readable { 1 } else { 3 }, "{run:?}");
    assert!(readable || run.err.contains("check the path and your rights"), "{run:?}");
}

#[test]
fn more_than_64_mib_is_for_triage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.log");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    let run = graphwhy(["explain".as_ref(), path.as_os_str()], "");
    assert_eq!((run.code, run.out.as_str()), (3, ""), "{}", run.err);
    assert!(run.err.contains("larger than 64 MiB") && run.err.contains("triage"), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn devices_end_too() {
    assert_eq!(graphwhy(["explain", "/dev/null"], "").code, 4);
    let run = graphwhy(["explain", "/dev/zero"], "");
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.err.contains("larger than 64 MiB"), "{run:?}");
}

#[test]
fn odd_bytes_get_an_answer() {
    // Loose: what grows with the square of its input is found, a busy machine is not.
    let limit = Duration::from_secs(120);
    let noise: Vec<u8> = (0..1_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let nested =
        |open: &str, count: usize, close: &str| format!("{}{NARROWED}{}", open.repeat(count), close.repeat(count));
    let long = {
        let mut text = "a".repeat(64 << 20);
        text.truncate((64 << 20) - NARROWED.len() - 1);
        text.push(' ');
        text + NARROWED
    };
    let cases: [(&str, Vec<u8>, &[i32]); 12] = [
        ("empty", Vec::new(), &[4]),
        ("blank", b"\n\n \t\r\n".to_vec(), &[4]),
        ("a zero byte", vec![0], &[4]),
        ("zero bytes", vec![0; 100_000], &[4]),
        ("no UTF-8", vec![0xFF; 1000], &[4]),
        ("a lone mark", vec![0xFF, 0xFE], &[4]),
        ("noise", noise, &[4]),
        ("10,000 brackets", "[".repeat(10_000).into_bytes(), &[4]),
        ("10,000 brackets around a failure", nested("[", 10_000, "]").into_bytes(), &[1, 4]),
        ("10,000 objects around a failure", nested("{\"a\":", 10_000, "}").into_bytes(), &[1, 4]),
        ("1,000 errors in each other", nested("{\"error\":", 1_000, "}").into_bytes(), &[1, 4]),
        ("64 MiB on one line", long.into_bytes(), &[1, 4]),
    ];
    for (what, bytes, codes) in cases {
        let start = Instant::now();
        let run = graphwhy(["explain", "--format", "json"], &bytes);
        assert!(codes.contains(&run.code), "{what}: {} {}", run.code, run.err.chars().take(400).collect::<String>());
        assert!(start.elapsed() < limit, "{what}: {:?}", start.elapsed());
        run.json();
    }
}

#[test]
fn encodings_are_one_text() {
    let plain = first(&graphwhy(["explain", "--format", "json"], NARROWED));
    let wide: Vec<u8> = NARROWED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    for (what, bytes) in [
        ("UTF-8 with a mark", marked(b"\xEF\xBB\xBF", NARROWED.as_bytes())),
        ("UTF-16LE with a mark", marked(b"\xFF\xFE", &wide)),
        ("UTF-16LE", wide.clone()),
    ] {
        assert_eq!(first(&graphwhy(["explain", "--format", "json"], bytes)), plain, "{what}");
    }
}

#[test]
fn nothing_acts_on_the_terminal() {
    let text = "{\"error\":{\"code\":\"Forbidden\",\"message\":\"No application access policy found for this app \u{1b}[31m\u{202e}\u{7} x\"}} \u{9b}2J";
    let folder = tempfile::tempdir().unwrap();
    for args in [&["explain"][..], &["explain", "-v"]] {
        let run = graphwhy(args, text);
        for bad in ['\u{1b}', '\u{202e}', '\u{7}', '\u{9b}'] {
            assert!(!run.out.contains(bad) && !run.err.contains(bad), "{bad:?} in {args:?}");
        }
    }
    #[cfg(unix)]
    {
        let evil = write(&folder, "e\u{1b}[2Jvil.json", NARROWED);
        let run = graphwhy(["explain", &evil], "");
        assert!(!run.out.contains('\u{1b}'), "{:?}", run.out);
        let run = graphwhy(["explain", "no\u{1b}[2Jfile"], "");
        assert!(!run.err.contains('\u{1b}'), "{:?}", run.err);
    }
    drop(folder);
}

// --- snapshots ------------------------------------------------------------------------------------

fn snapshot(tenant: &str) -> Value {
    json!({
        "schema": 1, "tenant_id": tenant, "cloud": "global", "taken_at": "2026-11-20T09:58:00Z",
        "policies": {"status": "complete", "items": [{"name": "Global", "app_ids": []}]},
        "direct": {"status": "complete", "items": []},
        "groups": {"status": "complete", "items": []},
        "users": {"status": "partial", "items": [{"id": USER, "upn": "adele@contoso.com", "type": "member", "enabled": true, "teams": "enabled"}]},
        "apps": {"status": "partial", "items": [{"app_id": APP, "name": "Scheduler", "enabled": true, "roles": [{"id": "c1684f21-1984-47fa-9d61-2dc8c296bb70", "value": "OnlineMeetings.Read.All"}]}]}
    })
}

#[test]
fn snapshots_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut newer = snapshot(TENANT);
    newer["schema"] = json!(2);
    let mut doubled = snapshot(TENANT);
    doubled["direct"]["items"] = json!([{"user_id": USER, "policy": null}, {"user_id": USER, "policy": "Global"}]);
    let mut no_id = snapshot(TENANT);
    no_id["policies"]["items"][0]["app_ids"] = json!(7);
    let cases = [
        ("newer", newer.to_string(), "schema", "schema"),
        ("not JSON", "{\"schema\": 1,\n  oops".to_owned(), "", "line 2"),
        ("empty", String::new(), "", "line 1"),
        ("a list", "[]".to_owned(), "", ""),
        ("two assignments", doubled.to_string(), "", "direct"),
        ("a number for ids", no_id.to_string(), "", "policies.items[0].app_ids"),
    ];
    for (what, text, says, place) in cases {
        let path = write(&folder, "state.json", &text);
        let run = graphwhy(["explain", "--example", "--state", &path, "--format", "json"], "");
        assert_eq!(run.code, 3, "{what}: {run:?}");
        let document = run.json();
        let error = &document["error"];
        assert!(error["message"].as_str().unwrap().contains(says), "{what}: {error}");
        assert!(!error["help"].as_str().unwrap().is_empty(), "{what}: {error}");
        let at = error["place"].as_str().unwrap_or_else(|| panic!("{what}: no place in {error}"));
        assert!(at.contains(place), "{what}: {error}");
        assert!(error.to_string().contains("state.json"), "{what}: which file? {error}");
        assert!(document.get("results").is_none(), "{what}: nothing is guessed");
        let human = graphwhy(["explain", "--example", "--state", &path], "");
        assert_eq!((human.code, human.out.as_str()), (3, ""));
        assert!(human.err.contains("\n  at: ") && human.err.contains("\n  help: "), "{what}: {human:?}");
    }
    let path = write(&folder, "latin1.json", b"{\"schema\": 1, \"tenant_id\": \"\xE9\"}");
    let run = graphwhy(["explain", "--example", "--state", &path], "");
    assert!(run.code == 3 && run.err.contains("not UTF-8") && run.err.contains("byte"), "{run:?}");
}

#[test]
fn the_snapshot_of_the_tenant_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let ours = write(&folder, "ours.json", snapshot(TENANT).to_string());
    let mut open = snapshot(OTHER_TENANT);
    open["policies"]["items"][0]["app_ids"] = json!([APP]);
    let theirs = write(&folder, "theirs.json", open.to_string());
    let run = |tenant: Option<&str>, states: &[&str]| {
        let request = format!("GET https://graph.microsoft.com/v1.0/users/{USER}/onlineMeetings");
        let mut args = vec!["explain", "--format", "json", "--app", APP, "--request", &request];
        states.iter().for_each(|state| args.extend(["--state", state]));
        let mut command = command();
        if let Some(tenant) = tenant {
            command.env("GRAPHWHY_TOKEN", app_token(tenant));
        }
        first(&finish(command.args(args), NARROWED.as_bytes()))
    };
    let outcome = |result: &Value, gate: &str| {
        result["gates"].as_array().unwrap().iter().find(|it| it["gate"] == gate).unwrap()["outcome"].clone()
    };
    let both = [ours.as_str(), theirs.as_str()];
    assert_eq!(outcome(&run(Some(TENANT), &both), "policy"), "fail");
    assert_eq!(outcome(&run(Some(OTHER_TENANT), &both), "policy"), "pass");
    assert_eq!(outcome(&run(None, &both), "policy"), "unknown", "two tenants, and nothing says which");
    assert_eq!(outcome(&run(None, &both[..1]), "policy"), "fail", "there is one tenant only");
    let stranger = "0d4c1f7e-6a2b-4e95-8c30-b7f9e1a2d386";
    assert_eq!(outcome(&run(Some(stranger), &both), "policy"), "unknown", "a tenant that none covers");
    let alone = run(Some(stranger), &both[..1]);
    assert!(findings(&alone).contains(&"token-from-another-tenant likely".to_owned()), "{alone:#}");
    let text =
        format!("AADSTS700016: Application with identifier '{APP}' was not found in the directory '{stranger}'.");
    let stated = first(&graphwhy(["explain", "--format", "json", "--state", &ours], text));
    assert_eq!(stated["facts"]["tenant_id"], stranger);
    assert!(
        stated["gates"].as_array().unwrap().iter().all(|gate| gate["outcome"] != "pass" || gate["gate"] == "service"),
        "{stated:#}"
    );
}

#[test]
fn a_snapshot_that_allows_contradicts_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = snapshot(TENANT);
    open["policies"]["items"][0]["app_ids"] = json!([APP]);
    let state = write(&folder, "open.json", open.to_string());
    let request = format!("GET /v1.0/users/{USER}/onlineMeetings");
    let args = ["explain", "--format", "json", "--app", APP, "--request", &request, "--state", &state];
    let result = first(&graphwhy(args, NARROWED));
    let contradiction = &result["contradiction"];
    assert!(contradiction["service"].as_str().unwrap().contains("no effective policy"), "{result:#}");
    assert!(!contradiction["explanations"].as_array().unwrap().is_empty());
    assert!(findings(&result).iter().all(|it| !it.ends_with(" certain")), "nothing is certain then: {result:#}");
    let human = graphwhy(
        args[3..].iter().fold(vec!["explain"], |mut all, it| {
            all.push(it);
            all
        }),
        NARROWED,
    );
    assert!(human.out.contains("contradicts"), "{}", human.out);
}

// --- facts from options ---------------------------------------------------------------------------

#[test]
fn options_fill_what_the_text_leaves_open() {
    let request =
        "GET https://graph.microsoft.com/beta/users/adele@contoso.com/onlineMeetings?$filter=JoinWebUrl eq 'x'";
    let args = ["explain", "--format", "json", "--request", request, "--app", APP, "--at", "2026-11-20T10:00:00Z"];
    let facts = first(&graphwhy(args, NARROWED))["facts"].clone();
    assert_eq!(facts["operation"], "find-meeting");
    assert_eq!((&facts["method"], &facts["app_id"]), (&json!("GET"), &json!(APP)));
    assert_eq!((&facts["user"], facts.get("user_id")), (&json!("adele@contoso.com"), None));
    let by_id = first(&graphwhy(["explain", "--format", "json", "--user", USER], NARROWED))["facts"].clone();
    assert_eq!((&by_id["user_id"], by_id.get("user")), (&json!(USER), None));
    let by_name = first(&graphwhy(["explain", "--format", "json", "--user", "adele@contoso.com"], NARROWED));
    assert_eq!(by_name["facts"]["user"], "adele@contoso.com");
    let short = first(&graphwhy(["explain", "--format", "json", "--request", "/me/onlineMeetings/abc"], NARROWED));
    assert_eq!(short["facts"]["path"], "/me/onlineMeetings/abc");
    assert_eq!(
        first(&graphwhy(["explain", "--format", "json"], NARROWED))["facts"],
        json!({
            "code": "Forbidden", "message": "No application access policy found for this app"
        }),
        "nothing is invented"
    );
}

#[test]
fn a_user_principal_name_finds_its_user_in_the_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let state = write(&folder, "state.json", snapshot(TENANT).to_string());
    let request = "GET /v1.0/users/adele@contoso.com/onlineMeetings";
    let args = [
        "explain",
        "--format",
        "json",
        "--app",
        APP,
        "--user",
        "Adele@Contoso.com",
        "--request",
        request,
        "--state",
        &state,
    ];
    let result = first(&graphwhy(args, NARROWED));
    let user = result["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == "user").unwrap();
    assert_eq!(user["outcome"], "pass", "{user}");
    assert_eq!(findings(&result), ["no-policy-names-app certain"]);
}

#[test]
fn the_time_of_the_call_decides_what_may_still_propagate() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = snapshot(TENANT);
    open["policies"]["items"][0]["app_ids"] = json!([APP]);
    open["history"] = json!([{"part": "policies", "key": "Global", "change": "changed", "value": APP,
        "not_before": "2026-11-20T09:40:00Z", "not_after": "2026-11-20T09:50:00Z", "source": "two reads"}]);
    let state = write(&folder, "open.json", open.to_string());
    let request = format!("GET /v1.0/users/{USER}/onlineMeetings");
    let at = |time: &str| {
        let args =
            ["explain", "--format", "json", "--app", APP, "--request", &request, "--state", &state, "--at", time];
        first(&graphwhy(args, NARROWED))
    };
    let time =
        |result: &Value| result["gates"].as_array().unwrap().iter().find(|it| it["gate"] == "time").unwrap().clone();
    let early = at("2026-11-20T10:00:00Z");
    assert_eq!(findings(&early), ["policy-still-propagating likely"]);
    assert_eq!((&time(&early)["outcome"], &time(&early)["until"]), (&json!("unknown"), &json!("2026-11-20T10:20:00Z")));
    let late = at("2026-11-20T10:20:00Z");
    assert_eq!(time(&late)["outcome"], "pass", "an age equal to the window is outside");
    assert!(
        late["contradiction"]["explanations"][0].as_str().unwrap().contains("the documented 30 minutes are over"),
        "{late:#}"
    );
    let zoned = at("2026-11-20T11:00:00+01:00");
    assert_eq!(time(&zoned), time(&early), "a zone is understood");
}

// --- secrets --------------------------------------------------------------------------------------

fn token(claims: &Value) -> String {
    let part = |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    let signature =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode("not a real signature, this token is made up");
    format!("{}.{}.{signature}", part(&json!({"typ": "JWT", "alg": "RS256"})), part(claims))
}

fn app_token(tenant: &str) -> String {
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

// --- pseudonyms -----------------------------------------------------------------------------------

#[test]
fn redacted_reports_hold_no_canary() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = snapshot(TENANT);
    state["policies"]["items"] = json!([{"name": "Global", "app_ids": []}, {"name": "Canary Policy", "app_ids": ["1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11"]}]);
    state["direct"]["items"] = json!([{"user_id": USER, "policy": "Canary Policy"}]);
    state["users"]["items"][0]["name"] = json!("Adele Canary");
    state["apps"]["items"][0]["name"] = json!("Canary Scheduler");
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

// --- the message of the page that the project grew from ----------------------------------------------

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

#[test]
fn the_catalogue_is_listed_and_printed() {
    let list = graphwhy(["rules"], "");
    let document = graphwhy(["rules", "--format", "json"], "").json();
    let causes = document["causes"].as_array().unwrap();
    assert!(document["schema"] == 1 && causes.len() >= 64);
    for cause in causes {
        let slug = cause["cause"].as_str().unwrap();
        assert!(list.out.lines().any(|line| line.split_whitespace().next() == Some(slug)), "{slug} is not listed");
        for key in ["title", "gates", "severity", "since", "raised_by", "decided_by", "sources", "text"] {
            assert!(cause.get(key).is_some(), "{slug}: {key}");
        }
        assert!(cause["text"].as_str().unwrap().contains("## Why"), "{slug}");
    }
    assert_eq!(graphwhy(["rules", "--format", "ndjson"], "").lines(), *causes);
    let long = graphwhy(["rules", "policy-shadowed"], "");
    assert_eq!(long.code, 0);
    for part in ["# policy-shadowed:", "## Why", "## Tell apart", "## Fix", "## Example", "## Sources"] {
        assert!(long.out.contains(part), "{part}");
    }
    let one = graphwhy(["rules", "policy-shadowed", "--format", "json"], "").json();
    assert_eq!(one["causes"].as_array().unwrap().len(), 1);
}

#[test]
fn an_unknown_slug_suggests_the_nearest() {
    let run = graphwhy(["rules", "policy-shadwed"], "");
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(
        run.err.contains("no cause is called `policy-shadwed`") && run.err.contains("did you mean `policy-shadowed`?"),
        "{run:?}"
    );
    let run = graphwhy(["rules", "zzzzzzzzzzzz"], "");
    assert!(run.code == 2 && !run.err.contains("did you mean") && run.err.contains("`graphwhy rules`"), "{run:?}");
}

const OWN_SYMPTOMS: &str = r#"
[[symptom]]
name = "contoso-gateway"
means = "contoso's gateway refused before Graph"
regex = ["CGW-4\\d\\d: [a-z]+ blocked"]
"#;

const OWN_CAUSE: &str = r#"+++
title = "contoso's gateway blocks the app"
gates = ["request"]
severity = "error"
since = "0.1.0"
raised_by = [{ symptom = "contoso-gateway", confidence = "certain" }]
sources = [{ url = "https://wiki.contoso.example/gateway", checked = "2026-11-23" }]
+++

## Why

The gateway knows only registered apps.

## Tell apart

## Fix

### register the app at the gateway

```text run
open a ticket for {app-id}
```
```text verify
call again
```

## Example

```text input
CGW-403: egress blocked
```

## Healthy example

```text input
CGW-200: fine
```

## Sources

- [the gateway](https://wiki.contoso.example/gateway) (checked 2026-11-23)
"#;

#[test]
fn an_organisation_adds_its_own_rules() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "symptoms.toml", OWN_SYMPTOMS);
    write(&folder, "causes/gateway-blocks-app.md", OWN_CAUSE);
    write(&folder, "README.md", "ours");
    let dir = folder.path().display().to_string();
    let text = "2026-11-20 error 403 CGW-403: egress blocked";
    assert_eq!(graphwhy(["explain"], text).out.matches("gateway").count(), 0);
    let run = graphwhy(["explain", "--rules", &dir, "--format", "json"], text);
    assert_eq!(findings(&first(&run)), ["gateway-blocks-app certain"], "{run:?}");
    let finding = first(&run)["findings"][0].clone();
    assert_eq!(
        (&finding["title"], &finding["url"]),
        (&json!("contoso's gateway blocks the app"), &json!("https://wiki.contoso.example/gateway"))
    );
    let span = &finding["labels"][0];
    let [start, end] = ["start", "end"].map(|key| usize::try_from(span[key].as_u64().unwrap()).unwrap());
    assert_eq!(&text[start..end], "CGW-403: egress blocked");
    let human = graphwhy(["explain", "--rules", &dir], text).out;
    assert!(human.contains("open a ticket for <client-id>"), "{human}");
    assert!(graphwhy(["rules", "--rules", &dir], "").out.contains("gateway-blocks-app"));
    let long = graphwhy(["rules", "--rules", &dir, "gateway-blocks-app"], "");
    assert!(long.code == 0 && long.out.contains("The gateway knows only registered apps"), "{long:?}");
    assert_eq!(
        findings(&first(&graphwhy(["explain", "--rules", &dir, "--format", "json"], STATED))),
        ["transcript-access-disabled certain"]
    );
}

#[test]
fn the_examples_of_own_rules_are_run() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "symptoms.toml", OWN_SYMPTOMS);
    write(&folder, "causes/gateway-blocks-app.md", OWN_CAUSE);
    let dir = folder.path().display().to_string();
    let run = graphwhy(["rules", "--check", "--rules", &dir], "");
    assert!(run.code == 0 && run.out.contains("hold"), "{run:?}");
    let human = graphwhy(["explain", "--rules", &dir], "error CGW-403: egress blocked").out;
    assert!(human.contains("https://wiki.contoso.example/gateway"), "{human}");

    let wrong = format!(
        "{OWN_SYMPTOMS}like = [\n  \"CGW-477: egress blocked\",\n  \"nothing of ours\",\n]\nunlike = [\"CGW-488: egress blocked\"]\n"
    );
    let line = |text: &str| wrong.lines().position(|line| line.contains(text)).unwrap() + 1;
    write(&folder, "symptoms.toml", &wrong);
    write(
        &folder,
        "causes/gateway-blocks-app.md",
        OWN_CAUSE
            .replace("CGW-403: egress blocked", "all is well")
            .replace("CGW-200: fine", "CGW-403: egress blocked")
            .as_str(),
    );
    let run = graphwhy(["rules", "--check", "--rules", &dir], "");
    assert_eq!(run.code, 3, "{run:?}");
    for place in [
        format!("symptoms.toml:{}: `nothing of ours`", line("nothing")),
        format!("symptoms.toml:{}: `CGW-488", line("CGW-488")),
    ] {
        assert!(run.err.contains(&place), "{place}: {run:?}");
    }
    assert!(run.err.contains("the example does not raise `gateway-blocks-app`"), "{run:?}");
    assert!(run.err.contains("the healthy example raises `gateway-blocks-app`"), "{run:?}");
    assert!(!run.err.contains("CGW-477"), "{run:?}");
    assert_eq!(graphwhy(["rules", "--check"], "").code, 2);
}

#[test]
fn a_broken_rule_names_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    let run = graphwhy(["explain", "--example", "--rules", &dir], "");
    assert!(run.code == 3 && run.err.contains("holds no rules"), "{run:?}");
    write(&folder, "symptoms.toml", OWN_SYMPTOMS.replace("\\\\d: [a-z]+", "(").as_str());
    let run = graphwhy(["rules", "--rules", &dir], "");
    assert!(run.code == 3 && run.err.contains("symptoms.toml:5") && run.err.contains("regular expression"), "{run:?}");
    write(&folder, "symptoms.toml", OWN_SYMPTOMS);
    write(&folder, "causes/gateway-blocks-app.md", OWN_CAUSE.replace("contoso-gateway", "contoso-gatway").as_str());
    let run = graphwhy(["explain", "--example", "--rules", &dir, "--format", "json"], "");
    let error = run.json()["error"].clone();
    assert_eq!((run.code, &error["place"]), (3, &json!("causes/gateway-blocks-app.md:6")), "{error}");
    assert!(error["message"].as_str().unwrap().contains("nearest: `contoso-gateway`"), "{error}");
}

#[test]
fn completions_and_the_manual() {
    for (shell, holds) in [
        ("bash", "_graphwhy"),
        ("zsh", "#compdef graphwhy"),
        ("fish", "complete -c graphwhy"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let run = graphwhy(["completions", shell], "");
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{shell}");
        assert!(run.out.contains(holds) && run.out.contains("explain") && run.out.contains("redact"), "{shell}");
    }
    assert_eq!(graphwhy(["completions", "tcsh"], "").code, 2);
    let man = graphwhy(["man"], "");
    assert_eq!((man.code, man.err.as_str()), (0, ""));
    assert!(man.out.contains(".TH graphwhy") && man.out.contains("\\-\\-token\\-file"), "{}", &man.out[..400]);
    let version = graphwhy(["--version"], "");
    assert_eq!(version.out, format!("graphwhy {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_names_the_exit_codes() {
    let run = graphwhy(["--help"], "");
    assert!(
        run.out.contains("Exit codes: 0 nothing wrong; 1 findings; 2 usage; 3 the tool failed; 4 undetermined"),
        "{}",
        run.out
    );
    let mut missing = String::new();
    for option in [
        "--state",
        "--request",
        "--token-file",
        "--app",
        "--user",
        "--at",
        "--redact",
        "--format",
        "--fail-on",
        "--example",
        "--rules",
    ] {
        if !graphwhy(["explain", "--help"], "").out.contains(option) {
            let _ = write!(missing, "{option} ");
        }
    }
    assert_eq!(missing, "");
}
