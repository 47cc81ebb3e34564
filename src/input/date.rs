//! Dates in failures: what moment they may mean.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;

use super::Moment;

/// The zone of `innerError.date` is documented nowhere, so it may be any.
const ANY_ZONE: i64 = 14 * 3600;

/// The moment of an HTTP `Date` header (always UTC, RFC 9110).
#[must_use]
pub fn moment_of_http_date(text: &str) -> Option<Moment> {
    let zoned = rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(Moment { earliest: zoned.as_second(), latest: zoned.as_second() })
}

/// The moment of `innerError.date`: as UTC, 14 hours to either side.
pub(crate) fn moment_of_inner_date(text: &str) -> Option<Moment> {
    let civil: DateTime = text.trim().trim_end_matches('Z').parse().ok()?;
    let second = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    Some(Moment { earliest: second - ANY_ZONE, latest: second + ANY_ZONE })
}

/// A time given by the user: RFC 3339, with its offset.
///
/// # Errors
/// Says what is wrong with the text.
pub fn parse_time(text: &str) -> Result<i64, String> {
    text.parse::<Timestamp>()
        .map(Timestamp::as_second)
        .map_err(|_| format!("`{text}` is not a time with a zone; write it like 2026-11-23T10:05:00Z"))
}
