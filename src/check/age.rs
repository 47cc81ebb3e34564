//! How long ago something was, for people.

use jiff::Timestamp;

/// How long before the time that is asked about something was.
#[must_use]
pub fn ago(at: Timestamp, then: Timestamp) -> String {
    let seconds = at.duration_since(then).as_secs();
    if seconds < 0 {
        return format!("{} after the time that is asked about", span(-seconds));
    }
    format!("{} ago", span(seconds))
}

/// A number of seconds in the unit that tells it best.
#[must_use]
pub fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}
