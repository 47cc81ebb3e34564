//! Every pair of a tenant as one JSON line each, fast enough that the printing is what takes time.
//!
//! A line says what a single question about the pair says, without the proof: the gates without their evidence, the cause
//! in one word, and what is effective. All of it but the user's id is put into words once for all users who share a
//! judgement.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::json;
use super::question::effective_value;
use crate::check::answer::Terms;
use crate::check::matrix::{APPS, Matrix, Verdicts};
use crate::check::operation_label;
use crate::check::survey::causes;
use crate::diagnose::{Finding, Judgement, Verdict};
use crate::knowledge::Operation;
use crate::source::Source;
use crate::tenant::subject::Subject;

/// Text is handed on in pieces of about this size.
const PIECE: usize = 1 << 18;

/// What is asked of all users.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Each app as it was written, with its client id where the snapshot knows it.
    pub apps: &'a [(Subject, Option<Uuid>)],
    /// The operation.
    pub operation: &'static Operation,
    /// The terms of the run.
    pub terms: Terms<'a>,
    /// For each app what was found of it, whoever the user is.
    pub findings: &'a [Vec<Finding>],
    /// Only whom the apps reach, or may reach.
    pub reach: bool,
}

/// Up to [`APPS`] apps.
struct Part {
    verdicts: Verdicts,
    /// By judgement: the line up to the user's id; `None` = not wanted.
    heads: Vec<Option<String>>,
    /// By class: what follows the user's id.
    tails: Vec<String>,
}

/// Tells every pair, user by user in the order of the list, and for each user app by app.
///
/// # Errors
/// What `tell` returns.
pub fn every_pair<E>(
    matrix: &Matrix<'_>,
    asked: Asked<'_>,
    mut tell: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let chunks = asked.apps.chunks(APPS).enumerate();
    let parts: Vec<Part> = chunks
        .map(|(index, apps)| {
            let findings = asked.findings.get(index * APPS..).unwrap_or_default();
            part(matrix, apps, findings, asked)
        })
        .collect();
    let mut text = String::with_capacity(PIECE + (PIECE >> 4));
    let mut buffer = Uuid::encode_buffer();
    let names = if asked.reach { names(matrix) } else { HashMap::new() };
    for (user, id) in matrix.users().iter().enumerate() {
        let matrix_user = *id;
        let id: &str = id.hyphenated().encode_lower(&mut buffer);
        for part in &parts {
            let class = part.verdicts.class_of().get(user).and_then(|class| usize::try_from(*class).ok());
            let Some(class) = class else { continue };
            let apps = part.verdicts.apps().len();
            let judgements = part.verdicts.judgements().get(class * apps..(class + 1) * apps).unwrap_or_default();
            let tail = part.tails.get(class).map_or("", String::as_str);
            for judgement in judgements {
                let head = usize::try_from(*judgement).ok().and_then(|at| part.heads.get(at));
                let Some(Some(head)) = head else { continue };
                text.push_str(head);
                text.push_str(id);
                match names.get(&matrix_user) {
                    Some(name) => {
                        text.push_str("\",\"user_name\":");
                        text.push_str(&Value::from(*name).to_string());
                        text.push_str(tail.get(1..).unwrap_or_default());
                    }
                    None => text.push_str(tail),
                }
            }
        }
        if text.len() >= PIECE {
            tell(&text)?;
            text.clear();
        }
    }
    tell(&text)
}

/// What the users are called, where somebody wants to know whom an app reaches.
fn names<'s>(matrix: &Matrix<'s>) -> HashMap<Uuid, &'s str> {
    let known = matrix.snapshot().users.known().iter();
    known.filter_map(|user| Some((user.id, user.upn.as_deref().or(user.name.as_deref())?))).collect()
}

fn part(matrix: &Matrix<'_>, apps: &[(Subject, Option<Uuid>)], findings: &[Vec<Finding>], asked: Asked<'_>) -> Part {
    let ids: Vec<Option<Uuid>> = apps.iter().map(|(_, id)| *id).collect();
    let verdicts = matrix.judge(&ids, asked.operation, asked.terms);
    let causes = causes(matrix, &verdicts, asked.terms);
    let judged = verdicts.judged().iter().zip(&causes);
    let mut again = matrix.judge_again(&verdicts, asked.terms);
    let heads = judged
        .map(|(judged, cause)| {
            let (app, id) = apps.get(judged.app())?;
            let open = id.is_none();
            let verdict = if open { Verdict::Unknown } else { judged.verdict };
            let wanted = !asked.reach || verdict != Verdict::Denied;
            // What is found of the app counts for whom it reaches.
            let found = findings.get(judged.app()).filter(|_| verdict == Verdict::Allowed);
            wanted.then(|| {
                let judgement = Judgement { findings: found.cloned().unwrap_or_default(), ..again.gates(judged) };
                head(&judgement, matrix, (app, *id), verdict, cause.as_deref(), asked)
            })
        })
        .collect();
    let tails = (0..verdicts.classes())
        .map(|class| {
            let effective = verdicts
                .effective(matrix, class)
                .map_or(Value::Null, |(policy, level, by_read)| effective_value(policy, Some(level), by_read));
            format!("\",\"effective\":{effective}}}\n")
        })
        .collect();
    Part { verdicts, heads, tails }
}

fn app_name<'s>(matrix: &Matrix<'s>, id: Uuid) -> Option<&'s str> {
    matrix.snapshot().apps.known().iter().find(|app| app.app_id == id)?.name.as_deref()
}

fn head(
    judgement: &Judgement,
    matrix: &Matrix<'_>,
    (app, id): (&Subject, Option<Uuid>),
    verdict: Verdict,
    cause: Option<&str>,
    asked: Asked<'_>,
) -> String {
    let mut result = Map::new();
    result.insert("kind".into(), "question".into());
    result.insert("tenant_id".into(), matrix.snapshot().tenant_id.map(|id| id.to_string()).into());
    result.insert("app_id".into(), id.map(|id| id.to_string()).into());
    if id.is_none() {
        result.insert("app".into(), app.to_string().into());
    }
    result.insert("operation".into(), operation_label(asked.operation).into());
    result.insert("verdict".into(), verdict.name().into());
    result.insert("cause".into(), cause.into());
    if let Some(name) = id.filter(|_| asked.reach).and_then(|id| app_name(matrix, id)) {
        result.insert("app_name".into(), name.into());
    }
    if let Some(scope) = &judgement.scope {
        result.insert("scope".into(), scope.clone().into());
    }
    let gates = judgement.gates.iter().map(|gate| {
        let mut value = json::gate(gate);
        if let Some(evidence) = value.get_mut("evidence") {
            *evidence = json!([]);
        }
        value
    });
    result.insert("gates".into(), gates.collect());
    if !judgement.findings.is_empty() {
        let nowhere = Source::from_text("", String::new());
        let findings = judgement.findings.iter().map(|found| json::finding(found, &nowhere, asked.terms.catalogue));
        result.insert("findings".into(), findings.collect());
    }
    if let Some(gates) = asked.terms.gates {
        result.insert("gates_asked".into(), gates.iter().map(|gate| gate.name()).collect());
    }
    let mut line = Value::Object(result).to_string();
    line.pop();
    line.push_str(",\"user_id\":\"");
    line
}
