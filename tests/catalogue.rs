//! The catalogue against the tool: examples, texts, commands, and the words of symptoms.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod common;

use graphwhy::knowledge::{Catalogue, Cause, Example, Gate, examples};
use serde_json::Value;

/// Causes that no pasted failure shows: other commands run their examples.
fn is_of_a_call(cause: &Cause) -> bool {
    !cause.gates.iter().all(|gate| matches!(gate, Gate::Script | Gate::Hygiene))
}

/// The results of an example, as `explain` gives them.
fn explain(slug: &str, example: &Example) -> Vec<Value> {
    let mut args = vec!["explain".to_owned(), "--format".to_owned(), "json".to_owned(), "-".to_owned()];
    let folder = tempfile::tempdir().unwrap();
    if let Some(state) = &example.state {
        let path = folder.path().join("tenant.json");
        std::fs::write(&path, state).unwrap();
        args.extend(["--state".to_owned(), path.display().to_string()]);
    }
    args.extend(example.args.iter().cloned());
    let run = common::graphwhy(&args, example.input.as_deref().unwrap_or_default());
    assert!([0, 1, 4].contains(&run.code), "{slug}: {run:?}");
    run.json()["results"].as_array().unwrap().clone()
}

#[test]
fn examples_raise_their_own_cause_and_healthy_ones_do_not() {
    let mut wrong = Vec::new();
    for cause in Catalogue::builtin().causes().iter().filter(|cause| is_of_a_call(cause)) {
        let slug = cause.slug.as_ref();
        let (failing, healthy) = examples(slug, &cause.body).unwrap();
        let raised = |results: &[Value]| {
            results
                .iter()
                .flat_map(|result| result["findings"].as_array().unwrap())
                .find(|finding| finding["cause"] == slug)
                .cloned()
        };
        let results = explain(slug, &failing);
        let seen: Vec<_> = results.iter().map(common::findings).collect();
        match raised(&results) {
            None => wrong.push(format!("{slug}: its example raises {seen:?}")),
            Some(finding) => println!(
                "{slug}: {} {} state={} gate={:?}",
                finding["gate"],
                finding["confidence"],
                failing.state.is_some(),
                results[0]["gates"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|g| g["outcome"] == "fail")
                    .map(|g| g["gate"].as_str().unwrap().to_owned())
                    .collect::<Vec<_>>()
            ),
        }
        let results = explain(slug, &healthy);
        if let Some(finding) = raised(&results) {
            wrong.push(format!("{slug}: its healthy example raises it, {}", finding["confidence"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
