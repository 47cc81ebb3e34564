//! Of which of several snapshots a file is: the one of whose tenant, users, groups, apps or policies it speaks.

use uuid::Uuid;

use super::context::ids_in;
use super::gather::is_export;
use crate::tenant::snapshot::Snapshot;
use crate::tenant::{name, parse_id};

/// Whether a file is an export of this project that says that it is of a tenant none of these snapshots is of.
#[must_use]
pub fn is_of_another_tenant(text: &str, snapshots: &[&Snapshot]) -> bool {
    if !is_export(text) {
        return false;
    }
    let head = text.lines().next().unwrap_or_default();
    let value: Option<serde_json::Value> = serde_json::from_str(head.trim_start_matches('\u{feff}')).ok();
    let tenant = value.as_ref().and_then(|it| it.get("tenant_id")?.as_str()).and_then(parse_id);
    tenant.is_some_and(|id| snapshots.iter().all(|it| it.tenant_id.is_some_and(|own| own != id)))
}

/// The snapshot that a file is of, by position. `Err`: that many of them may be.
///
/// # Errors
///
/// The number of snapshots that have something that the file names, if that is not one.
pub fn owner(text: &str, snapshots: &[&Snapshot]) -> Result<usize, usize> {
    if let [_] = snapshots {
        return Ok(0);
    }
    let mut ids: Vec<Uuid> = ids_in(text).collect();
    ids.sort_unstable();
    ids.dedup();
    let lower = text.to_lowercase();
    let has = |id: &Uuid| ids.binary_search(id).is_ok();
    // What belongs to one tenant only, before what several may have.
    let own = |it: &Snapshot| {
        let users = || it.users.known().iter();
        let groups = it.groups.known().iter().map(|group| &group.group_id);
        it.tenant_id.as_ref().is_some_and(has)
            || users().any(|user| has(&user.id))
            || it.direct.known().iter().any(|direct| has(&direct.user_id))
            || groups.chain(it.nested_groups.iter().map(|group| &group.group_id)).any(has)
            || it.apps.known().iter().filter_map(|app| app.service_principal_id.as_ref()).any(has)
            || users().filter_map(|user| user.upn.as_deref()).any(|upn| names(&lower, &upn.to_lowercase()))
    };
    let shared = |it: &Snapshot| {
        let policies = it.policies.known().iter().map(|policy| policy.name.as_str());
        it.apps.known().iter().any(|app| has(&app.app_id))
            || policies.filter(|own| !name::is_global(own)).any(|own| names(&lower, &own.to_lowercase()))
    };
    let by = |test: &dyn Fn(&Snapshot) -> bool| -> Vec<usize> {
        snapshots.iter().enumerate().filter(|(_, it)| test(it)).map(|(at, _)| at).collect()
    };
    let mut found = by(&own);
    if found.is_empty() {
        found = by(&shared);
    }
    match found.as_slice() {
        [one] => Ok(*one),
        many => Err(many.len()),
    }
}

/// Whether a text has this word, and not as a piece of a longer one.
fn names(text: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            let before = text.get(..at).and_then(|it| it.chars().next_back());
            let after = text.get(at.saturating_add(word.len())..).and_then(|it| it.chars().next());
            !before.is_some_and(joins) && !after.is_some_and(joins)
        })
}
