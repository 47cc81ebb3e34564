//! The texts of a snapshot that have a closed form: ids, times, names, and lists of words.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Unexpected, Visitor};
use uuid::Uuid;

use super::name;
use super::snapshot::{Status, Teams, Via};
use crate::knowledge;

/// An object id or client id in the hyphenated form that Entra and Graph print.
#[derive(Default)]
pub(super) struct Id(pub(super) Uuid);

/// The hyphenated form only: braces and `urn:` are not what Graph compares with.
pub(crate) fn parse_id(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// A cloud that has a name, or one of a file with roots.
pub(super) fn is_cloud(name: &str) -> bool {
    name == CUSTOM || knowledge::cloud(name).is_some()
}

/// The name of every cloud that only a file with its roots describes.
pub(super) const CUSTOM: &str = "custom";

macro_rules! from_str {
    ($type:ty, $expecting:literal, $read:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct FromStr;
                impl Visitor<'_> for FromStr {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        let read: fn(&str) -> Option<$type> = $read;
                        read(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
                    }
                }
                deserializer.deserialize_str(FromStr)
            }
        }
    };
}

pub(super) struct Time(pub(super) Timestamp);
pub(super) struct PolicyName(pub(super) String);
pub(super) struct CloudName(pub(super) String);
pub(super) struct Rank(pub(super) u32);
pub(super) enum Kind {
    Role,
    Scope,
}
pub(super) struct Wide(pub(super) bool);
pub(super) struct Guest(pub(super) bool);
pub(super) struct StatusText(pub(super) Status);
pub(super) struct ViaText(pub(super) Via);
pub(super) struct TeamsText(pub(super) Teams);

from_str!(Id, "a UUID such as `00000000-0000-0000-0000-000000000000`", |text| parse_id(text).map(Id));
from_str!(Time, "an RFC 3339 time such as `2026-01-31T09:05:00Z`", |text| text.parse().ok().map(Time));
from_str!(PolicyName, "the name of a policy, not empty (write null for none)", |text| {
    let bare = name::bare(text);
    (!bare.is_empty()).then(|| PolicyName(bare.to_owned()))
});
from_str!(
    CloudName,
    "a cloud: `global`, `usgov-l4`, `usgov-dod`, `china`, `bleu`, `delos`, `govsg`, or `custom`",
    |text| { is_cloud(text).then(|| CloudName(text.to_owned())) }
);
from_str!(StatusText, "`complete`, `partial` or `missing`", |text| Some(StatusText(match text {
    "complete" => Status::Complete,
    "partial" => Status::Partial,
    "missing" => Status::Missing,
    _ => return None,
})));
from_str!(ViaText, "`direct`, `group` or `global`", |text| Some(ViaText(match text {
    "direct" => Via::Direct,
    "group" => Via::Group,
    "global" => Via::Global,
    _ => return None,
})));
from_str!(TeamsText, "`enabled`, `disabled` or `absent`", |text| Some(TeamsText(match text {
    "enabled" => Teams::Enabled,
    "disabled" => Teams::Disabled,
    "absent" => Teams::Absent,
    _ => return None,
})));
from_str!(Guest, "`member` or `guest`", |text| Some(Guest(match text {
    "member" => false,
    "guest" => true,
    _ => return None,
})));
from_str!(Wide, "`tenant` or `user`", |text| Some(Wide(match text {
    "tenant" => true,
    "user" => false,
    _ => return None,
})));
from_str!(Kind, "`role` or `scope`", |text| Some(match text {
    "role" => Kind::Role,
    "scope" => Kind::Scope,
    _ => return None,
}));

impl<'de> Deserialize<'de> for Rank {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        const WANTED: &str = "a rank of 1 or more, as a number without quotes";
        impl serde::de::Visitor<'_> for Number {
            type Value = u32;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(WANTED)
            }

            fn visit_u64<E: serde::de::Error>(self, rank: u64) -> Result<u32, E> {
                let small = u32::try_from(rank).ok().filter(|rank| *rank >= 1);
                small.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(rank), &self))
            }

            fn visit_i64<E: serde::de::Error>(self, rank: i64) -> Result<u32, E> {
                let small = u32::try_from(rank).ok().filter(|rank| *rank >= 1);
                small.ok_or_else(|| E::invalid_value(Unexpected::Signed(rank), &self))
            }
        }
        deserializer.deserialize_any(Number).map(Self)
    }
}
