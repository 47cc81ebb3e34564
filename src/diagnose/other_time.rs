//! A snapshot of one time and a failure of another: what was read then is evidence of now, and no proof.

use jiff::Timestamp;

use super::{Context, Finding};
use crate::input::{Facts, Moment};
use crate::knowledge::{Confidence, Gate};
use crate::tenant::{Change, Snapshot};

/// Reads and failures within a day are of one time, as far as nothing is known of a change between them.
const SAME: i64 = 86_400;

/// Findings that the snapshot proves, and that may have been otherwise when the call failed, are likely at most: the state
/// was changed after it, or was read at another time and is not known to have been the same on both sides.
pub(super) fn doubt(proved: &mut [Finding], context: Context<'_>, facts: &Facts) {
    let (Some(snapshot), Some(at)) = (context.snapshot, facts.moment) else { return };
    let of_state = |gate: Gate| matches!(gate, Gate::Policy | Gate::Permission | Gate::User | Gate::Tenant);
    let certain = |finding: &&mut Finding| finding.confidence == Confidence::Certain;
    for finding in proved.iter_mut().filter(|finding| of_state(finding.gate)).filter(certain) {
        let reads: Vec<Timestamp> =
            finding.evidence.iter().filter_map(|one| one.read_at.as_ref()?.parse().ok()).collect();
        // The claims of a token are of the call itself.
        if finding.evidence.iter().any(|one| one.object.contains("token")) {
            continue;
        }
        let dated = !reads.is_empty() || snapshot.taken_at.is_some();
        let later = snapshot.history.iter().any(|change| is_later(change, finding.gate, at, facts));
        let gap = reads.iter().copied().chain(snapshot.taken_at.filter(|_| reads.is_empty()));
        let gap = gap.map(|read| distance(read, at)).max_by_key(|gap| gap.abs()).unwrap_or_default();
        let words = if later {
            "the snapshot knows of a change after the failure, so that it may have been otherwise then".to_owned()
        } else if !dated {
            "the state does not say when it was read: it may have been otherwise then".to_owned()
        } else if gap.abs() > SAME && !is_covered(snapshot, finding.gate, at, gap) {
            format!("{}: it may have been otherwise then", words(gap))
        } else {
            continue;
        };
        finding.lower(Confidence::Likely, &words);
    }
}

/// `the snapshot is 3 days newer than the failure`, where they are of different times.
pub(super) fn apart(snapshot: &Snapshot, facts: &Facts) -> Option<String> {
    let gap = distance(snapshot.taken_at?, facts.moment?);
    (gap.abs() > SAME).then(|| words(gap))
}

/// By how many seconds a read is later than a failure, at least; below zero: earlier.
fn distance(read: Timestamp, at: Moment) -> i64 {
    let read = read.as_second();
    if read > at.latest {
        read - at.latest
    } else if read < at.earliest {
        read - at.earliest
    } else {
        0
    }
}

fn words(gap: i64) -> String {
    let side = if gap > 0 { "newer" } else { "older" };
    let count = |count: i64, unit: &str| if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") };
    let long = match gap.abs() {
        seconds if seconds >= 2 * 86_400 => count(seconds / 86_400, "day"),
        seconds => count((seconds + 1_800) / 3_600, "hour"),
    };
    format!("the snapshot is {long} {side} than the failure")
}

/// Parts of the snapshot that a gate asks.
fn parts(gate: Gate) -> &'static [&'static str] {
    match gate {
        Gate::Policy => &["policies", "direct", "groups", "members", "effective"],
        Gate::Permission => &["apps", "roles"],
        Gate::User => &["users", "licenses", "licences"],
        Gate::Tenant => &["settings"],
        _ => &[],
    }
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
    parts(gate).contains(&part) && own && change.not_after.is_some_and(|after| after.as_second() > at.latest)
}

/// Whether an earlier read of the same state is on the other side of the failure: the later one would name a change
/// between them.
fn is_covered(snapshot: &Snapshot, gate: Gate, at: Moment, gap: i64) -> bool {
    let by_reads = |change: &&Change| change.source.as_deref() == Some("two reads");
    let read = |part: &str| {
        let of_part = snapshot.history.iter().filter(|change| change.part == part).filter(by_reads);
        of_part.filter_map(|change| change.not_before).any(|before| before.as_second() <= at.earliest)
    };
    // What was read before the failure tells nothing of what came after.
    gap > 0
        && match gate {
            Gate::Policy => read("policies") && ["direct", "groups", "members", "effective"].into_iter().any(read),
            gate => parts(gate).iter().any(|part| read(part)),
        }
}
