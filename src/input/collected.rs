//! Lines as collectors of logs print them: each with a head of its own (a time, a process, `##[error]`), or in an object
//! of its own (`{"log": "...\n", "stream": "stderr"}`). Where a text goes on over several of them, what is repeated is no
//! part of it. Lines that begin records of their own keep their heads.

use super::Span;
use super::{columns, dense, headed, spoken};
use crate::both::{both, holds_any, is_long};
use crate::source::slice;

/// What repeats between the lines of one text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Repeated {
    /// Stands for nothing.
    pub(super) blank: Vec<Span>,
    /// Was put into a line: what stands around it is one line.
    pub(super) join: Vec<Span>,
}

/// A head is not longer.
const HEAD: usize = 160;
/// Longer lines are no line of a text that a collector cut (16 KiB, and its own members).
const MAX_LINE: usize = 128 << 10;
/// No collector writes more members.
const MEMBERS: usize = 48;
/// A line is broken between words only where it is at least this long, and no longer than a console is wide.
const BROKEN: std::ops::RangeInclusive<usize> = 20..=240;

/// What repeats in a text.
pub(super) fn find(text: &str) -> Repeated {
    let (columns, mut repeated) = both(text.len(), || columns::find(text), || lines(text));
    repeated.blank.extend(columns.blank);
    repeated.join.extend(columns.join);
    repeated
}

/// What repeats between one line and the next; a long text is read in two parts.
fn lines(text: &str) -> Repeated {
    // Docker writes a line break at the end of each line, and none where it cut one.
    let has = |marks: &[&str]| holds_any(text, marks);
    let cuts = has(&["{\"log\":"]) && has(&["\\n\",\"stream\":", "\\n\", \"stream\":"]);
    let half = dense::middle(text.len());
    let behind = text.as_bytes().get(half..).and_then(|rest| memchr::memchr(b'\n', rest));
    match behind.filter(|_| is_long(text.len())) {
        Some(at) => parts(text, half + at + 1, cuts),
        None => Reading::of(text, 0, cuts).to(text.len()).repeated,
    }
}

/// What repeats between lines, read in two parts: the second one begins with the line at a place.
fn parts(text: &str, start: usize, cuts: bool) -> Repeated {
    let above = || {
        let mut above = Reading::of(text, 0, cuts).to(start);
        above.line();
        above
    };
    let (above, mut below) = both(text.len(), above, || Reading::of(text, start, cuts).to(text.len()));
    // What the line in the middle became is seen by the one below it.
    if above.above.as_ref().is_some_and(|line| line.freed) {
        return above.to(text.len()).repeated;
    }
    let mut repeated = above.repeated;
    repeated.blank.append(&mut below.repeated.blank);
    repeated.join.append(&mut below.repeated.join);
    repeated
}

/// How far lines were read.
#[derive(Debug)]
struct Reading<'t> {
    text: &'t str,
    at: usize,
    cuts: bool,
    above: Option<Line<'t>>,
    repeated: Repeated,
}

impl<'t> Reading<'t> {
    fn of(text: &'t str, at: usize, cuts: bool) -> Self {
        Self { text, at, cuts, above: None, repeated: Repeated::default() }
    }

    /// Reads the lines that begin before a place.
    fn to(mut self, end: usize) -> Self {
        while self.at < end {
            self.line();
        }
        self
    }

    fn line(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        // Whole files may be made of empty lines.
        if let [b'\n', ..] | [b'\r', b'\n', ..] = rest {
            self.above = None;
            self.at += if rest.first() == Some(&b'\n') { 1 } else { 2 };
            return;
        }
        let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let written = slice(self.text, self.at..self.at + len).trim_end_matches('\r');
        let (cuts, repeated) = (self.cuts, &mut self.repeated);
        let above = &mut self.above;
        let line = Line::of(written, self.at).map(|mut line| {
            if let Some(above) = above {
                line.follow(above, cuts, repeated);
            }
            line
        });
        self.above = line;
        self.at += len + 1;
    }
}

/// One line, and whether it belongs to the text of the one above.
#[derive(Debug)]
struct Line<'t> {
    text: &'t str,
    start: usize,
    wrapped: Option<Wrapped<'t>>,
    /// Its head or its object was taken for what repeats.
    freed: bool,
    /// It is of what a client prints of an answer over several lines.
    printed: bool,
}

impl<'t> Line<'t> {
    fn of(text: &'t str, start: usize) -> Option<Self> {
        let first = text.trim_start_matches(' ').as_bytes().first().copied()?;
        let wrapped = if matches!(first, b'{' | b'0'..=b'9') { Wrapped::of(text) } else { None };
        let wrapped = wrapped.or_else(|| Wrapped::of_row(text));
        let may_repeat =
            wrapped.is_some() || first.is_ascii_alphanumeric() || matches!(first, b'[' | b'#' | b'<' | b'(');
        may_repeat.then_some(Self { text, start, wrapped, freed: false, printed: false })
    }

    /// Frees this line, and the object of the one above, where the text goes on.
    fn follow(&mut self, above: &mut Line<'t>, cuts: bool, repeated: &mut Repeated) {
        match (&above.wrapped, &self.wrapped) {
            (Some(one), Some(other)) if one.key == other.key => {
                let cut = cuts && one.key == "log" && !one.ends_line;
                if !cut && !one.leads_to(other) {
                    return;
                }
                if !above.freed {
                    above.freed = true;
                    repeated.blank.push(Span::new(above.start, above.start + one.start));
                    repeated.blank.push(Span::new(above.start + one.end, above.start + above.text.len()));
                }
                self.freed = true;
                repeated.blank.push(Span::new(self.start + other.end, self.start + self.text.len()));
                if cut {
                    repeated.join.push(Span::new(above.start + one.end, self.start + other.start));
                } else {
                    repeated.blank.push(Span::new(self.start, self.start + other.start));
                }
            }
            (None, None) => {
                let shared = Head::shared(above.text, self.text);
                let glued = || headed::glued(above.text, self.text).map(|(len, same_time)| Head { len, same_time });
                let Some(head) = shared.or_else(glued) else { return };
                let body = |line: &'t str| line.get(head.len..).unwrap_or_default();
                let (one, other) = (body(above.text), body(self.text));
                self.printed = head.same_time && headed::is_printed(one, other, above.printed);
                let answered = head.same_time && headed::goes_on(one, other, above.freed);
                if answered && !above.freed {
                    let writer = headed::writer(slice(above.text, 0..head.len));
                    let name = writer.map(|from| Span::new(above.start + from, above.start + head.len));
                    repeated.blank.extend(name);
                }
                if answered || self.printed || continues(one, other, head.same_time, above.freed) {
                    self.freed = true;
                    repeated.blank.push(Span::new(self.start, self.start + head.len.min(self.text.len())));
                }
            }
            _ => {}
        }
    }
}

/// What two lines both begin with, digits aside.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    len: usize,
    /// All digits are the same but those of fractions of a second.
    same_time: bool,
}

impl Head {
    fn shared(one: &str, other: &str) -> Option<Self> {
        let (one, other) = (one.as_bytes(), other.as_bytes());
        let mut head = Self { len: 0, same_time: true };
        let mut same_time = true;
        let mut marked = false;
        let mut word = 0;
        let mut last = b' ';
        for at in 0.. {
            // The line below may end with its head.
            let (here, there) = (one.get(at).copied(), other.get(at).copied());
            let parts = |byte: u8| matches!(byte, b' ' | b'\t');
            let there_parts = there.is_some_and(parts);
            let ends = (there_parts || there.is_none()) && here.is_none_or(parts);
            // The next line may be indented behind it.
            let glued = last == b']' && !ends && other.get(word..at).is_some_and(is_command);
            if at > word && (ends || glued) {
                let token = other.get(word..at)?;
                // The gutter of an error view is of the text: `ERROR [sync]      | Policy already exists`.
                if token == b"|" && head.len > 0 && word > head.len + 1 {
                    break;
                }
                let timed = is_time(token);
                marked = marked || timed || is_mark(token);
                if marked && (timed || ends_head(token)) {
                    head = Self { len: if glued { at } else { at + 1 }, same_time };
                }
                word = if glued { at } else { at + 1 };
            } else if at == word && ends {
                word = at + 1;
            }
            let (Some(here), Some(there)) = (here, there) else { break };
            if at >= HEAD || matches!(here, b'"' | b'{' | b'}') {
                break;
            }
            // An address is what a line tells, whatever the next one calls.
            if there == b'/' && other.get(word..at).is_some_and(|token| token.ends_with(b":/")) {
                break;
            }
            if here != there {
                if !(here.is_ascii_digit() && there.is_ascii_digit()) {
                    break;
                }
                let run = other.get(..at)?.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
                let before = at.checked_sub(run + 1).and_then(|before| other.get(before));
                // `graph.go:88]` is where a program wrote the line.
                let of_source =
                    || matches!(other.get(..at - run), Some([.., name, b':']) if name.is_ascii_alphabetic());
                same_time &= matches!(before, Some(b'.' | b',')) || of_source();
            }
            last = there;
        }
        (head.len > 0).then_some(head)
    }
}

/// `##[error]`, a command of a pipeline that stands right before the text.
fn is_command(word: &[u8]) -> bool {
    word.starts_with(b"##[") && word.ends_with(b"]")
}

/// A name in brackets, a process: what a collector knows a line by, but for its time.
fn is_mark(word: &[u8]) -> bool {
    is_command(word) || word.starts_with(b"[") && word.ends_with(b"]") || word.ends_with(b"]:")
}

/// `16:09:17`, `2026-06-11T16:09:17.123Z`, `[16:09`.
fn is_time(word: &[u8]) -> bool {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    (digit(word.first()) || digit(word.get(1)))
        && word
            .windows(5)
            .any(|five| matches!(five, [a, b, b':', c, d] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit())))
}

/// What a head may end with but for a time, so that the words of a text are none.
fn ends_head(word: &[u8]) -> bool {
    matches!(word.last(), Some(b']' | b'|' | b':' | b')' | b'>'))
        || matches!(word, b"-" | b"--" | b"F" | b"P" | b"\xE2\x94\x82")
        || word.len() > 2 && word.iter().all(u8::is_ascii_uppercase)
        || word.iter().any(|byte| matches!(byte, b'/' | b'.')) && !word.ends_with(b".")
}

/// Whether a line goes on with the text of the one above: a piece of JSON, an indented line, the rest of a sentence.
/// `in_text`: so did the line above.
fn continues(above: &str, below: &str, same_time: bool, in_text: bool) -> bool {
    let (one, other) = (indent(above), indent(below));
    let (above, below) = (above.get(one..).unwrap_or_default().trim_end(), below.get(other..).unwrap_or_default());
    let begins = |mark: char| below.trim_start_matches('\\').starts_with(mark);
    below.is_empty()
        || begins('}')
        || begins(']')
        || begins('"') && above.ends_with(['{', '[', ','])
        || other > one
        || in_text && other > 0
        || same_time && (breaks_sentence(above, below) || breaks_id(above, below) || is_of_position(below))
}

/// `At line:1 char:1`, `+ Grant-CsX …`: where PowerShell says that its error is from.
fn is_of_position(line: &str) -> bool {
    const SHORT: usize = 120;
    let line = line.trim_end();
    let number = |text: &str| {
        let rest = text.trim_end_matches(|c: char| c.is_ascii_digit());
        (rest.len() < text.len()).then(|| rest.trim_end().strip_suffix(':')).flatten().map(str::len)
    };
    // Two numbers behind colons: of the line, and of the character at the end.
    let is_position = || {
        let outer = number(line).and_then(|len| line.get(..len)).map(|text| text.trim_end_matches(char::is_alphabetic));
        outer.is_some_and(|text| number(text.trim_end()).is_some())
    };
    line.starts_with("+ ")
        || line.len() <= SHORT && line.starts_with(char::is_alphabetic) && !line.contains(['"', '{']) && is_position()
}

/// Whether an id was broken: its beginning ends the line above, and its rest begins the one below.
fn breaks_id(above: &str, below: &str) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    let left = above.bytes().rev().take_while(|byte| is_part(byte)).count();
    let right = below.bytes().take_while(|byte| is_part(byte)).count();
    let id = || format!("{}{}", slice(above, above.len() - left..above.len()), slice(below, 0..right));
    left + right == 36 && left > 0 && right > 0 && uuid::Uuid::try_parse(&id()).is_ok()
}

/// Blanks and tabs, also escaped ones, that a line begins with.
fn indent(line: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = line.get(at..) {
        at += match rest.as_bytes() {
            [b' ' | b'\t', ..] => 1,
            [b'\\', b't', ..] => 2,
            _ => return at,
        };
    }
    at
}

/// Whether a sentence was broken between two words: the line below begins in the middle of one.
pub(super) fn breaks_sentence(above: &str, below: &str) -> bool {
    let word = |text: &str| text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let first = below.get(..word(below)).unwrap_or_default();
    let behind = below.as_bytes().get(first.len());
    // `... on the user`, and its id in quotes.
    let names =
        below.strip_prefix('\'').and_then(|id| id.get(..36)).is_some_and(|id| uuid::Uuid::try_parse(id).is_ok());
    BROKEN.contains(&above.len())
        && above.ends_with(|c: char| c.is_ascii_alphanumeric() || c == ',')
        && above.matches(' ').count() >= 2
        && (names
            || first.starts_with(|c: char| c.is_ascii_lowercase())
                && above.get(..word(above)) != Some(first)
                && behind.is_none_or(|byte| matches!(byte, b' ' | b'.' | b',' | b';' | b')' | b'"' | b'\'' | b'\\')))
}

/// A line that is an object with the text in one member.
#[derive(Debug)]
struct Wrapped<'t> {
    /// The member that holds the text.
    key: &'t str,
    content: &'t str,
    /// Where the text stands in the line, without the line break that it ends with.
    start: usize,
    end: usize,
    /// The text ends with a line break.
    ends_line: bool,
    time: Option<&'t str>,
    /// The other members say where the line comes from, and nothing of what happened.
    plain: bool,
}

/// Members that hold the text.
pub(super) const TEXTS: [&str; 7] = ["log", "line", "message", "MESSAGE", "Message", "msg", "textPayload"];
/// Members that say where a line comes from.
pub(super) const SOURCES: [&str; 28] = [
    "stream",
    "time",
    "ts",
    "timestamp",
    "@timestamp",
    "date",
    "attrs",
    "tag",
    "labels",
    "source",
    "host",
    "hostname",
    "container_id",
    "container_name",
    "container",
    "pod",
    "namespace",
    "kubernetes",
    "docker",
    "partial_message",
    "ingestionTime",
    "logStreamName",
    "eventId",
    "TimeGenerated",
    "PRIORITY",
    "filename",
    "job",
    "_",
];

impl<'t> Wrapped<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let open = line.find('{')?;
        let head = line.get(..open)?;
        let whole = line.trim_end().trim_end_matches(',');
        // A tag of the collector may stand before the object.
        let led = head.trim().is_empty()
            || head.len() <= HEAD && head.split_whitespace().any(|word| is_time(word.as_bytes()));
        if !led || !whole.ends_with('}') || line.len() > MAX_LINE {
            return None;
        }
        let mut text: Option<(&str, usize, usize)> = None;
        let mut time = None;
        let mut plain = true;
        let mut at = open + 1;
        for _ in 0..MEMBERS {
            let member = Member::at(line, at)?;
            let is_source =
                SOURCES.contains(&member.key) || member.key.starts_with('_') || member.key.starts_with("SYSLOG_");
            if let Some((start, end)) = member.string {
                if TEXTS.contains(&member.key) {
                    if text.replace((member.key, start, end)).is_some() {
                        return None;
                    }
                } else {
                    plain &= is_source;
                }
            } else {
                plain &= is_source;
            }
            if matches!(member.key, "time" | "ts" | "timestamp" | "@timestamp" | "TimeGenerated") {
                time = line.get(member.value..member.end).map(|value| value.trim_matches(['"', ' ']));
            }
            match line.as_bytes().get(member.end)? {
                b',' => at = member.end + 1,
                _ => break,
            }
        }
        let (key, start, written) = text?;
        let content = line.get(start..written)?;
        let bare = content.strip_suffix("\\n").filter(|bare| !bare.ends_with('\\'));
        let ends_line = bare.is_some();
        let content = bare.map_or(content, |bare| bare.strip_suffix("\\r").unwrap_or(bare));
        Some(Self { key, content, start, end: start + content.len(), ends_line, time, plain })
    }

    /// A row of a table with commas, with a time and one text: `"2026-06-11T16:09:17Z",Error,"..."`.
    fn of_row(line: &'t str) -> Option<Self> {
        let bytes = line.as_bytes();
        if !line.ends_with('"') || line.len() > MAX_LINE {
            return None;
        }
        let (mut time, mut text, mut at) = (None, None, 0);
        for _ in 0..MEMBERS {
            let (start, end) = if bytes.get(at) == Some(&b'"') {
                let mut close = at + 1;
                loop {
                    close += memchr::memchr(b'"', bytes.get(close..)?)?;
                    if bytes.get(close + 1) != Some(&b'"') {
                        break (at + 1, close);
                    }
                    close += 2;
                }
            } else {
                let rest = bytes.get(at..)?;
                (at, at + memchr::memchr(b',', rest).unwrap_or(rest.len()))
            };
            let cell = line.get(start..end)?;
            if time.is_none() && cell.split([' ', 'T']).any(|word| is_time(word.as_bytes())) && cell.len() <= 40 {
                time = Some(cell);
            } else if cell.matches(' ').count() >= 2 && text.replace((start, end)).is_some() {
                return None;
            }
            let behind = if start > at { end + 1 } else { end };
            match bytes.get(behind) {
                Some(b',') => at = behind + 1,
                None => break,
                Some(_) => return None,
            }
        }
        let (start, end) = text?;
        let content = line.get(start..end)?;
        time?;
        Some(Self { key: "", content, start, end, ends_line: true, time, plain: false })
    }

    /// Whether the text of this line goes on in the next.
    fn leads_to(&self, next: &Self) -> bool {
        let same_time = match (self.time, next.time) {
            (Some(one), Some(other)) => seconds(one) == seconds(other),
            (None, None) => self.plain && next.plain,
            _ => false,
        };
        if self.plain && next.plain && same_time {
            if let Some(head) = Head::shared(self.content, next.content) {
                let body = |text: &'t str| text.get(head.len..).unwrap_or_default();
                return continues(body(self.content), body(next.content), head.same_time, false);
            }
            // The frame of a console's message is no word.
            let word =
                |text: &'t str| text.split_whitespace().find(|word| !matches!(*word, "│" | "\\u2502" | "|" | ">"));
            let begins_alike = word(self.content).is_some() && word(self.content) == word(next.content);
            return !spoken::begins_record(next.content) && (!begins_alike || indent(next.content) > 0);
        }
        continues(self.content, next.content, same_time, false)
    }
}

/// A time without the fraction of its second: also one that counts milliseconds.
fn seconds(time: &str) -> &str {
    let counted = time.len() >= 13 && time.bytes().all(|byte| byte.is_ascii_digit());
    if counted { time.get(..10).unwrap_or(time) } else { time.split('.').next().unwrap_or(time) }
}

/// One member of an object.
struct Member<'t> {
    key: &'t str,
    /// Where its text stands, if it is one.
    string: Option<(usize, usize)>,
    /// Its value, with quotes.
    value: usize,
    end: usize,
}

impl<'t> Member<'t> {
    fn at(line: &'t str, at: usize) -> Option<Self> {
        let bytes = line.as_bytes();
        let blank =
            |at: usize| at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count();
        let open = blank(at);
        (bytes.get(open) == Some(&b'"')).then_some(())?;
        let close = end_of_string(bytes, open + 1)?;
        let key = line.get(open + 1..close)?;
        let colon = blank(close + 1);
        (bytes.get(colon) == Some(&b':')).then_some(())?;
        let value = blank(colon + 1);
        if bytes.get(value) == Some(&b'"') {
            let close = end_of_string(bytes, value + 1)?;
            return Some(Self { key, string: Some((value + 1, close)), value, end: blank(close + 1) });
        }
        let mut depth = 0_usize;
        let mut at = value;
        loop {
            match *bytes.get(at)? {
                b'"' => at = end_of_string(bytes, at + 1)?,
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth > 0 => depth -= 1,
                b',' | b'}' if depth == 0 => return Some(Self { key, string: None, value, end: at }),
                _ => {}
            }
            at += 1;
        }
    }
}

fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_of_powershell() {
        for (line, expected) in [
            ("At line:1 char:1", true),
            ("In Zeile:1 Zeichen:1", true),
            ("Au caractère Ligne:1 : 1", true),
            ("At C:\\ops\\grant.ps1:3 char:12", true),
            ("+ Grant-CsApplicationAccessPolicy -PolicyName Sync", true),
            ("Status: 403", false),
            ("10:00:01", false),
            ("took 3", false),
        ] {
            assert_eq!(is_of_position(line), expected, "{line}");
        }
    }

    #[test]
    fn two_parts_are_the_whole() {
        for text in [
            "{\"log\":\"{\\\"error\\\":{\\n\",\"stream\":\"a\"}\n{\"log\":\"\\\"code\\\":1}\\n\",\"stream\":\"a\"}\n{\"log\":\"}\\n\",\"stream\":\"a\"}\n",
            "10:05:21 app: {\n10:05:21 app:   \"a\": 1\n10:05:21 app: }\n\r\n10:05:22 app: next\n10:05:22 app:   more\n",
            "##[error]one {\n##[error]  two\n##[error]}\nplain\n",
        ] {
            let whole = Reading::of(text, 0, false).to(text.len()).repeated;
            assert!(!whole.blank.is_empty(), "{text}");
            for (at, _) in text.match_indices('\n') {
                assert_eq!(parts(text, at + 1, false), whole, "{at}: {text}");
            }
        }
    }

    /// What stays of a text.
    fn freed(text: &str) -> String {
        let repeated = find(text);
        let mut spans: Vec<(Span, &str)> = repeated.blank.iter().map(|span| (*span, "_")).collect();
        spans.extend(repeated.join.iter().map(|span| (*span, "")));
        spans.sort();
        let mut out = String::new();
        let mut from = 0;
        for (span, with) in spans {
            out.push_str(slice(text, from..span.start));
            out.push_str(with);
            from = span.end;
        }
        out + slice(text, from..text.len())
    }

    #[test]
    fn heads_of_lines_that_go_on() {
        for (text, expected) in [
            (
                "Nov 27 10:00:01 web app[12]: privileges to complete the\nNov 27 10:00:01 web app[12]: operation.",
                "Nov 27 10:00:01 web app[12]: privileges to complete the\n_operation.",
            ),
            (
                "2026-01-01T00:00:00.1Z {\n2026-01-01T00:00:01.2Z   \"a\": {\n2026-01-01T00:00:01.3Z   }\n2026-01-01T00:00:01.3Z }",
                "2026-01-01T00:00:00.1Z {\n_  \"a\": {\n_  }\n_}",
            ),
            (
                "2026-01-01T00:00:00.1Z ##[error]no policy found\n2026-01-01T00:00:00.2Z ##[error]for this app",
                "2026-01-01T00:00:00.1Z ##[error]no policy found\n2026-01-01T00:00:00.2Z ##[error]for this app",
            ),
            (
                "2026-01-01T00:00:00.1Z ##[error]there is no policy found\n2026-01-01T00:00:00.2Z ##[error]for this app",
                "2026-01-01T00:00:00.1Z ##[error]there is no policy found\n_for this app",
            ),
            (
                "[pod/a/b] no policy was to be found\n[pod/a/b] for this app",
                "[pod/a/b] no policy was to be found\n_for this app",
            ),
            (
                "16:09:17 ERROR [svc] no policy was to be found\n16:09:17 ERROR [svc] for this app",
                "16:09:17 ERROR [svc] no policy was to be found\n_for this app",
            ),
        ] {
            assert_eq!(freed(text), expected);
        }
    }

    #[test]
    fn records_keep_their_heads() {
        for text in [
            "2026/05/27 08:35:58 no policy was to be found for this app\n2026/05/27 08:35:58 no policy was to be found for this app",
            "2026/05/27 08:35:58 the call to the service failed\n2026/05/27 08:35:59 for this app",
            "2026-05-27 08:35:58 INFO  a\n2026-05-27 08:35:58 INFO  b",
            "the words of some lines\nthe words of others go on",
            "{\"log\":\"2026-01-01T00:00:00Z ERROR a\\n\",\"time\":\"1\"}\n{\"log\":\"2026-01-01T00:00:00Z ERROR b\\n\",\"time\":\"1\"}",
            "{\"message\":\"no policy found for this app\",\"level\":\"error\"}\n{\"message\":\"Retrying\",\"level\":\"error\"}",
        ] {
            assert_eq!(freed(text), text);
        }
    }

    #[test]
    fn objects_of_lines_that_go_on() {
        for (text, expected) in [
            (
                "{\"log\":\"{\\n\",\"stream\":\"stderr\",\"time\":\"1.1\"}\n{\"log\":\"  \\\"a\\\": 1\\n\",\"stream\":\"stderr\",\"time\":\"1.2\"}",
                "_{_\n_  \\\"a\\\": 1_",
            ),
            (
                "{\"log\":\"a bro\",\"stream\":\"stderr\"}\n{\"log\":\"ken line\\n\",\"stream\":\"stderr\"}",
                "_a bro_ken line_",
            ),
            (
                "{\"message\":\"privileges to complete the\",\"severityLevel\":3,\"timestamp\":\"1\"}\n{\"message\":\"operation.\",\"severityLevel\":3,\"timestamp\":\"1\"}",
                "_privileges to complete the_\n_operation._",
            ),
            (
                "2026-01-01 00:00:00 +0000 app: {\"log\":\"{\"}\n2026-01-01 00:00:00 +0000 app: {\"log\":\"}\"}",
                "_{_\n_}_",
            ),
        ] {
            assert_eq!(freed(text), expected);
        }
    }
}
