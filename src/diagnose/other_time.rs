//! A snapshot of one time and a failure of another: what was read then is evidence of now, and no proof.
//!
//! A cause is certain, or ruled out, by a snapshot only where it would be whatever the state was when the call failed: the
//! history may know of a change that is later, or too young to have taken effect, and a read of another day tells nothing
//! of that day's own state.
//!
//! The rule of what stands for the state of then, where no change is known between read and failure:
//! - read on both sides of the failure: it does, the later read would name a change;
//! - read before it, within a day: it does, nobody mends what has not failed yet;
//! - read after it: within an hour while it still refuses the call (a gate that the message asks of fails), and within
//!   half an hour of the earliest time that the failure may have where it does not: what no longer refuses may have been
//!   mended since. Where it leaves open whether it refuses, it rules nothing out.
//!
//! Of two reads the earlier one counts, where both are after the failure: their changes are undone. It counts for the parts
//! that were read then, never for others.
//!
//! A time without a zone (`innerError.date`, of which no document names the zone) is 28 hours wide. The hour in which a state
//! still refuses the call is counted from what it states, taken as UTC. All else is held against both ends.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::doubt::DISABLED;
use super::explain::finding;
use super::gates::time::{EARLIER_SNAPSHOT, is_switch, unknown_before};
use super::judge::judge_in;
use super::read_time::{
    Reads, SAME, SOON, UNDATED, distance, is_far, is_of_other_read, is_of_other_token, is_old, parts, words,
};
use super::told_time::{self, Told};
use super::{
    Case, Context, Evidence, Finding, GateResult, Judgement, Outcome, Question, RuledOut, Undecided, assigned_then,
    judge,
};
use crate::input::{Facts, Incident, Moment, Token};
use crate::knowledge::{Catalogue, Confidence, Gate, Text, window};
use crate::tenant::{Change, Snapshot, Via, View};

/// Gates that the state of the tenant decides.
pub(super) const OF_STATE: [Gate; 4] = [Gate::Policy, Gate::Permission, Gate::User, Gate::Tenant];
/// Whether the state of the tenant, or a change of it, decides what is found at a gate.
pub(super) fn is_of_tenant(gate: Gate) -> bool {
    OF_STATE.contains(&gate) || gate == Gate::Time
}

/// Of a read without a time beside others that have one.
const UNDATED_PART: &str = "the state does not say when a part of it was read";
/// Of a role that the snapshot shows.
const LATER: &str = "the snapshot shows the role granted, and by its history that was after the failure";
/// What decides a cause where the state was read at another time than that of the failure.
pub(super) const OF_THEN: &str = "a snapshot of the time of the failure";
/// What may decide it too, where that time is not known to the hour: whoever has the failure has it at hand.
pub(crate) const WHEN: &str = "the time of the failure with its zone: `--at <time>Z`, or a zone in the pasted time";

/// And where the state has no time: whoever read it knows.
pub(crate) const READ_WHEN: &str =
    "when the state was read: `graphwhy import --taken-at <time>` writes a snapshot that says so";

/// What is known of the state at the moment of a failure.
#[derive(Debug, Default)]
pub(super) struct Then {
    /// The answer where every change is open that may be later than the failure; `None` = there is none.
    made: Option<Judgement>,
    /// The answer where those are open too that may not have taken effect by then.
    reached: Option<Judgement>,
    /// The answer without any state, where some read is of another time.
    nothing: Option<Judgement>,
    /// The answer without the lists of assignments that are of another time, and how far these are, where the rest of what
    /// the policy rests on is of the failure's.
    assigned: Option<(Judgement, String)>,
    /// The permission gate, where the app was enabled or disabled after the failure, and what it became.
    switched: Option<(GateResult, bool)>,
    /// The role that the call takes was granted after the failure.
    pub(super) granted_later: bool,
    /// Gates whose reads are of another time, and how far they are from the failure.
    apart: Vec<(Gate, String)>,
    /// Those of them that are, whatever the state says.
    far: Vec<Gate>,
    /// The list of the apps was read at another time than that of the failure.
    far_apps: bool,
    /// The failure has no time: it is taken to be of about the snapshot's.
    no_clock: bool,
    /// Its token is at hand: the claims decide what the grants would.
    of_token: bool,
    /// What stands on the line of a failure without a clock, or near it: no proof of when it was, and a doubt.
    told: Option<Told>,
    /// When the token of a failure without a clock was accepted: it was then.
    accepted: Option<Moment>,
    /// Changes after the failure, which the snapshot no longer has.
    undone: Vec<Change>,
    /// The user and the app that were judged.
    pair: (Option<Uuid>, Option<Uuid>),
    /// The policy, as it was read, does not allow the call for certain.
    refused: bool,
    /// Causes that it took certainty from, or kept from being ruled out, with what would decide them.
    open: Vec<(Text, &'static str)>,
}

impl Then {
    pub(super) fn of(
        question: &Question,
        context: Context<'_>,
        undone: &[Change],
        incident: &Incident,
        now: &Judgement,
        clock: Option<Timestamp>,
    ) -> Self {
        let facts = &incident.facts;
        let mut then = Self { undone: undone.to_vec(), pair: (now.user_id, now.app_id), ..Self::default() };
        let Some(snapshot) = context.snapshot else { return then };
        let around = |read: Timestamp| Moment { earliest: read.as_second() - SAME, latest: read.as_second() + SAME };
        then.no_clock = facts.moment.is_none();
        then.of_token = question.token.is_some();
        if then.no_clock {
            then.told = told_time::of(context.text, incident.span).or(facts.told.map(Told::at));
            then.accepted = question.token.as_ref().and_then(accepted);
        }
        let Some(at) = facts.moment.or_else(|| snapshot.taken_at.map(around)) else { return then };
        if let Ok(earliest) = Timestamp::from_second(at.earliest) {
            let view = View::new(snapshot);
            let judged = |view: View<'_>| judge_in(question, &view, context.catalogue);
            then.reached = view.before(earliest, |change| delay(change, snapshot, question)).map(judged);
            // Without a clock it is not said to be older than any change.
            let made = view.before(earliest, |_| SignedDuration::ZERO);
            then.made = made.filter(|_| !then.no_clock && then.reached.is_some()).map(judged);
        }
        then.refused = now.outcome(Gate::Policy) != Outcome::Pass;
        let reads = Reads { snapshot, undone, user: now.user_id, app: now.app_id };
        let reads_of = |gate: Gate| {
            let evidence = now.gates.iter().filter(|result| result.gate == gate).flat_map(|result| &result.evidence);
            let mut reads = times(snapshot, evidence);
            if gate == Gate::Policy {
                // A read of what is effective decides, whatever was listed later.
                reads.extend(times_of_effective(snapshot, now.user_id));
            }
            reads
        };
        let assigned = |far: &dyn Fn(&[Timestamp]) -> Option<String>| {
            let far = |read: Option<Timestamp>| far(read.or(snapshot.taken_at).as_slice());
            let (then, words) = assigned_then::without_far(snapshot, now.user_id, far)?;
            Some((judge(question, Some(&then), context.catalogue), words))
        };
        if then.no_clock {
            let old = |reads: &[Timestamp]| then.far(snapshot, reads).or_else(|| is_old(snapshot, reads, clock?));
            let apart = OF_STATE.into_iter().filter_map(|gate| Some((gate, old(&reads_of(gate))?))).collect();
            let lists = assigned(&old);
            (then.apart, then.assigned) = (apart, lists);
            then.far = then.apart.iter().map(|(gate, _)| *gate).collect();
            if !then.apart.is_empty() {
                then.nothing = Some(judge(question, None, context.catalogue));
            }
        }
        if let Some(at) = facts.moment.filter(|_| question.token.is_none()) {
            let granted = |change: &Change| {
                let of_app = parts(Gate::Permission).contains(&change.part.as_str()) && is_id(&change.key, now.app_id);
                let later = change.not_before.is_some_and(|first| first.as_second() >= at.latest);
                of_app && later && change.change == "added"
            };
            then.granted_later = then.is_changed(Gate::Permission) && snapshot.history.iter().any(granted);
            let own = |change: &&Change| is_switch(change) && is_id(&change.key, now.app_id) && is_after(change, at);
            let view = View::new(snapshot);
            let gate =
                |change| unknown_before(&Case::new(question, &view, context.catalogue), Gate::Permission, change);
            let is_enabled = |change: &Change| change.value.as_deref() == Some("enabled");
            // What it was when it failed, the first of them tells.
            let first = snapshot.history.iter().filter(own).min_by_key(|change| change.not_before);
            then.switched = first.map(|change| (gate(change), is_enabled(change)));
        }
        if let Some(at) = facts.moment {
            let refuses = refuses(question, now);
            let far = |gate: Gate, own: &[Timestamp]| {
                let mended = || reads.is_mended(gate, own, at, refuses);
                reads.is_apart(gate, own, at).or_else(mended)
            };
            let undated = |gate: Gate| {
                let mut evidence = now.gates.iter().filter(|result| result.gate == gate).flat_map(|it| &it.evidence);
                snapshot.taken_at.is_none() && evidence.any(Evidence::is_undated_read)
            };
            let unsaid = |gate: Gate| undated(gate).then(|| UNDATED.to_owned());
            let apart = |gate: Gate| Some((gate, far(gate, &reads_of(gate)).or_else(|| unsaid(gate))?));
            then.apart = OF_STATE.into_iter().filter_map(apart).collect();
            let is_far = |gate: &Gate| reads.is_apart(*gate, &reads_of(*gate), at).is_some() || undated(*gate);
            then.far = OF_STATE.into_iter().filter(is_far).collect();
            then.assigned = assigned(&|own| far(Gate::Policy, own));
            if !then.apart.is_empty() {
                then.nothing = Some(judge(question, None, context.catalogue));
            }
        }
        let apps: Vec<Timestamp> = snapshot.apps.read_at.or(snapshot.taken_at).into_iter().collect();
        then.far_apps = match facts.moment {
            Some(at) => reads.is_apart(Gate::Permission, &apps, at).is_some(),
            None => then.far(snapshot, &apps).is_some(),
        };
        // Whatever else is of another time, the lists of assignments are.
        if then.assigned.is_some() && then.apart(Gate::Policy).is_some() && !then.far.contains(&Gate::Policy) {
            then.far.push(Gate::Policy);
        }
        if then.apart(Gate::Policy).is_some() || now.outcome(Gate::Policy) == Outcome::Skipped {
            then.assigned = None;
        }
        then
    }

    /// The time of the state, for which a failure is taken of whose time the text tells nothing.
    pub(super) fn assumed(&self, snapshot: Option<&Snapshot>) -> Option<Timestamp> {
        let read = snapshot?.taken_at.filter(|_| self.no_clock && self.told.is_none())?;
        self.accepted.is_none_or(|at| is_of_other_token(&[read], at).is_none()).then_some(read)
    }

    /// How far reads are from the time that stands with a failure without a clock, or in which its token was accepted,
    /// where that is too far or not known.
    fn far(&self, snapshot: &Snapshot, reads: &[Timestamp]) -> Option<String> {
        let own = if reads.is_empty() { snapshot.taken_at.as_slice() } else { reads };
        if let Some(words) = self.accepted.and_then(|at| is_of_other_token(own, at)) {
            return Some(words);
        }
        let Some(told) = self.told else {
            // It is judged as if it failed when the state was read, so that a part which was read at another time is not of it.
            return snapshot.newest_read().and_then(|read| is_of_other_read(own, read));
        };
        let (first, last) = told.times.unzip();
        let mut far = first.into_iter().chain(last).filter_map(|at| is_far(snapshot, reads, at));
        told.open.map(str::to_owned).or_else(|| far.next())
    }

    /// Whether a gate was open when the call failed: but for changes that may be later, and but for young ones too.
    pub(super) fn was_open(&self, gate: Gate) -> (bool, bool) {
        let open = |then: &Option<Judgement>| then.as_ref().is_some_and(|it| it.outcome(gate) == Outcome::Unknown);
        (open(&self.made), open(&self.reached))
    }

    /// Whether what a gate rests on was read at about the time of the failure.
    pub(super) fn is_of_then(&self, gate: Gate) -> bool {
        self.apart(gate).is_none() && !(gate == Gate::Policy && self.assigned.is_some())
    }

    /// Whether all that may not have taken effect yet is of groups.
    pub(super) fn is_of_groups(&self) -> bool {
        let of_policy = |it: &&GateResult| it.gate == Gate::Policy && it.needs.as_deref() == Some(EARLIER_SNAPSHOT);
        let gates = self.reached.iter().flat_map(|then| &then.gates).filter(of_policy);
        let mut changes = gates.flat_map(|gate| &gate.evidence).peekable();
        changes.peek().is_some() && changes.all(|one| super::first::is_of_group(&one.object))
    }

    fn apart(&self, gate: Gate) -> Option<&str> {
        // Changes are those of the policy.
        let gate = if gate == Gate::Time { Gate::Policy } else { gate };
        self.apart.iter().find(|(of, _)| *of == gate).map(|(_, words)| words.as_str())
    }

    /// Findings that the snapshot proves, and that may have been otherwise when the call failed, are likely at most.
    pub(super) fn doubt(
        &mut self,
        proved: &mut Vec<Finding>,
        context: Context<'_>,
        facts: &Facts,
        now: Option<Timestamp>,
    ) {
        let Some(snapshot) = context.snapshot else { return };
        let certain = |finding: &&mut Finding| finding.confidence == Confidence::Certain;
        for finding in proved.iter_mut().filter(|finding| OF_STATE.contains(&finding.gate)).filter(certain) {
            // The claims of a token are of the call itself.
            if finding.evidence.iter().any(|one| one.object.contains("token")) {
                continue;
            }
            let Some((words, needs)) = self.doubt_of(finding, snapshot, facts, now) else { continue };
            finding.lower(Confidence::Likely, &words);
            self.open.push((finding.cause.clone(), needs));
        }
        self.settle_disabled(proved, context.catalogue);
    }

    /// That the app was disabled when the call failed, by a later change of it: it may have been, or it was not.
    fn settle_disabled(&self, proved: &mut Vec<Finding>, catalogue: &Catalogue) {
        let Some((gate, enabled)) = &self.switched else { return };
        let known = proved.iter_mut().find(|finding| finding.cause == DISABLED);
        match (known, catalogue.cause(DISABLED)) {
            (Some(finding), _) if !enabled => {
                finding.lower(Confidence::Possible, "by the history it was disabled after the failure, or about then");
            }
            (None, Some(cause)) if *enabled => {
                let mut finding = finding(cause, Confidence::Possible);
                finding.explanation = "by the history it was enabled after the failure, or about then".into();
                finding.evidence.clone_from(&gate.evidence);
                proved.push(finding);
            }
            _ => {}
        }
    }

    fn doubt_of(
        &self,
        finding: &Finding,
        snapshot: &Snapshot,
        facts: &Facts,
        now: Option<Timestamp>,
    ) -> Option<(String, &'static str)> {
        let proves = |then: &Option<Judgement>| {
            let same = |it: &Finding| it.cause == finding.cause && it.confidence == Confidence::Certain;
            then.as_ref().is_none_or(|then| then.findings.iter().any(same))
        };
        let at = facts.moment;
        let first_seen =
            at.is_some_and(|at| snapshot.history.iter().any(|change| is_later(change, finding.gate, at, facts)));
        if !proves(&self.made) || first_seen {
            let words =
                "the snapshot knows of a change after the failure or about then, so that it may have been otherwise";
            return Some((words.to_owned(), EARLIER_SNAPSHOT));
        }
        if let Some((then, words)) = self.assigned.as_ref().filter(|_| finding.gate == Gate::Policy) {
            let same = |it: &Finding| it.cause == finding.cause && it.confidence == Confidence::Certain;
            if !then.findings.iter().any(same) {
                return Some((format!("{words}: it may have been otherwise then"), OF_THEN));
            }
        }
        let other_entry = finding.gate == Gate::Policy && other_entry(snapshot, at, facts);
        if !proves(&self.reached) || other_entry {
            let words = if self.no_clock {
                "it was changed shortly before it was read, and when the call failed is not known"
            } else {
                "a change shortly before the failure may not have taken effect by then, and how it was before is not known"
            };
            return Some((words.to_owned(), EARLIER_SNAPSHOT));
        }
        let mut reads = times(snapshot, finding.evidence.iter());
        let by_assignment = matches!(finding.cause.as_ref(), "policy-not-granted" | "policy-granted-to-another-user");
        if by_assignment && !finding.evidence.iter().any(|one| one.field == "effective") {
            // That nobody assigned it, the lists of assignments say.
            reads.extend([snapshot.direct.read_at, snapshot.groups.read_at].into_iter().flatten());
        }
        if finding.gate == Gate::Policy && finding.evidence.iter().any(|one| one.field.starts_with("effective")) {
            reads.extend(times_of_effective(snapshot, facts.user_asked().0));
        }
        let undated = snapshot.taken_at.is_none() && finding.evidence.iter().any(Evidence::is_undated_read);
        let Some(at) = at else {
            if undated && finding.evidence.iter().any(|one| one.read_at.is_some()) {
                // A failure without a time is taken to be of the snapshot's: what was read at no known time is not.
                return Some((format!("{UNDATED_PART}: it may have been otherwise then"), OF_THEN));
            }
            let words = self.far(snapshot, &reads).or_else(|| is_old(snapshot, &reads, now?))?;
            return Some((format!("{words}: it may have been otherwise then"), OF_THEN));
        };
        let of = Reads { snapshot, undone: &self.undone, user: self.pair.0, app: self.pair.1 };
        let unsaid = || undated.then(|| UNDATED.to_owned());
        let words = of.is_apart(finding.gate, &reads, at).or_else(unsaid)?;
        Some((format!("{words}: it may have been otherwise then"), OF_THEN))
    }

    /// Leaves of what was ruled out what also was when the call failed; the rest is only less likely.
    pub(super) fn keep_ruled_out(&self, ruled_out: &mut Vec<RuledOut>, context: Context<'_>, weaker: &mut Vec<Text>) {
        ruled_out.retain(|out| {
            let gate = context.catalogue.cause(&out.cause).and_then(|cause| cause.gates.first().copied());
            // What was granted excludes it, not the token.
            let gate = if out.cause == "token-older-than-grant" { Some(Gate::Permission) } else { gate };
            let apart = gate.is_some_and(|gate| self.apart(gate).is_some());
            // What was another way before a young change may still have been so for the service, where it refuses now.
            let young = self.refused && gate == Some(Gate::Policy) && !self.no_clock;
            let undated = self.no_clock && !(self.of_token && gate == Some(Gate::Permission));
            let then = match () {
                () if apart => &self.nothing,
                () if young || undated => &self.reached,
                () => &self.made,
            };
            let is_out = |then: &Judgement| then.ruled_out.iter().any(|it| it.cause == out.cause);
            let of_policy = gate.is_some_and(|gate| matches!(gate, Gate::Policy | Gate::Time));
            let assigned = self.assigned.as_ref().filter(|_| of_policy);
            // Which registrations there are, the list of the apps tells.
            let far_apps = out.cause == "another-registration-listed" && self.far_apps && out.by.is_none();
            let kept = then.as_ref().is_none_or(is_out) && assigned.is_none_or(|(then, _)| is_out(then)) && !far_apps;
            // What was granted later does not speak against it.
            let later = self.granted_later && gate == Some(Gate::Permission);
            if !kept && !later {
                weaker.push(out.cause.clone());
            }
            kept
        });
    }

    /// Why the outcome of a gate says nothing of the moment of the failure; such a gate excludes no cause.
    pub(super) fn reopens(&self, gate: &GateResult, cause: &str) -> Option<String> {
        let asked = if gate.gate == Gate::Time { Gate::Policy } else { gate.gate };
        if !OF_STATE.contains(&asked) || gate.outcome != Outcome::Pass {
            return None;
        }
        let differs = |then: &Judgement| {
            let unknown = |gate: Gate| then.outcome(gate) == Outcome::Unknown;
            let rests_on = if cause == "license-still-propagating" { Gate::User } else { Gate::Policy };
            if gate.gate == Gate::Time { self.is_changed(rests_on) } else { unknown(gate.gate) }
        };
        if let Some(words) = self.apart(asked) {
            let open = self.nothing.as_ref().is_some_and(|then| then.outcome(asked) != gate.outcome);
            return open.then(|| format!("{words}: it may have been otherwise then"));
        }
        let lists = self.assigned.as_ref().filter(|_| asked == Gate::Policy);
        if let Some((_, words)) = lists.filter(|(then, _)| then.outcome(asked) == Outcome::Unknown) {
            return Some(format!("{words}: it may have been otherwise then"));
        }
        if self.no_clock && gate.gate != Gate::Time {
            let words = "it was changed shortly before it was read, and when the call failed is not known";
            return self.reached.as_ref().is_some_and(differs).then(|| words.to_owned());
        }
        self.made.as_ref().is_some_and(differs).then(|| {
            "the snapshot knows of a change after the failure or about then, so that it may have been otherwise"
                .to_owned()
        })
    }

    /// Why a gate that passes, or is not asked, excludes a cause.
    pub(super) fn reason(&self, gate: &GateResult, why: &str) -> String {
        let is_open = |of: Gate| self.is_changed(of) || of == Gate::Permission && self.switched.is_some();
        if gate.gate == Gate::Time
            && gate.outcome == Outcome::Pass
            && [Gate::Permission, Gate::User].into_iter().any(is_open)
        {
            // The gate is left open, for what is none of this cause's.
            return "no change is known that was on its way".to_owned();
        }
        let note = if gate.note.is_empty() { String::new() } else { format!(": {}", gate.note) };
        format!("the {} gate {why}{note}", gate.gate.name())
    }

    /// Whether a gate rests on something that was, or may have been, changed after the failure.
    fn is_changed(&self, gate: Gate) -> bool {
        let of = |then: &Judgement| {
            then.gates.iter().any(|it| it.gate == gate && it.needs.as_deref() == Some(EARLIER_SNAPSHOT))
        };
        self.made.as_ref().is_some_and(of)
    }

    /// A cause that a gate would exclude, had it been the same when the call failed.
    pub(super) fn reopen(&mut self, finding: &mut Finding, words: &str) {
        if self.granted_later && finding.gate == Gate::Permission {
            // It does not, then.
            finding.explanation = LATER.into();
            self.open.push((finding.cause.clone(), EARLIER_SNAPSHOT));
            return;
        }
        finding.confidence = Confidence::Possible;
        finding.explanation = format!("the snapshot speaks against it; but {words}");
        let assigned = self.assigned.is_some() && matches!(finding.gate, Gate::Policy | Gate::Time);
        let apart = self.apart(finding.gate).is_some() || assigned;
        self.open.push((finding.cause.clone(), if apart { OF_THEN } else { EARLIER_SNAPSHOT }));
    }

    /// The gates say where they rest on a change that the failure may not have met, and are open there.
    pub(super) fn tell(&self, gates: &mut [GateResult]) {
        let decided = |gate: &&mut GateResult| matches!(gate.outcome, Outcome::Pass | Outcome::Fail);
        for gate in gates.iter_mut().filter(|gate| self.far.contains(&gate.gate)).filter(decided) {
            let open = self.nothing.as_ref().is_some_and(|then| then.outcome(gate.gate) == Outcome::Unknown);
            let Some(words) = self.apart(gate.gate).filter(|_| open) else { continue };
            gate.outcome = Outcome::Unknown;
            gate.needs = Some(Text::Borrowed(OF_THEN));
            let note = format!("{words}: it may have been otherwise then");
            gate.note = if gate.note.is_empty() { note } else { format!("{}; {note}", gate.note) };
        }
        for gate in gates.iter_mut() {
            // Of what passes, the time gate tells that it may not have taken effect; of a failure without a time nothing does.
            let made = gate.outcome == Outcome::Pass && !self.no_clock;
            let then = if made { &self.made } else { &self.reached };
            let open = then.iter().flat_map(|then| &then.gates).find(|it| it.gate == gate.gate);
            let open = open.filter(|it| it.needs.as_deref() == Some(EARLIER_SNAPSHOT) && it.outcome != gate.outcome);
            if let Some(open) = open.filter(|_| matches!(gate.outcome, Outcome::Pass | Outcome::Fail)) {
                *gate = open.clone();
            }
        }
    }

    /// A gate is unknown where what decides it was, or may have been, changed after the call had failed. So is then the time
    /// gate, but for the policy: what was changed later was not on its way.
    pub(super) fn leave_open(&self, gates: &mut [GateResult], snapshot: Option<&Snapshot>, facts: &Facts) {
        if let Some((then, words)) = &self.assigned {
            let decided = |gate: &&mut GateResult| matches!(gate.outcome, Outcome::Pass | Outcome::Fail);
            let policy = gates.iter_mut().find(|gate| gate.gate == Gate::Policy).filter(decided);
            if let Some(gate) = policy.filter(|_| then.outcome(Gate::Policy) == Outcome::Unknown) {
                gate.outcome = Outcome::Unknown;
                gate.needs = Some(Text::Borrowed(OF_THEN));
                let note = format!("{words}: it may have been otherwise then");
                gate.note = if gate.note.is_empty() { note } else { format!("{}; {note}", gate.note) };
            }
        }
        let (Some(snapshot), Some(at)) = (snapshot, facts.moment) else { return };
        let open = |gate: Gate| {
            let of_gate = snapshot.history.iter().filter(|it| parts(gate).contains(&it.part.as_str()));
            of_gate.into_iter().any(|change| is_after(change, at))
        };
        let made = |gate: Gate| {
            let then = self.made.iter().flat_map(|made| &made.gates).find(|it| it.gate == gate)?;
            (then.outcome == Outcome::Unknown && then.needs.as_deref() == Some(EARLIER_SNAPSHOT)).then_some(then)
        };
        let mut rests = None;
        for gate in gates.iter_mut().filter(|gate| OF_STATE.contains(&gate.gate) && gate.outcome != Outcome::Skipped) {
            let switched = self.switched.as_ref().map(|(gate, _)| gate).filter(|_| gate.gate == Gate::Permission);
            let then = made(gate.gate).filter(|_| open(gate.gate)).or(switched);
            let Some(then) = then else { continue };
            *gate = then.clone();
            if matches!(gate.gate, Gate::Permission | Gate::User) {
                rests = Some(then.clone());
            }
        }
        let time = gates.iter_mut().find(|gate| gate.gate == Gate::Time && gate.outcome == Outcome::Pass);
        if let (Some(time), Some(rests)) = (time, rests) {
            *time = GateResult { gate: Gate::Time, ..rests };
        }
    }

    /// What would decide the causes that the time leaves open comes before reads of today's state; the time itself, where it
    /// is not known, first of all.
    pub(super) fn settle_undecided(&self, undecided: &mut Vec<Undecided>, facts: &Facts, undated: bool) {
        const HOUR: i64 = 3_600;
        let is_known = facts.moment.is_some_and(|at| at.latest - at.earliest < HOUR);
        for (cause, needs) in &self.open {
            undecided.retain(|known| known.cause != *cause);
            if undated {
                undecided.push(Undecided { cause: cause.clone(), needs: Text::Borrowed(READ_WHEN) });
            } else if !is_known {
                undecided.push(Undecided { cause: cause.clone(), needs: Text::Borrowed(WHEN) });
            }
            undecided.push(Undecided { cause: cause.clone(), needs: Text::Borrowed(needs) });
        }
    }
}

/// When a token is accepted, by its claims.
pub(super) fn accepted(token: &Token) -> Option<Moment> {
    let time = |claim: Option<i64>| claim.filter(|second| Timestamp::from_second(*second).is_ok());
    let (from, until) = (time(token.issued_at), time(token.expires_at));
    let at = Moment { earliest: from.unwrap_or(i64::MIN), latest: until.unwrap_or(i64::MAX) };
    ((from.is_some() || until.is_some()) && at.earliest <= at.latest).then_some(at)
}

/// When what a finding or a gate rests on was read. A part that does not say so was read with the snapshot.
fn times<'e>(snapshot: &Snapshot, evidence: impl Iterator<Item = &'e Evidence>) -> Vec<Timestamp> {
    let inherited = |one: &Evidence| snapshot.taken_at.filter(|_| one.is_undated_read());
    evidence.filter_map(|one| one.read_at.as_ref().and_then(|at| at.parse().ok()).or_else(|| inherited(one))).collect()
}

fn times_of_effective(snapshot: &Snapshot, user: Option<Uuid>) -> impl Iterator<Item = Timestamp> {
    let part = &snapshot.effective;
    let of_user = part.known().iter().filter(move |read| Some(read.user_id) == user);
    of_user.filter_map(|read| read.read_at.or(part.read_at).or(snapshot.taken_at))
}

/// How long after a change Graph may still answer as before it, as far as a figure is documented.
fn delay(change: &Change, snapshot: &Snapshot, question: &Question) -> SignedDuration {
    let by_group = || {
        let of_user = snapshot.effective.known().iter().filter(|read| Some(read.user_id) == question.user_id);
        of_user.into_iter().any(|read| read.via == Some(Via::Group))
    };
    let name = match change.part.as_str() {
        "policies" | "direct" => "policy-change",
        "effective" if by_group() => "group-assignment",
        "effective" => "policy-change",
        "groups" | "members" => "group-assignment",
        "users" | "licenses" | "licences" => "teams-license",
        // A token keeps its roles.
        "apps" | "roles" => "token-lifetime",
        _ => return SignedDuration::ZERO,
    };
    SignedDuration::from_secs(window(name).and_then(|window| window.seconds).map_or(0, i64::from))
}

/// Whether a policy's entry was changed, after the failure or shortly before, that may be of this app by another id: of
/// its own objects, or of another registration of it.
fn other_entry(snapshot: &Snapshot, at: Option<Moment>, facts: &Facts) -> bool {
    let apps = snapshot.apps.known();
    let own = facts.app_asked();
    let name = |id: Uuid| apps.iter().find(|app| app.app_id == id).and_then(|app| app.name.as_deref()).map(str::trim);
    let own_name = own.and_then(name);
    // An id of no app that was read is one of this app's own objects only while not all of these are known.
    let all_own =
        apps.iter().find(|app| Some(app.app_id) == own).is_some_and(|app| app.knows_own_objects(snapshot.tenant_id));
    let is_of_another = |id: Uuid| {
        let same_name = |app: &crate::tenant::App| match (app.name.as_deref(), own_name) {
            (Some(theirs), Some(own)) => theirs.trim().eq_ignore_ascii_case(own),
            _ => false,
        };
        let ids = |app: &crate::tenant::App| [Some(app.app_id), app.service_principal_id, app.application_object_id];
        match apps.iter().find(|app| ids(app).contains(&Some(id))) {
            Some(app) => Some(id) == own || Some(app.app_id) != own && !same_name(app),
            None => Some(id) == own || all_own,
        }
    };
    let earliest = at.map(|at| at.earliest).or_else(|| snapshot.taken_at.map(|read| read.as_second() - SAME));
    let Some(earliest) = earliest else { return false };
    let delay = window("policy-change").and_then(|window| window.seconds).map_or(0, i64::from);
    snapshot.history.iter().filter(|change| change.part == "policies" && change.not_before.is_some()).any(|change| {
        let listed = change.value.as_deref().and_then(|value| Uuid::try_parse(value.trim()).ok());
        let end = change.not_after.or(snapshot.taken_at).or(change.not_before);
        listed.is_some_and(|id| !is_of_another(id)) && end.is_some_and(|end| end.as_second() + delay > earliest)
    })
}

/// Whether the state refuses the call, so that it explains the failure: at the policy, where the service says that it
/// asked it. `None`: it leaves that open.
fn refuses(question: &Question, now: &Judgement) -> Option<bool> {
    let asked: &[Gate] = if question.policy_asked { &[Gate::Policy] } else { &OF_STATE };
    let any = |outcome: Outcome| asked.iter().any(|gate| now.outcome(*gate) == outcome);
    if any(Outcome::Fail) { Some(true) } else { (!any(Outcome::Unknown)).then_some(false) }
}

fn is_id(text: &str, id: Option<Uuid>) -> bool {
    id.is_some_and(|id| text.trim().eq_ignore_ascii_case(&id.to_string()))
}

/// Whether a change was, or may have been, made after a failure.
fn is_after(change: &Change, at: Moment) -> bool {
    change.not_before.is_some() && change.not_after.is_some_and(|last| last.as_second() > at.earliest)
}

/// `the snapshot is 3 days newer than the failure`, where they are of different times.
pub(super) fn apart(snapshot: &Snapshot, facts: &Facts) -> Option<String> {
    let gap = distance(snapshot.taken_at?, facts.moment?);
    (!(-SAME..=SOON).contains(&gap)).then(|| words(gap))
}

/// How snapshot and failure may be of different states, by what is known of their times.
pub(super) fn order(snapshot: Option<&Snapshot>, facts: &Facts) -> String {
    let times = snapshot.and_then(|snapshot| snapshot.taken_at).map(Timestamp::as_second).zip(facts.moment);
    match times {
        Some((taken, at)) if taken > at.latest => "the snapshot is newer than the failure, or of another tenant",
        Some((taken, at)) if taken < at.earliest => {
            "the snapshot is older than the failure, so that the state may have changed since, or of another tenant"
        }
        Some(_) => "the snapshot may be newer than the failure, or of another tenant",
        None => "the snapshot may be of another time than the failure, or of another tenant",
    }
    .to_owned()
}

fn is_later(change: &Change, gate: Gate, at: Moment, facts: &Facts) -> bool {
    let part = change.part.as_str();
    let of = |id: Option<uuid::Uuid>| id.is_none_or(|id| change.key.trim().eq_ignore_ascii_case(&id.to_string()));
    let own = match part {
        // Another user's assignment is none of this call's.
        "direct" | "effective" | "users" | "licenses" | "licences" => of(facts.user_asked().0),
        "apps" | "roles" => of(facts.app_asked()),
        _ => true,
    };
    // Where it was known not to be before, the answer of then has it.
    let first_seen = change.not_before.is_none();
    first_seen
        && parts(gate).contains(&part)
        && own
        && change.not_after.is_some_and(|after| after.as_second() > at.earliest)
}
