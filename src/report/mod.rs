//! Diagnoses become text: for people, and as JSON; with pseudonyms where they are to be shown to others.

mod advice;
pub mod age;
mod asks;
mod cover;
pub mod effects;
pub mod every_pair;
mod fixes;
pub mod github;
pub mod human;
pub mod json;
pub mod junit;
pub mod lists;
pub mod markdown;
pub mod plan;
mod pseudonym;
pub mod question;
pub mod redact;
pub mod repeats;
pub mod sarif;
pub mod script;
mod sensitive;
mod snippet;
pub mod steps;
pub mod tenant;
pub mod verdicts;
pub mod what_if;
pub mod wrapped;
