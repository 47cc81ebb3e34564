//! Diagnoses become text: for people, and as JSON; with pseudonyms where they are to be shown to others.

pub mod human;
pub mod json;
pub mod plan;
mod pseudonym;
pub mod redact;
pub mod sanitise;
pub mod script;
mod sensitive;
mod snippet;
pub mod tenant;
pub mod what_if;
