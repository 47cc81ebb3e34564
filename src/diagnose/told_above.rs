//! Changes that are told above a failure: `we granted the policy at 09:35, and at 09:40:`. They were made before it or
//! after it, and the service may not have had them yet.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::told_below;
use super::told_lists::{
    AUXILIARY, CHANGE_NOUNS, CHANGED, CHANGING, CMDLETS, DENIED_AHEAD, DONE, FOLLOWING, IMPLEMENTED, LABELS, MOVED,
    OBJECTS, RAN, SOMEBODY, STILL, SUPPOSED, WAITED,
};
use super::told_move::{self, Concerns, Names};
use super::told_time;
use super::told_words::{clause_of, denied, is_past, is_record, sentences, statement, words_of};
use super::{Finding, GateResult, Outcome};
use crate::fix::Fix;
use crate::input::{Facts, Moment, Span};
use crate::knowledge::{Confidence, Gate, Text, window};
use crate::source::slice;
use crate::tenant::Snapshot;

/// So much is read above a failure.
const ABOVE: usize = 2_048;
/// The cause of which a change that was told speaks.
const WAIT: &str = "policy-still-propagating";

/// What was changed, as a text above a failure tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Above {
    of: Concerns,
    /// It was so shortly before the failure that it may not have reached the service.
    recent: bool,
}

/// What is told above a failure, as far as the state may not have it.
pub(super) fn told(text: &str, failure: Span, facts: &Facts, snapshot: Option<&Snapshot>) -> Above {
    let mut above = Above::default();
    let Some(snapshot) = snapshot else { return above };
    let before = slice(text, failure.start.saturating_sub(ABOVE)..failure.start);
    let names = Names { policies: super::told_change::policies(snapshot), groups: groups(snapshot) };
    let user = facts.user_asked().0.map(|id| id.to_string());
    let told = |sentence: &str, lower: &str, title: &str, is_whole: bool| {
        let moved = told_move::told(lower, &title.to_lowercase(), &names);
        let whole = of_sentence(lower, &names.policies, user.as_deref()).filter(|_| is_whole);
        let whole = whole.unwrap_or_default();
        let one = Above { of: whole.of.and(moved), ..whole };
        one.of.is_any().then(|| (sentence.to_owned(), one, lower.to_owned()))
    };
    let mut found = Vec::new();
    let mut title = "";
    for sentence in sentences(before) {
        found.extend(told(sentence, &sentence.to_lowercase(), title, true));
        title = if sentence.trim().is_empty() { title } else { sentence };
    }
    let behind = super::told_change::behind(text, failure);
    // What was read after the failure has what came before it, and not all that came behind it.
    let is_of_before = super::told_change::is_of_before(snapshot, facts);
    let is_after = is_of_after(snapshot, facts);
    let whole = if is_after { Vec::new() } else { told_below::before_it(behind, facts.moment) };
    title = "";
    for sentence in sentences(behind) {
        let is_whole = whole.iter().any(|one| std::ptr::eq(*one, sentence));
        let is_behind = || {
            told_below::is_behind(sentence, facts.moment)
                || told_below::is_closing(&sentence.to_lowercase(), &title.to_lowercase())
        };
        let is_other_side = is_of_before && is_behind() || is_after && told_below::is_ahead(sentence);
        if is_whole || !is_other_side {
            found.extend(told(sentence, &sentence.to_lowercase(), title, is_whole));
        }
        title = if sentence.trim().is_empty() { title } else { sentence };
    }
    for (sentence, one, lower) in found {
        let sentence = sentence.as_str();
        match age(sentence, facts.moment) {
            Age::Old(at) if is_in(snapshot, at) => continue,
            Age::Recent => above.recent = true,
            // A session with a command and a call has both in a row.
            Age::Open => above.recent |= one.recent && !is_dated(&lower),
            Age::Old(_) => {}
        }
        above.of = above.of.and(one.of);
    }
    above
}

/// The names of the groups, as they may stand in a sentence in lower case.
fn groups(snapshot: &Snapshot) -> Vec<String> {
    const MANY: usize = 200;
    let names = snapshot.groups.known().iter().take(MANY).filter_map(|group| group.name.as_deref());
    names.map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect()
}

/// A state all of which was read after a call had failed.
fn is_of_after(snapshot: &Snapshot, facts: &Facts) -> bool {
    let parts = [snapshot.policies.read_at, snapshot.direct.read_at, snapshot.groups.read_at, snapshot.apps.read_at];
    let mut reads = parts.into_iter().chain([snapshot.users.read_at, snapshot.taken_at]).flatten();
    facts.moment.is_some_and(|at| snapshot.taken_at.is_some() && reads.all(|read| read.as_second() > at.latest))
}

/// What is told behind a failure too, where it moves the state (`changed`), or tells what it was: `Resolved: waited half an
/// hour`.
pub(super) fn and_behind(above: Above, changed: bool, text: &str, failure: Span) -> Above {
    let behind = super::told_change::behind(text, failure).to_lowercase();
    let waited = |sentence: &str| {
        let words = words_of(sentence);
        let stops = |word: &&str| {
            SUPPOSED.contains(word) || denied(word) || STILL.contains(word) || ["same", "again"].contains(word)
        };
        let ended = words.iter().take(2).any(|word| LABELS.contains(word) || DONE.contains(word))
            || words.iter().any(|word| ["helped", "works", "worked", "200", "geholfen"].contains(word));
        words.iter().any(|word| WAITED.contains(word)) && ended && !sentence.contains('?') && !words.iter().any(stops)
    };
    let waited = sentences(&behind).any(waited);
    let policy = Concerns { policy: changed || waited, ..Concerns::default() };
    Above { of: above.of.and(policy), recent: above.recent || waited }
}

/// Whether what was read is of after a change; of one that is told without a date every state has it.
fn is_in(snapshot: &Snapshot, at: Option<Timestamp>) -> bool {
    let Some(at) = at else { return true };
    let parts = [&snapshot.policies.read_at, &snapshot.direct.read_at, &snapshot.groups.read_at];
    let mut reads = parts.into_iter().chain([&snapshot.users.read_at, &snapshot.apps.read_at]).flatten();
    snapshot.taken_at.is_some_and(|taken| taken > at) && reads.all(|read| *read > at)
}

/// Whether the documented time of a change was over when a call failed, and what was read is of after it.
pub(super) fn is_over(told: Moment, failed: Moment, snapshot: &Snapshot) -> bool {
    let window = window("policy-change").and_then(|it| it.seconds).map_or(1_800, i64::from);
    let at = Timestamp::from_second(told.latest).ok();
    told.latest.saturating_add(window) <= failed.earliest && at.is_some() && is_in(snapshot, at)
}

impl Above {
    const fn concerns(self, gate: Gate) -> bool {
        match gate {
            Gate::Policy | Gate::Time => self.of.policy,
            Gate::Permission => self.of.role,
            Gate::User => self.of.licence,
            Gate::Tenant => self.of.switch,
            _ => false,
        }
    }

    /// What the state proves of something that was changed is certain no more.
    pub(super) fn doubt(self, proved: &mut [Finding]) {
        let words = "the text tells of a change: the snapshot may not have it, and it may not have reached Graph";
        let concerned =
            |finding: &&mut Finding| finding.confidence == Confidence::Certain && self.concerns(finding.gate);
        proved.iter_mut().filter(concerned).for_each(|finding| finding.lower(Confidence::Likely, words));
    }

    /// The time is open, and so is what the change may have been on its way to.
    pub(super) fn open(self, gates: &mut [GateResult], ruled_out: &mut Vec<super::RuledOut>) -> Vec<Text> {
        if !(self.of.policy || self.of.role || self.of.licence) {
            return Vec::new();
        }
        let told = |cause: &str| match cause {
            WAIT | "group-assignment-still-propagating" => self.of.policy,
            "token-older-than-grant" => self.of.role,
            "license-still-propagating" => self.of.licence,
            _ => false,
        };
        let skipped = |gate: Gate| gates.iter().any(|it| it.gate == gate && it.outcome == Outcome::Skipped);
        let (asked, mut opened) = (!skipped(Gate::Policy), Vec::new());
        ruled_out.retain(|out| {
            let keep = !told(&out.cause) || self.of.policy && !asked;
            if !keep {
                opened.push(out.cause.clone());
            }
            keep
        });
        for gate in gates.iter_mut().filter(|gate| gate.gate == Gate::Time && gate.outcome == Outcome::Pass) {
            gate.outcome = Outcome::Unknown;
            gate.needs = Some("change-time".into());
            let words = "the text tells of a change, which may not have reached Graph yet";
            gate.note = if gate.note.is_empty() { words.to_owned() } else { format!("{words}; {}", gate.note) };
        }
        opened
    }

    /// A change of the policy shortly before the failure is what explains it first, as far as the service speaks of that.
    pub(super) fn prefer_wait(self, findings: &mut [Finding]) {
        if !self.of.policy {
            return;
        }
        for finding in findings.iter_mut().filter(|finding| finding.cause == WAIT) {
            if self.recent {
                finding.confidence = finding.confidence.max(Confidence::Likely);
            }
            if finding.explanation.is_empty() || self.recent {
                finding.explanation = "the text tells of a change, and does not show that its time is over".into();
            }
        }
    }

    /// A wait comes before what repeats a change that was made right before.
    pub(super) fn order(self, fixes: &mut [Fix]) {
        if self.of.policy && self.recent {
            crate::order::sort_by_key(fixes, |fix| fix.cause != WAIT);
        }
    }
}

/// Whether a sentence tells of a change of the policy that was made within the documented time of changes before a failure;
/// `None`: of none.
pub(super) fn is_of_minutes(sentence: &str, at: Option<Moment>, user: Option<&str>) -> Option<bool> {
    let lower = sentence.to_lowercase();
    let words = words_of(&lower);
    let of_policy = |word: &&str| CMDLETS.contains(word) || word.starts_with("polic") || word.starts_with("richtlini");
    let done = || (is_done(&words) || is_timed(&words)) && words.iter().any(of_policy) && !lower.contains('?');
    // `granted 5 min ago`
    let bare = || {
        let other =
            |word: &&str| ["role", "permission", "consent", "licen", "access"].iter().any(|it| word.starts_with(it));
        words.iter().take(3).any(|word| ["granted", "assigned"].contains(word))
            && words.len() <= 8
            && !words.iter().any(|word| other(word) || denied(word) || SUPPOSED.contains(word))
            && !lower.contains('?')
    };
    let done = || done() || bare();
    let told = of_sentence(&lower, &[], user).is_some_and(|one| one.of.policy) || done();
    told.then(|| age(sentence, at) == Age::Recent)
}

fn of_sentence(sentence: &str, names: &[String], user: Option<&str>) -> Option<Above> {
    let asked = sentence.contains('?');
    let sentence = statement(sentence);
    let words = words_of(sentence);
    let first = words.first().copied().unwrap_or_default();
    const QUESTION: [&str; 13] =
        ["was", "were", "is", "are", "did", "does", "do", "has", "what", "why", "how", "who", "which"];
    if words.is_empty() || asked && QUESTION.contains(&first) {
        return None;
    }
    if let Some(at) = words.iter().position(|word| CMDLETS.contains(word)) {
        let command = Above { of: Concerns::POLICY, recent: true };
        return is_run(sentence, &words, at, user).then_some(command);
    }
    if is_record(sentence) || ["other", "others", "todo"].contains(&first) {
        return None;
    }
    let named = || names.iter().any(|name| is_named(sentence, name));
    let has = |stems: &[&str]| words.iter().any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    let app = || words.iter().any(|word| ["app", "appid", "application", "client"].contains(word));
    let role = has(&["role", "permission", "consent", "berechtigung"]);
    let licence = has(&["licens", "licenc", "lizenz"]);
    let policy = || {
        let listed = app() && words.iter().any(|word| ["list", "allowlist", "global"].contains(word));
        has(&["polic", "richtlini", "stratégie"]) || listed || is_app_id_added(&words) || is_of_group(&words) || named()
    };
    let granted = has(&["grant", "assignment", "zuweisung", "zugewiesen"]);
    let told = |noun: bool| {
        let of_policy = policy() || noun && granted && !role && !licence;
        let any = of_policy || role || licence;
        let of = Concerns { policy: of_policy, role: role && !policy(), licence, switch: false };
        any.then_some(Above { of, recent: false })
    };
    if follows(&words) || is_emphatic(&words) || is_in_force(&words) {
        return told(true);
    }
    if is_done(&words) || is_timed(&words) { told(false) } else { is_carried_out(&words).then(|| told(true)).flatten() }
}

/// Whether a line runs a command that changes policies, or a sentence tells that somebody did.
fn is_run(sentence: &str, words: &[&str], at: usize, user: Option<&str>) -> bool {
    let line = sentence.trim();
    let behind_prompt = line.rsplit_once("> ").map_or(line, |(_, command)| command).trim_start();
    let ahead = words.get(..at).unwrap_or_default();
    let other = |word: &&str| word.len() == 36 && user.is_some_and(|user| *user != **word);
    let whom = words.iter().position(|word| *word == "identity").and_then(|at| words.get(at + 1));
    if words.get(at).is_some_and(|word| word.starts_with("grant")) && whom.filter(|word| other(word)).is_some() {
        // Of another user.
        return false;
    }
    let typed = CMDLETS.iter().any(|cmdlet| behind_prompt.starts_with(cmdlet))
        // A title, or a step of a document: `Grant-CsApplicationAccessPolicy`.
        && (line.contains("> ") || behind_prompt.contains(" -"))
        && !line.starts_with(['#', '`']);
    let stops = |word: &&str| SUPPOSED.contains(word) || denied(word) || DENIED_AHEAD.contains(word);
    if ahead.iter().any(stops) {
        return false;
    }
    let ran = || ahead.iter().any(|word| RAN.contains(word) || FOLLOWING.contains(word));
    // `Grant-CsApplicationAccessPolicy was run at 11:40`
    let done = || {
        let behind = words.get(at + 1..).unwrap_or_default();
        behind.iter().take(6).any(|word| RAN.contains(word)) && !behind.iter().any(stops)
    };
    typed || ran() || done()
}

/// `after granting the policy`, `nach der Zuweisung`: what was done before the failure.
fn follows(words: &[&str]) -> bool {
    if words.iter().any(|word| SUPPOSED.contains(word) || ["you", "your", "wait", "always"].contains(word)) {
        return false;
    }
    words.iter().enumerate().any(|(at, word)| {
        let next = words.get(at + 1..).unwrap_or_default();
        let mut near = next.iter().take(4);
        let before = at.checked_sub(1).and_then(|at| words.get(at)).copied().unwrap_or_default();
        // `tried recreating the policy`
        (FOLLOWING.contains(word) || ["tried", "trying"].contains(word))
            && !["not", "even", "nicht"].contains(&before)
            && near.any(|word| CHANGING.contains(word) || CHANGE_NOUNS.contains(word))
    })
}

/// `the policy was granted`, `I have already added the app to the policy`, `Granted the policy to Bob`.
fn is_done(words: &[&str]) -> bool {
    const TO: [&str; 14] =
        ["the", "a", "an", "this", "that", "him", "her", "them", "it", "our", "my", "all", "die", "den"];
    words.iter().enumerate().any(|(at, word)| {
        let before = words.get(..at).unwrap_or_default();
        let next = words.get(at + 1).copied().unwrap_or_default();
        let clause = clause_of(before);
        let near = clause.get(clause.len().saturating_sub(4)..).unwrap_or_default();
        let narrated = before.iter().any(|word| SOMEBODY.contains(word) || AUXILIARY.contains(word))
            || TO.contains(&next)
            // `10:05 admin: policy assigned to Bob`, with the verb at the end in German.
            || before.iter().any(|word| ["wurde", "wurden", "habe", "haben", "hat"].contains(word));
        let of_others = words.windows(2).any(|pair| {
            matches!(pair, ["another" | "other" | "different", who] if ["user", "users", "tenant", "app"].contains(who))
        });
        (is_past(words, at, word) || IMPLEMENTED.contains(word) && !before.contains(&"be"))
            && (narrated || IMPLEMENTED.contains(word))
            && !clause.iter().any(|word| SUPPOSED.contains(word) && !["when", "once", "next"].contains(word))
            && !near.iter().any(|word| denied(word))
            && !clause.iter().any(|word| DENIED_AHEAD.contains(word))
            && !of_others
    })
}

/// `even after re-adding the app id`; what it was added to, where that is told, tells whether it is the policy's list.
fn is_app_id_added(words: &[&str]) -> bool {
    const ADDED: [&str; 7] = ["added", "re-added", "readded", "adding", "re-adding", "readding", "listed"];
    let of_app = words.windows(2).any(|pair| matches!(pair, ["app" | "client" | "application", "id" | "ids"]))
        || words.iter().any(|word| ["appid", "appids"].contains(word));
    of_app
        && words.iter().any(|word| ADDED.contains(word))
        && !words.iter().any(|word| ["to", "in", "into"].contains(word))
}

/// `we added Adele to the group`, `made a member of the security group`.
fn is_of_group(words: &[&str]) -> bool {
    const OF_CHAT: [&str; 3] = ["chat", "distribution", "whatsapp"];
    words.iter().enumerate().any(|(at, word)| {
        let before = words.get(..at).unwrap_or_default();
        let moved =
            before.iter().any(|word| MOVED.contains(word) || ["made", "removed", "joined", "left"].contains(word));
        let kind = before.last().copied().unwrap_or_default();
        ["group", "groups", "gruppe"].contains(word) && moved && !OF_CHAT.contains(&kind)
    })
}

/// `the policy went live this morning`, `she has had the policy since noon`, `made a member of the group`.
fn is_in_force(words: &[&str]) -> bool {
    let stops = |word: &&str| SUPPOSED.contains(word) || denied(word);
    let has_had = || words.contains(&"since") && words.windows(2).any(|pair| matches!(pair, ["has" | "have", "had"]));
    let is = |pair: &[&str]| matches!(pair, ["went" | "gone", "live"] | ["a" | "as", "member"]);
    !words.iter().any(stops) && (words.windows(2).any(is) || has_had())
}

/// `we did update the policy`
fn is_emphatic(words: &[&str]) -> bool {
    const BASE: [&str; 18] = [
        "update",
        "change",
        "grant",
        "regrant",
        "re-grant",
        "add",
        "re-add",
        "assign",
        "reassign",
        "create",
        "recreate",
        "re-create",
        "set",
        "remove",
        "move",
        "replace",
        "edit",
        "apply",
    ];
    let asks = words.first().is_some_and(|word| *word == "did");
    let stops = words.iter().any(|word| SUPPOSED.contains(word) || DENIED_AHEAD.iter().take(6).any(|it| it == word));
    let done = |pair: &[&str]| matches!(pair, ["did", base] if BASE.contains(base));
    !asks && !stops && words.windows(2).any(done)
}

/// `policy granted 5 minutes before the call`
fn is_timed(words: &[&str]) -> bool {
    const UNITS: [&str; 8] = ["minutes", "minute", "min", "hours", "hour", "seconds", "days", "moments"];
    let stops = |word: &&str| SUPPOSED.contains(word) || denied(word);
    let timed = words
        .windows(2)
        .any(|pair| matches!(pair, [unit, "before" | "ago" | "earlier" | "beforehand"] if UNITS.contains(unit)));
    let done = words.windows(2).any(|pair| matches!(pair, [what, verb] if is_object(what) && CHANGED.contains(verb)));
    timed && done && !words.iter().any(stops)
}

fn is_object(word: &str) -> bool {
    OBJECTS.iter().any(|stem| word.starts_with(stem))
}

/// `policy assignment done 09:35Z`, `we did the grant`.
fn is_carried_out(words: &[&str]) -> bool {
    let stops = |word: &&str| SUPPOSED.contains(word) || denied(word);
    let done = words.iter().any(|word| IMPLEMENTED.contains(word) || ["did", "made"].contains(word));
    done && words.iter().any(|word| CHANGE_NOUNS.contains(word)) && !words.iter().any(stops)
}

/// Whether the name of a policy stands in a sentence as a word of its own, and not as a word that any sentence has.
fn is_named(sentence: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let common = name.chars().count() < 3 || name.chars().all(char::is_alphabetic) && name != "global";
    sentence.match_indices(name).any(|(at, _)| {
        let before = sentence.get(..at).unwrap_or_default();
        let behind = sentence.get(at + name.len()..).unwrap_or_default();
        let quoted = before.ends_with(['"', '\'', '`', '“', '„']);
        // `added the app to Meetings`, `Recorders was granted`
        let leads = [" to ", " under ", " policy ", " of ", " granted ", " assigned ", " in ", " auf ", " into "];
        let placed = leads.iter().any(|lead| before.ends_with(lead))
            || [" was ", " is granted", " has been ", " wurde "].iter().any(|it| behind.starts_with(it));
        !before.ends_with(is_part) && !behind.starts_with(is_part) && (!common || quoted || placed)
    })
}

/// How long before a failure something was changed, by the words of its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    /// Within the documented time of changes.
    Recent,
    /// Longer, at this moment at the latest where that is told.
    Old(Option<Timestamp>),
    /// Nobody knows.
    Open,
}

fn age(sentence: &str, at: Option<Moment>) -> Age {
    let lower = sentence.to_lowercase();
    let words = words_of(&lower);
    let window = window("policy-change").and_then(|it| it.seconds).map_or(1_800, i64::from);
    let ago = words.iter().position(|word| ["ago", "vor", "earlier", "before"].contains(word));
    if let Some(ago) = ago {
        let near: Vec<&str> = words.iter().skip(ago.saturating_sub(3)).take(6).copied().collect();
        let unit = |units: &[&str]| near.iter().any(|word| units.contains(word));
        if unit(&["week", "weeks", "month", "months", "year", "years", "wochen", "monaten", "jahren", "jahr"]) {
            return Age::Old(None);
        }
        if unit(&["minute", "minutes", "min", "mins", "minuten"]) {
            let many = near.iter().find_map(|word| word.parse::<i64>().ok());
            return if many.is_none_or(|many| many * 60 < window) { Age::Recent } else { Age::Open };
        }
        if unit(&["moment", "moments", "seconds", "sekunden"]) {
            return Age::Recent;
        }
    }
    let last = |pair: &[&str]| {
        matches!(pair, ["last" | "letzte" | "letztes" | "letzten", unit]
            if ["week", "month", "year", "summer", "spring", "autumn", "winter", "woche", "monat", "jahr"].contains(unit))
    };
    if words.windows(2).any(last) {
        return Age::Old(None);
    }
    let Some(failed) = at else {
        return if words.iter().any(|word| ["just", "gerade", "eben"].contains(word)) {
            Age::Recent
        } else {
            Age::Open
        };
    };
    if let Some(date) = told_time::newest(sentence) {
        let moment = Timestamp::from_second(date.latest).ok();
        return match moment {
            Some(_) if date.latest.saturating_add(window) <= failed.earliest => Age::Old(moment),
            _ if date.latest.saturating_add(window) > failed.earliest && date.earliest <= failed.latest => Age::Recent,
            _ => Age::Open,
        };
    }
    // `in 2024`
    let year = |seconds| Timestamp::from_second(seconds).map_or(0, |at| at.to_zoned(TimeZone::UTC).year());
    let years = words.windows(2).filter_map(|pair| match pair {
        ["in" | "since" | "of" | "seit", number] if number.len() == 4 => number.parse::<i16>().ok(),
        _ => None,
    });
    if years.into_iter().any(|told| (2_000..year(failed.earliest)).contains(&told)) {
        return Age::Old(None);
    }
    if let Some((minutes, zoned)) = clock(&lower) {
        let day = 86_400;
        let then = (failed.earliest.div_euclid(day) * day).saturating_add(minutes * 60);
        let before = failed.earliest.saturating_sub(then);
        let of_hour = before.rem_euclid(3_600);
        return match zoned {
            true if (0..window).contains(&before) => Age::Recent,
            true => Age::Open,
            // Zones differ by quarters of an hour at least, most of them by hours.
            false if of_hour < window => Age::Recent,
            false => Age::Open,
        };
    }
    let just = words.iter().any(|word| ["just", "gerade", "eben"].contains(word));
    if just { Age::Recent } else { Age::Open }
}

/// Whether a sentence has a word for another time than right before.
fn is_dated(sentence: &str) -> bool {
    const WORDS: [&str; 9] = ["yesterday", "gestern", "hour", "hours", "days", "day", "morning", "stunden", "earlier"];
    clock(sentence).is_some() || words_of(sentence).iter().any(|word| WORDS.contains(word))
}

/// The first time of day of a sentence, in minutes, and whether it is told in UTC.
fn clock(sentence: &str) -> Option<(i64, bool)> {
    let words = sentence.split(|c: char| !c.is_alphanumeric() && !matches!(c, ':' | '+')).filter(|it| !it.is_empty());
    let words: Vec<&str> = words.collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let bare = word.trim_end_matches('z').trim_end_matches(':');
        let (hour, rest) = bare.split_once(':')?;
        let minute = rest.split(':').next()?;
        let (hour, minute) = (hour.parse::<i64>().ok()?, minute.parse::<i64>().ok().filter(|_| minute.len() == 2)?);
        let zone = words.get(at + 1).is_some_and(|next| ["utc", "gmt", "z"].contains(next));
        ((0..24).contains(&hour) && (0..60).contains(&minute))
            .then_some((hour * 60 + minute, zone || word.ends_with('z')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        let names = vec!["interview-bot".to_owned(), "meetings".to_owned()];
        let user = Some("5d1e3c7a-0f42-4f5e-8d3c-9b8a7c6d5e01");
        sentences(&text.to_lowercase()).any(|sentence| of_sentence(sentence, &names, user).is_some())
    }

    #[test]
    fn changes_that_are_told() {
        for text in [
            "Hi, Interview-Bot was granted to Bob at 09:35 UTC today, and at 09:40 UTC:",
            "I just granted the policy to Bob and still get:",
            "Bob got the policy 5 minutes ago. Still:",
            "09:35 PS> Grant-CsApplicationAccessPolicy -Identity 5d1e3c7a-0f42-4f5e-8d3c-9b8a7c6d5e01 -PolicyName Interview-Bot (ok)",
            "PS C:\\> Grant-CsApplicationAccessPolicy -Identity 5d1e3c7a-0f42-4f5e-8d3c-9b8a7c6d5e01 -PolicyName N",
            "PS C:\\> Grant-CsApplicationAccessPolicy -Global -PolicyName N",
            "change CHG0012: policy assigned to bob@contoso.com, implemented 2026-11-20 09:35Z",
            "We gave Bob the policy at 09:35Z.",
            "Policy assignment done 09:35Z, test 09:40Z:",
            "Nach der Zuweisung der Richtlinie um 09:35 UTC:",
            "After the grant (09:35Z) we tested:",
            "we ran Grant-CsApplicationAccessPolicy at 11:40 today and at 11:45 it still failed:",
            "Our Teams admin assigned the policy to Adele ten minutes ago, still:",
            "After granting the application access policy we still get:",
            "Fehler auch nach Grant-CsApplicationAccessPolicy um 11:40:",
            "The Teams team changed the policy this morning. Error:",
            "We created a new access policy yesterday and assigned it, the result is still",
            "mike: just ran Set-CsApplicationAccessPolicy -Identity Meetings -AppIds @{Add=\"9c4f2c1e\"}",
            "The policy has been granted 5 minutes ago. Now it says:",
            "I have already added the app to the policy:",
            "we did the New-CsApplicationAccessPolicy and Grant-CsApplicationAccessPolicy steps of the docs, and get:",
            "Die Richtlinie wurde gerade zugewiesen, trotzdem:",
            "I added the app to Meetings and get:",
            "The admin consented to the role an hour ago:",
            "Granted the policy to Bob, same error:",
            "The licence was assigned to Bob at noon:",
            "Since the policy change this happens:",
            "Despite granting the policy:",
            "Even after re-adding the app id the error persists.",
            "We did update the policy beforehand.",
            "Tried recreating the policy - no luck.",
            "(policy granted 5 minutes before the call)",
            "This was after re-granting the policy.",
            "The consultant re-did the access policy setup last night.",
        ] {
            assert!(found(text), "{text}");
        }
    }

    #[test]
    fn what_tells_of_no_change() {
        for text in [
            "nothing was changed.",
            "The policy was never changed.",
            "Nobody granted the policy.",
            "Was the policy granted?",
            "Has the policy been granted to Bob?",
            "Should we grant the policy?",
            "We plan to grant the policy at 09:35.",
            "The policy will be assigned to Bob today:",
            "We have not granted any policy yet:",
            "The policy must be granted by an admin.",
            "How long after granting the policy does it take?",
            "After granting the policy you have to wait.",
            "Please run Grant-CsApplicationAccessPolicy -Identity 5d1e3c7a-0f42-4f5e-8d3c-9b8a7c6d5e01 -PolicyName N",
            "We did not run Grant-CsApplicationAccessPolicy:",
            "Do I need Grant-CsApplicationAccessPolicy?",
            "PS> Grant-CsApplicationAccessPolicy -Identity 748d2cbb-3b55-40ed-8c34-2eae5932b22a -PolicyName N",
            "PS> Get-CsApplicationAccessPolicy",
            "INFO policy cache updated",
            "worker: user added to the pool",
            "The policy assigned to the user is N.",
            "We granted the policy to another user:",
            "We updated the SDK this morning:",
            "The meeting was created at 09:30:",
            "Bob created the meeting at 09:30:",
            "We moved the app to a new server and get:",
            "If the policy was granted, it should work:",
            "The app was registered:",
            "We tested at 09:40:",
            "Meetings were created this morning:",
            "without granting the policy:",
            "Did we update the policy?",
            "We did not update the policy.",
            "We did update the SDK.",
            "We added the app id to the configuration:",
            "(policy granted to nobody 5 minutes before the call)",
            "We tried calling it again.",
        ] {
            assert!(!found(text), "{text}");
        }
    }

    #[test]
    fn how_old_a_change_is() {
        let at = |text: &str| text.parse::<Timestamp>().map_or(0, Timestamp::as_second);
        let failed = Moment { earliest: at("2026-11-20T09:40:00Z"), latest: at("2026-11-20T09:40:00Z") };
        let age = |text: &str| super::age(text, Some(failed));
        for text in [
            "granted at 09:35 UTC",
            "granted (09:35Z)",
            "at 11:40 today and",
            "five minutes ago",
            "2026-11-20 09:35Z",
            "just",
        ] {
            assert_eq!(age(text), Age::Recent, "{text}");
        }
        for text in ["this morning", "an hour ago", "yesterday", "at 07:35 UTC", "40 minutes ago", "at 10:40 UTC"] {
            assert_eq!(age(text), Age::Open, "{text}");
        }
        for text in ["last year", "in 2024", "two weeks ago", "on 2026-03-02 at 10:00Z", "vor drei Wochen"] {
            assert!(matches!(age(text), Age::Old(_)), "{text}");
        }
    }
}
