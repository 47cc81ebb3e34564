//! Hygiene findings and differences between snapshots, for people and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::effects::{access_words, effects_rows, effects_value, known_value, page};
use super::human::{BOLD, DIM, INDENT, Look, RED, YELLOW};
use super::wrapped::wrap;
use super::{human, json};
use crate::audit::{Unchecked, unchecked};
use crate::diagnose::Finding;
use crate::fix::Effects;
use crate::knowledge::{Catalogue, Severity};
use crate::source::Source;
use crate::source::sanitise::{one_line, shortened};
use crate::tenant::diff::{Difference, Kind};
use crate::tenant::{Snapshot, Status};

/// The parts that are not complete, so that hygiene cannot be told of them.
#[must_use]
pub fn gaps(snapshot: &Snapshot) -> Vec<String> {
    [
        ("policies", snapshot.policies.status),
        ("direct", snapshot.direct.status),
        ("groups", snapshot.groups.status),
        ("users", snapshot.users.status),
        ("apps", snapshot.apps.status),
    ]
    .into_iter()
    .filter(|(_, status)| *status != Status::Complete)
    .map(|(part, status)| format!("{part} {}", if status == Status::Missing { "missing" } else { "partial" }))
    .collect()
}

/// What was not looked for whole, one line for each thing that was not read.
#[must_use]
pub fn unchecked_words(unchecked: &[Unchecked]) -> Vec<String> {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for one in unchecked {
        let parts = one.parts.join(", ");
        match lines.iter_mut().find(|(own, _)| *own == parts) {
            Some((_, causes)) => causes.push(one.cause),
            None => lines.push((parts, vec![one.cause])),
        }
    }
    let words = |(parts, causes): (String, Vec<&str>)| format!("{} ({})", causes.join(", "), one_line(&parts));
    lines.into_iter().map(words).collect()
}

/// Draws the findings of an audit. Ends with a line end.
#[must_use]
pub fn audit(findings: &[Finding], snapshot: &Snapshot, catalogue: &Catalogue, look: Look) -> String {
    let mut page = page(catalogue, look);
    let unchecked = unchecked(snapshot);
    let words = match findings.len() {
        0 if unchecked.is_empty() => "nothing odd".to_owned(),
        0 => format!("nothing odd in what was read; of {} causes not all was read", unchecked.len()),
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    page.line(&format!("  {words}"));
    let names = names([snapshot, snapshot]);
    for finding in findings {
        page.blank();
        let (mark, style) = match finding.severity {
            Severity::Error => ("×", RED),
            Severity::Warning => ("⚠", YELLOW),
            Severity::Info => ("·", DIM),
        };
        let mark = page.paint(style, mark);
        let tag = page.paint(DIM, &format!("{} · {}", finding.cause, finding.confidence.name()));
        let title = page.title(&finding.cause);
        let title = one_line(&title);
        let used = title.chars().count() + finding.cause.chars().count() + finding.confidence.name().len() + 7;
        let room = look.width.saturating_sub(4).max(30);
        for (index, part) in wrap(&title, room).iter().enumerate() {
            let mark = if index == 0 { mark.as_str() } else { " " };
            let gap = " ".repeat((look.width.saturating_sub(used)).clamp(2, 40));
            let tag = if used + 2 <= look.width { format!("{gap}{tag}") } else { String::new() };
            page.line(&format!("  {mark} {part}{tag}"));
        }
        if used + 2 > look.width {
            page.line(&format!("{INDENT}{tag}"));
        }
        for part in wrap(&one_line(&named(&finding.explanation, &names)), look.width.saturating_sub(6).max(30)) {
            page.line(&format!("{INDENT}{part}"));
        }
        if look.verbose {
            for evidence in &finding.evidence {
                let value = shortened(&one_line(&evidence.value), 160);
                let words = format!(
                    "{} {}: {value} ({})",
                    one_line(&evidence.object),
                    evidence.field,
                    one_line(&evidence.source)
                );
                page.row("", DIM, &words);
            }
        }
    }
    if !unchecked.is_empty() {
        page.blank();
    }
    for words in unchecked_words(&unchecked) {
        page.row_whole("unchecked", YELLOW, &words);
    }
    if !findings.is_empty() {
        page.row("more", DIM, "`graphwhy rules SLUG` tells why, and how to mend it");
    }
    page.out
}

/// One result (`kind: "tenant"`).
#[must_use]
pub fn audit_value(findings: &[Finding], snapshot: &Snapshot, catalogue: &Catalogue) -> Value {
    // Findings about state have no place in a text.
    let nowhere = Source::from_text("", String::new());
    let findings: Vec<Value> = findings.iter().map(|it| json::finding(it, &nowhere, catalogue)).collect();
    json!({
        "kind": "tenant",
        "tenant_id": snapshot.tenant_id.map(|id| id.to_string()),
        "findings": findings,
        "gaps": gaps(snapshot),
        "unchecked": unchecked(snapshot).iter().map(|it| json!({ "cause": it.cause, "parts": it.parts })).collect::<Vec<_>>(),
    })
}

/// The names of users, apps and groups by their ids.
pub(super) fn names(sides: [&Snapshot; 2]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for side in sides {
        let users = side.users.known().iter().map(|it| (it.id, it.upn.as_ref().or(it.name.as_ref())));
        let apps = side.apps.known().iter().map(|it| (it.app_id, it.name.as_ref()));
        let groups = side.groups.known().iter().map(|it| (it.group_id, it.name.as_ref()));
        let known = users.chain(apps).chain(groups).filter_map(|(id, name)| Some((id.to_string(), name?.clone())));
        names.extend(known);
    }
    names
}

/// A text with the names of the ids in it: `adele@contoso.com (18f1…)`.
pub(super) fn named(text: &str, names: &BTreeMap<String, String>) -> String {
    let words = text.split(' ').map(|word| {
        let id = word.trim_matches(|c: char| !c.is_ascii_hexdigit());
        match names.get(id) {
            // Some texts name it already.
            Some(name) if ["`", ""].iter().any(|end| text.contains(&format!("{name}{end} ({id})"))) => word.to_owned(),
            Some(name) => word.replacen(id, &format!("{name} ({id})"), 1),
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What a list gained and lost: `+ a, - b`.
fn changed_entries(before: &str, after: &str, names: &BTreeMap<String, String>) -> String {
    let entries = |text: &str| -> BTreeSet<String> {
        let graph = format!(" of {}", crate::knowledge::GRAPH);
        let all = text.split(", ").filter(|it| *it != "(none)" && !it.is_empty());
        all.map(|it| it.strip_suffix(&graph).unwrap_or(it).to_owned()).collect()
    };
    let (before, after) = (entries(before), entries(after));
    let words = |sign: &str, text: &String| format!("{sign} {}", shortened(&one_line(&named(text, names)), 120));
    let added = after.difference(&before).map(|it| words("+", it));
    let removed = before.difference(&after).map(|it| words("-", it));
    added.chain(removed).collect::<Vec<_>>().join(", ")
}

/// A kind of difference, for people.
#[must_use]
pub const fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::NowRead => "now read",
        Kind::NotRead => "not read",
        Kind::Added | Kind::Removed | Kind::Changed => kind.name(),
    }
}

/// Draws what differs. Ends with a line end.
#[must_use]
pub fn diff(
    differences: &[Difference],
    effects: &Effects,
    sides: [&Snapshot; 2],
    catalogue: &Catalogue,
    look: human::Look,
) -> String {
    let names = names(sides);
    let mut page = page(catalogue, look);
    let words = match differences.len() {
        0 => "the snapshots say the same of the tenant".to_owned(),
        1 => "1 difference".to_owned(),
        count => format!("{count} differences"),
    };
    let access = match (effects.gains_total, effects.losers()) {
        (0, 0) => String::new(),
        _ => format!("; {}", access_words(effects)),
    };
    page.first(&format!("{words}{access}"));
    let limit = if look.verbose { differences.len() } else { 40 };
    let mut part = "";
    // Each part once, whether what was read of it differs or what it says.
    let mut parts: Vec<&str> = Vec::new();
    for difference in differences {
        if !parts.contains(&difference.part) {
            parts.push(difference.part);
        }
    }
    let mut ordered: Vec<&Difference> = differences.iter().collect();
    crate::order::sort_by_key(&mut ordered, |difference| parts.iter().position(|part| *part == difference.part));
    for difference in ordered.into_iter().take(limit) {
        if part != difference.part {
            part = difference.part;
            page.blank();
            let heading = page.paint(BOLD, part);
            page.line(&format!("{INDENT}{heading}"));
        }
        let field = if difference.field.is_empty() { String::new() } else { format!(" {}", difference.field) };
        let short = |value: &Option<String>| value.as_ref().map(|text| shortened(&one_line(&named(text, &names)), 160));
        let lists = matches!(difference.field, "app_ids" | "roles" | "delegated" | "requested" | "nested");
        let value = match (short(&difference.before), short(&difference.after)) {
            (Some(_), Some(_)) if lists => {
                let text = |value: &Option<String>| value.clone().unwrap_or_default();
                format!(": {}", changed_entries(&text(&difference.before), &text(&difference.after), &names))
            }
            (Some(before), Some(after)) => format!(": {before} → {after}"),
            (None, Some(value)) | (Some(value), None) => format!(": {value}"),
            (None, None) => String::new(),
        };
        page.row(
            kind_words(difference.kind),
            DIM,
            &format!("{}{field}{value}", one_line(&named(&difference.object, &names))),
        );
    }
    if differences.len() > limit {
        page.row("", DIM, &format!("and {} more (--verbose)", differences.len() - limit));
    }
    if !differences.is_empty() {
        page.blank();
        let switched =
            differences.iter().filter(|it| it.part == "apps" && it.field == "enabled" && it.before.is_some());
        for difference in switched {
            let words = match difference.after.as_deref() {
                Some("false") => "is disabled now: no gate asks for that, and Microsoft Entra gives it no token",
                Some(_) => "is enabled again: no gate asks for that, and Microsoft Entra gives it tokens",
                None => continue,
            };
            page.row("note", YELLOW, &format!("{} {words}", one_line(&named(&difference.object, &names))));
        }
        effects_rows(&mut page, effects, false, &|_| String::new());
    }
    page.out
}

/// One result (`kind: "diff"`).
#[must_use]
pub fn diff_value(differences: &[Difference], effects: &Effects, before: &Snapshot, after: &Snapshot) -> Value {
    let changes = differences.iter().map(|it| {
        json!({
            "part": it.part,
            "object": it.object,
            "field": it.field,
            "kind": it.kind.name(),
            "before": it.before,
            "after": it.after,
        })
    });
    let mut result = Map::new();
    result.insert("kind".into(), "diff".into());
    result.insert("tenant_id".into(), after.tenant_id.or(before.tenant_id).map(|id| id.to_string()).into());
    let time = |snapshot: &Snapshot| snapshot.taken_at.map(|time| time.to_string());
    result.insert("from".into(), time(before).into());
    result.insert("to".into(), time(after).into());
    result.insert("changes".into(), changes.collect());
    result.extend(effects_value(effects));
    result.extend(known_value(effects));
    Value::Object(result)
}
