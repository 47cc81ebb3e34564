//! The time that a text gives beside a failure without a clock: no proof of when it was, and a doubt.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{told_aside, told_day};
use crate::input::{Moment, Span};
use crate::source::slice;

/// No zone is further from UTC.
const ANY_ZONE: i64 = 14 * 3_600;
/// Lines are not looked at beyond this.
const LINE: usize = 2_048;
/// So many lines above what a record says are looked at, the head of a mail or the beginning of a session among them.
const ABOVE: usize = 40;
/// So many lines below.
const BELOW: usize = 12;

/// So many lines at the beginning of a text tell of all of it: the head of a transcript, the title of a log.
const FIRST: usize = 8;

/// What a text tells of the time of a failure that has no clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// The oldest and the newest of the times that were read.
    pub(super) times: Option<(Moment, Moment)>,
    /// A day that was not read, and why.
    pub(super) open: Option<&'static str>,
}

impl Told {
    pub(super) const fn at(at: Moment) -> Self {
        Self { times: Some((at, at)), open: None }
    }

    fn add(&mut self, at: Moment) {
        let (first, last) = self.times.unwrap_or((at, at));
        let first = if at.earliest < first.earliest { at } else { first };
        let last = if at.latest > last.latest { at } else { last };
        self.times = Some((first, last));
    }

    fn known(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }
}

/// What the lines tell that are near a failure: its own alone where that gives the time of a day, else those above and
/// below and the first ones of the text. Which of several dates is the failure's nobody knows; those of what expires or
/// is due are not, where there is another.
pub(super) fn of(text: &str, failure: Span) -> Option<Told> {
    let (mut told, mut beside, mut own) = (Told::default(), Told::default(), false);
    for (index, line) in lines(text, failure).enumerate() {
        // Not on the line of the failure itself.
        let kept = if index > 1 { told_aside::without(line) } else { None };
        let line = kept.as_deref().unwrap_or(line);
        let dates = dates(line);
        for date in &dates {
            if date.of_other { &mut beside } else { &mut told }.add(date.at);
        }
        if told.times.is_none() && told.open.is_none() && dates.is_empty() {
            told.open = told_day::in_line(line);
        }
        // What stands before a failure on its line, and behind it.
        own |=
            index <= 1 && dates.iter().any(|date| !date.of_other && date.at.latest - date.at.earliest <= 2 * ANY_ZONE);
        if index == 1 && own && told.open.is_none() {
            return Some(told);
        }
    }
    told.known().or(beside.known())
}

/// The newest of the dates that a line gives with their day.
pub(super) fn newest(line: &str) -> Option<Moment> {
    dates(line).into_iter().filter(|date| !date.of_other).map(|date| date.at).max_by_key(|at| at.latest)
}

/// The date in the name of a file, or of a folder above it.
#[must_use]
pub fn told_by_name(name: &str) -> Option<Moment> {
    let joined = |parts: &[&str]| {
        let date = parts.join("-");
        of_numbers(&date, Clock::default()).filter(|_| parts.iter().any(|it| it.len() == 4))
    };
    let of_part = |part: &str| {
        let pieces: Vec<&str> = part.split(|c: char| !c.is_ascii_digit()).filter(|piece| !piece.is_empty()).collect();
        if pieces.is_empty() {
            return None;
        }
        // `20251128`, and with a time behind it `20251128093800`.
        let whole = |piece: &&str| joined(&[piece.get(..4)?, piece.get(4..6)?, piece.get(6..8)?]);
        let is_whole = |piece: &&&str| matches!(piece.len(), 8 | 12 | 14);
        let short = |parts: &[&str]| match parts {
            [one, two, three] if parts.iter().all(|it| it.len() <= 2) && part.contains(&parts.join("-")) => {
                // The year may come first or last.
                let (first, last) = (format!("20{one}"), format!("20{three}"));
                let last = of_numbers(&format!("{one}/{two}/{last}"), Clock::default());
                either(joined(&[&first, two, three]).into_iter().chain(last))
            }
            _ => None,
        };
        let days = pieces.windows(3).find_map(joined).or_else(|| pieces.iter().filter(is_whole).find_map(whole));
        let days = days.or_else(|| pieces.windows(3).find_map(short)).or_else(|| of_name(part));
        days.or_else(|| pieces.iter().filter(|it| matches!(it.len(), 10 | 13)).find_map(|it| of_epoch(it, "time")))
    };
    let parts: Vec<&str> = name.split(['/', '\\']).collect();
    let mut folders =
        parts.windows(3).filter(|parts| parts.iter().all(|it| it.bytes().all(|byte| byte.is_ascii_digit())));
    parts.iter().rev().find_map(|part| of_part(part)).or_else(|| folders.find_map(joined))
}

/// `Sep-20-2026`, `20Sep2026`, `error 20 September 2026`: the day with the name of its month.
fn of_name(part: &str) -> Option<Moment> {
    let mut spaced = String::with_capacity(part.len() + 8);
    for c in part.chars() {
        let of_word = |last: char| last.is_alphabetic() != c.is_alphabetic();
        if spaced.chars().next_back().is_some_and(of_word) {
            spaced.push(' ');
        }
        spaced.push(if c.is_alphanumeric() { c } else { ' ' });
    }
    let words = words_of(&spaced);
    words.iter().enumerate().find_map(|(index, word)| {
        let before = words.get(..index)?.last().copied().unwrap_or_default();
        of_month(&spaced, word, before, words.get(index + 1..)?)
    })
}

/// The month, the day and the time that a system log puts before each line.
pub(super) fn begins_without_year(line: &str) -> bool {
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

/// What stands before a failure on its line, what it says and the rest of its line, the lines right above and below, and
/// the first of the text.
fn lines(text: &str, failure: Span) -> impl Iterator<Item = &str> {
    let before = slice(text, failure.start.saturating_sub(LINE)..failure.start);
    let mut above = before.rsplit('\n').map(str::trim_end);
    let head = above.next().unwrap_or_default();
    let tail = slice(text, failure.start..failure.end.saturating_add(LINE));
    let mut below = tail.split('\n').map(str::trim_end);
    let tail = below.next().unwrap_or_default();
    let above = above.take(ABOVE).filter(|line| !line.is_empty());
    let first = slice(text, 0..LINE.min(failure.start)).split('\n').map(str::trim_end).take(FIRST);
    [head, tail].into_iter().chain(above).chain(below.take(BELOW)).chain(first)
}

/// The words of a line, with the marks that dates are written with.
pub(super) fn words_of(line: &str) -> Vec<&str> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '/' | ':' | '.');
    let words = line.split(|c| !part(c)).map(|word| word.trim_matches(['.', ':', '-']));
    words.filter(|word| !word.is_empty()).take(200).collect()
}

/// A date of a line.
struct Stated {
    at: Moment,
    /// Of what expires, is due or is going to be, by the words before it.
    of_other: bool,
}

/// The dates of a line, each with its time where one follows.
fn dates(line: &str) -> Vec<Stated> {
    let words = words_of(line);
    let date = |(index, word): (usize, &&str)| {
        let behind = words.get(index + 1..).unwrap_or_default();
        let ahead = words.get(..index).unwrap_or_default();
        // `20 de septiembre de 2026`
        let before = ahead.iter().rev().copied().find(|word| !word.eq_ignore_ascii_case("de")).unwrap_or_default();
        if ["version", "release", "build"].iter().any(|of| before.eq_ignore_ascii_case(of)) {
            return None;
        }
        let (date, time) = word.split_once('T').unwrap_or((word, behind.first().copied().unwrap_or_default()));
        let at = of_numbers(date, Clock::of(line, time))
            .or_else(|| of_month(line, word, before, behind))
            .or_else(|| of_server(line, word, behind))
            .or_else(|| of_digits(line, date, time))
            .or_else(|| of_epoch(word, if index == 0 { "time" } else { before }))
            .or_else(|| told_by_name(word).filter(|_| is_file(word)))?;
        Some(Stated { at, of_other: is_of_other(ahead) })
    };
    words.iter().enumerate().filter_map(date).collect()
}

/// `app-2026-11-02.log`, `logs/2026-11-02/app.txt`: of what is told of a file its name tells the day.
fn is_file(word: &str) -> bool {
    const ENDS: [&str; 10] = ["log", "txt", "out", "err", "json", "jsonl", "csv", "har", "gz", "zip"];
    word.rsplit_once('.').is_some_and(|(_, end)| ENDS.contains(&end.to_ascii_lowercase().as_str()))
}

/// Whether the words before a date say that it is of what expires, is due or is going to be.
fn is_of_other(ahead: &[&str]) -> bool {
    const WORDS: [&str; 12] = [
        "expir",
        "renew",
        "due",
        "until",
        "deadline",
        "notafter",
        "startdate",
        "enddate",
        "ablauf",
        "gültig",
        "fällig",
        "échéance",
    ];
    const IS: [&str; 5] = ["is", "on", "starts", "begins", "start"];
    let near: Vec<String> = ahead.iter().rev().take(4).map(|word| word.to_lowercase()).collect();
    let next = near.first().map(String::as_str).unwrap_or_default();
    near.iter().any(|word| WORDS.iter().any(|own| if own.len() > 3 { word.contains(own) } else { word == own }))
        || IS.contains(&next) && near.iter().any(|word| word == "meeting")
}

/// The time of a day, as it stands in a line.
#[derive(Clone, Copy, Default)]
struct Clock<'a> {
    word: &'a str,
    /// The line from there on: half of the day and zone follow it.
    tail: &'a str,
}

impl<'a> Clock<'a> {
    fn of(line: &'a str, word: &'a str) -> Self {
        let from = word.as_ptr().addr().checked_sub(line.as_ptr().addr()).filter(|_| !word.is_empty());
        Self { word, tail: from.and_then(|from| line.get(from..)).unwrap_or_default() }
    }

    /// Hour, minute and second.
    fn time(self) -> Option<(i8, i8, Option<i8>)> {
        let number = |part: &str| part.get(..2).unwrap_or(part).parse::<i8>().ok();
        let digits = self.word.split(['-', '+', 'Z', 'z']).next().unwrap_or_default();
        let (hour, minute, second) = if digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            (number(digits)?, number(digits.get(2..)?)?, digits.get(4..).and_then(number))
        } else {
            let mut parts = digits.split(':');
            (number(parts.next()?)?, number(parts.next()?)?, parts.next().and_then(number))
        };
        let half = self.rest().trim_start().get(..2).unwrap_or_default().to_ascii_lowercase();
        let hour = match half.as_str() {
            "pm" if hour < 12 => hour + 12,
            "am" if hour == 12 => 0,
            _ => hour,
        };
        ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some((hour, minute, second))
    }

    /// What follows the digits.
    fn rest(self) -> &'a str {
        let rest = self.tail.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '.'));
        let fraction = rest.strip_prefix(',').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        fraction.map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()))
    }

    /// How many seconds the zone that is given with it is ahead of UTC.
    fn zone(self) -> Option<i64> {
        let rest = self.rest();
        let glued = rest;
        let rest = rest.trim_start();
        let half = rest.get(..2).filter(|half| half.eq_ignore_ascii_case("am") || half.eq_ignore_ascii_case("pm"));
        let rest = half.and_then(|_| rest.get(2..)).unwrap_or(rest).trim_start().trim_start_matches('(');
        let is_end = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '+' | '-' | '/'));
        if glued.starts_with('Z') {
            return glued.get(1..).filter(|rest| is_end(rest)).map(|_| 0);
        }
        let named = rest.strip_prefix("UTC").or_else(|| rest.strip_prefix("GMT"));
        if let Some(rest) = named
            && is_end(rest)
        {
            return Some(0);
        }
        let offset = named.unwrap_or(rest);
        let sign = match offset.chars().next()? {
            '+' => 1,
            // `10:05-11:00` is from one time to another.
            '-' if named.is_some() || self.word.matches(':').count() >= 2 && glued.starts_with('-') => -1,
            '-' if rest != glued && offset.get(1..5).is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit())) => {
                -1
            }
            _ => return None,
        };
        let offset = offset.get(1..)?;
        let end = offset.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(offset.len());
        let digits: String = offset.get(..end)?.chars().filter(char::is_ascii_digit).collect();
        let (hours, minutes) = match digits.len() {
            1 | 2 if named.is_some() => (digits.as_str(), "0"),
            2 => (digits.as_str(), "0"),
            4 => digits.split_at_checked(2)?,
            _ => return None,
        };
        let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
        (hours <= 14 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
    }
}

/// `2025-11-28`, `2025/11/28`, `28.11.2025`; of `11/28/2025` and `05/06/2025` day and month may be either.
fn of_numbers(date: &str, time: Clock<'_>) -> Option<Moment> {
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
    either(moments)
}

/// From the first to the last of several.
fn either(moments: impl Iterator<Item = Moment>) -> Option<Moment> {
    moments.reduce(|one, other| Moment {
        earliest: one.earliest.min(other.earliest),
        latest: one.latest.max(other.latest),
    })
}

/// The months as mails and tickets of some languages name them, each from its beginning of three letters on.
const MONTHS: [&str; 12] = [
    "january janvier januar enero gennaio janeiro januari",
    "february février fevrier februar febrero febbraio fevereiro februari",
    "march mars märz marz marzo março maart",
    "april avril abril aprile",
    "may mai mayo maggio maio mei",
    "june juin juni junio giugno junho",
    "july juillet juli julio luglio julho",
    "august août aout agosto augustus",
    "september septembre septiembre settembre setembro",
    "october octobre oktober octubre ottobre outubro",
    "november novembre noviembre",
    "december décembre decembre dezember diciembre dicembre dezembro",
];

/// Which month a word names, from 0: its whole name, or that of English shortened to three letters or four.
pub(super) fn month_of(word: &str) -> Option<usize> {
    let lower = word.to_lowercase();
    let is_short = matches!(lower.len(), 3 | 4);
    MONTHS.iter().position(|names| {
        names.split(' ').any(|name| name == lower) || is_short && names.starts_with(&lower) && !lower.contains(' ')
    })
}

/// `28 November 2025`, `Nov 28, 2025`: a year stands with it.
fn of_month(line: &str, word: &str, before: &str, behind: &[&str]) -> Option<Moment> {
    let month = month_of(word)?;
    let number = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<i16>().ok();
    let is_day = |day: &i16| (1..=31).contains(day);
    let next = behind.first().copied().and_then(number).filter(is_day);
    let day = number(before).filter(is_day).or(next)?;
    // `20 de septiembre de 2026`
    let years = behind.iter().take(3).filter(|word| word.len() == 4);
    let year = years.filter_map(|word| word.parse().ok()).find(|year| (2_010..2_100).contains(year))?;
    let day = Date::new(year, i8::try_from(month + 1).ok()?, i8::try_from(day).ok()?).ok()?;
    moment(day, Clock::of(line, behind.iter().find(|word| word.contains(':')).copied().unwrap_or_default()))
}

/// `28/Nov/2025:09:38:00`, in the log of a server; `28-Nov-2025`; `28/Nov/25 09:38`, in a ticket.
fn of_server(line: &str, word: &str, behind: &[&str]) -> Option<Moment> {
    let mut parts = word.splitn(3, ['/', '-']);
    let (day, month) = (parts.next()?.parse().ok()?, month_of(parts.next()?)?);
    let rest = parts.next()?;
    let (year, time) = rest.split_once(':').unwrap_or((rest, behind.first().copied().unwrap_or_default()));
    let is_number = |year: &&str| year.bytes().all(|byte| byte.is_ascii_digit());
    let short = Some(year).filter(|year| year.len() == 2).filter(is_number).and_then(|year| year.parse::<i16>().ok());
    let year = match short {
        Some(year) => 2_000 + year,
        None => year.get(..4).filter(is_number)?.parse().ok()?,
    };
    moment(Date::new(year, i8::try_from(month + 1).ok()?, day).ok()?, Clock::of(line, time))
}

/// `20251128T093800Z`, `20251128-093800`, `20251128093800`
fn of_digits(line: &str, date: &str, time: &str) -> Option<Moment> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (date, time) = match date.split_once('-') {
        // An id has more parts.
        Some((_, time)) if time.contains('-') => return None,
        Some(parts) => parts,
        None if (14..=17).contains(&date.len()) && is_digits(date) => date.split_at_checked(8)?,
        None => (date, time),
    };
    let number = |digits: &str, from: usize, to: usize| digits.get(from..to)?.parse::<i16>().ok();
    let is_date = date.len() == 8 && is_digits(date);
    let year = number(date, 0, 4).filter(|year| is_date && (2_010..2_100).contains(year))?;
    let (month, day) = (i8::try_from(number(date, 4, 6)?).ok()?, i8::try_from(number(date, 6, 8)?).ok()?);
    time.get(..4).filter(|time| is_digits(time))?;
    let clock = Clock::of(line, time);
    clock.time()?;
    moment(Date::new(year, month, day).ok()?, clock)
}

/// Whether a key says that its value is a time: `__REALTIME_TIMESTAMP`, `timeUnixNano`, `ts`.
pub(super) fn is_named_time(key: &str) -> bool {
    const KEYS: [&str; 12] = [
        "ts", "t", "at", "when", "created", "logged", "occurred", "opened", "reported", "received", "raised", "updated",
    ];
    let of_event = key.ends_with("At");
    let key = key.to_ascii_lowercase();
    let named = ["time", "epoch"].iter().any(|name| key.contains(name)) || key.ends_with("date");
    named || of_event || KEYS.contains(&key.as_str())
}

/// `"time":1764322680`, in seconds, milliseconds, millionths or billionths.
fn of_epoch(word: &str, before: &str) -> Option<Moment> {
    let word = word.split('.').next().unwrap_or_default();
    let second = match (word.len(), word.parse::<i64>().ok()?) {
        (10, second) => second,
        (13, thousandth) => thousandth / 1_000,
        (16, millionth) => millionth / 1_000_000,
        (19, billionth) => billionth / 1_000_000_000,
        _ => return None,
    };
    (is_named_time(before) && (1_262_304_000..4_102_444_800).contains(&second))
        .then_some(Moment { earliest: second, latest: second })
}

/// A time of a day in its zone, or else in any; without one, the whole day.
fn moment(day: Date, clock: Clock<'_>) -> Option<Moment> {
    let second = |at: DateTime| Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second());
    let midnight = second(day.to_datetime(jiff::civil::Time::midnight()))?;
    let Some((hour, minute, seconds)) = clock.time() else {
        return Some(Moment { earliest: midnight - ANY_ZONE, latest: midnight + 86_400 + ANY_ZONE });
    };
    let at = midnight + i64::from(hour) * 3_600 + i64::from(minute) * 60;
    Some(match (clock.zone(), seconds) {
        (None, _) => Moment { earliest: at - ANY_ZONE, latest: at + ANY_ZONE },
        (Some(zone), Some(seconds)) => {
            let at = at - zone + i64::from(seconds);
            Moment { earliest: at, latest: at }
        }
        (Some(zone), None) => Moment { earliest: at - zone, latest: at - zone + 59 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-11-28T09:38:00Z.
    const AT: i64 = 1_764_322_680;

    fn of_text(text: &str) -> Option<Told> {
        let at = text.find("No application").unwrap_or_default();
        of(text, Span::new(at, at + 14))
    }

    fn told(text: &str) -> Option<Moment> {
        of_text(text)?.times.filter(|(first, last)| first == last).map(|(at, _)| at)
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
            "Envoyé : vendredi 28 novembre 2025 09:38\nÀ : IT\n\nBonjour,\n\n",
            "Enviado: 28 de noviembre de 2025 09:38\n",
            "Created: 28/Nov/25 09:38 AM\nDescription:\n",
            "28-NOV-25 09:38 ERROR ",
            "20251128-093800 ERROR ",
            "Start time: 20251128093800\nUsername: CONTOSO\\lena\n",
        ] {
            let text = format!("{lead}No application access policy found");
            let found = told(&text).map(|at| (at.earliest, at.latest));
            let zone = ["Z ", "Z\n", "UTC", "+0000"].iter().any(|zone| lead.contains(zone));
            let near = |one: i64, other: i64| (0..60).contains(&(one - other));
            let wide = if zone { 0 } else { ANY_ZONE };
            let is_told = found.is_some_and(|(first, last)| near(first, AT - wide) && near(last, AT + wide));
            assert!(is_told, "{text} {found:?}");
        }
        for text in [
            "{\"time\":1764322680,\"msg\":\"No application",
            "ts=1764322680000 No application",
            "{\"createdAt\":1764322680000,\"msg\":\"No application",
            "{\"occurred_at\": 1764322680, \"msg\": \"No application",
            "1764322680000 ERROR No application",
            "[1764322680.101] ERROR No application",
            "1764322680000000000 No application",
            r#"{"timeUnixNano": "1764322680000000000", "body": {"stringValue": "No application"#,
            r#"{"__REALTIME_TIMESTAMP": "1764322680000000", "MESSAGE": "No application"#,
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
    fn days_that_are_not_read_are_told() {
        for lead in [
            "Nov 28 09:38:00 host app[12]: ",
            "Nov  8 09:38:00.123 host app: ",
            "Nov 28 09:38:00 host app: failed\n  ",
            "E1128 09:38:00.101123 12 main.go:10] ",
            "Lena  [Nov 28th at 9:38 AM]\n",
            "lena commented on Nov 28\n\n```\n",
            "am 28. Nov. um 9:38\n",
            "[28.11. 09:38] Lena\n",
            "11-28 09:38:00.101 E/App: ",
            "[28.11.25, 09:38:00] Lena: ",
            "11/28/25 9:38 AM ",
            "2025年11月28日 09:38 ",
            "[28 października 2025, 09:38] ",
            "Yesterday at 09:38:\n",
            "gestern um 9:38\n",
            "Hier à 09:38\n",
            "This happened two months ago (September):\n",
            "vor 2 Wochen:\n",
            "il y a 3 semaines\n",
            "last Tuesday ",
            "It failed in September:\n",
            "[Sunday 10:05] Lena\n",
            "Lena, Sun 10:05\n",
            "45989.40138 ERROR ",
            "28 października 2025\n",
            "28 ноября в 09:38\n",
            "wczoraj o 9:38\n",
            "28. syyskuuta\n",
            "3w ago:\n",
            "two Mondays ago ",
            "last quarter:\n",
            "2 weken geleden\n",
            "na la semana pasada\n",
            "2週間前\n",
            "September 2025\n",
            "end of September\n",
            "on the 20th\n",
            "on 11/28 we saw ",
            "2025-W48-5 ",
            "2025-332T09:38:00 ",
            "2025_11_28 ",
            "2025:11:28 09:38:00 ",
            "20251128\n",
            "28Nov2025 ",
            "28 nov\n",
            "20.11. um 9:38\n",
            "25-11-28\n",
            r#""ticks": 639254955210000000, ""#,
            r#"{"fileTime": 134088142800000000, "msg": ""#,
        ] {
            let told = of_text(&format!("{lead}No application access policy found"));
            assert!(told.is_some_and(|told| told.open.is_some()), "{lead}: {told:?}");
        }
        // The nearest line tells; a line that is read too is a time.
        for lead in ["Nov 28 09:38:00 2025 host: ", "2025-11-28T09:38:00Z Nov 28 09:38:00 "] {
            assert!(told(&format!("{lead}No application")).is_some(), "{lead}");
        }
        let text = "Sent: Friday, November 28, 2025 09:38\n\nlast week:\nNo application";
        assert!(of_text(text).is_some_and(|told| told.open.is_some()));
        // The first lines of a text tell of all of it.
        let far = format!("Log of 2025-11-28\n=====\n{}No application", "nothing of interest\n".repeat(200));
        assert!(told(&far).is_some());
    }

    #[test]
    fn dates_in_names_of_files() {
        for name in [
            "logs/app-2025-11-28.txt",
            "28.11.2025.log",
            "C:\\log\\20251128\\a.txt",
            "PS_20251128093800.txt",
            "Nov-28-2025.txt",
            "log-28Nov2025.txt",
            "error 28 November 2025.txt",
            "logs/2025/11/28/in.txt",
            "28-11-25.txt",
        ] {
            let found = told_by_name(name).map(|at| (at.earliest < AT, AT < at.latest));
            assert_eq!(found, Some((true, true)), "{name}");
        }
        for name in [
            "app-1.2.3.log",
            "403.txt",
            "export-10000001.json",
            "case-2609200010000123.txt",
            "/tmp/9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20/in.txt",
        ] {
            assert_eq!(told_by_name(name).map(|at| at.latest), None, "{name}");
        }
    }

    #[test]
    fn numbers_that_are_no_times() {
        for text in [
            "v5.42.0 No application",
            "10.0.0.4 No application",
            "status 403 may 2 No application",
            "may 2 09:38 No application",
            "request 1764322680 No application",
            "19-07-1c No application",
            "10:05:21 ERROR No application",
            "PowerShell 7.4.6 No application",
            "ChatBot/2.19.26 No application",
            "attempt 2 of 3 on port 2020 No application",
            "retry 3 port 2030, 5 days No application",
            "took 46285.42015 ms No application",
            "every Monday at 10:05 No application",
            "correlation 20260920-1005-4123-9abc-202609201005 No application",
            "retry 9/20 No application",
            "oct 20 value No application",
            "sept-20-host No application",
            "PID 20260920 No application",
            "+49 30 20 09 2026 No application",
            "last page No application",
            "we have 20 users in may No application",
            "duration_ms=46285.420 status=403 No application",
            "main.go:10:12 at line 20, column 9 No application",
            "this happens every Monday and Sunday: No application",
            "9c4f2c1e-5a0b-4f6d-8f53-0d6a3c1b7e20 No application",
            "meeting 231 948 170 512 passcode 9/12 No application",
            "19:meeting_ZTlhOGI2Ni0xNz/Sep/20@thread.v2 No application",
            "https://contoso.com/2025/11/28/dec/10 No application",
            "{\"expiresIn\": 3599, \"timeout\": 30000, \"error\": \"No application",
        ] {
            assert_eq!(of_text(text), None, "{text}");
        }
    }
}
