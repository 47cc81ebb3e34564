//! What the TOML files share: places of errors, and dates.

use std::ops::Range;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use toml::{Spanned, Value};

use super::{InputError, Place};

/// A text with a name.
#[derive(Clone, Copy)]
pub(super) struct File<'t> {
    pub(super) text: &'t str,
    pub(super) source: &'t str,
}

impl File<'_> {
    pub(super) fn read<T: DeserializeOwned>(&self, help: &str) -> Result<T, InputError> {
        toml::from_str(self.text).map_err(|error| {
            // The message may go on with the line and a caret below it.
            let message = error.message().lines().next().unwrap_or_default().to_owned();
            self.error(error.span().unwrap_or(0..0), message, help)
        })
    }

    pub(super) fn error(&self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> InputError {
        let Place { line, column } = self.place(span.start);
        InputError { source_name: self.source.to_owned(), line, column, message: message.into(), help: help.into() }
    }

    pub(super) fn place(&self, at: usize) -> Place {
        let before = self.text.get(..at).unwrap_or(self.text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before.get(start..).map_or(0, |line| line.chars().count()) + 1,
        }
    }

    /// A date: `2026-12-31`, bare or quoted.
    pub(super) fn date(&self, value: &Spanned<Value>) -> Result<Date, InputError> {
        let text = match value.get_ref() {
            Value::Datetime(date) => date.to_string(),
            Value::String(text) => text.trim().to_owned(),
            other => other.type_str().to_owned(),
        };
        text.parse().ok().filter(|_| text.len() == 10).ok_or_else(|| {
            self.error(
                value.span(),
                format!("`until` is `{text}`, which is no date"),
                "write it like `until = 2026-12-31`",
            )
        })
    }
}

/// Whether a date is over everywhere it is the last day: at the end of that day, UTC.
pub(super) fn is_over(until: Date, now: Timestamp) -> bool {
    until
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .and_then(|day| day.timestamp().checked_add(SignedDuration::from_hours(24)).ok())
        .is_some_and(|end| now >= end)
}
