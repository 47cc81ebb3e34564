//! What an answer means: done, try again (and when), or never.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::error::ReadError;
use crate::source::Source;
use crate::source::sanitise;

/// What to do with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It holds what was asked for.
    Done,
    /// Ask again, not before this time has passed; `throttled`: the service asked for patience.
    Again { after: Option<Duration>, throttled: bool, why: String },
    /// Asking again would not help.
    Never(ReadError),
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorObject,
}

#[derive(Deserialize)]
struct ErrorObject {
    code: Option<String>,
    message: Option<String>,
}

/// Whether an answer holds what was asked for: 202 holds nothing yet, 203 what somebody on the way made of it, 206 a
/// piece.
pub(super) fn is_good(status: u16) -> bool {
    status == 200
}

/// Judges a status with what came with it. `body` is the answer as far as it is text.
pub(super) fn judge(status: u16, retry_after: Option<Duration>, body: &str, kind: Option<&str>) -> Verdict {
    if is_good(status) {
        return Verdict::Done;
    }
    let error = serde_json::from_str::<ErrorBody>(body).ok().map(|body| body.error);
    let said = match &error {
        Some(error) => {
            let code = error.code.as_deref().filter(|code| !code.is_empty());
            let message = error.message.as_deref().filter(|message| !message.is_empty());
            let words = [code, message].into_iter().flatten().collect::<Vec<_>>().join(": ");
            harmless(&format!("{status} {words}"))
        }
        None => {
            format!("{status} without the service's error object ({}): a proxy may have answered", kind_words(kind))
        }
    };
    match status {
        408 | 429 | 500 | 502 | 503 | 504 | 509 => {
            Verdict::Again { after: retry_after, throttled: status == 429 || retry_after.is_some(), why: said }
        }
        401 => Verdict::Never(ReadError::Refused(said)),
        // JSON comes from a service, whatever form its errors have; a page comes from a proxy.
        403 if error.is_some() || is_object(body) => Verdict::Never(ReadError::Forbidden(said)),
        404 if error.is_some() => Verdict::Never(ReadError::NotFound(said)),
        400 | 405 | 501 => Verdict::Never(ReadError::Unsupported(said)),
        _ => Verdict::Never(ReadError::Failed(said)),
    }
}

fn is_object(body: &str) -> bool {
    body.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok()
}

/// The media type of an answer, for people.
pub(super) fn kind_words(kind: Option<&str>) -> String {
    let kind = kind.and_then(|kind| kind.split(';').next()).map_or("", str::trim);
    if kind.is_empty() { "no media type".to_owned() } else { sanitise::shortened(&sanitise::one_line(kind), 60) }
}

/// Text of a service as it may be shown and stored: one line, short, without secrets.
pub(super) fn harmless(text: &str) -> String {
    let masked = Source::from_text("answer", sanitise::shortened(text, 2000));
    sanitise::shortened(&sanitise::one_line(masked.text()), 300)
}

/// A longer wait is as good as none that ends.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// `Retry-After` in seconds (also fractional) or as an HTTP date, which is compared with the answer's own `Date`.
/// What cannot be read as a wait says nothing: `None`, and the caller's own backoff decides.
pub(super) fn retry_after(value: &str, date: Option<Timestamp>) -> Option<Duration> {
    let value = value.trim();
    let asked = match value.parse::<f64>() {
        // However many digits it has, it is a number, and asks for more patience than anybody has.
        Ok(seconds) if seconds > LONGEST.as_secs_f64() => {
            let is_read = seconds.is_finite() || value.bytes().all(|byte| byte.is_ascii_digit());
            return is_read.then_some(LONGEST);
        }
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => Duration::try_from(http_date(value)?.duration_since(date?)).unwrap_or(Duration::ZERO),
    };
    Some(asked.min(LONGEST))
}

/// An HTTP date: the form that is written, and the two older ones that have to be read (RFC 9110, 5.6.7).
pub(super) fn http_date(value: &str) -> Option<Timestamp> {
    let value = value.trim();
    let fixed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok();
    let older = || {
        let read = |form: &str| jiff::fmt::strtime::parse(form, value).ok()?.to_datetime().ok();
        let date = read("%A, %d-%b-%y %H:%M:%S GMT").or_else(|| read("%a %b %e %H:%M:%S %Y"))?;
        date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|date| date.timestamp())
    };
    let date = fixed.or_else(older)?;
    // A server without a clock counts from 1970.
    (date.as_second() > 1_262_304_000).then_some(date)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn patience_in_every_form() {
        let date = http_date("Mon, 23 Nov 2026 10:00:00 GMT");
        assert!(date.is_some());
        assert_eq!(retry_after("1.5", None), Some(Duration::from_millis(1500)));
        assert_eq!(retry_after(" 120 ", None), Some(Duration::from_secs(120)));
        // As JSON may write a number in the answer of a batch.
        for hundred in ["1e2", "100.0", "1E+2"] {
            assert_eq!(retry_after(hundred, None), Some(Duration::from_secs(100)), "{hundred}");
        }
        assert_eq!(retry_after("Mon, 23 Nov 2026 10:00:07 GMT", date), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Mon, 23 Nov 2026 09:00:00 GMT", date), Some(Duration::ZERO));
        for older in ["Monday, 23-Nov-26 10:00:07 GMT", "Mon Nov 23 10:00:07 2026"] {
            assert_eq!(retry_after(older, date), Some(Duration::from_secs(7)), "{older}");
        }
        let digits = "9".repeat(400);
        for long in ["99999999999999999999999", "1e300", "31536001", &digits] {
            assert_eq!(retry_after(long, None), Some(LONGEST), "{long}");
        }
        assert_eq!(retry_after("Fri, 01 Jan 9999 00:00:00 GMT", date), Some(LONGEST));
        // No number holds these.
        for absurd in ["1e400", "1e9999", "-1e9999"] {
            assert_eq!(retry_after(absurd, None), None, "{absurd}");
        }
        for bad in ["", "-1", "-1e400", "NaN", "inf", "infinity", "soon", "Mon, 23 Nov 2026 10:00:07 GMT"] {
            assert_eq!(retry_after(bad, None), None, "{bad}");
        }
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), None);
    }

    #[test]
    fn statuses() {
        let graph = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}"#;
        assert_eq!(judge(200, None, "", None), Verdict::Done);
        for piece in [202, 203, 204, 206, 304] {
            let verdict = judge(piece, None, r#"{"value":[]}"#, None);
            assert!(matches!(verdict, Verdict::Never(ReadError::Failed(_))), "{piece}: {verdict:?}");
        }
        assert_eq!(
            judge(403, None, graph, None),
            Verdict::Never(ReadError::Forbidden("403 Authorization_RequestDenied: Insufficient privileges.".into()))
        );
        // A page of a proxy does not say what exists.
        for status in [403, 404] {
            let verdict = judge(status, None, "<html>no</html>", Some("text/html; charset=utf-8"));
            assert!(matches!(verdict, Verdict::Never(ReadError::Failed(text)) if text.contains("(text/html)")));
        }
        assert!(matches!(judge(404, None, graph, None), Verdict::Never(ReadError::NotFound(_))));
        assert!(matches!(judge(401, None, graph, None), Verdict::Never(ReadError::Refused(_))));
        assert!(matches!(judge(429, None, graph, None), Verdict::Again { throttled: true, .. }));
        assert!(matches!(judge(500, None, "", None), Verdict::Again { throttled: false, .. }));
        assert!(matches!(judge(400, None, graph, None), Verdict::Never(ReadError::Unsupported(_))));
    }

    #[test]
    fn secrets_in_messages_are_masked() {
        assert!(!harmless("bad token: Bearer 0123456789abcdef0123456789").contains("0123456789abcdef"));
        assert_eq!(harmless("a\u{1b}[31m\r\nb"), "a␛[31m b");
    }
}
