//! `rules/` as typed values: causes, symptoms, reads, operations, permissions, windows, clouds.

mod cause;
mod operation;

pub use cause::{Cause, Confidence, FixTemplate, Gate, List, RaisedBy, Read, Reference, Severity, Symptom, Text};
pub use operation::{Operation, Permissions, PolicyRule, PolicySubject};
