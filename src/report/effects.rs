//! What a change does to pairs of app and user: who gains and who loses, in words and in JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::human::{BOLD, DIM, GREEN, INDENT, Look, Page, RED, YELLOW};
use super::json;
use crate::diagnose::{Diagnosis, Outcome};
use crate::fix::access::Asked;
use crate::fix::effects::Group;
use crate::fix::template::Slots;
use crate::fix::{Breaks, Effects, Fix, Known, Later, Unbound};
use crate::knowledge::Catalogue;
use crate::source::sanitise::one_line;

/// That a fix is of another cause than the first, and what it is good for. Of an open gate it is perhaps no cause at all.
pub(super) fn also(diagnosis: &Diagnosis, fix: &Fix, title: &str) -> Option<String> {
    let first = diagnosis.findings.first()?;
    let does = if fix.steps.iter().any(|step| step.gate == first.gate) { "repairs both" } else { "comes first" };
    let is_open = |gate| diagnosis.gates.iter().any(|it| it.gate == gate && it.outcome == Outcome::Unknown);
    let of_open = diagnosis.findings.iter().any(|it| it.cause == fix.cause && is_open(it.gate));
    let also = if of_open { "perhaps also" } else { "also" };
    Some(format!("{also} in the way: {title} ({}); this {does}", fix.cause))
}

/// How many pairs gain and lose access between two readings, and how many of them perhaps.
#[must_use]
pub fn access_words(effects: &Effects) -> String {
    let count = |total: usize, perhaps: usize| match (total, perhaps) {
        (_, 0) => total.to_string(),
        (1, _) => "1 (perhaps)".to_owned(),
        _ if total == perhaps => format!("{total} (all of them perhaps)"),
        _ => format!("{total} ({perhaps} of them perhaps)"),
    };
    format!(
        "pairs of app and user that gain access: {}, that lose it: {}",
        count(effects.gains_total, effects.gains_perhaps),
        count(effects.losers(), effects.losers_perhaps())
    )
}

/// How many users, in words.
pub(super) fn users(count: usize) -> String {
    if count == 1 { "1 user".to_owned() } else { format!("{count} users") }
}

/// Who gains and who loses, and how sure that is: the end of a fix's first line.
#[must_use]
pub fn effects(fix: &Fix) -> String {
    let Some(proof) = &fix.proof else { return String::new() };
    let effects = &proof.effects;
    let mut words = String::from(": ");
    let some = if effects.open { "at least " } else { "" };
    let all = Asked { users: effects.gains_users, perhaps: effects.gains_users_perhaps, ..Asked::default() };
    let asked = proof.asked.unwrap_or(all);
    // Where another gate stays open, nobody is known to gain.
    let sure = asked.users > asked.perhaps;
    match (asked.users, effects.gains_future) {
        (0, false) => {
            words.push_str(if asked.others == 0 { "nobody who was read gains" } else { "nobody who was read gains it" })
        }
        (0, true) if effects.gains_future_perhaps => words.push_str("users who come later may gain it"),
        (0, true) => words.push_str("users who come later gain it"),
        (count, future) => {
            let verb = match (sure, count) {
                (false, _) => "may gain",
                (true, 1) => "gains",
                (true, _) => "gain",
            };
            let _ = write!(words, "{some}{} {verb} it", users(count));
            if sure && asked.perhaps > 0 {
                let _ = write!(words, " ({} of them perhaps)", asked.perhaps);
            }
            if future {
                let perhaps = if effects.gains_future_perhaps { "perhaps " } else { "" };
                let _ = write!(words, ", and {perhaps}users who come later");
            }
        }
    }
    if asked.others > 0 {
        let verb = match (asked.others_perhaps == asked.others, asked.others) {
            (true, _) => "may gain",
            (false, 1) => "gains",
            (false, _) => "gain",
        };
        let pairs = if asked.others == 1 { "1 other pair".to_owned() } else { format!("{} other pairs", asked.others) };
        let _ = write!(words, ", {pairs} of app and user {verb} other operations");
        if asked.others_perhaps > 0 && asked.others_perhaps < asked.others {
            let _ = write!(words, " ({} of them perhaps)", asked.others_perhaps);
        }
    }
    match (effects.losers(), effects.loses_future) {
        (0, false) if effects.loses_gates > 0 => {
            let pairs = match effects.loses_gates {
                1 => "1 pair of app and user".to_owned(),
                count => format!("{count} pairs of app and user"),
            };
            let worse = if effects.loses_gates > effects.loses_gates_perhaps { "gets worse" } else { "may get worse" };
            let _ = write!(words, ", nobody loses access, and a gate of {pairs} {worse}");
        }
        (0, false) => words.push_str(", nobody loses anything"),
        (0, true) if effects.loses_future_perhaps => words.push_str(", users who come later may lose access"),
        (0, true) => words.push_str(", users who come later lose access"),
        (count, _) => {
            let pairs = match (count > effects.losers_perhaps(), count) {
                (true, 1) => "pair of app and user loses",
                (true, _) => "pairs of app and user lose",
                (false, 1) => "pair of app and user may lose",
                (false, _) => "pairs of app and user may lose",
            };
            let _ = write!(words, ", {count} {pairs} access");
        }
    }
    let open = match proof.stays_open.as_slice() {
        [] => String::new(),
        [gate] => format!(", but for the {} gate: it stays unknown", gate.name()),
        gates => {
            let names: Vec<&str> = gates.iter().map(|gate| gate.name()).collect();
            format!(", but for the gates {}: they stay unknown", names.join(", "))
        }
    };
    match (proof.proved, proof.as_of) {
        (true, Some(at)) => {
            let _ = write!(words, " (proved on the snapshot of {} UTC{open})", at.strftime("%Y-%m-%d %H:%M"));
        }
        (true, None) => {
            let _ = write!(words, " (proved on the snapshot{open})");
        }
        (false, _) if proof.missing.is_empty() => words.push_str(" (not proved)"),
        (false, _) => {
            let _ = write!(words, " (not proved: {})", proof.missing.join(", "));
        }
    }
    words
}

fn short(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).filter(|name| !name.contains(' ')).collect()
}

/// Short names, and how many operations without one there are beside; all of them where the `whole` is wanted.
fn operations(names: &[String], whole: bool) -> String {
    let short = short(names);
    match (short.len(), names.len() - short.len()) {
        _ if whole => names.join(", "),
        (0, _) => names.join(", "),
        (_, 0) => short.join(", "),
        (_, 1) => format!("{} and 1 more operation (--verbose)", short.join(", ")),
        (_, more) => format!("{} and {more} more operations (--verbose)", short.join(", ")),
    }
}

/// `adele@contoso.com, lee@contoso.com and 7 more`
fn examples(examples: &[String], users: usize) -> String {
    let names: Vec<String> = examples.iter().map(|name| one_line(name)).collect();
    match users - names.len().min(users) {
        0 => crate::fix::listed(&names),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

fn pairs_words(app: Option<&String>, app_id: Option<Uuid>, count: usize, named: &[String]) -> String {
    let app_id = app_id.filter(|id| !id.is_nil());
    let app = match (app, app_id) {
        (Some(name), Some(id)) => format!("{} ({id})", one_line(name)),
        (Some(name), None) => one_line(name),
        (None, id) => id.map_or_else(String::new, |id| id.to_string()),
    };
    match count {
        0 => app,
        1 => format!("{app} for {}", examples(named, count)),
        _ => format!("{app} for {} ({})", users(count), examples(named, count)),
    }
}

/// One line about access that only one of two readings tells; every operation where the `whole` is wanted.
#[must_use]
pub fn known_words(known: &Known, whole: bool) -> String {
    let mut words = pairs_words(known.app.as_ref(), Some(known.app_id), known.users, &known.examples);
    let mut start = ':';
    for (verdict, names) in [("allowed", &known.allowed), ("denied", &known.denied)] {
        if !names.is_empty() {
            let _ = write!(words, "{start} {verdict} {}", operations(names, whole));
            start = ';';
        }
    }
    if !known.neither.is_empty() {
        let _ = write!(words, "{start} neither side tells {}", operations(&known.neither, whole));
    }
    if !known.through.is_empty() {
        let _ = write!(words, " ({})", one_line(&known.through));
    }
    words
}

/// One line about an app that gains or loses.
#[must_use]
pub fn group_words(group: &Group) -> String {
    shift_words(group, true, true)
}

/// The same, without the id of an app that has a name where no other app is told of.
fn shift_words(group: &Group, id: bool, whole: bool) -> String {
    let id = (id || group.app.is_none()).then_some(group.app_id);
    let mut words = pairs_words(group.app.as_ref(), id, group.users, &group.examples);
    let sure: Vec<String> = group.sure().cloned().collect();
    let mut start = ':';
    // Beside names that say more, long paths are counted.
    let counted = |names: &[String], start: char| match names.len() {
        count if !whole && start == ';' && short(names).is_empty() => format!("{count} more (--verbose)"),
        _ => operations(names, whole),
    };
    for (perhaps, names) in [("", &sure), ("perhaps ", &group.possible)] {
        if !names.is_empty() {
            let _ = write!(words, "{start} {perhaps}{}", counted(names, start));
            start = ';';
        }
    }
    if group.is_gate_only() {
        let fails = if group.perhaps { "may fail" } else { "fails" };
        let _ = write!(words, ": no operation that is allowed now, but a gate that it passed {fails} after it");
    }
    if !group.through.is_empty() {
        let _ = write!(words, " ({})", one_line(&group.through));
    }
    if !group.already.is_empty() {
        let (are, were) = if group.already.len() == 1 { ("is", "it was") } else { ("are", "they were") };
        let names = counted(&group.already, start);
        let _ = write!(words, "{start} {names} {are} allowed after it; whether {were} before is not known");
    }
    words
}

fn listed(groups: &[Group], limit: usize) -> Vec<String> {
    let several = groups.iter().any(|group| groups.first().is_some_and(|first| first.app_id != group.app_id));
    let mut lines: Vec<String> =
        groups.iter().take(limit).map(|group| shift_words(group, several, limit == usize::MAX)).collect();
    let rest: usize = groups.iter().skip(limit).map(|group| group.users).sum();
    if rest > 0 {
        lines.push(format!("and {rest} more pairs of app and user"));
    }
    lines
}

/// An expectation that a fix breaks.
#[must_use]
pub fn broken_words(broken: &Breaks) -> String {
    format!("{}:{} {}", one_line(&broken.source), broken.line, one_line(&broken.sentence))
}

/// Who loses, by app and operations, at most `limit` lines.
#[must_use]
pub fn losses(fix: &Fix, limit: usize) -> Vec<String> {
    fix.proof.as_ref().map_or_else(Vec::new, |proof| listed(&proof.effects.loss_groups, limit))
}

/// Who gains, by app and operations, at most `limit` lines.
#[must_use]
pub fn gains(fix: &Fix, limit: usize) -> Vec<String> {
    fix.proof.as_ref().map_or_else(Vec::new, |proof| listed(&proof.effects.gain_groups, limit))
}

/// What a change does to pairs, with the totals of the lists.
#[must_use]
pub fn effects_value(effects: &Effects) -> Map<String, Value> {
    let mut result = Map::new();
    result.insert("gains".into(), effects.gains.iter().map(json::shift).collect());
    result.insert("gains_total".into(), effects.gains_total.into());
    result.insert("gains_perhaps".into(), effects.gains_perhaps.into());
    result.insert("gains_future".into(), effects.gains_future.into());
    result.insert("gains_future_perhaps".into(), effects.gains_future_perhaps.into());
    result.insert("gains_at_least".into(), effects.open.into());
    result.insert("loses".into(), effects.loses.iter().map(json::shift).collect());
    result.insert("loses_total".into(), effects.loses_total.into());
    result.insert("loses_perhaps".into(), effects.loses_perhaps.into());
    result.insert("loses_gates".into(), effects.loses_gates.into());
    result.insert("loses_future".into(), effects.loses_future.into());
    result.insert("loses_future_perhaps".into(), effects.loses_future_perhaps.into());
    let without = |list: &[Unbound]| -> Value {
        let value = |it: &Unbound| json!({ "app_id": it.app_id.to_string(), "operations": it.operations, "possible": it.possible });
        list.iter().map(value).collect()
    };
    result.insert("opens".into(), without(&effects.opens));
    result.insert("closes".into(), without(&effects.closes));
    let later = effects.later.iter().map(|it| {
        json!({
            "app_id": it.app_id.to_string(),
            "app": it.app,
            "through": it.through,
            "loses": it.loses,
            "perhaps": it.perhaps,
        })
    });
    result.insert("later".into(), later.collect());
    result
}

/// What users who come later gain, or lose: one line an app.
#[must_use]
pub fn later_words(effects: &Effects, loses: bool, limit: usize) -> Vec<String> {
    let of = effects.later.iter().filter(|later| later.loses == loses);
    let words = |later: &Later| {
        let app = pairs_words(later.app.as_ref(), Some(later.app_id), 0, &[]);
        let perhaps = if later.perhaps { "perhaps " } else { "" };
        let through = if later.any_policy { "" } else { "through " };
        format!("{app} for users who come later: {perhaps}{through}{}", one_line(&later.through))
    };
    let mut lines: Vec<String> = of.clone().take(limit).map(words).collect();
    let more = of.count().saturating_sub(limit);
    if more > 0 {
        lines.push(format!("and {more} more apps for users who come later"));
    }
    lines
}

/// One line about operations without a user.
#[must_use]
pub fn unbound_words(unbound: &Unbound) -> String {
    let mut words = format!("app {}, for no single user", unbound.app_id);
    let mut start = ':';
    for (perhaps, names) in [("", &unbound.operations), ("perhaps ", &unbound.possible)] {
        if !names.is_empty() {
            let _ = write!(words, "{start} {perhaps}{}", operations(names, true));
            start = ';';
        }
    }
    words
}

/// What somebody gains or loses.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change<'a> {
    Group { loses: bool, group: &'a Group },
    Later(&'a Later),
}

/// Draws who gains and who loses, where more may be `open`; `at` says in front of each line where that comes from.
pub(super) fn effects_rows(page: &mut Page<'_>, effects: &Effects, open: bool, at: &dyn Fn(Change<'_>) -> String) {
    let limit = if page.look.verbose { usize::MAX } else { 10 };
    // What is not told one by one comes from several places.
    let of_group = |loses: bool, groups: &[Group], index: usize| {
        let group = groups.get(index).filter(|_| index < limit);
        group.map_or_else(String::new, |group| at(Change::Group { loses, group }))
    };
    let of_later = |loses: bool, index: usize| {
        let mut of = effects.later.iter().filter(|later| later.loses == loses);
        of.nth(index).filter(|_| index < limit).map_or_else(String::new, |later| at(Change::Later(later)))
    };
    for (index, gain) in listed(&effects.gain_groups, limit).iter().enumerate() {
        page.row("gains", GREEN, &format!("{}{gain}", of_group(false, &effects.gain_groups, index)));
    }
    for (index, gain) in later_words(effects, false, limit).iter().enumerate() {
        page.row("gains", GREEN, &format!("{}{gain}", of_later(false, index)));
    }
    for unbound in &effects.opens {
        page.row("gains", GREEN, &unbound_words(unbound));
    }
    for (index, loss) in listed(&effects.loss_groups, limit).iter().enumerate() {
        // Nobody loses access where only a gate gets worse.
        let only = effects.loss_groups.get(index).filter(|_| index < limit).is_some_and(Group::is_gate_only);
        let (name, style) = if only { ("gate", DIM) } else { ("loses", RED) };
        page.row(name, style, &format!("{}{loss}", of_group(true, &effects.loss_groups, index)));
    }
    for (index, loss) in later_words(effects, true, limit).iter().enumerate() {
        page.row("loses", RED, &format!("{}{loss}", of_later(true, index)));
    }
    for unbound in &effects.closes {
        page.row("loses", RED, &unbound_words(unbound));
    }
    for (name, list) in [("now known", &effects.now_known), ("not known", &effects.no_longer_known)] {
        for known in list.iter().take(limit) {
            page.row(name, YELLOW, &known_words(known, page.look.verbose));
        }
        if list.len() > limit {
            page.row(name, YELLOW, &format!("and {} more lines (--verbose)", list.len() - limit));
        }
    }
    if effects.open {
        page.row("note", DIM, "not every user, app, assignment or member was read: there may be more");
    }
    if !effects.changed() {
        let words = match (effects.undetermined(), effects.open) {
            (true, _) => "no app is known to gain or lose access; one side does not tell all of it",
            (false, _) if open => "no app is known to gain or lose access",
            (false, true) => "no app gains or loses access, as far as was read",
            (false, false) => "no app gains or loses access",
        };
        let words = page.paint(BOLD, words);
        page.line(&format!("{INDENT}{words}"));
    }
}

/// What only one of two readings tells.
pub(super) fn known_value(effects: &Effects) -> Map<String, Value> {
    let list = |known: &[Known]| -> Value {
        let value = |it: &Known| {
            json!({
                "app_id": it.app_id.to_string(),
                "app": it.app,
                "allowed": it.allowed,
                "denied": it.denied,
                "neither": it.neither,
                "through": it.through,
                "users_total": it.users,
                "users": it.examples,
            })
        };
        known.iter().map(value).collect()
    };
    let mut result = Map::new();
    result.insert("now_known".into(), list(&effects.now_known));
    result.insert("no_longer_known".into(), list(&effects.no_longer_known));
    result
}

/// The empty page of a catalogue, for reports that have no text in front.
pub(super) fn page(catalogue: &Catalogue, look: Look) -> Page<'_> {
    Page::new(catalogue, look, Slots::default())
}
