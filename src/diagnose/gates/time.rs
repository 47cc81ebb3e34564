//! Time: what the passing gates rest on was changed longer ago than changes are documented to take.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::diagnose::case::{Case, Gates};
use crate::diagnose::facts::policy::Asked;
use crate::diagnose::{Evidence, GateResult, Outcome, RuledOut};
use crate::knowledge::{Gate, PermissionKind, Window, permission_named, window};
use crate::tenant::{Change, Level, Tri, name};

/// What decides a gate that rests on something which was changed after the question's time.
pub(in crate::diagnose) const EARLIER_SNAPSHOT: &str = "a snapshot that was read before the change";

/// What decides the gate where a failure has no time.
const CLOCK: &str = "the time of the failure: `--at`";

/// A known change that a passing gate rests on.
#[derive(Clone, Copy, Debug)]
pub struct Rests<'a> {
    /// The change.
    pub change: &'a Change,
    /// The documented delay.
    pub window: &'static Window,
    /// The cause to name while it may still be propagating.
    pub cause: &'static str,
}

/// How a change's age compares with its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// At least as old as the window, whenever in its bounds it was made.
    Outside,
    /// Younger for some moments in its bounds, or for all.
    Within {
        /// For all of them.
        surely: bool,
        /// From when on it is outside; `None` = its last possible moment is not known.
        until: Option<Timestamp>,
    },
    /// The time of the call is not known.
    NoClock,
}

/// Every known change that a passing gate rests on, with the delay that is documented for it.
#[must_use]
pub fn rests<'a>(case: &Case<'a>, gates: &Gates) -> Vec<Rests<'a>> {
    let passes = |gate| gates.outcome(gate) == Outcome::Pass;
    // A pass that a consent in the chat gives does not rest on role or policy.
    let permission = passes(Gate::Permission) && !case.permission.held.is_empty() && !case.delegated;
    let policy = passes(Gate::Policy) && case.policy.lists == Tri::Yes && case.policy.asked != Asked::Filters;
    let user = passes(Gate::User);
    let mut found = Vec::new();
    for change in &case.view.snapshot().history {
        // Seen for the first time is no change: nobody knows that it was not there before.
        if change.not_before.is_none() || is_after(case, change) {
            continue;
        }
        let named = match change.part.as_str() {
            "apps" | "roles" if permission && is_grant(case, change) => Some(("consent", "token-older-than-grant")),
            "users" | "licenses" | "licences" if user && is_id(&change.key, case.user_id) => {
                Some(("teams-license", "license-still-propagating"))
            }
            part if policy => policy_change(case, part, change),
            _ => None,
        };
        if let Some((name, cause)) = named
            && let Some(window) = window(name)
        {
            found.push(Rests { change, window, cause });
        }
    }
    found
}

/// Whether a call had failed before the change was made: then that is nothing which was on its way to it.
fn is_after(case: &Case<'_>, change: &Change) -> bool {
    let failed = case.question.at.filter(|_| case.question.of_incident);
    failed.zip(change.not_before).is_some_and(|(at, first)| first.as_second() >= at.latest)
}

/// Whether the time that is asked about is before a change: it is on its way to nothing then, and what was in effect before
/// it is not known.
#[must_use]
pub fn is_ahead(case: &Case<'_>, change: &Change) -> bool {
    let at = case.question.at.filter(|_| !case.question.of_incident);
    at.zip(change.not_before).is_some_and(|(at, first)| first.as_second() >= at.latest)
}

fn is_id(text: &str, id: Option<Uuid>) -> bool {
    id.is_some_and(|id| text.trim().eq_ignore_ascii_case(&id.to_string()))
}

fn is_some_id(text: &str) -> bool {
    Uuid::try_parse(text.trim()).is_ok()
}

/// Whether a change is of a role that the operation accepts, or may be.
#[must_use]
pub fn is_grant(case: &Case<'_>, change: &Change) -> bool {
    is_id(&change.key, case.app_id)
        && change.value.as_ref().is_none_or(|value| {
            case.permission.accepted.iter().any(|name| {
                value.eq_ignore_ascii_case(name)
                    || permission_named(name, PermissionKind::Application)
                        .is_some_and(|permission| is_id(value, permission.id))
            })
        })
}

fn policy_change(case: &Case<'_>, part: &str, change: &Change) -> Option<(&'static str, &'static str)> {
    const POLICY: (&str, &str) = ("policy-change", "policy-still-propagating");
    const GROUP: (&str, &str) = ("group-assignment", "group-assignment-still-propagating");
    let candidates = &case.policy.effective.candidates;
    let of_group = |key: &str| {
        candidates.iter().any(|it| matches!(it.level, Level::Group { group_id: Some(id), .. } if is_id(key, Some(id))))
    };
    let value = change.value.as_deref();
    match part {
        "policies" => {
            // A change of another app's entry is none of this app's.
            let other = value.is_some_and(|value| is_some_id(value) && !is_id(value, case.app_id));
            let named = candidates.iter().any(|it| name::same(it.policy, &change.key));
            // An assignment that nobody has read may be of any policy there is.
            let may_be = || case.policy.effective.may_be_any() && case.view.policy(&change.key).is_some();
            (!other && (named || may_be())).then_some(POLICY)
        }
        "direct" => is_id(&change.key, case.user_id).then_some(POLICY),
        "effective" if is_id(&change.key, case.user_id) => {
            let by_group = candidates.iter().any(|it| matches!(it.level, Level::Group { .. }));
            Some(if by_group { GROUP } else { POLICY })
        }
        // A direct assignment comes first, whatever the groups say.
        "groups" | "members" if is_direct(case) => None,
        "groups" | "members" => {
            let membership = value.is_some_and(is_some_id);
            let own = value.is_some_and(|value| is_id(value, case.user_id)) && !is_idle(case, &change.key);
            // Nobody knows any more whether the user was in a group whose assignment is gone.
            let gone = change.change.eq_ignore_ascii_case("removed") && !case.view.has_group(&change.key);
            (own || (!membership && (of_group(&change.key) || gone))).then_some(GROUP)
        }
        _ => None,
    }
}

fn is_direct(case: &Case<'_>) -> bool {
    case.policy.effective.known().is_some_and(|it| it.level == Level::Direct)
}

/// Whether membership in a group gives this user nothing: the group certainly has no assignment, or one that ranks
/// below the group through which the user has the effective policy.
fn is_idle(case: &Case<'_>, key: &str) -> bool {
    let groups = &case.view.snapshot().groups;
    let Some(group) = groups.known().iter().find(|it| is_id(key, Some(it.group_id))) else {
        return groups.is_complete() && is_some_id(key);
    };
    let effective = case.policy.effective.known().map(|it| it.level);
    matches!(effective, Some(Level::Group { rank: Some(rank), .. }) if group.rank > rank)
}

/// Compares the change's bounds with the moment of the call. An age equal to the window is outside.
#[must_use]
pub fn age(case: &Case<'_>, rests: &Rests<'_>) -> Age {
    let Some(seconds) = rests.window.seconds else { return Age::Outside };
    let Some(at) = case.question.at else { return Age::NoClock };
    let window = SignedDuration::from_secs(i64::from(seconds));
    let (Ok(earliest), Ok(latest)) = (Timestamp::from_second(at.earliest), Timestamp::from_second(at.latest)) else {
        return Age::NoClock;
    };
    let last = rests.change.not_after.or(case.view.snapshot().taken_at);
    let surely = rests.change.not_before.is_some_and(|first| latest.duration_since(first) < window);
    let Some(last) = last else { return Age::Within { surely, until: None } };
    if earliest.duration_since(last) >= window {
        return Age::Outside;
    }
    Age::Within { surely, until: last.checked_add(window).ok() }
}

/// Whether a change was made less than the documented delay before the call, for some moment in its bounds.
#[must_use]
pub fn is_within(case: &Case<'_>, change: &Change, of: &str) -> bool {
    let rests = window(of).map(|window| Rests { change, window, cause: "" });
    change.not_before.is_some() && rests.is_some_and(|rests| matches!(age(case, &rests), Age::Within { .. }))
}

/// "No known change" says nothing where nothing was read.
pub(in crate::diagnose) fn forget(gates: &mut [GateResult], ruled_out: &mut Vec<RuledOut>) {
    if gates.iter().any(|gate| gate.gate == Gate::Policy && super::rsc::passes_by_consent(gate)) {
        return;
    }
    for gate in gates.iter_mut().filter(|gate| gate.gate == Gate::Time && gate.outcome == Outcome::Pass) {
        *gate = GateResult::new(Gate::Time, Outcome::Unknown)
            .needing("change-time")
            .noting("when the policy or its assignment last changed is not known");
        ruled_out.retain(|out| !out.cause.ends_with("-still-propagating"));
    }
}

/// Without the time of a failure nobody knows how old a change was when it failed. That is asked only where the policy
/// allows the call.
pub(in crate::diagnose) fn leave_open_without_clock(gates: &mut [GateResult]) {
    let passes = |gate: &GateResult| gate.gate == Gate::Policy && gate.outcome == Outcome::Pass;
    if !gates.iter().any(passes)
        || gates.iter().any(|gate| gate.gate == Gate::Policy && super::rsc::passes_by_consent(gate))
    {
        return;
    }
    for gate in gates.iter_mut().filter(|gate| gate.gate == Gate::Time && gate.outcome == Outcome::Pass) {
        gate.outcome = Outcome::Unknown;
        gate.needs = Some(CLOCK.into());
        let words = "the text does not say when the call failed";
        gate.note = if gate.note.is_empty() { words.to_owned() } else { format!("{words}; {}", gate.note) };
    }
}

/// Whether an app was enabled or disabled.
pub(in crate::diagnose) fn is_switch(change: &Change) -> bool {
    change.part == "apps" && matches!(change.value.as_deref(), Some("enabled" | "disabled"))
}

/// What changed, for people.
pub(in crate::diagnose) fn subject(change: &Change) -> String {
    match change.part.as_str() {
        "policies" => format!("policy `{}`", name::bare(&change.key)),
        "direct" => "the user's direct assignment".to_owned(),
        "effective" => "the user's effective policy".to_owned(),
        "groups" => "a group's assignment".to_owned(),
        "members" => "a group's members".to_owned(),
        "apps" if is_switch(change) => "the app's sign-in".to_owned(),
        "apps" | "roles" => "the app's permissions".to_owned(),
        "settings" => "the tenant's switch for transcripts".to_owned(),
        _ => "the user's licence".to_owned(),
    }
}

/// A moment to the second, and not before it.
fn second(time: Timestamp) -> Timestamp {
    let up = i64::from(time.subsec_nanosecond() > 0);
    Timestamp::from_second(time.as_second() + up).unwrap_or(time)
}

/// A moment to the minute. What is said to be the latest moment must not be before it.
pub(in crate::diagnose) fn minute(time: Timestamp, up: bool) -> Timestamp {
    let seconds = time.as_second();
    let rest = seconds.rem_euclid(60);
    let up = up && (rest > 0 || time.subsec_nanosecond() > 0);
    Timestamp::from_second(seconds - rest + if up { 60 } else { 0 }).unwrap_or(time)
}

/// `between 2026-11-26 10:51 and 10:57 UTC`, the day once; of one minute `at 2026-11-26 10:51 UTC`.
fn between(first: Timestamp, last: Timestamp) -> String {
    let (first, last) = (minute(first, false), minute(last, true));
    if first == last {
        return format!("at {} UTC", first.strftime("%Y-%m-%d %H:%M"));
    }
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    let second = if day(first) == day(last) { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    format!("between {} and {} UTC", first.strftime("%Y-%m-%d %H:%M"), last.strftime(second))
}

/// When it was changed, by when the documents let it be in effect, and what to look at after that.
#[must_use]
pub fn words(case: &Case<'_>, rests: &Rests<'_>) -> String {
    let change = rests.change;
    let last = change.not_after.or(case.view.snapshot().taken_at);
    let changed = match (change.not_before, last) {
        (Some(first), Some(last)) => format!("changed {}", between(first, last)),
        (Some(first), None) => format!("changed after {} UTC", minute(first, false).strftime("%Y-%m-%d %H:%M")),
        (None, _) => "changed".to_owned(),
    };
    let window = rests.window.seconds.map(|seconds| SignedDuration::from_secs(i64::from(seconds)));
    let until = last.zip(window).and_then(|(last, window)| last.checked_add(window).ok());
    let over = case
        .question
        .at
        .zip(until)
        .is_some_and(|(at, until)| Timestamp::from_second(at.earliest).is_ok_and(|at| at >= until));
    let day = |time: Timestamp| {
        let time = minute(time, true);
        let same = last.is_some_and(|last| last.strftime("%F").to_string() == time.strftime("%F").to_string());
        time.strftime(if same { "%H:%M" } else { "%Y-%m-%d %H:%M" }).to_string()
    };
    let what = subject(change);
    let then = "longer delays are reported, check the app id first";
    match (until, rests.window.bound) {
        (Some(until), true) if over => {
            format!("{what} {changed}; the documented time ended at {} UTC; {then}", day(until))
        }
        (Some(until), true) => format!(
            "{what} {changed}; by the documentation in effect at {} UTC at the latest; after that the documented time is over, {then}",
            day(until)
        ),
        (Some(until), false) if over => format!(
            "{what} {changed}; {}, and that time ended at {} UTC; no upper bound is documented, {then}",
            rests.window.text,
            day(until)
        ),
        (Some(until), false) => format!(
            "{what} {changed}; {}: by this figure in effect at {} UTC; no upper bound is documented, {then}",
            rests.window.text,
            day(until)
        ),
        (None, _) => format!("{what} {changed}; {}; {then}", rests.window.text),
    }
}

/// How long after a change a passing gate still tells of it.
const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The youngest change that is worth telling where the time is over.
fn recent<'r, 'a>(case: &Case<'_>, rests: &'r [Rests<'a>]) -> Option<&'r Rests<'a>> {
    let at = Timestamp::from_second(case.question.at?.earliest).ok()?;
    let last = |rests: &Rests<'_>| rests.change.not_after.or(case.view.snapshot().taken_at);
    let young = rests.iter().filter(|it| last(it).is_some_and(|last| at.duration_since(last) < RECENT));
    young.max_by_key(|it| last(it))
}

/// The gate.
#[must_use]
pub fn judge(case: &Case<'_>, gates: &Gates) -> GateResult {
    let gate = |outcome| GateResult::new(Gate::Time, outcome);
    if case.delegated {
        return gate(Outcome::Skipped).noting("a delegated call is not asked for the policy");
    }
    let rests = rests(case, gates);
    let ages: Vec<(Age, &Rests<'_>)> = rests.iter().map(|rests| (age(case, rests), rests)).collect();
    let within: Vec<_> = ages.iter().filter(|(age, _)| matches!(age, Age::Within { .. })).collect();
    let evidence =
        |result: GateResult| rests.iter().map(|rests| change_evidence(rests.change)).fold(result, GateResult::with);
    if let Some((_, ahead)) = within.first()
        && within.iter().all(|(_, rests)| is_ahead(case, rests.change))
    {
        return evidence(unknown_before(case, Gate::Time, ahead.change));
    }
    if !within.is_empty() {
        let all = |cause: &str| within.iter().all(|(_, rests)| rests.cause == cause);
        let read = match () {
            () if all("license-still-propagating") => "license-time",
            () if all("token-older-than-grant") => "grant-time",
            () => "change-time",
        };
        let mut result = gate(Outcome::Unknown).needing(read);
        let until = |age: &Age| match age {
            Age::Within { until, .. } => *until,
            _ => None,
        };
        if within.iter().all(|(age, _)| until(age).is_some()) {
            result.until = within.iter().filter_map(|(age, _)| until(age)).max().map(|time| second(time).to_string());
        }
        // The finding tells which, and from when on.
        return evidence(result.noting("a change may not have reached Graph yet"));
    }
    if ages.iter().any(|(age, _)| *age == Age::NoClock) {
        return evidence(
            gate(Outcome::Unknown)
                .needing("the time of the call")
                .noting("whether a change had reached Graph depends on the time"),
        );
    }
    // Without any figure, a note says something only of a change that is recent.
    let figure =
        |rests: &&Rests<'_>| !rests.window.bound && (rests.window.seconds.is_some() || case.question.at.is_none());
    let unbound = || rests.iter().find(figure).map(|rests| rests.window.text.to_owned());
    let undated = || {
        let undated = case.view.snapshot().is_undated();
        undated.then(|| "no change is known, and the state does not say when it was read".to_owned())
    };
    let note = recent(case, &rests).map(|rests| words(case, rests)).or_else(unbound).or_else(undated);
    evidence(gate(Outcome::Pass).noting(note.unwrap_or_default()))
}

/// A gate that rests on something which was changed after the question's time: how it was before is not known.
#[must_use]
pub fn unknown_before(case: &Case<'_>, gate: Gate, change: &Change) -> GateResult {
    let what = subject(change);
    let note = match (change.not_before, change.not_after) {
        (Some(first), Some(last)) => format!("{what} changed {}", between(first, last)),
        (Some(first), None) => format!("{what} changed after {} UTC", minute(first, false).strftime("%Y-%m-%d %H:%M")),
        (None, _) => format!("{what} changed"),
    };
    let before = if case.question.of_incident {
        "the failure may be from before that took effect"
    } else {
        "the time asked about is before that"
    };
    GateResult::new(gate, Outcome::Unknown)
        .needing(EARLIER_SNAPSHOT)
        .noting(format!("{note}, and {before}: how it was then is not known"))
        .with(change_evidence(change))
}

/// A gate of the state before a change that came after the failure: it says so.
pub(in crate::diagnose) fn tell_undone(gate: &mut GateResult, change: &Change) {
    let when = match (change.not_before, change.not_after) {
        (Some(first), Some(last)) => between(first, last),
        (first, _) => {
            first.map(|it| minute(it, false).strftime("after %Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default()
        }
    };
    let note = format!("{} changed {when}, after the failure: this is the state before that", subject(change));
    gate.note = if gate.note.is_empty() { note } else { format!("{}; {note}", gate.note) };
    gate.evidence.push(change_evidence(change));
}

/// A change with its bounds as evidence.
#[must_use]
pub fn change_evidence(change: &Change) -> Evidence {
    let time = |time: Option<Timestamp>| time.map_or_else(|| "not known".to_owned(), |time| time.to_string());
    Evidence::of(
        format!("{} `{}`", change.part, change.key),
        change.value.as_deref().map_or_else(|| change.change.clone(), |value| format!("{} `{value}`", change.change)),
        format!("between {} and {}", time(change.not_before), time(change.not_after)),
        change.source.as_deref().unwrap_or("snapshot"),
        // The service's own time of the change says nothing of when that was read.
        change.not_after.filter(|_| change.not_before != change.not_after),
    )
}
