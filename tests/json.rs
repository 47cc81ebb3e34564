//! The JSON contract: every output fits the published schema, two documents are checked by hand, golden files show the
//! rest. `UPDATE_EXPECT=1 cargo test --test json` writes the golden files anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod common;

use std::sync::LazyLock;

use graphwhy::diagnose::{Context, explain};
use graphwhy::input::incidents;
use graphwhy::knowledge::{Catalogue, examples};
use graphwhy::report::json;
use graphwhy::report::redact::Redactor;
use graphwhy::source::Source;
use serde_json::{Value, json};

use common::{check_contract, graphwhy, is_of_a_call, run_example, testdata};

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../schema/result.schema.json")).unwrap());

static DOCUMENT: LazyLock<jsonschema::Validator> = LazyLock::new(|| validator(SCHEMA.clone()));

/// One line of ndjson.
static RESULT: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let mut schema = SCHEMA.clone();
    let object = schema.as_object_mut().unwrap();
    object.remove("oneOf");
    object.insert("$ref".into(), "#/$defs/result".into());
    validator(schema)
});

fn validator(schema: Value) -> jsonschema::Validator {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&schema)
        .expect("the schema is one")
}

#[track_caller]
fn valid(name: &str, validator: &jsonschema::Validator, value: &Value) {
    let problems: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path)).take(3).collect();
    assert!(problems.is_empty(), "{name}: {problems:#?}\n{value:#}");
}

/// A document with fewer results than its source has failures says so.
#[test]
fn what_is_left_out_is_a_warning() {
    let document = json::document_with(Vec::new(), &["only the first 2000 failures are explained".to_owned()]);
    valid("left out", &DOCUMENT, &document);
    assert_eq!(document["warnings"], json!(["only the first 2000 failures are explained"]));
    assert_eq!(json::document_with(Vec::new(), &[]), json::document(Vec::new()));
    // Printed one by one they are the document, to the letter.
    let results = [serde_json::json!({}), serde_json::json!({"a": [], "b": [{"results": []}, "\n  \"results\": ["]})];
    for (count, warnings) in [(0, vec![]), (1, vec![]), (2, vec!["\"results\": []".to_owned()])] {
        let mut printed = json::Printed::default();
        results.iter().take(count).for_each(|result| printed.add(result));
        let expected = format!("{:#}\n", json::document_with(results.iter().take(count).cloned().collect(), &warnings));
        assert_eq!(printed.document(&warnings), expected);
    }
}

fn corpus() -> Vec<(String, String)> {
    include_str!("../testdata/errors.jsonl")
        .lines()
        .map(|line| {
            let case: Value = serde_json::from_str(line).unwrap();
            (case["id"].as_str().unwrap().to_owned(), case["input"].as_str().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let good = golden_document("narrowed");
    valid("narrowed", &DOCUMENT, &good);
    let broken: [(&str, Value); 11] = [
        ("/schema", json!(2)),
        ("/results/0/verdict", json!("certain")),
        ("/results/0/kind", json!("failure")),
        ("/results/0/gates/0/outcome", json!("maybe")),
        ("/results/0/gates/0/evidence", Value::Null),
        ("/results/0/findings/0/confidence", json!("probable")),
        ("/results/0/findings/0/labels/0/line", json!(0)),
        ("/results/0/findings/0/cause", json!("No_Policy")),
        ("/results/0/source/start", json!(-1)),
        ("/results/0/facts", json!({ "app_id": "<app>" })),
        ("/results/0/fixes/0/effective_from", json!("soon")),
    ];
    for (path, value) in broken {
        let mut document = good.clone();
        *document.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = value;
        assert!(!DOCUMENT.is_valid(&document), "{path} is checked by nothing");
    }
    for (path, key) in [("", "tool"), ("/results/0", "ruled_out"), ("/results/0/findings/0", "url")] {
        let mut document = good.clone();
        document.pointer_mut(path).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        assert!(!DOCUMENT.is_valid(&document), "{path}: `{key}` may be missing");
    }
    let mut document = good;
    document["results"][0]["more"] = json!(1);
    assert!(!DOCUMENT.is_valid(&document), "a key that nobody described");
}

/// The library, so that every case is judged in little time; the binary prints the same document.
#[test]
fn every_case_fits_the_schema() {
    let catalogue = Catalogue::builtin();
    let mut results = 0;
    for (id, input) in corpus() {
        let source = Source::from_text("case", input);
        let values: Vec<Value> = incidents(&source, &catalogue)
            .iter()
            .map(|incident| {
                let diagnosis =
                    explain(incident, Context { catalogue: &catalogue, snapshot: None, text: source.text() });
                let value = json::incident(&diagnosis, &source, &catalogue);
                let mut redactor = Redactor::default();
                redactor.learn_facts(&diagnosis.facts);
                let shown = json::incident(&redactor.diagnosis(&diagnosis), &redactor.source(&source), &catalogue);
                valid(&format!("{id}, redacted"), &RESULT, &shown);
                same_places(&id, &value, &shown);
                value
            })
            .collect();
        for value in &values {
            valid(&id, &RESULT, value);
            check_contract(&id, value);
            spans_are_of_the_text(&id, value, &source);
        }
        results += values.len();
        valid(&id, &DOCUMENT, &json::document(values));
    }
    assert!(results > 70, "only {results} results: are the cases still read?");
}

fn labels(value: &Value) -> Vec<&Value> {
    let of_findings = value["findings"].as_array().unwrap().iter().flat_map(|it| it["labels"].as_array().unwrap());
    let of_symptoms = value["symptoms"].as_array().unwrap().iter();
    of_findings.chain(of_symptoms).chain([&value["source"]]).collect()
}

fn spans_are_of_the_text(id: &str, value: &Value, source: &Source) {
    for label in labels(value) {
        let [start, end] = ["start", "end"].map(|key| usize::try_from(label[key].as_u64().unwrap()).unwrap());
        assert!(start <= end && source.text().get(start..end).is_some(), "{id}: {label}");
        let before = &source.text()[..start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        assert_eq!(
            (label["line"].as_u64(), label["column"].as_u64()),
            (Some(line as u64), Some(column as u64)),
            "{id}"
        );
    }
}

/// Pseudonyms move nothing.
fn same_places(id: &str, value: &Value, shown: &Value) {
    let places = |value: &Value| -> Vec<Value> {
        labels(value).iter().map(|it| json!([it["start"], it["end"], it["line"], it["column"]])).collect()
    };
    assert_eq!(places(value), places(shown), "{id}");
    for key in ["verdict", "ruled_out", "kind"] {
        assert_eq!(value[key].as_array().map(Vec::len), shown[key].as_array().map(Vec::len), "{id}");
    }
    assert_eq!(common::findings(value), common::findings(shown), "{id}");
}

#[test]
fn every_example_fits_the_schema_in_both_forms() {
    for cause in Catalogue::builtin().causes().iter().filter(|cause| is_of_a_call(cause)) {
        let slug = cause.slug.as_ref();
        let (failing, healthy) = examples(slug, &cause.body).unwrap();
        for example in [failing, healthy] {
            let document = run_example(&example, &["--format", "json"]).json();
            let lines = run_example(&example, &["--format", "ndjson"]).lines();
            for line in &lines {
                valid(slug, &RESULT, line);
            }
            valid(slug, &DOCUMENT, &document);
            assert_eq!(document["results"], Value::from(lines), "{slug}: ndjson are the bare results");
        }
    }
}

#[test]
fn failures_of_the_tool_fit_the_schema() {
    for format in ["json", "ndjson"] {
        let run = graphwhy(["explain", "--format", format, "no-such-file.txt"], "");
        assert_eq!(run.code, 3);
        let document = run.json();
        valid(format, &DOCUMENT, &document);
        assert_eq!(document["schema"], 1);
        assert_eq!(document["tool"], json!({ "name": "graphwhy", "version": env!("CARGO_PKG_VERSION") }));
        let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["error", "schema", "tool"], "no results beside an error");
        let error = &document["error"];
        assert!(error["message"].as_str().unwrap().starts_with("could not read `no-such-file.txt`"), "{error}");
        assert!(error["help"].as_str().unwrap().starts_with("check the path"), "{error}");
        assert_eq!(error["place"], Value::Null);
    }
}

#[test]
fn other_commands_fit_the_schema() {
    let state = testdata("golden/certain.state.json").display().to_string();
    let pair = ["--app", "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20", "--user", "748d2cbb-3b55-40ed-8c34-2eae5932b22a"];
    let with_state = |command: &'static str, pair: &[&'static str]| -> Vec<String> {
        let words = [&[command, "--state", &state, "--format", "json"], pair].concat();
        words.into_iter().map(str::to_owned).collect()
    };
    let script = "Grant-CsApplicationAccessPolicy -Identity Meetings -PolicyName Meetings\n";
    let against = ["lint", "-", "--format", "json", "--state", &state].map(str::to_owned).to_vec();
    let granted = "# graphwhy: ignore[tenant-wide-grant] nothing\n( ; ]\nGrant-CsApplicationAccessPolicy -PolicyName Nowhere -Identity 748d2cbb-3b55-40ed-8c34-2eae5932b22a\n";
    let runs = [
        ("script", against, granted),
        ("question", with_state("check", &pair), ""),
        ("question", with_state("plan", &pair), ""),
        ("tenant", with_state("audit", &[]), ""),
        ("script", ["lint", "-", "--format", "json"].map(str::to_owned).to_vec(), script),
    ];
    for (kind, args, stdin) in runs {
        let document = graphwhy(&args, stdin).json();
        assert_eq!(document["results"][0]["kind"], kind, "{args:?}: {document:#}");
        // A result by itself names what is wrong; the document only that something is.
        document["results"].as_array().unwrap().iter().for_each(|result| valid(kind, &RESULT, result));
        valid(&args.join(" "), &DOCUMENT, &document);
    }
}

fn golden_run(name: &str, options: &[&str]) -> common::Run {
    let input = match name {
        "certain" => "certain.input.http",
        "narrowed" => "narrowed.input.json",
        _ => "unrecognised.input.json",
    };
    let mut command = common::command();
    command.current_dir(testdata("golden")).args(["explain", input]).args(options);
    if name == "certain" {
        command.args(["--state", "certain.state.json"]);
    }
    common::finish(&mut command, b"")
}

fn golden_document(name: &str) -> Value {
    golden_run(name, &["--format", "json"]).json()
}

#[test]
fn golden_files() {
    for (name, code) in [("certain", 1), ("narrowed", 1), ("unrecognised", 4)] {
        for (format, ending) in [("json", "json"), ("human", "txt")] {
            let run = golden_run(name, &["--format", format]);
            assert_eq!(run.code, code, "{name}: {run:?}");
            let shown =
                run.out.replace(&format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION")), "\"version\": \"0.0.0\"");
            let path = testdata("golden").join(format!("{name}.output.{ending}"));
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                std::fs::write(&path, &shown).unwrap();
                continue;
            }
            let expected = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
            assert!(
                expected == shown,
                "{} differs (UPDATE_EXPECT=1 writes it anew, then read the diff):\n{shown}",
                path.display()
            );
        }
    }
}

fn gate<'v>(result: &'v Value, name: &str) -> &'v Value {
    result["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == name).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// By hand against the design: a snapshot proves the cause.
#[test]
fn a_certain_document_by_hand() {
    let document = golden_document("certain");
    let text = std::fs::read_to_string(testdata("golden/certain.input.http")).unwrap();
    assert_eq!(keys(&document), ["results", "schema", "tool"]);
    let [result] = document["results"].as_array().unwrap().as_slice() else { panic!("{document:#}") };
    assert_eq!(
        keys(result),
        ["facts", "findings", "fixes", "gates", "kind", "ruled_out", "source", "symptoms", "undecided", "verdict"]
    );
    assert_eq!((&result["kind"], &result["verdict"]), (&json!("incident"), &json!("explained")));
    assert_eq!(result["source"]["name"], "certain.input.http");
    assert_eq!(
        result["facts"],
        json!({
            "status": 403,
            "code": "Forbidden",
            "message": "No application access policy found for this app 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20 on the user 748d2cbb-3b55-40ed-8c34-2eae5932b22a.",
            "app_id": "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20",
            "user_id": "748d2cbb-3b55-40ed-8c34-2eae5932b22a",
            "organizer_id": "748d2cbb-3b55-40ed-8c34-2eae5932b22a",
            "method": "GET",
            "path": "/users/748d2cbb-3b55-40ed-8c34-2eae5932b22a/onlineMeetings/MSo3NDhkMmNiYi0zYjU1LTQwZWQtOGMzNC0yZWFlNTkzMmIyMmEqMCoqMTk6bWVldGluZ19RV1JsYkdWelEyOXVkRzlAdGhyZWFkLnYy",
            "operation": "read-meeting",
            "request_id": "5f0c2f7a-93d1-4b8e-a6c4-0d7e1b9f3a25",
            "client_request_id": "5f0c2f7a-93d1-4b8e-a6c4-0d7e1b9f3a25",
            "date": "Fri, 20 Nov 2026 10:00:00 GMT"
        })
    );
    let outcomes: Vec<(&str, &str)> = result["gates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gate| (gate["gate"].as_str().unwrap(), gate["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(
        outcomes,
        [
            ("request", "pass"),
            ("token", "skipped"),
            ("permission", "pass"),
            ("user", "pass"),
            ("policy", "fail"),
            ("time", "pass"),
            ("tenant", "skipped"),
            ("meeting", "pass"),
            ("service", "pass"),
        ]
    );
    let policy = gate(result, "policy");
    assert_eq!((&policy["needs"], &policy["right"], &policy["until"]), (&Value::Null, &Value::Null, &Value::Null));
    let fact = |value: &Value| ["object", "field", "value"].map(|key| value[key].as_str().unwrap().to_owned());
    assert_eq!(
        policy["evidence"].as_array().unwrap().iter().map(fact).collect::<Vec<_>>(),
        [
            ["user `748d2cbb-3b55-40ed-8c34-2eae5932b22a`", "direct policy", "Meetings"],
            ["policy `Meetings`", "app_ids", "1f7b3d52-2c84-4d0e-9a3c-6b8e5f4a7d11"],
        ]
    );
    let [finding] = result["findings"].as_array().unwrap().as_slice() else { panic!("one cause: {result:#}") };
    assert_eq!(
        keys(finding),
        ["cause", "confidence", "evidence", "explanation", "gate", "labels", "severity", "title", "url"]
    );
    assert_eq!(finding["cause"], "policy-shadowed");
    assert_eq!(
        (&finding["gate"], &finding["severity"], &finding["confidence"]),
        (&json!("policy"), &json!("error"), &json!("certain"))
    );
    let label = &finding["labels"][0];
    let message = "No application access policy found for this app 9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20 on the user 748d2cbb-3b55-40ed-8c34-2eae5932b22a";
    let start = text.find(message).unwrap();
    let [from, to] = ["start", "end"].map(|key| usize::try_from(label[key].as_u64().unwrap()).unwrap());
    assert_eq!((&text[from..to], from), (message, start));
    assert_eq!(
        (&label["source"], &label["line"], &label["column"]),
        (&json!("certain.input.http"), &json!(10), &json!(17))
    );
    let ruled_out: Vec<&str> =
        result["ruled_out"].as_array().unwrap().iter().map(|out| out["cause"].as_str().unwrap()).collect();
    for cause in
        ["no-policy-names-app", "policy-not-granted", "object-id-in-app-ids", "permission-not-granted", "user-unknown"]
    {
        assert!(ruled_out.contains(&cause), "{cause}: {ruled_out:?}");
    }
    assert_eq!(result["undecided"], json!([]));
    for fix in result["fixes"].as_array().unwrap() {
        assert_eq!(fix["cause"], "policy-shadowed");
        let steps = fix["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["gate"] == "policy" && !step["commands"].as_array().unwrap().is_empty()));
    }
}

/// By hand against the design: the message of the page that the project grew from, where a redaction is no id.
#[test]
fn a_narrowed_document_by_hand() {
    let document = golden_document("narrowed");
    let [result] = document["results"].as_array().unwrap().as_slice() else { panic!("{document:#}") };
    assert_eq!(result["kind"], "incident");
    assert_eq!(result["verdict"], "narrowed");
    assert_eq!(result["scope"], "historic wording, documented from 2020 to 2023");
    assert_eq!(
        result["facts"],
        json!({
            "code": "Unauthorized",
            "message": "App <app_ID_redacted> is not authorized to Create meeting on behalf of user <user_ID_redacted>",
            "request_id": "599d9cb0-56ac-4dc5-b6f8-1456a1414609"
        })
    );
    assert_eq!(result["symptoms"][0]["symptom"], "app-not-authorized-for-user");
    assert_eq!(
        common::findings(result),
        [
            "no-policy-names-app likely",
            "policy-not-granted likely",
            "another-registration-listed possible",
            "object-id-in-app-ids possible",
            "policy-shadowed possible",
            "policy-still-propagating possible",
        ]
    );
    assert_eq!(result["ruled_out"], json!([]), "a message rules nothing out");
    let undecided: Vec<&str> =
        result["undecided"].as_array().unwrap().iter().map(|one| one["cause"].as_str().unwrap()).collect();
    assert!(undecided.contains(&"no-policy-names-app") && undecided.contains(&"policy-shadowed"), "{undecided:?}");
    for one in result["undecided"].as_array().unwrap() {
        assert!(one["needs"].as_str().is_some_and(|needs| !needs.is_empty()) && one["right"].is_string(), "{one}");
    }
    for (name, outcome) in
        [("request", "unknown"), ("permission", "unknown"), ("policy", "unknown"), ("token", "skipped")]
    {
        assert_eq!(gate(result, name)["outcome"], outcome, "{name}");
    }
    let commands = result["fixes"][0]["steps"][0]["commands"].to_string();
    assert!(commands.contains("<client-id>") && commands.contains("<user-object-id>"), "holes are visible: {commands}");
    assert!(!commands.contains("redacted"), "a redaction is no value: {commands}");
    assert_eq!(result["fixes"][0]["effective_from"], "PT30M");
    assert_eq!(result["fixes"][0]["proved"], false);
}
