//! JSON, schema 1: additive changes only. `schema/result.schema.json` describes it.

use serde_json::ser::{Formatter as _, PrettyFormatter};
use serde_json::{Map, Serializer, Value, json};

use crate::diagnose::{Diagnosis, Evidence, Finding, GateResult, Label, Undecided};
use crate::fix::{Breaks, Fix, Shift, rights};
use crate::input::{Fact, Facts};
use crate::knowledge::{Catalogue, Text, read};
use crate::source::Source;

/// The document around results.
#[must_use]
pub fn document(results: Vec<Value>) -> Value {
    json!({ "schema": 1, "tool": tool(), "results": results })
}

/// The same, with what a reader of the results must know.
#[must_use]
pub fn document_with(results: Vec<Value>, warnings: &[String]) -> Value {
    let mut document = document(results);
    if !warnings.is_empty() {
        insert(&mut document, "warnings", warnings.into());
    }
    document
}

/// Results that are printed as they come, so that only one of many is held as a value.
#[derive(Debug, Default)]
pub struct Printed {
    text: Vec<u8>,
}

impl Printed {
    /// Prints one more result.
    pub fn add(&mut self, result: &impl serde::Serialize) {
        self.text.extend_from_slice(if self.text.is_empty() { b"\n    " } else { b",\n    " });
        let mut formatter = PrettyFormatter::new();
        // A result stands in a list in the document. Neither of these writes fails.
        let _ = formatter.begin_object(&mut std::io::sink()).and_then(|()| formatter.begin_array(&mut std::io::sink()));
        let _ = serde::Serialize::serialize(result, &mut Serializer::with_formatter(&mut self.text, formatter));
    }

    /// The document around them, as [`document_with`] is printed.
    #[must_use]
    pub fn document(self, warnings: &[String]) -> String {
        self.within(&document_with(Vec::new(), warnings))
    }

    /// A document without results, printed with them.
    #[must_use]
    pub fn within(self, document: &Value) -> String {
        let empty = format!("{document:#}\n");
        let mut text = self.text;
        match empty.split_once("\n  \"results\": [") {
            Some((head, tail)) if !text.is_empty() => {
                text.splice(0..0, [head, "\n  \"results\": ["].concat().into_bytes());
                text.extend_from_slice(b"\n  ");
                text.extend_from_slice(tail.as_bytes());
                String::from_utf8(text).unwrap_or_default()
            }
            _ => empty,
        }
    }
}

/// One result on a line of its own.
#[must_use]
pub fn line(result: &impl serde::Serialize) -> String {
    // Written into memory, which does not fail.
    serde_json::to_string(result).unwrap_or_default() + "\n"
}

/// The document of a failure of the tool itself (exit code 3).
#[must_use]
pub fn failure(message: &str, help: &str, place: Option<&str>) -> Value {
    json!({ "schema": 1, "tool": tool(), "error": { "message": message, "help": help, "place": place } })
}

fn tool() -> Value {
    json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") })
}

/// One result for one incident.
#[must_use]
pub fn incident(diagnosis: &Diagnosis, source: &Source, catalogue: &Catalogue) -> Value {
    let mut result = Map::new();
    result.insert("kind".into(), "incident".into());
    result.insert("source".into(), place(source, diagnosis.span.start, diagnosis.span.end, "name"));
    result.insert("verdict".into(), diagnosis.verdict.name().into());
    if let Some(scope) = &diagnosis.scope {
        result.insert("scope".into(), scope.clone().into());
    }
    result.insert("facts".into(), facts(&diagnosis.facts));
    if let Some(time) = diagnosis.assumed_time {
        result.insert("assumed_time".into(), time.to_string().into());
    }
    let symptoms = diagnosis.symptoms.iter().map(|(name, label)| {
        let mut value = label_value(label, source);
        insert(&mut value, "symptom", Value::from(name.clone()));
        value
    });
    result.insert("symptoms".into(), symptoms.collect());
    result.insert("gates".into(), diagnosis.gates.iter().map(gate).collect());
    result
        .insert("findings".into(), diagnosis.findings.iter().map(|found| finding(found, source, catalogue)).collect());
    let ruled_out = diagnosis.ruled_out.iter().map(|out| json!({ "cause": out.cause, "reason": out.reason }));
    result.insert("ruled_out".into(), ruled_out.collect());
    result.insert("undecided".into(), diagnosis.undecided.iter().map(|one| undecided(one, diagnosis)).collect());
    if let Some(contradiction) = &diagnosis.contradiction {
        let value = json!({
            "snapshot": contradiction.snapshot,
            "service": contradiction.service,
            "explanations": contradiction.explanations,
        });
        result.insert("contradiction".into(), value);
    }
    result.insert("fixes".into(), diagnosis.fixes.iter().map(fix).collect());
    Value::Object(result)
}

fn insert(value: &mut Value, key: &str, inner: Value) {
    if let Value::Object(map) = value {
        map.insert(key.to_owned(), inner);
    }
}

fn place(source: &Source, start: usize, end: usize, name: &str) -> Value {
    let position = source.position(start);
    json!({ name: source.name(), "start": start, "end": end, "line": position.line, "column": position.column })
}

fn label_value(label: &Label, source: &Source) -> Value {
    let mut value = place(source, label.span.start, label.span.end, "source");
    insert(&mut value, "text", label.text.clone().into());
    value
}

fn facts(facts: &Facts) -> Value {
    let mut map = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            map.insert(key.to_owned(), value);
        }
    };
    let text = |fact: &Option<Fact<String>>| fact.as_ref().map(|fact| Value::from(fact.value.clone()));
    let id = |fact: &Option<Fact<uuid::Uuid>>| fact.as_ref().map(|fact| Value::from(fact.value.to_string()));
    let operation = facts.operation_told().map(|operation| {
        Value::from(operation.name.map_or_else(|| format!("{} {}", operation.method, operation.path), str::to_owned))
    });
    put("status", facts.status.as_ref().map(|fact| fact.value.into()));
    put("code", text(&facts.code));
    put("inner_code", text(&facts.inner_code));
    put("message", text(&facts.message));
    put("app_id", id(&facts.app_id));
    put("user_id", id(&facts.user_id));
    put("user", text(&facts.user));
    put("organizer_id", id(&facts.organizer_id));
    put("tenant_id", id(&facts.tenant_id));
    put("method", text(&facts.method));
    put("path", text(&facts.path));
    put("operation", operation);
    put("request_id", text(&facts.request_id));
    put("client_request_id", text(&facts.client_request_id));
    put("part", text(&facts.part));
    put("date", text(&facts.date));
    put("token_kind", facts.token_kind.as_ref().map(|kind| kind.value.name().into()));
    let token_roles = || {
        let token = facts.token.as_ref()?;
        token.value.roles.clone().or_else(|| token.value.scopes.clone())
    };
    put("roles", facts.roles.as_ref().map(|roles| roles.value.clone()).or_else(token_roles).map(Value::from));
    Value::Object(map)
}

fn evidence(evidence: &Evidence) -> Value {
    json!({
        "object": evidence.object,
        "field": evidence.field,
        "value": evidence.value,
        "source": evidence.source,
        "read_at": evidence.read_at,
    })
}

/// What a read is called in JSON, with the right that it takes and its command; free text stays.
fn needs(name: &Text) -> (String, Option<String>, Option<String>) {
    read(name).map_or_else(
        || (name.to_string(), None, None),
        |read| (read.what.to_string(), Some(read.right.to_string()), Some(read.command.to_string())),
    )
}

/// One gate.
#[must_use]
pub fn gate(gate: &GateResult) -> Value {
    let (needs, right, _) = gate.needs.as_ref().map_or((None, None, None), |name| {
        let (needs, right, command) = needs(name);
        (Some(needs), right, command)
    });
    let mut value = json!({
        "gate": gate.gate.name(),
        "outcome": gate.outcome.name(),
        "evidence": gate.evidence.iter().map(evidence).collect::<Vec<_>>(),
        "needs": needs,
        "right": right,
        "until": gate.until,
    });
    if !gate.note.is_empty() {
        insert(&mut value, "note", gate.note.clone().into());
    }
    value
}

/// One finding.
#[must_use]
pub fn finding(finding: &Finding, source: &Source, catalogue: &Catalogue) -> Value {
    let cause = catalogue.cause(&finding.cause);
    let title = cause.map_or(finding.cause.as_ref(), |cause| cause.title.as_ref());
    json!({
        "cause": finding.cause,
        "gate": finding.gate.name(),
        "severity": finding.severity.name(),
        "confidence": finding.confidence.name(),
        "title": title,
        "explanation": finding.explanation,
        "evidence": finding.evidence.iter().map(evidence).collect::<Vec<_>>(),
        "labels": finding.labels.iter().map(|label| label_value(label, source)).collect::<Vec<_>>(),
        "url": cause.and_then(|cause| cause.sources.first()).map(|source| source.url.as_ref()),
    })
}

fn undecided(undecided: &Undecided, diagnosis: &Diagnosis) -> Value {
    let (needs, right, command) = needs(&undecided.needs);
    let slots = crate::fix::template::Slots::of_reads(&diagnosis.facts);
    json!({
        "cause": undecided.cause,
        "needs": needs,
        "right": right,
        "command": command.map(|command| slots.fill(&command)),
    })
}

/// One fix.
#[must_use]
pub fn fix(fix: &Fix) -> Value {
    let steps: Vec<Value> = fix
        .steps
        .iter()
        .map(|step| {
            let mut value = json!({ "gate": step.gate.name(), "commands": step.commands });
            if let Some(request) = &step.request {
                insert(&mut value, "request", request.clone().into());
            }
            value
        })
        .collect();
    let effects = fix.proof.as_ref().map(|proof| &proof.effects);
    let shifts = |list: Option<&Vec<Shift>>| list.into_iter().flatten().map(shift).collect::<Vec<_>>();
    let mut value = json!({
        "cause": fix.cause,
        "title": fix.title,
        "steps": steps,
        "preconditions": fix.preconditions,
        "verify": fix.verify,
        "undo": fix.undo,
        "rights": rights(fix),
        "gains": shifts(effects.map(|it| &it.gains)),
        "gains_total": effects.map(|it| it.gains_total),
        "gains_future": effects.map(|it| it.gains_future),
        "gains_at_least": effects.map(|it| it.open),
        "loses": shifts(effects.map(|it| &it.loses)),
        "loses_total": effects.map(|it| it.loses_total),
        "effective_from": fix.effective_from,
        "proved": fix.proof.as_ref().is_some_and(|proof| proof.proved),
        "assumes": fix.assumes,
        "note": fix.note,
    });
    if let Some(effects) = effects {
        insert(&mut value, "loses_future", effects.loses_future.into());
        insert(&mut value, "gains_perhaps", effects.gains_perhaps.into());
        insert(&mut value, "gains_future_perhaps", effects.gains_future_perhaps.into());
        insert(&mut value, "loses_perhaps", effects.loses_perhaps.into());
        insert(&mut value, "loses_gates", effects.loses_gates.into());
        insert(&mut value, "loses_future_perhaps", effects.loses_future_perhaps.into());
    }
    if let Some(asked) = fix.proof.as_ref().and_then(|proof| proof.asked) {
        insert(&mut value, "gains_asked", json!({ "users": asked.users, "perhaps": asked.perhaps }));
    }
    let broken: Vec<Value> = fix.proof.iter().flat_map(|proof| &proof.breaks).map(breaks).collect();
    if !broken.is_empty() {
        insert(&mut value, "breaks", broken.into());
    }
    value
}

/// An expectation that a change breaks, or may break.
fn breaks(broken: &Breaks) -> Value {
    json!({
        "source": { "name": broken.source, "line": broken.line, "column": broken.column },
        "fate": broken.fate.name(),
        "text": broken.sentence,
    })
}

/// A pair that gains or loses; `possible` are operations of which one side is unknown, `perhaps_already` those of
/// `operations` that may have been allowed before.
#[must_use]
pub fn shift(shift: &Shift) -> Value {
    json!({
        "app_id": shift.app_id.to_string(),
        "user_id": shift.user_id.to_string(),
        "app": shift.app,
        "user": shift.user,
        "operations": shift.operations,
        "perhaps_already": shift.already,
        "possible": shift.possible,
        "perhaps": shift.perhaps,
        "through": shift.through,
    })
}
