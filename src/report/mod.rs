//! Diagnoses become text: for people, and as JSON.

pub mod human;
pub mod json;
pub mod plan;
pub mod sanitise;
pub mod script;
mod snippet;
pub mod tenant;
pub mod what_if;
