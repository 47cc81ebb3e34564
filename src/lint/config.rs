//! `graphwhy.toml`: what a repository wants of its scripts.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::knowledge::{Catalogue, Severity};

/// What is wrong with the file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// What is wrong.
    pub message: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters, from 1.
    pub column: usize,
}

impl ConfigError {
    fn at(text: &str, offset: usize, message: String) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            message,
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

/// The file, as written. Keys that are not known are errors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct Config {
    /// `[lint]`
    #[serde(default)]
    pub lint: Lint,
    /// `[causes]`: slug to `off`, `info`, `warning` or `error`.
    #[serde(default)]
    pub causes: BTreeMap<String, Level>,
}

/// What `lint` leaves out and holds scripts to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct Lint {
    /// Files and folders, in the notation of `.gitignore`, relative to the configuration file.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// The expectation file that a script must not break, relative to the configuration file; it takes `--state`.
    pub expect: Option<String>,
}

/// What becomes of a cause's findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported with this severity.
    Info,
    /// Reported with this severity.
    Warning,
    /// Reported with this severity.
    Error,
}

impl TryFrom<String> for Level {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "off" => Ok(Self::Off),
            "info" => Ok(Self::Info),
            "warning" => Ok(Self::Warning),
            "error" => Ok(Self::Error),
            _ => Err(format!("no level is called `{word}`: give `off`, `info`, `warning` or `error`")),
        }
    }
}

impl Level {
    /// The severity; `None` = off.
    #[must_use]
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

impl Config {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, with its place; or a cause that the catalogue does not have.
    pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let message =
                error.message().trim().replace("unknown field", "unknown key").replace("a sequence", "a list");
            ConfigError::at(text, error.span().map_or(0, |span| span.start), message)
        })?;
        for slug in config.causes.keys() {
            if catalogue.cause(slug).is_none() {
                let nearest =
                    catalogue.nearest(slug).map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"));
                // A cause is a word of its own in this file; only as a key it can be wrong.
                let at = text.find(slug.as_str()).unwrap_or(0);
                return Err(ConfigError::at(text, at, format!("no cause is called `{slug}`{nearest}")));
            }
        }
        Ok(config)
    }

    /// Applies the levels; `true` = the finding stays.
    pub fn apply(&self, finding: &mut crate::diagnose::Finding) -> bool {
        match self.causes.get(finding.cause.as_ref()).map(|level| level.severity()) {
            None => true,
            Some(None) => false,
            Some(Some(severity)) => {
                finding.severity = severity;
                true
            }
        }
    }
}
