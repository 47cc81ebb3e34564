//! Audits, differences, plans and what-ifs as results for formats for machines.

use std::collections::HashMap;

use super::effects::{self, group_words};
use super::fixes::retry;
use super::plan;
use super::tenant::{named, names};
use super::what_if::{WhatIf, at};
use crate::check::kept::Fate;
use crate::check::told::{Counted, Found, Place, Told};
use crate::diagnose::{Finding, Outcome, Verdict};
use crate::fix::effects::{Effects, Group};
use crate::fix::simulate::GlobalGrant;
use crate::fix::{Ask, Known, Plan};
use crate::knowledge::{Catalogue, Severity};
use crate::source::Source;
use crate::tenant::Snapshot;
use crate::tenant::diff::{Difference, Kind};

/// Columns of an audit.
pub const AUDIT: [&str; 2] = ["tenant", "object"];
/// Columns of a difference.
pub const DIFF: [&str; 2] = ["part", "object"];
/// Columns of a plan.
pub const PLAN: [&str; 3] = ["app", "user", "operation"];
/// Columns of a what-if.
pub const WHAT_IF: [&str; 1] = ["what"];

/// Apps that are named with what users who come later gain or lose.
const LATER: usize = 10;

fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn found(rule: &str, severity: Severity, mark: &'static str, sentence: String) -> Found {
    Found { rule: rule.to_owned(), severity, open: false, mark, sentence, related: Vec::new() }
}

/// Keys are the same in the next run, and no two are the same in one.
fn tell_apart(told: &mut [Told]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for one in told {
        let count = seen.entry(one.key.clone()).or_default();
        *count += 1;
        if *count > 1 {
            one.key = format!("{}/{count}", one.key);
        }
    }
}

/// The objects that a finding of an audit is about.
#[must_use]
pub fn objects(finding: &Finding) -> Vec<&str> {
    finding.evidence.iter().map(|evidence| evidence.object.as_str()).collect()
}

/// The objects as one name, for suppressions and for keys.
#[must_use]
pub fn object_name(finding: &Finding) -> String {
    let mut names: Vec<&str> = objects(finding);
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(*name));
    if names.is_empty() { "tenant".to_owned() } else { names.join(" / ") }
}

/// An audit: each finding; for each hygiene cause a pass where there is none and all was read, and an open result where
/// not all was. `file` is the snapshot.
#[must_use]
pub fn audit(
    findings: &[Finding],
    snapshot: &Snapshot,
    file: &str,
    catalogue: &Catalogue,
    fail_on: Severity,
) -> Vec<Told> {
    let tenant = snapshot.tenant_id.map_or_else(|| file.to_owned(), |id| id.to_string());
    let title = |slug: &str| catalogue.cause(slug).map_or_else(|| slug.to_owned(), |cause| cause.title.to_string());
    let mut all: Vec<Told> = findings
        .iter()
        .map(|finding| {
            let object = objects(finding).first().copied().unwrap_or("tenant").to_owned();
            let words =
                if finding.explanation.is_empty() { title(&finding.cause) } else { finding.explanation.clone() };
            Told {
                counted: if finding.severity >= fail_on { Counted::Wrong } else { Counted::Fine },
                accepted: None,
                verdict: None,
                test: (words.clone(), finding.cause.to_string()),
                cells: vec![tenant.clone(), object],
                place: Place::at(file.to_owned(), 1, 1),
                key: format!("{tenant}/{}", object_name(finding)),
                sentence: words.clone(),
                findings: vec![found(&finding.cause, finding.severity, mark(finding.severity), words)],
            }
        })
        .collect();
    tell_apart(&mut all);
    let unchecked = crate::audit::unchecked(snapshot);
    for cause in crate::audit::CAUSES {
        let gap = unchecked.iter().find(|it| it.cause == cause);
        if gap.is_none() && findings.iter().any(|it| it.cause == cause) {
            continue;
        }
        let sentence = gap.map_or(String::new(), |gap| format!("{cause}: not all was read: {}", gap.parts.join(", ")));
        let open = |sentence: &String| Found {
            open: true,
            ..found("undetermined", Severity::Warning, "unchecked", sentence.clone())
        };
        all.push(Told {
            counted: if gap.is_some() { Counted::Open } else { Counted::Fine },
            accepted: None,
            verdict: None,
            test: (format!("none: {}", title(cause)), cause.to_owned()),
            cells: vec![tenant.clone(), if gap.is_some() { cause.to_owned() } else { String::new() }],
            place: Place::at(file.to_owned(), 1, 1),
            key: format!("{tenant}/{cause}"),
            findings: gap.iter().map(|_| open(&sentence)).collect(),
            sentence,
        });
    }
    all
}

/// Who gains and who loses, one result for each group of pairs.
fn effects(
    effects: &Effects,
    cells: &dyn Fn(&str, &Group) -> Vec<String>,
    place: &dyn Fn(bool, &Group) -> Place,
    lost: (Severity, Counted),
) -> Vec<Told> {
    let one = |rule: &str, severity, counted, mark: &'static str, group: &Group, loses: bool| {
        let verb = if loses { "loses" } else { "gains" };
        let sentence = format!("{verb}: {}", group_words(group));
        Told {
            counted,
            accepted: None,
            verdict: None,
            test: (sentence.clone(), rule.to_owned()),
            cells: cells(mark, group),
            place: place(loses, group),
            key: format!("{}/{}/{}", group.app_id, group.operations.join(","), group.through),
            sentence: sentence.clone(),
            findings: vec![found(rule, severity, mark, sentence)],
        }
    };
    // Where only a gate gets worse, nobody loses access.
    let losses = effects.loss_groups.iter().filter(|group| !group.is_gate_only()).map(|group| {
        let mut told = one("access-lost", lost.0, lost.1, "loses", group, true);
        // Nobody knows whether it is one.
        if group.perhaps && told.counted == Counted::Wrong {
            told.counted = Counted::Open;
            told.findings.iter_mut().for_each(|found| found.open = true);
        }
        told
    });
    let gains = effects
        .gain_groups
        .iter()
        .map(|group| one("access-gained", Severity::Info, Counted::Fine, "gains", group, false));
    let mut all: Vec<Told> = losses.chain(gains).collect();
    tell_apart(&mut all);
    all
}

/// What users who come later gain or lose, and what was not read: lines about the whole.
#[must_use]
pub fn beside(effects: &Effects) -> Vec<String> {
    let mut lines = Vec::new();
    for (verb, loses) in [("gains", false), ("loses", true)] {
        lines.extend(effects::later_words(effects, loses, LATER).into_iter().map(|words| format!("{verb}: {words}")));
    }
    for (verb, list) in [("gains", &effects.opens), ("loses", &effects.closes)] {
        lines.extend(list.iter().map(|unbound| format!("{verb}: {}", effects::unbound_words(unbound))));
    }
    if effects.open {
        lines.push("not every user, app, assignment or member was read: there may be more".to_owned());
    }
    lines
}

/// What differs between both `sides`, and who gained and lost through it. `file` is the later snapshot; `fails` = changed
/// access counts.
#[must_use]
pub fn diff(
    differences: &[Difference],
    changed: &Effects,
    sides: [&Snapshot; 2],
    file: &str,
    fails: bool,
) -> Vec<Told> {
    let names = names(sides);
    let place = || Place::at(file.to_owned(), 1, 1);
    let counted = if fails { Counted::Wrong } else { Counted::Fine };
    let mut all: Vec<Told> = effects(
        changed,
        &|_, group| vec!["access".to_owned(), group.app.clone().unwrap_or_else(|| format!("app `{}`", group.app_id))],
        &|_, _| place(),
        (Severity::Warning, counted),
    );
    if fails {
        for one in &mut all {
            one.counted = Counted::Wrong;
        }
    }
    let known = |rule: &str, severity, mark: &'static str, known: &Known| {
        let sentence = format!("{mark}: {}", effects::known_words(known, true));
        Told {
            counted: if fails { Counted::Open } else { Counted::Fine },
            accepted: None,
            verdict: None,
            test: (sentence.clone(), rule.to_owned()),
            cells: vec!["knowledge".to_owned(), known.app.clone().unwrap_or_else(|| format!("app `{}`", known.app_id))],
            place: place(),
            key: format!(
                "{}/{}/{}/{}/{}",
                known.app_id,
                known.allowed.join(","),
                known.denied.join(","),
                known.neither.join(","),
                known.through
            ),
            sentence: sentence.clone(),
            findings: vec![Found { open: true, ..found(rule, severity, mark, sentence) }],
        }
    };
    all.extend(changed.now_known.iter().map(|it| known("access-now-known", Severity::Info, "now known", it)));
    let no_longer = changed.no_longer_known.iter();
    all.extend(no_longer.map(|it| known("access-no-longer-known", Severity::Warning, "no longer known", it)));
    for difference in differences {
        let named = |text: &str| named(text, &names);
        let (before, after) = (difference.before.as_deref(), difference.after.as_deref());
        let value = match (before.map(named), after.map(named)) {
            (Some(before), Some(after)) => format!("{before} → {after}"),
            (None, Some(value)) | (Some(value), None) => value,
            (None, None) => String::new(),
        };
        let object = named(&difference.object);
        let what = format!("{object} {} {}", difference.field, super::tenant::kind_words(difference.kind));
        let sentence = format!("{}: {value}", what.split_whitespace().collect::<Vec<_>>().join(" "));
        let read = matches!(difference.kind, Kind::NowRead | Kind::NotRead);
        all.push(Told {
            counted: Counted::Fine,
            accepted: None,
            verdict: None,
            test: (sentence.clone(), "state-changed".to_owned()),
            cells: vec![difference.part.to_owned(), object],
            place: place(),
            key: format!("{}/{}/{}", difference.part, difference.object, difference.field),
            sentence: sentence.clone(),
            findings: vec![found("state-changed", Severity::Info, if read { "read" } else { "changed" }, sentence)],
        });
    }
    tell_apart(&mut all);
    all
}

/// A plan: one result for each user, with the fix that was `chosen`, from 0. `file` is the snapshot.
#[must_use]
pub fn plan(plan: &Plan, ask: &Ask<'_>, file: &str, chosen: usize) -> Vec<Told> {
    let operation = crate::check::operation_label(ask.operation);
    let app = plan::app_words(ask);
    let fix = plan.fixes.get(chosen).map(|fix| {
        let from = fix.effective_from.as_deref().map_or(String::new(), |from| format!("; retry {}", retry(from)));
        let number = match plan.fixes.len() {
            1 => "fix".to_owned(),
            count => format!("fix {} of {count}", chosen + 1),
        };
        format!("; {number}: {}{}{from}", fix.title, effects::effects(fix))
    });
    let blocked: String = plan.blocked.iter().map(|it| format!("; {}", it.reason)).collect();
    let mut all: Vec<Told> = plan
        .answers
        .iter()
        .map(|answer| {
            let verdict = answer.judgement.verdict;
            let user = answer.user_id.map_or_else(|| "nobody".to_owned(), |id| plan::user_words(ask.snapshot, id));
            let cause = answer.judgement.findings.first().map(|finding| finding.cause.to_string());
            let title = cause.as_deref().and_then(|slug| ask.catalogue.cause(slug)).map(|cause| cause.title.as_ref());
            let failing = answer.judgement.gates.iter().find(|gate| match verdict {
                Verdict::Unknown => gate.outcome == Outcome::Unknown,
                _ => gate.outcome == Outcome::Fail,
            });
            let in_vain = verdict == Verdict::Allowed && !plan.blocked.is_empty();
            let why = match (verdict, title, failing) {
                (Verdict::Allowed, Some(title), _) if in_vain => format!("no gate fails, yet {title}"),
                (Verdict::Allowed, ..) => "nothing that was read forbids it".to_owned(),
                (_, Some(title), _) => title.to_owned(),
                (_, None, Some(gate)) => format!("the {} gate is {}", gate.gate.name(), gate.outcome.name()),
                (_, None, None) => verdict.name().to_owned(),
            };
            let fix = if verdict == Verdict::Allowed { "" } else { fix.as_deref().unwrap_or_default() };
            let blocked = if verdict == Verdict::Allowed && !in_vain { "" } else { blocked.as_str() };
            let sentence = format!("{operation} by {app} for {user} is {}: {why}{fix}{blocked}", verdict.name());
            let (counted, main) = match verdict {
                Verdict::Allowed if in_vain => {
                    let rule = cause.as_deref().unwrap_or("denied");
                    (Counted::Wrong, Some(found(rule, Severity::Error, "blocked", sentence.clone())))
                }
                Verdict::Allowed => (Counted::Fine, None),
                Verdict::Denied => {
                    let rule = cause.as_deref().unwrap_or("denied");
                    (Counted::Wrong, Some(found(rule, Severity::Error, "denied", sentence.clone())))
                }
                Verdict::Unknown => {
                    let mut main = found("undetermined", Severity::Warning, "unknown", sentence.clone());
                    main.open = true;
                    (Counted::Open, Some(main))
                }
            };
            Told {
                counted,
                accepted: None,
                verdict: Some(verdict),
                test: (format!("{app} for {user}"), operation.clone()),
                cells: vec![app.clone(), user, operation.clone()],
                place: Place::at(file.to_owned(), 1, 1),
                key: format!(
                    "{}/{}/{operation}",
                    ask.app_id,
                    answer.user_id.map_or_else(String::new, |id| id.to_string())
                ),
                sentence,
                findings: main.into_iter().collect(),
            }
        })
        .collect();
    tell_apart(&mut all);
    all
}

/// What scripts would do: commands that fail, who loses and gains, and expectations at their own places.
#[must_use]
pub fn what_if(run: &WhatIf, sources: &[Source], snapshot: &Snapshot) -> Vec<Told> {
    let start = run.start(sources);
    // By the reading that takes more.
    let other = run.other.as_ref().filter(|other| other.losers() > run.effects.losers());
    let reading = if other.is_some() { GlobalGrant::Adds } else { GlobalGrant::Replaces };
    let steps = run.steps(snapshot, reading);
    let of = |place: Option<super::what_if::Place>| place.map_or_else(|| start.clone(), |place| at(place, sources));
    let place = |loses: bool, group: &Group| of(steps.of_group(loses, group).last().copied());
    let mut all: Vec<Told> = Vec::new();
    for kept in &run.kept {
        let mut told = kept.told.clone();
        told.cells = vec!["expectation".to_owned()];
        if let Some(first) = told.findings.first_mut().filter(|_| kept.is != Some(true)) {
            first.mark = kept.fate().name();
        }
        // What may break, or may be worse, is no break.
        if kept.fate() == Fate::MayWorsen || (kept.is.is_none() && told.counted == Counted::Wrong) {
            told.counted = Counted::Open;
            told.findings.iter_mut().for_each(|found| found.open = true);
        }
        // What was broken before is no fault of the script.
        if matches!(kept.fate(), Fate::Broken | Fate::Same | Fate::Mends) {
            told.counted = Counted::Fine;
            told.findings.clear();
        }
        all.push(told);
    }
    for refused in run.refused.iter().filter(|it| it.fails) {
        let Some((at_command, _)) = run.commands.get(refused.index) else { continue };
        let sentence = format!("the command fails: {}", refused.why);
        all.push(Told {
            counted: Counted::Wrong,
            accepted: None,
            verdict: None,
            test: (sentence.clone(), "command-refused".to_owned()),
            cells: vec!["command".to_owned()],
            place: at(*at_command, sources),
            key: format!("command-refused/{}", refused.why),
            sentence: sentence.clone(),
            findings: vec![found("command-refused", Severity::Error, "fails", sentence)],
        });
    }
    let cells = |_: &str, _: &Group| vec!["access".to_owned()];
    let shown = other.unwrap_or(&run.effects);
    all.extend(effects(shown, &cells, &place, (Severity::Error, Counted::Wrong)));
    for assumed in &run.assumes {
        all.push(Told {
            counted: Counted::Fine,
            accepted: None,
            verdict: None,
            test: (assumed.clone(), "effect-unsettled".to_owned()),
            cells: vec!["effect".to_owned()],
            place: of(steps.of_assumed(assumed)),
            key: format!("effect-unsettled/{assumed}"),
            sentence: assumed.clone(),
            findings: vec![found("effect-unsettled", Severity::Warning, "unsettled", assumed.clone())],
        });
    }
    tell_apart(&mut all);
    all
}
