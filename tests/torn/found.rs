//! How many failures a text holds and whose facts they have (`testdata/found/*.toml`): only what a case names is
//! compared, so that it says what it is about.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{assert_spans, flat, look};
use graphwhy::knowledge::Catalogue;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    input: String,
    /// One for each failure: facts by their names, and `cause` (of the first finding). Empty: it must be unknown.
    incidents: Vec<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

fn files() -> Vec<(String, Vec<Case>)> {
    let mut files: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/found"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let file: File = toml::from_str(&std::fs::read_to_string(path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path.file_stem().unwrap().to_string_lossy().into_owned(), file.case)
        })
        .collect()
}

/// Their texts, for the laws that hold of any text.
pub(super) fn inputs() -> Vec<(String, String)> {
    let of_file = |(file, cases): (String, Vec<Case>)| {
        cases.into_iter().map(move |case| (format!("{file}/{}", case.name), case.input))
    };
    files().into_iter().flat_map(of_file).collect()
}

#[test]
fn failures_and_their_facts() {
    let catalogue = Catalogue::builtin();
    let mut wrong = String::new();
    for (file, cases) in files() {
        let mut right = 0;
        for case in &cases {
            let differs = differs(&catalogue, case);
            right += usize::from(differs.is_empty());
            if !differs.is_empty() {
                write!(wrong, "\n# {file}: {}{differs}", case.name).unwrap();
            }
        }
        println!("{file:10} {right:4} of {:4}", cases.len());
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn differs(catalogue: &Catalogue, case: &Case) -> String {
    let mut differs = String::new();
    for text in [case.input.clone(), case.input.replace('\n', "\r\n")] {
        let found = look(catalogue, text.as_bytes());
        assert_spans(&found, &case.name);
        let actual: Vec<_> = found
            .incidents
            .iter()
            .zip(&found.diagnoses)
            .map(|(incident, diagnosis)| {
                let mut facts = flat(&incident.facts);
                let cause = diagnosis.findings.first().map(|finding| finding.cause.to_string());
                facts.insert("cause".to_owned(), cause.unwrap_or_default());
                facts
            })
            .collect();
        if actual.len() != case.incidents.len() {
            write!(differs, "\n{} failures, not {}: {actual:?}", actual.len(), case.incidents.len()).unwrap();
            break;
        }
        for (index, (actual, expected)) in actual.iter().zip(&case.incidents).enumerate() {
            for (name, value) in expected {
                let known = actual.get(name).map_or("", String::as_str);
                if known != value {
                    write!(differs, "\n{index}: {name} is `{known}`, not `{value}`").unwrap();
                }
            }
        }
        if !differs.is_empty() {
            break;
        }
    }
    differs
}
