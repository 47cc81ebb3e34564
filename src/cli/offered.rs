//! Values that a shell completes: a parser of its own with the names that it takes.

use std::borrow::Cow;
use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use graphwhy::knowledge::{Catalogue, Cause, operations};

use super::Target;

/// A parser, and the names that completions offer for it.
#[derive(Clone, Copy)]
pub(super) struct Offered<T> {
    parse: fn(&str) -> Result<T, String>,
    names: fn() -> Vec<&'static str>,
}

/// What `parse` takes, completed by `names`.
pub(super) fn offered<T>(parse: fn(&str) -> Result<T, String>, names: fn() -> Vec<&'static str>) -> Offered<T> {
    Offered { parse, names }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Offered<T> {
    type Value = T;

    fn parse_ref(&self, cmd: &clap::Command, arg: Option<&clap::Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let parse = self.parse;
        StringValueParser::new().try_map(move |text| parse(&text)).parse_ref(cmd, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.names)().into_iter().map(PossibleValue::new)))
    }
}

/// A format of `explain`, with its file.
pub(super) fn target_parser() -> Offered<Target> {
    offered(str::parse, || vec!["human", "json", "ndjson"])
}

/// An operation; those with a short name are completed.
pub(super) fn operation_parser() -> Offered<String> {
    offered(|text| Ok(text.to_owned()), || operations().iter().filter_map(|operation| operation.name).collect())
}

/// A cause; those of the built-in catalogue are completed.
pub(super) fn slug_parser() -> Offered<String> {
    offered(|text| Ok(text.to_owned()), slugs)
}

fn slugs() -> Vec<&'static str> {
    let name = |cause: &Cause| match cause.slug {
        Cow::Borrowed(slug) => Some(slug),
        Cow::Owned(_) => None,
    };
    Catalogue::builtin().causes().iter().filter_map(name).collect()
}
