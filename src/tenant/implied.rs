//! Changes that a read of an effective policy implies: it shows another policy than the lists that were read before it
//! lead to, so that an assignment was changed between the two.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use super::effective::{Level, by_lists};
use super::snapshot::{Change, EffectiveRead, Snapshot, Status};
use super::view::View;
use super::{name, overtaken, parse_id};

/// Who says that an assignment changed between the lists and the later read.
const BY_READS: &str = "the lists of assignments, and a later read of the effective policy";
/// Fewer users are looked up one by one.
const FEW: usize = 16;

/// Adds them to the history, which may have them.
pub(super) fn add(snapshot: &mut Snapshot) {
    let part_at = snapshot.effective.read_at.or(snapshot.taken_at);
    let dated = |read: &EffectiveRead| read.read_at.or(part_at);
    let lists = [snapshot.direct.read_at, snapshot.groups.read_at];
    let first = lists.into_iter().flatten().chain(snapshot.taken_at).min();
    let is_later = |read: &&EffectiveRead| dated(read).is_some_and(|at| first.is_some_and(|first| first < at));
    let later = snapshot.effective.known().iter().filter(is_later).count();
    if later == 0 {
        return;
    }
    let view = if later <= FEW { View::new(snapshot) } else { View::indexed(snapshot) };
    let is_known: BTreeSet<(Uuid, Option<Timestamp>)> = snapshot
        .history
        .iter()
        .filter(|change| change.source.as_deref() == Some(BY_READS))
        .filter_map(|change| Some((parse_id(&change.key)?, change.not_after)))
        .collect();
    let mut found = Vec::new();
    for read in snapshot.effective.known().iter().filter(is_later) {
        // Reads that disagree tell nothing of the lists.
        let newest = view.effective_reads(read.user_id);
        let [newest] = newest.as_slice() else { continue };
        let Some(at) = dated(read).filter(|_| std::ptr::eq(*newest, read)) else { continue };
        let Some(from) = changed_since(&view, read).filter(|from| *from < at) else { continue };
        if is_known.contains(&(read.user_id, Some(at))) {
            continue;
        }
        found.push(Change {
            part: "effective".to_owned(),
            key: read.user_id.to_string(),
            change: "changed".to_owned(),
            value: read.policy.clone(),
            not_before: Some(from),
            not_after: Some(at),
            source: Some(BY_READS.to_owned()),
        });
    }
    snapshot.history.extend(found);
}

/// When the lists were read that lead to another policy than the read shows; `None` where they do not, or leave it open.
fn changed_since(view: &View<'_>, read: &EffectiveRead) -> Option<Timestamp> {
    let snapshot = view.snapshot();
    let direct_at = snapshot.direct.read_at.or(snapshot.taken_at);
    let listed = view.direct(read.user_id).map(|direct| direct.policy.as_deref());
    let whole = snapshot.direct.status == Status::Complete;
    if let Some(direct) = listed.or(whole.then_some(None))
        && !overtaken::allows(read, direct)
    {
        return direct_at;
    }
    let lists = by_lists(view, read.user_id);
    let held = lists.known()?;
    if name::same(held.policy, read.policy.as_deref().unwrap_or(name::GLOBAL)) {
        return None;
    }
    if held.level == Level::Direct {
        return direct_at;
    }
    let groups_at = snapshot.groups.read_at.or(snapshot.taken_at);
    let members = snapshot.groups.known().iter().map(|group| group.members.read_at.or(groups_at));
    // All of them are older, so that the oldest bounds the change.
    let times: Option<Vec<Timestamp>> = [direct_at, groups_at].into_iter().chain(members).collect();
    let times = times?;
    let at = read.read_at.or(snapshot.effective.read_at).or(snapshot.taken_at)?;
    times.iter().all(|time| *time < at).then(|| times.into_iter().min()).flatten()
}
