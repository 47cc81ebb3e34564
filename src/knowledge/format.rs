//! The format of `rules/causes/*.md` and `rules/symptoms.toml`: one parser for the build and for `--rules DIR`.
//!
//! Text goes in, entries or a [`RulesError`] with file and line come out. What needs the whole catalogue (does the
//! symptom exist?) is checked by the caller, with the lines that the entries carry.

use std::borrow::Cow;

use serde::Deserialize;
use toml::Spanned;

use super::body::{parse_example, parse_fixes, sections};
use super::cause::{Cause, Confidence, Gate, RaisedBy, Reference, Severity, Symptom, Text};
use super::problem::{Problem, RulesError};

/// The slots that commands, requests and reads may hold.
pub const COMMAND_SLOTS: [&str; 26] = [
    "app-id",
    "user-id",
    "user",
    "policy-name",
    "effective-policy",
    "effective-app-ids",
    "group-id",
    "tenant-id",
    "user-tenant-id",
    "meeting-id",
    "operation",
    "role",
    "role-id",
    "held-role-id",
    "service-principal-id",
    "graph-service-principal-id",
    "app-name",
    "organizer-id",
    "other-user-id",
    "rank",
    "call",
    "lookup",
    "method",
    "root",
    "retry-after",
    "pauses",
];

/// The slots that message patterns may capture.
pub const MESSAGE_SLOTS: [&str; 10] = [
    "app-id",
    "user-id",
    "user",
    "organizer-id",
    "tenant-id",
    "policy-name",
    "group-id",
    "meeting-id",
    "roles",
    "required",
];

/// A cause with the lines that cross references are reported at.
#[derive(Clone, Debug)]
pub(super) struct CauseEntry {
    /// The cause.
    pub cause: Cause,
    /// Line of each name in `raised_by`, in their order.
    pub raised_by_lines: Vec<usize>,
    /// Line of `decided_by`.
    pub decided_by_line: usize,
    /// Line of `retry`.
    pub retry_line: usize,
}

/// A symptom with its tests and its line.
#[derive(Clone, Debug)]
pub struct SymptomEntry {
    /// The symptom.
    pub symptom: Symptom,
    /// Texts that must match.
    pub like: Vec<String>,
    /// Texts that must not match.
    pub unlike: Vec<String>,
    /// Line of each text that must match, in their order.
    pub like_lines: Vec<usize>,
    /// Line of each text that must not match, in their order.
    pub unlike_lines: Vec<usize>,
    /// Line of its name.
    pub line: usize,
    /// Line of each regular expression, in their order.
    pub regex_lines: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: Spanned<String>,
    gates: Spanned<Vec<Gate>>,
    severity: Severity,
    since: String,
    #[serde(default)]
    raised_by: Vec<RawRaisedBy>,
    decided_by: Option<Spanned<String>>,
    retry: Option<Spanned<String>>,
    sources: Vec<RawReference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRaisedBy {
    symptom: Spanned<String>,
    confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReference {
    url: Spanned<String>,
    checked: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSymptoms {
    #[serde(default)]
    symptom: Vec<RawSymptom>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSymptom {
    name: Spanned<String>,
    means: Spanned<String>,
    #[serde(default)]
    message: Vec<Spanned<String>>,
    #[serde(default)]
    regex: Vec<Spanned<String>>,
    #[serde(default)]
    code: Vec<String>,
    #[serde(default)]
    inner_code: Vec<String>,
    #[serde(default)]
    both: bool,
    #[serde(default)]
    message_empty: bool,
    #[serde(default)]
    status: Vec<u16>,
    #[serde(default)]
    weak: bool,
    #[serde(default)]
    common: bool,
    #[serde(default)]
    wrapper: bool,
    token_kind: Option<Spanned<String>>,
    #[serde(default)]
    note: String,
    #[serde(default)]
    like: Vec<Spanned<String>>,
    #[serde(default)]
    unlike: Vec<Spanned<String>>,
}

/// Places in one file.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    file: &'a str,
    text: &'a str,
    /// Lines above `text`.
    above: usize,
}

impl<'a> Place<'a> {
    /// The whole text of a file.
    pub(super) const fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, above: 0 }
    }

    /// 1-based line of a byte offset.
    pub(super) fn line(self, offset: usize) -> usize {
        let newlines = self.text.bytes().take(offset).filter(|&byte| byte == b'\n').count();
        self.above.saturating_add(newlines).saturating_add(1)
    }

    /// A problem at a value.
    pub(super) fn at<T>(self, value: &Spanned<T>, problem: Problem) -> RulesError {
        RulesError::new(self.file, self.line(value.span().start), problem)
    }

    /// Parses the text as TOML.
    ///
    /// # Errors
    /// What the TOML parser says, with the line.
    pub(super) fn toml<T: serde::de::DeserializeOwned>(self) -> Result<T, RulesError> {
        toml::from_str(self.text).map_err(|error| {
            let line = self.line(error.span().map_or(0, |span| span.start));
            RulesError::new(self.file, line, Problem::Toml(error.message().trim().replace('\n', "; ")))
        })
    }

    /// Lower-case letters, digits, single hyphens.
    ///
    /// # Errors
    /// [`Problem::Name`].
    pub(super) fn name(self, name: &Spanned<String>) -> Result<(), RulesError> {
        if is_name(name.get_ref()) { Ok(()) } else { Err(self.at(name, Problem::Name(name.get_ref().clone()))) }
    }

    /// A day, `2026-11-23`.
    ///
    /// # Errors
    /// [`Problem::Day`].
    pub(super) fn day(self, day: &Spanned<String>) -> Result<(), RulesError> {
        if is_day(day.get_ref()) { Ok(()) } else { Err(self.at(day, Problem::Day(day.get_ref().clone()))) }
    }

    /// An https address.
    ///
    /// # Errors
    /// [`Problem::Address`].
    pub(super) fn address(self, url: &Spanned<String>) -> Result<(), RulesError> {
        let good = url.get_ref().starts_with("https://") && !url.get_ref().contains(char::is_whitespace);
        if good { Ok(()) } else { Err(self.at(url, Problem::Address(url.get_ref().clone()))) }
    }

    /// A phrase without a full stop at its end.
    ///
    /// # Errors
    /// [`Problem::FullStop`].
    pub(super) fn phrase(self, text: &Spanned<String>) -> Result<(), RulesError> {
        if text.get_ref().trim_end().ends_with('.') {
            Err(self.at(text, Problem::FullStop(text.get_ref().clone())))
        } else {
            Ok(())
        }
    }

    /// Slots that are on the closed list.
    ///
    /// # Errors
    /// [`Problem::Slot`].
    pub(super) fn slots(self, text: &Spanned<String>, known: &'static [&'static str]) -> Result<(), RulesError> {
        match unknown_slot(text.get_ref(), known) {
            Some(slot) => Err(self.at(text, Problem::Slot { slot: slot.to_owned(), known })),
            None => Ok(()),
        }
    }
}

/// Lower-case letters, digits, single hyphens inside.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

fn is_day(day: &str) -> bool {
    let shape = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let number = |range| day.get(range).and_then(|part: &str| part.parse::<u8>().ok()).unwrap_or(0);
    shape && day.len() == 10 && (1..=12).contains(&number(5..7)) && (1..=31).contains(&number(8..10))
}

/// The `{slots}` of a template: lower-case names in braces; PowerShell's own braces have other contents.
pub fn slots(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(slot, _)| slot))
        .filter(|slot| is_name(slot))
}

pub(super) fn unknown_slot<'a>(template: &'a str, known: &[&str]) -> Option<&'a str> {
    slots(template).find(|slot| !known.contains(slot))
}

/// Parses `symptoms.toml`.
///
/// # Errors
/// TOML that does not fit, names, patterns and slots that cannot be used.
pub fn parse_symptoms(file: &str, text: &str) -> Result<Vec<SymptomEntry>, RulesError> {
    let text = without_mark(text);
    let place = Place::new(file, text);
    let raw: RawSymptoms = place.toml()?;
    raw.symptom.into_iter().map(|symptom| symptom_entry(place, symptom)).collect()
}

fn symptom_entry(place: Place<'_>, raw: RawSymptom) -> Result<SymptomEntry, RulesError> {
    place.name(&raw.name)?;
    place.phrase(&raw.means)?;
    if raw.message.is_empty() && raw.regex.is_empty() && raw.code.is_empty() && raw.inner_code.is_empty() {
        return Err(place.at(&raw.name, Problem::SymptomWithoutPattern(raw.name.get_ref().clone())));
    }
    for pattern in &raw.message {
        place.slots(pattern, &MESSAGE_SLOTS)?;
        if !literal_of(pattern.get_ref()).any(char::is_alphanumeric) {
            return Err(place.at(pattern, Problem::PatternEmpty(pattern.get_ref().clone())));
        }
    }
    if let Some(kind) = &raw.token_kind
        && !["app", "delegated"].contains(&kind.get_ref().as_str())
    {
        return Err(place.at(kind, Problem::TokenKind(kind.get_ref().clone())));
    }
    let line = place.line(raw.name.span().start);
    let lines = |texts: &[Spanned<String>]| texts.iter().map(|text| place.line(text.span().start)).collect();
    let (like_lines, unlike_lines) = (lines(&raw.like), lines(&raw.unlike));
    let regex_lines = raw.regex.iter().map(|regex| place.line(regex.span().start)).collect();
    let symptom = Symptom {
        name: owned(raw.name.into_inner()),
        means: owned(raw.means.into_inner()),
        message: raw.message.into_iter().map(|text| owned(text.into_inner())).collect(),
        regex: raw.regex.into_iter().map(|text| owned(text.into_inner())).collect(),
        code: raw.code.into_iter().map(owned).collect(),
        inner_code: raw.inner_code.into_iter().map(owned).collect(),
        both: raw.both,
        message_empty: raw.message_empty,
        status: raw.status.into(),
        weak: raw.weak,
        common: raw.common,
        wrapper: raw.wrapper,
        token_kind: raw.token_kind.map(|kind| owned(kind.into_inner())),
        note: owned(raw.note),
    };
    Ok(SymptomEntry {
        symptom,
        like: raw.like.into_iter().map(Spanned::into_inner).collect(),
        unlike: raw.unlike.into_iter().map(Spanned::into_inner).collect(),
        like_lines,
        unlike_lines,
        line,
        regex_lines,
    })
}

/// The characters of a pattern outside its slots.
fn literal_of(pattern: &str) -> impl Iterator<Item = char> {
    let mut inside = false;
    pattern.chars().filter(move |&character| {
        match character {
            '{' => inside = true,
            '}' => inside = false,
            _ => return !inside,
        }
        false
    })
}

/// Parses one cause. `slug` is the file name without `.md`.
///
/// # Errors
/// Front matter that does not fit, missing sections, unknown fences, slots and gates.
pub(super) fn parse_cause(file: &str, slug: &str, text: &str) -> Result<CauseEntry, RulesError> {
    let text = without_mark(text);
    if !is_name(slug) {
        return Err(RulesError::new(file, 1, Problem::Name(slug.to_owned())));
    }
    let (front, body, body_above) = front_matter(text).ok_or_else(|| RulesError::new(file, 1, Problem::FrontMatter))?;
    let place = Place { file, text: front, above: 1 };
    let raw: FrontMatter = place.toml()?;
    place.phrase(&raw.title)?;
    let Some(&first_gate) = raw.gates.get_ref().first() else {
        return Err(place.at(&raw.gates, Problem::NoGate));
    };
    for source in &raw.sources {
        place.address(&source.url)?;
        place.day(&source.checked)?;
    }
    let sections = sections(file, body, body_above)?;
    let fixes = parse_fixes(file, sections.get("Fix"), first_gate)?;
    for name in ["Example", "Healthy example"] {
        parse_example(file, name, sections.get(name))?;
    }
    let line_of = |value: &Option<Spanned<String>>| value.as_ref().map_or(1, |value| place.line(value.span().start));
    Ok(CauseEntry {
        raised_by_lines: raw.raised_by.iter().map(|by| place.line(by.symptom.span().start)).collect(),
        decided_by_line: line_of(&raw.decided_by),
        retry_line: line_of(&raw.retry),
        cause: Cause {
            slug: owned(slug.to_owned()),
            title: owned(raw.title.into_inner()),
            gates: raw.gates.into_inner().into(),
            severity: raw.severity,
            since: owned(raw.since),
            raised_by: raw
                .raised_by
                .into_iter()
                .map(|by| RaisedBy { symptom: owned(by.symptom.into_inner()), confidence: by.confidence })
                .collect(),
            decided_by: raw.decided_by.map(|name| owned(name.into_inner())),
            retry: raw.retry.map(|name| owned(name.into_inner())),
            sources: raw
                .sources
                .into_iter()
                .map(|source| Reference {
                    url: owned(source.url.into_inner()),
                    checked: owned(source.checked.into_inner()),
                })
                .collect(),
            fixes: fixes.into(),
            body: owned(body.trim_start_matches(['\r', '\n']).to_owned()),
        },
    })
}

pub(super) fn owned(text: String) -> Text {
    Cow::Owned(text)
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Front matter, body, and the number of lines above the body.
fn front_matter(text: &str) -> Option<(&str, &str, usize)> {
    let (first, rest) = text.split_once('\n')?;
    if first.trim_end() != "+++" {
        return None;
    }
    let mut offset = 0_usize;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        let end = offset.saturating_add(line.len());
        if line.trim_end() == "+++" {
            return Some((rest.get(..offset)?, rest.get(end..)?, number.saturating_add(2)));
        }
        offset = end;
    }
    None
}
