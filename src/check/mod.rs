//! Many questions at once: app/user pairs, expectations, whole tenants.
//!
//! | file | what happens there |
//! |---|---|
//! | [`pairs`] | CSV or NDJSON becomes pairs |
//! | [`expect`] | TOML becomes expectations |
//! | [`accept`] | TOML becomes suppressions, which are matched with what is wrong |
//! | [`baseline`] | a file of suppressions with the text of each entry, so that a new baseline keeps what holds |
//! | [`request`] | `METHOD /path` becomes an operation, with the user and the meeting that the path names |
//! | [`crate::tenant::subject`] | an id, a user principal name or a name becomes an object id, where the snapshot knows it |
//! | [`state`] | snapshots by tenant, and parts that are too old |
//! | [`age`] | how long ago something was |
//! | [`answer`] | one question with what is effective, and what every other policy would have said |
//! | [`matrix`] | every user of a tenant by a few apps |
//! | [`survey`] | the matrix by reason, and expectations about everybody |
//! | [`row`] | one result with what was expected of it |
//! | [`run`] | questions become results |
//! | [`kept`] | expectations before and after a change |
//! | [`worse`] | broken expectations that a change takes further from what must be so |
//!
//! Pure: text and snapshots go in, values come out, the clock is an argument.

pub mod accept;
pub mod age;
pub mod answer;
pub mod baseline;
pub mod expect;
mod index;
pub mod kept;
pub mod matrix;
pub mod pairs;
pub mod request;
pub mod row;
pub mod run;
pub mod state;
pub mod survey;
pub mod told;
mod toml_file;
mod words;
pub mod worse;

use crate::knowledge::{Operation, operation_for, operation_named, operations};
use crate::tenant::subject::near;

/// Text that has no reading, with the place and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{source_name}` line {line}, column {column}: {message}")]
pub struct InputError {
    /// Name of the text.
    pub source_name: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in Unicode scalar values.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl InputError {
    /// The place for machines: `pairs.csv:5:3`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.source_name, self.line, self.column)
    }
}

/// A place in a file of questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in Unicode scalar values.
    pub column: usize,
}

/// The operation of a short name, or of `METHOD /path`; the message says which names there are near it.
///
/// # Errors
/// Says that there is no such operation.
pub fn operation(text: &str) -> Result<&'static Operation, String> {
    let text = text.trim();
    let known = match text.split_once(char::is_whitespace) {
        Some((method, path)) => operation_for(method, path.trim()),
        None => operation_named(&text.to_ascii_lowercase()),
    };
    known.ok_or_else(|| format!("no operation is called `{text}`{}", near_operations(text)))
}

/// Short names that are near one that no operation has: `; near it: ...`, or nothing.
fn near_operations(text: &str) -> String {
    let wanted = text.to_ascii_lowercase();
    let names = operations().iter().filter_map(|operation| operation.name);
    let near = if wanted.contains(char::is_whitespace) { Vec::new() } else { near(&wanted, names) };
    if near.is_empty() { String::new() } else { format!("; near it: `{}`", near.join("`, `")) }
}

/// What helps after [`operation`] has failed.
pub const OPERATION_HELP: &str = "write a short name such as `read-meeting`, or a method and a path such as `GET /users/{id}/onlineMeetings/{meeting}`; `graphwhy rules --operations` lists them";

/// What an operation is called in results: its short name, else method and path template.
#[must_use]
pub fn operation_label(operation: &Operation) -> String {
    operation.name.map_or_else(|| format!("{} {}", operation.method, operation.path), str::to_owned)
}

/// Whether a question about this operation has a sense without a user.
#[must_use]
pub fn needs_no_user(operation: &Operation) -> bool {
    !crate::diagnose::gates::user::concerns_a_user(operation, false)
}
