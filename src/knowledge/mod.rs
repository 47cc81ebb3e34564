//! `rules/` as typed values: causes, symptoms, reads, operations, permissions, windows, clouds, cmdlets.
//!
//! Everything built in is a constant that the build writes from `rules/`; nothing is parsed at start-up.
//! [`Catalogue::extend`] adds an organisation's own symptoms and causes at run time.

mod body;
mod builtin;
mod catalogue;
mod cause;
mod check;
mod format;
mod operation;
mod path;
mod problem;
mod tables;

pub use body::{Example, SECTIONS, advice, examples};
pub use catalogue::{
    Catalogue, cloud, cloud_of_host, clouds, cmdlet, cmdlets, operation_for, operation_named, operations,
    permission_by_id, permission_named, permissions, read, reads, sign_in_answer, window, windows,
};
pub use cause::{Cause, Confidence, FixTemplate, Gate, List, RaisedBy, Read, Reference, Severity, Symptom, Text};
pub(crate) use check::nearest;
pub use format::{COMMAND_SLOTS, MESSAGE_SLOTS, SymptomEntry, parse_symptoms, slots};
pub use operation::{Operation, Permissions, PolicyRule, PolicySubject};
pub use problem::{Problem, RulesError};
pub(crate) use tables::is_graph_audience;
pub use tables::{
    Cloud, Cmdlet, CmdletKind, GRAPH, Governed, Holds, Parameter, Permission, PermissionKind, SignInAnswer, Window,
};
