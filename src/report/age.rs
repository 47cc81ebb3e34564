//! How old a snapshot is, for people.

use jiff::Timestamp;

use crate::check::age::ago;
use crate::source::sanitise::one_line;
use crate::tenant::Snapshot;

/// Name and age of a snapshot, on one line.
#[must_use]
pub fn state(name: &str, snapshot: &Snapshot, at: Timestamp) -> String {
    let age = snapshot.taken_at.map_or_else(
        || {
            "it does not say when it was taken (`graphwhy import --taken-at TIME` writes a snapshot that does)"
                .to_owned()
        },
        |taken| format!("taken {taken}, {}", ago(at, taken)),
    );
    format!("state {}: {age}", one_line(name))
}
