//! When what a gate rests on was read, and how far that is from a failure.

use jiff::Timestamp;
use uuid::Uuid;

use crate::input::Moment;
use crate::knowledge::Gate;
use crate::tenant::{Change, Snapshot};

/// Reads and failures within a day are of one time, as far as nothing is known of a change between them.
pub(super) const SAME: i64 = 86_400;
/// A failure is mended after it, so that a later read that still refuses is of the same time for less long.
pub(super) const SOON: i64 = 3_600;
/// Nobody mends sooner, so that a later read that no longer refuses is of the same time.
pub(super) const MENDED: i64 = 1_800;
/// A failure without a time is taken to be of about the snapshot's, unless that is older than this.
pub(super) const RECENT: i64 = 90 * 86_400;
/// No single date leaves more open: 14 hours to either side.
pub(super) const WIDE: i64 = 28 * 3_600;
/// Of a state without any time.
pub(super) const UNDATED: &str = "the state does not say when it was read";

/// What was read of the pair that is judged, and when.
pub(super) struct Reads<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// Changes after the failure, which the snapshot no longer has.
    pub(super) undone: &'a [Change],
    pub(super) user: Option<Uuid>,
    pub(super) app: Option<Uuid>,
}

impl Reads<'_> {
    /// How far what was read is from the failure, where that is too far; `None` where it is of the same time, or was read
    /// on both sides of it.
    pub(super) fn is_apart(&self, gate: Gate, reads: &[Timestamp], at: Moment) -> Option<String> {
        let taken_at = self.snapshot.taken_at;
        if reads.is_empty() && taken_at.is_none() {
            return Some(UNDATED.to_owned());
        }
        let gaps = || reads.iter().copied().chain(taken_at.filter(|_| reads.is_empty()));
        let gap = gaps().map(|read| distance(read, at)).max_by_key(|gap| gap.abs()).unwrap_or_default();
        // A failure whose time is not known to the hour may be at the far end of what it may be.
        let oldest = reads.iter().copied().min().or(taken_at).map(|read| at.latest - read.as_second());
        if let Some(age) = oldest.filter(|age| (-SAME..0).contains(&gap) && *age > SAME) {
            return Some(format!("the snapshot may be {} older than the failure", length(age)));
        }
        if at.latest - at.earliest > WIDE {
            // Two dates that contradict each other: what was read has to be of the time of both.
            let ends = [at.earliest, at.latest].map(|end| Moment { earliest: end, latest: end });
            let apart = ends.into_iter().filter_map(|end| self.is_apart(gate, reads, end)).next();
            let day = at.latest - at.earliest == SAME + WIDE;
            let why = if day {
                "its day has no time, and by one end of it"
            } else {
                "its dates contradict each other, and by one of them"
            };
            return apart.map(|words| format!("{why} {words}"));
        }
        // A time without a zone is taken as UTC here: at its far end, every read after it would be too late to count.
        let after = |read: Timestamp| read.as_second() - stated(at);
        let late = || {
            let late = gaps().map(after).max().filter(|late| *late > SOON)?;
            self.first(gate, at).is_none_or(|read| after(read) > SOON).then_some(late)
        };
        // Of parts that were read on both sides of the failure each counts by its own time.
        let gap = Some(gap).filter(|gap| *gap < -SAME).or_else(late).or_else(|| Some(gap).filter(|gap| *gap > SAME))?;
        let apart = || if gap > 0 && at.earliest < at.latest { words_of_stated(gap) } else { words(gap) };
        (!self.is_covered(gate, at, gap)).then(apart)
    }

    /// A state that does not refuse the call, or leaves that open, and that may have been read so long after the failure
    /// that it was mended by then.
    pub(super) fn is_mended(
        &self,
        gate: Gate,
        reads: &[Timestamp],
        at: Moment,
        refuses: Option<bool>,
    ) -> Option<String> {
        let last = self.first(gate, at).or_else(|| reads.iter().copied().max()).or(self.snapshot.taken_at)?;
        let after = last.as_second() - at.earliest;
        let (long, words) = match refuses {
            Some(true) => return None,
            Some(false) => (MENDED, "does not refuse the call"),
            None => (0, "does not tell whether it refuses the call"),
        };
        (after > long && !self.is_covered(gate, at, after))
            .then(|| format!("the snapshot may have been read after the failure, and {words}"))
    }

    /// When what a gate asks was first read after a failure, if it was read again later: what changed between is known.
    fn first(&self, gate: Gate, at: Moment) -> Option<Timestamp> {
        let is_later = |read: &Timestamp| read.as_second() >= at.earliest;
        if gate != Gate::Policy {
            return self.earlier(parts(gate)).filter(is_later).min();
        }
        // What the policies list and what the user has are read apart.
        let now = self.snapshot.policies.read_at;
        let policies = self.earlier(&["policies"]).chain(now).filter(is_later).min()?;
        Some(policies.max(self.earlier(&ASSIGNED).filter(is_later).min()?))
    }

    /// Whether an earlier read of the same state is on the other side of the failure: the later one would name a change
    /// between them.
    fn is_covered(&self, gate: Gate, at: Moment, gap: i64) -> bool {
        let read = |parts: &[&str]| self.earlier(parts).any(|before| before.as_second() <= at.earliest);
        // What was read before the failure tells nothing of what came after.
        gap > 0
            && match gate {
                Gate::Policy => read(&["policies"]) && read(&ASSIGNED),
                gate => read(parts(gate)),
            }
    }

    /// Earlier reads of these parts, as far as they are of this user and app.
    fn earlier(&self, parts: &[&str]) -> impl Iterator<Item = Timestamp> {
        let all = self.snapshot.history.iter().chain(self.undone);
        let own = all.filter(move |change| parts.contains(&change.part.as_str()) && is_by_reads(change));
        own.filter(|change| self.tells_of_pair(change)).filter_map(|change| change.not_before)
    }

    /// Whether who read what an entry is about also read it of this user or app: a whole list, or its own entry.
    fn tells_of_pair(&self, change: &Change) -> bool {
        let is = |id: Option<Uuid>| id.is_some_and(|id| change.key.trim().eq_ignore_ascii_case(&id.to_string()));
        match change.part.as_str() {
            "direct" => is(self.user) || self.snapshot.direct.is_complete(),
            "groups" => self.snapshot.groups.is_complete(),
            "users" | "licenses" | "licences" => is(self.user) || self.snapshot.users.is_complete(),
            "effective" => is(self.user),
            "apps" | "roles" => is(self.app),
            // Who was in one group says nothing of the assignments.
            "members" => false,
            _ => true,
        }
    }
}

/// Parts any of which tells what the user has.
pub(super) const ASSIGNED: [&str; 3] = ["direct", "groups", "effective"];

/// The moment that a failure states: a time without a zone is first taken as UTC.
pub(super) const fn stated(at: Moment) -> i64 {
    at.earliest.midpoint(at.latest)
}

pub(super) fn is_by_reads(change: &Change) -> bool {
    change.source.as_deref() == Some("two reads")
}

/// How far the reads are from the time on the line of a failure, where that is too far.
pub(super) fn is_far(snapshot: &Snapshot, reads: &[Timestamp], told: Moment) -> Option<String> {
    if reads.is_empty() && snapshot.taken_at.is_none() {
        return Some(UNDATED.to_owned());
    }
    let gap = reads.iter().map(|read| distance(*read, told)).max_by_key(|gap| gap.abs());
    let gap = gap.or_else(|| snapshot.taken_at.map(|read| distance(read, told)))?;
    (gap.abs() > SAME).then(|| format!("by the time that is given with it, {}", words(gap)))
}

/// How far the reads are from the time in which the token of a failure was accepted, where that is too far: as of a failure
/// whose time is known.
pub(super) fn is_of_other_token(reads: &[Timestamp], accepted: Moment) -> Option<String> {
    let gaps = reads.iter().map(|read| distance(*read, accepted));
    let gap = gaps.filter(|gap| !(-SAME..=SOON).contains(gap)).max_by_key(|gap| gap.abs())?;
    Some(format!("by the call's token, {}", words(gap)))
}

/// How far the reads are from the moment that a failure without a time is judged as of, where that is too far: as of a failure
/// of that moment.
pub(super) fn is_of_other_read(reads: &[Timestamp], judged: Timestamp) -> Option<String> {
    let gaps = reads.iter().map(|read| read.as_second() - judged.as_second());
    let gap = gaps.filter(|gap| !(-SAME..=SOON).contains(gap)).max_by_key(|gap| gap.abs())?;
    let side = if gap > 0 { "newer" } else { "older" };
    let long = length(gap.abs());
    Some(format!(
        "when the call failed is not known, and the snapshot is {long} {side} than the moment that it is judged as of"
    ))
}

/// How old the oldest of the reads is, where that is too old to be of the time of a failure that has none; and where the
/// newest is of a time that is still to come, so that a clock was wrong.
pub(super) fn is_old(snapshot: &Snapshot, reads: &[Timestamp], now: Timestamp) -> Option<String> {
    let newest = reads.iter().copied().max().or(snapshot.taken_at)?;
    if newest.as_second() - now.as_second() > SAME {
        return Some(
            "when the call failed is not known, and the snapshot is of a time that is still to come".to_owned(),
        );
    }
    let oldest = reads.iter().copied().min().or(snapshot.taken_at)?;
    let age = now.as_second() - oldest.as_second();
    let long = length(age);
    (age > RECENT).then(|| format!("when the call failed is not known, and the snapshot is {long} old"))
}

/// By how many seconds a read is later than a failure, at least; below zero: earlier.
pub(super) fn distance(read: Timestamp, at: Moment) -> i64 {
    let read = read.as_second();
    if read > at.latest {
        read - at.latest
    } else if read < at.earliest {
        read - at.earliest
    } else {
        0
    }
}

pub(super) fn words_of_stated(gap: i64) -> String {
    format!("the snapshot is {} newer than the time that the failure states, whose zone is not known", length(gap))
}

pub(super) fn words(gap: i64) -> String {
    let side = if gap > 0 { "newer" } else { "older" };
    format!("the snapshot is {} {side} than the failure", length(gap.abs()))
}

pub(super) fn length(seconds: i64) -> String {
    let count = |count: i64, unit: &str| if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") };
    match seconds {
        172_800.. => count(seconds / 86_400, "day"),
        5_400.. => count((seconds + 1_800) / 3_600, "hour"),
        _ => count(seconds / 60, "minute"),
    }
}

/// Parts of the snapshot that a gate asks.
pub(super) fn parts(gate: Gate) -> &'static [&'static str] {
    match gate {
        Gate::Policy => &["policies", "direct", "groups", "members", "effective"],
        Gate::Permission => &["apps", "roles"],
        Gate::User => &["users", "licenses", "licences"],
        Gate::Tenant => &["settings"],
        _ => &[],
    }
}
