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
const BEFORE: [&str; 18] = [
    "yesterday",
    "gestern",
    "vorgestern",
    "avant-hier",
    "ayer",
    "anteayer",
    "ieri",
    "gisteren",
    "ontem",
    "wczoraj",
    "вчера",
    "вчора",
    "včera",
    "dün",
    "igår",
    "eilen",
    "tegnap",
    "holidays",
];
/// Units of which one is longer than a state stands for a failure, as they begin.
const UNITS: [&str; 39] = [
    "day",
    "week",
    "wk",
    "fortnight",
    "month",
    "year",
    "sprint",
    "quarter",
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
    "mês",
    "dagen",
    "weken",
    "maand",
    "giorn",
    "settiman",
    "mesi",
    "uke",
    "vecka",
    "månad",
    "måned",
    "viiko",
    "kuu",
    "tydz",
    "tygod",
    "miesi",
    "недел",
    "месяц",
    "тижн",
    "дн",
];
/// Beside a unit: the one before this.
const LAST: [&str; 24] = [
    "last",
    "letzte",
    "letzten",
    "letzter",
    "letztes",
    "vergangene",
    "vergangenen",
    "vorige",
    "vorigen",
    "vorig",
    "dernier",
    "dernière",
    "scorsa",
    "scorso",
    "pasada",
    "pasado",
    "passada",
    "passado",
    "forrige",
    "förra",
    "viime",
    "zeszłym",
    "прошлой",
    "прошлом",
];
/// Behind a number of units: so long before now.
const AGO: [&str; 9] = ["ago", "back", "geleden", "fa", "atrás", "temu", "назад", "sedan", "sitten"];
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
/// The months of languages that are not read, as they begin; short ones are other words too, and stand whole.
const MONTHS: &str = "stycz luteg marca marzec kwiet czerw lipca lipiec sierp wrześ paździ listopad grudn январ феврал \
    март апрел мая май июн июл август сентябр октябр ноябр декабр січн лютог берез квітн травн червн липн серпн вересн \
    жовтн листопад грудн ledna únor březn dubna květn června červen července srpna srpen září říjn prosin tammik helmik \
    maalisk huhtik toukok kesäk heinäk elok syysk lokak marrask jouluk január február március április május június \
    július augusztus szeptember október november december ocak şubat mart nisan mayıs haziran temmuz ağustos eylül \
    ekim kasım aralık maj marts augusti desember tháng outubro março";

/// Why a line leaves open when something was, though it tells of a day.
pub(super) fn in_line(line: &str) -> Option<&'static str> {
    if begins_without_year(line) {
        return Some(NO_YEAR);
    }
    if has_age(line) {
        return Some(NO_DAY);
    }
    let words = words_of(line);
    (0..words.len()).find_map(|index| {
        let (before, rest) = words.split_at_checked(index)?;
        let (word, behind) = rest.split_first()?;
        let place = Place { before, word, behind };
        let of_date = place.of_month().or_else(|| place.of_numbers()).or_else(|| place.of_part());
        of_date.or_else(|| place.of_words()).or_else(|| place.of_number())
    })
}

/// Whether a cell of a row is a number of days, weeks or more, and nothing else.
fn has_age(line: &str) -> bool {
    let marks = [',', ';', '|', '\t'];
    let is_age = |cell: &str| {
        let cell = cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        let (number, unit) = cell.split_once(' ').unwrap_or_default();
        let is_unit = |unit: &str| ["day", "week", "month", "year"].contains(&unit.strip_suffix('s').unwrap_or(unit));
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && is_unit(unit)
    };
    // What stands before a failure on its line may be cut off within a cell.
    line.rfind(marks).and_then(|end| line.get(..end)).is_some_and(|cells| cells.split(marks).take(12).any(is_age))
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
        const WITHIN: [&str; 15] = [
            "in", "since", "last", "early", "late", "mid", "end", "of", "im", "anfang", "mitte", "ende", "seit", "en",
            "depuis",
        ];
        let within = |word: &str| WITHIN.contains(&word.to_lowercase().as_str());
        let is_roman = |part: &str| part.len() <= 4 && part.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X'));
        // `20.IX.2026`
        if matches!(*parts.as_slice(), [day, month, year] if is_day(day) && is_roman(month) && is_year(year)) {
            return Some(UNREAD);
        }
        // `mid-September`
        if let [part, month] = *parts.as_slice()
            && within(part)
            && is_month(month)
        {
            return Some(NO_YEAR);
        }
        if is_month(self.word) {
            return (is_day(last) || is_day(next) || within(last) || is_year(next)).then_some(NO_YEAR);
        }
        // `20 sep`, and nothing else.
        let alone = self.before.len() + self.behind.len() == 1 && month_of(self.word).is_some();
        if alone && (is_day(last) || is_day(next)) || is_glued(self.word, self.behind) {
            return Some(NO_YEAR);
        }
        let lower = self.word.to_lowercase();
        let is_stem = |stem: &str| lower == stem || stem.chars().count() > 4 && lower.starts_with(stem);
        let named = MONTHS.split_whitespace().any(is_stem);
        if (named && (is_day(last) || is_day(next))) || is_roman(self.word) && is_day(last) && is_year(next) {
            return Some(if is_year(next) || is_year(last) { UNREAD } else { NO_YEAR });
        }
        let is_name = self.word.chars().count() >= 3 && self.word.chars().all(char::is_alphabetic);
        let clock = || self.behind.iter().take(3).any(|word| is_clock(word));
        (is_name && is_day(last) && is_year(next) && clock()).then_some(UNREAD)
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
            [one, two] if is_date(one, two) && (clock(1) || self.is_at() || mark == '/' && self.is_on()) => {
                Some(NO_YEAR)
            }
            // A version has as many parts.
            [one, two, three]
                if (is_date(one, two) || is_date(two, three))
                    && (mark == '/' || clock(2) || mark == '-' && self.before.is_empty()) =>
            {
                Some(UNREAD)
            }
            _ => None,
        }
    }

    /// `20.09. um 10:05`
    fn is_at(&self) -> bool {
        const AT: [&str; 7] = ["um", "kl", "klo", "at", "à", "alle", "om"];
        let hour = |word: &&str| {
            word.split(['.', ':', 'h']).next().is_some_and(|hour| hour.parse().is_ok_and(|it: u8| it < 24))
        };
        matches!(self.behind, [at, clock, ..] if AT.contains(at) && hour(clock))
    }

    /// `on 9/20`; `9/20`, and nothing else.
    fn is_on(&self) -> bool {
        let alone = self.before.is_empty() && self.behind.is_empty();
        alone || self.before.last().is_some_and(|word| word.eq_ignore_ascii_case("on"))
    }

    /// `2026-09`, `09/2026`, `Q3 2026`, `2026-W38-7`, `CW38`, `2026-263`, `2026_09_20`, `2026:09:20`, `20260920`, `on the 20th`.
    fn of_part(&self) -> Option<&'static str> {
        let (last, next) =
            (self.before.last().copied().unwrap_or_default(), self.behind.first().copied().unwrap_or_default());
        let two = |text: &str, most: u8| text.len() == 2 && text.parse().is_ok_and(|it: u8| (1..=most).contains(&it));
        let is_week = |text: &str| text.len() <= 2 && text.parse().is_ok_and(|it: u8| (1..=53).contains(&it));
        let alone = self.before.is_empty() && self.behind.is_empty();
        let clock = is_clock(next);
        let date = self.word.split('T').next().unwrap_or_default();
        let parts: Vec<&str> = date.split(['-', '/', ':']).collect();
        let told = match *parts.as_slice() {
            [year, month] if is_year(year) && two(month, 12) => !last.to_lowercase().contains("version"),
            [month, year] if is_year(year) && two(month, 12) => date.contains('/'),
            [year, day]
                if is_year(year) && day.len() == 3 && day.parse().is_ok_and(|day: u16| (1..=366).contains(&day)) =>
            {
                clock || alone || date.len() < self.word.len()
            }
            [year, week, ..] if is_year(year) && week.strip_prefix('W').is_some_and(is_week) => true,
            [year, month, day] => is_year(year) && two(month, 12) && two(day, 31),
            [year] if is_year(year) => matches!(self.behind, [month, day, ..] if two(month, 12) && two(day, 31)),
            ["KW" | "CW"] => is_week(next),
            [week] if week.starts_with(['K', 'C']) && week.get(1..2) == Some("W") => week.get(2..).is_some_and(is_week),
            ["Q1" | "Q2" | "Q3" | "Q4"] => is_year(next),
            [digits] if matches!(digits.len(), 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let (year, day) = digits.split_at_checked(digits.len() - 4).unwrap_or_default();
                let is_date = day.split_at_checked(2).is_some_and(|(month, day)| two(month, 12) && two(day, 31));
                let whole = is_year(year) && (self.before.is_empty() || is_named_time(last));
                is_date && (clock || whole)
            }
            [day] if is_day(day) && day.len() > 2 => {
                last.eq_ignore_ascii_case("the")
                    && self.before.iter().rev().nth(1).is_some_and(|on| on.eq_ignore_ascii_case("on"))
            }
            _ => false,
        };
        told.then_some(UNREAD)
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
            word if BEFORE.contains(&word) => word != "holidays" || is(last, &["the"]),
            "hier" => is(next, &["à", "a"]),
            "går" => is(last, &["i"]),
            // `3w ago`, `two Mondays ago`, `a while ago`
            word if AGO.contains(&word) && is_of_thing(self.before) => false,
            word if AGO.contains(&word) => self.before.iter().rev().take(2).any(|other| {
                let is_some = word == "ago" && matches!(*other, "while" | "time" | "mo" | "mos");
                unit(other) || is_some || is_length(other) || weekday(other.trim_end_matches('s'))
            }),
            "vor" | "hace" | "há" => after(),
            "a" => is(last, &["y"]) && after(),
            "earlier" => is(next, &["this"]),
            "this" => is(next, &["summer", "winter", "autumn"]),
            "other" => is(last, &["the"]) && is(next, &["day"]),
            "age" => {
                last.is_none_or(|last| is_failure(last))
                    && (next.is_some_and(|next| is_length(next)) || self.behind.get(1).is_some_and(unit))
            }
            word if LAST.contains(&word) => {
                let beside = |other: &&str| unit(other) || weekday(other) || other.eq_ignore_ascii_case("night");
                let behind = !matches!(word, "last" | "vorige" | "letzte") || is(last, &["before"]);
                next.is_some_and(beside) || behind && self.before.iter().rev().take(2).any(beside)
            }
            _ if weekday(self.word) || SHORT.contains(&self.word) => {
                const ON: [&str; 6] = ["on", "since", "am", "seit", "depuis", "le"];
                !is(last, &["every", "each", "jeden", "chaque", "cada", "elke"])
                    && self.behind.iter().take(3).any(|word| is_clock(word))
                    || last.is_some_and(|word| is_clock(word))
                    || is(last, &ON) && !SHORT.contains(&self.word)
            }
            _ => false,
        };
        let is_date = self.word.contains(['年', '月', '년', '월']) && self.word.contains(|c: char| c.is_ascii_digit());
        const SIGNS: [&str; 13] = [
            "昨",
            "어제",
            "先週",
            "先月",
            "週間前",
            "日前",
            "天前",
            "上周",
            "上週",
            "上个月",
            "上個月",
            "지난",
            "周前",
        ];
        let foreign = self.word.chars().all(|c| c.is_numeric() && !c.is_ascii());
        let korean = self.word == "전" && last.is_some_and(|last| last.ends_with(['주', '달', '일', '월']));
        let of_signs = is_date || foreign || korean || SIGNS.iter().any(|day| self.word.contains(day));
        told.then_some(NO_DAY).or_else(|| of_signs.then_some(UNREAD))
    }

    /// `46285.42015`, the days of a spreadsheet; `"eventTime": 134348975213310000`.
    fn of_number(&self) -> Option<&'static str> {
        let last = self.before.last().copied().unwrap_or_default();
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_named_time(last) && self.word.len() >= 9 && is_number(self.word) {
            return Some(UNREAD);
        }
        // Ticks of .NET, and those of the file system.
        let ticks = self.word.len() == 18
            && is_number(self.word)
            && (self.word.starts_with("63") || self.word.starts_with("13"));
        if ticks && (self.before.is_empty() || last.to_lowercase().contains("tick")) {
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

/// What has an age that is the failure's: `incident age: 18 days`.
fn is_failure(word: &str) -> bool {
    const FAILURES: [&str; 14] = [
        "incident", "failure", "error", "ticket", "issue", "case", "alert", "event", "message", "log", "entry",
        "record", "request", "call",
    ];
    FAILURES.contains(&word.to_lowercase().as_str())
}

/// Whether the words before `… days ago` are of a thing that has an age of its own: `the password was set 18 days ago`.
fn is_of_thing(before: &[&str]) -> bool {
    const THINGS: [&str; 14] = [
        "password",
        "passwort",
        "secret",
        "certificate",
        "cert",
        "zertifikat",
        "account",
        "konto",
        "mailbox",
        "server",
        "laptop",
        "role",
        "license",
        "licence",
    ];
    const NEAR: usize = 8;
    let near = || before.iter().rev().take(NEAR).map(|word| word.to_lowercase());
    let fails = |word: &String| is_failure(word) || word.starts_with("fail") || word.starts_with("refus");
    near().any(|word| THINGS.contains(&word.as_str())) && !near().any(|word| fails(&word))
}

/// `2026`
fn is_year(word: &str) -> bool {
    word.len() == 4 && word.parse().is_ok_and(|year: u16| (2_015..2_040).contains(&year))
}

/// `3w`, `60d`, `2mo`
fn is_length(word: &str) -> bool {
    let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or_default();
    digits > 0 && matches!(word.get(digits..), Some("d" | "w" | "wk" | "wks" | "mo" | "mos" | "y"))
}

/// `20Sep2026`, `2026Sep20`; `Sep20 10:05`
fn is_glued(word: &str, behind: &[&str]) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let first = word.find(|c: char| !is_digit(c)).unwrap_or(word.len());
    let (one, rest) = word.split_at_checked(first).unwrap_or_default();
    let (month, two) = rest.split_at_checked(rest.find(is_digit).unwrap_or(rest.len())).unwrap_or_default();
    let is_number = |part: &str| is_day(part) && part.bytes().all(|byte| byte.is_ascii_digit()) || is_year(part);
    if !is_month(month)
        || month.chars().count() > 4
        || ![one, two].iter().all(|part| part.is_empty() || is_number(part))
    {
        return false;
    }
    let clock = || behind.first().is_some_and(|word| is_clock(word));
    match (one.is_empty(), two.is_empty()) {
        (false, false) => true,
        (true, true) => false,
        _ => clock(),
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
