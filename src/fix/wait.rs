//! The wait that an answer names in `Retry-After`.

use crate::input::{Facts, moment_of_http_date};

/// The window of causes whose answer names the wait itself.
pub(super) const WINDOW: &str = "retry-after";
/// Nobody waits longer for an answer.
const LONGEST: f64 = 365.0 * 86_400.0;

/// How long, or until when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wait<'f> {
    /// Seconds, as written.
    Seconds(&'f str),
    /// A Unix time.
    Until(i64),
}

/// What the header says, where it can be read: seconds, also with a fraction, or an HTTP date.
pub(super) fn of(facts: &Facts) -> Option<Wait<'_>> {
    read(facts.retry_after.as_ref()?.value.trim())
}

fn read(value: &str) -> Option<Wait<'_>> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole) && digits(fraction) {
        let seconds: f64 = value.parse().ok()?;
        return (seconds <= LONGEST).then_some(Wait::Seconds(value));
    }
    moment_of_http_date(value).map(|moment| Wait::Until(moment.earliest))
}

impl Wait<'_> {
    /// As `effective_from` of a fix.
    pub(super) fn from(self) -> Option<String> {
        match self {
            Self::Seconds(value) => Some(format!("PT{value}S")),
            Self::Until(second) => Some(jiff::Timestamp::from_second(second).ok()?.to_string()),
        }
    }

    /// Behind `send the request again `.
    pub(super) fn pause(self) -> Option<String> {
        let words = self.words()?;
        Some(match self {
            Self::Seconds(_) => format!("after {words}, as `Retry-After` says"),
            Self::Until(_) => format!("from {} on, as `Retry-After` says", self.from()?),
        })
    }

    /// Behind `wait `.
    pub(super) fn words(self) -> Option<String> {
        match self {
            Self::Seconds("1") => Some("1 second".to_owned()),
            Self::Seconds(value) => Some(format!("{value} seconds")),
            Self::Until(_) => Some(format!("until {}", self.from()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let told = |value: &str| read(value).map(|wait| (wait.from(), wait.words()));
        let some = |from: &str, words: &str| Some((Some(from.to_owned()), Some(words.to_owned())));
        assert_eq!(told("10"), some("PT10S", "10 seconds"));
        assert_eq!(told("1"), some("PT1S", "1 second"));
        assert_eq!(told("2.128"), some("PT2.128S", "2.128 seconds"));
        assert_eq!(told("Fri, 20 Nov 2026 10:05:21 GMT"), some("2026-11-20T10:05:21Z", "until 2026-11-20T10:05:21Z"));
        let paused = |value: &str| read(value).and_then(Wait::pause);
        assert_eq!(paused("17").as_deref(), Some("after 17 seconds, as `Retry-After` says"));
        let date = paused("Fri, 20 Nov 2026 10:05:21 GMT");
        assert_eq!(date.as_deref(), Some("from 2026-11-20T10:05:21Z on, as `Retry-After` says"));
        for bad in ["", "soon", "-1", "1e3", ".5", "5.", "99999999999"] {
            assert_eq!(told(bad), None, "{bad}");
        }
    }
}
