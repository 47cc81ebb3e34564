//! The time that a text gives beside a failure without a clock: no proof of when it was, and a doubt.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::input::{Moment, Span};
use crate::source::slice;

/// No zone is further from UTC.
const ANY_ZONE: i64 = 14 * 3_600;
/// Lines are not looked at beyond this.
const LINE: usize = 2_048;
/// So many lines above what a record says are looked at, the head of a mail or the beginning of a session among them.
const ABOVE: usize = 40;
/// So many lines below.
const BELOW: usize = 4;

/// Whether the line of a failure, or one right above it, has a date without its year and no other: `Nov 28 09:38:00 web1 …`.
pub(super) fn is_without_year(text: &str, failure: Span) -> bool {
    of(text, failure).is_none() && lines(text, failure).any(begins_without_year)
}

/// The month, the day and the time that a system log puts before each line.
fn begins_without_year(line: &str) -> bool {
    let is_clock = |word: &str| {
        let clock = word.split(['.', ',', ']']).next().unwrap_or_default();
        clock.len() == 8 && clock.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
    };
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    // `E1128 09:38:00.101 12 main.go:10]`
    let klog = |word: &str| {
        word.len() == 5
            && word.starts_with(['I', 'W', 'E', 'F'])
            && word.bytes().skip(1).all(|byte| byte.is_ascii_digit())
    };
    let mut ahead = words.clone();
    if ahead.next().is_some_and(klog) && ahead.next().is_some_and(is_clock) {
        return true;
    }
    let month = words.next().map(|word| word.trim_start_matches('[')).filter(|word| word.len() == 3).and_then(month_of);
    let day = words.next().and_then(|word| word.parse::<u8>().ok()).filter(|day| (1..=31).contains(day));
    month.is_some() && day.is_some() && words.next().is_some_and(is_clock)
}

/// The time on the line of a failure, else on the lines right above it.
pub(super) fn of(text: &str, failure: Span) -> Option<Moment> {
    lines(text, failure).find_map(in_line)
}

/// What stands before a failure on its line, what it says and the rest of its line, and the lines right above.
fn lines(text: &str, failure: Span) -> impl Iterator<Item = &str> {
    let before = slice(text, failure.start.saturating_sub(LINE)..failure.start);
    let mut above = before.rsplit('\n').map(str::trim_end);
    let head = above.next().unwrap_or_default();
    let tail = slice(text, failure.start..failure.end.saturating_add(LINE));
    let mut below = tail.split('\n').map(str::trim_end);
    let tail = below.next().unwrap_or_default();
    let above = above.take(ABOVE).filter(|line| !line.is_empty());
    [head, tail].into_iter().chain(above).chain(below.take(BELOW))
}

/// The first date of a line, with its time where one follows.
fn in_line(line: &str) -> Option<Moment> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '/' | ':' | '.');
    let words: Vec<&str> = line.split(|c| !part(c)).map(|word| word.trim_matches(['.', ':', '-'])).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).take(200).collect();
    words.iter().enumerate().find_map(|(index, word)| {
        let behind = words.get(index + 1..).unwrap_or_default();
        let before = index.checked_sub(1).and_then(|last| words.get(last)).copied().unwrap_or_default();
        let (date, time) = word.split_once('T').unwrap_or((word, behind.first().copied().unwrap_or_default()));
        of_numbers(date, time)
            .or_else(|| of_month(word, before, behind))
            .or_else(|| of_server(word))
            .or_else(|| of_digits(date, time))
            .or_else(|| of_epoch(word, if index == 0 { "time" } else { before }))
    })
}

/// `2025-11-28`, `2025/11/28`, `28.11.2025`; of `11/28/2025` and `05/06/2025` day and month may be either.
fn of_numbers(date: &str, time: &str) -> Option<Moment> {
    let mark = date.chars().find(|c| !c.is_ascii_digit())?;
    let parts: Vec<i16> =
        date.split(mark).map(|part| part.parse().ok().filter(|_| part.len() <= 4)).collect::<Option<_>>()?;
    let [one, two, three] = *parts.as_slice() else { return None };
    let day =
        |year: i16, month: i16, day: i16| Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok();
    let known = |year: i16| (2_010..2_100).contains(&year);
    let days = match mark {
        '-' | '/' | '.' if known(one) => [day(one, two, three), None],
        '.' | '-' if known(three) => [day(three, two, one), None],
        '/' if known(three) => [day(three, one, two), day(three, two, one)],
        _ => return None,
    };
    let moments = days.into_iter().flatten().filter_map(|day| moment(day, time));
    moments.reduce(|one, other| Moment {
        earliest: one.earliest.min(other.earliest),
        latest: one.latest.max(other.latest),
    })
}

/// Which month a word names, from 0.
fn month_of(word: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let lower = word.to_ascii_lowercase();
    MONTHS.iter().position(|name| *name == lower || lower.len() == 3 && name.starts_with(&lower))
}

/// `28 November 2025`, `Nov 28, 2025`: a year stands with it.
fn of_month(word: &str, before: &str, behind: &[&str]) -> Option<Moment> {
    let month = month_of(word)?;
    let number = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<i16>().ok();
    let is_day = |day: &i16| (1..=31).contains(day);
    let next = behind.first().copied().and_then(number).filter(is_day);
    let day = number(before).filter(is_day).or(next)?;
    let years = behind.iter().take(3).filter(|word| word.len() == 4);
    let year = years.filter_map(|word| word.parse().ok()).find(|year| (2_010..2_100).contains(year))?;
    let day = Date::new(year, i8::try_from(month + 1).ok()?, i8::try_from(day).ok()?).ok()?;
    moment(day, behind.iter().find(|word| word.contains(':')).copied().unwrap_or_default())
}

/// `28/Nov/2025:09:38:00`, in the log of a server; `28-Nov-2025`.
fn of_server(word: &str) -> Option<Moment> {
    let mut parts = word.splitn(3, ['/', '-']);
    let (day, month) = (parts.next()?.parse().ok()?, month_of(parts.next()?)?);
    let rest = parts.next()?;
    let (year, time) = rest.split_once(':').unwrap_or((rest, ""));
    let year = year.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
    moment(Date::new(year.parse().ok()?, i8::try_from(month + 1).ok()?, day).ok()?, time)
}

/// `20251128T093800Z`
fn of_digits(date: &str, time: &str) -> Option<Moment> {
    let number = |digits: &str, from: usize, to: usize| digits.get(from..to)?.parse::<i16>().ok();
    let is_date = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
    let year = number(date, 0, 4).filter(|year| is_date && (2_010..2_100).contains(year))?;
    let (month, day) = (i8::try_from(number(date, 4, 6)?).ok()?, i8::try_from(number(date, 6, 8)?).ok()?);
    let time = time.get(..4).filter(|time| time.bytes().all(|byte| byte.is_ascii_digit()))?;
    moment(Date::new(year, month, day).ok()?, &format!("{}:{}", slice(time, 0..2), slice(time, 2..4)))
}

/// `"time":1764322680`, in seconds, milliseconds or billionths.
fn of_epoch(word: &str, before: &str) -> Option<Moment> {
    let key = before.to_ascii_lowercase();
    let named =
        ["time", "timestamp", "epoch", "date"].iter().any(|name| key.ends_with(name)) || key == "ts" || key == "t";
    let word = word.split('.').next().unwrap_or_default();
    let second = match (word.len(), word.parse::<i64>().ok()?) {
        (10, second) => second,
        (13, thousandth) => thousandth / 1_000,
        (19, billionth) => billionth / 1_000_000_000,
        _ => return None,
    };
    (named && (1_262_304_000..4_102_444_800).contains(&second)).then_some(Moment { earliest: second, latest: second })
}

/// A time of a day in any zone; without one, the whole day.
fn moment(day: Date, time: &str) -> Option<Moment> {
    let mut parts = time.split(':').map(|part| part.get(..2).unwrap_or(part).parse::<i8>().ok());
    let clock = match (parts.next().flatten(), parts.next().flatten()) {
        (Some(hour), Some(minute)) => DateTime::new(day.year(), day.month(), day.day(), hour, minute, 0, 0).ok(),
        _ => None,
    };
    let second = |at: DateTime| Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second());
    let (first, length) = match clock {
        Some(at) => (second(at)?, 0),
        None => (second(day.to_datetime(jiff::civil::Time::midnight()))?, 86_400),
    };
    Some(Moment { earliest: first - ANY_ZONE, latest: first + length + ANY_ZONE })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-11-28T09:38:00Z.
    const AT: i64 = 1_764_322_680;

    fn told(text: &str) -> Option<Moment> {
        let at = text.find("No application").unwrap_or_default();
        of(text, Span::new(at, at + 14))
    }

    #[test]
    fn times_in_many_notations() {
        for lead in [
            "2025-11-28T09:38:00Z ERROR ",
            "2025-11-28 09:38:00.101 ERROR 1 --- [nio-1] c.Meetings : failed\ncom.contoso.Error: ",
            "2025/11/28 09:38:11 get meeting: ",
            "[28.11.2025 09:38] ",
            "11/28/2025 09:38:00 AM ERROR ",
            "28 November 2025 at 09:38 (UTC): ",
            "Failed on Friday, 28 November 2025 at 09:38 (UTC)\n{\"message\":\"",
            "Nov 28, 2025 09:38 ",
            "10.0.0.4 - - [28/Nov/2025:09:38:00 +0000] ",
            "20251128T093800Z ERROR ",
            "2025-11-28T09:38:00Z INFO started\n\n",
            "From: Lena\nSent: Friday, November 28, 2025 09:38\nTo: Pia\nSubject: 403\n\nHi,\n\nwe get\n\n",
            "when: 2025-11-28T09:38:30Z\nerror:\n  code: Forbidden\n  message: ",
        ] {
            let text = format!("{lead}No application access policy found");
            let found = told(&text).map(|at| (at.earliest, at.latest));
            assert_eq!(found, Some((AT - ANY_ZONE, AT + ANY_ZONE)), "{text}");
        }
        for text in [
            "{\"time\":1764322680,\"msg\":\"No application",
            "ts=1764322680000 No application",
            "1764322680000 ERROR No application",
            "[1764322680.101] ERROR No application",
            "1764322680000000000 No application",
            "{\"level\":\"error\",\"ts\":1764322680.101,\"msg\":\"No application",
        ] {
            assert_eq!(told(text).map(|at| (at.earliest, at.latest)), Some((AT, AT)), "{text}");
        }
        let day = told("28-Nov-2025 09:38:00 ERROR No application").map(|at| (at.earliest < AT, AT < at.latest));
        assert_eq!(day, Some((true, true)));
        // The month may be either number.
        let either = told("05/06/2025 09:38 No application").map_or(0, |at| at.latest - at.earliest);
        assert!(either > 27 * 86_400, "{either}");
    }

    #[test]
    fn dates_without_a_year() {
        for (text, expected) in [
            ("Nov 28 09:38:00 host app[12]: No application", true),
            ("Nov  8 09:38:00.123 host app: No application", true),
            ("Nov 28 09:38:00 host app: failed\n  No application", true),
            ("Nov 28 09:38:00 2025 host: No application", false),
            ("2025-11-28T09:38:00Z Nov 28 09:38:00 No application", false),
            ("E1128 09:38:00.101123 12 main.go:10] No application", true),
            ("Nov 28 No application", false),
            ("may 2 09:38 No application", false),
        ] {
            let at = text.find("No application").unwrap_or_default();
            assert_eq!(is_without_year(text, Span::new(at, at + 14)), expected, "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_times() {
        for text in [
            "v5.42.0 No application",
            "10.0.0.4 No application",
            "status 403 may 2 No application",
            "request 1764322680 No application",
            "19-07-1c No application",
            "Nov 28 09:38:00 host app: No application",
        ] {
            assert_eq!(told(text).map(|at| at.latest), None, "{text}");
        }
    }
}
