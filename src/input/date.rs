//! Dates in failures: what moment they may mean.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;

use super::facts::text_fact;
use super::fields::{Field, Form, Key};
use super::group::Group;
use super::territory::Territory;
use super::{Fact, Facts, Moment, Span, beside, http_date};
use crate::source::{has_blank_line, slice};

/// The zone of `innerError.date` is not documented, so it may be any.
const ANY_ZONE: i64 = 14 * 3600;
/// Dates that are looked at, the nearest first.
const MANY: usize = 8;

/// The moment of an HTTP `Date` header (always UTC, RFC 9110).
#[must_use]
pub fn moment_of_http_date(text: &str) -> Option<Moment> {
    let zoned = rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(Moment { earliest: zoned.as_second(), latest: zoned.as_second() })
}

/// The moment of `innerError.date`: as UTC, 14 hours to either side.
fn moment_of_inner_date(text: &str) -> Option<Moment> {
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

/// Adds the date of a failure with the moment that it may mean: of the head of its answer, else of its inner error. Where
/// both stand there and cannot be of one moment, it is some moment from the one to the other.
pub(super) fn add(
    text: &str,
    group: &Group<'_>,
    territory: Territory,
    fields: &[Field],
    is_earlier: impl Fn(usize) -> bool,
    facts: &mut Facts,
) {
    let own = fields.iter().filter(|field| field.key == Key::Date && !is_earlier(field.start));
    let dates = own.filter_map(|field| {
        let line = slice(text, field.value.start..field.value.start + 40);
        let value = line.split(['\r', '\n', '"', '\\']).next().unwrap_or_default().trim();
        // `... GMT request-id: ...` on one line.
        let value = value.find(" GMT").map_or(value, |end| value.get(..end + 4).unwrap_or(value));
        let span = Span::new(field.value.start, field.value.start + value.len());
        Some((field.start, (*field, span, value, moment_of_http_date(value)?)))
    });
    let dates = territory.by_distance(dates.collect());
    let header = dates.iter().take(MANY).find(|(field, _, value, _)| http_date::is_of_head(text, *field, value));
    let inner = group.date.or_else(|| printed_date(text, group, territory, fields)).and_then(|it| inner_date(text, it));
    let inner = inner.and_then(|own| moment_of_inner_date(&own.value).map(|moment| (own, moment)));
    if let Some((_, span, value, moment)) = header {
        facts.date = Some(Fact::text((*value).to_owned(), *span));
        facts.moment = Some(*moment);
    }
    match inner {
        Some((own, moment)) => add_own(facts, own, moment),
        // Of a mail, a ticket: it is not that of the failure, and tells about when that was.
        None if header.is_none() => facts.told = dates.first().map(|(.., moment)| *moment),
        None => {}
    }
}

/// Adds the error's own date.
pub(super) fn add_own(facts: &mut Facts, own: Fact<String>, moment: Moment) {
    let Some(known) = facts.moment else {
        facts.date = Some(own);
        facts.moment = Some(moment);
        facts.told = None;
        return;
    };
    if known.earliest < moment.earliest || moment.latest < known.latest {
        facts.other_date = Some(own);
        facts.moment = Some(known.and(moment));
    }
}

/// `date: 2026-10-14T08:22:31.000Z,` below the message, as JavaScript prints an error object: the inner error's.
fn printed_date(text: &str, group: &Group<'_>, territory: Territory, fields: &[Field]) -> Option<Field> {
    const NEAR: usize = 500;
    let from = group.hits.last().map_or(territory.end, |hit| hit.span.end);
    let to = from.saturating_add(NEAR);
    let below = fields.iter().filter(|field| from <= field.start && field.start < to);
    let line = |field: &Field| beside::line_of(text, field.start);
    // One pair a line, as the others of the object are.
    let is_pair = |field: &&Field| {
        let lead = slice(text, line(field).start..field.start);
        field.form != Form::Nested && !lead.is_empty() && lead.trim().is_empty()
    };
    let mut of_object = below.filter(is_pair);
    let is_status = |field: &Field| field.key == Key::Status;
    let first = fields.iter().find(|field| from <= field.start).filter(|field| is_status(field));
    first.and_then(|_| of_object.find(|field| field.key == Key::Date)).copied().filter(|field| {
        let between = slice(text, from..field.start);
        !has_blank_line(between) && !beside::is_parted(text, from, field.start)
    })
}

/// The date of an inner error as text; Python prints a constructor.
fn inner_date(text: &str, field: Field) -> Option<Fact<String>> {
    if field.form != Form::Nested {
        let date = text_fact(text, field)?;
        let value = date.value.trim_end_matches([',', ';', ')', '"', '”', '\\']).to_owned();
        return (!value.is_empty()).then_some(Fact { value, ..date });
    }
    let written = slice(text, field.value.start..field.value.end);
    let numbers: Vec<u16> = written.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    let [year, month, day, hour, minute, rest @ ..] = numbers.as_slice() else { return None };
    let second = rest.first().copied().unwrap_or(0);
    let date = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    Some(Fact::text(date, field.value))
}

/// A field whose value is an HTTP date, with all of it; any other one as it is.
pub(super) fn whole(text: &str, field: Field) -> Field {
    const LEN: usize = "Sun, 06 Nov 1994 08:49:37 GMT".len();
    let end = field.value.start + LEN;
    let value = text.get(field.value.start..end).filter(|value| value.ends_with("GMT"));
    match value.and_then(moment_of_http_date) {
        Some(_) => Field { value: Span::new(field.value.start, end), ..field },
        None => field,
    }
}
