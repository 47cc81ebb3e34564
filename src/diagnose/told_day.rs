//! Days that a text tells without saying which moment is meant, or in a notation that is not read. What looks like one is a
//! doubt, never a time.

use super::told_time::{begins_without_year, is_named_time, month_of, words_of};

/// The day is there, its year is not.
const NO_YEAR: &str = "the day that is given with it has no year";
/// `yesterday`, `2 weeks ago`, `Sunday 10:05`: told from a day that is not known.
const NO_DAY: &str = "the time that is given with it does not say which day is meant";
/// Any other.
const UNREAD: &str = "the date that is given with it is in a notation that is not read";

/// The days before now, where a word alone says so.
const BEFORE: [&str; 9] =
    ["yesterday", "gestern", "vorgestern", "avant-hier", "ayer", "anteayer", "ieri", "gisteren", "ontem"];
/// Units of which one is longer than a state stands for a failure, as they begin.
const UNITS: [&str; 16] = [
    "day",
    "week",
    "fortnight",
    "month",
    "year",
    "tag",
    "woche",
    "monat",
    "jahr",
    "jour",
    "semaine",
    "mois",
    "dia",
    "día",
    "semana",
    "mes",
];
/// Days of the week, whole.
const WEEKDAYS: [&str; 21] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
];
/// The same, as clients shorten them.
const SHORT: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Why a line leaves open when something was, though it tells of a day.
pub(super) fn in_line(line: &str) -> Option<&'static str> {
    if begins_without_year(line) {
        return Some(NO_YEAR);
    }
    let words = words_of(line);
    (0..words.len()).find_map(|index| {
        let (before, rest) = words.split_at_checked(index)?;
        let (word, behind) = rest.split_first()?;
        let place = Place { before, word, behind };
        place.of_month().or_else(|| place.of_numbers()).or_else(|| place.of_words()).or_else(|| place.of_number())
    })
}

/// A word with those around it.
struct Place<'a> {
    before: &'a [&'a str],
    word: &'a str,
    behind: &'a [&'a str],
}

impl Place<'_> {
    /// `Sep 20th`, `20. September`, `20/Sep`, `in September`; `20 wrzesień 2026 10:05`.
    fn of_month(&self) -> Option<&'static str> {
        let parts: Vec<&str> = self.word.split(['-', '/', '.']).filter(|part| !part.is_empty()).collect();
        let is_pair =
            |pair: &[&str]| matches!(pair, [one, two] if is_day(one) && is_month(two) || is_month(one) && is_day(two));
        let is_part = |part: &&str| is_day(part) || is_month(part) || part.len() == 4 && part.parse::<u16>().is_ok();
        if matches!(parts.len(), 2 | 3) && parts.iter().all(is_part) && parts.windows(2).any(is_pair) {
            return Some(if parts.len() == 2 { NO_YEAR } else { UNREAD });
        }
        let (last, next) =
            (self.before.last().copied().unwrap_or_default(), self.behind.first().copied().unwrap_or_default());
        if is_month(self.word) {
            let within = |word: &str| {
                const WITHIN: [&str; 9] = ["in", "since", "last", "early", "late", "im", "seit", "en", "depuis"];
                WITHIN.contains(&word.to_lowercase().as_str())
            };
            return (is_day(last) || is_day(next) || within(last)).then_some(NO_YEAR);
        }
        let is_name = self.word.chars().count() >= 3 && self.word.chars().all(char::is_alphabetic);
        let is_year = next.len() == 4 && next.parse().is_ok_and(|year: u16| (2_015..2_040).contains(&year));
        (is_name && is_day(last) && is_year && self.behind.iter().take(3).any(|word| is_clock(word))).then_some(UNREAD)
    }

    /// `20.09. 10:05`, `09-20 10:05:21`, `9/20/26`, `20.09.26, 10:05`.
    fn of_numbers(&self) -> Option<&'static str> {
        let mark = self.word.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '.' | '/' | '-'))?;
        let number = |part: &str| part.parse::<u8>().ok().filter(|_| part.len() <= 2);
        let parts: Vec<u8> = self.word.split(mark).map(number).collect::<Option<_>>()?;
        let is_date = |one: u8, two: u8| (1..=31).contains(&one) && (1..=31).contains(&two) && (one <= 12 || two <= 12);
        let clock = |within: usize| {
            self.behind.iter().take(within).any(|word| is_clock(word))
                || self.before.last().is_some_and(|word| is_clock(word))
        };
        match *parts.as_slice() {
            [one, two] if is_date(one, two) && clock(1) => Some(NO_YEAR),
            // A version has as many parts.
            [one, two, three] if (is_date(one, two) || is_date(two, three)) && (mark == '/' || clock(2)) => {
                Some(UNREAD)
            }
            _ => None,
        }
    }

    /// `yesterday`, `two weeks ago`, `vor 2 Wochen`, `last week`, `Sunday 10:05`; `2026年9月20日`.
    fn of_words(&self) -> Option<&'static str> {
        let word = self.word.to_lowercase();
        let is = |other: Option<&&str>, any: &[&str]| other.is_some_and(|it| any.contains(&it.to_lowercase().as_str()));
        let unit = |other: &&str| {
            let other = other.to_lowercase();
            UNITS.iter().any(|unit| other.strip_prefix(unit).is_some_and(|end| end.len() <= 3))
        };
        let (last, next) = (self.before.last(), self.behind.first());
        let weekday = |other: &str| WEEKDAYS.contains(&other.to_lowercase().as_str());
        let after = || self.behind.iter().take(3).any(unit);
        let told = match word.as_str() {
            word if BEFORE.contains(&word) => true,
            "hier" => is(next, &["à", "a"]),
            "ago" => self.before.iter().rev().take(2).any(unit),
            "vor" | "hace" => after(),
            "a" => is(last, &["y"]) && after(),
            "last" | "letzte" | "letzten" | "letzter" | "letztes" => {
                next.is_some_and(|next| unit(next) || weekday(next) || next.eq_ignore_ascii_case("night"))
            }
            "dernier" | "dernière" => last.is_some_and(|last| unit(last) || weekday(last)),
            _ if weekday(self.word) || SHORT.contains(&self.word) => {
                const ON: [&str; 6] = ["on", "since", "am", "seit", "depuis", "le"];
                self.behind.iter().take(3).any(|word| is_clock(word))
                    || last.is_some_and(|word| is_clock(word))
                    || is(last, &ON) && !SHORT.contains(&self.word)
            }
            _ => false,
        };
        let is_date = self.word.contains(['年', '月', '년', '월']) && self.word.contains(|c: char| c.is_ascii_digit());
        let of_signs = is_date || ["昨", "어제"].iter().any(|day| self.word.contains(day));
        told.then_some(NO_DAY).or_else(|| of_signs.then_some(UNREAD))
    }

    /// `46285.42015`, the days of a spreadsheet; `"eventTime": 134348975213310000`.
    fn of_number(&self) -> Option<&'static str> {
        let last = self.before.last().copied().unwrap_or_default();
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_named_time(last) && self.word.len() >= 9 && is_number(self.word) {
            return Some(UNREAD);
        }
        let (days, part) = self.word.split_once('.').filter(|(days, part)| days.len() == 5 && is_number(part))?;
        let is_serial = days.parse().is_ok_and(|days: u32| (40_179..73_051).contains(&days));
        let named = last.is_empty() && part.len() >= 2
            || is_named_time(last)
            || part.len() >= 5 && !last.ends_with(char::is_alphabetic);
        const LONG: [&str; 7] = ["ms", "s", "sec", "secs", "seconds", "us", "milliseconds"];
        let is_length = self.behind.first().is_some_and(|unit| LONG.contains(unit));
        (is_serial && named && !is_length).then_some(UNREAD)
    }
}

/// `20`, `20th`
fn is_day(word: &str) -> bool {
    let number = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    number.len() <= 2 && number.parse().is_ok_and(|day: u8| (1..=31).contains(&day))
}

/// A month's name; a short one is also another word, unless it begins with a capital letter.
fn is_month(word: &str) -> bool {
    month_of(word).is_some() && (word.chars().count() > 5 || word.starts_with(char::is_uppercase))
}

/// `10:05`, `10:05:21.331`
fn is_clock(word: &str) -> bool {
    word.split_once(':').is_some_and(|(hour, rest)| {
        let minute = rest.get(..2).and_then(|minute| minute.parse::<u8>().ok());
        hour.len() <= 2 && hour.parse().is_ok_and(|hour: u8| hour < 24) && minute.is_some_and(|minute| minute < 60)
    })
}
