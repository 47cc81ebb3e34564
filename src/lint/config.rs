//! `graphwhy.toml`: what a repository wants of its scripts.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::knowledge::{Catalogue, Severity};

/// The file, as written. Keys that are not known are errors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[lint]`
    #[serde(default)]
    pub lint: Lint,
    /// `[causes]`: slug to `off`, `info`, `warning` or `error`.
    #[serde(default)]
    pub causes: BTreeMap<String, Level>,
    /// `[check]`
    #[serde(default)]
    pub check: Check,
}

/// What `lint` leaves out and holds scripts to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lint {
    /// Files and folders, in the notation of `.gitignore`, relative to the configuration file.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// The expectation file that a script must not break, relative to the configuration file; it takes `--state`.
    pub expect: Option<String>,
}

/// What `check` expects.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The expectation file, relative to the configuration file.
    pub expect: Option<String>,
}

/// What becomes of a cause's findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// What is wrong with it, with its line and column; or a cause that the catalogue does not have.
    pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        for slug in config.causes.keys() {
            if catalogue.cause(slug).is_none() {
                let nearest =
                    catalogue.nearest(slug).map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"));
                return Err(format!("no cause is called `{slug}`{nearest}"));
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
