//! Failures in torn text: what is found, with which facts; and what must never happen to any text.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and print what they found"
)]

#[path = "torn/beside.rs"]
mod beside;
#[path = "torn/cases.rs"]
mod cases;
#[path = "torn/collected.rs"]
mod collected;
#[path = "torn/cut.rs"]
mod cut;
#[path = "torn/found.rs"]
mod found;
#[path = "torn/hostile.rs"]
mod hostile;
#[path = "torn/metamorphic.rs"]
mod metamorphic;
#[path = "torn/pairs.rs"]
mod pairs;

use std::collections::BTreeMap;

use graphwhy::diagnose::{Context, Diagnosis, explain};
use graphwhy::input::{Facts, Incident, Span, incidents};
use graphwhy::knowledge::{Catalogue, Confidence};
use graphwhy::source::Source;
use serde::Deserialize;

/// One text with the failures in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    input: String,
    /// `utf-8-bom`, `utf-16le`, `utf-16le-bom`; else UTF-8.
    encoding: Option<String>,
    /// `crlf` or `cr`; else line feeds.
    line_ends: Option<String>,
    #[serde(default)]
    incident: Vec<Expected>,
}

/// One failure; its facts are all that are known, no more and no less.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(default)]
    symptoms: Vec<String>,
    #[serde(default)]
    underlined: Vec<String>,
    /// The first finding, if there is one.
    cause: Option<String>,
    facts: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

impl Case {
    fn bytes(&self) -> Vec<u8> {
        let text = match self.line_ends.as_deref() {
            None => self.input.clone(),
            Some("crlf") => self.input.replace('\n', "\r\n"),
            Some("cr") => self.input.replace('\n', "\r"),
            Some(other) => panic!("{}: line_ends `{other}`", self.name),
        };
        let wide = || text.encode_utf16().flat_map(u16::to_le_bytes);
        match self.encoding.as_deref() {
            None => text.into_bytes(),
            Some("utf-8-bom") => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            Some("utf-16le") => wide().collect(),
            Some("utf-16le-bom") => [0xFF, 0xFE].into_iter().chain(wide()).collect(),
            Some(other) => panic!("{}: encoding `{other}`", self.name),
        }
    }
}

fn torn_cases() -> Vec<Case> {
    let mut files: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/torn"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let file: File = toml::from_str(&std::fs::read_to_string(path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            file.case
        })
        .collect()
}

/// Every input that the tests have: the torn ones, the shown failures, and the collected ones.
fn inputs() -> Vec<(String, String)> {
    #[derive(Deserialize)]
    struct Shown {
        id: String,
        input: String,
    }
    let shown = include_str!("../testdata/errors.jsonl").lines();
    let shown = shown.chain(include_str!("../testdata/collected.jsonl").lines()).map(|line| {
        let shown: Shown = serde_json::from_str(line).unwrap();
        (shown.id, shown.input)
    });
    let torn = torn_cases().into_iter().filter(|case| case.encoding.is_none() && case.line_ends.is_none());
    torn.map(|case| (case.name, case.input)).chain(shown).collect()
}

/// Tables, pages and quotes: a console that breaks their lines makes others of them, a cut does not.
fn listed() -> Vec<(String, String)> {
    #[derive(Deserialize)]
    struct Text {
        id: String,
        input: String,
    }
    let lines = include_str!("../testdata/certainty/listed.jsonl").lines();
    lines
        .map(|line| serde_json::from_str::<Text>(line).unwrap())
        .map(|text| (format!("listed/{}", text.id), text.input))
        .collect()
}

struct Found {
    source: Source,
    incidents: Vec<Incident>,
    diagnoses: Vec<Diagnosis>,
}

fn look(catalogue: &Catalogue, bytes: &[u8]) -> Found {
    let source = Source::from_bytes("torn", bytes);
    let incidents = incidents(&source, catalogue);
    let diagnoses = incidents
        .iter()
        .map(|incident| explain(incident, Context { catalogue, snapshot: None, text: source.text() }))
        .collect();
    Found { source, incidents, diagnoses }
}

/// The causes of all findings with the highest confidence of each.
fn causes(found: &Found) -> BTreeMap<String, Confidence> {
    let mut causes = BTreeMap::new();
    for finding in found.diagnoses.iter().flat_map(|diagnosis| &diagnosis.findings) {
        let known = causes.entry(finding.cause.to_string()).or_insert(finding.confidence);
        *known = (*known).max(finding.confidence);
    }
    causes
}

/// All facts by the names that the report uses.
fn flat(facts: &Facts) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            flat.insert(name.to_owned(), value);
        }
    };
    put("status", facts.status.as_ref().map(|fact| fact.value.to_string()));
    put("code", facts.code.as_ref().map(|fact| fact.value.clone()));
    put("inner_code", facts.inner_code.as_ref().map(|fact| fact.value.clone()));
    put("message", facts.message.as_ref().map(|fact| fact.value.clone()));
    put("app_id", facts.app_id.as_ref().map(|fact| fact.value.to_string()));
    put("user_id", facts.user_id.as_ref().map(|fact| fact.value.to_string()));
    put("user", facts.user.as_ref().map(|fact| fact.value.clone()));
    put("organizer_id", facts.organizer_id.as_ref().map(|fact| fact.value.to_string()));
    put("tenant_id", facts.tenant_id.as_ref().map(|fact| fact.value.to_string()));
    put("method", facts.method.as_ref().map(|fact| fact.value.clone()));
    put("host", facts.host.as_ref().map(|fact| fact.value.clone()));
    put("version", facts.version.as_ref().map(|fact| fact.value.clone()));
    put("path", facts.path.as_ref().map(|fact| fact.value.clone()));
    put("operation", facts.operation.map(|operation| operation.name.unwrap_or(operation.path).to_owned()));
    put("request_id", facts.request_id.as_ref().map(|fact| fact.value.clone()));
    put("client_request_id", facts.client_request_id.as_ref().map(|fact| fact.value.clone()));
    put("date", facts.date.as_ref().map(|fact| fact.value.clone()));
    put("token_kind", facts.token_kind.as_ref().map(|fact| fact.value.name().to_owned()));
    put("roles", facts.roles.as_ref().map(|fact| fact.value.join(", ")));
    put("required", facts.required.as_ref().map(|fact| fact.value.join(", ")));
    put("retry_after", facts.retry_after.as_ref().map(|fact| fact.value.clone()));
    put("meeting", facts.meeting.as_ref().map(|fact| format!("{:?}", fact.value.form)));
    for (slot, value) in &facts.named {
        put(slot, Some(value.value.clone()));
    }
    flat
}

/// Every place that an incident and its diagnosis point at.
fn spans(found: &Found) -> Vec<Span> {
    let mut spans = Vec::new();
    for incident in &found.incidents {
        let facts = &incident.facts;
        spans.push(incident.span);
        spans.extend(incident.symptoms.iter().map(|hit| hit.span));
        let texts = [
            &facts.code,
            &facts.inner_code,
            &facts.message,
            &facts.user,
            &facts.method,
            &facts.host,
            &facts.version,
            &facts.path,
            &facts.request_id,
            &facts.client_request_id,
            &facts.date,
            &facts.retry_after,
        ];
        spans.extend(texts.into_iter().flatten().filter_map(|fact| fact.span));
        let ids = [&facts.app_id, &facts.user_id, &facts.organizer_id, &facts.tenant_id];
        spans.extend(ids.into_iter().flatten().filter_map(|fact| fact.span));
        spans.extend([&facts.roles, &facts.required].into_iter().flatten().filter_map(|fact| fact.span));
        spans.extend(facts.meeting.iter().filter_map(|fact| fact.span));
        spans.extend(facts.status.iter().filter_map(|fact| fact.span));
        spans.extend(facts.token.iter().filter_map(|fact| fact.span));
        spans.extend(facts.named.iter().filter_map(|(_, fact)| fact.span));
    }
    spans.extend(
        found.diagnoses.iter().flat_map(|one| &one.findings).flat_map(|one| &one.labels).map(|label| label.span),
    );
    spans
}

/// Spans are inside the text and cut no character in two.
fn assert_spans(found: &Found, what: &str) {
    let text = found.source.text();
    for span in spans(found) {
        assert!(
            span.start <= span.end && text.is_char_boundary(span.start) && text.is_char_boundary(span.end),
            "{what}: {span:?} in a text of {} bytes",
            text.len()
        );
    }
}
