//! Plans, for people, for an administrator who is to run them, and as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::effects::{broken_words, effects, losses, users};
use super::fixes::retry;
use super::human::{DIM, GREEN, INDENT, Look, Page, RED, YELLOW};
use super::json;
use super::markdown::{cell, code};
use super::plan_open;
use super::wrapped::wrap;
use crate::diagnose::{Judgement, Outcome, Verdict};
use crate::fix::template::Slots;
use crate::fix::{Answer, Ask, Fix, Plan, TEAMS, Who, rights};
use crate::knowledge::{Confidence, Gate, Operation, read};
use crate::source::Source;
use crate::source::sanitise::{one_line, visible};
use crate::tenant::Snapshot;

/// The short name of an operation, else method and path.
#[must_use]
pub fn operation(operation: &Operation) -> String {
    operation.name.map_or_else(|| format!("{} {}", operation.method, operation.path), str::to_owned)
}

/// The app and the users by the names that the snapshot knows.
pub(super) fn app_words(ask: &Ask<'_>) -> String {
    let known = ask.snapshot.apps.known().iter().find(|app| app.app_id == ask.app_id).and_then(|app| app.name.as_ref());
    match known {
        Some(name) => format!("`{}` ({})", one_line(name), ask.app_id),
        None => format!("app {}", ask.app_id),
    }
}

pub(super) fn user_words(snapshot: &Snapshot, user: Uuid) -> String {
    let known = snapshot.users.known().iter().find(|it| it.id == user);
    match known.and_then(|it| it.upn.as_ref().or(it.name.as_ref())) {
        Some(name) => format!("{} ({user})", one_line(name)),
        None => format!("user {user}"),
    }
}

fn whom(ask: &Ask<'_>, plan: &Plan) -> String {
    match &ask.who {
        Who::Nobody => "the tenant".to_owned(),
        Who::Group(group) => format!("the members of group {}", one_line(&ask.snapshot.group_words(*group))),
        Who::Users(list) => match (list.as_slice(), plan.answers.len()) {
            ([one], _) => user_words(ask.snapshot, *one),
            (_, count) => users(count),
        },
    }
}

fn count(plan: &Plan, verdict: Verdict) -> usize {
    plan.answers.iter().filter(|answer| answer.judgement.verdict == verdict).count()
}

/// That app or user are not in the tenant, which comes before all else.
pub(super) fn absent(app: &str, user: &str, no_app: bool, no_user: bool) -> Option<String> {
    let (who, what) = match (no_app, no_user) {
        (true, true) => (format!("neither {app} nor {user} is in this tenant"), "is an id wrong"),
        (true, false) => (format!("{app} is not in this tenant"), "is the client id wrong"),
        (false, true) => (format!("{user} is not in this tenant"), "is the object id wrong"),
        (false, false) => return None,
    };
    Some(format!("{who}: {what}, or is the snapshot that of another tenant?"))
}

/// The answer in one line.
fn headline(plan: &Plan, ask: &Ask<'_>) -> String {
    let what = operation(ask.operation);
    let (app, whom) = (app_words(ask), whom(ask, plan));
    let certain = |cause: &str, answer: &Answer| {
        let mut findings = answer.judgement.findings.iter();
        findings.any(|it| it.cause == cause && it.confidence == Confidence::Certain)
    };
    let all = |cause: &str| !plan.answers.is_empty() && plan.answers.iter().all(|it| certain(cause, it));
    if let Some(absent) = absent(&app, &whom, all("app-unknown-in-tenant"), all("user-unknown")) {
        return absent;
    }
    match plan.verdict {
        Verdict::Allowed if plan.is_allowed_in_vain() => {
            format!("no gate keeps {app} from {what} for {whom}, yet its service principal is disabled")
        }
        Verdict::Allowed => format!("{app} is allowed {what} for {whom}: nothing that was read forbids it"),
        Verdict::Denied => format!("{app} is denied {what} for {whom}"),
        Verdict::Unknown => format!("whether {app} is allowed {what} for {whom} is not known"),
    }
}

/// What the commands of its reads are filled in with.
fn slots(plan: &Plan, ask: &Ask<'_>) -> Slots {
    let mut slots = Slots::default();
    slots.id("app-id", Some(ask.app_id));
    if let Who::Users(list) = &ask.who {
        slots.id("user-id", list.first().copied().filter(|_| list.len() == 1));
    }
    if let [answer] = plan.answers.as_slice() {
        slots.id("group-id", answer.judgement.objects.group);
    }
    slots
}

/// Draws a plan with the commands of the fix that was `chosen`, from 0. Ends with a line end.
#[must_use]
pub fn human(plan: &Plan, ask: &Ask<'_>, chosen: usize, look: Look) -> String {
    let slots = slots(plan, ask);
    let mut page = Page::new(ask.catalogue, look, slots.clone());
    let (mark, style) = match plan.verdict {
        Verdict::Allowed if plan.is_allowed_in_vain() => ("×", RED),
        Verdict::Allowed => ("✓", GREEN),
        Verdict::Denied => ("×", RED),
        Verdict::Unknown => ("?", YELLOW),
    };
    let mark = page.paint(style, mark);
    for (index, part) in wrap(&headline(plan, ask), look.width.saturating_sub(6).max(30)).iter().enumerate() {
        page.line(&if index == 0 { format!("  {mark} {part}") } else { format!("{INDENT}{part}") });
    }
    match plan.answers.as_slice() {
        [answer] => one(&mut page, answer, &slots),
        _ => many(&mut page, plan, ask),
    }
    for blocked in &plan.blocked {
        page.row(blocked.gate.name(), RED, &one_line(&blocked.reason));
    }
    for (index, fix) in plan.fixes.iter().enumerate() {
        let whole = index == chosen || look.verbose;
        if index < 2 || whole || index == chosen + 1 {
            page.blank();
        }
        page.fix(fix, &format!("fix {} of {}", index + 1, plan.fixes.len()), "", whole);
    }
    let proof = plan.fixes.get(chosen).and_then(|fix| fix.proof.as_ref());
    if let (Some(count), true) = (plan.expectations, proof.is_some_and(|proof| proof.breaks.is_empty())) {
        let all = if count == 1 { "the 1 expectation".to_owned() } else { format!("the {count} expectations") };
        page.row("expected", DIM, &format!("fix {} breaks none of {all}", chosen + 1));
    }
    if plan.fixes.len() > 1 && !look.verbose {
        let words = page.paint(DIM, "--fix N prints another one, --verbose all; --script FILE writes it");
        page.line(&format!("{INDENT}{words}"));
    }
    if plan.fixes.is_empty() && plan.verdict != Verdict::Allowed && plan.blocked.is_empty() {
        let until =
            plan.answers.iter().flat_map(|answer| &answer.judgement.gates).filter(|gate| gate.gate == Gate::Time);
        match until.filter_map(|gate| gate.until.as_ref()).max() {
            Some(until) => page.row(
                "no fix",
                DIM,
                &format!("nothing needs to change, only time has to pass: ask again after {until}"),
            ),
            None => plan_open::row(&mut page, plan, &slots),
        }
    }
    page.out
}

fn one(page: &mut Page<'_>, answer: &Answer, slots: &Slots) {
    page.gates(&answer.judgement.gates);
    for finding in &answer.judgement.findings {
        let title = page.title(&finding.cause);
        let words = if finding.explanation.is_empty() { title } else { finding.explanation.clone() };
        page.row("why", DIM, &format!("{} ({} · {})", one_line(&words), finding.cause, finding.confidence.name()));
    }
    if let Some(scope) = &answer.judgement.scope {
        page.row("note", DIM, &one_line(scope));
    }
    let unknown = answer.judgement.gates.iter().filter(|gate| gate.outcome == Outcome::Unknown);
    for gate in unknown.clone().filter(|gate| gate.is_left_open()) {
        page.row("open", YELLOW, &format!("{}: {}", gate.gate.name(), one_line(&gate.note)));
    }
    let asked = unknown.filter(|gate| !gate.is_left_open());
    for (gate, needs) in asked.filter_map(|gate| Some((gate, gate.needs.as_ref()?))) {
        plan_open::tell(page, gate, needs, slots);
    }
}

fn many(page: &mut Page<'_>, plan: &Plan, ask: &Ask<'_>) {
    let words: Vec<String> = [Verdict::Denied, Verdict::Unknown, Verdict::Allowed]
        .into_iter()
        .map(|verdict| (verdict, count(plan, verdict)))
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{} {}", users(count), verdict.name()))
        .collect();
    if words.is_empty() {
        let empty = matches!(&ask.who, Who::Group(id) if ask.snapshot.groups.known().iter().any(|group| {
            group.group_id == *id && group.members.is_complete()
        }));
        let words = if empty {
            "the group has no member, so that nobody is to be let in"
        } else {
            "the members of the group were not read"
        };
        page.row("users", DIM, words);
    } else {
        page.row("users", DIM, &words.join(", "));
    }
    let open: Vec<&Answer> =
        plan.answers.iter().filter(|answer| answer.judgement.verdict != Verdict::Allowed).collect();
    let limit = if page.look.verbose { open.len() } else { 5 };
    for answer in open.iter().take(limit) {
        let Some(user) = answer.user_id else { continue };
        let gates: Vec<&str> = gates_with(&answer.judgement, Outcome::Fail);
        let unknown: Vec<&str> = gates_with(&answer.judgement, Outcome::Unknown);
        let mut words = format!("{}: {}", user_words(ask.snapshot, user), answer.judgement.verdict.name());
        if !gates.is_empty() {
            let _ = write!(words, ", fails the gates: {}", gates.join(", "));
        }
        if !unknown.is_empty() {
            let _ = write!(words, ", unknown gates: {}", unknown.join(", "));
        }
        page.row("", DIM, &words);
    }
    if open.len() > limit {
        page.row("", DIM, &format!("and {} more", open.len() - limit));
    }
    let mut causes: Vec<(&str, usize)> = Vec::new();
    for finding in open.iter().flat_map(|answer| answer.judgement.findings.first()) {
        match causes.iter_mut().find(|(cause, _)| *cause == finding.cause) {
            Some((_, count)) => *count += 1,
            None => causes.push((&finding.cause, 1)),
        }
    }
    crate::order::sort_by_key(&mut causes, |(_, count)| std::cmp::Reverse(*count));
    for (cause, count) in causes {
        let title = page.title(cause);
        page.row("why", DIM, &format!("{}: {title} ({cause})", users(count)));
    }
}

fn gates_with(judgement: &Judgement, outcome: Outcome) -> Vec<&'static str> {
    judgement.gates.iter().filter(|gate| gate.outcome == outcome).map(|gate| gate.gate.name()).collect()
}

/// What somebody without rights sends to the administrator.
#[must_use]
pub fn for_admin(plan: &Plan, ask: &Ask<'_>, fix: Option<&Fix>) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text.trim_end());
        out.push('\n');
    };
    let what = operation(ask.operation);
    let needless = plan.verdict == Verdict::Allowed && !plan.is_allowed_in_vain();
    let subject = if needless { "has access to" } else { "needs access to" };
    line(&format!("Subject: {} {subject} {what}", app_words(ask)));
    line("");
    line("Hello,");
    line("");
    line(&format!(
        "{} calls Microsoft Graph with application permissions ({} {}) for {}.",
        app_words(ask),
        ask.operation.method,
        ask.operation.path,
        whom(ask, plan)
    ));
    if let Some(taken) = ask.snapshot.taken_at {
        let answer = if plan.is_allowed_in_vain() { "no gate fails, yet" } else { plan.verdict.name() };
        let end = if plan.is_allowed_in_vain() { ":" } else { "." };
        line(&format!("By the tenant's state of {taken}, this is the answer: {answer}{end}"));
    }
    if let [answer] = plan.answers.as_slice() {
        for finding in &answer.judgement.findings {
            let title =
                ask.catalogue.cause(&finding.cause).map_or(finding.cause.as_ref(), |cause| cause.title.as_ref());
            let more = if finding.explanation.is_empty() {
                String::new()
            } else {
                format!(": {}", one_line(&finding.explanation))
            };
            line(&format!("- {title}{more} ({})", finding.confidence.name()));
        }
    }
    for blocked in &plan.blocked {
        line(&format!("- {}: {}", blocked.gate.name(), one_line(&blocked.reason)));
    }
    let mut reads: Vec<String> = Vec::new();
    let gates = plan.answers.iter().flat_map(|answer| &answer.judgement.gates);
    let slots = slots(plan, ask);
    for gate in gates.filter(|gate| plan.verdict == Verdict::Unknown && gate.outcome == Outcome::Unknown) {
        let needs = gate.needs.as_deref().unwrap_or_default();
        let words = match read(needs) {
            Some(read) => format!("{} ({}): {}", read.what, read.right, visible(&slots.fill(&read.command))),
            None if needs.is_empty() => one_line(&gate.note),
            None => one_line(needs),
        };
        let words = format!("- to be read for the {} gate: {words}", gate.gate.name());
        if !reads.contains(&words) {
            reads.push(words);
        }
    }
    reads.iter().for_each(|read| line(read));
    if needless {
        line("");
        line("Nothing that was read forbids it, and nothing has to be changed for it.");
        return out;
    }
    let Some(fix) = fix else {
        line("");
        line("No single change of roles, policies or switches settles it; please look at the points above.");
        return out;
    };
    line("");
    line(&format!("Please {}{}.", one_line(&fix.title), effects(fix)));
    if !fix.note.is_empty() {
        line(&format!("Note: {}.", one_line(&fix.note)));
    }
    for assumed in &fix.assumes {
        line(&format!("Please check first: {}.", one_line(assumed)));
    }
    for loss in losses(fix, 20) {
        line(&format!("Loses: {loss}"));
    }
    for broken in fix.proof.iter().flat_map(|proof| &proof.breaks) {
        line(&format!("An expectation {}: {}", broken.fate.name(), broken_words(broken)));
    }
    let rights: Vec<String> = rights(fix).into_iter().map(right).collect();
    if !rights.is_empty() {
        line("");
        line(&format!("It takes: {}.", rights.join("; ")));
    }
    let mut commands = |title: &str, lines: &[String]| {
        if lines.is_empty() {
            return;
        }
        line("");
        line(title);
        line("");
        for command in lines {
            line(&format!("    {}", visible(command)));
        }
    };
    commands("Look first (the state may have changed):", &fix.preconditions);
    commands("Then:", &fix.steps.iter().flat_map(|step| step.commands.clone()).collect::<Vec<_>>());
    let requests: Vec<String> = fix
        .steps
        .iter()
        .filter_map(|step| step.request.as_ref())
        .flat_map(|it| it.lines().map(str::to_owned))
        .collect();
    commands("The role can also be assigned by request:", &requests);
    commands("To verify:", &fix.verify);
    commands("To take it back:", &fix.undo);
    line("");
    match &fix.effective_from {
        Some(from) => line(&format!("I will try again {}.", retry(from))),
        None => line("How long it takes until Graph sees it is not documented; I will try again later."),
    }
    out
}

/// A right in a sentence.
fn right(right: &str) -> String {
    match right {
        TEAMS => format!("the {TEAMS} (module MicrosoftTeams)"),
        right => right.to_owned(),
    }
}

fn head(plan: &Plan, ask: &Ask<'_>) -> Map<String, Value> {
    let mut result = Map::new();
    result.insert("kind".into(), "question".into());
    result.insert("tenant_id".into(), ask.snapshot.tenant_id.map(|id| id.to_string()).into());
    result.insert("app_id".into(), ask.app_id.to_string().into());
    result.insert("operation".into(), operation(ask.operation).into());
    result.insert("verdict".into(), plan.verdict.name().into());
    result
}

/// The fixes and the commands of the one that was `chosen`, from 0, as Markdown below a table.
#[must_use]
pub fn markdown(plan: &Plan, chosen: usize) -> String {
    let mut out = String::new();
    if plan.fixes.is_empty() {
        return out;
    }
    out.push('\n');
    for (index, fix) in plan.fixes.iter().enumerate() {
        let words = cell(&format!("{}{}", fix.title, effects(fix)));
        let words = if index == chosen { format!("**{words}**") } else { words };
        let _ = writeln!(out, "{}. {words}", index + 1);
    }
    let Some(fix) = plan.fixes.get(chosen) else { return out };
    let steps: Vec<String> = fix.steps.iter().flat_map(|step| step.commands.clone()).collect();
    let parts = [("read first", &fix.preconditions), ("change", &steps), ("verify", &fix.verify), ("undo", &fix.undo)];
    for (name, lines) in parts {
        if !lines.is_empty() {
            let _ = write!(out, "\nFix {}, {name}:\n\n{}", chosen + 1, code("powershell", lines));
        }
    }
    for assumed in &fix.assumes {
        let _ = writeln!(out, "\nIt assumes: {}", cell(assumed));
    }
    if let Some(from) = &fix.effective_from {
        let _ = writeln!(out, "\nRetry {}", cell(&retry(from)));
    }
    out
}

/// One result (`kind: "question"`): of one user like that of `check`, of several with a list of `users`. The fix that was
/// `chosen`, from 0, is told by its number, from 1.
#[must_use]
pub fn value(plan: &Plan, ask: &Ask<'_>, chosen: usize) -> Value {
    let mut result = head(plan, ask);
    // Findings about state have no place in a text.
    let nowhere = Source::from_text("", String::new());
    match plan.answers.as_slice() {
        [answer] if !matches!(ask.who, Who::Group(_)) => {
            let judgement = &answer.judgement;
            result.insert("user_id".into(), answer.user_id.map(|id| id.to_string()).into());
            if let Some(scope) = &judgement.scope {
                result.insert("scope".into(), scope.clone().into());
            }
            result.insert("gates".into(), judgement.gates.iter().map(json::gate).collect());
            let findings = judgement.findings.iter().map(|found| json::finding(found, &nowhere, ask.catalogue));
            result.insert("findings".into(), findings.collect());
            let ruled_out = judgement.ruled_out.iter().map(|out| json!({ "cause": out.cause, "reason": out.reason }));
            result.insert("ruled_out".into(), ruled_out.collect());
            let undecided = judgement.undecided.iter().map(|one| {
                let known = read(&one.needs);
                json!({
                    "cause": one.cause,
                    "needs": known.map_or(one.needs.as_ref(), |read| read.what.as_ref()),
                    "right": known.map(|read| read.right.as_ref()),
                })
            });
            result.insert("undecided".into(), undecided.collect());
        }
        answers => {
            if let Who::Group(group) = ask.who {
                result.insert("group_id".into(), group.to_string().into());
            }
            let each = answers.iter().map(|answer| {
                json!({
                    "user_id": answer.user_id.map(|id| id.to_string()),
                    "verdict": answer.judgement.verdict.name(),
                    "fails": gates_with(&answer.judgement, Outcome::Fail),
                    "unknown": gates_with(&answer.judgement, Outcome::Unknown),
                })
            });
            result.insert("users".into(), each.collect());
            for key in ["gates", "findings", "ruled_out", "undecided"] {
                result.insert(key.into(), Value::Array(Vec::new()));
            }
        }
    }
    let blocked = plan.blocked.iter().map(|it| json!({ "gate": it.gate.name(), "reason": it.reason }));
    result.insert("blocked".into(), blocked.collect());
    let number = plan.fixes.get(chosen).map(|_| chosen + 1);
    result.insert("chosen".into(), number.into());
    result.insert("fixes".into(), plan.fixes.iter().map(json::fix).collect());
    Value::Object(result)
}
