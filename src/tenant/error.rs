//! What can be wrong with a snapshot file.

use std::fmt::Write as _;

/// A snapshot that cannot be read, with the place and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The text is no JSON.
    #[error("`{source_name}` is no JSON at line {line}, column {column}: {message}")]
    NotJson {
        /// Name of the text.
        source_name: String,
        /// 1-based.
        line: usize,
        /// 1-based, in bytes.
        column: usize,
        /// What the JSON reader says.
        message: String,
    },
    /// The text does not say which schema it has.
    #[error("`{source_name}` has no `schema`, so it is no snapshot")]
    NoSchema {
        /// Name of the text.
        source_name: String,
    },
    /// The schema is newer than this program.
    #[error("`{source_name}` was written by a newer graphwhy (schema {schema}, and this one reads schema 1)")]
    Newer {
        /// Name of the text.
        source_name: String,
        /// The schema that it has.
        schema: u64,
    },
    /// A value has no reading.
    #[error("`{source_name}` is malformed at `{path}`{}: {message}", place(*.at))]
    Malformed {
        /// Name of the text.
        source_name: String,
        /// JSON path, `groups.items[3].rank`; `.` is the whole text.
        path: String,
        /// Line and column, 1-based, where the JSON reader knows them.
        at: Option<(usize, usize)>,
        /// What is wrong with it.
        message: String,
    },
}

fn place(at: Option<(usize, usize)>) -> String {
    let mut text = String::new();
    if let Some((line, column)) = at {
        let _ = write!(text, " (line {line}, column {column})");
    }
    text
}

impl SnapshotError {
    /// The place for machines: a JSON path, or line and column where there is no path.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::NotJson { line, column, .. } => format!("line {line}, column {column}"),
            Self::NoSchema { .. } | Self::Newer { .. } => "schema".to_owned(),
            Self::Malformed { path, at: None, .. } => path.clone(),
            Self::Malformed { path, at: Some((line, column)), .. } => format!("{path} (line {line}, column {column})"),
        }
    }

    /// The way out.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => {
                "write the snapshot with `graphwhy fetch`, or turn PowerShell output into one with `graphwhy import`"
            }
            Self::NoSchema { .. } => {
                "a snapshot is an object with `\"schema\":1`; turn PowerShell output into one with `graphwhy import`"
            }
            Self::Newer { .. } => "update graphwhy, or write the snapshot again with this version",
            Self::Malformed { .. } => "mend the value at this place, or write the snapshot again with `graphwhy fetch`",
        }
    }
}
