//! Results of `check` as JSON (schema 1, `kind: "question"`).

use serde_json::{Map, Value, json};

use super::json;
use crate::check::answer::{Answer, PolicySays, Standing};
use crate::check::operation_label;
use crate::check::row::{Expected, Many, Row, What, need, nobody};
use crate::check::survey::{Reason, Via};
use crate::diagnose::Undecided;
use crate::fix::template::Slots;
use crate::knowledge::{Catalogue, Gate, read};
use crate::source::Source;
use crate::tenant::subject::{Resolved, Subject};
use crate::tenant::{Level, Tri};

/// Policies that a result names at most.
const POLICIES: usize = 100;

/// What all results of a run share.
#[derive(Debug)]
pub struct Shared<'a> {
    /// Titles and sources of causes.
    pub catalogue: &'a Catalogue,
    /// The gates that are asked, where it is not all.
    pub gates: Option<&'a [Gate]>,
    nowhere: Source,
}

impl<'a> Shared<'a> {
    /// For one run.
    #[must_use]
    pub fn new(catalogue: &'a Catalogue, gates: Option<&'a [Gate]>) -> Self {
        // Findings about state have no place in a text.
        Self { catalogue, gates, nowhere: Source::from_text("", String::new()) }
    }
}

/// One result.
#[must_use]
pub fn value(row: &Row<'_>, shared: &Shared<'_>) -> Value {
    let mut result = Map::new();
    result.insert("kind".into(), "question".into());
    result.insert("operation".into(), operation_label(row.operation()).into());
    result.insert("verdict".into(), row.verdict().name().into());
    match &row.what {
        What::One(answer) => one(answer, shared, &mut result),
        What::Many(many) => of_many(many, shared, &mut result),
    }
    if let Some(scope) = row.scope() {
        result.insert("scope".into(), scope.into());
    }
    if let Some(gates) = shared.gates {
        result.insert("gates_asked".into(), gates.iter().map(|gate| gate.name()).collect());
    }
    let name = row.source.unwrap_or_default();
    if let Some(expected) = &row.expected {
        result.insert("expectation".into(), expectation(expected, name));
    } else if let Some(place) = row.place() {
        result.insert("source".into(), json!({ "name": name, "line": place.line, "column": place.column }));
    }
    if let Some(accepted) = &row.accepted {
        let mut value = json!({
            "reason": accepted.reason,
            "until": accepted.until.to_string(),
            "source": accepted.place,
        });
        if let (Some(leaves), Some(value)) = (&accepted.leaves, value.as_object_mut()) {
            value.insert("leaves".into(), leaves.as_str().into());
        }
        result.insert("accepted".into(), value);
    }
    Value::Object(result)
}

fn expectation(expected: &Expected, source: &str) -> Value {
    json!({
        "access": expected.access.name(),
        "only": expected.only,
        "met": expected.met,
        "reason": expected.reason,
        "until": expected.until.map(|until| until.to_string()),
        "expired": expected.expired,
        "source": { "name": source, "line": expected.place.line, "column": expected.place.column },
    })
}

/// An id, and what was written where nobody is known by it.
fn subject(result: &mut Map<String, Value>, key: &str, written: Option<&Subject>, resolved: Option<Resolved>) {
    let id = resolved.and_then(Resolved::id);
    result.insert(format!("{key}_id"), id.map(|id| id.to_string()).into());
    if id.is_none()
        && let Some(written) = written
    {
        result.insert(key.to_owned(), written.to_string().into());
    }
}

fn one(answer: &Answer<'_>, shared: &Shared<'_>, result: &mut Map<String, Value>) {
    let judgement = &answer.judgement;
    result.insert("tenant_id".into(), answer.tenant.map(|id| id.to_string()).into());
    subject(result, "app", Some(&answer.app), Some(answer.app_resolved));
    subject(result, "user", answer.user.as_ref(), answer.user_resolved);
    for (key, name) in [("app_name", answer.app_name), ("user_name", answer.user_name)] {
        if let Some(name) = name {
            result.insert(key.into(), name.into());
        }
    }
    if let Some(note) = nobody(answer) {
        result.insert("note".into(), note.into());
    }
    let effective = answer.policies.iter().find(|one| one.standing == Standing::Effective);
    result.insert(
        "effective".into(),
        effective.map_or(Value::Null, |one| effective_value(&one.policy, one.level, answer.by_read)),
    );
    result.insert("policies".into(), answer.policies.iter().take(POLICIES).map(policy).collect());
    if answer.policies.len() > POLICIES {
        result.insert("policies_total".into(), answer.policies.len().into());
    }
    result.insert("gates".into(), judgement.gates.iter().map(json::gate).collect());
    let findings = judgement.findings.iter().map(|found| json::finding(found, &shared.nowhere, shared.catalogue));
    result.insert("findings".into(), findings.collect());
    let ruled_out = judgement.ruled_out.iter().map(|out| json!({ "cause": out.cause, "reason": out.reason }));
    result.insert("ruled_out".into(), ruled_out.collect());
    let slots = slots(answer);
    result.insert("undecided".into(), judgement.undecided.iter().map(|one| undecided(one, &slots)).collect());
    result.insert("fixes".into(), Value::Array(Vec::new()));
}

/// The ids at hand, for the commands of reads.
#[must_use]
pub fn slots(answer: &Answer<'_>) -> Slots {
    let mut slots = Slots::default();
    slots.id("app-id", answer.app_resolved.id());
    slots.id("user-id", answer.user_resolved.and_then(Resolved::id));
    slots.id("tenant-id", answer.tenant);
    slots.id("group-id", answer.judgement.objects.group);
    slots.id("service-principal-id", answer.judgement.objects.service_principal);
    slots.text("user", answer.user.as_ref().map(ToString::to_string));
    slots
}

fn undecided(one: &Undecided, slots: &Slots) -> Value {
    let known = read(&one.needs);
    json!({
        "cause": one.cause,
        "needs": need(&one.needs),
        "right": known.map(|read| read.right.as_ref()),
        "command": known.map(|read| slots.fill(&read.command)),
    })
}

fn lists(lists: Tri) -> Value {
    match lists {
        Tri::Yes => true.into(),
        Tri::No => false.into(),
        Tri::Unknown => Value::Null,
    }
}

/// Via, group id and rank of a level.
fn level(level: Option<Level>) -> (Value, Value, Value) {
    let (group, rank) = match level {
        Some(Level::Group { group_id, rank }) => (group_id, rank),
        _ => (None, None),
    };
    (level.map(|level| Via::of(level).name()).into(), group.map(|id| id.to_string()).into(), rank.into())
}

pub(super) fn effective_value(policy: &str, of: Option<Level>, by_read: bool) -> Value {
    let (via, group_id, rank) = level(of);
    json!({ "policy": policy, "via": via, "group_id": group_id, "rank": rank, "by_read": by_read })
}

fn policy(one: &PolicySays) -> Value {
    let (via, group_id, rank) = level(one.level);
    let name = if one.policy.is_empty() { Value::Null } else { one.policy.clone().into() };
    json!({
        "policy": name,
        "lists": lists(one.lists),
        "standing": one.standing.name(),
        "via": via,
        "group_id": group_id,
        "rank": rank,
        "apps": one.apps,
    })
}

fn of_many(many: &Many<'_>, shared: &Shared<'_>, result: &mut Map<String, Value>) {
    result.insert("tenant_id".into(), many.tenant.map(|id| id.to_string()).into());
    let resolved = many.app_id.map_or(Resolved::Unlisted, Resolved::Id);
    subject(result, "app", Some(&many.app), Some(resolved));
    if let Some(name) = many.app_name {
        result.insert("app_name".into(), name.into());
    }
    result.insert("users".into(), many.who.name().into());
    let counts = many.counts;
    let counts = json!({ "allowed": counts.allowed, "denied": counts.denied, "unknown": counts.unknown });
    result.insert("counts".into(), counts);
    result.insert("unlisted".into(), many.unlisted.map(|verdict| verdict.name()).into());
    if let Some(future) = many.future {
        result.insert("future".into(), future.name().into());
    }
    let reasons =
        many.reasons.iter().filter(|reason| !many.reach || reason.verdict != crate::diagnose::Verdict::Denied);
    result.insert("reasons".into(), reasons.map(|one| reason(one, many, shared)).collect());
    let needs = many
        .needs
        .iter()
        .map(|name| json!({ "needs": need(name), "right": read(name).map(|read| read.right.as_ref()) }));
    result.insert("needs".into(), needs.collect());
    let findings = many.findings.iter().map(|found| json::finding(found, &shared.nowhere, shared.catalogue));
    result.insert("findings".into(), findings.collect());
    for key in ["gates", "ruled_out", "undecided", "fixes"] {
        result.insert(key.into(), Value::Array(Vec::new()));
    }
}

fn reason(one: &Reason, many: &Many<'_>, shared: &Shared<'_>) -> Value {
    json!({
        "verdict": one.verdict.name(),
        "cause": one.cause,
        "policy": one.policy.as_ref().map(|(policy, _)| policy),
        "via": one.policy.as_ref().map(|(_, via)| via.name()),
        "gates": one.gates.iter().map(|gate| gate.name()).collect::<Vec<_>>(),
        "needs": one.needs.iter().map(|name| need(name)).collect::<Vec<_>>(),
        "explanation": one.words(shared.catalogue),
        "count": one.count,
        "examples": one.examples.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "example_names": one.examples.iter().map(|user| many.names.get(user)).collect::<Vec<_>>(),
    })
}
