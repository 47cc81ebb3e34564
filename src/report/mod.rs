//! Diagnoses become text: for people, and as JSON.

pub mod github;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod question;
pub mod sanitise;
pub mod sarif;
mod snippet;
pub mod told;
pub mod verdicts;
