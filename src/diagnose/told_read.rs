//! Output of `Get-CsApplicationAccessPolicy` that stands beside a failure: where it lists otherwise than the snapshot, one of
//! the two is of another state than the call met.

use uuid::Uuid;

use super::Finding;
use crate::input::Span;
use crate::knowledge::{Confidence, Gate};
use crate::source::slice;
use crate::tenant::import::{File, Options, import};
use crate::tenant::{Snapshot, name};

/// The read, in lower case.
const READ: &str = "get-csapplicationaccesspolicy";
/// So much is looked at on either side of a failure.
const NEAR: usize = 8 << 10;

/// What the snapshot proves of the policy is likely beside output that lists otherwise for this app.
pub(super) fn doubt(proved: &mut [Finding], text: &str, failure: Span, app: Option<Uuid>, snapshot: Option<&Snapshot>) {
    let certain = |it: &&mut Finding| it.gate == Gate::Policy && it.confidence == Confidence::Certain;
    let mut certain = proved.iter_mut().filter(certain).peekable();
    if certain.peek().is_none() {
        return;
    }
    let Some((app, snapshot)) = app.zip(snapshot) else { return };
    let above = slice(text, failure.start.saturating_sub(NEAR)..failure.start);
    let below = slice(text, failure.end..failure.end.saturating_add(NEAR));
    if [above, below].into_iter().filter_map(output).any(|output| differs(output, app, snapshot)) {
        let words = "the text has output of `Get-CsApplicationAccessPolicy` that lists otherwise than the snapshot: one of \
                     the two may be of another state than the failure";
        certain.for_each(|finding| finding.lower(Confidence::Likely, words));
    }
}

/// The last read of a text, with what it printed.
fn output(text: &str) -> Option<&str> {
    let at = text.to_ascii_lowercase().rfind(READ)?;
    let line = slice(text, 0..at).rfind('\n').map_or(0, |end| end + 1);
    let printed = slice(text, line..text.len());
    // A request or an answer behind it is no part of what was printed.
    let ends = ["\nHTTP/", "\nGET ", "\nPOST ", "\nPATCH ", "\nDELETE ", "\n{"];
    let end = ends.iter().filter_map(|end| printed.find(end)).min().unwrap_or(printed.len());
    Some(slice(printed, 0..end))
}

/// Whether what was printed lists the app where the snapshot does not, or the other way round.
fn differs(output: &str, app: Uuid, snapshot: &Snapshot) -> bool {
    let Ok(read) = import(&[File { name: "text", text: output }], &Options::default()) else { return false };
    let own = &snapshot.policies;
    read.snapshot.policies.known().iter().any(|printed| {
        let lists = printed.app_ids.contains(&app);
        match own.known().iter().find(|policy| name::same(&policy.name, &printed.name)) {
            Some(policy) => policy.app_ids.contains(&app) != lists,
            None => own.is_complete() && lists,
        }
    })
}
